/* The texts against the published ones, their lengths with the longest values, and the agreement of the two forms. */
#include "smsc/templates.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"

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
        template_render(id, accented, &values, &text);
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
        char *plain = text_unaccent(template_form((enum template_id)id, true));
        assert_string_equal(plain, template_form((enum template_id)id, false));
        free(plain);
    }
}

static char *filled(char c, size_t len) {
    char *text = mem_alloc(len + 1);
    memset(text, c, len);
    return text;
}

/* With every variable at its longest the unaccented form is exactly within one segment. */
static void longest_values_fit(void **state) {
    (void)state;
    static const size_t longest[] = {
#define X(symbol, name, kind, length) [symbol] = length,
        VARIABLE_TABLE(X)
#undef X
    };
    struct template_values fixed = settings();
    for (size_t id = 0; id < TEMPLATE_COUNT; id++) {
        struct template_values values = fixed;
        struct str text;
        for (size_t v = 0; v < VARIABLE_COUNT; v++)
            if (!values.of[v])
                values.of[v] = filled('W', longest[v] ? longest[v] : template_room((enum template_id)id, &fixed));
        str_init(&text, 4096);
        template_render((enum template_id)id, false, &values, &text);
        long septets = gsm7_length(text.data);
        assert_in_range(septets, 1, SMS_GSM7_SINGLE);
        assert_null(strpbrk(text.data, "&[]{}^~\\|"));
        if (strstr(template_form((enum template_id)id, false), "{items}") || strstr(template_form((enum template_id)id, false), "{quote}"))
            assert_int_equal(septets, SMS_GSM7_SINGLE);
        str_release(&text);
        for (size_t v = 0; v < VARIABLE_COUNT; v++)
            if (!fixed.of[v])
                free((char *)(uintptr_t)values.of[v]);
    }
}

static void settings_are_checked(void **state) {
    (void)state;
    struct str problem;
    struct template_values s = settings();
    str_init(&problem, 1024);
    assert_true(templates_check(&s, &problem));
    assert_int_equal(problem.len, 0);
    s.of[VARIABLE_PROVINCE] = "Ba Ria Vung Tau va rat nhieu tinh khac";
    assert_false(templates_check(&s, &problem));
    assert_non_null(strstr(problem.data, "ACK"));
    str_clear(&problem);
    s = settings();
    s.of[VARIABLE_SHORTCODE] = "+84912000001999";
    assert_false(templates_check(&s, &problem));
    str_clear(&problem);
    s = settings();
    s.of[VARIABLE_PROVINCE] = "Thanh Hóa";
    assert_false(templates_check(&s, &problem)); /* ó isn't in the alphabet */
    str_clear(&problem);
    s.of[VARIABLE_PROVINCE] = "Hue [moi]";
    assert_false(templates_check(&s, &problem));
    str_release(&problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(forms_agree),
        cmocka_unit_test(longest_values_fit),
        cmocka_unit_test(settings_are_checked),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
