/* Anybody's text, made fit to stand in a short message: names from a directory, an officer's reason, a citizen's words. */
#ifndef BASE_CLEAN_H
#define BASE_CLEAN_H

#include "firmware-host/base/str.h"

#include <stdbool.h>

struct clean_form {
    bool accented; /* else: only characters of the GSM 7-bit alphabet that take one septet */
    bool lines; /* keep line ends (\n), else they are blanks */
    bool quoted; /* it will stand between quotation marks: none of its own */
};

/* Appends. Controls and every kind of space become one blank, blanks at both ends go; what is invisible or turns the writing round goes; what
 * gateways mangle and GSM 7-bit counts twice (& [ ] { } ^ ~ \ |) becomes what people write instead. A text that is clean stays as it is. Without
 * accents: what has no letter of the alphabet goes, and may leave nothing at all. `text` is UTF-8. */
void clean_text(const char *text, struct clean_form form, struct str *to);

#endif
