/* Security incidents: told of, counted in hours, and whose data they touch. */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/incident.h"
#include "store/subscriber.h"

#include <stdlib.h>

enum { REASON_MAX = 2000, AFFECTED_MOST = 50000 };

static void one_incident(void *context, const struct incident *i) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "id", i->id);
    call_put_time(call, "at", i->at);
    json_put_text(w, "by", i->by);
    json_put_day(w, "from", i->from_day);
    json_put_day(w, "to", i->to_day);
    call_put_time(call, "authority_by", i->at + INCIDENT_TELL_MS);
    call_put_time(call, "told", i->told_at);
    json_put_text(w, "told_by", i->told_by);
    json_put_bool(w, "late", (i->told_at ? i->told_at : call->now) > i->at + INCIDENT_TELL_MS);
    call_put_text(call, i->reason);
    json_close_object(w);
}

static enum err take_days(struct command_call *call, struct incident *i) {
    enum err e = call_day(call, "from", &i->from_day);
    if (e == ERR_OK)
        e = call_day(call, "to", &i->to_day);
    if (e == ERR_OK && i->to_day && i->to_day < i->from_day) {
        str_add(call->problem, "to: is before from");
        e = ERR_INVALID;
    }
    return e;
}

enum err answer_incident_report(struct command_call *call) {
    const char *reason = NULL;
    char actor[CALL_ACTOR_SIZE];
    struct incident i = {.at = call->now, .by = actor};
    enum err e = call_reason(call, "what happened", REASON_MAX, &reason);
    i.reason = (char *)(uintptr_t)reason;
    if (e == ERR_OK)
        e = call_as(call, actor);
    if (e == ERR_OK)
        e = take_days(call, &i);
    if (e == ERR_OK)
        e = incident_report(call->parts->store, &i, &i.id);
    if (e == ERR_OK)
        one_incident(call, &i);
    return e;
}

static enum err incident_rows(struct command_call *call, int64_t before, int limit) {
    return incident_list(call->parts->store, before, limit, one_incident, call);
}

enum err answer_incident_list(struct command_call *call) {
    return call_list(call, NULL, incident_rows);
}

enum err answer_incident_told(struct command_call *call) {
    char actor[CALL_ACTOR_SIZE];
    int64_t id = 0;
    enum err e = call_number(call, "id", true, &id);
    if (e == ERR_OK)
        e = call_as(call, actor);
    if (e == ERR_OK) {
        e = incident_told(call->parts->store, id, call->now, actor);
        if (e == ERR_NOT_FOUND)
            str_add(call->problem, "no incident of which the authority wasn't told has that number");
    }
    if (e == ERR_OK)
        call_put_number(call, id);
    return e;
}

/* ---- who is affected ---- */

struct affected_task {
    struct command_task task;
    struct incident incident;
    int64_t *ids;
    size_t count;
    bool reveal;
};

static enum err read_rows(struct command_task *task, struct store *reader, struct str *problem) {
    struct affected_task *t = (struct affected_task *)task;
    enum err e = incident_affected(reader, &t->incident, AFFECTED_MOST, &t->ids, &t->count);
    if (e == ERR_TOO_LONG)
        str_addf(problem, "more than %d people are affected; report it with --from and --to for shorter periods", AFFECTED_MOST);
    return e;
}

static enum err record(struct command_task *task, struct command_call *call) {
    struct affected_task *t = (struct affected_task *)task;
    call->reveal = t->reveal;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", t->incident.id);
    json_put_int(call->result, "affected", (int64_t)t->count);
    json_open_array(call->result, "numbers");
    for (size_t i = 0; i < t->count; i++)
        call_put_subscriber(call, NULL, t->ids[i]);
    json_close_array(call->result);
    json_close_object(call->result);
    return ERR_OK;
}

static void release(struct command_task *task) {
    struct affected_task *t = (struct affected_task *)task;
    incident_release(&t->incident);
    free(t->ids);
    free(t);
}

enum err answer_incident_affected(struct command_call *call) {
    struct incident incident;
    int64_t id = 0;
    bool reveal = false;
    enum err e = call_number(call, "id", true, &id);
    if (e == ERR_OK)
        e = incident_get(call->parts->store, id, &incident);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "no incident has that number");
    if (e != ERR_OK)
        return e;
    struct affected_task *t = mem_alloc(sizeof *t);
    t->task = (struct command_task){.read = read_rows, .release = release, .record = record};
    t->incident = incident;
    t->reveal = json_bool(call->request, "reveal", &reveal) && reveal;
    call_read(call, &t->task);
    return ERR_OK;
}
