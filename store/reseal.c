/* Rotation: see reseal.h.
 *
 * Promises:
 * 1. Nothing is sealed with a key before its row in `meta` is committed; the row goes in the transaction that ends the pass.
 * 2. A pass ends only under the key that was the newest all the time: with another one it begins anew. What is written meanwhile is written under
 *    the newest key, so behind the cursor there is no other.
 * 3. A value keeps its size, so the database doesn't grow. */
#include "store/reseal.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "store/db.h"

#include <stdio.h>

enum { KEY_ROW_SIZE = 16, ROWS_LOOKED_AT = 1000 /* by a step at most, sealed anew or not */ };

static const struct sealed_column {
    const char *name, *context;
    enum statement last, next, put, count;
} columns[] = {
#define X(table, id, column, context) \
    {#table "." #column, \
     context, \
     S_SEALED_LAST_##table##_##column, \
     S_SEALED_NEXT_##table##_##column, \
     S_SEALED_PUT_##table##_##column, \
     S_SEALED_COUNT_##table##_##column},
    SEALED_TABLE(X)
#undef X
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static uint8_t newest_of(const struct keyring *keys) {
    uint8_t ids[KEYRING_MAX];
    return ids[keyring_ids(keys, ids) - 1];
}

/* ---- which keys are needed ---- */

static enum err next_needed(struct store *s, int64_t after, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_KEY_NEXT);
    bind_int(q, 1, after);
    return statement_value(s, q, ret_id);
}

enum err reseal_needs(struct store *s, uint8_t id, bool *ret_needed) {
    int64_t found = 0;
    enum err e = next_needed(s, id - 1, &found);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        *ret_needed = e == ERR_OK && found == id;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err put_needed(struct store *s, uint8_t id) {
    char key[KEY_ROW_SIZE];
    bool there = false;
    enum err e = reseal_needs(s, id, &there);
    snprintf(key, sizeof key, "key:%03d", id);
    return e == ERR_OK && !there ? meta_put_int(s, key, 1) : e;
}

static bool has_id(const uint8_t *ids, size_t count, int64_t id) {
    for (size_t i = 0; i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

enum err reseal_claim_keys(struct store *s, const struct keyring *keys, const char *path, struct str *problem) {
    uint8_t ids[KEYRING_MAX];
    size_t count = keyring_ids(keys, ids);
    int64_t id = 0;
    enum err e = next_needed(s, 0, &id);
    bool none = e == ERR_NOT_FOUND;
    for (; e == ERR_OK; e = next_needed(s, id, &id)) {
        if (has_id(ids, count, id))
            continue;
        str_addf(problem,
                 "%s: key %lld is missing, and rows are still sealed with it; put its line back until `phanhoictl keys` says that it isn't needed",
                 path, (long long)id);
        return ERR_SEALED;
    }
    e = e == ERR_NOT_FOUND ? ERR_OK : e;
    for (size_t i = none ? 0 : count - 1; e == ERR_OK && i < count; i++)
        e = put_needed(s, ids[i]);
    return e;
}

/* ---- a step ---- */

struct cursor {
    int64_t key, column, after;
};

static enum err cursor_get(struct store *s, struct cursor *ret_cursor) {
    enum err e = store_number_get(s, STORE_RESEAL_KEY, &ret_cursor->key);
    if (e == ERR_OK)
        e = store_number_get(s, STORE_RESEAL_COLUMN, &ret_cursor->column);
    return e == ERR_OK ? store_number_get(s, STORE_RESEAL_AFTER, &ret_cursor->after) : e;
}

static enum err cursor_set(struct store *s, const struct cursor *c) {
    enum err e = store_number_set(s, STORE_RESEAL_KEY, c->key);
    if (e == ERR_OK)
        e = store_number_set(s, STORE_RESEAL_COLUMN, c->column);
    return e == ERR_OK ? store_number_set(s, STORE_RESEAL_AFTER, c->after) : e;
}

static enum err put_anew(struct store *s, const struct sealed_column *column, int64_t id, const struct str *plain) {
    sqlite3_stmt *q = statement(s, column->put);
    bind_int(q, 1, id);
    enum err e = bind_sealed(s, q, 2, column->context, bytes_of(plain->len ? plain->data : "", plain->len));
    return e == ERR_OK ? statement_run(s, q) : e;
}

/* The next value after *id, up to `last`, that isn't under the newest key. ERR_NOT_FOUND: there's none. */
static enum err reseal_one(struct store *s, const struct sealed_column *column, uint8_t newest, int64_t last, int64_t *id) {
    struct str plain;
    sqlite3_stmt *q = statement(s, column->next);
    bind_int(q, 1, *id);
    bind_int(q, 2, last);
    bind_bytes(q, 3, bytes_of(&newest, 1));
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    str_init(&plain, STORE_FIELD_MAX);
    *id = column_int(q, 0);
    e = unseal(s->keys, column->context, bytes_of(sqlite3_column_blob(q, 1), (size_t)sqlite3_column_bytes(q, 1)), &plain);
    statement_done(q);
    if (e == ERR_OK)
        e = put_anew(s, column, *id, &plain);
    else
        log_event(LOG_LEVEL_ERROR, "reseal.unreadable", log_text("column", column->name), log_int("id", *id), log_err(e));
    str_release(&plain);
    return err_retry(e) == RETRY_LATER ? e : ERR_OK;
}

static enum err last_id(struct store *s, const struct sealed_column *column, int64_t *ret_last) {
    sqlite3_stmt *q = statement(s, column->last);
    return statement_value(s, q, ret_last);
}

/* Some rows of the cursor's column; at its end the cursor goes to the next one. */
static enum err some_rows(struct store *s, struct cursor *c) {
    const struct sealed_column *column = &columns[c->column];
    int64_t last = 0;
    enum err e = last_id(s, column, &last);
    int64_t until = last - c->after > ROWS_LOOKED_AT ? c->after + ROWS_LOOKED_AT : last;
    int left = RESEAL_ROWS;
    while (e == ERR_OK && left-- > 0)
        e = reseal_one(s, column, (uint8_t)c->key, until, &c->after);
    if (e != ERR_NOT_FOUND)
        return e;
    c->after = until;
    if (until == last) {
        c->column++;
        c->after = 0;
    }
    return ERR_OK;
}

static enum err end_pass(struct store *s, int64_t key) {
    sqlite3_stmt *q = statement(s, S_KEY_ALL_BEFORE);
    bind_int(q, 1, key);
    enum err e = statement_run(s, q);
    if (e == ERR_OK)
        e = meta_reseal_probe(s);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "reseal.done", log_int("key", key), log_text("meaning", "no row needs an older key"));
    return e;
}

enum err reseal_step(struct store *s, bool *ret_done) {
    struct cursor c = {0};
    int64_t oldest_needed = 0, newest = newest_of(s->keys);
    enum err e = next_needed(s, 0, &oldest_needed);
    *ret_done = e == ERR_OK && oldest_needed == newest;
    if (e != ERR_OK || *ret_done)
        return e;
    e = cursor_get(s, &c);
    if (e == ERR_OK && c.key != newest)
        c = (struct cursor){.key = newest};
    if (e == ERR_OK && c.column < COLUMNS)
        e = some_rows(s, &c);
    if (e == ERR_OK && c.column >= COLUMNS)
        e = end_pass(s, newest);
    if (e == ERR_OK)
        e = cursor_set(s, &c);
    crash_point("reseal.step");
    return e;
}

/* ---- for people ---- */

static enum err count_column(struct store *s, const struct sealed_column *column, int64_t *values) {
    sqlite3_stmt *q = statement(s, column->count);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    int code = SQLITE_ROW;
    for (; code == SQLITE_ROW; code = sqlite3_step(q)) {
        const uint8_t *id = sqlite3_column_blob(q, 0);
        values[id ? *id : 0] += column_int(q, 1);
    }
    e = code == SQLITE_DONE ? ERR_OK : store_error(s->db, code, column->name);
    statement_done(q);
    return e;
}

enum err reseal_count(struct store *s, int64_t ret_values[KEYRING_MAX + 1]) {
    enum err e = ERR_OK;
    for (int i = 0; i <= KEYRING_MAX; i++)
        ret_values[i] = 0;
    for (size_t i = 0; e == ERR_OK && i < COLUMNS; i++)
        e = count_column(s, &columns[i], ret_values);
    return e;
}
