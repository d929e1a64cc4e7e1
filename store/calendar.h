/* Working days: Labour Code 2019 art. 112, the yearly schedules of holidays and swapped Saturdays, Civil Code 2015 art. 147–148.
 * Data, not code: JSON of the form of store/calendar.json. */
#ifndef STORE_CALENDAR_H
#define STORE_CALENDAR_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct calendar;

enum calendar_status { CALENDAR_OFFICIAL, CALENDAR_PROVISIONAL, CALENDAR_MISSING };

/* `name` names the data in messages (a path). ERR_INVALID with the place and what is allowed in `problem`. pending_as_off: treat days whose law is
 * pending (24/11) as off. */
MUST_CHECK enum err calendar_parse(const char *json, const char *name, bool pending_as_off, struct str *problem, struct calendar **ret_calendar);
struct calendar *calendar_default(void); /* the one inside the program */
void calendar_free(struct calendar *c);

bool calendar_working(const struct calendar *c, int32_t day);
enum calendar_status calendar_status(const struct calendar *c, int32_t day); /* of that day's year */

/* The n-th working day after the event's day in Vietnam, which itself never counts. n ≥ 1. ERR_EXHAUSTED: more than 400 days without finding it. */
MUST_CHECK enum err calendar_due(const struct calendar *c, int64_t event_ms, int n, int32_t *ret_day);
int64_t calendar_end_of_day(int32_t day); /* wall ms of 24:00 in Vietnam, the first instant that is too late */

#endif
