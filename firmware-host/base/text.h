/* Unicode text: validity, NFC, Vietnamese folding (utf8proc), UTF-16. All strings are UTF-8 with a NUL at the end. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool text_valid(const char *data, size_t len); /* well-formed UTF-8, no NUL */

/* Appends a valid rendering of any bytes: what isn't UTF-8, and NUL, becomes U+FFFD. */
void text_add_lossy(struct str *to, const char *data, size_t len);

/* NFC; zero-width characters and other controls than newline and tab are left as they are. Input must be valid. Caller frees. */
char *text_nfc(const char *text);

/* NFD: every letter before its marks. Input must be valid. Caller frees. */
char *text_nfd(const char *text);

/* The unaccented copy of Vietnamese text: NFD, without marks U+0300–0304, 0306, 0309, 031B, 0323; đ → d, Đ → D, then NFC again for
 * what other marks there are; invisible format characters (zero-width, joiners, byte order mark) gone, every Unicode space a blank, full-width
 * ASCII narrowed, typographic quotes, dashes and dots as on a keyboard. Case is kept. Works on NFC and NFD alike. Caller frees. */
char *text_unaccent(const char *text);

/* For matching: text_unaccent, ASCII upper case, runs of blanks collapsed to one space, trimmed. Caller frees. */
char *text_fold(const char *text);

size_t text_letters(const char *text); /* letters (any script), for the "at least 10 letters" rule */
size_t text_codepoints(const char *text);
/* The byte length of the longest prefix of at most n code points. */
size_t text_prefix(const char *text, size_t n);
/* The next code point at *at (valid UTF-8), which moves on; 0 at the end. */
uint32_t text_next(const char **at);
/* Bytes of what a reader takes for one character (Unicode annex 29): a letter with its marks, a flag. 0 at the end. Valid UTF-8. */
size_t text_cluster(const char *text);
void text_add_codepoint(struct str *to, uint32_t codepoint);

/* UTF-16BE octets ↔ UTF-8. A lone surrogate, an odd octet at the end or a NUL becomes U+FFFD. */
void text_add_utf16be(struct str *to, const uint8_t *octets, size_t len);
/* Appends UTF-16BE octets to `to`. */
void text_to_utf16be(struct str *to, const char *text);

#endif
