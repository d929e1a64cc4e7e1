/* The message centre: puts its modules together, checks settings, and owns the savepoint that every handler runs in. */
#include "smsc/smsc.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"
#include "smsc/call.h"
#include "smsc/centre.h"
#include "smsc/code.h"
#include "smsc/compose.h"
#include "smsc/life.h"
#include "smsc/officer.h"
#include "smsc/restore.h"
#include "smsc/supporters.h"
#include "smsc/templates.h"
#include "smsc/timers.h"
#include "smsc/ussd_screens.h"
#include "store/message.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

void smsc_settings_default(struct smsc_settings *s) {
    *s = (struct smsc_settings){
        .of = 8,
        .operator_phone = {.kind = PHONE_NONE},
        .due_time = 17 * 60,
        .reassembly_wait = 120 * CLOCK_SECOND,
        .late_part_window = 24 * CLOCK_HOUR,
        .draft_life = 24 * CLOCK_HOUR,
        .confirm_freetext = SMSC_CONFIRM_FIRST,
        .quiet_from = 21 * 60,
        .quiet_to = 7 * 60,
        .reply_validity = 24 * CLOCK_HOUR,
        .notice_validity = 72 * CLOCK_HOUR,
        .unknown_wait = 10 * CLOCK_MINUTE,
        .attempts_max = 6,
        .retry_base = 30 * CLOCK_SECOND,
        .reply_link_wait = 60 * CLOCK_SECOND,
        .want_reports = true,
        .abuse =
            {
                .messages_per_hour = 60,
                .flood_per_hour = 200,
                .wrong_codes = 5,
                .wrong_codes_flood = 20,
                .same_text = 4,
                .limit_life = 24 * CLOCK_HOUR,
            },
        .ussd = {.idle = 180 * CLOCK_SECOND, .resume = 10 * CLOCK_MINUTE},
        .officers =
            {
                .office_from = 7 * 60 + 30,
                .office_to = 17 * 60,
                .digest_time = 7 * 60 + 30,
                .due_time = 14 * 60,
                .cap = 4,
                .merge_wait = CLOCK_HOUR,
                .escalate_days = 1,
                .escalate_every = 7,
                .monitor_days = 3,
            },
        .retention = {.case_months = 24, .message_months = 24, .traffic_months = 24},
        .retention_time = 3 * 60,
    };
    case_settings_default(&s->cases);
}

static bool check_templates(const struct templates *t, const struct smsc_settings *s, struct str *problem) {
    struct template_values values = {.of = {[VARIABLE_PROVINCE] = s->province_name, [VARIABLE_SHORTCODE] = s->shortcode}};
    return templates_check(t, &values, problem);
}

static bool check_texts(const struct smsc_settings *s, struct str *problem) {
    const struct {
        const char *key, *value;
    } needed[] = {{"appliance.id", s->appliance_id},
                  {"appliance.province", s->province},
                  {"appliance.name", s->province_name},
                  {"appliance.name with accents", s->province_name_accented},
                  {"appliance.shortcode", s->shortcode}};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!needed[i].value || !*needed[i].value) {
            str_addf(problem, "%s is missing", needed[i].key);
            return false;
        }
    }
    return check_templates(templates_default(), s, problem) && ussd_screens_check(s->province_name, s->shortcode, problem);
}

static bool check_settings(const struct smsc_settings *s, struct str *problem) {
    if (s->of < 1 || s->of > CODE_BODIES || s->index < 0 || s->index >= s->of) {
        str_addf(problem, "appliance.index is %d, but of %d slots the index goes from 0 to %d", s->index, s->of, s->of - 1);
        return false;
    }
    const struct {
        const char *key;
        int64_t value, least, most;
    } ranges[] = {
        {"due_time", s->due_time, 0, 24 * 60},
        {"reassembly_wait", s->reassembly_wait, 1, CLOCK_DAY},
        {"late_part_window", s->late_part_window, s->reassembly_wait, 30 * CLOCK_DAY},
        {"draft_life", s->draft_life, 1, 30 * CLOCK_DAY},
        {"quiet_from", s->quiet_from, 0, 24 * 60},
        {"quiet_to", s->quiet_to, 0, 24 * 60},
        {"reply_validity", s->reply_validity, CLOCK_MINUTE, 63 * 7 * CLOCK_DAY},
        {"notice_validity", s->notice_validity, CLOCK_MINUTE, 63 * 7 * CLOCK_DAY},
        {"unknown_wait", s->unknown_wait, 1, CLOCK_DAY},
        {"attempts_max", s->attempts_max, 1, 100},
        {"retry_base", s->retry_base, 1, CLOCK_HOUR},
        {"rate_per_minute", s->rate_per_minute, 0, 60000},
        {"reply_link_wait", s->reply_link_wait, 0, CLOCK_DAY},
        {"officers.office_from", s->officers.office_from, 0, s->officers.office_to - 1},
        {"officers.office_to", s->officers.office_to, 1, 24 * 60},
        {"officers.digest_time", s->officers.digest_time, s->officers.office_from, s->officers.office_to - 1},
        {"officers.due_time", s->officers.due_time, s->officers.digest_time, s->officers.office_to - 1},
        {"officers.cap", s->officers.cap, 2, 100},
        {"officers.merge_wait", s->officers.merge_wait, 0, CLOCK_DAY},
        {"officers.escalate_days", s->officers.escalate_days, 0, 60},
        {"officers.escalate_every", s->officers.escalate_every, 1, 60},
        {"officers.monitor_days", s->officers.monitor_days, 0, 60},
        {"abuse.messages_per_hour", s->abuse.messages_per_hour, 0, 100000},
        {"abuse.flood_per_hour", s->abuse.flood_per_hour, 0, 100000},
        {"abuse.wrong_codes", s->abuse.wrong_codes, 0, 1000},
        {"abuse.wrong_codes_flood", s->abuse.wrong_codes_flood, 0, 1000},
        {"abuse.same_text", s->abuse.same_text, 0, 1000},
        {"retention.case_months", s->retention.case_months, 0, RETENTION_MONTHS_MAX},
        {"retention.message_months", s->retention.message_months, 0, RETENTION_MONTHS_MAX},
        {"retention.traffic_months", s->retention.traffic_months, 0, RETENTION_MONTHS_MAX},
        {"retention.time", s->retention_time, 0, 24 * 60 - 1},
        {"abuse.limit_life", s->abuse.limit_life, 1, CLOCK_DAY},
        {"ussd.idle", s->ussd.idle, CLOCK_SECOND, INT32_MAX * CLOCK_SECOND},
        {"ussd.resume", s->ussd.resume, 0, INT32_MAX * CLOCK_SECOND},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        if (ranges[i].value < ranges[i].least || ranges[i].value > ranges[i].most) {
            str_addf(problem, "%s is %lld, allowed are %lld to %lld", ranges[i].key, (long long)ranges[i].value, (long long)ranges[i].least,
                     (long long)ranges[i].most);
            return false;
        }
    }
    return case_settings_check(&s->cases, problem);
}

enum err smsc_settings_check(const struct smsc_settings *s, struct str *problem) {
    return check_settings(s, problem) && check_texts(s, problem) ? ERR_OK : ERR_INVALID;
}

static enum err text_delivered(void *context, const struct outbound *o, int64_t now) {
    return life_delivered(context, o, now);
}

enum err smsc_new(const struct smsc_parts *parts, const struct smsc_settings *settings, struct str *problem, struct smsc **ret_smsc) {
    enum err e = smsc_settings_check(settings, problem);
    if (e == ERR_OK && parts->templates && !check_templates(parts->templates, settings, problem))
        e = ERR_INVALID;
    if (e != ERR_OK)
        return e;
    struct smsc *s = mem_alloc(sizeof *s);
    s->templates = parts->templates ? parts->templates : templates_default();
    s->store = parts->store;
    s->calendar = parts->calendar;
    s->keys = parts->keys;
    s->settings = *settings;
    if (settings->t5_start == SMSC_T5_PUBLICATION || settings->t5_print == SMSC_T5_PRINTED)
        s->settings.cases.t5_no_receipt_days = 0; /* no receipt is waited for */
    s->queue = queue_new(s->store, &s->settings);
    s->supporters = supporters_new();
    queue_on_delivered(s->queue, text_delivered, s);
    centre_look(s);
    *ret_smsc = s;
    return ERR_OK;
}

enum err smsc_set_templates(struct smsc *s, const struct templates *templates, struct str *problem) {
    if (!check_templates(templates, &s->settings, problem))
        return ERR_INVALID;
    s->templates = templates;
    return ERR_OK;
}

void smsc_free(struct smsc *s) {
    if (!s)
        return;
    officer_forget(s);
    queue_free(s->queue);
    supporters_free(s->supporters);
    free(s);
}

enum err smsc_recover(struct smsc *s, int64_t now) {
    centre_look(s);
    enum err e = restore_adopt(s, now);
    if (e == ERR_OK)
        e = supporters_recover(s, now);
    return e == ERR_OK ? queue_recover(s->queue, now) : e;
}

void smsc_directory_changed(struct smsc *s) {
    centre_officers(s, INT64_MIN);
}

void smsc_rolled_back(struct smsc *s) {
    centre_look(s);
    s->trying_assembly = 0; /* its count may be among what was undone */
    officer_forget(s);
    queue_rolled_back(s->queue);
}

/* ---- savepoints ---- */

enum err centre_guard_begin(struct smsc *s) {
    s->queue_mark = queue_mark(s->queue);
    return store_savepoint(s->store);
}

enum err centre_guard_end(struct smsc *s, enum err result) {
    if (result == ERR_OK)
        result = store_release(s->store);
    else
        store_rollback_to(s->store);
    if (result != ERR_OK)
        queue_rewind(s->queue, s->queue_mark);
    return result;
}

enum err centre_hold(struct smsc *s, int64_t inbound_id, const char *reason) {
    metric_add(METRIC_SMS_HELD, 1);
    log_event(LOG_LEVEL_ERROR, "sms.held", log_int("inbound", inbound_id), log_text("reason", reason));
    return inbound_mark(s->store, inbound_id, INBOUND_HELD, reason, 0);
}

/* ---- links ---- */

bool centre_own_number(const struct smsc *s, const struct phone *phone) {
    for (size_t i = 0; i < s->own_count; i++)
        if (phone_equal(&s->own_numbers[i], phone))
            return true;
    return false;
}

bool centre_own_province(const struct smsc *s, int province) {
    int64_t own = 0;
    return province == 0 || (parse_int(s->settings.province, 1, 99, &own) == ERR_OK && own == province);
}

void smsc_link_up(struct smsc *s, const char *link, const struct phone *own_number, int64_t now) {
    if (own_number && own_number->kind != PHONE_NONE && !centre_own_number(s, own_number) && s->own_count < OWN_NUMBERS_MAX)
        s->own_numbers[s->own_count++] = *own_number;
    queue_link_up(s->queue, link, now);
}

void smsc_link_sim(struct smsc *s, const char *link, const char *sim, int64_t now) {
    queue_link_sim(s->queue, link, sim, now);
}

void smsc_link_down(struct smsc *s, const char *link, int64_t now) {
    queue_link_down(s->queue, link, now);
}

void smsc_link_carrier(struct smsc *s, const char *link, enum carrier carrier, int64_t now) {
    queue_link_carrier(s->queue, link, carrier, now);
}

void smsc_set_operators(struct smsc *s, const struct operators *operators) {
    queue_set_operators(s->queue, operators);
}

enum carrier smsc_routes(struct smsc *s, const struct phone *to, int64_t now, smsc_route_each *each, void *context) {
    return queue_routes(s->queue, to, now, each, context);
}

enum err smsc_call(struct smsc *s, const char *link, const struct phone *from, int64_t now) {
    enum err e = centre_guard_begin(s);
    return e == ERR_OK ? centre_guard_end(s, call_take(s, link, from, now)) : e;
}

/* ---- the queue ---- */

void dispatch_release(struct dispatch *d) {
    free(d->text);
    *d = (struct dispatch){0};
}

enum err smsc_next(struct smsc *s, const char *link, int64_t now, struct dispatch *ret_dispatch) {
    return queue_next(s->queue, link, now, ret_dispatch);
}

int smsc_link_refusals(const struct smsc *s, const char *link, int64_t now) {
    return queue_refusals(s->queue, link, now);
}

enum err smsc_link_forgive(struct smsc *s, const char *link, int64_t now) {
    return queue_forgive(s->queue, link, now);
}

bool smsc_has_work(struct smsc *s, const char *link, int64_t now) {
    return queue_has_work(s->queue, link, now);
}

enum err smsc_sent(struct smsc *s, int64_t attempt_id, int reference, int64_t now) {
    return queue_sent(s->queue, attempt_id, reference, now);
}

enum err smsc_failed(struct smsc *s, int64_t attempt_id, enum sms_failure class, int code, const char *reason, int64_t now) {
    return queue_failed(s->queue, attempt_id, class, code, reason, now);
}

enum err smsc_unknown(struct smsc *s, int64_t attempt_id, const char *reason, int64_t now) {
    return queue_unknown(s->queue, attempt_id, reason, now);
}

enum err smsc_settle_unknown(struct smsc *s, int64_t part_id, bool resend, int64_t now) {
    return queue_settle_unknown(s->queue, part_id, resend, now);
}

enum err smsc_send_text(struct smsc *s, const struct phone *to, const char *text, int64_t now, int64_t *ret_outbound) {
    if ((to->kind != PHONE_E164 && to->kind != PHONE_SHORT) || !*text || !text_valid(text, strlen(text)))
        return ERR_INVALID;
    struct subscriber whom = {0};
    enum err e = subscriber_get(s->store, to, &whom);
    if (e != ERR_OK)
        return e;
    struct outbound o = {
        .subscriber_id = whom.id,
        .template_name = (char *)(uintptr_t) "-",
        .text = (char *)(uintptr_t)text,
        .encoding = sms_encoding_for(text),
        .class = OUTBOUND_OPERATOR,
        .created_at = now,
        .not_before = now,
        .expires_at = now + s->settings.notice_validity,
    };
    e = compose_text(s, &o, ret_outbound);
    subscriber_release(&whom);
    return e;
}

/* ---- time ---- */

int64_t smsc_next_time(struct smsc *s) {
    int64_t timers = timers_next(s), queue = queue_next_time(s->queue);
    return timers < queue ? timers : queue;
}

enum err smsc_tick(struct smsc *s, int64_t now) {
    enum err e = timers_tick(s, now);
    return e == ERR_OK ? queue_tick(s->queue, now) : e;
}
