/* The same complaint again (Decision 115/2025 art. 7.6): from the same phone, nearly the same words, within 30 days, while the first is being
 * handled. */
#ifndef SMSC_DUPLICATE_H
#define SMSC_DUPLICATE_H

#include "smsc/turn.h"

/* Whether two texts say the same, by their folded words: no word stands in another's place but as a slip of one letter that makes it no syllable,
 * at most one word in ten is more or less, and all numbers are the same, in the same order. "thon 3" and "thon 5" are two places, and so are "thon
 * Dong" and "thon Tay". */
bool duplicate_near(const char *a, const char *b);

/* Whether a case may still be repeated: submitted since then, and without a result. What comes after one may have happened again. */
bool duplicate_handled(const struct pakn_case *c, int64_t since);

/* The sender's case that `text` repeats. ERR_NOT_FOUND. Only the newest few are looked at. */
MUST_CHECK enum err duplicate_find(struct turn *t, const char *text, struct pakn_case *ret_case);
/* The open question about a draft that `text` repeats. ERR_NOT_FOUND. */
MUST_CHECK enum err duplicate_of_draft(struct turn *t, const char *text, struct dialogue *ret_question);

/* Adds the words to the case that they repeat, and says so. `confidential`: its content is to be kept from publication from now on. */
MUST_CHECK enum err duplicate_add(struct turn *t, struct pakn_case *c, const char *text, bool confidential);

#endif
