/* The working-day calendar: what a day is and why, and counting. How it is read from its file is calendar_parse.c, what the law says of holidays
 * calendar_law.c.
 *
 * A day is asked in this order: is it marked in its year (off, worked, half, pending); else is it a weekend day. A closure takes working days away
 * from its agency and gives none. What a year without an entry means is said by calendar_status, and the caller decides; its days are counted by the
 * weekday alone. */
#include "store/calendar_data.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "store/embedded.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEARCH_DAYS = 3 * 366 };

struct calendar *calendar_default(void) {
    struct calendar *c;
    struct str problem;
    str_init(&problem, 1024);
    if (calendar_parse(store_calendar_default[0].text, store_calendar_default[0].name, false, &problem, &c) != ERR_OK)
        abort(); /* store/calendar.json is wrong; the unit tests parse it */
    str_release(&problem);
    return c;
}

const char *calendar_version(const struct calendar *c) {
    return c->version;
}

int64_t calendar_checksum(const struct calendar *c) {
    return ((int64_t)c->checksum << 2 | (c->pending_as_off ? 2 : 0)) + 1;
}

const char *calendar_source(const struct calendar *c) {
    return c->source;
}

/* ---- years ---- */

const struct calendar_year *calendar_year(const struct calendar *c, int year) {
    return year >= CALENDAR_YEAR_FIRST && year <= CALENDAR_YEAR_LAST ? c->years[year - CALENDAR_YEAR_FIRST] : NULL;
}

static int year_number(int32_t day) {
    int year, month, dom;
    civil_from_day_number(day, &year, &month, &dom);
    return year;
}

enum calendar_status calendar_status(const struct calendar *c, int32_t day) {
    const struct calendar_year *y = calendar_year(c, year_number(day));
    return y ? y->status : CALENDAR_MISSING;
}

const char *calendar_status_text(const struct calendar *c, int year) {
    const struct calendar_year *y = calendar_year(c, year);
    return y ? y->status_text : NULL;
}

const char *calendar_document(const struct calendar *c, int year) {
    const struct calendar_year *y = calendar_year(c, year);
    return y ? y->document : NULL;
}

const char *calendar_status_name(enum calendar_status status) {
    static const char *const names[] = {[CALENDAR_OFFICIAL] = "official", [CALENDAR_PROVISIONAL] = "provisional", [CALENDAR_MISSING] = "missing"};
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "?";
}

void calendar_warn(const struct calendar *c, int32_t day) {
    enum calendar_status status = calendar_status(c, day);
    int year = year_number(day);
    bool known = year >= CALENDAR_YEAR_FIRST && year <= CALENDAR_YEAR_LAST;
    if (status == CALENDAR_OFFICIAL || (known && atomic_exchange(&c->warned[year - CALENDAR_YEAR_FIRST], 1)))
        return;
    log_event(LOG_LEVEL_WARNING, "calendar.not_official", log_int("year", year), log_text("status", calendar_status_name(status)),
              log_text("version", c->version));
}

/* ---- days ---- */

enum day_mark calendar_mark(const struct calendar *c, int32_t day) {
    const struct calendar_year *y = calendar_year(c, year_number(day));
    return y ? (enum day_mark)y->marks[day - y->first_day] : DAY_PLAIN;
}

bool calendar_weekend(const struct calendar *c, int32_t day) {
    return c->weekend[clock_weekday(day)];
}

enum calendar_reason calendar_reason_unclosed(const struct calendar *c, int32_t day) {
    bool weekend = calendar_weekend(c, day);
    switch (calendar_mark(c, day)) {
    case DAY_OFF:
        return CALENDAR_OFF;
    case DAY_WORKED:
        return CALENDAR_WORKED_WEEKEND;
    case DAY_HALF:
        return CALENDAR_HALF_DAY;
    case DAY_PENDING:
        if (c->pending_as_off)
            return CALENDAR_PENDING_OFF;
        return weekend ? CALENDAR_WEEKEND : CALENDAR_PENDING_WORKED;
    case DAY_PLAIN:
        break;
    }
    return weekend ? CALENDAR_WEEKEND : CALENDAR_WEEKDAY;
}

bool calendar_reason_worked(enum calendar_reason reason) {
#define X(symbol, name, worked) [symbol] = worked,
    static const bool table[] = {CALENDAR_REASON_TABLE(X)};
#undef X
    return table[reason];
}

const char *calendar_reason_name(enum calendar_reason reason) {
#define X(symbol, name, worked) [symbol] = name,
    static const char *const names[] = {CALENDAR_REASON_TABLE(X)};
#undef X
    return (size_t)reason < CALENDAR_REASON_COUNT ? names[reason] : "?";
}

static bool closed_for_all(const struct calendar_closure *closure) {
    return strcmp(closure->agency, "*") == 0;
}

static const struct calendar_closure *closure_of(const struct calendar *c, const char *agency, int32_t day) {
    for (size_t i = 0; i < c->closure_count; i++) {
        const struct calendar_closure *closure = &c->closures[i];
        if (day < closure->from || day > closure->to)
            continue;
        if (closed_for_all(closure) || (agency && strcmp(closure->agency, agency) == 0))
            return closure;
    }
    return NULL;
}

bool calendar_has_closures(const struct calendar *c, const char *agency) {
    for (size_t i = 0; i < c->closure_count; i++)
        if (agency ? strcmp(c->closures[i].agency, agency) == 0 : !closed_for_all(&c->closures[i]))
            return true;
    return false;
}

const struct calendar_closure *calendar_closure(const struct calendar *c, size_t index) {
    return index < c->closure_count ? &c->closures[index] : NULL;
}

enum calendar_reason calendar_reason(const struct calendar *c, const char *agency, int32_t day) {
    enum calendar_reason reason = calendar_reason_unclosed(c, day);
    return calendar_reason_worked(reason) && closure_of(c, agency, day) ? CALENDAR_CLOSED : reason;
}

bool calendar_working_for(const struct calendar *c, const char *agency, int32_t day) {
    return calendar_reason_worked(calendar_reason(c, agency, day));
}

bool calendar_working(const struct calendar *c, int32_t day) {
    return calendar_working_for(c, NULL, day);
}

/* ---- counting ---- */

int calendar_working_days(const struct calendar *c, const char *agency, int32_t after_day, int32_t until_day) {
    int count = 0;
    for (int32_t day = after_day + 1; day <= until_day; day++)
        count += calendar_working_for(c, agency, day);
    return count;
}

enum err calendar_due_for(const struct calendar *c, const char *agency, int64_t event_ms, int n, int32_t *ret_day) {
    if (n < 1 || n > CALENDAR_DAYS_MAX)
        return ERR_INVALID;
    int32_t first = clock_vietnam_day(event_ms);
    for (int32_t day = first + 1; day <= first + SEARCH_DAYS; day++) {
        if (calendar_working_for(c, agency, day) && --n == 0) {
            *ret_day = day;
            return ERR_OK;
        }
    }
    return ERR_EXHAUSTED;
}

enum err calendar_due(const struct calendar *c, int64_t event_ms, int n, int32_t *ret_day) {
    return calendar_due_for(c, NULL, event_ms, n, ret_day);
}

int64_t calendar_end_of_day(int32_t day) {
    return ((int64_t)day + 1) * CLOCK_DAY - CLOCK_VIETNAM_OFFSET;
}

/* ---- words ---- */

const char *calendar_weekday_name(int32_t day) {
    static const char *const names[] = {"", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    return names[clock_weekday(day)];
}

void calendar_date_text(int32_t day, char out[CALENDAR_DATE_SIZE]) {
    int year, month, dom;
    civil_from_day_number(day, &year, &month, &dom);
    snprintf(out, CALENDAR_DATE_SIZE, "%04u-%02u-%02u", (unsigned)year % 10000U, (unsigned)month % 100U, (unsigned)dom % 100U);
}

/* The day's name between two texts; neither is there without it. */
static void add_named(const struct calendar *c, int32_t day, const char *before, const char *after, struct str *to) {
    struct str name;
    str_init(&name, 512);
    calendar_add_name(c, day, &name);
    if (name.len)
        str_addf(to, "%s%s%s", before, name.data, after);
    str_release(&name);
}

static void add_pending(const struct calendar *c, int32_t day, const char *how, struct str *to) {
    int year, month, dom;
    civil_from_day_number(day, &year, &month, &dom);
    str_addf(to, ", pending %02d/%02d (%s)", dom, month, how);
    add_named(c, day, ": ", "", to);
}

static void add_closed(const struct calendar_closure *closure, struct str *to) {
    if (closed_for_all(closure))
        str_addf(to, ", closed: all agencies, %s", closure->reason);
    else
        str_addf(to, ", closed: agency %s, %s", closure->agency, closure->reason);
}

void calendar_explain(const struct calendar *c, const char *agency, int32_t day, struct str *to) {
    const char *weekday = calendar_weekday_name(day);
    str_add(to, weekday);
    switch (calendar_reason(c, agency, day)) {
    case CALENDAR_WORKED_WEEKEND:
        str_addf(to, ", worked %s", strcmp(weekday, "Sat") == 0 ? "Saturday" : strcmp(weekday, "Sun") == 0 ? "Sunday" : "weekend day");
        add_named(c, day, " (", ")", to);
        break;
    case CALENDAR_HALF_DAY:
        str_add(to, ", half day (counts as a working day)");
        add_named(c, day, ": ", "", to);
        break;
    case CALENDAR_PENDING_WORKED:
        add_pending(c, day, "not counted as off", to);
        break;
    case CALENDAR_PENDING_OFF:
        add_pending(c, day, "counted as off", to);
        break;
    case CALENDAR_OFF:
        str_addf(to, ", holiday: off in %d", year_number(day));
        add_named(c, day, " (", ")", to);
        break;
    case CALENDAR_CLOSED:
        add_closed(closure_of(c, agency, day), to);
        break;
    case CALENDAR_WEEKDAY:
    case CALENDAR_WEEKEND:
    case CALENDAR_REASON_COUNT:
        break;
    }
}
