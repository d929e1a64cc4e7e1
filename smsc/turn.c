/* What all verbs share: answering, stepping, and what is said when a step isn't possible. Never silence, and never an error: the words are kept with
 * the case, officers see them, and the sender learns what can be done instead. */
#include "smsc/turn.h"

#include "firmware-host/base/mem.h"
#include "smsc/moderation.h"
#include "smsc/tracking.h"

#include <stdlib.h>

enum { CASES_LOOKED_AT = 50 };

enum err turn_reply(struct turn *t, enum template_id template, const struct template_values *values, int64_t case_id) {
    struct reply reply = {.template = template, .link = t->message->link, .case_id = case_id, .message_id = t->message->id};
    if (values)
        reply.values = *values;
    return compose_reply(t->s, t->who, &reply, t->now);
}

enum err turn_reply_code(struct turn *t, enum template_id template, const struct pakn_case *c) {
    char code[CASE_CODE_SIZE];
    case_code_text(c->code, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code}};
    return turn_reply(t, template, &values, c->id);
}

enum err turn_hint(struct turn *t) {
    return t->parsed.flags & CASE_EMERGENCY ? turn_reply(t, TEMPLATE_EMERGENCY, NULL, 0) : ERR_OK;
}

char *turn_words(const struct turn *t) {
    return mem_string_n(t->message->text + t->parsed.argument, t->parsed.argument_len);
}

/* ---- steps ---- */

/* Words that are added to a case are looked at like its own (submission_flags). */
static int flags_of(const struct turn *t, const struct case_step *step) {
    bool adds = step->kind == STEP_SUPPLEMENT || step->kind == STEP_REJOIN;
    return adds && step->text ? moderation_of(step->text, &t->who->phone) & CASE_MODERATION : 0;
}

static enum err step_once(struct turn *t, struct pakn_case *c, enum case_role role, const struct case_step *step, bool silent) {
    struct case_step whole = *step;
    struct life_answer answer = {.link = t->message->link, .message_id = t->message->id, .silent = silent};
    struct case_outcome outcome;
    whole.role = role;
    whole.message_id = t->message->id;
    whole.flags |= flags_of(t, step);
    whole.who = role == ROLE_CITIZEN ? t->who : NULL;
    t->case_id = c->id;
    return life_step(t->s, c, &whole, &answer, t->now, NULL, &outcome);
}

static enum err tell_state(struct turn *t, const struct pakn_case *c) {
    char code[CASE_CODE_SIZE];
    case_code_text(c->code, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_STATE] = tracking_state_text(c->state, t->who->accents)}};
    return turn_reply(t, TEMPLATE_ALREADY, &values, c->id);
}

static enum err tell_refused(struct turn *t, const struct pakn_case *c, enum case_step_kind kind) {
    bool about_result = kind == STEP_RATE || kind == STEP_REJOIN;
    if (case_state_ended(c->state))
        return turn_reply_code(t, TEMPLATE_ENDED, c);
    if (about_result && c->state != CASE_PUBLISHED && c->state != CASE_REJOINDER)
        return turn_reply_code(t, TEMPLATE_NORESULT, c);
    return tell_state(t, c);
}

enum err turn_keep_words(struct turn *t, struct pakn_case *c, enum case_role role, const char *text) {
    struct case_step words = {.kind = STEP_WORDS, .text = text};
    return step_once(t, c, role, &words, true);
}

enum err turn_step(struct turn *t, struct pakn_case *c, enum case_role role, const struct case_step *step, bool silent, bool *ret_done) {
    enum err e = step_once(t, c, role, step, silent);
    if (e == ERR_OK)
        *ret_done = true;
    if (e != ERR_CONFLICT)
        return e;
    e = turn_keep_words(t, c, role, t->message->text);
    if (e == ERR_OK)
        e = tell_refused(t, c, step->kind);
    if (e == ERR_OK)
        *ret_done = false;
    return e;
}

enum err turn_answered(struct turn *t, const struct dialogue *question, struct pakn_case *ret_case) {
    enum err e = dialogue_close(t->s->store, question->id);
    return e == ERR_OK ? case_get(t->s->store, question->case_id, ret_case) : e;
}

/* ---- the sender's cases ---- */

struct tally {
    unsigned states;
    int count;
    int64_t newest;
};

static void tally_case(void *context, const struct pakn_case *c) {
    struct tally *tally = context;
    if (!(tally->states & (1u << c->state)))
        return;
    tally->count++;
    tally->newest = tally->newest ? tally->newest : c->id;
}

enum err turn_count_cases(struct turn *t, unsigned states, int *ret_count, int64_t *ret_newest) {
    struct tally tally = {.states = states};
    bool open_only = !(states & ~STATES_OPEN);
    enum err e = case_list_of(t->s->store, t->who->id, open_only, CASES_LOOKED_AT, tally_case, &tally);
    if (e == ERR_OK) {
        *ret_count = tally.count;
        *ret_newest = tally.newest;
    }
    return e;
}
