/* What goes out: the queue, submissions with an unknown outcome, a text from the operator. */
#include "firmware-host/control_call.h"

#include "store/outbound.h"

static void put_part(struct command_call *call, const struct outbound *o, const struct part *p) {
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "part", p->id);
    json_put_int(w, "message", o->id);
    json_put_int(w, "sequence", p->sequence);
    json_put_int(w, "total", o->total);
    json_put_text(w, "class", outbound_class_name(o->class));
    json_put_text(w, "template", o->template_name);
    call_put_subscriber(call, "to", o->subscriber_id);
    json_put_text(w, "link", o->link);
    json_put_text(w, "state", part_state_name(p->state));
    json_put_int(w, "attempts", p->attempts);
    call_put_time(call, "created", o->created_at);
    call_put_time(call, "not_before", p->next_at);
    call_put_time(call, "expires", o->expires_at);
    json_close_object(w);
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
    call_put_time(call, "opened", a->opened_at);
    if (part_get(call->parts->store, a->part_id, &part) == ERR_OK && outbound_get(call->parts->store, part.outbound_id, &o) == ERR_OK) {
        json_put_text(w, "class", outbound_class_name(o.class));
        json_put_text(w, "part_state", part_state_name(part.state));
        call_put_subscriber(call, "to", o.subscriber_id);
        outbound_release(&o);
    }
    json_close_object(w);
}

static void one_attempt(void *context, const struct attempt *a) {
    put_attempt(context, a);
}

struct queued {
    struct command_call *call;
    int left;
};

static void queued_part(void *context, const struct outbound *o, const struct part *p) {
    struct queued *q = context;
    if (q->left-- > 0)
        put_part(q->call, o, p);
}

static enum err queued_rows(struct command_call *call, int64_t before, int limit) {
    (void)before;
    struct queued q = {call, limit};
    return part_list_queued(call->parts->store, queued_part, &q);
}

static enum err open_rows(struct command_call *call, int64_t before, int limit) {
    (void)before;
    return attempt_list(call->parts->store, ATTEMPT_OPEN, limit, one_attempt, call);
}

enum err answer_queue(struct command_call *call) {
    json_open_object(call->result, NULL);
    enum err e = call_list(call, "queued", queued_rows);
    if (e == ERR_OK)
        e = call_list(call, "open", open_rows);
    json_close_object(call->result);
    return e;
}

static enum err unknown_rows(struct command_call *call, int64_t before, int limit) {
    (void)before;
    return attempt_list(call->parts->store, ATTEMPT_UNKNOWN, limit, one_attempt, call);
}

enum err answer_unknown_list(struct command_call *call) {
    return call_list(call, NULL, unknown_rows);
}

static enum err settle_unknown(struct command_call *call, bool resend) {
    int64_t part;
    enum err e = call_number(call, "part", true, &part);
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

enum err answer_unknown_resend(struct command_call *call) {
    return settle_unknown(call, true);
}

enum err answer_unknown_leave(struct command_call *call) {
    return settle_unknown(call, false);
}

enum err answer_send(struct command_call *call) {
    const char *text = json_text(call->request, "text");
    struct phone phone;
    enum err e = call_phone(call, "to", &phone);
    if (e != ERR_OK)
        return e;
    if (!text || !*text) {
        str_add(call->problem, "text: a text is needed");
        return ERR_INVALID;
    }
    int64_t id;
    e = smsc_send_text(call->parts->smsc, &phone, text, call->now, &id);
    if (e == ERR_TOO_LONG)
        str_add(call->problem, "text: more than 10 messages long");
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "message", id);
    json_close_object(call->result);
    return ERR_OK;
}
