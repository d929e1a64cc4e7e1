/* What officers may text (Decision 115/2025 art. 10: they work in the system; a text message reminds, and takes a word back): OK <code>: read;
 * VIEC: my open work; HD: what I may text. Nothing is decided by it. A number that isn't in the directory today never comes here. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "smsc/code.h"
#include "smsc/grammar.h"
#include "smsc/officer_desk.h"
#include "store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 512, EVENT_MAX = 1024, TYPED_MOST = 12 };

struct asked { /* one message of an officer */
    struct smsc *s;
    const struct officer *o;
    const struct subscriber *who;
    const struct message *m;
    int64_t now;
    int32_t today;
};

static enum err answer(struct asked *a, enum template_id template, const struct template_values *values, int64_t case_id) {
    struct reply reply = {.template = template, .link = a->m->link, .case_id = case_id, .message_id = a->m->id};
    if (values)
        reply.values = *values;
    return compose_reply(a->s, a->who, &reply, a->now);
}

/* ---- VIEC ---- */

/* The last day that is over for officers: today after office hours, though in law it ends at 24:00 (Civil Code art. 148). */
static int32_t over_day(const struct asked *a) {
    struct civil c = civil_of(a->now);
    return c.hour * 60 + c.minute >= a->s->settings.due_time ? a->today : a->today - 1;
}

/* "QUA HAN 290177441; 482109304 han 24/11. Con 3 viec nua, xem tren he thong." */
static enum err list_words(struct asked *a, const struct work_list *list, struct str *items) {
    static const char more[] = ". Con 9999 viec nua, xem tren he thong.";
    size_t room = compose_room(a->s, TEMPLATE_O_LIST), i = 0;
    enum err e = ERR_OK;
    for (; i < list->count && e == ERR_OK; i++) {
        const struct work *w = &list->of[i];
        char code[CASE_CODE_SIZE], date[COMPOSE_DATE_SIZE], one[64];
        int32_t number = 0;
        e = case_code_of(a->s->store, w->case_id, &number);
        case_code_text(number, code);
        compose_short_date(w->due_day, date);
        if (w->missed || w->due_day <= over_day(a))
            snprintf(one, sizeof one, "%sQUA HAN %s", i ? "; " : "", code);
        else
            snprintf(one, sizeof one, "%s%s han %s", i ? "; " : "", code, date);
        if (items->len + strlen(one) + (i + 1 < list->count ? sizeof more : 1) > room)
            break;
        str_add(items, one);
    }
    str_add(items, ".");
    if (i < list->count)
        str_addf(items, " Con %zu viec nua, xem tren he thong.", list->count - i);
    return e;
}

static enum err act_list(struct asked *a) {
    struct work_list list;
    struct str items;
    enum err e = round_work_of(a->s, a->o, a->today, &list);
    if (e != ERR_OK)
        return e;
    str_init(&items, LIST_MAX);
    e = list_words(a, &list, &items);
    struct template_values values = {.of = {[VARIABLE_ITEMS] = items.data}};
    if (e == ERR_OK)
        e = list.count ? answer(a, TEMPLATE_O_LIST, &values, 0) : answer(a, TEMPLATE_O_NONE, NULL, 0);
    str_release(&items);
    free(list.of);
    return e;
}

/* ---- OK ---- */

static enum err tell_read(struct asked *a, int64_t case_id, const char *code) {
    struct json_writer w;
    struct str data;
    str_init(&data, EVENT_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "code", code);
    json_put_text(&w, "officer", a->o->key);
    json_close_object(&w);
    enum err e = outbox_add(a->s->store, case_id, "vn.pakn.reminder.read", code, a->now, &data);
    str_release(&data);
    return e;
}

static enum err in_work(struct asked *a, int64_t case_id, bool *ret_in) {
    struct work_list list;
    enum err e = round_work_of(a->s, a->o, a->today, &list);
    *ret_in = false;
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < list.count; i++)
        *ret_in = *ret_in || list.of[i].case_id == case_id;
    free(list.of);
    return ERR_OK;
}

static enum err not_yours(struct asked *a, const char *typed) {
    char shown[TYPED_MOST + 1];
    snprintf(shown, sizeof shown, "%.*s", TYPED_MOST, typed);
    struct template_values values = {.of = {[VARIABLE_TYPED] = shown}};
    return answer(a, TEMPLATE_O_NOTYOURS, &values, 0);
}

/* An answer the first time: it's known now that it was read. Again: silence. */
static enum err read_case(struct asked *a, const struct pakn_case *c) {
    char code[CASE_CODE_SIZE];
    bool first = true, mine = true;
    case_code_text(c->code, code);
    enum err e = reminder_read(a->s->store, a->o->id, c->id, a->now, &first);
    if (e == ERR_NOT_FOUND)
        e = in_work(a, c->id, &mine);
    if (e == ERR_OK && mine)
        e = life_read(a->s, c->id, a->o, a->now);
    if (e != ERR_OK || !first)
        return e;
    if (!mine)
        return not_yours(a, code);
    struct template_values values = {.of = {[VARIABLE_CODE] = code}};
    e = tell_read(a, c->id, code);
    return e == ERR_OK ? answer(a, TEMPLATE_O_READ, &values, c->id) : e;
}

static enum err act_read(struct asked *a, const struct officer_parsed *p, bool *ret_taken) {
    struct pakn_case c = {0};
    char code[CASE_CODE_SIZE];
    enum err e = centre_own_province(a->s, p->province) ? case_by_code(a->s->store, p->code, &c) : ERR_NOT_FOUND;
    if (e == ERR_OK && c.subscriber_id == a->who->id) { /* an officer is a citizen too: their own case */
        *ret_taken = false;
    } else if (e == ERR_OK) {
        e = read_case(a, &c);
    } else if (e == ERR_NOT_FOUND) {
        case_code_text(p->code, code);
        e = not_yours(a, code);
    }
    case_release(&c);
    return e;
}

enum err officer_message(struct smsc *s, const struct officer *o, struct subscriber *who, const struct message *m, int64_t now, bool *ret_taken) {
    struct asked a = {.s = s, .o = o, .who = who, .m = m, .now = now, .today = clock_vietnam_day(now)};
    struct officer_parsed p;
    grammar_parse_officer(m->text, &p);
    *ret_taken = p.verb != OFFICER_NONE;
    switch (p.verb) {
    case OFFICER_READ:
        if (p.has_code)
            return act_read(&a, &p, ret_taken);
        *ret_taken = false; /* a bare OK may answer a question of their own */
        return ERR_OK;
    case OFFICER_LIST:
        return act_list(&a);
    case OFFICER_HELP:
        return answer(&a, TEMPLATE_O_HELP, NULL, 0);
    case OFFICER_BADCODE:
        return not_yours(&a, p.digits);
    case OFFICER_NONE:
        break;
    }
    return ERR_OK;
}
