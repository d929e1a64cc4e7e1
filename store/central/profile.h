/* A profile: how events look on the wire, and how what comes back is read. One table of functions for each kind of store; they build and read texts
 * and nothing else, so they're tested without a socket.
 *
 * `url` of the configuration and a request's `target` together are the address. */
#ifndef CENTRAL_PROFILE_H
#define CENTRAL_PROFILE_H

#include "store/case.h"
#include "store/central/pull.h"
#include "store/central/push.h"
#include "store/lookup.h"
#include "store/outbox.h"

#include <stdbool.h>

enum { PROFILE_BODY_MAX = 8 << 20, PROFILE_TARGET_MAX = 4096, PROFILE_KEY_SIZE = 256, PROFILE_REASON_SIZE = 256, PROFILE_ATTRIBUTE_SIZE = 128 };

struct profile_identity { /* borrowed */
    const char *appliance; /* "th-01" */
    const char *province; /* "38" */
};

struct profile_request {
    const char *method;
    const char *content_type; /* of the body; NULL: there is none */
    struct str target; /* "/events" */
    struct str body;
    const char *if_none_match; /* borrowed; an ETag; NULL: none */
    char key[PROFILE_KEY_SIZE]; /* the same for the same content, in every attempt; "": not idempotent by a key */
};
void profile_request_release(struct profile_request *r);

struct profile_capabilities {
    bool batch;
    int64_t max_batch; /* events */
    int64_t max_event; /* octets */
    int64_t max_wait, max_limit; /* of the feed: seconds, items */
    bool lookup;
    unsigned documents; /* 1 << enum central_document, or'ed: those that it has */
};

struct profile_lookup { /* how a case stands elsewhere */
    enum case_state state;
    char agency[LOOKUP_AGENCY_MAX + 1]; /* a key; "": the service centre */
    int32_t due_day; /* 0: none runs */
};

struct profile_taken { /* what became of one event of a request */
    enum push_verdict verdict;
    char reason[PROFILE_REASON_SIZE]; /* for people; "": done */
};

struct profile {
    const char *name; /* of the configuration */
    int cursor_unknown; /* the status that says that the feed's cursor means nothing there */
    bool checks, bares; /* what its feed can be asked besides: pull.h */
    /* Several events only where batches are allowed. ERR_TOO_LONG: more than PROFILE_BODY_MAX. The request is to be released in every case. */
    enum err (*push)(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, struct profile_request *ret_request);
    /* What a good answer says of each of the events. NULL: its status is that of all. ERR_INVALID: it doesn't say it of each. */
    enum err (*read_taken)(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, struct bytes body,
                           struct profile_taken *ret_taken);
    void (*read)(const struct profile_identity *who, const struct outbox_event *event, struct profile_request *ret_request); /* what stands there */
    enum push_compared (*compare)(const struct profile_identity *who, const struct outbox_event *event, int status, struct bytes body);
    void (*ask_capabilities)(struct profile_request *ret_request);
    void (*ask_changes)(const struct pull_request *what, struct profile_request *ret_request);
    enum err (*read_changes)(const struct pull_request *what, struct bytes body, struct str *problem,
                             struct pull_page *ret_page); /* pull_parts.read */
    void (*ask_document)(const char *name, const char *etag, struct profile_request *ret_request); /* etag NULL: none is in force */
    /* NULL: it can't be asked. Its feed has the events of all appliances, and so there's no need to (store/province.h). */
    void (*ask_lookup)(int32_t code, const struct phone *phone, struct profile_request *ret_request);
    enum err (*read_lookup)(struct bytes body, int32_t code, struct profile_lookup *ret_lookup); /* ERR_INVALID: it isn't about that code */
    enum err (*read_capabilities)(struct bytes body, struct profile_capabilities *ret_capabilities); /* ERR_INVALID */
};
extern const struct profile profile_cloudevents, profile_couch;

const struct profile *central_profile(const char *name); /* NULL: there is none */

/* What the profiles share. */
void profile_request_begin(struct profile_request *ret_request, const char *method, const char *target);
void profile_add_escaped(struct profile_request *r, const char *text); /* to the target */
void profile_put_event(struct json_writer *w, const struct profile_identity *who,
                       const struct outbox_event *event); /* CloudEvents' members of an object */
void profile_source(const struct profile_identity *who, char out[PROFILE_ATTRIBUTE_SIZE]); /* "/vn/38/pakn-sms/th-01" */

#define PROFILE_EVENT_ID_SIZE 80
void profile_event_id(const struct profile_identity *who, const struct outbox_event *event, char out[PROFILE_EVENT_ID_SIZE]); /* "th-01:1:123" */

#endif
