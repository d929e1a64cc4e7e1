/* What is to happen later: a queue of calls ordered by their time, on an injected clock. The event loop asks how long it may sleep and runs
 * what is due; tests move a virtual clock and do the same. Calls due at the same millisecond run in the order they were put in. */
#ifndef MODEM_VIRTUAL_SCHEDULE_H
#define MODEM_VIRTUAL_SCHEDULE_H

#include "firmware-host/base/clock.h"

#include <stdint.h>

struct schedule;
typedef void schedule_call(void *context, int64_t argument);

struct schedule *schedule_new(struct clock *clock);
void schedule_free(struct schedule *s); /* what waits is forgotten */

/* Calls `call(context, argument)` in delay_ms of monotonic time (0: at the next schedule_run, or later in the one that runs).
 * Returns its number, never 0. */
uint64_t schedule_in(struct schedule *s, int64_t delay_ms, schedule_call *call, void *context, int64_t argument);
void schedule_cancel(struct schedule *s, uint64_t number); /* 0 or one that has run: nothing happens */
void schedule_cancel_all(struct schedule *s, const void *context); /* every call with that context: before it is freed */

int64_t schedule_wait(struct schedule *s); /* ms until the next call; 0: one is due; -1: none waits */
void schedule_run(struct schedule *s); /* runs what is due, what falls due meanwhile included */

#endif
