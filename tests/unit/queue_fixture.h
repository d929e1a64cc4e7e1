/* A queue on a store in a folder of the test's own, and a clock that the test moves. Each call is a transaction of its own and must succeed. */
#ifndef TESTS_QUEUE_FIXTURE_H
#define TESTS_QUEUE_FIXTURE_H

#include "smsc/queue.h"
#include "tests/unit/store_fixture.h"

struct queue_fixture {
    struct store_fixture *files;
    struct store *store;
    struct smsc_settings settings;
    struct queue *queue;
    int64_t now; /* at first 13:13:20 in Vietnam */
    struct dispatch dispatch; /* the last one */
};

int queue_fixture_setup(void **state);
int queue_fixture_teardown(void **state);

void queue_restart(struct queue_fixture *f); /* closes and opens the store, recovers; links are down */
/* A text of `parts` parts, "1", "2" …, to +8491…n. link NULL: any. Gives the outbound's id. */
int64_t queue_put(struct queue_fixture *f, int n, enum outbound_class class, const char *link, int parts);
int64_t queue_put_message(struct queue_fixture *f, const struct outbound *wanted, int n); /* the fields set there, the others as queue_put has them */

/* What the link sends now: "n/part" as in "7/1"; "-" for nothing. The text is valid until the next call. */
const char *queue_give(struct queue_fixture *f, const char *link);
/* Gives, and is sent, until there's nothing left or `most` are given: "1/1 2/1 2/2". */
const char *queue_drain(struct queue_fixture *f, const char *link, int most);
int64_t queue_sends(struct queue_fixture *f, const char *link); /* gives something; the attempt's id */

void queue_was_sent(struct queue_fixture *f, int64_t attempt_id, int reference);
void queue_has_failed(struct queue_fixture *f, int64_t attempt_id, enum sms_failure class, int code);
void queue_is_unknown(struct queue_fixture *f, int64_t attempt_id);
void queue_report(struct queue_fixture *f, const char *link, int n, int reference, int status);
void queue_ticks(struct queue_fixture *f); /* until nothing is due */
void queue_wait(struct queue_fixture *f, int64_t ms); /* the clock moves, and what falls due meanwhile is done */

int64_t queue_part_id(int64_t outbound_id, int sequence);
const char *queue_part_state(struct queue_fixture *f, int64_t outbound_id, int sequence);
const char *queue_attempts(struct queue_fixture *f, int64_t outbound_id, int sequence); /* "failed unknown submitted" */
struct attempt queue_attempt(struct queue_fixture *f, int64_t attempt_id);

#endif
