/* More words about a case that stands: BS with its code; or just words, while officers wait for some, which are asked about first: nothing is ever
 * attached in silence, and nothing that was asked about is ever lost. */
#ifndef SMSC_SUPPLEMENT_H
#define SMSC_SUPPLEMENT_H

#include "smsc/turn.h"

MUST_CHECK enum err supplement_take(struct turn *t); /* SUPPLEMENT with a code */

/* Free text: if one of the sender's cases waits for words, asks whether it's for that case. *ret_asked false: none waits. `any_open`: the sender
 * began with BS, so every open case may be meant. */
MUST_CHECK enum err supplement_ask(struct turn *t, bool any_open, bool *ret_asked);

MUST_CHECK enum err supplement_confirmed(struct turn *t, const struct dialogue *question);
MUST_CHECK enum err supplement_denied(struct turn *t, const struct dialogue *question);
MUST_CHECK enum err supplement_unanswered(struct smsc *s, const struct dialogue *question, int64_t now);

/* Words that were asked about were sent again as a case of their own: they're no longer asked about. */
MUST_CHECK enum err supplement_superseded(struct turn *t, const char *text);

#endif
