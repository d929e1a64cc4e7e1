/* Items of the feed on a real store: what becomes a step, what is refused, kept and told, and that each takes effect once. */
#include "smsc/decision.h"

#include "firmware-host/base/clock.h"
#include "smsc/centre.h"
#include "smsc/code.h"
#include "store/outbox.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUBMIT "PA Duong vao thon 3 bi sut lun"
enum { TEXT = 65536 };

/* A page of one event, dealt with in a transaction of its own. `data` without braces; {code} in it is the case's. */
static enum decision_end take(struct centre_fixture *f, const char *id, const char *type, const char *subject, const char *data, int64_t time) {
    char *body = malloc(TEXT), at[CLOCK_TEXT_SIZE], subject_part[64] = "";
    struct pull_page page;
    struct str problem;
    enum decision_end end = DECISION_END_COUNT;
    clock_iso(time, at);
    if (subject)
        snprintf(subject_part, sizeof subject_part, "\"subject\":\"%s\",", subject);
    snprintf(body, TEXT,
             "{\"items\":[{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"/store\",\"type\":\"vn.pakn.%s\",%s\"time\":\"%s\",\"data\":{%s}}],"
             "\"next\":\"n\",\"more\":false}",
             id, type, subject_part, at, data);
    str_init(&problem, 1000);
    assert_int_equal(pull_page_read(bytes_text(body), &problem, &page), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_decide(f->smsc, &page.items[0], f->now, &end), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    pull_page_release(&page);
    str_release(&problem);
    free(body);
    return end;
}

/* A decision on case 1; `more` begins with a comma. */
static enum decision_end decide(struct centre_fixture *f, const char *id, const char *type, const char *more) {
    char *data = malloc(TEXT), type_text[64];
    snprintf(data, TEXT, "\"code\":\"%s\"%s", life_code(f, 1), more);
    snprintf(type_text, sizeof type_text, "case.%s", type);
    enum decision_end end = take(f, id, type_text, life_code(f, 1), data, f->now);
    free(data);
    return end;
}

static void submitted(struct centre_fixture *f) {
    centre_say(f, AN, SUBMIT);
    centre_say(f, AN, "TEN Le Thi Hoa");
    life_to(f, 2026, 11, 23, 9);
}

/* The newest that the store was told of that type has it in its data. */
static void told(struct centre_fixture *f, const char *type, int count, const char *part) {
    struct outbox_event event = {.sequence = 0};
    int64_t after = 0;
    char *last = NULL;
    int found = 0;
    while (outbox_next(f->store, after, &event) == ERR_OK) {
        after = event.sequence;
        if (strcmp(event.type, type) == 0) {
            free(last);
            last = strdup(event.data);
            found++;
        }
        outbox_event_release(&event);
    }
    assert_int_equal(found, count);
    if (last && !strstr(last, part))
        fail_msg("%s isn't in %s", part, last);
    free(last);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void a_whole_life(void **state) {
    struct centre_fixture *f = *state;
    submitted(f);
    assert_int_equal(decide(f, "d1", "need-info", ",\"text\":\"Thon nao?\",\"officer\":\"nv.la\""), DECISION_DONE);
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO);
    life_expect(f, AN, -1, 1, "*Thon nao?*");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.need-info' AND actor = 'nv.la'"), 1);
    assert_int_equal(decide(f, "d2", "accepted", ",\"unit\":\"phong-ht\",\"officer\":\"ct.an\",\"role\":\"intake\""), DECISION_DONE);
    life_expect(f, AN, -1, 1, "PAKN {code}: da tiep nhan, giao Phong Ha tang xu ly.*");
    assert_int_equal(decide(f, "d3", "asked", ",\"text\":\"Sut lun tu bao gio?\""), DECISION_DONE);
    assert_int_equal(decide(f, "d4", "coordination", ",\"text\":\"Kinh phi?\",\"agencies\":[\"so-tc\"]"), DECISION_DONE);
    assert_int_equal(decide(f, "d5", "coordination", ",\"text\":\"Du.\",\"agencies\":[\"so-tc\"],\"step\":\"coordination-answer\""), DECISION_DONE);
    assert_int_equal(decide(f, "d6", "result-ready", ",\"text\":\"Da sua xong duong.\""), DECISION_DONE);
    assert_int_equal(decide(f, "d7", "sent-back", ",\"text\":\"Noi ro hon.\""), DECISION_DONE);
    assert_int_equal(
        decide(f, "d8", "result-ready", ",\"text\":\"Da sua xong doan duong.\",\"document_ref\":{\"number\":\"12/SXD-HT\",\"sha256\":\"" HASH "\"}"),
        DECISION_DONE);
    assert_int_equal(decide(f, "d9", "published", ",\"text\":\"Da sua xong doan duong.\""), DECISION_DONE);
    assert_int_equal(life_state(f, 1), CASE_PUBLISHED);
    told(f, "vn.pakn.case.published", 1, "\"document_ref\":{\"number\":\"12/SXD-HT\",\"sha256\":\"" HASH "\"}");
    assert_int_equal(decide(f, "d10", "annulled", ",\"text\":\"Chua dung.\""), DECISION_DONE);
    assert_int_equal(life_state(f, 1), CASE_IN_PROCESS);
    assert_int_equal(decide(f, "d11", "transferred", ",\"agency\":\"so-xd\""), DECISION_DONE);
    assert_int_equal(decide(f, "d12", "assigned", ",\"agency\":\"xa-hq\""), DECISION_DONE);
    assert_int_equal(decide(f, "d13", "closed", ",\"text\":\"Cam on.\""), DECISION_DONE);
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    told(f, "vn.pakn.decision.refused", 0, "");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_kept"), 0);
}

static void once(void **state) {
    struct centre_fixture *f = *state;
    submitted(f);
    assert_int_equal(decide(f, "d1", "accepted", ",\"unit\":\"phong-ht\""), DECISION_DONE);
    int texts = centre_replies(f, AN);
    assert_int_equal(decide(f, "d1", "accepted", ",\"unit\":\"phong-ht\""), DECISION_AGAIN);
    assert_int_equal(decide(f, "d1", "refused", ",\"reason_code\":\"x\",\"text\":\"y\""), DECISION_AGAIN);
    centre_restart(f);
    assert_int_equal(decide(f, "d1", "accepted", ",\"unit\":\"phong-ht\""), DECISION_AGAIN);
    assert_int_equal(centre_replies(f, AN), texts);
    assert_int_equal(life_state(f, 1), CASE_IN_PROCESS);
    told(f, "vn.pakn.decision.refused", 0, "");
}

/* Out of order, by the wrong one, or incomplete: the table says no, the case stays, the store learns why, and the citizen nothing. */
static void refused(void **state) {
    struct centre_fixture *f = *state;
    static const char *const bad[][3] = {
        {"published", ",\"text\":\"Xong.\"", "published"},
        {"reconsidered", ",\"text\":\"Xong.\"", ""},
        {"accepted", "", "no such unit"},
        {"accepted", ",\"unit\":\"nowhere\"", "nowhere"},
        {"accepted", ",\"unit\":7", "an agency is no text"},
        {"accepted", ",\"unit\":\"phong-ht\",\"role\":\"coordinating\"", ""},
        {"accepted", ",\"unit\":\"phong-ht\",\"role\":\"citizen\"", "role"},
        {"accepted", ",\"unit\":\"phong-ht\",\"role\":5", "role"},
        {"accepted", ",\"unit\":\"phong-ht\",\"officer\":\"a b\"", "officer"},
        {"accepted", ",\"unit\":\"phong-ht\",\"officer\":\"\"", "officer"},
        {"accepted", ",\"unit\":\"phong-ht\",\"step\":\"publish\"", "step"},
        {"accepted", ",\"unit\":\"phong-ht\",\"step\":\"no-such\"", "step"},
        {"need-info", ",\"text\":\"\"", "empty"},
        {"need-info", ",\"text\":7", "empty"},
        {"refused", ",\"text\":\"Vi sao\"", "reason code"},
        {"refused", ",\"original\":\"123456789\"", "original"},
        {"late-reason", ",\"text\":\"Mua\",\"new_date\":\"2026-13-01\"", "new_date"},
        {"need-info", ",\"text\":\"Dau\",\"document_ref\":{\"number\":\"1\",\"sha256\":\"" HASH "\"}", "document_ref"},
        {"result-ready", ",\"text\":\"Xong.\",\"document_ref\":{\"number\":\"1\",\"sha256\":\"abc\"}", "SHA-256"},
        {"result-ready", ",\"text\":\"Xong.\",\"document_ref\":{\"sha256\":\"" HASH "\"}", "number"},
        {"result-ready", ",\"text\":\"Xong.\",\"document_ref\":\"1\"", "number"},
        {"reviewed", "", "nothing in the citizen's words is flagged"},
    };
    submitted(f);
    int texts = centre_replies(f, AN);
    int count = (int)(sizeof bad / sizeof *bad);
    for (int i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        assert_int_equal(decide(f, id, bad[i][0], bad[i][1]), DECISION_REFUSED);
        told(f, "vn.pakn.decision.refused", i + 1, bad[i][2]);
        assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    }
    char *long_text = malloc(TEXT);
    int at = snprintf(long_text, TEXT, ",\"text\":\"");
    memset(long_text + at, 'a', 25000);
    memcpy(long_text + at + 25000, "\"", 2);
    assert_int_equal(decide(f, "long", "need-info", long_text), DECISION_REFUSED);
    told(f, "vn.pakn.decision.refused", count + 1, "too long");
    free(long_text);
    assert_int_equal(centre_replies(f, AN), texts);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_kept"), count + 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.decision.refused' AND case_id = 1 AND subject NOT NULL"),
                     count + 1);
    assert_int_equal(decide(f, "good", "accepted", ",\"unit\":\"phong-ht\""), DECISION_DONE);
}

/* The code of a slot, of which no case is here. */
static void code_of_slot(struct centre_fixture *f, int index, int of, char out[CASE_CODE_SIZE]) {
    int32_t code = code_of_body(77);
    for (int32_t body = 77; !code_in_slot(f->base->keys, code, index, of); code = code_of_body(++body))
        ;
    case_code_text(code, out);
}

static void unknown_cases(void **state) {
    struct centre_fixture *f = *state;
    char ours[CASE_CODE_SIZE], theirs[CASE_CODE_SIZE], data[64];
    f->settings.of = 4;
    f->settings.index = 2;
    centre_reopen_smsc(f);
    submitted(f);
    code_of_slot(f, 2, 4, ours);
    code_of_slot(f, 1, 4, theirs);
    snprintf(data, sizeof data, "\"code\":\"%s\",\"text\":\"x\"", theirs);
    assert_int_equal(take(f, "e1", "case.asked", theirs, data, f->now), DECISION_ELSEWHERE);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_kept"), 0);
    snprintf(data, sizeof data, "\"code\":\"%s\",\"text\":\"x\"", ours);
    assert_int_equal(take(f, "e2", "case.asked", ours, data, f->now), DECISION_REFUSED);
    told(f, "vn.pakn.decision.refused", 1, "no such case here");
    assert_int_equal(take(f, "e3", "case.asked", theirs, data, f->now), DECISION_REFUSED); /* subject and code differ */
    assert_int_equal(take(f, "e4", "case.asked", NULL, data, f->now), DECISION_REFUSED);
    assert_int_equal(take(f, "e5", "case.asked", "123456789", "\"code\":\"123456789\"", f->now), DECISION_REFUSED); /* wrong check digits */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_kept"), 4);
}

static int64_t sent_again(struct centre_fixture *f) {
    return centre_count(f, "SELECT count(*) FROM part WHERE state IN (0, 1)"); /* PART_QUEUED, PART_SUBMITTING */
}

/* A copy was restored and learns again what the other did with a decision: the case follows, the citizen isn't texted by itself. */
static void told_by_another(void **state) {
    struct centre_fixture *f = *state;
    char data[128];
    submitted(f);
    assert_int_equal(store_begin(f->store), ERR_OK);
    size_t parts;
    assert_int_equal(queue_forsake(f->smsc->queue, 0, f->now, &parts), ERR_OK); /* out of the way */
    assert_int_equal(store_number_set(f->store, STORE_FEED_DOUBT, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    centre_wait(f, f->settings.unknown_wait + CLOCK_SECOND);
    assert_int_equal(sent_again(f), 0);
    int texts = centre_replies(f, AN);
    snprintf(data, sizeof data, "\"code\":\"%s\",\"text\":\"Thon nao?\"", life_code(f, 1));
    int64_t before = f->now - CLOCK_HOUR;
    assert_int_equal(store_number_get(f->store, STORE_FEED_DOUBT, &before), ERR_OK);
    assert_int_equal(take(f, "t1", "case.need-info", life_code(f, 1), data, before - 1), DECISION_DONE);
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO);
    assert_int_equal(centre_replies(f, AN), texts + 1);
    assert_int_equal(sent_again(f), 0);
    centre_wait(f, f->settings.unknown_wait + CLOCK_SECOND);
    assert_int_equal(sent_again(f), 0);
    int64_t part = centre_count(f, "SELECT max(id) FROM part");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_settle_unknown(f->smsc, part, true, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(sent_again(f), 1);
    snprintf(data, sizeof data, "\"code\":\"%s\",\"text\":\"Khong\",\"reason_code\":\"khac\"", life_code(f, 1));
    assert_int_equal(take(f, "t2", "case.refused", life_code(f, 1), data, before), DECISION_DONE);
    assert_int_equal(sent_again(f), 2); /* decided since */
}

static void unknown_types(void **state) {
    struct centre_fixture *f = *state;
    struct feed_kept kept;
    submitted(f);
    assert_int_equal(decide(f, "u1", "teleported", ""), DECISION_UNKNOWN);
    told(f, "vn.pakn.event.unknown", 1, "\"event\":\"u1\"");
    assert_int_equal(take(f, "u2", "weather.changed", NULL, "\"rain\":true", f->now), DECISION_UNKNOWN);
    assert_int_equal(take(f, "u2", "weather.changed", NULL, "\"rain\":true", f->now), DECISION_AGAIN);
    told(f, "vn.pakn.event.unknown", 2, "weather.changed");
    assert_int_equal(take(f, "", "case.asked", NULL, "\"a\":1", f->now), DECISION_UNKNOWN); /* no id: known by its content */
    assert_int_equal(take(f, "", "case.asked", NULL, "\"a\":1", f->now), DECISION_AGAIN);
    assert_int_equal(take(f, "", "case.asked", NULL, "\"a\":2", f->now), DECISION_UNKNOWN);
    assert_int_equal(take(f, "doc", "directory.changed", NULL, "\"etag\":\"x\"", f->now), DECISION_DOCUMENT);
    assert_int_equal(feed_kept_before(f->store, 3, &kept), ERR_OK);
    assert_string_equal(kept.type, "vn.pakn.weather.changed");
    assert_non_null(strstr(kept.body, "\"rain\":true"));
    feed_kept_release(&kept);
}

static void too_old(void **state) {
    struct centre_fixture *f = *state;
    char data[128];
    submitted(f);
    snprintf(data, sizeof data, "\"code\":\"%s\",\"unit\":\"phong-ht\"", life_code(f, 1));
    assert_int_equal(take(f, "o1", "case.accepted", life_code(f, 1), data, f->now - FEED_OLD_MS - 1), DECISION_REFUSED);
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    assert_int_equal(take(f, "o2", "case.accepted", life_code(f, 1), data, f->now - FEED_OLD_MS), DECISION_DONE);
}

/* The store's clock is an hour ahead of ours, or behind: an item counts, and comes again in vain for as long as it isn't too old. */
static void an_hour_off(void **state) {
    struct centre_fixture *f = *state;
    static const int64_t offs[] = {-CLOCK_HOUR, CLOCK_HOUR};
    submitted(f);
    int64_t began = f->now;
    for (int i = 0; i < 2; i++) {
        char data[128], id[8];
        int64_t said = began + offs[i];
        snprintf(id, sizeof id, "h%d", i);
        snprintf(data, sizeof data, "\"code\":\"%s\",\"text\":\"Goi roi\"", life_code(f, 1));
        f->now = began;
        assert_int_equal(take(f, id, "case.called", life_code(f, 1), data, said), DECISION_DONE);
        for (f->now = began; f->now < said + FEED_OLD_MS + CLOCK_DAY; f->now += CLOCK_HOUR / 2) {
            assert_int_equal(store_begin(f->store), ERR_OK);
            assert_int_equal(feed_forget(f->store, f->now, 100), ERR_OK);
            assert_int_equal(store_commit(f->store), ERR_OK);
            if (f->now > said + FEED_OLD_MS - CLOCK_DAY)
                assert_int_not_equal(take(f, id, "case.called", life_code(f, 1), data, said), DECISION_DONE);
        }
    }
}

/* A case whose words can't be unsealed is one item's misfortune. */
static void a_broken_row(void **state) {
    struct centre_fixture *f = *state;
    submitted(f);
    fixture_sql(f->store, "UPDATE cases SET text_sealed = x'00' RETURNING 0");
    char data[128];
    struct pakn_case c = {0};
    assert_int_equal(case_get(f->store, 1, &c), ERR_SEALED);
    int64_t code = centre_count(f, "SELECT code FROM cases");
    char text[CASE_CODE_SIZE];
    case_code_text((int32_t)code, text);
    snprintf(data, sizeof data, "\"code\":\"%s\",\"unit\":\"phong-ht\"", text);
    assert_int_equal(take(f, "b1", "case.accepted", text, data, f->now), DECISION_REFUSED);
    told(f, "vn.pakn.decision.refused", 1, "unsealed");
}

static void the_cursor(void **state) {
    struct centre_fixture *f = *state;
    char cursor[FEED_CURSOR_MAX + 1];
    assert_int_equal(feed_cursor_get(f->store, cursor), ERR_OK);
    assert_string_equal(cursor, "0");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(feed_cursor_put(f->store, "a b"), ERR_INVALID);
    assert_int_equal(feed_cursor_put(f->store, "e1.77"), ERR_OK);
    store_rollback(f->store);
    assert_int_equal(feed_cursor_get(f->store, cursor), ERR_OK);
    assert_string_equal(cursor, "0");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(feed_cursor_put(f->store, "12"), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    centre_restart(f);
    assert_int_equal(feed_cursor_get(f->store, cursor), ERR_OK);
    assert_string_equal(cursor, "12");
}

static void forgotten_in_time(void **state) {
    struct centre_fixture *f = *state;
    submitted(f);
    assert_int_equal(decide(f, "u1", "teleported", ""), DECISION_UNKNOWN);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(feed_forget(f->store, f->now + FEED_KEPT_MS, 10), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_kept"), 1);
    assert_int_equal(feed_forget(f->store, f->now + FEED_KEPT_MS + 1, 10), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_kept"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_seen"), 1);
    assert_int_equal(feed_forget(f->store, f->now + FEED_SEEN_MS + 1, 10), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM feed_seen"), 0);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_whole_life, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(once, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(refused, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(unknown_cases, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(told_by_another, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(unknown_types, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(too_old, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(an_hour_off, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(a_broken_row, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(the_cursor, life_setup, centre_teardown),
        cmocka_unit_test_setup_teardown(forgotten_in_time, life_setup, centre_teardown),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
