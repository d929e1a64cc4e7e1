/* What all profiles share. */
#include "store/central/profile.h"

#include <stdio.h>
#include <string.h>

static const struct profile *const profiles[] = {&profile_cloudevents};

const struct profile *central_profile(const char *name) {
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++)
        if (strcmp(profiles[i]->name, name) == 0)
            return profiles[i];
    return NULL;
}

void profile_request_release(struct profile_request *r) {
    str_release(&r->target);
    str_release(&r->body);
}

void profile_event_id(const struct profile_identity *who, const struct outbox_event *event, char out[PROFILE_EVENT_ID_SIZE]) {
    snprintf(out, PROFILE_EVENT_ID_SIZE, "%s:%lld:%lld", who->appliance, (long long)event->epoch, (long long)event->sequence);
}
