/* The ladder: each rung once, ever later, and back to its foot only after a success. */
#include "firmware-host/base/clock.h"
#include "firmware-host/ladder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void fail_three_times(struct ladder *l, int code) {
    for (int i = 0; i < 3; i++)
        ladder_submitted(l, false, code);
}

static int climbs(struct ladder *l, bool usb, int64_t now) { /* -1: not */
    enum ladder_rung rung;
    return ladder_climb(l, usb, now, &rung) ? (int)rung : -1;
}

static void failing_submissions_climb_it_rung_by_rung(void **state) {
    static const int codes[] = {38, 41, 500};
    struct ladder l = {0};
    int64_t now = CLOCK_HOUR;
    (void)state;
    ladder_submitted(&l, false, 38);
    ladder_submitted(&l, false, 41);
    assert_int_equal(climbs(&l, true, now), -1);
    ladder_submitted(&l, false, 500);
    for (int rung = LADDER_REOPEN; rung < LADDER_RUNGS; rung++) {
        assert_int_equal(climbs(&l, true, now), rung);
        assert_int_equal(climbs(&l, true, now + CLOCK_HOUR), -1); /* nothing failed since */
        fail_three_times(&l, codes[rung % 3]);
        if (rung == LADDER_PERSON)
            break;
        assert_int_equal(climbs(&l, true, now + ladder_rows[rung].pause - 1), -1);
        assert_true(rung + 1 >= LADDER_PERSON || ladder_rows[rung + 1].pause > ladder_rows[rung].pause);
        now += ladder_rows[rung].pause;
    }
    for (int i = 0; i < 50; i++) { /* gammu#552, #687: nothing restarts it again and again */
        fail_three_times(&l, 38);
        assert_int_equal(climbs(&l, true, now += CLOCK_HOUR), -1);
    }
    ladder_submitted(&l, true, -1);
    fail_three_times(&l, 38);
    assert_int_equal(climbs(&l, true, now), LADDER_REOPEN);
}

/* gammu#838: what isn't a success doesn't begin anew, and what isn't trouble doesn't climb. */
static void only_a_success_or_a_quiet_day_begins_anew(void **state) {
    struct ladder l = {0};
    int64_t now = CLOCK_HOUR;
    (void)state;
    fail_three_times(&l, 38);
    assert_int_equal(climbs(&l, false, now), LADDER_REOPEN);
    ladder_mute(&l, false, now);
    ladder_registered(&l, 1, now);
    fail_three_times(&l, 38);
    assert_int_equal(climbs(&l, false, now + CLOCK_HOUR), LADDER_RADIO);
    assert_int_equal(climbs(&l, false, now + 26 * CLOCK_HOUR), -1); /* a quiet day */
    fail_three_times(&l, 500);
    assert_int_equal(climbs(&l, false, now + 27 * CLOCK_HOUR), LADDER_REOPEN);

    l = (struct ladder){0};
    for (int i = 0; i < 20; i++) {
        ladder_submitted(&l, false, 1); /* the recipient */
        ladder_submitted(&l, false, 38);
        ladder_submitted(&l, false, -1);
        ladder_submitted(&l, false, 38);
    }
    assert_int_equal(climbs(&l, false, now), -1);
}

static void a_mute_modem_is_told_nothing(void **state) {
    struct ladder l = {0};
    int64_t now = CLOCK_HOUR;
    (void)state;
    ladder_mute(&l, true, now);
    ladder_mute(&l, true, now + CLOCK_MINUTE); /* said again: it lasts */
    assert_int_equal(climbs(&l, true, now + CLOCK_MINUTE), -1);
    now += 2 * CLOCK_MINUTE;
    assert_int_equal(climbs(&l, true, now), LADDER_REOPEN);
    ladder_mute(&l, true, now);
    assert_int_equal(climbs(&l, true, now += 2 * CLOCK_MINUTE), LADDER_USB); /* AT+CFUN is for who answers */
    ladder_mute(&l, true, now);
    assert_int_equal(climbs(&l, true, now += 59 * CLOCK_MINUTE), -1);
    assert_int_equal(climbs(&l, true, now += CLOCK_MINUTE), LADDER_PERSON);

    l = (struct ladder){0};
    ladder_mute(&l, true, now);
    assert_int_equal(climbs(&l, false, now += 2 * CLOCK_MINUTE), LADDER_REOPEN);
    ladder_mute(&l, true, now);
    assert_int_equal(climbs(&l, false, now += 2 * CLOCK_MINUTE), LADDER_PERSON); /* no USB to be reset */
}

/* SIM7600 and its like lose the network silently; the radio off and on heals them. */
static void a_modem_without_network_is_given_its_time(void **state) {
    struct ladder l = {0};
    int64_t now = CLOCK_HOUR;
    (void)state;
    ladder_registered(&l, 2, now);
    ladder_registered(&l, -1, now + CLOCK_MINUTE); /* not known: it lasts */
    assert_int_equal(climbs(&l, true, now + 5 * CLOCK_MINUTE - 1), -1);
    assert_int_equal(climbs(&l, true, now + 5 * CLOCK_MINUTE), LADDER_REOPEN);
    now += 6 * CLOCK_MINUTE;
    ladder_registered(&l, 3, now);
    ladder_registered(&l, LADDER_AWAY, now);
    assert_int_equal(climbs(&l, true, now + CLOCK_HOUR), -1);
    ladder_registered(&l, 0, now);
    assert_int_equal(climbs(&l, true, now + CLOCK_HOUR), LADDER_RADIO);
    ladder_registered(&l, 5, now);
    assert_int_equal(climbs(&l, true, now + 3 * CLOCK_HOUR), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_submissions_climb_it_rung_by_rung),
        cmocka_unit_test(only_a_success_or_a_quiet_day_begins_anew),
        cmocka_unit_test(a_mute_modem_is_told_nothing),
        cmocka_unit_test(a_modem_without_network_is_given_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
