/* Counts day by day: what is asked about is near, and the calendar knows no shortcut. */
#include "smsc/office_hours.h"

#include "firmware-host/base/clock.h"
#include "smsc/centre.h"

enum { DAYS_MOST = 400 };

int64_t office_moment(int32_t day, int minute) {
    return (int64_t)day * CLOCK_DAY - CLOCK_VIETNAM_OFFSET + minute * CLOCK_MINUTE;
}

bool office_open(const struct smsc *s, int64_t now) {
    int32_t day = clock_vietnam_day(now);
    return calendar_working(s->calendar, day) && now >= office_moment(day, s->settings.officers.office_from) &&
           now < office_moment(day, s->settings.officers.office_to);
}

int64_t office_next(const struct smsc *s, int64_t from, int minute) {
    int32_t day = clock_vietnam_day(from);
    for (int i = 0; i < DAYS_MOST; i++, day++)
        if (calendar_working(s->calendar, day) && office_moment(day, minute) >= from)
            return office_moment(day, minute);
    return INT64_MAX;
}

int64_t office_next_open(const struct smsc *s, int64_t now) {
    return office_open(s, now) ? now : office_next(s, now, s->settings.officers.office_from);
}

int32_t office_next_day(const struct smsc *s, int32_t day) {
    for (int i = 1; i < DAYS_MOST; i++)
        if (calendar_working(s->calendar, day + i))
            return day + i;
    return day + 1;
}

int office_days_late(const struct smsc *s, int32_t due_day, int32_t today) {
    int days = 0;
    for (int32_t day = due_day + 1; day < today && days < DAYS_MOST; day++)
        days += calendar_working(s->calendar, day);
    return days;
}

int64_t office_time(const struct smsc *s, int64_t from, int64_t to) {
    int64_t time = 0;
    int32_t last = clock_vietnam_day(to), day = clock_vietnam_day(from);
    for (day = day > last - DAYS_MOST ? day : last - DAYS_MOST; day <= last; day++) {
        int64_t opens = office_moment(day, s->settings.officers.office_from), closes = office_moment(day, s->settings.officers.office_to);
        int64_t begins = from > opens ? from : opens, ends = to < closes ? to : closes;
        if (calendar_working(s->calendar, day) && begins < ends)
            time += ends - begins;
    }
    return time;
}
