/* What happens to a case is written twice in the transaction of the change: as an event of the case, and as an event for the central store. */
#ifndef SMSC_EVENT_H
#define SMSC_EVENT_H

#include "smsc/smsc.h"
#include "store/case.h"
#include "store/subscriber.h"

MUST_CHECK enum err event_supplemented(struct smsc *s, const struct pakn_case *c, int64_t message_id, int64_t now); /* with the text as it is now */
MUST_CHECK enum err event_named(struct smsc *s, const struct pakn_case *c, const struct subscriber *who, int64_t now);
MUST_CHECK enum err event_confidential(struct smsc *s, const struct pakn_case *c, int64_t now);

#endif
