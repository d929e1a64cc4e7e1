/* The way down from the central store: its feed (store/central/pull.h) joined to the loop. A page becomes one job of the turn: its decisions, and the
 * cursor behind them. Part of central_link.c, which sends its requests.
 *
 *   pull_run ─► request ─► … ─► answered ─► page ─► apply job ─► smsc_decide each, the cursor ─► commit ─► pull_applied ─► pull_run
 */
#ifndef HOST_CENTRAL_FEED_H
#define HOST_CENTRAL_FEED_H

#include "firmware-host/base/clock.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"
#include "store/central/http.h"
#include "store/central/profile.h"
#include "store/central/pull.h"

struct central_feed;

struct central_feed_parts { /* all borrowed */
    struct clock *clock;
    struct turn *turn;
    struct store *store;
    struct smsc *smsc;
    const struct profile *profile;
    const struct profile_identity *who;
    void *context;
    /* Sends it, held for `wait` ms more than other requests; `done` follows. False: there are no credentials now. */
    bool (*send)(void *context, const struct profile_request *request, int64_t wait, http_done *done, void *done_context);
    void (*reauthorise)(void *context);
    void (*wake)(void *context); /* central_feed_run is to be called */
    void (*documents_changed)(void *context); /* a page that was committed says that a document did */
};

/* ERR_…: the database can't be read. */
MUST_CHECK enum err central_feed_open(const struct central_feed_parts *parts, struct central_feed **ret_feed);
void central_feed_stop(struct central_feed *f); /* asks nothing more; a job that it has in the turn still ends. NULL is fine */
void central_feed_free(struct central_feed *f); /* after the turn has ended. NULL is fine */

void central_feed_allow(struct central_feed *f, const struct profile_capabilities *allowed); /* what the store says */
void central_feed_resume(struct central_feed *f); /* a person says: now */
void central_feed_knock(struct central_feed *f); /* the store says that there is something new */
void central_feed_run(struct central_feed *f, int64_t now); /* mono ms */
int64_t central_feed_next_at(const struct central_feed *f, int64_t now); /* when to run it next if it ran at `now`; INT64_MAX: never by itself */
void central_feed_view(const struct central_feed *f, struct pull_view *ret_view);

#endif
