/* The calendar at the start and after it was read again; the control command that reads it again.
 *
 * A calendar with a mistake is refused with its place, and the one in use stays. The new one counts from within the transaction that counts the
 * deadlines anew; when that isn't committed, the old one is set again. */
#include "firmware-host/calendar_use.h"

#include "firmware-host/base/log.h"
#include "firmware-host/control_call.h"

enum err calendar_use(struct store *s, struct smsc *smsc, const struct calendar *calendar, int64_t now, int *ret_moved) {
    enum err e = store_number_set(s, STORE_CALENDAR, calendar_checksum(calendar));
    return e == ERR_OK ? smsc_set_calendar(smsc, calendar, now, ret_moved) : e;
}

enum err calendar_use_at_start(struct store *s, struct smsc *smsc, const struct calendar *calendar, int64_t now) {
    int64_t known = 0;
    int moved = 0;
    enum err e = store_number_get(s, STORE_CALENDAR, &known);
    if (e != ERR_OK || known == calendar_checksum(calendar))
        return e;
    e = store_begin(s);
    if (e != ERR_OK)
        return e;
    e = calendar_use(s, smsc, calendar, now, &moved);
    if (e == ERR_OK)
        e = store_commit(s);
    else
        store_rollback(s);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "calendar.in_use", log_text("version", calendar_version(calendar)), log_int("deadlines_moved", moved));
    return e;
}

/* ---- the control command ---- */

static void take(struct command_call *call) {
    struct calendar **in_use = call->parts->calendar, *before = *in_use;
    *in_use = call->kept;
    smsc_restore_calendar(call->parts->smsc, *in_use); /* a second reload of the same turn may have failed since, and gone back to what goes now */
    log_event(LOG_LEVEL_NOTICE, "calendar.in_use", log_text("version", calendar_version(*in_use)), log_text("before", calendar_version(before)));
    calendar_free(before);
}

static void undo(struct command_call *call) {
    if (call->parts)
        smsc_restore_calendar(call->parts->smsc, *call->parts->calendar);
    calendar_free(call->kept);
}

enum err answer_calendar_reload(struct command_call *call) {
    const struct command_parts *p = call->parts;
    struct calendar *calendar = NULL;
    int moved = 0;
    enum err e = config_calendar(p->config, call->problem, &calendar);
    if (e != ERR_OK)
        return e;
    e = calendar_use(p->store, p->smsc, calendar, call->now, &moved);
    if (e != ERR_OK) {
        calendar_free(calendar);
        return e;
    }
    call->kept = calendar;
    call->committed = take;
    call->undone = undo;
    json_open_object(call->result, NULL);
    json_put_text(call->result, "file", *p->config->calendar_file ? p->config->calendar_file : NULL);
    json_put_text(call->result, "version", calendar_version(calendar));
    json_put_text(call->result, "before", calendar_version(*p->calendar));
    json_put_int(call->result, "deadlines_moved", moved);
    json_close_object(call->result);
    return ERR_OK;
}
