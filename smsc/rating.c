/* Without a code the result that was asked about last is meant, then the only one there is. */
#include "smsc/rating.h"

#include "smsc/questions.h"
#include "smsc/tracking.h"
#include "store/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOW = 2 };

static enum err ask_why(struct turn *t, const struct pakn_case *c, int rating) {
    char code[CASE_CODE_SIZE], digit[4];
    case_code_text(c->code, code);
    snprintf(digit, sizeof digit, "%d", rating % 10);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_RATING] = digit}};
    enum err e = questions_ask(t->s, t->who->id, DIALOGUE_WHY, c->id, NULL, t->now);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_WHY, &values, c->id) : e;
}

static enum err rate(struct turn *t, struct pakn_case *c, enum case_role role) {
    struct case_life before = {0};
    bool done = false;
    char *comment = turn_words(t);
    struct case_step step = {.kind = STEP_RATE, .rating = t->parsed.rating, .text = *comment ? comment : NULL};
    enum err e = life_get(t->s->store, c->id, &before);
    bool asked_before = before.rating >= 1 && before.rating <= LOW;
    bool why = step.rating <= LOW && !step.text && !asked_before;
    if (e == ERR_OK)
        e = turn_step(t, c, role, &step, why, &done);
    if (e == ERR_OK && done)
        e = questions_end(t, DIALOGUE_RATING, c->id);
    if (e == ERR_OK && done && why)
        e = ask_why(t, c, step.rating);
    life_release(&before);
    free(comment);
    return e;
}

static enum err find_rated(struct turn *t, int *ret_count, struct pakn_case *ret_case) {
    struct questions q = {0};
    int count = 0;
    int64_t newest = 0;
    enum err e = questions_read(t, &q);
    if (e == ERR_OK && q.ratings == 1) {
        count = 1;
        newest = q.of[DIALOGUE_RATING].case_id;
    } else if (e == ERR_OK) {
        e = turn_count_cases(t, STATE(PUBLISHED) | STATE(REJOINDER) | STATE(CLOSED), &count, &newest);
    }
    questions_release(&q);
    if (e != ERR_OK)
        return e;
    *ret_count = count;
    return newest ? case_get(t->s->store, newest, ret_case) : ERR_NOT_FOUND;
}

/* Nothing of the sender's has a result: the case that they may mean hasn't one yet. */
static enum err nothing_to_rate(struct turn *t) {
    struct pakn_case c = {0};
    int count = 0;
    int64_t newest = 0;
    enum err e = turn_count_cases(t, STATES_OPEN, &count, &newest);
    if (e != ERR_OK || !newest)
        return e == ERR_OK ? turn_reply(t, TEMPLATE_HELP, NULL, 0) : e;
    e = case_get(t->s->store, newest, &c);
    if (e == ERR_OK)
        e = turn_reply_code(t, TEMPLATE_NORESULT, &c);
    t->case_id = c.id;
    case_release(&c);
    return e;
}

enum err rating_take(struct turn *t) {
    struct pakn_case c = {0};
    int count = 1;
    enum case_role role = ROLE_CITIZEN;
    bool coded = t->parsed.code_form != CODE_FORM_NONE;
    enum err e = coded ? tracking_find_as(t, &c, &role) : find_rated(t, &count, &c);
    if (e == ERR_NOT_FOUND)
        return coded ? tracking_not_found(t) : nothing_to_rate(t);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    if (t->parsed.verb == VERB_BADRATE)
        e = turn_reply_code(t, TEMPLATE_BADRATE, &c);
    else
        e = count > 1 ? tracking_list(t) : rate(t, &c, role);
    case_release(&c);
    return e;
}

enum err rating_explained(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    enum err e = turn_answered(t, question, &c);
    if (e == ERR_OK)
        e = turn_keep_words(t, &c, ROLE_CITIZEN, t->message->text);
    if (e == ERR_OK)
        e = turn_reply_code(t, TEMPLATE_WHY_SAVED, &c);
    case_release(&c);
    return e;
}

enum err rating_ambiguous(struct turn *t, bool *ret_taken) {
    struct questions q = {0};
    struct pakn_case c = {0};
    const char *text = t->message->text;
    size_t digits = strspn(text, "0123456789"), blanks = strspn(text + digits, " .!\r\n");
    if (digits != 1 || text[digits + blanks])
        return ERR_OK;
    enum err e = questions_read(t, &q);
    *ret_taken = e == ERR_OK && q.ratings > 1;
    if (*ret_taken)
        e = case_get(t->s->store, q.of[DIALOGUE_RATING].case_id, &c);
    if (*ret_taken && e == ERR_OK)
        e = turn_reply_code(t, TEMPLATE_BADRATE, &c);
    questions_release(&q);
    case_release(&c);
    return e;
}
