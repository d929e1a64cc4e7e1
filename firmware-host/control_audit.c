/* The chains: whether they hold, which reads every event there is, so it's done on the pool, on a connection of its own; and who read personal data.
 */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/audit.h"
#include "store/case.h"
#include "store/privacy.h"

#include <stdlib.h>
#include <string.h>

/* ---- verify ---- */

struct audit_task {
    struct command_task task;
    struct audit_report reports[AUDIT_CHAINS];
};

static enum err verify(struct command_task *task, struct store *reader, struct str *problem) {
    static const char *const names[AUDIT_CHAINS] = {"event", "privacy event"};
    struct audit_task *t = (struct audit_task *)task;
    enum err e = ERR_OK;
    for (int i = 0; i < AUDIT_CHAINS && e == ERR_OK; i++)
        e = audit_verify(reader, (enum audit_chain)i, &t->reports[i]);
    for (int i = 0; i < AUDIT_CHAINS && e == ERR_OK; i++) {
        const struct audit_report *r = &t->reports[i];
        if (r->broken_id == 0)
            continue;
        str_addf(problem, "%s %lld: %s doesn't hold: the record was changed outside the program, or the file is damaged (%lld events, head %s)",
                 names[i], (long long)r->broken_id, r->broken_why, (long long)r->events, r->head);
        e = ERR_CONFLICT;
    }
    return e;
}

static void put_report(struct json_writer *w, const struct audit_report *r) {
    json_put_int(w, "events", r->events);
    json_put_int(w, "erased", r->erased);
    json_put_text(w, "head", r->head);
}

static void finish(struct command_task *task, struct json_writer *w) {
    const struct audit_report *reports = ((struct audit_task *)task)->reports;
    json_open_object(w, NULL);
    put_report(w, &reports[AUDIT_CASES]);
    json_open_object(w, "privacy");
    put_report(w, &reports[AUDIT_PRIVACY]);
    json_close_object(w);
    json_close_object(w);
}

static void release(struct command_task *task) {
    free(task);
}

enum err answer_audit_verify(struct command_call *call) {
    struct audit_task *t = mem_alloc(sizeof *t);
    t->task = (struct command_task){.read = verify, .finish = finish, .release = release};
    call_read(call, &t->task);
    return ERR_OK;
}

/* ---- who read ---- */

static void one_read(void *context, const struct privacy_event *event) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    struct pakn_case c;
    struct json *data = NULL;
    int64_t numbers = 0, texts = 0;
    if (event->data && json_parse(event->data, strlen(event->data), &data) != ERR_OK)
        data = NULL;
    bool of_case = event->case_id && case_get(call->parts->store, event->case_id, &c) == ERR_OK;
    json_open_object(w, NULL);
    json_put_int(w, "id", event->id);
    call_put_time(call, "at", event->at);
    json_put_text(w, "by", event->actor);
    json_put_text(w, "command", data ? json_text(data, "command") : NULL);
    call_put_code(call, "case", of_case ? c.code : 0);
    call_put_known(call, "numbers", data && json_int(data, "numbers", &numbers) ? numbers : -1, -1);
    call_put_known(call, "texts", data && json_int(data, "texts", &texts) ? texts : -1, -1);
    json_close_object(w);
    if (of_case)
        case_release(&c);
    json_free(data);
}

static enum err read_rows(struct command_call *call, int64_t before, int limit) {
    int32_t from = 0, to = clock_vietnam_day(call->now);
    enum err e = call_day(call, "from", &from);
    if (e == ERR_OK)
        e = call_day(call, "to", &to);
    return e == ERR_OK ? privacy_list(call->parts->store, "data.read", from ? calendar_end_of_day(from - 1) : INT64_MIN, calendar_end_of_day(to),
                                      before, limit, one_read, call)
                       : e;
}

enum err answer_audit_reads(struct command_call *call) {
    return call_list(call, NULL, read_rows);
}
