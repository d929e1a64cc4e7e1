/* The history of the modems: what links know, looked at every few seconds, summed up and written once a minute (store/modem_history.h). A crash loses
 * the minute that runs. */
#ifndef HOST_HISTORY_H
#define HOST_HISTORY_H

#include "firmware-host/link.h"
#include "firmware-host/turn.h"
#include "store/store.h"

#include <stddef.h>
#include <uv.h>

struct history;
struct history_parts { /* borrowed */
    uv_loop_t *uv;
    struct clock *clock;
    struct store *store;
    struct turn *turn;
    struct link *const *links;
    size_t link_count;
};
struct history *history_start(const struct history_parts *parts);
void history_stop(struct history *h); /* before the loop runs dry; NULL is fine */
void history_free(struct history *h); /* afterwards, and after the turn */

#endif
