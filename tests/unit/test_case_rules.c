/* The life of a case: what every row of the table does, and that what no row allows is refused. tests/golden/case_steps.txt has every state × step ×
 * role with what comes of it. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/audit.h"
#include "store/db.h"
#include "tests/unit/case_fixture.h"
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NUMBERS = 42 }; /* of the rules */

#define DO(c, ...) case_do(f, (c), &(struct case_step){__VA_ARGS__})
#define REFUSED(c, why, ...) refused(f, (c), (why), &(struct case_step){__VA_ARGS__})
#define IDS(...) .agency_ids = (const int64_t[]){__VA_ARGS__}, .agency_count = sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)

static void refused(struct case_fixture *f, struct pakn_case *c, const char *why, const struct case_step *step) {
    struct pakn_case before = *c;
    int changes = sqlite3_total_changes(f->store->db);
    assert_int_equal(case_try(f, c, step), ERR_CONFLICT);
    assert_non_null(f->problem.data);
    if (!strstr(f->problem.data, why))
        fail_msg("\"%s\" isn't in: %s", why, f->problem.data);
    assert_int_equal(sqlite3_total_changes(f->store->db), changes);
    assert_memory_equal(&before, c, sizeof before);
}

static void check_deadline(struct case_fixture *f, const struct pakn_case *c, enum deadline_kind kind, enum deadline_state state, const char *date) {
    struct deadline d = case_deadline(f, c, kind);
    if (d.state != state || d.due_day != day_of(date)) {
        int year, month, day;
        civil_from_day_number(d.due_day, &year, &month, &day);
        fail_msg("%s is due %04d-%02d-%02d in state %d, not %s in state %d", deadline_kind_name(kind), year, month, day, d.state, date, state);
    }
}

static void set_day(struct case_fixture *f, const char *date) {
    f->now = at_noon(date);
}

static void check_told(const struct case_fixture *f, enum case_notice citizen, enum case_notice officer) {
    assert_string_equal(case_notice_name(f->outcome.rule->citizen[0]), case_notice_name(citizen));
    assert_string_equal(case_notice_name(f->outcome.rule->officer[0]), case_notice_name(officer));
}

static void accept_at(struct case_fixture *f, struct pakn_case *c, int64_t unit) {
    DO(c, .kind = STEP_ACCEPT, .role = ROLE_CENTRE, IDS(unit));
}

static struct pakn_case in_process(struct case_fixture *f) {
    struct pakn_case c = case_opened(f);
    accept_at(f, &c, ROADS_ID);
    return c;
}

static struct pakn_case result_ready(struct case_fixture *f) {
    struct pakn_case c = in_process(f);
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "da sua doan duong");
    return c;
}

static struct pakn_case published(struct case_fixture *f) {
    struct pakn_case c = result_ready(f);
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE, .text = "Don vi da sua doan duong");
    return c;
}

/* ---- the table ---- */

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

static void table_is_sound(void **state) {
    (void)state;
    bool used[STEP_COUNT] = {false}, numbers[NUMBERS + 1] = {false};
    for (size_t i = 0; i < case_rule_count; i++) {
        const struct case_rule *rule = &case_rules[i];
        used[rule->step] = true;
        numbers[rule->number] = true;
        assert_true(rule->from && rule->who && rule->to >= 0 && rule->to <= CASE_STATES_STAY);
        assert_true(!rule->expired || rule->who == 1u << ROLE_TIMER);
        for (int kind = 0; kind < DEADLINE_KIND_COUNT; kind++)
            if (rule->expired & 1u << kind)
                assert_int_equal(case_step_of_deadline((enum deadline_kind)kind), rule->step);
    }
    for (int step = 0; step < STEP_COUNT; step++) {
        assert_true(used[step]);
        assert_int_equal(case_step_find(case_step_name((enum case_step_kind)step)), step);
    }
    for (int number = 1; number <= NUMBERS; number++)
        assert_true(numbers[number]);
    for (int role = 0; role < ROLE_COUNT; role++)
        assert_int_equal(case_role_find(case_role_name((enum case_role)role)), role);
    assert_int_equal(case_step_find("no-such-step"), STEP_COUNT);
    assert_int_equal(case_role_find(""), ROLE_COUNT);
}

static struct pakn_case not_yet(struct case_fixture *f) {
    return (struct pakn_case){.code = 100000000 + ++f->next_code,
                              .subscriber_id = f->who.id,
                              .text = mem_string("duong vao thon 3 bi sut lun"),
                              .link = mem_string("m1"),
                              .submitted_at = f->now};
}

static struct pakn_case drafted(struct case_fixture *f) {
    struct pakn_case c = not_yet(f);
    DO(&c, .kind = STEP_DRAFT, .role = ROLE_CITIZEN);
    return c;
}

static struct pakn_case in_state(struct case_fixture *f, int state) {
    struct pakn_case c = {0};
    switch (state) {
    case CASE_NONE:
        return not_yet(f);
    case CASE_DRAFT:
        return drafted(f);
    case CASE_IN_PROCESS:
        c = in_process(f);
        DO(&c, .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(COMMUNE_ID));
        return c;
    case CASE_RESULT_READY:
        return result_ready(f);
    case CASE_PUBLISHED:
        return published(f);
    case CASE_REJOINDER:
    case CASE_CLOSED:
        c = published(f);
        DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "chua dung");
        if (state == CASE_CLOSED)
            DO(&c, .kind = STEP_RECONSIDER, .role = ROLE_UNIT, .text = "da lam lai");
        return c;
    default:
        break;
    }
    c = case_opened(f);
    if (state == CASE_NEED_INFO)
        DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_INTAKE, .text = "o dau?");
    if (state == CASE_REFUSED)
        DO(&c, .kind = STEP_REFUSE, .role = ROLE_INTAKE, .text = "la don to cao", .reason_code = "to-cao");
    if (state == CASE_NOTED_CLOSED)
        DO(&c, .kind = STEP_WITHDRAW, .role = ROLE_CITIZEN);
    return c;
}

struct expiring { /* the open deadline of that step which is due first */
    enum case_step_kind step;
    struct deadline found;
};

static void find_expiring(void *context, const struct deadline *d) {
    struct expiring *x = context;
    if (d->state == DEADLINE_OPEN && case_step_of_deadline(d->kind) == x->step && (x->found.id == 0 || d->due_at < x->found.due_at))
        x->found = *d;
}

static void try_all_roles(struct case_fixture *f, const struct pakn_case *c, enum case_step_kind kind, int64_t original, struct str *to) {
    const int64_t whom = kind == STEP_ACCEPT ? ROADS_ID : kind == STEP_COORDINATE ? WATER_ID : COMMUNE_ID, start = f->now;
    struct expiring x = {.step = kind};
    struct str refusal;
    str_init(&refusal, 1024);
    if (c->id)
        assert_int_equal(deadline_list_of(f->store, c->id, find_expiring, &x), ERR_OK);
    str_addf(to, "  %s:", case_step_name(kind));
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct pakn_case copy = *c;
        struct deadline other = case_deadline(f, &(struct pakn_case){.id = original}, DEADLINE_INTAKE);
        struct case_step step = {.kind = kind,
                                 .role = (enum case_role)role,
                                 .text = "noi dung",
                                 .reason_code = "ly-do",
                                 .agency_ids = &whom,
                                 .agency_count = 1,
                                 .day = day_of("2026-04-14"),
                                 .rating = 4,
                                 .subscriber_id = f->other.id,
                                 .original_id = original,
                                 .yes = true,
                                 .deadline = x.found.id ? &x.found : &other};
        if (x.found.id)
            f->now = x.found.due_at;
        int64_t events = fixture_sql(f->store, "SELECT count(*) FROM case_event"), outbox = fixture_sql(f->store, "SELECT count(*) FROM outbox");
        int changes = sqlite3_total_changes(f->store->db);
        assert_int_equal(store_savepoint(f->store), ERR_OK);
        enum err e = case_try(f, &copy, &step);
        if (e == ERR_OK) {
            int recorded = case_step_event(kind) != NULL;
            str_addf(to, " %s -> %s (%d)", case_role_name(step.role), case_state_name(copy.state), f->outcome.rule->number);
            assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM case_event") - events, recorded);
            assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox") - outbox, recorded);
        } else {
            assert_int_equal(e, ERR_CONFLICT);
            assert_int_equal(sqlite3_total_changes(f->store->db), changes);
            assert_true(f->problem.len > 20);
            if (refusal.len == 0)
                str_add(&refusal, f->problem.data);
        }
        store_rollback_to(f->store);
        f->now = start;
    }
    if (refusal.len)
        str_addf(to, "\n    else \"%s\"", refusal.data);
    str_add_char(to, '\n');
    str_release(&refusal);
}

static void every_state_step_and_role(void **state) {
    struct case_fixture *f = *state;
    struct str text;
    struct pakn_case original = case_opened(f);
    str_init(&text, 1 << 20);
    for (int s = 0; s <= CASE_NONE; s++) {
        struct pakn_case c = in_state(f, s);
        str_addf(&text, "%s\n", s == CASE_NONE ? "no case yet" : case_state_name((enum case_state)s));
        for (int step = 0; step < STEP_COUNT; step++)
            try_all_roles(f, &c, (enum case_step_kind)step, original.id, &text);
        case_release(&c);
    }
    golden_check("tests/golden/case_steps.txt", text.data);
    str_release(&text);
    case_release(&original);
}

/* ---- opening ---- */

static void submitted(void **state) {
    struct case_fixture *f = *state;
    struct case_life given = {.source = SOURCE_USSD, .field = (char *)"moi-truong", .agency_id = COMMUNE_ID, .requested_id = WATER_ID};
    struct pakn_case c = not_yet(f);
    c.submitted_at = at_noon("2026-03-09");
    DO(&c, .kind = STEP_SUBMIT, .role = ROLE_CITIZEN, .life = &given, .flags = CASE_TAX, .who = &f->who);
    check_told(f, NOTICE_ACK, NOTICE_O_NEW);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-11"); /* from the text's own time */
    assert_int_equal(f->outcome.due_day, day_of("2026-03-11"));
    assert_int_equal(c.due_day, day_of("2026-03-11"));
    assert_int_equal(c.flags, CASE_TAX);
    struct case_life l = case_life_now(f, &c);
    assert_int_equal(l.received_day, day_of("2026-03-09"));
    assert_int_equal(l.agency_id, COMMUNE_ID);
    assert_int_equal(l.requested_id, WATER_ID);
    assert_string_equal(l.field, "moi-truong");
    life_release(&l);
    case_release(&c);

    c = not_yet(f);
    free(c.text);
    c.text = mem_string("rac ban");
    REFUSED(&c, "fewer than ten letters", .kind = STEP_SUBMIT, .role = ROLE_CITIZEN);
    case_release(&c);
}

static void drafts(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = drafted(f);
    assert_int_equal(c.state, CASE_DRAFT);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox") + fixture_sql(f->store, "SELECT count(*) FROM life"), 0);
    set_day(f, "2026-03-12");
    DO(&c, .kind = STEP_CONFIRM, .role = ROLE_CITIZEN);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-12"); /* from the first text, not from the OK */
    case_release(&c);
    c = drafted(f);
    DO(&c, .kind = STEP_DRAFT_EXPIRED, .role = ROLE_TIMER, .life = &(struct case_life){.agency_id = WATER_ID});
    assert_true(c.flags & CASE_UNCONFIRMED);
    struct case_life l = case_life_now(f, &c);
    assert_int_equal(l.agency_id, 0);
    life_release(&l);
    case_release(&c);
}

static void cutoff(void **state) {
    struct case_fixture *f = *state;
    f->settings.cutoff_time = 17 * 60;
    f->now = at_noon("2026-03-10") + 5 * CLOCK_HOUR - 1;
    struct pakn_case before = case_opened(f);
    f->now++;
    struct pakn_case after = case_opened(f);
    assert_int_equal(before.due_day, day_of("2026-03-12"));
    assert_int_equal(after.due_day, day_of("2026-03-13"));
    case_release(&before);
    case_release(&after);
}

/* ---- deadlines of the whole way ---- */

static const char *chain_date(const struct json *chain, const char *key) {
    const char *date = json_text(chain, key);
    if (!date)
        fail_msg("no %s", key);
    return date;
}

static void play_chain(struct case_fixture *f, const struct json *chain) {
    set_day(f, chain_date(chain, "received"));
    struct pakn_case c = case_opened(f);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, chain_date(chain, "intake_by"));
    set_day(f, chain_date(chain, "intake_by"));
    accept_at(f, &c, ROADS_ID);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_MET, chain_date(chain, "intake_by"));
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, chain_date(chain, "unit_result_by"));
    assert_int_equal(c.due_day, day_of(chain_date(chain, "unit_result_by")));
    set_day(f, chain_date(chain, "unit_result_by"));
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "da xong");
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_MET, chain_date(chain, "unit_result_by"));
    check_deadline(f, &c, DEADLINE_PUBLICATION, DEADLINE_OPEN, chain_date(chain, "publish_by"));
    set_day(f, chain_date(chain, "publish_by"));
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_RESULT_DELIVERED, .role = ROLE_TIMER);
    const char *until = chain_date(chain, "rejoinder_until(if delivered on publish_by)");
    check_deadline(f, &c, DEADLINE_REJOINDER, DEADLINE_OPEN, until);
    f->now = calendar_end_of_day(day_of(until)) - 1;
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "chua dung");
    check_deadline(f, &c, DEADLINE_RECONSIDERATION, DEADLINE_OPEN, chain_date(chain, "reconsidered_by(if sent last day)"));
    f->now = calendar_end_of_day(c.due_day) - 1;
    DO(&c, .kind = STEP_RECONSIDER, .role = ROLE_UNIT, .text = "da lam lai");
    assert_int_equal(case_life_now(f, &c).late, 0);
    case_release(&c);
}

static void chains_of_deadlines(void **state) {
    struct case_fixture *f = *state;
    struct json *chains = NULL;
    char *text = golden_read("tests/fixtures/deadline_chains.json");
    assert_int_equal(json_parse(text, strlen(text), &chains), ERR_OK);
    assert_int_equal(json_count(chains), 6);
    for (size_t i = 0; i < json_count(chains); i++)
        play_chain(f, json_at(chains, i));
    json_free(chains);
    free(text);
}

static void answered_at_once(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    REFUSED(&c, "the text is empty", .kind = STEP_ANSWER, .role = ROLE_INTAKE, .text = " \n\t");
    DO(&c, .kind = STEP_ANSWER, .role = ROLE_INTAKE, .text = "da co trong quy hoach");
    check_told(f, NOTICE_NONE, NOTICE_O_PUBLISH);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_MET, "2026-03-12");
    check_deadline(f, &c, DEADLINE_PUBLICATION, DEADLINE_OPEN, "2026-03-11");
    DO(&c, .kind = STEP_SEND_BACK, .role = ROLE_INTAKE, .text = "chua ro");
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24"); /* there was no T2 to go on with */
    case_release(&c);
}

/* ---- asking the citizen ---- */

static void need_info_pauses(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f); /* Tuesday 10th, T1 on the 12th */
    set_day(f, "2026-03-11");
    DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "o thon nao?");
    check_told(f, NOTICE_NEEDINFO, NOTICE_NONE);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_PAUSED, "2026-03-12");
    check_deadline(f, &c, DEADLINE_SUPPLEMENT, DEADLINE_OPEN, "2026-03-18");
    check_deadline(f, &c, DEADLINE_REMIND, DEADLINE_OPEN, "2026-03-17");
    assert_int_equal(case_deadline(f, &c, DEADLINE_REMIND).due_at, calendar_end_of_day(day_of("2026-03-16"))); /* in the morning */
    assert_int_equal(c.due_day, day_of("2026-03-18"));
    set_day(f, "2026-03-13");
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3");
    check_told(f, NOTICE_SUPPACK, NOTICE_O_SUPP);
    assert_int_equal(c.state, CASE_RECEIVED);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-17"); /* two working days anew */
    check_deadline(f, &c, DEADLINE_SUPPLEMENT, DEADLINE_MET, "2026-03-18");
    check_deadline(f, &c, DEADLINE_REMIND, DEADLINE_STOPPED, "2026-03-17");
    struct case_life l = case_life_now(f, &c);
    assert_int_equal(l.pauses, 1);
    assert_int_equal(l.paused_days, 2);
    assert_int_equal(l.paused_left, 0);
    DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "so nha?");
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_REPRESENTED, .text = "so 5");
    REFUSED(&c, "asked often enough already (2 of 2 times)", .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "con gi nua?");
    REFUSED(&c, "the question is empty", .kind = STEP_NEED_INFO, .role = ROLE_CENTRE);
    case_release(&c);
}

static void need_info_unanswered(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "o thon nao?"); /* both days of T1 are left; Tn on the 17th */
    f->now = calendar_end_of_day(day_of("2026-03-15"));
    struct deadline remind = case_deadline(f, &c, DEADLINE_REMIND);
    DO(&c, .kind = STEP_SUPPLEMENT_DUE, .role = ROLE_TIMER, .deadline = &remind);
    check_told(f, NOTICE_REMIND, NOTICE_NONE);
    assert_int_equal(f->outcome.due_day, day_of("2026-03-17")); /* what the text prints */
    REFUSED(&c, "no deadline that it is for has passed", .kind = STEP_SUPPLEMENT_DUE, .role = ROLE_TIMER, .deadline = &remind);
    struct deadline supplement = case_deadline(f, &c, DEADLINE_SUPPLEMENT);
    REFUSED(&c, "no deadline that it is for has passed", .kind = STEP_SUPPLEMENT_EXPIRED, .role = ROLE_TIMER, .deadline = &supplement);
    f->now = supplement.due_at;
    DO(&c, .kind = STEP_SUPPLEMENT_EXPIRED, .role = ROLE_TIMER, .deadline = &supplement);
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_true(c.flags & CASE_NO_ANSWER);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-19"); /* two days that were left, after the 17th */
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3");
    assert_false(c.flags & CASE_NO_ANSWER);
    assert_true(c.flags & CASE_SUPPLEMENTED);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-19");
    case_release(&c);

    c = case_opened(f); /* Wednesday 18th 00:00: asked on the last day, nothing is left */
    set_day(f, "2026-03-20");
    DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "o thon nao?");
    case_pass(f, &c, at_noon("2026-03-28"));
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-30"); /* Tn on Friday the 27th; at least one working day */
    case_release(&c);
}

static void need_info_without_pause(void **state) {
    struct case_fixture *f = *state;
    f->settings.pause_on_need_info = false;
    struct pakn_case c = case_opened(f);
    DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "o thon nao?");
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-12");
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3");
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-12");
    assert_int_equal(c.due_day, day_of("2026-03-12"));
    case_release(&c);
}

/* ---- refusing, moving ---- */

static void refusing(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    REFUSED(&c, "needs a reason code and a reason", .kind = STEP_REFUSE, .role = ROLE_INTAKE, .reason_code = "to-cao");
    REFUSED(&c, "needs a reason code and a reason", .kind = STEP_REFUSE, .role = ROLE_INTAKE, .text = "don to cao");
    REFUSED(&c, "is for intake, centre, not for unit", .kind = STEP_REFUSE, .role = ROLE_UNIT, .text = "x", .reason_code = "y");
    DO(&c, .kind = STEP_REFUSE, .role = ROLE_INTAKE, .text = "la don to cao", .reason_code = "to-cao");
    check_told(f, NOTICE_REJECT, NOTICE_NONE);
    assert_int_equal(c.due_day, 0);
    struct case_life l = case_life_now(f, &c);
    assert_string_equal(l.refusal, "to-cao");
    assert_int_equal(l.ended_at, f->now);
    life_release(&l);
    char why[128];
    snprintf(why, sizeof why, "case %09d is REFUSED: accept is possible from RECEIVED, NEED_INFO", c.code);
    REFUSED(&c, why, .kind = STEP_ACCEPT, .role = ROLE_INTAKE, IDS(ROADS_ID));
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "khong dong y");
    check_told(f, NOTICE_ENDED, NOTICE_O_SUPP);
    f->settings.refusal_rejoinder = true;
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "khong dong y");
    check_told(f, NOTICE_REJOINACK, NOTICE_O_REJOIN);
    check_deadline(f, &c, DEADLINE_RECONSIDERATION, DEADLINE_OPEN, "2026-03-24");
    case_release(&c);
    c = case_opened(f);
    DO(&c, .kind = STEP_REFUSE, .role = ROLE_INTAKE, .text = "la don to cao", .reason_code = "to-cao");
    set_day(f, "2026-03-25"); /* the ten days are over */
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "khong dong y");
    check_told(f, NOTICE_ENDED, NOTICE_O_SUPP);
    case_release(&c);
}

static int64_t agency_of(struct case_fixture *f, const struct pakn_case *c) {
    struct case_life l = case_life_now(f, c);
    int64_t id = l.agency_id;
    life_release(&l);
    return id;
}

static void transferring(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    const int32_t code = c.code;
    REFUSED(&c, "is there already", .kind = STEP_TRANSFER, .role = ROLE_CENTRE, IDS(CENTRE_ID));
    REFUSED(&c, "no such agency", .kind = STEP_TRANSFER, .role = ROLE_CENTRE, IDS(ENDED_ID));
    REFUSED(&c, "no such agency", .kind = STEP_TRANSFER, .role = ROLE_CENTRE, IDS(4711));
    set_day(f, "2026-03-12");
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_CENTRE, IDS(WATER_ID));
    check_told(f, NOTICE_TRANSFER, NOTICE_O_NEW);
    assert_int_equal(agency_of(f, &c), WATER_ID);
    assert_int_equal(f->outcome.agency_before, 0);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-16");
    DO(&c, .kind = STEP_ACCEPT, .role = ROLE_INTAKE, .actor_agency_id = WATER_ID, IDS(ROADS_ID));
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_UNIT, .actor_agency_id = ROADS_ID); /* back to who sent it */
    assert_int_equal(agency_of(f, &c), WATER_ID);
    assert_int_equal(f->outcome.agency_before, ROADS_ID);
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_STOPPED, "2026-03-26");
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_INTAKE, IDS(COMMUNE_ID));
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_INTAKE, IDS(ROADS_ID)); /* the fourth hop goes to the Office, whoever was meant */
    assert_int_equal(agency_of(f, &c), OFFICE_ID);
    REFUSED(&c, "is there already", .kind = STEP_TRANSFER, .role = ROLE_INTAKE, .actor_agency_id = OFFICE_ID, IDS(ROADS_ID));
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_OFFICE, IDS(ROADS_ID)); /* which knows whose it is */
    assert_int_equal(agency_of(f, &c), ROADS_ID);
    assert_int_equal(c.code, code);
    case_release(&c);
    c = case_opened(f);
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_CENTRE); /* nobody knows whose */
    assert_int_equal(agency_of(f, &c), OFFICE_ID);
    case_release(&c);
}

static void transfer_keeps_the_date(void **state) {
    struct case_fixture *f = *state;
    f->settings.t1_on_transfer = T1_KEEP;
    struct pakn_case c = case_opened(f);
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_CENTRE, IDS(WATER_ID));
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-12");
    case_pass(f, &c, at_noon("2026-03-16"));
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_CENTRE, IDS(COMMUNE_ID));
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-17"); /* it had passed */
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_INTAKE);
    case_release(&c);
}

static void whose_case_it_is(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    REFUSED(&c, "accept: the service centre has this case", .kind = STEP_ACCEPT, .role = ROLE_INTAKE, .actor_agency_id = WATER_ID, IDS(ROADS_ID));
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_INTAKE, .actor_agency_id = CENTRE_ID, IDS(WATER_ID));
    REFUSED(&c, "accept: so-nn-mt has this case", .kind = STEP_ACCEPT, .role = ROLE_INTAKE, .actor_agency_id = CENTRE_ID, IDS(ROADS_ID));
    REFUSED(&c, "no such unit", .kind = STEP_ACCEPT, .role = ROLE_INTAKE, .actor_agency_id = WATER_ID, IDS(ENDED_ID));
    REFUSED(&c, "no such unit in the directory (known: ttpvhcc, vp-ubnd, so-nn-mt, so-xd, so-xd-p1, hoang-quang)", .kind = STEP_ACCEPT,
            .role = ROLE_INTAKE, .actor_agency_id = WATER_ID);
    DO(&c, .kind = STEP_ACCEPT, .role = ROLE_INTAKE, .actor_agency_id = WATER_ID, IDS(ROADS_UNIT_ID));
    REFUSED(&c, "result: so-xd-p1 has this case", .kind = STEP_RESULT, .role = ROLE_UNIT, .actor_agency_id = WATER_ID, .text = "xong");
    DO(&c, .kind = STEP_ASK, .role = ROLE_UNIT, .actor_agency_id = ROADS_UNIT_ID, .text = "o dau?");
    check_told(f, NOTICE_ASK, NOTICE_NONE);
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .actor_agency_id = ROADS_ID, .text = "xong", .officer_id = 0); /* the unit is the agency's */
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE, .actor_agency_id = CENTRE_ID); /* the centre acts for all */
    DO(&c, .kind = STEP_ANNUL, .role = ROLE_OFFICE, .actor_agency_id = OFFICE_ID, .text = "khong dung noi dung");
    case_release(&c);
}

/* ---- coordination ---- */

static void coordinating(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f);
    REFUSED(&c, "coordinates it", .kind = STEP_COORDINATE, .role = ROLE_UNIT);
    REFUSED(&c, "has this case already", .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(ROADS_ID));
    REFUSED(&c, "no such agency", .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(WATER_ID, ENDED_ID));
    REFUSED(&c, "no such agency", .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(WATER_ID, WATER_ID));
    DO(&c, .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(WATER_ID, COMMUNE_ID));
    check_told(f, NOTICE_NONE, NOTICE_O_COORD);
    assert_int_equal(f->outcome.due_day, day_of("2026-03-17"));
    REFUSED(&c, "coordinates it", .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(WATER_ID));
    REFUSED(&c, "the answer is empty", .kind = STEP_COORDINATION_ANSWER, .role = ROLE_COORDINATING, .actor_agency_id = WATER_ID);
    REFUSED(&c, "wasn't asked", .kind = STEP_COORDINATION_ANSWER, .role = ROLE_COORDINATING, .actor_agency_id = CENTRE_ID, .text = "y kien");
    DO(&c, .kind = STEP_COORDINATION_ANSWER, .role = ROLE_COORDINATING, .actor_agency_id = COMMUNE_ID, .text = "y kien");
    check_told(f, NOTICE_NONE, NOTICE_O_SUPP);
    REFUSED(&c, "has answered", .kind = STEP_COORDINATION_ANSWER, .role = ROLE_COORDINATING, .actor_agency_id = COMMUNE_ID, .text = "y kien");
    case_pass(f, &c, at_noon("2026-03-18"));
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_COORDINATION); /* the other one didn't answer */
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 2 AND state = 1"), 1);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 2 AND state = 2"), 1);
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "xong");
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 2 AND state = 4"), 1);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM coordination WHERE done_at = 0"), 0);
    DO(&c, .kind = STEP_SEND_BACK, .role = ROLE_CENTRE, .text = "hoi them");
    DO(&c, .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(WATER_ID)); /* may be asked again */
    case_release(&c);
}

/* ---- being late ---- */

static void late_without_a_reason(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f); /* T2 on Tuesday the 24th */
    f->now = calendar_end_of_day(day_of("2026-03-24"));
    struct deadline unit = case_deadline(f, &c, DEADLINE_UNIT);
    DO(&c, .kind = STEP_DEADLINE, .role = ROLE_TIMER, .deadline = &unit);
    check_told(f, NOTICE_NONE, NOTICE_O_OVER);
    assert_int_equal(f->outcome.passed_day, day_of("2026-03-24"));
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_MISSED, "2026-03-24");
    check_deadline(f, &c, DEADLINE_REASON, DEADLINE_OPEN, "2026-03-25");
    f->now = calendar_end_of_day(day_of("2026-03-25"));
    struct deadline reason = case_deadline(f, &c, DEADLINE_REASON);
    DO(&c, .kind = STEP_REASON_EXPIRED, .role = ROLE_TIMER, .deadline = &reason);
    check_told(f, NOTICE_LATE_NOREASON, NOTICE_O_ESC);
    assert_int_equal(f->outcome.passed_day, day_of("2026-03-24")); /* the date that was promised */
    set_day(f, "2026-03-26");
    REFUSED(&c, "a working day after today", .kind = STEP_LATE_REASON, .role = ROLE_UNIT, .text = "cho do dac", .day = day_of("2026-03-26"));
    REFUSED(&c, "a working day after today", .kind = STEP_LATE_REASON, .role = ROLE_UNIT, .text = "cho do dac", .day = day_of("2026-03-28"));
    REFUSED(&c, "a reason in words", .kind = STEP_LATE_REASON, .role = ROLE_UNIT, .text = "", .day = day_of("2026-03-30"));
    DO(&c, .kind = STEP_LATE_REASON, .role = ROLE_UNIT, .text = "cho do dac", .day = day_of("2026-03-30"));
    check_told(f, NOTICE_LATE, NOTICE_NONE);
    assert_int_equal(f->outcome.passed_day, day_of("2026-03-24"));
    assert_int_equal(f->outcome.due_day, day_of("2026-03-30"));
    assert_int_equal(c.due_day, day_of("2026-03-30"));
    check_deadline(f, &c, DEADLINE_REASON, DEADLINE_LATE, "2026-03-25");
    case_pass(f, &c, at_noon("2026-03-31"));
    check_deadline(f, &c, DEADLINE_PROMISE, DEADLINE_MISSED, "2026-03-30");
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "xong");
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_LATE, "2026-03-24");
    check_deadline(f, &c, DEADLINE_PROMISE, DEADLINE_LATE, "2026-03-30");
    struct case_life l = case_life_now(f, &c);
    assert_int_equal(l.late, 1u << DEADLINE_UNIT);
    assert_true(l.explained);
    case_release(&c);
}

static void late_with_a_reason_in_time(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f);
    set_day(f, "2026-03-20");
    REFUSED(&c, "after the deadline (today is 2026-03-20, the deadline 2026-03-24)", .kind = STEP_LATE_REASON, .role = ROLE_UNIT, .text = "mua lu",
            .day = day_of("2026-03-24"));
    DO(&c, .kind = STEP_LATE_REASON, .role = ROLE_UNIT, .text = "mua lu", .day = day_of("2026-03-27"));
    case_pass(f, &c, at_noon("2026-03-26"));
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_UNIT); /* a reason doesn't make it be in time */
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 7"), 0); /* nobody asks for one any more */
    case_release(&c);
}

static void late_when_the_box_was_off(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f);
    struct deadline unit = case_deadline(f, &c, DEADLINE_UNIT);
    set_day(f, "2026-03-27"); /* three days late */
    DO(&c, .kind = STEP_DEADLINE, .role = ROLE_TIMER, .deadline = &unit);
    check_deadline(f, &c, DEADLINE_REASON, DEADLINE_OPEN, "2026-03-30"); /* who is asked today has a working day all the same */
    case_release(&c);
}

static void late_intake_and_publication(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    case_pass(f, &c, at_noon("2026-03-13"));
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_MISSED, "2026-03-12");
    assert_int_equal(c.due_day, day_of("2026-03-12"));
    DO(&c, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "o dau?");
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_LATE, "2026-03-12");
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3");
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-17");
    accept_at(f, &c, ROADS_ID);
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "xong");
    case_pass(f, &c, at_noon("2026-03-18"));
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    check_deadline(f, &c, DEADLINE_PUBLICATION, DEADLINE_LATE, "2026-03-16");
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_INTAKE | 1u << DEADLINE_PUBLICATION);
    case_release(&c);
}

static void sent_back(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = result_ready(f);
    REFUSED(&c, "the text is empty", .kind = STEP_SEND_BACK, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_SEND_BACK, .role = ROLE_CENTRE, .text = "tra loi khong dung");
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24"); /* the old date */
    check_deadline(f, &c, DEADLINE_PUBLICATION, DEADLINE_STOPPED, "2026-03-11");
    assert_int_equal(c.due_day, day_of("2026-03-24"));
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "tra loi lai");
    case_pass(f, &c, at_noon("2026-03-26"));
    DO(&c, .kind = STEP_SEND_BACK, .role = ROLE_CENTRE, .text = "van khong dung"); /* the old date has passed meanwhile: it's missed now */
    case_pass(f, &c, at_noon("2026-03-26"));
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_MISSED, "2026-03-24");
    assert_true(case_life_now(f, &c).late & 1u << DEADLINE_UNIT);
    int64_t events = fixture_sql(f->store, "SELECT count(*) FROM case_event WHERE type = 'case.late'");
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "tra loi nua");
    DO(&c, .kind = STEP_SEND_BACK, .role = ROLE_CENTRE, .text = "van khong");
    case_pass(f, &c, at_noon("2026-03-26"));
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_MISSED, "2026-03-24");
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM case_event WHERE type = 'case.late'"), events); /* told once */
    case_release(&c);
}

/* ---- T2 from the unit's first look at it ---- */

static void opened_by_its_unit(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f);
    REFUSED(&c, "deadlines.t2_start", .kind = STEP_OPENED, .role = ROLE_UNIT);
    f->settings.t2_start = T2_OPENED;
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24"); /* the transfer's, until somebody looks */
    set_day(f, "2026-03-12");
    REFUSED(&c, "is for unit, not for centre", .kind = STEP_OPENED, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_OPENED, .role = ROLE_UNIT);
    check_told(f, NOTICE_NONE, NOTICE_NONE);
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-26");
    assert_int_equal(c.due_day, day_of("2026-03-26"));
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 1 AND cause = 'opened' AND replaces_id IS NOT NULL"), 1);
    set_day(f, "2026-03-16");
    REFUSED(&c, "has looked already", .kind = STEP_OPENED, .role = ROLE_UNIT);
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "xong");
    DO(&c, .kind = STEP_SEND_BACK, .role = ROLE_CENTRE, .text = "chua dung");
    DO(&c, .kind = STEP_ASK, .role = ROLE_UNIT, .text = "cho nao?");
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-26"); /* one first look */
    DO(&c, .kind = STEP_TRANSFER, .role = ROLE_UNIT, IDS(COMMUNE_ID));
    assert_int_equal(case_life_now(f, &c).opened_at, 0);
    accept_at(f, &c, WATER_ID); /* another unit, which hasn't looked yet */
    set_day(f, "2026-03-18");
    DO(&c, .kind = STEP_OPENED, .role = ROLE_UNIT);
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-04-01");
    case_release(&c);
}

static void any_step_of_the_unit_opens(void **state) {
    struct case_fixture *f = *state;
    f->settings.t2_start = T2_OPENED;
    struct pakn_case c = in_process(f), at_once = in_process(f), promised = in_process(f);
    DO(&at_once, .kind = STEP_OPENED, .role = ROLE_UNIT); /* on the day of the transfer: the same date, no new row */
    check_deadline(f, &at_once, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24");
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE cause = 'opened'"), 0);
    set_day(f, "2026-03-12");
    DO(&c, .kind = STEP_CONFIDENTIAL, .role = ROLE_CENTRE); /* somebody else's step doesn't */
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24");
    DO(&c, .kind = STEP_ASK, .role = ROLE_UNIT, .text = "cho nao?");
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-26");
    REFUSED(&c, "has looked already", .kind = STEP_OPENED, .role = ROLE_UNIT);
    DO(&at_once, .kind = STEP_ASK, .role = ROLE_UNIT, .text = "cho nao?");
    check_deadline(f, &at_once, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24");
    DO(&promised, .kind = STEP_LATE_REASON, .role = ROLE_CENTRE, .text = "cho vat tu", .day = day_of("2026-03-25"));
    DO(&promised, .kind = STEP_OPENED, .role = ROLE_UNIT); /* what was promised stands */
    check_deadline(f, &promised, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-24");
    assert_int_equal(promised.due_day, day_of("2026-03-25"));
    case_release(&c);
    case_release(&at_once);
    case_release(&promised);
}

/* A unit that never looks is late by the transfer's date, and looking afterwards doesn't make it good. */
static void never_opened(void **state) {
    struct case_fixture *f = *state;
    f->settings.t2_start = T2_OPENED;
    struct pakn_case c = in_process(f);
    case_pass(f, &c, at_noon("2026-03-25"));
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_MISSED, "2026-03-24");
    DO(&c, .kind = STEP_OPENED, .role = ROLE_UNIT);
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_MISSED, "2026-03-24");
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_UNIT);
    case_release(&c);
}

/* ---- publishing and what follows ---- */

static char *told_answer(struct case_fixture *f, const struct pakn_case *c) {
    struct answer a;
    assert_int_equal(answer_newest(f->store, c->id, false, &a), ERR_OK);
    return a.text;
}

static void publishing(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = result_ready(f);
    struct answer none;
    assert_int_equal(answer_newest(f->store, c.id, false, &none), ERR_NOT_FOUND); /* a unit's words aren't published yet */
    REFUSED(&c, "no public text", .kind = STEP_PUBLISH, .role = ROLE_CENTRE, .text = "");
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE); /* as the unit gave it */
    assert_string_equal(f->outcome.rule->citizen[1] == NOTICE_RESULTTAIL ? "tail" : "", "tail");
    char *text = told_answer(f, &c);
    assert_string_equal(text, "da sua doan duong");
    free(text);
    assert_int_equal(f->outcome.due_day, day_of("2026-03-24")); /* what RESULTTAIL prints */
    check_deadline(f, &c, DEADLINE_REJOINDER, DEADLINE_OPEN, "2026-03-24");
    case_release(&c);
}

struct said {
    const char *type;
    char *data;
};

static void find_said(void *context, const struct case_event *e) {
    struct said *said = context;
    if (strcmp(e->type, said->type) == 0) {
        free(said->data);
        said->data = mem_string(e->data);
    }
}

static void published_without_content(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = result_ready(f);
    DO(&c, .kind = STEP_CONFIDENTIAL, .role = ROLE_CITIZEN);
    assert_false(f->outcome.was_public);
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE, .text = "chi minh toi biet");
    struct said said = {.type = "case.published"};
    assert_int_equal(case_event_list(f->store, c.id, find_said, &said), ERR_OK);
    assert_non_null(strstr(said.data, "chi minh toi biet")); /* the record has all */
    free(said.data);
    sqlite3_stmt *q;
    struct str body;
    str_init(&body, 1 << 16);
    assert_int_equal(sqlite3_prepare_v2(f->store->db, "SELECT body_sealed FROM outbox ORDER BY sequence DESC LIMIT 1", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_int_equal(unseal(f->base->keys, "outbox", bytes_of(sqlite3_column_blob(q, 0), (size_t)sqlite3_column_bytes(q, 0)), &body), ERR_OK);
    sqlite3_finalize(q);
    assert_non_null(strstr(body.data, "\"confidential\":true"));
    assert_null(strstr(body.data, "chi minh toi biet"));
    str_release(&body);
    case_release(&c);

    c = published(f);
    DO(&c, .kind = STEP_CONFIDENTIAL, .role = ROLE_REPRESENTED);
    assert_true(f->outcome.was_public); /* the text says so */
    DO(&c, .kind = STEP_CONFIDENTIAL, .role = ROLE_INTAKE);
    assert_int_equal(c.flags, CASE_CONFIDENTIAL | CASE_PROTECTED);
    check_told(f, NOTICE_NONE, NOTICE_NONE);
    case_release(&c);
}

static void rejoinder_from_delivery(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = published(f); /* printed: until the 24th */
    set_day(f, "2026-03-12");
    DO(&c, .kind = STEP_RESULT_DELIVERED, .role = ROLE_TIMER, .said_at = at_noon("2026-03-11"));
    check_deadline(f, &c, DEADLINE_REJOINDER, DEADLINE_OPEN, "2026-03-25");
    assert_int_equal(case_life_now(f, &c).rejoinder_until, day_of("2026-03-25"));
    REFUSED(&c, "known already", .kind = STEP_RESULT_DELIVERED, .role = ROLE_TIMER);
    case_pass(f, &c, at_noon("2026-03-26"));
    assert_int_equal(c.state, CASE_CLOSED);
    case_release(&c);
}

static void rejoinder_without_receipt(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = published(f); /* Tuesday: three days later is Friday, ten working days after it the 27th */
    case_pass(f, &c, at_noon("2026-03-25"));
    assert_int_equal(c.state, CASE_PUBLISHED);
    check_deadline(f, &c, DEADLINE_REJOINDER, DEADLINE_OPEN, "2026-03-27");
    assert_int_equal(c.due_day, day_of("2026-03-27"));
    case_pass(f, &c, at_noon("2026-03-28"));
    assert_int_equal(c.state, CASE_CLOSED);
    check_told(f, NOTICE_NONE, NOTICE_NONE);
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "muon roi");
    check_told(f, NOTICE_REJOINLATE, NOTICE_O_SUPP);
    assert_int_equal(f->outcome.passed_day, day_of("2026-03-27"));
    assert_int_equal(c.state, CASE_CLOSED);
    case_release(&c);
}

static void reminded_of_the_rejoinder(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case off = published(f);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 12"), 0); /* only where it's wanted */
    f->settings.rejoinder_reminder = true;
    struct pakn_case c = published(f), rejoined = published(f);
    check_deadline(f, &c, DEADLINE_REMIND_REJOINDER, DEADLINE_OPEN, "2026-03-20"); /* until Tuesday 24th: Friday is two working days before */
    assert_int_equal(case_deadline(f, &c, DEADLINE_REMIND_REJOINDER).due_at, calendar_end_of_day(day_of("2026-03-19"))); /* in the morning */
    DO(&rejoined, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "chua sua");
    check_deadline(f, &rejoined, DEADLINE_REMIND_REJOINDER, DEADLINE_STOPPED, "2026-03-20");
    set_day(f, "2026-03-12");
    DO(&c, .kind = STEP_RESULT_DELIVERED, .role = ROLE_TIMER, .said_at = at_noon("2026-03-11")); /* it goes with T5 */
    check_deadline(f, &c, DEADLINE_REMIND_REJOINDER, DEADLINE_OPEN, "2026-03-23");
    case_pass(f, &c, at_noon("2026-03-23"));
    check_deadline(f, &c, DEADLINE_REMIND_REJOINDER, DEADLINE_LATE, "2026-03-23"); /* its time came */
    check_told(f, NOTICE_REMIND_RESULT, NOTICE_NONE);
    assert_int_equal(c.state, CASE_PUBLISHED);
    assert_int_equal(c.due_day, day_of("2026-03-25"));
    f->settings.rejoinder_days = 2;
    struct pakn_case brief = published(f); /* no day is left to remind on */
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 12 AND state = 0"), 0);
    case_release(&off);
    case_release(&c);
    case_release(&rejoined);
    case_release(&brief);
}

static void rejoinders(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = published(f);
    DO(&c, .kind = STEP_RESULT_DELIVERED, .role = ROLE_CITIZEN);
    f->now = calendar_end_of_day(day_of("2026-03-24")) + CLOCK_HOUR; /* written in time, an hour on its way */
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "chua sua", .said_at = f->now - 2 * CLOCK_HOUR);
    check_told(f, NOTICE_REJOINACK, NOTICE_O_REJOIN);
    check_deadline(f, &c, DEADLINE_REJOINDER, DEADLINE_MET, "2026-03-24");
    check_deadline(f, &c, DEADLINE_RECONSIDERATION, DEADLINE_OPEN, "2026-04-08");
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "lai nua");
    check_told(f, NOTICE_REJOINUSED, NOTICE_O_SUPP);
    assert_int_equal(f->outcome.passed_day, day_of("2026-03-25")); /* when it was used */
    case_pass(f, &c, at_noon("2026-04-09"));
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_RECONSIDERATION);
    DO(&c, .kind = STEP_RECONSIDER, .role = ROLE_UNIT, .text = "da lam lai");
    check_told(f, NOTICE_RECONSIDERED, NOTICE_NONE);
    check_deadline(f, &c, DEADLINE_RECONSIDERATION, DEADLINE_LATE, "2026-04-08");
    char *text = told_answer(f, &c);
    assert_string_equal(text, "da lam lai");
    free(text);
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "van chua");
    check_told(f, NOTICE_REJOINUSED, NOTICE_O_SUPP);
    set_day(f, "2026-04-10");
    DO(&c, .kind = STEP_ANNUL, .role = ROLE_OFFICE, .text = "tra loi sai");
    check_told(f, NOTICE_ANNUL, NOTICE_O_NEW);
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-04-24");
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "lam lai");
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN,
       .text = "khong dong y"); /* to the new result: what was said of the annulled one doesn't count */
    check_told(f, NOTICE_REJOINACK, NOTICE_O_REJOIN);
    case_release(&c);
}

static void ratings(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = result_ready(f);
    REFUSED(&c, "rate is possible from PUBLISHED, REJOINDER, CLOSED", .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 5);
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    REFUSED(&c, "1 to 5", .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 0);
    REFUSED(&c, "1 to 5", .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 6);
    DO(&c, .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 2, .text = "cham");
    check_told(f, NOTICE_RATED, NOTICE_O_LOW);
    f->now += 30 * CLOCK_DAY;
    DO(&c, .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 5);
    check_told(f, NOTICE_RATED, NOTICE_NONE);
    f->now++;
    REFUSED(&c, "rating_change_days", .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 1);
    assert_int_equal(case_life_now(f, &c).rating, 5);
    DO(&c, .kind = STEP_ANNUL, .role = ROLE_OFFICE, .text = "tra loi sai");
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "lam lai");
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    assert_int_equal(case_life_now(f, &c).rating, 0); /* of the new result there is none yet */
    DO(&c, .kind = STEP_RATE, .role = ROLE_CITIZEN, .rating = 1);
    case_release(&c);
}

/* ---- ending, and words of the citizen ---- */

static void withdrawing(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f);
    DO(&c, .kind = STEP_CALLBACK, .role = ROLE_CITIZEN);
    DO(&c, .kind = STEP_WITHDRAW_ASK, .role = ROLE_CITIZEN);
    check_told(f, NOTICE_WDASK, NOTICE_NONE);
    assert_int_equal(c.state, CASE_IN_PROCESS);
    DO(&c, .kind = STEP_WITHDRAW, .role = ROLE_CITIZEN);
    check_told(f, NOTICE_WDDONE, NOTICE_O_SUPP);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE state IN (0, 2, 6)"), 0);
    DO(&c, .kind = STEP_WITHDRAW_ASK, .role = ROLE_CITIZEN);
    check_told(f, NOTICE_ENDED, NOTICE_O_SUPP);
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "them");
    check_told(f, NOTICE_ENDED, NOTICE_O_SUPP);
    DO(&c, .kind = STEP_WORDS, .role = ROLE_CITIZEN, .text = "them nua");
    assert_int_equal(c.state, CASE_NOTED_CLOSED);
    case_release(&c);
    c = published(f);
    REFUSED(&c, "withdraw is possible from", .kind = STEP_WITHDRAW, .role = ROLE_CITIZEN);
    case_release(&c);
    c = in_process(f);
    REFUSED(&c, "the text is empty", .kind = STEP_CLOSE_NOTED, .role = ROLE_INTAKE);
    DO(&c, .kind = STEP_CLOSE_NOTED, .role = ROLE_INTAKE, .text = "noi dung cam on");
    check_told(f, NOTICE_NOTED, NOTICE_NONE);
    case_release(&c);
}

static void duplicates(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case first = case_opened(f), second = case_opened(f), others = not_yet(f);
    others.subscriber_id = f->other.id;
    DO(&others, .kind = STEP_SUBMIT, .role = ROLE_CITIZEN);
    REFUSED(&second, "another open case", .kind = STEP_MARK_DUPLICATE, .role = ROLE_INTAKE, .original_id = second.id);
    REFUSED(&second, "of the same sender", .kind = STEP_MARK_DUPLICATE, .role = ROLE_INTAKE, .original_id = others.id);
    REFUSED(&second, "of the same sender", .kind = STEP_MARK_DUPLICATE, .role = ROLE_INTAKE, .original_id = 4711);
    DO(&second, .kind = STEP_MARK_DUPLICATE, .role = ROLE_INTAKE, .original_id = first.id);
    check_told(f, NOTICE_DUPMARKED, NOTICE_NONE);
    assert_int_equal(second.state, CASE_REFUSED);
    struct case_life l = case_life_now(f, &second);
    assert_int_equal(l.original_id, first.id);
    assert_string_equal(l.refusal, "duplicate");
    life_release(&l);
    REFUSED(&first, "another open case", .kind = STEP_MARK_DUPLICATE, .role = ROLE_INTAKE, .original_id = second.id);
    case_release(&first);
    case_release(&second);
    case_release(&others);
}

/* What is flagged holds publication, and nothing else, until somebody has looked. */
static void flagged_words_are_looked_at(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = result_ready(f);
    REFUSED(&c, "nothing in the citizen's words is flagged", .kind = STEP_REVIEW, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "...", .flags = CASE_INSULT | CASE_PERSONAL_DATA);
    struct deadline before = case_deadline(f, &c, DEADLINE_PUBLICATION);
    REFUSED(&c, "flagged (insult, personal_data)", .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    REFUSED(&c, "review is for", .kind = STEP_REVIEW, .role = ROLE_OFFICE);
    DO(&c, .kind = STEP_REVIEW, .role = ROLE_CENTRE, .text = "che so dien thoai");
    check_told(f, NOTICE_NONE, NOTICE_NONE);
    assert_int_equal(c.flags & (CASE_MODERATION | CASE_REVIEWED), CASE_INSULT | CASE_PERSONAL_DATA | CASE_REVIEWED);
    struct deadline after = case_deadline(f, &c, DEADLINE_PUBLICATION);
    assert_int_equal(after.id, before.id);
    assert_int_equal(after.due_at, before.due_at);
    assert_int_equal(after.state, DEADLINE_OPEN);
    REFUSED(&c, "that nobody has looked at", .kind = STEP_REVIEW, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "...", .flags = CASE_ADVERTISING | CASE_UNACCENTED); /* holds nothing */
    assert_true(c.flags & CASE_REVIEWED);
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "...", .flags = CASE_INSULT); /* and again */
    REFUSED(&c, "flagged (insult, personal_data)", .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_REVIEW, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "...", .flags = CASE_INCITEMENT);
    REFUSED(&c, "flagged (insult, incitement, personal_data)", .kind = STEP_RECONSIDER, .role = ROLE_UNIT, .text = "xong");
    DO(&c, .kind = STEP_REVIEW, .role = ROLE_UNIT);
    REFUSED(&c, "the text is empty", .kind = STEP_RECONSIDER, .role = ROLE_UNIT);
    DO(&c, .kind = STEP_RECONSIDER, .role = ROLE_UNIT, .text = "xong");
    REFUSED(&c, "review is possible from", .kind = STEP_REVIEW, .role = ROLE_CENTRE);
    struct said said = {.type = "case.reviewed"};
    assert_int_equal(case_event_list(f->store, c.id, find_said, &said), ERR_OK);
    assert_non_null(strstr(said.data, "\"moderation_flags\":[\"insult\",\"incitement\",\"personal_data\"]"));
    free(said.data);
    case_release(&c);
}

/* What isn't shown to the public needs no looking at. */
static void flagged_words_are_kept_from_the_public(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = result_ready(f);
    DO(&c, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "...", .flags = CASE_INSULT);
    DO(&c, .kind = STEP_CONFIDENTIAL, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    case_release(&c);
}

static void other_information(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = in_process(f);
    DO(&c, .kind = STEP_BEHALF, .role = ROLE_CITIZEN, .represented_id = f->other.id, .data = "{\"name\":\"Le Thi B\"}");
    int64_t waiting = 0;
    assert_int_equal(life_awaiting_consent(f->store, f->other.id, &waiting), ERR_OK);
    assert_int_equal(waiting, c.id);
    f->settings.behalf_consent_gate = true;
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "xong");
    REFUSED(&c, "hasn't consented", .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_CONSENT, .role = ROLE_REPRESENTED, .yes = false);
    check_told(f, NOTICE_NONE, NOTICE_O_SUPP);
    REFUSED(&c, "hasn't consented", .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_CONSENT, .role = ROLE_REPRESENTED, .yes = true);
    check_told(f, NOTICE_NONE, NOTICE_NONE);
    assert_int_equal(life_awaiting_consent(f->store, f->other.id, &waiting), ERR_NOT_FOUND);
    DO(&c, .kind = STEP_PUBLISH, .role = ROLE_CENTRE);
    DO(&c, .kind = STEP_NAME, .role = ROLE_CITIZEN, .text = "Nguyen Van A");
    DO(&c, .kind = STEP_TAX_CODE, .role = ROLE_CITIZEN, .text = "0100109106", .yes = true);
    DO(&c, .kind = STEP_CALLBACK, .role = ROLE_CITIZEN);
    check_told(f, NOTICE_CALLBACK, NOTICE_O_SUPP);
    assert_int_equal(f->outcome.due_day, day_of("2026-03-11"));
    DO(&c, .kind = STEP_CALLBACK, .role = ROLE_CITIZEN); /* one call is enough */
    assert_int_equal(f->outcome.due_day, day_of("2026-03-11"));
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE kind = 9"), 1);
    DO(&c, .kind = STEP_CALLED, .role = ROLE_INTAKE);
    check_deadline(f, &c, DEADLINE_CALLBACK, DEADLINE_MET, "2026-03-11");
    struct said said = {.type = "case.behalf"};
    assert_int_equal(case_event_list(f->store, c.id, find_said, &said), ERR_OK);
    assert_non_null(strstr(said.data, "\"data\":{\"name\":\"Le Thi B\"}"));
    free(said.data);
    case_release(&c);
}

static void house_alarm(void **state) {
    struct case_fixture *f = *state;
    f->settings.overall_limit = 17;
    struct pakn_case c = in_process(f);
    check_deadline(f, &c, DEADLINE_OVERALL, DEADLINE_OPEN, "2026-04-02");
    DO(&c, .kind = STEP_RESULT, .role = ROLE_UNIT, .text = "xong");
    case_pass(f, &c, at_noon("2026-04-03"));
    check_deadline(f, &c, DEADLINE_OVERALL, DEADLINE_MISSED, "2026-04-02");
    assert_int_equal(case_life_now(f, &c).late, 1u << DEADLINE_PUBLICATION); /* an alarm makes nobody late */
    case_release(&c);
}

/* ---- calendars and clocks ---- */

static struct calendar *calendar_with(const char *off, const char *worked, const char *closures) {
    struct str json, problem;
    struct calendar *c = NULL;
    str_init(&json, 1 << 16);
    str_init(&problem, 1024);
    str_addf(
        &json,
        "{\"tz\":\"Asia/Ho_Chi_Minh\",\"weekend\":[\"SAT\",\"SUN\"],\"years\":{\"2026\":{\"status\":\"official\",\"off\":[\"2026-01-01\"%s]%s}}%s}",
        off, worked, closures);
    if (calendar_parse(json.data, "test", false, &problem, &c) != ERR_OK)
        fail_msg("%s", problem.data);
    str_release(&json);
    str_release(&problem);
    return c;
}

static void another_calendar(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case first = in_process(f), second = case_opened(f), third = published(f); /* T2 and T5 on the 24th, T1 on the 12th */
    struct calendar *more_off = calendar_with(",\"2026-03-12\",\"2026-03-24\"", "", ""),
                    *less_off = calendar_with("", ",\"work_on_weekend\":[\"2026-03-14\"]", "");
    int moved = 0;
    f->parts.calendar = more_off;
    assert_int_equal(case_recalculate(&f->parts, "calendar-v7", f->now, &moved), ERR_OK);
    assert_int_equal(moved, 3);
    check_deadline(f, &first, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-26");
    check_deadline(f, &second, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-13");
    check_deadline(f, &third, DEADLINE_REJOINDER, DEADLINE_OPEN, "2026-03-26");
    struct pakn_case again;
    assert_int_equal(case_get(f->store, second.id, &again), ERR_OK);
    assert_int_equal(again.due_day, day_of("2026-03-13"));
    case_release(&again);
    assert_int_equal(case_life_now(f, &third).rejoinder_until, day_of("2026-03-26"));
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM deadline WHERE cause = 'calendar-v7' AND replaces_id IS NOT NULL"), 3);
    struct said said = {.type = "case.deadline-moved"};
    assert_int_equal(case_event_list(f->store, second.id, find_said, &said), ERR_OK);
    assert_non_null(strstr(said.data, "\"cause\":\"calendar-v7\""));
    assert_non_null(strstr(said.data, "\"new_date\":\"2026-03-13\""));
    free(said.data);
    assert_int_equal(case_recalculate(&f->parts, "calendar-v7", f->now, &moved), ERR_OK);
    assert_int_equal(moved, 0);
    f->parts.calendar = less_off; /* never earlier */
    assert_int_equal(case_recalculate(&f->parts, "calendar-v8", f->now, &moved), ERR_OK);
    assert_int_equal(moved, 0);
    f->parts.calendar = f->calendar;
    calendar_free(more_off);
    calendar_free(less_off);
    case_release(&first);
    case_release(&second);
    case_release(&third);
}

static void closed_by_a_storm(void **state) {
    struct case_fixture *f = *state;
    struct calendar *storm = calendar_with("", "",
                                           ",\"closures\":[{\"agency\":\"so-xd\",\"from\":\"2026-03-11\",\"to\":\"2026-03-12\",\"reason\":\"bao\"},"
                                           "{\"agency\":\"ttpvhcc\",\"from\":\"2026-03-11\",\"to\":\"2026-03-11\",\"reason\":\"bao\"}]");
    f->parts.calendar = storm;
    struct pakn_case c = in_process(f);
    check_deadline(f, &c, DEADLINE_INTAKE, DEADLINE_MET, "2026-03-13"); /* the service centre's own closure */
    check_deadline(f, &c, DEADLINE_UNIT, DEADLINE_OPEN, "2026-03-26");
    DO(&c, .kind = STEP_COORDINATE, .role = ROLE_UNIT, IDS(WATER_ID));
    check_deadline(f, &c, DEADLINE_COORDINATION, DEADLINE_OPEN, "2026-03-17"); /* of an agency that works */
    case_release(&c);
    f->parts.calendar = f->calendar;
    calendar_free(storm);
}

static void without_a_clock(void **state) {
    struct case_fixture *f = *state;
    int started = 0;
    f->now = 5 * CLOCK_MINUTE; /* 1970 */
    struct pakn_case dated = not_yet(f), undated = not_yet(f);
    dated.submitted_at = at_noon("2026-03-09");
    DO(&dated, .kind = STEP_SUBMIT, .role = ROLE_CITIZEN);
    assert_true(f->outcome.clock_waits);
    assert_int_equal(f->outcome.due_day, 0);
    DO(&undated, .kind = STEP_SUBMIT, .role = ROLE_CITIZEN);
    DO(&undated, .kind = STEP_NEED_INFO, .role = ROLE_CENTRE, .text = "o dau?");
    DO(&undated, .kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3");
    struct deadline next;
    assert_int_equal(deadline_next_due(f->store, &next), ERR_OK);
    assert_int_equal(next.due_at, INT64_MAX);
    assert_int_equal(case_start_waiting(&f->parts, f->now, &started), ERR_OK);
    assert_int_equal(started, 0);
    f->now = at_noon("2026-03-10");
    assert_int_equal(case_start_waiting(&f->parts, f->now, &started), ERR_OK);
    assert_int_equal(started, 2);
    check_deadline(f, &dated, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-11"); /* from the service centre's time */
    check_deadline(f, &undated, DEADLINE_INTAKE, DEADLINE_OPEN, "2026-03-12");
    struct pakn_case c;
    assert_int_equal(case_get(f->store, undated.id, &c), ERR_OK);
    assert_int_equal(c.due_day, day_of("2026-03-12"));
    assert_int_equal(c.submitted_at, f->now);
    case_release(&c);
    assert_int_equal(case_life_now(f, &undated).received_day, day_of("2026-03-10"));
    case_release(&dated);
    case_release(&undated);
}

/* ---- the record ---- */

static void what_is_recorded(void **state) {
    struct case_fixture *f = *state;
    struct pakn_case c = case_opened(f);
    struct said said = {.type = "case.submitted"};
    struct json *data = NULL;
    bool flag = true;
    assert_int_equal(case_event_list(f->store, c.id, find_said, &said), ERR_OK);
    assert_int_equal(json_parse(said.data, strlen(said.data), &data), ERR_OK);
    assert_string_equal(json_text(data, "code"), "100000001");
    assert_string_equal(json_text(data, "id"), "38-100000001");
    assert_string_equal(json_text(data, "source"), "sms");
    assert_string_equal(json_text(data, "kind"), "phan_anh");
    assert_string_equal(json_text(data, "state"), "RECEIVED");
    assert_string_equal(json_text(data, "text"), "duong vao thon 3 bi sut lun");
    assert_string_equal(json_text(data, "phone"), "+84912345678");
    assert_string_equal(json_text(data, "intake_due"), "2026-03-12");
    assert_string_equal(json_text(data, "submitted_at"), "2026-03-10T05:00:00.000Z");
    assert_string_equal(json_text(data, "link"), "m1");
    assert_true(json_bool(data, "confidential", &flag) && !flag);
    json_free(data);
    free(said.data);
    DO(&c, .kind = STEP_REFUSE, .role = ROLE_INTAKE, .actor = "nv.an", .text = "la don to cao", .reason_code = "to-cao");
    said = (struct said){.type = "case.refused"};
    assert_int_equal(case_event_list(f->store, c.id, find_said, &said), ERR_OK);
    assert_int_equal(json_parse(said.data, strlen(said.data), &data), ERR_OK);
    assert_string_equal(json_text(data, "from"), "RECEIVED");
    assert_string_equal(json_text(data, "state"), "REFUSED");
    assert_string_equal(json_text(data, "actor"), "nv.an");
    assert_string_equal(json_text(data, "role"), "intake");
    assert_string_equal(json_text(data, "text"), "la don to cao");
    assert_string_equal(json_text(data, "reason_code"), "to-cao");
    const struct json *ended = json_at(json_get(data, "deadlines"), 0);
    assert_string_equal(json_text(ended, "kind"), "T1");
    assert_string_equal(json_text(ended, "state"), "met");
    assert_string_equal(json_text(ended, "due"), "2026-03-12");
    json_free(data);
    free(said.data);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox WHERE subject = '100000001'"), 2);
    case_release(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, case_fixture_setup, case_fixture_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_printed),
        cmocka_unit_test(table_is_sound),
        TEST(every_state_step_and_role),
        TEST(submitted),
        TEST(drafts),
        TEST(cutoff),
        TEST(chains_of_deadlines),
        TEST(answered_at_once),
        TEST(need_info_pauses),
        TEST(need_info_unanswered),
        TEST(need_info_without_pause),
        TEST(refusing),
        TEST(transferring),
        TEST(transfer_keeps_the_date),
        TEST(whose_case_it_is),
        TEST(coordinating),
        TEST(late_without_a_reason),
        TEST(late_with_a_reason_in_time),
        TEST(late_when_the_box_was_off),
        TEST(late_intake_and_publication),
        TEST(sent_back),
        TEST(opened_by_its_unit),
        TEST(any_step_of_the_unit_opens),
        TEST(never_opened),
        TEST(publishing),
        TEST(published_without_content),
        TEST(rejoinder_from_delivery),
        TEST(rejoinder_without_receipt),
        TEST(reminded_of_the_rejoinder),
        TEST(rejoinders),
        TEST(ratings),
        TEST(withdrawing),
        TEST(duplicates),
        TEST(flagged_words_are_looked_at),
        TEST(flagged_words_are_kept_from_the_public),
        TEST(other_information),
        TEST(house_alarm),
        TEST(another_calendar),
        TEST(closed_by_a_storm),
        TEST(without_a_clock),
        TEST(what_is_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
