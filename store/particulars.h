/* What a citizen gives beside the content of a case, "other information" (Decision 115/2025 art. 7.2 and 7.5): the person on whose behalf it was
 * sent, and a tax code. Sealed, like all that tells of people. */
#ifndef STORE_PARTICULARS_H
#define STORE_PARTICULARS_H

#include "store/store.h"

struct behalf {
    int64_t case_id;
    int64_t subscriber_id; /* the represented person's phone; 0: none was given */
    char *data; /* JSON: name, address, phone, reason, as they were typed */
};
void behalf_release(struct behalf *b);
MUST_CHECK enum err behalf_put(struct store *s, const struct behalf *b); /* replaces */
MUST_CHECK enum err behalf_unbind(struct store *s, int64_t case_id); /* from the represented person's phone; nothing where there is none */
MUST_CHECK enum err behalf_get(struct store *s, int64_t case_id, struct behalf *ret_behalf); /* ERR_NOT_FOUND */

struct tax_code {
    int64_t case_id;
    bool verified; /* its check digit fits */
    char *code; /* digits */
};
void tax_code_release(struct tax_code *t);
MUST_CHECK enum err tax_code_put(struct store *s, const struct tax_code *t); /* replaces */
MUST_CHECK enum err tax_code_get(struct store *s, int64_t case_id, struct tax_code *ret_tax_code); /* ERR_NOT_FOUND */

#endif
