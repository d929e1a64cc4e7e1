/* report: the statistics of a period. What was asked is checked at once; the database is read on the pool. */
#include "firmware-host/base/mem.h"
#include "firmware-host/control_call.h"
#include "firmware-host/report_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct report_title report_title_of(const struct config *config, int64_t now) {
    return (struct report_title){.province = config->smsc.province_name_accented,
                                 .appliance = config->smsc.appliance_id,
                                 .made_at = now,
                                 .segment_cost = config->segment_cost};
}

struct report_task {
    struct command_task task;
    struct report_request *request;
    struct report_title title;
    int format; /* enum report_format; REPORT_FORMATS: JSON */
    struct report *report;
};

static enum err work(struct command_task *task, struct str *problem) {
    struct report_task *t = (struct report_task *)task;
    return report_make(t->request, problem, &t->report);
}

static void finish(struct command_task *task, struct json_writer *result) {
    struct report_task *t = (struct report_task *)task;
    if (t->format == REPORT_FORMATS) {
        report_put(t->report, &t->title, result);
        return;
    }
    struct str text;
    str_init(&text, CALL_DOCUMENT_MAX);
    report_print(t->report, &t->title, (enum report_format)t->format, &text);
    json_put_text(result, NULL, str_ok(&text) ? text.data : NULL);
    str_release(&text);
}

static void release(struct command_task *task) {
    struct report_task *t = (struct report_task *)task;
    report_request_free(t->request);
    report_free(t->report);
    free(t);
}

static int format_of(const char *name) {
    int format = 0;
    while (format < REPORT_FORMATS && strcmp(report_format_names[format], name) != 0)
        format++;
    return format;
}

/* A word of the request, or its default. */
static const char *word(const struct command_call *call, const char *key, const char *preset) {
    const char *text = json_text(call->request, key);
    return text ? text : preset;
}

static enum err period(struct command_call *call, int32_t *ret_from, int32_t *ret_to) {
    int32_t today = clock_vietnam_day(call->now);
    int year, month, day;
    civil_from_day_number(today, &year, &month, &day);
    *ret_from = civil_day_number(year, month, 1);
    *ret_to = today;
    enum err e = call_day(call, "from", ret_from);
    if (e == ERR_OK)
        e = call_day(call, "to", ret_to);
    if (e == ERR_OK && *ret_to < *ret_from) {
        str_add(call->problem, "the report ends before it begins: give \"from\" a day that isn't after \"to\"");
        e = ERR_INVALID;
    }
    return e;
}

enum err answer_report(struct command_call *call) {
    int32_t from, to;
    const char *by_name = word(call, "by", ""), *format_name = word(call, "format", "json");
    enum report_by by = report_by_find(by_name);
    int format = format_of(format_name);
    bool is_public = false;
    enum err e = period(call, &from, &to);
    if (e == ERR_OK && by == REPORT_BYS) {
        str_addf(call->problem, "by: \"%s\" is none of agency, field, commune, channel, month", by_name);
        e = ERR_INVALID;
    }
    if (e == ERR_OK && format == REPORT_FORMATS && strcmp(format_name, "json") != 0) {
        str_addf(call->problem, "format: \"%s\" is none of json, text, csv, html", format_name);
        e = ERR_INVALID;
    }
    if (e != ERR_OK)
        return e;
    if (!json_bool(call->request, "public", &is_public))
        is_public = false;
    struct report_task *t = mem_alloc(sizeof *t);
    t->task = (struct command_task){.work = work, .finish = finish, .release = release};
    t->format = format;
    t->title = report_title_of(call->parts->config, call->now);
    e = report_request_new(call->parts->config->store_path, *call->parts->calendar, from, to, clock_vietnam_day(call->now), &t->request);
    if (e != ERR_OK) {
        str_add(call->problem, "a report is about at most 100 years");
        free(t);
        return e;
    }
    t->request->by = by;
    t->request->is_public = is_public;
    call->task = &t->task;
    return ERR_OK;
}
