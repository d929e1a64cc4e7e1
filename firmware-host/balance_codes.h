/* What the operators of Viet Nam call a SIM's credit, as data: which code asks for it, and the words that stand before the amount and its last day in
 * the answer. Reading is done on folded text (no accents, upper case), so that each row names the words once. */
#ifndef HOST_BALANCE_CODES_H
#define HOST_BALANCE_CODES_H

#include "smsc/operators.h"

#include <stdbool.h>
#include <stdint.h>

struct balance_code {
    const char *code;
    const char *amount, *expiry; /* words, folded, divided by '|', the best first */
};
const struct balance_code *balance_code_of(enum carrier carrier); /* unknown: what any operator may write; never NULL */

struct balance {
    bool known; /* an amount was read */
    int64_t amount; /* dong; negative: owed */
    int32_t expires; /* day number; 0: no day was read */
};
/* Reads an answer. The words of the row come first, then what any operator may write; an amount without any of them must have its unit behind it
 * (d, đ, ₫, VND, dong). False: no amount in it. */
bool balance_read(const char *text, const struct balance_code *code, struct balance *ret_balance);

#endif
