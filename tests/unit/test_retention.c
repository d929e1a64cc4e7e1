/* The end of personal data: what is erased when, what stays, that nothing of it is left in the files, and the proof. */
#include "store/retention.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "smsc/abuse.h"
#include "smsc/data_subject.h"
#include "smsc/retention.h"
#include "store/audit.h"
#include "store/db.h"
#include "store/directory.h"
#include "store/export.h"
#include "store/incident.h"
#include "store/life.h"
#include "store/privacy.h"
#include "store/province.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ERASED(table) "SELECT count(*) FROM " table " WHERE length(text_sealed) = 0"

/* ---- limits ---- */

static void limits(void **state) {
    (void)state;
    static const struct {
        const char *now;
        int months;
        const char *limit; /* its day's first moment in Vietnam */
    } cases[] = {
        {"2026-11-21T02:05:00Z", 24, "2024-11-20T17:00:00.000Z"}, {"2026-11-20T17:00:00Z", 24, "2024-11-20T17:00:00.000Z"},
        {"2026-11-20T16:59:59Z", 24, "2024-11-19T17:00:00.000Z"}, {"2026-03-31T05:00:00Z", 1, "2026-02-27T17:00:00.000Z"},
        {"2028-03-31T05:00:00Z", 1, "2028-02-28T17:00:00.000Z"},  {"2026-01-15T05:00:00Z", 1, "2025-12-14T17:00:00.000Z"},
        {"2026-01-15T05:00:00Z", 13, "2024-12-14T17:00:00.000Z"}, {"2026-12-31T05:00:00Z", 12, "2025-12-30T17:00:00.000Z"},
        {"2026-02-28T17:30:00Z", 12, "2025-02-28T17:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct retention_settings settings = {.case_months = cases[i].months};
        int64_t now;
        char text[CLOCK_TEXT_SIZE];
        assert_int_equal(clock_parse_iso(cases[i].now, &now), ERR_OK);
        struct retention_limits l = retention_limits_at(&settings, now);
        clock_iso(l.cases, text);
        assert_string_equal(text, cases[i].limit);
        assert_true(l.messages == INT64_MIN && l.traffic == INT64_MIN);
    }
}

/* ---- a life, and its end ---- */

/* A case of AN, closed; BINH's open one; a question for help by AN. Ids 1 and 2. */
static void fill(struct centre_fixture *f) {
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun, xe khong di duoc");
    centre_say(f, AN, "TEN Le Thi Hoa");
    centre_say(f, BINH, "PA Cong thoat nuoc dau ngo 12 bi tac, nuoc thai tran vao nha");
    centre_say(f, AN, "HD");
    life_act(f, 1, "ct.an", STEP_CLOSE_NOTED, "Da ghi nhan, cam on", NULL);
}

static void until_quiet(struct centre_fixture *f, int64_t ms) {
    centre_wait(f, ms);
}

/* Years go by as they do: a run every night. Jumping is what the program distrusts. */
static void months_pass(struct centre_fixture *f, int months) {
    for (int i = 0; i < months; i++)
        until_quiet(f, 31 * CLOCK_DAY);
}

static struct audit_report verify(struct centre_fixture *f, enum audit_chain which) {
    struct audit_report report;
    assert_int_equal(audit_verify(f->store, which, &report), ERR_OK);
    if (report.broken_id)
        fail_msg("%lld: %s", (long long)report.broken_id, report.broken_why);
    return report;
}

static void nothing_before_its_time(void **state) {
    struct centre_fixture *f = *state;
    fill(f);
    months_pass(f, 23);
    assert_int_equal(centre_count(f, ERASED("cases")), 0);
    assert_int_equal(centre_count(f, ERASED("outbound")), 0);
    assert_int_equal(centre_count(f, ERASED("message")), 0);
    assert_int_equal(verify(f, AUDIT_PRIVACY).events, 0); /* a night on which nothing was due leaves no row */
}

/* Rows of a table, by a condition that ends in that person's id. */
static int64_t count_of_an(struct centre_fixture *f, int64_t an, const char *format) {
    char sql[512];
    int len = snprintf(sql, sizeof sql, "SELECT count(*) FROM ");
    snprintf(sql + len, sizeof sql - (size_t)len, "%s%lld", format, (long long)an);
    return centre_count(f, sql);
}

static void a_case_goes_and_its_record_stays(void **state) {
    struct centre_fixture *f = *state;
    fill(f);
    int64_t an = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1");
    struct audit_report before = verify(f, AUDIT_CASES);
    int64_t events =
        centre_count(f, "SELECT count(*) FROM case_event WHERE case_id = 1") + 1; /* and, a year after its end, that no phone stands for it */
    int64_t deadlines = centre_count(f, "SELECT count(*) FROM deadline WHERE case_id = 1");
    months_pass(f, 26);
    struct audit_report after = verify(f, AUDIT_CASES);
    assert_true(after.events >= before.events);
    assert_int_equal(after.erased, events);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE case_id = 1"), events);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE case_id = 1 AND (data_sealed IS NOT NULL OR salt IS NOT NULL)"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM deadline WHERE case_id = 1"), deadlines);
    /* its words, whose they were, what was told about it */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE id = 1 AND length(text_sealed) = 0 AND subscriber_id = 0 AND code > 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE case_id = 1 AND (length(text_sealed) > 0 OR subscriber_id <> 0)"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound WHERE case_id = 1 AND (length(text_sealed) > 0 OR subscriber_id <> 0)"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE case_id = 1 AND length(body_sealed) > 0"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM life WHERE case_id = 1 AND erased_at > ended_at"), 1);
    /* the question for help, and with it all that was known of AN */
    assert_int_equal(count_of_an(f, an, "message WHERE subscriber_id = "), 0);
    assert_int_equal(count_of_an(f, an, "subscriber WHERE length(phone_sealed) = 0 AND name_sealed IS NULL AND id = "), 1);
    /* BINH's case is open: all of it stays, also what is older */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE id = 2 AND length(text_sealed) > 0 AND subscriber_id > 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE case_id = 2 AND length(text_sealed) > 0"), 1);
    /* every arrival keeps its digest */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE length(digest) = 16"), 4);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE length(body_sealed) > 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_true(verify(f, AUDIT_PRIVACY).events >= 1);
}

static void the_same_sms_is_still_the_same(void **state) {
    struct centre_fixture *f = *state;
    struct arrival a = centre_text(f, AN, "PA Duong vao thon 3 bi sut lun, xe khong di duoc");
    centre_give(f, &a);
    life_act(f, 1, "ct.an", STEP_CLOSE_NOTED, "Da ghi nhan, cam on", NULL);
    months_pass(f, 26);
    assert_int_equal(centre_count(f, ERASED("cases")), 1);
    centre_give(f, &a);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
}

static void nobody_is_told_of_an_erased_case(void **state) {
    struct centre_fixture *f = *state;
    char ask[32];
    fill(f);
    snprintf(ask, sizeof ask, "TC %s", life_code(f, 1));
    months_pass(f, 26);
    centre_say(f, AN, ask); /* a new person now, as far as anybody can tell */
    centre_expect(f, AN, -1, "Khong tim thay ma so*");
    struct case_step step = {.kind = STEP_CONFIDENTIAL};
    life_refused(f, 1, "ct.an", &step, ERR_CONFLICT, "erased");
    assert_int_equal(verify(f, AUDIT_CASES).broken_id, 0);
    centre_say(f, AN, "PA Den duong truoc cong truong hong da lau");
    centre_expect(f, AN, -1, "*can ho ten*");
    struct pakn_case c = centre_case(f, 3);
    assert_true(c.subscriber_id > 2);
    case_release(&c);
}

/* ---- who is forgotten ---- */

static void a_person_with_something_left_is_kept(void **state) {
    struct centre_fixture *f = *state;
    fill(f);
    int64_t an = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1");
    months_pass(f, 20);
    centre_say(f, AN, "HD");
    months_pass(f, 6);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE id = 1 AND length(text_sealed) = 0"), 1);
    assert_int_equal(count_of_an(f, an, "subscriber WHERE length(phone_sealed) > 0 AND newest_case_id IS NULL AND id = "), 1);
    months_pass(f, 20);
    assert_int_equal(count_of_an(f, an, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 0);
}

/* The list of a sender's cases leads past one that is gone, from its newest, middle or end. */
static void the_list_of_cases_stays_whole(void **state) {
    struct centre_fixture *f = *state;
    static const char *const texts[] = {"PA Duong vao thon 3 bi sut lun", "PA Cong thoat nuoc dau ngo 12 bi tac",
                                        "PA Den duong truoc cong truong hong"};
    for (int gone = 1; gone <= 3; gone++) {
        char sql[256];
        if (gone > 1) {
            (void)centre_teardown(state);
            (void)life_setup(state);
            f = *state;
        }
        for (int i = 0; i < 3; i++)
            centre_say(f, AN, texts[i]);
        life_act(f, gone, "ct.an", STEP_CLOSE_NOTED, "Da ghi nhan", NULL);
        months_pass(f, 26);
        snprintf(sql, sizeof sql,
                 "WITH RECURSIVE list (id, p) AS (SELECT id, previous_id FROM cases WHERE id = (SELECT max(newest_case_id) FROM subscriber) "
                 "UNION SELECT cases.id, previous_id FROM list JOIN cases ON cases.id = p) SELECT sum(id) FROM list");
        assert_int_equal(centre_count(f, sql), 1 + 2 + 3 - gone);
    }
}

/* The last message of BINH's that was no case's goes; the case is still open, and is told of. */
static void a_person_with_an_open_case_is_kept(void **state) {
    struct centre_fixture *f = *state;
    fill(f);
    centre_say(f, BINH, "HD");
    int64_t binh = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 2");
    months_pass(f, 26);
    assert_int_equal(count_of_an(f, binh, "message WHERE case_id IS NULL AND subscriber_id = "), 0);
    assert_int_equal(count_of_an(f, binh, "subscriber WHERE length(phone_sealed) > 0 AND newest_case_id = 2 AND id = "), 1);
    assert_int_equal(centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 2"), binh);
}

/* While a block lasts its number must be known; afterwards nothing else of that person may be left that would bring the wipe to them. */
static void who_was_blocked_is_forgotten_after_the_block(void **state) {
    struct centre_fixture *f = *state;
    struct phone an;
    struct str problem;
    fill(f);
    int64_t id = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1");
    assert_int_equal(phone_parse(AN, &an), ERR_OK);
    months_pass(f, 22);
    str_init(&problem, 256);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_block(f->smsc, &an, "goi pha nhieu lan", f->now + 360 * CLOCK_DAY, "ct.an", f->now, &problem), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    str_release(&problem);
    months_pass(f, 5);
    assert_int_equal(count_of_an(f, id, "message WHERE subscriber_id = "), 0);
    assert_int_equal(count_of_an(f, id, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 1);
    months_pass(f, 26);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM block WHERE length(reason_sealed) > 0"), 1); /* 366 days and 24 months aren't over */
    months_pass(f, 6);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM block WHERE length(reason_sealed) > 0"), 0);
    assert_int_equal(count_of_an(f, id, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 0);
}

static void an_officer_is_no_stranger(void **state) {
    struct centre_fixture *f = *state;
    int64_t phones = centre_count(f, "SELECT count(*) FROM subscriber WHERE id IN (SELECT subscriber_id FROM officer)");
    fill(f);
    months_pass(f, 30);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM subscriber WHERE id IN (SELECT subscriber_id FROM officer) AND length(phone_sealed) > 0"),
                     phones);
}

static void begin(struct centre_fixture *f) {
    assert_int_equal(store_begin(f->store), ERR_OK);
}

static void end(struct centre_fixture *f) {
    assert_int_equal(store_commit(f->store), ERR_OK);
}

/* While a request is open its number must be known, however long that takes; afterwards the row of the request is the last that brings the wipe to
 * them. */
static void who_asked_about_their_data_is_forgotten_after_the_answer(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "DULIEU");
    int64_t an = centre_count(f, "SELECT subscriber_id FROM data_request WHERE id = 1");
    months_pass(f, 30);
    assert_int_equal(count_of_an(f, an, "message WHERE subscriber_id = "), 0);
    assert_int_equal(count_of_an(f, an, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 1);
    begin(f);
    assert_int_equal(smsc_data_request_done(f->smsc, 1, "ct.an/uid:0", f->now), ERR_OK);
    end(f);
    months_pass(f, 23);
    assert_int_equal(centre_count(f, "SELECT subscriber_id FROM data_request WHERE id = 1"), an);
    assert_int_equal(count_of_an(f, an, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 1);
    months_pass(f, 2);
    assert_int_equal(centre_count(f, "SELECT subscriber_id FROM data_request WHERE id = 1 AND done_at > 0"), 0);
    assert_int_equal(count_of_an(f, an, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 0);
}

/* One who got nothing for years, and so has no other row, and one who was texted until the end. */
static void who_was_an_officer_is_forgotten_after_the_post(void **state) {
    struct centre_fixture *f = *state;
    static const char phones[] = "SELECT count(*) FROM subscriber WHERE id > 0 AND length(phone_sealed) > 0";
    int64_t all = centre_count(f, phones), officers = centre_count(f, "SELECT count(*) FROM officer");
    begin(f);
    (void)centre_count(f, "UPDATE officer SET ended_at = 1795226700000 WHERE key IN ('tc.coord', 'vp.office') RETURNING id");
    end(f);
    months_pass(f, 23);
    assert_int_equal(centre_count(f, phones), all);
    months_pass(f, 2);
    assert_int_equal(centre_count(f, phones), all - 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM officer WHERE length(name_sealed) = 0 AND subscriber_id IS NULL AND "
                                     "key IN ('tc.coord', 'vp.office') AND agency_id > 0"),
                     2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM officer WHERE length(name_sealed) > 0 AND subscriber_id > 0"), officers - 2);
    struct officer o; /* who names them still finds a row */
    assert_int_equal(officer_get(f->store, centre_count(f, "SELECT id FROM officer WHERE key = 'tc.coord'"), &o), ERR_OK);
    assert_true(o.phone.kind == PHONE_NONE && !o.name);
    officer_release(&o);
}

static void ask_export(struct centre_fixture *f, enum export_scope scope, int64_t about) {
    struct export_request r = {.at = f->now, .scope = scope, .reason = (char *)(uintptr_t) "Ba Hoa xin ban sao"};
    int64_t id = 0;
    r.asker_id = centre_count(f, "SELECT id FROM officer WHERE key = 'ct.an'");
    *(scope == EXPORT_CASE ? &r.case_id : &r.subscriber_id) = about;
    assert_int_equal(export_ask(f->store, &r, "ct.an/uid:0", &id), ERR_OK);
}

/* An incident of which the authority was told, and one of which it wasn't. */
static void report_incidents(struct centre_fixture *f) {
    struct incident i = {.at = f->now, .by = (char *)(uintptr_t) "ct.an/uid:0", .reason = (char *)(uintptr_t) "Ong Binh lam mat may tinh"};
    int64_t id = 0;
    for (int n = 0; n < 2; n++)
        assert_int_equal(incident_report(f->store, &i, &id), ERR_OK);
    assert_int_equal(incident_told(f->store, 1, f->now, "ct.an/uid:0"), ERR_OK);
}

static void reasons_end_and_what_is_open_stays(void **state) {
    struct centre_fixture *f = *state;
    struct str problem;
    int32_t day = 0;
    fill(f);
    int64_t binh = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 2");
    centre_say(f, BINH, "DULIEU");
    str_init(&problem, 256);
    begin(f);
    assert_int_equal(smsc_data_request_extend(f->smsc, 1, "Ba Binh o xa", 0, "ct.an/uid:0", f->now, &problem, &day), ERR_OK);
    assert_int_equal(smsc_data_request_done(f->smsc, 1, "ct.an/uid:0", f->now), ERR_OK);
    ask_export(f, EXPORT_CASE, 2);
    ask_export(f, EXPORT_SENDER, binh);
    report_incidents(f);
    end(f);
    str_release(&problem);
    months_pass(f, 23);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM data_request WHERE subscriber_id > 0 AND length(reason_sealed) > 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM export_request WHERE length(reason_sealed) > 0 AND state = 0"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM incident WHERE length(reason_sealed) > 0"), 2);
    months_pass(f, 3);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM data_request WHERE subscriber_id = 0 AND reason_sealed IS NULL AND done_at > 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM export_request WHERE length(reason_sealed) = 0 AND subscriber_id IS NULL AND state = 2"),
                     2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM export_request WHERE case_id = 2"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM incident WHERE id = 1 AND length(reason_sealed) = 0 AND told_at > 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM incident WHERE id = 2 AND length(reason_sealed) > 0"), 1);
    /* nothing of it is left in the chain, which holds; proofs stay */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM privacy_event WHERE type LIKE 'retention.%' AND data_sealed IS NULL"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM privacy_event WHERE type NOT LIKE 'retention.%' AND data_sealed IS NOT NULL"), 0);
    assert_true(verify(f, AUDIT_PRIVACY).erased >= 6);
    /* BINH has an open case */
    assert_int_equal(count_of_an(f, binh, "subscriber WHERE length(phone_sealed) > 0 AND id = "), 1);
}

static void what_ended_is_counted_before_it_goes(void **state) {
    struct centre_fixture *f = *state;
    int64_t now = f->now + 800 * CLOCK_DAY, counts[RETENTION_KINDS];
    struct retention_limits l = retention_limits_at(&f->settings.retention, now);
    const struct province_event elsewhere = {.code = 195,
                                             .epoch = 1,
                                             .sequence = 1,
                                             .at = INT64_C(1795226700000),
                                             .says_state = true,
                                             .state = CASE_CLOSED,
                                             .phone = {.kind = PHONE_E164, .text = BINH}};
    centre_say(f, AN, "DULIEU");
    begin(f);
    assert_int_equal(smsc_data_request_done(f->smsc, 1, "ct.an/uid:0", f->now), ERR_OK);
    ask_export(f, EXPORT_SENDER, centre_count(f, "SELECT subscriber_id FROM data_request"));
    report_incidents(f);
    (void)centre_count(f, "UPDATE officer SET ended_at = 1795226700000 WHERE key = 'tc.coord' RETURNING id");
    assert_int_equal(province_learn(f->store, &elsewhere), ERR_OK);
    assert_int_equal(province_reassigned(f->store, &elsewhere.phone, elsewhere.at), ERR_OK);
    end(f);
    assert_int_equal(retention_due(f->store, &l, now, 1000, counts), ERR_OK);
    for (enum retention_kind kind = RETENTION_DATA_REQUEST; kind < RETENTION_PERSON; kind++)
        assert_int_equal(counts[kind], 1);
}

/* ---- switches, clocks, pieces ---- */

static void never(void **state) {
    struct centre_fixture *f = *state;
    f->settings.retention = (struct retention_settings){0};
    centre_reopen_smsc(f);
    fill(f);
    months_pass(f, 40);
    assert_int_equal(centre_count(f, ERASED("cases")), 0);
    assert_int_equal(centre_count(f, ERASED("message")), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM attempt WHERE subscriber_id = 0"), 0);
}

static void a_clock_that_jumps_erases_nothing(void **state) {
    struct centre_fixture *f = *state;
    fill(f);
    until_quiet(f, CLOCK_DAY);
    until_quiet(f, 4000 * CLOCK_DAY);
    assert_int_equal(centre_count(f, ERASED("cases")), 0);
    assert_int_equal(centre_count(f, ERASED("message")), 0);
    /* until a person says that it's right */
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_retention_run(f->smsc, "ct.an/uid:0", f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    until_quiet(f, CLOCK_MINUTE);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE id = 1 AND length(text_sealed) = 0"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM privacy_event WHERE type = 'retention.asked' AND actor = 'ct.an/uid:0'"), 1);
}

/* Arrivals of a night in which the clock wasn't set aren't fifty years old; those of a clock that ran ahead don't stop the rest. */
static void implausible_times_count_as_their_neighbours(void **state) {
    struct centre_fixture *f = *state;
    for (int i = 0; i < 4; i++)
        centre_say(f, AN, "HD");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(sqlite3_exec(f->store->db,
                                  "UPDATE message SET arrived_at = 86400000 WHERE id = 2; UPDATE message SET arrived_at = 4102444800000 "
                                  "WHERE id = 3",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    months_pass(f, 20);
    assert_int_equal(centre_count(f, ERASED("message")), 0);
    centre_say(f, BINH, "HD");
    months_pass(f, 6);
    assert_int_equal(centre_count(f, ERASED("message")), 4);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE id = 5 AND length(text_sealed) > 0"), 1);
}

static void a_piece_at_a_time(void **state) {
    struct centre_fixture *f = *state;
    struct retention_limits l = retention_limits_at(&f->settings.retention, f->now + 800 * CLOCK_DAY);
    int64_t now = f->now + 800 * CLOCK_DAY, counts[RETENTION_KINDS], erased[RETENTION_KINDS];
    bool finished = false;
    int steps = 0;
    fill(f);
    assert_int_equal(retention_due(f->store, &l, now, 1000, counts), ERR_OK);
    assert_int_equal(counts[RETENTION_CASE], 1);
    assert_true(counts[RETENTION_MESSAGE] >= 1 && counts[RETENTION_TEXT] >= 1);
    for (; !finished; steps++) {
        assert_int_equal(store_begin(f->store), ERR_OK);
        assert_int_equal(retention_step(f->store, &l, now, 1, &finished), ERR_OK);
        assert_int_equal(store_commit(f->store), ERR_OK);
        int64_t gone = centre_count(f, "SELECT (SELECT count(*) FROM cases WHERE length(text_sealed) = 0)");
        assert_true(gone <= 1);
        if (steps % 3 == 0) {
            centre_restart(f); /* what was done is done, what wasn't goes on */
        }
        assert_true(steps < 500);
    }
    assert_true(steps > 5);
    assert_int_equal(retention_erased(f->store, erased), ERR_OK);
    assert_int_equal(erased[RETENTION_CASE], 1);
    assert_int_equal(erased[RETENTION_PERSON], 1);
    assert_int_equal(retention_due(f->store, &l, now, 1000, counts), ERR_OK);
    for (int kind = 0; kind < RETENTION_KINDS; kind++)
        assert_int_equal(counts[kind], 0);
}

static void note_proof(void *context, const struct privacy_event *e) {
    char **data = context;
    assert_string_equal(e->actor, "timer");
    free(*data);
    *data = mem_string(e->data);
}

static void the_proof(void **state) {
    struct centre_fixture *f = *state;
    char *data = NULL;
    fill(f);
    months_pass(f, 26);
    assert_int_equal(privacy_list(f->store, "retention.run", INT64_MIN, INT64_MAX, 0, 100, note_proof, &data), ERR_OK);
    assert_non_null(data);
    assert_non_null(strstr(data, "\"erased\":"));
    assert_non_null(strstr(data, "\"older_than\":\"20"));
    free(data);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE privacy_event SET at = at + 1 WHERE id = 1", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    struct audit_report report;
    assert_int_equal(audit_verify(f->store, AUDIT_PRIVACY, &report), ERR_OK);
    assert_int_equal(report.broken_id, 1);
}

/* ---- gone from the files ---- */

enum { BLOBS_MAX = 4096 };
struct blobs {
    struct {
        void *data;
        size_t len;
    } of[BLOBS_MAX];
    int count;
};

static void take_blobs(struct store *s, const char *sql, struct blobs *to) {
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        size_t len = (size_t)sqlite3_column_bytes(q, 0);
        assert_true(len > 24 && to->count < BLOBS_MAX);
        to->of[to->count].data = mem_alloc(len);
        memcpy(to->of[to->count].data, sqlite3_column_blob(q, 0), len);
        to->of[to->count++].len = len;
    }
    sqlite3_finalize(q);
}

static void *read_file(const char *path, size_t *ret_len) {
    FILE *file = fopen(path, "rb");
    *ret_len = 0;
    if (!file)
        return mem_alloc(1);
    fseek(file, 0, SEEK_END);
    size_t len = (size_t)ftell(file);
    rewind(file);
    void *data = mem_alloc(len + 1);
    assert_int_equal(fread(data, 1, len, file), len);
    fclose(file);
    *ret_len = len;
    return data;
}

/* How many of the blobs the file holds: any 24 octets of their ends or middle. */
static int found_in(const char *path, const struct blobs *blobs) {
    size_t len;
    void *data = read_file(path, &len);
    int found = 0;
    for (int i = 0; i < blobs->count; i++) {
        const char *blob = blobs->of[i].data;
        size_t n = blobs->of[i].len;
        found += memmem(data, len, blob, 24) || memmem(data, len, blob + n - 24, 24) || memmem(data, len, blob + (n - 24) / 2, 24);
    }
    free(data);
    return found;
}

static void nothing_is_left_in_the_files(void **state) {
    struct centre_fixture *f = *state;
    static const char *const personal[] = {
        "SELECT text_sealed FROM cases",       "SELECT text_sealed FROM message",          "SELECT body_sealed FROM inbound",
        "SELECT text_sealed FROM outbound",    "SELECT data_sealed FROM case_event",       "SELECT body_sealed FROM outbox",
        "SELECT salt || salt FROM case_event", "SELECT reason_sealed FROM export_request", "SELECT reason_sealed FROM incident WHERE told_at > 0",
    };
    struct blobs *blobs = mem_alloc(sizeof *blobs);
    char from[24], text[700], wal[4200];
    for (int i = 0; i < 60; i++) { /* pages split, and long texts overflow */
        snprintf(from, sizeof from, "+849120%05d", i);
        int len = snprintf(text, sizeof text, "PA Viec so %d: ", i);
        for (int k = 0; k < i * 9 && len < 600; k++)
            text[len++] = (char)('a' + (i * 7 + k) % 26);
        text[len] = '\0';
        centre_say(f, from, text);
    }
    int64_t cases = centre_count(f, "SELECT max(id) FROM cases WHERE code IS NOT NULL");
    assert_true(cases >= 50);
    for (int64_t id = 1; id <= cases; id++) {
        struct pakn_case c = centre_case(f, id);
        if (c.code)
            life_act(f, id, "ct.an", STEP_CLOSE_NOTED, "Da ghi nhan, cam on", NULL);
        case_release(&c);
    }
    begin(f);
    ask_export(f, EXPORT_CASE, 1);
    report_incidents(f);
    end(f);
    for (size_t i = 0; i < sizeof personal / sizeof *personal; i++)
        if (i != 6)
            take_blobs(f->store, personal[i], blobs);
    take_blobs(f->store, "SELECT phone_sealed FROM subscriber WHERE id NOT IN (SELECT subscriber_id FROM officer WHERE subscriber_id IS NOT NULL)",
               blobs);
    snprintf(wal, sizeof wal, "%s-wal", f->base->path);
    assert_int_equal(sqlite3_wal_checkpoint_v2(f->store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL), SQLITE_OK);
    assert_int_equal(found_in(f->base->path, blobs), blobs->count); /* the search can find */
    months_pass(f, 27);
    assert_int_equal(centre_count(f, ERASED("cases")), cases);
    int in_file = found_in(f->base->path, blobs), in_log = found_in(wal, blobs);
    if (in_file || in_log)
        fail_msg("of %d erased fields %d are still in the file, %d in the log", blobs->count, in_file, in_log);
    for (int i = 0; i < blobs->count; i++)
        free(blobs->of[i].data);
    free(blobs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits),
        TEST(nothing_before_its_time),
        TEST(a_case_goes_and_its_record_stays),
        TEST(the_same_sms_is_still_the_same),
        TEST(nobody_is_told_of_an_erased_case),
        TEST(a_person_with_something_left_is_kept),
        TEST(a_person_with_an_open_case_is_kept),
        TEST(who_was_blocked_is_forgotten_after_the_block),
        TEST(the_list_of_cases_stays_whole),
        TEST(who_asked_about_their_data_is_forgotten_after_the_answer),
        TEST(who_was_an_officer_is_forgotten_after_the_post),
        TEST(reasons_end_and_what_is_open_stays),
        TEST(what_ended_is_counted_before_it_goes),
        TEST(an_officer_is_no_stranger),
        TEST(never),
        TEST(a_clock_that_jumps_erases_nothing),
        TEST(implausible_times_count_as_their_neighbours),
        TEST(a_piece_at_a_time),
        TEST(the_proof),
        TEST(nothing_is_left_in_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
