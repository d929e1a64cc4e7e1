/* The table of modem families: what is recognised as what, and that no row is a trap for the driver. */
#include "modem/quirks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_recognised(void **state) {
    static const struct {
        const char *maker, *model, *family;
    } rows[] = {
        {"SIMCOM_Ltd", "SIMCOM_SIM800C", "SIM800"},
        {"SIMCOM_Ltd", "SIMCOM_SIM900", "SIM800"},
        {"SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "SIM7600"},
        {"INCORPORATED", "A7670E-LASA", "SIM7600"},
        {"Quectel_Ltd", "Quectel_M35", "M35"},
        {"Quectel", "EC25", "EC25"},
        {"Quectel", "EG25", "EC25"},
        {"Quectel", "EC20F", "EC25"},
        {"huawei", "E1550", "Huawei"},
        {"Huawei Technologies Co., Ltd.", "E3372", "Huawei"},
        {"ZTE CORPORATION", "MF180", "ZTE"},
        {"WAVECOM MODEM", "MULTIBAND  900E  1800", "Wavecom"},
        {"Cinterion", "MC55i", "Cinterion"},
        {"SIEMENS", "TC35i", "Cinterion"},
        {"Telit", "GL865-QUAD", "Telit"},
        {"u-blox", "SARA-U201", "u-blox"},
        {"phanhoi", "virtual", "generic"},
        {"Nokia", "M35", "generic"}, /* a model that sounds like another maker's */
        {"Sierra Wireless, Incorporated", "MC7304", "generic"},
        {"", "", "generic"},
        {"QUECTEL", "quectel_m95", "M35"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_string_equal(quirks_find(rows[i].maker, rows[i].model)->family, rows[i].family);
}

static void test_rows(void **state) {
    (void)state;
    size_t n = 0;
    for (; quirks_at(n); n++) {
        const struct quirks *q = quirks_at(n);
        assert_true(strlen(q->family) < 16);
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(q->family, quirks_at(i)->family);
        for (size_t i = 0; i < COUNT(q->memories); i++)
            assert_int_not_equal(q->memories[i], AT_MEMORY_NONE);
        for (const char *const *init = q->init; init && *init; init++)
            assert_int_equal(strncmp(*init, "AT", 2), 0);
        assert_int_equal(strncmp(q->restart, "AT", 2), 0);
        assert_in_range(q->first_slot, 0, 1);
        /* Only the last takes everything: a row behind one that does could never be found. */
        assert_int_equal(q->makers == NULL && q->models == NULL, quirks_at(n + 1) == NULL);
    }
    assert_string_equal(quirks_at(n - 1)->family, "generic");
}

/* What a family says unasked must never be what an answer looks like. */
static void test_noise(void **state) {
    static const char *const noise[] = {"OVER-VOLTAGE WARNNING", "UNDER_VOLTAGE WARNING", "NORMAL POWER DOWN", "DST: 0",
                                        "MISSED_CALL: 03:04AM 0987654321"};
    static const char *const answers[] = {
        "", "OK", "ERROR", "862177040000017", "SIMCOM_SIM800C", "E1550", "Quectel_M35", "EC25", "> ", "07914809000000F1040B914889070000F1"};
    (void)state;
    for (size_t i = 0; i < COUNT(noise); i++) {
        assert_true(quirks_is_noise(noise[i]));
        assert_int_equal(at_parse_unsolicited(noise[i]).urc, AT_URC_OTHER);
    }
    for (size_t i = 0; i < COUNT(answers); i++)
        assert_false(quirks_is_noise(answers[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recognised),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
