/* When the wipe of store/retention.h runs: every night, a few rows a tick, so that no turn of the loop waits for it.
 *
 * A clock that jumps ahead would erase what isn't due yet. So a run begins by itself only when the last one was at most RETENTION_GAP ago; after a
 * longer time it waits for a person who looks at the clock: `phanhoictl retention run`. */
#ifndef SMSC_RETENTION_H
#define SMSC_RETENTION_H

#include "smsc/smsc.h"

#define RETENTION_GAP (62 * CLOCK_DAY)

MUST_CHECK enum err retention_tick(struct smsc *s, int64_t now);

#endif
