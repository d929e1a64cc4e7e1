/* A link: one modem as the core sees it, between its worker process and the message centre.
 *
 * What the worker says becomes jobs of the turn; what the turn committed is said to the worker.
 *
 *   sms, report ─► smsc_arrival ─► committed: stored; not: again
 *   idle and up ─► smsc_next (the attempt row is opened) ─► committed: send ─► sent | failed | unknown ─► smsc_sent | _failed | _unknown
 *
 * Invariants:
 *  1. `stored` is said only of what is on disk, and only to the process that handed it over.
 *  2. At most one submission is out at a time; its attempt row is on disk before the worker hears of it.
 *  3. A USSD request isn't out while a submission is, nor the other way round: modems mix them up.
 *  4. No worker is started while what its line names isn't there, and none serves a modem that its line doesn't name.
 *  5. A worker that ends with a submission out leaves it unknown; one that ended before it was told leaves it failed, not sent. */
#ifndef HOST_LINK_H
#define HOST_LINK_H

#include "firmware-host/config.h"
#include "firmware-host/port_table.h"
#include "firmware-host/supervise.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"
#include "store/modem_history.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct link;

struct link_parts { /* borrowed for the link's life */
    uv_loop_t *loop;
    struct clock *clock;
    struct turn *turn;
    struct store *store;
    struct smsc *smsc;
    const struct config *config;
    const struct config_modem *modem;
    const char *program; /* the worker's */
    const bool *careful; /* arrivals are committed raw first */
    struct port_table *ports; /* NULL: no modem of this machine is plugged in here */
    /* Whether the link of that name is up now with that IMEI. */
    bool (*is_up)(void *context, const char *name, const char *imei);
    void (*stopped)(void *context); /* after link_stop, when the worker is gone */
    void *context;
};

struct link *link_new(const struct link_parts *parts);
void link_start(struct link *l);
void link_stop(struct link *l); /* no new submissions; the worker finishes what runs */
void link_free(struct link *l); /* no job of it may be waiting */

bool link_wants_work(struct link *l, int64_t now); /* idle, up, and the centre has something for it */
bool link_wants_alarm(struct link *l, int64_t now); /* and that is an alarm */
void link_dispatch(struct link *l); /* adds the job that opens an attempt and sends it */
bool link_busy(const struct link *l); /* a submission is out, or being stored */
/* A port came (m), or the table of ports is another than before (NULL): a modem that waits for one looks whether it's its own. */
void link_port_news(struct link *l, const struct protocol_message *m);
void link_sweep(struct link *l); /* the store works again: hand over what was put off */
void link_look_after(struct link *l); /* climbs the ladder (ladder.h) where that is due; asked every few seconds: what fails may say nothing */

enum { LINK_RECENT = 20 };

/* ---- USSD: one dialogue at a time ---- */

typedef void link_ussd_done(void *context, enum protocol_outcome outcome, const char *text); /* the network's, or the reason why there is none */
/* Gives a request, an answer within the dialogue, or cancels it. After ERR_OK `done` is called exactly once, perhaps minutes later, perhaps before
 * this returns; after an error never. ERR_CLOSED: the modem is down. ERR_UNSUPPORTED: its driver can't. ERR_BUSY: a dialogue runs. ERR_NOT_FOUND:
 * none does that could be answered or cancelled. ERR_INVALID: no text that can be asked. `problem` says it for people. */
MUST_CHECK enum err link_ussd(struct link *l, enum protocol_action action, const char *text, link_ussd_done *done, void *context,
                              struct str *problem);

struct link_view {
    const struct config_modem *modem;
    struct worker_view worker;
    bool up, ussd; /* ussd: its driver can */
    const char *down_reason; /* "" */
    enum protocol_cause cause; /* while it's down */
    const char *place; /* where it is, or was; "": not known */
    const char *node; /* what its worker opens; "": not known */
    const char *driver; /* that speaks with it, or did last; NULL: none has */
    const char *imei, *imsi, *iccid, *model, *operator_name; /* NULL: not known */
    const char *revision, *trouble; /* of its firmware, and what that is known for; NULL: not known, nothing */
    const char *centre; /* as in the protocol's health */
    int64_t signal, registration, slots_used, slots_total; /* as in the protocol's health */
    int64_t received, refused, sent, failed, unknown, calls; /* since the core started */
    int64_t times[HISTORY_TIMES]; /* submissions that were sent, by how long they took (store/modem_history.h); since the core started */
    int64_t outstanding; /* the attempt that is out; 0: none */
    int64_t heard_at; /* wall ms of its last health; 0: never */
    int recent, recent_sent; /* of the last submissions, LINK_RECENT at most: how many, and how many of them were sent */
    int refusals; /* smsc_link_refusals() */
    const char *rung; /* of its recovery, the last one climbed; NULL: it's at its foot */
    bool helpless; /* nothing more is tried: a person */
};
void link_view(const struct link *l, struct link_view *ret_view);

#endif
