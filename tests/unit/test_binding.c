/* For which number a case stands: bound anew by an officer, lapsed by age, ended by a new owner of the number. Whoever it no longer stands for learns
 * nothing of the case, and the case loses nothing. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"
#include "smsc/abuse.h"
#include "store/audit.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEW_NUMBER "+84987000001"

/* Another matter each time, so that none is taken for the same again. */
static const char *const matters[] = {"PA Duong vao thon 3 bi sut lun", "PA Den chieu sang truoc cho khong sang",
                                      "PA Nuoc may co mui hoi ca tuan nay", "PA Rac o bai bien khong ai don dep",
                                      "PA Cau qua suoi mat lan can rat nguy hiem"};

static void complain(struct centre_fixture *f, const char *from, int matter) {
    centre_say(f, from, matters[matter]);
    centre_wait(f, CLOCK_MINUTE);
}

static void say(struct centre_fixture *f, const char *from, int64_t case_id, const char *verb, const char *behind) {
    char text[200];
    snprintf(text, sizeof text, "%s %s%s", verb, life_code(f, case_id), behind);
    centre_say(f, from, text);
}

static void rebind(struct centre_fixture *f, int64_t case_id, const char *number) {
    struct case_step step = {.kind = STEP_REBIND, .text = "mat SIM, da xem CCCD", .number = number};
    life_do(f, case_id, "ct.an", &step);
}

/* The number of cases in the list that TC sends, which names each. */
static void expect_listed(struct centre_fixture *f, const char *who, const int64_t *case_ids, size_t count) {
    centre_say(f, who, "TC");
    char *list = centre_reply(f, who, -1), line[32];
    size_t lines = 0;
    assert_non_null(list);
    for (const char *at = list; (at = strstr(at, ") ")); at++)
        lines++;
    for (size_t i = 0; i < count; i++) {
        snprintf(line, sizeof line, "%zu) %s ", i + 1, life_code(f, case_ids[i]));
        if (!strstr(list, line))
            fail_msg("\"%s\" isn't in: %s", line, list);
    }
    assert_int_equal(lines, count);
    free(list);
}
#define LISTED(f, who, ...) expect_listed(f, who, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void expect_nothing(struct centre_fixture *f, const char *who, int64_t case_id) {
    say(f, who, case_id, "TC", "");
    life_expect(f, who, -1, case_id, "Khong tim thay ma so {code} gan voi so dien thoai nay.*");
}

static void audit_holds(struct centre_fixture *f) {
    struct audit_report report;
    assert_int_equal(audit_verify(f->store, AUDIT_CASES, &report), ERR_OK);
    assert_int_equal(report.broken_id, 0);
}

/* ---- another number ---- */

static void both_lists_stay_right(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    complain(f, AN, 1);
    complain(f, BINH, 2);
    complain(f, AN, 3);
    LISTED(f, AN, 4, 2, 1);
    rebind(f, 2, BINH); /* from the middle, to the end */
    LISTED(f, AN, 4, 1);
    LISTED(f, BINH, 3, 2);
    rebind(f, 4, BINH); /* the newest, to the front */
    LISTED(f, AN, 1);
    LISTED(f, BINH, 4, 3, 2);
    rebind(f, 1, NEW_NUMBER); /* the only one, to who never wrote */
    LISTED(f, NEW_NUMBER, 1);
    centre_say(f, AN, "TC");
    centre_expect(f, AN, -1, "PA <noi dung>: gui phan anh.*"); /* nothing is left to list */
    rebind(f, 3, AN); /* between the others */
    LISTED(f, AN, 3);
    LISTED(f, BINH, 4, 2);
    complain(f, AN, 4); /* and what comes later is in front again */
    LISTED(f, AN, 5, 3);
    centre_restart(f);
    LISTED(f, BINH, 4, 2);
    audit_holds(f);
}

static void keep_data(void *context, const struct case_event *e) {
    char **data = context;
    free(*data);
    *data = mem_string(e->data);
}

static void the_new_number_takes_over(void **state) {
    struct centre_fixture *f = *state;
    char *data = NULL;
    complain(f, AN, 0);
    life_to(f, 2026, 11, 23, 9);
    rebind(f, 1, "0912.000.002");
    assert_int_equal(case_event_list(f->store, 1, keep_data, &data), ERR_OK);
    assert_non_null(strstr(data, "\"step\":\"rebind\""));
    assert_non_null(strstr(data, "mat SIM"));
    assert_null(strstr(data, "912000002")); /* but the central store has to know whom to call */
    free(data);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.rebound' AND case_id = 1"), 1);
    expect_nothing(f, AN, 1);
    int texts = centre_replies(f, AN);
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    life_expect(f, BINH, -1, 1, "PAKN {code}: da tiep nhan, giao Phong Ha tang xu ly. *");
    say(f, BINH, 1, "TC", "");
    life_expect(f, BINH, -1, 1, "PAKN {code}: dang xu ly tai Phong Ha tang, *");
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua doan duong.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, BINH, -1, 1, "Khong dong y, soan: PD {code} *");
    centre_say(f, BINH, "4"); /* the question is theirs */
    life_expect(f, BINH, -1, 1, "Cam on ban da danh gia 4/5 cho PAKN {code}.*");
    assert_int_equal(centre_replies(f, AN), texts);
    audit_holds(f);
}

static void who_may_and_to_which_number(void **state) {
    static const struct {
        const char *officer, *number, *text, *why;
        enum err expected;
    } rows[] = {
        {"ct.an", NULL, "mat SIM", "a mobile number is needed", ERR_INVALID},
        {"ct.an", "", "mat SIM", "a mobile number is needed", ERR_INVALID},
        {"ct.an", "1022", "mat SIM", "a mobile number is needed", ERR_INVALID},
        {"ct.an", "Viettel", "mat SIM", "a mobile number is needed", ERR_INVALID},
        {"ct.an", "02373852123", "mat SIM", "a mobile number is needed", ERR_INVALID}, /* a fixed line */
        {"ct.an", "091200000", "mat SIM", "a mobile number is needed", ERR_INVALID}, /* a digit short */
        {"ct.an", "+4915112345678", "mat SIM", "a mobile number is needed", ERR_INVALID},
        {"ct.an", "0912345678; DROP", "mat SIM", "a mobile number is needed", ERR_INVALID},
        {"ct.an", "0912999999", "mat SIM", "a number of this appliance", ERR_INVALID},
        {"ct.an", "0912000003", "mat SIM", "is blocked", ERR_CONFLICT},
        {"ct.an", "0912000001", "mat SIM", "isn't bound to already", ERR_CONFLICT},
        {"ct.an", "0912000002", NULL, "a reason in words", ERR_CONFLICT},
        {"ct.an", "0912000002", " \xE2\x80\x8B ", "a reason in words", ERR_CONFLICT},
        {"ht.unit", "0912000002", "mat SIM", "is for intake, centre", ERR_CONFLICT},
        {"vp.office", "0912000002", "mat SIM", "is for intake, centre", ERR_CONFLICT},
        {"xd.intake", "0912000002", "mat SIM", "the service centre has this case", ERR_CONFLICT},
        {"nobody", "0912000002", "mat SIM", "no officer", ERR_NOT_FOUND},
    };
    struct centre_fixture *f = *state;
    struct phone own, blocked;
    struct str problem;
    str_init(&problem, 256);
    complain(f, AN, 0);
    complain(f, "+84912000003", 1);
    assert_int_equal(phone_parse("+84912999999", &own), ERR_OK);
    assert_int_equal(phone_parse("+84912000003", &blocked), ERR_OK);
    smsc_link_up(f->smsc, "m1", &own, f->now);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_block(f->smsc, &blocked, "spam", f->now + CLOCK_DAY, "ct.an", f->now, &problem), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    int64_t sender = centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1"),
            subscribers = centre_count(f, "SELECT count(*) FROM subscriber");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct case_step step = {.kind = STEP_REBIND, .text = rows[i].text, .number = rows[i].number};
        life_refused(f, 1, rows[i].officer, &step, rows[i].expected, rows[i].why);
    }
    assert_int_equal(centre_count(f, "SELECT count(*) FROM subscriber"), subscribers);
    assert_int_equal(centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1"), sender);
    str_release(&problem);
}

static int to_send(struct centre_fixture *f, const char *whom) {
    int count = 0;
    for (;;) {
        struct dispatch d = {0};
        assert_int_equal(store_begin(f->store), ERR_OK);
        enum err e = smsc_next(f->smsc, "m1", f->now, &d);
        assert_int_equal(store_commit(f->store), ERR_OK);
        if (e != ERR_OK)
            return count;
        count += strcmp(d.to.text, whom) == 0;
        assert_int_equal(store_begin(f->store), ERR_OK);
        assert_int_equal(smsc_sent(f->smsc, d.attempt_id, 0, f->now), ERR_OK);
        assert_int_equal(store_commit(f->store), ERR_OK);
        dispatch_release(&d);
    }
}

static void what_waits_for_the_old_number_is_withdrawn(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    complain(f, AN, 1);
    life_to(f, 2026, 11, 23, 9);
    smsc_link_up(f->smsc, "m1", &(struct phone){.kind = PHONE_NONE}, f->now);
    (void)to_send(f, AN);
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    life_act(f, 2, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    rebind(f, 1, BINH);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM part JOIN outbound ON outbound.id = outbound_id WHERE case_id = 1 AND part.state = 4"), 1);
    centre_restart(f); /* what is withdrawn isn't found again */
    smsc_link_up(f->smsc, "m1", &(struct phone){.kind = PHONE_NONE}, f->now);
    centre_wait(f, CLOCK_MINUTE * 2);
    assert_int_equal(to_send(f, AN), 1); /* about the other case */
}

static void open_questions_end(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    complain(f, AN, 1);
    say(f, AN, 1, "RUT", "");
    life_expect(f, AN, -1, 1, "Ban muon rut phan anh {code}? *");
    rebind(f, 1, BINH);
    say(f, AN, 1, "DY", "");
    life_expect(f, AN, -1, 1, "Khong tim thay ma so {code} *");
    centre_say(f, AN, "DY");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    say(f, BINH, 1, "DY", ""); /* nor does the new number answer what another was asked */
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM dialogue WHERE open = 1 AND case_id = 1"), 0);
    say(f, AN, 2, "RUT", "");
    rebind(f, 1, AN);
    centre_say(f, AN, "DY"); /* what was asked about another case stays */
    assert_int_equal(life_state(f, 2), CASE_NOTED_CLOSED);
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
}

/* ---- by age ---- */

/* Noted and closed on Monday 2026-11-23. */
static void ended(struct centre_fixture *f, int64_t case_id) {
    struct case_step step = {.kind = STEP_CLOSE_NOTED, .text = "cam on y kien"};
    life_do(f, case_id, "ct.an", &step);
}

static void lapses_a_year_after_its_end(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    complain(f, AN, 1);
    life_to(f, 2026, 11, 23, 9);
    ended(f, 1);
    centre_restart(f);
    life_to(f, 2027, 11, 23, 8);
    say(f, AN, 1, "TC", "");
    life_expect(f, AN, -1, 1, "PAKN {code} da ket thuc.*");
    life_to(f, 2027, 11, 23, 10);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.binding-lapsed' AND case_id = 1 AND actor = 'timer'"), 1);
    expect_nothing(f, AN, 1);
    LISTED(f, AN, 2); /* open: it stays */
    assert_int_equal(centre_count(f, "SELECT subscriber_id FROM cases WHERE id = 1"), SUBSCRIBER_NOBODY);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.binding-lapsed'"), 1);
    int texts = centre_replies(f, AN);
    life_to(f, 2029, 11, 23, 10); /* once */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.binding-lapsed'"), 1);
    struct case_step open = {.kind = STEP_CONFIDENTIAL};
    life_do(f, 1, "ct.an", &open); /* it's a case like before */
    assert_true(centre_replies(f, AN) >= texts);
    rebind(f, 1, BINH); /* its year counts anew */
    say(f, BINH, 1, "TC", "");
    life_expect(f, BINH, -1, 1, "PAKN {code} da ket thuc.*");
    life_to(f, 2030, 11, 22, 10);
    say(f, BINH, 1, "TC", "");
    life_expect(f, BINH, -1, 1, "PAKN {code} da ket thuc.*");
    life_to(f, 2030, 11, 23, 11);
    expect_nothing(f, BINH, 1);
    audit_holds(f);
}

static void never_where_it_is_set_so(void **state) {
    struct centre_fixture *f = *state;
    f->settings.cases.binding_days = 0;
    centre_reopen_smsc(f);
    complain(f, AN, 0);
    ended(f, 1);
    life_to(f, 2040, 11, 23, 9);
    say(f, AN, 1, "TC", "");
    life_expect(f, AN, -1, 1, "PAKN {code} da ket thuc.*");
    f->settings.cases.binding_days = 365; /* it holds for all cases */
    centre_restart(f);
    centre_wait(f, CLOCK_MINUTE);
    expect_nothing(f, AN, 1);
}

static void many_lapse_in_pieces(void **state) {
    struct centre_fixture *f = *state;
    f->settings.abuse = (struct abuse_settings){.limit_life = CLOCK_HOUR};
    f->settings.cases.duplicate_days = 0;
    centre_reopen_smsc(f);
    enum { MANY = 150 };
    for (int i = 0; i < MANY; i++)
        complain(f, AN, i % 5);
    for (int i = 1; i <= MANY; i++)
        ended(f, i);
    f->now += 366 * CLOCK_DAY;
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_tick(f->smsc, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    int64_t bound = centre_count(f, "SELECT count(*) FROM cases WHERE subscriber_id > 0");
    assert_true(bound > 0 && bound < MANY);
    centre_restart(f); /* in the middle */
    centre_wait(f, CLOCK_MINUTE);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE subscriber_id > 0"), 0);
    assert_int_equal(centre_count(f, "SELECT newest_case_id IS NULL FROM subscriber WHERE id = 1"), 1);
}

static void a_damaged_case_is_cut_all_the_same(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    complain(f, AN, 1);
    ended(f, 1);
    ended(f, 2);
    assert_int_equal(centre_count(f, "UPDATE cases SET text_sealed = x'00' WHERE id = 1 RETURNING 1"), 1);
    life_to(f, 2028, 1, 1, 9);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE subscriber_id > 0"), 0);
    assert_true(smsc_next_time(f->smsc) > f->now);
}

/* ---- a new owner ---- */

static enum err reassigned(struct centre_fixture *f, const char *number, const char *officer, const char *why, int cases) {
    struct phone phone;
    struct str problem;
    int count = -1;
    str_init(&problem, 512);
    assert_int_equal(phone_parse(number, &phone), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_reassigned(f->smsc, &phone, officer, f->now, &problem, &count);
    if (e == ERR_OK) {
        assert_int_equal(store_commit(f->store), ERR_OK);
        assert_int_equal(count, cases);
    } else {
        store_rollback(f->store);
        smsc_rolled_back(f->smsc);
        if (!problem.data || !strstr(problem.data, why))
            fail_msg("%s isn't in: %s", why, problem.data ? problem.data : "");
    }
    str_release(&problem);
    return e;
}

static void the_new_owner_begins_anew(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    centre_say(f, AN, "TEN Le Thi Hoa");
    complain(f, AN, 1);
    centre_say(f, AN, "TUCHOI");
    centre_say(f, AN, "CD");
    say(f, AN, 2, "RUT", "");
    centre_say(f, BINH, "Cay do chan duong vao truong hoc tu hom qua"); /* a first text: a draft */
    life_to(f, 2026, 11, 21, 11);
    assert_int_equal(reassigned(f, AN, "ct.an", "", 2), ERR_OK);
    assert_int_equal(reassigned(f, BINH, "ct.an", "", 1), ERR_OK); /* what was asked about is filed: nothing of it is lost */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE subscriber_id = 0 AND state = 1"), 3);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM dialogue WHERE open = 1"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM part WHERE state = 0"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM subscriber WHERE name_sealed IS NOT NULL OR accents OR opted_out OR first_at"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.sender.reassigned'"), 2);
    expect_nothing(f, AN, 1);
    centre_say(f, AN, "DY");
    assert_int_equal(life_state(f, 2), CASE_RECEIVED);
    int texts = centre_replies(f, AN);
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht"); /* the case goes on, and nobody is told */
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua doan duong.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    assert_int_equal(centre_replies(f, AN), texts);
    centre_say(f, AN, "Duong vao xom 5 bi ngap nang sau mua"); /* a first-time sender is asked */
    centre_expect(f, AN, -1, "Ban muon gui phan anh: *");
    life_to(f, 2027, 1, 20, 9);
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
    rebind(f, 1, NEW_NUMBER);
    say(f, NEW_NUMBER, 1, "TC", "");
    life_expect(f, NEW_NUMBER, -2, 1, "PAKN {code} ket qua: Da sua doan duong.");
    audit_holds(f);
}

static void who_was_represented_there_is_not_any_more(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "HO Le Thi B, thon 3 xa X, 0912000002, me toi gia yeu");
    centre_say(f, AN, "Duong vao thon 3 bi sut lun nghiem trong");
    assert_int_equal(centre_count(f, "SELECT consent FROM life"), CONSENT_PENDING);
    say(f, BINH, 1, "DY", "");
    say(f, BINH, 1, "TC", "");
    life_expect(f, BINH, -1, 1, "PAKN {code}: da nhan tai *");
    assert_int_equal(reassigned(f, BINH, "ct.an", "", 0), ERR_OK);
    expect_nothing(f, BINH, 1);
    say(f, BINH, 1, "DY", "");
    expect_nothing(f, BINH, 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM life WHERE represented_id IS NOT NULL"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM behalf WHERE subscriber_id IS NOT NULL"), 0);
    say(f, AN, 1, "TC", ""); /* the sender's it is as before */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan tai *");
}

static void whose_word_it_is(void **state) {
    struct centre_fixture *f = *state;
    complain(f, AN, 0);
    assert_int_equal(reassigned(f, AN, "nobody", "no officer", 0), ERR_NOT_FOUND);
    assert_int_equal(reassigned(f, AN, "ht.unit", "for intake and the service centre", 0), ERR_CONFLICT);
    assert_int_equal(reassigned(f, BINH, "ct.an", "never wrote", 0), ERR_NOT_FOUND);
    assert_int_equal(reassigned(f, "0913000002", "ct.an", "the number of officer \"ht.unit\"", 0), ERR_CONFLICT);
    LISTED(f, AN, 1);
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIFE(both_lists_stay_right),
        LIFE(the_new_number_takes_over),
        LIFE(who_may_and_to_which_number),
        LIFE(what_waits_for_the_old_number_is_withdrawn),
        LIFE(open_questions_end),
        LIFE(lapses_a_year_after_its_end),
        LIFE(never_where_it_is_set_so),
        LIFE(many_lapse_in_pieces),
        LIFE(a_damaged_case_is_cut_all_the_same),
        LIFE(the_new_owner_begins_anew),
        LIFE(who_was_represented_there_is_not_any_more),
        LIFE(whose_word_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
