/* TC for a case that isn't here, on a real store with a virtual clock: who is asked for, who learns what, from the store, the cache, or nobody. */
#include "smsc/lookup.h"

#include "firmware-host/base/clock.h"
#include "smsc/code.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { INDEX = 2, OF = 4 };

static int setup(void **state) {
    int failed = life_setup(state);
    struct centre_fixture *f = *state;
    centre_in_slot(f, INDEX, OF);
    smsc_lookups(f->smsc, LOOKUPS_ASKED);
    return failed;
}

static void track(struct centre_fixture *f, const char *from, const char *code) {
    char text[32];
    snprintf(text, sizeof text, "TC %s", code);
    centre_say(f, from, text);
}

static int waiting(struct centre_fixture *f) {
    return (int)centre_count(f, "SELECT count(*) FROM lookup WHERE waits = 1");
}

/* To the one that waits. */
static void answer(struct centre_fixture *f, const struct lookup_answer *a) {
    struct lookup l;
    assert_int_equal(lookup_next_waiting(f->store, 0, &l), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_lookup_answered(f->smsc, l.id, a, f->now), ERR_OK);
    assert_int_equal(smsc_lookup_answered(f->smsc, l.id, a, f->now), ERR_OK); /* again: nothing */
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static const struct lookup_answer in_process = {.end = LOOKUP_FOUND, .state = CASE_IN_PROCESS, .agency = "so-xd", .due_day = 21000};
static const struct lookup_answer not_found = {.end = LOOKUP_NOT_FOUND}, unreached = {.end = LOOKUP_UNREACHED};

static void found_cached_and_later(void **state) {
    struct centre_fixture *f = *state;
    const char *code = centre_code(f, false, 0);
    track(f, AN, code);
    assert_int_equal(centre_replies(f, AN), 0);
    track(f, AN, code); /* impatient: one answer */
    assert_int_equal(waiting(f), 1);
    answer(f, &in_process);
    assert_int_equal(waiting(f), 0);
    assert_int_equal(centre_replies(f, AN), 1);
    centre_expect(f, AN, -1, "PAKN *: dang xu ly tai So Xay dung, han 01/07/2027. Tra cuu: TC * gui *");
    track(f, AN, code);
    assert_int_equal(waiting(f), 0);
    assert_int_equal(centre_replies(f, AN), 2);
    centre_wait(f, LOOKUP_CACHED_MS);
    track(f, AN, code);
    assert_int_equal(waiting(f), 1);
    answer(f, &unreached);
    centre_expect(f, AN, -1, "PAKN *: luc nay chua xem duoc tinh trang. Xem lai sau, soan: TC * gui *");
    track(f, AN, code); /* what the store didn't say isn't kept */
    answer(f, &not_found); /* it was bound until now */
    centre_expect(f, AN, -1, "Khong tim thay ma so *");
    centre_wait(f, LOOKUP_CACHED_MS);
    track(f, AN, code);
    answer(f, &unreached);
    centre_expect(f, AN, -1, "Khong tim thay ma so *");
}

/* Of somebody else's case, of none, and without the store: the same words. */
static void a_stranger_learns_nothing(void **state) {
    struct centre_fixture *f = *state;
    track(f, AN, centre_code(f, false, 0));
    answer(f, &in_process);
    track(f, BINH, centre_code(f, false, 0)); /* the cache is the number's own */
    assert_int_equal(waiting(f), 1);
    assert_int_equal(centre_replies(f, BINH), 0);
    answer(f, &not_found);
    centre_expect(f, BINH, -1, "Khong tim thay ma so *");
    track(f, BINH, centre_code(f, false, 0));
    assert_int_equal(waiting(f), 0);
    track(f, BINH, centre_code(f, false, 1));
    answer(f, &unreached);
    centre_expect(f, BINH, -1, "Khong tim thay ma so *");
}

static void our_own_slot_is_never_asked_for(void **state) {
    struct centre_fixture *f = *state;
    track(f, AN, centre_code(f, true, 0));
    assert_int_equal(centre_count(f, "SELECT count(*) FROM lookup"), 0);
    centre_expect(f, AN, -1, "Khong tim thay ma so *");
    smsc_lookups(f->smsc, LOOKUPS_NONE);
    track(f, AN, centre_code(f, false, 0));
    assert_int_equal(centre_count(f, "SELECT count(*) FROM lookup"), 0);
    assert_int_equal(centre_replies(f, AN), 2);
}

/* Wrong codes count all the same, and whose aren't answered any more isn't asked for. */
static void guessing_ends(void **state) {
    struct centre_fixture *f = *state;
    int most = f->settings.abuse.wrong_codes;
    for (int i = 0; i < most; i++) {
        track(f, AN, centre_code(f, false, i));
        answer(f, &not_found);
    }
    int texts = centre_replies(f, AN);
    track(f, AN, centre_code(f, false, most));
    assert_int_equal(waiting(f), 0);
    assert_int_equal(centre_replies(f, AN), texts);
    centre_wait(f, CLOCK_DAY);
    track(f, AN, centre_code(f, false, most));
    assert_int_equal(waiting(f), 1);
}

static void states_and_restarts(void **state) {
    struct centre_fixture *f = *state;
    const struct lookup_answer ended = {.end = LOOKUP_FOUND, .state = CASE_CLOSED};
    const struct lookup_answer undated = {.end = LOOKUP_FOUND, .state = CASE_PUBLISHED, .agency = "gone"};
    track(f, AN, centre_code(f, false, 0));
    centre_restart(f);
    assert_int_equal(waiting(f), 1);
    answer(f, &ended);
    centre_expect(f, AN, -1, "PAKN * da ket thuc.*");
    smsc_lookups(f->smsc, LOOKUPS_ASKED);
    track(f, AN, centre_code(f, false, 1));
    answer(f, &undated);
    centre_expect(f, AN, -1, "PAKN *: co ket qua tai *. Tra cuu: TC * gui *");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(lookup_forget(f->store, f->now + 1, 10), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM lookup"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_cached_and_later, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(a_stranger_learns_nothing, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(our_own_slot_is_never_asked_for, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(guessing_ends, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(states_and_restarts, setup, centre_teardown),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
