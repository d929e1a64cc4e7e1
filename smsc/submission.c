/* The clock of a case runs from the service centre's time of its first text where that is plausible, else from its arrival: what favours the citizen
 * (Civil Code 2015 art. 147; the Decision is silent). A draft that is confirmed a day later keeps the time of the text, not of the OK. */
#include "smsc/submission.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/metric.h"
#include "smsc/code.h"
#include "smsc/event.h"
#include "smsc/reassembly.h"

#define DELAY_MOST (72 * CLOCK_HOUR) /* older service-centre times aren't believed */
#define NAME_LIFE (72 * CLOCK_HOUR)
#define CLOCK_PLAUSIBLE INT64_C(1735689600000) /* 2025-01-01: before it our clock was never set */

static int64_t submitted_at(const struct message *m) {
    bool plausible = m->sent_at >= 0 && m->sent_at <= m->arrived_at && m->arrived_at - m->sent_at <= DELAY_MOST;
    if (m->arrived_at < CLOCK_PLAUSIBLE && m->sent_at >= CLOCK_PLAUSIBLE)
        plausible = true;
    return plausible ? m->sent_at : m->arrived_at;
}

static enum err start_intake_deadline(struct smsc *s, const struct pakn_case *c) {
    struct deadline d = {
        .case_id = c->id,
        .kind = DEADLINE_INTAKE,
        .state = DEADLINE_OPEN,
        .working_days = s->settings.cases.intake_days,
        .start_at = c->submitted_at,
        .due_day = c->due_day,
        .due_at = calendar_end_of_day(c->due_day),
    };
    int64_t id = 0;
    centre_timer(s, d.due_at);
    return deadline_insert(s->store, &d, &id);
}

/* Draft or nothing → RECEIVED. c->id 0: not on disk yet. */
static enum err receive(struct smsc *s, struct pakn_case *c, const struct subscriber *who, int64_t now) {
    enum err e = calendar_due(s->calendar, c->submitted_at, s->settings.cases.intake_days, &c->due_day);
    if (e != ERR_OK)
        return e;
    calendar_warn(s->calendar, c->due_day);
    e = code_next(s->store, s->keys, s->settings.index, s->settings.of, &c->code);
    if (e != ERR_OK)
        return e;
    c->state = CASE_RECEIVED;
    e = c->id ? case_update(s->store, c) : case_insert(s->store, c, &c->id);
    char code[CASE_CODE_SIZE];
    case_code_text(c->code, code);
    if (e == ERR_CONFLICT)
        log_event(LOG_LEVEL_ERROR, "case.code_taken", log_text("code", code)); /* must not happen: another index, or a restored copy runs */
    if (e != ERR_OK)
        return e;
    crash_point("case.inserted");
    e = start_intake_deadline(s, c);
    if (e == ERR_OK)
        e = event_submitted(s, c, who, now);
    if (e == ERR_OK) {
        metric_add(METRIC_CASES_OPENED, 1);
        log_event(LOG_LEVEL_INFO, "case.opened", log_text("code", code), log_phone("sender", &who->phone), log_text("link", c->link));
    }
    return e;
}

/* ---- what the citizen is told ---- */

struct acknowledgement { /* where an acknowledgement goes; there may be no message being answered */
    struct smsc *s;
    struct subscriber *who;
    const struct pakn_case *c;
    const char *link;
    int64_t message_id, now;
};

static enum err tell(const struct acknowledgement *a, enum template_id template, const struct template_values *values) {
    struct reply reply = {.template = template, .values = *values, .link = a->link, .case_id = a->c->id, .message_id = a->message_id};
    return compose_reply(a->s, a->who, &reply, a->now);
}

static enum err ask_name(const struct acknowledgement *a, const struct template_values *values) {
    struct dialogue open = {0};
    enum err e = dialogue_newest(a->s->store, a->who->id, DIALOGUE_NAME, a->now, &open);
    if (e == ERR_OK) { /* asked already */
        dialogue_release(&open);
        return ERR_OK;
    }
    if (e != ERR_NOT_FOUND)
        return e;
    struct dialogue d = {
        .subscriber_id = a->who->id, .kind = DIALOGUE_NAME, .case_id = a->c->id, .opened_at = a->now, .expires_at = a->now + NAME_LIFE};
    int64_t id = 0;
    centre_timer(a->s, d.expires_at);
    e = dialogue_open(a->s->store, &d, &id);
    return e == ERR_OK ? tell(a, TEMPLATE_ASKNAME, values) : e;
}

static enum err hint(const struct acknowledgement *a) {
    static const struct template_values none = {{0}};
    enum err e = ERR_OK;
    if (a->c->flags & CASE_EMERGENCY)
        e = tell(a, TEMPLATE_EMERGENCY, &none);
    if (e == ERR_OK && (a->c->flags & CASE_SCOPE_SUSPECT))
        e = tell(a, TEMPLATE_SCOPEHINT, &none);
    return e;
}

static enum err acknowledge(const struct acknowledgement *a) {
    char code[CASE_CODE_SIZE], time[COMPOSE_DATE_SIZE], date[COMPOSE_DATE_SIZE];
    case_code_text(a->c->code, code);
    compose_time(a->c->submitted_at, time);
    compose_date(a->c->due_day, date);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_TIME] = time, [VARIABLE_DATE] = date}};
    enum err e = tell(a, TEMPLATE_ACK, &values);
    if (e == ERR_OK && (a->c->flags & CASE_CONFIDENTIAL))
        e = tell(a, TEMPLATE_CONF, &values);
    if (e == ERR_OK && !a->who->name)
        e = ask_name(a, &values);
    return e;
}

/* ---- the ways to a case ---- */

/* Borrows: not to be released. */
static struct pakn_case case_of(const struct turn *t, const struct submission *what) {
    return (struct pakn_case){
        .subscriber_id = t->who->id,
        .state = CASE_DRAFT,
        .kind = what->kind,
        .flags = what->flags | (t->message->incomplete ? CASE_INCOMPLETE : 0),
        .text = (char *)(uintptr_t)what->text,
        .link = t->message->link,
        .submitted_at = submitted_at(t->message),
        .message_id = t->message->id,
    };
}

enum err submission_open(struct turn *t, const struct submission *what) {
    struct pakn_case c = case_of(t, what);
    enum err e = receive(t->s, &c, t->who, t->now);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    struct acknowledgement a = {t->s, t->who, &c, t->message->link, t->message->id, t->now};
    e = acknowledge(&a);
    return e == ERR_OK ? hint(&a) : e;
}

enum err submission_ask(struct turn *t, const struct submission *what) {
    struct pakn_case c = case_of(t, what);
    enum err e = case_insert(t->s->store, &c, &c.id);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    crash_point("draft.inserted");
    struct dialogue d = {.subscriber_id = t->who->id,
                         .kind = DIALOGUE_FREETEXT,
                         .case_id = t->case_id,
                         .opened_at = t->now,
                         .expires_at = t->now + t->s->settings.draft_life};
    int64_t id = 0;
    centre_timer(t->s, d.expires_at);
    e = dialogue_open(t->s->store, &d, &id);
    if (e != ERR_OK)
        return e;
    struct str quote;
    str_init(&quote, 1024);
    compose_quote(what->text, t->who->accents, compose_room(t->s, TEMPLATE_FREETEXT), &quote);
    struct template_values values = {.of = {[VARIABLE_QUOTE] = quote.data ? quote.data : ""}};
    e = turn_reply(t, TEMPLATE_FREETEXT, &values, t->case_id);
    str_release(&quote);
    struct acknowledgement a = {t->s, t->who, &c, t->message->link, t->message->id, t->now};
    return e == ERR_OK ? hint(&a) : e; /* now, not with the acknowledgement a day later */
}

enum err submission_confirm(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    enum err e = dialogue_close(t->s->store, question->id);
    if (e == ERR_OK)
        e = case_get(t->s->store, question->case_id, &c);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    if (c.state == CASE_DRAFT) {
        e = receive(t->s, &c, t->who, t->now);
        struct acknowledgement a = {t->s, t->who, &c, t->message->link, t->message->id, t->now};
        if (e == ERR_OK)
            e = acknowledge(&a);
    }
    case_release(&c);
    return e;
}

enum err submission_unanswered(struct smsc *s, const struct dialogue *question, int64_t now) {
    struct pakn_case c = {0};
    struct subscriber who = {0};
    enum err e = dialogue_close(s->store, question->id);
    if (e == ERR_OK)
        e = case_get(s->store, question->case_id, &c);
    if (e == ERR_OK)
        e = subscriber_by_id(s->store, question->subscriber_id, &who);
    if (e == ERR_OK && c.state == CASE_DRAFT && reassembly_letters(c.text, c.flags & CASE_INCOMPLETE) >= SUBMISSION_LETTERS) {
        c.flags |= CASE_UNCONFIRMED;
        e = receive(s, &c, &who, now);
        struct acknowledgement a = {s, &who, &c, c.link, c.message_id, now};
        if (e == ERR_OK)
            e = acknowledge(&a);
    }
    subscriber_release(&who);
    case_release(&c);
    return e;
}
