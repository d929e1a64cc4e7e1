/* Rows of SIMs' credit. What names a SIM names a person: only its keyed hash stands in the database. */
#include "store/balance.h"

#include "store/db.h"
#include "store/statements.h"

#include <string.h>

enum err balance_get(struct store *s, const char *link, const char *sim, struct balance_row *ret_row) {
    sqlite3_stmt *q = statement(s, S_BALANCE_GET);
    bind_text(q, 1, link);
    bind_sim(s, q, 2, sim);
    enum err e = statement_row(s, q);
    struct balance_row row = {.asked_at = 0};
    if (e == ERR_OK) {
        row.asked_at = column_int(q, 0);
        row.read_at = column_int(q, 1);
        row.amount = column_int(q, 2);
        row.expires = (int32_t)column_int(q, 3);
        statement_done(q);
    }
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    *ret_row = row;
    return ERR_OK;
}

enum err balance_put(struct store *s, const char *link, const char *sim, const struct balance_row *row) {
    sqlite3_stmt *q = statement(s, S_BALANCE_PUT);
    bind_text(q, 1, link);
    bind_sim(s, q, 2, sim);
    bind_int(q, 3, row->asked_at);
    bind_int(q, 4, row->read_at);
    bind_int(q, 5, row->amount);
    bind_int(q, 6, row->expires);
    return statement_run(s, q);
}
