/* UUID version 7: form, embedded time, order, and the clock going back. */
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/ident.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795226700123)

static int64_t time_in(const char *uuid) {
    char hex[13];
    memcpy(hex, uuid, 8);
    memcpy(hex + 8, uuid + 9, 4);
    hex[12] = '\0';
    return strtoll(hex, NULL, 16);
}

static void form(void **state) {
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char id[UUID_TEXT_SIZE];
        uuid7(NOW + i, id);
        assert_int_equal(strlen(id), 36);
        for (int at = 0; at < 36; at++)
            assert_non_null(strchr(at == 8 || at == 13 || at == 18 || at == 23 ? "-" : "0123456789abcdef", id[at]));
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
        assert_true(time_in(id) == NOW + i);
    }
}

static void rises_within_a_millisecond(void **state) {
    (void)state;
    char last[UUID_TEXT_SIZE], id[UUID_TEXT_SIZE];
    const int64_t at = NOW + 1000000;
    uuid7(at, last);
    for (int i = 0; i < 20000; i++) { /* more than the counter holds */
        uuid7(at, id);
        assert_true(strcmp(last, id) < 0);
        memcpy(last, id, sizeof last);
    }
    assert_true(time_in(id) - at < 20);
}

static void rides_out_small_steps_back(void **state) {
    (void)state;
    char before[UUID_TEXT_SIZE], after[UUID_TEXT_SIZE];
    const int64_t at = NOW + 2000000;
    uuid7(at, before);
    uuid7(at - 5000, after);
    assert_true(strcmp(before, after) < 0);
    uuid7(at + 1, before);
    assert_true(strcmp(after, before) < 0);
    uuid7(NOW, after); /* a step of minutes is a clock put right: followed */
    assert_true(time_in(after) == NOW);
    uuid7(-1, after); /* before 1970 there is no UUID */
    assert_true(time_in(after) == 0);
}

static int start(void **state) {
    (void)state;
    crypto_start();
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form),
        cmocka_unit_test(rises_within_a_millisecond),
        cmocka_unit_test(rides_out_small_steps_back),
    };
    return cmocka_run_group_tests_name("ident", tests, start, NULL);
}
