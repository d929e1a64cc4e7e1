/* A calendar as it is in memory, for calendar.c (days), calendar_parse.c (the file) and calendar_law.c (holidays) alone. */
#ifndef STORE_CALENDAR_DATA_H
#define STORE_CALENDAR_DATA_H

#include "firmware-host/base/json.h"
#include "store/calendar.h"

enum { DAYS_IN_YEAR = 366, YEARS = CALENDAR_YEAR_LAST - CALENDAR_YEAR_FIRST + 1, VERSION_SIZE = 48 };

enum day_mark { DAY_PLAIN, DAY_OFF, DAY_WORKED, DAY_HALF, DAY_PENDING };

/* Texts belong to the calendar's document. */
struct calendar_year {
    int year;
    int32_t first_day; /* of January 1 */
    enum calendar_status status;
    const char *status_text, *document; /* document: NULL */
    const struct json *names; /* by date; NULL */
    uint8_t marks[DAYS_IN_YEAR]; /* enum day_mark, by day of the year from 0 */
};

struct calendar {
    struct json *document;
    char version[VERSION_SIZE];
    uint32_t checksum; /* of the file */
    const char *source; /* NULL */
    bool weekend[8]; /* by clock_weekday */
    bool pending_as_off;
    struct calendar_year *years[YEARS]; /* NULL: missing */
    struct calendar_closure *closures;
    size_t closure_count;
    _Atomic uint8_t *warned; /* by year: calendar_warn has spoken */
};

/* NULL: missing, or not a year of calendars. */
const struct calendar_year *calendar_year(const struct calendar *c, int year);
enum day_mark calendar_mark(const struct calendar *c, int32_t day);
bool calendar_weekend(const struct calendar *c, int32_t day); /* by the weekday alone */
enum calendar_reason calendar_reason_unclosed(const struct calendar *c, int32_t day); /* as if nothing were closed */
bool calendar_reason_worked(enum calendar_reason reason);

/* Appends the name of the holiday that the day is off for: the file's, else by law. Nothing: not known. */
void calendar_add_name(const struct calendar *c, int32_t day, struct str *to);

#endif
