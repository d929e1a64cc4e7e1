/* The ladder: see ladder.h. */
#include "firmware-host/ladder.h"

#include "firmware-host/base/clock.h"
#include "modem/protocol.h"

enum { FAILURES = 3 };
#define MUTE_PATIENCE (2 * CLOCK_MINUTE) /* the worker opens a mute modem anew by itself, some times */
#define UNREGISTERED_PATIENCE (5 * CLOCK_MINUTE)
#define QUIET_DAY (24 * CLOCK_HOUR)

const struct ladder_row ladder_rows[LADDER_RUNGS] = {
    [LADDER_REOPEN] = {"reopen", false, CLOCK_MINUTE},
    [LADDER_RADIO] = {"radio", true, 5 * CLOCK_MINUTE},
    [LADDER_RESTART] = {"restart", true, 15 * CLOCK_MINUTE},
    [LADDER_USB] = {"usb", false, CLOCK_HOUR},
    [LADDER_PERSON] = {"person", false, 0},
};

void ladder_submitted(struct ladder *l, bool sent, int code) {
    if (sent)
        *l = (struct ladder){.next = LADDER_REOPEN};
    else if (code == 38 || code == 41 || code == 500) /* network out of order, temporary failure, unknown error */
        l->failures++;
    else if (code >= 0) /* somebody answered */
        l->failures = 0;
}

static void since(int64_t *at, bool holds, int64_t now) {
    if (!holds)
        *at = 0;
    else if (*at == 0)
        *at = now > 0 ? now : 1;
}

void ladder_mute(struct ladder *l, bool mute, int64_t now) {
    since(&l->mute_since, mute, now);
}

void ladder_registered(struct ladder *l, int registration, int64_t now) {
    if (registration == LADDER_AWAY)
        l->unregistered_since = 0;
    else if (registration >= 0)
        since(&l->unregistered_since, !protocol_registered(registration), now);
}

static bool lasts(int64_t at, int64_t patience, int64_t now) {
    return at != 0 && now - at >= patience;
}

bool ladder_climb(struct ladder *l, bool usb, int64_t now, enum ladder_rung *ret_rung) {
    bool mute = lasts(l->mute_since, MUTE_PATIENCE, now);
    bool trouble = mute || l->failures >= FAILURES || lasts(l->unregistered_since, UNREGISTERED_PATIENCE, now);
    if (!trouble && l->next > 0 && now - l->climbed_at >= QUIET_DAY)
        l->next = LADDER_REOPEN;
    if (!trouble || (l->next > 0 && l->next < LADDER_RUNGS && now - l->climbed_at < ladder_rows[l->next - 1].pause))
        return false;
    while (l->next < LADDER_RUNGS && ((mute && ladder_rows[l->next].needs_answer) || (l->next == LADDER_USB && !usb)))
        l->next++;
    if (l->next == LADDER_RUNGS)
        return false;
    *ret_rung = (enum ladder_rung)l->next++;
    l->climbed_at = now;
    l->failures = 0;
    l->mute_since = l->unregistered_since = 0; /* what comes of it is seen from now on */
    return true;
}
