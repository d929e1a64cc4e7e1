/* AT+CSCS: how text, names and numbers are written between terminal and modem (TS 27.007 §5.5). */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"
#include "modem/virtual/at_state.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[AT_CHARSET_COUNT] = {
    [AT_CHARSET_IRA] = "IRA", [AT_CHARSET_GSM] = "GSM", [AT_CHARSET_UCS2] = "UCS2", [AT_CHARSET_HEX] = "HEX"};

const char *at_charset_name(enum at_charset charset) {
    return names[charset];
}

bool at_charset_parse(const char *name, enum at_charset *ret_charset) {
    for (int i = 0; i < AT_CHARSET_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *ret_charset = (enum at_charset)i;
            return true;
        }
    return false;
}

/* Septets of what the default alphabet can say; '?' for the rest. */
static void add_septets(const char *text, struct str *to) {
    while (*text) {
        const char *start = text;
        uint32_t c = text_next(&text);
        char one[8] = "?";
        uint8_t septets[2];
        size_t count;
        if (gsm7_width(c)) {
            memcpy(one, start, (size_t)(text - start));
            one[text - start] = '\0';
        }
        if (gsm7_encode(one, septets, sizeof septets, &count) == ERR_OK)
            str_add_n(to, septets, count);
    }
}

void at_charset_write(enum at_charset charset, const char *text, struct str *to) {
    struct str octets;
    str_init(&octets, 2 * AT_LINE_MAX);
    switch (charset) {
    case AT_CHARSET_IRA:
        while (*text) {
            uint32_t c = text_next(&text);
            str_add_char(to, c < 0x80 ? (char)c : '?');
        }
        break;
    case AT_CHARSET_GSM:
        add_septets(text, to);
        break;
    case AT_CHARSET_UCS2:
        text_to_utf16be(&octets, text);
        str_add_hex(to, octets.data, octets.len);
        break;
    case AT_CHARSET_HEX:
        add_septets(text, &octets);
        str_add_hex(to, octets.data, octets.len);
        break;
    case AT_CHARSET_COUNT:
        break;
    }
    str_release(&octets);
}

bool at_charset_read(enum at_charset charset, struct bytes from, struct str *to) {
    uint8_t octets[AT_LINE_MAX];
    size_t len;
    switch (charset) {
    case AT_CHARSET_IRA:
        text_add_lossy(to, (const char *)from.data, from.len);
        return true;
    case AT_CHARSET_GSM:
        gsm7_decode(from.data, from.len, to);
        return true;
    case AT_CHARSET_UCS2:
        if (hex_decode((const char *)from.data, from.len, octets, sizeof octets, &len) != ERR_OK || len % 2)
            return false;
        text_add_utf16be(to, octets, len);
        return true;
    case AT_CHARSET_HEX:
        if (hex_decode((const char *)from.data, from.len, octets, sizeof octets, &len) != ERR_OK)
            return false;
        gsm7_decode(octets, len, to);
        return true;
    case AT_CHARSET_COUNT:
        break;
    }
    return false;
}
