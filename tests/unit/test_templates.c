/* The texts against the published ones, their lengths with the longest values, and the agreement of the two forms. */
#include "smsc/templates.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"
#include "store/directory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct template_values settings(void) {
    return (struct template_values){.of = {[VARIABLE_PROVINCE] = "Thanh Hoa", [VARIABLE_SHORTCODE] = "1022"}};
}

/* The values that the published examples show. Of all, and then of one text. Accented NULL: the same in both forms. */
static const struct {
    const char *template;
    enum variable variable;
    const char *plain, *accented;
} examples[] = {
    {NULL, VARIABLE_PROVINCE, "Thanh Hoa", "Thanh Hóa"},
    {NULL, VARIABLE_SHORTCODE, "1022", NULL},
    {NULL, VARIABLE_CODE, "482109304", NULL},
    {NULL, VARIABLE_OTHER_CODE, "381002130", NULL},
    {NULL, VARIABLE_FIELD, "moi truong", NULL},
    {NULL, VARIABLE_PLACE, "xa Hoang Quang", NULL},
    {NULL, VARIABLE_AGENCY, "So Xay dung", "Sở Xây dựng"},
    {NULL, VARIABLE_TIME, "10:15 22/11/2026", NULL},
    {NULL, VARIABLE_DATE, "24/11/2026", NULL},
    {NULL, VARIABLE_DAY, "24/11", NULL},
    {"ACK", VARIABLE_TIME, "09:05 21/11/2026", NULL},
    {"ACCEPT", VARIABLE_AGENCY, "So Nong nghiep va Moi truong", "Sở Nông nghiệp và Môi trường"},
    {"ACCEPT", VARIABLE_DATE, "08/12/2026", NULL},
    {"NEEDINFO", VARIABLE_QUESTION, "can dia diem cu the", "cần địa điểm cụ thể"},
    {"NEEDINFO", VARIABLE_DATE, "27/11/2026", NULL},
    {"TRANSFER", VARIABLE_AGENCY, "UBND xa Hoang Quang", "UBND xã Hoằng Quang"},
    {"TRANSFER", VARIABLE_TO_AGENCY, "So Xay dung", "Sở Xây dựng"},
    {"TRANSFER", VARIABLE_DATE, "26/11/2026", NULL},
    {"REJECT", VARIABLE_REASON, "noi dung la don to cao, de nghi gui Ban Tiep cong dan tinh",
     "nội dung là đơn tố cáo, đề nghị gửi Ban Tiếp công dân tỉnh"},
    {"LATE", VARIABLE_REASON, "cho ket qua do dac", "chờ kết quả đo đạc"},
    {"LATE", VARIABLE_DATE, "08/12/2026", NULL},
    {"LATE", VARIABLE_UNTIL, "15/12/2026", NULL},
    {"LATE_NOREASON", VARIABLE_DATE, "08/12/2026", NULL},
    {"RESULT", VARIABLE_ANSWER, "Don vi da sua doan duong sut lun ngay 05/12/2026.", "Đơn vị đã sửa đoạn đường sụt lún ngày 05/12/2026."},
    {"RESULTTAIL", VARIABLE_DATE, "22/12/2026", NULL},
    {"RECONSIDERED", VARIABLE_ANSWER, "Don vi da kiem tra lai va bo sung ranh thoat nuoc.", "Đơn vị đã kiểm tra lại và bổ sung rãnh thoát nước."},
    {"ANNUL", VARIABLE_DATE, "22/12/2026", NULL},
    {"NOTED", VARIABLE_REASON, "noi dung cam on", "nội dung cảm ơn"},
    {"ELSEWHERE", VARIABLE_SITE, "phanhoi.thanhhoa.gov.vn", NULL},
    {"ASK", VARIABLE_QUESTION, "doan duong nao bi lun?", "đoạn đường nào bị lún?"},
    {"REMIND", VARIABLE_DATE, "27/11/2026", NULL},
    {"REJOINACK", VARIABLE_DATE, "30/12/2026", NULL},
    {"REJOINUSED", VARIABLE_DATE, "10/12/2026", NULL},
    {"REJOINLATE", VARIABLE_DATE, "22/12/2026", NULL},
    {"NOTFOUND", VARIABLE_TYPED, "482109304", NULL},
    {"BADCODE", VARIABLE_TYPED, "482109340", NULL},
    {"FREETEXT", VARIABLE_QUOTE, "Duong vao thon 3 bi sut lun", "Đường vào thôn 3 bị sụt lún"},
    {"RATED", VARIABLE_RATING, "4", NULL},
    {"RATE", VARIABLE_TIME, "10:30", NULL},
    {"DUP", VARIABLE_DATE, "20/11/2026", NULL},
    {"LIST", VARIABLE_ITEMS, "1) 482109304 dang xu ly, han 08/12. 2) 381002130 co ket qua. 3) 290177441 cho bo sung.",
     "1) 482109304 đang xử lý, hạn 08/12. 2) 381002130 có kết quả. 3) 290177441 chờ bổ sung."},
    {"CONSENT", VARIABLE_MASKED, "678", NULL},
    {"TRACK", VARIABLE_STATE, "dang xu ly", "đang xử lý"},
    {"TRACK", VARIABLE_AGENCY, "So Nong nghiep va MT", "Sở Nông nghiệp và MT"},
    {"TRACK", VARIABLE_DATE, "08/12/2026", NULL},
    {"TRACK", VARIABLE_TIME, "09:05 21/11/2026", NULL},
    {"O-DIGEST", VARIABLE_ITEMS, "hom nay het han 2: 482109304, 381002130. Con 1 ngay: 290177441. Qua han 3.", NULL},
    {"O-COORD", VARIABLE_AGENCY, "So Tai chinh", NULL},
    {"O-COORD", VARIABLE_DAYS, "5", NULL},
    {"O-COORD", VARIABLE_DATE, "01/12/2026", NULL},
    {"O-OVER", VARIABLE_DATE, "08/12/2026", NULL},
    {"O-OVER", VARIABLE_AGENCY, "So NN va MT", NULL},
    {"O-OVER", VARIABLE_ASK, "Nhap ly do de thong bao nguoi dan", NULL},
    {"O-ESC", VARIABLE_HOW_MANY, "3", NULL},
    {"O-ESC", VARIABLE_CODES, "482109304, 381002130, 290177441", NULL},
    {"O-REJOIN", VARIABLE_DATE, "10/12/2026", NULL},
    {"O-REJOIN", VARIABLE_UNTIL, "24/12/2026", NULL},
    {"O-REJOIN", VARIABLE_DAYS, "10", NULL},
    {"O-PUBLISH", VARIABLE_DATE, "09/12/2026", NULL},
    {"O-PUBLISH", VARIABLE_DAYS, "1", NULL},
    {"O-NEWMANY", VARIABLE_HOW_MANY, "5", NULL},
    {"O-NEWMANY", VARIABLE_CODES, "482109304, 381002130, 290177441 va 2 viec khac", NULL},
    {"O-LIST", VARIABLE_ITEMS, "482109304 han 24/11; 381002130 han 25/11; QUA HAN 290177441. Con 3 viec nua, xem tren he thong.", NULL},
    {"O-LOW", VARIABLE_RATING, "1", NULL},
    {"OP-ALARM", VARIABLE_APPLIANCE, "th-01", NULL},
    {"OP-ALARM", VARIABLE_SIM, "m2", NULL},
    {"OP-ALARM", VARIABLE_AMOUNT, "4500", NULL},
    {"OP-ALARM", VARIABLE_THRESHOLD, "10000", NULL},
};

static struct template_values example(const char *name, bool accented) {
    struct template_values values = {{0}};
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++)
        if (!examples[i].template || strcmp(examples[i].template, name) == 0)
            values.of[examples[i].variable] = accented && examples[i].accented ? examples[i].accented : examples[i].plain;
    return values;
}

static size_t ucs2_units(const char *text) {
    struct str octets;
    str_init(&octets, 4096);
    text_to_utf16be(&octets, text);
    size_t units = octets.len / 2;
    str_release(&octets);
    return units;
}

static size_t segments(const char *text, enum sms_encoding encoding) {
    struct sms_segment of[8];
    size_t count = 0;
    assert_int_equal(sms_split(text, encoding, false, true, of, 8, &count), ERR_OK);
    return count;
}

static int64_t number_at(const struct json *row, size_t at) {
    int64_t n = -1;
    assert_true(json_int_value(json_at(row, at), &n));
    return n;
}

static void check_row(enum template_id id, const struct json *row) {
    bool officers = !json_text_value(json_at(row, 2));
    for (int accented = 0; accented < 2; accented++) {
        struct template_values values = example(template_name(id), accented);
        struct str text;
        str_init(&text, 4096);
        template_render(templates_default(), id, accented, &values, &text);
        assert_string_equal(text.data, json_text_value(json_at(row, accented && !officers ? 2 : 1)));
        if (accented && !officers) {
            assert_int_equal(ucs2_units(text.data), number_at(row, 5));
            assert_int_equal(segments(text.data, SMS_UCS2), number_at(row, 6));
        } else {
            assert_int_equal(gsm7_length(text.data), number_at(row, 3));
            assert_int_equal(segments(text.data, SMS_GSM7), number_at(row, 4));
        }
        str_release(&text);
    }
}

/* Every published text is here, to the letter. */
static void published(void **state) {
    (void)state;
    static char json[65536];
    FILE *f = fopen("tests/fixtures/templates.json", "rb");
    assert_non_null(f);
    size_t len = fread(json, 1, sizeof json, f);
    fclose(f);
    struct json *rows = NULL;
    assert_int_equal(json_parse(json, len, &rows), ERR_OK);
    assert_true(json_count(rows) > 50);
    for (size_t i = 0; i < json_count(rows); i++) {
        const char *name = json_text_value(json_at(json_at(rows, i), 0));
        size_t id = 0;
        while (id < TEMPLATE_COUNT && strcmp(name, template_name((enum template_id)id)) != 0)
            id++;
        if (id == TEMPLATE_COUNT)
            fail_msg("no text is called %s", name);
        check_row((enum template_id)id, json_at(rows, i));
    }
    json_free(rows);
}

/* Without its accents the accented form is the other one: nobody changed only one of them. */
static void forms_agree(void **state) {
    (void)state;
    for (size_t id = 0; id < TEMPLATE_COUNT; id++) {
        char *plain = text_unaccent(template_form(templates_default(), (enum template_id)id, true));
        assert_string_equal(plain, template_form(templates_default(), (enum template_id)id, false));
        free(plain);
    }
}

/* ---- the longest values ---- */

enum kind { SETTING, FIXED, REST, FREE };
static const struct {
    enum kind kind;
    size_t longest;
} variables[] = {
#define X(symbol, name, kind, length, needed) [symbol] = {kind, length},
    VARIABLE_TABLE(X)
#undef X
};

/* Text of that length: all W, or dates with a blank between them, begun after `shift` characters. */
static char *filled(size_t len, const char *pattern, size_t shift) {
    char *text = mem_alloc(len + 1);
    for (size_t i = 0; i < len; i++)
        text[i] = i < shift ? 'W' : pattern[(i - shift) % strlen(pattern)];
    return text;
}

static struct template_values longest_values(const struct templates *t, enum template_id id, bool accented, const char *free_words, size_t shift) {
    struct template_values values = settings(), fixed = settings();
    size_t room = template_room(t, id, accented, &fixed);
    for (size_t v = 0; v < VARIABLE_COUNT; v++)
        if (!values.of[v])
            values.of[v] = variables[v].kind == FIXED ? filled(variables[v].longest, "W", 0) : filled(room, free_words, shift);
    return values;
}

static void release(struct template_values *values) {
    for (size_t v = 0; v < VARIABLE_COUNT; v++)
        if (variables[v].kind != SETTING)
            free((char *)(uintptr_t)values->of[v]);
}

static bool has_kind(enum template_id id, enum kind kind) {
    static const char *const names[][4] = {[REST] = {"{items}", "{quote}"}, [FREE] = {"{reason}", "{question}", "{answer}"}};
    for (size_t i = 0; i < 4 && names[kind][i]; i++)
        if (strstr(template_form(templates_default(), id, false), names[kind][i]))
            return true;
    return false;
}

/* One segment without accents; three for a person's words and with accents. */
static void longest_values_fit(void **state) {
    (void)state;
    for (size_t n = 0; n < 2 * (size_t)TEMPLATE_COUNT; n++) {
        enum template_id id = (enum template_id)(n / 2);
        bool accented = n % 2;
        struct template_values values = longest_values(templates_default(), id, accented, "W", 0);
        struct str text;
        str_init(&text, 4096);
        template_render(templates_default(), id, accented, &values, &text);
        assert_null(strpbrk(text.data, "&[]{}^~\\|"));
        if (!accented)
            assert_true(gsm7_length(text.data) > 0);
        if (!accented && !has_kind(id, FREE))
            assert_in_range(segments(text.data, SMS_GSM7), 1, 1);
        if (!accented && has_kind(id, REST))
            assert_int_equal(gsm7_length(text.data), SMS_GSM7_SINGLE);
        assert_in_range(segments(text.data, sms_encoding_for(text.data)), 1, TEMPLATE_SEGMENTS_MAX);
        str_release(&text);
        release(&values);
    }
}

/* Wherever the dates in an officer's words fall on the cuts. */
static void words_full_of_dates_fit(void **state) {
    (void)state;
    for (size_t n = 0; n < 2 * (size_t)TEMPLATE_COUNT; n++) {
        enum template_id id = (enum template_id)(n / 2);
        bool accented = n % 2;
        for (size_t shift = 0; has_kind(id, FREE) && shift < 12; shift++) {
            struct template_values values = longest_values(templates_default(), id, accented, "24/11/2026 ", shift);
            struct str text;
            str_init(&text, 4096);
            template_render(templates_default(), id, accented, &values, &text);
            assert_in_range(segments(text.data, accented ? SMS_UCS2 : SMS_GSM7), 1, TEMPLATE_SEGMENTS_MAX);
            str_release(&text);
            release(&values);
        }
    }
}

/* A name that is too long makes no second segment where nobody expects one; where there's room it stays whole. */
static void long_names_are_shortened(void **state) {
    (void)state;
    struct template_values values = example("TRANSFER", false);
    struct str text;
    str_init(&text, 4096);
    values.of[VARIABLE_AGENCY] = "Uỷ ban nhân dân xã Hoằng Quang huyện cũ";
    template_render(templates_default(), TEMPLATE_TRANSFER, false, &values, &text);
    assert_non_null(strstr(text.data, "tham quyen Uy ban nhan dan xa Hoang Quang huyen cu, da"));
    str_clear(&text);
    values.of[VARIABLE_TO_AGENCY] = "Trung tâm Phục vụ hành chính công tỉnh Thanh Hóa";
    template_render(templates_default(), TEMPLATE_TRANSFER, false, &values, &text);
    assert_non_null(strstr(text.data, "tham quyen Uy ban nhan dan xa Hoang, da chuyen Trung tam Phuc vu hanh xem xet"));
    assert_int_equal(segments(text.data, SMS_GSM7), 1);
    str_release(&text);
}

static void values_are_cleaned(void **state) {
    (void)state;
    struct template_values values = example("LATE", false);
    struct str text;
    str_init(&text, 4096);
    values.of[VARIABLE_REASON] = " chờ Sở NN&MT [đo đạc]\r\nxong \xE2\x80\x8B.";
    template_render(templates_default(), TEMPLATE_LATE, false, &values, &text);
    assert_non_null(strstr(text.data, "Ly do: cho So NN va MT (do dac) xong . Du kien"));
    assert_true(gsm7_length(text.data) > 0);
    str_clear(&text);
    values.of[VARIABLE_REASON] = "vì sao?";
    template_render(templates_default(), TEMPLATE_LATE, true, &values, &text);
    assert_non_null(strstr(text.data, "Lý do: vì sao? Dự kiến"));
    str_release(&text);
}

/* A telephone number instead of a short code, and the longest names of provinces; the directory's maxima are those of the texts. */
static void every_appliance_fits(void **state) {
    (void)state;
    static const char *const provinces[] = {"Tuyen Quang", "Ho Chi Minh", "Thai Nguyen"};
    struct template_values s = settings();
    struct str problem;
    str_init(&problem, 4096);
    for (size_t i = 0; i < 3; i++) {
        s.of[VARIABLE_PROVINCE] = provinces[i];
        s.of[VARIABLE_SHORTCODE] = "0912345678";
        if (!templates_check(templates_default(), &s, &problem))
            fail_msg("%s", problem.data);
    }
    str_release(&problem);
    assert_int_equal(variables[VARIABLE_AGENCY].longest, AGENCY_NAME_MAX);
    assert_int_equal(variables[VARIABLE_TO_AGENCY].longest, AGENCY_NAME_MAX);
}

static void settings_are_checked(void **state) {
    (void)state;
    struct str problem;
    struct template_values s = settings();
    str_init(&problem, 1024);
    assert_true(templates_check(templates_default(), &s, &problem));
    assert_int_equal(problem.len, 0);
    s.of[VARIABLE_PROVINCE] = "Ba Ria Vung Tau va rat nhieu tinh khac";
    assert_false(templates_check(templates_default(), &s, &problem));
    assert_non_null(strstr(problem.data, "ACK"));
    str_clear(&problem);
    s = settings();
    s.of[VARIABLE_SHORTCODE] = "+84912000001999";
    assert_false(templates_check(templates_default(), &s, &problem));
    str_clear(&problem);
    s = settings();
    s.of[VARIABLE_PROVINCE] = "Thanh Hóa";
    assert_false(templates_check(templates_default(), &s, &problem)); /* ó isn't in the alphabet */
    str_clear(&problem);
    s.of[VARIABLE_PROVINCE] = "Hue [moi]";
    assert_false(templates_check(templates_default(), &s, &problem));
    str_release(&problem);
}

/* ---- the operator's own ---- */

static void own_texts(void **state) {
    (void)state;
    static const char json[] = "{\"ENDED\": {\"plain\": \"PAKN {code} da xong. Viec moi: PA <noi dung> gui {shortcode}\","
                               " \"accented\": \"PAKN {code} \u0111a\u0303 xong. Vi\u1ec7c m\u1edbi: PA <n\u1ed9i dung> g\u1eedi {shortcode}\"},"
                               " \"O-LOW\": {\"plain\": \"{province}: {code} chi duoc {rating}/5.\"}}";
    struct template_values fixed = settings(), values = example("ENDED", false);
    struct templates *t = NULL;
    struct str text;
    str_init(&text, 4096);
    assert_int_equal(templates_parse(json, "texts.json", &fixed, &text, &t), ERR_OK);
    assert_int_equal(text.len, 0);
    template_render(t, TEMPLATE_ENDED, false, &values, &text);
    assert_string_equal(text.data, "PAKN 482109304 da xong. Viec moi: PA <noi dung> gui 1022");
    str_clear(&text);
    template_render(t, TEMPLATE_ENDED, true, &values, &text);
    assert_string_equal(text.data, "PAKN 482109304 đã xong. Việc mới: PA <nội dung> gửi 1022"); /* composed */
    str_clear(&text);
    values.of[VARIABLE_RATING] = "2";
    template_render(t, TEMPLATE_O_LOW, true, &values, &text);
    assert_string_equal(text.data, "Thanh Hoa: 482109304 chi duoc 2/5.");
    assert_ptr_equal(template_form(t, TEMPLATE_ACK, true), template_form(templates_default(), TEMPLATE_ACK, true));
    assert_true(templates_check(t, &fixed, &text));
    templates_free(t);
    t = NULL;
    assert_int_equal(templates_parse("{}", "texts.json", &fixed, &text, &t), ERR_OK);
    templates_free(t);
    str_release(&text);
}

#define ENDED(plain, accented) "{\"ENDED\": {\"plain\": \"" plain "\", \"accented\": \"" accented "\"}}"
#define BOTH(text) ENDED(text, text)
#define FIFTY "muoi chu so muoi chu so muoi chu so muoi chu so a "

static const struct {
    const char *json, *problem; /* a part of what is said */
} bad_files[] = {
    {"", "t:1:0: "},
    {"{\n  \"ACK\": ,\n}", "t:2:"},
    {"[]", "t: must be an object"},
    {"{\n\n\"ENDED\": {\n\"plain\": \"{code}\",\n\"accented\": \"{code} {x}\"}}", "t:5: ENDED.accented: no variable is called {x}"},
    {"{\n\n\"ENDED\": {\n\"plain\": \"{code}\"}}", "t:3: ENDED.accented: is missing"},
    {"{\"ENDED\": 1}", "t:1: ENDED: must be an object"},
    {"{\"ENDET\": {\"plain\": \"x\"}}", "t:1: ENDET: no text is called so"},
    {"{\"ENDED\": {\"plain\": \"{code}\"}}", "t:1: ENDED.accented: is missing"},
    {"{\"ENDED\": {\"accented\": \"{code}\"}}", "t:1: ENDED.plain: is missing"},
    {"{\"ENDED\": {\"plain\": 7, \"accented\": \"{code}\"}}", "t:1: ENDED.plain: is missing, empty, or no string"},
    {"{\"ENDED\": {\"plain\": \"{code}\", \"accented\": \"{code}\", \"other\": 1}}", "t:1: ENDED.other: unknown"},
    {"{\"O-LOW\": {\"plain\": \"{code} {rating}\", \"accented\": \"{code} {rating}\"}}", "t:1: O-LOW.accented: officers get"},
    {ENDED("", "{code}"), "t:1: ENDED.plain: is missing, empty"},
    {BOTH("PAKN {cod} {code}"), "no variable is called {cod}; this text may have {code}, {province}, {shortcode}"},
    {BOTH("PAKN {code} {agency}"), "this text has no {agency}; it may have"},
    {BOTH("PAKN da xong"), "{code} is missing"},
    {BOTH("PAKN {code"), "a { without its }"},
    {BOTH("PAKN {code} va {"), "a { without its }"},
    {BOTH("PAKN {code}} xong"), "}: none of"},
    {BOTH("PAKN {code} A & B"), "&: none of"},
    {BOTH("PAKN {code} ~ x"), "~: none of"},
    {BOTH("PAKN {code}\\n"), "a control character (10)"},
    {ENDED("PAKN {code} đã xong", "PAKN {code} đã xong"), "ENDED.plain: \"đ\" isn't in the GSM 7-bit alphabet"},
    {ENDED("{code} {shortcode}", "{code}"), "ENDED: {shortcode} is in one form only"},
    {BOTH("{code}" FIFTY FIFTY FIFTY "99"), "160 fit one SMS: 1 too many"},
    {ENDED("{code}", "{code}" FIFTY FIFTY FIFTY FIFTY), "209 characters with the longest values, 183 fit three: 26 too many"},
    {"{\"REMIND\": {\"plain\": \"{code} truoc {date}\", \"accented\": \"{code} {date}\"}}", "REMIND.plain: \"truoc\" before a date"},
    {"{\"REMIND\": {\"plain\": \"{code} {date}\", \"accented\": \"{code} Trước ngày {date}\"}}", "REMIND.accented: \"truoc\" before a date"},
    {"{\"REMIND\": {\"plain\": \"{code} {date} trong 17 ngay\", \"accented\": \"{code} {date}\"}}", "REMIND.plain: a number of days"},
    {"{\"REMIND\": {\"plain\": \"{code}\", \"accented\": \"{code}\"}}", "REMIND.plain: {date} is missing"},
    {"{\"ENDED\": {\"plain\": \"a\"}, \"ENDED\": {\"plain\": \"a\"}}", "t:1:"}, /* twice */
};

static void bad_files_are_refused_whole(void **state) {
    (void)state;
    struct template_values fixed = settings();
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        struct templates *t = NULL;
        struct str problems;
        str_init(&problems, 4096);
        assert_int_equal(templates_parse(bad_files[i].json, "t", &fixed, &problems, &t), ERR_INVALID);
        assert_null(t);
        if (!problems.data || !strstr(problems.data, bad_files[i].problem))
            fail_msg("row %zu: \"%s\" isn't in \"%s\"", i, bad_files[i].problem, problems.data ? problems.data : "");
        assert_true(problems.data && problems.len > 0 && problems.data[problems.len - 1] != '\n');
        str_release(&problems);
    }
}

/* All problems are told at once, a line each. */
static void problems_are_gathered(void **state) {
    (void)state;
    struct template_values fixed = settings();
    struct templates *t = NULL;
    struct str problems;
    str_init(&problems, 4096);
    assert_int_equal(
        templates_parse("{\"A\": {}, \"ENDED\": {\"plain\": \"{x} & \", \"accented\": \"{code}\"}, \"B\": 1}", "t", &fixed, &problems, &t),
        ERR_INVALID);
    size_t lines = 1;
    for (const char *at = problems.data; *at; at++)
        lines += *at == '\n';
    assert_int_equal(lines, 5); /* A, {x}, no {code}, &, B */
    str_release(&problems);
}

/* Whatever a file holds: it's taken or refused with a reason, and what is taken renders. */
static void any_file(void **state) {
    (void)state;
    static const char *const bits[] = {"{code}", "{",     "}",   "{date}",  "truoc ",         "17 ngay",    "\xC4\x91\xC3\xA3",
                                       "&",      "PAKN ", "\\n", "\\u0000", "\\ud83d\\ude21", "{x}",        " ",
                                       ".",      "{{",    "{}",  "\\\\",    "\xFF",           "{shortcode}"};
    struct template_values fixed = settings(), values = example("ENDED", false);
    for (int round = 0; round < 2000; round++) {
        struct str json, text;
        struct templates *t = NULL;
        str_init(&json, 4096);
        str_init(&text, 65536);
        str_add(&json, "{\"ENDED\": {\"plain\": \"");
        for (uint32_t n = random_below(6); n > 0; n--)
            str_add(&json, bits[random_below(sizeof bits / sizeof *bits)]);
        str_add(&json, "{code}\", \"accented\": \"");
        for (uint32_t n = random_below(4); n > 0; n--)
            str_add(&json, bits[random_below(sizeof bits / sizeof *bits)]);
        str_add(&json, "{code}\"}}");
        enum err e = templates_parse(json.data, "t", &fixed, &text, &t);
        assert_true(e == ERR_OK || (e == ERR_INVALID && text.len > 0));
        for (int accented = 0; e == ERR_OK && accented < 2; accented++)
            template_render(t, TEMPLATE_ENDED, accented, &values, &text);
        templates_free(t);
        str_release(&json);
        str_release(&text);
    }
}

/* What `phanhoictl texts print` shows; GOLDEN_UPDATE=1 writes it anew. */
static void printed(void **state) {
    (void)state;
    static char golden[131072];
    static const char path[] = "tests/golden/texts.txt";
    struct template_values fixed = settings();
    struct str text;
    str_init(&text, sizeof golden);
    templates_print(templates_default(), &fixed, &text);
    assert_true(str_ok(&text));
    if (getenv("GOLDEN_UPDATE")) {
        FILE *to = fopen(path, "wb");
        assert_non_null(to);
        assert_int_equal(fwrite(text.data, 1, text.len, to), text.len);
        assert_int_equal(fclose(to), 0);
    }
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    golden[fread(golden, 1, sizeof golden - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(text.data, golden);
    str_release(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(forms_agree),
        cmocka_unit_test(longest_values_fit),
        cmocka_unit_test(words_full_of_dates_fit),
        cmocka_unit_test(long_names_are_shortened),
        cmocka_unit_test(values_are_cleaned),
        cmocka_unit_test(every_appliance_fits),
        cmocka_unit_test(settings_are_checked),
        cmocka_unit_test(own_texts),
        cmocka_unit_test(bad_files_are_refused_whole),
        cmocka_unit_test(problems_are_gathered),
        cmocka_unit_test(any_file),
        cmocka_unit_test(printed),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
