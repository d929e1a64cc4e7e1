/* Who is at the other end of a message: an E.164 number, a short code or an alphanumeric sender
 * (3GPP TS 23.040 §9.1.2.5; ITU-T E.164: at most 15 digits). */
#ifndef BASE_PHONE_H
#define BASE_PHONE_H

#include "firmware-host/base/err.h"

#include <stdbool.h>

enum phone_kind {
    PHONE_NONE, /* no number at all */
    PHONE_E164, /* text is "+84912000001" */
    PHONE_SHORT, /* text is 3–8 digits: "1022", "9029" */
    PHONE_ALPHANUMERIC, /* text is UTF-8: "Viettel" */
};

#define PHONE_TEXT_SIZE 48 /* 11 septets × up to 4 bytes of UTF-8, and the NUL */
struct phone {
    enum phone_kind kind;
    char text[PHONE_TEXT_SIZE];
};

/* "0912000001", "84912000001", "+84912000001", "0084…", blanks, dots, dashes and brackets between digits: all the same E.164 number.
 * National form is Vietnam's (leading 0 → +84). 3–8 digits without a leading 0 or +: a short code. Anything with a letter, at most
 * 11 characters: alphanumeric. ERR_INVALID: empty, too many digits, or neither. */
MUST_CHECK enum err phone_parse(const char *text, struct phone *ret_phone);

bool phone_mobile(const struct phone *phone); /* a mobile number of Vietnam: +84, then 3, 5, 7, 8 or 9, then eight digits */
bool phone_equal(const struct phone *a, const struct phone *b);

#define PHONE_MASK_SIZE PHONE_TEXT_SIZE
/* For logs: "84912***678"; short codes and alphanumeric senders stand as they are. */
void phone_mask(const struct phone *phone, char out[PHONE_MASK_SIZE]);

#endif
