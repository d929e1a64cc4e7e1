/* Open311 GeoReport v2 and mySociety's extension for updates: a case is a service request, what happens to it afterwards an update. The table below
 * says what each event is there; what has no row is nothing to such a store and stays here.
 *
 * GeoReport knows no key by which a request that comes again would be the same one. So a request bears the case's code, at the end of its
 * description and as attribute[ma_pakn], and one that may have arrived is looked for by it before it's posted again: GET /requests, or GET
 * /tokens/… where the store gave a receipt. An update bears its event's id, and is looked for by that, or by what it says of which request.
 *
 * What isn't in GeoReport is sent as an attribute, never as a field of our own: some stores refuse those (open311-adapter does). */
#include "store/central/profile.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/text.h"
#include "store/central/georeport.h"
#include "store/central/open311.h"

#include <stdio.h>
#include <string.h>

enum { DESCRIPTION_MAX = 4000 /* characters */, ADDRESS_MAX = 250, PAGES_MAX = 100, LIST_MAX = 1000 /* requests of an answer, by the standard */ };
#define EARLIER CLOCK_HOUR /* that a store's clock may be behind ours */
#define TYPES "vn.pakn."
#define SUBMITTED "vn.pakn.case.submitted"

/* A row for each event that goes up as an update; the first that fits counts. */
static const struct update {
    const char *type, *step; /* step NULL: any */
    const char *status;
    const char *words; /* where the event has none, or the store may not have them */
} updates[] = {
    {"case.supplemented", "name", "UNCHANGED", "Người gửi cho biết họ tên."},
    {"case.supplemented", "tax-code", "UNCHANGED", "Người gửi cho biết mã số thuế."},
    {"case.supplemented", NULL, "UNCHANGED", "Người gửi bổ sung thông tin."},
    {"case.confidentiality-requested", NULL, "UNCHANGED", "Người gửi đề nghị giữ bí mật thông tin."},
    {"case.callback-requested", NULL, "UNCHANGED", "Người gửi đề nghị được gọi lại."},
    {"case.called", NULL, "UNCHANGED", "Đã gọi lại cho người gửi."},
    {"case.withdraw-requested", NULL, "CANCELLED", "Người gửi rút phản ánh, kiến nghị."},
    {"case.need-info", NULL, "INVESTIGATING", "Đã đề nghị người gửi bổ sung thông tin."},
    {"case.asked", NULL, "INVESTIGATING", "Đã hỏi thêm người gửi."},
    {"case.accepted", NULL, "IN_PROGRESS", "Đã tiếp nhận xử lý."},
    {"case.late-reason", NULL, "IN_PROGRESS", "Chậm so với thời hạn."},
    {"case.transferred", NULL, "INTERNAL_REFERRAL", "Đã chuyển cơ quan có thẩm quyền."},
    {"case.coordination", "coordinate", "INTERNAL_REFERRAL", "Đã đề nghị cơ quan khác phối hợp."},
    {"case.coordination", NULL, "UNCHANGED", "Cơ quan phối hợp đã trả lời."},
    {"case.refused", "mark-duplicate", "DUPLICATE", "Trùng với phản ánh, kiến nghị đã có."},
    {"case.refused", NULL, "NO_FURTHER_ACTION", "Từ chối tiếp nhận."},
    {"case.published", NULL, "CLOSED", "Đã có kết quả xử lý."},
    {"case.reconsidered", NULL, "CLOSED", "Đã xem xét lại kết quả xử lý."},
    {"case.closed", NULL, "CLOSED", "Đã kết thúc."},
    {"case.annulled", NULL, "REOPEN", "Kết quả xử lý bị hủy, xử lý lại."},
    {"case.rejoinder-submitted", NULL, "REOPEN", "Người gửi không đồng ý với kết quả xử lý."},
    {"decision.refused", NULL, "UNCHANGED", "Không thực hiện được quyết định."},
};

static const struct update *update_of(const struct outbox_event *event, const struct json *data) {
    const char *step = json_text(data, "step");
    if (strncmp(event->type, TYPES, strlen(TYPES)) != 0 || !event->subject)
        return NULL;
    for (size_t i = 0; i < sizeof updates / sizeof *updates; i++) {
        const struct update *u = &updates[i];
        if (strcmp(u->type, event->type + strlen(TYPES)) == 0 && (!u->step || (step && strcmp(u->step, step) == 0)))
            return u;
    }
    return NULL;
}

const struct profile_service *open311_service(const struct profile_open311 *o, const char *field) {
    const struct profile_service *other = NULL;
    for (size_t i = 0; i < o->service_count; i++) {
        if (field && *field && strcmp(o->services[i].field, field) == 0)
            return &o->services[i];
        if (!*o->services[i].field)
            other = &o->services[i];
    }
    return other;
}

void open311_source(const struct profile_identity *who, char out[PULL_ATTRIBUTE_MAX + 1]) {
    snprintf(out, PULL_ATTRIBUTE_MAX + 1, "/open311/%s", who->open311->jurisdiction);
}

/* The id of an update for such a store: letters, digits, - and _ are what all of them take. */
static void update_id(const struct profile_identity *who, const struct outbox_event *event, char out[PROFILE_EVENT_ID_SIZE]) {
    profile_event_id(who, event, out);
    for (char *at = out; *at; at++)
        if (*at == ':')
            *at = '_';
}

bool open311_is_ours(const struct profile_identity *who, const char *id) {
    size_t len = strlen(who->appliance);
    return strncmp(id, who->appliance, len) == 0 && id[len] == '_';
}

/* ---- what is sent ---- */

static void begin(struct profile_request *r, const struct profile_identity *who, const char *method, const char *resource, const char *name) {
    profile_request_begin(r, method, "/");
    str_add(&r->target, resource);
    if (name)
        profile_add_escaped(&r->target, name);
    str_addf(&r->target, ".%s", who->open311->format);
}

static void begin_form(struct profile_request *r, const struct profile_identity *who, const char *resource) {
    begin(r, who, "POST", resource, NULL);
    r->content_type = "application/x-www-form-urlencoded; charset=utf-8";
    r->keyed_form = true;
    r->once = true;
    if (*who->open311->jurisdiction)
        georeport_add_form(&r->body, "jurisdiction_id", who->open311->jurisdiction);
}

static void add_query(struct profile_request *r, const struct profile_identity *who) {
    struct str query;
    str_init(&query, PROFILE_TARGET_MAX);
    if (*who->open311->jurisdiction)
        georeport_add_form(&query, "jurisdiction_id", who->open311->jurisdiction);
    if (query.len)
        str_addf(&r->target, "?%s", query.data);
    str_release(&query);
}

static void add_to_query(struct profile_request *r, const char *name, const char *value) {
    str_add_char(&r->target, strchr(r->target.data, '?') ? '&' : '?');
    profile_add_escaped(&r->target, name);
    str_add_char(&r->target, '=');
    profile_add_escaped(&r->target, value);
}

static void add_period(struct profile_request *r, int64_t from, int64_t until) {
    char moment[GEOREPORT_MOMENT_SIZE];
    georeport_moment(from, moment);
    add_to_query(r, "start_date", moment);
    georeport_moment(until, moment);
    add_to_query(r, "end_date", moment);
}

static void marker_of(const char *code, char out[32]) {
    snprintf(out, 32, "[PAKN %s]", code);
}

/* The words as they are, or as much of them as there's room for, and behind them whose they are. */
static void add_description(struct str *form, const char *text, const char *marker) {
    struct str description;
    size_t room = DESCRIPTION_MAX - (marker ? strlen(marker) + 2 : 0);
    bool whole = text_codepoints(text) <= room;
    str_init(&description, PROFILE_BODY_MAX);
    str_add_n(&description, text, whole ? strlen(text) : text_prefix(text, room - 1));
    if (!whole)
        str_add(&description, "…");
    if (marker)
        str_addf(&description, "\n\n%s", marker);
    georeport_add_form(form, "description", description.data ? description.data : "");
    if (!whole)
        georeport_add_form(form, "attribute[toan_van]", text);
    str_release(&description);
}

/* The last word is the given name. */
static void add_name(struct str *form, const char *name) {
    const char *given = name ? strrchr(name, ' ') : NULL;
    struct str family;
    if (!name)
        return;
    georeport_add_form(form, "first_name", given ? given + 1 : name);
    if (!given)
        return;
    str_init(&family, PROFILE_BODY_MAX);
    str_add_n(&family, name, (size_t)(given - name));
    georeport_add_form(form, "last_name", family.data ? family.data : "");
    str_release(&family);
}

/* Until when something is due here: the day's end. */
static void add_due(struct str *form, const char *day) {
    char moment[40];
    if (!day)
        return;
    snprintf(moment, sizeof moment, "%.10sT23:59:59+07:00", day);
    georeport_add_form(form, "attribute[expected_datetime]", moment);
}

static const char *open_deadline(const struct json *data) {
    const struct json *deadlines = json_get(data, "deadlines");
    const char *first = NULL;
    for (size_t i = 0; i < json_count(deadlines); i++) {
        const char *state = json_text(json_at(deadlines, i), "state"), *due = json_text(json_at(deadlines, i), "due");
        if (state && due && strcmp(state, "open") == 0 && (!first || strcmp(due, first) < 0))
            first = due;
    }
    return first;
}

static enum err post_request(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of,
                             const struct json *data, struct profile_request *r) {
    const struct profile_service *service = open311_service(who->open311, json_text(data, "field"));
    const char *text = json_text(data, "text");
    char marker[32], address[ADDRESS_MAX * 4 + 1];
    if (*of->reference || !service || !event->subject || (of->confidential && !who->open311->confidential))
        return ERR_UNSUPPORTED;
    text = text ? text : "";
    marker_of(event->subject, marker);
    snprintf(address, sizeof address, "%.*s", (int)text_prefix(text, ADDRESS_MAX), text);
    begin_form(r, who, "requests");
    georeport_add_form(&r->body, "service_code", service->code);
    georeport_add_form(&r->body, "address_string", *address ? address : event->subject); /* the place stands in the words */
    add_description(&r->body, text, marker);
    add_name(&r->body, json_text(data, "name"));
    georeport_add_form(&r->body, "phone", json_text(data, "phone"));
    georeport_add_form(&r->body, "attribute[ma_pakn]", json_text(data, "id"));
    add_due(&r->body, json_text(data, "intake_due"));
    if (of->confidential)
        georeport_add_form(&r->body, "attribute[non_public]", "1");
    return str_ok(&r->body) ? ERR_OK : ERR_TOO_LONG;
}

static const char *words_of(const struct update *u, const struct json *data, bool withheld) {
    const char *text = json_text(data, "text");
    if (!text && strcmp(u->type, "decision.refused") == 0)
        text = json_text(data, "reason");
    return text && *text && !withheld ? text : u->words;
}

static enum err post_update(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of,
                            const struct json *data, struct profile_request *r) {
    const struct update *u = update_of(event, data);
    bool withheld = of->confidential && !who->open311->confidential;
    char id[PROFILE_EVENT_ID_SIZE], moment[GEOREPORT_MOMENT_SIZE];
    if (!u || !*of->reference || of->receipt)
        return ERR_UNSUPPORTED;
    update_id(who, event, id);
    georeport_moment(event->at, moment);
    begin_form(r, who, "servicerequestupdates");
    georeport_add_form(&r->body, "service_request_id", of->reference);
    georeport_add_form(&r->body, "update_id", id);
    georeport_add_form(&r->body, "status", u->status);
    georeport_add_form(&r->body, "updated_datetime", moment);
    add_description(&r->body, words_of(u, data, withheld), NULL);
    if (!withheld) {
        add_name(&r->body, json_text(data, "name"));
        georeport_add_form(&r->body, "attribute[ma_so_thue]", json_text(data, "tax_code"));
    }
    add_due(&r->body, json_text(data, "new_date") ? json_text(data, "new_date") : open_deadline(data));
    if (of->confidential)
        georeport_add_form(&r->body, "attribute[non_public]", "1");
    return str_ok(&r->body) ? ERR_OK : ERR_TOO_LONG;
}

static bool is_submission(const struct outbox_event *event) {
    return strcmp(event->type, SUBMITTED) == 0;
}

static enum err push(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                     struct profile_request *r) {
    struct json *data = NULL;
    *r = (struct profile_request){.method = "POST"};
    if (count != 1 || !of || json_parse(events[0]->data, strlen(events[0]->data), &data) != ERR_OK)
        return ERR_UNSUPPORTED;
    enum err e = is_submission(events[0]) ? post_request(who, events[0], of, data, r) : post_update(who, events[0], of, data, r);
    json_free(data);
    return e;
}

/* ---- what is answered ---- */

static bool copy_name(char *to, size_t size, const char *name) {
    if (!name || !*name)
        return false;
    for (const char *at = name; *at; at++)
        if (*at < '!' || *at > '~')
            return false;
    return str_copy(to, size, name) == ERR_OK;
}

bool open311_item_id(const char *reference, const char *id, char out[FEED_ID_MAX + 1]) {
    char safe[FEED_ID_MAX + 1];
    if (!copy_name(safe, sizeof safe, id) || !copy_name(safe, sizeof safe, reference))
        return false;
    int len = snprintf(out, FEED_ID_MAX + 1, "%s/%s", reference, id);
    return len > 0 && len <= FEED_ID_MAX - 2; /* room for the mark of a second step */
}

static enum err read_request(const struct georeport *g, struct profile_result *result) {
    struct profile_learned *l = &result->learned;
    if (copy_name(l->name, CASE_REFERENCE_MAX + 1, georeport_text(g, 0, "service_request_id"))) {
        l->kind = LEARNED_REFERENCE;
        return ERR_OK;
    }
    if (!copy_name(l->name, CASE_REFERENCE_MAX + 1, georeport_text(g, 0, "token")))
        return ERR_INVALID;
    l->kind = LEARNED_RECEIPT;
    result->verdict = PUSH_COMPARE;
    return ERR_OK;
}

/* mySociety's stores know an update by its id. */
static bool says_already(struct bytes body) {
    static const char words[] = "already exists";
    for (size_t i = 0; i + sizeof words - 1 <= body.len; i++)
        if (memcmp(body.data + i, words, sizeof words - 1) == 0)
            return true;
    return false;
}

static enum err read_pushed(const struct profile_identity *who, const struct outbox_event *const *events, size_t count, const struct profile_case *of,
                            int status, struct bytes body, struct profile_result *results) {
    struct georeport g;
    enum err e = ERR_OK;
    bool submission = is_submission(events[0]);
    (void)who;
    (void)count;
    if (!submission && status == 404)
        results->verdict = PUSH_PARK; /* that request isn't there (any more): the event's fault, not the way's */
    else if (!submission && status == 400 && says_already(body))
        results->verdict = PUSH_DONE;
    if (!push_verdict_good(push_verdict_of(status)))
        return ERR_OK;
    if (georeport_read(body, &g) != ERR_OK)
        return submission ? ERR_INVALID : ERR_OK;
    if (submission)
        e = read_request(&g, results);
    else if (open311_item_id(of->reference, georeport_text(&g, 0, "update_id"), results->learned.name))
        results->learned.kind = LEARNED_OWN_ITEM;
    georeport_release(&g);
    return e;
}

/* ---- whether it's there ---- */

static enum err read_event(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of,
                           const struct profile_search *search, struct profile_request *r) {
    struct json *data = NULL;
    char number[12];
    int64_t from = event->at - EARLIER, earliest = search->now - OPEN311_PERIOD_MOST + 2 * EARLIER;
    from = from < earliest ? earliest : from;
    bool submission = is_submission(event), receipt = submission && of->receipt;
    *r = (struct profile_request){.method = "GET"};
    if (json_parse(event->data, strlen(event->data), &data) != ERR_OK)
        return ERR_UNSUPPORTED;
    const struct profile_service *service = submission ? open311_service(who->open311, json_text(data, "field")) : NULL;
    bool possible = submission ? (service && !*of->reference) || receipt : update_of(event, data) && *of->reference && !of->receipt;
    json_free(data);
    if (!possible)
        return ERR_UNSUPPORTED;
    begin(r, who, "GET", receipt ? "tokens/" : submission ? "requests" : "servicerequestupdates", receipt ? of->reference : NULL);
    add_query(r, who);
    if (receipt)
        return ERR_OK;
    if (submission)
        add_to_query(r, "service_code", service->code);
    add_period(r, from, search->now + EARLIER);
    snprintf(number, sizeof number, "%d", search->page + 1);
    if (search->page)
        add_to_query(r, "page", number);
    return ERR_OK;
}

/* Our marker is the last thing that we write: what a citizen writes can't stand for it. */
static bool is_that_request(const struct georeport *g, size_t record, const struct profile_identity *who, const char *code) {
    const char *attribute = georeport_text(g, record, "ma_pakn"), *description = georeport_text(g, record, "description"), *last = NULL;
    char id[64], marker[32];
    snprintf(id, sizeof id, "%s-%s", who->province, code);
    marker_of(code, marker);
    if (attribute)
        return strcmp(attribute, id) == 0;
    for (const char *at = description; at && (at = strstr(at, "[PAKN ")); at++)
        last = at;
    return last && strncmp(last, marker, strlen(marker)) == 0;
}

/* A store that has no pages answers as before, or refuses what it doesn't know: then the first page was all. */
static enum push_compared next_page(const struct georeport *g, struct profile_search *search, bool *ret_more) {
    const char *first = georeport_text(g, 0, "service_request_id");
    bool repeated = search->page > 0 && first && strcmp(first, search->first) == 0;
    if (g->count == 0 || repeated)
        return search->page == 1 && search->seen >= LIST_MAX ? COMPARED_OTHER : COMPARED_ABSENT;
    if (++search->page >= PAGES_MAX || !first || str_copy(search->first, sizeof search->first, first) != ERR_OK)
        return COMPARED_OTHER;
    search->seen += g->count;
    *ret_more = true;
    return COMPARED_UNKNOWN;
}

static enum push_compared find_request(const struct georeport *g, const struct profile_identity *who, const struct outbox_event *event,
                                       struct profile_search *search, bool *ret_more) {
    for (size_t i = 0; i < g->count; i++) {
        if (!is_that_request(g, i, who, event->subject))
            continue;
        if (!copy_name(search->learned.name, CASE_REFERENCE_MAX + 1, georeport_text(g, i, "service_request_id")))
            return COMPARED_LATER; /* it's there, and has no name yet */
        search->learned.kind = LEARNED_REFERENCE;
        return COMPARED_SAME;
    }
    return next_page(g, search, ret_more);
}

static const char *value_or_nothing(const char *text) {
    return text ? text : "";
}

/* By our id, where the store keeps it; else by what it says of which request when. */
static enum push_compared find_update(const struct georeport *g, const struct profile_identity *who, const struct outbox_event *event,
                                      const struct profile_case *of, struct profile_search *search) {
    struct json *data = NULL;
    char id[PROFILE_EVENT_ID_SIZE];
    if (json_parse(event->data, strlen(event->data), &data) != ERR_OK)
        return COMPARED_UNKNOWN;
    const struct update *u = update_of(event, data);
    const char *words = u ? words_of(u, data, of->confidential && !who->open311->confidential) : "";
    enum push_compared found = COMPARED_ABSENT;
    update_id(who, event, id);
    for (size_t i = 0; i < g->count && found == COMPARED_ABSENT; i++) {
        const char *theirs = value_or_nothing(georeport_text(g, i, "update_id")), *said = value_or_nothing(georeport_text(g, i, "description"));
        int64_t at = 0;
        bool then = clock_parse_iso(value_or_nothing(georeport_text(g, i, "updated_datetime")), &at) == ERR_OK &&
                    at / CLOCK_SECOND == event->at / CLOCK_SECOND;
        bool same = strcmp(value_or_nothing(georeport_text(g, i, "service_request_id")), of->reference) == 0 && strcmp(said, words) == 0 && then;
        if (strcmp(theirs, id) != 0 && !same)
            continue;
        found = COMPARED_SAME;
        if (open311_item_id(of->reference, theirs, search->learned.name))
            search->learned.kind = LEARNED_OWN_ITEM;
    }
    json_free(data);
    return found;
}

/* A receipt is answered with the name, as soon as there is one. */
static enum push_compared read_receipt(const struct georeport *g, struct profile_search *search) {
    if (!copy_name(search->learned.name, CASE_REFERENCE_MAX + 1, georeport_text(g, 0, "service_request_id")))
        return COMPARED_LATER;
    search->learned.kind = LEARNED_REFERENCE;
    return COMPARED_SAME;
}

static enum push_compared compare(const struct profile_identity *who, const struct outbox_event *event, const struct profile_case *of, int status,
                                  struct bytes body, struct profile_search *search, bool *ret_more) {
    struct georeport g = {.count = 0};
    enum push_compared found;
    bool receipt = is_submission(event) && of->receipt, no_pages = search->page > 0 && (status == 400 || status == 404);
    if (receipt && status == 404)
        return COMPARED_LATER; /* some don't have it at once */
    if (!no_pages && (status != 200 || georeport_read(body, &g) != ERR_OK))
        return COMPARED_UNKNOWN;
    if (receipt)
        found = read_receipt(&g, search);
    else if (is_submission(event))
        found = find_request(&g, who, event, search, ret_more);
    else
        found = find_update(&g, who, event, of, search);
    georeport_release(&g);
    return found;
}

/* ---- the rest ---- */

static void ask_capabilities(const struct profile_identity *who, struct profile_request *r) {
    begin(r, who, "GET", "services", NULL);
    add_query(r, who);
}

/* Its list of services says that it's one. */
static enum err read_capabilities(struct bytes body, struct profile_capabilities *ret_capabilities) {
    struct georeport g;
    if (georeport_read(body, &g) != ERR_OK)
        return ERR_INVALID;
    georeport_release(&g);
    *ret_capabilities = (struct profile_capabilities){.max_batch = 1, .max_event = PROFILE_BODY_MAX, .max_limit = PULL_ITEMS_MAX};
    return ERR_OK;
}

static void ask_changes(const struct profile_identity *who, const struct pull_request *what, int64_t now, struct profile_request *r) {
    struct open311_period p = open311_period(what, now);
    begin(r, who, "GET", "servicerequestupdates", NULL);
    add_query(r, who);
    add_period(r, p.from, p.until);
}

/* `[{"code": 400, "description": "…"}]` */
static void explain(struct bytes body, struct str *to) {
    struct georeport g;
    if (georeport_read(body, &g) != ERR_OK)
        return;
    const char *words = georeport_text(&g, 0, "description");
    if (words)
        str_addf(to, ": %.300s", words);
    georeport_release(&g);
}

const struct profile profile_open311 = {
    .name = "open311",
    .searches = true,
    .push = push,
    .read_pushed = read_pushed,
    .read = read_event,
    .compare = compare,
    .ask_capabilities = ask_capabilities,
    .read_capabilities = read_capabilities,
    .ask_changes = ask_changes,
    .read_changes = open311_read_changes,
    .feed_source = open311_source,
    .explain = explain,
};
