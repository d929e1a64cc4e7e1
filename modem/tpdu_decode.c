/* Octets → struct tpdu (3GPP TS 23.040 §9, TS 23.038 §4).
 *
 * Every field is taken through take(), which is the one place that compares with the length: what isn't there gives ERR_TRUNCATED with the
 * field's name. Reserved values are read as the specifications tell a receiver to read them, so that a message from a newer sender still
 * gives its text. What the sender's centre got wrong about the message (a nonsense time stamp, a header of bad elements) costs that value
 * only, never the message; what makes the text's place uncertain (a header longer than the data) makes the PDU invalid. */
#include "modem/tpdu.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/surrogate.h"
#include "firmware-host/base/text.h"

#include <string.h>

struct reader {
    const uint8_t *octets;
    size_t len, at;
    struct tpdu_fault *fault;
};

static enum err fail(const struct reader *r, size_t octet, enum err e, const char *field, const char *reason) {
    *r->fault = (struct tpdu_fault){.octet = octet, .field = field, .reason = reason};
    return e;
}

static enum err take(struct reader *r, size_t count, const char *field, const uint8_t **ret_octets) {
    if (r->len - r->at < count)
        return fail(r, r->len, ERR_TRUNCATED, field, "ends too early");
    *ret_octets = r->octets + r->at;
    r->at += count;
    return ERR_OK;
}

static enum err take_octet(struct reader *r, const char *field, uint8_t *ret_octet) {
    const uint8_t *octet;
    enum err e = take(r, 1, field, &octet);
    if (e == ERR_OK)
        *ret_octet = *octet;
    return e;
}

/* Addresses, §9.1.2.5 ------------------------------------------------------------------------------------------------------------------- */

/* Semi-octets, low nibble first; 1111 ends the number early. `digits` holds count and a NUL. Returns how many there are. */
static size_t semi_octets(const uint8_t *octets, size_t count, char *digits) {
    static const char symbols[] = "0123456789*#abc";
    size_t n = 0;
    for (; n < count; n++) {
        unsigned nibble = n % 2 ? octets[n / 2] >> 4 : octets[n / 2] & 0x0F;
        if (nibble == 0x0F)
            break;
        digits[n] = symbols[nibble];
    }
    digits[n] = '\0';
    return n;
}

static void set_phone(struct phone *phone, enum phone_kind kind, const char *prefix, const char *digits) {
    size_t prefix_len = strlen(prefix);
    phone->kind = kind;
    memcpy(phone->text, prefix, prefix_len);
    memcpy(phone->text + prefix_len, digits, strlen(digits) + 1);
}

enum { E164_DIGITS_MIN = 7, E164_DIGITS_MAX = 15, SHORT_DIGITS_MIN = 3, SHORT_DIGITS_MAX = 8 };

/* What networks really send is wider than the types allow: short codes come as "international", national numbers with their trunk 0 or their
 * country code. False: no telephone number. */
static bool number_from_digits(enum tpdu_ton ton, const char *digits, size_t n, struct phone *phone) {
    char dialled[1 + TPDU_ADDRESS_DIGITS + 1] = "0";
    bool trunk_zero = digits[0] == '0';
    bool international = ton == TPDU_TON_INTERNATIONAL && !trunk_zero;
    if (strspn(digits, "0123456789") != n)
        return false;
    if (international && n >= E164_DIGITS_MIN && n <= E164_DIGITS_MAX) {
        set_phone(phone, PHONE_E164, "+", digits);
        return true;
    }
    if (!trunk_zero && n >= SHORT_DIGITS_MIN && n <= SHORT_DIGITS_MAX) {
        set_phone(phone, PHONE_SHORT, "", digits);
        return true;
    }
    memcpy(dialled + 1, digits + trunk_zero, n + 1 - trunk_zero);
    if (ton == TPDU_TON_NATIONAL && phone_parse(dialled, phone) == ERR_OK)
        return true;
    return !international && phone_parse(digits, phone) == ERR_OK;
}

static void phone_from_digits(enum tpdu_ton ton, const char *digits, size_t n, struct phone *phone) {
    if (n > 0 && !number_from_digits(ton, digits, n, phone))
        set_phone(phone, PHONE_ALPHANUMERIC, "", digits);
}

/* The length counts the semi-octets in use, so that 7 septets (49 bits) come as 13. */
static void phone_from_septets(const uint8_t *octets, size_t semi_octet_count, struct phone *phone) {
    uint8_t septets[TPDU_ADDRESS_DIGITS * 4 / 7 + 1];
    size_t count = semi_octet_count * 4 / 7;
    struct str name;
    if (gsm7_unpack(octets, (semi_octet_count + 1) / 2, 0, septets, count) != ERR_OK)
        return;
    str_init(&name, PHONE_TEXT_SIZE - 1);
    gsm7_decode(septets, count, &name);
    if (str_ok(&name) && name.len > 0)
        set_phone(phone, PHONE_ALPHANUMERIC, "", name.data);
    str_release(&name);
}

static void read_address(uint8_t type_octet, const uint8_t *octets, size_t semi_octet_count, struct tpdu_address *ret_address) {
    char digits[TPDU_ADDRESS_DIGITS + 1];
    enum tpdu_ton ton = (enum tpdu_ton)(type_octet >> 4 & 7);
    *ret_address = (struct tpdu_address){.type_octet = type_octet, .phone = {.kind = PHONE_NONE}};
    if (ton == TPDU_TON_ALPHANUMERIC)
        phone_from_septets(octets, semi_octet_count, &ret_address->phone);
    else
        phone_from_digits(ton, digits, semi_octets(octets, semi_octet_count, digits), &ret_address->phone);
}

static enum err take_address(struct reader *r, const char *field, struct tpdu_address *ret_address) {
    uint8_t count, type_octet;
    const uint8_t *octets;
    enum err e = take_octet(r, field, &count);
    if (e == ERR_OK && count > TPDU_ADDRESS_DIGITS)
        e = fail(r, r->at - 1, ERR_INVALID, field, "is longer than 20 digits");
    if (e == ERR_OK)
        e = take_octet(r, field, &type_octet);
    if (e == ERR_OK)
        e = take(r, (count + 1U) / 2, field, &octets);
    if (e == ERR_OK)
        read_address(type_octet, octets, count, ret_address);
    return e;
}

enum err tpdu_split_sca(const uint8_t *octets, size_t len, struct phone *ret_centre, size_t *ret_tpdu_offset) {
    struct tpdu_address address = {.phone = {.kind = PHONE_NONE}};
    if (len == 0)
        return ERR_TRUNCATED;
    size_t sca_len = octets[0]; /* octets, its type included: not digits as in a TPDU */
    if (sca_len > 1 + TPDU_ADDRESS_DIGITS / 2)
        return ERR_INVALID;
    if (sca_len > len - 1)
        return ERR_TRUNCATED;
    if (sca_len > 0)
        read_address(octets[1], octets + 2, (sca_len - 1) * 2, &address);
    *ret_centre = address.phone;
    *ret_tpdu_offset = 1 + sca_len;
    return ERR_OK;
}

/* Time, §9.2.3.11 and .12 ----------------------------------------------------------------------------------------------------------------- */

static int swapped_bcd(uint8_t octet) { /* -1: no digits */
    int tens = octet & 0x0F, ones = octet >> 4;
    return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

static bool day_exists(int year, int month, int day) {
    int y, m, d;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    civil_from_day_number(civil_day_number(year, month, day), &y, &m, &d);
    return y == year && m == month && d == day;
}

/* UTC epoch ms, or -1 with zone 0 for what is no moment. Two-digit years are 1990–2089: there was no short message before. */
static int64_t read_time(const uint8_t octets[TPDU_TIME_OCTETS], int *ret_zone_minutes) {
    int value[6];
    *ret_zone_minutes = 0;
    for (int i = 0; i < 6; i++)
        if ((value[i] = swapped_bcd(octets[i])) < 0)
            return -1;
    int year = value[0] + (value[0] < 90 ? 2000 : 1900);
    int quarters = swapped_bcd(octets[6] & 0xF7);
    if (!day_exists(year, value[1], value[2]) || value[3] > 23 || value[4] > 59 || value[5] > 59 || quarters < 0)
        return -1;
    *ret_zone_minutes = (octets[6] & 0x08 ? -15 : 15) * quarters;
    return civil_day_number(year, value[1], value[2]) * CLOCK_DAY + value[3] * CLOCK_HOUR + (value[4] - *ret_zone_minutes) * CLOCK_MINUTE +
           value[5] * CLOCK_SECOND;
}

static enum err take_time(struct reader *r, const char *field, int64_t *ret_time, int *ret_zone_minutes) {
    const uint8_t *octets;
    enum err e = take(r, TPDU_TIME_OCTETS, field, &octets);
    if (e == ERR_OK)
        *ret_time = read_time(octets, ret_zone_minutes);
    return e;
}

/* Validity, §9.2.3.12 --------------------------------------------------------------------------------------------------------------------- */

static uint32_t relative_seconds(uint8_t vp) {
    const uint32_t minute = 60, day = 24 * 60 * minute;
    if (vp <= 143)
        return (vp + 1U) * 5 * minute;
    if (vp <= 167)
        return day / 2 + (vp - 143U) * 30 * minute;
    if (vp <= 196)
        return (vp - 166U) * day;
    return (vp - 192U) * 7 * day;
}

/* The functionality indicator (bit 7: another one follows) and the value; 0 seconds for none and for what is reserved. */
static uint32_t enhanced_seconds(const uint8_t octets[TPDU_TIME_OCTETS]) {
    size_t at = 1;
    while (octets[at - 1] & 0x80 && at < TPDU_TIME_OCTETS)
        at++;
    size_t left = TPDU_TIME_OCTETS - at;
    switch (octets[0] & 0x07) {
    case 1:
        return left < 1 ? 0 : relative_seconds(octets[at]);
    case 2:
        return left < 1 ? 0 : octets[at];
    case 3: {
        int hours = left < 3 ? -1 : swapped_bcd(octets[at]);
        int minutes = left < 3 ? -1 : swapped_bcd(octets[at + 1]);
        int seconds = left < 3 ? -1 : swapped_bcd(octets[at + 2]);
        return hours < 0 || minutes < 0 || seconds < 0 ? 0 : (uint32_t)(hours * 3600 + minutes * 60 + seconds);
    }
    default:
        return 0;
    }
}

static enum err take_validity(struct reader *r, unsigned vpf, struct tpdu *t) {
    static const enum tpdu_validity formats[4] = {TPDU_VP_NONE, TPDU_VP_ENHANCED, TPDU_VP_RELATIVE, TPDU_VP_ABSOLUTE};
    const uint8_t *octets;
    int zone;
    t->validity_format = formats[vpf];
    if (t->validity_format == TPDU_VP_NONE)
        return ERR_OK;
    enum err e = take(r, t->validity_format == TPDU_VP_RELATIVE ? 1 : TPDU_TIME_OCTETS, "TP-VP", &octets);
    if (e != ERR_OK)
        return e;
    if (t->validity_format == TPDU_VP_RELATIVE)
        t->validity_seconds = relative_seconds(octets[0]);
    else if (t->validity_format == TPDU_VP_ENHANCED)
        t->validity_seconds = enhanced_seconds(octets);
    else
        t->validity_time = read_time(octets, &zone);
    return ERR_OK;
}

/* Data coding scheme, TS 23.038 §4 -------------------------------------------------------------------------------------------------------- */

static struct tpdu_dcs read_dcs(uint8_t octet) {
    static const enum sms_encoding alphabets[4] = {SMS_GSM7, SMS_8BIT, SMS_UCS2, SMS_GSM7 /* reserved */};
    struct tpdu_dcs dcs = {.octet = octet, .encoding = SMS_GSM7, .class = -1};
    switch (octet >> 4) {
    case 0x0: /* general */
    case 0x1:
    case 0x2:
    case 0x3:
    case 0x4: /* marked for automatic deletion, else the same */
    case 0x5:
    case 0x6:
    case 0x7:
        dcs.encoding = alphabets[octet >> 2 & 3];
        dcs.compressed = octet & 0x20;
        if (octet & 0x10)
            dcs.class = octet & 3;
        break;
    case 0xC: /* message waiting: discard, store, store with UCS-2 text */
        dcs.mwi = TPDU_MWI_DISCARD;
        break;
    case 0xD:
        dcs.mwi = TPDU_MWI_STORE;
        break;
    case 0xE:
        dcs.mwi = TPDU_MWI_STORE;
        dcs.encoding = SMS_UCS2;
        break;
    case 0xF: /* data coding, class */
        dcs.encoding = octet & 4 ? SMS_8BIT : SMS_GSM7;
        dcs.class = octet & 3;
        break;
    default: /* 1000…1011 are reserved: as the GSM 7-bit default alphabet */
        break;
    }
    return dcs;
}

/* User data header, §9.2.3.24 ------------------------------------------------------------------------------------------------------------- */

static void read_concat(const uint8_t *data, bool wide, struct tpdu_udh *udh) {
    struct sms_concat concat = {.wide = wide};
    concat.reference = wide ? (uint16_t)(data[0] << 8 | data[1]) : data[0];
    concat.total = data[1 + wide];
    concat.sequence = data[2 + wide];
    if (sms_concat_valid(&concat))
        udh->concat = concat;
}

static void set_ports(struct tpdu_udh *udh, unsigned destination, unsigned source) {
    udh->has_ports = true;
    udh->destination_port = (uint16_t)destination;
    udh->source_port = (uint16_t)source;
}

/* The key is identifier and length together: an element of another length than its own is as unknown as any. */
#define ELEMENT(identifier, length) ((identifier) << 8 | (length))

static void read_element(unsigned identifier, unsigned length, const uint8_t *data, struct tpdu_udh *udh) {
    switch (ELEMENT(identifier, length)) {
    case ELEMENT(TPDU_IE_CONCAT_8, 3):
        read_concat(data, false, udh);
        break;
    case ELEMENT(TPDU_IE_CONCAT_16, 4):
        read_concat(data, true, udh);
        break;
    case ELEMENT(TPDU_IE_PORTS_8, 2):
        set_ports(udh, data[0], data[1]);
        break;
    case ELEMENT(TPDU_IE_PORTS_16, 4):
        set_ports(udh, (unsigned)data[0] << 8 | data[1], (unsigned)data[2] << 8 | data[3]);
        break;
    case ELEMENT(TPDU_IE_SINGLE_SHIFT, 1):
        udh->single_shift = data[0];
        break;
    case ELEMENT(TPDU_IE_LOCKING_SHIFT, 1):
        udh->locking_shift = data[0];
        break;
    case ELEMENT(TPDU_IE_MESSAGE_WAITING, 2):
        udh->message_waiting = true;
        break;
    default:
        udh->other = true;
    }
}

/* Elements that don't add up to the header's length: the whole header is ignored. Of two that say the same the last counts. */
static struct tpdu_udh read_udh(const uint8_t *octets, size_t len) {
    struct tpdu_udh udh = {.other = false};
    size_t at = 0;
    while (len - at >= 2 && len - at - 2 >= octets[at + 1]) {
        read_element(octets[at], octets[at + 1], octets + at + 2, &udh);
        at += 2U + octets[at + 1];
    }
    udh.unknown_language = !gsm7_shift_known(udh.locking_shift, udh.single_shift);
    return at == len ? udh : (struct tpdu_udh){.other = true};
}

/* User data, §9.2.3.16 and .24 ------------------------------------------------------------------------------------------------------------ */

/* `header` octets (the length octet included) stand in front; septets begin at the next septet boundary. */
static enum err read_septets(struct reader *r, const uint8_t *octets, size_t octet_count, size_t septet_count, size_t header, struct tpdu *t) {
    size_t header_septets = (header * 8 + 6) / 7;
    if (header_septets > septet_count)
        return fail(r, r->at - octet_count, ERR_INVALID, "TP-UDHL", "is longer than the user data");
    t->septet_count = (uint8_t)(septet_count - header_septets);
    unsigned fill = (unsigned)(header_septets * 7 - header * 8);
    enum err e = gsm7_unpack(octets + header, octet_count - header, fill, t->septets, t->septet_count);
    return e == ERR_OK ? ERR_OK : fail(r, r->at, e, "TP-UD", "ends too early");
}

static enum err take_user_data(struct reader *r, bool has_udh, struct tpdu *t) {
    uint8_t udl;
    const uint8_t *octets;
    bool in_septets = t->dcs.encoding == SMS_GSM7 && !t->dcs.compressed;
    enum err e = take_octet(r, "TP-UDL", &udl);
    if (e == ERR_OK && udl > (in_septets ? SMS_GSM7_SINGLE : SMS_UD_OCTETS))
        e = fail(r, r->at - 1, ERR_INVALID, "TP-UDL", in_septets ? "is more than 160 septets" : "is more than 140 octets");
    if (e != ERR_OK)
        return e;
    size_t octet_count = in_septets ? (udl * 7U + 7) / 8 : udl, header = 0;
    if ((e = take(r, octet_count, "TP-UD", &octets)) != ERR_OK)
        return e;
    if (has_udh) {
        if (octet_count == 0 || octets[0] >= octet_count)
            return fail(r, r->at - octet_count, ERR_INVALID, "TP-UDHL", "is longer than the user data");
        header = 1U + octets[0];
        t->has_udh = true;
        t->udh = read_udh(octets + 1, octets[0]);
    }
    t->ud_len = (uint8_t)(octet_count - header);
    memcpy(t->ud_octets, octets + header, t->ud_len);
    return in_septets ? read_septets(r, octets, octet_count, udl, header, t) : ERR_OK;
}

static enum err take_coding(struct reader *r, struct tpdu *t) {
    uint8_t octet;
    enum err e = take_octet(r, "TP-PID", &t->pid);
    if (e == ERR_OK)
        e = take_octet(r, "TP-DCS", &octet);
    if (e == ERR_OK)
        t->dcs = read_dcs(octet);
    return e;
}

/* The three types, §9.2.2 ----------------------------------------------------------------------------------------------------------------- */

enum first_octet { FIRST_MTI = 0x03, FIRST_NO_MORE = 0x04, FIRST_RD = 0x04, FIRST_REPORT = 0x20, FIRST_UDHI = 0x40, FIRST_RP = 0x80 };

static enum err read_deliver(struct reader *r, uint8_t first, struct tpdu *t) {
    t->type = TPDU_DELIVER;
    t->more_messages = !(first & FIRST_NO_MORE);
    t->report = first & FIRST_REPORT;
    t->reply_path = first & FIRST_RP;
    enum err e = take_address(r, "TP-OA", &t->address);
    if (e == ERR_OK)
        e = take_coding(r, t);
    if (e == ERR_OK)
        e = take_time(r, "TP-SCTS", &t->time, &t->zone_minutes);
    if (e == ERR_OK)
        e = take_user_data(r, first & FIRST_UDHI, t);
    return e;
}

static enum err read_submit(struct reader *r, uint8_t first, struct tpdu *t) {
    t->type = TPDU_SUBMIT;
    t->reject_duplicates = first & FIRST_RD;
    t->report = first & FIRST_REPORT;
    t->reply_path = first & FIRST_RP;
    enum err e = take_octet(r, "TP-MR", &t->reference);
    if (e == ERR_OK)
        e = take_address(r, "TP-DA", &t->address);
    if (e == ERR_OK)
        e = take_coding(r, t);
    if (e == ERR_OK)
        e = take_validity(r, first >> 3 & 3, t);
    if (e == ERR_OK)
        e = take_user_data(r, first & FIRST_UDHI, t);
    return e;
}

/* TP-PI and what it announces. FF is no indicator but the filling of a SIM's record (TS 51.011 §10.5.7). */
static enum err read_report_options(struct reader *r, bool has_udh, struct tpdu *t) {
    uint8_t indicator, more, octet;
    enum err e = ERR_OK;
    if (r->at == r->len || r->octets[r->at] == 0xFF)
        return ERR_OK;
    if ((e = take_octet(r, "TP-PI", &indicator)) != ERR_OK)
        return e;
    for (more = indicator; e == ERR_OK && more & 0x80;)
        e = take_octet(r, "TP-PI", &more);
    if (e == ERR_OK && indicator & 0x01)
        e = take_octet(r, "TP-PID", &t->pid);
    if (e == ERR_OK && indicator & 0x02 && (e = take_octet(r, "TP-DCS", &octet)) == ERR_OK)
        t->dcs = read_dcs(octet);
    if (e == ERR_OK && indicator & 0x04)
        e = take_user_data(r, has_udh, t);
    return e;
}

static enum err read_status_report(struct reader *r, uint8_t first, struct tpdu *t) {
    int zone;
    t->type = TPDU_STATUS_REPORT;
    t->more_messages = !(first & FIRST_NO_MORE);
    enum err e = take_octet(r, "TP-MR", &t->reference);
    if (e == ERR_OK)
        e = take_address(r, "TP-RA", &t->address);
    if (e == ERR_OK)
        e = take_time(r, "TP-SCTS", &t->time, &t->zone_minutes);
    if (e == ERR_OK)
        e = take_time(r, "TP-DT", &t->discharge_time, &zone);
    if (e == ERR_OK)
        e = take_octet(r, "TP-ST", &t->status);
    if (e == ERR_OK)
        e = read_report_options(r, first & FIRST_UDHI, t);
    return e;
}

enum err tpdu_decode_explained(const uint8_t *octets, size_t len, enum tpdu_direction direction, struct tpdu *ret_tpdu,
                               struct tpdu_fault *ret_fault) {
    struct tpdu_fault fault = {0};
    struct reader r = {.octets = octets, .len = len, .fault = ret_fault ? ret_fault : &fault};
    struct tpdu t = {.dcs = {.class = -1}, .time = -1, .discharge_time = -1, .validity_time = -1};
    uint8_t first;
    enum err e = take_octet(&r, "TP-MTI", &first);
    if (e != ERR_OK)
        return e;
    unsigned mti = first & FIRST_MTI;
    if (direction == TPDU_FROM_SC && (mti == 0 || mti == 3)) /* 11 is reserved: as SMS-DELIVER, §9.2.3.1 */
        e = read_deliver(&r, first, &t);
    else if (direction == TPDU_FROM_SC && mti == 2)
        e = read_status_report(&r, first, &t);
    else if (direction == TPDU_TO_SC && mti == 1)
        e = read_submit(&r, first, &t);
    else
        e = fail(&r, 0, ERR_UNSUPPORTED, "TP-MTI", "is of a type that isn't decoded");
    if (e != ERR_OK)
        return e;
    *r.fault = (struct tpdu_fault){.octet = r.at};
    *ret_tpdu = t;
    return ERR_OK;
}

enum err tpdu_decode(const uint8_t *octets, size_t len, enum tpdu_direction direction, struct tpdu *ret_tpdu) {
    return tpdu_decode_explained(octets, len, direction, ret_tpdu, NULL);
}

/* Text ---------------------------------------------------------------------------------------------------------------------------------- */

static void add_latin1(struct str *to, const uint8_t *octets, size_t len) {
    for (size_t i = 0; i < len; i++)
        text_add_codepoint(to, octets[i] ? octets[i] : 0xFFFD);
}

void tpdu_text(const struct tpdu *t, struct str *to) {
    if (t->dcs.compressed)
        return;
    switch (t->dcs.encoding) {
    case SMS_GSM7:
        gsm7_decode_shifted(t->septets, t->septet_count, t->udh.locking_shift, t->udh.single_shift, to);
        break;
    case SMS_UCS2:
        if (t->udh.concat.total > 1)
            surrogate_add_part(to, t->ud_octets, t->ud_len);
        else
            text_add_utf16be(to, t->ud_octets, t->ud_len);
        break;
    case SMS_8BIT:
        if (text_valid((const char *)t->ud_octets, t->ud_len))
            str_add_n(to, t->ud_octets, t->ud_len);
        else
            add_latin1(to, t->ud_octets, t->ud_len);
        break;
    }
}
