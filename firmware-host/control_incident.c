/* Security incidents: told of, counted in hours, and whose data they touch. */
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "firmware-host/control_call.h"
#include "store/directory.h"
#include "store/incident.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 2000, AFFECTED_MOST = 50000 };

static void put_incident(struct command_call *call, const struct incident *i) {
    struct json_writer *w = call->result;
    json_put_int(w, "id", i->id);
    call_put_time(call, "at", i->at);
    json_put_text(w, "by", i->by);
    json_put_day(call->result, "from", i->from_day);
    json_put_day(call->result, "to", i->to_day);
    call_put_time(call, "authority_by", i->at + INCIDENT_TELL_MS);
    call_put_time(call, "told", i->told_at);
    json_put_text(w, "told_by", i->told_by);
    json_put_bool(w, "late", (i->told_at ? i->told_at : call->now) > i->at + INCIDENT_TELL_MS);
    call_put_text(call, i->reason);
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
    const char *reason = json_text(call->request, "reason");
    struct officer by = {0};
    char actor[CALL_ACTOR_SIZE];
    struct incident i = {.at = call->now, .by = actor, .reason = (char *)(uintptr_t)reason};
    if (!reason || strlen(reason) > REASON_MAX || text_letters(reason) == 0) {
        str_addf(call->problem, "reason: what happened is needed, in at most %d octets", REASON_MAX);
        return ERR_INVALID;
    }
    enum err e = call_officer(call, &by);
    if (e == ERR_OK)
        e = call_actor(call, actor);
    if (e == ERR_OK)
        e = take_days(call, &i);
    if (e == ERR_OK)
        e = incident_report(call->parts->store, &i, &i.id);
    officer_release(&by);
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    put_incident(call, &i);
    json_close_object(call->result);
    return ERR_OK;
}

static void one_incident(void *context, const struct incident *i) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    put_incident(call, i);
    json_close_object(call->result);
}

static enum err incident_rows(struct command_call *call, int64_t before, int limit) {
    return incident_list(call->parts->store, before, limit, one_incident, call);
}

enum err answer_incident_list(struct command_call *call) {
    return call_list(call, NULL, incident_rows);
}

enum err answer_incident_told(struct command_call *call) {
    struct officer by = {0};
    char actor[CALL_ACTOR_SIZE];
    int64_t id = 0;
    enum err e = call_number(call, "id", true, &id);
    if (e == ERR_OK)
        e = call_officer(call, &by);
    if (e == ERR_OK)
        e = call_actor(call, actor);
    if (e == ERR_OK) {
        e = incident_told(call->parts->store, id, call->now, actor);
        if (e == ERR_NOT_FOUND)
            str_add(call->problem, "no incident of which the authority wasn't told has that number");
    }
    officer_release(&by);
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", id);
    json_close_object(call->result);
    return ERR_OK;
}

/* ---- who is affected ---- */

struct affected_task {
    struct command_task task;
    const char *path;
    const struct keyring *keys;
    struct incident incident;
    int64_t *ids;
    size_t count;
    bool reveal;
};

static enum err work(struct command_task *task, struct str *problem) {
    struct affected_task *t = (struct affected_task *)task;
    struct store *reader = NULL;
    enum err e = store_open_reader(t->path, t->keys, problem, &reader);
    if (e == ERR_OK)
        e = incident_affected(reader, &t->incident, AFFECTED_MOST, &t->ids, &t->count);
    store_close_reader(reader);
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
    t->task = (struct command_task){.work = work, .release = release, .record = record};
    t->path = call->parts->config->store_path;
    t->keys = call->parts->keys;
    t->incident = incident;
    t->reveal = json_bool(call->request, "reveal", &reveal) && reveal;
    call->task = &t->task;
    return ERR_OK;
}
