/* From a citizen's words to a case: directly, or by way of a draft that is asked about first. Whatever opens a case does all of it in one
 * transaction: row, event, deadline, acknowledgement, event for the central store. */
#ifndef SMSC_SUBMISSION_H
#define SMSC_SUBMISSION_H

#include "smsc/turn.h"

enum { SUBMISSION_LETTERS = 10 }; /* fewer are no submission yet */

struct submission {
    const char *text; /* the content; of the message's text */
    enum case_kind kind;
    int flags; /* enum case_flag */
};

/* What a person should look at in these words: CASE_MODERATION, CASE_NORMALISE, CASE_ADVERTISING. They change nothing else. */
int submission_flags(const struct turn *t, const char *text);

MUST_CHECK enum err submission_open(struct turn *t, const struct submission *what);
MUST_CHECK enum err submission_ask(struct turn *t, const struct submission *what); /* a draft, and the question whether to send it */
MUST_CHECK enum err submission_confirm(struct turn *t, const struct dialogue *question); /* yes */
MUST_CHECK enum err submission_discard(struct turn *t, const struct dialogue *question); /* no */
MUST_CHECK enum err submission_ask_again(struct turn *t, const struct dialogue *question); /* the same words once more */
/* Nobody answered: what is long enough is taken, unconfirmed. Closes the question. */
MUST_CHECK enum err submission_unanswered(struct smsc *s, const struct dialogue *question, int64_t now);

#endif
