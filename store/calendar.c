/* The working-day calendar: parsing, checking, counting.
 *
 * Everything in the file is checked before any of it is used: a date that isn't one, in the wrong year or twice, a key that isn't known. What a year
 * without an entry means is said by calendar_status, and the caller decides; its days are counted by the weekday alone. */
#include "store/calendar.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { YEAR_FIRST = 2000, YEAR_LAST = 2199, DAYS_IN_YEAR = 366, SEARCH_DAYS = 400 };
#define TIME_ZONE "Asia/Ho_Chi_Minh"

enum day_mark { DAY_PLAIN, DAY_OFF, DAY_WORKED, DAY_PENDING };

struct calendar_year {
    int year;
    int32_t first_day; /* of January 1 */
    enum calendar_status status;
    uint8_t marks[DAYS_IN_YEAR]; /* enum day_mark, by day of the year from 0 */
};

struct calendar {
    bool weekend[8]; /* by clock_weekday */
    bool pending_as_off;
    size_t count;
    struct calendar_year *years;
};

struct parse { /* what the walk over the document knows */
    struct calendar *calendar;
    const char *name;
    struct str *problem;
    const char *year; /* the key, while inside a year */
    bool failed;
};

static void fail(struct parse *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct parse *p, const char *format, ...) {
    if (p->failed) /* the first problem is told */
        return;
    p->failed = true;
    va_list args;
    va_start(args, format);
    str_addf(p->problem, "%s: %s%s%s", p->name, p->year ? "years." : "", p->year ? p->year : "", p->year ? ": " : "");
    str_vaddf(p->problem, format, args);
    va_end(args);
}

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

/* Strictly "YYYY-MM-DD", a day that exists. */
static bool parse_date(const char *text, int *ret_year, int32_t *ret_day) {
    int year, month, day, y, m, d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    if (!digits(text, 4, &year) || !digits(text + 5, 2, &month) || !digits(text + 8, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    int32_t number = civil_day_number(year, month, day);
    civil_from_day_number(number, &y, &m, &d); /* 30 February comes back as another day */
    *ret_year = year;
    *ret_day = number;
    return y == year && m == month && d == day;
}

struct mark_rule { /* a list of dates in a year, and what its days become */
    const char *key;
    enum day_mark mark;
    bool weekend_only;
};
static const struct mark_rule mark_rules[] = {
    {"off", DAY_OFF, false},
    {"work_on_weekend", DAY_WORKED, true},
    {"pending_off", DAY_PENDING, false},
};
static const char *const year_keys_besides[] = {"status", "document", "alternatives"};
static const char *const top_keys[] = {"tz", "weekend", "years"};
static const char *const weekday_names[] = {"", "MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"};

static const char *key_of_mark(uint8_t mark) {
    for (size_t i = 0; i < sizeof mark_rules / sizeof *mark_rules; i++)
        if (mark_rules[i].mark == mark)
            return mark_rules[i].key;
    return "?";
}

static void mark_day(struct parse *p, struct calendar_year *y, const struct mark_rule *rule, const char *text) {
    int year;
    int32_t day;
    if (!text || !parse_date(text, &year, &day)) {
        fail(p, "%s: %s%s%s is not a date (YYYY-MM-DD)", rule->key, text ? "\"" : "", text ? text : "an entry", text ? "\"" : "");
        return;
    }
    uint8_t *mark = &y->marks[year == y->year ? day - y->first_day : 0];
    if (year != y->year)
        fail(p, "%s: %s belongs to another year", rule->key, text);
    else if (*mark == rule->mark)
        fail(p, "%s: %s stands there twice", rule->key, text);
    else if (*mark != DAY_PLAIN)
        fail(p, "%s: %s stands in %s too", rule->key, text, key_of_mark(*mark));
    else if (rule->weekend_only && !p->calendar->weekend[clock_weekday(day)])
        fail(p, "%s: %s is no weekend day, so it is worked anyway", rule->key, text);
    else
        *mark = (uint8_t)rule->mark;
}

static void parse_marks(struct parse *p, struct calendar_year *y, const struct json *year) {
    for (size_t r = 0; r < sizeof mark_rules / sizeof *mark_rules; r++) {
        const struct json *list = json_get(year, mark_rules[r].key);
        if (list && !json_value_is_array(list))
            fail(p, "%s must be a list of dates", mark_rules[r].key);
        for (size_t i = 0; list && i < json_count(list); i++)
            mark_day(p, y, &mark_rules[r], json_text_value(json_at(list, i)));
    }
}

static void known_year_key(void *context, const char *key, const struct json *value) {
    (void)value;
    for (size_t i = 0; i < sizeof mark_rules / sizeof *mark_rules; i++)
        if (strcmp(key, mark_rules[i].key) == 0)
            return;
    for (size_t i = 0; i < sizeof year_keys_besides / sizeof *year_keys_besides; i++)
        if (strcmp(key, year_keys_besides[i]) == 0)
            return;
    fail(context, "unknown key \"%s\" (allowed: status, document, off, work_on_weekend, pending_off, alternatives)", key);
}

static void known_top_key(void *context, const char *key, const struct json *value) {
    (void)value;
    for (size_t i = 0; i < sizeof top_keys / sizeof *top_keys; i++)
        if (strcmp(key, top_keys[i]) == 0)
            return;
    fail(context, "unknown key \"%s\" (allowed: tz, weekend, years)", key);
}

static void parse_year(void *context, const char *key, const struct json *value) {
    struct parse *p = context;
    struct calendar *c = p->calendar;
    int64_t number = 0;
    p->year = NULL;
    if (strlen(key) != 4 || parse_int(key, YEAR_FIRST, YEAR_LAST, &number) != ERR_OK) {
        fail(p, "years: \"%s\" is not a year (%d to %d)", key, YEAR_FIRST, YEAR_LAST);
        return;
    }
    p->year = key;
    const char *status = json_text(value, "status");
    if (!json_value_is_object(value))
        fail(p, "must be an object");
    else if (!status)
        fail(p, "status is missing (a text that begins with \"official\", or anything else for a provisional year)");
    json_each(value, known_year_key, p);
    if (p->failed || !status)
        return;
    c->years = mem_resize(c->years, c->count + 1, sizeof *c->years);
    struct calendar_year *y = &c->years[c->count++];
    *y = (struct calendar_year){
        .year = (int)number,
        .first_day = civil_day_number((int)number, 1, 1),
        .status = strncmp(status, "official", strlen("official")) == 0 ? CALENDAR_OFFICIAL : CALENDAR_PROVISIONAL,
    };
    parse_marks(p, y, value);
    p->year = NULL;
}

static void parse_weekend(struct parse *p, const struct json *list) {
    if (!json_value_is_array(list) || json_count(list) > 6) {
        fail(p, "weekend must be a list of at most 6 of MON, TUE, WED, THU, FRI, SAT, SUN");
        return;
    }
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_text_value(json_at(list, i));
        int day = 7;
        while (day > 0 && (!name || strcmp(name, weekday_names[day]) != 0))
            day--;
        if (day == 0)
            fail(p, "weekend: \"%s\" is not one of MON, TUE, WED, THU, FRI, SAT, SUN", name ? name : "?");
        else if (p->calendar->weekend[day])
            fail(p, "weekend: %s stands there twice", name);
        p->calendar->weekend[day] = true;
    }
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
    parse_weekend(p, json_get(document, "weekend"));
    if (!p->failed)
        json_each(years, parse_year, p);
}

enum err calendar_parse(const char *json, const char *name, bool pending_as_off, struct str *problem, struct calendar **ret_calendar) {
    struct json *document;
    if (json_parse(json, strlen(json), &document) != ERR_OK) {
        str_addf(problem, "%s: is not JSON, or a key stands twice in an object", name);
        return ERR_INVALID;
    }
    struct calendar *c = mem_alloc(sizeof *c);
    c->pending_as_off = pending_as_off;
    struct parse p = {.calendar = c, .name = name, .problem = problem};
    parse_document(&p, document);
    json_free(document);
    if (p.failed) {
        calendar_free(c);
        return ERR_INVALID;
    }
    *ret_calendar = c;
    return ERR_OK;
}

struct calendar *calendar_default(void) {
    struct calendar *c;
    struct str problem;
    str_init(&problem, 1024);
    if (calendar_parse(store_calendar_default[0].text, store_calendar_default[0].name, false, &problem, &c) != ERR_OK)
        abort(); /* store/calendar.json is wrong; the unit tests parse it */
    str_release(&problem);
    return c;
}

void calendar_free(struct calendar *c) {
    if (c)
        free(c->years);
    free(c);
}

static const struct calendar_year *year_of(const struct calendar *c, int32_t day) {
    int year, month, dom;
    civil_from_day_number(day, &year, &month, &dom);
    for (size_t i = 0; i < c->count; i++)
        if (c->years[i].year == year)
            return &c->years[i];
    return NULL;
}

bool calendar_working(const struct calendar *c, int32_t day) {
    const struct calendar_year *y = year_of(c, day);
    enum day_mark mark = y ? (enum day_mark)y->marks[day - y->first_day] : DAY_PLAIN;
    if (mark == DAY_WORKED)
        return true;
    if (mark == DAY_OFF || (mark == DAY_PENDING && c->pending_as_off))
        return false;
    return !c->weekend[clock_weekday(day)];
}

enum calendar_status calendar_status(const struct calendar *c, int32_t day) {
    const struct calendar_year *y = year_of(c, day);
    return y ? y->status : CALENDAR_MISSING;
}

enum err calendar_due(const struct calendar *c, int64_t event_ms, int n, int32_t *ret_day) {
    if (n < 1)
        return ERR_INVALID;
    int32_t first = clock_vietnam_day(event_ms);
    for (int32_t day = first + 1; day <= first + SEARCH_DAYS; day++) {
        if (calendar_working(c, day) && --n == 0) {
            *ret_day = day;
            return ERR_OK;
        }
    }
    return ERR_EXHAUSTED;
}

int64_t calendar_end_of_day(int32_t day) {
    return ((int64_t)day + 1) * CLOCK_DAY - CLOCK_VIETNAM_OFFSET;
}
