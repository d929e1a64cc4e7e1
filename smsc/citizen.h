/* What a citizen's message does: one row of a table for every verb. */
#ifndef SMSC_CITIZEN_H
#define SMSC_CITIZEN_H

#include "smsc/grammar.h"
#include "smsc/smsc.h"
#include "smsc/turn.h"
#include "store/message.h"
#include "store/subscriber.h"

/* Inserts the message and does what it asks for. *m: link, arrived_at, sent_at, text, incomplete; its subscriber_id and id are set. */
MUST_CHECK enum err citizen_message(struct smsc *s, struct subscriber *who, struct message *m, int64_t now);

/* What was chosen in menus instead of being written: the message says the same in words, but is understood already. Rules, limits and answers are
 * those of a message. */
struct citizen_choice {
    struct parsed parsed;
    struct turn_origin origin;
    const char *name; /* of the sender, asked for on the way; NULL */
};
struct citizen_result {
    bool answered; /* false: the sender isn't, now (smsc/abuse.h); the message is kept */
    bool opened; /* a case of its own */
    int64_t case_id; /* that it led to; 0: none */
};
MUST_CHECK enum err citizen_choose(struct smsc *s, struct subscriber *who, struct message *m, const struct citizen_choice *choice, int64_t now,
                                   struct citizen_result *ret_result);

/* A late part came: the message and what it led to get the fuller text. No second case and no second answer. */
MUST_CHECK enum err citizen_late_part(struct smsc *s, struct subscriber *who, int64_t message_id, const char *text, bool incomplete, int64_t now);

#endif
