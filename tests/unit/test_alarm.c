/* Alarms to the operator on duty: once an incident, before all else, at any hour, not without end; and the reserve of room that they come out of. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "store/reserve.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OK(call) assert_int_equal(call, ERR_OK)
#define OPERATOR "+84987000111"

static void on_duty(struct centre_fixture *f) {
    OK(phone_parse(OPERATOR, &f->settings.operator_phone));
    centre_reopen_smsc(f);
}

static enum err alarm_of(struct centre_fixture *f, const char *incident) {
    struct template_values none = {.of = {NULL}};
    OK(store_begin(f->store));
    enum err e = smsc_alarm(f->smsc, incident, TEMPLATE_OP_DISK, &none, f->now);
    if (e == ERR_OK)
        OK(store_commit(f->store));
    else
        store_rollback(f->store);
    return e;
}

static void over(struct centre_fixture *f, const char *incident) {
    OK(store_begin(f->store));
    OK(smsc_alarm_over(f->smsc, incident, f->now));
    OK(store_commit(f->store));
}

static void told_once_an_incident(void **state) {
    struct centre_fixture *f = *state;
    on_duty(f);
    for (int i = 0; i < 3; i++)
        OK(alarm_of(f, "disk-full"));
    assert_int_equal(centre_replies(f, OPERATOR), 1);
    centre_expect(f, OPERATOR, 0, "PHANHOI th-01: dia day*");
    centre_restart(f);
    OK(alarm_of(f, "disk-full"));
    assert_int_equal(centre_replies(f, OPERATOR), 1);
    OK(alarm_of(f, "balance:m2"));
    assert_int_equal(centre_replies(f, OPERATOR), 2);
    over(f, "disk-full");
    over(f, "disk-full");
    OK(alarm_of(f, "disk-full"));
    OK(alarm_of(f, "balance:m2"));
    assert_int_equal(centre_replies(f, OPERATOR), 3);
}

static void a_rolled_back_alarm_was_not_told(void **state) {
    struct centre_fixture *f = *state;
    struct template_values none = {.of = {NULL}};
    on_duty(f);
    OK(store_begin(f->store));
    OK(smsc_alarm(f->smsc, "disk-full", TEMPLATE_OP_DISK, &none, f->now));
    store_rollback(f->store);
    smsc_rolled_back(f->smsc);
    OK(alarm_of(f, "disk-full"));
    assert_int_equal(centre_replies(f, OPERATOR), 1);
}

static void what_has_its_own_event_is_only_texted(void **state) {
    struct centre_fixture *f = *state;
    struct template_values none = {.of = {NULL}};
    f->settings.central = true;
    on_duty(f);
    OK(alarm_of(f, "disk-full"));
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.appliance.alarm'"), 1);
    for (int i = 0; i < 4; i++) {
        OK(store_begin(f->store));
        OK(smsc_alarm_text(f->smsc, "modem:m1:puk", TEMPLATE_OP_DISK, &none, f->now));
        if (i == 1) {
            OK(smsc_alarm_text_over(f->smsc, "modem:m1:puk"));
            OK(smsc_alarm_text_over(f->smsc, "modem:m1:puk"));
        }
        OK(store_commit(f->store));
    }
    assert_int_equal(centre_replies(f, OPERATOR), 3);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.appliance.alarm'"), 1);
}

static void a_day_has_an_end_of_alarms(void **state) {
    struct centre_fixture *f = *state;
    on_duty(f);
    for (int day = 1; day <= 2; day++) {
        for (int i = 0; i < SMSC_ALARMS_A_DAY + 5; i++) {
            OK(alarm_of(f, "flapping"));
            if (i < SMSC_ALARMS_A_DAY + 4)
                over(f, "flapping");
        }
        assert_int_equal(centre_replies(f, OPERATOR), day * SMSC_ALARMS_A_DAY);
        f->now += CLOCK_DAY;
    }
    OK(alarm_of(f, "flapping")); /* what the end of the day kept from being told is told the next day */
    assert_int_equal(centre_replies(f, OPERATOR), 2 * SMSC_ALARMS_A_DAY + 1);
}

static void nobody_on_duty_is_told_nothing(void **state) {
    struct centre_fixture *f = *state;
    OK(alarm_of(f, "disk-full"));
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound"), 0);
    on_duty(f); /* since nobody was told, the incident is new */
    OK(alarm_of(f, "disk-full"));
    assert_int_equal(centre_replies(f, OPERATOR), 1);
    char name[STORE_INCIDENT_MAX + 2];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(alarm_of(f, name), ERR_TOO_LONG);
    name[STORE_INCIDENT_MAX] = '\0';
    OK(alarm_of(f, name));
}

static void goes_before_all_else_at_any_hour(void **state) {
    struct centre_fixture *f = *state;
    struct dispatch d;
    on_duty(f);
    for (int i = 0; i < 5; i++) {
        char number[16];
        snprintf(number, sizeof number, "+8491200010%d", i);
        centre_say(f, number, "HD");
    }
    f->now += 15 * CLOCK_HOUR; /* after midnight */
    smsc_link_up(f->smsc, "m1", NULL, f->now);
    assert_true(smsc_has_work(f->smsc, "m1", f->now));
    assert_false(smsc_has_alarm(f->smsc, "m1", f->now));
    OK(alarm_of(f, "disk-full"));
    assert_true(smsc_has_alarm(f->smsc, "m1", f->now));
    assert_false(smsc_has_alarm(f->smsc, "m2", f->now)); /* isn't up */
    OK(store_begin(f->store));
    OK(smsc_next(f->smsc, "m1", f->now, &d));
    assert_string_equal(d.to.text, OPERATOR);
    assert_int_equal(d.concat.total, 0); /* one segment */
    dispatch_release(&d);
    OK(store_commit(f->store));
    assert_false(smsc_has_alarm(f->smsc, "m1", f->now));
}

static void reserve_is_made_given_back_and_made(void **state) {
    struct centre_fixture *f = *state;
    struct str problem;
    struct stat st;
    char *name = folder_file(&f->base->folder, "phanhoi.db.reserve");
    struct reserve *r = reserve_new(f->base->path, 1 << 20);
    str_init(&problem, 1024);
    reserve_give_back(r); /* isn't there */
    for (int i = 0; i < 2; i++) {
        OK(reserve_fill(r, &problem));
        OK(reserve_fill(r, &problem));
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
        assert_true(st.st_size == 1 << 20 && st.st_blocks * 512 >= 1 << 20); /* blocks, not a hole */
        reserve_give_back(r);
        reserve_give_back(r);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_blocks, 0);
    }
    assert_int_equal(truncate(name, 1 << 20), 0); /* a hole is no reserve */
    OK(reserve_fill(r, &problem));
    assert_int_equal(stat(name, &st), 0);
    assert_true(st.st_blocks * 512 >= 1 << 20);
    reserve_free(r);
    r = reserve_new(f->base->path, INT64_C(1) << 60);
    assert_int_equal(reserve_fill(r, &problem), ERR_FULL);
    assert_non_null(strstr(problem.data, "phanhoi.db.reserve"));
    reserve_free(r);
    str_release(&problem);
    free(name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, centre_setup, centre_teardown)
        T(told_once_an_incident),
        T(a_rolled_back_alarm_was_not_told),
        T(what_has_its_own_event_is_only_texted),
        T(a_day_has_an_end_of_alarms),
        T(nobody_on_duty_is_told_nothing),
        T(goes_before_all_else_at_any_hour),
        T(reserve_is_made_given_back_and_made),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
