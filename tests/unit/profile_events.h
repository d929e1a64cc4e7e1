/* Who pushes, and an event with a case and one without: what the tests of profiles write and compare. */
#ifndef TESTS_PROFILE_EVENTS_H
#define TESTS_PROFILE_EVENTS_H

#include "store/central/profile.h"

static const struct profile_identity who = {.appliance = "th-01", .province = "38"};
static const struct outbox_event rated = {.sequence = 123,
                                          .epoch = 77,
                                          .case_id = 9,
                                          .at = INT64_C(1772000000123),
                                          .type = (char *)"vn.pakn.case.rated",
                                          .subject = (char *)"482109304",
                                          .data = (char *)"{\"text\":\"Đường\",\"rating\":5}"};
static const struct outbox_event beat = {
    .sequence = 124, .epoch = 77, .at = INT64_C(1772000001000), .type = (char *)"vn.pakn.appliance.heartbeat", .data = (char *)"{}"};

#endif
