/* What a subscriber wishes of our texts: TUCHOI, NHAN (none but answers; all again), CD, KD (with accents, without). */
#ifndef SMSC_PREFERENCES_H
#define SMSC_PREFERENCES_H

#include "smsc/turn.h"

MUST_CHECK enum err preferences_opt_out(struct turn *t);
MUST_CHECK enum err preferences_opt_in(struct turn *t);
MUST_CHECK enum err preferences_accents_on(struct turn *t);
MUST_CHECK enum err preferences_accents_off(struct turn *t);
/* The wish of somebody who isn't answered now: it counts all the same. */
MUST_CHECK enum err preferences_opt_out_silently(struct turn *t);

#endif
