/* What may stand in a short message. */
#include "firmware-host/base/clean.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text, *plain, *accented; /* accented NULL: as without */
} rows[] = {
    {"", "", NULL},
    {" \t\r\n ", "", NULL},
    {"Sở NN&MT", "So NN va MT", "Sở NN và MT"},
    {"A & B", "A va B", "A và B"},
    {"[a] {b} c|d e\\f g~h i^j", "(a) (b) c/d e/f g-h i j", NULL},
    {"  hai \r\n dòng\t\tmột ", "hai dong mot", "hai dòng một"},
    {"30°C, 20 m², 5 m³, 2×3", "30 do C, 20 m2, 5 m3, 2x3", "30°C, 20 m², 5 m³, 2×3"},
    {"500.000₫, 5€", "500.000d, 5 EUR", "500.000₫, 5€"},
    {"“nói” – ‘thật’…", "\"noi\" - 'that'...", "“nói” – ‘thật’…"},
    {"a\xE2\x80\x8B"
     "b\xE2\x80\xAE"
     "c\xEF\xBB\xBF"
     "d\xC2\xAD"
     "e",
     "abcde", NULL},
    {"tie\xE2\x80\x8B\xCC\x82\xCC\x81ng", "tieng", "tiếng"}, /* what stood between a letter and its marks is gone */
    {"a\xC2\xA0\xE2\x80\x89\xE3\x80\x80z", "a z", NULL},
    {"vui 😡!", "vui !", "vui 😡!"},
    {"漢字", "", "漢字"},
    {"Tie\xCC\x82\xCC\x81ng Vie\xCC\xA3\xCC\x82t", "Tieng Viet", "Tiếng Việt"},
};

static void cleaned(const char *text, struct clean_form form, const char *expected) {
    struct str to;
    str_init(&to, 4096);
    str_add(&to, "x ");
    clean_text(text, form, &to);
    assert_string_equal(to.data + 2, expected);
    str_release(&to);
}

static void table(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cleaned(rows[i].text, (struct clean_form){0}, rows[i].plain);
        cleaned(rows[i].text, (struct clean_form){.accented = true}, rows[i].accented ? rows[i].accented : rows[i].plain);
    }
    cleaned("“a” «b» \"c\"", (struct clean_form){.quoted = true}, "'a' 'b' 'c'");
    cleaned("“a” «b» \"c\"", (struct clean_form){.quoted = true, .accented = true}, "'a' 'b' 'c'");
    cleaned(" \n1. một \r\n\r\n  2. hai\n", (struct clean_form){.lines = true}, "1. mot\n2. hai");
    cleaned(" \n1. một \r\n\r\n  2. hai\n", (struct clean_form){.lines = true, .accented = true}, "1. một\n2. hai");
}

/* Cleaning twice changes nothing, and what it promises holds of any text. */
static void any_text(void **state) {
    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct clean_form form = {.accented = round & 1, .lines = round & 2, .quoted = round & 4};
        struct str text, once, twice;
        str_init(&text, SIZE_MAX);
        str_init(&once, SIZE_MAX);
        str_init(&twice, SIZE_MAX);
        for (uint32_t n = 1 + random_below(40); n > 0; n--)
            text_add_codepoint(&text, random_below(3) ? 1 + random_below(0x250) : 1 + random_below(0x1FFFF));
        clean_text(text.data, form, &once);
        str_add(&once, "");
        clean_text(once.data, form, &twice);
        str_add(&twice, "");
        assert_string_equal(once.data, twice.data);
        assert_null(strpbrk(once.data, "&[]{}^~\\|\r\t"));
        assert_true(form.lines || !strchr(once.data, '\n'));
        assert_true(!form.quoted || !strchr(once.data, '"'));
        assert_null(strstr(once.data, "  "));
        assert_true(once.len == 0 || (!strchr(" \n", once.data[0]) && !strchr(" \n", once.data[once.len - 1])));
        if (!form.accented)
            assert_int_equal(gsm7_length(once.data), (long)text_codepoints(once.data)); /* one septet each */
        str_release(&text);
        str_release(&once);
        str_release(&twice);
    }
}

static const struct {
    const char *text;
    enum sms_encoding encoding;
    size_t room, search, len;
} fits[] = {
    {"", SMS_GSM7, 5, 5, 0},
    {"mot hai", SMS_GSM7, 7, 5, 7},
    {"mot hai", SMS_GSM7, 6, 5, 3},
    {"mot hai", SMS_GSM7, 3, 5, 3},
    {"mot hai", SMS_GSM7, 2, 5, 2},
    {"mot hai", SMS_GSM7, 0, 5, 0},
    {"mot\nhai", SMS_GSM7, 6, 5, 3},
    {"a bcdefgh", SMS_GSM7, 8, 5, 8}, /* the blank is too far back */
    {"a bcdefgh", SMS_GSM7, 7, 6, 1},
    {"xa482109304", SMS_GSM7, 8, 5, 2}, /* behind a letter it's a code all the same */
    {"(24/11/2026)", SMS_GSM7, 10, 5, 1},
    {"(24/11/2026)", SMS_GSM7, 11, 5, 11},
    {"mã 482109304", SMS_UCS2, 11, 9, 3},
    {"😀😀", SMS_UCS2, 3, 5, 4},
    {"😀😀", SMS_UCS2, 1, 5, 0},
    {"\xF0\x9F\x87\xBB\xF0\x9F\x87\xB3\xF0\x9F\x87\xBB\xF0\x9F\x87\xB3", SMS_UCS2, 7, 5, 8}, /* two flags */
    {"\xF0\x9F\x87\xBB\xF0\x9F\x87\xB3", SMS_UCS2, 3, 5, 4}, /* one that is longer than the room */
    {"€€€", SMS_GSM7, 5, 5, 6}, /* two septets each */
};

static void beginnings_that_fit(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof fits / sizeof *fits; i++) {
        size_t len = sms_fit(fits[i].text, fits[i].encoding, fits[i].room, fits[i].search);
        if (len != fits[i].len)
            fail_msg("row %zu: %zu, expected %zu", i, len, fits[i].len);
    }
}

static void clusters(void **state) {
    (void)state;
    assert_int_equal(text_cluster(""), 0);
    assert_int_equal(text_cluster("ab"), 1);
    assert_int_equal(text_cluster("ộb"), 3);
    assert_int_equal(text_cluster("o\xCC\xA3\xCC\x82"
                                  "b"),
                     5);
    assert_int_equal(text_cluster("\r\nx"), 2);
    assert_int_equal(text_cluster("\xF0\x9F\x87\xBB\xF0\x9F\x87\xB3\xF0\x9F\x87\xBB"), 8);
    assert_int_equal(text_cluster("\xE2\x9D\xA4\xEF\xB8\x8Fx"), 6); /* a heart, and that it's red */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table),
        cmocka_unit_test(any_text),
        cmocka_unit_test(beginnings_that_fit),
        cmocka_unit_test(clusters),
    };
    crypto_start();
    return cmocka_run_group_tests_name("clean", tests, NULL, NULL);
}
