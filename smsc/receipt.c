/* Delivery reports. TP-ST (3GPP TS 23.040 §9.2.3.15) says what became of a message that the centre had accepted:
 *
 *   0x00–0x1F  the transaction is complete         delivered
 *   0x20–0x3F  the centre is still trying          noted; it has the message, which settles an unknown attempt
 *   0x40–0x5F  permanent error, no more tries      the part has failed
 *   0x60–0x7F  temporary error, no more tries      not delivered: goes again as after a temporary failure, while its validity lasts
 *   0x80–…     reserved                            logged and ignored
 *
 * A report names the message by link, recipient and TP-MR, which wraps at 256: of the submitted attempts that fit within the window the newest is
 * meant. The number of an attempt without a result is only the one that was asked for, and modems count by themselves: such an attempt is meant only
 * where no other to that phone could be. A citizen without an answer is worse than an attempt that stays unknown. A report that fits none is kept,
 * because it may come before the result of the submission; what nobody took is pruned after the window. A second report on a delivered attempt fits
 * none, too. */
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/metric.h"
#include "smsc/queue_record.h"
#include "smsc/uplink.h"

#include <stdio.h>

enum verdict { VERDICT_DELIVERED, VERDICT_TRYING, VERDICT_FAILED, VERDICT_GAVE_UP, VERDICT_RESERVED };

static enum verdict verdict_of(int status) {
    static const enum verdict of_range[] = {VERDICT_DELIVERED, VERDICT_TRYING, VERDICT_FAILED, VERDICT_GAVE_UP}; /* each of 0x20 values */
    return status < 0 || status > 0x7F ? VERDICT_RESERVED : of_range[status / 0x20];
}

static const struct {
    int status;
    const char *text;
} statuses[] = {
    {0x00, "received by the phone"},
    {0x01, "forwarded, delivery can't be confirmed"},
    {0x02, "replaced by the centre"},
    {0x20, "congestion, still trying"},
    {0x21, "phone busy, still trying"},
    {0x22, "no answer from the phone, still trying"},
    {0x23, "service rejected, still trying"},
    {0x24, "quality of service not available, still trying"},
    {0x25, "error in the phone, still trying"},
    {0x40, "remote procedure error"},
    {0x41, "incompatible destination"},
    {0x42, "connection rejected by the phone"},
    {0x43, "not obtainable"},
    {0x44, "quality of service not available"},
    {0x45, "no interworking available"},
    {0x46, "validity period expired"},
    {0x47, "deleted by the sender"},
    {0x48, "deleted by the centre"},
    {0x49, "the centre doesn't know the message"},
    {0x60, "congestion, given up"},
    {0x61, "phone busy, given up"},
    {0x62, "no answer from the phone, given up"},
    {0x63, "service rejected, given up"},
    {0x64, "quality of service not available, given up"},
    {0x65, "error in the phone, given up"},
};

static void note(struct attempt *a, int status) {
    const char *text = "a status of the centre's own";
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (statuses[i].status == status)
            text = statuses[i].text;
    a->code = status;
    snprintf(a->reason, sizeof a->reason, "TP-ST 0x%02X: %s", (unsigned)status & 0xFF, text);
}

/* What still waits of the part (a repeat) isn't needed any more. */
static enum err settle_part(struct queue *q, struct record *r, enum part_state state, int64_t now) {
    if (r->part.state == PART_QUEUED)
        scheduler_drop_part(q->schedule, r->outbound.id, r->part.id, now);
    r->part.state = state;
    return part_set(q->store, r->part.id, state, r->part.next_at);
}

static enum err delivered(struct queue *q, struct record *r, int64_t now) {
    r->attempt.state = ATTEMPT_DELIVERED;
    enum err e = attempt_update(q->store, &r->attempt);
    if (e == ERR_OK)
        e = queue_settle(q, r->part.id, "delivered by another attempt");
    if (e != ERR_OK || r->part.state == PART_DELIVERED)
        return e;
    metric_add(METRIC_PARTS_DELIVERED, 1);
    e = settle_part(q, r, PART_DELIVERED, now);
    if (e == ERR_OK)
        e = uplink_text(q->store, q->settings, &r->outbound, UPLINK_RECEIVED, now);
    return e == ERR_OK && q->delivered ? q->delivered(q->context, &r->outbound, now) : e;
}

static enum err trying(struct queue *q, struct record *r, int64_t now) {
    bool was_known = r->attempt.state == ATTEMPT_SUBMITTED;
    r->attempt.state = ATTEMPT_SUBMITTED;
    enum err e = attempt_update(q->store, &r->attempt);
    if (e != ERR_OK || was_known || !record_is_newest(r) || (r->part.state != PART_UNKNOWN && r->part.state != PART_QUEUED))
        return e;
    return settle_part(q, r, PART_SUBMITTED, now);
}

/* Whether the part is in the hands of this attempt, so that its end is the part's. */
static bool decides(const struct record *r) {
    return record_is_newest(r) && (r->part.state == PART_SUBMITTED || r->part.state == PART_UNKNOWN || r->part.state == PART_QUEUED);
}

static enum err undelivered(struct queue *q, struct record *r, bool permanent, int64_t now) {
    r->attempt.state = ATTEMPT_UNDELIVERED;
    enum err e = attempt_update(q->store, &r->attempt);
    if (e != ERR_OK || !decides(r))
        return e;
    if (permanent)
        return queue_give_up(q, r, PART_FAILED, now);
    return r->part.state == PART_QUEUED ? ERR_OK : queue_retry(q, r, now);
}

enum err receipt_apply(struct queue *q, struct record *r, int status, int64_t now) {
    enum verdict verdict = verdict_of(status);
    enum err e = ERR_OK;
    note(&r->attempt, status);
    /* Whatever it says, the network had taken the part; of a SIM that was refused since then that says nothing. */
    int link = routes_link(q->routes, r->attempt.link, now);
    if (r->attempt.opened_at > routes_refused_at(q->routes, link))
        e = queue_sim_works(q, link);
    if (e != ERR_OK)
        return e;
    switch (verdict) {
    case VERDICT_DELIVERED:
        e = delivered(q, r, now);
        break;
    case VERDICT_TRYING:
        e = trying(q, r, now);
        break;
    case VERDICT_FAILED:
    case VERDICT_GAVE_UP:
        e = undelivered(q, r, verdict == VERDICT_FAILED, now);
        break;
    case VERDICT_RESERVED:
        return ERR_OK;
    }
    if (e == ERR_OK)
        queue_log(LOG_LEVEL_INFO, "part.report", q, r);
    return e;
}

/* Whether a report with this attempt's number can only be about this attempt: its number is the network's, or no other part to that phone is without
 * a certain one. */
static enum err is_certain(struct queue *q, const struct attempt *a, int64_t subscriber_id, int64_t now, bool *ret_certain) {
    int64_t doubts = 0;
    if (a->state != ATTEMPT_SUBMITTED) {
        enum err e = attempt_doubts(q->store, a->link, subscriber_id, now - receipt_window(q), &doubts);
        if (e != ERR_OK)
            return e;
    }
    *ret_certain = doubts <= 1;
    return ERR_OK;
}

enum err receipt_apply_kept(struct queue *q, struct record *r, int64_t now) {
    struct receipt kept;
    const struct attempt *a = &r->attempt;
    if (a->reference < 0)
        return ERR_OK;
    while (a->state == ATTEMPT_SUBMITTED || a->state == ATTEMPT_UNKNOWN) {
        bool certain = false;
        enum err e = is_certain(q, a, r->outbound.subscriber_id, now, &certain);
        if (e != ERR_OK || !certain)
            return e;
        e = receipt_take(q->store, a->link, r->outbound.subscriber_id, a->reference, a->opened_at, &kept);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        e = receipt_apply(q, r, kept.status, now);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

static enum err keep(struct queue *q, const char *link, int64_t subscriber_id, int reference, int status, int64_t done_at, int64_t now) {
    struct receipt r = {.subscriber_id = subscriber_id, .reference = reference, .status = status, .at = now, .done_at = done_at};
    enum err e = str_copy(r.link, sizeof r.link, link);
    if (e == ERR_OK)
        e = receipt_keep(q->store, &r);
    log_event(LOG_LEVEL_INFO, "receipt.kept", log_text("link", link), log_int("subscriber", subscriber_id), log_int("reference", reference),
              log_int("status", status));
    return e;
}

enum err queue_receipt(struct queue *q, const char *link, int64_t subscriber_id, int reference, int status, int64_t sent_at, int64_t done_at,
                       int64_t now) {
    struct attempt a;
    struct record r;
    (void)sent_at; /* clocks of message centres and their zones are no evidence */
    if (verdict_of(status) == VERDICT_RESERVED) {
        log_event(LOG_LEVEL_WARNING, "receipt.reserved_status", log_text("link", link), log_int("reference", reference), log_int("status", status));
        return ERR_OK;
    }
    enum err e = queue_fresh(q, now);
    if (e != ERR_OK)
        return e;
    bool certain = false;
    e = attempt_for_receipt(q->store, link, subscriber_id, reference, now - receipt_window(q), &a);
    if (e == ERR_OK)
        e = is_certain(q, &a, subscriber_id, now, &certain);
    if (e == ERR_NOT_FOUND || (e == ERR_OK && !certain))
        return keep(q, link, subscriber_id, reference, status, done_at, now);
    if (e == ERR_OK)
        e = record_get(q->store, a.id, &r);
    if (e != ERR_OK)
        return e;
    queue_touch(q);
    e = queue_end(q, receipt_apply(q, &r, status, now));
    crash_point("queue.receipt");
    record_release(&r);
    return e;
}
