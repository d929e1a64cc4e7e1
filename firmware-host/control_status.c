/* How the appliance is: its state, modems, metrics, log; and its files read anew. */
#include "firmware-host/control_call.h"

#include "firmware-host/app.h"
#include "firmware-host/base/metric.h"
#include "store/incident.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char *state_of(const struct command_parts *p) {
    if (*p->stopping)
        return "stopping";
    if (turn_refusing(p->turn))
        return "refusing";
    return *p->careful ? "careful" : "serving";
}

static void put_counts(struct json_writer *w, const struct store_counts *c) {
    json_open_object(w, "counts");
    json_put_int(w, "messages", c->messages);
    json_put_int(w, "raw", c->inbound_raw);
    json_put_int(w, "held", c->inbound_held);
    json_put_int(w, "cases", c->cases);
    json_put_int(w, "cases_open", c->cases_open);
    json_put_int(w, "parts_queued", c->parts_queued);
    json_put_int(w, "attempts_open", c->attempts_open);
    json_put_int(w, "attempts_unknown", c->attempts_unknown);
    json_put_int(w, "outbox_waiting", c->outbox_waiting);
    json_put_int(w, "outbox_parked", c->outbox_parked);
    json_close_object(w);
}

/* The incident of which the authority should be told first. */
static void put_incident(struct command_call *call) {
    struct incident i;
    bool open = incident_oldest_open(call->parts->store, &i) == ERR_OK;
    call_put_time(call, "incident_authority_by", open ? i.at + INCIDENT_TELL_MS : 0);
    json_put_bool(call->result, "incident_late", open && call->now > i.at + INCIDENT_TELL_MS);
    if (open)
        incident_release(&i);
}

enum err answer_status(struct command_call *call) {
    const struct command_parts *p = call->parts;
    struct json_writer *w = call->result;
    struct store_counts counts;
    enum err e = store_counts(p->store, &counts);
    json_open_object(w, NULL);
    json_put_text(w, "version", PHANHOI_VERSION);
    json_put_text(w, "id", p->config->smsc.appliance_id);
    json_put_text(w, "state", state_of(p));
    json_put_text(w, "refusal", turn_refusing(p->turn) ? err_text(turn_refusal(p->turn)) : NULL);
    json_put_int(w, "pid", getpid());
    json_put_int(w, "uptime_ms", p->clock->mono_ms(p->clock) - p->started_at);
    call_put_time(call, "time", call->now);
    json_put_bool(w, "training", p->training != NULL);
    json_put_int(w, "clock_rate", p->clock->rate);
    size_t up = 0;
    for (size_t i = 0; i < p->link_count; i++) {
        struct link_view view;
        link_view(p->links[i], &view);
        up += view.up;
    }
    call_put_central(call, "central");
    json_put_int(w, "modems", (int64_t)p->link_count);
    json_put_int(w, "modems_up", (int64_t)up);
    if (e == ERR_OK)
        put_counts(w, &counts);
    else
        json_put_text(w, "counts", NULL);
    put_incident(call);
    json_close_object(w);
    return ERR_OK;
}

static void put_sim(struct command_call *call, const char *key, const char *id) { /* names a person's SIM: its last digits will do */
    char hidden[16];
    size_t len = id ? strlen(id) : 0;
    if (!call->reveal && len > 4) {
        snprintf(hidden, sizeof hidden, "***%s", id + len - 4);
        id = hidden;
    }
    call->numbers += call->reveal && id;
    json_put_text(call->result, key, id);
}

static void put_alarms(struct command_call *call, size_t link) {
    struct str names;
    str_init(&names, 256);
    if (*call->parts->alarms)
        alarms_names(*call->parts->alarms, link, &names);
    json_put_text(call->result, "alarms", names.len ? names.data : NULL);
    str_release(&names);
}

static void put_modem(struct command_call *call, size_t link, const struct link_view *v, const struct balance_row *balance) {
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_text(w, "name", v->modem->name);
    json_put_text(w, "line", v->modem->line);
    json_put_text(w, "place", v->place[0] ? v->place : NULL);
    json_put_text(w, "node", v->node[0] ? v->node : NULL);
    json_put_text(w, "number", v->modem->number.text);
    json_put_text(w, "driver", v->driver ? v->driver : config_driver_name(v->modem->driver));
    json_put_bool(w, "up", v->up);
    put_alarms(call, link);
    json_put_text(w, "reason", v->up || !v->down_reason[0] ? NULL : v->down_reason);
    json_put_text(w, "model", v->model);
    json_put_text(w, "recovery", v->rung);
    json_put_text(w, "revision", v->revision);
    json_put_text(w, "imei", v->imei);
    put_sim(call, "imsi", v->imsi);
    put_sim(call, "iccid", v->iccid);
    json_put_text(w, "operator", v->operator_name);
    json_put_text(w, "centre", v->centre);
    call_put_known(call, "signal", v->signal, -1);
    call_put_known(call, "registration", v->registration, -1);
    call_put_known(call, "slots_used", v->slots_used, -1);
    call_put_known(call, "slots_total", v->slots_total, -1);
    call_put_time(call, "heard", v->heard_at);
    json_put_int(w, "received", v->received);
    json_put_int(w, "refused", v->refused);
    json_put_int(w, "sent", v->sent);
    json_put_int(w, "failed", v->failed);
    json_put_int(w, "unknown", v->unknown);
    json_put_int(w, "calls", v->calls);
    json_put_bool(w, "ussd", v->ussd);
    if (balance->read_at)
        json_put_int(w, "balance", balance->amount);
    else
        json_put_text(w, "balance", NULL);
    json_put_day(call->result, "balance_expires", balance->expires);
    call_put_time(call, "balance_read", balance->read_at);
    call_put_known(call, "sending", v->outstanding, 0);
    json_open_object(w, "worker");
    json_put_text(w, "state", v->worker.state);
    call_put_known(call, "pid", v->worker.pid, 0);
    json_put_int(w, "starts", v->worker.starts);
    json_put_int(w, "restarts_in_a_row", v->worker.restarts);
    json_put_int(w, "bad_lines", v->worker.bad_lines);
    call_put_known(call, "next_start_in_ms", v->worker.next_start_in, -1);
    json_put_text(w, "last_end", v->worker.last_end[0] ? v->worker.last_end : NULL);
    json_close_object(w);
    json_close_object(w);
}

enum err answer_modems(struct command_call *call) {
    json_open_array(call->result, NULL);
    for (size_t i = 0; i < call->parts->link_count; i++) {
        struct link_view view;
        link_view(call->parts->links[i], &view);
        struct balance_row balance = balance_of(call->parts->balance, i);
        put_modem(call, i, &view, &balance);
    }
    json_close_array(call->result);
    return ERR_OK;
}

/* A sample a modem: cells of base/metric.h have no labels. Columns: name, type, help, place in the view, what isn't known and left out. */
static const struct {
    const char *name, *type, *help;
    size_t place;
    int64_t unknown;
} modem_metrics[] = {
#define IN(member) offsetof(struct link_view, member)
    {"phanhoi_modem_signal", "gauge", "AT+CSQ, 0 to 31", IN(signal), 99},
    {"phanhoi_modem_registration", "gauge", "AT+CREG stat: 1 at home, 5 roaming, 6 and 7 the same for SMS only", IN(registration), -1},
    {"phanhoi_modem_slots_used", "gauge", "messages in the memory for arrivals", IN(slots_used), -1},
    {"phanhoi_modem_slots", "gauge", "its size", IN(slots_total), -1},
    {"phanhoi_modem_received_total", "counter", "messages and reports taken from it", IN(received), -1},
    {"phanhoi_modem_sent_total", "counter", "submissions that were sent", IN(sent), -1},
    {"phanhoi_modem_failed_total", "counter", "submissions that failed", IN(failed), -1},
    {"phanhoi_modem_unknown_total", "counter", "submissions of which nobody knows", IN(unknown), -1},
    {"phanhoi_modem_calls_total", "counter", "calls that were hung up", IN(calls), -1},
#undef IN
};

static void print_modem_metric(const struct command_parts *p, size_t metric, struct str *to) {
    str_addf(to, "# HELP %s %s\n# TYPE %s %s\n", modem_metrics[metric].name, modem_metrics[metric].help, modem_metrics[metric].name,
             modem_metrics[metric].type);
    for (size_t i = 0; i < p->link_count; i++) {
        struct link_view view;
        int64_t value;
        link_view(p->links[i], &view);
        memcpy(&value, (const char *)&view + modem_metrics[metric].place, sizeof value);
        if (value >= 0 && value != modem_metrics[metric].unknown)
            str_addf(to, "%s{modem=\"%s\"} %lld\n", modem_metrics[metric].name, view.modem->name, (long long)value);
    }
}

static void print_modems_up(const struct command_parts *p, struct str *to) {
    str_add(to, "# HELP phanhoi_modem_up 1 while it serves\n# TYPE phanhoi_modem_up gauge\n");
    for (size_t i = 0; i < p->link_count; i++) {
        struct link_view view;
        link_view(p->links[i], &view);
        str_addf(to, "phanhoi_modem_up{modem=\"%s\"} %d\n", view.modem->name, view.up);
    }
}

enum err answer_metrics(struct command_call *call) {
    struct str text;
    str_init(&text, 256 * 1024);
    metric_print(&text);
    balance_metrics(call->parts->balance, &text);
    print_modems_up(call->parts, &text);
    for (size_t i = 0; i < sizeof modem_metrics / sizeof modem_metrics[0]; i++)
        print_modem_metric(call->parts, i, &text);
    json_put_text(call->result, NULL, text.data);
    str_release(&text);
    return ERR_OK;
}

enum err answer_log(struct command_call *call) {
    const struct log_ring *ring = call->parts->ring;
    int limit;
    enum err e = call_limit(call, &limit);
    if (e != ERR_OK)
        return e;
    int64_t from = log_ring_last(ring) - limit + 1;
    if (from < log_ring_first(ring))
        from = log_ring_first(ring);
    json_open_array(call->result, NULL);
    for (; from <= log_ring_last(ring); from++) {
        struct log_entry entry = log_ring_get(ring, from);
        json_open_object(call->result, NULL);
        json_put_int(call->result, "number", entry.number);
        json_put_int(call->result, "at", entry.at);
        json_put_text(call->result, "line", entry.line);
        json_close_object(call->result);
    }
    json_close_array(call->result);
    return ERR_OK;
}

enum err answer_reload(struct command_call *call) {
    return reload(call->parts->reload, call->now, call->problem, call->result);
}
