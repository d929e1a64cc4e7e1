/* The wipe of old personal data: what would be erased now, what was, and beginning a run by hand. Counting what is due reads many rows on a day on
 * which much is: it's done on the pool. */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/privacy.h"

#include <stdlib.h>

enum { RUNS_SHOWN = 10 };
#define COUNT_MOST 100000

struct retention_task {
    struct command_task task;
    struct retention_limits limits;
    int64_t now, begun, done;
    int64_t due[RETENTION_KINDS], erased[RETENTION_KINDS];
    struct str runs; /* a JSON array */
};

static void one_run(void *context, const struct privacy_event *event) {
    struct json_writer *w = context;
    json_open_object(w, NULL);
    json_put_int(w, "id", event->id);
    json_put_time(w, "at", event->at);
    json_put_raw(w, "kinds", event->data && *event->data ? event->data : "null");
    json_close_object(w);
}

static enum err read_rows(struct command_task *task, struct store *reader, struct str *problem) {
    struct retention_task *t = (struct retention_task *)task;
    struct json_writer w;
    (void)problem;
    enum err e = retention_due(reader, &t->limits, t->now, COUNT_MOST, t->due);
    if (e == ERR_OK)
        e = retention_erased(reader, t->erased);
    json_begin(&w, &t->runs);
    json_open_array(&w, NULL);
    if (e == ERR_OK)
        e = privacy_list(reader, "retention.run", INT64_MIN, INT64_MAX, 0, RUNS_SHOWN, one_run, &w);
    json_close_array(&w);
    return e;
}

static void finish(struct command_task *task, struct json_writer *w) {
    const struct retention_task *t = (struct retention_task *)task;
    json_open_object(w, NULL);
    json_put_bool(w, "running", t->begun != 0);
    json_put_moment(w, "begun", t->begun);
    json_put_moment(w, "done", t->done);
    json_open_array(w, "kinds");
    for (int kind = 0; kind < RETENTION_KINDS; kind++) {
        json_open_object(w, NULL);
        json_put_text(w, "kind", retention_kind_name((enum retention_kind)kind));
        json_put_moment(w, "older_than", retention_limit_of(&t->limits, (enum retention_kind)kind));
        json_put_int(w, "due", t->due[kind]);
        json_put_int(w, "erased", t->erased[kind]);
        json_close_object(w);
    }
    json_close_array(w);
    json_put_raw(w, "runs", t->runs.data);
    json_close_object(w);
}

static void release(struct command_task *task) {
    struct retention_task *t = (struct retention_task *)task;
    str_release(&t->runs);
    free(t);
}

enum err answer_retention_status(struct command_call *call) {
    int64_t begun, done;
    enum err e = store_number_get(call->parts->store, STORE_RETENTION_BEGUN, &begun);
    if (e == ERR_OK)
        e = store_number_get(call->parts->store, STORE_RETENTION_DONE, &done);
    if (e != ERR_OK)
        return e;
    struct retention_task *t = mem_alloc(sizeof *t);
    t->task = (struct command_task){.read = read_rows, .finish = finish, .release = release};
    t->limits = retention_limits_at(&call->parts->config->smsc.retention, call->now);
    t->now = call->now;
    t->begun = begun;
    t->done = done;
    str_init(&t->runs, 256 * 1024);
    call_read(call, &t->task);
    return ERR_OK;
}

enum err answer_retention_run(struct command_call *call) {
    char actor[CALL_ACTOR_SIZE];
    enum err e = call_actor(call, actor);
    if (e == ERR_OK)
        e = smsc_retention_run(call->parts->smsc, actor, call->now);
    if (e == ERR_CONFLICT)
        str_add(call->problem, "the clock was never set: nobody knows yet what is old; set it first");
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    json_put_bool(call->result, "begun", true);
    json_put_text(call->result, "by", actor);
    json_close_object(call->result);
    return ERR_OK;
}
