/* Cases: their list, and one with all that happened to it. Rows that can't be found any more are shown as null. */
#include "firmware-host/control_call.h"

#include "store/case.h"
#include "store/directory.h"
#include "store/life.h"
#include "store/outbound.h"
#include "store/particulars.h"
#include "store/retention.h"
#include "store/subscriber.h"

static void put_case_members(struct command_call *call, const struct pakn_case *c) {
    struct json_writer *w = call->result;
    call_put_code(call, "code", c->code);
    json_put_text(w, "state", case_state_name(c->state));
    json_put_text(w, "kind", c->kind == CASE_KIEN_NGHI ? "kien_nghi" : "phan_anh");
    const char *flags[CASE_FLAGS_MAX];
    size_t count = case_flag_names(c->flags, flags);
    json_open_array(w, "flags");
    for (size_t i = 0; i < count; i++)
        json_put_text(w, NULL, flags[i]);
    json_close_array(w);
    call_put_time(call, "submitted", c->submitted_at);
    json_put_day(call->result, "due", c->due_day);
    json_put_text(w, "link", c->link);
    call_put_subscriber(call, "from", c->subscriber_id);
    call_put_text(call, c->text);
}

static void one_case(void *context, const struct pakn_case *c) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", c->id);
    put_case_members(call, c);
    json_close_object(call->result);
}

static enum err case_rows(struct command_call *call, int64_t before, int limit) {
    return case_list(call->parts->store, before, limit, one_case, call);
}

enum err answer_case_list(struct command_call *call) {
    return call_list(call, NULL, case_rows);
}

/* ---- one case ---- */

static void put_agency(struct command_call *call, const char *key, int64_t id) {
    struct agency a;
    if (id == 0 || agency_get(call->parts->store, id, &a) != ERR_OK) {
        json_put_text(call->result, key, NULL);
        return;
    }
    json_put_text(call->result, key, a.key);
    agency_release(&a);
}

static void put_case_code(struct command_call *call, const char *key, int64_t case_id) {
    struct pakn_case other;
    bool there = case_id && case_get(call->parts->store, case_id, &other) == ERR_OK;
    call_put_code(call, key, there ? other.code : 0);
    if (there)
        case_release(&other);
}

static void put_officer(struct command_call *call, const char *key, int64_t id) {
    struct officer o;
    bool there = id && officer_get(call->parts->store, id, &o) == ERR_OK;
    json_put_text(call->result, key, there ? o.key : NULL);
    if (there)
        officer_release(&o);
}

static void put_moments(struct command_call *call, const struct case_life *l) {
    const struct {
        const char *key;
        int64_t at;
    } moments[] = {{"accepted", l->accepted_at},         {"opened", l->opened_at},       {"result", l->result_at},
                   {"published", l->published_at},       {"delivered", l->delivered_at}, {"rejoined", l->rejoined_at},
                   {"reconsidered", l->reconsidered_at}, {"ended", l->ended_at}};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++)
        call_put_time(call, moments[i].key, moments[i].at);
}

static void put_life(struct command_call *call, const struct case_life *l) {
    static const char *const consents[] = {"none", "pending", "yes", "no", "unreachable"};
    struct json_writer *w = call->result;
    put_agency(call, "agency", l->agency_id);
    put_agency(call, "unit", l->unit_id);
    put_agency(call, "requested", l->requested_id);
    put_officer(call, "officer", l->officer_id);
    json_put_text(w, "source", l->source == SOURCE_USSD ? "ussd" : "sms");
    json_put_text(w, "field", l->field);
    json_put_day(call->result, "received", l->received_day);
    put_moments(call, l);
    json_put_int(w, "hops", l->hops);
    json_put_int(w, "pauses", l->pauses);
    json_put_int(w, "results", l->results);
    json_put_int(w, "annulments", l->annulments);
    json_open_array(w, "late");
    for (int kind = 0; kind < DEADLINE_KIND_COUNT; kind++) {
        if (l->late & 1u << kind)
            json_put_text(w, NULL, deadline_kind_name((enum deadline_kind)kind));
    }
    json_close_array(w);
    json_put_bool(w, "explained", l->explained);
    call_put_known(call, "rating", l->rating, 0);
    call_put_time(call, "rated", l->rated_at);
    json_put_text(w, "refusal", l->refusal);
    put_case_code(call, "original", l->original_id);
    json_put_int(w, "supporters", l->supporters);
    put_case_code(call, "supports", l->supports_id);
    json_put_text(w, "consent", consents[l->consent]);
}

static void one_event(void *context, const struct case_event *event) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", event->id);
    call_put_time(call, "at", event->at);
    json_put_text(call->result, "type", event->type);
    json_put_text(call->result, "actor", event->actor);
    call->texts += call->reveal && event->data;
    if (call->reveal)
        json_put_raw(call->result, "data", event->data && *event->data ? event->data : "null");
    json_close_object(call->result);
}

static void one_deadline(void *context, const struct deadline *d) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    json_put_int(call->result, "id", d->id);
    json_put_text(call->result, "kind", deadline_kind_name(d->kind));
    json_put_text(call->result, "state", deadline_state_name(d->state));
    json_put_int(call->result, "working_days", d->working_days);
    call_put_time(call, "start", d->start_at);
    json_put_day(call->result, "due", d->due_day);
    call_put_known(call, "replaces", d->replaces_id, 0);
    json_put_text(call->result, "cause", d->cause);
    json_close_object(call->result);
}

static void one_coordination(void *context, const struct coordination *c) {
    struct command_call *call = context;
    json_open_object(call->result, NULL);
    put_agency(call, "agency", c->agency_id);
    call_put_time(call, "asked", c->asked_at);
    call_put_time(call, "answered", c->done_at);
    json_close_object(call->result);
}

/* What became of a text as a whole: of its parts the one that is least far. */
static enum part_state whole_state(const struct part *parts, size_t count) {
    static const enum part_state worst_first[] = {PART_FAILED,     PART_EXPIRED,   PART_UNKNOWN,  PART_QUEUED,
                                                  PART_SUBMITTING, PART_SUBMITTED, PART_DELIVERED};
    for (size_t s = 0; s < sizeof worst_first / sizeof worst_first[0]; s++) {
        for (size_t i = 0; i < count; i++) {
            if (parts[i].state == worst_first[s])
                return worst_first[s];
        }
    }
    return PART_QUEUED;
}

static void one_notice(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct command_call *call = context;
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "id", o->id);
    json_put_text(w, "template", o->template_name);
    json_put_text(w, "class", outbound_class_name(o->class));
    call_put_subscriber(call, "to", o->subscriber_id);
    call_put_time(call, "created", o->created_at);
    call_put_known(call, "event", o->event_id, 0);
    json_put_int(w, "parts", (int64_t)count);
    json_put_text(w, "state", part_state_name(whole_state(parts, count)));
    call_put_text(call, o->text);
    json_close_object(w);
}

/* What only those may see who have a reason: name, represented person, tax code, the newest answer as it was published. */
static void put_particulars(struct command_call *call, const struct pakn_case *c) {
    struct store *s = call->parts->store;
    struct json_writer *w = call->result;
    struct subscriber who;
    struct behalf behalf;
    struct tax_code tax;
    struct answer answer;
    if (subscriber_by_id(s, c->subscriber_id, &who) == ERR_OK) {
        call_put_revealed(call, "name", who.name);
        subscriber_release(&who);
    }
    if (behalf_get(s, c->id, &behalf) == ERR_OK) {
        json_put_raw(w, "behalf", behalf.data && *behalf.data ? behalf.data : "null");
        behalf_release(&behalf);
    }
    if (tax_code_get(s, c->id, &tax) == ERR_OK) {
        call_put_revealed(call, "tax_code", tax.code);
        tax_code_release(&tax);
    }
    if (answer_newest(s, c->id, false, &answer) == ERR_OK || answer_newest(s, c->id, true, &answer) == ERR_OK) {
        call_put_revealed(call, "answer", answer.text);
        answer_release(&answer);
    }
}

/* As it was told last, else as the unit gave it. */
static enum err put_document(struct command_call *call, const struct pakn_case *c) {
    struct answer answer = {0};
    struct json_writer *w = call->result;
    enum err e = answer_newest(call->parts->store, c->id, false, &answer);
    if (e == ERR_NOT_FOUND)
        e = answer_newest(call->parts->store, c->id, true, &answer);
    if (e == ERR_OK && *answer.document.number) {
        json_open_object(w, "document_ref");
        json_put_text(w, "number", answer.document.number);
        json_put_text(w, "sha256", answer.document.sha256);
        json_close_object(w);
    }
    answer_release(&answer);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err put_case(struct command_call *call, const struct pakn_case *c) {
    struct store *s = call->parts->store;
    struct json_writer *w = call->result;
    struct case_life life;
    enum err e = life_get(s, c->id, &life);
    json_open_object(w, NULL);
    json_put_int(w, "id", c->id);
    put_case_members(call, c);
    if (e == ERR_OK) {
        int64_t erased = 0;
        put_life(call, &life);
        life_release(&life);
        e = retention_case_erased(s, c->id, &erased);
        call_put_time(call, "erased", erased);
    } else if (e == ERR_NOT_FOUND) { /* a draft */
        e = ERR_OK;
    }
    if (call->reveal)
        put_particulars(call, c);
    if (e == ERR_OK)
        e = put_document(call, c);
    json_open_array(w, "deadlines");
    if (e == ERR_OK)
        e = deadline_history(s, c->id, one_deadline, call);
    json_close_array(w);
    json_open_array(w, "coordination");
    if (e == ERR_OK)
        e = coordination_list(s, c->id, one_coordination, call);
    json_close_array(w);
    json_open_array(w, "events");
    if (e == ERR_OK)
        e = case_event_list(s, c->id, one_event, call);
    json_close_array(w);
    json_open_array(w, "notices");
    if (e == ERR_OK)
        e = outbound_list_of(s, c->id, one_notice, call);
    json_close_array(w);
    json_close_object(w);
    return e;
}

enum err answer_case_show(struct command_call *call) {
    struct pakn_case c;
    enum err e = call_case(call, &c);
    if (e != ERR_OK)
        return e;
    e = call_record_reading(call, c.id);
    if (e == ERR_OK)
        e = put_case(call, &c);
    case_release(&c);
    return e;
}
