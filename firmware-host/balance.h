/* The watch over the SIMs' credit: each modem is asked once a day by USSD, at a quiet hour, one after the other, and after so many parts were sent.
 * What the network answers is read with the operator's words (balance_codes.h), kept (store/balance.h), shown and measured; below the threshold the
 * operator on duty is told, once until it's above again, through another SIM where one is up.
 *
 * A question waits for the submission that is out, and a dialogue of somebody else is never disturbed (link.h). What can't be asked or read is tried
 * again an hour later, three times a day; texts of the network stand in no log. */
#ifndef HOST_BALANCE_H
#define HOST_BALANCE_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/str.h"
#include "firmware-host/config.h"
#include "firmware-host/link.h"
#include "firmware-host/turn.h"
#include "smsc/smsc.h"
#include "store/balance.h"
#include "store/store.h"

#include <stddef.h>
#include <uv.h>

struct balance_watch;

struct balance_parts { /* all borrowed */
    uv_loop_t *uv;
    struct clock *clock;
    struct store *store;
    struct smsc *smsc;
    struct turn *turn;
    const struct config *config;
    struct link *const *links; /* as the configuration has the modems */
    size_t link_count;
};

struct balance_watch *balance_start(const struct balance_parts *parts);
void balance_stop(struct balance_watch *w); /* asks no more; its handle closes through the loop */
void balance_free(struct balance_watch *w); /* after that, and after links and turn */

/* What is known of the SIM that is in the modem now; read_at 0: nothing. */
struct balance_row balance_of(const struct balance_watch *w, size_t link);
void balance_metrics(const struct balance_watch *w, struct str *to); /* gauges with the modem's name, in the Prometheus text format */

/* Whether a modem is to be asked now; `sent`: parts since it was asked. Pure, for tests. */
struct balance_due {
    int64_t now, asked_at;
    int64_t slot; /* today's, of this modem */
    int64_t sent;
    int after_sent, failures; /* failures in a row */
};
bool balance_is_due(const struct balance_due *d);

#endif
