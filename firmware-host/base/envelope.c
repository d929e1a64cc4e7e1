/* Over libsodium; crypto_start() comes first. */
#include "firmware-host/base/envelope.h"

#include <sodium.h>
#include <stdlib.h>

_Static_assert(crypto_auth_hmacsha256_BYTES == HMAC_SIZE, "SHA-256");
_Static_assert(crypto_box_PUBLICKEYBYTES == ENVELOPE_KEY_SIZE, "X25519");

void base64_add(struct bytes data, struct str *to) {
    size_t len = sodium_base64_ENCODED_LEN(data.len, sodium_base64_VARIANT_ORIGINAL); /* with its NUL */
    size_t before = to->len;
    char *room = str_add_room(to, len);
    if (!room)
        return;
    sodium_bin2base64(room, len, data.data, data.len, sodium_base64_VARIANT_ORIGINAL);
    str_truncate(to, before + len - 1);
}

enum err base64_decode(const char *text, size_t len, uint8_t *octets, size_t max, size_t *ret_len) {
    return sodium_base642bin(octets, max, text, len, NULL, ret_len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 ? ERR_OK : ERR_INVALID;
}

void hmac_sha256(struct bytes secret, const struct bytes *pieces, size_t count, uint8_t ret_mac[HMAC_SIZE]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, secret.data, secret.len);
    for (size_t i = 0; i < count; i++)
        crypto_auth_hmacsha256_update(&state, pieces[i].data, pieces[i].len);
    crypto_auth_hmacsha256_final(&state, ret_mac);
    sodium_memzero(&state, sizeof state);
}

bool hmac_equal(const uint8_t a[HMAC_SIZE], const uint8_t b[HMAC_SIZE]) {
    return sodium_memcmp(a, b, HMAC_SIZE) == 0;
}

bool envelope_key_works(const uint8_t public_key[ENVELOPE_KEY_SIZE]) {
    unsigned char sealed[crypto_box_SEALBYTES];
    return crypto_box_seal(sealed, NULL, 0, public_key) == 0;
}

void envelope_add(const uint8_t public_key[ENVELOPE_KEY_SIZE], struct bytes plain, struct str *to) {
    char *room = str_add_room(to, plain.len + crypto_box_SEALBYTES);
    if (room && crypto_box_seal((unsigned char *)room, plain.data, plain.len, public_key) != 0)
        abort(); /* only a key that is no point fails, and whoever read it has tried it */
}
