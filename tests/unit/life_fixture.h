/* Cases and officers on the message centre's fixture: a small directory, officers' steps by name, citizens' steps without the grammar. Failures end
 * the test; every step is a transaction of its own. */
#ifndef TESTS_LIFE_FIXTURE_H
#define TESTS_LIFE_FIXTURE_H

#include "smsc/life.h"
#include "store/directory.h"
#include "tests/unit/centre_fixture.h"

#define AN "+84912000001"
#define BINH "+84912000002"

/* Agencies: ttpvhcc (centre), vp-ubnd (office), so-xd, so-tc, xa-hq (commune), phong-ht (a unit of ttpvhcc), to-duong (a unit of so-xd).
 * Officers: ct.an (centre), ht.unit (unit at phong-ht), xd.intake, xd.unit (at to-duong), tc.coord, vp.office, xd.head. */
int life_setup(void **state);

int64_t life_agency(struct centre_fixture *f, const char *key);
const char *life_code(struct centre_fixture *f, int64_t case_id); /* good until the next call */
struct case_life life_of(struct centre_fixture *f, int64_t case_id); /* release it */
enum case_state life_state(struct centre_fixture *f, int64_t case_id);

/* A step by an officer; STEP_ACCEPT, STEP_TRANSFER and STEP_COORDINATE to the agency `to` (NULL: none). */
struct case_outcome life_act(struct centre_fixture *f, int64_t case_id, const char *officer, enum case_step_kind kind, const char *text,
                             const char *to);
struct case_outcome life_do(struct centre_fixture *f, int64_t case_id, const char *officer, const struct case_step *step);
/* Refused: with that in its reason, and nothing written. */
void life_refused(struct centre_fixture *f, int64_t case_id, const char *officer, const struct case_step *step, enum err expected, const char *why);
/* A step that a citizen's message makes; it's answered. */
struct case_outcome life_cite(struct centre_fixture *f, int64_t case_id, const struct case_step *step);

/* The n-th text to that number (−1: the last), with {code} for the case's code; `*` for any run of characters. */
void life_expect(struct centre_fixture *f, const char *to, int n, int64_t case_id, const char *format);
/* The last text with that template to that number: its class; −1: none. */
int life_class(struct centre_fixture *f, const char *template_name);

/* To the day in Vietnam, at that hour; what falls due on the way fires. */
void life_to(struct centre_fixture *f, int year, int month, int day, int hour);

#endif
