/* Events for the central case store, written in the transaction of the change that caused them. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "store/store.h"

/* `type` as the central store knows it ("vn.pakn.case.submitted"); `subject` is the case code, or NULL; `data` is JSON, frozen, sealed on disk.
 * The id of an event is `source:epoch:sequence`; sequence is the row, epoch the one in which it was written. */
MUST_CHECK enum err outbox_add(struct store *s, int64_t case_id, const char *type, const char *subject, int64_t at, const char *data,
                               int64_t *ret_sequence);
MUST_CHECK enum err outbox_epoch(struct store *s, int64_t sequence, int64_t *ret_epoch); /* of that event's id, in force or not */

#endif
