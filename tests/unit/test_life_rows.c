/* Rows of life, answers, coordinations and deadlines. */
#include "store/life.h"

#include "firmware-host/base/mem.h"
#include "store/db.h"
#include "tests/unit/case_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t a_case(struct case_fixture *f) {
    struct pakn_case c = {.code = 100000000 + ++f->next_code,
                          .subscriber_id = f->who.id,
                          .state = CASE_RECEIVED,
                          .text = (char *)"mat dien",
                          .link = (char *)"m1",
                          .submitted_at = f->now};
    assert_int_equal(case_insert(f->store, &c, &c.id), ERR_OK);
    return c.id;
}

static struct case_life every_field(int64_t case_id, struct case_fixture *f) {
    return (struct case_life){
        .case_id = case_id,
        .source = SOURCE_USSD,
        .field = (char *)"moi-truong",
        .agency_id = WATER_ID,
        .unit_id = ROADS_ID,
        .requested_id = COMMUNE_ID,
        .received_day = 20511,
        .hops = 2,
        .pauses = 1,
        .results = 3,
        .annulments = 4,
        .late = 1u << DEADLINE_UNIT,
        .explained = true,
        .paused_left = 5,
        .paused_day = 20512,
        .paused_days = 6,
        .accepted_at = 7,
        .result_at = 8,
        .published_at = 9,
        .delivered_at = 10,
        .annulled_at = 11,
        .rejoined_at = 12,
        .reconsidered_at = 13,
        .ended_at = 14,
        .rejoinder_until = 20513,
        .rating = 5,
        .rated_at = 15,
        .refusal = (char *)"to-cao",
        .original_id = case_id,
        .represented_id = f->other.id,
        .consent = CONSENT_UNREACHABLE,
    };
}

static void check_same(const struct case_life *a, const struct case_life *b) {
    struct case_life x = *a, y = *b;
    if (a->field || b->field)
        assert_string_equal(a->field, b->field);
    if (a->refusal || b->refusal)
        assert_string_equal(a->refusal, b->refusal);
    x.field = y.field = x.refusal = y.refusal = NULL;
    const int64_t xs[] = {x.case_id,         x.source,       x.agency_id,   x.unit_id,     x.requested_id,    x.officer_id,
                          x.received_day,    x.hops,         x.pauses,      x.results,     x.annulments,      x.late,
                          x.explained,       x.paused_left,  x.paused_day,  x.paused_days, x.accepted_at,     x.result_at,
                          x.published_at,    x.delivered_at, x.annulled_at, x.rejoined_at, x.reconsidered_at, x.ended_at,
                          x.rejoinder_until, x.rating,       x.rated_at,    x.original_id, x.represented_id,  x.consent};
    const int64_t ys[] = {y.case_id,         y.source,       y.agency_id,   y.unit_id,     y.requested_id,    y.officer_id,
                          y.received_day,    y.hops,         y.pauses,      y.results,     y.annulments,      y.late,
                          y.explained,       y.paused_left,  y.paused_day,  y.paused_days, y.accepted_at,     y.result_at,
                          y.published_at,    y.delivered_at, y.annulled_at, y.rejoined_at, y.reconsidered_at, y.ended_at,
                          y.rejoinder_until, y.rating,       y.rated_at,    y.original_id, y.represented_id,  y.consent};
    for (size_t i = 0; i < sizeof xs / sizeof *xs; i++)
        assert_int_equal(xs[i], ys[i]);
}

static void life_rows(void **state) {
    struct case_fixture *f = *state;
    struct case_life bare = {.case_id = a_case(f), .received_day = 20511}, all = every_field(bare.case_id, f), read;
    assert_int_equal(life_get(f->store, bare.case_id, &read), ERR_NOT_FOUND);
    assert_int_equal(life_update(f->store, &bare), ERR_NOT_FOUND);
    assert_int_equal(life_insert(f->store, &bare), ERR_OK);
    assert_int_equal(life_insert(f->store, &bare), ERR_CONFLICT);
    assert_int_equal(life_get(f->store, bare.case_id, &read), ERR_OK);
    check_same(&bare, &read);
    life_release(&read);
    assert_int_equal(life_update(f->store, &all), ERR_OK);
    assert_int_equal(life_get(f->store, bare.case_id, &read), ERR_OK);
    check_same(&all, &read);
    life_release(&read);
    all.agency_id = 4711;
    assert_int_equal(life_update(f->store, &all), ERR_CONFLICT); /* no such agency */
    all.agency_id = 0;
    all.rating = 6;
    assert_int_equal(life_update(f->store, &all), ERR_CONFLICT);
}

static void consents(void **state) {
    struct case_fixture *f = *state;
    int64_t found = 0;
    struct case_life first = {.case_id = a_case(f), .represented_id = f->other.id, .consent = CONSENT_PENDING};
    struct case_life second = {.case_id = a_case(f), .represented_id = f->other.id, .consent = CONSENT_PENDING};
    assert_int_equal(life_awaiting_consent(f->store, f->other.id, &found), ERR_NOT_FOUND);
    assert_int_equal(life_insert(f->store, &first), ERR_OK);
    assert_int_equal(life_insert(f->store, &second), ERR_OK);
    assert_int_equal(life_awaiting_consent(f->store, f->other.id, &found), ERR_OK);
    assert_int_equal(found, second.case_id);
    second.consent = CONSENT_NO;
    assert_int_equal(life_update(f->store, &second), ERR_OK);
    assert_int_equal(life_awaiting_consent(f->store, f->other.id, &found), ERR_OK);
    assert_int_equal(found, first.case_id);
    assert_int_equal(life_awaiting_consent(f->store, f->who.id, &found), ERR_NOT_FOUND);
}

static void answers(void **state) {
    struct case_fixture *f = *state;
    struct answer a = {.case_id = a_case(f), .at = 1, .kind = ANSWER_RESULT, .text = (char *)"noi bo"}, read;
    int64_t id = 0;
    assert_int_equal(answer_newest(f->store, a.case_id, true, &read), ERR_NOT_FOUND);
    assert_int_equal(answer_insert(f->store, &a, &id), ERR_OK);
    assert_int_equal(answer_newest(f->store, a.case_id, false, &read), ERR_NOT_FOUND); /* not told to the citizen */
    a = (struct answer){.case_id = a.case_id, .at = 2, .kind = ANSWER_PUBLISHED, .text = (char *)"công khai"};
    assert_int_equal(answer_insert(f->store, &a, &id), ERR_OK);
    a = (struct answer){.case_id = a.case_id, .at = 3, .kind = ANSWER_RECONSIDERED, .text = (char *)"xem xét lại"};
    struct str problem;
    str_init(&problem, 256);
    assert_int_equal(document_ref_set("12/SXD-HT", "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff", &problem, &a.document),
                     ERR_OK);
    str_release(&problem);
    assert_int_equal(answer_insert(f->store, &a, &id), ERR_OK);
    assert_int_equal(answer_newest(f->store, a.case_id, false, &read), ERR_OK);
    assert_string_equal(read.text, "xem xét lại");
    assert_int_equal(read.kind, ANSWER_RECONSIDERED);
    assert_int_equal(read.id, id);
    assert_string_equal(read.document.number, "12/SXD-HT");
    assert_string_equal(read.document.sha256, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
    answer_release(&read);
    assert_int_equal(answer_newest(f->store, a.case_id, true, &read), ERR_OK);
    assert_string_equal(read.text, "noi bo");
    assert_string_equal(read.document.number, "");
    answer_release(&read);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM answer WHERE instr(text_sealed, 'noi bo') > 0"), 0);
}

static void documents(void **state) {
    (void)state;
    static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    static const struct {
        const char *number, *sha256, *why; /* why NULL: good */
    } rows[] = {
        {"12/SXD-HT", hash, NULL},
        {"Số 12/QĐ-UBND ngày 28/11/2026", hash, NULL},
        {"1234567890123456789012345678901234567890", hash, NULL},
        {"12345678901234567890123456789012345678901", hash, "number"},
        {"12/A&B&C&D&E&F&G&H&I&J&K&L&M&N&O&P&Q&R", hash, "number"}, /* & is told as "va" */
        {"", hash, "number"},
        {" ", hash, "number"},
        {"\xe2\x80\x8b", hash, "number"},
        {"12\n34", hash, "number"},
        {NULL, hash, "number"},
        {"12", NULL, "SHA-256"},
        {"12", "", "SHA-256"},
        {"12", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef", "SHA-256"},
        {"12", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0", "SHA-256"},
        {"12", "g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "SHA-256"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct document_ref ref = {.number = "was"};
        struct str problem;
        str_init(&problem, 256);
        enum err e = document_ref_set(rows[i].number, rows[i].sha256, &problem, &ref);
        if (e != (rows[i].why ? ERR_INVALID : ERR_OK))
            fail_msg("%zu: %s", i, problem.len ? problem.data : err_text(e));
        if (rows[i].why)
            assert_non_null(strstr(problem.data, rows[i].why));
        assert_string_equal(ref.number, rows[i].why ? "was" : rows[i].number);
        str_release(&problem);
    }
}

struct ids {
    int64_t id[8];
    int count;
};

static void add_coordination(void *context, const struct coordination *c) {
    struct ids *ids = context;
    ids->id[ids->count++] = c->done_at ? -c->id : c->id;
}

static void coordinations(void **state) {
    struct case_fixture *f = *state;
    int64_t case_id = a_case(f), id = 0;
    struct ids ids = {.count = 0};
    for (int i = 0; i < 3; i++) {
        struct coordination c = {.case_id = case_id, .agency_id = WATER_ID, .asked_at = i};
        assert_int_equal(coordination_insert(f->store, &c, &id), ERR_OK);
    }
    assert_int_equal(coordination_done(f->store, id - 1, 9), ERR_OK);
    assert_int_equal(coordination_done(f->store, id + 1, 9), ERR_NOT_FOUND);
    assert_int_equal(coordination_list(f->store, case_id, add_coordination, &ids), ERR_OK);
    assert_int_equal(ids.count, 3);
    assert_int_equal(ids.id[0], id - 2);
    assert_int_equal(ids.id[1], -(id - 1));
    assert_int_equal(ids.id[2], id);
}

static void add_deadline(void *context, const struct deadline *d) {
    struct ids *ids = context;
    ids->id[ids->count++] = d->id;
}

static int64_t a_deadline(struct case_fixture *f, int64_t case_id, enum deadline_kind kind, enum deadline_state state, int32_t day, int64_t due_at) {
    struct deadline d = {.case_id = case_id, .kind = kind, .state = state, .working_days = 2, .start_at = 1, .due_day = day, .due_at = due_at};
    int64_t id = 0;
    assert_int_equal(deadline_insert(f->store, &d, &id), ERR_OK);
    return id;
}

static void deadlines_by_day(void **state) {
    struct case_fixture *f = *state;
    int64_t case_id = a_case(f);
    int64_t late = a_deadline(f, case_id, DEADLINE_UNIT, DEADLINE_OPEN, 20513, calendar_end_of_day(20513));
    int64_t early = a_deadline(f, case_id, DEADLINE_INTAKE, DEADLINE_OPEN, 20511, calendar_end_of_day(20511));
    int64_t remind = a_deadline(f, case_id, DEADLINE_REMIND, DEADLINE_OPEN, 20512, calendar_end_of_day(20511));
    (void)a_deadline(f, case_id, DEADLINE_PUBLICATION, DEADLINE_MISSED, 20512, calendar_end_of_day(20512));
    int64_t paused = a_deadline(f, case_id, DEADLINE_SUPPLEMENT, DEADLINE_PAUSED, 20512, calendar_end_of_day(20512));
    int64_t waiting = a_deadline(f, case_id, DEADLINE_CALLBACK, DEADLINE_OPEN, 0, INT64_MAX);
    (void)a_deadline(f, case_id, DEADLINE_REASON, DEADLINE_MET, 20512, calendar_end_of_day(20512));
    struct ids ids = {.count = 0};
    assert_int_equal(deadline_list_of(f->store, case_id, add_deadline, &ids), ERR_OK);
    assert_int_equal(ids.count, 6); /* all but the one that is met */
    struct deadline d;
    assert_int_equal(deadline_waiting(f->store, &d), ERR_OK);
    assert_int_equal(d.id, waiting);
    assert_int_equal(deadline_newest_of(f->store, case_id, DEADLINE_SUPPLEMENT, &d), ERR_OK);
    assert_int_equal(d.id, paused);
    assert_int_equal(deadline_newest_of(f->store, case_id, DEADLINE_PROMISE, &d), ERR_NOT_FOUND);
    assert_int_equal(deadline_next_open(f->store, INT64_MIN, 0, &d), ERR_OK);
    assert_int_equal(d.id, early);
    assert_int_equal(deadline_next_open(f->store, d.due_at, d.id, &d), ERR_OK);
    assert_int_equal(d.id, remind);
    assert_int_equal(deadline_next_open(f->store, d.due_at, d.id, &d), ERR_OK);
    assert_int_equal(d.id, late);
    assert_int_equal(deadline_next_open(f->store, d.due_at, d.id, &d), ERR_NOT_FOUND); /* not the one that waits for a clock */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, case_fixture_setup, case_fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(life_rows), TEST(consents), cmocka_unit_test(documents), TEST(answers), TEST(coordinations), TEST(deadlines_by_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
