/* A four-round Feistel network over the smallest even number of bits that holds the domain, with HMAC-SHA-256 as the round function; a result
 * outside the domain is permuted again until it falls inside (cycle walking), which keeps it a bijection. */
#include "smsc/code.h"

#include "firmware-host/base/log.h"

enum { ROUNDS = 4, MODULUS = 97 };

bool code_valid(int64_t code) {
    return code > 0 && code <= 999999999 && code % MODULUS == 1;
}

int32_t code_of_body(int32_t body) {
    int32_t shifted = body * 100;
    return shifted + (MODULUS + 1 - shifted % MODULUS);
}

int64_t code_capacity(int index, int of) {
    return ((int64_t)CODE_BODIES - index + of - 1) / of;
}

static uint32_t round_function(const struct keyring *keys, unsigned round, uint32_t half, uint32_t mask) {
    const uint8_t input[] = {'c', 'o', 'd', 'e', (uint8_t)round, (uint8_t)(half >> 8), (uint8_t)half};
    uint8_t mac[32];
    keyed_hmac(keys, bytes_of(input, sizeof input), mac);
    return (((uint32_t)mac[0] << 8) | mac[1]) & mask;
}

static unsigned half_bits_of(uint32_t domain) {
    unsigned half_bits = 1;
    while ((UINT32_C(1) << (2 * half_bits)) < domain)
        half_bits++;
    return half_bits;
}

uint32_t code_permute(const struct keyring *keys, uint32_t value, uint32_t domain) {
    unsigned half_bits = half_bits_of(domain);
    uint32_t mask = (UINT32_C(1) << half_bits) - 1;
    do {
        uint32_t left = value >> half_bits, right = value & mask;
        for (unsigned round = 0; round < ROUNDS; round++) {
            uint32_t next = left ^ round_function(keys, round, right, mask);
            left = right;
            right = next;
        }
        value = left << half_bits | right;
    } while (value >= domain);
    return value;
}

uint32_t code_permute_back(const struct keyring *keys, uint32_t value, uint32_t domain) {
    unsigned half_bits = half_bits_of(domain);
    uint32_t mask = (UINT32_C(1) << half_bits) - 1;
    do {
        uint32_t left = value >> half_bits, right = value & mask;
        for (unsigned round = ROUNDS; round-- > 0;) {
            uint32_t before = right ^ round_function(keys, round, left, mask);
            right = left;
            left = before;
        }
        value = left << half_bits | right;
    } while (value >= domain);
    return value;
}

bool code_in_slot(const struct keyring *keys, int32_t code, int index, int of) {
    return code_valid(code) && code_permute_back(keys, (uint32_t)(code / 100), CODE_BODIES) % (uint32_t)of == (uint32_t)index;
}

enum err code_next(struct store *store, const struct keyring *keys, int index, int of, int32_t *ret_code) {
    int64_t sequence = 0, capacity = code_capacity(index, of);
    enum err e = store_number_next(store, STORE_CASE_COUNTER, &sequence);
    if (e != ERR_OK)
        return e;
    if (sequence >= capacity) {
        log_event(LOG_LEVEL_ERROR, "code.exhausted", log_int("index", index), log_int("of", of), log_int("capacity", capacity));
        return ERR_EXHAUSTED;
    }
    int64_t alarm = capacity / 10 * 9, step = capacity >= 1000 ? capacity / 1000 : 1;
    if (sequence >= alarm && (sequence - alarm) % step == 0)
        log_event(LOG_LEVEL_WARNING, "code.nearly_exhausted", log_int("used", sequence), log_int("capacity", capacity));
    uint32_t body = code_permute(keys, (uint32_t)(sequence * of + index), CODE_BODIES);
    *ret_code = code_of_body((int32_t)body);
    return ERR_OK;
}
