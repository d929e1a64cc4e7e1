/* Reports as they are read: each form against a golden file, and what strangers put into names. */
#include "firmware-host/report_job.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/document.h"
#include "tests/unit/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal) ((char[]){literal})

/* Khánh Hòa's figures, and two agencies, one of which must not be told in public. */
static struct report_group groups[2] = {
    {.key = TEXT("so-xd"),
     .name = TEXT("Sở Xây dựng"),
     .counts = {[REPORT_RECEIVED] = 300,
                [REPORT_ANSWERED] = 180,
                [REPORT_ON_TIME] = 130,
                [REPORT_LATE] = 60,
                [REPORT_RATED] = 80,
                [REPORT_UNSATISFIED] = 53},
     .gross = {[AGE_WHOLE] = {180, 9, 17}},
     .net = {[AGE_WHOLE] = {180, 8, 15}}},
    {.key = TEXT("=1+1"),
     .name = TEXT("Xã \"A&B\" <Hoằng>\n"),
     .counts = {[REPORT_RECEIVED] = REPORT_SUPPRESSED, [REPORT_ANSWERED] = 21, [REPORT_LATE] = 14, [REPORT_RATED] = REPORT_SUPPRESSED},
     .gross = {[AGE_WHOLE] = {REPORT_SUPPRESSED, 0, 0}}},
};
static struct report_rank ranks[2] = {{TEXT("so-xd"), TEXT("Sở Xây dựng"), 80, 53, 173}, {TEXT("xa"), TEXT("Xã"), 0, 0, 0}};
static struct report_reason reasons[2] = {{TEXT("to-cao"), 7}, {TEXT(""), 2}};

static char nameless[] = "";

static struct report sample(void) {
    struct report r = {
        .from_day = civil_day_number(2022, 10, 5),
        .to_day = civil_day_number(2023, 3, 15),
        .by = REPORT_BY_AGENCY,
        .is_public = true,
        .whole = {.key = nameless,
                  .name = nameless,
                  .counts = {[REPORT_RECEIVED] = 360,
                             [REPORT_ANSWERED] = 201,
                             [REPORT_ON_TIME] = 127,
                             [REPORT_LATE] = 74,
                             [REPORT_LATE_REASON] = 20,
                             [REPORT_RATED] = 84,
                             [REPORT_UNSATISFIED] = 56},
                  .gross = {[AGE_WHOLE] = {201, 9, 18}},
                  .net = {[AGE_WHOLE] = {201, 9, 16}}},
        .groups = groups,
        .group_count = 2,
        .agencies = ranks,
        .agency_count = 2,
        .reasons = reasons,
        .reason_count = 2,
        .channel = {[CHANNEL_SENDERS] = 2928, [CHANNEL_EXCHANGES] = 92, [CHANNEL_SEGMENTS] = 1440, [CHANNEL_ACK_P95] = 640},
    };
    return r;
}

static const struct report_title title = {.province = "Khánh Hòa", .appliance = "kh-01", .made_at = INT64_C(1678924800000), .segment_cost = 350};

static void check(enum report_format format, const char *path) {
    struct report r = sample();
    struct str text;
    str_init(&text, 1 << 20);
    report_print(&r, &title, format, &text);
    golden_check(path, text.data);
    str_release(&text);
}

static void test_text(void **state) {
    (void)state;
    check(REPORT_FORMAT_TEXT, "tests/golden/report.txt");
}

static void test_csv(void **state) {
    (void)state;
    check(REPORT_FORMAT_CSV, "tests/golden/report.csv");
}

static void test_html(void **state) {
    (void)state;
    check(REPORT_FORMAT_HTML, "tests/golden/report.html");
}

static void test_json(void **state) {
    (void)state;
    struct report r = sample();
    struct str line, text;
    struct json_writer w;
    struct json *document;
    str_init(&line, 1 << 20);
    str_init(&text, 1 << 20);
    json_begin(&w, &line);
    report_put(&r, &title, &w);
    assert_int_equal(json_parse(line.data, line.len, &document), ERR_OK);
    json_dump(document, true, &text);
    str_add_char(&text, '\n');
    golden_check("tests/golden/report.json", text.data);
    json_free(document);
    str_release(&line);
    str_release(&text);
}

static void check_period(enum config_report_schedule schedule, const char *today, const char *from, const char *to) {
    int32_t now, expected_from, expected_to, got_from, got_to;
    assert_int_equal(calendar_parse_date(today, &now), ERR_OK);
    assert_int_equal(calendar_parse_date(from, &expected_from), ERR_OK);
    assert_int_equal(calendar_parse_date(to, &expected_to), ERR_OK);
    report_period(schedule, now, &got_from, &got_to);
    assert_int_equal(got_from, expected_from);
    assert_int_equal(got_to, expected_to);
}

static void test_periods(void **state) {
    (void)state;
    check_period(REPORTS_WEEKLY, "2026-11-23", "2026-11-16", "2026-11-22"); /* a Monday */
    check_period(REPORTS_WEEKLY, "2026-11-22", "2026-11-09", "2026-11-15"); /* the Sunday before: that week isn't over */
    check_period(REPORTS_MONTHLY, "2026-12-01", "2026-11-01", "2026-11-30");
    check_period(REPORTS_MONTHLY, "2026-01-31", "2025-12-01", "2025-12-31");
    check_period(REPORTS_MONTHLY, "2028-03-05", "2028-02-01", "2028-02-29");
    check_period(REPORTS_QUARTERLY, "2026-11-22", "2026-07-01", "2026-09-30");
    check_period(REPORTS_QUARTERLY, "2026-03-31", "2025-10-01", "2025-12-31");
    check_period(REPORTS_QUARTERLY, "2026-04-01", "2026-01-01", "2026-03-31");
}

/* What strangers wrote can't become markup, nor turn the page's writing round. */
static void test_document_is_text(void **state) {
    (void)state;
    struct document d;
    struct str page;
    str_init(&page, 10000);
    document_begin(&d, DOCUMENT_HTML, &page, "</title><script>");
    document_paragraph(&d, "%s", "<b>&amp;\x07\"</b> \xE2\x80\xAE dao nguoc");
    document_end(&d);
    assert_null(strstr(page.data, "<script"));
    assert_null(strstr(page.data, "<b>"));
    assert_null(strstr(page.data, "\xE2\x80\xAE"));
    assert_null(strchr(page.data, '\x07'));
    assert_non_null(strstr(page.data, "&#60;b&#62;&#38;amp; &#34;&#60;/b&#62;"));
    str_release(&page);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text), cmocka_unit_test(test_csv),     cmocka_unit_test(test_html),
        cmocka_unit_test(test_json), cmocka_unit_test(test_periods), cmocka_unit_test(test_document_is_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
