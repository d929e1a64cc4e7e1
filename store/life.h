/* The life of a case without its words: what the rules and the statistics need, in a narrow row of its own (one for every case that isn't a draft),
 * so that a report over a million cases reads little. Times are wall ms, days day numbers in Vietnam; 0: not yet. */
#ifndef STORE_LIFE_H
#define STORE_LIFE_H

#include "store/document_ref.h"
#include "store/store.h"

enum case_source { SOURCE_SMS, SOURCE_USSD };
enum consent { CONSENT_NONE, CONSENT_PENDING, CONSENT_YES, CONSENT_NO, CONSENT_UNREACHABLE };

struct case_life {
    int64_t case_id;
    enum case_source source;
    char *field; /* of the province's list of fields; NULL: not known */
    int64_t agency_id; /* whose intake has it; 0: the service centre */
    int64_t unit_id; /* who handles it; 0: nobody yet */
    int64_t requested_id; /* the agency that the citizen named: a suggestion */
    int64_t officer_id; /* who took the last step */
    int32_t received_day;
    int hops, pauses, results, annulments; /* results: published ones, reconsidered ones too */
    unsigned late; /* 1 << enum deadline_kind, of T1–T4 and T6: missed once, late for ever */
    bool explained; /* a reason for being late was stated (since the last acceptance or annulment) */
    int paused_left; /* working days that T1 had left when it was paused; 0: it isn't paused */
    int32_t paused_day; /* since when; 0 */
    int paused_days; /* working days of pauses that are over: net age = gross age − these */
    int64_t opened_at; /* when its unit looked at it first, where T2 counts from that (since the last acceptance or annulment) */
    int64_t accepted_at, result_at, published_at, delivered_at, annulled_at, rejoined_at, reconsidered_at, ended_at;
    int64_t lapse_from; /* from when binding_days count: its end, or the new binding of an ended case; 0: open, or bound to nobody */
    int32_t rejoinder_until; /* the day that RESULTTAIL printed, or a later one */
    int rating; /* 1 … 5 of the newest result; 0: none */
    int64_t rated_at; /* first, of that result */
    char *refusal; /* the reason's code; "duplicate", "withdrawn"; NULL */
    int64_t original_id; /* of a duplicate */
    int supporters; /* other phones that sent the same matter */
    int64_t supports_id; /* the case that was first with it, from another phone; 0 */
    int64_t represented_id; /* a subscriber: on whose behalf; 0 */
    enum consent consent;
};
void life_release(struct case_life *l);
MUST_CHECK enum err life_insert(struct store *s, const struct case_life *l);
MUST_CHECK enum err life_update(struct store *s, const struct case_life *l);
MUST_CHECK enum err life_get(struct store *s, int64_t case_id, struct case_life *ret_life);

/* What was answered: a row for the result as the unit gave it, and one for what the citizen is told: TC shows its pages. Sealed. */
enum answer_kind { ANSWER_RESULT, ANSWER_PUBLISHED, ANSWER_RECONSIDERED };
struct answer {
    int64_t id, case_id, at;
    enum answer_kind kind;
    char *text;
    struct document_ref document; /* number "": none */
};
void answer_release(struct answer *a);
MUST_CHECK enum err answer_insert(struct store *s, const struct answer *a, int64_t *ret_id);
/* The newest that the citizen was told (PUBLISHED or RECONSIDERED), or with `result` the newest as a unit gave it. ERR_NOT_FOUND. */
MUST_CHECK enum err answer_newest(struct store *s, int64_t case_id, bool result, struct answer *ret_answer);

/* The newest case on this person's behalf whose consent is pending. */
MUST_CHECK enum err life_awaiting_consent(struct store *s, int64_t subscriber_id, int64_t *ret_case_id); /* ERR_NOT_FOUND */

/* Some case on this person's behalf, whatever they said to it. ERR_NOT_FOUND. */
MUST_CHECK enum err life_represented(struct store *s, int64_t subscriber_id, int64_t *ret_case_id);

/* The case whose binding has stood longest after its end. ERR_NOT_FOUND. */
MUST_CHECK enum err life_next_lapse(struct store *s, int64_t *ret_case_id, int64_t *ret_from);
MUST_CHECK enum err life_lapses_never(struct store *s, int64_t case_id); /* its row isn't looked at for that any more */

/* Agencies that were asked to coordinate (art. 11). */
struct coordination {
    int64_t id, case_id, agency_id, asked_at, done_at; /* done_at 0: not yet */
};
MUST_CHECK enum err coordination_insert(struct store *s, const struct coordination *c, int64_t *ret_id);
MUST_CHECK enum err coordination_done(struct store *s, int64_t id, int64_t at);
typedef void coordination_each(void *context, const struct coordination *c);
MUST_CHECK enum err coordination_list(struct store *s, int64_t case_id, coordination_each *each, void *context);

#endif
