/* Whose a number is: every range of the plan, ported numbers, what SIMs and networks say, and files with mistakes. */
#include "smsc/operators.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char *of(const struct operators *o, const char *number) {
    struct phone phone;
    assert_int_equal(phone_parse(number, &phone), ERR_OK);
    return carrier_name(operators_of(o, &phone));
}

/* The ranges as people know them, written out a second time by operator. */
static const struct {
    const char *name, *prefixes;
} ranges[] = {
    {"Viettel", "086 096 097 098 032 033 034 035 036 037 038 039"},
    {"VinaPhone", "088 091 094 081 082 083 084 085"},
    {"MobiFone", "089 090 093 070 076 077 078 079"},
    {"Vietnamobile", "092 052 056 058"},
    {"Gmobile", "099 059"},
    {"iTelecom", "087"},
    {"Wintel", "055"},
};

static void every_range_of_three_digits(void **state) {
    (void)state;
    for (int n = 0; n < 100; n++) {
        char number[16], prefix[8];
        const char *expected = "";
        snprintf(prefix, sizeof prefix, "0%02d", n);
        snprintf(number, sizeof number, "%s1234567", prefix);
        for (size_t i = 0; i < COUNT(ranges); i++)
            if (strstr(ranges[i].prefixes, prefix))
                expected = ranges[i].name;
        struct phone phone;
        if (phone_parse(number, &phone) == ERR_OK && phone.kind == PHONE_E164 && strncmp(phone.text, "+84", 3) == 0)
            assert_string_equal(of(NULL, number), expected);
        else
            assert_string_equal(expected, "");
    }
}

static void what_has_no_operator(void **state) {
    (void)state;
    static const char *const numbers[] = {"1022", "9029", "02437123456", "+4917012345678", "+85512345678", "Viettel"};
    for (size_t i = 0; i < COUNT(numbers); i++)
        assert_string_equal(of(NULL, numbers[i]), "");
    assert_int_equal(operators_of(NULL, &(struct phone){.kind = PHONE_NONE}), CARRIER_UNKNOWN);
    assert_int_equal(operators_of(NULL, &(struct phone){.kind = PHONE_E164, .text = "+84"}), CARRIER_UNKNOWN);
    assert_int_equal(operators_of(NULL, &(struct phone){.kind = PHONE_ALPHANUMERIC, .text = "+84912000001"}), CARRIER_UNKNOWN);
}

static void sims_and_networks(void **state) {
    (void)state;
    static const struct {
        const char *imsi, *network;
        enum carrier carrier;
    } rows[] = {
        {"452040000000017", "VIETTEL", CARRIER_VIETTEL},
        {"452060000000017", "Viettel Telecom", CARRIER_VIETTEL},
        {"452020000000017", "VN VINAPHONE", CARRIER_VINAPHONE},
        {"452010000000017", "Mobifone", CARRIER_MOBIFONE},
        {"452050000000017", "VIETNAMOBILE", CARRIER_VIETNAMOBILE},
        {"452070000000017", "Beeline VN", CARRIER_GMOBILE},
        {"452080000000017", "ITel", CARRIER_ITELECOM},
        {"452090000000017", "REDDI", CARRIER_WINTEL},
        {"452990000000017", "VIRTUAL MOBILE", CARRIER_UNKNOWN},
        {"262010000000017", "26201", CARRIER_UNKNOWN},
        {"4520", "", CARRIER_UNKNOWN},
        {"", "", CARRIER_UNKNOWN},
        {NULL, NULL, CARRIER_UNKNOWN},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(carrier_of_imsi(rows[i].imsi), rows[i].carrier);
        assert_int_equal(carrier_of_network(rows[i].network), rows[i].carrier);
    }
    assert_int_equal(carrier_of_network("45204"), CARRIER_VIETTEL); /* AT+COPS=3,2 */
}

static enum err parse(const char *json, struct str *problems, struct operators **ret_operators) {
    str_clear(problems);
    return operators_parse(json, "f", problems, ret_operators);
}

static void a_file_changes_the_plan(void **state) {
    (void)state;
    struct str problems;
    struct operators *o;
    str_init(&problems, 65536);
    assert_int_equal(parse("{\"prefixes\": {\"0777\": \"Vietnamobile\", \"091\": \"viettel\", \"060\": \"Gmobile\"},\n"
                           " \"ported\": {\"MobiFone\": [\"0981000001\", \"+84777000002\"]}}",
                           &problems, &o),
                     ERR_OK);
    assert_string_equal(of(o, "0777000001"), "Vietnamobile"); /* the longest fits */
    assert_string_equal(of(o, "0776000001"), "MobiFone");
    assert_string_equal(of(o, "0912000001"), "Viettel"); /* the file's before the program's */
    assert_string_equal(of(o, "0601234567"), "Gmobile");
    assert_string_equal(of(o, "0981000001"), "MobiFone"); /* ported before all prefixes */
    assert_string_equal(of(o, "0777000002"), "MobiFone");
    assert_string_equal(of(o, "0981000002"), "Viettel");
    assert_int_equal(operators_ported(o), 2);
    operators_free(o);
    assert_int_equal(parse("{}", &problems, &o), ERR_OK);
    assert_string_equal(of(o, "0981000001"), "Viettel");
    operators_free(o);
    operators_free(NULL);
    str_release(&problems);
}

static void mistakes_in_a_file(void **state) {
    (void)state;
    static const struct {
        const char *json, *problem;
    } rows[] = {
        {"", "f"},
        {"[]", "f:1: an object is allowed"},
        {"{\n\"ported\": {\"Viettel\": [\"0912345678\"]},\n\"prefix\": {}}", "f:3: prefix: unknown key; allowed here: prefixes, ported"},
        {"{\"prefixes\": []}", "f:1: prefixes: an object is allowed"},
        {"{\"prefixes\": {\n\"91\": \"Viettel\"}}", "f:2: prefixes: \"91\": 3 to 9 digits"},
        {"{\"prefixes\": {\"0912345678\": \"Viettel\"}}", "3 to 9 digits"},
        {"{\"prefixes\": {\"09x\": \"Viettel\"}}", "3 to 9 digits"},
        {"{\"prefixes\": {\"091\": \"Vietel\"}}", "\"Vietel\" is no operator; allowed: Viettel, VinaPhone"},
        {"{\"prefixes\": {\"091\": \"\"}}", "is no operator"},
        {"{\"prefixes\": {\"091\": 4}}", "is no operator"},
        {"{\"ported\": {\"Nobody\": []}}", "\"Nobody\" is no operator"},
        {"{\"ported\": {\"Viettel\": \"0912345678\"}}", "a list of numbers is allowed"},
        {"{\"ported\": {\n\"Viettel\": [\n\"0912345678\",\n\"1022\"]}}", "f:4: ported: Viettel[1]: \"1022\" is no number of Vietnam"},
        {"{\"ported\": {\"Viettel\": [\"+4917012345678\"]}}", "is no number of Vietnam"},
        {"{\"ported\": {\"Viettel\": [912345678]}}", "is no number of Vietnam"},
        {"{\"ported\": {\"Viettel\": [\"0912345678\"],\n\"MobiFone\": [\"0912345678\"]}}", "f:2: ported: +84912345678 stands there twice"},
        {"{\"ported\": {\"Viettel\": [\"0912345678\", \"+84912345678\"]}}", "+84912345678 stands there twice"},
        {"{\"ported\": {\"Viettel\": []}, \"ported\": {}}", "f:1"},
    };
    struct str problems;
    str_init(&problems, 65536);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct operators *o = NULL;
        assert_int_equal(parse(rows[i].json, &problems, &o), ERR_INVALID);
        if (!strstr(problems.data, rows[i].problem))
            fail_msg("%s: %s", rows[i].json, problems.data);
        assert_null(o);
    }
    str_release(&problems);
}

/* Problems that find no room in what is told make no endless work. */
static void a_file_of_nothing_but_mistakes(void **state) {
    (void)state;
    struct str json, problems;
    struct operators *o;
    str_init(&json, 1 << 20);
    str_init(&problems, 1000);
    str_add(&json, "{\"ported\": {\"Viettel\": [\"1022\"");
    for (int i = 0; i < 20000; i++)
        str_add(&json, ",\"1022\"");
    str_add(&json, "]}}");
    assert_int_equal(operators_parse(json.data, "f", &problems, &o), ERR_INVALID);
    str_release(&problems);
    str_release(&json);
}

static void many_ported_numbers(void **state) {
    (void)state;
    enum { MANY = 100000 };
    struct str json, problems;
    struct operators *o;
    str_init(&json, OPERATORS_FILE_MAX);
    str_init(&problems, 65536);
    str_add(&json, "{\"ported\": {\"Viettel\": [\"0900000000\"");
    for (int i = MANY - 1; i > 0; i--) /* in no order */
        str_addf(&json, ",\"090%07d\"", (int)((i * 7919LL) % 9999991));
    str_add(&json, "]}}");
    assert_true(str_ok(&json));
    assert_int_equal(operators_parse(json.data, "f", &problems, &o), ERR_OK);
    assert_int_equal(operators_ported(o), MANY);
    assert_string_equal(of(o, "0900000000"), "Viettel");
    assert_string_equal(of(o, "0900007919"), "Viettel");
    assert_string_equal(of(o, "0900000001"), "MobiFone");
    operators_free(o);
    str_release(&problems);
    str_release(&json);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_range_of_three_digits), cmocka_unit_test(what_has_no_operator), cmocka_unit_test(sims_and_networks),
        cmocka_unit_test(a_file_changes_the_plan),     cmocka_unit_test(mistakes_in_a_file),   cmocka_unit_test(a_file_of_nothing_but_mistakes),
        cmocka_unit_test(many_ported_numbers),
    };
    return cmocka_run_group_tests_name("operators", tests, NULL, NULL);
}
