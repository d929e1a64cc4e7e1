/* The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1, §6.2.1.1), the national language tables that a sender may put in
 * their place (annex A), septets one per byte, and their packing (§6.1.2.1). Lengths are in septets unless they say octets.
 *
 * National tables are only read: what we send is in the default alphabet or in UCS-2, which every telephone shows. */
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

/* A national language by its identifier (§6.2.1.2.4). Each table has 128 code points; 0: no symbol there. */
struct gsm7_language {
    const char *name; /* "Turkish"; of identifier 0 "default" */
    const uint16_t *locking; /* in place of the default alphabet, §A.3; NULL: none */
    const uint16_t *single; /* in place of the extension table, §A.2; NULL: none */
};
const struct gsm7_language *gsm7_language(unsigned identifier); /* NULL: reserved */
/* Septets → UTF-8 as the shift elements of a header say: `locking`, `single` are identifiers, 0 where the header has none. A language without
 * such a table is read with the default one (gsm7_shift_known() is false then). Where the single table has no symbol, the locking one's counts;
 * where that has none, a space. Never fails. */
void gsm7_decode_shifted(const uint8_t *septets, size_t count, unsigned locking, unsigned single, struct str *to);
bool gsm7_shift_known(unsigned locking, unsigned single);

/* Packs with `fill` spare bits (0–6) in front, as a user data header needs. Returns octets written; `octets` holds (count × 7 + fill + 7) / 8. */
size_t gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *octets);
/* Unpacks `count` septets behind `fill` spare bits. ERR_TRUNCATED when octets don't hold them, ERR_INVALID when fill is above 6. */
MUST_CHECK enum err gsm7_unpack(const uint8_t *octets, size_t octet_count, unsigned fill, uint8_t *septets, size_t count);

#endif
