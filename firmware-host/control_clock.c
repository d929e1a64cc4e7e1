/* Setting a training's clock ahead. */
#include "firmware-host/base/crash.h"
#include "firmware-host/control_call.h"

#include <string.h>

#define AHEAD_MAX (3660 * CLOCK_DAY)
enum {
    MORNING = 8, /* where a day without an hour begins */
    TICKS_OF_A_MOMENT = 256
};

/* "+36h", "+2d" */
static bool parse_ahead(const char *text, int64_t now, int64_t *ret_wall) {
    char digits[8];
    size_t len = strlen(text);
    int64_t count;
    if (len < 3 || len - 2 >= sizeof digits || !strchr("hd", text[len - 1]))
        return false;
    memcpy(digits, text + 1, len - 2);
    digits[len - 2] = '\0';
    if (strspn(digits, "0123456789") != len - 2 || parse_int(digits, 1, AHEAD_MAX / CLOCK_HOUR, &count) != ERR_OK)
        return false;
    *ret_wall = now + count * (text[len - 1] == 'h' ? CLOCK_HOUR : CLOCK_DAY);
    return true;
}

/* "14:30" */
static bool parse_hour(const char *text, int *ret_minutes) {
    if (strlen(text) != 5 || strspn(text, "0123456789") != 2 || text[2] != ':' || strspn(text + 3, "0123456789") != 2)
        return false;
    int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    *ret_minutes = hour * 60 + minute;
    return hour < 24 && minute < 60;
}

/* "+36h", "+2d", "2026-12-08" (its morning), "2026-12-08 14:30" (T too) in Vietnam, RFC 3339. */
static bool parse_moment(const char *text, int64_t now, int64_t *ret_wall) {
    enum { DATE = 10 }; /* octets */
    char date[DATE + 1] = "";
    int minutes = MORNING * 60;
    int32_t day;
    if (*text == '+')
        return parse_ahead(text, now, ret_wall);
    if (clock_parse_iso(text, ret_wall) == ERR_OK)
        return true;
    size_t len = strlen(text);
    memcpy(date, text, len < DATE ? len : DATE);
    if (calendar_parse_date(date, &day) != ERR_OK || (len > DATE && !(strchr("T ", text[DATE]) && parse_hour(text + DATE + 1, &minutes))))
        return false;
    *ret_wall = calendar_end_of_day(day - 1) + minutes * CLOCK_MINUTE;
    return true;
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
    crash_point("clock.set");
    return e == ERR_OK ? let_pass(p->smsc, wall) : e;
}
