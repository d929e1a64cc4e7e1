/* Checks a directory as it was parsed: every problem is told, each with the line it stands on, so that one look at the file is enough. Nothing here
 * touches the database. */
#include "store/directory_typed.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_MOST = 12, OFFICER_NAME_MAX = 60, ACCENTED_MAX = 60, MATCH_MAX = 60 };
#define KEY_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static void text_free(struct directory_text *t) {
    free(t->text);
}

void directory_free(struct directory *d) {
    if (!d)
        return;
    for (size_t i = 0; i < d->agency_count; i++) {
        struct directory_agency *a = &d->agencies[i];
        struct directory_text *texts[] = {&a->key, &a->kind, &a->parent, &a->name, &a->name_accented, &a->match};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            text_free(texts[t]);
    }
    for (size_t i = 0; i < d->officer_count; i++) {
        struct directory_officer *o = &d->officers[i];
        struct directory_text *texts[] = {&o->key, &o->name, &o->phone, &o->role, &o->agency, &o->from, &o->until};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            text_free(texts[t]);
    }
    for (size_t i = 0; i < d->field_count; i++) {
        text_free(&d->fields[i].key);
        text_free(&d->fields[i].name);
        text_free(&d->fields[i].words);
    }
    free(d->agencies);
    free(d->officers);
    free(d->fields);
    free(d->file);
    free(d);
}

/* ---- what is typed ---- */

enum agency_kind directory_kind(const struct directory_agency *a) {
    for (int kind = 0; a->kind.text && kind < AGENCY_KIND_COUNT; kind++)
        if (strcmp(a->kind.text, agency_kind_name((enum agency_kind)kind)) == 0)
            return (enum agency_kind)kind;
    return a->kind.text ? AGENCY_KIND_COUNT : AGENCY_AGENCY;
}

enum case_role directory_role(const struct directory_officer *o) {
#define X(symbol, word) word,
    static const char *const words[ROLE_COUNT] = {CASE_ROLE_TABLE(X)};
#undef X
    for (int role = ROLE_INTAKE; o->role.text && role < ROLE_COUNT; role++)
        if (strcmp(o->role.text, words[role]) == 0)
            return (enum case_role)role;
    return ROLE_COUNT;
}

bool directory_day(const struct directory_text *typed, int32_t *ret_day) {
    char moment[CLOCK_TEXT_SIZE];
    int64_t wall_ms = 0;
    *ret_day = 0;
    if (!typed->text)
        return true;
    if (strlen(typed->text) != strlen("2026-01-31"))
        return false;
    snprintf(moment, sizeof moment, "%sT00:00:00Z", typed->text);
    if (clock_parse_iso(moment, &wall_ms) != ERR_OK || wall_ms <= 0)
        return false;
    *ret_day = (int32_t)(wall_ms / CLOCK_DAY);
    return true;
}

bool directory_phone(const struct directory_text *typed, struct phone *ret_phone) {
    *ret_phone = (struct phone){.kind = PHONE_NONE};
    return !typed->text || (phone_parse(typed->text, ret_phone) == ERR_OK && ret_phone->kind == PHONE_E164);
}

const struct directory_agency *directory_agency(const struct directory *d, const char *key) {
    for (size_t i = 0; key && i < d->agency_count; i++)
        if (d->agencies[i].key.text && strcmp(d->agencies[i].key.text, key) == 0)
            return &d->agencies[i];
    return NULL;
}

/* ---- problems ---- */

struct officer_typed { /* of each officer, so that comparing all with all is cheap */
    struct phone phone;
    int32_t from, until;
    bool days; /* both are days */
    enum case_role role;
};

struct check {
    const struct directory *d;
    struct officer_typed *officers;
    struct str *problems;
    size_t count;
    const char *list; /* "officers" */
    size_t index;
    int line; /* of the group */
};

/* `member` NULL: the group itself. */
static void problem(struct check *c, const char *member, const struct directory_text *typed, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void problem(struct check *c, const char *member, const struct directory_text *typed, const char *format, ...) {
    int line = typed && typed->line ? typed->line : c->line;
    str_add(c->problems, c->d->file);
    if (line)
        str_addf(c->problems, ":%d", line);
    str_add(c->problems, ": ");
    if (c->list)
        str_addf(c->problems, "%s[%zu]%s%s: ", c->list, c->index, member ? "." : "", member ? member : "");
    va_list args;
    va_start(args, format);
    str_vaddf(c->problems, format, args);
    va_end(args);
    str_add(c->problems, "\n");
    c->count++;
}

static void at(struct check *c, const char *list, size_t index, int line) {
    c->list = list;
    c->index = index;
    c->line = line;
}

static bool given(struct check *c, const char *member, const struct directory_text *typed, const char *help) {
    if (typed->text && *typed->text)
        return true;
    problem(c, member, typed, "is missing: %s", help);
    return false;
}

/* The keys of agencies, those with the same beginning first. */
static void unknown_agency(struct check *c, const char *member, const struct directory_text *typed) {
    struct str known;
    size_t told = 0, beginning = strcspn(typed->text, "-");
    str_init(&known, 4096);
    for (int near = 1; near >= 0; near--)
        for (size_t i = 0; i < c->d->agency_count; i++) {
            const char *key = c->d->agencies[i].key.text;
            if (!key || directory_agency(c->d, key) != &c->d->agencies[i] || (strncmp(key, typed->text, beginning) == 0) != (near == 1) ||
                told++ >= KNOWN_MOST)
                continue;
            str_addf(&known, "%s%s", told > 1 ? ", " : "", key);
        }
    problem(c, member, typed, "unknown agency \"%s\" (known: %s%s)", typed->text, known.len ? known.data : "none", told > KNOWN_MOST ? ", …" : "");
    str_release(&known);
}

static void check_key(struct check *c, const struct directory_text *typed, const char *characters) {
    if (!given(c, "key", typed, "a short name for commands and events, like \"so-xd\""))
        return;
    size_t len = strlen(typed->text);
    if (len > AGENCY_KEY_MAX || strspn(typed->text, characters) != len)
        problem(c, "key", typed, "\"%s\": at most %d of the characters %s are allowed", typed->text, AGENCY_KEY_MAX, characters);
}

/* What stands in a text of one segment. */
static void check_printed(struct check *c, const char *member, const struct directory_text *typed, int most) {
    long septets = gsm7_length(typed->text);
    char *plain = text_unaccent(typed->text);
    if (septets < 0 && gsm7_length(plain) > 0)
        problem(c, member, typed, "\"%s\" holds characters outside GSM 7-bit; write it without accents: \"%s\"", typed->text, plain);
    else if (septets < 0)
        problem(c, member, typed, "\"%s\" holds characters outside GSM 7-bit; letters without accents, digits and blanks are allowed", typed->text);
    else if (strpbrk(typed->text, "&[]{}^~\\|"))
        problem(c, member, typed, "\"%s\": none of & [ ] { } ^ ~ \\ | is allowed in a text", typed->text);
    else if (septets > most)
        problem(c, member, typed, "\"%s\" takes %ld characters; at most %d fit the texts", typed->text, septets, most);
    free(plain);
}

static void check_length(struct check *c, const char *member, const struct directory_text *typed, size_t most) {
    if (typed->text && text_codepoints(typed->text) > most)
        problem(c, member, typed, "%zu characters; at most %zu are allowed", text_codepoints(typed->text), most);
}

/* ---- agencies ---- */

static void check_parent(struct check *c, const struct directory_agency *a) {
    const struct directory_agency *parent = directory_agency(c->d, a->parent.text);
    if (directory_kind(a) != AGENCY_UNIT) {
        if (a->parent.text)
            problem(c, "parent", &a->parent, "only a unit has a parent; this is of kind \"%s\"", agency_kind_name(directory_kind(a)));
    } else if (!a->parent.text || !*a->parent.text) {
        problem(c, "parent", &a->parent, "is missing: a unit belongs to an agency, named by its key");
    } else if (!parent) {
        unknown_agency(c, "parent", &a->parent);
    } else if (directory_kind(parent) == AGENCY_UNIT) {
        problem(c, "parent", &a->parent, "\"%s\" is a unit itself; a unit belongs to an agency", a->parent.text);
    }
}

static void check_agency(struct check *c, size_t i) {
    const struct directory_agency *a = &c->d->agencies[i];
    at(c, "agencies", i, a->line);
    check_key(c, &a->key, KEY_CHARACTERS);
    for (size_t other = 0; a->key.text && other < i; other++)
        if (c->d->agencies[other].key.text && strcmp(a->key.text, c->d->agencies[other].key.text) == 0) {
            problem(c, "key", &a->key, "\"%s\" is the key of agencies[%zu] too (line %d)", a->key.text, other, c->d->agencies[other].line);
            break;
        }
    if (directory_kind(a) == AGENCY_KIND_COUNT)
        problem(c, "kind", &a->kind, "\"%s\": \"agency\", \"unit\", \"commune\", \"centre\" or \"office\" is allowed", a->kind.text);
    else
        check_parent(c, a);
    if (given(c, "name", &a->name, "as the texts print it, without accents, at most 27 characters"))
        check_printed(c, "name", &a->name, AGENCY_NAME_MAX);
    check_length(c, "name_accented", &a->name_accented, ACCENTED_MAX);
    check_length(c, "match", &a->match, 10 * MATCH_MAX);
}

static void check_kinds(struct check *c) {
    size_t count[AGENCY_KIND_COUNT + 1] = {0};
    for (size_t i = 0; i < c->d->agency_count; i++) {
        const struct directory_agency *a = &c->d->agencies[i];
        enum agency_kind kind = directory_kind(a);
        at(c, "agencies", i, a->line);
        if (++count[kind] > 1 && (kind == AGENCY_CENTRE || kind == AGENCY_OFFICE))
            problem(c, "kind", &a->kind, "there is another of kind \"%s\" already; one is allowed", agency_kind_name(kind));
    }
    at(c, NULL, 0, 0);
    if (!count[AGENCY_CENTRE])
        problem(c, NULL, NULL, "agencies: none of kind \"centre\"; the provincial service centre, which gets what nobody else has, must be there");
}

/* ---- officers ---- */

static void type_officers(struct check *c) {
    c->officers = mem_array(c->d->officer_count, sizeof *c->officers);
    for (size_t i = 0; i < c->d->officer_count; i++) {
        const struct directory_officer *o = &c->d->officers[i];
        struct officer_typed *t = &c->officers[i];
        bool from = directory_day(&o->from, &t->from), until = directory_day(&o->until, &t->until);
        t->days = from && until;
        t->role = directory_role(o);
        if (!directory_phone(&o->phone, &t->phone))
            t->phone.kind = PHONE_NONE;
    }
}

static bool nonempty(const struct officer_typed *o) {
    return o->days && (o->until == 0 || o->from <= o->until);
}

static bool overlap(const struct officer_typed *a, const struct officer_typed *b) {
    return nonempty(a) && nonempty(b) && (a->until == 0 || b->from <= a->until) && (b->until == 0 || a->from <= b->until);
}

static bool same(const struct directory_text *a, const struct directory_text *b) {
    return a->text && b->text && strcmp(a->text, b->text) == 0;
}

/* Two officers who are there on the same days. */
static void check_pair(struct check *c, size_t i, size_t other) {
    const struct directory_officer *o = &c->d->officers[i], *b = &c->d->officers[other];
    const struct officer_typed *t = &c->officers[i], *u = &c->officers[other];
    if (same(&o->key, &b->key))
        problem(c, "key", &o->key, "\"%s\" is the key of officers[%zu] too (line %d), on the same days", o->key.text, other, b->line);
    if (t->phone.kind != PHONE_NONE && phone_equal(&t->phone, &u->phone))
        problem(c, "phone", &o->phone, "\"%s\" is the phone of officers[%zu] too (line %d), on the same days", o->phone.text, other, b->line);
    if (t->role == ROLE_HEAD && u->role == ROLE_HEAD && same(&o->agency, &b->agency))
        problem(c, "role", &o->role, "\"%s\" has another head on the same days: officers[%zu] (line %d)", o->agency.text, other, b->line);
}

static void check_role(struct check *c, const struct directory_officer *o, enum case_role role, const struct directory_agency *agency) {
    if (role == ROLE_COUNT)
        problem(c, "role", &o->role, "\"%s\": \"intake\", \"unit\", \"coordinating\", \"office\", \"centre\" or \"head\" is allowed", o->role.text);
    else if (role == ROLE_CENTRE && agency && directory_kind(agency) != AGENCY_CENTRE)
        problem(c, "role", &o->role, "\"centre\" is a role in the service centre; \"%s\" is of kind \"%s\"", o->agency.text,
                agency_kind_name(directory_kind(agency)));
    else if (role == ROLE_OFFICE && agency && directory_kind(agency) != AGENCY_OFFICE)
        problem(c, "role", &o->role, "\"office\" is a role in the provincial Office; \"%s\" is of kind \"%s\"", o->agency.text,
                agency_kind_name(directory_kind(agency)));
}

static void check_days(struct check *c, const struct directory_officer *o, const struct officer_typed *t) {
    int32_t day;
    if (!directory_day(&o->from, &day))
        problem(c, "from", &o->from, "\"%s\" is no day; like \"2026-01-31\"", o->from.text);
    if (!directory_day(&o->until, &day))
        problem(c, "until", &o->until, "\"%s\" is no day; like \"2026-12-31\"", o->until.text);
    if (t->days && t->until && t->until < t->from)
        problem(c, "until", &o->until, "%s is before from, %s", o->until.text, o->from.text);
}

static void check_others(struct check *c, size_t i) {
    const struct directory_officer *o = &c->d->officers[i];
    size_t alike = 0;
    for (size_t other = 0; other < i; other++) {
        if (!overlap(&c->officers[i], &c->officers[other]))
            continue;
        check_pair(c, i, other);
        alike += c->officers[i].role == c->officers[other].role && same(&o->agency, &c->d->officers[other].agency);
    }
    if (alike == OFFICERS_OF_ROLE_MAX)
        problem(c, "role", &o->role, "more than %d officers with that role in \"%s\"", OFFICERS_OF_ROLE_MAX, o->agency.text);
}

static void check_officer(struct check *c, size_t i) {
    const struct directory_officer *o = &c->d->officers[i];
    const struct directory_agency *agency = directory_agency(c->d, o->agency.text);
    struct phone phone;
    at(c, "officers", i, o->line);
    check_key(c, &o->key, KEY_CHARACTERS "._");
    if (given(c, "name", &o->name, "the officer's name"))
        check_length(c, "name", &o->name, OFFICER_NAME_MAX);
    if (given(c, "agency", &o->agency, "the key of an agency") && !agency)
        unknown_agency(c, "agency", &o->agency);
    if (given(c, "role", &o->role, "intake, unit, coordinating, office, centre or head"))
        check_role(c, o, c->officers[i].role, agency);
    if (!directory_phone(&o->phone, &phone))
        problem(c, "phone", &o->phone, "\"%s\" is no phone number; like \"0912000101\" or \"+84912000101\"", o->phone.text);
    check_days(c, o, &c->officers[i]);
    check_others(c, i);
}

/* ---- fields ---- */

static void check_field(struct check *c, size_t i) {
    const struct directory_field *f = &c->d->fields[i];
    at(c, "fields", i, f->line);
    check_key(c, &f->key, KEY_CHARACTERS);
    for (size_t other = 0; other < i; other++)
        if (same(&f->key, &c->d->fields[other].key))
            problem(c, "key", &f->key, "\"%s\" is the key of fields[%zu] too (line %d)", f->key.text, other, c->d->fields[other].line);
    if (given(c, "name", &f->name, "as the texts print it, without accents, at most 20 characters"))
        check_printed(c, "name", &f->name, FIELD_NAME_MAX);
}

enum err directory_check(const struct directory *d, struct str *problems) {
    struct check c = {.d = d, .problems = problems};
    if (d->agency_count > DIRECTORY_AGENCIES_MAX || d->officer_count > DIRECTORY_OFFICERS_MAX || d->field_count > DIRECTORY_FIELDS_MAX) {
        problem(&c, NULL, NULL, "at most %d agencies, %d officers and %d fields are allowed", DIRECTORY_AGENCIES_MAX, DIRECTORY_OFFICERS_MAX,
                DIRECTORY_FIELDS_MAX);
        return ERR_INVALID;
    }
    type_officers(&c);
    for (size_t i = 0; i < d->agency_count; i++)
        check_agency(&c, i);
    check_kinds(&c);
    for (size_t i = 0; i < d->officer_count; i++)
        check_officer(&c, i);
    for (size_t i = 0; i < d->field_count; i++)
        check_field(&c, i);
    free(c.officers);
    return c.count ? ERR_INVALID : ERR_OK;
}
