/* With whom a modem's SIM was refused, one recipient after the other, for a cause that may be the SIM's own: a row for each, until that SIM works, is
 * another, or a person says so. A barred SIM is barred after a restart, too, and finding that out again would cost as many messages again.
 *
 * `sim` is what names it, IMSI or ICCID, and is kept as a keyed hash; "": the modem doesn't say, which is no sign of another SIM. */
#ifndef STORE_SIM_REFUSAL_H
#define STORE_SIM_REFUSAL_H

#include "store/store.h"

/* In a transaction. What was refused of another SIM of that modem goes. */
MUST_CHECK enum err sim_refusal_add(struct store *s, const char *link, const char *sim, int64_t subscriber_id, int64_t now);
MUST_CHECK enum err sim_refusal_end(struct store *s, const char *link); /* in a transaction */

typedef void sim_refusal_each(void *context, int64_t subscriber_id, int64_t refused_at);
MUST_CHECK enum err sim_refusal_list(struct store *s, const char *link, const char *sim, sim_refusal_each *each, void *context);

#endif
