/* RUT: the sender takes a case back (Decision 115/2025 art. 11.5). In two steps, because phones are shared and senders can be forged: what is asked
 * for is asked about, and only a yes from the same phone within 24 hours ends the case. */
#ifndef SMSC_WITHDRAWAL_H
#define SMSC_WITHDRAWAL_H

#include "smsc/turn.h"

MUST_CHECK enum err withdrawal_ask(struct turn *t); /* without a code: the only case that can be withdrawn, else the list */
MUST_CHECK enum err withdrawal_confirmed(struct turn *t, const struct dialogue *question);
MUST_CHECK enum err withdrawal_denied(struct turn *t, const struct dialogue *question);

#endif
