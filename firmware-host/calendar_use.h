/* Which calendar counts. A deadline is counted when it begins; another calendar counts the open ones anew (never earlier, each change an event). That
 * is done once for each calendar: when the core starts with another file than it ran with, and when it's told to read the file again. */
#ifndef HOST_CALENDAR_USE_H
#define HOST_CALENDAR_USE_H

#include "firmware-host/base/err.h"
#include "smsc/smsc.h"
#include "store/calendar.h"
#include "store/store.h"

#include <stdint.h>

/* In a transaction: smsc_set_calendar, and the database remembers it. When it isn't committed: smsc_restore_calendar. */
MUST_CHECK enum err calendar_use(struct store *s, struct smsc *smsc, const struct calendar *calendar, int64_t now, int *ret_moved);
/* At the start, in a transaction of its own: does nothing where the database was counted with this calendar. */
MUST_CHECK enum err calendar_use_at_start(struct store *s, struct smsc *smsc, const struct calendar *calendar, int64_t now);

#endif
