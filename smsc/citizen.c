/* A message that no row of the table understands is somebody's words: it becomes a case, or is asked about, and its row stays in any case.
 *
 * Who isn't answered: alphanumeric senders and short codes (there's no phone behind them), and our own numbers (two automatons would talk for
 * ever). Their messages are kept and shown. */
#include "smsc/citizen.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/abuse.h"
#include "smsc/event.h"
#include "smsc/hints.h"
#include "smsc/reassembly.h"
#include "smsc/submission.h"
#include "smsc/tracking.h"

#include <stdlib.h>
#include <string.h>

#define HELP_INTERVAL CLOCK_DAY /* between two helps for messages without a word */
enum { NAME_CHARACTERS_MAX = 60, NAMED_CASES_MAX = 16 };

enum err turn_reply(struct turn *t, enum template_id template, const struct template_values *values, int64_t case_id) {
    struct reply reply = {.template = template, .link = t->message->link, .case_id = case_id, .message_id = t->message->id};
    if (values)
        reply.values = *values;
    return compose_reply(t->s, t->who, &reply, t->now);
}

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

static enum err act_freetext(struct turn *t) {
    struct submission what = {.text = t->message->text};
    bool ask = false;
    if (reassembly_letters(what.text, t->message->incomplete) < SUBMISSION_LETTERS)
        return act_help(t);
    enum err e = must_ask(t, &ask);
    if (e != ERR_OK)
        return e;
    what.flags = hints_of(what.text);
    return ask ? submission_ask(t, &what) : submission_open(t, &what);
}

/* Too few letters for a case, but meant as one: the sender is asked, and an OK files it ("PA mat dien"). */
static enum err submit(struct turn *t, int flags) {
    struct submission what = {.text = t->message->text + t->parsed.argument, .kind = t->parsed.kind, .flags = flags};
    size_t letters = reassembly_letters(what.text, t->message->incomplete);
    what.flags |= hints_of(what.text);
    if (letters >= SUBMISSION_LETTERS)
        return submission_open(t, &what);
    return letters > 0 ? submission_ask(t, &what) : act_help(t);
}

static enum err act_submit(struct turn *t) {
    return submit(t, 0);
}

static enum err act_submit_conf(struct turn *t) {
    return submit(t, CASE_CONFIDENTIAL);
}

static enum err act_setconf(struct turn *t) {
    struct pakn_case c = {0};
    enum err e = tracking_find(t, &c);
    if (e == ERR_NOT_FOUND)
        return tracking_not_found(t);
    if (e != ERR_OK)
        return e;
    t->case_id = c.id;
    if (!(c.flags & CASE_CONFIDENTIAL)) {
        c.flags |= CASE_CONFIDENTIAL;
        e = case_update(t->s->store, &c);
        if (e == ERR_OK)
            e = event_confidential(t->s, &c, t->now);
    }
    char code[CASE_CODE_SIZE];
    case_code_text(c.code, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code}};
    if (e == ERR_OK)
        e = turn_reply(t, TEMPLATE_CONF, &values, c.id);
    case_release(&c);
    return e;
}

/* OK with nothing to say OK to is thanks: no answer. With a code it asks about that case. */
static enum err act_confirm(struct turn *t) {
    struct dialogue question = {0};
    if (t->parsed.code_form != CODE_FORM_NONE)
        return tracking_answer(t);
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_FREETEXT, t->now, &question);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    if (e != ERR_OK)
        return e;
    e = submission_confirm(t, &question);
    dialogue_release(&question);
    return e;
}

static enum err act_deny(struct turn *t) {
    struct dialogue question = {0};
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_FREETEXT, t->now, &question);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    t->case_id = question.case_id;
    e = dialogue_close(t->s->store, question.id);
    dialogue_release(&question);
    return e;
}

static char *name_of(const struct turn *t) {
    char *typed = mem_string_n(t->message->text + t->parsed.argument, t->parsed.argument_len);
    char *name = text_nfc(typed);
    free(typed);
    name[text_prefix(name, NAME_CHARACTERS_MAX)] = '\0';
    return name;
}

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
        e = case_get(t->s->store, ids.of[i - 1], &c);
        if (e == ERR_OK)
            e = event_named(t->s, &c, t->who, t->now);
        t->case_id = c.id;
        case_release(&c);
    }
    return e;
}

static enum err act_setname(struct turn *t) {
    free(t->who->name);
    t->who->name = name_of(t);
    enum err e = close_name_question(t);
    if (e == ERR_OK)
        e = name_open_cases(t);
    return e == ERR_OK ? turn_reply(t, TEMPLATE_NAMED, NULL, t->case_id) : e;
}

static enum err act_accents_on(struct turn *t) {
    t->who->accents = true;
    return act_help(t); /* shows the new form at once */
}

static enum err act_accents_off(struct turn *t) {
    t->who->accents = false;
    return act_help(t);
}

static enum err (*const actions[VERB_COUNT])(struct turn *) = {
    [VERB_FREETEXT] = act_freetext,
    [VERB_IGNORE] = act_ignore,
    [VERB_SUBMIT] = act_submit,
    [VERB_SUBMIT_CONF] = act_submit_conf,
    [VERB_SETCONF] = act_setconf,
    [VERB_TRACK] = tracking_answer,
    [VERB_BADCODE] = tracking_bad_code,
    [VERB_CONFIRM] = act_confirm,
    [VERB_DENY] = act_deny,
    [VERB_SETNAME] = act_setname,
    [VERB_ACCENTS_ON] = act_accents_on,
    [VERB_ACCENTS_OFF] = act_accents_off,
    [VERB_HELP] = act_help,
    [VERB_KEPT] = act_nothing,
    /* The words are kept and read by people until there is a function. */
    [VERB_SUPPLEMENT] = act_freetext,
    [VERB_REJOIN] = act_freetext,
    [VERB_RATE] = act_freetext,
    [VERB_BADRATE] = act_freetext,
    [VERB_WITHDRAW_ASK] = act_freetext,
    [VERB_CLARIFY_HUY] = act_freetext,
    [VERB_BEHALF] = act_freetext,
    [VERB_TAXCODE] = act_freetext,
    [VERB_CALLBACK] = act_freetext,
    [VERB_OPTOUT] = act_freetext,
    [VERB_OPTIN] = act_freetext,
    [VERB_DATA_REQUEST] = act_freetext,
    [VERB_DATA_ERASE] = act_freetext,
};

/* ---- the whole ---- */

static enum err is_open(struct turn *t, enum dialogue_kind kind, unsigned bit, unsigned *open) {
    struct dialogue question = {0};
    enum err e = dialogue_newest(t->s->store, t->who->id, kind, t->now, &question);
    if (e == ERR_OK) {
        *open |= bit;
        dialogue_release(&question);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Open questions are looked up only where they'd change what the text means. */
static enum err understand(struct turn *t, const char *text) {
    unsigned open = 0;
    enum err e = ERR_OK;
    grammar_parse(text, 0, &t->parsed);
    if (t->parsed.depends & GRAMMAR_NAME_ASKED)
        e = is_open(t, DIALOGUE_NAME, GRAMMAR_NAME_ASKED, &open);
    if (e == ERR_OK && (t->parsed.depends & GRAMMAR_DRAFT_ASKED))
        e = is_open(t, DIALOGUE_FREETEXT, GRAMMAR_DRAFT_ASKED, &open);
    if (e == ERR_OK && open)
        grammar_parse(text, open, &t->parsed);
    if (abuse_is_echo(t->s->templates, text))
        t->parsed = (struct parsed){.verb = VERB_IGNORE, .why = "a text of our own"};
    return e;
}

static enum err act(struct turn *t) {
    enum err e = actions[t->parsed.verb](t);
    if (e == ERR_OK && t->case_id)
        e = message_understood(t->s->store, t->message->id, verb_name(t->parsed.verb), t->case_id);
    return e == ERR_OK ? subscriber_save(t->s->store, t->who) : e;
}

static bool answerable(const struct smsc *s, const struct phone *phone) {
    return phone->kind == PHONE_E164 && !centre_own_number(s, phone);
}

/* A message of somebody who isn't answered now: kept, and shown. */
static enum err not_answered(struct turn *t, enum abuse_verdict verdict) {
    enum err e = abuse_tell(t, verdict);
    return e == ERR_OK ? subscriber_save(t->s->store, t->who) : e;
}

enum err citizen_message(struct smsc *s, struct subscriber *who, struct message *m, int64_t now) {
    struct turn t = {.s = s, .who = who, .message = m, .now = now};
    enum abuse_verdict verdict = ABUSE_NONE;
    enum err e = ERR_OK;
    bool known = answerable(s, &who->phone);
    m->subscriber_id = who->id;
    if (known) {
        e = understand(&t, m->text);
        verdict = abuse_verdict_of(&t);
    }
    if (!known || verdict != ABUSE_NONE) {
        t.parsed.verb = VERB_KEPT;
        log_event(LOG_LEVEL_INFO, "message.kept", log_phone("sender", &who->phone), log_text("link", m->link));
    }
    m->verb = (char *)(uintptr_t)verb_name(t.parsed.verb);
    if (e == ERR_OK)
        e = message_insert(s->store, m, &m->id);
    m->verb = NULL;
    who->first_at = who->first_at ? who->first_at : m->arrived_at;
    who->last_at = m->arrived_at;
    if (e != ERR_OK)
        return e;
    return verdict == ABUSE_NONE ? act(&t) : not_answered(&t, verdict);
}

static bool content_verb(enum verb verb) {
    return verb == VERB_SUBMIT || verb == VERB_SUBMIT_CONF || verb == VERB_FREETEXT;
}

/* The content of a fuller text: behind the verb, if it has one. */
static const char *content_of(const struct parsed *p, const char *text) {
    return content_verb(p->verb) ? text + p->argument : text;
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

static enum err confirm_draft(struct turn *t, int64_t case_id) {
    struct dialogue question = {0};
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_FREETEXT, t->now, &question);
    if (e == ERR_OK && question.case_id == case_id)
        e = submission_confirm(t, &question);
    dialogue_release(&question);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err supplement(struct turn *t, struct pakn_case *c) {
    free(c->text);
    c->text = mem_string(content_of(&t->parsed, t->message->text));
    c->flags = t->message->incomplete ? c->flags | CASE_INCOMPLETE : c->flags & ~CASE_INCOMPLETE;
    if (t->parsed.verb == VERB_SUBMIT_CONF)
        c->flags |= CASE_CONFIDENTIAL;
    enum err e = case_update(t->s->store, c);
    if (e == ERR_OK && c->code)
        e = event_supplemented(t->s, c, t->message->id, t->now);
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
        e = supplement(t, &c);
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
    if (e == ERR_OK && answerable(s, &who->phone)) {
        free(m.text);
        m.text = mem_string(text);
        m.incomplete = incomplete;
        e = take_late_text(&t);
    }
    message_release(&m);
    return e;
}
