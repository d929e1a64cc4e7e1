/* The push to the central store on a virtual clock, without sockets: a store of rows in memory, a receiver that answers as it's told or at random. */
#include "store/central/push.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FLIGHTS = 8, BATCH = 10 };

struct row {
    int64_t case_id;
    enum outbox_state state;
    int attempts;
    int took; /* how often the receiver took it */
};

struct world {
    struct push *push;
    int64_t now;
    struct row *rows; /* sequence is the index + 1 */
    int64_t count;
    int64_t *last_of_case; /* the newest sequence that the receiver took */
    int64_t cases;
    const struct push_request *flights[FLIGHTS], *asked; /* asked: to be compared */
    int in_flight, most_in_flight, sends, largest, reauthorised;
    bool no_token;
    bool apart; /* the receiver answers each event by itself */
    uint64_t seed;
};

static uint32_t draw(struct world *w, uint32_t limit) {
    w->seed = w->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->seed >> 33) % limit;
}

/* ---- the push's parts ---- */

static enum err next(void *context, int64_t after, struct outbox_event *ret_event) {
    struct world *w = context;
    for (int64_t s = after + 1; s <= w->count; s++) {
        struct row *row = &w->rows[s - 1];
        bool held = false;
        for (int64_t e = 1; e < s && row->case_id && !held && w->count < 1000; e++)
            held = w->rows[e - 1].state == OUTBOX_PARKED && w->rows[e - 1].case_id == row->case_id;
        if (row->state != OUTBOX_WAITING || held)
            continue;
        *ret_event =
            (struct outbox_event){.sequence = s, .case_id = row->case_id, .attempts = row->attempts, .data = mem_string("{}"), .data_len = 2};
        return ERR_OK;
    }
    return ERR_NOT_FOUND;
}

static enum push_sent send_it(void *context, const struct push_request *request) {
    struct world *w = context;
    if (w->no_token)
        return PUSH_NOT_NOW;
    assert_in_range(w->in_flight, 0, FLIGHTS - 1);
    w->flights[w->in_flight++] = request;
    w->sends++;
    w->most_in_flight = w->in_flight > w->most_in_flight ? w->in_flight : w->most_in_flight;
    w->largest = (int)request->count > w->largest ? (int)request->count : w->largest;
    for (size_t i = 1; i < request->count; i++) {
        assert_true(request->events[i]->sequence > request->events[i - 1]->sequence);
        for (size_t before = 0; before < i && w->apart; before++)
            assert_true(!request->events[i]->case_id || request->events[i]->case_id != request->events[before]->case_id);
    }
    return PUSH_SENT;
}

static void compare(void *context, const struct push_request *request) {
    struct world *w = context;
    assert_int_equal(request->count, 1);
    w->asked = request;
}

static enum err write_row(void *context, const struct push_effect *effect) {
    struct world *w = context;
    struct row *row = &w->rows[effect->sequence - 1];
    assert_int_equal(row->state, OUTBOX_WAITING);
    if (effect->kind == EFFECT_DONE)
        row->state = OUTBOX_DONE;
    else
        row->attempts++;
    if (effect->kind == EFFECT_PARKED)
        row->state = OUTBOX_PARKED;
    return ERR_OK;
}

static void reauthorise(void *context) {
    struct world *w = context;
    w->reauthorised++;
}

static uint32_t random_of_world(void *context, uint32_t limit) {
    return draw(context, limit);
}

static struct push *a_push(struct world *w) {
    struct push_parts parts = {.context = w,
                               .next = next,
                               .send = send_it,
                               .compare = compare,
                               .write = write_row,
                               .reauthorise = reauthorise,
                               .random_below = random_of_world};
    struct push_limits limits = {.batch = BATCH, .octets = 100000, .parallel = 4, .park_after = 3, .apart = w->apart};
    return push_new(&parts, &limits);
}

/* `count` events, of case i % cases + 1; cases 0: of none. */
static void begin_with(struct world *w, int64_t count, int64_t cases, uint64_t seed, bool apart) {
    *w = (struct world){.now = CLOCK_DAY, .count = count, .cases = cases, .seed = seed, .apart = apart};
    w->rows = mem_array((size_t)count, sizeof *w->rows);
    w->last_of_case = mem_array((size_t)cases + 1, sizeof *w->last_of_case);
    for (int64_t i = 0; i < count; i++)
        w->rows[i].case_id = cases ? i % cases + 1 : 0;
    w->push = a_push(w);
}

static void begin(struct world *w, int64_t count, int64_t cases, uint64_t seed) {
    begin_with(w, count, cases, seed, false);
}

static void end(struct world *w) {
    push_free(w->push);
    free(w->rows);
    free(w->last_of_case);
}

static void commit(struct world *w) {
    if (push_has_effects(w->push)) {
        assert_int_equal(push_write(w->push), ERR_OK);
        push_written(w->push);
    }
    push_wake(w->push);
}

static const struct push_request *land(struct world *w, int which) {
    const struct push_request *r = w->flights[which];
    w->flights[which] = w->flights[--w->in_flight];
    return r;
}

/* The receiver takes it: each case in order, though one may come again. */
static void take_event(struct world *w, const struct outbox_event *event) {
    struct row *row = &w->rows[event->sequence - 1];
    if (row->case_id && row->took == 0) {
        assert_true(event->sequence > w->last_of_case[row->case_id]);
        w->last_of_case[row->case_id] = event->sequence;
    }
    row->took++;
}

static void take(struct world *w, const struct push_request *r) {
    for (size_t i = 0; i < r->count; i++)
        take_event(w, r->events[i]);
}

static void answer(struct world *w, int status) {
    const struct push_request *r = land(w, 0);
    struct push_answer a = {.verdict = push_verdict_of(status), .reason = "told so"};
    if (a.verdict == PUSH_DONE || a.verdict == PUSH_ACCEPTED)
        take(w, r);
    push_answered(w->push, r, &a, w->now);
}

static void run(struct world *w) {
    push_run(w->push, w->now);
}

static void wait_and_run(struct world *w) {
    int64_t at = push_next_at(w->push, w->now);
    assert_true(at > w->now && at < INT64_MAX);
    w->now = at;
    run(w);
}

static int64_t in_state(const struct world *w, enum outbox_state state) {
    int64_t count = 0;
    for (int64_t i = 0; i < w->count; i++)
        count += w->rows[i].state == state;
    return count;
}

/* ---- what is promised ---- */

static void test_table(void **state) {
    (void)state;
    static const struct {
        int status;
        enum push_verdict verdict;
    } rows[] = {
        {200, PUSH_DONE},  {201, PUSH_DONE},        {202, PUSH_ACCEPTED},    {204, PUSH_DONE},  {203, PUSH_RETRY},   {206, PUSH_RETRY},
        {301, PUSH_PAUSE}, {307, PUSH_PAUSE},       {400, PUSH_PARK},        {415, PUSH_PARK},  {422, PUSH_PARK},    {418, PUSH_PARK},
        {431, PUSH_PARK},  {401, PUSH_REAUTHORISE}, {403, PUSH_REAUTHORISE}, {404, PUSH_PAUSE}, {405, PUSH_PAUSE},   {408, PUSH_RETRY},
        {429, PUSH_RETRY}, {500, PUSH_RETRY},       {503, PUSH_RETRY},       {507, PUSH_RETRY}, {409, PUSH_COMPARE}, {410, PUSH_STOP},
        {412, PUSH_RETRY}, {413, PUSH_SPLIT},       {0, PUSH_RETRY},         {999, PUSH_RETRY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (push_verdict_of(rows[i].status) != rows[i].verdict)
            fail_msg("%d is %s", rows[i].status, push_verdict_name(push_verdict_of(rows[i].status)));
}

static void test_parallel_across_cases_in_order_within(void **state) {
    (void)state;
    struct world w;
    begin(&w, 30, 3, 1);
    run(&w);
    assert_int_equal(w.in_flight, 1); /* 1 … 10 are of all three cases: whatever follows waits for them */
    answer(&w, 201);
    end(&w);
    begin(&w, 100, 0, 1); /* of no case: side by side */
    run(&w);
    assert_int_equal(w.in_flight, 4);
    while (w.in_flight) {
        answer(&w, 204);
        commit(&w);
        run(&w);
    }
    assert_int_equal(in_state(&w, OUTBOX_DONE), 100);
    assert_int_equal(w.largest, BATCH);
    end(&w);
}

static void test_poison_is_found_and_holds_its_case_only(void **state) {
    (void)state;
    struct world w;
    begin(&w, 40, 20, 1); /* case 7 has 7 and 27 */
    for (int i = 0; i < 200 && in_state(&w, OUTBOX_WAITING) > 1; i++) {
        run(&w);
        if (!w.in_flight) {
            wait_and_run(&w);
            continue;
        }
        bool poisoned = false;
        for (size_t e = 0; e < w.flights[0]->count; e++)
            poisoned = poisoned || w.flights[0]->events[e]->sequence == 7;
        answer(&w, poisoned ? 422 : 201);
        commit(&w);
    }
    assert_int_equal(in_state(&w, OUTBOX_DONE), 38);
    assert_int_equal(w.rows[6].state, OUTBOX_PARKED);
    assert_int_equal(w.rows[6].attempts, 3);
    assert_int_equal(w.rows[26].state, OUTBOX_WAITING);
    run(&w);
    assert_int_equal(w.in_flight, 0);

    w.rows[6].state = OUTBOX_WAITING; /* a person: again */
    w.rows[6].attempts = 0;
    push_released(w.push, 7);
    run(&w);
    assert_int_equal(w.in_flight, 1);
    assert_int_equal(w.flights[0]->count, 2);
    answer(&w, 200);
    commit(&w);
    assert_int_equal(in_state(&w, OUTBOX_DONE), 40);
    end(&w);
}

static void test_store_that_refuses_everything(void **state) {
    (void)state;
    struct world w;
    struct push_view view;
    begin(&w, 300, 0, 3);
    for (int i = 0; i < 3000; i++) {
        run(&w);
        if (!w.in_flight)
            wait_and_run(&w);
        if (w.in_flight) {
            answer(&w, 400);
            commit(&w);
        }
    }
    assert_int_equal(in_state(&w, OUTBOX_PARKED), 10);
    push_view(w.push, &view);
    assert_int_equal(view.state, PUSH_PAUSED);
    for (int i = 0; i < 3000 && in_state(&w, OUTBOX_DONE) < 290; i++) { /* it's mended */
        run(&w);
        if (!w.in_flight)
            wait_and_run(&w);
        if (w.in_flight) {
            answer(&w, 201);
            commit(&w);
        }
    }
    assert_int_equal(in_state(&w, OUTBOX_DONE), 290);
    end(&w);
}

static void test_away(void **state) {
    (void)state;
    struct world w;
    struct push_view view;
    begin(&w, 100, 0, 5);
    run(&w);
    while (w.in_flight > 1)
        answer(&w, 503); /* four at once are one failure */
    int64_t longest = 0;
    for (int i = 0; i < 20; i++) {
        answer(&w, 503);
        run(&w);
        assert_int_equal(w.in_flight, 0);
        int64_t before = w.now;
        wait_and_run(&w);
        assert_int_equal(w.in_flight, 1); /* one asks */
        longest = w.now - before > longest ? w.now - before : longest;
        assert_true(w.now - before <= 5 * CLOCK_MINUTE);
        if (i >= 8)
            assert_int_equal(w.now - before, 5 * CLOCK_MINUTE);
    }
    assert_int_equal(longest, 5 * CLOCK_MINUTE);
    push_view(w.push, &view);
    assert_int_equal(view.state, PUSH_AWAY);
    assert_string_equal(view.reason, "told so");
    answer(&w, 201);
    run(&w);
    assert_int_equal(w.in_flight, 4);
    push_view(w.push, &view);
    assert_int_equal(view.state, PUSH_UP);
    end(&w);
}

static void test_retry_after(void **state) {
    (void)state;
    struct world w;
    begin(&w, 5, 0, 5);
    run(&w);
    struct push_answer a = {.verdict = PUSH_RETRY, .reason = "HTTP 429", .wait = 120 * CLOCK_SECOND};
    push_answered(w.push, land(&w, 0), &a, w.now);
    assert_int_equal(push_next_at(w.push, w.now), w.now + 120 * CLOCK_SECOND);
    end(&w);
    static const char date[] = "Sun, 06 Nov 1994 08:49:37 GMT";
    assert_int_equal(push_retry_after("120", NULL, 0), 120000);
    assert_int_equal(push_retry_after("0", NULL, 0), 0);
    assert_int_equal(push_retry_after("-1", NULL, 0), 0);
    assert_int_equal(push_retry_after("999999999", NULL, 0), CLOCK_HOUR);
    assert_int_equal(push_retry_after("99999999999999999999", NULL, 0), 0);
    assert_int_equal(push_retry_after("soon", NULL, 0), 0);
    assert_int_equal(push_retry_after(NULL, NULL, 0), 0);
    assert_int_equal(push_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", date, INT64_C(1700000000000)), 10000); /* whatever our clock says */
    assert_int_equal(push_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", "nonsense", INT64_C(784111777000)), 10000);
    assert_int_equal(push_retry_after("Sun, 06 Nov 1994 08:49:27 GMT", date, 0), 0); /* past */
    static const char *const wrong[] = {"Sun, 06 Nov 1994 08:49:37",
                                        "Sun, 06 Xov 1994 08:49:37 GMT",
                                        "Sun, 00 Nov 1994 08:49:37 GMT",
                                        "Sun, 06 ovD 1994 08:49:37 GMT",
                                        "Sun, 06 Nov 1994 25:49:37 GMT",
                                        "Sun, 06 Nov 1994 08:49:37 GMT x",
                                        ""};
    int64_t at = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(http_date_parse(wrong[i], &at), ERR_INVALID);
    assert_int_equal(http_date_parse(date, &at), ERR_OK);
    assert_int_equal(at, INT64_C(784111777000));
}

static void test_credentials(void **state) {
    (void)state;
    struct world w;
    struct push_view view;
    begin(&w, 100, 0, 5);
    w.no_token = true;
    run(&w);
    assert_int_equal(w.in_flight, 0);
    w.no_token = false;
    run(&w);
    assert_int_equal(w.in_flight, 4);
    for (int i = 0; i < 4; i++)
        answer(&w, 401);
    assert_int_equal(w.reauthorised, 1); /* the other three were sent with the same token */
    run(&w);
    answer(&w, 403);
    push_view(w.push, &view);
    assert_int_equal(view.state, PUSH_PAUSED);
    assert_int_equal(push_next_at(w.push, w.now), w.now + 5 * CLOCK_MINUTE);
    assert_int_equal(w.reauthorised, 1);
    while (w.in_flight)
        answer(&w, 401);
    w.now += 5 * CLOCK_MINUTE;
    run(&w);
    assert_int_equal(w.in_flight, 1);
    answer(&w, 401);
    assert_int_equal(w.reauthorised, 2); /* other credentials may be there by now */
    run(&w);
    answer(&w, 201);
    push_view(w.push, &view);
    assert_int_equal(view.state, PUSH_UP);
    end(&w);
}

static void test_gone(void **state) {
    (void)state;
    struct world w;
    begin(&w, 5, 0, 5);
    run(&w);
    answer(&w, 410);
    run(&w);
    assert_int_equal(w.in_flight, 0);
    assert_int_equal(push_next_at(w.push, w.now), INT64_MAX);
    push_wake(w.push);
    w.now += CLOCK_DAY;
    run(&w);
    assert_int_equal(w.in_flight, 0);
    push_resume(w.push);
    run(&w);
    answer(&w, 201);
    commit(&w);
    assert_int_equal(in_state(&w, OUTBOX_DONE), 5);
    end(&w);
}

static void test_compare(void **state) {
    (void)state;
    struct world w;
    begin(&w, 1, 1, 5);
    for (int i = 0; i < 3; i++) {
        run(&w);
        if (!w.in_flight)
            wait_and_run(&w);
        answer(&w, 409);
        assert_non_null(w.asked);
        push_compared(w.push, w.asked, i == 0 ? COMPARED_ABSENT : i == 1 ? COMPARED_UNKNOWN : COMPARED_SAME, "compared", w.now);
    }
    commit(&w);
    assert_int_equal(w.rows[0].state, OUTBOX_DONE);
    end(&w);
    begin(&w, 1, 1, 5);
    run(&w);
    answer(&w, 409);
    push_compared(w.push, w.asked, COMPARED_OTHER, "another stands there", w.now);
    commit(&w);
    assert_int_equal(w.rows[0].state, OUTBOX_PARKED);
    end(&w);
}

/* Of each event by itself: what it didn't take goes again alone, ahead of what follows in its case. */
static void test_some_are_taken(void **state) {
    (void)state;
    struct world w;
    bool taken[BATCH];
    begin_with(&w, 20, 10, 5, true);
    run(&w);
    assert_int_equal(w.in_flight, 1);
    assert_int_equal(w.flights[0]->count, 10); /* 11 to 20 are of the same cases */
    struct push_answer a = {.verdict = PUSH_DONE, .reason = "", .taken = taken};
    for (int i = 0; i < BATCH; i++)
        taken[i] = i != 3 && i != 4;
    push_answered(w.push, land(&w, 0), &a, w.now);
    commit(&w);
    assert_int_equal(in_state(&w, OUTBOX_DONE), 8);
    run(&w);
    assert_int_equal(w.flights[0]->count, 1);
    assert_int_equal(w.flights[0]->events[0]->sequence, 4);
    assert_int_equal(w.flights[1]->count, 1);
    assert_int_equal(w.flights[1]->events[0]->sequence, 5);
    answer(&w, 409);
    push_compared(w.push, w.asked, COMPARED_OTHER, "another stands there", w.now);
    commit(&w);
    while (w.in_flight) {
        answer(&w, 201);
        commit(&w);
        run(&w);
    }
    assert_int_equal(w.rows[3].state, OUTBOX_PARKED);
    assert_int_equal(w.rows[13].state, OUTBOX_WAITING); /* of its case */
    assert_int_equal(in_state(&w, OUTBOX_DONE), 18);
    end(&w);
}

static void test_too_large(void **state) {
    (void)state;
    struct world w;
    begin(&w, 40, 0, 5);
    int answered = 0;
    for (int i = 0; i < 500 && in_state(&w, OUTBOX_DONE) + in_state(&w, OUTBOX_PARKED) < 40; i++) {
        run(&w);
        bool fits = w.flights[0]->count <= 3 && w.flights[0]->events[0]->sequence != 9;
        answer(&w, fits ? 200 : 413);
        commit(&w);
        answered++;
    }
    assert_int_equal(in_state(&w, OUTBOX_DONE), 39);
    assert_int_equal(w.rows[8].state, OUTBOX_PARKED);
    assert_true(answered < 40);
    end(&w);
}

/* A commit that fails: nothing is lost, and what is parked holds its case in memory already. */
static void test_lost_commit(void **state) {
    (void)state;
    struct world w;
    begin(&w, 6, 2, 5);
    run(&w);
    answer(&w, 413);
    assert_int_equal(w.in_flight, 0);
    for (int i = 0; i < 20; i++) {
        run(&w);
        if (!w.in_flight)
            break;
        answer(&w, w.flights[0]->events[0]->sequence == 1 ? 413 : 201); /* 1 is of case 1: 3 and 5 stay */
        push_wake(w.push);
    }
    assert_true(push_has_effects(w.push));
    assert_int_equal(in_state(&w, OUTBOX_WAITING), 6);
    assert_int_equal(push_write(w.push), ERR_OK); /* rolled back … */
    for (int64_t i = 0; i < w.count; i++)
        w.rows[i].state = OUTBOX_WAITING;
    commit(&w); /* … and again */
    assert_false(push_has_effects(w.push));
    assert_int_equal(w.rows[0].state, OUTBOX_PARKED);
    assert_int_equal(in_state(&w, OUTBOX_DONE), 3);
    assert_int_equal(in_state(&w, OUTBOX_WAITING), 2);
    end(&w);
}

/* ---- at random ---- */

static const int statuses[] = {200, 201, 201, 201, 202, 204, 204, 200, 400, 401, 403, 404, 405,
                               408, 409, 412, 413, 415, 422, 429, 500, 502, 503, 0,   307, 410};

static void answer_one_by_one(struct world *w, const struct push_request *r) {
    bool taken[BATCH];
    struct push_answer a = {.verdict = PUSH_DONE, .reason = "", .taken = taken};
    for (size_t i = 0; i < r->count; i++) {
        taken[i] = draw(w, 2);
        if (taken[i])
            take_event(w, r->events[i]);
    }
    push_answered(w->push, r, &a, w->now);
}

static void answer_at_random(struct world *w) {
    int which = (int)draw(w, (uint32_t)w->in_flight);
    const struct push_request *r = land(w, which);
    if (w->apart && r->count > 1 && draw(w, 2)) {
        answer_one_by_one(w, r);
        return;
    }
    int status = statuses[draw(w, sizeof statuses / sizeof *statuses)];
    struct push_answer a = {.verdict = push_verdict_of(status), .reason = "at random", .wait = draw(w, 4) ? 0 : draw(w, 600000)};
    bool took = a.verdict == PUSH_DONE || a.verdict == PUSH_ACCEPTED || (status >= 500 && draw(w, 2)) || (!status && draw(w, 2));
    if (took)
        take(w, r); /* of a lost answer too: the receiver has it, and gets it again */
    w->asked = NULL;
    push_answered(w->push, r, &a, w->now);
    if (w->asked) {
        enum push_compared what = (enum push_compared)draw(w, 4);
        if (what == COMPARED_SAME)
            take(w, w->asked);
        push_compared(w->push, w->asked, what, "compared", w->now);
    }
}

/* A person looks after it now and then; the core ends without a word now and then. */
static void somebody_acts(struct world *w) {
    for (int64_t i = 0; i < w->count; i++) {
        if (w->rows[i].state != OUTBOX_PARKED || draw(w, 3))
            continue;
        w->rows[i].state = OUTBOX_WAITING;
        w->rows[i].attempts = 0;
        push_released(w->push, i + 1);
    }
    if (!draw(w, 4))
        push_resume(w->push);
    if (!draw(w, 10)) {
        push_free(w->push);
        w->in_flight = 0;
        w->push = a_push(w);
    }
}

static void one_life(uint64_t seed) {
    struct world w;
    begin_with(&w, 1 + (int64_t)(seed % 23), (int64_t)(seed % 5), seed, seed % 3 == 0);
    int steps = 0;
    while (in_state(&w, OUTBOX_DONE) < w.count) {
        if (++steps > 20000)
            fail_msg("seed %llu: %lld of %lld events never arrive", (unsigned long long)seed, (long long)(w.count - in_state(&w, OUTBOX_DONE)),
                     (long long)w.count);
        run(&w);
        if (w.in_flight && draw(&w, 8))
            answer_at_random(&w);
        if (draw(&w, 3))
            commit(&w);
        if (!draw(&w, 20))
            somebody_acts(&w);
        int64_t at = push_next_at(w.push, w.now);
        if (!w.in_flight && at != INT64_MAX)
            w.now = at;
    }
    for (int64_t i = 0; i < w.count; i++)
        assert_true(w.rows[i].took >= 1); /* write_row has seen that each was acknowledged once, take() that it was in order */
    end(&w);
}

static void test_ten_thousand_lives(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 10000; seed++)
        one_life(seed);
}

/* Seven days away, 50,000 events meanwhile; then all of them go, in order. */
static void test_seven_days(void **state) {
    (void)state;
    struct world w;
    begin(&w, 50000, 4000, 9);
    int64_t all = w.count, until = w.now + 7 * CLOCK_DAY, from = w.now;
    int asked = 0;
    w.count = 0;
    while (w.now < until) {
        w.count = all * (w.now - from) / (until - from);
        push_wake(w.push);
        run(&w);
        while (w.in_flight) {
            answer(&w, 0);
            asked++;
        }
        int64_t at = push_next_at(w.push, w.now);
        w.now = at == INT64_MAX ? w.now + CLOCK_MINUTE : at;
    }
    assert_in_range(asked, 7 * 24 * 12 - 2, 7 * 24 * 12 + 20); /* every five minutes */
    w.count = all;
    push_wake(w.push);
    int requests = w.sends;
    for (;;) {
        run(&w);
        if (!w.in_flight)
            break;
        answer(&w, 201);
        commit(&w);
    }
    assert_int_equal(in_state(&w, OUTBOX_DONE), all);
    assert_in_range(w.sends - requests, all / BATCH, all / BATCH + 100);
    end(&w);
}

/* ---- a store that takes what comes again for another ---- */

static void searching(struct world *w, int64_t count, int64_t cases) {
    struct push_limits limits = {.batch = 1, .octets = 100000, .parallel = 4, .park_after = 3, .search = true, .settle = 7 * CLOCK_SECOND};
    begin(w, count, cases, 5);
    push_set_limits(w->push, &limits);
}

static void compared(struct world *w, enum push_compared what) {
    const struct push_request *asked = w->asked;
    w->asked = NULL;
    assert_non_null(asked);
    push_compared(w->push, asked, what, "told so", w->now);
}

static void lost(struct world *w, bool taken) {
    const struct push_request *r = land(w, 0);
    struct push_answer a = {.verdict = PUSH_RETRY, .reason = "cut off", .unknown = true};
    if (taken)
        take(w, r);
    push_answered(w->push, r, &a, w->now);
}

/* Until it's sent or asked for. */
static void until_something(struct world *w) {
    while (!w->in_flight && !w->asked)
        wait_and_run(w);
}

static void test_never_twice(void **state) {
    struct world w;
    (void)state;
    for (int taken = 0; taken < 2; taken++) {
        searching(&w, 1, 1);
        run(&w);
        int64_t then = w.now;
        lost(&w, taken);
        for (int unknown = 0; unknown < 3; unknown++) { /* the store is away for a while yet */
            until_something(&w);
            assert_int_equal(w.sends, 1);
            assert_true(w.now >= then + 7 * CLOCK_SECOND); /* it may still be at it */
            compared(&w, COMPARED_UNKNOWN);
        }
        until_something(&w);
        compared(&w, taken ? COMPARED_SAME : COMPARED_ABSENT);
        run(&w);
        assert_int_equal(w.in_flight, !taken);
        if (!taken)
            answer(&w, 201);
        commit(&w);
        assert_int_equal(w.rows[0].state, OUTBOX_DONE);
        assert_int_equal(w.rows[0].took, 1);
        end(&w);
    }
}

/* What certainly wasn't taken is sent again without a question. */
static void test_known_not_taken(void **state) {
    struct world w;
    (void)state;
    searching(&w, 1, 1);
    run(&w);
    answer(&w, 429);
    until_something(&w);
    assert_null(w.asked);
    assert_int_equal(w.sends, 2);
    end(&w);
}

static void test_doubt_after_a_start(void **state) {
    struct world w;
    (void)state;
    searching(&w, 2, 2);
    push_doubt(w.push, 1);
    run(&w);
    assert_non_null(w.asked); /* the first, of another life */
    assert_int_equal(w.in_flight, 1); /* the second, of this one */
    compared(&w, COMPARED_SAME);
    commit(&w);
    assert_int_equal(w.rows[0].state, OUTBOX_DONE);
    assert_int_equal(w.sends, 1);
    end(&w);
}

/* A receipt: the store is asked now and then, more and more rarely, and other cases go on. */
static void test_later(void **state) {
    struct world w;
    int64_t longest = 0;
    (void)state;
    searching(&w, 2, 2);
    push_doubt(w.push, 1);
    run(&w);
    answer(&w, 201);
    commit(&w);
    assert_int_equal(w.rows[1].state, OUTBOX_DONE);
    for (int i = 0; i < 20; i++) {
        int64_t then = w.now;
        compared(&w, COMPARED_LATER);
        assert_int_equal(push_next_at(w.push, w.now) > w.now, 1);
        until_something(&w);
        longest = w.now - then > longest ? w.now - then : longest;
        struct push_view v;
        push_view(w.push, &v);
        assert_int_equal(v.state, PUSH_UP);
    }
    assert_in_range(longest, 5 * CLOCK_MINUTE, 6 * CLOCK_MINUTE);
    assert_int_equal(w.sends, 1); /* of the other case */
    compared(&w, COMPARED_SAME);
    commit(&w);
    assert_int_equal(w.rows[0].state, OUTBOX_DONE);
    end(&w);
}

/* 409 with nothing there: worked on, so not at once. */
static void test_conflict_without_end(void **state) {
    struct world w;
    (void)state;
    searching(&w, 1, 1);
    run(&w);
    answer(&w, 409);
    compared(&w, COMPARED_ABSENT);
    run(&w);
    assert_int_equal(w.in_flight, 0);
    until_something(&w);
    assert_int_equal(w.sends, 2);
    end(&w);
}

/* The same where a store knows what comes again, however doubtful it is: 409 is no search there. */
static void test_worked_on_after_a_start(void **state) {
    struct world w;
    (void)state;
    begin(&w, 1, 1, 5);
    push_doubt(w.push, 1);
    run(&w);
    answer(&w, 409);
    compared(&w, COMPARED_ABSENT);
    run(&w);
    assert_int_equal(w.in_flight, 0);
    assert_true(push_next_at(w.push, w.now) >= w.now + CLOCK_SECOND);
    end(&w);
}

static enum push_sent nothing_to_send(void *context, const struct push_request *request) {
    struct world *w = context;
    (void)request;
    w->sends++;
    return PUSH_NOTHING;
}

/* What isn't for the store is done, in steps that fit into memory, and says nothing of the store. */
static void test_nothing_of_it(void **state) {
    struct world w;
    struct push_view v;
    (void)state;
    searching(&w, 5000, 50);
    push_free(w.push);
    struct push_parts parts = {.context = &w,
                               .next = next,
                               .send = nothing_to_send,
                               .compare = compare,
                               .write = write_row,
                               .reauthorise = reauthorise,
                               .random_below = random_of_world};
    struct push_limits limits = {.batch = 1, .octets = 100000, .parallel = 4, .park_after = 3, .search = true};
    w.push = push_new(&parts, &limits);
    for (int turns = 0; in_state(&w, OUTBOX_DONE) < 5000; turns++) {
        assert_in_range(turns, 0, 10);
        run(&w);
        commit(&w);
    }
    assert_int_equal(w.sends, 5000);
    push_view(w.push, &v);
    assert_int_equal(v.acknowledged, 0);
    end(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_twice),
        cmocka_unit_test(test_known_not_taken),
        cmocka_unit_test(test_doubt_after_a_start),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_conflict_without_end),
        cmocka_unit_test(test_worked_on_after_a_start),
        cmocka_unit_test(test_nothing_of_it),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_parallel_across_cases_in_order_within),
        cmocka_unit_test(test_poison_is_found_and_holds_its_case_only),
        cmocka_unit_test(test_store_that_refuses_everything),
        cmocka_unit_test(test_away),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_credentials),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_some_are_taken),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_lost_commit),
        cmocka_unit_test(test_ten_thousand_lives),
        cmocka_unit_test(test_seven_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
