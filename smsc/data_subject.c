/* A second request of the kind, while one is open, is that one: the same date is told. Days for what is to be done are calendar days: the Decree says
 * "working" only of the answer, and the shorter reading is never late. */
#include "smsc/data_subject.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "store/data_request.h"
#include "store/outbox.h"
#include "store/privacy.h"

#include <stdlib.h>
#include <string.h>

enum { DATA_MAX = 512, REASON_MAX = 1000, CASES_MAX = 10000 };

static const char *const kind_names[] = {[DATA_REQUEST_ACCESS] = "access", [DATA_REQUEST_ERASE] = "erase"};

static enum err push(struct turn *t, const struct data_request *r) {
    struct json_writer w;
    struct str data;
    str_init(&data, DATA_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "phone", t->who->phone.text);
    json_put_text(&w, "request", kind_names[r->kind]);
    json_put_int(&w, "number", r->id);
    json_put_day(&w, "due", r->due_day);
    json_put_int(&w, "message", t->message->id);
    json_close_object(&w);
    enum err e = outbox_add(t->s->store, 0, "vn.pakn.datasubject.requested", NULL, t->now, &data);
    str_release(&data);
    return e;
}

static enum err open_request(struct turn *t, struct data_request *r) {
    r->subscriber_id = t->who->id;
    r->at = t->now;
    enum err e = calendar_due(t->s->calendar, t->now, DATA_REQUEST_ANSWER_DAYS, &r->due_day);
    r->act_day = clock_vietnam_day(t->now) + (r->kind == DATA_REQUEST_ERASE ? DATA_REQUEST_ERASE_DAYS : DATA_REQUEST_ACCESS_DAYS);
    if (r->act_day < r->due_day) /* Tết: nothing is to be done before it's answered */
        r->act_day = r->due_day;
    if (e == ERR_OK)
        e = data_request_insert(t->s->store, r, &r->id);
    return e == ERR_OK ? push(t, r) : e;
}

enum err data_subject_request(struct turn *t) {
    bool erase = t->parsed.verb == VERB_DATA_ERASE;
    struct data_request r = {.kind = erase ? DATA_REQUEST_ERASE : DATA_REQUEST_ACCESS};
    char time[COMPOSE_DATE_SIZE], date[COMPOSE_DATE_SIZE];
    enum err e = data_request_open(t->s->store, t->who->id, r.kind, &r);
    if (e == ERR_NOT_FOUND)
        e = open_request(t, &r);
    if (e != ERR_OK)
        return e;
    compose_time(r.at, time);
    compose_date(r.due_day, date);
    struct template_values values = {.of = {[VARIABLE_TIME] = time, [VARIABLE_DATE] = date}};
    return turn_reply(t, erase ? TEMPLATE_DATA_ERASE_ACK : TEMPLATE_DATA_ACK, &values, 0);
}

/* ---- what a person does with it ---- */

static enum err open_one(struct smsc *s, int64_t id, struct data_request *ret_request) {
    enum err e = data_request_get(s->store, id, ret_request);
    return e == ERR_OK && ret_request->done_at ? ERR_NOT_FOUND : e;
}

enum done { ANSWERED, EXTENDED, RESTRICTED, DONE };
static const struct {
    const char *type, *up;
} events[] = {
    [ANSWERED] = {"data_request.answered", "vn.pakn.datasubject.answered"},
    [EXTENDED] = {"data_request.extended", "vn.pakn.datasubject.extended"},
    [RESTRICTED] = {"data_request.restricted", "vn.pakn.datasubject.restricted"},
    [DONE] = {"data_request.done", "vn.pakn.datasubject.done"},
};

static enum err note(struct smsc *s, const struct data_request *r, enum done done, const char *actor, const char *reason, int64_t now) {
    struct privacy_note note = {.at = now, .type = events[done].type, .up = events[done].up, .actor = actor};
    struct json_writer w;
    struct str data;
    str_init(&data, DATA_MAX + 8 * REASON_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_int(&w, "number", r->id);
    json_put_text(&w, "by", actor);
    json_put_text(&w, "request", kind_names[r->kind]);
    json_put_day(&w, "act_by", r->act_day);
    if (reason)
        json_put_text(&w, "reason", reason);
    json_close_object(&w);
    enum err e = privacy_note(s->store, &note, &data);
    str_release(&data);
    return e;
}

enum err smsc_data_request_answer(struct smsc *s, int64_t id, const char *actor, int64_t now) {
    struct data_request r;
    enum err e = open_one(s, id, &r);
    if (e != ERR_OK || r.answered_at)
        return e;
    r.answered_at = now;
    e = data_request_update(s->store, &r, NULL);
    return e == ERR_OK ? note(s, &r, ANSWERED, actor, NULL, now) : e;
}

enum err smsc_data_request_done(struct smsc *s, int64_t id, const char *actor, int64_t now) {
    struct data_request r;
    enum err e = open_one(s, id, &r);
    if (e != ERR_OK)
        return e;
    r.answered_at = r.answered_at ? r.answered_at : now;
    r.done_at = now;
    e = data_request_update(s->store, &r, NULL);
    return e == ERR_OK ? note(s, &r, DONE, actor, NULL, now) : e;
}

static bool good_reason(const char *reason, struct str *problem) {
    size_t len = reason ? strlen(reason) : 0;
    if (len > 0 && len <= REASON_MAX && text_valid(reason, len) && text_letters(reason) > 0)
        return true;
    str_addf(problem, "reason: a sentence is needed, of at most %d octets", REASON_MAX);
    return false;
}

enum err smsc_data_request_extend(struct smsc *s, int64_t id, const char *reason, int32_t until, const char *actor, int64_t now, struct str *problem,
                                  int32_t *ret_day) {
    struct data_request r;
    if (!good_reason(reason, problem))
        return ERR_INVALID;
    enum err e = open_one(s, id, &r);
    if (e != ERR_OK)
        return e;
    if (r.extended_at) {
        str_add(problem, "that request was extended already: once is all that the Decree allows");
        return ERR_CONFLICT;
    }
    if (until && (until <= r.act_day || until > r.act_day + DATA_REQUEST_EXTENSION_DAYS)) {
        str_addf(problem, "until: from 1 to %d days after the day by which it's to be done now", DATA_REQUEST_EXTENSION_DAYS);
        return ERR_INVALID;
    }
    r.act_day = until ? until : r.act_day + DATA_REQUEST_EXTENSION_DAYS;
    r.extended_at = now;
    e = data_request_update(s->store, &r, reason);
    if (e == ERR_OK)
        e = note(s, &r, EXTENDED, actor, reason, now);
    if (e == ERR_OK)
        *ret_day = r.act_day;
    return e;
}

struct to_restrict {
    int64_t *ids;
    size_t count;
};

static void add_case(void *context, const struct pakn_case *c) {
    struct to_restrict *list = context;
    if (c->flags & CASE_CONFIDENTIAL)
        return;
    list->ids = mem_resize(list->ids, list->count + 1, sizeof *list->ids);
    list->ids[list->count++] = c->id;
}

/* As if the citizen had texted KIN about each of them: the one step of the table that hides content for its sender. */
static enum err restrict_cases(struct smsc *s, const struct data_request *r, const char *actor, const char *reason, int64_t now, int *ret_cases) {
    struct to_restrict list = {0};
    struct life_answer silent = {.silent = true};
    enum err e = case_list_of(s->store, r->subscriber_id, false, CASES_MAX, add_case, &list);
    for (size_t i = 0; i < list.count && e == ERR_OK; i++) {
        struct pakn_case c = {0};
        struct case_outcome outcome;
        struct case_step step = {.kind = STEP_CONFIDENTIAL, .role = ROLE_CITIZEN, .actor = actor, .text = reason};
        e = case_get(s->store, list.ids[i], &c);
        if (e == ERR_OK)
            e = life_step(s, &c, &step, &silent, now, NULL, &outcome);
        case_release(&c);
    }
    free(list.ids);
    *ret_cases = (int)list.count;
    return e;
}

static enum err tell_why(struct smsc *s, const struct data_request *r, const char *reason, int64_t now) {
    struct subscriber who = {0};
    struct reply text = {.template = TEMPLATE_DATA_RESTRICTED, .values = {.of = {[VARIABLE_REASON] = reason}}};
    enum err e = subscriber_by_id(s->store, r->subscriber_id, &who);
    if (e == ERR_OK)
        e = compose_reply(s, &who, &text, now);
    subscriber_release(&who);
    return e;
}

static bool reason_fits(const struct smsc *s, const char *reason, struct str *problem, enum err *ret_error) {
    size_t most = 0;
    *ret_error = smsc_text_fits(s, TEMPLATE_DATA_RESTRICTED, reason, &most);
    if (*ret_error == ERR_TOO_LONG)
        str_addf(problem, "the reason is too long: at most %zu characters fit the SMS that tells it", most);
    else if (*ret_error != ERR_OK)
        str_add(problem, "nothing of the reason can be sent by SMS");
    return *ret_error == ERR_OK;
}

enum err smsc_data_request_restrict(struct smsc *s, int64_t id, const char *reason, const char *actor, int64_t now, struct str *problem,
                                    int *ret_cases) {
    struct data_request r;
    enum err e;
    if (!good_reason(reason, problem))
        return ERR_INVALID;
    if (!reason_fits(s, reason, problem, &e))
        return e;
    e = open_one(s, id, &r);
    if (e == ERR_OK && r.kind != DATA_REQUEST_ERASE) {
        str_add(problem, "that request asks to see data, not to have it erased");
        e = ERR_CONFLICT;
    }
    if (e == ERR_OK)
        e = restrict_cases(s, &r, actor, reason, now, ret_cases);
    if (e == ERR_OK)
        e = tell_why(s, &r, reason, now);
    r.answered_at = r.answered_at ? r.answered_at : now;
    r.done_at = now;
    r.outcome = DATA_REQUEST_RESTRICTED;
    if (e == ERR_OK)
        e = data_request_update(s->store, &r, reason);
    return e == ERR_OK ? note(s, &r, RESTRICTED, actor, reason, now) : e;
}
