/* Messages without a keyword: a code by itself, and short answers to a question that is open. Each tells by r->ret->depends which open questions
 * would change its answer. */
#ifndef SMSC_BARE_ANSWERS_H
#define SMSC_BARE_ANSWERS_H

#include "smsc/reading.h"

bool bare_code(const struct reading *r, size_t at); /* a code and nothing else: tracks */
bool bare_yes_no(const struct reading *r);
bool bare_digit(const struct reading *r); /* a rating, or a place in the list */
bool bare_name(const struct reading *r);

#endif
