/* The whole way through the message centre's face: arrival, answer, dispatch, outcome, receipt; and memory that follows the transaction. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/db.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AN "+84912000001"
#define BINH "+84912000002"

static void up(struct centre_fixture *f, const char *link, const char *number) {
    struct phone own;
    assert_int_equal(phone_parse(number, &own), ERR_OK);
    smsc_link_up(f->smsc, link, &own, f->now);
}

static enum err next(struct centre_fixture *f, const char *link, struct dispatch *d) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_next(f->smsc, link, f->now, d);
    assert_int_equal(store_commit(f->store), ERR_OK);
    return e;
}

static void sent(struct centre_fixture *f, int64_t attempt_id, int reference) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_sent(f->smsc, attempt_id, reference, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void report(struct centre_fixture *f, const char *about, int reference, int status) {
    struct arrival a = centre_text(f, about, "");
    a.kind = ARRIVAL_REPORT;
    a.text = NULL;
    a.reference = reference;
    a.status = status;
    a.done_at = f->now;
    centre_give(f, &a);
}

static void from_arrival_to_delivered(void **state) {
    struct centre_fixture *f = *state;
    struct dispatch d = {0};
    up(f, "m1", "+84912999999");
    assert_false(smsc_has_work(f->smsc, "m1", f->now));
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    for (int i = 0; i < 2; i++) { /* ACK, then ASKNAME */
        assert_true(smsc_has_work(f->smsc, "m1", f->now));
        assert_int_equal(next(f, "m1", &d), ERR_OK);
        assert_string_equal(d.to.text, AN);
        assert_int_equal(d.encoding, SMS_GSM7);
        assert_true(d.want_report);
        assert_int_equal(d.concat.total, 0);
        assert_int_equal(strncmp(d.text, i ? "De tiep nhan" : "PAKN Thanh Hoa", 12), 0);
        sent(f, d.attempt_id, 40 + i);
        report(f, AN, 40 + i, 0);
        dispatch_release(&d);
    }
    assert_int_equal(next(f, "m1", &d), ERR_NOT_FOUND);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM part WHERE state = 3"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM attempt WHERE state = 2"), 2);
    centre_check_promises(f);
}

static void accented_answers_go_in_parts_with_one_reference(void **state) {
    struct centre_fixture *f = *state;
    struct str whole;
    int reference = -1;
    up(f, "m1", "+84912999999");
    centre_say(f, AN, "CD");
    struct dispatch first = {0};
    assert_int_equal(next(f, "m1", &first), ERR_OK);
    sent(f, first.attempt_id, 0);
    dispatch_release(&first);
    centre_say(f, AN, "HD");
    char *expected = centre_reply(f, AN, 1);
    str_init(&whole, 4096);
    for (int i = 1; i <= 3; i++) {
        struct dispatch d = {0};
        assert_int_equal(next(f, "m1", &d), ERR_OK);
        assert_int_equal(d.encoding, SMS_UCS2);
        assert_int_equal(d.concat.sequence, i);
        assert_int_equal(d.concat.total, 3);
        reference = i == 1 ? d.concat.reference : reference;
        assert_int_equal(d.concat.reference, reference);
        str_add(&whole, d.text);
        sent(f, d.attempt_id, i);
        dispatch_release(&d);
    }
    assert_string_equal(whole.data, expected);
    str_release(&whole);
    free(expected);
}

/* A transaction that failed leaves no trace in memory: neither what arrived nor what was taken out. */
static void memory_follows_the_transaction(void **state) {
    struct centre_fixture *f = *state;
    struct dispatch d = {0};
    struct arrival a = centre_text(f, AN, "PA Duong vao thon 3 bi sut lun");
    up(f, "m1", "+84912999999");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_arrival(f->smsc, &a, false, f->now), ERR_OK);
    store_rollback(f->store);
    smsc_rolled_back(f->smsc);
    assert_int_equal(next(f, "m1", &d), ERR_NOT_FOUND);
    centre_give(f, &a);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_next(f->smsc, "m1", f->now, &d), ERR_OK);
    store_rollback(f->store);
    smsc_rolled_back(f->smsc);
    int64_t attempt = d.attempt_id;
    dispatch_release(&d);
    assert_int_equal(next(f, "m1", &d), ERR_OK); /* the same part again */
    assert_int_equal(d.attempt_id, attempt);
    dispatch_release(&d);
}

/* A handler that fails after it composed answers: none of them is ever given out, and the others' are. */
static void answers_of_a_failed_handler_are_never_sent(void **state) {
    struct centre_fixture *f = *state;
    up(f, "m1", "+84912999999");
    assert_int_equal(sqlite3_exec(f->store->db,
                                  "CREATE TRIGGER poison BEFORE INSERT ON dialogue WHEN "
                                  "(SELECT count(*) FROM dialogue) = 1 BEGIN SELECT RAISE(ABORT, 'injected'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    log_set_level((enum log_level)0);
    assert_int_equal(store_begin(f->store), ERR_OK);
    struct arrival good = centre_text(f, AN, "PA Duong vao thon 3 bi sut lun"); /* opens the first question, for the name */
    assert_int_equal(smsc_arrival(f->smsc, &good, false, f->now), ERR_OK);
    struct arrival other = centre_text(f, "+84912000003", "HD");
    assert_int_equal(smsc_arrival(f->smsc, &other, false, f->now), ERR_OK);
    struct arrival bad = centre_text(f, BINH, "PA Den duong truoc cho khong sang"); /* fails at its question, its ACK composed */
    assert_int_equal(smsc_arrival(f->smsc, &bad, false, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 4"), 1);
    int count = 0;
    for (struct dispatch d = {0}; smsc_has_work(f->smsc, "m1", f->now); count++) {
        assert_int_equal(next(f, "m1", &d), ERR_OK); /* what the schedule promises is there */
        assert_string_not_equal(d.to.text, BINH);
        sent(f, d.attempt_id, count);
        dispatch_release(&d);
    }
    assert_int_equal(count, 3);
}

/* Time: whatever the centre waits for, smsc_next_time() isn't later. */
static void the_next_moment_is_never_too_late(void **state) {
    struct centre_fixture *f = *state;
    up(f, "m1", "+84912999999");
    centre_wait(f, 0);
    assert_true(smsc_next_time(f->smsc) > f->now + 12 * CLOCK_HOUR); /* nothing but the wipe at night */
    struct arrival part = centre_part(f, AN, "PA phan mot ", 1, 1, 2);
    centre_give(f, &part);
    assert_true(smsc_next_time(f->smsc) <= f->now + f->settings.reassembly_wait);
    centre_wait(f, 0);
    assert_true(smsc_next_time(f->smsc) == f->now + f->settings.reassembly_wait);
    centre_say(f, BINH, "Duong vao thon 3 bi sut lun");
    centre_wait(f, f->settings.reassembly_wait);
    centre_wait(f, 0);
    assert_true(smsc_next_time(f->smsc) > f->now);
    assert_true(smsc_next_time(f->smsc) <= f->now - f->settings.reassembly_wait + f->settings.draft_life);
}

static void settings_are_refused(void **state) {
    struct centre_fixture *f = *state;
    struct smsc_parts parts = {.store = f->store, .calendar = f->calendar, .keys = f->base->keys};
    struct smsc *s = NULL;
    struct str problem;
    str_init(&problem, 1024);
    struct smsc_settings bad = f->settings;
    bad.index = bad.of;
    assert_int_equal(smsc_new(&parts, &bad, &problem, &s), ERR_INVALID);
    assert_non_null(strstr(problem.data, "appliance.index is 8"));
    str_clear(&problem);
    bad = f->settings;
    bad.shortcode = NULL;
    assert_int_equal(smsc_new(&parts, &bad, &problem, &s), ERR_INVALID);
    assert_non_null(strstr(problem.data, "shortcode"));
    str_clear(&problem);
    bad = f->settings;
    bad.cases.intake_days = 0;
    assert_int_equal(smsc_new(&parts, &bad, &problem, &s), ERR_INVALID);
    assert_non_null(strstr(problem.data, "deadlines.intake_days is 0, allowed are 1 to 60"));
    str_clear(&problem);
    bad = f->settings;
    bad.province_name = "Mot tinh co ten dai qua suc tuong tuong";
    assert_int_equal(smsc_new(&parts, &bad, &problem, &s), ERR_INVALID);
    assert_non_null(strstr(problem.data, "shorten appliance.name"));
    str_release(&problem);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, centre_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CENTRE(from_arrival_to_delivered),         CENTRE(accented_answers_go_in_parts_with_one_reference),
        CENTRE(memory_follows_the_transaction),    CENTRE(answers_of_a_failed_handler_are_never_sent),
        CENTRE(the_next_moment_is_never_too_late), CENTRE(settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
