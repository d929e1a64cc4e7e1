/* Supervision of one worker.
 *
 *            ┌──────────────────────── exited ───────────────────────┐
 *            ▼                                                       │
 *   DOWN ─ due ─► GREETING ─ hello ─► SERVING ─ due, fault, stop ─► ENDING ─ due ─► KILLED
 *     └ missing ► ABSENT ─ due ▲
 *
 * ABSENT: what it needs isn't there, so nothing is started; whoever sees it come says so (worker_hurry), and it's looked again each ABSENT_PERIOD.
 * One timer a worker: in DOWN it ends the wait, in GREETING and ENDING it's the deadline, in SERVING the earlier of the sign of life and the answer
 * that is expected. Deadlines are monotonic; moving them later doesn't touch the timer, which looks again when it fires.
 *
 * A process counts as gone when its exit was seen and its output read to the end, so that nothing it said is lost; a pipe that stays open after
 * the exit (a grandchild holds it) is given up after DRAIN. A worker that doesn't read, talks nonsense or is late gets SIGTERM, then SIGKILL. */
#include "firmware-host/supervise.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/channel.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TERM_GRACE (2 * CLOCK_SECOND)
#define DRAIN CLOCK_SECOND
#define ABSENT_PERIOD (5 * CLOCK_SECOND)
#define EAGER_WAIT 500 /* ms between starts that fail, as long as it's eager */
#define BACKLOG_MAX (256 * 1024)
#define NEVER INT64_MAX

enum state { DOWN, ABSENT, GREETING, SERVING, ENDING, KILLED, STOPPED, STATE_COUNT };
enum event { DUE, MISSING, CAME, HELLO, FAULT, EXITED, STOP };

static const char *const state_names[STATE_COUNT] = {"down", "absent", "greeting", "serving", "ending", "killed", "stopped"};

struct worker {
    uv_loop_t *loop;
    struct clock *clock;
    struct worker_settings settings;
    struct worker_owner owner;
    enum state state;
    bool stopping; /* worker_stop was called: it isn't started again */
    uv_process_t *process; /* NULL: none, or already reaped */
    uv_timer_t *timer;
    struct channel *channel;
    bool said_all; /* its output ended */
    int64_t deadline; /* of the state, monotonic */
    int64_t life_at, answer_at; /* SERVING */
    int64_t served_at; /* when it greeted */
    int64_t eager_until; /* a failed start is tried again soon */
    int bad_lines, restarts;
    int64_t starts;
    char why[256]; /* of the last end */
};

static void happen(struct worker *w, enum event event, const char *why);

static void set_why(struct worker *w, const char *why) { /* cut if need be: it's for people */
    if (why != w->why)
        snprintf(w->why, sizeof w->why, "%s", why);
}

static int64_t mono(const struct worker *w) {
    return w->clock->mono_ms(w->clock);
}

static void timer_fired(uv_timer_t *timer);

static int64_t due_at(const struct worker *w) {
    int64_t at = w->deadline;
    if (w->state == SERVING && w->life_at < at)
        at = w->life_at;
    if (w->state == SERVING && w->answer_at < at)
        at = w->answer_at;
    return at;
}

static void arm(struct worker *w) {
    int64_t at = due_at(w);
    if (at == NEVER) {
        uv_timer_stop(w->timer);
        return;
    }
    int64_t wait = at - mono(w);
    uv_update_time(w->loop);
    uv_timer_start(w->timer, timer_fired, wait > 0 ? (uint64_t)wait : 0, 0);
}

static void timer_fired(uv_timer_t *timer) {
    struct worker *w = timer->data;
    if (mono(w) < due_at(w)) {
        arm(w);
        return;
    }
    if (w->state == DOWN || w->state == ABSENT)
        happen(w, w->owner.ready && !w->owner.ready(w->owner.context) ? MISSING : DUE, w->why);
    else if (!w->process)
        happen(w, EXITED, w->why); /* gone, and its output stays open */
    else if (w->said_all && (w->state == GREETING || w->state == SERVING))
        happen(w, FAULT, "closed its output");
    else if (w->state == GREETING)
        happen(w, DUE, "no hello in time");
    else if (w->state == SERVING)
        happen(w, DUE, w->answer_at <= w->life_at ? "no answer to a submission in time" : "no sign of life");
    else
        happen(w, DUE, w->why);
}

static void set_deadline(struct worker *w, int64_t at) {
    w->deadline = at;
    arm(w);
}

/* ---- what it says ---- */

static void bad_line(struct worker *w, const char *what) {
    metric_add(METRIC_PROTOCOL_ERRORS, 1);
    if (w->state != GREETING && w->state != SERVING)
        return;
    w->bad_lines++;
    log_event(LOG_LEVEL_WARNING, "worker.bad_line", log_text("link", w->settings.name), log_text("problem", what), log_int("count", w->bad_lines));
    if (w->bad_lines >= w->settings.bad_lines_max)
        happen(w, FAULT, "too many lines that can't be understood");
}

static void take_message(struct worker *w, struct protocol_message *m) {
    if (m->name != PROTOCOL_HELLO && w->state == GREETING)
        bad_line(w, "something else than hello first");
    else if (m->name == PROTOCOL_HELLO && m->version != PROTOCOL_VERSION)
        happen(w, FAULT, "speaks another version of the protocol");
    else if (m->name == PROTOCOL_HELLO && w->state == GREETING)
        happen(w, HELLO, NULL);
    else if (m->name == PROTOCOL_HELLO)
        bad_line(w, "hello a second time");
    else
        w->owner.message(w->owner.context, m);
}

static void have_line(void *context, const char *line, size_t len) {
    struct worker *w = context;
    w->life_at = mono(w) + w->settings.life_deadline;
    struct str problem;
    str_init(&problem, 512);
    struct protocol_message m;
    if (!line)
        bad_line(w, "longer than a line may be");
    else if (protocol_read(line, len, true, &m, &problem) != ERR_OK)
        bad_line(w, problem.len ? problem.data : "not understood");
    else {
        take_message(w, &m);
        protocol_release(&m);
    }
    str_release(&problem);
}

static void output_ended(void *context) {
    struct worker *w = context;
    w->said_all = true;
    if (!w->process)
        happen(w, EXITED, w->why);
    else if (w->deadline > mono(w) + DRAIN)
        set_deadline(w, mono(w) + DRAIN); /* its exit should follow at once */
}

/* ---- the process ---- */

static void free_handle(uv_handle_t *handle) {
    free(handle);
}

static void process_exited(uv_process_t *process, int64_t status, int signal) {
    struct worker *w = process->data;
    uv_close((uv_handle_t *)process, free_handle);
    if (!w)
        return;
    w->process = NULL;
    if (w->state == SERVING || w->state == GREETING || !w->why[0]) {
        struct str why;
        str_init(&why, sizeof w->why);
        if (signal)
            str_addf(&why, "killed by signal %d", signal);
        else
            str_addf(&why, "exited with %d", (int)status);
        set_why(w, why.data);
        str_release(&why);
    }
    if (w->said_all)
        happen(w, EXITED, w->why);
    else
        set_deadline(w, mono(w) + DRAIN);
}

static uv_stream_t *new_pipe(struct worker *w) {
    uv_pipe_t *pipe = mem_alloc(sizeof *pipe);
    if (uv_pipe_init(w->loop, pipe, 0) != 0)
        abort();
    return (uv_stream_t *)pipe;
}

static void say_hello(struct worker *w) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_HELLO);
    m.version = PROTOCOL_VERSION;
    struct str line;
    str_init(&line, PROTOCOL_LINE_MAX);
    protocol_write(&m, &line);
    if (channel_write(w->channel, line.data, line.len) != ERR_OK)
        set_why(w, "doesn't read");
    str_release(&line);
}

static void start(struct worker *w) {
    w->why[0] = 0;
    w->bad_lines = 0;
    w->said_all = false;
    w->starts++;
    metric_add(METRIC_WORKER_STARTS, 1);
    uv_stream_t *to = new_pipe(w), *from = new_pipe(w);
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = to},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = from},
        {.flags = UV_INHERIT_FD, .data.fd = 2},
    };
    uv_process_options_t options = {
        .file = w->settings.argv[0],
        .args = (char **)(uintptr_t)w->settings.argv,
        .exit_cb = process_exited,
        .stdio = stdio,
        .stdio_count = 3,
    };
    uv_process_t *process = mem_alloc(sizeof *process);
    int status = uv_spawn(w->loop, process, &options);
    if (status != 0) {
        uv_close((uv_handle_t *)process, free_handle);
        uv_close((uv_handle_t *)to, free_handle);
        uv_close((uv_handle_t *)from, free_handle);
        log_event(LOG_LEVEL_ERROR, "worker.not_started", log_text("link", w->settings.name), log_text("program", w->settings.argv[0]),
                  log_text("reason", uv_strerror(status)));
        happen(w, EXITED, "could not be started");
        return;
    }
    process->data = w;
    w->process = process;
    struct channel_options channel = {
        .line_max = PROTOCOL_LINE_MAX - 1, .backlog_max = BACKLOG_MAX, .context = w, .line = have_line, .ended = output_ended};
    w->channel = channel_new(&channel, from, to);
    log_event(LOG_LEVEL_INFO, "worker.started", log_text("link", w->settings.name), log_int("pid", process->pid), log_int("starts", w->starts));
    set_deadline(w, mono(w) + w->settings.hello_deadline);
    say_hello(w);
}

/* ---- effects of the table ---- */

typedef void effect(struct worker *w);

static void do_start(struct worker *w) {
    start(w);
}

static void do_wait(struct worker *w) {
    set_deadline(w, mono(w) + ABSENT_PERIOD);
}

static void do_hurry(struct worker *w) {
    w->restarts = 0;
    set_deadline(w, mono(w));
}

static void do_serve(struct worker *w) {
    w->served_at = mono(w);
    w->answer_at = NEVER;
    w->life_at = w->served_at + w->settings.life_deadline;
    set_deadline(w, NEVER);
    w->owner.greeted(w->owner.context);
}

static void do_ask(struct worker *w) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_STOP);
    struct str line;
    str_init(&line, PROTOCOL_LINE_MAX);
    protocol_write(&m, &line);
    if (channel_write(w->channel, line.data, line.len) != ERR_OK && w->process)
        uv_process_kill(w->process, SIGTERM);
    str_release(&line);
    set_deadline(w, mono(w) + w->settings.stop_deadline);
}

static void do_terminate(struct worker *w) {
    log_event(LOG_LEVEL_WARNING, "worker.ending", log_text("link", w->settings.name), log_text("reason", w->why));
    if (w->process)
        uv_process_kill(w->process, SIGTERM);
    set_deadline(w, mono(w) + TERM_GRACE);
}

static void do_kill(struct worker *w) {
    if (w->process)
        uv_process_kill(w->process, SIGKILL);
    set_deadline(w, mono(w) + TERM_GRACE);
}

static void do_stopped(struct worker *w) {
    set_deadline(w, NEVER);
    w->owner.stopped(w->owner.context);
}

static void do_back_off(struct worker *w) {
    channel_close(w->channel);
    w->channel = NULL;
    if (w->served_at && mono(w) - w->served_at >= w->settings.restart_stable)
        w->restarts = 0;
    w->served_at = 0;
    int64_t n = ++w->restarts;
    int64_t wait =
        n < 1000 && w->settings.restart_base * n * n < w->settings.restart_cap ? w->settings.restart_base * n * n : w->settings.restart_cap;
    if (mono(w) < w->eager_until && wait > EAGER_WAIT)
        wait = EAGER_WAIT;
    log_event(w->stopping ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "worker.gone", log_text("link", w->settings.name), log_text("reason", w->why),
              log_int("restart_ms", w->stopping ? -1 : wait));
    w->owner.gone(w->owner.context, w->why);
    if (w->stopping)
        happen(w, STOP, NULL);
    else
        set_deadline(w, mono(w) + wait);
}

static void do_nothing(struct worker *w) {
    (void)w;
}

static const struct transition {
    enum state from;
    enum event event;
    enum state to;
    effect *effect;
} transitions[] = {
    {DOWN, DUE, GREETING, do_start}, /* the wait is over */
    {DOWN, MISSING, ABSENT, do_wait},       {DOWN, CAME, DOWN, do_hurry},
    {DOWN, STOP, STOPPED, do_stopped},      {ABSENT, DUE, GREETING, do_start},
    {ABSENT, MISSING, ABSENT, do_wait},     {ABSENT, CAME, ABSENT, do_hurry},
    {ABSENT, STOP, STOPPED, do_stopped},    {GREETING, HELLO, SERVING, do_serve},
    {GREETING, DUE, KILLED, do_kill}, /* never greeted: it has nothing to finish */
    {GREETING, FAULT, KILLED, do_kill},     {GREETING, EXITED, DOWN, do_back_off},
    {GREETING, STOP, KILLED, do_kill},      {SERVING, DUE, ENDING, do_terminate}, /* a deadline was missed */
    {SERVING, FAULT, ENDING, do_terminate}, {SERVING, EXITED, DOWN, do_back_off},
    {SERVING, STOP, ENDING, do_ask},        {ENDING, DUE, KILLED, do_kill},
    {ENDING, FAULT, ENDING, do_nothing},    {ENDING, EXITED, DOWN, do_back_off},
    {ENDING, STOP, ENDING, do_nothing},     {KILLED, DUE, KILLED, do_kill}, /* should be gone by now: again */
    {KILLED, FAULT, KILLED, do_nothing},    {KILLED, EXITED, DOWN, do_back_off},
    {KILLED, STOP, KILLED, do_nothing},
};

static void happen(struct worker *w, enum event event, const char *why) {
    for (size_t i = 0; i < sizeof transitions / sizeof transitions[0]; i++) {
        const struct transition *t = &transitions[i];
        if (t->from != w->state || t->event != event)
            continue;
        if (why)
            set_why(w, why);
        w->state = t->to;
        t->effect(w);
        return;
    }
    log_event(LOG_LEVEL_DEBUG, "worker.ignored_event", log_text("link", w->settings.name), log_text("state", state_names[w->state]),
              log_int("event", event));
}

/* ---- for the owner ---- */

struct worker *worker_new(uv_loop_t *loop, struct clock *clock, const struct worker_settings *settings, const struct worker_owner *owner) {
    struct worker *w = mem_alloc(sizeof *w);
    w->loop = loop;
    w->clock = clock;
    w->settings = *settings;
    w->owner = *owner;
    w->state = DOWN;
    w->deadline = w->life_at = w->answer_at = NEVER;
    w->timer = mem_alloc(sizeof *w->timer);
    if (uv_timer_init(loop, w->timer) != 0)
        abort();
    w->timer->data = w;
    return w;
}

void worker_start(struct worker *w) {
    set_deadline(w, mono(w));
}

void worker_stop(struct worker *w) {
    if (w->stopping)
        return;
    w->stopping = true;
    happen(w, STOP, "told to stop");
}

void worker_hurry(struct worker *w) {
    w->eager_until = mono(w) + WORKER_EAGER;
    if (w->state == DOWN || w->state == ABSENT)
        happen(w, CAME, NULL);
}

void worker_leave(struct worker *w, const char *why) {
    happen(w, FAULT, why);
}

void worker_free(struct worker *w) {
    if (!w)
        return;
    channel_close(w->channel);
    if (w->process) { /* not after `stopped` */
        uv_process_kill(w->process, SIGKILL);
        w->process->data = NULL;
    }
    uv_close((uv_handle_t *)w->timer, free_handle);
    free(w);
}

enum err worker_say(struct worker *w, const struct protocol_message *m) {
    if (w->state != SERVING && w->state != ENDING)
        return ERR_CLOSED;
    struct str line;
    str_init_secret(&line, PROTOCOL_LINE_MAX); /* it may be a SIM's PIN */
    protocol_write(m, &line);
    enum err e = channel_write(w->channel, line.data, line.len);
    str_release(&line);
    if (e == ERR_FULL)
        happen(w, FAULT, "doesn't read what it's told");
    return e;
}

void worker_expect(struct worker *w, int64_t within_ms) {
    w->answer_at = within_ms ? mono(w) + within_ms : NEVER;
    if (w->state == SERVING && within_ms)
        arm(w);
}

void worker_fault(struct worker *w, const char *what) {
    bad_line(w, what);
}

void worker_view(const struct worker *w, struct worker_view *ret_view) {
    *ret_view = (struct worker_view){
        .state = state_names[w->state],
        .pid = w->process ? w->process->pid : 0,
        .starts = w->starts,
        .bad_lines = w->bad_lines,
        .restarts = w->restarts,
        .next_start_in = w->state == DOWN && w->deadline != NEVER ? w->deadline - mono(w) : -1,
        .last_end = w->why,
    };
}
