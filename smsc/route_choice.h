/* Which SIM a text goes through, as a pure decision. Everything that decides is in struct route_sim; the same function serves the queue and
 * `phanhoictl route`.
 *
 *   1. SIMs that can send now or will within a minute, before those that can't
 *   2. of the recipient's operator before all others
 *   3. the cheaper one
 *   4. of equals, whose turn it is: in the ratio of their weights */
#ifndef SMSC_ROUTE_CHOICE_H
#define SMSC_ROUTE_CHOICE_H

#include "smsc/operators.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum route_obstacle { /* what keeps a SIM from sending; those up to ROUTE_PACED only for a moment, and nobody goes elsewhere for it */
                      ROUTE_FREE,
                      ROUTE_PACED, /* its rate, or its limit per minute */
                      ROUTE_HOUR_FULL, /* its limit per hour */
                      ROUTE_DAY_FULL,
                      ROUTE_RESTS, /* its SIM failed, or three messages in a row did */
                      ROUTE_DOWN,
};
const char *route_obstacle_text(enum route_obstacle obstacle); /* for people */

struct route_sim {
    enum carrier carrier; /* CARRIER_UNKNOWN: of another operator than anybody */
    int cost_same, cost_other; /* dong a segment, to its operator's numbers and to others */
    int weight; /* 0: takes what comes, out of turn */
    int64_t turn; /* virtual time: each submission adds 1 / weight */
    enum route_obstacle obstacle;
    int64_t until; /* wall ms; INT64_MAX: not by time alone */
};

bool route_same(const struct route_sim *sim, enum carrier to);
int route_cost(const struct route_sim *sim, enum carrier to);
bool route_can_send(const struct route_sim *sim); /* now, or in a moment */
/* Rows 1 to 3: negative if a comes first, positive if b does, 0: any of them may take it. */
int route_compare(const struct route_sim *a, const struct route_sim *b, enum carrier to);
/* The numbers of the SIMs, the best first; of equals in all that counts the lower number. */
void route_order(const struct route_sim *sims, size_t count, enum carrier to, size_t *order);

#endif
