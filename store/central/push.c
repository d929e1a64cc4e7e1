/* The window of events and the table of answers: see push.h.
 *
 * Memory: events wait in a list in the order of their sequence; those of a request hang on it. Each case with an event in memory has a lane, which
 * says whether a request of it is out. A walk through the list takes what may go, and passes over a case as soon as one of its events must stay. */
#include "store/central/push.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 1000, LANES = 256, REASON_MAX = 512, PARKED_IN_ROW = 10 };
#define WINDOW_OCTETS ((size_t)8 << 20)
#define WAIT_BASE (5 * CLOCK_SECOND)
#define WAIT_MOST (5 * CLOCK_MINUTE)
#define REAUTHORISE_MOST CLOCK_MINUTE /* not more often: a store that takes some and refuses others would have us ask without end */
#define RETRY_AFTER_MOST CLOCK_HOUR /* a store that says more by mistake would stop us for ever */

/* central.md §5.2. The first row that fits counts. */
static const struct {
    int from, to;
    enum push_verdict verdict;
} answers[] = {
    {200, 201, PUSH_DONE},        {202, 202, PUSH_ACCEPTED},    {204, 204, PUSH_DONE},    {300, 399, PUSH_PAUSE}, /* never followed */
    {401, 401, PUSH_REAUTHORISE}, {403, 403, PUSH_REAUTHORISE}, {404, 405, PUSH_PAUSE}, /* it isn't there */
    {407, 407, PUSH_PAUSE},       {408, 408, PUSH_RETRY},       {409, 409, PUSH_COMPARE}, {410, 410, PUSH_STOP},
    {412, 412, PUSH_RETRY}, /* made from an older state: the feed comes first, then the same again */
    {413, 413, PUSH_SPLIT},       {421, 421, PUSH_RETRY},       {425, 425, PUSH_RETRY},   {429, 429, PUSH_RETRY},
    {400, 499, PUSH_PARK}, /* 400, 415, 422 and the rest of them: it won't get better by itself */
};

enum push_verdict push_verdict_of(int status) {
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (status >= answers[i].from && status <= answers[i].to)
            return answers[i].verdict;
    return PUSH_RETRY; /* 5xx, and what HTTP doesn't know */
}

bool push_verdict_good(enum push_verdict v) {
    return v == PUSH_DONE || v == PUSH_ACCEPTED;
}

const char *push_verdict_name(enum push_verdict v) {
#define X(symbol, name) [symbol] = name,
    static const char *const names[PUSH_VERDICT_COUNT] = {PUSH_VERDICT_TABLE(X)};
#undef X
    return names[v];
}

const char *push_state_name(enum push_state s) {
    static const char *const names[] = {[PUSH_UP] = "up", [PUSH_AWAY] = "away", [PUSH_PAUSED] = "paused", [PUSH_STOPPED] = "stopped"};
    return names[s];
}

struct flight;

struct lane {
    int64_t case_id;
    size_t items; /* of it in memory */
    const struct flight *out; /* the request that has events of it; NULL: none */
    uint64_t passed; /* the walk in which one of its events stayed */
    struct lane *next;
};

struct item {
    struct outbox_event event;
    struct lane *lane; /* NULL: of no case */
    int refusals;
    int asked; /* how often the store was asked for it */
    bool doubtful; /* it may have arrived */
    int most; /* events of a request that it may be in; less after one was refused */
    int64_t not_before;
    struct item *next;
};

struct flight {
    struct push_request request; /* first: what the host gives back */
    struct item *items;
    uint64_t generation;
    struct flight *next;
};

struct push {
    struct push_parts parts;
    struct push_limits limits;
    struct item *waiting; /* by sequence */
    struct flight *flights;
    struct lane *lanes[LANES];
    struct push_effect *effects, **effects_end;
    size_t effect_count;
    size_t written; /* of the effects, from the first */
    size_t in_memory, octets, in_flight;
    int64_t cursor, highest; /* the last sequence read; the highest ever */
    int64_t doubt; /* events up to it may have been sent before the start */
    bool exhausted; /* next() has given all there is */
    uint64_t walk, generation; /* a generation ends with each failure: what was sent before it says nothing new */
    enum push_state state;
    char reason[REASON_MAX];
    int64_t since, not_before, reauthorised_at;
    int failures, batch_now, parked_in_row;
    bool reauthorised;
    int64_t acknowledged, requests;
};

/* ---- memory ---- */

static struct lane **lane_place(struct push *p, int64_t case_id) {
    struct lane **place = &p->lanes[(uint64_t)case_id % LANES];
    while (*place && (*place)->case_id != case_id)
        place = &(*place)->next;
    return place;
}

static struct lane *lane_enter(struct push *p, int64_t case_id) {
    if (!case_id)
        return NULL;
    struct lane **place = lane_place(p, case_id);
    if (!*place) {
        *place = mem_alloc(sizeof **place);
        (*place)->case_id = case_id;
    }
    (*place)->items++;
    return *place;
}

static void lane_leave(struct push *p, struct lane *lane) {
    if (!lane || --lane->items > 0)
        return;
    struct lane **place = lane_place(p, lane->case_id);
    *place = lane->next;
    free(lane);
}

static void item_free(struct push *p, struct item *item) {
    p->in_memory--;
    p->octets -= item->event.data_len;
    lane_leave(p, item->lane);
    outbox_event_release(&item->event);
    free(item);
}

/* Into the list, looking from `place` on; where the next one of a sequence above it may look from. */
static struct item **put_waiting(struct item **place, struct item *item) {
    while (*place && (*place)->event.sequence < item->event.sequence)
        place = &(*place)->next;
    item->next = *place;
    *place = item;
    return &item->next;
}

/* The request is over; its items, in order, are the caller's. */
static struct item *flight_end(struct push *p, struct flight *f) {
    struct flight **place = &p->flights;
    while (*place != f)
        place = &(*place)->next;
    *place = f->next;
    p->in_flight--;
    struct item *items = f->items;
    for (struct item *i = items; i; i = i->next)
        if (i->lane)
            i->lane->out = NULL;
    free(f->request.events);
    free(f);
    return items;
}

static void put_back(struct push *p, struct item *items, int most, int64_t not_before) {
    struct item **place = &p->waiting;
    for (struct item *i = items, *next; i; i = next) {
        next = i->next;
        if (most)
            i->most = most;
        i->not_before = not_before;
        place = put_waiting(place, i);
    }
}

static void effect_add(struct push *p, enum push_effect_kind kind, const struct outbox_event *event, const char *reason) {
    struct push_effect *e = mem_alloc(sizeof *e);
    *e = (struct push_effect){.kind = kind, .sequence = event->sequence, .case_id = event->case_id, .reason = mem_string(reason)};
    *p->effects_end = e;
    p->effects_end = &e->next;
    p->effect_count++;
}

static void effect_remove(struct push *p) {
    struct push_effect *e = p->effects;
    p->effects = e->next;
    if (!p->effects)
        p->effects_end = &p->effects;
    free(e->reason);
    free(e);
    p->effect_count--;
}

struct push *push_new(const struct push_parts *parts, const struct push_limits *limits) {
    struct push *p = mem_alloc(sizeof *p);
    p->parts = *parts;
    p->effects_end = &p->effects;
    push_set_limits(p, limits);
    return p;
}

void push_set_limits(struct push *p, const struct push_limits *limits) {
    p->limits = *limits;
    p->batch_now = limits->batch;
}

void push_free(struct push *p) {
    if (!p)
        return;
    while (p->flights)
        put_back(p, flight_end(p, p->flights), 0, 0);
    for (struct item *i; (i = p->waiting);) {
        p->waiting = i->next;
        item_free(p, i);
    }
    while (p->effects)
        effect_remove(p);
    free(p);
}

/* ---- the window ---- */

void push_doubt(struct push *p, int64_t sequence) {
    p->doubt = sequence;
}

void push_wake(struct push *p) {
    p->exhausted = false;
}

void push_released(struct push *p, int64_t sequence) {
    if (p->cursor >= sequence)
        p->cursor = sequence - 1;
    p->exhausted = false;
}

static bool in_list(const struct item *items, int64_t sequence) {
    for (; items; items = items->next)
        if (items->event.sequence == sequence)
            return true;
    return false;
}

/* After the cursor went back: whether that event is in memory, or what became of it is on its way to the disk. */
static bool known(const struct push *p, int64_t sequence) {
    if (sequence > p->highest)
        return false;
    bool found = in_list(p->waiting, sequence);
    for (const struct flight *f = p->flights; f && !found; f = f->next)
        found = in_list(f->items, sequence);
    for (const struct push_effect *e = p->effects; e && !found; e = e->next)
        found = e->sequence == sequence && e->kind != EFFECT_REFUSED;
    return found;
}

/* By one that is parked, of which the database doesn't know yet. */
static bool held(const struct push *p, const struct outbox_event *event) {
    for (const struct push_effect *e = p->effects; e && event->case_id; e = e->next)
        if (e->kind == EFFECT_PARKED && e->case_id == event->case_id && e->sequence < event->sequence)
            return true;
    return false;
}

static struct item **take_in(struct push *p, struct outbox_event *event, struct item **place) {
    struct item *item = mem_alloc(sizeof *item);
    item->event = *event;
    item->refusals = event->attempts;
    item->most = INT_MAX;
    item->doubtful = event->sequence <= p->doubt;
    item->lane = lane_enter(p, event->case_id);
    p->in_memory++;
    p->octets += event->data_len;
    return put_waiting(place, item);
}

static void fill(struct push *p) {
    struct item **place = &p->waiting;
    while (!p->exhausted && p->in_memory < WINDOW && p->octets < WINDOW_OCTETS) {
        struct outbox_event event;
        if (p->parts.next(p->parts.context, p->cursor, &event) != ERR_OK) {
            p->exhausted = true;
            break;
        }
        bool skip = known(p, event.sequence) || held(p, &event);
        p->cursor = event.sequence;
        if (p->cursor > p->highest)
            p->highest = p->cursor;
        if (!skip && !event.data) {
            effect_add(p, EFFECT_PARKED, &event, "its data can't be read here; the log says why");
            skip = true;
        }
        if (skip)
            outbox_event_release(&event);
        else
            place = take_in(p, &event, place);
    }
}

/* ---- sending ---- */

static void taken(struct push *p, struct item *items) {
    for (struct item *i = items, *next; i; i = next) {
        next = i->next;
        effect_add(p, EFFECT_DONE, &i->event, NULL);
        item_free(p, i);
    }
}

static bool may_go(const struct push *p, const struct item *item, int64_t now) {
    return item->not_before <= now && !(item->lane && (item->lane->out || item->lane->passed == p->walk));
}

/* What may go now, taken out of the list; its number. */
static size_t pick(struct push *p, int64_t now, struct item **ret_items) {
    int most = p->batch_now;
    size_t count = 0, octets = 0;
    struct item **end = ret_items;
    *ret_items = NULL;
    p->walk++;
    for (struct item **place = &p->waiting; *place;) {
        struct item *item = *place;
        if (!may_go(p, item, now)) {
            if (item->lane)
                item->lane->passed = p->walk;
            place = &item->next;
            continue;
        }
        most = item->most < most ? item->most : most;
        octets += item->event.data_len;
        if (count > 0 && (count >= (size_t)most || octets > p->limits.octets))
            break;
        *place = item->next;
        item->next = NULL;
        *end = item;
        end = &item->next;
        count++;
        if (p->limits.apart && item->lane)
            item->lane->passed = p->walk;
    }
    return count;
}

static struct flight *flight_new(struct push *p, struct item *items, size_t count) {
    struct flight *f = mem_alloc(sizeof *f);
    f->items = items;
    f->generation = p->generation;
    f->request.events = mem_array(count, sizeof *f->request.events);
    for (struct item *i = items; i; i = i->next) {
        f->request.events[f->request.count++] = &i->event;
        if (i->lane)
            i->lane->out = f;
    }
    f->next = p->flights;
    p->flights = f;
    p->in_flight++;
    return f;
}

/* False: nothing can be sent now. */
static bool send_flight(struct push *p, struct flight *f) {
    if (p->limits.search && f->items->doubtful) {
        p->requests++;
        p->parts.compare(p->parts.context, &f->request);
        return true;
    }
    enum push_sent sent = p->parts.send(p->parts.context, &f->request);
    if (sent == PUSH_NOT_NOW)
        put_back(p, flight_end(p, f), 0, 0);
    else if (sent == PUSH_NOTHING)
        taken(p, flight_end(p, f));
    else
        p->requests++;
    return sent != PUSH_NOT_NOW;
}

void push_run(struct push *p, int64_t now) {
    size_t side_by_side = p->state == PUSH_UP ? (size_t)p->limits.parallel : 1;
    while (p->state != PUSH_STOPPED && p->not_before <= now && p->in_flight < side_by_side && p->effect_count < WINDOW) {
        struct item *items;
        fill(p);
        size_t count = pick(p, now, &items);
        if (!count)
            break;
        if (!send_flight(p, flight_new(p, items, count)))
            break;
    }
}

int64_t push_next_at(const struct push *p, int64_t now) {
    int64_t at = INT64_MAX;
    if (p->state == PUSH_STOPPED)
        return at;
    if (p->not_before > now)
        return p->not_before;
    for (const struct item *i = p->waiting; i; i = i->next)
        if (i->not_before > now && i->not_before < at)
            at = i->not_before;
    return at;
}

/* ---- answers ---- */

static void say(struct push *p, enum push_state state, const char *reason, int64_t now) {
    size_t len = strlen(reason);
    if (p->state == PUSH_UP && state != PUSH_UP)
        p->since = now;
    p->state = state;
    len = len < REASON_MAX ? len : REASON_MAX - 1;
    memcpy(p->reason, reason, len);
    p->reason[len] = 0;
}

/* Full jitter below a bound that doubles, and at the end the bound itself. */
static int64_t back_off(struct push *p, int times) {
    int64_t bound = times < 6 ? WAIT_BASE << times : WAIT_MOST;
    return bound < WAIT_MOST ? p->parts.random_below(p->parts.context, (uint32_t)bound) : WAIT_MOST;
}

static void wait_until(struct push *p, int64_t until) {
    if (until > p->not_before)
        p->not_before = until;
}

static void done(struct push *p, struct item *items, size_t count, int64_t now) {
    if (count >= (size_t)p->batch_now && p->batch_now < p->limits.batch)
        p->batch_now++;
    say(p, PUSH_UP, "", now);
    p->failures = p->parked_in_row = 0;
    p->not_before = 0;
    p->reauthorised = false;
    p->acknowledged += (int64_t)count;
    taken(p, items);
}

/* Later ones of its case leave memory: they come again when it's released. */
static void park(struct push *p, struct item *item, const char *reason) {
    effect_add(p, EFFECT_PARKED, &item->event, reason);
    p->parked_in_row++;
    for (struct item **place = &p->waiting; *place && item->lane;) {
        struct item *other = *place;
        if (other->lane != item->lane) {
            place = &other->next;
            continue;
        }
        *place = other->next;
        item_free(p, other);
    }
    item_free(p, item);
}

static void pause_all(struct push *p, const char *reason, int64_t now) {
    say(p, PUSH_PAUSED, reason, now);
    p->generation++;
    wait_until(p, now + WAIT_MOST);
}

/* One event, refused for good. A store that refuses one after another and takes none is at fault itself: then nothing more is parked. */
static void refused(struct push *p, struct item *item, const char *reason, int64_t now) {
    if (p->parked_in_row >= PARKED_IN_ROW) {
        item->not_before = now + CLOCK_HOUR; /* the next try is with another */
        put_waiting(&p->waiting, item);
        pause_all(p, reason, now);
    } else if (++item->refusals >= p->limits.park_after) {
        park(p, item, reason);
    } else {
        effect_add(p, EFFECT_REFUSED, &item->event, reason);
        item->not_before = now + back_off(p, item->refusals - 1);
        put_waiting(&p->waiting, item);
    }
}

static void away(struct push *p, const char *reason, int64_t wait, bool news, int64_t now) {
    if (news) {
        p->generation++;
        say(p, PUSH_AWAY, reason, now);
        wait_until(p, now + back_off(p, p->failures));
        if (p->failures < INT_MAX)
            p->failures++;
    }
    if (wait)
        wait_until(p, now + wait);
}

static void reauthorise(struct push *p, const char *reason, int64_t now) {
    if (p->reauthorised || (p->reauthorised_at && now - p->reauthorised_at < REAUTHORISE_MOST)) {
        pause_all(p, reason, now);
        p->reauthorised = false; /* after the pause other credentials may be there */
        return;
    }
    p->generation++;
    p->reauthorised = true;
    p->reauthorised_at = now;
    p->parts.reauthorise(p->parts.context);
}

/* One event alone, and the answer is about it. */
static void about_one(struct push *p, struct flight *f, const struct push_answer *answer, int64_t now) {
    if (answer->verdict == PUSH_COMPARE) {
        p->parts.compare(p->parts.context, &f->request);
        return;
    }
    struct item *item = flight_end(p, f);
    if (answer->verdict == PUSH_SPLIT)
        park(p, item, answer->reason);
    else
        refused(p, item, answer->reason, now);
}

static void halve(struct push *p, struct flight *f, enum push_verdict verdict) {
    int half = (int)(f->request.count / 2);
    if (verdict == PUSH_SPLIT && half < p->batch_now)
        p->batch_now = half;
    put_back(p, flight_end(p, f), half, 0);
}

/* The store has answered each event by itself. What it says of one that it didn't take counts when that one was alone. */
static void took_some(struct push *p, struct flight *f, const bool *taken, int64_t now) {
    struct item *took = NULL, *left = NULL, **took_end = &took, **left_end = &left;
    size_t count = 0, at = 0;
    for (struct item *i = flight_end(p, f), *next; i; i = next, at++) {
        struct item ***end = taken[at] ? &took_end : &left_end;
        next = i->next;
        i->next = NULL;
        **end = i;
        *end = &i->next;
        count += taken[at];
    }
    put_back(p, left, 1, 0);
    if (count)
        done(p, took, count, now);
}

void push_answered(struct push *p, const struct push_request *request, const struct push_answer *answer, int64_t now) {
    struct flight *f = (struct flight *)(uintptr_t)request;
    size_t count = f->request.count;
    bool news = f->generation == p->generation;
    if (answer->taken) {
        took_some(p, f, answer->taken, now);
        return;
    }
    for (struct item *i = f->items; i && answer->unknown; i = i->next)
        i->doubtful = true;
    switch (answer->verdict) {
    case PUSH_DONE:
    case PUSH_ACCEPTED:
        done(p, flight_end(p, f), count, now);
        break;
    case PUSH_PARK:
    case PUSH_COMPARE:
    case PUSH_SPLIT:
        if (count > 1)
            halve(p, f, answer->verdict);
        else
            about_one(p, f, answer, now);
        break;
    case PUSH_REAUTHORISE:
        put_back(p, flight_end(p, f), 0, 0);
        if (news)
            reauthorise(p, answer->reason, now);
        break;
    case PUSH_PAUSE:
        put_back(p, flight_end(p, f), 0, 0);
        pause_all(p, answer->reason, now);
        break;
    case PUSH_STOP:
        put_back(p, flight_end(p, f), 0, 0);
        say(p, PUSH_STOPPED, answer->reason, now);
        break;
    case PUSH_RETRY:
    case PUSH_VERDICT_COUNT:
        put_back(p, flight_end(p, f), 0, answer->unknown && p->limits.search ? now + p->limits.settle : 0);
        away(p, answer->reason, answer->wait, news, now);
        break;
    }
}

void push_compared(struct push *p, const struct push_request *request, enum push_compared what, const char *reason, int64_t now) {
    struct flight *f = (struct flight *)(uintptr_t)request;
    bool news = f->generation == p->generation;
    struct item *item = flight_end(p, f);
    bool searched = p->limits.search && item->doubtful;
    item->doubtful = what == COMPARED_LATER || (what == COMPARED_UNKNOWN && searched);
    switch (what) {
    case COMPARED_SAME:
        done(p, item, 1, now);
        break;
    case COMPARED_OTHER:
        park(p, item, reason);
        break;
    case COMPARED_ABSENT:
        put_back(p, item, 1, searched ? 0 : now + CLOCK_SECOND + back_off(p, 0)); /* not searched: it's being worked on */
        break;
    case COMPARED_LATER:
        say(p, PUSH_UP, "", now);
        put_back(p, item, 1, now + CLOCK_SECOND + back_off(p, item->asked));
        item->asked++;
        break;
    case COMPARED_NOTHING:
        taken(p, item);
        break;
    case COMPARED_UNKNOWN:
        put_back(p, item, 1, 0);
        away(p, reason, 0, news, now);
        break;
    }
}

void push_resume(struct push *p) {
    p->not_before = 0;
    p->parked_in_row = 0;
    p->reauthorised = false;
    p->reauthorised_at = 0;
    for (struct item *i = p->waiting; i; i = i->next)
        i->not_before = 0;
    if (p->state == PUSH_STOPPED)
        p->state = PUSH_PAUSED;
}

/* ---- what is written ---- */

bool push_has_effects(const struct push *p) {
    return p->effects != NULL;
}

enum err push_write(struct push *p) {
    enum err e = ERR_OK;
    p->written = 0;
    for (struct push_effect *f = p->effects; f && e == ERR_OK; f = f->next) {
        e = p->parts.write(p->parts.context, f);
        p->written++;
    }
    return e;
}

void push_written(struct push *p) {
    for (; p->written > 0; p->written--)
        effect_remove(p);
}

void push_view(const struct push *p, struct push_view *ret_view) {
    *ret_view = (struct push_view){
        .state = p->state,
        .reason = p->reason,
        .since = p->since,
        .next_at = p->not_before,
        .acknowledged = p->acknowledged,
        .requests = p->requests,
        .in_flight = p->in_flight,
        .in_memory = p->in_memory,
    };
}

/* ---- Retry-After ---- */

/* The number that stands in two places of the text, or more; -1: none. */
static int digits(const char *text, int count) {
    int number = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        number = 10 * number + text[i] - '0';
    }
    return number;
}

enum err http_date_parse(const char *text, int64_t *ret_wall_ms) {
    static const char shape[] = "Sun, 06 Nov 1994 08:49:37 GMT", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (strlen(text) != strlen(shape) || memcmp(text + 3, ", ", 2) != 0 || strcmp(text + 25, " GMT") != 0 || text[19] != ':' || text[22] != ':')
        return ERR_INVALID;
    int month = 0;
    while (month < 12 && memcmp(months + 3 * (ptrdiff_t)month, text + 8, 3) != 0)
        month++;
    int day = digits(text + 5, 2), year = digits(text + 12, 4), hour = digits(text + 17, 2), minute = digits(text + 20, 2),
        second = digits(text + 23, 2);
    if (month == 12 || day < 1 || day > 31 || year < 1970 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return ERR_INVALID;
    *ret_wall_ms = civil_day_number(year, month + 1, day) * CLOCK_DAY + hour * CLOCK_HOUR + minute * CLOCK_MINUTE + second * CLOCK_SECOND;
    return ERR_OK;
}

int64_t push_retry_after(const char *retry_after, const char *date, int64_t wall_now) {
    int64_t seconds = 0, until = 0, from = wall_now, wait = 0;
    if (!retry_after)
        return 0;
    if (date && http_date_parse(date, &from) != ERR_OK)
        from = wall_now;
    if (parse_int(retry_after, 0, INT32_MAX, &seconds) == ERR_OK)
        wait = seconds * CLOCK_SECOND;
    else if (http_date_parse(retry_after, &until) == ERR_OK)
        wait = until - from;
    return wait < 0 ? 0 : wait > RETRY_AFTER_MOST ? RETRY_AFTER_MOST : wait;
}
