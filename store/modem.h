/* Modems: who was last seen under each name of the configuration (IMEI, SIM, place), and the events that a change of that is.
 *
 *   what is another now                        event
 *   the place of the same modem                moved: it was pulled and plugged in elsewhere
 *   the modem, one that had another name       moved: two were exchanged, or a name was given to another place
 *   the modem, one that nobody knows           replaced
 *   the SIM, one that was in another modem     sim-moved
 *   the SIM, one that nobody knows             sim-changed
 *
 * Equal IMEIs (cloned boards) are no movement: a modem that is seen elsewhere at the same time wasn't moved from there. */
#ifndef STORE_MODEM_H
#define STORE_MODEM_H

#include "store/store.h"

#define MODEM_TEXT_MAX 256 /* octets of a place or a name, with the NUL */
#define MODEM_IMEI_MAX 72

/* Stored: numbers only grow. */
enum modem_event_kind { MODEM_MOVED, MODEM_REPLACED, MODEM_SIM_MOVED, MODEM_SIM_CHANGED, MODEM_EVENT_KIND_COUNT };
const char *modem_event_kind_name(enum modem_event_kind kind); /* "sim-moved" */

struct modem_seen { /* borrowed; NULL: the modem doesn't say */
    const char *link, *imei, *iccid, *imsi;
    const char *place;
    bool (*elsewhere)(void *context, const char *link, const char *imei); /* whether the modem of that name is up now with that IMEI */
    void *context;
};

struct modem_event {
    int64_t id, at;
    enum modem_event_kind kind;
    char link[MODEM_TEXT_MAX], imei[MODEM_IMEI_MAX];
    /* moved: places; replaced: IMEIs; SIM: "***1234", and which modem it was in */
    char previous[MODEM_TEXT_MAX], current[MODEM_TEXT_MAX];
};

#define MODEM_EVENTS_MAX 2 /* of one sight: the modem and the SIM */
/* In a transaction: notes what was seen, and writes the events that it is, also for the central store (vn.pakn.modem.*). */
MUST_CHECK enum err modem_note(struct store *s, const struct modem_seen *seen, int64_t now, struct modem_event ret_events[MODEM_EVENTS_MAX],
                               size_t *ret_count);
/* Where the modem of that name was last. ERR_NOT_FOUND: never seen. */
MUST_CHECK enum err modem_last_place(struct store *s, const char *link, char ret_place[MODEM_TEXT_MAX]);

typedef void modem_event_each(void *context, const struct modem_event *event);
MUST_CHECK enum err modem_event_list(struct store *s, int64_t before_id, int limit, modem_event_each *each, void *context); /* newest first */

#endif
