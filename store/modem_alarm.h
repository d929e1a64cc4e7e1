/* Alarms of modems: rows while they are raised, so that a restart raises none a second time. */
#ifndef STORE_MODEM_ALARM_H
#define STORE_MODEM_ALARM_H

#include "store/store.h"

struct modem_alarm { /* texts borrowed; of a list valid during the call only */
    const char *link, *name;
    int64_t raised_at;
    const char *detail; /* for people */
};

/* In a transaction. ERR_DUPLICATE: it's raised already, and stays as it is. */
MUST_CHECK enum err modem_alarm_raise(struct store *s, const struct modem_alarm *a);
MUST_CHECK enum err modem_alarm_clear(struct store *s, const char *link, const char *name); /* ERR_NOT_FOUND: it isn't raised */

typedef void modem_alarm_each(void *context, const struct modem_alarm *a);
MUST_CHECK enum err modem_alarm_list(struct store *s, modem_alarm_each *each, void *context); /* all, by link and name */

#endif
