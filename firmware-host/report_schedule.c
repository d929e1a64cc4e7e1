/* The periodic reports: report_job.h. The file of a period says whether it was made, so nothing else has to be remembered. */
#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/report_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_LOOK_MS CLOCK_SECOND
enum { REPORT_MAX = 16 * 1024 * 1024, NAME_SIZE = 64 };
static const char *const endings[REPORT_FORMATS] = {"txt", "csv", "html"};

struct report_schedule {
    uv_timer_t timer;
    uv_work_t work;
    const struct config *config;
    struct clock *clock;
    struct calendar *const *calendar;
    bool working, closed;
    /* What the pool has, while `working`: */
    struct report_request *request;
    struct report_title title;
    char *folder;
    struct str problem;
    enum err made;
};

/* ---- periods ---- */

static int32_t month_first(int year, int month) {
    return civil_day_number(year, month, 1);
}

void report_period(enum config_report_schedule schedule, int32_t today, int32_t *ret_from, int32_t *ret_to) {
    int year, month, day;
    civil_from_day_number(today, &year, &month, &day);
    int months = schedule == REPORTS_QUARTERLY ? 3 : 1, first = (month - 1) / months * months + 1;
    if (schedule == REPORTS_WEEKLY) {
        *ret_to = today - clock_weekday(today);
        *ret_from = *ret_to - 6;
        return;
    }
    *ret_to = month_first(year, first) - 1;
    *ret_from = first > months ? month_first(year, first - months) : month_first(year - 1, 12 - months + 1);
}

static void period_name(const struct report_request *r, const char *ending, char out[NAME_SIZE]) {
    int y[2], m[2], d[2];
    civil_from_day_number(r->from_day, &y[0], &m[0], &d[0]);
    civil_from_day_number(r->to_day, &y[1], &m[1], &d[1]);
    snprintf(out, NAME_SIZE, "bao-cao-%04d-%02d-%02d--%04d-%02d-%02d.%s", y[0], m[0], d[0], y[1], m[1], d[1], ending);
}

/* ---- on the pool ---- */

static enum err write_all(int fd, const struct str *text) {
    for (size_t done = 0; done < text->len;) {
        ssize_t n = write(fd, text->data + done, text->len - done);
        if (n < 0 && errno != EINTR)
            return ERR_IO;
        done += n > 0 ? (size_t)n : 0;
    }
    return fsync(fd) == 0 ? ERR_OK : ERR_IO;
}

static enum err write_file(struct report_schedule *s, int folder, const char *name, const struct str *text) {
    char temporary[NAME_SIZE + 8];
    snprintf(temporary, sizeof temporary, ".%s.new", name);
    int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    enum err e = fd >= 0 ? write_all(fd, text) : ERR_IO;
    if (fd >= 0 && close(fd) != 0)
        e = ERR_IO;
    crash_point("report.file");
    if (e == ERR_OK && (renameat(folder, temporary, folder, name) != 0 || fsync(folder) != 0))
        e = ERR_IO;
    crash_point("report.renamed");
    if (e != ERR_OK)
        str_addf(&s->problem, "%s/%s: %s", s->folder, name, strerror(errno));
    return e;
}

/* The text last: its file says that all are there. */
static enum err write_report(struct report_schedule *s, int folder, const struct report *r) {
    enum err e = ERR_OK;
    for (int format = REPORT_FORMATS - 1; e == ERR_OK && format >= 0; format--) {
        char name[NAME_SIZE];
        struct str text;
        str_init(&text, REPORT_MAX);
        report_print(r, &s->title, (enum report_format)format, &text);
        period_name(s->request, endings[format], name);
        e = str_ok(&text) ? write_file(s, folder, name, &text) : ERR_TOO_LONG;
        str_release(&text);
    }
    return e;
}

static void make(uv_work_t *work) {
    struct report_schedule *s = work->data;
    struct report *report = NULL;
    char name[NAME_SIZE];
    period_name(s->request, endings[REPORT_FORMAT_TEXT], name);
    int folder = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    s->made = folder >= 0 ? ERR_OK : ERR_IO;
    if (folder < 0)
        str_addf(&s->problem, "%s: %s; make it, or set reports.folder to one that this user may write in", s->folder, strerror(errno));
    if (folder >= 0 && faccessat(folder, name, F_OK, 0) == 0)
        s->made = ERR_DUPLICATE;
    if (s->made == ERR_OK)
        s->made = report_make(s->request, &s->problem, &report);
    if (s->made == ERR_OK)
        s->made = write_report(s, folder, report);
    report_free(report);
    if (folder >= 0)
        close(folder);
}

/* ---- on the loop ---- */

static void forget(uv_handle_t *timer) {
    struct report_schedule *s = timer->data;
    s->closed = true;
    if (!s->working)
        free(s);
}

static void made(uv_work_t *work, int status) {
    struct report_schedule *s = work->data;
    char name[NAME_SIZE];
    period_name(s->request, endings[REPORT_FORMAT_TEXT], name);
    if (status == 0 && s->made == ERR_OK)
        log_event(LOG_LEVEL_NOTICE, "report.written", log_text("folder", s->folder), log_text("file", name));
    else if (status == 0 && s->made != ERR_DUPLICATE)
        log_event(LOG_LEVEL_ERROR, "report.not_written", log_text("file", name), log_err(s->made), log_text("problem", s->problem.data));
    report_request_free(s->request);
    free(s->folder);
    str_release(&s->problem);
    s->working = false;
    if (s->closed)
        free(s);
}

static void look(uv_timer_t *timer) {
    struct report_schedule *s = timer->data;
    int64_t now = s->clock->wall_ms(s->clock);
    int32_t today = clock_vietnam_day(now), from, to;
    if (s->working)
        return;
    report_period((enum config_report_schedule)s->config->report_schedule, today, &from, &to);
    if (report_request_new(s->config->store_path, *s->calendar, from, to, today, &s->request) != ERR_OK)
        return; /* before 1970: the clock was never set */
    s->request->by = (enum report_by)(s->config->report_by);
    s->title = report_title_of(s->config, now);
    s->folder = mem_string(s->config->report_folder);
    str_init(&s->problem, 1024);
    s->working = true;
    s->work.data = s;
    if (uv_queue_work(s->timer.loop, &s->work, make, made) != 0)
        abort();
}

struct report_schedule *report_schedule_start(uv_loop_t *uv, const struct config *config, struct clock *clock, struct calendar *const *calendar) {
    if (config->report_schedule == REPORTS_NEVER)
        return NULL;
    struct report_schedule *s = mem_alloc(sizeof *s);
    s->config = config;
    s->clock = clock;
    s->calendar = calendar;
    if (uv_timer_init(uv, &s->timer) != 0)
        abort();
    s->timer.data = s;
    uv_timer_start(&s->timer, look, FIRST_LOOK_MS, CLOCK_HOUR);
    return s;
}

void report_schedule_stop(struct report_schedule *s) {
    if (s)
        uv_close((uv_handle_t *)&s->timer, forget);
}
