/* One worker process: started, greeted, watched, killed when it misses a deadline or talks nonsense, started again with a growing delay.
 *
 * The life of a worker is the table in supervise.c. What it says is handed to its owner (link.c) as protocol messages; what is said to it never
 * blocks. A worker whose device is absent isn't started until it's there. Restarts wait base × n² (n: restarts in a row), at most cap; n is 0 again
 * once it has run for `stable`. */
#ifndef HOST_SUPERVISE_H
#define HOST_SUPERVISE_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/err.h"
#include "modem/protocol.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct worker;

struct worker_settings { /* borrowed for the worker's life; times in ms */
    const char *name; /* the link's */
    const char *const *argv; /* NULL at the end; argv[0] is the program's path */
    int64_t hello_deadline; /* from start to its hello */
    int64_t life_deadline; /* without a word from it */
    int64_t stop_deadline; /* from `stop` to its exit */
    int64_t restart_base, restart_cap, restart_stable;
    int bad_lines_max; /* lines that can't be understood before it's restarted */
};

struct worker_owner {
    void *context;
    void (*greeted)(void *context); /* it runs and said hello */
    void (*message)(void *context, struct protocol_message *m); /* anything but hello; what the owner takes out it sets to NULL */
    void (*gone)(void *context, const char *why); /* the process is no more, and all that it said was handed over */
    void (*stopped)(void *context); /* after worker_stop: it won't be started again */
    /* Whether it can be started now; it isn't while its device is absent. NULL: always. */
    bool (*ready)(void *context);
};

struct worker *worker_new(uv_loop_t *loop, struct clock *clock, const struct worker_settings *settings, const struct worker_owner *owner);
void worker_start(struct worker *w);
/* No more of it: lets it finish within stop_deadline, then kills it. `stopped` follows; at once if none runs. */
void worker_stop(struct worker *w);
/* What it needs may be there (again): it's started at once if it's ready, without the pauses that its past ends have earned. For WORKER_EAGER from
 * now on a start that fails is tried again soon: a device node is there before everybody may open it. */
#define WORKER_EAGER 30000 /* ms */
void worker_hurry(struct worker *w);
void worker_leave(struct worker *w, const char *why); /* it serves what it shouldn't: it's ended, and started again when it's ready */
void worker_free(struct worker *w); /* after `stopped` or before worker_start, and before the loop has run dry: its timer closes through the loop */

/* ERR_CLOSED: no worker that has greeted. ERR_FULL: it doesn't read what it's told; it's being ended. */
MUST_CHECK enum err worker_say(struct worker *w, const struct protocol_message *m);
void worker_expect(struct worker *w, int64_t within_ms); /* an answer; it's ended when none comes. 0: not any more */
void worker_fault(struct worker *w, const char *what); /* it said something that can't be: counts as a line that isn't understood */

struct worker_view {
    const char *state; /* "down", "absent", "greeting", "serving", "ending", "killed", "stopped" */
    int pid; /* 0: none */
    int64_t starts, bad_lines; /* since the core started; of this process */
    int restarts; /* in a row */
    int64_t next_start_in; /* ms; -1: it runs, or won't be started */
    const char *last_end; /* why the last one ended; "" */
};
void worker_view(const struct worker *w, struct worker_view *ret_view);

#endif
