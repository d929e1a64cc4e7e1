/* Asking the core: one connection, one request, one answer. What fails is said here, once. */
#include "firmware-host/ctl.h"

enum { ANSWER_MS = 30000, REQUEST_MAX = 65536 };

void ctl_request_begin(const struct ctl *ctl, const char *command, struct ctl_request *ret_request) {
    struct json_writer *w = &ret_request->w;
    ret_request->ctl = ctl;
    ret_request->wait_ms = ANSWER_MS;
    str_init(&ret_request->line, REQUEST_MAX);
    json_begin(w, &ret_request->line);
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

void ctl_put_given(struct ctl_request *request) {
    const struct ctl *ctl = request->ctl;
    const struct { const char *key, *value; } given[] = {{"as", ctl->as}, {"reason", ctl->reason}, {"until", ctl->until}};
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        if (given[i].value)
            json_put_text(&request->w, given[i].key, given[i].value);
    }
}

void ctl_put_period(struct ctl_request *request) {
    if (request->ctl->from)
        json_put_text(&request->w, "from", request->ctl->from);
    if (request->ctl->to)
        json_put_text(&request->w, "to", request->ctl->to);
}

enum ctl_exit ctl_lost(const struct ctl *ctl, enum err e) {
    return ctl_fail(ctl, err_symbol(e), e == ERR_TIMEOUT ? "the core doesn't answer in time" : "the core closed the connection");
}

enum ctl_exit ctl_request_ask(struct ctl_request *request, struct ctl_client *client, struct json **ret_answer) {
    const struct ctl *ctl = request->ctl;
    json_close_object(&request->w);
    enum err e = str_ok(&request->line) ? ctl_tell(client, &request->line) : ERR_TOO_LONG;
    str_release(&request->line);
    if (e == ERR_TOO_LONG)
        return ctl_fail(ctl, err_symbol(e), "that is too long");
    if (e == ERR_OK)
        e = ctl_hear(client, request->wait_ms, ret_answer);
    if (e != ERR_OK)
        return ctl_lost(ctl, e);
    bool ok = false;
    if (json_bool(*ret_answer, "ok", &ok) && ok)
        return CTL_FINE;
    const char *error = json_text(*ret_answer, "error"), *message = json_text(*ret_answer, "message");
    enum ctl_exit status = ctl_fail(ctl, error ? error : "ERR_INVALID", message ? message : "the core refused");
    json_free(*ret_answer);
    *ret_answer = NULL;
    return status;
}

enum ctl_exit ctl_request_run(struct ctl_request *request, ctl_printer *print) {
    const struct ctl *ctl = request->ctl;
    struct ctl_client client;
    enum ctl_exit status = ctl_connect(ctl, ctl->socket, &client);
    if (status != CTL_FINE) {
        str_release(&request->line);
        return status;
    }
    struct json *answer = NULL;
    status = ctl_request_ask(request, &client, &answer);
    if (status == CTL_FINE) {
        if (ctl->json)
            ctl_print_json(json_get(answer, "result"));
        else
            print(json_get(answer, "result"));
        json_free(answer);
    }
    ctl_disconnect(&client);
    return status;
}

enum ctl_exit ctl_ask(const struct ctl *ctl, const char *command, ctl_printer *print) {
    struct ctl_request request;
    ctl_request_begin(ctl, command, &request);
    ctl_put_given(&request);
    return ctl_request_run(&request, print);
}

enum ctl_exit ctl_ask_text(const struct ctl *ctl, const char *command, const char *key, ctl_printer *print) {
    struct ctl_request request;
    ctl_request_begin(ctl, command, &request);
    json_put_text(&request.w, key, ctl->arguments[0]);
    return ctl_request_run(&request, print);
}

enum ctl_exit ctl_ask_number(const struct ctl *ctl, const char *command, const char *key, ctl_printer *print) {
    int64_t number;
    if (parse_int(ctl->arguments[0], 1, INT64_MAX, &number) != ERR_OK) {
        fprintf(stderr, "phanhoictl: a whole number is needed: %s\n", ctl->arguments[0]);
        return CTL_USAGE;
    }
    struct ctl_request request;
    ctl_request_begin(ctl, command, &request);
    json_put_int(&request.w, key, number);
    ctl_put_given(&request);
    return ctl_request_run(&request, print);
}
