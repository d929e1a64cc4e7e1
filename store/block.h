/* Senders blocked by a person (Decision 115/2025 art. 13.2): who, why, until when, by whom, and who lifted it. Rows stay for ever: a block can be
 * disputed. Whether a sender is blocked now stands in the subscriber's row too (conduct.blocked_until), which every message reads anyway. */
#ifndef STORE_BLOCK_H
#define STORE_BLOCK_H

#include "store/store.h"

struct block {
    int64_t id, subscriber_id;
    int64_t from_at, until_at; /* wall ms */
    char *by; /* who did it, as the control command knows them */
    char *reason; /* sealed */
    int64_t lifted_at; /* 0: it wasn't */
    char *lifted_by; /* NULL */
};
void block_release(struct block *b);
MUST_CHECK enum err block_insert(struct store *s, const struct block *b, int64_t *ret_id);
/* The newest of the subscriber that isn't over or lifted. ERR_NOT_FOUND. */
MUST_CHECK enum err block_current(struct store *s, int64_t subscriber_id, int64_t now, struct block *ret_block);
MUST_CHECK enum err block_lift(struct store *s, int64_t id, int64_t at, const char *by);
typedef void block_each(void *context, const struct block *b);
MUST_CHECK enum err block_list(struct store *s, int64_t before_id, int limit, block_each *each, void *context); /* newest first; before_id 0: all */

#endif
