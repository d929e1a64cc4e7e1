/* The lines between core and worker: what is written is read back the same, the words stay what they are, everything else is refused with a
 * reason, and no written line is longer than the limit. */
#include "firmware-host/base/mem.h"
#include "modem/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char *written(const struct protocol_message *m) {
    struct str line;
    str_init(&line, PROTOCOL_LINE_MAX);
    protocol_write(m, &line);
    assert_true(str_ok(&line));
    assert_int_equal(line.data[line.len - 1], '\n');
    assert_ptr_equal(strchr(line.data, '\n'), line.data + line.len - 1); /* one line */
    line.data[line.len - 1] = '\0';
    return str_detach(&line);
}

static enum err reading(const char *line, bool from_worker, struct protocol_message *ret_message) {
    return protocol_read(line, strlen(line), from_worker, ret_message, NULL);
}

/* Written, read, and written again: the same line. Gives the read message, to be released. */
static struct protocol_message there_and_back(const struct protocol_message *m, bool from_worker) {
    struct protocol_message back;
    char *line = written(m);
    assert_int_equal(reading(line, from_worker, &back), ERR_OK);
    assert_int_equal(back.name, m->name);
    char *again = written(&back);
    assert_string_equal(again, line);
    free(again);
    free(line);
    return back;
}

static const struct phone citizen = {PHONE_E164, "+84912000001"};

/* One line of each name, with all its members: the format on the wire, kept here so that nobody changes it unseen. */
static const struct {
    bool from_worker;
    const char *line;
} samples[] = {
    {false, "{\"name\":\"hello\",\"version\":1}"},
    {true, "{\"name\":\"hello\",\"version\":1,\"driver\":\"at\",\"line\":\"pty:/run/vnet/m1\"}"},
    {false, "{\"name\":\"send\",\"id\":9223372036854775807,\"to\":\"+84912000001\",\"encoding\":\"ucs2\",\"text\":\"Đã nhận\","
            "\"concat\":{\"reference\":65535,\"total\":255,\"sequence\":255,\"wide\":true},\"reference\":17,\"validity\":86400,"
            "\"want_report\":true,\"reject_duplicates\":true}"},
    {false, "{\"name\":\"stored\",\"handle\":7}"},
    {false, "{\"name\":\"again\",\"handle\":7}"},
    {false, "{\"name\":\"sweep\"}"},
    {false, "{\"name\":\"recover\",\"recovery\":\"radio\"}"},
    {false, "{\"name\":\"stop\"}"},
    {true, "{\"name\":\"up\",\"imei\":\"356938035643809\",\"imsi\":\"452040000000001\",\"iccid\":\"8984048000000000001\",\"model\":\"SIM800C\","
           "\"family\":\"SIM800\",\"revision\":\"1418B05SIM800C24\",\"trouble\":\"loses messages\"}"},
    {true, "{\"name\":\"up\"}"},
    {true, "{\"name\":\"down\",\"reason\":\"the port is gone\",\"cause\":\"line\"}"},
    {true, "{\"name\":\"locked\",\"iccid\":\"8984048000000000001\",\"tries_left\":3}"},
    {false, "{\"name\":\"pin\",\"iccid\":\"8984048000000000001\",\"pin\":\"12345678\"}"},
    {true, "{\"name\":\"pin_tried\",\"reason\":\"\",\"entered\":true,\"accepted\":true}"},
    {true, "{\"name\":\"sms\",\"handle\":0,\"pdu\":\"07914889200030F0\",\"from\":\"alpha:Viettel\",\"time\":1795226700000,\"kind\":\"text\","
           "\"encoding\":\"gsm7\",\"text\":\"a\\nb\",\"concat\":{\"reference\":255,\"total\":2,\"sequence\":1}}"},
    {true, "{\"name\":\"report\",\"handle\":8,\"pdu\":\"00\",\"recipient\":\"1022\",\"time\":0,\"done_time\":1,\"reference\":255,\"status\":255}"},
    {true, "{\"name\":\"sent\",\"id\":3,\"reference\":255}"},
    {true, "{\"name\":\"failed\",\"id\":3,\"reason\":\"unassigned number\",\"code\":1,\"class\":\"permanent\"}"},
    {true, "{\"name\":\"unknown\",\"id\":3,\"reason\":\"no answer in 120 s\",\"code\":500}"},
    {true, "{\"name\":\"health\",\"signal\":31,\"registration\":5,\"slots_used\":0,\"slots_total\":50,\"operator\":\"VINAPHONE\",\"centre\":\"+"
           "84900000023\"}"},
    {true, "{\"name\":\"up\",\"ussd\":true}"},
    {false, "{\"name\":\"ussd\",\"id\":4,\"text\":\"*101#\",\"action\":\"start\"}"},
    {false, "{\"name\":\"ussd\",\"id\":5,\"action\":\"cancel\"}"},
    {true, "{\"name\":\"ussd_reply\",\"id\":4,\"text\":\"TKG: 4500d\",\"outcome\":\"asks\"}"},
    {true, "{\"name\":\"ussd_reply\",\"id\":5,\"reason\":\"no answer\",\"outcome\":\"timeout\"}"},
    {true, "{\"name\":\"call\",\"from\":\"+84912000001\"}"},
    {true, "{\"name\":\"call\"}"},
    {false, "{\"name\":\"probe\",\"node\":\"/dev/ttyUSB2\",\"baud\":9600}"},
    {true, "{\"name\":\"port\",\"node\":\"/dev/ttyUSB2\",\"place\":\"pci-0000:00:14.0-usb-0:1.2\",\"usb\":\"2c7c:0125\","
           "\"product\":\"Quectel EC25\",\"serial\":\"0000\",\"interface\":2,\"role\":\"at\",\"busy\":true}"},
    {true, "{\"name\":\"port\",\"node\":\"/dev/ttyS0\",\"role\":\"unknown\"}"},
    {true, "{\"name\":\"port_gone\",\"node\":\"/dev/ttyUSB2\"}"},
    {true, "{\"name\":\"ports\",\"count\":0}"},
    {true, "{\"name\":\"listening\"}"},
    {true, "{\"name\":\"knock\"}"},
    {true, "{\"name\":\"probed\",\"imei\":\"356938035643809\",\"node\":\"/dev/ttyUSB2\",\"answers\":true}"},
};

enum { SAMPLE_SMS = 14 };

static void test_wire_format(void **state) {
    (void)state;
    bool seen[PROTOCOL_NAME_COUNT] = {false};
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct protocol_message m;
        assert_int_equal(reading(samples[i].line, samples[i].from_worker, &m), ERR_OK);
        char *line = written(&m);
        assert_string_equal(line, samples[i].line);
        seen[m.name] = true;
        free(line);
        protocol_release(&m);
    }
    for (size_t i = 0; i < PROTOCOL_NAME_COUNT; i++)
        assert_true(seen[i]);
}

static void test_values(void **state) {
    (void)state;
    struct protocol_message m;
    assert_int_equal(reading(samples[SAMPLE_SMS].line, true, &m), ERR_OK);
    assert_int_equal(m.name, PROTOCOL_SMS);
    assert_int_equal(m.handle, 0);
    assert_int_equal(m.phone.kind, PHONE_ALPHANUMERIC);
    assert_string_equal(m.phone.text, "Viettel");
    assert_int_equal(m.time, INT64_C(1795226700000));
    assert_int_equal(m.kind, PROTOCOL_KIND_TEXT);
    assert_int_equal(m.encoding, SMS_GSM7);
    assert_string_equal(m.text, "a\nb");
    assert_int_equal(m.concat.reference, 255);
    assert_int_equal(m.concat.total, 2);
    assert_int_equal(m.concat.sequence, 1);
    assert_false(m.concat.wide);
    assert_int_equal(m.reference, -1); /* absent */
    assert_null(m.reason);
    protocol_release(&m);
}

static void test_words(void **state) {
    (void)state;
    for (int kind = PROTOCOL_KIND_TEXT; kind <= PROTOCOL_KIND_BROKEN; kind++)
        for (int encoding = SMS_GSM7; encoding <= SMS_UCS2; encoding++) {
            struct protocol_message m, back;
            protocol_init(&m, PROTOCOL_SMS);
            m.handle = 1;
            m.pdu = mem_string("00");
            m.kind = (enum protocol_kind)kind;
            m.encoding = (enum sms_encoding)encoding;
            back = there_and_back(&m, true);
            assert_int_equal(back.kind, kind);
            assert_int_equal(back.encoding, encoding);
            protocol_release(&back);
            protocol_release(&m);
        }
    for (int class = SMS_FAILURE_PERMANENT; class <= SMS_FAILURE_SIM; class ++) {
        struct protocol_message m, back;
        protocol_init(&m, PROTOCOL_FAILED);
        m.id = 1;
        m.class = (enum sms_failure) class;
        back = there_and_back(&m, true);
        assert_int_equal(back.class, class);
        assert_int_equal(back.code, -1);
        assert_string_equal(back.reason, "");
        protocol_release(&back);
    }
    for (int e = SMS_GSM7; e <= SMS_UCS2; e++) { /* one word for one thing in the whole program */
        char line[128];
        struct protocol_message m;
        snprintf(line, sizeof line, "{\"name\":\"send\",\"id\":1,\"to\":\"1022\",\"text\":\"\",\"encoding\":\"%s\"}",
                 sms_encoding_name((enum sms_encoding)e));
        assert_int_equal(reading(line, false, &m), ERR_OK);
        assert_int_equal(m.encoding, e);
        protocol_release(&m);
    }
}

/* A sender may call himself anything: he stays what he is. */
static void test_phones(void **state) {
    (void)state;
    static const struct phone phones[] = {
        {PHONE_NONE, ""},
        {PHONE_E164, "+84912000001"},
        {PHONE_E164, "+123456789012345"},
        {PHONE_SHORT, "195"},
        {PHONE_SHORT, "18001090"},
        {PHONE_ALPHANUMERIC, "+84912000001"},
        {PHONE_ALPHANUMERIC, "1022"},
        {PHONE_ALPHANUMERIC, "alpha:1022"},
        {PHONE_ALPHANUMERIC, "*101#"},
        {PHONE_ALPHANUMERIC, "\"\\\n"},
        {PHONE_ALPHANUMERIC, "ÆØÅ ΔΦΓΛΩ€"},
    };
    for (size_t i = 0; i < COUNT(phones); i++) {
        struct protocol_message m, back;
        protocol_init(&m, PROTOCOL_SMS);
        m.handle = 1;
        m.phone = phones[i];
        back = there_and_back(&m, true);
        assert_true(phone_equal(&back.phone, &phones[i]));
        protocol_release(&back);
    }
}

static void test_impossible_concat_is_not_written(void **state) {
    (void)state;
    struct protocol_message m, back;
    protocol_init(&m, PROTOCOL_SMS);
    m.handle = 1;
    m.concat = (struct sms_concat){.reference = 1, .total = 2, .sequence = 3};
    back = there_and_back(&m, true);
    assert_int_equal(back.concat.total, 0);
    protocol_release(&back);
}

/* Strings of every kind of bad octet, far too long, in every member: still one readable line within the limit. */
static void test_line_limit(void **state) {
    (void)state;
    static const char fillings[] = {'a', '\x01', '"', '\n', '\x7F', '\x80', '\xC3', '\xFF', '\xF4'};
    for (size_t i = 0; i < COUNT(fillings); i++)
        for (int name = 0; name < PROTOCOL_NAME_COUNT; name++) {
            struct protocol_message m, back;
            char **texts[] = {&m.driver, &m.line, &m.imei, &m.imsi, &m.iccid, &m.model, &m.family, &m.reason, &m.pdu, &m.text, &m.operator_name};
            protocol_init(&m, (enum protocol_name)name);
            for (size_t t = 0; t < COUNT(texts); t++) {
                *texts[t] = mem_alloc(20001);
                memset(*texts[t], fillings[i], 20000);
            }
            m.version = PROTOCOL_VERSION;
            m.id = m.handle = m.time = m.done_time = INT64_MAX;
            m.reference = m.status = m.signal = m.registration = 255;
            m.validity_seconds = m.code = m.slots_used = m.slots_total = INT32_MAX;
            m.phone = (struct phone){.kind = PHONE_ALPHANUMERIC};
            memset(m.phone.text, 'x', PHONE_TEXT_SIZE - 1);
            m.concat = (struct sms_concat){.reference = 65535, .total = 255, .sequence = 255, .wide = true};
            m.want_report = m.reject_duplicates = true;
            char *line = written(&m);
            assert_true(strlen(line) < PROTOCOL_LINE_MAX);
            assert_int_equal(reading(line, name >= PROTOCOL_UP, &back), ERR_OK);
            free(line);
            protocol_release(&back);
            protocol_release(&m);
        }
}

static void test_long_text_is_cut_between_characters(void **state) {
    (void)state;
    struct protocol_message m, back;
    protocol_init(&m, PROTOCOL_DOWN);
    m.reason = mem_alloc(1000);
    m.reason[0] = 'x';
    for (size_t i = 1; i + 2 < 1000; i += 2)
        memcpy(m.reason + i, "đ", 2);
    back = there_and_back(&m, true);
    assert_int_equal(strlen(back.reason), 511);
    protocol_release(&back);
    protocol_release(&m);
}

static const struct {
    bool from_worker;
    const char *line, *problem;
} refused[] = {
    {false, "", "line isn't JSON"},
    {false, "{", "line isn't JSON"},
    {false, "{\"name\":\"stop\"}x", "line isn't JSON"},
    {false, "{\"name\":\"stop\",\"name\":\"stop\"}", "line isn't JSON"},
    {false, "[]", "line has no name"},
    {false, "null", "line has no name"},
    {false, "7", "line has no name"},
    {false, "{}", "line has no name"},
    {false, "{\"name\":7}", "line has no name"},
    {false, "{\"name\":\"explode\"}", "line: explode isn't understood"},
    {false, "{\"name\":\"Stop\"}", "line: Stop isn't understood"},
    {false, "{\"name\":\"sent\",\"id\":1,\"reference\":1}", "line: sent isn't understood"}, /* the worker's word */
    {true, "{\"name\":\"stored\",\"handle\":1}", "line: stored isn't understood"}, /* the core's */
    {false, "{\"name\":\"hello\"}", "hello: version is missing"},
    {false, "{\"name\":\"hello\",\"version\":2}", "hello: version isn't the one spoken here"},
    {false, "{\"name\":\"hello\",\"version\":\"1\"}", "hello: version isn't a whole number in its range"},
    {false, "{\"name\":\"stored\"}", "stored: handle is missing"},
    {false, "{\"name\":\"stored\",\"handle\":null}", "stored: handle isn't a whole number in its range"},
    {false, "{\"name\":\"stored\",\"handle\":-1}", "stored: handle isn't a whole number in its range"},
    {false, "{\"name\":\"stored\",\"handle\":1.5}", "stored: handle isn't a whole number in its range"},
    {false, "{\"name\":\"stored\",\"handle\":1.0}", "stored: handle isn't a whole number in its range"},
    {false, "{\"name\":\"stored\",\"handle\":9223372036854775808}", "line isn't JSON"},
    {false, "{\"name\":\"stored\",\"handle\":true}", "stored: handle isn't a whole number in its range"},
    {false, "{\"name\":\"stored\",\"handle\":1,\"id\":1}", "stored: id isn't a member of this line"},
    {false, "{\"name\":\"stored\",\"handle\":1,\"\":1}", "stored:  isn't a member of this line"},
    {true, "{\"name\":\"down\",\"reason\":7}", "down: reason isn't a string"},
    {true, "{\"name\":\"down\",\"reason\":\"a\\u0000b\"}", "line isn't JSON"},
    {true, "{\"name\":\"down\",\"reason\":\"\\ud83d\"}", "line isn't JSON"},
    {true, "{\"name\":\"down\",\"reason\":\"\xFF\"}", "line isn't JSON"},
    {true, "{\"name\":\"sent\",\"id\":1,\"reference\":256}", "sent: reference isn't a whole number in its range"},
    {true, "{\"name\":\"failed\",\"id\":1,\"reason\":\"\",\"class\":\"bad\"}", "failed: class isn't one of its words"},
    {true, "{\"name\":\"failed\",\"id\":1,\"reason\":\"\",\"class\":1}", "failed: class isn't one of its words"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\"}", "sms: kind is missing"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"from\":\"0912000001\"}",
     "sms: from isn't +digits, a short code or alpha:sender"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"from\":\"\"}", "sms: from isn't +digits, a short code or alpha:sender"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"from\":\"alpha:\"}",
     "sms: from isn't +digits, a short code or alpha:sender"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"from\":\"+1234567890123456\"}",
     "sms: from isn't +digits, a short code or alpha:sender"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"from\":\"alpha:012345678901234567890123456789012345678901234567\"}",
     "sms: from isn't +digits, a short code or alpha:sender"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"to\":\"1022\"}", "sms: to isn't a member of this line"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"concat\":7}", "sms: concat isn't a concatenation"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"concat\":{}}", "sms: concat isn't a concatenation"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"concat\":{\"reference\":1,\"total\":2,\"sequence\":0}}",
     "sms: concat isn't a concatenation"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"concat\":{\"reference\":1,\"total\":2,\"sequence\":3}}",
     "sms: concat isn't a concatenation"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"concat\":{\"reference\":256,\"total\":2,\"sequence\":1}}",
     "sms: concat isn't a concatenation"},
    {true, "{\"name\":\"sms\",\"handle\":1,\"pdu\":\"\",\"kind\":\"text\",\"concat\":{\"reference\":1,\"total\":2,\"sequence\":1,\"x\":1}}",
     "sms: concat isn't a concatenation"},
    {false, "{\"name\":\"send\",\"id\":1,\"to\":\"1022\",\"encoding\":\"gsm7\",\"text\":\"x\",\"want_report\":1}",
     "send: want_report isn't true or false"},
    {false, "{\"name\":\"send\",\"id\":1,\"encoding\":\"gsm7\",\"text\":\"x\"}", "send: to is missing"},
};

static void test_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        struct protocol_message m = {.id = 4711};
        struct str problem;
        str_init(&problem, 256);
        assert_int_equal(protocol_read(refused[i].line, strlen(refused[i].line), refused[i].from_worker, &m, &problem), ERR_INVALID);
        assert_string_equal(problem.data, refused[i].problem);
        assert_int_equal(m.id, 4711); /* untouched */
        assert_int_equal(reading(refused[i].line, refused[i].from_worker, &m), ERR_INVALID); /* without asking why */
        str_release(&problem);
    }
}

/* Each prefix of each line is refused, and so is each line one octet too long for the limit. */
static void test_half_lines(void **state) {
    (void)state;
    struct protocol_message m;
    for (size_t i = 0; i < COUNT(samples); i++)
        for (size_t len = 0; len < strlen(samples[i].line); len++) {
            char *prefix = mem_copy(samples[i].line, len ? len : 1); /* of exactly that size */
            assert_int_equal(protocol_read(prefix, len, samples[i].from_worker, &m, NULL), ERR_INVALID);
            free(prefix);
        }
    char *blank = mem_alloc(PROTOCOL_LINE_MAX + 1);
    memset(blank, ' ', PROTOCOL_LINE_MAX);
    memcpy(blank, "{\"name\":\"stop\"}", 15);
    assert_int_equal(protocol_read(blank, PROTOCOL_LINE_MAX - 1, false, &m, NULL), ERR_OK);
    protocol_release(&m);
    assert_int_equal(protocol_read(blank, PROTOCOL_LINE_MAX, false, &m, NULL), ERR_INVALID);
    free(blank);
}

static void test_names(void **state) {
    (void)state;
    assert_string_equal(protocol_name(PROTOCOL_SEND), "send");
    assert_string_equal(protocol_name(PROTOCOL_HEALTH), "health");
    assert_string_equal(protocol_name(PROTOCOL_NAME_COUNT), "?");
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_SEND);
    m.id = 1;
    m.phone = citizen;
    m.text = mem_string("x");
    protocol_release(&m);
    assert_null(m.text);
    protocol_release(&m); /* twice does no harm */
}

/* 3GPP TS 27.007 §7.2, all that it names. */
static void test_registered(void **state) {
    static const bool in_a_network[] = {[0] = false, [1] = true, [2] = false, [3] = false, [4] = false, [5] = true,
                                        [6] = true,  [7] = true, [8] = false, [9] = true,  [10] = true, [11] = false};
    (void)state;
    for (int stat = 0; stat < (int)(sizeof in_a_network); stat++)
        assert_int_equal(protocol_registered(stat), in_a_network[stat]);
    assert_false(protocol_registered(-1));
    assert_false(protocol_registered(255));
    assert_false(protocol_registered(INT64_MIN));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wire_format),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_phones),
        cmocka_unit_test(test_impossible_concat_is_not_written),
        cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_long_text_is_cut_between_characters),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_half_lines),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
