/* The GSM 7-bit alphabet as two tables, and the packing of septets into octets. The national tables are in gsm7_national.c. */
#include "firmware-host/base/gsm7.h"

#include "firmware-host/base/text.h"

/* 3GPP TS 23.038 §6.2.1: row = low, column = high digit there; here in order of the septet. 0x1B is no character but the escape. */
static const uint16_t default_table[128] = {
    0x0040, 0x00A3, 0x0024, 0x00A5, 0x00E8, 0x00E9, 0x00F9, 0x00EC, /* 00  @ £ $ ¥ è é ù ì */
    0x00F2, 0x00C7, 0x000A, 0x00D8, 0x00F8, 0x000D, 0x00C5, 0x00E5, /* 08  ò Ç LF Ø ø CR Å å */
    0x0394, 0x005F, 0x03A6, 0x0393, 0x039B, 0x03A9, 0x03A0, 0x03A8, /* 10  Δ _ Φ Γ Λ Ω Π Ψ */
    0x03A3, 0x0398, 0x039E, 0x0000, 0x00C6, 0x00E6, 0x00DF, 0x00C9, /* 18  Σ Θ Ξ ESC Æ æ ß É */
    0x0020, 0x0021, 0x0022, 0x0023, 0x00A4, 0x0025, 0x0026, 0x0027, /* 20    ! " # ¤ % & ' */
    0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F, /* 28  ( ) * + , - . / */
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, /* 30  0 … */
    0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F, /* 38  8 9 : ; < = > ? */
    0x00A1, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, /* 40  ¡ A … */
    0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F, /* 48 */
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, /* 50 */
    0x0058, 0x0059, 0x005A, 0x00C4, 0x00D6, 0x00D1, 0x00DC, 0x00A7, /* 58  X Y Z Ä Ö Ñ Ü § */
    0x00BF, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, /* 60  ¿ a … */
    0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F, /* 68 */
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077, /* 70 */
    0x0078, 0x0079, 0x007A, 0x00E4, 0x00F6, 0x00F1, 0x00FC, 0x00E0, /* 78  x y z ä ö ñ ü à */
};

/* §6.2.1.1. A second escape is reserved for a further table: a space until there is one. */
static const struct {
    uint8_t septet;
    uint16_t codepoint;
} extension_table[] = {
    {0x0A, 0x000C}, /* form feed */
    {0x14, '^'},    {0x28, '{'}, {0x29, '}'}, {0x2F, '\\'}, {0x3C, '['}, {0x3D, '~'}, {0x3E, ']'}, {0x40, '|'}, {0x65, 0x20AC}, /* € */
};
#define EXTENSION_COUNT (sizeof extension_table / sizeof *extension_table)

/* Most characters: letters, digits. */
static bool is_itself(uint32_t codepoint) {
    return codepoint > 0 && codepoint < 128 && default_table[codepoint] == codepoint;
}

/* The septets of a code point; the count is gsm7_width's. */
static int septets_of(uint32_t codepoint, uint8_t septets[2]) {
    if (codepoint == 0)
        return 0;
    if (is_itself(codepoint)) {
        septets[0] = (uint8_t)codepoint;
        return 1;
    }
    for (size_t i = 0; i < 128; i++)
        if (default_table[i] == codepoint) {
            septets[0] = (uint8_t)i;
            return 1;
        }
    for (size_t i = 0; i < EXTENSION_COUNT; i++)
        if (extension_table[i].codepoint == codepoint) {
            septets[0] = GSM7_ESCAPE;
            septets[1] = extension_table[i].septet;
            return 2;
        }
    return 0;
}

int gsm7_width(uint32_t codepoint) {
    uint8_t septets[2];
    return septets_of(codepoint, septets);
}

long gsm7_length(const char *text) {
    long length = 0;
    for (;;) {
        const char *start = text;
        while (is_itself((uint8_t)*text))
            text++;
        length += text - start;
        uint32_t c = text_next(&text);
        if (c == 0)
            return length;
        int width = gsm7_width(c);
        if (width == 0)
            return -1;
        length += width;
    }
}

enum err gsm7_encode(const char *text, uint8_t *septets, size_t max, size_t *ret_count) {
    size_t count = 0;
    for (uint32_t c; (c = text_next(&text)) != 0;) {
        uint8_t pair[2];
        int width = septets_of(c, pair);
        if (width == 0)
            return ERR_UNSUPPORTED;
        if ((size_t)width > max - count)
            return ERR_TOO_LONG;
        for (int i = 0; i < width; i++)
            septets[count++] = pair[i];
    }
    *ret_count = count;
    return ERR_OK;
}

static uint16_t extended(uint8_t septet) {
    for (size_t i = 0; i < EXTENSION_COUNT; i++)
        if (extension_table[i].septet == septet)
            return extension_table[i].codepoint;
    return 0;
}

/* The tables of a text; `single` NULL: extension_table. */
struct tables {
    const uint16_t *locking, *single;
};

static uint32_t plain(const struct tables *t, uint8_t septet) {
    return t->locking[septet] ? t->locking[septet] : ' ';
}

static uint32_t escaped(const struct tables *t, uint8_t septet) {
    if (septet == GSM7_ESCAPE)
        return ' ';
    uint16_t codepoint = t->single ? t->single[septet] : extended(septet);
    return codepoint ? codepoint : plain(t, septet);
}

static void decode(const uint8_t *septets, size_t count, const struct tables *t, struct str *to) {
    for (size_t i = 0; i < count; i++) {
        uint8_t septet = septets[i] & 0x7F;
        if (septet != GSM7_ESCAPE)
            text_add_codepoint(to, plain(t, septet));
        else if (++i < count)
            text_add_codepoint(to, escaped(t, septets[i] & 0x7F));
        else
            str_add_char(to, ' ');
    }
}

void gsm7_decode(const uint8_t *septets, size_t count, struct str *to) {
    decode(septets, count, &(struct tables){.locking = default_table}, to);
}

void gsm7_decode_shifted(const uint8_t *septets, size_t count, unsigned locking, unsigned single, struct str *to) {
    const struct gsm7_language *l = gsm7_language(locking), *s = gsm7_language(single);
    decode(septets, count, &(struct tables){.locking = l && l->locking ? l->locking : default_table, .single = s ? s->single : NULL}, to);
}

bool gsm7_shift_known(unsigned locking, unsigned single) {
    const struct gsm7_language *l = gsm7_language(locking), *s = gsm7_language(single);
    return (locking == 0 || (l && l->locking)) && (single == 0 || (s && s->single));
}

size_t gsm7_pack(const uint8_t *septets, size_t count, unsigned fill, uint8_t *octets) {
    uint32_t pending = 0; /* bits not yet written, the oldest lowest */
    unsigned bits = fill;
    size_t written = 0;
    for (size_t i = 0; i < count; i++) {
        pending |= (uint32_t)(septets[i] & 0x7F) << bits;
        bits += 7;
        for (; bits >= 8; bits -= 8, pending >>= 8)
            octets[written++] = (uint8_t)pending;
    }
    if (bits > 0)
        octets[written++] = (uint8_t)pending;
    return written;
}

enum err gsm7_unpack(const uint8_t *octets, size_t octet_count, unsigned fill, uint8_t *septets, size_t count) {
    if (fill > 6)
        return ERR_INVALID;
    if (count == 0)
        return ERR_OK;
    /* Asked by division, so that no length makes it overflow. */
    size_t held = octet_count == 0 ? 0 : octet_count / 7 * 8 + (octet_count % 7 * 8 + 7 - fill) / 7 - 1;
    if (count > held)
        return ERR_TRUNCATED;
    uint32_t pending = (uint32_t)octets[0] >> fill;
    unsigned bits = 8 - fill;
    size_t at = 1;
    for (size_t i = 0; i < count; i++) {
        if (bits < 7) {
            pending |= (uint32_t)octets[at++] << bits;
            bits += 8;
        }
        septets[i] = pending & 0x7F;
        pending >>= 7;
        bits -= 7;
    }
    return ERR_OK;
}
