/* The table `meta`: numbers that survive, the appliance's identity, the probe of the keys.
 *
 * The epoch in force is the row `epoch`. One that ended, because the database was adopted (store_adopt), leaves a row `epoch:N`: it was that of the
 * events up to sequence N that no earlier one had. So an event that still waits to be pushed keeps its id.
 *
 * The probe is a known word, sealed and hashed when the database is made. Keys that can't open it, or hash it to something else (the oldest key
 * of the ring is missing), would leave every row unreadable or every subscriber unknown: the database is refused instead. */
#include "store/db.h"
#include "store/outbox.h"

#include <stdio.h>
#include <string.h>

#define PROBE "phanhoi"
#define PROBE_SEALED "probe_sealed"
#define PROBE_HASH "probe_hash"

static const char *const number_keys[STORE_NUMBER_COUNT] = {
    [STORE_EPOCH] = "epoch",
    [STORE_CASE_COUNTER] = "case_counter",
    [STORE_CONCAT_REFERENCE] = "concat_reference",
    [STORE_DIRECTORY_VERSION] = "directory_version",
    [STORE_CALENDAR] = "calendar",
    [STORE_ADOPTED_ATTEMPT] = "adopted_attempt",
    [STORE_ALARM_DAY] = "alarm_day",
    [STORE_ALARM_COUNT] = "alarm_count",
    [STORE_RESEAL_KEY] = "reseal_key",
    [STORE_RESEAL_COLUMN] = "reseal_column",
    [STORE_RESEAL_AFTER] = "reseal_after",
    [STORE_RETENTION_BEGUN] = "retention_begun",
    [STORE_RETENTION_DONE] = "retention_done",
    [STORE_CENTRAL_AWAY_FROM] = "central_away_from",
    [STORE_CENTRAL_AWAY_UNTIL] = "central_away_until",
    [STORE_FEED_DOUBT] = "feed_doubt",
};

enum err meta_get_int(struct store *s, const char *key, int64_t *ret_value) {
    sqlite3_stmt *q = statement(s, S_META_GET);
    bind_text(q, 1, key);
    enum err e = statement_value(s, q, ret_value);
    if (e == ERR_NOT_FOUND)
        *ret_value = 0;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err meta_put_int(struct store *s, const char *key, int64_t value) {
    sqlite3_stmt *q = statement(s, S_META_PUT);
    bind_text(q, 1, key);
    bind_int(q, 2, value);
    return statement_run(s, q);
}

/* Seeding and checking happen before the statements are prepared: an older schema may not have what they name. */
static int plain_run(sqlite3 *db, const char *sql, const char *key, struct bytes blob, int64_t number) {
    sqlite3_stmt *q;
    int code = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(q, 1, key, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = blob.data ? sqlite3_bind_blob64(q, 2, blob.data, blob.len, SQLITE_STATIC) : sqlite3_bind_int64(q, 2, number);
    if (code == SQLITE_OK)
        code = sqlite3_step(q) == SQLITE_DONE ? SQLITE_OK : sqlite3_extended_errcode(db);
    sqlite3_finalize(q);
    return code;
}

enum err meta_seed(struct store *s) {
    static const char sql[] = "INSERT INTO meta (key, value) VALUES (?1, ?2)";
    struct bytes none = {NULL, 0};
    struct str sealed;
    uint8_t hash[HASH_SIZE];
    str_init(&sealed, 256);
    seal(s->keys, PROBE_SEALED, bytes_text(PROBE), &sealed);
    keyed_hash(s->keys, PROBE_HASH, bytes_text(PROBE), hash);
    int code = plain_run(s->db, sql, PROBE_SEALED, bytes_of(sealed.data, sealed.len), 0);
    if (code == SQLITE_OK)
        code = plain_run(s->db, sql, PROBE_HASH, bytes_of(hash, sizeof hash), 0);
    /* Random, so that a restored copy that draws another never meets the ids that its former self went on to give. */
    if (code == SQLITE_OK)
        code = plain_run(s->db, sql, number_keys[STORE_EPOCH], none, 1 + (int64_t)random_below(INT32_MAX));
    if (code == SQLITE_OK)
        code = plain_run(s->db, sql, "clean", none, 1);
    str_release(&sealed);
    return code == SQLITE_OK ? ERR_OK : store_error_at_open(s->db, code, sql);
}

enum err meta_reseal_probe(struct store *s) {
    struct str sealed;
    str_init(&sealed, 256);
    seal(s->keys, PROBE_SEALED, bytes_text(PROBE), &sealed);
    sqlite3_stmt *q = statement(s, S_META_PUT);
    bind_text(q, 1, PROBE_SEALED);
    bind_bytes(q, 2, bytes_of(sealed.data, sealed.len));
    enum err e = statement_run(s, q);
    str_release(&sealed);
    return e;
}

static enum err probe_fits(struct store *s, sqlite3_stmt *q) {
    struct str plain;
    uint8_t hash[HASH_SIZE];
    str_init(&plain, 256);
    keyed_hash(s->keys, PROBE_HASH, bytes_text(PROBE), hash);
    struct bytes sealed = bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0));
    struct bytes stored = bytes_of(sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1));
    bool fits =
        unseal(s->keys, PROBE_SEALED, sealed, &plain) == ERR_OK && strcmp(plain.data, PROBE) == 0 && bytes_equal(stored, bytes_of(hash, sizeof hash));
    str_release(&plain);
    return fits ? ERR_OK : ERR_SEALED;
}

enum err meta_check_keys(struct store *s) {
    static const char sql[] = "SELECT (SELECT value FROM meta WHERE key = '" PROBE_SEALED "'), (SELECT value FROM meta WHERE key = '" PROBE_HASH "')";
    sqlite3_stmt *q;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(q);
    enum err e = code == SQLITE_ROW ? probe_fits(s, q) : store_error_at_open(s->db, code, sql);
    sqlite3_finalize(q);
    return e;
}

int meta_write(sqlite3 *db, const char *key, int64_t value) {
    static const char sql[] = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    return plain_run(db, sql, key, bytes_of(NULL, 0), value);
}

enum err store_number_get(struct store *s, enum store_number n, int64_t *ret_value) {
    return meta_get_int(s, number_keys[n], ret_value);
}

enum err store_number_set(struct store *s, enum store_number n, int64_t value) {
    return meta_put_int(s, number_keys[n], value);
}

enum err store_number_next(struct store *s, enum store_number n, int64_t *ret_value) {
    sqlite3_stmt *q = statement(s, S_META_NEXT);
    bind_text(q, 1, number_keys[n]);
    return statement_value(s, q, ret_value);
}

static enum err identity_matches(struct store *s, sqlite3_stmt *q, const char *id, int index, int of, struct str *problem) {
    bind_text(q, 1, "appliance");
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct str wanted;
    str_init(&wanted, 512);
    str_addf(&wanted, "%d/%d %s", index, of, id);
    const char *stored = (const char *)sqlite3_column_text(q, 0);
    bool same = str_ok(&wanted) && stored && strcmp(stored, wanted.data) == 0;
    if (!same)
        str_addf(
            problem,
            "appliance: the database belongs to slot %s (index/of id), the configuration says %s; these are fixed for ever, since they decide the "
            "case codes: put the old values back, or start with a new database",
            stored ? stored : "?", wanted.data);
    str_release(&wanted);
    statement_done(q);
    (void)s;
    return same ? ERR_OK : ERR_CONFLICT;
}

static enum err identity_write(struct store *s, const char *id, int index, int of) {
    struct str text;
    str_init(&text, 512);
    str_addf(&text, "%d/%d %s", index, of, id);
    bool own = !s->in_transaction;
    enum err e = !str_ok(&text) ? ERR_TOO_LONG : own ? store_begin(s) : ERR_OK;
    if (e == ERR_OK) {
        sqlite3_stmt *q = statement(s, S_META_PUT);
        bind_text(q, 1, "appliance");
        bind_text(q, 2, text.data);
        e = statement_run(s, q);
        if (own && e == ERR_OK)
            e = store_commit(s);
        else if (own)
            store_rollback(s);
    }
    str_release(&text);
    return e;
}

enum err store_claim_identity(struct store *s, const char *id, int index, int of, struct str *problem) {
    enum err e = identity_matches(s, statement(s, S_META_GET), id, index, of, problem);
    if (e == ERR_NOT_FOUND)
        e = identity_write(s, id, index, of);
    if (e != ERR_OK && e != ERR_CONFLICT)
        str_addf(problem, "appliance: its identity can't be read from or written to the database: %s", err_text(e));
    return e;
}

/* ---- the clock ---- */

static const char *const training_keys[] = {"training_wall", "training_real", "training_rate"};

enum err store_set_training(struct store *s, const struct store_training *training) {
    const int64_t values[] = {training->wall, training->real, training->rate};
    enum err e = ERR_OK;
    for (int i = 0; i < 3 && e == ERR_OK; i++)
        e = meta_put_int(s, training_keys[i], values[i]);
    return e;
}

static enum err training_get(struct store *s, struct store_training *ret_training) {
    int64_t *const values[] = {&ret_training->wall, &ret_training->real, &ret_training->rate};
    enum err e = ERR_OK;
    for (int i = 0; i < 3 && e == ERR_OK; i++)
        e = meta_get_int(s, training_keys[i], values[i]);
    return e;
}

static enum err has_identity(struct store *s, bool *ret_has) {
    sqlite3_stmt *q = statement(s, S_META_GET);
    bind_text(q, 1, "appliance");
    enum err e = statement_row(s, q);
    if (e == ERR_OK)
        statement_done(q);
    *ret_has = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err write_training(struct store *s, const struct store_training *training) {
    enum err e = store_begin(s);
    if (e != ERR_OK)
        return e;
    e = store_set_training(s, training);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

enum err store_claim_clock(struct store *s, struct store_training *training, struct str *problem) {
    struct store_training kept = {0};
    bool used = false;
    enum err e = training_get(s, &kept);
    if (e == ERR_OK)
        e = has_identity(s, &used);
    if (e == ERR_OK && kept.rate && !training) {
        str_add(
            problem,
            "clock: the database is one for training, its time isn't real: put clock.rate or clock.start back, or set store.path to another file");
        return ERR_CONFLICT;
    }
    if (e == ERR_OK && training && !kept.rate && used) {
        str_add(problem,
                "clock: the database lives by the real clock: for training, with clock.rate or clock.start, set store.path to a file of its own");
        return ERR_CONFLICT;
    }
    if (e == ERR_OK && training && kept.rate)
        *training = kept;
    else if (e == ERR_OK && training)
        e = write_training(s, training);
    if (e != ERR_OK)
        str_addf(problem, "clock: can't be read from or written to the database: %s", err_text(e));
    return e;
}

/* ---- another's past ---- */

enum err store_past(struct store *s, struct store_past *ret_past) {
    struct store_past past = {.codes_seen = s->codes_seen};
    enum err e = meta_get_int(s, META_COPIED_AT, &past.copied_at);
    if (past.copied_at == META_COPIED_SOMETIME)
        past.copied_at = 0;
    if (e == ERR_OK)
        e = meta_get_int(s, META_SKIP_CODES, &past.skip_codes);
    past.skip_codes--; /* kept one greater: an absent row reads as 0 */
    if (e == ERR_OK)
        *ret_past = past;
    return e;
}

static enum err forget(struct store *s, const char *key) {
    sqlite3_stmt *q = statement(s, S_META_REMOVE);
    bind_text(q, 1, key);
    return statement_run(s, q);
}

static enum err draw_epoch(struct store *s, const struct progress *now) {
    int64_t old = now->of[PROGRESS_EPOCH], new = old;
    while (new == old)
        new = 1 + (int64_t)random_below(INT32_MAX);
    sqlite3_stmt *q = statement(s, S_EPOCH_END);
    bind_int(q, 1, now->of[PROGRESS_OUTBOX]);
    bind_int(q, 2, old);
    enum err e = statement_run(s, q);
    return e == ERR_OK ? store_number_set(s, STORE_EPOCH, new) : e;
}

enum err store_adopt(struct store *s) {
    struct progress now;
    enum err e = progress_read(s, &now);
    if (e == ERR_OK)
        e = draw_epoch(s, &now);
    if (e == ERR_OK)
        e = store_number_set(s, STORE_ADOPTED_ATTEMPT, now.of[PROGRESS_ATTEMPT]);
    if (e == ERR_OK)
        e = forget(s, META_COPIED_AT);
    if (e == ERR_OK)
        e = forget(s, META_SKIP_CODES);
    s->adopting = e == ERR_OK;
    return e;
}

enum err outbox_epoch(struct store *s, int64_t sequence, int64_t *ret_epoch) {
    sqlite3_stmt *q = statement(s, S_EPOCH_OF);
    bind_int(q, 1, sequence);
    return statement_value(s, q, ret_epoch);
}

/* ---- alarms ---- */

enum { ALARM_KEY_SIZE = sizeof "alarm:" + STORE_INCIDENT_MAX };

static enum err alarm_key(const char *incident, char out[ALARM_KEY_SIZE]) {
    return snprintf(out, ALARM_KEY_SIZE, "alarm:%s", incident) < ALARM_KEY_SIZE ? ERR_OK : ERR_TOO_LONG;
}

enum err store_alarm_get(struct store *s, const char *incident, int64_t *ret_told_at) {
    char key[ALARM_KEY_SIZE];
    enum err e = alarm_key(incident, key);
    return e == ERR_OK ? meta_get_int(s, key, ret_told_at) : e;
}

enum err store_alarm_set(struct store *s, const char *incident, int64_t told_at) {
    char key[ALARM_KEY_SIZE];
    enum err e = alarm_key(incident, key);
    if (e != ERR_OK)
        return e;
    return told_at != 0 ? meta_put_int(s, key, told_at) : forget(s, key);
}
