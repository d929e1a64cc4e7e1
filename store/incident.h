/* Security incidents that touch personal data: the authority is to be told within 72 hours of finding out (Law 91/2025/QH15; Decree 13 art. 23), and
 * who is affected has to be known. The appliance keeps the clock and finds the people; telling is a person's. */
#ifndef STORE_INCIDENT_H
#define STORE_INCIDENT_H

#include "firmware-host/base/clock.h"
#include "store/store.h"

#define INCIDENT_TELL_MS (72 * CLOCK_HOUR)

struct incident {
    int64_t id;
    int64_t at; /* wall ms when it was found out */
    char *by; /* "tt.hoa/uid:1000" */
    int32_t from_day, to_day; /* whose data: who exchanged messages on these days and between; 0: ever, until it was found out */
    int64_t told_at; /* 0: the authority wasn't told yet */
    char *told_by;
    char *reason; /* what happened; sealed */
};
void incident_release(struct incident *i);
/* The row, what the central store learns ("vn.pakn.security.incident"), and the event of privacy.h. */
MUST_CHECK enum err incident_report(struct store *s, const struct incident *i, int64_t *ret_id);
MUST_CHECK enum err incident_get(struct store *s, int64_t id, struct incident *ret_incident); /* ERR_NOT_FOUND */
MUST_CHECK enum err incident_told(struct store *s, int64_t id, int64_t at, const char *by); /* ERR_NOT_FOUND: no such open one */
MUST_CHECK enum err incident_oldest_open(struct store *s, struct incident *ret_incident); /* of which the authority wasn't told; ERR_NOT_FOUND */
MUST_CHECK enum err incident_is_open(struct store *s, bool *ret_open);
typedef void incident_each(void *context, const struct incident *i);
MUST_CHECK enum err incident_list(struct store *s, int64_t before_id, int limit, incident_each *each, void *context); /* newest first */

/* The people with whom messages were exchanged in its time, each once, by id; at most `most` (ERR_TOO_LONG: there are more). Goes through many rows:
 * for a reader on the pool. The caller frees. */
MUST_CHECK enum err incident_affected(struct store *s, const struct incident *i, size_t most, int64_t **ret_ids, size_t *ret_count);

#endif
