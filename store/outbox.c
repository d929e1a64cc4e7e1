/* The outbox: what the central case store has to be told. */
#include "store/outbox.h"

#include "store/statements.h"

enum err outbox_add(struct store *s, int64_t case_id, const char *type, const char *subject, int64_t at, const char *data, int64_t *ret_sequence) {
    sqlite3_stmt *q = statement(s, S_OUTBOX_INSERT);
    bind_id(q, 1, case_id);
    bind_text(q, 2, type);
    bind_text(q, 3, subject);
    bind_int(q, 4, at);
    enum err e = bind_sealed(s, q, 5, "outbox", bytes_text(data));
    return e == ERR_OK ? statement_insert(s, q, ret_sequence) : e;
}
