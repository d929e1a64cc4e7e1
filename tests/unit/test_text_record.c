/* Messages of text mode as records and back: every form of header, and senders that want to be taken for somebody else. */
#include "modem/text_record.h"

#include "modem/at_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define SENDER "\"002B00380034003900310032003000300030003000300031\"" /* +84912000001 */
#define TIME "\"26/11/21,09:05:00+28\""

static void test_made_and_read(void **state) {
    static const struct {
        const char *header, *data, *record, *phone;
        enum phone_kind kind;
        const char *text; /* NULL: in the octets */
        const char *octets_say;
    } rows[] = {
        {"+CMGR: \"REC UNREAD\"," SENDER ",," TIME ",145,4,0,0,\"\",129,4", "005000410020004400FC",
         "TEXT: 145,4,0,0,\"26/11/21,09:05:00+28\",\"+84912000001\"\nPA Dü", "+84912000001", PHONE_E164, "PA Dü", ""},
        /* numbers as they stand, the state in UCS-2, no service centre */
        {"+CMGR: \"00520045004300200052004500410044\",\"0912000001\",," TIME ",129,4,0,0", "",
         "TEXT: 129,4,0,0,\"26/11/21,09:05:00+28\",\"0912000001\"\n", "+84912000001", PHONE_E164, "", ""},
        /* 1022 in UCS-2 is digits only */
        {"+CMGR: \"REC READ\",\"0031003000320032\",\"\"," TIME ",129,4,0,8,,,4", "1EA1000A",
         "TEXT: 129,4,0,8,\"26/11/21,09:05:00+28\",\"1022\"\n1EA1000A", "1022", PHONE_SHORT, NULL, "ạ\n"},
        /* who calls himself a number isn't that number */
        {"+CMGR: \"REC READ\",\"+84912000001\",," TIME ",208,4,0,0,,,1", "0041", "TEXT: 208,4,0,0,\"26/11/21,09:05:00+28\",\"+84912000001\"\nA",
         "+84912000001", PHONE_ALPHANUMERIC, "A", ""},
        {"+CMGR: \"REC READ\",\"Vie,\\\"tel\",," TIME ",208,4,0,0,,,1", "0041", NULL, NULL, PHONE_NONE, NULL, NULL}, /* a quote too many */
        /* part 2 of 2 in septets: octets with their header */
        {"+CMGR: \"REC READ\"," SENDER ",," TIME ",145,68,0,0,,,3", "050003420202C46130",
         "TEXT: 145,68,0,0,\"26/11/21,09:05:00+28\",\"+84912000001\"\n050003420202C46130", "+84912000001", PHONE_E164, NULL, "ba"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char record[AT_LINE_MAX + 1];
        struct tpdu t;
        const char *text;
        enum text_record made = text_record_make(rows[i].header, "+CMGR:", rows[i].data, record, sizeof record);
        if (!rows[i].record) {
            assert_int_equal(made, TEXT_RECORD_ODD);
            continue;
        }
        assert_int_equal(made, TEXT_RECORD_MADE);
        assert_string_equal(record, rows[i].record);
        assert_true(text_record_is(record));
        assert_true(text_record_read(record, &t, &text));
        assert_int_equal(t.address.phone.kind, rows[i].kind);
        assert_string_equal(t.address.phone.text, rows[i].phone);
        assert_true(t.time == INT64_C(1795226700000));
        if (rows[i].text) {
            assert_string_equal(text, rows[i].text);
            continue;
        }
        struct str said;
        str_init(&said, 1024);
        tpdu_text(&t, &said);
        assert_null(text);
        assert_memory_equal(said.data, rows[i].octets_say, strlen(rows[i].octets_say));
        str_release(&said);
    }
}

static void test_directly_shown(void **state) {
    char record[AT_LINE_MAX + 1], stored[AT_LINE_MAX + 1];
    (void)state;
    assert_int_equal(text_record_make("+CMT: " SENDER ",," TIME ",145,4,0,0,,,1", "+CMT:", "0041", record, sizeof record), TEXT_RECORD_MADE);
    assert_int_equal(text_record_make("+CMGR: \"REC READ\"," SENDER ",\"Ba\"," TIME ",145,4,0,0,,,1", "+CMGR:", "0041", stored, sizeof stored),
                     TEXT_RECORD_MADE);
    assert_string_equal(record, stored); /* one message, one record */
}

static void test_what_is_none(void **state) {
    static const struct {
        const char *header, *data;
        enum text_record is;
    } rows[] = {
        {"+CMGR: \"STO UNSENT\",\"0912000001\",", "0041", TEXT_RECORD_OWN},
        {"+CMGR: \"00530054004F002000530045004E0054\",\"0912000001\",", "0041", TEXT_RECORD_OWN},
        {"+CMGR: 0,,25", "0791", TEXT_RECORD_ODD}, /* the PDU mode is back */
        {"+CMGR: \"REC READ\"," SENDER ",," TIME, "0041", TEXT_RECORD_ODD}, /* AT+CSDH=0: nobody says whether that is a number */
        {"+CMGR: \"REC READ\",6,17,\"+84912000001\",145," TIME "," TIME ",0", "", TEXT_RECORD_ODD}, /* a delivery report */
        {"+CMGR: \"REC READ\"," SENDER ",," TIME ",145,4,0,0,,,1", "PA Duong", TEXT_RECORD_ODD}, /* the character set isn't ours */
        {"+CMGR: \"REC READ\"," SENDER ",," TIME ",145,4,0,0,,,1", "00410", TEXT_RECORD_ODD},
        {"+CMGR: \"REC READ\"," SENDER ",," TIME ",145,4,0,0,,,1", "004100", TEXT_RECORD_ODD},
        {"+CMGR: \"REC READ\"," SENDER ",," TIME ",145,4,0,256,,,1", "0041", TEXT_RECORD_ODD},
        {"+CMGR: \"REC READ\"," SENDER ",," TIME ",-1,4,0,0,,,1", "0041", TEXT_RECORD_ODD},
        {"OK", "", TEXT_RECORD_ODD},
        {"", "", TEXT_RECORD_ODD},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char record[AT_LINE_MAX + 1];
        assert_int_equal(text_record_make(rows[i].header, "+CMGR:", rows[i].data, record, sizeof record), rows[i].is);
    }
}

/* Time that is none costs the time alone; a header that lies about the octets costs the message. */
static void test_read_strictly(void **state) {
    static const struct {
        const char *record;
        bool good;
        int64_t time;
    } rows[] = {
        {"TEXT: 145,4,0,0,\"26/13/45,09:05:00+28\",\"+84912000001\"\nA", true, -1},
        {"TEXT: 145,4,0,0,\"/\",\"+84912000001\"\nA", true, -1},
        {"TEXT: 145,4,0,0,\"26/11/21,09:05:00-08\",\"\"\nA", true, INT64_C(1795259100000)},
        {"TEXT: 145,68,0,0,\"26/11/21,09:05:00+28\",\"+84912000001\"\n400003420202", false, 0}, /* a header longer than the data */
        {"TEXT: 145,4,0,8,\"26/11/21,09:05:00+28\",\"+84912000001\"\nxyz", false, 0},
        {"TEXT: 145,4,0,8,\"26/11/21,09:05:00+28\",\"+84912000001\"", false, 0},
        {"TEXT: 145,4,0,\"26/11/21,09:05:00+28\",\"+84912000001\"\nA", false, 0},
        {"TEXT:", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct tpdu t;
        const char *text;
        assert_int_equal(text_record_read(rows[i].record, &t, &text), rows[i].good);
        if (rows[i].good)
            assert_true(t.time == rows[i].time);
    }
}

/* Each prefix of a record, and each longer data than a message has, gives a value or none. */
static void test_prefixes_and_lengths(void **state) {
    static const char whole[] = "TEXT: 145,68,0,0,\"26/11/21,09:05:00+28\",\"+84912000001\"\n050003420202C46130";
    char cut[sizeof whole], data[AT_LINE_MAX + 1], record[AT_LINE_MAX + 1];
    struct tpdu t;
    const char *text;
    (void)state;
    for (size_t len = 0; len < sizeof whole; len++) {
        snprintf(cut, len + 1, "%s", whole);
        char *exact = strdup(cut); /* a sanitizer sees one octet more */
        (void)text_record_read(exact, &t, &text);
        free(exact);
    }
    for (size_t len = 0; len < AT_LINE_MAX; len += 4) {
        for (size_t i = 0; i < len; i += 4)
            memcpy(data + i, "0041", 4);
        data[len] = '\0';
        assert_int_equal(text_record_make("+CMGR: \"REC READ\"," SENDER ",," TIME ",145,4,0,0,,,1", "+CMGR:", data, record, sizeof record),
                         TEXT_RECORD_MADE);
        assert_true(text_record_read(record, &t, &text));
        assert_int_equal(strlen(text), len / 4);
        bool fits =
            text_record_make("+CMGR: \"REC READ\"," SENDER ",," TIME ",145,4,0,8,,,1", "+CMGR:", data, record, sizeof record) == TEXT_RECORD_MADE;
        assert_int_equal(fits && text_record_read(record, &t, &text), len <= 280);
    }
    assert_int_equal(text_record_make("+CMT: \"1022\",," TIME ",129,4,0,0,,,1", "+CMT:", "00410042", record, 40), TEXT_RECORD_ODD); /* no room */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_and_read), cmocka_unit_test(test_directly_shown),       cmocka_unit_test(test_what_is_none),
        cmocka_unit_test(test_read_strictly), cmocka_unit_test(test_prefixes_and_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
