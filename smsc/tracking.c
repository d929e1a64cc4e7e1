/* A phone sees the cases it sent, and those sent on its owner's behalf with their consent. For the code of another phone the answer is the same text
 * as for one that doesn't exist; only of a case that everybody can read on the web it is said where. The citizen's words are never repeated: phones
 * are shared, and numbers pass on to others. */
#include "smsc/tracking.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"
#include "smsc/abuse.h"
#include "smsc/life.h"
#include "smsc/lookup.h"
#include "smsc/notice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 3, LAST4_SEARCHED = 50 };
#define LIST_LIFE (72 * CLOCK_HOUR)

static const char *const state_texts[CASE_STATE_COUNT][2] = {
    [CASE_DRAFT] = {"cho xac nhan", "chờ xác nhận"},
    [CASE_RECEIVED] = {"da nhan", "đã nhận"},
    [CASE_NEED_INFO] = {"cho bo sung", "chờ bổ sung"},
    [CASE_IN_PROCESS] = {"dang xu ly", "đang xử lý"},
    [CASE_RESULT_READY] = {"sap co ket qua", "sắp có kết quả"},
    [CASE_PUBLISHED] = {"co ket qua", "có kết quả"},
    [CASE_REJOINDER] = {"dang xem xet lai", "đang xem xét lại"},
    [CASE_REFUSED] = {"da ket thuc", "đã kết thúc"},
    [CASE_NOTED_CLOSED] = {"da ket thuc", "đã kết thúc"},
    [CASE_CLOSED] = {"da ket thuc", "đã kết thúc"},
};

bool tracking_has_limit(const struct pakn_case *c) {
    return c->due_day != 0 && (c->state == CASE_RECEIVED || c->state == CASE_IN_PROCESS || c->state == CASE_REJOINDER);
}

/* ---- finding ---- */

struct search {
    int32_t last4;
    int32_t codes[LISTED];
    size_t count;
    int32_t found;
};

static void collect(void *context, const struct pakn_case *c) {
    struct search *search = context;
    if (search->count < LISTED)
        search->codes[search->count++] = c->code;
}

static void match_last4(void *context, const struct pakn_case *c) {
    struct search *search = context;
    if (!search->found && c->code % 10000 == search->last4)
        search->found = c->code;
}

/* The codes that the last list showed; without one, those it would show now. */
static enum err listed_codes(struct turn *t, struct search *search) {
    struct dialogue list = {0};
    enum err e = dialogue_newest(t->s->store, t->who->id, DIALOGUE_LIST, t->now, &list);
    if (e == ERR_NOT_FOUND)
        return case_list_of(t->s->store, t->who->id, true, LISTED, collect, search);
    if (e != ERR_OK)
        return e;
    for (char *at = list.data; at && *at && search->count < LISTED; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        search->codes[search->count++] = (int32_t)strtol(at, NULL, 10);
    dialogue_release(&list);
    return ERR_OK;
}

static enum err find_code(struct turn *t, int32_t *ret_code) {
    struct search search = {.last4 = t->parsed.code};
    enum err e = ERR_OK;
    if (t->parsed.code_form == CODE_FORM_INDEX) {
        e = listed_codes(t, &search);
        size_t index = (size_t)t->parsed.code - 1;
        search.found = e == ERR_OK && index < search.count ? search.codes[index] : 0;
    } else if (t->parsed.code_form == CODE_FORM_LAST4) {
        e = case_list_of(t->s->store, t->who->id, true, LAST4_SEARCHED, match_last4, &search);
        if (e == ERR_OK && !search.found)
            e = case_list_of(t->s->store, t->who->id, false, LAST4_SEARCHED, match_last4, &search);
    } else if (centre_own_province(t->s, t->parsed.province)) {
        search.found = t->parsed.code;
    }
    if (e == ERR_OK && !search.found)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        *ret_code = search.found;
    return e;
}

/* ROLE_COUNT: it's none of the sender's. */
static enum err role_in(struct turn *t, const struct pakn_case *c, enum case_role *ret_role) {
    struct case_life life = {0};
    *ret_role = c->subscriber_id == t->who->id ? ROLE_CITIZEN : ROLE_COUNT;
    if (*ret_role == ROLE_CITIZEN || c->code == 0)
        return ERR_OK;
    enum err e = life_get(t->s->store, c->id, &life);
    if (e == ERR_OK && life.represented_id == t->who->id && life.consent == CONSENT_YES)
        *ret_role = ROLE_REPRESENTED;
    life_release(&life);
    return e;
}

static enum err find_any(struct turn *t, struct pakn_case *ret_case, enum case_role *ret_role) {
    int32_t code = 0;
    struct pakn_case c = {0};
    enum err e = find_code(t, &code);
    if (e == ERR_OK)
        e = case_by_code(t->s->store, code, &c);
    if (e == ERR_OK)
        e = role_in(t, &c, ret_role);
    if (e == ERR_OK)
        *ret_case = c;
    else
        case_release(&c);
    return e;
}

enum err tracking_find(struct turn *t, struct pakn_case *ret_case) {
    enum case_role role = ROLE_COUNT;
    enum err e = find_any(t, ret_case, &role);
    if (e == ERR_OK && role != ROLE_CITIZEN) {
        case_release(ret_case);
        e = ERR_NOT_FOUND;
    }
    return e;
}

enum err tracking_find_as(struct turn *t, struct pakn_case *ret_case, enum case_role *ret_role) {
    enum err e = find_any(t, ret_case, ret_role);
    if (e == ERR_OK && *ret_role == ROLE_COUNT) {
        case_release(ret_case);
        e = ERR_NOT_FOUND;
    }
    return e;
}

/* What is said about a code that is none of the sender's: the same for one that doesn't exist, one of another phone or province, and one that is kept
 * secret. */
static enum err tell_wrong_code(struct turn *t, enum template_id template, const char *typed) {
    struct template_values values = {.of = {[VARIABLE_TYPED] = typed}};
    bool answer = true;
    enum err e = abuse_wrong_code(t, &answer);
    return e == ERR_OK && answer ? turn_reply(t, template, &values, 0) : e;
}

const char *tracking_state_text(enum case_state state, bool accented) {
    return state_texts[state][accented];
}

enum err tracking_not_found(struct turn *t) {
    char typed[PARSED_DIGITS_MAX + 1];
    if (t->parsed.code_form == CODE_FORM_FULL && !centre_own_province(t->s, t->parsed.province))
        snprintf(typed, sizeof typed, "%02d-%09d", t->parsed.province, (int)t->parsed.code);
    else if (t->parsed.code_form == CODE_FORM_FULL)
        case_code_text(t->parsed.code, typed);
    else
        snprintf(typed, sizeof typed, t->parsed.code_form == CODE_FORM_LAST4 ? "%04d" : "%d", (int)(t->parsed.code % 10000));
    if (t->parsed.code_form == CODE_FORM_FULL)
        return tell_wrong_code(t, TEMPLATE_NOTFOUND, typed);
    struct template_values values = {.of = {[VARIABLE_TYPED] = typed}};
    return turn_reply(t, TEMPLATE_NOTFOUND, &values, 0); /* an index or the last digits are looked for among the sender's own only */
}

enum err tracking_bad_code(struct turn *t) {
    return tell_wrong_code(t, TEMPLATE_BADCODE, t->parsed.digits);
}

/* ---- one case ---- */

static enum err tell_state(struct turn *t, const struct pakn_case *c, const struct case_life *life) {
    char code[CASE_CODE_SIZE];
    struct str time, date, agency;
    bool accents = t->who->accents;
    case_code_text(c->code, code);
    str_init(&time, 64);
    str_init(&date, 64);
    str_init(&agency, 256);
    notice_moment(c->submitted_at, accents, &time);
    notice_date(c->due_day, accents, &date);
    enum err e = notice_agency(t->s, life->unit_id ? life->unit_id : life->agency_id, accents, &agency);
    if (e == ERR_OK) {
        struct template_values values = {.of = {
                                             [VARIABLE_CODE] = code,
                                             [VARIABLE_TIME] = time.data,
                                             [VARIABLE_DATE] = date.data,
                                             [VARIABLE_STATE] = state_texts[c->state][accents],
                                             [VARIABLE_AGENCY] = agency.data,
                                         }};
        e = turn_reply(t, case_state_ended(c->state) ? TEMPLATE_ENDED : TEMPLATE_TRACK, &values, c->id);
    }
    str_release(&time);
    str_release(&date);
    str_release(&agency);
    return e;
}

/* ---- results ---- */

static enum err tell_page(struct turn *t, const struct pakn_case *c, const struct answer *a) {
    char code[CASE_CODE_SIZE], number[16];
    int pages = 0;
    case_code_text(c->code, code);
    struct reply reply = {
        .template = a->kind == ANSWER_RECONSIDERED ? TEMPLATE_RECONSIDERED : TEMPLATE_RESULT,
        .values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_ANSWER] = a->text}},
        .page = t->parsed.page,
        .link = t->message->link,
        .case_id = c->id,
        .message_id = t->message->id,
    };
    enum err e = compose_reply(t->s, t->who, &reply, t->now);
    if (e != ERR_NOT_FOUND)
        return e;
    e = compose_pages(t->s, &reply, t->who->accents, &pages);
    snprintf(number, sizeof number, "%d", pages);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_PAGES] = number}};
    return e == ERR_OK ? turn_reply(t, TEMPLATE_NOPAGE, &values, c->id) : e;
}

/* Decision 115/2025 art. 14.4: an SMS can't carry a signature; whoever asks can hold this against the document. */
static enum err tell_document(struct turn *t, const struct pakn_case *c, const struct document_ref *d) {
    char code[CASE_CODE_SIZE], hash[DOCUMENT_SHORT_HASH + 1];
    case_code_text(c->code, code);
    snprintf(hash, sizeof hash, "%.*s", DOCUMENT_SHORT_HASH, d->sha256);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_DOCUMENT] = d->number, [VARIABLE_HASH] = hash}};
    return turn_reply(t, TEMPLATE_DOCUMENT, &values, c->id);
}

static enum err tell_tail(struct turn *t, const struct pakn_case *c) {
    struct case_life life = {0};
    struct str date;
    char code[CASE_CODE_SIZE];
    enum err e = life_get(t->s->store, c->id, &life); /* anew: the day may have become a later one */
    if (e != ERR_OK)
        return e;
    case_code_text(c->code, code);
    str_init(&date, 64);
    notice_date(life.rejoinder_until, t->who->accents, &date);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_DATE] = date.data}};
    e = turn_reply(t, TEMPLATE_RESULTTAIL, &values, c->id);
    str_release(&date);
    life_release(&life);
    return e;
}

/* They read it here first if it didn't reach them, and then learn until when they may disagree. */
static enum err tell_result(struct turn *t, struct pakn_case *c, const struct case_life *life, const struct answer *a, enum case_role role) {
    bool first = role == ROLE_CITIZEN && c->state == CASE_PUBLISHED && life->delivered_at == 0;
    enum err e = tell_page(t, c, a);
    if (e == ERR_OK && *a->document.number && t->parsed.page <= 1)
        e = tell_document(t, c, &a->document);
    if (e == ERR_OK && first)
        e = life_result_seen(t->s, c, t->now);
    if (e == ERR_OK && first)
        e = tell_tail(t, c);
    return e == ERR_OK && c->state == CASE_CLOSED && t->parsed.page == 0 ? tell_state(t, c, life) : e;
}

/* Whether the state itself is to be told by what was answered: while it stands, and afterwards for as long as they ask. */
static bool shows_result(const struct turn *t, const struct pakn_case *c) {
    return c->state == CASE_PUBLISHED || c->state == CASE_CLOSED || (c->state == CASE_REJOINDER && t->parsed.page > 0);
}

static enum err tell_case(struct turn *t, struct pakn_case *c, enum case_role role) {
    struct case_life life = {0};
    struct answer a = {0};
    t->case_id = c->id;
    enum err e = life_get(t->s->store, c->id, &life);
    if (e == ERR_OK && shows_result(t, c))
        e = answer_newest(t->s->store, c->id, false, &a);
    if (e == ERR_OK && a.text)
        e = tell_result(t, c, &life, &a, role);
    else if (e == ERR_OK || e == ERR_NOT_FOUND)
        e = tell_state(t, c, &life);
    answer_release(&a);
    life_release(&life);
    return e;
}

/* Whether everybody may know that it has a result. */
static bool is_public(const struct pakn_case *c, const struct case_life *life) {
    bool published = c->state == CASE_PUBLISHED || c->state == CASE_REJOINDER || c->state == CASE_CLOSED;
    return published && life->published_at && !(c->flags & (CASE_CONFIDENTIAL | CASE_PROTECTED));
}

static enum err tell_stranger(struct turn *t, const struct pakn_case *c) {
    struct case_life life = {0};
    char code[CASE_CODE_SIZE];
    const char *site = t->s->settings.site;
    enum err e = life_get(t->s->store, c->id, &life);
    if (e != ERR_OK)
        return e;
    bool told = site && *site && is_public(c, &life);
    life_release(&life);
    case_code_text(c->code, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code, [VARIABLE_SITE] = site}};
    return told ? turn_reply(t, TEMPLATE_ELSEWHERE, &values, 0) : tracking_not_found(t);
}

/* ---- the list ---- */

struct list {
    struct pakn_case of[LISTED]; /* no texts */
    size_t count;
};

static void add_to_list(void *context, const struct pakn_case *c) {
    struct list *list = context;
    if (list->count < LISTED)
        list->of[list->count++] = (struct pakn_case){.id = c->id, .code = c->code, .state = c->state, .due_day = c->due_day};
}

/* `dated`: how many of the lines get their date. */
static void write_items(const struct list *list, bool accents, size_t dated, struct str *to) {
    str_clear(to);
    for (size_t i = 0; i < list->count; i++) {
        const struct pakn_case *c = &list->of[i];
        char code[CASE_CODE_SIZE], date[COMPOSE_DATE_SIZE];
        case_code_text(c->code, code);
        compose_short_date(c->due_day, date);
        str_addf(to, "%s%zu) %s %s", i ? " " : "", i + 1, code, state_texts[c->state][accents]);
        if (i < dated && tracking_has_limit(c))
            str_addf(to, accents ? ", hạn %s" : ", han %s", date);
        str_add_char(to, '.');
    }
}

/* The lines with as many dates as one segment of the unaccented form has room for; both forms say the same. */
static void fit_items(const struct turn *t, const struct list *list, struct str *to) {
    size_t room = compose_room(t->s, TEMPLATE_LIST), dated = list->count;
    write_items(list, false, dated, to);
    while (dated > 0 && to->len > room)
        write_items(list, false, --dated, to);
    if (t->who->accents)
        write_items(list, true, dated, to);
}

static enum err remember_list(struct turn *t, const struct list *list) {
    char codes[LISTED * CASE_CODE_SIZE + 1] = "";
    for (size_t i = 0, used = 0; i < list->count; i++, used = strlen(codes))
        snprintf(codes + used, sizeof codes - used, "%s%09d", i ? "," : "", (int)list->of[i].code);
    struct dialogue d = {.subscriber_id = t->who->id, .kind = DIALOGUE_LIST, .opened_at = t->now, .expires_at = t->now + LIST_LIFE, .data = codes};
    int64_t id = 0;
    centre_timer(t->s, d.expires_at);
    return dialogue_open(t->s->store, &d, &id);
}

enum err tracking_list(struct turn *t) {
    struct list list = {0};
    enum err e = case_list_of(t->s->store, t->who->id, true, LISTED, add_to_list, &list);
    if (e != ERR_OK)
        return e;
    if (list.count == 0)
        return turn_reply(t, TEMPLATE_HELP, NULL, 0);
    e = remember_list(t, &list);
    if (e != ERR_OK)
        return e;
    struct str items;
    str_init(&items, 1024);
    fit_items(t, &list, &items);
    struct template_values values = {.of = {[VARIABLE_ITEMS] = items.data}};
    e = turn_reply(t, TEMPLATE_LIST, &values, 0);
    str_release(&items);
    return e;
}

enum err tracking_answer(struct turn *t) {
    struct pakn_case c = {0};
    if (t->parsed.code_form == CODE_FORM_NONE)
        return tracking_list(t);
    enum case_role role = ROLE_COUNT;
    enum err e = find_any(t, &c, &role);
    if (e == ERR_NOT_FOUND) {
        bool taken = false;
        e = lookup_ask(t, &taken);
        return e == ERR_OK && !taken ? tracking_not_found(t) : e;
    }
    if (e == ERR_OK)
        e = role == ROLE_COUNT ? tell_stranger(t, &c) : tell_case(t, &c, role);
    case_release(&c);
    return e;
}
