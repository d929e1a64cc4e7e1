/* The rows of the feed: see feed.h. */
#include "store/feed.h"

#include "store/db.h"
#include "store/statements.h"

#include <stdlib.h>
#include <string.h>

#define CURSOR_KEY "feed_cursor"

bool feed_cursor_valid(const char *cursor) {
    size_t len = strnlen(cursor, FEED_CURSOR_MAX + 1);
    for (const char *at = cursor; *at && len <= FEED_CURSOR_MAX; at++)
        if (*at < '!' || *at > '~')
            return false;
    return len > 0 && len <= FEED_CURSOR_MAX;
}

enum err feed_cursor_get(struct store *s, char ret_cursor[FEED_CURSOR_MAX + 1]) {
    sqlite3_stmt *q = statement(s, S_META_GET);
    bind_text(q, 1, CURSOR_KEY);
    enum err e = statement_row(s, q);
    if (e == ERR_NOT_FOUND) {
        memcpy(ret_cursor, FEED_BEGINNING, sizeof FEED_BEGINNING);
        return ERR_OK;
    }
    if (e != ERR_OK)
        return e;
    e = column_copy(q, 0, ret_cursor, FEED_CURSOR_MAX + 1);
    statement_done(q);
    return e;
}

enum err feed_cursor_put(struct store *s, const char *cursor) {
    if (!feed_cursor_valid(cursor))
        return ERR_INVALID;
    sqlite3_stmt *q = statement(s, S_META_PUT);
    bind_text(q, 1, CURSOR_KEY);
    bind_text(q, 2, cursor);
    return statement_run(s, q);
}

/* The length of the source stands in front, so that no two pairs are the same octets. */
static void key_of(const char *source, const char *id, uint8_t key[HASH256_SIZE]) {
    struct str both;
    str_init(&both, SIZE_MAX);
    str_addf(&both, "%zu:%s%s", strlen(source), source, id);
    hash256(bytes_of(both.data, both.len), key);
    str_release(&both);
}

enum err feed_known(struct store *s, const char *source, const char *id, bool *ret_known) {
    uint8_t key[HASH256_SIZE];
    key_of(source, id, key);
    sqlite3_stmt *q = statement(s, S_FEED_KNOWN);
    bind_bytes(q, 1, bytes_of(key, sizeof key));
    enum err e = statement_row(s, q);
    if (e == ERR_OK)
        statement_done(q);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        *ret_known = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err feed_seen(struct store *s, const char *source, const char *id, int64_t now, bool *ret_first) {
    uint8_t key[HASH256_SIZE];
    key_of(source, id, key);
    sqlite3_stmt *q = statement(s, S_FEED_SEEN);
    bind_bytes(q, 1, bytes_of(key, sizeof key));
    bind_int(q, 2, now);
    enum err e = statement_run_one(s, q);
    if (e == ERR_OK || e == ERR_NOT_FOUND)
        *ret_first = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void feed_kept_release(struct feed_kept *kept) {
    free(kept->type);
    free(kept->subject);
    free(kept->reason);
    free(kept->body);
    *kept = (struct feed_kept){.id = 0};
}

enum err feed_keep(struct store *s, int64_t now, const char *type, const char *subject, const char *reason, struct bytes body) {
    sqlite3_stmt *q = statement(s, S_FEED_KEEP);
    bind_int(q, 1, now);
    bind_text(q, 2, type);
    bind_text(q, 3, subject);
    bind_text(q, 4, reason);
    enum err e = bind_sealed(s, q, 5, "feed_kept", bytes_of(body.data, body.len < FEED_BODY_MAX ? body.len : FEED_BODY_MAX));
    return e == ERR_OK ? statement_run(s, q) : e;
}

enum err feed_kept_before(struct store *s, int64_t before_id, struct feed_kept *ret_kept) {
    sqlite3_stmt *q = statement(s, S_FEED_KEPT_BEFORE);
    bind_int(q, 1, before_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct feed_kept kept = {
        .id = column_int(q, 0), .at = column_int(q, 1), .type = column_text(q, 2), .subject = column_text(q, 3), .reason = column_text(q, 4)};
    if (column_unsealed(s, q, 5, "feed_kept", &kept.body, NULL) != ERR_OK)
        kept.body = NULL; /* the rest of the row can be looked at */
    statement_done(q);
    *ret_kept = kept;
    return ERR_OK;
}

static enum err forget(struct store *s, enum statement which, int64_t before, int limit) {
    sqlite3_stmt *q = statement(s, which);
    bind_int(q, 1, before);
    bind_int(q, 2, limit);
    return statement_run(s, q);
}

enum err feed_forget(struct store *s, int64_t now, int limit) {
    enum err e = forget(s, S_FEED_FORGET_SEEN, now - FEED_SEEN_MS, limit);
    return e == ERR_OK ? forget(s, S_FEED_FORGET_KEPT, now - FEED_KEPT_MS, limit) : e;
}
