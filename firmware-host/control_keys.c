/* keys: which keys seal how much; reads every row, so it's done on the pool, on a connection of its own. */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "store/reseal.h"

#include <stdlib.h>

struct keys_task {
    struct command_task task;
    int64_t values[KEYRING_MAX + 1];
    bool needed[KEYRING_MAX + 1];
};

static enum err read_rows(struct command_task *task, struct store *reader, struct str *problem) {
    (void)problem;
    struct keys_task *t = (struct keys_task *)task;
    enum err e = reseal_count(reader, t->values);
    for (int id = 1; e == ERR_OK && id <= KEYRING_MAX; id++)
        e = reseal_needs(reader, (uint8_t)id, &t->needed[id]);
    return e;
}

static const char *use_of(size_t place, size_t count, bool needed) {
    if (place == count - 1)
        return count == 1 ? "seals; look-up" : "seals";
    return place == 0 ? "look-up: must stay" : needed ? "needed" : "not needed";
}

static void finish(struct command_task *task, struct json_writer *w) {
    const struct keys_task *t = (struct keys_task *)task;
    uint8_t ids[KEYRING_MAX];
    size_t count = keyring_ids(task->keys, ids);
    json_open_array(w, NULL);
    for (size_t i = 0; i < count; i++) {
        json_open_object(w, NULL);
        json_put_int(w, "key", ids[i]);
        json_put_int(w, "values", t->values[ids[i]]);
        json_put_bool(w, "needed", i == 0 || i == count - 1 || t->needed[ids[i]]);
        json_put_text(w, "use", use_of(i, count, t->needed[ids[i]]));
        json_close_object(w);
    }
    json_close_array(w);
}

static void release(struct command_task *task) {
    free(task);
}

enum err answer_keys(struct command_call *call) {
    struct keys_task *t = mem_alloc(sizeof *t);
    t->task = (struct command_task){.read = read_rows, .finish = finish, .release = release};
    call_read(call, &t->task);
    return ERR_OK;
}
