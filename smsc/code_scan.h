/* Case codes as people write them: nine digits in any grouping, blanks and - . / : < > ( ) inside, O for 0, I and L for 1 inside a group of digits,
 * MA SO and the like in front. Reads no further than one code. Two digits by themselves in front of a whole code are a province's: `38-482109304` is
 * what a case is called in the whole country, where several provinces share a number. */
#ifndef SMSC_CODE_SCAN_H
#define SMSC_CODE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODE_SCAN_DIGITS = 13, CODE_SCAN_TONES = 2 };

/* Characters that a code, a phone number or a tax code may hold inside, and what may stand around one. */
#define CODE_SEPARATORS " \t\r\n-./:<>()"

struct code_scan {
    char digits[CODE_SCAN_DIGITS + 1]; /* the first of them; count may be more */
    size_t count;
    size_t begin, end; /* of the digits in the text */
    size_t first_count, first_end; /* the first group of them */
    bool one_way; /* one group, or groups of three: how codes are written, and dates and prices aren't */
    bool date; /* 20/11/2026 */
    bool fillers; /* MA SO and the like stood in front */
    int province; /* whose code it is, 1 to 99, with which the digits begin in the text; 0: none stands in front */
};
void code_scan(const char *text, size_t at, size_t limit, struct code_scan *ret);

/* One group of digits right at `at`: how many, *ret_end behind them, the first ones in `digits`. */
size_t code_scan_group(const char *text, size_t at, size_t limit, char digits[CODE_SCAN_DIGITS + 1], size_t *ret_end);

bool code_scan_value(const struct code_scan *scan, int32_t *ret_code); /* nine digits, and the check digits are right */

/* What a VNI keyboard did to a code glued to its keyword: it took the first digits for accents of the keyword (`RŨT82109304` was RUT482109304), or
 * left the accents' digits standing (`RUT1482109304`, `RUT1 482109304`). Tried with every order; the check digits tell. `tones`: the digits that the
 * keyword's accents are in VNI. */
bool code_scan_repair(const struct code_scan *scan, const int *tones, size_t count, bool glued, int32_t *ret_code);

#endif
