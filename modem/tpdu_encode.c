/* struct tpdu_message → octets (3GPP TS 23.040 §9, TS 23.038 §4): the inverse of tpdu_decode for what this project says itself.
 *
 * Everything is put into a buffer of a whole PDU's size through one writer; the user data is checked against its 140 octets before a single
 * one of them is written, and every other field has a fixed greatest length, so the buffer can't be passed. A message that can't be said
 * is refused, never shortened. */
#include "modem/tpdu.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"

#include <string.h>

struct writer {
    uint8_t *octets;
    size_t len;
};

static void put(struct writer *w, unsigned octet) {
    w->octets[w->len++] = (uint8_t)octet;
}

static void put_octets(struct writer *w, const void *octets, size_t len) {
    if (len > 0)
        memcpy(w->octets + w->len, octets, len);
    w->len += len;
}

/* Addresses, §9.1.2.5 ------------------------------------------------------------------------------------------------------------------- */

/* Appends the value and gives the semi-octets in use. */
static enum err put_digits(struct writer *w, const char *digits, size_t *ret_semi_octets) {
    size_t count = strlen(digits);
    if (count == 0 || count > TPDU_ADDRESS_DIGITS || strspn(digits, "0123456789") != count)
        return ERR_INVALID;
    for (size_t i = 0; i < count; i += 2)
        put(w, (unsigned)(digits[i] - '0') | (i + 1 < count ? (unsigned)(digits[i + 1] - '0') : 0x0FU) << 4);
    *ret_semi_octets = count;
    return ERR_OK;
}

static enum err put_name(struct writer *w, const char *name, size_t *ret_semi_octets) {
    uint8_t septets[TPDU_ADDRESS_DIGITS * 4 / 7], packed[TPDU_ADDRESS_DIGITS / 2];
    size_t count;
    enum err e = gsm7_encode(name, septets, sizeof septets, &count);
    if (e == ERR_OK && count == 0)
        e = ERR_INVALID;
    if (e != ERR_OK)
        return e;
    put_octets(w, packed, gsm7_pack(septets, count, 0, packed));
    *ret_semi_octets = (count * 7 + 3) / 4;
    return ERR_OK;
}

static enum err put_address(struct writer *w, const struct phone *phone) {
    size_t at = w->len, semi_octets = 0;
    enum err e = ERR_OK;
    put(w, 0);
    switch (phone->kind) {
    case PHONE_NONE:
        put(w, TPDU_TYPE_UNKNOWN);
        break;
    case PHONE_E164:
        put(w, TPDU_TYPE_INTERNATIONAL);
        e = phone->text[0] == '+' ? put_digits(w, phone->text + 1, &semi_octets) : ERR_INVALID;
        break;
    case PHONE_SHORT:
        put(w, TPDU_TYPE_UNKNOWN);
        e = put_digits(w, phone->text, &semi_octets);
        break;
    case PHONE_ALPHANUMERIC:
        put(w, TPDU_TYPE_ALPHANUMERIC);
        e = put_name(w, phone->text, &semi_octets);
        break;
    }
    w->octets[at] = (uint8_t)semi_octets;
    return e;
}

size_t tpdu_encode_sca(const struct phone *centre, uint8_t octets[12]) {
    struct writer w = {.octets = octets};
    bool numeric = centre->kind == PHONE_E164 || centre->kind == PHONE_SHORT;
    if (!numeric || put_address(&w, centre) != ERR_OK) {
        octets[0] = 0;
        return 1;
    }
    octets[0] = (uint8_t)(w.len - 1); /* here the length counts octets, the type's included */
    return w.len;
}

/* Time and validity, §9.2.3.11, §9.2.3.12.1 ---------------------------------------------------------------------------------------------- */

static unsigned swapped_bcd(int value) {
    return (unsigned)(value % 10) << 4 | (unsigned)(value / 10);
}

enum { ZONE_QUARTERS_MAX = 79, SCTS_YEAR_MIN = 1990, SCTS_YEAR_MAX = 2089 };

static enum err put_time(struct writer *w, int64_t time, int zone_minutes) {
    static const uint8_t none[TPDU_TIME_OCTETS];
    if (time == -1) {
        put_octets(w, none, sizeof none);
        return ERR_OK;
    }
    int quarters = zone_minutes / 15, year, month, day;
    if (time < 0 || time > INT64_MAX / 2 || quarters * 15 != zone_minutes || quarters > ZONE_QUARTERS_MAX || quarters < -ZONE_QUARTERS_MAX)
        return ERR_INVALID;
    int64_t local = time + zone_minutes * CLOCK_MINUTE;
    int64_t day_number = local / CLOCK_DAY - (local % CLOCK_DAY < 0);
    if (day_number > INT32_MAX / 2)
        return ERR_INVALID;
    civil_from_day_number((int32_t)day_number, &year, &month, &day);
    if (year < SCTS_YEAR_MIN || year > SCTS_YEAR_MAX)
        return ERR_INVALID;
    int second_of_day = (int)((local - day_number * CLOCK_DAY) / CLOCK_SECOND);
    put(w, swapped_bcd(year % 100));
    put(w, swapped_bcd(month));
    put(w, swapped_bcd(day));
    put(w, swapped_bcd(second_of_day / 3600));
    put(w, swapped_bcd(second_of_day / 60 % 60));
    put(w, swapped_bcd(second_of_day % 60));
    put(w, swapped_bcd(quarters < 0 ? -quarters : quarters) | (quarters < 0 ? 0x08 : 0));
    return ERR_OK;
}

static unsigned rounded_up(uint32_t value, uint32_t unit) {
    return value / unit + (value % unit != 0);
}

/* At least as long as asked for; 63 weeks are the most that there is. */
static unsigned relative_validity(uint32_t seconds) {
    const uint32_t minute = 60, hour = 60 * minute, day = 24 * hour, week = 7 * day;
    if (seconds <= 12 * hour)
        return rounded_up(seconds, 5 * minute) - 1;
    if (seconds <= 24 * hour)
        return 143 + rounded_up(seconds - 12 * hour, 30 * minute);
    if (seconds <= 30 * day)
        return 166 + rounded_up(seconds, day);
    if (seconds <= 63 * week)
        return 192 + rounded_up(seconds, week);
    return 255;
}

/* User data, §9.2.3.16, §9.2.3.24 ------------------------------------------------------------------------------------------------------- */

#define HEADER_MAX (1 + 6 + 6)

static bool has_header(const struct tpdu_message *m) {
    return m->concat.total > 0 || m->has_ports;
}

/* The header with its length octet, nothing when there are no elements. */
static enum err make_header(const struct tpdu_message *m, uint8_t header[HEADER_MAX], size_t *ret_len) {
    struct writer w = {.octets = header};
    const struct sms_concat *c = &m->concat;
    *ret_len = 0;
    if (!has_header(m))
        return ERR_OK;
    put(&w, 0);
    if (c->total > 0) {
        if (!sms_concat_valid(c) || (!c->wide && c->reference > UINT8_MAX))
            return ERR_INVALID;
        put(&w, c->wide ? TPDU_IE_CONCAT_16 : TPDU_IE_CONCAT_8);
        put(&w, c->wide ? 4 : 3);
        if (c->wide)
            put(&w, c->reference >> 8);
        put(&w, c->reference);
        put(&w, c->total);
        put(&w, c->sequence);
    }
    if (m->has_ports) {
        put(&w, TPDU_IE_PORTS_16);
        put(&w, 4);
        put(&w, m->destination_port >> 8);
        put(&w, m->destination_port);
        put(&w, m->source_port >> 8);
        put(&w, m->source_port);
    }
    header[0] = (uint8_t)(w.len - 1);
    *ret_len = w.len;
    return ERR_OK;
}

static enum err put_septets(struct writer *w, const char *text, const uint8_t *header, size_t header_len) {
    uint8_t septets[SMS_GSM7_SINGLE], packed[SMS_UD_OCTETS];
    size_t count, header_septets = (header_len * 8 + 6) / 7;
    enum err e = gsm7_encode(text, septets, SMS_GSM7_SINGLE - header_septets, &count);
    if (e != ERR_OK)
        return e;
    put(w, (unsigned)(header_septets + count));
    put_octets(w, header, header_len);
    put_octets(w, packed, gsm7_pack(septets, count, (unsigned)(header_septets * 7 - header_len * 8), packed));
    return ERR_OK;
}

static enum err put_plain(struct writer *w, struct bytes data, const uint8_t *header, size_t header_len) {
    if (data.len > SMS_UD_OCTETS - header_len)
        return ERR_TOO_LONG;
    put(w, (unsigned)(header_len + data.len));
    put_octets(w, header, header_len);
    put_octets(w, data.data, data.len);
    return ERR_OK;
}

static enum err put_user_data(struct writer *w, const struct tpdu_message *m) {
    uint8_t header[HEADER_MAX];
    size_t header_len;
    const char *text = m->text ? m->text : "";
    struct str utf16;
    enum err e = make_header(m, header, &header_len);
    if (e != ERR_OK)
        return e;
    if (m->encoding == SMS_GSM7)
        return put_septets(w, text, header, header_len);
    if (m->data.data)
        return put_plain(w, m->data, header, header_len);
    if (m->encoding == SMS_8BIT)
        return put_plain(w, bytes_text(text), header, header_len);
    str_init(&utf16, SMS_UD_OCTETS);
    text_to_utf16be(&utf16, text);
    e = str_ok(&utf16) ? put_plain(w, bytes_of(utf16.data, utf16.len), header, header_len) : ERR_TOO_LONG;
    str_release(&utf16);
    return e;
}

/* The general data coding group says every alphabet with and without class. */
static enum err put_coding(struct writer *w, const struct tpdu_message *m) {
    static const uint8_t alphabets[] = {[SMS_GSM7] = 0x00, [SMS_8BIT] = 0x04, [SMS_UCS2] = 0x08};
    if (m->class < -1 || m->class > 3)
        return ERR_INVALID;
    put(w, m->pid);
    put(w, alphabets[m->encoding] | (m->class < 0 ? 0 : 0x10U | (unsigned)m->class));
    return ERR_OK;
}

/* The three types, §9.2.2 ----------------------------------------------------------------------------------------------------------------- */

static enum err put_deliver(struct writer *w, const struct tpdu_message *m) {
    put(w, 0x00U | (m->more_messages ? 0 : 0x04U) | (m->report ? 0x20U : 0) | (has_header(m) ? 0x40U : 0));
    enum err e = put_address(w, &m->phone);
    if (e == ERR_OK)
        e = put_coding(w, m);
    if (e == ERR_OK)
        e = put_time(w, m->time, m->zone_minutes);
    return e == ERR_OK ? put_user_data(w, m) : e;
}

static enum err put_submit(struct writer *w, const struct tpdu_message *m) {
    if (m->phone.kind == PHONE_NONE)
        return ERR_INVALID;
    put(w, 0x01U | (m->reject_duplicates ? 0x04U : 0) | (m->validity_seconds ? 0x10U : 0) | (m->report ? 0x20U : 0) | (has_header(m) ? 0x40U : 0));
    put(w, m->reference);
    enum err e = put_address(w, &m->phone);
    if (e == ERR_OK)
        e = put_coding(w, m);
    if (e != ERR_OK)
        return e;
    if (m->validity_seconds)
        put(w, relative_validity(m->validity_seconds));
    return put_user_data(w, m);
}

static enum err put_status_report(struct writer *w, const struct tpdu_message *m) {
    put(w, 0x02U | (m->more_messages ? 0 : 0x04U));
    put(w, m->reference);
    enum err e = put_address(w, &m->phone);
    if (e == ERR_OK)
        e = put_time(w, m->time, m->zone_minutes);
    if (e == ERR_OK)
        e = put_time(w, m->discharge_time, m->zone_minutes);
    put(w, m->status);
    return e;
}

enum err tpdu_encode(const struct tpdu_message *m, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len) {
    uint8_t built[TPDU_MAX_OCTETS];
    struct writer w = {.octets = built};
    enum err e = ERR_INVALID;
    switch (m->type) {
    case TPDU_DELIVER:
        e = put_deliver(&w, m);
        break;
    case TPDU_SUBMIT:
        e = put_submit(&w, m);
        break;
    case TPDU_STATUS_REPORT:
        e = put_status_report(&w, m);
        break;
    }
    if (e != ERR_OK)
        return e;
    memcpy(octets, built, w.len);
    *ret_len = w.len;
    return ERR_OK;
}
