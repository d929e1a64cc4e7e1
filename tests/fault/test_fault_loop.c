/* Every operation on the disk fails once, and for ever, until there is none left that could: opening, transactions, write-back, closing.
 *
 * Each time: nothing crashes; a call either did all of its work or none and says why (full or failing disk); when the fault is over the same store
 * does the same work at once; and what was acknowledged is there, whole, when the database is opened again. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/db.h"
#include "tests/fault/iterations.h"
#include "tests/fault/vfs.h"
#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fault {
    unsigned operations;
    bool for_ever;
    int error;
};

static bool expected_error(const struct fault *fault, enum err e) {
    return e == ERR_IO || (fault->error == ENOSPC && e == ERR_FULL);
}

/* ---- the work ---- */

typedef enum err step(struct store *s);

static enum err two_messages(struct store *s) {
    enum err e = fixture_take_message(s, 0);
    return e == ERR_OK ? fixture_take_message(s, 1) : e;
}

/* A handler that fails inside its savepoint, between two that don't. */
static enum err one_undone(struct store *s) {
    enum err e = fixture_take_message(s, 2);
    if (e == ERR_OK)
        e = store_savepoint(s);
    if (e != ERR_OK)
        return e;
    e = fixture_take_message(s, 3);
    store_rollback_to(s);
    return e == ERR_OK ? fixture_take_message(s, 4) : e;
}

/* Larger than the page cache of the test, so that pages go to the log before the commit. */
static enum err many_messages(struct store *s) {
    enum err e = ERR_OK;
    for (int n = 5; e == ERR_OK && n < 9; n++)
        e = fixture_take_message(s, n);
    return e;
}

static enum err write_back(struct store *s) {
    struct store_counts counts;
    int code = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    return code == SQLITE_OK ? store_counts(s, &counts) : store_error(s->db, code, "checkpoint");
}

static enum err after_write_back(struct store *s) {
    int64_t value;
    enum err e = store_number_next(s, STORE_CASE_COUNTER, &value);
    return e == ERR_OK ? fixture_take_message(s, 55) : e;
}

static const struct work {
    step *step;
    bool transaction;
    int first, last; /* the messages it takes, 3 never */
} works[] = {
    {two_messages, true, 0, 1}, {one_undone, true, 2, 4}, {many_messages, true, 5, 8}, {write_back, false, 0, -1}, {after_write_back, true, 55, 55},
};
enum { WORKS = sizeof works / sizeof *works };

static enum err do_work(struct store *s, const struct work *w) {
    if (!w->transaction)
        return w->step(s);
    enum err e = store_begin(s);
    if (e != ERR_OK) {
        assert_false(store_in_transaction(s));
        return e;
    }
    e = w->step(s);
    if (e == ERR_OK)
        e = store_commit(s);
    else
        store_rollback(s);
    assert_false(store_in_transaction(s));
    return e;
}

/* ---- the loop ---- */

static void read_file(const char *path, struct str *to) {
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char block[4096];
    size_t len;
    while ((len = fread(block, 1, sizeof block, file)) > 0)
        str_add_n(to, block, len);
    fclose(file);
    assert_true(str_ok(to) && to->len > 0);
}

static void write_file(const char *path, const struct str *from) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(from->data, 1, from->len, file), from->len);
    assert_int_equal(fclose(file), 0);
}

/* A database without messages, for every life that doesn't begin with none. */
static int make_database(void **state) {
    struct str *database = mem_alloc(sizeof *database);
    void *fixture;
    str_init(database, 1 << 20);
    int failed = fixture_setup(&fixture);
    fixture_close(fixture);
    read_file(((struct store_fixture *)fixture)->path, database);
    *state = database;
    return failed || fixture_teardown(&fixture);
}

static int forget_database(void **state) {
    str_release(*state);
    free(*state);
    return 0;
}

static enum err try_open(struct store_fixture *f, bool must_say_why) {
    struct store_options options = fixture_options(f);
    struct str problem;
    str_init(&problem, 1024);
    options.cache_kib = 64;
    enum err e = store_open(&options, &problem, &f->store);
    assert_true(e == ERR_OK || !must_say_why || problem.len > 0);
    str_release(&problem);
    return e;
}

static void open_in_spite(struct store_fixture *f, const struct fault *fault) {
    enum err e = try_open(f, true);
    if (e == ERR_OK)
        return;
    assert_true(vfs_failed() && expected_error(fault, e));
    if (fault->for_ever) {
        e = try_open(f, true);
        assert_true(e == ERR_OK || expected_error(fault, e));
        if (e == ERR_OK)
            return;
        vfs_heal();
    }
    assert_int_equal(try_open(f, true), ERR_OK);
}

static void work_in_spite(struct store *s, const struct fault *fault) {
    bool done[WORKS] = {false};
    for (int i = 0; i < WORKS; i++) {
        enum err e = do_work(s, &works[i]);
        assert_true(e == ERR_OK || (vfs_failed() && expected_error(fault, e)));
        if (e != ERR_OK && !fault->for_ever)
            e = do_work(s, &works[i]);
        assert_true(e == ERR_OK || fault->for_ever);
        done[i] = e == ERR_OK;
    }
    if (!vfs_failed())
        return;
    vfs_heal();
    for (int i = 0; i < WORKS; i++)
        if (!done[i])
            assert_int_equal(do_work(s, &works[i]), ERR_OK);
}

static void look(struct store_fixture *f, bool worked) {
    assert_int_equal(try_open(f, true), ERR_OK);
    for (int i = 0; i < WORKS; i++)
        for (int n = works[i].first; n <= works[i].last; n++)
            assert_int_equal(fixture_has_message(f->store, n), worked && n != 3);
    fixture_check_consistent(f->store);
    fixture_close(f);
}

/* One life with the nth operation failing; whether it came so far. */
static bool one_life(const struct fault *fault, long nth, const struct str *database) {
    void *state;
    assert_int_equal(fixture_setup_closed(&state), 0);
    struct store_fixture *f = state;
    f->vfs = FAULT_VFS;
    if (database)
        write_file(f->path, database);
    vfs_fail(fault->operations, nth, fault->for_ever, fault->error);
    open_in_spite(f, fault);
    if (database)
        work_in_spite(f->store, fault);
    fixture_close(f);
    bool failed = vfs_failed();
    vfs_heal();
    look(f, database != NULL);
    vfs_reset();
    assert_int_equal(fixture_teardown(&state), 0);
    return failed;
}

/* The four kinds of fault take turns: every operation meets two of them (`turns` 2), or one (`turns` 4), which keeps the test short.
 * `least`: so many operations there must be to fail, or the loop would prove nothing. */
static void fault_loop(unsigned operations, const struct str *database, long turns, long least) {
    const struct fault kinds[] = {{operations, false, ENOSPC}, {operations, true, EIO}, {operations, true, ENOSPC}, {operations, false, EIO}};
    long stride = fault_stride(turns);
    for (long i = 0; i < 4; i++) {
        long nth = 1 + i % stride;
        while (one_life(&kinds[i], nth, database))
            nth += stride;
        if (nth <= least)
            fail_msg("only %ld operations", nth - 1);
    }
}

static void writes(void **state) {
    fault_loop(VFS_WRITE, *state, 2, 200);
}

static void writes_of_a_new_database(void **state) {
    (void)state;
    fault_loop(VFS_WRITE, NULL, 4, 80);
}

static void syncs(void **state) {
    fault_loop(VFS_SYNC, *state, 1, 6);
    fault_loop(VFS_SYNC, NULL, 1, 6);
}

static void openings(void **state) {
    fault_loop(VFS_OPEN, *state, 1, 1);
    fault_loop(VFS_OPEN, NULL, 1, 2);
}

static void truncations_and_deletions(void **state) {
    fault_loop(VFS_TRUNCATE | VFS_DELETE, *state, 1, 2);
    fault_loop(VFS_TRUNCATE | VFS_DELETE, NULL, 1, 2);
}

static void shared_memory(void **state) {
    fault_loop(VFS_SHARED_MEMORY, *state, 1, 1);
    fault_loop(VFS_SHARED_MEMORY, NULL, 1, 1);
}

static void reads(void **state) {
    fault_loop(VFS_READ, *state, 4, 20);
}

static void everything_at_once(void **state) {
    const struct fault dead = {VFS_OPEN | VFS_WRITE | VFS_SYNC | VFS_TRUNCATE | VFS_DELETE | VFS_READ, true, EIO};
    long nth = 1;
    while (one_life(&dead, nth, *state))
        nth += fault_stride(7);
    assert_true(nth > 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes),   cmocka_unit_test(writes_of_a_new_database),  cmocka_unit_test(syncs),
        cmocka_unit_test(openings), cmocka_unit_test(truncations_and_deletions), cmocka_unit_test(shared_memory),
        cmocka_unit_test(reads),    cmocka_unit_test(everything_at_once),
    };
    vfs_register();
    log_set_level(LOG_LEVEL_ERROR - 1); /* thousands of failures, all of them wanted */
    return cmocka_run_group_tests(tests, make_database, forget_database);
}
