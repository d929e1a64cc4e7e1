/* The other information of a case. */
#include "store/particulars.h"

#include "store/statements.h"

#include <stdlib.h>

void behalf_release(struct behalf *b) {
    free(b->data);
    *b = (struct behalf){0};
}

enum err behalf_put(struct store *s, const struct behalf *b) {
    sqlite3_stmt *q = statement(s, S_BEHALF_PUT);
    bind_int(q, 1, b->case_id);
    bind_id(q, 2, b->subscriber_id);
    enum err e = bind_sealed(s, q, 3, "behalf", bytes_text(b->data));
    return e == ERR_OK ? statement_run(s, q) : e;
}

enum err behalf_unbind(struct store *s, int64_t case_id) {
    sqlite3_stmt *q = statement(s, S_BEHALF_UNBIND);
    bind_int(q, 1, case_id);
    return statement_run(s, q);
}

enum err behalf_get(struct store *s, int64_t case_id, struct behalf *ret_behalf) {
    sqlite3_stmt *q = statement(s, S_BEHALF_GET);
    bind_int(q, 1, case_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct behalf found = {.case_id = case_id, .subscriber_id = column_int(q, 0)};
    e = column_unsealed(s, q, 1, "behalf", &found.data, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_behalf = found;
    return e;
}

void tax_code_release(struct tax_code *t) {
    free(t->code);
    *t = (struct tax_code){0};
}

enum err tax_code_put(struct store *s, const struct tax_code *t) {
    sqlite3_stmt *q = statement(s, S_TAX_CODE_PUT);
    bind_int(q, 1, t->case_id);
    bind_int(q, 2, t->verified);
    enum err e = bind_sealed(s, q, 3, "tax_code", bytes_text(t->code));
    return e == ERR_OK ? statement_run(s, q) : e;
}

enum err tax_code_get(struct store *s, int64_t case_id, struct tax_code *ret_tax_code) {
    sqlite3_stmt *q = statement(s, S_TAX_CODE_GET);
    bind_int(q, 1, case_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct tax_code found = {.case_id = case_id, .verified = column_int(q, 0) != 0};
    e = column_unsealed(s, q, 1, "tax_code", &found.code, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_tax_code = found;
    return e;
}
