/* A calendar's file: read and checked as a whole.
 *
 * Everything in the file is checked before any of it is used: a date that isn't one, in the wrong year or twice, a key that isn't known, a closure
 * that ends before it begins. The first problem is told with its place, and there is no calendar then: what was in use stays in use. */
#include "store/calendar_data.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    PLACE_SIZE = 64,
    VERSION_MAX = 32,
    NAME_MAX_LEN = 120, /* octets of a day's name, a document's number, a closure's reason */
    SOURCE_MAX = 500,
    STATUS_MAX = 500,
    AGENCY_KEY_MAX_LEN = 31,
    CLOSURE_DAYS_MAX = 366,
};
#define TIME_ZONE "Asia/Ho_Chi_Minh"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct parse { /* what the walk over the document knows */
    struct calendar *calendar;
    const char *name;
    struct str *problem;
    char place[PLACE_SIZE]; /* "years.2026: ", "" at the top */
    struct calendar_year *year; /* inside a year */
    bool failed;
};

static void fail(struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct parse *p, const char *format, ...) {
    if (p->failed) /* the first problem is told */
        return;
    p->failed = true;
    va_list args;
    va_start(args, format);
    str_addf(p->problem, "%s: %s", p->name, p->place);
    str_vaddf(p->problem, format, args);
    va_end(args);
}

/* ---- texts ---- */

static bool one_of(const char *text, const char *const *words, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool printable(const char *text) {
    for (const char *at = text; *at;) {
        uint32_t c = text_next(&at);
        if (c < 0x20 || (c >= 0x7F && c <= 0x9F))
            return false;
    }
    return true;
}

/* A text for people: 1 to max octets in one line. NULL where it's absent or wrong (which fails). */
static const char *words_of(struct parse *p, const struct json *object, const char *key, size_t max) {
    const struct json *value = json_get(object, key);
    if (!value)
        return NULL;
    const char *text = json_text_value(value);
    if (text && *text && strlen(text) <= max && printable(text))
        return text;
    fail(p, "%s must be a text of 1 to %zu octets without control characters", key, max);
    return NULL;
}

static bool made_of(const char *text, size_t max, const char *allowed) {
    size_t len = strlen(text);
    return len >= 1 && len <= max && strspn(text, allowed) == len;
}

/* ---- dates ---- */

static bool digits(const char *text, size_t len, int *ret_number) {
    int number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return true;
}

enum err calendar_parse_date(const char *text, int32_t *ret_day) {
    int year, month, day, y, m, d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return ERR_INVALID;
    if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day))
        return ERR_INVALID;
    if (year < CALENDAR_YEAR_FIRST || year > CALENDAR_YEAR_LAST || month < 1 || month > 12 || day < 1 || day > 31)
        return ERR_INVALID;
    int32_t number = civil_day_number(year, month, day);
    civil_from_day_number(number, &y, &m, &d); /* 30 February comes back as another day */
    if (m != month || d != day)
        return ERR_INVALID;
    *ret_day = number;
    return ERR_OK;
}

/* `text` NULL: not a string. */
static bool date_of(struct parse *p, const char *key, const char *text, int32_t *ret_day) {
    if (text && calendar_parse_date(text, ret_day) == ERR_OK)
        return true;
    fail(p, "%s: %s%.60s%s is not a date (YYYY-MM-DD)", key, text ? "\"" : "", text ? text : "an entry", text ? "\"" : "");
    return false;
}

static bool day_of_year(struct parse *p, const char *key, const char *text, int32_t *ret_day) {
    if (!date_of(p, key, text, ret_day))
        return false;
    int year, month, day;
    civil_from_day_number(*ret_day, &year, &month, &day);
    if (year != p->year->year)
        fail(p, "%s: %s belongs to another year", key, text);
    return year == p->year->year;
}

/* ---- years ---- */

static const struct mark_rule { /* a list of dates in a year, and what its days become */
    const char *key;
    enum day_mark mark;
    bool weekend_only;
} mark_rules[] = {
    {"off", DAY_OFF, false},
    {"work_on_weekend", DAY_WORKED, true},
    {"half_days", DAY_HALF, false},
    {"pending_off", DAY_PENDING, false},
};

static const char *key_of_mark(uint8_t mark) {
    for (size_t i = 0; i < COUNT(mark_rules); i++)
        if (mark_rules[i].mark == mark)
            return mark_rules[i].key;
    return "?";
}

static void mark_day(struct parse *p, const struct mark_rule *rule, const char *text) {
    int32_t day;
    if (!day_of_year(p, rule->key, text, &day))
        return;
    uint8_t *mark = &p->year->marks[day - p->year->first_day];
    if (*mark == rule->mark)
        fail(p, "%s: %s stands there twice", rule->key, text);
    else if (*mark != DAY_PLAIN)
        fail(p, "%s: %s stands in %s too", rule->key, text, key_of_mark(*mark));
    else if (rule->weekend_only && !calendar_weekend(p->calendar, day))
        fail(p, "%s: %s is no weekend day, so it is worked anyway", rule->key, text);
    else
        *mark = (uint8_t)rule->mark;
}

static void parse_marks(struct parse *p, const struct json *year) {
    for (size_t r = 0; r < COUNT(mark_rules); r++) {
        const struct json *list = json_get(year, mark_rules[r].key);
        if (list && !json_value_is_array(list))
            fail(p, "%s must be a list of dates", mark_rules[r].key);
        for (size_t i = 0; list && i < json_count(list); i++)
            mark_day(p, &mark_rules[r], json_text_value(json_at(list, i)));
    }
}

static void parse_name(void *context, const char *key, const struct json *value) {
    struct parse *p = context;
    const char *name = json_text_value(value);
    int32_t day;
    if (!day_of_year(p, "names", key, &day))
        return;
    if (!name || !*name || strlen(name) > NAME_MAX_LEN || !printable(name))
        fail(p, "names: %s must be a text of 1 to %d octets without control characters", key, NAME_MAX_LEN);
    else if (p->year->marks[day - p->year->first_day] == DAY_PLAIN)
        fail(p, "names: %s stands in no list of days (off, work_on_weekend, half_days, pending_off)", key);
}

static void parse_names(struct parse *p, const struct json *year) {
    const struct json *names = json_get(year, "names");
    if (names && !json_value_is_object(names))
        fail(p, "names must be an object of texts by date");
    json_each(names, parse_name, p);
    p->year->names = names;
}

static void parse_alternative(void *context, const char *key, const struct json *value) {
    struct parse *p = context;
    char place[PLACE_SIZE];
    snprintf(place, sizeof place, "alternatives.%.40s", key);
    if (!json_value_is_array(value))
        fail(p, "%s must be a list of dates", place);
    for (size_t i = 0; i < json_count(value); i++) {
        int32_t day;
        if (!day_of_year(p, place, json_text_value(json_at(value, i)), &day))
            return;
    }
}

static void parse_alternatives(struct parse *p, const struct json *year) {
    const struct json *alternatives = json_get(year, "alternatives");
    if (alternatives && !json_value_is_object(alternatives))
        fail(p, "alternatives must be an object of lists of dates");
    json_each(alternatives, parse_alternative, p);
}

static void known_year_key(void *context, const char *key, const struct json *value) {
    static const char *const others[] = {"status", "document", "names", "alternatives"};
    (void)value;
    for (size_t i = 0; i < COUNT(mark_rules); i++)
        if (strcmp(key, mark_rules[i].key) == 0)
            return;
    if (!one_of(key, others, COUNT(others)))
        fail(context, "unknown key \"%.60s\" (allowed: status, document, off, work_on_weekend, half_days, pending_off, names, alternatives)", key);
}

static bool begins_with_word(const char *text, const char *word) {
    size_t len = strlen(word);
    if (strncasecmp(text, word, len) != 0)
        return false;
    char next = text[len];
    return !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
}

static void parse_status(struct parse *p, const struct json *year) {
    const char *text = words_of(p, year, "status", STATUS_MAX);
    if (!text)
        fail(p, "status is missing (a text that begins with \"official\" or \"provisional\")");
    else if (begins_with_word(text, "official"))
        p->year->status = CALENDAR_OFFICIAL;
    else if (begins_with_word(text, "provisional"))
        p->year->status = CALENDAR_PROVISIONAL;
    else
        fail(p, "status: \"%.40s\" begins neither with \"official\" nor with \"provisional\"", text);
    p->year->status_text = text;
}

static void parse_year(void *context, const char *key, const struct json *value) {
    struct parse *p = context;
    int64_t number = 0;
    p->place[0] = 0;
    if (strlen(key) != 4 || parse_int(key, CALENDAR_YEAR_FIRST, CALENDAR_YEAR_LAST, &number) != ERR_OK) {
        fail(p, "years: \"%.40s\" is not a year (%d to %d)", key, CALENDAR_YEAR_FIRST, CALENDAR_YEAR_LAST);
        return;
    }
    snprintf(p->place, sizeof p->place, "years.%s: ", key);
    if (!json_value_is_object(value)) {
        fail(p, "must be an object");
        return;
    }
    p->year = mem_alloc(sizeof *p->year);
    p->year->year = (int)number;
    p->year->first_day = civil_day_number((int)number, 1, 1);
    p->calendar->years[number - CALENDAR_YEAR_FIRST] = p->year;
    parse_status(p, value);
    json_each(value, known_year_key, p);
    p->year->document = words_of(p, value, "document", NAME_MAX_LEN);
    parse_marks(p, value);
    parse_names(p, value);
    parse_alternatives(p, value);
    p->place[0] = 0;
}

/* ---- closures ---- */

static void known_closure_key(void *context, const char *key, const struct json *value) {
    static const char *const keys[] = {"agency", "from", "to", "reason"};
    (void)value;
    if (!one_of(key, keys, COUNT(keys)))
        fail(context, "unknown key \"%.60s\" (allowed: agency, from, to, reason)", key);
}

static void parse_closure(struct parse *p, const struct json *value, struct calendar_closure *closure) {
    const char *agency = json_text(value, "agency");
    json_each(value, known_closure_key, p);
    if (!agency || (strcmp(agency, "*") != 0 && !made_of(agency, AGENCY_KEY_MAX_LEN, "abcdefghijklmnopqrstuvwxyz0123456789-")))
        fail(p, "agency must be a key of the directory (1 to %d of a-z 0-9 -), or \"*\" for all", AGENCY_KEY_MAX_LEN);
    *closure = (struct calendar_closure){.agency = agency, .reason = words_of(p, value, "reason", NAME_MAX_LEN)};
    if (!closure->reason)
        fail(p, "reason is missing");
    if (!date_of(p, "from", json_text(value, "from"), &closure->from) || !date_of(p, "to", json_text(value, "to"), &closure->to))
        return;
    if (closure->to < closure->from)
        fail(p, "to: %s is before from", json_text(value, "to"));
    else if (closure->to - closure->from >= CLOSURE_DAYS_MAX)
        fail(p, "from %s to %s are more than %d days", json_text(value, "from"), json_text(value, "to"), CLOSURE_DAYS_MAX);
}

static void parse_closures(struct parse *p, const struct json *list) {
    struct calendar *c = p->calendar;
    if (list && !json_value_is_array(list))
        fail(p, "closures must be a list of objects {agency, from, to, reason}");
    c->closures = mem_array(json_count(list) + 1, sizeof *c->closures);
    for (size_t i = 0; i < json_count(list) && !p->failed; i++) {
        snprintf(p->place, sizeof p->place, "closures[%zu]: ", i);
        if (json_value_is_object(json_at(list, i)))
            parse_closure(p, json_at(list, i), &c->closures[c->closure_count++]);
        else
            fail(p, "must be an object {agency, from, to, reason}");
    }
    p->place[0] = 0;
}

/* ---- the whole ---- */

static void known_top_key(void *context, const char *key, const struct json *value) {
    static const char *const keys[] = {"tz", "weekend", "version", "source", "years", "closures"};
    (void)value;
    if (!one_of(key, keys, COUNT(keys)))
        fail(context, "unknown key \"%.60s\" (allowed: tz, weekend, version, source, years, closures)", key);
}

static void parse_weekend(struct parse *p, const struct json *list) {
    static const char *const names[] = {"", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};
    if (!json_value_is_array(list) || json_count(list) > 6) {
        fail(p, "weekend must be a list of at most 6 of MON, TUE, WED, THU, FRI, SAT, SUN");
        return;
    }
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_text_value(json_at(list, i));
        int day = 7;
        while (day > 0 && (!name || strcmp(name, names[day]) != 0))
            day--;
        if (day == 0)
            fail(p, "weekend: \"%.60s\" is not one of MON, TUE, WED, THU, FRI, SAT, SUN", name ? name : "?");
        else if (p->calendar->weekend[day])
            fail(p, "weekend: %s stands there twice", name);
        p->calendar->weekend[day] = true;
    }
}

/* FNV-1a, 32 bits. */
static uint32_t checksum(const char *text) {
    uint32_t sum = 2166136261U;
    for (; *text; text++)
        sum = (sum ^ (uint8_t)*text) * 16777619U;
    return sum;
}

static void parse_version(struct parse *p, const struct json *version) {
    struct calendar *c = p->calendar;
    const char *text = json_text_value(version), *pending = c->pending_as_off ? "+pending" : "";
    int64_t number;
    if (!version)
        snprintf(c->version, sizeof c->version, "0-%08x%s", c->checksum, pending);
    else if (json_int_value(version, &number) && number >= 0)
        snprintf(c->version, sizeof c->version, "%lld%s", (long long)number, pending);
    else if (text && made_of(text, VERSION_MAX, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"))
        snprintf(c->version, sizeof c->version, "%s%s", text, pending);
    else
        fail(p, "version must be a whole number, or a text of 1 to %d of A-Z a-z 0-9 . _ -", VERSION_MAX);
}

static void parse_document(struct parse *p, const struct json *document) {
    const char *zone = json_text(document, "tz");
    const struct json *years = json_get(document, "years");
    if (!json_value_is_object(document)) {
        fail(p, "must be a JSON object with tz, weekend, years");
        return;
    }
    json_each(document, known_top_key, p);
    if (!zone || strncmp(zone, TIME_ZONE, strlen(TIME_ZONE)) != 0)
        fail(p, "tz must be \"" TIME_ZONE "\": other time zones aren't supported");
    if (!years || !json_value_is_object(years))
        fail(p, "years is missing, or no object of years");
    parse_version(p, json_get(document, "version"));
    p->calendar->source = words_of(p, document, "source", SOURCE_MAX);
    parse_weekend(p, json_get(document, "weekend"));
    if (!p->failed)
        json_each(years, parse_year, p);
    parse_closures(p, json_get(document, "closures"));
}

enum err calendar_parse(const char *json, const char *name, bool pending_as_off, struct str *problem, struct calendar **ret_calendar) {
    struct json *document;
    if (json_parse(json, strlen(json), &document) != ERR_OK) {
        str_addf(problem, "%s: is not JSON, or a key stands twice in an object", name);
        return ERR_INVALID;
    }
    struct calendar *c = mem_alloc(sizeof *c);
    c->document = document;
    c->checksum = checksum(json);
    c->pending_as_off = pending_as_off;
    c->warned = mem_array(YEARS, sizeof *c->warned);
    struct parse p = {.calendar = c, .name = name, .problem = problem};
    parse_document(&p, document);
    if (p.failed) {
        calendar_free(c);
        return ERR_INVALID;
    }
    *ret_calendar = c;
    return ERR_OK;
}

void calendar_free(struct calendar *c) {
    if (!c)
        return;
    for (size_t i = 0; i < YEARS; i++)
        free(c->years[i]);
    free(c->closures);
    free((void *)c->warned);
    json_free(c->document);
    free(c);
}
