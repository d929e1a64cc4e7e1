/* Which keyword a text begins with, however it was typed. Readings, in the order in which they are tried:
 *
 *   as it stands     the longest keyword; accents, case, Unicode form and glued digits don't matter: `Tra cứu`, `TC482109304`
 *   as it was keyed  Telex, VNI or VIQR keys that the phone left as they were, for keywords with accents: `tra cu+'u`
 *   teencode         `fan anh`, `zanh ja`
 *   a slip           one edit in five letters or more, one verb only, and no Vietnamese word unless a valid code follows: `PHANNH`
 *
 * What follows the keyword is the caller's: a keyword without its shape is none. */
#ifndef SMSC_KEYWORD_MATCH_H
#define SMSC_KEYWORD_MATCH_H

#include "smsc/keywords.h"
#include "smsc/words.h"

enum keyword_reading { READ_AS_TYPED, READ_KEYS, READ_TEENCODE, READ_SLIP, READING_COUNT };

struct keyword_match {
    const struct keyword *keyword;
    enum keyword_reading reading;
    size_t start, end; /* of the keyword in the text */
    bool other_word; /* its accents are another word's: only a code behind it makes it a keyword */
    bool glued; /* digits follow without a blank */
};

/* At the first word at or behind `from`, in this reading. */
bool keyword_match(const char *text, size_t from, size_t limit, enum keyword_reading reading, struct keyword_match *ret);

#endif
