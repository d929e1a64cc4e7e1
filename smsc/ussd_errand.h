/* What menus do with cases: by the functions behind the words that are texted, never by rules of their own. */
#ifndef SMSC_USSD_ERRAND_H
#define SMSC_USSD_ERRAND_H

#include "smsc/keywords.h"
#include "smsc/ussd_state.h"
#include "store/case_rules.h"
#include "store/subscriber.h"

struct ussd_turn { /* one input while it's being answered */
    struct smsc *s;
    struct subscriber *who;
    struct ussd_state *state;
    const char *link; /* "ussd:viettel" */
    int64_t now;
    int rating; /* USSD_TO_RATE */
};

/* The case that the session chose, if it's (still) the sender's, or on their behalf with their consent. ERR_NOT_FOUND. */
MUST_CHECK enum err ussd_case(struct ussd_turn *t, struct pakn_case *ret_case, enum case_role *ret_role);
/* Up to `most` cases for the session's errand, newest first, into its list; their states alongside. */
MUST_CHECK enum err ussd_list(struct ussd_turn *t, int most, enum case_state ret_states[USSD_LISTED]);
/* What was typed as a code becomes the session's case. ERR_NOT_FOUND: none of theirs, which was counted and answered as a text would be.
 * ERR_INVALID: it's no code at all. */
MUST_CHECK enum err ussd_take_code(struct ussd_turn *t, const char *typed);

/* Each does what the words would do, and leaves the screen that ends the session in the state. */
MUST_CHECK enum err ussd_submit(struct ussd_turn *t, bool secret);
MUST_CHECK enum err ussd_do(struct ussd_turn *t, enum verb verb, const char *words); /* about the session's case, or none */

#endif
