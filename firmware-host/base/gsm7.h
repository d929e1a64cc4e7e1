/* The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1, §6.2.1.1), septets one per byte, and their packing
 * (§6.1.2.1). Lengths are in septets unless they say octets. */
#ifndef BASE_GSM7_H
#define BASE_GSM7_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GSM7_ESCAPE 0x1B

/* Septets a code point takes: 1, 2 (extension table) or 0 (not in the alphabet). */
int gsm7_width(uint32_t codepoint);
/* Septets a text takes; -1 when a character isn't in the alphabet. */
long gsm7_length(const char *text);
/* UTF-8 → septets. ERR_UNSUPPORTED: a character outside the alphabet; ERR_TOO_LONG. */
MUST_CHECK enum err gsm7_encode(const char *text, uint8_t *septets, size_t max, size_t *ret_count);
/* Septets → UTF-8, appended. An escape followed by a septet without a meaning gives the default-table character (§6.2.1.1 note),
 * an escape at the end a space. Never fails. */
void gsm7_decode(const uint8_t *septets, size_t count, struct str *to);

/* Packs with `fill` spare bits (0–6) in front, as a user data header needs. Returns octets written; `octets` holds (count × 7 + fill + 7) / 8. */
size_t gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *octets);
/* Unpacks `count` septets behind `fill` spare bits. ERR_TRUNCATED when octets don't hold them, ERR_INVALID when fill is above 6. */
MUST_CHECK enum err gsm7_unpack(const uint8_t *octets, size_t octet_count, unsigned fill, uint8_t *septets, size_t count);

#endif
