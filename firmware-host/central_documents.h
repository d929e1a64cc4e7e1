/* Fetches the central store's documents (directory, calendar, templates), by their ETag, one after another: at the start, once a day, and when the
 * feed says that one changed. Each is taken whole or not at all (reload.h); one that is refused is reported to the store with the reason, once, and
 * what ran before goes on. Part of central_link.c, which sends its requests. */
#ifndef HOST_CENTRAL_DOCUMENTS_H
#define HOST_CENTRAL_DOCUMENTS_H

#include "firmware-host/base/clock.h"
#include "firmware-host/reload.h"
#include "store/central/http.h"
#include "store/central/profile.h"

struct central_documents;

struct central_documents_parts { /* all borrowed */
    struct clock *clock;
    const struct reload_parts *reload;
    const struct profile *profile;
    void *context;
    bool (*send)(void *context, const struct profile_request *request, int64_t wait, http_done *done, void *done_context);
    void (*wake)(void *context); /* central_documents_run is to be called, and there may be new events */
};

struct central_documents *central_documents_new(const struct central_documents_parts *parts);
void central_documents_stop(struct central_documents *d); /* asks nothing more. NULL is fine */
void central_documents_free(struct central_documents *d); /* NULL is fine */

void central_documents_want(struct central_documents *d, unsigned which); /* 1 << enum central_document, or'ed; nothing where such a store has none */
void central_documents_run(struct central_documents *d, int64_t now); /* mono ms */
int64_t central_documents_next_at(const struct central_documents *d, int64_t now); /* INT64_MAX: never by itself */

#endif
