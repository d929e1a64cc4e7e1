/* The parsers of modem replies, fed with the spellings of many modems and with nonsense. */
#include "modem/at_reply.h"
#include "modem/cms_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_final(void **state) {
    static const struct {
        const char *line;
        bool final;
        enum at_result result;
        int code;
    } rows[] = {
        {"OK", true, AT_RESULT_OK, -1},
        {"ERROR", true, AT_RESULT_ERROR, -1},
        {"COMMAND NOT SUPPORT", true, AT_RESULT_ERROR, -1},
        {"+CMS ERROR: 331", true, AT_RESULT_CMS, 331},
        {"+CMS ERROR:500", true, AT_RESULT_CMS, 500},
        {"+CMS ERROR: memory full", true, AT_RESULT_CMS, 322},
        {"+CMS ERROR: Network timeout", true, AT_RESULT_CMS, 332},
        {"+CMS ERROR: something odd", true, AT_RESULT_CMS, -1},
        {"+CMS ERROR: 99999999999999", true, AT_RESULT_CMS, -1},
        {"+CMS ERROR: 12x", true, AT_RESULT_CMS, -1},
        {"+CMS ERROR:", true, AT_RESULT_CMS, -1},
        {"+CME ERROR: 10", true, AT_RESULT_CME, 10},
        {"+CME ERROR: SIM not inserted", true, AT_RESULT_CME, 10},
        {"OKAY", false, 0, 0},
        {"OK ", false, 0, 0},
        {"ok", false, 0, 0},
        {"NO CARRIER", false, 0, 0},
        {"BUSY", false, 0, 0},
        {"+CSQ: 1,99", false, 0, 0},
        {"", false, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum at_result result = AT_RESULT_CLOSED;
        int code = -7;
        assert_int_equal(at_parse_final(rows[i].line, &result, &code), rows[i].final);
        if (rows[i].final) {
            assert_int_equal(result, rows[i].result);
            assert_int_equal(code, rows[i].code);
        }
    }
}

static void test_fields(void **state) {
    struct at_fields f;
    (void)state;
    assert_true(at_parse_fields("+CREG:002, 001 ,\"18d8\",\"ff,ff\",", "+CREG:", &f));
    assert_int_equal(f.count, 5);
    assert_string_equal(f.field[0], "002");
    assert_string_equal(f.field[1], "001");
    assert_string_equal(f.field[2], "18d8");
    assert_string_equal(f.field[3], "ff,ff");
    assert_string_equal(f.field[4], "");
    assert_true(at_parse_fields("+CMGS : 7", "+CMGS:", &f));
    assert_string_equal(f.field[0], "7");
    assert_false(at_parse_fields("+CMGSX: 7", "+CMGS:", &f));
    assert_false(at_parse_fields("+CMG", "+CMGS:", &f));
    assert_true(at_parse_fields("+X: ,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", "+X:", &f));
    assert_int_equal(f.count, AT_FIELDS_MAX);
}

static void test_unsolicited(void **state) {
    static const struct {
        const char *line;
        struct at_unsolicited expected;
    } rows[] = {
        {"+CMTI: \"SM\",7", {AT_URC_STORED, AT_MEMORY_SM, 7, -1}},
        {"+CMTI: \"SM\",0", {AT_URC_STORED, AT_MEMORY_SM, 0, -1}},
        {"+CMTI:\"ME\", 12", {AT_URC_STORED, AT_MEMORY_ME, 12, -1}},
        {"+CMTI: MT,3", {AT_URC_STORED, AT_MEMORY_MT, 3, -1}},
        {"+CMTI: \"XX\",3", {AT_URC_STORED, AT_MEMORY_NONE, 3, -1}},
        {"+CMTI: \"SM\",-1", {AT_URC_STORED, AT_MEMORY_SM, -1, -1}},
        {"+CMTI: \"SM\"", {AT_URC_STORED, AT_MEMORY_NONE, -1, -1}},
        {"+CMTI:", {AT_URC_STORED, AT_MEMORY_NONE, -1, -1}},
        {"+CDSI: \"SR\",1", {AT_URC_REPORT_STORED, AT_MEMORY_SR, 1, -1}},
        {"+CMT: ,25", {AT_URC_MESSAGE, AT_MEMORY_NONE, -1, 25}},
        {"+CMT: \"Anna, the first\",25", {AT_URC_MESSAGE, AT_MEMORY_NONE, -1, 25}},
        {"+CMT: 25", {AT_URC_MESSAGE, AT_MEMORY_NONE, -1, 25}},
        {"+CDS: 25", {AT_URC_REPORT, AT_MEMORY_NONE, -1, 25}},
        {"+CDS: ,25", {AT_URC_REPORT, AT_MEMORY_NONE, -1, 25}},
        {"+CBM: 88", {AT_URC_BROADCAST, AT_MEMORY_NONE, -1, 88}},
        {"RDY", {AT_URC_RESTARTED, AT_MEMORY_NONE, -1, -1}},
        {"SMS Ready", {AT_URC_RESTARTED, AT_MEMORY_NONE, -1, -1}},
        {"+CPIN: NOT READY", {AT_URC_SIM_GONE, AT_MEMORY_NONE, -1, -1}},
        {"^SMMEMFULL: \"SM\"", {AT_URC_FULL, AT_MEMORY_NONE, -1, -1}},
        {"OVER-VOLTAGE WARNNING", {AT_URC_OTHER, AT_MEMORY_NONE, -1, -1}},
        {"^BOOT:27710117,0,0,0,75", {AT_URC_OTHER, AT_MEMORY_NONE, -1, -1}},
        {"*PSUTTZ: 26,11,21", {AT_URC_OTHER, AT_MEMORY_NONE, -1, -1}},
        {"+ZUSIMR:2", {AT_URC_OTHER, AT_MEMORY_NONE, -1, -1}},
        {"RING", {AT_URC_RING, AT_MEMORY_NONE, -1, -1}},
        {"+CRING: VOICE", {AT_URC_RING, AT_MEMORY_NONE, -1, -1}},
        {"+CLIP: \"\",128", {AT_URC_CALLER, AT_MEMORY_NONE, -1, -1}},
        {"+CUSD: 4", {AT_URC_USSD, AT_MEMORY_NONE, -1, -1}},
        {"NO CARRIER", {AT_URC_OTHER, AT_MEMORY_NONE, -1, -1}},
        {"Quectel_M35", {AT_URC_NONE, AT_MEMORY_NONE, -1, -1}},
        {"862177040000017", {AT_URC_NONE, AT_MEMORY_NONE, -1, -1}},
        {"", {AT_URC_NONE, AT_MEMORY_NONE, -1, -1}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct at_unsolicited u = at_parse_unsolicited(rows[i].line);
        assert_int_equal(u.urc, rows[i].expected.urc);
        assert_int_equal(u.memory, rows[i].expected.memory);
        assert_int_equal(u.index, rows[i].expected.index);
        assert_int_equal(u.length, rows[i].expected.length);
    }
}

static void test_caller(void **state) {
    static const struct {
        const char *line, *number;
    } rows[] = {
        {"+CLIP: \"+84987654321\",145,\"\",0,\"\",0", "+84987654321"},
        {"+CLIP: \"84987654321\",145", "+84987654321"}, /* the type says what the sign would */
        {"+CLIP: \"0987654321\",129", "0987654321"},
        {"+CLIP:\"0987654321\"", "0987654321"},
        {"+CLIP: \"\",128,,,,1", ""}, /* withheld */
        {"+CLIP: \"002B00380034003900310032\",145", "+84912"}, /* AT+CSCS="UCS2" */
    };
    char number[24];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(at_parse_caller(rows[i].line, number, sizeof number));
        assert_string_equal(number, rows[i].number);
    }
    assert_false(at_parse_caller("+CLIP: \"Anna\",208", number, sizeof number));
    assert_false(at_parse_caller("+CLIP: \"123456789012345678901234\",129", number, sizeof number));
    assert_false(at_parse_caller("RING", number, sizeof number));
}

static void test_memories(void **state) {
    enum { SM = 1 << AT_MEMORY_SM, ME = 1 << AT_MEMORY_ME, MT = 1 << AT_MEMORY_MT, SR = 1 << AT_MEMORY_SR };
    static const struct {
        const char *line;
        unsigned read, write, arrive;
    } rows[] = {
        {"+CPMS: (\"SM\",\"ME\",\"SR\"),(\"SM\",\"ME\"),(\"SM\")", SM | ME | SR, SM | ME, SM},
        {"+CPMS: (\"ME\",\"MT\",\"SM\",\"SR\"),(\"ME\",\"MT\",\"SM\",\"SR\"),(\"ME\",\"MT\",\"SM\",\"SR\")", SM | ME | MT | SR, SM | ME | MT | SR,
         SM | ME | MT | SR},
        {"+CPMS: (ME\", \"SR\"), (\"ME\", \"SR\"), (\"ME\")", ME | SR, ME | SR, ME},
        {"+CPMS: \"SM\",\"SM\",\"SM\"", SM, SM, SM},
        {"+CPMS: \"ME\",\"MT\",\"SM\"", SM | ME | MT, SM | ME | MT, SM | ME | MT},
        {"+CPMS: (\"SM\",\"SM_P\",\"BM\")", SM, SM, SM},
        {"+CPMS: (\"SM\"),(\"ME\"", SM, ME, ME},
        {"+CPMS: ((\"SM\",\"ME\"),(\"SM\"))", SM | ME, SM, SM},
    };
    struct at_memories m;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(at_parse_memories(rows[i].line, &m));
        assert_int_equal(m.read, rows[i].read);
        assert_int_equal(m.write, rows[i].write);
        assert_int_equal(m.arrive, rows[i].arrive);
    }
    assert_false(at_parse_memories("+CPMS: ", &m));
    assert_false(at_parse_memories("+CPMS: ()", &m));
    assert_false(at_parse_memories("+CPMS: (\"XX\")", &m));
    assert_false(at_parse_memories("OK", &m));
}

static void test_usage(void **state) {
    struct at_usage u;
    (void)state;
    assert_true(at_parse_usage("+CPMS: \"SM\",1,10,\"SM\",2,10,\"ME\",3,255", &u));
    assert_int_equal(u.memory, AT_MEMORY_ME);
    assert_int_equal(u.used, 3);
    assert_int_equal(u.total, 255);
    assert_true(at_parse_usage("+CPMS: \"SM\",4,10", &u)); /* one argument */
    assert_int_equal(u.used, 4);
    assert_true(at_parse_usage("+CPMS: \"XX\",4,10", &u));
    assert_int_equal(u.memory, AT_MEMORY_NONE);
    assert_false(at_parse_usage("+CPMS: \"SM\"", &u));
    assert_false(at_parse_usage("+CPMS: \"SM\",-1,10", &u));
    assert_false(at_parse_usage("+CPMS:", &u));
}

static void test_entries(void **state) {
    int index = -9, stat = -9, length = -9;
    (void)state;
    assert_true(at_parse_list_entry("+CMGL: 3,1,,25", &index, &stat, &length));
    assert_true(index == 3 && stat == 1 && length == 25);
    assert_true(at_parse_list_entry("+CMGL: 0,0,\"Anna\",25", &index, &stat, &length));
    assert_true(index == 0 && stat == 0 && length == 25);
    assert_true(at_parse_list_entry("+CMGL:12,3", &index, &stat, &length));
    assert_true(index == 12 && stat == 3 && length == -1);
    assert_false(at_parse_list_entry("+CMGL: 3,\"REC READ\",\"+84\"", &index, &stat, &length)); /* text mode */
    assert_false(at_parse_list_entry("+CMGL: -3,1,,25", &index, &stat, &length));
    assert_true(at_parse_read_entry("+CMGR: 1,,159", &stat, &length));
    assert_true(stat == 1 && length == 159);
    assert_true(at_parse_read_entry("+CMGR: 0,", &stat, &length));
    assert_int_equal(length, -1);
    assert_false(at_parse_read_entry("+CMGR: \"REC READ\",\"+84\"", &stat, &length));
}

static void test_reference(void **state) {
    int mr = -1;
    (void)state;
    assert_true(at_parse_reference("+CMGS: 0", &mr) && mr == 0);
    assert_true(at_parse_reference("+CMGS: 255", &mr) && mr == 255);
    assert_true(at_parse_reference("+CMGS:7", &mr) && mr == 7);
    assert_true(at_parse_reference("+CMGS:7,\"24/01/01,10:00:00+28\"", &mr) && mr == 7);
    mr = -1;
    assert_false(at_parse_reference("+CMGS: 256", &mr));
    assert_false(at_parse_reference("+CMGS: ", &mr));
    assert_false(at_parse_reference("+CMGS: 1x", &mr));
    assert_false(at_parse_reference("+CMGW: 1", &mr));
    assert_int_equal(mr, -1);
}

static void test_registration(void **state) {
    static const struct {
        const char *line;
        int stat;
    } rows[] = {
        {"+CREG: 0,1", 1},
        {"+CREG: 2,1,\"8BE3\",\"00002BAF\"", 1},
        {"+CREG: 1,8BE3,2BAF", 1},
        {"+CREG:002,001,\"18d8\",\"ffff\"", 1},
        {"+CREG: 2,,", 2},
        {"+CREG: 2,1,000B,2816, B, C2816", 1},
        {"+CREG: 2,1,\"0B,\"0100701\"", 1},
        {"+CREG: 5", 5},
        {"+CREG: 5,\"1A2B\",\"01C0FFEE\",7", 5},
        {"+CREG: 0,0", 0},
    };
    int stat = -1;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(at_parse_registration(rows[i].line, "+CREG:", &stat));
        assert_int_equal(stat, rows[i].stat);
    }
    assert_false(at_parse_registration("+CREG:", "+CREG:", &stat));
    assert_false(at_parse_registration("+CEREG: 0,1", "+CREG:", &stat));
}

static void test_values(void **state) {
    char text[24];
    int n = -1;
    (void)state;
    assert_true(at_parse_signal("+CSQ: 23,99", &n) && n == 23);
    assert_true(at_parse_signal("+CSQ:99,99", &n) && n == 99);
    assert_false(at_parse_signal("+CSQ: x", &n));
    assert_true(at_parse_operator("+COPS: 0,0,\"Viettel\",7", text, sizeof text));
    assert_string_equal(text, "Viettel");
    assert_false(at_parse_operator("+COPS: 0", text, sizeof text));
    assert_false(at_parse_operator("+COPS: 0,0,\"a name that is too long for it\"", text, sizeof text));
    assert_true(at_parse_word("+CPIN: SIM PIN", "+CPIN:", text, sizeof text));
    assert_string_equal(text, "SIM PIN");
    assert_true(at_parse_number("+CSMS: 1,1,1,1", "+CSMS:", &n) && n == 1);
    assert_true(at_parse_digits("862177040000017", 14, text, sizeof text));
    assert_true(at_parse_digits("+CGSN: \"862177040000018\"", 14, text, sizeof text));
    assert_string_equal(text, "862177040000018");
    assert_false(at_parse_digits("8621", 14, text, sizeof text));
    assert_false(at_parse_digits("86217704000001A", 14, text, sizeof text));
    assert_false(at_parse_digits("8621770400000171234567890", 14, text, sizeof text));
    assert_true(at_parse_iccid("+CCID: 8984040000000000017F", text, sizeof text));
    assert_string_equal(text, "8984040000000000017");
    assert_true(at_parse_iccid("^ICCID: \"89840400000000000171\"", text, sizeof text));
    assert_true(at_parse_iccid("89840400000000000171", text, sizeof text));
    assert_false(at_parse_iccid("+CCID: 89840400", text, sizeof text));
    assert_false(at_parse_iccid("+CCID: 898404000000000001712345", text, sizeof text));
}

static void test_error_classes(void **state) {
    static const struct {
        int code;
        enum sms_failure class;
        bool certain;
    } rows[] = {
        {1, SMS_FAILURE_PERMANENT, true},    {8, SMS_FAILURE_PERMANENT, true},    {21, SMS_FAILURE_OTHER_SIM, true},
        {28, SMS_FAILURE_PERMANENT, true},   {38, SMS_FAILURE_TEMPORARY, true},   {41, SMS_FAILURE_TEMPORARY, true},
        {127, SMS_FAILURE_OTHER_SIM, true},  {150, SMS_FAILURE_PERMANENT, true},  {192, SMS_FAILURE_TEMPORARY, true},
        {195, SMS_FAILURE_PERMANENT, true},  {255, SMS_FAILURE_TEMPORARY, true},  {304, SMS_FAILURE_PERMANENT, true},
        {310, SMS_FAILURE_SIM, true},        {330, SMS_FAILURE_SIM, true},        {331, SMS_FAILURE_TEMPORARY, true},
        {332, SMS_FAILURE_TEMPORARY, true},  {500, SMS_FAILURE_TEMPORARY, false}, {512, SMS_FAILURE_TEMPORARY, false},
        {513, SMS_FAILURE_TEMPORARY, false}, {515, SMS_FAILURE_TEMPORARY, false}, {9999, SMS_FAILURE_TEMPORARY, false},
        {-1, SMS_FAILURE_TEMPORARY, false},  {0, SMS_FAILURE_TEMPORARY, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(cms_error_find(rows[i].code)->class, rows[i].class);
        assert_int_equal(cms_error_find(rows[i].code)->certain, rows[i].certain);
    }
    assert_int_equal(cme_error_find(10)->class, SMS_FAILURE_SIM);
    assert_false(cme_error_find(100)->certain);
    assert_false(cme_error_find(4711)->certain);
    for (int code = 1; code < 600; code++) /* every single code is found again by its words */
        if (cms_error_find(code)->first == code && cms_error_find(code)->last == code && code != 211)
            assert_int_equal(cms_error_code(cms_error_find(code)->text), code);
}

/* No octets make a parser read beyond them or loop; the sanitizers watch. */
static void test_nonsense(void **state) {
    static const char *const starts[] = {"+CPMS:", "+CREG:", "+CMTI:", "+CMT:", "+CMGL:", "+CMGR:", "+CMGS:", "+COPS:", "+CMS ERROR:", "", "+", "\""};
    static const char alphabet[] = "\"(),: 09AFxME+\x80\xff";
    unsigned seed = 4711;
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char line[80], out[8];
        int a, b, c;
        enum at_result result;
        struct at_memories memories;
        struct at_usage usage;
        const char *start = starts[(unsigned)round % COUNT(starts)];
        size_t len = strlen(start);
        memcpy(line, start, len);
        while (len < 30 + (unsigned)round % 40) {
            seed = seed * 1103515245 + 12345;
            line[len++] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        line[len] = '\0';
        char *exact = malloc(len + 1);
        memcpy(exact, line, len + 1);
        at_parse_final(exact, &result, &a);
        struct at_unsolicited u = at_parse_unsolicited(exact);
        assert_true(u.index >= -1 && u.index <= INT16_MAX);
        at_parse_memories(exact, &memories);
        if (at_parse_usage(exact, &usage))
            assert_true(usage.used >= 0 && usage.total >= 0);
        at_parse_list_entry(exact, &a, &b, &c);
        at_parse_read_entry(exact, &b, &c);
        if (at_parse_reference(exact, &a))
            assert_in_range(a, 0, 255);
        at_parse_registration(exact, "+CREG:", &a);
        at_parse_operator(exact, out, sizeof out);
        at_parse_digits(exact, 3, out, sizeof out);
        at_parse_iccid(exact, out, sizeof out);
        at_is_hex(exact);
        free(exact);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_final),        cmocka_unit_test(test_fields), cmocka_unit_test(test_unsolicited),   cmocka_unit_test(test_caller),
        cmocka_unit_test(test_memories),     cmocka_unit_test(test_usage),  cmocka_unit_test(test_entries),       cmocka_unit_test(test_reference),
        cmocka_unit_test(test_registration), cmocka_unit_test(test_values), cmocka_unit_test(test_error_classes), cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
