/* Any bytes as what a central store answers, in every profile: refused, or a page with a proper cursor whose items have a problem or all that an
 * event must have, a verdict for each event, a case that is one. */
#include "firmware-host/base/mem.h"
#include "store/central/profile.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"ce", "couch"};
static const struct profile_identity who = {.appliance = "th-01", .province = "38"};
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

static void a_page(const struct profile *profile, const struct pull_request *what, struct bytes body) {
    struct pull_page page;
    struct str problem;
    str_init(&problem, 1000);
    if (profile->read_changes(what, body, &problem, &page) == ERR_OK) {
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
    struct profile_taken taken[2];
    a_page(profile, &page, body);
    a_page(profile, &bare, body);
    a_page(profile, &check, body);
    if (profile->read_taken && profile->read_taken(&who, events, 2, body, taken) == ERR_OK)
        demand(taken[0].verdict < PUSH_VERDICT_COUNT && taken[1].verdict < PUSH_VERDICT_COUNT);
    if (profile->read_capabilities(body, &capabilities) == ERR_OK)
        demand(capabilities.max_batch >= 1);
    if (profile->read_lookup && profile->read_lookup(body, 482109304, &found) == ERR_OK)
        demand(found.state < CASE_STATE_COUNT);
    demand(profile->compare(&who, &event, 200, body) != COMPARED_ABSENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        all_of(central_profile(names[i]), bytes_of(data, size));
    return 0;
}
