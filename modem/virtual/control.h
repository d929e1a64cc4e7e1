/* The control socket: a UNIX stream socket on which whoever plays citizen, radio or accident speaks JSON lines (see requests.h). Answers come in
 * the order of the requests of a connection; a request that waits holds up those behind it, not other connections. */
#ifndef MODEM_VIRTUAL_CONTROL_H
#define MODEM_VIRTUAL_CONTROL_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"
#include "modem/virtual/requests.h"

#include <uv.h>

struct control;

/* Listens on a socket of mode 0600, replacing one that nobody listens on. On failure `problem` says why. The world is borrowed. */
MUST_CHECK enum err control_open(uv_loop_t *loop, const char *path, const struct world *world, struct control **ret_control, struct str *problem);
void control_turn(struct control *c); /* something may have happened: requests that wait are looked at again */
void control_close(struct control *c); /* NULL: nothing. Removes the socket. */

#endif
