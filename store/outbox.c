/* The outbox: what the central case store has to be told. */
#include "store/outbox.h"

#include "store/db.h"

#include <stdlib.h>
#include <string.h>

/* The states stand in partial indexes and statements. */
_Static_assert(OUTBOX_WAITING == 0 && OUTBOX_DONE == 1 && OUTBOX_DROPPED == 2 && OUTBOX_PARKED == 3, "stored");

enum err outbox_add(struct store *s, int64_t case_id, const char *type, const char *subject, int64_t at, const struct str *data) {
    if (!str_ok(data))
        return ERR_TOO_LONG;
    sqlite3_stmt *q = statement(s, S_OUTBOX_INSERT);
    bind_id(q, 1, case_id);
    bind_text(q, 2, type);
    bind_text(q, 3, subject);
    bind_int(q, 4, at);
    enum err e = bind_sealed(s, q, 5, "outbox", bytes_of(data->data, data->len));
    return e == ERR_OK ? statement_run(s, q) : e;
}

void outbox_event_release(struct outbox_event *event) {
    free(event->type);
    free(event->subject);
    free(event->reason);
    free(event->data);
    *event = (struct outbox_event){.sequence = 0};
}

/* ---- reading ---- */

static enum err event_row(struct store *s, sqlite3_stmt *q, struct outbox_event *ret_event) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct outbox_event event = {
        .sequence = column_int(q, 0),
        .epoch = column_int(q, 1),
        .case_id = column_int(q, 2),
        .at = column_int(q, 3),
        .state = (enum outbox_state)column_int(q, 4),
        .attempts = (int)column_int(q, 5),
        .type = column_text(q, 6),
        .subject = column_text(q, 7),
        .reason = column_text(q, 8),
    };
    bool erased = sqlite3_column_bytes(q, 9) == 0;
    if (!erased && column_unsealed(s, q, 9, "outbox", &event.data, &event.data_len) != ERR_OK)
        event.data = NULL; /* whoever reads it parks it: it must not hold all others */
    statement_done(q);
    *ret_event = event;
    return ERR_OK;
}

enum err outbox_next(struct store *s, int64_t after, struct outbox_event *ret_event) {
    sqlite3_stmt *q = statement(s, S_OUTBOX_NEXT);
    bind_int(q, 1, after);
    return event_row(s, q, ret_event);
}

enum err outbox_next_parked(struct store *s, int64_t after, struct outbox_event *ret_event) {
    sqlite3_stmt *q = statement(s, S_OUTBOX_NEXT_PARKED);
    bind_int(q, 1, after);
    return event_row(s, q, ret_event);
}

enum err outbox_newest(struct store *s, int64_t *ret_sequence) {
    sqlite3_stmt *q = statement(s, S_OUTBOX_NEWEST);
    enum err e = statement_row(s, q);
    if (e == ERR_OK) {
        *ret_sequence = column_int(q, 0);
        statement_done(q);
    }
    return e;
}

enum err outbox_oldest_at(struct store *s, int64_t *ret_at) {
    *ret_at = 0;
    enum err e = statement_value(s, statement(s, S_OUTBOX_OLDEST), ret_at);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- what an answer makes of it ---- */

enum err outbox_done(struct store *s, int64_t sequence, int64_t now) {
    sqlite3_stmt *q = statement(s, S_OUTBOX_DONE);
    bind_int(q, 1, sequence);
    bind_int(q, 2, now);
    return statement_run(s, q);
}

/* The beginning of it, whole characters. */
static char *reason_kept(const char *reason, char out[OUTBOX_REASON_MAX + 1]) {
    size_t len = strlen(reason);
    if (len > OUTBOX_REASON_MAX)
        len = OUTBOX_REASON_MAX;
    while (len > 0 && reason[len] && ((unsigned char)reason[len] & 0xC0) == 0x80)
        len--;
    memcpy(out, reason, len);
    out[len] = 0;
    return out;
}

static enum err refuse(struct store *s, enum statement which, int64_t sequence, const char *reason) {
    char kept[OUTBOX_REASON_MAX + 1];
    sqlite3_stmt *q = statement(s, which);
    bind_int(q, 1, sequence);
    bind_text(q, 2, reason_kept(reason, kept));
    return statement_run(s, q);
}

enum err outbox_refused(struct store *s, int64_t sequence, const char *reason) {
    return refuse(s, S_OUTBOX_REFUSED, sequence, reason);
}

enum err outbox_park(struct store *s, int64_t sequence, const char *reason) {
    return refuse(s, S_OUTBOX_PARK, sequence, reason);
}

/* ---- what a person makes of it ---- */

static enum err check_parked(struct store *s, int64_t sequence) {
    sqlite3_stmt *q = statement(s, S_OUTBOX_STATE);
    bind_int(q, 1, sequence);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    bool parked = column_int(q, 0) == OUTBOX_PARKED;
    statement_done(q);
    return parked ? ERR_OK : ERR_CONFLICT;
}

enum err outbox_retry(struct store *s, int64_t sequence) {
    enum err e = check_parked(s, sequence);
    if (e != ERR_OK)
        return e;
    sqlite3_stmt *q = statement(s, S_OUTBOX_RETRY);
    bind_int(q, 1, sequence);
    return statement_run_one(s, q);
}

enum err outbox_drop(struct store *s, int64_t sequence, const char *by, int64_t now) {
    char kept[OUTBOX_REASON_MAX + 1];
    enum err e = check_parked(s, sequence);
    if (e != ERR_OK)
        return e;
    sqlite3_stmt *q = statement(s, S_OUTBOX_DROP);
    bind_int(q, 1, sequence);
    bind_text(q, 2, reason_kept(by, kept));
    bind_int(q, 3, now);
    return statement_run_one(s, q);
}

/* ---- its end ---- */

enum err outbox_forget(struct store *s, int64_t before, int limit, int *ret_count) {
    int64_t count_before = sqlite3_total_changes64(s->db);
    sqlite3_stmt *q = statement(s, S_OUTBOX_FORGET);
    bind_int(q, 1, before);
    bind_int(q, 2, limit);
    enum err e = statement_run(s, q);
    if (e == ERR_OK)
        *ret_count = (int)(sqlite3_total_changes64(s->db) - count_before);
    return e;
}
