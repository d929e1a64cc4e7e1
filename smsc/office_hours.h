/* When offices work: working days, and hours that are a setting (struct officer_settings). */
#ifndef SMSC_OFFICE_HOURS_H
#define SMSC_OFFICE_HOURS_H

#include "smsc/smsc.h"

bool office_open(const struct smsc *s, int64_t now);
int64_t office_moment(int32_t day, int minute); /* wall ms */
/* The first such minute of a working day at or after `from`. INT64_MAX: no working day within 400 days. */
int64_t office_next(const struct smsc *s, int64_t from, int minute);
int64_t office_next_open(const struct smsc *s, int64_t now); /* now, if it's open; else the next opening */
int32_t office_next_day(const struct smsc *s, int32_t day); /* the next working day after it */
/* Whole working days that have passed since a day in which something was due: 0 on the first working day after it. */
int office_days_late(const struct smsc *s, int32_t due_day, int32_t today);
/* ms between the two moments in which offices were open; of the last 400 days at most. */
int64_t office_time(const struct smsc *s, int64_t from, int64_t to);

#endif
