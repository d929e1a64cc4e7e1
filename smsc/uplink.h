/* What the central store is told besides the steps of cases: what became of the texts about them, and of incidents. Where there is one
 * (settings.central). */
#ifndef SMSC_UPLINK_H
#define SMSC_UPLINK_H

#include "smsc/smsc.h"
#include "store/outbound.h"

/* vn.pakn.notice.queued; .sent when the last part was, .received when the phone has the last; .failed. Of texts about a case, without their words.
 * (vn.pakn.notice.delivered is a step of the case: the result has reached the citizen.) */
enum uplink_text { UPLINK_QUEUED, UPLINK_SENT, UPLINK_RECEIVED, UPLINK_FAILED };
MUST_CHECK enum err uplink_text(struct store *s, const struct smsc_settings *settings, const struct outbound *o, enum uplink_text what, int64_t now);

/* vn.pakn.appliance.alarm: an incident ("disk-full", "balance:m2") begins, or is over. The caller knows that there is a store. */
MUST_CHECK enum err uplink_incident(struct store *s, const char *incident, bool over, int64_t now);

#endif
