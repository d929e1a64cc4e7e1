/* A second request of the kind, while one is open, is that one: the same date is told. */
#include "smsc/data_subject.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "store/data_request.h"
#include "store/outbox.h"

#include <stdio.h>

enum { ANSWER_DAYS = 2, DATA_MAX = 512 };

static const char *const kind_names[] = {[DATA_REQUEST_ACCESS] = "access", [DATA_REQUEST_ERASE] = "erase"};

static enum err push(struct turn *t, const struct data_request *r) {
    struct json_writer w;
    struct str data;
    int64_t sequence = 0;
    int year, month, day;
    char due[32];
    civil_from_day_number(r->due_day, &year, &month, &day);
    snprintf(due, sizeof due, "%04d-%02d-%02d", year, month, day);
    str_init(&data, DATA_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "phone", t->who->phone.text);
    json_put_text(&w, "request", kind_names[r->kind]);
    json_put_int(&w, "number", r->id);
    json_put_text(&w, "due", due);
    json_put_int(&w, "message", t->message->id);
    json_close_object(&w);
    enum err e = str_ok(&data) ? outbox_add(t->s->store, 0, "vn.pakn.datasubject.requested", NULL, t->now, data.data, &sequence) : ERR_TOO_LONG;
    str_release(&data);
    return e;
}

static enum err open_request(struct turn *t, struct data_request *r) {
    r->subscriber_id = t->who->id;
    r->at = t->now;
    enum err e = calendar_due(t->s->calendar, t->now, ANSWER_DAYS, &r->due_day);
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
