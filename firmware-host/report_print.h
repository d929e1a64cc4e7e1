/* A report as people and programs read it: JSON, CSV (one row a group, for a spreadsheet), plain text and printable HTML in Vietnamese (the periodic
 * report to the Chairman, Decision 115/2025 art. 14.3). */
#ifndef HOST_REPORT_PRINT_H
#define HOST_REPORT_PRINT_H

#include "firmware-host/base/json.h"
#include "store/report.h"

enum report_format { REPORT_FORMAT_TEXT, REPORT_FORMAT_CSV, REPORT_FORMAT_HTML, REPORT_FORMATS };
extern const char *const report_format_names[REPORT_FORMATS]; /* "text", "csv", "html": also what files end in, but for .txt */

struct report_title { /* borrowed */
    const char *province, *appliance; /* "Thanh Hóa", "th-01" */
    int64_t made_at; /* wall ms */
    int64_t segment_cost; /* đồng a segment, for the cost of a case; 0: not known */
};

void report_print(const struct report *r, const struct report_title *title, enum report_format format, struct str *to);
void report_put(const struct report *r, const struct report_title *title, struct json_writer *w); /* one object, without a key */

#endif
