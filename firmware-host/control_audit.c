/* audit.verify: reads every event there is, so it's done on the pool, on a connection of its own. */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/audit.h"

#include <stdlib.h>

struct audit_task {
    struct command_task task;
    const char *path;
    const struct keyring *keys;
    struct audit_report report;
};

static enum err work(struct command_task *task, struct str *problem) {
    struct audit_task *t = (struct audit_task *)task;
    struct store *reader = NULL;
    enum err e = store_open_reader(t->path, t->keys, problem, &reader);
    if (e == ERR_OK)
        e = audit_verify(reader, &t->report);
    store_close_reader(reader);
    if (e == ERR_OK && t->report.broken_id != 0) {
        str_addf(problem, "event %lld: %s doesn't hold: the record was changed outside the program, or the file is damaged (%lld events, head %s)",
                 (long long)t->report.broken_id, t->report.broken_why, (long long)t->report.events, t->report.head);
        return ERR_CONFLICT;
    }
    return e;
}

static void finish(struct command_task *task, struct json_writer *w) {
    const struct audit_report *r = &((struct audit_task *)task)->report;
    json_open_object(w, NULL);
    json_put_int(w, "events", r->events);
    json_put_int(w, "erased", r->erased);
    json_put_text(w, "head", r->head);
    json_close_object(w);
}

static void release(struct command_task *task) {
    free(task);
}

enum err answer_audit_verify(struct command_call *call) {
    struct audit_task *t = mem_alloc(sizeof *t);
    *t = (struct audit_task){
        .task = {.work = work, .finish = finish, .release = release}, .path = call->parts->config->store_path, .keys = call->parts->keys};
    call->task = &t->task;
    return ERR_OK;
}
