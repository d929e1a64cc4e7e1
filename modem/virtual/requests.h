/* What can be asked of the virtual network over its control socket: one JSON object in, one out. README.md of this folder lists them.
 * A request that isn't understood changes nothing and is answered {"error": "…"}, naming what is wrong with it. */
#ifndef MODEM_VIRTUAL_REQUESTS_H
#define MODEM_VIRTUAL_REQUESTS_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/str.h"
#include "modem/virtual/at_modem.h"
#include "modem/virtual/line.h"
#include "modem/virtual/network.h"

#include <stdbool.h>
#include <stddef.h>

struct station { /* a modem and where it is plugged in */
    struct at_modem *modem;
    struct line *line; /* NULL: nowhere */
};

struct world { /* what requests act on; borrowed */
    struct clock *clock;
    struct schedule *schedule;
    struct network *network;
    struct station *stations;
    size_t station_count;
};

struct request;

/* NULL: not understood, and `answer` says why. */
struct request *request_parse(const char *line, size_t len, struct str *answer);
void request_free(struct request *r);
int64_t request_wait(const struct request *r); /* ms that its answer may take */
/* Appends the answer and a newline. false: what it waits for hasn't come, and nothing is appended; with `last` it answers in any case. */
bool request_answer(const struct request *r, const struct world *world, bool last, struct str *answer);

#endif
