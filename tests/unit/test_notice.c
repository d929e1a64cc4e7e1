/* Every notice of the case table, with its values, in both forms: who reads it, as which class. */
#include "firmware-host/base/clock.h"
#include "smsc/notice.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DUE 20785 /* 28/11/2026 */
#define PASSED 20784 /* 27/11/2026 */
#define PROMISED 20790 /* 03/12/2026 */
#define UNTIL 20801 /* 14/12/2026 */

static const struct expectation {
    enum case_notice notice;
    const char *template_name;
    int class; /* when it answers nothing */
    bool represented;
    const char *plain, *accented;
} expectations[] = {
    {NOTICE_FREETEXT, "FREETEXT", OUTBOUND_REPLY, false,
     "Ban muon gui phan anh: \"Duong vao thon 3 bi sut lun\"...? Soan OK gui 1022 de gui. Xem huong dan: soan HD gui 1022",
     "Bạn muốn gửi phản ánh: \"Duong vao thon 3 bi sut lun\"...? Soạn OK gửi 1022 để gửi. Xem hướng dẫn: soạn HD gửi 1022"},
    {NOTICE_ACK, "ACK", OUTBOUND_REPLY, false,
     "PAKN Thanh Hoa da nhan phan anh, ma so {code} (09:05 21/11/2026). Tra loi tiep nhan cham nhat 28/11/2026. Tra cuu: soan TC {code} gui 1022",
     "PAKN Thanh Hóa đã nhận phản ánh, mã số {code} (09:05 21/11/2026). Trả lời tiếp nhận chậm nhất 28/11/2026. Tra cứu: soạn TC {code} gửi 1022"},
    {NOTICE_ACCEPT, "ACCEPT", OUTBOUND_NOTICE, true,
     "PAKN {code}: da tiep nhan, giao Phong Ha tang xu ly. Han co ket qua: 28/11/2026. Tra cuu: TC {code}",
     "PAKN {code}: đã tiếp nhận, giao Phòng Hạ tầng xử lý. Hạn có kết quả: 28/11/2026. Tra cứu: TC {code}"},
    {NOTICE_NEEDINFO, "NEEDINFO", OUTBOUND_NOTICE, true,
     "PAKN {code} chua ro: cho nao? Bo sung cham nhat 28/11/2026, soan: BS {code} <noi dung> gui 1022. Can goi lai: GOI {code}",
     "PAKN {code} chưa rõ: chỗ nào? Bổ sung chậm nhất 28/11/2026, soạn: BS {code} <nội dung> gửi 1022. Cần gọi lại: GOI {code}"},
    {NOTICE_REMIND, "REMIND", OUTBOUND_REMINDER, true, "Nhac: PAKN {code} can bo sung cham nhat 28/11/2026. Soan: BS {code} <noi dung> gui 1022",
     "Nhắc: PAKN {code} cần bổ sung chậm nhất 28/11/2026. Soạn: BS {code} <nội dung> gửi 1022"},
    {NOTICE_SUPPACK, "SUPPACK", OUTBOUND_NOTICE, false, "PAKN {code}: da nhan bo sung luc 09:05 21/11/2026. Tra cuu: TC {code} gui 1022",
     "PAKN {code}: đã nhận bổ sung lúc 09:05 21/11/2026. Tra cứu: TC {code} gửi 1022"},
    {NOTICE_REJECT, "REJECT", OUTBOUND_NOTICE, true, "PAKN {code}: khong tiep nhan. Ly do: cho nao? Co y kien khac, soan: PA <noi dung> gui 1022",
     "PAKN {code}: không tiếp nhận. Lý do: chỗ nào? Có ý kiến khác, soạn: PA <nội dung> gửi 1022"},
    {NOTICE_TRANSFER, "TRANSFER", OUTBOUND_NOTICE, true,
     "PAKN {code}: khong thuoc tham quyen TT PVHCC tinh, da chuyen So Xay dung xem xet cham nhat 28/11/2026. Ma so khong doi.",
     "PAKN {code}: không thuộc thẩm quyền TT PVHCC tỉnh, đã chuyển Sở Xây dựng xem xét chậm nhất 28/11/2026. Mã số không đổi."},
    {NOTICE_ASK, "ASK", OUTBOUND_NOTICE, true, "PAKN {code}, Phong Ha tang hoi: cho nao? Tra loi, soan: BS {code} <noi dung> gui 1022",
     "PAKN {code}, Phòng Hạ tầng hỏi: chỗ nào? Trả lời, soạn: BS {code} <nội dung> gửi 1022"},
    {NOTICE_LATE, "LATE", OUTBOUND_NOTICE, true,
     "PAKN {code}: xin loi, chua co ket qua dung han 27/11/2026. Ly do: cho nao? Du kien tra loi 03/12/2026. Tra cuu: TC {code}",
     "PAKN {code}: xin lỗi, chưa có kết quả đúng hạn 27/11/2026. Lý do: chỗ nào? Dự kiến trả lời 03/12/2026. Tra cứu: TC {code}"},
    {NOTICE_LATE_NOREASON, "LATE_NOREASON", OUTBOUND_NOTICE, true,
     "PAKN {code}: xin loi, da qua han 27/11/2026 ma chua co ket qua. Co quan xu ly da duoc don doc. Tra cuu: TC {code}",
     "PAKN {code}: xin lỗi, đã quá hạn 27/11/2026 mà chưa có kết quả. Cơ quan xử lý đã được đôn đốc. Tra cứu: TC {code}"},
    {NOTICE_RESULT, "RESULT", OUTBOUND_NOTICE, true, "PAKN {code} ket qua: Don vi da sua.", "PAKN {code} kết quả: Đơn vị đã sửa."},
    {NOTICE_RESULTTAIL, "RESULTTAIL", OUTBOUND_NOTICE, false,
     "Khong dong y, soan: PD {code} <ly do> cham nhat 14/12/2026 (chi 1 lan). Danh gia 1 (kem) den 5 (tot): DG {code} <diem> gui 1022",
     "Không đồng ý, soạn: PD {code} <lý do> chậm nhất 14/12/2026 (chỉ 1 lần). Đánh giá 1 (kém) đến 5 (tốt): DG {code} <điểm> gửi 1022"},
    {NOTICE_REMIND_RESULT, "REMIND_RESULT", OUTBOUND_REMINDER, false,
     "Nhac: PAKN {code} da co ket qua. Khong dong y, soan: PD {code} <ly do> cham nhat 14/12/2026. Danh gia 1 den 5: DG {code} <diem> gui 1022",
     "Nhắc: PAKN {code} đã có kết quả. Không đồng ý, soạn: PD {code} <lý do> chậm nhất 14/12/2026. Đánh giá 1 đến 5: DG {code} <điểm> gửi 1022"},
    {NOTICE_ANNUL, "ANNUL", OUTBOUND_NOTICE, true,
     "PAKN {code}: ket qua truoc da bi huy, Phong Ha tang xu ly lai, cham nhat 28/11/2026. Tra cuu: TC {code} gui 1022",
     "PAKN {code}: kết quả trước đã bị hủy, Phòng Hạ tầng xử lý lại, chậm nhất 28/11/2026. Tra cứu: TC {code} gửi 1022"},
    {NOTICE_REJOINACK, "REJOINACK", OUTBOUND_NOTICE, false,
     "PAKN {code}: da nhan phuc dap. Co quan se xem xet lai va tra loi cham nhat 28/11/2026. Moi phan anh duoc phuc dap 1 lan.",
     "PAKN {code}: đã nhận phúc đáp. Cơ quan sẽ xem xét lại và trả lời chậm nhất 28/11/2026. Mỗi phản ánh được phúc đáp 1 lần."},
    {NOTICE_REJOINUSED, "REJOINUSED", OUTBOUND_NOTICE, false,
     "PAKN {code} da phuc dap 1 lan ngay 27/11/2026, khong nhan them theo Quy che. Co van de moi, soan: PA <noi dung> gui 1022",
     "PAKN {code} đã phúc đáp 1 lần ngày 27/11/2026, không nhận thêm theo Quy chế. Có vấn đề mới, soạn: PA <nội dung> gửi 1022"},
    {NOTICE_REJOINLATE, "REJOINLATE", OUTBOUND_NOTICE, false,
     "PAKN {code}: da het han phuc dap (27/11/2026). Neu con vuong mac, soan phan anh moi: PA <noi dung> gui 1022",
     "PAKN {code}: đã hết hạn phúc đáp (27/11/2026). Nếu còn vướng mắc, soạn phản ánh mới: PA <nội dung> gửi 1022"},
    {NOTICE_RECONSIDERED, "RECONSIDERED", OUTBOUND_NOTICE, true, "PAKN {code} ket qua phuc dap: Don vi da sua.",
     "PAKN {code} kết quả phúc đáp: Đơn vị đã sửa."},
    {NOTICE_WDASK, "WDASK", OUTBOUND_NOTICE, false,
     "Ban muon rut phan anh {code}? Soan DY {code} gui 1022 trong 24 gio de xac nhan. Khong rut thi bo qua tin nay.",
     "Bạn muốn rút phản ánh {code}? Soạn DY {code} gửi 1022 trong 24 giờ để xác nhận. Không rút thì bỏ qua tin này."},
    {NOTICE_WDDONE, "WDDONE", OUTBOUND_NOTICE, false,
     "PAKN {code}: da rut theo yeu cau luc 09:05 21/11/2026, ket thuc xu ly. Muon gui phan anh moi, soan: PA <noi dung> gui 1022",
     "PAKN {code}: đã rút theo yêu cầu lúc 09:05 21/11/2026, kết thúc xử lý. Muốn gửi phản ánh mới, soạn: PA <nội dung> gửi 1022"},
    {NOTICE_NOTED, "NOTED", OUTBOUND_NOTICE, true, "PAKN {code}: da ghi nhan va ket thuc xu ly. Ly do: cho nao? Cam on ban.",
     "PAKN {code}: đã ghi nhận và kết thúc xử lý. Lý do: chỗ nào? Cảm ơn bạn."},
    {NOTICE_CONF, "CONF", OUTBOUND_NOTICE, false,
     "PAKN {code}: noi dung duoc giu kin, khong dang cong khai. Ho ten va so dien thoai cua ban luon duoc bao mat.",
     "PAKN {code}: nội dung được giữ kín, không đăng công khai. Họ tên và số điện thoại của bạn luôn được bảo mật."},
    {NOTICE_RATED, "RATED", OUTBOUND_NOTICE, false, "Cam on ban da danh gia 4/5 cho PAKN {code}. Gop y them: DG {code} 4 <y kien> gui 1022",
     "Cảm ơn bạn đã đánh giá 4/5 cho PAKN {code}. Góp ý thêm: DG {code} 4 <ý kiến> gửi 1022"},
    {NOTICE_DUPMARKED, "DUPMARKED", OUTBOUND_NOTICE, false,
     "PAKN {code} trung noi dung voi PAKN {code}, duoc xu ly chung theo ma {code}. Tra cuu: TC {code}",
     "PAKN {code} trùng nội dung với PAKN {code}, được xử lý chung theo mã {code}. Tra cứu: TC {code}"},
    {NOTICE_ENDED, "ENDED", OUTBOUND_NOTICE, false, "PAKN {code} da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022",
     "PAKN {code} đã kết thúc. Có vấn đề mới, soạn: PA <nội dung> gửi 1022"},
    {NOTICE_CALLBACK, "CALLBACK", OUTBOUND_NOTICE, false,
     "Da ghi nhan yeu cau goi lai. Can bo se goi so nay trong gio hanh chinh, cham nhat 28/11/2026.",
     "Đã ghi nhận yêu cầu gọi lại. Cán bộ sẽ gọi số này trong giờ hành chính, chậm nhất 28/11/2026."},
};
enum { EXPECTATIONS = sizeof expectations / sizeof *expectations };

struct told { /* a case, and what a notice of it is made of */
    struct pakn_case c;
    struct case_life life;
    struct case_step step;
    struct case_outcome outcome;
    struct life_answer answer;
    struct notice n;
};

static void tell_of(struct centre_fixture *f, struct told *t) {
    struct answer answer = {.case_id = 1, .at = f->now, .kind = ANSWER_PUBLISHED, .text = (char *)(uintptr_t) "Đơn vị đã sửa."};
    int64_t id = 0;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_say(f, BINH, "HD");
    *t = (struct told){.c = centre_case(f, 1),
                       .life = life_of(f, 1),
                       .step = {.role = ROLE_CITIZEN, .text = "chỗ nào?", .day = PROMISED, .rating = 4},
                       .outcome = {.due_day = DUE, .passed_day = PASSED, .event_id = 1},
                       .answer = {.link = "m2", .message_id = 1}};
    t->life.unit_id = life_agency(f, "phong-ht");
    t->life.agency_id = life_agency(f, "so-xd");
    t->outcome.agency_before = life_agency(f, "ttpvhcc");
    t->life.rejoinder_until = UNTIL;
    t->life.original_id = 1;
    t->life.represented_id = centre_count(f, "SELECT subscriber_id FROM message ORDER BY id DESC LIMIT 1");
    t->life.consent = CONSENT_YES;
    t->n = (struct notice){.s = f->smsc, .c = &t->c, .life = &t->life, .step = &t->step, .outcome = &t->outcome, .now = f->now};
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(answer_insert(f->store, &answer, &id), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void give(struct centre_fixture *f, const struct told *t, enum case_notice notice) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(notice_citizen(&t->n, notice), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void tell_end(struct told *t) {
    case_release(&t->c);
    life_release(&t->life);
}

static void every_notice_in_both_forms(void **state) {
    struct centre_fixture *f = *state;
    struct told t;
    tell_of(f, &t);
    for (int accents = 0; accents < 2; accents++) {
        char sql[100];
        snprintf(sql, sizeof sql, "UPDATE subscriber SET accents = %d RETURNING 1", accents);
        assert_int_equal(centre_count(f, sql), 1);
        for (size_t i = 0; i < EXPECTATIONS; i++) {
            const struct expectation *e = &expectations[i];
            int mine = centre_replies(f, AN), theirs = centre_replies(f, BINH);
            give(f, &t, e->notice);
            life_expect(f, AN, -1, 1, accents ? e->accented : e->plain);
            assert_int_equal(centre_replies(f, AN), mine + 1);
            assert_int_equal(centre_replies(f, BINH), theirs + e->represented);
            if (e->represented)
                life_expect(f, BINH, -1, 1, accents ? e->accented : e->plain);
            assert_int_equal(life_class(f, e->template_name), e->class);
            assert_int_equal(centre_count(f, "SELECT event_id FROM outbound ORDER BY id DESC LIMIT 1"), 1);
        }
    }
    tell_end(&t);
}

/* What answers a message goes to who wrote it, as a reply, over the message's link. */
static void answers_go_to_who_wrote(void **state) {
    struct centre_fixture *f = *state;
    struct told t;
    tell_of(f, &t);
    t.n.answer = &t.answer;
    assert_int_equal(centre_count(f, "UPDATE subscriber SET opted_out = 1 RETURNING 1"), 1);
    for (size_t i = 0; i < EXPECTATIONS; i++) {
        int mine = centre_replies(f, AN), theirs = centre_replies(f, BINH);
        give(f, &t, expectations[i].notice);
        assert_int_equal(centre_replies(f, AN), mine + 1);
        assert_int_equal(centre_replies(f, BINH), theirs);
        assert_int_equal(centre_count(f, "SELECT class FROM outbound ORDER BY id DESC LIMIT 1"), OUTBOUND_REPLY);
        assert_int_equal(centre_count(f, "SELECT link = 'm2' AND message_id = 1 FROM outbound ORDER BY id DESC LIMIT 1"), 1);
    }
    t.step.role = ROLE_REPRESENTED;
    give(f, &t, NOTICE_SUPPACK);
    life_expect(f, BINH, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    tell_end(&t);
}

static void nothing_proactive_to_who_opted_out(void **state) {
    struct centre_fixture *f = *state;
    struct told t;
    tell_of(f, &t);
    assert_int_equal(centre_count(f, "UPDATE subscriber SET opted_out = 1 WHERE id = (SELECT subscriber_id FROM cases) RETURNING 1"), 1);
    int mine = centre_replies(f, AN), theirs = centre_replies(f, BINH);
    give(f, &t, NOTICE_RESULT);
    assert_int_equal(centre_replies(f, AN), mine);
    assert_int_equal(centre_replies(f, BINH), theirs + 1); /* each for themselves */
    tell_end(&t);
}

static void what_was_public_is_said(void **state) {
    struct centre_fixture *f = *state;
    struct told t;
    tell_of(f, &t);
    t.outcome.was_public = true;
    give(f, &t, NOTICE_CONF);
    life_expect(f, AN, -1, 1, "PAKN {code}: tu nay noi dung duoc giu kin. Noi dung nay da dang cong khai den 21/11/2026. *");
    tell_end(&t);
}

static void dates_and_agencies_that_are_not_known(void **state) {
    struct centre_fixture *f = *state;
    struct told t;
    tell_of(f, &t);
    t.outcome.due_day = 0;
    t.life.unit_id = 0;
    t.life.agency_id = 0;
    give(f, &t, NOTICE_ACCEPT);
    life_expect(f, AN, -1, 1, "PAKN {code}: da tiep nhan, giao TT PVHCC tinh xu ly. Han co ket qua: se bao sau. Tra cuu: TC {code}");
    assert_int_equal(centre_count(f, "UPDATE agency SET kind = 0 WHERE kind = 3 RETURNING 1"), 1); /* a directory without a centre */
    give(f, &t, NOTICE_ACCEPT);
    life_expect(f, AN, -1, 1, "PAKN {code}: da tiep nhan, giao TT Phuc vu hanh chinh cong xu ly. *");
    tell_end(&t);
}

static void a_reminder_of_yesterday_is_not_sent(void **state) {
    struct centre_fixture *f = *state;
    struct told t;
    tell_of(f, &t);
    int mine = centre_replies(f, AN);
    t.outcome.due_day = clock_vietnam_day(f->now) - 1;
    give(f, &t, NOTICE_REMIND);
    assert_int_equal(centre_replies(f, AN), mine);
    t.outcome.due_day++;
    give(f, &t, NOTICE_REMIND);
    assert_int_equal(centre_replies(f, AN), mine + 1);
    tell_end(&t);
}

/* No rule tells citizens anything that the table above doesn't know. */
static void every_notice_of_the_rules_is_here(void **state) {
    bool known[NOTICE_COUNT] = {false};
    (void)state;
    for (size_t i = 0; i < EXPECTATIONS; i++)
        known[expectations[i].notice] = true;
    for (size_t i = 0; i < case_rule_count; i++)
        for (size_t n = 0; n < CASE_NOTICES_MAX; n++)
            if (case_rules[i].citizen[n] != NOTICE_NONE && !known[case_rules[i].citizen[n]])
                fail_msg("rule %d tells %s", case_rules[i].number, case_notice_name(case_rules[i].citizen[n]));
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIFE(every_notice_in_both_forms),
        LIFE(answers_go_to_who_wrote),
        LIFE(nothing_proactive_to_who_opted_out),
        LIFE(what_was_public_is_said),
        LIFE(dates_and_agencies_that_are_not_known),
        LIFE(a_reminder_of_yesterday_is_not_sent),
        cmocka_unit_test(every_notice_of_the_rules_is_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
