/* Whether it is in time and the first is the table's to say (store/case_rules.c). Here: which case is meant, and a second text that belongs to the
 * first: people whose words don't fit one message send two. */
#include "smsc/rejoinder.h"

#include "firmware-host/base/clock.h"
#include "smsc/tracking.h"
#include "store/life.h"

#include <stdlib.h>

#define JOIN_WINDOW (30 * CLOCK_MINUTE)

/* "PD 482109304" and nothing more: the reason is what the agency has to look at, so it's asked for before the only chance is used up. */
static enum err ask_reason(struct turn *t, const struct pakn_case *c, const struct case_life *life) {
    char code[CASE_CODE_SIZE], date[COMPOSE_DATE_SIZE];
    case_code_text(c->code, code);
    compose_date(life->rejoinder_until, date);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_DATE] = date}};
    t->case_id = c->id;
    return turn_reply(t, TEMPLATE_REMIND_PD, &values, c->id);
}

static enum err join(struct turn *t, struct pakn_case *c, const char *words) {
    char code[CASE_CODE_SIZE], time[COMPOSE_DATE_SIZE];
    case_code_text(c->code, code);
    compose_time(t->now, time);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_TIME] = time}};
    enum err e = turn_keep_words(t, c, ROLE_CITIZEN, words);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_SUPPACK, &values, c->id) : e;
}

static enum err rejoin(struct turn *t, struct pakn_case *c, enum case_role role) {
    struct case_life life = {0};
    bool done = false, own = role == ROLE_CITIZEN;
    char *words = turn_words(t);
    struct case_step step = {.kind = STEP_REJOIN, .text = words, .said_at = t->message->sent_at};
    enum err e = life_get(t->s->store, c->id, &life);
    if (e == ERR_OK && own && c->state == CASE_PUBLISHED && !*words && life.rejoinder_until)
        e = ask_reason(t, c, &life);
    else if (e == ERR_OK && own && c->state == CASE_REJOINDER && t->now - life.rejoined_at <= JOIN_WINDOW)
        e = join(t, c, words);
    else if (e == ERR_OK)
        e = turn_step(t, c, role, &step, false, &done);
    life_release(&life);
    free(words);
    return e;
}

/* Without a code. One with a result that can be disputed; else one whose rejoinder was just sent, or is over: the table says what is said then. */
static enum err find_meant(struct turn *t, bool *ret_several, struct pakn_case *ret_case) {
    static const unsigned ways[] = {STATE(PUBLISHED), STATE(REJOINDER), STATE(CLOSED)};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        int count = 0;
        int64_t newest = 0;
        enum err e = turn_count_cases(t, ways[i], &count, &newest);
        if (e != ERR_OK)
            return e;
        *ret_several = count > 1;
        if (count > 1)
            return ERR_NOT_FOUND;
        if (count == 1)
            return case_get(t->s->store, newest, ret_case);
    }
    return ERR_NOT_FOUND;
}

enum err rejoinder_take(struct turn *t) {
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    bool coded = t->parsed.code_form != CODE_FORM_NONE, several = false;
    enum err e = coded ? tracking_find_as(t, &c, &role) : find_meant(t, &several, &c);
    if (e == ERR_NOT_FOUND && coded)
        return tracking_not_found(t);
    if (e == ERR_NOT_FOUND && several)
        return tracking_list(t);
    if (e == ERR_OK && !coded && t->parsed.verb == VERB_DENY && c.state != CASE_PUBLISHED)
        e = ERR_NOT_FOUND; /* "khong dong y …" is a rejoinder while one is possible, and an opinion like any other at all other times */
    if (e == ERR_OK)
        e = rejoin(t, &c, role);
    case_release(&c);
    return e;
}

enum err rejoinder_ask(struct turn *t) {
    struct pakn_case c = {0};
    struct case_life life = {0};
    enum err e = tracking_find(t, &c);
    if (e == ERR_OK)
        e = life_get(t->s->store, c.id, &life);
    bool may = e == ERR_OK && c.state == CASE_PUBLISHED && life.rejoinder_until;
    if (may)
        e = ask_reason(t, &c, &life);
    life_release(&life);
    case_release(&c);
    return may || (e != ERR_OK && e != ERR_NOT_FOUND) ? e : tracking_answer(t);
}
