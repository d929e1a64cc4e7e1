/* DG: a rating from 1 to 5 of a result (Decision 115/2025 art. 20.2). A low one is asked about once: why? */
#ifndef SMSC_RATING_H
#define SMSC_RATING_H

#include "smsc/turn.h"

MUST_CHECK enum err rating_take(struct turn *t); /* RATE and BADRATE, with and without a code */
MUST_CHECK enum err rating_explained(struct turn *t, const struct dialogue *question); /* the answer to "why?" */
/* A digit alone while several results wait to be rated rates none of them: says how to name one. *ret_taken false: it's nothing of the kind. */
MUST_CHECK enum err rating_ambiguous(struct turn *t, bool *ret_taken);

#endif
