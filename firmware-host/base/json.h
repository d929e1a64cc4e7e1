/* JSON (RFC 8259), one object a line, over jansson. Reading copies nothing: strings live as long as their document.
 * Limits: nesting and size are the caller's line limit; duplicate keys are refused.
 * No name here is one of jansson's own: the dynamic linker would bind the library's inner calls to ours. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json; /* a parsed document or a value in it */

/* For a program that is about to lock itself out of files (a sandbox), and whose lines hold secrets: draws the seed of the hash tables now, from the
 * operating system (without it the first object read opens /dev/urandom), and zeroes what was read when its document is freed. */
void json_start(void);

MUST_CHECK enum err json_parse(const char *data, size_t len, struct json **ret_document); /* any JSON value; ERR_INVALID */
/* The same of a file that a person wrote: `problem` gets "name:line:column: cause". */
MUST_CHECK enum err json_parse_told(const char *data, size_t len, const char *name, struct str *problem, struct json **ret_document);
/* The line (1, 2, …) on which the member stands that the keys lead to, from the outermost object inwards; that of the last key that is there; 0: none
 * is. `json` is the text of a document that was read. Keys that were written with escapes aren't found. */
int json_line_of(const char *json, const char *const *keys, size_t count);
void json_free(struct json *document); /* only what json_parse gave */

const struct json *json_get(const struct json *object, const char *key); /* NULL: absent, null, or no object */
const char *json_text(const struct json *object, const char *key); /* NULL: absent or no string */
bool json_int(const struct json *object, const char *key, int64_t *ret_value);
bool json_bool(const struct json *object, const char *key, bool *ret_value);
size_t json_count(const struct json *array); /* 0 when it's no array */
const struct json *json_at(const struct json *array, size_t index);
const char *json_text_value(const struct json *value); /* NULL when it's no string */
bool json_int_value(const struct json *value, int64_t *ret_value);
bool json_value_is_object(const struct json *value);
bool json_value_is_array(const struct json *value);
bool json_equal_values(const struct json *a, const struct json *b); /* the order of members doesn't count */
/* For walking an object: calls `each` for every member in order. */
void json_each(const struct json *object, void (*each)(void *context, const char *key, const struct json *value), void *context);
void json_dump(const struct json *value, bool indent, struct str *to); /* appends */

/* Writing straight into a str. Commas are put by the writer; nesting at most 16 deep. key is NULL inside arrays. */
struct json_writer {
    struct str *to;
    unsigned depth;
    bool first[16];
};
void json_begin(struct json_writer *w, struct str *to);
void json_open_object(struct json_writer *w, const char *key);
void json_open_array(struct json_writer *w, const char *key);
void json_close_object(struct json_writer *w);
void json_close_array(struct json_writer *w);
void json_put_text(struct json_writer *w, const char *key, const char *text); /* NULL writes null; invalid UTF-8 is made valid */
void json_put_text_n(struct json_writer *w, const char *key, const char *text, size_t len);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_hex(struct json_writer *w, const char *key, const void *data, size_t len);
void json_put_raw(struct json_writer *w, const char *key, const char *json); /* already JSON */
void json_put_time(struct json_writer *w, const char *key, int64_t wall_ms); /* as clock_iso */
void json_put_moment(struct json_writer *w, const char *key, int64_t wall_ms); /* the same; 0, or less, is never: null */
void json_put_day(struct json_writer *w, const char *key, int32_t day_number); /* "2026-11-24"; 0 writes null */

#endif
