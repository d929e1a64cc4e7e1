/* Ratings of a result, 1 (bad) to 5 (good): `DG 482109304 4 tot`, `DG 4`, a bare digit where one is asked for. */
#ifndef SMSC_RATINGS_H
#define SMSC_RATINGS_H

#include "smsc/reading.h"

bool rating_parse(const struct reading *r); /* behind DG */

/* Digits at `at`: 1 to 5 by themselves are a rating ("4", "4/5", "4d"), other numbers none (0 in *ret_rating). False: no digits. */
bool rating_read(const struct reading *r, size_t at, int *ret_rating, size_t *ret_end);
size_t rating_skip_score_words(const struct reading *r, size_t at); /* DIEM, MUC in front of it */
bool rating_words_only(const struct reading *r, size_t at); /* what people add to a rating, and politeness */
bool rating_decide(const struct reading *r, int rating, size_t end); /* RATE, BADRATE for 0; the comment behind `end`; true */

#endif
