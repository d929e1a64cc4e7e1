/* The commands that ask the core: a request is made of the options and arguments, the answer is printed as JSON or as a table. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- status, modems, metrics ---- */

static void print_incident(const struct json *result) {
    static const struct ctl_column columns[] = {{"INCIDENT: tell the authority by", "incident_authority_by", COLUMN_TIME}};
    bool late = false;
    if (!json_text(result, "incident_authority_by"))
        return;
    ctl_print_object(result, columns, COUNT(columns));
    if (json_bool(result, "incident_late", &late) && late)
        puts("THE 72 HOURS ARE OVER");
}

static void print_status(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"appliance", "id", COLUMN_TEXT},
        {"version", "version", COLUMN_TEXT},
        {"state", "state", COLUMN_TEXT},
        {"why it refuses", "refusal", COLUMN_TEXT},
        {"time", "time", COLUMN_TIME},
        {"modems", "modems", COLUMN_NUMBER},
        {"modems up", "modems_up", COLUMN_NUMBER},
        {"messages", "counts.messages", COLUMN_NUMBER},
        {"not yet interpreted", "counts.raw", COLUMN_NUMBER},
        {"held", "counts.held", COLUMN_NUMBER},
        {"cases", "counts.cases", COLUMN_NUMBER},
        {"cases open", "counts.cases_open", COLUMN_NUMBER},
        {"parts queued", "counts.parts_queued", COLUMN_NUMBER},
        {"being sent", "counts.attempts_open", COLUMN_NUMBER},
        {"unknown", "counts.attempts_unknown", COLUMN_NUMBER},
        {"central store", "central.state", COLUMN_TEXT},
        {"events to push", "counts.outbox_waiting", COLUMN_NUMBER},
        {"events refused by the store", "counts.outbox_parked", COLUMN_NUMBER},
    };
    bool training = false;
    int64_t rate = 1;
    if (json_bool(result, "training", &training) && training && json_int(result, "clock_rate", &rate))
        printf("TRAINING, no real operation: time goes %lld times as fast\n", (long long)rate);
    ctl_print_object(result, columns, COUNT(columns));
    print_incident(result);
}

enum ctl_exit ctl_status(struct ctl *ctl) {
    return ctl_ask(ctl, "status", print_status);
}

static void print_reloaded(const struct json *result) {
    static const struct ctl_column columns[] = {{"newest key", "keys.newest", COLUMN_NUMBER},
                                                {"calendar", "calendar.version", COLUMN_TEXT},
                                                {"deadlines moved", "calendar.deadlines_moved", COLUMN_NUMBER},
                                                {"directory", "directory.version", COLUMN_NUMBER}};
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_reload(struct ctl *ctl) {
    return ctl_ask(ctl, "reload", print_reloaded);
}

static void print_time(const struct json *result) {
    static const struct ctl_column columns[] = {{"time", "time", COLUMN_TIME}};
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_clock_skip(struct ctl *ctl) {
    return ctl_ask_text(ctl, "clock.skip", "to", print_time);
}

static void print_modems(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"NAME", "name", COLUMN_TEXT},
        {"NUMBER", "number", COLUMN_TEXT},
        {"UP", "up", COLUMN_SWITCH},
        {"WORKER", "worker.state", COLUMN_TEXT},
        {"PID", "worker.pid", COLUMN_NUMBER},
        {"STARTS", "worker.starts", COLUMN_NUMBER},
        {"SIGNAL", "signal", COLUMN_NUMBER},
        {"REG", "registration", COLUMN_NUMBER},
        {"SLOTS", "slots_used", COLUMN_NUMBER},
        {"OF", "slots_total", COLUMN_NUMBER},
        {"IN", "received", COLUMN_NUMBER},
        {"SENT", "sent", COLUMN_NUMBER},
        {"FAILED", "failed", COLUMN_NUMBER},
        {"UNKNOWN", "unknown", COLUMN_NUMBER},
        {"DRIVER", "driver", COLUMN_TEXT},
        {"MODEL", "model", COLUMN_TEXT},
        {"OPERATOR", "operator", COLUMN_TEXT},
        {"BALANCE", "balance", COLUMN_NUMBER},
        {"UNTIL", "balance_expires", COLUMN_TEXT},
        {"ALARMS", "alarms", COLUMN_TEXT},
        {"LINE", "line", COLUMN_TEXT},
        {"PLACE", "place", COLUMN_TEXT},
        {"REASON", "reason", COLUMN_TEXT},
    };
    ctl_print_rows(result, columns, COUNT(columns), "no modems");
}

enum ctl_exit ctl_modems(struct ctl *ctl) {
    return ctl_ask(ctl, "modems", print_modems);
}

static void print_routes(const struct json *result) {
    static const struct ctl_column to[] = {{"to", "to", COLUMN_TEXT}, {"operator", "operator", COLUMN_TEXT}};
    static const struct ctl_column columns[] = {
        {"MODEM", "link", COLUMN_TEXT},      {"OPERATOR", "operator", COLUMN_TEXT}, {"SAME", "same", COLUMN_SWITCH},
        {"COST", "cost", COLUMN_NUMBER},     {"SENDS", "can_send", COLUMN_SWITCH},  {"STATE", "state", COLUMN_TEXT},
        {"UNTIL", "until", COLUMN_TIME},     {"HOUR", "last_hour", COLUMN_NUMBER},  {"DAY", "last_day", COLUMN_NUMBER},
        {"WEIGHT", "weight", COLUMN_NUMBER},
    };
    ctl_print_object(result, to, COUNT(to));
    puts("\nThe first goes first; a reply goes through the modem that received what it answers, while that one can send.");
    ctl_print_rows(json_get(result, "routes"), columns, COUNT(columns), "no modems");
}

enum ctl_exit ctl_route(struct ctl *ctl) {
    return ctl_ask_text(ctl, "route", "to", print_routes);
}

static void print_metrics(const struct json *result) {
    const char *text = json_text_value(result);
    fputs(text ? text : "", stdout);
}

enum ctl_exit ctl_metrics(struct ctl *ctl) {
    return ctl_ask(ctl, "metrics", print_metrics);
}

/* ---- the queue ---- */

static void print_attempts(const struct json *rows, const char *none) {
    static const struct ctl_column columns[] = {
        {"PART", "part", COLUMN_NUMBER},   {"ATTEMPT", "number", COLUMN_NUMBER},
        {"STATE", "state", COLUMN_TEXT},   {"CLASS", "class", COLUMN_TEXT},
        {"TO", "to", COLUMN_TEXT},         {"LINK", "link", COLUMN_TEXT},
        {"OPENED", "opened", COLUMN_TIME}, {"REFERENCE", "reference", COLUMN_NUMBER},
        {"REASON", "reason", COLUMN_TEXT},
    };
    ctl_print_rows(rows, columns, COUNT(columns), none);
}

static void print_queue(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"PART", "part", COLUMN_NUMBER},
        {"OF", "total", COLUMN_NUMBER},
        {"CLASS", "class", COLUMN_TEXT},
        {"TEMPLATE", "template", COLUMN_TEXT},
        {"TO", "to", COLUMN_TEXT},
        {"LINK", "link", COLUMN_TEXT},
        {"ATTEMPTS", "attempts", COLUMN_NUMBER},
        {"NOT BEFORE", "not_before", COLUMN_TIME},
        {"EXPIRES", "expires", COLUMN_TIME},
    };
    ctl_print_rows(json_get(result, "queued"), columns, COUNT(columns), "nothing waits to be sent");
    puts("");
    print_attempts(json_get(result, "open"), "nothing is being sent");
}

enum ctl_exit ctl_queue(struct ctl *ctl) {
    return ctl_ask(ctl, "queue", print_queue);
}

static void print_unknown(const struct json *result) {
    print_attempts(result, "no submission is unknown");
}

enum ctl_exit ctl_unknown_list(struct ctl *ctl) {
    return ctl_ask(ctl, "unknown.list", print_unknown);
}

static void print_settled(const struct json *result) {
    bool resend = false;
    puts(json_bool(result, "resend", &resend) && resend ? "it will be sent again" : "it was given up");
}

enum ctl_exit ctl_unknown_resend(struct ctl *ctl) {
    return ctl_ask_number(ctl, "unknown.resend", "part", print_settled);
}

enum ctl_exit ctl_unknown_leave(struct ctl *ctl) {
    return ctl_ask_number(ctl, "unknown.leave", "part", print_settled);
}

static void print_sent(const struct json *result) {
    int64_t id = 0;
    if (json_int(result, "message", &id))
        printf("queued as message %lld\n", (long long)id);
}

enum ctl_exit ctl_send(struct ctl *ctl) {
    struct ctl_request request;
    ctl_request_begin(ctl, "send", &request);
    json_put_text(&request.w, "to", ctl->arguments[0]);
    json_put_text(&request.w, "text", ctl->arguments[1]);
    return ctl_request_run(&request, print_sent);
}

/* ---- messages ---- */

static const struct ctl_column in_columns[] = {
    {"ID", "id", COLUMN_NUMBER},
    {"ARRIVED", "arrived", COLUMN_TIME},
    {"LINK", "link", COLUMN_TEXT},
    {"FROM", "from", COLUMN_TEXT},
    {"VERB", "verb", COLUMN_TEXT},
    {"CASE", "case", COLUMN_TEXT},
    {"CHARACTERS", "characters", COLUMN_NUMBER},
};
static const struct ctl_column out_columns[] = {
    {"ID", "id", COLUMN_NUMBER},
    {"CREATED", "created", COLUMN_TIME},
    {"CLASS", "class", COLUMN_TEXT},
    {"TEMPLATE", "template", COLUMN_TEXT},
    {"TO", "to", COLUMN_TEXT},
    {"ENCODING", "encoding", COLUMN_TEXT},
    {"CHARACTERS", "characters", COLUMN_NUMBER},
};

static void print_messages_in(const struct json *result) {
    ctl_print_rows(result, in_columns, COUNT(in_columns), "no messages");
}

static void print_messages_out(const struct json *result) {
    ctl_print_rows(result, out_columns, COUNT(out_columns), "no messages");
}

enum ctl_exit ctl_message_list(struct ctl *ctl) {
    return ctl_ask(ctl, "message.list", ctl->out ? print_messages_out : print_messages_in);
}

static void print_message(const struct json *result) {
    static const struct ctl_column tries[] = {{"PART", "part", COLUMN_NUMBER},           {"TRY", "number", COLUMN_NUMBER},
                                              {"STATE", "state", COLUMN_TEXT},           {"LINK", "link", COLUMN_TEXT},
                                              {"OPENED", "opened", COLUMN_TIME},         {"CLOSED", "closed", COLUMN_TIME},
                                              {"REFERENCE", "reference", COLUMN_NUMBER}, {"REASON", "reason", COLUMN_TEXT}};
    bool out = json_get(result, "history") != NULL;
    ctl_print_object(result, out ? out_columns : in_columns, out ? COUNT(out_columns) : COUNT(in_columns));
    ctl_print_text(result);
    if (!out)
        return;
    puts("");
    ctl_print_rows(json_get(result, "history"), tries, COUNT(tries), "not yet tried");
}

enum ctl_exit ctl_message_show(struct ctl *ctl) {
    return ctl_ask_number(ctl, "message.show", "id", print_message);
}

static void print_held(const struct json *result) {
    static const struct ctl_column columns[] = {{"ID", "id", COLUMN_NUMBER},
                                                {"ARRIVED", "arrived", COLUMN_TIME},
                                                {"LINK", "link", COLUMN_TEXT},
                                                {"TRIES", "tries", COLUMN_NUMBER},
                                                {"REASON", "reason", COLUMN_TEXT}};
    ctl_print_rows(result, columns, COUNT(columns), "nothing is held");
}

enum ctl_exit ctl_held_list(struct ctl *ctl) {
    return ctl_ask(ctl, "held.list", print_held);
}

static void print_retried(const struct json *result) {
    const char *state = json_text(result, "state"), *reason = json_text(result, "reason");
    printf("now %s%s%s\n", state ? state : "?", reason ? ": " : "", reason ? reason : "");
}

enum ctl_exit ctl_held_retry(struct ctl *ctl) {
    return ctl_ask_number(ctl, "held.retry", "id", print_retried);
}

/* ---- the log ---- */

static void print_log_line(const struct json *entry) {
    int64_t at = 0;
    const char *line = json_text(entry, "line");
    if (!line || !json_int(entry, "at", &at))
        return;
    struct civil c = civil_of(at);
    printf("%02d/%02d %02d:%02d:%02d ", c.day, c.month, c.hour, c.minute, c.second);
    if (line[0] == '<' && line[1] && line[2] == '>') /* the journal's priority */
        line += 3;
    ctl_print_clean(line, stdout);
    puts("");
}

static void print_log(const struct json *result) {
    for (size_t i = 0; i < json_count(result); i++)
        print_log_line(json_at(result, i));
}

static enum ctl_exit follow(const struct ctl *ctl, struct ctl_client *client) {
    enum err e = ERR_OK;
    while (e == ERR_OK && fflush(stdout) == 0) {
        struct json *document = NULL;
        e = ctl_hear(client, -1, &document);
        if (e == ERR_OK && ctl->json)
            ctl_print_json(json_get(document, "log"));
        else if (e == ERR_OK)
            print_log_line(json_get(document, "log"));
        json_free(document);
    }
    return ctl_lost(ctl, e == ERR_OK ? ERR_CLOSED : e);
}

enum ctl_exit ctl_log(struct ctl *ctl) {
    if (!ctl->follow)
        return ctl_ask(ctl, "log", print_log);
    struct ctl_client client;
    enum ctl_exit status = ctl_connect(ctl, ctl->socket, &client);
    if (status != CTL_FINE)
        return status;
    struct ctl_request request;
    struct json *answer = NULL;
    ctl_request_begin(ctl, "log.follow", &request);
    status = ctl_request_ask(&request, &client, &answer);
    if (status == CTL_FINE) {
        const struct json *lines = json_get(answer, "result");
        for (size_t i = 0; ctl->json && i < json_count(lines); i++)
            ctl_print_json(json_at(lines, i));
        if (!ctl->json)
            print_log(lines);
        json_free(answer);
        status = follow(ctl, &client);
    }
    ctl_disconnect(&client);
    return status;
}
