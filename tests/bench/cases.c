/* What a full database costs the ones who wait: a citizen who asks (TC), and the morning round of the officers' texts.
 *
 * usage: cases DATABASE KEYFILE      DATABASE: made by preload; it is changed
 *
 * All its cases but OPEN are ended, an agency of AGENCIES has each of the others, OFFICERS officers have phones; of the open deadlines a quarter each
 * passed days ago, ends today, ends on the next working day, ends later.
 *
 *   track             median, from the arrival of a TC with a code to its composed answer, in the transaction
 *   track_committed   the same with the commit (one fsync of the disk that it runs on)
 *   digest            the whole round of a working day's 07:30: every tick until nothing is due, with its commits */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/tpdu.h"
#include "smsc/officer.h"
#include "smsc/smsc.h"
#include "store/case.h"
#include "store/directory.h"
#include "store/subscriber.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OPEN = 20000, AGENCIES = 100, OFFICERS = 600, TRACKS = 2000 };

static void need(bool fine, const char *what, const char *problem) {
    if (fine)
        return;
    fprintf(stderr, "cases: %s: %s\n", what, problem);
    exit(1);
}

static void needs(enum err e, const char *what) {
    need(e == ERR_OK, what, err_text(e));
}

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- a database as it is after years ---- */

static void run(sqlite3 *db, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void run(sqlite3 *db, const char *format, ...) {
    struct str sql;
    char *why = NULL;
    va_list args;
    str_init(&sql, 100000);
    va_start(args, format);
    str_vaddf(&sql, format, args);
    va_end(args);
    need(sqlite3_exec(db, sql.data, NULL, NULL, &why) == SQLITE_OK, sql.data, why);
    str_release(&sql);
}

static void age(const char *path, int32_t today, int32_t next) {
    sqlite3 *db;
    need(sqlite3_open(path, &db) == SQLITE_OK, path, sqlite3_errmsg(db));
    run(db, "BEGIN; CREATE TEMP TABLE ended (last); INSERT INTO ended SELECT max(id) - %d FROM cases;", OPEN);
    run(db,
        "UPDATE cases SET state = %d WHERE id <= (SELECT last FROM ended);"
        "UPDATE deadline SET state = %d WHERE case_id <= (SELECT last FROM ended);"
        "UPDATE life SET ended_at = 1772000000000 WHERE case_id <= (SELECT last FROM ended);",
        CASE_CLOSED, DEADLINE_MET);
    run(db, "INSERT INTO agency (key, kind, name, name_accented) VALUES ('trung-tam', %d, 'Trung tam PVHCC', 'Trung tâm PVHCC');", AGENCY_CENTRE);
    run(db,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
        " INSERT INTO agency (key, kind, name, name_accented) SELECT 'xa-' || i, %d, 'UBND xa ' || i, 'UBND xã ' || i FROM n;",
        AGENCIES, AGENCY_COMMUNE);
    run(db, "UPDATE life SET agency_id = 2 + case_id %% %d WHERE case_id > (SELECT last FROM ended);", AGENCIES);
    const struct {
        int32_t day;
        int state;
    } quarters[] = {{today - 5, DEADLINE_MISSED}, {today, DEADLINE_OPEN}, {next, DEADLINE_OPEN}, {next + 10, DEADLINE_OPEN}};
    for (int i = 0; i < 4; i++)
        run(db,
            "UPDATE deadline SET due_day = %d, due_at = %" PRId64 ", state = %d WHERE case_id > (SELECT last FROM ended) AND case_id / %d %% 4 = %d;",
            (int)quarters[i].day, calendar_end_of_day(quarters[i].day), quarters[i].state, AGENCIES, i);
    run(db, "COMMIT");
    need(sqlite3_close(db) == SQLITE_OK, path, "open statements");
}

static void hire(const char *path, struct store *store) {
    int64_t phones[OFFICERS], version;
    needs(store_begin(store), "begin");
    needs(store_number_next(store, STORE_DIRECTORY_VERSION, &version), "directory version");
    for (int i = 0; i < OFFICERS; i++) {
        struct subscriber who;
        char number[PHONE_TEXT_SIZE];
        struct phone phone;
        snprintf(number, sizeof number, "+8493%07d", i);
        needs(phone_parse(number, &phone), number);
        needs(subscriber_get(store, &phone, &who), "subscriber");
        phones[i] = who.id;
        subscriber_release(&who);
    }
    needs(store_commit(store), "commit");
    sqlite3 *db;
    need(sqlite3_open(path, &db) == SQLITE_OK, path, sqlite3_errmsg(db));
    run(db, "BEGIN");
    static const enum case_role roles[] = {ROLE_INTAKE, ROLE_INTAKE, ROLE_INTAKE, ROLE_INTAKE, ROLE_INTAKE, ROLE_HEAD};
    for (int i = 0; i < OFFICERS; i++)
        run(db, "INSERT INTO officer (agency_id, key, role, subscriber_id, name_sealed) VALUES (%d, 'cb-%d', %d, %" PRId64 ", x'00')",
            2 + i % AGENCIES, i, roles[i / AGENCIES % 6], phones[i]);
    run(db, "COMMIT");
    need(sqlite3_close(db) == SQLITE_OK, path, "open statements");
}

/* ---- a citizen asks ---- */

struct asked {
    int32_t code;
    int64_t subscriber_id;
};

static void note(void *context, const struct pakn_case *c) {
    struct asked *asked = context;
    *asked = (struct asked){c->code, c->subscriber_id};
}

static void ask(struct smsc *smsc, struct store *store, const struct asked *about, int64_t n, int64_t now) {
    struct subscriber who;
    char text[32];
    needs(subscriber_by_id(store, about->subscriber_id, &who), "subscriber");
    snprintf(text, sizeof text, "TC %09d", (int)about->code);
    struct tpdu_message t = {
        .type = TPDU_DELIVER, .phone = who.phone, .encoding = SMS_GSM7, .class = -1, .text = text, .time = now / 1000 * 1000, .zone_minutes = 420};
    uint8_t octets[1 + TPDU_MAX_OCTETS] = {0};
    size_t len = 0;
    needs(tpdu_encode(&t, octets + 1, &len), "tpdu_encode");
    octets[0] = 0;
    char origin[32];
    snprintf(origin, sizeof origin, "bench-%" PRId64, n);
    struct arrival a = {.link = "m0",
                        .origin = origin,
                        .pdu = bytes_of(octets, len + 1),
                        .kind = ARRIVAL_TEXT,
                        .phone = who.phone,
                        .sent_at = t.time,
                        .encoding = SMS_GSM7,
                        .text = text};
    needs(smsc_arrival(smsc, &a, false, now), "smsc_arrival");
    subscriber_release(&who);
}

static int ascending(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, ascending);
    return values[count / 2];
}

static void measure_track(struct smsc *smsc, struct store *store, int64_t last_case, int64_t now) {
    static double handled[TRACKS], committed[TRACKS];
    for (int i = 0; i < TRACKS; i++) {
        struct asked about = {0};
        int64_t before = 2 + (int64_t)((double)(last_case - 1) * ((i * 7919) % TRACKS) / TRACKS);
        needs(case_list(store, before, 1, note, &about), "case_list");
        needs(store_begin(store), "begin");
        double start = now_ms();
        ask(smsc, store, &about, i, now + i * CLOCK_HOUR / 10);
        handled[i] = now_ms() - start;
        needs(store_commit(store), "commit");
        committed[i] = now_ms() - start;
    }
    printf("bench track %.3f ms\n", median(handled, TRACKS));
    printf("bench track_p99 %.3f ms\n", handled[TRACKS * 99 / 100]);
    printf("bench track_committed %.3f ms\n", median(committed, TRACKS));
}

/* ---- the morning round ---- */

static void measure_digest(struct smsc *smsc, struct store *store, int64_t morning, const char *path) {
    double start = now_ms(), longest = 0;
    int ticks = 0;
    do {
        double tick = now_ms();
        needs(store_begin(store), "begin");
        needs(officer_tick(smsc, morning), "officer_tick");
        needs(store_commit(store), "commit");
        tick = now_ms() - tick;
        longest = tick > longest ? tick : longest;
        ticks++;
    } while (officer_next(smsc, morning) <= morning && ticks < 100000);
    double all = now_ms() - start;
    sqlite3 *db;
    sqlite3_stmt *q;
    need(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK, path, sqlite3_errmsg(db));
    need(sqlite3_prepare_v2(db, "SELECT count(*), count(DISTINCT subscriber_id) FROM outbound WHERE template_name LIKE 'O-%'", -1, &q, NULL) ==
             SQLITE_OK,
         path, sqlite3_errmsg(db));
    need(sqlite3_step(q) == SQLITE_ROW, path, sqlite3_errmsg(db));
    printf("bench digest %.0f ms\n", all);
    printf("bench digest_longest_tick %.1f ms\n", longest);
    fprintf(stderr, "digest: %d texts to %d officers in %d ticks\n", sqlite3_column_int(q, 0), sqlite3_column_int(q, 1), ticks);
    need(sqlite3_column_int(q, 1) > 0, "digest", "no officer was told anything");
    sqlite3_finalize(q);
    sqlite3_close(db);
}

/* ---- ---- */

/* The next working day at 07:30, and the one after it. */
static int64_t morning_after(const struct calendar *calendar, int64_t now, int32_t *ret_today, int32_t *ret_next) {
    needs(calendar_due(calendar, now, 1, ret_today), "calendar");
    needs(calendar_due(calendar, now, 2, ret_next), "calendar");
    return calendar_end_of_day(*ret_today - 1) + 7 * CLOCK_HOUR + 30 * CLOCK_MINUTE;
}

int main(int argc, char **argv) {
    need(argc == 3, "usage", "cases DATABASE KEYFILE");
    crypto_start();
    log_set_level(LOG_LEVEL_ERROR);
    struct str problem;
    str_init(&problem, 4096);
    str_add(&problem, "");
    struct keyring *keys = NULL;
    bool created = false;
    needs(keyring_load(argv[2], false, &problem, &keys, &created), argv[2]);
    struct calendar *calendar = calendar_default();
    int32_t today, next;
    int64_t now = clock_system()->wall_ms(clock_system()), morning = morning_after(calendar, now, &today, &next);
    age(argv[1], today, next);
    struct store_options options = {.path = argv[1], .keys = keys, .now = now};
    struct store *store = NULL;
    need(store_open(&options, &problem, &store) == ERR_OK, argv[1], problem.data);
    hire(argv[1], store);
    struct smsc_settings settings;
    smsc_settings_default(&settings);
    settings.appliance_id = "bench-01";
    settings.province = "38";
    settings.province_name = "Thanh Hoa";
    settings.province_name_accented = "Thanh Hóa";
    settings.shortcode = "1022";
    settings.index = 0;
    settings.of = 1;
    struct smsc_parts parts = {.store = store, .calendar = calendar, .keys = keys};
    struct smsc *smsc = NULL;
    need(smsc_new(&parts, &settings, &problem, &smsc) == ERR_OK, "smsc_new", problem.data);
    struct store_counts counts;
    needs(store_counts(store, &counts), "counts");
    measure_digest(smsc, store, morning, argv[1]);
    measure_track(smsc, store, counts.cases, morning);
    smsc_free(smsc);
    store_close(store);
    calendar_free(calendar);
    keyring_free(keys);
    str_release(&problem);
    return 0;
}
