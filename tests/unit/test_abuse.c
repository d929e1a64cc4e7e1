/* Who isn't answered: floods, guessed codes, automatons, blocked senders. */
#include "firmware-host/base/clock.h"
#include "smsc/abuse.h"
#include "smsc/code.h"
#include "store/block.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AN "+84912000001"
#define BINH "+84912000002"
#define count_of(f, type) centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.sender." type "'")

/* Fewer than by default: the tests stay short. */
static int setup(void **state) {
    if (centre_setup(state) != 0)
        return -1;
    struct centre_fixture *f = *state;
    f->settings.abuse.messages_per_hour = 20;
    f->settings.abuse.flood_per_hour = 60;
    centre_reopen_smsc(f);
    return 0;
}

/* n messages, each another. */
static void flood(struct centre_fixture *f, const char *from, int n) {
    for (int i = 0; i < n; i++)
        centre_say(f, from, i % 2 ? "HD" : "TC");
}

static void say_number(struct centre_fixture *f, const char *from, const char *before, int number, const char *behind) {
    char text[200];
    snprintf(text, sizeof text, "%s%09d%s", before, number, behind);
    centre_say(f, from, text);
}

/* ---- too many ---- */

static void one_too_many_is_told_once(void **state) {
    struct centre_fixture *f = *state;
    flood(f, AN, 20);
    assert_int_equal(centre_replies(f, AN), 20);
    centre_say(f, AN, "HD");
    centre_expect(f, AN, -1, "Ban da gui qua nhieu tin trong 1 gio. Vui long gui lai sau 10:05 21/11/2026. Khan cap: goi 113, 114, 115.");
    flood(f, AN, 10);
    assert_int_equal(centre_replies(f, AN), 21);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 31); /* all are kept */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'KEPT'"), 11);
    centre_say(f, BINH, "HD"); /* others are served */
    assert_int_equal(centre_replies(f, BINH), 1);
    centre_restart(f);
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 21);
    centre_wait(f, CLOCK_HOUR - 1);
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 21);
    centre_wait(f, 1);
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 22);
    assert_int_equal(count_of(f, "limited"), 0);
}

/* What is said beyond the limit isn't acted upon, and the words are there. */
static void a_case_beyond_the_limit_is_only_kept(void **state) {
    struct centre_fixture *f = *state;
    flood(f, AN, 21);
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE id = 22 AND verb = 'KEPT'"), 1);
    centre_wait(f, CLOCK_HOUR);
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
}

/* A part that comes late to a message that was only kept makes no case of it. */
static void a_late_part_beyond_the_limit(void **state) {
    struct centre_fixture *f = *state;
    flood(f, AN, 21);
    struct arrival a = centre_part(f, AN, "PA Duong vao thon 3 ", 7, 1, 2);
    centre_give(f, &a);
    centre_wait(f, 2 * f->settings.reassembly_wait);
    a = centre_part(f, AN, "bi sut lun nang", 7, 2, 2);
    centre_give(f, &a);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 0);
    assert_int_equal(centre_replies(f, AN), 21);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE incomplete = 0 AND verb = 'KEPT' AND id = 22"), 1);
}

static void emergencies_bring_the_numbers_once(void **state) {
    struct centre_fixture *f = *state;
    flood(f, AN, 21);
    centre_wait(f, CLOCK_MINUTE);
    centre_say(f, AN, "PA Chay nha o thon 5 cuu voi");
    centre_expect(f, AN, -1, "Neu khan cap hay goi ngay: 114 *");
    centre_say(f, AN, "PA Chay nha o thon 5 cuu voi nhanh len");
    assert_int_equal(centre_replies(f, AN), 22);
}

static void a_flood_is_limited_for_a_day(void **state) {
    struct centre_fixture *f = *state;
    flood(f, AN, 60);
    assert_int_equal(count_of(f, "limited"), 0);
    centre_say(f, AN, "HD");
    centre_expect(f, AN, -1, "So nay gui qua nhieu tin nen tam thoi khong duoc tra loi den 09:05 22/11/2026. Khan cap: *");
    assert_int_equal(count_of(f, "limited"), 1);
    flood(f, AN, 100);
    centre_wait(f, 23 * CLOCK_HOUR);
    centre_say(f, AN, "PA Sat lo o thon 5 roi");
    centre_expect(f, AN, -1, "Neu khan cap *");
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 23); /* 20, RATE, LIMITED, EMERGENCY */
    assert_int_equal(count_of(f, "limited"), 1);
    centre_wait(f, CLOCK_HOUR);
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 24);
}

static void no_limits_where_they_are_zero(void **state) {
    struct centre_fixture *f = *state;
    f->settings.abuse = (struct abuse_settings){.limit_life = CLOCK_HOUR};
    centre_reopen_smsc(f);
    flood(f, AN, 100);
    assert_int_equal(centre_replies(f, AN), 100);
    for (int i = 0; i < 30; i++)
        centre_say(f, AN, "TC 482109340");
    assert_int_equal(centre_replies(f, AN), 130);
}

/* A clock that jumps back silences nobody for longer. */
static void a_clock_that_jumps_back(void **state) {
    struct centre_fixture *f = *state;
    flood(f, AN, 25);
    f->now -= 10 * CLOCK_DAY;
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 22);
}

/* ---- wrong codes ---- */

static void wrong_codes(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, BINH, "PA Duong vao thon 3 bi sut lun");
    for (int i = 0; i < 4; i++)
        centre_say(f, AN, i % 2 ? "TC 482109340" : "TC 000000195");
    centre_expect(f, AN, 0, "Khong tim thay ma so 000000195 *");
    centre_expect(f, AN, 3, "Ma so 482109340 bi go sai so*");
    centre_say(f, AN, "KIN 000000195");
    centre_expect(f, AN, 4, "Ban da gui qua nhieu tin trong 1 gio. Vui long gui lai sau 09:05 22/11/2026.*");
    struct pakn_case c = centre_case(f, 1);
    say_number(f, AN, "TC ", c.code, ""); /* somebody's: no difference is to be seen */
    case_release(&c);
    centre_say(f, AN, "TC 000000195");
    assert_int_equal(centre_replies(f, AN), 5);
    centre_say(f, AN, "HD"); /* everything else is answered */
    assert_int_equal(centre_replies(f, AN), 6);
    for (int i = 0; i < 12; i++) {
        centre_say(f, AN, "TC 000000195");
        centre_wait(f, 10 * CLOCK_MINUTE);
    }
    assert_int_equal(centre_replies(f, AN), 6);
    centre_say(f, AN, "TC 000000195");
    centre_expect(f, AN, 6, "So nay gui qua nhieu tin nen tam thoi khong duoc tra loi den 11:05 22/11/2026.*");
    assert_int_equal(count_of(f, "limited"), 1);
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), 7);
    centre_wait(f, 24 * CLOCK_HOUR);
    centre_say(f, AN, "TC 000000195");
    centre_expect(f, AN, 7, "Khong tim thay ma so 000000195 *");
}

/* One's own places in the list, and last digits, are looked for among one's own cases: nothing can be guessed with them. */
static void an_index_is_no_guess(void **state) {
    struct centre_fixture *f = *state;
    for (int i = 0; i < 8; i++)
        centre_say(f, AN, i % 2 ? "TC 7" : "TC 0042");
    centre_expect(f, AN, 7, "Khong tim thay ma so 7 *");
}

/* ---- automatons ---- */

static void one_text_again_and_again(void **state) {
    struct centre_fixture *f = *state;
    for (int i = 0; i < 10; i++)
        centre_say(f, AN, "Toi dang ban, se lien lac lai sau nhe");
    int replies = centre_replies(f, AN);
    assert_in_range(replies, 1, 4);
    centre_wait(f, CLOCK_MINUTE);
    centre_say(f, AN, "toi  đang bận, sẽ liên lạc lại sau nhé"); /* the same words */
    assert_int_equal(centre_replies(f, AN), replies);
    centre_say(f, AN, "HD");
    assert_int_equal(centre_replies(f, AN), replies + 1);
}

enum automaton { ECHOES, REPEATS, COUNTS };

static void answer_as(struct centre_fixture *f, enum automaton kind, const char *to_what, int turn) {
    if (kind == ECHOES)
        centre_say(f, AN, to_what);
    else if (kind == REPEATS)
        centre_say(f, AN, "Cam on quy khach da nhan tin, chung toi se tra loi som");
    else
        say_number(f, AN, "Tin nhan so ", turn, " cua he thong tra loi tu dong");
}

/* Each of our texts is answered by the automaton's: it must end, and soon. */
static void two_automatons_fall_silent(void **state) {
    struct centre_fixture *f = *state;
    static const char *const begins[] = {"PA Duong vao thon 3 bi sut lun", "Duong vao thon 3 bi sut lun"};
    for (int kind = ECHOES; kind <= COUNTS; kind++) {
        for (size_t b = 0; b < 2; b++) {
            int answered = centre_replies(f, AN), first = answered, turns = 0;
            centre_say(f, AN, begins[b]);
            while (answered < centre_replies(f, AN)) {
                char *text = centre_reply(f, AN, answered++);
                assert_true(++turns < 60);
                answer_as(f, (enum automaton)kind, text, turns);
                free(text);
                centre_wait(f, 3 * CLOCK_SECOND);
            }
            assert_in_range(answered - first, 1, 30);
            centre_wait(f, 49 * CLOCK_HOUR);
        }
    }
}

/* An echo of ours, in either form, is never filed. */
static void our_own_texts_are_no_complaints(void **state) {
    struct centre_fixture *f = *state;
    static const char *const ours[] = {
        "PAKN Thanh Hoa da nhan phan anh, ma so 482109304 (09:05 21/11/2026). Tra loi tiep nhan cham nhat 24/11/2026. Tra cuu: soan TC 482109304 gui "
        "1022",
        "PAKN Thanh Hóa đã nhận phản ánh, mã số 482109304 (09:05 21/11/2026). Trả lời tiếp nhận chậm nhất 24/11/2026. Tra cứu: soạn TC 482109304 gửi "
        "1022",
        "Ban muon gui phan anh: \"Duong hong\"...? Soan OK gui 1022 de gui. Xem huong dan: soan HD gui 1022",
        "PAKN 482109304 da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022",
    };
    static const char *const theirs[] = {
        "PAKN Thanh Hoa da nhan phan anh, ma so 482109304 ma sao lau qua chua tra loi",
        "PAKN 482109304 da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022 la sao, duong van hong",
        "Duong vao thon 3 bi sut lun nghiem trong xe khong di duoc",
        "",
    };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (!abuse_is_echo(templates_default(), ours[i]))
            fail_msg("ours: %s", ours[i]);
        centre_say(f, AN, ours[i]);
    }
    assert_int_equal(centre_replies(f, AN), 1); /* help, once a day */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 0);
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++)
        if (abuse_is_echo(templates_default(), theirs[i]))
            fail_msg("not ours: %s", theirs[i]);
}

/* ---- blocked by a person ---- */

static enum err block(struct centre_fixture *f, const char *number, const char *reason, int64_t until, const char *by, char *why) {
    struct phone phone = {0};
    struct str problem;
    str_init(&problem, 1000);
    if (phone_parse(number, &phone) != ERR_OK)
        phone.kind = PHONE_ALPHANUMERIC;
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_block(f->smsc, &phone, reason, until, by, f->now, &problem);
    snprintf(why, 200, "%s", problem.data ? problem.data : "");
    str_release(&problem);
    assert_int_equal(store_commit(f->store), ERR_OK);
    return e;
}

static enum err unblock(struct centre_fixture *f, const char *number) {
    struct phone phone;
    assert_int_equal(phone_parse(number, &phone), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_unblock(f->smsc, &phone, "ttpvhcc.hoa", f->now);
    assert_int_equal(store_commit(f->store), ERR_OK);
    return e;
}

static void a_blocked_sender(void **state) {
    struct centre_fixture *f = *state;
    char why[200];
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    int before = centre_replies(f, AN);
    assert_int_equal(block(f, AN, "chui boi can bo", f->now + 7 * CLOCK_DAY, "ttpvhcc.hoa", why), ERR_OK);
    assert_int_equal(count_of(f, "blocked"), 1);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    centre_expect(f, AN, before, "So nay dang bi khoa gui phan anh den het 28/11/2026. Khong dong y: den UBND xa, phuong. Khan cap: goi 113 *");
    centre_say(f, AN, "TC");
    centre_wait(f, CLOCK_DAY);
    centre_restart(f);
    centre_say(f, AN, "TC");
    assert_int_equal(centre_replies(f, AN), before + 1);
    centre_say(f, AN, "Co nguoi duoi nuoc o cau X");
    centre_expect(f, AN, -1, "Neu khan cap *");
    centre_say(f, AN, "Co nguoi duoi nuoc o cau X");
    assert_int_equal(centre_replies(f, AN), before + 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 6);
    centre_wait(f, 6 * CLOCK_DAY); /* over by itself */
    centre_say(f, AN, "TC");
    assert_int_equal(centre_replies(f, AN), before + 3);
    assert_int_equal(unblock(f, AN), ERR_NOT_FOUND);
}

static void a_block_is_lifted(void **state) {
    struct centre_fixture *f = *state;
    char why[200];
    struct phone phone;
    struct subscriber who;
    struct block b;
    assert_int_equal(phone_parse(AN, &phone), ERR_OK);
    assert_int_equal(unblock(f, AN), ERR_NOT_FOUND);
    assert_int_equal(block(f, AN, "spam quang cao", f->now + CLOCK_DAY, "ttpvhcc.hoa", why), ERR_OK);
    assert_int_equal(block(f, AN, "spam quang cao, lan hai", f->now + 2 * CLOCK_DAY, "ttpvhcc.hoa", why), ERR_OK); /* the new end counts */
    assert_int_equal(subscriber_find(f->store, &phone, &who), ERR_OK);
    assert_int_equal(block_current(f->store, who.id, f->now, &b), ERR_OK);
    assert_string_equal(b.reason, "spam quang cao, lan hai");
    assert_int_equal(b.until_at, f->now + 2 * CLOCK_DAY);
    block_release(&b);
    centre_say(f, AN, "HD");
    assert_int_equal(unblock(f, AN), ERR_OK);
    assert_int_equal(count_of(f, "unblocked"), 1);
    assert_int_equal(block_current(f->store, who.id, f->now, &b), ERR_NOT_FOUND);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM block WHERE lifted_by = 'ttpvhcc.hoa'"), 2);
    centre_say(f, AN, "HD");
    centre_expect(f, AN, -1, "PA <noi dung>: *");
    subscriber_release(&who);
}

static void blocks_that_cannot_be(void **state) {
    struct centre_fixture *f = *state;
    char why[200], much[600];
    memset(much, 'a', sizeof much - 1);
    much[sizeof much - 1] = '\0';
    const struct {
        const char *number, *reason;
        int64_t until;
        const char *by, *problem;
    } rows[] = {
        {AN, "", f->now + 1, "x", "a reason in words is needed"},
        {AN, NULL, f->now + 1, "x", "a reason in words is needed"},
        {AN, " ... ", f->now + 1, "x", "a reason in words is needed"},
        {AN, much, f->now + 1, "x", "at most 500 characters"},
        {AN, "spam", f->now, "x", "a block ends"},
        {AN, "spam", f->now + 367 * CLOCK_DAY, "x", "a block ends"},
        {AN, "spam", f->now + 1, "", "who blocks must be said"},
        {AN, "spam", f->now + 1, NULL, "who blocks must be said"},
        {"1022", "spam", f->now + 1, "x", "only a telephone number"},
        {"Viettel", "spam", f->now + 1, "x", "only a telephone number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(block(f, rows[i].number, rows[i].reason, rows[i].until, rows[i].by, why), ERR_INVALID);
        if (!strstr(why, rows[i].problem))
            fail_msg("row %zu: %s", i, why);
    }
    assert_int_equal(centre_count(f, "SELECT count(*) FROM block"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox"), 0);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CENTRE(one_too_many_is_told_once),
        CENTRE(a_case_beyond_the_limit_is_only_kept),
        CENTRE(a_late_part_beyond_the_limit),
        CENTRE(emergencies_bring_the_numbers_once),
        CENTRE(a_flood_is_limited_for_a_day),
        CENTRE(no_limits_where_they_are_zero),
        CENTRE(a_clock_that_jumps_back),
        CENTRE(wrong_codes),
        CENTRE(an_index_is_no_guess),
        CENTRE(one_text_again_and_again),
        CENTRE(two_automatons_fall_silent),
        CENTRE(our_own_texts_are_no_complaints),
        CENTRE(a_blocked_sender),
        CENTRE(a_block_is_lifted),
        CENTRE(blocks_that_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
