/* The choice of a SIM: the decision as a table, limits over time, taking turns; then in the queue, with rows: costs, limits across a restart, storms,
 * and a message that fails everywhere. Tests with a number are named after complaints about other gateways. */
#include "smsc/route.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "smsc/usage.h"
#include "tests/unit/queue_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

/* ---- the decision ---- */

/* Each row: SIMs, to whom, and the order. A SIM is carrier, cost to the same, to others, turn, obstacle. */
static void the_order_of_sims(void **state) {
    (void)state;
    enum { V = CARRIER_VIETTEL, M = CARRIER_MOBIFONE, U = CARRIER_UNKNOWN };
    static const struct {
        const char *what;
        struct {
            int carrier, same, other, turn, obstacle;
        } sims[4];
        size_t count;
        int to;
        const char *order;
    } rows[] = {
        {"none", {{0}}, 0, V, ""},
        {"of the recipient's operator first", {{M, 0, 300, 0, 0}, {V, 100, 300, 0, 0}}, 2, V, "10"},
        {"even where it costs more: that's what was agreed", {{M, 0, 50, 0, 0}, {V, 100, 300, 0, 0}}, 2, V, "10"},
        {"of those the cheapest", {{V, 200, 300, 0, 0}, {V, 100, 400, 0, 0}, {V, 150, 0, 0, 0}}, 3, V, "120"},
        {"of others the cheapest", {{V, 0, 300, 0, 0}, {M, 0, 250, 0, 0}}, 2, CARRIER_GMOBILE, "10"},
        {"nobody's number: the cheapest to others", {{V, 0, 300, 0, 0}, {M, 0, 250, 0, 0}}, 2, U, "10"},
        {"a SIM of nobody isn't of the operator of nobody", {{U, 0, 300, 0, 0}, {M, 0, 250, 0, 0}}, 2, U, "10"},
        {"equals take turns", {{V, 0, 0, 9, 0}, {V, 0, 0, 3, 0}, {V, 0, 0, 6, 0}}, 3, V, "120"},
        {"and the lower number where that is equal too", {{V, 0, 0, 3, 0}, {V, 0, 0, 3, 0}}, 2, V, "01"},
        {"down: another operator's", {{V, 0, 0, 0, ROUTE_DOWN}, {M, 0, 300, 0, 0}}, 2, V, "10"},
        {"resting, out of its limits",
         {{V, 0, 0, 0, ROUTE_RESTS}, {V, 0, 0, 0, ROUTE_DAY_FULL}, {V, 0, 0, 9, ROUTE_HOUR_FULL}, {M, 0, 9, 0, 0}},
         4,
         V,
         "3012"},
        {"a rate is waited for", {{V, 0, 0, 0, ROUTE_PACED}, {M, 0, 300, 0, 0}}, 2, V, "01"},
        {"all out: the best of them is named first", {{M, 0, 300, 0, ROUTE_DOWN}, {V, 0, 0, 0, ROUTE_DOWN}}, 2, V, "10"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct route_sim sims[4];
        size_t order[4];
        char said[8] = "";
        for (size_t n = 0; n < rows[i].count; n++)
            sims[n] = (struct route_sim){.carrier = (enum carrier)rows[i].sims[n].carrier,
                                         .cost_same = rows[i].sims[n].same,
                                         .cost_other = rows[i].sims[n].other,
                                         .turn = rows[i].sims[n].turn,
                                         .weight = 1,
                                         .obstacle = (enum route_obstacle)rows[i].sims[n].obstacle};
        route_order(sims, rows[i].count, (enum carrier)rows[i].to, order);
        for (size_t n = 0; n < rows[i].count; n++)
            snprintf(said + n, sizeof said - n, "%zu", order[n]);
        if (strcmp(said, rows[i].order) != 0)
            fail_msg("%s: %s instead of %s", rows[i].what, said, rows[i].order);
    }
    for (int o = ROUTE_FREE; o <= ROUTE_DOWN; o++)
        assert_non_null(route_obstacle_text((enum route_obstacle)o));
}

static void a_window_that_moves(void **state) {
    (void)state;
    struct usage u;
    usage_init(&u, 5);
    assert_int_equal(usage_free_at(&u, 3, MINUTE, 1000), 1000);
    for (int i = 0; i < 3; i++)
        usage_add(&u, 10 * SECOND * i);
    assert_int_equal(usage_free_at(&u, 3, MINUTE, 30 * SECOND), MINUTE); /* the first of the three leaves it */
    assert_int_equal(usage_free_at(&u, 3, MINUTE, MINUTE - 1), MINUTE);
    assert_int_equal(usage_free_at(&u, 3, MINUTE, MINUTE), MINUTE);
    usage_add(&u, MINUTE);
    assert_int_equal(usage_free_at(&u, 3, MINUTE, MINUTE), 70 * SECOND);
    assert_int_equal(usage_free_at(&u, 0, MINUTE, MINUTE), MINUTE);
    assert_int_equal(usage_free_at(&u, 3, MINUTE, 5 * SECOND), 5 * SECOND); /* the clock was set back */
    assert_int_equal(usage_since(&u, 20 * SECOND, 2 * MINUTE), 2);
    usage_add_before(&u, -SECOND);
    assert_int_equal(usage_free_at(&u, 5, HOUR, MINUTE), HOUR - SECOND);
    usage_add_before(&u, -2 * SECOND); /* no room: five say all that is asked */
    assert_int_equal(usage_free_at(&u, 5, HOUR, MINUTE), HOUR - SECOND);
    for (int i = 0; i < 100; i++)
        usage_add(&u, HOUR + i);
    assert_int_equal(usage_free_at(&u, 5, MINUTE, HOUR + 99), HOUR + 95 + MINUTE);
    usage_release(&u);
    usage_init(&u, 0);
    usage_add(&u, 1);
    usage_add_before(&u, 1);
    assert_int_equal(usage_free_at(&u, 0, MINUTE, 7), 7);
    usage_release(&u);
}

/* ---- in the queue ---- */

/* As routes are made when the queue is: the settings are there before. */
static struct queue_fixture *with_sims(void **state, const struct smsc_sim *sims, size_t count) {
    struct queue_fixture *f = *state;
    f->settings.sims = sims;
    f->settings.sim_count = count;
    queue_restart(f);
    for (size_t i = 0; i < count; i++)
        queue_link_up(f->queue, sims[i].link, f->now);
    return f;
}

/* Numbers of the fixture are +8491…: VinaPhone's. */
static void the_cheapest_sim_of_the_operator(void **state) {
    static const struct smsc_sim sims[] = {
        {.link = "viettel", .carrier = CARRIER_VIETTEL, .cost_same = 100, .cost_other = 250},
        {.link = "dear", .carrier = CARRIER_VINAPHONE, .cost_same = 200, .cost_other = 250},
        {.link = "cheap", .carrier = CARRIER_VINAPHONE, .cost_same = 99, .cost_other = 300},
    };
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    for (int n = 1; n <= 3; n++)
        queue_put(f, n, OUTBOUND_NOTICE, NULL, 1);
    assert_string_equal(queue_give(f, "viettel"), "-");
    assert_string_equal(queue_give(f, "dear"), "-");
    assert_string_equal(queue_drain(f, "cheap", 1), "1/1");
    queue_link_down(f->queue, "cheap", f->now);
    assert_string_equal(queue_give(f, "viettel"), "-");
    assert_string_equal(queue_drain(f, "dear", 1), "2/1");
    queue_link_down(f->queue, "dear", f->now);
    assert_string_equal(queue_drain(f, "viettel", 9), "3/1");
}

static void a_sim_says_whose_it_is(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a"}, {.link = "b"}, {.link = "c", .carrier = CARRIER_VIETTEL}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_link_carrier(f->queue, "a", CARRIER_VIETTEL, f->now);
    queue_put(f, 1, OUTBOUND_NOTICE, NULL, 1); /* before anybody knew that it makes a difference */
    queue_link_carrier(f->queue, "b", CARRIER_VINAPHONE, f->now);
    queue_link_carrier(f->queue, "c", CARRIER_VINAPHONE, f->now); /* the configuration says something else */
    assert_string_equal(queue_give(f, "a"), "-");
    assert_string_equal(queue_give(f, "c"), "-");
    assert_string_equal(queue_drain(f, "b", 9), "1/1");
    static const char other_plan[] = "{\"prefixes\": {\"091\": \"Viettel\"}}";
    struct operators *o;
    struct str problems;
    str_init(&problems, 1000);
    assert_int_equal(operators_parse(other_plan, "f", &problems, &o), ERR_OK);
    queue_put(f, 2, OUTBOUND_NOTICE, NULL, 1);
    queue_set_operators(f->queue, o); /* what waits already, too */
    assert_string_equal(queue_give(f, "b"), "-");
    assert_string_equal(queue_drain(f, "c", 9), "2/1");
    queue_set_operators(f->queue, NULL);
    operators_free(o);
    str_release(&problems);
}

static void a_reply_goes_through_the_sim_that_received(void **state) {
    static const struct smsc_sim sims[] = {{.link = "dear", .carrier = CARRIER_VIETTEL, .cost_other = 500},
                                           {.link = "cheap", .carrier = CARRIER_VINAPHONE}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_put(f, 1, OUTBOUND_REPLY, "dear", 1);
    assert_string_equal(queue_give(f, "cheap"), "-");
    assert_string_equal(queue_drain(f, "dear", 9), "1/1");
    queue_put(f, 2, OUTBOUND_REPLY, "dear", 1);
    queue_link_down(f->queue, "dear", f->now);
    assert_string_equal(queue_drain(f, "cheap", 9), "2/1");
}

static void limits_hold_and_others_take_over(void **state) {
    static const struct smsc_sim sims[] = {{.link = "cheap", .per_hour = 3, .per_day = 4}, {.link = "dear", .cost_other = 500}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    for (int n = 1; n <= 9; n++)
        queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_give(f, "dear"), "-");
    assert_string_equal(queue_drain(f, "cheap", 9), "1/1 2/1 3/1"); /* an hour's */
    assert_string_equal(queue_drain(f, "dear", 1), "4/1");
    queue_wait(f, HOUR);
    assert_string_equal(queue_give(f, "dear"), "-");
    assert_string_equal(queue_drain(f, "cheap", 9), "5/1"); /* a day's */
    queue_wait(f, HOUR);
    assert_string_equal(queue_drain(f, "cheap", 9), "");
    assert_string_equal(queue_drain(f, "dear", 1), "6/1");
    queue_restart(f); /* the rows say what was used */
    queue_link_up(f->queue, "cheap", f->now);
    queue_link_up(f->queue, "dear", f->now);
    assert_string_equal(queue_drain(f, "cheap", 9), "");
    assert_string_equal(queue_drain(f, "dear", 1), "7/1");
}

static void a_limit_per_minute_is_waited_for(void **state) {
    static const struct smsc_sim sims[] = {{.link = "cheap", .per_minute = 2}, {.link = "dear", .cost_other = 500}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    for (int n = 1; n <= 3; n++)
        queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_drain(f, "cheap", 9), "1/1 2/1");
    assert_string_equal(queue_give(f, "dear"), "-");
    assert_int_equal(queue_next_time(f->queue), f->now + MINUTE);
    f->now += MINUTE;
    assert_string_equal(queue_drain(f, "cheap", 9), "3/1");
}

static void what_has_begun_is_finished_above_the_limit(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .per_hour = 1}, {.link = "b"}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_put(f, 1, OUTBOUND_REPLY, "a", 3);
    queue_put(f, 2, OUTBOUND_REPLY, "a", 1);
    assert_string_equal(queue_drain(f, "a", 9), "1/1 1/2 1/3");
}

static void all_over_their_limits_wait(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .per_hour = 1}, {.link = "b", .per_day = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    for (int n = 1; n <= 3; n++)
        queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_drain(f, "a", 9), "1/1");
    assert_string_equal(queue_drain(f, "b", 9), "2/1");
    assert_string_equal(queue_give(f, "a"), "-");
    assert_true(queue_next_time(f->queue) <= f->now + HOUR); /* it is looked at again */
    f->now += HOUR;
    assert_string_equal(queue_drain(f, "a", 9), "3/1");
}

/* Kalkun #20: round robin over equal modems. */
static void peers_39_equal_sims_take_turns(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .weight = 1}, {.link = "b", .weight = 2}, {.link = "c", .weight = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    int given[3] = {0};
    for (int n = 0; n < 80; n++) { /* one at a time: all are idle, and always the first is asked first */
        queue_put(f, n, OUTBOUND_OPERATOR, NULL, 1);
        int takers = 0;
        for (int i = 0; i < 3; i++)
            if (*queue_drain(f, sims[i].link, 9)) {
                given[i]++;
                takers++;
            }
        assert_int_equal(takers, 1); /* somebody always does */
    }
    assert_int_equal(given[0], 20);
    assert_int_equal(given[1], 40);
    assert_int_equal(given[2], 20);
}

static void a_burst_uses_all_of_them_at_once(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .weight = 1}, {.link = "b", .weight = 1}, {.link = "c", .weight = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    for (int n = 0; n < 3; n++)
        queue_put(f, n, OUTBOUND_OPERATOR, NULL, 1);
    for (int i = 3; i-- > 0;)
        assert_true(queue_has_work(f->queue, sims[i].link, f->now)); /* whoever is asked first */
    for (int i = 3; i-- > 0;)
        assert_string_not_equal(queue_give(f, sims[i].link), "-");
}

static void a_sim_that_was_away_does_not_make_up_for_it(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .weight = 1}, {.link = "b", .weight = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_link_down(f->queue, "b", f->now);
    for (int n = 0; n < 50; n++)
        queue_put(f, n, OUTBOUND_OPERATOR, NULL, 1);
    queue_drain(f, "a", 50);
    queue_link_up(f->queue, "b", f->now);
    int by_a = 0;
    for (int n = 0; n < 10; n++) {
        queue_put(f, n, OUTBOUND_OPERATOR, NULL, 1);
        by_a += *queue_drain(f, "a", 1) != '\0';
        queue_drain(f, "b", 1);
    }
    assert_int_equal(by_a, 5);
}

/* capcom6 #263, #44: a rate must not keep what is urgent behind what isn't, and nothing stays pending. */
static void peers_37_a_rate_keeps_the_order_of_classes(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .per_minute = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_put(f, 1, OUTBOUND_OPERATOR, NULL, 1);
    assert_string_equal(queue_drain(f, "a", 9), "1/1");
    queue_put(f, 2, OUTBOUND_OPERATOR, NULL, 1);
    queue_put(f, 3, OUTBOUND_NOTICE, NULL, 1);
    queue_put(f, 4, OUTBOUND_REPLY, NULL, 1);
    static const char *const order[] = {"4/1", "3/1", "2/1"};
    for (size_t i = 0; i < COUNT(order); i++) {
        assert_string_equal(queue_drain(f, "a", 9), "");
        int64_t next = queue_next_time(f->queue);
        assert_true(next > f->now && next <= f->now + MINUTE);
        f->now = next;
        assert_string_equal(queue_drain(f, "a", 9), order[i]);
    }
    assert_int_equal(metric_get(METRIC_QUEUE_DEPTH), 0);
}

/* gammu #462: one message that fails blocks everything behind it. It fails on every SIM, again and again; the others go their way through the same
 * SIMs. */
static void peers_24_a_poison_message_never_blocks_a_sim(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .weight = 1}, {.link = "b", .weight = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    int64_t poison = queue_put(f, 999, OUTBOUND_REPLY, NULL, 1);
    int tries = 0, sent = 0;
    for (int n = 1; n <= 200; n++) {
        queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
        for (int i = 0; i < 2; i++)
            for (const char *given; strcmp(given = queue_give(f, sims[i].link), "-") != 0;) {
                bool is_poison = strncmp(given, "999/", 4) == 0;
                tries += is_poison;
                sent += !is_poison;
                if (is_poison)
                    queue_has_failed(f, f->dispatch.attempt_id, SMS_FAILURE_TEMPORARY, 41);
                else
                    queue_was_sent(f, f->dispatch.attempt_id, n & 0xFF);
            }
        assert_int_equal(sent, n); /* each at once */
        queue_wait(f, 20 * SECOND);
    }
    assert_string_equal(queue_part_state(f, poison, 1), "failed");
    assert_int_equal(tries, f->settings.attempts_max);
}

/* The same alone: it doesn't make a SIM rest, so that the next message finds one. */
static void a_poison_message_alone_makes_no_sim_rest(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a"}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_put(f, 999, OUTBOUND_REPLY, NULL, 1);
    for (int i = 0; i < 5; i++) {
        if (i > 0)
            queue_wait(f, HOUR);
        queue_has_failed(f, queue_sends(f, "a"), SMS_FAILURE_TEMPORARY, 41);
    }
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_give(f, "a"), "1/1");
}

static void three_messages_that_fail_are_a_storm(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a"}, {.link = "b", .cost_other = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    for (int n = 1; n <= 4; n++)
        queue_put(f, n, OUTBOUND_REPLY, NULL, 1);
    queue_has_failed(f, queue_sends(f, "a"), SMS_FAILURE_TEMPORARY, 41);
    queue_is_unknown(f, queue_sends(f, "a"));
    assert_string_equal(queue_give(f, "b"), "-");
    queue_has_failed(f, queue_sends(f, "a"), SMS_FAILURE_TEMPORARY, 38);
    assert_string_equal(queue_give(f, "a"), "-");
    assert_string_equal(queue_give(f, "b"), "4/1");
    queue_was_sent(f, f->dispatch.attempt_id, 4);
    queue_wait(f, f->settings.retry_base);
    assert_string_not_equal(queue_give(f, "a"), "-"); /* and it's tried again */
}

/* A transaction that fails leaves no link looking busy. */
static void a_rollback_frees_the_links(void **state) {
    static const struct smsc_sim sims[] = {{.link = "a", .weight = 1}, {.link = "b", .weight = 1}};
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(queue_next(f->queue, "a", f->now, &f->dispatch), ERR_OK);
    store_rollback(f->store);
    queue_rolled_back(f->queue);
    bool taken = strcmp(queue_give(f, "a"), "-") != 0 || strcmp(queue_give(f, "b"), "-") != 0;
    assert_true(taken);
}

struct explained {
    char text[512];
};

static void explain(void *context, const struct smsc_route *route) {
    struct explained *x = context;
    size_t len = strlen(x->text);
    snprintf(x->text + len, sizeof x->text - len, "%s %s %d %s %d/%d\n", route->link, route->same ? "same" : "other", route->cost, route->state,
             route->last_hour, route->last_day);
}

static void a_number_is_explained(void **state) {
    static const struct smsc_sim sims[] = {
        {.link = "down", .carrier = CARRIER_VINAPHONE},
        {.link = "viettel", .carrier = CARRIER_VIETTEL, .cost_other = 250, .per_hour = 5},
        {.link = "full", .carrier = CARRIER_VINAPHONE, .cost_same = 99, .per_day = 1},
    };
    struct queue_fixture *f = with_sims(state, sims, COUNT(sims));
    struct explained x = {.text = ""};
    queue_link_down(f->queue, "down", f->now);
    queue_put(f, 1, OUTBOUND_REPLY, NULL, 1);
    assert_string_equal(queue_drain(f, "full", 9), "1/1");
    struct phone to = {.kind = PHONE_E164, .text = "+84912000001"};
    assert_int_equal(queue_routes(f->queue, &to, f->now, explain, &x), CARRIER_VINAPHONE);
    assert_string_equal(x.text, "viettel other 250 free 0/0\n"
                                "down same 0 down 0/0\n"
                                "full same 99 its limit per day is reached 1/1\n");
}

#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, queue_fixture_setup, queue_fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_order_of_sims),
        cmocka_unit_test(a_window_that_moves),
        QUEUE_TEST(the_cheapest_sim_of_the_operator),
        QUEUE_TEST(a_sim_says_whose_it_is),
        QUEUE_TEST(a_reply_goes_through_the_sim_that_received),
        QUEUE_TEST(limits_hold_and_others_take_over),
        QUEUE_TEST(a_limit_per_minute_is_waited_for),
        QUEUE_TEST(what_has_begun_is_finished_above_the_limit),
        QUEUE_TEST(all_over_their_limits_wait),
        QUEUE_TEST(peers_39_equal_sims_take_turns),
        QUEUE_TEST(a_burst_uses_all_of_them_at_once),
        QUEUE_TEST(a_sim_that_was_away_does_not_make_up_for_it),
        QUEUE_TEST(peers_37_a_rate_keeps_the_order_of_classes),
        QUEUE_TEST(peers_24_a_poison_message_never_blocks_a_sim),
        QUEUE_TEST(a_poison_message_alone_makes_no_sim_rest),
        QUEUE_TEST(three_messages_that_fail_are_a_storm),
        QUEUE_TEST(a_rollback_frees_the_links),
        QUEUE_TEST(a_number_is_explained),
    };
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
