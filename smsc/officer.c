/* Whom a step concerns. A notice becomes rows that wait; waiting.c sends them, so that cap, merging and office hours are in one place. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "smsc/office_hours.h"
#include "smsc/officer_desk.h"

#include <stdlib.h>

/* Without a directory there's nobody to tell. */
static enum err has_directory(struct smsc *s, bool *ret_has) {
    int64_t version = 0;
    enum err e = store_number_get(s->store, STORE_DIRECTORY_VERSION, &version);
    *ret_has = e == ERR_OK && version > 0;
    return e;
}

/* ---- when ---- */

/* In office hours at once, but the last text of the day waits for company. */
static enum err moment_for(struct smsc *s, int64_t officer_id, enum reminder_kind kind, int64_t now, int64_t *ret_at) {
    int32_t today = clock_vietnam_day(now);
    struct reminder *waiting = NULL;
    size_t count = 0, ripe = 0;
    int sent = 0;
    *ret_at = office_next_open(s, now);
    if (*ret_at != now || kind == REMINDER_OVERDUE)
        return ERR_OK;
    int64_t close = office_moment(today, s->settings.officers.office_to) - CLOCK_MINUTE;
    int64_t later = now + s->settings.officers.merge_wait;
    later = later < close ? later : close;
    enum err e = reminder_sent_on(s->store, officer_id, today, &sent);
    if (e == ERR_OK)
        e = reminder_waiting_of(s->store, officer_id, later, 64, &waiting, &count);
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < count; i++) {
        ripe += waiting[i].not_before <= now;
        if (waiting[i].not_before > now && waiting[i].not_before < later)
            later = waiting[i].not_before; /* something waits for company already */
    }
    free(waiting);
    if (sent + (int)ripe >= s->settings.officers.cap - 1 && later > now)
        *ret_at = later;
    return ERR_OK;
}

/* ---- rows ---- */

struct telling {
    struct smsc *s;
    enum reminder_kind kind;
    int64_t case_id, deadline_id, now;
    struct officer_ids told; /* nobody twice */
};

static bool told_already(const struct telling *t, int64_t officer_id) {
    for (size_t i = 0; i < t->told.count; i++)
        if (t->told.of[i] == officer_id)
            return true;
    return false;
}

static enum err tell_one(struct telling *t, int64_t officer_id) {
    struct reminder r = {.officer_id = officer_id, .kind = t->kind, .case_id = t->case_id, .deadline_id = t->deadline_id};
    bool waits = false;
    enum err e = ERR_OK;
    if (told_already(t, officer_id))
        return ERR_OK;
    if (t->told.count < OFFICERS_OF_ROLE_MAX)
        t->told.of[t->told.count++] = officer_id;
    if (t->kind == REMINDER_SUPPLEMENT) /* one that waits says it all */
        e = reminder_waits(t->s->store, officer_id, t->kind, t->case_id, &waits);
    if (e != ERR_OK || waits)
        return e;
    if (t->kind == REMINDER_HOPS)
        r.not_before = office_next(t->s, t->now + 1, t->s->settings.officers.digest_time);
    else
        e = moment_for(t->s, officer_id, t->kind, t->now, &r.not_before);
    if (e != ERR_OK)
        return e;
    centre_officers(t->s, r.not_before);
    e = reminder_insert(t->s->store, &r);
    crash_point("officer.noted");
    return e;
}

static enum err tell(struct telling *t, enum duty duty, int64_t agency_id) {
    struct officer_ids ids;
    bool has = false;
    enum err e = has_directory(t->s, &has);
    if (e != ERR_OK || !has)
        return e;
    e = duty_officers(t->s, duty, agency_id, clock_vietnam_day(t->now), &ids);
    if (e == ERR_OK && ids.count == 0)
        log_event(LOG_LEVEL_WARNING, "officer.nobody", log_int("agency", agency_id),
                  log_text("do", "give the service centre an officer with a phone"));
    for (size_t i = 0; i < ids.count && e == ERR_OK; i++)
        e = tell_one(t, ids.of[i]);
    return e;
}

/* ---- whom ---- */

static enum err tell_handler(struct telling *t, const struct notice *n) {
    return n->life->unit_id ? tell(t, DUTY_UNIT, n->life->unit_id) : tell(t, DUTY_INTAKE, n->life->agency_id);
}

static enum err notice_new(struct telling *t, const struct notice *n) {
    if (n->c->state == CASE_IN_PROCESS) {
        t->kind = REMINDER_ASSIGN;
        return tell_handler(t, n);
    }
    t->kind = REMINDER_NEW;
    enum err e = tell(t, DUTY_INTAKE, n->life->agency_id);
    if (e != ERR_OK || n->step->kind != STEP_TRANSFER || n->life->hops < n->s->settings.cases.hops_max)
        return e;
    *t = (struct telling){.s = t->s, .kind = REMINDER_HOPS, .case_id = t->case_id, .now = t->now};
    return tell(t, DUTY_INTAKE, 0);
}

struct coordinators { /* agencies that this step asked */
    int64_t first, of[16];
    size_t count;
};

static void note_coordinator(void *context, const struct coordination *c) {
    struct coordinators *all = context;
    if (c->id >= all->first && !c->done_at && all->count < sizeof all->of / sizeof *all->of)
        all->of[all->count++] = c->agency_id;
}

static enum err notice_coordinate(struct telling *t, const struct notice *n) {
    struct coordinators all = {.first = n->outcome->coordination_first_id};
    t->kind = REMINDER_COORDINATE;
    enum err e = coordination_list(t->s->store, n->c->id, note_coordinator, &all);
    for (size_t i = 0; i < all.count && e == ERR_OK; i++)
        e = tell(t, DUTY_COORDINATION, all.of[i]);
    return e;
}

static enum err notice_overdue(struct telling *t, const struct notice *n) {
    const struct deadline *d = n->step->deadline;
    enum duty duty;
    int64_t agency = 0;
    enum err e = d ? duty_now(t->s, d, n->life, &duty, &agency) : ERR_NOT_FOUND;
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    t->kind = REMINDER_OVERDUE;
    t->deadline_id = d->id;
    return tell(t, duty, agency);
}

static enum err notice_rejoinder(struct telling *t, const struct notice *n) {
    t->kind = REMINDER_REJOINDER;
    enum err e = tell(t, DUTY_INTAKE, n->life->agency_id);
    return e == ERR_OK && n->life->unit_id ? tell(t, DUTY_UNIT, n->life->unit_id) : e;
}

static enum err notice_publish(struct telling *t, const struct notice *n) {
    t->kind = REMINDER_PUBLISH;
    return tell(t, DUTY_INTAKE, n->life->agency_id);
}

/* Who has the case now, or had it until this step ended it. */
static enum err notice_supplement(struct telling *t, const struct notice *n) {
    enum case_state state = case_state_ended(n->c->state) ? n->outcome->before : n->c->state;
    t->kind = REMINDER_SUPPLEMENT;
    if (n->step->kind != STEP_CALLBACK && (state == CASE_IN_PROCESS || state == CASE_REJOINDER))
        return tell_handler(t, n);
    return tell(t, DUTY_INTAKE, n->life->agency_id);
}

static enum err notice_low(struct telling *t, const struct notice *n) {
    enum { LOW = 2 };
    t->kind = REMINDER_LOW_RATING;
    if (n->life->rating < 1 || n->life->rating > LOW)
        return ERR_OK;
    return tell(t, DUTY_HEAD, n->life->unit_id ? n->life->unit_id : n->life->agency_id);
}

enum err officer_notice(const struct notice *n, enum case_notice notice) {
    static enum err (*const tellers[NOTICE_COUNT])(struct telling *, const struct notice *) = {
        [NOTICE_O_NEW] = notice_new,          [NOTICE_O_COORD] = notice_coordinate, [NOTICE_O_OVER] = notice_overdue,
        [NOTICE_O_REJOIN] = notice_rejoinder, [NOTICE_O_PUBLISH] = notice_publish,  [NOTICE_O_SUPP] = notice_supplement,
        [NOTICE_O_LOW] = notice_low,
        /* NOTICE_O_ESC: the morning's round finds what is to be escalated, and tells a head of all of it at once */
    };
    struct telling t = {.s = n->s, .case_id = n->c->id, .now = n->now};
    return (unsigned)notice < NOTICE_COUNT && tellers[notice] ? tellers[notice](&t, n) : ERR_OK;
}

/* ---- time ---- */

enum err officer_tick(struct smsc *s, int64_t now) {
    bool worked = false, has = false;
    enum err e = has_directory(s, &has);
    if (e != ERR_OK || !has || now < CASE_CLOCK_PLAUSIBLE)
        return e;
    e = round_tick(s, now, &worked);
    if (e == ERR_OK && !worked)
        e = waiting_tick(s, now);
    if (e != ERR_OK)
        officer_forget(s); /* its rows may be undone with the savepoint */
    return e;
}

int64_t officer_next(struct smsc *s, int64_t now) {
    int64_t round = INT64_MAX, waiting = INT64_MAX;
    bool has = false;
    enum err e = has_directory(s, &has);
    if (e == ERR_OK && !has)
        return INT64_MAX;
    if (e == ERR_OK && now < CASE_CLOCK_PLAUSIBLE)
        return CASE_CLOCK_PLAUSIBLE;
    if (e == ERR_OK)
        e = round_next(s, now, &round);
    if (e == ERR_OK)
        e = waiting_next(s, now, &waiting);
    if (e != ERR_OK)
        return now; /* the tick will say why */
    return round < waiting ? round : waiting;
}
