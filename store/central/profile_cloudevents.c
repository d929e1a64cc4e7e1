/* CloudEvents 1.0 over HTTP, structured, and batched where the store says that it takes batches: openapi.yaml is the contract. Every attribute is
 * printable ASCII; Vietnamese stands in `data` only. */
#include "store/central/profile.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/json.h"
#include "store/calendar.h"
#include "store/central_document.h"

#include <stdio.h>
#include <string.h>

static void put_object(struct json_writer *w, const struct profile_identity *who, const struct outbox_event *event) {
    json_open_object(w, NULL);
    profile_put_event(w, who, event);
    json_close_object(w);
}

/* Of a batch: its first and last id, and what nobody else's content has, since the same two may stand around others another time. */
static void batch_key(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, struct profile_request *r) {
    char first[PROFILE_EVENT_ID_SIZE], last[PROFILE_EVENT_ID_SIZE];
    uint8_t hash[HASH256_SIZE];
    uint64_t tag = 0;
    hash256(bytes_of(r->body.data, r->body.len), hash);
    memcpy(&tag, hash, sizeof tag);
    profile_event_id(who, events[0], first);
    profile_event_id(who, events[count - 1], last);
    snprintf(r->key, sizeof r->key, "%s..%s~%016llx", first, last, (unsigned long long)tag);
}

static enum err push(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                     struct profile_request *r) {
    struct json_writer w;
    (void)of;
    profile_request_begin(r, "POST", "/events");
    json_begin(&w, &r->body);
    r->content_type = count == 1 ? "application/cloudevents+json; charset=utf-8" : "application/cloudevents-batch+json; charset=utf-8";
    if (count > 1)
        json_open_array(&w, NULL);
    for (size_t i = 0; i < count; i++)
        put_object(&w, who, events[i]);
    if (count > 1)
        json_close_array(&w);
    if (!str_ok(&r->body))
        return ERR_TOO_LONG;
    if (count == 1)
        profile_event_id(who, events[0], r->key);
    else
        batch_key(who, events, count, r);
    return ERR_OK;
}

static enum err read_event(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of,
                           const struct profile_search *search, struct profile_request *r) {
    char id[PROFILE_EVENT_ID_SIZE], source[PROFILE_ATTRIBUTE_SIZE];
    (void)of;
    (void)search;
    profile_event_id(who, event, id);
    profile_source(who, source);
    profile_request_begin(r, "GET", "/events?source=");
    profile_add_escaped(&r->target, source);
    str_add(&r->target, "&id=");
    profile_add_escaped(&r->target, id);
    return ERR_OK;
}

/* Two events are the same when their JSON values are. */
static enum push_compared compare(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of, int status,
                                  struct bytes body, struct profile_search *search, bool *ret_more) {
    struct json *theirs = NULL, *ours = NULL;
    struct profile_request r;
    (void)search;
    *ret_more = false;
    if (status == 404)
        return COMPARED_ABSENT;
    if (status != 200 || json_parse((const char *)body.data, body.len, &theirs) != ERR_OK)
        return COMPARED_UNKNOWN;
    enum push_compared answer = COMPARED_UNKNOWN;
    if (push(who, &event, 1, of, &r) == ERR_OK && json_parse(r.body.data, r.body.len, &ours) == ERR_OK)
        answer = json_equal_values(ours, theirs) ? COMPARED_SAME : COMPARED_OTHER;
    profile_request_release(&r);
    json_free(ours);
    json_free(theirs);
    return answer;
}

static void ask_capabilities(const struct profile_identity *who, struct profile_request *r) {
    (void)who;
    profile_request_begin(r, "GET", "/capabilities");
}

static void ask_changes(const struct profile_identity *who, const struct pull_request *what, int64_t now, struct profile_request *r) {
    (void)who;
    (void)now;
    profile_request_begin(r, "GET", "/changes?since=");
    profile_add_escaped(&r->target, what->since);
    str_addf(&r->target, "&wait=%lld&limit=%d", (long long)what->wait, what->limit);
}

static enum err read_changes(const struct profile_identity *who, const struct pull_request *what, const struct profile_feed *feed, struct bytes body,
                             struct str *problem, struct pull_page *ret_page) {
    (void)who;
    (void)what;
    (void)feed;
    return pull_page_read(body, problem, ret_page);
}

static void ask_document(const char *name, const char *etag, struct profile_request *r) {
    profile_request_begin(r, "GET", "/documents/");
    profile_add_escaped(&r->target, name);
    r->if_none_match = etag;
}

/* The key is drawn: a question is nobody's content, and one more is another question. */
static void ask_lookup(int32_t code, const struct phone *phone, struct profile_request *r) {
    char text[CASE_CODE_SIZE];
    struct json_writer w;
    uint8_t drawn[16];
    struct str key;
    case_code_text(code, text);
    profile_request_begin(r, "POST", "/cases/lookup");
    r->content_type = "application/json";
    json_begin(&w, &r->body);
    json_open_object(&w, NULL);
    json_put_text(&w, "code", text);
    json_put_text(&w, "phone", phone->text);
    json_close_object(&w);
    random_octets(drawn, sizeof drawn);
    str_init(&key, sizeof r->key);
    str_add(&key, "lookup-");
    str_add_hex(&key, drawn, sizeof drawn);
    snprintf(r->key, sizeof r->key, "%s", key.data);
    str_release(&key);
}

static bool read_case(const struct json *document, int32_t code, struct profile_lookup *ret_lookup) {
    const char *said = json_text(document, "code"), *state = json_text(document, "state"), *date = json_text(document, "date");
    const char *agency = json_text(document, "agency");
    char text[CASE_CODE_SIZE];
    struct profile_lookup found = {.state = CASE_STATE_COUNT};
    case_code_text(code, text);
    for (enum case_state s = CASE_RECEIVED; s < CASE_STATE_COUNT && state; s++)
        if (strcmp(case_state_name(s), state) == 0)
            found.state = s;
    if (!said || strcmp(said, text) != 0 || found.state == CASE_STATE_COUNT)
        return false;
    if (date && calendar_parse_date(date, &found.due_day) != ERR_OK)
        return false;
    if (agency && str_copy(found.agency, sizeof found.agency, agency) != ERR_OK)
        return false;
    *ret_lookup = found;
    return true;
}

static enum err read_lookup(struct bytes body, int32_t code, struct profile_lookup *ret_lookup) {
    struct json *document = NULL;
    if (json_parse((const char *)body.data, body.len, &document) != ERR_OK)
        return ERR_INVALID;
    bool read = read_case(document, code, ret_lookup);
    json_free(document);
    return read ? ERR_OK : ERR_INVALID;
}

static unsigned documents_in(const struct json *list) {
    unsigned found = 0;
    for (size_t i = 0; i < json_count(list); i++) {
        const char *name = json_text_value(json_at(list, i));
        for (enum central_document which = CENTRAL_DIRECTORY; which <= CENTRAL_TEMPLATES; which++)
            if (name && strcmp(central_document_name(which), name) == 0)
                found |= 1u << which;
    }
    return found;
}

static int64_t number_in(const struct json *object, const char *key, int64_t least, int64_t preset) {
    int64_t value = preset;
    return json_int(object, key, &value) && value >= least ? value : preset;
}

static enum err read_capabilities(struct bytes body, struct profile_capabilities *ret_capabilities) {
    struct json *document = NULL;
    if (json_parse((const char *)body.data, body.len, &document) != ERR_OK)
        return ERR_INVALID;
    const struct json *events = json_get(document, "events"), *changes = json_get(document, "changes");
    bool batch = false, lookup = false, known = json_bool(events, "batch", &batch);
    (void)json_bool(document, "lookup", &lookup);
    struct profile_capabilities c = {
        .batch = batch,
        .max_batch = batch ? number_in(events, "max_batch", 1, 1) : 1,
        .max_event = number_in(events, "max_event_octets", 65536, 65536),
        .max_wait = number_in(changes, "max_wait", 0, 0),
        .max_limit = number_in(changes, "max_limit", 1, 100),
        .lookup = lookup,
        .documents = documents_in(json_get(document, "documents")),
    };
    json_free(document);
    if (known)
        *ret_capabilities = c;
    return known ? ERR_OK : ERR_INVALID;
}

const struct profile profile_cloudevents = {
    .name = "ce",
    .cursor_unknown = 410,
    .push = push,
    .read = read_event,
    .compare = compare,
    .ask_capabilities = ask_capabilities,
    .read_capabilities = read_capabilities,
    .ask_changes = ask_changes,
    .read_changes = read_changes,
    .ask_document = ask_document,
    .ask_lookup = ask_lookup,
    .read_lookup = read_lookup,
};
