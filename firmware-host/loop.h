/* The turn of the loop: when the barrier runs, the message centre's one timer, the careful mode after an unclean stop, probing a failing store.
 *
 *   timers ─► (prepare: turn) ─► poll: lines from workers, requests ─► (check: turn) ─► …
 *
 * Everything read in one poll is one transaction. Careful mode: arrivals are committed raw first and interpreted one by one afterwards, until none
 * is raw and CAREFUL_MS have passed, so that a message that kills the program is found out (two tries) and held.
 *
 * A full disk: the reserve is given back, and in that room the operator's text and its attempt are committed, and sent, while everything else is
 * refused. The refusal ends when there's room for the reserve again. */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include "firmware-host/base/clock.h"
#include "firmware-host/link.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"
#include "store/reserve.h"

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
    struct reserve *reserve; /* of room for texting the operator; NULL: there's nobody to text */
    bool *careful; /* read by the links; ended here */
    void (*turned)(void *context); /* after a turn in which something may have been committed, outside of any transaction; NULL: nobody cares */
    void *context;
};

struct loop *loop_new(const struct loop_parts *parts);
void loop_dispatch(void *loop); /* the turn's dispatch hook: a job for each link that wants work */
void loop_finish(struct loop *l); /* runs what still waits; call after the links have stopped */
void loop_free(struct loop *l); /* handles close through the loop */

#endif
