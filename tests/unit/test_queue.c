/* The queue's promises: order, rates, retries, attempts that nobody knows of, restarts and rollbacks. */
#include "firmware-host/base/clock.h"
#include "tests/unit/queue_fixture.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

#define OK(call) assert_int_equal(call, ERR_OK)

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static struct queue_fixture *with_link(void **state, const char *link) {
    struct queue_fixture *f = *state;
    queue_link_up(f->queue, link, f->now);
    return f;
}

static void what_is_added_is_dispatched_with_all_its_fields(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 7, OUTBOUND_REPLY, "m1", 2);
    assert_int_equal(queue_depth(f->queue), 2);
    assert_string_equal(queue_give(f, "m1"), "7/1");
    assert_string_equal(f->dispatch.to.text, "+84910000007");
    assert_int_equal(f->dispatch.concat.total, 2);
    assert_int_equal(f->dispatch.concat.sequence, 1);
    assert_int_equal(f->dispatch.concat.reference, 7);
    assert_int_equal(f->dispatch.validity_seconds, 24 * 3600);
    assert_true(f->dispatch.want_report && !f->dispatch.reject_duplicates);
    assert_in_range(f->dispatch.reference, 0, 255);
    assert_string_equal(queue_part_state(f, id, 1), "submitting");
    queue_was_sent(f, f->dispatch.attempt_id, 99);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_int_equal(queue_attempt(f, f->dispatch.attempt_id).reference, 99);
    assert_string_equal(queue_give(f, "m1"), "7/2");
    assert_int_equal(f->dispatch.concat.sequence, 2);
    assert_int_equal(queue_depth(f->queue), 0);
}

int main(void) {
#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, queue_fixture_setup, queue_fixture_teardown)
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(what_is_added_is_dispatched_with_all_its_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
