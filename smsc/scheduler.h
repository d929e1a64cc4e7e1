/* Which part goes next, in memory. Made from the queue's rows after a start and after a failed transaction; knows no store.
 *
 * A message is a job; its parts go one after another, in order. Ripe jobs of one recipient and class stand in a line, the oldest first, and
 * only one job of a line is on its way at a time. The lines of a class take turns. A line stands with the link that its first job is tied to, or
 * with those that any link may take; a link looks at both, class by class.
 *
 *             ripe                  pick                    done, more parts
 *   WAITING ────────► READY ──────────────────► BUSY ─────────────────────────► READY
 *      ▲                │                         │
 *      │   expires_at   ▼    add: to go again     │   done, no parts left: gone
 *      └── EXPIRED ◄────┘◄────────────────────────┘
 *
 * Quiet hours hold back lines of proactive classes whose first job hasn't begun; what has begun is finished, half a message helps nobody.
 * Costs: O(log n) for everything but taking up and losing links, which looks at the lines concerned. About 250 bytes for a message of one part. */
#ifndef SMSC_SCHEDULER_H
#define SMSC_SCHEDULER_H

#include "smsc/route.h"
#include "store/outbound.h"

struct scheduler;
struct scheduler *scheduler_new(const struct smsc_settings *settings, struct routes *routes); /* both borrowed */
void scheduler_free(struct scheduler *s);
void scheduler_clear(struct scheduler *s); /* forgets the jobs */

struct schedule_message {
    int64_t outbound_id, subscriber_id, expires_at;
    enum outbound_class class;
    int total; /* parts that it has in all, sent ones too */
    bool begun; /* some part isn't waiting any more */
    struct route_wish wish;
};
struct schedule_part {
    int64_t id, ripe_at; /* wall ms: not before */
};

/* A new job, or more parts for one that's there; class, recipient, expiry and total stay then as they were, begun and wish are replaced. */
void scheduler_add(struct scheduler *s, const struct schedule_message *m, const struct schedule_part *parts, size_t count, int64_t now);
/* A part of the message is on its way already: until scheduler_done its job is busy. */
void scheduler_add_busy(struct scheduler *s, const struct schedule_message *m, int64_t now);

struct schedule_pick {
    int64_t outbound_id, part_id;
};
bool scheduler_pick(struct scheduler *s, int link, int64_t now, struct schedule_pick *ret_pick); /* the job is busy afterwards */
bool scheduler_has(struct scheduler *s, int link, int64_t now); /* whether scheduler_pick would find something */
bool scheduler_has_alarm(struct scheduler *s, int link, int64_t now); /* and that would be of class alarm */
/* The part on its way needs nothing more. What is left of its message goes on, on that link (ROUTE_ANY: as it wished before). */
void scheduler_done(struct scheduler *s, int64_t outbound_id, int link, int64_t now);

void scheduler_drop(struct scheduler *s, int64_t outbound_id); /* all parts that wait; one on its way stays so */
void scheduler_drop_part(struct scheduler *s, int64_t outbound_id, int64_t part_id, int64_t now);
/* The parts that wait, in order; gives their number. */
size_t scheduler_parts_of(const struct scheduler *s, int64_t outbound_id, int64_t part_ids[SMS_SEGMENTS_MAX]);
bool scheduler_first_expired(struct scheduler *s, int64_t now, int64_t *ret_outbound_id); /* it waits to be dropped */

/* When something ripens, expires, or becomes possible by time alone, as of the last `now`; INT64_MAX: never. */
int64_t scheduler_next_time(const struct scheduler *s);
size_t scheduler_size(const struct scheduler *s); /* parts that wait */

#endif
