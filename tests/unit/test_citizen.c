/* Conversations: what a citizen texts and what comes back, on a real store with a virtual clock. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/code.h"
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

/* The code of the case with that row, as text. */
static const char *code_of(struct centre_fixture *f, int64_t case_id) {
    static char code[CASE_CODE_SIZE];
    struct pakn_case c = centre_case(f, case_id);
    case_code_text(c.code, code);
    case_release(&c);
    return code;
}

static void expect(struct centre_fixture *f, const char *to, int n, const char *format, int64_t case_id) {
    struct str text;
    const char *at = format;
    str_init(&text, 4096);
    for (const char *hole; (hole = strstr(at, "{code}")) != NULL; at = hole + 6) {
        str_add_n(&text, at, (size_t)(hole - at));
        str_add(&text, code_of(f, case_id));
    }
    str_add(&text, at);
    centre_expect(f, to, n, text.data);
    str_release(&text);
}

static void say(struct centre_fixture *f, const char *from, const char *format, int64_t case_id) {
    char text[400];
    const char *hole = strstr(format, "{code}");
    snprintf(text, sizeof text, "%.*s%s%s", hole ? (int)(hole - format) : (int)strlen(format), format, hole ? code_of(f, case_id) : "",
             hole ? hole + 6 : "");
    centre_say(f, from, text);
}

/* A complaint about that hamlet: the same about another is another case. */
static struct arrival about_hamlet(struct centre_fixture *f, const char *from, int hamlet) {
    static char text[100];
    snprintf(text, sizeof text, "PA Duong vao thon %d bi sut lun", hamlet);
    return centre_text(f, from, text);
}

static void complain(struct centre_fixture *f, const char *from, int hamlet) {
    struct arrival a = about_hamlet(f, from, hamlet);
    centre_give(f, &a);
}

/* ---- submitting ---- */

static void a_complaint_becomes_a_case(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    expect(
        f, AN, 0,
        "PAKN Thanh Hoa da nhan phan anh, ma so {code} (09:05 21/11/2026). Tra loi tiep nhan cham nhat 24/11/2026. Tra cuu: soan TC {code} gui 1022",
        1);
    expect(
        f, AN, 1,
        "De tiep nhan PAKN {code} can ho ten nguoi gui (duoc giu bi mat). Soan: TEN Nguyen Van A gui 1022. Khong muon cong khai noi dung: KIN {code}",
        1);
    assert_int_equal(centre_replies(f, AN), 2);
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, "Duong vao thon 3 bi sut lun");
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(c.kind, CASE_PHAN_ANH);
    assert_true(code_valid(c.code));
    assert_int_equal(c.submitted_at, f->now);
    case_release(&c);
    assert_int_equal(centre_count(f, "SELECT due_at FROM deadline"), calendar_end_of_day(civil_day_number(2026, 11, 24)));
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'SUBMIT' AND case_id = 1"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 2 AND message_id = 1"), 1);
    centre_check_promises(f);
}

static void keep_data(void *context, const struct case_event *e) {
    char **data = context;
    free(*data);
    *data = mem_string(e->data);
}

/* What the central store gets is frozen in the event, to the letter. */
static void what_the_event_says(void **state) {
    struct centre_fixture *f = *state;
    char expected[1000], *data = NULL;
    centre_say(f, AN, "KIN to cao \"can bo\" X");
    snprintf(expected, sizeof expected,
             "{\"code\":\"%s\",\"id\":\"38-%s\",\"step\":\"submit\",\"from\":null,\"state\":\"RECEIVED\",\"role\":\"citizen\","
             "\"source\":\"sms\",\"kind\":\"phan_anh\",\"text\":\"to cao \\\"can bo\\\" X\","
             "\"phone\":\"+84912000001\",\"field\":\"can-bo\",\"confidential\":true,\"unconfirmed\":false,\"incomplete\":false,\"scope_suspect\":"
             "true,\"emergency\":false,"
             "\"tax\":false,\"needs_normalising\":[\"unaccented\"],\"moderation_flags\":[],\"advertising\":false,"
             "\"submitted_at\":\"2026-11-21T02:05:00.000Z\",\"intake_due\":\"2026-11-24\",\"link\":\"m1\"}",
             code_of(f, 1), code_of(f, 1));
    assert_int_equal(case_event_list(f->store, 1, keep_data, &data), ERR_OK);
    assert_string_equal(data, expected);
    centre_say(f, AN, "TEN Le Thi Hoa");
    centre_say(f, AN, "Den duong truoc cho khong sang");
    assert_int_equal(case_event_list(f->store, 2, keep_data, &data), ERR_OK);
    assert_non_null(strstr(data, "\"name\":\"Le Thi Hoa\""));
    free(data);
}

static void content_is_never_altered(void **state) {
    struct centre_fixture *f = *state;
    static const char content[] = "\"Đường  vào\nthôn 3\" [bị] sụt\tlún \xF0\x9F\x98\xA1 !!  ";
    char text[200];
    snprintf(text, sizeof text, "PA: %s", content);
    centre_say(f, AN, text);
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, content);
    case_release(&c);
}

/* The name is asked for once, saved, sent to the central store, and not asked for again. */
static void the_name_is_asked_once(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    assert_int_equal(centre_replies(f, AN), 3); /* ACK, ASKNAME, ACK */
    centre_say(f, AN, "ten le thi hoa");
    centre_expect(f, AN, -1, "Da luu ho ten cua ban *");
    assert_int_equal(centre_count(f, "SELECT count(DISTINCT case_id) FROM outbox WHERE type = 'vn.pakn.case.supplemented'"), 2);
    centre_say(f, AN, "PA Nuoc may co mui hoi ca tuan nay");
    assert_int_equal(centre_replies(f, AN), 5);
    centre_expect(f, AN, -1, "PAKN Thanh Hoa da nhan *");
    struct phone phone;
    struct subscriber who;
    assert_int_equal(phone_parse(AN, &phone), ERR_OK);
    assert_int_equal(subscriber_find(f->store, &phone, &who), ERR_OK);
    assert_string_equal(who.name, "le thi hoa");
    subscriber_release(&who);
    centre_check_promises(f);
}

static void the_name_is_asked_again_after_its_question_lapsed(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_wait(f, 73 * CLOCK_HOUR);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    centre_expect(f, AN, -1, "De tiep nhan PAKN *");
}

/* As people really answer. */
static void names_in_other_words(void **state) {
    struct centre_fixture *f = *state;
    static const char *const answers[][2] = {{"ten toi la nguyen van binh", "nguyen van binh"},
                                             {"Họ và tên: Lê Thị Hoa", "Lê Thị Hoa"},
                                             {"Toi ten la Tran Minh Duc", "Tran Minh Duc"},
                                             {"ho ten Pham Thi Lan gui 1022", "Pham Thi Lan"},
                                             {"Hoàng Văn Thái", "Hoàng Văn Thái"}};
    struct phone phone;
    assert_int_equal(phone_parse(AN, &phone), ERR_OK);
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct subscriber who;
        assert_int_equal(centre_count(f, "UPDATE dialogue SET open = 1 WHERE id = 1 RETURNING 1"), 1);
        centre_say(f, AN, answers[i][0]);
        assert_int_equal(subscriber_find(f->store, &phone, &who), ERR_OK);
        assert_string_equal(who.name, answers[i][1]);
        subscriber_release(&who);
    }
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
}

static void a_complaint_is_no_name(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_say(f, AN, "Ten duong bi ghi sai");
    struct pakn_case c = centre_case(f, 2);
    assert_string_equal(c.text, "Ten duong bi ghi sai");
    assert_int_equal(c.state, CASE_RECEIVED); /* a known sender's words are filed directly */
    case_release(&c);
}

/* A name is for the dialogue, and words of a stranger never reach a format: braces and percent signs are text. */
static void hostile_texts_are_only_text(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA %s%n%s {code} {province} ${shortcode} '; DROP TABLE cases; --");
    centre_say(f, BINH, "{quote} %n%n%n %s {code} noi dung dai hon muoi chu");
    centre_expect(f, BINH, -1, "Ban muon gui phan anh: \"(quote) %n%n%n %s (code) noi dung dai hon muoi chu\"...?*");
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, "%s%n%s {code} {province} ${shortcode} '; DROP TABLE cases; --");
    case_release(&c);
}

/* ---- when the clock starts ---- */

struct start {
    int64_t sent_before; /* ms before arrival; INT64_MIN: no service-centre time */
    int64_t counted_before;
};

static void the_clock_starts(void **state) {
    struct centre_fixture *f = *state;
    const struct start rows[] = {
        {0, 0},         {CLOCK_HOUR, CLOCK_HOUR}, {72 * CLOCK_HOUR, 72 * CLOCK_HOUR}, {72 * CLOCK_HOUR + 1, 0}, /* too old to be believed */
        {-1, 0}, /* from the future */
        {INT64_MIN, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arrival a = about_hamlet(f, AN, (int)i);
        a.sent_at = rows[i].sent_before == INT64_MIN ? -1 : f->now - rows[i].sent_before;
        centre_give(f, &a);
        struct pakn_case c = centre_case(f, (int64_t)i + 1);
        assert_int_equal(c.submitted_at, f->now - rows[i].counted_before);
        case_release(&c);
    }
}

/* 23:59:59 and 00:00:00 in Vietnam lie on two days, though UTC has them on one. */
static void midnight_in_vietnam(void **state) {
    struct centre_fixture *f = *state;
    struct civil last = {.year = 2026, .month = 3, .day = 10, .hour = 23, .minute = 59, .second = 59};
    f->now = civil_to_ms(last) + CLOCK_HOUR;
    for (int i = 0; i < 2; i++) {
        struct arrival a = about_hamlet(f, AN, i);
        a.sent_at = civil_to_ms(last) + i * CLOCK_SECOND;
        centre_give(f, &a);
        struct pakn_case c = centre_case(f, i + 1);
        assert_int_equal(c.due_day, civil_day_number(2026, 3, 12 + i));
        case_release(&c);
    }
}

/* ---- free text ---- */

static void a_stranger_is_asked(void **state) {
    struct centre_fixture *f = *state;
    int64_t first = f->now;
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    centre_expect(f, AN, 0, "Ban muon gui phan anh: \"Duong vao thon 3 bi sut lun\"...? Soan OK gui 1022 de gui. Xem huong dan: soan HD gui 1022");
    struct pakn_case draft = centre_case(f, 1);
    assert_int_equal(draft.state, CASE_DRAFT);
    assert_int_equal(draft.code, 0);
    case_release(&draft);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox"), 0);
    centre_wait(f, 3 * CLOCK_HOUR);
    centre_say(f, AN, "OK");
    expect(f, AN, 1, "PAKN Thanh Hoa da nhan phan anh, ma so {code} (09:05 21/11/2026). *", 1); /* the time of the text, not of the OK */
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(c.submitted_at, first);
    assert_string_equal(c.text, "Duong vao thon 3 bi sut lun");
    case_release(&c);
    centre_say(f, AN, "OK"); /* thanks, or a second thumb: nothing more */
    assert_int_equal(centre_replies(f, AN), 3);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    centre_check_promises(f);
}

static void an_unanswered_question_files_it(void **state) {
    struct centre_fixture *f = *state;
    int64_t first = f->now;
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    centre_wait(f, 24 * CLOCK_HOUR - 1);
    assert_int_equal(centre_replies(f, AN), 1);
    centre_wait(f, 1);
    expect(f, AN, 1, "PAKN Thanh Hoa da nhan phan anh, ma so {code} (09:05 21/11/2026). *", 1);
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.flags & ~CASE_NORMALISE, CASE_UNCONFIRMED);
    assert_int_equal(c.submitted_at, first);
    case_release(&c);
    centre_wait(f, 48 * CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    centre_check_promises(f);
}

/* The appliance was off when the day was over: it happens after the start, once. */
static void an_unanswered_question_survives_a_restart(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    f->now += 30 * CLOCK_HOUR;
    centre_restart(f);
    centre_wait(f, 0);
    centre_restart(f);
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE state = 1"), 1);
    centre_check_promises(f);
}

static void no_means_no(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    centre_say(f, AN, "khong");
    centre_wait(f, 25 * CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE code IS NOT NULL"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 2); /* the words are kept all the same */
}

static void yes_in_other_words(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    centre_say(f, AN, "Vâng ạ");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE code IS NOT NULL"), 1);
}

/* Two texts in a row are two questions; OK answers the newest, the other files itself. */
static void ok_answers_the_newest_question(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    centre_say(f, AN, "Den duong truoc cho khong sang");
    centre_say(f, AN, "OK");
    struct pakn_case c = centre_case(f, 2);
    assert_int_equal(c.state, CASE_RECEIVED);
    case_release(&c);
    centre_wait(f, 24 * CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE state = 1"), 2);
    centre_check_promises(f);
}

static void settings_of_the_question(void **state) {
    struct centre_fixture *f = *state;
    f->settings.confirm_freetext = SMSC_CONFIRM_NEVER;
    centre_reopen_smsc(f);
    centre_say(f, AN, "Duong vao thon 3 bi sut lun");
    centre_expect(f, AN, 0, "PAKN Thanh Hoa da nhan *");
    f->settings.confirm_freetext = SMSC_CONFIRM_ALWAYS;
    centre_reopen_smsc(f);
    centre_say(f, AN, "Den duong truoc cho khong sang");
    centre_expect(f, AN, -1, "Ban muon gui *");
}

/* Too short for a case: with PA it's asked about, and an OK files it; without, help. */
static void short_texts(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA mat dien");
    centre_expect(f, AN, 0, "Ban muon gui phan anh: \"mat dien\"...? *");
    centre_say(f, AN, "OK");
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, "mat dien");
    assert_int_equal(c.state, CASE_RECEIVED);
    case_release(&c);
    centre_say(f, BINH, "PA mat nuoc");
    centre_wait(f, 25 * CLOCK_HOUR);
    assert_int_equal(centre_replies(f, BINH), 1); /* nobody said OK to so little */
    centre_say(f, BINH, "alo");
    centre_expect(f, BINH, -1, "PA <noi dung>: gui phan anh. *");
    centre_say(f, BINH, "PA 12345");
    centre_expect(f, BINH, -1, "PA <noi dung>: gui phan anh. *");
    centre_check_promises(f);
}

static void empty_messages_get_one_help_a_day(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "");
    centre_say(f, AN, " . ");
    assert_int_equal(centre_replies(f, AN), 1);
    centre_wait(f, 24 * CLOCK_HOUR - 1);
    centre_say(f, AN, "");
    assert_int_equal(centre_replies(f, AN), 1);
    centre_wait(f, 1);
    centre_say(f, AN, "");
    assert_int_equal(centre_replies(f, AN), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'IGNORE'"), 4);
}

/* However long the text: the question stays one segment, the text stays whole. */
static void a_long_text_is_quoted_in_part(void **state) {
    struct centre_fixture *f = *state;
    struct str text;
    str_init(&text, 4096);
    for (int i = 0; i < 30; i++)
        str_add(&text, "Đường vào thôn 3 bị sụt lún nặng, \"€\" [xe] không đi được. ");
    centre_say(f, AN, text.data);
    char *question = centre_reply(f, AN, 0);
    assert_in_range(gsm7_length(question), 140, 160);
    assert_non_null(strstr(question, "\"Duong vao thon 3 bi sut lun nang, ' EUR' (xe) khong di duoc. Duong vao\"...?"));
    free(question);
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, text.data);
    case_release(&c);
    str_release(&text);
}

/* ---- tracking ---- */

static void tracking(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    say(f, AN, "TC {code}", 1);
    expect(f, AN, -1,
           "PAKN {code}: da nhan tai TT Phuc vu hanh chinh cong, han 24/11/2026. Gui luc 09:05 21/11/2026. Bo sung: BS {code} <noi dung> gui 1022",
           1);
    say(f, AN, "{code}", 1);
    expect(f, AN, -1, "PAKN {code}: da nhan tai *", 1);
    char last4[8];
    snprintf(last4, sizeof last4, "TC %s", code_of(f, 1) + 5);
    centre_say(f, AN, last4);
    expect(f, AN, -1, "PAKN {code}: da nhan tai *", 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'TRACK' AND case_id = 1"), 3);
}

static void nobody_tracks_another_phones_case(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    say(f, BINH, "TC {code}", 1);
    expect(f, BINH, 0, "Khong tim thay ma so {code} gan voi so dien thoai nay. Xem lai 9 chu so, hoac soan TC gui 1022 de xem phan anh cua ban.", 1);
    centre_say(f, BINH, "TC 000000195"); /* of nobody: the same text */
    centre_expect(f, BINH, 1,
                  "Khong tim thay ma so 000000195 gan voi so dien thoai nay. Xem lai 9 chu so, hoac soan TC gui 1022 de xem phan anh cua ban.");
    say(f, BINH, "KIN {code}", 1);
    expect(f, BINH, 2, "Khong tim thay ma so {code} *", 1);
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.flags & ~CASE_NORMALISE, 0);
    case_release(&c);
}

/* On a number that provinces share: 38-482109304. Another province's is nobody's here, and is counted like a code of nobody. */
static void a_code_with_its_province(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    say(f, AN, "TC 38 {code}", 1);
    expect(f, AN, -1, "PAKN {code}: da nhan tai *", 1);
    say(f, AN, "38-{code}", 1);
    expect(f, AN, -1, "PAKN {code}: da nhan tai *", 1);
    assert_int_equal(centre_count(f, "SELECT wrong_count FROM subscriber WHERE id = 1"), 0);
    say(f, AN, "TC 37 {code}", 1);
    expect(f, AN, -1, "Khong tim thay ma so 37-{code} gan voi so dien thoai nay. Xem lai 9 chu so, hoac soan TC gui 1022 de xem phan anh cua ban.",
           1);
    say(f, AN, "RUT 37-{code}", 1);
    expect(f, AN, -1, "Khong tim thay ma so 37-{code} *", 1);
    say(f, AN, "BS 37-{code} ngay cong truong", 1);
    expect(f, AN, -1, "Khong tim thay ma so 37-{code} *", 1);
    say(f, AN, "DY 37-{code}", 1);
    expect(f, AN, -1, "Khong tim thay ma so 37-{code} *", 1);
    assert_int_equal(centre_count(f, "SELECT wrong_count FROM subscriber WHERE id = 1"), 4);
    say(f, BINH, "TC 38-{code}", 1); /* another phone learns no more than of a code alone */
    expect(f, BINH, -1, "Khong tim thay ma so {code} *", 1);
    assert_int_equal(centre_count(f, "SELECT state FROM cases"), CASE_RECEIVED);
}

static void bad_codes(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "TC 482-109-340");
    centre_expect(f, AN, 0, "Ma so 482109340 bi go sai so. Xem lai tin xac nhan, hoac soan TC gui 1022 de xem danh sach phan anh cua ban.");
    centre_say(f, AN, "TC 7");
    centre_expect(f, AN, 1, "Khong tim thay ma so 7 *");
    centre_say(f, AN, "TC 0042");
    centre_expect(f, AN, 2, "Khong tim thay ma so 0042 *");
}

static void set_state(struct centre_fixture *f, int64_t case_id, enum case_state to) {
    struct pakn_case c = centre_case(f, case_id);
    c.state = to;
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(case_update(f->store, &c), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    case_release(&c);
}

static void ended_cases(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    set_state(f, 1, CASE_CLOSED);
    say(f, AN, "TC {code}", 1);
    expect(f, AN, -1, "PAKN {code} da ket thuc. Co van de moi, soan: PA <noi dung> gui 1022", 1);
    centre_say(f, AN, "TC");
    centre_expect(f, AN, -1, "PA <noi dung>: *"); /* nothing open to list */
}

static void the_list(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "TC");
    centre_expect(f, AN, -1, "PA <noi dung>: gui phan anh. *");
    for (int i = 0; i < 4; i++)
        complain(f, AN, i);
    centre_say(f, AN, "TC");
    struct str expected;
    str_init(&expected, 1024);
    str_add(&expected, "Phan anh cua ban: ");
    for (int i = 0; i < 3; i++)
        str_addf(&expected, "%d) %s da nhan, han 24/11. ", i + 1, code_of(f, 4 - i));
    str_add(&expected, "Chi tiet: TC 1. Ngung nhan tin: TUCHOI");
    centre_expect(f, AN, -1, expected.data);
    assert_in_range(gsm7_length(expected.data), 1, 160);
    str_release(&expected);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    centre_say(f, AN, "TC 2"); /* of the list that was shown, though a newer case came meanwhile */
    expect(f, AN, -1, "PAKN {code}: da nhan *", 3);
    centre_wait(f, 73 * CLOCK_HOUR);
    centre_say(f, AN, "TC 2"); /* of the list as it would be now */
    expect(f, AN, -1, "PAKN {code}: *", 4);
    centre_say(f, AN, "TC 4");
    centre_expect(f, AN, -1, "Khong tim thay ma so 4 *");
}

/* However long the states are, the list stays one segment; dates give way from the end. */
static void the_list_stays_one_segment(void **state) {
    struct centre_fixture *f = *state;
    f->settings.abuse.messages_per_hour = f->settings.abuse.flood_per_hour = 0;
    centre_reopen_smsc(f);
    static const enum case_state states[] = {CASE_RECEIVED, CASE_NEED_INFO, CASE_IN_PROCESS, CASE_RESULT_READY, CASE_PUBLISHED, CASE_REJOINDER};
    for (int i = 0; i < 3; i++)
        complain(f, AN, i);
    for (size_t k = 0; k < 6 * 6 * 6; k++) {
        set_state(f, 1, states[k % 6]);
        set_state(f, 2, states[k / 6 % 6]);
        set_state(f, 3, states[k / 36]);
        centre_say(f, AN, "TC");
        char *text = centre_reply(f, AN, -1);
        assert_in_range(gsm7_length(text), 60, 160);
        for (int i = 1; i <= 3; i++)
            assert_non_null(strstr(text, code_of(f, i)));
        free(text);
    }
}

/* ---- settings of the sender ---- */

static void accents(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "CD");
    centre_expect(f, AN, -1, "Từ nay bạn nhận tin có dấu. *");
    centre_say(f, AN, "PA Đường vào thôn 3 bị sụt lún");
    expect(f, AN, 1, "PAKN Thanh Hóa đã nhận phản ánh, mã số {code} (09:05 21/11/2026). Trả lời tiếp nhận chậm nhất 24/11/2026. *", 1);
    centre_say(f, AN, "TC");
    expect(f, AN, -1, "Phản ánh của bạn: 1) {code} đã nhận, hạn 24/11. Chi tiết: TC 1. Ngừng nhận tin: TUCHOI", 1);
    centre_say(f, AN, "KD");
    centre_expect(f, AN, -1, "Tu nay ban nhan tin khong dau. *");
    centre_say(f, AN, "TC");
    centre_expect(f, AN, -1, "Phan anh cua ban: *");
    assert_int_equal(centre_count(f, "SELECT max(total) FROM outbound WHERE encoding = 0"), 1);
    assert_int_equal(centre_count(f, "SELECT max(total) FROM outbound WHERE encoding = 2"), 3);
}

static void confidential(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "KIN Can bo X nhan tien cua dan");
    centre_expect(f, AN, 0, "PAKN Thanh Hoa da nhan *");
    expect(f, AN, 1, "PAKN {code}: noi dung duoc giu kin, *", 1);
    centre_say(f, AN, "PA Den duong truoc cho khong sang");
    say(f, AN, "KIN {code}", 2);
    say(f, AN, "KIN {code}", 2);
    expect(f, AN, -1, "PAKN {code}: noi dung duoc giu kin, *", 2);
    for (int i = 1; i <= 2; i++) {
        struct pakn_case c = centre_case(f, i);
        assert_int_equal(c.flags & ~CASE_NORMALISE, CASE_CONFIDENTIAL);
        case_release(&c);
    }
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.confidentiality-requested'"), 1);
    centre_check_promises(f);
}

/* Words that suggest an emergency bring the numbers to call, at once, and the text is filed like any other. */
static void hints_go_with_the_answer(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "Chay nha o thon 5 cuu voi");
    centre_expect(f, AN, 0, "Ban muon gui *");
    centre_expect(f, AN, 1, "Neu khan cap hay goi ngay: 114 *");
    centre_say(f, AN, "OK");
    centre_expect(f, AN, 2, "PAKN Thanh Hoa da nhan *");
    assert_int_equal(centre_replies(f, AN), 4); /* with ASKNAME, and no second hint */
    centre_say(f, BINH, "PA to cao ong X nhan hoi lo");
    centre_expect(f, BINH, 0, "PAKN Thanh Hoa da nhan *");
    centre_expect(f, BINH, -1, "Neu la don khieu nai, to cao: *");
    struct pakn_case c = centre_case(f, 2);
    assert_int_equal(c.flags & ~CASE_NORMALISE, CASE_SCOPE_SUSPECT);
    assert_int_equal(c.state, CASE_RECEIVED);
    case_release(&c);
    centre_check_promises(f);
}

/* ---- who isn't answered ---- */

static void machines_are_not_answered(void **state) {
    struct centre_fixture *f = *state;
    struct phone own;
    assert_int_equal(phone_parse("+84912999999", &own), ERR_OK);
    smsc_link_up(f->smsc, "m1", &own, f->now);
    static const char *const machines[] = {"Viettel", "9029", "+84912999999"};
    for (size_t i = 0; i < 3; i++) {
        centre_say(f, machines[i], "PA Tai khoan cua quy khach sap het han");
        assert_int_equal(centre_replies(f, machines[i]), 0);
    }
    smsc_link_down(f->smsc, "m1", f->now);
    centre_say(f, machines[2], "HD");
    assert_int_equal(centre_replies(f, machines[2]), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'KEPT'"), 4);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 0);
}

/* ---- what a person should look at ---- */

static int flags_of(struct centre_fixture *f, int64_t id) {
    struct pakn_case c = centre_case(f, id);
    int flags = c.flags;
    case_release(&c);
    return flags;
}

/* Flags change neither the answer nor the deadline. */
static void flags_are_silent(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Bon khon nan, duong hong ko sua, hoi ong Ba 0987654321");
    assert_int_equal(flags_of(f, 1), CASE_UNACCENTED | CASE_ABBREVIATED | CASE_INSULT | CASE_PERSONAL_DATA);
    expect(f, AN, 0, "PAKN Thanh Hoa da nhan phan anh, ma so {code} *", 1);
    centre_say(f, BINH, "PA Đường vào thôn 3 bị sụt lún");
    assert_int_equal(flags_of(f, 2), 0);
    assert_int_equal(centre_replies(f, AN), centre_replies(f, BINH));
    assert_int_equal(centre_count(f, "SELECT count(DISTINCT due_at) FROM deadline"), 1);
    centre_say(f, AN, "PA [QC] Sim so dep gia re cho moi nguoi");
    assert_int_equal(flags_of(f, 3), CASE_UNACCENTED | CASE_ADVERTISING);
}

static void added_words_are_looked_at(void **state) {
    struct centre_fixture *f = *state;
    char text[200];
    centre_say(f, AN, "PA Đường vào thôn 3 bị sụt lún");
    snprintf(text, sizeof text, "BS %s so cua toi la 0987654321", code_of(f, 1));
    centre_say(f, AN, text);
    assert_int_equal(flags_of(f, 1) & CASE_MODERATION, 0);
    snprintf(text, sizeof text, "BS %s hoi ong Ba 0987654321 thi ro", code_of(f, 1));
    centre_say(f, AN, text);
    assert_int_equal(flags_of(f, 1) & CASE_MODERATION, CASE_PERSONAL_DATA);
}

/* A part that comes late: the whole text says what it needs. */
static void a_late_part_is_looked_at(void **state) {
    struct centre_fixture *f = *state;
    struct arrival first = centre_part(f, AN, "PA O ga lon giua cau Sau, ", 7, 1, 2);
    centre_give(f, &first);
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(flags_of(f, 1) & (CASE_MODERATION | CASE_UNACCENTED), CASE_UNACCENTED);
    struct arrival late = centre_part(f, AN, "hỏi ông Ba 0987654321", 7, 2, 2);
    centre_give(f, &late);
    assert_int_equal(flags_of(f, 1) & (CASE_MODERATION | CASE_UNACCENTED), CASE_PERSONAL_DATA);
}

/* ---- deadlines ---- */

static void a_missed_deadline_is_told_once(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_wait(f, calendar_end_of_day(civil_day_number(2026, 11, 24)) - f->now - 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.deadline.missed'"), 0);
    centre_wait(f, 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.deadline.missed'"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.late' AND actor = 'timer'"), 1);
    centre_restart(f);
    centre_wait(f, 24 * CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.deadline.missed'"), 1);
    assert_int_equal(centre_count(f, "SELECT state FROM deadline"), DEADLINE_MISSED);
}

/* What fell due during a stop fires in the order in which it fell due. */
static void missed_deadlines_after_a_stop(void **state) {
    struct centre_fixture *f = *state;
    int64_t start = f->now;
    for (int i = 0; i < 3; i++) { /* the later the case, the earlier its text */
        struct arrival a = about_hamlet(f, AN, i);
        a.sent_at = start - (int64_t)i * 24 * CLOCK_HOUR;
        centre_give(f, &a);
    }
    assert_int_equal(centre_count(f, "SELECT count(DISTINCT due_at) FROM deadline"), 2); /* Saturday's and Friday's text fall due together */
    f->now += 20 * 24 * CLOCK_HOUR;
    centre_restart(f);
    centre_wait(f, 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.deadline.missed'"), 3);
    assert_int_equal(centre_count(f, "SELECT case_id FROM outbox WHERE type = 'vn.pakn.deadline.missed' ORDER BY sequence LIMIT 1"), 3);
    assert_int_equal(centre_count(f, "SELECT case_id FROM outbox WHERE type = 'vn.pakn.deadline.missed' ORDER BY sequence DESC LIMIT 1"), 2);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, centre_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CENTRE(a_complaint_becomes_a_case),
        CENTRE(what_the_event_says),
        CENTRE(content_is_never_altered),
        CENTRE(the_name_is_asked_once),
        CENTRE(the_name_is_asked_again_after_its_question_lapsed),
        CENTRE(names_in_other_words),
        CENTRE(a_complaint_is_no_name),
        CENTRE(hostile_texts_are_only_text),
        CENTRE(the_clock_starts),
        CENTRE(midnight_in_vietnam),
        CENTRE(a_stranger_is_asked),
        CENTRE(an_unanswered_question_files_it),
        CENTRE(an_unanswered_question_survives_a_restart),
        CENTRE(no_means_no),
        CENTRE(yes_in_other_words),
        CENTRE(ok_answers_the_newest_question),
        CENTRE(settings_of_the_question),
        CENTRE(short_texts),
        CENTRE(empty_messages_get_one_help_a_day),
        CENTRE(a_long_text_is_quoted_in_part),
        CENTRE(tracking),
        CENTRE(nobody_tracks_another_phones_case),
        CENTRE(a_code_with_its_province),
        CENTRE(bad_codes),
        CENTRE(ended_cases),
        CENTRE(the_list),
        CENTRE(the_list_stays_one_segment),
        CENTRE(accents),
        CENTRE(confidential),
        CENTRE(hints_go_with_the_answer),
        CENTRE(flags_are_silent),
        CENTRE(added_words_are_looked_at),
        CENTRE(a_late_part_is_looked_at),
        CENTRE(machines_are_not_answered),
        CENTRE(a_missed_deadline_is_told_once),
        CENTRE(missed_deadlines_after_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
