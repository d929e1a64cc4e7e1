/* The calendar against the C library's, RFC 3339 both ways, the virtual clock. */
#include "firmware-host/base/clock.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>
#include <time.h>

static void days_agree_with_the_c_library(void **state) {
    (void)state;
    const int32_t first = civil_day_number(0, 1, 1), last = civil_day_number(2400, 1, 1);
    for (int32_t day = first; day < last; day++) {
        time_t seconds = (time_t)day * 86400;
        struct tm tm;
        int year, month, in_month;
        gmtime_r(&seconds, &tm);
        civil_from_day_number(day, &year, &month, &in_month);
        if (year != tm.tm_year + 1900 || month != tm.tm_mon + 1 || in_month != tm.tm_mday || civil_day_number(year, month, in_month) != day ||
            clock_weekday(day) != (tm.tm_wday + 6) % 7 + 1)
            fail_msg("day %d", day);
    }
}

static void known_days(void **state) {
    (void)state;
    assert_int_equal(civil_day_number(1970, 1, 1), 0);
    assert_int_equal(civil_day_number(1969, 12, 31), -1);
    assert_int_equal(civil_day_number(2000, 2, 29), 11016);
    assert_int_equal(civil_day_number(2026, 11, 21), 20778);
    assert_int_equal(clock_weekday(civil_day_number(2026, 11, 21)), 6);
    /* A month beyond the year counts on into the next. */
    assert_int_equal(civil_day_number(2026, 13, 1), civil_day_number(2027, 1, 1));
    assert_int_equal(civil_day_number(2026, 0, 1), civil_day_number(2025, 12, 1));
}

static void the_whole_range_of_day_numbers(void **state) {
    (void)state;
    for (int64_t day = INT32_MIN; day <= INT32_MAX; day += 99991) {
        int year, month, in_month;
        civil_from_day_number((int32_t)day, &year, &month, &in_month);
        assert_in_range(month, 1, 12);
        assert_in_range(in_month, 1, 31);
        assert_int_equal(civil_day_number(year, month, in_month), day);
        assert_in_range(clock_weekday((int32_t)day), 1, 7);
    }
}

static void vietnam_is_seven_hours_ahead(void **state) {
    (void)state;
    int64_t ms;
    assert_int_equal(clock_parse_iso("2026-11-21T17:05:09.999Z", &ms), ERR_OK);
    struct civil c = civil_of(ms);
    assert_int_equal(c.year * 10000 + c.month * 100 + c.day, 20261122);
    assert_int_equal(c.hour * 10000 + c.minute * 100 + c.second, 509);
    assert_true(civil_to_ms(c) == ms - 999);
    assert_int_equal(clock_vietnam_day(ms), civil_day_number(2026, 11, 22));
    assert_int_equal(clock_vietnam_day(ms - 6 * CLOCK_MINUTE), civil_day_number(2026, 11, 21));
    assert_int_equal(clock_vietnam_day(-1 - CLOCK_VIETNAM_OFFSET), -1);
    for (int64_t at = -3 * CLOCK_DAY; at < 3 * CLOCK_DAY; at += 977 * CLOCK_SECOND)
        assert_true(civil_to_ms(civil_of(at)) == at);
}

static void prints(void **state) {
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {INT64_C(1795226700123), "2026-11-21T02:05:00.123Z"},
        {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
        {INT64_C(253402300800000), "9999-12-31T23:59:59.999Z"}, /* drawn to the end of the calendar */
        {INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[CLOCK_TEXT_SIZE];
        clock_iso(rows[i].ms, out);
        assert_string_equal(out, rows[i].text);
    }
    assert_int_equal(civil_of(INT64_MAX).year, 9999);
    assert_int_equal(civil_of(INT64_MIN).year, 0);
}

static void prints_and_reads_back(void **state) {
    (void)state;
    for (int64_t ms = INT64_C(-62167219200000); ms < INT64_C(253402300800000); ms += INT64_C(7777777777)) {
        char out[CLOCK_TEXT_SIZE];
        int64_t back;
        clock_iso(ms, out);
        assert_int_equal(clock_parse_iso(out, &back), ERR_OK);
        assert_true(back == ms);
    }
}

static void reads_what_rfc_3339_allows(void **state) {
    (void)state;
    static const struct {
        const char *text, *utc;
    } rows[] = {
        {"2026-11-21T02:05:00Z", "2026-11-21T02:05:00.000Z"},      {"2026-11-21t02:05:00z", "2026-11-21T02:05:00.000Z"},
        {"2026-11-21 02:05:00Z", "2026-11-21T02:05:00.000Z"},      {"2026-11-21T09:05:00+07:00", "2026-11-21T02:05:00.000Z"},
        {"2026-11-21T02:05:00-00:00", "2026-11-21T02:05:00.000Z"}, {"2026-01-01T00:30:00+14:00", "2025-12-31T10:30:00.000Z"},
        {"2025-12-31T23:30:00-09:30", "2026-01-01T09:00:00.000Z"}, {"2026-11-21T02:05:00.5Z", "2026-11-21T02:05:00.500Z"},
        {"2026-11-21T02:05:00.05Z", "2026-11-21T02:05:00.050Z"},   {"2026-11-21T02:05:00.123999999999Z", "2026-11-21T02:05:00.123Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},      {"2017-01-01T06:59:60+07:00", "2017-01-01T00:00:00.000Z"},
        {"1969-12-31T23:59:60Z", "1970-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t ms;
        char out[CLOCK_TEXT_SIZE];
        if (clock_parse_iso(rows[i].text, &ms) != ERR_OK)
            fail_msg("refused: %s", rows[i].text);
        clock_iso(ms, out);
        assert_string_equal(out, rows[i].utc);
    }
}

static void refuses_the_rest(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "2026",
        "2026-11-21",
        "2026-11-21T02:05:00",
        "2026-11-21T02:05Z",
        "2026-11-21T02:05:00.Z",
        "2026-11-21T02:05:00,5Z",
        "2026-11-21T02:05:00Z ",
        " 2026-11-21T02:05:00Z",
        "2026-11-21T02:05:00ZZ",
        "2026-11-21T02:05:00+7",
        "2026-11-21T02:05:00+0700",
        "2026-11-21T02:05:00+07:60",
        "2026-11-21T02:05:00+24:00",
        "2026-11-21T24:00:00Z",
        "2026-11-21T02:60:00Z",
        "2026-11-21T02:05:61Z",
        "2026-11-21T02:05:60Z",
        "2026-11-21T23:59:60+07:00",
        "2026-13-21T02:05:00Z",
        "2026-00-21T02:05:00Z",
        "2026-11-00T02:05:00Z",
        "2026-11-31T02:05:00Z",
        "2026-02-29T02:05:00Z",
        "1900-02-29T02:05:00Z",
        "+2026-11-21T02:05:00Z",
        "-026-11-21T02:05:00Z",
        "02026-11-21T02:05:00Z",
        "2026/11/21T02:05:00Z",
        "2026-11-21_02:05:00Z",
        "2026-1-21T02:05:00Z",
        "2026-11-21T2:05:00Z",
        "2026-11-21T02:05: 0Z",
        "٢026-11-21T02:05:00Z",
    };
    int64_t ms = 5;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (clock_parse_iso(rows[i], &ms) != ERR_INVALID)
            fail_msg("taken: %s", rows[i]);
    assert_true(ms == 5);
}

static void every_cut_is_refused(void **state) {
    (void)state;
    static const char whole[] = "2026-11-21T02:05:00.123+07:00";
    int64_t ms;
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        char cut[sizeof whole];
        snprintf(cut, sizeof cut, "%.*s", (int)len, whole);
        assert_int_equal(clock_parse_iso(cut, &ms), ERR_INVALID);
    }
    assert_int_equal(clock_parse_iso(whole, &ms), ERR_OK);
}

static void virtual_clock_stands_still(void **state) {
    (void)state;
    struct clock_virtual v;
    clock_virtual_init(&v, 1000);
    assert_true(v.clock.wall_ms(&v.clock) == 1000);
    int64_t mono = v.clock.mono_ms(&v.clock);
    clock_virtual_advance(&v, 250);
    assert_true(v.clock.wall_ms(&v.clock) == 1250);
    assert_true(v.clock.mono_ms(&v.clock) == mono + 250);
}

static void a_training_clock_goes_faster(void **state) {
    (void)state;
    struct clock_virtual v;
    struct clock_training t;
    clock_virtual_init(&v, 1000);
    v.mono = 77;
    clock_training_init(&t, &v.clock, 5000, 20000);
    assert_true(t.clock.wall_ms(&t.clock) == 5000);
    clock_virtual_advance(&v, 250);
    assert_true(t.clock.wall_ms(&t.clock) == 5000 + 250 * 20000);
    assert_true(t.clock.mono_ms(&t.clock) == 327);
    v.wall -= CLOCK_DAY; /* somebody sets the real one */
    assert_true(t.clock.wall_ms(&t.clock) == 5000 + 250 * 20000);
    clock_training_set(&t, CLOCK_DAY);
    assert_true(t.clock.wall_ms(&t.clock) == CLOCK_DAY);
    assert_true(clock_until(&t.clock, CLOCK_DAY) == 0);
    assert_true(clock_until(&t.clock, CLOCK_DAY - 1) == 0);
    assert_true(clock_until(&t.clock, CLOCK_DAY + 1) == 1);
    assert_true(clock_until(&t.clock, CLOCK_DAY + 20000) == 1);
    assert_true(clock_until(&t.clock, CLOCK_DAY + 20001) == 2);
    assert_true(clock_until(&t.clock, INT64_MAX) > CLOCK_DAY);
    assert_true(clock_until(&v.clock, v.wall + 5) == 5);
}

static void system_clock_goes(void **state) {
    (void)state;
    struct clock *clock = clock_system();
    int64_t before = clock->mono_ms(clock);
    assert_true(clock->wall_ms(clock) / 1000 - time(NULL) <= 1);
    assert_true(clock->wall_ms(clock) / 1000 - time(NULL) >= -1);
    assert_true(clock->mono_ms(clock) >= before);
}

static void a_rehearsal_goes_at_its_pace(void **state) {
    (void)state;
    struct clock_rehearsal r;
    clock_rehearsal_init(&r, 1000);
    int64_t wall = r.wall, mono = r.mono, before = clock_system()->mono_ms(clock_system());
    int64_t w = r.clock.wall_ms(&r.clock), m = r.clock.mono_ms(&r.clock), after = clock_system()->mono_ms(clock_system());
    assert_in_range(m - mono, (before - mono) * 1000, (after - mono) * 1000);
    assert_in_range(w - wall, (before - mono) * 1000, (after - mono) * 1000);
    assert_int_equal(clock_sleep(&r.clock, 1), 1); /* rounded up: nobody spins */
    assert_int_equal(clock_sleep(&r.clock, 1000), 1);
    assert_int_equal(clock_sleep(&r.clock, 1001), 2);
    assert_int_equal(clock_sleep(&r.clock, 0), 0);
    assert_int_equal(clock_sleep(&r.clock, -5), 0);
    assert_int_equal(clock_sleep(clock_system(), 1234), 1234);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rehearsal_goes_at_its_pace),
        cmocka_unit_test(days_agree_with_the_c_library),
        cmocka_unit_test(known_days),
        cmocka_unit_test(the_whole_range_of_day_numbers),
        cmocka_unit_test(vietnam_is_seven_hours_ahead),
        cmocka_unit_test(prints),
        cmocka_unit_test(prints_and_reads_back),
        cmocka_unit_test(reads_what_rfc_3339_allows),
        cmocka_unit_test(refuses_the_rest),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(virtual_clock_stands_still),
        cmocka_unit_test(a_training_clock_goes_faster),
        cmocka_unit_test(system_clock_goes),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
