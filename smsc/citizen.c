/* A message that no row of the table understands is somebody's words: it becomes a case, or is asked about, and its row stays in any case.
 *
 * Who isn't answered: alphanumeric senders and short codes (there's no phone behind them), and our own numbers (two automatons would talk for
 * ever). Their messages are kept and shown. */
#include "smsc/citizen.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "smsc/abuse.h"
#include "smsc/data_subject.h"
#include "smsc/duplicate.h"
#include "smsc/keyword_match.h"
#include "smsc/officer.h"
#include "smsc/on_behalf.h"
#include "smsc/particulars.h"
#include "smsc/preferences.h"
#include "smsc/questions.h"
#include "smsc/rating.h"
#include "smsc/reassembly.h"
#include "smsc/rejoinder.h"
#include "smsc/submission.h"
#include "smsc/supplement.h"
#include "smsc/tracking.h"
#include "smsc/withdrawal.h"

#include <stdlib.h>
#include <string.h>

#define HELP_INTERVAL CLOCK_DAY /* between two helps for messages without a word */

/* ---- one function for every verb ---- */

static enum err act_nothing(struct turn *t) {
    (void)t;
    return ERR_OK;
}

static enum err act_help(struct turn *t) {
    return turn_reply(t, TEMPLATE_HELP, NULL, 0);
}

static enum err act_ignore(struct turn *t) {
    if (t->who->help_at && t->now - t->who->help_at < HELP_INTERVAL)
        return ERR_OK;
    t->who->help_at = t->now;
    return act_help(t);
}

/* ---- somebody's words ---- */

/* Whether they're the answer to a question that words answer. */
static enum err answer_with_words(struct turn *t, bool *ret_taken) {
    struct questions q = {0};
    enum err e = questions_read(t, &q);
    const struct dialogue *question = e == ERR_OK ? questions_for_words(&q) : NULL;
    if (question && question->kind == DIALOGUE_BEHALF) {
        e = on_behalf_answered(t, question, ret_taken);
    } else if (question) {
        e = rating_explained(t, question);
        *ret_taken = true;
    }
    questions_release(&q);
    return e;
}

/* The same words again: they're added to what they repeat. */
static enum err repeat(struct turn *t, const struct submission *what, bool *ret_taken) {
    struct pakn_case c = {0};
    enum err e = duplicate_find(t, what->text, &c);
    if (e == ERR_OK)
        e = duplicate_add(t, &c, what->text, what->flags & CASE_CONFIDENTIAL);
    else if (e == ERR_NOT_FOUND)
        return ERR_OK;
    *ret_taken = true;
    case_release(&c);
    return e;
}

/* A draft of them is asked about: with PA they say yes to it, without they ask again. */
static enum err repeat_draft(struct turn *t, const struct submission *what, bool explicit, bool *ret_taken) {
    struct dialogue question = {0};
    enum err e = duplicate_of_draft(t, what->text, &question);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e == ERR_OK)
        e = explicit ? submission_confirm(t, &question) : submission_ask_again(t, &question);
    *ret_taken = true;
    dialogue_release(&question);
    return e;
}

static void note_first(void *context, const struct pakn_case *c) {
    (void)c;
    *(bool *)context = true;
}

/* Whether free text is asked about before it becomes a case. */
static enum err must_ask(struct turn *t, bool *ret_ask) {
    bool known = false;
    enum err e = ERR_OK;
    if (t->s->settings.confirm_freetext == SMSC_CONFIRM_FIRST)
        e = case_list_of(t->s->store, t->who->id, false, 1, note_first, &known);
    if (e == ERR_OK)
        *ret_ask = t->s->settings.confirm_freetext == SMSC_CONFIRM_ALWAYS || (t->s->settings.confirm_freetext == SMSC_CONFIRM_FIRST && !known);
    return e;
}

/* Too little to be filed. A digit while several results wait to be rated: how to say which. */
static enum err help_with_words(struct turn *t) {
    bool taken = false;
    enum err e = rating_ambiguous(t, &taken);
    return e == ERR_OK && !taken ? act_help(t) : e;
}

static enum err file_words(struct turn *t) {
    struct submission what = {.text = t->message->text, .flags = t->parsed.flags};
    bool ask = false, taken = false;
    if (reassembly_letters(what.text, t->message->incomplete) < SUBMISSION_LETTERS)
        return help_with_words(t);
    enum err e = repeat(t, &what, &taken);
    if (e == ERR_OK && !taken)
        e = repeat_draft(t, &what, false, &taken);
    if (e == ERR_OK && !taken)
        e = must_ask(t, &ask);
    if (e != ERR_OK || taken)
        return e;
    return ask ? submission_ask(t, &what) : submission_open(t, &what);
}

/* What no command takes: the answer to a question, more about a case that waits for it, or a case of its own. */
static enum err take_words(struct turn *t, bool began_with_bs) {
    bool taken = false;
    enum err e = answer_with_words(t, &taken);
    if (e == ERR_OK && !taken && reassembly_letters(t->message->text, t->message->incomplete) > 0)
        e = supplement_ask(t, began_with_bs, &taken);
    return e == ERR_OK && !taken ? file_words(t) : e;
}

static enum err act_freetext(struct turn *t) {
    return take_words(t, false);
}

/* ---- submissions ---- */

/* Too few letters for a case, but meant as one: the sender is asked, and an OK files it ("PA mat dien"). */
static enum err submit(struct turn *t, int flags) {
    struct submission what = {.text = t->message->text + t->parsed.argument, .kind = t->parsed.kind, .flags = flags | t->parsed.flags};
    size_t letters = reassembly_letters(what.text, t->message->incomplete);
    bool taken = false;
    if (letters == 0)
        return act_help(t);
    if (letters < SUBMISSION_LETTERS)
        return submission_ask(t, &what);
    enum err e = on_behalf_submitted(t, &what, &taken);
    if (e == ERR_OK && !taken)
        e = repeat(t, &what, &taken);
    if (e == ERR_OK && !taken)
        e = repeat_draft(t, &what, true, &taken);
    if (e == ERR_OK && !taken)
        e = submission_open(t, &what);
    int64_t opened = t->case_id;
    if (e == ERR_OK)
        e = supplement_superseded(t, what.text);
    t->case_id = opened;
    return e;
}

static enum err act_submit(struct turn *t) {
    return submit(t, 0);
}

static enum err act_submit_conf(struct turn *t) {
    return submit(t, CASE_CONFIDENTIAL);
}

/* ---- yes and no ---- */

/* With a code: the question about that case, or a case that represents the sender. *ret_taken false: there is none. */
static enum err answer_about(struct turn *t, bool yes, bool *ret_taken) {
    struct pakn_case c = {0};
    enum err e = on_behalf_says(t, yes);
    *ret_taken = e == ERR_OK;
    if (e != ERR_NOT_FOUND)
        return e;
    e = tracking_find(t, &c);
    if (e == ERR_OK)
        e = questions_answer_about(t, c.id, yes);
    case_release(&c);
    *ret_taken = e == ERR_OK;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* OK with nothing to say OK to is thanks: no answer. With a code it asks about that case. */
static enum err act_confirm(struct turn *t) {
    bool taken = false;
    if (t->parsed.code_form == CODE_FORM_NONE) {
        enum err e = questions_answer(t, true);
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    enum err e = answer_about(t, true, &taken);
    return e == ERR_OK && !taken ? tracking_answer(t) : e;
}

/* "KDY <code>" of who may disagree with a result: how that's done. */
static enum err act_deny(struct turn *t) {
    bool taken = false;
    if (t->parsed.code_form == CODE_FORM_NONE) {
        enum err e = questions_answer(t, false);
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    }
    enum err e = answer_about(t, false, &taken);
    t->parsed.argument_len = 0;
    return e == ERR_OK && !taken ? rejoinder_ask(t) : e;
}

/* ---- a keyword that wants a code, without one ---- */

/* The grammar makes them free text, since it knows nothing of the sender's cases. PD and KDY are a rejoinder if there is a result to disagree with,
 * RUT alone withdraws the only case there is, BS is a supplement that is asked about. False: no such keyword. */
static bool codeless(struct turn *t) {
    struct keyword_match match;
    const char *text = t->message->text;
    size_t len = strlen(text);
    if (!keyword_match(text, 0, len, READ_AS_TYPED, &match) || match.other_word)
        return false;
    size_t content = words_skip(text, match.end, " \t\r\n:-.,#");
    enum verb verb = match.keyword->verb;
    bool words = verb == VERB_REJOIN || verb == VERB_DENY || verb == VERB_SUPPLEMENT;
    if (!words && !(verb == VERB_WITHDRAW_ASK && !text[content]))
        return false;
    t->parsed.verb = verb;
    t->parsed.argument = content;
    t->parsed.argument_len = len - content;
    return true;
}

static enum err act_codeless(struct turn *t) {
    enum verb verb = t->parsed.verb;
    if (verb == VERB_WITHDRAW_ASK)
        return withdrawal_ask(t);
    if (verb == VERB_SUPPLEMENT)
        return t->parsed.argument_len ? ERR_NOT_FOUND : act_help(t);
    enum err e = rejoinder_take(t);
    if (e == ERR_OK)
        t->parsed.verb = VERB_REJOIN;
    return e;
}

static enum err act_words(struct turn *t) {
    struct parsed words = t->parsed;
    if (!codeless(t))
        return act_freetext(t);
    bool supplement = t->parsed.verb == VERB_SUPPLEMENT;
    enum err e = act_codeless(t);
    if (e != ERR_NOT_FOUND)
        return e;
    t->parsed = words;
    return take_words(t, supplement);
}

static enum err act_supplement(struct turn *t) {
    return t->parsed.code_form == CODE_FORM_NONE ? take_words(t, true) : supplement_take(t);
}

static enum err act_rejoin(struct turn *t) {
    enum err e = rejoinder_take(t);
    return e == ERR_NOT_FOUND ? act_freetext(t) : e;
}

static enum err act_clarify_huy(struct turn *t) {
    return turn_reply(t, TEMPLATE_CLARIFY_HUY, NULL, 0);
}

static enum err (*const actions[VERB_COUNT])(struct turn *) = {
    [VERB_FREETEXT] = act_words,
    [VERB_IGNORE] = act_ignore,
    [VERB_SUBMIT] = act_submit,
    [VERB_SUBMIT_CONF] = act_submit_conf,
    [VERB_SETCONF] = particulars_confidential,
    [VERB_TRACK] = tracking_answer,
    [VERB_BADCODE] = tracking_bad_code,
    [VERB_SUPPLEMENT] = act_supplement,
    [VERB_REJOIN] = act_rejoin,
    [VERB_RATE] = rating_take,
    [VERB_BADRATE] = rating_take,
    [VERB_WITHDRAW_ASK] = withdrawal_ask,
    [VERB_CLARIFY_HUY] = act_clarify_huy,
    [VERB_CONFIRM] = act_confirm,
    [VERB_DENY] = act_deny,
    [VERB_BEHALF] = on_behalf_begin,
    [VERB_SETNAME] = particulars_name,
    [VERB_TAXCODE] = particulars_tax_code,
    [VERB_CALLBACK] = particulars_callback,
    [VERB_OPTOUT] = preferences_opt_out,
    [VERB_OPTIN] = preferences_opt_in,
    [VERB_ACCENTS_ON] = preferences_accents_on,
    [VERB_ACCENTS_OFF] = preferences_accents_off,
    [VERB_HELP] = act_help,
    [VERB_DATA_REQUEST] = data_subject_request,
    [VERB_DATA_ERASE] = data_subject_request,
    [VERB_KEPT] = act_nothing,
    [VERB_OFFICER] = act_nothing,
};

/* ---- the whole ---- */

/* Open questions are looked up only where they'd change what the text means. */
static enum err understand(struct turn *t, const char *text) {
    const char *prefixes = t->s->settings.prefixes ? t->s->settings.prefixes : "";
    struct questions q = {0};
    grammar_parse_prefixed(text, prefixes, 0, &t->parsed);
    if (abuse_is_echo(t->s->templates, text))
        t->parsed = (struct parsed){.verb = VERB_IGNORE, .why = "a text of our own"};
    if (!t->parsed.depends)
        return ERR_OK;
    enum err e = questions_read(t, &q);
    unsigned open = e == ERR_OK ? questions_open(&q) : 0;
    questions_release(&q);
    if (open & t->parsed.depends)
        grammar_parse_prefixed(text, prefixes, open, &t->parsed);
    return e;
}

static enum err act(struct turn *t) {
    enum verb understood = t->parsed.verb;
    enum err e = actions[understood](t);
    if (e == ERR_OK && (t->case_id || t->parsed.verb != understood))
        e = message_understood(t->s->store, t->message->id, verb_name(t->parsed.verb), t->case_id);
    return e == ERR_OK ? subscriber_save(t->s->store, t->who) : e;
}

static bool answerable(const struct smsc *s, const struct phone *phone) {
    return phone->kind == PHONE_E164 && !centre_own_number(s, phone);
}

/* A message of somebody who isn't answered now: kept, and shown. That they want no texts counts all the same. */
static enum err not_answered(struct turn *t, enum abuse_verdict verdict) {
    enum err e = abuse_tell(t, verdict);
    if (e == ERR_OK && t->parsed.verb == VERB_OPTOUT)
        e = preferences_opt_out_silently(t);
    return e == ERR_OK ? subscriber_save(t->s->store, t->who) : e;
}

/* Officers' words come first: OK, VIEC, HD of a number that is in the directory today. They aren't counted. */
static enum err find_officer(struct turn *t, struct officer *ret_officer) {
    struct officer_parsed words;
    enum err e = officer_by_subscriber(t->s->store, t->who->id, clock_vietnam_day(t->now), ret_officer);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    grammar_parse_officer(t->message->text, &words);
    if (words.verb == OFFICER_NONE)
        officer_release(ret_officer); /* a citizen like any other */
    return ERR_OK;
}

static enum err act_for_officer(struct turn *t, const struct officer *o) {
    bool taken = false;
    enum err e = officer_message(t->s, o, t->who, t->message, t->now, &taken);
    if (e == ERR_OK && !taken)
        return act(t);
    if (e == ERR_OK)
        e = message_understood(t->s->store, t->message->id, verb_name(VERB_OFFICER), 0);
    return e == ERR_OK ? subscriber_save(t->s->store, t->who) : e;
}

static enum err insert(struct turn *t, struct message *m, bool kept) {
    if (kept)
        log_event(LOG_LEVEL_INFO, "message.kept", log_phone("sender", &t->who->phone), log_text("link", m->link));
    m->verb = (char *)(uintptr_t)verb_name(kept ? VERB_KEPT : t->parsed.verb);
    enum err e = message_insert(t->s->store, m, &m->id);
    m->verb = NULL;
    t->who->first_at = t->who->first_at ? t->who->first_at : m->arrived_at;
    t->who->last_at = m->arrived_at;
    return e;
}

enum err citizen_message(struct smsc *s, struct subscriber *who, struct message *m, int64_t now) {
    struct turn t = {.s = s, .who = who, .message = m, .now = now};
    struct officer officer = {0};
    enum abuse_verdict verdict = ABUSE_NONE;
    enum err e = ERR_OK;
    bool known = answerable(s, &who->phone);
    m->subscriber_id = who->id;
    if (known)
        e = understand(&t, m->text);
    if (known && e == ERR_OK)
        e = find_officer(&t, &officer);
    if (known && e == ERR_OK && !officer.id)
        verdict = abuse_verdict_of(&t);
    if (e == ERR_OK)
        e = insert(&t, m, !known || verdict != ABUSE_NONE);
    if (e == ERR_OK && officer.id)
        e = act_for_officer(&t, &officer);
    else if (e == ERR_OK && known)
        e = verdict == ABUSE_NONE ? act(&t) : not_answered(&t, verdict);
    else if (e == ERR_OK)
        e = subscriber_save(s->store, who);
    officer_release(&officer);
    return e;
}

/* *ret_case: the case that the message opened; ERR_NOT_FOUND where it opened none (it may have led to one, by TC). */
static enum err case_opened_by(struct turn *t, struct pakn_case *ret_case) {
    struct pakn_case c = {0};
    enum err e = t->message->case_id ? case_get(t->s->store, t->message->case_id, &c) : ERR_NOT_FOUND;
    if (e == ERR_OK && c.message_id != t->message->id) {
        case_release(&c);
        e = ERR_NOT_FOUND;
    }
    if (e == ERR_OK)
        *ret_case = c;
    return e;
}

/* No officer's word: those are texted. */
enum err citizen_choose(struct smsc *s, struct subscriber *who, struct message *m, const struct citizen_choice *choice, int64_t now,
                        struct citizen_result *ret_result) {
    struct turn t = {.s = s, .who = who, .message = m, .parsed = choice->parsed, .origin = choice->origin, .now = now};
    struct pakn_case opened = {0};
    m->subscriber_id = who->id;
    enum abuse_verdict verdict = abuse_verdict_of(&t);
    enum err e = insert(&t, m, verdict != ABUSE_NONE);
    if (e == ERR_OK && verdict == ABUSE_NONE && choice->name)
        e = particulars_take_name(&t, choice->name);
    t.case_id = 0;
    if (e == ERR_OK)
        e = verdict == ABUSE_NONE ? act(&t) : not_answered(&t, verdict);
    if (e != ERR_OK)
        return e;
    *ret_result = (struct citizen_result){.answered = verdict == ABUSE_NONE, .case_id = t.case_id};
    m->case_id = t.case_id;
    e = case_opened_by(&t, &opened);
    ret_result->opened = e == ERR_OK;
    case_release(&opened);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static bool content_verb(enum verb verb) {
    return verb == VERB_SUBMIT || verb == VERB_SUBMIT_CONF || verb == VERB_FREETEXT;
}

/* The content of a fuller text: behind the verb, if it has one. */
static const char *content_of(const struct parsed *p, const char *text) {
    return content_verb(p->verb) ? text + p->argument : text;
}

static enum err confirm_draft(struct turn *t, int64_t case_id) {
    struct dialogue question = {0};
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_FREETEXT, t->now, &question);
    if (e == ERR_OK && question.case_id == case_id)
        e = submission_confirm(t, &question);
    dialogue_release(&question);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* The text is whole, or wholer. A draft isn't known to anybody yet; of a case the central store learns the new text. */
static enum err complete(struct turn *t, struct pakn_case *c) {
    struct case_step step = {.kind = STEP_COMPLETED};
    bool done = false;
    free(c->text);
    c->text = mem_string(content_of(&t->parsed, t->message->text));
    c->flags = t->message->incomplete ? c->flags | CASE_INCOMPLETE : c->flags & ~CASE_INCOMPLETE;
    if (t->parsed.verb == VERB_SUBMIT_CONF)
        c->flags |= CASE_CONFIDENTIAL;
    step.flags = submission_flags(t, c->text);
    if (c->state == CASE_DRAFT)
        c->flags = (c->flags & ~CASE_NORMALISE) | step.flags;
    enum err e = c->state == CASE_DRAFT ? case_update(t->s->store, c) : turn_step(t, c, ROLE_CITIZEN, &step, true, &done);
    if (e == ERR_OK && c->state == CASE_DRAFT && t->parsed.verb != VERB_FREETEXT)
        e = confirm_draft(t, c->id); /* the part with the verb came last: nothing is left to ask */
    return e;
}

static enum err take_late_text(struct turn *t) {
    struct pakn_case c = {0};
    enum err e = understand(t, t->message->text);
    if (e != ERR_OK)
        return e;
    e = case_opened_by(t, &c);
    if (e == ERR_OK)
        e = complete(t, &c);
    else if (e == ERR_NOT_FOUND && content_verb(t->parsed.verb)) /* so far it was too little for a case */
        e = act(t);
    else if (e == ERR_NOT_FOUND)
        e = ERR_OK;
    case_release(&c);
    return e;
}

enum err citizen_late_part(struct smsc *s, struct subscriber *who, int64_t message_id, const char *text, bool incomplete, int64_t now) {
    struct message m = {0};
    struct turn t = {.s = s, .who = who, .message = &m, .now = now};
    enum err e = message_get(s->store, message_id, &m);
    if (e == ERR_OK)
        e = message_replace_text(s->store, message_id, text, incomplete);
    bool kept = m.verb && strcmp(m.verb, verb_name(VERB_KEPT)) == 0; /* its sender wasn't answered: the part changes nothing about that */
    if (e == ERR_OK && !kept && answerable(s, &who->phone)) {
        free(m.text);
        m.text = mem_string(text);
        m.incomplete = incomplete;
        e = take_late_text(&t);
    }
    message_release(&m);
    return e;
}
