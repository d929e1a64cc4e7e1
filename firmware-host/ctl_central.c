/* The way to the central store. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/str.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void print_central(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"central store", "central.url", COLUMN_TEXT},
        {"state", "central.state", COLUMN_TEXT},
        {"why", "central.reason", COLUMN_TEXT},
        {"since", "central.since", COLUMN_TIME},
        {"next try", "central.next_try", COLUMN_TIME},
        {"events waiting", "waiting", COLUMN_NUMBER},
        {"the oldest of", "oldest", COLUMN_TIME},
        {"events parked", "parked", COLUMN_NUMBER},
        {"acknowledged since start", "central.acknowledged", COLUMN_NUMBER},
        {"requests since start", "central.requests", COLUMN_NUMBER},
        {"on their way", "central.in_flight", COLUMN_NUMBER},
        {"events of a request", "central.batch", COLUMN_NUMBER},
        {"feed", "central.feed", COLUMN_TEXT},
        {"items since start", "central.items", COLUMN_NUMBER},
        {"certificate ends", "central.certificate_ends", COLUMN_TIME},
    };
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_central_status(struct ctl *ctl) {
    return ctl_ask(ctl, "central.status", print_central);
}

static void print_parked(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"EVENT", "event", COLUMN_NUMBER},       {"OF", "at", COLUMN_TIME},         {"CASE", "case", COLUMN_TEXT}, {"TYPE", "type", COLUMN_TEXT},
        {"ATTEMPTS", "attempts", COLUMN_NUMBER}, {"REASON", "reason", COLUMN_TEXT},
    };
    ctl_print_rows(result, columns, COUNT(columns), "the central store has refused nothing");
}

enum ctl_exit ctl_central_parked(struct ctl *ctl) {
    return ctl_ask(ctl, "central.parked", print_parked);
}

static void print_kept(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"ID", "id", COLUMN_NUMBER},   {"CAME", "at", COLUMN_TIME},       {"CASE", "case", COLUMN_TEXT},
        {"TYPE", "type", COLUMN_TEXT}, {"REASON", "reason", COLUMN_TEXT}, {"ITEM", "text", COLUMN_TEXT},
    };
    ctl_print_rows(result, columns, COUNT(columns), "everything that came from the central store took effect");
}

enum ctl_exit ctl_central_kept(struct ctl *ctl) {
    return ctl_ask(ctl, "central.kept", print_kept);
}

static void print_retried(const struct json *result) {
    int64_t count = 0;
    if (json_int(result, "events", &count) && count)
        printf("%lld of the parked events will be sent again\n", (long long)count);
    else
        puts("trying now");
}

enum ctl_exit ctl_central_retry(struct ctl *ctl) {
    struct ctl_request request;
    int64_t event = 0;
    const char *which = ctl->argument_count ? ctl->arguments[0] : NULL;
    bool all = which && strcmp(which, "all") == 0;
    if (which && !all && parse_int(which, 1, INT64_MAX, &event) != ERR_OK)
        return ctl_fail(ctl, "ERR_INVALID", "the number of an event, all, or nothing is needed");
    ctl_request_begin(ctl, "central.retry", &request);
    if (all)
        json_put_bool(&request.w, "all", true);
    else if (event)
        json_put_int(&request.w, "event", event);
    return ctl_request_run(&request, print_retried);
}

static void print_dropped(const struct json *result) {
    (void)result;
    puts("dropped: the central store will never learn of it");
}

enum ctl_exit ctl_central_drop(struct ctl *ctl) {
    return ctl_ask_number(ctl, "central.drop", "event", print_dropped);
}
