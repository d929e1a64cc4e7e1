/* Setting a training's clock ahead. */
#include "firmware-host/control_call.h"

#include <stdio.h>
#include <string.h>

#define AHEAD_MAX (3660 * CLOCK_DAY)
enum {
    MORNING = 8, /* where a day without an hour begins */
    TICKS_OF_A_MOMENT = 256
};

/* "+36h", "+2d", "2026-12-08" (its morning), "2026-12-08 14:30" (T too) in Vietnam, RFC 3339. */
static bool parse_moment(const char *text, int64_t now, int64_t *ret_wall) {
    struct civil c = {.hour = MORNING};
    char unit = 0, separator = 0, rest = 0;
    int count = 0;
    if (*text == '+') {
        if (sscanf(text, "+%5d%c%c", &count, &unit, &rest) != 2 || count < 1 || !strchr("hd", unit))
            return false;
        *ret_wall = now + count * (unit == 'h' ? CLOCK_HOUR : CLOCK_DAY);
        return true;
    }
    if (clock_parse_iso(text, ret_wall) == ERR_OK)
        return true;
    int found = sscanf(text, "%4d-%2d-%2d%c%2d:%2d%c", &c.year, &c.month, &c.day, &separator, &c.hour, &c.minute, &rest);
    if ((found != 3 && found != 6) || (found == 6 && !strchr("T ", separator)) || c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59)
        return false;
    int year, month, day;
    civil_from_day_number(civil_day_number(c.year, c.month, c.day), &year, &month, &day);
    *ret_wall = civil_to_ms(c);
    return year == c.year && month == c.month && day == c.day;
}

static void set_ahead(struct command_call *call) {
    int64_t wall;
    if (parse_moment(json_text(call->request, "to"), call->now, &wall))
        clock_training_set(call->parts->training, wall);
}

/* What falls due on the way, so that it's done when the answer comes. A round of the officers' takes several ticks of one moment; a text that waits
 * for a modem stays due whatever is done here. */
static enum err let_pass(struct smsc *smsc, int64_t wall) {
    int64_t before = INT64_MAX;
    enum err e = ERR_OK;
    for (int same = 0; e == ERR_OK && same < TICKS_OF_A_MOMENT; same++) {
        int64_t due = smsc_next_time(smsc);
        if (due > wall)
            break;
        if (due != before)
            same = 0;
        before = due;
        e = smsc_tick(smsc, wall);
    }
    return e;
}

enum err answer_clock_skip(struct command_call *call) {
    const struct command_parts *p = call->parts;
    const char *text = json_text(call->request, "to");
    int64_t wall;
    if (!p->training) {
        str_add(call->problem, "this is the real clock: only a training's can be set (clock.rate, clock.start)");
        return ERR_CONFLICT;
    }
    if (!text || !parse_moment(text, call->now, &wall)) {
        str_add(call->problem, "to: +36h, +2d, 2026-12-08 (08:00) or 2026-12-08T14:30 is needed");
        return ERR_INVALID;
    }
    if (wall < call->now || wall > call->now + AHEAD_MAX) {
        str_add(call->problem, "to: time can be set ahead only, by ten years at most");
        return ERR_INVALID;
    }
    struct clock *real = p->training->real;
    struct store_training t = {.wall = wall, .real = real->wall_ms(real), .rate = p->clock->rate};
    call->committed = set_ahead;
    json_open_object(call->result, NULL);
    call_put_time(call, "time", wall);
    json_close_object(call->result);
    enum err e = store_set_training(p->store, &t);
    return e == ERR_OK ? let_pass(p->smsc, wall) : e;
}
