/* The clock of a case runs from the service centre's time of its first text where that is plausible, else from its arrival: what favours the citizen
 * (Civil Code 2015 art. 147; the Decision is silent). A draft that is confirmed a day later keeps the time of the text, not of the OK. */
#include "smsc/submission.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/metric.h"
#include "smsc/code.h"
#include "smsc/life.h"
#include "smsc/moderation.h"
#include "smsc/questions.h"
#include "smsc/reassembly.h"
#include "smsc/spelling.h"
#include "smsc/supporters.h"
#include "store/directory.h"

#define DELAY_MOST (72 * CLOCK_HOUR) /* older service-centre times aren't believed */

static int64_t submitted_at(const struct smsc *s, const struct message *m) {
    bool plausible =
        s->settings.t1_start == SMSC_T1_SENT && m->sent_at >= 0 && m->sent_at <= m->arrived_at && m->arrived_at - m->sent_at <= DELAY_MOST;
    if (m->arrived_at < CASE_CLOCK_PLAUSIBLE && m->sent_at >= CASE_CLOCK_PLAUSIBLE)
        plausible = true; /* our clock was never set */
    return plausible ? m->sent_at : m->arrived_at;
}

static const struct turn_origin by_text = {.source = SOURCE_SMS}; /* drafts are texts' */

/* Draft or nothing → RECEIVED. c->id 0: not on disk yet. Whom and what the text speaks of is a suggestion for officers: all comes to the service
 * centre first (art. 9), a complaint about an agency too. */
static enum err receive(struct smsc *s, struct pakn_case *c, const struct turn_origin *origin, const struct case_step *step,
                        const struct life_answer *answer, int64_t now) {
    struct str problem;
    struct case_outcome outcome;
    struct directory_hint spoken_of = {0};
    struct pakn_case first = {0};
    enum err e = directory_match(s->store, c->text, &spoken_of);
    if (e == ERR_OK)
        e = code_next(s->store, s->keys, s->settings.index, s->settings.of, &c->code);
    if (e != ERR_OK)
        return e;
    e = supporters_first(s, c, now, &first);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    const char *field = origin->field ? origin->field : spoken_of.field;
    struct case_life life = {
        .source = origin->source, .field = (char *)(uintptr_t)field, .requested_id = spoken_of.agency_id, .supports_id = first.id};
    struct case_step whole = *step;
    whole.life = &life;
    str_init(&problem, 256);
    e = life_step(s, c, &whole, answer, now, &problem, &outcome);
    if (e == ERR_OK)
        e = supporters_filed(s, c, first.id ? &first : NULL, now);
    case_release(&first);
    char code[CASE_CODE_SIZE];
    case_code_text(c->code, code);
    if (e == ERR_OK) {
        metric_add(METRIC_CASES_OPENED, 1);
        log_event(LOG_LEVEL_INFO, "case.opened", log_text("code", code), log_phone("sender", &step->who->phone), log_text("link", c->link));
    } else if (e == ERR_CONFLICT) { /* must not happen: a code that stands already means that another index, or a restored copy, runs */
        log_event(LOG_LEVEL_ERROR, "case.refused", log_text("code", code),
                  log_text("reason", problem.len ? problem.data : "the code stands already"));
    }
    str_release(&problem);
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
    e = questions_ask(a->s, a->who->id, DIALOGUE_NAME, a->c->id, NULL, a->now);
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

/* What goes with the acknowledgement, which is the rule's. */
static enum err accompany(const struct acknowledgement *a) {
    char code[CASE_CODE_SIZE];
    case_code_text(a->c->code, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code}};
    enum err e = ERR_OK;
    if (a->c->flags & CASE_INCOMPLETE) /* and if the part comes all the same, it's added */
        e = tell(a, TEMPLATE_INCOMPLETE, &values);
    if (e == ERR_OK && (a->c->flags & CASE_CONFIDENTIAL))
        e = tell(a, TEMPLATE_CONF, &values);
    if (e == ERR_OK && !a->who->name)
        e = ask_name(a, &values);
    if (e == ERR_OK && (a->c->flags & CASE_TAX))
        e = tell(a, TEMPLATE_TAX, &values);
    return e;
}

/* ---- the ways to a case ---- */

int submission_flags(const struct turn *t, const char *text) {
    return moderation_of(text, &t->who->phone) | spelling_of(text);
}

/* Borrows: not to be released. */
static struct pakn_case case_of(const struct turn *t, const struct submission *what) {
    return (struct pakn_case){
        .subscriber_id = t->who->id,
        .state = CASE_DRAFT,
        .kind = what->kind,
        .flags = what->flags | submission_flags(t, what->text) | (t->message->incomplete ? CASE_INCOMPLETE : 0),
        .text = (char *)(uintptr_t)what->text,
        .link = t->message->link,
        .submitted_at = submitted_at(t->s, t->message),
        .message_id = t->message->id,
    };
}

enum err submission_open(struct turn *t, const struct submission *what) {
    struct pakn_case c = case_of(t, what);
    struct life_answer answer = {.link = t->message->link, .message_id = t->message->id};
    struct case_step step = {.kind = STEP_SUBMIT, .role = ROLE_CITIZEN, .message_id = t->message->id, .who = t->who};
    enum err e = receive(t->s, &c, &t->origin, &step, &answer, t->now);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    struct acknowledgement a = {t->s, t->who, &c, t->message->link, t->message->id, t->now};
    e = accompany(&a);
    return e == ERR_OK ? hint(&a) : e;
}

enum err submission_ask(struct turn *t, const struct submission *what) {
    struct pakn_case c = case_of(t, what);
    struct life_answer answer = {.link = t->message->link, .message_id = t->message->id};
    struct case_step step = {.kind = STEP_DRAFT, .role = ROLE_CITIZEN, .message_id = t->message->id, .who = t->who};
    struct case_outcome outcome;
    enum err e = life_step(t->s, &c, &step, &answer, t->now, NULL, &outcome);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    crash_point("draft.inserted");
    e = questions_ask(t->s, t->who->id, DIALOGUE_FREETEXT, c.id, NULL, t->now);
    struct acknowledgement a = {t->s, t->who, &c, t->message->link, t->message->id, t->now};
    return e == ERR_OK ? hint(&a) : e; /* now, not with the acknowledgement a day later */
}

enum err submission_confirm(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    enum err e = turn_answered(t, question, &c);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    if (c.state == CASE_DRAFT) {
        struct life_answer answer = {.link = t->message->link, .message_id = t->message->id};
        struct case_step step = {.kind = STEP_CONFIRM, .role = ROLE_CITIZEN, .message_id = t->message->id, .who = t->who};
        struct acknowledgement a = {t->s, t->who, &c, t->message->link, t->message->id, t->now};
        e = receive(t->s, &c, &by_text, &step, &answer, t->now);
        if (e == ERR_OK)
            e = accompany(&a);
    }
    case_release(&c);
    return e;
}

enum err submission_discard(struct turn *t, const struct dialogue *question) {
    t->case_id = question->case_id;
    enum err e = dialogue_close(t->s->store, question->id);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_NOTSENT, NULL, 0) : e;
}

enum err submission_ask_again(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    struct str quote;
    enum err e = case_get(t->s->store, question->case_id, &c);
    str_init(&quote, 1024);
    if (e == ERR_OK)
        e = questions_ask(t->s, t->who->id, DIALOGUE_FREETEXT, c.id, NULL, question->opened_at); /* the newest again; its day goes on */
    if (e == ERR_OK) {
        t->case_id = c.id;
        compose_quote(c.text, t->who->accents, compose_room(t->s, TEMPLATE_FREETEXT), &quote);
        struct template_values values = {.of = {[VARIABLE_QUOTE] = quote.data ? quote.data : ""}};
        e = turn_reply(t, TEMPLATE_FREETEXT, &values, c.id);
    }
    str_release(&quote);
    case_release(&c);
    return e;
}

/* The answer is one to the text, at any hour: they wait for it. */
static enum err take_unconfirmed(struct smsc *s, struct pakn_case *c, struct subscriber *who, int64_t now) {
    struct life_answer answer = {.link = c->link, .message_id = c->message_id};
    struct case_step step = {.kind = STEP_DRAFT_EXPIRED, .role = ROLE_TIMER, .message_id = c->message_id, .flags = CASE_UNCONFIRMED, .who = who};
    struct acknowledgement a = {s, who, c, c->link, c->message_id, now};
    enum err e = receive(s, c, &by_text, &step, &answer, now);
    return e == ERR_OK ? accompany(&a) : e;
}

enum err submission_unanswered(struct smsc *s, const struct dialogue *question, int64_t now) {
    struct pakn_case c = {0};
    struct subscriber who = {0};
    enum err e = dialogue_close(s->store, question->id);
    if (e == ERR_OK)
        e = case_get(s->store, question->case_id, &c);
    if (e == ERR_OK)
        e = subscriber_by_id(s->store, question->subscriber_id, &who);
    if (e == ERR_OK && c.state == CASE_DRAFT && reassembly_letters(c.text, c.flags & CASE_INCOMPLETE) >= SUBMISSION_LETTERS)
        e = take_unconfirmed(s, &c, &who, now);
    subscriber_release(&who);
    case_release(&c);
    return e;
}
