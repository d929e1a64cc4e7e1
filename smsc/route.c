/* Links and the choice between them. Knows nothing of parts; a few links, so everything is a loop over an array.
 *
 * The rate is spacing: submissions of one link are at least 60 s / rate apart, so that no minute sees more than the rate and no burst annoys the
 * operator. A wall clock that was set back frees what it would otherwise hold for too long. */
#include "smsc/route.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>

static const int64_t rest_max = CLOCK_HOUR;

enum link_state { LINK_USABLE, LINK_MISSING, LINK_GONE };

struct link {
    char *name;
    bool up, ever_up;
    enum link_state state; /* as of the last routes_changed */
    int64_t lost_at; /* when it stopped being usable; for one that never came up, when it was first heard of */
    int64_t rest_from, rest_length; /* length 0: no rest */
    int rests; /* in a row */
    int64_t refused[ROUTE_REFUSALS]; /* subscribers */
    int refusals;
    int64_t used_at; /* the last submission; INT64_MIN: none */
    int reference; /* the next TP-MR */
    bool follows; /* and it was learnt from the network */
};

struct routes {
    const struct smsc_settings *settings;
    struct link *links;
    int count;
};

struct routes *routes_new(const struct smsc_settings *settings) {
    struct routes *r = mem_alloc(sizeof *r);
    r->settings = settings;
    return r;
}

void routes_free(struct routes *r) {
    if (!r)
        return;
    for (int i = 0; i < r->count; i++)
        free(r->links[i].name);
    free(r->links);
    free(r);
}

int routes_link(struct routes *r, const char *name, int64_t now) {
    for (int i = 0; i < r->count; i++)
        if (strcmp(r->links[i].name, name) == 0)
            return i;
    r->links = mem_resize(r->links, (size_t)r->count + 1, sizeof *r->links);
    r->links[r->count] =
        (struct link){.name = mem_string(name), .state = LINK_MISSING, .lost_at = now, .used_at = INT64_MIN, .reference = (int)random_below(256)};
    return r->count++;
}

int routes_count(const struct routes *r) {
    return r->count;
}

const char *routes_name(const struct routes *r, int link) {
    return r->links[link].name;
}

static bool rests(const struct link *l, int64_t now) {
    return l->rest_length > 0 && now >= l->rest_from && now - l->rest_from < l->rest_length;
}

static bool usable(const struct link *l, int64_t now) {
    return l->up && !rests(l, now);
}

static enum link_state state_of(const struct routes *r, const struct link *l, int64_t now) {
    if (usable(l, now))
        return LINK_USABLE;
    return now - l->lost_at >= r->settings->reply_link_wait ? LINK_GONE : LINK_MISSING;
}

void routes_up(struct routes *r, int link) {
    struct link *l = &r->links[link];
    if (l->up)
        return;
    l->up = l->ever_up = true;
    l->rest_length = 0;
    l->refusals = 0; /* it may be another SIM */
}

void routes_down(struct routes *r, int link, int64_t now) {
    struct link *l = &r->links[link];
    if (usable(l, now))
        l->lost_at = now;
    l->up = false;
}

void routes_rest(struct routes *r, int link, int64_t now) {
    struct link *l = &r->links[link];
    int64_t n = ++l->rests;
    if (usable(l, now))
        l->lost_at = now;
    l->rest_from = now;
    l->rest_length = n * n > rest_max / (r->settings->retry_base + 1) ? rest_max : r->settings->retry_base * n * n;
}

bool routes_refused(struct routes *r, int link, int64_t subscriber_id) {
    struct link *l = &r->links[link];
    bool known = false;
    for (int i = 0; i < l->refusals; i++)
        known |= l->refused[i] == subscriber_id;
    if (!known && l->refusals < ROUTE_REFUSALS)
        l->refused[l->refusals++] = subscriber_id;
    return l->refusals == ROUTE_REFUSALS;
}

int routes_refusals(const struct routes *r, int link) {
    return r->links[link].refusals;
}

void routes_fine(struct routes *r, int link) {
    r->links[link].rests = 0;
    r->links[link].refusals = 0;
}

void routes_used(struct routes *r, int link, int64_t now) {
    r->links[link].used_at = now;
}

int routes_reference(struct routes *r, int link) {
    int reference = r->links[link].reference;
    r->links[link].reference = (reference + 1) & 0xFF;
    return reference;
}

void routes_follow(struct routes *r, int link, int reference) {
    r->links[link].reference = (reference + 1) & 0xFF;
    r->links[link].follows = true;
}

bool routes_follows(const struct routes *r, int link) {
    return r->links[link].follows;
}

bool routes_usable(const struct routes *r, int link, int64_t now) {
    return usable(&r->links[link], now);
}

/* How long after now the rate allows a submission. */
static int64_t spacing_left(const struct routes *r, const struct link *l, int64_t now) {
    if (r->settings->rate_per_minute <= 0 || l->used_at == INT64_MIN || now < l->used_at)
        return 0;
    int64_t spacing = (CLOCK_MINUTE + r->settings->rate_per_minute - 1) / r->settings->rate_per_minute;
    return now - l->used_at >= spacing ? 0 : spacing - (now - l->used_at);
}

bool routes_ready(const struct routes *r, int link, int64_t now) {
    return usable(&r->links[link], now) && spacing_left(r, &r->links[link], now) == 0;
}

int64_t routes_ready_at(const struct routes *r, int link, int64_t now) {
    const struct link *l = &r->links[link];
    if (!l->up)
        return INT64_MAX;
    int64_t rest_end = rests(l, now) ? l->rest_from + l->rest_length : now;
    int64_t spaced = now + spacing_left(r, l, now);
    return rest_end > spaced ? rest_end : spaced;
}

int routes_changed(struct routes *r, int64_t now) {
    for (int i = 0; i < r->count; i++) {
        enum link_state state = state_of(r, &r->links[i], now);
        if (state == r->links[i].state)
            continue;
        r->links[i].state = state;
        return i;
    }
    return -1;
}

int64_t routes_gone_at(const struct routes *r, int link) {
    return r->links[link].state == LINK_MISSING ? r->links[link].lost_at + r->settings->reply_link_wait : INT64_MAX;
}

_Static_assert(ROUTE_ANY == -1, "routes_other gives it for none");

int routes_other(const struct routes *r, int link) {
    for (int i = 1; i < r->count; i++) {
        int other = (link + i) % r->count;
        if (r->links[other].state == LINK_USABLE)
            return other;
    }
    return -1;
}

int routes_choose(const struct routes *r, const struct route_wish *wish, int64_t now) {
    if (wish->avoid != ROUTE_ANY) {
        if (wish->link != ROUTE_ANY && wish->link != wish->avoid && r->links[wish->link].state == LINK_USABLE)
            return wish->link;
        return routes_other(r, wish->avoid); /* -1 is ROUTE_ANY */
    }
    if (wish->link == ROUTE_ANY)
        return ROUTE_ANY;
    const struct link *l = &r->links[wish->link];
    if (wish->strict)
        return l->state == LINK_GONE ? ROUTE_ANY : wish->link;
    if (l->state == LINK_USABLE)
        return now < wish->others_at ? wish->link : ROUTE_ANY;
    return l->state == LINK_MISSING && !l->ever_up ? wish->link : ROUTE_ANY;
}
