/* Senders whom a person blocked (Decision 115/2025 art. 13.2). */
#include "firmware-host/control_call.h"

#include "smsc/abuse.h"
#include "store/block.h"

static void one_block(void *context, const struct block *b) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    bool stands = b->lifted_at == 0 && b->until_at > call->now;
    json_open_object(w, NULL);
    json_put_int(w, "id", b->id);
    call_put_subscriber(call, "phone", b->subscriber_id);
    json_put_text(w, "state", stands ? "blocked" : b->lifted_at ? "lifted" : "over");
    call_put_time(call, "from", b->from_at);
    call_put_time(call, "until", b->until_at);
    json_put_text(w, "by", b->by);
    call_put_time(call, "lifted", b->lifted_at);
    json_put_text(w, "lifted_by", b->lifted_by);
    call_put_text(call, b->reason);
    json_close_object(w);
}

static enum err block_rows(struct command_call *call, int64_t before, int limit) {
    return block_list(call->parts->store, before, limit, one_block, call);
}

enum err answer_sender_list(struct command_call *call) {
    return call_list(call, NULL, block_rows);
}

static void put_sender(struct command_call *call, const struct phone *phone, int64_t until) {
    json_open_object(call->result, NULL);
    call_put_phone(call, "phone", phone);
    call_put_time(call, "until", until);
    json_close_object(call->result);
}

enum err answer_sender_block(struct command_call *call) {
    struct phone phone;
    char actor[CALL_ACTOR_SIZE];
    int32_t day = 0;
    enum err e = call_phone(call, "phone", &phone);
    if (e == ERR_OK)
        e = call_actor(call, actor);
    if (e == ERR_OK)
        e = call_day(call, "until", &day);
    if (e == ERR_OK && day == 0) {
        str_add(call->problem, "until: the last day of the block is needed, like 2026-12-15");
        e = ERR_INVALID;
    }
    if (e != ERR_OK)
        return e;
    int64_t until = calendar_end_of_day(day);
    e = smsc_block(call->parts->smsc, &phone, json_text(call->request, "reason"), until, actor, call->now, call->problem);
    if (e == ERR_OK)
        put_sender(call, &phone, until);
    return e;
}

enum err answer_sender_unblock(struct command_call *call) {
    struct phone phone;
    char actor[CALL_ACTOR_SIZE];
    enum err e = call_phone(call, "phone", &phone);
    if (e == ERR_OK)
        e = call_actor(call, actor);
    if (e == ERR_OK)
        e = smsc_unblock(call->parts->smsc, &phone, actor, call->now);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "that sender isn't blocked");
    if (e == ERR_OK)
        put_sender(call, &phone, 0);
    return e;
}

/* ---- numbers that pass on ---- */

enum err answer_sender_reassigned(struct command_call *call) {
    struct phone phone;
    int cases = 0;
    const char *officer = json_text(call->request, "as");
    enum err e = call_phone(call, "phone", &phone);
    if (e == ERR_OK && (!officer || !*officer)) {
        str_add(call->problem, "as: the key of the officer who says so is needed (--as KEY); the directory has them");
        e = ERR_INVALID;
    }
    if (e == ERR_OK)
        e = smsc_reassigned(call->parts->smsc, &phone, officer, call->now, call->problem, &cases);
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    call_put_phone(call, "phone", &phone);
    json_put_int(call->result, "cases", cases);
    json_close_object(call->result);
    return ERR_OK;
}
