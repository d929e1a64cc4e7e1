/* Records of text mode. What they say is read by way of the TPDU that they were made of, put together again as far as the header tells, so that
 * coding schemes, headers and time stamps have one reader. The sender's name is taken for a number only where its type says so. */
#include "modem/text_record.h"

#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"
#include "modem/at_reply.h"

#include <stdio.h>
#include <string.h>

#define MARK "TEXT:"
enum { FIRST_UDHI = 0x40, FIRST_NO_MORE = 0x04, TYPE_UNKNOWN = 0x81, TYPE_OF_NUMBER = 0x70, ALPHANUMERIC = 0x50 };

struct header {
    int type, first, pid, dcs;
    char time[24], sender[PHONE_TEXT_SIZE];
};

/* ---- values ---- */

/* UTF-16 of numbers, names and states begins with a zero octet in every character; a number of digits alone never does that throughout. */
static bool is_ucs2(const char *value) {
    size_t len = strlen(value);
    if (len == 0 || len % 4 || !at_is_hex(value))
        return false;
    for (size_t i = 0; i < len; i += 4)
        if (strncmp(value + i, "00", 2) != 0 || strncmp(value + i, "000", 3) == 0)
            return false;
    return true;
}

void text_record_plain(const char *value, char *to, size_t size) {
    uint8_t octets[AT_LINE_MAX / 2];
    size_t len;
    struct str text;
    str_init(&text, 2 * AT_LINE_MAX);
    if (is_ucs2(value) && hex_decode(value, strlen(value), octets, sizeof octets, &len) == ERR_OK)
        text_add_utf16be(&text, octets, len);
    else
        text_add_lossy(&text, value, strlen(value));
    size_t end = text.len < size ? text.len : size - 1;
    while (end > 0 && end < text.len && ((unsigned char)text.data[end] & 0xC0) == 0x80) /* between characters */
        end--;
    memcpy(to, text.data, end);
    to[end] = '\0';
    str_release(&text);
}

static uint8_t swapped_bcd(int value) {
    return (uint8_t)((value % 10) << 4 | value / 10 % 10);
}

static int two_digits(const char **at) { /* one will do; -1: none */
    int n = 0, digits = 0;
    for (; digits < 2 && **at >= '0' && **at <= '9'; digits++)
        n = 10 * n + *(*at)++ - '0';
    return digits ? n : -1;
}

/* "26/11/21,09:05:00+28" → TP-SCTS. What isn't a time becomes octets that aren't one either. */
static void time_octets(const char *text, uint8_t octets[TPDU_TIME_OCTETS]) {
    static const char divisions[] = "//,::";
    const char *at = text;
    int values[TPDU_TIME_OCTETS];
    bool west = false;
    memset(octets, 0xFF, TPDU_TIME_OCTETS);
    for (int i = 0; i < TPDU_TIME_OCTETS; i++) {
        if ((values[i] = two_digits(&at)) < 0)
            return;
        if (i < TPDU_TIME_OCTETS - 2 && *at++ != divisions[i])
            return;
        if (i == TPDU_TIME_OCTETS - 2) {
            west = *at == '-';
            if (*at != '+' && *at != '-')
                return;
            at++;
        }
    }
    for (int i = 0; i < TPDU_TIME_OCTETS; i++)
        octets[i] = swapped_bcd(values[i]);
    octets[TPDU_TIME_OCTETS - 1] |= west ? 0x08 : 0;
}

/* ---- the TPDU that it was ---- */

static bool decode(const struct header *h, const uint8_t *ud, size_t ud_len, bool in_septets, struct tpdu *ret_tpdu) {
    uint8_t octets[TPDU_MAX_OCTETS] = {FIRST_NO_MORE, 0, TYPE_UNKNOWN, (uint8_t)h->pid, (uint8_t)h->dcs};
    size_t len = 5, septets = ud_len * 8 / 7;
    if (h->first & FIRST_UDHI && ud_len)
        octets[0] |= FIRST_UDHI;
    if (ud_len > SMS_UD_OCTETS)
        return false;
    time_octets(h->time, octets + len);
    len += TPDU_TIME_OCTETS;
    if (ud_len && ud_len % 7 == 0 && ud[ud_len - 1] >> 1 == 0) /* seven bits that are over and empty aren't an @ */
        septets--;
    octets[len++] = (uint8_t)(in_septets ? septets : ud_len);
    if (ud_len)
        memcpy(octets + len, ud, ud_len);
    return tpdu_decode(octets, len + ud_len, TPDU_FROM_SC, ret_tpdu) == ERR_OK;
}

/* Whether the modem shows the user data as text, else as octets: §3.1, <data>. */
static bool shown_as_text(const struct header *h, const struct tpdu *t) {
    return !(h->first & FIRST_UDHI) && t->dcs.encoding == SMS_GSM7 && !t->dcs.compressed;
}

/* ---- making ---- */

static bool numbers(const struct at_fields *f, size_t first, struct header *h) {
    return at_field_number(f, first, UINT8_MAX, &h->type) && at_field_number(f, first + 1, UINT8_MAX, &h->first) &&
           at_field_number(f, first + 2, UINT8_MAX, &h->pid) && at_field_number(f, first + 3, UINT8_MAX, &h->dcs);
}

static void value(const char *field, char *to, size_t size) {
    text_record_plain(field, to, size);
    for (char *c = to; *c; c++)
        if (*c == '"' || (unsigned char)*c < ' ')
            *c = ' ';
}

/* The fields of +CMT: are those of +CMGR: behind its state. */
static bool read_header(const struct at_fields *f, size_t state, struct header *h) {
    if (f->count < state + 7)
        return false;
    value(f->field[state], h->sender, sizeof h->sender);
    value(f->field[state + 2], h->time, sizeof h->time);
    return strchr(h->time, '/') && numbers(f, state + 3, h);
}

static bool is_own(const struct at_fields *f) {
    char state[32];
    text_record_plain(f->field[0], state, sizeof state);
    return strncmp(state, "STO", 3) == 0;
}

enum text_record text_record_make(const char *line, const char *prefix, const char *data, char *record, size_t size) {
    struct at_fields f;
    struct header h;
    struct tpdu t;
    uint8_t octets[AT_LINE_MAX / 2];
    size_t len = 0;
    bool has_state = strcmp(prefix, "+CMGR:") == 0;
    if (!at_parse_fields(line, prefix, &f))
        return TEXT_RECORD_ODD;
    if (has_state && is_own(&f))
        return TEXT_RECORD_OWN;
    if (!read_header(&f, has_state, &h) || !decode(&h, NULL, 0, false, &t) ||
        (data[0] && hex_decode(data, strlen(data), octets, sizeof octets, &len) != ERR_OK))
        return TEXT_RECORD_ODD;
    struct str made;
    str_init(&made, size - 1);
    str_addf(&made, MARK " %d,%d,%d,%d,\"%s\",\"%s\"\n", h.type, h.first, h.pid, h.dcs, h.time, h.sender);
    bool as_text = shown_as_text(&h, &t);
    if (as_text)
        text_add_utf16be(&made, octets, len);
    else
        str_add_hex(&made, octets, len);
    bool good = str_ok(&made) && made.len == strlen(made.data) && (!as_text || len % 2 == 0);
    if (good)
        memcpy(record, made.data, made.len + 1);
    str_release(&made);
    return good ? TEXT_RECORD_MADE : TEXT_RECORD_ODD;
}

/* ---- reading ---- */

bool text_record_is(const char *record) {
    return strncmp(record, MARK, strlen(MARK)) == 0;
}

static void set_sender(const struct header *h, struct phone *phone) {
    struct phone number;
    phone->kind = PHONE_NONE;
    if (h->sender[0] == '\0')
        return;
    if ((h->type & TYPE_OF_NUMBER) != ALPHANUMERIC && phone_parse(h->sender, &number) == ERR_OK) {
        *phone = number;
        return;
    }
    phone->kind = PHONE_ALPHANUMERIC;
    snprintf(phone->text, sizeof phone->text, "%s", h->sender);
}

bool text_record_read(const char *record, struct tpdu *ret_tpdu, const char **ret_text) {
    struct at_fields f;
    struct header h;
    char line[AT_LINE_MAX + 1];
    uint8_t octets[SMS_UD_OCTETS];
    size_t len = 0, head = strcspn(record, "\n");
    if (head > AT_LINE_MAX || record[head] == '\0')
        return false;
    memcpy(line, record, head);
    line[head] = '\0';
    if (!at_parse_fields(line, MARK, &f) || f.count != 6 || !numbers(&f, 0, &h) || str_copy(h.time, sizeof h.time, f.field[4]) != ERR_OK ||
        str_copy(h.sender, sizeof h.sender, f.field[5]) != ERR_OK || !decode(&h, NULL, 0, false, ret_tpdu))
        return false;
    const char *data = record + head + 1;
    bool as_text = shown_as_text(&h, ret_tpdu), in_septets = ret_tpdu->dcs.encoding == SMS_GSM7 && !ret_tpdu->dcs.compressed;
    if (!as_text && (hex_decode(data, strlen(data), octets, sizeof octets, &len) != ERR_OK || !decode(&h, octets, len, in_septets, ret_tpdu)))
        return false;
    set_sender(&h, &ret_tpdu->address.phone);
    *ret_text = as_text ? data : NULL;
    return true;
}
