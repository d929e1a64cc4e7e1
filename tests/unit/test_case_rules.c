/* The life of a case: every row of the table with its effects. */
#include "firmware-host/base/clock.h"
#include "store/audit.h"
#include "tests/unit/case_fixture.h"
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DO(c, ...) case_do(f, (c), &(struct case_step){__VA_ARGS__})

static void a_whole_life(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    const int64_t roads[] = {ROADS_ID};
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(c.due_day, day_of("2026-03-12"));
    DO(&c, .kind = STEP_ACCEPT, .role = ROLE_CENTRE, .agency_ids = roads, .agency_count = 1);
    assert_int_equal(c.state, CASE_IN_PROCESS);
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .actor_agency_id = ROADS_ID, .text = "da sua duong");
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 2);
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "chua sua het");
    assert_int_equal(c.state, CASE_REJOINDER);
    DO(&c, .kind = STEP_RECONSIDER, .role = ROLE_UNIT, .actor_agency_id = ROADS_ID, .text = "da sua not");
    assert_int_equal(c.state, CASE_CLOSED);
    struct audit_report report;
    assert_int_equal(audit_verify(f->store, &report), ERR_OK);
    assert_int_equal(report.broken_id, 0);
    assert_int_equal(report.events, 7);
    case_release(&c);
}

static void table_printed(void **state) {
    (void)state;
    struct str text;
    str_init(&text, 1 << 20);
    case_rules_print(&text);
    golden_check("tests/golden/case_rules.txt", text.data);
    str_clear(&text);
    case_diagram(&text);
    golden_check("tests/golden/case_diagram.dot", text.data);
    str_release(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_printed),
        cmocka_unit_test_setup_teardown(a_whole_life, case_fixture_setup, case_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
