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
enum { RAW_PER_TURN = 16, RAW_FAILURES_MAX = 3, RESERVE_PROBLEM_MAX = 8192 };

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
    bool reserve_whole, reserve_owed; /* owed: given back by this run, and the refusal lasts until it's whole again */
    struct job alarm, alarm_over;
    bool alarm_over_waits;
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

#define DISK_INCIDENT "disk-full"

static enum err run_alarm(struct job *job, int64_t now) {
    struct loop *l = (struct loop *)((char *)job - offsetof(struct loop, alarm));
    struct template_values none = {.of = {NULL}};
    return smsc_alarm(l->parts.smsc, DISK_INCIDENT, TEMPLATE_OP_DISK, &none, now);
}

static void alarm_done(struct job *job, enum err result) {
    (void)job;
    if (result != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "loop.alarm_not_stored", log_err(result));
}

static void dispatch_alarm(void *loop) {
    struct loop *l = loop;
    int64_t now = wall(l);
    for (size_t i = 0; i < l->parts.link_count; i++) {
        if (link_wants_alarm(l->parts.links[i], now)) {
            link_dispatch(l->parts.links[i]);
            return;
        }
    }
}

/* The operator is told once; again and again it's tried to store and to send that. */
static void tell_of_full_disk(struct loop *l) {
    if (!l->parts.reserve || turn_refusal(l->parts.turn) != ERR_FULL)
        return;
    if (l->reserve_whole) {
        reserve_give_back(l->parts.reserve);
        l->reserve_whole = false;
        l->reserve_owed = true;
    }
    l->alarm = (struct job){.run = run_alarm, .done = alarm_done};
    (void)turn_run_urgent(l->parts.turn, &l->alarm, dispatch_alarm, l);
}

static enum err run_alarm_over(struct job *job, int64_t now) {
    struct loop *l = (struct loop *)((char *)job - offsetof(struct loop, alarm_over));
    return smsc_alarm_over(l->parts.smsc, DISK_INCIDENT, now);
}

static void alarm_over_done(struct job *job, enum err result) {
    struct loop *l = (struct loop *)((char *)job - offsetof(struct loop, alarm_over));
    l->alarm_over_waits = false;
    alarm_done(job, result);
}

/* Takes the room for the reserve, if there's enough; then the incident is over. A disk that is too small for one is served without. */
static void make_reserve(struct loop *l, enum log_level level) {
    struct str problem;
    if (!l->parts.reserve || l->reserve_whole)
        return;
    str_init(&problem, RESERVE_PROBLEM_MAX);
    l->reserve_whole = reserve_fill(l->parts.reserve, &problem) == ERR_OK;
    if (!l->reserve_whole)
        log_event(level, "loop.no_reserve", log_text("problem", problem.data));
    str_release(&problem);
    if (!l->reserve_whole)
        return;
    l->reserve_owed = false;
    if (l->alarm_over_waits)
        return;
    l->alarm_over_waits = true;
    l->alarm_over = (struct job){.run = run_alarm_over, .done = alarm_over_done, .keep = true};
    turn_add(l->parts.turn, &l->alarm_over);
}

static void probe_now(uv_timer_t *timer) {
    struct loop *l = timer->data;
    if (l->reserve_owed)
        make_reserve(l, LOG_LEVEL_DEBUG);
    if (!l->reserve_owed)
        turn_probe(l->parts.turn);
    if (turn_refusing(l->parts.turn)) {
        tell_of_full_disk(l);
        return;
    }
    make_reserve(l, LOG_LEVEL_WARNING);
    uv_timer_stop(&l->probe);
    l->worked_at = mono(l);
    for (size_t i = 0; i < l->parts.link_count; i++)
        link_sweep(l->parts.links[i]);
}

static void start_probing(struct loop *l) {
    if (uv_is_active((uv_handle_t *)&l->probe))
        return;
    tell_of_full_disk(l);
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
    bool refusing = turn_refusing(turn), worked = l->raw_left;
    if (turn_has_work(turn) || (!refusing && links_want_work(l))) {
        turn_run(turn);
        worked = true;
        l->raw_left = l->raw_left || *l->parts.careful;
    }
    interpret_some(l);
    if (worked && l->parts.turned)
        l->parts.turned(l->parts.context);
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
    make_reserve(l, LOG_LEVEL_WARNING);
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
