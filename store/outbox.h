/* Events for the central case store, written in the transaction of the change that caused them, and what became of each.
 *
 *   waiting ─► done       the store has it; the body goes OUTBOX_KEPT_MS later, the row stays
 *      │ ▲
 *      ▼ │ a person: retry
 *   parked ─► dropped     the store refuses it for good. Only a person drops an event, or the law that a person's data ends
 *
 * A parked event holds the later ones of its case, and no others. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/store.h"

#define OUTBOX_KEPT_MS (30 * INT64_C(86400000)) /* after the acknowledgement */
enum { OUTBOX_REASON_MAX = 300 /* octets that are kept of a reason */ };

enum outbox_state { OUTBOX_WAITING, OUTBOX_DONE, OUTBOX_DROPPED, OUTBOX_PARKED };

struct outbox_event {
    int64_t sequence, epoch; /* its id is `appliance:epoch:sequence` */
    int64_t case_id, at;
    enum outbox_state state;
    int attempts; /* that the store refused for good */
    char *type, *subject, *reason, *data;
    size_t data_len; /* data NULL: it can't be unsealed, which is logged, or was erased */
};
void outbox_event_release(struct outbox_event *event);

/* `type` as the central store knows it ("vn.pakn.case.submitted"); `subject` is the case code, or NULL; `data` is JSON, frozen, sealed on disk.
 * ERR_TOO_LONG: it didn't fit into its str. The id of an event is `source:epoch:sequence`; sequence is the row, epoch the one in which it was
 * written. */
MUST_CHECK enum err outbox_add(struct store *s, int64_t case_id, const char *type, const char *subject, int64_t at, const struct str *data);
MUST_CHECK enum err outbox_epoch(struct store *s, int64_t sequence, int64_t *ret_epoch); /* of that event's id, in force or not */

/* The next event after `after` that waits and isn't held by a parked one of its case; the next parked one. ERR_NOT_FOUND: none. To be released. */
MUST_CHECK enum err outbox_next(struct store *s, int64_t after, struct outbox_event *ret_event);
MUST_CHECK enum err outbox_next_parked(struct store *s, int64_t after, struct outbox_event *ret_event);
MUST_CHECK enum err outbox_newest(struct store *s, int64_t *ret_sequence); /* 0: there was never one */
MUST_CHECK enum err outbox_oldest_at(struct store *s, int64_t *ret_at); /* when the oldest that waits was written; 0: none waits */

/* What an answer makes of an event. One that a person or a deadline has ended meanwhile stays so. In a transaction, as all below. */
MUST_CHECK enum err outbox_done(struct store *s, int64_t sequence, int64_t now);
MUST_CHECK enum err outbox_refused(struct store *s, int64_t sequence, const char *reason); /* once more; it waits */
MUST_CHECK enum err outbox_park(struct store *s, int64_t sequence, const char *reason);

/* A person's. ERR_NOT_FOUND; ERR_CONFLICT: it isn't parked. */
MUST_CHECK enum err outbox_retry(struct store *s, int64_t sequence);
MUST_CHECK enum err outbox_drop(struct store *s, int64_t sequence, const char *by, int64_t now);

/* Empties bodies of events that were acknowledged or dropped before that moment, `limit` at most; how many it were. */
MUST_CHECK enum err outbox_forget(struct store *s, int64_t before, int limit, int *ret_count);

#endif
