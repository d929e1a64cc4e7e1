/* The disk fails at the first operation of the core's life, at the second, the third … until none is left to fail: once, or from then on until
 * somebody puts it right; because it's full, or because it's broken.
 *
 * Each time the same story is lived: messages of every kind, answers, a power failure, a careful start, a clean stop. Whatever fails, nothing that
 * was called stored may be missing, and once the disk works everybody is served, once. While it doesn't, the core refuses: nothing is called
 * stored, so that every SMS stays in its slot, and nothing is sent.
 *
 * Every tenth operation is taken, other ones for each kind of fault; with FAULT_ITERATIONS=1000 in the environment every one (`make fault`). */
#include "firmware-host/base/log.h"
#include "tests/fault/core.h"
#include "tests/fault/iterations.h"
#include "tests/fault/vfs.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVERY_OPERATION = 1000, LEAST_OPERATIONS = 500, STRIDE = 10 };

struct fault {
    unsigned operations; /* enum vfs_operation, or-ed */
    long nth;
    bool lasts;
    int error;
};

static const unsigned commits = VFS_WRITE | VFS_SYNC; /* without these nothing can be committed */
static const unsigned all = VFS_WRITE | VFS_SYNC | VFS_OPEN | VFS_TRUNCATE | VFS_DELETE | VFS_SHARED_MEMORY | VFS_READ;

/* ---- the story ---- */

static void mend(struct world *w) {
    vfs_heal();
    w->fault_lasts = false;
}

/* The disk has begun to fail and goes on failing. */
static void trouble(struct core *c) {
    struct world *w = c->world;
    world_write(w, 3, 0, "PA Tin den trong luc dia hong", 1);
    for (int i = 0; i < 2; i++) {
        (void)world_deliver(w);
        for (int m = 0; m < WORLD_MODEMS; m++)
            (void)world_submit(w, m);
        core_turns(c);
    }
    if (!turn_refusing(c->turn))
        world_wrong(w, "the disk fails, and the core doesn't refuse");
    if (w->sms[w->sms_count - 1].stored || !w->sms[w->sms_count - 1].in_slot)
        world_wrong(w, "a slot was emptied while the disk fails");
    mend(w);
    core_turns(c);
    if (turn_refusing(c->turn))
        world_wrong(w, "the disk works, and the core still refuses");
}

static void look(struct core *c) {
    if (c->world->fault_lasts && vfs_failed())
        trouble(c);
}

static void go_on(struct core *c) {
    struct world *w = c->world;
    for (int i = 0; i < 3; i++) {
        (void)world_deliver(w);
        for (int m = 0; m < WORLD_MODEMS; m++)
            (void)world_submit(w, m);
        core_turns(c);
        look(c);
    }
    clock_virtual_advance(&w->clock, CLOCK_MINUTE);
}

/* As a service manager would, until it runs; an operator frees space in between. */
static void start(struct core *c) {
    bool runs = core_start(c);
    if (!runs && c->world->fault_lasts && vfs_failed())
        mend(c->world);
    if (!runs && !core_start(c)) {
        world_wrong(c->world, "it doesn't start on a disk that works");
        return;
    }
    look(c);
}

static void first_life(struct core *c) {
    struct world *w = c->world;
    start(c);
    if (!core_runs(c))
        return;
    world_write(w, 0, 0, "PA Duong vao thon 3 bi sut lun", 1);
    world_write(w, 1, 1, "PA Rac do day bo muong thon 7 da ba tuan nay khong ai don", 2);
    go_on(c);
    world_write(w, 2, 0, "Cau treo thon 5 bi hong lan can, tre em qua lai rat nguy hiem", 1);
    go_on(c);
    world_write(w, 2, 0, "OK", 1);
    world_write(w, 0, 1, "TEN Nguyen Thi Binh", 1);
    go_on(c);
}

static void careful_life(struct core *c) {
    struct world *w = c->world;
    start(c);
    if (!core_runs(c))
        return;
    world_write(w, 0, 0, "TC", 1);
    world_write(w, 1, 1, "KN Lam them den duong o thon 7", 1);
    go_on(c);
    core_stop(c);
}

static void last_life(struct core *c) {
    start(c);
    if (!core_runs(c))
        return;
    world_write(c->world, 3, 1, "HD", 1);
    go_on(c);
    core_settle(c);
    look(c);
    core_settle(c);
    core_stop(c);
}

static void check(struct core *c) {
    mend(c->world);
    if (!core_start(c))
        return;
    core_check_settled(c);
    core_stop(c);
}

/* Fails the test if a promise was broken. False: the fault wasn't reached. */
static bool story_with(const struct fault *f) {
    struct world w;
    struct core c;
    world_init(&w, 1);
    w.calm = true;
    w.fault_lasts = f->lasts;
    vfs_reset();
    vfs_power_watch(1);
    core_init(&c, &w);
    vfs_fail(f->operations, f->nth, f->lasts, f->error);
    first_life(&c);
    core_vanish(&c);
    careful_life(&c);
    core_vanish(&c);
    last_life(&c);
    bool reached = vfs_failed();
    check(&c);
    if (w.wrong.len > 0)
        fail_msg("operation %ld of kinds %u %s with errno %d: %s", f->nth, f->operations, f->lasts ? "fails for ever" : "fails once", f->error,
                 w.wrong.data);
    core_release(&c);
    world_release(&w);
    vfs_reset();
    return reached;
}

/* ---- the loop ---- */

/* `first` makes kinds of faults meet other operations where not all are taken. */
static void loop(struct fault f, long first) {
    long stride = EVERY_OPERATION / fault_iterations(EVERY_OPERATION / STRIDE);
    stride = fault_stride(stride < 1 ? 1 : stride);
    f.nth = 1 + first % stride;
    while (story_with(&f))
        f.nth += stride;
    assert_true(f.nth > LEAST_OPERATIONS); /* or the loop would prove nothing */
}

static void broken_once(void **state) {
    (void)state;
    loop((struct fault){.operations = all, .error = EIO}, 0);
}

static void full_once(void **state) {
    (void)state;
    loop((struct fault){.operations = commits, .error = ENOSPC}, 1);
}

static void broken_until_mended(void **state) {
    (void)state;
    loop((struct fault){.operations = commits, .lasts = true, .error = EIO}, 3);
}

static void full_until_there_is_room(void **state) {
    (void)state;
    loop((struct fault){.operations = commits, .lasts = true, .error = ENOSPC}, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_once),
        cmocka_unit_test(full_once),
        cmocka_unit_test(broken_until_mended),
        cmocka_unit_test(full_until_there_is_room),
    };
    vfs_register();
    log_set_level((enum log_level)0); /* thousands of failures, all of them wanted */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
