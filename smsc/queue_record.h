/* The queue's inside, shared by queue.c, outcome.c and receipt.c only. */
#ifndef SMSC_QUEUE_RECORD_H
#define SMSC_QUEUE_RECORD_H

#include "firmware-host/base/log.h"
#include "smsc/queue.h"
#include "smsc/scheduler.h"
#include "smsc/timeheap.h"

struct queue {
    struct store *store;
    const struct smsc_settings *settings;
    queue_delivered *delivered; /* NULL: nobody asks */
    void *context;
    struct routes *routes;
    const struct operators *operators; /* NULL: the program's */
    bool usage_known; /* the limits know the last day's submissions */
    struct scheduler *schedule;
    struct timeheap unknown; /* struct unknown: attempts whose policy has still to act */
    bool stale; /* memory must be made from disk before it's used */
    int64_t rebuild_at; /* while stale: not before, unless there's a result to take */
    size_t steps; /* changes of memory so far … */
    size_t changed; /* … and at which of them something other than an addition happened */
    int64_t newest_id; /* the last message added */
    int64_t pruned_at; /* when receipts were last pruned */
};

/* Memory as the disk says, made anew where it's stale. */
MUST_CHECK enum err queue_fresh(struct queue *q, int64_t now);
/* To be called before memory changes by anything but an addition. */
void queue_touch(struct queue *q);
/* Ends every function that changes both: after an error memory is no longer what the disk says. Returns e. */
enum err queue_end(struct queue *q, enum err e);

/* A submission over that link worked. */
MUST_CHECK enum err queue_sim_works(struct queue *q, int link);

/* An attempt, its part and its message, as the disk has them. */
struct record {
    struct attempt attempt;
    struct part part;
    struct outbound outbound;
};
MUST_CHECK enum err record_get(struct store *store, int64_t attempt_id, struct record *ret_record);
void record_release(struct record *r);
bool record_is_newest(const struct record *r); /* no later attempt of the part was opened */

/* Whether another may have made it, or done more with its part: the attempt stood in a copy that was restored, or is one of queue_forsake. */
MUST_CHECK enum err record_forsaken(struct store *store, const struct attempt *a, bool *ret_forsaken);

struct tally { /* the attempts of a part */
    int counted; /* against attempts_max: all but those that failed for the link's fault */
    int unknown; /* nobody knows of them, settled ones too */
    int refused_here; /* by a SIM in favour of another one */
    struct attempt last, last_unknown; /* id 0: none; last_unknown: state unknown only */
};
MUST_CHECK enum err tally_of(struct store *store, int64_t part_id, struct tally *ret_tally);

/* The part (whose message it is) goes into the queue again, not before `at`. */
MUST_CHECK enum err queue_again(struct queue *q, const struct outbound *o, const struct part *p, int64_t at, int64_t now);
/* The same after its back-off, for a temporary failure; given up after attempts_max. */
MUST_CHECK enum err queue_retry(struct queue *q, const struct record *r, int64_t now);
/* The part is given up, and with it what still waits of its message: a text with a hole is no text. A part with an attempt that nobody knows of
 * becomes unknown instead, for a person to look at. */
MUST_CHECK enum err queue_give_up(struct queue *q, const struct record *r, enum part_state state, int64_t now);
/* The attempts of that part which nobody knows of no longer matter. */
MUST_CHECK enum err queue_settle(struct queue *q, int64_t part_id, const char *reason);
void queue_watch(struct queue *q, int64_t attempt_id, int64_t closed_at); /* an unknown attempt: its policy acts unknown_wait later */
/* The rows of an attempt nobody knows the outcome of, and its part; memory isn't touched. */
MUST_CHECK enum err outcome_unknown(struct store *store, struct attempt *a, struct part *p, const char *reason, int64_t now);
MUST_CHECK enum err queue_unknown_due(struct queue *q, int64_t attempt_id, int64_t now); /* its policy acts */

/* What a delivery report says of the attempt of that record. */
MUST_CHECK enum err receipt_apply(struct queue *q, struct record *r, int status, int64_t now);
/* A report that came before the attempt's result was known, with that reference. ERR_OK also if there's none. */
MUST_CHECK enum err receipt_apply_kept(struct queue *q, struct record *r, int64_t now);
int64_t receipt_window(const struct queue *q); /* ms: how far back a report may reach */

void queue_log(enum log_level level, const char *event, struct queue *q, const struct record *r);

#endif
