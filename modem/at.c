/* The AT engine. Bytes become lines, and a line goes to the first that claims it, in this order: the echo of the command (dropped), a PDU to the
 * newest header that waits for one, the command's result, the command's answer, the unsolicited lines, a command that takes bare lines. What nobody
 * claims is dropped and logged for those who look.
 *
 * When the line is lost, the running command ends with AT_RESULT_CLOSED and so does every later one. Nothing here retries. */
#include "modem/at.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/cms_error.h"
#include "modem/ussd.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PAIR_LIFE (5 * CLOCK_SECOND) /* an unsolicited header waits so long for its PDU; later hexadecimal is something else */
#define TEXT_LIFE (2 * CLOCK_SECOND) /* the next line of an unsolicited text comes within it */
#define TEXT_SETTLES INT64_C(300) /* ms: … and here where the text may have ended */
#define STEP_TIMEOUT (2 * CLOCK_SECOND)
#define SILENCE INT64_C(100) /* ms without a result: nothing more comes from before */
#define SILENCE_LIMIT CLOCK_SECOND /* of waiting for it */
#define STEP_TRIES 3
#define ESCAPE "\x1b"
#define CTRL_Z '\x1a'

struct at {
    struct at_port *port;
    at_on_unsolicited *on_unsolicited;
    void *context;

    char line[AT_LINE_MAX + 1]; /* the one that is coming in */
    size_t len;

    const struct at_command *command; /* the one that runs; NULL: none */
    struct at_reply *reply;
    bool prompting, finished, refusals_ignored;

    bool pdu_due; /* the reply's last header waits for its PDU */
    char candidate[AT_LINE_MAX + 1]; /* a line that may be a damaged PDU, if no sound one comes; "" none */
    bool pair_due, pair_newest; /* an unsolicited header does; it came after the reply's */
    int64_t pair_until;
    struct at_unsolicited pair;
    char pair_line[AT_LINE_MAX + 1];

    char text[AT_LINE_MAX + 1]; /* of a +CUSD whose end didn't come yet, its lines divided by \n; "" none */
    int64_t text_until;

    bool out_of_step; /* a command got no answer: it may still come */
    unsigned strays; /* results that came while no command ran */
};

/* ---- replies ---- */

void at_reply_init(struct at_reply *r) {
    r->result = AT_RESULT_TIMEOUT;
    r->code = -1;
    r->written = r->overflow = false;
    r->count = 0;
    str_init(&r->text, AT_REPLY_OCTETS);
}

void at_reply_release(struct at_reply *r) {
    str_release(&r->text);
}

void at_reply_clear(struct at_reply *r, enum at_result result) {
    str_clear(&r->text);
    r->result = result;
    r->code = -1;
    r->written = r->overflow = false;
    r->count = 0;
}

static void reply_add(struct at_reply *r, const char *line) {
    size_t at = r->text.len;
    if (r->count < AT_REPLY_LINES)
        str_add_n(&r->text, line, strlen(line) + 1);
    if (r->count == AT_REPLY_LINES || !str_ok(&r->text)) {
        r->overflow = true;
        return;
    }
    r->offset[r->count++] = at;
}

const char *at_reply_line(const struct at_reply *r, size_t i) {
    return i < r->count ? r->text.data + r->offset[i] : "";
}

static void describe_code(const char *name, int code, const struct cms_error *row, struct str *to) {
    if (code < 0)
        str_addf(to, "%s without a known code", name);
    else
        str_addf(to, "%s: %d (%s)", name, code, row->text);
}

void at_reply_describe(const struct at_reply *r, struct str *to) {
    switch (r->result) {
    case AT_RESULT_OK:
        str_add(to, "OK");
        break;
    case AT_RESULT_ERROR:
        str_add(to, "ERROR");
        break;
    case AT_RESULT_CMS:
        describe_code("+CMS ERROR", r->code, cms_error_find(r->code), to);
        break;
    case AT_RESULT_CME:
        describe_code("+CME ERROR", r->code, cme_error_find(r->code), to);
        break;
    case AT_RESULT_PROMPT:
        str_add(to, "a prompt");
        break;
    case AT_RESULT_TIMEOUT:
        str_add(to, "no answer in time");
        break;
    case AT_RESULT_CLOSED:
        str_add(to, "the line was lost");
        break;
    }
}

/* ---- lines ---- */

static void finish(struct at *at, enum at_result result, int code) {
    at->finished = true;
    at->reply->result = result;
    at->reply->code = code;
}

/* A header gets its PDU, the damaged one where no sound one came. An overflow must not leave half a pair. */
static void close_pair(struct at *at, const char *pdu) {
    struct at_reply *r = at->reply;
    at->pdu_due = false;
    reply_add(r, pdu);
    if (r->count % 2)
        r->count--;
    at->candidate[0] = '\0';
}

static void add_line(struct at *at, const char *line) {
    if (at->pdu_due)
        close_pair(at, at->candidate);
    reply_add(at->reply, line);
    if (at->command->pdu_follows && !at->reply->overflow) {
        at->pdu_due = true;
        at->pair_newest = false;
    }
}

static void pair_closes(struct at *at, const char *pdu) {
    at->pair_due = false;
    at->on_unsolicited(at->context, &at->pair, at->pair_line, pdu);
}

static void unsolicited(struct at *at, const struct at_unsolicited *u, const char *line) {
    if (u->urc != AT_URC_MESSAGE && u->urc != AT_URC_REPORT && u->urc != AT_URC_BROADCAST) {
        at->on_unsolicited(at->context, u, line, NULL);
        return;
    }
    if (at->pair_due)
        log_event(LOG_LEVEL_WARNING, "at.pdu_missing", log_text("header", at->pair_line));
    at->pair_due = at->pair_newest = true;
    at->pair_until = at->port->clock->mono_ms(at->port->clock) + PAIR_LIFE;
    at->pair = *u;
    memcpy(at->pair_line, line, strlen(line) + 1);
}

static bool take_pdu(struct at *at, const char *line) {
    if (at->pair_due && at->port->clock->mono_ms(at->port->clock) > at->pair_until) {
        log_event(LOG_LEVEL_WARNING, "at.pdu_missing", log_text("header", at->pair_line));
        at->pair_due = false;
    }
    if (!at_is_hex(line) || (!at->pair_due && !at->pdu_due))
        return false;
    if (at->pair_due && (at->pair_newest || !at->pdu_due))
        pair_closes(at, line);
    else
        close_pair(at, line);
    return true;
}

static bool takes_result(struct at *at, const char *line) {
    enum at_result result;
    int code;
    if (at->refusals_ignored && strcmp(line, "0") == 0)
        line = "OK"; /* a modem that was left in ATV0 */
    if (!at_parse_final(line, &result, &code))
        return false;
    if (at->refusals_ignored && result != AT_RESULT_OK)
        return true;
    if (at->pdu_due)
        close_pair(at, at->candidate);
    finish(at, result, code);
    return true;
}

static bool answers_command(struct at *at, const char *line) {
    const char *prefix = at->command->prefix;
    if (!prefix || strncasecmp(line, prefix, strlen(prefix)) != 0)
        return false;
    add_line(at, line);
    return true;
}

static bool runs(const struct at *at) {
    return at->command && !at->finished;
}

/* ---- a text of several lines ---- */

/* A +CUSD ends where its closing quote does (ussd_extent); until then lines belong to it, whatever they look like, except what is surely something
 * else. One that isn't ended in time gives back the lines that mean something by themselves: an OK is late then, never lost. */
static void handle_line(struct at *at, const char *line);

static void text_ends(struct at *at) {
    char text[AT_LINE_MAX + 1];
    const struct at_unsolicited u = {.urc = AT_URC_USSD, .memory = AT_MEMORY_NONE, .index = -1, .length = -1};
    memcpy(text, at->text, strlen(at->text) + 1);
    at->text[0] = '\0';
    at->on_unsolicited(at->context, &u, text, NULL);
}

static void text_grows(struct at *at, const char *line) {
    size_t len = strlen(at->text), more = strnlen(line, AT_LINE_MAX - len - (len > 0 && len < AT_LINE_MAX));
    if (len > 0 && len < AT_LINE_MAX)
        at->text[len++] = '\n';
    memcpy(at->text + len, line, more);
    at->text[len + more] = '\0';
    enum ussd_extent extent = ussd_extent(at->text);
    at->text_until = at->port->clock->mono_ms(at->port->clock) + (extent == USSD_OPEN ? TEXT_LIFE : TEXT_SETTLES);
    if (extent == USSD_WHOLE)
        text_ends(at);
}

static bool means_something(const char *line) {
    enum at_result result;
    int code;
    return at_parse_final(line, &result, &code) || at_parse_unsolicited(line).urc != AT_URC_NONE;
}

static bool is_not_text(const struct at *at, const char *line) {
    bool running = runs(at);
    const char *prefix = running ? at->command->prefix : NULL;
    enum at_urc urc = at_parse_unsolicited(line).urc;
    bool message = urc == AT_URC_STORED || urc == AT_URC_REPORT_STORED || urc == AT_URC_MESSAGE || urc == AT_URC_REPORT || urc == AT_URC_USSD;
    return message || (prefix && strncasecmp(line, prefix, strlen(prefix)) == 0) || (running && at->prompting && line[0] == '>') ||
           ((at->pair_due || (running && at->pdu_due)) && at_is_hex(line)) || (ussd_extent(at->text) == USSD_PERHAPS && means_something(line));
}

/* The time for its next line is over. */
static void text_expires(struct at *at) {
    char lines[AT_LINE_MAX + 1], *rest = lines, *line;
    if (at->text[0] == '\0' || at->port->clock->mono_ms(at->port->clock) < at->text_until)
        return;
    bool whole = ussd_extent(at->text) == USSD_PERHAPS;
    memcpy(lines, at->text, strlen(at->text) + 1);
    if (!whole) {
        at->text[strcspn(at->text, "\n")] = '\0';
        strsep(&rest, "\n");
        for (char *copy = rest; copy && *copy; copy += strcspn(copy, "\n"), copy += *copy == '\n') {
            size_t len = strcspn(copy, "\n"), before = strlen(at->text);
            char one[AT_LINE_MAX + 1];
            memcpy(one, copy, len);
            one[len] = '\0';
            if (!means_something(one)) {
                at->text[before] = '\n';
                memcpy(at->text + before + 1, one, len + 1);
            }
        }
    }
    text_ends(at);
    while (!whole && (line = strsep(&rest, "\n")) != NULL)
        if (means_something(line))
            handle_line(at, line);
}

/* Whether the line was one of a text. */
static bool takes_text(struct at *at, const char *line) {
    text_expires(at);
    if (at->text[0] == '\0' || line[0] == '\0')
        return at->text[0] != '\0';
    if (!is_not_text(at, line)) {
        text_grows(at, line);
        return true;
    }
    text_ends(at);
    return false;
}

int64_t at_due(const struct at *at) {
    return at->text[0] ? at->text_until : INT64_MAX;
}

static bool is_stray(const char *line) {
    enum at_result result;
    int code;
    return at_parse_final(line, &result, &code);
}

static void not_an_answer(struct at *at, const char *line, bool running) {
    struct at_unsolicited u = at_parse_unsolicited(line);
    if (is_stray(line))
        at->strays++;
    else if (u.urc == AT_URC_USSD)
        text_grows(at, line);
    else if (u.urc != AT_URC_NONE)
        unsolicited(at, &u, line);
    else if (running && at->pdu_due && at->candidate[0] == '\0')
        memcpy(at->candidate, line, strlen(line) + 1);
    else if (running && at->command->bare)
        add_line(at, line);
    else
        log_event(LOG_LEVEL_DEBUG, "at.ignored", log_int("octets", (int64_t)strlen(line))); /* it may be somebody's text */
}

static void handle_line(struct at *at, const char *line) {
    if (takes_text(at, line))
        return;
    if (runs(at) && at->prompting && line[0] == '>') {
        finish(at, AT_RESULT_PROMPT, -1);
        line += 1 + strspn(line + 1, " ");
    }
    bool running = runs(at);
    if (line[0] == '\0' || (running && strcmp(line, at->command->text) == 0) || take_pdu(at, line))
        return;
    if (running && (takes_result(at, line) || answers_command(at, line)))
        return;
    not_an_answer(at, line, running);
}

static bool is_noise(char c) {
    return c == ' ' || (c & 0x80);
}

/* Noise around a line is cut off: nothing that a modem says starts or ends with it, but a person's text may. */
static void line_ends(struct at *at) {
    size_t end = at->len, start = 0;
    at->line[end] = '\0';
    while (at->text[0] == '\0' && is_noise(at->line[start]))
        start++;
    bool text = at->text[0] != '\0' || strncasecmp(at->line + start, "+CUSD:", 6) == 0;
    while (!text && end > start && is_noise(at->line[end - 1]))
        end--;
    at->line[end] = '\0';
    at->len = 0;
    handle_line(at, at->line + start);
    explicit_bzero(at->line, end);
}

static void feed(struct at *at, const char *data, size_t len) {
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == '\r' || c == '\n')
            line_ends(at);
        else if (c >= 0x20 && c != 0x7F && at->len < AT_LINE_MAX)
            at->line[at->len++] = (char)c;
    }
    /* A prompt has no end of line. */
    if (at->command && at->prompting && !at->finished) {
        at->line[at->len] = '\0';
        const char *start = at->line;
        while (is_noise(*start))
            start++;
        if (start[0] == '>' && start[1 + strspn(start + 1, " ")] == '\0')
            line_ends(at);
    }
}

static enum err read_some(struct at *at, size_t *ret_len) {
    char data[4096];
    size_t len = 0;
    enum err e = at->port->read(at->port, data, sizeof data, &len);
    if (e != ERR_OK)
        return e;
    feed(at, data, len);
    explicit_bzero(data, len); /* or is echoed */
    *ret_len = len;
    return ERR_OK;
}

enum err at_poll(struct at *at) {
    size_t len;
    for (int i = 0; i < 64; i++) { /* a line that never stops must not hold us here */
        enum err e = read_some(at, &len);
        if (e != ERR_OK || len == 0) {
            text_expires(at);
            return e;
        }
    }
    return ERR_OK;
}

/* ---- commands ---- */

static int64_t now_of(const struct at *at) {
    return at->port->clock->mono_ms(at->port->clock);
}

/* Writes all, reading meanwhile. Stops early where the command was answered before all of it was written. */
static void write_all(struct at *at, const char *data, size_t len, int64_t deadline) {
    size_t done = 0, n, got = 0;
    while (done < len && !at->finished) {
        if (at->port->write(at->port, data + done, len - done, &n) != ERR_OK) {
            finish(at, AT_RESULT_CLOSED, -1);
            return;
        }
        done += n;
        if (done == len || n > 0)
            continue;
        if (now_of(at) >= deadline)
            finish(at, AT_RESULT_TIMEOUT, -1);
        else if (read_some(at, &got) != ERR_OK || (!at->finished && at->port->wait(at->port, true, deadline) != ERR_OK))
            finish(at, AT_RESULT_CLOSED, -1);
    }
    at->reply->written = done == len;
}

static void await(struct at *at, int64_t deadline) {
    bool settling = false;
    while (!at->finished) {
        size_t got = 0;
        if (read_some(at, &got) != ERR_OK) {
            if (!at->finished)
                finish(at, AT_RESULT_CLOSED, -1);
            return;
        }
        if (at->command->settle > 0 && at->reply->count > 0 && !settling) {
            settling = true;
            int64_t settled = now_of(at) + at->command->settle;
            deadline = settled < deadline ? settled : deadline;
        }
        if (at->finished || got > 0) {
            if (!at->finished && now_of(at) >= deadline)
                finish(at, AT_RESULT_TIMEOUT, -1);
            continue;
        }
        if (now_of(at) >= at_due(at))
            text_expires(at);
        else if (now_of(at) >= deadline)
            finish(at, AT_RESULT_TIMEOUT, -1);
        else if (at->port->wait(at->port, false, deadline < at_due(at) ? deadline : at_due(at)) != ERR_OK)
            finish(at, AT_RESULT_CLOSED, -1);
    }
}

static void run(struct at *at, const struct at_command *command, char end, struct at_reply *reply) {
    char out[AT_LINE_MAX + 1];
    size_t len = strlen(command->text);
    int64_t deadline = now_of(at) + command->timeout;
    at_reply_clear(reply, AT_RESULT_TIMEOUT);
    at->command = command;
    at->reply = reply;
    at->finished = at->pdu_due = false;
    at->candidate[0] = '\0';
    if (len >= sizeof out)
        len = sizeof out - 1; /* no command here is so long; a PDU is checked by its maker */
    memcpy(out, command->text, len);
    out[len] = end;
    write_all(at, out, len + 1, deadline);
    explicit_bzero(out, len + 1); /* a PIN is among the commands */
    await(at, deadline);
    if (at->pdu_due)
        close_pair(at, at->candidate);
    at->command = NULL;
    at->prompting = false;
    at->out_of_step |= reply->result == AT_RESULT_TIMEOUT || (!reply->written && reply->result != AT_RESULT_CLOSED);
}

/* What came in unasked before the command must not be taken for its answer. */
static bool in_step(struct at *at, struct at_reply *reply) {
    enum err e = at_poll(at);
    if (e == ERR_OK && at->out_of_step)
        e = at_synchronize(at, STEP_TRIES);
    if (e == ERR_OK)
        return true;
    at_reply_clear(reply, e == ERR_TIMEOUT ? AT_RESULT_TIMEOUT : AT_RESULT_CLOSED);
    return false;
}

void at_run(struct at *at, const struct at_command *command, struct at_reply *ret_reply) {
    if (in_step(at, ret_reply))
        run(at, command, '\r', ret_reply);
}

void at_ask_prompt(struct at *at, const struct at_command *command, struct at_reply *ret_reply) {
    if (!in_step(at, ret_reply))
        return;
    at->prompting = true;
    run(at, command, '\r', ret_reply);
}

void at_answer_prompt(struct at *at, const struct at_command *command, struct at_reply *ret_reply) {
    run(at, command, CTRL_Z, ret_reply);
}

static enum err await_silence(struct at *at) {
    int64_t limit = now_of(at) + SILENCE_LIMIT, quiet = now_of(at) + SILENCE;
    unsigned strays = at->strays;
    while (now_of(at) < quiet && now_of(at) < limit) {
        size_t got = 0;
        enum err e = at->port->wait(at->port, false, quiet < limit ? quiet : limit);
        if (e == ERR_OK)
            e = read_some(at, &got);
        if (e != ERR_OK)
            return e;
        if (at->strays != strays)
            quiet = now_of(at) + SILENCE;
        strays = at->strays;
    }
    return ERR_OK;
}

enum err at_synchronize(struct at *at, int tries) {
    const struct at_command escape = {.text = ESCAPE, .timeout = 0}, attention = {.text = "AT", .timeout = STEP_TIMEOUT};
    struct at_reply reply;
    at_reply_init(&reply);
    enum err e = ERR_TIMEOUT;
    at->refusals_ignored = true;
    for (int i = 0; i < tries && e == ERR_TIMEOUT; i++) {
        run(at, &escape, '\r', &reply); /* ends an open prompt; no answer is waited for */
        if (reply.result != AT_RESULT_CLOSED)
            run(at, &attention, '\r', &reply);
        if (reply.result == AT_RESULT_CLOSED)
            e = ERR_CLOSED;
        else if (reply.result == AT_RESULT_OK)
            e = await_silence(at);
    }
    at->refusals_ignored = false;
    at->out_of_step = e != ERR_OK;
    at_reply_release(&reply);
    return e;
}

struct at *at_new(struct at_port *port, at_on_unsolicited *on_unsolicited, void *context) {
    struct at *at = mem_alloc(sizeof *at);
    at->port = port;
    at->on_unsolicited = on_unsolicited;
    at->context = context;
    return at;
}

void at_free(struct at *at) {
    free(at);
}
