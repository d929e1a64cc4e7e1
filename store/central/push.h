/* Which events go to the central store next, and what its answers mean. No socket, no clock, no database of its own: the host gives it events, sends
 * what it wants sent, tells it the answers and the time, and writes what they make of the rows.
 *
 *   push_run ─► next() ─► window ─► send() ─► … ─► push_answered ─► effects ─► (a job of the turn) push_write ─► commit ─► push_written
 *
 * Promises: 1. The events of a case are on their way one request at a time, in the order of their sequence; in a request they stand in that order.
 * Different cases go side by side; events of no case are bound to no order. 2. An event leaves memory only when what became of it was committed;
 * until then it's sent again after a restart, with the same id. 3. Nothing but a person's word drops an event: what the store refuses for good is
 * parked, and holds the later ones of its case. 4. While the store is away one request at a time asks whether it's back, after a wait drawn at
 * random. 5. Where the store doesn't know an event that comes again (limits.search), one of which nobody knows whether it arrived is asked for
 * before it's sent again.
 *
 * Times are monotonic ms, but where wall ms are said. */
#ifndef CENTRAL_PUSH_H
#define CENTRAL_PUSH_H

#include "store/outbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an answer means. */
/* clang-format off */
#define PUSH_VERDICT_TABLE(X) \
    X(PUSH_DONE,        "done") \
    X(PUSH_ACCEPTED,    "accepted")    /* on the store's disk; whether it takes it comes down the feed */ \
    X(PUSH_PARK,        "park")        /* refused for good: a batch is halved to find the one; one is tried a few times more, then parked */ \
    X(PUSH_REAUTHORISE, "reauthorise") /* other credentials once; then a pause */ \
    X(PUSH_PAUSE,       "pause")       /* nothing is sent but a try now and then, until one succeeds */ \
    X(PUSH_STOP,        "stop")        /* nothing is sent until a person says so */ \
    X(PUSH_RETRY,       "retry")       /* nobody knows, or not now: the same again, later */ \
    X(PUSH_COMPARE,     "compare")     /* the store has something under that id: the same is done, another is parked */ \
    X(PUSH_SPLIT,       "split")       /* too large: in halves; one alone is parked */
/* clang-format on */
#define X(symbol, name) symbol,
enum push_verdict { PUSH_VERDICT_TABLE(X) PUSH_VERDICT_COUNT };
#undef X
const char *push_verdict_name(enum push_verdict v);
enum push_verdict push_verdict_of(int status); /* of an HTTP answer */
bool push_verdict_good(enum push_verdict v); /* done or accepted */

enum push_state { PUSH_UP, PUSH_AWAY, PUSH_PAUSED, PUSH_STOPPED };
const char *push_state_name(enum push_state s); /* "up" */

/* What became of sending. */
enum push_sent {
    PUSH_SENT, /* push_answered follows, never from inside */
    PUSH_NOT_NOW, /* there are no credentials yet; push_run is called when it can be */
    PUSH_NOTHING, /* nothing of it is for that store: the same as done */
};

struct push_request { /* in the order in which they stand in the body; lives until it was answered */
    const struct outbox_event **events;
    size_t count;
};

/* What an answer makes of an event's row. */
enum push_effect_kind { EFFECT_DONE, EFFECT_REFUSED, EFFECT_PARKED };
struct push_effect {
    enum push_effect_kind kind;
    int64_t sequence, case_id;
    char *reason; /* NULL where it's done */
    struct push_effect *next;
};

struct push_parts {
    void *context;
    /* outbox_next; called outside of a transaction only */
    enum err (*next)(void *context, int64_t after, struct outbox_event *ret_event);
    enum push_sent (*send)(void *context, const struct push_request *request);
    /* Asks what the store has of the one event of it; push_compared follows, from inside too. */
    void (*compare)(void *context, const struct push_request *request);
    enum err (*write)(void *context, const struct push_effect *effect); /* called by push_write */
    void (*reauthorise)(void *context); /* the credentials in use don't count any more */
    uint32_t (*random_below)(void *context, uint32_t limit);
};

struct push_limits {
    int batch; /* events of a request */
    size_t octets; /* of their data together */
    int parallel; /* requests */
    int park_after; /* refusals for good of one event */
    bool apart; /* the store takes some events of a request and refuses others: then no two of a case are in one */
    bool search; /* the store takes an event that comes again for another one; batch is 1 then */
    int64_t settle; /* ms from when nobody knew whether an event arrived until the store is asked for it */
};

struct push;
struct push *push_new(const struct push_parts *parts, const struct push_limits *limits);
void push_free(struct push *p); /* requests on their way are forgotten: they must not be answered any more */
void push_set_limits(struct push *p, const struct push_limits *limits);

/* Events up to that sequence may have been sent before, by a program that has ended. */
void push_doubt(struct push *p, int64_t sequence);
void push_wake(struct push *p); /* there may be new events */
void push_released(struct push *p, int64_t sequence); /* a person has retried or dropped that parked one: it, and what it held, may go */
void push_resume(struct push *p); /* a person says: try now, whatever the store said */
void push_run(struct push *p, int64_t now); /* sends what may be sent */
int64_t push_next_at(const struct push *p, int64_t now); /* when to run it next if nothing happens; INT64_MAX: never by itself */

struct push_answer {
    enum push_verdict verdict;
    const char *reason; /* for people; kept with what is parked */
    int64_t wait; /* ms that the store asked for; 0: none */
    const bool *taken; /* of each event, where the store answers them one by one: the others go again, each alone. NULL: the verdict is of all */
    bool unknown; /* the store may have taken it all the same; not with `taken` */
};
void push_answered(struct push *p, const struct push_request *request, const struct push_answer *answer, int64_t now);

enum push_compared {
    COMPARED_SAME,
    COMPARED_OTHER, /* parked: a person must look */
    COMPARED_ABSENT,
    COMPARED_UNKNOWN,
    COMPARED_LATER, /* the store has it and hasn't finished with it: it isn't sent again, but asked for now and then */
    COMPARED_NOTHING, /* nothing of it is for that store: the same as done, but no answer came */
};
void push_compared(struct push *p, const struct push_request *request, enum push_compared what, const char *reason, int64_t now);

/* What answers have made of rows and isn't on disk yet. push_write writes all of it and may be called again after a rollback; push_written when that
 * was committed. */
bool push_has_effects(const struct push *p);
MUST_CHECK enum err push_write(struct push *p);
void push_written(struct push *p);

struct push_view {
    enum push_state state;
    const char *reason; /* why it isn't up; "" */
    int64_t since; /* that it isn't up */
    int64_t next_at; /* before when nothing is sent */
    int64_t acknowledged, requests; /* since the start */
    size_t in_flight, in_memory;
};
void push_view(const struct push *p, struct push_view *ret_view);

/* Retry-After: seconds or an HTTP date, which counts from the answer's own Date (or wall_now where there's none). ms, at most an hour; 0: none. */
int64_t push_retry_after(const char *retry_after, const char *date, int64_t wall_now);
/* RFC 9110 §5.6.7, the preferred form. ERR_INVALID. */
MUST_CHECK enum err http_date_parse(const char *text, int64_t *ret_wall_ms);

#endif
