/* The queue: rows of the store and the schedule made of them, kept in step.
 *
 * Promises:
 *  1. A part is dispatched only after its attempt row is open, in the transaction that the caller commits before the dispatch leaves.
 *  2. What a restart must know is in the rows: a schedule made from disk gives out the same parts over the same links in the same order, but for
 *     whose turn it is.
 *  3. A message that can't be sent because of what stands in its rows fails alone; those behind it go on.
 * When a row can't be read or written the error goes up, the caller rolls back, and memory is made from disk at its next use. */
#include "smsc/queue.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "smsc/queue_record.h"
#include "smsc/uplink.h"
#include "store/sim_refusal.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

enum {
    TICK_MOST = 100, /* things done by one tick */
    REBUILD_SMALL = 1000, /* parts that are read again at once */
    REFERENCE_TRIES = 16, /* TP-MRs looked at for one that no receipt is waited for */
};
#define NO_LINK "-" /* of an attempt that another may have made */
static const int64_t rebuild_pause = CLOCK_SECOND; /* between rebuilds that cost something, when one transaction after the other fails */
static const int64_t receipt_grace = CLOCK_DAY; /* reports may be late: after a message's validity, centres report that it ended */

struct unknown {
    struct timed due;
    int64_t attempt_id;
};

struct queue *queue_new(struct store *store, const struct smsc_settings *settings) {
    struct queue *q = mem_alloc(sizeof *q);
    q->store = store;
    q->settings = settings;
    q->routes = routes_new(settings);
    q->schedule = scheduler_new(settings, q->routes);
    q->stale = true;
    return q;
}

static void forget_unknown(struct queue *q) {
    for (struct timed *first; (first = timeheap_first(&q->unknown));) {
        timeheap_remove(&q->unknown, first);
        free(first); /* the first member of struct unknown */
    }
}

void queue_on_delivered(struct queue *q, queue_delivered *delivered, void *context) {
    q->delivered = delivered;
    q->context = context;
}

void queue_free(struct queue *q) {
    if (!q)
        return;
    forget_unknown(q);
    timeheap_release(&q->unknown);
    scheduler_free(q->schedule);
    routes_free(q->routes);
    free(q);
}

int64_t receipt_window(const struct queue *q) {
    const struct smsc_settings *s = q->settings;
    return (s->notice_validity > s->reply_validity ? s->notice_validity : s->reply_validity) + receipt_grace;
}

/* ---- memory and transactions ---- */

void queue_touch(struct queue *q) {
    q->changed = ++q->steps;
}

enum err queue_end(struct queue *q, enum err e) {
    if (e != ERR_OK)
        q->stale = true;
    metric_set(METRIC_QUEUE_DEPTH, (int64_t)scheduler_size(q->schedule));
    return e;
}

size_t queue_mark(const struct queue *q) {
    return q->steps;
}

void queue_rewind(struct queue *q, size_t mark) {
    if (q->stale || q->steps <= mark)
        return;
    if (q->changed > mark) {
        q->stale = true;
        return;
    }
    /* Only additions: the newest messages. Their ids run, so that this ends soon; where they don't, the disk knows. */
    for (int64_t id = q->newest_id, last = id - (int64_t)(2 * (q->steps - mark)); q->steps > mark; id--) {
        int64_t part_ids[SMS_SEGMENTS_MAX];
        if (id <= last) {
            q->stale = true;
            return;
        }
        if (scheduler_parts_of(q->schedule, id, part_ids) == 0)
            continue;
        scheduler_drop(q->schedule, id);
        q->steps--;
        q->newest_id = id - 1;
    }
}

void queue_rolled_back(struct queue *q) {
    q->stale = true;
}

/* ---- from rows to the schedule ---- */

/* Only asked for where it makes a difference: a number is sealed on disk. */
static enum carrier carrier_of(struct queue *q, int64_t subscriber_id) {
    struct subscriber who;
    if (!routes_distinguish(q->routes) || subscriber_by_id(q->store, subscriber_id, &who) != ERR_OK)
        return CARRIER_UNKNOWN;
    enum carrier carrier = operators_of(q->operators, &who.phone);
    subscriber_release(&who);
    return carrier;
}

static struct route_wish wish_plain(struct queue *q, const struct outbound *o, int64_t now) {
    struct route_wish wish = {.link = ROUTE_ANY, .avoid = ROUTE_ANY, .carrier = carrier_of(q, o->subscriber_id)};
    if (o->link) {
        wish.link = routes_link(q->routes, o->link, now);
        wish.others_at = o->created_at + q->settings->reply_link_wait;
    }
    return wish;
}

struct gone { /* parts of a message that don't wait any more */
    int64_t part_ids[SMS_SEGMENTS_MAX];
    size_t count;
};

static void collect_gone(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct gone *gone = context;
    (void)o;
    for (size_t i = 0; i < count; i++)
        if (parts[i].state != PART_QUEUED)
            gone->part_ids[gone->count++] = parts[i].id;
}

/* Whether the message has begun, and then the newest attempt of what has gone (id 0: none). */
static enum err progress(struct queue *q, const struct outbound *o, bool *ret_begun, struct attempt *ret_newest) {
    struct gone gone = {.count = 0};
    struct attempt newest = {.id = 0};
    if (o->total > 1) {
        enum err e = outbound_list(q->store, o->id + 1, 1, collect_gone, &gone);
        for (size_t i = 0; e == ERR_OK && i < gone.count; i++) {
            struct attempt a;
            e = attempt_last_of(q->store, gone.part_ids[i], &a);
            if (e == ERR_OK && a.id > newest.id)
                newest = a;
            else if (e == ERR_NOT_FOUND)
                e = ERR_OK;
        }
        if (e != ERR_OK)
            return e;
    }
    *ret_begun = gone.count > 0;
    *ret_newest = newest;
    return ERR_OK;
}

/* Which link the message's first waiting part wishes for, by what happened to it so far:
 *   an attempt that nobody knows of     that one's link, strictly: TP-RD works only from the same number
 *   refused in favour of another SIM    not that link
 *   other parts have gone               their link, strictly: phones join parts of one sender only
 *   else                                the link that received what it answers */
static enum err wish_of(struct queue *q, const struct outbound *o, const struct part *first, int64_t now, struct schedule_message *m) {
    struct attempt newest;
    struct tally tally = {.counted = 0};
    enum err e = progress(q, o, &m->begun, &newest);
    if (e == ERR_OK && first->attempts > 0)
        e = tally_of(q->store, first->id, &tally);
    if (e != ERR_OK)
        return e;
    m->wish = wish_plain(q, o, now);
    if (tally.last_unknown.id != 0 && tally.last_unknown.reference >= 0) {
        m->wish.link = routes_link(q->routes, tally.last_unknown.link, now);
        m->wish.strict = true;
    } else if (tally.last.id != 0 && tally.last.state == ATTEMPT_FAILED && tally.last.failure == SMS_FAILURE_OTHER_SIM) {
        m->wish.avoid = routes_link(q->routes, tally.last.link, now);
    } else if (newest.id != 0) {
        m->wish.link = routes_link(q->routes, newest.link, now);
        m->wish.strict = true;
    }
    return ERR_OK;
}

static struct schedule_message message_of(const struct outbound *o) {
    return (struct schedule_message){.outbound_id = o->id,
                                     .subscriber_id = o->subscriber_id,
                                     .expires_at = o->expires_at,
                                     .class = o->class,
                                     .total = o->total,
                                     .wish = {.link = ROUTE_ANY, .avoid = ROUTE_ANY}};
}

static struct schedule_part part_of(const struct outbound *o, const struct part *p) {
    return (struct schedule_part){.id = p->id, .ripe_at = p->next_at > o->not_before ? p->next_at : o->not_before};
}

enum err queue_again(struct queue *q, const struct outbound *o, const struct part *p, int64_t at, int64_t now) {
    struct part again = *p;
    struct schedule_message m = message_of(o);
    enum err e = part_set(q->store, p->id, PART_QUEUED, at);
    if (e == ERR_OK)
        e = wish_of(q, o, p, now, &m);
    if (e != ERR_OK)
        return e;
    again.next_at = at;
    struct schedule_part part = part_of(o, &again);
    scheduler_add(q->schedule, &m, &part, 1, now);
    return ERR_OK;
}

struct rebuild { /* parts of one message come one after another: it's added when the next one begins */
    struct queue *q;
    int64_t now;
    enum err e;
    struct schedule_message message; /* total 0: none yet */
    struct schedule_part parts[SMS_SEGMENTS_MAX];
    size_t count;
};

static void rebuild_flush(struct rebuild *r) {
    if (r->count > 0 && r->e == ERR_OK)
        scheduler_add(r->q->schedule, &r->message, r->parts, r->count, r->now);
    r->count = 0;
}

static void rebuild_part(void *context, const struct outbound *o, const struct part *p) {
    struct rebuild *r = context;
    if (r->e != ERR_OK)
        return;
    if (r->count > 0 && r->message.outbound_id != o->id)
        rebuild_flush(r);
    if (r->count == 0) {
        r->message = message_of(o);
        r->message.wish = wish_plain(r->q, o, r->now);
        if (p->attempts > 0 || o->total > 1)
            r->e = wish_of(r->q, o, p, r->now, &r->message);
        if (r->e != ERR_OK && err_retry(r->e) == RETRY_NEVER)
            r->e = ERR_OK; /* a damaged row: it fails alone, when its turn comes */
    }
    if (r->count < SMS_SEGMENTS_MAX)
        r->parts[r->count++] = part_of(o, p);
}

struct attempt_ids {
    int64_t *ids;
    size_t count;
};

static void collect_attempt(void *context, const struct attempt *a) {
    struct attempt_ids *found = context;
    found->ids = mem_resize(found->ids, found->count + 1, sizeof *found->ids);
    found->ids[found->count++] = a->id;
}

/* Messages of which a part is on its way: the rest of them waits for its result. */
static enum err rebuild_busy(struct queue *q, int64_t now) {
    struct attempt_ids open = {.ids = NULL};
    enum err e = attempt_list(q->store, ATTEMPT_OPEN, INT32_MAX, collect_attempt, &open);
    routes_busy(q->routes, ROUTE_ANY, false);
    for (size_t i = 0; e == ERR_OK && i < open.count; i++) {
        struct record r;
        e = record_get(q->store, open.ids[i], &r);
        if (e != ERR_OK && err_retry(e) == RETRY_NEVER) { /* a damaged row: nothing waits for it */
            log_event(LOG_LEVEL_ERROR, "queue.attempt_unreadable", log_int("attempt_id", open.ids[i]), log_err(e));
            e = ERR_OK;
            continue;
        }
        if (e != ERR_OK)
            break;
        struct schedule_message m = message_of(&r.outbound);
        m.wish = (struct route_wish){.link = routes_link(q->routes, r.attempt.link, now), .avoid = ROUTE_ANY, .strict = true};
        m.wish.carrier = carrier_of(q, r.outbound.subscriber_id);
        routes_busy(q->routes, m.wish.link, true);
        scheduler_add_busy(q->schedule, &m, now);
        record_release(&r);
    }
    free(open.ids);
    return e;
}

static void rebuild_unknown(void *context, const struct attempt *a) {
    queue_watch(context, a->id, a->closed_at);
}

struct moments {
    struct queue *q;
    int64_t now;
};

static void rebuild_usage(void *context, const char *link, int64_t opened_at) {
    struct moments *m = context;
    routes_was_used(m->q->routes, routes_link(m->q->routes, link, m->now), opened_at);
}

/* Limits count what was submitted before the start, too. */
static enum err usage_fresh(struct queue *q, int64_t now) {
    struct moments m = {.q = q, .now = now};
    if (q->usage_known || q->settings->sim_count == 0)
        return ERR_OK;
    enum err e = attempt_list_since(q->store, now - CLOCK_DAY, rebuild_usage, &m);
    q->usage_known = e == ERR_OK;
    return e;
}

struct refusals {
    struct routes *routes;
    int link;
};

static void rebuild_refusal(void *context, int64_t subscriber_id, int64_t refused_at) {
    struct refusals *r = context;
    (void)routes_refused(r->routes, r->link, subscriber_id, refused_at);
}

/* With whom its SIM was refused, as the disk has it. */
static enum err refusals_fresh(struct queue *q, int link) {
    struct refusals r = {.routes = q->routes, .link = link};
    routes_forget_refusals(q->routes, link);
    return sim_refusal_list(q->store, routes_name(q->routes, link), routes_sim_name(q->routes, link), rebuild_refusal, &r);
}

static enum err all_refusals_fresh(struct queue *q) {
    enum err e = ERR_OK;
    for (int link = 0; e == ERR_OK && link < routes_count(q->routes); link++)
        e = refusals_fresh(q, link);
    return e;
}

enum err queue_sim_works(struct queue *q, int link) {
    enum err e = routes_refusals(q->routes, link) == 0 ? ERR_OK : sim_refusal_end(q->store, routes_name(q->routes, link));
    if (e == ERR_OK)
        routes_fine(q->routes, link);
    return e;
}

enum err queue_fresh(struct queue *q, int64_t now) {
    if (!q->stale)
        return ERR_OK;
    struct rebuild *r = mem_alloc(sizeof *r);
    *r = (struct rebuild){.q = q, .now = now};
    scheduler_clear(q->schedule);
    forget_unknown(q);
    queue_touch(q);
    enum err e = usage_fresh(q, now);
    if (e == ERR_OK)
        e = all_refusals_fresh(q);
    if (e == ERR_OK)
        e = part_list_queued(q->store, rebuild_part, r);
    rebuild_flush(r);
    if (e == ERR_OK)
        e = r->e;
    free(r);
    if (e == ERR_OK)
        e = rebuild_busy(q, now);
    if (e == ERR_OK)
        e = attempt_list(q->store, ATTEMPT_UNKNOWN, INT32_MAX, rebuild_unknown, q);
    q->stale = e != ERR_OK;
    if (e != ERR_OK || scheduler_size(q->schedule) > REBUILD_SMALL)
        q->rebuild_at = now + rebuild_pause;
    if (e != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "queue.rebuild_failed", log_err(e));
    metric_set(METRIC_QUEUE_DEPTH, (int64_t)scheduler_size(q->schedule));
    return e;
}

/* ---- in ---- */

enum err queue_add(struct queue *q, const struct outbound *o, struct part *parts, size_t count, int64_t *ret_id) {
    int64_t id;
    if (count < 1 || count > SMS_SEGMENTS_MAX || (size_t)o->total != count)
        return ERR_INVALID;
    for (size_t i = 0; i < count; i++) {
        parts[i].state = PART_QUEUED;
        parts[i].attempts = 0;
        parts[i].next_at = o->not_before;
    }
    enum err e = outbound_insert(q->store, o, parts, count, &id);
    if (e != ERR_OK)
        return e; /* memory is untouched */
    struct outbound inserted = *o;
    inserted.id = id;
    e = uplink_text(q->store, q->settings, &inserted, UPLINK_QUEUED, o->created_at);
    if (e != ERR_OK)
        return e;
    *ret_id = id;
    q->steps++;
    q->newest_id = id;
    if (q->stale)
        return ERR_OK; /* the row will be found */
    struct outbound added = *o;
    added.id = id;
    struct schedule_message m = message_of(&added);
    struct schedule_part scheduled[SMS_SEGMENTS_MAX];
    m.wish = wish_plain(q, &added, o->created_at);
    for (size_t i = 0; i < count; i++)
        scheduled[i] = part_of(&added, &parts[i]);
    scheduler_add(q->schedule, &m, scheduled, count, o->created_at);
    metric_set(METRIC_QUEUE_DEPTH, (int64_t)scheduler_size(q->schedule));
    return ERR_OK;
}

/* ---- links ---- */

void queue_link_sim(struct queue *q, const char *link, const char *sim, int64_t now) {
    int number = routes_link(q->routes, link, now);
    routes_set_sim(q->routes, number, sim);
    if (refusals_fresh(q, number) != ERR_OK)
        q->stale = true;
}

void queue_link_up(struct queue *q, const char *link, int64_t now) {
    int number = routes_link(q->routes, link, now), reference;
    if (!routes_follows(q->routes, number) && attempt_last_reference(q->store, link, &reference) == ERR_OK)
        routes_follow(q->routes, number, reference);
    routes_up(q->routes, number, now);
}

void queue_link_down(struct queue *q, const char *link, int64_t now) {
    routes_down(q->routes, routes_link(q->routes, link, now), now);
}

void queue_link_carrier(struct queue *q, const char *link, enum carrier carrier, int64_t now) {
    bool before = routes_distinguish(q->routes);
    routes_set_carrier(q->routes, routes_link(q->routes, link, now), carrier);
    if (routes_distinguish(q->routes) && !before)
        q->stale = true; /* recipients' operators weren't looked at */
}

void queue_set_operators(struct queue *q, const struct operators *operators) {
    q->operators = operators;
    q->stale = true;
}

enum carrier queue_routes(struct queue *q, const struct phone *to, int64_t now, smsc_route_each *each, void *context) {
    enum carrier carrier = operators_of(q->operators, to);
    size_t count = (size_t)routes_count(q->routes);
    struct route_sim *sims = mem_array(count, sizeof *sims);
    size_t *order = mem_array(count, sizeof *order);
    for (size_t i = 0; i < count; i++)
        sims[i] = routes_sim(q->routes, (int)i, now);
    route_order(sims, count, carrier, order);
    for (size_t i = 0; i < count; i++) {
        const struct route_sim *sim = &sims[order[i]];
        int link = (int)order[i];
        struct smsc_route route = {
            .link = routes_name(q->routes, link),
            .carrier = sim->carrier,
            .same = route_same(sim, carrier),
            .cost = route_cost(sim, carrier),
            .weight = sim->weight,
            .can_send = route_can_send(sim),
            .state = route_obstacle_text(sim->obstacle),
            .until = sim->until,
            .last_hour = routes_used_since(q->routes, link, now - CLOCK_HOUR, now),
            .last_day = routes_used_since(q->routes, link, now - CLOCK_DAY, now),
        };
        each(context, &route);
    }
    free(order);
    free(sims);
    return carrier;
}

/* ---- out ---- */

/* A TP-MR for which no receipt from that recipient is waited for any more, if there's one among the next few. */
static enum err fresh_reference(struct queue *q, int link, int64_t subscriber_id, int64_t now, int *ret_reference) {
    int reference = 0;
    for (int i = 0; i < REFERENCE_TRIES; i++) {
        struct attempt waiting;
        reference = routes_reference(q->routes, link);
        enum err e = attempt_for_receipt(q->store, routes_name(q->routes, link), subscriber_id, reference, now - receipt_window(q), &waiting);
        if (e == ERR_NOT_FOUND)
            break;
        if (e != ERR_OK)
            return e;
    }
    *ret_reference = reference;
    return ERR_OK;
}

/* Whether a repeat may carry the TP-MR of the attempt that it repeats, with TP-RD. Where another message to the same phone had that number not long
 * ago, or may have had it, a centre that honours TP-RD could take the repeat for that one and drop it. */
static enum err may_repeat_reference(struct queue *q, const struct outbound *o, const struct attempt *unknown, int64_t now, bool *ret_may) {
    bool used = false, forsaken = false;
    enum err known = record_forsaken(q->store, unknown, &forsaken);
    if (known != ERR_OK || forsaken) { /* what another did with the number since, no row tells */
        *ret_may = false;
        return known;
    }
    enum err e = unknown->reference >= 0 ? attempt_reference_used(q->store, unknown, o->subscriber_id, now - receipt_window(q), &used) : ERR_OK;
    int64_t doubts = 0;
    if (e == ERR_OK)
        e = attempt_doubts(q->store, unknown->link, o->subscriber_id, now - receipt_window(q), &doubts);
    if (e == ERR_OK)
        *ret_may = unknown->reference >= 0 && !used && doubts <= 1;
    return e;
}

/* The attempt that is to be opened. A part with an attempt that nobody knows of is repeated: the same TP-MR lets the centre see that. */
static enum err plan_attempt(struct queue *q, int link, const struct outbound *o, const struct part *p, int64_t now, bool *ret_same_reference,
                             struct attempt *ret_attempt) {
    struct tally tally = {.counted = 0};
    struct attempt a = {.part_id = p->id, .number = p->attempts + 1, .opened_at = now, .state = ATTEMPT_OPEN, .code = -1, .failure = -1};
    enum err e = p->attempts > 0 ? tally_of(q->store, p->id, &tally) : ERR_OK;
    if (e == ERR_OK)
        e = str_copy(a.link, sizeof a.link, routes_name(q->routes, link));
    if (e != ERR_OK)
        return e;
    a.repeated = tally.last_unknown.id != 0;
    bool same = false;
    if (a.repeated)
        e = may_repeat_reference(q, o, &tally.last_unknown, now, &same);
    *ret_same_reference = same;
    if (e == ERR_OK && same)
        a.reference = tally.last_unknown.reference;
    else if (e == ERR_OK)
        e = fresh_reference(q, link, o->subscriber_id, now, &a.reference);
    if (e == ERR_OK)
        *ret_attempt = a;
    return e;
}

static enum err fill_dispatch(struct queue *q, const struct outbound *o, const struct part *p, int64_t now, struct dispatch *d) {
    struct subscriber who;
    size_t len = strlen(o->text);
    if (p->offset > len || p->len > len - p->offset)
        return ERR_INVALID;
    enum err e = subscriber_by_id(q->store, o->subscriber_id, &who);
    if (e != ERR_OK)
        return e;
    *d = (struct dispatch){
        .to = who.phone,
        .encoding = o->encoding,
        .validity_seconds = (o->expires_at - now + CLOCK_SECOND - 1) / CLOCK_SECOND,
        .want_report = q->settings->want_reports,
    };
    subscriber_release(&who);
    if (d->to.kind == PHONE_NONE)
        return ERR_INVALID;
    if (o->total > 1)
        d->concat = (struct sms_concat){.reference = (uint16_t)o->reference, .total = (uint8_t)o->total, .sequence = (uint8_t)p->sequence};
    d->text = mem_string_n(o->text + p->offset, p->len);
    return ERR_OK;
}

static enum err open_attempt(struct queue *q, int link, const struct schedule_pick *pick, int64_t now, struct dispatch *ret_dispatch) {
    struct outbound o;
    struct part p;
    struct attempt a;
    bool same_reference = false;
    struct dispatch d = {.text = NULL};
    enum err e = outbound_get(q->store, pick->outbound_id, &o);
    if (e != ERR_OK)
        return e;
    e = part_get(q->store, pick->part_id, &p);
    if (e == ERR_OK && p.state != PART_QUEUED)
        e = ERR_CONFLICT;
    if (e == ERR_OK)
        e = fill_dispatch(q, &o, &p, now, &d);
    if (e == ERR_OK)
        e = plan_attempt(q, link, &o, &p, now, &same_reference, &a);
    if (e == ERR_OK)
        e = attempt_open(q->store, &a, &d.attempt_id);
    if (e == ERR_OK) {
        d.reference = a.reference;
        d.reject_duplicates = same_reference;
        *ret_dispatch = d;
    } else {
        dispatch_release(&d);
    }
    outbound_release(&o);
    return e;
}

/* A message whose rows can't be made a dispatch of: it fails with all that waits of it. */
static enum err fail_unsendable(struct queue *q, const struct schedule_pick *pick, enum err why, int64_t now) {
    int64_t part_ids[SMS_SEGMENTS_MAX];
    size_t count = scheduler_parts_of(q->schedule, pick->outbound_id, part_ids);
    log_event(LOG_LEVEL_ERROR, "message.unsendable", log_int("outbound", pick->outbound_id), log_int("part", pick->part_id), log_err(why));
    enum err e = part_set(q->store, pick->part_id, PART_FAILED, now);
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        e = part_set(q->store, part_ids[i], PART_FAILED, now);
    metric_add(METRIC_PARTS_FAILED, (int64_t)count + 1);
    scheduler_drop(q->schedule, pick->outbound_id);
    scheduler_done(q->schedule, pick->outbound_id, ROUTE_ANY, now);
    return e;
}

enum err queue_next(struct queue *q, const char *link, int64_t now, struct dispatch *ret_dispatch) {
    struct schedule_pick pick;
    enum err e = queue_fresh(q, now);
    if (e != ERR_OK)
        return e;
    int number = routes_link(q->routes, link, now);
    while (scheduler_pick(q->schedule, number, now, &pick)) {
        queue_touch(q);
        e = open_attempt(q, number, &pick, now, ret_dispatch);
        if (e == ERR_OK) {
            routes_used(q->routes, number, now);
            routes_busy(q->routes, number, true);
            crash_point("queue.attempt_opened");
            return queue_end(q, ERR_OK);
        }
        if (err_retry(e) == RETRY_LATER)
            return queue_end(q, e);
        if (e == ERR_CONFLICT) { /* the part isn't queued on disk: memory was wrong, and is made anew */
            log_event(LOG_LEVEL_ERROR, "queue.out_of_step", log_int("part", pick.part_id));
            (void)queue_end(q, e);
            return ERR_NOT_FOUND;
        }
        e = fail_unsendable(q, &pick, e, now);
        if (e != ERR_OK)
            return queue_end(q, e);
    }
    (void)queue_end(q, ERR_OK);
    return ERR_NOT_FOUND;
}

bool queue_has_work(struct queue *q, const char *link, int64_t now) {
    if (q->stale && now < q->rebuild_at)
        return false;
    return queue_fresh(q, now) == ERR_OK && scheduler_has(q->schedule, routes_link(q->routes, link, now), now);
}

bool queue_has_alarm(struct queue *q, const char *link, int64_t now) {
    return queue_has_work(q, link, now) && scheduler_has_alarm(q->schedule, routes_link(q->routes, link, now), now);
}

int queue_refusals(const struct queue *q, const char *link, int64_t now) {
    return routes_refusals(q->routes, routes_link(q->routes, link, now));
}

enum err queue_forgive(struct queue *q, const char *link, int64_t now) {
    enum err e = queue_fresh(q, now);
    if (e != ERR_OK)
        return e;
    int number = routes_link(q->routes, link, now);
    if (routes_refusals(q->routes, number) == 0)
        return ERR_NOT_FOUND;
    queue_touch(q);
    e = queue_end(q, queue_sim_works(q, number));
    routes_forgive(q->routes, number);
    return e;
}

/* ---- after a start ---- */

static enum err abandon_open(struct queue *q, int64_t attempt_id, int64_t now) {
    struct attempt a;
    struct part p;
    enum err e = attempt_get(q->store, attempt_id, &a);
    if (e == ERR_OK)
        e = part_get(q->store, a.part_id, &p);
    if (e == ERR_OK)
        e = outcome_unknown(q->store, &a, &p, "found open at start", now);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_WARNING, "part.unknown", log_int("outbound", p.outbound_id), log_int("part", p.sequence), log_text("link", a.link),
                  log_int("attempt", a.number), log_text("reason", a.reason));
    return e;
}

static enum err abandon_all_open(struct queue *q, int64_t now) {
    struct attempt_ids open = {.ids = NULL};
    enum err e = attempt_list(q->store, ATTEMPT_OPEN, INT32_MAX, collect_attempt, &open);
    for (size_t i = 0; e == ERR_OK && i < open.count; i++)
        e = abandon_open(q, open.ids[i], now);
    free(open.ids);
    return e;
}

struct part_ids {
    int64_t after_id;
    int64_t *ids;
    size_t count;
};

static void collect_part(void *context, const struct outbound *o, const struct part *p) {
    struct part_ids *found = context;
    if (o->id <= found->after_id)
        return;
    found->ids = mem_resize(found->ids, found->count + 1, sizeof *found->ids);
    found->ids[found->count++] = p->id;
}

/* Which link another may have taken isn't known (NO_LINK), nor the TP-MR. */
static enum err forsake(struct queue *q, int64_t part_id, int64_t now) {
    struct part p;
    enum err e = part_get(q->store, part_id, &p);
    struct attempt a = {.part_id = part_id, .link = NO_LINK, .opened_at = now, .state = ATTEMPT_OPEN, .reference = -1, .code = -1, .failure = -1};
    if (e != ERR_OK)
        return e;
    a.number = p.attempts + 1;
    e = attempt_open(q->store, &a, &a.id);
    if (e == ERR_OK)
        e = part_get(q->store, part_id, &p);
    return e == ERR_OK ? outcome_unknown(q->store, &a, &p, "waited in a copy that was restored", now) : e;
}

enum err record_forsaken(struct store *store, const struct attempt *a, bool *ret_forsaken) {
    int64_t adopted = 0;
    enum err e = store_number_get(store, STORE_ADOPTED_ATTEMPT, &adopted);
    if (e == ERR_OK)
        *ret_forsaken = a->id <= adopted || strcmp(a->link, NO_LINK) == 0;
    return e;
}

enum err queue_forsake(struct queue *q, int64_t after_id, int64_t now, size_t *ret_parts) {
    struct part_ids queued = {.after_id = after_id};
    q->stale = true;
    enum err e = part_list_queued(q->store, collect_part, &queued);
    for (size_t i = 0; e == ERR_OK && i < queued.count; i++)
        e = forsake(q, queued.ids[i], now);
    free(queued.ids);
    *ret_parts = queued.count;
    return e;
}

enum err queue_recover(struct queue *q, int64_t now) {
    q->stale = true;
    enum err e = store_begin(q->store);
    if (e != ERR_OK)
        return e;
    e = abandon_all_open(q, now);
    if (e != ERR_OK) {
        store_rollback(q->store);
        return e;
    }
    crash_point("queue.recover");
    e = store_commit(q->store);
    return e == ERR_OK ? queue_fresh(q, now) : e;
}

/* ---- time ---- */

void queue_watch(struct queue *q, int64_t attempt_id, int64_t closed_at) {
    struct unknown *u = mem_alloc(sizeof *u);
    u->attempt_id = u->due.tie = attempt_id;
    timeheap_set(&q->unknown, &u->due, closed_at + q->settings->unknown_wait);
}

int64_t queue_next_time(struct queue *q) {
    if (q->stale)
        return q->rebuild_at;
    const struct timed *first = timeheap_first(&q->unknown);
    int64_t next = scheduler_next_time(q->schedule);
    return first && first->at < next ? first->at : next;
}

static enum err expire(struct queue *q, int64_t outbound_id, int64_t now) {
    struct record r = {.part = {.outbound_id = outbound_id}};
    log_event(LOG_LEVEL_WARNING, "message.expired", log_int("outbound", outbound_id));
    return queue_give_up(q, &r, PART_EXPIRED, now);
}

enum { WITHDRAWN_AT_ONCE = 64 };

struct withdrawing {
    int64_t subscriber_id;
    int64_t messages[WITHDRAWN_AT_ONCE], unknown[WITHDRAWN_AT_ONCE]; /* outbound that wait; parts of which nobody knows, which would be repeated */
    size_t count, unknown_count;
};

static void note_part(void *context, const struct outbound *o, const struct part *p) {
    struct withdrawing *w = context;
    bool mine = o->subscriber_id == w->subscriber_id, noted = w->count > 0 && w->messages[w->count - 1] == o->id;
    if (mine && p->state == PART_QUEUED && !noted && w->count < WITHDRAWN_AT_ONCE)
        w->messages[w->count++] = o->id;
    if (mine && p->state == PART_UNKNOWN && w->unknown_count < WITHDRAWN_AT_ONCE)
        w->unknown[w->unknown_count++] = p->id;
}

static void note_parts(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    for (size_t i = 0; i < count; i++)
        note_part(context, o, &parts[i]);
}

static enum err withdraw(struct queue *q, const struct withdrawing *w, int64_t now) {
    enum err e = ERR_OK;
    queue_touch(q);
    for (size_t i = 0; e == ERR_OK && i < w->count; i++) {
        struct record r = {.part = {.outbound_id = w->messages[i]}};
        log_event(LOG_LEVEL_NOTICE, "message.withdrawn", log_int("outbound", w->messages[i]));
        e = queue_give_up(q, &r, PART_FAILED, now);
    }
    for (size_t i = 0; e == ERR_OK && i < w->unknown_count; i++)
        e = queue_settle_unknown(q, w->unknown[i], false, now);
    return e;
}

enum err queue_withdraw(struct queue *q, int64_t subscriber_id, int64_t case_id, int64_t now) {
    struct withdrawing w;
    enum err e = queue_fresh(q, now);
    do {
        w = (struct withdrawing){.subscriber_id = subscriber_id};
        if (e == ERR_OK && case_id)
            e = outbound_list_of(q->store, case_id, note_parts, &w);
        else if (e == ERR_OK)
            e = part_list_queued(q->store, note_part, &w);
        if (e == ERR_OK)
            e = withdraw(q, &w, now);
    } while (e == ERR_OK && (w.count == WITHDRAWN_AT_ONCE || w.unknown_count == WITHDRAWN_AT_ONCE));
    return queue_end(q, e);
}

static enum err tick(struct queue *q, int64_t now) {
    int64_t outbound_id;
    enum err e = ERR_OK;
    int left = TICK_MOST;
    for (; e == ERR_OK && left > 0 && scheduler_first_expired(q->schedule, now, &outbound_id); left--) {
        queue_touch(q);
        e = expire(q, outbound_id, now);
    }
    for (struct timed *first; e == ERR_OK && left > 0 && (first = timeheap_first(&q->unknown)) && first->at <= now; left--) {
        int64_t attempt_id = ((struct unknown *)(void *)first)->attempt_id;
        queue_touch(q);
        timeheap_remove(&q->unknown, first);
        free(first);
        e = queue_unknown_due(q, attempt_id, now);
    }
    if (e == ERR_OK && now - q->pruned_at >= CLOCK_HOUR) {
        e = receipt_prune(q->store, now - receipt_window(q));
        q->pruned_at = now;
    }
    return e;
}

enum err queue_tick(struct queue *q, int64_t now) {
    enum err e = queue_fresh(q, now);
    return queue_end(q, e == ERR_OK ? tick(q, now) : e);
}
