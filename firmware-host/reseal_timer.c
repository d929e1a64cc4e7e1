/* The timer behind store/reseal.h. While nothing is to be done it looks once a minute, so whoever brings a new key needn't tell it. */
#include "firmware-host/reseal_timer.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/reseal.h"

#include <stddef.h>
#include <stdlib.h>

#define PAUSE_MS 50 /* between steps of a few ms: a million messages take an hour or two, and nobody waits longer than a step */
#define LOOK_MS CLOCK_MINUTE

struct reseal_timer {
    uv_timer_t timer;
    struct turn *turn;
    struct store *store;
    struct job job;
    bool done;
};

static enum err run(struct job *job, int64_t now) {
    struct reseal_timer *t = (struct reseal_timer *)((char *)job - offsetof(struct reseal_timer, job));
    (void)now;
    return reseal_step(t->store, &t->done);
}

static void step(uv_timer_t *timer);

static void ended(struct job *job, enum err result) {
    struct reseal_timer *t = (struct reseal_timer *)((char *)job - offsetof(struct reseal_timer, job));
    if (result == ERR_CLOSED)
        return;
    if (err_retry(result) == RETRY_NEVER && result != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "reseal.failed", log_err(result));
    uv_timer_start(&t->timer, step, result == ERR_OK && !t->done ? PAUSE_MS : LOOK_MS, 0);
}

static void step(uv_timer_t *timer) {
    struct reseal_timer *t = timer->data;
    if (turn_refusing(t->turn) || turn_has_work(t->turn)) {
        uv_timer_start(&t->timer, step, PAUSE_MS, 0);
        return;
    }
    t->job = (struct job){.run = run, .done = ended};
    turn_add(t->turn, &t->job);
}

struct reseal_timer *reseal_timer_start(uv_loop_t *uv, struct turn *turn, struct store *store) {
    struct reseal_timer *t = mem_alloc(sizeof *t);
    t->turn = turn;
    t->store = store;
    if (uv_timer_init(uv, &t->timer) != 0)
        abort();
    t->timer.data = t;
    uv_timer_start(&t->timer, step, PAUSE_MS, 0);
    return t;
}

static void closed(uv_handle_t *handle) {
    free(handle->data);
}

void reseal_timer_stop(struct reseal_timer *t) {
    if (t)
        uv_close((uv_handle_t *)&t->timer, closed);
}
