/* The database: one SQLite file in WAL mode with synchronous=FULL, one writer (the core's loop). Personal fields are sealed.
 *
 * Everything that changes happens inside store_begin … store_commit. A commit is one fsync; what was written before it is on disk when it
 * returns ERR_OK, and nothing of it is when it doesn't. Statements are prepared at open. Errors: ERR_FULL (disk full), ERR_IO, ERR_BUSY,
 * ERR_CONFLICT (a constraint), else abort: the rest is a bug. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct store;

struct store_options {
    const char *path;
    const struct keyring *keys; /* borrowed for the store's life */
    int64_t now; /* wall ms: names the backup that is made before the first migration step */
    const char *vfs; /* NULL: SQLite's own; tests give theirs */
    int cache_kib; /* page cache; 0: the default */
};

/* Opens or creates, takes the lock file `<path>.lock` (ERR_BUSY: another daemon has it), backs up and migrates, checks that the keys fit.
 * ERR_NEWER: a database of a newer version. `problem` says what, where and what to do. */
MUST_CHECK enum err store_open(const struct store_options *options, struct str *problem, struct store **ret_store);
void store_close(struct store *s); /* checkpoints; NULL is fine */

/* Whether the database is the one that ran here last. If not, another has gone on from where it stands: it gave out event ids and case codes and sent
 * texts that this one knows nothing of, until store_adopt. Found out by the mark in a copy (backup.h), and by a file beside the database that says
 * how far it had come (progress.h). */
enum store_origin {
    STORE_ITSELF,
    STORE_COPY, /* marked as one */
    STORE_BEHIND, /* an older state of what ran here: a file that was copied back, a disk that lost what it had called written */
    STORE_ELSEWHERE, /* ran, but not here: the file beside it is missing or another's */
};
enum store_origin store_origin(const struct store *s);
const char *store_origin_words(enum store_origin origin); /* "a copy that was restored" */
struct store_past { /* what is known of the time that is missing */
    int64_t copied_at; /* wall ms; 0: not known */
    int64_t skip_codes; /* how many case codes a person said to skip; -1: nobody did */
    int64_t codes_seen; /* the case counter had come as far as this; 0: not known */
};
/* How the database goes on when it isn't itself, in one transaction with what the caller does about codes and texts: store_past first, at the end
 * store_adopt, which draws the new epoch. From the commit on the database is itself. */
MUST_CHECK enum err store_past(struct store *s, struct store_past *ret_past);
MUST_CHECK enum err store_adopt(struct store *s);

/* A second connection that only reads, for work beside the loop, on another thread: the store stands open elsewhere, `keys` is only read. */
MUST_CHECK enum err store_open_reader(const char *path, const struct keyring *keys, struct str *problem, struct store **ret_store);
void store_close_reader(struct store *s); /* NULL is fine */

MUST_CHECK enum err store_begin(struct store *s); /* BEGIN IMMEDIATE */
MUST_CHECK enum err store_commit(struct store *s); /* failed: rolled back already */
void store_rollback(struct store *s);
bool store_in_transaction(const struct store *s);
MUST_CHECK enum err store_savepoint(struct store *s); /* one level, inside a transaction */
MUST_CHECK enum err store_release(struct store *s);
void store_rollback_to(struct store *s); /* back to the savepoint, which ends */

/* Whether the last run ended in store_close. False makes the next arrivals be committed raw before they are interpreted. */
bool store_was_clean(const struct store *s);

/* Numbers that survive: each a row of `meta`. Absent reads as 0. STORE_CALENDAR is the checksum of the calendar with which open deadlines
 * were counted. STORE_EPOCH is drawn at random from 1 … 2^31 - 1 when the database is made, and anew by store_adopt: an event is
 * `source:epoch:sequence`, and its id is never given twice. STORE_ADOPTED_ATTEMPT is the newest attempt that was there then.
 * STORE_RETENTION_BEGUN: when the wipe that runs was begun, 0: none does; STORE_RETENTION_DONE: when the last one ended; wall ms. */
enum store_number {
    STORE_EPOCH,
    STORE_CASE_COUNTER,
    STORE_CONCAT_REFERENCE,
    STORE_DIRECTORY_VERSION,
    STORE_CALENDAR,
    STORE_ADOPTED_ATTEMPT,
    STORE_ALARM_DAY, /* in Vietnam: the last on which the operator was told something … */
    STORE_ALARM_COUNT, /* … and how often */
    STORE_RESEAL_KEY, /* reseal.h: under which key rows are being sealed anew … */
    STORE_RESEAL_COLUMN, /* … in which column … */
    STORE_RESEAL_AFTER, /* … and up to which row they are */
    STORE_RETENTION_BEGUN,
    STORE_RETENTION_DONE,
    STORE_CENTRAL_AWAY_FROM, /* the central store wasn't reached since, the last time that it wasn't; wall ms; 0: it always was … */
    STORE_CENTRAL_AWAY_UNTIL, /* … and until then; 0: it still isn't */
    STORE_FEED_DOUBT, /* wall ms: what was decided before then, the one that a copy was made of may have told */
    STORE_NUMBER_COUNT
};
MUST_CHECK enum err store_number_get(struct store *s, enum store_number n, int64_t *ret_value);
MUST_CHECK enum err store_number_set(struct store *s, enum store_number n, int64_t value); /* in a transaction */
MUST_CHECK enum err store_number_next(struct store *s, enum store_number n, int64_t *ret_value); /* adds one, gives the value before */

/* When the operator was told of that incident, which isn't over: wall ms; 0: wasn't, or it's over. ERR_TOO_LONG: more than STORE_INCIDENT_MAX octets.
 */
enum { STORE_INCIDENT_MAX = 64 };
MUST_CHECK enum err store_alarm_get(struct store *s, const char *incident, int64_t *ret_told_at);
MUST_CHECK enum err store_alarm_set(struct store *s, const char *incident, int64_t told_at); /* in a transaction */

/* The appliance's identity is written once and must stay: index and of decide the case codes (of is fixed for ever). ERR_CONFLICT: another
 * stands in the database; `problem` says which. */
MUST_CHECK enum err store_claim_identity(struct store *s, const char *id, int index, int of, struct str *problem);

/* A database lives by the real clock or by one for training, for ever: a training's cases must never be taken for real ones, nor the other way round.
 */
struct store_training { /* when the real clock showed `real`, the training's showed `wall`, and goes `rate` times as fast */
    int64_t wall, real, rate;
};
/* Before store_claim_identity. `training` NULL: by the real clock. A new training database keeps it, one that is in use gives what it has kept.
 * ERR_CONFLICT: the database lives by the other; `problem` says what to do. */
MUST_CHECK enum err store_claim_clock(struct store *s, struct store_training *training, struct str *problem);
MUST_CHECK enum err store_set_training(struct store *s, const struct store_training *training); /* another rate, or set ahead; in a transaction */

/* For `phanhoictl status`. Kept, not counted: costs nothing to ask. `messages`: as many as there ever were. */
struct store_counts {
    int64_t inbound_raw, inbound_held, messages, cases_open, cases, parts_queued, attempts_open, attempts_unknown, outbox_waiting, outbox_parked;
};
MUST_CHECK enum err store_counts(struct store *s, struct store_counts *ret_counts);

#endif
