/* Starting, serving and stopping the appliance.
 *
 * Start: keys ─► store (lock, migrations, keys that its rows need) ─► identity ─► calendar ─► message centre ─► recovery ─► deadlines, if the
 * calendar is another ─► loop, control socket, workers ─► READY. Whatever fails before READY ends the program with one line that says what, where and
 * what to do; nothing is half started. Stop (SIGTERM, SIGINT): no new submissions, workers finish what runs, their last words are committed, the
 * store is closed: a clean stop. Anything else is an unclean stop; the next start is careful (loop.h). */
#include "firmware-host/app.h"

#include "firmware-host/alarm.h"
#include "firmware-host/balance.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/calendar_use.h"
#include "firmware-host/central_document_use.h"
#include "firmware-host/central_link.h"
#include "firmware-host/central_webhook.h"
#include "firmware-host/control.h"
#include "firmware-host/discovery.h"
#include "firmware-host/history.h"
#include "firmware-host/link.h"
#include "firmware-host/log_ring.h"
#include "firmware-host/loop.h"
#include "firmware-host/notify.h"
#include "firmware-host/reload.h"
#include "firmware-host/report_job.h"
#include "firmware-host/reseal_timer.h"
#include "firmware-host/turn.h"
#include "store/calendar.h"
#include "store/outbox.h"
#include "store/reseal.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#define STATUS_MS 5000
enum { FILES_WANTED = 4096, SIGNALS = 3, PROBLEMS_MAX = 64 * 1024 };

struct app {
    const struct config *config;
    struct clock *clock; /* the real one, or the training's */
    struct clock_training training;
    uv_loop_t uv;
    struct keyring *keys;
    struct store *store;
    struct calendar *calendar;
    struct templates *templates;
    struct operators *operators; /* NULL: the program's plan */
    struct smsc *smsc;
    struct turn *turn;
    struct loop *loop;
    struct link *links[CONFIG_MODEMS_MAX];
    struct discovery *discovery; /* NULL: not needed */
    struct central_webhook *webhook; /* NULL: the store can't knock */
    size_t running; /* links, discovery, webhook */
    struct log_ring *ring;
    struct reserve *reserve; /* NULL: there's no operator to text */
    struct reload_parts reload;
    struct command_parts commands;
    struct control *control;
    struct notify *notify;
    struct report_schedule *reports;
    struct reseal_timer *reseal;
    struct balance_watch *balance;
    struct alarms *alarms;
    struct history *history;
    struct central_link *central; /* NULL: there is no central store */
    uv_signal_t signals[SIGNALS];
    uv_timer_t status;
    bool careful, stopping;
    char program[PATH_MAX]; /* the worker's */
};

/* ---- the process ---- */

static void harden(void) {
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a full disk: an error, not the end */
    struct rlimit none = {0, 0}, files;
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        log_event(LOG_LEVEL_WARNING, "app.core_dumps", log_text("reason", strerror(errno)));
#ifndef __SANITIZE_ADDRESS__ /* the leak checker traces its own process */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        log_event(LOG_LEVEL_WARNING, "app.dumpable", log_text("reason", strerror(errno)));
#endif
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < FILES_WANTED) {
        files.rlim_cur = files.rlim_max < FILES_WANTED ? files.rlim_max : FILES_WANTED;
        if (setrlimit(RLIMIT_NOFILE, &files) != 0)
            log_event(LOG_LEVEL_WARNING, "app.file_limit", log_text("reason", strerror(errno)));
    }
}

static enum err find_worker(struct app *a, struct str *problem) {
    const char *configured = a->config->worker_program;
    ssize_t len = 0;
    if (!*configured) {
        len = readlink("/proc/self/exe", a->program, sizeof a->program - 1);
        a->program[len > 0 ? len : 0] = 0;
        char *slash = strrchr(a->program, '/');
        len = slash ? slash + 1 - a->program : 0;
        configured = "phanhoi-modem";
    }
    enum err e = str_copy(a->program + len, sizeof a->program - (size_t)len, configured);
    if (e == ERR_OK && access(a->program, X_OK) != 0)
        e = ERR_NOT_FOUND;
    if (e != ERR_OK)
        str_addf(problem, "%s: can't be run: %s; set worker.program to the path of phanhoi-modem", a->program, strerror(errno));
    return e;
}

/* ---- start ---- */

static enum err load_keys(struct app *a, struct str *problem) {
    bool created = false;
    enum err e = keyring_load(a->config->key_file, true, problem, &a->keys, &created);
    if (e == ERR_OK && created)
        log_event(LOG_LEVEL_WARNING, "app.key_created", log_text("file", a->config->key_file),
                  log_text("do", "keep a copy off this machine: without it nobody can read the database"));
    return e;
}

/* In training: goes on where its time is by now, also after another rate was configured. */
static enum err set_clock(struct app *a, struct str *problem) {
    int64_t real = a->clock->wall_ms(a->clock);
    struct store_training t = {.wall = a->config->clock_start ? a->config->clock_start : real, .real = real, .rate = a->config->clock_rate};
    if (!config_training(a->config))
        return store_claim_clock(a->store, NULL, problem);
    enum err e = store_claim_clock(a->store, &t, problem);
    if (e != ERR_OK)
        return e;
    if (t.real < real) {
        t.wall += (real - t.real) * t.rate;
        t.real = real;
    }
    t.rate = a->config->clock_rate;
    e = store_begin(a->store);
    if (e == ERR_OK)
        e = store_set_training(a->store, &t);
    if (e == ERR_OK)
        e = store_commit(a->store);
    else
        store_rollback(a->store);
    if (e != ERR_OK)
        str_addf(problem, "clock: can't be written to the database: %s", err_text(e));
    clock_training_init(&a->training, a->clock, t.wall, t.rate);
    a->clock = &a->training.clock;
    char now[CLOCK_TEXT_SIZE];
    clock_iso(t.wall, now);
    log_event(LOG_LEVEL_WARNING, "app.training", log_text("time", now), log_int("rate", t.rate), log_text("meaning", "this is no real operation"));
    return e;
}

static enum err open_store(struct app *a, struct str *problem) {
    struct store_options options = {.path = a->config->store_path, .keys = a->keys, .now = a->clock->wall_ms(a->clock)};
    enum err e = store_open(&options, problem, &a->store);
    if (e != ERR_OK)
        return e;
    const struct smsc_settings *s = &a->config->smsc;
    e = set_clock(a, problem);
    if (e == ERR_OK)
        e = store_claim_identity(a->store, s->appliance_id, s->index, s->of, problem);
    a->careful = !store_was_clean(a->store);
    if (e == ERR_OK && a->careful)
        log_event(LOG_LEVEL_NOTICE, "app.careful_mode", log_text("reason", "the last run didn't end cleanly"));
    return e;
}

static enum err claim_keys(struct app *a, struct str *problem) {
    enum err e = store_begin(a->store);
    if (e != ERR_OK)
        return e;
    e = reseal_claim_keys(a->store, a->keys, a->config->key_file, problem);
    if (e == ERR_OK)
        return store_commit(a->store);
    store_rollback(a->store);
    return e;
}

static enum err load_calendar(struct app *a, struct str *problem) {
    return in_force_calendar(a->config, a->store, problem, &a->calendar);
}

static enum err use_calendar(struct app *a, struct str *problem) {
    enum err e = calendar_use_at_start(a->store, a->smsc, a->calendar, a->clock->wall_ms(a->clock));
    if (e != ERR_OK)
        str_addf(problem, "%s: deadlines can't be counted with another calendar: %s", a->config->store_path, err_text(e));
    return e;
}

static enum err load_templates(struct app *a, struct str *problem) {
    return in_force_templates(a->config, a->store, problem, &a->templates);
}

static enum err load_operators(struct app *a, struct str *problem) {
    return config_operators(a->config, problem, &a->operators);
}

static enum err start_centre(struct app *a, struct str *problem) {
    struct smsc_parts parts = {.store = a->store, .calendar = a->calendar, .keys = a->keys, .templates = a->templates};
    struct smsc_settings settings = a->config->smsc;
    settings.ussd.idle *= a->clock->rate; /* people don't type faster in a training */
    settings.ussd.resume *= a->clock->rate;
    enum err e = smsc_new(&parts, &settings, problem, &a->smsc);
    if (e != ERR_OK)
        return e;
    smsc_set_operators(a->smsc, a->operators);
    e = smsc_recover(a->smsc, a->clock->wall_ms(a->clock));
    if (e != ERR_OK)
        str_addf(problem, "%s: the queue can't be read: %s", a->config->store_path, err_text(e));
    return e;
}

static void one_stopped(void *context);

static bool is_up(void *context, const char *name, const char *imei) {
    struct app *a = context;
    for (size_t i = 0; i < a->config->modem_count; i++) {
        struct link_view view;
        link_view(a->links[i], &view);
        if (strcmp(view.modem->name, name) == 0)
            return view.up && view.imei && strcmp(view.imei, imei) == 0;
    }
    return false;
}

static void port_news(void *context, const struct protocol_message *m) {
    struct app *a = context;
    for (size_t i = 0; i < a->config->modem_count; i++)
        link_port_news(a->links[i], m);
}

static void start_discovery(struct app *a) {
    struct discovery_parts parts = {
        .loop = &a->uv,
        .clock = a->clock,
        .config = a->config,
        .program = a->program,
        .news = port_news,
        .stopped = one_stopped,
        .context = a,
    };
    if (discovery_wanted(a->config))
        a->discovery = discovery_new(&parts);
}

static void follow_log(void *context, const struct log_entry *entry) {
    struct app *a = context;
    if (a->control)
        control_log(a->control, entry);
}

/* What a heartbeat says. */
static void put_health(void *context, struct json_writer *w) {
    struct app *a = context;
    struct store_counts counts = {.outbox_waiting = 0};
    int64_t oldest = 0;
    json_put_text(w, "version", PHANHOI_VERSION);
    if (store_counts(a->store, &counts) == ERR_OK)
        json_put_int(w, "waiting", counts.outbox_waiting);
    if (outbox_oldest_at(a->store, &oldest) == ERR_OK && oldest)
        json_put_time(w, "oldest", oldest);
    json_open_array(w, "links");
    for (size_t i = 0; i < a->config->modem_count; i++) {
        struct link_view view;
        link_view(a->links[i], &view);
        json_open_object(w, NULL);
        json_put_text(w, "name", a->config->modems[i].name);
        json_put_bool(w, "up", view.up);
        json_close_object(w);
    }
    json_close_array(w);
}

static enum err start_central(struct app *a, struct str *problem) {
    struct central_link_parts parts = {.uv = &a->uv,
                                       .clock = a->clock,
                                       .turn = a->turn,
                                       .store = a->store,
                                       .smsc = a->smsc,
                                       .config = a->config,
                                       .reload = &a->reload,
                                       .put_health = put_health,
                                       .context = a};
    return *a->config->central_url ? central_link_open(&parts, problem, &a->central) : ERR_OK;
}

static void knocked(void *context) {
    struct app *a = context;
    central_link_knock(a->central);
}

static void start_webhook(struct app *a) {
    struct central_webhook_parts parts = {
        .loop = &a->uv, .clock = a->clock, .config = a->config, .worker = a->program, .knock = knocked, .stopped = one_stopped, .context = a};
    if (central_webhook_wanted(a->config))
        a->webhook = central_webhook_new(&parts);
}

static void turned(void *context) {
    struct app *a = context;
    if (a->central)
        central_link_wake(a->central);
}

static enum err start_service(struct app *a, struct str *problem) {
    struct turn_parts turn = {.store = a->store, .smsc = a->smsc, .clock = a->clock};
    a->turn = turn_new(&turn);
    start_discovery(a);
    start_webhook(a);
    for (size_t i = 0; i < a->config->modem_count; i++) {
        struct link_parts parts = {
            .loop = &a->uv,
            .clock = a->clock,
            .turn = a->turn,
            .store = a->store,
            .smsc = a->smsc,
            .config = a->config,
            .modem = &a->config->modems[i],
            .program = a->program,
            .careful = &a->careful,
            .ports = a->discovery ? discovery_ports(a->discovery) : NULL,
            .is_up = is_up,
            .stopped = one_stopped,
            .context = a,
        };
        a->links[i] = link_new(&parts);
    }
    if (a->config->smsc.operator_phone.kind != PHONE_NONE)
        a->reserve = reserve_new(a->config->store_path, (int64_t)a->config->reserve << 20);
    struct loop_parts loop = {
        .uv = &a->uv,
        .clock = a->clock,
        .smsc = a->smsc,
        .turn = a->turn,
        .links = a->links,
        .link_count = a->config->modem_count,
        .reserve = a->reserve,
        .careful = &a->careful,
        .turned = turned,
        .context = a,
    };
    a->loop = loop_new(&loop);
    turn_set_dispatch(a->turn, loop_dispatch, a->loop);
    a->reload = (struct reload_parts){.config = a->config,
                                      .keys = a->keys,
                                      .store = a->store,
                                      .smsc = a->smsc,
                                      .turn = a->turn,
                                      .calendar = &a->calendar,
                                      .templates = &a->templates,
                                      .operators = &a->operators};
    enum err e = reload_directory(&a->reload, a->clock->wall_ms(a->clock), problem);
    if (e != ERR_OK)
        return e;
    e = start_central(a, problem);
    if (e != ERR_OK)
        return e;
    struct balance_parts balance = {.uv = &a->uv,
                                    .clock = a->clock,
                                    .store = a->store,
                                    .smsc = a->smsc,
                                    .turn = a->turn,
                                    .config = a->config,
                                    .links = a->links,
                                    .link_count = a->config->modem_count};
    a->balance = balance_start(&balance);
    a->commands = (struct command_parts){
        .central = a->central,
        .config = a->config,
        .clock = a->clock,
        .training = config_training(a->config) ? &a->training : NULL,
        .keys = a->keys,
        .store = a->store,
        .calendar = &a->calendar,
        .smsc = a->smsc,
        .turn = a->turn,
        .links = a->links,
        .link_count = a->config->modem_count,
        .reload = &a->reload,
        .balance = a->balance,
        .ring = a->ring,
        .alarms = &a->alarms,
        .careful = &a->careful,
        .stopping = &a->stopping,
        .started_at = a->clock->mono_ms(a->clock),
    };
    struct alarms_parts alarms = {.uv = &a->uv,
                                  .clock = a->clock,
                                  .store = a->store,
                                  .smsc = a->smsc,
                                  .turn = a->turn,
                                  .links = a->links,
                                  .link_count = a->config->modem_count};
    e = alarms_start(&alarms, &a->alarms);
    if (e != ERR_OK) {
        str_addf(problem, "%s: alarms can't be read: %s", a->config->store_path, err_text(e));
        return e;
    }
    struct history_parts history = {
        .uv = &a->uv, .clock = a->clock, .store = a->store, .turn = a->turn, .links = a->links, .link_count = a->config->modem_count};
    a->history = history_start(&history);
    struct control_parts control = {
        .uv = &a->uv, .turn = a->turn, .path = a->config->socket, .group = a->config->socket_group, .commands = &a->commands};
    return control_open(&control, problem, &a->control);
}

/* ---- stop ---- */

static void all_stopped(struct app *a) {
    central_link_stop(a->central);
    loop_finish(a->loop);
    uv_stop(&a->uv);
}

static void one_stopped(void *context) {
    struct app *a = context;
    if (--a->running == 0)
        all_stopped(a);
}

static void stop(struct app *a) {
    if (a->stopping)
        return;
    a->stopping = true;
    notify_stopping();
    if (a->running == 0)
        all_stopped(a);
    if (a->discovery)
        discovery_stop(a->discovery);
    if (a->webhook)
        central_webhook_stop(a->webhook);
    for (size_t i = 0; i < a->config->modem_count; i++)
        link_stop(a->links[i]);
}

static void read_anew(struct app *a) {
    struct str problems, said;
    struct json_writer w;
    str_init(&problems, PROBLEMS_MAX);
    str_init(&said, PROBLEMS_MAX);
    json_begin(&w, &said);
    if (reload(&a->reload, a->clock->wall_ms(a->clock), &problems, &w) != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "app.not_all_reloaded", log_text("meaning", "what ran before goes on"));
    str_release(&problems);
    str_release(&said);
}

static void signal_came(uv_signal_t *handle, int number) {
    struct app *a = handle->data;
    log_event(LOG_LEVEL_NOTICE, "app.signal", log_text("name", strsignal(number)),
              log_text("meaning", number == SIGHUP ? "reading keys, calendar, texts, directory and operators anew" : "stopping"));
    if (number != SIGHUP)
        stop(a);
    else if (!a->stopping)
        read_anew(a);
}

static void tell_status(uv_timer_t *timer) {
    struct app *a = timer->data;
    struct str line;
    str_init(&line, 256);
    size_t up = 0;
    for (size_t i = 0; i < a->config->modem_count; i++) {
        struct link_view view;
        link_view(a->links[i], &view);
        up += view.up;
    }
    str_addf(&line, "%s%s; %zu of %zu modems up", config_training(a->config) ? "TRAINING, no real operation; " : "",
             a->stopping              ? "stopping"
             : turn_refusing(a->turn) ? "refusing: nothing can be stored"
             : a->careful             ? "serving carefully after an unclean stop"
                                      : "serving",
             up, a->config->modem_count);
    notify_status(line.data);
    str_release(&line);
}

/* ---- life ---- */

static void start_handles(struct app *a) {
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGHUP};
    for (int i = 0; i < SIGNALS; i++) {
        if (uv_signal_init(&a->uv, &a->signals[i]) != 0)
            abort();
        a->signals[i].data = a;
        uv_signal_start(&a->signals[i], signal_came, numbers[i]);
    }
    if (uv_timer_init(&a->uv, &a->status) != 0)
        abort();
    a->status.data = a;
    uv_timer_start(&a->status, tell_status, 0, STATUS_MS);
    a->notify = notify_start(&a->uv);
    a->reseal = reseal_timer_start(&a->uv, a->turn, a->store);
    a->reports = report_schedule_start(&a->uv, a->config, a->clock, &a->calendar);
}

static void stop_handles(struct app *a) {
    for (int i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&a->signals[i], NULL);
    uv_close((uv_handle_t *)&a->status, NULL);
    notify_free(a->notify);
    report_schedule_stop(a->reports);
    reseal_timer_stop(a->reseal);
}

static void serve(struct app *a) {
    a->running = a->config->modem_count + (a->discovery != NULL) + (a->webhook != NULL);
    if (a->discovery)
        discovery_start(a->discovery);
    if (a->webhook)
        central_webhook_start(a->webhook);
    for (size_t i = 0; i < a->config->modem_count; i++)
        link_start(a->links[i]);
    log_event(LOG_LEVEL_NOTICE, "app.ready", log_text("version", PHANHOI_VERSION), log_text("id", a->config->smsc.appliance_id),
              log_int("modems", (int64_t)a->config->modem_count), log_int("pid", getpid()));
    notify_ready();
    uv_run(&a->uv, UV_RUN_DEFAULT);
}

static void release(struct app *a) {
    control_close(a->control);
    balance_stop(a->balance);
    a->control = NULL;
    alarms_stop(a->alarms);
    history_stop(a->history);
    central_link_stop(a->central);
    turn_free(a->turn); /* before the links, whose jobs it may hold */
    central_link_free(a->central);
    alarms_free(a->alarms);
    history_free(a->history);
    loop_free(a->loop);
    for (size_t i = 0; i < a->config->modem_count; i++)
        link_free(a->links[i]);
    central_webhook_free(a->webhook);
    discovery_free(a->discovery); /* after the links, which use its table */
    uv_run(&a->uv, UV_RUN_DEFAULT); /* what was closed */
    balance_free(a->balance);
    if (uv_loop_close(&a->uv) != 0)
        log_plain(LOG_LEVEL_WARNING, "app.handles_left");
    reserve_free(a->reserve);
    smsc_free(a->smsc);
    calendar_free(a->calendar);
    templates_free(a->templates);
    operators_free(a->operators);
    store_close(a->store);
    keyring_free(a->keys);
}

int app_run(const struct config *config) {
    struct app *a = mem_alloc(sizeof *a);
    a->config = config;
    a->clock = clock_system();
    log_set_program("phanhoid");
    log_set_level((enum log_level)(LOG_LEVEL_ERROR + config->log_level));
    a->ring = log_ring_start(a->clock, follow_log, a);
    harden();
    crypto_start();
    if (uv_loop_init(&a->uv) != 0)
        abort();
    struct str problem;
    str_init(&problem, PROBLEMS_MAX);
    enum err (*const steps[])(struct app *, struct str *) = {find_worker,    load_keys,      open_store,   claim_keys,   load_calendar,
                                                             load_templates, load_operators, start_centre, use_calendar, start_service};
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < sizeof steps / sizeof steps[0]; i++)
        e = steps[i](a, &problem);
    if (e == ERR_OK) {
        start_handles(a);
        serve(a);
        stop_handles(a);
    } else {
        log_event(LOG_LEVEL_ERROR, "app.not_started", log_err(e), log_text("problem", problem.len ? problem.data : err_text(e)));
    }
    str_release(&problem);
    release(a);
    if (e == ERR_OK)
        log_plain(LOG_LEVEL_NOTICE, "app.stopped");
    log_ring_stop(a->ring);
    free(a);
    return e == ERR_OK ? 0 : 1;
}
