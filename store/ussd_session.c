/* Rows of the menus: see ussd_session.h. */
#include "store/ussd_session.h"

#include "store/statements.h"

#include <stdlib.h>

static const char context[] = "ussd_session";

void ussd_session_release(struct ussd_session *u) {
    free(u->state);
    *u = (struct ussd_session){0};
}

enum err ussd_session_get(struct store *s, int64_t subscriber_id, struct ussd_session *ret_session) {
    sqlite3_stmt *q = statement(s, S_USSD_SESSION_GET);
    bind_int(q, 1, subscriber_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct ussd_session found = {.subscriber_id = column_int(q, 0), .answered_at = column_int(q, 1), .expires_at = column_int(q, 2)};
    e = column_unsealed(s, q, 3, context, &found.state, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_session = found;
    return e;
}

enum err ussd_session_put(struct store *s, const struct ussd_session *u) {
    sqlite3_stmt *q = statement(s, S_USSD_SESSION_PUT);
    bind_int(q, 1, u->subscriber_id);
    bind_int(q, 2, u->answered_at);
    bind_int(q, 3, u->expires_at);
    enum err e = bind_sealed(s, q, 4, context, bytes_text(u->state));
    return e == ERR_OK ? statement_run(s, q) : e;
}

enum err ussd_session_remove(struct store *s, int64_t subscriber_id) {
    sqlite3_stmt *q = statement(s, S_USSD_SESSION_REMOVE);
    bind_int(q, 1, subscriber_id);
    return statement_run(s, q);
}

enum err ussd_session_next_end(struct store *s, int64_t *ret_subscriber, int64_t *ret_expires_at) {
    sqlite3_stmt *q = statement(s, S_USSD_SESSION_NEXT_END);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_subscriber = column_int(q, 0);
    *ret_expires_at = column_int(q, 1);
    statement_done(q);
    return ERR_OK;
}
