/* One message of a citizen while it is being answered. */
#ifndef SMSC_TURN_H
#define SMSC_TURN_H

#include "smsc/centre.h"
#include "smsc/compose.h"
#include "smsc/grammar.h"
#include "store/case.h"
#include "store/message.h"
#include "store/subscriber.h"

struct turn {
    struct smsc *s;
    struct subscriber *who; /* changes to name, accents, help_at are saved when the turn ends */
    const struct message *message; /* its row stands */
    struct parsed parsed;
    int64_t now;
    int64_t case_id; /* set by the action: the case that the message led to */
};

/* A reply to the message, over the link on which it came. `values` may be NULL. */
MUST_CHECK enum err turn_reply(struct turn *t, enum template_id template, const struct template_values *values, int64_t case_id);

#endif
