/* How far the database has come: a few numbers that only grow, kept in a small file beside it (`<path>.progress`) after every commit. A database that
 * is behind its file is an older state of itself: somebody copied an old file back, which the file itself can't show. Inside store/ only.
 *
 * The file is never ahead of what is on disk: it's written after the commit, over itself, and not synced. After a power failure it may be older,
 * which is fine, and finds less. One line: EPOCH INBOUND ATTEMPT EVENT OUTBOX CODES. */
#ifndef STORE_PROGRESS_H
#define STORE_PROGRESS_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

enum { PROGRESS_EPOCH, PROGRESS_INBOUND, PROGRESS_ATTEMPT, PROGRESS_EVENT, PROGRESS_OUTBOX, PROGRESS_CODES, PROGRESS_NUMBERS };
struct progress { /* the newest ids, and the case counter */
    int64_t of[PROGRESS_NUMBERS];
};
struct progress_file {
    int fd; /* -1: not open */
    bool failed; /* the last write did; said once */
};

MUST_CHECK enum err progress_read(struct store *s, struct progress *ret_progress);
bool progress_behind(const struct progress *p, const struct progress *than); /* any number is smaller */

/* Makes it where it's absent, on disk with its folder. ERR_NOT_FOUND: nothing readable stands in it. Else *ret_kept is what it says. */
MUST_CHECK enum err progress_open(struct progress_file *f, const char *path, struct str *problem, struct progress *ret_kept);
void progress_write(struct progress_file *f, const struct progress *p);
void progress_sync(struct progress_file *f); /* once, after the first writing of a new file */
void progress_close(struct progress_file *f);

#endif
