/* Between the key file (crypto_keys.c) and the keyring (crypto.c); no other module includes this. */
#ifndef BASE_CRYPTO_KEYS_H
#define BASE_CRYPTO_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum { KEY_SIZE = 32, KEYS_MAX = 255 };

struct key {
    uint8_t id, secret[KEY_SIZE];
};

struct keyring;
struct keyring *keyring_from_keys(const struct key *keys, size_t count); /* oldest first, 1–255 of them; the caller wipes its own */

#endif
