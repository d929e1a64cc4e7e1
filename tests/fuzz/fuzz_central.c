/* Any bytes as what a central store answers, in every profile: refused, or a page with a proper cursor whose items have a problem or all that an
 * event must have, a verdict for each event, a case that is one. */
#include "firmware-host/base/mem.h"
#include "store/central/profile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"ce", "couch", "open311"};
static const struct profile_service services[] = {{"", "1", "unit"}};
static const struct profile_open311 settings = {.jurisdiction = "", .format = "json", .services = services, .service_count = 1};
static const struct profile_identity who = {.appliance = "th-01", .province = "38", .open311 = &settings};
static const struct outbox_event event = {.sequence = 1,
                                          .epoch = 7,
                                          .case_id = 1,
                                          .at = INT64_C(1772000000123),
                                          .type = (char *)"vn.pakn.case.rated",
                                          .subject = (char *)"482109304",
                                          .data = (char *)"{\"rating\":5}"};

static void demand(bool promise) {
    if (!promise)
        abort();
}

static enum err case_of(void *context, const char *reference, struct profile_case *ret_case) {
    (void)context;
    (void)reference;
    *ret_case = (struct profile_case){.state = CASE_IN_PROCESS, .code = "482109304"};
    return ERR_OK;
}

static enum err known(void *context, const char *source, const char *id, bool *ret_known) {
    (void)context;
    (void)source;
    (void)id;
    *ret_known = false;
    return ERR_OK;
}

static void a_page(const struct profile *profile, const struct pull_request *what, struct bytes body) {
    struct pull_page page;
    const struct profile_feed feed = {.now = INT64_C(1795399500123), .unsettled = INT64_MAX, .case_of = case_of, .known = known};
    struct str problem;
    str_init(&problem, 1000);
    if (profile->read_changes(&who, what, &feed, body, &problem, &page) == ERR_OK) {
        demand(feed_cursor_valid(page.next));
        for (size_t i = 0; i < page.count; i++)
            demand(page.items[i].problem || (*page.items[i].id && *page.items[i].source && *page.items[i].type && page.items[i].data));
        pull_page_release(&page);
    } else {
        demand(problem.len > 0);
    }
    str_release(&problem);
}

static void all_of(const struct profile *profile, struct bytes body) {
    static const struct outbox_event *const events[] = {&event, &event};
    const struct pull_request page = {.since = "3", .limit = 100}, bare = {.since = "3", .limit = 1, .bare = true},
                              check = {.since = "3", .limit = 100, .check = true};
    struct profile_capabilities capabilities;
    struct profile_lookup found;
    size_t count = profile->searches ? 1 : 2;
    struct profile_case of = {.reference = "293"};
    struct profile_search search = {.now = event.at};
    struct profile_result results[2] = {{.verdict = PUSH_DONE}, {.verdict = PUSH_DONE}};
    bool more = false;
    a_page(profile, &page, body);
    a_page(profile, &bare, body);
    a_page(profile, &check, body);
    if (profile->read_pushed && profile->read_pushed(&who, events, count, &of, 200, body, results) == ERR_OK)
        demand(results[0].verdict < PUSH_VERDICT_COUNT && results[1].verdict < PUSH_VERDICT_COUNT);
    if (profile->read_capabilities(body, &capabilities) == ERR_OK)
        demand(capabilities.max_batch >= 1);
    if (profile->read_lookup && profile->read_lookup(body, 482109304, &found) == ERR_OK)
        demand(found.state < CASE_STATE_COUNT);
    demand(profile->compare(&who, &event, &of, 200, body, &search, &more) != COMPARED_ABSENT || profile->searches); /* a list may not have it */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        all_of(central_profile(names[i]), bytes_of(data, size));
    return 0;
}
