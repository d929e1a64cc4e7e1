/* Whatever is done to cases, in whatever order: 10,000 random lives against what must always hold. The seed is fixed; PLAY_SEED and PLAY_LIVES in the
 * environment give others. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "store/audit.h"
#include "store/db.h"
#include "tests/unit/case_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIVES = 10000, STEPS_MOST = 20, LIVE_ROWS = 64 };

struct rows { /* the deadlines of a case that are open, missed or paused */
    struct deadline row[LIVE_ROWS];
    int count;
};

struct play {
    struct case_fixture *f;
    uint64_t random, seed;
    struct pakn_case c, original; /* the latter: another open case of the same sender */
    int64_t events; /* done so far */
    int life, step, refusals;
};

static uint32_t draw(struct play *p, uint32_t below) { /* xorshift64* */
    p->random ^= p->random >> 12;
    p->random ^= p->random << 25;
    p->random ^= p->random >> 27;
    return (uint32_t)((p->random * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* What a step may change of a case. */
static bool same_case(const struct pakn_case *a, const struct pakn_case *b) {
    return a->id == b->id && a->code == b->code && a->state == b->state && a->kind == b->kind && a->flags == b->flags && a->text == b->text &&
           a->link == b->link && a->subscriber_id == b->subscriber_id && a->submitted_at == b->submitted_at && a->message_id == b->message_id &&
           a->due_day == b->due_day;
}

#define HOLDS(p, condition, doing) \
    do { \
        if (!(condition)) \
            fail_msg("%s: seed %llu, life %d, step %d %s, case in %s: %s", #condition, (unsigned long long)(p)->seed, (p)->life, (p)->step, \
                     case_step_name((doing)->kind), case_state_name((p)->c.state), (p)->f->problem.data ? (p)->f->problem.data : ""); \
    } while (0)

static void add_row(void *context, const struct deadline *d) {
    struct rows *rows = context;
    assert_true(rows->count < LIVE_ROWS);
    rows->row[rows->count++] = *d;
}

static struct rows rows_of(struct play *p) {
    struct rows rows = {.count = 0};
    assert_int_equal(deadline_list_of(p->f->store, p->c.id, add_row, &rows), ERR_OK);
    return rows;
}

/* ---- what must hold ---- */

static void check_deadlines(struct play *p, const struct case_step *step) {
    struct rows rows = rows_of(p);
    for (int i = 0; i < rows.count; i++) {
        for (int k = 0; k < i; k++)
            HOLDS(p, rows.row[i].kind != rows.row[k].kind || rows.row[i].coordination_id != rows.row[k].coordination_id, step);
        HOLDS(p, rows.row[i].kind != DEADLINE_COORDINATION || rows.row[i].coordination_id, step);
        HOLDS(p, !case_state_ended(p->c.state) || rows.row[i].kind == DEADLINE_CALLBACK, step);
    }
}

static void check_done(struct play *p, const struct case_step *step, const struct pakn_case *before, const struct case_life *was) {
    const struct case_outcome *o = &p->f->outcome;
    struct case_life is = case_life_now(p->f, &p->c);
    p->events++;
    HOLDS(p, o->event_id == p->events, step);
    HOLDS(p, o->rule && (o->rule->to == CASE_STATES_STAY ? p->c.state == before->state : (int)p->c.state == o->rule->to), step);
    HOLDS(p, p->c.code == before->code && p->c.id == before->id, step);
    HOLDS(p, (p->c.subscriber_id != before->subscriber_id) == (step->kind == STEP_REBIND || step->kind == STEP_LAPSE), step);
    HOLDS(p, !is.lapse_from || (case_state_ended(p->c.state) && p->c.subscriber_id != SUBSCRIBER_NOBODY), step);
    HOLDS(p, !case_state_ended(before->state) || p->c.state == before->state || step->kind == STEP_ANNUL || step->kind == STEP_REJOIN, step);
    HOLDS(p, (was->late & ~is.late) == 0, step);
    HOLDS(p, is.hops >= was->hops && is.results >= was->results && is.pauses >= was->pauses, step);
    HOLDS(p, is.rejoinder_until >= was->rejoinder_until || step->kind == STEP_PUBLISH, step);
    HOLDS(p, case_state_ended(p->c.state) == (is.ended_at != 0), step);
    HOLDS(p, is.paused_left == 0 || p->c.state == CASE_NEED_INFO, step);
    HOLDS(p, case_state_ended(p->c.state) == (p->c.due_day == 0), step);
    HOLDS(p, !(step->kind == STEP_PUBLISH && p->c.flags & CASE_MODERATION) || p->c.flags & (CASE_REVIEWED | CASE_CONFIDENTIAL | CASE_PROTECTED),
          step);
    life_release(&is);
    check_deadlines(p, step);
}

static void dump(struct play *p, struct str *to) {
    static const char *const tables[] = {"cases WHERE id",       "life WHERE case_id",      "deadline WHERE case_id", "coordination WHERE case_id",
                                         "answer WHERE case_id", "case_event WHERE case_id"}; /* outbox has no index by case: total_changes sees it */
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        char sql[128];
        sqlite3_stmt *q;
        snprintf(sql, sizeof sql, "SELECT * FROM %s = %lld ORDER BY 1", tables[t], (long long)p->c.id);
        assert_int_equal(sqlite3_prepare_v2(p->f->store->db, sql, -1, &q, NULL), SQLITE_OK);
        while (sqlite3_step(q) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(q); i++)
                str_add_hex(to, sqlite3_column_blob(q, i), (size_t)sqlite3_column_bytes(q, i));
        sqlite3_finalize(q);
    }
}

/* ---- what is done ---- */

static const int64_t someone[] = {ROADS_ID, WATER_ID, ROADS_UNIT_ID, COMMUNE_ID, CENTRE_ID, OFFICE_ID, ENDED_ID, 4711};
static const char *const texts[] = {NULL, "", " \t", "noi dung cu the", "ly do chinh dang"};

static struct case_step any_step(struct play *p, const int64_t *agencies) {
    return (struct case_step){
        .kind = STEP_ANSWER + draw(p, STEP_COUNT - STEP_ANSWER),
        .role = draw(p, ROLE_COUNT),
        .actor_agency_id = draw(p, 3) ? 0 : agencies[0],
        .text = texts[draw(p, 8) < 6 ? 3 : draw(p, 5)],
        .reason_code = draw(p, 8) ? "ngoai-tham-quyen" : NULL,
        .agency_ids = agencies,
        .agency_count = draw(p, 3),
        .day = clock_vietnam_day(p->f->now) + (int32_t)draw(p, 12) - 2,
        .rating = (int)draw(p, 7),
        .subscriber_id = draw(p, 2)   ? p->f->who.id
                         : draw(p, 2) ? p->f->other.id
                                      : SUBSCRIBER_NOBODY,
        .original_id = draw(p, 4) ? p->original.id : p->c.id,
        .flags = draw(p, 4) ? 0 : CASE_INSULT,
        .yes = draw(p, 2) == 0,
        .said_at = draw(p, 4) ? 0 : p->f->now - (int64_t)draw(p, 10) * CLOCK_DAY,
    };
}

/* One that the state allows, as the people concerned would do it. */
static struct case_step likely_step(struct play *p, const int64_t *agencies) {
    struct case_step step = any_step(p, agencies);
    for (int tries = 0; tries < 6; tries++) {
        const struct case_rule *rule = &case_rules[draw(p, (uint32_t)case_rule_count)];
        if (rule->expired || rule->step == STEP_RECALCULATED || !(rule->from & 1u << p->c.state))
            continue;
        step.kind = rule->step;
        while (!(rule->who & 1u << step.role))
            step.role = (step.role + 1) % ROLE_COUNT;
        step.text = texts[3];
        step.actor_agency_id = 0;
        step.agency_count = 1;
        step.rating = 1 + (int)draw(p, 5);
        step.reason_code = "khong-ro";
        return step;
    }
    return step;
}

static void play_step(struct play *p, const struct case_step *step) {
    struct pakn_case before = p->c;
    struct case_life was = case_life_now(p->f, &p->c);
    struct str then, now;
    bool whole = p->refusals % 32 == 0;
    int changes = sqlite3_total_changes(p->f->store->db);
    str_init(&then, 1 << 20);
    str_init(&now, 1 << 20);
    if (whole)
        dump(p, &then);
    enum err e = case_try(p->f, &p->c, step);
    HOLDS(p, e == ERR_OK || e == ERR_CONFLICT, step);
    if (e == ERR_OK) {
        check_done(p, step, &before, &was);
    } else {
        p->refusals++;
        HOLDS(p, p->f->problem.len > 0, step);
        HOLDS(p, sqlite3_total_changes(p->f->store->db) == changes && same_case(&before, &p->c), step);
        if (whole)
            dump(p, &now);
        HOLDS(p, !whole || strcmp(then.data, now.data) == 0, step);
    }
    str_release(&then);
    str_release(&now);
    life_release(&was);
}

/* What fell due of this case, in order. */
static void play_time(struct play *p, int64_t until) {
    for (;;) {
        struct rows rows = rows_of(p);
        const struct deadline *next = NULL;
        for (int i = 0; i < rows.count; i++)
            if (rows.row[i].state == DEADLINE_OPEN && rows.row[i].due_at <= until && (!next || rows.row[i].due_at < next->due_at))
                next = &rows.row[i];
        if (!next)
            break;
        struct case_step step = {.kind = case_step_of_deadline(next->kind), .role = ROLE_TIMER, .deadline = next};
        if (next->due_at > p->f->now)
            p->f->now = next->due_at;
        struct pakn_case before = p->c;
        struct case_life was = case_life_now(p->f, &p->c);
        HOLDS(p, case_try(p->f, &p->c, &step) == ERR_OK, &step);
        check_done(p, &step, &before, &was);
        life_release(&was);
    }
    p->f->now = until;
}

static void play_life(struct play *p) {
    struct case_settings *s = &p->f->settings;
    case_settings_default(s);
    s->pause_on_need_info = draw(p, 4) != 0;
    s->t1_on_transfer = draw(p, 2) ? T1_RESTART : T1_KEEP;
    s->refusal_rejoinder = draw(p, 4) == 0;
    s->behalf_consent_gate = draw(p, 4) == 0;
    s->overall_limit = draw(p, 3) ? 0 : 17;
    s->t2_start = draw(p, 2) ? T2_TRANSFER : T2_OPENED;
    s->rejoinder_reminder = draw(p, 2) == 0;
    p->c = case_opened(p->f);
    p->events++;
    int steps = 1 + (int)draw(p, STEPS_MOST);
    for (p->step = 0; p->step < steps; p->step++) {
        int64_t agencies[3];
        for (int i = 0; i < 3; i++)
            agencies[i] = someone[draw(p, draw(p, 8) ? 4 : 8)];
        struct case_step step = draw(p, 4) ? likely_step(p, agencies) : any_step(p, agencies);
        play_time(p, p->f->now + (int64_t)draw(p, 60) * (draw(p, 3) ? CLOCK_MINUTE : CLOCK_HOUR * (int64_t)(1 + draw(p, 8))));
        play_step(p, &step);
    }
    case_release(&p->c);
}

static void random_lives(void **state) {
    static const char *const must_be_zero[] = {
        "SELECT count(*) FROM deadline d JOIN deadline o ON o.id = d.replaces_id WHERE d.due_day < o.due_day OR o.state <> 5",
        "SELECT count(*) FROM (SELECT case_id, count(*) FROM case_event GROUP BY 1 EXCEPT SELECT case_id, count(*) FROM outbox GROUP BY 1)",
        "SELECT count(*) FROM cases WHERE NOT EXISTS (SELECT 1 FROM life WHERE case_id = cases.id)",
        "SELECT count(*) FROM pragma_foreign_key_check",
        /* The chain through a subscriber's cases has each of them once, and no other. */
        "SELECT count(*) FROM cases WHERE previous_id >= id OR (subscriber_id = 0 AND previous_id IS NOT NULL)",
        "WITH RECURSIVE chain (owner, id) AS (SELECT id, newest_case_id FROM subscriber WHERE newest_case_id IS NOT NULL UNION ALL SELECT owner, "
        "previous_id FROM chain JOIN cases USING (id) WHERE previous_id IS NOT NULL) SELECT (SELECT count(*) FROM (SELECT owner, id FROM chain "
        "EXCEPT SELECT subscriber_id, id FROM cases)) + abs((SELECT count(*) FROM chain) - (SELECT count(*) FROM cases WHERE subscriber_id > 0))",
    };
    const char *seed = getenv("PLAY_SEED"), *lives = getenv("PLAY_LIVES");
    struct play p = {.f = *state, .seed = seed ? strtoull(seed, NULL, 10) : 20260915};
    p.random = p.seed * 2 + 1;
    p.original = case_opened(p.f);
    p.events = 1;
    for (p.life = 0; p.life < (lives ? atoi(lives) : LIVES); p.life++)
        play_life(&p);
    assert_true(p.refusals > 1000);
    for (size_t i = 0; i < sizeof must_be_zero / sizeof *must_be_zero; i++)
        if (fixture_sql(p.f->store, must_be_zero[i]) != 0)
            fail_msg("seed %llu: %s", (unsigned long long)p.seed, must_be_zero[i]);
    assert_int_equal(fixture_sql(p.f->store, "SELECT count(*) FROM outbox"), p.events);
    struct audit_report report;
    assert_int_equal(audit_verify(p.f->store, AUDIT_CASES, &report), ERR_OK);
    assert_int_equal(report.broken_id, 0);
    assert_int_equal(report.events, p.events);
    for (int step = STEP_ANSWER; step < STEP_COUNT && p.life >= LIVES; step++) { /* every step was done in some life */
        char sql[160];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM case_event WHERE type = '%s'", case_step_event((enum case_step_kind)step));
        if (step != STEP_RECALCULATED && fixture_sql(p.f->store, sql) == 0)
            fail_msg("%s never happened", case_step_name((enum case_step_kind)step));
    }
    case_release(&p.original);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_lives, case_fixture_setup, case_fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
