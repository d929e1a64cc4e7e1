/* Numbers in what citizens write that stand for a person: a mobile number, an identity number (12 digits, or 9 behind CMND, CCCD and the like), a
 * bank account behind STK or "tai khoan". As people write them: with blanks, dots and dashes inside, +84 in front, glued to SDT.
 *
 * A number is somebody else's unless it's the one that the message came from, or the sender calls it their own ("sdt cua toi la …", "goi cho em so
 * …"). Behind MST, "ma khach hang", "duong day nong" and the like a number is no person's. Not found: names, addresses, numbers of vehicles,
 * land-line numbers, numbers in words. */
#ifndef SMSC_NUMBERS_H
#define SMSC_NUMBERS_H

#include "firmware-host/base/phone.h"

enum numbers {
    NUMBERS_OF_OTHERS = 1,
    NUMBERS_TO_CALL = 2, /* a phone number of any kind, whosever it is: 1900 and 1800 too */
};
int numbers_in(const char *text, const struct phone *sender); /* enum numbers, or'ed */

#endif
