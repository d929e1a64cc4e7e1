/* Sealing, keyed hashes, randomness: libsodium. Keys live in memory that is locked, guarded and wiped when freed. */
#include "firmware-host/base/crypto.h"

#include "firmware-host/base/crypto_keys.h"
#include "firmware-host/base/mem.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, TAG_SIZE = crypto_aead_xchacha20poly1305_ietf_ABYTES };
_Static_assert(SEAL_OVERHEAD == 1 + NONCE_SIZE + TAG_SIZE, "key id, nonce, tag");
_Static_assert(HASH_SIZE >= crypto_generichash_BYTES_MIN, "BLAKE2b");
_Static_assert(crypto_kdf_KEYBYTES == KEY_SIZE, "the secret in the key file");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == KEY_SIZE, "the sealing key");
_Static_assert(crypto_generichash_KEYBYTES == KEY_SIZE, "the hashing key");
_Static_assert(crypto_auth_hmacsha256_KEYBYTES == KEY_SIZE, "the permutation key");

/* Numbers of the keys derived from each secret; what is sealed or hashed depends on them for ever. */
enum { DERIVE_SEALING = 1, DERIVE_HASHING = 2, DERIVE_PERMUTATION = 3 };
#define DERIVE_CONTEXT "phanhoi1" /* crypto_kdf_CONTEXTBYTES */

struct keys { /* never changed once they're in a keyring */
    struct keys *before; /* what the keyring had until these came */
    size_t count; /* of seals, oldest first */
    crypto_auth_hmacsha256_state permuting; /* of the oldest, begun with its key */
    uint8_t hashing[KEY_SIZE]; /* of the oldest */
    struct {
        uint8_t id, sealing[KEY_SIZE];
    } seals[KEYS_MAX];
};
struct keyring {
    _Atomic(struct keys *) now;
};
_Static_assert((int)KEYRING_MAX == (int)KEYS_MAX, "as many ids as keys");

void crypto_start(void) {
    if (sodium_init() < 0)
        abort();
}

static void derive(uint8_t key[KEY_SIZE], uint64_t number, const uint8_t secret[KEY_SIZE]) {
    if (crypto_kdf_derive_from_key(key, KEY_SIZE, number, DERIVE_CONTEXT, secret) != 0)
        abort();
}

static struct keys *derive_all(const struct key *keys, size_t count) {
    struct keys *all = sodium_malloc(sizeof *all);
    if (!all || count < 1 || count > KEYS_MAX)
        abort();
    all->before = NULL;
    all->count = count;
    for (size_t i = 0; i < count; i++) {
        all->seals[i].id = keys[i].id;
        derive(all->seals[i].sealing, DERIVE_SEALING, keys[i].secret);
    }
    derive(all->hashing, DERIVE_HASHING, keys[0].secret);
    uint8_t permutation[KEY_SIZE];
    derive(permutation, DERIVE_PERMUTATION, keys[0].secret);
    crypto_auth_hmacsha256_init(&all->permuting, permutation, sizeof permutation);
    sodium_memzero(permutation, sizeof permutation);
    return all;
}

static void put_keys(struct keyring *ring, struct keys *keys) {
    if (sodium_mprotect_readonly(keys) != 0)
        abort();
    atomic_store(&ring->now, keys);
}

struct keyring *keyring_from_keys(const struct key *keys, size_t count) {
    struct keyring *ring = mem_alloc(sizeof *ring);
    put_keys(ring, derive_all(keys, count));
    return ring;
}

struct keyring *keyring_from_secret(const uint8_t secret[32]) {
    struct key key = {.id = 1};
    memcpy(key.secret, secret, KEY_SIZE);
    struct keyring *ring = keyring_from_keys(&key, 1);
    sodium_memzero(&key, sizeof key);
    return ring;
}

void keyring_free(struct keyring *keys) {
    if (!keys)
        return;
    for (struct keys *k = atomic_load(&keys->now), *before; k; k = before) {
        before = k->before;
        sodium_free(k);
    }
    free(keys);
}

static const uint8_t *sealing_key(const struct keys *keys, uint8_t id) {
    for (size_t i = keys->count; i-- > 0;)
        if (keys->seals[i].id == id)
            return keys->seals[i].sealing;
    return NULL;
}

enum err keyring_follows(const struct keyring *keys, const struct keyring *next, const char *path, struct str *problem) {
    const struct keys *old = atomic_load(&keys->now), *new = atomic_load(&next->now);
    if (old->seals[0].id != new->seals[0].id || sodium_memcmp(old->hashing, new->hashing, KEY_SIZE) != 0) {
        str_addf(problem, "%s: the first key must stay key %d as it is: phones are found and case codes are made with it, for ever", path,
                 old->seals[0].id);
        return ERR_CONFLICT;
    }
    for (size_t i = 0; i < old->count; i++) {
        const uint8_t *same = sealing_key(new, old->seals[i].id);
        if (same && sodium_memcmp(same, old->seals[i].sealing, KEY_SIZE) != 0) {
            str_addf(problem, "%s: key %d is another than before; put it back, and add the new one as a line of its own with a greater id", path,
                     old->seals[i].id);
            return ERR_CONFLICT;
        }
    }
    return ERR_OK;
}

void keyring_take(struct keyring *keys, struct keyring *next) {
    struct keys *new = atomic_load(&next->now);
    if (sodium_mprotect_readwrite(new) != 0)
        abort();
    new->before = atomic_load(&keys->now);
    put_keys(keys, new);
    free(next);
}

size_t keyring_ids(const struct keyring *keys, uint8_t ret_ids[KEYRING_MAX]) {
    const struct keys *now = atomic_load(&keys->now);
    for (size_t i = 0; i < now->count; i++)
        ret_ids[i] = now->seals[i].id;
    return now->count;
}

void seal(const struct keyring *keys, const char *context, struct bytes plain, struct str *to) {
    const struct keys *now = atomic_load(&keys->now);
    size_t newest = now->count - 1;
    uint8_t *out = plain.len <= SIZE_MAX - SEAL_OVERHEAD ? (uint8_t *)str_add_room(to, plain.len + SEAL_OVERHEAD) : NULL;
    if (!out)
        return;
    uint8_t *nonce = out + 1;
    out[0] = now->seals[newest].id;
    randombytes_buf(nonce, NONCE_SIZE);
    crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE_SIZE, NULL, plain.data, plain.len, (const uint8_t *)context, strlen(context), NULL,
                                               nonce, now->seals[newest].sealing);
}

enum err unseal(const struct keyring *keys, const char *context, struct bytes sealed, struct str *to) {
    if (sealed.len < SEAL_OVERHEAD)
        return ERR_SEALED;
    const uint8_t *key = sealing_key(atomic_load(&keys->now), sealed.data[0]), *nonce = sealed.data + 1;
    if (!key)
        return ERR_SEALED;
    size_t before = to->len;
    char *plain = str_add_room(to, sealed.len - SEAL_OVERHEAD);
    if (!plain)
        return ERR_TOO_LONG;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)plain, NULL, NULL, nonce + NONCE_SIZE, sealed.len - 1 - NONCE_SIZE,
                                                   (const uint8_t *)context, strlen(context), nonce, key) != 0) {
        str_truncate(to, before);
        return ERR_SEALED;
    }
    return ERR_OK;
}

/* The context goes in with its length in front, so that no context and data can be cut elsewhere and give the same input. */
void keyed_hash(const struct keyring *keys, const char *context, struct bytes data, uint8_t ret_hash[HASH_SIZE]) {
    crypto_generichash_state state;
    uint64_t context_len = strlen(context);
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++)
        prefix[i] = (uint8_t)(context_len >> (8 * i));
    crypto_generichash_init(&state, atomic_load(&keys->now)->hashing, KEY_SIZE, HASH_SIZE);
    crypto_generichash_update(&state, prefix, sizeof prefix);
    crypto_generichash_update(&state, (const uint8_t *)context, context_len);
    crypto_generichash_update(&state, data.data, data.len);
    crypto_generichash_final(&state, ret_hash, HASH_SIZE);
}

void hash256(struct bytes data, uint8_t ret_hash[HASH256_SIZE]) {
    crypto_generichash(ret_hash, HASH256_SIZE, data.data, data.len, NULL, 0);
}

enum err sha256_of_file(FILE *file, char ret_text[SHA256_TEXT_SIZE]) {
    crypto_hash_sha256_state state;
    uint8_t hash[crypto_hash_sha256_BYTES], block[4096];
    crypto_hash_sha256_init(&state);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        crypto_hash_sha256_update(&state, block, n);
    if (ferror(file))
        return ERR_IO;
    crypto_hash_sha256_final(&state, hash);
    sodium_bin2hex(ret_text, SHA256_TEXT_SIZE, hash, sizeof hash);
    return ERR_OK;
}

void keyed_hmac(const struct keyring *keys, struct bytes data, uint8_t ret_mac[32]) {
    crypto_auth_hmacsha256_state state = atomic_load(&keys->now)->permuting; /* the key's own two blocks are hashed already: half the work */
    crypto_auth_hmacsha256_update(&state, data.data, data.len);
    crypto_auth_hmacsha256_final(&state, ret_mac);
    sodium_memzero(&state, sizeof state);
}

void random_octets(void *to, size_t len) {
    randombytes_buf(to, len);
}

uint32_t random_below(uint32_t limit) {
    return randombytes_uniform(limit);
}
