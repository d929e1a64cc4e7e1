/* Growing byte strings, each born with a maximum, and borrowed spans of bytes.
 * A str always ends in a NUL that len doesn't count; bytes inside may be anything. Once an append would pass the maximum
 * nothing is appended, `overflow` is set and stays set: check it once at the end with str_ok().
 * What is appended must not lie inside the str itself. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "firmware-host/base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes { /* borrowed: never freed through this */
    const uint8_t *data;
    size_t len;
};

struct str {
    char *data;
    size_t len, capacity, max;
    bool overflow, secret;
};

void str_init(struct str *s, size_t max);
void str_init_secret(struct str *s, size_t max); /* the same for a secret: what it drops, outgrows and releases is zeroed */
void str_release(struct str *s); /* frees; the str may be initialised again */
void str_clear(struct str *s); /* empties, forgets an overflow, keeps the memory */
bool str_ok(const struct str *s);
char *str_detach(struct str *s); /* the caller frees; s is as after str_init */

void str_add(struct str *s, const char *text);
void str_add_n(struct str *s, const void *data, size_t len);
void str_add_char(struct str *s, char c);
void str_add_hex(struct str *s, const void *data, size_t len); /* upper case */
/* Appends len bytes for the caller to fill, and gives where they start; NULL (and overflow set) when they don't fit. */
char *str_add_room(struct str *s, size_t len);
void str_addf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_vaddf(struct str *s, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void str_remove_front(struct str *s, size_t len); /* drops the first len bytes */
void str_truncate(struct str *s, size_t len); /* keeps the first len bytes */

struct bytes bytes_of(const void *data, size_t len);
struct bytes bytes_text(const char *text); /* without the NUL */
bool bytes_equal(struct bytes a, struct bytes b);

/* Copies text into a fixed buffer. ERR_TOO_LONG (and nothing copied) where it wouldn't fit with its NUL. */
MUST_CHECK enum err str_copy(char *to, size_t size, const char *text);

/* Hex to octets; blanks aren't allowed. ERR_INVALID: odd length or no hex digit; ERR_TOO_LONG: more than max octets. */
MUST_CHECK enum err hex_decode(const char *hex, size_t hex_len, uint8_t *octets, size_t max, size_t *ret_len);

/* A whole decimal number in [min, max] and nothing else around it; no plus sign. ERR_INVALID otherwise. */
MUST_CHECK enum err parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);

#endif
