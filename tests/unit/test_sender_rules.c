/* Every state of a sender × every event. */
#include "store/sender_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1000, UNTIL = 2000 };

static struct subscriber sender(enum sender_state state, bool opted_out) {
    struct subscriber who = {.opted_out = opted_out};
    who.conduct.limited_until = state == SENDER_LIMITED ? NOW + 1 : NOW; /* at that moment it's over */
    who.conduct.blocked_until = state == SENDER_BLOCKED ? NOW + 1 : NOW;
    return who;
}

static void conduct(void **unused) {
    static const enum sender_state after[3][3] = {
        /* floods, block, unblock; SENDER_STATE_COUNT: refused */
        [SENDER_OK] = {SENDER_LIMITED, SENDER_BLOCKED, SENDER_STATE_COUNT},
        [SENDER_LIMITED] = {SENDER_STATE_COUNT, SENDER_BLOCKED, SENDER_STATE_COUNT},
        [SENDER_BLOCKED] = {SENDER_STATE_COUNT, SENDER_BLOCKED, SENDER_OK},
    };
    (void)unused;
    for (enum sender_state state = SENDER_OK; state <= SENDER_BLOCKED; state++) {
        for (enum sender_event event = SENDER_FLOODS; event <= SENDER_UNBLOCK; event++) {
            struct subscriber who = sender(state, false), before = who;
            assert_int_equal(sender_state(&who, NOW), state);
            bool done = sender_step(&who, event, UNTIL, NOW);
            assert_int_equal(done, after[state][event] != SENDER_STATE_COUNT);
            assert_int_equal(sender_state(&who, NOW), done ? after[state][event] : state);
            assert_false(who.opted_out);
            if (!done)
                assert_memory_equal(&who, &before, sizeof who);
            else if (event != SENDER_UNBLOCK)
                assert_int_equal(sender_state(&who, UNTIL), SENDER_OK); /* its end */
        }
    }
}

/* A block that is lifted doesn't lift what the appliance decided by itself. */
static void limited_and_blocked(void **unused) {
    (void)unused;
    struct subscriber who = sender(SENDER_LIMITED, false);
    assert_true(sender_step(&who, SENDER_BLOCK, UNTIL, NOW));
    assert_int_equal(sender_state(&who, NOW), SENDER_BLOCKED);
    assert_true(sender_step(&who, SENDER_UNBLOCK, 0, NOW));
    assert_int_equal(sender_state(&who, NOW), SENDER_LIMITED);
}

static void notices(void **unused) {
    (void)unused;
    for (enum sender_state state = SENDER_OK; state <= SENDER_BLOCKED; state++) {
        struct subscriber who = sender(state, false);
        assert_false(sender_step(&who, SENDER_OPTS_IN, 0, NOW));
        assert_true(sender_step(&who, SENDER_OPTS_OUT, 0, NOW));
        assert_true(who.opted_out);
        assert_false(sender_step(&who, SENDER_OPTS_OUT, 0, NOW));
        assert_true(sender_step(&who, SENDER_OPTS_IN, 0, NOW));
        assert_false(who.opted_out);
        assert_int_equal(sender_state(&who, NOW), state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conduct),
        cmocka_unit_test(limited_and_blocked),
        cmocka_unit_test(notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
