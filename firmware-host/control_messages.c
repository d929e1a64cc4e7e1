/* Messages: what came in, what went out, what is held. */
#include "firmware-host/control_call.h"

#include "store/case.h"
#include "store/message.h"
#include "store/outbound.h"

static void one_message(void *context, const struct message *m) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "id", m->id);
    json_put_text(w, "link", m->link);
    call_put_subscriber(call, "from", m->subscriber_id);
    call_put_time(call, "arrived", m->arrived_at);
    call_put_time(call, "sent", m->sent_at);
    json_put_text(w, "verb", m->verb);
    json_put_bool(w, "incomplete", m->incomplete);
    struct pakn_case c;
    bool has_case = m->case_id && case_get(call->parts->store, m->case_id, &c) == ERR_OK;
    call_put_code(call, "case", has_case ? c.code : 0);
    if (has_case)
        case_release(&c);
    call_put_text(call, m->text);
    json_close_object(w);
}

static void put_outbound(struct command_call *call, const struct outbound *o, const struct part *parts, size_t count) {
    struct json_writer *w = call->result;
    json_put_int(w, "id", o->id);
    json_put_text(w, "class", outbound_class_name(o->class));
    json_put_text(w, "template", o->template_name);
    call_put_subscriber(call, "to", o->subscriber_id);
    call_put_time(call, "created", o->created_at);
    call_put_time(call, "expires", o->expires_at);
    json_put_text(w, "encoding", sms_encoding_name(o->encoding));
    call_put_known(call, "answers", o->message_id, 0);
    json_open_array(w, "parts");
    for (size_t i = 0; i < count; i++) {
        json_open_object(w, NULL);
        json_put_int(w, "part", parts[i].id);
        json_put_text(w, "state", part_state_name(parts[i].state));
        json_put_int(w, "attempts", parts[i].attempts);
        json_close_object(w);
    }
    json_close_array(w);
    call_put_text(call, o->text);
}

static void one_outbound(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    put_outbound(call, o, parts, count);
    json_close_object(call->result);
}

/* ---- one message ---- */

static void one_attempt(void *context, const struct attempt *a) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "part", a->part_id);
    json_put_int(w, "number", a->number);
    json_put_text(w, "state", attempt_state_name(a->state));
    json_put_text(w, "link", a->link);
    json_put_int(w, "reference", a->reference);
    json_put_bool(w, "repeated", a->repeated);
    call_put_time(call, "opened", a->opened_at);
    call_put_time(call, "closed", a->closed_at);
    json_put_text(w, "reason", a->reason[0] ? a->reason : NULL);
    json_close_object(w);
}

static enum err show_out(struct command_call *call, int64_t id) {
    struct outbound o;
    struct part parts[UINT8_MAX];
    enum err e = outbound_get(call->parts->store, id, &o);
    if (e != ERR_OK)
        return e;
    e = call_record_reading(call, o.case_id);
    for (int i = 0; e == ERR_OK && i < o.total; i++)
        e = part_get(call->parts->store, id * 256 + i + 1, &parts[i]);
    if (e != ERR_OK) {
        outbound_release(&o);
        return e;
    }
    json_open_object(call->result, NULL);
    put_outbound(call, &o, parts, (size_t)o.total);
    json_open_array(call->result, "history");
    for (int i = 0; e == ERR_OK && i < o.total; i++)
        e = attempt_list_of(call->parts->store, parts[i].id, one_attempt, call);
    json_close_array(call->result);
    json_close_object(call->result);
    outbound_release(&o);
    return e;
}

static enum err show_in(struct command_call *call, int64_t id) {
    struct message m;
    enum err e = message_get(call->parts->store, id, &m);
    if (e != ERR_OK)
        return e;
    e = call_record_reading(call, m.case_id);
    if (e == ERR_OK)
        one_message(call, &m);
    message_release(&m);
    return e;
}

enum err answer_message_show(struct command_call *call) {
    int64_t id;
    bool out = false;
    enum err e = call_number(call, "id", true, &id);
    if (e == ERR_OK && !json_bool(call->request, "out", &out))
        out = false;
    if (e == ERR_OK)
        e = out ? show_out(call, id) : show_in(call, id);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "there is no such message");
    return e;
}

/* ---- lists ---- */

static enum err message_rows(struct command_call *call, int64_t before, int limit) {
    return message_list(call->parts->store, before, limit, one_message, call);
}

static enum err outbound_rows(struct command_call *call, int64_t before, int limit) {
    return outbound_list(call->parts->store, before, limit, one_outbound, call);
}

enum err answer_message_list(struct command_call *call) {
    bool out = false;
    return call_list(call, NULL, json_bool(call->request, "out", &out) && out ? outbound_rows : message_rows);
}

static void one_held(void *context, const struct inbound *i) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", i->id);
    json_put_text(call->result, "link", i->link);
    call_put_time(call, "arrived", i->arrived_at);
    json_put_int(call->result, "tries", i->tries);
    json_put_text(call->result, "reason", i->reason);
    if (call->reveal)
        call_put_revealed(call, "body", i->body);
    json_close_object(call->result);
}

static enum err held_rows(struct command_call *call, int64_t before, int limit) {
    (void)before;
    return inbound_list(call->parts->store, INBOUND_HELD, limit, one_held, call);
}

enum err answer_held_list(struct command_call *call) {
    return call_list(call, NULL, held_rows);
}

enum err answer_held_retry(struct command_call *call) {
    int64_t id;
    enum err e = call_number(call, "id", true, &id);
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
