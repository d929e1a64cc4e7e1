/* A phone sees only the cases it sent; for a code of another phone the answer is the same text as for one that doesn't exist. Content is never
 * repeated: phones are shared, and numbers pass on to others. */
#include "smsc/tracking.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"
#include "smsc/abuse.h"

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

/* Who has a case that no agency was given yet: the provincial service centre receives all (Decision 115/2025 art. 9). */
static const char *const receiving_agency[2] = {"TT Phuc vu hanh chinh cong", "TT Phục vụ hành chính công"};

static bool has_limit(const struct pakn_case *c) {
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
    } else {
        search.found = t->parsed.code;
    }
    if (e == ERR_OK && !search.found)
        e = ERR_NOT_FOUND;
    if (e == ERR_OK)
        *ret_code = search.found;
    return e;
}

enum err tracking_find(struct turn *t, struct pakn_case *ret_case) {
    int32_t code = 0;
    struct pakn_case c = {0};
    enum err e = find_code(t, &code);
    if (e == ERR_OK)
        e = case_by_code(t->s->store, code, &c);
    if (e == ERR_OK && c.subscriber_id != t->who->id) {
        case_release(&c);
        e = ERR_NOT_FOUND;
    }
    if (e == ERR_OK)
        *ret_case = c;
    return e;
}

/* What is said about a code that is none of the sender's: the same for one that doesn't exist, one of another phone, and one that is kept secret. */
static enum err tell_wrong_code(struct turn *t, enum template_id template, const char *typed) {
    struct template_values values = {.of = {[VARIABLE_TYPED] = typed}};
    bool answer = true;
    enum err e = abuse_wrong_code(t, &answer);
    return e == ERR_OK && answer ? turn_reply(t, template, &values, 0) : e;
}

enum err tracking_not_found(struct turn *t) {
    char typed[PARSED_DIGITS_MAX + 1];
    if (t->parsed.code_form == CODE_FORM_FULL)
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

static enum err tell_state(struct turn *t, const struct pakn_case *c) {
    char code[CASE_CODE_SIZE], time[COMPOSE_DATE_SIZE], date[COMPOSE_DATE_SIZE];
    bool accents = t->who->accents;
    case_code_text(c->code, code);
    compose_time(c->submitted_at, time);
    compose_date(c->due_day, date);
    struct template_values values = {.of = {
                                         [VARIABLE_CODE] = code,
                                         [VARIABLE_TIME] = time,
                                         [VARIABLE_DATE] = date,
                                         [VARIABLE_STATE] = state_texts[c->state][accents],
                                         [VARIABLE_AGENCY] = receiving_agency[accents],
                                     }};
    t->case_id = c->id;
    return turn_reply(t, case_state_ended(c->state) ? TEMPLATE_ENDED : TEMPLATE_TRACK, &values, c->id);
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
        if (i < dated && has_limit(c))
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

static enum err tell_list(struct turn *t) {
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
        return tell_list(t);
    enum err e = tracking_find(t, &c);
    if (e == ERR_NOT_FOUND)
        return tracking_not_found(t);
    if (e != ERR_OK)
        return e;
    e = tell_state(t, &c);
    case_release(&c);
    return e;
}
