/* The power of the whole machine fails at any moment of the core's life: in the middle of a commit, between a commit and its answers, at the start,
 * at the stop. What the core promised before must hold afterwards, and in the end everybody is served.
 *
 * A run lives several lives on one database in one world; the moments come from its seed. FAULT_ITERATIONS in the environment is the number of runs.
 * The same runs on a database that isn't synced (synchronous=OFF) must break a promise: that shows that this test can see one broken. */
#include "firmware-host/base/log.h"
#include "tests/fault/core.h"
#include "tests/fault/iterations.h"
#include "tests/fault/vfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { RUNS = 40, WEAKENED_RUNS = 10, LIVES = 4, STEPS = 40 };

/* One thing that happens: somebody writes, the network delivers, modems send, time passes, workers die and come back. */
static void step(struct core *c) {
    struct world *w = c->world;
    for (uint32_t n = world_pick(w, 3); n > 0; n--)
        world_write_anything(w);
    (void)world_deliver(w);
    for (int m = 0; m < WORLD_MODEMS; m++) {
        (void)world_submit(w, m);
        if (world_pick(w, 20) == 0)
            world_unplug(w, m);
        else
            world_plug(w, m);
    }
    if (world_pick(w, 3) == 0)
        clock_virtual_advance(&w->clock, world_pick(w, 4) ? world_pick(w, CLOCK_MINUTE) : world_pick(w, 20 * CLOCK_MINUTE));
    if (world_pick(w, 10) == 0)
        c->careful = false;
    core_turns(c);
}

/* When this life ends: at an operation of the database, at a word to a worker, or by itself. */
static void plan_end(struct world *w) {
    switch (world_pick(w, 4)) {
    case 0:
    case 1:
        vfs_power_fail_at(1 + (long)world_pick(w, 2000), (enum vfs_loss)world_pick(w, 3));
        break;
    case 2:
        w->cut_after = 1 + (long)world_pick(w, 100);
        break;
    default:
        break;
    }
}

static void live(struct core *c) {
    struct world *w = c->world;
    plan_end(w);
    if (core_start(c)) {
        for (int i = (int)world_pick(w, STEPS); i > 0 && !vfs_power_is_off(); i--)
            step(c);
        if (!vfs_power_is_off() && world_pick(w, 3) == 0)
            core_stop(c);
    }
    core_vanish(c);
}

/* What the core did wrong; empty: nothing. */
static void run(uint32_t seed, const char *weakened, struct str *wrong) {
    struct world w;
    struct core c;
    world_init(&w, seed);
    vfs_reset();
    vfs_power_watch(seed);
    core_init(&c, &w);
    c.weakened = weakened;
    for (int i = 0; i < LIVES && w.wrong.len == 0; i++) {
        live(&c);
        if (core_start(&c))
            core_check(&c);
        core_vanish(&c);
    }
    if (w.wrong.len == 0 && core_start(&c)) {
        core_turns(&c);
        core_retry_held(&c); /* what was interpreted when the power failed, twice, is under suspicion */
        core_settle(&c);
        core_check_settled(&c);
        core_stop(&c);
    }
    str_add(wrong, w.wrong.data ? w.wrong.data : "");
    core_release(&c);
    world_release(&w);
    vfs_reset();
}

static void what_was_promised_holds(void **state) {
    (void)state;
    struct str wrong;
    str_init(&wrong, 4000);
    for (uint32_t seed = 1; seed <= (uint32_t)fault_iterations(RUNS); seed++) {
        run(seed, NULL, &wrong);
        if (wrong.len > 0)
            fail_msg("seed %u: %s", seed, wrong.data);
    }
    str_release(&wrong);
}

static void without_sync_it_does_not(void **state) {
    (void)state;
    struct str wrong;
    str_init(&wrong, 100000);
    for (uint32_t seed = 1; seed <= WEAKENED_RUNS; seed++)
        run(seed, "PRAGMA synchronous = OFF", &wrong);
    assert_true(wrong.len > 0);
    str_release(&wrong);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_promised_holds),
        cmocka_unit_test(without_sync_it_does_not),
    };
    vfs_register();
    log_set_level((enum log_level)0); /* thousands of failures, all of them wanted */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
