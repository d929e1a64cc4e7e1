/* For which number a case stands. A phone is a weak identity (SIM cards are lost, lent, and sold again), so the number can change, by an officer, and
 * ends to stand for a case some time after its end, or when it has a new owner. The case keeps all that was said and done; the number that it no
 * longer stands for learns nothing of it: TC doesn't find it, the list doesn't show it, what waited to be sent or answered about it is withdrawn. */
#ifndef SMSC_BINDING_H
#define SMSC_BINDING_H

#include "smsc/smsc.h"
#include "store/case.h"
#include "store/subscriber.h"

/* The subscriber of the citizen's new number, for STEP_REBIND. ERR_INVALID, ERR_CONFLICT: no mobile number, an own or a blocked one; `problem` says
 * so. */
MUST_CHECK enum err binding_target(struct smsc *s, const char *number, int64_t now, struct str *problem, struct subscriber *ret_subscriber);

/* A step took the case from that subscriber: open questions about it end as if nobody had answered, and texts about it aren't sent any more. */
MUST_CHECK enum err binding_left(struct smsc *s, int64_t subscriber_id, int64_t case_id, int64_t now);

/* The case that lapses next by age, and when; INT64_MAX: none, or never. */
MUST_CHECK enum err binding_next(struct smsc *s, int64_t *ret_case_id, int64_t *ret_at);
MUST_CHECK enum err binding_lapse(struct smsc *s, int64_t case_id, int64_t now);
/* The same for a case whose rows can't be read whole: its number no longer stands for it. */
MUST_CHECK enum err binding_cut(struct smsc *s, int64_t case_id);

#endif
