/* The ledger of what was handed to the core: once while its answer is awaited, again when it asks, removed for what was stored and nothing else. */
#include "modem/handover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct driver_place slot_1 = {1, 1}, slot_2 = {1, 2}, other_memory = {2, 1}, direct_1 = {DRIVER_DIRECT, 1};

static bool removable(struct handovers *h, int64_t now, struct handover_removal *ret_removal) {
    return handovers_removable(h, now, ret_removal);
}

static void test_once(void **state) {
    struct handovers *h = handovers_new();
    struct handover_removal r;
    (void)state;
    assert_int_equal(handovers_told(h, slot_1, "0A", 0), 1);
    assert_int_equal(handovers_told(h, slot_1, "0a", 10), 0); /* the same, however it is spelled */
    assert_int_equal(handovers_told(h, slot_2, "0B", 10), 2);
    assert_int_equal(handovers_told(h, other_memory, "0C", 10), 3);
    assert_false(removable(h, 20, &r));
    assert_true(handovers_stored(h, 1));
    assert_true(removable(h, 20, &r));
    assert_int_equal(r.place.index, 1);
    assert_string_equal(r.pdu, "0A");
    assert_true(r.sure);
    handovers_removed(h, 1, true);
    assert_false(removable(h, 20, &r));
    assert_false(handovers_stored(h, 1)); /* not known any more */
    assert_int_equal(handovers_told(h, slot_1, "0A", 30), 4); /* the same octets again: another arrival, another handle */
    handovers_free(h);
}

static void test_again(void **state) {
    struct handovers *h = handovers_new();
    int64_t handle;
    const char *pdu;
    (void)state;
    assert_int_equal(handovers_told(h, slot_1, "0A", 0), 1);
    assert_false(handovers_again(h, 9, 0));
    assert_true(handovers_again(h, 1, 100));
    assert_int_equal(handovers_told(h, slot_1, "0A", 200), 0); /* a sweep in between changes nothing */
    assert_int_equal(handovers_next_due(h), 100 + HANDOVER_RETRY);
    assert_false(handovers_due(h, 100 + HANDOVER_RETRY - 1, &handle, &pdu));
    assert_true(handovers_due(h, 100 + HANDOVER_RETRY, &handle, &pdu));
    assert_int_equal(handle, 2);
    assert_string_equal(pdu, "0A");
    assert_false(handovers_due(h, 100 + HANDOVER_RETRY, &handle, &pdu));
    assert_false(handovers_stored(h, 1)); /* the old handle is void */
    assert_true(handovers_again(h, 2, 50000));
    handovers_hurry(h, 50001);
    assert_true(handovers_due(h, 50001, &handle, &pdu));
    /* no answer at all: once more after a long while */
    assert_false(handovers_due(h, 50001 + HANDOVER_PATIENCE - 1, &handle, &pdu));
    assert_true(handovers_due(h, 50001 + HANDOVER_PATIENCE, &handle, &pdu));
    assert_int_equal(handovers_count(h), 1);
    handovers_free(h);
}

/* A refused deletion is tried when the slot is seen again, and its message isn't handed over again. */
static void test_a_refused_deletion_is_no_second_arrival(void **state) {
    struct handovers *h = handovers_new();
    struct handover_removal r;
    (void)state;
    handovers_told(h, slot_1, "0A", 0);
    handovers_stored(h, 1);
    for (int i = 0; i < 3; i++) {
        assert_true(removable(h, 10, &r));
        handovers_removed(h, r.handle, false);
        assert_false(removable(h, 20, &r));
        handovers_sweep_begins(h);
        assert_int_equal(handovers_told(h, slot_1, "0A", 60000), 0);
        handovers_listed(h, 1);
    }
    assert_true(removable(h, 60000, &r));
    assert_true(r.sure);
    handovers_removed(h, r.handle, false);
    handovers_sweep_begins(h); /* it's gone after all */
    handovers_listed(h, 2);
    assert_int_equal(handovers_count(h), 1);
    handovers_listed(h, 1);
    assert_int_equal(handovers_count(h), 0);
    handovers_free(h);
}

static void test_sure(void **state) {
    struct handovers *h = handovers_new();
    struct handover_removal r;
    (void)state;
    handovers_told(h, slot_1, "0A", 0);
    handovers_stored(h, 1);
    assert_true(removable(h, HANDOVER_SURE, &r) && r.sure);
    assert_true(removable(h, HANDOVER_SURE + 1, &r) && !r.sure); /* read long ago: look first */
    handovers_told(h, slot_2, "0A", HANDOVER_SURE); /* the same message elsewhere: two names of one slot? */
    assert_true(removable(h, HANDOVER_SURE, &r) && !r.sure);
    handovers_free(h);
}

static void test_a_slot_used_again_holds_another_message(void **state) {
    struct handovers *h = handovers_new();
    struct handover_removal r;
    int64_t handle;
    const char *pdu;
    (void)state;
    handovers_told(h, slot_1, "0A", 0);
    assert_int_equal(handovers_told(h, slot_1, "0B", 10), 2); /* the slot holds another one now */
    assert_true(handovers_stored(h, 1));
    assert_false(removable(h, 10, &r)); /* nothing to delete for the first */
    handovers_again(h, 2, 10);
    handovers_sweep_begins(h);
    handovers_listed(h, 1); /* gone from its slot before the core could take it: it is still here */
    assert_true(handovers_due(h, 10 + HANDOVER_RETRY, &handle, &pdu));
    assert_string_equal(pdu, "0B");
    assert_true(handovers_stored(h, handle));
    assert_false(removable(h, 10 + HANDOVER_RETRY, &r));
    assert_int_equal(handovers_count(h), 0);
    handovers_free(h);
}

static void test_reopened(void **state) {
    struct handovers *h = handovers_new();
    struct handover_removal r;
    (void)state;
    handovers_told(h, slot_1, "0A", 0);
    handovers_told(h, slot_2, "0B", 0);
    handovers_told(h, direct_1, "0C", 0);
    handovers_stored(h, 1);
    handovers_reopened(h, true);
    assert_int_equal(handovers_told(h, slot_2, "0B", 5), 0); /* still awaited */
    assert_true(removable(h, 5, &r) && r.handle == 1 && !r.sure);
    assert_true(handovers_stored(h, 3)); /* nobody to acknowledge it to any more */
    assert_int_equal(handovers_count(h), 2);
    handovers_reopened(h, false); /* another SIM: its slots are others */
    assert_false(removable(h, 5, &r));
    assert_int_equal(handovers_told(h, slot_2, "0B", 6), 4);
    assert_true(handovers_stored(h, 2));
    assert_false(removable(h, 6, &r));
    handovers_free(h);
}

static void test_direct(void **state) {
    struct handovers *h = handovers_new();
    struct handover_removal r;
    (void)state;
    handovers_told(h, direct_1, "0A", 0);
    handovers_sweep_begins(h);
    handovers_listed(h, 1);
    handovers_stored(h, 1);
    assert_true(removable(h, 0, &r));
    assert_int_equal(r.place.memory, DRIVER_DIRECT);
    handovers_free(h);
}

static void test_bound(void **state) {
    struct handovers *h = handovers_new();
    char pdu[16];
    (void)state;
    for (int i = 0; i < HANDOVER_MAX; i++) {
        snprintf(pdu, sizeof pdu, "%08X", (unsigned)i);
        assert_int_equal(handovers_told(h, (struct driver_place){1, i}, pdu, 0), i + 1);
    }
    assert_int_equal(handovers_told(h, (struct driver_place){1, 5000}, "FF", 0), -1);
    handovers_stored(h, 1);
    handovers_removed(h, 1, true);
    assert_int_equal(handovers_told(h, (struct driver_place){1, 5000}, "FF", 0), HANDOVER_MAX + 1);
    handovers_free(h);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_again),
        cmocka_unit_test(test_a_refused_deletion_is_no_second_arrival),
        cmocka_unit_test(test_sure),
        cmocka_unit_test(test_a_slot_used_again_holds_another_message),
        cmocka_unit_test(test_reopened),
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
