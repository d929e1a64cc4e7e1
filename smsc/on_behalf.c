/* The answers so far stand in the question's row as JSON: one key for each part, absent until it's known, and how often a phone number was wrong. */
#include "smsc/on_behalf.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/duplicate.h"
#include "smsc/questions.h"
#include "smsc/reassembly.h"
#include "smsc/tracking.h"
#include "store/life.h"
#include "store/particulars.h"

#include <stdlib.h>
#include <string.h>

enum { DATA_MAX = 16 * 1024, NAME_CHARACTERS = 60, PART_CHARACTERS = 500, PHONE_TRIES = 2, CONSENTS_ASKED = 3 /* at a time */ };

struct answers {
    char *of[BEHALF_PARTS]; /* NULL: not known yet; "" : there is none */
    int wrong_phones;
    char *link; /* where they came in */
};

static const struct {
    const char *key;
    enum template_id question;
} parts[BEHALF_PARTS] = {
    [BEHALF_NAME] = {"name", TEMPLATE_BEHALF_NAME},
    [BEHALF_ADDRESS] = {"address", TEMPLATE_BEHALF_ADDRESS},
    [BEHALF_PHONE] = {"phone", TEMPLATE_BEHALF_PHONE},
    [BEHALF_REASON] = {"reason", TEMPLATE_BEHALF_REASON},
};

static void release(struct answers *a) {
    for (int i = 0; i < BEHALF_PARTS; i++)
        free(a->of[i]);
    free(a->link);
}

static enum err read_answers(const char *data, struct answers *ret) {
    struct json *document = NULL;
    struct answers a = {.wrong_phones = 0};
    int64_t wrong = 0;
    enum err e = json_parse(data ? data : "{}", strlen(data ? data : "{}"), &document);
    if (e != ERR_OK)
        return e;
    for (int i = 0; i < BEHALF_PARTS; i++)
        a.of[i] = mem_string(json_text(document, parts[i].key));
    if (json_int(document, "wrong_phones", &wrong))
        a.wrong_phones = (int)wrong;
    a.link = mem_string(json_text(document, "link"));
    json_free(document);
    *ret = a;
    return ERR_OK;
}

static void write_answers(const struct answers *a, const char *link, struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    for (int i = 0; i < BEHALF_PARTS; i++)
        if (a->of[i])
            json_put_text(&w, parts[i].key, a->of[i]);
    if (link) { /* of a question: how far it is */
        json_put_int(&w, "wrong_phones", a->wrong_phones);
        json_put_text(&w, "link", link);
    }
    json_close_object(&w);
}

/* The first that isn't known; BEHALF_PARTS: only the content is left. */
static int missing(const struct answers *a) {
    int i = 0;
    while (i < BEHALF_PARTS && a->of[i])
        i++;
    return i;
}

/* ---- asking ---- */

static enum err ask_next(struct turn *t, const struct answers *a, bool bad_phone) {
    struct str data;
    int next = missing(a);
    str_init(&data, DATA_MAX);
    write_answers(a, t->message->link, &data);
    enum err e = str_ok(&data) ? questions_ask(t->s, t->who->id, DIALOGUE_BEHALF, 0, data.data, t->now) : ERR_TOO_LONG;
    str_release(&data);
    if (e != ERR_OK)
        return e;
    if (next == BEHALF_PARTS)
        return turn_reply(t, TEMPLATE_BEHALF_TEXT, NULL, 0);
    return turn_reply(t, bad_phone ? TEMPLATE_BEHALF_BADPHONE : parts[next].question, NULL, 0);
}

static char *cut(const char *text, size_t len, size_t characters) {
    char *typed = mem_string_n(text, len), *part = text_nfc(typed);
    free(typed);
    part[text_prefix(part, characters)] = '\0';
    size_t blanks = strspn(part, " \t\r\n:-.,"), end = strlen(part);
    while (end > blanks && strchr(" \t\r\n,", part[end - 1]))
        end--;
    char *trimmed = mem_string_n(part + blanks, end - blanks);
    free(part);
    return trimmed;
}

/* A phone on which somebody else than the sender can be asked. */
static bool is_theirs(const struct turn *t, const char *typed, struct phone *ret_phone) {
    struct phone phone;
    if (phone_parse(typed, &phone) != ERR_OK || phone.kind != PHONE_E164 || centre_own_number(t->s, &phone))
        return false;
    *ret_phone = phone;
    return true;
}

/* A wrong number is asked for once more; then, and where they say that there is none, the case goes on without. */
static bool take_phone(struct turn *t, struct answers *a) {
    struct phone phone;
    bool none = a->of[BEHALF_PHONE] && text_letters(a->of[BEHALF_PHONE]) > 0 && !strpbrk(a->of[BEHALF_PHONE], "0123456789");
    if (!a->of[BEHALF_PHONE] || none || is_theirs(t, a->of[BEHALF_PHONE], &phone) || ++a->wrong_phones >= PHONE_TRIES)
        return true;
    free(a->of[BEHALF_PHONE]);
    a->of[BEHALF_PHONE] = NULL;
    return false;
}

enum err on_behalf_begin(struct turn *t) {
    struct answers a = {.wrong_phones = 0};
    for (int i = 0; i < BEHALF_PARTS; i++) {
        const struct place *place = &t->parsed.behalf[i];
        if (place->len)
            a.of[i] = cut(t->message->text + place->at, place->len, i == BEHALF_NAME ? NAME_CHARACTERS : PART_CHARACTERS);
    }
    bool good = take_phone(t, &a);
    enum err e = ask_next(t, &a, !good);
    release(&a);
    return e;
}

/* ---- the case ---- */

/* Nobody's phone is flooded by naming it again and again. Who isn't asked may still answer: the sender knows the code. */
static enum err too_many_asked(struct turn *t, const struct subscriber *represented, bool *bother) {
    int64_t before = INT64_MAX;
    int asked = 0;
    for (;;) {
        struct dialogue d = {0};
        enum err e = dialogue_before(t->s->store, represented->id, before, t->now, &d);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = d.id;
        asked += d.kind == DIALOGUE_CONSENT;
        dialogue_release(&d);
        if (asked >= CONSENTS_ASKED)
            *bother = false;
    }
}

static enum err ask_consent(struct turn *t, const struct pakn_case *c, const struct subscriber *represented) {
    char code[CASE_CODE_SIZE];
    size_t len = strlen(t->who->phone.text);
    case_code_text(c->code, code);
    struct reply reply = {.template = TEMPLATE_CONSENT,
                          .values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_MASKED] = t->who->phone.text + (len > 3 ? len - 3 : 0)}},
                          .class = OUTBOUND_NOTICE,
                          .case_id = c->id,
                          .message_id = t->message->id};
    bool bother = !represented->opted_out;
    enum err e = too_many_asked(t, represented, &bother);
    if (e == ERR_OK)
        e = questions_ask(t->s, represented->id, DIALOGUE_CONSENT, c->id, NULL, t->now);
    return e == ERR_OK && bother ? compose_reply(t->s, represented, &reply, t->now) : e;
}

/* Whom it represents becomes known to the case; the represented person is asked, if there is a phone to ask at. */
static enum err attach(struct turn *t, struct pakn_case *c, const struct answers *a) {
    struct subscriber represented = {0};
    struct phone phone;
    struct str data;
    bool done = false;
    bool reachable = a->of[BEHALF_PHONE] && is_theirs(t, a->of[BEHALF_PHONE], &phone) && !phone_equal(&phone, &t->who->phone);
    enum err e = reachable ? subscriber_get(t->s->store, &phone, &represented) : ERR_OK;
    str_init(&data, DATA_MAX);
    write_answers(a, NULL, &data);
    struct behalf behalf = {.case_id = c->id, .subscriber_id = represented.id, .data = data.data};
    struct case_step step = {.kind = STEP_BEHALF, .represented_id = represented.id, .data = data.data};
    if (e == ERR_OK)
        e = str_ok(&data) ? behalf_put(t->s->store, &behalf) : ERR_TOO_LONG;
    if (e == ERR_OK)
        e = turn_step(t, c, ROLE_CITIZEN, &step, true, &done);
    if (e == ERR_OK)
        e = turn_reply_code(t, reachable ? TEMPLATE_BEHALF_SAVED : TEMPLATE_BEHALF_NOPHONE, c);
    if (e == ERR_OK && reachable)
        e = ask_consent(t, c, &represented);
    subscriber_release(&represented);
    str_release(&data);
    return e;
}

/* The content is here: the case, and whom it's for. What repeats an open case is that case, now for somebody. */
static enum err open_case(struct turn *t, const struct dialogue *question, const struct answers *a, const struct submission *what) {
    struct pakn_case c = {0};
    enum err e = dialogue_close(t->s->store, question->id);
    if (e == ERR_OK)
        e = duplicate_find(t, what->text, &c);
    if (e == ERR_OK) {
        e = duplicate_add(t, &c, what->text, what->flags & CASE_CONFIDENTIAL);
    } else if (e == ERR_NOT_FOUND) {
        e = submission_open(t, what);
        if (e == ERR_OK)
            e = case_get(t->s->store, t->case_id, &c);
    }
    if (e == ERR_OK)
        e = attach(t, &c, a);
    case_release(&c);
    return e;
}

/* ---- answers ---- */

static bool fits(const struct turn *t, int part) {
    size_t characters = text_codepoints(t->message->text);
    return characters <= (part == BEHALF_NAME ? NAME_CHARACTERS : (size_t)PART_CHARACTERS);
}

enum err on_behalf_answered(struct turn *t, const struct dialogue *question, bool *ret_taken) {
    struct answers a = {.wrong_phones = 0};
    struct submission what = {.text = t->message->text, .flags = t->parsed.flags};
    enum err e = read_answers(question->data, &a);
    int part = missing(&a);
    *ret_taken = e == ERR_OK && (part == BEHALF_PARTS || fits(t, part));
    if (e == ERR_OK && part == BEHALF_PARTS) {
        bool enough = reassembly_letters(what.text, t->message->incomplete) >= SUBMISSION_LETTERS;
        e = enough ? open_case(t, question, &a, &what) : ask_next(t, &a, false);
    } else if (*ret_taken) {
        a.of[part] = cut(t->message->text, strlen(t->message->text), PART_CHARACTERS);
        bool good = part != BEHALF_PHONE || take_phone(t, &a);
        e = ask_next(t, &a, !good);
        if (e == ERR_OK)
            e = turn_hint(t);
    }
    release(&a);
    return e;
}

enum err on_behalf_submitted(struct turn *t, const struct submission *what, bool *ret_taken) {
    struct dialogue question = {0};
    struct answers a = {.wrong_phones = 0};
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_BEHALF, t->now, &question);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    e = read_answers(question.data, &a);
    *ret_taken = e == ERR_OK && missing(&a) == BEHALF_PARTS;
    if (*ret_taken)
        e = open_case(t, &question, &a, what);
    release(&a);
    dialogue_release(&question);
    return e;
}

/* Who was asked for the content last, and gave a reason, wanted something: it's filed in their words, for a person to ask. */
static enum err file_abandoned(struct smsc *s, const struct dialogue *question, const struct answers *a, int64_t now) {
    struct subscriber who = {0};
    struct str text;
    enum err e = subscriber_by_id(s->store, question->subscriber_id, &who);
    str_init(&text, DATA_MAX);
    for (int i = 0; i < BEHALF_PARTS; i++)
        str_addf(&text, "%s%s", i && a->of[i] && *a->of[i] ? ", " : "", a->of[i] ? a->of[i] : "");
    struct message none = {.link = a->link, .text = text.data, .arrived_at = question->opened_at, .sent_at = -1};
    struct turn t = {.s = s, .who = &who, .message = &none, .now = now};
    struct submission what = {.text = text.data, .flags = CASE_UNCONFIRMED};
    if (e == ERR_OK)
        e = str_ok(&text) ? open_case(&t, question, a, &what) : ERR_TOO_LONG;
    subscriber_release(&who);
    str_release(&text);
    return e;
}

enum err on_behalf_abandoned(struct smsc *s, const struct dialogue *question, int64_t now) {
    struct answers a = {.wrong_phones = 0};
    enum err e = read_answers(question->data, &a);
    bool wanted = e == ERR_OK && missing(&a) == BEHALF_PARTS && a.link;
    if (e == ERR_OK)
        e = wanted ? file_abandoned(s, question, &a, now) : dialogue_close(s->store, question->id);
    release(&a);
    return e;
}

/* ---- consent ---- */

static enum err say(struct turn *t, int64_t case_id, bool yes) {
    struct pakn_case c = {0};
    struct case_step step = {.kind = STEP_CONSENT, .yes = yes};
    bool done = false;
    enum err e = questions_end(t, DIALOGUE_CONSENT, case_id);
    if (e == ERR_OK)
        e = case_get(t->s->store, case_id, &c);
    if (e == ERR_OK)
        e = turn_step(t, &c, ROLE_REPRESENTED, &step, true, &done);
    if (e == ERR_OK && done)
        e = turn_reply_code(t, yes ? TEMPLATE_CONSENTED : TEMPLATE_DECLINED, &c);
    case_release(&c);
    return e;
}

enum err on_behalf_consented(struct turn *t, const struct dialogue *question) {
    return say(t, question->case_id, true);
}

enum err on_behalf_declined(struct turn *t, const struct dialogue *question) {
    return say(t, question->case_id, false);
}

enum err on_behalf_says(struct turn *t, bool yes) {
    struct pakn_case c = {0};
    struct case_life life = {0};
    bool ours = t->parsed.code_form == CODE_FORM_FULL && centre_own_province(t->s, t->parsed.province);
    enum err e = ours ? case_by_code(t->s->store, t->parsed.code, &c) : ERR_NOT_FOUND;
    if (e == ERR_OK)
        e = life_get(t->s->store, c.id, &life);
    if (e == ERR_OK)
        e = life.represented_id == t->who->id ? say(t, c.id, yes) : ERR_NOT_FOUND;
    life_release(&life);
    case_release(&c);
    return e;
}

enum err on_behalf_unreachable(struct smsc *s, const struct dialogue *question, int64_t now) {
    struct pakn_case c = {0};
    struct case_step step = {.kind = STEP_CONSENT, .role = ROLE_TIMER};
    struct case_outcome outcome;
    enum err e = dialogue_close(s->store, question->id);
    if (e == ERR_OK)
        e = case_get(s->store, question->case_id, &c);
    if (e == ERR_OK)
        e = life_step(s, &c, &step, NULL, now, NULL, &outcome);
    case_release(&c);
    return e;
}
