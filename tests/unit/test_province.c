/* Events of other appliances on a real store: what they say of their cases, in whatever order and however often they come; who may ask, and who
 * learns nothing; when it ends. */
#include "smsc/province.h"

#include "firmware-host/base/clock.h"
#include "smsc/code.h"
#include "smsc/decision.h"
#include "smsc/lookup.h"
#include "store/province.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHI "+84912000003"
enum { INDEX = 2, OF = 4, TEXT = 4096 };

static int setup(void **state) {
    int failed = life_setup(state);
    struct centre_fixture *f = *state;
    centre_in_slot(f, INDEX, OF);
    smsc_lookups(f->smsc, LOOKUPS_KNOWN);
    return failed;
}

static enum decision_end take(struct centre_fixture *f, const char *event) {
    struct json *document;
    enum decision_end end = DECISION_END_COUNT;
    assert_int_equal(json_parse(event, strlen(event), &document), ERR_OK);
    struct pull_item item = pull_item_of(document);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_decide(f->smsc, &item, f->now, &end), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    json_free(document);
    return end;
}

/* An event of that appliance, so many minutes after the fixture's time; `data` without braces, behind its code. */
static enum decision_end say(struct centre_fixture *f, const char *appliance, int epoch, int sequence, const char *type, const char *code,
                             const char *data) {
    char event[TEXT], at[CLOCK_TEXT_SIZE], subject[128] = "";
    clock_iso(f->now + sequence * CLOCK_MINUTE + epoch * CLOCK_HOUR, at);
    if (code)
        snprintf(subject, sizeof subject, "\"subject\":\"%s\",\"data\":{\"code\":\"%s\",", code, code);
    snprintf(event, sizeof event,
             "{\"specversion\":\"1.0\",\"id\":\"%s:%d:%d\",\"source\":\"/vn/%s/pakn-sms/%s\",\"type\":\"vn.pakn.%s\",\"time\":\"%s\",%s%s}}",
             appliance, epoch, sequence, f->settings.province, appliance, type, at, code ? subject : "\"data\":{", data);
    return take(f, event);
}

static void track(struct centre_fixture *f, const char *from, const char *code, const char *expected) {
    char text[32];
    int before = centre_replies(f, from);
    snprintf(text, sizeof text, "TC %s", code);
    centre_say(f, from, text);
    assert_int_equal(centre_replies(f, from), before + 1); /* at once, for everybody */
    centre_expect(f, from, -1, expected);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM lookup"), 0); /* nobody is asked */
}

#define NOT_FOUND "Khong tim thay ma so *"

/* ---- a life ---- */

static const struct {
    const char *type, *data;
} life[] = {
    {"case.submitted", "\"state\":\"RECEIVED\",\"phone\":\"" AN "\",\"intake_due\":\"2026-11-25\",\"text\":\"Duong sut lun\""},
    {"notice.queued", "\"text\":1,\"template\":\"ACK\",\"class\":\"reply\",\"parts\":1"},
    {"case.accepted", "\"state\":\"IN_PROCESS\",\"unit\":\"so-xd\",\"deadlines\":[{\"kind\":\"T1\",\"state\":\"met\",\"due\":\"2026-11-25\"},"
                      "{\"kind\":\"T2\",\"state\":\"open\",\"due\":\"2026-12-08\"}]"},
    {"case.behalf-consent", "\"state\":\"IN_PROCESS\",\"step\":\"behalf\",\"data\":{\"phone\":\"0912000002\"},\"deadlines\":[]"},
    {"case.behalf-consent", "\"state\":\"IN_PROCESS\",\"step\":\"consent\",\"consent\":true,\"deadlines\":[]"},
    {"case.rebound", "\"state\":\"IN_PROCESS\",\"phone\":\"" CHI "\",\"deadlines\":[]"},
    {"case.result-ready", "\"state\":\"RESULT_READY\",\"deadlines\":[{\"kind\":\"T2\",\"state\":\"met\",\"due\":\"2026-12-08\"},"
                          "{\"kind\":\"T4\",\"state\":\"open\",\"due\":\"2026-12-09\"}]"},
    {"case.closed", "\"state\":\"CLOSED\",\"deadlines\":[]"},
};
enum { LIFE = sizeof life / sizeof *life };

static void live(struct centre_fixture *f, int event, const char *code) {
    assert_int_equal(say(f, "th-02", 1, event + 1, life[event].type, code, life[event].data), DECISION_LEARNT);
}

static void a_case_of_another_appliance(void **state) {
    struct centre_fixture *f = *state;
    const char *code = centre_code(f, false, 0);
    track(f, AN, code, NOT_FOUND);
    live(f, 0, code);
    track(f, AN, code, "PAKN *: da nhan tai *, han 25/11/2026. Tra cuu: TC * gui *");
    track(f, BINH, code, NOT_FOUND);
    live(f, 1, code);
    live(f, 2, code);
    track(f, AN, code, "PAKN *: dang xu ly tai So Xay dung, han 08/12/2026. *");
    live(f, 3, code);
    track(f, BINH, code, NOT_FOUND); /* asked, and hasn't said yes yet */
    live(f, 4, code);
    track(f, BINH, code, "PAKN *: dang xu ly *");
    live(f, 5, code);
    track(f, AN, code, NOT_FOUND);
    track(f, CHI, code, "PAKN *: dang xu ly *");
    live(f, 6, code);
    track(f, CHI, code, "PAKN *: sap co ket qua tai So Xay dung. Tra cuu: *"); /* no date that citizens are told */
    live(f, 7, code);
    track(f, CHI, code, "PAKN * da ket thuc*");
    track(f, BINH, code, "PAKN * da ket thuc*");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_seen"), 0); /* the row itself knows what it was told */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), 1);
}

/* The row is the same whatever the order, and however often each came. */
static void order_and_repetition_make_no_difference(void **state) {
    static const char kinds_of_rows[] = "SELECT count(*) FROM (SELECT DISTINCT epoch, at, ended_at, state, state_seq, agency, agency_seq, due_day, "
                                        "due_seq, sender, sender_at, sender_seq, represented, represented_at, represented_seq, consent, consent_seq "
                                        "FROM province)";
    struct centre_fixture *f = *state;
    uint64_t seed = 7;
    for (int i = 0; i < LIFE; i++)
        live(f, i, centre_code(f, false, 0));
    for (int round = 1; round <= 50; round++) {
        for (unsigned came = 0; came != (1u << LIFE) - 1;) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            int event = (int)((seed >> 33) % LIFE);
            live(f, event, centre_code(f, false, round));
            came |= 1u << event;
        }
        assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), round + 1);
        assert_int_equal(centre_count(f, kinds_of_rows), 1);
    }
}

/* A restored appliance counts on from an older sequence, in another epoch: what it says is newer; what comes late of the old one isn't. */
static void another_epoch(void **state) {
    struct centre_fixture *f = *state;
    const char *code = centre_code(f, false, 0);
    for (int i = 0; i < 3; i++)
        live(f, i, code);
    say(f, "th-02", 2, 2, "case.need-info", code,
        "\"state\":\"NEED_INFO\",\"deadlines\":[{\"kind\":\"Tn\",\"state\":\"open\",\"due\":\"2026-12-01\"}]");
    track(f, AN, code, "PAKN *: cho bo sung tai So Xay dung, han 01/12/2026. *");
    live(f, 6, code); /* of the epoch that ended */
    track(f, AN, code, "PAKN *: cho bo sung *");
}

static void a_number_with_another_owner(void **state) {
    struct centre_fixture *f = *state;
    char code[CASE_CODE_SIZE], later[CASE_CODE_SIZE];
    snprintf(code, sizeof code, "%s", centre_code(f, false, 0));
    snprintf(later, sizeof later, "%s", centre_code(f, false, 1));
    live(f, 0, code);
    assert_int_equal(say(f, "th-03", 1, 5, "sender.reassigned", NULL, "\"phone\":\"" AN "\",\"by\":\"ct.an\""), DECISION_LEARNT);
    say(f, "th-02", 1, 9, "case.submitted", later, life[0].data);
    for (int i = 0; i < 2; i++) { /* all of it comes again, in another order */
        track(f, AN, code, NOT_FOUND);
        track(f, AN, later, "PAKN *: da nhan *");
        say(f, "th-02", 1, 9, "case.submitted", later, life[0].data);
        say(f, "th-03", 1, 5, "sender.reassigned", NULL, "\"phone\":\"" AN "\",\"by\":\"ct.an\"");
        live(f, 0, code);
    }
    say(f, "th-02", 1, 11, "case.binding-lapsed", later, "\"state\":\"RECEIVED\",\"cause\":\"reassigned\",\"deadlines\":[]");
    track(f, AN, later, NOT_FOUND);
}

/* ---- what is none ---- */

static void ours_and_nonsense(void **state) {
    struct centre_fixture *f = *state;
    const char *code = centre_code(f, false, 0);
    assert_int_equal(say(f, f->settings.appliance_id, 1, 1, "case.submitted", code, life[0].data), DECISION_LEARNT);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), 0);
    /* Of our slot: the other's index is wrong, or its key. */
    assert_int_equal(say(f, "th-02", 1, 1, "case.submitted", centre_code(f, true, 0), life[0].data), DECISION_LEARNT);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), 0);
    static const char *const nothing[] = {"\"state\":7",
                                          "\"state\":\"FLYING\"",
                                          "\"deadlines\":{\"kind\":\"T1\"}",
                                          "\"deadlines\":[7,null,{\"kind\":7}]",
                                          "\"unit\":\"\"",
                                          "\"unit\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
                                          "\"intake_due\":null"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_int_equal(say(f, "th-02", 1, 1, "case.accepted", code, nothing[i]), DECISION_LEARNT);
    assert_int_equal(say(f, "th-02", 1, 1, "case.submitted", code, "\"phone\":\"1022\""), DECISION_LEARNT);
    assert_int_equal(say(f, "th-02", 1, 1, "case.submitted", code, "\"phone\":\"+849120000010000000000000000000000000000000000000000000000000\""),
                     DECISION_LEARNT);
    assert_int_equal(say(f, "th-02", 1, 1, "case.accepted", "482109305", "\"state\":\"CLOSED\""), DECISION_LEARNT); /* no code */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), 0);
    static const char *const ids[] = {
        "th-02", "th-02:", "th-02:1", "th-02:1:", "th-02:0:1", "th-02:1:x", "th-02::1", "th-03:1:1", "th-02:1:99999999999999999999"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char event[TEXT];
        snprintf(event, sizeof event,
                 "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/vn/%s/pakn-sms/th-02\",\"type\":\"vn.pakn.case.accepted\","
                 "\"time\":\"2026-11-23T02:00:00Z\",\"subject\":\"%s\",\"data\":{\"code\":\"%s\",\"state\":\"CLOSED\"}}",
                 ids[i], f->settings.province, code, code);
        assert_int_equal(take(f, event), DECISION_UNKNOWN);
        assert_int_equal(take(f, event), DECISION_AGAIN);
    }
}

/* Another province's appliance is none of ours. */
static void another_province(void **state) {
    struct centre_fixture *f = *state;
    assert_int_equal(
        take(f, "{\"specversion\":\"1.0\",\"id\":\"hn-01:1:1\",\"source\":\"/vn/01/pakn-sms/hn-01\",\"type\":\"vn.pakn.weather\",\"data\":{}}"),
        DECISION_UNKNOWN);
}

/* ---- the end ---- */

static void rows_end(void **state) {
    struct centre_fixture *f = *state;
    live(f, 0, centre_code(f, false, 0)); /* goes on */
    for (int i = 0; i < LIFE; i++)
        live(f, i, centre_code(f, false, 1));
    say(f, "th-03", 1, 5, "sender.reassigned", NULL, "\"phone\":\"" BINH "\",\"by\":\"ct.an\"");
    for (int i = 0; i < 23; i++)
        centre_wait(f, 31 * CLOCK_DAY);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), 2);
    for (int i = 0; i < 3; i++)
        centre_wait(f, 31 * CLOCK_DAY);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM province_reassigned"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM privacy_event WHERE type = 'retention.run'"), 1);
    track(f, AN, centre_code(f, false, 0), "PAKN *: da nhan *");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_case_of_another_appliance, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(order_and_repetition_make_no_difference, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(another_epoch, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(a_number_with_another_owner, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(ours_and_nonsense, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(another_province, setup, centre_teardown),
        cmocka_unit_test_setup_teardown(rows_end, setup, centre_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
