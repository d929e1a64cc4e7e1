/* How many rows wait in which state. Counting them when somebody asks would stop the loop for half a second with a million of them; so they are
 * counted once, when the store is opened, and then kept by SQLite's pre-update hook, which sees the state of a row before and after every change.
 * No function that changes rows can forget it. */
#define SQLITE_ENABLE_PREUPDATE_HOOK /* sqlite3.h declares it for those who say so; Debian's library has it */
#include "store/db.h"

#include "store/case.h"
#include "store/message.h"
#include "store/outbound.h"
#include "store/outbox.h"

#include <string.h>

static const char *const tables[COUNTED_TABLES] = {
    [COUNTED_INBOUND] = "inbound", [COUNTED_CASES] = "cases",   [COUNTED_PART] = "part",
    [COUNTED_ATTEMPT] = "attempt", [COUNTED_OUTBOX] = "outbox", [COUNTED_MESSAGE] = "message",
};

static void count_inbound(struct store_counts *c, int64_t state, int by) {
    if (state == INBOUND_RAW)
        c->inbound_raw += by;
    if (state == INBOUND_HELD)
        c->inbound_held += by;
}

static void count_case(struct store_counts *c, int64_t state, int by) {
    bool ended = case_state_ended((enum case_state)state);
    if (state != CASE_DRAFT)
        c->cases += by;
    if (state != CASE_DRAFT && !ended)
        c->cases_open += by;
}

static void count_attempt(struct store_counts *c, int64_t state, int by) {
    if (state == ATTEMPT_OPEN)
        c->attempts_open += by;
    if (state == ATTEMPT_UNKNOWN)
        c->attempts_unknown += by;
}

static void count(struct store_counts *c, enum counted table, int64_t state, int by) {
    switch (table) {
    case COUNTED_INBOUND:
        count_inbound(c, state, by);
        break;
    case COUNTED_CASES:
        count_case(c, state, by);
        break;
    case COUNTED_PART:
        c->parts_queued += state == PART_QUEUED ? by : 0;
        break;
    case COUNTED_ATTEMPT:
        count_attempt(c, state, by);
        break;
    case COUNTED_OUTBOX:
        c->outbox_waiting += state == OUTBOX_WAITING ? by : 0;
        c->outbox_parked += state == OUTBOX_PARKED ? by : 0;
        break;
    case COUNTED_MESSAGE:
        c->messages += by;
        break;
    case COUNTED_TABLES:
        break;
    }
}

typedef int row_value(sqlite3 *db, int column, sqlite3_value **value);

static void count_row(struct store *s, enum counted table, row_value *get, int by) {
    int column = s->counts.state_column[table];
    sqlite3_value *value = NULL;
    if (column >= 0 && get(s->db, column, &value) != SQLITE_OK)
        return; /* no memory: the count is off by one until the next start */
    count(&s->counts.now, table, value ? sqlite3_value_int64(value) : 0, by);
}

static void row_changes(void *context, sqlite3 *db, int operation, const char *schema, const char *name, sqlite3_int64 before, sqlite3_int64 after) {
    (void)db;
    (void)schema;
    (void)before;
    (void)after;
    struct store *s = context;
    enum counted table = 0;
    while (table < COUNTED_TABLES && strcmp(tables[table], name) != 0)
        table++;
    if (table == COUNTED_TABLES)
        return;
    if (operation != SQLITE_INSERT)
        count_row(s, table, sqlite3_preupdate_old, -1);
    if (operation != SQLITE_DELETE)
        count_row(s, table, sqlite3_preupdate_new, 1);
}

static enum err count_all(struct store *s, struct store_counts *ret_counts) {
    sqlite3_stmt *q = statement(s, S_COUNTS);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_counts = (struct store_counts){
        .inbound_raw = column_int(q, 0),
        .inbound_held = column_int(q, 1),
        .messages = column_int(q, 2),
        .cases_open = column_int(q, 3),
        .cases = column_int(q, 3) + column_int(q, 4),
        .parts_queued = column_int(q, 5),
        .attempts_open = column_int(q, 6),
        .attempts_unknown = column_int(q, 7),
        .outbox_waiting = column_int(q, 8),
        .outbox_parked = column_int(q, 9),
    };
    statement_done(q);
    return ERR_OK;
}

static enum err find_state_columns(struct store *s) {
    enum err e = ERR_OK;
    for (int t = 0; e == ERR_OK && t < COUNTED_TABLES; t++) {
        sqlite3_stmt *q = statement(s, S_STATE_COLUMN);
        bind_text(q, 1, tables[t]);
        e = statement_row(s, q);
        s->counts.state_column[t] = e == ERR_OK ? (int)column_int(q, 0) : -1;
        if (e == ERR_OK)
            statement_done(q);
        else if (e == ERR_NOT_FOUND)
            e = ERR_OK;
    }
    return e;
}

enum err counts_start(struct store *s) {
    enum err e = find_state_columns(s);
    if (e == ERR_OK)
        e = count_all(s, &s->counts.now);
    if (e == ERR_OK)
        (void)sqlite3_preupdate_hook(s->db, row_changes, s);
    return e;
}

enum err store_counts(struct store *s, struct store_counts *ret_counts) {
    *ret_counts = s->counts.now;
    return ERR_OK;
}

void counts_mark_begin(struct store *s) {
    s->counts.at_begin = s->counts.now;
}

void counts_mark_savepoint(struct store *s) {
    s->counts.at_savepoint = s->counts.now;
}

void counts_back_to_begin(struct store *s) {
    s->counts.now = s->counts.at_begin;
}

void counts_back_to_savepoint(struct store *s) {
    s->counts.now = s->counts.at_savepoint;
}
