/* The life of a case with its texts: whole chains, on a real store with a virtual clock. Decision 115/2025/QĐ-UBND art. 11–13. */
#include "firmware-host/base/clock.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SUBMIT "PA Duong vao thon 3 bi sut lun"

/* Received on Saturday 2026-11-21, accepted on Monday: T2 is the 10th working day, 2026-12-07. */
static void accepted(struct centre_fixture *f) {
    centre_say(f, AN, SUBMIT);
    centre_say(f, AN, "TEN Le Thi Hoa");
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
}

static void published(struct centre_fixture *f) {
    accepted(f);
    life_to(f, 2026, 11, 30, 9);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua doan duong sut lun.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, "Don vi da sua doan duong sut lun ngay 28/11/2026.", NULL);
}

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct document_ref document(const char *number) {
    struct document_ref ref;
    snprintf(ref.number, sizeof ref.number, "%s", number);
    snprintf(ref.sha256, sizeof ref.sha256, "%s", HASH);
    return ref;
}

/* Sends what waits for the citizen over m1, and gives the reports of the last `reported` texts. */
static int deliver(struct centre_fixture *f, const char *only) {
    struct phone own;
    int delivered = 0;
    assert_int_equal(phone_parse("+84912999999", &own), ERR_OK);
    smsc_link_up(f->smsc, "m1", &own, f->now);
    for (int reference = 1;; reference++) {
        struct dispatch d = {0};
        assert_int_equal(store_begin(f->store), ERR_OK);
        enum err e = smsc_next(f->smsc, "m1", f->now, &d);
        assert_int_equal(store_commit(f->store), ERR_OK);
        if (e != ERR_OK)
            return delivered;
        assert_int_equal(store_begin(f->store), ERR_OK);
        assert_int_equal(smsc_sent(f->smsc, d.attempt_id, reference, f->now), ERR_OK);
        assert_int_equal(store_commit(f->store), ERR_OK);
        if (strstr(d.text, only)) {
            struct arrival a = centre_text(f, d.to.text, "");
            a.kind = ARRIVAL_REPORT;
            a.text = NULL;
            a.reference = reference;
            a.done_at = f->now;
            centre_give(f, &a);
            delivered++;
        }
        dispatch_release(&d);
    }
}

/* A signed document goes with the result, whatever words are published; who asks is told its number and the beginning of its hash. */
static void a_signed_document(void **state) {
    struct centre_fixture *f = *state;
    char text[64];
    accepted(f);
    struct case_step result = {.kind = STEP_RESULT, .text = "Da sua.", .document = document("12/SXD-HT")};
    life_do(f, 1, "ht.unit", &result);
    snprintf(text, sizeof text, "TC %s", life_code(f, 1));
    centre_say(f, AN, text);
    assert_int_equal(life_class(f, "DOCUMENT"), -1); /* not before it's published */
    life_act(f, 1, "ct.an", STEP_PUBLISH, "Don vi da sua doan duong.", NULL);
    assert_int_equal(life_class(f, "DOCUMENT"), -1); /* nor unless they ask */
    int before = centre_replies(f, AN);
    centre_say(f, AN, text);
    life_expect(f, AN, before + 1, 1, "PAKN {code}: van ban ky so 12/SXD-HT, ma SHA-256 bat dau bang 0123456789abcdef. *");
    before = centre_replies(f, BINH);
    centre_say(f, BINH, text); /* a stranger learns nothing of it */
    assert_int_equal(centre_replies(f, BINH), before + 1);
    life_expect(f, BINH, -1, 1, "PAKN {code} da co ket qua cong khai, *");
    life_act(f, 1, "vp.office", STEP_ANNUL, "Chua dung.", NULL);
    before = centre_replies(f, AN);
    centre_say(f, AN, text);
    assert_int_equal(centre_replies(f, AN), before + 1); /* void with its result */
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua lai.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    struct answer told;
    assert_int_equal(answer_newest(f->store, 1, false, &told), ERR_OK);
    assert_string_equal(told.document.number, ""); /* another result, without one */
    answer_release(&told);
}

/* ---- the straight way ---- */

/* T2 from the unit's first look: its word by text message, not that of the officer who passed the case on. */
static void t2_from_the_first_look(void **state) {
    struct centre_fixture *f = *state;
    char ok[32];
    f->settings.cases.t2_start = T2_OPENED;
    centre_reopen_smsc(f);
    accepted(f);
    life_expect(f, AN, -1, 1, "PAKN {code}: da tiep nhan, giao Phong Ha tang xu ly. Han co ket qua: 07/12/2026. *");
    snprintf(ok, sizeof ok, "OK %s", life_code(f, 1));
    life_to(f, 2026, 11, 25, 9);
    centre_say(f, "+84913000001", ok); /* the centre's */
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), civil_day_number(2026, 12, 7));
    assert_int_equal(centre_count(f, "SELECT opened_at FROM life"), 0);
    int texts = centre_replies(f, AN);
    centre_say(f, "+84913000002", ok);
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), civil_day_number(2026, 12, 9));
    assert_int_equal(centre_count(f, "SELECT opened_at FROM life"), f->now);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.opened'"), 1);
    assert_int_equal(centre_replies(f, AN), texts);
    life_to(f, 2026, 11, 26, 9);
    centre_say(f, "+84913000002", ok);
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), civil_day_number(2026, 12, 9));
    centre_say(f, AN, "TC 1");
    life_expect(f, AN, -1, 1, "PAKN {code}: dang xu ly tai Phong Ha tang, han 09/12/2026. *");
}

static void read_by(struct centre_fixture *f, const char *officer) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_case_read(f->smsc, 1, officer, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void t2_from_reading_it(void **state) {
    struct centre_fixture *f = *state;
    accepted(f);
    life_to(f, 2026, 11, 25, 9);
    read_by(f, "ht.unit"); /* by default nobody's reading changes anything */
    f->settings.cases.t2_start = T2_OPENED;
    centre_reopen_smsc(f);
    read_by(f, "xd.unit"); /* another unit's officer, and nobody's */
    read_by(f, "nobody");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.opened'"), 0);
    read_by(f, "ht.unit");
    read_by(f, "ht.unit");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.opened' AND actor = 'ht.unit'"), 1);
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), civil_day_number(2026, 12, 9));
}

static void a_whole_life(void **state) {
    struct centre_fixture *f = *state;
    accepted(f);
    life_expect(f, AN, -1, 1, "PAKN {code}: da tiep nhan, giao Phong Ha tang xu ly. Han co ket qua: 07/12/2026. Tra cuu: TC {code}");
    assert_int_equal(life_class(f, "ACCEPT"), OUTBOUND_NOTICE);
    centre_say(f, AN, "TC");
    centre_expect(f, AN, -1, "Phan anh cua ban: 1) * dang xu ly, han 07/12.*");
    life_to(f, 2026, 11, 30, 9);
    int texts = centre_replies(f, AN);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua doan duong sut lun.", NULL);
    assert_int_equal(centre_replies(f, AN), texts); /* only what is published is told */
    life_act(f, 1, "ct.an", STEP_PUBLISH, "Don vi da sua doan duong sut lun ngay 28/11/2026.", NULL);
    life_expect(f, AN, texts, 1, "PAKN {code} ket qua: Don vi da sua doan duong sut lun ngay 28/11/2026.");
    life_expect(f, AN, texts + 1, 1,
                "Khong dong y, soan: PD {code} <ly do> cham nhat 14/12/2026 (chi 1 lan). Danh gia 1 (kem) den 5 (tot): DG {code} <diem> gui 1022");
    assert_int_equal(centre_replies(f, AN), texts + 2);
    life_to(f, 2026, 12, 1, 9);
    struct case_step rejoin = {.kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "Duong van con lun", .message_id = 1};
    life_cite(f, 1, &rejoin);
    life_expect(f, AN, -1, 1,
                "PAKN {code}: da nhan phuc dap. Co quan se xem xet lai va tra loi cham nhat 15/12/2026. Moi phan anh duoc phuc dap 1 lan.");
    assert_int_equal(life_class(f, "REJOINACK"), OUTBOUND_REPLY);
    life_act(f, 1, "ct.an", STEP_RECONSIDER, "Don vi da kiem tra lai va bo sung ranh thoat nuoc.", NULL);
    life_expect(f, AN, -1, 1, "PAKN {code} ket qua phuc dap: Don vi da kiem tra lai va bo sung ranh thoat nuoc.");
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM deadline WHERE state = 0"), 0);
    /* Every text that a step caused names it. */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound WHERE case_id = 1 AND event_id IS NULL AND template_name IN "
                                     "('ACK', 'ACCEPT', 'RESULT', 'RESULTTAIL', 'REJOINACK', 'RECONSIDERED')"),
                     0);
    centre_check_promises(f);
}

static void answered_at_once(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    life_act(f, 1, "ct.an", STEP_ANSWER, "Noi dung nay da duoc tra loi tren cong thong tin.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, AN, -2, 1, "PAKN {code} ket qua: Noi dung nay da duoc tra loi tren cong thong tin.");
}

/* Whom and what the words speak of is kept as a suggestion; the service centre has the case. */
static void what_the_text_speaks_of(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Rac thai do bua bai gan cho, de nghi UBND xa Hoang Quang kiem tra moi truong");
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.agency_id, 0);
    assert_int_equal(life.requested_id, life_agency(f, "xa-hq"));
    assert_non_null(life.field);
    assert_int_equal(life.source, SOURCE_SMS);
    life_release(&life);
    centre_say(f, AN, SUBMIT);
    life = life_of(f, 2);
    assert_int_equal(life.requested_id, 0);
    life_release(&life);
}

/* ---- late ---- */

static void late_with_and_without_a_reason(void **state) {
    struct centre_fixture *f = *state;
    accepted(f);
    int texts = centre_replies(f, AN);
    life_to(f, 2026, 12, 8, 9); /* T2 ended at 24:00 of the 7th */
    struct case_life life = life_of(f, 1);
    assert_true(life.late & (1u << DEADLINE_UNIT));
    life_release(&life);
    assert_int_equal(centre_replies(f, AN), texts); /* the reason is asked for first */
    life_to(f, 2026, 12, 10, 9);
    life_expect(f, AN, -1, 1, "PAKN {code}: xin loi, da qua han 07/12/2026 ma chua co ket qua. Co quan xu ly da duoc don doc. Tra cuu: TC {code}");
    assert_int_equal(centre_replies(f, AN), texts + 1);
    struct case_step reason = {.kind = STEP_LATE_REASON, .text = "cho ket qua do dac", .day = civil_day_number(2026, 12, 15)};
    life_do(f, 1, "ht.unit", &reason);
    life_expect(
        f, AN, -1, 1,
        "PAKN {code}: xin loi, chua co ket qua dung han 07/12/2026. Ly do: cho ket qua do dac. Du kien tra loi 15/12/2026. Tra cuu: TC {code}");
    life_to(f, 2026, 12, 17, 9); /* the new date passes too: officers only */
    assert_int_equal(centre_replies(f, AN), texts + 2);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua xong.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life = life_of(f, 1);
    assert_true(life.late & (1u << DEADLINE_UNIT)); /* for ever */
    life_release(&life);
}

/* What fell due in three days off fires after the start: each once, in the order in which it fell due. */
static void order_after_days_off(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT); /* T1 24/11 */
    life_to(f, 2026, 11, 23, 9);
    centre_say(f, BINH, "PA Den duong truoc cho khong sang"); /* T1 25/11 */
    centre_say(f, "+84912000003", "Nuoc may co mui hoi ca tuan nay"); /* a draft, until 24/11 09:00 */
    life_act(f, 1, "ct.an", STEP_NEED_INFO, "can dia diem cu the", NULL); /* Tn 30/11, reminder 27/11 */
    int64_t before = centre_count(f, "SELECT max(id) FROM case_event");
    f->now = civil_to_ms((struct civil){.year = 2026, .month = 12, .day = 1, .hour = 3});
    centre_restart(f);
    centre_wait(f, 0);
    char sql[300];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM case_event WHERE id > %lld", (long long)before);
    int64_t fired = centre_count(f, sql);
    static const struct {
        const char *type;
        int64_t case_id;
    } expected[] = {
        {"case.submitted", 3}, {"case.late", 2}, {"case.late", 3}, {"case.supplement-due", 1}, {"case.no-answer", 1},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        snprintf(sql, sizeof sql,
                 "SELECT count(*) FROM (SELECT type, case_id FROM case_event WHERE id > %lld ORDER BY id LIMIT 1 OFFSET %zu) "
                 "WHERE type = '%s' AND case_id = %lld",
                 (long long)before, i, expected[i].type, (long long)expected[i].case_id);
        if (centre_count(f, sql) != 1)
            fail_msg("event %zu isn't %s of case %lld", i, expected[i].type, (long long)expected[i].case_id);
    }
    assert_int_equal(fired, sizeof expected / sizeof *expected);
    int texts = centre_replies(f, AN);
    life_expect(f, AN, -1, 1, "PAKN {code} chua ro: *"); /* a reminder of yesterday's date helps nobody */
    centre_restart(f);
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.late'"), 2);
    assert_int_equal(centre_replies(f, AN), texts);
}

/* A deadline that can't be fired, because its case is damaged, keeps no other from firing. */
static void a_failing_timer_is_put_aside(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    centre_say(f, BINH, SUBMIT);
    assert_int_equal(centre_count(f, "UPDATE cases SET text_sealed = x'00' WHERE id = 1 RETURNING 1"), 1);
    life_to(f, 2026, 11, 25, 9);
    assert_int_equal(centre_count(f, "SELECT state FROM deadline WHERE case_id = 1"), DEADLINE_STOPPED);
    assert_int_equal(centre_count(f, "SELECT state FROM deadline WHERE case_id = 2"), DEADLINE_MISSED);
    assert_true(smsc_next_time(f->smsc) > f->now);
}

/* ---- questions ---- */

static void asked_reminded_and_silent(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_NEED_INFO, "can dia diem cu the", NULL);
    life_expect(
        f, AN, -1, 1,
        "PAKN {code} chua ro: can dia diem cu the. Bo sung cham nhat 30/11/2026, soan: BS {code} <noi dung> gui 1022. Can goi lai: GOI {code}");
    int texts = centre_replies(f, AN);
    life_to(f, 2026, 11, 30, 9);
    life_expect(f, AN, -1, 1, "Nhac: PAKN {code} can bo sung cham nhat 30/11/2026. Soan: BS {code} <noi dung> gui 1022");
    assert_int_equal(life_class(f, "REMIND"), OUTBOUND_REMINDER);
    assert_int_equal(centre_replies(f, AN), texts + 1);
    life_to(f, 2026, 12, 1, 9);
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_true(c.flags & CASE_NO_ANSWER);
    case_release(&c);
    life_act(f, 1, "ct.an", STEP_NEED_INFO, "o thon nao?", NULL);
    life_expect(f, AN, -1, 1, "PAKN {code} chua ro: o thon nao? Bo sung cham nhat 08/12/2026,*");
    struct case_step supplement = {.kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "thon 3 xa Hoang Quang", .message_id = 1};
    life_to(f, 2026, 12, 2, 10);
    life_cite(f, 1, &supplement);
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan bo sung luc 10:00 02/12/2026. Tra cuu: TC {code} gui 1022");
    struct case_step again = {.kind = STEP_NEED_INFO, .text = "con gi nua?"};
    life_refused(f, 1, "ct.an", &again, ERR_CONFLICT, "asked often enough");
}

static void a_unit_asks_without_a_pause(void **state) {
    struct centre_fixture *f = *state;
    accepted(f);
    life_act(f, 1, "ht.unit", STEP_ASK, "doan duong nao bi lun?", NULL);
    life_expect(f, AN, -1, 1, "PAKN {code}, Phong Ha tang hoi: doan duong nao bi lun? Tra loi, soan: BS {code} <noi dung> gui 1022");
    assert_int_equal(life_state(f, 1), CASE_IN_PROCESS);
}

/* ---- elsewhere, refused, ended ---- */

static void handed_on(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_TRANSFER, NULL, "xa-hq");
    life_expect(f, AN, -1, 1,
                "PAKN {code}: khong thuoc tham quyen TT PVHCC tinh, da chuyen UBND xa Hoang Quang xem xet cham nhat 25/11/2026. Ma so khong doi.");
    life_act(f, 1, "ct.an", STEP_TRANSFER, NULL, "so-xd");
    life_expect(f, AN, -1, 1,
                "PAKN {code}: khong thuoc tham quyen UBND xa Hoang Quang, da chuyen So Xay dung xem xet cham nhat 25/11/2026. Ma so khong doi.");
    centre_say(f, AN, "TC 1");
    life_expect(f, AN, -1, 1,
                "PAKN {code}: da nhan tai So Xay dung, han 25/11/2026. Gui luc 09:05 21/11/2026. Bo sung: BS {code} <noi dung> gui 1022");
    life_act(f, 1, "xd.intake", STEP_ACCEPT, NULL, "to-duong");
    life_expect(f, AN, -1, 1, "PAKN {code}: da tiep nhan, giao To duong bo xu ly. Han co ket qua: 07/12/2026. Tra cuu: TC {code}");
}

static void refused_with_a_reason(void **state) {
    struct centre_fixture *f = *state;
    struct case_step refuse = {.kind = STEP_REFUSE};
    centre_say(f, AN, SUBMIT);
    life_refused(f, 1, "ct.an", &refuse, ERR_CONFLICT, "reason");
    refuse.reason_code = "don-to-cao";
    refuse.text = "nội dung là đơn tố cáo, đề nghị gửi Ban Tiếp công dân tỉnh";
    life_do(f, 1, "ct.an", &refuse);
    life_expect(
        f, AN, -1, 1,
        "PAKN {code}: khong tiep nhan. Ly do: noi dung la don to cao, de nghi gui Ban Tiep cong dan tinh. Co y kien khac, soan: PA <noi dung> gui "
        "1022");
    centre_say(f, AN, "TC 1");
    centre_expect(f, AN, -1, "Khong tim thay ma so 1 *"); /* ended: not in the list */
    char tc[32];
    snprintf(tc, sizeof tc, "TC %s", life_code(f, 1));
    centre_say(f, AN, tc);
    life_expect(f, AN, -1, 1, "PAKN {code} da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022");
}

static void other_ends(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    centre_say(f, AN, "PA Cam on cac anh chi da giup do");
    struct case_step duplicate = {.kind = STEP_MARK_DUPLICATE, .original_id = 1};
    life_do(f, 2, "ct.an", &duplicate);
    char expected[200];
    int used = snprintf(expected, sizeof expected, "PAKN {code} trung noi dung voi PAKN %s,*ma ", life_code(f, 1));
    snprintf(expected + used, sizeof expected - (size_t)used, "%s*", life_code(f, 1));
    life_expect(f, AN, -1, 2, expected);
    life_act(f, 3, "ct.an", STEP_CLOSE_NOTED, "noi dung cam on", NULL);
    life_expect(f, AN, -1, 3, "PAKN {code}: da ghi nhan va ket thuc xu ly. Ly do: noi dung cam on. Cam on ban.");
    struct case_step ask = {.kind = STEP_WITHDRAW_ASK, .role = ROLE_CITIZEN, .message_id = 1};
    life_cite(f, 1, &ask);
    life_expect(f, AN, -1, 1, "Ban muon rut phan anh {code}? Soan DY {code} gui 1022 trong 24 gio de xac nhan. Khong rut thi bo qua tin nay.");
    ask.kind = STEP_WITHDRAW;
    life_cite(f, 1, &ask);
    life_expect(f, AN, -1, 1,
                "PAKN {code}: da rut theo yeu cau luc 09:05 21/11/2026, ket thuc xu ly. Muon gui phan anh moi, soan: PA <noi dung> gui 1022");
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    ask = (struct case_step){.kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .text = "con nua", .message_id = 1};
    life_cite(f, 1, &ask);
    life_expect(f, AN, -1, 1, "PAKN {code} da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022");
}

static void annulled(void **state) {
    struct centre_fixture *f = *state;
    published(f);
    life_to(f, 2026, 12, 2, 9);
    struct case_step annul = {.kind = STEP_ANNUL, .text = "ket qua chua dung noi dung"};
    life_refused(f, 1, "ct.an", &annul, ERR_CONFLICT, "");
    life_do(f, 1, "vp.office", &annul);
    life_expect(f, AN, -1, 1, "PAKN {code}: ket qua truoc da bi huy, Phong Ha tang xu ly lai, cham nhat 16/12/2026. Tra cuu: TC {code} gui 1022");
    life_to(f, 2026, 12, 3, 9);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da lam lai mat duong.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, AN, -2, 1, "PAKN {code} ket qua: Da lam lai mat duong.");
    struct case_step rejoin = {.kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "Van chua dung", .message_id = 1};
    life_cite(f, 1, &rejoin); /* the annulled result didn't use it up */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan phuc dap.*");
}

/* ---- rejoinder ---- */

static void rejoined_twice_and_too_late(void **state) {
    struct centre_fixture *f = *state;
    published(f);
    struct case_step rejoin = {.kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "Duong van con lun", .message_id = 1};
    life_to(f, 2026, 12, 10, 9);
    life_cite(f, 1, &rejoin);
    life_to(f, 2026, 12, 11, 9);
    life_cite(f, 1, &rejoin);
    for (int day = 12; day <= 13; day++) { /* the day of the first stays the one that counts */
        life_expect(f, AN, -1, 1,
                    "PAKN {code} da phuc dap 1 lan ngay 10/12/2026, khong nhan them theo Quy che. Co van de moi, soan: PA <noi dung> gui 1022");
        life_to(f, 2026, 12, day, 9);
        life_cite(f, 1, &rejoin);
    }
}

/* No receipt: T5 counts from three days after the publication, and no day earlier than was printed. */
static void without_a_receipt(void **state) {
    struct centre_fixture *f = *state;
    published(f); /* 30/11; printed: 14/12 */
    life_to(f, 2026, 12, 15, 9);
    assert_int_equal(life_state(f, 1), CASE_PUBLISHED);
    life_to(f, 2026, 12, 20, 9);
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
    struct case_step rejoin = {.kind = STEP_REJOIN, .role = ROLE_CITIZEN, .text = "Duong van con lun", .message_id = 1};
    life_cite(f, 1, &rejoin);
    life_expect(f, AN, -1, 1, "PAKN {code}: da het han phuc dap (*/12/2026). Neu con vuong mac, soan phan anh moi: PA <noi dung> gui 1022");
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
}

static void the_receipt_begins_the_rejoinder(void **state) {
    struct centre_fixture *f = *state;
    published(f);
    life_to(f, 2026, 12, 1, 9);
    assert_int_equal(deliver(f, "ket qua: Don vi"), 1); /* the result; the tail is not reported */
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.delivered_at, f->now);
    assert_int_equal(life.rejoinder_until, civil_day_number(2026, 12, 15));
    life_release(&life);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.result-delivered'"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM deadline WHERE state = 0 AND kind = 4"), 1);
    life_to(f, 2026, 12, 15, 23);
    assert_int_equal(life_state(f, 1), CASE_PUBLISHED);
    life_to(f, 2026, 12, 16, 0);
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
}

/* Two working days before T5 ends: who has rated and got the text knows all that it says; who opted out gets nothing that they didn't ask for. */
static void reminded_before_the_rejoinder_ends(void **state) {
    static const struct {
        const char *delivered, *said;
        bool reminded;
    } rows[] = {{"-", NULL, true}, {"Khong dong y", NULL, true}, {"-", "DG 1 4", true}, {"Khong dong y", "DG 1 4", false}, {"-", "TUCHOI", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct centre_fixture *f = *state;
        f->settings.cases.rejoinder_reminder = true;
        f->settings.t5_start = SMSC_T5_PUBLICATION;
        centre_reopen_smsc(f);
        published(f); /* on Monday 30/11: until 14/12 */
        deliver(f, rows[i].delivered);
        char rating[32];
        snprintf(rating, sizeof rating, "DG %s 4", life_code(f, 1));
        if (rows[i].said)
            centre_say(f, AN, strncmp(rows[i].said, "DG", 2) == 0 ? rating : rows[i].said);
        int texts = centre_replies(f, AN);
        life_to(f, 2026, 12, 9, 23);
        assert_int_equal(centre_replies(f, AN), texts);
        life_to(f, 2026, 12, 10, 9);
        assert_int_equal(centre_replies(f, AN), texts + rows[i].reminded);
        if (rows[i].reminded) {
            life_expect(f, AN, -1, 1, "Nhac: PAKN {code} da co ket qua. Khong dong y, soan: PD {code} <ly do> cham nhat 14/12/2026. *");
            assert_int_equal(life_class(f, "REMIND_RESULT"), OUTBOUND_REMINDER);
        }
        life_to(f, 2026, 12, 14, 9);
        assert_int_equal(centre_replies(f, AN), texts + rows[i].reminded);
        assert_int_equal(centre_teardown(state), 0);
        assert_int_equal(life_setup(state), 0);
    }
}

static void the_reminder_of_a_day_that_is_over(void **state) {
    struct centre_fixture *f = *state;
    f->settings.cases.rejoinder_reminder = true;
    centre_reopen_smsc(f);
    published(f);
    int texts = centre_replies(f, AN);
    f->now = calendar_end_of_day(civil_day_number(2026, 12, 20)); /* the box was off */
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(centre_replies(f, AN), texts);
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
}

/* Where the ten days count from publication, or end on the printed date, a receipt changes nothing, and its absence neither. */
static void the_rejoinder_by_other_settings(void **state) {
    struct centre_fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        f->settings.t5_start = i ? SMSC_T5_PUBLICATION : SMSC_T5_RECEIPT;
        f->settings.t5_print = i ? SMSC_T5_LATER : SMSC_T5_PRINTED;
        centre_reopen_smsc(f);
        int64_t id = i + 1;
        centre_say(f, AN, i ? "PA Den duong truoc cho khong sang" : SUBMIT);
        life_act(f, id, "ct.an", STEP_ANSWER, "Da sua doan duong sut lun.", NULL);
        life_act(f, id, "ct.an", STEP_PUBLISH, NULL, NULL);
        int32_t until = (int32_t)centre_count(f, "SELECT rejoinder_until FROM life ORDER BY case_id DESC LIMIT 1");
        centre_wait(f, 2 * CLOCK_DAY + 10 * CLOCK_HOUR);
        if (i == 1)
            assert_int_equal(deliver(f, "ket qua: Da"), 1);
        assert_int_equal(centre_count(f, "SELECT rejoinder_until FROM life ORDER BY case_id DESC LIMIT 1"), until);
        centre_wait(f, calendar_end_of_day(until) - 1 - f->now);
        assert_int_equal(life_state(f, id), CASE_PUBLISHED);
        centre_wait(f, 1);
        assert_int_equal(life_state(f, id), CASE_CLOSED);
    }
}

/* The first result, annulled meanwhile, arrives late: the ten days of the second don't begin with it. */
static void an_annulled_result_arrives(void **state) {
    struct centre_fixture *f = *state;
    struct case_step annul = {.kind = STEP_ANNUL, .text = "ket qua chua dung noi dung"};
    published(f);
    life_to(f, 2026, 12, 1, 9);
    life_do(f, 1, "vp.office", &annul);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da lam lai mat duong.", NULL);
    life_to(f, 2026, 12, 1, 10);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    assert_int_equal(deliver(f, "ket qua: Don vi"), 1);
    assert_int_equal(centre_count(f, "SELECT delivered_at FROM life"), 0);
    assert_int_equal(
        centre_count(f, "SELECT count(*) FROM part JOIN outbound ON outbound.id = outbound_id WHERE template_name = 'RESULT' AND state = 3"), 1);
}

static void other_receipts_begin_nothing(void **state) {
    struct centre_fixture *f = *state;
    published(f);
    assert_true(deliver(f, "Khong dong y") == 1);
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.delivered_at, 0);
    life_release(&life);
}

/* The result in three segments counts as delivered when the last of them is. */
static void a_long_result_is_delivered_whole(void **state) {
    struct centre_fixture *f = *state;
    char answer[400];
    memset(answer, 'x', sizeof answer - 1);
    answer[sizeof answer - 1] = '\0';
    for (size_t i = 7; i < sizeof answer - 1; i += 8)
        answer[i] = ' ';
    memcpy(answer, "dau", 3);
    memcpy(answer + sizeof answer - 5, "duoi", 4);
    accepted(f);
    life_act(f, 1, "ht.unit", STEP_RESULT, answer, NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    assert_int_equal(centre_count(f, "SELECT total FROM outbound WHERE template_name = 'RESULT'"), 3);
    assert_int_equal(deliver(f, "duoi"), 1);
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.delivered_at, 0);
    life_release(&life);
}

/* An opted-out citizen reads it by TC: that day counts, and they learn until when they may disagree. */
static void tc_shows_the_result(void **state) {
    struct centre_fixture *f = *state;
    accepted(f);
    assert_int_equal(centre_count(f, "UPDATE subscriber SET opted_out = 1 WHERE id = (SELECT subscriber_id FROM cases) RETURNING 1"), 1);
    life_to(f, 2026, 11, 30, 9);
    int texts = centre_replies(f, AN);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua doan duong sut lun.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    assert_int_equal(centre_replies(f, AN), texts); /* nothing by itself */
    life_to(f, 2026, 12, 2, 22); /* at any hour: it's a reply */
    centre_say(f, AN, "TC 1");
    life_expect(f, AN, texts, 1, "PAKN {code} ket qua: Da sua doan duong sut lun.");
    life_expect(f, AN, texts + 1, 1, "Khong dong y, soan: PD {code} <ly do> cham nhat 16/12/2026 (chi 1 lan).*");
    assert_int_equal(life_class(f, "RESULT"), OUTBOUND_REPLY);
    centre_say(f, AN, "TC 1");
    life_expect(f, AN, -1, 1, "PAKN {code} ket qua: Da sua doan duong sut lun."); /* without the tail */
    assert_int_equal(centre_replies(f, AN), texts + 3);
}

static void long_answers_have_pages(void **state) {
    struct centre_fixture *f = *state;
    char tc[40];
    struct str answer;
    str_init(&answer, 4000);
    for (int i = 1; i <= 120; i++)
        str_addf(&answer, "cau so %d. ", i);
    accepted(f);
    life_act(f, 1, "ht.unit", STEP_RESULT, answer.data, NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, AN, -2, 1, "PAKN {code} ket qua (1/*): cau so 1.*Xem tiep: TC {code} 2 gui 1022");
    snprintf(tc, sizeof tc, "TC %s 2", life_code(f, 1));
    centre_say(f, AN, tc);
    life_expect(f, AN, -2, 1, "PAKN {code} ket qua (2/*");
    snprintf(tc, sizeof tc, "TC %s 9", life_code(f, 1));
    centre_say(f, AN, tc);
    life_expect(f, AN, -1, 1, "PAKN {code}: ket qua chi co * trang.*");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound WHERE total > 3"), 0);
    str_release(&answer);
}

/* ---- who may know ---- */

static void strangers_learn_nothing(void **state) {
    struct centre_fixture *f = *state;
    char tc[40], elsewhere[200];
    published(f);
    snprintf(tc, sizeof tc, "TC %s", life_code(f, 1));
    snprintf(elsewhere, sizeof elsewhere, "PAKN %s da co ket qua cong khai, xem tai phanhoi.thanhhoa.gov.vn", life_code(f, 1));
    centre_say(f, BINH, tc);
    centre_expect(f, BINH, -1, elsewhere);
    struct case_step confidential = {.kind = STEP_CONFIDENTIAL, .role = ROLE_CITIZEN, .message_id = 1};
    life_cite(f, 1, &confidential);
    life_expect(
        f, AN, -1, 1,
        "PAKN {code}: tu nay noi dung duoc giu kin. Noi dung nay da dang cong khai den 30/11/2026. Ho ten va so dien thoai cua ban luon duoc bao "
        "mat.");
    centre_say(f, BINH, tc);
    life_expect(f, BINH, -1, 1, "Khong tim thay ma so {code} gan voi so dien thoai nay.*");
    centre_say(f, BINH, "TC 482109304");
    centre_expect(f, BINH, -1, "Khong tim thay ma so 482109304 gan voi so dien thoai nay.*");
}

static void the_result_of_a_confidential_case_reaches_its_sender(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "KIN Can bo A gay kho khan khi lam thu tuc");
    life_act(f, 1, "ct.an", STEP_ANSWER, "Da nhac nho can bo.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, AN, -2, 1, "PAKN {code} ket qua: Da nhac nho can bo.");
    struct case_step confidential = {.kind = STEP_CONFIDENTIAL, .role = ROLE_CITIZEN, .message_id = 1};
    life_cite(f, 1, &confidential);
    life_expect(f, AN, -1, 1, "PAKN {code}: noi dung duoc giu kin, khong dang cong khai. *");
}

/* The represented person reads the notices and may ask how it stands, once they consented. */
static void the_represented_person(void **state) {
    struct centre_fixture *f = *state;
    char tc[40];
    centre_say(f, AN, SUBMIT);
    centre_say(f, BINH, "HD");
    assert_int_equal(centre_count(f, "UPDATE life SET represented_id = (SELECT max(id) FROM subscriber), consent = 1 RETURNING 1"), 1);
    int texts = centre_replies(f, BINH);
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    assert_int_equal(centre_replies(f, BINH), texts);
    snprintf(tc, sizeof tc, "TC %s", life_code(f, 1));
    centre_say(f, BINH, tc);
    centre_expect(f, BINH, -1, "Khong tim thay ma so *");
    assert_int_equal(centre_count(f, "UPDATE life SET consent = 2 RETURNING 1"), 1);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua xong.", NULL);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, BINH, -1, 1, "PAKN {code} ket qua: Da sua xong."); /* the tail is the sender's */
    life_expect(f, AN, -1, 1, "Khong dong y, *");
    texts = centre_replies(f, BINH);
    centre_say(f, BINH, tc);
    life_expect(f, BINH, -1, 1, "PAKN {code} ket qua: Da sua xong.");
    assert_int_equal(centre_replies(f, BINH), texts + 1);
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.delivered_at, 0); /* T5 is the sender's */
    life_release(&life);
}

/* ---- when ---- */

static void notices_wait_for_the_morning(void **state) {
    struct centre_fixture *f = *state;
    struct phone own;
    centre_say(f, AN, SUBMIT);
    life_to(f, 2026, 11, 23, 22);
    assert_int_equal(phone_parse("+84912999999", &own), ERR_OK);
    smsc_link_up(f->smsc, "m1", &own, f->now);
    deliver(f, "-");
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    assert_int_equal(deliver(f, "-"), 0);
    assert_int_equal(
        centre_count(f, "SELECT count(*) FROM part JOIN outbound ON outbound.id = outbound_id WHERE template_name = 'ACCEPT' AND state = 0"), 1);
    life_to(f, 2026, 11, 24, 7);
    deliver(f, "-");
    assert_int_equal(
        centre_count(f, "SELECT count(*) FROM part JOIN outbound ON outbound.id = outbound_id WHERE template_name = 'ACCEPT' AND state = 2"), 1);
}

static void in_the_form_that_they_read(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    centre_say(f, AN, "CD");
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_NEED_INFO, "cần địa điểm cụ thể", NULL);
    life_expect(
        f, AN, -1, 1,
        "PAKN {code} chưa rõ: cần địa điểm cụ thể. Bổ sung chậm nhất 30/11/2026, soạn: BS {code} <nội dung> gửi 1022. Cần gọi lại: GOI {code}");
    life_act(f, 1, "ct.an", STEP_TRANSFER, NULL, "xa-hq");
    life_expect(f, AN, -1, 1,
                "PAKN {code}: không thuộc thẩm quyền TT PVHCC tỉnh, đã chuyển UBND xã Hoằng Quang xem xét chậm nhất 25/11/2026. Mã số không đổi.");
}

static void what_is_too_long_is_refused(void **state) {
    struct centre_fixture *f = *state;
    char question[600];
    memset(question, 'x', sizeof question - 1);
    question[sizeof question - 1] = '\0';
    centre_say(f, AN, SUBMIT);
    struct case_step ask = {.kind = STEP_NEED_INFO, .text = question};
    life_refused(f, 1, "ct.an", &ask, ERR_TOO_LONG, "characters fit the SMS");
    struct str answer;
    str_init(&answer, 20000);
    while (answer.len < 19000)
        str_add(&answer, "mot hai ba ");
    struct case_step too_long = {.kind = STEP_ANSWER, .text = answer.data};
    life_refused(f, 1, "ct.an", &too_long, ERR_TOO_LONG, "characters fit the SMS"); /* more than 99 pages for who reads accents */
    str_release(&answer);
    ask.text = "";
    life_refused(f, 1, "ct.an", &ask, ERR_CONFLICT, "question is empty");
    ask.text = "o dau?";
    life_refused(f, 1, "nobody", &ask, ERR_NOT_FOUND, "no officer \"nobody\"");
    life_refused(f, 1, "xd.intake", &ask, ERR_CONFLICT, "");
    struct case_outcome outcome;
    struct str problem;
    str_init(&problem, 1000);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_case_step(f->smsc, 482109304, "ct.an", &ask, f->now, &problem, &outcome), ERR_NOT_FOUND);
    assert_string_equal(problem.data, "no case 482109304 here");
    str_clear(&problem);
    assert_int_equal(smsc_case_step(f->smsc, 482109305, "ct.an", &ask, f->now, &problem, &outcome), ERR_NOT_FOUND);
    assert_string_equal(problem.data, "482109305 is no case code: its check digits are wrong");
    assert_int_equal(store_commit(f->store), ERR_OK);
    str_release(&problem);
}

/* ---- restarts, calendars, clocks ---- */

static void restarts_between_steps(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, SUBMIT);
    centre_restart(f);
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    centre_restart(f);
    life_to(f, 2026, 12, 8, 9);
    centre_restart(f);
    life_to(f, 2026, 12, 10, 9);
    life_expect(f, AN, -1, 1, "PAKN {code}: xin loi, da qua han 07/12/2026 *");
    centre_restart(f);
    life_act(f, 1, "ht.unit", STEP_RESULT, "Da sua xong.", NULL);
    centre_restart(f);
    life_act(f, 1, "ct.an", STEP_PUBLISH, NULL, NULL);
    life_expect(f, AN, -2, 1, "PAKN {code} ket qua: Da sua xong.");
    centre_check_promises(f);
}

/* 24/11 becomes a holiday: T1 moves a day later, with its cause; back again it stays. */
static void another_calendar(void **state) {
    struct centre_fixture *f = *state;
    struct calendar *off = NULL;
    struct str problem;
    int moved = 0;
    static const char json[] = "{\"tz\":\"Asia/Ho_Chi_Minh\",\"weekend\":[\"SAT\",\"SUN\"],\"version\":7,"
                               "\"years\":{\"2026\":{\"status\":\"official\",\"off\":[\"2026-11-24\"],\"work_on_weekend\":[]}}}";
    str_init(&problem, 1000);
    centre_say(f, AN, SUBMIT);
    if (calendar_parse(json, "test", false, &problem, &off) != ERR_OK)
        fail_msg("%s", problem.data);
    str_release(&problem);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_set_calendar(f->smsc, off, f->now, &moved), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(moved, 1);
    assert_int_equal(centre_count(f, "SELECT due_day FROM deadline WHERE state = 0"), civil_day_number(2026, 11, 25));
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), civil_day_number(2026, 11, 25));
    assert_int_equal(centre_count(f, "SELECT count(*) FROM deadline WHERE cause = 'calendar-v7'"), 1);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_set_calendar(f->smsc, f->calendar, f->now, &moved), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT due_day FROM deadline WHERE state = 0"), civil_day_number(2026, 11, 25));
    calendar_free(off);
}

/* No battery, no network time: cases are opened, no date is told; deadlines count once the clock is right. */
static void a_clock_that_was_never_set(void **state) {
    struct centre_fixture *f = *state;
    int64_t right = f->now;
    f->now = 5 * CLOCK_MINUTE;
    struct arrival a = centre_text(f, AN, SUBMIT);
    a.sent_at = -1;
    centre_give(f, &a);
    life_expect(f, AN, 0, 1, "PAKN Thanh Hoa da nhan phan anh, ma so {code} (chua ro gio). Tra loi tiep nhan cham nhat se bao sau. *");
    centre_say(f, AN, "TC 1");
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan tai TT PVHCC tinh, han se bao sau. Gui luc chua ro gio. *");
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), 0);
    assert_true(smsc_next_time(f->smsc) <= f->now + CLOCK_MINUTE);
    f->now = right;
    centre_wait(f, CLOCK_MINUTE);
    assert_int_equal(centre_count(f, "SELECT due_day FROM cases"), civil_day_number(2026, 11, 24));
    centre_say(f, AN, "TC 1");
    centre_expect(f, AN, -1, "* han 24/11/2026. *");
    life_to(f, 2026, 11, 25, 9);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.late'"), 1);
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIFE(a_signed_document),
        LIFE(a_whole_life),
        LIFE(t2_from_the_first_look),
        LIFE(t2_from_reading_it),
        LIFE(answered_at_once),
        LIFE(what_the_text_speaks_of),
        LIFE(late_with_and_without_a_reason),
        LIFE(order_after_days_off),
        LIFE(a_failing_timer_is_put_aside),
        LIFE(asked_reminded_and_silent),
        LIFE(a_unit_asks_without_a_pause),
        LIFE(handed_on),
        LIFE(refused_with_a_reason),
        LIFE(other_ends),
        LIFE(annulled),
        LIFE(rejoined_twice_and_too_late),
        LIFE(without_a_receipt),
        LIFE(the_receipt_begins_the_rejoinder),
        LIFE(reminded_before_the_rejoinder_ends),
        LIFE(the_reminder_of_a_day_that_is_over),
        LIFE(the_rejoinder_by_other_settings),
        LIFE(an_annulled_result_arrives),
        LIFE(other_receipts_begin_nothing),
        LIFE(a_long_result_is_delivered_whole),
        LIFE(tc_shows_the_result),
        LIFE(long_answers_have_pages),
        LIFE(strangers_learn_nothing),
        LIFE(the_result_of_a_confidential_case_reaches_its_sender),
        LIFE(the_represented_person),
        LIFE(notices_wait_for_the_morning),
        LIFE(in_the_form_that_they_read),
        LIFE(what_is_too_long_is_refused),
        LIFE(restarts_between_steps),
        LIFE(another_calendar),
        LIFE(a_clock_that_was_never_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
