/* Each timer runs in a savepoint of its own. One whose handling fails is put aside, with what it stands for left as it is, so that it can't keep the
 * others from firing. After an unclean stop taking the parts of a message may be what stopped the program: that is begun only with its try on disk,
 * and not a third time. */
#include "smsc/timers.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/binding.h"
#include "smsc/centre.h"
#include "smsc/life.h"
#include "smsc/officer.h"
#include "smsc/questions.h"
#include "smsc/reassembly.h"
#include "smsc/retention.h"
#include "store/case.h"
#include "store/message.h"
#include "store/ussd_session.h"

enum { TICK_MOST = 64 };

/* In the order in which those of one moment fire. */
enum due_kind { DUE_ASSEMBLY, DUE_DIALOGUE, DUE_DEADLINE, DUE_BINDING, DUE_USSD, DUE_KINDS };
static const char *const due_names[DUE_KINDS] = {"assembly", "dialogue", "deadline", "binding", "ussd"};

struct due { /* the next of every kind; at INT64_MAX: none */
    struct assembly assembly;
    struct dialogue dialogue;
    struct deadline deadline;
    int64_t case_id; /* whose binding lapses */
    int64_t ussd_of; /* the subscriber whose session in the menus is over */
    int64_t at[DUE_KINDS];
};

static void due_release(struct due *d) {
    dialogue_release(&d->dialogue);
}

static enum err found(enum err e, int64_t at, int64_t *ret_at) {
    *ret_at = e == ERR_OK ? at : INT64_MAX;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err look(struct smsc *s, struct due *d) {
    *d = (struct due){0};
    enum err e = assembly_next_due(s->store, &d->assembly);
    e = found(e, d->assembly.due_at, &d->at[DUE_ASSEMBLY]);
    if (e == ERR_OK) {
        e = dialogue_next_expired(s->store, &d->dialogue);
        e = found(e, d->dialogue.expires_at, &d->at[DUE_DIALOGUE]);
    }
    if (e == ERR_OK) {
        e = deadline_next_due(s->store, &d->deadline);
        e = found(e, d->deadline.due_at, &d->at[DUE_DEADLINE]);
    }
    if (e == ERR_OK)
        e = binding_next(s, &d->case_id, &d->at[DUE_BINDING]);
    if (e != ERR_OK)
        return e;
    e = ussd_session_next_end(s->store, &d->ussd_of, &d->at[DUE_USSD]);
    return found(e, d->at[DUE_USSD], &d->at[DUE_USSD]);
}

static enum due_kind first_of(const struct due *d) {
    enum due_kind first = DUE_ASSEMBLY;
    for (int kind = 0; kind < DUE_KINDS; kind++)
        if (d->at[kind] < d->at[first])
            first = (enum due_kind)kind;
    return first;
}

static int64_t earliest(const struct due *d) {
    return d->at[first_of(d)];
}

/* ---- what fires ---- */

static enum err fire(struct smsc *s, struct due *d, int64_t now) {
    switch (first_of(d)) {
    case DUE_ASSEMBLY:
        return reassembly_expire(s, &d->assembly, now);
    case DUE_DIALOGUE:
        return questions_expired(s, &d->dialogue, now);
    case DUE_DEADLINE:
        return life_deadline(s, &d->deadline, now);
    case DUE_USSD:
        return ussd_session_remove(s->store, d->ussd_of);
    case DUE_BINDING:
    case DUE_KINDS:
        break;
    }
    return binding_lapse(s, d->case_id, now);
}

/* ---- what failed ---- */

static void collect_part(void *context, const struct inbound *row) {
    int64_t *ids = context;
    if (ids[0] < SMS_SEGMENTS_MAX)
        ids[++ids[0]] = row->id;
}

static enum err hold_parts(struct smsc *s, struct assembly *a, const char *why) {
    int64_t ids[SMS_SEGMENTS_MAX + 1] = {0};
    enum err e = assembly_parts(s->store, a->id, collect_part, ids);
    for (int64_t i = 1; i <= ids[0] && e == ERR_OK; i++)
        e = centre_hold(s, ids[i], why);
    a->state = ASSEMBLY_PARTIAL;
    return e == ERR_OK ? assembly_update(s->store, a) : e;
}

static enum err put_aside(struct smsc *s, struct due *d, enum err why) {
    enum due_kind kind = first_of(d);
    const int64_t ids[DUE_KINDS] = {d->assembly.id, d->dialogue.id, d->deadline.id, d->case_id, d->ussd_of};
    log_event(LOG_LEVEL_ERROR, "timer.failed", log_text("kind", due_names[kind]), log_int("id", ids[kind]), log_err(why));
    switch (kind) {
    case DUE_ASSEMBLY:
        return hold_parts(s, &d->assembly, err_text(why));
    case DUE_DIALOGUE:
        return dialogue_close(s->store, d->dialogue.id);
    case DUE_DEADLINE:
        return deadline_set_state(s->store, d->deadline.id, DEADLINE_STOPPED);
    case DUE_USSD:
        return ussd_session_remove(s->store, d->ussd_of);
    case DUE_BINDING:
    case DUE_KINDS:
        break;
    }
    return binding_cut(s, d->case_id);
}

/* ---- what may have stopped the program ---- */

static bool is_suspect(const struct smsc *s, const struct due *d) {
    return first_of(d) == DUE_ASSEMBLY && !store_was_clean(s->store) && s->trying_assembly != d->assembly.id;
}

static enum err count_try(struct smsc *s, struct assembly *a) {
    a->tries++;
    s->trying_assembly = a->id;
    return assembly_update(s->store, a);
}

static enum err fire_guarded(struct smsc *s, struct due *d, int64_t now) {
    enum err e = centre_guard_begin(s);
    if (e != ERR_OK)
        return e;
    e = centre_guard_end(s, fire(s, d, now));
    return e == ERR_OK || err_retry(e) == RETRY_LATER ? e : put_aside(s, d, e);
}

static enum err take(struct smsc *s, struct due *d, int64_t now, bool *ret_counted) {
    if (!is_suspect(s, d))
        return fire_guarded(s, d, now);
    if (d->assembly.tries >= CENTRE_TRIES)
        return hold_parts(s, &d->assembly, CENTRE_TRIED);
    *ret_counted = true;
    return count_try(s, &d->assembly);
}

/* Deadlines that wait until the clock was set. The clock of the box jumps without a word: it's looked at once a minute. */
static enum err start_waiting(struct smsc *s, int64_t now) {
    struct case_parts parts = life_parts(s);
    int started = 0;
    if (now < s->waiting_at)
        return ERR_OK;
    enum err e = now < CASE_CLOCK_PLAUSIBLE ? ERR_OK : case_start_waiting(&parts, now, &started);
    if (e != ERR_OK)
        return e;
    s->waiting_at = now < CASE_CLOCK_PLAUSIBLE ? now + CLOCK_MINUTE : INT64_MAX;
    if (started > 0) {
        log_event(LOG_LEVEL_NOTICE, "deadlines.started", log_int("count", started));
        s->timers_at = INT64_MIN;
    }
    return ERR_OK;
}

/* Behind the deadlines, so that a round knows what was missed; a piece of it a tick. What fails is logged and looked at again. */
static enum err tell_officers(struct smsc *s, int64_t now) {
    if (now < s->officers_at)
        return ERR_OK;
    enum err e = centre_guard_begin(s);
    if (e != ERR_OK)
        return e;
    e = centre_guard_end(s, officer_tick(s, now));
    if (e != ERR_OK && err_retry(e) == RETRY_LATER)
        return e;
    if (e != ERR_OK)
        log_event(LOG_LEVEL_ERROR, "officer.failed", log_err(e));
    s->officers_at = e == ERR_OK ? officer_next(s, now) : now + CLOCK_MINUTE;
    return ERR_OK;
}

/* Last of all: nobody waits for it. What fails is logged and looked at again. */
static enum err wipe(struct smsc *s, int64_t now) {
    if (now < s->retention_at)
        return ERR_OK;
    enum err e = centre_guard_begin(s);
    if (e != ERR_OK)
        return e;
    e = centre_guard_end(s, retention_tick(s, now));
    if (e == ERR_OK || err_retry(e) == RETRY_LATER)
        return e;
    log_event(LOG_LEVEL_ERROR, "retention.failed", log_err(e));
    s->retention_at = now + CLOCK_HOUR;
    return ERR_OK;
}

static enum err do_what_waits(struct smsc *s, int64_t now) {
    enum err e = tell_officers(s, now);
    return e == ERR_OK ? wipe(s, now) : e;
}

enum err timers_tick(struct smsc *s, int64_t now) {
    enum err begun = start_waiting(s, now);
    if (begun != ERR_OK)
        return begun;
    for (int n = 0; n < TICK_MOST && s->timers_at <= now; n++) {
        struct due d;
        bool counted = false;
        enum err e = look(s, &d);
        int64_t at = e == ERR_OK ? earliest(&d) : 0;
        if (e == ERR_OK && at <= now)
            e = take(s, &d, now, &counted);
        due_release(&d);
        if (e != ERR_OK)
            return e;
        s->timers_at = at;
        if (counted)
            return ERR_OK; /* the next tick goes on, when the count is committed */
    }
    return s->timers_at > now ? do_what_waits(s, now) : ERR_OK;
}

int64_t timers_next(struct smsc *s) {
    int64_t at = s->timers_at < s->waiting_at ? s->timers_at : s->waiting_at;
    at = at < s->officers_at ? at : s->officers_at;
    return at < s->retention_at ? at : s->retention_at;
}

void centre_officers(struct smsc *s, int64_t at) {
    if (at < s->officers_at)
        s->officers_at = at;
}

void centre_look(struct smsc *s) {
    s->timers_at = INT64_MIN;
    s->waiting_at = INT64_MIN;
    s->officers_at = INT64_MIN;
    s->retention_at = INT64_MIN;
}

void centre_timer(struct smsc *s, int64_t at) {
    if (at < s->timers_at)
        s->timers_at = at;
}
