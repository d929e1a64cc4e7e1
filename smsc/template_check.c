/* What a text may be, measured with the longest values there can be. The same checks stand before the texts of the table at every start and before a
 * file of the operator's own. */
#include "smsc/template_text.h"

#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FORBIDDEN "&[]{}^~\\|"
enum {
    REST_LEAST = 38, /* a list needs one line, a quotation a few words */
    FREE_LEAST = 100, /* a reason, a question, a page of an answer */
    TOKEN_LOSS = 9, /* what a code or date (10 characters) may leave unused before a cut (base/sms.h) */
    WITHOUT_LIMIT = 1 << 20,
};

/* ---- measuring ---- */

/* Septets, or UTF-16 units of the accented form, with the longest values but those of REST and FREE. */
static size_t longest(const char *form, bool accented, const struct template_values *settings) {
    enum sms_encoding encoding = accented ? SMS_UCS2 : SMS_GSM7;
    size_t total = 0;
    for (const char *at = form; at;) {
        struct template_piece p = template_piece(&at);
        total += sms_units(p.literal, p.len, encoding);
        if (p.variable == VARIABLE_COUNT)
            continue;
        const char *setting = settings->of[p.variable];
        total += setting ? sms_units(setting, strlen(setting), encoding) : variable_rows[p.variable].longest;
    }
    return total;
}

static size_t capacity(const char *form, bool accented) {
    if (!accented && !template_has_kind(form, VARIABLE_FREE))
        return SMS_GSM7_SINGLE;
    size_t losses = (TEMPLATE_SEGMENTS_MAX - 1) * TOKEN_LOSS;
    return TEMPLATE_SEGMENTS_MAX * (size_t)(accented ? SMS_UCS2_PART : SMS_GSM7_PART) - losses;
}

size_t template_room(const struct templates *t, enum template_id id, bool accented, const struct template_values *settings) {
    const char *form = template_form(t, id, accented);
    accented = accented && t->form[id][1];
    size_t used = longest(form, accented, settings), most = capacity(form, accented);
    return used < most ? most - used : 0;
}

/* ---- checking ---- */

struct check {
    const char *prefix;
    struct str *problems;
    bool failed;
};

static void fail(struct check *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct check *c, const char *format, ...) {
    va_list args;
    c->failed = true;
    str_addf(c->problems, "%s%s", c->problems->len > 0 ? "\n" : "", c->prefix);
    va_start(args, format);
    str_vaddf(c->problems, format, args);
    va_end(args);
}

static const char *built_in_form(enum template_id id) {
    return templates_default()->form[id][0];
}

static void check_variables(struct check *c, enum template_id id, const char *form) {
    const char *known = built_in_form(id);
    struct str allowed;
    str_init(&allowed, 4096);
    template_variables(id, &allowed);
    str_addf(&allowed, "%s{province}, {shortcode}", allowed.len > 0 ? ", " : "");
    for (const char *at = form; at;) {
        struct template_piece p = template_piece(&at);
        if (!p.name)
            break;
        if (!p.closed)
            fail(c, "a { without its }");
        else if (p.variable == VARIABLE_COUNT)
            fail(c, "no variable is called {%.*s}; this text may have %s", (int)p.name_len, p.name, allowed.data);
        else if (variable_rows[p.variable].kind != VARIABLE_SETTING && !template_has(known, p.variable))
            fail(c, "this text has no {%s}; it may have %s", variable_rows[p.variable].name, allowed.data);
    }
    str_release(&allowed);
    for (size_t v = 0; v < VARIABLE_COUNT; v++)
        if (variable_rows[v].needed && template_has(known, (enum variable)v) && !template_has(form, (enum variable)v))
            fail(c, "{%s} is missing: whoever gets this text needs it", variable_rows[v].name);
}

static void check_characters(struct check *c, const char *form, bool accented) {
    for (const char *at = form; at;) {
        struct template_piece p = template_piece(&at);
        for (const char *character = p.literal; character < p.literal + p.len;) {
            const char *start = character;
            uint32_t point = text_next(&character);
            if (point < 0x20 || point == 0x7F)
                fail(c, "a control character (%u)", (unsigned)point);
            else if (point < 0x80 && strchr(FORBIDDEN, (int)point))
                fail(c, "%c: none of & [ ] { } ^ ~ \\ | may stand in a text, gateways mangle them", (char)point);
            else if (!accented && gsm7_width(point) == 0)
                fail(c, "\"%.*s\" isn't in the GSM 7-bit alphabet: this is the form without accents", (int)(character - start), start);
        }
    }
}

static bool word_at(const char *start, const char *at, const char *word) {
    size_t len = strlen(word);
    bool begins = at == start || at[-1] < 'A' || at[-1] > 'Z';
    return begins && strncmp(at, word, len) == 0 && (at[len] < 'A' || at[len] > 'Z');
}

static bool date_at(const char *at) {
    static const char *const dates[] = {"{DATE}", "{UNTIL}", "{DAY}"};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        if (strncmp(at, dates[i], strlen(dates[i])) == 0)
            return true;
    return *at >= '0' && *at <= '9';
}

static const char *behind(const char *at, size_t n) {
    at += n;
    return at + strspn(at, " :");
}

/* "truoc 24/11" excludes the 24th, but a limit runs to the end of its last day (Civil Code 2015 art. 148.1). */
static bool says_before(const char *folded) {
    for (const char *at = folded; (at = strstr(at, "TRUOC")) != NULL; at++) {
        if (!word_at(folded, at, "TRUOC"))
            continue;
        const char *next = behind(at, strlen("TRUOC"));
        if (word_at(folded, next, "NGAY"))
            next = behind(next, strlen("NGAY"));
        if (date_at(next))
            return true;
    }
    return false;
}

/* "17 ngay": working days are no days on the citizen's calendar; a date is what one can hold the office to. */
static bool counts_days(const char *folded) {
    for (const char *at = folded; (at = strstr(at, "NGAY")) != NULL; at++) {
        const char *digit = at;
        while (digit > folded && digit[-1] == ' ')
            digit--;
        if (word_at(folded, at, "NGAY") && digit > folded && digit[-1] >= '0' && digit[-1] <= '9')
            return true;
    }
    return false;
}

static void check_limits(struct check *c, enum template_id id, const char *form) {
    bool officers = !templates_default()->form[id][1];
    char *folded = text_fold(form);
    if (says_before(folded))
        fail(c, "\"truoc\" before a date excludes that day: write \"cham nhat\" or \"han\"");
    if (!officers && counts_days(folded))
        fail(c, "a number of days: give citizens a date (\"cham nhat {date}\")");
    free(folded);
}

static void check_length(struct check *c, const char *form, bool accented, const struct template_values *settings) {
    bool rest = template_has_kind(form, VARIABLE_REST), free_text = template_has_kind(form, VARIABLE_FREE);
    size_t needed = longest(form, accented, settings), most = capacity(form, accented);
    size_t left = free_text && !accented ? FREE_LEAST : rest || free_text ? REST_LEAST : 0;
    if (needed + left <= most)
        return;
    fail(c, "%zu characters with the longest values%s, %zu fit %s: %zu too many", needed + left,
         left == 0 ? "" : " and the least that {items}, {quote}, {reason}, {question} or {answer} needs", most,
         most == SMS_GSM7_SINGLE ? "one SMS" : "three", needed + left - most);
}

bool template_form_check(enum template_id id, bool accented, const char *form, const struct template_values *settings, const char *prefix,
                         struct str *problems) {
    struct check c = {.prefix = prefix, .problems = problems};
    check_variables(&c, id, form);
    check_characters(&c, form, accented);
    check_limits(&c, id, form);
    if (!c.failed)
        check_length(&c, form, accented, settings);
    return !c.failed;
}

/* ---- all of them ---- */

static bool check_setting(const char *key, const char *value, struct str *problems) {
    if (gsm7_length(value) >= 0 && !strpbrk(value, FORBIDDEN))
        return true;
    str_addf(problems, "%s%s is \"%s\": it stands in texts without accents, which have GSM 7-bit characters and none of & [ ] { } ^ ~ \\ |",
             problems->len > 0 ? "\n" : "", key, value);
    return false;
}

bool templates_check(const struct templates *t, const struct template_values *settings, struct str *problems) {
    const char *province = settings->of[VARIABLE_PROVINCE], *shortcode = settings->of[VARIABLE_SHORTCODE];
    bool good = check_setting("appliance.name", province, problems);
    good = check_setting("appliance.shortcode", shortcode, problems) && good;
    for (size_t id = 0; good && id < TEMPLATE_COUNT; id++) {
        for (int accented = 0; accented < 2 && t->form[id][accented]; accented++) {
            struct str prefix;
            str_init(&prefix, 1024);
            str_addf(&prefix, "text %s %s accents (shorten appliance.name \"%s\", appliance.shortcode \"%s\" or the text): ",
                     template_name((enum template_id)id), accented ? "with" : "without", province, shortcode);
            good = template_form_check((enum template_id)id, accented, t->form[id][accented], settings, prefix.data, problems) && good;
            str_release(&prefix);
        }
    }
    return good;
}

/* ---- for people ---- */

bool template_is_own(const struct templates *t, enum template_id id) {
    return t->owned[id][0];
}

bool template_length(const struct templates *t, enum template_id id, bool accented, const struct template_values *settings,
                     struct template_length *ret_length) {
    const char *form = t->form[id][accented];
    size_t single = accented ? SMS_UCS2_SINGLE : SMS_GSM7_SINGLE, part = accented ? SMS_UCS2_PART : SMS_GSM7_PART;
    if (!form)
        return false;
    struct template_length l = {.longest = longest(form, accented, settings)};
    bool words = template_has_kind(form, VARIABLE_FREE), rest = template_has_kind(form, VARIABLE_REST);
    if (words || rest)
        l.room = template_room(t, id, accented, settings);
    if (words || (rest && accented))
        l.segments = TEMPLATE_SEGMENTS_MAX;
    else
        l.segments = l.longest <= single ? 1 : (l.longest + part - 1) / part;
    *ret_length = l;
    return true;
}

void template_variables(enum template_id id, struct str *to) {
    const char *form = built_in_form(id), *between = "";
    for (size_t v = 0; v < VARIABLE_COUNT; v++) {
        if (variable_rows[v].kind != VARIABLE_SETTING && template_has(form, (enum variable)v)) {
            str_addf(to, "%s{%s}", between, variable_rows[v].name);
            between = ", ";
        }
    }
}

void templates_print(const struct templates *t, const struct template_values *settings, struct str *to) {
    for (size_t i = 0; i < TEMPLATE_COUNT; i++) {
        enum template_id id = (enum template_id)i;
        struct template_length l;
        str_addf(to, "%s%s\n", template_name(id), template_is_own(t, id) ? " (your own)" : "");
        for (int accented = 0; accented < 2 && template_length(t, id, accented, settings, &l); accented++) {
            str_addf(to, "  %s\n    %zu characters", t->form[id][accented], l.longest);
            if (l.room)
                str_addf(to, " and %zu to fill", l.room);
            str_addf(to, ", %zu SMS\n", l.segments);
        }
    }
}
