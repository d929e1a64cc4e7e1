/* A store in a folder of the test's own, and the rows that a message from arrival to committed case leaves in it. Failures end the test. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "store/case.h"
#include "store/message.h"
#include "store/outbound.h"
#include "store/outbox.h"
#include "store/store.h"
#include "store/subscriber.h"
#include "tests/unit/folder.h"

#define FIXTURE_NOW INT64_C(1772000000000) /* 2026-02-25T06:13:20Z */

struct store_fixture {
    struct folder folder;
    char *path; /* of the database */
    struct keyring *keys;
    const char *vfs; /* NULL: SQLite's own */
    struct store *store; /* NULL: not open */
};

int fixture_setup(void **state); /* *state becomes the fixture, its store open and empty */
int fixture_setup_closed(void **state); /* no database yet */
int fixture_teardown(void **state);

struct store_options fixture_options(const struct store_fixture *f);
void fixture_open(struct store_fixture *f);
void fixture_close(struct store_fixture *f);

/* outbox_add of those words. */
MUST_CHECK enum err fixture_event(struct store *s, int64_t case_id, const char *type, const char *subject, int64_t at, const char *json);
/* What one message becomes, in the open transaction: every row of the way through. `n` makes number, text, code and digest its own.
 * Stops at the first error and returns it. */
MUST_CHECK enum err fixture_take_message(struct store *s, int n);
/* Whether message n's case is there, with its text. */
bool fixture_has_message(struct store *s, int n);
/* Fails the test unless every message that is there has all its rows, and nothing is there without its message. */
void fixture_check_consistent(struct store *s);
/* Fails the test unless store_counts says what counting gives. fixture_teardown asks too. */
void fixture_check_counts(struct store *s);
int64_t fixture_sql(struct store *s, const char *sql); /* the first column of the first row */

#endif
