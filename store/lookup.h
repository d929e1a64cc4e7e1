/* Questions for cases that aren't here, which the central store is asked: the one that waits for each number and code, and the newest answer, which
 * is the cache, and what is known of the number's binding when the store is away. */
#ifndef STORE_LOOKUP_H
#define STORE_LOOKUP_H

#include "store/store.h"

enum { LOOKUP_AGENCY_MAX = 31, LOOKUP_LINK_MAX = 63, LOOKUP_UNBOUND = -1 };
#define LOOKUP_KEPT_MS (90 * INT64_C(86400000))

struct lookup {
    int64_t id, subscriber_id;
    int32_t code;
    int64_t message_id; /* the newest message that asked */
    char link[LOOKUP_LINK_MAX + 1]; /* where that came in */
    int64_t asked_at, answered_at; /* wall ms; answered_at 0: the store never answered */
    bool waits;
    int state; /* enum case_state; LOOKUP_UNBOUND: the number isn't known to be bound to it */
    char agency[LOOKUP_AGENCY_MAX + 1]; /* key in the directory; "": the service centre */
    int32_t due_day; /* 0: none runs */
};
MUST_CHECK enum err lookup_find(struct store *s, int64_t subscriber_id, int32_t code, struct lookup *ret_lookup); /* ERR_NOT_FOUND */
MUST_CHECK enum err lookup_get(struct store *s, int64_t id, struct lookup *ret_lookup); /* ERR_NOT_FOUND */
MUST_CHECK enum err lookup_next_waiting(struct store *s, int64_t after_id, struct lookup *ret_lookup); /* ERR_NOT_FOUND */
MUST_CHECK enum err lookup_put(struct store *s, const struct lookup *l); /* by its subscriber and code */
MUST_CHECK enum err lookup_forsake(struct store *s); /* nobody waits any more: another has answered them */
MUST_CHECK enum err lookup_forget(struct store *s, int64_t asked_before, int limit);

#endif
