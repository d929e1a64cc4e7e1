/* Surrogate pairs cut between two parts come back whole when the parts are joined; halves alone become U+FFFD. */
#include "firmware-host/base/surrogate.h"
#include "firmware-host/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Each part is hex of UTF-16BE; the parts' texts, joined and mended. */
static char *joined(const char *const *parts, size_t count) {
    struct str text;
    str_init(&text, 4096);
    for (size_t i = 0; i < count; i++) {
        uint8_t octets[256];
        size_t len;
        assert_int_equal(hex_decode(parts[i], strlen(parts[i]), octets, sizeof octets, &len), ERR_OK);
        surrogate_add_part(&text, octets, len);
    }
    assert_true(text_valid(text.data, text.len));
    surrogate_mend(text.data);
    assert_true(text_valid(text.data, strlen(text.data)));
    return str_detach(&text);
}

static void check(const char *const *parts, size_t count, const char *expected) {
    char *text = joined(parts, count);
    assert_string_equal(text, expected);
    free(text);
}
#define CHECK(expected, ...) check((const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), expected)

static void test_pairs(void **state) {
    (void)state;
    CHECK("a\xF0\x9F\x98\x80z", "0061D83D", "DE00007A"); /* U+1F600 at the border */
    CHECK("\xF0\x9F\x98\x80", "D83D", "DE00");
    CHECK("\xF0\x90\x80\x80", "D800", "DC00"); /* the first pair */
    CHECK("\xF4\x8F\xBF\xBF", "DBFF", "DFFF"); /* the last */
    CHECK("\xF0\x9F\x98\x80\xF0\x9F\x98\x81", "D83D", "DE00D83D", "DE01"); /* a part that is only halves */
    CHECK("\xF0\x9F\x98\x80", "D83DDE00"); /* whole inside a part */
    CHECK("a\xC4\x91", "0061", "0111");
}

static void test_halves_alone(void **state) {
    (void)state;
    CHECK("a" REPLACEMENT, "0061D83D");
    CHECK(REPLACEMENT "a", "DE000061");
    CHECK(REPLACEMENT REPLACEMENT, "DE00", "D83D"); /* the wrong way round */
    CHECK(REPLACEMENT REPLACEMENT, "D83D", "D83D");
    CHECK("a" REPLACEMENT "b", "0061D83D", "0062"); /* its other half never came */
    CHECK(REPLACEMENT "a", "D83D0061"); /* inside a part nobody can bring the rest */
    CHECK("a" REPLACEMENT REPLACEMENT, "0061D83DFF"); /* an odd octet */
    CHECK("", "");
}

static void test_all_halves_survive(void **state) {
    (void)state;
    for (unsigned high = 0xD800; high < 0xDC00; high += 5)
        for (unsigned low = 0xDC00; low <= 0xDFFF; low += 31) {
            const uint8_t octets[4] = {(uint8_t)(high >> 8), (uint8_t)high, (uint8_t)(low >> 8), (uint8_t)low};
            struct str whole, cut;
            str_init(&whole, 16);
            str_init(&cut, 16);
            text_add_utf16be(&whole, octets, 4);
            surrogate_add_part(&cut, octets, 2);
            surrogate_add_part(&cut, octets + 2, 2);
            surrogate_mend(cut.data);
            assert_string_equal(cut.data, whole.data);
            str_release(&whole);
            str_release(&cut);
        }
}

static void test_untouched(void **state) {
    (void)state;
    char text[] = "Đường \xF4\x8F\xBF\xBD vào \xF4\x8F"; /* other private characters, and half a one at the end */
    char *copy = strdup(text);
    surrogate_mend(text);
    assert_string_equal(text, copy);
    free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_halves_alone),
        cmocka_unit_test(test_all_halves_survive),
        cmocka_unit_test(test_untouched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
