/* The history of modems: sums in three steps at once, what is too old goes, percentiles of what is kept. */
#include "firmware-host/base/clock.h"
#include "store/modem_history.h"
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct heard {
    int count;
    struct modem_history all[200];
};

static void hear(void *context, const struct modem_history *h) {
    struct heard *heard = context;
    assert_true(heard->count < 200);
    heard->all[heard->count++] = *h;
}

static struct heard list(struct store_fixture *f, const char *link, int step, int64_t from, int64_t to) {
    struct heard heard = {0};
    assert_int_equal(modem_history_list(f->store, link, step, from, to, hear, &heard), ERR_OK);
    return heard;
}

static void add(struct store_fixture *f, const char *link, const struct modem_history *h) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(modem_history_add(f->store, link, h), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void prune(struct store_fixture *f, int64_t now) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(modem_history_prune(f->store, now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

#define START (FIXTURE_NOW - FIXTURE_NOW % CLOCK_HOUR)

static void a_minute_is_in_all_three_steps(void **state) {
    struct store_fixture *f = *state;
    for (int minute = 0; minute < 90; minute++) {
        struct modem_history h = {.at = START + minute * CLOCK_MINUTE, .samples = 30, .up = 30, .registered = 15, .signals = 30, .signal_sum = 600};
        h.slots_used = minute;
        h.sent = 2;
        h.failed = 1;
        h.times[minute % HISTORY_TIMES] = 2;
        add(f, "m1", &h);
        add(f, "m2", &(struct modem_history){.at = h.at, .samples = 1});
    }
    int64_t end = START + 2 * CLOCK_HOUR;
    assert_int_equal(list(f, "m1", 0, START, end).count, 90);
    struct heard tens = list(f, "m1", 1, START, end), hours = list(f, "m1", 2, START, end);
    assert_int_equal(tens.count, 9);
    assert_int_equal(hours.count, 2);
    assert_int_equal(hours.all[0].at, START);
    assert_int_equal(hours.all[0].samples, 60 * 30);
    assert_int_equal(hours.all[0].signal_sum, 60 * 600);
    assert_int_equal(hours.all[0].sent, 120);
    assert_int_equal(hours.all[0].failed, 60);
    assert_int_equal(hours.all[0].slots_used, 59); /* the most */
    assert_int_equal(hours.all[0].times[3], 12);
    assert_int_equal(tens.all[8].slots_used, 89);
    assert_int_equal(list(f, "m1", 0, START + CLOCK_HOUR, end).count, 30);
    assert_int_equal(list(f, "m2", 0, START, end).all[0].samples, 1);
    assert_int_equal(list(f, "m3", 0, START, end).count, 0);
    add(f, "m1", &(struct modem_history){.at = START + 5, .samples = 1}); /* the clock was set back: it adds up */
    assert_int_equal(list(f, "m1", 0, START, START + CLOCK_MINUTE).all[0].samples, 31);
}

static void what_is_too_old_goes_a_bounded_number_at_a_time(void **state) {
    struct store_fixture *f = *state;
    for (int minute = 0; minute < HISTORY_PRUNE_MAX + 20; minute++)
        add(f, minute % 2 ? "m1" : "m2", &(struct modem_history){.at = START + minute * CLOCK_MINUTE, .samples = 1});
    prune(f, START + 24 * CLOCK_HOUR);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history WHERE step = 60000"), HISTORY_PRUNE_MAX + 20);
    prune(f, START + 7 * 24 * CLOCK_HOUR);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history WHERE step = 60000"), 20); /* no more at once */
    prune(f, START + 7 * 24 * CLOCK_HOUR);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history WHERE step = 60000"), 0);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history WHERE step = 600000") > 0, 1);
    prune(f, START + 30 * 24 * CLOCK_HOUR);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history WHERE step = 600000"), 0);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history"), 18); /* hours of two modems */
    prune(f, START + 31 * 24 * CLOCK_HOUR);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_history"), 0);
}

static void percentiles_are_bounds_of_the_table(void **state) {
    struct modem_history h = {0};
    (void)state;
    assert_int_equal(modem_history_percentile(&h, 50), -1);
    h.times[1] = 1;
    assert_int_equal(modem_history_percentile(&h, 50), 2000);
    assert_int_equal(modem_history_percentile(&h, 95), 2000);
    h.times[2] = 94;
    h.times[6] = 5;
    assert_int_equal(modem_history_percentile(&h, 50), 4000);
    assert_int_equal(modem_history_percentile(&h, 95), 4000);
    assert_int_equal(modem_history_percentile(&h, 96), 20000);
    h.times[HISTORY_TIMES - 1] = 1000;
    assert_int_equal(modem_history_percentile(&h, 50), -1); /* above the last bound */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_minute_is_in_all_three_steps, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_too_old_goes_a_bounded_number_at_a_time, fixture_setup, fixture_teardown),
        cmocka_unit_test(percentiles_are_bounds_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
