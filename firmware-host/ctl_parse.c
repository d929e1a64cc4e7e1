/* How a citizen's text is understood, by the same function that the core understands it with. Asks no core, and needs
 * no configuration; with one (--config) the operator's words in front are its own. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/text.h"
#include "firmware-host/config.h"
#include "smsc/grammar.h"

#include <string.h>

enum { RESULT_MAX = 8 * 1024 * 1024, MESSAGE_MAX = 1024, CHARACTER_MAX = 4, CODE_TEXT_SIZE = 16 };

static const struct {
    const char *name;
    unsigned open;
} contexts[] = {
    {"name_asked", GRAMMAR_NAME_ASKED}, {"rating_open", GRAMMAR_RATING_OPEN},   {"question_open", GRAMMAR_QUESTION_OPEN},
    {"list_sent", GRAMMAR_LIST_SENT},   {"behalf_asked", GRAMMAR_BEHALF_ASKED},
};
enum { CONTEXTS = sizeof contexts / sizeof contexts[0] };

static const struct {
    const char *name;
    int flag;
} flags[] = {{"emergency", CASE_EMERGENCY}, {"scope", CASE_SCOPE_SUSPECT}, {"tax", CASE_TAX}};
enum { FLAGS = sizeof flags / sizeof flags[0] };

/* One name, or several with commas between. */
static enum ctl_exit read_context(const struct ctl *ctl, unsigned *ret_open) {
    const char *at = ctl->context;
    *ret_open = 0;
    while (at && *at) {
        size_t len = strcspn(at, ",");
        unsigned open = 0;
        for (int i = 0; i < CONTEXTS; i++)
            if (strlen(contexts[i].name) == len && strncmp(at, contexts[i].name, len) == 0)
                open = contexts[i].open;
        if (!open)
            break;
        *ret_open |= open;
        at += len + (at[len] == ',');
    }
    if (!ctl->context || (!*at && *ret_open))
        return CTL_FINE;
    struct str message;
    str_init(&message, MESSAGE_MAX);
    str_addf(&message, "--context %.40s: no such context; there are", ctl->context);
    for (int i = 0; i < CONTEXTS; i++)
        str_addf(&message, "%s %s", i ? "," : "", contexts[i].name);
    (void)ctl_fail(ctl, err_symbol(ERR_INVALID), message.data);
    str_release(&message);
    return CTL_USAGE;
}

/* The octets in front of the first that is no UTF-8. */
static size_t valid_octets(const char *text, size_t len) {
    size_t at = 0;
    while (at < len) {
        size_t n = 1;
        while (n < CHARACTER_MAX && at + n < len && !text_valid(text + at, n))
            n++;
        if (!text_valid(text + at, n))
            return at;
        at += n;
    }
    return at;
}

static enum ctl_exit check_text(const struct ctl *ctl, const char *text) {
    size_t len = strlen(text), valid = valid_octets(text, len);
    struct str message;
    if (valid == len)
        return CTL_FINE;
    str_init(&message, MESSAGE_MAX);
    str_addf(&message, "the text is not UTF-8: octet %zu is 0x%02X; set the terminal or the file to UTF-8", valid + 1, (unsigned char)text[valid]);
    enum ctl_exit status = ctl_fail(ctl, err_symbol(ERR_INVALID), message.data);
    str_release(&message);
    return status;
}

/* Nine digits, a province's two in front or not, #index or ~last four; NULL: none. */
static const char *code_text(const struct parsed *p, char out[CODE_TEXT_SIZE]) {
    switch (p->code_form) {
    case CODE_FORM_FULL:
        if (p->province)
            snprintf(out, CODE_TEXT_SIZE, "%02d-%09d", p->province, (int)p->code);
        else
            snprintf(out, CODE_TEXT_SIZE, "%09d", (int)p->code);
        return out;
    case CODE_FORM_INDEX:
        snprintf(out, CODE_TEXT_SIZE, "#%d", (int)p->code);
        return out;
    case CODE_FORM_LAST4:
        snprintf(out, CODE_TEXT_SIZE, "~%04d", (int)p->code);
        return out;
    case CODE_FORM_NONE:
        break;
    }
    return NULL;
}

static void print_json(const struct parsed *p, const char *text) {
    struct str out;
    struct json_writer w;
    char code[CODE_TEXT_SIZE];
    str_init(&out, RESULT_MAX);
    json_begin(&w, &out);
    json_open_object(&w, NULL);
    json_put_text(&w, "verb", verb_name(p->verb));
    json_put_text(&w, "code", code_text(p, code));
    if (p->argument_len > 0)
        json_put_text_n(&w, "argument", text + p->argument, p->argument_len);
    else
        json_put_text(&w, "argument", NULL);
    json_open_array(&w, "flags");
    for (int i = 0; i < FLAGS; i++)
        if (p->flags & flags[i].flag)
            json_put_text(&w, NULL, flags[i].name);
    json_close_array(&w);
    json_put_text(&w, "why", p->why);
    json_close_object(&w);
    puts(out.data);
    str_release(&out);
}

static void print_plain(const struct parsed *p, const char *text) {
    struct str out;
    char code[CODE_TEXT_SIZE];
    const char *shown = code_text(p, code);
    str_init(&out, RESULT_MAX);
    str_addf(&out, "verb      %s\ncode      %s\nargument  ", verb_name(p->verb), shown ? shown : "-");
    if (p->argument_len > 0)
        str_add_n(&out, text + p->argument, p->argument_len);
    else
        str_add(&out, "-");
    str_add(&out, "\nflags    ");
    for (int i = 0; i < FLAGS; i++)
        if (p->flags & flags[i].flag)
            str_addf(&out, " %s", flags[i].name);
    str_addf(&out, "%s\nwhy       %s\n", p->flags ? "" : " -", p->why);
    ctl_print_clean(out.data, stdout);
    str_release(&out);
}

enum ctl_exit ctl_parse(struct ctl *ctl) {
    const char *text = ctl->arguments[0];
    struct parsed p;
    unsigned open = 0;
    enum ctl_exit status = read_context(ctl, &open);
    if (status == CTL_FINE)
        status = check_text(ctl, text);
    if (status != CTL_FINE)
        return status;
    grammar_parse_prefixed(text, ctl->config ? ctl->config->smsc.prefixes : "", open, &p);
    if (ctl->json)
        print_json(&p, text);
    else
        print_plain(&p, text);
    return CTL_FINE;
}
