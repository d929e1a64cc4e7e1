/* What people ask about the data that is kept of them (Law 91/2025/QH15), and what is done with it. */
#include "firmware-host/control_call.h"

#include "firmware-host/base/log.h"
#include "smsc/data_subject.h"
#include "store/data_request.h"

static void one_data_request(void *context, const struct data_request *r) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", r->id);
    call_put_subscriber(call, "phone", r->subscriber_id);
    json_put_text(call->result, "kind", r->kind == DATA_REQUEST_ERASE ? "erase" : "access");
    call_put_time(call, "at", r->at);
    json_put_day(call->result, "due", r->due_day);
    call_put_time(call, "answered", r->answered_at);
    json_put_day(call->result, "act_by", r->act_day);
    call_put_time(call, "extended", r->extended_at);
    json_put_bool(call->result, "late", data_request_late(r, clock_vietnam_day(call->now)));
    json_close_object(call->result);
}

enum err answer_data_request_list(struct command_call *call) {
    json_open_array(call->result, NULL);
    enum err e = data_request_list(call->parts->store, one_data_request, call);
    json_close_array(call->result);
    return e;
}

static void log_step(struct command_call *call) {
    int64_t id;
    char actor[CALL_ACTOR_SIZE];
    if (call_number(call, "id", true, &id) == ERR_OK && call_actor(call, actor) == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, call->command->name, log_int("id", id), log_text("by", actor));
}

/* The beginning and the end that all steps share. */
static enum err take(struct command_call *call, int64_t *ret_id, char actor[CALL_ACTOR_SIZE]) {
    enum err e = call_number(call, "id", true, ret_id);
    return e == ERR_OK ? call_actor(call, actor) : e;
}

static enum err say(struct command_call *call, enum err e, int64_t id, const char *actor) {
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "no open request has that number");
    if (e != ERR_OK)
        return e;
    call->committed = log_step;
    json_put_int(call->result, "id", id);
    json_put_text(call->result, "by", actor);
    json_close_object(call->result);
    return ERR_OK;
}

enum err answer_data_request_answer(struct command_call *call) {
    int64_t id = 0;
    char actor[CALL_ACTOR_SIZE];
    enum err e = take(call, &id, actor);
    if (e == ERR_OK)
        e = smsc_data_request_answer(call->parts->smsc, id, actor, call->now);
    json_open_object(call->result, NULL);
    return say(call, e, id, actor);
}

enum err answer_data_request_done(struct command_call *call) {
    int64_t id = 0;
    char actor[CALL_ACTOR_SIZE];
    enum err e = take(call, &id, actor);
    if (e == ERR_OK)
        e = smsc_data_request_done(call->parts->smsc, id, actor, call->now);
    json_open_object(call->result, NULL);
    return say(call, e, id, actor);
}

enum err answer_data_request_extend(struct command_call *call) {
    int64_t id = 0;
    int32_t until = 0;
    char actor[CALL_ACTOR_SIZE];
    enum err e = take(call, &id, actor);
    if (e == ERR_OK)
        e = call_day(call, "until", &until);
    if (e == ERR_OK)
        e = smsc_data_request_extend(call->parts->smsc, id, json_text(call->request, "reason"), until, actor, call->now, call->problem, &until);
    json_open_object(call->result, NULL);
    if (e == ERR_OK)
        json_put_day(call->result, "act_by", until);
    return say(call, e, id, actor);
}

enum err answer_data_request_restrict(struct command_call *call) {
    int64_t id = 0;
    int cases = 0;
    char actor[CALL_ACTOR_SIZE];
    enum err e = take(call, &id, actor);
    if (e == ERR_OK)
        e = smsc_data_request_restrict(call->parts->smsc, id, json_text(call->request, "reason"), actor, call->now, call->problem, &cases);
    json_open_object(call->result, NULL);
    if (e == ERR_OK)
        json_put_int(call->result, "cases", cases);
    return say(call, e, id, actor);
}
