/* The rows of the outbox: which event comes next, what an answer or a person makes of one, when its body goes. */
#include "store/outbox.h"

#include "store/db.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK(call) assert_int_equal(call, ERR_OK)

/* Events 1 and 2 of two cases, 3 of the first, 4 of none. */
static void fill(struct store_fixture *f) {
    OK(store_begin(f->store));
    OK(fixture_take_message(f->store, 1));
    OK(fixture_take_message(f->store, 2));
    OK(fixture_event(f->store, 1, "vn.pakn.case.rated", "100000001", FIXTURE_NOW + 3, "{\"rating\":5}"));
    assert_int_equal(fixture_sql(f->store, "SELECT max(sequence) FROM outbox"), 3);
    OK(fixture_event(f->store, 0, "vn.pakn.appliance.heartbeat", NULL, FIXTURE_NOW + 4, "{}"));
    OK(store_commit(f->store));
}

/* The sequences that outbox_next gives, one after another, as a number: 1, 3, 4 is 134. */
static int64_t waiting(struct store_fixture *f) {
    struct outbox_event event = {.sequence = 0};
    int64_t all = 0;
    while (outbox_next(f->store, event.sequence, &event) == ERR_OK) {
        int64_t sequence = event.sequence;
        all = 10 * all + sequence;
        outbox_event_release(&event);
        event.sequence = sequence;
    }
    return all;
}

static void test_next(void **state) {
    struct store_fixture *f = *state;
    struct outbox_event event;
    int64_t epoch = 0, oldest = 0;
    OK(outbox_oldest_at(f->store, &oldest));
    assert_int_equal(oldest, 0);
    fill(f);
    assert_int_equal(waiting(f), 1234);
    OK(outbox_next(f->store, 2, &event));
    OK(outbox_epoch(f->store, 3, &epoch));
    assert_int_equal(event.epoch, epoch);
    assert_int_equal(event.case_id, 1);
    assert_int_equal(event.at, FIXTURE_NOW + 3);
    assert_string_equal(event.type, "vn.pakn.case.rated");
    assert_string_equal(event.subject, "100000001");
    assert_string_equal(event.data, "{\"rating\":5}");
    assert_int_equal(event.data_len, strlen("{\"rating\":5}"));
    assert_null(event.reason);
    outbox_event_release(&event);
    OK(outbox_oldest_at(f->store, &oldest));
    assert_int_equal(oldest, FIXTURE_NOW);
}

static void test_epoch_of_its_time(void **state) {
    struct store_fixture *f = *state;
    struct outbox_event old, new;
    fill(f);
    OK(store_begin(f->store));
    OK(store_adopt(f->store));
    OK(fixture_event(f->store, 0, "vn.pakn.appliance.heartbeat", NULL, FIXTURE_NOW + 5, "{}"));
    OK(store_commit(f->store));
    OK(outbox_next(f->store, 3, &old));
    OK(outbox_next(f->store, 4, &new));
    assert_true(old.epoch != new.epoch);
    outbox_event_release(&old);
    outbox_event_release(&new);
}

static void test_parked_holds_its_case(void **state) {
    struct store_fixture *f = *state;
    struct outbox_event event;
    fill(f);
    OK(store_begin(f->store));
    OK(outbox_refused(f->store, 1, "HTTP 400"));
    assert_int_equal(waiting(f), 1234);
    OK(outbox_park(f->store, 1, "HTTP 422: another event has that id"));
    assert_int_equal(waiting(f), 24);
    OK(store_commit(f->store));
    fixture_check_counts(f->store);
    OK(outbox_next_parked(f->store, 0, &event));
    assert_int_equal(event.sequence, 1);
    assert_int_equal(event.attempts, 2);
    assert_string_equal(event.reason, "HTTP 422: another event has that id");
    outbox_event_release(&event);
    assert_int_equal(outbox_next_parked(f->store, 1, &event), ERR_NOT_FOUND);

    OK(store_begin(f->store));
    OK(outbox_done(f->store, 1, FIXTURE_NOW)); /* an answer that comes too late changes nothing */
    assert_int_equal(waiting(f), 24);
    assert_int_equal(outbox_retry(f->store, 2), ERR_CONFLICT);
    assert_int_equal(outbox_retry(f->store, 99), ERR_NOT_FOUND);
    assert_int_equal(outbox_drop(f->store, 4, "uid:0", FIXTURE_NOW), ERR_CONFLICT);
    OK(outbox_retry(f->store, 1));
    assert_int_equal(waiting(f), 1234);
    OK(outbox_park(f->store, 1, "again"));
    OK(outbox_drop(f->store, 1, "dropped by uid:0", FIXTURE_NOW));
    assert_int_equal(waiting(f), 234);
    assert_int_equal(outbox_drop(f->store, 1, "uid:0", FIXTURE_NOW), ERR_CONFLICT);
    OK(store_commit(f->store));
}

static void test_reason_is_cut(void **state) {
    struct store_fixture *f = *state;
    struct outbox_event event;
    char reason[OUTBOX_REASON_MAX + 100];
    memset(reason, 'x', sizeof reason);
    memcpy(reason + OUTBOX_REASON_MAX - 1, "\xC4\x91", 2); /* đ across the border */
    reason[sizeof reason - 1] = 0;
    fill(f);
    OK(store_begin(f->store));
    OK(outbox_park(f->store, 1, reason));
    OK(store_commit(f->store));
    OK(outbox_next_parked(f->store, 0, &event));
    assert_int_equal(strlen(event.reason), OUTBOX_REASON_MAX - 1);
    outbox_event_release(&event);
}

static void test_forget(void **state) {
    struct store_fixture *f = *state;
    struct outbox_event event;
    int count = -1;
    fill(f);
    OK(store_begin(f->store));
    for (int sequence = 1; sequence <= 3; sequence++)
        OK(outbox_done(f->store, sequence, FIXTURE_NOW + sequence));
    OK(outbox_forget(f->store, FIXTURE_NOW + 3, 1, &count));
    assert_int_equal(count, 1);
    OK(outbox_forget(f->store, FIXTURE_NOW + 3, 10, &count));
    assert_int_equal(count, 1);
    OK(outbox_forget(f->store, FIXTURE_NOW + 3, 10, &count));
    assert_int_equal(count, 0);
    OK(store_commit(f->store));
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox"), 4);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox WHERE length(body_sealed) > 0"), 2);
    assert_int_equal(waiting(f), 4);
    OK(outbox_next(f->store, 0, &event));
    outbox_event_release(&event);
}

/* Damaged or erased: it comes, without its data, so that whoever pushes can park it. */
static void test_unreadable(void **state) {
    struct store_fixture *f = *state;
    struct outbox_event event;
    fill(f);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE outbox SET body_sealed = x'00' WHERE sequence = 1", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE outbox SET body_sealed = x'' WHERE sequence = 2", NULL, NULL, NULL), SQLITE_OK);
    for (int sequence = 1; sequence <= 2; sequence++) {
        OK(outbox_next(f->store, sequence - 1, &event));
        assert_int_equal(event.sequence, sequence);
        assert_null(event.data);
        outbox_event_release(&event);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_next, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_epoch_of_its_time, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_parked_holds_its_case, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_reason_is_cut, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_forget, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_unreadable, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
