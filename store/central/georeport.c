/* GeoReport answers in JSON, forms: see georeport.h. */
#include "store/central/georeport.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/central/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

/* Room doubles at powers of two. */
static bool full(size_t count) {
    return (count & (count - 1)) == 0;
}

struct georeport_record *georeport_add_record(struct georeport *g) {
    if (full(g->count))
        g->records = mem_resize(g->records, g->count ? 2 * g->count : 1, sizeof *g->records);
    struct georeport_record *r = &g->records[g->count++];
    *r = (struct georeport_record){.count = 0};
    return r;
}

void georeport_add_field(struct georeport_record *r, const char *name, const char *text, int depth) {
    if (full(r->count))
        r->fields = mem_resize(r->fields, r->count ? 2 * r->count : 1, sizeof *r->fields);
    r->fields[r->count++] = (struct georeport_field){.name = mem_string(name), .text = mem_string(text), .depth = depth};
}

void georeport_release(struct georeport *g) {
    for (size_t i = 0; i < g->count; i++) {
        for (size_t f = 0; f < g->records[i].count; f++) {
            free(g->records[i].fields[f].name);
            free(g->records[i].fields[f].text);
        }
        free(g->records[i].fields);
    }
    free(g->records);
    *g = (struct georeport){.count = 0};
}

const char *georeport_text(const struct georeport *g, size_t record, const char *name) {
    const struct georeport_field *found = NULL;
    if (record >= g->count)
        return NULL;
    const struct georeport_record *r = &g->records[record];
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->fields[i].name, name) == 0 && (!found || r->fields[i].depth < found->depth))
            found = &r->fields[i];
    return found ? found->text : NULL;
}

/* ---- JSON ---- */

struct walk {
    struct georeport_record *record;
    int depth;
    bool wrong;
};

static void take_member(void *context, const char *name, const struct json *value) {
    struct walk *w = context;
    const char *text = json_text_value(value);
    int64_t number;
    char digits[24];
    if (json_value_is_object(value)) {
        if (w->depth == GEOREPORT_DEPTH_MAX) {
            w->wrong = true;
            return;
        }
        w->depth++;
        json_each(value, take_member, w);
        w->depth--;
    } else if (text && strlen(text) > GEOREPORT_TEXT_MAX) {
        w->wrong = true;
    } else if (text) {
        georeport_add_field(w->record, name, text, w->depth);
    } else if (json_int_value(value, &number)) {
        snprintf(digits, sizeof digits, "%lld", (long long)number);
        georeport_add_field(w->record, name, digits, w->depth);
    }
}

static void take_array(void *context, const char *name, const struct json *value) {
    const struct json **list = context;
    (void)name;
    if (!*list && json_value_is_array(value))
        *list = value;
}

/* A list, or an object around one: some wrap it. */
static const struct json *list_in(const struct json *document) {
    const struct json *list = json_value_is_array(document) ? document : NULL;
    if (json_value_is_object(document))
        json_each(document, take_array, &list);
    return list;
}

static enum err read_json(struct bytes body, struct georeport *ret_answer) {
    struct json *document = NULL;
    struct georeport g = {.count = 0};
    if (json_parse((const char *)body.data, body.len, &document) != ERR_OK)
        return ERR_INVALID;
    const struct json *list = list_in(document);
    bool wrong = !list;
    for (size_t i = 0; i < json_count(list) && !wrong; i++) {
        struct walk w = {.record = georeport_add_record(&g), .depth = 1};
        wrong = !json_value_is_object(json_at(list, i));
        if (!wrong)
            json_each(json_at(list, i), take_member, &w);
        wrong = wrong || w.wrong;
    }
    json_free(document);
    if (wrong)
        georeport_release(&g);
    else
        *ret_answer = g;
    return wrong ? ERR_INVALID : ERR_OK;
}

enum err georeport_read(struct bytes body, struct georeport *ret_answer) {
    const char *text = (const char *)body.data;
    size_t at = 0;
    while (at < body.len && strchr(" \t\r\n\xEF\xBB\xBF", text[at]) && text[at])
        at++;
    return at < body.len && text[at] == '<' ? georeport_read_xml(bytes_of(text + at, body.len - at), ret_answer) : read_json(body, ret_answer);
}

/* ---- forms ---- */

void georeport_add_form(struct str *form, const char *name, const char *value) {
    if (!value)
        return;
    if (form->len)
        str_add_char(form, '&');
    profile_add_escaped(form, name);
    str_add_char(form, '=');
    profile_add_escaped(form, value);
}

void georeport_moment(int64_t wall_ms, char out[GEOREPORT_MOMENT_SIZE]) {
    char whole[CLOCK_TEXT_SIZE];
    clock_iso(wall_ms, whole);
    whole[19] = 0;
    snprintf(out, GEOREPORT_MOMENT_SIZE, "%.19sZ", whole);
}
