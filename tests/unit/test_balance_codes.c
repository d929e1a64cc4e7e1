/* When a SIM's credit is asked; the table of balance codes, and answers as operators of Viet Nam write them, with and without accents. */
#include "firmware-host/balance.h"
#include "firmware-host/balance_codes.h"

#include "firmware-host/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
    enum carrier carrier;
    const char *text;
    int amount;
    int year, month, day; /* 0: none */
} answers[] = {
    {CARRIER_VIETTEL, "TKG: 4500d. HSD 31/12/2026", 4500, 2026, 12, 31},
    {CARRIER_VIETTEL, "TKG: 4.500d, su dung den 23:59 31/12/2026. KM: 20.000d. Chi tiet goi *098#", 4500, 2026, 12, 31},
    {CARRIER_VIETTEL, "Tài khoản gốc của Quý khách là 12.345đ. HSD: 0h ngày 01/02/2027", 12345, 2027, 2, 1},
    {CARRIER_VIETTEL, "TKKM: 50.000d. TKG: 0d", 0, 0, 0, 0},
    {CARRIER_VIETTEL, "Tai khoan goc -1.200d", -1200, 0, 0, 0},
    {CARRIER_MOBIFONE, "TKC 10000d,31-12-2026. TK KM: 5000d", 10000, 2026, 12, 31},
    {CARRIER_MOBIFONE, "TKC: 12,345 d, HSD: 05/01/27\nTKKM1: 0d", 12345, 2027, 1, 5},
    {CARRIER_VINAPHONE, "TK chinh=4500 VND, HSD: 31/12/2026", 4500, 2026, 12, 31},
    {CARRIER_VINAPHONE, "TK chính: 1.234.567 VND. HSD 31/12/2026 23:59:59", 1234567, 2026, 12, 31},
    {CARRIER_VIETNAMOBILE, "Tai khoan chinh 12,345 VND. Han su dung: 31-12-2026", 12345, 2026, 12, 31},
    {CARRIER_VIETNAMOBILE, "Ban con 4500.00 VND den ngay 2026-12-31", 4500, 2026, 12, 31},
    {CARRIER_GMOBILE, "So du TK chinh: 4500d, han su dung 31/12/2026", 4500, 2026, 12, 31},
    {CARRIER_UNKNOWN, "Balance: 250.50 USD", 250, 0, 0, 0}, /* another country's: the fraction goes */
    {CARRIER_UNKNOWN, "Quy khach con 4.500₫", 4500, 0, 0, 0},
    {CARRIER_UNKNOWN, "So dien thoai 0912345678 con 4500 dong", 4500, 0, 0, 0},
    {CARRIER_VIETTEL, "HSD 31/12/2026. TKG 7000d", 7000, 2026, 12, 31},
};

static void test_answers(void **state) {
    struct balance b;
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        if (!balance_read(answers[i].text, balance_code_of(answers[i].carrier), &b) || b.amount != answers[i].amount)
            print_message("%s\n", answers[i].text);
        assert_true(b.known);
        assert_int_equal(b.amount, answers[i].amount);
        int32_t day = answers[i].year ? civil_day_number(answers[i].year, answers[i].month, answers[i].day) : 0;
        assert_int_equal(b.expires, day);
    }
}

static void test_no_amount(void **state) {
    static const char *const texts[] = {"",
                                        "Yeu cau khong hop le",
                                        "Menu:\n1. So du\n2. Nap the",
                                        "Soan 1 gui 9029",
                                        "31/12/2026",
                                        "TKG: d",
                                        "He thong ban, thu lai sau 5 phut",
                                        "TKG 99999999999999999999d",
                                        "\xff\xfe"};
    struct balance b;
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        if (balance_read(texts[i], balance_code_of(CARRIER_VIETTEL), &b))
            print_message("%s: %lld\n", texts[i], (long long)b.amount);
        assert_false(b.known);
    }
}

static void test_days_that_are_none(void **state) {
    static const char *const texts[] = {"TKG 5d HSD 31/02/2026", "TKG 5d HSD 0/1/2026", "TKG 5d HSD 12/2026", "TKG 5d HSD 1/1/26/7",
                                        "TKG 5d HSD 31.12"};
    struct balance b;
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(balance_read(texts[i], balance_code_of(CARRIER_VIETTEL), &b));
        assert_int_equal(b.amount, 5);
        assert_int_equal(b.expires, 0);
    }
}

/* Every prefix of every answer is an amount or none. */
static void test_prefixes(void **state) {
    char text[256];
    struct balance b;
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++)
        for (size_t len = 0; len < strlen(answers[i].text); len++) {
            snprintf(text, sizeof text, "%.*s", (int)len, answers[i].text);
            (void)balance_read(text, balance_code_of(answers[i].carrier), &b);
        }
}

static void test_operators(void **state) {
    (void)state;
    for (enum carrier carrier = CARRIER_UNKNOWN; carrier < CARRIER_COUNT; carrier++) {
        const struct balance_code *code = balance_code_of(carrier);
        assert_int_equal(code->code[0], '*');
        assert_true(code->amount[0] && code->expiry[0]);
    }
}

static void test_due(void **state) {
    enum { SLOT = 1000 };
#define AT(hours) ((SLOT + (hours)) * CLOCK_HOUR)
    static const struct {
        struct balance_due due; /* now, asked_at, slot, sent, after_sent, failures */
        bool expected;
    } rows[] = {
        {{AT(0), 0, AT(0), 0, 0, 0}, true},
        {{AT(0) - 1, 0, AT(0), 0, 0, 0}, false},
        {{AT(1), AT(-24), AT(0), 0, 0, 0}, true},
        {{AT(1), AT(0), AT(0), 0, 0, 0}, false}, /* once a night */
        {{AT(4), AT(-24), AT(0), 0, 0, 0}, false}, /* it was off: the next night */
        {{AT(9), AT(0), AT(0), 49, 50, 0}, false},
        {{AT(9), AT(0), AT(0), 50, 50, 0}, true},
        {{AT(9), AT(9) - CLOCK_MINUTE, AT(0), 50, 50, 0}, false}, /* not so soon */
        {{AT(9), 0, AT(0), 50, 50, 0}, true},
        {{AT(1), AT(0), AT(0), 0, 0, 1}, true}, /* again after a failure … */
        {{AT(1) - 1, AT(0), AT(0), 0, 0, 1}, false},
        {{AT(9), AT(0), AT(0), 0, 0, 3}, false}, /* … but not for ever */
        {{AT(9), AT(20), AT(0), 50, 50, 0}, true}, /* the clock was set back */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(balance_is_due(&rows[i].due), rows[i].expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),  cmocka_unit_test(test_no_amount), cmocka_unit_test(test_days_that_are_none),
        cmocka_unit_test(test_prefixes), cmocka_unit_test(test_operators), cmocka_unit_test(test_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
