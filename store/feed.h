/* What the database knows of the central store's feed: how far it was read, which items were dealt with, and those that took no effect here.
 *
 * The cursor moves in the transaction in which the items before it are dealt with; an item may come again all the same (a crash, a feed that begins
 * anew), and is known by its source and id. How long: FEED_SEEN_MS. One that says it's older than FEED_OLD_MS can't be told from one that was dealt
 * with; that is less, because it's another clock that says it. */
#ifndef STORE_FEED_H
#define STORE_FEED_H

#include "store/store.h"

enum {
    FEED_CURSOR_MAX = 2048,
    FEED_ID_MAX = 255,
    FEED_REASON_MAX = 600,
    FEED_BODY_MAX = 256 * 1024, /* octets that are kept of an item */
};
#define FEED_SEEN_MS (400 * INT64_C(86400000))
#define FEED_OLD_MS (399 * INT64_C(86400000))
#define FEED_KEPT_MS (90 * INT64_C(86400000))
#define FEED_BEGINNING "0"

/* FEED_BEGINNING where the feed was never read. The cursor is the other side's: printable ASCII, 1 to FEED_CURSOR_MAX octets. */
MUST_CHECK enum err feed_cursor_get(struct store *s, char ret_cursor[FEED_CURSOR_MAX + 1]);
MUST_CHECK enum err feed_cursor_put(struct store *s, const char *cursor); /* ERR_INVALID */
bool feed_cursor_valid(const char *cursor);

/* *ret_first: it wasn't dealt with before; from now on it was. */
MUST_CHECK enum err feed_seen(struct store *s, const char *source, const char *id, int64_t now, bool *ret_first);

MUST_CHECK enum err feed_known(struct store *s, const char *source, const char *id, bool *ret_known); /* whether it was; writes nothing */

struct feed_kept {
    int64_t id, at;
    char *type, *subject, *reason, *body; /* subject NULL: of no case; body NULL: it can't be unsealed */
};
void feed_kept_release(struct feed_kept *kept);
/* `body` is cut to FEED_BODY_MAX octets. */
MUST_CHECK enum err feed_keep(struct store *s, int64_t now, const char *type, const char *subject, const char *reason, struct bytes body);
MUST_CHECK enum err feed_kept_before(struct store *s, int64_t before_id, struct feed_kept *ret_kept); /* the newest before it; ERR_NOT_FOUND */

/* Rows whose time is over, `limit` at most of each kind. */
MUST_CHECK enum err feed_forget(struct store *s, int64_t now, int limit);

#endif
