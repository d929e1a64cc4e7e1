/* Texts are data: templates.h. Here they are put together.
 *
 * Whatever a value holds, the unaccented text is GSM 7-bit without the characters that gateways mangle, because every value is made clean on its way
 * in; and it is one segment, because fixed values that are too long together are shortened. */
#include "smsc/templates.h"

#include "firmware-host/base/clean.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/sms.h"
#include "smsc/template_text.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_SEARCH = 20 };

#define X(symbol, name, plain, accented) [symbol] = {plain, accented},
static const struct templates built_in = {.form = {TEMPLATE_TABLE(X)}};
#undef X

#define X(symbol, name, plain, accented) [symbol] = name,
static const char *const names[] = {TEMPLATE_TABLE(X)};
#undef X

#define NEEDED true
#define SPARE false
const struct variable_row variable_rows[VARIABLE_COUNT] = {
#define X(symbol, name, kind, longest, needed) [symbol] = {name, VARIABLE_##kind, longest, needed},
    VARIABLE_TABLE(X)
#undef X
};

const struct templates *templates_default(void) {
    return &built_in;
}

const char *template_name(enum template_id id) {
    return names[id];
}

const char *template_form(const struct templates *t, enum template_id id, bool accented) {
    return accented && t->form[id][1] ? t->form[id][1] : t->form[id][0];
}

static enum variable variable_named(const char *name, size_t len) {
    for (size_t v = 0; v < VARIABLE_COUNT; v++)
        if (strlen(variable_rows[v].name) == len && memcmp(name, variable_rows[v].name, len) == 0)
            return (enum variable)v;
    return VARIABLE_COUNT;
}

struct template_piece template_piece(const char **at) {
    struct template_piece p = {.literal = *at, .variable = VARIABLE_COUNT};
    const char *brace = strchr(*at, '{');
    p.len = brace ? (size_t)(brace - *at) : strlen(*at);
    *at = NULL;
    if (!brace)
        return p;
    p.name = brace + 1;
    p.name_len = strcspn(p.name, "{}");
    p.closed = p.name[p.name_len] == '}';
    p.variable = p.closed ? variable_named(p.name, p.name_len) : VARIABLE_COUNT;
    *at = p.name + p.name_len + p.closed;
    return p;
}

bool template_has(const char *form, enum variable v) {
    for (const char *at = form; at;)
        if (template_piece(&at).variable == v)
            return true;
    return false;
}

bool template_has_kind(const char *form, enum variable_kind kind) {
    for (const char *at = form; at;) {
        struct template_piece p = template_piece(&at);
        if (p.variable != VARIABLE_COUNT && variable_rows[p.variable].kind == kind)
            return true;
    }
    return false;
}

static void add_value(enum variable v, const char *value, bool accented, bool shorten, struct str *to) {
    size_t start = to->len;
    clean_text(value, (struct clean_form){.accented = accented, .lines = v == VARIABLE_ANSWER}, to);
    if (shorten && variable_rows[v].kind == VARIABLE_FIXED && to->len > start)
        str_truncate(to, start + sms_fit(to->data + start, SMS_GSM7, variable_rows[v].longest, WORD_SEARCH));
}

static void render(const char *form, bool accented, bool shorten, const struct template_values *values, struct str *to) {
    for (const char *at = form; at;) {
        struct template_piece p = template_piece(&at);
        str_add_n(to, p.literal, p.len);
        if (!p.name)
            return;
        if (p.variable == VARIABLE_COUNT || !values->of[p.variable])
            abort();
        add_value(p.variable, values->of[p.variable], accented, shorten, to);
        if (*at == '.' && to->len > 0 && strchr(".?!", to->data[to->len - 1]))
            at++;
    }
}

void template_render(const struct templates *t, enum template_id id, bool accented, const struct template_values *values, struct str *to) {
    const char *form = template_form(t, id, accented);
    size_t start = to->len;
    accented = accented && t->form[id][1];
    render(form, accented, false, values, to);
    if (accented || !str_ok(to) || gsm7_length(to->data + start) <= SMS_GSM7_SINGLE || template_has_kind(form, VARIABLE_FREE))
        return;
    str_truncate(to, start);
    render(form, accented, true, values, to);
}
