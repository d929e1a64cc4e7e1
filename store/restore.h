/* Backup and restore: a copy that leaves, and one that comes back. Both work on files, beside any open store.
 *
 * A copy is one file, 0600, marked as a copy in itself: what starts on it knows that another has gone on from there (store_origin). What is sealed in
 * the database is sealed in the copy with the same keys; the key file isn't in it. */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include "store/store.h"

/* Copies the database at `path`, which may be open and written to, as it is at this moment, to the new file `to`: on disk, whole, with its folder,
 * when this returns ERR_OK; nothing is left of it otherwise. For a thread beside the loop: reads on a connection of its own in steps, and holds up
 * no writer (the log can't be written back while it goes on). ERR_DUPLICATE: `to` is there already. ERR_FULL. */
MUST_CHECK enum err store_backup(const char *path, const char *to, int64_t now, struct str *problem, int64_t *ret_octets);

struct store_restore { /* borrowed */
    const char *from; /* the copy; NULL: the file that stands at `path` already is one, which it doesn't show */
    const char *path; /* where it's to stand; nothing runs on it */
    const struct keyring *keys;
    const char *id; /* the appliance, as store_claim_identity */
    int index, of;
    int64_t skip_codes; /* as in struct store_past */
    int64_t now;
};

/* Checks the copy (whole, ours, of no newer version, these keys, this appliance), keeps what stands at `path` under another name beside it
 * (`kept`: its name, empty where nothing stood there), puts the copy there and marks it. Interrupted at any moment, either the old one stands there
 * or the new one, and the kept one is whole. ERR_BUSY: a daemon runs on `path`. ERR_CONFLICT: another appliance's. */
MUST_CHECK enum err store_restore(const struct store_restore *r, struct str *problem, struct str *kept);

#endif
