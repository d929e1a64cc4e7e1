/* What crosses to others must be signed or sealed by keys that are not the database's (libsodium): base64, HMAC-SHA-256 with a given secret, and
 * sealed boxes that only the owner of a key pair can open. */
#ifndef BASE_ENVELOPE_H
#define BASE_ENVELOPE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void base64_add(struct bytes data, struct str *to); /* RFC 4648 §4, padded */
MUST_CHECK enum err base64_decode(const char *text, size_t len, uint8_t *octets, size_t max, size_t *ret_len); /* ERR_INVALID, also when too long */

enum { HMAC_SIZE = 32 };
void hmac_sha256(struct bytes secret, const struct bytes *pieces, size_t count, uint8_t ret_mac[HMAC_SIZE]); /* over the pieces, one after another */

bool hmac_equal(const uint8_t a[HMAC_SIZE], const uint8_t b[HMAC_SIZE]); /* in a time that tells nothing of where they differ */

/* crypto_box_seal: X25519 and XSalsa20-Poly1305 under a key drawn for this one message. Who seals can't open it again. */
enum { ENVELOPE_KEY_SIZE = 32 };
bool envelope_key_works(const uint8_t public_key[ENVELOPE_KEY_SIZE]); /* false: it's no point of the curve that can be sealed for */
void envelope_add(const uint8_t public_key[ENVELOPE_KEY_SIZE], struct bytes plain, struct str *to); /* octets */

#endif
