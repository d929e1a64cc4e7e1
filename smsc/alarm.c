/* Alarms to the operator on duty: smsc.h says what is promised. An incident that was told is a row, so that it's told once whatever is restarted;
 * the texts of a day are counted, so that what goes wrong over and over doesn't ring all day. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/centre.h"
#include "smsc/compose.h"
#include "smsc/uplink.h"
#include "store/subscriber.h"

static enum err count_today(struct smsc *s, int64_t now, int64_t *ret_count) {
    int64_t day = 0, count = 0;
    enum err e = store_number_get(s->store, STORE_ALARM_DAY, &day);
    if (e == ERR_OK && day == clock_vietnam_day(now))
        e = store_number_get(s->store, STORE_ALARM_COUNT, &count);
    if (e == ERR_OK)
        *ret_count = count;
    return e;
}

static enum err tell(struct smsc *s, const struct reply *text, int64_t now) {
    struct subscriber on_duty = {0};
    struct reply alarm = *text;
    alarm.class = OUTBOUND_ALARM;
    alarm.values.of[VARIABLE_APPLIANCE] = s->settings.appliance_id;
    enum err e = subscriber_get(s->store, &s->settings.operator_phone, &on_duty);
    if (e != ERR_OK)
        return e;
    on_duty.accents = false;
    e = compose_reply(s, &on_duty, &alarm, now);
    subscriber_release(&on_duty);
    return e;
}

static enum err raise_alarm(struct smsc *s, const char *incident, bool event, const struct reply *text, int64_t now) {
    int64_t told_at = 0, count = 0;
    bool texts = s->settings.operator_phone.kind != PHONE_NONE;
    event = event && s->settings.central;
    if (!texts && !event)
        return ERR_OK;
    enum err e = store_alarm_get(s->store, incident, &told_at);
    if (e == ERR_OK && told_at == 0 && texts)
        e = count_today(s, now, &count);
    if (e != ERR_OK || told_at != 0 || count >= SMSC_ALARMS_A_DAY)
        return e;
    if (texts)
        e = tell(s, text, now);
    if (e == ERR_OK && event)
        e = uplink_incident(s->store, incident, false, now);
    if (e == ERR_OK)
        e = store_alarm_set(s->store, incident, now);
    if (e == ERR_OK)
        e = store_number_set(s->store, STORE_ALARM_DAY, clock_vietnam_day(now));
    if (e == ERR_OK)
        e = store_number_set(s->store, STORE_ALARM_COUNT, count + 1);
    if (e == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "alarm.queued", log_text("incident", incident));
    return e;
}

enum err smsc_alarm_through(struct smsc *s, const char *incident, const char *link, enum template_id template, const struct template_values *values,
                            int64_t now) {
    struct reply text = {.template = template, .values = *values, .link = link};
    return raise_alarm(s, incident, true, &text, now);
}

enum err smsc_alarm(struct smsc *s, const char *incident, enum template_id template, const struct template_values *values, int64_t now) {
    return smsc_alarm_through(s, incident, NULL, template, values, now);
}

enum err smsc_alarm_text(struct smsc *s, const char *incident, enum template_id template, const struct template_values *values, int64_t now) {
    struct reply text = {.template = template, .values = *values};
    return raise_alarm(s, incident, false, &text, now);
}

enum err smsc_alarm_over(struct smsc *s, const char *incident, int64_t now) {
    int64_t told_at = 0;
    enum err e = store_alarm_get(s->store, incident, &told_at);
    if (e == ERR_OK && told_at != 0 && s->settings.central)
        e = uplink_incident(s->store, incident, true, now);
    return e == ERR_OK && told_at != 0 ? store_alarm_set(s->store, incident, 0) : e;
}

enum err smsc_alarm_text_over(struct smsc *s, const char *incident) {
    return store_alarm_set(s->store, incident, 0);
}

bool smsc_has_alarm(struct smsc *s, const char *link, int64_t now) {
    return queue_has_alarm(s->queue, link, now);
}
