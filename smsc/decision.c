/* From an item of the feed to a step: see decision.h.
 *
 * A type stands for a step; where it stands for several, `data` says which. A step that the table refuses has written nothing; one that fails in the
 * middle (a row that can't be unsealed) goes back to the item's savepoint, so that one item never holds the feed. */
#include "smsc/decision.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "smsc/centre.h"
#include "smsc/code.h"
#include "smsc/life.h"
#include "smsc/province.h"
#include "store/directory.h"
#include "store/outbound.h"
#include "store/outbox.h"

#include <stdio.h>
#include <string.h>

enum { AGENCIES_MAX = 32, REPORT_MAX = 8192, ACTOR_MAX = 64, TYPE_MAX = 127, WORD_MAX = 64 };
#define CASE_TYPES "vn.pakn.case."
#define TOLD_REFUSED "vn.pakn.decision.refused"
#define TOLD_UNKNOWN "vn.pakn.event.unknown"

static const struct {
    const char *type; /* behind CASE_TYPES */
    enum case_step_kind step, other; /* the other one that it may stand for, or STEP_COUNT */
    enum case_role role; /* of who decided; ROLE_COUNT: the least that the step needs */
} types[] = {
    {"accepted", STEP_ACCEPT, STEP_COUNT, ROLE_COUNT},
    {"assigned", STEP_TRANSFER, STEP_COUNT, ROLE_OFFICE},
    {"transferred", STEP_TRANSFER, STEP_COUNT, ROLE_COUNT},
    {"need-info", STEP_NEED_INFO, STEP_COUNT, ROLE_COUNT},
    {"asked", STEP_ASK, STEP_COUNT, ROLE_COUNT},
    {"refused", STEP_REFUSE, STEP_MARK_DUPLICATE, ROLE_COUNT},
    {"coordination", STEP_COORDINATE, STEP_COORDINATION_ANSWER, ROLE_COUNT},
    {"late-reason", STEP_LATE_REASON, STEP_COUNT, ROLE_COUNT},
    {"result-ready", STEP_RESULT, STEP_ANSWER, ROLE_COUNT},
    {"sent-back", STEP_SEND_BACK, STEP_COUNT, ROLE_COUNT},
    {"published", STEP_PUBLISH, STEP_COUNT, ROLE_COUNT},
    {"annulled", STEP_ANNUL, STEP_COUNT, ROLE_COUNT},
    {"reconsidered", STEP_RECONSIDER, STEP_COUNT, ROLE_COUNT},
    {"closed", STEP_CLOSE_NOTED, STEP_COUNT, ROLE_COUNT},
    {"called", STEP_CALLED, STEP_COUNT, ROLE_COUNT},
    {"reviewed", STEP_REVIEW, STEP_COUNT, ROLE_COUNT},
};
enum { TYPES = sizeof types / sizeof *types };

static const char *const documents[] = {"vn.pakn.directory.changed", "vn.pakn.calendar.changed", "vn.pakn.template.changed"};

/* Who decides in the store; the least first. */
static const enum case_role deciders[] = {ROLE_COORDINATING, ROLE_UNIT, ROLE_INTAKE, ROLE_CENTRE, ROLE_OFFICE};
enum { DECIDERS = sizeof deciders / sizeof *deciders };

struct decision { /* a step with what it borrows */
    struct smsc *s;
    const struct pull_item *item;
    int64_t now;
    struct str *problem;
    struct case_step step;
    struct pakn_case c;
    struct officer by;
    char actor[ACTOR_MAX + 1];
    int64_t agencies[AGENCIES_MAX];
};

const char *decision_end_name(enum decision_end end) {
#define X(symbol, word) [symbol] = (word),
    static const char *const names[DECISION_END_COUNT] = {DECISION_END_TABLE(X)};
#undef X
    return names[end];
}

/* ---- the step ---- */

static enum err wrong(struct decision *d, const char *problem) {
    str_add(d->problem, problem);
    return ERR_CONFLICT;
}

static enum err take_agency(struct decision *d, const char *key) {
    struct agency a;
    if (!key)
        return wrong(d, "an agency is no text");
    if (d->step.agency_count == AGENCIES_MAX)
        return wrong(d, "too many agencies");
    enum err e = agency_find(d->s->store, key, &a);
    if (e == ERR_NOT_FOUND) {
        str_addf(d->problem, "no agency or unit \"%.64s\" in the directory", key);
        return ERR_CONFLICT;
    }
    if (e != ERR_OK)
        return e;
    d->agencies[d->step.agency_count++] = a.id;
    agency_release(&a);
    return ERR_OK;
}

static enum err take_agencies(struct decision *d) {
    static const char *const keys[] = {"unit", "agency"};
    const struct json *data = d->item->data, *list = json_get(data, "agencies");
    enum err e = ERR_OK;
    for (size_t i = 0; i < json_count(list) && e == ERR_OK; i++)
        e = take_agency(d, json_text_value(json_at(list, i)));
    for (size_t i = 0; i < sizeof keys / sizeof *keys && e == ERR_OK; i++)
        if (json_get(data, keys[i]))
            e = take_agency(d, json_text(data, keys[i]));
    d->step.agency_ids = d->agencies;
    return e;
}

static bool code_of(const char *text, int32_t *ret_code) {
    int64_t code;
    if (!text || strlen(text) != CODE_DIGITS || parse_int(text, 0, 999999999, &code) != ERR_OK || !code_valid(code))
        return false;
    *ret_code = (int32_t)code;
    return true;
}

static enum err take_original(struct decision *d) {
    struct pakn_case original;
    int32_t code;
    if (d->step.kind != STEP_MARK_DUPLICATE)
        return ERR_OK;
    if (!code_of(json_text(d->item->data, "original"), &code))
        return wrong(d, "original is no case code");
    enum err e = case_by_code(d->s->store, code, &original);
    if (e == ERR_NOT_FOUND)
        return wrong(d, "original: no such case here");
    if (e != ERR_OK)
        return e;
    d->step.original_id = original.id;
    case_release(&original);
    return ERR_OK;
}

static enum err take_kind(struct decision *d, size_t type) {
    const char *said = json_text(d->item->data, "step");
    d->step.kind = types[type].step;
    if (types[type].other == STEP_MARK_DUPLICATE && json_get(d->item->data, "original"))
        d->step.kind = STEP_MARK_DUPLICATE;
    if (!json_get(d->item->data, "step"))
        return ERR_OK;
    enum case_step_kind kind = said ? case_step_find(said) : STEP_COUNT;
    if (kind == STEP_COUNT || (kind != types[type].step && kind != types[type].other))
        return wrong(d, "step: a decision of that type isn't made by it");
    d->step.kind = kind;
    return ERR_OK;
}

static bool fires(enum case_role role, enum case_step_kind step, enum case_state state) {
    for (size_t i = 0; i < case_rule_count; i++)
        if (case_rules[i].step == step && case_rules[i].from & 1u << state && case_rules[i].who & 1u << role)
            return true;
    return false;
}

static enum err take_role(struct decision *d, size_t type) {
    const char *said = json_text(d->item->data, "role");
    d->step.role = types[type].role;
    if (json_get(d->item->data, "role")) {
        enum case_role role = said ? case_role_find(said) : ROLE_COUNT;
        for (size_t i = 0; i < DECIDERS; i++)
            if (deciders[i] == role)
                d->step.role = role;
        return d->step.role == role && role != ROLE_COUNT ? ERR_OK : wrong(d, "role: nobody decides in it");
    }
    for (size_t i = 0; i < DECIDERS && d->step.role == ROLE_COUNT; i++)
        if (fires(deciders[i], d->step.kind, d->c.state))
            d->step.role = deciders[i];
    if (d->step.role == ROLE_COUNT)
        d->step.role = ROLE_INTAKE; /* the table says why it isn't allowed */
    return ERR_OK;
}

/* An officer whom our directory doesn't have (yet) is who the store says, in the case's history. */
static enum err take_officer(struct decision *d) {
    const char *key = json_text(d->item->data, "officer");
    size_t len = key ? strnlen(key, ACTOR_MAX + 1) : 0;
    snprintf(d->actor, sizeof d->actor, "%s", "central");
    if (json_get(d->item->data, "officer") && (len == 0 || len > ACTOR_MAX))
        return wrong(d, "officer is no key");
    if (len == 0)
        return ERR_OK;
    for (const char *at = key; *at; at++)
        if (*at < '!' || *at > '~')
            return wrong(d, "officer is no key");
    memcpy(d->actor, key, len + 1);
    enum err e = officer_find(d->s->store, key, clock_vietnam_day(d->now), &d->by);
    d->step.officer_id = e == ERR_OK ? d->by.id : 0;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err take_day(struct decision *d) {
    const char *day = json_text(d->item->data, "new_date");
    if (!json_get(d->item->data, "new_date"))
        return ERR_OK;
    return day && calendar_parse_date(day, &d->step.day) == ERR_OK ? ERR_OK : wrong(d, "new_date is no day (YYYY-MM-DD)");
}

static enum err take_document(struct decision *d) {
    const struct json *ref = json_get(d->item->data, "document_ref");
    if (!ref)
        return ERR_OK;
    if (!case_step_has_document(d->step.kind))
        return wrong(d, "document_ref: a document goes with a result");
    enum err e = document_ref_set(json_text(ref, "number"), json_text(ref, "sha256"), d->problem, &d->step.document);
    return e == ERR_OK ? ERR_OK : ERR_CONFLICT;
}

static enum err take_step(struct decision *d, size_t type) {
    const struct json *data = d->item->data;
    d->step.text = json_text(data, "text");
    d->step.reason_code = json_text(data, "reason_code");
    if (d->step.reason_code && strlen(d->step.reason_code) > WORD_MAX)
        return wrong(d, "reason_code is too long");
    enum err e = take_kind(d, type);
    if (e == ERR_OK)
        e = take_role(d, type);
    if (e == ERR_OK)
        e = take_officer(d);
    if (e == ERR_OK)
        e = take_agencies(d);
    if (e == ERR_OK)
        e = take_original(d);
    if (e == ERR_OK)
        e = take_day(d);
    if (e == ERR_OK)
        e = take_document(d);
    d->step.actor = d->actor;
    return e;
}

/* Words that aren't fit for an SMS are the table's "no", too: never cut. */
static enum err do_step(struct decision *d, size_t type) {
    struct case_outcome outcome;
    enum err e = take_step(d, type);
    if (e == ERR_OK)
        e = life_check_words(d->s, &d->step, d->problem);
    if (e == ERR_OK)
        e = life_step(d->s, &d->c, &d->step, NULL, d->now, d->problem, &outcome);
    return e;
}

static void note_id(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    (void)parts;
    (void)count;
    *(int64_t *)context = o->id;
}

/* The step, and what becomes of its texts where this database is a copy's and the other may have sent them. */
static enum err do_step_once(struct decision *d, size_t type) {
    int64_t doubt = 0, last_text = 0;
    size_t parts = 0;
    enum err e = store_number_get(d->s->store, STORE_FEED_DOUBT, &doubt);
    bool told = d->item->time < doubt;
    if (e == ERR_OK && told)
        e = outbound_list(d->s->store, 0, 1, note_id, &last_text);
    if (e == ERR_OK)
        e = do_step(d, type);
    if (e == ERR_OK && told)
        e = queue_forsake(d->s->queue, last_text, d->now, &parts);
    if (parts)
        log_event(LOG_LEVEL_WARNING, "central.told_before", log_text("event", d->item->id), log_int("parts_unknown", (int64_t)parts),
                  log_text("do", "phanhoictl unknown list: the other may have sent them; a person decides"));
    return e;
}

/* ---- what takes no effect ---- */

static void write_report(const struct pull_item *item, const char *code, const char *reason, struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    if (code)
        json_put_text(&w, "code", code);
    json_put_text(&w, "event", item->id);
    json_put_text(&w, "source", item->source);
    json_put_text(&w, "type", item->type);
    json_put_text(&w, "reason", reason);
    json_close_object(&w);
}

/* A person finds it here, the store is told. */
static enum err keep(struct decision *d, enum decision_end end, const char *code) {
    struct str data, body;
    char reason[FEED_REASON_MAX + 1];
    snprintf(reason, sizeof reason, "%s", d->problem->data ? d->problem->data : "");
    str_init(&data, REPORT_MAX);
    str_init(&body, SIZE_MAX);
    write_report(d->item, code, reason, &data);
    json_dump(d->item->whole, false, &body);
    enum err e = feed_keep(d->s->store, d->now, d->item->type, code, reason, bytes_of(body.data, body.len));
    if (e == ERR_OK)
        e = outbox_add(d->s->store, d->c.id, end == DECISION_REFUSED ? TOLD_REFUSED : TOLD_UNKNOWN, code, d->now, &data);
    log_event(LOG_LEVEL_WARNING, "central.not_taken", log_text("event", d->item->id), log_text("type", d->item->type), log_text("reason", reason),
              log_text("do", "phanhoictl central kept"));
    str_release(&body);
    str_release(&data);
    return e;
}

static size_t type_of(const char *type) {
    size_t i = 0;
    if (strncmp(type, CASE_TYPES, strlen(CASE_TYPES)) != 0)
        return TYPES;
    while (i < TYPES && strcmp(types[i].type, type + strlen(CASE_TYPES)) != 0)
        i++;
    return i;
}

static bool is_document(const char *type) {
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        if (strcmp(documents[i], type) == 0)
            return true;
    return false;
}

/* ---- one item ---- */

static enum err decide_case(struct decision *d, size_t type, enum decision_end *ret_end) {
    const char *code_text = d->item->subject;
    int32_t code = 0, said = 0;
    enum err e;
    *ret_end = DECISION_REFUSED;
    if (!code_of(code_text, &code) || !code_of(json_text(d->item->data, "code"), &said) || code != said) {
        str_add(d->problem, "subject and code must be the same case code");
        return keep(d, *ret_end, NULL);
    }
    e = case_by_code(d->s->store, code, &d->c);
    if (e == ERR_NOT_FOUND && !code_in_slot(d->s->keys, code, d->s->settings.index, d->s->settings.of)) {
        *ret_end = DECISION_ELSEWHERE;
        return ERR_OK;
    }
    if (e == ERR_NOT_FOUND)
        str_add(d->problem, "no such case here");
    if (e == ERR_OK && (e = centre_guard_begin(d->s)) == ERR_OK)
        e = centre_guard_end(d->s, do_step_once(d, type));
    if (e == ERR_OK)
        *ret_end = DECISION_DONE;
    if (e == ERR_OK || err_retry(e) == RETRY_LATER)
        return e;
    if (d->problem->len == 0)
        str_add(d->problem, err_text(e));
    return keep(d, *ret_end, code_text);
}

static enum err decide(struct decision *d, enum decision_end *ret_end) {
    const struct pull_item *item = d->item;
    size_t type = type_of(item->type);
    *ret_end = DECISION_UNKNOWN;
    if (item->problem) {
        str_add(d->problem, item->problem);
        return keep(d, *ret_end, NULL);
    }
    if (province_is_event(d->s, item)) {
        str_add(d->problem, "an appliance's event without an id and time of its kind");
        return keep(d, *ret_end, NULL);
    }
    if (is_document(item->type)) {
        *ret_end = DECISION_DOCUMENT;
        return ERR_OK;
    }
    if (type == TYPES || strlen(item->type) > TYPE_MAX) {
        str_add(d->problem, "events of that type aren't known here");
        return keep(d, *ret_end, NULL);
    }
    if (item->time >= 0 && item->time < d->now - FEED_OLD_MS) { /* which of those were done isn't known any more */
        str_add(d->problem, "it's too old");
        *ret_end = DECISION_REFUSED;
        return keep(d, *ret_end, NULL);
    }
    return decide_case(d, type, ret_end);
}

/* What has no id is known by its content. */
static enum err is_first(struct smsc *s, const struct pull_item *item, int64_t now, bool *ret_first) {
    struct str body;
    if (*item->id && *item->source)
        return feed_seen(s->store, item->source, item->id, now, ret_first);
    str_init(&body, SIZE_MAX);
    json_dump(item->whole, false, &body);
    enum err e = feed_seen(s->store, "", body.data ? body.data : "", now, ret_first);
    str_release(&body);
    return e;
}

enum err smsc_decide(struct smsc *s, const struct pull_item *item, int64_t now, enum decision_end *ret_end) {
    struct str problem;
    bool first = false, learnt = false;
    enum decision_end end = DECISION_AGAIN;
    enum err e = province_take(s, item, &learnt);
    if (e == ERR_OK && learnt)
        *ret_end = DECISION_LEARNT;
    if (e != ERR_OK || learnt)
        return e;
    e = is_first(s, item, now, &first);
    if (e != ERR_OK)
        return e;
    str_init(&problem, FEED_REASON_MAX);
    struct decision d = {.s = s, .item = item, .now = now, .problem = &problem};
    if (first)
        e = decide(&d, &end);
    if (e == ERR_OK)
        *ret_end = end;
    case_release(&d.c);
    officer_release(&d.by);
    str_release(&problem);
    return e;
}
