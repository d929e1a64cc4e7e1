/* Taking a calendar into use. The new one counts from within the transaction that counts the deadlines anew and remembers with which file that was
 * done; when it isn't committed, the caller sets the old one again. */
#include "firmware-host/calendar_use.h"

#include "firmware-host/base/log.h"

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
