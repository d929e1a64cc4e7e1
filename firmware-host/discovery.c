/* Discovery as the core sees it: a worker that serves no modem. */
#include "firmware-host/discovery.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/supervise.h"

#include <stdlib.h>
#include <string.h>

enum { ARGV_MAX = 8 };

struct discovery {
    struct discovery_parts parts;
    struct port_table *ports;
    struct worker *worker;
    const char *argv[ARGV_MAX];
};

static void greeted(void *context) {
    (void)context;
}

static void message(void *context, struct protocol_message *m) {
    struct discovery *d = context;
    if (m->name == PROTOCOL_PORT)
        log_event(LOG_LEVEL_INFO, "port.there", log_text("node", m->node), log_text("place", m->place), log_text("usb", m->usb),
                  log_text("product", m->product), log_text("role", protocol_role_name(m->role)));
    else if (m->name == PROTOCOL_PORT_GONE)
        log_event(LOG_LEVEL_INFO, "port.gone", log_text("node", m->node));
    if (port_table_take(d->ports, m, d->parts.clock->mono_ms(d->parts.clock)))
        d->parts.news(d->parts.context, m);
}

static void gone(void *context, const char *why) {
    struct discovery *d = context;
    (void)why;
    port_table_forget(d->ports);
    d->parts.news(d->parts.context, NULL);
}

static void stopped(void *context) {
    struct discovery *d = context;
    d->parts.stopped(d->parts.context);
}

static void ask(void *context, const char *node, const char *baud) {
    struct discovery *d = context;
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_PROBE);
    m.node = mem_string(node);
    if (*baud && parse_int(baud + 1, 0, INT32_MAX, &m.baud) != ERR_OK)
        m.baud = 0;
    if (worker_say(d->worker, &m) != ERR_OK) /* it will be back, and list the ports anew */
        log_event(LOG_LEVEL_DEBUG, "discovery.unheard", log_text("node", node));
    protocol_release(&m);
}

bool discovery_wanted(const struct config *config) {
    bool wanted = false;
    for (size_t i = 0; i < config->modem_count; i++) {
        struct modem_line line;
        struct str why;
        str_init(&why, 512);
        wanted |= modem_line_parse(config->modems[i].line, &line, &why) == ERR_OK && modem_line_is_located(&line);
        str_release(&why);
    }
    return wanted;
}

struct discovery *discovery_new(const struct discovery_parts *parts) {
    struct discovery *d = mem_alloc(sizeof *d);
    d->parts = *parts;
    d->ports = port_table_new(ask, d);
    const char *argv[ARGV_MAX] = {parts->program, "--discover", "--watch", "--log", config_log_level_name(parts->config->log_level), NULL};
    memcpy(d->argv, argv, sizeof argv);
    struct worker_settings settings = {
        .name = "discovery",
        .argv = d->argv,
        .hello_deadline = parts->config->hello_deadline,
        .life_deadline = parts->config->life_deadline,
        .stop_deadline = parts->config->stop_deadline,
        .restart_base = parts->config->restart_base,
        .restart_cap = parts->config->restart_cap,
        .restart_stable = parts->config->restart_stable,
        .bad_lines_max = parts->config->bad_lines_max,
    };
    struct worker_owner owner = {.context = d, .greeted = greeted, .message = message, .gone = gone, .stopped = stopped};
    d->worker = worker_new(parts->loop, parts->clock, &settings, &owner);
    return d;
}

void discovery_start(struct discovery *d) {
    worker_start(d->worker);
}

void discovery_stop(struct discovery *d) {
    worker_stop(d->worker);
}

void discovery_free(struct discovery *d) {
    if (!d)
        return;
    worker_free(d->worker);
    port_table_free(d->ports);
    free(d);
}

struct port_table *discovery_ports(struct discovery *d) {
    return d->ports;
}
