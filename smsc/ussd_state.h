/* Where a session is: what the citizen has typed so far, and the screen that they saw last. Kept as one sealed text (store/ussd_session.h). */
#ifndef SMSC_USSD_STATE_H
#define SMSC_USSD_STATE_H

#include "smsc/ussd_screens.h"

enum { USSD_NAME_MAX = 64 }; /* octets of an operator's or a session's name */

struct ussd_state {
    char operator_name[USSD_NAME_MAX + 1], session[USSD_NAME_MAX + 1];
    enum ussd_screen screen, behind; /* behind USSD_WRONG, USSD_TEXT_SHORT, USSD_TOO_LONG: where that was typed */
    bool accented; /* the form in which it was shown: its digits are meant */
    enum ussd_errand errand;
    char *field, *place, *text, *name; /* of a submission; the text also of a rejoinder; NULL: not typed yet */
    char *said; /* the words that were taken last, while nothing else came since; NULL */
    int32_t code; /* of the case that was chosen; 0 */
    int32_t codes[USSD_LISTED]; /* that the list showed */
    int count;
    int32_t due_day; /* to be told at the end */
    int sequence; /* of the last input that was taken; 0: not known */
    char *last; /* the session is over: the screen that ended it; NULL: it goes on */
};
void ussd_state_release(struct ussd_state *s);
void ussd_state_forget(struct ussd_state *s); /* all that was typed and chosen; the session's names stay */
void ussd_state_set(char **place, const char *text); /* a copy in the place of what was there; NULL: nothing */

void ussd_state_write(const struct ussd_state *s, struct str *to);
/* ERR_INVALID: nothing that we wrote. */
MUST_CHECK enum err ussd_state_read(const char *text, struct ussd_state *ret_state);

#endif
