/* What people ask about their data and by when it's done; who may take data out; incidents and whom they touch. */
#include "firmware-host/base/clock.h"
#include "smsc/data_subject.h"
#include "store/audit.h"
#include "store/data_request.h"
#include "store/export.h"
#include "store/incident.h"
#include "store/privacy.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct str problem;

static void begin(struct centre_fixture *f) {
    str_init(&problem, 4096);
    assert_int_equal(store_begin(f->store), ERR_OK);
}

static void end(struct centre_fixture *f) {
    str_release(&problem);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static int64_t events(struct centre_fixture *f, const char *type) {
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM privacy_event WHERE type = '%s'", type);
    return centre_count(f, sql);
}

static struct data_request request(struct centre_fixture *f, int64_t id) {
    struct data_request r;
    assert_int_equal(data_request_get(f->store, id, &r), ERR_OK);
    return r;
}

/* ---- requests of data subjects ---- */

static void their_deadlines(void **state) {
    struct centre_fixture *f = *state;
    int32_t today = clock_vietnam_day(f->now); /* a Saturday */
    int64_t late = 0;
    centre_say(f, AN, "DULIEU");
    centre_say(f, AN, "XOADULIEU");
    assert_int_equal(request(f, 1).due_day, today + 3); /* Tuesday */
    assert_int_equal(request(f, 1).act_day, today + 10);
    assert_int_equal(request(f, 2).act_day, today + 20);
    static const struct {
        int after; /* days */
        bool answered;
        int late; /* of the two */
    } cases[] = {{3, false, 0}, {4, false, 2}, {4, true, 0}, {10, true, 0}, {11, true, 1}, {20, true, 1}, {21, true, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].answered && !request(f, 1).answered_at) {
            begin(f);
            assert_int_equal(smsc_data_request_answer(f->smsc, 1, "ct.an/uid:0", f->now), ERR_OK);
            assert_int_equal(smsc_data_request_answer(f->smsc, 2, "ct.an/uid:0", f->now), ERR_OK);
            assert_int_equal(smsc_data_request_answer(f->smsc, 3, "ct.an/uid:0", f->now), ERR_NOT_FOUND);
            end(f);
        }
        struct data_request one = request(f, 1), two = request(f, 2);
        assert_int_equal(data_request_count_late(f->store, today + cases[i].after, &late), ERR_OK);
        assert_int_equal(late, cases[i].late);
        assert_int_equal(data_request_late(&one, today + cases[i].after) + data_request_late(&two, today + cases[i].after), cases[i].late);
    }
    begin(f);
    assert_int_equal(smsc_data_request_done(f->smsc, 1, "ct.an/uid:0", f->now), ERR_OK);
    assert_int_equal(smsc_data_request_done(f->smsc, 1, "ct.an/uid:0", f->now), ERR_NOT_FOUND);
    end(f);
    assert_int_equal(events(f, "data_request.answered"), 2);
    assert_int_equal(events(f, "data_request.done"), 1);
}

static void more_time_once(void **state) {
    struct centre_fixture *f = *state;
    int32_t day = 0;
    centre_say(f, AN, "DULIEU");
    int32_t act = request(f, 1).act_day;
    static const char *const bad[] = {NULL, "", "   ", "123", "\xff"};
    begin(f);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(smsc_data_request_extend(f->smsc, 1, bad[i], 0, "x", f->now, &problem, &day), ERR_INVALID);
    const int32_t days[] = {act, act - 1, act + 16, -5};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        assert_int_equal(smsc_data_request_extend(f->smsc, 1, "nhieu ho so", days[i], "x", f->now, &problem, &day), ERR_INVALID);
    assert_int_equal(smsc_data_request_extend(f->smsc, 9, "nhieu ho so", 0, "x", f->now, &problem, &day), ERR_NOT_FOUND);
    assert_int_equal(smsc_data_request_extend(f->smsc, 1, "nhieu ho so", 0, "x", f->now, &problem, &day), ERR_OK);
    assert_int_equal(day, act + 15);
    assert_int_equal(smsc_data_request_extend(f->smsc, 1, "nhieu ho so", 0, "x", f->now, &problem, &day), ERR_CONFLICT);
    end(f);
    assert_int_equal(request(f, 1).act_day, act + 15);
    assert_int_equal(events(f, "data_request.extended"), 1);
}

static void restricted_instead_of_erased(void **state) {
    struct centre_fixture *f = *state;
    int cases = 0;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun, xe khong di duoc");
    centre_say(f, AN, "PA Cong thoat nuoc dau ngo 12 bi tac");
    centre_say(f, BINH, "PA Den duong truoc cong truong hong");
    life_act(f, 1, "ct.an", STEP_CLOSE_NOTED, "Da ghi nhan", NULL);
    centre_say(f, AN, "DULIEU");
    centre_say(f, AN, "XOADULIEU");
    char endless[1500];
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = '\0';
    begin(f);
    assert_int_equal(smsc_data_request_restrict(f->smsc, 2, "", "x", f->now, &problem, &cases), ERR_INVALID);
    assert_int_equal(smsc_data_request_restrict(f->smsc, 2, endless, "x", f->now, &problem, &cases), ERR_INVALID);
    endless[900] = '\0';
    assert_int_equal(smsc_data_request_restrict(f->smsc, 2, endless, "x", f->now, &problem, &cases), ERR_TOO_LONG);
    assert_int_equal(smsc_data_request_restrict(f->smsc, 1, "Dieu 8", "x", f->now, &problem, &cases), ERR_CONFLICT);
    assert_int_equal(smsc_data_request_restrict(f->smsc, 2, "luat buoc luu ho so", "ct.an/uid:0", f->now, &problem, &cases), ERR_OK);
    end(f);
    assert_int_equal(cases, 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE flags & 4"), 2); /* CASE_CONFIDENTIAL */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.confidentiality-requested' AND actor = 'ct.an/uid:0'"), 2);
    assert_int_equal(request(f, 2).outcome, DATA_REQUEST_RESTRICTED);
    centre_expect(f, AN, -1, "Ve yeu cau xoa du lieu: *khong xoa, chi han che nguoi xem. Ly do: luat buoc luu ho so");
    assert_int_equal(events(f, "data_request.restricted"), 1);
}

static void the_service_centre_is_told(void **state) {
    struct centre_fixture *f = *state;
    struct incident i = {.at = f->now, .by = (char *)"ct.an/uid:0", .reason = (char *)"mat may tinh"};
    int64_t id = 0;
    centre_say(f, AN, "DULIEU");
    begin(f);
    assert_int_equal(incident_report(f->store, &i, &id), ERR_OK);
    end(f);
    life_to(f, 2026, 11, 25, 9);
    struct str sql;
    str_init(&sql, 256);
    int64_t told = centre_count(f, "SELECT count(*) FROM outbound WHERE template_name = 'O-MONITOR'");
    assert_true(told >= 1);
    str_release(&sql);
    char *text = NULL;
    struct outbound o;
    assert_int_equal(outbound_get(f->store, centre_count(f, "SELECT max(id) FROM outbound WHERE template_name = 'O-MONITOR'"), &o), ERR_OK);
    text = o.text;
    assert_non_null(strstr(text, "yeu cau du lieu ca nhan qua han: 1."));
    assert_non_null(strstr(text, "co su co du lieu chua bao co quan chuc nang"));
    outbound_release(&o);
}

/* ---- exports ---- */

static struct officer officer(struct centre_fixture *f, const char *key) {
    struct officer o;
    assert_int_equal(officer_find(f->store, key, clock_vietnam_day(f->now), &o), ERR_OK);
    return o;
}

static int64_t ask(struct centre_fixture *f, const char *key, enum export_scope scope) {
    struct officer by = officer(f, key);
    struct export_request r = {.at = f->now, .asker_id = by.id, .scope = scope, .case_id = 1, .reason = (char *)"theo yeu cau cua nguoi gui"};
    int64_t id = 0;
    if (scope == EXPORT_SENDER)
        r.subscriber_id = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1");
    if (scope != EXPORT_CASE)
        r.case_id = 0;
    r.from_day = r.to_day = scope == EXPORT_PERIOD ? clock_vietnam_day(f->now) : 0;
    assert_int_equal(export_ask(f->store, &r, key, &id), ERR_OK);
    officer_release(&by);
    return id;
}

static enum err decide(struct centre_fixture *f, int64_t id, const char *key, bool approve) {
    struct officer by = officer(f, key);
    str_clear(&problem);
    enum err e = export_decide(f->store, id, &by, approve, f->now + CLOCK_HOUR, key, f->now, &problem);
    officer_release(&by);
    return e;
}

static enum err may_fetch(struct centre_fixture *f, int64_t id, const char *key, int64_t now) {
    struct officer by = officer(f, key);
    struct export_request r;
    str_clear(&problem);
    assert_int_equal(export_get(f->store, id, &r), ERR_OK);
    enum err e = export_may_fetch(&r, &by, now, &problem);
    export_release(&r);
    officer_release(&by);
    return e;
}

static void two_people(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun, xe khong di duoc");
    begin(f);
    int64_t id = ask(f, "ct.an", EXPORT_CASE);
    assert_int_equal(may_fetch(f, id, "ct.an", f->now), ERR_CONFLICT);
    assert_int_equal(decide(f, id, "ct.an", true), ERR_CONFLICT); /* oneself */
    assert_int_equal(decide(f, id, "xd.intake", true), ERR_CONFLICT); /* not that role */
    assert_int_equal(decide(f, id + 1, "xd.head", true), ERR_NOT_FOUND);
    /* the same phone under another key */
    assert_int_equal(store_savepoint(f->store), ERR_OK);
    (void)fixture_sql(f->store,
                      "UPDATE officer SET subscriber_id = (SELECT subscriber_id FROM officer WHERE key = 'ct.an') WHERE key = 'xd.head' RETURNING 1");
    assert_int_equal(decide(f, id, "xd.head", true), ERR_CONFLICT);
    (void)fixture_sql(f->store, "UPDATE officer SET subscriber_id = NULL WHERE key = 'xd.head' RETURNING 1");
    assert_int_equal(decide(f, id, "xd.head", true), ERR_CONFLICT);
    store_rollback_to(f->store);
    assert_int_equal(decide(f, id, "xd.head", true), ERR_OK);
    assert_int_equal(decide(f, id, "xd.head", false), ERR_CONFLICT); /* once */
    assert_int_equal(may_fetch(f, id, "xd.head", f->now), ERR_CONFLICT); /* who asked */
    assert_int_equal(may_fetch(f, id, "ct.an", f->now + CLOCK_HOUR), ERR_CONFLICT); /* expired */
    assert_int_equal(may_fetch(f, id, "ct.an", f->now + CLOCK_HOUR - 1), ERR_OK);
    struct export_request r;
    assert_int_equal(export_get(f->store, id, &r), ERR_OK);
    assert_int_equal(export_fetched(f->store, &r, "ct.an", 3, f->now), ERR_OK);
    export_release(&r);
    assert_int_equal(may_fetch(f, id, "ct.an", f->now), ERR_CONFLICT); /* once */
    id = ask(f, "ct.an", EXPORT_CASE);
    assert_int_equal(decide(f, id, "xd.head", false), ERR_OK);
    assert_int_equal(may_fetch(f, id, "ct.an", f->now), ERR_CONFLICT);
    end(f);
    assert_int_equal(events(f, "export.requested"), 2);
    assert_int_equal(events(f, "export.approved"), 1);
    assert_int_equal(events(f, "export.denied"), 1);
    assert_int_equal(events(f, "export.fetched"), 1);
}

static void what_is_exported(void **state) {
    struct centre_fixture *f = *state;
    static const struct {
        enum export_scope scope;
        const char *has, *has_not;
    } cases[] = {{EXPORT_CASE, "sut lun", "da het han"}, {EXPORT_SENDER, "HD", "ngo 12"}, {EXPORT_PERIOD, "ngo 12", "\"text\":\"HD\""}};
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun, xe khong di duoc");
    centre_say(f, AN, "HD");
    centre_say(f, BINH, "PA Cong thoat nuoc dau ngo 12 bi tac");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct export_request r;
        struct export_counts counts;
        struct str lines;
        begin(f);
        int64_t id = ask(f, "ct.an", cases[i].scope);
        end(f);
        assert_int_equal(export_get(f->store, id, &r), ERR_OK);
        str_init(&lines, 1 << 20);
        assert_int_equal(export_write(f->store, &r, 1000, &lines, &counts), ERR_OK);
        assert_true(counts.numbers >= 1 && counts.texts >= 3 && counts.rows > counts.numbers);
        if (!strstr(lines.data, cases[i].has) || strstr(lines.data, cases[i].has_not))
            fail_msg("%s: %s", export_scope_name(r.scope), lines.data);
        int64_t rows = 0;
        for (const char *at = lines.data; *at; rows++)
            at = strchr(at, '\n') + 1;
        assert_int_equal(rows, counts.rows);
        str_clear(&lines);
        assert_int_equal(export_write(f->store, &r, counts.rows - 1, &lines, &counts), ERR_TOO_LONG);
        str_release(&lines);
        str_init(&lines, 300);
        assert_int_equal(export_write(f->store, &r, 1000, &lines, &counts), ERR_TOO_LONG);
        str_release(&lines);
        export_release(&r);
    }
}

/* ---- incidents ---- */

static void whom_an_incident_touches(void **state) {
    struct centre_fixture *f = *state;
    struct incident i = {.at = f->now, .by = (char *)"ct.an/uid:0", .reason = (char *)"mat may tinh"}, open;
    int64_t *ids = NULL, id = 0;
    size_t count = 0;
    centre_say(f, AN, "HD");
    centre_say(f, AN, "HD");
    centre_wait(f, CLOCK_DAY);
    centre_say(f, BINH, "HD");
    int32_t day = clock_vietnam_day(f->now);
    const struct {
        int32_t from, to;
        size_t count;
    } cases[] = {{0, 0, 1}, {day, day, 1}, {day - 1, day - 1, 1}, {day - 1, day, 2}, {day + 1, 0, 0}, {0, day, 2}, {day + 1, day + 2, 0}};
    for (size_t n = 0; n < sizeof cases / sizeof *cases; n++) {
        i.from_day = cases[n].from;
        i.to_day = cases[n].to;
        assert_int_equal(incident_affected(f->store, &i, 100, &ids, &count), ERR_OK);
        assert_int_equal(count, cases[n].count);
        free(ids);
        ids = NULL;
    }
    i.from_day = day - 1;
    i.to_day = day;
    assert_int_equal(incident_affected(f->store, &i, 1, &ids, &count), ERR_TOO_LONG);
    begin(f);
    assert_int_equal(incident_report(f->store, &i, &id), ERR_OK);
    end(f);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.security.incident'"), 1);
    assert_int_equal(incident_oldest_open(f->store, &open), ERR_OK);
    assert_int_equal(open.id, id);
    assert_string_equal(open.reason, "mat may tinh");
    incident_release(&open);
    begin(f);
    assert_int_equal(incident_told(f->store, id, f->now, "ct.an/uid:0"), ERR_OK);
    assert_int_equal(incident_told(f->store, id, f->now, "ct.an/uid:0"), ERR_NOT_FOUND);
    end(f);
    assert_int_equal(incident_oldest_open(f->store, &open), ERR_NOT_FOUND);
    struct audit_report report;
    assert_int_equal(audit_verify(f->store, AUDIT_PRIVACY, &report), ERR_OK);
    assert_int_equal(report.broken_id, 0);
    assert_int_equal(report.events, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(their_deadlines), TEST(more_time_once),   TEST(restricted_instead_of_erased), TEST(the_service_centre_is_told),
        TEST(two_people),      TEST(what_is_exported), TEST(whom_an_incident_touches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
