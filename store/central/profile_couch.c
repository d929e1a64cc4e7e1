/* The CouchDB protocol, where many appliances share one database of the province: `url` is the database. An event is a document that nobody changes,
 * `_id` being its id (`appliance:epoch:sequence`), with the members of the CloudEvent that it is. What the store makes of each document of _bulk_docs
 * stands in the answer: one that is there already (`conflict`) is done only if the same stands there.
 *
 * The feed is _changes of the whole database: our own events, the others' (store/province.h), and what the store's side decides, a CloudEvent as
 * openapi.yaml has it, under any `_id`. `document:directory` and so on, each with an attachment `text`, are the province's documents.
 *
 * Stores with numbers for sequences (CouchDB 1, PouchDB) hold a request for ever at a cursor that they haven't reached yet: one that was emptied
 * shows by the number in the database's own description. With those of CouchDB 2 and later the store itself begins again, or says 400. */
#include "store/central/profile.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/central_document.h"

#include <stdio.h>
#include <string.h>

enum { BATCH = 200, EVENT_OCTETS = 65536, HELD = 50 };
#define DOCUMENT "document:"

/* ---- up ---- */

static void put_document(struct json_writer *w, const struct profile_identity *who, const struct outbox_event *event, const char *revision) {
    char id[PROFILE_EVENT_ID_SIZE];
    profile_event_id(who, event, id);
    json_open_object(w, NULL);
    json_put_text(w, "_id", id);
    if (revision)
        json_put_text(w, "_rev", revision);
    profile_put_event(w, who, event);
    json_close_object(w);
}

static enum err push(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                     struct profile_request *r) {
    struct json_writer w;
    (void)of;
    profile_request_begin(r, "POST", "/_bulk_docs");
    r->content_type = "application/json";
    json_begin(&w, &r->body);
    json_open_object(&w, NULL);
    json_open_array(&w, "docs");
    for (size_t i = 0; i < count; i++)
        put_document(&w, who, events[i], NULL);
    json_close_array(&w);
    json_close_object(&w);
    return str_ok(&r->body) ? ERR_OK : ERR_TOO_LONG;
}

/* What a document that wasn't stored is to be, by `error`; any other: nobody knows, or not now. */
static const struct {
    const char *error;
    enum push_verdict verdict;
} errors[] = {
    {"conflict", PUSH_COMPARE},         {"forbidden", PUSH_PARK}, /* a rule of the database (validate_doc_update) */
    {"unauthorized", PUSH_REAUTHORISE}, {"bad_request", PUSH_PARK},         {"doc_validation", PUSH_PARK},
    {"illegal_docid", PUSH_PARK},       {"document_too_large", PUSH_SPLIT},
};

static bool read_one(const struct json *said, const char *id, struct profile_result *result) {
    const char *of = json_text(said, "id"), *error = json_text(said, "error"), *reason = json_text(said, "reason");
    if (!of || strcmp(of, id) != 0 || (!error && !json_text(said, "rev")))
        return false;
    result->verdict = error ? PUSH_RETRY : PUSH_DONE;
    if (!error)
        return true;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (strcmp(errors[i].error, error) == 0)
            result->verdict = errors[i].verdict;
    snprintf(result->reason, sizeof result->reason, "%.60s%s%.180s", error, reason ? ": " : "", reason ? reason : "");
    return true;
}

static enum err read_pushed(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                            int status, struct bytes body, struct profile_result *results) {
    struct json *list = NULL;
    (void)of;
    if (!push_verdict_good(push_verdict_of(status)))
        return ERR_OK;
    if (json_parse((const char *)body.data, body.len, &list) != ERR_OK)
        return ERR_INVALID;
    bool each = json_count(list) == count;
    for (size_t i = 0; i < count && each; i++) {
        char id[PROFILE_EVENT_ID_SIZE];
        profile_event_id(who, events[i], id);
        each = read_one(json_at(list, i), id, &results[i]);
    }
    json_free(list);
    return each ? ERR_OK : ERR_INVALID;
}

static enum err read_event(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of,
                           const struct profile_search *search, struct profile_request *r) {
    char id[PROFILE_EVENT_ID_SIZE];
    (void)of;
    (void)search;
    profile_event_id(who, event, id);
    profile_request_begin(r, "GET", "/");
    profile_add_escaped(&r->target, id);
    return ERR_OK;
}

/* The same but for the revision, which is the store's. */
static enum push_compared compare(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of, int status,
                                  struct bytes body, struct profile_search *search, bool *ret_more) {
    struct json *theirs = NULL, *ours = NULL;
    struct json_writer w;
    struct str text;
    (void)of;
    (void)search;
    *ret_more = false;
    if (status == 404)
        return COMPARED_ABSENT;
    if (status != 200 || json_parse((const char *)body.data, body.len, &theirs) != ERR_OK)
        return COMPARED_UNKNOWN;
    const char *revision = json_text(theirs, "_rev");
    enum push_compared answer = COMPARED_UNKNOWN;
    str_init(&text, PROFILE_BODY_MAX);
    json_begin(&w, &text);
    put_document(&w, who, event, revision);
    if (revision && str_ok(&text) && json_parse(text.data, text.len, &ours) == ERR_OK)
        answer = json_equal_values(ours, theirs) ? COMPARED_SAME : COMPARED_OTHER;
    str_release(&text);
    json_free(ours);
    json_free(theirs);
    return answer;
}

/* ---- down ---- */

static void ask_database(const struct profile_identity *who, struct profile_request *r) {
    (void)who;
    profile_request_begin(r, "GET", "");
}

static void ask_changes(const struct profile_identity *who, const struct pull_request *what, int64_t now, struct profile_request *r) {
    (void)now;
    if (what->check) {
        ask_database(who, r);
        return;
    }
    profile_request_begin(r, "GET", "/_changes?since=");
    profile_add_escaped(&r->target, what->since);
    str_addf(&r->target, "&limit=%d", what->limit);
    if (!what->bare)
        str_add(&r->target, "&include_docs=true");
    if (what->wait)
        str_addf(&r->target, "&feed=longpoll&timeout=%lld", (long long)what->wait * 1000);
}

/* A number, or a text that means nothing to us. */
static bool sequence_of(const struct json *object, const char *key, char out[FEED_CURSOR_MAX + 1]) {
    const char *text = json_text(object, key);
    int64_t number;
    if (text)
        return feed_cursor_valid(text) && str_copy(out, FEED_CURSOR_MAX + 1, text) == ERR_OK;
    if (!json_int(object, key, &number) || number < 0)
        return false;
    snprintf(out, FEED_CURSOR_MAX + 1, "%lld", (long long)number);
    return true;
}

static bool is_database(const struct json *document) {
    return json_text(document, "db_name") != NULL && json_get(document, "update_seq") != NULL;
}

/* Whether it can be one that this store gave. */
static bool reached(const struct json *database, const char *cursor) {
    int64_t newest, ours;
    return !json_int(database, "update_seq", &newest) || (parse_int(cursor, 0, INT64_MAX, &ours) == ERR_OK && ours <= newest);
}

static enum err read_check(const struct json *database, const char *cursor, struct str *problem, struct pull_page *ret_page) {
    struct pull_page page = {.more = true};
    if (!is_database(database)) {
        str_add(problem, "what answers is no database of CouchDB's protocol");
        return ERR_INVALID;
    }
    enum err e = str_copy(page.next, sizeof page.next, reached(database, cursor) ? cursor : FEED_BEGINNING);
    if (e == ERR_OK)
        *ret_page = page;
    return e;
}

/* What is gone, the database's own, and the province's documents, of which an event tells. */
static bool is_no_event(const struct json *row) {
    const char *id = json_text(row, "id");
    bool deleted = false;
    (void)json_bool(row, "deleted", &deleted);
    return deleted || (id && (*id == '_' || strncmp(id, DOCUMENT, strlen(DOCUMENT)) == 0));
}

static struct pull_item item_of(const struct json *row, bool bare) {
    const struct json *document = json_get(row, "doc");
    struct pull_item item = pull_item_of(document ? document : row);
    if (!document)
        item.problem = bare ? "a document that is too large to be read" : "a change without its document";
    return item;
}

static enum err read_rows(const struct pull_request *what, struct json *document, struct str *problem, struct pull_page *ret_page) {
    const struct json *rows = json_get(document, "results");
    struct pull_page page = {.document = document};
    size_t count = json_count(rows);
    if (!json_value_is_array(rows) || !sequence_of(document, "last_seq", page.next)) {
        str_add(problem, "the answer has no results, or no last_seq");
        return ERR_INVALID;
    }
    if (count == 0 && str_copy(page.next, sizeof page.next, what->since) != ERR_OK) /* written otherwise it's still the same place */
        return ERR_INVALID;
    page.more = count >= (size_t)what->limit;
    page.items = mem_alloc((count + 1) * sizeof *page.items);
    for (size_t i = 0; i < count; i++)
        if (!is_no_event(json_at(rows, i)))
            page.items[page.count++] = item_of(json_at(rows, i), what->bare);
    *ret_page = page;
    return ERR_OK;
}

static enum err read_changes(const struct profile_identity *who, const struct pull_request *what, const struct profile_feed *feed, struct bytes body,
                             struct str *problem, struct pull_page *ret_page) {
    struct json *document = NULL;
    (void)who;
    (void)feed;
    if (json_parse((const char *)body.data, body.len, &document) != ERR_OK) {
        str_add(problem, "the feed's answer is no JSON");
        return ERR_INVALID;
    }
    enum err e = what->check ? read_check(document, what->since, problem, ret_page) : read_rows(what, document, problem, ret_page);
    if (e != ERR_OK || what->check)
        json_free(document);
    return e;
}

/* ---- what else is there ---- */

static enum err read_capabilities(struct bytes body, struct profile_capabilities *ret_capabilities) {
    struct json *document = NULL;
    if (json_parse((const char *)body.data, body.len, &document) != ERR_OK)
        return ERR_INVALID;
    bool known = is_database(document);
    json_free(document);
    if (known)
        *ret_capabilities = (struct profile_capabilities){.batch = true,
                                                          .max_batch = BATCH,
                                                          .max_event = EVENT_OCTETS,
                                                          .max_wait = HELD,
                                                          .max_limit = PULL_ITEMS_MAX,
                                                          .documents = CENTRAL_ALL_DOCUMENTS};
    return known ? ERR_OK : ERR_INVALID;
}

static void ask_document(const char *name, const char *etag, struct profile_request *r) {
    profile_request_begin(r, "GET", "/" DOCUMENT);
    profile_add_escaped(&r->target, name);
    str_add(&r->target, "/text");
    r->if_none_match = etag;
}

const struct profile profile_couch = {
    .name = "couch",
    .shared = true,
    .checks = true,
    .bares = true,
    .cursor_unknown = 400,
    .push = push,
    .read_pushed = read_pushed,
    .read = read_event,
    .compare = compare,
    .ask_capabilities = ask_database,
    .read_capabilities = read_capabilities,
    .ask_changes = ask_changes,
    .read_changes = read_changes,
    .ask_document = ask_document,
};
