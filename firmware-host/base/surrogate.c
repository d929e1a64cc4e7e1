/* Halves of surrogate pairs, parked as U+10F000…U+10F7FF: F4 8F 80 80 … F4 8F 9F BF in UTF-8. Four octets a half and four a whole character,
 * so mending only ever shortens. */
#include "firmware-host/base/surrogate.h"

#include "firmware-host/base/text.h"

#include <stdbool.h>
#include <string.h>

enum { PARKED = 0x10F000, PARKED_OCTETS = 4, HIGH_FIRST = 0xD800, LOW_FIRST = 0xDC00, LOW_LAST = 0xDFFF };

static bool is_high(unsigned unit) {
    return unit >= HIGH_FIRST && unit < LOW_FIRST;
}

static bool is_low(unsigned unit) {
    return unit >= LOW_FIRST && unit <= LOW_LAST;
}

static unsigned unit_at(const uint8_t *octets) {
    return (unsigned)octets[0] << 8 | octets[1];
}

static void park(struct str *to, unsigned unit) {
    text_add_codepoint(to, PARKED + unit - HIGH_FIRST);
}

void surrogate_add_part(struct str *to, const uint8_t *octets, size_t len) {
    bool low_first = len >= 2 && is_low(unit_at(octets));
    if (low_first) {
        park(to, unit_at(octets));
        octets += 2;
        len -= 2;
    }
    bool high_last = len >= 2 && len % 2 == 0 && is_high(unit_at(octets + len - 2));
    text_add_utf16be(to, octets, high_last ? len - 2 : len);
    if (high_last)
        park(to, unit_at(octets + len - 2));
}

/* The parked unit that `text` starts with, 0: none. Stops at the NUL by itself. */
static unsigned parked_at(const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] != 0xF4 || at[1] != 0x8F || (at[2] & 0xE0) != 0x80 || (at[3] & 0xC0) != 0x80)
        return 0;
    return HIGH_FIRST + ((at[2] & 0x1FU) << 6 | (at[3] & 0x3FU));
}

static char *put_pair(char *to, unsigned high, unsigned low) {
    unsigned codepoint = 0x10000 + ((high - HIGH_FIRST) << 10) + (low - LOW_FIRST);
    *to++ = (char)(0xF0 | codepoint >> 18);
    *to++ = (char)(0x80 | (codepoint >> 12 & 0x3F));
    *to++ = (char)(0x80 | (codepoint >> 6 & 0x3F));
    *to++ = (char)(0x80 | (codepoint & 0x3F));
    return to;
}

void surrogate_mend(char *text) {
    char *to = strstr(text, "\xF4\x8F");
    if (!to)
        return;
    for (const char *from = to; *from;) {
        unsigned unit = parked_at(from);
        unsigned next = is_high(unit) ? parked_at(from + PARKED_OCTETS) : 0;
        if (unit == 0) {
            *to++ = *from++;
        } else if (is_low(next)) {
            to = put_pair(to, unit, next);
            from += 2 * PARKED_OCTETS;
        } else {
            memcpy(to, "\xEF\xBF\xBD", 3);
            to += 3;
            from += PARKED_OCTETS;
        }
    }
    *to = '\0';
}
