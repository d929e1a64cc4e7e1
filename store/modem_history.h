/* How modems were: sums of what was seen, in buckets of three lengths. What is added goes into all three at once, so there is nothing to be rolled up
 * later, and a bucket is right at any moment. Only sums, counts and a maximum are kept: they add up exactly. */
#ifndef STORE_MODEM_HISTORY_H
#define STORE_MODEM_HISTORY_H

#include "store/store.h"

enum { HISTORY_STEPS = 3, HISTORY_TIMES = 10, HISTORY_PRUNE_MAX = 500 };
struct history_step {
    int64_t length; /* of a bucket, ms */
    int64_t kept; /* ms */
};
extern const struct history_step history_steps[HISTORY_STEPS]; /* the shortest first */

/* Times to submit are counted by these bounds: a submission of class i took less than history_bounds[i] ms, and not less than the one before. */
extern const int64_t history_bounds[HISTORY_TIMES]; /* the last: INT64_MAX */

struct modem_history {
    int64_t at; /* the bucket's beginning, wall ms */
    int64_t samples, up, registered; /* looks; those that found it up, and registered */
    int64_t signals, signal_sum; /* AT+CSQ where it was known */
    int64_t slots_used; /* the most, percent */
    int64_t sent, failed, unknown;
    int64_t times[HISTORY_TIMES];
};

/* In a transaction. `h->at` is when; each step's bucket follows from it. */
MUST_CHECK enum err modem_history_add(struct store *s, const char *link, const struct modem_history *h);
MUST_CHECK enum err modem_history_prune(struct store *s, int64_t now); /* HISTORY_PRUNE_MAX rows of each step at most */

typedef void modem_history_each(void *context, const struct modem_history *h);
/* Buckets of that step (an index) that begin in [from, to), the oldest first. */
MUST_CHECK enum err modem_history_list(struct store *s, const char *link, int step, int64_t from, int64_t to, modem_history_each *each,
                                       void *context);

/* In how many ms so many percent of the submissions were done: a bound of the table, that is; -1: there were none, or it's above the last. */
int64_t modem_history_percentile(const struct modem_history *h, int percent);

#endif
