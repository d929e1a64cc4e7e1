/* Open questions and their answers: every question with every answer, two at once, their ends, restarts in between, two phones. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/text.h"
#include "smsc/duplicate.h"
#include "smsc/tax_check.h"
#include "store/particulars.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COMPLAINT "Duong vao thon 3 bi sut lun"
#define count_rows(f, table, where) centre_count(f, "SELECT count(*) FROM " table " WHERE " where)
#define events_of(f, type) count_rows(f, "case_event", "type = '" type "'")
#define pushed(f, type) count_rows(f, "outbox", "type = '" type "'")
#define open_questions(f) count_rows(f, "dialogue", "open = 1")

/* {code} is the code of the case with that row. */
static void say(struct centre_fixture *f, const char *from, int64_t case_id, const char *format) {
    struct str text;
    const char *at = format;
    str_init(&text, 4096);
    for (const char *hole; (hole = strstr(at, "{code}")) != NULL; at = hole + 6) {
        str_add_n(&text, at, (size_t)(hole - at));
        str_add(&text, life_code(f, case_id));
    }
    str_add(&text, at);
    centre_say(f, from, text.data);
    str_release(&text);
}

/* A case of AN with a name known: each later text makes the replies that the test is about, and no others. */
static void open_case(struct centre_fixture *f) {
    centre_say(f, AN, "PA " COMPLAINT);
    centre_say(f, AN, "TEN Le Thi Hoa");
}

static void ask_for_more(struct centre_fixture *f, int64_t case_id) {
    life_act(f, case_id, "ct.an", STEP_NEED_INFO, "cho nao", NULL);
}

static void publish(struct centre_fixture *f, int64_t case_id) {
    struct pakn_case c = centre_case(f, case_id);
    if (c.flags & CASE_MODERATION)
        life_act(f, case_id, "ct.an", STEP_REVIEW, NULL, NULL);
    case_release(&c);
    life_act(f, case_id, "ct.an", STEP_ANSWER, "Da sua xong", NULL);
    life_act(f, case_id, "ct.an", STEP_PUBLISH, "Da sua xong doan duong", NULL);
}

/* The answer comes to nobody: no text, no change. */
static void expect_silence(struct centre_fixture *f, const char *from, const char *text) {
    int before = centre_replies(f, from);
    int64_t events = centre_count(f, "SELECT count(*) FROM case_event");
    centre_say(f, from, text);
    assert_int_equal(centre_replies(f, from), before);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event"), events);
}

/* ---- supplement ---- */

static void a_supplement_with_its_code(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO);
    say(f, AN, 1, "BS {code} truoc nha van hoa thon 3");
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    say(f, AN, 1, "BS {code} them: dai 20 met"); /* in any other open state */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    assert_int_equal(events_of(f, "case.supplemented"), 2);
    assert_int_equal(count_rows(f, "message", "verb = 'SUPPLEMENT' AND case_id = 1"), 2);
}

static void just_words_are_asked_about(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Truoc nha van hoa thon 3");
    life_expect(f, AN, -1, 1, "Bo sung cho PAKN {code}: \"Truoc nha van hoa thon 3\"...? Soan OK gui 1022. La phan anh moi, soan: PA <noi dung>");
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO); /* nothing is attached in silence */
    centre_restart(f);
    centre_say(f, AN, "ok");
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    assert_int_equal(count_rows(f, "cases", "1"), 1);
    expect_silence(f, AN, "ok"); /* a second thumb */
}

static void two_texts_before_the_yes(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Truoc nha van hoa thon 3");
    centre_say(f, AN, "doan dai");
    centre_say(f, AN, "OK");
    assert_int_equal(events_of(f, "case.supplemented"), 2);
    assert_int_equal(count_rows(f, "outbound", "template_name = 'SUPPACK'"), 1);
}

static void no_makes_it_a_case_of_its_own(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Den duong truoc cho khong sang");
    centre_say(f, AN, "khong");
    life_expect(f, AN, -1, 2, "PAKN Thanh Hoa da nhan phan anh, ma so {code} *");
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO);
    struct pakn_case c = centre_case(f, 2);
    assert_string_equal(c.text, "Den duong truoc cho khong sang");
    assert_int_equal(c.flags & ~CASE_NORMALISE, 0);
    case_release(&c);
    assert_int_equal(open_questions(f), 0);
}

static void no_with_always_is_asked_about_again(void **state) {
    struct centre_fixture *f = *state;
    f->settings.confirm_freetext = SMSC_CONFIRM_ALWAYS;
    centre_reopen_smsc(f);
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Den duong truoc cho khong sang");
    centre_say(f, AN, "khong");
    centre_expect(f, AN, -1, "Ban muon gui phan anh: \"Den duong truoc cho khong sang\"...? *");
    assert_int_equal(life_state(f, 2), CASE_DRAFT);
}

static void unanswered_it_becomes_a_case(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    int64_t first = f->now;
    centre_say(f, AN, "Den duong truoc cho khong sang");
    centre_say(f, AN, "thon 3"); /* too little for a case: it's kept with the one that it was asked about */
    f->now += 12 * CLOCK_HOUR;
    centre_restart(f);
    centre_wait(f, 12 * CLOCK_HOUR - 1);
    assert_int_equal(count_rows(f, "cases", "1"), 1);
    centre_wait(f, 1);
    struct pakn_case c = centre_case(f, 2);
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(c.flags & ~CASE_NORMALISE, CASE_UNCONFIRMED);
    assert_int_equal(c.submitted_at, first);
    case_release(&c);
    assert_int_equal(events_of(f, "case.words"), 1);
    life_expect(f, AN, -1, 2, "PAKN Thanh Hoa da nhan phan anh, ma so {code} *");
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO);
    centre_wait(f, CLOCK_DAY);
    assert_int_equal(count_rows(f, "cases", "1"), 2);
}

/* "La phan anh moi, soan: PA": then it isn't one twice. */
static void pa_answers_the_question_too(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Den duong truoc cho khong sang");
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    assert_int_equal(life_state(f, 2), CASE_RECEIVED);
    assert_int_equal(open_questions(f), 0);
    centre_wait(f, 25 * CLOCK_HOUR);
    assert_int_equal(count_rows(f, "cases", "1"), 2);
}

/* And BS with the code: what was asked about is for that case. */
static void bs_answers_the_question_too(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Truoc nha van hoa thon 3");
    say(f, AN, 1, "BS {code} doan truoc nha van hoa");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    assert_int_equal(open_questions(f), 0);
    assert_int_equal(events_of(f, "case.words") + events_of(f, "case.supplemented"), 2);
    centre_wait(f, 25 * CLOCK_HOUR);
    assert_int_equal(count_rows(f, "cases", "1"), 1);
}

/* Which of two cases wait is known: the question is about it. */
static void bs_without_a_code(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, BINH, "BS Nam thu tien sai quy dinh"); /* bác sĩ */
    centre_expect(f, BINH, -1, "Ban muon gui phan anh: \"BS Nam thu tien sai quy dinh\"...? *");
    open_case(f);
    centre_say(f, AN, "BS truoc nha van hoa thon 3");
    life_expect(f, AN, -1, 2, "Bo sung cho PAKN {code}: \"truoc nha van hoa thon 3\"...? *");
    centre_say(f, AN, "OK");
    assert_int_equal(events_of(f, "case.supplemented"), 1);
}

static void a_supplement_to_an_ended_case(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    life_act(f, 1, "ct.an", STEP_CLOSE_NOTED, "cam on gop y", NULL);
    say(f, AN, 1, "BS {code} van con hong");
    life_expect(f, AN, -1, 1, "PAKN {code} da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022");
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    assert_int_equal(events_of(f, "case.supplemented"), 1); /* the words are kept */
}

/* Words that suggest an emergency bring the numbers at once, also where they become no case yet. */
static void emergencies_in_a_dialogue(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Chay nha o thon 5 cuu voi");
    life_expect(f, AN, -2, 1, "Bo sung cho PAKN {code}: *");
    centre_expect(f, AN, -1, "Neu khan cap hay goi ngay: 114 *");
    say(f, AN, 1, "BS {code} nuoc lu dang len");
    centre_expect(f, AN, -1, "Neu khan cap *");
    centre_say(f, AN, "PA Sat lo o dau thon 7 roi");
    centre_say(f, AN, "PA Sat lo o dau thon 7 roi");
    life_expect(f, AN, -2, 2, "Noi dung trung voi phan anh {code} *");
    centre_expect(f, AN, -1, "Neu khan cap *");
}

/* ---- withdrawal ---- */

static void withdrawing_takes_two_steps(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "RUT {code}");
    life_expect(f, AN, -1, 1, "Ban muon rut phan anh {code}? Soan DY {code} gui 1022 trong 24 gio de xac nhan. *");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    centre_restart(f);
    say(f, AN, 1, "TC {code}"); /* everything else still works */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan tai *");
    say(f, AN, 1, "DY {code}");
    life_expect(f, AN, -1, 1, "PAKN {code}: da rut theo yeu cau luc *");
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    say(f, AN, 1, "RUT {code}");
    life_expect(f, AN, -1, 1, "PAKN {code} da ket thuc. *");
    assert_int_equal(open_questions(f), 0);
    assert_int_equal(pushed(f, "vn.pakn.case.withdraw-requested"), 1);
}

static void withdrawing_without_a_code(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "RUT");
    centre_expect(f, AN, -1, "PA <noi dung>: *"); /* nothing to withdraw */
    open_case(f);
    centre_say(f, AN, "RUT");
    life_expect(f, AN, -1, 1, "Ban muon rut phan anh {code}? *");
    centre_say(f, AN, "dong y");
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    centre_say(f, AN, "PA Nuoc may co mui hoi ca tuan nay");
    centre_say(f, AN, "RUT");
    centre_expect(f, AN, -1, "Phan anh cua ban: 1) *"); /* which one? */
}

static void not_withdrawing(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "RUT {code}");
    centre_say(f, AN, "khong");
    life_expect(f, AN, -1, 1, "PAKN {code}: khong rut, van dang xu ly. *");
    say(f, AN, 1, "DY {code}"); /* nothing is asked any more: how it stands */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan tai *");
    say(f, AN, 1, "RUT {code}");
    say(f, AN, 1, "KDY {code}");
    life_expect(f, AN, -1, 1, "PAKN {code}: khong rut, van dang xu ly. *");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
}

static void a_day_later_it_is_not_withdrawn(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "RUT {code}");
    centre_wait(f, 24 * CLOCK_HOUR);
    centre_say(f, AN, "DY");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    say(f, AN, 1, "DY {code}");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
}

/* Another phone neither asks nor confirms; what it learns is what it would learn of any code. */
static void another_phone_withdraws_nothing(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, BINH, 1, "RUT {code}");
    life_expect(f, BINH, 0, 1, "Khong tim thay ma so {code} gan voi so dien thoai nay. *");
    say(f, AN, 1, "RUT {code}");
    say(f, BINH, 1, "DY {code}");
    life_expect(f, BINH, 1, 1, "Khong tim thay ma so {code} gan voi so dien thoai nay. *");
    centre_say(f, BINH, "DY");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    assert_int_equal(centre_replies(f, BINH), 2);
}

/* What has a result can't be withdrawn: the words are kept, and they're told. */
static void too_late_to_withdraw(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "RUT {code}");
    publish(f, 1);
    say(f, AN, 1, "DY {code}");
    life_expect(f, AN, -1, 1, "PAKN {code} co ket qua, luc nay khong lam duoc viec ban yeu cau. *");
    assert_int_equal(life_state(f, 1), CASE_PUBLISHED);
    assert_int_equal(events_of(f, "case.words"), 1);
}

/* ---- two questions at once ---- */

static void yes_goes_to_the_newest(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "Truoc nha van hoa thon 3"); /* asked: is it for 1? */
    say(f, AN, 1, "RUT {code}"); /* asked: withdraw it? */
    centre_say(f, AN, "khong"); /* the newest: not withdrawn */
    life_expect(f, AN, -1, 1, "PAKN {code}: khong rut, *");
    centre_say(f, AN, "co"); /* the one before: it's for 1 */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    assert_int_equal(open_questions(f), 0);
}

static void an_explicit_code_wins(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    say(f, AN, 1, "RUT {code}");
    say(f, AN, 2, "RUT {code}");
    say(f, AN, 1, "DY {code}"); /* not the newest */
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    assert_int_equal(life_state(f, 2), CASE_RECEIVED);
    centre_say(f, AN, "DY");
    assert_int_equal(life_state(f, 2), CASE_NOTED_CLOSED);
}

/* A digit rates or picks from the list, whichever was asked later. */
static void a_digit_goes_to_the_newer(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    publish(f, 1);
    centre_say(f, AN, "TC");
    centre_say(f, AN, "1");
    life_expect(f, AN, -1, 2, "PAKN {code}: da nhan tai *");
    centre_wait(f, CLOCK_HOUR);
    centre_say(f, AN, "PA Nuoc may co mui hoi ca tuan nay");
    publish(f, 2);
    publish(f, 3);
    centre_wait(f, 72 * CLOCK_HOUR - CLOCK_MINUTE); /* no list any more */
    centre_say(f, AN, "4"); /* two results wait to be rated: which one isn't guessed */
    life_expect(f, AN, -1, 3, "Diem danh gia tu 1 (kem) den 5 (tot). Soan lai: DG {code} <diem> gui 1022");
    for (int64_t i = 1; i <= 3; i++) {
        struct case_life life = life_of(f, i);
        assert_int_equal(life.rating, 0);
        life_release(&life);
    }
}

static void a_name_and_a_yes(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA " COMPLAINT); /* asked: the name */
    say(f, AN, 1, "RUT {code}"); /* asked: withdraw? */
    centre_say(f, AN, "Nguyen Van An"); /* fits the older one only */
    centre_expect(f, AN, -1, "Da luu ho ten cua ban *");
    centre_say(f, AN, "vang");
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
}

/* ---- rejoinder ---- */

static void a_rejoinder_once(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    say(f, AN, 1, "PD {code} chua sua xong cong");
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan phuc dap. Co quan se xem xet lai va tra loi cham nhat *");
    assert_int_equal(life_state(f, 1), CASE_REJOINDER);
    f->now += 29 * CLOCK_MINUTE;
    say(f, AN, 1, "PD {code} va con mot doan nua"); /* belongs to the first */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    f->now += 2 * CLOCK_MINUTE;
    say(f, AN, 1, "PD {code} lai nua");
    life_expect(f, AN, -1, 1, "PAKN {code} da phuc dap 1 lan ngay 21/11/2026, *");
    assert_int_equal(pushed(f, "vn.pakn.case.rejoinder-submitted"), 2); /* the one that opened it, and one whose words are kept */
    assert_int_equal(events_of(f, "case.words"), 1);
}

static void a_rejoinder_too_early_or_too_late(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "PD {code} chua sua xong cong");
    life_expect(f, AN, -1, 1, "PAKN {code} chua co ket qua nen chua danh gia hay phuc dap duoc. *");
    assert_int_equal(events_of(f, "case.words"), 1);
    publish(f, 1);
    life_to(f, 2026, 12, 31, 9);
    assert_int_equal(life_state(f, 1), CASE_CLOSED);
    say(f, AN, 1, "PD {code} chua sua xong cong");
    life_expect(f, AN, -1, 1, "PAKN {code}: da het han phuc dap (*). *");
}

static void a_rejoinder_without_a_code(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, BINH, "PD toi khong hai long voi cach lam viec"); /* no case: words like any others */
    centre_expect(f, BINH, -1, "Ban muon gui phan anh: *");
    open_case(f);
    publish(f, 2);
    centre_say(f, AN, "PD chua sua xong cong");
    assert_int_equal(life_state(f, 2), CASE_REJOINDER);
    assert_int_equal(count_rows(f, "message", "verb = 'REJOIN' AND case_id = 2"), 1);
}

/* "khong dong y" and words: a rejoinder while one is possible; else an opinion. */
static void disagreement_in_words(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    centre_say(f, AN, "Khong dong y thu tien ve sinh 200 nghin");
    assert_int_equal(life_state(f, 2), CASE_RECEIVED); /* a case of its own */
    publish(f, 1);
    centre_say(f, AN, "Khong dong y voi ket qua, duong van lun");
    assert_int_equal(life_state(f, 1), CASE_REJOINDER);
    assert_int_equal(count_rows(f, "cases", "1"), 2);
    f->now += CLOCK_HOUR;
    centre_say(f, AN, "Khong dong y cho xay cho o giua lang");
    assert_int_equal(count_rows(f, "cases", "1"), 3);
}

static void disagreement_with_a_code_alone(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "KDY {code}");
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan tai *");
    publish(f, 1);
    say(f, AN, 1, "KDY {code}"); /* the only chance isn't used up without a reason */
    life_expect(f, AN, -1, 1, "PAKN {code}: neu khong dong y ket qua, soan: PD {code} <ly do> *");
    assert_int_equal(life_state(f, 1), CASE_PUBLISHED);
    say(f, AN, 1, "KDY {code} vi duong van lun");
    assert_int_equal(life_state(f, 1), CASE_REJOINDER);
}

/* ---- rating ---- */

static void rating_by_a_digit(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    centre_restart(f);
    centre_say(f, AN, "5");
    life_expect(f, AN, -1, 1, "Cam on ban da danh gia 5/5 cho PAKN {code}. *");
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.rating, 5);
    life_release(&life);
    int before = centre_replies(f, AN);
    centre_say(f, AN, "4"); /* nothing is asked any more */
    life = life_of(f, 1);
    assert_int_equal(life.rating, 5);
    life_release(&life);
    assert_in_range(centre_replies(f, AN), before, before + 1);
    say(f, AN, 1, "DG {code} 3 binh thuong"); /* changed by its code */
    life_expect(f, AN, -1, 1, "Cam on ban da danh gia 3/5 cho PAKN {code}. *");
}

static void a_low_rating_is_asked_about_once(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    centre_say(f, AN, "2");
    life_expect(f, AN, -1, 1, "Da ghi danh gia 2/5 cho PAKN {code}. Vi sao ban chua hai long? *");
    centre_restart(f);
    centre_say(f, AN, "Duong van lun, chi do it da len tren");
    life_expect(f, AN, -1, 1, "Cam on ban, da ghi y kien vao PAKN {code}. *");
    assert_int_equal(events_of(f, "case.words"), 1);
    assert_int_equal(count_rows(f, "cases", "1"), 1);
    say(f, AN, 1, "DG {code} 1");
    life_expect(f, AN, -1, 1, "Cam on ban da danh gia 1/5 cho PAKN {code}. *"); /* not again */
    centre_say(f, AN, "Den duong truoc cho khong sang"); /* a case like any other */
    assert_int_equal(count_rows(f, "cases", "1"), 2);
}

static void a_low_rating_that_explains_itself(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    say(f, AN, 1, "DG {code} 1 lam qua loa");
    life_expect(f, AN, -1, 1, "Cam on ban da danh gia 1/5 *");
    assert_int_equal(count_rows(f, "dialogue", "open = 1 AND kind = 8"), 0);
}

static void a_why_that_nobody_answers(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    centre_say(f, AN, "1");
    centre_wait(f, 24 * CLOCK_HOUR);
    centre_say(f, AN, "Den duong truoc cho khong sang");
    assert_int_equal(count_rows(f, "cases", "1"), 2);
}

static void ratings_that_cannot_be(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "DG {code} 4");
    life_expect(f, AN, -1, 1, "PAKN {code} chua co ket qua nen chua danh gia hay phuc dap duoc. *");
    centre_say(f, AN, "DG 4");
    life_expect(f, AN, -1, 1, "PAKN {code} chua co ket qua *");
    publish(f, 1);
    say(f, AN, 1, "DG {code} 9");
    life_expect(f, AN, -1, 1, "Diem danh gia tu 1 (kem) den 5 (tot). Soan lai: DG {code} <diem> gui 1022");
    centre_say(f, AN, "DG 0");
    life_expect(f, AN, -1, 1, "Diem danh gia tu 1 (kem) den 5 (tot). *");
    say(f, BINH, 1, "DG {code} 5");
    life_expect(f, BINH, -1, 1, "Khong tim thay ma so {code} *");
    centre_say(f, AN, "DG 4");
    life_expect(f, AN, -1, 1, "Cam on ban da danh gia 4/5 *");
}

/* ---- on behalf ---- */

static void consent_asked(struct centre_fixture *f, int64_t case_id) {
    life_expect(f, BINH, -1, case_id, "So *678 gui phan anh ho ban, ma so {code}. Dong y: soan DY {code}. Khong dong y: KDY {code} gui 1022");
}

#define SENDER "+84912345678"

/* One message of four parts, then the content, then the represented person's yes. */
static void on_behalf_in_one_message(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, SENDER, "HO Le Thi B, thon 3 xa X, 0912000002, me toi gia yeu");
    centre_expect(f, SENDER, -1, "Gui ho, cau 5/5: noi dung can phan anh la gi, o dau? *");
    centre_restart(f);
    centre_say(f, SENDER, COMPLAINT);
    centre_expect(f, SENDER, 1, "PAKN Thanh Hoa da nhan phan anh, *");
    life_expect(f, SENDER, -1, 1, "PAKN {code}: da ghi thong tin nguoi duoc gui ho. *");
    struct behalf b = {0};
    assert_int_equal(behalf_get(f->store, 1, &b), ERR_OK);
    assert_string_equal(b.data, "{\"name\":\"Le Thi B\",\"address\":\"thon 3 xa X\",\"phone\":\"0912000002\",\"reason\":\"me toi gia yeu\"}");
    behalf_release(&b);
    consent_asked(f, 1);
    say(f, BINH, 1, "TC {code}"); /* not before they consent */
    life_expect(f, BINH, -1, 1, "Khong tim thay ma so {code} *");
    centre_say(f, BINH, "DY");
    life_expect(f, BINH, -1, 1, "PAKN {code}: da ghi nhan ban dong y. *");
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_YES);
    life_release(&life);
    say(f, BINH, 1, "TC {code}");
    life_expect(f, BINH, -1, 1, "PAKN {code}: da nhan tai *");
    say(f, BINH, 1, "BS {code} nha toi o cuoi thon");
    life_expect(f, BINH, -1, 1, "PAKN {code}: da nhan bo sung luc *");
    say(f, BINH, 1, "RUT {code}"); /* who sent it withdraws it; what they say is kept */
    life_expect(f, BINH, -1, 1, "PAKN {code} da nhan, luc nay khong lam duoc viec ban yeu cau. *");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    assert_int_equal(events_of(f, "case.words"), 1);
    publish(f, 1);
    say(f, BINH, 1, "DG {code} 1");
    say(f, BINH, 1, "PD {code} chua xong");
    assert_int_equal(life_state(f, 1), CASE_PUBLISHED);
    assert_int_equal(events_of(f, "case.words"), 3);
}

static void on_behalf_by_questions(void **state) {
    struct centre_fixture *f = *state;
    static const char *const turns[][2] = {
        {"HO", "Gui ho, cau 1/5: *"},         {"Le Thi B", "Gui ho, cau 2/5: *"},       {"thon 3 xa X", "Gui ho, cau 3/5: *"},
        {"0912000002", "Gui ho, cau 4/5: *"}, {"me toi gia yeu", "Gui ho, cau 5/5: *"}, {"mat dien", "Gui ho, cau 5/5: *"}, /* too little */
    };
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        centre_say(f, SENDER, turns[i][0]);
        centre_expect(f, SENDER, -1, turns[i][1]);
        centre_restart(f);
    }
    centre_say(f, SENDER, "PA " COMPLAINT); /* with or without PA */
    assert_int_equal(count_rows(f, "cases", "1"), 1);
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, COMPLAINT);
    case_release(&c);
    consent_asked(f, 1);
    say(f, BINH, 1, "KDY {code}");
    life_expect(f, BINH, -1, 1, "PAKN {code}: da ghi nhan ban khong dong y nguoi khac gui ho. *");
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_NO);
    life_release(&life);
    say(f, BINH, 1, "DY {code}"); /* "Doi y, soan: DY" */
    life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_YES);
    life_release(&life);
    assert_int_equal(open_questions(f), 1); /* the sender's name */
}

/* Every other verb works between the questions. */
static void on_behalf_and_other_verbs(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, SENDER, "PA Den duong truoc cho khong sang");
    centre_say(f, SENDER, "HO");
    say(f, SENDER, 1, "TC {code}");
    life_expect(f, SENDER, -1, 1, "PAKN {code}: da nhan tai *");
    centre_say(f, SENDER, "PA Nuoc may co mui hoi ca tuan nay"); /* a case of its own: no content is asked for yet */
    life_expect(f, SENDER, -1, 2, "PAKN Thanh Hoa da nhan phan anh, ma so {code} *");
    centre_say(f, SENDER, "Le Thi B");
    centre_expect(f, SENDER, -1, "Gui ho, cau 2/5: *");
    say(f, SENDER, 1, "RUT {code}");
    centre_say(f, SENDER, "DY"); /* the newest that it fits */
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    centre_say(f, SENDER, "thon 3 xa X");
    centre_expect(f, SENDER, -1, "Gui ho, cau 3/5: *");
}

static void phones_that_cannot_be(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, SENDER, "HO");
    centre_say(f, SENDER, "Le Thi B");
    centre_say(f, SENDER, "thon 3 xa X");
    centre_say(f, SENDER, "12345");
    centre_expect(f, SENDER, -1, "So dien thoai chua dung. *");
    centre_say(f, SENDER, "ba khong co dien thoai");
    centre_expect(f, SENDER, -1, "Gui ho, cau 4/5: *");
    centre_say(f, SENDER, "ba toi gia yeu");
    centre_say(f, SENDER, COMPLAINT);
    life_expect(f, SENDER, -1, 1, "PAKN {code}: da ghi thong tin nguoi duoc gui ho. Chua co so dien thoai de hoi nguoi do, *");
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_UNREACHABLE);
    assert_int_equal(life.represented_id, 0);
    life_release(&life);
    assert_int_equal(count_rows(f, "outbound", "template_name = 'CONSENT'"), 0);
    centre_say(f, BINH, "HO Le Thi C, thon 5 xa Y, 0912000002, dien thoai cua toi"); /* their own: nobody else can be asked there */
    centre_say(f, BINH, "Nuoc may co mui hoi ca tuan nay");
    assert_int_equal(count_rows(f, "outbound", "template_name = 'CONSENT'"), 0);
}

static void consent_that_never_comes(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, SENDER, "HO Le Thi B, thon 3 xa X, 0912000002, me toi gia yeu");
    centre_say(f, SENDER, COMPLAINT);
    life_to(f, 2026, 11, 27, 23);
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_PENDING);
    life_release(&life);
    life_to(f, 2026, 11, 28, 0); /* five working days after Saturday the 21st */
    life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_UNREACHABLE);
    life_release(&life);
    say(f, BINH, 1, "DY {code}"); /* late is better than never */
    life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_YES);
    life_release(&life);
}

static void nobody_else_consents(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, SENDER, "HO Le Thi B, thon 3 xa X, 0912000002, me toi gia yeu");
    centre_say(f, SENDER, COMPLAINT);
    say(f, "+84912000009", 1, "DY {code}");
    life_expect(f, "+84912000009", -1, 1, "Khong tim thay ma so {code} *");
    say(f, SENDER, 1, "DY {code}"); /* the sender can't consent for them: how it stands */
    life_expect(f, SENDER, -1, 1, "PAKN {code}: da nhan tai *");
    struct case_life life = life_of(f, 1);
    assert_int_equal(life.consent, CONSENT_PENDING);
    life_release(&life);
}

/* Whoever is named again and again is asked three times, not more; who wants no texts, never. */
static void consent_is_not_a_way_to_flood(void **state) {
    struct centre_fixture *f = *state;
    char text[200];
    for (int i = 0; i < 5; i++) {
        centre_say(f, SENDER, "HO Le Thi B, thon 3 xa X, 0912000002, me toi gia yeu");
        snprintf(text, sizeof text, "Duong vao thon %d bi sut lun", i);
        centre_say(f, SENDER, text);
    }
    assert_int_equal(count_rows(f, "cases", "1"), 5);
    assert_int_equal(count_rows(f, "outbound", "template_name = 'CONSENT'"), 3);
    centre_say(f, "+84912000007", "TUCHOI");
    centre_say(f, SENDER, "HO Le Thi C, thon 3 xa X, 0912000007, di toi gia yeu");
    centre_say(f, SENDER, "Nuoc may co mui hoi ca tuan nay");
    assert_int_equal(centre_replies(f, "+84912000007"), 1);
    say(f, "+84912000007", 6, "DY {code}");
    life_expect(f, "+84912000007", -1, 6, "PAKN {code}: da ghi nhan ban dong y. *");
}

static void what_is_left_of_unfinished_questions(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, SENDER, "HO");
    centre_say(f, SENDER, "Le Thi B");
    centre_wait(f, 24 * CLOCK_HOUR);
    assert_int_equal(count_rows(f, "cases", "1"), 0);
    centre_say(f, SENDER, "HO Le Thi B, thon 3 xa X, 0912000002, me toi bi benh nang khong di duoc");
    centre_wait(f, 24 * CLOCK_HOUR);
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, "Le Thi B, thon 3 xa X, 0912000002, me toi bi benh nang khong di duoc");
    assert_int_equal(c.flags & ~CASE_NORMALISE, CASE_UNCONFIRMED | CASE_PERSONAL_DATA);
    case_release(&c);
    consent_asked(f, 1);
}

/* ---- tax codes ---- */

static void tax_codes_are_checked(void **state) {
    (void)state;
    static const char *const good[] = {"0100109106", "0301464830", "0100686174", "0100109106001", "038084001234"};
    static const char *const bad[] = {"0100109107", "0100109106000", "1100109106001", "000084001234", "999084001234", "010010910",
                                      "",           "01001091o6",    "01001091061"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!tax_check(good[i]))
            fail_msg("%s is good", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (tax_check(bad[i]))
            fail_msg("%s is bad", bad[i]);
}

static void expect_tax_code(struct centre_fixture *f, const char *digits, bool verified) {
    struct tax_code code = {0};
    assert_int_equal(tax_code_get(f->store, 1, &code), ERR_OK);
    assert_string_equal(code.code, digits);
    assert_int_equal(code.verified, verified);
    tax_code_release(&code);
}

static void a_tax_code(void **state) {
    struct centre_fixture *f = *state;
    struct tax_code none = {0};
    open_case(f);
    say(f, AN, 1, "MST {code} 0100109107");
    centre_expect(f, AN, -1, "Ma so thue chua dung (10, 12 hoac 13 so). *");
    assert_int_equal(tax_code_get(f->store, 1, &none), ERR_NOT_FOUND);
    centre_restart(f);
    say(f, AN, 1, "MST {code} 0100109106");
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan ma so thue *");
    expect_tax_code(f, "0100109106", true);
    say(f, AN, 1, "MST {code} 0100109107"); /* wrong twice: taken as it is */
    say(f, AN, 1, "MST {code} 0100109108");
    life_expect(f, AN, -1, 1, "PAKN {code}: da ghi ma so thue ban gui, can bo se kiem tra lai. *");
    expect_tax_code(f, "0100109108", false);
}

static void a_wrong_tax_code_is_not_lost(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "MST {code} 0100109107");
    centre_wait(f, 72 * CLOCK_HOUR);
    expect_tax_code(f, "0100109107", false);
}

/* ---- calls, wishes, data ---- */

static void a_call(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    say(f, AN, 1, "GOI {code}");
    centre_expect(f, AN, -1, "Da ghi nhan yeu cau goi lai. Can bo se goi so nay trong gio hanh chinh, cham nhat 23/11/2026.");
    centre_say(f, AN, "GOI"); /* the newest open case; a call is due already */
    centre_expect(f, AN, -1, "Da ghi nhan yeu cau goi lai. *cham nhat 23/11/2026.");
    assert_int_equal(pushed(f, "vn.pakn.case.callback-requested"), 1);
    centre_say(f, BINH, "GOI"); /* nothing yet: what they'd say by voice is a case */
    centre_expect(f, BINH, -1, "Da ghi nhan yeu cau goi lai. *");
    assert_int_equal(count_rows(f, "cases", "state = 1"), 2);
    assert_int_equal(pushed(f, "vn.pakn.case.callback-requested"), 2);
}

static void no_texts_but_answers(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    centre_say(f, AN, "TUCHOI");
    centre_expect(f, AN, -1, "Da ngung gui tin chu dong den so nay. *");
    centre_say(f, AN, "STOP");
    assert_int_equal(pushed(f, "vn.pakn.consent.changed"), 1);
    int before = centre_replies(f, AN);
    life_act(f, 1, "ct.an", STEP_NEED_INFO, "cho nao", NULL);
    assert_int_equal(centre_replies(f, AN), before);
    centre_say(f, AN, "TC");
    assert_int_equal(centre_replies(f, AN), before + 1);
    centre_say(f, AN, "NHAN");
    centre_expect(f, AN, -1, "Da bat lai tin chu dong cho so nay. *");
    assert_int_equal(pushed(f, "vn.pakn.consent.changed"), 2);
}

static void answer_at_most(struct centre_fixture *f, int messages_per_hour) {
    f->settings.abuse.messages_per_hour = messages_per_hour;
    centre_reopen_smsc(f);
}

/* Who isn't answered any more can still say that they want nothing. */
static void opting_out_beyond_the_limit(void **state) {
    struct centre_fixture *f = *state;
    answer_at_most(f, 20);
    for (int i = 0; i < 25; i++)
        centre_say(f, AN, "HD");
    int before = centre_replies(f, AN);
    centre_say(f, AN, "STOP");
    assert_int_equal(centre_replies(f, AN), before);
    assert_int_equal(count_rows(f, "subscriber", "opted_out = 1"), 1);
}

static void data_requests(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "DULIEU");
    centre_expect(f, AN, -1, "Da nhan yeu cau xem du lieu ca nhan cua ban luc 09:05 21/11/2026. Co quan tra loi cham nhat 24/11/2026.");
    centre_say(f, AN, "XOADULIEU");
    centre_expect(f, AN, -1, "Da nhan yeu cau xoa du lieu ca nhan cua ban luc 09:05 21/11/2026. *");
    centre_wait(f, CLOCK_DAY);
    centre_say(f, AN, "DULIEU"); /* the same request, the same date */
    centre_expect(f, AN, -1, "*luc 09:05 21/11/2026. Co quan tra loi cham nhat 24/11/2026.");
    assert_int_equal(pushed(f, "vn.pakn.datasubject.requested"), 2);
    assert_int_equal(count_rows(f, "data_request", "done_at = 0"), 2);
}

static void huy_alone(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "HUY");
    centre_expect(f, AN, -1, "Muon rut phan anh: soan RUT <ma so>. Muon ngung nhan tin chu dong: soan TUCHOI. Gui 1022");
}

static void confidential_after_publication(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    say(f, AN, 1, "KIN {code}");
    life_expect(f, AN, -1, 1, "PAKN {code}: tu nay noi dung duoc giu kin. Noi dung nay da dang cong khai den 21/11/2026. *");
    say(f, AN, 1, "KIN {code}");
    assert_int_equal(pushed(f, "vn.pakn.case.confidentiality-requested"), 1);
}

/* ---- duplicates ---- */

static void what_is_nearly_the_same(void **state) {
    (void)state;
    static const char *const same[][2] = {
        {"Duong vao thon 3 bi sut lun", "Đường vào thôn 3 bị sụt lún"},
        {"Duong vao thon 3 bi sut lun", "duong  vao thon 3, bi sut lun!!!"},
        {"Den duong truoc cho Vinh Loc khong sang ca tuan nay", "Den duong truoc cho Vinh Loc khong sang ca tuan nay roi"},
        {"Duong vao truong tieu hoc bi ngap nghiem trong", "Duong vao truong tieu hoc bi ngap nghiem trog"},
        {"Rac thai sinh hoat do ven song Ma gay o nhiem nguon nuoc", "Rac thai sinh hoat do ven song Ma gay o nhiem nguon nuco"},
    };
    static const char *const other[][2] = {
        {"Duong vao thon 3 bi sut lun", "Duong vao thon 5 bi sut lun"},
        {"Duong vao thon Dong bi sut lun", "Duong vao thon Tay bi sut lun"},
        {"Mat dien tu 7h den 9h ngay 12/11 o to dan pho so 4 phuong Dong Son keo dai",
         "Mat dien tu 7h den 9h ngay 13/11 o to dan pho so 4 phuong Dong Son keo dai"},
        {"Duong lien xa doan qua thon Hoang Phu bi hong nang xe tai cho vat lieu chay ngay dem gay bui",
         "Duong lien xa doan qua thon Hoang Quy bi hong nang xe tai cho vat lieu chay ngay dem gay bui"},
        {"Duong vao xa Hoang Phong bi hong", "Duong vao xa Hoang Phuong bi hong"},
        {"Nuoc may bi duc", "Nuoc may bi duc va co mui tanh"},
        {"Mat dien", "Mat nuoc"},
        {"Can ho 12 bi mat nuoc hai ngay nay roi khong ai sua", "Can ho bi mat nuoc hai ngay nay roi khong ai sua"},
        {"", "Mat nuoc"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (!duplicate_near(same[i][0], same[i][1]) || !duplicate_near(same[i][1], same[i][0]))
            fail_msg("the same: %s", same[i][1]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (duplicate_near(other[i][0], other[i][1]) || duplicate_near(other[i][1], other[i][0]))
            fail_msg("not the same: %s", other[i][1]);
}

static void the_same_again(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    centre_wait(f, 29 * CLOCK_DAY);
    centre_say(f, AN, "PA Đường vào thôn 3 bị sụt lún");
    life_expect(f, AN, -1, 1,
                "Noi dung trung voi phan anh {code} (21/11/2026) dang xu ly, da ghi them vao ho so do. Bo sung: BS {code} <noi dung> gui 1022");
    assert_int_equal(count_rows(f, "cases", "1"), 1);
    assert_int_equal(events_of(f, "case.supplemented"), 1);
    centre_say(f, AN, "PA Duong vao thon 5 bi sut lun");
    assert_int_equal(count_rows(f, "cases", "1"), 2);
    centre_say(f, BINH, "PA " COMPLAINT); /* another phone: another case */
    assert_int_equal(count_rows(f, "cases", "1"), 3);
    centre_wait(f, 2 * CLOCK_DAY);
    centre_say(f, AN, "PA " COMPLAINT); /* a month is over */
    assert_int_equal(count_rows(f, "cases", "1"), 4);
}

static void the_same_after_a_result_is_new(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    publish(f, 1);
    centre_say(f, AN, "PA " COMPLAINT);
    assert_int_equal(life_state(f, 2), CASE_RECEIVED);
}

/* While something else is asked, a repetition is no answer to it. */
static void the_same_while_more_is_asked_for(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    ask_for_more(f, 1);
    centre_say(f, AN, "PA " COMPLAINT);
    life_expect(f, AN, -1, 1, "Noi dung trung voi phan anh {code} *");
    assert_int_equal(life_state(f, 1), CASE_NEED_INFO);
}

static void the_same_in_confidence(void **state) {
    struct centre_fixture *f = *state;
    open_case(f);
    centre_say(f, AN, "KIN " COMPLAINT);
    life_expect(f, AN, -1, 1, "PAKN {code}: noi dung duoc giu kin, *");
    struct pakn_case c = centre_case(f, 1);
    assert_true(c.flags & CASE_CONFIDENTIAL);
    case_release(&c);
    assert_int_equal(count_rows(f, "cases", "1"), 1);
}

/* A draft of it is asked about: PA says yes; the same words again are asked about again. */
static void the_same_as_a_draft(void **state) {
    struct centre_fixture *f = *state;
    int64_t first = f->now;
    centre_say(f, AN, COMPLAINT);
    centre_wait(f, CLOCK_HOUR);
    centre_say(f, AN, COMPLAINT);
    centre_expect(f, AN, 1, "Ban muon gui phan anh: \"" COMPLAINT "\"...? *");
    assert_int_equal(count_rows(f, "cases", "1"), 1);
    centre_say(f, AN, "PA " COMPLAINT);
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(c.submitted_at, first);
    case_release(&c);
    centre_wait(f, 24 * CLOCK_HOUR);
    assert_int_equal(count_rows(f, "cases", "1"), 1);
}

/* ---- officers' numbers ---- */

#define OFFICER "+84913000001" /* ct.an */

/* An officer's words come first; everything else they text is a citizen's, and counted like one. */
static void officers_are_citizens_too(void **state) {
    struct centre_fixture *f = *state;
    answer_at_most(f, 20);
    centre_say(f, OFFICER, "VIEC");
    centre_expect(f, OFFICER, -1, "PAKN-CB: *");
    assert_int_equal(count_rows(f, "message", "verb = 'OFFICER'"), 1);
    centre_say(f, AN, "VIEC"); /* of a citizen: too little to be anything */
    centre_expect(f, AN, -1, "PA <noi dung>: *");
    centre_say(f, OFFICER, "PA " COMPLAINT);
    life_expect(f, OFFICER, -2, 1, "PAKN Thanh Hoa da nhan phan anh, ma so {code} *");
    say(f, OFFICER, 1, "RUT {code}");
    say(f, OFFICER, 1, "OK {code}"); /* their own case: a citizen's yes */
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    for (int i = 0; i < 25; i++)
        centre_say(f, OFFICER, "HD");
    assert_int_equal(count_rows(f, "message", "verb = 'KEPT'"), 0);
    centre_expect(f, OFFICER, -1, "PAKN-CB: soan OK <ma so> *");
    for (int i = 0; i < 25; i++)
        centre_say(f, OFFICER, "TC");
    assert_in_range(count_rows(f, "message", "verb = 'KEPT'"), 5, 10);
}

/* ---- anything in any order ---- */

static uint32_t draw(uint32_t *seed, uint32_t below) {
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % below;
}

/* Every word citizens know, in any order, from three phones that write about each other's cases too, officers deciding between them, time passing:
 * nothing is ever held, nothing lost, no question outlives its life, and what must be true of cases is. */
static void anything_in_any_order(void **state) {
    struct centre_fixture *f = *state;
    static const char *const phones[] = {AN, BINH, SENDER};
    static const char *const texts[] = {
        "PA Duong vao thon %d bi sut lun",
        "KIN Can bo thon %d nhan tien cua dan",
        "Den duong o thon %d khong sang ca tuan",
        "thon %d",
        "OK",
        "DY",
        "khong",
        "KDY",
        "%d",
        "TC",
        "TC %d",
        "RUT",
        "GOI",
        "HO",
        "HUY",
        "Le Thi B",
        "TEN Nguyen Van An",
        "0912000002",
        "me toi gia yeu",
        "HO Le Thi B, thon %d xa X, 0912000002, me toi gia yeu",
        "TUCHOI",
        "NHAN",
        "CD",
        "KD",
        "DULIEU",
        "XOADULIEU",
        "DG %d",
        "HD",
        "",
        "Khong dong y voi cach lam o thon %d",
        "PD chua sua xong o thon %d",
        "BS them o thon %d",
        "TC {code}",
        "BS {code} them o thon %d",
        "PD {code} chua sua o thon %d",
        "RUT {code}",
        "DY {code}",
        "KDY {code}",
        "KDY {code} vi chua xong",
        "DG {code} %d",
        "DG {code} 1 kem",
        "KIN {code}",
        "GOI {code}",
        "MST {code} 0100109106",
        "MST {code} 0100109107",
        "HUY {code}",
        "{code}",
    };
    uint32_t seed = 20261121;
    int64_t messages = 0;
    f->settings.abuse = (struct abuse_settings){.limit_life = CLOCK_DAY};
    centre_reopen_smsc(f);
    for (int i = 0; i < 3000; i++) {
        int64_t cases = centre_count(f, "SELECT count(*) FROM cases WHERE code IS NOT NULL");
        int64_t picked = cases ? centre_count(f, "SELECT max(id) FROM cases WHERE code IS NOT NULL") - (int64_t)draw(&seed, 6) : 0;
        bool known = picked > 0 && life_state(f, picked) != CASE_DRAFT;
        const char *text = texts[draw(&seed, sizeof texts / sizeof *texts)];
        if (known && draw(&seed, 5) == 0) {
            enum case_state now = life_state(f, picked);
            struct case_life life = life_of(f, picked);
            int pauses = life.pauses;
            life_release(&life);
            if (now == CASE_RECEIVED && pauses < 2 && draw(&seed, 2))
                ask_for_more(f, picked);
            else if (now == CASE_RECEIVED)
                publish(f, picked);
            else if (now == CASE_REJOINDER)
                life_act(f, picked, "ct.an", STEP_RECONSIDER, "Giu nguyen ket qua", NULL);
        }
        if (strstr(text, "{code}") && !known)
            continue;
        char filled[300];
        const char *hole = strstr(text, "%d");
        snprintf(filled, sizeof filled, "%.*s%.*s%s", hole ? (int)(hole - text) : (int)strlen(text), text, hole ? 1 : 0,
                 &"0123456789"[draw(&seed, 10)], hole ? hole + 2 : "");
        say(f, phones[draw(&seed, 3)], picked, filled);
        messages++;
        if (draw(&seed, 10) == 0)
            centre_wait(f, (int64_t)draw(&seed, 30) * CLOCK_HOUR);
        if (draw(&seed, 200) == 0)
            centre_restart(f);
    }
    centre_wait(f, 30 * CLOCK_DAY);
    centre_check_promises(f);
    assert_int_equal(count_rows(f, "message", "1"), messages);
    assert_int_equal(open_questions(f), 0);
    assert_int_equal(count_rows(f, "cases", "state = 0 AND id NOT IN (SELECT case_id FROM dialogue WHERE case_id IS NOT NULL)"), 0);
    assert_int_equal(count_rows(f, "life", "consent = 1"), 0);
}

#define LIFE(test) cmocka_unit_test_setup_teardown(test, life_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        LIFE(a_supplement_with_its_code),
        LIFE(just_words_are_asked_about),
        LIFE(two_texts_before_the_yes),
        LIFE(no_makes_it_a_case_of_its_own),
        LIFE(no_with_always_is_asked_about_again),
        LIFE(unanswered_it_becomes_a_case),
        LIFE(pa_answers_the_question_too),
        LIFE(bs_answers_the_question_too),
        LIFE(bs_without_a_code),
        LIFE(a_supplement_to_an_ended_case),
        LIFE(emergencies_in_a_dialogue),
        LIFE(withdrawing_takes_two_steps),
        LIFE(withdrawing_without_a_code),
        LIFE(not_withdrawing),
        LIFE(a_day_later_it_is_not_withdrawn),
        LIFE(another_phone_withdraws_nothing),
        LIFE(too_late_to_withdraw),
        LIFE(yes_goes_to_the_newest),
        LIFE(an_explicit_code_wins),
        LIFE(a_digit_goes_to_the_newer),
        LIFE(a_name_and_a_yes),
        LIFE(a_rejoinder_once),
        LIFE(a_rejoinder_too_early_or_too_late),
        LIFE(a_rejoinder_without_a_code),
        LIFE(disagreement_in_words),
        LIFE(disagreement_with_a_code_alone),
        LIFE(rating_by_a_digit),
        LIFE(a_low_rating_is_asked_about_once),
        LIFE(a_low_rating_that_explains_itself),
        LIFE(a_why_that_nobody_answers),
        LIFE(ratings_that_cannot_be),
        LIFE(on_behalf_in_one_message),
        LIFE(on_behalf_by_questions),
        LIFE(on_behalf_and_other_verbs),
        LIFE(phones_that_cannot_be),
        LIFE(consent_that_never_comes),
        LIFE(nobody_else_consents),
        LIFE(consent_is_not_a_way_to_flood),
        LIFE(what_is_left_of_unfinished_questions),
        cmocka_unit_test(tax_codes_are_checked),
        LIFE(a_tax_code),
        LIFE(a_wrong_tax_code_is_not_lost),
        LIFE(a_call),
        LIFE(no_texts_but_answers),
        LIFE(opting_out_beyond_the_limit),
        LIFE(data_requests),
        LIFE(huy_alone),
        LIFE(confidential_after_publication),
        cmocka_unit_test(what_is_nearly_the_same),
        LIFE(the_same_again),
        LIFE(the_same_after_a_result_is_new),
        LIFE(the_same_while_more_is_asked_for),
        LIFE(the_same_in_confidence),
        LIFE(the_same_as_a_draft),
        LIFE(officers_are_citizens_too),
        LIFE(anything_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
