/* Sealing and keyed look-up (libsodium). Personal fields are sealed with XChaCha20-Poly1305; look-up goes through a keyed BLAKE2b hash.
 * A keyring holds numbered keys: the newest seals, all unseal, so that keys can be rotated.
 *
 * Key file: text, mode 0600, one line a key: `ID HEX64` (1–255, 32 octets), `#` comments. From each the sealing, hashing and
 * permutation keys are derived (crypto_kdf). Ids rise from line to line: the newest key comes last. The hashing and permutation keys always come from
 * the oldest key, since they must never change. Sealed form: 1 octet key id, 24 octets nonce, ciphertext, 16 octets tag. The context string ("phone",
 * "text", …) is authenticated with it, so that a sealed field can't be moved into another column. */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SEAL_OVERHEAD 41
#define HASH_SIZE 16

struct keyring;

/* Once per program, before anything else here; aborts if libsodium can't start. */
void crypto_start(void);

/* Reads the key file. Absent and `create`: made with one random key, 0600, fsync'ed with its folder, *ret_created set.
 * ERR_INVALID: a bad line, or readable by group or others; `problem` says which and what to do. */
MUST_CHECK enum err keyring_load(const char *path, bool create, struct str *problem, struct keyring **ret_keys, bool *ret_created);
struct keyring *keyring_from_secret(const uint8_t secret[32]); /* for tests: one key, id 1 */
void keyring_free(struct keyring *keys); /* wipes; NULL is fine */

/* Rotation. The keys of `next` may take the place of those of `keys`: the same oldest one, and no key another under its id. ERR_CONFLICT with
 * `problem`, which begins with `path`. */
MUST_CHECK enum err keyring_follows(const struct keyring *keys, const struct keyring *next, const char *path, struct str *problem);
/* `keys` has those of `next` from now on, which it consumes; another thread may read it meanwhile. What it had stays in memory until it's freed. */
void keyring_take(struct keyring *keys, struct keyring *next);
enum { KEYRING_MAX = 255 };
size_t keyring_ids(const struct keyring *keys, uint8_t ret_ids[KEYRING_MAX]); /* oldest first; their number */

void seal(const struct keyring *keys, const char *context, struct bytes plain, struct str *to); /* appends */
MUST_CHECK enum err unseal(const struct keyring *keys, const char *context, struct bytes sealed,
                           struct str *to); /* appends; ERR_SEALED, or ERR_TOO_LONG where `to` can't hold it */

/* Keyed, so that nobody without the key can test a guess. `context` separates the uses ("phone", "inbound", …). */
void keyed_hash(const struct keyring *keys, const char *context, struct bytes data, uint8_t ret_hash[HASH_SIZE]);

/* Without a key: anybody can check it. BLAKE2b-256. */
#define HASH256_SIZE 32
void hash256(struct bytes data, uint8_t ret_hash[HASH256_SIZE]);

/* SHA-256 of what is left of a file, as hex digits, like sha256sum(1) prints it. ERR_IO: it can't be read (errno). */
enum { SHA256_TEXT_SIZE = 65 };
MUST_CHECK enum err sha256_of_file(FILE *file, char ret_text[SHA256_TEXT_SIZE]);

/* HMAC-SHA-256 with the permutation key, for the permutation behind case codes. */
void keyed_hmac(const struct keyring *keys, struct bytes data, uint8_t ret_mac[32]);

void random_octets(void *to, size_t len);
uint32_t random_below(uint32_t limit); /* uniform in [0, limit) */

#endif
