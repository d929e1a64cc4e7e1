/* Working days: Labour Code 2019 art. 111–112, the yearly schedules of holidays and swapped Saturdays, Civil Code 2015 art. 147–148.
 * Data, not code: JSON of the form of store/calendar.json.
 *
 *   tz         must begin with "Asia/Ho_Chi_Minh"
 *   weekend    at most 6 of MON … SUN; offices that work on Saturday mornings write ["SUN"]
 *   version    optional: a whole number, or 1–32 of A-Z a-z 0-9 . _ -; without it a checksum of the file stands for it
 *   source     optional: where the data is from
 *   years      by year, 2000–2199:
 *     status           begins with "official" or "provisional", in whatever case; what follows is for people
 *     document         optional: the number of the document that says so
 *     off              days that aren't worked: holidays, days in lieu, swapped days; weekend days may stand there
 *     work_on_weekend  weekend days that are worked
 *     half_days        days of which half is worked. A half day counts as a working day, a weekend day too
 *     pending_off      days whose law isn't in force yet (24/11, Resolution 80-NQ/TW): off only where the configuration says so
 *     names            optional: {"YYYY-MM-DD": "what the day is"}, of days in the lists above
 *     alternatives     optional: {"what it is": [dates]}, what an official schedule may say instead; isn't counted with
 *   closures   optional: [{agency, from, to, reason}]: offices closed by storm, flood, disaster. agency is a key of the directory (1–31 of
 *              a-z 0-9 -), or "*" for all; from and to are both closed, at most 366 days
 *
 * A year without an entry is counted by the weekday alone; calendar_status tells it and calendar_warn logs it.
 * A calendar never changes once parsed, and may be read from several threads. */
#ifndef STORE_CALENDAR_H
#define STORE_CALENDAR_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct calendar;

enum { CALENDAR_YEAR_FIRST = 2000, CALENDAR_YEAR_LAST = 2199, CALENDAR_DAYS_MAX = 366 }; /* DAYS_MAX: working days of one deadline */
enum calendar_status { CALENDAR_OFFICIAL, CALENDAR_PROVISIONAL, CALENDAR_MISSING };

/* `name` names the data in messages (a path). ERR_INVALID with the place and what is allowed in `problem`. pending_as_off: treat days whose law is
 * pending (24/11) as off. */
MUST_CHECK enum err calendar_parse(const char *json, const char *name, bool pending_as_off, struct str *problem, struct calendar **ret_calendar);
struct calendar *calendar_default(void); /* the one inside the program */
void calendar_free(struct calendar *c);

/* Its version, "3", or "3+pending" where pending days count as off: two calendars with the same version give the same days. The cause of a deadline
 * that another calendar moves is "calendar-v" and this. */
const char *calendar_version(const struct calendar *c);
/* Of the file's octets and what pending days are: the same for the same file, whatever version it claims. Never 0. */
int64_t calendar_checksum(const struct calendar *c);
const char *calendar_source(const struct calendar *c); /* NULL: not said */

/* ---- days; a day is a day number (clock.h), in Vietnam ----
 * `agency` is a key, whose closures count; NULL: only what is closed for all. */

bool calendar_working(const struct calendar *c, int32_t day);
bool calendar_working_for(const struct calendar *c, const char *agency, int32_t day);
int calendar_working_days(const struct calendar *c, const char *agency, int32_t after_day,
                          int32_t until_day); /* in (after, until]; 0 if until ≤ after */

/* The n-th working day after the event's day in Vietnam, which itself never counts, worked or not. n is 1 … CALENDAR_DAYS_MAX, else ERR_INVALID.
 * ERR_EXHAUSTED: not found within three years, because nearly everything is off or closed. */
MUST_CHECK enum err calendar_due(const struct calendar *c, int64_t event_ms, int n, int32_t *ret_day);
MUST_CHECK enum err calendar_due_for(const struct calendar *c, const char *agency, int64_t event_ms, int n, int32_t *ret_day);
int64_t calendar_end_of_day(int32_t day); /* wall ms of 24:00 in Vietnam, the first instant that is too late */

bool calendar_has_closures(const struct calendar *c, const char *agency); /* whether any closure names this agency by its key; NULL: names any */
struct calendar_closure {
    const char *agency, *reason; /* agency "*": all */
    int32_t from, to; /* both closed */
};
const struct calendar_closure *calendar_closure(const struct calendar *c, size_t index); /* NULL: there are no more */

/* ---- years ---- */

enum calendar_status calendar_status(const struct calendar *c, int32_t day); /* of that day's year */
const char *calendar_status_text(const struct calendar *c, int year); /* as the file has it; NULL: missing */
const char *calendar_document(const struct calendar *c, int year); /* NULL */
const char *calendar_status_name(enum calendar_status status); /* "official", "provisional", "missing" */
/* Logs that the day's year isn't official: once for each year of this calendar object, however often it's called. */
void calendar_warn(const struct calendar *c, int32_t day);

/* ---- why ---- */

/* clang-format off */
#define CALENDAR_REASON_TABLE(X) /* symbol, name, whether the day is worked */ \
    X(CALENDAR_WEEKDAY,         "weekday",         true) \
    X(CALENDAR_WORKED_WEEKEND,  "worked_weekend",  true) \
    X(CALENDAR_HALF_DAY,        "half_day",        true) \
    X(CALENDAR_PENDING_WORKED,  "pending_worked",  true) /* pending, and not counted as off */ \
    X(CALENDAR_WEEKEND,         "weekend",         false) \
    X(CALENDAR_OFF,             "off",             false) \
    X(CALENDAR_PENDING_OFF,     "pending_off",     false) \
    X(CALENDAR_CLOSED,          "closed",          false)
/* clang-format on */
#define X(symbol, name, worked) symbol,
enum calendar_reason { CALENDAR_REASON_TABLE(X) CALENDAR_REASON_COUNT };
#undef X
enum calendar_reason calendar_reason(const struct calendar *c, const char *agency, int32_t day);
const char *calendar_reason_name(enum calendar_reason reason);
/* The same in words, with the holiday's name, the closure's cause:
 *   Sat
 *   Tue, holiday: off in 2026 (Tết Nguyên đán)
 *   Sat, worked Saturday
 *   Tue, pending 24/11 (not counted as off): Ngày Văn hóa Việt Nam
 *   Mon, holiday: off in 2026 (in lieu of Giỗ Tổ Hùng Vương)
 *   Thu, closed: agency so-xd, bão số 5 */
void calendar_explain(const struct calendar *c, const char *agency, int32_t day, struct str *to);
const char *calendar_weekday_name(int32_t day); /* "Mon" … "Sun" */
#define CALENDAR_DATE_SIZE 11
void calendar_date_text(int32_t day, char out[CALENDAR_DATE_SIZE]); /* "2026-02-16"; years 0 to 9999 */
MUST_CHECK enum err calendar_parse_date(const char *text, int32_t *ret_day); /* strictly YYYY-MM-DD, a day that exists in 2000–2199; ERR_INVALID */

/* ---- what is to be looked at by a person ---- */

/* kind: "missing", "provisional", "pending", "holiday" (a holiday of art. 112 for which too few days are off), "swap" (days off beyond the holidays,
 * and weekend days worked for them, don't match). Nothing of it makes a calendar invalid: schedules are decided by people. */
struct calendar_finding {
    int year;
    const char *kind;
    const char *text;
};
typedef void calendar_finding_each(void *context, const struct calendar_finding *finding);
/* Looks at the years that the calendar has and those between them, at this year and the two next; by year. */
void calendar_check(const struct calendar *c, int this_year, calendar_finding_each *each, void *context);

#endif
