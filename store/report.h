/* Statistics (Decision 115/2025 art. 14, 17, 18): what was received, decided, late, rated, by agency, field, commune, channel or month.
 *
 * Made on a read-only connection of its own, so it can run beside the loop; reads the narrow rows of `life`, no sealed column. Every ratio names its
 * numerator and denominator (REPORT_RATIO_TABLE): a percentage without one is how reports contradict each other. Percentages are rounded to two
 * decimals, halves up. Ages are whole working days: gross as the calendar counts, net without the days on which the clock was paused. */
#ifndef STORE_REPORT_H
#define STORE_REPORT_H

#include "store/calendar.h"

#include <stddef.h>

/* clang-format off */

/* symbol, name, what the reader sees; of the cases received in the period, how they stand now */
#define REPORT_COUNT_TABLE(X) \
    X(REPORT_RECEIVED,      "received",       "Đã nhận") \
    X(REPORT_ACCEPTED,      "accepted",       "Đã tiếp nhận") \
    X(REPORT_REFUSED,       "refused",        "Không tiếp nhận") \
    X(REPORT_WITHDRAWN,     "withdrawn",      "Người gửi rút") \
    X(REPORT_NOTED,         "noted",          "Ghi nhận, kết thúc") \
    X(REPORT_DUPLICATES,    "duplicates",     "Trùng nội dung") \
    X(REPORT_SUPPORTING,    "supporting",     "Cùng việc với phản ánh của số khác") \
    X(REPORT_TRANSFERRED,   "transferred",    "Đã chuyển cơ quan khác") \
    X(REPORT_HOPS,          "hops",           "Số lần chuyển") \
    X(REPORT_NEED_INFO,     "need_info",      "Đã yêu cầu bổ sung") \
    X(REPORT_WAITING,       "waiting",        "Chờ quyết định tiếp nhận") \
    X(REPORT_IN_PROCESS,    "in_process",     "Đang xử lý") \
    X(REPORT_ANSWERED,      "answered",       "Đã trả lời, công khai") \
    X(REPORT_ON_TIME,       "on_time",        "Đã trả lời đúng hạn") \
    X(REPORT_LATE,          "late",           "Quá hạn") \
    X(REPORT_LATE_REASON,   "late_reason",    "Quá hạn có nêu lý do") \
    X(REPORT_REJOINDERS,    "rejoinders",     "Có phúc đáp") \
    X(REPORT_RECONSIDERED,  "reconsidered",   "Đã xem xét lại") \
    X(REPORT_ANNULLED,      "annulled",       "Kết quả bị hủy") \
    X(REPORT_RATED,         "rated",          "Được đánh giá") \
    X(REPORT_RATED_1,       "rated_1",        "Đánh giá 1 (kém)") \
    X(REPORT_RATED_2,       "rated_2",        "Đánh giá 2") \
    X(REPORT_RATED_3,       "rated_3",        "Đánh giá 3") \
    X(REPORT_RATED_4,       "rated_4",        "Đánh giá 4") \
    X(REPORT_RATED_5,       "rated_5",        "Đánh giá 5 (tốt)") \
    X(REPORT_UNSATISFIED,   "unsatisfied",    "Không hài lòng (1–2)") \
    X(REPORT_CONFIDENTIAL,  "confidential",   "Yêu cầu giữ kín") \
    X(REPORT_UNCONFIRMED,   "unconfirmed",    "Chưa được người gửi xác nhận")

/* symbol, name, numerator, denominator, what the reader sees */
#define REPORT_RATIO_TABLE(X) \
    X(RATIO_ANSWERED,      "answered_of_received",  REPORT_ANSWERED,    REPORT_RECEIVED, "Đã trả lời trên tổng số đã nhận") \
    X(RATIO_ON_TIME,       "on_time_of_answered",   REPORT_ON_TIME,     REPORT_ANSWERED, "Đúng hạn trên số đã trả lời") \
    X(RATIO_LATE,          "late_of_received",      REPORT_LATE,        REPORT_RECEIVED, "Quá hạn trên tổng số đã nhận") \
    X(RATIO_LATE_ANSWERED, "late_of_answered",      REPORT_LATE,        REPORT_ANSWERED, "Quá hạn so với số đã trả lời") \
    X(RATIO_LATE_REASON,   "late_reason_of_late",   REPORT_LATE_REASON, REPORT_LATE,     "Có nêu lý do trên số quá hạn") \
    X(RATIO_RATED,         "rated_of_answered",     REPORT_RATED,       REPORT_ANSWERED, "Được đánh giá trên số đã trả lời") \
    X(RATIO_UNSATISFIED,   "unsatisfied_of_rated",  REPORT_UNSATISFIED, REPORT_RATED,    "Không hài lòng trên số được đánh giá") \
    X(RATIO_REJOINDERS,    "rejoinders_of_answered",REPORT_REJOINDERS,  REPORT_ANSWERED, "Có phúc đáp trên số đã trả lời")

/* symbol, name, what the reader sees; each in working days */
#define REPORT_AGE_TABLE(X) \
    X(AGE_INTAKE,  "intake",  "Từ khi nhận đến quyết định tiếp nhận") \
    X(AGE_RESULT,  "result",  "Từ khi tiếp nhận đến khi có kết quả") \
    X(AGE_PUBLISH, "publish", "Từ khi có kết quả đến khi công khai") \
    X(AGE_WHOLE,   "whole",   "Từ khi nhận đến khi công khai") \
    X(AGE_OPEN,    "open",    "Tuổi của việc chưa xong")

/* Of the messages in the period, of the whole appliance. */
#define REPORT_CHANNEL_TABLE(X) \
    X(CHANNEL_SENDERS,        "senders",        "Số điện thoại đã gửi tin (từ trước đến nay)") \
    X(CHANNEL_MESSAGES_IN,    "messages_in",    "Tin nhận") \
    X(CHANNEL_PARSE_FAILURES, "parse_failures", "Tin không hiểu được (sai mã, sai điểm, trống)") \
    X(CHANNEL_FREETEXT,       "freetext",       "Tin không có từ khóa") \
    X(CHANNEL_EXCHANGES,      "exchanges",      "Trao đổi với người gửi (hỏi, bổ sung)") \
    X(CHANNEL_MESSAGES_OUT,   "messages_out",   "Tin gửi đi") \
    X(CHANNEL_SEGMENTS,       "segments",       "Đoạn tin gửi đi") \
    X(CHANNEL_DELIVERED,      "delivered",      "Đoạn tin đã đến máy") \
    X(CHANNEL_UNDELIVERED,    "undelivered",    "Đoạn tin không đến được") \
    X(CHANNEL_LIMITED,        "limited",        "Số bị tạm hạn chế") \
    X(CHANNEL_BLOCKED,        "blocked",        "Số bị chặn") \
    X(CHANNEL_ACK_P50,        "ack_ms_p50",     "Thời gian xác nhận, trung vị (ms)") \
    X(CHANNEL_ACK_P95,        "ack_ms_p95",     "Thời gian xác nhận, 95% (ms)")

#define REPORT_BY_TABLE(X) \
    X(REPORT_BY_NONE, "", "Toàn bộ") X(REPORT_BY_AGENCY, "agency", "Cơ quan") X(REPORT_BY_FIELD, "field", "Lĩnh vực") \
    X(REPORT_BY_COMMUNE, "commune", "Xã, phường") X(REPORT_BY_CHANNEL, "channel", "Kênh") X(REPORT_BY_MONTH, "month", "Tháng")
/* clang-format on */

#define X(symbol, ...) symbol,
enum report_count { REPORT_COUNT_TABLE(X) REPORT_COUNTS };
enum report_ratio { REPORT_RATIO_TABLE(X) REPORT_RATIOS };
enum report_age { REPORT_AGE_TABLE(X) REPORT_AGES };
enum report_channel { REPORT_CHANNEL_TABLE(X) REPORT_CHANNELS };
enum report_by { REPORT_BY_TABLE(X) REPORT_BYS };
#undef X

struct report_name { /* of a row of the tables above */
    const char *name, *label;
};
extern const struct report_name report_counts[REPORT_COUNTS], report_ages[REPORT_AGES], report_channels[REPORT_CHANNELS], report_bys[REPORT_BYS];
extern const struct report_ratio_row {
    const char *name, *label;
    enum report_count numerator, denominator;
} report_ratios[REPORT_RATIOS];

enum report_by report_by_find(const char *name); /* REPORT_BYS: there is none */

struct report_percentiles { /* working days */
    int64_t count;
    int median, p90; /* nearest rank; 0 where count is 0 */
};

enum { REPORT_SUPPRESSED = -1 }; /* a count that a public report doesn't tell */

struct report_group {
    char *key, *name; /* an agency's key and name, a field, "2026-11", "sms"; both "" for what has none */
    int64_t counts[REPORT_COUNTS];
    struct report_percentiles gross[REPORT_AGES], net[REPORT_AGES];
};

struct report_rank { /* by the ratings of the newest results */
    char *key, *name;
    int64_t rated, unsatisfied, sum; /* mean = sum / rated; 0 rated: suppressed */
};

struct report_reason {
    char *code;
    int64_t count;
};

struct report {
    int32_t from_day, to_day, today;
    enum report_by by;
    bool is_public;
    struct report_group whole;
    struct report_group *groups;
    size_t group_count;
    struct report_rank *agencies, *officers; /* best first */
    size_t agency_count, officer_count;
    struct report_reason *reasons; /* of refusals, the most frequent first */
    size_t reason_count;
    int64_t channel[REPORT_CHANNELS];
};

struct report_request {
    char *path; /* of the database */
    int32_t from_day, to_day; /* cases received on these days and between */
    int32_t today;
    enum report_by by;
    bool is_public; /* counts under 5 are suppressed, and those that would give them away */
    int32_t first_day, *worked; /* working days before a day: worked[day − first_day]; from report_request_new */
    size_t worked_count;
};
/* Takes from the calendar what the report needs, so that it can be made on another thread. ERR_INVALID: to before from, or over 100 years. */
MUST_CHECK enum err report_request_new(const char *path, const struct calendar *calendar, int32_t from_day, int32_t to_day, int32_t today,
                                       struct report_request **ret_request);
void report_request_free(struct report_request *r);

/* Blocks; any thread. ERR_IO with `problem`. */
MUST_CHECK enum err report_make(const struct report_request *request, struct str *problem, struct report **ret_report);
void report_free(struct report *r);

/* Hundredths of a percent, rounded, halves up; -1: the denominator is 0, or something is suppressed. */
int64_t report_percent(const struct report_group *g, enum report_ratio ratio);

#endif
