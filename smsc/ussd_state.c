/* Written by us and sealed, so what doesn't read back is damage: ERR_INVALID, never a guess. A screen that a newer program doesn't have is one, too.
 */
#include "smsc/ussd_state.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key;
    size_t place;
} texts[] = {
    {"field", offsetof(struct ussd_state, field)}, {"place", offsetof(struct ussd_state, place)}, {"text", offsetof(struct ussd_state, text)},
    {"name", offsetof(struct ussd_state, name)},   {"said", offsetof(struct ussd_state, said)},   {"last", offsetof(struct ussd_state, last)},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static char **text_at(struct ussd_state *s, size_t i) {
    return (char **)(void *)((char *)s + texts[i].place);
}

void ussd_state_set(char **place, const char *text) {
    char *copy = text ? mem_string(text) : NULL;
    free(*place);
    *place = copy;
}

void ussd_state_release(struct ussd_state *s) {
    for (size_t i = 0; i < TEXTS; i++)
        free(*text_at(s, i));
    *s = (struct ussd_state){0};
}

void ussd_state_forget(struct ussd_state *s) {
    struct ussd_state empty = {0};
    memcpy(empty.operator_name, s->operator_name, sizeof empty.operator_name);
    memcpy(empty.session, s->session, sizeof empty.session);
    ussd_state_release(s);
    *s = empty;
}

void ussd_state_write(const struct ussd_state *s, struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_text(&w, "operator", s->operator_name);
    json_put_text(&w, "session", s->session);
    json_put_text(&w, "screen", ussd_rows[s->screen].name);
    json_put_text(&w, "behind", ussd_rows[s->behind].name);
    json_put_bool(&w, "accented", s->accented);
    json_put_int(&w, "errand", s->errand);
    json_put_int(&w, "code", s->code);
    json_put_int(&w, "due", s->due_day);
    json_put_int(&w, "sequence", s->sequence);
    for (size_t i = 0; i < TEXTS; i++) {
        const char *text = *text_at((struct ussd_state *)(uintptr_t)s, i);
        if (text)
            json_put_text(&w, texts[i].key, text);
    }
    json_open_array(&w, "codes");
    for (int i = 0; i < s->count; i++)
        json_put_int(&w, NULL, s->codes[i]);
    json_close_array(&w);
    json_close_object(&w);
}

static bool read_number(const struct json *o, const char *key, int64_t most, int64_t *ret_number) {
    return json_int(o, key, ret_number) && *ret_number >= 0 && *ret_number <= most;
}

static bool read_codes(const struct json *o, struct ussd_state *s) {
    const struct json *codes = json_get(o, "codes");
    size_t count = json_count(codes);
    if (count > USSD_LISTED)
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t code = 0;
        if (!json_int_value(json_at(codes, i), &code) || code < 0 || code > INT32_MAX)
            return false;
        s->codes[s->count++] = (int32_t)code;
    }
    return true;
}

static bool read_members(const struct json *o, struct ussd_state *s) {
    const char *operator_name = json_text(o, "operator"), *session = json_text(o, "session");
    int64_t errand = 0, code = 0, due = 0, sequence = 0;
    s->screen = ussd_screen_named(json_text(o, "screen"));
    s->behind = ussd_screen_named(json_text(o, "behind"));
    if (s->screen == USSD_SCREEN_COUNT || s->behind == USSD_SCREEN_COUNT || !operator_name || !session ||
        str_copy(s->operator_name, sizeof s->operator_name, operator_name) != ERR_OK || str_copy(s->session, sizeof s->session, session) != ERR_OK ||
        !json_bool(o, "accented", &s->accented) || !read_number(o, "errand", USSD_TO_CHANGE, &errand) || !read_number(o, "code", INT32_MAX, &code) ||
        !read_number(o, "due", INT32_MAX, &due) || !read_number(o, "sequence", UINT16_MAX, &sequence))
        return false;
    s->errand = (enum ussd_errand)errand;
    s->code = (int32_t)code;
    s->due_day = (int32_t)due;
    s->sequence = (int)sequence;
    for (size_t i = 0; i < TEXTS; i++)
        ussd_state_set(text_at(s, i), json_text(o, texts[i].key));
    return read_codes(o, s);
}

enum err ussd_state_read(const char *text, struct ussd_state *ret_state) {
    struct ussd_state s = {0};
    struct json *document = NULL;
    if (json_parse(text, strlen(text), &document) != ERR_OK)
        return ERR_INVALID;
    bool good = read_members(document, &s);
    json_free(document);
    if (!good) {
        ussd_state_release(&s);
        return ERR_INVALID;
    }
    *ret_state = s;
    return ERR_OK;
}
