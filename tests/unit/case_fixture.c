/* The fixture of cases. */
#include "tests/unit/case_fixture.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "store/db.h"
#include "store/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    int64_t id, parent_id;
    const char *key;
    enum agency_kind kind;
    bool active;
} agencies[] = {
    {CENTRE_ID, 0, "ttpvhcc", AGENCY_CENTRE, true},           {OFFICE_ID, 0, "vp-ubnd", AGENCY_OFFICE, true},
    {WATER_ID, 0, "so-nn-mt", AGENCY_AGENCY, true},           {ROADS_ID, 0, "so-xd", AGENCY_AGENCY, true},
    {ROADS_UNIT_ID, ROADS_ID, "so-xd-p1", AGENCY_UNIT, true}, {COMMUNE_ID, 0, "hoang-quang", AGENCY_COMMUNE, true},
    {ENDED_ID, 0, "so-tntmt", AGENCY_AGENCY, false},
};

static void add_agencies(struct store *s) {
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        char *sql = sqlite3_mprintf("INSERT INTO agency (id, parent_id, key, kind, name, name_accented, active) "
                                    "VALUES (%lld, nullif(%lld, 0), %Q, %d, %Q, %Q, %d)",
                                    (long long)agencies[i].id, (long long)agencies[i].parent_id, agencies[i].key, agencies[i].kind, agencies[i].key,
                                    agencies[i].key, agencies[i].active);
        assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_free(sql);
    }
}

static void add_sender(struct store *s, const char *number, struct subscriber *ret_subscriber) {
    struct phone phone = {.kind = PHONE_E164};
    snprintf(phone.text, sizeof phone.text, "%s", number);
    assert_int_equal(subscriber_get(s, &phone, ret_subscriber), ERR_OK);
}

int case_fixture_setup(void **state) {
    void *base = NULL;
    int failed = fixture_setup(&base);
    struct case_fixture *f = mem_alloc(sizeof *f);
    f->base = base;
    f->store = f->base->store;
    f->calendar = calendar_default();
    case_settings_default(&f->settings);
    f->parts = (struct case_parts){.store = f->store, .calendar = f->calendar, .settings = &f->settings, .province = "38"};
    f->now = at_noon("2026-03-10");
    str_init(&f->problem, 1024);
    assert_int_equal(store_begin(f->store), ERR_OK);
    add_agencies(f->store);
    add_sender(f->store, "+84912345678", &f->who);
    add_sender(f->store, "+84987654321", &f->other);
    *state = f;
    return failed;
}

int case_fixture_teardown(void **state) {
    struct case_fixture *f = *state;
    void *base = f->base;
    store_rollback(f->store);
    subscriber_release(&f->who);
    subscriber_release(&f->other);
    str_release(&f->problem);
    calendar_free(f->calendar);
    free(f);
    return fixture_teardown(&base);
}

int32_t day_of(const char *date) {
    int year, month, day;
    assert_int_equal(sscanf(date, "%d-%d-%d", &year, &month, &day), 3);
    return civil_day_number(year, month, day);
}

int64_t at_noon(const char *date) {
    return calendar_end_of_day(day_of(date)) - 12 * CLOCK_HOUR;
}

struct pakn_case case_opened(struct case_fixture *f) {
    struct pakn_case c = {.code = 100000000 + ++f->next_code,
                          .subscriber_id = f->who.id,
                          .text = mem_string("duong vao thon 3 bi sut lun"),
                          .link = mem_string("m1"),
                          .submitted_at = f->now};
    struct case_step step = {.kind = STEP_SUBMIT, .role = ROLE_CITIZEN};
    case_do(f, &c, &step);
    return c;
}

enum err case_try(struct case_fixture *f, struct pakn_case *c, const struct case_step *step) {
    str_clear(&f->problem);
    return case_step(&f->parts, c, step, f->now, &f->problem, &f->outcome);
}

void case_do(struct case_fixture *f, struct pakn_case *c, const struct case_step *step) {
    enum err e = case_try(f, c, step);
    if (e != ERR_OK)
        fail_msg("%s: %s: %s", case_step_name(step->kind), err_text(e), f->problem.data ? f->problem.data : "");
}

void case_pass(struct case_fixture *f, struct pakn_case *c, int64_t until) {
    struct deadline d;
    while (deadline_next_due(f->store, &d) == ERR_OK && d.due_at <= until) {
        struct pakn_case due = {0};
        struct case_step step = {.kind = case_step_of_deadline(d.kind), .role = ROLE_TIMER, .deadline = &d};
        f->now = d.due_at + CLOCK_MINUTE;
        assert_int_equal(case_get(f->store, d.case_id, &due), ERR_OK);
        case_do(f, &due, &step);
        if (due.id == c->id) {
            case_release(c);
            *c = due;
        } else {
            case_release(&due);
        }
    }
    f->now = until;
}

struct deadline case_deadline(struct case_fixture *f, const struct pakn_case *c, enum deadline_kind kind) {
    struct deadline d;
    if (deadline_newest_of(f->store, c->id, kind, &d) != ERR_OK)
        fail_msg("no deadline %s", deadline_kind_name(kind));
    return d;
}

struct case_life case_life_now(struct case_fixture *f, const struct pakn_case *c) {
    struct case_life l;
    assert_int_equal(life_get(f->store, c->id, &l), ERR_OK);
    return l;
}
