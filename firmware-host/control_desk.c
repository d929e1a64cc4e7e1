/* The case desk's commands: a request becomes a step (desk.h), the message centre does it whole or refuses it with its reason. */
#include "firmware-host/control_call.h"
#include "firmware-host/desk.h"
#include "store/case_rules.h"
#include "store/directory.h"

#include <string.h>

enum { AGENCIES_MAX = 32 };

static const struct desk_row {
    enum case_step_kind step; /* STEP_COUNT: what the officer's role says */
    const char *name;
} desk_rows[] = {
#define X(step, name, ...) {step, name},
    DESK_TABLE(X)
#undef X
};
enum { DESK_ROWS = sizeof desk_rows / sizeof desk_rows[0] };

struct decision { /* a step with what it borrows */
    struct case_step step;
    int32_t code;
    const char *officer;
    int64_t agencies[AGENCIES_MAX];
};

/* ---- the request ---- */

static enum err wrong(struct command_call *call, enum err e, const char *problem) {
    str_add(call->problem, problem);
    return e;
}

static enum err take_agency(struct command_call *call, const char *key, struct decision *d) {
    struct agency a;
    if (!key)
        return wrong(call, ERR_INVALID, "agency: a key of the directory is needed");
    if (d->step.agency_count == AGENCIES_MAX)
        return wrong(call, ERR_INVALID, "agencies: too many");
    enum err e = agency_find(call->parts->store, key, &a);
    if (e == ERR_NOT_FOUND)
        str_addf(call->problem, "no agency or unit \"%.64s\" in the directory", key);
    if (e != ERR_OK)
        return e;
    d->agencies[d->step.agency_count++] = a.id;
    agency_release(&a);
    return ERR_OK;
}

static enum err take_agencies(struct command_call *call, struct decision *d) {
    const struct json *list = json_get(call->request, "agencies");
    enum err e = ERR_OK;
    for (size_t i = 0; i < json_count(list) && e == ERR_OK; i++)
        e = take_agency(call, json_text_value(json_at(list, i)), d);
    static const char *const keys[] = {"unit", "agency"};
    for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
        if (json_get(call->request, keys[i]))
            e = take_agency(call, json_text(call->request, keys[i]), d);
    }
    d->step.agency_ids = d->agencies;
    return e;
}

static enum err take_original(struct command_call *call, struct decision *d) {
    struct pakn_case original;
    int32_t code;
    enum err e = call_code(call, "original", &code);
    if (e == ERR_OK)
        e = case_by_code(call->parts->store, code, &original);
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "original: no case has that code");
    if (e != ERR_OK)
        return e;
    d->step.original_id = original.id;
    case_release(&original);
    return ERR_OK;
}

static enum err take_document(struct command_call *call, struct decision *d) {
    if (!json_get(call->request, "document") && !json_get(call->request, "sha256"))
        return ERR_OK;
    if (!case_step_has_document(d->step.kind))
        return wrong(call, ERR_INVALID, "document: goes with a result: answer, result, reconsider");
    return document_ref_set(json_text(call->request, "document"), json_text(call->request, "sha256"), call->problem, &d->step.document);
}

/* `assign` is the Office's word for giving a case to whom it concerns, and everybody else's for accepting it to a unit. */
static enum err take_kind(struct command_call *call, struct decision *d) {
    struct officer o;
    const char *name = call->command->name + strlen("case.");
    int i = 0;
    while (strcmp(desk_rows[i].name, name) != 0)
        i++;
    d->step.kind = desk_rows[i].step;
    if (d->step.kind != STEP_COUNT)
        return ERR_OK;
    d->step.kind = STEP_ACCEPT;
    enum err e = officer_find(call->parts->store, d->officer, clock_vietnam_day(call->now), &o);
    if (e != ERR_OK) /* the centre says so */
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    if (o.role == ROLE_OFFICE)
        d->step.kind = STEP_TRANSFER;
    officer_release(&o);
    return ERR_OK;
}

static enum err take_decision(struct command_call *call, struct decision *d) {
    *d = (struct decision){.officer = json_text(call->request, "as")};
    d->step.text = json_text(call->request, "text");
    d->step.reason_code = json_text(call->request, "reason");
    d->step.number = json_text(call->request, "phone");
    if (!d->officer || !*d->officer)
        return wrong(call, ERR_INVALID, "as: the key of the officer who decides is needed (--as KEY); the directory has them");
    enum err e = call_code(call, "code", &d->code);
    if (e == ERR_OK)
        e = take_kind(call, d);
    if (e == ERR_OK)
        e = take_agencies(call, d);
    if (e == ERR_OK && json_get(call->request, "original"))
        e = take_original(call, d);
    if (e == ERR_OK)
        e = take_document(call, d);
    if (e == ERR_OK)
        e = call_day(call, "until", &d->step.day);
    return e;
}

/* ---- the answer ---- */

static bool desk_has(enum case_step_kind step) {
    for (int i = 0; i < DESK_ROWS; i++) {
        if (desk_rows[i].step == step)
            return true;
    }
    return false;
}

/* What that officer may do with a case in that state. */
static void add_possible(struct str *to, enum case_state state, enum case_role role) {
    bool said[STEP_COUNT] = {false};
    const char *before = "; possible now: ";
    for (size_t i = 0; i < case_rule_count; i++) {
        const struct case_rule *rule = &case_rules[i];
        if (said[rule->step] || !(rule->from & 1u << state) || !(rule->who & 1u << role) || !desk_has(rule->step))
            continue;
        said[rule->step] = true;
        str_addf(to, "%s%s", before, case_step_name(rule->step));
        before = ", ";
    }
}

static void say_possible(struct command_call *call, const struct decision *d) {
    struct officer o;
    struct pakn_case c;
    if (officer_find(call->parts->store, d->officer, clock_vietnam_day(call->now), &o) != ERR_OK)
        return;
    if (case_by_code(call->parts->store, d->code, &c) == ERR_OK) {
        add_possible(call->problem, c.state, o.role);
        case_release(&c);
    }
    officer_release(&o);
}

static void put_notices(struct json_writer *w, const char *key, const enum case_notice notices[CASE_NOTICES_MAX]) {
    json_open_array(w, key);
    for (int i = 0; i < CASE_NOTICES_MAX && notices[i] != NOTICE_NONE; i++)
        json_put_text(w, NULL, case_notice_name(notices[i]));
    json_close_array(w);
}

static void put_outcome(struct command_call *call, const struct decision *d, const struct case_outcome *o) {
    struct json_writer *w = call->result;
    enum case_state after = o->rule->to;
    if ((int)after == CASE_STATES_STAY)
        after = o->before;
    json_open_object(w, NULL);
    call_put_code(call, "code", d->code);
    json_put_text(w, "step", case_step_name(o->rule->step));
    json_put_int(w, "rule", o->rule->number);
    json_put_text(w, "before", case_state_name(o->before));
    json_put_text(w, "state", case_state_name(after));
    json_put_day(call->result, "due", o->due_day);
    json_put_int(w, "event", o->event_id);
    put_notices(w, "told", o->rule->citizen);
    put_notices(w, "officers_told", o->rule->officer);
    json_close_object(w);
}

enum err answer_case_step(struct command_call *call) {
    const char *central = call->parts->config->central_url;
    struct decision d;
    struct case_outcome outcome;
    if (central && *central) {
        str_addf(call->problem, "decisions are made in the central store, %s (central.url); the case desk is for appliances without one", central);
        return ERR_CONFLICT;
    }
    enum err e = take_decision(call, &d);
    if (e != ERR_OK)
        return e;
    e = smsc_case_step(call->parts->smsc, d.code, d.officer, &d.step, call->now, call->problem, &outcome);
    if (e == ERR_OK)
        put_outcome(call, &d, &outcome);
    else if (e == ERR_CONFLICT)
        say_possible(call, &d);
    return e;
}
