/* Alarms of modems: one table of what a person has to know of. A row's condition has its own hysteresis, so that a value at its limit raises one
 * alarm and not many. What a condition can't tell now (the modem is away) changes nothing.
 *
 * Raised and cleared are rows in the database, events for the central store and a text to the operator on duty (smsc_alarm_text(): over any SIM that
 * works, capped), in one transaction, told once over all restarts; they are log lines, a metric, and stand in `phanhoictl alarms` and `phanhoictl
 * modems`. */
#ifndef HOST_ALARM_H
#define HOST_ALARM_H

#include "firmware-host/link.h"
#include "firmware-host/turn.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum alarm_state { ALARM_UNKNOWN, ALARM_NO, ALARM_YES };
struct alarm_row {
    const char *name; /* "storage" */
    const char *help;
    const char *sms; /* what the operator on duty is texted, 48 characters at most; NULL: it's not that urgent */
    int64_t after; /* ms that the condition must hold before the alarm is raised */
    enum alarm_state (*holds)(const struct link_view *v, bool raised);
    void (*describe)(const struct link_view *v, struct str *to); /* what is wrong and what to do */
};
extern const struct alarm_row alarm_rows[];
enum { ALARM_ROWS = 11 };

struct alarms;
struct alarms_parts { /* borrowed */
    uv_loop_t *uv;
    struct clock *clock;
    struct store *store;
    struct smsc *smsc;
    struct turn *turn;
    struct link *const *links;
    size_t link_count;
};
/* Reads those that are raised; looks every few seconds, and has the links look after their modems before that. */
MUST_CHECK enum err alarms_start(const struct alarms_parts *parts, struct alarms **ret_alarms);
void alarms_stop(struct alarms *a); /* before the loop runs dry; NULL is fine */
void alarms_free(struct alarms *a); /* afterwards, and after the turn */

/* "storage, no-centre" of the modem with that number; "" none. */
void alarms_names(const struct alarms *a, size_t link, struct str *to);

#endif
