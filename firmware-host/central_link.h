/* The way to the central case store (central.url): joins store/central/ to the loop. Events that were committed are pushed, what the store
 * answered becomes a job of the turn, its feed is read (central_feed.h), a heartbeat tells that we live, the operator is told when it doesn't work.
 *
 * Nothing waits for it: no reply, no acknowledgement, no arrival. A push begins after the turn that wrote its events, when its answers have gone out.
 */
#ifndef HOST_CENTRAL_LINK_H
#define HOST_CENTRAL_LINK_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/config.h"
#include "firmware-host/reload.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"
#include "store/central/pull.h"
#include "store/central/push.h"

#include <uv.h>

struct central_link;

struct central_link_parts { /* all borrowed */
    uv_loop_t *uv;
    struct clock *clock;
    struct turn *turn;
    struct store *store;
    struct smsc *smsc;
    const struct config *config;
    const struct reload_parts *reload; /* what documents of the store replace */
    void (*put_health)(void *context, struct json_writer *w); /* members of the heartbeat */
    void *context;
};

/* ERR_INVALID with `problem`: a file that it needs can't be read. */
MUST_CHECK enum err central_link_open(const struct central_link_parts *parts, struct str *problem, struct central_link **ret_link);
void central_link_stop(struct central_link *l); /* sends nothing more; jobs that it has in the turn still end. NULL is fine */
void central_link_free(struct central_link *l); /* after the turn has ended; handles close through the loop. NULL is fine */

void central_link_wake(void *link); /* a turn has committed something */
void central_link_released(struct central_link *l, int64_t sequence); /* a person has taken that event out of the parked ones; 0: any */
void central_link_knock(struct central_link *l); /* a webhook: the store says that there is something new. NULL is fine */
void central_link_resume(struct central_link *l); /* a person says: now */

struct central_link_view {
    struct push_view push;
    struct pull_view feed; /* monotonic times */
    const char *problem; /* what keeps it from sending anything: credentials; "" */
    int64_t since, next_at; /* wall ms of push.since and push.next_at; 0 where it's up, or now */
    int64_t certificate_ends; /* wall ms; 0: there is none */
    int batch; /* events of a request at most, now */
    bool capabilities; /* the store has said what it allows */
};
void central_link_view(const struct central_link *l, struct central_link_view *ret_view);

#endif
