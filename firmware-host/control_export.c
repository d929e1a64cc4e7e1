/* Exports: asked for by one officer, approved by another, fetched once. What is fetched is read on the pool, and shown only when the turn that writes
 * it down is on disk. */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/export.h"
#include "store/subscriber.h"

#include <stdlib.h>

enum { REASON_MAX = 1000 };

/* ---- asking ---- */

static enum err take_case(struct command_call *call, struct export_request *r) {
    struct pakn_case c;
    int32_t code;
    enum err e = call_code(call, "case", &code);
    if (e == ERR_OK)
        e = case_by_code(call->parts->store, code, &c);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "case: no case has that code");
    if (e != ERR_OK)
        return e;
    r->scope = EXPORT_CASE;
    r->case_id = c.id;
    case_release(&c);
    return ERR_OK;
}

static enum err take_sender(struct command_call *call, struct export_request *r) {
    struct subscriber who;
    struct phone phone;
    enum err e = call_phone(call, "sender", &phone);
    if (e == ERR_OK)
        e = subscriber_find(call->parts->store, &phone, &who);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "sender: nothing is kept about that number");
    if (e != ERR_OK)
        return e;
    r->scope = EXPORT_SENDER;
    r->subscriber_id = who.id;
    subscriber_release(&who);
    return ERR_OK;
}

static enum err take_period(struct command_call *call, struct export_request *r) {
    r->scope = EXPORT_PERIOD;
    enum err e = call_day(call, "from", &r->from_day);
    if (e == ERR_OK)
        e = call_day(call, "to", &r->to_day);
    if (e == ERR_OK && (r->from_day == 0 || r->to_day < r->from_day)) {
        str_add(call->problem, "from, to: the first and the last day are needed, like 2026-11-01 and 2026-11-30");
        e = ERR_INVALID;
    }
    return e;
}

static enum err take_scope(struct command_call *call, struct export_request *r) {
    bool of_case = json_get(call->request, "case"), of_sender = json_get(call->request, "sender");
    bool of_period = json_get(call->request, "from") || json_get(call->request, "to");
    if (of_case + of_sender + of_period != 1) {
        str_add(call->problem, "what is to be exported? one of: case, sender, from and to");
        return ERR_INVALID;
    }
    return of_case ? take_case(call, r) : of_sender ? take_sender(call, r) : take_period(call, r);
}

enum err answer_export_request(struct command_call *call) {
    struct export_request r = {.at = call->now};
    struct officer asker = {0};
    char actor[CALL_ACTOR_SIZE];
    const char *reason = NULL;
    int64_t id = 0;
    enum err e = call_officer(call, &asker, actor);
    if (e == ERR_OK)
        e = take_scope(call, &r);
    if (e == ERR_OK)
        e = call_reason(call, "a sentence", REASON_MAX, &reason);
    r.asker_id = asker.id;
    r.reason = (char *)(uintptr_t)reason;
    if (e == ERR_OK)
        e = export_ask(call->parts->store, &r, actor, &id);
    officer_release(&asker);
    if (e == ERR_OK)
        call_put_number(call, id);
    return e;
}

/* ---- deciding ---- */

static enum err not_found(struct command_call *call, enum err e) {
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "no export has that number");
    return e;
}

static enum err decide(struct command_call *call, bool approve) {
    struct officer by = {0};
    char actor[CALL_ACTOR_SIZE];
    int64_t id = 0, expires_at = call->now + call->parts->config->export_life;
    enum err e = call_number(call, "id", true, &id);
    if (e == ERR_OK)
        e = call_officer(call, &by, actor);
    if (e == ERR_OK)
        e = not_found(call, export_decide(call->parts->store, id, &by, approve, expires_at, actor, call->now, call->problem));
    officer_release(&by);
    if (e == ERR_OK)
        call_put_number(call, id);
    return e;
}

enum err answer_export_approve(struct command_call *call) {
    return decide(call, true);
}

enum err answer_export_deny(struct command_call *call) {
    return decide(call, false);
}

/* ---- list ---- */

static void put_officer(struct command_call *call, const char *key, int64_t id) {
    struct officer o;
    bool there = id && officer_get(call->parts->store, id, &o) == ERR_OK;
    json_put_text(call->result, key, there ? o.key : NULL);
    if (there)
        officer_release(&o);
}

static void one_export(void *context, const struct export_request *r) {
    struct command_call *call = context;
    struct pakn_case c;
    bool of_case = r->case_id && case_get(call->parts->store, r->case_id, &c) == ERR_OK;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", r->id);
    json_put_text(call->result, "scope", export_scope_name(r->scope));
    call_put_code(call, "case", of_case ? c.code : 0);
    call_put_subscriber(call, "sender", r->subscriber_id);
    json_put_day(call->result, "from", r->from_day);
    json_put_day(call->result, "to", r->to_day);
    json_put_text(call->result, "state", export_state_name(r, call->now));
    put_officer(call, "by", r->asker_id);
    call_put_time(call, "at", r->at);
    put_officer(call, "decided_by", r->decider_id);
    call_put_time(call, "decided", r->decided_at);
    call_put_time(call, "expires", r->expires_at);
    call_put_time(call, "fetched", r->fetched_at);
    call_put_text(call, r->reason);
    json_close_object(call->result);
    if (of_case)
        case_release(&c);
}

static enum err export_rows(struct command_call *call, int64_t before, int limit) {
    return export_list(call->parts->store, before, limit, one_export, call);
}

enum err answer_export_list(struct command_call *call) {
    return call_list(call, NULL, export_rows);
}

/* ---- fetching ---- */

struct export_task {
    struct command_task task;
    struct export_request request;
    int64_t most;
    struct str lines;
    struct export_counts counts;
};

static enum err read_rows(struct command_task *task, struct store *reader, struct str *problem) {
    struct export_task *t = (struct export_task *)task;
    enum err e = export_write(reader, &t->request, t->most, &t->lines, &t->counts);
    if (e == ERR_TOO_LONG)
        str_addf(problem, "that is too much for one export (exports.rows allows %lld rows): ask for less, a case or a shorter period",
                 (long long)t->most);
    return e;
}

static enum err record(struct command_task *task, struct command_call *call) {
    struct export_task *t = (struct export_task *)task;
    struct export_request r = {0};
    struct officer by = {0};
    char actor[CALL_ACTOR_SIZE];
    enum err e = export_get(call->parts->store, t->request.id, &r); /* anew: another may have been quicker */
    if (e == ERR_OK)
        e = call_officer(call, &by, actor);
    if (e == ERR_OK)
        e = export_may_fetch(&r, &by, call->now, call->problem);
    if (e == ERR_OK)
        e = export_fetched(call->parts->store, &r, actor, t->counts.rows, call->now);
    if (e == ERR_OK) {
        call->numbers = t->counts.numbers;
        call->texts = t->counts.texts;
        call->case_id = r.case_id;
        json_put_text_n(call->result, NULL, t->lines.data, t->lines.len);
    }
    export_release(&r);
    officer_release(&by);
    return e;
}

static void release(struct command_task *task) {
    struct export_task *t = (struct export_task *)task;
    export_release(&t->request);
    str_release(&t->lines);
    free(t);
}

enum err answer_export_fetch(struct command_call *call) {
    struct export_request r = {0};
    struct officer by = {0};
    char actor[CALL_ACTOR_SIZE];
    int64_t id = 0;
    enum err e = call_number(call, "id", true, &id);
    if (e == ERR_OK)
        e = call_officer(call, &by, actor);
    if (e == ERR_OK)
        e = not_found(call, export_get(call->parts->store, id, &r));
    if (e == ERR_OK)
        e = export_may_fetch(&r, &by, call->now, call->problem);
    officer_release(&by);
    if (e != ERR_OK) {
        export_release(&r);
        return e;
    }
    struct export_task *t = mem_alloc(sizeof *t);
    t->task = (struct command_task){.read = read_rows, .release = release, .record = record};
    t->request = r;
    t->most = call->parts->config->export_rows;
    str_init(&t->lines, CALL_DOCUMENT_MAX);
    call_read(call, &t->task);
    return ERR_OK;
}
