/* A run is begun and ended by numbers in the database, so that one in whose middle the program stopped goes on. */
#include "smsc/retention.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/centre.h"
#include "store/privacy.h"

enum { ROWS_A_TICK = 32 };

/* The next moment after `now` at which the clock shows the time of the wipe. */
static int64_t next_night(const struct smsc *s, int64_t now) {
    int64_t midnight = clock_vietnam_day(now) * CLOCK_DAY - CLOCK_VIETNAM_OFFSET;
    int64_t at = midnight + s->settings.retention_time * CLOCK_MINUTE;
    return at > now ? at : at + CLOCK_DAY;
}

static enum err begin(struct smsc *s, int64_t now) {
    return store_number_set(s->store, STORE_RETENTION_BEGUN, now);
}

static enum err end(struct smsc *s, int64_t now) {
    enum err e = store_number_set(s->store, STORE_RETENTION_BEGUN, 0);
    return e == ERR_OK ? store_number_set(s->store, STORE_RETENTION_DONE, now) : e;
}

static void log_run(const int64_t counts[RETENTION_KINDS]) {
    int64_t all = 0;
    for (int kind = 0; kind < RETENTION_KINDS; kind++)
        all += counts[kind];
    if (all)
        log_event(LOG_LEVEL_NOTICE, "retention.run", log_int("cases", counts[RETENTION_CASE]), log_int("messages", counts[RETENTION_MESSAGE]),
                  log_int("persons", counts[RETENTION_PERSON]), log_int("all", all));
}

static enum err go_on(struct smsc *s, int64_t now) {
    struct retention_limits limits = retention_limits_at(&s->settings.retention, now);
    int64_t counts[RETENTION_KINDS];
    bool finished = false;
    enum err e = retention_step(s->store, &limits, now, ROWS_A_TICK, &finished);
    if (e != ERR_OK || !finished) {
        s->retention_at = now;
        return e;
    }
    e = retention_erased(s->store, counts);
    if (e == ERR_OK)
        e = retention_finish(s->store, &limits, now);
    if (e == ERR_OK)
        e = end(s, now);
    if (e == ERR_OK)
        log_run(counts);
    s->retention_at = next_night(s, now);
    return e;
}

/* No run is under way: whether one begins. */
static enum err look(struct smsc *s, int64_t now, bool *ret_begin) {
    int64_t done = 0;
    enum err e = store_number_get(s->store, STORE_RETENTION_DONE, &done);
    if (e != ERR_OK)
        return e;
    s->retention_at = next_night(s, now);
    if (done == 0) /* a new database, or the first start of a program that erases: from now on */
        return end(s, now);
    if (now - done > RETENTION_GAP || now < done) {
        log_event(LOG_LEVEL_WARNING, "retention.waits",
                  log_text("meaning", "the last run is long ago, or later than now: look whether the clock is right, then phanhoictl retention run"));
        return ERR_OK;
    }
    *ret_begin = next_night(s, done) <= now;
    return ERR_OK;
}

enum err retention_tick(struct smsc *s, int64_t now) {
    int64_t begun = 0;
    bool begins = false;
    if (now < s->retention_at)
        return ERR_OK;
    if (now < CASE_CLOCK_PLAUSIBLE) {
        s->retention_at = now + CLOCK_HOUR;
        return ERR_OK;
    }
    enum err e = store_number_get(s->store, STORE_RETENTION_BEGUN, &begun);
    if (e == ERR_OK && begun == 0)
        e = look(s, now, &begins);
    if (e == ERR_OK && begins)
        e = begin(s, now);
    return e == ERR_OK && (begins || begun) ? go_on(s, now) : e;
}

enum err smsc_retention_run(struct smsc *s, const char *actor, int64_t now) {
    int64_t begun = 0;
    struct str nothing_more;
    str_init(&nothing_more, 8);
    str_add(&nothing_more, "{}");
    enum err e = now < CASE_CLOCK_PLAUSIBLE ? ERR_CONFLICT : store_number_get(s->store, STORE_RETENTION_BEGUN, &begun);
    if (e == ERR_OK)
        e = privacy_note(s->store, &(struct privacy_note){.at = now, .type = "retention.asked", .actor = actor}, &nothing_more);
    str_release(&nothing_more);
    if (e == ERR_OK && begun == 0)
        e = begin(s, now);
    if (e == ERR_OK)
        s->retention_at = INT64_MIN;
    return e;
}
