/* A report on its way: what was asked, made on the pool, printed on the loop. Both `phanhoictl report` and the periodic reports go this way. */
#ifndef HOST_REPORT_JOB_H
#define HOST_REPORT_JOB_H

#include "firmware-host/config.h"
#include "firmware-host/control_commands.h"
#include "firmware-host/report_print.h"

/* What heads a report; borrows from the configuration. */
struct report_title report_title_of(const struct config *config, int64_t now);

/* The periodic reports (art. 14.3): when a week, month or quarter of Vietnam has ended, its report is made and written into the folder as
 *   bao-cao-2026-10-01--2026-10-31.{txt,csv,html}
 * each first under another name, synced, and then renamed, so that a file that is there is whole. A report that stands there isn't made again; after
 * days off the last one that ended is made up for. What fails is logged and tried again an hour later. */
struct report_schedule;
struct report_schedule *report_schedule_start(uv_loop_t *uv, const struct config *config, struct clock *clock, struct calendar *const *calendar);
void report_schedule_stop(struct report_schedule *s); /* NULL is fine; one that is being made ends first: uv_run goes on till then */

/* The last period that ended before `today`. */
void report_period(enum config_report_schedule schedule, int32_t today, int32_t *ret_from, int32_t *ret_to);

#endif
