/* Surrogate pairs that a sender cut between two parts of a concatenated message: an emoji at the border, one UTF-16 unit in each part.
 * Decoded part by part both units would be lost. So the half at the edge of a part is parked in the part's text as a private-use character
 * (U+10F000 + unit − U+D800, plane 16, which no keyboard has) and put together once the parts are joined. */
#ifndef BASE_SURROGATE_H
#define BASE_SURROGATE_H

#include "firmware-host/base/str.h"

#include <stddef.h>
#include <stdint.h>

/* Appends the UTF-16BE octets of one part as UTF-8: like text_add_utf16be(), but a low surrogate at the very start and a high one at the very
 * end are parked. */
void surrogate_add_part(struct str *to, const uint8_t *octets, size_t len);

/* On the text of all parts, in place (it never grows): a parked pair becomes its character, a half that stayed alone U+FFFD. Whoever joins
 * parts calls it, also when a part is missing. Text without parked halves isn't touched. */
void surrogate_mend(char *text);

#endif
