/* What the central store is told besides the steps of cases: what became of the texts about them and of senders, and of incidents; and whether it
 * can be told. Where there is one (settings.central), but for what is kept for one that may come. */
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

/* What became of a sender's number. It's kept for a store that may come, as steps of cases are. */
struct uplink_sender {
    const char *type; /* "vn.pakn.sender.blocked" */
    const struct phone *phone;
    const char *by; /* an officer's key, or the appliance's id */
    const char *reason; /* NULL: none is given */
    int64_t until; /* wall ms; 0: no end */
};
MUST_CHECK enum err uplink_sender(struct store *s, const struct uplink_sender *sender, int64_t now);

/* How it stands with the central store, looked at now: it wasn't reached since that wall ms, or (0) it was. Kept on disk, so that a start in the
 * middle doesn't end it; before the clock is plausible nothing is kept. */
MUST_CHECK enum err smsc_central_away(struct smsc *s, int64_t since, int64_t now);

/* The last time in which it wasn't reached: *ret_until 0: it still isn't. ERR_NOT_FOUND: there was none, or there's no central store. */
MUST_CHECK enum err uplink_away(struct smsc *s, int64_t *ret_from, int64_t *ret_until);

#endif
