/* The chain over the events of cases: what was changed, taken out, put in or exchanged shows; what was erased by right doesn't break it. */
#include "firmware-host/base/mem.h"
#include "store/audit.h"
#include "store/db.h"
#include "tests/unit/case_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 9 };

static void run(struct case_fixture *f, const char *sql) {
    char *problem = NULL;
    if (sqlite3_exec(f->store->db, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
}

static struct audit_report verify(struct case_fixture *f) {
    struct audit_report report;
    assert_int_equal(audit_verify(f->store, AUDIT_CASES, &report), ERR_OK);
    return report;
}

/* Three cases with three events each. */
static void fill(struct case_fixture *f) {
    for (int i = 0; i < 3; i++) {
        struct pakn_case c = case_opened(f);
        case_do(f, &c, &(struct case_step){.kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3"});
        case_do(f, &c, &(struct case_step){.kind = STEP_CONFIDENTIAL, .role = ROLE_CITIZEN});
        case_release(&c);
    }
}

static void whole(void **state) {
    struct case_fixture *f = *state;
    struct audit_report empty = verify(f);
    assert_int_equal(empty.events, 0);
    assert_int_equal(empty.broken_id, 0);
    assert_int_equal(strspn(empty.head, "0"), 64);
    fill(f);
    struct audit_report report = verify(f);
    assert_int_equal(report.events, EVENTS);
    assert_int_equal(report.erased, 0);
    assert_int_equal(report.broken_id, 0);
    assert_null(report.broken_why);
    assert_int_equal(strspn(report.head, "0123456789abcdef"), 64);
    struct audit_report again = verify(f);
    assert_string_equal(report.head, again.head);
}

/* Equal data have different commitments: nobody can test a guess against an erased event. */
static void salted(void **state) {
    struct case_fixture *f = *state;
    fill(f);
    assert_int_equal(fixture_sql(f->store, "SELECT count(DISTINCT commitment) FROM case_event"), EVENTS);
    assert_int_equal(fixture_sql(f->store, "SELECT count(DISTINCT salt) FROM case_event"), EVENTS);
}

static void tampered(void **state) {
    static const struct {
        const char *sql, *why;
        int64_t broken_id, events;
    } cases[] = {
        {"UPDATE case_event SET at = at + 1 WHERE id = 4", "the chain", 4, EVENTS},
        {"UPDATE case_event SET type = 'case.refused' WHERE id = 1", "the chain", 1, EVENTS},
        {"UPDATE case_event SET actor = 'nv.an' WHERE id = 9", "the chain", 9, EVENTS},
        {"UPDATE case_event SET case_id = 1 WHERE id = 5", "the chain", 5, EVENTS},
        {"UPDATE case_event SET chain = zeroblob(32) WHERE id = 3", "the chain", 3, EVENTS},
        {"UPDATE case_event SET commitment = zeroblob(32) WHERE id = 3", "the chain", 3, EVENTS},
        {"UPDATE case_event SET salt = zeroblob(16) WHERE id = 6", "the commitment", 6, EVENTS},
        {"UPDATE case_event SET salt = NULL WHERE id = 6", "the commitment", 6, EVENTS},
        {"UPDATE case_event SET data_sealed = (SELECT data_sealed FROM case_event WHERE id = 2) WHERE id = 5", "the commitment", 5, EVENTS},
        {"UPDATE case_event SET data_sealed = zeroblob(80) WHERE id = 7", "the data can't be unsealed", 7, EVENTS},
        {"DELETE FROM case_event WHERE id = 5", "a row is missing", 6, EVENTS - 1},
        {"DELETE FROM case_event WHERE id = 1", "a row is missing", 2, EVENTS - 1},
        {"UPDATE case_event SET id = 100 WHERE id = 5; UPDATE case_event SET id = 5 WHERE id = 6; UPDATE case_event SET id = 6 WHERE id = 100",
         "the chain", 5, EVENTS},
        {"UPDATE case_event SET id = 10 WHERE id = 9; UPDATE case_event SET id = 9 WHERE id = 8; "
         "INSERT INTO case_event SELECT 8, case_id, at, type, actor, salt, commitment, chain, data_sealed FROM case_event WHERE id = 7",
         "the chain", 8, EVENTS + 1},
        {"INSERT INTO case_event SELECT 10, case_id, at, type, actor, salt, commitment, chain, data_sealed FROM case_event WHERE id = 9", "the chain",
         10, EVENTS + 1},
    };
    struct case_fixture *f = *state;
    fill(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(store_savepoint(f->store), ERR_OK);
        run(f, cases[i].sql);
        struct audit_report report = verify(f);
        if (report.broken_id != cases[i].broken_id || strcmp(report.broken_why, cases[i].why) != 0 || report.events != cases[i].events)
            fail_msg("%s: %s at %lld of %lld", cases[i].sql, report.broken_why, (long long)report.broken_id, (long long)report.events);
        store_rollback_to(f->store);
    }
    assert_int_equal(verify(f).broken_id, 0);
}

/* Every octet that is hashed, one after the other. */
static void any_octet(void **state) {
    struct case_fixture *f = *state;
    fill(f);
    for (int at = 1; at <= 32; at++) {
        static const char *const columns[] = {"chain", "commitment", "salt"};
        for (size_t c = 0; c < (at <= 16 ? 3 : 2); c++) {
            char sql[256];
            assert_int_equal(store_savepoint(f->store), ERR_OK);
            snprintf(sql, sizeof sql,
                     "UPDATE case_event SET %s = unhexed FROM (SELECT CAST(substr(%s, 1, %d) || x'5A' || substr(%s, %d) AS BLOB) AS unhexed "
                     "FROM case_event WHERE id = 4) WHERE id = 4 AND %s <> unhexed",
                     columns[c], columns[c], at - 1, columns[c], at + 1, columns[c]);
            run(f, sql);
            int changed = sqlite3_changes(f->store->db);
            assert_int_equal(verify(f).broken_id, changed ? 4 : 0);
            store_rollback_to(f->store);
        }
    }
}

/* Cut off at the end the rest holds, but the head is another: that is what it's kept elsewhere for. */
static void truncated(void **state) {
    struct case_fixture *f = *state;
    fill(f);
    struct audit_report before = verify(f);
    run(f, "DELETE FROM case_event WHERE id > 6");
    struct audit_report after = verify(f);
    assert_int_equal(after.broken_id, 0);
    assert_int_equal(after.events, 6);
    assert_string_not_equal(before.head, after.head);
}

static void count_erased(void *context, const struct case_event *e) {
    *(int *)context += e->data == NULL;
}

static void erased(void **state) {
    struct case_fixture *f = *state;
    int without_data = 0;
    fill(f);
    struct audit_report before = verify(f);
    assert_int_equal(audit_erase(f->store, 2), ERR_OK);
    struct audit_report after = verify(f);
    assert_int_equal(after.broken_id, 0);
    assert_int_equal(after.erased, 3);
    assert_string_equal(before.head, after.head);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM case_event WHERE data_sealed IS NULL AND salt IS NULL AND case_id = 2"), 3);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM case_event WHERE data_sealed IS NULL"), 3);
    assert_int_equal(case_event_list(f->store, 2, count_erased, &without_data), ERR_OK);
    assert_int_equal(without_data, 3);
    fill(f); /* and goes on */
    assert_int_equal(verify(f).broken_id, 0);
    run(f, "UPDATE case_event SET actor = 'x' WHERE case_id = 2");
    assert_int_equal(verify(f).broken_id, 4); /* who and when can't be changed all the same */
}

/* What was rolled back never was: the chain goes on from what stands. */
static void rolled_back(void **state) {
    struct case_fixture *f = *state;
    fill(f);
    struct audit_report before = verify(f);
    assert_int_equal(store_savepoint(f->store), ERR_OK);
    fill(f);
    store_rollback_to(f->store);
    assert_string_equal(verify(f).head, before.head);
    fill(f);
    assert_int_equal(verify(f).broken_id, 0);
    assert_int_equal(verify(f).events, 2 * EVENTS);
    assert_int_equal(store_commit(f->store), ERR_OK);
    fixture_close(f->base);
    fixture_open(f->base);
    f->store = f->parts.store = f->base->store;
    assert_int_equal(store_begin(f->store), ERR_OK);
    fill(f);
    store_rollback(f->store);
    assert_int_equal(store_begin(f->store), ERR_OK);
    fill(f);
    assert_int_equal(verify(f).broken_id, 0);
    assert_int_equal(verify(f).events, 3 * EVENTS);
    assert_int_equal(case_event_insert(f->store, 4711, 1, "x", "y", "{}"), ERR_CONFLICT); /* no such case */
    fill(f);
    assert_int_equal(verify(f).broken_id, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, case_fixture_setup, case_fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(whole), TEST(salted), TEST(tampered), TEST(any_octet), TEST(truncated), TEST(erased), TEST(rolled_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
