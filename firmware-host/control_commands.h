/* What can be asked over the control socket: one table of name, arguments, help and handler. */
#ifndef HOST_CONTROL_COMMANDS_H
#define HOST_CONTROL_COMMANDS_H

#include "firmware-host/alarm.h"
#include "firmware-host/balance.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/base/err.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/str.h"
#include "firmware-host/config.h"
#include "firmware-host/link.h"
#include "firmware-host/log_ring.h"
#include "firmware-host/reload.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

struct central_link;

struct command_parts { /* what the handlers look at; all borrowed */
    const struct config *config;
    struct clock *clock;
    struct clock_training *training; /* the same clock; NULL: it's the real one */
    const struct keyring *keys;
    struct store *store;
    struct calendar *const *calendar; /* the one in use; another after a reload */
    struct smsc *smsc;
    struct turn *turn;
    struct link *const *links;
    size_t link_count;
    const struct reload_parts *reload;
    const struct balance_watch *balance;
    const struct log_ring *ring;
    struct alarms *const *alarms; /* NULL in it until they were started */
    struct central_link *central; /* NULL: there is no central store */
    const bool *careful, *stopping;
    int64_t started_at; /* monotonic */
};

/* Work too long for the loop (it reads a whole database): done on libuv's pool, on what the task owns alone; no store, no smsc, no config there. */
struct command_call;
struct command_task {
    /* On the pool, one of the two; `reader` is a connection to the database that is open for this task alone. */
    enum err (*work)(struct command_task *task, struct str *problem);
    enum err (*read)(struct command_task *task, struct store *reader, struct str *problem);
    void (*finish)(struct command_task *task, struct json_writer *result); /* on the loop again, after ERR_OK: writes the answer */
    void (*release)(struct command_task *task);
    /* What reveals: instead of finish, in the turn: writes down what is to be shown (call->numbers, call->texts say how much), then the answer. It
     * may be run again. NULL: finish. */
    enum err (*record)(struct command_task *task, struct command_call *call);
    const char *path; /* of the reader; call_read() says which */
    const struct keyring *keys;
};

/* An answer that comes later, from the loop: the handler keeps the pointer and calls `answer` exactly once, after it has written one value into
 * `result` (ERR_OK) or a sentence into `problem`. The client may be gone by then; that is nobody's business but the control socket's. */
struct command_later {
    struct json_writer result;
    struct str *problem;
    void (*answer)(struct command_later *later, enum err e);
};

struct command_call {
    const struct command_parts *parts;
    const struct json *request;
    const struct command *command;
    int uid; /* of who asks; -1: not known */
    bool reveal; /* show numbers and texts; only for the kinds that write it down: COMMAND_WRITES, COMMAND_RECORDS */
    int64_t numbers, texts, case_id; /* how much of them was shown, and of which case (0: none, or several): counted by control_call.h */
    int64_t now;
    struct json_writer *result; /* the handler writes one value, without a key */
    struct str *problem; /* a sentence, when it fails */
    void (*committed)(struct command_call *call); /* a COMMAND_WRITES handler may want memory to follow, once its work is on disk */
    struct command_later *later; /* of a COMMAND_WAITS handler: it takes this and returns ERR_OK, or fails and leaves it */
    struct command_task *task; /* a COMMAND_POOL handler puts its task here; the caller releases it */
};

enum command_kind {
    COMMAND_READS, /* answered at once, outside any transaction; may make transactions of its own */
    COMMAND_WRITES, /* a job of the turn; may be run again, so it changes nothing but the database */
    COMMAND_RECORDS, /* reads; a call that reveals is a job of the turn, for what it showed to whom is written down, or nothing is shown */
    COMMAND_POOL, /* checks what was asked at once; what it puts into call->task is then done beside the loop */
    COMMAND_WAITS, /* begins something of which the loop hears later */
    COMMAND_FOLLOWS, /* reads, and then the client gets the log as it comes */
};

struct command {
    const char *name;
    const char *arguments; /* as the help shows them */
    const char *help;
    enum command_kind kind;
    enum err (*run)(struct command_call *call);
};

extern const struct command commands[];
extern const size_t command_count;
const struct command *command_find(const char *name); /* NULL: there is none */

#endif
