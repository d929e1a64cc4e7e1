/* The pieces of officers' texts, and sending one.
 *
 * A text for an officer holds codes, fields, places, agencies, dates and counts: everything in it comes from the directory, from numbers or from the
 * table of texts. What a citizen wrote is looked at to guess field and commune, and the guess is a name of the directory, never a word of theirs. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "smsc/officer_desk.h"
#include "store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024, EVENT_MAX = 1024, PLACE_MOST = 20, FEWER_CODES_MOST = 999 };

/* ---- words of a case ---- */

/* At most as much as a place may take, cut between words. */
static void fit(const char *name, char out[32]) {
    struct str fitted;
    str_init(&fitted, 128);
    compose_quote(name, false, PLACE_MOST, &fitted);
    snprintf(out, 32, "%s", fitted.data ? fitted.data : "");
    str_release(&fitted);
}

static enum err commune_name(struct smsc *s, int64_t id, char out[32], bool *ret_found) {
    struct agency a;
    enum err e = id ? agency_get(s->store, id, &a) : ERR_NOT_FOUND;
    *ret_found = false;
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (a.kind == AGENCY_COMMUNE) {
        static const char office[] = "UBND ";
        fit(strncmp(a.name, office, strlen(office)) == 0 ? a.name + strlen(office) : a.name, out);
        *ret_found = true;
    }
    agency_release(&a);
    return ERR_OK;
}

static enum err field_words(struct smsc *s, const char *key, char out[32]) {
    char *name = NULL;
    enum err e = key ? field_name(s->store, key, &name) : ERR_NOT_FOUND;
    snprintf(out, 32, "%s", e == ERR_OK ? name : "chua ro linh vuc");
    free(name);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err case_words(struct smsc *s, const struct pakn_case *c, const struct case_life *life, struct case_words *ret_words) {
    struct case_words words;
    struct directory_hint hint = {0};
    bool found = false;
    case_code_text(c->code, words.code);
    enum err e = c->text ? directory_match(s->store, c->text, &hint) : ERR_OK;
    if (e == ERR_OK)
        e = field_words(s, life->field ? life->field : hint.field, words.field);
    const int64_t places[] = {hint.commune_id, life->requested_id, life->agency_id};
    for (size_t i = 0; i < sizeof places / sizeof *places && !found && e == ERR_OK; i++)
        e = commune_name(s, places[i], words.place, &found);
    if (!found)
        snprintf(words.place, sizeof words.place, "chua ro dia ban");
    if (e == ERR_OK)
        *ret_words = words;
    return e;
}

enum err agency_words(struct smsc *s, int64_t agency_id, char out[32]) {
    struct agency a;
    enum err e = agency_id ? agency_get(s->store, agency_id, &a) : agency_of_kind(s->store, AGENCY_CENTRE, &a);
    snprintf(out, 32, "%s", e == ERR_OK ? a.name : "co quan tiep nhan");
    if (e == ERR_OK)
        agency_release(&a);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err code_of(struct smsc *s, int64_t case_id, char out[CASE_CODE_SIZE]) {
    int32_t code = 0;
    enum err e = case_code_of(s->store, case_id, &code);
    case_code_text(code, out);
    return e;
}

enum err codes_words(struct smsc *s, const int64_t *case_ids, size_t total, char out[CODES_SIZE]) {
    size_t shown = 0, used = 0;
    enum err e = ERR_OK;
    for (; shown < total && shown < CODES_SHOWN && e == ERR_OK; shown++) {
        char code[CASE_CODE_SIZE];
        e = code_of(s, case_ids[shown], code);
        used += (size_t)snprintf(out + used, CODES_SIZE - used, "%s%s", shown ? ", " : "", code);
    }
    size_t rest = total - shown < FEWER_CODES_MOST ? total - shown : FEWER_CODES_MOST;
    if (rest && e == ERR_OK)
        snprintf(out + used, CODES_SIZE - used, " va %zu viec khac", rest);
    return e;
}

/* ---- sending ---- */

static enum err tell_sent(struct smsc *s, const struct officer_address *to, const struct officer_text *text, int64_t now) {
    struct json_writer w;
    struct str data;
    char code[CASE_CODE_SIZE] = "";
    enum err e = text->case_id ? code_of(s, text->case_id, code) : ERR_OK;
    if (e != ERR_OK)
        return e;
    str_init(&data, EVENT_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    if (*code)
        json_put_text(&w, "code", code);
    json_put_text(&w, "officer", to->key);
    json_put_text(&w, "text", template_name(text->template));
    json_close_object(&w);
    e = outbox_add(s->store, text->case_id, "vn.pakn.reminder.sent", *code ? code : NULL, now, &data);
    str_release(&data);
    return e;
}

enum err officer_send(struct smsc *s, const struct officer_address *to, const struct officer_text *text, int64_t now, int64_t *ret_outbound) {
    struct reply form = {.template = text->template, .values = text->values};
    struct str words;
    str_init(&words, TEXT_MAX);
    enum err e = compose_render(s, &form, false, &words);
    struct outbound o = {
        .subscriber_id = to->subscriber_id,
        .template_name = (char *)(uintptr_t)template_name(text->template),
        .text = words.data,
        .encoding = SMS_GSM7,
        .class = text->class,
        .created_at = now,
        .not_before = now,
        .expires_at = now + s->settings.notice_validity,
        .case_id = text->case_id,
    };
    if (e == ERR_OK)
        e = compose_text(s, &o, ret_outbound);
    str_release(&words);
    return e == ERR_OK ? tell_sent(s, to, text, now) : e;
}

enum err officer_send_codes(struct smsc *s, const struct officer_address *to, const struct officer_codes *codes, int64_t now, int64_t *ret_outbound,
                            int *ret_texts) {
    char day[COMPOSE_DATE_SIZE];
    size_t room = compose_room(s, TEMPLATE_O_DIGEST), at = 0;
    enum err e = ERR_OK;
    compose_short_date(clock_vietnam_day(now), day);
    for (*ret_texts = 0; at < codes->count && e == ERR_OK; ++*ret_texts) {
        struct str items;
        str_init(&items, TEXT_MAX);
        str_addf(&items, "%s %zu:", codes->said, codes->count);
        for (size_t first = at; at < codes->count && (at == first || items.len + sizeof ", 482109304." <= room) && e == ERR_OK; at++) {
            char code[CASE_CODE_SIZE];
            e = code_of(s, codes->case_ids[at], code);
            str_addf(&items, "%s%s", at == first ? " " : ", ", code);
        }
        str_add(&items, ".");
        struct officer_text text = {.template = TEMPLATE_O_DIGEST, .class = OUTBOUND_NOTICE};
        text.values.of[VARIABLE_DAY] = day;
        text.values.of[VARIABLE_ITEMS] = items.data;
        if (e == ERR_OK)
            e = officer_send(s, to, &text, now, ret_outbound);
        str_release(&items);
    }
    return e;
}
