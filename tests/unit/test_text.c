/* UTF-8, NFC, Vietnamese folding, UTF-16. */
#include "firmware-host/base/text.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>

#define FFFD "\xEF\xBF\xBD"

static void validity(void **state) {
    (void)state;
    static const char *const good[] = {
        "", "a", "đường", "\xF0\x9F\x98\x80", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "\x7F"};
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC3",
                                      "\xC3(",
                                      "\xE0\x80\x80",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xE1\xBB",
                                      "\xFE",
                                      "\xFF",
                                      "a\xBF"
                                      "b",
                                      "\xF0\x9F\x98",
                                      "\xF0\x80\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xF8\x88\x80\x80\x80"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(text_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (text_valid(bad[i], strlen(bad[i])))
            fail_msg("bad %zu", i);
    assert_false(text_valid("a\0b", 3));
    assert_false(text_valid("đ", 1)); /* the length counts, not the NUL */
}

static void lossy(void **state) {
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        const char *out;
    } rows[] = {
        {"", 0, ""},
        {"đường", 9, "đường"},
        {"a\0b", 3, "a" FFFD "b"},
        {"\xFF"
         "a\xC3",
         3, FFFD "a" FFFD},
        {"ab\xE1\xBB", 4, "ab" FFFD FFFD},
        {"\xED\xA0\x80", 3, FFFD FFFD FFFD},
        {"đ\x80đ", 5, "đ" FFFD "đ"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str s;
        str_init(&s, 1000);
        text_add_lossy(&s, rows[i].data, rows[i].len);
        assert_string_equal(s.data, rows[i].out);
        str_release(&s);
    }
}

static void lossy_is_always_valid(void **state) {
    (void)state;
    uint32_t seed = 12345;
    for (int round = 0; round < 20000; round++) {
        char data[16];
        struct str s;
        for (size_t i = 0; i < sizeof data; i++) {
            seed = seed * 1664525 + 1013904223;
            data[i] = (char)(seed >> 24);
        }
        str_init(&s, 1000);
        text_add_lossy(&s, data, sizeof data);
        assert_true(text_valid(s.data, s.len));
        if (text_valid(data, sizeof data))
            assert_memory_equal(data, s.data, sizeof data);
        str_release(&s);
    }
}

/* Every Vietnamese letter with a mark, lower and upper case, composed; its letter without. */
static const char *const letters[][2] = {
    {"a", "àáảãạăằắẳẵặâầấẩẫậ"}, {"e", "èéẻẽẹêềếểễệ"}, {"i", "ìíỉĩị"}, {"o", "òóỏõọôồốổỗộơờớởỡợ"}, {"u", "ùúủũụưừứửữự"}, {"y", "ỳýỷỹỵ"}, {"d", "đ"},
    {"A", "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬ"}, {"E", "ÈÉẺẼẸÊỀẾỂỄỆ"}, {"I", "ÌÍỈĨỊ"}, {"O", "ÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢ"}, {"U", "ÙÚỦŨỤƯỪỨỬỮỰ"}, {"Y", "ỲÝỶỸỴ"}, {"D", "Đ"},
};

static void assert_unaccented(const char *text, const char *plain) {
    char *out = text_unaccent(text);
    assert_string_equal(out, plain);
    free(out);
}

static void every_vietnamese_letter_loses_its_marks(void **state) {
    (void)state;
    size_t count = 0;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        for (const char *at = letters[i][1]; *at; count++) {
            struct str one;
            str_init(&one, 10);
            text_add_codepoint(&one, text_next(&at));
            assert_unaccented(one.data, letters[i][0]);
            str_release(&one);
        }
    assert_int_equal(count, 134); /* 67 letters with marks, twice */
}

/* Tone before or after the vowel's own mark, as keyboards and phones send them. */
static void decomposed_in_any_order(void **state) {
    (void)state;
    static const char *const bases = "aeiouyAEIOUY";
    static const char *const shapes[] = {"", "\xCC\x82", "\xCC\x86", "\xCC\x9B"}; /* none, circumflex, breve, horn */
    static const char *const tones[] = {"", "\xCC\x80", "\xCC\x81", "\xCC\x89", "\xCC\x83", "\xCC\xA3", "\xCD\x80", "\xCD\x81", "\xCC\x84"};
    for (const char *base = bases; *base; base++)
        for (size_t shape = 0; shape < 4; shape++)
            for (size_t tone = 0; tone < sizeof tones / sizeof *tones; tone++)
                for (int order = 0; order < 2; order++) {
                    char plain[] = {*base, '\0'};
                    struct str s;
                    str_init(&s, 20);
                    str_add(&s, plain);
                    str_add(&s, order ? tones[tone] : shapes[shape]);
                    str_add(&s, order ? shapes[shape] : tones[tone]);
                    assert_unaccented(s.data, plain);
                    str_release(&s);
                }
}

static void unaccents(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"plain\ttext\n", "plain\ttext\n"},
        {"Đường vào thôn 3 bị sụt lún", "Duong vao thon 3 bi sut lun"},
        {"Đu\xCC\x9Bo\xCC\x9B\xCC\x80ng", "Duong"},
        {"\xC3\x90\xC6\x89\xC3\xB0", "DDd"}, /* eth and African D, typed for Đ */
        {"a\xE2\x80\x8B"
         "b\xE2\x80\x8C"
         "c\xE2\x80\x8D"
         "d\xEF\xBB\xBF"
         "e\xE2\x81\xA0"
         "f",
         "abcdef"},
        {"\xE2\x80\x8E"
         "x\xC2\xAD"
         "y\xE2\x80\xAE",
         "xy"},
        {"a\xC2\xA0"
         "b\xE2\x80\xAF"
         "c\xE3\x80\x80"
         "d\xE2\x80\x83"
         "e\xE2\x80\xA8"
         "f",
         "a b c d e f"},
        {"\xEF\xBC\xA1\xEF\xBC\x91\xEF\xBC\x81\xEF\xBD\x9E", "A1!~"},
        {"“Hà Nội” ‘a’ – b — c… «d» 5′ 6″ •", "\"Ha Noi\" 'a' - b - c... \"d\" 5' 6\" -"},
        {"Müller, ñ, å, ç, €", "Müller, n, å, ç, €"}, /* the tilde is a Vietnamese tone, the other marks stay */
        {"u\xCC\x88", "ü"}, /* and are composed */
        {"привет й 漢字 😀", "привет и 漢字 😀"}, /* U+0306 is the breve of ă as well */
        {"각", "각"},
        {"\xE2\x84\xAB", "Å"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_unaccented(rows[i][0], rows[i][1]);
}

static void composes(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"abc", "abc"},
        {"tiê\xCC\x81ng Viê\xCC\xA3t", "tiếng Việt"},
        {"e\xCC\xA3\xCC\x82", "ệ"},
        {"e\xCC\x82\xCC\xA3", "ệ"},
        {"u\xCC\x9B\xCC\x81", "ứ"},
        {"a\xE2\x80\x8B"
         "b",
         "a\xE2\x80\x8B"
         "b"},
        {"\x01\n\t", "\x01\n\t"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *out = text_nfc(rows[i][0]);
        assert_string_equal(out, rows[i][1]);
        free(out);
    }
}

static void decomposes(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", ""}, {"abc", "abc"}, {"ệ", "e\xCC\xA3\xCC\x82"}, {"ứ", "u\xCC\x9B\xCC\x81"}, {"u\xCC\x9B\xCC\x81", "u\xCC\x9B\xCC\x81"}, {"đ", "đ"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *out = text_nfd(rows[i][0]);
        assert_string_equal(out, rows[i][1]);
        free(out);
    }
}

static void folds(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {" \t\r\n ", ""},
        {"\xC2\xA0", ""},
        {"pa  Đường\r\n vào ", "PA DUONG VAO"},
        {"\n\tTra\xC2\xA0 cứu", "TRA CUU"},
        {"tc:482-109-304", "TC:482-109-304"},
        {"\xEF\xBB\xBFPA", "PA"},
        {"ｔｃ　１", "TC 1"},
        {"ü", "ü"}, /* upper case is ASCII's */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *out = text_fold(rows[i][0]);
        assert_string_equal(out, rows[i][1]);
        free(out);
    }
}

static void folding_twice_changes_nothing(void **state) {
    (void)state;
    struct str all;
    str_init(&all, 100);
    for (uint32_t c = 1; c < 0x30000; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        str_clear(&all);
        str_add(&all, "x");
        text_add_codepoint(&all, c);
        char *once = text_fold(all.data);
        char *twice = text_fold(once);
        assert_true(text_valid(once, strlen(once)));
        if (strcmp(once, twice) != 0)
            fail_msg("U+%04X", (unsigned)c);
        free(once);
        free(twice);
    }
    str_release(&all);
}

static void counts(void **state) {
    (void)state;
    assert_int_equal(text_letters("Đường 3, a\xCC\x81! 漢 й 12 😀"), 5 + 1 + 1 + 1);
    assert_int_equal(text_letters("123 ... !?"), 0);
    assert_int_equal(text_codepoints("Đường"), 5);
    assert_int_equal(text_codepoints("😀a\xCC\x81"), 3);
    assert_int_equal(text_codepoints(""), 0);
    assert_int_equal(text_prefix("Đường", 0), 0);
    assert_int_equal(text_prefix("Đường", 1), 2);
    assert_int_equal(text_prefix("Đường", 3), strlen("Đườ"));
    assert_int_equal(text_prefix("Đường", 5), strlen("Đường"));
    assert_int_equal(text_prefix("Đường", 500), strlen("Đường"));
}

static void next_walks_and_survives(void **state) {
    (void)state;
    const char *at = "ađ😀";
    assert_int_equal(text_next(&at), 'a');
    assert_int_equal(text_next(&at), 0x111);
    assert_int_equal(text_next(&at), 0x1F600);
    assert_int_equal(text_next(&at), 0);
    assert_int_equal(text_next(&at), 0);
    at = "\xE1\xBB"; /* cut off: stays inside the string */
    assert_int_equal(text_next(&at), 0xFFFD);
    assert_int_equal(text_next(&at), 0xFFFD);
    assert_int_equal(text_next(&at), 0);
}

static void every_codepoint_both_ways(void **state) {
    (void)state;
    struct str s, utf16, back;
    str_init(&s, 10);
    str_init(&utf16, 10);
    str_init(&back, 10);
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        uint32_t expected = surrogate ? 0xFFFD : c;
        str_clear(&s);
        text_add_codepoint(&s, c);
        const char *at = s.data;
        if (text_next(&at) != expected || *at != '\0')
            fail_msg("U+%04X", (unsigned)c);
        str_clear(&utf16);
        str_clear(&back);
        text_to_utf16be(&utf16, s.data);
        text_add_utf16be(&back, (const uint8_t *)utf16.data, utf16.len);
        if (utf16.len != (c > 0xFFFF ? 4 : 2) || strcmp(back.data, s.data) != 0)
            fail_msg("UTF-16 of U+%04X", (unsigned)c);
    }
    str_clear(&s);
    text_add_codepoint(&s, 0);
    text_add_codepoint(&s, 0x110000);
    text_add_codepoint(&s, UINT32_MAX);
    assert_string_equal(s.data, FFFD FFFD FFFD);
    str_release(&s);
    str_release(&utf16);
    str_release(&back);
}

static void utf16_that_is_none(void **state) {
    (void)state;
    static const struct {
        const char *octets;
        size_t len;
        const char *out;
    } rows[] = {
        {"", 0, ""},
        {"\x00", 1, FFFD},
        {"\x00\x00", 2, FFFD},
        {"\x00"
         "a\x00",
         3, "a" FFFD},
        {"\xD8\x3D\xDE\x00", 4, "😀"},
        {"\xD8\x3D", 2, FFFD},
        {"\xD8\x3D\xDE", 3, FFFD FFFD},
        {"\xDE\x00\xD8\x3D", 4, FFFD FFFD},
        {"\xD8\x3D\x00"
         "a",
         4, FFFD "a"},
        {"\xD8\x3D\xD8\x3D\xDE\x00", 6, FFFD "😀"},
        {"\xFE\xFF\x01\x11", 4, "\xEF\xBB\xBFđ"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str s;
        str_init(&s, 100);
        text_add_utf16be(&s, (const uint8_t *)rows[i].octets, rows[i].len);
        assert_string_equal(s.data, rows[i].out);
        str_release(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validity),
        cmocka_unit_test(lossy),
        cmocka_unit_test(lossy_is_always_valid),
        cmocka_unit_test(every_vietnamese_letter_loses_its_marks),
        cmocka_unit_test(decomposed_in_any_order),
        cmocka_unit_test(unaccents),
        cmocka_unit_test(composes),
        cmocka_unit_test(decomposes),
        cmocka_unit_test(folds),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(counts),
        cmocka_unit_test(next_walks_and_survives),
        cmocka_unit_test(every_codepoint_both_ways),
        cmocka_unit_test(utf16_that_is_none),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
