/* A step while it is being decided and done: everything that guards, deadlines and the record of the step look at. Inside store/ only. */
#ifndef STORE_CASE_MOMENT_H
#define STORE_CASE_MOMENT_H

#include "store/case_rules.h"

/* Deadlines of a case that are open, missed or paused: one of each kind, and one for each of the coordinations. */
enum { COORDINATIONS_MAX = 16, LIVE_MAX = DEADLINE_KIND_COUNT + 2 * COORDINATIONS_MAX };

struct moment {
    const struct case_parts *parts;
    const struct case_step *step;
    const struct case_rule *rule; /* NULL: not found yet */
    int64_t now;
    struct pakn_case c; /* as it becomes; its strings are borrowed */
    struct case_life life; /* as it becomes; owned */
    enum case_state before; /* CASE_NONE as a state: it isn't on disk */
    struct str *problem; /* NULL: nobody wants to know */
    enum err failed; /* the store, while a guard asked it */

    struct deadline live[LIVE_MAX], fresh[LIVE_MAX]; /* those there are, some with a new state; those that begin */
    enum deadline_state was[LIVE_MAX]; /* of live, on disk */
    size_t live_count, fresh_count;

    int64_t target_id; /* transfer: where to; 0: the service centre */
    struct coordination asked[COORDINATIONS_MAX]; /* coordinate: those that begin. Else: all that aren't done */
    size_t asked_count;
    int64_t coordination_id; /* coordination-answer: which */
    const char *text; /* publish: what is told, the step's or the unit's words */
    char *own_text; /* the latter; owned */
    struct document_ref document; /* of a result, or published with it */
    struct case_step own_step; /* T5 without a receipt: it moves instead of expiring */

    struct case_outcome out;
};

/* case_guards.c. The row that fits, or ERR_CONFLICT with the reason in `problem`. */
MUST_CHECK enum err moment_find_rule(struct moment *m);

/* case_timers.c. What the row does to the deadlines, in memory; then on disk. */
MUST_CHECK enum err moment_plan_timers(struct moment *m);
MUST_CHECK enum err moment_write_timers(struct moment *m);
struct deadline *moment_live(struct moment *m, enum deadline_kind kind); /* the one of the kind that is open, paused or missed; NULL */
/* The N-th working day in that agency after the event's day. */
enum { NO_AGENCY = -1 }; /* only what is closed for all counts */
MUST_CHECK enum err moment_due(struct moment *m, int64_t agency_id, int64_t event_ms, int days, int32_t *ret_day);
MUST_CHECK enum err moment_no_receipt_day(struct moment *m, int32_t *ret_day); /* T5 when nobody knows of the receipt */
int64_t moment_handler(const struct moment *m); /* the unit, else the agency; 0: the service centre */

/* case_record.c. The event of the case and the one for the central store. */
MUST_CHECK enum err moment_record(struct moment *m);

/* What the rules need of an agency. ERR_NOT_FOUND. */
enum { KEY_SIZE = 64 };
struct standing {
    int kind; /* enum agency_kind */
    int64_t parent_id;
    bool active;
    char key[KEY_SIZE];
};
int64_t moment_agency_of_kind(struct moment *m, int kind); /* the first active one; 0: none, or m->failed */
MUST_CHECK enum err agency_standing(struct store *s, int64_t id, struct standing *ret_standing);

#endif
