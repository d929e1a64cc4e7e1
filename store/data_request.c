/* Requests of data subjects. Open ones are few: they're found through the partial index over them. */
#include "store/data_request.h"

#include "store/statements.h"

enum err data_request_insert(struct store *s, const struct data_request *r, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_INSERT);
    bind_int(q, 1, r->subscriber_id);
    bind_int(q, 2, r->kind);
    bind_int(q, 3, r->at);
    bind_int(q, 4, r->due_day);
    bind_int(q, 5, r->act_day);
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
        .act_day = (int32_t)column_int(q, 6),
        .answered_at = column_int(q, 7),
        .extended_at = column_int(q, 8),
        .outcome = (enum data_request_outcome)column_int(q, 9),
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

enum err data_request_get(struct store *s, int64_t id, struct data_request *ret_request) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_GET);
    bind_int(q, 1, id);
    return request_row(s, q, ret_request);
}

enum err data_request_update(struct store *s, const struct data_request *r, const char *reason) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_UPDATE);
    bind_int(q, 1, r->id);
    bind_int(q, 2, r->answered_at);
    bind_int(q, 3, r->act_day);
    bind_int(q, 4, r->extended_at);
    bind_int(q, 5, r->done_at);
    bind_int(q, 6, r->outcome);
    enum err e = bind_sealed(s, q, 7, "data_request", bytes_or_null(reason));
    return e == ERR_OK ? statement_run_one(s, q) : e;
}

bool data_request_late(const struct data_request *r, int32_t today) {
    return r->done_at == 0 && ((r->answered_at == 0 && r->due_day < today) || r->act_day < today);
}

enum err data_request_count_late(struct store *s, int32_t today, int64_t *ret_count) {
    sqlite3_stmt *q = statement(s, S_DATA_REQUEST_LATE);
    bind_int(q, 1, today);
    return statement_value(s, q, ret_count);
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
