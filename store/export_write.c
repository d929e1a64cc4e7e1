/* What an export holds: a JSON object a line. Rows are unsealed one by one; nothing is kept but the lines. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "store/export.h"
#include "store/message.h"
#include "store/outbound.h"
#include "store/statements.h"
#include "store/subscriber.h"

struct lines {
    struct store *store;
    int64_t most;
    struct str *to;
    struct export_counts counts;
    struct json_writer w; /* of the line that is written */
    enum err failed; /* in a callback */
};

static void begin(struct lines *l, const char *kind) {
    json_begin(&l->w, l->to);
    json_open_object(&l->w, NULL);
    json_put_text(&l->w, "kind", kind);
}

static enum err end(struct lines *l) {
    json_close_object(&l->w);
    str_add(l->to, "\n");
    return ++l->counts.rows <= l->most && str_ok(l->to) ? ERR_OK : ERR_TOO_LONG;
}

static void put_time(struct lines *l, const char *key, int64_t at) {
    char text[CLOCK_TEXT_SIZE];
    clock_iso(at, text);
    json_put_text(&l->w, key, text);
}

static void put_code(struct lines *l, int32_t code) {
    char text[CASE_CODE_SIZE];
    case_code_text(code, text);
    json_put_text(&l->w, "case", code ? text : NULL);
}

static void put_text(struct lines *l, const char *text) {
    l->counts.texts += text != NULL;
    json_put_text(&l->w, "text", text);
}

static void put_number(struct lines *l, const struct subscriber *who) {
    bool known = who->phone.kind != PHONE_NONE;
    l->counts.numbers += known;
    json_put_text(&l->w, "number", known ? who->phone.text : NULL);
}

static enum err write_person(struct lines *l, int64_t id) {
    struct subscriber who;
    enum err e = subscriber_by_id(l->store, id, &who);
    if (e != ERR_OK)
        return e;
    begin(l, "person");
    put_number(l, &who);
    json_put_text(&l->w, "name", who.name);
    subscriber_release(&who);
    return end(l);
}

static void write_event(void *context, const struct case_event *event) {
    struct lines *l = context;
    if (l->failed != ERR_OK)
        return;
    begin(l, "event");
    json_put_int(&l->w, "id", event->id);
    put_time(l, "at", event->at);
    json_put_text(&l->w, "type", event->type);
    json_put_text(&l->w, "actor", event->actor);
    json_put_raw(&l->w, "data", event->data && *event->data ? event->data : "null");
    l->counts.texts += event->data != NULL;
    l->failed = end(l);
}

static enum err code_of(struct lines *l, int64_t case_id, int32_t *ret_code) {
    sqlite3_stmt *q = statement(l->store, S_CASE_CODE_OF);
    bind_int(q, 1, case_id);
    enum err e = statement_row(l->store, q);
    *ret_code = 0;
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    *ret_code = (int32_t)column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

static enum err write_message(struct lines *l, int64_t id) {
    struct message m;
    int32_t code = 0;
    enum err e = message_get(l->store, id, &m);
    if (e != ERR_OK)
        return e;
    e = code_of(l, m.case_id, &code);
    begin(l, "message");
    json_put_int(&l->w, "id", m.id);
    put_time(l, "arrived", m.arrived_at);
    json_put_text(&l->w, "verb", m.verb);
    put_code(l, code);
    put_text(l, m.text);
    message_release(&m);
    return e == ERR_OK ? end(l) : e;
}

static enum err write_text(struct lines *l, int64_t id) {
    struct outbound o;
    int32_t code = 0;
    enum err e = outbound_get(l->store, id, &o);
    if (e != ERR_OK)
        return e;
    e = code_of(l, o.case_id, &code);
    begin(l, "text");
    json_put_int(&l->w, "id", o.id);
    put_time(l, "created", o.created_at);
    json_put_text(&l->w, "template", o.template_name);
    put_code(l, code);
    put_text(l, o.text);
    outbound_release(&o);
    return e == ERR_OK ? end(l) : e;
}

static enum err write_case_row(struct lines *l, int64_t id) {
    struct pakn_case c;
    enum err e = case_get(l->store, id, &c);
    if (e != ERR_OK)
        return e;
    begin(l, "case");
    put_code(l, c.code);
    json_put_text(&l->w, "state", case_state_name(c.state));
    put_time(l, "submitted", c.submitted_at);
    put_text(l, c.text);
    case_release(&c);
    e = end(l);
    if (e == ERR_OK)
        e = case_event_list(l->store, id, write_event, l);
    return e == ERR_OK ? l->failed : e;
}

/* The rows that a statement gives one after the other: ?1 and ?2, one of which is `of`, the other the row before. */
typedef enum err write_row(struct lines *l, int64_t id);
static enum err write_rows(struct lines *l, enum statement next, int64_t of, int at_of, write_row *write) {
    int64_t id = 0;
    for (;;) {
        sqlite3_stmt *q = statement(l->store, next);
        bind_int(q, at_of, of);
        bind_int(q, 3 - at_of, id);
        enum err e = statement_row(l->store, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        id = column_int(q, 0);
        statement_done(q);
        e = write(l, id);
        if (e != ERR_OK)
            return e;
    }
}

static enum err write_case(struct lines *l, int64_t id) {
    struct pakn_case c;
    enum err e = case_get(l->store, id, &c);
    if (e != ERR_OK)
        return e;
    e = c.subscriber_id ? write_person(l, c.subscriber_id) : ERR_OK;
    case_release(&c);
    if (e == ERR_OK)
        e = write_case_row(l, id);
    if (e == ERR_OK)
        e = write_rows(l, S_MESSAGE_NEXT_OF_CASE, id, 1, write_message);
    return e == ERR_OK ? write_rows(l, S_OUTBOUND_ID_OF_CASE, id, 1, write_text) : e;
}

static enum err write_cases(struct lines *l, int64_t person, int64_t from, int64_t until, write_row *write) {
    int64_t id = 0;
    for (;;) {
        sqlite3_stmt *q = statement(l->store, S_EXPORT_CASE_NEXT);
        bind_int(q, 1, id);
        bind_int(q, 2, person);
        bind_int(q, 3, from);
        bind_int(q, 4, until);
        enum err e = statement_row(l->store, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        id = column_int(q, 0);
        statement_done(q);
        e = write(l, id);
        if (e != ERR_OK)
            return e;
    }
}

static enum err write_sender(struct lines *l, int64_t id) {
    enum err e = write_person(l, id);
    if (e == ERR_OK)
        e = write_cases(l, id, INT64_MIN, INT64_MAX, write_case_row);
    if (e == ERR_OK)
        e = write_rows(l, S_EXPORT_MESSAGE_NEXT, id, 2, write_message);
    return e == ERR_OK ? write_rows(l, S_EXPORT_TEXT_NEXT, id, 2, write_text) : e;
}

enum err export_write(struct store *s, const struct export_request *r, int64_t most, struct str *to, struct export_counts *ret_counts) {
    struct lines l = {.store = s, .most = most, .to = to};
    enum err e = ERR_INVALID;
    switch (r->scope) {
    case EXPORT_CASE:
        e = write_case(&l, r->case_id);
        break;
    case EXPORT_SENDER:
        e = write_sender(&l, r->subscriber_id);
        break;
    case EXPORT_PERIOD:
        e = write_cases(&l, 0, calendar_end_of_day(r->from_day - 1), calendar_end_of_day(r->to_day), write_case);
        break;
    }
    *ret_counts = l.counts;
    return e;
}
