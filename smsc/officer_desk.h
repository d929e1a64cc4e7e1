/* The officers' part from inside: who has which duty, the pieces of their texts, and how one is sent. For officer.c, waiting.c, digest.c and
 * officer_words.c only. */
#ifndef SMSC_OFFICER_DESK_H
#define SMSC_OFFICER_DESK_H

#include "smsc/centre.h"
#include "smsc/compose.h"
#include "smsc/officer.h"
#include "store/reminder.h"

/* ---- duties (duty.c) ---- */

enum duty {
    DUTY_INTAKE, /* of an agency: decides, publishes, calls back */
    DUTY_UNIT, /* of a unit, or of an agency that handles by itself */
    DUTY_COORDINATION,
    DUTY_HEAD
};
struct officer_ids {
    int64_t of[OFFICERS_OF_ROLE_MAX];
    size_t count;
};
/* Who has that duty today and can be reached: officers of the role, else another role of that agency, else of the agency above, else of the service
 * centre (agency_id 0). None: count 0. */
MUST_CHECK enum err duty_officers(struct smsc *s, enum duty duty, int64_t agency_id, int32_t today, struct officer_ids *ret_ids);
enum duty duty_of_role(enum case_role role);
/* Whose a deadline is. False: the citizen's, or nobody's. coordinating_id: the agency of a T3. */
bool duty_of_deadline(enum deadline_kind kind, int64_t agency_id, int64_t unit_id, int64_t coordinating_id, enum duty *ret_duty, int64_t *ret_agency);
/* The same of a deadline's row, with the life of its case. ERR_NOT_FOUND: the citizen's, or nobody's. */
MUST_CHECK enum err duty_now(struct smsc *s, const struct deadline *d, const struct case_life *life, enum duty *ret_duty, int64_t *ret_agency);

/* ---- texts (officer_text.c) ---- */

struct case_words { /* of a case, as texts print them */
    char code[CASE_CODE_SIZE], field[32], place[32];
};
MUST_CHECK enum err case_words(struct smsc *s, const struct pakn_case *c, const struct case_life *life, struct case_words *ret_words);
MUST_CHECK enum err agency_words(struct smsc *s, int64_t agency_id, char out[32]); /* 0: the service centre */

enum { CODES_SHOWN = 3, CODES_SIZE = 64 };
/* "482109304, 381002130, 290177441 va 2 viec khac": the first ones of `total`. */
MUST_CHECK enum err codes_words(struct smsc *s, const int64_t *case_ids, size_t total, char out[CODES_SIZE]);

struct officer_text {
    enum template_id template;
    struct template_values values;
    enum outbound_class class;
    int64_t case_id; /* 0: of several, or none */
};
/* Queues it, and writes vn.pakn.reminder.sent for the central store. */
MUST_CHECK enum err officer_send(struct smsc *s, const struct officer_address *to, const struct officer_text *text, int64_t now,
                                 int64_t *ret_outbound);

/* Texts of {items} that carry every code, as many as it takes: "hom nay het han 5, chua xong: …". `said` has one %zu for the count. The last one's
 * id; *ret_texts of them. */
struct officer_codes {
    const char *said; /* "QUA HAN" */
    const int64_t *case_ids;
    size_t count;
};
MUST_CHECK enum err officer_send_codes(struct smsc *s, const struct officer_address *to, const struct officer_codes *codes, int64_t now,
                                       int64_t *ret_outbound, int *ret_texts);

/* ---- what waits (waiting.c) ---- */

MUST_CHECK enum err waiting_tick(struct smsc *s, int64_t now);
MUST_CHECK enum err waiting_next(struct smsc *s, int64_t now, int64_t *ret_at);

/* ---- the rounds (digest.c) ---- */

MUST_CHECK enum err round_tick(struct smsc *s, int64_t now, bool *ret_worked);
MUST_CHECK enum err round_next(struct smsc *s, int64_t now, int64_t *ret_at);
/* The open work of one officer, overdue first, then by date. Free ret_list->of. */
MUST_CHECK enum err round_work_of(struct smsc *s, const struct officer *o, int32_t today, struct work_list *ret_list);

#endif
