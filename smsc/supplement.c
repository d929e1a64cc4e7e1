/* The question holds the rows of the messages that it is about, oldest first: who writes on before answering is asked about all of it. Yes attaches
 * all; no, and a day of silence, make each a case of its own. What is too little for a case is kept with the case that it was asked about. */
#include "smsc/supplement.h"

#include "firmware-host/base/str.h"
#include "smsc/duplicate.h"
#include "smsc/hints.h"
#include "smsc/keyword_match.h"
#include "smsc/questions.h"
#include "smsc/reassembly.h"
#include "smsc/submission.h"
#include "smsc/tracking.h"

#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 64 * 1024 };

/* ---- with a code ---- */

/* Behind BS, without the blanks; all of it where there's no BS. */
static const char *words_of(const char *text) {
    struct keyword_match match;
    size_t len = strlen(text);
    if (keyword_match(text, 0, len, READ_AS_TYPED, &match) && !match.other_word && match.keyword->verb == VERB_SUPPLEMENT)
        return text + words_skip(text, match.end, " \t\r\n:-.,#");
    return text;
}

/* What was asked about this case is answered by that: it's for the case. */
static enum err attach_pending(struct turn *t, struct pakn_case *c) {
    struct questions q = {0};
    enum err e = questions_read(t, &q);
    const struct dialogue *d = &q.of[DIALOGUE_SUPPLEMENT];
    for (char *at = d->case_id == c->id ? d->data : NULL; e == ERR_OK && at && *at;) {
        struct message m = {0};
        e = message_get(t->s->store, strtoll(at, &at, 10), &m);
        if (e == ERR_OK)
            e = turn_keep_words(t, c, ROLE_CITIZEN, words_of(m.text));
        message_release(&m);
        at += *at == ',';
    }
    if (e == ERR_OK && d->id && d->case_id == c->id)
        e = dialogue_close(t->s->store, d->id);
    questions_release(&q);
    return e;
}

enum err supplement_take(struct turn *t) {
    struct pakn_case c = {0};
    enum case_role role = ROLE_CITIZEN;
    bool done = false;
    enum err e = tracking_find_as(t, &c, &role);
    if (e == ERR_NOT_FOUND)
        return tracking_not_found(t);
    char *words = turn_words(t);
    struct case_step step = {.kind = STEP_SUPPLEMENT, .text = words};
    if (e == ERR_OK)
        e = attach_pending(t, &c);
    if (e == ERR_OK)
        e = turn_step(t, &c, role, &step, false, &done);
    if (e == ERR_OK)
        e = turn_hint(t);
    free(words);
    case_release(&c);
    return e;
}

/* ---- just words ---- */

/* The one that was asked last, if several wait. */
static enum err waiting_case(struct turn *t, bool any_open, struct pakn_case *ret_case) {
    int count = 0;
    int64_t newest = 0;
    enum err e = turn_count_cases(t, STATE(NEED_INFO), &count, &newest);
    if (e == ERR_OK && !newest && any_open)
        e = turn_count_cases(t, STATES_OPEN, &count, &newest);
    if (e != ERR_OK)
        return e;
    return newest ? case_get(t->s->store, newest, ret_case) : ERR_NOT_FOUND;
}

static enum err remember(struct turn *t, int64_t case_id) {
    struct questions q = {0};
    struct str list;
    str_init(&list, LIST_MAX);
    enum err e = questions_read(t, &q);
    const struct dialogue *d = &q.of[DIALOGUE_SUPPLEMENT];
    if (e == ERR_OK && d->case_id == case_id && d->data)
        str_addf(&list, "%s,", d->data);
    str_addf(&list, "%lld", (long long)t->message->id);
    if (e == ERR_OK)
        e = str_ok(&list) ? questions_ask(t->s, t->who->id, DIALOGUE_SUPPLEMENT, case_id, list.data, t->now) : ERR_TOO_LONG;
    questions_release(&q);
    str_release(&list);
    return e;
}

enum err supplement_ask(struct turn *t, bool any_open, bool *ret_asked) {
    struct pakn_case c = {0};
    struct str quote;
    char code[CASE_CODE_SIZE];
    enum err e = waiting_case(t, any_open, &c);
    if (e == ERR_NOT_FOUND)
        return ERR_OK;
    str_init(&quote, 1024);
    if (e == ERR_OK)
        e = remember(t, c.id);
    if (e == ERR_OK) {
        compose_quote(words_of(t->message->text), t->who->accents, compose_room(t->s, TEMPLATE_SUPPLEMENT_ASK), &quote);
        case_code_text(c.code, code);
        struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_QUOTE] = quote.data ? quote.data : ""}};
        t->case_id = c.id;
        e = turn_reply(t, TEMPLATE_SUPPLEMENT_ASK, &values, c.id);
        if (e == ERR_OK)
            e = turn_hint(t);
        *ret_asked = true;
    }
    str_release(&quote);
    case_release(&c);
    return e;
}

/* ---- the answer ---- */

enum err supplement_confirmed(struct turn *t, const struct dialogue *question) {
    struct pakn_case c = {0};
    enum err e = turn_answered(t, question, &c);
    char none[] = "", *at = question->data ? question->data : none;
    while (e == ERR_OK && *at) {
        struct message m = {0};
        bool done = false;
        e = message_get(t->s->store, strtoll(at, &at, 10), &m);
        at += *at == ',';
        bool last = !*at; /* one answer to all */
        if (e == ERR_OK) {
            struct case_step step = {.kind = STEP_SUPPLEMENT, .text = words_of(m.text)};
            e = turn_step(t, &c, ROLE_CITIZEN, &step, !last, &done);
        }
        message_release(&m);
    }
    case_release(&c);
    return e;
}

/* One of the messages is no supplement: as if it had come without a case that waits. */
static enum err file(struct turn *t, int64_t case_id, int extra_flags) {
    struct submission what = {.text = t->message->text, .flags = hints_of(t->message->text) | extra_flags};
    struct pakn_case c = {0};
    if (reassembly_letters(what.text, t->message->incomplete) >= SUBMISSION_LETTERS)
        return t->s->settings.confirm_freetext == SMSC_CONFIRM_ALWAYS && !extra_flags ? submission_ask(t, &what) : submission_open(t, &what);
    enum err e = case_get(t->s->store, case_id, &c);
    if (e == ERR_OK)
        e = turn_keep_words(t, &c, ROLE_CITIZEN, what.text);
    if (e == ERR_OK && !extra_flags)
        e = turn_reply(t, TEMPLATE_NOTSENT, NULL, c.id);
    case_release(&c);
    return e;
}

static enum err file_all(struct turn *t, const struct dialogue *question, int extra_flags) {
    enum err e = dialogue_close(t->s->store, question->id);
    for (char *at = question->data; e == ERR_OK && at && *at;) {
        struct message m = {0};
        struct turn own = {.s = t->s, .who = t->who, .message = &m, .now = t->now};
        e = message_get(t->s->store, strtoll(at, &at, 10), &m);
        at += *at == ',';
        if (e == ERR_OK)
            e = file(&own, question->case_id, extra_flags);
        if (e == ERR_OK && own.case_id)
            e = message_understood(t->s->store, m.id, verb_name(VERB_FREETEXT), own.case_id);
        t->case_id = own.case_id;
        message_release(&m);
    }
    return e;
}

enum err supplement_denied(struct turn *t, const struct dialogue *question) {
    return file_all(t, question, 0);
}

enum err supplement_unanswered(struct smsc *s, const struct dialogue *question, int64_t now) {
    struct subscriber who = {0};
    struct message none = {0};
    struct turn t = {.s = s, .who = &who, .message = &none, .now = now};
    enum err e = subscriber_by_id(s->store, question->subscriber_id, &who);
    if (e == ERR_OK)
        e = file_all(&t, question, CASE_UNCONFIRMED);
    if (e == ERR_OK)
        e = subscriber_save(s->store, &who);
    subscriber_release(&who);
    return e;
}

enum err supplement_superseded(struct turn *t, const char *text) {
    struct questions q = {0};
    struct str left;
    bool found = false;
    str_init(&left, LIST_MAX);
    enum err e = questions_read(t, &q);
    const struct dialogue *d = &q.of[DIALOGUE_SUPPLEMENT];
    for (char *at = d->data; e == ERR_OK && at && *at;) {
        struct message m = {0};
        e = message_get(t->s->store, strtoll(at, &at, 10), &m);
        at += *at == ',';
        bool same = e == ERR_OK && duplicate_near(text, words_of(m.text));
        found |= same;
        if (e == ERR_OK && !same)
            str_addf(&left, "%s%lld", left.len ? "," : "", (long long)m.id);
        message_release(&m);
    }
    if (e == ERR_OK && found && left.len)
        e = questions_ask(t->s, t->who->id, DIALOGUE_SUPPLEMENT, d->case_id, left.data, d->opened_at);
    else if (e == ERR_OK && found)
        e = dialogue_close(t->s->store, d->id);
    questions_release(&q);
    str_release(&left);
    return e;
}
