/* Rows of names of cases elsewhere: see case_reference.h. */
#include "store/case_reference.h"

#include "store/statements.h"

enum err case_reference_get(struct store *s, int64_t case_id, struct case_reference *ret_reference) {
    sqlite3_stmt *q = statement(s, S_CASE_REFERENCE_GET);
    bind_int(q, 1, case_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct case_reference r = {.case_id = case_id, .receipt = column_int(q, 1) != 0};
    e = column_copy(q, 0, r.name, sizeof r.name);
    statement_done(q);
    if (e == ERR_OK)
        *ret_reference = r;
    return e;
}

enum err case_reference_find(struct store *s, const char *name, int64_t *ret_case_id) {
    sqlite3_stmt *q = statement(s, S_CASE_REFERENCE_FIND);
    bind_text(q, 1, name);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_case_id = column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

enum err case_reference_put(struct store *s, const struct case_reference *r, int64_t now) {
    int64_t holder = 0;
    enum err e = r->receipt ? ERR_NOT_FOUND : case_reference_find(s, r->name, &holder);
    if (e == ERR_OK)
        return holder == r->case_id ? ERR_OK : ERR_CONFLICT;
    if (e != ERR_NOT_FOUND)
        return e;
    sqlite3_stmt *q = statement(s, S_CASE_REFERENCE_PUT);
    bind_int(q, 1, r->case_id);
    bind_text(q, 2, r->name);
    bind_int(q, 3, r->receipt);
    bind_int(q, 4, now);
    return statement_run(s, q);
}
