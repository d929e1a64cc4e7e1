/* A profile: how events look on the wire, and how what comes back is read. One table of functions for each kind of store; they build and read texts
 * and nothing else, so they're tested without a socket.
 *
 * `url` of the configuration and a request's `target` together are the address. */
#ifndef CENTRAL_PROFILE_H
#define CENTRAL_PROFILE_H

#include "store/case.h"
#include "store/case_reference.h"
#include "store/central/pull.h"
#include "store/central/push.h"
#include "store/feed.h"
#include "store/lookup.h"
#include "store/outbox.h"

#include <stdbool.h>

enum {
    PROFILE_BODY_MAX = 8 << 20,
    PROFILE_TARGET_MAX = 4096,
    PROFILE_KEY_SIZE = 256,
    PROFILE_REASON_SIZE = 256,
    PROFILE_ATTRIBUTE_SIZE = 128,
    PROFILE_FIELD_MAX = 63,
};

struct profile_service { /* of a GeoReport store */
    const char *field; /* of the directory; "": every other, and none */
    const char *code; /* the store's */
    const char *unit; /* who has a case of it that the store takes on: a key of the directory; "": nobody is known */
};

struct profile_open311 {
    const char *jurisdiction; /* "": the store has only one */
    const char *format; /* "json", "xml" */
    bool confidential; /* the store keeps to itself what is sent as non_public */
    const struct profile_service *services;
    size_t service_count;
};

struct profile_identity { /* borrowed */
    const char *appliance; /* "th-01" */
    const char *province; /* "38" */
    const struct profile_open311 *open311; /* NULL: another profile's */
};

struct profile_case { /* what is known here of an event's case, where the profile asks for it (`searches`) */
    char reference[CASE_REFERENCE_MAX + 1]; /* the store's name of it; "": none yet */
    bool receipt; /* `reference` is only a receipt: the name comes later */
    enum case_state state;
    bool confidential;
    char code[CASE_CODE_SIZE];
    char field[PROFILE_FIELD_MAX + 1]; /* "": none is known */
};

/* What an answer teaches besides its verdict. */
enum profile_learned_kind { LEARNED_NOTHING, LEARNED_REFERENCE, LEARNED_RECEIPT, LEARNED_OWN_ITEM /* the feed will have it: it's ours */ };
struct profile_learned {
    enum profile_learned_kind kind;
    char name[FEED_ID_MAX + 1];
};

struct profile_result { /* what became of one event of a request */
    enum push_verdict verdict; /* PUSH_RETRY: it may have been taken. PUSH_COMPARE with LEARNED_RECEIPT: it was taken, and has no name yet */
    char reason[PROFILE_REASON_SIZE]; /* for people; "": what the answer says besides */
    struct profile_learned learned; /* where it searches */
};

struct profile_search { /* begins as {.now = …} */
    int64_t now; /* wall ms */
    int page; /* that was read last */
    size_t seen; /* records of the pages so far */
    char first[CASE_REFERENCE_MAX + 1]; /* of that page */
    struct profile_learned learned;
};

struct profile_feed { /* what reading a feed needs besides the request */
    int64_t now; /* wall ms, when it was asked */
    int64_t unsettled; /* since when an event waits, of which the store may know more than we do; INT64_MAX: none does */
    enum err (*case_of)(void *context, const char *reference, struct profile_case *ret_case); /* ERR_NOT_FOUND: not of here */
    enum err (*known)(void *context, const char *source, const char *id, bool *ret_known); /* whether that item was dealt with */
    void *context;
};

struct profile_request {
    const char *method;
    const char *content_type; /* of the body; NULL: there is none */
    struct str target; /* "/events" */
    struct str body;
    const char *if_none_match; /* borrowed; an ETag; NULL: none */
    bool keyed_form; /* the body is a form that needs the API key */
    bool once; /* the store would take it for another if it came again */
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

/* What stores differ in besides their wire. What isn't said is no and none. */
struct profile {
    const char *name; /* of the configuration */
    bool searches; /* its store takes an event that comes again for another: one at a time, and what may have arrived is searched for first */
    bool shared; /* its feed has the events of all appliances: no store has to be asked for their cases (store/province.h) */
    bool checks, bares; /* what its feed can be asked besides: pull.h */
    int cursor_unknown; /* the status that says that the feed's cursor means nothing there */

    /* ---- events, up ---- */

    /* Several events only where batches are allowed. ERR_TOO_LONG: more than PROFILE_BODY_MAX; ERR_UNSUPPORTED: nothing of it is for such a store.
     * The request is to be released in every case. `of` is of the one event, here and below; it says nothing where the profile doesn't search. */
    enum err (*push)(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                     struct profile_request *ret_request);
    /* What an answer's body says of each of the events. The results come with the verdict of the answer's status, and only what the body changes is
     * put in: where the status doesn't say that several were taken, nothing is. ERR_INVALID: it can't be understood, and the events may have been
     * taken. NULL: the status says what became of all of them. */
    enum err (*read_pushed)(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                            int status, struct bytes body, struct profile_result *results);
    /* Asks what stands there, of the next page after search->page; ERR_UNSUPPORTED: the same as for push. */
    enum err (*read)(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of,
                     const struct profile_search *search, struct profile_request *ret_request);
    /* *ret_more: the next page is to be read, the answer doesn't count yet. */
    enum push_compared (*compare)(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of, int status,
                                  struct bytes body, struct profile_search *search, bool *ret_more);
    void (*explain)(struct bytes body, struct str *to); /* what a refusal says in its store's form; NULL: problem details only */

    /* ---- the feed, down ---- */

    void (*ask_changes)(const struct profile_identity *who, const struct pull_request *what, int64_t now, struct profile_request *ret_request);
    enum err (*read_changes)(const struct profile_identity *who, const struct pull_request *what, const struct profile_feed *feed, struct bytes body,
                             struct str *problem, struct pull_page *ret_page); /* pull_parts.read */
    void (*feed_source)(const struct profile_identity *who, char out[PULL_ATTRIBUTE_MAX + 1]); /* of the feed's items, where it searches; else NULL */

    /* ---- what else there is ---- */

    void (*ask_capabilities)(const struct profile_identity *who, struct profile_request *ret_request);
    enum err (*read_capabilities)(struct bytes body, struct profile_capabilities *ret_capabilities); /* ERR_INVALID */
    /* etag NULL: none is in force. NULL: it has no documents. */
    void (*ask_document)(const char *name, const char *etag, struct profile_request *ret_request);
    void (*ask_lookup)(int32_t code, const struct phone *phone, struct profile_request *ret_request); /* NULL: such a store can't be asked */
    enum err (*read_lookup)(struct bytes body, int32_t code, struct profile_lookup *ret_lookup); /* ERR_INVALID: it isn't about that code */
};
extern const struct profile profile_cloudevents, profile_couch, profile_open311;

const struct profile *central_profile(const char *name); /* NULL: there is none */

/* What the profiles share. */
void profile_request_begin(struct profile_request *ret_request, const char *method, const char *target);
void profile_add_escaped(struct str *to, const char *text); /* as RFC 3986 has it, in targets and forms */
void profile_put_event(struct json_writer *w, const struct profile_identity *who,
                       const struct outbox_event *event); /* CloudEvents' members of an object */
void profile_source(const struct profile_identity *who, char out[PROFILE_ATTRIBUTE_SIZE]); /* of our events: "/vn/38/pakn-sms/th-01" */

#define PROFILE_EVENT_ID_SIZE 80
void profile_event_id(const struct profile_identity *who, const struct outbox_event *event, char out[PROFILE_EVENT_ID_SIZE]); /* "th-01:1:123" */

#endif
