/* Phone numbers in the forms people and networks write them, and the forms that are none. */
#include "firmware-host/base/phone.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static const struct {
    const char *text;
    enum phone_kind kind;
    const char *normal;
} taken[] = {
    /* the mobile number of the issue in all its clothes */
    {"0912000001", PHONE_E164, "+84912000001"},
    {"84912000001", PHONE_E164, "+84912000001"},
    {"+84912000001", PHONE_E164, "+84912000001"},
    {"0084912000001", PHONE_E164, "+84912000001"},
    {"091 200 0001", PHONE_E164, "+84912000001"},
    {"091.200.0001", PHONE_E164, "+84912000001"},
    {"091-200-0001", PHONE_E164, "+84912000001"},
    {"(091) 2000001", PHONE_E164, "+84912000001"},
    {"+84 (0)91 200 0001", PHONE_E164, "+84912000001"},
    {"+840912000001", PHONE_E164, "+84912000001"},
    {"  0912000001  ", PHONE_E164, "+84912000001"},
    {"912000001", PHONE_E164, "+84912000001"}, /* a spreadsheet ate the 0 */
    {"841234567", PHONE_E164, "+84841234567"}, /* 0841234567 likewise: no number of Vietnam is 84 and 7 digits */
    {"091\xC2\xA0"
     "200\xC2\xA0"
     "0001",
     PHONE_E164, "+84912000001"},
    {"091\xE2\x80\x93"
     "2000001",
     PHONE_E164, "+84912000001"},
    /* landlines */
    {"02373852246", PHONE_E164, "+842373852246"},
    {"0237385224", PHONE_E164, "+84237385224"},
    {"(024) 3825-1234", PHONE_E164, "+842438251234"},
    {"+842838272191", PHONE_E164, "+842838272191"},
    /* abroad */
    {"+33612345678", PHONE_E164, "+33612345678"},
    {"33612345678", PHONE_E164, "+33612345678"},
    {"0033612345678", PHONE_E164, "+33612345678"},
    {"+12025550123", PHONE_E164, "+12025550123"},
    {"+6834001", PHONE_E164, "+6834001"},
    {"+491234567890123", PHONE_E164, "+491234567890123"},
    {"00491234567890123", PHONE_E164, "+491234567890123"},
    /* short codes */
    {"113", PHONE_SHORT, "113"},
    {"1022", PHONE_SHORT, "1022"},
    {"9029", PHONE_SHORT, "9029"},
    {"19001234", PHONE_SHORT, "19001234"},
    /* alphanumeric senders */
    {"Viettel", PHONE_ALPHANUMERIC, "Viettel"},
    {" UBND-TH ", PHONE_ALPHANUMERIC, "UBND-TH"},
    {"MobiFone QC", PHONE_ALPHANUMERIC, "MobiFone QC"},
    {"1414a", PHONE_ALPHANUMERIC, "1414a"},
    {"Thuế", PHONE_ALPHANUMERIC, "Thuế"},
    {"ΩΩΩΩΩΩΩΩΩΩΩ", PHONE_ALPHANUMERIC, "ΩΩΩΩΩΩΩΩΩΩΩ"},
};

static const char *const refused[] = {
    "",
    " ",
    "+",
    "++84",
    "++84912000001",
    "+84",
    "+8491200000", /* a digit short */
    "+84912",
    "+849120000012345",
    "+8400912000001",
    "12",
    "0",
    "00",
    "000",
    "0113",
    "012345678901",
    "+0912000001",
    "+0084912000001",
    "000912000001",
    "1234567890123456",
    "+1234567890123456",
    "001234567890123456",
    "99999999999999999999999999999999",
    "+123456",
    "091200+0001",
    "0912000001+",
    "0912000001-",
    "-0912000001",
    "0912000001#",
    "*098#",
    "0912,000001",
    "0912/000001",
    "0912000001;0912000002",
    "09\n12000001",
    "0912000001\n",
    "\t0912000001",
    "Viettel\r\n",
    "Vie\x01ttel",
    "Vie\xC2\x85ttel", /* a C1 control */
    "Viettel Telecom", /* 15 characters */
    "twelve chars",
    "\xFF\xFE",
    "Vi\xC3",
    "()",
    "+()",
    "...",
    "٠٩١٢٠٠٠٠٠١",
};

static void takes(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct phone phone;
        if (phone_parse(taken[i].text, &phone) != ERR_OK)
            fail_msg("refused: %s", taken[i].text);
        assert_string_equal(phone.text, taken[i].normal);
        assert_int_equal(phone.kind, taken[i].kind);
    }
}

static void normal_form_is_a_fixed_point(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct phone phone, again;
        assert_int_equal(phone_parse(taken[i].text, &phone), ERR_OK);
        assert_int_equal(phone_parse(phone.text, &again), ERR_OK);
        assert_true(phone_equal(&phone, &again));
    }
}

static void refuses(void **state) {
    (void)state;
    struct phone phone = {.kind = PHONE_SHORT, .text = "1022"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (phone_parse(refused[i], &phone) != ERR_INVALID)
            fail_msg("taken: \"%s\" as %s", refused[i], phone.text);
    assert_string_equal(phone.text, "1022");
}

static void no_length_of_digits_goes_wrong(void **state) {
    (void)state;
    char text[300];
    for (const char *first = "0123456789+"; *first; first++)
        for (size_t len = 1; len < sizeof text; len++) {
            struct phone phone;
            memset(text, '7', len);
            text[0] = *first;
            text[len] = '\0';
            size_t digits = len - (*first == '+');
            enum err e = phone_parse(text, &phone);
            if (digits > 17 || digits < 3)
                assert_int_equal(e, ERR_INVALID);
            if (e == ERR_OK && phone.kind == PHONE_E164)
                assert_in_range(strlen(phone.text), 1 + 7, 1 + 15);
        }
}

static void mobile(void **state) {
    static const struct {
        const char *number;
        bool mobile;
    } rows[] = {{"0912345678", true},   {"+84 387 654 321", true}, {"0512345678", true},  {"0712345678", true},
                {"0812345678", true},   {"02373852123", false},    {"0612345678", false}, {"091234567", false},
                {"09123456789", false}, {"+4915112345678", false}, {"1022", false},       {"Viettel", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct phone phone;
        bool parsed = phone_parse(rows[i].number, &phone) == ERR_OK;
        if ((parsed && phone_mobile(&phone)) != rows[i].mobile)
            fail_msg("%s", rows[i].number);
    }
    assert_false(phone_mobile(&(struct phone){.kind = PHONE_NONE}));
}

static void equality(void **state) {
    (void)state;
    struct phone a, b, none = {.kind = PHONE_NONE}, none_too = {.kind = PHONE_NONE, .text = "x"};
    assert_int_equal(phone_parse("0912000001", &a), ERR_OK);
    assert_int_equal(phone_parse("0084 912 000 001", &b), ERR_OK);
    assert_true(phone_equal(&a, &b));
    assert_int_equal(phone_parse("0912000002", &b), ERR_OK);
    assert_false(phone_equal(&a, &b));
    assert_false(phone_equal(&a, &none));
    assert_true(phone_equal(&none, &none_too));
}

static void masks(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"0912345678", "84912***678"},
        {"+842373852246", "84237***246"},
        {"+491234567890123", "49123***123"},
        {"+6834001", "6***001"},
        {"1022", "1022"},
        {"Viettel", "Viettel"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct phone phone;
        char mask[PHONE_MASK_SIZE];
        assert_int_equal(phone_parse(rows[i][0], &phone), ERR_OK);
        phone_mask(&phone, mask);
        assert_string_equal(mask, rows[i][1]);
    }
    char mask[PHONE_MASK_SIZE];
    phone_mask(&(struct phone){.kind = PHONE_NONE}, mask);
    assert_string_equal(mask, "-");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),   cmocka_unit_test(normal_form_is_a_fixed_point),
        cmocka_unit_test(refuses), cmocka_unit_test(no_length_of_digits_goes_wrong),
        cmocka_unit_test(mobile),  cmocka_unit_test(equality),
        cmocka_unit_test(masks),
    };
    return cmocka_run_group_tests_name("phone", tests, NULL, NULL);
}
