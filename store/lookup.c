/* Rows of questions for the central store: see lookup.h. */
#include "store/lookup.h"

#include "store/statements.h"

static enum err lookup_row(struct store *s, sqlite3_stmt *q, struct lookup *ret_lookup) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct lookup l = {.id = column_int(q, 0),
                       .subscriber_id = column_int(q, 1),
                       .code = (int32_t)column_int(q, 2),
                       .message_id = column_int(q, 3),
                       .asked_at = column_int(q, 5),
                       .answered_at = column_int(q, 6),
                       .waits = column_int(q, 7) != 0,
                       .state = (int)column_int(q, 8),
                       .due_day = (int32_t)column_int(q, 10)};
    e = column_copy(q, 4, l.link, sizeof l.link);
    if (e == ERR_OK && !column_is_null(q, 9))
        e = column_copy(q, 9, l.agency, sizeof l.agency);
    statement_done(q);
    if (e == ERR_OK)
        *ret_lookup = l;
    return e;
}

enum err lookup_find(struct store *s, int64_t subscriber_id, int32_t code, struct lookup *ret_lookup) {
    sqlite3_stmt *q = statement(s, S_LOOKUP_FIND);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, code);
    return lookup_row(s, q, ret_lookup);
}

enum err lookup_get(struct store *s, int64_t id, struct lookup *ret_lookup) {
    sqlite3_stmt *q = statement(s, S_LOOKUP_GET);
    bind_int(q, 1, id);
    return lookup_row(s, q, ret_lookup);
}

enum err lookup_next_waiting(struct store *s, int64_t after_id, struct lookup *ret_lookup) {
    sqlite3_stmt *q = statement(s, S_LOOKUP_NEXT_WAITING);
    bind_int(q, 1, after_id);
    return lookup_row(s, q, ret_lookup);
}

enum err lookup_put(struct store *s, const struct lookup *l) {
    sqlite3_stmt *q = statement(s, S_LOOKUP_PUT);
    bind_int(q, 1, l->subscriber_id);
    bind_int(q, 2, l->code);
    bind_int(q, 3, l->message_id);
    bind_text(q, 4, l->link);
    bind_int(q, 5, l->asked_at);
    bind_int(q, 6, l->answered_at);
    bind_int(q, 7, l->waits);
    bind_int(q, 8, l->state);
    bind_text(q, 9, *l->agency ? l->agency : NULL);
    bind_int(q, 10, l->due_day);
    return statement_run(s, q);
}

enum err lookup_forsake(struct store *s) {
    return statement_run(s, statement(s, S_LOOKUP_FORSAKE));
}

enum err lookup_forget(struct store *s, int64_t asked_before, int limit) {
    sqlite3_stmt *q = statement(s, S_LOOKUP_FORGET);
    bind_int(q, 1, asked_before);
    bind_int(q, 2, limit);
    return statement_run(s, q);
}
