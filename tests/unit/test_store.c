/* The store: every function of its headers, and what happens around opening and closing it. */
#include "store/store.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/balance.h"
#include "store/db.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(call) assert_int_equal((call), ERR_OK)

static struct store *store_of(void **state) {
    return ((struct store_fixture *)*state)->store;
}

static void reopen(void **state) {
    fixture_close(*state);
    fixture_open(*state);
}

static struct phone phone_of(const char *text) {
    struct phone p;
    OK(phone_parse(text, &p));
    return p;
}

static int64_t someone(struct store *s, const char *number) {
    struct phone phone = phone_of(number);
    struct subscriber who;
    OK(subscriber_get(s, &phone, &who));
    subscriber_release(&who);
    return who.id;
}

/* ---- opening ---- */

/* What opening gives, with the problem's text in `words` (of 1024). */
static enum err open_fails(const struct store_fixture *f, const struct keyring *keys, char *words) {
    struct store_options options = fixture_options(f);
    struct store *s = NULL;
    struct str problem;
    str_init(&problem, 1024);
    options.keys = keys ? keys : f->keys;
    enum err e = store_open(&options, &problem, &s);
    snprintf(words, 1024, "%s", problem.data);
    str_release(&problem);
    store_close(s);
    return e;
}

static void second_open_is_refused(void **state) {
    char words[1024];
    assert_int_equal(open_fails(*state, NULL, words), ERR_BUSY);
    assert_non_null(strstr(words, "held by another phanhoid"));
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(words, pid));
    fixture_close(*state);
    fixture_open(*state);
}

static void lock_falls_with_its_process(void **state) {
    struct store_fixture *f = *state;
    pid_t child = fork();
    if (child == 0) {
        struct store_options options = fixture_options(f);
        struct str problem;
        struct store *s;
        str_init(&problem, 1024);
        _exit(store_open(&options, &problem, &s) == ERR_OK ? 0 : 1); /* dies with the store open */
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    fixture_open(f);
    assert_false(store_was_clean(f->store));
}

static void clean_and_unclean(void **state) {
    assert_true(store_was_clean(store_of(state)));
    reopen(state);
    assert_true(store_was_clean(store_of(state)));
    struct store_fixture *f = *state;
    struct store *s = f->store;
    assert_int_equal(fixture_sql(s, "SELECT value FROM meta WHERE key = 'clean'"), 0);
}

static void wrong_keys(void **state) {
    static const uint8_t other[32] = {9};
    struct store_fixture *f = *state;
    char words[1024];
    struct stat before, after;
    struct keyring *keys = keyring_from_secret(other);
    fixture_close(f);
    assert_int_equal(stat(f->path, &before), 0);
    assert_int_equal(open_fails(f, keys, words), ERR_SEALED);
    assert_non_null(strstr(words, "other keys"));
    assert_int_equal(stat(f->path, &after), 0);
    assert_true(before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    keyring_free(keys);
    fixture_open(f);
    assert_true(store_was_clean(f->store));
}

static void sql_on_file(const struct store_fixture *f, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void newer_version(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    fixture_close(f);
    sql_on_file(f, "PRAGMA user_version = 9999");
    assert_int_equal(open_fails(f, NULL, words), ERR_NEWER);
    assert_non_null(strstr(words, "schema 9999"));
    assert_non_null(strstr(words, "newer version"));
}

static void database_of_another(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    sql_on_file(f, "CREATE TABLE other (x); PRAGMA user_version = 1");
    assert_int_equal(open_fails(f, NULL, words), ERR_INVALID);
    assert_non_null(strstr(words, "another program"));
}

static void no_database_at_all(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    FILE *file = fopen(f->path, "wb");
    for (int i = 0; i < 2000; i++)
        fputs("not a database ", file);
    fclose(file);
    assert_int_equal(open_fails(f, NULL, words), ERR_INVALID);
    assert_non_null(strstr(words, "not a database"));
}

static void no_such_folder(void **state) {
    struct store_fixture *f = *state;
    char words[1024];
    free(f->path);
    f->path = folder_file(&f->folder, "missing/phanhoi.db");
    assert_int_equal(open_fails(f, NULL, words), ERR_NOT_FOUND);
    assert_non_null(strstr(words, "does the folder exist"));
}

static void files_are_private(void **state) {
    static const char *const names[] = {"phanhoi.db", "phanhoi.db-wal", "phanhoi.db-shm", "phanhoi.db.lock"};
    struct store_fixture *f = *state;
    OK(store_begin(f->store));
    OK(fixture_take_message(f->store, 1));
    OK(store_commit(f->store));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct stat st;
        char *path = folder_file(&f->folder, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        free(path);
    }
    fixture_close(f);
    assert_int_equal(chmod(f->path, 0644), 0);
    fixture_open(f);
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void settings_are_as_promised(void **state) {
    struct store *s = store_of(state);
    assert_int_equal(fixture_sql(s, "PRAGMA synchronous"), 2); /* FULL */
    assert_int_equal(fixture_sql(s, "PRAGMA foreign_keys"), 1);
    assert_int_equal(fixture_sql(s, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    assert_int_equal(fixture_sql(s, "PRAGMA application_id"), 0x50414B4E);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%' AND NOT strict"), 0);
}

static bool is_among(enum statement which, const enum statement *list, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (list[i] == which)
            return true;
    return false;
}

/* No statement walks through a whole table but those that are meant to, and none sorts but what are a few attempts of one subscriber. */
static void statements_use_their_indexes(void **state) {
    static const enum statement may_scan[] = {S_INBOUND_NEXT_IN_STATE,
                                              S_ATTEMPT_NEXT_IN_STATE,
                                              S_COUNTS,
                                              S_STATE_COLUMN,
                                              S_FIELD_CLEAR,
                                              S_PROGRESS, /* of the table of sequences, which has one row */
                                              S_CASE_NEWEST_AT,
                                              S_CASE_PACE, /* once, for a copy that was restored */
                                              S_RETENTION_CLEAR, /* a row for each kind */
#define X(table, id, column, context) S_SEALED_COUNT_##table##_##column,
                                              SEALED_TABLE(X)
#undef X
    };
    static const enum statement may_sort[] = {S_ATTEMPT_FOR_RECEIPT, S_ATTEMPT_DOUBTS, S_REMINDER_SENT_ON, S_WORK_LATE, S_OUTBOX_NEXT_PARKED};
    struct store *s = store_of(state);
    for (int i = S_META_GET; i < STATEMENT_COUNT; i++) {
        bool scans = is_among((enum statement)i, may_scan, sizeof may_scan / sizeof *may_scan);
        bool sorts = scans || is_among((enum statement)i, may_sort, sizeof may_sort / sizeof *may_sort);
        char sql[2048];
        sqlite3_stmt *q;
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", statement_sql(i));
        assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &q, NULL), SQLITE_OK);
        while (sqlite3_step(q) == SQLITE_ROW) {
            const char *detail = (const char *)sqlite3_column_text(q, 3);
            bool scan =
                strncmp(detail, "SCAN ", 5) == 0 && !strstr(detail, "USING") && !strstr(detail, "CONSTANT ROW") && !strstr(detail, "subquery");
            if ((scan && !scans) || (strstr(detail, "TEMP B-TREE") && !sorts))
                fail_msg("%s\n  %s", statement_sql(i), detail);
        }
        sqlite3_finalize(q);
    }
}

/* ---- transactions ---- */

static void committed_stays_rolled_back_goes(void **state) {
    struct store *s = store_of(state);
    OK(store_begin(s));
    assert_true(store_in_transaction(s));
    OK(fixture_take_message(s, 1));
    OK(store_commit(s));
    assert_false(store_in_transaction(s));
    OK(store_begin(s));
    OK(fixture_take_message(s, 2));
    store_rollback(s);
    assert_false(store_in_transaction(s));
    store_rollback(s);
    assert_false(fixture_has_message(s, 2));
    reopen(state);
    s = store_of(state);
    assert_true(fixture_has_message(s, 1));
    assert_false(fixture_has_message(s, 2));
    fixture_check_consistent(s);
}

static void savepoints(void **state) {
    struct store *s = store_of(state);
    OK(store_begin(s));
    OK(fixture_take_message(s, 1));
    OK(store_savepoint(s));
    OK(fixture_take_message(s, 2));
    store_rollback_to(s);
    OK(store_savepoint(s));
    OK(fixture_take_message(s, 3));
    OK(store_release(s));
    OK(store_commit(s));
    assert_true(fixture_has_message(s, 1));
    assert_false(fixture_has_message(s, 2));
    assert_true(fixture_has_message(s, 3));
    OK(store_begin(s));
    OK(store_savepoint(s));
    OK(fixture_take_message(s, 4));
    store_rollback(s); /* takes the savepoint with it */
    OK(store_begin(s));
    OK(store_savepoint(s));
    OK(store_release(s));
    OK(store_commit(s));
    fixture_check_consistent(s);
}

/* A violated constraint undoes its own statement and leaves the transaction usable. */
static void conflict_leaves_the_rest(void **state) {
    struct store *s = store_of(state);
    OK(store_begin(s));
    OK(fixture_take_message(s, 1));
    struct pakn_case c;
    int64_t id = 77;
    OK(case_by_code(s, 100000001, &c));
    assert_int_equal(case_insert(s, &c, &id), ERR_CONFLICT);
    assert_int_equal(id, 77);
    c.code = 100000002;
    c.subscriber_id = 4711; /* nobody */
    assert_int_equal(case_insert(s, &c, &id), ERR_CONFLICT);
    case_release(&c);
    OK(store_commit(s));
    fixture_check_consistent(s);
}

static void write_lock_held_by_another(void **state) {
    struct store_fixture *f = *state;
    sqlite3 *db;
    assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(store_begin(f->store), ERR_BUSY);
    assert_false(store_in_transaction(f->store));
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    OK(store_begin(f->store));
    OK(store_commit(f->store));
}

static void bug_aborts(void (*bug)(struct store *), struct store_fixture *f) {
    fixture_close(f);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(2);
        signal(SIGABRT, SIG_DFL);
        fixture_open(f);
        bug(f->store);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    fixture_open(f);
}

static void bug_begin_twice(struct store *s) {
    (void)!store_begin(s);
    (void)!store_begin(s);
}

static void bug_commit_without_begin(struct store *s) {
    (void)!store_commit(s);
}

static void bug_write_without_begin(struct store *s) {
    (void)!fixture_event(s, 0, "t", NULL, 0, "{}");
}

static void misuse_aborts(void **state) {
    bug_aborts(bug_begin_twice, *state);
    bug_aborts(bug_commit_without_begin, *state);
    bug_aborts(bug_write_without_begin, *state);
}

/* ---- meta ---- */

static void numbers(void **state) {
    struct store *s = store_of(state);
    int64_t value = -1, epoch = 0;
    OK(store_number_get(s, STORE_EPOCH, &epoch));
    assert_true(epoch >= 1);
    OK(store_number_get(s, STORE_CASE_COUNTER, &value));
    assert_int_equal(value, 0);
    OK(store_begin(s));
    for (int i = 0; i < 5; i++) {
        OK(store_number_next(s, STORE_CASE_COUNTER, &value));
        assert_int_equal(value, i);
    }
    OK(store_number_next(s, STORE_CONCAT_REFERENCE, &value));
    assert_int_equal(value, 0);
    OK(store_commit(s));
    OK(store_begin(s));
    OK(store_number_next(s, STORE_CASE_COUNTER, &value));
    store_rollback(s);
    reopen(state);
    s = store_of(state);
    OK(store_number_get(s, STORE_CASE_COUNTER, &value));
    assert_int_equal(value, 5);
    OK(store_number_get(s, STORE_EPOCH, &value));
    assert_int_equal(value, epoch);
}

static void a_database_lives_by_one_clock(void **state) {
    struct str problem;
    str_init(&problem, 1024);
    struct store_training t = {.wall = 5000, .real = 1000, .rate = 4320}, again = {.wall = 1, .real = 2, .rate = 3};
    OK(store_claim_clock(store_of(state), &t, &problem));
    OK(store_claim_identity(store_of(state), "th-01", 0, 8, &problem));
    reopen(state);
    OK(store_claim_clock(store_of(state), &again, &problem));
    assert_int_equal(again.wall, 5000);
    assert_int_equal(again.real, 1000);
    assert_int_equal(again.rate, 4320);
    assert_int_equal(problem.len, 0);
    assert_int_equal(store_claim_clock(store_of(state), NULL, &problem), ERR_CONFLICT);
    assert_non_null(strstr(problem.data, "one for training"));
    str_release(&problem);
}

static void a_real_database_is_no_training(void **state) {
    struct str problem;
    str_init(&problem, 1024);
    struct store_training t = {.wall = 5000, .real = 1000, .rate = 4320};
    OK(store_claim_clock(store_of(state), NULL, &problem));
    OK(store_claim_identity(store_of(state), "th-01", 0, 8, &problem));
    assert_int_equal(store_claim_clock(store_of(state), &t, &problem), ERR_CONFLICT);
    assert_non_null(strstr(problem.data, "lives by the real clock"));
    OK(store_claim_clock(store_of(state), NULL, &problem));
    str_release(&problem);
}

static void identity_stays(void **state) {
    struct str problem;
    str_init(&problem, 1024);
    OK(store_claim_identity(store_of(state), "th-01", 0, 8, &problem));
    OK(store_claim_identity(store_of(state), "th-01", 0, 8, &problem));
    reopen(state);
    struct store *s = store_of(state);
    OK(store_claim_identity(s, "th-01", 0, 8, &problem));
    assert_int_equal(problem.len, 0);
    assert_int_equal(store_claim_identity(s, "th-02", 0, 8, &problem), ERR_CONFLICT);
    assert_non_null(strstr(problem.data, "0/8 th-01"));
    assert_non_null(strstr(problem.data, "0/8 th-02"));
    assert_int_equal(store_claim_identity(s, "th-01", 1, 8, &problem), ERR_CONFLICT);
    assert_int_equal(store_claim_identity(s, "th-01", 0, 16, &problem), ERR_CONFLICT);
    str_release(&problem);
}

static void counts(void **state) {
    struct store *s = store_of(state);
    struct store_counts c;
    int64_t id;
    OK(store_counts(s, &c));
    assert_int_equal(c.messages, 0);
    OK(store_begin(s));
    for (int n = 1; n <= 3; n++)
        OK(fixture_take_message(s, n));
    OK(inbound_insert(s, "m1", "o", bytes_text("raw"), 5000, bytes_text("{}"), 1, &id));
    OK(inbound_insert(s, "m1", "o", bytes_text("held"), 5000, bytes_text("{}"), 1, &id));
    OK(inbound_mark(s, id, INBOUND_HELD, "why", 0));
    struct pakn_case pc;
    OK(case_by_code(s, 100000001, &pc));
    pc.state = CASE_CLOSED;
    OK(case_update(s, &pc));
    case_release(&pc);
    OK(store_commit(s));
    OK(store_counts(s, &c));
    assert_int_equal(c.inbound_raw, 1);
    assert_int_equal(c.inbound_held, 1);
    assert_int_equal(c.messages, 3);
    assert_int_equal(c.cases, 3);
    assert_int_equal(c.cases_open, 2);
    assert_int_equal(c.parts_queued, 3);
    assert_int_equal(c.attempts_open, 0);
    assert_int_equal(c.attempts_unknown, 0);
    assert_int_equal(c.outbox_waiting, 3);
}

/* ---- subscribers ---- */

static void subscribers(void **state) {
    struct store *s = store_of(state);
    struct phone phone = phone_of("0912345678"), same = phone_of("+84 912 345 678"), other = phone_of("1022");
    struct phone word = {.kind = PHONE_ALPHANUMERIC, .text = "1022"};
    struct subscriber a, b;
    assert_int_equal(subscriber_find(s, &phone, &a), ERR_NOT_FOUND);
    OK(store_begin(s));
    OK(subscriber_get(s, &phone, &a));
    OK(subscriber_get(s, &same, &b));
    assert_int_equal(a.id, b.id);
    OK(subscriber_get(s, &other, &b));
    assert_int_not_equal(a.id, b.id);
    int64_t short_id = b.id;
    OK(subscriber_get(s, &word, &b)); /* the same letters, another kind: another one */
    assert_int_not_equal(short_id, b.id);
    assert_null(a.name);
    assert_false(a.accents);
    assert_int_equal(a.first_at, 0);
    a.name = mem_string("Nguyễn Thị Hương");
    a.accents = true;
    a.first_at = 5;
    a.last_at = 6;
    a.help_at = 7;
    a.opted_out = true;
    OK(subscriber_save(s, &a));
    OK(store_commit(s));
    reopen(state);
    s = store_of(state);
    struct subscriber c;
    OK(subscriber_by_id(s, a.id, &c));
    assert_true(phone_equal(&c.phone, &phone));
    assert_string_equal(c.name, "Nguyễn Thị Hương");
    assert_true(c.accents && c.first_at == 5 && c.last_at == 6 && c.help_at == 7 && c.opted_out);
    subscriber_release(&c);
    OK(subscriber_find(s, &same, &c));
    assert_string_equal(c.name, "Nguyễn Thị Hương");
    assert_true(phone_equal(&c.phone, &phone));
    OK(store_begin(s));
    free(c.name);
    c.name = NULL;
    OK(subscriber_save(s, &c));
    c.id = 4711;
    assert_int_equal(subscriber_save(s, &c), ERR_NOT_FOUND);
    OK(store_commit(s));
    OK(subscriber_by_id(s, b.id, &b));
    assert_int_equal(b.phone.kind, PHONE_ALPHANUMERIC);
    OK(subscriber_by_id(s, a.id, &c));
    assert_null(c.name);
    assert_int_equal(subscriber_by_id(s, 4711, &c), ERR_NOT_FOUND);
    subscriber_release(&a);
}

/* ---- arrivals ---- */

struct ids {
    int64_t id[64];
    int count;
};

static void add_inbound(void *context, const struct inbound *i) {
    struct ids *ids = context;
    ids->id[ids->count++] = i->id;
}

static void arrivals_once(void **state) {
    struct store *s = store_of(state);
    int64_t a, b, c, d, again = 0;
    OK(store_begin(s));
    OK(inbound_insert(s, "m1", "imsi-1", bytes_of("\0\1\2", 3), 5000, bytes_text("{\"text\":\"xin chào\"}"), 11, &a));
    assert_int_equal(inbound_insert(s, "m2", "imsi-1", bytes_of("\0\1\2", 3), 5000, bytes_text("{}"), 12, &again), ERR_DUPLICATE);
    assert_int_equal(again, a);
    OK(inbound_insert(s, "m1", "imsi-2", bytes_of("\0\1\2", 3), 5000, bytes_text("{}"), 13, &b)); /* another SIM */
    OK(inbound_insert(s, "m1", "imsi-1", bytes_of("\0\1\3", 3), 5000, bytes_text("{}"), 14, &c)); /* another time in the PDU */
    OK(inbound_insert(s, "m1", "imsi-10", bytes_of("x", 1), 5000, bytes_text("{}"), 15, &d));
    OK(inbound_insert(s, "m1", "imsi-1", bytes_of("0x", 2), 5000, bytes_text("{}"), 16, &d)); /* not the same as the one before */
    OK(inbound_insert(s, "m1", "imsi-1", bytes_of("\0\1\2", 3), -1, bytes_text("{}"), 17, &d)); /* no time */
    assert_int_equal(inbound_insert(s, "m1", "imsi-1", bytes_of("\0\1\2", 3), -1, bytes_text("{}"), 18, &again), ERR_DUPLICATE);
    assert_int_equal(again, d);
    OK(store_commit(s));
    reopen(state);
    s = store_of(state);
    OK(store_begin(s));
    assert_int_equal(inbound_insert(s, "m1", "imsi-1", bytes_of("\0\1\2", 3), 5000, bytes_text("{}"), 99, &again), ERR_DUPLICATE);
    assert_int_equal(again, a);
    store_rollback(s);
    struct inbound i;
    OK(inbound_get(s, a, &i));
    assert_string_equal(i.link, "m1");
    assert_int_equal(i.arrived_at, 11);
    assert_string_equal(i.body, "{\"text\":\"xin chào\"}");
    assert_int_equal(i.body_len, strlen(i.body));
    assert_int_equal(i.state, INBOUND_RAW);
    assert_int_equal(i.tries, 0);
    assert_null(i.reason);
    assert_true(i.assembly_id == 0 && i.message_id == 0);
    inbound_release(&i);
    assert_int_equal(inbound_get(s, 4711, &i), ERR_NOT_FOUND);
}

static void arrivals_move_on(void **state) {
    struct store *s = store_of(state);
    int64_t id[4];
    struct inbound i;
    struct ids ids = {.count = 0};
    OK(store_begin(s));
    for (int n = 0; n < 4; n++) {
        char pdu[16];
        snprintf(pdu, sizeof pdu, "p%d", n);
        OK(inbound_insert(s, "m1", "o", bytes_text(pdu), 5000, bytes_text("{}"), n, &id[n]));
    }
    OK(inbound_try(s, id[0]));
    OK(inbound_try(s, id[0]));
    OK(inbound_next_raw(s, &i));
    assert_true(i.id == id[0] && i.tries == 2);
    inbound_release(&i);
    OK(inbound_mark(s, id[0], INBOUND_HELD, "no such template", 0));
    OK(inbound_mark(s, id[1], INBOUND_IGNORED, "voicemail", 0));
    OK(inbound_mark(s, id[2], INBOUND_HELD, "worse", 0));
    OK(inbound_next_raw(s, &i));
    assert_true(i.id == id[3]);
    inbound_release(&i);
    OK(inbound_list(s, INBOUND_HELD, 10, add_inbound, &ids));
    assert_true(ids.count == 2 && ids.id[0] == id[0] && ids.id[1] == id[2]);
    OK(inbound_list(s, INBOUND_HELD, 1, add_inbound, &ids));
    assert_true(ids.count == 3 && ids.id[2] == id[0]);
    OK(inbound_list(s, INBOUND_IGNORED, 10, add_inbound, &ids));
    assert_true(ids.count == 4 && ids.id[3] == id[1]);
    OK(inbound_get(s, id[0], &i));
    assert_string_equal(i.reason, "no such template");
    inbound_release(&i);
    OK(inbound_mark(s, id[3], INBOUND_DONE, NULL, 0));
    assert_int_equal(inbound_next_raw(s, &i), ERR_NOT_FOUND);
    assert_int_equal(inbound_mark(s, 4711, INBOUND_DONE, NULL, 0), ERR_NOT_FOUND);
    assert_int_equal(inbound_try(s, 4711), ERR_NOT_FOUND);
    OK(store_commit(s));
    assert_string_equal(inbound_state_name(INBOUND_HELD), "held");
    assert_string_equal(inbound_state_name((enum inbound_state)99), "?");
}

static void assemblies(void **state) {
    struct store *s = store_of(state);
    int64_t part_id[3], old_id, id, other;
    OK(store_begin(s));
    int64_t who = someone(s, "0912000001");
    struct assembly a = {.link = "m1", .subscriber_id = who, .reference = 7, .total = 3, .first_at = 100, .due_at = 220}, found[4];
    size_t count = 9;
    OK(assembly_find(s, "m1", who, 7, 3, false, 0, found, 4, &count));
    assert_int_equal(count, 0);
    OK(assembly_insert(s, &a, &old_id));
    a.first_at = 500;
    a.due_at = 620;
    OK(assembly_insert(s, &a, &id));
    a.wide = true;
    a.due_at = 90;
    OK(assembly_insert(s, &a, &other));
    OK(assembly_find(s, "m1", who, 7, 3, false, 0, found, 4, &count));
    assert_true(count == 2 && found[0].id == id && found[1].id == old_id);
    OK(assembly_find(s, "m1", who, 7, 3, false, 0, found, 1, &count));
    assert_true(count == 1 && found[0].id == id);
    OK(assembly_find(s, "m1", who, 7, 3, false, 101, found, 4, &count));
    assert_true(count == 1 && found[0].id == id);
    OK(assembly_find(s, "m2", who, 7, 3, false, 0, found, 4, &count));
    assert_int_equal(count, 0);
    OK(assembly_find(s, "m1", who, 7, 4, false, 0, found, 4, &count));
    assert_int_equal(count, 0);
    OK(assembly_next_due(s, &a));
    assert_true(a.id == other && a.wide && strcmp(a.link, "m1") == 0 && a.total == 3 && a.reference == 7);
    a.state = ASSEMBLY_PARTIAL;
    OK(assembly_update(s, &a));
    OK(assembly_next_due(s, &a));
    assert_true(a.id == old_id);
    for (int n = 0; n < 3; n++) {
        char pdu[16];
        snprintf(pdu, sizeof pdu, "p%d", n);
        OK(inbound_insert(s, "m1", "o", bytes_text(pdu), 5000, bytes_text("{}"), n, &part_id[n]));
        OK(inbound_mark_part(s, part_id[n], id, n == 1 ? 1 : 2)); /* sequences 2, 1, 2 */
    }
    struct ids ids = {.count = 0};
    OK(assembly_parts(s, id, add_inbound, &ids));
    assert_true(ids.count == 3 && ids.id[0] == part_id[1] && ids.id[1] == part_id[0] && ids.id[2] == part_id[2]);
    struct inbound i;
    OK(inbound_get(s, part_id[1], &i));
    assert_true(i.state == INBOUND_PART && i.assembly_id == id && i.sequence == 1);
    inbound_release(&i);
    OK(inbound_mark(s, part_id[1], INBOUND_DONE, NULL, 0));
    OK(inbound_get(s, part_id[1], &i));
    assert_true(i.assembly_id == id);
    inbound_release(&i);
    OK(assembly_find(s, "m1", who, 7, 3, false, 101, &a, 1, &count));
    assert_true(a.id == id && a.due_at == 620 && a.state == ASSEMBLY_OPEN && a.message_id == 0);
    a.id = 4711;
    assert_int_equal(assembly_update(s, &a), ERR_NOT_FOUND);
    OK(store_commit(s));
}

static void add_message(void *context, const struct message *m) {
    struct ids *ids = context;
    ids->id[ids->count++] = m->id;
}

static void messages(void **state) {
    struct store *s = store_of(state);
    int64_t id, second;
    OK(store_begin(s));
    struct message m = {
        .subscriber_id = someone(s, "0912000001"), .link = (char *)"m1", .arrived_at = 10, .sent_at = -1, .text = (char *)"Đường sụt"};
    struct message got;
    OK(message_insert(s, &m, &id));
    m.sent_at = 0;
    m.text = (char *)"";
    OK(message_insert(s, &m, &second));
    OK(message_get(s, id, &got));
    assert_string_equal(got.text, "Đường sụt");
    assert_true(got.sent_at == -1 && got.arrived_at == 10 && !got.incomplete && !got.verb && got.case_id == 0);
    message_release(&got);
    OK(message_understood(s, id, "HELP", 0));
    OK(message_replace_text(s, id, "Đường sụt lún", true));
    OK(message_get(s, id, &got));
    assert_string_equal(got.text, "Đường sụt lún");
    assert_string_equal(got.verb, "HELP");
    assert_true(got.incomplete);
    message_release(&got);
    OK(message_get(s, second, &got));
    assert_string_equal(got.text, "");
    assert_int_equal(got.sent_at, 0);
    message_release(&got);
    struct ids ids = {.count = 0};
    OK(message_list(s, 0, 10, add_message, &ids));
    assert_true(ids.count == 2 && ids.id[0] == second && ids.id[1] == id);
    OK(message_list(s, second, 10, add_message, &ids));
    assert_true(ids.count == 3 && ids.id[2] == id);
    OK(message_list(s, 0, 1, add_message, &ids));
    assert_true(ids.count == 4 && ids.id[3] == second);
    assert_int_equal(message_get(s, 4711, &got), ERR_NOT_FOUND);
    assert_int_equal(message_understood(s, 4711, "X", 0), ERR_NOT_FOUND);
    assert_int_equal(message_replace_text(s, 4711, "x", false), ERR_NOT_FOUND);
    OK(store_commit(s));
}

static void too_long_a_text(void **state) {
    struct store *s = store_of(state);
    size_t len = STORE_FIELD_MAX + 1;
    char *text = mem_alloc(len + 1);
    memset(text, 'a', len);
    int64_t id = 77;
    OK(store_begin(s));
    struct message m = {.subscriber_id = someone(s, "0912000001"), .link = (char *)"m1", .text = text};
    assert_int_equal(message_insert(s, &m, &id), ERR_TOO_LONG);
    assert_int_equal(id, 77);
    text[len - 1] = '\0';
    OK(message_insert(s, &m, &id));
    OK(store_commit(s));
    struct message got;
    OK(message_get(s, id, &got));
    assert_int_equal(strlen(got.text), STORE_FIELD_MAX);
    message_release(&got);
    free(text);
}

/* ---- cases ---- */

static void add_case(void *context, const struct pakn_case *c) {
    struct ids *ids = context;
    ids->id[ids->count++] = c->id;
}

static void cases(void **state) {
    struct store *s = store_of(state);
    struct pakn_case got;
    char text[CASE_CODE_SIZE];
    int64_t draft, ended, open, foreign;
    OK(store_begin(s));
    int64_t who = someone(s, "0912000001"), another = someone(s, "0912000002");
    struct pakn_case c = {.subscriber_id = who,
                          .state = CASE_DRAFT,
                          .kind = CASE_KIEN_NGHI,
                          .flags = CASE_EMERGENCY,
                          .text = (char *)"Ổ gà",
                          .link = (char *)"m1",
                          .submitted_at = 5};
    OK(case_insert(s, &c, &draft));
    c.code = 195;
    c.state = CASE_REFUSED;
    OK(case_insert(s, &c, &ended));
    c.code = 482109304;
    c.state = CASE_RECEIVED;
    c.due_day = 20511;
    OK(case_insert(s, &c, &open));
    c.code = 290177441;
    c.subscriber_id = another;
    OK(case_insert(s, &c, &foreign));
    OK(case_by_code(s, 482109304, &got));
    assert_string_equal(got.text, "Ổ gà");
    assert_string_equal(got.link, "m1");
    assert_true(got.id == open && got.kind == CASE_KIEN_NGHI && got.flags == CASE_EMERGENCY && got.submitted_at == 5 && got.due_day == 20511);
    case_release(&got);
    assert_int_equal(case_by_code(s, 0, &got), ERR_NOT_FOUND);
    assert_int_equal(case_by_code(s, 1, &got), ERR_NOT_FOUND);
    struct ids ids = {.count = 0};
    OK(case_list_of(s, who, false, 10, add_case, &ids));
    assert_true(ids.count == 2 && ids.id[0] == open && ids.id[1] == ended);
    OK(case_list_of(s, who, true, 10, add_case, &ids));
    assert_true(ids.count == 3 && ids.id[2] == open);
    OK(case_list_of(s, who, false, 1, add_case, &ids));
    assert_true(ids.count == 4 && ids.id[3] == open);
    ids.count = 0;
    OK(case_list(s, 0, 10, add_case, &ids));
    assert_true(ids.count == 4 && ids.id[0] == foreign && ids.id[3] == draft);
    OK(case_get(s, draft, &got));
    assert_int_equal(got.code, 0);
    free(got.text);
    got.text = NULL; /* stays */
    got.code = 381002130;
    got.state = CASE_RECEIVED;
    got.flags = CASE_UNCONFIRMED;
    OK(case_update(s, &got));
    case_release(&got);
    OK(case_by_code(s, 381002130, &got));
    assert_string_equal(got.text, "Ổ gà");
    got.code = 195;
    assert_int_equal(case_update(s, &got), ERR_CONFLICT);
    got.id = 4711;
    got.code = 7;
    assert_int_equal(case_update(s, &got), ERR_NOT_FOUND);
    case_release(&got);
    assert_int_equal(case_get(s, 4711, &got), ERR_NOT_FOUND);
    OK(store_commit(s));
    case_code_text(195, text);
    assert_string_equal(text, "000000195");
    assert_string_equal(case_state_name(CASE_NOTED_CLOSED), "NOTED_CLOSED");
    assert_true(case_state_ended(CASE_CLOSED) && case_state_ended(CASE_REFUSED) && !case_state_ended(CASE_REJOINDER) &&
                !case_state_ended(CASE_DRAFT));
}

static void add_event(void *context, const struct case_event *e) {
    struct str *text = context;
    str_addf(text, "%lld %s %s %s|", (long long)e->at, e->type, e->actor, e->data);
}

static void case_events(void **state) {
    struct store *s = store_of(state);
    OK(store_begin(s));
    OK(fixture_take_message(s, 1));
    OK(fixture_take_message(s, 2));
    OK(case_event_insert(s, 1, 9, "case.supplemented", "citizen", "{\"a\":1}"));
    OK(case_event_insert(s, 1, 8, "deadline.missed", "timer", "{}"));
    assert_int_equal(case_event_insert(s, 4711, 8, "x", "y", "{}"), ERR_CONFLICT);
    OK(store_commit(s));
    struct str text;
    str_init(&text, 1024);
    OK(case_event_list(s, 1, add_event, &text));
    assert_string_equal(text.data, "1772000000000 case.submitted citizen {\"text\":\"phan anh so 1\"}|9 case.supplemented citizen {\"a\":1}|"
                                   "8 deadline.missed timer {}|");
    str_clear(&text);
    OK(case_event_list(s, 4711, add_event, &text));
    assert_string_equal(text.data, "");
    str_release(&text);
}

static void deadlines(void **state) {
    struct store *s = store_of(state);
    struct deadline d = {.working_days = 2, .start_at = 3}, got;
    int64_t late, soon;
    OK(store_begin(s));
    OK(fixture_take_message(s, 1)); /* its own deadline is due at FIXTURE_NOW + 1 */
    d.case_id = 1;
    d.kind = DEADLINE_UNIT;
    d.due_day = 20600;
    d.due_at = FIXTURE_NOW + 100;
    OK(deadline_insert(s, &d, &late));
    d.kind = DEADLINE_SUPPLEMENT;
    d.due_at = FIXTURE_NOW - 100;
    OK(deadline_insert(s, &d, &soon));
    OK(deadline_next_due(s, &got));
    assert_int_equal(got.id, soon);
    OK(deadline_set_state(s, soon, DEADLINE_MISSED));
    OK(deadline_next_due(s, &got));
    assert_int_equal(got.kind, DEADLINE_INTAKE);
    OK(deadline_set_state(s, got.id, DEADLINE_MET));
    OK(deadline_open_of(s, 1, DEADLINE_UNIT, &got));
    assert_true(got.id == late && got.case_id == 1 && got.working_days == 2 && got.start_at == 3 && got.due_day == 20600 &&
                got.due_at == FIXTURE_NOW + 100 && got.state == DEADLINE_OPEN);
    assert_int_equal(deadline_open_of(s, 1, DEADLINE_INTAKE, &got), ERR_NOT_FOUND);
    OK(deadline_set_state(s, late, DEADLINE_STOPPED));
    assert_int_equal(deadline_next_due(s, &got), ERR_NOT_FOUND);
    assert_int_equal(deadline_set_state(s, 4711, DEADLINE_MET), ERR_NOT_FOUND);
    OK(store_commit(s));
    assert_string_equal(deadline_kind_name(DEADLINE_SUPPLEMENT), "Tn");
    assert_string_equal(deadline_kind_name(DEADLINE_RECONSIDERATION), "T6");
}

static void dialogues(void **state) {
    struct store *s = store_of(state);
    int64_t first, second, name, about_case;
    struct dialogue got;
    OK(store_begin(s));
    OK(fixture_take_message(s, 1));
    int64_t who = someone(s, "0912000009");
    struct dialogue d = {.subscriber_id = who, .kind = DIALOGUE_FREETEXT, .opened_at = 10, .expires_at = 100, .data = (char *)"{\"a\":\"ạ\"}"};
    OK(dialogue_open(s, &d, &first));
    d.expires_at = 200;
    OK(dialogue_open(s, &d, &second)); /* takes the place of the first */
    d.case_id = 1;
    d.expires_at = 150;
    OK(dialogue_open(s, &d, &about_case)); /* about another thing: beside it */
    d.kind = DIALOGUE_NAME;
    d.case_id = 0;
    d.data = NULL;
    d.expires_at = 50;
    OK(dialogue_open(s, &d, &name));
    OK(dialogue_newest(s, who, DIALOGUE_FREETEXT, 20, &got));
    assert_true(got.id == about_case && got.case_id == 1 && got.opened_at == 10 && got.expires_at == 150);
    assert_string_equal(got.data, "{\"a\":\"ạ\"}");
    dialogue_release(&got);
    OK(dialogue_newest(s, who, DIALOGUE_FREETEXT, 150, &got));
    assert_int_equal(got.id, second);
    dialogue_release(&got);
    assert_int_equal(dialogue_newest(s, who, DIALOGUE_FREETEXT, 200, &got), ERR_NOT_FOUND);
    assert_int_equal(dialogue_newest(s, 4711, DIALOGUE_FREETEXT, 0, &got), ERR_NOT_FOUND);
    OK(dialogue_next_expired(s, &got));
    assert_true(got.id == name && got.data == NULL);
    OK(dialogue_close(s, name));
    OK(dialogue_next_expired(s, &got));
    assert_int_equal(got.id, about_case);
    dialogue_release(&got);
    OK(dialogue_close(s, about_case));
    OK(dialogue_close(s, second));
    assert_int_equal(dialogue_next_expired(s, &got), ERR_NOT_FOUND);
    assert_int_equal(dialogue_close(s, 4711), ERR_NOT_FOUND);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM dialogue WHERE data_sealed IS NOT NULL"), 0);
    OK(store_commit(s));
}

/* ---- outbound ---- */

static void add_outbound(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct str *text = context;
    str_addf(text, "%s(", o->text);
    for (size_t i = 0; i < count; i++)
        str_addf(text, "%d:%zu+%zu ", parts[i].sequence, parts[i].offset, parts[i].len);
    str_add(text, ") ");
}

static void add_queued(void *context, const struct outbound *o, const struct part *p) {
    struct str *text = context;
    assert_null(o->text);
    assert_int_equal(o->id, p->outbound_id);
    str_addf(text, "%s/%d@%lld ", o->template_name, p->sequence, (long long)p->next_at);
}

static int64_t queue_text(struct store *s, const char *number, const char *template_name, const char *text, size_t parts_count, struct part *parts) {
    struct outbound o = {.subscriber_id = someone(s, number),
                         .template_name = (char *)template_name,
                         .text = (char *)text,
                         .encoding = SMS_UCS2,
                         .class = OUTBOUND_NOTICE,
                         .created_at = 1,
                         .not_before = 2,
                         .expires_at = 3,
                         .reference = 77,
                         .total = (int)parts_count};
    for (size_t i = 0; i < parts_count; i++)
        parts[i] = (struct part){.sequence = (int)i + 1, .offset = i * 10, .len = 10, .next_at = 40 + (int64_t)i};
    int64_t id;
    OK(outbound_insert(s, &o, parts, parts_count, &id));
    return id;
}

static void outbounds(void **state) {
    struct store *s = store_of(state);
    struct part parts[SMS_SEGMENTS_MAX + 1], p;
    struct outbound o;
    struct str text;
    str_init(&text, 1 << 16);
    OK(store_begin(s));
    int64_t one = queue_text(s, "0912000001", "ACK", "Đã nhận", 1, parts);
    int64_t two = queue_text(s, "0912000002", "-", "hai phần", 2, parts);
    assert_true(parts[1].outbound_id == two && parts[0].id != parts[1].id);
    int64_t first_of_two = parts[0].id, second_of_two = parts[1].id;
    int64_t most = queue_text(s, "0912000002", "MOST", "x", SMS_SEGMENTS_MAX, parts);
    OK(outbound_get(s, one, &o));
    assert_string_equal(o.text, "Đã nhận");
    assert_string_equal(o.template_name, "ACK");
    assert_true(!o.link && o.encoding == SMS_UCS2 && o.class == OUTBOUND_NOTICE && o.created_at == 1 && o.not_before == 2 && o.expires_at == 3 &&
                o.reference == 77 && o.total == 1 && o.case_id == 0 && o.message_id == 0);
    int64_t untouched = 77;
    assert_int_equal(outbound_insert(s, &o, parts, 0, &untouched), ERR_INVALID);
    assert_int_equal(outbound_insert(s, &o, parts, SMS_SEGMENTS_MAX + 1, &untouched), ERR_TOO_LONG);
    assert_int_equal(untouched, 77);
    outbound_release(&o);
    assert_int_equal(outbound_get(s, 4711, &o), ERR_NOT_FOUND);
    OK(outbound_list(s, most, 10, add_outbound, &text));
    assert_string_equal(text.data, "hai phần(1:0+10 2:10+10 ) Đã nhận(1:0+10 ) ");
    str_clear(&text);
    OK(part_set(s, first_of_two, PART_FAILED, 0));
    for (int i = 1; i <= SMS_SEGMENTS_MAX; i++)
        OK(part_set(s, parts[i - 1].id, PART_DELIVERED, 0));
    OK(part_list_queued(s, add_queued, &text));
    assert_string_equal(text.data, "ACK/1@40 -/2@41 ");
    OK(part_set(s, second_of_two, PART_QUEUED, 99));
    OK(part_get(s, second_of_two, &p));
    assert_true(p.next_at == 99 && p.outbound_id == two && p.sequence == 2 && p.offset == 10 && p.len == 10 && p.attempts == 0);
    assert_int_equal(part_get(s, 4711, &p), ERR_NOT_FOUND);
    assert_int_equal(part_set(s, 4711, PART_FAILED, 0), ERR_NOT_FOUND);
    OK(store_commit(s));
    str_release(&text);
    assert_string_equal(outbound_class_name(OUTBOUND_OPERATOR), "operator");
    assert_string_equal(part_state_name(PART_UNKNOWN), "unknown");
    assert_string_equal(attempt_state_name(ATTEMPT_UNDELIVERED), "undelivered");
    assert_string_equal(attempt_state_name((enum attempt_state)99), "?");
}

static void add_attempt(void *context, const struct attempt *a) {
    struct ids *ids = context;
    ids->id[ids->count++] = a->id;
}

static void attempts(void **state) {
    struct store *s = store_of(state);
    struct part part, p;
    int64_t id[3], untouched = 77;
    struct attempt got;
    struct ids ids = {.count = 0};
    OK(store_begin(s));
    (void)queue_text(s, "0912000001", "ACK", "x", 1, &part);
    int64_t who = someone(s, "0912000001");
    struct attempt a = {.part_id = part.id, .link = "m1", .reference = 200, .code = -1};
    for (int n = 0; n < 3; n++) {
        a.number = n + 1;
        a.opened_at = 100 * (n + 1);
        a.repeated = n == 2;
        OK(attempt_open(s, &a, &id[n]));
    }
    assert_int_equal(attempt_open(s, &a, &untouched), ERR_CONFLICT); /* number 3 once more */
    a.part_id = 4711;
    assert_int_equal(attempt_open(s, &a, &untouched), ERR_NOT_FOUND);
    assert_int_equal(untouched, 77);
    OK(part_get(s, part.id, &p));
    assert_true(p.state == PART_SUBMITTING && p.attempts == 3);
    OK(attempt_last_of(s, part.id, &got));
    assert_true(got.id == id[2] && got.number == 3 && got.repeated && got.state == ATTEMPT_OPEN && got.code == -1 && got.closed_at == 0 &&
                got.opened_at == 300 && strcmp(got.link, "m1") == 0 && got.reference == 200 && got.reason[0] == '\0');
    assert_int_equal(attempt_last_of(s, 4711, &got), ERR_NOT_FOUND);
    assert_int_equal(attempt_for_receipt(s, "m1", who, 200, 0, &got), ERR_NOT_FOUND); /* all of them open */
    OK(attempt_get(s, id[0], &got));
    got.state = ATTEMPT_SUBMITTED;
    got.reference = 5;
    got.closed_at = 150;
    OK(attempt_update(s, &got));
    OK(attempt_get(s, id[1], &got));
    got.state = ATTEMPT_UNKNOWN;
    got.reference = 5;
    got.code = 500;
    assert_int_equal(got.failure, -1);
    got.failure = SMS_FAILURE_SIM;
    OK(str_copy(got.reason, sizeof got.reason, "CMS 500"));
    OK(attempt_update(s, &got));
    OK(attempt_for_receipt(s, "m1", who, 5, 0, &got)); /* the submitted one, though older: the network gave it that number */
    assert_true(got.id == id[0]);
    OK(attempt_for_receipt(s, "m1", who, 5, 101, &got)); /* without it the unknown one, for which the number was asked */
    assert_true(got.id == id[1] && got.code == 500 && got.failure == SMS_FAILURE_SIM && strcmp(got.reason, "CMS 500") == 0);
    assert_int_equal(attempt_for_receipt(s, "m1", who, 5, 201, &got), ERR_NOT_FOUND);
    assert_int_equal(attempt_for_receipt(s, "m2", who, 5, 0, &got), ERR_NOT_FOUND);
    assert_int_equal(attempt_for_receipt(s, "m1", who + 1, 5, 0, &got), ERR_NOT_FOUND);
    assert_int_equal(attempt_for_receipt(s, "m1", who, 6, 0, &got), ERR_NOT_FOUND);
    OK(attempt_list(s, ATTEMPT_OPEN, 10, add_attempt, &ids));
    assert_true(ids.count == 1 && ids.id[0] == id[2]);
    OK(attempt_list(s, ATTEMPT_UNKNOWN, 10, add_attempt, &ids));
    assert_true(ids.count == 2 && ids.id[1] == id[1]);
    OK(attempt_list(s, ATTEMPT_SUBMITTED, 10, add_attempt, &ids));
    assert_true(ids.count == 3 && ids.id[2] == id[0]);
    OK(attempt_list_of(s, part.id, add_attempt, &ids));
    assert_true(ids.count == 6 && ids.id[3] == id[0] && ids.id[5] == id[2]);
    got.id = 4711;
    assert_int_equal(attempt_update(s, &got), ERR_NOT_FOUND);
    assert_int_equal(attempt_get(s, 4711, &got), ERR_NOT_FOUND);
    OK(store_commit(s));
}

static void a_reminder_is_replaced_by_a_later_one_about_the_same(void **state) {
    struct store *s = store_of(state);
    bool replaced = true;
    OK(store_begin(s));
    struct outbound o = {
        .subscriber_id = someone(s, "0912000001"), .template_name = (char *)"O-DUE", .text = (char *)"x", .class = OUTBOUND_REMINDER, .total = 1};
    struct part p = {.sequence = 1, .len = 1};
    int64_t id;
    OK(outbound_insert(s, &o, &p, 1, &o.id));
    OK(outbound_replaced(s, &o, &replaced));
    assert_false(replaced);
    struct outbound later = o;
    later.template_name = (char *)"O-NEW";
    OK(outbound_insert(s, &later, &p, 1, &id));
    later.template_name = (char *)"O-DUE";
    later.subscriber_id = someone(s, "0912000002");
    OK(outbound_insert(s, &later, &p, 1, &id));
    OK(outbound_replaced(s, &o, &replaced));
    assert_false(replaced);
    later.subscriber_id = o.subscriber_id;
    OK(outbound_insert(s, &later, &p, 1, &id));
    OK(outbound_replaced(s, &o, &replaced));
    assert_true(replaced);
    later.id = id;
    OK(outbound_replaced(s, &later, &replaced));
    assert_false(replaced);
    OK(store_commit(s));
}

static void receipts(void **state) {
    struct store *s = store_of(state);
    struct receipt got;
    OK(store_begin(s));
    int64_t who = someone(s, "0912000001");
    struct receipt r = {.link = "m1", .subscriber_id = who, .reference = 9, .status = 0x20, .at = 100, .done_at = 90};
    OK(receipt_keep(s, &r));
    r.status = 0;
    r.at = 200;
    OK(receipt_keep(s, &r));
    assert_int_equal(receipt_take(s, "m2", who, 9, 0, &got), ERR_NOT_FOUND);
    assert_int_equal(receipt_take(s, "m1", who, 8, 0, &got), ERR_NOT_FOUND);
    assert_int_equal(receipt_take(s, "m1", who, 9, 201, &got), ERR_NOT_FOUND);
    OK(receipt_take(s, "m1", who, 9, 0, &got)); /* the older first */
    assert_true(got.status == 0x20 && got.at == 100 && got.done_at == 90 && got.subscriber_id == who && strcmp(got.link, "m1") == 0);
    OK(receipt_take(s, "m1", who, 9, 0, &got));
    assert_int_equal(got.status, 0);
    assert_int_equal(receipt_take(s, "m1", who, 9, 0, &got), ERR_NOT_FOUND);
    OK(receipt_keep(s, &r));
    OK(receipt_prune(s, 200));
    OK(receipt_take(s, "m1", who, 9, 0, &got));
    OK(receipt_keep(s, &r));
    OK(receipt_prune(s, 201));
    assert_int_equal(receipt_take(s, "m1", who, 9, 0, &got), ERR_NOT_FOUND);
    OK(store_commit(s));
}

static void a_number_of_an_event_is_never_given_twice(void **state) {
    struct store *s = store_of(state);
    static const char newest[] = "SELECT max(sequence) FROM outbox";
    OK(store_begin(s));
    OK(fixture_event(s, 0, "vn.pakn.consent.changed", NULL, 1, "{}"));
    int64_t one = fixture_sql(s, newest);
    OK(fixture_event(s, 0, "vn.pakn.consent.changed", NULL, 1, "{}"));
    assert_int_equal(fixture_sql(s, newest), one + 1);
    OK(store_commit(s));
    OK(store_begin(s));
    assert_int_equal(sqlite3_exec(s->db, "DELETE FROM outbox", NULL, NULL, NULL), SQLITE_OK);
    OK(fixture_event(s, 0, "vn.pakn.consent.changed", NULL, 1, "{}"));
    assert_int_equal(fixture_sql(s, newest), one + 2); /* never given twice */
    OK(store_commit(s));
}

/* A callback may do anything with the store, also write and roll back. */
struct greedy {
    struct store *store;
    int calls;
};

static void greedy_inbound(void *context, const struct inbound *i) {
    struct greedy *g = context;
    struct ids ids = {.count = 0};
    g->calls++;
    OK(inbound_list(g->store, INBOUND_RAW, 10, add_inbound, &ids));
    if (!store_in_transaction(g->store))
        OK(store_begin(g->store));
    OK(inbound_mark(g->store, i->id, INBOUND_DONE, NULL, 0));
    if (g->calls == 2)
        store_rollback(g->store);
    else
        OK(store_commit(g->store));
}

static void callbacks_may_do_anything(void **state) {
    struct store *s = store_of(state);
    struct greedy g = {.store = s};
    int64_t id;
    OK(store_begin(s));
    for (int n = 0; n < 4; n++) {
        char pdu[16];
        snprintf(pdu, sizeof pdu, "p%d", n);
        OK(inbound_insert(s, "m1", "o", bytes_text(pdu), 5000, bytes_text("{}"), n, &id));
    }
    OK(store_commit(s));
    OK(inbound_list(s, INBOUND_RAW, 10, greedy_inbound, &g));
    assert_int_equal(g.calls, 4);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM inbound WHERE state = 0"), 1);
}

/* ---- secrecy ---- */

static void assert_absent(const struct store_fixture *f, const char *name, const char *const *seeds, size_t count, bool must_exist) {
    char *path = folder_file(&f->folder, name);
    FILE *file = fopen(path, "rb");
    free(path);
    if (!file) {
        assert_false(must_exist);
        return;
    }
    struct str all;
    str_init(&all, 64 << 20);
    char block[65536];
    size_t len;
    while ((len = fread(block, 1, sizeof block, file)) > 0)
        str_add_n(&all, block, len);
    fclose(file);
    assert_true(str_ok(&all) && (all.len > 0 || !must_exist));
    for (size_t i = 0; i < count; i++)
        if (memmem(all.data, all.len, seeds[i], strlen(seeds[i])))
            fail_msg("%s holds \"%s\"", name, seeds[i]);
    str_release(&all);
}

static void nothing_personal_in_the_files(void **state) {
    struct store_fixture *f = *state;
    struct store *s = f->store;
    static const char *const seeds[] = {"912345678", "21436587", "Nguyen Van Bi Mat", "noi dung bi mat", "phan anh so", "ten vo toi"};
    struct phone phone = phone_of("0912345678");
    struct subscriber who;
    struct part part = {.sequence = 1, .len = 5};
    int64_t id, message_id, case_id;
    OK(store_begin(s));
    OK(fixture_take_message(s, 1));
    OK(subscriber_get(s, &phone, &who));
    who.name = mem_string("Nguyen Van Bi Mat");
    OK(subscriber_save(s, &who));
    OK(inbound_insert(s, "m1", "o", bytes_text("0791214365870021436587"), 5000, bytes_text("{\"pdu\":\"0791214365870021436587 noi dung bi mat\"}"), 1,
                      &id));
    struct message m = {.subscriber_id = who.id, .link = (char *)"m1", .text = (char *)"noi dung bi mat"};
    OK(message_insert(s, &m, &message_id));
    OK(message_replace_text(s, message_id, "noi dung bi mat hon nua", false));
    struct pakn_case c = {.code = 1, .subscriber_id = who.id, .state = CASE_RECEIVED, .text = m.text, .link = m.link};
    OK(case_insert(s, &c, &case_id));
    OK(case_event_insert(s, case_id, 1, "case.submitted", "citizen", "{\"text\":\"noi dung bi mat\",\"phone\":\"+84912345678\"}"));
    OK(fixture_event(s, case_id, "vn.pakn.case.submitted", "1", 1, "{\"text\":\"noi dung bi mat\",\"phone\":\"+84912345678\"}"));
    struct dialogue d = {.subscriber_id = who.id, .kind = DIALOGUE_NAME, .data = (char *)"ten vo toi"};
    OK(dialogue_open(s, &d, &id));
    struct outbound o = {.subscriber_id = who.id, .template_name = (char *)"ACK", .text = (char *)"chao Nguyen Van Bi Mat", .total = 1};
    OK(outbound_insert(s, &o, &part, 1, &id));
    OK(store_commit(s));
    subscriber_release(&who);
    for (int round = 0; round < 2; round++) {
        assert_absent(f, "phanhoi.db", seeds, sizeof seeds / sizeof *seeds, true);
        assert_absent(f, "phanhoi.db-wal", seeds, sizeof seeds / sizeof *seeds, round == 0);
        assert_absent(f, "phanhoi.db-shm", seeds, sizeof seeds / sizeof *seeds, round == 0);
        assert_absent(f, "phanhoi.db.lock", seeds, sizeof seeds / sizeof *seeds, true);
        fixture_close(f); /* the second round looks at the database with the log written back */
    }
}

/* A field that was damaged, or moved to another column, is told and never shown. */
static void damaged_fields(void **state) {
    struct store_fixture *f = *state;
    struct message m;
    struct pakn_case c;
    OK(store_begin(f->store));
    OK(fixture_take_message(f->store, 1));
    OK(store_commit(f->store));
    fixture_close(f);
    sql_on_file(f, "UPDATE message SET text_sealed = (SELECT text_sealed FROM cases); UPDATE cases SET text_sealed = x'00'");
    fixture_open(f);
    assert_int_equal(message_get(f->store, 1, &m), ERR_SEALED);
    assert_int_equal(case_get(f->store, 1, &c), ERR_SEALED);
    OK(store_begin(f->store));
    OK(fixture_take_message(f->store, 2));
    OK(store_commit(f->store));
    assert_true(fixture_has_message(f->store, 2));
}

static void changed_schema(void **state) {
    static const struct {
        const char *sql, *words;
    } changes[] = {{"DROP TABLE outbox", "no such table: "},
                   {"DROP TABLE meta", "no such table: meta"},
                   {"ALTER TABLE cases RENAME COLUMN code TO number", "code"}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char words[1024];
        void *other;
        assert_int_equal(fixture_setup(&other), 0);
        fixture_close(other);
        sql_on_file(other, changes[i].sql);
        assert_int_equal(open_fails(other, NULL, words), ERR_INVALID);
        assert_non_null(strstr(words, changes[i].words));
        assert_int_equal(fixture_teardown(&other), 0);
    }
    (void)state;
}

static void ignore_case(void *context, const struct pakn_case *c) {
    (void)context;
    (void)c;
}

static void ignore_message(void *context, const struct message *m) {
    (void)context;
    (void)m;
}

static void ignore_queued(void *context, const struct outbound *o, const struct part *p) {
    (void)context;
    (void)o;
    (void)p;
}

/* Reads and writes what there is; only an error may come of it. */
static void use_damaged(struct store *s) {
    struct deadline d;
    (void)!case_list(s, 0, 100, ignore_case, NULL);
    (void)!case_list_of(s, 1, false, 100, ignore_case, NULL);
    (void)!message_list(s, 0, 100, ignore_message, NULL);
    (void)!part_list_queued(s, ignore_queued, NULL);
    (void)!deadline_next_due(s, &d);
    if (store_begin(s) != ERR_OK)
        return;
    enum err e = ERR_OK;
    for (int n = 100; e == ERR_OK && n < 110; n++)
        e = fixture_take_message(s, n);
    if (e != ERR_OK || store_commit(s) != ERR_OK)
        store_rollback(s);
}

/* Octets anywhere in the file are overwritten: an error or nothing, never a crash, and never a stop by abort(). */
static void damaged_file(void **state) {
    struct store_fixture *f = *state;
    struct stat st;
    uint32_t random = 1;
    OK(store_begin(f->store));
    for (int n = 0; n < 30; n++)
        OK(fixture_take_message(f->store, n));
    OK(store_commit(f->store));
    fixture_close(f);
    assert_int_equal(stat(f->path, &st), 0);
    char *whole = mem_alloc((size_t)st.st_size);
    FILE *file = fopen(f->path, "rb");
    assert_int_equal(fread(whole, 1, (size_t)st.st_size, file), st.st_size);
    fclose(file);
    log_set_level(LOG_LEVEL_ERROR - 1);
    for (int round = 0; round < 300; round++) {
        file = fopen(f->path, "wb");
        assert_int_equal(fwrite(whole, 1, (size_t)st.st_size, file), st.st_size);
        for (int hit = 0; hit < 20; hit++) {
            random = random * 1664525u + 1013904223u;
            assert_int_equal(fseek(file, (long)(random >> 4) % st.st_size, SEEK_SET), 0);
            fputc((int)(random >> 24), file);
        }
        fclose(file);
        struct store_options options = fixture_options(f);
        struct store *s = NULL;
        struct str problem;
        str_init(&problem, 1024);
        if (store_open(&options, &problem, &s) == ERR_OK)
            use_damaged(s);
        else
            assert_true(problem.len > 0);
        str_release(&problem);
        store_close(s);
    }
    log_set_level(LOG_LEVEL_INFO);
    free(whole);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define CLOSED_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup_closed, fixture_teardown)

/* The credit is the SIM's: another card in the same modem has none yet, and its row takes the place. */
static void credit_of_a_sim(void **state) {
    struct store *s = store_of(state);
    const struct balance_row written = {.asked_at = 7, .read_at = 5, .amount = -1200, .expires = 20453};
    struct balance_row row = {.asked_at = 1};
    OK(balance_get(s, "m1", "452040000000001", &row));
    assert_int_equal(row.asked_at, 0);
    OK(store_begin(s));
    OK(balance_put(s, "m1", "452040000000001", &written));
    OK(balance_put(s, "m2", "", &written));
    OK(store_commit(s));
    reopen(state);
    s = store_of(state);
    OK(balance_get(s, "m1", "452040000000001", &row));
    assert_true(row.asked_at == 7 && row.read_at == 5 && row.amount == -1200 && row.expires == 20453);
    OK(balance_get(s, "m2", "", &row));
    assert_int_equal(row.amount, -1200);
    OK(balance_get(s, "m1", "452040000000002", &row));
    assert_int_equal(row.asked_at, 0);
    OK(store_begin(s));
    OK(balance_put(s, "m1", "452040000000002", &written));
    OK(store_commit(s));
    OK(balance_get(s, "m1", "452040000000001", &row));
    assert_int_equal(row.read_at, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(second_open_is_refused),
        CLOSED_TEST(lock_falls_with_its_process),
        STORE_TEST(clean_and_unclean),
        STORE_TEST(wrong_keys),
        STORE_TEST(newer_version),
        CLOSED_TEST(database_of_another),
        CLOSED_TEST(no_database_at_all),
        CLOSED_TEST(no_such_folder),
        STORE_TEST(files_are_private),
        STORE_TEST(settings_are_as_promised),
        STORE_TEST(statements_use_their_indexes),
        STORE_TEST(committed_stays_rolled_back_goes),
        STORE_TEST(savepoints),
        STORE_TEST(conflict_leaves_the_rest),
        STORE_TEST(write_lock_held_by_another),
        STORE_TEST(misuse_aborts),
        STORE_TEST(numbers),
        STORE_TEST(a_database_lives_by_one_clock),
        STORE_TEST(a_real_database_is_no_training),
        STORE_TEST(identity_stays),
        STORE_TEST(counts),
        STORE_TEST(subscribers),
        STORE_TEST(arrivals_once),
        STORE_TEST(arrivals_move_on),
        STORE_TEST(assemblies),
        STORE_TEST(messages),
        STORE_TEST(too_long_a_text),
        STORE_TEST(cases),
        STORE_TEST(case_events),
        STORE_TEST(deadlines),
        STORE_TEST(dialogues),
        STORE_TEST(outbounds),
        STORE_TEST(attempts),
        STORE_TEST(a_reminder_is_replaced_by_a_later_one_about_the_same),
        STORE_TEST(receipts),
        STORE_TEST(a_number_of_an_event_is_never_given_twice),
        STORE_TEST(callbacks_may_do_anything),
        STORE_TEST(credit_of_a_sim),
        STORE_TEST(nothing_personal_in_the_files),
        STORE_TEST(damaged_fields),
        CLOSED_TEST(changed_schema),
        STORE_TEST(damaged_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
