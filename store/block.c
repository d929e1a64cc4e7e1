/* Blocks of senders. */
#include "store/block.h"

#include "store/statements.h"

#include <stdlib.h>

void block_release(struct block *b) {
    free(b->by);
    free(b->reason);
    free(b->lifted_by);
    *b = (struct block){0};
}

enum err block_insert(struct store *s, const struct block *b, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_BLOCK_INSERT);
    bind_int(q, 1, b->subscriber_id);
    bind_int(q, 2, b->from_at);
    bind_int(q, 3, b->until_at);
    bind_text(q, 4, b->by);
    enum err e = bind_sealed(s, q, 5, "block", bytes_text(b->reason));
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

static enum err block_row(struct store *s, sqlite3_stmt *q, struct block *ret_block) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct block found = {
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 1),
        .from_at = column_int(q, 2),
        .until_at = column_int(q, 3),
        .lifted_at = column_int(q, 5),
    };
    e = column_unsealed(s, q, 7, "block", &found.reason, NULL);
    if (e == ERR_OK) {
        found.by = column_text(q, 4);
        found.lifted_by = column_text(q, 6);
        *ret_block = found;
    }
    statement_done(q);
    return e;
}

enum err block_current(struct store *s, int64_t subscriber_id, int64_t now, struct block *ret_block) {
    sqlite3_stmt *q = statement(s, S_BLOCK_CURRENT);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, now);
    return block_row(s, q, ret_block);
}

enum err block_lift(struct store *s, int64_t id, int64_t at, const char *by) {
    sqlite3_stmt *q = statement(s, S_BLOCK_LIFT);
    bind_int(q, 1, id);
    bind_int(q, 2, at);
    bind_text(q, 3, by);
    return statement_run_one(s, q);
}

enum err block_list(struct store *s, int64_t before_id, int limit, block_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct block found;
        sqlite3_stmt *q = statement(s, S_BLOCK_BEFORE);
        bind_int(q, 1, before);
        enum err e = block_row(s, q, &found);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = found.id;
        each(context, &found);
        block_release(&found);
    }
    return ERR_OK;
}
