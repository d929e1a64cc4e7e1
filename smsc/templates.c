/* Texts are data: templates.h. Here they are put together and measured. */
#include "smsc/templates.h"

#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/sms.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_LEAST = 38 }; /* a list needs one line, a quotation a few words */

struct template {
    const char *name, *form[2]; /* without, with accents */
};

enum kind { SETTING, FIXED, REST, FREE };

#define X(symbol, name, plain, accented) [symbol] = {name, {plain, accented}},
static const struct template templates[] = {TEMPLATE_TABLE(X)};
#undef X

static const struct {
    const char *name;
    enum kind kind;
    size_t longest;
} variables[] = {
#define X(symbol, name, kind, longest) [symbol] = {name, kind, longest},
    VARIABLE_TABLE(X)
#undef X
};

const char *template_name(enum template_id id) {
    return templates[id].name;
}

const char *template_form(enum template_id id, bool accented) {
    const char *form = templates[id].form[accented];
    return form ? form : templates[id].form[false];
}

/* The variable whose `{name}` stands at `at`; *ret_len is its length with the braces. */
static enum variable variable_at(const char *at, size_t *ret_len) {
    const char *end = strchr(at, '}');
    for (size_t v = 0; end && v < VARIABLE_COUNT; v++) {
        size_t len = strlen(variables[v].name);
        if (len == (size_t)(end - at - 1) && memcmp(at + 1, variables[v].name, len) == 0) {
            *ret_len = len + 2;
            return (enum variable)v;
        }
    }
    return VARIABLE_COUNT;
}

void template_render(enum template_id id, bool accented, const struct template_values *values, struct str *to) {
    const char *at = template_form(id, accented);
    for (const char *brace; (brace = strchr(at, '{')) != NULL;) {
        size_t len = 0;
        enum variable v = variable_at(brace, &len);
        if (v == VARIABLE_COUNT || !values->of[v])
            abort();
        str_add_n(to, at, (size_t)(brace - at));
        str_add(to, values->of[v]);
        at = brace + len;
        if (*at == '.' && to->len > 0 && strchr(".?!", to->data[to->len - 1]))
            at++;
    }
    str_add(to, at);
}

/* Septets of the unaccented form with the longest values, without the variable that takes what is left. -1: it isn't all GSM 7-bit. */
static long longest(enum template_id id, const struct template_values *settings, const char **ret_problem) {
    const char *at = templates[id].form[false];
    struct str fixed;
    str_init(&fixed, SIZE_MAX);
    long total = 0;
    for (const char *brace; (brace = strchr(at, '{')) != NULL;) {
        size_t len = 0;
        enum variable v = variable_at(brace, &len);
        if (v == VARIABLE_COUNT) {
            *ret_problem = "an unknown variable";
            break;
        }
        str_add_n(&fixed, at, (size_t)(brace - at));
        if (settings->of[v])
            str_add(&fixed, settings->of[v]);
        total += settings->of[v] ? 0 : (long)variables[v].longest;
        at = brace + len;
    }
    str_add(&fixed, at);
    long septets = gsm7_length(fixed.data);
    if (septets < 0)
        *ret_problem = "a character outside the GSM 7-bit alphabet";
    else if (strpbrk(fixed.data, "&[]{}^~\\|"))
        *ret_problem = "one of & [ ] { } ^ ~ \\ |";
    str_release(&fixed);
    return *ret_problem ? -1 : total + septets;
}

static bool takes_the_rest(enum template_id id) {
    return strstr(templates[id].form[false], "{items}") || strstr(templates[id].form[false], "{quote}");
}

size_t template_room(enum template_id id, const struct template_values *settings) {
    const char *problem = NULL;
    long used = longest(id, settings, &problem);
    return used < 0 || used > SMS_GSM7_SINGLE ? 0 : SMS_GSM7_SINGLE - (size_t)used;
}

bool templates_check(const struct template_values *settings, struct str *problem) {
    for (size_t id = 0; id < TEMPLATE_COUNT; id++) {
        const char *why = NULL;
        long most = takes_the_rest((enum template_id)id) ? SMS_GSM7_SINGLE - ROOM_LEAST : SMS_GSM7_SINGLE;
        long septets = longest((enum template_id)id, settings, &why);
        if (septets >= 0 && septets <= most)
            continue;
        if (why)
            str_addf(problem, "text %s: %s", templates[id].name, why);
        else
            str_addf(problem, "text %s takes %ld characters with the longest values, %ld fit one SMS: shorten appliance.name or appliance.shortcode",
                     templates[id].name, septets, most);
        return false;
    }
    return true;
}
