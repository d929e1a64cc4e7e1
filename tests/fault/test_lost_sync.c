/* The power fails at any moment; what was acknowledged must be there, whole, when the database is opened again.
 *
 * A run lives three lives on one database. In each, transactions of one to three messages are committed, now and then the log is written back, and
 * the power fails at a random operation: in the middle of a commit, a write-back, the opening (also the very first, with its migrations) or the
 * closing. The same runs with the sync left out (synchronous=OFF) or with only the write-back synced (NORMAL) must be found to lose something: that
 * shows that this test can see a promise broken. */
#include "firmware-host/base/log.h"
#include "store/db.h"
#include "tests/fault/iterations.h"
#include "tests/fault/vfs.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIVES = 3, TRANSACTIONS = 12, GROUP = 3, MESSAGES = LIVES * TRANSACTIONS * GROUP, RUNS = 200, WEAKENED_RUNS = 20, OPERATIONS = 500 };

enum fate { NEVER_TRIED, TRIED, ACKNOWLEDGED, LOST };

struct life {
    struct store_fixture *fixture;
    const char *weakened; /* a PRAGMA, or NULL */
    enum fate fates[MESSAGES];
    int group_of[MESSAGES]; /* messages of one transaction have the same */
    int next, groups, lost;
    uint32_t random;
};

static uint32_t pick(struct life *l, uint32_t below) {
    l->random = l->random * 1664525u + 1013904223u;
    return (l->random >> 8) % below;
}

static bool open_store(struct life *l) {
    struct store_options options = fixture_options(l->fixture);
    struct str problem;
    str_init(&problem, 1024);
    enum err e = store_open(&options, &problem, &l->fixture->store);
    if (e != ERR_OK && !vfs_power_is_off())
        fail_msg("the power is on, yet: %s", problem.data);
    str_release(&problem);
    if (e == ERR_OK && l->weakened)
        assert_int_equal(sqlite3_exec(l->fixture->store->db, l->weakened, NULL, NULL, NULL), SQLITE_OK);
    return e == ERR_OK;
}

static void one_transaction(struct life *l) {
    struct store *s = l->fixture->store;
    int first = l->next, count = 1 + (int)pick(l, GROUP);
    enum err e = store_begin(s);
    if (e != ERR_OK)
        return;
    for (int i = 0; e == ERR_OK && i < count; i++) {
        l->fates[l->next] = TRIED;
        l->group_of[l->next] = l->groups;
        e = fixture_take_message(s, l->next++);
    }
    l->groups++;
    if (e != ERR_OK) {
        store_rollback(s);
        return;
    }
    if (store_commit(s) != ERR_OK)
        return;
    for (int i = first; i < l->next; i++)
        l->fates[i] = ACKNOWLEDGED;
}

static void live(struct life *l) {
    static const int modes[] = {SQLITE_CHECKPOINT_PASSIVE, SQLITE_CHECKPOINT_FULL, SQLITE_CHECKPOINT_RESTART, SQLITE_CHECKPOINT_TRUNCATE};
    if (!open_store(l))
        return;
    for (int t = 0; t < TRANSACTIONS && !vfs_power_is_off(); t++) {
        one_transaction(l);
        if (pick(l, 4) == 0)
            (void)sqlite3_wal_checkpoint_v2(l->fixture->store->db, NULL, modes[pick(l, 4)], NULL, NULL);
    }
    if (!vfs_power_is_off() && pick(l, 2))
        vfs_power_fail(l->weakened ? VFS_LOSE_ALL : (enum vfs_loss)pick(l, 3)); /* while nothing happens */
    fixture_close(l->fixture);
}

/* Opens what is left, and compares it with what was promised. */
static void look(struct life *l) {
    if (!open_store(l))
        fail_msg("the power failed while looking");
    struct store *s = l->fixture->store;
    int there_of_group[MESSAGES] = {0}, size_of_group[MESSAGES] = {0};
    for (int n = 0; n < l->next; n++) {
        bool there = fixture_has_message(s, n);
        if (l->fates[n] == ACKNOWLEDGED && !there) {
            l->fates[n] = LOST;
            l->lost++;
        }
        size_of_group[l->group_of[n]]++;
        there_of_group[l->group_of[n]] += there;
    }
    for (int g = 0; g < l->groups; g++)
        assert_true(there_of_group[g] == 0 || there_of_group[g] == size_of_group[g]);
    fixture_check_consistent(s);
    fixture_close(l->fixture);
}

/* How many acknowledged messages were lost. Weakened runs lose all that isn't synced: then SQLite keeps the database whole, only older. */
static int one_run(uint32_t seed, const char *weakened) {
    void *state;
    assert_int_equal(fixture_setup_closed(&state), 0);
    struct life l = {.fixture = state, .weakened = weakened, .random = seed * 7919};
    l.fixture->vfs = FAULT_VFS;
    vfs_reset();
    for (int n = 0; n < LIVES; n++) {
        vfs_power_watch(seed * LIVES + (uint32_t)n);
        vfs_power_fail_at(1 + (long)pick(&l, OPERATIONS), weakened ? VFS_LOSE_ALL : (enum vfs_loss)pick(&l, 3));
        live(&l);
        vfs_power_back();
        look(&l);
    }
    vfs_reset();
    assert_int_equal(fixture_teardown(&state), 0);
    return l.lost;
}

static void acknowledged_is_never_lost(void **state) {
    (void)state;
    for (uint32_t seed = 1; seed <= (uint32_t)fault_iterations(RUNS); seed++) {
        int lost = one_run(seed, NULL);
        if (lost)
            fail_msg("seed %u: %d acknowledged messages are gone", seed, lost);
    }
}

static int lost_with(const char *weakened) {
    int lost = 0;
    for (uint32_t seed = 1; seed <= WEAKENED_RUNS; seed++)
        lost += one_run(seed, weakened);
    return lost;
}

static void without_sync_it_would_be(void **state) {
    (void)state;
    assert_true(lost_with("PRAGMA synchronous = OFF") > 0);
}

static void without_a_sync_for_each_commit_too(void **state) {
    (void)state;
    assert_true(lost_with("PRAGMA synchronous = NORMAL") > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acknowledged_is_never_lost),
        cmocka_unit_test(without_sync_it_would_be),
        cmocka_unit_test(without_a_sync_for_each_commit_too),
    };
    vfs_register();
    log_set_level(LOG_LEVEL_ERROR - 1); /* thousands of failures, all of them wanted */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
