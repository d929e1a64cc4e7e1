/* Case codes: what a citizen gets and types back. Nine digits `DDDDDDDCC`: a 7-digit body and two check digits, ISO/IEC 7064 MOD 97-10, which
 * finds every wrong digit and every swap of neighbours. Digits only, since Vietnamese keyboards rewrite letters (Telex: `TAS7` → `TÁ7`).
 *
 * The body is a keyed permutation of `sequence × of + index`: unique among `of` appliances that never talk, not guessable from its neighbours,
 * and no look-up is needed to know that a code is new. A code is an identifier, not a secret. */
#ifndef SMSC_CODE_H
#define SMSC_CODE_H

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum { CODE_DIGITS = 9, CODE_BODIES = 10000000 };

bool code_valid(int64_t code); /* within nine digits, and N mod 97 = 1 */
int32_t code_of_body(int32_t body); /* appends the check digits; 0 ≤ body < CODE_BODIES */
int64_t code_capacity(int index, int of); /* how many codes the slot has */

/* A bijection on [0, domain) under the permutation key; domain ≤ 2^24. */
uint32_t code_permute(const struct keyring *keys, uint32_t value, uint32_t domain);
uint32_t code_permute_back(const struct keyring *keys, uint32_t value, uint32_t domain);

/* Whether that slot gives out the code: it's the code of no other appliance of the province. */
bool code_in_slot(const struct keyring *keys, int32_t code, int index, int of);

/* The next code of this appliance; the counter advances in the caller's transaction. ERR_EXHAUSTED: the slot is used up. From 90 % on it logs. */
MUST_CHECK enum err code_next(struct store *store, const struct keyring *keys, int index, int of, int32_t *ret_code);

#endif
