/* Asking changes nothing of the case; a forged sender gains a text to the phone that the case is bound to. */
#include "smsc/withdrawal.h"

#include "smsc/questions.h"
#include "smsc/tracking.h"

/* Who said yes to it in a menu isn't texted the question, which is answered as soon as it's there. */
static enum err ask_about(struct turn *t, struct pakn_case *c, enum case_role role) {
    struct case_step step = {.kind = STEP_WITHDRAW_ASK};
    bool done = false, possible = STATE_OF(c) & STATES_BEFORE_RESULT;
    enum err e = turn_step(t, c, role, &step, t->origin.confirmed && possible, &done);
    bool asked = done && (STATE_OF(c) & STATES_BEFORE_RESULT);
    if (e == ERR_OK && asked)
        e = questions_ask(t->s, t->who->id, DIALOGUE_WITHDRAW, c->id, NULL, t->now);
    return e == ERR_OK && asked && t->origin.confirmed ? questions_answer_about(t, c->id, true) : e;
}

static enum err the_only_one(struct turn *t, struct pakn_case *ret_case) {
    int count = 0;
    int64_t newest = 0;
    enum err e = turn_count_cases(t, STATES_BEFORE_RESULT, &count, &newest);
    if (e == ERR_OK)
        e = count == 1 ? case_get(t->s->store, newest, ret_case) : ERR_NOT_FOUND;
    return e;
}

enum err withdrawal_ask(struct turn *t) {
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    bool coded = t->parsed.code_form != CODE_FORM_NONE;
    enum err e = coded ? tracking_find_as(t, &c, &role) : the_only_one(t, &c);
    if (e == ERR_NOT_FOUND)
        return coded ? tracking_not_found(t) : tracking_list(t);
    if (e == ERR_OK)
        e = ask_about(t, &c, role);
    case_release(&c);
    return e;
}

enum err withdrawal_confirmed(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    struct case_step step = {.kind = STEP_WITHDRAW};
    bool done = false;
    enum err e = turn_answered(t, question, &c);
    if (e == ERR_OK)
        e = turn_step(t, &c, ROLE_CITIZEN, &step, false, &done);
    case_release(&c);
    return e;
}

enum err withdrawal_denied(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    enum err e = turn_answered(t, question, &c);
    if (e == ERR_OK)
        e = turn_reply_code(t, TEMPLATE_WDKEPT, &c);
    t->case_id = c.id;
    case_release(&c);
    return e;
}
