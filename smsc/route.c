/* Links and the choice between them (route_choice.h decides). Knows nothing of parts; a few links, so everything is a loop over an array.
 *
 * The rate is spacing: submissions of one link are at least 60 s / rate apart, so that no minute sees more than the rate and no burst annoys the
 * operator. A wall clock that was set back frees what it would otherwise hold for too long. */
#include "smsc/route.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/mem.h"
#include "smsc/usage.h"

#include <stdlib.h>
#include <string.h>

static const int64_t rest_max = CLOCK_HOUR;
enum { TURN = 1000000 }; /* what a submission costs a SIM of weight 1 */

enum link_state { LINK_USABLE, LINK_MISSING, LINK_GONE };

/* What failed since the last success, each counted once; more than ROUTE_STREAK make no difference. */
struct streak {
    int64_t ids[ROUTE_STREAK];
    int count;
};

/* Whether it's long enough to be the link's fault. */
static bool streak_add(struct streak *s, int64_t id) {
    bool known = false;
    for (int i = 0; i < s->count; i++)
        known |= s->ids[i] == id;
    if (!known && s->count < ROUTE_STREAK)
        s->ids[s->count++] = id;
    return s->count == ROUTE_STREAK;
}

struct link {
    char *name;
    bool up, ever_up;
    enum link_state state; /* as of the last routes_changed */
    int64_t lost_at; /* when it stopped being usable; for one that never came up, when it was first heard of */
    int64_t rest_from, rest_length; /* length 0: no rest */
    int rests; /* in a row */
    struct streak failed, refused; /* messages; subscribers */
    int64_t refused_at; /* the last */
    char *sim_name; /* of the one that is in it, or was; NULL: it never said */
    int64_t used_at; /* the last submission; INT64_MIN: none */
    const struct smsc_sim *sim; /* of the settings */
    enum carrier carrier;
    struct usage usage;
    int64_t turn; /* virtual time */
    bool busy;
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
    for (int i = 0; i < r->count; i++) {
        free(r->links[i].name);
        free(r->links[i].sim_name);
        usage_release(&r->links[i].usage);
    }
    free(r->links);
    free(r);
}

static const struct smsc_sim no_sim = {.link = ""};

static const struct smsc_sim *sim_of(const struct smsc_settings *settings, const char *name) {
    for (size_t i = 0; i < settings->sim_count; i++)
        if (strcmp(settings->sims[i].link, name) == 0)
            return &settings->sims[i];
    return &no_sim;
}

static int most_of(const struct smsc_sim *sim) {
    int most = sim->per_minute > sim->per_hour ? sim->per_minute : sim->per_hour;
    return most > sim->per_day ? most : sim->per_day;
}

int routes_link(struct routes *r, const char *name, int64_t now) {
    for (int i = 0; i < r->count; i++)
        if (strcmp(r->links[i].name, name) == 0)
            return i;
    r->links = mem_resize(r->links, (size_t)r->count + 1, sizeof *r->links);
    r->links[r->count] =
        (struct link){.name = mem_string(name), .state = LINK_MISSING, .lost_at = now, .used_at = INT64_MIN, .reference = (int)random_below(256)};
    struct link *l = &r->links[r->count];
    l->sim = sim_of(r->settings, name);
    l->carrier = l->sim->carrier;
    usage_init(&l->usage, most_of(l->sim));
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

/* When its limits per hour and day allow another submission. */
static int64_t within_limits_at(const struct link *l, int64_t now) {
    int64_t hour = usage_free_at(&l->usage, l->sim->per_hour, CLOCK_HOUR, now), day = usage_free_at(&l->usage, l->sim->per_day, CLOCK_DAY, now);
    return hour > day ? hour : day;
}

static bool usable(const struct link *l, int64_t now) {
    return l->up && !rests(l, now) && within_limits_at(l, now) <= now;
}

static enum link_state state_of(const struct routes *r, const struct link *l, int64_t now) {
    if (usable(l, now))
        return LINK_USABLE;
    return now - l->lost_at >= r->settings->reply_link_wait ? LINK_GONE : LINK_MISSING;
}

void routes_set_sim(struct routes *r, int link, const char *sim) {
    struct link *l = &r->links[link];
    if (!*sim || (l->sim_name && strcmp(l->sim_name, sim) == 0))
        return;
    if (l->sim_name)
        routes_forgive(r, link);
    free(l->sim_name);
    l->sim_name = mem_string(sim);
}

const char *routes_sim_name(const struct routes *r, int link) {
    return r->links[link].sim_name ? r->links[link].sim_name : "";
}

void routes_up(struct routes *r, int link, int64_t now) {
    struct link *l = &r->links[link];
    if (l->up)
        return;
    int64_t least = INT64_MAX;
    for (int i = 0; i < r->count; i++)
        if (r->links[i].up && r->links[i].turn < least)
            least = r->links[i].turn;
    if (least != INT64_MAX && l->turn < least)
        l->turn = least; /* its turns don't pile up while it's away */
    l->up = l->ever_up = true;
    l->rest_length = 0;
    l->failed.count = 0;
    if (l->refused.count == ROUTE_STREAK)
        routes_rest(r, link, now);
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

void routes_failed(struct routes *r, int link, int64_t outbound_id, int64_t now) {
    struct link *l = &r->links[link];
    if (!streak_add(&l->failed, outbound_id))
        return;
    l->failed.count = 0;
    routes_rest(r, link, now);
}

bool routes_refused(struct routes *r, int link, int64_t subscriber_id, int64_t now) {
    struct link *l = &r->links[link];
    l->refused_at = l->refused.count == 0 || now > l->refused_at ? now : l->refused_at;
    return streak_add(&l->refused, subscriber_id);
}

int routes_refusals(const struct routes *r, int link) {
    return r->links[link].refused.count;
}

int64_t routes_refused_at(const struct routes *r, int link) {
    return r->links[link].refused.count > 0 ? r->links[link].refused_at : INT64_MIN;
}

void routes_forget_refusals(struct routes *r, int link) {
    r->links[link].refused.count = 0;
}

void routes_fine(struct routes *r, int link) {
    r->links[link].rests = 0;
    r->links[link].failed.count = 0;
    r->links[link].refused.count = 0;
}

void routes_forgive(struct routes *r, int link) {
    routes_fine(r, link);
    r->links[link].rest_length = 0;
}

void routes_used(struct routes *r, int link, int64_t now) {
    struct link *l = &r->links[link];
    bool was_usable = usable(l, now);
    l->used_at = now;
    l->turn += l->sim->weight ? TURN / l->sim->weight : 0;
    usage_add(&l->usage, now);
    if (was_usable && !usable(l, now))
        l->lost_at = now;
}

void routes_was_used(struct routes *r, int link, int64_t at) {
    usage_add_before(&r->links[link].usage, at);
}

void routes_busy(struct routes *r, int link, bool busy) {
    for (int i = 0; i < r->count; i++)
        if (link == ROUTE_ANY || link == i)
            r->links[i].busy = busy;
}

void routes_set_carrier(struct routes *r, int link, enum carrier carrier) {
    if (r->links[link].sim->carrier == CARRIER_UNKNOWN) /* what the configuration says stays */
        r->links[link].carrier = carrier;
}

bool routes_distinguish(const struct routes *r) {
    for (int i = 0; i < r->count; i++) {
        const struct link *l = &r->links[i], *first = &r->links[0];
        if (l->carrier != first->carrier || l->sim->cost_same != first->sim->cost_same || l->sim->cost_other != first->sim->cost_other)
            return true;
    }
    return false;
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

/* When rate and limit per minute allow a submission. */
static int64_t paced_at(const struct routes *r, const struct link *l, int64_t now) {
    int64_t minute = usage_free_at(&l->usage, l->sim->per_minute, CLOCK_MINUTE, now);
    if (r->settings->rate_per_minute <= 0 || l->used_at == INT64_MIN || now < l->used_at)
        return minute;
    int64_t spaced = l->used_at + (CLOCK_MINUTE + r->settings->rate_per_minute - 1) / r->settings->rate_per_minute;
    return spaced > minute ? spaced : minute;
}

bool routes_ready(const struct routes *r, int link, int64_t now) {
    return usable(&r->links[link], now) && paced_at(r, &r->links[link], now) <= now;
}

bool routes_may_finish(const struct routes *r, int link, int64_t now) {
    const struct link *l = &r->links[link];
    return l->up && !rests(l, now) && paced_at(r, l, now) <= now;
}

int64_t routes_ready_at(const struct routes *r, int link, int64_t now) {
    struct route_sim sim = routes_sim(r, link, now);
    return sim.until;
}

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

struct route_sim routes_sim(const struct routes *r, int link, int64_t now) {
    const struct link *l = &r->links[link];
    struct route_sim sim = {
        .carrier = l->carrier,
        .cost_same = l->sim->cost_same,
        .cost_other = l->sim->cost_other,
        .weight = l->sim->weight,
        .turn = l->turn,
        .until = later(now, paced_at(r, l, now)),
    };
    if (sim.until > now)
        sim.obstacle = ROUTE_PACED;
    if (within_limits_at(l, now) > now) {
        bool day = usage_free_at(&l->usage, l->sim->per_day, CLOCK_DAY, now) > now;
        sim.obstacle = day ? ROUTE_DAY_FULL : ROUTE_HOUR_FULL;
        sim.until = later(sim.until, within_limits_at(l, now));
    }
    if (rests(l, now)) {
        sim.obstacle = ROUTE_RESTS;
        sim.until = later(sim.until, l->rest_from + l->rest_length);
    }
    if (!l->up) {
        sim.obstacle = ROUTE_DOWN;
        sim.until = INT64_MAX;
    }
    return sim;
}

int routes_used_since(const struct routes *r, int link, int64_t since, int64_t now) {
    return usage_since(&r->links[link].usage, since, now);
}

int routes_ahead(const struct routes *r, int link, enum carrier to, int64_t now) {
    struct route_sim own = routes_sim(r, link, now);
    int ahead = 0;
    for (int i = 0; i < r->count; i++) {
        if (i == link || !r->links[i].up)
            continue;
        struct route_sim other = routes_sim(r, i, now);
        int compared = route_compare(&other, &own, to);
        if (compared < 0)
            return -1;
        bool sooner = other.turn != own.turn ? other.turn < own.turn : i < link;
        ahead += compared == 0 && sooner && own.weight && other.weight && other.obstacle == ROUTE_FREE && !r->links[i].busy;
    }
    return ahead;
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

int routes_other(const struct routes *r, int link, enum carrier to) {
    int best = -1;
    struct route_sim best_sim = {.weight = 0};
    for (int i = 1; i < r->count; i++) {
        int other = (link + i) % r->count;
        const struct link *l = &r->links[other];
        if (l->state != LINK_USABLE)
            continue;
        struct route_sim sim = {.carrier = l->carrier, .cost_same = l->sim->cost_same, .cost_other = l->sim->cost_other};
        if (best < 0 || route_compare(&sim, &best_sim, to) < 0) {
            best = other;
            best_sim = sim;
        }
    }
    return best;
}

int routes_choose(const struct routes *r, const struct route_wish *wish, int64_t now) {
    if (wish->avoid != ROUTE_ANY) {
        if (wish->link != ROUTE_ANY && wish->link != wish->avoid && r->links[wish->link].state == LINK_USABLE)
            return wish->link;
        return routes_other(r, wish->avoid, wish->carrier); /* -1 is ROUTE_ANY */
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
