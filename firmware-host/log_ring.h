/* The last lines of the log, kept in memory for `phanhoictl log`, and handed on as they come to those who follow it. */
#ifndef HOST_LOG_RING_H
#define HOST_LOG_RING_H

#include "firmware-host/base/clock.h"

#include <stddef.h>
#include <stdint.h>

#define LOG_RING_LINES 2000

struct log_ring;

struct log_entry {
    int64_t number; /* 1 for the first line of the program */
    int64_t at; /* wall ms */
    const char *line; /* as log.h writes it, without the newline; borrowed until the next line */
};

typedef void log_follower(void *context, const struct log_entry *entry);

/* Becomes the log's sink; lines still go to standard error. There is one at a time. */
struct log_ring *log_ring_start(struct clock *clock, log_follower *follower, void *context);
void log_ring_stop(struct log_ring *r);

int64_t log_ring_first(const struct log_ring *r); /* the oldest number that is still there; after the last one if there is none */
int64_t log_ring_last(const struct log_ring *r); /* 0: none yet */
struct log_entry log_ring_get(const struct log_ring *r, int64_t number); /* first ≤ number ≤ last */

#endif
