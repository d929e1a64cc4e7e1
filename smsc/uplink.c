/* Events of uplink.h, written in the transaction of what they tell. */
#include "smsc/uplink.h"

#include "firmware-host/base/json.h"
#include "store/case.h"
#include "store/outbox.h"
#include "store/reminder.h"

enum { DATA_MAX = 1024 };

static const struct {
    const char *type;
    enum part_state least, other; /* in which all parts must be, one or the other; PART_QUEUED: whatever they are */
} texts[] = {
    [UPLINK_QUEUED] = {"vn.pakn.notice.queued", PART_QUEUED, PART_QUEUED},
    [UPLINK_SENT] = {"vn.pakn.notice.sent", PART_SUBMITTED, PART_DELIVERED},
    [UPLINK_RECEIVED] = {"vn.pakn.notice.received", PART_DELIVERED, PART_DELIVERED},
    [UPLINK_FAILED] = {"vn.pakn.notice.failed", PART_QUEUED, PART_QUEUED},
};

static enum err all_parts(struct store *s, const struct outbound *o, enum uplink_text what, bool *ret_all) {
    struct part part;
    enum err e = ERR_OK;
    *ret_all = true;
    for (int i = 1; i <= o->total && texts[what].least != PART_QUEUED && e == ERR_OK && *ret_all; i++) {
        e = part_get(s, o->id * 256 + i, &part);
        *ret_all = e == ERR_OK && (part.state == texts[what].least || part.state == texts[what].other);
    }
    return e;
}

enum err uplink_text(struct store *s, const struct smsc_settings *settings, const struct outbound *o, enum uplink_text what, int64_t now) {
    struct str data;
    struct json_writer w;
    char subject[CASE_CODE_SIZE];
    int32_t code = 0;
    int64_t sequence;
    bool all = false;
    if (!settings->central || !o->case_id)
        return ERR_OK;
    enum err e = all_parts(s, o, what, &all);
    if (e == ERR_OK && all)
        e = case_code_of(s, o->case_id, &code);
    if (e != ERR_OK || !all || !code)
        return e; /* a draft has no code yet, and the store doesn't know of it */
    case_code_text(code, subject);
    str_init(&data, DATA_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "code", subject);
    json_put_int(&w, "text", o->id);
    json_put_text(&w, "template", o->template_name);
    json_put_text(&w, "class", outbound_class_name(o->class));
    json_put_int(&w, "parts", o->total);
    json_close_object(&w);
    e = str_ok(&data) ? outbox_add(s, o->case_id, texts[what].type, subject, now, data.data, &sequence) : ERR_TOO_LONG;
    str_release(&data);
    return e;
}

enum err uplink_incident(struct store *s, const char *incident, bool over, int64_t now) {
    struct str data;
    struct json_writer w;
    int64_t sequence;
    str_init(&data, DATA_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "incident", incident);
    json_put_bool(&w, "over", over);
    json_close_object(&w);
    enum err e = str_ok(&data) ? outbox_add(s, 0, "vn.pakn.appliance.alarm", NULL, now, data.data, &sequence) : ERR_TOO_LONG;
    str_release(&data);
    return e;
}
