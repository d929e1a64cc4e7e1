/* What all profiles share. */
#include "store/central/profile.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"

#include <stdio.h>
#include <string.h>

static const struct profile *const profiles[] = {&profile_cloudevents, &profile_couch, &profile_open311};

const struct profile *central_profile(const char *name) {
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i]->name, name) == 0)
            return profiles[i];
    return NULL;
}

/* ---- requests ---- */

void profile_request_begin(struct profile_request *r, const char *method, const char *target) {
    *r = (struct profile_request){.method = method};
    str_init(&r->target, PROFILE_TARGET_MAX);
    str_init(&r->body, PROFILE_BODY_MAX);
    str_add(&r->target, target);
}

void profile_add_escaped(struct str *to, const char *text) {
    for (; *text; text++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text))
            str_add_char(to, *text);
        else
            str_addf(to, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void profile_request_release(struct profile_request *r) {
    str_release(&r->target);
    str_release(&r->body);
}

/* ---- events ---- */

void profile_event_id(const struct profile_identity *who, const struct outbox_event *event, char out[PROFILE_EVENT_ID_SIZE]) {
    snprintf(out, PROFILE_EVENT_ID_SIZE, "%s:%lld:%lld", who->appliance, (long long)event->epoch, (long long)event->sequence);
}

void profile_source(const struct profile_identity *who, char out[PROFILE_ATTRIBUTE_SIZE]) {
    snprintf(out, PROFILE_ATTRIBUTE_SIZE, "/vn/%s/pakn-sms/%s", who->province, who->appliance);
}

void profile_put_event(struct json_writer *w, const struct profile_identity *who, const struct outbox_event *event) {
    char id[PROFILE_EVENT_ID_SIZE], source[PROFILE_ATTRIBUTE_SIZE], partition[PROFILE_ATTRIBUTE_SIZE], sequence[24], time[CLOCK_TEXT_SIZE];
    profile_event_id(who, event, id);
    profile_source(who, source);
    if (event->subject)
        snprintf(partition, sizeof partition, "%s-%s", who->province, event->subject);
    else
        snprintf(partition, sizeof partition, "%s", source);
    snprintf(sequence, sizeof sequence, "%012lld", (long long)event->sequence);
    clock_iso(event->at, time);
    json_put_text(w, "specversion", "1.0");
    json_put_text(w, "id", id);
    json_put_text(w, "source", source);
    json_put_text(w, "type", event->type);
    json_put_text(w, "time", time);
    if (event->subject)
        json_put_text(w, "subject", event->subject);
    json_put_text(w, "partitionkey", partition);
    json_put_text(w, "sequence", sequence);
    json_put_text(w, "datacontenttype", "application/json");
    json_put_raw(w, "data", event->data);
}
