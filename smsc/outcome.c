/* What becomes of an attempt, and of its part: submitted, failed, unknown. README.md has the drawing and the table.
 *
 * Promises:
 *  1. A part goes on the air again only where it's certain that it wasn't accepted, or where the policy of its class or a person says so.
 *  2. An attempt's result decides on its part only as long as nothing better is known: a delivered part stays delivered, and an older attempt's
 *     failure doesn't touch what a newer one does.
 *  3. A second or a late answer to a dispatch never harms: late certainty settles an unknown attempt, anything else is logged and ignored. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/metric.h"
#include "smsc/queue_record.h"
#include "smsc/uplink.h"
#include "store/sim_refusal.h"
#include "store/subscriber.h"

#include <stdio.h>

enum { CAUSE_DUPLICATE = 197 }; /* TP-FCS 0xC5, "SM Rejected – Duplicate SM" (3GPP TS 23.040 §9.2.3.22), as +CMS ERROR gives it */

enum unknown_policy {
    UNKNOWN_REPEAT_ONCE, /* same TP-MR, TP-RD set; unknown again: a person */
    UNKNOWN_DROP_IF_REPLACED, /* by a later one of the same kind; else a person */
    UNKNOWN_PERSON,
};
static const enum unknown_policy policy_of_class[] = {
    [OUTBOUND_REPLY] = UNKNOWN_REPEAT_ONCE, [OUTBOUND_NOTICE] = UNKNOWN_REPEAT_ONCE, [OUTBOUND_REMINDER] = UNKNOWN_DROP_IF_REPLACED,
    [OUTBOUND_OPERATOR] = UNKNOWN_PERSON,   [OUTBOUND_ALARM] = UNKNOWN_REPEAT_ONCE,
};

/* ---- records ---- */

enum err record_get(struct store *store, int64_t attempt_id, struct record *ret_record) {
    struct record r;
    enum err e = attempt_get(store, attempt_id, &r.attempt);
    if (e == ERR_OK)
        e = part_get(store, r.attempt.part_id, &r.part);
    if (e == ERR_OK)
        e = outbound_get(store, r.part.outbound_id, &r.outbound);
    if (e == ERR_OK)
        *ret_record = r;
    return e;
}

void record_release(struct record *r) {
    outbound_release(&r->outbound);
}

bool record_is_newest(const struct record *r) {
    return r->attempt.number == r->part.attempts;
}

static void tally_one(void *context, const struct attempt *a) {
    struct tally *t = context;
    if (a->failure != SMS_FAILURE_SIM)
        t->counted++;
    if (a->state == ATTEMPT_UNKNOWN || a->state == ATTEMPT_SETTLED)
        t->unknown++;
    if (a->state == ATTEMPT_FAILED && a->failure == SMS_FAILURE_OTHER_SIM)
        t->refused_here++;
    if (a->state == ATTEMPT_UNKNOWN)
        t->last_unknown = *a;
    t->last = *a;
}

enum err tally_of(struct store *store, int64_t part_id, struct tally *ret_tally) {
    struct tally t = {.counted = 0};
    enum err e = attempt_list_of(store, part_id, tally_one, &t);
    if (e == ERR_OK)
        *ret_tally = t;
    return e;
}

void queue_log(enum log_level level, const char *event, struct queue *q, const struct record *r) {
    struct subscriber who = {.phone = {.kind = PHONE_NONE}};
    const struct attempt *a = &r->attempt;
    enum err e = subscriber_by_id(q->store, r->outbound.subscriber_id, &who);
    log_event(level, event, log_phone("to", &who.phone), log_text("class", outbound_class_name(r->outbound.class)),
              log_int("outbound", r->outbound.id), log_int("part", r->part.sequence), log_int("of", r->outbound.total), log_text("link", a->link),
              log_int("attempt", a->number), log_int("reference", a->reference), log_int("code", a->code), log_text("reason", a->reason));
    if (e == ERR_OK)
        subscriber_release(&who);
}

static void set_reason(struct attempt *a, const char *reason) {
    snprintf(a->reason, sizeof a->reason, "%s", reason ? reason : "");
}

/* A result that changes nothing any more. */
static void log_ignored(struct queue *q, const struct record *r, const char *result) {
    queue_log(LOG_LEVEL_WARNING, "attempt.late_result", q, r);
    log_event(LOG_LEVEL_WARNING, "attempt.result_ignored", log_int("attempt_id", r->attempt.id), log_text("result", result),
              log_text("state", attempt_state_name(r->attempt.state)));
}

static bool is_undecided(enum attempt_state state) {
    return state == ATTEMPT_OPEN || state == ATTEMPT_UNKNOWN || state == ATTEMPT_SETTLED;
}

/* ---- ends of parts ---- */

static enum err close_part(struct queue *q, int64_t part_id, enum part_state state, int64_t now) {
    struct tally tally;
    enum err e = tally_of(q->store, part_id, &tally);
    if (e != ERR_OK)
        return e;
    if (tally.last_unknown.id != 0)
        state = PART_UNKNOWN;
    else
        metric_add(METRIC_PARTS_FAILED, 1);
    return part_set(q->store, part_id, state, now);
}

static enum err tell_failed(struct queue *q, int64_t outbound_id, int64_t now) {
    struct outbound o;
    enum err e = q->settings->central ? outbound_get(q->store, outbound_id, &o) : ERR_NOT_FOUND;
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    e = uplink_text(q->store, q->settings, &o, UPLINK_FAILED, now);
    outbound_release(&o);
    return e;
}

enum err queue_give_up(struct queue *q, const struct record *r, enum part_state state, int64_t now) {
    int64_t part_ids[SMS_SEGMENTS_MAX];
    size_t count = scheduler_parts_of(q->schedule, r->part.outbound_id, part_ids);
    enum err e = r->part.id != 0 ? close_part(q, r->part.id, state, now) : ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < count; i++)
        if (part_ids[i] != r->part.id)
            e = close_part(q, part_ids[i], state, now);
    scheduler_drop(q->schedule, r->part.outbound_id);
    return e == ERR_OK ? tell_failed(q, r->part.outbound_id, now) : e;
}

struct settling {
    struct queue *q;
    const char *reason;
    enum err e;
};

static void settle_one(void *context, const struct attempt *a) {
    struct settling *s = context;
    if (s->e != ERR_OK || a->state != ATTEMPT_UNKNOWN)
        return;
    struct attempt settled = *a;
    settled.state = ATTEMPT_SETTLED;
    set_reason(&settled, s->reason);
    s->e = attempt_update(s->q->store, &settled);
}

enum err queue_settle(struct queue *q, int64_t part_id, const char *reason) {
    struct settling s = {.q = q, .reason = reason};
    enum err e = attempt_list_of(q->store, part_id, settle_one, &s);
    return e == ERR_OK ? s.e : e;
}

/* ---- submitted ---- */

/* The part of an attempt that turned out to be accepted. A repeat of it that still waits isn't needed any more. */
static enum err part_submitted(struct queue *q, struct record *r, int64_t now) {
    if (!record_is_newest(r))
        return ERR_OK;
    if (r->part.state != PART_SUBMITTING && r->part.state != PART_UNKNOWN && r->part.state != PART_QUEUED)
        return ERR_OK;
    if (r->part.state == PART_QUEUED)
        scheduler_drop_part(q->schedule, r->outbound.id, r->part.id, now);
    r->part.state = PART_SUBMITTED;
    enum err e = part_set(q->store, r->part.id, PART_SUBMITTED, r->part.next_at);
    return e == ERR_OK ? uplink_text(q->store, q->settings, &r->outbound, UPLINK_SENT, now) : e;
}

/* What a result is about. */
static enum err result_begin(struct queue *q, int64_t attempt_id, int64_t now, struct record *ret_record) {
    enum err e = queue_fresh(q, now);
    return e == ERR_OK ? record_get(q->store, attempt_id, ret_record) : e;
}

static enum err sent(struct queue *q, struct record *r, int reference, int64_t now) {
    bool was_open = r->attempt.state == ATTEMPT_OPEN;
    int link = routes_link(q->routes, r->attempt.link, now);
    if (was_open && !r->attempt.repeated && reference >= 0)
        routes_follow(q->routes, link, reference);
    r->attempt.state = ATTEMPT_SUBMITTED;
    r->attempt.reference = reference >= 0 ? reference : -1;
    r->attempt.closed_at = now;
    enum err e = attempt_update(q->store, &r->attempt);
    if (e == ERR_OK)
        e = part_submitted(q, r, now);
    if (e == ERR_OK && r->attempt.repeated)
        e = queue_settle(q, r->part.id, "sent again");
    if (e != ERR_OK)
        return e;
    if (was_open) {
        scheduler_done(q->schedule, r->outbound.id, link, now);
        routes_busy(q->routes, link, false);
    }
    e = queue_sim_works(q, link);
    if (e != ERR_OK)
        return e;
    metric_add(METRIC_PARTS_SUBMITTED, 1);
    queue_log(LOG_LEVEL_INFO, "part.submitted", q, r);
    return receipt_apply_kept(q, r, now);
}

enum err queue_sent(struct queue *q, int64_t attempt_id, int reference, int64_t now) {
    struct record r;
    enum err e = result_begin(q, attempt_id, now, &r);
    if (e != ERR_OK)
        return e;
    if (is_undecided(r.attempt.state)) {
        queue_touch(q);
        e = queue_end(q, sent(q, &r, reference, now));
        crash_point("queue.sent");
    } else {
        log_ignored(q, &r, "sent");
    }
    record_release(&r);
    return e;
}

/* ---- failed ---- */

enum err queue_retry(struct queue *q, const struct record *r, int64_t now) {
    struct tally tally;
    enum err e = tally_of(q->store, r->part.id, &tally);
    if (e != ERR_OK)
        return e;
    int64_t n = tally.counted;
    if (n >= q->settings->attempts_max)
        return queue_give_up(q, r, PART_FAILED, now);
    return queue_again(q, &r->outbound, &r->part, now + q->settings->retry_base * n * n, now);
}

/* Once through another SIM. Where there's none the same one is asked once more, later. */
static enum err try_other_sim(struct queue *q, const struct record *r, int64_t now) {
    struct tally tally;
    enum err e = tally_of(q->store, r->part.id, &tally);
    if (e != ERR_OK)
        return e;
    if (tally.refused_here > 1 || tally.counted >= q->settings->attempts_max)
        return queue_give_up(q, r, PART_FAILED, now);
    bool other = routes_other(q->routes, routes_link(q->routes, r->attempt.link, now), CARRIER_UNKNOWN) >= 0;
    return queue_again(q, &r->outbound, &r->part, other ? now : now + q->settings->retry_base, now);
}

/* The centre refused a repeat because it has the message: the attempt that nobody knew of was accepted. */
static enum err found_accepted(struct queue *q, const struct record *r, int64_t now) {
    struct tally tally;
    enum err e = tally_of(q->store, r->part.id, &tally);
    if (e != ERR_OK || tally.last_unknown.id == 0)
        return e != ERR_OK ? e : queue_give_up(q, r, PART_FAILED, now);
    tally.last_unknown.state = ATTEMPT_SUBMITTED;
    set_reason(&tally.last_unknown, "the repeat was refused as a duplicate");
    e = attempt_update(q->store, &tally.last_unknown);
    if (e == ERR_OK)
        e = queue_settle(q, r->part.id, "sent again");
    if (e == ERR_OK)
        e = part_set(q->store, r->part.id, PART_SUBMITTED, r->part.next_at);
    return e;
}

static enum err part_failed(struct queue *q, const struct record *r, enum sms_failure class, int64_t now) {
    switch (class) {
    case SMS_FAILURE_TEMPORARY:
        return queue_retry(q, r, now);
    case SMS_FAILURE_OTHER_SIM:
        return try_other_sim(q, r, now);
    case SMS_FAILURE_SIM:
        return queue_again(q, &r->outbound, &r->part, now, now);
    case SMS_FAILURE_PERMANENT:
        break;
    }
    return queue_give_up(q, r, PART_FAILED, now);
}

/* A report that came while the repeat was on its way was kept, as it could have been about either. */
static enum err look_for_report_on_repeated(struct queue *q, const struct record *repeat, int64_t now) {
    struct tally tally;
    struct record r = {.outbound = repeat->outbound};
    enum err e = tally_of(q->store, repeat->part.id, &tally);
    if (e == ERR_OK)
        e = part_get(q->store, repeat->part.id, &r.part);
    if (e != ERR_OK || tally.last_unknown.id == 0)
        return e;
    r.attempt = tally.last_unknown;
    return receipt_apply_kept(q, &r, now);
}

static enum err failed(struct queue *q, struct record *r, enum sms_failure class, bool was_open, int64_t now) {
    bool decides = record_is_newest(r) && (r->part.state == PART_SUBMITTING || r->part.state == PART_UNKNOWN);
    int link = routes_link(q->routes, r->attempt.link, now);
    bool accepted = r->attempt.repeated && r->attempt.code == CAUSE_DUPLICATE;
    enum err e = attempt_update(q->store, &r->attempt);
    if (e != ERR_OK)
        return e;
    if (was_open)
        routes_busy(q->routes, link, false);
    if (class == SMS_FAILURE_SIM)
        routes_rest(q->routes, link, now);
    else if (class == SMS_FAILURE_TEMPORARY && was_open)
        routes_failed(q->routes, link, r->outbound.id, now);
    queue_log(accepted ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING, "part.refused", q, r);
    if (decides)
        e = accepted ? found_accepted(q, r, now) : part_failed(q, r, class, now);
    if (e == ERR_OK && was_open)
        scheduler_done(q->schedule, r->outbound.id, accepted ? link : ROUTE_ANY, now);
    return e == ERR_OK && r->attempt.repeated ? look_for_report_on_repeated(q, r, now) : e;
}

/* Causes with which the network refuses who sends as well as who is to receive (3GPP TS 24.011 annex E-2): barred, unidentified, not subscribed.
 * A SIM that is blocked or has no credit gets one of them for every number. */
static bool may_be_the_sim(int code) {
    static const int causes[] = {8, 10, 28, 29, 30, 50};
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (code == causes[i])
            return true;
    return false;
}

/* Once it's the SIM, its link rests and the message isn't lost for it; what goes out after the rest is the probe, whose success ends this. */
static enum err whose_fault(struct queue *q, const struct record *r, int code, int64_t now, enum sms_failure *class) {
    if (*class != SMS_FAILURE_PERMANENT || !may_be_the_sim(code))
        return ERR_OK;
    int link = routes_link(q->routes, r->attempt.link, now), before = routes_refusals(q->routes, link);
    if (routes_refused(q->routes, link, r->outbound.subscriber_id, now))
        *class = SMS_FAILURE_SIM;
    if (routes_refusals(q->routes, link) == before)
        return ERR_OK;
    return sim_refusal_add(q->store, r->attempt.link, routes_sim_name(q->routes, link), r->outbound.subscriber_id, now);
}

enum err queue_failed(struct queue *q, int64_t attempt_id, enum sms_failure class, int code, const char *reason, int64_t now) {
    struct record r;
    enum err e = result_begin(q, attempt_id, now, &r);
    if (e != ERR_OK)
        return e;
    if (is_undecided(r.attempt.state)) {
        queue_touch(q);
        bool was_open = r.attempt.state == ATTEMPT_OPEN;
        e = whose_fault(q, &r, code, now, &class);
        r.attempt.state = ATTEMPT_FAILED;
        r.attempt.code = code;
        r.attempt.failure = (int)class;
        r.attempt.closed_at = now;
        set_reason(&r.attempt, reason);
        e = queue_end(q, e == ERR_OK ? failed(q, &r, class, was_open, now) : e);
        crash_point("queue.failed");
    } else {
        log_ignored(q, &r, "failed");
    }
    record_release(&r);
    return e;
}

/* ---- unknown ---- */

enum err outcome_unknown(struct store *store, struct attempt *a, struct part *p, const char *reason, int64_t now) {
    a->state = p->state == PART_DELIVERED ? ATTEMPT_SETTLED : ATTEMPT_UNKNOWN;
    a->closed_at = now;
    set_reason(a, reason);
    enum err e = attempt_update(store, a);
    if (e == ERR_OK && p->state == PART_SUBMITTING) {
        e = part_set(store, p->id, PART_UNKNOWN, p->next_at);
        p->state = PART_UNKNOWN;
    }
    if (e == ERR_OK)
        metric_add(METRIC_PARTS_UNKNOWN, 1);
    return e;
}

static enum err unknown(struct queue *q, struct record *r, const char *reason, int64_t now) {
    enum err e = outcome_unknown(q->store, &r->attempt, &r->part, reason, now);
    if (e != ERR_OK)
        return e;
    queue_log(LOG_LEVEL_WARNING, "part.unknown", q, r);
    int link = routes_link(q->routes, r->attempt.link, now);
    routes_busy(q->routes, link, false);
    routes_failed(q->routes, link, r->outbound.id, now);
    queue_watch(q, r->attempt.id, now);
    scheduler_done(q->schedule, r->outbound.id, link, now);
    return receipt_apply_kept(q, r, now);
}

enum err queue_unknown(struct queue *q, int64_t attempt_id, const char *reason, int64_t now) {
    struct record r;
    enum err e = result_begin(q, attempt_id, now, &r);
    if (e != ERR_OK)
        return e;
    if (r.attempt.state == ATTEMPT_OPEN) {
        queue_touch(q);
        e = queue_end(q, unknown(q, &r, reason, now));
        crash_point("queue.unknown");
    } else {
        log_ignored(q, &r, "unknown");
    }
    record_release(&r);
    return e;
}

/* Replaced or not, the part of a reminder is at its end; the attempt stays what it is in the record: nobody knows. */
static enum err drop_if_replaced(struct queue *q, const struct record *r, int64_t now, bool *ret_dropped) {
    bool replaced;
    enum err e = outbound_replaced(q->store, &r->outbound, &replaced);
    if (e != ERR_OK || !replaced)
        return e;
    *ret_dropped = true;
    e = queue_settle(q, r->part.id, "replaced by a later one");
    return e == ERR_OK ? queue_give_up(q, r, PART_FAILED, now) : e;
}

static enum err act_on_unknown(struct queue *q, const struct record *r, int64_t now) {
    struct tally tally;
    bool done = false, forsaken = false;
    enum err e = tally_of(q->store, r->part.id, &tally);
    if (e == ERR_OK)
        e = record_forsaken(q->store, &r->attempt, &forsaken);
    if (e != ERR_OK)
        return e;
    switch (policy_of_class[r->outbound.class]) {
    case UNKNOWN_REPEAT_ONCE:
        /* What another may have sent, and repeated too, is for a person. */
        done = tally.unknown == 1 && r->outbound.expires_at > now && !forsaken;
        if (done)
            e = queue_again(q, &r->outbound, &r->part, now, now);
        break;
    case UNKNOWN_DROP_IF_REPLACED:
        e = drop_if_replaced(q, r, now, &done);
        break;
    case UNKNOWN_PERSON:
        break;
    }
    if (e == ERR_OK)
        queue_log(LOG_LEVEL_WARNING, done ? "part.unknown_settled" : "part.unknown_left", q, r);
    return e;
}

enum err queue_unknown_due(struct queue *q, int64_t attempt_id, int64_t now) {
    struct record r;
    enum err e = record_get(q->store, attempt_id, &r);
    if (e != ERR_OK)
        return e;
    if (r.attempt.state == ATTEMPT_UNKNOWN)
        e = receipt_apply_kept(q, &r, now);
    if (e == ERR_OK && r.attempt.state == ATTEMPT_UNKNOWN && r.part.state == PART_UNKNOWN && record_is_newest(&r))
        e = act_on_unknown(q, &r, now);
    record_release(&r);
    return e;
}

static enum err settle_by_person(struct queue *q, const struct record *r, bool resend, int64_t now) {
    if (resend && r->outbound.expires_at <= now)
        return ERR_CONFLICT;
    queue_touch(q);
    queue_log(LOG_LEVEL_NOTICE, resend ? "part.resent_by_person" : "part.left_by_person", q, r);
    if (resend)
        return queue_end(q, queue_again(q, &r->outbound, &r->part, now, now));
    enum err e = queue_settle(q, r->part.id, "left by a person");
    if (e == ERR_OK)
        e = part_set(q->store, r->part.id, PART_FAILED, r->part.next_at);
    metric_add(METRIC_PARTS_FAILED, 1);
    return queue_end(q, e);
}

enum err queue_settle_unknown(struct queue *q, int64_t part_id, bool resend, int64_t now) {
    struct record r;
    struct part p;
    struct attempt a;
    enum err e = queue_fresh(q, now);
    if (e == ERR_OK)
        e = part_get(q->store, part_id, &p);
    if (e == ERR_OK && p.state != PART_UNKNOWN)
        e = ERR_CONFLICT;
    if (e == ERR_OK)
        e = attempt_last_of(q->store, part_id, &a);
    if (e == ERR_OK)
        e = record_get(q->store, a.id, &r);
    if (e != ERR_OK)
        return e;
    e = settle_by_person(q, &r, resend, now);
    record_release(&r);
    return e;
}
