/* The scheduler by itself: what holds whatever happens, in a long random play against a plain list; many messages; the containers below it. */
#include "smsc/scheduler.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "smsc/idmap.h"
#include "smsc/timeheap.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
static const int64_t noon = INT64_C(1772000000000) - 13 * MINUTE - 20 * SECOND - HOUR; /* in Vietnam */

static uint32_t random_state;
static uint32_t pick_below(uint32_t limit) { /* the same on every machine */
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

struct bench {
    struct smsc_settings settings;
    struct routes *routes;
    struct scheduler *scheduler;
    int64_t now;
};

static int setup(void **state) {
    struct bench *b = mem_alloc(sizeof *b);
    b->settings = (struct smsc_settings){.quiet_from = 21 * 60, .quiet_to = 7 * 60, .retry_base = 30 * SECOND, .reply_link_wait = MINUTE};
    b->routes = routes_new(&b->settings);
    b->scheduler = scheduler_new(&b->settings, b->routes);
    b->now = noon;
    random_state = 1;
    *state = b;
    return 0;
}

static int teardown(void **state) {
    struct bench *b = *state;
    scheduler_free(b->scheduler);
    routes_free(b->routes);
    free(b);
    return 0;
}

static int link_up(struct bench *b, const char *name) {
    int link = routes_link(b->routes, name, b->now);
    routes_up(b->routes, link, b->now);
    return link;
}

static void add(struct bench *b, int64_t id, int64_t subscriber, enum outbound_class class, struct route_wish wish) {
    struct schedule_message m = {
        .outbound_id = id, .subscriber_id = subscriber, .expires_at = b->now + HOUR, .class = class, .total = 1, .wish = wish};
    struct schedule_part part = {.id = id * 256 + 1, .ripe_at = b->now};
    scheduler_add(b->scheduler, &m, &part, 1, b->now);
}

static const struct route_wish anywhere = {.link = ROUTE_ANY, .avoid = ROUTE_ANY};

static int64_t give(struct bench *b, int link) { /* the message; 0: none. Done at once */
    struct schedule_pick pick;
    bool has = scheduler_has(b->scheduler, link, b->now);
    assert_int_equal(scheduler_pick(b->scheduler, link, b->now, &pick), has);
    if (!has)
        return 0;
    scheduler_done(b->scheduler, pick.outbound_id, link, b->now);
    return pick.outbound_id;
}

static void a_flood_to_one_does_not_keep_others_waiting(void **state) {
    struct bench *b = *state;
    int m1 = link_up(b, "m1");
    for (int64_t id = 1; id <= 1000; id++)
        add(b, id, 1, OUTBOUND_REPLY, anywhere);
    add(b, 1001, 2, OUTBOUND_REPLY, anywhere);
    assert_int_equal(give(b, m1), 1);
    assert_int_equal(give(b, m1), 1001);
    assert_int_equal(give(b, m1), 2);
}

static void turns_are_kept_when_lines_move_to_other_links(void **state) {
    struct bench *b = *state;
    int m1 = link_up(b, "m1"), m2 = link_up(b, "m2");
    struct route_wish first = {.link = m1, .avoid = ROUTE_ANY, .others_at = b->now + MINUTE};
    for (int64_t id = 1; id <= 6; id++)
        add(b, id, id, OUTBOUND_REPLY, id % 2 ? first : anywhere);
    routes_down(b->routes, m1, b->now);
    for (int64_t id = 1; id <= 6; id++)
        assert_int_equal(give(b, m2), id);
    assert_int_equal(give(b, m2), 0);
    assert_int_equal(scheduler_size(b->scheduler), 0);
}

static void an_avoided_link_serves_where_there_is_no_other(void **state) {
    struct bench *b = *state;
    int m1 = link_up(b, "m1"), m2 = link_up(b, "m2");
    add(b, 1, 1, OUTBOUND_REPLY, (struct route_wish){.link = ROUTE_ANY, .avoid = m1});
    assert_int_equal(give(b, m1), 0);
    routes_down(b->routes, m2, b->now);
    assert_true(scheduler_has(b->scheduler, m1, b->now));
    routes_up(b->routes, m2, b->now);
    assert_false(scheduler_has(b->scheduler, m1, b->now));
    assert_int_equal(give(b, m2), 1);
}

static void only_one_of_a_recipient_is_on_its_way_in_a_class(void **state) {
    struct bench *b = *state;
    struct schedule_pick pick;
    int m1 = link_up(b, "m1"), m2 = link_up(b, "m2");
    add(b, 1, 1, OUTBOUND_REPLY, anywhere);
    add(b, 2, 1, OUTBOUND_REPLY, anywhere);
    add(b, 3, 1, OUTBOUND_OPERATOR, anywhere);
    assert_true(scheduler_pick(b->scheduler, m1, b->now, &pick));
    assert_int_equal(pick.outbound_id, 1);
    assert_int_equal(give(b, m2), 3);
    assert_int_equal(give(b, m2), 0);
    scheduler_done(b->scheduler, 1, m1, b->now);
    assert_int_equal(give(b, m2), 2);
}

static void a_part_can_be_taken_out_and_put_in_again(void **state) {
    struct bench *b = *state;
    int m1 = link_up(b, "m1");
    struct schedule_message m = {.outbound_id = 1, .subscriber_id = 1, .expires_at = b->now + HOUR, .total = 3, .wish = anywhere};
    struct schedule_part parts[] = {{.id = 257, .ripe_at = b->now}, {.id = 258, .ripe_at = b->now}, {.id = 259, .ripe_at = b->now}};
    struct schedule_pick pick;
    int64_t left[SMS_SEGMENTS_MAX];
    scheduler_add(b->scheduler, &m, parts, 3, b->now);
    scheduler_drop_part(b->scheduler, 1, 257, b->now);
    assert_int_equal(scheduler_parts_of(b->scheduler, 1, left), 2);
    assert_true(scheduler_pick(b->scheduler, m1, b->now, &pick));
    assert_int_equal(pick.part_id, 258);
    scheduler_drop_part(b->scheduler, 1, 259, b->now);
    scheduler_add(b->scheduler, &m, &parts[1], 1, b->now);
    scheduler_add(b->scheduler, &m, &parts[0], 1, b->now);
    scheduler_add(b->scheduler, &m, &parts[0], 1, b->now); /* there already */
    assert_int_equal(scheduler_size(b->scheduler), 2);
    assert_false(scheduler_has(b->scheduler, m1, b->now));
    scheduler_done(b->scheduler, 1, ROUTE_ANY, b->now);
    scheduler_done(b->scheduler, 1, ROUTE_ANY, b->now); /* it isn't busy any more: nothing happens */
    for (int64_t id = 257; id <= 258; id++) {
        assert_true(scheduler_pick(b->scheduler, m1, b->now, &pick));
        assert_int_equal(pick.part_id, id);
        scheduler_done(b->scheduler, 1, m1, b->now);
    }
    scheduler_done(b->scheduler, 1, m1, b->now); /* nothing there: nothing happens */
    assert_int_equal(scheduler_size(b->scheduler), 0);
}

static void what_is_dropped_while_busy_is_gone_when_that_ends(void **state) {
    struct bench *b = *state;
    int m1 = link_up(b, "m1");
    struct schedule_message m = {.outbound_id = 1, .subscriber_id = 1, .expires_at = b->now + HOUR, .total = 2, .wish = anywhere};
    struct schedule_part parts[] = {{.id = 257, .ripe_at = b->now}, {.id = 258, .ripe_at = b->now}};
    struct schedule_pick pick;
    scheduler_add(b->scheduler, &m, parts, 2, b->now);
    add(b, 2, 1, OUTBOUND_REPLY, anywhere);
    assert_true(scheduler_pick(b->scheduler, m1, b->now, &pick));
    scheduler_drop(b->scheduler, 1);
    assert_int_equal(scheduler_size(b->scheduler), 1);
    assert_false(scheduler_has(b->scheduler, m1, b->now));
    scheduler_done(b->scheduler, 1, m1, b->now);
    assert_int_equal(give(b, m1), 2);
}

/* ---- a long random play ---- */

enum { PLAY_MESSAGES = 3000, PLAY_LINKS = 3, PLAY_PEOPLE = 40 };

enum fate { FATE_NONE, FATE_WAITS, FATE_ON_ITS_WAY, FATE_GONE };

struct played { /* what a plain list knows of a message */
    int64_t subscriber;
    enum outbound_class class;
    int total, next; /* the part that is next */
    int64_t ripe_at, expires_at;
    enum fate fate;
    int on_link;
    bool begun;
};

struct play {
    struct bench *b;
    struct played messages[PLAY_MESSAGES + 1];
    int count;
    int links[PLAY_LINKS];
    size_t waiting;
    int picked, expired;
};

static void play_add(struct play *p) {
    int64_t id = ++p->count;
    struct played *m = &p->messages[id];
    *m = (struct played){.subscriber = pick_below(PLAY_PEOPLE),
                         .class = (enum outbound_class)pick_below(4),
                         .total = 1 + (int)pick_below(4),
                         .next = 1,
                         .ripe_at = p->b->now + (pick_below(3) ? 0 : (int64_t)pick_below(30 * MINUTE)),
                         .expires_at = p->b->now + MINUTE + (int64_t)pick_below(20) * HOUR,
                         .fate = FATE_WAITS};
    struct schedule_message s = {
        .outbound_id = id, .subscriber_id = m->subscriber, .expires_at = m->expires_at, .class = m->class, .total = m->total, .wish = anywhere};
    if (pick_below(2)) {
        s.wish.link = p->links[pick_below(PLAY_LINKS)];
        s.wish.others_at = p->b->now + MINUTE;
    }
    struct schedule_part parts[4];
    for (int i = 0; i < m->total; i++)
        parts[i] = (struct schedule_part){.id = id * 256 + i + 1, .ripe_at = m->ripe_at};
    scheduler_add(p->b->scheduler, &s, parts, (size_t)m->total, p->b->now);
    p->waiting += (size_t)m->total;
}

static bool play_quiet(const struct play *p) {
    int hour = civil_of(p->b->now).hour;
    return hour >= 21 || hour < 7;
}

static bool play_held(const struct play *p, const struct played *m) {
    return (m->class == OUTBOUND_NOTICE || m->class == OUTBOUND_REMINDER) && !m->begun && play_quiet(p);
}

static bool play_line_busy(const struct play *p, const struct played *of) {
    for (int i = 1; i <= p->count; i++)
        if (p->messages[i].fate == FATE_ON_ITS_WAY && p->messages[i].subscriber == of->subscriber && p->messages[i].class == of->class)
            return true;
    return false;
}

static void play_check_pick(struct play *p, const struct schedule_pick *pick) {
    struct bench *b = p->b;
    const struct played *m = &p->messages[pick->outbound_id];
    assert_int_equal(m->fate, FATE_WAITS);
    assert_int_equal(pick->part_id, pick->outbound_id * 256 + m->next);
    assert_true(m->ripe_at <= b->now && m->expires_at > b->now);
    assert_false(play_held(p, m));
    assert_false(play_line_busy(p, m));
    for (int i = 1; i < pick->outbound_id; i++) { /* no older one to the same recipient was ready */
        const struct played *older = &p->messages[i];
        assert_false(older->fate == FATE_WAITS && older->subscriber == m->subscriber && older->class == m->class && older->ripe_at <= b->now &&
                     older->expires_at > b->now);
    }
}

static void play_pick(struct play *p, int link) {
    struct schedule_pick pick;
    struct bench *b = p->b;
    struct route_sim sim = routes_sim(b->routes, link, b->now);
    if (!scheduler_pick(b->scheduler, link, b->now, &pick))
        return;
    assert_true(route_can_send(&sim));
    play_check_pick(p, &pick);
    p->messages[pick.outbound_id].fate = FATE_ON_ITS_WAY;
    p->messages[pick.outbound_id].on_link = link;
    p->waiting--;
    p->picked++;
}

static void play_end(struct play *p, int id) { /* the result of what is on its way */
    struct bench *b = p->b;
    struct played *m = &p->messages[id];
    if (pick_below(5) == 0) { /* goes again */
        struct schedule_message s = {.outbound_id = id,
                                     .subscriber_id = m->subscriber,
                                     .expires_at = m->expires_at,
                                     .class = m->class,
                                     .total = m->total,
                                     .begun = m->begun,
                                     .wish = {.link = m->on_link, .avoid = ROUTE_ANY, .strict = true}};
        m->ripe_at = b->now + (int64_t)pick_below(5 * MINUTE);
        struct schedule_part part = {.id = id * 256 + m->next, .ripe_at = m->ripe_at};
        scheduler_add(b->scheduler, &s, &part, 1, b->now);
        scheduler_done(b->scheduler, id, ROUTE_ANY, b->now);
        m->fate = FATE_WAITS;
        p->waiting++;
        return;
    }
    scheduler_done(b->scheduler, id, m->on_link, b->now);
    m->begun = true;
    m->fate = m->next++ == m->total ? FATE_GONE : FATE_WAITS;
}

static void play_expire(struct play *p) {
    int64_t id;
    int64_t part_ids[SMS_SEGMENTS_MAX];
    while (scheduler_first_expired(p->b->scheduler, p->b->now, &id)) {
        struct played *m = &p->messages[id];
        assert_int_equal(m->fate, FATE_WAITS);
        assert_true(m->expires_at <= p->b->now);
        size_t count = scheduler_parts_of(p->b->scheduler, id, part_ids);
        assert_int_equal(count, m->total - m->next + 1);
        p->waiting -= count;
        p->expired++;
        m->fate = FATE_GONE;
        scheduler_drop(p->b->scheduler, id);
    }
}

static void play_links(struct play *p) {
    int link = p->links[pick_below(PLAY_LINKS)];
    switch (pick_below(4)) {
    case 0:
        routes_down(p->b->routes, link, p->b->now);
        break;
    case 1:
        routes_rest(p->b->routes, link, p->b->now);
        break;
    default:
        routes_up(p->b->routes, link, p->b->now);
        routes_fine(p->b->routes, link);
        break;
    }
}

static void play_step(struct play *p) {
    switch (pick_below(8)) {
    case 0:
    case 1:
        if (p->count < PLAY_MESSAGES)
            play_add(p);
        break;
    case 2:
        p->b->now += (int64_t)pick_below(4 * MINUTE);
        break;
    case 3:
        if (pick_below(10) == 0)
            play_links(p);
        break;
    default:
        play_pick(p, p->links[pick_below(PLAY_LINKS)]);
        break;
    }
    for (int i = 1; i <= p->count; i++)
        if (p->messages[i].fate == FATE_ON_ITS_WAY && pick_below(3) == 0)
            play_end(p, i);
    play_expire(p);
    assert_int_equal(scheduler_size(p->b->scheduler), p->waiting);
}

/* Everything up, time goes from one moment of interest to the next: nothing may be left. */
static void play_out(struct play *p) {
    for (int i = 0; i < PLAY_LINKS; i++) {
        routes_fine(p->b->routes, p->links[i]);
        routes_down(p->b->routes, p->links[i], p->b->now);
        routes_up(p->b->routes, p->links[i], p->b->now);
    }
    for (int turns = 0; p->waiting > 0 && turns < 100000; turns++) {
        int picked = p->picked;
        for (int i = 0; i < PLAY_LINKS; i++)
            play_pick(p, p->links[i]);
        for (int i = 1; i <= p->count; i++)
            if (p->messages[i].fate == FATE_ON_ITS_WAY)
                play_end(p, i);
        play_expire(p);
        if (p->picked != picked)
            continue;
        int64_t next = scheduler_next_time(p->b->scheduler);
        assert_true(p->waiting == 0 || (next > p->b->now && next < INT64_MAX));
        p->b->now = next;
    }
    for (int i = 1; i <= p->count; i++)
        assert_true(p->messages[i].fate == FATE_GONE || p->messages[i].fate == FATE_ON_ITS_WAY);
}

static void whatever_happens_order_and_times_are_kept_and_nothing_is_left(void **state) {
    struct play *p = mem_alloc(sizeof *p);
    p->b = *state;
    for (int i = 0; i < PLAY_LINKS; i++)
        p->links[i] = link_up(p->b, (const char *const[]){"m1", "m2", "m3"}[i]);
    for (int i = 0; i < 14000; i++)
        play_step(p);
    play_out(p);
    assert_int_equal(p->count, PLAY_MESSAGES);
    assert_in_range(p->expired, 50, PLAY_MESSAGES - 1000);
    assert_true(p->picked > PLAY_MESSAGES);
    free(p);
}

/* ---- many ---- */

static void a_hundred_thousand_messages_are_no_burden(void **state) {
    struct bench *b = *state;
    int m1 = link_up(b, "m1"), m2 = link_up(b, "m2");
    struct route_wish first = {.link = m1, .avoid = ROUTE_ANY, .others_at = b->now + MINUTE};
    for (int64_t id = 1; id <= 100000; id++)
        add(b, id, id % 5000, (enum outbound_class)(id % 4), id % 3 ? anywhere : first);
    assert_int_equal(scheduler_size(b->scheduler), 100000);
    routes_down(b->routes, m1, b->now);
    int given = 0;
    while (give(b, m2) != 0)
        given++;
    assert_int_equal(given, 100000);
}

/* ---- containers ---- */

struct thing {
    struct idmap_node node;
    struct timed timed;
    bool in;
};

static void a_map_and_a_heap_hold_what_was_put_in(void **state) {
    enum { THINGS = 2000 };
    struct thing *things = mem_array(THINGS, sizeof *things);
    struct idmap map = {.slots = NULL};
    struct timeheap heap = {.nodes = NULL};
    size_t in = 0;
    (void)state;
    assert_null(idmap_get(&map, 1));
    assert_null(timeheap_first(&heap));
    for (int step = 0; step < 40000; step++) {
        uint32_t i = pick_below(THINGS);
        struct thing *t = &things[i];
        assert_true((idmap_get(&map, (uint64_t)i << 20) != NULL) == t->in);
        if (!t->in) {
            idmap_put(&map, &t->node, (uint64_t)i << 20);
            t->timed.tie = i;
            timeheap_set(&heap, &t->timed, pick_below(50));
            in++;
        } else if (pick_below(2)) {
            timeheap_set(&heap, &t->timed, pick_below(50));
            continue;
        } else {
            idmap_remove(&map, &t->node);
            timeheap_remove(&heap, &t->timed);
            timeheap_remove(&heap, &t->timed);
            in--;
        }
        t->in = !t->in;
        assert_int_equal(map.count, in);
        assert_int_equal(heap.count, in);
    }
    int64_t at = -1, tie = -1;
    for (struct timed *first; (first = timeheap_first(&heap)); in--) {
        assert_true(first->at > at || (first->at == at && first->tie > tie));
        at = first->at;
        tie = first->tie;
        timeheap_remove(&heap, first);
    }
    assert_int_equal(in, 0);
    idmap_release(&map);
    timeheap_release(&heap);
    free(things);
}

int main(void) {
#define SCHEDULER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        SCHEDULER_TEST(a_flood_to_one_does_not_keep_others_waiting),
        SCHEDULER_TEST(turns_are_kept_when_lines_move_to_other_links),
        SCHEDULER_TEST(an_avoided_link_serves_where_there_is_no_other),
        SCHEDULER_TEST(only_one_of_a_recipient_is_on_its_way_in_a_class),
        SCHEDULER_TEST(a_part_can_be_taken_out_and_put_in_again),
        SCHEDULER_TEST(what_is_dropped_while_busy_is_gone_when_that_ends),
        SCHEDULER_TEST(whatever_happens_order_and_times_are_kept_and_nothing_is_left),
        SCHEDULER_TEST(a_hundred_thousand_messages_are_no_burden),
        SCHEDULER_TEST(a_map_and_a_heap_hold_what_was_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
