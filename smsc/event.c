/* The data of an event is frozen when it is written: what a case was then, not what it became. */
#include "smsc/event.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/json.h"
#include "smsc/centre.h"
#include "store/outbox.h"

#include <stdio.h>

enum event { EVENT_SUPPLEMENTED, EVENT_NAMED, EVENT_CONFIDENTIAL };

static const struct {
    const char *type, *pushed, *actor;
} events[] = {
    [EVENT_SUPPLEMENTED] = {"case.supplemented", "vn.pakn.case.supplemented", "citizen"},
    [EVENT_NAMED] = {"case.named", "vn.pakn.case.supplemented", "citizen"},
    [EVENT_CONFIDENTIAL] = {"case.confidentiality-requested", "vn.pakn.case.confidentiality-requested", "citizen"},
};

enum { DATA_MAX = 512 * 1024 };

/* Every event begins with whose it is; `id` is unique in the whole country. */
static void begin(struct json_writer *w, struct str *data, const struct smsc *s, const struct pakn_case *c) {
    char code[CASE_CODE_SIZE], id[64];
    case_code_text(c->code, code);
    snprintf(id, sizeof id, "%s-%s", s->settings.province, code);
    str_init(data, DATA_MAX);
    json_begin(w, data);
    json_open_object(w, NULL);
    json_put_text(w, "code", code);
    json_put_text(w, "id", id);
}

static enum err finish(struct json_writer *w, struct str *data, struct smsc *s, const struct pakn_case *c, enum event event, int64_t now) {
    char code[CASE_CODE_SIZE];
    int64_t sequence = 0;
    json_close_object(w);
    case_code_text(c->code, code);
    enum err e = str_ok(data) ? ERR_OK : ERR_TOO_LONG;
    if (e == ERR_OK)
        e = case_event_insert(s->store, c->id, now, events[event].type, events[event].actor, data->data);
    crash_point("event.written");
    if (e == ERR_OK)
        e = outbox_add(s->store, c->id, events[event].pushed, code, now, data->data, &sequence);
    crash_point("event.pushed");
    str_release(data);
    return e;
}

enum err event_supplemented(struct smsc *s, const struct pakn_case *c, int64_t message_id, int64_t now) {
    struct json_writer w;
    struct str data;
    begin(&w, &data, s, c);
    json_put_text(&w, "text", c->text);
    json_put_bool(&w, "incomplete", c->flags & CASE_INCOMPLETE);
    json_put_int(&w, "message", message_id);
    return finish(&w, &data, s, c, EVENT_SUPPLEMENTED, now);
}

enum err event_named(struct smsc *s, const struct pakn_case *c, const struct subscriber *who, int64_t now) {
    struct json_writer w;
    struct str data;
    begin(&w, &data, s, c);
    json_put_text(&w, "name", who->name);
    return finish(&w, &data, s, c, EVENT_NAMED, now);
}

enum err event_confidential(struct smsc *s, const struct pakn_case *c, int64_t now) {
    struct json_writer w;
    struct str data;
    begin(&w, &data, s, c);
    json_put_bool(&w, "confidential", true);
    return finish(&w, &data, s, c, EVENT_CONFIDENTIAL, now);
}
