/* The holidays of Labour Code 2019 art. 112 by their dates, solar and lunar: they give days off their names, and say where a calendar's list
 * disagrees with the law's pattern. They never decide whether a day is worked: that is the State's yearly schedule, in the calendar's file.
 *
 * The pattern: 1/1; five days at Tết; 10/3 lunar; 30/4; 1/5; 2/9 and one day before or after it. A holiday on a weekly rest day is made up for on the
 * next working day (art. 111.3). So around each of them lies an unbroken run of days that aren't worked, and in it at least as many weekdays as the
 * holidays in it have days by law, wherever the Prime Minister put the days of Tết and the neighbour of 2/9 that year. */
#include "store/calendar_data.h"

#include "firmware-host/base/clock.h"
#include "store/lunar.h"

#include <stdlib.h>
#include <string.h>

enum { RUN_MAX = 30 }; /* days in a row that aren't worked; longer ones aren't followed */

static const struct holiday {
    const char *name;
    int month, day;
    int days; /* off by law */
    bool lunar;
    bool pending; /* counts where the calendar has that day off */
} holidays[] = {
    {"Tết Dương lịch", 1, 1, 1, false, false},         {"Tết Nguyên đán", 1, 1, 5, true, false},         {"Giỗ Tổ Hùng Vương", 3, 10, 1, true, false},
    {"Ngày Chiến thắng", 4, 30, 1, false, false},      {"Ngày Quốc tế Lao động", 5, 1, 1, false, false}, {"Quốc khánh", 9, 2, 2, false, false},
    {"Ngày Văn hóa Việt Nam", 11, 24, 1, false, true},
};
enum { HOLIDAYS = sizeof holidays / sizeof *holidays, TET = 1, NATIONAL_DAY = 5 };

static bool holiday_day(const struct holiday *h, int year, int32_t *ret_day) {
    if (h->lunar)
        return lunar_day(year, h->month, false, h->day, ret_day) == ERR_OK;
    *ret_day = civil_day_number(year, h->month, h->day);
    return true;
}

/* ---- runs of days that aren't worked ---- */

struct run {
    int32_t first, last; /* last < first: the day is worked */
};

static bool off(const struct calendar *c, int32_t day) {
    return !calendar_reason_worked(calendar_reason_unclosed(c, day));
}

static struct run run_around(const struct calendar *c, int32_t day) {
    struct run r = {day, day};
    if (!off(c, day))
        return (struct run){day, day - 1};
    while (day - r.first < RUN_MAX && off(c, r.first - 1))
        r.first--;
    while (r.last - day < RUN_MAX && off(c, r.last + 1))
        r.last++;
    return r;
}

static bool within(struct run r, int32_t day) {
    return day >= r.first && day <= r.last;
}

static int weekdays_in(const struct calendar *c, struct run r) {
    int count = 0;
    for (int32_t day = r.first; day <= r.last; day++)
        count += !calendar_weekend(c, day);
    return count;
}

/* ---- names ---- */

/* The holiday that falls on that day; NULL. */
static const struct holiday *holiday_on(int32_t day) {
    int year, month, dom;
    int32_t at;
    civil_from_day_number(day, &year, &month, &dom);
    for (size_t i = 0; i < HOLIDAYS; i++)
        if (holiday_day(&holidays[i], year, &at) && at == day)
            return &holidays[i];
    return NULL;
}

/* The holiday of several days to which a day off beside it belongs; NULL. */
static const struct holiday *holiday_beside(const struct calendar *c, int32_t day) {
    int year, month, dom;
    int32_t at;
    civil_from_day_number(day, &year, &month, &dom);
    if (holiday_day(&holidays[TET], year, &at) && within(run_around(c, at), day))
        return &holidays[TET];
    if (abs(day - civil_day_number(year, holidays[NATIONAL_DAY].month, holidays[NATIONAL_DAY].day)) == 1)
        return &holidays[NATIONAL_DAY];
    return NULL;
}

/* The nearest holiday on a weekend day before a weekday off, with nothing worked between; NULL. */
static const struct holiday *holiday_made_up(const struct calendar *c, int32_t day) {
    if (calendar_weekend(c, day))
        return NULL;
    for (int32_t before = day - 1; day - before < RUN_MAX && off(c, before); before--) {
        const struct holiday *h = calendar_weekend(c, before) ? holiday_on(before) : NULL;
        if (h)
            return h;
    }
    return NULL;
}

void calendar_add_name(const struct calendar *c, int32_t day, struct str *to) {
    int year, month, dom;
    char date[CALENDAR_DATE_SIZE];
    civil_from_day_number(day, &year, &month, &dom);
    calendar_date_text(day, date);
    const struct calendar_year *y = calendar_year(c, year);
    const char *own = y ? json_text(y->names, date) : NULL;
    if (own || !off(c, day)) {
        const struct holiday *h = own ? NULL : holiday_on(day);
        str_add(to, own ? own : h ? h->name : "");
        return;
    }
    const struct holiday *h = holiday_on(day);
    if (!h)
        h = holiday_beside(c, day);
    const struct holiday *made_up = h ? NULL : holiday_made_up(c, day);
    if (made_up)
        str_addf(to, "in lieu of %s", made_up->name);
    else if (h)
        str_add(to, h->name);
}

/* ---- checking ---- */

struct check {
    const struct calendar *calendar;
    const struct calendar_year *year;
    calendar_finding_each *each;
    void *context;
    struct run told; /* the run of the last finding about holidays */
};

static void find(const struct check *k, int year, const char *kind, const char *format, ...) __attribute__((format(printf, 4, 5)));
static void find(const struct check *k, int year, const char *kind, const char *format, ...) {
    struct str text;
    va_list args;
    str_init(&text, 4096);
    va_start(args, format);
    str_vaddf(&text, format, args);
    va_end(args);
    k->each(k->context, &(struct calendar_finding){.year = year, .kind = kind, .text = text.data});
    str_release(&text);
}

/* Whether the year owes days off for it: always, but for one whose law is pending only where its day is off. */
static bool owed(const struct check *k, const struct holiday *h, int32_t day) {
    enum calendar_reason reason = calendar_reason_unclosed(k->calendar, day);
    return !h->pending || reason == CALENDAR_OFF || reason == CALENDAR_PENDING_OFF;
}

/* The days owed for all holidays in the run, whose names are appended. */
static int owed_in(const struct check *k, struct run r, struct str *names) {
    int days = 0;
    for (size_t i = 0; i < HOLIDAYS; i++) {
        int32_t at;
        if (!holiday_day(&holidays[i], k->year->year, &at) || !within(r, at) || !owed(k, &holidays[i], at))
            continue;
        days += holidays[i].days;
        str_addf(names, "%s%s", names->len ? ", " : "", holidays[i].name);
    }
    return days;
}

static void check_holiday(struct check *k, const struct holiday *h) {
    int32_t day;
    char date[CALENDAR_DATE_SIZE], first[CALENDAR_DATE_SIZE], last[CALENDAR_DATE_SIZE];
    if (!holiday_day(h, k->year->year, &day) || !owed(k, h, day) || within(k->told, day))
        return;
    calendar_date_text(day, date);
    struct run r = run_around(k->calendar, day);
    if (r.last < r.first) {
        find(k, k->year->year, "holiday", "%s, %s %s, is a working day in this calendar", h->name, calendar_weekday_name(day), date);
        return;
    }
    struct str names;
    str_init(&names, 512);
    int days = owed_in(k, r, &names), has = weekdays_in(k->calendar, r);
    calendar_date_text(r.first, first);
    calendar_date_text(r.last, last);
    if (has < days) {
        find(k, k->year->year, "holiday", "%s: days off by law: %d, but %s to %s, where nobody works, has only %d besides weekends", names.data, days,
             first, last, has);
        k->told = r;
    }
    str_release(&names);
}

static void check_swaps(const struct check *k) {
    const struct calendar *c = k->calendar;
    struct str worked_days;
    int legal = 0, weekdays_off = 0, worked = 0;
    str_init(&worked_days, 2048);
    for (size_t i = 0; i < HOLIDAYS; i++) {
        int32_t at;
        if (holiday_day(&holidays[i], k->year->year, &at) && owed(k, &holidays[i], at))
            legal += holidays[i].days;
    }
    int32_t end = civil_day_number(k->year->year + 1, 1, 1);
    for (int32_t day = k->year->first_day; day < end; day++) {
        enum calendar_reason reason = calendar_reason_unclosed(c, day);
        char date[CALENDAR_DATE_SIZE];
        calendar_date_text(day, date);
        if (reason == CALENDAR_WORKED_WEEKEND)
            str_addf(&worked_days, "%s%s", worked++ ? ", " : "", date);
        weekdays_off += (reason == CALENDAR_OFF || reason == CALENDAR_PENDING_OFF) && !calendar_weekend(c, day);
    }
    int beyond = weekdays_off > legal ? weekdays_off - legal : 0;
    if (worked > beyond)
        find(k, k->year->year, "swap", "weekend days worked: %d (%s), but days off beyond the %d by law: %d", worked, worked_days.data, legal,
             beyond);
    else if (worked < beyond)
        find(k, k->year->year, "swap", "days off beyond the %d by law: %d, but weekend days worked for them: %d", legal, beyond, worked);
    str_release(&worked_days);
}

static void check_pending(const struct check *k) {
    for (int32_t i = 0; i < DAYS_IN_YEAR; i++) {
        if (k->year->marks[i] != DAY_PENDING)
            continue;
        struct str words;
        char date[CALENDAR_DATE_SIZE];
        str_init(&words, 512);
        calendar_date_text(k->year->first_day + i, date);
        calendar_explain(k->calendar, NULL, k->year->first_day + i, &words);
        find(k, k->year->year, "pending", "%s: %s", date, words.data);
        str_release(&words);
    }
}

static void check_year(struct check *k, int year) {
    k->year = calendar_year(k->calendar, year);
    k->told = (struct run){0, -1};
    if (!k->year) {
        find(k, year, "missing", "no schedule in this calendar: its days are counted by the weekday alone, as if it had no holidays");
        return;
    }
    if (k->year->status == CALENDAR_PROVISIONAL)
        find(k, year, "provisional", "deadlines in it may move when its schedule is published (%s)", k->year->status_text);
    check_pending(k);
    for (size_t i = 0; i < HOLIDAYS; i++)
        check_holiday(k, &holidays[i]);
    check_swaps(k);
}

void calendar_check(const struct calendar *c, int this_year, calendar_finding_each *each, void *context) {
    struct check k = {.calendar = c, .each = each, .context = context};
    int first = CALENDAR_YEAR_LAST, last = CALENDAR_YEAR_FIRST;
    for (int year = CALENDAR_YEAR_FIRST; year <= CALENDAR_YEAR_LAST; year++) {
        if (!calendar_year(c, year))
            continue;
        first = year < first ? year : first;
        last = year;
    }
    for (int year = CALENDAR_YEAR_FIRST; year <= CALENDAR_YEAR_LAST; year++)
        if ((year >= first && year <= last) || (year >= this_year && year <= this_year + 2))
            check_year(&k, year);
}
