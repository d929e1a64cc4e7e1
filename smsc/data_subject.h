/* DULIEU, XOADULIEU: what a person may ask about the data that is kept of them (Law 91/2025/QH15, Decree 356/2025/NĐ-CP). The appliance receives the
 * request and says by when it's answered: within two working days. A person answers it and does it (store/data_request.h has the deadlines). */
#ifndef SMSC_DATA_SUBJECT_H
#define SMSC_DATA_SUBJECT_H

#include "smsc/turn.h"

MUST_CHECK enum err data_subject_request(struct turn *t); /* DATA_REQUEST, DATA_ERASE */

/* ---- what a person does with a request; each leaves an event in store/privacy.h. ERR_NOT_FOUND: it isn't open. ---- */

MUST_CHECK enum err smsc_data_request_answer(struct smsc *s, int64_t id, const char *actor, int64_t now); /* they were told what will be done */
MUST_CHECK enum err smsc_data_request_done(struct smsc *s, int64_t id, const char *actor, int64_t now);
/* More time, once; `until` 0: as much as there is. ERR_CONFLICT, ERR_INVALID with `problem`. *ret_day: the new day. */
MUST_CHECK enum err smsc_data_request_extend(struct smsc *s, int64_t id, const char *reason, int32_t until, const char *actor, int64_t now,
                                             struct str *problem, int32_t *ret_day);
/* Instead of erasing what has the value of a paper document: all cases of that person are confidential from now on (the step of KIN), and they are
 * texted why. Done with that. ERR_CONFLICT: it doesn't ask for erasing; ERR_TOO_LONG, ERR_INVALID: the reason doesn't fit its text. */
MUST_CHECK enum err smsc_data_request_restrict(struct smsc *s, int64_t id, const char *reason, const char *actor, int64_t now, struct str *problem,
                                               int *ret_cases);

#endif
