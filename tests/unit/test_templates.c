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

/* The values that the published examples show. */
static struct template_values example(enum template_id id, bool accented) {
    bool track = id == TEMPLATE_TRACK;
    return (struct template_values){
        .of = {
            [VARIABLE_PROVINCE] = accented ? "Thanh Hóa" : "Thanh Hoa",
            [VARIABLE_SHORTCODE] = "1022",
            [VARIABLE_CODE] = "482109304",
            [VARIABLE_TYPED] = id == TEMPLATE_BADCODE ? "482109340" : "482109304",
            [VARIABLE_TIME] = "09:05 21/11/2026",
            [VARIABLE_DATE] = track ? "08/12/2026" : "24/11/2026",
            [VARIABLE_STATE] = accented ? "đang xử lý" : "dang xu ly",
            [VARIABLE_AGENCY] = accented ? "Sở Nông nghiệp và MT" : "So Nong nghiep va MT",
            [VARIABLE_ITEMS] = accented ? "1) 482109304 đang xử lý, hạn 08/12. 2) 381002130 có kết quả. 3) 290177441 chờ bổ sung."
                                        : "1) 482109304 dang xu ly, han 08/12. 2) 381002130 co ket qua. 3) 290177441 cho bo sung.",
            [VARIABLE_QUOTE] = accented ? "Đường vào thôn 3 bị sụt lún" : "Duong vao thon 3 bi sut lun",
        }};
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
    for (int accented = 0; accented < 2; accented++) {
        struct template_values values = example(id, accented);
        struct str text;
        str_init(&text, 4096);
        template_render(id, accented, &values, &text);
        assert_string_equal(text.data, json_text_value(json_at(row, accented ? 2 : 1)));
        if (accented) {
            assert_int_equal(ucs2_units(text.data), number_at(row, 5));
            assert_int_equal(segments(text.data, SMS_UCS2), number_at(row, 6));
        } else {
            assert_int_equal(gsm7_length(text.data), number_at(row, 3));
            assert_int_equal(segments(text.data, SMS_GSM7), number_at(row, 4));
        }
        str_release(&text);
    }
}

/* Every text here that was published is the published one, to the letter. */
static void published(void **state) {
    (void)state;
    static char json[65536];
    FILE *f = fopen("tests/fixtures/templates.json", "rb");
    assert_non_null(f);
    size_t len = fread(json, 1, sizeof json, f);
    fclose(f);
    struct json *rows = NULL;
    assert_int_equal(json_parse(json, len, &rows), ERR_OK);
    size_t found = 0;
    for (size_t id = 0; id < TEMPLATE_COUNT; id++) {
        for (size_t i = 0; i < json_count(rows); i++) {
            if (strcmp(json_text_value(json_at(json_at(rows, i), 0)), template_name((enum template_id)id)) == 0) {
                check_row((enum template_id)id, json_at(rows, i));
                found++;
            }
        }
    }
    assert_int_equal(found, TEMPLATE_COUNT - 1); /* NAMED is our own */
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
#define X(symbol, name, length) [symbol] = length,
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
        if (id == TEMPLATE_LIST || id == TEMPLATE_FREETEXT)
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
