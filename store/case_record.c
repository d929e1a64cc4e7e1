/* What a step leaves behind: the event of the case, chained (audit.h), and the same for the central store. Frozen: what was said and decided then,
 * by whom, from which state to which, and which deadlines began and ended with which dates. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crash.h"
#include "firmware-host/base/json.h"
#include "store/case_moment.h"
#include "store/db.h"
#include "store/outbox.h"

#include <stdio.h>

enum { DATA_MAX = 512 * 1024 };

#define X(symbol, name, type, pushed) [symbol] = {type, pushed},
static const struct { const char *type, *pushed; } events[STEP_COUNT] = {CASE_STEP_TABLE(X)};
#undef X

static const char *const deadline_state_names[] = {
    [DEADLINE_OPEN] = "open", [DEADLINE_MET] = "met",           [DEADLINE_MISSED] = "missed", [DEADLINE_STOPPED] = "stopped",
    [DEADLINE_LATE] = "late", [DEADLINE_REPLACED] = "replaced", [DEADLINE_PAUSED] = "paused",
};

/* Every event begins with whose it is; `id` is unique in the whole country. */
static void put_head(struct json_writer *w, const struct moment *m) {
    char code[CASE_CODE_SIZE], id[64];
    case_code_text(m->c.code, code);
    snprintf(id, sizeof id, "%s-%s", m->parts->province, code);
    json_put_text(w, "code", code);
    json_put_text(w, "id", id);
    json_put_text(w, "step", case_step_name(m->step->kind));
    json_put_text(w, "from", m->before == (enum case_state)CASE_NONE ? NULL : case_state_name(m->before));
    json_put_text(w, "state", case_state_name(m->c.state));
    if (m->step->actor)
        json_put_text(w, "actor", m->step->actor);
    json_put_text(w, "role", case_role_name(m->step->role));
}

static bool is_submission(enum case_step_kind step) {
    return step == STEP_SUBMIT || step == STEP_CONFIRM || step == STEP_DRAFT_EXPIRED;
}

static void put_flags(struct json_writer *w, const char *key, int flags) {
    const char *names[CASE_FLAGS_MAX];
    size_t count = case_flag_names(flags, names);
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++)
        json_put_text(w, NULL, names[i]);
    json_close_array(w);
}

/* What is to be looked at, or was. */
static bool tells_flags(enum case_step_kind step) {
    return step == STEP_SUPPLEMENT || step == STEP_REJOIN || step == STEP_COMPLETED || step == STEP_REVIEW;
}

static enum err put_submission(struct json_writer *w, const struct moment *m) {
    struct subscriber read = {0};
    const struct subscriber *who = m->step->who;
    if (!who) {
        enum err e = subscriber_by_id(m->parts->store, m->c.subscriber_id, &read);
        if (e != ERR_OK)
            return e;
        who = &read;
    }
    json_put_text(w, "source", m->life.source == SOURCE_USSD ? "ussd" : "sms");
    json_put_text(w, "kind", m->c.kind == CASE_KIEN_NGHI ? "kien_nghi" : "phan_anh");
    json_put_text(w, "text", m->c.text);
    json_put_text(w, "phone", who->phone.text);
    if (who->name)
        json_put_text(w, "name", who->name);
    if (m->life.field)
        json_put_text(w, "field", m->life.field);
    json_put_bool(w, "confidential", m->c.flags & CASE_CONFIDENTIAL);
    json_put_bool(w, "unconfirmed", m->c.flags & CASE_UNCONFIRMED);
    json_put_bool(w, "incomplete", m->c.flags & CASE_INCOMPLETE);
    json_put_bool(w, "scope_suspect", m->c.flags & CASE_SCOPE_SUSPECT);
    json_put_bool(w, "emergency", m->c.flags & CASE_EMERGENCY);
    json_put_bool(w, "tax", m->c.flags & CASE_TAX);
    put_flags(w, "needs_normalising", m->c.flags & CASE_NORMALISE);
    put_flags(w, "moderation_flags", m->c.flags & CASE_MODERATION);
    json_put_bool(w, "advertising", m->c.flags & CASE_ADVERTISING);
    json_put_time(w, "submitted_at", m->c.submitted_at);
    json_put_day(w, "intake_due", m->c.due_day);
    json_put_text(w, "link", m->c.link);
    subscriber_release(&read);
    return ERR_OK;
}

static enum err put_agency(struct json_writer *w, const struct moment *m, const char *key, int64_t id) {
    struct standing s = {0};
    enum err e = id ? agency_standing(m->parts->store, id, &s) : ERR_OK;
    if (e == ERR_OK)
        json_put_text(w, key, id ? s.key : NULL);
    return e;
}

static enum err put_agencies(struct json_writer *w, const struct moment *m) {
    enum err e = ERR_OK;
    const struct case_step *step = m->step;
    if (step->kind == STEP_TRANSFER)
        return put_agency(w, m, "agency", m->target_id);
    if (is_submission(step->kind)) {
        e = m->life.agency_id ? put_agency(w, m, "agency", m->life.agency_id) : ERR_OK;
        return e == ERR_OK && m->life.requested_id ? put_agency(w, m, "requested_agency", m->life.requested_id) : e;
    }
    if (step->kind == STEP_ACCEPT)
        return put_agency(w, m, "unit", m->life.unit_id);
    if (step->kind != STEP_COORDINATE && step->kind != STEP_COORDINATION_ANSWER)
        return ERR_OK;
    json_open_array(w, "agencies");
    for (size_t i = 0; i < m->asked_count && e == ERR_OK; i++)
        if (m->coordination_id == 0 || m->coordination_id == m->asked[i].id)
            e = put_agency(w, m, NULL, m->asked[i].agency_id);
    json_close_array(w);
    return e;
}

static void put_name(struct json_writer *w, const struct moment *m) {
    json_put_text(w, "name", m->step->text);
}

static void put_tax_code(struct json_writer *w, const struct moment *m) {
    json_put_text(w, "tax_code", m->step->text);
    json_put_bool(w, "verified", m->step->yes);
}

static void put_consent(struct json_writer *w, const struct moment *m) {
    json_put_bool(w, "consent", m->step->yes);
}

static enum err put_case_code(struct json_writer *w, const struct moment *m, const char *key, int64_t case_id) {
    struct pakn_case other = {0};
    enum err e = case_get(m->parts->store, case_id, &other);
    if (e != ERR_OK)
        return e;
    char code[CASE_CODE_SIZE];
    case_code_text(other.code, code);
    json_put_text(w, key, code);
    case_release(&other);
    return ERR_OK;
}

/* The other case that the step is about. */
static enum err put_other_case(struct json_writer *w, const struct moment *m) {
    if (m->step->kind == STEP_MARK_DUPLICATE)
        return put_case_code(w, m, "original", m->step->original_id);
    if (m->step->kind == STEP_SUPPORTED) {
        json_put_int(w, "supporters", m->life.supporters);
        return put_case_code(w, m, "supported_by", m->step->original_id);
    }
    return is_submission(m->step->kind) && m->life.supports_id ? put_case_code(w, m, "supports", m->life.supports_id) : ERR_OK;
}

static void put_rating(struct json_writer *w, const struct moment *m) {
    json_put_int(w, "rating", m->step->rating);
}

static void put_whole_text(struct json_writer *w, const struct moment *m) {
    json_put_text(w, "text", m->c.text);
}

static void put_confidential(struct json_writer *w, const struct moment *m) {
    json_put_bool(w, "confidential", true);
    json_put_bool(w, "was_public", m->out.was_public);
}

static const struct own { /* of a step that says something of its own; `words`: beside the words */
    void (*put)(struct json_writer *w, const struct moment *m);
    bool words;
} owns[STEP_COUNT] = {
    [STEP_NAME] = {put_name, false},  [STEP_TAX_CODE] = {put_tax_code, false},    [STEP_CONSENT] = {put_consent, true},
    [STEP_RATE] = {put_rating, true}, [STEP_COMPLETED] = {put_whole_text, false}, [STEP_CONFIDENTIAL] = {put_confidential, true},
};

static bool withheld(const struct moment *m) {
    return (m->step->kind == STEP_PUBLISH || m->step->kind == STEP_RECONSIDER) && m->c.flags & (CASE_CONFIDENTIAL | CASE_PROTECTED);
}

/* The date that was promised, or moved to; the deadline that passed, or moved. */
static void put_dates(struct json_writer *w, const struct case_step *step) {
    if (step->day)
        json_put_day(w, "new_date", step->day);
    if (step->cause)
        json_put_text(w, "cause", step->cause);
    if (step->deadline) {
        json_put_text(w, "deadline", deadline_kind_name(step->deadline->kind));
        json_put_int(w, "working_days", step->deadline->working_days);
        json_put_day(w, "due", step->deadline->due_day);
    }
}

static void put_document(struct json_writer *w, const struct document_ref *d) {
    json_open_object(w, "document_ref");
    json_put_text(w, "number", d->number);
    json_put_text(w, "sha256", d->sha256);
    json_close_object(w);
}

/* The words, and what else the step says. A confidential case is published without its content, so the central store isn't given the words. */
static void put_said(struct json_writer *w, const struct moment *m, bool pushed) {
    const struct case_step *step = m->step;
    const char *words = m->text ? m->text : step->text;
    const struct own *own = &owns[step->kind];
    if (own->put)
        own->put(w, m);
    if (words && (!own->put || own->words) && !(pushed && withheld(m)))
        json_put_text(w, "text", words);
    if (withheld(m))
        json_put_bool(w, "confidential", true);
    if (step->number && pushed)
        json_put_text(w, "phone", step->number);
    if (step->reason_code)
        json_put_text(w, "reason_code", step->reason_code);
    if (step->message_id)
        json_put_int(w, "message", step->message_id);
    if (step->kind == STEP_COMPLETED || step->kind == STEP_SUPPLEMENT)
        json_put_bool(w, "incomplete", m->c.flags & CASE_INCOMPLETE);
    if (*m->document.number && !(pushed && withheld(m)))
        put_document(w, &m->document);
    if (tells_flags(step->kind) && m->c.flags & CASE_MODERATION)
        put_flags(w, "moderation_flags", m->c.flags & CASE_MODERATION);
    if (step->data)
        json_put_raw(w, "data", step->data);
    put_dates(w, step);
}

static void put_deadlines(struct json_writer *w, const struct moment *m) {
    json_open_array(w, "deadlines");
    for (size_t i = 0; i < m->live_count + m->fresh_count; i++) {
        bool fresh = i >= m->live_count;
        const struct deadline *d = fresh ? &m->fresh[i - m->live_count] : &m->live[i];
        if (!fresh && d->state == m->was[i])
            continue;
        json_open_object(w, NULL);
        json_put_text(w, "kind", deadline_kind_name(d->kind));
        json_put_text(w, "state", deadline_state_names[d->state]);
        json_put_day(w, "due", d->due_day);
        if (d->working_days)
            json_put_int(w, "working_days", d->working_days);
        json_close_object(w);
    }
    json_close_array(w);
}

static enum err write_data(const struct moment *m, bool pushed, struct str *to) {
    bool submission = is_submission(m->step->kind);
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    put_head(&w, m);
    enum err e = ERR_OK;
    if (submission)
        e = put_submission(&w, m);
    else
        put_said(&w, m, pushed);
    if (e == ERR_OK)
        e = put_other_case(&w, m);
    if (e == ERR_OK)
        e = put_agencies(&w, m);
    if (!submission) /* which has said it, and is written for every arrival */
        put_deadlines(&w, m);
    json_close_object(&w);
    if (e == ERR_OK && !str_ok(to))
        e = ERR_TOO_LONG;
    return e;
}

enum err moment_record(struct moment *m) {
    const char *actor = m->step->actor ? m->step->actor : case_role_name(m->step->role);
    char code[CASE_CODE_SIZE];
    struct str data;
    if (!events[m->step->kind].type) /* a draft is known to the appliance only */
        return ERR_OK;
    case_code_text(m->c.code, code);
    str_init(&data, DATA_MAX);
    enum err e = write_data(m, false, &data);
    struct case_event event = {.case_id = m->c.id,
                               .at = m->now,
                               .type = (char *)(uintptr_t)events[m->step->kind].type,
                               .actor = (char *)(uintptr_t)actor,
                               .data = data.data};
    if (e == ERR_OK)
        e = audit_append(m->parts->store, AUDIT_CASES, &event, &m->out.event_id);
    crash_point("event.written");
    if (e == ERR_OK && (withheld(m) || m->step->number)) { /* the central store's is another one */
        str_clear(&data);
        e = write_data(m, true, &data);
    }
    if (e == ERR_OK)
        e = outbox_add(m->parts->store, m->c.id, events[m->step->kind].pushed, code, m->now, &data);
    crash_point("event.pushed");
    str_release(&data);
    return e;
}
