/* What a citizen's message does: one row of a table for every verb. */
#ifndef SMSC_CITIZEN_H
#define SMSC_CITIZEN_H

#include "smsc/smsc.h"
#include "store/message.h"
#include "store/subscriber.h"

/* Inserts the message and does what it asks for. *m: link, arrived_at, sent_at, text, incomplete; its subscriber_id and id are set. */
MUST_CHECK enum err citizen_message(struct smsc *s, struct subscriber *who, struct message *m, int64_t now);

/* A late part came: the message and what it led to get the fuller text. No second case and no second answer. */
MUST_CHECK enum err citizen_late_part(struct smsc *s, struct subscriber *who, int64_t message_id, const char *text, bool incomplete, int64_t now);

#endif
