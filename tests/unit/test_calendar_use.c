/* Which calendar counts: at a start with another file, and when the change isn't committed. */
#include "firmware-host/calendar_use.h"

#include "firmware-host/base/clock.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define AN "+84912345678"
#define BINH "+84987654321"
#define OPEN_DUE "SELECT due_day FROM deadline WHERE state = 0"
#define MOVES "SELECT count(*) FROM case_event WHERE type = 'case.deadline-moved'"

/* T1 of the fixture's Saturday: 24/11 is worked, or it's a holiday. */
static const char worked[] = "{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SAT\", \"SUN\"], \"version\": 1, \"years\": {}}";
static const char off[] =
    "{\"tz\": \"Asia/Ho_Chi_Minh\", \"weekend\": [\"SAT\", \"SUN\"], \"version\": 1, \"years\": {\"2026\": {\"status\": \"official\", "
    "\"off\": [\"2026-11-24\"]}}}";

static struct calendar *parse(const char *json) {
    struct calendar *c = NULL;
    struct str problem;
    str_init(&problem, 1024);
    assert_int_equal(calendar_parse(json, "x", false, &problem, &c), ERR_OK);
    str_release(&problem);
    return c;
}

static void a_start_with_another_file_counts_once(void **state) {
    struct centre_fixture *f = *state;
    struct calendar *first = parse(worked), *second = parse(off);
    assert_true(calendar_checksum(first) != 0);
    assert_true(calendar_checksum(first) != calendar_checksum(second)); /* though both say that they are version 1 */
    assert_int_equal(calendar_use_at_start(f->store, f->smsc, first, f->now), ERR_OK);
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    assert_int_equal(centre_count(f, OPEN_DUE), civil_day_number(2026, 11, 24));
    assert_int_equal(calendar_use_at_start(f->store, f->smsc, first, f->now), ERR_OK);
    assert_int_equal(centre_count(f, MOVES), 0);
    for (int start = 0; start < 2; start++) {
        assert_int_equal(calendar_use_at_start(f->store, f->smsc, second, f->now), ERR_OK);
        assert_int_equal(centre_count(f, OPEN_DUE), civil_day_number(2026, 11, 25));
        assert_int_equal(centre_count(f, MOVES), 1);
    }
    smsc_restore_calendar(f->smsc, f->calendar);
    calendar_free(first);
    calendar_free(second);
}

static void what_is_rolled_back_never_counted(void **state) {
    struct centre_fixture *f = *state;
    struct calendar *other = parse(off);
    int64_t known = 0, after = 0;
    int moved = 0;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    assert_int_equal(store_number_get(f->store, STORE_CALENDAR, &known), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(calendar_use(f->store, f->smsc, other, f->now, &moved), ERR_OK);
    assert_int_equal(moved, 1);
    store_rollback(f->store);
    smsc_rolled_back(f->smsc);
    smsc_restore_calendar(f->smsc, f->calendar);
    calendar_free(other); /* nobody has it any more */
    assert_int_equal(store_number_get(f->store, STORE_CALENDAR, &after), ERR_OK);
    assert_int_equal(after, known);
    assert_int_equal(centre_count(f, MOVES), 0);
    centre_say(f, BINH, "PA Cong thoat nuoc dau ngo 12 bi tac");
    assert_int_equal(centre_count(f, "SELECT count(DISTINCT due_day) FROM deadline WHERE state = 0"), 1);
    assert_int_equal(centre_count(f, "SELECT max(due_day) FROM deadline WHERE state = 0"), civil_day_number(2026, 11, 24));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_start_with_another_file_counts_once, centre_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(what_is_rolled_back_never_counted, centre_setup, centre_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
