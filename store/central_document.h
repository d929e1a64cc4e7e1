/* Files that the central store keeps in one place for all appliances of a province, as the database has them: the one in force of each. It stands in
 * for the file that the configuration names, also after a restart without the central store. */
#ifndef STORE_CENTRAL_DOCUMENT_H
#define STORE_CENTRAL_DOCUMENT_H

#include "store/store.h"

/* symbol, name in the contract; the number stands in the database */
#define CENTRAL_DOCUMENT_TABLE(X) \
    X(CENTRAL_DIRECTORY, "directory", 1) \
    X(CENTRAL_CALENDAR, "calendar", 2) \
    X(CENTRAL_TEMPLATES, "templates", 3)
#define X(symbol, name, number) symbol = number,
enum central_document { CENTRAL_DOCUMENT_TABLE(X) };
#undef X
enum {
    CENTRAL_DOCUMENTS = 3,
    CENTRAL_ALL_DOCUMENTS = 1 << CENTRAL_DIRECTORY | 1 << CENTRAL_CALENDAR | 1 << CENTRAL_TEMPLATES,
    CENTRAL_ETAG_MAX = 256
};
const char *central_document_name(enum central_document which);
bool central_etag_valid(const char *etag); /* a quoted string of printable ASCII; NULL isn't */

/* ERR_NOT_FOUND: there is none. ERR_SEALED. The caller frees the text. */
MUST_CHECK enum err central_document_get(struct store *s, enum central_document which, char ret_etag[CENTRAL_ETAG_MAX + 1], char **ret_text);
MUST_CHECK enum err central_document_put(struct store *s, enum central_document which, const char *etag, const char *text, int64_t now);

#endif
