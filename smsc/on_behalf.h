/* For another person (Decision 115/2025 art. 7.5): who is represented, where they live, their phone, why; then the content. HO brings the four in one
 * message, or asks for them one by one. When the case stands, the represented person is asked for consent, at their own phone: DY or KDY. */
#ifndef SMSC_ON_BEHALF_H
#define SMSC_ON_BEHALF_H

#include "smsc/submission.h"

MUST_CHECK enum err on_behalf_begin(struct turn *t); /* BEHALF */
/* Words while its questions are open. *ret_taken false: they can't be the answer, and are to be read as any others. */
MUST_CHECK enum err on_behalf_answered(struct turn *t, const struct dialogue *question, bool *ret_taken);
/* PA or KIN while only the content is left to ask for: it's the content. *ret_taken false: nothing of the kind is open. */
MUST_CHECK enum err on_behalf_submitted(struct turn *t, const struct submission *what, bool *ret_taken);
/* A day without an answer. */
MUST_CHECK enum err on_behalf_abandoned(struct smsc *s, const struct dialogue *question, int64_t now);

/* The represented person's word, or none. */
MUST_CHECK enum err on_behalf_consented(struct turn *t, const struct dialogue *question);
MUST_CHECK enum err on_behalf_declined(struct turn *t, const struct dialogue *question);
MUST_CHECK enum err on_behalf_unreachable(struct smsc *s, const struct dialogue *question, int64_t now);
/* The same with a code, also after the question: minds may change. ERR_NOT_FOUND: the sender isn't whom that case represents. */
MUST_CHECK enum err on_behalf_says(struct turn *t, bool yes);

#endif
