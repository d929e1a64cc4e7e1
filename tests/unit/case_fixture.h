/* A store with a few agencies and one sender, and steps of cases on it. Failures end the test. */
#ifndef TESTS_CASE_FIXTURE_H
#define TESTS_CASE_FIXTURE_H

#include "store/case_rules.h"
#include "tests/unit/store_fixture.h"

enum { CENTRE_ID = 1, OFFICE_ID, WATER_ID, ROADS_ID, ROADS_UNIT_ID, COMMUNE_ID, ENDED_ID, AGENCIES_AFTER };

struct case_fixture {
    struct store_fixture *base;
    struct store *store;
    struct calendar *calendar;
    struct case_settings settings;
    struct case_parts parts;
    struct subscriber who, other;
    int64_t now;
    struct str problem; /* of the last refusal */
    struct case_outcome outcome; /* of the last step */
    int next_code;
};
int case_fixture_setup(void **state); /* in a transaction that is never committed */
int case_fixture_teardown(void **state);

int64_t at_noon(const char *date); /* "2026-11-21": wall ms of 12:00 in Vietnam */
int32_t day_of(const char *date);

/* A case that was submitted now; the caller releases. */
struct pakn_case case_opened(struct case_fixture *f);
/* Does the step at f->now. */
MUST_CHECK enum err case_try(struct case_fixture *f, struct pakn_case *c, const struct case_step *step);
void case_do(struct case_fixture *f, struct pakn_case *c, const struct case_step *step); /* and it must be allowed */
/* Lets every deadline fire that fell due until then, in order, each a minute late; c is read again if it's the case's. */
void case_pass(struct case_fixture *f, struct pakn_case *c, int64_t until);
/* The newest deadline of that kind. */
struct deadline case_deadline(struct case_fixture *f, const struct pakn_case *c, enum deadline_kind kind);
struct case_life case_life_now(struct case_fixture *f, const struct pakn_case *c);

#endif
