/* Rotation of the sealing keys. The newest key of the ring seals; which keys the rows in the database may be sealed with stands in `meta` (`key:N`):
 * a key's row is there before anything is sealed with it, and goes when all rows were sealed anew under a newer one. So it's known at once whether
 * a key can be done without, also of a database that is large.
 *
 * The oldest key isn't retired: look-up and case codes come from it (base/crypto.h). It can stop sealing like any other. */
#ifndef STORE_RESEAL_H
#define STORE_RESEAL_H

#include "store/store.h"

/* In a transaction, before anything is sealed with the newest of `keys`, at a start and when other keys are read. A database that knows of none may
 * have been sealed with all of them. ERR_SEALED: rows may need a key that isn't there; `problem` says which, beginning with `path`, the key file's.
 */
MUST_CHECK enum err reseal_claim_keys(struct store *s, const struct keyring *keys, const char *path, struct str *problem);

/* In a transaction: seals some rows anew, at most RESEAL_ROWS, and remembers how far it came. *ret_done: all are under the newest key, and no other
 * is needed any more; then it costs two look-ups. Rows that no key opens are damaged: logged and left. */
enum { RESEAL_ROWS = 100 };
MUST_CHECK enum err reseal_step(struct store *s, bool *ret_done);

/* How many sealed values there are under each key id, of all tables; reads everything: on a reader (store_open_reader). */
MUST_CHECK enum err reseal_count(struct store *s, int64_t ret_values[KEYRING_MAX + 1]);
MUST_CHECK enum err reseal_needs(struct store *s, uint8_t id, bool *ret_needed); /* whether `key:N` is there */

#endif
