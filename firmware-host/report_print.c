/* Numbers come from store/report.h; here they only get names. What a public report doesn't tell is an asterisk. */
#include "firmware-host/report_print.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/document.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const report_format_names[REPORT_FORMATS] = {"text", "csv", "html"};

enum { NUMBER_SIZE = 32, DATE_SIZE = 16 };
#define HIDDEN "*"

/* ---- pieces ---- */

static const char *count_text(int64_t count, char out[NUMBER_SIZE]) {
    snprintf(out, NUMBER_SIZE, "%" PRId64, count);
    return count == REPORT_SUPPRESSED ? HIDDEN : out;
}

/* Hundredths of a percent as "20.56", with the decimal sign of the reader; `none` where there is no denominator. */
static const char *percent_text(int64_t percent, char decimal, const char *none, char out[NUMBER_SIZE]) {
    snprintf(out, NUMBER_SIZE, "%" PRId64 "%c%02d", percent / 100, decimal, (int)(percent % 100));
    return percent < 0 ? none : out;
}

static void date_text(int32_t day, bool iso, char out[DATE_SIZE]) {
    int year, month, of_month;
    civil_from_day_number(day, &year, &month, &of_month);
    if (iso)
        snprintf(out, DATE_SIZE, "%04d-%02d-%02d", year % 10000, month % 100, of_month % 100);
    else
        snprintf(out, DATE_SIZE, "%02d/%02d/%04d", of_month % 100, month % 100, year % 10000);
}

static const char *named(const struct report *r, const struct report_group *g) {
    if (*g->name)
        return g->name;
    return r->by == REPORT_BY_AGENCY ? "(chưa phân cơ quan)" : "(không rõ)";
}

/* Segments × cost ÷ cases, in đồng; -1: it can't be told. */
static int64_t cost_of_case(const struct report *r, const struct report_title *title) {
    int64_t cases = r->whole.counts[REPORT_RECEIVED], segments = r->channel[CHANNEL_SEGMENTS];
    if (title->segment_cost <= 0 || cases <= 0 || segments < 0)
        return -1;
    return (segments * title->segment_cost + cases / 2) / cases;
}

/* ---- text and HTML ---- */

static void print_counts(struct document *d, const struct report_group *g) {
    struct table t;
    char number[NUMBER_SIZE];
    table_init(&t, 2, true);
    table_add(&t, "Chỉ tiêu");
    table_add(&t, "Số lượng");
    for (size_t i = 0; i < REPORT_COUNTS; i++) {
        table_add(&t, "%s", report_counts[i].label);
        table_add(&t, "%s", count_text(g->counts[i], number));
    }
    document_table(d, &t);
}

static void print_ratios(struct document *d, const struct report_group *g) {
    struct table t;
    char number[NUMBER_SIZE], of[NUMBER_SIZE], percent[NUMBER_SIZE];
    table_init(&t, 4, true);
    table_add(&t, "Tỷ lệ");
    table_add(&t, "Tử số");
    table_add(&t, "Mẫu số");
    table_add(&t, "%%");
    for (size_t i = 0; i < REPORT_RATIOS; i++) {
        table_add(&t, "%s", report_ratios[i].label);
        table_add(&t, "%s", count_text(g->counts[report_ratios[i].numerator], number));
        table_add(&t, "%s", count_text(g->counts[report_ratios[i].denominator], of));
        table_add(&t, "%s", percent_text(report_percent(g, (enum report_ratio)i), ',', "–", percent));
    }
    document_table(d, &t);
}

static void print_ages(struct document *d, const struct report_group *g) {
    struct table t;
    char number[NUMBER_SIZE];
    static const char *const headings[] = {"Ngày làm việc", "Số việc", "Trung vị", "90%", "Trung vị (trừ tạm dừng)", "90% (trừ tạm dừng)"};
    table_init(&t, sizeof headings / sizeof *headings, true);
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++)
        table_add(&t, "%s", headings[i]);
    for (size_t i = 0; i < REPORT_AGES; i++) {
        const int days[] = {g->gross[i].median, g->gross[i].p90, g->net[i].median, g->net[i].p90};
        table_add(&t, "%s", report_ages[i].label);
        table_add(&t, "%s", count_text(g->gross[i].count, number));
        for (size_t k = 0; k < sizeof days / sizeof *days; k++) {
            if (g->gross[i].count > 0)
                table_add(&t, "%d", days[k]);
            else
                table_add(&t, g->gross[i].count == REPORT_SUPPRESSED ? HIDDEN : "–");
        }
    }
    document_table(d, &t);
}

/* What is asked of every group; the whole set is in the CSV. */
static const enum report_count group_columns[] = {REPORT_RECEIVED, REPORT_ANSWERED,   REPORT_ON_TIME, REPORT_LATE,
                                                  REPORT_REFUSED,  REPORT_REJOINDERS, REPORT_RATED,   REPORT_UNSATISFIED};
enum { GROUP_COLUMNS = sizeof group_columns / sizeof *group_columns };

static void print_group_row(struct table *t, const struct report_group *g, const char *name) {
    char number[NUMBER_SIZE];
    table_add(t, "%s", name);
    for (size_t i = 0; i < GROUP_COLUMNS; i++)
        table_add(t, "%s", count_text(g->counts[group_columns[i]], number));
    table_add(t, "%s", percent_text(report_percent(g, RATIO_ON_TIME), ',', "–", number));
}

static void print_groups(struct document *d, const struct report *r) {
    struct table t;
    table_init(&t, GROUP_COLUMNS + 2, true);
    table_add(&t, "%s", report_bys[r->by].label);
    for (size_t i = 0; i < GROUP_COLUMNS; i++)
        table_add(&t, "%s", report_counts[group_columns[i]].label);
    table_add(&t, "%% đúng hạn / đã trả lời");
    for (size_t i = 0; i < r->group_count; i++)
        print_group_row(&t, &r->groups[i], named(r, &r->groups[i]));
    print_group_row(&t, &r->whole, "Tổng");
    document_heading(d, report_bys[r->by].label);
    document_table(d, &t);
}

static void print_ranks(struct document *d, const char *heading, const struct report_rank *ranks, size_t count) {
    struct table t;
    char number[NUMBER_SIZE];
    if (count == 0)
        return;
    table_init(&t, 5, true);
    table_add(&t, "Tên");
    table_add(&t, "Thứ hạng");
    table_add(&t, "Điểm trung bình");
    table_add(&t, "Số đánh giá");
    table_add(&t, "Không hài lòng");
    for (size_t i = 0; i < count; i++) {
        bool told = ranks[i].rated > 0;
        table_add(&t, "%s", ranks[i].name);
        table_add(&t, "%zu", i + 1);
        table_add(&t, "%s", told ? percent_text((ranks[i].sum * 100 + ranks[i].rated / 2) / ranks[i].rated, ',', "", number) : HIDDEN);
        table_add(&t, "%s", told ? count_text(ranks[i].rated, number) : HIDDEN);
        table_add(&t, "%s", told ? count_text(ranks[i].unsatisfied, number) : HIDDEN);
    }
    document_heading(d, heading);
    document_table(d, &t);
}

static void print_reasons(struct document *d, const struct report *r) {
    struct table t;
    char number[NUMBER_SIZE];
    if (r->reason_count == 0)
        return;
    table_init(&t, 2, true);
    table_add(&t, "Lý do không tiếp nhận");
    table_add(&t, "Số lượng");
    for (size_t i = 0; i < r->reason_count; i++) {
        table_add(&t, "%s", *r->reasons[i].code ? r->reasons[i].code : "(không ghi)");
        table_add(&t, "%s", count_text(r->reasons[i].count, number));
    }
    document_heading(d, "Không tiếp nhận, theo lý do");
    document_table(d, &t);
}

static void print_channel(struct document *d, const struct report *r, const struct report_title *title) {
    struct table t;
    char number[NUMBER_SIZE];
    table_init(&t, 2, true);
    table_add(&t, "Kênh tin nhắn");
    table_add(&t, "Giá trị");
    for (size_t i = 0; i < REPORT_CHANNELS; i++) {
        table_add(&t, "%s", report_channels[i].label);
        table_add(&t, "%s", count_text(r->channel[i], number));
    }
    int64_t cost = cost_of_case(r, title);
    if (cost >= 0) {
        table_add(&t, "Chi phí tin gửi đi cho một việc (đồng)");
        table_add(&t, "%s", count_text(cost, number));
    }
    document_heading(d, "Kênh tin nhắn (toàn bộ, trong kỳ)");
    document_table(d, &t);
}

static void print_notes(struct document *d, const struct report *r) {
    document_heading(d, "Ghi chú");
    document_paragraph(
        d, "Việc được tính theo ngày nhận; trạng thái là trạng thái lúc lập báo cáo. Quá hạn là đã có một hạn của cơ quan bị quá, kể cả khi sau "
           "đó đã xong. Mỗi tỷ lệ ghi rõ tử số và mẫu số; phần trăm làm tròn đến hai chữ số thập phân, nửa thì làm tròn lên. Tuổi tính bằng ngày "
           "làm việc trọn; ngày nhận không tính.");
    if (r->is_public)
        document_paragraph(d, "Dấu * : số dưới 5, hoặc số mà từ đó suy ra được một số dưới 5, không công bố.");
}

static void print_document(const struct report *r, const struct report_title *title, enum document_format format, struct str *to) {
    struct document d;
    char from[DATE_SIZE], until[DATE_SIZE], day[DATE_SIZE];
    struct civil c = civil_of(title->made_at);
    date_text(r->from_day, false, from);
    date_text(r->to_day, false, until);
    date_text(clock_vietnam_day(title->made_at), false, day);
    document_begin(&d, format, to, "BÁO CÁO TIẾP NHẬN, XỬ LÝ PHẢN ÁNH, KIẾN NGHỊ QUA TIN NHẮN");
    document_paragraph(&d, "Tỉnh %s. Việc nhận từ ngày %s đến hết ngày %s. Lập lúc %02d:%02d ngày %s, thiết bị %s.", title->province, from, until,
                       c.hour, c.minute, day, title->appliance);
    document_heading(&d, "Tổng hợp");
    print_counts(&d, &r->whole);
    print_ratios(&d, &r->whole);
    print_ages(&d, &r->whole);
    if (r->by != REPORT_BY_NONE)
        print_groups(&d, r);
    print_reasons(&d, r);
    print_ranks(&d, "Xếp hạng cơ quan theo đánh giá của người gửi", r->agencies, r->agency_count);
    print_ranks(&d, "Xếp hạng cán bộ theo đánh giá của người gửi", r->officers, r->officer_count);
    print_channel(&d, r, title);
    print_notes(&d, r);
    document_end(&d);
}

/* ---- CSV (RFC 4180) ---- */

/* A spreadsheet takes a cell that begins with one of = + - @ for a formula. */
static void csv_text(struct str *to, const char *text) {
    str_add(to, strchr("=+-@", *text) && *text ? "\"'" : "\"");
    for (; *text; text++) {
        if (*text == '"')
            str_add_char(to, '"');
        str_add_char(to, (unsigned char)*text < 0x20 ? ' ' : *text);
    }
    str_add_char(to, '"');
}

static void csv_ages(struct str *to, const struct report_percentiles ages[REPORT_AGES]) {
    for (size_t i = 0; i < REPORT_AGES; i++) {
        if (ages[i].count > 0)
            str_addf(to, ",%d,%d", ages[i].median, ages[i].p90);
        else
            str_add(to, ages[i].count == REPORT_SUPPRESSED ? "," HIDDEN "," HIDDEN : ",,");
    }
}

static void csv_row(struct str *to, const struct report_group *g, const char *key, const char *name) {
    char number[NUMBER_SIZE];
    csv_text(to, key);
    str_add_char(to, ',');
    csv_text(to, name);
    for (size_t i = 0; i < REPORT_COUNTS; i++)
        str_addf(to, ",%s", count_text(g->counts[i], number));
    for (size_t i = 0; i < REPORT_RATIOS; i++)
        str_addf(to, ",%s", percent_text(report_percent(g, (enum report_ratio)i), '.', "", number));
    csv_ages(to, g->gross);
    csv_ages(to, g->net);
    str_add(to, "\r\n");
}

static void print_csv(const struct report *r, struct str *to) {
    str_add(to, "key,name");
    for (size_t i = 0; i < REPORT_COUNTS; i++)
        str_addf(to, ",%s", report_counts[i].name);
    for (size_t i = 0; i < REPORT_RATIOS; i++)
        str_addf(to, ",percent_%s", report_ratios[i].name);
    for (int net = 0; net < 2; net++)
        for (size_t i = 0; i < REPORT_AGES; i++)
            str_addf(to, ",%s_days_%s_median,%s_days_%s_p90", report_ages[i].name, net ? "net" : "gross", report_ages[i].name, net ? "net" : "gross");
    str_add(to, "\r\n");
    for (size_t i = 0; i < r->group_count; i++)
        csv_row(to, &r->groups[i], r->groups[i].key, named(r, &r->groups[i]));
    csv_row(to, &r->whole, "total", "Tổng");
}

void report_print(const struct report *r, const struct report_title *title, enum report_format format, struct str *to) {
    if (format == REPORT_FORMAT_CSV)
        print_csv(r, to);
    else
        print_document(r, title, format == REPORT_FORMAT_HTML ? DOCUMENT_HTML : DOCUMENT_TEXT, to);
}

/* ---- JSON ---- */

static void put_count(struct json_writer *w, const char *key, int64_t count) {
    if (count == REPORT_SUPPRESSED)
        json_put_text(w, key, NULL);
    else
        json_put_int(w, key, count);
}

static void put_ages(struct json_writer *w, const char *key, const struct report_percentiles ages[REPORT_AGES]) {
    json_open_object(w, key);
    for (size_t i = 0; i < REPORT_AGES; i++) {
        json_open_object(w, report_ages[i].name);
        put_count(w, "cases", ages[i].count);
        if (ages[i].count > 0) {
            json_put_int(w, "median", ages[i].median);
            json_put_int(w, "p90", ages[i].p90);
        }
        json_close_object(w);
    }
    json_close_object(w);
}

static void put_group(struct json_writer *w, const char *key, const struct report_group *g) {
    char percent[NUMBER_SIZE];
    json_open_object(w, key);
    json_put_text(w, "key", g->key);
    json_put_text(w, "name", g->name);
    json_open_object(w, "counts");
    for (size_t i = 0; i < REPORT_COUNTS; i++)
        put_count(w, report_counts[i].name, g->counts[i]);
    json_close_object(w);
    json_open_object(w, "percent");
    for (size_t i = 0; i < REPORT_RATIOS; i++) {
        json_open_object(w, report_ratios[i].name);
        json_put_text(w, "numerator", report_counts[report_ratios[i].numerator].name);
        json_put_text(w, "denominator", report_counts[report_ratios[i].denominator].name);
        json_put_raw(w, "value", percent_text(report_percent(g, (enum report_ratio)i), '.', "null", percent));
        json_close_object(w);
    }
    json_close_object(w);
    put_ages(w, "working_days_gross", g->gross);
    put_ages(w, "working_days_net", g->net);
    json_close_object(w);
}

static void put_ranks(struct json_writer *w, const char *key, const struct report_rank *ranks, size_t count) {
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++) {
        char mean[NUMBER_SIZE];
        bool told = ranks[i].rated > 0;
        json_open_object(w, NULL);
        json_put_text(w, "key", ranks[i].key);
        json_put_text(w, "name", ranks[i].name);
        json_put_raw(w, "mean", told ? percent_text((ranks[i].sum * 100 + ranks[i].rated / 2) / ranks[i].rated, '.', "null", mean) : "null");
        put_count(w, "rated", told ? ranks[i].rated : REPORT_SUPPRESSED);
        put_count(w, "unsatisfied", told ? ranks[i].unsatisfied : REPORT_SUPPRESSED);
        json_close_object(w);
    }
    json_close_array(w);
}

void report_put(const struct report *r, const struct report_title *title, struct json_writer *w) {
    char from[DATE_SIZE], until[DATE_SIZE];
    date_text(r->from_day, true, from);
    date_text(r->to_day, true, until);
    json_open_object(w, NULL);
    json_put_text(w, "from", from);
    json_put_text(w, "to", until);
    json_put_text(w, "by", report_bys[r->by].name);
    json_put_bool(w, "public", r->is_public);
    json_put_text(w, "rounding", "percentages to two decimals, halves up; working days whole, nearest rank");
    put_group(w, "total", &r->whole);
    json_open_array(w, "groups");
    for (size_t i = 0; i < r->group_count; i++)
        put_group(w, NULL, &r->groups[i]);
    json_close_array(w);
    json_open_object(w, "refused_by_reason");
    for (size_t i = 0; i < r->reason_count; i++)
        put_count(w, *r->reasons[i].code ? r->reasons[i].code : "-", r->reasons[i].count);
    json_close_object(w);
    put_ranks(w, "agencies_by_rating", r->agencies, r->agency_count);
    put_ranks(w, "officers_by_rating", r->officers, r->officer_count);
    json_open_object(w, "channel");
    for (size_t i = 0; i < REPORT_CHANNELS; i++)
        put_count(w, report_channels[i].name, r->channel[i]);
    if (cost_of_case(r, title) >= 0)
        json_put_int(w, "cost_per_case", cost_of_case(r, title));
    json_close_object(w);
    json_close_object(w);
}
