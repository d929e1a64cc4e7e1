/* Delivery reports: what each status makes of a part, which attempt is meant, and reports that come too early, late or twice. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/metric.h"
#include "tests/unit/queue_fixture.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on

#define OK(call) assert_int_equal(call, ERR_OK)

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

static struct queue_fixture *with_link(void **state, const char *link) {
    struct queue_fixture *f = *state;
    queue_link_up(f->queue, link, f->now);
    return f;
}

/* A text to n, accepted on m1 with that reference. */
static int64_t accepted(struct queue_fixture *f, int n, int reference) {
    int64_t id = queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
    queue_was_sent(f, queue_sends(f, "m1"), reference);
    return id;
}

static void every_status_has_its_meaning(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    for (int status = 0; status <= 0xFF; status++) {
        int64_t id = accepted(f, 1000 + status, 7);
        int64_t attempt = f->dispatch.attempt_id;
        queue_report(f, "m1", 1000 + status, 7, status);
        const char *part = status < 0x20   ? "delivered"
                           : status < 0x40 ? "submitted"
                           : status < 0x60 ? "failed"
                           : status < 0x80 ? "queued"
                                           : "submitted";
        const char *state_of_attempt = status < 0x20 ? "delivered" : status < 0x40 ? "submitted" : status < 0x80 ? "undelivered" : "submitted";
        assert_string_equal(queue_part_state(f, id, 1), part);
        assert_string_equal(queue_attempts(f, id, 1), state_of_attempt);
        assert_int_equal(queue_attempt(f, attempt).code, status < 0x80 ? status : -1);
    }
}

static void a_status_says_in_words_what_happened(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    (void)accepted(f, 1, 7);
    queue_report(f, "m1", 1, 7, 0x46);
    assert_string_equal(queue_attempt(f, f->dispatch.attempt_id).reason, "TP-ST 0x46: validity period expired");
    (void)accepted(f, 2, 7);
    queue_report(f, "m1", 2, 7, 0x1F);
    assert_string_equal(queue_attempt(f, f->dispatch.attempt_id).reason, "TP-ST 0x1F: a status of the centre's own");
}

static void a_report_is_for_one_link_one_recipient_and_one_reference(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = accepted(f, 1, 7);
    queue_report(f, "m2", 1, 7, 0);
    queue_report(f, "m1", 2, 7, 0);
    queue_report(f, "m1", 1, 8, 0);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    queue_report(f, "m1", 1, 7, 0);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
}

static void a_report_that_comes_before_the_result_is_kept_for_it(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    int64_t attempt = queue_sends(f, "m1");
    queue_report(f, "m1", 1, 200, 0x30);
    queue_report(f, "m1", 1, 200, 0);
    queue_report(f, "m1", 1, 201, 0x41);
    assert_string_equal(queue_part_state(f, id, 1), "submitting");
    queue_was_sent(f, attempt, 200);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_int_equal(queue_attempt(f, attempt).code, 0);
}

static void a_report_kept_from_before_the_attempt_is_not_for_it(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    (void)accepted(f, 1, 200);
    queue_report(f, "m1", 1, 200, 0);
    queue_report(f, "m1", 1, 200, 0); /* a second time: nothing waits for it */
    queue_wait(f, 1);
    int64_t id = accepted(f, 1, 200);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
}

static void a_kept_report_survives_a_restart_and_settles_the_unknown_attempt(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    (void)queue_sends(f, "m1");
    queue_report(f, "m1", 1, f->dispatch.reference, 0);
    queue_restart(f);
    queue_link_up(f->queue, "m1", f->now);
    assert_string_equal(queue_part_state(f, id, 1), "unknown");
    queue_wait(f, 10 * MINUTE);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void a_kept_report_settles_an_attempt_when_it_becomes_unknown(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    int64_t attempt = queue_sends(f, "m1");
    queue_report(f, "m1", 1, f->dispatch.reference, 0);
    queue_is_unknown(f, attempt);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
}

/* The first attempt's number was a guess; the repeat has it for sure, and may be reported on before its result. */
static int64_t reported_while_it_is_repeated(struct queue_fixture *f, int64_t *ret_first, int64_t *ret_repeat) {
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    *ret_first = queue_sends(f, "m1");
    int reference = f->dispatch.reference;
    queue_is_unknown(f, *ret_first);
    queue_wait(f, 10 * MINUTE);
    *ret_repeat = queue_sends(f, "m1");
    assert_true(f->dispatch.reject_duplicates);
    assert_int_equal(f->dispatch.reference, reference);
    queue_report(f, "m1", 1, reference, 0);
    assert_string_equal(queue_part_state(f, id, 1), "submitting");
    return id;
}

static void a_report_on_the_repeat_says_nothing_of_the_number_that_the_first_had(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t first, repeat, id;
    id = reported_while_it_is_repeated(f, &first, &repeat);
    queue_was_sent(f, repeat, f->dispatch.reference);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_string_equal(queue_attempts(f, id, 1), "settled delivered");
    /* As long as a number is in doubt, no repeat to that phone may look like what was sent with it. */
    (void)queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 10 * MINUTE);
    (void)queue_sends(f, "m1");
    assert_false(f->dispatch.reject_duplicates);
}

static void a_report_is_the_first_ones_after_all_where_the_repeat_fails(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t first, repeat, id;
    id = reported_while_it_is_repeated(f, &first, &repeat);
    queue_has_failed(f, repeat, SMS_FAILURE_TEMPORARY, 38);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_string_equal(queue_attempts(f, id, 1), "delivered failed");
    queue_wait(f, HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void references_wrap_and_the_newest_attempt_is_meant(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t first = 0, last = 0;
    for (int i = 0; i <= 256; i++) {
        queue_wait(f, SECOND);
        last = accepted(f, 1, i & 0xFF);
        first = first ? first : last;
    }
    queue_report(f, "m1", 1, 0, 0);
    assert_string_equal(queue_part_state(f, last, 1), "delivered");
    assert_string_equal(queue_part_state(f, first, 1), "submitted");
    queue_report(f, "m1", 1, 0, 0); /* the older one's */
    assert_string_equal(queue_part_state(f, first, 1), "delivered");
    assert_string_equal(queue_attempts(f, last, 1), "delivered");
}

static void a_wanted_reference_is_not_one_that_a_report_is_waited_for(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    bool waited_for[256] = {false};
    for (int i = 0; i < 64; i++) {
        (void)queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
        int64_t attempt = queue_sends(f, "m1");
        int taken = (f->dispatch.reference + 1) & 0xFF; /* the network gives the one that is next on our list */
        assert_false(waited_for[f->dispatch.reference]);
        waited_for[taken] = true;
        queue_was_sent(f, attempt, taken);
    }
}

static void a_report_on_an_unknown_attempt_settles_it(void **state) {
    static const struct {
        int status;
        const char *part;
    } cases[] = {{0x00, "delivered"}, {0x20, "submitted"}, {0x41, "failed"}, {0x62, "queued"}};
    struct queue_fixture *f = with_link(state, "m1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t id = queue_put(f, (int)i, OUTBOUND_OPERATOR, NULL, 1);
        int64_t attempt = queue_sends(f, "m1");
        queue_is_unknown(f, attempt);
        queue_report(f, "m1", (int)i, f->dispatch.reference, cases[i].status);
        assert_string_equal(queue_part_state(f, id, 1), cases[i].part);
    }
    queue_wait(f, HOUR);
    assert_string_equal(queue_give(f, "m1"), "3/1"); /* the centre gave it up: it isn't a repeat */
    assert_false(f->dispatch.reject_duplicates);
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void a_report_takes_the_repeat_out_of_the_queue(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    for (int n = 1; n <= 2; n++) {
        int64_t id = queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
        queue_is_unknown(f, queue_sends(f, "m1"));
        int reference = f->dispatch.reference;
        queue_wait(f, 10 * MINUTE);
        assert_string_equal(queue_part_state(f, id, 1), "queued");
        queue_report(f, "m1", n, reference, n == 1 ? 0 : 0x22);
        assert_string_equal(queue_part_state(f, id, 1), n == 1 ? "delivered" : "submitted");
        assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
        assert_string_equal(queue_give(f, "m1"), "-");
    }
}

static void a_report_that_the_centre_gave_up_makes_the_repeat_an_ordinary_try(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 10 * MINUTE);
    queue_report(f, "m1", 1, f->dispatch.reference, 0x62);
    assert_string_equal(queue_give(f, "m1"), "1/1"); /* it had its wait */
    assert_false(f->dispatch.reject_duplicates);
    assert_string_equal(queue_attempts(f, id, 1), "undelivered open");
}

/* The modem used the number for the message after the lost one, and its report came before its result: the lost one must not be called delivered. */
static void a_report_that_may_be_about_another_message_settles_nothing(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t lost = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1), next = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    int reference = f->dispatch.reference;
    int64_t attempt = queue_sends(f, "m1");
    queue_report(f, "m1", 1, reference, 0);
    assert_string_equal(queue_part_state(f, lost, 1), "unknown");
    queue_was_sent(f, attempt, reference);
    assert_string_equal(queue_part_state(f, next, 1), "delivered");
    assert_string_equal(queue_part_state(f, lost, 1), "unknown");
}

static void two_lost_results_to_one_phone_are_not_told_apart_by_a_report(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t first = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1), second = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    int reference = f->dispatch.reference;
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_report(f, "m1", 1, reference, 0);
    assert_string_equal(queue_part_state(f, first, 1), "unknown");
    assert_string_equal(queue_part_state(f, second, 1), "unknown");
    queue_wait(f, 10 * MINUTE);
    queue_sends(f, "m1");
    assert_false(f->dispatch.reject_duplicates);
}

static void a_report_during_the_repeat_decides_when_nothing_is_heard_of_it(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t first, repeat, id;
    id = reported_while_it_is_repeated(f, &first, &repeat);
    queue_is_unknown(f, repeat);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_string_equal(queue_attempts(f, id, 1), "settled delivered");
    queue_wait(f, HOUR);
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void both_reports_of_a_part_sent_twice_are_taken(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    queue_wait(f, 10 * MINUTE);
    queue_was_sent(f, queue_sends(f, "m1"), f->dispatch.reference);
    int64_t delivered = metric_get(METRIC_PARTS_DELIVERED);
    queue_report(f, "m1", 1, f->dispatch.reference, 0);
    queue_report(f, "m1", 1, f->dispatch.reference, 0);
    assert_string_equal(queue_attempts(f, id, 1), "delivered delivered"); /* the citizen has it twice, and the rows say so */
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
    assert_int_equal(metric_get(METRIC_PARTS_DELIVERED), delivered + 1);
}

static void a_report_after_a_person_left_it_is_still_taken(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_OPERATOR, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    OK(store_begin(f->store));
    OK(queue_settle_unknown(f->queue, queue_part_id(id, 1), false, f->now));
    OK(store_commit(f->store));
    queue_report(f, "m1", 1, f->dispatch.reference, 0);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
}

static void what_the_centre_gave_up_goes_again_while_it_lasts(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = accepted(f, 1, 7);
    for (int64_t n = 1; n <= 5; n++) {
        queue_report(f, "m1", 1, 7, 0x61);
        assert_string_equal(queue_part_state(f, id, 1), "queued");
        queue_wait(f, 30 * SECOND * n * n - 1);
        assert_string_equal(queue_give(f, "m1"), "-");
        queue_wait(f, 1);
        queue_was_sent(f, queue_sends(f, "m1"), 7);
    }
    queue_report(f, "m1", 1, 7, 0x61);
    assert_string_equal(queue_part_state(f, id, 1), "failed");
}

static void what_the_centre_gave_up_too_late_expires(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = accepted(f, 1, 7);
    queue_wait(f, 25 * HOUR);
    queue_report(f, "m1", 1, 7, 0x62);
    queue_ticks(f);
    assert_string_equal(queue_part_state(f, id, 1), "expired");
}

static void a_part_that_cannot_be_delivered_ends_the_message(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 3);
    queue_was_sent(f, queue_sends(f, "m1"), 7);
    queue_report(f, "m1", 1, 7, 0x43);
    for (int part = 1; part <= 3; part++)
        assert_string_equal(queue_part_state(f, id, part), "failed");
    assert_string_equal(queue_give(f, "m1"), "-");
}

static void a_report_on_an_old_attempt_leaves_a_newer_one_alone(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    queue_is_unknown(f, queue_sends(f, "m1"));
    int reference = f->dispatch.reference;
    queue_wait(f, 10 * MINUTE);
    queue_was_sent(f, queue_sends(f, "m1"), (reference + 1) & 0xFF); /* a modem that gives its own TP-MR */
    queue_report(f, "m1", 1, reference, 0x41);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
    assert_string_equal(queue_attempts(f, id, 1), "undelivered submitted");
    queue_report(f, "m1", 1, (reference + 1) & 0xFF, 0);
    assert_string_equal(queue_part_state(f, id, 1), "delivered");
}

static void reports_older_than_the_window_are_for_nothing_here(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = accepted(f, 1, 7);
    queue_wait(f, 96 * HOUR + 1);
    queue_report(f, "m1", 1, 7, 0);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
}

static void reports_that_nobody_took_are_pruned(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    queue_report(f, "m1", 1, 7, 0);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM receipt"), 1);
    for (int i = 0; i < 2; i++) {
        f->now += 49 * HOUR;
        OK(store_begin(f->store));
        OK(queue_tick(f->queue, f->now));
        OK(store_commit(f->store));
        assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM receipt"), i == 0 ? 1 : 0);
    }
}

static void a_link_that_gives_no_reference_gets_no_reports(void **state) {
    struct queue_fixture *f = with_link(state, "m1");
    int64_t id = accepted(f, 1, -1);
    queue_report(f, "m1", 1, 255, 0);
    assert_string_equal(queue_part_state(f, id, 1), "submitted");
}

int main(void) {
#define RECEIPT_TEST(name) cmocka_unit_test_setup_teardown(name, queue_fixture_setup, queue_fixture_teardown)
    const struct CMUnitTest tests[] = {
        RECEIPT_TEST(every_status_has_its_meaning),
        RECEIPT_TEST(a_status_says_in_words_what_happened),
        RECEIPT_TEST(a_report_is_for_one_link_one_recipient_and_one_reference),
        RECEIPT_TEST(a_report_that_comes_before_the_result_is_kept_for_it),
        RECEIPT_TEST(a_report_kept_from_before_the_attempt_is_not_for_it),
        RECEIPT_TEST(a_kept_report_survives_a_restart_and_settles_the_unknown_attempt),
        RECEIPT_TEST(a_kept_report_settles_an_attempt_when_it_becomes_unknown),
        RECEIPT_TEST(a_report_on_the_repeat_says_nothing_of_the_number_that_the_first_had),
        RECEIPT_TEST(a_report_is_the_first_ones_after_all_where_the_repeat_fails),
        RECEIPT_TEST(references_wrap_and_the_newest_attempt_is_meant),
        RECEIPT_TEST(a_wanted_reference_is_not_one_that_a_report_is_waited_for),
        RECEIPT_TEST(a_report_on_an_unknown_attempt_settles_it),
        RECEIPT_TEST(a_report_takes_the_repeat_out_of_the_queue),
        RECEIPT_TEST(a_report_that_the_centre_gave_up_makes_the_repeat_an_ordinary_try),
        RECEIPT_TEST(a_report_that_may_be_about_another_message_settles_nothing),
        RECEIPT_TEST(two_lost_results_to_one_phone_are_not_told_apart_by_a_report),
        RECEIPT_TEST(a_report_during_the_repeat_decides_when_nothing_is_heard_of_it),
        RECEIPT_TEST(both_reports_of_a_part_sent_twice_are_taken),
        RECEIPT_TEST(a_report_after_a_person_left_it_is_still_taken),
        RECEIPT_TEST(what_the_centre_gave_up_goes_again_while_it_lasts),
        RECEIPT_TEST(what_the_centre_gave_up_too_late_expires),
        RECEIPT_TEST(a_part_that_cannot_be_delivered_ends_the_message),
        RECEIPT_TEST(a_report_on_an_old_attempt_leaves_a_newer_one_alone),
        RECEIPT_TEST(reports_older_than_the_window_are_for_nothing_here),
        RECEIPT_TEST(reports_that_nobody_took_are_pruned),
        RECEIPT_TEST(a_link_that_gives_no_reference_gets_no_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
