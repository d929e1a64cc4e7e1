/* The commands of the control socket: the table is at the end. Handlers read the store and write one JSON value; those of kind COMMAND_WRITES run in
 * the turn's transaction. Numbers are masked and texts left out unless the call reveals. */
#include "firmware-host/control_commands.h"

#include "firmware-host/app.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/base/text.h"
#include "store/case.h"
#include "store/message.h"
#include "store/outbound.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_DEFAULT = 20, LIMIT_MAX = 1000 };

/* ---- arguments ---- */

static enum err get_limit(struct command_call *call, int *ret_limit) {
    int64_t limit = LIMIT_DEFAULT;
    if (json_get(call->request, "limit") && (!json_int(call->request, "limit", &limit) || limit < 1 || limit > LIMIT_MAX)) {
        str_addf(call->problem, "limit: a whole number from 1 to %d is allowed", LIMIT_MAX);
        return ERR_INVALID;
    }
    *ret_limit = (int)limit;
    return ERR_OK;
}

static enum err get_number(struct command_call *call, const char *key, bool required, int64_t *ret_number) {
    int64_t number = 0;
    if (!json_get(call->request, key) && !required) {
        *ret_number = 0;
        return ERR_OK;
    }
    if (!json_int(call->request, key, &number) || number < 1) {
        str_addf(call->problem, "%s: a whole number from 1 is needed", key);
        return ERR_INVALID;
    }
    *ret_number = number;
    return ERR_OK;
}

/* ---- pieces of answers ---- */

static void put_phone(struct command_call *call, const char *key, const struct phone *phone) {
    char masked[PHONE_MASK_SIZE];
    phone_mask(phone, masked);
    json_put_text(call->result, key, call->reveal ? phone->text : masked);
}

static void put_subscriber(struct command_call *call, const char *key, int64_t subscriber_id) {
    struct subscriber s;
    if (subscriber_id == 0 || subscriber_by_id(call->parts->store, subscriber_id, &s) != ERR_OK) {
        json_put_text(call->result, key, NULL);
        return;
    }
    put_phone(call, key, &s.phone);
    subscriber_release(&s);
}

/* A text that nobody but a person with a reason should read: its length, unless revealed. */
static void put_text(struct command_call *call, const char *text) {
    json_put_int(call->result, "characters", text ? (int64_t)text_codepoints(text) : 0);
    if (call->reveal)
        json_put_text(call->result, "text", text);
}

static void put_time(struct json_writer *w, const char *key, int64_t wall_ms) {
    char text[CLOCK_TEXT_SIZE];
    if (wall_ms > 0)
        clock_iso(wall_ms, text);
    json_put_text(w, key, wall_ms > 0 ? text : NULL);
}

static void put_day(struct json_writer *w, const char *key, int32_t day_number) {
    int year, month, day;
    char text[32];
    civil_from_day_number(day_number, &year, &month, &day);
    if (day_number > 0)
        snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    json_put_text(w, key, day_number > 0 ? text : NULL);
}

static void put_code(struct json_writer *w, const char *key, int32_t code) {
    char text[CASE_CODE_SIZE];
    if (code)
        case_code_text(code, text);
    json_put_text(w, key, code ? text : NULL);
}

/* ---- status, modems, metrics ---- */

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
    json_close_object(w);
}

static enum err run_status(struct command_call *call) {
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
    put_time(w, "time", call->now);
    size_t up = 0;
    for (size_t i = 0; i < p->link_count; i++) {
        struct link_view view;
        link_view(p->links[i], &view);
        up += view.up;
    }
    json_put_int(w, "modems", (int64_t)p->link_count);
    json_put_int(w, "modems_up", (int64_t)up);
    if (e == ERR_OK)
        put_counts(w, &counts);
    else
        json_put_text(w, "counts", NULL);
    json_close_object(w);
    return ERR_OK;
}

static void put_known(struct json_writer *w, const char *key, int64_t value, int64_t unknown) {
    if (value == unknown)
        json_put_text(w, key, NULL);
    else
        json_put_int(w, key, value);
}

static void put_sim(struct command_call *call, const char *key, const char *id) { /* names a person's SIM: its last digits will do */
    char hidden[16];
    size_t len = id ? strlen(id) : 0;
    if (!call->reveal && len > 4) {
        snprintf(hidden, sizeof hidden, "***%s", id + len - 4);
        id = hidden;
    }
    json_put_text(call->result, key, id);
}

static void put_modem(struct command_call *call, const struct link_view *v) {
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_text(w, "name", v->modem->name);
    json_put_text(w, "line", v->modem->line);
    json_put_text(w, "number", v->modem->number.text);
    json_put_text(w, "driver", config_driver_name(v->modem->driver));
    json_put_bool(w, "up", v->up);
    json_put_text(w, "reason", v->up || !v->down_reason[0] ? NULL : v->down_reason);
    json_put_text(w, "model", v->model);
    json_put_text(w, "imei", v->imei);
    put_sim(call, "imsi", v->imsi);
    put_sim(call, "iccid", v->iccid);
    json_put_text(w, "operator", v->operator_name);
    put_known(w, "signal", v->signal, -1);
    put_known(w, "registration", v->registration, -1);
    put_known(w, "slots_used", v->slots_used, -1);
    put_known(w, "slots_total", v->slots_total, -1);
    put_time(w, "heard", v->heard_at);
    json_put_int(w, "received", v->received);
    json_put_int(w, "refused", v->refused);
    json_put_int(w, "sent", v->sent);
    json_put_int(w, "failed", v->failed);
    json_put_int(w, "unknown", v->unknown);
    put_known(w, "sending", v->outstanding, 0);
    json_open_object(w, "worker");
    json_put_text(w, "state", v->worker.state);
    put_known(w, "pid", v->worker.pid, 0);
    json_put_int(w, "starts", v->worker.starts);
    json_put_int(w, "restarts_in_a_row", v->worker.restarts);
    json_put_int(w, "bad_lines", v->worker.bad_lines);
    put_known(w, "next_start_in_ms", v->worker.next_start_in, -1);
    json_put_text(w, "last_end", v->worker.last_end[0] ? v->worker.last_end : NULL);
    json_close_object(w);
    json_close_object(w);
}

static enum err run_modems(struct command_call *call) {
    json_open_array(call->result, NULL);
    for (size_t i = 0; i < call->parts->link_count; i++) {
        struct link_view view;
        link_view(call->parts->links[i], &view);
        put_modem(call, &view);
    }
    json_close_array(call->result);
    return ERR_OK;
}

static enum err run_metrics(struct command_call *call) {
    struct str text;
    str_init(&text, 256 * 1024);
    metric_print(&text);
    json_put_text(call->result, NULL, text.data);
    str_release(&text);
    return ERR_OK;
}

/* ---- the queue ---- */

struct listing {
    struct command_call *call;
    int left;
};

static void put_part(struct command_call *call, const struct outbound *o, const struct part *p) {
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "part", p->id);
    json_put_int(w, "message", o->id);
    json_put_int(w, "sequence", p->sequence);
    json_put_int(w, "total", o->total);
    json_put_text(w, "class", outbound_class_name(o->class));
    json_put_text(w, "template", o->template_name);
    put_subscriber(call, "to", o->subscriber_id);
    json_put_text(w, "link", o->link);
    json_put_text(w, "state", part_state_name(p->state));
    json_put_int(w, "attempts", p->attempts);
    put_time(w, "created", o->created_at);
    put_time(w, "not_before", p->next_at);
    put_time(w, "expires", o->expires_at);
    json_close_object(w);
}

static void queued_part(void *context, const struct outbound *o, const struct part *p) {
    struct listing *l = context;
    if (l->left-- > 0)
        put_part(l->call, o, p);
}

static void put_attempt(struct command_call *call, const struct attempt *a) {
    struct json_writer *w = call->result;
    struct part part;
    struct outbound o;
    json_open_object(w, NULL);
    json_put_int(w, "part", a->part_id);
    json_put_int(w, "attempt", a->id);
    json_put_int(w, "number", a->number);
    json_put_text(w, "state", attempt_state_name(a->state));
    json_put_text(w, "link", a->link);
    json_put_int(w, "reference", a->reference);
    json_put_bool(w, "repeated", a->repeated);
    json_put_text(w, "reason", a->reason[0] ? a->reason : NULL);
    put_time(w, "opened", a->opened_at);
    if (part_get(call->parts->store, a->part_id, &part) == ERR_OK && outbound_get(call->parts->store, part.outbound_id, &o) == ERR_OK) {
        json_put_text(w, "class", outbound_class_name(o.class));
        json_put_text(w, "part_state", part_state_name(part.state));
        put_subscriber(call, "to", o.subscriber_id);
        outbound_release(&o);
    }
    json_close_object(w);
}

static void one_attempt(void *context, const struct attempt *a) {
    put_attempt(context, a);
}

static enum err run_queue(struct command_call *call) {
    struct listing l = {.call = call};
    enum err e = get_limit(call, &l.left);
    if (e != ERR_OK)
        return e;
    int limit = l.left;
    json_open_object(call->result, NULL);
    json_open_array(call->result, "queued");
    e = part_list_queued(call->parts->store, queued_part, &l);
    json_close_array(call->result);
    json_open_array(call->result, "open");
    if (e == ERR_OK)
        e = attempt_list(call->parts->store, ATTEMPT_OPEN, limit, one_attempt, call);
    json_close_array(call->result);
    json_close_object(call->result);
    return e;
}

static enum err run_unknown_list(struct command_call *call) {
    int limit;
    enum err e = get_limit(call, &limit);
    if (e != ERR_OK)
        return e;
    json_open_array(call->result, NULL);
    e = attempt_list(call->parts->store, ATTEMPT_UNKNOWN, limit, one_attempt, call);
    json_close_array(call->result);
    return e;
}

static enum err settle_unknown(struct command_call *call, bool resend) {
    int64_t part;
    enum err e = get_number(call, "part", true, &part);
    if (e != ERR_OK)
        return e;
    e = smsc_settle_unknown(call->parts->smsc, part, resend, call->now);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "there is no such part");
    else if (e == ERR_CONFLICT)
        str_add(call->problem, "that part isn't unknown");
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "part", part);
    json_put_bool(call->result, "resend", resend);
    json_close_object(call->result);
    return ERR_OK;
}

static enum err run_unknown_resend(struct command_call *call) {
    return settle_unknown(call, true);
}

static enum err run_unknown_leave(struct command_call *call) {
    return settle_unknown(call, false);
}

static enum err run_send(struct command_call *call) {
    const char *to = json_text(call->request, "to"), *text = json_text(call->request, "text");
    struct phone phone;
    if (!to || phone_parse(to, &phone) != ERR_OK || (phone.kind != PHONE_E164 && phone.kind != PHONE_SHORT)) {
        str_add(call->problem, "to: a phone number is needed, like +84912000001 or 0912000001");
        return ERR_INVALID;
    }
    if (!text || !*text) {
        str_add(call->problem, "text: a text is needed");
        return ERR_INVALID;
    }
    int64_t id;
    enum err e = smsc_send_text(call->parts->smsc, &phone, text, call->now, &id);
    if (e == ERR_TOO_LONG)
        str_add(call->problem, "text: more than 10 messages long");
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "message", id);
    json_close_object(call->result);
    return ERR_OK;
}

/* ---- cases ---- */

static void put_case_members(struct command_call *call, const struct pakn_case *c) {
    struct json_writer *w = call->result;
    put_code(w, "code", c->code);
    json_put_text(w, "state", case_state_name(c->state));
    json_put_text(w, "kind", c->kind == CASE_KIEN_NGHI ? "kien_nghi" : "phan_anh");
    static const struct {
        int flag;
        const char *name;
    } flags[] = {{CASE_UNCONFIRMED, "unconfirmed"},
                 {CASE_INCOMPLETE, "incomplete"},
                 {CASE_CONFIDENTIAL, "confidential"},
                 {CASE_SCOPE_SUSPECT, "scope_suspect"},
                 {CASE_EMERGENCY, "emergency"}};
    json_open_array(w, "flags");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (c->flags & flags[i].flag)
            json_put_text(w, NULL, flags[i].name);
    }
    json_close_array(w);
    put_time(w, "submitted", c->submitted_at);
    put_day(w, "due", c->due_day);
    json_put_text(w, "link", c->link);
    put_subscriber(call, "from", c->subscriber_id);
    put_text(call, c->text);
}

static void one_case(void *context, const struct pakn_case *c) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", c->id);
    put_case_members(call, c);
    json_close_object(call->result);
}

static enum err run_case_list(struct command_call *call) {
    int limit;
    int64_t before;
    enum err e = get_limit(call, &limit);
    if (e == ERR_OK)
        e = get_number(call, "before", false, &before);
    if (e != ERR_OK)
        return e;
    json_open_array(call->result, NULL);
    e = case_list(call->parts->store, before, limit, one_case, call);
    json_close_array(call->result);
    return e;
}

static void one_event(void *context, const struct case_event *event) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    put_time(call->result, "at", event->at);
    json_put_text(call->result, "type", event->type);
    json_put_text(call->result, "actor", event->actor);
    if (call->reveal)
        json_put_raw(call->result, "data", event->data && *event->data ? event->data : "null");
    json_close_object(call->result);
}

static void put_deadlines(struct command_call *call, int64_t case_id) {
    static const char *const states[] = {"open", "met", "missed", "stopped"};
    json_open_array(call->result, "deadlines");
    for (int kind = DEADLINE_INTAKE; kind <= DEADLINE_SUPPLEMENT; kind++) {
        struct deadline d;
        if (deadline_open_of(call->parts->store, case_id, (enum deadline_kind)kind, &d) != ERR_OK)
            continue;
        json_open_object(call->result, NULL);
        json_put_text(call->result, "kind", deadline_kind_name(d.kind));
        json_put_text(call->result, "state", states[d.state]);
        json_put_int(call->result, "working_days", d.working_days);
        put_time(call->result, "start", d.start_at);
        put_day(call->result, "due", d.due_day);
        json_close_object(call->result);
    }
    json_close_array(call->result);
}

static enum err run_case_show(struct command_call *call) {
    const char *text = json_text(call->request, "code");
    int64_t code;
    if (!text || strlen(text) != 9 || parse_int(text, 1, 999999999, &code) != ERR_OK) {
        str_add(call->problem, "code: a case code of 9 digits is needed");
        return ERR_INVALID;
    }
    struct pakn_case c;
    enum err e = case_by_code(call->parts->store, (int32_t)code, &c);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "no case has that code");
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", c.id);
    put_case_members(call, &c);
    put_deadlines(call, c.id);
    json_open_array(call->result, "events");
    e = case_event_list(call->parts->store, c.id, one_event, call);
    json_close_array(call->result);
    json_close_object(call->result);
    case_release(&c);
    return e;
}

/* ---- messages ---- */

static void one_message(void *context, const struct message *m) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "id", m->id);
    json_put_text(w, "link", m->link);
    put_subscriber(call, "from", m->subscriber_id);
    put_time(w, "arrived", m->arrived_at);
    put_time(w, "sent", m->sent_at);
    json_put_text(w, "verb", m->verb);
    json_put_bool(w, "incomplete", m->incomplete);
    struct pakn_case c;
    bool has_case = m->case_id && case_get(call->parts->store, m->case_id, &c) == ERR_OK;
    put_code(w, "case", has_case ? c.code : 0);
    if (has_case)
        case_release(&c);
    put_text(call, m->text);
    json_close_object(w);
}

static void one_outbound(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "id", o->id);
    json_put_text(w, "class", outbound_class_name(o->class));
    json_put_text(w, "template", o->template_name);
    put_subscriber(call, "to", o->subscriber_id);
    put_time(w, "created", o->created_at);
    put_time(w, "expires", o->expires_at);
    json_put_text(w, "encoding", sms_encoding_name(o->encoding));
    put_known(w, "answers", o->message_id, 0);
    json_open_array(w, "parts");
    for (size_t i = 0; i < count; i++) {
        json_open_object(w, NULL);
        json_put_int(w, "part", parts[i].id);
        json_put_text(w, "state", part_state_name(parts[i].state));
        json_put_int(w, "attempts", parts[i].attempts);
        json_close_object(w);
    }
    json_close_array(w);
    put_text(call, o->text);
    json_close_object(w);
}

static enum err run_message_list(struct command_call *call) {
    int limit;
    int64_t before;
    bool out = false;
    enum err e = get_limit(call, &limit);
    if (e == ERR_OK)
        e = get_number(call, "before", false, &before);
    if (e != ERR_OK)
        return e;
    if (!json_bool(call->request, "out", &out))
        out = false;
    json_open_array(call->result, NULL);
    e = out ? outbound_list(call->parts->store, before, limit, one_outbound, call)
            : message_list(call->parts->store, before, limit, one_message, call);
    json_close_array(call->result);
    return e;
}

static void one_held(void *context, const struct inbound *i) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", i->id);
    json_put_text(call->result, "link", i->link);
    put_time(call->result, "arrived", i->arrived_at);
    json_put_int(call->result, "tries", i->tries);
    json_put_text(call->result, "reason", i->reason);
    if (call->reveal)
        json_put_text_n(call->result, "body", i->body, i->body_len);
    json_close_object(call->result);
}

static enum err run_held_list(struct command_call *call) {
    int limit;
    enum err e = get_limit(call, &limit);
    if (e != ERR_OK)
        return e;
    json_open_array(call->result, NULL);
    e = inbound_list(call->parts->store, INBOUND_HELD, limit, one_held, call);
    json_close_array(call->result);
    return e;
}

static enum err run_held_retry(struct command_call *call) {
    int64_t id;
    enum err e = get_number(call, "id", true, &id);
    if (e != ERR_OK)
        return e;
    e = smsc_held_retry(call->parts->smsc, id, call->now);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "there is no such message");
    else if (e == ERR_CONFLICT)
        str_add(call->problem, "that message isn't held");
    struct inbound i;
    if (e == ERR_OK)
        e = inbound_get(call->parts->store, id, &i);
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", id);
    json_put_text(call->result, "state", inbound_state_name(i.state));
    json_put_text(call->result, "reason", i.reason);
    json_close_object(call->result);
    inbound_release(&i);
    return ERR_OK;
}

/* ---- the log, help ---- */

static enum err run_log(struct command_call *call) {
    const struct log_ring *ring = call->parts->ring;
    int limit;
    enum err e = get_limit(call, &limit);
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

static enum err run_help(struct command_call *call);

const struct command commands[] = {
    {"status", "", "how the appliance is, and what it has", COMMAND_READS, run_status},
    {"modems", "", "each modem, its worker and its counts", COMMAND_READS, run_modems},
    {"queue", "limit", "parts that wait to be sent, and those that are being sent", COMMAND_READS, run_queue},
    {"case.list", "limit, before", "cases, newest first", COMMAND_READS, run_case_list},
    {"case.show", "code", "a case with its events and open deadlines", COMMAND_READS, run_case_show},
    {"message.list", "limit, before, out", "messages that came in (or, with out, went out), newest first", COMMAND_READS, run_message_list},
    {"send", "to, text", "queues a text", COMMAND_WRITES, run_send},
    {"held.list", "limit", "messages whose handling failed", COMMAND_READS, run_held_list},
    {"held.retry", "id", "handles a held message again", COMMAND_WRITES, run_held_retry},
    {"unknown.list", "limit", "submissions of which nobody knows whether they reached the air", COMMAND_READS, run_unknown_list},
    {"unknown.resend", "part", "sends such a part again", COMMAND_WRITES, run_unknown_resend},
    {"unknown.leave", "part", "gives such a part up", COMMAND_WRITES, run_unknown_leave},
    {"log", "limit", "the last lines of the log", COMMAND_READS, run_log},
    {"log.follow", "limit", "the same, and then each line as it comes", COMMAND_FOLLOWS, run_log},
    {"metrics", "", "counters and gauges in the Prometheus text format", COMMAND_READS, run_metrics},
    {"help", "", "this list", COMMAND_READS, run_help},
};
const size_t command_count = sizeof commands / sizeof commands[0];

static enum err run_help(struct command_call *call) {
    json_open_array(call->result, NULL);
    for (size_t i = 0; i < command_count; i++) {
        json_open_object(call->result, NULL);
        json_put_text(call->result, "command", commands[i].name);
        json_put_text(call->result, "arguments", commands[i].arguments);
        json_put_text(call->result, "help", commands[i].help);
        json_close_object(call->result);
    }
    json_close_array(call->result);
    return ERR_OK;
}

const struct command *command_find(const char *name) {
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}
