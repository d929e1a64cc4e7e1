/* The conditions of the alarms: where they begin and end, and what they don't judge. */
#include "firmware-host/alarm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A modem that is well. */
#define WELL \
    .up = true, .down_reason = "", .signal = 20, .registration = 1, .slots_used = 0, .slots_total = 10, .centre = "+84900000023", .recent = 20, \
    .recent_sent = 20

static const struct alarm_row *row_of(const char *name) {
    for (size_t i = 0; i < ALARM_ROWS; i++)
        if (strcmp(alarm_rows[i].name, name) == 0)
            return &alarm_rows[i];
    fail_msg("no alarm %s", name);
    return NULL;
}

static void a_modem_that_is_well_raises_none(void **state) {
    struct link_view v = {WELL};
    (void)state;
    for (size_t i = 0; i < ALARM_ROWS; i++)
        for (int raised = 0; raised < 2; raised++)
            assert_int_equal(alarm_rows[i].holds(&v, raised), ALARM_NO);
}

static void each_condition_at_its_limits(void **state) {
    static const struct {
        const char *name;
        struct link_view v;
        enum alarm_state calm, raised; /* what it says while it isn't raised, and while it is */
    } rows[] = {
        {"storage", {.up = true, .slots_used = 6, .slots_total = 10}, ALARM_NO, ALARM_YES},
        {"storage", {.up = true, .slots_used = 7, .slots_total = 10}, ALARM_YES, ALARM_YES},
        {"storage", {.up = true, .slots_used = 4, .slots_total = 10}, ALARM_NO, ALARM_NO},
        {"storage", {.up = true, .slots_used = 5, .slots_total = 10}, ALARM_NO, ALARM_YES},
        {"storage", {.up = true, .slots_used = 200, .slots_total = 255}, ALARM_YES, ALARM_YES},
        {"storage", {.up = true, .slots_used = -1, .slots_total = -1}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"storage", {.up = true, .slots_used = 0, .slots_total = 0}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"unregistered", {.up = true, .registration = 0}, ALARM_YES, ALARM_YES},
        {"unregistered", {.up = true, .registration = 2}, ALARM_YES, ALARM_YES},
        {"unregistered", {.up = true, .registration = 3}, ALARM_YES, ALARM_YES},
        {"unregistered", {.up = true, .registration = 5}, ALARM_NO, ALARM_NO},
        {"unregistered", {.up = true, .registration = 6}, ALARM_NO, ALARM_NO},
        {"unregistered", {.up = true, .registration = -1}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"unregistered", {.up = false, .registration = 0}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"no-centre", {.up = true, .centre = ""}, ALARM_YES, ALARM_YES},
        {"no-centre", {.up = true, .centre = NULL}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"pin", {.cause = PROTOCOL_CAUSE_PIN}, ALARM_YES, ALARM_YES},
        {"pin", {.cause = PROTOCOL_CAUSE_LINE}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"puk", {.cause = PROTOCOL_CAUSE_PUK}, ALARM_YES, ALARM_YES},
        {"puk", {.cause = PROTOCOL_CAUSE_PIN}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"no-sim", {.cause = PROTOCOL_CAUSE_NO_SIM}, ALARM_YES, ALARM_YES},
        {"no-sim", {.up = true, .cause = PROTOCOL_CAUSE_NO_SIM}, ALARM_NO, ALARM_NO},
        {"down", {.cause = PROTOCOL_CAUSE_OTHER}, ALARM_YES, ALARM_YES},
        {"sim-refused", {.up = true, .refusals = 3}, ALARM_YES, ALARM_YES},
        {"sim-refused", {.up = true, .refusals = 2}, ALARM_NO, ALARM_NO},
        {"sim-refused", {.up = false, .refusals = 3}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"sim-refused", {.up = false, .refusals = 0}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"low-success", {.up = true, .recent = 20, .recent_sent = 9}, ALARM_YES, ALARM_YES},
        {"low-success", {.up = true, .recent = 20, .recent_sent = 10}, ALARM_NO, ALARM_YES},
        {"low-success", {.up = true, .recent = 20, .recent_sent = 16}, ALARM_NO, ALARM_NO},
        {"low-success", {.up = true, .recent = 9, .recent_sent = 0}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"unhealed", {.helpless = true, .rung = "person"}, ALARM_YES, ALARM_YES},
        {"unhealed", {.up = true, .rung = "radio"}, ALARM_UNKNOWN, ALARM_UNKNOWN},
        {"firmware", {.up = true, .trouble = "loses messages"}, ALARM_YES, ALARM_YES},
        {"firmware", {.trouble = "loses messages"}, ALARM_UNKNOWN, ALARM_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct alarm_row *row = row_of(rows[i].name);
        assert_int_equal(row->holds(&rows[i].v, false), rows[i].calm);
        assert_int_equal(row->holds(&rows[i].v, true), rows[i].raised);
    }
}

/* Whatever is missing, each says something, and no more than its event takes. */
static void all_have_words(void **state) {
    static char name[] = "m1";
    static const struct config_modem modem = {.name = name};
    struct link_view empty = {.modem = &modem, .down_reason = ""};
    char longest[4000];
    (void)state;
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    struct link_view full = {.modem = &modem, .down_reason = longest, .trouble = longest, .revision = longest};
    for (size_t i = 0; i < ALARM_ROWS; i++) {
        assert_true(!alarm_rows[i].sms || strlen(alarm_rows[i].sms) <= 48);
        const struct link_view *views[] = {&empty, &full};
        for (size_t k = 0; k < COUNT(views); k++) {
            struct str words;
            str_init(&words, 512);
            alarm_rows[i].describe(views[k], &words);
            assert_true(words.len > 10);
            assert_true(str_ok(&words));
            str_release(&words);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_modem_that_is_well_raises_none),
        cmocka_unit_test(each_condition_at_its_limits),
        cmocka_unit_test(all_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
