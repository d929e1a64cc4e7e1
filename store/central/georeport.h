/* Texts of Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2): what a store answers, as JSON or XML, and forms and moments as it wants them.
 *
 * An answer is a list of records (`service_requests`, `service_request_updates`, `services`, `errors`), a record a set of named texts. What stands
 * deeper (attributes of an extension) counts by its own name where the record has none of that name. */
#ifndef CENTRAL_GEOREPORT_H
#define CENTRAL_GEOREPORT_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stddef.h>
#include <stdint.h>

enum { GEOREPORT_DEPTH_MAX = 8, GEOREPORT_TEXT_MAX = 64 * 1024 };

struct georeport_field {
    char *name, *text;
    int depth; /* 1: of the record itself */
};
struct georeport_record {
    struct georeport_field *fields;
    size_t count;
};
struct georeport {
    struct georeport_record *records;
    size_t count;
};

/* ERR_INVALID: neither; too deep; a text too long; XML with a document type. To be released where it's ERR_OK. */
MUST_CHECK enum err georeport_read(struct bytes body, struct georeport *ret_answer);
MUST_CHECK enum err georeport_read_xml(struct bytes body, struct georeport *ret_answer);
void georeport_release(struct georeport *g);

const char *georeport_text(const struct georeport *g, size_t record, const char *name); /* NULL: it has none */

/* For readers of either form. */
struct georeport_record *georeport_add_record(struct georeport *g);
void georeport_add_field(struct georeport_record *r, const char *name, const char *text, int depth);

/* "&name=value" with what must be escaped, without the & at the beginning; value NULL: nothing. */
void georeport_add_form(struct str *form, const char *name, const char *value);

#define GEOREPORT_MOMENT_SIZE 24
void georeport_moment(int64_t wall_ms, char out[GEOREPORT_MOMENT_SIZE]); /* 2026-11-21T02:05:00Z: without fractions, which some don't take */

#endif
