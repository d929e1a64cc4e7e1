/* `TC` for a case that isn't here: of a code that another appliance of the province gives out, the central store is asked, and only it knows whether
 * the sender's number is bound to it. The centre asks by a row (store/lookup.h), the host asks the store and tells the answer; the citizen is
 * answered then, within LOOKUP_MS.
 *
 * Where the store's feed has the events of all appliances nobody has to be asked: what it told is looked up, in the message's own transaction.
 *
 * A number that isn't bound learns what it would of a code that doesn't exist, by the same path and after the same time; so does one of which nothing
 * is known while the store can't be asked. One that was bound before is told to look again later. A code of this appliance's own slot is never asked
 * for: what exists here is known here, and must not show by a delay. */
#ifndef SMSC_LOOKUP_H
#define SMSC_LOOKUP_H

#include "smsc/turn.h"
#include "store/lookup.h"

#define LOOKUP_MS (5 * INT64_C(1000)) /* from the message until its answer */
#define LOOKUP_CACHED_MS (5 * INT64_C(60000)) /* for which an answer of the store counts */

/* *ret_taken: it was asked, or answered; else nothing was done. */
MUST_CHECK enum err lookup_ask(struct turn *t, bool *ret_taken);

enum lookup_end { LOOKUP_FOUND, LOOKUP_NOT_FOUND, LOOKUP_UNREACHED };
struct lookup_answer { /* of the store */
    enum lookup_end end;
    enum case_state state;
    const char *agency; /* a key; NULL: the service centre */
    int32_t due_day; /* 0: none runs */
};
/* Answers the citizen. One that doesn't wait any more: nothing happens. */
MUST_CHECK enum err smsc_lookup_answered(struct smsc *s, int64_t id, const struct lookup_answer *answer, int64_t now);
void smsc_lookups(struct smsc *s, enum lookups how); /* at the start LOOKUPS_NONE */

#endif
