/* Calls: who is answered by a text, how often, and when a missed call is a wish to be called. */
#include "smsc/abuse.h"
#include "tests/unit/centre_fixture.h"

#include "firmware-host/base/clock.h"
#include "store/case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CITIZEN "+84987654321"
#define HELP "PA <noi dung>: gui phan anh.*"
#define CALLBACK "Da ghi nhan yeu cau goi lai.*"

static void call_from(struct centre_fixture *f, enum phone_kind kind, const char *text) {
    struct phone from = {.kind = kind};
    assert_int_equal(str_copy(from.text, sizeof from.text, text), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_call(f->smsc, "m1", &from, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void call(struct centre_fixture *f) {
    call_from(f, PHONE_E164, CITIZEN);
}

static void answering(struct centre_fixture *f) {
    f->settings.answer_calls = true;
    centre_reopen_smsc(f);
}

static void nobody_is_answered_without_the_setting(void **state) {
    struct centre_fixture *f = *state;
    call(f);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM subscriber"), 0); /* no trace */
    centre_say(f, CITIZEN, "TG");
    int replies = centre_replies(f, CITIZEN);
    call(f);
    assert_int_equal(centre_replies(f, CITIZEN), replies);
}

static void help_once_a_day(void **state) {
    struct centre_fixture *f = *state;
    answering(f);
    call(f);
    assert_int_equal(centre_replies(f, CITIZEN), 1);
    centre_expect(f, CITIZEN, -1, HELP);
    f->now += 24 * CLOCK_HOUR - 1;
    call(f);
    assert_int_equal(centre_replies(f, CITIZEN), 1);
    f->now += 1;
    call(f);
    assert_int_equal(centre_replies(f, CITIZEN), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 0);
}

static void nobody_there_to_answer(void **state) {
    struct centre_fixture *f = *state;
    const struct phone own = {.kind = PHONE_E164, .text = "+84912000001"};
    answering(f);
    smsc_link_up(f->smsc, "m1", &own, f->now);
    call_from(f, PHONE_NONE, "");
    call_from(f, PHONE_SHORT, "9090");
    call_from(f, PHONE_ALPHANUMERIC, "Viettel");
    call_from(f, PHONE_E164, own.text); /* two automatons would call each other for ever */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound"), 0);
}

static void a_blocked_caller_gets_nothing(void **state) {
    struct centre_fixture *f = *state;
    const struct phone who = {.kind = PHONE_E164, .text = CITIZEN};
    struct str problem;
    answering(f);
    str_init(&problem, 256);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_block(f->smsc, &who, "goi phá", f->now + CLOCK_DAY, "uid:0", f->now, &problem), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    int replies = centre_replies(f, CITIZEN);
    call(f);
    assert_int_equal(centre_replies(f, CITIZEN), replies);
    str_release(&problem);
}

/* In the night too: it's an answer. */
static void at_night(void **state) {
    struct centre_fixture *f = *state;
    answering(f);
    f->now += 14 * CLOCK_HOUR; /* 23:05 */
    call(f);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound WHERE class = 0 AND not_before <= created_at"), 1);
}

#define CALLS_DUE "SELECT count(*) FROM deadline WHERE kind = (SELECT kind FROM deadline ORDER BY id DESC LIMIT 1) AND state = 0"

/* After GOI a missed call asks again: told the same day while the call is due, also where calls aren't answered. */
static void after_goi(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, CITIZEN, "GOI");
    centre_expect(f, CITIZEN, -1, CALLBACK);
    int replies = centre_replies(f, CITIZEN);
    f->now += CLOCK_HOUR;
    call(f);
    assert_int_equal(centre_replies(f, CITIZEN), replies + 1);
    centre_expect(f, CITIZEN, -1, CALLBACK);
    call(f); /* once a day */
    assert_int_equal(centre_replies(f, CITIZEN), replies + 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    assert_int_equal(centre_count(f, CALLS_DUE), 1);
    f->now += 3 * CLOCK_DAY; /* nobody called: it is still due */
    call(f);
    centre_expect(f, CITIZEN, -1, CALLBACK);
    assert_int_equal(centre_replies(f, CITIZEN), replies + 2);
    centre_check_promises(f);
}

/* The officer called and reached nobody; who rings back within a day of GOI is called again (row 34: +1 working day). */
static void after_the_officer_called(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, CITIZEN, "PA Duong vao thon 3 bi sut lun nguy hiem");
    centre_say(f, CITIZEN, "GOI");
    int replies = centre_replies(f, CITIZEN);
    assert_int_equal(store_begin(f->store), ERR_OK);
    struct deadline due;
    assert_int_equal(deadline_open_of(f->store, 1, DEADLINE_CALLBACK, &due), ERR_OK);
    assert_int_equal(deadline_set_state(f->store, due.id, DEADLINE_MET), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    f->now += CLOCK_HOUR;
    call(f);
    centre_expect(f, CITIZEN, replies, CALLBACK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type LIKE '%callback%'"), 2);
}

/* Who never asked, and has an open case, only rings: no call is due for that. */
static void without_goi(void **state) {
    struct centre_fixture *f = *state;
    answering(f);
    centre_say(f, CITIZEN, "PA Duong vao thon 3 bi sut lun nguy hiem");
    f->now += CLOCK_HOUR;
    call(f);
    centre_expect(f, CITIZEN, -1, HELP);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type LIKE '%callback%'"), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, centre_setup, centre_teardown)
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_answered_without_the_setting),
        TEST(help_once_a_day),
        TEST(nobody_there_to_answer),
        TEST(a_blocked_caller_gets_nothing),
        TEST(at_night),
        TEST(after_goi),
        TEST(after_the_officer_called),
        TEST(without_goi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
