/* The order of SIMs: see route_choice.h. */
#include "smsc/route_choice.h"

static const char *const obstacle_texts[] = {
    [ROUTE_FREE] = "free",
    [ROUTE_PACED] = "waits for its rate",
    [ROUTE_HOUR_FULL] = "its limit per hour is reached",
    [ROUTE_DAY_FULL] = "its limit per day is reached",
    [ROUTE_RESTS] = "rests after failures",
    [ROUTE_DOWN] = "down",
};

const char *route_obstacle_text(enum route_obstacle obstacle) {
    return obstacle_texts[obstacle];
}

bool route_same(const struct route_sim *sim, enum carrier to) {
    return to != CARRIER_UNKNOWN && sim->carrier == to;
}

int route_cost(const struct route_sim *sim, enum carrier to) {
    return route_same(sim, to) ? sim->cost_same : sim->cost_other;
}

bool route_can_send(const struct route_sim *sim) {
    return sim->obstacle <= ROUTE_PACED;
}

int route_compare(const struct route_sim *a, const struct route_sim *b, enum carrier to) {
    if (route_can_send(a) != route_can_send(b))
        return route_can_send(a) ? -1 : 1;
    if (route_same(a, to) != route_same(b, to))
        return route_same(a, to) ? -1 : 1;
    int cost_a = route_cost(a, to), cost_b = route_cost(b, to);
    return (cost_a > cost_b) - (cost_a < cost_b);
}

static bool comes_before(const struct route_sim *sims, size_t a, size_t b, enum carrier to) {
    int compared = route_compare(&sims[a], &sims[b], to);
    if (compared != 0)
        return compared < 0;
    return sims[a].turn != sims[b].turn ? sims[a].turn < sims[b].turn : a < b;
}

void route_order(const struct route_sim *sims, size_t count, enum carrier to, size_t *order) {
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && comes_before(sims, i, order[at - 1], to); at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}
