/* Where a long text is cut. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

static struct sms_segment segments[SMS_SEGMENTS_MAX];

/* `before` copies of `unit`, then `after`. */
static char *text_of(const char *unit, size_t before, const char *after) {
    struct str s;
    str_init(&s, 200000);
    for (size_t i = 0; i < before; i++)
        str_add(&s, unit);
    str_add(&s, after);
    assert_true(str_ok(&s));
    return str_detach(&s);
}

static size_t split(const char *text, bool wide, bool whole_tokens) {
    size_t count = 0, end = 0;
    assert_int_equal(sms_split(text, sms_encoding_for(text), wide, whole_tokens, segments, SMS_SEGMENTS_MAX, &count), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(segments[i].offset, end);
        assert_true(segments[i].len > 0 || count == 1);
        assert_true(text_valid(text + segments[i].offset, segments[i].len));
        end += segments[i].len;
    }
    assert_int_equal(end, strlen(text));
    return count;
}

static void lengths_at_the_limits(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        size_t units, segments, segments_wide;
    } rows[] = {
        {"a", 0, 1, 1},   {"a", 1, 1, 1},  {"a", 160, 1, 1}, {"a", 161, 2, 2}, {"a", 304, 2, 2}, {"a", 305, 2, 3}, {"a", 306, 2, 3},
        {"a", 307, 3, 3}, {"đ", 1, 1, 1},  {"đ", 70, 1, 1},  {"đ", 71, 2, 2},  {"đ", 132, 2, 2}, {"đ", 133, 2, 3}, {"đ", 134, 2, 3},
        {"đ", 135, 3, 3}, {"€", 80, 1, 1}, {"€", 81, 2, 2},  {"€", 152, 2, 2}, {"€", 153, 3, 3}, /* 76 pairs a part, 153 or 152 septets alike */
        {"😀", 35, 1, 1},  {"😀", 36, 2, 2}, {"😀", 66, 2, 2},  {"😀", 67, 3, 3}, /* 33 pairs a part */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = text_of(rows[i].unit, rows[i].units, "");
        assert_int_equal(split(text, false, false), rows[i].segments);
        assert_int_equal(split(text, true, true), rows[i].segments_wide);
        free(text);
    }
}

static void first_segment_is(const char *unit, size_t before, const char *after, size_t expected_bytes) {
    char *text = text_of(unit, before, after);
    assert_true(split(text, false, true) > 1);
    assert_int_equal(segments[0].len, expected_bytes);
    free(text);
}

static void pairs_stay_whole(void **state) {
    (void)state;
    char *tail = text_of("b", 60, "");
    struct str after;
    str_init(&after, 200);
    str_add(&after, "€");
    str_add(&after, tail);
    first_segment_is("a", 152, after.data, 152); /* septets 153 and 154 */
    first_segment_is("a", 151, after.data, 151 + 3); /* 152 and 153 */
    str_clear(&after);
    str_add(&after, "😀");
    str_add(&after, tail);
    first_segment_is("đ", 66, after.data, 66 * 2); /* units 67 and 68 */
    first_segment_is("đ", 65, after.data, 65 * 2 + 4); /* 66 and 67 */
    str_release(&after);
    free(tail);
}

static void codes_and_dates_stay_whole(void **state) {
    (void)state;
    static const char *const tokens[] = {"482109304", "24/11/2026", "24/11", "1/1", "1/12/2026", "01/2", "24/11/26"};
    for (size_t t = 0; t < sizeof tokens / sizeof *tokens; t++) {
        size_t len = strlen(tokens[t]);
        for (size_t before = 120; before <= 170; before++) {
            char *text = text_of("a", before, "");
            struct str s;
            str_init(&s, 1000);
            str_addf(&s, "%s %s %s", text, tokens[t], text);
            assert_true(split(s.data, false, true) > 1);
            size_t start = before + 1, cut = segments[0].len;
            assert_false(cut > start && cut < start + len);
            assert_int_equal(cut, start < 153 && start + len > 153 ? start : 153);
            split(s.data, false, false);
            assert_int_equal(segments[0].len, 153);
            str_release(&s);
            free(text);
        }
    }
}

static void tokens_in_ucs2(void **state) {
    (void)state;
    for (size_t before = 50; before < 70; before++) {
        char *text = text_of("đ", before, " 482109304, hạn 24/11/2026 và sau đó");
        split(text, false, true);
        size_t start = 2 * before + 1, cut = segments[0].len;
        assert_false(cut > start && cut < start + 9);
        free(text);
    }
}

/* At every cut of a long text in either encoding, wherever the token lies; and a cut is moved no further than the token's beginning. */
static void tokens_at_every_cut(void **state) {
    (void)state;
    static const char *const units[] = {"a", "đ"}, *const tokens[] = {"482109304", "24/11/2026", "24/11"};
    for (size_t n = 0; n < 6; n++) {
        const char *unit = units[n % 2], *token = tokens[n / 2];
        size_t most = n % 2 ? SMS_UCS2_PART : SMS_GSM7_PART;
        for (size_t before = most - 15; before < 3 * most + 5; before++) {
            char *a = text_of(unit, before, ""), *b = text_of(unit, most, "");
            struct str s;
            str_init(&s, 4096);
            str_addf(&s, "%s %s %s", a, token, b);
            size_t count = split(s.data, false, true), start = strlen(a) + 1, end = start + strlen(token);
            for (size_t i = 0; i < count; i++) {
                size_t cut = segments[i].offset + segments[i].len,
                       used = sms_units(s.data + segments[i].offset, segments[i].len, sms_encoding_for(s.data));
                assert_false(cut > start && cut < end);
                assert_true(i + 1 == count || cut == start || used == most);
            }
            str_release(&s);
            free(a);
            free(b);
        }
    }
}

static void what_is_no_token_is_cut(void **state) {
    (void)state;
    static const char *const rows[] = {"48210930",  "4821093041", "0912000001",  "24/111",    "241/11",
                                       "abcdefghi", "24-11-2026", "482 109 304", "//////////"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t middle = strcmp(rows[i], "482 109 304") == 0 ? 2 : strlen(rows[i]) / 2;
        char *text = text_of("a", 153 - middle, "");
        struct str s;
        str_init(&s, 1000);
        str_addf(&s, "%s%s%s", text, rows[i], text);
        split(s.data, false, true);
        assert_int_equal(segments[0].len, 153);
        str_release(&s);
        free(text);
    }
}

static void digits_without_end(void **state) {
    (void)state;
    char *digits = text_of("1", 1000, ""), *dates = text_of("1/1/", 500, ""), *touching = text_of("24/11/2026/", 100, "");
    assert_int_equal(split(digits, false, true), 7);
    assert_int_equal(split(dates, false, true), 14);
    assert_int_equal(split(touching, false, true), 8);
    free(digits);
    free(dates);
    free(touching);
}

static void up_to_255_segments(void **state) {
    (void)state;
    size_t count = 0;
    char *most = text_of("a", 255 * 153, ""), *over = text_of("a", 255 * 153 + 1, "");
    assert_int_equal(split(most, false, true), 255);
    assert_int_equal(sms_split(over, SMS_GSM7, false, true, segments, SMS_SEGMENTS_MAX, &count), ERR_TOO_LONG);
    assert_int_equal(sms_split(most, SMS_GSM7, false, true, segments, 254, &count), ERR_TOO_LONG);
    assert_int_equal(sms_split(over, SMS_GSM7, false, true, segments, 0, &count), ERR_TOO_LONG);
    assert_int_equal(count, 0);
    struct sms_segment *more = calloc(1000, sizeof *more);
    assert_int_equal(sms_split(over, SMS_GSM7, false, true, more, 1000, &count), ERR_TOO_LONG);
    free(more);
    free(most);
    free(over);
}

static void encodings(void **state) {
    (void)state;
    size_t count = 9;
    enum sms_encoding e;
    assert_int_equal(sms_encoding_for(""), SMS_GSM7);
    assert_int_equal(sms_encoding_for("a€{"), SMS_GSM7);
    assert_int_equal(sms_encoding_for("ạ"), SMS_UCS2);
    assert_int_equal(sms_split("đ", SMS_GSM7, false, false, segments, 9, &count), ERR_UNSUPPORTED);
    assert_int_equal(sms_split("a", SMS_8BIT, false, false, segments, 9, &count), ERR_UNSUPPORTED);
    assert_int_equal(count, 9);
    assert_int_equal(sms_split("a", SMS_UCS2, false, false, segments, 9, &count), ERR_OK);
    for (int i = SMS_GSM7; i <= SMS_UCS2; i++) {
        assert_int_equal(sms_encoding_parse(sms_encoding_name((enum sms_encoding)i), &e), ERR_OK);
        assert_int_equal(e, i);
    }
    assert_int_equal(sms_encoding_parse("GSM7", &e), ERR_INVALID);
    assert_int_equal(sms_encoding_parse("", &e), ERR_INVALID);
}

static void concatenation_headers(void **state) {
    (void)state;
    static const struct {
        uint8_t total, sequence;
        bool valid;
    } rows[] = {{0, 0, false}, {0, 1, false}, {1, 0, false},    {1, 1, true},    {2, 1, true},
                {2, 2, true},  {2, 3, false}, {255, 255, true}, {255, 0, false}, {254, 255, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(sms_concat_valid(&(struct sms_concat){.total = rows[i].total, .sequence = rows[i].sequence}), rows[i].valid);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_at_the_limits), cmocka_unit_test(pairs_stay_whole),    cmocka_unit_test(codes_and_dates_stay_whole),
        cmocka_unit_test(tokens_in_ucs2),        cmocka_unit_test(tokens_at_every_cut), cmocka_unit_test(what_is_no_token_is_cut),
        cmocka_unit_test(digits_without_end),    cmocka_unit_test(up_to_255_segments),  cmocka_unit_test(encodings),
        cmocka_unit_test(concatenation_headers),
    };
    return cmocka_run_group_tests_name("sms", tests, NULL, NULL);
}
