/* A name is the sender's: kept for next time, and given to all open cases. The rest belongs to one case. */
#include "smsc/particulars.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/questions.h"
#include "smsc/submission.h"
#include "smsc/tax_check.h"
#include "smsc/tracking.h"
#include "store/particulars.h"

#include <stdlib.h>

enum { NAMED_CASES_MAX = 16 };
static const char callback_text[] = "Người dân xin được gọi lại"; /* who only wants to be called has no words of their own */

/* ---- TEN ---- */

static enum err close_name_question(struct turn *t) {
    struct dialogue question = {0};
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_NAME, t->now, &question);
    if (e == ERR_OK)
        e = dialogue_close(t->s->store, question.id);
    dialogue_release(&question);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

struct case_ids {
    int64_t of[NAMED_CASES_MAX];
    size_t count;
};

static void collect_id(void *context, const struct pakn_case *c) {
    struct case_ids *ids = context;
    if (ids->count < NAMED_CASES_MAX)
        ids->of[ids->count++] = c->id;
}

/* All open cases of the sender get the name, so that the central store has it with each. */
static enum err name_open_cases(struct turn *t) {
    struct case_ids ids = {.count = 0};
    enum err e = case_list_of(t->s->store, t->who->id, true, NAMED_CASES_MAX, collect_id, &ids);
    for (size_t i = ids.count; i > 0 && e == ERR_OK; i--) { /* the oldest first */
        struct pakn_case c = {0};
        struct case_step step = {.kind = STEP_NAME, .text = t->who->name};
        bool done = false;
        e = case_get(t->s->store, ids.of[i - 1], &c);
        if (e == ERR_OK)
            e = turn_step(t, &c, ROLE_CITIZEN, &step, true, &done);
        case_release(&c);
    }
    return e;
}

enum err particulars_take_name(struct turn *t, const char *typed) {
    char *name = text_nfc(typed);
    name[text_prefix(name, PARTICULARS_NAME_MAX)] = '\0';
    free(t->who->name);
    t->who->name = name;
    enum err e = close_name_question(t);
    return e == ERR_OK ? name_open_cases(t) : e;
}

enum err particulars_name(struct turn *t) {
    char *typed = turn_words(t);
    enum err e = particulars_take_name(t, typed);
    free(typed);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_NAMED, NULL, t->case_id) : e;
}

/* ---- KIN ---- */

enum err particulars_confidential(struct turn *t) {
    struct pakn_case c = {0};
    struct case_step step = {.kind = STEP_CONFIDENTIAL};
    enum case_role role = ROLE_CITIZEN;
    bool done = false;
    enum err e = tracking_find_as(t, &c, &role);
    if (e == ERR_NOT_FOUND)
        return tracking_not_found(t);
    t->case_id = c.id;
    if (e == ERR_OK && (c.flags & CASE_CONFIDENTIAL))
        e = turn_reply_code(t, TEMPLATE_CONF, &c); /* it is so already: nothing happens to the case */
    else if (e == ERR_OK)
        e = turn_step(t, &c, role, &step, false, &done);
    case_release(&c);
    return e;
}

/* ---- GOI ---- */

static enum err tell_call(struct turn *t, const struct pakn_case *c, int32_t due_day) {
    char date[COMPOSE_DATE_SIZE];
    compose_date(due_day, date);
    struct template_values values = {.of = {[VARIABLE_DATE] = date}};
    t->case_id = c->id;
    return turn_reply(t, TEMPLATE_CALLBACK, &values, c->id);
}

/* Who asks again while a call is due is told the same day. */
static enum err call_about(struct turn *t, struct pakn_case *c, enum case_role role) {
    struct deadline due = {0};
    struct case_step step = {.kind = STEP_CALLBACK, .text = t->message->text};
    bool done = false;
    enum err e = deadline_open_of(t->s->store, c->id, DEADLINE_CALLBACK, &due);
    if (e == ERR_OK)
        return tell_call(t, c, due.due_day);
    return e == ERR_NOT_FOUND ? turn_step(t, c, role, &step, false, &done) : e;
}

enum err particulars_call_about(struct turn *t, struct pakn_case *c) {
    return call_about(t, c, ROLE_CITIZEN);
}

struct due_search {
    struct store *store;
    int64_t found;
    enum err e;
};

static void look_for_call(void *context, const struct pakn_case *c) {
    struct due_search *search = context;
    struct deadline due;
    if (search->e != ERR_OK || search->found)
        return;
    search->e = deadline_newest_of(search->store, c->id, DEADLINE_CALLBACK, &due);
    if (search->e == ERR_OK && (due.state == DEADLINE_OPEN || due.state == DEADLINE_MISSED))
        search->found = c->id;
    else if (search->e == ERR_NOT_FOUND)
        search->e = ERR_OK;
}

enum err particulars_call_due(struct turn *t, int64_t *ret_case) {
    enum { CASES_LOOKED_AT = 20 };
    struct due_search search = {.store = t->s->store};
    enum err e = case_list_of(t->s->store, t->who->id, true, CASES_LOOKED_AT, look_for_call, &search);
    *ret_case = search.found;
    return e == ERR_OK ? search.e : e;
}

/* Without a code: about the sender's newest open case. Who has none wants to say by voice what others write: that is a case, whose words an officer
 * hears on the phone. */
static enum err find_or_open(struct turn *t, struct pakn_case *ret_case) {
    struct submission what = {.text = callback_text};
    int count = 0;
    int64_t newest = 0;
    enum err e = turn_count_cases(t, STATES_OPEN, &count, &newest);
    if (e == ERR_OK && !newest) {
        e = submission_open(t, &what);
        newest = t->case_id;
    }
    return e == ERR_OK ? case_get(t->s->store, newest, ret_case) : e;
}

enum err particulars_callback(struct turn *t) {
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    bool coded = t->parsed.code_form != CODE_FORM_NONE;
    t->who->callback_at = t->now;
    enum err e = coded ? tracking_find_as(t, &c, &role) : find_or_open(t, &c);
    if (e == ERR_NOT_FOUND && coded)
        return tracking_not_found(t);
    if (e == ERR_OK)
        e = call_about(t, &c, role);
    case_release(&c);
    return e;
}

/* ---- MST ---- */

static enum err keep_tax_code(struct smsc *s, struct pakn_case *c, const char *digits, bool verified, const struct case_step *by,
                              const struct life_answer *answer, int64_t now) {
    struct tax_code code = {.case_id = c->id, .verified = verified, .code = (char *)(uintptr_t)digits};
    struct case_step step = *by;
    struct case_outcome outcome;
    step.kind = STEP_TAX_CODE;
    step.yes = verified;
    step.text = digits;
    enum err e = tax_code_put(s->store, &code);
    return e == ERR_OK ? life_step(s, c, &step, answer, now, NULL, &outcome) : e;
}

/* *ret_second: one that was wrong was asked about, and this is the answer. */
static enum err was_asked(struct turn *t, int64_t case_id, bool *ret_second) {
    struct questions q = {0};
    enum err e = questions_read(t, &q);
    if (e == ERR_OK)
        *ret_second = q.of[DIALOGUE_TAX].id && q.of[DIALOGUE_TAX].case_id == case_id;
    questions_release(&q);
    return e;
}

static enum err take_tax_code(struct turn *t, struct pakn_case *c, enum case_role role) {
    bool good = tax_check(t->parsed.digits), second = false;
    struct case_step by = {.role = role, .message_id = t->message->id, .who = role == ROLE_CITIZEN ? t->who : NULL};
    struct life_answer answer = {.link = t->message->link, .message_id = t->message->id, .silent = true};
    t->case_id = c->id;
    enum err e = was_asked(t, c->id, &second);
    if (e == ERR_OK && !good && !second) {
        e = questions_ask(t->s, t->who->id, DIALOGUE_TAX, c->id, t->parsed.digits, t->now);
        return e == ERR_OK ? turn_reply_code(t, TEMPLATE_TAXBAD, c) : e;
    }
    if (e == ERR_OK)
        e = questions_end(t, DIALOGUE_TAX, c->id);
    if (e == ERR_OK)
        e = keep_tax_code(t->s, c, t->parsed.digits, good, &by, &answer, t->now);
    return e == ERR_OK ? turn_reply_code(t, good ? TEMPLATE_TAXOK : TEMPLATE_TAXKEPT, c) : e;
}

enum err particulars_tax_code(struct turn *t) {
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    enum err e = tracking_find_as(t, &c, &role);
    if (e == ERR_NOT_FOUND)
        return tracking_not_found(t);
    if (e == ERR_OK)
        e = take_tax_code(t, &c, role);
    case_release(&c);
    return e;
}

enum err tax_code_unanswered(struct smsc *s, const struct dialogue *question, int64_t now) {
    struct pakn_case c = {0};
    struct case_life life = {0};
    struct life_answer silent = {.silent = true};
    enum err e = dialogue_close(s->store, question->id);
    if (e == ERR_OK)
        e = case_get(s->store, question->case_id, &c);
    if (e == ERR_OK)
        e = life_get(s->store, c.id, &life);
    struct case_step by = {.role = question->subscriber_id == life.represented_id ? ROLE_REPRESENTED : ROLE_CITIZEN};
    life_release(&life);
    if (e == ERR_OK && question->data)
        e = keep_tax_code(s, &c, question->data, false, &by, &silent, now);
    case_release(&c);
    return e;
}
