/* What a row does to the deadlines of a case, and what another calendar or a clock at last does to all of them.
 *
 * Invariants: 1. at most one deadline of a kind is open, paused or missed (T3: one for each coordination). 2. A deadline never moves to an earlier
 * day. 3. One that moves gets a new row, which names the old one, and why. 4. What was missed is told apart for ever: MISSED, then LATE. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/mem.h"
#include "store/case_moment.h"
#include "store/directory.h"

#include <stdlib.h>

enum { DUE_WAITS = 0 }; /* day of a deadline that waits for a plausible clock */

/* ---- working days ---- */

/* Of the agency whose closures count, into `buffer`; NULL: no closures count. Costs nothing where the calendar has none. */
static enum err closing_key(struct moment *m, int64_t agency_id, char *buffer, size_t size, const char **ret_key) {
    struct standing s;
    *ret_key = NULL;
    if (agency_id == NO_AGENCY || !calendar_has_closures(m->parts->calendar, NULL))
        return ERR_OK;
    if (agency_id == 0 && (agency_id = moment_agency_of_kind(m, AGENCY_CENTRE)) == 0)
        return m->failed;
    enum err e = agency_standing(m->parts->store, agency_id, &s);
    if (e == ERR_OK)
        e = str_copy(buffer, size, s.key);
    if (e == ERR_OK)
        *ret_key = buffer;
    return e;
}

enum err moment_due(struct moment *m, int64_t agency_id, int64_t event_ms, int days, int32_t *ret_day) {
    char buffer[KEY_SIZE];
    const char *key;
    enum err e = closing_key(m, agency_id, buffer, sizeof buffer, &key);
    return e == ERR_OK ? calendar_due_for(m->parts->calendar, key, event_ms, days, ret_day) : e;
}

/* Of the agency that decides on acceptance: pauses of T1. */
static enum err intake_days_between(struct moment *m, int32_t after, int32_t until, int *ret_days) {
    char buffer[KEY_SIZE];
    const char *key;
    enum err e = closing_key(m, m->life.agency_id, buffer, sizeof buffer, &key);
    if (e == ERR_OK)
        *ret_days = calendar_working_days(m->parts->calendar, key, after, until);
    return e;
}

int64_t moment_handler(const struct moment *m) {
    return m->life.unit_id ? m->life.unit_id : m->life.agency_id;
}

/* Whose closures count; none for what the citizen has to do, and the house's own. */
static int64_t whose(const struct moment *m, enum deadline_kind kind) {
    switch (kind) {
    case DEADLINE_INTAKE:
    case DEADLINE_PUBLICATION:
    case DEADLINE_CALLBACK:
        return m->life.agency_id;
    case DEADLINE_UNIT:
    case DEADLINE_RECONSIDERATION:
    case DEADLINE_REASON:
        return moment_handler(m);
    case DEADLINE_COORDINATION: /* each has its own */
    case DEADLINE_REJOINDER:
    case DEADLINE_SUPPLEMENT:
    case DEADLINE_PROMISE:
    case DEADLINE_REMIND:
    case DEADLINE_REMIND_REJOINDER:
    case DEADLINE_OVERALL:
    case DEADLINE_KIND_COUNT:
        break;
    }
    return NO_AGENCY;
}

static int days_of(const struct case_settings *s, enum deadline_kind kind) {
    const int days[DEADLINE_KIND_COUNT] = {
        [DEADLINE_INTAKE] = s->intake_days,           [DEADLINE_UNIT] = s->unit_days,           [DEADLINE_COORDINATION] = s->coordination_days,
        [DEADLINE_PUBLICATION] = s->publication_days, [DEADLINE_REJOINDER] = s->rejoinder_days, [DEADLINE_RECONSIDERATION] = s->reconsideration_days,
        [DEADLINE_SUPPLEMENT] = s->supplement_days,   [DEADLINE_REASON] = s->reason_days,       [DEADLINE_CALLBACK] = s->callback_days,
        [DEADLINE_REMIND] = s->supplement_days - 1,   [DEADLINE_OVERALL] = s->overall_limit,    [DEADLINE_REMIND_REJOINDER] = s->rejoinder_days - 2,
    };
    return days[kind];
}

enum err moment_no_receipt_day(struct moment *m, int32_t *ret_day) {
    const struct case_settings *s = m->parts->settings;
    return moment_due(m, NO_AGENCY, m->life.published_at + s->t5_no_receipt_days * CLOCK_DAY, s->rejoinder_days, ret_day);
}

/* ---- the deadlines there are ---- */

static bool is_live(enum deadline_state state) {
    return state == DEADLINE_OPEN || state == DEADLINE_MISSED || state == DEADLINE_PAUSED;
}

struct deadline *moment_live(struct moment *m, enum deadline_kind kind) {
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].kind == kind && is_live(m->live[i].state))
            return &m->live[i];
    return NULL;
}

static struct deadline *fresh_of(struct moment *m, enum deadline_kind kind) {
    for (size_t i = 0; i < m->fresh_count; i++)
        if (m->fresh[i].kind == kind)
            return &m->fresh[i];
    return NULL;
}

static void end_one(struct deadline *d, bool met) {
    if (is_live(d->state))
        d->state = d->state == DEADLINE_MISSED ? DEADLINE_LATE : met ? DEADLINE_MET : DEADLINE_STOPPED;
}

static void end_kind(struct moment *m, enum deadline_kind kind, bool met) {
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].kind == kind && (!met || !m->coordination_id || m->live[i].coordination_id == m->coordination_id))
            end_one(&m->live[i], met);
}

/* ---- those that begin ---- */

static void date(struct deadline *d, int32_t due_day) {
    bool reminds = d->kind == DEADLINE_REMIND || d->kind == DEADLINE_REMIND_REJOINDER;
    d->due_day = due_day;
    d->due_at = calendar_end_of_day(reminds ? due_day - 1 : due_day); /* a reminder goes out in the morning of its day */
}

static enum err begin(struct moment *m, const struct deadline *d) {
    if (m->fresh_count >= LIVE_MAX)
        return ERR_EXHAUSTED;
    struct deadline *fresh = &m->fresh[m->fresh_count++];
    *fresh = *d;
    fresh->case_id = m->c.id;
    if (m->now < CASE_CLOCK_PLAUSIBLE && fresh->kind != DEADLINE_PROMISE) {
        fresh->start_at = fresh->start_at >= CASE_CLOCK_PLAUSIBLE ? fresh->start_at : 0;
        fresh->due_day = DUE_WAITS;
        fresh->due_at = INT64_MAX;
        m->out.clock_waits = true;
    }
    return ERR_OK;
}

/* The n-th working day after d->start_at, but not before `least`. */
static enum err begin_counted(struct moment *m, struct deadline d, int64_t agency_id, int days, int32_t least) {
    int32_t due = 0;
    enum err e = moment_due(m, agency_id, d.start_at, days, &due);
    if (e != ERR_OK)
        return e;
    calendar_warn(m->parts->calendar, due);
    d.state = DEADLINE_OPEN;
    d.working_days = days;
    date(&d, due > least ? due : least);
    return begin(m, &d);
}

/* When it began: the deadline that passed, if the row is a timer's. One that fires late, after the box was off, leaves its successor a working day.
 */
static int64_t passed_at(const struct moment *m) {
    return m->step->deadline ? m->step->deadline->due_at - 1 : m->now;
}

static enum err least_day(struct moment *m, int32_t *ret_day) {
    *ret_day = 0;
    if (!m->step->deadline || clock_vietnam_day(m->now) == clock_vietnam_day(m->step->deadline->due_at))
        return ERR_OK;
    return moment_due(m, NO_AGENCY, m->now, 1, ret_day);
}

/* An arrival after the cut-off counts as the next day's, where there is one. */
static int64_t submission_start(const struct moment *m) {
    int64_t at = m->c.submitted_at;
    struct civil c = civil_of(at);
    int cutoff = m->parts->settings->cutoff_time;
    return cutoff > 0 && c.hour * 60 + c.minute >= cutoff ? at + CLOCK_DAY : at;
}

static bool is_submission(const struct moment *m) {
    return m->before == (enum case_state)CASE_NONE || m->before == CASE_DRAFT;
}

/* T1 at a submission, and at another agency after a transfer. */
static enum err start_intake(struct moment *m) {
    const struct case_settings *s = m->parts->settings;
    struct deadline d = {.kind = DEADLINE_INTAKE, .start_at = m->now};
    const struct deadline *old = NULL;
    if (is_submission(m)) {
        d.start_at = submission_start(m);
        return begin_counted(m, d, m->life.agency_id, s->intake_days, 0);
    }
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].kind == DEADLINE_INTAKE)
            old = &m->live[i]; /* the row has just ended it */
    if (old && s->t1_on_transfer == T1_KEEP)
        return begin_counted(m, d, m->life.agency_id, 1, old->due_day);
    return begin_counted(m, d, m->life.agency_id, s->intake_days, old ? old->due_day : 0);
}

static enum err start_coordinations(struct moment *m) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < m->asked_count && e == ERR_OK; i++) {
        struct deadline d = {.kind = DEADLINE_COORDINATION, .start_at = m->now, .coordination_id = m->asked[i].id};
        e = begin_counted(m, d, m->asked[i].agency_id, m->parts->settings->coordination_days, 0);
    }
    return e;
}

static enum err start_promise(struct moment *m) {
    struct deadline d = {.kind = DEADLINE_PROMISE, .state = DEADLINE_OPEN, .start_at = m->now};
    date(&d, m->step->day);
    return begin(m, &d);
}

static enum err start_reason(struct moment *m) {
    struct deadline d = {.kind = DEADLINE_REASON, .start_at = passed_at(m)};
    int32_t least = 0;
    if (m->life.explained || moment_live(m, DEADLINE_REASON))
        return ERR_OK;
    enum err e = least_day(m, &least);
    return e == ERR_OK ? begin_counted(m, d, whose(m, d.kind), m->parts->settings->reason_days, least) : e;
}

static enum err start_rejoinder_reminder(struct moment *m) {
    struct deadline d = {.kind = DEADLINE_REMIND_REJOINDER, .start_at = m->now};
    int days = days_of(m->parts->settings, d.kind);
    return m->parts->settings->rejoinder_reminder && days > 0 ? begin_counted(m, d, NO_AGENCY, days, 0) : ERR_OK;
}

static enum err start_callback(struct moment *m) {
    struct deadline *open = moment_live(m, DEADLINE_CALLBACK), d = {.kind = DEADLINE_CALLBACK, .start_at = m->now};
    if (open && open->state == DEADLINE_OPEN)
        return ERR_OK; /* somebody calls already */
    if (open)
        end_one(open, false);
    return begin_counted(m, d, whose(m, d.kind), m->parts->settings->callback_days, 0);
}

static enum err start(struct moment *m, enum deadline_kind kind) {
    int days = days_of(m->parts->settings, kind);
    struct deadline d = {.kind = kind, .start_at = kind == DEADLINE_OVERALL ? m->c.submitted_at : m->now};
    switch (kind) {
    case DEADLINE_INTAKE:
        return start_intake(m);
    case DEADLINE_COORDINATION:
        return start_coordinations(m);
    case DEADLINE_PROMISE:
        return start_promise(m);
    case DEADLINE_REASON:
        return start_reason(m);
    case DEADLINE_CALLBACK:
        return start_callback(m);
    case DEADLINE_REMIND_REJOINDER:
        return start_rejoinder_reminder(m);
    case DEADLINE_UNIT:
    case DEADLINE_PUBLICATION:
    case DEADLINE_REJOINDER:
    case DEADLINE_RECONSIDERATION:
    case DEADLINE_SUPPLEMENT:
    case DEADLINE_REMIND:
    case DEADLINE_OVERALL:
    case DEADLINE_KIND_COUNT:
        break;
    }
    return days > 0 ? begin_counted(m, d, whose(m, kind), days, 0) : ERR_OK;
}

/* ---- pausing ---- */

static enum err pause_intake(struct moment *m) {
    struct deadline *d = moment_live(m, DEADLINE_INTAKE);
    int32_t today = clock_vietnam_day(m->now);
    int left = 1; /* what is late already, or due today, has no day left: it gets one all the same */
    enum err e = ERR_OK;
    if (!m->parts->settings->pause_on_need_info)
        return ERR_OK;
    if (d && d->state == DEADLINE_OPEN) {
        left = d->working_days;
        if (d->due_day != DUE_WAITS)
            e = intake_days_between(m, today, d->due_day, &left);
        d->state = DEADLINE_PAUSED;
    } else if (d) {
        end_one(d, true);
    }
    m->life.paused_left = left > 1 ? left : 1;
    m->life.paused_day = today;
    return e;
}

/* T1 goes on with what was left, or anew. */
static enum err unpause_intake(struct moment *m, int days, int64_t from, const char *cause) {
    struct deadline *old = moment_live(m, DEADLINE_INTAKE), d = {.kind = DEADLINE_INTAKE, .start_at = from, .cause = cause};
    int32_t least = 0;
    if (m->life.paused_left == 0)
        return ERR_OK; /* it wasn't paused */
    enum err e = least_day(m, &least);
    if (old && e == ERR_OK) {
        d.replaces_id = old->id;
        least = old->due_day > least ? old->due_day : least;
        old->state = DEADLINE_REPLACED;
    }
    return e == ERR_OK ? begin_counted(m, d, whose(m, d.kind), days, least) : e;
}

static enum err count_pause(struct moment *m) {
    int days = 0;
    if (m->life.paused_left == 0)
        return ERR_OK;
    enum err e = intake_days_between(m, m->life.paused_day, clock_vietnam_day(m->now), &days);
    m->life.paused_days += days;
    m->life.paused_left = 0;
    m->life.paused_day = 0;
    return e;
}

/* ---- going on ---- */

/* The one that runs is counted anew, from a later moment. It never moves to an earlier day; what was missed stays missed. */
static enum err count_from(struct moment *m, struct deadline d) {
    struct deadline *old = moment_live(m, d.kind);
    int days = days_of(m->parts->settings, d.kind);
    int32_t due = 0;
    if (!old || old->state != DEADLINE_OPEN || old->due_day == DUE_WAITS)
        return ERR_OK;
    enum err e = moment_due(m, whose(m, d.kind), d.start_at, days, &due);
    if (e != ERR_OK || due <= old->due_day)
        return e;
    d.replaces_id = old->id;
    old->state = DEADLINE_REPLACED;
    return begin_counted(m, d, whose(m, d.kind), days, 0);
}

/* The result was received later than printed: the citizen's ten days begin then, and the reminder of their end goes with them. */
static enum err delivered(struct moment *m, enum deadline_kind kind) {
    return count_from(m, (struct deadline){.kind = kind, .start_at = m->life.delivered_at, .cause = "delivery"});
}

/* The unit looked at the case: its days begin now. A date that was promised counts more than the days. */
static enum err opened(struct moment *m) {
    m->life.opened_at = m->now;
    if (fresh_of(m, DEADLINE_PROMISE) || moment_live(m, DEADLINE_PROMISE))
        return ERR_OK;
    return count_from(m, (struct deadline){.kind = DEADLINE_UNIT, .start_at = m->now, .cause = "opened"});
}

/* Whatever a unit does with a case that it handles shows that it looked at it. */
static bool opens(const struct moment *m) {
    return m->parts->settings->t2_start == T2_OPENED && m->life.opened_at == 0 && m->step->role == ROLE_UNIT && m->before == CASE_IN_PROCESS &&
           m->c.state != CASE_RECEIVED;
}

/* A result was sent back: T2, and what hangs on it, goes on with its old date, which may have passed. */
static enum err reopen(struct moment *m, enum deadline_kind kind) {
    struct deadline d, *unit = fresh_of(m, DEADLINE_UNIT);
    enum err e = deadline_newest_of(m->parts->store, m->c.id, kind, &d);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    int64_t round = kind == DEADLINE_UNIT ? m->life.accepted_at : unit ? unit->start_at : m->now;
    if (e == ERR_NOT_FOUND || d.start_at < round || m->live_count >= LIVE_MAX)
        return kind == DEADLINE_UNIT ? start(m, kind) : ERR_OK; /* it was answered at once: there was no T2 yet */
    m->was[m->live_count] = d.state;
    m->live[m->live_count] = d;
    m->live[m->live_count++].state = DEADLINE_REPLACED;
    d.replaces_id = d.id;
    d.state = d.state == DEADLINE_LATE ? DEADLINE_MISSED : DEADLINE_OPEN;
    d.cause = "sent-back";
    d.id = 0;
    if (m->fresh_count >= LIVE_MAX)
        return ERR_EXHAUSTED;
    m->fresh[m->fresh_count++] = d;
    return ERR_OK;
}

/* To the step's day: another calendar, no receipt in time, a clock at last. */
static enum err move(struct moment *m) {
    for (size_t i = 0; i < m->live_count; i++) {
        struct deadline *old = &m->live[i], d = *old;
        if (old->id != m->step->deadline->id)
            continue;
        d.id = 0;
        d.replaces_id = old->id;
        d.cause = m->step->cause;
        d.start_at = old->start_at ? old->start_at : m->now;
        date(&d, m->step->day);
        old->state = DEADLINE_REPLACED;
        return begin(m, &d);
    }
    return ERR_NOT_FOUND;
}

/* ---- the row's actions ---- */

static enum err restart(struct moment *m, enum deadline_kind kind) {
    if (kind == DEADLINE_INTAKE)
        return unpause_intake(m, m->parts->settings->supplement_restart_days, m->now, "supplement");
    return kind == DEADLINE_UNIT ? opened(m) : delivered(m, kind);
}

static enum err act(struct moment *m, const struct case_timer *t) {
    switch (t->action) {
    case TIMER_START:
        return start(m, t->kind);
    case TIMER_MEET:
        end_kind(m, t->kind, true);
        return ERR_OK;
    case TIMER_STOP:
        end_kind(m, t->kind, false);
        return ERR_OK;
    case TIMER_STOP_ALL:
        for (size_t i = 0; i < m->live_count; i++)
            end_one(&m->live[i], false);
        return ERR_OK;
    case TIMER_PAUSE:
        return pause_intake(m);
    case TIMER_RESUME:
        return unpause_intake(m, m->life.paused_left, passed_at(m), "no-answer");
    case TIMER_RESTART:
        return restart(m, t->kind);
    case TIMER_REOPEN:
        return reopen(m, t->kind);
    case TIMER_MOVE:
        return move(m);
    case TIMER_NONE:
        break;
    }
    return ERR_OK;
}

/* The one that passed is missed, if it is an office's and its row doesn't end it. */
static void miss(struct moment *m) {
    static const unsigned lasting =
        1u << DEADLINE_INTAKE | 1u << DEADLINE_UNIT | 1u << DEADLINE_COORDINATION | 1u << DEADLINE_PUBLICATION | 1u << DEADLINE_RECONSIDERATION;
    if (!m->rule->expired)
        return;
    for (size_t i = 0; i < m->live_count; i++)
        if (m->live[i].id == m->step->deadline->id && m->live[i].state == DEADLINE_OPEN)
            m->live[i].state = DEADLINE_MISSED;
    m->life.late |= lasting & 1u << m->step->deadline->kind;
}

/* The deadline whose date the citizen is told in that state. */
static enum deadline_kind told_kind(struct moment *m) {
    switch (m->c.state) {
    case CASE_RECEIVED:
        return DEADLINE_INTAKE;
    case CASE_NEED_INFO:
        return DEADLINE_SUPPLEMENT;
    case CASE_IN_PROCESS:
        return fresh_of(m, DEADLINE_PROMISE) || moment_live(m, DEADLINE_PROMISE) ? DEADLINE_PROMISE : DEADLINE_UNIT;
    case CASE_RESULT_READY:
        return DEADLINE_PUBLICATION;
    case CASE_PUBLISHED:
        return DEADLINE_REJOINDER;
    case CASE_REJOINDER:
        return DEADLINE_RECONSIDERATION;
    case CASE_DRAFT:
    case CASE_REFUSED:
    case CASE_NOTED_CLOSED:
    case CASE_CLOSED:
    case CASE_STATE_COUNT:
        break;
    }
    return DEADLINE_KIND_COUNT;
}

static void set_due_day(struct moment *m) {
    enum deadline_kind kind = told_kind(m);
    const struct deadline *d = fresh_of(m, kind) ? fresh_of(m, kind) : moment_live(m, kind);
    m->c.due_day = d ? d->due_day : 0;
    if (m->c.state == CASE_PUBLISHED && d)
        m->life.rejoinder_until = d->due_day > m->life.rejoinder_until ? d->due_day : m->life.rejoinder_until;
}

enum err moment_plan_timers(struct moment *m) {
    enum err e = ERR_OK;
    miss(m);
    for (size_t i = 0; i < CASE_TIMERS_MAX && e == ERR_OK; i++)
        e = act(m, &m->rule->timers[i]);
    if (e == ERR_OK && opens(m))
        e = opened(m);
    if (e == ERR_OK && m->before == CASE_NEED_INFO && m->c.state != CASE_NEED_INFO)
        e = count_pause(m);
    if (e == ERR_OK && m->c.state != CASE_DRAFT)
        set_due_day(m);
    return e;
}

enum err moment_write_timers(struct moment *m) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < m->live_count && e == ERR_OK; i++)
        if (m->live[i].state != m->was[i])
            e = deadline_set_state(m->parts->store, m->live[i].id, m->live[i].state);
    for (size_t i = 0; i < m->fresh_count && e == ERR_OK; i++) {
        m->fresh[i].case_id = m->c.id;
        e = deadline_insert(m->parts->store, &m->fresh[i], &m->fresh[i].id);
    }
    crash_point("case.deadlines");
    return e;
}

/* ---- all deadlines ---- */

static void find_coordination(void *context, const struct coordination *c) {
    struct coordination *wanted = context;
    if (c->id == wanted->id)
        *wanted = *c;
}

static enum err agency_of(struct moment *m, const struct deadline *d, int64_t *ret_agency) {
    struct coordination c = {.id = d->coordination_id};
    *ret_agency = whose(m, d->kind);
    if (d->kind != DEADLINE_COORDINATION)
        return ERR_OK;
    enum err e = coordination_list(m->parts->store, d->case_id, find_coordination, &c);
    *ret_agency = c.agency_id;
    return e;
}

/* On which day it is due when it is counted now. */
static enum err count_again(const struct case_parts *parts, const struct deadline *d, int64_t now, int32_t *ret_day) {
    struct moment *m = mem_alloc(sizeof *m);
    int64_t agency_id = 0;
    *m = (struct moment){.parts = parts, .now = now};
    enum err e = life_get(parts->store, d->case_id, &m->life);
    if (e == ERR_OK)
        e = agency_of(m, d, &agency_id);
    if (e == ERR_OK)
        e = moment_due(m, agency_id, d->start_at ? d->start_at : now, d->working_days, ret_day);
    life_release(&m->life);
    free(m);
    return e;
}

static enum err move_to(const struct case_parts *parts, const struct deadline *d, int32_t day, const char *cause, int64_t now) {
    struct pakn_case c = {0};
    struct case_outcome outcome;
    const struct case_step step = {.kind = STEP_RECALCULATED, .role = ROLE_TIMER, .deadline = d, .day = day, .cause = cause};
    enum err e = case_get(parts->store, d->case_id, &c);
    if (e == ERR_OK)
        e = case_step(parts, &c, &step, now, NULL, &outcome);
    case_release(&c);
    return e;
}

enum err case_start_waiting(const struct case_parts *parts, int64_t now, int *ret_started) {
    int started = 0;
    enum err e = ERR_OK;
    while (now >= CASE_CLOCK_PLAUSIBLE && e == ERR_OK) {
        struct deadline d;
        int32_t day = 0;
        e = deadline_waiting(parts->store, &d);
        if (e == ERR_OK)
            e = count_again(parts, &d, now, &day);
        if (e == ERR_OK)
            e = move_to(parts, &d, day, "clock", now);
        started += e == ERR_OK;
    }
    *ret_started = started;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* A moved one comes by again, later, and stays then. What a person promised is a date, not a number of days. */
enum err case_recalculate(const struct case_parts *parts, const char *cause, int64_t now, int *ret_moved) {
    int moved = 0;
    struct deadline d = {.due_at = INT64_MIN};
    for (;;) {
        int32_t day = 0;
        enum err e = deadline_next_open(parts->store, d.due_at, d.id, &d);
        if (e == ERR_OK && d.working_days > 0)
            e = count_again(parts, &d, now, &day);
        if (e == ERR_OK && day > d.due_day) {
            e = move_to(parts, &d, day, cause, now);
            moved++;
        }
        if (e != ERR_OK) {
            *ret_moved = moved;
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        }
    }
}
