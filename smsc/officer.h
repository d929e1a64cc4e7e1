/* Officers: whom a step concerns, when they are told, what is merged, and what they may text (OK <code>, VIEC, HD). Their texts hold codes, fields,
 * places and dates, never a citizen's name, number or words (Decision 115/2025 art. 19).
 *
 *   a step ─► officer_notice() ─► rows of `reminder`, each with its moment ─┐
 *                                                                          ├─► officer_tick() ─► texts, rows with the day they were sent on
 *   07:30, 14:00 ─► the rounds, from the open deadlines ───────────────────┘
 *
 * Rules, all counted by rows: 1. Nothing but on working days in office hours. 2. At most `cap` texts a day; work that is new is merged above it, and
 * the last text of a day waits `merge_wait` for more; due and overdue work is told above it too, merged where it's much. 3. A round is done once a
 * day; after days off there is one, not one for each day. 4. What is settled before its text goes out isn't told. 5. Who isn't valid any more is
 * told nothing; what waited for them goes to who has the duty now. */
#ifndef SMSC_OFFICER_H
#define SMSC_OFFICER_H

#include "smsc/notice.h"
#include "store/message.h"

/* A text from a number in the directory. *ret_taken false: no word of the officers' grammar, so it's a citizen's text like any other. */
MUST_CHECK enum err officer_message(struct smsc *s, const struct officer *o, struct subscriber *who, const struct message *m, int64_t now,
                                    bool *ret_taken);

/* Whether the officer handles the case: is of its unit (without one, of the agency that has it), or has that one's duty today. */
MUST_CHECK enum err officer_handles(struct smsc *s, const struct officer *o, const struct case_life *life, int64_t now, bool *ret_handles);

/* Does a bounded piece of what is due: of a round, or of the notices that waited. In a transaction; officer_next() tells whether more is due. */
MUST_CHECK enum err officer_tick(struct smsc *s, int64_t now);
/* When officer_tick has something to do; never too late. INT64_MAX: never. */
int64_t officer_next(struct smsc *s, int64_t now);
void officer_forget(struct smsc *s); /* what memory knows of a round that goes on: it begins anew, and tells nobody twice */

#endif
