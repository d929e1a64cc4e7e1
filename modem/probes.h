/* The probes that are out: each asks one port, in a process of its own, so that a mute modem holds up nothing.
 *
 * Invariants:
 *  1. Each probe that was asked for is answered by one PROTOCOL_PROBED, also when its process is killed; only one that was dropped isn't.
 *  2. It's answered when its process is gone, and with it every descriptor of the port: whoever hears the answer may open the port.
 *  3. None is out for longer than PROBES_DEADLINE, and none outlives the one that asked. */
#ifndef MODEM_PROBES_H
#define MODEM_PROBES_H

#include "firmware-host/base/clock.h"
#include "modem/protocol.h"

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#define PROBES_DEADLINE (15 * CLOCK_SECOND) /* then it's killed: its own deadline (probe.h) has passed */
enum { PROBES_MAX = 128 };

struct probes;

struct probes_parts {
    struct clock *clock;
    /* Runs in the probe's process; `message` becomes PROTOCOL_PROBED of that port. */
    void (*run)(const char *node, int64_t baud, struct clock *clock, struct protocol_message *message);
    void (*answered)(void *context, const struct protocol_message *m);
    void *context;
};
struct probes *probes_new(const struct probes_parts *parts);
void probes_free(struct probes *p); /* kills those that are out, and waits for their end; NULL is fine */

void probes_ask(struct probes *p, const char *node, int64_t baud); /* one at a time each port: another is answered at once by a refusal */
void probes_drop(struct probes *p, const char *node); /* what was there is gone: kills the probe, whose answer nobody hears */

size_t probes_count(const struct probes *p); /* that are out, dropped ones too */
size_t probes_fds(const struct probes *p, struct pollfd fds[PROBES_MAX]); /* for poll(2): one of them ended */
int64_t probes_due(const struct probes *p); /* monotonic ms at which one is late; INT64_MAX: none */
void probes_tend(struct probes *p); /* after poll: hands over the answers of those that ended, kills those that are late */

#endif
