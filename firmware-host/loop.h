/* The turn of the loop: when the barrier runs, the message centre's one timer, the careful mode after an unclean stop, probing a failing store.
 *
 *   timers ─► (prepare: turn) ─► poll: lines from workers, requests ─► (check: turn) ─► …
 *
 * Everything read in one poll is one transaction. Careful mode: arrivals are committed raw first and interpreted one by one afterwards, until none
 * is raw and CAREFUL_MS have passed, so that a message that kills the program is found out (two tries) and held. */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include "firmware-host/base/clock.h"
#include "firmware-host/link.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"

#include <stdbool.h>
#include <uv.h>

struct loop;

struct loop_parts { /* all borrowed */
    uv_loop_t *uv;
    struct clock *clock;
    struct smsc *smsc;
    struct turn *turn;
    struct link *const *links;
    size_t link_count;
    bool *careful; /* read by the links; ended here */
};

struct loop *loop_new(const struct loop_parts *parts);
void loop_dispatch(void *loop); /* the turn's dispatch hook: a job for each link that wants work */
void loop_finish(struct loop *l); /* runs what still waits; call after the links have stopped */
void loop_free(struct loop *l); /* handles close through the loop */

#endif
