/* The one way by which a case changes. Row, deadlines, event, event for the central store: store/case_rules.h; texts: notice.h, officer.h; all in the
 * transaction of the caller.
 *
 * A deadline that no row of the table knows any more (its case moved on, which stops it) is stopped instead of fired, and logged. */
#include "smsc/life.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "smsc/binding.h"
#include "smsc/centre.h"
#include "smsc/code.h"
#include "smsc/notice.h"
#include "smsc/officer.h"
#include "smsc/questions.h"
#include "smsc/templates.h"
#include "store/directory.h"
#include "store/retention.h"

#include <stdio.h>
#include <string.h>

struct case_parts life_parts(const struct smsc *s) {
    return (struct case_parts){.store = s->store, .calendar = s->calendar, .settings = &s->settings.cases, .province = s->settings.province};
}

static enum err watch_deadlines(struct smsc *s) {
    struct deadline next;
    enum err e = deadline_next_due(s->store, &next);
    if (e == ERR_OK)
        centre_timer(s, next.due_at);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err tell(const struct notice *n) {
    const struct case_rule *rule = n->outcome->rule;
    enum err e = ERR_OK;
    bool silent = n->answer && n->answer->silent;
    for (size_t i = 0; i < CASE_NOTICES_MAX && e == ERR_OK && !silent && rule->citizen[i] != NOTICE_NONE; i++)
        e = notice_citizen(n, rule->citizen[i]);
    for (size_t i = 0; i < CASE_NOTICES_MAX && e == ERR_OK && rule->officer[i] != NOTICE_NONE; i++)
        e = officer_notice(n, rule->officer[i]);
    return e;
}

static void log_step(const struct pakn_case *c, const struct case_step *step, const struct case_outcome *outcome) {
    char code[CASE_CODE_SIZE];
    case_code_text(c->code, code);
    log_event(LOG_LEVEL_INFO, "case.step", log_text("code", code), log_text("step", case_step_name(step->kind)),
              log_text("by", step->actor ? step->actor : case_role_name(step->role)), log_text("from", case_state_name(outcome->before)),
              log_text("to", case_state_name(c->state)));
}

/* A case whose words were erased can only be looked at; of those that no phone stands for any more, some were. */
static enum err check_not_erased(struct smsc *s, const struct pakn_case *c, struct str *problem) {
    int64_t erased_at = 0;
    if (c->id == 0 || c->subscriber_id != SUBSCRIBER_NOBODY)
        return ERR_OK;
    enum err e = retention_case_erased(s->store, c->id, &erased_at);
    if (e != ERR_OK || erased_at == 0)
        return e;
    if (problem)
        str_add(problem, "what this case said, and who sent it, was erased when its time was over (retention): it can only be looked at");
    return ERR_CONFLICT;
}

enum err life_step(struct smsc *s, struct pakn_case *c, const struct case_step *step, const struct life_answer *answer, int64_t now,
                   struct str *problem, struct case_outcome *ret_outcome) {
    struct case_parts parts = life_parts(s);
    struct case_outcome outcome = {0};
    struct case_life life = {0};
    int64_t bound = c->subscriber_id;
    enum err e = check_not_erased(s, c, problem);
    if (e == ERR_OK)
        e = case_step(&parts, c, step, now, problem, &outcome);
    if (e != ERR_OK)
        return e;
    e = watch_deadlines(s);
    if (outcome.due_day > 0)
        calendar_warn(s->calendar, outcome.due_day);
    if (outcome.clock_waits)
        s->waiting_at = now + CLOCK_MINUTE;
    if (e == ERR_OK && c->code)
        e = life_get(s->store, c->id, &life);
    if (e == ERR_OK && c->subscriber_id != bound)
        e = binding_left(s, bound, c->id, now);
    if (life.lapse_from)
        centre_timer(s, life.lapse_from + s->settings.cases.binding_days * CLOCK_DAY);
    if (e == ERR_OK) {
        struct notice n = {.s = s, .c = c, .life = &life, .step = step, .outcome = &outcome, .answer = answer, .now = now};
        e = tell(&n);
    }
    bool asks_rating = (step->kind == STEP_PUBLISH || step->kind == STEP_RECONSIDER) && c->subscriber_id != SUBSCRIBER_NOBODY;
    if (e == ERR_OK && asks_rating) /* its text does */
        e = questions_ask(s, c->subscriber_id, DIALOGUE_RATING, c->id, NULL, now);
    life_release(&life);
    if (e != ERR_OK)
        return e;
    if (c->code)
        log_step(c, step, &outcome);
    *ret_outcome = outcome;
    return ERR_OK;
}

/* ---- the unit looks at it ---- */

static enum err open_by(struct smsc *s, struct pakn_case *c, const struct officer *o, int64_t now) {
    const struct case_step step = {.kind = STEP_OPENED, .role = ROLE_UNIT, .actor = o->key, .officer_id = o->id};
    struct case_outcome outcome;
    struct case_life life = {0};
    bool handles = false;
    enum err e = life_get(s->store, c->id, &life);
    if (e == ERR_OK && life.opened_at == 0)
        e = officer_handles(s, o, &life, now, &handles);
    life_release(&life);
    return e == ERR_OK && handles ? life_step(s, c, &step, NULL, now, NULL, &outcome) : e;
}

enum err life_read(struct smsc *s, int64_t case_id, const struct officer *o, int64_t now) {
    struct pakn_case c = {0};
    if (s->settings.cases.t2_start != T2_OPENED)
        return ERR_OK;
    enum err e = case_get(s->store, case_id, &c);
    if (e == ERR_OK && c.state == CASE_IN_PROCESS)
        e = open_by(s, &c, o, now);
    case_release(&c);
    return e;
}

enum err smsc_case_read(struct smsc *s, int64_t case_id, const char *officer, int64_t now) {
    struct officer o = {0};
    enum err e = officer_find(s->store, officer, clock_vietnam_day(now), &o);
    if (e == ERR_OK)
        e = life_read(s, case_id, &o, now);
    officer_release(&o);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- deadlines ---- */

enum err life_deadline(struct smsc *s, const struct deadline *d, int64_t now) {
    struct pakn_case c = {0};
    struct case_outcome outcome;
    struct case_step step = {.kind = case_step_of_deadline(d->kind), .role = ROLE_TIMER, .deadline = d};
    enum err e = case_get(s->store, d->case_id, &c);
    if (e == ERR_OK)
        e = life_step(s, &c, &step, NULL, now, NULL, &outcome);
    if (e == ERR_OK || e == ERR_CONFLICT) {
        char code[CASE_CODE_SIZE];
        case_code_text(c.code, code);
        log_event(LOG_LEVEL_NOTICE,
                  e == ERR_CONFLICT            ? "deadline.stale"
                  : step.kind == STEP_DEADLINE ? "case.late"
                                               : "deadline.passed",
                  log_text("code", code), log_text("deadline", deadline_kind_name(d->kind)));
    }
    if (e == ERR_CONFLICT)
        e = deadline_set_state(s->store, d->id, DEADLINE_STOPPED);
    crash_point("timer.deadline");
    case_release(&c);
    return e;
}

/* ---- the result arrives ---- */

static enum err begin_rejoinder(struct smsc *s, struct pakn_case *c, int64_t now) {
    struct case_step step = {.kind = STEP_RESULT_DELIVERED, .role = ROLE_TIMER};
    struct case_outcome outcome;
    if (s->settings.t5_start != SMSC_T5_RECEIPT || s->settings.t5_print != SMSC_T5_LATER)
        return ERR_OK;
    enum err e = life_step(s, c, &step, NULL, now, NULL, &outcome);
    return e == ERR_CONFLICT ? ERR_OK : e; /* known already, or the case went on */
}

/* Whether that text is the result which is published now: one that was annulled meanwhile may arrive late. */
static enum err is_newest_result(struct smsc *s, const struct outbound *o, const struct pakn_case *c, bool *ret_newest) {
    struct case_life life = {0};
    enum err e = life_get(s->store, c->id, &life);
    *ret_newest = e == ERR_OK && c->state == CASE_PUBLISHED && c->subscriber_id == o->subscriber_id && o->created_at >= life.published_at;
    life_release(&life);
    return e;
}

enum err life_delivered(struct smsc *s, const struct outbound *o, int64_t now) {
    struct pakn_case c = {0};
    bool whole = false, newest = false;
    if (o->case_id == 0 || strcmp(o->template_name, template_name(TEMPLATE_RESULT)) != 0)
        return ERR_OK;
    enum err e = outbound_delivered(s->store, o, &whole);
    if (e != ERR_OK || !whole)
        return e;
    e = case_get(s->store, o->case_id, &c);
    if (e == ERR_OK)
        e = is_newest_result(s, o, &c, &newest);
    if (e == ERR_OK && newest)
        e = begin_rejoinder(s, &c, now);
    case_release(&c);
    return e;
}

enum err life_result_seen(struct smsc *s, struct pakn_case *c, int64_t now) {
    return c->state == CASE_PUBLISHED ? begin_rejoinder(s, c, now) : ERR_OK;
}

/* ---- the case desk ---- */

/* Which texts carry the words of a step. */
static const struct {
    enum case_step_kind kind;
    enum template_id template;
} texts[] = {
    {STEP_NEED_INFO, TEMPLATE_NEEDINFO}, {STEP_ASK, TEMPLATE_ASK},        {STEP_REFUSE, TEMPLATE_REJECT},           {STEP_LATE_REASON, TEMPLATE_LATE},
    {STEP_CLOSE_NOTED, TEMPLATE_NOTED},  {STEP_ANSWER, TEMPLATE_RESULT}, /* what intake publishes when it says nothing else */
    {STEP_RESULT, TEMPLATE_RESULT},      {STEP_PUBLISH, TEMPLATE_RESULT}, {STEP_RECONSIDER, TEMPLATE_RECONSIDERED},
};

enum err life_check_words(const struct smsc *s, const struct case_step *step, struct str *problem) {
    for (size_t i = 0; step->text && *step->text && i < sizeof texts / sizeof *texts; i++) {
        size_t most = 0;
        if (texts[i].kind != step->kind)
            continue;
        enum err e = smsc_text_fits(s, texts[i].template, step->text, &most);
        if (e == ERR_TOO_LONG)
            str_addf(problem, "the text is too long: at most %zu characters fit the SMS that carries it", most);
        else if (e != ERR_OK)
            str_add(problem, "nothing of the text can be sent by SMS");
        return e;
    }
    return ERR_OK;
}

static enum err case_named(struct smsc *s, int32_t code, struct str *problem, struct pakn_case *ret_case) {
    char text[CASE_CODE_SIZE];
    case_code_text(code, text);
    enum err e = case_by_code(s->store, code, ret_case);
    if (e == ERR_NOT_FOUND)
        str_addf(problem, code_valid(code) ? "no case %s here" : "%s is no case code: its check digits are wrong", text);
    return e;
}

enum err smsc_case_step(struct smsc *s, int32_t code, const char *officer, const struct case_step *step, int64_t now, struct str *problem,
                        struct case_outcome *ret_outcome) {
    struct officer o = {0};
    struct pakn_case c = {0};
    struct subscriber target = {0};
    struct case_step by_officer = *step;
    enum err e = officer_find(s->store, officer, clock_vietnam_day(now), &o);
    if (e == ERR_NOT_FOUND)
        str_addf(problem, "no officer \"%s\" in the directory, or not valid today", officer);
    if (e == ERR_OK)
        e = case_named(s, code, problem, &c);
    if (e == ERR_OK)
        e = life_check_words(s, step, problem);
    if (e == ERR_OK && step->kind == STEP_REBIND)
        e = binding_target(s, step->number, now, problem, &target);
    if (e == ERR_OK) {
        by_officer.role = o.role;
        by_officer.actor = o.key;
        by_officer.officer_id = o.id;
        by_officer.actor_agency_id = o.agency_id;
        by_officer.subscriber_id = target.id;
        by_officer.number = target.id ? target.phone.text : NULL;
        e = life_step(s, &c, &by_officer, NULL, now, problem, ret_outcome);
    }
    subscriber_release(&target);
    case_release(&c);
    officer_release(&o);
    return e;
}

enum err smsc_set_calendar(struct smsc *s, const struct calendar *calendar, int64_t now, int *ret_moved) {
    const struct calendar *before = s->calendar;
    char cause[64];
    s->calendar = calendar;
    struct case_parts parts = life_parts(s);
    snprintf(cause, sizeof cause, "calendar-v%s", calendar_version(calendar));
    enum err e = case_recalculate(&parts, cause, now, ret_moved);
    if (e == ERR_OK)
        e = watch_deadlines(s);
    if (e != ERR_OK)
        s->calendar = before;
    return e;
}

void smsc_restore_calendar(struct smsc *s, const struct calendar *calendar) {
    s->calendar = calendar;
}
