/* Asking a port politely who is there: AT first, for a second and a half; what doesn't answer that isn't asked more. Then AT+CGSN and what else tells
 * a modem and its SIM apart. Nothing is set, nothing is changed. */
#ifndef MODEM_PROBE_H
#define MODEM_PROBE_H

#include "firmware-host/base/clock.h"
#include "modem/line.h"
#include "modem/protocol.h"

#define PROBE_HELLO_TIMEOUT 1500 /* ms */
#define PROBE_DEADLINE (10 * CLOCK_SECOND) /* for all questions: what was answered until then is the answer */

/* `message` becomes PROTOCOL_PROBED of that port; to be released. In a process of its own: the modem may take PROBE_DEADLINE. `fence`: closes the
 * process in behind the open line. */
void probe_port(const char *node, int64_t baud, bool fence, struct clock *clock, struct protocol_message *message);
/* The same of a line that is open. */
void probe_line(struct line *line, struct clock *clock, struct protocol_message *message);

#endif
