/* Events of uplink.h, written in the transaction of what they tell. */
#include "smsc/uplink.h"

#include "firmware-host/base/json.h"
#include "smsc/centre.h"
#include "store/case.h"
#include "store/outbox.h"
#include "store/reminder.h"

enum { DATA_MAX = 1024, SENDER_MAX = 4096 };

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
    e = outbox_add(s, o->case_id, texts[what].type, subject, now, &data);
    str_release(&data);
    return e;
}

enum err uplink_incident(struct store *s, const char *incident, bool over, int64_t now) {
    struct str data;
    struct json_writer w;
    str_init(&data, DATA_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "incident", incident);
    json_put_bool(&w, "over", over);
    json_close_object(&w);
    enum err e = outbox_add(s, 0, "vn.pakn.appliance.alarm", NULL, now, &data);
    str_release(&data);
    return e;
}

enum err uplink_sender(struct store *s, const struct uplink_sender *sender, int64_t now) {
    struct json_writer w;
    struct str data;
    str_init(&data, SENDER_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "phone", sender->phone->text);
    json_put_text(&w, "by", sender->by);
    if (sender->reason)
        json_put_text(&w, "reason", sender->reason);
    if (sender->until)
        json_put_time(&w, "until", sender->until);
    json_close_object(&w);
    enum err e = outbox_add(s, 0, sender->type, NULL, now, &data);
    str_release(&data);
    return e;
}

enum err uplink_away(struct smsc *s, int64_t *ret_from, int64_t *ret_until) {
    int64_t from = 0, until = 0;
    enum err e = store_number_get(s->store, STORE_CENTRAL_AWAY_FROM, &from);
    if (e == ERR_OK)
        e = store_number_get(s->store, STORE_CENTRAL_AWAY_UNTIL, &until);
    if (e != ERR_OK || from == 0 || !s->settings.central)
        return e == ERR_OK ? ERR_NOT_FOUND : e;
    *ret_from = from;
    *ret_until = until;
    return ERR_OK;
}

enum err smsc_central_away(struct smsc *s, int64_t since, int64_t now) {
    int64_t from = 0, until = 0;
    if (now < CASE_CLOCK_PLAUSIBLE)
        return ERR_OK;
    enum err e = uplink_away(s, &from, &until);
    if (e != ERR_OK && e != ERR_NOT_FOUND)
        return e;
    bool was_away = e == ERR_OK && until == 0;
    if (was_away == (since != 0))
        return ERR_OK;
    if (since == 0)
        return store_number_set(s->store, STORE_CENTRAL_AWAY_UNTIL, now);
    e = store_number_set(s->store, STORE_CENTRAL_AWAY_FROM, since);
    return e == ERR_OK ? store_number_set(s->store, STORE_CENTRAL_AWAY_UNTIL, 0) : e;
}
