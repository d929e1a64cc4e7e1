/* Asks the central store for cases that citizens ask for and that aren't here (smsc/lookup.h). A question is a row; it's asked after the turn that
 * wrote it, and its answer is a job of a turn. Whatever the store does, each is answered LOOKUP_MS after the message at the latest, also after a
 * restart in between. Part of central_link.c, which sends its requests. */
#ifndef HOST_CENTRAL_LOOKUP_H
#define HOST_CENTRAL_LOOKUP_H

#include "firmware-host/base/clock.h"
#include "firmware-host/turn.h"
#include "store/central/http.h"
#include "store/central/profile.h"

struct central_lookup;

struct central_lookup_parts { /* all borrowed */
    struct clock *clock;
    struct turn *turn;
    struct store *store;
    struct smsc *smsc;
    const struct profile *profile;
    void *context;
    /* `timeout`: ms, of the whole exchange. False: there are no credentials now. */
    bool (*send)(void *context, const struct profile_request *request, int64_t timeout, http_done *done, void *done_context);
    void (*wake)(void *context); /* central_lookup_run is to be called */
};

struct central_lookup *central_lookup_new(const struct central_lookup_parts *parts);
void central_lookup_stop(struct central_lookup *l); /* asks nothing more; jobs that it has in the turn still end. NULL is fine */
void central_lookup_free(struct central_lookup *l); /* after the turn has ended. NULL is fine */

void central_lookup_run(struct central_lookup *l); /* outside of a transaction */
int64_t central_lookup_next_at(const struct central_lookup *l); /* when to run it next, mono ms; INT64_MAX: never by itself */

#endif
