/* Reading JSON. A struct json is a jansson value under another name; no other file sees jansson. */
#include "firmware-host/base/json.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

static const json_t *value_of(const struct json *json) {
    return (const json_t *)json;
}

static const struct json *json_of(const json_t *value) {
    return (const struct json *)value;
}

static void wipe_free(void *memory) {
    if (memory)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

void json_start(void) {
    json_set_alloc_funcs(malloc, wipe_free);
    json_object_seed(0);
}

enum err json_parse(const char *data, size_t len, struct json **ret_document) {
    json_error_t error;
    json_t *document = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!document)
        return ERR_INVALID;
    *ret_document = (struct json *)document;
    return ERR_OK;
}

enum err json_parse_told(const char *data, size_t len, const char *name, struct str *problem, struct json **ret_document) {
    json_error_t error;
    json_t *document = json_loadb(data, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!document) {
        str_addf(problem, "%s:%d:%d: %s", name, error.line, error.column, error.text);
        return ERR_INVALID;
    }
    *ret_document = (struct json *)document;
    return ERR_OK;
}

void json_free(struct json *document) {
    json_decref((json_t *)document);
}

const struct json *json_get(const struct json *object, const char *key) {
    const json_t *value = json_object_get(value_of(object), key);
    return json_is_null(value) ? NULL : json_of(value);
}

const char *json_text(const struct json *object, const char *key) {
    return json_text_value(json_get(object, key));
}

bool json_int(const struct json *object, const char *key, int64_t *ret_value) {
    return json_int_value(json_get(object, key), ret_value);
}

bool json_bool(const struct json *object, const char *key, bool *ret_value) {
    const json_t *value = value_of(json_get(object, key));
    if (!json_is_boolean(value))
        return false;
    *ret_value = json_is_true(value);
    return true;
}

size_t json_count(const struct json *array) {
    return json_array_size(value_of(array));
}

const struct json *json_at(const struct json *array, size_t index) {
    return json_of(json_array_get(value_of(array), index));
}

const char *json_text_value(const struct json *value) {
    return json_string_value(value_of(value));
}

bool json_int_value(const struct json *value, int64_t *ret_value) {
    if (!json_is_integer(value_of(value)))
        return false;
    *ret_value = json_integer_value(value_of(value));
    return true;
}

bool json_equal_values(const struct json *a, const struct json *b) {
    return a && b && json_equal(value_of(a), value_of(b));
}

bool json_value_is_object(const struct json *value) {
    return json_is_object(value_of(value));
}

bool json_value_is_array(const struct json *value) {
    return json_is_array(value_of(value));
}

void json_each(const struct json *object, void (*each)(void *context, const char *key, const struct json *value), void *context) {
    json_t *members = (json_t *)object;
    for (void *at = json_object_iter(members); at; at = json_object_iter_next(members, at))
        each(context, json_object_iter_key(at), json_of(json_object_iter_value(at)));
}

static int add_dumped(const char *data, size_t len, void *to) {
    str_add_n(to, data, len);
    return 0;
}

void json_dump(const struct json *value, bool indent, struct str *to) {
    json_dump_callback(value_of(value), add_dumped, to, JSON_ENCODE_ANY | (indent ? JSON_INDENT(2) : JSON_COMPACT));
}
