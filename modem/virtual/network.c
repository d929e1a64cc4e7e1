/* The message centre.
 *
 * Invariants:
 *   1. A TPDU that subscriber_submit() took is in the air log, once, before it returns.
 *   2. Arrivals of one subscriber are offered in the order the centre took them, one at a time; messages and reports queue apart, because a
 *      full memory stops only what needs a slot.
 *   3. An arrival leaves its queue only when the modem answered for it; an unacknowledged one goes back to the head.
 *   4. Nothing is offered from within a submission: a report never overtakes the answer to the command that caused it.
 */
#include "modem/virtual/network.h"

#include "firmware-host/base/mem.h"
#include "modem/virtual/raw_tpdu.h"

#include <stdlib.h>
#include <string.h>

#define HANDSET_BUCKETS 4096
#define DEFAULT_VALIDITY (2 * CLOCK_DAY) /* of a message that doesn't say; after it the centre gives up */
#define REPEAT_WINDOW CLOCK_HOUR /* TP-RD: how long (from, to, TP-MR) is remembered */

enum { CAUSE_UNIDENTIFIED_SUBSCRIBER = 28, CAUSE_INVALID_PDU = 304, CAUSE_CHECKED_TP = 195 /* TS 23.040 §9.2.3.22: invalid SME address */ };
enum { STATUS_DELIVERED = 0x00, STATUS_TRYING = 0x30, STATUS_EXPIRED = 0x46 }; /* TS 23.040 §9.2.3.15 */

struct queue {
    struct arrival *first, *last;
    size_t count;
};

enum queue_kind { QUEUE_MESSAGES, QUEUE_REPORTS, QUEUE_COUNT };

struct subscriber {
    struct subscriber *next;
    struct network *network;
    char *name;
    struct phone number;
    subscriber_offer *offer;
    void *modem;
    struct queue queue[QUEUE_COUNT];
    bool held[QUEUE_COUNT]; /* full or away: nothing is offered until subscriber_ready() */
    struct arrival *offered; /* its acknowledgement is awaited */
    bool pumping; /* a call of pump() is scheduled */
};

struct waiting { /* a message for a handset that is off */
    struct waiting *next;
    int64_t number;
    struct handset *handset;
    struct phone from;
    struct receipt receipt;
    struct tpdu tpdu;
};

struct submitted { /* for TP-RD: when each TP-MR was last used between two ends */
    struct submitted *next;
    const struct subscriber *from;
    struct phone to;
    int64_t time[256];
};

struct ussd {
    struct ussd *next;
    char *code;
    struct network_ussd answer;
};

struct network {
    struct schedule *schedule;
    struct clock *clock;
    struct network_settings settings;
    struct subscriber *subscribers;
    struct handset *handsets[HANDSET_BUCKETS];
    size_t handset_count;
    struct submitted *submitted;
    struct waiting *waiting, **waiting_end;
    size_t waiting_count;
    int64_t waiting_number;
    struct ussd *ussd;
    struct air **air;
    size_t air_count, air_capacity;
    struct arrival **arrivals;
    size_t arrival_count, arrival_capacity;
};

const char *arrival_state_name(enum arrival_state state) {
    static const char *const names[] = {"waiting", "offered", "stored", "deleted", "acknowledged", "shown", "discarded"};
    return names[state];
}

struct network *network_new(struct schedule *schedule, struct clock *clock) {
    struct network *n = mem_alloc(sizeof *n);
    n->schedule = schedule;
    n->clock = clock;
    n->settings.retry_ms = CLOCK_SECOND;
    n->waiting_end = &n->waiting;
    return n;
}

static void free_subscribers(struct network *n) {
    for (struct subscriber *s = n->subscribers, *next; s; s = next) {
        next = s->next;
        schedule_cancel_all(n->schedule, s);
        free(s->name);
        free(s);
    }
}

static void free_handsets(struct network *n) {
    for (size_t bucket = 0; bucket < HANDSET_BUCKETS; bucket++)
        for (struct handset *h = n->handsets[bucket], *next; h; h = next) {
            next = h->next;
            handset_release(h);
            free(h);
        }
}

void network_free(struct network *n) {
    if (!n)
        return;
    schedule_cancel_all(n->schedule, n);
    free_subscribers(n);
    free_handsets(n);
    for (struct submitted *s = n->submitted, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    for (struct waiting *w = n->waiting, *next; w; w = next) {
        next = w->next;
        free(w);
    }
    for (struct ussd *u = n->ussd, *next; u; u = next) {
        next = u->next;
        free(u->code);
        free(u->answer.text);
        free(u);
    }
    for (size_t i = 0; i < n->air_count; i++)
        free(n->air[i]);
    for (size_t i = 0; i < n->arrival_count; i++)
        free(n->arrivals[i]);
    free(n->air);
    free(n->arrivals);
    free(n);
}

static int64_t now_ms(const struct network *n) {
    return n->clock->wall_ms(n->clock);
}

struct network_settings *network_settings(struct network *n) {
    return &n->settings;
}

/* -- subscribers ------------------------------------------------------------------------------------------------------------------------- */

enum err network_attach(struct network *n, const char *name, const struct phone *number, subscriber_offer *offer, void *modem,
                        struct subscriber **ret_subscriber) {
    struct subscriber **end = &n->subscribers;
    for (; *end; end = &(*end)->next)
        if (strcmp((*end)->name, name) == 0 || phone_equal(&(*end)->number, number))
            return ERR_DUPLICATE;
    struct subscriber *s = mem_alloc(sizeof *s);
    s->network = n;
    s->name = mem_string(name);
    s->number = *number;
    s->offer = offer;
    s->modem = modem;
    *end = s;
    *ret_subscriber = s;
    return ERR_OK;
}

const char *subscriber_name(const struct subscriber *s) {
    return s->name;
}

const struct phone *subscriber_number(const struct subscriber *s) {
    return &s->number;
}

static struct subscriber *subscriber_of(struct network *n, const struct phone *number) {
    struct subscriber *s = n->subscribers;
    while (s && !phone_equal(&s->number, number))
        s = s->next;
    return s;
}

void subscriber_counts(const struct subscriber *s, size_t *ret_messages, size_t *ret_reports) {
    *ret_messages = s->queue[QUEUE_MESSAGES].count;
    *ret_reports = s->queue[QUEUE_REPORTS].count;
}

size_t subscriber_refused(const struct subscriber *s) {
    size_t refused = 0;
    for (int kind = 0; kind < QUEUE_COUNT; kind++)
        refused += s->held[kind] ? s->queue[kind].count : 0;
    return refused;
}

/* -- arrivals ---------------------------------------------------------------------------------------------------------------------------- */

static void pump(void *context, int64_t unused);

static void pump_soon(struct subscriber *s, int64_t delay_ms) {
    if (s->pumping)
        return;
    s->pumping = true;
    schedule_in(s->network->schedule, delay_ms, pump, s, 0);
}

static void push(struct queue *q, struct arrival *a) {
    if (q->last)
        q->last->next = a;
    else
        q->first = a;
    q->last = a;
    q->count++;
}

static void pop(struct queue *q) {
    q->first = q->first->next;
    if (!q->first)
        q->last = NULL;
    q->count--;
}

static struct arrival *arrival_add(struct subscriber *s, const struct phone *from, const uint8_t *tpdu, size_t len, bool is_report) {
    struct network *n = s->network;
    if (n->arrival_count == n->arrival_capacity) {
        n->arrival_capacity = n->arrival_capacity ? 2 * n->arrival_capacity : 256;
        n->arrivals = mem_resize(n->arrivals, n->arrival_capacity, sizeof *n->arrivals);
    }
    struct arrival *a = mem_alloc(sizeof *a);
    n->arrivals[n->arrival_count++] = a;
    a->seq = (int64_t)n->arrival_count;
    a->subscriber = s;
    a->from = *from;
    a->is_report = is_report;
    a->time = now_ms(n);
    a->len = len;
    memcpy(a->tpdu, tpdu, len);
    push(&s->queue[is_report ? QUEUE_REPORTS : QUEUE_MESSAGES], a);
    pump_soon(s, 0);
    return a;
}

/* Tells the origin of a message what became of it, if it asked. */
static void report(struct network *n, const struct receipt *receipt, int status) {
    if (!receipt->origin)
        return;
    struct tpdu_message m = {.type = TPDU_STATUS_REPORT,
                             .phone = receipt->recipient,
                             .reference = receipt->reference,
                             .status = (uint8_t)status,
                             .time = receipt->submitted,
                             .discharge_time = now_ms(n),
                             .zone_minutes = NETWORK_ZONE_MINUTES};
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    if (tpdu_encode(&m, octets, &len) == ERR_OK)
        arrival_add(receipt->origin, &receipt->recipient, octets, len, true);
}

static void arrival_end(struct arrival *a, enum arrival_state state) {
    a->state = state;
    a->done_time = now_ms(a->subscriber->network);
}

static void arrival_taken(struct arrival *a, enum arrival_state state) {
    struct subscriber *s = a->subscriber;
    pop(&s->queue[a->is_report ? QUEUE_REPORTS : QUEUE_MESSAGES]);
    if (state == ARRIVAL_STORED)
        a->state = state;
    else
        arrival_end(a, state);
    report(s->network, &a->receipt, STATUS_DELIVERED);
}

/* The MMS bit of a DELIVER says whether more wait; it is inverted on the air. */
static void mark_more(struct arrival *a, bool more) {
    a->tpdu[0] = (uint8_t)(more ? a->tpdu[0] & ~RAW_TPDU_MMS : a->tpdu[0] | RAW_TPDU_MMS);
}

static void offer(struct subscriber *s, enum queue_kind kind) {
    struct arrival *a = s->queue[kind].first;
    static const enum arrival_state states[] = {
        [SUBSCRIBER_STORED] = ARRIVAL_STORED, [SUBSCRIBER_SHOWN] = ARRIVAL_SHOWN, [SUBSCRIBER_DISCARDED] = ARRIVAL_DISCARDED};
    a->offers++;
    mark_more(a, s->queue[kind].count > 1);
    enum subscriber_answer answer = s->offer(s->modem, a);
    switch (answer) {
    case SUBSCRIBER_STORED:
    case SUBSCRIBER_SHOWN:
    case SUBSCRIBER_DISCARDED:
        arrival_taken(a, states[answer]);
        break;
    case SUBSCRIBER_LATER:
        a->state = ARRIVAL_OFFERED;
        s->offered = a;
        break;
    case SUBSCRIBER_FULL:
        s->held[kind] = true;
        break;
    case SUBSCRIBER_AWAY:
        s->held[QUEUE_MESSAGES] = s->held[QUEUE_REPORTS] = true;
        break;
    }
}

static void pump(void *context, int64_t unused) {
    (void)unused;
    struct subscriber *s = context;
    s->pumping = false;
    for (int kind = QUEUE_COUNT - 1; kind >= 0; kind--)
        while (s->queue[kind].first && !s->held[kind] && !s->offered)
            offer(s, (enum queue_kind)kind);
}

void subscriber_ready(struct subscriber *s) {
    memset(s->held, 0, sizeof s->held);
    if (!s->offered && (s->queue[QUEUE_MESSAGES].first || s->queue[QUEUE_REPORTS].first))
        pump_soon(s, 0);
}

void subscriber_acknowledge(struct subscriber *s, struct arrival *a, bool good) {
    if (s->offered != a)
        return;
    s->offered = NULL;
    if (good)
        arrival_taken(a, ARRIVAL_ACKNOWLEDGED);
    else
        a->state = ARRIVAL_WAITING;
    pump_soon(s, good ? 0 : s->network->settings.retry_ms);
}

void arrival_deleted(struct arrival *a) {
    if (a->state == ARRIVAL_STORED)
        arrival_end(a, ARRIVAL_DELETED);
}

/* -- handsets ---------------------------------------------------------------------------------------------------------------------------- */

struct handset *network_handset(struct network *n, const struct phone *phone) {
    if (phone->kind != PHONE_E164 && phone->kind != PHONE_SHORT)
        return NULL;
    uint32_t hash = 2166136261u;
    for (const char *c = phone->text; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    struct handset **at = &n->handsets[hash % HANDSET_BUCKETS];
    for (; *at; at = &(*at)->next)
        if (phone_equal(&(*at)->phone, phone))
            return *at;
    *at = mem_alloc(sizeof **at);
    handset_init(*at, phone);
    n->handset_count++;
    return *at;
}

size_t network_handset_count(const struct network *n) {
    return n->handset_count;
}

static void expire(void *context, int64_t number) {
    struct network *n = context;
    for (struct waiting **at = &n->waiting; *at; at = &(*at)->next) {
        struct waiting *w = *at;
        if (w->number != number)
            continue;
        *at = w->next;
        if (n->waiting_end == &w->next)
            n->waiting_end = at;
        n->waiting_count--;
        report(n, &w->receipt, STATUS_EXPIRED);
        free(w);
        return;
    }
}

static int64_t validity_ms(const struct network *n, const struct tpdu *t) {
    switch (t->validity_format) {
    case TPDU_VP_NONE:
        return DEFAULT_VALIDITY;
    case TPDU_VP_RELATIVE:
    case TPDU_VP_ENHANCED:
        return (int64_t)t->validity_seconds * CLOCK_SECOND;
    case TPDU_VP_ABSOLUTE:
        return t->validity_time - now_ms(n);
    }
    return DEFAULT_VALIDITY;
}

static void keep(struct network *n, struct handset *h, const struct phone *from, const struct tpdu *t, const struct receipt *receipt) {
    struct waiting *w = mem_alloc(sizeof *w);
    *w = (struct waiting){.number = ++n->waiting_number, .handset = h, .from = *from, .receipt = *receipt, .tpdu = *t};
    *n->waiting_end = w;
    n->waiting_end = &w->next;
    n->waiting_count++;
    schedule_in(n->schedule, validity_ms(n, t), expire, n, w->number);
    if (n->settings.temporary_reports)
        report(n, receipt, STATUS_TRYING);
}

static void deliver(struct network *n, struct handset *h, const struct phone *from, const struct tpdu *t, const struct receipt *receipt) {
    if (h->fail_status) {
        report(n, receipt, h->fail_status);
    } else if (!h->on) {
        keep(n, h, from, t, receipt);
    } else {
        handset_take(h, from, t, now_ms(n));
        report(n, receipt, STATUS_DELIVERED);
    }
}

void network_handset_on(struct network *n, struct handset *h, bool on) {
    h->on = on;
    struct waiting **at = &n->waiting;
    while (on && *at) {
        struct waiting *w = *at;
        if (w->handset != h) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        if (n->waiting_end == &w->next)
            n->waiting_end = at;
        n->waiting_count--;
        deliver(n, h, &w->from, &w->tpdu, &w->receipt);
        free(w);
    }
}

size_t network_waiting(const struct network *n) {
    return n->waiting_count;
}

enum err network_send(struct network *n, const struct phone *from, const struct phone *to, const uint8_t *tpdu, size_t len, int64_t *ret_arrival) {
    struct subscriber *s = subscriber_of(n, to);
    if (len == 0 || len > TPDU_MAX_OCTETS)
        return ERR_INVALID;
    if (s) {
        *ret_arrival = arrival_add(s, from, tpdu, len, false)->seq;
        return ERR_OK;
    }
    struct handset *h = network_handset(n, to);
    struct tpdu t;
    if (!h || tpdu_decode(tpdu, len, TPDU_FROM_SC, &t) != ERR_OK)
        return ERR_INVALID;
    deliver(n, h, from, &t, &(struct receipt){.origin = NULL});
    *ret_arrival = 0;
    return ERR_OK;
}

/* -- submissions ------------------------------------------------------------------------------------------------------------------------- */

/* Notes the use of (from, to, TP-MR); true if it was used within the window. */
static bool used_before(struct network *n, const struct subscriber *from, const struct phone *to, uint8_t reference) {
    struct submitted *s = n->submitted;
    while (s && (s->from != from || !phone_equal(&s->to, to)))
        s = s->next;
    if (!s) {
        s = mem_alloc(sizeof *s);
        s->from = from;
        s->to = *to;
        s->next = n->submitted;
        n->submitted = s;
    }
    int64_t now = now_ms(n), last = s->time[reference];
    s->time[reference] = now;
    return last && now - last < REPEAT_WINDOW;
}

static struct air *air_add(struct subscriber *s, const struct tpdu *t, const uint8_t *tpdu, size_t len) {
    struct network *n = s->network;
    if (n->air_count == n->air_capacity) {
        n->air_capacity = n->air_capacity ? 2 * n->air_capacity : 256;
        n->air = mem_resize(n->air, n->air_capacity, sizeof *n->air);
    }
    struct air *a = mem_alloc(sizeof *a);
    n->air[n->air_count++] = a;
    *a =
        (struct air){.seq = (int64_t)n->air_count, .time = now_ms(n), .subscriber = s, .to = t->address.phone, .reference = t->reference, .len = len};
    memcpy(a->tpdu, tpdu, len);
    return a;
}

static enum err to_modem(struct network *n, struct subscriber *from, struct subscriber *to, const struct air *a, const struct receipt *receipt) {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    struct raw_tpdu r;
    enum err e = raw_tpdu_read(RAW_TPDU_SUBMIT, a->tpdu, a->len, &r);
    if (e)
        return e;
    r.first &= RAW_TPDU_UDHI | RAW_TPDU_RP;
    r.phone = from->number;
    r.time = now_ms(n);
    r.zone_minutes = NETWORK_ZONE_MINUTES;
    e = raw_tpdu_build(RAW_TPDU_DELIVER, &r, octets, &len);
    if (e == ERR_OK)
        arrival_add(to, &from->number, octets, len, false)->receipt = *receipt;
    return e;
}

int subscriber_submit(struct subscriber *s, const uint8_t *tpdu, size_t len) {
    struct network *n = s->network;
    struct tpdu t;
    if (len > TPDU_MAX_OCTETS || tpdu_decode(tpdu, len, TPDU_TO_SC, &t) != ERR_OK || t.type != TPDU_SUBMIT)
        return CAUSE_INVALID_PDU;
    struct air *a = air_add(s, &t, tpdu, len);
    if (used_before(n, s, &a->to, a->reference) && t.reject_duplicates) {
        a->repeat = true;
        return 0;
    }
    struct receipt receipt = {.origin = t.report ? s : NULL, .recipient = a->to, .reference = a->reference, .submitted = a->time};
    struct subscriber *modem = subscriber_of(n, &a->to);
    if (modem)
        return to_modem(n, s, modem, a, &receipt) == ERR_OK ? 0 : CAUSE_INVALID_PDU;
    struct handset *h = network_handset(n, &a->to);
    if (!h)
        return CAUSE_CHECKED_TP;
    deliver(n, h, &s->number, &t, &receipt);
    return 0;
}

/* -- USSD -------------------------------------------------------------------------------------------------------------------------------- */

static struct ussd *ussd_of(const struct network *n, const char *code) {
    struct ussd *u = n->ussd;
    while (u && strcmp(u->code, code) != 0)
        u = u->next;
    return u;
}

void network_ussd_set(struct network *n, const char *code, const struct network_ussd *answer) {
    struct ussd *u = ussd_of(n, code);
    if (!u) {
        u = mem_alloc(sizeof *u);
        u->code = mem_string(code);
        u->next = n->ussd;
        n->ussd = u;
    }
    char *text = mem_string(answer->text);
    free(u->answer.text);
    u->answer = *answer;
    u->answer.text = text;
}

const struct network_ussd *network_ussd(const struct network *n, const char *code) {
    const struct ussd *u = ussd_of(n, code);
    return u ? &u->answer : NULL;
}

bool network_ussd_continues(const struct network *n, const char *code) {
    size_t len = strlen(code);
    for (const struct ussd *u = n->ussd; u; u = u->next)
        if (strncmp(u->code, code, len) == 0 && u->code[len] == '>')
            return true;
    return false;
}

/* -- the log ----------------------------------------------------------------------------------------------------------------------------- */

size_t network_air_count(const struct network *n) {
    return n->air_count;
}

const struct air *network_air(const struct network *n, size_t i) {
    return n->air[i];
}

size_t network_arrival_count(const struct network *n) {
    return n->arrival_count;
}

const struct arrival *network_arrival(const struct network *n, size_t i) {
    return n->arrivals[i];
}
