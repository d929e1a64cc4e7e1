/* The working-day calendar against vectors counted by hand from the published schedules, and against files that are wrong. */
#include "store/calendar.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <limits.h>
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
    struct calendar *counted = load(false);
    assert_int_equal(check_vectors(c, "tests/fixtures/deadlines.json"), 108);
    for (int32_t day = day_of("2024-01-01"); day < day_of("2030-01-01"); day++) {
        assert_int_equal(calendar_reason(c, NULL, day), calendar_reason(counted, NULL, day));
        assert_int_equal(calendar_status(c, day), calendar_status(counted, day));
    }
    calendar_free(c);
    calendar_free(counted);
}

static void counts_that_are_none(void **state) {
    (void)state;
    struct calendar *c = load(false);
    int32_t due = 77;
    assert_int_equal(calendar_due(c, 0, 0, &due), ERR_INVALID);
    assert_int_equal(calendar_due(c, 0, -5, &due), ERR_INVALID);
    assert_int_equal(calendar_due(c, 0, CALENDAR_DAYS_MAX + 1, &due), ERR_INVALID);
    assert_int_equal(calendar_due(c, 0, INT_MAX, &due), ERR_INVALID);
    assert_int_equal(calendar_due(c, 0, INT_MIN, &due), ERR_INVALID);
    assert_int_equal(due, 77);
    assert_int_equal(calendar_due(c, 0, CALENDAR_DAYS_MAX, &due), ERR_OK);
    assert_int_equal(calendar_working_days(c, NULL, 0, due), CALENDAR_DAYS_MAX);
    calendar_free(c);
}

#define HEAD "{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SAT\", \"SUN\"], \"years\": {"
#define YEAR(body) HEAD "\"2026\": {\"status\": \"official\", " body "}}}"
#define WHOLE(body) HEAD "}, " body "}"
#define CLOSURE(agency, from, to, reason) \
    WHOLE("\"closures\": [{\"agency\": \"" agency "\", \"from\": \"" from "\", \"to\": \"" to "\", \"reason\": \"" reason "\"}]")

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
        {YEAR("\"off\": [\"2026-11-24\"], \"half_days\": [\"2026-11-24\"]"), "half_days: 2026-11-24 stands in off too"},
        {YEAR("\"half_days\": \"2026-11-24\""), "years.2026: half_days must be a list"},
        {YEAR("\"off\": [\"1999-12-31\"]"), "\"1999-12-31\" is not a date"},
        {HEAD "\"2026\": {\"status\": \"offical\"}}}", "years.2026: status: \"offical\" begins neither"},
        {HEAD "\"2026\": {\"status\": \"officially not\"}}}", "status: \"officially not\" begins neither"},
        {HEAD "\"2026\": {\"status\": \"unofficial\"}}}", "begins neither"},
        {HEAD "\"2026\": {\"status\": 1}}}", "years.2026: status must be a text"},
        {HEAD "\"2026\": {\"status\": \"\"}}}", "years.2026: status must be a text"},
        {YEAR("\"document\": 5"), "years.2026: document must be a text"},
        {YEAR("\"document\": \"a\\u001bb\""), "document must be a text"},
        {YEAR("\"names\": []"), "years.2026: names must be an object"},
        {YEAR("\"names\": {\"2026-02-30\": \"x\"}"), "names: \"2026-02-30\" is not a date"},
        {YEAR("\"names\": {\"2026-03-03\": \"x\"}"), "names: 2026-03-03 stands in no list"},
        {YEAR("\"off\": [\"2026-03-03\"], \"names\": {\"2026-03-03\": \"\"}"), "names: 2026-03-03 must be a text"},
        {YEAR("\"off\": [\"2026-03-03\"], \"names\": {\"2026-03-03\": 7}"), "names: 2026-03-03 must be a text"},
        {YEAR("\"alternatives\": [\"2026-03-03\"]"), "years.2026: alternatives must be an object"},
        {YEAR("\"alternatives\": {\"b\": \"2026-03-03\"}"), "years.2026: alternatives.b must be a list"},
        {YEAR("\"alternatives\": {\"b\": [\"2026-03-32\"]}"), "alternatives.b: \"2026-03-32\" is not a date"},
        {YEAR("\"alternatives\": {\"b\": [\"2025-03-03\"]}"), "alternatives.b: 2025-03-03 belongs to another year"},
        {WHOLE("\"version\": -1"), "version must be a whole number"},
        {WHOLE("\"version\": 1.5"), "version must be a whole number"},
        {WHOLE("\"version\": \"\""), "version must be a whole number"},
        {WHOLE("\"version\": \"3 b\""), "version must be a whole number"},
        {WHOLE("\"version\": \"123456789012345678901234567890123\""), "version must be a whole number"},
        {WHOLE("\"source\": {}"), "source must be a text"},
        {WHOLE("\"closures\": {}"), "closures must be a list"},
        {WHOLE("\"closures\": [1]"), "closures[0]: must be an object"},
        {CLOSURE("so-xd", "2026-09-08", "2026-09-09", "bão\", \"x\": \""), "closures[0]: unknown key \"x\""},
        {CLOSURE("So XD", "2026-09-08", "2026-09-09", "bão"), "closures[0]: agency must be a key"},
        {CLOSURE("", "2026-09-08", "2026-09-09", "bão"), "closures[0]: agency must be a key"},
        {CLOSURE("a-key-that-is-longer-than-31-chars", "2026-09-08", "2026-09-09", "bão"), "closures[0]: agency must be a key"},
        {CLOSURE("so-xd", "2026-09-31", "2026-10-02", "bão"), "closures[0]: from: \"2026-09-31\" is not a date"},
        {CLOSURE("so-xd", "2026-09-08", "2026-09-07", "bão"), "closures[0]: to: 2026-09-07 is before from"},
        {CLOSURE("so-xd", "2026-09-08", "2027-09-09", "bão"), "closures[0]: from 2026-09-08 to 2027-09-09 are more than 366 days"},
        {CLOSURE("so-xd", "2026-09-08", "2026-09-09", ""), "closures[0]: reason must be a text"},
        {WHOLE("\"closures\": [{\"agency\": \"a\", \"from\": \"2026-09-08\", \"reason\": \"bão\"}]"), "closures[0]: to: an entry is not a date"},
        {WHOLE("\"closures\": [{\"agency\": \"a\", \"from\": \"2026-09-08\", \"to\": \"2026-09-08\"}]"), "closures[0]: reason is missing"},
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
    const char *json = "{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SUN\"], \"years\": {\"2030\": {\"status\": \"Provisional, tentative\", "
                       "\"document\": \"1/QD\", \"off\": [\"2030-12-31\"]}}}";
    assert_int_equal(calendar_parse(json, "x", false, &problem, &c), ERR_OK);
    assert_true(calendar_working(c, day_of("2030-06-01"))); /* a Saturday */
    assert_false(calendar_working(c, day_of("2030-12-31")));
    assert_int_equal(calendar_status(c, day_of("2030-06-01")), CALENDAR_PROVISIONAL);
    calendar_free(c);
    str_release(&problem);
}

/* ---- closures, half days, versions ---- */

static struct calendar *parse(const char *json, bool pending_as_off) {
    struct calendar *c = NULL;
    struct str problem;
    str_init(&problem, 1024);
    if (calendar_parse(json, "x", pending_as_off, &problem, &c) != ERR_OK)
        fail_msg("%s", problem.data);
    str_release(&problem);
    return c;
}

static void check_due_for(const struct calendar *c, const char *agency, const char *event, int n, const char *expected) {
    int32_t due = 0;
    char text[CALENDAR_DATE_SIZE];
    assert_int_equal(calendar_due_for(c, agency, moment(day_of(event), 8, 0, 0), n, &due), ERR_OK);
    calendar_date_text(due, text);
    assert_string_equal(text, expected);
}

static void closed_agencies(void **state) {
    (void)state;
    struct calendar *c = parse(HEAD "\"2026\": {\"status\": \"official\", \"work_on_weekend\": [\"2026-09-12\"]}}, \"closures\": ["
                                    "{\"agency\": \"so-xd\", \"from\": \"2026-09-08\", \"to\": \"2026-09-12\", \"reason\": \"bão số 5\"}, "
                                    "{\"agency\": \"*\", \"from\": \"2026-09-10\", \"to\": \"2026-09-10\", \"reason\": \"lũ\"}]}",
                               false);
    check_due_for(c, NULL, "2026-09-07", 1, "2026-09-08");
    check_due_for(c, NULL, "2026-09-07", 3, "2026-09-11"); /* the 10th is closed for all */
    check_due(c, "2026-09-07", 3, "2026-09-11");
    check_due_for(c, "ubnd", "2026-09-07", 3, "2026-09-11");
    check_due_for(c, "so-xd", "2026-09-07", 1, "2026-09-14"); /* the worked Saturday is closed too */
    check_due_for(c, "so-xd", "2026-09-04", 2, "2026-09-14");
    assert_false(calendar_working(c, day_of("2026-09-10")));
    assert_false(calendar_working_for(c, "so-xd", day_of("2026-09-08")));
    assert_true(calendar_working_for(c, "so-x", day_of("2026-09-08")));
    assert_true(calendar_working_for(c, "so-xd", day_of("2026-09-07")));
    assert_int_equal(calendar_working_days(c, "so-xd", day_of("2026-09-07"), day_of("2026-09-14")), 1);
    assert_int_equal(calendar_working_days(c, NULL, day_of("2026-09-07"), day_of("2026-09-14")), 5);
    assert_int_equal(calendar_working_days(c, NULL, day_of("2026-09-14"), day_of("2026-09-07")), 0);
    assert_true(calendar_has_closures(c, "so-xd"));
    assert_false(calendar_has_closures(c, "so"));
    calendar_free(c);
}

static void closed_for_ever(void **state) {
    (void)state;
    struct calendar *c = parse(HEAD "}, \"closures\": ["
                                    "{\"agency\": \"a\", \"from\": \"2026-01-01\", \"to\": \"2026-12-31\", \"reason\": \"r\"}, "
                                    "{\"agency\": \"a\", \"from\": \"2027-01-01\", \"to\": \"2027-12-31\", \"reason\": \"r\"}, "
                                    "{\"agency\": \"a\", \"from\": \"2028-01-01\", \"to\": \"2028-12-31\", \"reason\": \"r\"}, "
                                    "{\"agency\": \"a\", \"from\": \"2029-01-01\", \"to\": \"2029-12-31\", \"reason\": \"r\"}]}",
                               false);
    int32_t due = 77;
    assert_int_equal(calendar_due_for(c, "a", moment(day_of("2026-01-05"), 0, 0, 0), 1, &due), ERR_EXHAUSTED);
    assert_int_equal(due, 77);
    check_due_for(c, "b", "2026-01-05", 1, "2026-01-06");
    calendar_free(c);
}

static void half_days_are_working_days(void **state) {
    (void)state;
    struct calendar *c = parse(YEAR("\"half_days\": [\"2026-02-13\", \"2026-02-14\"]"), false);
    check_due(c, "2026-02-12", 1, "2026-02-13");
    check_due(c, "2026-02-12", 2, "2026-02-14"); /* a Saturday */
    check_due(c, "2026-02-12", 3, "2026-02-16");
    calendar_free(c);
    c = parse("{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SUN\"], \"years\": {}}", false); /* an office that works on Saturday mornings */
    check_due(c, "2026-02-13", 2, "2026-02-16");
    calendar_free(c);
}

static void versions(void **state) {
    (void)state;
    static const struct {
        const char *json;
        bool pending_as_off;
        const char *version;
    } rows[] = {
        {WHOLE("\"version\": 3"), false, "3"},
        {WHOLE("\"version\": 3"), true, "3+pending"},
        {WHOLE("\"version\": \"2026.2\", \"source\": \"x\""), false, "2026.2"},
        {WHOLE("\"version\": 9223372036854775807"), true, "9223372036854775807+pending"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct calendar *c = parse(rows[i].json, rows[i].pending_as_off);
        assert_string_equal(calendar_version(c), rows[i].version);
        calendar_free(c);
    }
    struct calendar *one = parse(YEAR("\"off\": [\"2026-03-03\"]"), false), *other = parse(YEAR("\"off\": [\"2026-03-04\"]"), false);
    struct calendar *again = parse(YEAR("\"off\": [\"2026-03-03\"]"), false);
    assert_string_equal(calendar_version(one), calendar_version(again));
    assert_string_not_equal(calendar_version(one), calendar_version(other));
    assert_null(calendar_source(one));
    calendar_free(one);
    calendar_free(other);
    calendar_free(again);
    one = calendar_default();
    assert_string_equal(calendar_version(one), "1");
    assert_non_null(calendar_source(one));
    assert_int_equal(strncmp(calendar_document(one, 2026), "12729/VPCP-KGVX", 15), 0);
    assert_null(calendar_document(one, 2028));
    assert_null(calendar_status_text(one, 2028));
    assert_null(calendar_status_text(one, -5));
    calendar_free(one);
}

/* Two calendars side by side, as a reload has them: the first Saturday of a swap, and the same year with the swap taken back. */
static void a_worked_saturday_is_taken_back(void **state) {
    (void)state;
    struct calendar *swapped = parse(YEAR("\"off\": [\"2026-08-31\"], \"work_on_weekend\": [\"2026-08-22\"]"), false);
    struct calendar *taken_back = parse(YEAR("\"off\": []"), false);
    check_due(swapped, "2026-08-21", 1, "2026-08-22");
    check_due(taken_back, "2026-08-21", 1, "2026-08-24"); /* later */
    check_due(swapped, "2026-08-22", 1, "2026-08-24");
    check_due(taken_back, "2026-08-22", 1, "2026-08-24"); /* the event's day never counts, worked or not */
    check_due(swapped, "2026-08-28", 1, "2026-09-01");
    check_due(taken_back, "2026-08-28", 1, "2026-08-31"); /* earlier: for the caller to refuse */
    assert_string_not_equal(calendar_version(swapped), calendar_version(taken_back));
    calendar_free(swapped);
    calendar_free(taken_back);
}

static void a_problem_with_much_text_is_told_in_few_words(void **state) {
    (void)state;
    struct str json, problem;
    struct calendar *c = NULL;
    str_init(&json, 1 << 20);
    str_init(&problem, 1024);
    str_add(&json, HEAD "\"2026\": {\"status\": \"official\", \"");
    for (int i = 0; i < 5000; i++)
        str_add_char(&json, 'k');
    str_add(&json, "\": 1}}}");
    assert_int_equal(calendar_parse(json.data, "here.json", false, &problem, &c), ERR_INVALID);
    assert_non_null(strstr(problem.data, "here.json: years.2026: unknown key \"kkkkk"));
    assert_non_null(strstr(problem.data, "(allowed: status"));
    str_release(&json);
    str_release(&problem);
}

/* ---- why ---- */

static void check_words(const struct calendar *c, const char *agency, const char *date, const char *expected) {
    struct str words;
    str_init(&words, 512);
    calendar_explain(c, agency, day_of(date), &words);
    if (strcmp(words.data, expected) != 0)
        fail_msg("%s: %s\n wanted: %s", date, words.data, expected);
    str_release(&words);
}

static void reasons_of_days(void **state) {
    (void)state;
    static const struct {
        const char *date, *words;
    } rows[] = {
        {"2026-02-12", "Thu"},
        {"2026-02-14", "Sat"},
        {"2026-02-15", "Sun"},
        {"2026-02-16", "Mon, holiday: off in 2026 (Tết Nguyên đán)"},
        {"2026-02-20", "Fri, holiday: off in 2026 (Tết Nguyên đán)"},
        {"2026-01-01", "Thu, holiday: off in 2026 (Tết Dương lịch)"},
        {"2026-01-02", "Fri, holiday: off in 2026 (đổi ngày làm việc với 10/01)"},
        {"2026-01-10", "Sat, worked Saturday (làm bù cho 02/01)"},
        {"2026-04-27", "Mon, holiday: off in 2026 (in lieu of Giỗ Tổ Hùng Vương)"},
        {"2025-04-07", "Mon, holiday: off in 2025 (Giỗ Tổ Hùng Vương)"},
        {"2026-04-30", "Thu, holiday: off in 2026 (Ngày Chiến thắng)"},
        {"2026-05-01", "Fri, holiday: off in 2026 (Ngày Quốc tế Lao động)"},
        {"2027-05-03", "Mon, holiday: off in 2027 (in lieu of Ngày Quốc tế Lao động)"},
        {"2026-09-01", "Tue, holiday: off in 2026 (Quốc khánh)"},
        {"2026-09-02", "Wed, holiday: off in 2026 (Quốc khánh)"},
        {"2027-02-06", "Sat, holiday: off in 2027 (Tết Nguyên đán)"},
        {"2026-11-24", "Tue, pending 24/11 (not counted as off): Ngày Văn hóa Việt Nam"},
        {"2028-01-01", "Sat"}, /* no schedule of that year */
        {"2028-01-26", "Wed"},
    };
    struct calendar *c = calendar_default(), *pending = load(true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_words(c, NULL, rows[i].date, rows[i].words);
    check_words(pending, NULL, "2026-11-24", "Tue, pending 24/11 (counted as off): Ngày Văn hóa Việt Nam");
    assert_int_equal(calendar_reason(c, NULL, day_of("2026-11-24")), CALENDAR_PENDING_WORKED);
    assert_string_equal(calendar_reason_name(CALENDAR_PENDING_WORKED), "pending_worked");
    calendar_free(c);
    calendar_free(pending);

    c = parse(HEAD "\"2026\": {\"status\": \"official\", \"half_days\": [\"2026-02-13\"], \"off\": [\"2026-06-01\"], \"work_on_weekend\": "
                   "[\"2026-06-07\"], \"pending_off\": [\"2026-11-22\"]}}, \"closures\": ["
                   "{\"agency\": \"so-xd\", \"from\": \"2026-09-08\", \"to\": \"2026-09-12\", \"reason\": \"bão số 5\"}, "
                   "{\"agency\": \"*\", \"from\": \"2026-09-15\", \"to\": \"2026-09-15\", \"reason\": \"lũ\"}]}",
              false);
    check_words(c, NULL, "2026-02-13", "Fri, half day (counts as a working day)");
    check_words(c, NULL, "2026-06-01", "Mon, holiday: off in 2026"); /* of which nobody knows what it is */
    check_words(c, NULL, "2026-06-07", "Sun, worked Sunday");
    check_words(c, NULL, "2026-11-22", "Sun"); /* pending, but a weekend day already */
    check_words(c, NULL, "2026-09-08", "Tue");
    check_words(c, "so-xd", "2026-09-08", "Tue, closed: agency so-xd, bão số 5");
    check_words(c, "so-xd", "2026-09-12", "Sat");
    check_words(c, "so-xd", "2026-09-15", "Tue, closed: all agencies, lũ");
    check_words(c, NULL, "2026-09-15", "Tue, closed: all agencies, lũ");
    calendar_free(c);
}

/* ---- properties ---- */

/* Of every event day from 2024 (missing) over three years of schedules to 2028 (missing again, a leap year), for the province and for an agency that
 * is closed at times. */
static void what_holds_for_every_deadline(void **state) {
    (void)state;
    struct calendar *pending = load(true), *plain = load(false);
    struct calendar *stormy = parse(HEAD "\"2026\": {\"status\": \"official\", \"off\": [\"2026-09-02\"]}}, \"closures\": [{\"agency\": \"a\", "
                                         "\"from\": \"2026-08-20\", \"to\": \"2026-10-20\", \"reason\": \"r\"}]}",
                                    false);
    const struct {
        const struct calendar *calendar;
        const char *agency;
    } rows[] = {{plain, NULL}, {pending, NULL}, {stormy, "a"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct calendar *c = rows[i].calendar;
        int32_t last_of_day_before[26] = {0};
        for (int32_t event = day_of("2024-12-20"); event <= day_of("2028-12-31"); event++) {
            int32_t before = event;
            for (int n = 1; n <= 25; n++) {
                int32_t due = 0, same = 0;
                assert_int_equal(calendar_due_for(c, rows[i].agency, moment(event, 0, 0, 0), n, &due), ERR_OK);
                assert_int_equal(calendar_due_for(c, rows[i].agency, moment(event, 23, 59, 59), n, &same), ERR_OK);
                assert_int_equal(due, same);
                assert_true(calendar_working_for(c, rows[i].agency, due));
                assert_true(due > before); /* more days, later */
                assert_true(due >= last_of_day_before[n]); /* a later event, never earlier */
                assert_int_equal(calendar_working_days(c, rows[i].agency, event, due), n);
                assert_int_equal(calendar_working_days(c, rows[i].agency, event, due - 1), n - 1);
                last_of_day_before[n] = before = due;
            }
        }
    }
    calendar_free(plain);
    calendar_free(pending);
    calendar_free(stormy);
}

static void leap_day_and_ends_of_years(void **state) {
    (void)state;
    struct calendar *c = load(false);
    check_due(c, "2028-02-28", 1, "2028-02-29");
    check_due(c, "2028-02-29", 1, "2028-03-01");
    check_due(c, "2028-02-28", 3, "2028-03-02");
    check_due(c, "2027-02-26", 1, "2027-03-01");
    check_due(c, "2024-12-31", 1, "2025-01-02");
    check_due(c, "2025-12-31", 1, "2026-01-05");
    check_due(c, "2026-12-31", 1, "2027-01-04");
    check_due(c, "2027-12-31", 1, "2028-01-03"); /* from a year with a schedule into one without */
    int32_t day = 0;
    int64_t new_year;
    assert_int_equal(clock_parse_iso("2026-12-31T16:59:59Z", &new_year), ERR_OK);
    assert_int_equal(calendar_due(c, new_year, 2, &day), ERR_OK); /* 31/12, 23:59:59 */
    assert_int_equal(day, day_of("2027-01-05"));
    assert_int_equal(calendar_due(c, new_year + 1000, 2, &day), ERR_OK); /* 01/01, 00:00:00: a day off, so the same */
    assert_int_equal(day, day_of("2027-01-05"));
    calendar_free(c);
}

static void dates(void **state) {
    (void)state;
    static const char *const wrong[] = {"",           "2026-02-30",  "2026-2-3",    "2027-02-29", "26-02-03",   "2026/02/03",
                                        "03/02/2026", "2026-02-03 ", " 2026-02-03", "1999-12-31", "2200-01-01", "9999-99-99",
                                        "2026-00-01", "2026-01-00",  "2026-1a-01",  "-026-01-01"};
    static const char *const right[] = {"2026-02-28", "2028-02-29", "2000-02-29", "2000-01-01", "2199-12-31"};
    int32_t day = 77;
    char text[CALENDAR_DATE_SIZE];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(calendar_parse_date(wrong[i], &day), ERR_INVALID);
    assert_int_equal(day, 77);
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_int_equal(calendar_parse_date(right[i], &day), ERR_OK);
        calendar_date_text(day, text);
        assert_string_equal(text, right[i]);
    }
}

/* ---- what is to be looked at ---- */

static void add_finding(void *context, const struct calendar_finding *f) {
    str_addf(context, "%d %s: %s\n", f->year, f->kind, f->text);
}

static void check_findings(struct calendar *c, int this_year, const char *expected) {
    struct str all;
    str_init(&all, 8192);
    calendar_check(c, this_year, add_finding, &all);
    if (strcmp(all.data, expected) != 0)
        fail_msg("%s wanted:\n%s", all.data, expected);
    str_release(&all);
    calendar_free(c);
}

#define MISSING "no schedule in this calendar: its days are counted by the weekday alone, as if it had no holidays\n"
#define DAYS_2027 \
    "\"2027-01-01\", \"2027-02-05\", \"2027-02-08\", \"2027-02-09\", \"2027-02-10\", \"2027-04-30\", \"2027-05-03\", \"2027-09-02\", \"2027-09-03\""
#define ONLY_2027(days, rest) HEAD "\"2027\": {\"status\": \"official\", \"off\": [" days "]" rest "}}}"

static void what_the_check_finds(void **state) {
    (void)state;
    check_findings(
        calendar_default(), 2026,
        "2026 pending: 2026-11-24: Tue, pending 24/11 (not counted as off): Ngày Văn hóa Việt Nam\n"
        "2027 provisional: deadlines in it may move when its schedule is published (provisional: computed from the law (Tết one day before "
        "and four after, 02 and 03/09); no schedule is published yet)\n"
        "2027 pending: 2027-11-24: Wed, pending 24/11 (not counted as off): Ngày Văn hóa Việt Nam\n"
        "2028 missing: " MISSING);
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\"", ""), false), 2025,
                   "2025 missing: " MISSING "2026 missing: " MISSING);
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\"", ""), false), 2028,
                   "2028 missing: " MISSING "2029 missing: " MISSING "2030 missing: " MISSING);
    check_findings(parse(ONLY_2027(DAYS_2027, ""), false), 2027,
                   "2027 holiday: Tết Nguyên đán: days off by law: 5, but 2027-02-05 to 2027-02-10, where nobody works, has only 4 besides weekends\n"
                   "2027 holiday: Giỗ Tổ Hùng Vương, Fri 2027-04-16, is a working day in this calendar\n"
                   "2028 missing: " MISSING "2029 missing: " MISSING);
    /* China's Tết 2030 is a day later; the 10th of the third month is taken from it too */
    check_findings(parse(HEAD "\"2030\": {\"status\": \"official\", \"off\": [\"2030-01-01\", \"2030-02-04\", \"2030-02-05\", \"2030-02-06\", "
                              "\"2030-02-07\", \"2030-02-08\", \"2030-04-15\", \"2030-04-30\", \"2030-05-01\", \"2030-09-02\", \"2030-09-03\"]}}}",
                         false),
                   2030,
                   "2030 holiday: Giỗ Tổ Hùng Vương, Fri 2030-04-12, is a working day in this calendar\n"
                   "2031 missing: " MISSING "2032 missing: " MISSING);
    /* a holiday on a Sunday that nobody made up for: 1 May 2027 is a Saturday */
    check_findings(parse(ONLY_2027("\"2027-01-01\", \"2027-02-05\", \"2027-02-08\", \"2027-02-09\", \"2027-02-10\", \"2027-02-11\", \"2027-04-16\", "
                                   "\"2027-04-30\", \"2027-09-02\", \"2027-09-03\"",
                                   ""),
                         false),
                   2027,
                   "2027 holiday: Ngày Chiến thắng, Ngày Quốc tế Lao động: days off by law: 2, but 2027-04-30 to 2027-05-02, where nobody works, has "
                   "only 1 besides weekends\n"
                   "2028 missing: " MISSING "2029 missing: " MISSING);
}

static void swaps_that_do_not_match(void **state) {
    (void)state;
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\"", ", \"work_on_weekend\": [\"2027-03-06\"]"), false), 2026,
                   "2026 missing: " MISSING
                   "2027 swap: weekend days worked: 1 (2027-03-06), but days off beyond the 11 by law: 0\n2028 missing: " MISSING);
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\", \"2027-03-05\"", ""), false), 2026,
                   "2026 missing: " MISSING
                   "2027 swap: days off beyond the 11 by law: 1, but weekend days worked for them: 0\n2028 missing: " MISSING);
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\", \"2027-03-05\"", ", \"work_on_weekend\": [\"2027-03-06\"]"), false),
                   2026, "2026 missing: " MISSING "2028 missing: " MISSING);
    /* 24 November is a holiday where it is off, and none where it isn't */
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\", \"2027-11-24\"", ""), false), 2026,
                   "2026 missing: " MISSING "2028 missing: " MISSING);
    check_findings(parse(ONLY_2027(DAYS_2027 ", \"2027-02-11\", \"2027-04-16\"", ", \"pending_off\": [\"2027-11-24\"]"), true), 2026,
                   "2026 missing: " MISSING
                   "2027 pending: 2027-11-24: Wed, pending 24/11 (counted as off): Ngày Văn hóa Việt Nam\n2028 missing: " MISSING);
}

static void count_line(void *context, const char *line) {
    if (strstr(line, "calendar.not_official"))
        ++*(int *)context;
}

static void each_year_is_warned_of_once(void **state) {
    (void)state;
    struct calendar *c = load(false);
    int lines = 0;
    log_set_sink(count_line, &lines, 0);
    for (int i = 0; i < 3; i++)
        calendar_warn(c, day_of("2026-06-01"));
    assert_int_equal(lines, 0);
    for (int i = 0; i < 3; i++)
        calendar_warn(c, day_of("2027-06-01") + i);
    assert_int_equal(lines, 1);
    for (int i = 0; i < 3; i++)
        calendar_warn(c, day_of("2028-06-01") + i);
    assert_int_equal(lines, 2);
    calendar_warn(c, day_of("2027-12-31"));
    log_set_sink(NULL, NULL, 0);
    assert_int_equal(lines, 2);
    calendar_free(c);
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
        cmocka_unit_test(closed_agencies),
        cmocka_unit_test(closed_for_ever),
        cmocka_unit_test(half_days_are_working_days),
        cmocka_unit_test(versions),
        cmocka_unit_test(a_worked_saturday_is_taken_back),
        cmocka_unit_test(a_problem_with_much_text_is_told_in_few_words),
        cmocka_unit_test(reasons_of_days),
        cmocka_unit_test(what_holds_for_every_deadline),
        cmocka_unit_test(leap_day_and_ends_of_years),
        cmocka_unit_test(dates),
        cmocka_unit_test(what_the_check_finds),
        cmocka_unit_test(swaps_that_do_not_match),
        cmocka_unit_test(each_year_is_warned_of_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
