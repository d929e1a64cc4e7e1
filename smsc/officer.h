/* Officers: whom a step concerns, when they are told, what is merged, and what they may text (OK <code>, VIEC). Their texts hold codes, fields,
 * places and dates, never a citizen's name, number or words (art. 19). */
#ifndef SMSC_OFFICER_H
#define SMSC_OFFICER_H

#include "smsc/notice.h"
#include "store/message.h"

/* A text from a number in the directory. *ret_taken false: no word of the officers' grammar, so it's a citizen's text like any other. */
MUST_CHECK enum err officer_message(struct smsc *s, const struct officer *o, struct subscriber *who, const struct message *m, int64_t now,
                                    bool *ret_taken);

/* The daily round: digests at 07:30, due-day texts at 14:00, escalation, the monitor's digest; and notices that waited for office hours.
 * Fires once a day, also after days off: what was missed is told in the next round, not once for every day. */
MUST_CHECK enum err officer_tick(struct smsc *s, int64_t now);
int64_t officer_next(struct smsc *s, int64_t now); /* when officer_tick has something to do; never too late */

#endif
