/* The feed on a virtual clock, without sockets: when it's asked for, and what is made of answers that are no pages. */
#include "store/central/pull.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct pull *pull;
    int64_t now;
    int sends, reauthorised, applied;
    bool no_token, out;
    char since[FEED_CURSOR_MAX + 1];
    int64_t wait;
    int limit;
    bool check, bare;
    struct pull_page page; /* of the last apply */
};

static bool send_it(void *context, const struct pull_request *request) {
    struct world *w = context;
    if (w->no_token)
        return false;
    assert_false(w->out);
    w->out = true;
    w->sends++;
    assert_int_equal(str_copy(w->since, sizeof w->since, request->since), ERR_OK);
    w->wait = request->wait;
    w->limit = request->limit;
    w->check = request->check;
    w->bare = request->bare;
    return true;
}

static enum err read_it(void *context, const struct pull_request *request, struct bytes body, struct str *problem, struct pull_page *ret_page) {
    struct world *w = context;
    assert_string_equal(request->since, w->since); /* of the request that this answers */
    assert_int_equal(request->limit, w->limit);
    return pull_page_read(body, problem, ret_page);
}

static void apply(void *context, const struct pull_page *page) {
    struct world *w = context;
    pull_page_release(&w->page);
    w->page = *page;
    w->applied++;
}

static void reauthorise(void *context) {
    ((struct world *)context)->reauthorised++;
}

static uint32_t half(void *context, uint32_t limit) {
    (void)context;
    return limit / 2;
}

static void begin(void **state, bool checks) {
    struct world *w = mem_alloc(sizeof *w);
    struct pull_parts parts = {.checks = checks,
                               .bares = checks,
                               .context = w,
                               .send = send_it,
                               .read = read_it,
                               .apply = apply,
                               .reauthorise = reauthorise,
                               .random_below = half};
    *w = (struct world){.pull = pull_new(&parts, "0"), .now = 1000};
    *state = w;
}

static int setup(void **state) {
    begin(state, false);
    return 0;
}

static int setup_checking(void **state) {
    begin(state, true);
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    pull_free(w->pull);
    pull_page_release(&w->page);
    free(w);
    return 0;
}

/* Runs at once, or when it says so; whether it asked. */
static bool run(struct world *w) {
    int before = w->sends;
    pull_run(w->pull, w->now);
    return w->sends > before;
}

static void answer(struct world *w, int status, const char *body) {
    struct pull_answer a = {.status = status, .body = bytes_text(body), .reason = "the reason"};
    assert_true(w->out);
    w->out = false;
    pull_answered(w->pull, &a, w->now);
}

static struct pull_view view(struct world *w) {
    struct pull_view v;
    pull_view(w->pull, &v);
    return v;
}

static void later(struct world *w) {
    int64_t at = pull_next_at(w->pull, w->now);
    assert_true(at > w->now && at < INT64_MAX);
    w->now = at;
}

#define ITEM(id) \
    "{\"specversion\":\"1.0\",\"id\":\"" id "\",\"source\":\"/store\",\"type\":\"vn.pakn.case.accepted\",\"subject\":\"482109304\"," \
    "\"time\":\"2026-11-21T02:05:00Z\",\"data\":{\"code\":\"482109304\"}}"
#define PAGE(items, next, more) "{\"items\":[" items "],\"next\":\"" next "\",\"more\":" more "}"

static void pages_follow_pages(void **state) {
    struct world *w = *state;
    assert_true(run(w));
    assert_string_equal(w->since, "0");
    assert_int_equal(w->wait, 0);
    answer(w, 200, PAGE(ITEM("a") "," ITEM("b"), "c1", "true"));
    assert_int_equal(w->page.count, 2);
    assert_string_equal(w->page.items[1].id, "b");
    assert_string_equal(w->page.items[0].subject, "482109304");
    assert_int_equal(w->page.items[0].time, INT64_C(1795226700000));
    assert_null(w->page.items[0].problem);
    assert_false(run(w)); /* not before it's on disk */
    assert_int_equal(pull_next_at(w->pull, w->now), INT64_MAX);
    pull_applied(w->pull, true, 2, w->now);
    assert_true(run(w));
    pull_set_limits(w->pull, 120, 1000);
    answer(w, 204, ""); /* it wasn't to be held: now it may be */
    assert_true(run(w));
    assert_int_equal(w->wait, 50);
    answer(w, 200, PAGE(ITEM("x"), "c1", "true"));
    pull_applied(w->pull, true, 1, w->now);
    w->now += 1000;
    assert_true(run(w));
    assert_string_equal(w->since, "c1");
    assert_int_equal(w->wait, 0); /* there is more */
    assert_int_equal(w->limit, PULL_ITEMS_MAX);
    answer(w, 200, PAGE(ITEM("c"), "c2", "false"));
    pull_applied(w->pull, true, 1, w->now);
    assert_true(run(w));
    assert_int_equal(w->wait, 50);
    assert_int_equal(view(w).items, 4);
    w->now += 50000;
    answer(w, 204, "");
    assert_true(run(w)); /* it was held: again at once */
    answer(w, 204, "");
    assert_false(run(w)); /* it wasn't: not without a pause */
    later(w);
    assert_true(run(w));
    assert_string_equal(w->since, "c2");
}

static void not_committed_is_asked_again(void **state) {
    struct world *w = *state;
    run(w);
    answer(w, 200, PAGE(ITEM("a"), "c1", "false"));
    pull_applied(w->pull, false, 0, w->now);
    assert_non_null(strstr(view(w).problem, "stored"));
    assert_false(run(w));
    later(w);
    assert_true(run(w));
    assert_string_equal(w->since, "0");
    answer(w, 200, PAGE(ITEM("a"), "c1", "false"));
    pull_applied(w->pull, true, 1, w->now);
    assert_string_equal(view(w).problem, "");
}

/* Whatever comes instead of a page, the cursor stays, the problem is said, and the store isn't asked without a pause. */
static void bad_answers(void **state) {
    static const char *const bodies[] = {"",
                                         "<html>",
                                         "[]",
                                         "null",
                                         "{\"items\":{},\"next\":\"c\",\"more\":false}",
                                         "{\"items\":[],\"more\":false}",
                                         "{\"items\":[],\"next\":\"\",\"more\":false}",
                                         "{\"items\":[],\"next\":\"a b\",\"more\":false}",
                                         "{\"items\":[],\"next\":\"đ\",\"more\":false}",
                                         "{\"items\":[],\"next\":7,\"more\":false}",
                                         "{\"items\":[],\"next\":\"c\"}",
                                         "{\"items\":[],\"next\":\"c\",\"more\":1}",
                                         "{\"items\":[" ITEM("a") "],\"next\":\"c\",\"more\":false"};
    struct world *w = *state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        assert_true(run(w));
        answer(w, 200, bodies[i]);
        assert_int_equal(w->applied, 0);
        assert_true(*view(w).problem);
        assert_false(run(w));
        later(w);
    }
    static const int statuses[] = {0, 400, 404, 429, 500, 503, 302, 999};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        assert_true(run(w));
        answer(w, statuses[i], PAGE(ITEM("a"), "c1", "false"));
        assert_string_equal(view(w).problem, "the reason");
        later(w);
    }
    assert_int_equal(w->applied, 0);
    assert_true(run(w));
    assert_string_equal(w->since, "0");
    answer(w, 200, PAGE(ITEM("a"), "c1", "false"));
    pull_applied(w->pull, true, 1, w->now);
    assert_string_equal(view(w).problem, "");
}

static void a_long_cursor(void **state) {
    struct world *w = *state;
    char body[FEED_CURSOR_MAX + 100], cursor[FEED_CURSOR_MAX + 2];
    memset(cursor, 'x', sizeof cursor);
    cursor[FEED_CURSOR_MAX + 1] = 0;
    snprintf(body, sizeof body, "{\"items\":[],\"next\":\"%s\",\"more\":false}", cursor);
    run(w);
    answer(w, 200, body);
    assert_int_equal(w->applied, 0);
    cursor[FEED_CURSOR_MAX] = 0;
    snprintf(body, sizeof body, "{\"items\":[],\"next\":\"%s\",\"more\":false}", cursor);
    later(w);
    run(w);
    answer(w, 200, body);
    assert_int_equal(w->applied, 1);
}

/* Each is an item all the same, and says what is wrong with it. */
static void bad_items(void **state) {
    struct world *w = *state;
    run(w);
    answer(w, 200,
           PAGE("7,null,{},\"x\"," ITEM("") "," ITEM(
                    "a b") ",{\"specversion\":\"0.3\",\"id\":\"a\",\"source\":\"s\",\"type\":\"t\",\"data\":{}},"
                           "{\"specversion\":\"1.0\",\"id\":\"a\",\"source\":\"s\",\"type\":\"t\",\"data\":[]},"
                           "{\"specversion\":\"1.0\",\"id\":7,\"source\":\"s\",\"type\":\"t\",\"data\":{},\"time\":\"x\"}," ITEM("good"),
                "c1", "false"));
    assert_int_equal(w->page.count, 10);
    for (size_t i = 0; i < 9; i++)
        assert_non_null(w->page.items[i].problem);
    assert_null(w->page.items[9].problem);
}

static void smaller_after_too_large(void **state) {
    struct world *w = *state;
    struct pull_answer large = {.oversized = true, .reason = "too large"};
    for (int limit = PULL_ITEMS_MAX; limit > 1; limit /= 2) {
        assert_true(run(w));
        assert_int_equal(w->limit, limit);
        w->out = false;
        pull_answered(w->pull, &large, w->now);
    }
    assert_true(run(w));
    assert_int_equal(w->limit, 1);
    w->out = false;
    pull_answered(w->pull, &large, w->now);
    assert_string_equal(view(w).problem, "too large");
    assert_false(run(w));
    later(w);
    run(w);
    answer(w, 200, PAGE(ITEM("a"), "c1", "true"));
    pull_applied(w->pull, true, 1, w->now);
    run(w);
    assert_int_equal(w->limit, 2);
}

/* A store that repeats itself, or whose cursor goes back, isn't asked without end, and it's said. */
static void nothing_new(void **state) {
    static const char *const circles[][3] = {{"c0", "c0", "c0"}, {"c0", "c2", "c0"}, {"c0", "c2", "c3"}};
    struct world *w = *state;
    run(w);
    for (size_t circle = 0; circle < 3; circle++) {
        answer(w, 200, PAGE(ITEM("a"), "c1", "true"));
        pull_applied(w->pull, true, 1, w->now);
        assert_string_equal(view(w).problem, "");
        int64_t began = w->now;
        for (int i = 0; i < 40; i++) {
            char body[512];
            snprintf(body, sizeof body, PAGE(ITEM("a"), "%s", "true"), circles[circle][i % 3]);
            assert_true(run(w));
            answer(w, 200, body);
            pull_applied(w->pull, true, 0, w->now);
            assert_false(run(w));
            later(w);
        }
        assert_non_null(strstr(view(w).problem, "circle"));
        assert_true(w->now - began > CLOCK_HOUR);
        assert_true(run(w));
    }
    answer(w, 200, PAGE(ITEM("b"), "c0", "true"));
    pull_applied(w->pull, true, 1, w->now); /* the cursor stands still, the item is new */
    assert_string_equal(view(w).problem, "");
    assert_false(run(w));
}

/* Read again from the beginning, as after 410: a year's decisions are passed in minutes. */
static void read_again(void **state) {
    struct world *w = *state;
    run(w);
    answer(w, 200, PAGE(ITEM("a"), "old", "true"));
    pull_applied(w->pull, true, 1, w->now);
    run(w);
    answer(w, 410, "");
    pull_applied(w->pull, true, 0, w->now);
    int64_t began = w->now;
    for (int page = 1; page <= 3000; page++) {
        char body[512];
        snprintf(body, sizeof body, PAGE(ITEM("a"), "c%d", "true"), page);
        later(w);
        assert_true(run(w));
        answer(w, 200, body);
        pull_applied(w->pull, true, 0, w->now);
        assert_string_equal(view(w).problem, "");
    }
    assert_in_range(w->now - began, 1, 6 * CLOCK_MINUTE);
}

/* 200 with an empty page where 204 is meant. */
static void an_empty_page(void **state) {
    struct world *w = *state;
    pull_set_limits(w->pull, 50, 100);
    run(w);
    answer(w, 200, PAGE(ITEM("a"), "c1", "false"));
    pull_applied(w->pull, true, 1, w->now);
    int applied = w->applied;
    for (int i = 0; i < 3; i++) {
        assert_true(run(w));
        w->now += 50000; /* held */
        answer(w, 200, PAGE("", "c1", "false"));
    }
    assert_true(run(w));
    answer(w, 200, PAGE("", "c1", "true")); /* not held, and there is no more */
    assert_false(run(w));
    later(w);
    assert_true(run(w));
    assert_int_equal(w->wait, 50);
    assert_int_equal(w->applied, applied); /* nothing is written for it */
    answer(w, 200, PAGE("", "c2", "true"));
    assert_int_equal(w->applied, applied + 1); /* the cursor has moved */
}

static void a_page_without_end(void **state) {
    struct world *w = *state;
    struct str body;
    str_init(&body, 100000);
    for (int items = PULL_PAGE_MAX; items <= PULL_PAGE_MAX + 1; items++) {
        str_clear(&body);
        str_add(&body, "{\"items\":[0");
        for (int i = 1; i < items; i++)
            str_add(&body, ",0");
        str_add(&body, "],\"next\":\"c1\",\"more\":true}");
        assert_true(run(w));
        answer(w, 200, body.data);
        assert_int_equal(w->applied, 1);
        if (items == PULL_PAGE_MAX)
            pull_applied(w->pull, true, 1, w->now);
    }
    assert_non_null(strstr(view(w).problem, "more items"));
    str_release(&body);
}

/* A store without long-poll that answers with a list, though nothing is new in it (GeoReport): nothing is written, and it's asked at its pace. */
static void a_list_with_nothing_new(void **state) {
    struct world *w = *state;
    run(w);
    answer(w, 200, PAGE("", "0", "false"));
    assert_int_equal(w->applied, 0);
    assert_false(run(w));
    assert_int_equal(pull_next_at(w->pull, w->now), w->now + 15 * CLOCK_SECOND);
    later(w);
    assert_true(run(w));
    answer(w, 200, PAGE("", "c1", "false")); /* time went on there */
    assert_int_equal(w->applied, 1);
    pull_applied(w->pull, true, 0, w->now);
    assert_string_equal(view(w).problem, "");
}

/* The store knocks: it's asked, whatever it said of when, but not oftener than once a second; what it says while it's asked isn't forgotten. */
static void knocks(void **state) {
    struct world *w = *state;
    struct pull_answer later_please = {.status = 503, .reason = "later", .wait = 3600000};
    run(w);
    pull_knock(w->pull); /* on its way: what comes may be from before */
    w->out = false;
    w->now += 100;
    pull_answered(w->pull, &later_please, w->now);
    assert_false(run(w));
    assert_int_equal(pull_next_at(w->pull, w->now), w->now + 900);
    later(w);
    assert_true(run(w));
    w->out = false;
    pull_answered(w->pull, &later_please, w->now);
    assert_true(pull_next_at(w->pull, w->now) >= w->now + 3600000); /* one knock, one question */
    w->now += CLOCK_MINUTE;
    pull_knock(w->pull);
    w->no_token = true;
    assert_false(run(w));
    w->no_token = false;
    assert_true(run(w));
}

static void gone_begins_anew(void **state) {
    struct world *w = *state;
    run(w);
    answer(w, 410, "");
    assert_int_equal(w->applied, 0); /* it was the beginning */
    later(w);
    run(w);
    answer(w, 200, PAGE(ITEM("a"), "c1", "false"));
    pull_applied(w->pull, true, 1, w->now);
    run(w);
    assert_string_equal(w->since, "c1");
    answer(w, 410, "");
    assert_int_equal(w->applied, 2);
    assert_int_equal(w->page.count, 0);
    assert_string_equal(w->page.next, "0");
    pull_applied(w->pull, true, 0, w->now);
    later(w);
    run(w);
    assert_string_equal(w->since, "0");
}

/* At the start, after a failure, and after a hold that brought nothing the store is asked whether the cursor counts; never in between. */
static void cursor_is_checked(void **state) {
    struct world *w = *state;
    pull_set_limits(w->pull, 50, 100);
    assert_true(run(w));
    assert_true(w->check && w->wait == 0);
    answer(w, 200, PAGE("", "0", "true")); /* it does */
    assert_true(run(w));
    assert_true(!w->check && w->wait == 50);
    answer(w, 200, PAGE(ITEM("a"), "c1", "false"));
    pull_applied(w->pull, true, 1, w->now);
    assert_true(run(w));
    assert_true(!w->check && w->wait == 50);
    w->now += 80 * CLOCK_SECOND;
    answer(w, 0, ""); /* it was held until our patience ended: nothing new, no failure */
    assert_string_equal(view(w).problem, "");
    assert_true(run(w));
    assert_true(w->check);
    answer(w, 503, "");
    assert_string_equal(view(w).problem, "the reason");
    later(w);
    assert_true(run(w));
    assert_true(w->check);
    answer(w, 200, PAGE("", "0", "true")); /* it doesn't: the store was emptied */
    assert_int_equal(w->applied, 2);
    assert_int_equal(w->page.count, 0);
    pull_applied(w->pull, true, 0, w->now);
    later(w);
    assert_true(run(w));
    assert_true(w->check);
    assert_string_equal(w->since, "0");
}

/* That the cursor counts says nothing of the feed: one that fails is asked less and less often all the same. */
static void checks_do_not_hasten(void **state) {
    struct world *w = *state;
    int64_t waited = 0;
    for (int i = 0; i < 8; i++) {
        assert_true(run(w));
        assert_true(w->check);
        answer(w, 200, PAGE("", "0", "false"));
        assert_true(run(w));
        answer(w, 200, "<html>");
        assert_true(*view(w).problem);
        waited = pull_next_at(w->pull, w->now) - w->now;
        later(w);
    }
    assert_int_equal(waited, 5 * CLOCK_MINUTE);
}

/* A store that has to be checked first knocks: its feed is asked all the same, right behind the check. */
static void knocks_before_a_check(void **state) {
    struct world *w = *state;
    struct pull_answer later_please = {.status = 503, .reason = "later", .wait = 3600000};
    run(w);
    w->out = false;
    pull_answered(w->pull, &later_please, w->now);
    w->now += CLOCK_MINUTE;
    assert_false(run(w));
    pull_knock(w->pull);
    assert_true(run(w));
    assert_true(w->check);
    answer(w, 200, PAGE("", "0", "true"));
    assert_true(run(w));
    assert_false(w->check);
}

/* Cut off before its time a held request is a failure like any other. */
static void cut_off_while_held(void **state) {
    struct world *w = *state;
    pull_set_limits(w->pull, 50, 100);
    run(w);
    answer(w, 200, PAGE("", "0", "false"));
    assert_true(run(w));
    w->now += 10 * CLOCK_SECOND;
    answer(w, 0, "");
    assert_string_equal(view(w).problem, "the reason");
    assert_false(run(w));
}

/* One item that is too large by itself is asked for without its content, and passed over so. */
static void bare_after_too_large(void **state) {
    struct world *w = *state;
    struct pull_answer large = {.oversized = true, .reason = "too large"};
    run(w);
    answer(w, 200, PAGE("", "0", "false"));
    while (!w->bare) {
        assert_true(run(w));
        if (w->bare)
            break;
        w->out = false;
        pull_answered(w->pull, &large, w->now);
    }
    assert_int_equal(w->limit, 1);
    answer(w, 200, PAGE(ITEM("a"), "c1", "true"));
    pull_applied(w->pull, true, 1, w->now);
    assert_true(run(w));
    assert_true(!w->bare && w->limit == 2);
    assert_string_equal(w->since, "c1");
}

static void credentials(void **state) {
    struct world *w = *state;
    w->no_token = true;
    assert_false(run(w));
    w->no_token = false;
    assert_true(run(w));
    answer(w, 401, "");
    assert_int_equal(w->reauthorised, 1);
    later(w);
    run(w);
    answer(w, 401, "");
    assert_int_equal(w->reauthorised, 1);
    assert_true(pull_next_at(w->pull, w->now) - w->now >= CLOCK_MINUTE);
    pull_resume(w->pull);
    assert_true(run(w));
}

static void retry_after(void **state) {
    struct world *w = *state;
    struct pull_answer a = {.status = 503, .reason = "later", .wait = 600000};
    run(w);
    w->out = false;
    pull_answered(w->pull, &a, w->now);
    assert_int_equal(pull_next_at(w->pull, w->now), w->now + 600000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pages_follow_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(not_committed_is_asked_again, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_items, setup, teardown),
        cmocka_unit_test_setup_teardown(smaller_after_too_large, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_page, setup, teardown),
        cmocka_unit_test_setup_teardown(knocks, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_new, setup, teardown),
        cmocka_unit_test_setup_teardown(read_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_with_nothing_new, setup, teardown),
        cmocka_unit_test_setup_teardown(a_page_without_end, setup, teardown),
        cmocka_unit_test_setup_teardown(gone_begins_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(cursor_is_checked, setup_checking, teardown),
        cmocka_unit_test_setup_teardown(checks_do_not_hasten, setup_checking, teardown),
        cmocka_unit_test_setup_teardown(knocks_before_a_check, setup_checking, teardown),
        cmocka_unit_test_setup_teardown(cut_off_while_held, setup_checking, teardown),
        cmocka_unit_test_setup_teardown(bare_after_too_large, setup_checking, teardown),
        cmocka_unit_test_setup_teardown(credentials, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
