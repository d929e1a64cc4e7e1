/* Adopting a copy: see restore.h. All of it is one transaction, and the copy's mark goes with it: interrupted, it's done again whole. */
#include "smsc/restore.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "smsc/centre.h"
#include "smsc/code.h"
#include "smsc/timers.h"
#include "store/case.h"
#include "store/lookup.h"

#define PACE_SPAN (30 * CLOCK_DAY) /* of which the pace is taken */
#define AGE_UNKNOWN (30 * CLOCK_DAY) /* of a copy from a time that the clock hasn't reached: it's wrong, now or then */

/* How many codes the other may have given out since. */
static enum err estimate(struct smsc *s, const struct store_past *past, int64_t capacity, int64_t now, int64_t *ret_codes) {
    int64_t end = past->copied_at, count = 0, first = 0;
    enum err e = end > 0 ? ERR_OK : case_newest_at(s->store, &end);
    if (e == ERR_OK)
        e = case_pace(s->store, end - PACE_SPAN, end, &count, &first);
    if (e != ERR_OK)
        return e;
    int64_t span = count > 0 && end - first > CLOCK_DAY ? end - first : CLOCK_DAY;
    int64_t age = now >= end ? now - end : AGE_UNKNOWN, most = capacity / 10;
    double since = (double)RESTORE_PACE * (double)count * (double)age / (double)span;
    *ret_codes = since < (double)most - RESTORE_CODES_FLOOR ? RESTORE_CODES_FLOOR + (int64_t)since : most;
    return ERR_OK;
}

static enum err skip_codes(struct smsc *s, const struct store_past *past, int64_t now, int64_t *ret_skipped) {
    int64_t counter = 0, skip = past->skip_codes, capacity = code_capacity(s->settings.index, s->settings.of);
    enum err e = store_number_get(s->store, STORE_CASE_COUNTER, &counter);
    if (e == ERR_OK && skip < 0)
        e = estimate(s, past, capacity, now, &skip);
    if (e != ERR_OK)
        return e;
    int64_t next = (past->codes_seen > counter ? past->codes_seen : counter) + skip;
    *ret_skipped = next - counter;
    return store_number_set(s->store, STORE_CASE_COUNTER, next);
}

/* What fell due since the copy was made the other has done, and told, as well. It's done here before anything can be sent, so that its texts are
 * among those that wait for a person. */
static enum err catch_up(struct smsc *s, int64_t now) {
    enum { TICKS_MOST = 100000 }; /* a timer that fails again and again is the loop's to pace */
    enum err e = ERR_OK;
    for (int i = 0; e == ERR_OK && i < TICKS_MOST && timers_next(s) <= now; i++)
        e = timers_tick(s, now);
    return e;
}

static enum err adopt(struct smsc *s, int64_t now) {
    struct store_past past = {0};
    int64_t skipped = 0;
    size_t parts = 0;
    enum store_origin origin = store_origin(s->store);
    enum err e = store_past(s->store, &past);
    if (e == ERR_OK)
        e = skip_codes(s, &past, now, &skipped);
    if (e == ERR_OK)
        e = catch_up(s, now);
    if (e == ERR_OK)
        e = queue_forsake(s->queue, 0, now, &parts);
    if (e == ERR_OK)
        e = lookup_forsake(s->store);
    if (e == ERR_OK)
        e = store_number_set(s->store, STORE_FEED_DOUBT, now);
    if (e == ERR_OK)
        e = store_adopt(s->store);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_WARNING, "smsc.adopted", log_text("database", store_origin_words(origin)), log_int("codes_skipped", skipped),
                  log_int("parts_unknown", (int64_t)parts),
                  log_text("do", "phanhoictl unknown list: what waited to be sent may have been sent; a person decides"));
    crash_point("restore.adopted");
    return e;
}

enum err restore_adopt(struct smsc *s, int64_t now) {
    if (store_origin(s->store) == STORE_ITSELF)
        return ERR_OK;
    enum err e = store_begin(s->store);
    if (e != ERR_OK)
        return e;
    e = adopt(s, now);
    if (e == ERR_OK)
        return store_commit(s->store);
    store_rollback(s->store);
    return e;
}
