/* The same matter from other phones: counted where it was first, and nothing else changes for anybody. */
#include "firmware-host/base/clock.h"
#include "store/db.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHI "+84912000003"
#define DUNG "+84912000004"
#define MATTER "Bai rac o dau thon 3 xa Hoang Quang boc mui hoi thoi ca thang nay khong ai don"

static void check(struct centre_fixture *f, int64_t id, int supporters, int64_t supports) {
    struct case_life life = life_of(f, id);
    assert_int_equal(life.supporters, supporters);
    assert_int_equal(life.supports_id, supports);
    life_release(&life);
}

static void counted_where_it_was_first(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " MATTER);
    centre_say(f, BINH, "PA " MATTER "!");
    centre_say(f, CHI, "PA Bãi rác ở đầu thôn 3 xã Hoằng Quang bốc mùi hôi thối cả tháng nay không ai dọn cả"); /* accents, one word more */
    check(f, 1, 2, 0);
    check(f, 2, 0, 1);
    check(f, 3, 0, 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM deadline WHERE kind = 0 AND state = 0"), 3); /* each has its own clock */
    assert_int_equal(centre_replies(f, BINH), centre_replies(f, AN)); /* and nobody is told of the others */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE case_id = 1 AND type = 'case.supported'"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.supported'"), 2);
    centre_say(f, BINH, "PA " MATTER); /* their own again */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 3);
    check(f, 1, 2, 0);
    centre_check_promises(f);
}

static void other_matters(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " MATTER);
    centre_say(f, BINH, "PA Bai rac o dau thon 5 xa Hoang Quang boc mui hoi thoi ca thang nay khong ai don"); /* another hamlet */
    centre_say(f, CHI, "PA Bai rac o dau thon 3 xa Hoang Phu boc mui hoi thoi ca thang nay khong ai don"); /* another commune */
    centre_say(f, DUNG, "PA Nuoc may o thon 3 xa Hoang Quang duc ngau ca thang nay khong ai den xem");
    check(f, 1, 0, 0);
    centre_say(f, AN, "PA Mat nuoc 3 ngay nay roi"); /* too few words: it may be anywhere */
    centre_say(f, BINH, "PA Mat nuoc 3 ngay nay roi");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM life WHERE supporters > 0 OR supports_id IS NOT NULL"), 0);
}

static void confidential_cases_stand_alone(void **state) {
    struct centre_fixture *f = *state;
    char text[64];
    centre_say(f, AN, "KIN " MATTER);
    centre_say(f, BINH, "PA " MATTER);
    centre_say(f, CHI, "KIN " MATTER);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM life WHERE supporters > 0 OR supports_id IS NOT NULL"), 0);
    snprintf(text, sizeof text, "KIN %s", life_code(f, 2)); /* from now on */
    centre_say(f, BINH, text);
    centre_say(f, DUNG, "PA " MATTER);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM life WHERE supporters > 0 OR supports_id IS NOT NULL"), 0);
}

/* What comes after a result may have happened again: it's a first one itself. */
static void after_a_result(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " MATTER);
    life_act(f, 1, "ct.an", STEP_ANSWER, "Da don.", NULL);
    centre_say(f, BINH, "PA " MATTER);
    check(f, 1, 1, 0);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    centre_say(f, CHI, "PA " MATTER);
    check(f, 3, 0, 0);
    centre_say(f, DUNG, "PA " MATTER);
    check(f, 1, 1, 0);
    check(f, 3, 1, 0);
    check(f, 4, 0, 3);
}

static void a_phone_counts_once(void **state) {
    struct centre_fixture *f = *state;
    char text[64];
    centre_say(f, AN, "PA " MATTER);
    centre_say(f, BINH, "PA " MATTER);
    snprintf(text, sizeof text, "RUT %s", life_code(f, 2));
    centre_say(f, BINH, text);
    centre_say(f, BINH, "DY");
    assert_int_equal(life_state(f, 2), CASE_NOTED_CLOSED);
    centre_say(f, BINH, "PA " MATTER); /* once more: a case, no supporter more */
    check(f, 1, 1, 0);
    check(f, 3, 0, 0);
}

static void a_draft_that_is_confirmed(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " MATTER);
    centre_say(f, BINH, MATTER);
    check(f, 1, 0, 0);
    centre_say(f, BINH, "OK");
    check(f, 1, 1, 0);
    check(f, 2, 0, 1);
}

static void for_thirty_days(void **state) {
    struct centre_fixture *f = *state;
    f->settings.cases.duplicate_days = 1;
    centre_reopen_smsc(f);
    centre_say(f, AN, "PA " MATTER);
    centre_wait(f, CLOCK_DAY + 1);
    centre_say(f, BINH, "PA " MATTER);
    check(f, 1, 0, 0);
}

static void after_a_start(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " MATTER);
    centre_say(f, BINH, "PA Den duong o dau thon 7 xa Hoang Phu khong sang ca tuan nay roi");
    centre_restart(f);
    centre_say(f, CHI, "PA " MATTER);
    check(f, 1, 1, 0);
    centre_restart(f);
    centre_say(f, DUNG, "PA " MATTER);
    check(f, 1, 2, 0); /* the first one, not the one that supports it */
    check(f, 3, 0, 1);
}

/* What was undone is in memory still, under a number that another case got since. */
static void after_a_rollback(void **state) {
    struct centre_fixture *f = *state;
    struct arrival a = centre_text(f, AN, "PA " MATTER);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_arrival(f->smsc, &a, false, f->now), ERR_OK);
    store_rollback(f->store);
    smsc_rolled_back(f->smsc);
    centre_say(f, BINH, "PA Den duong o dau thon 7 xa Hoang Phu khong sang ca tuan nay roi");
    centre_say(f, CHI, "PA " MATTER);
    check(f, 1, 0, 0);
    check(f, 2, 0, 0);
    centre_say(f, DUNG, "PA " MATTER);
    check(f, 2, 1, 0);
    check(f, 3, 0, 2);
}

/* The row of a stranger's case is damaged: that is nobody else's trouble. */
static void a_damaged_row(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " MATTER);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE cases SET text_sealed = x'00' WHERE id = 1", NULL, NULL, NULL), SQLITE_OK);
    centre_say(f, BINH, "PA " MATTER);
    check(f, 2, 0, 0);
    centre_restart(f);
    centre_say(f, CHI, "PA " MATTER);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 3);
    check(f, 2, 1, 0);
}

/* Hundreds that differ in a number or two: one of them is meant. */
static void one_of_many(void **state) {
    struct centre_fixture *f = *state;
    char text[200];
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "PA Cot dien so %d o thon %d xa Hoang Quang bi nghieng ra duong tu sau con bao", i, i % 7);
        centre_say(f, i % 2 ? AN : BINH, text);
        f->now += CLOCK_HOUR;
    }
    centre_say(f, CHI, text);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM life WHERE supports_id IS NOT NULL"), 1);
    assert_int_equal(centre_count(f, "SELECT supports_id FROM life ORDER BY case_id DESC LIMIT 1"), centre_count(f, "SELECT max(id) - 1 FROM cases"));
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIFE(counted_where_it_was_first),
        LIFE(other_matters),
        LIFE(confidential_cases_stand_alone),
        LIFE(after_a_result),
        LIFE(a_phone_counts_once),
        LIFE(a_draft_that_is_confirmed),
        LIFE(for_thirty_days),
        LIFE(after_a_start),
        LIFE(after_a_rollback),
        LIFE(a_damaged_row),
        LIFE(one_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
