/* Cases: their list, and one with all that happened to it. */
#include "firmware-host/control_call.h"

#include "store/case.h"

static void put_case_members(struct command_call *call, const struct pakn_case *c) {
    struct json_writer *w = call->result;
    call_put_code(call, "code", c->code);
    json_put_text(w, "state", case_state_name(c->state));
    json_put_text(w, "kind", c->kind == CASE_KIEN_NGHI ? "kien_nghi" : "phan_anh");
    static const struct {
        int flag;
        const char *name;
    } flags[] = {{CASE_UNCONFIRMED, "unconfirmed"},     {CASE_INCOMPLETE, "incomplete"}, {CASE_CONFIDENTIAL, "confidential"},
                 {CASE_SCOPE_SUSPECT, "scope_suspect"}, {CASE_EMERGENCY, "emergency"},   {CASE_TAX, "tax"}};
    json_open_array(w, "flags");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (c->flags & flags[i].flag)
            json_put_text(w, NULL, flags[i].name);
    }
    json_close_array(w);
    call_put_time(call, "submitted", c->submitted_at);
    call_put_day(call, "due", c->due_day);
    json_put_text(w, "link", c->link);
    call_put_subscriber(call, "from", c->subscriber_id);
    call_put_text(call, c->text);
}

static void one_case(void *context, const struct pakn_case *c) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", c->id);
    put_case_members(call, c);
    json_close_object(call->result);
}

static enum err case_rows(struct command_call *call, int64_t before, int limit) {
    return case_list(call->parts->store, before, limit, one_case, call);
}

enum err answer_case_list(struct command_call *call) {
    return call_list(call, NULL, case_rows);
}

static void one_event(void *context, const struct case_event *event) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    call_put_time(call, "at", event->at);
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
        call_put_time(call, "start", d.start_at);
        call_put_day(call, "due", d.due_day);
        json_close_object(call->result);
    }
    json_close_array(call->result);
}

enum err answer_case_show(struct command_call *call) {
    struct pakn_case c;
    enum err e = call_case(call, &c);
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
