/* A step in the life of a case, whole: the rules decide (store/case_rules.h), then everybody who is to be told is told. */
#ifndef SMSC_LIFE_H
#define SMSC_LIFE_H

#include "smsc/smsc.h"
#include "store/case_rules.h"
#include "store/directory.h"
#include "store/outbound.h"
#include "store/subscriber.h"

struct life_answer { /* where the citizen's texts go when the step answers a message of theirs */
    const char *link;
    int64_t message_id;
    bool silent; /* the caller tells the sender by itself, in other words: only officers get the rule's notices */
};

/* What a step stands on in the message centre. */
struct case_parts life_parts(const struct smsc *s);

/* `c` as case_get gave it; new: id 0, and the code is set. Composes the rule's notices to the citizen (and the represented person) and to officers.
 * `answer` NULL: proactive texts. ERR_CONFLICT with `problem` (may be NULL): refused, nothing changed. Any other error: roll back. */
MUST_CHECK enum err life_step(struct smsc *s, struct pakn_case *c, const struct case_step *step, const struct life_answer *answer, int64_t now,
                              struct str *problem, struct case_outcome *ret_outcome);

/* Whether the words of an officer's step fit the SMS that carries them; `problem` says how many characters do. ERR_TOO_LONG, ERR_INVALID. */
MUST_CHECK enum err life_check_words(const struct smsc *s, const struct case_step *step, struct str *problem);

/* An officer read it: where T2 counts from that, and the officer handles the case, that is the unit's first look at it. Nothing otherwise. */
MUST_CHECK enum err life_read(struct smsc *s, int64_t case_id, const struct officer *o, int64_t now);

/* An open deadline passed (smsc/timers.c). */
MUST_CHECK enum err life_deadline(struct smsc *s, const struct deadline *d, int64_t now);

/* A text reached its recipient whole (smsc/receipt.c). When it is the result of a case, T5 begins (art. 13.1). Cheap for all others. */
MUST_CHECK enum err life_delivered(struct smsc *s, const struct outbound *o, int64_t now);
/* The result was shown to the citizen: the same, if no receipt came before. Changes c. */
MUST_CHECK enum err life_result_seen(struct smsc *s, struct pakn_case *c, int64_t now);

#endif
