/* PDUs as protocol lines and back. */
#include "modem/pdu_message.h"
#include "modem/tpdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PDU "07914809000000F1040B914889070000F10000621122606372820BD02088587FBBCF20741D"
#define REPORT "07914809000000F106000B914889070000F1621122606362826211226063628200"

static void test_text(void **state) {
    struct protocol_message m;
    (void)state;
    pdu_to_message(PDU, 7, &m);
    assert_int_equal(m.name, PROTOCOL_SMS);
    assert_int_equal(m.kind, PROTOCOL_KIND_TEXT);
    assert_int_equal(m.handle, 7);
    assert_int_equal(m.encoding, SMS_GSM7);
    assert_string_equal(m.text, "PA Duong hu");
    assert_string_equal(m.phone.text, "+84987000001");
    assert_string_equal(m.pdu, PDU);
    assert_int_equal(m.time, INT64_C(1795304187000));
    protocol_release(&m);
}

static void test_report(void **state) {
    struct protocol_message m;
    (void)state;
    pdu_to_message(REPORT, 8, &m);
    assert_int_equal(m.name, PROTOCOL_REPORT);
    assert_string_equal(m.phone.text, "+84987000001");
    assert_int_equal(m.status, 0);
    assert_int_equal(m.reference, 0);
    protocol_release(&m);
}

/* However the service centre writes whom a report is about, it's the number that was written to. */
static void test_a_report_names_its_recipient_in_any_form(void **state) {
    static const char *const recipients[] = {
        "0B914889070000F1", /* international */
        "0A819078000010", /* unknown, with the trunk 0 */
        "0B814889070000F1", /* unknown, with the country's code */
        "0AA19078000010", /* national, with the trunk 0 */
        "09A189070000F1", /* national, without it */
        "0A919078000010", /* said to be international */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(recipients); i++) {
        struct protocol_message m;
        struct str pdu;
        str_init(&pdu, 256);
        str_addf(&pdu, "07914809000000F10611%s621122606362826211226063628200", recipients[i]);
        pdu_to_message(pdu.data, 8, &m);
        assert_int_equal(m.name, PROTOCOL_REPORT);
        assert_int_equal(m.phone.kind, PHONE_E164);
        assert_string_equal(m.phone.text, "+84987000001");
        assert_int_equal(m.reference, 17);
        protocol_release(&m);
        str_release(&pdu);
    }
}

/* Each line of these kinds can be read back by the core. */
static void test_kinds(void **state) {
    static const struct {
        const char *pdu;
        enum protocol_kind kind;
        const char *as; /* NULL: the pdu itself */
    } rows[] = {
        {PDU, PROTOCOL_KIND_TEXT, NULL},
        {"00040B914889070000F100C8621122606372820141", PROTOCOL_KIND_MWI, NULL}, /* voicemail waits */
        {"07914889200030F044038191F9000062111290500082080401028003589B", PROTOCOL_KIND_MWI, NULL}, /* the same said by a header element */
        {"00440B914889070000F1000462112260637282080605040B8423F041", PROTOCOL_KIND_BINARY, NULL}, /* WAP push, port 2948 */
        {"00440B914889070000F10000621122606372820A050003110200EC7201", PROTOCOL_KIND_TEXT, NULL}, /* part 0 of 2: no concatenation */
        {"0791480900", PROTOCOL_KIND_BROKEN, NULL},
        {"00", PROTOCOL_KIND_BROKEN, NULL},
        {"0", PROTOCOL_KIND_BROKEN, NULL},
        {"0791zz", PROTOCOL_KIND_BROKEN, "303739317A7A"},
        {"+CMGR: 0,,25", PROTOCOL_KIND_BROKEN, "2B434D47523A20302C2C3235"},
        {"07914809000000f1", PROTOCOL_KIND_BROKEN, "07914809000000F1"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct protocol_message m, back;
        struct str line;
        str_init(&line, PROTOCOL_LINE_MAX);
        pdu_to_message(rows[i].pdu, (int64_t)i, &m);
        assert_int_equal(m.name, PROTOCOL_SMS);
        assert_int_equal(m.kind, rows[i].kind);
        assert_string_equal(m.pdu, rows[i].as ? rows[i].as : rows[i].pdu);
        assert_int_equal(m.concat.total, 0);
        protocol_write(&m, &line);
        assert_int_equal(protocol_read(line.data, line.len - 1, true, &back, NULL), ERR_OK);
        protocol_release(&back);
        protocol_release(&m);
        str_release(&line);
    }
}

static void test_send(void **state) {
    struct protocol_message m = {.name = PROTOCOL_SEND,
                                 .phone = {PHONE_E164, "+84987000001"},
                                 .encoding = SMS_UCS2,
                                 .text = (char *)(uintptr_t) "Đã nhận",
                                 .concat = {.reference = 300, .total = 2, .sequence = 1, .wide = true},
                                 .reference = 17,
                                 .validity_seconds = 86400,
                                 .want_report = true,
                                 .reject_duplicates = true};
    uint8_t octets[256];
    size_t len, tpdu_octets;
    struct tpdu t;
    struct str hex, text;
    (void)state;
    str_init(&hex, 1024);
    str_init(&text, 1024);
    assert_int_equal(pdu_of_send(&m, &hex, &tpdu_octets), ERR_OK);
    assert_int_equal(hex_decode(hex.data, hex.len, octets, sizeof octets, &len), ERR_OK);
    assert_int_equal(octets[0], 0);
    assert_int_equal(len, tpdu_octets + 1);
    assert_int_equal(tpdu_decode(octets + 1, tpdu_octets, TPDU_TO_SC, &t), ERR_OK);
    assert_int_equal(t.type, TPDU_SUBMIT);
    assert_string_equal(t.address.phone.text, "+84987000001");
    assert_true(t.report && t.reject_duplicates);
    assert_int_equal(t.reference, 17);
    assert_int_equal(t.validity_seconds, 86400);
    assert_int_equal(t.udh.concat.reference, 300);
    tpdu_text(&t, &text);
    assert_string_equal(text.data, "Đã nhận");
    /* What can't be said in one SMS-SUBMIT is refused, not cut. */
    str_clear(&hex);
    m.encoding = SMS_GSM7;
    assert_int_equal(pdu_of_send(&m, &hex, &tpdu_octets), ERR_UNSUPPORTED);
    char *long_text = malloc(300);
    memset(long_text, 'a', 299);
    long_text[299] = '\0';
    m.text = long_text;
    assert_int_equal(pdu_of_send(&m, &hex, &tpdu_octets), ERR_TOO_LONG);
    free(long_text);
    str_release(&text);
    str_release(&hex);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),  cmocka_unit_test(test_report), cmocka_unit_test(test_a_report_names_its_recipient_in_any_form),
        cmocka_unit_test(test_kinds), cmocka_unit_test(test_send),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
