/* What is flagged for a person to look at, on messages as citizens write them (tests/fixtures/moderation.json), and that ordinary complaints aren't;
 * what needs normalising. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "smsc/grammar.h"
#include "smsc/moderation.h"
#include "smsc/numbers.h"
#include "smsc/spelling.h"
#include "store/case.h"
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct phone sender = {.kind = PHONE_E164, .text = "+84912000001"};

static int flag_named(const char *name) {
#define X(symbol, value, word) \
    if (strcmp(name, word) == 0) \
        return symbol;
    CASE_FLAG_TABLE(X)
#undef X
    fail_msg("no flag is called %s", name);
    return 0;
}

static struct json *load(const char *path) {
    struct json *rows = NULL;
    char *text = golden_read(path);
    assert_int_equal(json_parse(text, strlen(text), &rows), ERR_OK);
    free(text);
    return rows;
}

static void flagged_as_said(void **state) {
    (void)state;
    struct json *rows = load("tests/fixtures/moderation.json");
    int wrong = 0, flagged = 0;
    assert_true(json_count(rows) >= 80);
    for (size_t i = 0; i < json_count(rows); i++) {
        const struct json *row = json_at(rows, i), *names = json_get(row, "flags");
        const char *text = json_text(row, "in");
        int expected = 0, flags = moderation_of(text, &sender);
        for (size_t k = 0; k < json_count(names); k++)
            expected |= flag_named(json_text_value(json_at(names, k)));
        flagged += expected != 0;
        if (flags != expected) {
            print_message("\"%s\": %d, not %d\n", text, flags, expected);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_in_range(flagged, 40, json_count(rows) - 40);
    json_free(rows);
}

/* Of the messages by which the grammar is measured, none was written to be moderated. */
static void ordinary_messages_pass(void **state) {
    (void)state;
    struct json *rows = load("tests/fixtures/corpus.json");
    int flagged = 0, rows_with_words = 0;
    for (size_t i = 0; i < json_count(rows); i++) {
        const char *text = json_text(json_at(rows, i), "in");
        struct parsed p;
        grammar_parse(text, 0, &p);
        if (p.verb != VERB_FREETEXT && p.verb != VERB_SUBMIT && p.verb != VERB_SUBMIT_CONF)
            continue;
        rows_with_words++;
        int flags = moderation_of(text + p.argument, &sender);
        if (flags & ~CASE_PERSONAL_DATA)
            fail_msg("\"%s\": %d", text, flags);
        flagged += flags != 0;
    }
    assert_true(rows_with_words > 500);
    assert_in_range(flagged, 0, rows_with_words / 50); /* they have numbers in them that may be anybody's */
    json_free(rows);
}

/* Whose a number is: by the sender's own, and by the words in front. */
static void numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int found;
    } rows[] = {
        {"0987654321", NUMBERS_OF_OTHERS | NUMBERS_TO_CALL},
        {"+84912000001", NUMBERS_TO_CALL}, /* the sender's */
        {"0912.000.001", NUMBERS_TO_CALL},
        {"84 987 654 321", NUMBERS_OF_OTHERS | NUMBERS_TO_CALL},
        {"thon 3 0987 654 321", NUMBERS_OF_OTHERS | NUMBERS_TO_CALL},
        {"0912000001 - 0987654321", NUMBERS_OF_OTHERS | NUMBERS_TO_CALL},
        {"số của tôi là 0987654321", NUMBERS_TO_CALL},
        {"goi em theo so dt: 0987654321", NUMBERS_TO_CALL},
        {"0987654321 la so cua toi", NUMBERS_TO_CALL},
        {"0987654321 la so cua ong Ba", NUMBERS_OF_OTHERS | NUMBERS_TO_CALL},
        {"tai khoan cua toi 0123456789", 0},
        {"CCCD 038090012345", NUMBERS_OF_OTHERS},
        {"038 090 012 345", NUMBERS_OF_OTHERS},
        {"cccd cua toi 038090012345", 0},
        {"997090012345", 0}, /* no province has that number */
        {"171234567", 0}, /* nine digits: a case code, or anything */
        {"chung minh nhan dan 171234567", 0},
        {"CMND 171234567", NUMBERS_OF_OTHERS},
        {"cmnd: 171 234 567", NUMBERS_OF_OTHERS},
        {"STK 1903 4567 8910 11", NUMBERS_OF_OTHERS},
        {"MST 0312345678", NUMBERS_TO_CALL},
        {"KH0987654321", NUMBERS_TO_CALL},
        {"1900 1234", NUMBERS_TO_CALL},
        {"02373852246", 0}, /* an office's line */
        {"098765432", 0},
        {"09876543210", 0},
        {"12345678901234567890123456789012345678901234567890", 0},
        {"0 9 8 7 6 5 4 3 2 1", NUMBERS_OF_OTHERS | NUMBERS_TO_CALL},
        {"1.234.567 d, 20/11/2026, 36A-123.45", 0},
        {"", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (numbers_in(rows[i].text, &sender) != rows[i].found)
            fail_msg("\"%s\": %d", rows[i].text, numbers_in(rows[i].text, &sender));
    assert_int_equal(numbers_in("0912000001", NULL), NUMBERS_OF_OTHERS | NUMBERS_TO_CALL);
}

static void spelling(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int flags;
    } rows[] = {
        {"Đường vào thôn 3 bị sụt lún", 0},
        {"duong vao thon 3 bi sut lun", CASE_UNACCENTED},
        {"đường fai sửa ngay", CASE_TEENCODE},
        {"Zậy là sao, nước wá bẩn", CASE_TEENCODE},
        {"duong hong wa, hok ai sua j het", CASE_UNACCENTED | CASE_TEENCODE},
        {"Đường hỏng mà ko ai sửa", CASE_ABBREVIATED},
        {"k co nuoc ntn song dc", CASE_UNACCENTED | CASE_ABBREVIATED},
        {"Giá 5 k một lần, xã nói 10k", 0}, /* thousands */
        {"Khoa K 8 bệnh viện", 0},
        {"UBND xã, CCCD, QL1A, BHYT, THPT", 0}, /* officials' own; Vietnamese letters show it's accented */
        {"Phản ánh qua Zalo, Facebook, wifi nhà văn hóa, website, fan hâm mộ", 0},
        {"Nhà máy Formosa xả thải, xe jeep", 0},
        {"", CASE_UNACCENTED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (spelling_of(rows[i].text) != rows[i].flags)
            fail_msg("\"%s\": %d", rows[i].text, spelling_of(rows[i].text));
}

/* Every beginning of every message, and bytes of noise that are text, are answered. */
static void hostile(void **state) {
    (void)state;
    struct json *rows = load("tests/fixtures/moderation.json");
    for (size_t i = 0; i < json_count(rows); i++) {
        char *text = mem_string(json_text(json_at(rows, i), "in"));
        for (size_t n = strlen(text); n > 0; n--) {
            text[n] = '\0';
            if ((text[n - 1] & 0x80) == 0)
                assert_true(moderation_of(text, &sender) >= 0 && spelling_of(text) >= 0);
        }
        free(text);
    }
    json_free(rows);
    char digits[4096];
    memset(digits, '0', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    assert_int_equal(moderation_of(digits, &sender), 0);
    for (size_t i = 1; i < sizeof digits - 1; i += 2)
        digits[i] = ' ';
    assert_int_equal(moderation_of(digits, &sender) & ~CASE_PERSONAL_DATA, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flagged_as_said), cmocka_unit_test(ordinary_messages_pass), cmocka_unit_test(numbers), cmocka_unit_test(spelling),
        cmocka_unit_test(hostile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
