/* The commands that ask the core: a request is made of the options and arguments, the answer is printed as JSON or as a table. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 30000, REQUEST_MAX = 65536 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- asking ---- */

static void begin_request(const struct ctl *ctl, const char *command, struct str *line, struct json_writer *w) {
    str_init(line, REQUEST_MAX);
    json_begin(w, line);
    json_open_object(w, NULL);
    json_put_text(w, "command", command);
    if (ctl->reveal)
        json_put_bool(w, "reveal", true);
    if (ctl->limit)
        json_put_int(w, "limit", ctl->limit);
    if (ctl->before)
        json_put_int(w, "before", ctl->before);
    if (ctl->out)
        json_put_bool(w, "out", true);
}

static enum ctl_exit no_answer(const struct ctl *ctl, enum err e) {
    return ctl_fail(ctl, err_symbol(e), e == ERR_TIMEOUT ? "the core doesn't answer in time" : "the core closed the connection");
}

/* Sends the request, which is released, and hears the answer. CTL_FINE: the document must be freed. */
static enum ctl_exit ask(const struct ctl *ctl, struct ctl_client *client, struct str *request, struct json_writer *w, struct json **ret_document) {
    json_close_object(w);
    enum err e = str_ok(request) ? ctl_tell(client, request) : ERR_TOO_LONG;
    str_release(request);
    if (e == ERR_TOO_LONG)
        return ctl_fail(ctl, err_symbol(e), "that is too long");
    if (e == ERR_OK)
        e = ctl_hear(client, ANSWER_MS, ret_document);
    if (e != ERR_OK)
        return no_answer(ctl, e);
    bool ok = false;
    if (json_bool(*ret_document, "ok", &ok) && ok)
        return CTL_FINE;
    const char *error = json_text(*ret_document, "error"), *message = json_text(*ret_document, "message");
    enum ctl_exit status = ctl_fail(ctl, error ? error : "ERR_INVALID", message ? message : "the core refused");
    json_free(*ret_document);
    *ret_document = NULL;
    return status;
}

typedef void print(const struct json *result);

/* One request, one answer, printed. */
static enum ctl_exit once(const struct ctl *ctl, struct str *request, struct json_writer *w, print *printer) {
    struct ctl_client client;
    enum ctl_exit status = ctl_connect(ctl, ctl->socket, &client);
    if (status != CTL_FINE) {
        str_release(request);
        return status;
    }
    struct json *document = NULL;
    status = ask(ctl, &client, request, w, &document);
    if (status == CTL_FINE) {
        if (ctl->json)
            ctl_print_json(json_get(document, "result"));
        else
            printer(json_get(document, "result"));
        json_free(document);
    }
    ctl_disconnect(&client);
    return status;
}

static enum ctl_exit plain(const struct ctl *ctl, const char *command, print *printer) {
    struct str line;
    struct json_writer w;
    begin_request(ctl, command, &line, &w);
    return once(ctl, &line, &w, printer);
}

static enum ctl_exit with_text(const struct ctl *ctl, const char *command, const char *key, print *printer) {
    struct str line;
    struct json_writer w;
    begin_request(ctl, command, &line, &w);
    json_put_text(&w, key, ctl->arguments[0]);
    return once(ctl, &line, &w, printer);
}

static enum ctl_exit with_number(const struct ctl *ctl, const char *command, const char *key, print *printer) {
    int64_t number;
    if (parse_int(ctl->arguments[0], 1, INT64_MAX, &number) != ERR_OK) {
        fprintf(stderr, "phanhoictl: a whole number is needed: %s\n", ctl->arguments[0]);
        return CTL_USAGE;
    }
    struct str line;
    struct json_writer w;
    begin_request(ctl, command, &line, &w);
    json_put_int(&w, key, number);
    return once(ctl, &line, &w, printer);
}

/* ---- status, modems, metrics ---- */

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
        {"events to push", "counts.outbox_waiting", COLUMN_NUMBER},
    };
    ctl_print_object(result, columns, COUNT(columns));
}

enum ctl_exit ctl_status(struct ctl *ctl) {
    return plain(ctl, "status", print_status);
}

static void print_modems(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"NAME", "name", COLUMN_TEXT},           {"NUMBER", "number", COLUMN_TEXT},      {"UP", "up", COLUMN_SWITCH},
        {"WORKER", "worker.state", COLUMN_TEXT}, {"PID", "worker.pid", COLUMN_NUMBER},   {"STARTS", "worker.starts", COLUMN_NUMBER},
        {"SIGNAL", "signal", COLUMN_NUMBER},     {"REG", "registration", COLUMN_NUMBER}, {"SLOTS", "slots_used", COLUMN_NUMBER},
        {"OF", "slots_total", COLUMN_NUMBER},    {"IN", "received", COLUMN_NUMBER},      {"SENT", "sent", COLUMN_NUMBER},
        {"FAILED", "failed", COLUMN_NUMBER},     {"UNKNOWN", "unknown", COLUMN_NUMBER},  {"MODEL", "model", COLUMN_TEXT},
        {"OPERATOR", "operator", COLUMN_TEXT},   {"LINE", "line", COLUMN_TEXT},          {"REASON", "reason", COLUMN_TEXT},
    };
    ctl_print_rows(result, columns, COUNT(columns), "no modems");
}

enum ctl_exit ctl_modems(struct ctl *ctl) {
    return plain(ctl, "modems", print_modems);
}

static void print_metrics(const struct json *result) {
    const char *text = json_text_value(result);
    fputs(text ? text : "", stdout);
}

enum ctl_exit ctl_metrics(struct ctl *ctl) {
    return plain(ctl, "metrics", print_metrics);
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
    return plain(ctl, "queue", print_queue);
}

static void print_unknown(const struct json *result) {
    print_attempts(result, "no submission is unknown");
}

enum ctl_exit ctl_unknown_list(struct ctl *ctl) {
    return plain(ctl, "unknown.list", print_unknown);
}

static void print_settled(const struct json *result) {
    bool resend = false;
    puts(json_bool(result, "resend", &resend) && resend ? "it will be sent again" : "it was given up");
}

enum ctl_exit ctl_unknown_resend(struct ctl *ctl) {
    return with_number(ctl, "unknown.resend", "part", print_settled);
}

enum ctl_exit ctl_unknown_leave(struct ctl *ctl) {
    return with_number(ctl, "unknown.leave", "part", print_settled);
}

static void print_sent(const struct json *result) {
    int64_t id = 0;
    if (json_int(result, "message", &id))
        printf("queued as message %lld\n", (long long)id);
}

enum ctl_exit ctl_send(struct ctl *ctl) {
    struct str line;
    struct json_writer w;
    begin_request(ctl, "send", &line, &w);
    json_put_text(&w, "to", ctl->arguments[0]);
    json_put_text(&w, "text", ctl->arguments[1]);
    return once(ctl, &line, &w, print_sent);
}

/* ---- cases and messages ---- */

static const struct ctl_column case_columns[] = {
    {"CODE", "code", COLUMN_TEXT}, {"STATE", "state", COLUMN_TEXT}, {"SUBMITTED", "submitted", COLUMN_TIME},     {"DUE", "due", COLUMN_TEXT},
    {"LINK", "link", COLUMN_TEXT}, {"FROM", "from", COLUMN_TEXT},   {"CHARACTERS", "characters", COLUMN_NUMBER},
};

static void print_cases(const struct json *result) {
    ctl_print_rows(result, case_columns, COUNT(case_columns), "no cases");
}

enum ctl_exit ctl_case_list(struct ctl *ctl) {
    return plain(ctl, "case.list", print_cases);
}

static void print_case(const struct json *result) {
    static const struct ctl_column deadlines[] = {{"DEADLINE", "kind", COLUMN_TEXT},
                                                  {"WORKING DAYS", "working_days", COLUMN_NUMBER},
                                                  {"FROM", "start", COLUMN_TIME},
                                                  {"DUE", "due", COLUMN_TEXT}};
    static const struct ctl_column events[] = {{"AT", "at", COLUMN_TIME}, {"EVENT", "type", COLUMN_TEXT}, {"BY", "actor", COLUMN_TEXT}};
    ctl_print_object(result, case_columns, COUNT(case_columns));
    const char *text = json_text(result, "text");
    if (text) {
        fputs("TEXT        ", stdout);
        ctl_print_clean(text, stdout);
        puts("");
    }
    puts("");
    ctl_print_rows(json_get(result, "deadlines"), deadlines, COUNT(deadlines), "no deadline is open");
    puts("");
    ctl_print_rows(json_get(result, "events"), events, COUNT(events), "no events");
}

enum ctl_exit ctl_case_show(struct ctl *ctl) {
    return with_text(ctl, "case.show", "code", print_case);
}

static void print_messages_in(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"ID", "id", COLUMN_NUMBER},
        {"ARRIVED", "arrived", COLUMN_TIME},
        {"LINK", "link", COLUMN_TEXT},
        {"FROM", "from", COLUMN_TEXT},
        {"VERB", "verb", COLUMN_TEXT},
        {"CASE", "case", COLUMN_TEXT},
        {"CHARACTERS", "characters", COLUMN_NUMBER},
    };
    ctl_print_rows(result, columns, COUNT(columns), "no messages");
}

static void print_messages_out(const struct json *result) {
    static const struct ctl_column columns[] = {
        {"ID", "id", COLUMN_NUMBER},
        {"CREATED", "created", COLUMN_TIME},
        {"CLASS", "class", COLUMN_TEXT},
        {"TEMPLATE", "template", COLUMN_TEXT},
        {"TO", "to", COLUMN_TEXT},
        {"ENCODING", "encoding", COLUMN_TEXT},
        {"CHARACTERS", "characters", COLUMN_NUMBER},
    };
    ctl_print_rows(result, columns, COUNT(columns), "no messages");
}

enum ctl_exit ctl_message_list(struct ctl *ctl) {
    return plain(ctl, "message.list", ctl->out ? print_messages_out : print_messages_in);
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
    return plain(ctl, "held.list", print_held);
}

static void print_retried(const struct json *result) {
    const char *state = json_text(result, "state"), *reason = json_text(result, "reason");
    printf("now %s%s%s\n", state ? state : "?", reason ? ": " : "", reason ? reason : "");
}

enum ctl_exit ctl_held_retry(struct ctl *ctl) {
    return with_number(ctl, "held.retry", "id", print_retried);
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
    return no_answer(ctl, e == ERR_OK ? ERR_CLOSED : e);
}

enum ctl_exit ctl_log(struct ctl *ctl) {
    if (!ctl->follow)
        return plain(ctl, "log", print_log);
    struct ctl_client client;
    enum ctl_exit status = ctl_connect(ctl, ctl->socket, &client);
    if (status != CTL_FINE)
        return status;
    struct str line;
    struct json_writer w;
    struct json *document = NULL;
    begin_request(ctl, "log.follow", &line, &w);
    status = ask(ctl, &client, &line, &w, &document);
    if (status == CTL_FINE) {
        for (size_t i = 0; ctl->json && i < json_count(json_get(document, "result")); i++)
            ctl_print_json(json_at(json_get(document, "result"), i));
        if (!ctl->json)
            print_log(json_get(document, "result"));
        json_free(document);
        status = follow(ctl, &client);
    }
    ctl_disconnect(&client);
    return status;
}
