/* The message centre of a database that isn't the one that ran here last (store_origin): a copy that was restored. Another has gone on from where it
 * stands, and this one must not repeat what that one did. */
#ifndef SMSC_RESTORE_H
#define SMSC_RESTORE_H

#include "smsc/smsc.h"

/* In one transaction of its own: another epoch for what is told to the central store; case codes skip ahead; what fell due since the copy was made is
 * done; what waits to be sent then becomes unknown, for a person to settle, since it may have been sent; so do, later, texts about decisions of the
 * central store's feed that were made before now, which the copy learns a second time (decision.h). Who waits for the central store's answer to a TC
 * has got it. Nothing to do for a database that is itself.
 *
 * How far codes skip: as a person said (`phanhoid --restore FILE --skip-codes N`). Else RESTORE_CODES_FLOOR, and RESTORE_PACE times as many as would
 * have been given out since the copy was made at the pace of its last 30 days; a tenth of the slot at most. */
enum { RESTORE_CODES_FLOOR = 10000, RESTORE_PACE = 4 };
MUST_CHECK enum err restore_adopt(struct smsc *s, int64_t now);

#endif
