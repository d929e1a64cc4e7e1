/* The durability barrier: what shares a transaction, who is answered when, what a failure takes with it. On a real store. */
#include "firmware-host/turn.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static int rollbacks;
void smsc_rolled_back(struct smsc *s) { /* instead of the message centre's */
    (void)s;
    rollbacks++;
}

struct bench { /* what a test works on */
    struct store_fixture *fixture;
    struct clock_virtual clock;
    struct turn *turn;
    int done_count;
};

static int setup(void **state) {
    struct bench *b = mem_alloc(sizeof *b);
    void *fixture;
    if (fixture_setup(&fixture) != 0)
        return -1;
    b->fixture = fixture;
    clock_virtual_init(&b->clock, FIXTURE_NOW);
    struct turn_parts parts = {.store = b->fixture->store, .clock = &b->clock.clock};
    b->turn = turn_new(&parts);
    rollbacks = 0;
    *state = b;
    return 0;
}

static int teardown(void **state) {
    struct bench *b = *state;
    turn_free(b->turn);
    void *fixture = b->fixture;
    free(b);
    return fixture_teardown(&fixture);
}

struct probe_job { /* adds an event to the outbox; the test owns it */
    struct job job;
    struct bench *bench;
    const char *type; /* of the event; NULL: adds none */
    int events; /* how many */
    size_t octets; /* of each */
    enum err fails; /* what run returns after its work */
    int runs, place; /* place: the how-manieth to be answered; 0: not yet */
    enum err result;
    bool in_transaction; /* when it was answered */
    struct probe_job *then; /* added by done */
};

static enum err run(struct job *job, int64_t now) {
    struct probe_job *j = (struct probe_job *)job;
    j->runs++;
    metric_add(METRIC_CASES_OPENED, 1);
    enum err e = ERR_OK;
    char *data = mem_alloc(j->octets + 3);
    memset(data, '"', j->octets + 2);
    memset(data + 1, 'x', j->octets);
    for (int i = 0; j->type && e == ERR_OK && i < j->events; i++)
        e = fixture_event(j->bench->fixture->store, 0, j->type, NULL, now, data);
    free(data);
    return e == ERR_OK ? j->fails : e;
}

static void done(struct job *job, enum err result) {
    struct probe_job *j = (struct probe_job *)job;
    j->place = ++j->bench->done_count;
    j->result = result;
    j->in_transaction = store_in_transaction(j->bench->fixture->store);
    if (j->then)
        turn_add(j->bench->turn, &j->then->job);
}

static struct probe_job job_of(struct bench *b, const char *type) {
    return (struct probe_job){.job = {.run = run, .done = done}, .bench = b, .type = type, .events = 1, .result = ERR_COUNT};
}

static int64_t events(struct bench *b) {
    return fixture_sql(b->fixture->store, "SELECT count(*) FROM outbox");
}

static int64_t commits(void) {
    return metric_get(METRIC_COMMITS);
}

static void one_turn_is_one_transaction(void **state) {
    struct bench *b = *state;
    struct probe_job jobs[] = {job_of(b, "a"), job_of(b, "b"), job_of(b, "c")};
    int64_t before = commits();
    for (int i = 0; i < 3; i++)
        turn_add(b->turn, &jobs[i].job);
    assert_true(turn_has_work(b->turn));
    turn_run(b->turn);
    assert_false(turn_has_work(b->turn));
    assert_int_equal(commits() - before, 1);
    assert_int_equal(events(b), 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(jobs[i].runs, 1);
        assert_int_equal(jobs[i].place, i + 1);
        assert_int_equal(jobs[i].result, ERR_OK);
        assert_false(jobs[i].in_transaction);
    }
}

static void a_flood_is_cut_into_batches(void **state) {
    struct bench *b = *state;
    enum { COUNT = 1300 };
    struct probe_job *jobs = mem_array(COUNT, sizeof *jobs);
    int64_t before = commits();
    for (int i = 0; i < COUNT; i++) {
        jobs[i] = job_of(b, "a");
        turn_add(b->turn, &jobs[i].job);
    }
    turn_run(b->turn);
    assert_int_equal(events(b), COUNT);
    assert_int_equal(commits() - before, 3);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(jobs[i].place, i + 1);
    free(jobs);
}

static void a_job_that_fails_takes_no_other_with_it(void **state) {
    struct bench *b = *state;
    struct probe_job jobs[] = {job_of(b, "a"), job_of(b, "bad"), job_of(b, "c")};
    jobs[1].fails = ERR_CONFLICT;
    int64_t counted = metric_get(METRIC_CASES_OPENED);
    for (int i = 0; i < 3; i++)
        turn_add(b->turn, &jobs[i].job);
    turn_run(b->turn);
    assert_int_equal(jobs[0].runs, 2);
    assert_int_equal(metric_get(METRIC_CASES_OPENED) - counted, 2); /* not what was rolled back */
    assert_int_equal(jobs[0].result, ERR_OK);
    assert_int_equal(jobs[1].result, ERR_CONFLICT);
    assert_int_equal(jobs[2].result, ERR_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(jobs[i].place, i + 1);
    assert_int_equal(events(b), 2);
    assert_int_equal(fixture_sql(b->fixture->store, "SELECT count(*) FROM outbox WHERE type = 'bad'"), 0);
    assert_true(rollbacks >= 2); /* the batch, and the one */
    assert_false(turn_refusing(b->turn));
}

static void an_answer_may_ask_for_more(void **state) {
    struct bench *b = *state;
    struct probe_job first = job_of(b, "a"), second = job_of(b, "b");
    first.then = &second;
    turn_add(b->turn, &first.job);
    turn_run(b->turn);
    assert_int_equal(first.result, ERR_OK);
    assert_int_equal(second.runs, 0);
    assert_true(turn_has_work(b->turn));
    turn_run(b->turn);
    assert_int_equal(second.result, ERR_OK);
}

static struct probe_job sending;
static void dispatch(void *context) {
    struct bench *b = context;
    if (sending.runs == 0)
        turn_add(b->turn, &sending.job);
}

static void what_sends_is_in_the_same_transaction(void **state) {
    struct bench *b = *state;
    sending = job_of(b, "sent");
    turn_set_dispatch(b->turn, dispatch, b);
    struct probe_job job = job_of(b, "a");
    int64_t before = commits();
    turn_add(b->turn, &job.job);
    turn_run(b->turn);
    assert_int_equal(commits() - before, 1);
    assert_int_equal(events(b), 2);
    assert_int_equal(job.place, 1);
    assert_int_equal(sending.place, 2);
    assert_int_equal(sending.result, ERR_OK);
}

static void nothing_waits_and_something_sends(void **state) {
    struct bench *b = *state;
    sending = job_of(b, "sent");
    turn_set_dispatch(b->turn, dispatch, b);
    turn_run(b->turn);
    assert_int_equal(sending.result, ERR_OK);
    assert_int_equal(events(b), 1);
}

/* No file may grow past 1 MiB: what a full disk looks like. */
static void disk_is_full(bool full) {
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = full ? 1024 * 1024 : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_refuses_until_a_write_works(void **state) {
    struct bench *b = *state;
    signal(SIGXFSZ, SIG_IGN);
    struct probe_job small = job_of(b, "a"), big = job_of(b, "big"), outcome = job_of(b, "kept"), later = job_of(b, "later");
    big.events = 40;
    big.octets = 60000;
    outcome.job.keep = true;
    turn_add(b->turn, &small.job);
    turn_add(b->turn, &outcome.job);
    turn_add(b->turn, &big.job);
    disk_is_full(true);
    turn_run(b->turn);
    assert_true(turn_refusing(b->turn));
    assert_int_equal(err_retry(turn_refusal(b->turn)), RETRY_LATER);
    assert_int_equal(metric_get(METRIC_STORE_REFUSING), 1);
    assert_int_equal(err_retry(small.result), RETRY_LATER);
    assert_int_equal(err_retry(big.result), RETRY_LATER);
    assert_int_equal(outcome.place, 0); /* waits: it can't be asked for again */
    assert_int_equal(events(b), 0);
    assert_true(rollbacks > 0);

    turn_add(b->turn, &later.job); /* nothing is begun while refusing */
    assert_true(turn_has_work(b->turn));
    turn_run(b->turn);
    assert_int_equal(later.runs, 0);
    assert_int_equal(err_retry(later.result), RETRY_LATER);
    assert_false(turn_has_work(b->turn));

    disk_is_full(false);
    turn_probe(b->turn);
    assert_false(turn_refusing(b->turn));
    assert_int_equal(metric_get(METRIC_STORE_REFUSING), 0);
    assert_true(turn_has_work(b->turn));
    turn_run(b->turn);
    assert_int_equal(outcome.result, ERR_OK);
    assert_int_equal(events(b), 1);
}

static void add_second(void *context) {
    struct probe_job *second = context;
    turn_add(second->bench->turn, &second->job);
}

/* While refusing, one job and what it makes go through alone where there's room, behind the results that wait: their modems are needed. */
static void what_is_urgent_goes_through_a_refusal(void **state) {
    struct bench *b = *state;
    struct probe_job outcome = job_of(b, "kept"), big = job_of(b, "big"), urgent = job_of(b, "urgent"), second = job_of(b, "second");
    outcome.job.keep = true;
    turn_add(b->turn, &outcome.job);
    turn_report(b->turn, ERR_FULL);
    disk_is_full(true);
    big.events = outcome.events = 40;
    big.octets = outcome.octets = 60000;
    assert_false(turn_run_urgent(b->turn, &big.job, add_second, &second));
    assert_int_equal(outcome.place, 0); /* waits */
    assert_int_equal(err_retry(big.result), RETRY_LATER);
    assert_int_equal(err_retry(second.result), RETRY_LATER);
    assert_int_equal(events(b), 0);
    disk_is_full(false);
    assert_true(turn_refusing(b->turn));
    assert_true(turn_run_urgent(b->turn, &urgent.job, add_second, &second));
    assert_int_equal(urgent.result, ERR_OK);
    assert_int_equal(second.result, ERR_OK);
    assert_true(second.place == urgent.place + 1);
    assert_false(second.in_transaction);
    assert_int_equal(outcome.result, ERR_OK);
    assert_true(outcome.place > 0 && outcome.place < urgent.place);
    assert_int_equal(events(b), 42);
    assert_true(turn_refusing(b->turn));
}

static void what_waits_at_the_end_is_told(void **state) {
    struct bench *b = *state;
    struct probe_job job = job_of(b, "a");
    turn_add(b->turn, &job.job);
    turn_free(b->turn);
    b->turn = NULL;
    assert_int_equal(job.result, ERR_CLOSED);
    assert_int_equal(job.runs, 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(one_turn_is_one_transaction),
        TEST(a_flood_is_cut_into_batches),
        TEST(a_job_that_fails_takes_no_other_with_it),
        TEST(an_answer_may_ask_for_more),
        TEST(what_sends_is_in_the_same_transaction),
        TEST(nothing_waits_and_something_sends),
        TEST(a_full_disk_refuses_until_a_write_works),
        TEST(what_is_urgent_goes_through_a_refusal),
        TEST(what_waits_at_the_end_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
