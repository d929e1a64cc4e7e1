/* What people and the appliance did with personal data, outside of the life of a case: rows that are only ever added, in a chain of their own
 * (store/audit.h: changed, removed or exchanged ones show). Reading is one of them, so is erasing: the proof that a wipe leaves. */
#ifndef STORE_PRIVACY_H
#define STORE_PRIVACY_H

#include "store/store.h"

struct privacy_event {
    int64_t id;
    int64_t case_id; /* 0: about no case, or about several */
    int64_t at; /* wall ms */
    char *type; /* "data.read", "retention.run" */
    char *actor; /* "xd.dung/uid:1000", "timer" */
    char *data; /* JSON; sealed on disk. NULL: erased */
};
void privacy_event_release(struct privacy_event *e);

struct privacy_note { /* what was done, to be written down */
    int64_t case_id, at;
    const char *type, *actor;
    const char *up; /* the central store is told under that type ("vn.pakn.export.requested"), with the same data; NULL: it isn't */
};
/* In a transaction. `data`: JSON; ERR_TOO_LONG: it didn't fit. */
MUST_CHECK enum err privacy_note(struct store *s, const struct privacy_note *note, const struct str *data);

typedef void privacy_each(void *context, const struct privacy_event *e);
/* Newest first, older than the id `before_id` (0: all), of this type (NULL: any), from that wall ms until before the other; at most `limit`. */
MUST_CHECK enum err privacy_list(struct store *s, const char *type, int64_t from, int64_t until, int64_t before_id, int limit, privacy_each *each,
                                 void *context);

#endif
