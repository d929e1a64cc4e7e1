/* One message of a citizen, or what they chose in menus instead, while it is being answered. */
#ifndef SMSC_TURN_H
#define SMSC_TURN_H

#include "smsc/centre.h"
#include "smsc/compose.h"
#include "smsc/grammar.h"
#include "smsc/life.h"
#include "store/case.h"
#include "store/life.h"
#include "store/message.h"
#include "store/subscriber.h"

struct turn_origin { /* how it came; all 0: as a text message */
    enum case_source source;
    const char *field; /* what the sender says that the case is about, a key of the province's list; NULL: their words may tell */
    bool confirmed; /* what can't be undone was asked about already, and they said yes */
};

struct turn {
    struct smsc *s;
    struct subscriber *who; /* what changes in it is saved when the turn ends */
    const struct message *message; /* its row stands */
    struct turn_origin origin;
    struct parsed parsed;
    int64_t now;
    int64_t case_id; /* set by the action: the case that the message led to */
};

/* A reply to the message, over the link on which it came. `values` may be NULL. */
MUST_CHECK enum err turn_reply(struct turn *t, enum template_id template, const struct template_values *values, int64_t case_id);
MUST_CHECK enum err turn_reply_code(struct turn *t, enum template_id template, const struct pakn_case *c); /* its only value is the code */

/* The emergency numbers, if its words suggest one: for words that become no case at once, which would bring them. */
MUST_CHECK enum err turn_hint(struct turn *t);

/* What the message says behind its verb. The caller frees. */
char *turn_words(const struct turn *t);

/* A step of the case that the message causes; kind, text and what the kind needs are set, the rest is filled in. Everybody is told what the rules
 * say; `silent`: the caller tells the sender by itself. A step that the table refuses isn't an error: the words are kept with the case, the sender
 * gets the text that helps, and *ret_done is false. */
MUST_CHECK enum err turn_step(struct turn *t, struct pakn_case *c, enum case_role role, const struct case_step *step, bool silent, bool *ret_done);
/* The words of the message, or others, are kept with the case; nobody but officers is told. */
MUST_CHECK enum err turn_keep_words(struct turn *t, struct pakn_case *c, enum case_role role, const char *text);

/* That question is answered: it's closed. Its case, to be released. */
MUST_CHECK enum err turn_answered(struct turn *t, const struct dialogue *question, struct pakn_case *ret_case);

/* The sender's cases in these states (1 << enum case_state, or'ed), newest first. *ret_newest is 0 where there is none. */
MUST_CHECK enum err turn_count_cases(struct turn *t, unsigned states, int *ret_count, int64_t *ret_newest);

#define STATE(state) (1u << CASE_##state)
#define STATE_OF(c) (1u << (c)->state)
#define STATES_BEFORE_RESULT (STATE(RECEIVED) | STATE(NEED_INFO) | STATE(IN_PROCESS) | STATE(RESULT_READY))
#define STATES_OPEN (STATES_BEFORE_RESULT | STATE(PUBLISHED) | STATE(REJOINDER))

#endif
