/* Open questions. A closed one keeps its row, without its data. */
#include "store/case.h"
#include "store/statements.h"

#include <stdlib.h>

void dialogue_release(struct dialogue *d) {
    free(d->data);
    *d = (struct dialogue){0};
}

enum err dialogue_open(struct store *s, const struct dialogue *d, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_DIALOGUE_REPLACE);
    bind_int(q, 1, d->subscriber_id);
    bind_int(q, 2, d->kind);
    bind_id(q, 3, d->case_id);
    enum err e = statement_run(s, q);
    if (e != ERR_OK)
        return e;
    q = statement(s, S_DIALOGUE_INSERT);
    bind_int(q, 1, d->subscriber_id);
    bind_int(q, 2, d->kind);
    bind_id(q, 3, d->case_id);
    bind_int(q, 4, d->opened_at);
    bind_int(q, 5, d->expires_at);
    e = bind_sealed(s, q, 6, "dialogue", bytes_or_null(d->data));
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

static enum err dialogue_row(struct store *s, sqlite3_stmt *q, struct dialogue *ret_dialogue) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct dialogue found = {
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 1),
        .kind = (enum dialogue_kind)column_int(q, 2),
        .case_id = column_int(q, 3),
        .opened_at = column_int(q, 4),
        .expires_at = column_int(q, 5),
    };
    e = column_unsealed(s, q, 6, "dialogue", &found.data, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_dialogue = found;
    return e;
}

enum err dialogue_newest(struct store *s, int64_t subscriber_id, enum dialogue_kind kind, int64_t now, struct dialogue *ret_dialogue) {
    sqlite3_stmt *q = statement(s, S_DIALOGUE_NEWEST);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, kind);
    bind_int(q, 3, now);
    return dialogue_row(s, q, ret_dialogue);
}

enum err dialogue_before(struct store *s, int64_t subscriber_id, int64_t before_id, int64_t now, struct dialogue *ret_dialogue) {
    sqlite3_stmt *q = statement(s, S_DIALOGUE_BEFORE);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, now);
    bind_int(q, 3, before_id);
    return dialogue_row(s, q, ret_dialogue);
}

enum err dialogue_get(struct store *s, int64_t id, struct dialogue *ret_dialogue) {
    sqlite3_stmt *q = statement(s, S_DIALOGUE_GET);
    bind_int(q, 1, id);
    return dialogue_row(s, q, ret_dialogue);
}

enum err dialogue_close(struct store *s, int64_t id) {
    sqlite3_stmt *q = statement(s, S_DIALOGUE_CLOSE);
    bind_int(q, 1, id);
    return statement_run_one(s, q);
}

enum err dialogue_next_expired(struct store *s, struct dialogue *ret_dialogue) {
    return dialogue_row(s, statement(s, S_DIALOGUE_NEXT_EXPIRED), ret_dialogue);
}
