/* Long answers in pages, and what fits in a text. */
#include "firmware-host/base/clean.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "smsc/compose.h"
#include "smsc/pages.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 99 };
static struct page pages[MOST];

static size_t cut(const char *answer, enum sms_encoding encoding, size_t room) {
    size_t count = 77;
    assert_int_equal(pages_cut(answer, encoding, room, pages, MOST, &count), ERR_OK);
    return count;
}

static void page_is(const char *answer, size_t page, const char *expected) {
    assert_int_equal(pages[page].len, strlen(expected));
    assert_memory_equal(answer + pages[page].offset, expected, pages[page].len);
}

static char *repeated(const char *unit, size_t times) {
    struct str s;
    str_init(&s, SIZE_MAX);
    while (times-- > 0)
        str_add(&s, unit);
    return str_detach(&s);
}

static void between_words(void **state) {
    (void)state;
    const char *answer = "Mot hai ba bon nam";
    assert_int_equal(cut(answer, SMS_GSM7, 18), 1);
    page_is(answer, 0, answer);
    assert_int_equal(cut(answer, SMS_GSM7, 17), 2);
    page_is(answer, 0, "Mot hai ba bon");
    page_is(answer, 1, "nam");
    assert_int_equal(cut(answer, SMS_GSM7, 7), 3);
    page_is(answer, 0, "Mot hai");
    page_is(answer, 1, "ba bon");
    page_is(answer, 2, "nam");
    const char *blanks = "  Mot  \r\n\r\n  hai \n";
    assert_int_equal(cut(blanks, SMS_GSM7, 5), 2);
    page_is(blanks, 0, "Mot");
    page_is(blanks, 1, "hai");
    assert_int_equal(cut("", SMS_GSM7, 5), 0);
    assert_int_equal(cut(" \r\n\t ", SMS_GSM7, 5), 0);
}

static void one_huge_word(void **state) {
    (void)state;
    char *word = repeated("a", 1000);
    assert_int_equal(cut(word, SMS_GSM7, 300), 4);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(pages[i].len, 300);
    assert_int_equal(pages[3].len, 100);
    size_t count = 5;
    assert_int_equal(pages_cut(word, SMS_GSM7, 10, pages, 99, &count), ERR_TOO_LONG);
    assert_int_equal(count, 5);
    free(word);
}

static void pages_hold_whole_tokens(void **state) {
    (void)state;
    static const char *const tokens[] = {"482109304", "24/11/2026"};
    for (size_t t = 0; t < 2; t++) {
        for (size_t before = 60; before < 130; before++) {
            char *a = repeated("a", before);
            struct str answer;
            str_init(&answer, SIZE_MAX);
            str_addf(&answer, "%s-%s-%s", a, tokens[t], a); /* no blank to cut at */
            size_t count = cut(answer.data, SMS_GSM7, 100), found = 0;
            for (size_t i = 0; i < count; i++) {
                char *page = mem_string_n(answer.data + pages[i].offset, pages[i].len);
                found += strstr(page, tokens[t]) != NULL;
                free(page);
            }
            assert_int_equal(found, 1);
            str_release(&answer);
            free(a);
        }
    }
}

static void emoji_stay_whole(void **state) {
    (void)state;
    const char *face = "\xF0\x9F\x98\xA1", *flag = "\xF0\x9F\x87\xBB\xF0\x9F\x87\xB3"; /* two and four UTF-16 units */
    char *faces = repeated(face, 100), *flags = repeated(flag, 50);
    assert_int_equal(cut(faces, SMS_UCS2, 67), 4); /* 33 fit, half of one doesn't */
    assert_int_equal(pages[0].len, 33 * 4);
    assert_int_equal(cut(flags, SMS_UCS2, 67), 4);
    assert_int_equal(pages[0].len, 16 * 8);
    const char *accents = "a\xCC\xA3\xCC\x82\xCC\x81"; /* one letter to the reader */
    char *letters = repeated(accents, 40);
    assert_int_equal(cut(letters, SMS_UCS2, 10), 20);
    assert_int_equal(pages[0].len, 2 * strlen(accents));
    assert_int_equal(cut(letters, SMS_UCS2, 3), 40 * 2); /* longer than a page: cut it must be */
    free(faces);
    free(flags);
    free(letters);
}

/* Nothing but blanks is lost, no page is empty or too long, whatever the answer. */
static void any_answer(void **state) {
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct str text, clean;
        bool accented = round % 2;
        enum sms_encoding encoding = accented ? SMS_UCS2 : SMS_GSM7;
        size_t room = 20 + random_below(150), count = 0;
        str_init(&text, SIZE_MAX);
        str_init(&clean, SIZE_MAX);
        for (uint32_t n = random_below(600); n > 0; n--) {
            uint32_t kind = random_below(12);
            text_add_codepoint(&text, kind < 2    ? ' '
                                      : kind < 3  ? '\n'
                                      : kind < 6  ? '0' + random_below(10)
                                      : kind < 11 ? 1 + random_below(0x1EFF)
                                                  : 1 + random_below(0x1FFFF));
        }
        str_add(&text, "x");
        clean_text(text.data, (struct clean_form){.accented = accented, .lines = true}, &clean);
        count = cut(clean.data, encoding, room);
        size_t at = 0;
        for (size_t i = 0; i < count; i++) {
            for (; at < pages[i].offset; at++)
                assert_true(clean.data[at] == ' ' || clean.data[at] == '\n');
            assert_true(pages[i].len > 0);
            assert_true(text_valid(clean.data + at, pages[i].len));
            assert_in_range(sms_units(clean.data + at, pages[i].len, encoding), 1, room);
            at += pages[i].len;
        }
        assert_int_equal(at, clean.len);
        str_release(&text);
        str_release(&clean);
    }
}

/* ---- the texts ---- */

static void render(struct smsc *s, enum template_id id, const char *answer, bool accents, int page, struct str *to) {
    struct reply reply = {.template = id, .page = page, .values = {.of = {[VARIABLE_CODE] = "482109304", [VARIABLE_ANSWER] = answer}}};
    str_clear(to);
    assert_int_equal(compose_render(s, &reply, accents, to), ERR_OK);
    struct sms_segment segments[TEMPLATE_SEGMENTS_MAX];
    size_t count;
    assert_int_equal(sms_split(to->data, sms_encoding_for(to->data), false, true, segments, TEMPLATE_SEGMENTS_MAX, &count), ERR_OK);
}

static int page_count(struct smsc *s, enum template_id id, const char *answer, bool accents) {
    struct reply reply = {.template = id, .values = {.of = {[VARIABLE_CODE] = "482109304", [VARIABLE_ANSWER] = answer}}};
    int count = -1;
    assert_int_equal(compose_pages(s, &reply, accents, &count), ERR_OK);
    return count;
}

static void results(void **state) {
    struct centre_fixture *f = *state;
    struct str text;
    str_init(&text, SIZE_MAX);
    render(f->smsc, TEMPLATE_RESULT, "Đã sửa xong.", true, 0, &text);
    assert_string_equal(text.data, "PAKN 482109304 kết quả: Đã sửa xong.");
    render(f->smsc, TEMPLATE_RESULT, "Đã sửa\r\n\r\nxong.", false, 1, &text);
    assert_string_equal(text.data, "PAKN 482109304 ket qua: Da sua\nxong.");
    assert_int_equal(page_count(f->smsc, TEMPLATE_RESULT, "Đã sửa xong.", true), 1);
    assert_int_equal(page_count(f->smsc, TEMPLATE_RESULT, " \n ", true), 0);

    char *most = repeated("a", 3 * 153 - strlen("PAKN 482109304 ket qua: ")), *more = repeated("a", 3 * 153 - 23);
    assert_int_equal(page_count(f->smsc, TEMPLATE_RESULT, most, false), 1);
    assert_int_equal(page_count(f->smsc, TEMPLATE_RESULT, more, false), 2);
    free(most);
    free(more);

    char *answer = repeated("Đơn vị đã kiểm tra đoạn đường, sẽ sửa xong trước khi mưa. ", 16);
    int pages_plain = page_count(f->smsc, TEMPLATE_RESULT, answer, false), pages_accented = page_count(f->smsc, TEMPLATE_RESULT, answer, true);
    assert_int_equal(pages_plain, 3);
    assert_in_range(pages_accented, 6, 9);
    render(f->smsc, TEMPLATE_RESULT, answer, false, 1, &text);
    assert_memory_equal(text.data, "PAKN 482109304 ket qua (1/3): Don vi da", 39);
    assert_string_equal(text.data + text.len - strlen(" Xem tiep: TC 482109304 2 gui 1022"), " Xem tiep: TC 482109304 2 gui 1022");
    render(f->smsc, TEMPLATE_RECONSIDERED, answer, false, 2, &text);
    assert_memory_equal(text.data, "PAKN 482109304 ket qua phuc dap (2/3): ", 39);
    render(f->smsc, TEMPLATE_RESULT, answer, false, 3, &text);
    assert_null(strstr(text.data, "Xem tiep"));
    for (int page = 1; page <= pages_accented; page++)
        render(f->smsc, TEMPLATE_RESULT, answer, true, page, &text);
    char last[32];
    snprintf(last, sizeof last, "(%d/%d): ", pages_accented, pages_accented);
    assert_non_null(strstr(text.data, last));
    struct reply beyond = {.template = TEMPLATE_RESULT, .page = 4, .values = {.of = {[VARIABLE_CODE] = "482109304", [VARIABLE_ANSWER] = answer}}};
    assert_int_equal(compose_render(f->smsc, &beyond, false, &text), ERR_NOT_FOUND);
    free(answer);
    str_release(&text);
}

/* What is said to fit does, in the words' own language and without its accents; one character more is refused where it's typed. */
static void what_fits(void **state) {
    struct centre_fixture *f = *state;
    static const enum template_id ids[] = {TEMPLATE_REJECT, TEMPLATE_LATE, TEMPLATE_NOTED, TEMPLATE_NEEDINFO, TEMPLATE_ASK};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char *long_words = repeated("ộ", 2000);
        size_t most = 0;
        assert_int_equal(smsc_text_fits(f->smsc, ids[i], long_words, &most), ERR_TOO_LONG);
        assert_in_range(most, 250, 459);
        long_words[most * strlen("ộ")] = '\0';
        assert_int_equal(smsc_text_fits(f->smsc, ids[i], long_words, &most), ERR_OK);
        for (int accents = 0; accents < 2; accents++) {
            struct str text;
            struct reply reply = {.template = ids[i],
                                  .values = {.of = {[VARIABLE_CODE] = "482109304",
                                                    [VARIABLE_DATE] = "24/11/2026",
                                                    [VARIABLE_UNTIL] = "25/11/2026",
                                                    [VARIABLE_AGENCY] = "Sở Nông nghiệp và Môi trườn",
                                                    [VARIABLE_REASON] = long_words,
                                                    [VARIABLE_QUESTION] = long_words}}};
            str_init(&text, SIZE_MAX);
            assert_int_equal(compose_render(f->smsc, &reply, accents, &text), ERR_OK);
            assert_true(gsm7_length(text.data) > 0); /* too long with accents: they're given up, the words aren't */
            reply.values.of[VARIABLE_REASON] = reply.values.of[VARIABLE_QUESTION] = "Lý do ngắn";
            str_clear(&text);
            assert_int_equal(compose_render(f->smsc, &reply, accents, &text), ERR_OK);
            assert_int_equal(gsm7_length(text.data) < 0, accents);
            str_release(&text);
        }
        free(long_words);
    }
    size_t most = 0;
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_REJECT, "", &most), ERR_INVALID);
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_REJECT, " \n\xE2\x80\x8B ", &most), ERR_INVALID);
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_REJECT, "\xE6\xBC\xA2", &most), ERR_INVALID); /* nothing without accents */
    char *answer = repeated("Một câu dài. ", 600), *too_long = repeated("Một câu dài. ", 2000);
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_RESULT, answer, &most), ERR_OK);
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_RESULT, too_long, &most), ERR_TOO_LONG);
    assert_in_range(most, 5000, 20000);
    too_long[text_prefix(too_long, most)] = '\0';
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_RESULT, too_long, &most), ERR_OK);
    assert_int_equal(smsc_text_fits(f->smsc, TEMPLATE_RESULT, "\n", &most), ERR_INVALID);
    free(answer);
    free(too_long);
}

static void own_texts_are_checked_against_the_settings(void **state) {
    struct centre_fixture *f = *state;
    struct template_values other = {.of = {[VARIABLE_PROVINCE] = "Hue", [VARIABLE_SHORTCODE] = "1"}};
    struct templates *fitting = NULL, *too_long = NULL;
    struct str json, problem, text;
    char *words = repeated("chu ", 37);
    str_init(&json, 4096);
    str_init(&problem, 4096);
    str_init(&text, 4096);
    str_addf(&json, "{\"ENDED\": {\"plain\": \"%s{code}{shortcode}\", \"accented\": \"{code}{shortcode}\"}}", words);
    assert_int_equal(templates_parse(json.data, "long", &other, &problem, &too_long), ERR_OK);
    assert_int_equal(templates_parse("{\"ENDED\": {\"plain\": \"Het {code}\", \"accented\": \"Hết {code}\"}}", "t", &other, &problem, &fitting),
                     ERR_OK);
    assert_int_equal(smsc_set_templates(f->smsc, fitting, &problem), ERR_OK);
    assert_int_equal(smsc_set_templates(f->smsc, too_long, &problem), ERR_INVALID);
    assert_non_null(strstr(problem.data, "text ENDED without accents (shorten appliance.name"));
    struct reply reply = {.template = TEMPLATE_ENDED, .values = {.of = {[VARIABLE_CODE] = "482109304"}}};
    assert_int_equal(compose_render(f->smsc, &reply, true, &text), ERR_OK);
    assert_string_equal(text.data, "Hết 482109304"); /* what ran before goes on */
    assert_int_equal(smsc_set_templates(f->smsc, templates_default(), &problem), ERR_OK);
    templates_free(fitting);
    templates_free(too_long);
    str_release(&json);
    str_release(&problem);
    str_release(&text);
    free(words);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, centre_setup, centre_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(between_words),
        cmocka_unit_test(one_huge_word),
        cmocka_unit_test(pages_hold_whole_tokens),
        cmocka_unit_test(emoji_stay_whole),
        cmocka_unit_test(any_answer),
        CENTRE(results),
        CENTRE(what_fits),
        CENTRE(own_texts_are_checked_against_the_settings),
    };
    crypto_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
