/* A message centre on a real store in a folder of the test's own, with time that stands still until it is moved. Failures end the test. */
#ifndef TESTS_CENTRE_FIXTURE_H
#define TESTS_CENTRE_FIXTURE_H

#include "smsc/smsc.h"
#include "tests/unit/store_fixture.h"

/* Saturday 2026-11-21 09:05:00 in Vietnam. With 24/11 a working day (its law is pending) T1 of that day is 2026-11-24. */
#define CENTRE_START INT64_C(1795226700000)

struct centre_fixture {
    struct store_fixture *base;
    struct store *store;
    struct calendar *calendar;
    struct smsc_settings settings;
    struct smsc *smsc;
    int64_t now;
    int sent; /* arrivals made so far: each gets a PDU of its own */
};

int centre_setup(void **state);
int centre_teardown(void **state);
void centre_restart(struct centre_fixture *f); /* closes all and opens it again, as after a clean stop */
void centre_reopen_smsc(struct centre_fixture *f); /* with changed settings */
void centre_in_slot(struct centre_fixture *f, int index, int of); /* one of several appliances, opened again */
const char *centre_code(struct centre_fixture *f, bool ours, int n); /* the n-th code of our slot, or of another; good until the next call */

/* An arrival of kind text from +84…; the service centre's time is now. */
struct arrival centre_text(struct centre_fixture *f, const char *from, const char *text);
struct arrival centre_part(struct centre_fixture *f, const char *from, const char *text, int reference, int sequence, int total);
void centre_give(struct centre_fixture *f, const struct arrival *a); /* in a transaction of its own, which is committed */
void centre_say(struct centre_fixture *f, const char *from, const char *text); /* a whole text message */
void centre_wait(struct centre_fixture *f, int64_t ms); /* moves time, and ticks until nothing is due */

/* The texts that the number got, oldest first; `n` −1 is the last. NULL: none. The caller frees. */
char *centre_reply(struct centre_fixture *f, const char *to, int n);
int centre_replies(struct centre_fixture *f, const char *to);
void centre_expect(struct centre_fixture *f, const char *to, int n, const char *expected); /* `*` in it stands for any run of characters */

#define centre_count(f, sql) fixture_sql((f)->store, (sql))
/* Every case that isn't a draft has its row, deadline T1, acknowledgement and event, the last two exactly once. The SQL that found otherwise; NULL.
 */
const char *centre_broken_promise(struct store *store);
void centre_check_promises(struct centre_fixture *f); /* fails unless that holds and no arrival is raw or held */
/* The n-th case by id (1 is the first), drafts included. Release it. */
struct pakn_case centre_case(struct centre_fixture *f, int64_t id);

#endif
