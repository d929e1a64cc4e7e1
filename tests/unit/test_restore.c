/* Backup and restore: a copy is whole, private and marked; what starts on one repeats nothing that its original went on to do; a file that was copied
 * back by hand is found out; what doesn't fit isn't put in place, and nothing that stood there is lost. */
#include "store/restore.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "smsc/code.h"
#include "smsc/restore.h"
#include "store/db.h"
#include "tests/unit/centre_fixture.h"

#include <dirent.h>
#include <fcntl.h>
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
enum { SEEN_MAX = 200 };

static char *in_folder(struct centre_fixture *f, const char *name) {
    return folder_file(&f->base->folder, name);
}

static enum err back_up(struct centre_fixture *f, const char *to, char words[512]) {
    struct str problem;
    int64_t octets = 0;
    str_init(&problem, 512);
    enum err e = store_backup(f->base->path, to, f->now, &problem, &octets);
    snprintf(words, 512, "%s", problem.data ? problem.data : "");
    str_release(&problem);
    assert_true(e != ERR_OK || octets > 0);
    return e;
}

static void must_back_up(struct centre_fixture *f, const char *to) {
    char words[512];
    if (back_up(f, to, words) != ERR_OK)
        fail_msg("%s", words);
}

static void stop(struct centre_fixture *f) {
    smsc_free(f->smsc);
    fixture_close(f->base);
}

static void start(struct centre_fixture *f) {
    fixture_open(f->base);
    f->store = f->base->store;
    f->smsc = NULL;
}

/* The centre of the open store, which adopts it where that is needed. */
static void begin(struct centre_fixture *f) {
    centre_reopen_smsc(f);
}

static struct store_restore wish(struct centre_fixture *f, const char *from) {
    return (struct store_restore){
        .from = from, .path = f->base->path, .keys = f->base->keys, .id = "th-01", .index = 0, .of = 8, .skip_codes = -1, .now = f->now};
}

static enum err restore(const struct store_restore *r, char words[512], char kept[512]) {
    struct str problem, name;
    str_init(&problem, 512);
    str_init(&name, 512);
    enum err e = store_restore(r, &problem, &name);
    snprintf(words, 512, "%s", problem.data ? problem.data : "");
    snprintf(kept, 512, "%s", name.data ? name.data : "");
    str_release(&problem);
    str_release(&name);
    return e;
}

static void must_restore(const struct store_restore *r) {
    char words[512], kept[512];
    if (restore(r, words, kept) != ERR_OK)
        fail_msg("%s", words);
}

static int files_like(struct centre_fixture *f, const char *part) {
    DIR *folder = opendir(f->base->folder.path);
    int count = 0;
    assert_non_null(folder);
    for (struct dirent *e; (e = readdir(folder));)
        count += strstr(e->d_name, part) != NULL;
    closedir(folder);
    return count;
}

static void copy_file(const char *from, const char *to) {
    char block[4096];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_true(in && out);
    for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
        assert_int_equal(fwrite(block, 1, n, out), n);
    assert_int_equal(fclose(out), 0);
    fclose(in);
}

/* ---- a world that remembers ---- */

struct seen { /* what left the house: ids of events, codes, texts that were on the air */
    int64_t values[SEEN_MAX];
    size_t count;
};

static void see(struct seen *s, int64_t value) {
    for (size_t i = 0; i < s->count; i++)
        if (s->values[i] == value)
            fail_msg("%lld was given out twice", (long long)value);
    assert_true(s->count < SEEN_MAX);
    s->values[s->count++] = value;
}

/* Every event after `after`, by its id; the newest sequence. */
static int64_t see_events(struct centre_fixture *f, struct seen *s, int64_t after) {
    int64_t last = centre_count(f, "SELECT coalesce(max(sequence), 0) FROM outbox");
    for (int64_t sequence = after + 1; sequence <= last; sequence++) {
        int64_t epoch = 0;
        OK(outbox_epoch(f->store, sequence, &epoch));
        see(s, epoch * 100000 + sequence);
    }
    return last;
}

static void see_codes(struct centre_fixture *f, struct seen *s, int64_t after_case) {
    char sql[128];
    int64_t last = centre_count(f, "SELECT max(id) FROM cases");
    for (int64_t id = after_case + 1; id <= last; id++) {
        snprintf(sql, sizeof sql, "SELECT code FROM cases WHERE id = %lld", (long long)id);
        see(s, centre_count(f, sql));
    }
}

static int send_all(struct centre_fixture *f) {
    int sent = 0;
    for (enum err e = ERR_OK; e == ERR_OK;) {
        struct dispatch d;
        OK(store_begin(f->store));
        e = smsc_next(f->smsc, "m1", f->now, &d);
        if (e == ERR_OK) {
            OK(smsc_sent(f->smsc, d.attempt_id, d.reference, f->now));
            dispatch_release(&d);
            sent++;
        }
        OK(store_commit(f->store));
        assert_true(e == ERR_OK || e == ERR_NOT_FOUND);
    }
    return sent;
}

static void submit(struct centre_fixture *f, const char *from, int n) {
    char text[64];
    snprintf(text, sizeof text, "PA Duong vao thon %d bi sut lun", n);
    centre_say(f, from, text);
}

/* ---- tests ---- */

/* A copy is made with texts in the queue, one on its way, one event told; the original goes on. Then the copy is started. */
static void restored_copy_repeats_nothing(void **state) {
    struct centre_fixture *f = *state;
    struct seen events = {.count = 0}, codes = {.count = 0};
    struct dispatch open;
    char *copy = in_folder(f, "copy.db");
    int64_t epoch = 0, restored_epoch = 0, same = 0;
    OK(store_number_get(f->store, STORE_EPOCH, &epoch));
    submit(f, "+84912000101", 1);
    submit(f, "+84912000102", 2);
    smsc_link_up(f->smsc, "m1", NULL, f->now);
    OK(store_begin(f->store));
    OK(smsc_next(f->smsc, "m1", f->now, &open));
    OK(store_commit(f->store));
    (void)centre_count(f, "INSERT INTO lookup (subscriber_id, code, message_id, link, asked_at, answered_at, waits, state, due_day) "
                          "VALUES (1, 1, 1, 'm1', 0, 0, 1, -1, 0) RETURNING 0");
    must_back_up(f, copy);
    int64_t waiting = centre_count(f, "SELECT count(*) FROM part WHERE state IN (0, 1)"); /* PART_QUEUED, PART_SUBMITTING */
    assert_true(waiting > 1);

    OK(store_begin(f->store));
    OK(smsc_sent(f->smsc, open.attempt_id, open.reference, f->now));
    OK(store_commit(f->store));
    dispatch_release(&open);
    submit(f, "+84912000103", 3);
    submit(f, "+84912000104", 4);
    assert_true(send_all(f) > 2);
    int64_t told = see_events(f, &events, 0);
    see_codes(f, &codes, 0);
    stop(f);

    struct store_restore r = wish(f, copy);
    must_restore(&r);
    f->now += 2 * CLOCK_HOUR;
    start(f);
    assert_int_equal(store_origin(f->store), STORE_COPY);
    begin(f);
    assert_int_equal(store_origin(f->store), STORE_ITSELF);
    OK(store_number_get(f->store, STORE_EPOCH, &restored_epoch));
    assert_int_not_equal(restored_epoch, epoch);
    OK(outbox_epoch(f->store, 1, &same)); /* what was written before keeps its id */
    assert_int_equal(same, epoch);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM part WHERE state = 6"), waiting); /* PART_UNKNOWN */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM part WHERE state = 0"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM lookup WHERE waits = 1"), 0); /* the other has answered it */
    int64_t doubt = 0;
    OK(store_number_get(f->store, STORE_FEED_DOUBT, &doubt));
    assert_int_equal(doubt, f->now);

    /* Nothing of it goes out by itself, however long it waits. */
    smsc_link_up(f->smsc, "m1", NULL, f->now);
    assert_int_equal(send_all(f), 0);
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(send_all(f), 0);

    int64_t cases = centre_count(f, "SELECT max(id) FROM cases"), sequence = centre_count(f, "SELECT max(sequence) FROM outbox");
    assert_int_equal(cases, 2);
    submit(f, "+84912000105", 5);
    submit(f, "+84912000106", 6);
    assert_true(send_all(f) > 1);
    assert_true(see_events(f, &events, sequence) >= told - 1);
    see_codes(f, &codes, cases);

    /* A person may say that it's sent again: without the TP-MR that another text may have by now. */
    int64_t part = centre_count(f, "SELECT min(id) FROM part WHERE state = 6");
    OK(store_begin(f->store));
    OK(smsc_settle_unknown(f->smsc, part, true, f->now));
    OK(store_commit(f->store));
    centre_wait(f, 2 * CLOCK_MINUTE);
    OK(store_begin(f->store));
    OK(smsc_next(f->smsc, "m1", f->now, &open));
    assert_false(open.reject_duplicates);
    OK(store_commit(f->store));
    dispatch_release(&open);
    free(copy);
}

/* Timers of the time between: the original did what they were for. */
static void what_fell_due_meanwhile_is_not_told_again(void **state) {
    struct centre_fixture *f = *state;
    char *copy = in_folder(f, "copy.db");
    centre_say(f, "+84912000101", "Duong vao thon 3 bi sut lun da lau ma chua ai sua"); /* asked about; a case by itself after a day */
    smsc_link_up(f->smsc, "m1", NULL, f->now);
    assert_int_equal(send_all(f), 1);
    must_back_up(f, copy);
    centre_wait(f, 25 * CLOCK_HOUR);
    assert_true(send_all(f) > 0); /* its acknowledgement */
    stop(f);

    struct store_restore r = wish(f, copy);
    must_restore(&r);
    f->now += CLOCK_HOUR;
    start(f);
    begin(f);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE code > 0"), 1);
    assert_int_equal(
        centre_count(f, "SELECT count(*) FROM part JOIN outbound ON outbound.id = part.outbound_id WHERE state = 6 AND template_name = 'ACK'"), 1);
    smsc_link_up(f->smsc, "m1", NULL, f->now);
    assert_int_equal(send_all(f), 0);
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(send_all(f), 0);
    free(copy);
}

static void adoption_is_once(void **state) {
    struct centre_fixture *f = *state;
    char *copy = in_folder(f, "copy.db");
    int64_t first = 0, second = 0, counter = 0, after = 0;
    must_back_up(f, copy);
    stop(f);
    struct store_restore r = wish(f, copy);
    must_restore(&r);
    start(f);
    begin(f);
    OK(store_number_get(f->store, STORE_EPOCH, &first));
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &counter));
    centre_restart(f);
    OK(store_number_get(f->store, STORE_EPOCH, &second));
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &after));
    assert_int_equal(first, second);
    assert_int_equal(counter, after);
    free(copy);
}

/* A start that ends before the copy was adopted leaves it a copy. */
static void what_was_not_adopted_stays_a_copy(void **state) {
    struct centre_fixture *f = *state;
    char *copy = in_folder(f, "copy.db"), *old = in_folder(f, "old.db");
    submit(f, "+84912000101", 1);
    must_back_up(f, copy);
    stop(f);
    copy_file(f->base->path, old);
    struct store_restore r = wish(f, copy);
    must_restore(&r);
    for (int i = 0; i < 3; i++) {
        start(f);
        assert_int_equal(store_origin(f->store), STORE_COPY);
        fixture_close(f->base);
    }
    /* The same where only the file beside it tells. */
    start(f);
    begin(f);
    submit(f, "+84912000102", 2);
    stop(f);
    copy_file(old, f->base->path);
    for (int i = 0; i < 3; i++) {
        start(f);
        assert_int_not_equal(store_origin(f->store), STORE_ITSELF);
        fixture_close(f->base);
    }
    start(f);
    begin(f);
    free(copy);
    free(old);
}

static void file_copied_back_is_found_out(void **state) {
    struct centre_fixture *f = *state;
    struct seen codes = {.count = 0};
    char *old = in_folder(f, "old.db");
    submit(f, "+84912000101", 1);
    stop(f);
    copy_file(f->base->path, old);
    start(f);
    assert_int_equal(store_origin(f->store), STORE_ITSELF);
    begin(f);
    for (int i = 2; i < 6; i++)
        submit(f, "+84912000102", i);
    see_codes(f, &codes, 0);
    int64_t seen = 0, counter = 0;
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &seen));
    stop(f);
    copy_file(old, f->base->path);
    start(f);
    assert_int_equal(store_origin(f->store), STORE_BEHIND);
    begin(f);
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &counter)); /* the skip begins where the file beside it says that codes had come to */
    assert_int_equal(counter, seen + RESTORE_CODES_FLOOR);
    submit(f, "+84912000103", 7);
    see_codes(f, &codes, 1);
    free(old);
}

static void file_from_elsewhere_is_found_out(void **state) {
    struct centre_fixture *f = *state;
    char *progress = in_folder(f, "phanhoi.db.progress");
    int64_t before = 0, after = 0;
    OK(store_number_get(f->store, STORE_EPOCH, &before));
    stop(f);
    struct stat st;
    assert_int_equal(stat(progress, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlink(progress), 0);
    start(f);
    assert_int_equal(store_origin(f->store), STORE_ELSEWHERE);
    begin(f);
    OK(store_number_get(f->store, STORE_EPOCH, &after));
    assert_int_not_equal(before, after);
    stop(f);
    FILE *spoiled = fopen(progress, "w"); /* what can't be read tells nothing */
    assert_non_null(spoiled);
    fputs("12 a lot\n", spoiled);
    fclose(spoiled);
    start(f);
    assert_int_equal(store_origin(f->store), STORE_ELSEWHERE);
    begin(f);
    free(progress);
}

static void snapshot_is_what_a_person_says(void **state) {
    struct centre_fixture *f = *state;
    int64_t counter = 0;
    submit(f, "+84912000101", 1);
    stop(f);
    struct store_restore r = wish(f, NULL);
    r.skip_codes = 7;
    must_restore(&r);
    start(f);
    assert_int_equal(store_origin(f->store), STORE_COPY);
    begin(f);
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &counter));
    assert_int_equal(counter, 8);
}

static int64_t skipped(struct centre_fixture *f, const char *copy, int64_t age) {
    int64_t before, after = 0;
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &before));
    must_back_up(f, copy);
    stop(f);
    struct store_restore r = wish(f, copy);
    must_restore(&r);
    f->now += age;
    start(f);
    begin(f);
    OK(store_number_get(f->store, STORE_CASE_COUNTER, &after));
    assert_int_equal(unlink(copy), 0);
    return after - before;
}

static void codes_skip_by_pace_and_age(void **state) {
    struct centre_fixture *f = *state;
    char *copy = in_folder(f, "copy.db");
    assert_int_equal(skipped(f, copy, CLOCK_HOUR), RESTORE_CODES_FLOOR);
    for (int i = 0; i < 5; i++)
        submit(f, "+84912000101", i);
    f->now += CLOCK_HOUR;
    assert_int_equal(skipped(f, copy, 10 * CLOCK_DAY), RESTORE_CODES_FLOOR + RESTORE_PACE * 5 * 10); /* five in what counts as a day */
    /* A clock that was set back: as old as a month. The five came ten days and an hour ago. */
    assert_int_equal(skipped(f, copy, -CLOCK_DAY), RESTORE_CODES_FLOOR + RESTORE_PACE * 5 * 30 * 24 / 241);
    assert_int_equal(skipped(f, copy, 400000 * CLOCK_DAY), code_capacity(0, 8) / 10);
    free(copy);
}

static void copy_is_private_and_never_replaces(void **state) {
    struct centre_fixture *f = *state;
    char words[512], *copy = in_folder(f, "copy.db"), *nowhere = in_folder(f, "no/copy.db"), *dangling = in_folder(f, "link.db");
    struct stat st;
    must_back_up(f, copy);
    assert_int_equal(stat(copy, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(back_up(f, copy, words), ERR_DUPLICATE);
    assert_non_null(strstr(words, "is there already"));
    assert_int_equal(back_up(f, f->base->path, words), ERR_DUPLICATE);
    assert_int_equal(back_up(f, nowhere, words), ERR_NOT_FOUND);
    assert_non_null(strstr(words, "does the folder exist"));
    assert_int_equal(symlink("/nonexistent/target", dangling), 0);
    assert_int_equal(back_up(f, dangling, words), ERR_DUPLICATE);
    assert_int_equal(files_like(f, ".new"), 0);
    assert_int_equal(files_like(f, "copy.db"), 1); /* no log or journal beside it */
    free(copy);
    free(nowhere);
    free(dangling);
}

static void expect_refusal(struct centre_fixture *f, const struct store_restore *r, enum err expected, const char *word) {
    char words[512], kept[512];
    int64_t cases;
    assert_int_equal(restore(r, words, kept), expected);
    if (!strstr(words, word))
        fail_msg("\"%s\" isn't in: %s", word, words);
    assert_int_equal(files_like(f, ".replaced-"), 0);
    assert_int_equal(files_like(f, ".restoring"), 0);
    start(f);
    assert_int_equal(store_origin(f->store), STORE_ITSELF);
    cases = centre_count(f, "SELECT count(*) FROM cases");
    assert_int_equal(cases, 2);
    fixture_close(f->base);
}

static void set_version(const char *path, int version) {
    sqlite3 *db;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", version);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

enum { PAGE = 4096 };

static void spoil(const char *path, off_t from, off_t to) { /* every second page */
    static const char junk[PAGE] = "junk";
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t at = from; at < to; at += 2 * PAGE)
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), (ssize_t)sizeof junk);
    close(fd);
}

static void what_does_not_fit_is_refused(void **state) {
    struct centre_fixture *f = *state;
    static const uint8_t other[32] = {9};
    struct keyring *keys = keyring_from_secret(other);
    char words[512], kept[512], *copy = in_folder(f, "copy.db");
    struct stat st;
    submit(f, "+84912000101", 1);
    OK(store_claim_identity(f->store, "th-01", 0, 8, NULL));
    must_back_up(f, copy);
    off_t remote = (off_t)(centre_count(f, "SELECT rootpage FROM sqlite_schema WHERE name = 'incident'") - 1) * PAGE;
    submit(f, "+84912000102", 2);
    struct store_restore r = wish(f, copy);
    assert_int_equal(restore(&r, words, kept), ERR_BUSY); /* a daemon runs on it */
    stop(f);
    r.keys = keys;
    expect_refusal(f, &r, ERR_SEALED, "other keys");
    r = wish(f, copy);
    r.id = "th-02";
    expect_refusal(f, &r, ERR_CONFLICT, "of appliance 0/8 th-01");
    r = wish(f, copy);
    r.of = 4;
    expect_refusal(f, &r, ERR_CONFLICT, "0/4");
    r = wish(f, "/nonexistent/copy.db");
    expect_refusal(f, &r, ERR_NOT_FOUND, "can't be read");
    set_version(copy, 9999);
    r = wish(f, copy);
    expect_refusal(f, &r, ERR_NEWER, "newer version");
    set_version(copy, migrations_newest(store_migrations));
    spoil(copy, remote, remote + PAGE); /* where nobody looks before it's needed */
    expect_refusal(f, &r, ERR_INVALID, "is damaged");
    assert_int_equal(stat(copy, &st), 0);
    spoil(copy, 2 * PAGE, st.st_size);
    expect_refusal(f, &r, ERR_IO, "malformed");
    FILE *text = fopen(copy, "w");
    assert_non_null(text);
    for (int i = 0; i < 1000; i++)
        fputs("this is no database\n", text);
    fclose(text);
    expect_refusal(f, &r, ERR_INVALID, "not a database");
    keyring_free(keys);
    start(f);
    begin(f);
    free(copy);
}

static void what_stood_there_is_kept(void **state) {
    struct centre_fixture *f = *state;
    char words[512], kept[512], again[512], *copy = in_folder(f, "copy.db"), *path = f->base->path;
    submit(f, "+84912000101", 1);
    must_back_up(f, copy);
    submit(f, "+84912000102", 2);
    char *wal = in_folder(f, "phanhoi.db-wal"), *aside = in_folder(f, "aside");
    copy_file(wal, aside);
    stop(f);
    copy_file(aside, wal); /* a kill leaves it; SQLite would take it for the log of whatever stands there */
    struct store_restore r = wish(f, copy);
    OK(restore(&r, words, kept));
    assert_int_not_equal(access(wal, F_OK), 0);
    assert_non_null(strstr(kept, "phanhoi.db.replaced-2026"));
    OK(restore(&r, words, again)); /* in the same second */
    assert_string_not_equal(kept, again);
    start(f);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    fixture_close(f->base);
    f->base->path = kept;
    start(f);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 2);
    fixture_close(f->base);
    f->base->path = path;
    start(f);
    begin(f);
    free(wal);
    free(aside);
    free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, centre_setup, centre_teardown)
        T(restored_copy_repeats_nothing),
        T(adoption_is_once),
        T(what_fell_due_meanwhile_is_not_told_again),
        T(adoption_is_once),
        T(what_was_not_adopted_stays_a_copy),
        T(file_copied_back_is_found_out),
        T(file_from_elsewhere_is_found_out),
        T(snapshot_is_what_a_person_says),
        T(codes_skip_by_pace_and_age),
        T(copy_is_private_and_never_replaces),
        T(what_does_not_fit_is_refused),
        T(what_stood_there_is_kept),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
