/* The listener as the core sees it: a worker that serves no modem. With each sign of life it's seen whether its files are still those that it read;
 * it can't read them anew by itself, behind its fence. */
#include "firmware-host/central_webhook.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/supervise.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ARGV_MAX = 10, FILES = 3 };
#define PROGRAM "phanhoi-webhook"

struct central_webhook {
    struct central_webhook_parts parts;
    struct worker *worker;
    struct str program;
    const char *argv[ARGV_MAX];
    struct stat files[FILES]; /* as they were when it was started */
};

static void look_at_files(const struct central_webhook *w, struct stat to[FILES]) {
    const struct config_central *c = &w->parts.config->central;
    const char *const paths[FILES] = {c->webhook_secret_file, c->webhook_cert_file, c->webhook_key_file};
    memset(to, 0, FILES * sizeof *to);
    for (size_t i = 0; i < FILES; i++)
        if (*paths[i] && stat(paths[i], &to[i]) != 0)
            memset(&to[i], 0, sizeof to[i]);
}

static bool same(const struct stat *a, const struct stat *b) {
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void greeted(void *context) {
    struct central_webhook *w = context;
    look_at_files(w, w->files);
}

static void message(void *context, struct protocol_message *m) {
    struct central_webhook *w = context;
    struct stat now[FILES];
    if (m->name == PROTOCOL_KNOCK) {
        metric_add(METRIC_CENTRAL_KNOCKS, 1);
        w->parts.knock(w->parts.context);
        return;
    }
    look_at_files(w, now);
    for (size_t i = 0; i < FILES; i++) {
        if (!same(&now[i], &w->files[i])) {
            worker_leave(w->worker, "a file of it is another now");
            return;
        }
    }
}

static void gone(void *context, const char *why) {
    (void)context;
    (void)why;
}

static void stopped(void *context) {
    struct central_webhook *w = context;
    w->parts.stopped(w->parts.context);
}

bool central_webhook_wanted(const struct config *config) {
    return *config->central_url && *config->central.webhook_listen;
}

struct central_webhook *central_webhook_new(const struct central_webhook_parts *parts) {
    struct central_webhook *w = mem_alloc(sizeof *w);
    const struct config *config = parts->config;
    const struct config_central *c = &config->central;
    const char *slash = strrchr(parts->worker, '/');
    w->parts = *parts;
    str_init(&w->program, strlen(parts->worker) + sizeof PROGRAM);
    str_add_n(&w->program, parts->worker, slash ? (size_t)(slash + 1 - parts->worker) : 0);
    str_add(&w->program, PROGRAM);
    const char *argv[ARGV_MAX] = {w->program.data, "--listen", c->webhook_listen, "--secrets", c->webhook_secret_file};
    if (*c->webhook_cert_file) {
        const char *tls[] = {"--certificate", c->webhook_cert_file, "--key", c->webhook_key_file};
        memcpy(argv + 5, tls, sizeof tls);
    }
    memcpy(w->argv, argv, sizeof argv);
    struct worker_settings settings = {
        .name = "webhook",
        .argv = w->argv,
        .hello_deadline = config->hello_deadline,
        .life_deadline = config->life_deadline,
        .stop_deadline = config->stop_deadline,
        .restart_base = config->restart_base,
        .restart_cap = config->restart_cap,
        .restart_stable = config->restart_stable,
        .bad_lines_max = config->bad_lines_max,
    };
    struct worker_owner owner = {.context = w, .greeted = greeted, .message = message, .gone = gone, .stopped = stopped};
    w->worker = worker_new(parts->loop, parts->clock, &settings, &owner);
    return w;
}

void central_webhook_start(struct central_webhook *w) {
    worker_start(w->worker);
}

void central_webhook_stop(struct central_webhook *w) {
    worker_stop(w->worker);
}

void central_webhook_free(struct central_webhook *w) {
    if (!w)
        return;
    worker_free(w->worker);
    str_release(&w->program);
    free(w);
}
