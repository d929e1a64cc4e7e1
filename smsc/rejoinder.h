/* PD: the sender disagrees with a result (Decision 115/2025 art. 13.1): once, within ten working days of receiving it. */
#ifndef SMSC_REJOINDER_H
#define SMSC_REJOINDER_H

#include "smsc/turn.h"

/* PD with a code and words. Without a code: the only case with a result; several: the list. ERR_NOT_FOUND: no case that it could be meant for (only
 * without a code), so the words are to be read as any others. */
MUST_CHECK enum err rejoinder_take(struct turn *t);
/* KDY and a code, no words: whoever may still disagree is told how; anybody else how the case stands. */
MUST_CHECK enum err rejoinder_ask(struct turn *t);

#endif
