/* Vietnamese tax codes (mã số thuế): 10 digits of an organisation, 13 of its branch, or the 12 of a person's identity number, which serves as the tax
 * code since 2025 (Law 38/2019/QH14 art. 35). */
#ifndef SMSC_TAX_CHECK_H
#define SMSC_TAX_CHECK_H

#include <stdbool.h>

/* Digits only. 10: the last is 10 − (Σ digit × weight mod 11) with the weights 31 29 23 19 17 13 7 5 3; 13: the first 10 are such a code, and the
 * branch isn't 000; 12: the province of birth is one of 001 to 096, the fourth digit says sex and century. */
bool tax_check(const char *digits);

#endif
