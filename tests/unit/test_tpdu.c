/* The TPDU codec against the numbers of the specifications, and against itself over its parameter space: what is encoded decodes to the same. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/surrogate.h"
#include "modem/tpdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct phone citizen = {.kind = PHONE_E164, .text = "+84912000001"};

static size_t octets_of(const char *hex, uint8_t *octets, size_t max) {
    size_t len;
    assert_int_equal(hex_decode(hex, strlen(hex), octets, max, &len), ERR_OK);
    return len;
}

static struct tpdu decoded(const char *hex, enum tpdu_direction direction) {
    uint8_t octets[256];
    struct tpdu t;
    size_t len = octets_of(hex, octets, sizeof octets);
    assert_int_equal(tpdu_decode(octets, len, direction, &t), ERR_OK);
    return t;
}

static char *text_of(const struct tpdu *t) {
    struct str text;
    str_init(&text, 4096);
    tpdu_text(t, &text);
    assert_true(str_ok(&text));
    return str_detach(&text);
}

static void assert_text(const struct tpdu *t, const char *expected) {
    char *text = text_of(t);
    assert_string_equal(text, expected);
    free(text);
}

/* TS 23.038 §4, every octet: the group's alphabet, class and indication, written out a second time as a list of rules. */
static void test_dcs(void **state) {
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        char hex[64];
        snprintf(hex, sizeof hex, "040B914819020000F100%02X6211129050008200", octet);
        struct tpdu_dcs dcs = decoded(hex, TPDU_FROM_SC).dcs;
        bool general = octet < 0x80, coded = octet >= 0xF0;
        unsigned alphabet = general ? octet >> 2 & 3 : octet >= 0xE0 && octet < 0xF0 ? 2 : coded && octet & 4 ? 1 : 0;
        assert_int_equal(dcs.octet, octet);
        assert_int_equal(dcs.encoding, alphabet == 1 ? SMS_8BIT : alphabet == 2 ? SMS_UCS2 : SMS_GSM7);
        assert_int_equal(dcs.class, (general && octet & 0x10) || coded ? (int)(octet & 3) : -1);
        assert_int_equal(dcs.compressed, general && octet & 0x20);
        assert_int_equal(dcs.mwi, octet < 0xC0 || coded ? TPDU_MWI_NONE : octet < 0xD0 ? TPDU_MWI_DISCARD : TPDU_MWI_STORE);
    }
}

/* TS 23.040 §9.2.3.12.1, the corners of its four ranges. */
static void test_relative_validity(void **state) {
    (void)state;
    static const struct {
        uint8_t vp;
        uint32_t seconds;
    } corners[] = {
        {0, 300},         {1, 600},          {143, 12 * 3600},     {144, 12 * 3600 + 1800}, {167, 24 * 3600},
        {168, 2 * 86400}, {196, 30 * 86400}, {197, 5 * 7 * 86400}, {255, 63 * 7 * 86400},
    };
    for (size_t i = 0; i < COUNT(corners); i++) {
        char hex[64];
        snprintf(hex, sizeof hex, "11000B914819020000F10000%02X00", corners[i].vp);
        struct tpdu t = decoded(hex, TPDU_TO_SC);
        assert_int_equal(t.validity_format, TPDU_VP_RELATIVE);
        assert_int_equal(t.validity_seconds, corners[i].seconds);
    }
}

static uint32_t validity_sent(uint32_t wanted, uint8_t *ret_vp) {
    struct tpdu_message m = {.type = TPDU_SUBMIT, .phone = citizen, .class = -1, .text = "", .validity_seconds = wanted};
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    struct tpdu t;
    assert_int_equal(tpdu_encode(&m, octets, &len), ERR_OK);
    assert_int_equal(tpdu_decode(octets, len, TPDU_TO_SC, &t), ERR_OK);
    assert_int_equal(t.validity_format, TPDU_VP_RELATIVE);
    *ret_vp = octets[len - 2];
    return t.validity_seconds;
}

/* Never shorter than asked, and never by more than the next step. */
static void test_validity_rounds_up(void **state) {
    (void)state;
    const uint32_t most = 63 * 7 * 86400;
    uint8_t vp, before;
    for (uint32_t wanted = 1; wanted <= most; wanted += 1 + wanted / 50) {
        uint32_t sent = validity_sent(wanted, &vp);
        assert_true(sent >= wanted);
        if (vp > 0) {
            char hex[64];
            snprintf(hex, sizeof hex, "11000B914819020000F10000%02X00", vp - 1);
            assert_true(decoded(hex, TPDU_TO_SC).validity_seconds < wanted);
        }
        assert_int_equal(validity_sent(sent, &before), sent);
        assert_int_equal(before, vp);
    }
    assert_int_equal(validity_sent(UINT32_MAX, &vp), most);
}

static void test_sca(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        enum phone_kind kind;
        const char *text;
        size_t offset;
    } good[] = {
        {"00", PHONE_NONE, "", 1},
        {"0004", PHONE_NONE, "", 1},
        {"0191", PHONE_NONE, "", 2},
        {"07914889200030F004", PHONE_E164, "+84980200030", 8},
        {"0581901221F3", PHONE_ALPHANUMERIC, "0921123", 6},
        {"07819021436587F9", PHONE_E164, "+849123456789", 8},
    };
    static const struct {
        const char *hex;
        enum err e;
    } bad[] = {{"07914889200030", ERR_TRUNCATED}, {"07", ERR_TRUNCATED}, {"0C91484848484848484848484848", ERR_INVALID}, {"FF91", ERR_INVALID}};
    uint8_t octets[64];
    struct phone centre;
    size_t offset;
    for (size_t i = 0; i < COUNT(good); i++) {
        size_t len = octets_of(good[i].hex, octets, sizeof octets);
        assert_int_equal(tpdu_split_sca(octets, len, &centre, &offset), ERR_OK);
        assert_int_equal(centre.kind, good[i].kind);
        assert_string_equal(centre.text, good[i].text);
        assert_int_equal(offset, good[i].offset);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t len = octets_of(bad[i].hex, octets, sizeof octets);
        assert_int_equal(tpdu_split_sca(octets, len, &centre, &offset), bad[i].e);
    }
    assert_int_equal(tpdu_split_sca(octets, 0, &centre, &offset), ERR_TRUNCATED);
}

static void test_sca_round_trip(void **state) {
    (void)state;
    static const struct phone centres[] = {
        {PHONE_NONE, ""}, {PHONE_E164, "+84980200030"}, {PHONE_E164, "+123456789012345"}, {PHONE_SHORT, "1414"}, {PHONE_SHORT, "12345678"}};
    uint8_t octets[12];
    for (size_t i = 0; i < COUNT(centres); i++) {
        struct phone centre;
        size_t offset, len = tpdu_encode_sca(&centres[i], octets);
        assert_int_equal(tpdu_split_sca(octets, len, &centre, &offset), ERR_OK);
        assert_int_equal(offset, len);
        assert_true(phone_equal(&centre, &centres[i]));
    }
    const struct phone name = {PHONE_ALPHANUMERIC, "Viettel"};
    assert_int_equal(tpdu_encode_sca(&name, octets), 1);
    assert_int_equal(octets[0], 0);
}

/* Round trips ---------------------------------------------------------------------------------------------------------------------------- */

static const struct phone phones[] = {
    {PHONE_E164, "+84912000001"},
    {PHONE_E164, "+8424123456"},
    {PHONE_E164, "+123456789012345"},
    {PHONE_SHORT, "195"},
    {PHONE_SHORT, "1022"},
    {PHONE_SHORT, "18001090"},
    {PHONE_ALPHANUMERIC, "A"},
    {PHONE_ALPHANUMERIC, "Viettel"},
    {PHONE_ALPHANUMERIC, "VNPT-VNP"},
    {PHONE_ALPHANUMERIC, "UBND TINHTH"},
    {PHONE_ALPHANUMERIC, "a@b[c]"},
};
static const char *const texts[] = {"", "x", "PA Duong vao", "@£$ {[~]} €|^\\", "1234567", "12345678", "Q\nR\r"};
static const char *const wide_texts[] = {"", "đ", "PA Đường vào thôn 3", "👍 ok 👍", "\xEF\xBF\xBD"};
static const struct sms_concat concats[] = {{.total = 0},
                                            {.reference = 0, .total = 1, .sequence = 1},
                                            {.reference = 255, .total = 255, .sequence = 254},
                                            {.reference = 65535, .total = 3, .sequence = 2, .wide = true}};
static const enum tpdu_direction directions[] = {[TPDU_DELIVER] = TPDU_FROM_SC, [TPDU_SUBMIT] = TPDU_TO_SC, [TPDU_STATUS_REPORT] = TPDU_FROM_SC};

static void check_user_data(const struct tpdu_message *m, const struct tpdu *t) {
    assert_int_equal(t->dcs.encoding, m->encoding);
    assert_int_equal(t->dcs.class, m->class);
    assert_int_equal(t->pid, m->pid);
    assert_int_equal(t->has_udh, m->concat.total > 0 || m->has_ports);
    assert_memory_equal(&t->udh.concat, &m->concat, sizeof m->concat);
    assert_int_equal(t->udh.has_ports, m->has_ports);
    assert_int_equal(t->udh.destination_port, m->has_ports ? m->destination_port : 0);
    assert_int_equal(t->udh.source_port, m->has_ports ? m->source_port : 0);
    assert_false(t->udh.other);
    assert_text(t, m->text);
}

static void round_trip(const struct tpdu_message *m) {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    struct tpdu t;
    assert_int_equal(tpdu_encode(m, octets, &len), ERR_OK);
    assert_int_equal(tpdu_decode(octets, len, directions[m->type], &t), ERR_OK);
    assert_int_equal(t.type, m->type);
    assert_true(phone_equal(&t.address.phone, &m->phone));
    assert_int_equal(t.more_messages, m->type != TPDU_SUBMIT && m->more_messages);
    assert_int_equal(t.report, m->type != TPDU_STATUS_REPORT && m->report);
    assert_int_equal(t.reject_duplicates, m->type == TPDU_SUBMIT && m->reject_duplicates);
    assert_int_equal(t.reference, m->type == TPDU_DELIVER ? 0 : m->reference);
    assert_int_equal(t.time, m->type == TPDU_SUBMIT ? -1 : m->time);
    assert_int_equal(t.zone_minutes, m->type == TPDU_SUBMIT || m->time == -1 ? 0 : m->zone_minutes);
    assert_int_equal(t.discharge_time, m->type == TPDU_STATUS_REPORT ? m->discharge_time : -1);
    assert_int_equal(t.status, m->type == TPDU_STATUS_REPORT ? m->status : 0);
    if (m->type != TPDU_STATUS_REPORT)
        check_user_data(m, &t);
}

static void test_round_trip_addresses_and_texts(void **state) {
    (void)state;
    for (size_t phone = 0; phone < COUNT(phones); phone++)
        for (size_t concat = 0; concat < COUNT(concats); concat++)
            for (int class = -1; class <= 3; class ++)
                for (int bits = 0; bits < 16; bits++) {
                    struct tpdu_message m = {.type = bits & 1 ? TPDU_SUBMIT : TPDU_DELIVER,
                                             .phone = phones[phone],
                                             .class = class,
                                             .concat = concats[concat],
                                             .has_ports = bits & 2,
                                             .destination_port = 2948,
                                             .source_port = 65535,
                                             .pid = bits & 4 ? 0x41 : 0,
                                             .report = bits & 8,
                                             .reject_duplicates = bits & 4,
                                             .more_messages = bits & 8,
                                             .reference = 255,
                                             .time = INT64_C(1795226700000),
                                             .zone_minutes = 420};
                    for (size_t i = 0; i < COUNT(texts); i++) {
                        m.text = texts[i];
                        m.encoding = SMS_GSM7;
                        round_trip(&m);
                        m.encoding = SMS_8BIT;
                        if (texts[i][0] != '@') /* the pound sign is UTF-8 there, too */
                            round_trip(&m);
                    }
                    m.encoding = SMS_UCS2;
                    for (size_t i = 0; i < COUNT(wide_texts); i++) {
                        m.text = wide_texts[i];
                        round_trip(&m);
                    }
                }
}

static void test_round_trip_times(void **state) {
    (void)state;
    /* 1990-01-02, leap days, ends of months and of the range; with every quarter of an hour that exists, and the most that can be said. */
    static const int64_t days[] = {7306, 11016, 16859, 20543, 20778, 21243, 29220, 43463};
    for (size_t i = 0; i < COUNT(days); i++)
        for (int quarter = -79; quarter <= 79; quarter++)
            for (int64_t second = 0; second < 86400; second += 28799) {
                struct tpdu_message m = {.type = TPDU_STATUS_REPORT, .phone = citizen, .class = -1, .zone_minutes = quarter * 15};
                m.time = days[i] * CLOCK_DAY + second * CLOCK_SECOND;
                m.discharge_time = second % 2 ? -1 : m.time + CLOCK_HOUR;
                m.status = (uint8_t)second;
                m.reference = (uint8_t)i;
                round_trip(&m);
            }
    struct tpdu_message none = {.type = TPDU_DELIVER, .phone = citizen, .class = -1, .text = "x", .time = -1, .zone_minutes = 420};
    round_trip(&none);
}

/* Every length up to the limit and one more, for every header. */
static void check_limits(enum sms_encoding encoding, const char *unit, size_t concat, bool ports, size_t limit) {
    struct str text;
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    struct tpdu_message m = {.type = TPDU_SUBMIT, .phone = citizen, .class = -1, .encoding = encoding, .concat = concats[concat], .has_ports = ports};
    str_init(&text, 4096);
    for (size_t units = 0; units <= limit; units++) {
        m.text = text.data;
        round_trip(&m);
        str_add(&text, unit);
    }
    m.text = text.data;
    assert_int_equal(tpdu_encode(&m, octets, &len), ERR_TOO_LONG);
    str_release(&text);
}

static void test_limits(void **state) {
    (void)state;
    static const struct {
        size_t concat;
        bool ports;
        size_t gsm7, octets;
    } headers[] = {{0, false, 160, 140}, {2, false, 153, 134}, {3, false, 152, 133}, {0, true, 152, 133}, {2, true, 146, 128}, {3, true, 145, 127}};
    for (size_t i = 0; i < COUNT(headers); i++) {
        check_limits(SMS_GSM7, "k", headers[i].concat, headers[i].ports, headers[i].gsm7);
        check_limits(SMS_GSM7, "€", headers[i].concat, headers[i].ports, headers[i].gsm7 / 2);
        check_limits(SMS_UCS2, "ă", headers[i].concat, headers[i].ports, headers[i].octets / 2);
        check_limits(SMS_UCS2, "👍", headers[i].concat, headers[i].ports, headers[i].octets / 4);
        check_limits(SMS_8BIT, "k", headers[i].concat, headers[i].ports, headers[i].octets);
    }
}

static void test_binary(void **state) {
    (void)state;
    uint8_t data[SMS_UD_OCTETS], octets[TPDU_MAX_OCTETS];
    size_t len;
    struct tpdu t;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    struct tpdu_message m = {
        .type = TPDU_DELIVER, .phone = citizen, .class = 1, .encoding = SMS_8BIT, .data = bytes_of(data, sizeof data), .time = -1};
    assert_int_equal(tpdu_encode(&m, octets, &len), ERR_OK);
    assert_int_equal(tpdu_decode(octets, len, TPDU_FROM_SC, &t), ERR_OK);
    assert_int_equal(t.ud_len, sizeof data);
    assert_memory_equal(t.ud_octets, data, sizeof data);
    assert_int_equal(t.dcs.class, 1);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        struct tpdu_message m;
        enum err e;
    } bad[] = {
        {{.type = TPDU_SUBMIT, .class = -1, .text = "x"}, ERR_INVALID}, /* no recipient */
        {{.type = TPDU_SUBMIT, .phone = {PHONE_E164, "84912"}, .class = -1}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_E164, "+"}, .class = -1}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_E164, "+849120000012345678901"}, .class = -1}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "10a2"}, .class = -1}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_ALPHANUMERIC, ""}, .class = -1}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_ALPHANUMERIC, "twelve chars"}, .class = -1}, ERR_TOO_LONG},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_ALPHANUMERIC, "Đường"}, .class = -1}, ERR_UNSUPPORTED},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "1022"}, .class = -1, .text = "đ"}, ERR_UNSUPPORTED},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "1022"}, .class = 4}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "1022"}, .class = -2}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "1022"}, .class = -1, .concat = {.total = 2, .sequence = 3}}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "1022"}, .class = -1, .concat = {.total = 2, .sequence = 0}}, ERR_INVALID},
        {{.type = TPDU_SUBMIT, .phone = {PHONE_SHORT, "1022"}, .class = -1, .concat = {.reference = 256, .total = 2, .sequence = 1}}, ERR_INVALID},
        {{.type = TPDU_DELIVER, .class = -1, .time = -2}, ERR_INVALID},
        {{.type = TPDU_DELIVER, .class = -1, .time = INT64_MAX}, ERR_INVALID},
        {{.type = TPDU_DELIVER, .class = -1, .time = 0}, ERR_INVALID}, /* 1970 */
        {{.type = TPDU_DELIVER, .class = -1, .time = INT64_C(3786912000000)}, ERR_INVALID}, /* 2090 */
        {{.type = TPDU_DELIVER, .class = -1, .time = INT64_C(1795226700000), .zone_minutes = 421}, ERR_INVALID},
        {{.type = TPDU_DELIVER, .class = -1, .time = INT64_C(1795226700000), .zone_minutes = 80 * 15}, ERR_INVALID},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        uint8_t octets[TPDU_MAX_OCTETS];
        size_t len = 12345;
        memset(octets, 0xA5, sizeof octets);
        assert_int_equal(tpdu_encode(&bad[i].m, octets, &len), bad[i].e);
        assert_int_equal(len, 12345); /* untouched */
        assert_int_equal(octets[0], 0xA5);
    }
}

static void test_unsupported_types(void **state) {
    (void)state;
    uint8_t octets[40] = {0};
    struct tpdu t;
    octets[0] = 0x01;
    assert_int_equal(tpdu_decode(octets, sizeof octets, TPDU_FROM_SC, &t), ERR_UNSUPPORTED);
    for (octets[0] = 0; octets[0] < 4; octets[0]++)
        if (octets[0] != 1)
            assert_int_equal(tpdu_decode(octets, sizeof octets, TPDU_TO_SC, &t), ERR_UNSUPPORTED);
    assert_int_equal(tpdu_decode(NULL, 0, TPDU_FROM_SC, &t), ERR_TRUNCATED);
}

/* An emoji whose two units a phone puts into two parts. */
static void test_pair_over_two_parts(void **state) {
    (void)state;
    static const uint8_t first[] = {0x00, 'a', 0xD8, 0x3D}, second[] = {0xDC, 0x4D, 0x00, 'b'};
    struct tpdu_message m = {.type = TPDU_DELIVER, .phone = citizen, .class = -1, .encoding = SMS_UCS2, .time = -1, .concat = {.total = 2}};
    struct str joined;
    str_init(&joined, 256);
    for (uint8_t part = 1; part <= 2; part++) {
        uint8_t octets[TPDU_MAX_OCTETS];
        size_t len;
        struct tpdu t;
        m.concat.sequence = part;
        m.data = part == 1 ? bytes_of(first, sizeof first) : bytes_of(second, sizeof second);
        assert_int_equal(tpdu_encode(&m, octets, &len), ERR_OK);
        assert_int_equal(tpdu_decode(octets, len, TPDU_FROM_SC, &t), ERR_OK);
        tpdu_text(&t, &joined);
    }
    surrogate_mend(joined.data);
    assert_string_equal(joined.data, "a👍b");
    str_release(&joined);
}

/* A whole message alone in its PDU may not carry halves out: there is nobody to put them together. */
static void test_half_in_a_single_part(void **state) {
    (void)state;
    struct tpdu t = decoded("040B914819020000F100086211129050008204"
                            "0041D83D",
                            TPDU_FROM_SC);
    assert_text(&t, "A\xEF\xBF\xBD");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dcs),
        cmocka_unit_test(test_relative_validity),
        cmocka_unit_test(test_validity_rounds_up),
        cmocka_unit_test(test_sca),
        cmocka_unit_test(test_sca_round_trip),
        cmocka_unit_test(test_round_trip_addresses_and_texts),
        cmocka_unit_test(test_round_trip_times),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unsupported_types),
        cmocka_unit_test(test_pair_over_two_parts),
        cmocka_unit_test(test_half_in_a_single_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
