/* Calls to a number of the appliance. Nobody answers them: the modem rejects each, and what it means is read here. */
#ifndef SMSC_CALL_H
#define SMSC_CALL_H

#include "smsc/smsc.h"

/* Whoever asked to be called (GOI) within 24 hours, or waits for the call, and rings, asks again: row 34 of the table, as if GOI had come by text.
 * Anybody else gets HELP, if the settings want it. Both at most once in 24 hours for each caller; who is blocked, a short code, a name, one of our
 * own numbers, or a caller without a number, gets nothing. */
MUST_CHECK enum err call_take(struct smsc *s, const char *link, const struct phone *from, int64_t now);

#endif
