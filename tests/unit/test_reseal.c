/* Rotation of keys: every sealed value comes under the newest key, a step at a time; a key that rows need can't go, one that they don't can. */
#include "store/reseal.h"

#include "firmware-host/base/mem.h"
#include "store/db.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(call) assert_int_equal(call, ERR_OK)
#define KEY_1 "1 0102030000000000000000000000000000000000000000000000000000000000\n" /* the fixture's */
#define KEY_2 "2 2222222222222222222222222222222222222222222222222222222222222222\n"
#define KEY_3 "3 3333333333333333333333333333333333333333333333333333333333333333\n"
enum { MESSAGES = 150 };

static struct keyring *ring(struct store_fixture *f, const char *lines) {
    struct keyring *keys = NULL;
    struct str problem;
    bool created;
    char *path = folder_file(&f->folder, "seal.key");
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(lines, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    str_init(&problem, 512);
    if (keyring_load(path, false, &problem, &keys, &created) != ERR_OK)
        fail_msg("%s", problem.data);
    str_release(&problem);
    free(path);
    return keys;
}

/* As a reload does it: refused whole, or taken. */
static enum err take(struct store_fixture *f, const char *lines, char words[512]) {
    struct keyring *next = ring(f, lines);
    struct str problem;
    str_init(&problem, 512);
    enum err e = keyring_follows(f->keys, next, "seal.key", &problem);
    if (e == ERR_OK) {
        OK(store_begin(f->store));
        e = reseal_claim_keys(f->store, next, "seal.key", &problem);
        if (e == ERR_OK)
            OK(store_commit(f->store));
        else
            store_rollback(f->store);
    }
    if (e == ERR_OK)
        keyring_take(f->keys, next);
    else
        keyring_free(next);
    snprintf(words, 512, "%s", problem.data ? problem.data : "");
    str_release(&problem);
    return e;
}

static void must_take(struct store_fixture *f, const char *lines) {
    char words[512];
    if (take(f, lines, words) != ERR_OK)
        fail_msg("%s", words);
}

static bool step(struct store_fixture *f) {
    bool done = false;
    OK(store_begin(f->store));
    OK(reseal_step(f->store, &done));
    OK(store_commit(f->store));
    return done;
}

static int finish(struct store_fixture *f) {
    int steps = 0;
    while (!step(f))
        assert_true(++steps < 1000);
    return steps;
}

static int64_t sealed_with(struct store_fixture *f, uint8_t id) {
    int64_t values[KEYRING_MAX + 1];
    OK(reseal_count(f->store, values));
    return values[id];
}

static void write_some(struct store_fixture *f, int from, int to) {
    OK(store_begin(f->store));
    for (int n = from; n < to; n++)
        OK(fixture_take_message(f->store, n));
    OK(store_commit(f->store));
}

static int begin(void **state) {
    int failed = fixture_setup(state);
    struct store_fixture *f = *state;
    write_some(f, 0, MESSAGES);
    must_take(f, KEY_1);
    return failed;
}

static void every_sealed_column_is_in_the_table(void **state) {
    struct store_fixture *f = *state;
    static const char *const known[] = {
#define X(table, id, column, context) #table "." #column,
        SEALED_TABLE(X)
#undef X
    };
    size_t found = 0;
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(f->store->db,
                                        "SELECT t.name || '.' || c.name FROM pragma_table_list t, pragma_table_info(t.name) c "
                                        "WHERE t.schema = 'main' AND c.name LIKE '%\\_sealed' ESCAPE '\\'",
                                        -1, &q, NULL),
                     SQLITE_OK);
    for (; sqlite3_step(q) == SQLITE_ROW; found++) {
        const char *name = (const char *)sqlite3_column_text(q, 0);
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known = is_known || strcmp(known[i], name) == 0;
        if (!is_known)
            fail_msg("%s isn't in SEALED_TABLE: its key could never be retired", name);
    }
    sqlite3_finalize(q);
    assert_int_equal(found, sizeof known / sizeof *known);
}

static void all_come_under_the_newest_key(void **state) {
    struct store_fixture *f = *state;
    int64_t all = sealed_with(f, 1), pages = fixture_sql(f->store, "PRAGMA page_count");
    assert_true(all >= 5 * MESSAGES);
    assert_true(step(f)); /* one key: nothing to do */
    must_take(f, KEY_1 KEY_2);
    assert_int_equal(sealed_with(f, 2), 0);
    assert_true(finish(f) > 5 * MESSAGES / RESEAL_ROWS); /* not all at once */
    assert_int_equal(sealed_with(f, 1), 0);
    assert_int_equal(sealed_with(f, 2), all);
    assert_int_equal(fixture_sql(f->store, "PRAGMA page_count"), pages);
    for (int n = 0; n < MESSAGES; n++)
        assert_true(fixture_has_message(f->store, n));
    fixture_check_consistent(f->store);
    fixture_close(f);
    fixture_open(f); /* the probe too */
    assert_true(step(f));
}

static void key_that_rows_need_stays(void **state) {
    struct store_fixture *f = *state;
    char words[512];
    must_take(f, KEY_1 KEY_2);
    write_some(f, MESSAGES, MESSAGES + 10); /* some under key 2 */
    must_take(f, KEY_1 KEY_2 KEY_3);
    step(f);
    assert_int_equal(take(f, KEY_1 KEY_3, words), ERR_SEALED);
    assert_non_null(strstr(words, "key 2 is missing"));
    assert_int_equal(take(f, KEY_1 KEY_2, words), ERR_SEALED); /* the newest */
    finish(f);
    must_take(f, KEY_1 KEY_3);
    for (int n = 0; n < MESSAGES + 10; n++)
        assert_true(fixture_has_message(f->store, n));
    bool needed = true;
    OK(reseal_needs(f->store, 2, &needed));
    assert_false(needed);
    assert_int_equal(take(f, KEY_1, words), ERR_SEALED);
}

static void what_follows_is_checked(void **state) {
    struct store_fixture *f = *state;
    char words[512];
    must_take(f, KEY_1 KEY_2);
    assert_int_equal(take(f, KEY_2 KEY_3, words), ERR_CONFLICT);
    assert_non_null(strstr(words, "first key must stay"));
    assert_int_equal(take(f, "1 9999999999999999999999999999999999999999999999999999999999999999\n" KEY_2, words), ERR_CONFLICT);
    assert_int_equal(take(f, KEY_1 "2 9999999999999999999999999999999999999999999999999999999999999999\n", words), ERR_CONFLICT);
    assert_non_null(strstr(words, "key 2 is another"));
    write_some(f, MESSAGES, MESSAGES + 1);
    assert_true(sealed_with(f, 2) > 0); /* what was there goes on */
}

static void pass_goes_on_where_it_was(void **state) {
    struct store_fixture *f = *state;
    must_take(f, KEY_1 KEY_2);
    int64_t before = 0;
    for (int i = 0; i < 6; i++) {
        bool done;
        step(f);
        int64_t now = sealed_with(f, 2);
        assert_true(now >= before);
        before = now;
        OK(store_begin(f->store));
        OK(reseal_step(f->store, &done));
        store_rollback(f->store); /* killed */
        assert_int_equal(sealed_with(f, 2), before);
        fixture_close(f);
        fixture_open(f);
    }
    assert_true(before > 0 && sealed_with(f, 1) > 0); /* in the middle */
    write_some(f, MESSAGES, MESSAGES + 20); /* meanwhile */
    finish(f);
    assert_int_equal(sealed_with(f, 1), 0);
    for (int n = 0; n < MESSAGES + 20; n++)
        assert_true(fixture_has_message(f->store, n));
}

static void another_key_in_the_middle_begins_anew(void **state) {
    struct store_fixture *f = *state;
    must_take(f, KEY_1 KEY_2);
    for (int i = 0; i < 5; i++)
        step(f);
    must_take(f, KEY_1 KEY_2 KEY_3);
    finish(f);
    assert_int_equal(sealed_with(f, 1) + sealed_with(f, 2), 0);
}

static void damaged_value_is_left(void **state) {
    struct store_fixture *f = *state;
    int64_t all = sealed_with(f, 1);
    OK(store_begin(f->store));
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE message SET text_sealed = substr(text_sealed, 1, 20) WHERE id IN (3, 4)", NULL, NULL, NULL),
                     SQLITE_OK);
    OK(store_commit(f->store));
    must_take(f, KEY_1 KEY_2);
    finish(f);
    assert_int_equal(sealed_with(f, 1), 2);
    assert_int_equal(sealed_with(f, 2), all - 2);
}

/* Rows of a time before the database knew of keys may be under any of them. */
static void older_database_may_need_all(void **state) {
    struct store_fixture *f = *state;
    char words[512];
    OK(store_begin(f->store));
    assert_int_equal(sqlite3_exec(f->store->db, "DELETE FROM meta WHERE key LIKE 'key:%'", NULL, NULL, NULL), SQLITE_OK);
    OK(store_commit(f->store));
    must_take(f, KEY_1 KEY_2 KEY_3);
    assert_int_equal(take(f, KEY_1 KEY_3, words), ERR_SEALED);
    finish(f);
    must_take(f, KEY_1 KEY_3);
}

/* What tells at the start whether the keys fit was sealed with the newest key of its time, which may go too. */
static void probe_follows(void **state) {
    struct store_fixture *f = *state;
    keyring_take(f->keys, ring(f, KEY_1 KEY_2));
    fixture_open(f);
    must_take(f, KEY_1 KEY_2);
    write_some(f, 0, 3);
    must_take(f, KEY_1 KEY_2 KEY_3);
    finish(f);
    must_take(f, KEY_1 KEY_3);
    fixture_close(f);
    fixture_open(f);
    assert_true(fixture_has_message(f->store, 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, begin, fixture_teardown)
        T(every_sealed_column_is_in_the_table),
        T(all_come_under_the_newest_key),
        T(key_that_rows_need_stays),
        T(what_follows_is_checked),
        T(pass_goes_on_where_it_was),
        T(another_key_in_the_middle_begins_anew),
        T(damaged_value_is_left),
        T(older_database_may_need_all),
#undef T
        cmocka_unit_test_setup_teardown(probe_follows, fixture_setup_closed, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
