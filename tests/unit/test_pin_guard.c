/* The rows before a SIM's PIN: a PIN is tried once on a SIM, whichever modem it's in and whether or not that modem tells its SIM apart. */
#include "store/pin_guard.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OK(call) assert_int_equal(call, ERR_OK)

static struct store *store_of(void **state) {
    struct store_fixture *f = *state;
    return f->store;
}

static enum err begin(struct store *s, const char *link, const char *sim, const char *pin) {
    struct pin_try try = pin_try_of(s, link, sim, pin);
    OK(store_begin(s));
    enum err e = pin_guard_begin(s, &try, link, 1);
    OK(store_commit(s));
    return e;
}

static void passed(struct store *s, const char *link, const char *sim, const char *pin) {
    struct pin_try try = pin_try_of(s, link, sim, pin);
    OK(store_begin(s));
    OK(pin_guard_passed(s, &try));
    OK(store_commit(s));
}

static enum err forgive(struct store *s, const char *link) {
    OK(store_begin(s));
    enum err e = pin_guard_forgive(s, link);
    OK(store_commit(s));
    return e;
}

static void once(void **state) {
    struct store *s = store_of(state);
    OK(begin(s, "m1", "8984", "1234"));
    assert_int_equal(begin(s, "m1", "8984", "1234"), ERR_DUPLICATE);
    OK(begin(s, "m1", "8984", "4321")); /* another PIN is another try */
    assert_int_equal(begin(s, "m1", "8984", "1234"), ERR_DUPLICATE);
    passed(s, "m1", "8984", "1234");
    OK(begin(s, "m1", "8984", "1234"));
    assert_int_equal(begin(s, "m1", "8984", "4321"), ERR_DUPLICATE);
}

/* Some modems read the ICCID of a locked SIM only some time after their start. */
static void sim_told_later_or_no_more(void **state) {
    struct store *s = store_of(state);
    OK(begin(s, "m1", "", "1234"));
    assert_int_equal(begin(s, "m1", "8984", "1234"), ERR_DUPLICATE);
    passed(s, "m1", "", "1234");
    OK(begin(s, "m1", "8984", "1234"));
    assert_int_equal(begin(s, "m1", "", "1234"), ERR_DUPLICATE);
    assert_int_equal(begin(s, "m1", "8985", "1234"), ERR_DUPLICATE); /* perhaps another SIM: a person knows */
    OK(begin(s, "m2", "8985", "1234"));
    OK(begin(s, "m3", "", "1234"));
}

static void sim_that_moved(void **state) {
    struct store *s = store_of(state);
    OK(begin(s, "m1", "8984", "1234"));
    assert_int_equal(begin(s, "m2", "8984", "1234"), ERR_DUPLICATE);
    OK(forgive(s, "m2")); /* the word is about the modem that it's in now */
    OK(begin(s, "m2", "8984", "1234"));
    OK(forgive(s, "m1")); /* m1's own row stayed */
    assert_int_equal(forgive(s, "m1"), ERR_NOT_FOUND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(sim_told_later_or_no_more, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(sim_that_moved, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
