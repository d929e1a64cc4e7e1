/* Unicode text over utf8proc. Valid UTF-8 in gives valid UTF-8 out; functions that take unchecked bytes say so in the header, and
 * the others stay inside their string even if it isn't valid: a broken byte counts as U+FFFD. */
#include "firmware-host/base/text.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT 0xFFFD
#define REPLACEMENT_UTF8 "\xEF\xBF\xBD"

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

/* Bytes of the well-formed character at data, 0 if there is none; NUL is none. */
static size_t character_at(const char *data, size_t len, uint32_t *ret_codepoint) {
    utf8proc_int32_t codepoint;
    if (len == 0 || *data == '\0')
        return 0;
    if ((unsigned char)*data < 0x80) {
        *ret_codepoint = (unsigned char)*data;
        return 1;
    }
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)data, len < 4 ? (utf8proc_ssize_t)len : 4, &codepoint);
    if (used <= 0)
        return 0;
    *ret_codepoint = (uint32_t)codepoint;
    return (size_t)used;
}

bool text_valid(const char *data, size_t len) {
    uint32_t codepoint;
    for (size_t at = 0, used; at < len; at += used) {
        used = character_at(data + at, len - at, &codepoint);
        if (used == 0)
            return false;
    }
    return true;
}

void text_add_lossy(struct str *to, const char *data, size_t len) {
    uint32_t codepoint;
    size_t good = 0; /* where the valid run up to `at` starts */
    for (size_t at = 0; at < len;) {
        size_t used = character_at(data + at, len - at, &codepoint);
        at += used;
        if (used)
            continue;
        str_add_n(to, data + good, at - good);
        str_add(to, REPLACEMENT_UTF8);
        good = ++at;
    }
    str_add_n(to, data + good, len - good);
}

uint32_t text_next(const char **at) {
    uint32_t codepoint = REPLACEMENT;
    unsigned char first = (unsigned char)**at;
    if (first < 0x80) {
        *at += first != 0;
        return first;
    }
    size_t used = character_at(*at, strnlen(*at, 4), &codepoint);
    *at += used ? used : 1;
    return codepoint;
}

size_t text_cluster(const char *text) {
    const char *at = text;
    utf8proc_int32_t state = 0;
    uint32_t before = text_next(&at);
    for (const char *next = at; before; at = next) {
        uint32_t c = text_next(&next);
        if (c == 0 || utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)c, &state))
            break;
        before = c;
    }
    return (size_t)(at - text);
}

void text_add_codepoint(struct str *to, uint32_t codepoint) {
    utf8proc_uint8_t encoded[4];
    if (codepoint == 0 || !utf8proc_codepoint_valid((utf8proc_int32_t)codepoint))
        codepoint = REPLACEMENT;
    str_add_n(to, encoded, (size_t)utf8proc_encode_char((utf8proc_int32_t)codepoint, encoded));
}

/* What utf8proc makes of `text`; it gives NULL for lack of memory and for text that isn't valid. */
static char *normalized(const char *text, utf8proc_uint8_t *(*form)(const utf8proc_uint8_t *)) {
    if (is_ascii(text))
        return mem_string(text);
    utf8proc_uint8_t *made = form((const utf8proc_uint8_t *)text);
    if (made)
        return (char *)made;
    if (text_valid(text, strlen(text)))
        abort(); /* out of memory */
    return mem_string(text);
}

char *text_nfc(const char *text) {
    return normalized(text, utf8proc_NFC);
}

char *text_nfd(const char *text) {
    return normalized(text, utf8proc_NFD);
}

/* The marks of Vietnamese: grave, acute, circumflex, tilde, macron (written for the tilde), breve, hook above, horn, dot below. */
static bool is_vietnamese_mark(utf8proc_int32_t c) {
    return (c >= 0x0300 && c <= 0x0304) || c == 0x0306 || c == 0x0309 || c == 0x031B || c == 0x0323;
}

/* What has no decomposition, or none that helps: the d with stroke and its look-alikes (eth, African d), typographic punctuation. */
static const struct {
    uint32_t from, to; /* first and last code point */
    const char *plain;
} replacements[] = {
    {0x00AB, 0x00AB, "\""}, {0x00BB, 0x00BB, "\""},  {0x00D0, 0x00D0, "D"}, {0x00F0, 0x00F0, "d"},  {0x0110, 0x0110, "D"},
    {0x0111, 0x0111, "d"},  {0x0189, 0x0189, "D"},   {0x2010, 0x2015, "-"}, {0x2018, 0x201B, "'"},  {0x201C, 0x201F, "\""},
    {0x2022, 0x2022, "-"},  {0x2026, 0x2026, "..."}, {0x2032, 0x2032, "'"}, {0x2033, 0x2033, "\""}, {0x2212, 0x2212, "-"},
};

static const char *replacement_of(uint32_t c) {
    for (size_t i = 0; i < sizeof replacements / sizeof *replacements; i++)
        if (c >= replacements[i].from && c <= replacements[i].to)
            return replacements[i].plain;
    return NULL;
}

static void add_unaccented(struct str *to, uint32_t c) {
    utf8proc_int32_t parts[32];
    int boundclass = 0;
    const char *plain = replacement_of(c);
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
    if (plain) {
        str_add(to, plain);
    } else if (category == UTF8PROC_CATEGORY_CF) { /* zero-width, joiners, byte order mark, directions: invisible */
        return;
    } else if (category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP) {
        str_add_char(to, ' ');
    } else if (c >= 0xFF01 && c <= 0xFF5E) { /* full-width forms of ASCII */
        str_add_char(to, (char)(c - 0xFEE0));
    } else {
        utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)c, parts, 32, UTF8PROC_DECOMPOSE, &boundclass);
        for (utf8proc_ssize_t i = 0; i < count && count <= 32; i++)
            if (!is_vietnamese_mark(parts[i]))
                text_add_codepoint(to, (uint32_t)parts[i]);
    }
}

char *text_unaccent(const char *text) {
    struct str out;
    if (is_ascii(text))
        return mem_string(text);
    str_init(&out, SIZE_MAX);
    while (*text) {
        if ((unsigned char)*text < 0x80)
            str_add_char(&out, *text++);
        else
            add_unaccented(&out, text_next(&text));
    }
    /* Marks of other languages were taken off their letters too: put them back. */
    char *plain = text_nfc(out.data);
    str_release(&out);
    return plain;
}

char *text_fold(const char *text) {
    char *folded = text_unaccent(text);
    char *to = folded;
    for (const char *from = folded; *from; from++) {
        bool blank = *from == ' ' || (*from >= '\t' && *from <= '\r');
        if (!blank)
            *to++ = (char)(*from >= 'a' && *from <= 'z' ? *from - 'a' + 'A' : *from);
        else if (to > folded && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > folded && to[-1] == ' ')
        to--;
    *to = '\0';
    return folded;
}

size_t text_letters(const char *text) {
    size_t letters = 0;
    for (uint32_t c; (c = text_next(&text)) != 0;) {
        utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)c);
        letters += category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
    }
    return letters;
}

size_t text_codepoints(const char *text) {
    size_t count = 0;
    while (text_next(&text))
        count++;
    return count;
}

size_t text_prefix(const char *text, size_t n) {
    const char *at = text;
    while (n > 0 && text_next(&at))
        n--;
    return (size_t)(at - text);
}

static bool is_high(uint32_t unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint32_t unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

void text_add_utf16be(struct str *to, const uint8_t *octets, size_t len) {
    size_t at = 0;
    while (len - at >= 2) {
        uint32_t unit = (uint32_t)octets[at] << 8 | octets[at + 1];
        at += 2;
        if (is_high(unit) && len - at >= 2) {
            uint32_t low = (uint32_t)octets[at] << 8 | octets[at + 1];
            if (is_low(low)) {
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                at += 2;
            }
        }
        text_add_codepoint(to, unit); /* makes U+FFFD of a surrogate left alone and of NUL */
    }
    if (at < len)
        str_add(to, REPLACEMENT_UTF8);
}

static void add_unit(struct str *to, uint32_t unit) {
    str_add_n(to, (const uint8_t[]){(uint8_t)(unit >> 8), (uint8_t)unit}, 2);
}

void text_to_utf16be(struct str *to, const char *text) {
    for (uint32_t c; (c = text_next(&text)) != 0;) {
        if (c < 0x10000) {
            add_unit(to, c);
        } else {
            add_unit(to, 0xD800 + ((c - 0x10000) >> 10));
            add_unit(to, 0xDC00 + ((c - 0x10000) & 0x3FF));
        }
    }
}
