/* The control socket: phanhoictl and, later, other programs of this machine ask here. A UNIX stream socket; each request and each answer is one line
 * of JSON.
 *
 *   {"command":"case.show","code":"482109304","reveal":true}
 *   {"ok":true,"result":{…}}    {"ok":false,"error":"ERR_NOT_FOUND","message":"no case has that code"}
 *   log.follow answers {"ok":true,"result":{…}} and then a line {"log":{"number","at","line"}} for each line of the log.
 *
 * Phone numbers are masked and texts left out unless "reveal":true, which is logged with the asker's user id. Who may open the socket may ask
 * everything. Bounds: CONTROL_CLIENTS_MAX clients, requests of CONTROL_LINE_MAX octets, one at a time for each client; a client that doesn't read
 * its answers is dropped. */
#ifndef HOST_CONTROL_H
#define HOST_CONTROL_H

#include "firmware-host/control_commands.h"
#include "firmware-host/log_ring.h"
#include "firmware-host/turn.h"

#include <uv.h>

#define CONTROL_CLIENTS_MAX 64
#define CONTROL_LINE_MAX (64 * 1024)
#define CONTROL_ANSWER_MAX (4 * 1024 * 1024)

struct control;

struct control_parts { /* borrowed */
    uv_loop_t *uv;
    struct turn *turn;
    const char *path;
    const char *group; /* "": none */
    const struct command_parts *commands;
};

/* Replaces the socket of a daemon that is gone. ERR_BUSY: one answers there. `problem` says what, where and what to do. */
MUST_CHECK enum err control_open(const struct control_parts *parts, struct str *problem, struct control **ret_control);
void control_close(struct control *c); /* drops the clients, removes the socket; handles close through the loop */

void control_log(struct control *c, const struct log_entry *entry); /* to those who follow the log */

#endif
