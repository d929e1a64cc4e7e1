/* What a central store calls a case that was sent there, where it gives names of its own (GeoReport's service_request_id). */
#ifndef STORE_CASE_REFERENCE_H
#define STORE_CASE_REFERENCE_H

#include "store/store.h"

enum { CASE_REFERENCE_MAX = 120 /* octets */ };

struct case_reference {
    int64_t case_id;
    char name[CASE_REFERENCE_MAX + 1];
    bool receipt; /* the store has taken the case and given a receipt (GeoReport's token); its name comes later */
};
MUST_CHECK enum err case_reference_get(struct store *s, int64_t case_id, struct case_reference *ret_reference); /* ERR_NOT_FOUND */
MUST_CHECK enum err case_reference_find(struct store *s, const char *name, int64_t *ret_case_id); /* by a name, no receipt; ERR_NOT_FOUND */
/* A name takes a receipt's place; a name that stands stays. ERR_CONFLICT: it's another case's name. */
MUST_CHECK enum err case_reference_put(struct store *s, const struct case_reference *r, int64_t now);

#endif
