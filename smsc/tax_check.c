/* Check of tax codes. */
#include "smsc/tax_check.h"

#include <string.h>

enum { ORGANISATION = 10, PERSON = 12, BRANCH = 13, PROVINCE_LAST = 96 };

static bool organisation(const char *digits) {
    static const int weights[ORGANISATION - 1] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
    int sum = 0;
    for (int i = 0; i < ORGANISATION - 1; i++)
        sum += weights[i] * (digits[i] - '0');
    return 10 - sum % 11 == digits[ORGANISATION - 1] - '0'; /* 10 is no digit: such a code isn't given out */
}

static bool person(const char *digits) {
    int province = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    return province >= 1 && province <= PROVINCE_LAST;
}

bool tax_check(const char *digits) {
    size_t len = strspn(digits, "0123456789");
    if (digits[len])
        return false;
    if (len == PERSON)
        return person(digits);
    if (len != ORGANISATION && (len != BRANCH || strcmp(digits + ORGANISATION, "000") == 0))
        return false;
    return organisation(digits);
}
