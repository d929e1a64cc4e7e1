/* Composes. The reference of a concatenation is a counter that survives (never the clock: two messages in one tick would share it). */
#include "smsc/compose.h"

#include "firmware-host/base/clean.h"
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/gsm7.h"
#include "smsc/centre.h"
#include "smsc/pages.h"
#include "smsc/template_text.h"

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

/* ---- rendering ---- */

static struct template_values settings_of(const struct smsc *s, bool accented) {
    const char *province = accented ? s->settings.province_name_accented : s->settings.province_name;
    return (struct template_values){.of = {[VARIABLE_PROVINCE] = province, [VARIABLE_SHORTCODE] = s->settings.shortcode}};
}

size_t compose_room(const struct smsc *s, enum template_id id) {
    struct template_values settings = settings_of(s, false);
    return template_room(s->templates, id, false, &settings);
}

static void render(const struct smsc *s, enum template_id id, bool accented, const struct template_values *values, struct str *to) {
    struct template_values all = *values, settings = settings_of(s, accented);
    for (size_t v = 0; v < VARIABLE_COUNT; v++)
        if (settings.of[v])
            all.of[v] = settings.of[v];
    template_render(s->templates, id, accented, &all, to);
}

static bool fits(const char *text) {
    struct sms_segment segments[TEMPLATE_SEGMENTS_MAX];
    size_t count;
    return sms_split(text, sms_encoding_for(text), false, true, segments, TEMPLATE_SEGMENTS_MAX, &count) == ERR_OK;
}

static bool has_free_words(const struct smsc *s, enum template_id id) {
    return template_has_kind(template_form(s->templates, id, false), VARIABLE_FREE);
}

/* Accents are given up before anything is refused: the officer who typed the words can't know what the recipient chose, and is told the same limit
 * for everybody. */
static enum err render_words(const struct smsc *s, const struct reply *reply, bool accents, struct str *to) {
    size_t start = to->len;
    for (int accented = accents; accented >= 0; accented--) {
        str_truncate(to, start);
        render(s, reply->template, accented, &reply->values, to);
        if (str_ok(to) && (fits(to->data + start) || !has_free_words(s, reply->template)))
            return ERR_OK;
    }
    return ERR_TOO_LONG;
}

/* ---- answers in pages ---- */

static const struct answer_form {
    enum template_id whole, page, last;
} answer_forms[] = {
    {TEMPLATE_RESULT, TEMPLATE_RESULT_PAGE, TEMPLATE_RESULT_LAST},
    {TEMPLATE_RECONSIDERED, TEMPLATE_RECONSIDERED_PAGE, TEMPLATE_RECONSIDERED_LAST},
};

static const struct answer_form *answer_form(enum template_id id) {
    for (size_t i = 0; i < sizeof answer_forms / sizeof *answer_forms; i++)
        if (answer_forms[i].whole == id)
            return &answer_forms[i];
    return NULL;
}

struct cut_answer {
    struct str text; /* clean */
    struct page pages[TEMPLATE_PAGES_MAX];
    size_t count;
    bool whole; /* fits as it is */
};

static size_t page_room(const struct smsc *s, const struct answer_form *form, bool accented) {
    struct template_values settings = settings_of(s, accented);
    return template_room(s->templates, form->page, accented, &settings);
}

/* Release the text in any case. */
static enum err cut_answer(const struct smsc *s, const struct answer_form *form, const struct template_values *values, bool accented,
                           struct cut_answer *ret_answer) {
    struct str whole;
    str_init(&ret_answer->text, SIZE_MAX);
    str_init(&whole, SIZE_MAX);
    clean_text(values->of[VARIABLE_ANSWER], (struct clean_form){.accented = accented, .lines = true}, &ret_answer->text);
    str_add(&ret_answer->text, "");
    ret_answer->count = 0;
    if (ret_answer->text.len > 0) {
        render(s, form->whole, accented, values, &whole);
        ret_answer->count = 1;
    }
    ret_answer->whole = ret_answer->text.len == 0 || fits(whole.data);
    str_release(&whole);
    if (ret_answer->whole)
        return ERR_OK;
    return pages_cut(ret_answer->text.data, accented ? SMS_UCS2 : SMS_GSM7, page_room(s, form, accented), ret_answer->pages, TEMPLATE_PAGES_MAX,
                     &ret_answer->count);
}

static void render_page(const struct smsc *s, const struct answer_form *form, const struct reply *reply, bool accented, struct cut_answer *answer,
                        size_t page, struct str *to) {
    struct template_values values = reply->values;
    char number[12], total[12], next[12];
    snprintf(number, sizeof number, "%zu", page);
    snprintf(total, sizeof total, "%zu", answer->count);
    snprintf(next, sizeof next, "%zu", page + 1);
    const struct page *p = &answer->pages[page - 1];
    answer->text.data[p->offset + p->len] = '\0';
    values.of[VARIABLE_ANSWER] = answer->text.data + p->offset;
    values.of[VARIABLE_PAGE] = number;
    values.of[VARIABLE_PAGES] = total;
    values.of[VARIABLE_NEXT] = next;
    render(s, page == answer->count ? form->last : form->page, accented, &values, to);
}

static enum err render_answer(const struct smsc *s, const struct answer_form *form, const struct reply *reply, bool accented, struct str *to) {
    struct cut_answer answer;
    size_t page = reply->page > 1 ? (size_t)reply->page : 1;
    enum err e = cut_answer(s, form, &reply->values, accented, &answer);
    if (e == ERR_OK && (page > answer.count))
        e = ERR_NOT_FOUND;
    if (e == ERR_OK && answer.whole)
        render(s, form->whole, accented, &reply->values, to);
    else if (e == ERR_OK)
        render_page(s, form, reply, accented, &answer, page, to);
    str_release(&answer.text);
    return e;
}

enum err compose_pages(const struct smsc *s, const struct reply *reply, bool accents, int *ret_pages) {
    const struct answer_form *form = answer_form(reply->template);
    struct cut_answer answer;
    if (!form)
        return ERR_INVALID;
    enum err e = cut_answer(s, form, &reply->values, accents, &answer);
    if (e == ERR_OK)
        *ret_pages = (int)answer.count;
    str_release(&answer.text);
    return e;
}

enum err compose_render(const struct smsc *s, const struct reply *reply, bool accents, struct str *to) {
    const struct answer_form *form = answer_form(reply->template);
    return form ? render_answer(s, form, reply, accents, to) : render_words(s, reply, accents, to);
}

static enum err answer_fits(const struct smsc *s, const struct answer_form *form, const char *text, size_t *ret_most) {
    struct reply reply = {.template = form->whole, .values = {.of = {[VARIABLE_CODE] = "000000000", [VARIABLE_ANSWER] = text}}};
    for (int accented = 0; accented < 2; accented++) {
        int pages = 0;
        enum err e = compose_pages(s, &reply, accented, &pages);
        if (e == ERR_TOO_LONG)
            *ret_most = TEMPLATE_PAGES_MAX * (page_room(s, form, true) - PAGES_WORD_SEARCH);
        if (e != ERR_OK)
            return e;
        if (pages == 0)
            return ERR_INVALID;
    }
    return ERR_OK;
}

enum err smsc_text_fits(const struct smsc *s, enum template_id id, const char *text, size_t *ret_most) {
    const struct answer_form *form = answer_form(id);
    if (form)
        return answer_fits(s, form, text, ret_most);
    struct str clean;
    size_t most = compose_room(s, id);
    str_init(&clean, SIZE_MAX);
    clean_text(text, (struct clean_form){0}, &clean);
    enum err e = clean.len == 0 ? ERR_INVALID : (size_t)gsm7_length(clean.data) > most ? ERR_TOO_LONG : ERR_OK;
    str_release(&clean);
    if (e == ERR_TOO_LONG)
        *ret_most = most;
    return e;
}

/* ---- queueing ---- */

enum err compose_reply(struct smsc *s, const struct subscriber *to, const struct reply *reply, int64_t now) {
    const struct answer_form *form = answer_form(reply->template);
    enum template_id name = form && reply->page > 1 ? form->page : reply->template;
    int64_t begin = reply->not_before > now ? reply->not_before : now, id = 0;
    struct str text;
    str_init(&text, TEXT_MAX);
    enum err e = compose_render(s, reply, to->accents, &text);
    if (e == ERR_OK && !str_ok(&text))
        e = ERR_TOO_LONG;
    if (e == ERR_OK) {
        struct outbound o = {
            .subscriber_id = to->id,
            .template_name = (char *)(uintptr_t)template_name(name),
            .text = text.data,
            .encoding = sms_encoding_for(text.data),
            .class = reply->class,
            .created_at = now,
            .not_before = begin,
            .expires_at = begin + (reply->class == OUTBOUND_REPLY ? s->settings.reply_validity : s->settings.notice_validity),
            .link = reply->link && !strchr(reply->link, COMPOSE_NO_SIM) ? (char *)(uintptr_t)reply->link : NULL,
            .case_id = reply->case_id,
            .message_id = reply->message_id,
            .event_id = reply->event_id,
        };
        e = compose_text(s, &o, &id);
    }
    str_release(&text);
    return e;
}
