/* Growing byte strings with a maximum, spans, and strict parsers of hex and decimal.
 * An empty str owns no memory: data points at a shared NUL that is never written. */
#include "firmware-host/base/str.h"

#include "firmware-host/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char nothing[1];

void str_init(struct str *s, size_t max) {
    *s = (struct str){.data = nothing, .max = max < SIZE_MAX / 2 ? max : SIZE_MAX / 2};
}

void str_init_secret(struct str *s, size_t max) {
    str_init(s, max);
    s->secret = true;
}

static void begin_anew(struct str *s) {
    bool secret = s->secret;
    str_init(s, s->max);
    s->secret = secret;
}

void str_release(struct str *s) {
    if (s->capacity && s->secret)
        explicit_bzero(s->data, s->capacity);
    if (s->capacity)
        free(s->data);
    begin_anew(s);
}

void str_clear(struct str *s) {
    str_truncate(s, 0);
    s->overflow = false;
}

bool str_ok(const struct str *s) {
    return !s->overflow;
}

char *str_detach(struct str *s) {
    char *owned = s->capacity ? s->data : mem_string("");
    begin_anew(s);
    return owned;
}

static void grow(struct str *s, size_t capacity) {
    char *old = s->capacity ? s->data : NULL;
    if (s->secret && old) { /* realloc would leave a copy behind */
        s->data = mem_alloc(capacity);
        memcpy(s->data, old, s->len + 1);
        mem_wipe_free(old, s->capacity);
    } else {
        s->data = mem_resize(old, capacity, 1);
    }
    s->capacity = capacity;
}

/* Room for len bytes more and the NUL, or false with overflow set. */
static bool reserve(struct str *s, size_t len) {
    if (s->overflow || len > s->max - s->len) {
        s->overflow = true;
        return false;
    }
    size_t need = s->len + len + 1;
    if (need <= s->capacity)
        return true;
    size_t grown = s->capacity ? s->capacity * 2 : 64;
    if (grown < need)
        grown = need;
    if (grown > s->max + 1)
        grown = s->max + 1;
    grow(s, grown);
    return true;
}

char *str_add_room(struct str *s, size_t len) {
    if (!reserve(s, len))
        return NULL;
    char *room = s->data + s->len;
    s->len += len;
    s->data[s->len] = '\0';
    return room;
}

void str_add_n(struct str *s, const void *data, size_t len) {
    if (len == 0)
        return;
    char *room = str_add_room(s, len);
    if (room)
        memcpy(room, data, len);
}

void str_add(struct str *s, const char *text) {
    str_add_n(s, text, strlen(text));
}

void str_add_char(struct str *s, char c) {
    str_add_n(s, &c, 1);
}

void str_add_hex(struct str *s, const void *data, size_t len) {
    static const char digits[] = "0123456789ABCDEF";
    const uint8_t *octets = data;
    char *to = len <= SIZE_MAX / 2 ? str_add_room(s, len * 2) : NULL;
    if (!to)
        return;
    for (size_t i = 0; i < len; i++) {
        *to++ = digits[octets[i] >> 4];
        *to++ = digits[octets[i] & 15];
    }
}

void str_addf(struct str *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    str_vaddf(s, format, args);
    va_end(args);
}

void str_vaddf(struct str *s, const char *format, va_list args) {
    char small[256];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, format, args);
    if (len < 0) {
        s->overflow = true;
    } else if ((size_t)len < sizeof small) {
        str_add_n(s, small, (size_t)len);
    } else if (reserve(s, (size_t)len)) {
        vsnprintf(s->data + s->len, (size_t)len + 1, format, again);
        s->len += (size_t)len;
    }
    va_end(again);
}

void str_remove_front(struct str *s, size_t len) {
    if (len >= s->len) {
        str_truncate(s, 0);
        return;
    }
    memmove(s->data, s->data + len, s->len - len);
    str_truncate(s, s->len - len);
}

void str_truncate(struct str *s, size_t len) {
    if (len >= s->len)
        return;
    if (s->secret)
        explicit_bzero(s->data + len, s->len - len);
    s->len = len;
    s->data[len] = '\0';
}

struct bytes bytes_of(const void *data, size_t len) {
    return (struct bytes){data, len};
}

struct bytes bytes_text(const char *text) {
    return bytes_of(text, strlen(text));
}

bool bytes_equal(struct bytes a, struct bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

enum err str_copy(char *to, size_t size, const char *text) {
    size_t len = strlen(text);
    if (len >= size)
        return ERR_TOO_LONG;
    memcpy(to, text, len + 1);
    return ERR_OK;
}

enum { NO_DIGIT = 16 };

static unsigned hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A' + 10);
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a' + 10);
    return NO_DIGIT;
}

enum err hex_decode(const char *hex, size_t hex_len, uint8_t *octets, size_t max, size_t *ret_len) {
    if (hex_len % 2 != 0)
        return ERR_INVALID;
    for (size_t i = 0; i < hex_len; i++)
        if (hex_digit(hex[i]) == NO_DIGIT)
            return ERR_INVALID;
    if (hex_len / 2 > max)
        return ERR_TOO_LONG;
    for (size_t i = 0; i < hex_len / 2; i++)
        octets[i] = (uint8_t)(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
    *ret_len = hex_len / 2;
    return ERR_OK;
}

enum err parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value) {
    bool negative = *text == '-';
    const char *digit = text + negative;
    int64_t value = 0; /* kept negative: INT64_MIN has no positive */
    if (*digit == '\0')
        return ERR_INVALID;
    for (; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || __builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, *digit - '0', &value))
            return ERR_INVALID;
    }
    if (!negative && __builtin_sub_overflow(0, value, &value))
        return ERR_INVALID;
    if (value < min || value > max)
        return ERR_INVALID;
    *ret_value = value;
    return ERR_OK;
}
