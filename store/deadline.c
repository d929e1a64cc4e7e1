/* Deadlines of cases. The core keeps one timer for the earliest open one; what fell due while it was off is found in order of due_at. */
#include "store/case.h"
#include "store/statements.h"

#define X(symbol, name) [symbol] = (name),
static const char *const deadline_kind_names[DEADLINE_KIND_COUNT] = {DEADLINE_KIND_TABLE(X)};
#undef X
_Static_assert(DEADLINE_OPEN == 0 && DEADLINE_MISSED == 2, "the indexes deadline_due, deadline_missed and deadline_of name them by number");

const char *deadline_kind_name(enum deadline_kind kind) {
    return (unsigned)kind < DEADLINE_KIND_COUNT ? deadline_kind_names[kind] : "?";
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
    return statement_insert(s, q, ret_id);
}

enum err deadline_set_state(struct store *s, int64_t id, enum deadline_state state) {
    sqlite3_stmt *q = statement(s, S_DEADLINE_SET_STATE);
    bind_int(q, 1, id);
    bind_int(q, 2, state);
    return statement_run_one(s, q);
}

static enum err deadline_row(struct store *s, sqlite3_stmt *q, struct deadline *ret_deadline) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_deadline = (struct deadline){
        .id = column_int(q, 0),
        .case_id = column_int(q, 1),
        .kind = (enum deadline_kind)column_int(q, 2),
        .state = (enum deadline_state)column_int(q, 3),
        .working_days = (int)column_int(q, 4),
        .start_at = column_int(q, 5),
        .due_day = (int32_t)column_int(q, 6),
        .due_at = column_int(q, 7),
    };
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
