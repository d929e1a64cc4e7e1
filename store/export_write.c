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
    json_put_time(&l->w, "at", event->at);
    json_put_text(&l->w, "type", event->type);
    json_put_text(&l->w, "actor", event->actor);
    json_put_raw(&l->w, "data", event->data && *event->data ? event->data : "null");
    l->counts.texts += event->data != NULL;
    l->failed = end(l);
}

struct words { /* a line about what somebody wrote, or was written */
    const char *kind, *at_key, *name_key, *name, *text;
    int64_t id, at; /* id 0: none is shown */
    int32_t code; /* of its case; 0: none */
};

static enum err write_words(struct lines *l, const struct words *words) {
    char code[CASE_CODE_SIZE];
    case_code_text(words->code, code);
    begin(l, words->kind);
    if (words->id)
        json_put_int(&l->w, "id", words->id);
    json_put_time(&l->w, words->at_key, words->at);
    json_put_text(&l->w, words->name_key, words->name);
    json_put_text(&l->w, "case", words->code ? code : NULL);
    json_put_text(&l->w, "text", words->text);
    l->counts.texts += words->text != NULL;
    return end(l);
}

static enum err code_of(struct lines *l, int64_t case_id, int32_t *ret_code) {
    *ret_code = 0;
    return case_id ? case_code_of(l->store, case_id, ret_code) : ERR_OK;
}

static enum err write_message(struct lines *l, int64_t id) {
    struct message m;
    enum err e = message_get(l->store, id, &m);
    if (e != ERR_OK)
        return e;
    struct words words = {.kind = "message", .id = m.id, .at_key = "arrived", .at = m.arrived_at, .name_key = "verb", .name = m.verb, .text = m.text};
    e = code_of(l, m.case_id, &words.code);
    if (e == ERR_OK)
        e = write_words(l, &words);
    message_release(&m);
    return e;
}

static enum err write_text(struct lines *l, int64_t id) {
    struct outbound o;
    enum err e = outbound_get(l->store, id, &o);
    if (e != ERR_OK)
        return e;
    struct words words = {
        .kind = "text", .id = o.id, .at_key = "created", .at = o.created_at, .name_key = "template", .name = o.template_name, .text = o.text};
    e = code_of(l, o.case_id, &words.code);
    if (e == ERR_OK)
        e = write_words(l, &words);
    outbound_release(&o);
    return e;
}

static enum err write_case_row(struct lines *l, int64_t id) {
    struct pakn_case c;
    enum err e = case_get(l->store, id, &c);
    if (e != ERR_OK)
        return e;
    struct words words = {.kind = "case",
                          .at_key = "submitted",
                          .at = c.submitted_at,
                          .name_key = "state",
                          .name = case_state_name(c.state),
                          .text = c.text,
                          .code = c.code};
    e = write_words(l, &words);
    case_release(&c);
    if (e == ERR_OK)
        e = case_event_list(l->store, id, write_event, l);
    return e == ERR_OK ? l->failed : e;
}

/* The rows that a statement gives one after the other: ?1 is the row before, ?2 whose they are (0: anybody's), ?3 and ?4 the time, if it has them. */
struct rows {
    enum statement next;
    int64_t of, from, until;
};
typedef enum err write_row(struct lines *l, int64_t id);

static enum err write_rows(struct lines *l, const struct rows *rows, write_row *write) {
    for (int64_t id = 0;;) {
        sqlite3_stmt *q = statement(l->store, rows->next);
        bind_int(q, 1, id);
        bind_int(q, 2, rows->of);
        if (rows->until) {
            bind_int(q, 3, rows->from);
            bind_int(q, 4, rows->until);
        }
        enum err e = statement_value(l->store, q, &id);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
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
        e = write_rows(l, &(struct rows){S_MESSAGE_NEXT_OF_CASE, id, 0, 0}, write_message);
    return e == ERR_OK ? write_rows(l, &(struct rows){S_OUTBOUND_ID_OF_CASE, id, 0, 0}, write_text) : e;
}

static enum err write_sender(struct lines *l, int64_t id) {
    enum err e = write_person(l, id);
    if (e == ERR_OK)
        e = write_rows(l, &(struct rows){S_EXPORT_CASE_NEXT, id, INT64_MIN, INT64_MAX}, write_case_row);
    if (e == ERR_OK)
        e = write_rows(l, &(struct rows){S_EXPORT_MESSAGE_NEXT, id, 0, 0}, write_message);
    return e == ERR_OK ? write_rows(l, &(struct rows){S_EXPORT_TEXT_NEXT, id, 0, 0}, write_text) : e;
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
        e = write_rows(&l, &(struct rows){S_EXPORT_CASE_NEXT, 0, calendar_end_of_day(r->from_day - 1), calendar_end_of_day(r->to_day)}, write_case);
        break;
    }
    *ret_counts = l.counts;
    return e;
}
