/* The working-day calendar against vectors counted by hand from the published schedules, and against files that are wrong. */
#include "store/calendar.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *slurp(const char *path) {
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    struct str text;
    char block[4096];
    size_t len;
    str_init(&text, 1 << 20);
    while ((len = fread(block, 1, sizeof block, f)) > 0)
        str_add_n(&text, block, len);
    fclose(f);
    return str_detach(&text);
}

static struct calendar *load(bool pending_as_off) {
    struct calendar *c = NULL;
    struct str problem;
    str_init(&problem, 1024);
    char *json = slurp("tests/fixtures/calendar.json");
    assert_int_equal(calendar_parse(json, "calendar.json", pending_as_off, &problem, &c), ERR_OK);
    assert_int_equal(problem.len, 0);
    free(json);
    return c;
}

static int32_t day_of(const char *date) {
    int year, month, day;
    assert_int_equal(sscanf(date, "%d-%d-%d", &year, &month, &day), 3);
    return civil_day_number(year, month, day);
}

static int64_t moment(int32_t day, int hour, int minute, int second) {
    struct civil c = {.hour = hour, .minute = minute, .second = second};
    civil_from_day_number(day, &c.year, &c.month, &c.day);
    return civil_to_ms(c);
}

static void date_text(int32_t day, char out[40]) {
    int y, m, d;
    civil_from_day_number(day, &y, &m, &d);
    snprintf(out, 40, "%04d-%02d-%02d", y, m, d);
}

/* At the first and the last second of the event's day in Vietnam alike. */
static void check_due(const struct calendar *c, const char *event, int n, const char *expected) {
    const int seconds[][3] = {{0, 0, 0}, {12, 0, 0}, {23, 59, 59}};
    for (size_t i = 0; i < 3; i++) {
        int32_t due = 0;
        char text[40];
        assert_int_equal(calendar_due(c, moment(day_of(event), seconds[i][0], seconds[i][1], seconds[i][2]), n, &due), ERR_OK);
        date_text(due, text);
        assert_string_equal(text, expected);
    }
}

struct vector_context {
    const struct calendar *calendar;
    const char *event;
    int checked;
};

static void check_vector(void *context, const char *key, const struct json *value) {
    struct vector_context *v = context;
    check_due(v->calendar, v->event, atoi(key), json_text_value(value));
    v->checked++;
}

static int check_vectors(const struct calendar *c, const char *path) {
    char *text = slurp(path);
    struct json *document;
    assert_int_equal(json_parse(text, strlen(text), &document), ERR_OK);
    struct vector_context v = {.calendar = c};
    for (size_t i = 0; i < json_count(document); i++) {
        v.event = json_text(json_at(document, i), "event");
        json_each(json_get(json_at(document, i), "plus"), check_vector, &v);
    }
    json_free(document);
    free(text);
    return v.checked;
}

static void deadlines(void **state) {
    (void)state;
    struct calendar *c = load(false);
    assert_int_equal(check_vectors(c, "tests/fixtures/deadlines.json"), 108);
    calendar_free(c);
}

static void deadlines_with_the_pending_day_off(void **state) {
    (void)state;
    struct calendar *c = load(true);
    assert_int_equal(check_vectors(c, "tests/fixtures/deadlines_24_11_off.json"), 12);
    calendar_free(c);
}

/* Received → decided by +2 → result by +10 → published by +1 → rejoinder until +10 → reconsidered by +10, each on its last day. */
static void chains(void **state) {
    (void)state;
    static const struct {
        const char *key;
        int days;
    } steps[] = {{"intake_by", 2},
                 {"unit_result_by", 10},
                 {"publish_by", 1},
                 {"rejoinder_until(if delivered on publish_by)", 10},
                 {"reconsidered_by(if sent last day)", 10}};
    struct calendar *c = load(false);
    char *text = slurp("tests/fixtures/deadline_chains.json");
    struct json *document;
    assert_int_equal(json_parse(text, strlen(text), &document), ERR_OK);
    assert_true(json_count(document) >= 4);
    for (size_t i = 0; i < json_count(document); i++) {
        const struct json *chain = json_at(document, i);
        const char *from = json_text(chain, "received");
        int64_t calendar_days = 0;
        assert_true(json_int(chain, "calendar_days_to_publish", &calendar_days));
        assert_int_equal(day_of(json_text(chain, "publish_by")) - day_of(from), calendar_days);
        for (size_t n = 0; n < sizeof steps / sizeof *steps; n++) {
            const char *expected = json_text(chain, steps[n].key);
            assert_non_null(expected);
            check_due(c, from, steps[n].days, expected);
            from = expected;
        }
    }
    json_free(document);
    free(text);
    calendar_free(c);
}

/* 23:59:59 and 00:00:00 in Vietnam are 16:59:59 and 17:00:00 UTC. */
static void day_boundary(void **state) {
    (void)state;
    struct calendar *c = load(false);
    int64_t last_second;
    int32_t due;
    assert_int_equal(clock_parse_iso("2026-03-10T16:59:59Z", &last_second), ERR_OK);
    assert_int_equal(calendar_due(c, last_second, 1, &due), ERR_OK);
    assert_int_equal(due, day_of("2026-03-11"));
    assert_int_equal(calendar_due(c, last_second + 999, 1, &due), ERR_OK);
    assert_int_equal(due, day_of("2026-03-11"));
    assert_int_equal(calendar_due(c, last_second + 1000, 1, &due), ERR_OK);
    assert_int_equal(due, day_of("2026-03-12"));

    int64_t end;
    assert_int_equal(clock_parse_iso("2026-03-11T17:00:00Z", &end), ERR_OK);
    assert_true(calendar_end_of_day(day_of("2026-03-11")) == end);
    assert_int_equal(clock_vietnam_day(calendar_end_of_day(day_of("2026-03-11")) - 1), day_of("2026-03-11"));
    calendar_free(c);
}

static void working_days(void **state) {
    (void)state;
    struct calendar *plain = load(false), *pending = load(true);
    static const struct {
        const char *date;
        bool working, working_if_pending_is_off;
    } rows[] = {
        {"2025-04-26", true, true}, /* a Saturday that is worked */
        {"2025-04-27", false, false}, {"2026-01-02", false, false}, /* a Friday that was swapped */
        {"2026-01-10", true, true},   {"2026-02-14", false, false},
        {"2026-11-24", true, false},  {"2028-02-29", true, true}, /* a Tuesday of a year without an entry */
        {"2028-02-26", false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(calendar_working(plain, day_of(rows[i].date)), rows[i].working);
        assert_int_equal(calendar_working(pending, day_of(rows[i].date)), rows[i].working_if_pending_is_off);
    }
    calendar_free(plain);
    calendar_free(pending);
}

static void years_and_their_status(void **state) {
    (void)state;
    struct calendar *c = load(false);
    assert_int_equal(calendar_status(c, day_of("2024-12-31")), CALENDAR_MISSING);
    assert_int_equal(calendar_status(c, day_of("2025-01-01")), CALENDAR_OFFICIAL);
    assert_int_equal(calendar_status(c, day_of("2026-12-31")), CALENDAR_OFFICIAL);
    assert_int_equal(calendar_status(c, day_of("2027-06-01")), CALENDAR_PROVISIONAL);
    assert_int_equal(calendar_status(c, day_of("2028-01-01")), CALENDAR_MISSING);
    check_due(c, "2028-02-28", 2, "2028-03-01"); /* counted by the weekday; the caller sees the status */
    calendar_free(c);
}

static void the_one_inside_the_program(void **state) {
    (void)state;
    struct calendar *c = calendar_default();
    assert_int_equal(check_vectors(c, "tests/fixtures/deadlines.json"), 108);
    calendar_free(c);
}

static void counts_that_are_none(void **state) {
    (void)state;
    struct calendar *c = load(false);
    int32_t due = 77;
    assert_int_equal(calendar_due(c, 0, 0, &due), ERR_INVALID);
    assert_int_equal(calendar_due(c, 0, -5, &due), ERR_INVALID);
    assert_int_equal(calendar_due(c, 0, 400, &due), ERR_EXHAUSTED);
    assert_int_equal(due, 77);
    calendar_free(c);
}

#define HEAD "{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SAT\", \"SUN\"], \"years\": {"
#define YEAR(body) HEAD "\"2026\": {\"status\": \"official\", " body "}}}"

/* Every wrong file is refused with words that name the place. */
static void wrong_files(void **state) {
    (void)state;
    static const struct {
        const char *json, *words;
    } rows[] = {
        {"", "not JSON"},
        {"[1, 2", "not JSON"},
        {"[]", "must be a JSON object"},
        {"3", "must be a JSON object"},
        {"{}", "tz must be"},
        {"{\"tz\": 7, \"weekend\": [], \"years\": {}}", "tz must be"},
        {"{\"tz\": \"Asia/Shanghai\", \"weekend\": [], \"years\": {}}", "tz must be"},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"years\": {}}", "weekend must be"},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SAT\"]}", "years is missing"},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"Sat\"], \"years\": {}}", "weekend: \"Sat\""},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [6], \"years\": {}}", "weekend: \"?\""},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SAT\", \"SAT\"], \"years\": {}}", "SAT stands there twice"},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"MON\",\"TUE\",\"WED\",\"THU\",\"FRI\",\"SAT\",\"SUN\"], \"years\": {}}", "at most 6"},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [], \"years\": {}, \"holidays\": []}", "unknown key \"holidays\""},
        {"{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [], \"years\": []}", "years is missing, or no object"},
        {HEAD "\"26\": {\"status\": \"official\"}}}", "\"26\" is not a year"},
        {HEAD "\"20x6\": {\"status\": \"official\"}}}", "\"20x6\" is not a year"},
        {HEAD "\"1999\": {\"status\": \"official\"}}}", "\"1999\" is not a year"},
        {HEAD "\"2026\": []}}", "years.2026: must be an object"},
        {HEAD "\"2026\": {\"off\": []}}}", "years.2026: status is missing"},
        {HEAD "\"2026\": {\"status\": \"official\"}, \"2026\": {\"status\": \"official\"}}}", "stands twice"},
        {YEAR("\"of\": []"), "years.2026: unknown key \"of\""},
        {YEAR("\"off\": \"2026-01-01\""), "years.2026: off must be a list"},
        {YEAR("\"off\": {}"), "years.2026: off must be a list"},
        {YEAR("\"off\": [20260101]"), "off: an entry is not a date"},
        {YEAR("\"off\": [\"2026-02-29\"]"), "\"2026-02-29\" is not a date"},
        {YEAR("\"off\": [\"2026-13-01\"]"), "\"2026-13-01\" is not a date"},
        {YEAR("\"off\": [\"2026-00-10\"]"), "\"2026-00-10\" is not a date"},
        {YEAR("\"off\": [\"2026-04-31\"]"), "\"2026-04-31\" is not a date"},
        {YEAR("\"off\": [\"2026-1-1\"]"), "\"2026-1-1\" is not a date"},
        {YEAR("\"off\": [\"01/01/2026\"]"), "\"01/01/2026\" is not a date"},
        {YEAR("\"off\": [\"2026-01-01 \"]"), "is not a date"},
        {YEAR("\"off\": [\"2026-+1-01\"]"), "is not a date"},
        {YEAR("\"off\": [\"2025-01-01\"]"), "off: 2025-01-01 belongs to another year"},
        {YEAR("\"off\": [\"2026-01-01\", \"2026-01-01\"]"), "off: 2026-01-01 stands there twice"},
        {YEAR("\"work_on_weekend\": [\"2026-01-09\"]"), "no weekend day"},
        {YEAR("\"off\": [\"2026-01-10\"], \"work_on_weekend\": [\"2026-01-10\"]"), "work_on_weekend: 2026-01-10 stands in off too"},
        {YEAR("\"off\": [\"2026-11-24\"], \"pending_off\": [\"2026-11-24\"]"), "pending_off: 2026-11-24 stands in off too"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct calendar *c = NULL;
        struct str problem;
        str_init(&problem, 1024);
        assert_int_equal(calendar_parse(rows[i].json, "here.json", false, &problem, &c), ERR_INVALID);
        assert_null(c);
        if (!strstr(problem.data, rows[i].words) || strncmp(problem.data, "here.json: ", 11) != 0)
            fail_msg("%s\n gives: %s\n wanted: %s", rows[i].json, problem.data, rows[i].words);
        str_release(&problem);
    }
}

static void small_but_right_files(void **state) {
    (void)state;
    struct calendar *c = NULL;
    struct str problem;
    str_init(&problem, 1024);
    const char *json = "{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SUN\"], \"years\": {\"2030\": {\"status\": \"tentative\", "
                       "\"document\": \"1/QD\", \"off\": [\"2030-12-31\"]}}}";
    assert_int_equal(calendar_parse(json, "x", false, &problem, &c), ERR_OK);
    assert_true(calendar_working(c, day_of("2030-06-01"))); /* a Saturday */
    assert_false(calendar_working(c, day_of("2030-12-31")));
    assert_int_equal(calendar_status(c, day_of("2030-06-01")), CALENDAR_PROVISIONAL);
    calendar_free(c);
    str_release(&problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines),
        cmocka_unit_test(deadlines_with_the_pending_day_off),
        cmocka_unit_test(chains),
        cmocka_unit_test(day_boundary),
        cmocka_unit_test(working_days),
        cmocka_unit_test(years_and_their_status),
        cmocka_unit_test(the_one_inside_the_program),
        cmocka_unit_test(counts_that_are_none),
        cmocka_unit_test(wrong_files),
        cmocka_unit_test(small_but_right_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
