/* TC: how a case stands, the list of one's own cases, and the answers for codes that are none or somebody else's. */
#ifndef SMSC_TRACKING_H
#define SMSC_TRACKING_H

#include "smsc/turn.h"
#include "store/case_rules.h"

MUST_CHECK enum err tracking_answer(struct turn *t); /* parsed.verb TRACK or CONFIRM with a code; without a code: the list */
MUST_CHECK enum err tracking_bad_code(struct turn *t);

MUST_CHECK enum err tracking_list(struct turn *t); /* the sender's open cases; help if there are none */

/* The sender's own case that parsed.code means. ERR_NOT_FOUND: none of theirs. */
MUST_CHECK enum err tracking_find(struct turn *t, struct pakn_case *ret_case);
/* The same, or a case on the sender's behalf to which they consented: ROLE_CITIZEN or ROLE_REPRESENTED. */
MUST_CHECK enum err tracking_find_as(struct turn *t, struct pakn_case *ret_case, enum case_role *ret_role);
MUST_CHECK enum err tracking_not_found(struct turn *t);

bool tracking_has_limit(const struct pakn_case *c); /* its due day is an office's to keep, and may be told beside its state */
const char *tracking_state_text(enum case_state state, bool accented); /* "dang xu ly" */

#endif
