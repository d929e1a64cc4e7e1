/* The queue's promises: order, rates, retries, attempts that nobody knows of, restarts and rollbacks. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/metric.h"
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
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 2);
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
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
}

static void a_message_with_more_or_fewer_parts_than_it_says_is_refused(void **state) {
    struct queue_fixture *f = *state;
    struct outbound o = {.template_name = (char *)"ACK", .text = (char *)"x", .total = 2};
    struct part parts[2] = {{.sequence = 1, .len = 1}, {.sequence = 2}};
    int64_t id = 77;
    assert_int_equal(queue_add(f->queue, &o, parts, 1, &id), ERR_INVALID);
    assert_int_equal(queue_add(f->queue, &o, parts, 0, &id), ERR_INVALID);
    assert_int_equal(id, 77);
}

/* ---- order ---- */

static void recipients_take_turns_and_each_gets_its_own_in_order(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    for (int i = 0; i < 3; i++)
        queue_put_message(f, &(struct outbound){.class = OUTBOUND_OPERATOR, .reference = i}, 1);
    queue_put(f, 2, OUTBOUND_OPERATOR, NULL, 1);
    queue_put(f, 3, OUTBOUND_OPERATOR, NULL, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "1/1 2/1 3/1 1/1 1/1");
}

static void urgent_classes_go_first(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_put(f, 1, OUTBOUND_OPERATOR, NULL, 1);
    queue_put(f, 2, OUTBOUND_REMINDER, NULL, 1);
    queue_put(f, 3, OUTBOUND_NOTICE, NULL, 1);
    queue_put(f, 4, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "4/1 3/1 2/1 1/1");
}

static void the_parts_of_a_message_go_one_after_another_and_in_order(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 3);
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    int64_t first = queue_sends(f, "m1"); /* 1/1 is on its way: */
    assert_string_equal(queue_drain(f, "m2", 10), "2/1"); /* its rest waits */
    queue_was_sent(f, first, 1);
    assert_string_equal(queue_give(f, "m2"), "-"); /* and stays on its link */
    assert_string_equal(queue_drain(f, "m1", 10), "1/2 1/3");
}

static void a_message_that_has_begun_moves_only_when_its_link_is_gone(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 3);
    assert_string_equal(queue_drain(f, "m1", 1), "1/1");
    queue_link_down(f->queue, "m1", f->now);
    assert_string_equal(queue_give(f, "m2"), "-");
    queue_wait(f, MINUTE - 1);
    assert_string_equal(queue_give(f, "m2"), "-");
    assert_int_equal(queue_next_time(f->queue), f->now + 1);
    queue_wait(f, 1);
    assert_string_equal(queue_drain(f, "m2", 10), "1/2 1/3");
}

static void a_text_waits_until_its_time(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_put_message(f, &(struct outbound){.class = OUTBOUND_NOTICE, .not_before = f->now + HOUR}, 1);
    assert_string_equal(queue_give(f, "m1"), "-");
    assert_int_equal(queue_next_time(f->queue), f->now + HOUR);
    queue_wait(f, HOUR - 1);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_wait(f, 1);
    assert_string_equal(queue_give(f, "m1"), "1/1");
}

/* The clock starts at 13:13:20 in Vietnam. */
static const int64_t until_nine = 7 * HOUR + 46 * MINUTE + 40 * SECOND;

static void quiet_hours_hold_back_what_is_no_reply(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_wait(f, until_nine - 1);
    queue_put(f, 1, OUTBOUND_NOTICE, NULL, 2);
    assert_string_equal(queue_drain(f, "m1", 1), "1/1"); /* 20:59 */
    queue_wait(f, 1);
    queue_put(f, 2, OUTBOUND_NOTICE, NULL, 1);
    queue_put(f, 3, OUTBOUND_REMINDER, NULL, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "1/2"); /* what has begun is finished */
    queue_put(f, 4, OUTBOUND_OPERATOR, NULL, 1);
    queue_put(f, 5, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "5/1 4/1");
    assert_int_equal(queue_next_time(f->queue), f->now + 10 * HOUR);
    queue_wait(f, 10 * HOUR - 1);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_wait(f, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "2/1 3/1");
}

static void equal_quiet_hours_are_none(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    f->settings.quiet_from = f->settings.quiet_to = 13 * 60;
    queue_put(f, 1, OUTBOUND_NOTICE, NULL, 1);
    assert_string_equal(queue_give(f, "m1"), "1/1");
}

static void a_link_submits_no_more_than_its_rate(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    f->settings.rate_per_minute = 7;
    for (int i = 0; i < 40; i++)
        queue_put(f, i, OUTBOUND_REPLY, NULL, 1);
    int64_t times[40];
    int count = 0;
    while (f->now < FIXTURE_NOW + 4 * MINUTE) {
        while (strcmp(queue_give(f, "m1"), "-") != 0) {
            times[count++] = f->now;
            queue_was_sent(f, f->dispatch.attempt_id, 1);
        }
        assert_true(queue_next_time(f->queue) > f->now);
        queue_wait(f, queue_next_time(f->queue) - f->now);
    }
    assert_in_range(count, 4 * 7, 4 * 7 + 1);
    for (int i = 7; i < count; i++)
        assert_true(times[i] - times[i - 7] >= MINUTE);
}

/* ---- links ---- */

static void a_reply_waits_for_the_link_that_received_but_not_for_long(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    assert_string_equal(queue_give(f, "m2"), "-");
    assert_int_equal(queue_next_time(f->queue), f->now + MINUTE);
    queue_wait(f, MINUTE - 1);
    assert_string_equal(queue_give(f, "m2"), "-");
    queue_wait(f, 1);
    assert_string_equal(queue_give(f, "m2"), "1/1");
}

static void another_link_takes_a_reply_at_once_when_its_own_is_lost(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    assert_false(queue_has_work(f->queue, "m2", f->now));
    queue_link_down(f->queue, "m1", f->now);
    assert_string_equal(queue_give(f, "m1"), "-");
    assert_string_equal(queue_give(f, "m2"), "1/1");
}

static void after_a_start_replies_wait_for_links_that_are_on_their_way_up(void **state) {
    struct queue_fixture *f = *state;
    queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    queue_put(f, 2, OUTBOUND_REPLY, "m1", 1);
    queue_restart(f);
    queue_wait(f, 10 * SECOND);
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 3, OUTBOUND_REPLY, "m1", 1);
    assert_string_equal(queue_give(f, "m2"), "-");
    queue_link_up(f->queue, "m1", f->now);
    assert_string_equal(queue_drain(f, "m1", 1), "1/1");
    assert_string_equal(queue_give(f, "m2"), "-");
    queue_wait(f, MINUTE);
    assert_string_equal(queue_drain(f, "m2", 10), "2/1 3/1");
}

static void what_a_sim_refuses_in_favour_of_another_goes_there_once(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_OTHER_SIM, 21);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_restart(f); /* which link refused is on disk */
    queue_link_up(f->queue, "m1", f->now);
    queue_link_up(f->queue, "m2", f->now);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_has_failed(f, queue_sends(f, "m2"), SMS_FAILURE_OTHER_SIM, 21);
    assert_string_equal(queue_part_state(f, id, 1), "failed");
}

static void with_one_link_what_it_refuses_is_asked_again_once(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_OTHER_SIM, 127);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_wait(f, 30 * SECOND);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_OTHER_SIM, 127);
    assert_string_equal(queue_part_state(f, id, 1), "failed");
    assert_string_equal(queue_attempts(f, id, 1), "failed failed");
}

static void a_link_whose_sim_fails_rests_longer_each_time_and_costs_no_attempts(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    for (int64_t n = 1; n <= 9; n++) { /* more than attempts_max */
        queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_SIM, 310);
        assert_string_equal(queue_part_state(f, id, 1), "queued");
        assert_int_equal(queue_next_time(f->queue), f->now + 30 * SECOND * n * n);
        queue_wait(f, 30 * SECOND * n * n - 1);
        assert_string_equal(queue_give(f, "m1"), "-");
        queue_wait(f, 1);
    }
    queue_was_sent(f, queue_sends(f, "m1"), 1);
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_SIM, 310);
    assert_int_equal(queue_next_time(f->queue), f->now + 30 * SECOND); /* it had worked meanwhile */
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
}

static void failures_of_the_sim_do_not_lengthen_the_wait_of_a_part(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    for (int64_t n = 1; n <= 5; n++) {
        queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_SIM, 310);
        queue_wait(f, HOUR);
        queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_TEMPORARY, 42);
        assert_string_equal(queue_part_state(f, id, 1), "queued");
        queue_wait(f, 30 * SECOND * n * n - 1);
        assert_string_equal(queue_give(f, "m1"), "-");
        queue_wait(f, 1);
    }
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_TEMPORARY, 42); /* the sixth of its own */
    assert_string_equal(queue_part_state(f, id, 1), "failed");
}

static void another_link_serves_while_one_rests(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    queue_put(f, 2, OUTBOUND_REPLY, "m1", 1);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_SIM, 310);
    assert_string_equal(queue_give(f, "m1"), "-");
    assert_string_equal(queue_drain(f, "m2", 10), "2/1 1/1");
}

static void a_sim_that_is_refused_for_every_number_leaves_rotation_until_a_probe_goes_through(void **state) {
    static const int causes[] = {8, 28, 50};
    struct queue_fixture *f = with_link(state, "m1");
    int64_t ids[5];
    for (int n = 0; n < 5; n++)
        ids[n] = queue_put(f, n + 1, OUTBOUND_REPLY, "m1", 1);
    for (int n = 0; n < 2; n++) {
        queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, causes[n]);
        assert_string_equal(queue_part_state(f, ids[n], 1), "failed");
    }
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 2);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, causes[2]);
    assert_string_equal(queue_part_state(f, ids[2], 1), "queued"); /* it's the SIM: nothing more is lost */
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 3);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_link_up(f->queue, "m2", f->now);
    queue_was_sent(f, queue_sends(f, "m2"), 1);
    queue_link_down(f->queue, "m2", f->now);
    queue_wait(f, 30 * SECOND);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 10); /* the probe */
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 2);
    queue_wait(f, 30 * SECOND);
    assert_string_equal(queue_give(f, "m1"), "-"); /* ever longer */
    queue_wait(f, 90 * SECOND);
    queue_was_sent(f, queue_sends(f, "m1"), 2);
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 0);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 10); /* now it may be the recipient again */
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
}

static void one_recipient_who_cannot_be_reached_is_no_fault_of_the_sim(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    for (int n = 1; n <= 6; n++) {
        int64_t id = queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
        queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 30);
        assert_string_equal(queue_part_state(f, id, 1), "failed");
    }
    for (int n = 2; n <= 6; n++) { /* causes that are the recipient's alone */
        int64_t id = queue_put(f, n, OUTBOUND_REPLY, "m1", 1);
        queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 1);
        assert_string_equal(queue_part_state(f, id, 1), "failed");
    }
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 1);
}

/* Three recipients are refused: two texts are lost for it, the third and a fourth wait. */
static void refuse_three(struct queue_fixture *f, const char *link) {
    for (int n = 1; n <= 4; n++)
        (void)queue_put(f, n, OUTBOUND_REPLY, link, 1);
    for (int n = 1; n <= 3; n++)
        queue_has_failed(f, queue_sends(f, link), SMS_FAILURE_PERMANENT, 28);
    assert_int_equal(queue_refusals(f->queue, link, f->now), 3);
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 2);
}

static void sim_in(struct queue_fixture *f, const char *link, const char *sim) {
    queue_link_down(f->queue, link, f->now);
    queue_link_sim(f->queue, link, sim, f->now);
    queue_link_up(f->queue, link, f->now);
}

static void a_sim_that_was_refused_is_refused_after_a_restart(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    sim_in(f, "m1", "452040000000001");
    refuse_three(f, "m1");
    queue_restart(f);
    sim_in(f, "m1", "452040000000001");
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 3);
    assert_string_equal(queue_give(f, "m1"), "-"); /* it rests */
    queue_wait(f, 30 * SECOND);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 28); /* the probe: nothing is lost for it */
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 2);
    sim_in(f, "m1", "452040000000001"); /* its worker was started again */
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_wait(f, 600 * SECOND);
    queue_was_sent(f, queue_sends(f, "m1"), 1);
    queue_restart(f);
    sim_in(f, "m1", "452040000000001");
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 0); /* it worked */
}

static void another_sim_is_not_to_blame_for_what_the_last_did(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    sim_in(f, "m1", "452040000000001");
    refuse_three(f, "m1");
    sim_in(f, "m1", ""); /* it doesn't say: no sign of another */
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 3);
    sim_in(f, "m1", "452040000000002");
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 0);
    assert_string_not_equal(queue_give(f, "m1"), "-");
    queue_restart(f);
    sim_in(f, "m1", "452040000000001"); /* and the first is what it was */
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 3);
    queue_restart(f);
    sim_in(f, "m1", "452040000000002");
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 0);
    queue_link_sim(f->queue, "m2", "452040000000001", f->now); /* a person moved it: a person wants to know */
    assert_int_equal(queue_refusals(f->queue, "m2", f->now), 0);
}

static void a_person_has_a_refused_sim_tried_again(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    refuse_three(f, "m1");
    queue_restart(f);
    sim_in(f, "m1", "");
    assert_string_equal(queue_give(f, "m1"), "-");
    OK(store_begin(f->store));
    OK(queue_forgive(f->queue, "m1", f->now));
    store_rollback(f->store);
    queue_rolled_back(f->queue);
    assert_string_equal(queue_give(f, "m1"), "3/1"); /* the rest is over; what was refused stands as the disk has it */
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 3);
    OK(store_begin(f->store));
    OK(queue_forgive(f->queue, "m1", f->now));
    assert_int_equal(queue_forgive(f->queue, "m1", f->now), ERR_NOT_FOUND);
    OK(store_commit(f->store));
    queue_restart(f);
    sim_in(f, "m1", "");
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 0);
}

/* A phone that was off while its text waited at the centre: that text left before the SIM was barred. */
static void a_late_report_does_not_say_that_a_refused_sim_works(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    (void)queue_put(f, 9, OUTBOUND_REPLY, "m1", 1);
    queue_was_sent(f, queue_sends(f, "m1"), 77);
    queue_wait(f, SECOND);
    refuse_three(f, "m1");
    queue_report(f, "m1", 9, 77, 0);
    assert_int_equal(queue_refusals(f->queue, "m1", f->now), 3);
}

/* ---- failures ---- */

static void a_temporary_failure_is_retried_with_a_growing_wait_until_it_is_enough(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, "m1", 2);
    for (int64_t n = 1; n <= 6; n++) {
        assert_string_equal(queue_give(f, "m1"), "1/1");
        queue_has_failed(f, f->dispatch.attempt_id, SMS_FAILURE_TEMPORARY, 42);
        if (n == 6)
            break;
        assert_string_equal(queue_part_state(f, id, 1), "queued");
        queue_wait(f, 30 * SECOND * n * n - 1);
        assert_string_equal(queue_give(f, "m1"), "-"); /* part 2 doesn't overtake */
        queue_wait(f, 1);
    }
    assert_string_equal(queue_part_state(f, id, 1), "failed");
    assert_string_equal(queue_part_state(f, id, 2), "failed"); /* a text with a hole is no text */
    queue_wait(f, 20 * HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
}

static void one_message_that_fails_does_not_hold_up_the_others(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 2);
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_TEMPORARY, 42);
    assert_string_equal(queue_drain(f, "m1", 10), "2/1 1/1 1/2");
    queue_wait(f, 30 * SECOND);
    assert_string_equal(queue_drain(f, "m1", 10), "1/1");
}

static void a_permanent_failure_ends_the_message(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 3);
    assert_string_equal(queue_drain(f, "m1", 1), "1/1");
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 1);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_string_equal(queue_part_state(f, id, 2), "failed");
    assert_string_equal(queue_part_state(f, id, 3), "failed");
    struct attempt a = queue_attempt(f, f->dispatch.attempt_id);
    assert_true(a.code == 1 && a.failure == SMS_FAILURE_PERMANENT && a.closed_at == f->now);
    assert_string_equal(a.reason, "CMS ERROR");
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void what_has_expired_is_never_sent(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put_message(f, &(struct outbound){.total = 2, .expires_at = f->now + HOUR}, 1);
    int64_t other = queue_put_message(f, &(struct outbound){.expires_at = f->now + 2 * HOUR, .not_before = f->now + 3 * HOUR}, 2);
    assert_string_equal(queue_drain(f, "m1", 1), "1/1");
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_int_equal(queue_next_time(f->queue), f->now + HOUR);
    f->now += HOUR;
    assert_string_equal(queue_give(f, "m1"), "-"); /* also before the tick */
    queue_ticks(f);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_string_equal(queue_part_state(f, id, 2), "expired");
    queue_wait(f, 5 * HOUR);
    assert_string_equal(queue_part_state(f, other, 1), "expired");
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
}

static void what_is_left_of_its_validity_is_given_to_the_network(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_put_message(f, &(struct outbound){.expires_at = f->now + HOUR}, 1);
    queue_wait(f, HOUR - 1500);
    assert_string_equal(queue_give(f, "m1"), "1/1");
    assert_int_equal(f->dispatch.validity_seconds, 2);
}

static void a_message_whose_row_is_damaged_fails_alone(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 2);
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    int64_t cut = queue_put(f, 3, OUTBOUND_REPLY, NULL, 1);
    (void)fixture_sql(f->store, "UPDATE outbound SET text_sealed = x'00112233445566778899' WHERE id = 1 RETURNING id");
    (void)fixture_sql(f->store, "UPDATE part SET len = 1000 WHERE outbound_id = 3 RETURNING id");
    assert_string_equal(queue_drain(f, "m1", 10), "2/1");
    assert_string_equal(queue_part_state(f, id, 1), "failed");
    assert_string_equal(queue_part_state(f, id, 2), "failed");
    assert_string_equal(queue_part_state(f, cut, 1), "failed");
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
}

static void a_damaged_row_does_not_keep_the_queue_from_being_rebuilt(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 2);
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    (void)queue_sends(f, "m1");
    (void)fixture_sql(f->store, "UPDATE outbound SET text_sealed = x'00112233445566778899' WHERE id = 1 RETURNING id");
    queue_restart(f);
    queue_link_up(f->queue, "m1", f->now);
    assert_string_equal(queue_drain(f, "m1", 10), "2/1");
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
    assert_string_equal(queue_part_state(f, id, 2), "failed");
}

/* ---- unknown ---- */

static void an_attempt_found_open_is_unknown_and_not_resent_before_its_wait(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, "m1", 1);
    int64_t attempt = queue_sends(f, "m1");
    int reference = f->dispatch.reference;
    queue_restart(f);
    queue_link_up(f->queue, "m1", f->now);
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
    assert_int_equal(queue_attempt(f, attempt).state, ATTEMPT_UNKNOWN);
    assert_string_equal(queue_attempt(f, attempt).reason, "found open at start");
    assert_int_equal(queue_next_time(f->queue), f->now + 10 * MINUTE);
    queue_wait(f, 10 * MINUTE - 1);
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_wait(f, 1);
    assert_string_equal(queue_give(f, "m1"), "1/1");
    assert_true(f->dispatch.reject_duplicates);
    assert_int_equal(f->dispatch.reference, reference);
}

static void an_unknown_reply_is_repeated_once_and_then_left_to_a_person(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    int reference = f->dispatch.reference;
    queue_wait(f, 10 * MINUTE);
    queue_is_unknown(f, queue_sends(f, "m1"));
    assert_true(f->dispatch.reject_duplicates);
    assert_int_equal(f->dispatch.reference, reference);
    queue_wait(f, 23 * HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
    assert_string_equal(queue_attempts(f, id, 1), "unknown unknown");
    queue_restart(f);
    queue_link_up(f->queue, "m1", f->now);
    queue_wait(f, HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
}

/* Modems count TP-MR by themselves: only by counting along is the one asked for the one on the air, also when no answer came. */
static void the_reference_asked_for_follows_what_the_network_gave(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    for (int n = 1; n <= 4; n++)
        queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
    queue_was_sent(f, queue_sends(f, "m1"), 254);
    queue_was_sent(f, queue_sends(f, "m1"), 255);
    assert_int_equal(f->dispatch.reference, 255);
    queue_was_sent(f, queue_sends(f, "m1"), 0);
    assert_int_equal(f->dispatch.reference, 0);
    queue_restart(f);
    queue_link_up(f->queue, "m1", f->now);
    queue_sends(f, "m1");
    assert_int_equal(f->dispatch.reference, 1);
}

/* The modem didn't use the number up for the lost submission but for the next one to the same phone, or the counter came round: a repeat that
 * carried it would be dropped for that other message. */
static void a_reference_that_went_to_another_message_is_not_repeated(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    int lost = f->dispatch.reference;
    queue_was_sent(f, queue_sends(f, "m1"), lost);
    queue_report(f, "m1", 1, lost, 0);
    queue_wait(f, 10 * MINUTE);
    queue_sends(f, "m1");
    assert_int_not_equal(f->dispatch.reference, lost);
    assert_false(f->dispatch.reject_duplicates);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM attempt WHERE repeated = 1"), 1);
}

static void a_repeat_that_is_accepted_settles_the_unknown_attempt(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_NOTICE, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 10 * MINUTE);
    queue_was_sent(f, queue_sends(f, "m1"), 5);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_string_equal(queue_attempts(f, id, 1), "settled submitted");
}

static void a_repeat_refused_as_a_duplicate_proves_that_the_first_was_accepted(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    int reference = f->dispatch.reference;
    queue_wait(f, 10 * MINUTE);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 197);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_string_equal(queue_attempts(f, id, 1), "submitted failed");
    queue_report(f, "m1", 1, reference, 0);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_string_equal(queue_attempts(f, id, 1), "delivered failed");
}

static void a_repeat_stays_on_its_link_until_that_is_gone(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 10 * MINUTE);
    assert_string_equal(queue_give(f, "m2"), "-"); /* TP-RD means something to the same SIM only */
    queue_restart(f);
    queue_link_up(f->queue, "m2", f->now);
    assert_string_equal(queue_give(f, "m2"), "-");
    queue_wait(f, MINUTE);
    assert_string_equal(queue_give(f, "m2"), "1/1");
    assert_true(f->dispatch.reject_duplicates);
    queue_has_failed(f, f->dispatch.attempt_id, SMS_FAILURE_TEMPORARY, 42);
    queue_wait(f, 5 * MINUTE);
    assert_string_equal(queue_give(f, "m2"), "1/1"); /* it wasn't on the air: the repeat is still to be made */
    assert_true(f->dispatch.reject_duplicates);
    assert_string_equal(queue_attempts(f, id, 1), "unknown failed open");
}

static void a_repeat_that_expires_leaves_the_part_unknown(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put_message(f, &(struct outbound){.expires_at = f->now + HOUR}, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_link_down(f->queue, "m1", f->now);
    queue_wait(f, 30 * MINUTE);
    assert_string_equal(queue_part_state(f, id, 1), "queued");
    queue_wait(f, HOUR);
    assert_string_equal(queue_part_state(f, id, 1), "unknown"); /* not expired: it may have been sent */
}

static void a_repeat_that_is_refused_leaves_the_part_unknown(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 10 * MINUTE);
    queue_has_failed(f, queue_sends(f, "m1"), SMS_FAILURE_PERMANENT, 8);
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
    queue_wait(f, 12 * HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void an_unknown_text_of_the_operator_waits_for_a_person(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_OPERATOR, NULL, 1), left = queue_put(f, 2, OUTBOUND_OPERATOR, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
    OK(store_begin(f->store));
    assert_int_equal(queue_settle_unknown(f->queue, 4711, true, f->now), ERR_NOT_FOUND);
    OK(queue_settle_unknown(f->queue, queue_part_id(id, 1), true, f->now));
    assert_int_equal(queue_settle_unknown(f->queue, queue_part_id(id, 1), true, f->now), ERR_CONFLICT);
    OK(queue_settle_unknown(f->queue, queue_part_id(left, 1), false, f->now));
    OK(store_commit(f->store));
    assert_string_equal(queue_part_state(f, left, 1), "failed");
    assert_string_equal(queue_attempts(f, left, 1), "settled");
    assert_string_equal(queue_give(f, "m1"), "1/1");
    assert_true(f->dispatch.reject_duplicates);
}

static void a_person_cannot_resend_what_has_expired(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_OPERATOR, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 24 * HOUR);
    OK(store_begin(f->store));
    assert_int_equal(queue_settle_unknown(f->queue, queue_part_id(id, 1), true, f->now), ERR_CONFLICT);
    OK(store_commit(f->store));
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
}

static void an_unknown_reminder_is_dropped_if_a_later_one_replaced_it(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    struct outbound o = {.class = OUTBOUND_REMINDER, .template_name = (char *)"O-DIGEST"};
    int64_t first = queue_put_message(f, &o, 1), lone = queue_put_message(f, &o, 2);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_is_unknown(f, queue_sends(f, "m1"));
    (void)queue_put_message(f, &o, 1);
    queue_wait(f, 10 * MINUTE);
    assert_string_equal(queue_part_state(f, first, 1), "failed");
    assert_string_equal(queue_attempts(f, first, 1), "settled");
    assert_string_equal(queue_part_state(f, lone, 1), "unknown");
    assert_string_equal(queue_attempts(f, lone, 1), "unknown");
    assert_string_equal(queue_drain(f, "m1", 10), "1/1"); /* the later one only */
}

static void the_rest_of_a_message_goes_on_after_an_unknown_part(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 3);
    queue_is_unknown(f, queue_sends(f, "m1"));
    assert_string_equal(queue_drain(f, "m1", 10), "1/2 1/3");
    queue_wait(f, 10 * MINUTE);
    assert_string_equal(queue_drain(f, "m1", 10), "1/1");
    assert_string_equal(queue_attempts(f, id, 1), "settled submitted");
}

static void a_late_answer_settles_what_was_unknown(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t one = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1), two = queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    int64_t first = queue_sends(f, "m1");
    queue_is_unknown(f, first);
    int64_t second = queue_sends(f, "m1");
    queue_is_unknown(f, second);
    queue_wait(f, 10 * MINUTE); /* both wait for their repeat */
    queue_was_sent(f, first, 9);
    assert_string_equal(queue_part_state(f, one, 1), "submitted");
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 1);
    queue_has_failed(f, second, SMS_FAILURE_TEMPORARY, 331);
    assert_string_equal(queue_part_state(f, two, 1), "queued");
    assert_string_equal(queue_give(f, "m1"), "2/1");
    assert_false(f->dispatch.reject_duplicates); /* the first is known not to have gone */
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void a_late_answer_does_not_let_a_part_overtake_the_one_on_its_way(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    for (int n = 1; n <= 2; n++) {
        queue_put(f, n, OUTBOUND_REPLY, NULL, 3);
        int64_t first = queue_sends(f, "m1");
        queue_is_unknown(f, first);
        int64_t second = queue_sends(f, "m1");
        if (n == 1)
            queue_was_sent(f, first, 9);
        else
            queue_has_failed(f, first, SMS_FAILURE_SIM, 310);
        queue_link_down(f->queue, "m1", f->now); /* ends its rest */
        queue_link_up(f->queue, "m1", f->now);
        assert_string_equal(queue_give(f, "m1"), "-");
        queue_was_sent(f, second, 10);
        assert_string_equal(queue_drain(f, "m1", 10), n == 1 ? "1/3" : "2/1 2/3");
    }
}

static void a_second_answer_changes_nothing(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    int64_t attempt = queue_sends(f, "m1");
    queue_was_sent(f, attempt, 9);
    queue_has_failed(f, attempt, SMS_FAILURE_PERMANENT, 1);
    queue_is_unknown(f, attempt);
    queue_was_sent(f, attempt, 10);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_int_equal(queue_attempt(f, attempt).reference, 9);
    OK(store_begin(f->store));
    assert_int_equal(queue_sent(f->queue, 4711, 1, f->now), ERR_NOT_FOUND);
    OK(store_commit(f->store));
}

/* ---- transactions and restarts ---- */

static void a_dispatch_of_a_failed_transaction_is_given_again(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 2);
    OK(store_begin(f->store));
    OK(queue_next(f->queue, "m1", f->now, &f->dispatch));
    store_rollback(f->store);
    queue_rolled_back(f->queue);
    assert_string_equal(queue_attempts(f, id, 1), "");
    assert_string_equal(queue_drain(f, "m1", 10), "1/1 1/2");
    assert_string_equal(queue_attempts(f, id, 1), "submitted");
}

static void what_is_on_its_way_stays_so_when_another_transaction_fails(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_link_up(f->queue, "m2", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 2);
    int64_t attempt = queue_sends(f, "m1");
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_rolled_back(f->queue);
    assert_string_equal(queue_give(f, "m2"), "-"); /* part 2 and the next message still wait for part 1 */
    assert_string_equal(queue_give(f, "m1"), "-");
    queue_was_sent(f, attempt, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "1/2 1/1");
}

static void additions_behind_a_savepoint_go_with_it(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    OK(store_begin(f->store));
    for (int n = 2; n <= 4; n++) {
        struct outbound o = {.template_name = (char *)"ACK", .text = (char *)"1", .total = 1, .expires_at = f->now + HOUR, .created_at = f->now};
        struct part part = {.sequence = 1, .len = 1};
        struct phone phone = {.kind = PHONE_E164};
        struct subscriber who;
        int64_t id;
        OK(phone_parse(n == 2 ? "+84910000002" : n == 3 ? "+84910000003" : "+84910000004", &phone));
        OK(subscriber_get(f->store, &phone, &who));
        o.subscriber_id = who.id;
        subscriber_release(&who);
        size_t mark = queue_mark(f->queue);
        OK(store_savepoint(f->store));
        OK(queue_add(f->queue, &o, &part, 1, &id));
        OK(queue_add(f->queue, &o, &part, 1, &id));
        if (n == 3) {
            store_rollback_to(f->store);
            queue_rewind(f->queue, mark);
        } else {
            OK(store_release(f->store));
        }
    }
    OK(store_commit(f->store));
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 5);
    assert_string_equal(queue_drain(f, "m1", 10), "1/1 2/1 4/1 2/1 4/1");
}

static void a_savepoint_that_took_back_more_than_additions_has_memory_rebuilt(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    OK(store_begin(f->store));
    size_t mark = queue_mark(f->queue);
    OK(store_savepoint(f->store));
    OK(queue_next(f->queue, "m1", f->now, &f->dispatch));
    store_rollback_to(f->store);
    queue_rewind(f->queue, mark);
    OK(store_commit(f->store));
    assert_string_equal(queue_part_state(f, id, 1), "queued");
    assert_string_equal(queue_drain(f, "m1", 10), "1/1");
}

static void a_result_behind_a_savepoint_goes_with_it_and_nothing_else_does(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t one = queue_put(f, 1, OUTBOUND_REPLY, NULL, 2);
    int64_t attempt = queue_sends(f, "m1");
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    queue_put(f, 3, OUTBOUND_REPLY, NULL, 1);
    OK(store_begin(f->store));
    size_t mark = queue_mark(f->queue);
    OK(store_savepoint(f->store));
    OK(queue_sent(f->queue, attempt, 5, f->now));
    store_rollback_to(f->store);
    queue_rewind(f->queue, mark);
    OK(store_commit(f->store));
    assert_string_equal(queue_part_state(f, one, 1), "submitting");
    assert_string_equal(queue_drain(f, "m1", 10), "2/1 3/1");
    queue_was_sent(f, attempt, 5);
    assert_string_equal(queue_drain(f, "m1", 10), "1/2");
}

/* A mix of everything, and what both links make of it. */
static void fill(struct queue_fixture *f) {
    queue_put(f, 1, OUTBOUND_OPERATOR, NULL, 2);
    queue_put(f, 2, OUTBOUND_REPLY, "m1", 1);
    queue_put(f, 2, OUTBOUND_REPLY, "m1", 3);
    queue_put(f, 3, OUTBOUND_REPLY, "m2", 2);
    queue_put(f, 1, OUTBOUND_NOTICE, NULL, 1);
    queue_put(f, 4, OUTBOUND_NOTICE, NULL, 1);
    queue_put(f, 2, OUTBOUND_NOTICE, "m9", 1);
    queue_put_message(f, &(struct outbound){.class = OUTBOUND_NOTICE, .not_before = f->now + 2 * MINUTE}, 5);
    queue_put_message(f, &(struct outbound){.class = OUTBOUND_REMINDER, .expires_at = f->now + 90 * SECOND, .not_before = f->now + MINUTE}, 6);
}

static void play(struct queue_fixture *f, struct str *all) {
    for (int i = 0; i < 12; i++) {
        str_addf(all, "m1: %s\n", queue_drain(f, "m1", 3));
        str_addf(all, "m2: %s\n", queue_drain(f, "m2", 1));
        queue_wait(f, 20 * SECOND);
    }
}

static void a_schedule_made_from_disk_gives_out_the_same(void **state) {
    struct queue_fixture *f = *state;
    void *other_state;
    struct str kept, rebuilt;
    str_init(&kept, 1 << 16);
    str_init(&rebuilt, 1 << 16);
    for (int restart = 0; restart < 2; restart++) {
        struct queue_fixture *g = f;
        if (restart) {
            assert_int_equal(queue_fixture_setup(&other_state), 0);
            g = other_state;
        }
        queue_link_up(g->queue, "m1", g->now);
        queue_link_up(g->queue, "m2", g->now);
        fill(g);
        /* one of each: refused for now, refused in favour of another SIM, unknown, begun */
        queue_has_failed(g, queue_sends(g, "m1"), SMS_FAILURE_TEMPORARY, 42);
        queue_has_failed(g, queue_sends(g, "m2"), SMS_FAILURE_OTHER_SIM, 21);
        queue_was_sent(g, queue_sends(g, "m1"), 1);
        queue_is_unknown(g, queue_sends(g, "m1"));
        if (restart) {
            queue_rolled_back(g->queue);
            assert_int_equal(queue_next_time(g->queue), 0);
        }
        play(g, restart ? &rebuilt : &kept);
    }
    assert_string_equal(kept.data, rebuilt.data);
    assert_non_null(strstr(kept.data, "5/1"));
    str_release(&kept);
    str_release(&rebuilt);
    assert_int_equal(queue_fixture_teardown(&other_state), 0);
}

static void after_a_restart_the_same_parts_are_there(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    fill(f);
    int64_t depth = metric_get(METRIC_QUEUE_DEPTH);
    queue_restart(f);
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), depth);
    queue_link_up(f->queue, "m1", f->now);
    assert_string_equal(queue_drain(f, "m1", 3), "2/1 2/1 2/2");
    queue_restart(f);
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), depth - 3);
    queue_link_up(f->queue, "m2", f->now);
    assert_string_equal(queue_drain(f, "m2", 2), "3/1 3/2");
    queue_link_up(f->queue, "m1", f->now);
    assert_string_equal(queue_drain(f, "m1", 1), "2/3"); /* begun there */
}

static void it_keeps_the_peace_when_the_clock_is_set_back(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    f->settings.rate_per_minute = 60;
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_put(f, 2, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_drain(f, "m1", 10), "1/1");
    f->now -= 5 * HOUR;
    assert_string_equal(queue_drain(f, "m1", 10), "2/1");
}

int main(void) {
#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, queue_fixture_setup, queue_fixture_teardown)
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(what_is_added_is_dispatched_with_all_its_fields),
        QUEUE_TEST(a_message_with_more_or_fewer_parts_than_it_says_is_refused),
        QUEUE_TEST(recipients_take_turns_and_each_gets_its_own_in_order),
        QUEUE_TEST(urgent_classes_go_first),
        QUEUE_TEST(the_parts_of_a_message_go_one_after_another_and_in_order),
        QUEUE_TEST(a_message_that_has_begun_moves_only_when_its_link_is_gone),
        QUEUE_TEST(a_text_waits_until_its_time),
        QUEUE_TEST(quiet_hours_hold_back_what_is_no_reply),
        QUEUE_TEST(equal_quiet_hours_are_none),
        QUEUE_TEST(a_link_submits_no_more_than_its_rate),
        QUEUE_TEST(a_reply_waits_for_the_link_that_received_but_not_for_long),
        QUEUE_TEST(another_link_takes_a_reply_at_once_when_its_own_is_lost),
        QUEUE_TEST(after_a_start_replies_wait_for_links_that_are_on_their_way_up),
        QUEUE_TEST(what_a_sim_refuses_in_favour_of_another_goes_there_once),
        QUEUE_TEST(with_one_link_what_it_refuses_is_asked_again_once),
        QUEUE_TEST(a_link_whose_sim_fails_rests_longer_each_time_and_costs_no_attempts),
        QUEUE_TEST(failures_of_the_sim_do_not_lengthen_the_wait_of_a_part),
        QUEUE_TEST(another_link_serves_while_one_rests),
        QUEUE_TEST(a_sim_that_is_refused_for_every_number_leaves_rotation_until_a_probe_goes_through),
        QUEUE_TEST(one_recipient_who_cannot_be_reached_is_no_fault_of_the_sim),
        QUEUE_TEST(a_sim_that_was_refused_is_refused_after_a_restart),
        QUEUE_TEST(another_sim_is_not_to_blame_for_what_the_last_did),
        QUEUE_TEST(a_person_has_a_refused_sim_tried_again),
        QUEUE_TEST(a_late_report_does_not_say_that_a_refused_sim_works),
        QUEUE_TEST(a_temporary_failure_is_retried_with_a_growing_wait_until_it_is_enough),
        QUEUE_TEST(one_message_that_fails_does_not_hold_up_the_others),
        QUEUE_TEST(a_permanent_failure_ends_the_message),
        QUEUE_TEST(what_has_expired_is_never_sent),
        QUEUE_TEST(what_is_left_of_its_validity_is_given_to_the_network),
        QUEUE_TEST(a_message_whose_row_is_damaged_fails_alone),
        QUEUE_TEST(a_damaged_row_does_not_keep_the_queue_from_being_rebuilt),
        QUEUE_TEST(an_attempt_found_open_is_unknown_and_not_resent_before_its_wait),
        QUEUE_TEST(an_unknown_reply_is_repeated_once_and_then_left_to_a_person),
        QUEUE_TEST(the_reference_asked_for_follows_what_the_network_gave),
        QUEUE_TEST(a_reference_that_went_to_another_message_is_not_repeated),
        QUEUE_TEST(a_repeat_that_is_accepted_settles_the_unknown_attempt),
        QUEUE_TEST(a_repeat_refused_as_a_duplicate_proves_that_the_first_was_accepted),
        QUEUE_TEST(a_repeat_stays_on_its_link_until_that_is_gone),
        QUEUE_TEST(a_repeat_that_expires_leaves_the_part_unknown),
        QUEUE_TEST(a_repeat_that_is_refused_leaves_the_part_unknown),
        QUEUE_TEST(an_unknown_text_of_the_operator_waits_for_a_person),
        QUEUE_TEST(a_person_cannot_resend_what_has_expired),
        QUEUE_TEST(an_unknown_reminder_is_dropped_if_a_later_one_replaced_it),
        QUEUE_TEST(the_rest_of_a_message_goes_on_after_an_unknown_part),
        QUEUE_TEST(a_late_answer_settles_what_was_unknown),
        QUEUE_TEST(a_late_answer_does_not_let_a_part_overtake_the_one_on_its_way),
        QUEUE_TEST(a_second_answer_changes_nothing),
        QUEUE_TEST(a_dispatch_of_a_failed_transaction_is_given_again),
        QUEUE_TEST(what_is_on_its_way_stays_so_when_another_transaction_fails),
        QUEUE_TEST(additions_behind_a_savepoint_go_with_it),
        QUEUE_TEST(a_savepoint_that_took_back_more_than_additions_has_memory_rebuilt),
        QUEUE_TEST(a_result_behind_a_savepoint_goes_with_it_and_nothing_else_does),
        QUEUE_TEST(a_schedule_made_from_disk_gives_out_the_same),
        QUEUE_TEST(after_a_restart_the_same_parts_are_there),
        QUEUE_TEST(it_keeps_the_peace_when_the_clock_is_set_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
