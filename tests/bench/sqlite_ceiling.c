/* What SQLite alone does on this machine: the rows that one message leaves in the store, of the same sizes, in the same schema and with the same
 * settings, but made beforehand: no sealing, no look-ups, no meaning. The store can come near to this rate, never above it. Beside it the median
 * time of an fdatasync, which bounds how often a group can be committed.
 * usage: sqlite_ceiling FOLDER [MESSAGES [GROUP [PRELOAD]]]
 *     FOLDER where the database is made (and removed), GROUP messages a commit, PRELOAD messages that are there before the clock starts. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/str.h"
#include "store/embedded.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SYNCS = 200, SENDERS = 100000, SEALED_MAX = 1024 };

enum row {
    ROW_INBOUND,
    ROW_MESSAGE,
    ROW_CASE,
    ROW_LIFE,
    ROW_CASE_EVENT,
    ROW_DEADLINE,
    ROW_OUTBOUND,
    ROW_PART,
    ROW_OUTBOX,
    ROW_SUBSCRIBER,
    ROW_COUNT
};

/* ?1 the number of the message, ?2 its digest, ?3 its code, ?4 sealed octets, ?5 a subscriber. */
static const struct {
    const char *sql;
    int sealed; /* octets of ?4: what the store seals for a complaint of 60 characters */
} rows[ROW_COUNT] = {
    [ROW_INBOUND] = {"INSERT INTO inbound (digest, link, arrived_at, state, body_sealed) VALUES (?2, 'm1', ?1 + 1772000000000, 2, ?4)", 420},
    [ROW_MESSAGE] = {"INSERT INTO message (id, subscriber_id, link, arrived_at, sent_at, verb, text_sealed) "
                     "VALUES (?1, ?5, 'm1', ?1 + 1772000000000, ?1 + 1772000000000, 'SUBMIT', ?4)",
                     101},
    [ROW_CASE] = {"INSERT INTO cases (id, code, subscriber_id, state, kind, flags, link, submitted_at, message_id, due_day, text_sealed) "
                  "VALUES (?1, ?3, ?5, 1, 0, 0, 'm1', ?1 + 1772000000000, ?1, 20511, ?4)",
                  101},
    [ROW_LIFE] = {"INSERT INTO life (case_id, received_day) VALUES (?1, 20509)", 0},
    [ROW_CASE_EVENT] = {"INSERT INTO case_event (id, case_id, at, type, actor, salt, commitment, chain, data_sealed) "
                        "VALUES (?1, ?1, ?1 + 1772000000000, 'case.submitted', 'citizen', randomblob(16), randomblob(32), randomblob(32), ?4)",
                        500},
    [ROW_DEADLINE] = {"INSERT INTO deadline (case_id, kind, working_days, start_at, due_day, due_at) "
                      "VALUES (?1, 0, 2, ?1 + 1772000000000, 20511, 1772150400000)",
                      0},
    [ROW_OUTBOUND] = {"INSERT INTO outbound (id, subscriber_id, template_name, encoding, class, created_at, not_before, expires_at, link, case_id, "
                      "message_id, reference, total, text_sealed) VALUES (?1, ?5, 'ACK', 0, 0, ?1 + 1772000000000, 0, ?1 + 1772086400000, 'm1', "
                      "?1, ?1, 0, 1, ?4)",
                      200},
    [ROW_PART] = {"INSERT INTO part (id, outbound_id, sequence, offset, len, next_at) VALUES (?1 * 256 + 1, ?1, 1, 0, 150, ?1 + 1772000000000)", 0},
    [ROW_OUTBOX] = {"INSERT INTO outbox (case_id, type, subject, at, body_sealed) "
                    "VALUES (?1, 'vn.pakn.case.submitted', ?3, ?1 + 1772000000000, ?4)",
                    500},
    [ROW_SUBSCRIBER] = {"UPDATE subscriber SET last_at = ?1 + 1772000000000, newest_case_id = ?1 WHERE id = ?5", 0},
};

static void need(sqlite3 *db, int code, const char *what) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW)
        return;
    fprintf(stderr, "sqlite_ceiling: %s: %s\n", what, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
    exit(1);
}

static void run(sqlite3 *db, const char *sql) {
    need(db, sqlite3_exec(db, sql, NULL, NULL, NULL), sql);
}

static sqlite3 *make_database(const char *path, sqlite3_stmt *statements[ROW_COUNT]) {
    static const char *const settings[] = {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -65536",
                                           "PRAGMA foreign_keys = ON", "PRAGMA wal_autocheckpoint = 16384"};
    sqlite3 *db;
    need(NULL, sqlite3_open(path, &db), path);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        run(db, settings[i]);
    for (size_t i = 0; store_migrations[i].name; i++)
        run(db, store_migrations[i].text);
    run(db, "BEGIN");
    for (int i = 1; i <= SENDERS; i++) {
        char sql[160];
        snprintf(sql, sizeof sql, "INSERT INTO subscriber (id, phone_hash, phone_sealed) VALUES (%d, randomblob(16), randomblob(54))", i);
        run(db, sql);
    }
    run(db, "COMMIT");
    for (int i = 0; i < ROW_COUNT; i++)
        need(db, sqlite3_prepare_v3(db, rows[i].sql, -1, SQLITE_PREPARE_PERSISTENT, &statements[i], NULL), rows[i].sql);
    return db;
}

/* A permutation of 0 … 10^7 - 1, as case codes are: multiplication by a number without a common factor. */
static int64_t code_of(int64_t n) {
    return 1 + n * 7654321 % 10000000;
}

static void insert_message(sqlite3 *db, sqlite3_stmt *statements[ROW_COUNT], int64_t n) {
    uint8_t sealed[SEALED_MAX], digest[16];
    random_octets(sealed, 32);
    random_octets(digest, sizeof digest);
    for (int i = 0; i < 4; i++) /* begins with the time in seconds; 1,000 messages in each */
        digest[i] = (uint8_t)((uint64_t)(n / 1000) >> (24 - 8 * i));
    int64_t subscriber = 1 + (int64_t)random_below(SENDERS);
    for (int i = 0; i < ROW_COUNT; i++) {
        sqlite3_stmt *q = statements[i];
        (void)sqlite3_bind_int64(q, 1, n);
        (void)sqlite3_bind_blob(q, 2, digest, sizeof digest, SQLITE_STATIC); /* parameters that a row doesn't have are refused: no matter */
        if (i == ROW_OUTBOX) {
            char code[16];
            snprintf(code, sizeof code, "%09" PRId64, code_of(n));
            (void)sqlite3_bind_text(q, 3, code, -1, SQLITE_TRANSIENT);
        } else {
            (void)sqlite3_bind_int64(q, 3, code_of(n));
        }
        (void)sqlite3_bind_blob(q, 4, sealed, rows[i].sealed, SQLITE_STATIC);
        (void)sqlite3_bind_int64(q, 5, subscriber);
        need(db, sqlite3_step(q), rows[i].sql);
        need(db, sqlite3_reset(q), rows[i].sql);
    }
}

static void insert_messages(sqlite3 *db, sqlite3_stmt *statements[ROW_COUNT], int64_t from, int64_t count, int64_t group) {
    for (int64_t done = 0; done < count;) {
        run(db, "BEGIN IMMEDIATE");
        for (int64_t i = 0; i < group && done < count; i++, done++)
            insert_message(db, statements, from + done);
        run(db, "COMMIT");
    }
}

static int64_t now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int by_value(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void measure_fdatasync(const char *folder) {
    char path[4096];
    int64_t times[SYNCS];
    uint8_t block[4096] = {0};
    snprintf(path, sizeof path, "%s/fdatasync.tmp", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) {
        perror(path);
        exit(1);
    }
    for (int i = 0; i < SYNCS; i++) {
        int64_t start = now_us();
        if (pwrite(fd, block, sizeof block, (off_t)i * (off_t)sizeof block) != sizeof block || fdatasync(fd) != 0) {
            perror(path);
            exit(1);
        }
        times[i] = now_us() - start;
    }
    close(fd);
    unlink(path);
    qsort(times, SYNCS, sizeof *times, by_value);
    printf("bench fdatasync_median %.3f ms\n", (double)times[SYNCS / 2] / 1000);
}

static int64_t argument(int argc, char **argv, int at, int64_t otherwise) {
    int64_t value = otherwise;
    if (at < argc && parse_int(argv[at], 0, 100000000, &value) != ERR_OK) {
        fprintf(stderr, "sqlite_ceiling: %s: not a number\n", argv[at]);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: sqlite_ceiling FOLDER [MESSAGES [GROUP [PRELOAD]]]\n");
        return 2;
    }
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    int64_t count = argument(argc, argv, 2, 20000), group = argument(argc, argv, 3, 64), preload = argument(argc, argv, 4, 0);
    sqlite3_stmt *statements[ROW_COUNT];
    char path[4096];
    crypto_start();
    snprintf(path, sizeof path, "%s/ceiling-%ld.db", argv[1], (long)getpid());
    sqlite3 *db = make_database(path, statements);
    insert_messages(db, statements, 1, preload, 10000);
    run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    int64_t start = now_us();
    insert_messages(db, statements, preload + 1, count, group > 0 ? group : 1);
    printf("bench sqlite_ceiling %.0f msg/s\n", (double)count * 1e6 / (double)(now_us() - start + 1));
    measure_fdatasync(argv[1]);
    for (int i = 0; i < ROW_COUNT; i++)
        sqlite3_finalize(statements[i]);
    need(db, sqlite3_close(db), "close");
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char name[4200];
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
    return 0;
}
