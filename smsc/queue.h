/* The queue of what goes out: parts, attempts, receipts. The disk (store/outbound.h) is the truth; the schedule in memory is made from it.
 *
 * Inside the caller's transaction, as smsc/smsc.h says. Memory follows the transaction: queue_mark and queue_rewind go with a savepoint,
 * queue_rolled_back with a rollback. The functions named after those of smsc.h do what is said there. */
#ifndef SMSC_QUEUE_H
#define SMSC_QUEUE_H

#include "smsc/smsc.h"
#include "store/outbound.h"

struct queue;

/* settings and store are borrowed. */
struct queue *queue_new(struct store *store, const struct smsc_settings *settings);
void queue_free(struct queue *q);

/* Called when a part of that message reached its recipient, in the transaction of the report that says so. */
typedef enum err queue_delivered(void *context, const struct outbound *o, int64_t now);
void queue_on_delivered(struct queue *q, queue_delivered *delivered, void *context);

/* Rows and schedule: the outbound and its parts (offset, len, sequence filled in). Sets ret_id. */
MUST_CHECK enum err queue_add(struct queue *q, const struct outbound *o, struct part *parts, size_t count, int64_t *ret_id);

/* What waits for that recipient isn't sent: of one case, or (case_id 0) all. What is on its way stays so;
 * one of the case of which nobody knows whether it arrived isn't repeated. */
MUST_CHECK enum err queue_withdraw(struct queue *q, int64_t subscriber_id, int64_t case_id, int64_t now);

size_t queue_mark(const struct queue *q); /* where memory stands now … */
void queue_rewind(struct queue *q, size_t mark); /* … and back to it, after store_rollback_to */
void queue_rolled_back(struct queue *q); /* after store_rollback or a failed commit: memory is rebuilt from disk at the next use */
/* In the caller's transaction: what is queued of the messages after `after_id` (0: all) gets an attempt of which nobody knows, for another may have
 * sent it. No policy sends it again, only a person. */
MUST_CHECK enum err queue_forsake(struct queue *q, int64_t after_id, int64_t now, size_t *ret_parts);
MUST_CHECK enum err queue_recover(struct queue *q, int64_t now); /* own transaction: open attempts → unknown; the schedule rebuilt */

void queue_link_sim(struct queue *q, const char *link, const char *sim, int64_t now);
void queue_link_up(struct queue *q, const char *link, int64_t now);
void queue_link_down(struct queue *q, const char *link, int64_t now);
void queue_link_carrier(struct queue *q, const char *link, enum carrier carrier, int64_t now);
void queue_set_operators(struct queue *q, const struct operators *operators); /* borrowed */
enum carrier queue_routes(struct queue *q, const struct phone *to, int64_t now, smsc_route_each *each, void *context);
MUST_CHECK enum err queue_next(struct queue *q, const char *link, int64_t now, struct dispatch *ret_dispatch);
bool queue_has_work(struct queue *q, const char *link, int64_t now);
bool queue_has_alarm(struct queue *q, const char *link, int64_t now); /* and what queue_next gives is an alarm */
int queue_refusals(const struct queue *q, const char *link, int64_t now); /* recipients in a row that may have been refused for its SIM */
MUST_CHECK enum err queue_forgive(struct queue *q, const char *link, int64_t now);

MUST_CHECK enum err queue_sent(struct queue *q, int64_t attempt_id, int reference, int64_t now);
MUST_CHECK enum err queue_failed(struct queue *q, int64_t attempt_id, enum sms_failure class, int code, const char *reason, int64_t now);
MUST_CHECK enum err queue_unknown(struct queue *q, int64_t attempt_id, const char *reason, int64_t now);
MUST_CHECK enum err queue_settle_unknown(struct queue *q, int64_t part_id, bool resend, int64_t now);

/* A delivery report: TP-MR and TP-ST (3GPP TS 23.040 §9.2.3.15). Kept for later where nothing matches yet. */
MUST_CHECK enum err queue_receipt(struct queue *q, const char *link, int64_t subscriber_id, int reference, int status, int64_t sent_at,
                                  int64_t done_at, int64_t now);

int64_t queue_next_time(struct queue *q); /* INT64_MAX: never */
MUST_CHECK enum err queue_tick(struct queue *q, int64_t now); /* unknown attempts, expiry: at most a bounded number */

#endif
