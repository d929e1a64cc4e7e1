/* Deadlines of cases. The core keeps one timer for the earliest open one; what fell due while it was off is found in order of due_at. */
#include "store/calendar.h"
#include "store/case.h"
#include "store/statements.h"

#include <stdlib.h>

#define X(symbol, name) [symbol] = (name),
static const char *const deadline_kind_names[DEADLINE_KIND_COUNT] = {DEADLINE_KIND_TABLE(X)};
#undef X
_Static_assert(DEADLINE_OPEN == 0 && DEADLINE_MISSED == 2 && DEADLINE_PAUSED == 6,
               "the indexes deadline_due and deadline_missed, and statements, name them by number");

const char *deadline_kind_name(enum deadline_kind kind) {
    return (unsigned)kind < DEADLINE_KIND_COUNT ? deadline_kind_names[kind] : "?";
}

const char *deadline_state_name(enum deadline_state state) {
    static const char *const names[] = {
        [DEADLINE_OPEN] = "open", [DEADLINE_MET] = "met",           [DEADLINE_MISSED] = "missed", [DEADLINE_STOPPED] = "stopped",
        [DEADLINE_LATE] = "late", [DEADLINE_REPLACED] = "replaced", [DEADLINE_PAUSED] = "paused",
    };
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "?";
}

enum err deadline_insert(struct store *s, const struct deadline *d, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_DEADLINE_INSERT);
    bind_int(q, 1, d->case_id);
    bind_int(q, 2, d->kind);
    bind_int(q, 3, d->state);
    bind_int(q, 4, d->working_days);
    bind_int(q, 5, d->start_at);
    bind_int(q, 6, d->due_day);
    bind_int(q, 7, d->due_at);
    bind_id(q, 8, d->coordination_id);
    bind_id(q, 9, d->replaces_id);
    bind_text(q, 10, d->cause);
    return statement_insert(s, q, ret_id);
}

enum err deadline_set_state(struct store *s, int64_t id, enum deadline_state state) {
    sqlite3_stmt *q = statement(s, S_DEADLINE_SET_STATE);
    bind_int(q, 1, id);
    bind_int(q, 2, state);
    return statement_run_one(s, q);
}

static struct deadline deadline_of(sqlite3_stmt *q) {
    return (struct deadline){
        .id = column_int(q, 0),
        .case_id = column_int(q, 1),
        .kind = (enum deadline_kind)column_int(q, 2),
        .state = (enum deadline_state)column_int(q, 3),
        .working_days = (int)column_int(q, 4),
        .start_at = column_int(q, 5),
        .due_day = (int32_t)column_int(q, 6),
        .due_at = column_int(q, 7),
        .coordination_id = column_int(q, 8),
        .replaces_id = column_int(q, 9),
    };
}

static enum err deadline_row(struct store *s, sqlite3_stmt *q, struct deadline *ret_deadline) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_deadline = deadline_of(q);
    statement_done(q);
    return ERR_OK;
}

enum err deadline_open_of(struct store *s, int64_t case_id, enum deadline_kind kind, struct deadline *ret_deadline) {
    sqlite3_stmt *q = statement(s, S_DEADLINE_OPEN_OF);
    bind_int(q, 1, case_id);
    bind_int(q, 2, kind);
    return deadline_row(s, q, ret_deadline);
}

enum err deadline_next_due(struct store *s, struct deadline *ret_deadline) {
    return deadline_row(s, statement(s, S_DEADLINE_NEXT_DUE), ret_deadline);
}

enum err deadline_newest_of(struct store *s, int64_t case_id, enum deadline_kind kind, struct deadline *ret_deadline) {
    sqlite3_stmt *q = statement(s, S_DEADLINE_NEWEST_OF);
    bind_int(q, 1, case_id);
    bind_int(q, 2, kind);
    return deadline_row(s, q, ret_deadline);
}

enum err deadline_waiting(struct store *s, struct deadline *ret_deadline) {
    return deadline_row(s, statement(s, S_DEADLINE_WAITING), ret_deadline);
}

enum err deadline_next_open(struct store *s, int64_t after_due_at, int64_t after_id, struct deadline *ret_deadline) {
    sqlite3_stmt *q = statement(s, S_DEADLINE_OPEN_SAME);
    bind_int(q, 1, after_due_at);
    bind_int(q, 2, after_id);
    enum err e = deadline_row(s, q, ret_deadline);
    if (e != ERR_NOT_FOUND)
        return e;
    q = statement(s, S_DEADLINE_OPEN_LATER);
    bind_int(q, 1, after_due_at);
    return deadline_row(s, q, ret_deadline);
}

enum err deadline_list_of(struct store *s, int64_t case_id, deadline_each *each, void *context) {
    for (int64_t after = 0;;) {
        struct deadline d;
        sqlite3_stmt *q = statement(s, S_DEADLINE_NEXT_LIVE);
        bind_int(q, 1, case_id);
        bind_int(q, 2, after);
        enum err e = deadline_row(s, q, &d);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = d.id;
        each(context, &d);
    }
}

enum err deadline_history(struct store *s, int64_t case_id, deadline_each *each, void *context) {
    for (int64_t after = 0;;) {
        sqlite3_stmt *q = statement(s, S_DEADLINE_NEXT_EVER);
        bind_int(q, 1, case_id);
        bind_int(q, 2, after);
        enum err e = statement_row(s, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        struct deadline d = deadline_of(q);
        char *cause = column_text(q, 10);
        statement_done(q);
        after = d.id;
        d.cause = cause;
        each(context, &d);
        free(cause);
    }
}
