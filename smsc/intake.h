/* From an arrival to its meaning: raw row, then in a savepoint what it says. See smsc_arrival() in smsc.h. */
#ifndef SMSC_INTAKE_H
#define SMSC_INTAKE_H

#include "smsc/smsc.h"
#include "store/message.h"
#include "store/subscriber.h"

/* A whole message: its row, and what follows from it. *m is complete but for id and verb; its id is set. */
MUST_CHECK enum err intake_message(struct smsc *s, struct subscriber *who, struct message *m, int64_t now);

#endif
