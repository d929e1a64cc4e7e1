/* The rows of central documents: see central_document.h. */
#include "store/central_document.h"

#include "store/statements.h"

#include <stdlib.h>
#include <string.h>

const char *central_document_name(enum central_document which) {
#define X(symbol, name, number) [symbol] = (name),
    static const char *const names[] = {CENTRAL_DOCUMENT_TABLE(X)};
#undef X
    return names[which];
}

bool central_etag_valid(const char *etag) {
    size_t len = etag ? strnlen(etag, CENTRAL_ETAG_MAX + 1) : 0;
    const char *from = etag && strncmp(etag, "W/", 2) == 0 ? etag + 2 : etag;
    if (len < 2 || len > CENTRAL_ETAG_MAX || *from != '"' || etag[len - 1] != '"' || from == etag + len - 1)
        return false;
    for (const char *at = from + 1; at < etag + len - 1; at++)
        if (*at < '!' || *at > '~' || *at == '"')
            return false;
    return true;
}

enum err central_document_get(struct store *s, enum central_document which, char ret_etag[CENTRAL_ETAG_MAX + 1], char **ret_text) {
    sqlite3_stmt *q = statement(s, S_CENTRAL_DOCUMENT_GET);
    char *text = NULL;
    bind_int(q, 1, which);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    e = column_unsealed(s, q, 1, "central_document", &text, NULL);
    if (e == ERR_OK)
        e = column_copy(q, 0, ret_etag, CENTRAL_ETAG_MAX + 1);
    statement_done(q);
    if (e == ERR_OK)
        *ret_text = text;
    else
        free(text);
    return e;
}

enum err central_document_put(struct store *s, enum central_document which, const char *etag, const char *text, int64_t now) {
    sqlite3_stmt *q = statement(s, S_CENTRAL_DOCUMENT_PUT);
    bind_int(q, 1, which);
    bind_text(q, 2, etag);
    bind_int(q, 3, now);
    enum err e = bind_sealed(s, q, 4, "central_document", bytes_text(text));
    return e == ERR_OK ? statement_run(s, q) : e;
}
