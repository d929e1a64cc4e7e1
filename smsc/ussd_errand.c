/* An errand becomes a message that says the same in words ("PA …", "DG 482109304 5"), so that officers, exports and the search for duplicates find
 * what they know; it's understood already, so nothing that stands in it can make another command of it. */
#include "smsc/ussd_errand.h"

#include "firmware-host/base/log.h"
#include "smsc/citizen.h"
#include "smsc/hints.h"
#include "smsc/tracking.h"
#include "store/directory.h"

#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 8 * 1024, CASES_LOOKED_AT = 50 };

/* ---- finding ---- */

static struct turn looking(struct ussd_turn *t, const struct message *none) {
    return (struct turn){.s = t->s,
                         .who = t->who,
                         .message = none,
                         .parsed = {.verb = VERB_TRACK, .code_form = CODE_FORM_FULL, .code = t->state->code},
                         .now = t->now};
}

enum err ussd_case(struct ussd_turn *t, struct pakn_case *ret_case, enum case_role *ret_role) {
    struct message none = {0};
    struct turn turn = looking(t, &none);
    return t->state->code ? tracking_find_as(&turn, ret_case, ret_role) : ERR_NOT_FOUND;
}

struct listing {
    struct ussd_state *state;
    unsigned wanted;
    int most;
    enum case_state states[USSD_LISTED];
};

static void add_case(void *context, const struct pakn_case *c) {
    struct listing *l = context;
    if (l->state->count >= l->most || !(l->wanted & STATE_OF(c)))
        return;
    l->states[l->state->count] = c->state;
    l->state->codes[l->state->count++] = c->code;
}

enum err ussd_list(struct ussd_turn *t, int most, enum case_state ret_states[USSD_LISTED]) {
    bool rating = t->state->errand == USSD_TO_RATE;
    struct listing l = {.state = t->state, .wanted = rating ? STATE(PUBLISHED) | STATE(REJOINDER) | STATE(CLOSED) : STATES_OPEN, .most = most};
    t->state->count = 0;
    enum err e = case_list_of(t->s->store, t->who->id, !rating, CASES_LOOKED_AT, add_case, &l);
    if (e == ERR_OK)
        memcpy(ret_states, l.states, sizeof l.states);
    return e;
}

/* ---- doing ---- */

/* `text` is the message's, `parsed` what it asks for. */
static enum err choose(struct ussd_turn *t, const struct str *text, const struct citizen_choice *choice, struct citizen_result *ret_result) {
    struct message m = {.link = (char *)(uintptr_t)t->link, .arrived_at = t->now, .sent_at = -1, .text = text->data};
    if (!str_ok(text))
        return ERR_TOO_LONG;
    enum err e = citizen_choose(t->s, t->who, &m, choice, t->now, ret_result);
    if (e == ERR_OK && !ret_result->answered)
        t->state->screen = USSD_REFUSED;
    else if (e == ERR_OK)
        t->state->screen = USSD_DONE;
    return e;
}

/* A province whose list hasn't the field gets what the words speak of. */
static enum err field_of(struct ussd_turn *t, const char **ret_field) {
    char *name = NULL;
    if (!t->state->field)
        return ERR_OK;
    enum err e = field_name(t->s->store, t->state->field, &name);
    if (e == ERR_OK)
        *ret_field = t->state->field;
    free(name);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err tell_filed(struct ussd_turn *t, const struct citizen_result *result) {
    struct pakn_case c = {0};
    enum err e = case_get(t->s->store, result->case_id, &c);
    if (e == ERR_OK) {
        t->state->code = c.code;
        t->state->due_day = c.due_day;
        t->state->screen = result->opened ? USSD_FILED : USSD_FILED_BEFORE;
    }
    case_release(&c);
    return e;
}

enum err ussd_submit(struct ussd_turn *t, bool secret) {
    const char *keyword = secret ? "KIN " : "PA ";
    struct citizen_choice choice = {.parsed = {.verb = secret ? VERB_SUBMIT_CONF : VERB_SUBMIT, .argument = strlen(keyword), .why = "a menu"},
                                    .origin = {.source = SOURCE_USSD},
                                    .name = t->state->name};
    struct citizen_result result = {0};
    struct str text;
    enum err e = field_of(t, &choice.origin.field);
    if (e != ERR_OK)
        return e;
    str_init(&text, MESSAGE_MAX);
    str_addf(&text, "%s%s\nĐịa điểm: %s", keyword, t->state->text, t->state->place);
    choice.parsed.argument_len = text.len - choice.parsed.argument;
    choice.parsed.flags = hints_of(t->state->text);
    e = choose(t, &text, &choice, &result);
    if (e == ERR_OK && result.answered && result.case_id)
        e = tell_filed(t, &result);
    str_release(&text);
    return e;
}

static const char *const keywords[VERB_COUNT] = {
    [VERB_TRACK] = "TC", [VERB_BADCODE] = "TC",       [VERB_SUPPLEMENT] = "BS", [VERB_REJOIN] = "PD",
    [VERB_RATE] = "DG",  [VERB_WITHDRAW_ASK] = "RUT", [VERB_SETCONF] = "KIN",   [VERB_CALLBACK] = "GOI",
};

enum err ussd_do(struct ussd_turn *t, enum verb verb, const char *words) {
    struct citizen_choice choice = {.parsed = {.verb = verb, .rating = verb == VERB_RATE ? t->rating : 0, .why = "a menu"},
                                    .origin = {.source = SOURCE_USSD, .confirmed = true}};
    struct citizen_result result = {0};
    struct str text;
    str_init(&text, MESSAGE_MAX);
    str_add(&text, keywords[verb]);
    if (t->state->code) {
        choice.parsed.code_form = CODE_FORM_FULL;
        choice.parsed.code = t->state->code;
        str_addf(&text, " %09d", (int)t->state->code);
    }
    if (choice.parsed.rating)
        str_addf(&text, " %d", choice.parsed.rating);
    choice.parsed.argument = text.len;
    if (words) {
        str_addf(&text, " %s", words);
        choice.parsed.argument++;
        choice.parsed.argument_len = strlen(words);
        choice.parsed.flags = hints_of(words);
    }
    enum err e = choose(t, &text, &choice, &result);
    str_release(&text);
    return e;
}

/* ---- codes ---- */

/* As "TC <typed>" would be: counted where it's wrong, asked of the central store where it may be elsewhere, and answered by SMS. */
static enum err track_unknown(struct ussd_turn *t, const char *message, const struct parsed *parsed) {
    struct citizen_choice choice = {.parsed = *parsed, .origin = {.source = SOURCE_USSD}};
    struct citizen_result result = {0};
    struct str text;
    str_init(&text, MESSAGE_MAX);
    str_add(&text, message);
    enum err e = choose(t, &text, &choice, &result);
    if (e == ERR_OK && result.answered)
        t->state->screen = USSD_NO_CODE;
    str_release(&text);
    return e == ERR_OK ? ERR_NOT_FOUND : e;
}

static enum err find_typed(struct ussd_turn *t, const char *message, const struct parsed *parsed) {
    struct message none = {0};
    struct turn turn = looking(t, &none);
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    turn.parsed = *parsed;
    enum err e = parsed->verb == VERB_TRACK ? tracking_find_as(&turn, &c, &role) : ERR_NOT_FOUND;
    if (e == ERR_NOT_FOUND)
        return track_unknown(t, message, parsed);
    if (e == ERR_OK)
        t->state->code = c.code;
    case_release(&c);
    return e;
}

enum err ussd_take_code(struct ussd_turn *t, const char *typed) {
    struct parsed parsed;
    struct str message;
    str_init(&message, MESSAGE_MAX);
    str_addf(&message, "TC %s", typed);
    if (!str_ok(&message))
        return ERR_INVALID;
    grammar_parse(message.data, 0, &parsed);
    bool code =
        parsed.verb == VERB_BADCODE || (parsed.verb == VERB_TRACK && (parsed.code_form == CODE_FORM_FULL || parsed.code_form == CODE_FORM_LAST4));
    enum err e = code ? find_typed(t, message.data, &parsed) : ERR_INVALID;
    str_release(&message);
    return e;
}
