/* What goes out: messages, their parts, attempts to submit them, and receipts that nothing belongs to yet. */
#include "store/outbound.h"

#include "firmware-host/base/clock.h"
#include "store/statements.h"

#include <stdlib.h>

enum { PART_IDS = 256 }; /* the id of a part is outbound_id × 256 + sequence */
_Static_assert(SMS_SEGMENTS_MAX < PART_IDS, "every part of a message has an id");
_Static_assert(OUTBOUND_REMINDER == 2, "the index outbound_reminder names it by number");
_Static_assert(PART_QUEUED == 0, "the index part_queued names it by number");
_Static_assert(ATTEMPT_OPEN == 0 && ATTEMPT_SUBMITTED == 1 && ATTEMPT_UNKNOWN == 5 && ATTEMPT_SETTLED == 6,
               "attempt_waiting and attempt_receipt name them by number");

static const char *const outbound_class_names[] = {
    [OUTBOUND_REPLY] = "reply",       [OUTBOUND_NOTICE] = "notice", [OUTBOUND_REMINDER] = "reminder",
    [OUTBOUND_OPERATOR] = "operator", [OUTBOUND_ALARM] = "alarm",
};
static const char *const part_state_names[] = {
    [PART_QUEUED] = "queued", [PART_SUBMITTING] = "submitting", [PART_SUBMITTED] = "submitted", [PART_DELIVERED] = "delivered",
    [PART_FAILED] = "failed", [PART_EXPIRED] = "expired",       [PART_UNKNOWN] = "unknown",
};
static const char *const attempt_state_names[] = {
    [ATTEMPT_OPEN] = "open",     [ATTEMPT_SUBMITTED] = "submitted", [ATTEMPT_DELIVERED] = "delivered", [ATTEMPT_UNDELIVERED] = "undelivered",
    [ATTEMPT_FAILED] = "failed", [ATTEMPT_UNKNOWN] = "unknown",     [ATTEMPT_SETTLED] = "settled",
};

static const char *name_in(const char *const *names, size_t count, unsigned value) {
    return value < count ? names[value] : "?";
}

const char *outbound_class_name(enum outbound_class class) {
    return name_in(outbound_class_names, sizeof outbound_class_names / sizeof *outbound_class_names, class);
}

const char *part_state_name(enum part_state state) {
    return name_in(part_state_names, sizeof part_state_names / sizeof *part_state_names, state);
}

const char *attempt_state_name(enum attempt_state state) {
    return name_in(attempt_state_names, sizeof attempt_state_names / sizeof *attempt_state_names, state);
}

void outbound_release(struct outbound *o) {
    free(o->template_name);
    free(o->text);
    free(o->link);
    *o = (struct outbound){0};
}

static enum err outbound_row_insert(struct store *s, const struct outbound *o, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_OUTBOUND_INSERT);
    bind_int(q, 1, o->subscriber_id);
    bind_text(q, 2, o->template_name);
    bind_int(q, 3, o->encoding);
    bind_int(q, 4, o->class);
    bind_int(q, 5, o->created_at);
    bind_int(q, 6, o->not_before);
    bind_int(q, 7, o->expires_at);
    bind_text(q, 8, o->link);
    bind_id(q, 9, o->case_id);
    bind_id(q, 10, o->message_id);
    bind_int(q, 11, o->reference);
    bind_int(q, 12, o->total);
    bind_id(q, 14, o->event_id);
    enum err e = bind_sealed(s, q, 13, "outbound", bytes_text(o->text));
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

/* The day on which something was said to them: written once a day. */
static enum err note_told(struct store *s, const struct outbound *o) {
    sqlite3_stmt *q = statement(s, S_SUBSCRIBER_TOLD);
    bind_int(q, 1, o->subscriber_id);
    bind_int(q, 2, clock_vietnam_day(o->created_at));
    return statement_run(s, q);
}

static enum err part_insert(struct store *s, const struct part *p) {
    sqlite3_stmt *q = statement(s, S_PART_INSERT);
    bind_int(q, 1, p->id);
    bind_int(q, 2, p->outbound_id);
    bind_int(q, 3, p->sequence);
    bind_int(q, 4, (int64_t)p->offset);
    bind_int(q, 5, (int64_t)p->len);
    bind_int(q, 6, p->state);
    bind_int(q, 7, p->attempts);
    bind_int(q, 8, p->next_at);
    return statement_run(s, q);
}

enum err outbound_insert(struct store *s, const struct outbound *o, struct part *parts, size_t count, int64_t *ret_id) {
    if (count < 1)
        return ERR_INVALID;
    if (count > SMS_SEGMENTS_MAX)
        return ERR_TOO_LONG;
    int64_t id = 0;
    enum err e = outbound_row_insert(s, o, &id);
    if (e == ERR_OK)
        e = note_told(s, o);
    for (size_t i = 0; e == ERR_OK && i < count; i++) {
        parts[i].outbound_id = id;
        parts[i].id = id * PART_IDS + parts[i].sequence;
        e = part_insert(s, &parts[i]);
    }
    if (e == ERR_OK)
        *ret_id = id;
    return e;
}

/* `with_text` false leaves text NULL, and saves unsealing it. */
static enum err outbound_row(struct store *s, sqlite3_stmt *q, bool with_text, struct outbound *ret_outbound) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct outbound found = {
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 1),
        .encoding = (enum sms_encoding)column_int(q, 3),
        .class = (enum outbound_class)column_int(q, 4),
        .created_at = column_int(q, 5),
        .not_before = column_int(q, 6),
        .expires_at = column_int(q, 7),
        .case_id = column_int(q, 9),
        .message_id = column_int(q, 10),
        .reference = (int)column_int(q, 11),
        .total = (int)column_int(q, 12),
        .event_id = column_int(q, 14),
    };
    if (with_text)
        e = column_unsealed(s, q, 13, "outbound", &found.text, NULL);
    if (e == ERR_OK) {
        found.template_name = column_text(q, 2);
        found.link = column_text(q, 8);
        *ret_outbound = found;
    }
    statement_done(q);
    return e;
}

static enum err outbound_get_with(struct store *s, int64_t id, bool with_text, struct outbound *ret_outbound) {
    sqlite3_stmt *q = statement(s, S_OUTBOUND_GET);
    bind_int(q, 1, id);
    return outbound_row(s, q, with_text, ret_outbound);
}

enum err outbound_get(struct store *s, int64_t id, struct outbound *ret_outbound) {
    return outbound_get_with(s, id, true, ret_outbound);
}

enum err outbound_replaced(struct store *s, const struct outbound *o, bool *ret_replaced) {
    sqlite3_stmt *q = statement(s, S_OUTBOUND_REPLACED);
    bind_int(q, 1, o->subscriber_id);
    bind_text(q, 2, o->template_name);
    bind_int(q, 3, o->id);
    bind_id(q, 4, o->case_id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    if (e == ERR_OK)
        statement_done(q);
    *ret_replaced = e == ERR_OK;
    return ERR_OK;
}

static enum err part_row(struct store *s, sqlite3_stmt *q, struct part *ret_part) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_part = (struct part){
        .id = column_int(q, 0),
        .outbound_id = column_int(q, 1),
        .sequence = (int)column_int(q, 2),
        .offset = (size_t)column_int(q, 3),
        .len = (size_t)column_int(q, 4),
        .state = (enum part_state)column_int(q, 5),
        .attempts = (int)column_int(q, 6),
        .next_at = column_int(q, 7),
    };
    statement_done(q);
    return ERR_OK;
}

enum err part_get(struct store *s, int64_t id, struct part *ret_part) {
    sqlite3_stmt *q = statement(s, S_PART_GET);
    bind_int(q, 1, id);
    return part_row(s, q, ret_part);
}

enum err part_set(struct store *s, int64_t id, enum part_state state, int64_t next_at) {
    sqlite3_stmt *q = statement(s, S_PART_SET);
    bind_int(q, 1, id);
    bind_int(q, 2, state);
    bind_int(q, 3, next_at);
    return statement_run_one(s, q);
}

enum err outbound_delivered(struct store *s, const struct outbound *o, bool *ret_delivered) {
    bool delivered = true;
    for (int i = 1; delivered && i <= o->total; i++) {
        struct part p;
        enum err e = part_get(s, o->id * PART_IDS + i, &p);
        if (e != ERR_OK)
            return e;
        delivered = p.state == PART_DELIVERED;
    }
    *ret_delivered = delivered;
    return ERR_OK;
}

static enum err parts_of(struct store *s, int64_t outbound_id, struct part parts[SMS_SEGMENTS_MAX], size_t *ret_count) {
    int64_t after = outbound_id * PART_IDS;
    size_t count = 0;
    while (count < SMS_SEGMENTS_MAX) {
        sqlite3_stmt *q = statement(s, S_PART_NEXT_OF);
        bind_int(q, 1, after);
        bind_int(q, 2, (outbound_id + 1) * PART_IDS);
        enum err e = part_row(s, q, &parts[count]);
        if (e == ERR_NOT_FOUND)
            break;
        if (e != ERR_OK)
            return e;
        after = parts[count++].id;
    }
    *ret_count = count;
    return ERR_OK;
}

/* The row that q finds, with its parts. ERR_NOT_FOUND. */
static enum err hand_on(struct store *s, sqlite3_stmt *q, outbound_each *each, void *context, int64_t *ret_id) {
    struct outbound o;
    struct part parts[SMS_SEGMENTS_MAX];
    size_t count = 0;
    enum err e = outbound_row(s, q, true, &o);
    if (e != ERR_OK)
        return e;
    e = parts_of(s, o.id, parts, &count);
    if (e == ERR_OK)
        each(context, &o, parts, count);
    *ret_id = o.id;
    outbound_release(&o);
    return e;
}

enum err outbound_list(struct store *s, int64_t before_id, int limit, outbound_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    enum err e = ERR_OK;
    for (int n = 0; e == ERR_OK && n < limit; n++) {
        sqlite3_stmt *q = statement(s, S_OUTBOUND_BEFORE);
        bind_int(q, 1, before);
        e = hand_on(s, q, each, context, &before);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err outbound_list_of(struct store *s, int64_t case_id, outbound_each *each, void *context) {
    enum err e = ERR_OK;
    for (int64_t after = 0; e == ERR_OK;) {
        sqlite3_stmt *q = statement(s, S_OUTBOUND_NEXT_OF_CASE);
        bind_int(q, 1, case_id);
        bind_int(q, 2, after);
        e = hand_on(s, q, each, context, &after);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err part_list_queued(struct store *s, part_each *each, void *context) {
    int64_t after = 0;
    for (;;) {
        struct part p;
        struct outbound o;
        sqlite3_stmt *q = statement(s, S_PART_NEXT_QUEUED);
        bind_int(q, 1, after);
        enum err e = part_row(s, q, &p);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = p.id;
        e = outbound_get_with(s, p.outbound_id, false, &o);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_IO : e; /* the foreign key says that it can't be */
        each(context, &o, &p);
        outbound_release(&o);
    }
}

enum err attempt_open(struct store *s, const struct attempt *a, int64_t *ret_id) {
    int64_t id = 0;
    sqlite3_stmt *q = statement(s, S_ATTEMPT_INSERT);
    bind_int(q, 1, a->part_id);
    bind_int(q, 2, a->number);
    bind_text(q, 3, a->link);
    bind_int(q, 4, a->opened_at);
    bind_int(q, 5, a->closed_at);
    bind_int(q, 6, ATTEMPT_OPEN);
    bind_int(q, 7, a->reference);
    bind_int(q, 8, a->repeated);
    bind_int(q, 9, a->code);
    bind_text(q, 10, a->reason);
    enum err e = statement_insert(s, q, &id);
    if (e != ERR_OK)
        return e;
    q = statement(s, S_PART_OPENED);
    bind_int(q, 1, a->part_id);
    bind_int(q, 2, PART_SUBMITTING);
    e = statement_run_one(s, q);
    if (e == ERR_OK)
        *ret_id = id;
    return e;
}

enum err attempt_update(struct store *s, const struct attempt *a) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_UPDATE);
    bind_int(q, 1, a->id);
    bind_int(q, 2, a->state);
    bind_int(q, 3, a->reference);
    bind_int(q, 4, a->closed_at);
    bind_int(q, 5, a->code);
    bind_text(q, 6, a->reason);
    bind_int(q, 7, a->failure);
    return statement_run_one(s, q);
}

static enum err attempt_row(struct store *s, sqlite3_stmt *q, struct attempt *ret_attempt) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct attempt found = {
        .id = column_int(q, 0),
        .part_id = column_int(q, 1),
        .number = (int)column_int(q, 2),
        .opened_at = column_int(q, 4),
        .closed_at = column_int(q, 5),
        .state = (enum attempt_state)column_int(q, 6),
        .reference = (int)column_int(q, 7),
        .repeated = column_int(q, 8) != 0,
        .code = (int)column_int(q, 9),
        .failure = (int)column_int(q, 11),
    };
    e = column_copy(q, 3, found.link, sizeof found.link);
    if (e == ERR_OK)
        e = column_copy(q, 10, found.reason, sizeof found.reason);
    statement_done(q);
    if (e == ERR_OK)
        *ret_attempt = found;
    return e;
}

enum err attempt_get(struct store *s, int64_t id, struct attempt *ret_attempt) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_GET);
    bind_int(q, 1, id);
    return attempt_row(s, q, ret_attempt);
}

enum err attempt_last_of(struct store *s, int64_t part_id, struct attempt *ret_attempt) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_LAST_OF);
    bind_int(q, 1, part_id);
    return attempt_row(s, q, ret_attempt);
}

enum err attempt_list(struct store *s, enum attempt_state state, int limit, attempt_each *each, void *context) {
    bool waiting = state == ATTEMPT_OPEN || state == ATTEMPT_UNKNOWN; /* has an index */
    int64_t after = 0;
    for (int n = 0; n < limit; n++) {
        struct attempt a;
        sqlite3_stmt *q = statement(s, waiting ? S_ATTEMPT_NEXT_WAITING : S_ATTEMPT_NEXT_IN_STATE);
        bind_int(q, 1, state);
        bind_int(q, 2, after);
        enum err e = attempt_row(s, q, &a);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = a.id;
        each(context, &a);
    }
    return ERR_OK;
}

enum err attempt_list_of(struct store *s, int64_t part_id, attempt_each *each, void *context) {
    int number = 0;
    for (;;) {
        struct attempt a;
        sqlite3_stmt *q = statement(s, S_ATTEMPT_NEXT_OF);
        bind_int(q, 1, part_id);
        bind_int(q, 2, number);
        enum err e = attempt_row(s, q, &a);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        number = a.number;
        each(context, &a);
    }
}

enum err attempt_list_since(struct store *s, int64_t since, attempt_moment *each, void *context) {
    struct attempt a = {.id = INT64_MAX};
    for (;;) {
        sqlite3_stmt *q = statement(s, S_ATTEMPT_BEFORE);
        bind_int(q, 1, a.id);
        enum err e = attempt_row(s, q, &a);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        if (a.opened_at < since)
            return ERR_OK;
        each(context, a.link, a.opened_at);
    }
}

enum err attempt_for_receipt(struct store *s, const char *link, int64_t subscriber_id, int reference, int64_t since, struct attempt *ret_attempt) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_FOR_RECEIPT);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, reference);
    bind_text(q, 3, link);
    bind_int(q, 4, since);
    return attempt_row(s, q, ret_attempt);
}

enum err attempt_reference_used(struct store *s, const struct attempt *a, int64_t subscriber_id, int64_t since, bool *ret_used) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_REFERENCE_USED);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, a->reference);
    bind_text(q, 3, a->link);
    bind_int(q, 4, since);
    bind_int(q, 5, a->part_id);
    enum err e = statement_row(s, q);
    if (e == ERR_OK)
        statement_done(q);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    *ret_used = e == ERR_OK;
    return ERR_OK;
}

enum err attempt_doubts(struct store *s, const char *link, int64_t subscriber_id, int64_t since, int64_t *ret_count) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_DOUBTS);
    bind_int(q, 1, subscriber_id);
    bind_text(q, 2, link);
    bind_int(q, 3, since);
    return statement_value(s, q, ret_count);
}

enum err attempt_last_reference(struct store *s, const char *link, int *ret_reference) {
    sqlite3_stmt *q = statement(s, S_ATTEMPT_LAST_REFERENCE);
    bind_text(q, 1, link);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_reference = (int)column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

enum err receipt_keep(struct store *s, const struct receipt *r) {
    sqlite3_stmt *q = statement(s, S_RECEIPT_INSERT);
    bind_text(q, 1, r->link);
    bind_int(q, 2, r->subscriber_id);
    bind_int(q, 3, r->reference);
    bind_int(q, 4, r->status);
    bind_int(q, 5, r->at);
    bind_int(q, 6, r->done_at);
    return statement_run(s, q);
}

enum err receipt_take(struct store *s, const char *link, int64_t subscriber_id, int reference, int64_t since, struct receipt *ret_receipt) {
    sqlite3_stmt *q = statement(s, S_RECEIPT_TAKE);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, reference);
    bind_text(q, 3, link);
    bind_int(q, 4, since);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct receipt found = {
        .id = column_int(q, 0),
        .subscriber_id = column_int(q, 2),
        .reference = (int)column_int(q, 3),
        .status = (int)column_int(q, 4),
        .at = column_int(q, 5),
        .done_at = column_int(q, 6),
    };
    e = column_copy(q, 1, found.link, sizeof found.link);
    statement_done(q);
    if (e == ERR_OK)
        *ret_receipt = found;
    return e;
}

enum err receipt_prune(struct store *s, int64_t before) {
    sqlite3_stmt *q = statement(s, S_RECEIPT_PRUNE);
    bind_int(q, 1, before);
    return statement_run(s, q);
}
