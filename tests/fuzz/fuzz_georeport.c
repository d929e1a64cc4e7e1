/* Any bytes as a GeoReport store's answer, JSON or XML: to a request that was posted, to a search, as a list of updates. What is read is a page of
 * the contract's, with no more items than a page has, and a cursor that doesn't go back. */
#include "store/central/georeport.h"
#include "store/central/profile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct profile_service services[] = {{"", "1", "unit"}};
static const struct profile_open311 settings = {.jurisdiction = "x", .format = "xml", .services = services, .service_count = 1};
static const struct profile_identity who = {.appliance = "th-01", .province = "38", .open311 = &settings};

static void demand(bool promise) {
    if (!promise)
        abort();
}

static enum err case_of(void *context, const char *reference, struct profile_case *ret_case) {
    (void)context;
    if (strlen(reference) % 4 == 0)
        return ERR_NOT_FOUND;
    *ret_case = (struct profile_case){.state = (enum case_state)(strlen(reference) % CASE_STATE_COUNT), .code = "482109304"};
    return ERR_OK;
}

static enum err known(void *context, const char *source, const char *id, bool *ret_known) {
    (void)context;
    (void)source;
    *ret_known = strlen(id) % 5 == 0;
    return ERR_OK;
}

static void as_updates(struct bytes body) {
    struct pull_request what = {.since = "t1795395600000", .limit = PULL_ITEMS_MAX};
    struct profile_feed feed = {.now = INT64_C(1795399500123), .unsettled = INT64_MAX, .case_of = case_of, .known = known};
    struct pull_page page;
    struct str problem;
    str_init(&problem, 4096);
    if (profile_open311.read_changes(&who, &what, &feed, body, &problem, &page) == ERR_OK) {
        demand(page.count <= PULL_ITEMS_MAX + 1);
        demand(strcmp(page.next, what.since) >= 0 && strlen(page.next) == strlen(what.since));
        pull_page_release(&page);
    } else {
        demand(problem.len > 0);
    }
    str_release(&problem);
}

static void as_answers(struct bytes body) {
    static const struct outbox_event event = {.type = (char *)"vn.pakn.case.submitted", .subject = (char *)"482109304", .data = (char *)"{}"};
    static const struct profile_case of = {.reference = ""}, receipt = {.reference = "t", .receipt = true};
    static const struct outbox_event *const one[] = {&event};
    struct profile_result result = {.verdict = PUSH_DONE};
    struct profile_search search = {.now = 0};
    struct str words;
    bool more = false;
    enum err e = profile_open311.read_pushed(&who, one, 1, &of, 200, body, &result);
    demand((e == ERR_OK) == (result.learned.kind != LEARNED_NOTHING));
    demand(result.verdict == (result.learned.kind == LEARNED_RECEIPT ? PUSH_COMPARE : PUSH_DONE));
    (void)profile_open311.compare(&who, &event, &of, 200, body, &search, &more);
    (void)profile_open311.compare(&who, &event, &receipt, 200, body, &search, &more);
    str_init(&words, 4096);
    profile_open311.explain(body, &words);
    str_release(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct bytes body = bytes_of(data, size);
    as_answers(body);
    as_updates(body);
    return 0;
}
