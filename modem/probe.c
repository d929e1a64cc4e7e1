/* A probe stands on the AT engine; the first command that gets no answer ends it, so that nothing is written to what isn't a modem but one "AT". */
#include "modem/probe.h"

#include "firmware-host/base/mem.h"
#include "modem/at.h"
#include "modem/sandbox.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_TIMEOUT (5 * CLOCK_SECOND)
enum { IMEI_LEAST = 14, IMSI_LEAST = 6, VALUE_SIZE = 65 };

struct probing {
    struct at_port port; /* first: the engine gives it back */
    struct line *line;
    struct clock *clock;
};

static enum err port_read(struct at_port *port, void *data, size_t max, size_t *ret_len) {
    return line_read(((struct probing *)port)->line, data, max, ret_len);
}

static enum err port_write(struct at_port *port, const void *data, size_t len, size_t *ret_len) {
    return line_write(((struct probing *)port)->line, data, len, ret_len);
}

static enum err port_wait(struct at_port *port, bool writing, int64_t deadline) {
    struct probing *p = (struct probing *)port;
    struct pollfd wait = {.fd = line_fd(p->line), .events = writing ? POLLOUT : POLLIN};
    int64_t left = deadline - p->clock->mono_ms(p->clock);
    int n = poll(&wait, 1, left > 0 ? (int)left : 0);
    if (n < 0 && errno != EINTR)
        return ERR_IO;
    return n > 0 && !(wait.revents & (POLLIN | POLLOUT)) ? ERR_CLOSED : ERR_OK;
}

static void unsolicited(void *context, const struct at_unsolicited *u, const char *line, const char *pdu) {
    (void)context;
    (void)u;
    (void)line;
    (void)pdu;
}

static bool parse_imei(const char *line, char *to, size_t size) {
    return at_parse_digits(line, IMEI_LEAST, to, size);
}

static bool parse_imsi(const char *line, char *to, size_t size) {
    return at_parse_digits(line, IMSI_LEAST, to, size);
}

static bool parse_model(const char *line, char *to, size_t size) {
    size_t len = strnlen(line, size);
    if (len == 0 || len == size)
        return false;
    memcpy(to, line, len + 1);
    return true;
}

/* Several rows for one member: makers have their own commands for what no standard names; the first that is answered counts. */
static const struct question {
    const char *command, *prefix;
    size_t place;
    bool (*parse)(const char *line, char *to, size_t size);
} questions[] = {
    {"AT+CGSN", "+CGSN:", offsetof(struct protocol_message, imei), parse_imei},
    {"AT+CIMI", "+CIMI:", offsetof(struct protocol_message, imsi), parse_imsi},
    {"AT+CCID", "+CCID:", offsetof(struct protocol_message, iccid), at_parse_iccid},
    {"AT+QCCID", "+QCCID:", offsetof(struct protocol_message, iccid), at_parse_iccid},
    {"AT^ICCID?", "^ICCID:", offsetof(struct protocol_message, iccid), at_parse_iccid},
    {"AT+CGMM", "+CGMM:", offsetof(struct protocol_message, model), parse_model},
};

static bool ask(struct at *at, const struct question *q, int64_t timeout, struct at_reply *reply, struct protocol_message *message) {
    char **to = (char **)((char *)message + q->place), value[VALUE_SIZE];
    if (*to)
        return true;
    at_run(at, &(struct at_command){.text = q->command, .prefix = q->prefix, .bare = true, .timeout = timeout}, reply);
    for (size_t i = 0; reply->result == AT_RESULT_OK && !*to && i < reply->count; i++)
        if (q->parse(at_reply_line(reply, i), value, sizeof value))
            *to = mem_string(value);
    return reply->result != AT_RESULT_TIMEOUT && reply->result != AT_RESULT_CLOSED;
}

void probe_line(struct line *line, struct clock *clock, struct protocol_message *message) {
    struct probing p = {.port = {.clock = clock, .read = port_read, .write = port_write, .wait = port_wait}, .line = line, .clock = clock};
    struct at *at = at_new(&p.port, unsolicited, NULL);
    struct at_reply reply;
    int64_t deadline = clock->mono_ms(clock) + PROBE_DEADLINE;
    at_reply_init(&reply);
    at_run(at, &(struct at_command){.text = "AT", .timeout = PROBE_HELLO_TIMEOUT}, &reply);
    message->answers = reply.result == AT_RESULT_OK;
    bool speaks = message->answers;
    for (size_t i = 0; speaks && i < sizeof questions / sizeof questions[0]; i++) {
        int64_t left = deadline - clock->mono_ms(clock);
        speaks = left > 0 && ask(at, &questions[i], left < ANSWER_TIMEOUT ? left : ANSWER_TIMEOUT, &reply, message);
    }
    if (!message->answers)
        message->reason = mem_string("no answer to AT");
    at_reply_release(&reply);
    at_free(at);
}

void probe_port(const char *node, int64_t baud, bool fence, struct clock *clock, struct protocol_message *message) {
    struct line_address address = {.kind = LINE_SERIAL, .baud = baud > 0 ? (int)baud : LINE_BAUD_DEFAULT};
    struct line *line = NULL;
    struct str problem;
    str_init(&problem, 512);
    protocol_init(message, PROTOCOL_PROBED);
    message->node = mem_string(node);
    enum err e = str_copy(address.path, sizeof address.path, node);
    if (e == ERR_OK)
        e = line_connect(&address, &line, &problem);
    if (e == ERR_OK && fence && sandbox_supported())
        e = sandbox_enter(NULL, &problem);
    if (e == ERR_OK)
        probe_line(line, clock, message);
    else
        message->reason = mem_string(problem.len ? problem.data : err_text(e));
    line_disconnect(line);
    str_release(&problem);
}
