/* Timers that are rows: incomplete messages, open questions, deadlines. What fell due while the appliance was off fires after the start, in the order
 * in which it fell due, once. */
#ifndef SMSC_TIMERS_H
#define SMSC_TIMERS_H

#include "smsc/smsc.h"

MUST_CHECK enum err timers_tick(struct smsc *s, int64_t now); /* at most a bounded number */
int64_t timers_next(struct smsc *s); /* never too late, maybe too early; INT64_MAX: none */

#endif
