/* Sealing rows anew after a new key came into the key file: small steps, each a job of a turn, with pauses between them, and none while other work
 * waits or the store refuses. */
#ifndef HOST_RESEAL_TIMER_H
#define HOST_RESEAL_TIMER_H

#include "firmware-host/turn.h"

#include <uv.h>

struct reseal_timer;
struct reseal_timer *reseal_timer_start(uv_loop_t *uv, struct turn *turn, struct store *store); /* borrowed */
void reseal_timer_stop(struct reseal_timer *t); /* its handle closes through the loop, after the turn was freed; NULL is fine */

#endif
