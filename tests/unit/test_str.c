/* Bounded strings, spans, hex, decimals; memory. */
#include "firmware-host/base/err.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void empty_is_a_string(void **state) {
    (void)state;
    struct str s;
    str_init(&s, 10);
    assert_string_equal(s.data, "");
    str_truncate(&s, 0);
    str_remove_front(&s, 5);
    char *owned = str_detach(&s);
    assert_string_equal(owned, "");
    free(owned);
    str_release(&s);
    assert_string_equal(s.data, "");
}

static void fills_to_its_maximum_exactly(void **state) {
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        struct str s;
        str_init(&s, max);
        for (size_t i = 0; i < max; i++)
            str_add_char(&s, (char)('a' + i % 26));
        assert_true(str_ok(&s));
        assert_int_equal(s.len, max);
        str_add(&s, "");
        assert_true(str_ok(&s));
        str_add_char(&s, 'x');
        assert_false(str_ok(&s));
        assert_int_equal(strlen(s.data), max);
        str_release(&s);
    }
}

static void overflow_is_sticky(void **state) {
    (void)state;
    struct str s;
    str_init(&s, 8);
    str_add(&s, "12345");
    str_add(&s, "6789");
    assert_string_equal(s.data, "12345");
    str_add(&s, "6");
    str_addf(&s, "%d", 6);
    str_add_hex(&s, "a", 1);
    assert_null(str_add_room(&s, 1));
    assert_string_equal(s.data, "12345");
    assert_false(str_ok(&s));
    str_clear(&s);
    assert_true(str_ok(&s));
    str_add(&s, "12345678");
    assert_string_equal(s.data, "12345678");
    str_release(&s);
}

static void formats_at_every_length(void **state) {
    (void)state;
    for (int width = 1; width < 600; width++) {
        struct str s;
        str_init(&s, 599 + 2);
        str_addf(&s, "<%*d>", width, 7);
        assert_int_equal(s.len, width + 2);
        assert_int_equal(s.data[width + 1], '>');
        assert_int_equal(s.data[width], '7');
        str_release(&s);
    }
}

static void keeps_any_bytes(void **state) {
    (void)state;
    struct str s;
    str_init(&s, 100);
    str_add_n(&s, "a\0b", 3);
    str_add_hex(&s, "\x00\xAF\xFF", 3);
    assert_int_equal(s.len, 9);
    assert_memory_equal(s.data, "a\0b00AFFF", 10);
    str_remove_front(&s, 3);
    assert_string_equal(s.data, "00AFFF");
    str_remove_front(&s, 0);
    assert_string_equal(s.data, "00AFFF");
    str_truncate(&s, 2);
    assert_string_equal(s.data, "00");
    str_truncate(&s, 9);
    assert_int_equal(s.len, 2);
    str_remove_front(&s, 99);
    assert_int_equal(s.len, 0);
    str_release(&s);
}

static void room_is_filled_in_place(void **state) {
    (void)state;
    struct str s;
    str_init(&s, 6);
    str_add(&s, "ab");
    memcpy(str_add_room(&s, 4), "cdef", 4);
    assert_string_equal(s.data, "abcdef");
    char *owned = str_detach(&s);
    str_add(&s, "new");
    assert_string_equal(owned, "abcdef");
    assert_string_equal(s.data, "new");
    free(owned);
    str_release(&s);
}

static void lengths_near_the_end_of_size_t(void **state) {
    (void)state;
    struct str s;
    str_init(&s, SIZE_MAX);
    str_add(&s, "a");
    assert_null(str_add_room(&s, SIZE_MAX));
    str_clear(&s);
    str_add_hex(&s, "", SIZE_MAX);
    assert_int_equal(s.len, 0);
    str_release(&s);
}

static void copies_only_what_fits(void **state) {
    (void)state;
    char to[4] = "xxx";
    assert_int_equal(str_copy(to, sizeof to, "abcd"), ERR_TOO_LONG);
    assert_string_equal(to, "xxx");
    assert_int_equal(str_copy(to, sizeof to, "abc"), ERR_OK);
    assert_string_equal(to, "abc");
    assert_int_equal(str_copy(to, 0, ""), ERR_TOO_LONG);
    assert_int_equal(str_copy(to, 1, ""), ERR_OK);
}

static void spans_compare(void **state) {
    (void)state;
    assert_true(bytes_equal(bytes_text("ab"), bytes_of("abc", 2)));
    assert_false(bytes_equal(bytes_text("ab"), bytes_text("abc")));
    assert_false(bytes_equal(bytes_text("ab"), bytes_text("ac")));
    assert_true(bytes_equal(bytes_of(NULL, 0), bytes_text("")));
}

static void hex_is_strict(void **state) {
    (void)state;
    uint8_t octets[4] = {9, 9, 9, 9};
    size_t len = 77;
    static const char *const wrong[] = {"0", "0g", "g0", " 0", "0 ", "00 ", "+1", "0x", "\xFF\xFF", "00:11"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(hex_decode(wrong[i], strlen(wrong[i]), octets, 4, &len), ERR_INVALID);
    assert_int_equal(hex_decode("0011223344", 10, octets, 4, &len), ERR_TOO_LONG);
    assert_int_equal(len, 77);
    assert_int_equal(octets[0], 9);
    assert_int_equal(hex_decode("00aFFf12", 8, octets, 4, &len), ERR_OK);
    assert_int_equal(len, 4);
    assert_memory_equal(octets, "\x00\xAF\xFF\x12", 4);
    assert_int_equal(hex_decode("", 0, octets, 0, &len), ERR_OK);
    assert_int_equal(len, 0);
}

static void hex_round_trip(void **state) {
    (void)state;
    uint8_t all[256], back[256];
    size_t len;
    struct str s;
    for (int i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    str_init(&s, 512);
    str_add_hex(&s, all, 256);
    assert_true(str_ok(&s));
    assert_int_equal(hex_decode(s.data, s.len, back, 256, &len), ERR_OK);
    assert_memory_equal(all, back, 256);
    str_release(&s);
}

static void decimals_are_strict(void **state) {
    (void)state;
    int64_t value = 5;
    static const char *const wrong[] = {
        "", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "--1", "1-", "١"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(parse_int(wrong[i], INT64_MIN, INT64_MAX, &value), ERR_INVALID);
    assert_int_equal(value, 5);
    static const struct {
        const char *text;
        int64_t value;
    } right[] = {{"0", 0}, {"-0", 0}, {"007", 7}, {"-42", -42}, {"9223372036854775807", INT64_MAX}, {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_int_equal(parse_int(right[i].text, INT64_MIN, INT64_MAX, &value), ERR_OK);
        assert_true(value == right[i].value);
    }
    assert_int_equal(parse_int("10", 1, 9, &value), ERR_INVALID);
    assert_int_equal(parse_int("0", 1, 9, &value), ERR_INVALID);
    assert_int_equal(parse_int("9", 1, 9, &value), ERR_OK);
}

static void memory_is_never_null(void **state) {
    (void)state;
    char *zeroed = mem_alloc(16);
    for (int i = 0; i < 16; i++)
        assert_int_equal(zeroed[i], 0);
    free(zeroed);
    void *pieces[] = {mem_alloc(0),    mem_array(0, 8), mem_array(8, 0),       mem_resize(NULL, 0, 4),
                      mem_copy("", 0), mem_string(""),  mem_string_n("abc", 0)};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        assert_non_null(pieces[i]);
        free(pieces[i]);
    }
    assert_null(mem_string(NULL));
    char *cut = mem_string_n("abcdef", 3);
    assert_string_equal(cut, "abc");
    mem_wipe_free(cut, 3);
    mem_wipe_free(NULL, 3);
}

static void every_error_has_its_words(void **state) {
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        assert_memory_equal(err_symbol((enum err)e), "ERR_", 4);
        assert_true(strlen(err_text((enum err)e)) > 1);
        assert_in_range(err_http((enum err)e), 200, 599);
        assert_in_range(err_smpp((enum err)e), 0, 0xFF);
    }
    assert_int_equal(err_retry(ERR_FULL), RETRY_LATER);
    assert_int_equal(err_retry(ERR_INVALID), RETRY_NEVER);
    /* Unexpected means temporary. */
    assert_int_equal(err_retry((enum err)ERR_COUNT), RETRY_LATER);
    assert_int_equal(err_http((enum err) - 1), 500);
    assert_non_null(err_text((enum err)12345));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_a_string),
        cmocka_unit_test(fills_to_its_maximum_exactly),
        cmocka_unit_test(overflow_is_sticky),
        cmocka_unit_test(formats_at_every_length),
        cmocka_unit_test(keeps_any_bytes),
        cmocka_unit_test(room_is_filled_in_place),
        cmocka_unit_test(lengths_near_the_end_of_size_t),
        cmocka_unit_test(copies_only_what_fits),
        cmocka_unit_test(spans_compare),
        cmocka_unit_test(hex_is_strict),
        cmocka_unit_test(hex_round_trip),
        cmocka_unit_test(decimals_are_strict),
        cmocka_unit_test(memory_is_never_null),
        cmocka_unit_test(every_error_has_its_words),
    };
    return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
