/* backup: a copy of the database while everything goes on, made on the pool. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/restore.h"

#include <stdlib.h>

struct backup_task {
    struct command_task task;
    char *path, *to;
    int64_t now, octets;
};

static enum err work(struct command_task *task, struct str *problem) {
    struct backup_task *t = (struct backup_task *)task;
    return store_backup(t->path, t->to, t->now, problem, &t->octets);
}

static void finish(struct command_task *task, struct json_writer *w) {
    const struct backup_task *t = (struct backup_task *)task;
    log_event(LOG_LEVEL_NOTICE, "store.backup", log_text("to", t->to), log_int("octets", t->octets));
    json_open_object(w, NULL);
    json_put_text(w, "file", t->to);
    json_put_int(w, "octets", t->octets);
    json_close_object(w);
}

static void release(struct command_task *task) {
    struct backup_task *t = (struct backup_task *)task;
    free(t->path);
    free(t->to);
    free(t);
}

enum err answer_backup(struct command_call *call) {
    const char *to = json_text(call->request, "file");
    if (!to || *to != '/') {
        str_add(call->problem, "file: the whole path of a new file is needed, like \"/mnt/usb/phanhoi-2026-11-28.db\"");
        return ERR_INVALID;
    }
    struct backup_task *t = mem_alloc(sizeof *t);
    *t = (struct backup_task){.task = {.work = work, .finish = finish, .release = release},
                              .path = mem_string(call->parts->config->store_path),
                              .to = mem_string(to),
                              .now = call->now};
    call->task = &t->task;
    return ERR_OK;
}
