/* The loop's turn: see loop.h. While work is left (jobs that answers added, raw messages), an idle handle keeps the poll from waiting. */
#include "firmware-host/loop.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <stdlib.h>

#define CAREFUL_MS CLOCK_MINUTE
#define PROBE_FIRST CLOCK_SECOND /* doubled each time the store fails again soon after a probe worked: a small write may fit where work doesn't */
#define PROBE_MOST CLOCK_MINUTE
#define PROBE_SOON CLOCK_MINUTE
#define LONGEST_WAIT CLOCK_MINUTE /* wall time may be set meanwhile: look again */
#define TICK_PAUSE CLOCK_SECOND /* when a tick changed nothing about what is due */
enum { RAW_PER_TURN = 16, RAW_FAILURES_MAX = 3 };

struct loop {
    struct loop_parts parts;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t idle;
    uv_timer_t timer, probe;
    int open_handles;
    bool raw_left; /* there may be raw messages */
    int raw_failures; /* in a row */
    int64_t careful_until; /* monotonic */
    int64_t probe_wait, worked_at; /* worked_at: when a probe last did, monotonic */
    struct job tick;
    bool ticking; /* the tick job waits */
    int64_t ticked_for; /* what was due at the last tick */
};

static int64_t wall(const struct loop *l) {
    return l->parts.clock->wall_ms(l->parts.clock);
}

static int64_t mono(const struct loop *l) {
    return l->parts.clock->mono_ms(l->parts.clock);
}

static bool links_want_work(struct loop *l) {
    int64_t now = wall(l);
    for (size_t i = 0; i < l->parts.link_count; i++) {
        if (link_wants_work(l->parts.links[i], now))
            return true;
    }
    return false;
}

void loop_dispatch(void *loop) {
    struct loop *l = loop;
    int64_t now = wall(l);
    for (size_t i = 0; i < l->parts.link_count; i++) {
        if (link_wants_work(l->parts.links[i], now))
            link_dispatch(l->parts.links[i]);
    }
}

/* ---- the centre's timer ---- */

static enum err run_tick(struct job *job, int64_t now) {
    struct loop *l = (struct loop *)((char *)job - offsetof(struct loop, tick));
    return smsc_tick(l->parts.smsc, now);
}

static void tick_done(struct job *job, enum err result) {
    struct loop *l = (struct loop *)((char *)job - offsetof(struct loop, tick));
    l->ticking = false;
    if (result != ERR_OK && err_retry(result) == RETRY_NEVER)
        log_event(LOG_LEVEL_ERROR, "loop.tick_failed", log_err(result));
}

static void time_has_come(uv_timer_t *timer) {
    struct loop *l = timer->data;
    int64_t due = smsc_next_time(l->parts.smsc);
    if (l->ticking || turn_refusing(l->parts.turn) || due > wall(l))
        return;
    l->ticking = true;
    l->ticked_for = due;
    l->tick = (struct job){.run = run_tick, .done = tick_done};
    turn_add(l->parts.turn, &l->tick);
}

static void arm_timer(struct loop *l) {
    int64_t due = smsc_next_time(l->parts.smsc);
    if (due == INT64_MAX || l->ticking || turn_refusing(l->parts.turn)) {
        uv_timer_stop(&l->timer);
        return;
    }
    int64_t wait = clock_until(l->parts.clock, due);
    if (wait > 0)
        l->ticked_for = -1;
    else if (due == l->ticked_for)
        wait = TICK_PAUSE;
    if (wait > LONGEST_WAIT)
        wait = LONGEST_WAIT;
    uv_update_time(l->parts.uv);
    if (wait == TICK_PAUSE && uv_is_active((uv_handle_t *)&l->timer))
        return; /* don't push it away with every turn */
    uv_timer_start(&l->timer, time_has_come, (uint64_t)wait, 0);
}

/* ---- a failing store ---- */

static void probe_now(uv_timer_t *timer) {
    struct loop *l = timer->data;
    turn_probe(l->parts.turn);
    if (turn_refusing(l->parts.turn))
        return;
    uv_timer_stop(&l->probe);
    l->worked_at = mono(l);
    for (size_t i = 0; i < l->parts.link_count; i++)
        link_sweep(l->parts.links[i]);
}

static void start_probing(struct loop *l) {
    if (uv_is_active((uv_handle_t *)&l->probe))
        return;
    l->probe_wait = l->probe_wait && mono(l) - l->worked_at < PROBE_SOON ? 2 * l->probe_wait : PROBE_FIRST;
    if (l->probe_wait > PROBE_MOST)
        l->probe_wait = PROBE_MOST;
    uv_timer_start(&l->probe, probe_now, (uint64_t)l->probe_wait, (uint64_t)l->probe_wait);
}

/* ---- careful mode ---- */

static void interpret_some(struct loop *l) {
    for (int i = 0; i < RAW_PER_TURN && l->raw_left && !turn_refusing(l->parts.turn); i++) {
        enum err e = smsc_interpret_raw(l->parts.smsc, wall(l));
        if (e == ERR_OK) {
            l->raw_failures = 0;
        } else if (e == ERR_NOT_FOUND) {
            l->raw_left = false;
        } else {
            log_event(LOG_LEVEL_ERROR, "loop.raw_not_interpreted", log_err(e));
            turn_report(l->parts.turn, e);
            if (err_retry(e) == RETRY_NEVER && ++l->raw_failures >= RAW_FAILURES_MAX)
                l->raw_left = false; /* its tries are counted on disk; the next arrival makes us look again */
        }
    }
    if (*l->parts.careful && !l->raw_left && mono(l) >= l->careful_until) {
        *l->parts.careful = false;
        log_plain(LOG_LEVEL_NOTICE, "loop.careful_mode_over");
    }
}

/* ---- the turn ---- */

static void nothing(uv_idle_t *idle) {
    (void)idle;
}

static void one_turn(struct loop *l) {
    struct turn *turn = l->parts.turn;
    bool refusing = turn_refusing(turn);
    if (turn_has_work(turn) || (!refusing && links_want_work(l))) {
        turn_run(turn);
        l->raw_left = l->raw_left || *l->parts.careful;
    }
    interpret_some(l);
    refusing = turn_refusing(turn);
    if (refusing)
        start_probing(l);
    if (turn_has_work(turn) || (!refusing && (l->raw_left || links_want_work(l))))
        uv_idle_start(&l->idle, nothing);
    else
        uv_idle_stop(&l->idle);
    arm_timer(l);
}

static void before_poll(uv_prepare_t *prepare) {
    one_turn(prepare->data);
}

static void after_poll(uv_check_t *check) {
    one_turn(check->data);
}

void loop_finish(struct loop *l) {
    for (int i = 0; i < 100 && turn_has_work(l->parts.turn); i++)
        turn_run(l->parts.turn);
}

struct loop *loop_new(const struct loop_parts *parts) {
    struct loop *l = mem_alloc(sizeof *l);
    l->parts = *parts;
    l->raw_left = true;
    l->careful_until = mono(l) + CAREFUL_MS;
    l->ticked_for = -1;
    l->open_handles = 5;
    if (uv_prepare_init(parts->uv, &l->prepare) || uv_check_init(parts->uv, &l->check) || uv_idle_init(parts->uv, &l->idle) ||
        uv_timer_init(parts->uv, &l->timer) || uv_timer_init(parts->uv, &l->probe))
        abort();
    l->prepare.data = l->check.data = l->idle.data = l->timer.data = l->probe.data = l;
    uv_prepare_start(&l->prepare, before_poll);
    uv_check_start(&l->check, after_poll);
    return l;
}

static void handle_closed(uv_handle_t *handle) {
    struct loop *l = handle->data;
    if (--l->open_handles == 0)
        free(l);
}

void loop_free(struct loop *l) {
    if (!l)
        return;
    uv_handle_t *handles[] = {(uv_handle_t *)&l->prepare, (uv_handle_t *)&l->check, (uv_handle_t *)&l->idle, (uv_handle_t *)&l->timer,
                              (uv_handle_t *)&l->probe};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++)
        uv_close(handles[i], handle_closed);
}
