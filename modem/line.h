/* The line to a modem: one descriptor, non-blocking, octets in and out. Four kinds:
 *   serial:/dev/ttyUSB2[@115200]   a serial port, 8N1 without flow control (libserialport); locked against every other program (flock, TIOCEXCL)
 *   tcp://host:port                a serial device server; [::1] in brackets; keepalive, no delay
 *   pty:/path                      a pseudo-terminal, made raw, never our controlling terminal; locked with flock
 *   gammu:CONNECTION:PATH[:MODEL]  a device that libGammu opens by itself: gammu:none:/var/lib/x:dummy, gammu:fbus:/dev/ttyS0 (driver gammu only).
 *                                  There is no descriptor then: nothing is read, what is written is lost
 * Reopening is not here: a line that is lost is lost, the process ends and is started again. */
#ifndef MODEM_LINE_H
#define MODEM_LINE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define LINE_BAUD_DEFAULT 115200
#define LINE_CONNECT_TIMEOUT 10000 /* ms, for each address that the host has */

enum line_kind { LINE_SERIAL, LINE_TCP, LINE_PTY, LINE_GAMMU };
struct line_address {
    enum line_kind kind;
    char path[256]; /* serial, pty, gammu; tcp: the host */
    char port[8]; /* tcp */
    int baud; /* serial */
    char connection[24], model[24]; /* gammu: its words; model "": it finds out */
};
/* ERR_INVALID: `problem` says what is allowed. */
MUST_CHECK enum err line_parse(const char *text, struct line_address *ret_address, struct str *problem);

struct line;
/* ERR_NOT_FOUND no such device or host, ERR_BUSY held by another program, ERR_UNSUPPORTED not a terminal, ERR_TIMEOUT, ERR_IO; `problem` says
 * what happened and what to do. */
MUST_CHECK enum err line_connect(const struct line_address *address, struct line **ret_line, struct str *problem);
void line_disconnect(struct line *line); /* NULL does nothing */
int line_fd(const struct line *line); /* for poll(2); -1: none */

/* Never block. *ret_len 0: nothing now, or no room. ERR_CLOSED: hung up. ERR_IO. */
MUST_CHECK enum err line_read(struct line *line, void *data, size_t max, size_t *ret_len);
MUST_CHECK enum err line_write(struct line *line, const void *data, size_t len, size_t *ret_len);

#endif
