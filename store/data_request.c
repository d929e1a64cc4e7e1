/* Requests of data subjects. Open ones are few: they're found through the partial index over them. */
#include "store/data_request.h"

#include "store/statements.h"

enum err data_request_insert(struct store *s, const struct data_request *r, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_INSERT);
    bind_int(q, 1, r->subscriber_id);
    bind_int(q, 2, r->kind);
    bind_int(q, 3, r->at);
    bind_int(q, 4, r->due_day);
    return statement_insert(s, q, ret_id);
}

static enum err request_row(struct store *s, sqlite3_stmt *q, struct data_request *ret_request) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_request = (struct data_request){
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 1),
        .kind = (enum data_request_kind)column_int(q, 2),
        .at = column_int(q, 3),
        .due_day = (int32_t)column_int(q, 4),
        .done_at = column_int(q, 5),
    };
    statement_done(q);
    return ERR_OK;
}

enum err data_request_open(struct store *s, int64_t subscriber_id, enum data_request_kind kind, struct data_request *ret_request) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_OPEN_OF);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, kind);
    return request_row(s, q, ret_request);
}

enum err data_request_done(struct store *s, int64_t id, int64_t at) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_DONE);
    bind_int(q, 1, id);
    bind_int(q, 2, at);
    return statement_run_one(s, q);
}

enum err data_request_list(struct store *s, data_request_each *each, void *context) {
    struct data_request last = {.due_day = INT32_MIN};
    for (;;) {
        sqlite3_stmt *q = statement(s, S_DATA_REQUEST_NEXT);
        bind_int(q, 1, last.due_day);
        bind_int(q, 2, last.id);
        enum err e = request_row(s, q, &last);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        each(context, &last);
    }
}
