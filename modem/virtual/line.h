/* Where a modem is plugged in: a pseudo-terminal with a symbolic link to it, or a TCP port such as a serial device server has. Clients come and
 * go; what the modem says while nobody has the line open is lost, as on a serial port. */
#ifndef MODEM_VIRTUAL_LINE_H
#define MODEM_VIRTUAL_LINE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"
#include "modem/virtual/at_modem.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct line;

/* spec: "pty:PATH" (a link PATH → the terminal is made, replacing an older link; PATH's directory must exist) or "tcp:ADDR:PORT" (port 0: a
 * free one; a new client replaces the old). baud: see wire.h. On failure `problem` says what is wrong with which spec. */
MUST_CHECK enum err line_open(uv_loop_t *loop, const char *spec, unsigned baud, struct at_modem *modem, struct line **ret_line, struct str *problem);
void line_close(struct line *l); /* NULL: nothing. Removes the link. */

const char *line_address(const struct line *l); /* "pty:/run/m1", "tcp:127.0.0.1:40123" */
/* false: as if unplugged, the link or the port is gone. true: there again. ERR_IO: can't be opened again. */
MUST_CHECK enum err line_plug(struct line *l, bool plugged);
bool line_plugged(const struct line *l);

#endif
