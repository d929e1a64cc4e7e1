/* Time, injectable. Wall time is UTC epoch milliseconds; monotonic time is milliseconds since an unknown start.
 * Nothing else of the program asks the operating system for the time. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "firmware-host/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_SECOND INT64_C(1000)
#define CLOCK_MINUTE (60 * CLOCK_SECOND)
#define CLOCK_HOUR (60 * CLOCK_MINUTE)
#define CLOCK_DAY (24 * CLOCK_HOUR)
#define CLOCK_VIETNAM_OFFSET (7 * CLOCK_HOUR) /* Asia/Ho_Chi_Minh: UTC+7 without daylight saving since 1975 */

struct clock {
    int64_t (*wall_ms)(struct clock *clock);
    int64_t (*mono_ms)(struct clock *clock);
    int64_t rate; /* how much faster wall time goes than monotonic time: 1, but for training */
    int64_t pace; /* how much faster monotonic time goes than the kernel's: 1, but in a rehearsal */
};
int64_t clock_sleep(const struct clock *clock,
                    int64_t span_ms); /* how long the kernel is to wait for a span of monotonic time, rounded up; 0: not at all */
int64_t clock_until(struct clock *clock, int64_t wall_ms); /* monotonic ms until that wall moment, rounded up; 0: it's there */

struct clock *clock_system(void);

/* For rehearsals in which hours of a radio network pass in minutes: wall and monotonic time both go `pace` times as fast as real time. */
struct clock_rehearsal {
    struct clock clock;
    int64_t wall, mono; /* real ones at its beginning */
};
void clock_rehearsal_init(struct clock_rehearsal *r, int64_t pace);
#define CLOCK_PACE_MAX 1000

struct clock_virtual { /* for tests: stands still until moved */
    struct clock clock;
    int64_t wall, mono;
};
void clock_virtual_init(struct clock_virtual *v, int64_t wall_ms);
void clock_virtual_advance(struct clock_virtual *v, int64_t ms);

/* For training: wall time begins anywhere, goes faster, may be set ahead. Monotonic time, by which processes are watched, stays real. */
struct clock_training {
    struct clock clock;
    struct clock *real;
    int64_t wall, mono; /* both at one moment */
};
void clock_training_init(struct clock_training *t, struct clock *real, int64_t wall_ms, int64_t rate);
void clock_training_set(struct clock_training *t, int64_t wall_ms);

struct civil { /* a moment in Vietnam, as people write it */
    int year, month, day, hour, minute, second; /* month 1–12, day 1–31 */
};
struct civil civil_of(int64_t wall_ms);
int64_t civil_to_ms(struct civil c); /* the UTC epoch ms of that Vietnamese time */
int32_t civil_day_number(int year, int month, int day); /* days since 1970-01-01, proleptic Gregorian */
void civil_from_day_number(int32_t day_number, int *ret_year, int *ret_month, int *ret_day);
int32_t clock_vietnam_day(int64_t wall_ms); /* the day number of that instant in Vietnam */
int clock_weekday(int32_t day_number); /* 1 Monday … 7 Sunday (ISO 8601) */

#define CLOCK_TEXT_SIZE 32
void clock_iso(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]); /* 2026-11-21T02:05:00.123Z */
/* RFC 3339 with Z or an offset, milliseconds optional. */
MUST_CHECK enum err clock_parse_iso(const char *text, int64_t *ret_wall_ms);

#endif
