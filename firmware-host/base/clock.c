/* Wall and monotonic time, the civil calendar of Vietnam, and RFC 3339.
 * Instants outside the years 0000–9999 are drawn to the nearest end of that range, so that every instant can be printed. */
#include "firmware-host/base/clock.h"

#include <time.h>

static int64_t system_ms(clockid_t id) {
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CLOCK_SECOND + now.tv_nsec / 1000000;
}

static int64_t system_wall(struct clock *clock) {
    (void)clock;
    return system_ms(CLOCK_REALTIME);
}

static int64_t system_mono(struct clock *clock) {
    (void)clock;
    return system_ms(CLOCK_MONOTONIC);
}

struct clock *clock_system(void) {
    static struct clock system_clock = {system_wall, system_mono, 1, 1};
    return &system_clock;
}

static int64_t rehearsal_wall(struct clock *clock) {
    const struct clock_rehearsal *r = (struct clock_rehearsal *)clock;
    return r->wall + (system_ms(CLOCK_MONOTONIC) - r->mono) * clock->pace;
}

static int64_t rehearsal_mono(struct clock *clock) {
    const struct clock_rehearsal *r = (struct clock_rehearsal *)clock;
    return r->mono + (system_ms(CLOCK_MONOTONIC) - r->mono) * clock->pace;
}

void clock_rehearsal_init(struct clock_rehearsal *r, int64_t pace) {
    *r = (struct clock_rehearsal){{rehearsal_wall, rehearsal_mono, 1, pace}, system_ms(CLOCK_REALTIME), system_ms(CLOCK_MONOTONIC)};
}

int64_t clock_sleep(const struct clock *clock, int64_t span_ms) {
    return span_ms <= 0 ? 0 : (span_ms - 1) / clock->pace + 1;
}

static int64_t virtual_wall(struct clock *clock) {
    return ((struct clock_virtual *)clock)->wall;
}

static int64_t virtual_mono(struct clock *clock) {
    return ((struct clock_virtual *)clock)->mono;
}

void clock_virtual_init(struct clock_virtual *v, int64_t wall_ms) {
    *v = (struct clock_virtual){.clock = {virtual_wall, virtual_mono, 1, 1}, .wall = wall_ms};
}

void clock_virtual_advance(struct clock_virtual *v, int64_t ms) {
    v->wall += ms;
    v->mono += ms;
}

static int64_t training_mono(struct clock *clock) {
    struct clock *real = ((struct clock_training *)clock)->real;
    return real->mono_ms(real);
}

static int64_t training_wall(struct clock *clock) {
    struct clock_training *t = (struct clock_training *)clock;
    return t->wall + (training_mono(clock) - t->mono) * clock->rate;
}

void clock_training_set(struct clock_training *t, int64_t wall_ms) {
    t->wall = wall_ms;
    t->mono = training_mono(&t->clock);
}

void clock_training_init(struct clock_training *t, struct clock *real, int64_t wall_ms, int64_t rate) {
    *t = (struct clock_training){.clock = {training_wall, training_mono, rate, real->pace}, .real = real};
    clock_training_set(t, wall_ms);
}

int64_t clock_until(struct clock *clock, int64_t wall_ms) {
    int64_t now = clock->wall_ms(clock);
    return wall_ms <= now ? 0 : (wall_ms - now - 1) / clock->rate + 1;
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Days from the first of March to the first of the month, months counted from March = 0: 31 30 31 30 31 | 31 30 31 30 31 | 31 … */
static int days_before_month(int from_march) {
    return (153 * from_march + 2) / 5;
}

/* Counting years from March puts the leap day at the end of a year, so that a date is a sum. */
int32_t civil_day_number(int year, int month, int day) {
    int64_t months = (int64_t)year * 12 + (month - 1) - 2;
    int64_t y = floor_div(months, 12);
    int from_march = (int)(months - y * 12);
    int64_t since_year_0 = 365 * y + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) + days_before_month(from_march) + (day - 1);
    return (int32_t)(since_year_0 - 719468); /* 1970-01-01 is so many days after 0000-03-01 */
}

void civil_from_day_number(int32_t day_number, int *ret_year, int *ret_month, int *ret_day) {
    enum { DAYS_1 = 365, DAYS_4 = 1461, DAYS_100 = 36524, DAYS_400 = 146097 };
    int64_t days = (int64_t)day_number + 719468;
    int64_t cycle = floor_div(days, DAYS_400);
    int left = (int)(days - cycle * DAYS_400);
    /* The last century of a cycle and the last year of four are a day longer: their last day belongs to them, not to a fifth. */
    int century = left / DAYS_100 < 3 ? left / DAYS_100 : 3;
    left -= century * DAYS_100;
    int four = left / DAYS_4;
    left -= four * DAYS_4;
    int one = left / DAYS_1 < 3 ? left / DAYS_1 : 3;
    left -= one * DAYS_1;
    int from_march = (5 * left + 2) / 153;
    int year = (int)(cycle * 400) + century * 100 + four * 4 + one;
    *ret_day = left - days_before_month(from_march) + 1;
    *ret_month = from_march < 10 ? from_march + 3 : from_march - 9;
    *ret_year = from_march < 10 ? year : year + 1;
}

static int64_t within_calendar(int64_t ms) {
    const int64_t first = civil_day_number(0, 1, 1) * CLOCK_DAY, last = civil_day_number(10000, 1, 1) * CLOCK_DAY - 1;
    return ms < first ? first : ms > last ? last : ms;
}

static struct civil civil_at_offset(int64_t wall_ms, int64_t offset, int *ret_ms) {
    int64_t local = within_calendar(within_calendar(wall_ms) + offset);
    int64_t day = floor_div(local, CLOCK_DAY);
    int in_day = (int)(local - day * CLOCK_DAY);
    struct civil c;
    civil_from_day_number((int32_t)day, &c.year, &c.month, &c.day);
    c.hour = in_day / 3600000;
    c.minute = in_day / 60000 % 60;
    c.second = in_day / 1000 % 60;
    *ret_ms = in_day % 1000;
    return c;
}

struct civil civil_of(int64_t wall_ms) {
    int ms;
    return civil_at_offset(wall_ms, CLOCK_VIETNAM_OFFSET, &ms);
}

int64_t civil_to_ms(struct civil c) {
    return civil_day_number(c.year, c.month, c.day) * CLOCK_DAY + c.hour * CLOCK_HOUR + c.minute * CLOCK_MINUTE + c.second * CLOCK_SECOND -
           CLOCK_VIETNAM_OFFSET;
}

int32_t clock_vietnam_day(int64_t wall_ms) {
    return (int32_t)floor_div(within_calendar(within_calendar(wall_ms) + CLOCK_VIETNAM_OFFSET), CLOCK_DAY);
}

int clock_weekday(int32_t day_number) {
    int64_t since_a_monday = (int64_t)day_number + 3; /* 1970-01-01 was a Thursday */
    return (int)(since_a_monday - floor_div(since_a_monday, 7) * 7) + 1;
}

static char *put_digits(char *to, int value, int width, char after) {
    for (int i = width; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
    to[width] = after;
    return to + width + 1;
}

void clock_iso(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]) {
    int ms;
    struct civil utc = civil_at_offset(wall_ms, 0, &ms);
    char *to = put_digits(out, utc.year, 4, '-');
    to = put_digits(to, utc.month, 2, '-');
    to = put_digits(to, utc.day, 2, 'T');
    to = put_digits(to, utc.hour, 2, ':');
    to = put_digits(to, utc.minute, 2, ':');
    to = put_digits(to, utc.second, 2, '.');
    to = put_digits(to, ms, 3, 'Z');
    *to = '\0';
}

/* Exactly `width` digits in [min, max], then the character `after` (0: none). */
static bool take_digits(const char **at, int width, int min, int max, char after, int *ret_value) {
    int value = 0;
    for (int i = 0; i < width; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    if (value < min || value > max || (after && (*at)[width] != after))
        return false;
    *at += width + (after != 0);
    *ret_value = value;
    return true;
}

static int days_in_month(int year, int month) {
    return civil_day_number(year, month + 1, 1) - civil_day_number(year, month, 1);
}

/* `.5` is 500 ms; what is finer than a millisecond is cut off. */
static bool take_fraction(const char **at, int *ret_ms) {
    int ms = 0, digits = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++, digits++)
        if (digits < 3)
            ms = ms * 10 + (**at - '0');
    for (int i = digits; i < 3; i++)
        ms *= 10;
    *ret_ms = ms;
    return digits > 0;
}

static bool take_offset(const char **at, int *ret_minutes) {
    char sign = *(*at)++;
    int hours, minutes;
    if (sign == 'Z' || sign == 'z') {
        *ret_minutes = 0;
        return true;
    }
    if ((sign != '+' && sign != '-') || !take_digits(at, 2, 0, 23, ':', &hours) || !take_digits(at, 2, 0, 59, 0, &minutes))
        return false;
    *ret_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

static bool take_date(const char **at, struct civil *c) {
    if (!take_digits(at, 4, 0, 9999, '-', &c->year) || !take_digits(at, 2, 1, 12, '-', &c->month) || !take_digits(at, 2, 1, 31, 0, &c->day))
        return false;
    char separator = *(*at)++;
    return c->day <= days_in_month(c->year, c->month) && (separator == 'T' || separator == 't' || separator == ' ');
}

enum err clock_parse_iso(const char *text, int64_t *ret_wall_ms) {
    struct civil c;
    int ms = 0, offset;
    if (!take_date(&text, &c) || !take_digits(&text, 2, 0, 23, ':', &c.hour) || !take_digits(&text, 2, 0, 59, ':', &c.minute) ||
        !take_digits(&text, 2, 0, 60, 0, &c.second))
        return ERR_INVALID;
    if (*text == '.') {
        text++;
        if (!take_fraction(&text, &ms))
            return ERR_INVALID;
    }
    if (!take_offset(&text, &offset) || *text != '\0')
        return ERR_INVALID;
    int64_t wall = civil_to_ms(c) + CLOCK_VIETNAM_OFFSET - offset * CLOCK_MINUTE + ms;
    /* Leap seconds end a day of UTC and nothing else; POSIX time gives them the number of the second that follows. */
    if (c.second == 60 && floor_div(wall, CLOCK_SECOND) % (CLOCK_DAY / CLOCK_SECOND) != 0)
        return ERR_INVALID;
    *ret_wall_ms = wall;
    return ERR_OK;
}
