/* What all profiles share. */
#include "store/central/profile.h"

#include <stdio.h>
#include <string.h>

static const struct profile *const profiles[] = {&profile_cloudevents, &profile_open311};

const struct profile *central_profile(const char *name) {
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i]->name, name) == 0)
            return profiles[i];
    return NULL;
}

void profile_request_begin(struct profile_request *r, const char *method, const char *target) {
    *r = (struct profile_request){.method = method};
    str_init(&r->target, PROFILE_TARGET_MAX);
    str_init(&r->body, PROFILE_BODY_MAX);
    str_add(&r->target, target);
}

void profile_request_release(struct profile_request *r) {
    str_release(&r->target);
    str_release(&r->body);
}

void profile_event_id(const struct profile_identity *who, const struct outbox_event *event, char out[PROFILE_EVENT_ID_SIZE]) {
    snprintf(out, PROFILE_EVENT_ID_SIZE, "%s:%lld:%lld", who->appliance, (long long)event->epoch, (long long)event->sequence);
}

void profile_escape(struct str *to, const char *text) {
    for (; *text; text++) {
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *text))
            str_add_char(to, *text);
        else
            str_addf(to, "%%%02X", (unsigned)(unsigned char)*text);
    }
}
