/* The central store's feed: when to ask for what comes after the cursor, and what an answer is. No socket, no clock, no database of its own, like
 * push.h.
 *
 *   pull_run ─► send() ─► … ─► pull_answered ─► page ─► apply() ─► (a job of the turn) the items, and the cursor ─► commit ─► pull_applied
 *
 * Promises: 1. One request at a time, and none while a page isn't on disk. 2. What isn't a page leaves the cursor where it is. 3. One bad item
 * doesn't hold the feed: it's a page's item all the same, with its problem. 4. A feed that brings nothing new isn't asked without a pause, whatever
 * it says; one whose cursors go in a circle is asked more and more rarely.
 *
 * Times are monotonic ms, but where wall ms are said. */
#ifndef CENTRAL_PULL_H
#define CENTRAL_PULL_H

#include "firmware-host/base/json.h"
#include "firmware-host/base/str.h"
#include "store/feed.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PULL_ITEMS_MAX = 100, /* that are asked for */
    PULL_PAGE_MAX = 1000, /* that a store may give all the same: a page is one transaction */
    PULL_ATTRIBUTE_MAX = 255,
};

struct pull_item { /* borrowed from its page */
    const char *id, *source, *type; /* CloudEvents' attributes; "" where they're missing or malformed */
    const char *subject; /* NULL: none */
    int64_t time; /* wall ms; -1: none that can be read */
    const struct json *data; /* an object; NULL: none */
    const struct json *whole;
    const char *problem; /* why it's no event; NULL */
};

struct pull_page {
    struct pull_item *items;
    size_t count;
    char next[FEED_CURSOR_MAX + 1]; /* the cursor behind them */
    bool more;
    struct json *document; /* NULL: no page, but the way back to the beginning */
};
/* As the contract has it (openapi.yaml). ERR_INVALID: that isn't one, `problem` says why. */
MUST_CHECK enum err pull_page_read(struct bytes body, struct str *problem, struct pull_page *ret_page);
void pull_page_release(struct pull_page *page);
struct pull_item pull_item_of(const struct json *event); /* a CloudEvent, or what came instead of one */

struct pull_request {
    const char *since;
    int64_t wait; /* s */
    int limit;
    bool check; /* for no items: whether the cursor is still one of this store (pull_parts.checks) */
    bool bare; /* without the items' content: the one item is too large (pull_parts.bares) */
};

struct pull_parts {
    void *context;
    /* The store doesn't say that it doesn't know a cursor, and may hold a request for longer than it was asked to. So it's asked by itself, whether
     * the cursor counts, at the start, after every failure, and when a held request has brought nothing. */
    bool checks;
    bool bares; /* items can be asked for without their content */
    /* Asks; pull_answered follows, never from inside. False: not now (no credentials); pull_run is called when it can be. */
    bool (*send)(void *context, const struct pull_request *request);
    /* What an answer 200 to that request says; `next` being `since` and no items: nothing. ERR_INVALID: it's no page, `problem` says why. */
    enum err (*read)(void *context, const struct pull_request *request, struct bytes body, struct str *problem, struct pull_page *ret_page);
    /* Takes the page over; pull_applied follows, never from inside. A reset to the beginning is a page without items. */
    void (*apply)(void *context, const struct pull_page *page);
    void (*reauthorise)(void *context); /* the credentials in use don't count any more */
    uint32_t (*random_below)(void *context, uint32_t limit);
};

struct pull;
struct pull *pull_new(const struct pull_parts *parts, const char *cursor);
void pull_free(struct pull *p); /* requests on their way are forgotten: they must not be answered any more */
void pull_set_limits(struct pull *p, int64_t wait, int64_t limit); /* as the store says: seconds that it may hold a request, items of a page */
void pull_resume(struct pull *p); /* a person says: now */
void pull_knock(struct pull *p); /* the store says that there is something new: it's asked, a second after it was asked last at the earliest */
void pull_run(struct pull *p, int64_t now);
int64_t pull_next_at(const struct pull *p, int64_t now); /* INT64_MAX: never by itself */

struct pull_answer {
    int status; /* 0: there is none */
    bool oversized; /* larger than is read */
    struct bytes body;
    const char *reason; /* for people, where it isn't a page */
    int64_t wait; /* ms that the store asked for; 0: none */
};
void pull_answered(struct pull *p, const struct pull_answer *answer, int64_t now);
/* What became of the page: it's on disk, and so many of its items were new; or it isn't, and is asked for again. */
void pull_applied(struct pull *p, bool done, size_t fresh, int64_t now);

struct pull_view {
    const char *cursor;
    const char *problem; /* why nothing comes; "" */
    int64_t since; /* when that began */
    int64_t next_at; /* before when nothing is asked */
    int64_t pages, items; /* since the start; items that were new */
};
void pull_view(const struct pull *p, struct pull_view *ret_view);

#endif
