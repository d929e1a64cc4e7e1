/* Playing citizen: texts from a phone of a virtual network (phanhoi-vmodem), and what that phone receives.
 * The network's control socket takes {"op":"send","from","to","text"}, {"op":"call","from","to"}, {"op":"inbox","number","after","wait"} and
 * {"op":"modems"}. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/phone.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REQUEST_MAX = 65536, ANSWER_MS = 30000, CHAT_WAIT_MS = 3600000, TYPED_MAX = 4096 };

static enum ctl_exit connect_network(const struct ctl *ctl, struct ctl_client *ret_client) {
    if (ctl->network)
        return ctl_connect(ctl, ctl->network, ret_client);
    fputs("phanhoictl: --network SOCKET is needed: the control socket of phanhoi-vmodem\n", stderr);
    return CTL_USAGE;
}

/* Tells the request, which is released, and hears the answer within timeout_ms. */
static enum ctl_exit ask(const struct ctl *ctl, struct ctl_client *client, struct str *request, int timeout_ms, struct json **ret_document) {
    enum err e = ctl_tell(client, request);
    str_release(request);
    if (e == ERR_OK)
        e = ctl_hear(client, timeout_ms, ret_document);
    if (e != ERR_OK)
        return ctl_fail(ctl, err_symbol(e), e == ERR_TOO_LONG ? "that is too long" : "the network doesn't answer");
    const char *error = json_text(*ret_document, "error");
    if (!error)
        return CTL_FINE;
    enum ctl_exit status = ctl_fail(ctl, "refused", error);
    json_free(*ret_document);
    *ret_document = NULL;
    return status;
}

static enum ctl_exit parse_phone(const char *text, struct phone *ret_phone) {
    if (phone_parse(text, ret_phone) == ERR_OK)
        return CTL_FINE;
    fprintf(stderr, "phanhoictl: a phone number is needed, like +84912345678: %s\n", text);
    return CTL_USAGE;
}

/* Whom to text to: --to, else the network's first modem. */
static enum ctl_exit find_appliance(const struct ctl *ctl, struct ctl_client *client, struct phone *ret_phone) {
    if (ctl->to)
        return parse_phone(ctl->to, ret_phone);
    struct str request;
    struct json *document = NULL;
    str_init(&request, REQUEST_MAX);
    str_add(&request, "{\"op\":\"modems\"}");
    enum ctl_exit status = ask(ctl, client, &request, ANSWER_MS, &document);
    if (status != CTL_FINE)
        return status;
    const char *number = json_text(json_at(json_get(document, "modems"), 0), "number");
    if (!number || phone_parse(number, ret_phone) != ERR_OK)
        status = ctl_fail(ctl, err_symbol(ERR_NOT_FOUND), "the network has no modem; say --to NUMBER");
    json_free(document);
    return status;
}

static enum ctl_exit send_text(const struct ctl *ctl, struct ctl_client *client, const struct phone *from, const struct phone *to, const char *text,
                               struct json **ret_document) {
    struct str request;
    struct json_writer w;
    str_init(&request, REQUEST_MAX);
    json_begin(&w, &request);
    json_open_object(&w, NULL);
    json_put_text(&w, "op", "send");
    json_put_text(&w, "from", from->text);
    json_put_text(&w, "to", to->text);
    json_put_text(&w, "text", text);
    json_close_object(&w);
    return ask(ctl, client, &request, ANSWER_MS, ret_document);
}

enum ctl_exit ctl_phone_send(struct ctl *ctl) {
    struct phone from, to;
    struct ctl_client client;
    enum ctl_exit status = parse_phone(ctl->arguments[0], &from);
    if (status == CTL_FINE)
        status = connect_network(ctl, &client);
    if (status != CTL_FINE)
        return status;
    struct json *document = NULL;
    status = find_appliance(ctl, &client, &to);
    if (status == CTL_FINE)
        status = send_text(ctl, &client, &from, &to, ctl->arguments[1], &document);
    size_t parts = json_count(json_get(document, "arrivals"));
    if (status == CTL_FINE && ctl->json)
        ctl_print_json(document);
    else if (status == CTL_FINE)
        printf("sent to %s in %zu part%s\n", to.text, parts, parts == 1 ? "" : "s");
    json_free(document);
    ctl_disconnect(&client);
    return status;
}

enum ctl_exit ctl_phone_call(struct ctl *ctl) {
    struct phone from, to;
    struct ctl_client client;
    enum ctl_exit status = parse_phone(ctl->arguments[0], &from);
    if (status == CTL_FINE)
        status = connect_network(ctl, &client);
    if (status != CTL_FINE)
        return status;
    struct json *document = NULL;
    status = find_appliance(ctl, &client, &to);
    if (status == CTL_FINE) {
        struct str request;
        struct json_writer w;
        str_init(&request, REQUEST_MAX);
        json_begin(&w, &request);
        json_open_object(&w, NULL);
        json_put_text(&w, "op", "call");
        json_put_text(&w, "from", from.text);
        json_put_text(&w, "to", to.text);
        json_close_object(&w);
        status = ask(ctl, &client, &request, ANSWER_MS, &document);
    }
    bool rings = false;
    if (status == CTL_FINE && ctl->json)
        ctl_print_json(document);
    else if (status == CTL_FINE)
        printf("%s %s\n", to.text, json_bool(document, "rings", &rings) && rings ? "rings" : "can't be reached");
    json_free(document);
    ctl_disconnect(&client);
    return status;
}

static void add_inbox_request(const struct phone *number, int64_t after, int64_t wait_ms, struct str *request) {
    struct json_writer w;
    str_init(request, REQUEST_MAX);
    json_begin(&w, request);
    json_open_object(&w, NULL);
    json_put_text(&w, "op", "inbox");
    json_put_text(&w, "number", number->text);
    json_put_int(&w, "after", after);
    if (wait_ms > 0)
        json_put_int(&w, "wait", wait_ms);
    json_close_object(&w);
}

static void print_message(const struct json *m) {
    const char *from = json_text(m, "from"), *text = json_text(m, "text");
    ctl_print_clean(from ? from : "?", stdout);
    fputs(": ", stdout);
    ctl_print_clean(text ? text : "", stdout);
    fputs("\n", stdout);
}

/* Prints all and gives the last one's number. */
static void print_messages(const struct json *messages, int64_t *last) {
    for (size_t i = 0; i < json_count(messages); i++) {
        print_message(json_at(messages, i));
        json_int(json_at(messages, i), "seq", last);
    }
    fflush(stdout);
}

enum ctl_exit ctl_phone_inbox(struct ctl *ctl) {
    struct phone number;
    struct ctl_client client;
    enum ctl_exit status = parse_phone(ctl->arguments[0], &number);
    if (status == CTL_FINE)
        status = connect_network(ctl, &client);
    if (status != CTL_FINE)
        return status;
    struct str request;
    struct json *document = NULL;
    int64_t wait = ctl->wait_ms > 0 ? ctl->wait_ms : 0, last = 0;
    add_inbox_request(&number, ctl->after, wait, &request);
    status = ask(ctl, &client, &request, (int)wait + ANSWER_MS, &document);
    const struct json *messages = json_get(document, "messages");
    if (status == CTL_FINE && ctl->json)
        ctl_print_json(messages);
    else if (status == CTL_FINE)
        print_messages(messages, &last);
    if (status == CTL_FINE && ctl->wait_ms >= 0 && json_count(messages) == 0) {
        if (!ctl->json)
            fputs("phanhoictl: no message came in that time\n", stderr);
        status = CTL_FAILED;
    }
    json_free(document);
    ctl_disconnect(&client);
    return status;
}

/* ---- the chat: what is typed goes out, what comes is printed ---- */

struct chat {
    const struct ctl *ctl;
    struct phone own, appliance;
    struct ctl_client sending, hearing; /* a request that waits holds up those behind it: two connections */
    int64_t last; /* the newest message shown */
    bool typing; /* standard input is open */
    struct str typed;
};

static enum ctl_exit listen_on(struct chat *c, int64_t wait_ms) {
    struct str request;
    add_inbox_request(&c->own, c->last, wait_ms, &request);
    enum err e = ctl_tell(&c->hearing, &request);
    str_release(&request);
    return e == ERR_OK ? CTL_FINE : ctl_fail(c->ctl, err_symbol(e), "the network is gone");
}

static enum ctl_exit show_new(struct chat *c) {
    struct json *document = NULL;
    enum err e = ctl_hear(&c->hearing, ANSWER_MS, &document);
    const char *error = e == ERR_OK ? json_text(document, "error") : "the network is gone";
    enum ctl_exit status = error ? ctl_fail(c->ctl, err_symbol(e), error) : CTL_FINE;
    if (status == CTL_FINE)
        print_messages(json_get(document, "messages"), &c->last);
    json_free(document);
    return status;
}

static enum ctl_exit send_typed(struct chat *c) {
    enum ctl_exit status = CTL_FINE;
    char *newline;
    while (status == CTL_FINE && (newline = memchr(c->typed.data, '\n', c->typed.len))) {
        *newline = 0;
        struct json *document = NULL;
        if (*c->typed.data)
            status = send_text(c->ctl, &c->sending, &c->own, &c->appliance, c->typed.data, &document);
        json_free(document);
        str_remove_front(&c->typed, (size_t)(newline - c->typed.data) + 1);
    }
    return status;
}

static enum ctl_exit read_typed(struct chat *c) {
    char block[1024];
    ssize_t n = read(STDIN_FILENO, block, sizeof block);
    if (n <= 0) {
        c->typing = false;
        if (c->typed.len) /* a last line without its end */
            str_add(&c->typed, "\n");
    } else {
        str_add_n(&c->typed, block, (size_t)n);
    }
    if (!str_ok(&c->typed))
        return ctl_fail(c->ctl, err_symbol(ERR_TOO_LONG), "that is too long for a message");
    return c->typed.len ? send_typed(c) : CTL_FINE;
}

static enum ctl_exit converse(struct chat *c) {
    enum ctl_exit status = listen_on(c, CHAT_WAIT_MS);
    int grace = c->ctl->wait_ms > 0 ? (int)c->ctl->wait_ms : 0; /* after the end of input */
    while (status == CTL_FINE) {
        struct pollfd fds[] = {{.fd = c->hearing.fd, .events = POLLIN}, {.fd = c->typing ? STDIN_FILENO : -1, .events = POLLIN}};
        int ready = poll(fds, 2, c->typing ? -1 : grace);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0) /* nothing more came */
            break;
        if (fds[1].revents)
            status = read_typed(c);
        if (status == CTL_FINE && fds[0].revents) {
            status = show_new(c);
            if (status == CTL_FINE)
                status = listen_on(c, CHAT_WAIT_MS);
        }
    }
    return status;
}

/* What came before the chat isn't shown. */
static enum ctl_exit skip_old(struct chat *c) {
    struct str request;
    struct json *document = NULL;
    add_inbox_request(&c->own, 0, 0, &request);
    enum ctl_exit status = ask(c->ctl, &c->hearing, &request, ANSWER_MS, &document);
    if (status == CTL_FINE) {
        const struct json *messages = json_get(document, "messages");
        if (json_count(messages) && !json_int(json_at(messages, json_count(messages) - 1), "seq", &c->last))
            c->last = 0;
        json_free(document);
    }
    return status;
}

enum ctl_exit ctl_phone_chat(struct ctl *ctl) {
    struct chat c = {.ctl = ctl, .typing = true};
    enum ctl_exit status = parse_phone(ctl->arguments[0], &c.own);
    if (status == CTL_FINE)
        status = connect_network(ctl, &c.sending);
    if (status != CTL_FINE)
        return status;
    status = connect_network(ctl, &c.hearing);
    if (status == CTL_FINE) {
        str_init(&c.typed, TYPED_MAX);
        status = find_appliance(ctl, &c.sending, &c.appliance);
        if (status == CTL_FINE)
            status = skip_old(&c);
        if (status == CTL_FINE && isatty(STDIN_FILENO))
            printf("You are %s, texting to %s. Type a message and press Enter; Ctrl-D ends.\n", c.own.text, c.appliance.text);
        fflush(stdout);
        if (status == CTL_FINE)
            status = converse(&c);
        str_release(&c.typed);
        ctl_disconnect(&c.hearing);
    }
    ctl_disconnect(&c.sending);
    return status;
}
