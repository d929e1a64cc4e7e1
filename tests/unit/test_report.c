/* Statistics against figures worked out by hand, and against those that provinces published (letters of Khánh Hòa, 16/03/2023, and Thanh Hóa
 * television, 22/06/2023): 2,928 accounts, 360 cases, 201 answered, 74 late, 84 rated, 56 of them unsatisfied; over 1,700 cases, 94 % on time. */
#include "store/report.h"

#include "firmware-host/base/clock.h"
#include "store/directory.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

/* ---- rows, by SQL: what the rules would leave after months ---- */

static void run(const struct store_fixture *f, const char *sql) {
    sqlite3 *db;
    char *why = NULL;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

#define ROWS(n) "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " #n ") "
#define MANY 2000

/* Cases 1 … MANY of one subscriber, all RECEIVED on 2022-10-05, without any life yet. */
static void add_cases(const struct store_fixture *f) {
    run(f, "INSERT INTO subscriber (id, phone_hash, phone_sealed) VALUES (1, zeroblob(16), x'00');"
           "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
           "INSERT INTO cases (id, code, subscriber_id, state, kind, flags, link, submitted_at, text_sealed) "
           "SELECT i, i, 1, 1, 0, 0, 'm1', 1664928000000, x'00' FROM n;"
           "INSERT INTO agency (id, parent_id, key, kind, name, name_accented) VALUES (1, NULL, 'so-xd', 0, 'So Xay dung', 'Sở Xây dựng'),"
           " (2, 1, 'so-xd-qldt', 1, 'Phong QLDT', 'Phòng QLĐT'), (3, NULL, 'so-tc', 0, 'So Tai chinh', 'Sở Tài chính'),"
           " (4, NULL, 'xa-hoang-quang', 2, 'xa Hoang Quang', 'xã Hoằng Quang');"
           "INSERT INTO officer (id, agency_id, key, role, subscriber_id, name_sealed) VALUES (1, 1, 'nv.an', 4, 1, x'00'), (2, 3, 'nv.binh', 4, 1, "
           "x'00')");
}

static int setup(void **state) {
    if (fixture_setup(state) != 0)
        return -1;
    add_cases(*state);
    return 0;
}

/* The store counts what it wrote itself; these rows came by another way, so it's opened anew before its counts are checked. */
static int teardown(void **state) {
    fixture_close(*state);
    fixture_open(*state);
    return fixture_teardown(state);
}

static int32_t day(const char *date) {
    int year, month, of_month;
    assert_int_equal(sscanf(date, "%d-%d-%d", &year, &month, &of_month), 3);
    return civil_day_number(year, month, of_month);
}

static struct report *make(const struct store_fixture *f, const char *from, const char *to, enum report_by by, bool is_public) {
    struct calendar *calendar = calendar_default();
    struct report_request *request = NULL;
    struct report *report = NULL;
    struct str problem;
    str_init(&problem, 1000);
    assert_int_equal(report_request_new(f->path, calendar, day(from), day(to), day(to), &request), ERR_OK);
    request->by = by;
    request->is_public = is_public;
    if (report_make(request, &problem, &report) != ERR_OK)
        fail_msg("%s", problem.data);
    report_request_free(request);
    calendar_free(calendar);
    str_release(&problem);
    return report;
}

static const struct report_group *group(const struct report *r, const char *key) {
    for (size_t i = 0; i < r->group_count; i++)
        if (strcmp(r->groups[i].key, key) == 0)
            return &r->groups[i];
    fail_msg("no group %s", key);
    return NULL;
}

/* ---- ---- */

#define PUBLISHED_AT "1668000000000"

static void test_khanh_hoa(void **state) {
    struct store_fixture *f = *state;
    /* 2022-10-05 is day 19270. */
    run(f, ROWS(360) "INSERT INTO life (case_id, received_day, accepted_at, result_at, published_at, late, rating)"
                     " SELECT i, 19270 + i % 160, 0, 0, CASE WHEN i <= 201 THEN " PUBLISHED_AT " ELSE 0 END,"
                     " CASE WHEN i > 286 THEN 2 ELSE 0 END, CASE WHEN i <= 56 THEN 1 + i % 2 WHEN i <= 84 THEN 3 + i % 3 ELSE 0 END FROM n");
    struct report *r = make(f, "2022-10-05", "2023-03-15", REPORT_BY_NONE, false);
    assert_int_equal(r->whole.counts[REPORT_RECEIVED], 360);
    assert_int_equal(r->whole.counts[REPORT_ANSWERED], 201);
    assert_int_equal(r->whole.counts[REPORT_LATE], 74);
    assert_int_equal(r->whole.counts[REPORT_RATED], 84);
    assert_int_equal(r->whole.counts[REPORT_UNSATISFIED], 56);
    assert_int_equal(report_percent(&r->whole, RATIO_LATE), 2056); /* of all received; the letter cuts it to 20 % */
    assert_int_equal(report_percent(&r->whole, RATIO_LATE_ANSWERED), 3682);
    assert_int_equal(report_percent(&r->whole, RATIO_UNSATISFIED), 6667); /* the letter: 66 % */
    report_free(r);
}

static void test_thanh_hoa(void **state) {
    struct store_fixture *f = *state;
    run(f, ROWS(1700) "INSERT INTO life (case_id, received_day, accepted_at, result_at, published_at, late)"
                      " SELECT i, 18262 + i % 1200, 0, 0, " PUBLISHED_AT ", CASE WHEN i <= 102 THEN 2 ELSE 0 END FROM n");
    struct report *r = make(f, "2020-01-01", "2023-06-22", REPORT_BY_NONE, false);
    assert_int_equal(r->whole.counts[REPORT_RECEIVED], 1700);
    assert_int_equal(report_percent(&r->whole, RATIO_ON_TIME), 9400);
    report_free(r);
}

static void test_groups(void **state) {
    struct store_fixture *f = *state;
    run(f, "INSERT INTO life (case_id, received_day, agency_id, unit_id, requested_id, field, source, hops) VALUES"
           " (1, 20400, 1, 2, 4, 'moi-truong', 0, 0)," /* handled by a unit: counts for its agency */
           " (2, 20400, 3, 1, NULL, 'moi-truong', 1, 2)," /* taken in by one agency, handled by another */
           " (3, 20435, 3, NULL, 3, NULL, 0, 0)," /* named an agency that is no commune */
           " (4, 20435, NULL, NULL, NULL, NULL, 0, 0), (5, 20399, 1, NULL, NULL, NULL, 0, 0)"); /* the last: received before the period */
    struct report *r = make(f, "2025-11-08", "2025-12-31", REPORT_BY_AGENCY, false);
    assert_int_equal(r->whole.counts[REPORT_RECEIVED], 4);
    assert_int_equal(r->whole.counts[REPORT_HOPS], 2);
    assert_int_equal(r->group_count, 3);
    assert_string_equal(r->groups[0].key, "so-xd"); /* the most first */
    assert_string_equal(r->groups[0].name, "Sở Xây dựng");
    assert_int_equal(r->groups[0].counts[REPORT_RECEIVED], 2);
    assert_int_equal(group(r, "so-tc")->counts[REPORT_RECEIVED], 1);
    assert_int_equal(group(r, "")->counts[REPORT_RECEIVED], 1);
    report_free(r);
    r = make(f, "2025-11-08", "2025-12-31", REPORT_BY_FIELD, false);
    assert_int_equal(r->group_count, 2);
    assert_int_equal(group(r, "moi-truong")->counts[REPORT_RECEIVED], 2);
    report_free(r);
    r = make(f, "2025-11-08", "2025-12-31", REPORT_BY_COMMUNE, false);
    assert_int_equal(r->group_count, 2);
    assert_string_equal(group(r, "xa-hoang-quang")->name, "xã Hoằng Quang");
    report_free(r);
    r = make(f, "2025-11-08", "2025-12-31", REPORT_BY_CHANNEL, false);
    assert_int_equal(group(r, "ussd")->counts[REPORT_RECEIVED], 1);
    assert_int_equal(group(r, "sms")->counts[REPORT_RECEIVED], 3);
    report_free(r);
    r = make(f, "2025-11-08", "2025-12-31", REPORT_BY_MONTH, false);
    assert_string_equal(r->groups[0].key, "2025-11"); /* in their order */
    assert_string_equal(r->groups[1].key, "2025-12");
    report_free(r);
}

/* Received on Mon 2026-03-02, accepted on Wed, result the Wednesday after, published the next day: 2, 5, 1 and 8 working days. */
static void test_ages(void **state) {
    struct store_fixture *f = *state;
    run(f, "INSERT INTO life (case_id, received_day, accepted_at, result_at, published_at, paused_days) VALUES"
           " (1, 20514, 1772586000000, 1773190800000, 1773277200000, 0),"
           " (2, 20514, 1772586000000, 1773190800000, 1773277200000, 3),"
           " (3, 20514, 1772499600000, 0, 0, 0), (4, 20514, 0, 0, 0, 0)");
    struct report *r = make(f, "2026-03-02", "2026-03-31", REPORT_BY_NONE, false);
    assert_int_equal(r->whole.gross[AGE_INTAKE].count, 3);
    assert_int_equal(r->whole.gross[AGE_INTAKE].median, 2);
    assert_int_equal(r->whole.gross[AGE_RESULT].p90, 5);
    assert_int_equal(r->whole.gross[AGE_PUBLISH].median, 1);
    assert_int_equal(r->whole.gross[AGE_WHOLE].median, 8);
    assert_int_equal(r->whole.net[AGE_WHOLE].median, 5); /* nearest rank of 5 and 8 */
    assert_int_equal(r->whole.net[AGE_WHOLE].p90, 8);
    assert_int_equal(r->whole.gross[AGE_OPEN].count, 4); /* all are RECEIVED still */
    assert_int_equal(r->whole.gross[AGE_OPEN].median, 21);
    report_free(r);
}

static void test_ends_and_reasons(void **state) {
    struct store_fixture *f = *state;
    run(f,
        "UPDATE cases SET state = 7 WHERE id IN (1, 2, 3, 4); UPDATE cases SET state = 8 WHERE id IN (5, 6); UPDATE cases SET flags = 4 WHERE id = 7;"
        "INSERT INTO life (case_id, received_day, refusal, original_id, late, explained) VALUES (1, 20514, 'to-cao', NULL, 0, 0),"
        " (2, 20514, 'to-cao', NULL, 0, 0), (3, 20514, 'quang-cao', NULL, 0, 0), (4, 20514, 'duplicate', 7, 0, 0), (5, 20514, 'withdrawn', NULL, 0, "
        "0),"
        " (6, 20514, 'noted', NULL, 0, 0), (7, 20514, NULL, NULL, 32, 0)," /* the citizen's own deadline passed: nobody is late */
        " (8, 20514, NULL, NULL, 3, 1)");
    struct report *r = make(f, "2026-03-02", "2026-03-31", REPORT_BY_NONE, false);
    assert_int_equal(r->whole.counts[REPORT_REFUSED], 3);
    assert_int_equal(r->whole.counts[REPORT_DUPLICATES], 1);
    assert_int_equal(r->whole.counts[REPORT_WITHDRAWN], 1);
    assert_int_equal(r->whole.counts[REPORT_NOTED], 1);
    assert_int_equal(r->whole.counts[REPORT_CONFIDENTIAL], 1);
    assert_int_equal(r->whole.counts[REPORT_LATE], 2);
    assert_int_equal(r->whole.counts[REPORT_LATE_REASON], 1);
    assert_int_equal(r->reason_count, 2);
    assert_string_equal(r->reasons[0].code, "to-cao");
    assert_int_equal(r->reasons[0].count, 2);
    report_free(r);
}

static void test_ranking(void **state) {
    struct store_fixture *f = *state;
    run(f, "INSERT INTO life (case_id, received_day, agency_id, officer_id, rating) VALUES (1, 20514, 1, 1, 5), (2, 20514, 1, 1, 2), (3, 20514, 3, "
           "2, 4),"
           " (4, 20514, 3, 2, 0), (5, 20514, NULL, NULL, 5)");
    struct report *r = make(f, "2026-03-02", "2026-03-31", REPORT_BY_NONE, false);
    assert_int_equal(r->agency_count, 2);
    assert_string_equal(r->agencies[0].key, "so-tc"); /* 4.0 before 3.5 */
    assert_string_equal(r->agencies[1].key, "so-xd");
    assert_int_equal(r->agencies[1].rated, 2);
    assert_int_equal(r->agencies[1].sum, 7);
    assert_int_equal(r->agencies[1].unsatisfied, 1);
    assert_string_equal(r->officers[0].key, "nv.binh");
    report_free(r);
}

/* 10 cases: so-xd 6, so-tc 3, nobody 1: what is under 5 goes. With 6 and 3 alone, the 6 must go too: the total would tell the 3. */
static void test_public(void **state) {
    struct store_fixture *f = *state;
    run(f, ROWS(9) "INSERT INTO life (case_id, received_day, agency_id, rating, officer_id)"
                   " SELECT i, 20514, CASE WHEN i <= 6 THEN 1 ELSE 3 END, CASE WHEN i <= 5 THEN 5 ELSE 1 END, 1 FROM n");
    struct report *r = make(f, "2026-03-02", "2026-03-31", REPORT_BY_AGENCY, true);
    assert_int_equal(r->whole.counts[REPORT_RECEIVED], 9);
    assert_int_equal(group(r, "so-tc")->counts[REPORT_RECEIVED], REPORT_SUPPRESSED);
    assert_int_equal(group(r, "so-xd")->counts[REPORT_RECEIVED], REPORT_SUPPRESSED);
    assert_int_equal(r->whole.counts[REPORT_RATED_1], REPORT_SUPPRESSED); /* 4 */
    assert_int_equal(r->whole.counts[REPORT_RATED_5], 5);
    assert_int_equal(report_percent(&r->whole, RATIO_UNSATISFIED), -1); /* 4 of 9 */
    assert_int_equal(group(r, "so-tc")->gross[AGE_OPEN].count, REPORT_SUPPRESSED);
    assert_int_equal(r->officer_count, 0);
    report_free(r);
    run(f, ROWS(2000) "INSERT INTO life (case_id, received_day, agency_id) SELECT i, 20514, NULL FROM n WHERE i BETWEEN 10 AND 12");
    r = make(f, "2026-03-02", "2026-03-31", REPORT_BY_AGENCY, true);
    assert_int_equal(group(r, "so-xd")->counts[REPORT_RECEIVED], 6); /* two gaps: none can be told from the total */
    assert_int_equal(group(r, "")->counts[REPORT_RECEIVED], REPORT_SUPPRESSED);
    report_free(r);
}

static void test_channel(void **state) {
    struct store_fixture *f = *state;
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int n = 0; n < 3; n++)
        assert_int_equal(fixture_take_message(f->store, 5000 + n), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    run(f, "UPDATE message SET verb = 'BADCODE' WHERE id = 1; UPDATE message SET verb = 'FREETEXT' WHERE id = 2;"
           "UPDATE part SET state = 3 WHERE outbound_id = 1; UPDATE part SET state = 4 WHERE outbound_id = 2;"
           "INSERT INTO attempt (part_id, number, link, subscriber_id, opened_at, closed_at, state, reference, repeated, code, reason)"
           " SELECT o.id * 256 + 1, 9, 'm1', 1, m.arrived_at, m.arrived_at, 1, 0, 0, 0, '' FROM outbound o JOIN message m ON m.id = o.message_id;"
           "UPDATE attempt SET number = 1, closed_at = opened_at + 100 * part_id / 256 WHERE number = 9 AND part_id NOT IN"
           " (SELECT part_id FROM attempt WHERE number = 1)");
    struct report *r = make(f, "2026-02-25", "2026-02-25", REPORT_BY_NONE, false);
    assert_int_equal(r->channel[CHANNEL_MESSAGES_IN], 3);
    assert_int_equal(r->channel[CHANNEL_PARSE_FAILURES], 1);
    assert_int_equal(r->channel[CHANNEL_FREETEXT], 1);
    assert_int_equal(r->channel[CHANNEL_MESSAGES_OUT], 3);
    assert_int_equal(r->channel[CHANNEL_DELIVERED], 1);
    assert_int_equal(r->channel[CHANNEL_UNDELIVERED], 1);
    report_free(r);
    r = make(f, "2026-02-24", "2026-02-24", REPORT_BY_NONE, false);
    assert_int_equal(r->channel[CHANNEL_MESSAGES_IN], 0);
    report_free(r);
}

static void test_nothing_received(void **state) {
    struct report *r = make(*state, "2026-03-02", "2026-03-31", REPORT_BY_MONTH, false);
    assert_int_equal(r->whole.counts[REPORT_RECEIVED], 0);
    assert_int_equal(r->group_count, 0);
    assert_int_equal(report_percent(&r->whole, RATIO_LATE), -1);
    assert_int_equal(r->whole.gross[AGE_WHOLE].median, 0);
    report_free(r);
}

static void test_what_cannot_be(void **state) {
    (void)state;
    struct calendar *calendar = calendar_default();
    struct report_request *request = NULL;
    struct report *report = NULL;
    struct str problem;
    str_init(&problem, 1000);
    assert_int_equal(report_request_new("x", calendar, 200, 199, 300, &request), ERR_INVALID);
    assert_int_equal(report_request_new("x", calendar, 0, 90000, 300, &request), ERR_INVALID);
    assert_int_equal(report_request_new("/nowhere/phanhoi.db", calendar, 100, 199, 300, &request), ERR_OK);
    assert_int_equal(report_make(request, &problem, &report), ERR_IO);
    assert_non_null(strstr(problem.data, "/nowhere/phanhoi.db"));
    assert_int_equal(report_by_find("agency"), REPORT_BY_AGENCY);
    assert_int_equal(report_by_find("weather"), REPORT_BYS);
    report_request_free(request);
    calendar_free(calendar);
    str_release(&problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_khanh_hoa, setup, teardown),        cmocka_unit_test_setup_teardown(test_thanh_hoa, setup, teardown),
        cmocka_unit_test_setup_teardown(test_groups, setup, teardown),           cmocka_unit_test_setup_teardown(test_ages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends_and_reasons, setup, teardown), cmocka_unit_test_setup_teardown(test_ranking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_public, setup, teardown),           cmocka_unit_test_setup_teardown(test_channel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_received, setup, teardown), cmocka_unit_test(test_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
