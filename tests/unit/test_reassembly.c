/* Multi-part messages: order, interleaving, reused references, repetitions, gaps and late parts. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
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

static void part(struct centre_fixture *f, const char *from, const char *text, int reference, int sequence, int total) {
    struct arrival a = centre_part(f, from, text, reference, sequence, total);
    centre_give(f, &a);
}

static void expect_message(struct centre_fixture *f, int64_t id, const char *text, bool incomplete) {
    struct message m;
    if (message_get(f->store, id, &m) != ERR_OK)
        fail_msg("no message %lld", (long long)id);
    assert_string_equal(m.text, text);
    assert_int_equal(m.incomplete, incomplete);
    message_release(&m);
}

static void expect_messages(struct centre_fixture *f, int64_t count) {
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), count);
}

static void expect_case(struct centre_fixture *f, int64_t id, const char *text, int flags) {
    struct pakn_case c = centre_case(f, id);
    assert_string_equal(c.text, text);
    assert_int_equal(c.flags & ~CASE_NORMALISE, flags);
    case_release(&c);
}

/* ---- whole messages ---- */

static void in_order(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3 bi ", 7, 1, 2);
    expect_messages(f, 0);
    part(f, AN, "sut lun nang", 7, 2, 2);
    expect_message(f, 1, "PA Duong vao thon 3 bi sut lun nang", false);
    expect_case(f, 1, "Duong vao thon 3 bi sut lun nang", 0);
    assert_int_equal(centre_replies(f, AN), 2); /* one ACK, one ASKNAME */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 2 AND message_id = 1"), 2);
    centre_wait(f, CLOCK_HOUR);
    expect_messages(f, 1);
    centre_check_promises(f);
}

static void every_order_of_four(void **state) {
    struct centre_fixture *f = *state;
    static const char *const texts[] = {"PA phan mot ", "phan hai ", "phan ba ", "phan bon"};
    int reference = 0;
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int c = 0; c < 4; c++) {
                int d = 6 - a - b - c;
                if (a == b || a == c || b == c)
                    continue;
                const int order[] = {a, b, c, d};
                for (int i = 0; i < 4; i++)
                    part(f, AN, texts[order[i]], reference, order[i] + 1, 4);
                expect_message(f, ++reference, "PA phan mot phan hai phan ba phan bon", false);
            }
    assert_int_equal(reference, 24);
    expect_messages(f, 24);
}

static void interleaved_senders_with_one_reference(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA cua An phan mot ", 1, 1, 2);
    part(f, BINH, "PA cua Binh phan mot ", 1, 1, 2);
    part(f, BINH, "va phan hai", 1, 2, 2);
    part(f, AN, "va phan hai", 1, 2, 2);
    expect_message(f, 1, "PA cua Binh phan mot va phan hai", false);
    expect_message(f, 2, "PA cua An phan mot va phan hai", false);
}

/* One phone, one reference, two messages at once: contents and times tell them apart. */
static void interleaved_messages_with_one_reference(void **state) {
    struct centre_fixture *f = *state;
    int64_t start = f->now;
    part(f, AN, "PA tin thu nhat, ", 5, 1, 2);
    f->now = start + 20 * CLOCK_SECOND;
    part(f, AN, "PA tin thu hai, ", 5, 1, 2);
    struct arrival a = centre_part(f, AN, "phan cuoi nhat", 5, 2, 2);
    a.sent_at = start + CLOCK_SECOND;
    centre_give(f, &a);
    part(f, AN, "phan cuoi hai", 5, 2, 2);
    expect_message(f, 1, "PA tin thu nhat, phan cuoi nhat", false);
    expect_message(f, 2, "PA tin thu hai, phan cuoi hai", false);
    expect_messages(f, 2);
}

/* Without any time at all the older message is served first. */
static void without_times_the_older_comes_first(void **state) {
    struct centre_fixture *f = *state;
    static const struct {
        const char *text;
        int sequence;
    } rows[] = {{"PA mot, phan dau ", 1}, {"PA hai, phan dau ", 1}, {"cuoi mot", 2}, {"cuoi hai", 2}};
    for (size_t i = 0; i < 4; i++) {
        struct arrival a = centre_part(f, AN, rows[i].text, 5, rows[i].sequence, 2);
        a.sent_at = -1;
        centre_give(f, &a);
    }
    expect_message(f, 1, "PA mot, phan dau cuoi mot", false);
    expect_message(f, 2, "PA hai, phan dau cuoi hai", false);
}

static void a_reference_used_again_later(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA tin thu nhat, ", 5, 1, 2);
    part(f, AN, "phan cuoi nhat", 5, 2, 2);
    centre_wait(f, 30 * CLOCK_SECOND);
    part(f, AN, "phan cuoi hai", 5, 2, 2);
    part(f, AN, "PA tin thu hai, ", 5, 1, 2);
    expect_message(f, 2, "PA tin thu hai, phan cuoi hai", false);
    expect_messages(f, 2);
}

/* The same words sent twice, with the same reference, a minute apart, are two messages. */
static void equal_messages_are_two(void **state) {
    struct centre_fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        part(f, AN, "PA van cau chuyen cu, ", 5, 1, 2);
        part(f, AN, "chua ai sua", 5, 2, 2);
        centre_wait(f, CLOCK_MINUTE);
    }
    expect_messages(f, 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE case_id = 1"), 2); /* about one case */
}

static void widths_and_totals_are_part_of_the_key(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA phan mot ", 5, 1, 2);
    struct arrival wide = centre_part(f, AN, "khong phai cua tin kia", 5, 2, 2);
    wide.concat.wide = true;
    centre_give(f, &wide);
    part(f, AN, "cung khong phai", 5, 2, 3);
    struct arrival other_link = centre_part(f, AN, "duong khac", 5, 2, 2);
    other_link.link = "m2";
    centre_give(f, &other_link);
    expect_messages(f, 0);
    part(f, AN, "phan hai", 5, 2, 2);
    expect_message(f, 1, "PA phan mot phan hai", false);
}

/* Some phones write a header for messages of one part, and headers can be nonsense: each is a plain message. */
static void headers_that_mean_nothing(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA chi co mot phan thoi", 5, 1, 1);
    part(f, AN, "PA phan so khong cua hai", 5, 0, 2);
    part(f, AN, "PA phan ba cua hai phan", 5, 3, 2);
    expect_messages(f, 3);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM assembly"), 0);
    struct arrival a = centre_part(f, AN, "PA tong so la khong thoi", 5, 1, 0);
    centre_give(f, &a);
    expect_messages(f, 4);
}

static void as_many_as_there_can_be(void **state) {
    struct centre_fixture *f = *state;
    struct str expected;
    char text[16];
    str_init(&expected, 8192);
    for (int i = 1; i <= 255; i++)
        str_addf(&expected, "%s%03d,", i == 1 ? "PA dai " : "", i);
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int i = 255; i >= 1; i--) {
        snprintf(text, sizeof text, "%s%03d,", i == 1 ? "PA dai " : "", i);
        struct arrival a = centre_part(f, AN, text, 65535, i, 255);
        a.concat.wide = true;
        assert_int_equal(smsc_arrival(f->smsc, &a, false, f->now), ERR_OK);
    }
    assert_int_equal(store_commit(f->store), ERR_OK);
    expect_message(f, 1, expected.data, false);
    expect_messages(f, 1);
    str_release(&expected);
}

/* Each part may have its own alphabet, and a phone may cut an emoji in two. */
static void parts_of_several_alphabets(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA duong hong \xF4\x8F\x80\xBD", 5, 1, 2); /* a parked high surrogate */
    part(f, AN, "\xF4\x8F\x98\xA1 nang lắm", 5, 2, 2); /* and its low one */
    expect_message(f, 1, "PA duong hong \xF0\x9F\x98\xA1 nang lắm", false);
}

/* The last part may hold no more than one letter, and that one an accented one. */
static void a_last_part_of_one_accented_letter(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Đường vào thôn 3 bị sụt lún, đề nghị cơ quan chức năng kiểm ", 7, 1, 3);
    part(f, AN, "tra và sửa ch", 7, 2, 3);
    part(f, AN, "ữ", 7, 3, 3);
    expect_message(f, 1, "PA Đường vào thôn 3 bị sụt lún, đề nghị cơ quan chức năng kiểm tra và sửa chữ", false);
    expect_messages(f, 1);
}

/* A service centre's clock may be days off, in another zone, or set between two parts. Parts wait by our own clock: they are joined all the same, and
 * none is thrown away before its time or kept beyond it. */
static void a_service_centre_whose_clock_is_wrong(void **state) {
    struct centre_fixture *f = *state;
    static const int64_t wrong[] = {CLOCK_DAY, -CLOCK_DAY, CLOCK_HOUR, -15 * CLOCK_MINUTE, 3650 * CLOCK_DAY, -3650 * CLOCK_DAY};
    int64_t messages = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct arrival a = centre_part(f, AN, "PA Duong vao thon 3 ", 7, 1, 2);
        a.sent_at = f->now + wrong[i];
        centre_give(f, &a);
        centre_wait(f, 10 * CLOCK_SECOND);
        expect_messages(f, messages);
        a = centre_part(f, AN, "bi sut lun", 7, 2, 2);
        a.sent_at = f->now - wrong[i]; /* set in between, the other way */
        centre_give(f, &a);
        expect_message(f, ++messages, "PA Duong vao thon 3 bi sut lun", false);
        centre_wait(f, CLOCK_DAY);

        a = centre_part(f, BINH, "PA Den chieu sang ", 7, 1, 2);
        a.sent_at = f->now + wrong[i];
        centre_give(f, &a);
        centre_wait(f, f->settings.reassembly_wait - 1);
        expect_messages(f, messages);
        centre_wait(f, 1);
        expect_messages(f, ++messages);
        centre_wait(f, CLOCK_DAY);
    }
    expect_messages(f, messages);
}

/* ---- repetitions ---- */

static void a_part_that_comes_twice(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3 bi ", 7, 1, 2);
    centre_wait(f, CLOCK_SECOND);
    part(f, AN, "PA Duong vao thon 3 bi ", 7, 1, 2); /* again, as the network stamps it anew */
    part(f, AN, "sut lun", 7, 2, 2);
    expect_message(f, 1, "PA Duong vao thon 3 bi sut lun", false);
    struct arrival a = centre_part(f, AN, "sut lun", 7, 2, 2); /* the same time: the same part in another PDU */
    centre_give(f, &a);
    centre_wait(f, CLOCK_HOUR);
    expect_messages(f, 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 3"), 2);
}

/* A phone that missed an acknowledgement sends its last part again, a little later: nothing new, and no message of half the words. */
static void a_part_that_comes_again_after_all(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3 bi ", 7, 1, 2);
    part(f, AN, "sut lun", 7, 2, 2);
    centre_wait(f, 10 * CLOCK_SECOND);
    part(f, AN, "sut lun", 7, 2, 2);
    centre_wait(f, CLOCK_HOUR);
    expect_messages(f, 1);
    assert_int_equal(centre_replies(f, AN), 2);
    centre_check_promises(f);
}

/* ---- gaps ---- */

static void count_incomplete(void *context, const struct case_event *e) {
    *(int *)context += strstr(e->data, "\"incomplete\":true") != NULL;
}

static void a_missing_part_leaves_a_mark(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3", 7, 1, 3);
    part(f, AN, "mong xa xem xet", 7, 3, 3);
    centre_wait(f, f->settings.reassembly_wait - 1);
    expect_messages(f, 0);
    centre_wait(f, 1);
    expect_message(f, 1, "PA Duong vao thon 3 [thieu phan 2/3] mong xa xem xet", true);
    expect_case(f, 1, "Duong vao thon 3 [thieu phan 2/3] mong xa xem xet", CASE_INCOMPLETE);
    int incomplete = 0;
    assert_int_equal(case_event_list(f->store, 1, count_incomplete, &incomplete), ERR_OK);
    assert_int_equal(incomplete, 1);
    assert_int_equal(centre_replies(f, AN), 3);
    centre_expect(f, AN, 1, "Tin cua ban den thieu mot phan. Gui lai phan thieu cho PAKN *");
    centre_check_promises(f);
}

static void marks_of_several_gaps(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "giua thu nhat", 1, 2, 7);
    part(f, AN, "giua thu hai", 1, 6, 7);
    part(f, BINH, "duoi cung", 1, 3, 3);
    centre_wait(f, f->settings.reassembly_wait);
    expect_message(f, 1, "[thieu phan 1/7] giua thu nhat [thieu phan 3-5/7] giua thu hai [thieu phan 7/7]", true);
    expect_message(f, 2, "[thieu phan 1-2/3] duoi cung", true);
}

/* The late part goes into the message and its case; no second case, no second acknowledgement. */
static void a_late_part_is_added(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3 ", 7, 1, 3);
    part(f, AN, "mong xa xem xet", 7, 3, 3);
    centre_wait(f, CLOCK_HOUR);
    int replies = centre_replies(f, AN);
    part(f, AN, "bi sut lun nang, ", 7, 2, 3);
    expect_message(f, 1, "PA Duong vao thon 3 bi sut lun nang, mong xa xem xet", false);
    expect_case(f, 1, "Duong vao thon 3 bi sut lun nang, mong xa xem xet", 0);
    assert_int_equal(centre_replies(f, AN), replies);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.supplemented'"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.completed'"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 2 AND message_id = 1"), 3);
    centre_wait(f, CLOCK_HOUR);
    expect_messages(f, 1);
    centre_check_promises(f);
}

static void late_parts_one_by_one(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA phan mot ", 7, 1, 3);
    centre_wait(f, CLOCK_HOUR);
    part(f, AN, "phan ba", 7, 3, 3);
    expect_message(f, 1, "PA phan mot  [thieu phan 2/3] phan ba", true);
    expect_case(f, 1, "phan mot  [thieu phan 2/3] phan ba", CASE_INCOMPLETE);
    part(f, AN, "phan hai ", 7, 2, 3);
    expect_message(f, 1, "PA phan mot phan hai phan ba", false);
    expect_messages(f, 1);
}

/* The first part brings the verb late: the draft that its rest made becomes the content. */
static void a_late_first_part(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "thon 3 bi sut lun nang lam", 7, 2, 2);
    centre_wait(f, CLOCK_HOUR);
    centre_expect(f, AN, 0, "Ban muon gui phan anh: *");
    part(f, AN, "PA Duong vao ", 7, 1, 2);
    expect_case(f, 1, "Duong vao thon 3 bi sut lun nang lam", 0);
    centre_expect(f, AN, 1, "PAKN Thanh Hoa da nhan *"); /* with PA nothing is left to ask */
    centre_say(f, AN, "OK");
    centre_wait(f, 25 * CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    centre_check_promises(f);
}

/* Half a message was too little for a case; the whole isn't. */
static void a_late_part_that_makes_it_a_case(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "sut lun", 7, 2, 2);
    part(f, AN, "PA Duong vao thon 3 ", 8, 1, 2);
    centre_wait(f, f->settings.reassembly_wait);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE code IS NOT NULL"), 1); /* of the second */
    part(f, AN, "PA Duong vao thon 4 ", 7, 1, 2);
    expect_message(f, 1, "PA Duong vao thon 4 sut lun", false);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE code IS NOT NULL"), 2);
    expect_messages(f, 2);
}

/* TC led to somebody's case without opening it: a late part must not write into that. */
static void a_late_part_of_tc_writes_into_no_case(void **state) {
    struct centre_fixture *f = *state;
    char text[64];
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    struct pakn_case c = centre_case(f, 1);
    snprintf(text, sizeof text, "TC %09d ", (int)c.code);
    case_release(&c);
    part(f, AN, text, 9, 1, 2);
    centre_wait(f, f->settings.reassembly_wait);
    part(f, AN, "sao mai van chua co ai den sua", 9, 2, 2);
    expect_case(f, 1, "Duong vao thon 3 bi sut lun", 0);
}

static void a_part_after_the_window_is_a_message_of_its_own(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3 ", 7, 1, 2);
    centre_wait(f, f->settings.late_part_window + CLOCK_MINUTE);
    part(f, AN, "bi sut lun nang lam", 7, 2, 2);
    centre_wait(f, CLOCK_HOUR);
    expect_messages(f, 2);
    expect_message(f, 2, "[thieu phan 1/2] bi sut lun nang lam", true);
}

/* Waiting parts are on disk: a stop and a start change nothing. */
static void a_restart_between_parts(void **state) {
    struct centre_fixture *f = *state;
    part(f, AN, "PA Duong vao thon 3 ", 7, 1, 2);
    part(f, BINH, "PA chi co mot phan den noi", 7, 1, 2);
    centre_restart(f);
    part(f, AN, "bi sut lun", 7, 2, 2);
    expect_message(f, 1, "PA Duong vao thon 3 bi sut lun", false);
    f->now += CLOCK_HOUR;
    centre_restart(f);
    centre_wait(f, 0);
    expect_message(f, 2, "PA chi co mot phan den noi [thieu phan 2/2]", true);
    centre_check_promises(f);
}

/* The clock runs from the first part's service-centre time. */
static void a_case_starts_with_its_first_part(void **state) {
    struct centre_fixture *f = *state;
    int64_t start = f->now;
    part(f, AN, "PA Duong vao thon 3 ", 7, 1, 2);
    centre_wait(f, 30 * CLOCK_SECOND);
    part(f, AN, "bi sut lun", 7, 2, 2);
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.submitted_at, start);
    case_release(&c);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, centre_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CENTRE(in_order),
        CENTRE(every_order_of_four),
        CENTRE(interleaved_senders_with_one_reference),
        CENTRE(interleaved_messages_with_one_reference),
        CENTRE(without_times_the_older_comes_first),
        CENTRE(a_reference_used_again_later),
        CENTRE(equal_messages_are_two),
        CENTRE(widths_and_totals_are_part_of_the_key),
        CENTRE(headers_that_mean_nothing),
        CENTRE(as_many_as_there_can_be),
        CENTRE(parts_of_several_alphabets),
        CENTRE(a_last_part_of_one_accented_letter),
        CENTRE(a_service_centre_whose_clock_is_wrong),
        CENTRE(a_part_that_comes_twice),
        CENTRE(a_part_that_comes_again_after_all),
        CENTRE(a_missing_part_leaves_a_mark),
        CENTRE(marks_of_several_gaps),
        CENTRE(a_late_part_is_added),
        CENTRE(late_parts_one_by_one),
        CENTRE(a_late_first_part),
        CENTRE(a_late_part_that_makes_it_a_case),
        CENTRE(a_late_part_of_tc_writes_into_no_case),
        CENTRE(a_part_after_the_window_is_a_message_of_its_own),
        CENTRE(a_restart_between_parts),
        CENTRE(a_case_starts_with_its_first_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
