/* Asking for the feed: see pull.h. */
#include "store/central/pull.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "store/central/push.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 512 };
#define WAIT_BASE (5 * CLOCK_SECOND)
#define WAIT_MOST (5 * CLOCK_MINUTE)
#define HELD_MOST INT64_C(50) /* s that a request is held, whatever the store allows: what is in between cuts silent connections */
#define POLL (15 * CLOCK_SECOND) /* where the store holds no request */
#define STALE_PAUSE (CLOCK_SECOND / 10) /* after a page of nothing new: a feed that is read again is passed soon */
#define KNOCK_PAUSE CLOCK_SECOND /* between two questions, however often the store knocks */

struct pull {
    struct pull_parts parts;
    char cursor[FEED_CURSOR_MAX + 1];
    char next[FEED_CURSOR_MAX + 1]; /* of the page that is being applied */
    char reason[REASON_MAX];
    int64_t hold; /* s */
    int limit, limit_now; /* limit_now: less after a page that was too large */
    bool asked, applying, more, reauthorised;
    bool knocked; /* since it was asked last */
    bool doubtful; /* whether the cursor counts is to be asked first */
    bool bare; /* the next item is too large */
    int failures;
    struct pull_request request; /* the one on its way, or the last */
    int64_t asked_at;
    int64_t not_before, since;
    int64_t pages, items;
    char mark[FEED_CURSOR_MAX + 1]; /* one of the cursors behind pages of nothing new; see goes_round() */
    uint64_t steps, span; /* since the mark was set, and until it's set anew */
    bool round;
};

struct pull *pull_new(const struct pull_parts *parts, const char *cursor) {
    struct pull *p = mem_alloc(sizeof *p);
    *p = (struct pull){.parts = *parts, .limit = PULL_ITEMS_MAX, .limit_now = PULL_ITEMS_MAX, .doubtful = parts->checks};
    if (str_copy(p->cursor, sizeof p->cursor, feed_cursor_valid(cursor) ? cursor : FEED_BEGINNING) != ERR_OK)
        abort();
    return p;
}

void pull_free(struct pull *p) {
    free(p);
}

void pull_set_limits(struct pull *p, int64_t wait, int64_t limit) {
    bool held_first = wait > 0 && p->hold == 0 && p->failures == 0;
    p->hold = wait < 0 ? 0 : wait < HELD_MOST ? wait : HELD_MOST;
    if (held_first)
        p->not_before = 0; /* until now it was asked now and then */
    p->limit = limit < 1 ? 1 : limit < PULL_ITEMS_MAX ? (int)limit : PULL_ITEMS_MAX;
    if (p->limit_now > p->limit)
        p->limit_now = p->limit;
}

void pull_resume(struct pull *p) {
    p->not_before = 0;
}

void pull_knock(struct pull *p) {
    p->knocked = true;
}

/* ---- asking ---- */

static int64_t ask_at(const struct pull *p) {
    int64_t at = p->asked_at + KNOCK_PAUSE;
    return p->knocked && at < p->not_before ? at : p->not_before;
}

void pull_run(struct pull *p, int64_t now) {
    if (p->asked || p->applying || ask_at(p) > now)
        return;
    bool at_once = p->more || p->bare || p->doubtful;
    p->request = (struct pull_request){
        .since = p->cursor, .wait = at_once ? 0 : p->hold, .limit = p->limit_now, .check = p->doubtful, .bare = p->bare && !p->doubtful};
    p->asked = p->parts.send(p->parts.context, &p->request);
    if (!p->asked)
        return;
    p->asked_at = now;
    p->knocked = false;
}

int64_t pull_next_at(const struct pull *p, int64_t now) {
    return p->asked || p->applying || ask_at(p) <= now ? INT64_MAX : ask_at(p);
}

/* ---- answers ---- */

static void all_is_well(struct pull *p) {
    p->reason[0] = 0;
    p->failures = 0;
    p->reauthorised = false;
}

static void note(struct pull *p, const char *reason, int64_t now) {
    size_t len = strlen(reason);
    if (!p->reason[0])
        p->since = now;
    len = len < REASON_MAX ? len : REASON_MAX - 1;
    memcpy(p->reason, reason, len);
    p->reason[len] = 0;
}

/* Full jitter below a bound that doubles, and at the end the bound itself. */
static void back_off(struct pull *p, int64_t wait, int64_t now) {
    int64_t bound = p->failures < 6 ? WAIT_BASE << p->failures : WAIT_MOST;
    int64_t drawn = bound < WAIT_MOST ? p->parts.random_below(p->parts.context, (uint32_t)bound) : WAIT_MOST;
    if (p->failures < INT_MAX)
        p->failures++;
    p->not_before = now + (drawn > wait ? drawn : wait);
}

static void failed(struct pull *p, const char *reason, int64_t wait, int64_t now) {
    p->doubtful = p->parts.checks;
    note(p, reason, now);
    back_off(p, wait, now);
}

/* Pages of nothing new whose cursors come back. A cursor means nothing here, so none is the greater one: it's compared with one that is remembered,
 * and after 1, 2, 4 … pages another is (Brent). */
static bool goes_round(struct pull *p) {
    if (strcmp(p->cursor, p->mark) == 0)
        p->round = true;
    if (++p->steps > p->span) {
        memcpy(p->mark, p->cursor, sizeof p->mark);
        p->span = 2 * p->span + 1;
        p->steps = 0;
    }
    return p->round;
}

static void goes_on(struct pull *p) {
    p->mark[0] = 0;
    p->steps = p->span = 0;
    p->round = false;
}

/* A store that holds requests is asked again at once after it held one, and otherwise now and then. */
static void nothing(struct pull *p, int64_t now) {
    int64_t wait = p->request.wait;
    bool held = wait > 0 && now - p->asked_at >= CLOCK_SECOND, may_be_held = wait == 0 && p->hold > 0;
    all_is_well(p);
    goes_on(p);
    p->more = false;
    p->doubtful = p->parts.checks;
    p->not_before = held || may_be_held ? now : p->asked_at + (wait > 0 ? WAIT_BASE : POLL);
}

/* Which says nothing of the feed itself: what failed there has failed. */
static void cursor_counts(struct pull *p, int64_t now) {
    p->doubtful = false;
    p->not_before = now;
}

static void give(struct pull *p, struct pull_page *page) {
    memcpy(p->next, page->next, sizeof p->next);
    p->more = page->more;
    p->applying = true;
    p->parts.apply(p->parts.context, page);
}

static void read_page(struct pull *p, const struct pull_answer *answer, int64_t now) {
    struct pull_page page;
    struct str problem;
    str_init(&problem, REASON_MAX);
    enum err e = p->parts.read(p->parts.context, &p->request, answer->body, &problem, &page);
    bool empty = e == ERR_OK && page.count == 0 && strcmp(page.next, p->cursor) == 0;
    if (empty)
        pull_page_release(&page);
    if (empty && p->request.check)
        cursor_counts(p, now);
    else if (empty)
        nothing(p, now);
    else if (e == ERR_OK)
        give(p, &page);
    else
        failed(p, problem.data ? problem.data : err_text(e), answer->wait, now);
    str_release(&problem);
}

/* The store doesn't know the cursor. At the beginning it must know it. */
static void begin_anew(struct pull *p, const struct pull_answer *answer, int64_t now) {
    struct pull_page page = {.next = FEED_BEGINNING, .more = true};
    if (strcmp(p->cursor, FEED_BEGINNING) == 0)
        failed(p, answer->reason, answer->wait, now);
    else
        give(p, &page);
}

static void too_large(struct pull *p, const struct pull_answer *answer, int64_t now) {
    if (p->limit_now > 1)
        p->limit_now /= 2; /* at once */
    else if (p->parts.bares && !p->bare)
        p->bare = true;
    else
        failed(p, answer->reason, answer->wait, now);
}

static void unauthorised(struct pull *p, const struct pull_answer *answer, int64_t now) {
    if (p->reauthorised)
        p->failures = INT_MAX; /* other credentials didn't help: rarely */
    else
        p->parts.reauthorise(p->parts.context);
    p->reauthorised = true;
    failed(p, answer->reason, answer->wait, now);
}

/* A request that was held to its end, and to ours. Whether somebody is there at all is asked next. */
static bool held_in_silence(const struct pull *p, const struct pull_answer *answer, int64_t now) {
    return p->parts.checks && answer->status == 0 && p->request.wait > 0 && now - p->asked_at >= p->request.wait * CLOCK_SECOND;
}

void pull_answered(struct pull *p, const struct pull_answer *answer, int64_t now) {
    p->asked = false;
    if (answer->oversized) {
        too_large(p, answer, now);
        return;
    }
    if (held_in_silence(p, answer, now)) {
        nothing(p, now);
        return;
    }
    switch (answer->status) {
    case 200:
        read_page(p, answer, now);
        break;
    case 204:
    case 304:
        nothing(p, now);
        break;
    case 410:
        begin_anew(p, answer, now);
        break;
    case 401:
    case 403:
        unauthorised(p, answer, now);
        break;
    default:
        if (push_verdict_of(answer->status) == PUSH_PAUSE)
            p->failures = INT_MAX; /* there is no feed, or not here: rarely */
        failed(p, answer->reason, answer->wait, now);
    }
}

void pull_applied(struct pull *p, bool done, size_t fresh, int64_t now) {
    p->applying = false;
    if (!done) {
        failed(p, "what came can't be stored; the log says why", 0, now);
        return;
    }
    bool moved = strcmp(p->cursor, p->next) != 0;
    memcpy(p->cursor, p->next, sizeof p->cursor);
    p->bare = false;
    p->pages++;
    p->items += (int64_t)fresh;
    p->limit_now = p->limit_now * 2 < p->limit ? p->limit_now * 2 : p->limit;
    if (fresh) {
        goes_on(p);
    } else if (goes_round(p)) {
        failed(p, "the feed goes in a circle: nothing in it is new, and its cursors come again", 0, now);
        return;
    }
    all_is_well(p);
    p->not_before = fresh && moved ? now : now + (moved || p->hold > 0 || (fresh && p->more) ? STALE_PAUSE : POLL);
}

void pull_view(const struct pull *p, struct pull_view *ret_view) {
    *ret_view = (struct pull_view){
        .cursor = p->cursor, .problem = p->reason, .since = p->since, .next_at = p->not_before, .pages = p->pages, .items = p->items};
}
