/* Composes. The reference of a concatenation is a counter that survives (never the clock: two messages in one tick would share it). */
#include "smsc/compose.h"

#include "firmware-host/base/clean.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "smsc/centre.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 8192, WORD_SEARCH = 20 };

void compose_time(int64_t wall_ms, char out[COMPOSE_DATE_SIZE]) {
    struct civil c = civil_of(wall_ms);
    snprintf(out, COMPOSE_DATE_SIZE, "%02d:%02d %02d/%02d/%04d", c.hour, c.minute, c.day, c.month, c.year % 10000);
}

void compose_date(int32_t day, char out[COMPOSE_DATE_SIZE]) {
    int year, month, of_month;
    civil_from_day_number(day, &year, &month, &of_month);
    snprintf(out, COMPOSE_DATE_SIZE, "%02d/%02d/%04d", of_month, month, year % 10000);
}

void compose_short_date(int32_t day, char out[COMPOSE_DATE_SIZE]) {
    compose_date(day, out);
    out[5] = '\0';
}

void compose_quote(const char *text, bool accented, size_t room, struct str *to) {
    size_t start = to->len;
    clean_text(text, (struct clean_form){.accented = accented, .quoted = true}, to);
    if (to->len > start)
        str_truncate(to, start + sms_fit(to->data + start, accented ? SMS_UCS2 : SMS_GSM7, room, WORD_SEARCH));
}

enum err compose_text(struct smsc *s, const struct outbound *o, int64_t *ret_outbound) {
    struct sms_segment segments[COMPOSE_PARTS_MAX];
    struct part parts[COMPOSE_PARTS_MAX] = {0};
    struct outbound whole = *o;
    size_t count = 0;
    int64_t id = 0, reference = 0;
    enum err e = sms_split(o->text, o->encoding, false, true, segments, COMPOSE_PARTS_MAX, &count);
    if (e == ERR_OK && count > 1)
        e = store_number_next(s->store, STORE_CONCAT_REFERENCE, &reference);
    if (e != ERR_OK)
        return e;
    whole.reference = (int)(reference & 0xFF);
    whole.total = (int)count;
    for (size_t i = 0; i < count; i++)
        parts[i] = (struct part){
            .sequence = (int)i + 1, .offset = segments[i].offset, .len = segments[i].len, .state = PART_QUEUED, .next_at = o->not_before};
    e = queue_add(s->queue, &whole, parts, count, &id);
    if (e != ERR_OK)
        return e;
    crash_point("compose.queued");
    *ret_outbound = id;
    return ERR_OK;
}

size_t compose_room(const struct smsc *s, enum template_id id) {
    struct template_values settings = {.of = {[VARIABLE_PROVINCE] = s->settings.province_name, [VARIABLE_SHORTCODE] = s->settings.shortcode}};
    return template_room(id, &settings);
}

enum err compose_reply(struct smsc *s, const struct subscriber *to, const struct reply *reply, int64_t now) {
    struct template_values values = reply->values;
    int64_t begin = reply->not_before > now ? reply->not_before : now;
    struct str text;
    values.of[VARIABLE_PROVINCE] = to->accents ? s->settings.province_name_accented : s->settings.province_name;
    values.of[VARIABLE_SHORTCODE] = s->settings.shortcode;
    str_init(&text, TEXT_MAX);
    template_render(reply->template, to->accents, &values, &text);
    if (!str_ok(&text)) {
        str_release(&text);
        return ERR_TOO_LONG;
    }
    struct outbound o = {
        .subscriber_id = to->id,
        .template_name = (char *)(uintptr_t)template_name(reply->template),
        .text = text.data,
        .encoding = sms_encoding_for(text.data),
        .class = reply->class,
        .created_at = now,
        .not_before = begin,
        .expires_at = begin + (reply->class == OUTBOUND_REPLY ? s->settings.reply_validity : s->settings.notice_validity),
        .link = (char *)(uintptr_t)reply->link,
        .case_id = reply->case_id,
        .message_id = reply->message_id,
    };
    int64_t id = 0;
    enum err e = compose_text(s, &o, &id);
    str_release(&text);
    return e;
}
