/* A step, whole: load what it stands on, find its row, change case and life in memory, plan the deadlines, write all of it, record it.
 * Until the first write nothing is changed, so a refused step leaves no trace; after a write that fails the caller rolls back. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "store/case_moment.h"
#include "store/particulars.h"

#include <stdlib.h>

/* ---- loading ---- */

static void add_live(void *context, const struct deadline *d) {
    struct moment *m = context;
    if (m->live_count >= LIVE_MAX) {
        m->failed = ERR_EXHAUSTED;
        return;
    }
    m->was[m->live_count] = d->state;
    m->live[m->live_count++] = *d;
}

static void add_asked(void *context, const struct coordination *c) {
    struct moment *m = context;
    if (c->done_at == 0 && m->asked_count < COORDINATIONS_MAX)
        m->asked[m->asked_count++] = *c;
}

static bool asks_coordinations(enum case_step_kind step) {
    return step == STEP_COORDINATE || step == STEP_COORDINATION_ANSWER || step == STEP_RESULT || step == STEP_TRANSFER || step == STEP_WITHDRAW ||
           step == STEP_CLOSE_NOTED;
}

static enum err moment_load(struct moment *m) {
    if (m->before == (enum case_state)CASE_NONE || m->before == CASE_DRAFT)
        return ERR_OK;
    enum err e = life_get(m->parts->store, m->c.id, &m->life);
    if (e == ERR_OK)
        e = deadline_list_of(m->parts->store, m->c.id, add_live, m);
    if (e == ERR_OK && asks_coordinations(m->step->kind))
        e = coordination_list(m->parts->store, m->c.id, add_asked, m);
    return e == ERR_OK ? m->failed : e;
}

static void moment_begin(struct moment *m, const struct case_parts *parts, const struct pakn_case *c, const struct case_step *step, int64_t now,
                         struct str *problem) {
    *m = (struct moment){.parts = parts, .step = step, .now = now, .c = *c, .problem = problem};
    m->before = c->id ? c->state : (enum case_state)CASE_NONE;
}

static void moment_end(struct moment *m) {
    life_release(&m->life);
    free(m->own_text);
}

/* ---- what a step does to the case and its life ---- */

/* What is flagged anew has to be looked at anew. */
static void flag(struct moment *m) {
    m->c.flags |= m->step->flags;
    if (m->step->flags & CASE_MODERATION)
        m->c.flags &= ~CASE_REVIEWED;
}

static enum err do_draft(struct moment *m) {
    flag(m);
    return ERR_OK;
}

static enum err do_completed(struct moment *m) {
    m->c.flags &= ~CASE_NORMALISE; /* of the whole text now */
    flag(m);
    return ERR_OK;
}

static enum err do_supported(struct moment *m) {
    m->life.supporters++;
    return ERR_OK;
}

static enum err do_review(struct moment *m) {
    m->c.flags |= CASE_REVIEWED;
    return ERR_OK;
}

static enum err do_submit(struct moment *m) {
    const struct case_life *given = m->step->life;
    if (given) {
        m->life = *given;
        m->life.field = mem_string(given->field);
        m->life.refusal = NULL;
    }
    flag(m);
    if (m->step->kind == STEP_DRAFT_EXPIRED) {
        m->c.flags |= CASE_UNCONFIRMED;
        m->life.agency_id = 0;
    }
    m->life.received_day = clock_vietnam_day(m->c.submitted_at);
    return ERR_OK;
}

static enum err do_result(struct moment *m) {
    struct answer a = {
        .case_id = m->c.id, .at = m->now, .kind = ANSWER_RESULT, .text = (char *)(uintptr_t)m->step->text, .document = m->step->document};
    int64_t id = 0;
    m->document = a.document;
    if (m->step->kind == STEP_ANSWER)
        m->life.accepted_at = m->now;
    m->life.result_at = m->now;
    return answer_insert(m->parts->store, &a, &id);
}

static enum err do_accept(struct moment *m) {
    m->life.unit_id = m->step->agency_ids[0];
    m->life.accepted_at = m->now;
    m->life.opened_at = 0;
    m->life.explained = false;
    return ERR_OK;
}

static enum err do_need_info(struct moment *m) {
    m->life.pauses++;
    return ERR_OK;
}

static enum err do_supplement(struct moment *m) {
    flag(m);
    m->c.flags = (m->c.flags | CASE_SUPPLEMENTED) & ~CASE_NO_ANSWER;
    return ERR_OK;
}

static enum err do_no_answer(struct moment *m) {
    m->c.flags |= CASE_NO_ANSWER;
    return ERR_OK;
}

static enum err do_refuse(struct moment *m) {
    enum case_step_kind kind = m->step->kind;
    free(m->life.refusal);
    m->life.refusal = mem_string(kind == STEP_MARK_DUPLICATE ? "duplicate" : kind == STEP_WITHDRAW ? "withdrawn" : m->step->reason_code);
    if (m->step->kind == STEP_MARK_DUPLICATE)
        m->life.original_id = m->step->original_id;
    return ERR_OK;
}

static enum err end_coordinations(struct moment *m) {
    enum err e = ERR_OK;
    for (size_t i = 0; i < m->asked_count && e == ERR_OK; i++)
        e = coordination_done(m->parts->store, m->asked[i].id, m->now);
    return e;
}

static enum err do_transfer(struct moment *m) {
    m->out.agency_before = m->before == CASE_IN_PROCESS ? moment_handler(m) : m->life.agency_id;
    m->life.agency_id = m->target_id;
    m->life.unit_id = 0;
    m->life.opened_at = 0;
    m->life.hops++;
    return ERR_OK;
}

static enum err do_coordinate(struct moment *m) {
    enum err e = ERR_OK;
    m->asked_count = 0;
    for (size_t i = 0; i < m->step->agency_count && e == ERR_OK; i++) {
        struct coordination *c = &m->asked[m->asked_count++];
        *c = (struct coordination){.case_id = m->c.id, .agency_id = m->step->agency_ids[i], .asked_at = m->now};
        e = coordination_insert(m->parts->store, c, &c->id);
    }
    m->out.coordination_first_id = m->asked[0].id;
    return e;
}

static enum err do_coordination_answer(struct moment *m) {
    return coordination_done(m->parts->store, m->coordination_id, m->now);
}

static enum err do_late_reason(struct moment *m) {
    m->life.explained = true;
    return ERR_OK;
}

/* The unit's document goes with whatever words are published. */
static enum err document_of_result(struct moment *m) {
    struct answer result = {0};
    enum err e = answer_newest(m->parts->store, m->c.id, true, &result);
    m->document = result.document;
    answer_release(&result);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err do_publish(struct moment *m) {
    bool again = m->step->kind == STEP_RECONSIDER;
    enum err e = again ? ERR_OK : document_of_result(m);
    if (e != ERR_OK)
        return e;
    if (again)
        m->document = m->step->document;
    struct answer a = {.case_id = m->c.id,
                       .at = m->now,
                       .kind = again ? ANSWER_RECONSIDERED : ANSWER_PUBLISHED,
                       .text = (char *)(uintptr_t)(again ? m->step->text : m->text),
                       .document = m->document};
    m->life.results++;
    m->life.rating = 0;
    m->life.rated_at = 0;
    if (again) {
        m->life.reconsidered_at = m->now;
    } else {
        m->life.published_at = m->now;
        m->life.delivered_at = 0;
        m->life.rejoinder_until = 0;
    }
    return answer_insert(m->parts->store, &a, &m->out.answer_id);
}

static enum err do_delivered(struct moment *m) {
    int64_t at = m->step->said_at;
    m->life.delivered_at = at >= m->life.published_at && at <= m->now ? at : m->now;
    return ERR_OK;
}

static enum err do_annul(struct moment *m) {
    m->life.annulments++;
    m->life.annulled_at = m->now;
    m->life.opened_at = 0;
    m->life.explained = false;
    m->life.ended_at = 0;
    return ERR_OK;
}

static enum err do_rejoin(struct moment *m) {
    flag(m);
    if (m->rule->to == CASE_REJOINDER) { /* not by words that come after it */
        m->life.rejoined_at = m->now;
        m->life.ended_at = 0;
    }
    return ERR_OK;
}

static enum err do_confidential(struct moment *m) {
    bool hidden = m->c.flags & (CASE_CONFIDENTIAL | CASE_PROTECTED), citizen = m->step->role == ROLE_CITIZEN || m->step->role == ROLE_REPRESENTED;
    m->out.was_public = !hidden && m->life.published_at > m->life.annulled_at;
    m->c.flags |= citizen ? CASE_CONFIDENTIAL : CASE_PROTECTED;
    return ERR_OK;
}

static enum err do_rate(struct moment *m) {
    m->life.rating = m->step->rating;
    if (m->life.rated_at == 0)
        m->life.rated_at = m->now;
    return ERR_OK;
}

static enum err do_behalf(struct moment *m) {
    m->life.represented_id = m->step->represented_id;
    m->life.consent = m->step->represented_id ? CONSENT_PENDING : CONSENT_UNREACHABLE;
    return ERR_OK;
}

static enum err do_consent(struct moment *m) {
    m->life.consent = m->step->role == ROLE_TIMER ? CONSENT_UNREACHABLE : m->step->yes ? CONSENT_YES : CONSENT_NO;
    return ERR_OK;
}

/* When the clock was set at last, a case that has no time of the service centre begins then. */
static enum err do_recalculated(struct moment *m) {
    if (m->c.submitted_at < CASE_CLOCK_PLAUSIBLE && m->now >= CASE_CLOCK_PLAUSIBLE) {
        m->c.submitted_at = m->now;
        m->life.received_day = clock_vietnam_day(m->now);
    }
    return ERR_OK;
}

/* The time after its end counts anew for the new number. */
static enum err do_rebind(struct moment *m) {
    m->life.lapse_from = case_state_ended(m->c.state) ? m->now : 0;
    return case_bind(m->parts->store, &m->c, m->step->subscriber_id);
}

/* By age nobody's number stands for it any more; when the sender's has a new owner, the represented person's still does. */
static enum err do_lapse(struct moment *m) {
    m->life.lapse_from = 0;
    enum err e = case_bind(m->parts->store, &m->c, SUBSCRIBER_NOBODY);
    if (e != ERR_OK || m->step->role != ROLE_TIMER)
        return e;
    m->life.represented_id = 0;
    return behalf_unbind(m->parts->store, m->c.id);
}

static enum err (*const effects[STEP_COUNT])(struct moment *m) = {
    [STEP_DRAFT] = do_draft,
    [STEP_SUBMIT] = do_submit,
    [STEP_CONFIRM] = do_submit,
    [STEP_DRAFT_EXPIRED] = do_submit,
    [STEP_ANSWER] = do_result,
    [STEP_ACCEPT] = do_accept,
    [STEP_NEED_INFO] = do_need_info,
    [STEP_SUPPLEMENT] = do_supplement,
    [STEP_REFUSE] = do_refuse,
    [STEP_TRANSFER] = do_transfer,
    [STEP_COORDINATE] = do_coordinate,
    [STEP_COORDINATION_ANSWER] = do_coordination_answer,
    [STEP_SUPPLEMENT_EXPIRED] = do_no_answer,
    [STEP_LATE_REASON] = do_late_reason,
    [STEP_RESULT] = do_result,
    [STEP_PUBLISH] = do_publish,
    [STEP_RESULT_DELIVERED] = do_delivered,
    [STEP_ANNUL] = do_annul,
    [STEP_REJOIN] = do_rejoin,
    [STEP_RECONSIDER] = do_publish,
    [STEP_WITHDRAW] = do_refuse,
    [STEP_CONFIDENTIAL] = do_confidential,
    [STEP_RATE] = do_rate,
    [STEP_MARK_DUPLICATE] = do_refuse,
    [STEP_BEHALF] = do_behalf,
    [STEP_CONSENT] = do_consent,
    [STEP_RECALCULATED] = do_recalculated,
    [STEP_REBIND] = do_rebind,
    [STEP_LAPSE] = do_lapse,
    [STEP_COMPLETED] = do_completed,
    [STEP_REVIEW] = do_review,
    [STEP_SUPPORTED] = do_supported,
};

/* ---- doing it ---- */

static int32_t passed_day(struct moment *m) {
    const struct deadline *unit = moment_live(m, DEADLINE_UNIT);
    if (m->step->kind == STEP_REASON_EXPIRED || m->step->kind == STEP_LATE_REASON)
        return unit ? unit->due_day : 0;
    if (m->step->kind == STEP_REJOIN)
        return m->rule->guard == GUARD_REJOINED ? clock_vietnam_day(m->life.rejoined_at) : m->life.rejoinder_until;
    return m->step->deadline ? m->step->deadline->due_day : 0;
}

static enum err change(struct moment *m) {
    bool ended_before = m->before != (enum case_state)CASE_NONE && case_state_ended(m->before);
    if (m->rule->to != CASE_STATES_STAY)
        m->c.state = (enum case_state)m->rule->to;
    if (m->step->officer_id)
        m->life.officer_id = m->step->officer_id;
    m->out.passed_day = passed_day(m);
    enum err e = effects[m->step->kind] ? effects[m->step->kind](m) : ERR_OK;
    if (e == ERR_OK && m->before == CASE_IN_PROCESS && m->c.state != CASE_IN_PROCESS)
        e = end_coordinations(m); /* T3 ends with T2 */
    if (case_state_ended(m->c.state) && !ended_before) {
        m->life.ended_at = m->now;
        m->life.lapse_from = m->c.subscriber_id == SUBSCRIBER_NOBODY ? 0 : m->now;
    } else if (!case_state_ended(m->c.state)) {
        m->life.lapse_from = 0;
    }
    return e == ERR_OK ? moment_plan_timers(m) : e;
}

static enum err write_case(struct moment *m) {
    struct store *s = m->parts->store;
    bool draft = m->c.state == CASE_DRAFT, is_new = m->before == (enum case_state)CASE_NONE || m->before == CASE_DRAFT;
    struct pakn_case row = m->c;
    if (m->before == (enum case_state)CASE_NONE) {
        enum err e = case_insert(s, &row, &m->c.id);
        if (e != ERR_OK || draft)
            return e;
    } else {
        if (m->step->kind != STEP_COMPLETED)
            row.text = NULL; /* stays */
        enum err e = case_update(s, &row);
        if (e != ERR_OK)
            return e;
    }
    crash_point("case.inserted");
    m->life.case_id = m->c.id;
    return is_new ? life_insert(s, &m->life) : life_update(s, &m->life);
}

/* Nobody knows whether the result was received: T5 counts from some days after the publication, if that is later than the date that was printed. */
static enum err wait_for_receipt(struct moment *m) {
    int32_t day = 0;
    const struct case_step *step = m->step;
    if (step->kind != STEP_REJOINDER_EXPIRED || step->role != ROLE_TIMER || m->before != CASE_PUBLISHED || m->life.delivered_at)
        return ERR_OK;
    if (!step->deadline || step->deadline->due_at > m->now)
        return ERR_OK; /* the row says so */
    enum err e = moment_no_receipt_day(m, &day);
    if (e != ERR_OK || day <= m->step->deadline->due_day)
        return e;
    m->own_step = *m->step;
    m->own_step.kind = STEP_RECALCULATED;
    m->own_step.day = day;
    m->own_step.cause = "no-receipt";
    m->step = &m->own_step;
    return ERR_OK;
}

static enum err do_step(struct moment *m) {
    enum err e = moment_load(m);
    if (e == ERR_OK)
        e = wait_for_receipt(m);
    if (e == ERR_OK)
        e = moment_find_rule(m);
    if (e != ERR_OK)
        return e;
    e = change(m);
    if (e == ERR_OK)
        e = write_case(m);
    if (e == ERR_OK)
        e = moment_write_timers(m);
    return e == ERR_OK ? moment_record(m) : e;
}

/* The date that the texts of the step print. */
static int32_t told_day(const struct moment *m) {
    for (size_t i = 0; i < m->fresh_count; i++)
        if ((m->step->kind == STEP_CALLBACK && m->fresh[i].kind == DEADLINE_CALLBACK) ||
            (m->step->kind == STEP_COORDINATE && m->fresh[i].kind == DEADLINE_COORDINATION))
            return m->fresh[i].due_day;
    for (size_t i = 0; i < m->live_count; i++)
        if (m->step->kind == STEP_CALLBACK && m->live[i].kind == DEADLINE_CALLBACK && m->live[i].state == DEADLINE_OPEN)
            return m->live[i].due_day;
    return m->c.due_day;
}

enum err case_step(const struct case_parts *parts, struct pakn_case *c, const struct case_step *step, int64_t now, struct str *problem,
                   struct case_outcome *ret_outcome) {
    struct moment *m = mem_alloc(sizeof *m);
    moment_begin(m, parts, c, step, now, problem);
    enum err e = do_step(m);
    if (e == ERR_OK) {
        m->out.rule = m->rule;
        m->out.before = m->before;
        m->out.due_day = told_day(m);
        *c = m->c;
        *ret_outcome = m->out;
    }
    moment_end(m);
    free(m);
    return e;
}
