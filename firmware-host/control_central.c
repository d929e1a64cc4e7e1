/* The way to the central store: how it is, which events it refused, and what a person decides on those. */
#include "firmware-host/central_link.h"
#include "firmware-host/control_call.h"
#include "store/feed.h"
#include "store/outbox.h"

#include <string.h>

static enum err need_central(struct command_call *call) {
    if (call->parts->central)
        return ERR_OK;
    str_add(call->problem, "there is no central store (central.url); events wait in the database");
    return ERR_CONFLICT;
}

void call_put_central(struct command_call *call, const char *key) {
    struct json_writer *w = call->result;
    struct central_link_view v;
    if (!call->parts->central) {
        json_put_text(w, key, NULL);
        return;
    }
    central_link_view(call->parts->central, &v);
    bool ready = v.push.state != PUSH_UP || !*v.problem;
    json_open_object(w, key);
    json_put_text(w, "url", call->parts->config->central_url);
    json_put_text(w, "state", ready ? push_state_name(v.push.state) : "no credentials");
    json_put_text(w, "reason", ready && *v.push.reason ? v.push.reason : *v.problem ? v.problem : NULL);
    call_put_time(call, "since", v.since);
    call_put_time(call, "next_try", v.next_at);
    json_put_int(w, "acknowledged", v.push.acknowledged);
    json_put_int(w, "requests", v.push.requests);
    json_put_int(w, "in_flight", (int64_t)v.push.in_flight);
    json_put_int(w, "batch", v.batch);
    json_put_bool(w, "capabilities", v.capabilities);
    call_put_time(call, "certificate_ends", v.certificate_ends);
    json_put_text(w, "feed", *v.feed.problem ? v.feed.problem : "read");
    json_put_text(w, "cursor", v.feed.cursor);
    json_put_int(w, "items", v.feed.items);
    json_close_object(w);
}

enum err answer_central_status(struct command_call *call) {
    struct store_counts counts = {.outbox_waiting = 0};
    int64_t oldest = 0;
    enum err e = need_central(call);
    if (e == ERR_OK)
        e = store_counts(call->parts->store, &counts);
    if (e == ERR_OK)
        e = outbox_oldest_at(call->parts->store, &oldest);
    if (e != ERR_OK)
        return e;
    json_open_object(call->result, NULL);
    call_put_central(call, "central");
    json_put_int(call->result, "waiting", counts.outbox_waiting);
    json_put_int(call->result, "parked", counts.outbox_parked);
    call_put_time(call, "oldest", oldest);
    json_close_object(call->result);
    return ERR_OK;
}

static void put_parked(struct command_call *call, const struct outbox_event *event) {
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "event", event->sequence);
    json_put_text(w, "type", event->type);
    json_put_text(w, "case", event->subject);
    call_put_time(call, "at", event->at);
    json_put_int(w, "attempts", event->attempts);
    json_put_text(w, "reason", event->reason);
    json_close_object(w);
}

static enum err parked_rows(struct command_call *call, int64_t before, int limit) {
    (void)before;
    struct outbox_event event = {.sequence = 0};
    enum err e = ERR_OK;
    for (int64_t after = 0; limit-- > 0 && (e = outbox_next_parked(call->parts->store, after, &event)) == ERR_OK;) {
        after = event.sequence;
        put_parked(call, &event);
        outbox_event_release(&event);
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err answer_central_parked(struct command_call *call) {
    return call_list(call, NULL, parked_rows);
}

/* ---- what came down and took no effect ---- */

static void put_kept(struct command_call *call, const struct feed_kept *kept) {
    struct json_writer *w = call->result;
    json_open_object(w, NULL);
    json_put_int(w, "id", kept->id);
    call_put_time(call, "at", kept->at);
    json_put_text(w, "type", kept->type);
    json_put_text(w, "case", kept->subject);
    json_put_text(w, "reason", kept->reason);
    call_put_text(call, kept->body);
    json_close_object(w);
}

static enum err kept_rows(struct command_call *call, int64_t before, int limit) {
    struct feed_kept kept = {.id = before ? before : INT64_MAX};
    enum err e = ERR_OK;
    while (limit-- > 0 && (e = feed_kept_before(call->parts->store, kept.id, &kept)) == ERR_OK) {
        int64_t id = kept.id;
        put_kept(call, &kept);
        feed_kept_release(&kept);
        kept.id = id;
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err answer_central_kept(struct command_call *call) {
    return call_list(call, NULL, kept_rows);
}

/* ---- decisions ---- */

static void released(struct command_call *call) {
    int64_t sequence = 0;
    if (!call->parts->central)
        return;
    if (json_int(call->request, "event", &sequence) || json_get(call->request, "all"))
        central_link_released(call->parts->central, sequence);
    if (call->command && strcmp(call->command->name, "central.retry") == 0)
        central_link_resume(call->parts->central);
}

static enum err explain(struct command_call *call, enum err e) {
    if (e == ERR_NOT_FOUND)
        str_add(call->problem, "there is no such event");
    else if (e == ERR_CONFLICT)
        str_add(call->problem, "that event isn't parked");
    return e;
}

static void put_decided(struct command_call *call, int64_t count) {
    json_open_object(call->result, NULL);
    json_put_int(call->result, "events", count);
    json_close_object(call->result);
    call->committed = released;
}

static enum err retry_all(struct command_call *call, int64_t *ret_count) {
    struct outbox_event event;
    enum err e;
    while ((e = outbox_next_parked(call->parts->store, 0, &event)) == ERR_OK) {
        e = outbox_retry(call->parts->store, event.sequence);
        outbox_event_release(&event);
        if (e != ERR_OK)
            return e;
        ++*ret_count;
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err answer_central_retry(struct command_call *call) {
    int64_t sequence = 0, count = 0;
    bool all = false;
    enum err e = need_central(call);
    if (e == ERR_OK)
        e = call_number(call, "event", false, &sequence);
    if (e != ERR_OK)
        return e;
    if (json_bool(call->request, "all", &all) && all) {
        e = retry_all(call, &count);
    } else if (sequence) {
        e = explain(call, outbox_retry(call->parts->store, sequence));
        count = 1;
    }
    if (e == ERR_OK)
        put_decided(call, count);
    return e;
}

enum err answer_central_drop(struct command_call *call) {
    int64_t sequence;
    char actor[CALL_ACTOR_SIZE];
    struct str by;
    enum err e = call_number(call, "event", true, &sequence);
    if (e == ERR_OK)
        e = call_actor(call, actor);
    if (e != ERR_OK)
        return e;
    str_init(&by, OUTBOX_REASON_MAX);
    str_addf(&by, "dropped by %s", actor);
    e = explain(call, outbox_drop(call->parts->store, sequence, by.data, call->now));
    str_release(&by);
    if (e == ERR_OK)
        put_decided(call, 1);
    return e;
}
