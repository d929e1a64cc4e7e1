/* Migrating: a database of an older version is copied, then changed step by step, each step whole or not at all. */
#include "store/migrate.h"

#include "firmware-host/base/log.h"
#include "tests/fault/vfs.h"
#include "tests/unit/store_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

enum { STEPS_MOST = 64, NAME_SIZE = 64 };

static struct embedded steps[STEPS_MOST];
static char names[2][NAME_SIZE];
static int own; /* how many migrations the program has: its statements are for the schema behind all of them */

/* The program's migrations, and further ones. */
static const struct embedded *own_and(const char *next, const char *next_but_one) {
    for (own = 0; store_migrations[own].name; own++)
        steps[own] = store_migrations[own];
    snprintf(names[0], NAME_SIZE, "%04d_next.sql", own + 1);
    snprintf(names[1], NAME_SIZE, "%04d_next_but_one.sql", own + 2);
    steps[own] = (struct embedded){next ? names[0] : NULL, next};
    steps[own + 1] = (struct embedded){next && next_but_one ? names[1] : NULL, next_but_one};
    steps[own + 2] = (struct embedded){NULL, NULL};
    return steps;
}

/* What the copy of the program's own schema is called. */
static char *backup_of(struct store_fixture *f, const char *behind) {
    char name[2 * NAME_SIZE];
    snprintf(name, sizeof name, "phanhoi.db.v%d-20260225T061320Z%s.backup", own, behind); /* FIXTURE_NOW */
    return folder_file(&f->folder, name);
}

#define GOOD "CREATE TABLE more (x INTEGER) STRICT; INSERT INTO more SELECT id FROM cases;"
#define GOOD_TOO "ALTER TABLE more ADD COLUMN y INTEGER NOT NULL DEFAULT 7; UPDATE more SET x = -x;"
#define WRONG_FOR_THE_DATA "CREATE TABLE half (x INTEGER) STRICT; INSERT INTO meta (key, value) VALUES ('epoch', 1);"

static enum err open_with(struct store_fixture *f, const struct embedded *migrations, char words[1024]) {
    struct store_options options = fixture_options(f);
    struct str problem;
    str_init(&problem, 1024);
    enum err e = store_open_with(&options, migrations, &problem, &f->store);
    snprintf(words, 1024, "%s", problem.data);
    str_release(&problem);
    return e;
}

static int64_t version_of(struct store_fixture *f) {
    return fixture_sql(f->store, "PRAGMA user_version");
}

/* A database of the program's own schema with two messages, closed. */
static void make_own(struct store_fixture *f) {
    char words[1024];
    assert_int_equal(open_with(f, own_and(NULL, NULL), words), ERR_OK);
    assert_int_equal(version_of(f), own);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(fixture_take_message(f->store, 1), ERR_OK);
    assert_int_equal(fixture_take_message(f->store, 2), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    fixture_close(f);
}

static int backups(const struct store_fixture *f) {
    DIR *folder = opendir(f->folder.path);
    int count = 0;
    assert_non_null(folder);
    for (struct dirent *e; (e = readdir(folder));)
        count += strstr(e->d_name, ".backup") != NULL;
    closedir(folder);
    return count;
}

static void new_database_goes_through_all(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    assert_int_equal(open_with(f, own_and(GOOD, GOOD_TOO), words), ERR_OK);
    assert_int_equal(version_of(f), own + 2);
    assert_int_equal(backups(f), 0);
    assert_true(store_was_clean(f->store));
}

static void older_database_is_copied_and_changed(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    make_own(f);
    assert_int_equal(open_with(f, own_and(GOOD, GOOD_TOO), words), ERR_OK);
    assert_int_equal(version_of(f), own + 2);
    assert_int_equal(fixture_sql(f->store, "SELECT sum(x) + sum(y) FROM more"), -3 + 14);
    assert_true(fixture_has_message(f->store, 1));
    fixture_check_consistent(f->store);
    fixture_close(f);
    assert_int_equal(backups(f), 1);

    /* The copy is a whole database of the old version, private, and opens. */
    struct stat st;
    free(f->path);
    f->path = backup_of(f, "");
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(open_with(f, own_and(NULL, NULL), words), ERR_OK);
    assert_int_equal(version_of(f), own);
    assert_true(fixture_has_message(f->store, 2));
    fixture_check_consistent(f->store);
}

static void up_to_date_is_left_alone(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    make_own(f);
    assert_int_equal(open_with(f, own_and(GOOD, NULL), words), ERR_OK);
    fixture_close(f);
    assert_int_equal(open_with(f, own_and(GOOD, NULL), words), ERR_OK);
    assert_int_equal(version_of(f), own + 1);
    assert_int_equal(backups(f), 1);
    fixture_close(f);
    assert_int_equal(open_with(f, own_and(NULL, NULL), words), ERR_NEWER);
    char newer[64];
    snprintf(newer, sizeof newer, "schema %d, this program knows %d", own + 1, own);
    assert_non_null(strstr(words, newer));
}

static void step_that_does_not_fit_is_undone(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    make_own(f);
    assert_int_equal(open_with(f, own_and(GOOD, WRONG_FOR_THE_DATA), words), ERR_CONFLICT);
    char before[64];
    snprintf(before, sizeof before, "at schema %d", own + 1);
    assert_non_null(strstr(words, names[1]));
    assert_non_null(strstr(words, before));
    assert_int_equal(open_with(f, own_and(GOOD, NULL), words), ERR_OK);
    assert_int_equal(version_of(f), own + 1);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
    fixture_check_consistent(f->store);
}

static void copies_never_overwrite_each_other(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    make_own(f);
    for (int i = 0; i < 3; i++)
        assert_int_equal(open_with(f, own_and(WRONG_FOR_THE_DATA, NULL), words), ERR_CONFLICT);
    assert_int_equal(backups(f), 3);
    char *second = backup_of(f, ".1");
    struct stat st;
    assert_int_equal(stat(second, &st), 0);
    free(second);
}

static void keys_are_checked_first(void **state) {
    static const uint8_t other[32] = {9};
    struct store_fixture *f = *state;
    char words[1024];
    make_own(f);
    struct keyring *right = f->keys;
    f->keys = keyring_from_secret(other);
    assert_int_equal(open_with(f, own_and(GOOD, NULL), words), ERR_SEALED);
    assert_int_equal(backups(f), 0);
    keyring_free(f->keys);
    f->keys = right;
    assert_int_equal(open_with(f, own_and(NULL, NULL), words), ERR_OK);
    assert_int_equal(version_of(f), own);
}

/* No room: nothing is changed, no half copy stays, and the next start does it all. */
static void full_disk(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    make_own(f);
    f->vfs = FAULT_VFS;
    long nth = 1;
    for (bool failed = true; failed; nth++) {
        vfs_fail(VFS_WRITE | VFS_SYNC, nth, true, ENOSPC);
        enum err e = open_with(f, own_and(GOOD, GOOD_TOO), words);
        failed = vfs_failed();
        assert_true(e == ERR_OK || (failed && (e == ERR_FULL || e == ERR_IO))); /* what a sync met, SQLite doesn't always tell */
        if (e == ERR_OK) {
            vfs_heal();
            fixture_close(f);
            break;
        }
        assert_true(strlen(words) > 0);
        vfs_heal();
        assert_int_equal(open_with(f, steps, words), ERR_OK);
        fixture_check_consistent(f->store);
        assert_int_equal(version_of(f), own + 2);
        fixture_close(f);
        assert_true(backups(f) <= 2); /* of the own version, and of the next where the first step was done already */
        folder_remove(&f->folder);
        folder_make(&f->folder);
        free(f->path);
        f->path = folder_file(&f->folder, "phanhoi.db");
        make_own(f);
    }
    assert_true(nth > 50);
    vfs_reset();
}

/* The power fails at every operation in turn: afterwards the database is at one of the versions, whole, and can be brought to the last. */
static void power_failure(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    f->vfs = FAULT_VFS;
    bool failed = true;
    for (long nth = 1; failed; nth += 3) {
        make_own(f);
        vfs_power_watch((uint32_t)nth);
        vfs_power_fail_at(nth, (enum vfs_loss)(nth % 3));
        enum err e = open_with(f, own_and(GOOD, GOOD_TOO), words);
        failed = vfs_power_is_off();
        assert_true(failed || e == ERR_OK);
        if (e == ERR_OK)
            fixture_close(f);
        vfs_power_back();
        assert_int_equal(open_with(f, steps, words), ERR_OK);
        assert_int_equal(version_of(f), own + 2);
        assert_int_equal(fixture_sql(f->store, "SELECT sum(x) + sum(y) FROM more"), -3 + 14);
        assert_true(fixture_has_message(f->store, 1) && fixture_has_message(f->store, 2));
        fixture_check_consistent(f->store);
        fixture_close(f);
        vfs_reset();
        folder_remove(&f->folder);
        folder_make(&f->folder);
        free(f->path);
        f->path = folder_file(&f->folder, "phanhoi.db");
    }
}

#define CLOSED_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup_closed, fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLOSED_TEST(new_database_goes_through_all),
        CLOSED_TEST(older_database_is_copied_and_changed),
        CLOSED_TEST(up_to_date_is_left_alone),
        CLOSED_TEST(step_that_does_not_fit_is_undone),
        CLOSED_TEST(copies_never_overwrite_each_other),
        CLOSED_TEST(keys_are_checked_first),
        CLOSED_TEST(full_disk),
        CLOSED_TEST(power_failure),
    };
    vfs_register();
    log_set_level(LOG_LEVEL_ERROR - 1); /* hundreds of failures, all of them wanted */

    return cmocka_run_group_tests(tests, NULL, NULL);
}
