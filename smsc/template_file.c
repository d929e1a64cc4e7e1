/* The operator's own texts: JSON, checked whole before any of it is used. */
#include "smsc/template_text.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>
#include <string.h>

static const char *const members[] = {"plain", "accented"};

struct reading {
    struct templates *templates;
    const char *json, *name; /* of the file */
    const char *text; /* the name of the one that is being read */
    enum template_id id;
    const struct template_values *settings;
    struct str *problems;
    bool failed;
};

/* "texts.json:3: ENDED.plain: " */
static void add_place(const struct reading *r, const char *member, struct str *to) {
    const char *const keys[] = {r->text, member};
    int line = r->text ? json_line_of(r->json, keys, member ? 2 : 1) : 0;
    str_add(to, r->name);
    if (line > 0)
        str_addf(to, ":%d", line);
    str_add(to, ": ");
    if (r->text)
        str_addf(to, "%s%s%s: ", r->text, member ? "." : "", member ? member : "");
}

static void fail(struct reading *r, const char *member, const char *what) {
    r->failed = true;
    if (r->problems->len > 0)
        str_add(r->problems, "\n");
    add_place(r, member, r->problems);
    str_add(r->problems, what);
}

static void known_member(void *context, const char *key, const struct json *value) {
    (void)value;
    if (strcmp(key, members[0]) != 0 && strcmp(key, members[1]) != 0)
        fail(context, key, "unknown; a text has \"plain\" and \"accented\"");
}

static void read_form(struct reading *r, bool accented, const char *text) {
    struct str prefix;
    char *form = text_nfc(text);
    str_init(&prefix, SIZE_MAX);
    add_place(r, members[accented], &prefix);
    if (template_form_check(r->id, accented, form, r->settings, prefix.data, r->problems)) {
        r->templates->form[r->id][accented] = r->templates->owned[r->id][accented] = form;
    } else {
        r->failed = true;
        free(form);
    }
    str_release(&prefix);
}

static bool id_of(const char *name, enum template_id *ret_id) {
    for (size_t id = 0; id < TEMPLATE_COUNT; id++) {
        if (strcmp(template_name((enum template_id)id), name) == 0) {
            *ret_id = (enum template_id)id;
            return true;
        }
    }
    return false;
}

/* Both forms say the same thing, so they have the same variables. */
static void compare_forms(struct reading *r) {
    char *const *form = r->templates->owned[r->id];
    for (size_t v = 0; form[0] && form[1] && v < VARIABLE_COUNT; v++) {
        bool here = template_has(form[0], (enum variable)v), there = template_has(form[1], (enum variable)v);
        struct str what;
        if (here == there)
            continue;
        str_init(&what, 256);
        str_addf(&what, "{%s} is in one form only", variable_rows[v].name);
        fail(r, NULL, what.data);
        str_release(&what);
    }
}

static void read_text(void *context, const char *key, const struct json *value) {
    struct reading *r = context;
    r->text = key;
    if (!id_of(key, &r->id)) {
        fail(r, NULL, "no text is called so; phanhoictl texts list shows them all");
        return;
    }
    if (!json_value_is_object(value)) {
        fail(r, NULL, "must be an object with \"plain\" and \"accented\"");
        return;
    }
    json_each(value, known_member, r);
    bool officers = !templates_default()->form[r->id][1];
    for (int accented = 0; accented < 2; accented++) {
        const char *text = json_text(value, members[accented]);
        if (text && *text && accented && officers)
            fail(r, members[accented], "officers get texts without accents only");
        else if (text && *text)
            read_form(r, accented, text);
        else if (!accented || !officers)
            fail(r, members[accented], "is missing, empty, or no string: a text is replaced in both forms");
        else if (json_get(value, members[accented]))
            fail(r, members[accented], "officers get texts without accents only");
    }
    compare_forms(r);
}

enum err templates_parse(const char *json, const char *name, const struct template_values *settings, struct str *problems,
                         struct templates **ret_templates) {
    struct json *document = NULL;
    if (json_parse_told(json, strlen(json), name, problems, &document) != ERR_OK)
        return ERR_INVALID;
    struct templates *t = mem_alloc(sizeof *t);
    *t = *templates_default();
    struct reading r = {.templates = t, .json = json, .name = name, .settings = settings, .problems = problems};
    if (json_value_is_object(document))
        json_each(document, read_text, &r);
    else
        fail(&r, NULL, "must be an object of texts: {\"ACK\": {\"plain\": \"...\", \"accented\": \"...\"}}");
    json_free(document);
    if (r.failed) {
        templates_free(t);
        return ERR_INVALID;
    }
    *ret_templates = t;
    return ERR_OK;
}

void templates_free(struct templates *t) {
    for (size_t id = 0; t && id < TEMPLATE_COUNT; id++)
        for (int accented = 0; accented < 2; accented++)
            free(t->owned[id][accented]);
    free(t);
}
