/* The menus over USSD: the published screens with their lengths, every screen in both alphabets as a transcript that is looked at as a whole, and
 * what must hold whatever is typed: a screen within its limits each time, no case but by the screen that asks for it, none twice. */
#include "smsc/ussd_menu.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/abuse.h"
#include "smsc/ussd_state.h"
#include "store/db.h"
#include "store/ussd_session.h"
#include "tests/unit/golden.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS "Duong vao thon 3 bi sut lun"
#define PLACE "Hoang Quang, thon 3"

/* ---- a phone with menus ---- */

struct menu {
    struct centre_fixture *f;
    const char *phone, *session, *operator_name;
    int sequence;
    struct ussd_answer screen; /* the last */
    struct str *transcript; /* NULL: none */
    bool seen[2][USSD_SCREEN_COUNT];
};

static struct menu menu_of(struct centre_fixture *f, const char *phone) {
    return (struct menu){.f = f, .phone = phone, .session = "s1", .operator_name = "viettel"};
}

static void check_limits(const struct ussd_answer *a) {
    assert_true(text_valid(a->text, strlen(a->text)) && *a->text);
    if (a->encoding == SMS_UCS2)
        assert_in_range(ussd_units(a->text, true), 1, USSD_UCS2_MAX);
    else
        assert_in_range(gsm7_length(a->text), 1, USSD_SEPTETS_AIM);
}

static void note_screen(struct menu *m) {
    struct phone phone;
    struct subscriber who = {0};
    struct ussd_session row = {0};
    struct ussd_state state = {0};
    assert_int_equal(phone_parse(m->phone, &phone), ERR_OK);
    assert_int_equal(subscriber_find(m->f->store, &phone, &who), ERR_OK);
    if (ussd_session_get(m->f->store, who.id, &row) == ERR_OK) {
        assert_int_equal(ussd_state_read(row.state, &state), ERR_OK);
        m->seen[state.accented][state.screen] = true;
        if (state.last)
            assert_true(!state.place && !state.text && !state.name && !state.said); /* over: nothing that was typed is left */
    }
    ussd_state_release(&state);
    ussd_session_release(&row);
    subscriber_release(&who);
}

static enum err ask(struct menu *m, struct bytes input, bool begins) {
    struct ussd_request r = {.operator_name = m->operator_name, .session = m->session, .input = input, .begins = begins, .sequence = m->sequence};
    struct centre_fixture *f = m->f;
    ussd_answer_release(&m->screen);
    assert_int_equal(phone_parse(m->phone, &r.phone), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_ussd(f->smsc, &r, f->now, &m->screen);
    if (e != ERR_OK) {
        store_rollback(f->store);
        smsc_rolled_back(f->smsc);
        return e;
    }
    assert_int_equal(store_commit(f->store), ERR_OK);
    check_limits(&m->screen);
    return e;
}

static void type_octets(struct menu *m, struct bytes input) {
    assert_int_equal(ask(m, input, false), ERR_OK);
    note_screen(m);
    if (!m->transcript)
        return;
    str_addf(m->transcript, "> %.*s\n%s\n    %zu %s%s\n", (int)input.len, (const char *)input.data, m->screen.text,
             ussd_units(m->screen.text, m->screen.encoding == SMS_UCS2), sms_encoding_name(m->screen.encoding), m->screen.ends ? ", ends" : "");
}

static void type(struct menu *m, const char *input) {
    type_octets(m, bytes_text(input));
}

/* Inputs with a bar between. */
static void type_all(struct menu *m, const char *inputs) {
    char *copy = mem_string(inputs), *rest = copy;
    for (const char *one; (one = strsep(&rest, "|"));)
        type(m, one);
    free(copy);
}

static void hang_up(struct menu *m) {
    ussd_answer_release(&m->screen);
}

static void expect_screen(const struct menu *m, const char *begins_with) {
    const char *text = m->screen.text ? m->screen.text : "";
    if (strncmp(text, begins_with, strlen(begins_with)) != 0)
        fail_msg("the screen is \"%s\", expected \"%s…\"", text, begins_with);
}

static int64_t cases(struct centre_fixture *f) {
    return centre_count(f, "SELECT count(*) FROM cases");
}

static void file_one(struct menu *m) {
    type(m, "*1022#");
    type_all(m, "1|3|" PLACE "|" WORDS "|Nguyen Van A|1");
    expect_screen(m, "Da nhan. Ma so ");
    assert_true(m->screen.ends);
}

/* ---- the table ---- */

static const struct {
    const char *vector;
    enum ussd_screen screen;
} published[] = {
    {"root", USSD_ROOT},     {"1 cat", USSD_FIELD},     {"1.x place", USSD_PLACE}, {"1.x text", USSD_TEXT},
    {"1.x name", USSD_NAME}, {"1.x conf", USSD_PUBLIC}, {"1.end", USSD_FILED},     {"2 list", USSD_LIST},
    {"2.x", USSD_CASE},      {"4 rate", USSD_RATING},   {"err", USSD_WRONG},
};

static enum ussd_screen screen_of_vector(const char *name) {
    for (size_t i = 0; i < sizeof published / sizeof *published; i++)
        if (strcmp(published[i].vector, name) == 0)
            return published[i].screen;
    fail_msg("no screen for %s", name);
    return USSD_SCREEN_COUNT;
}

static void the_published_screens(void **state) {
    (void)state;
    static const struct ussd_values values[2] = {
        {.of = {"THANH HOA", "1022", "482109304", "21/11", "24/11/2026", "Dang xu ly", "So NN va MT", "Han: 08/12/2026\n",
                "1 482109304 Dang xu ly\n2 381002130 Co ket qua\n3 290177441 Cho bo sung\n", "4"}},
        {.of = {"THANH HOA", "1022", "482109304", "21/11", "24/11/2026", "Đang xử lý", "Sở NN-MT", "Hạn 08/12/2026\n",
                "1 482109304 Xử lý\n2 381002130 Có KQ\n", "3"}},
    };
    struct json *vectors = NULL;
    char *file = golden_read("tests/fixtures/ussd.json");
    assert_int_equal(json_parse(file, strlen(file), &vectors), ERR_OK);
    assert_int_equal(json_count(vectors), sizeof published / sizeof *published);
    for (size_t i = 0; i < json_count(vectors); i++) {
        const struct json *row = json_at(vectors, i);
        enum ussd_screen screen = screen_of_vector(json_text_value(json_at(row, 0)));
        for (size_t accented = 0; accented < 2; accented++) {
            struct str text;
            int64_t length = 0;
            str_init(&text, 1024);
            ussd_render(screen, accented, &values[accented], &text);
            assert_string_equal(text.data, json_text_value(json_at(row, 1 + accented)));
            assert_true(json_int_value(json_at(row, 3 + accented), &length));
            assert_int_equal(ussd_units(text.data, accented), length);
            str_release(&text);
        }
    }
    json_free(vectors);
    free(file);
}

static void states_in_lists(void **state) {
    (void)state;
    static const struct {
        enum case_state state;
        const char *plain, *accented, *listed;
    } rows[] = {
        {CASE_IN_PROCESS, "Dang xu ly", "Đang xử lý", "Xử lý"},
        {CASE_PUBLISHED, "Co ket qua", "Có kết quả", "Có KQ"},
        {CASE_NEED_INFO, "Cho bo sung", "Chờ bổ sung", "Chờ BS"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str text;
        str_init(&text, 256);
        ussd_state_text(rows[i].state, false, true, &text);
        assert_string_equal(text.data, rows[i].plain);
        str_clear(&text);
        ussd_state_text(rows[i].state, true, false, &text);
        assert_string_equal(text.data, rows[i].accented);
        str_clear(&text);
        ussd_state_text(rows[i].state, true, true, &text);
        assert_string_equal(text.data, rows[i].listed);
        str_release(&text);
    }
    for (int s = 0; s < CASE_STATE_COUNT; s++) { /* none is cut */
        struct str text;
        str_init(&text, 256);
        ussd_state_text((enum case_state)s, true, true, &text);
        assert_in_range(ussd_units(text.data, true), 1, 9);
        str_clear(&text);
        ussd_state_text((enum case_state)s, true, false, &text);
        assert_in_range(ussd_units(text.data, true), 1, 16);
        str_release(&text);
    }
}

static void names_that_are_too_long(void **state) {
    (void)state;
    struct str problem;
    str_init(&problem, 16384);
    assert_true(ussd_screens_check("Ba Ria - Vung Tau va Thua Thien", "1022", &problem));
    assert_int_equal(problem.len, 0);
    assert_false(ussd_screens_check("Thanh Hoa", "10221022102210221022102210221", &problem));
    assert_non_null(strstr(problem.data, "USSD screen text with accents (shorten appliance.name \"Thanh Hoa\" or appliance.shortcode \"1022"));
    str_clear(&problem);
    assert_false(ussd_screens_check("Thanh Hoa Thanh Hoa Thanh Hoa Thanh Hoa Thanh Hoa Thanh Hoa Thanh Hoa Thanh Hoa", "1022", &problem));
    assert_non_null(strstr(problem.data, "USSD screen root without accents"));
    str_release(&problem);
}

static void the_table_as_people_read_it(void **state) {
    (void)state;
    struct str text;
    str_init(&text, 64 * 1024);
    ussd_screens_print("Thanh Hoa", "1022", &text);
    golden_check("tests/golden/ussd_screens.txt", text.data);
    for (int s = 0; s < USSD_SCREEN_COUNT; s++)
        assert_in_range(ussd_longest((enum ussd_screen)s, false, "Thanh Hoa", "1022"), 1, USSD_SEPTETS_AIM);
    str_release(&text);
}

static void every_choice_leads_somewhere(void **state) {
    (void)state;
    for (int s = 0; s < USSD_SCREEN_COUNT; s++) {
        const struct ussd_row *row = &ussd_rows[s];
        assert_int_equal(ussd_screen_named(row->name), s);
        for (int accented = 0; accented < 2; accented++) {
            assert_non_null(row->text[accented]);
            for (const struct ussd_choice *c = row->choices[accented]; c->key; c++) {
                assert_in_range(c->act, 0, USSD_ACT_COUNT - 1);
                if (c->act == USSD_GOES)
                    assert_in_range(c->argument, 0, USSD_SCREEN_COUNT - 1);
                assert_ptr_equal(ussd_choice((enum ussd_screen)s, accented, c->key), c); /* no key twice */
            }
        }
    }
}

/* ---- submitting ---- */

static void a_case_over_ussd(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    file_one(&m);
    assert_int_equal(cases(f), 1);
    struct pakn_case c = centre_case(f, 1);
    struct case_life life = life_of(f, 1);
    assert_string_equal(c.text, WORDS "\nĐịa điểm: " PLACE);
    assert_string_equal(c.link, "ussd:viettel");
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(life.source, SOURCE_USSD);
    assert_string_equal(life.field, "ha-tang");
    assert_int_equal(life.requested_id, life_agency(f, "xa-hq")); /* the place was named */
    life_release(&life);
    case_release(&c);
    char filed[200];
    snprintf(filed, sizeof filed, "Da nhan. Ma so %s. Tra loi tiep nhan cham nhat 24/11/2026. Tin nhan xac nhan se gui toi may ban.",
             life_code(f, 1));
    assert_string_equal(m.screen.text, filed);
    life_expect(f, AN, 0, 1, "PAKN Thanh Hoa da nhan phan anh, ma so {code} (*). Tra loi tiep nhan cham nhat 24/11/2026.*");
    assert_int_equal(centre_replies(f, AN), 1); /* the name is known: it isn't asked for */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound WHERE link IS NOT NULL"), 0); /* any SIM may answer */
    centre_check_promises(f);
    /* The second goes without a name, and in secret. */
    m.session = "s2";
    type_all(&m, "|1|7|Hoang Quang|Rac thai do day bo song|2");
    assert_true(m.screen.ends);
    c = centre_case(f, 2);
    assert_true(c.flags & CASE_CONFIDENTIAL);
    life = life_of(f, 2);
    assert_string_equal(life.field, "moi-truong"); /* the words said it */
    life_release(&life);
    case_release(&c);
    life_expect(f, AN, 2, 2, "PAKN {code}: noi dung duoc giu kin*");
    centre_check_promises(f);
    hang_up(&m);
}

static void the_same_again_and_too_often(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    file_one(&m);
    m.session = "s2";
    type_all(&m, "|1|3|" PLACE "|" WORDS "|1");
    expect_screen(&m, "Noi dung trung voi phan anh ");
    assert_int_equal(cases(f), 1);
    life_expect(f, AN, -1, 1, "Noi dung trung voi phan anh {code}*");
    f->settings.abuse.messages_per_hour = 2; /* both counted */
    centre_reopen_smsc(f);
    m.session = "s3";
    type_all(&m, "|6|1");
    expect_screen(&m, "Luc nay khong nhan duoc");
    assert_true(m.screen.ends);
    centre_expect(f, AN, -1, "Ban da gui qua nhieu tin*");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'KEPT' AND link = 'ussd:viettel'"), 1);
    assert_int_equal(cases(f), 1);
    centre_check_promises(f);
    hang_up(&m);
}

static void blocked(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    struct phone phone;
    struct str problem;
    str_init(&problem, 1024);
    type_all(&m, "*1022#|1|3");
    assert_int_equal(phone_parse(AN, &phone), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_block(f->smsc, &phone, "vu khong, boi nho nguoi khac", f->now + CLOCK_DAY, "ct.an", f->now, &problem), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    type(&m, PLACE);
    expect_screen(&m, "Luc nay khong nhan duoc");
    m.session = "s2";
    type(&m, "");
    assert_true(m.screen.ends);
    str_release(&problem);
    hang_up(&m);
}

/* ---- sessions ---- */

static void goes_on_after_a_drop_and_a_restart(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    type_all(&m, "*1022#|1|3|" PLACE);
    expect_screen(&m, "Nhap noi dung");
    centre_restart(f);
    type(&m, WORDS); /* the same session: the operator noticed nothing */
    expect_screen(&m, "Nhap ho ten");
    f->now += 9 * CLOCK_MINUTE;
    m.session = "s2";
    type(&m, "*1022#");
    expect_screen(&m, "Nhap ho ten");
    type_all(&m, "Nguyen Van A|1");
    expect_screen(&m, "Da nhan");
    assert_int_equal(cases(f), 1);
    hang_up(&m);
}

static void is_wiped_when_its_time_is_over(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    type_all(&m, "*1022#|1|3|" PLACE);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM ussd_session"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM ussd_session WHERE instr(state_sealed, 'Hoang') > 0"), 0);
    centre_wait(f, 10 * CLOCK_MINUTE - 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM ussd_session"), 1);
    centre_wait(f, 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM ussd_session"), 0);
    type(&m, WORDS); /* nobody knows what this answers */
    expect_screen(&m, "PAKN THANH HOA");
    file_one(&m);
    centre_wait(f, 3 * CLOCK_MINUTE); /* idle: nobody repeats the last answer any more */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM ussd_session"), 0);
    assert_int_equal(cases(f), 1);
    hang_up(&m);
}

/* An operator that waits for 30 s: each input comes in time, the whole takes 85 s. One that is later isn't an answer. */
static void idle_limit(void **state) {
    struct centre_fixture *f = *state;
    static const struct {
        int seconds;
        const char *input, *screen;
    } walk[] = {
        {0, "*1022#", "PAKN THANH HOA"},  {9, "1", "Linh vuc"}, {11, "3", "Nhap xa/phuong"}, {25, PLACE, "Nhap noi dung"}, {29, WORDS, "Nhap ho ten"},
        {8, "Nguyen Van A", "Cong khai"}, {3, "1", "Da nhan"},
    };
    struct menu m = menu_of(f, AN);
    f->settings.ussd.idle = 30 * CLOCK_SECOND;
    centre_reopen_smsc(f);
    for (size_t i = 0; i < sizeof walk / sizeof *walk; i++) {
        centre_wait(f, walk[i].seconds * CLOCK_SECOND);
        type(&m, walk[i].input);
        expect_screen(&m, walk[i].screen);
    }
    assert_int_equal(cases(f), 1);
    m.session = "s2";
    type_all(&m, "*1022#|1");
    centre_wait(f, 31 * CLOCK_SECOND);
    type(&m, "3"); /* the name of the session was given again, and this is what was dialled */
    expect_screen(&m, "Linh vuc");
    hang_up(&m);
}

static void the_last_answer_is_given_again(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    file_one(&m);
    char *filed = mem_string(m.screen.text);
    centre_restart(f);
    type(&m, "1");
    assert_string_equal(m.screen.text, filed);
    type(&m, "something else");
    assert_string_equal(m.screen.text, filed);
    assert_true(m.screen.ends);
    assert_int_equal(cases(f), 1);
    assert_int_equal(centre_replies(f, AN), 1);
    type(&m, "*1022#"); /* dialled anew under the same name */
    expect_screen(&m, "PAKN THANH HOA");
    free(filed);
    hang_up(&m);
}

static void repeated_words_are_taken_once(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    type_all(&m, "*1022#|1|3|" PLACE "|" PLACE);
    expect_screen(&m, "Nhap noi dung");
    type_all(&m, WORDS "|" WORDS);
    expect_screen(&m, "Nhap ho ten");
    type_all(&m, "0|" WORDS); /* and typed again on purpose */
    expect_screen(&m, "Nhap ho ten");
    hang_up(&m);
}

/* A transport that counts: what came already isn't taken again, digits too. */
static void repeated_inputs_by_their_number(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    m.sequence = 1;
    type(&m, "*1022#");
    m.sequence = 2;
    type_all(&m, "1|1|1");
    expect_screen(&m, "Linh vuc");
    centre_restart(f);
    type(&m, "1");
    expect_screen(&m, "Linh vuc");
    m.sequence = 3;
    type(&m, "1");
    expect_screen(&m, "Nhap xa/phuong");
    m.sequence = -1;
    assert_int_equal(ask(&m, bytes_text("1"), false), ERR_INVALID);
    m.sequence = 65536;
    assert_int_equal(ask(&m, bytes_text("1"), false), ERR_INVALID);
    hang_up(&m);
}

/* Three digits, the last of them twice: nothing is withdrawn, hidden or filed. (6 and then 1 asks for a call, and is left out.) */
static void a_digit_that_comes_twice(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    file_one(&m);
    for (int walk = 0; walk < 1000; walk++) {
        char session[16], digits[16];
        snprintf(session, sizeof session, "w%d", walk);
        snprintf(digits, sizeof digits, "%d|%d|%d|%d", walk / 100, walk / 10 % 10, walk % 10, walk % 10);
        m.session = session;
        if (walk / 10 != 61) {
            assert_int_equal(ask(&m, bytes_text("*1022#"), true), ERR_OK);
            type_all(&m, digits);
        }
        f->now += CLOCK_HOUR; /* the next one begins at the root */
    }
    struct pakn_case c = centre_case(f, 1);
    assert_int_equal(c.state, CASE_RECEIVED);
    assert_int_equal(c.flags & CASE_CONFIDENTIAL, 0);
    assert_int_equal(cases(f), 1);
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM deadline WHERE kind = %d", DEADLINE_CALLBACK);
    assert_int_equal(centre_count(f, sql), 0);
    case_release(&c);
    hang_up(&m);
}

static void another_phones_session(void **state) {
    struct centre_fixture *f = *state;
    struct menu an = menu_of(f, AN), binh = menu_of(f, BINH);
    type_all(&an, "*1022#|1|3|" PLACE "|" WORDS "|Nguyen Van A");
    type(&binh, "1"); /* the same operator and name */
    expect_screen(&binh, "PAKN THANH HOA");
    assert_int_equal(cases(f), 0);
    an.operator_name = "vina"; /* another operator's session of that name is another session: the phone's own words are still there */
    type(&an, "1");
    expect_screen(&an, "Cong khai noi dung?");
    type(&an, "1");
    expect_screen(&an, "Da nhan");
    hang_up(&an);
    hang_up(&binh);
}

/* ---- cases of one's own, and of others ---- */

static void codes_of_nobody_and_of_others(void **state) {
    struct centre_fixture *f = *state;
    struct menu an = menu_of(f, AN), binh = menu_of(f, BINH);
    file_one(&an);
    char *code = mem_string(life_code(f, 1));
    type_all(&binh, "*1022#|2");
    expect_screen(&binh, "Nhap ma so phan anh");
    type(&binh, code);
    expect_screen(&binh, "Khong thay ma so do");
    char *others = mem_string(binh.screen.text);
    type(&binh, "000000195"); /* a code that nobody has */
    assert_string_equal(binh.screen.text, others);
    centre_expect(f, BINH, 0, "Khong tim thay ma so *");
    centre_expect(f, BINH, 1, "Khong tim thay ma so 000000195*");
    type(&binh, "482109340");
    assert_string_equal(binh.screen.text, others);
    centre_expect(f, BINH, 2, "Ma so 482109340 bi go sai so*");
    assert_int_equal(centre_count(f, "SELECT max(wrong_count) FROM subscriber"), 3);
    type(&binh, "khong nho");
    expect_screen(&binh, "Lua chon khong dung");
    type(&binh, "2");
    expect_screen(&binh, "Khong thay ma so do");
    an.session = "s2";
    type_all(&an, "*1022#|2|2");
    type(&an, code);
    expect_screen(&an, code);
    type(&an, "1"); /* by SMS */
    life_expect(f, AN, -1, 1, "PAKN {code}: da nhan tai *");
    free(code);
    free(others);
    hang_up(&an);
    hang_up(&binh);
}

static void withdrawn_only_after_a_yes(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    file_one(&m);
    m.session = "s2";
    type_all(&m, "*1022#|5|1|1");
    expect_screen(&m, "Rut phan anh ");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    type(&m, "0");
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    type_all(&m, "1|1");
    expect_screen(&m, "Lua chon khong dung"); /* the 1 that the operator repeats is no yes */
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    type_all(&m, "00|5|1|1|2");
    expect_screen(&m, "Da nhan yeu cau");
    assert_int_equal(life_state(f, 1), CASE_NOTED_CLOSED);
    life_expect(f, AN, -1, 1, "PAKN {code}: da rut theo yeu cau*");
    assert_int_equal(centre_replies(f, AN), 2); /* the question was the screen's, not a text's */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM dialogue WHERE open = 1"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event WHERE type IN ('case.withdraw-asked', 'case.withdrawn')"), 2);
    hang_up(&m);
}

static void a_case_that_is_gone_meanwhile(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    struct case_step step = {.kind = STEP_REBIND, .text = "mat SIM, da xem CCCD", .number = BINH};
    file_one(&m);
    m.session = "s2";
    type_all(&m, "*1022#|5|1|1");
    life_do(f, 1, "ct.an", &step);
    type(&m, "2"); /* it's another phone's now: counted and answered like any code that isn't theirs */
    assert_true(m.screen.ends);
    assert_int_equal(life_state(f, 1), CASE_RECEIVED);
    centre_expect(f, AN, -1, "Khong tim thay ma so*");
    m.session = "s3";
    type_all(&m, "*1022#|2");
    expect_screen(&m, "Nhap ma so");
    hang_up(&m);
}

/* Who has the number now goes on with nothing of what its former owner typed. */
static void a_number_with_a_new_owner(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    struct phone phone;
    struct str problem;
    int moved = 0;
    str_init(&problem, 1024);
    type_all(&m, "*1022#|1|3|" PLACE "|" WORDS "|Nguyen Van A");
    assert_int_equal(phone_parse(AN, &phone), ERR_OK);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_reassigned(f->smsc, &phone, "ct.an", f->now, &problem, &moved), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM ussd_session"), 0);
    type(&m, "1");
    expect_screen(&m, "PAKN THANH HOA");
    assert_int_equal(cases(f), 0);
    str_release(&problem);
    hang_up(&m);
}

static void what_fails_is_said_and_undone(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    file_one(&m);
    m.session = "s2";
    type_all(&m, "*1022#|2");
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE cases SET text_sealed = x'00'", NULL, NULL, NULL), SQLITE_OK);
    type(&m, "1");
    expect_screen(&m, "Chua nhan duoc yeu cau");
    assert_true(m.screen.ends);
    type(&m, "0"); /* the session stands where it stood */
    expect_screen(&m, "PAKN THANH HOA");
    assert_int_equal(sqlite3_exec(f->store->db, "UPDATE ussd_session SET state_sealed = x'00'", NULL, NULL, NULL), SQLITE_OK);
    type(&m, "1"); /* what can't be read is as good as none */
    expect_screen(&m, "PAKN THANH HOA");
    hang_up(&m);
}

/* ---- every screen, in both alphabets ---- */

/* From a citizen's first call to the end of their case, with the officers' part in between. */
static void whole_life(struct menu *m, const char *place, const char *words, const char *name) {
    struct centre_fixture *f = m->f;
    struct str inputs;
    str_init(&inputs, 4096);
    str_addf(&inputs, "*1022#|9|1|1|0|0|0|0|1|3|0|3|%s|ngan|*0|%s|%s|x|1|1", place, words, name);
    type_all(m, inputs.data);
    bool accented = m->screen.encoding == SMS_UCS2;
    int64_t id = cases(f);
    m->session = "s2";
    str_clear(&inputs);
    str_addf(&inputs, "*1022#|1|3|%s|%s|1", place, words);
    type_all(m, inputs.data);
    m->session = "s3";
    type_all(m, accented ? "*1022#|0|0|5|3|00|2|1|0|2|000000195|0" : "*1022#|0|0|2|1|0|2|000000195|0");
    type_all(m, "2|1|2|nha so 5, canh truong");
    m->session = "s4";
    life_act(f, id, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    life_act(f, id, "ht.unit", STEP_RESULT, "Don vi da sua doan duong sut lun.", NULL);
    life_act(f, id, "ct.an", STEP_PUBLISH, NULL, NULL);
    type_all(m, "*1022#|2|1|0|00|4|1|6|00|4|1|4");
    m->session = "s5";
    type_all(m, "*1022#|3|1|chua sua xong|0|van con lun|1");
    m->session = "s6";
    type_all(m, accented ? "*1022#|5|2|0|5|1|1|1|0|2|1" : "*1022#|6|0|5|1|1|0|2|1");
    m->session = "s7";
    type(m, "*1022#");
    type_octets(m, bytes_text("1"));
    type(m, "2");
    char *long_text = mem_alloc(200);
    memset(long_text, 'a', 183);
    type(m, long_text);
    free(long_text);
    type_all(m, "0|8|0");
    str_release(&inputs);
}

static void every_screen_in_both_alphabets(void **state) {
    struct centre_fixture *f = *state;
    struct str transcript;
    str_init(&transcript, 128 * 1024);
    struct menu plain = menu_of(f, AN), accented = menu_of(f, BINH);
    plain.transcript = accented.transcript = &transcript;
    whole_life(&plain, PLACE, WORDS, "Nguyen Van A");
    centre_say(f, BINH, "CD");
    whole_life(&accented, "Hoằng Quang, thôn 3", "Đường vào thôn 3 bị sụt lún", "Nguyễn Văn B");
    f->settings.abuse.messages_per_hour = 1;
    centre_reopen_smsc(f);
    for (struct menu *m = &plain; m; m = m == &plain ? &accented : NULL) {
        m->session = "s8";
        type(m, "*1022#");
        type_all(m, m == &plain ? "6|1" : "5|2|1");
        for (int s = 0; s < USSD_SCREEN_COUNT; s++)
            if (!m->seen[m == &accented][s] && s != USSD_LATER /* it leaves no session */ &&
                !(s == USSD_OTHER && m == &plain) /* is for the smaller root */)
                fail_msg("screen %s %s accents wasn't seen", ussd_rows[s].name, m == &accented ? "with" : "without");
        hang_up(m);
    }
    golden_check("tests/golden/ussd_menu.txt", transcript.data);
    str_release(&transcript);
}

/* ---- anything ---- */

static uint32_t seed;
static uint32_t below(uint32_t limit) {
    seed = seed * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)seed * limit >> 32);
}

static const char *const likely[] = {"0",
                                     "00",
                                     "1",
                                     "2",
                                     "3",
                                     "4",
                                     "5",
                                     "6",
                                     "7",
                                     "9",
                                     "1",
                                     "1",
                                     PLACE,
                                     WORDS,
                                     "",
                                     " ",
                                     "*",
                                     "**",
                                     "*0",
                                     "*1022#",
                                     "000000195",
                                     "\xF0\x9F\x98\x80",
                                     "482109340",
                                     "Nguyen Van A",
                                     "Bui Thi Hồng",
                                     "\n",
                                     "#",
                                     "-1",
                                     "٣",
                                     "1 ",
                                     "TC",
                                     "RUT",
                                     "PA",
                                     "khong",
                                     "OK",
                                     "%s%n",
                                     "'; DROP TABLE",
                                     "{code}"};

/* What leads on from there; else what may come by mistake, or anything. */
static struct bytes anything(const struct ussd_state *at, uint8_t *octets, size_t max) {
    static const char *const words[] = {PLACE, WORDS, "Nguyen Van A", "Rac thai do day bo song"};
    if (below(4) && ussd_rows[at->screen].kind == USSD_ASKS_WORDS)
        return bytes_text(words[below(4)]);
    if (below(4) && ussd_rows[at->screen].kind == USSD_ASKS_CHOICE) {
        octets[0] = (uint8_t)('1' + below(below(3) ? 2 : 7));
        return bytes_of(octets, 1);
    }
    if (below(4)) {
        const char *text = likely[below(sizeof likely / sizeof *likely)];
        return bytes_text(text);
    }
    size_t len = below((uint32_t)max);
    for (size_t i = 0; i < len; i++)
        octets[i] = (uint8_t)(below(3) ? 'a' + below(26) : below(256));
    return bytes_of(octets, len);
}

/* No case but by a yes to the screen that asks whether to send it, or to be called. */
static void anything_at_all(void **state) {
    struct centre_fixture *f = *state;
    f->settings.abuse = (struct abuse_settings){.limit_life = CLOCK_DAY};
    centre_reopen_smsc(f);
    static const char *const phones[] = {AN, BINH, "+84912000003"};
    static const char *const sessions[] = {"s1", "s2", "s3"};
    seed = 20261121;
    centre_say(f, BINH, "CD");
    for (int i = 0; i < 6000; i++) {
        uint8_t octets[600];
        struct menu m = menu_of(f, phones[below(3)]);
        m.session = sessions[below(8) ? 0 : below(3)];
        int64_t before = cases(f), withdrawn = centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.withdrawn'");
        struct phone phone;
        struct subscriber who = {0};
        struct ussd_session row = {0};
        struct ussd_state at = {0};
        assert_int_equal(phone_parse(m.phone, &phone), ERR_OK);
        bool known = subscriber_find(f->store, &phone, &who) == ERR_OK && ussd_session_get(f->store, who.id, &row) == ERR_OK;
        if (known)
            assert_int_equal(ussd_state_read(row.state, &at), ERR_OK);
        type_octets(&m, anything(&at, octets, sizeof octets));
        bool opened = cases(f) != before, ended = centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.withdrawn'") != withdrawn;
        if (opened)
            assert_true(known && m.screen.ends && (at.screen == USSD_PUBLIC || at.screen == USSD_CALL_SURE));
        if (ended)
            assert_true(known && at.screen == USSD_WITHDRAW_SURE);
        ussd_state_release(&at);
        ussd_session_release(&row);
        subscriber_release(&who);
        hang_up(&m);
        if (below(20) == 0)
            centre_wait(f, below(700) * CLOCK_SECOND);
        if (below(500) == 0)
            centre_restart(f);
    }
    assert_true(cases(f) > 0);
    assert_true(centre_count(f, "SELECT count(*) FROM case_event WHERE type = 'case.withdrawn'") > 0);
    centre_check_promises(f);
}

static void what_no_transport_should_hand_in(void **state) {
    struct centre_fixture *f = *state;
    struct menu m = menu_of(f, AN);
    static const struct bytes nasty[] = {{NULL, 0}, {(const uint8_t *)"1\0", 2}, {(const uint8_t *)"\xFF\xFE", 2}, {(const uint8_t *)"\xC3", 1}};
    type(&m, "*1022#");
    for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
        type_octets(&m, nasty[i]);
        expect_screen(&m, "Lua chon khong dung");
    }
    static const char *const names[] = {"", "Viettel", "viet tel", "a/b", "0123456789012345678901234567890123456789012345678"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        m.operator_name = names[i];
        assert_int_equal(ask(&m, bytes_text("1"), false), ERR_INVALID);
    }
    m.operator_name = "viettel";
    static const char *const others[] = {"", "\xFF", "01234567890123456789012345678901234567890123456789012345678901234"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        m.session = others[i];
        assert_int_equal(ask(&m, bytes_text("1"), false), ERR_INVALID);
    }
    m.session = "s1";
    m.phone = "1022";
    assert_int_equal(ask(&m, bytes_text("1"), false), ERR_INVALID);
    struct phone own;
    assert_int_equal(phone_parse(BINH, &own), ERR_OK);
    smsc_link_up(f->smsc, "m1", &own, f->now);
    m.phone = BINH;
    assert_int_equal(ask(&m, bytes_text("1"), false), ERR_INVALID);
    hang_up(&m);
}

static void states_that_we_did_not_write(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "{}",
        "[]",
        "{\"screen\":\"nowhere\"}",
        "{\"operator\":\"a\",\"session\":\"b\",\"screen\":\"root\",\"behind\":\"root\",\"accented\":false,\"errand\":9,\"code\":0,\"due\":0,"
        "\"codes\":[]}",
        "{\"operator\":\"a\",\"session\":\"b\",\"screen\":\"root\",\"behind\":\"root\",\"accented\":false,\"errand\":0,\"code\":0,\"due\":0,"
        "\"codes\":[1,2,3,4]}",
        "{\"operator\":\"a\",\"session\":\"b\",\"screen\":\"root\",\"behind\":\"root\",\"accented\":false,\"errand\":0,\"code\":-1,\"due\":0,"
        "\"codes\":[]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ussd_state s = {0};
        assert_int_equal(ussd_state_read(texts[i], &s), ERR_INVALID);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, life_setup, centre_teardown)
int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_screens),
        cmocka_unit_test(states_in_lists),
        cmocka_unit_test(names_that_are_too_long),
        cmocka_unit_test(the_table_as_people_read_it),
        cmocka_unit_test(every_choice_leads_somewhere),
        cmocka_unit_test(states_that_we_did_not_write),
        TEST(a_case_over_ussd),
        TEST(the_same_again_and_too_often),
        TEST(blocked),
        TEST(goes_on_after_a_drop_and_a_restart),
        TEST(is_wiped_when_its_time_is_over),
        TEST(idle_limit),
        TEST(the_last_answer_is_given_again),
        TEST(repeated_words_are_taken_once),
        TEST(repeated_inputs_by_their_number),
        TEST(a_digit_that_comes_twice),
        TEST(another_phones_session),
        TEST(codes_of_nobody_and_of_others),
        TEST(withdrawn_only_after_a_yes),
        TEST(a_case_that_is_gone_meanwhile),
        TEST(a_number_with_a_new_owner),
        TEST(what_fails_is_said_and_undone),
        TEST(every_screen_in_both_alphabets),
        TEST(anything_at_all),
        TEST(what_no_transport_should_hand_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
