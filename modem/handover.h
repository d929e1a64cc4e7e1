/* The ledger of what was handed to the core and isn't off the modem yet: one entry a message read, from its reading to its deletion.
 *
 *            told                stored                 removed
 *   (none) ───────► HANDED ───────────────► STORED ───────────────► (none)
 *                    │  ▲                     ▲ │ refused: again when it is seen in its slot
 *              again │  │ due                 └─┘
 *                    ▼  │
 *                   AGAIN
 *
 * 1. A message is handed over once while its answer is awaited, however often it is read.
 * 2. An entry keeps the PDU: what the core couldn't take is handed over again from here, under a new handle, even if its slot is gone.
 * 3. A slot is removed for the PDU that was stored only. `sure` says that nothing else can be in it by now; else the driver has to look.
 * 4. At most HANDOVER_MAX entries. What finds no room stays in the modem and comes with a later sweep. */
#ifndef MODEM_HANDOVER_H
#define MODEM_HANDOVER_H

#include "modem/driver.h"

#include <stdbool.h>
#include <stdint.h>

#define HANDOVER_MAX 1024
#define HANDOVER_RETRY (30 * CLOCK_SECOND) /* from `again` to the next try */
#define HANDOVER_PATIENCE (10 * CLOCK_MINUTE) /* without any answer */
#define HANDOVER_SURE (2 * CLOCK_SECOND) /* a slot read so lately can't have changed hands: a SIM change takes longer */

struct handovers;
struct handovers *handovers_new(void);
void handovers_free(struct handovers *h);

/* A message was read. The handle under which it is to be handed over now; 0: not now (its answer is awaited, or it only has to be removed);
 * -1: no room. */
int64_t handovers_told(struct handovers *h, struct driver_place place, const char *pdu, int64_t now);
/* The core's answers. False: no such handle. */
bool handovers_stored(struct handovers *h, int64_t handle);
bool handovers_again(struct handovers *h, int64_t handle, int64_t now);

/* The next entry that is due again: its new handle and PDU (which lives until the next call that changes the ledger). False: none is. */
bool handovers_due(struct handovers *h, int64_t now, int64_t *ret_handle, const char **ret_pdu);
int64_t handovers_next_due(const struct handovers *h); /* INT64_MAX: never */
void handovers_hurry(struct handovers *h, int64_t now); /* all that the core couldn't take is due now */

/* What can be removed now. The PDU lives as said above. */
struct handover_removal {
    int64_t handle;
    struct driver_place place;
    const char *pdu;
    bool sure;
};
bool handovers_removable(struct handovers *h, int64_t now, struct handover_removal *ret_removal);
void handovers_removed(struct handovers *h, int64_t handle, bool gone); /* gone false: refused, tried again when it's seen */

/* Around a sweep: what a completely listed memory didn't show isn't there any more. */
void handovers_sweep_begins(struct handovers *h);
void handovers_listed(struct handovers *h, int memory);
/* The modem was opened anew. `same_sim` false: its slots are another's, nothing there may be removed. */
void handovers_reopened(struct handovers *h, bool same_sim);

size_t handovers_count(const struct handovers *h);

#endif
