/* A command of libGammu becomes a run of the AT engine, its answer octets for libGammu (filter.h). While the engine waits, libGammu is kept waiting
 * too, with a pulse: its own time-outs are shorter than a modem's (5 s for AT+CMGD).
 *
 * Promises:
 * 1. A slot is read and deleted by the driver's number, not by libGammu's: for models that count from 0 it asks for slot -1 (fixed in 1.43).
 * 2. AT+CMGD passes only right after AT+CMGR of the same slot showed the PDU that is to be deleted.
 * 3. Only the PDU that was asked for is submitted (filter_same_submission); the modem isn't even asked for its prompt before. */
#include "modem/gammu_line.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/at_modem.h"
#include "modem/at_submit.h"
#include "modem/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum { TRIES = 3, OPEN_TRIES = 2, INVALID_INDEX = 321, STAT_READ = 1 };
#define PULSE (2 * CLOCK_SECOND) /* of libGammu's time, which is real */
#define LIST_TIMEOUT (180 * CLOCK_SECOND)
#define TURN (5 * CLOCK_SECOND)
#define POLL_PERIOD (10 * CLOCK_SECOND) /* of modems that don't announce */
#define READER_PATIENCE 5000 /* ms that libGammu may leave the pseudo-terminal full */

struct gammu_line {
    struct driver_host *host;
    struct at_port port; /* the worker's, with a pulse */
    bool serving; /* libGammu waits */
    int64_t pulse_at;
    struct at *at;
    struct at_reply reply;
    const struct quirks *quirks;
    int master, slave; /* the slave is kept open, so that libGammu's closing isn't a hang-up */
    char path[64];
    struct filter filter;
    struct str out;
    enum err state; /* ERR_TIMEOUT, ERR_CLOSED: nothing goes to the modem during this call any more */

    enum at_memory selected, believed; /* on the modem; by libGammu */
    enum at_memory arrivals;
    unsigned readable, listed; /* sets of memories; listed by this sweep */
    struct driver_place pending[AT_PENDING_MAX];
    size_t pending_count;
    bool announces, announced_here, settings_lost, sweeping;
    int64_t opened_at;
    char indications[64];
    int direct_last;

    bool aimed;
    struct driver_place place;
    const char *expected;
    enum gammu_found found;
    char pdu[AT_LINE_MAX + 1];

    const struct driver_submit *submit;
    bool judged;
    struct driver_verdict verdict;
};

static int64_t now_of(const struct gammu_line *l) {
    return l->port.clock->mono_ms(l->port.clock);
}

/* ---- the pseudo-terminal ---- */

static void flush(struct gammu_line *l) {
    while (l->out.len > 0) {
        ssize_t n = write(l->master, l->out.data, l->out.len);
        struct pollfd room = {.fd = l->master, .events = POLLOUT};
        if (n > 0)
            str_remove_front(&l->out, (size_t)n);
        else if (n < 0 && errno != EINTR && (errno != EAGAIN || poll(&room, 1, READER_PATIENCE) == 0))
            str_clear(&l->out); /* it doesn't listen: it will time out */
    }
}

static bool open_terminal(struct gammu_line *l) {
    struct termios t;
    l->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (l->master < 0 || grantpt(l->master) != 0 || unlockpt(l->master) != 0 || ptsname_r(l->master, l->path, sizeof l->path) != 0)
        return false;
    l->slave = open(l->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (l->slave < 0 || tcgetattr(l->slave, &t) != 0)
        return false;
    cfmakeraw(&t);
    int flags = fcntl(l->master, F_GETFL);
    return tcsetattr(l->slave, TCSANOW, &t) == 0 && flags >= 0 && fcntl(l->master, F_SETFL, flags | O_NONBLOCK) == 0;
}

void gammu_line_unlock(struct gammu_line *l) {
    (void)ioctl(l->slave, TIOCNXCL);
    (void)tcflush(l->slave, TCIOFLUSH);
    filter_init(&l->filter);
    str_clear(&l->out);
}

/* ---- the port of the engine ---- */

static struct gammu_line *line_of(struct at_port *port) {
    return (struct gammu_line *)((char *)port - offsetof(struct gammu_line, port));
}

static enum err port_read(struct at_port *port, void *data, size_t max, size_t *ret_len) {
    struct at_port *line = line_of(port)->host->port;
    return line->read(line, data, max, ret_len);
}

static enum err port_write(struct at_port *port, const void *data, size_t len, size_t *ret_len) {
    struct at_port *line = line_of(port)->host->port;
    return line->write(line, data, len, ret_len);
}

static enum err port_wait(struct at_port *port, bool writing, int64_t deadline) {
    struct gammu_line *l = line_of(port);
    int64_t now = now_of(l);
    if (l->serving && now >= l->pulse_at) {
        str_add(&l->out, FILTER_PULSE);
        flush(l);
        l->pulse_at = now + PULSE * l->port.clock->pace;
    }
    return l->host->port->wait(l->host->port, writing, l->serving && l->pulse_at < deadline ? l->pulse_at : deadline);
}

/* ---- asking the modem ---- */

static enum err run(struct gammu_line *l, const struct at_command *command) {
    at_run(l->at, command, &l->reply);
    if (l->reply.result == AT_RESULT_CLOSED)
        return ERR_CLOSED;
    return l->reply.result == AT_RESULT_TIMEOUT ? at_synchronize(l->at, TRIES) : ERR_OK;
}

/* As the filter would, whatever the result; ret_line "": there is none. */
static enum err ask(struct gammu_line *l, const char *text, const char **ret_line) {
    struct filter_question q;
    filter_question(filter_find(text), text, &q);
    q.command.bare = false;
    enum err e = run(l, &q.command);
    if (ret_line)
        *ret_line = e == ERR_OK && l->reply.result == AT_RESULT_OK ? at_reply_line(&l->reply, 0) : "";
    return e;
}

static bool accepted(const struct gammu_line *l) {
    return l->reply.result == AT_RESULT_OK;
}

static enum err select_memory(struct gammu_line *l, enum at_memory memory) {
    char text[32];
    if (memory == AT_MEMORY_NONE || memory == l->selected)
        return ERR_OK;
    snprintf(text, sizeof text, "AT+CPMS=\"%s\"", at_memory_name(memory));
    enum err e = ask(l, text, NULL);
    if (e == ERR_OK && !accepted(l) && l->arrivals != AT_MEMORY_NONE) {
        snprintf(text, sizeof text, "AT+CPMS=\"%s\",\"%s\",\"%s\"", at_memory_name(memory), at_memory_name(memory), at_memory_name(l->arrivals));
        e = ask(l, text, NULL);
    }
    if (e == ERR_OK && accepted(l))
        l->selected = memory;
    return e;
}

/* ---- unsolicited lines ---- */

static void pending_add(struct gammu_line *l, struct driver_place place) {
    for (size_t i = 0; i < l->pending_count; i++)
        if (l->pending[i].memory == place.memory && l->pending[i].index == place.index)
            return;
    if (l->pending_count == AT_PENDING_MAX)
        l->host->want_sweep(l->host, 0);
    else
        l->pending[l->pending_count++] = place;
}

static void on_unsolicited(void *context, const struct at_unsolicited *u, const char *line, const char *pdu) {
    struct gammu_line *l = context;
    switch (u->urc) {
    case AT_URC_STORED:
    case AT_URC_REPORT_STORED:
        l->announced_here = true;
        if (u->memory == AT_MEMORY_NONE || u->index < 0)
            l->host->want_sweep(l->host, 0);
        else
            pending_add(l, (struct driver_place){.memory = (int)u->memory, .index = u->index});
        break;
    case AT_URC_MESSAGE:
    case AT_URC_REPORT:
        l->direct_last++;
        l->host->arrived(l->host, (struct driver_place){.memory = DRIVER_DIRECT, .index = l->direct_last}, pdu);
        break;
    case AT_URC_RESTARTED:
    case AT_URC_SIM_GONE:
        log_event(LOG_LEVEL_INFO, "gammu.restarted", log_text("line", line));
        l->settings_lost = true;
        l->host->want_sweep(l->host, AT_RESTART_PAUSE);
        break;
    case AT_URC_FULL:
        l->host->want_sweep(l->host, POLL_PERIOD / 2);
        break;
    case AT_URC_USSD: /* this driver can't answer these two: the worker says so of USSD */
    case AT_URC_RING:
    case AT_URC_CALLER:
    case AT_URC_BROADCAST:
    case AT_URC_OTHER:
    case AT_URC_NONE:
        log_event(LOG_LEVEL_DEBUG, "gammu.unsolicited", log_text("line", line));
        break;
    }
}

/* ---- commands of libGammu ---- */

static void tell_list(struct gammu_line *l) {
    int index, stat, length;
    bool whole = !l->reply.overflow;
    for (size_t i = 0; i + 1 < l->reply.count; i += 2) {
        const char *pdu = at_reply_line(&l->reply, i + 1);
        if (!at_parse_list_entry(at_reply_line(&l->reply, i), &index, &stat, &length)) {
            l->settings_lost = true; /* no header of the PDU mode */
            whole = false;
        } else if (stat > STAT_READ) {
            continue;
        } else if (at_pdu_sound(pdu, length)) {
            l->host->arrived(l->host, (struct driver_place){.memory = (int)l->selected, .index = index}, pdu);
        } else {
            whole = false;
            pending_add(l, (struct driver_place){.memory = (int)l->selected, .index = index}); /* looked at by itself */
        }
    }
    if (whole) {
        l->listed |= 1U << l->selected;
        l->host->listed(l->host, (int)l->selected);
    } else {
        l->host->want_sweep(l->host, TURN);
    }
}

/* What stands in the slot that was read; the second of two equal readings counts, however damaged. */
static enum gammu_found look(struct gammu_line *l) {
    int stat, length;
    const char *header = at_reply_line(&l->reply, 0), *content = at_reply_line(&l->reply, 1);
    if (!accepted(l))
        return l->reply.result == AT_RESULT_CMS && l->reply.code == INVALID_INDEX ? GAMMU_EMPTY : GAMMU_UNREAD;
    if (l->reply.count == 0)
        return GAMMU_EMPTY;
    if (!at_parse_read_entry(header, &stat, &length)) {
        l->settings_lost = true;
        return GAMMU_UNREAD;
    }
    if (stat > STAT_READ || (content[0] == '\0' && length <= 0))
        return GAMMU_EMPTY;
    if (content[0] == '\0')
        content = header; /* better a riddle than a slot that's blocked for ever */
    bool again = strcmp(l->pdu, content) == 0;
    memcpy(l->pdu, content, strlen(content) + 1);
    if (!at_pdu_sound(content, length) && !again)
        return GAMMU_DAMAGED;
    return l->expected && strcasecmp(l->expected, content) != 0 ? GAMMU_OTHER : GAMMU_MESSAGE;
}

/* The slot that a command is about: the driver's where it named one, else libGammu's in a sweep slot by slot. */
static struct driver_place slot_of(const struct gammu_line *l, const char *text) {
    struct driver_place place = {.memory = (int)l->believed, .index = 0};
    if (l->aimed)
        return l->place;
    (void)filter_number(text, &place.index);
    return place;
}

static void pass(struct gammu_line *l, const struct filter_command *row, const char *text, const char *shown) {
    struct filter_question q;
    filter_question(row, text, &q);
    l->state = run(l, &q.command);
    filter_answer(row, shown, &l->reply, &l->out);
}

static void pass_slot(struct gammu_line *l, const struct filter_command *row, const char *text) {
    char own[32];
    struct driver_place place = slot_of(l, text);
    bool reading = row->way == FILTER_READ;
    if (!reading && (!l->aimed || l->found != GAMMU_MESSAGE)) {
        filter_refusal(text, &l->out);
        return;
    }
    l->state = select_memory(l, (enum at_memory)place.memory);
    if (l->state != ERR_OK || (place.memory != AT_MEMORY_NONE && l->selected != (enum at_memory)place.memory)) {
        filter_refusal(text, &l->out);
        return;
    }
    snprintf(own, sizeof own, "AT+CMG%c=%d", reading ? 'R' : 'D', place.index);
    pass(l, row, own, text);
    if (!reading) {
        bool gone = l->reply.result == AT_RESULT_CMS && l->reply.code == INVALID_INDEX;
        l->found = accepted(l) ? GAMMU_DELETED : gone ? GAMMU_EMPTY : GAMMU_MESSAGE;
        return;
    }
    l->found = look(l);
    if (!l->aimed && l->found == GAMMU_MESSAGE)
        l->host->arrived(l->host, place, l->pdu);
}

static void pass_list(struct gammu_line *l, const struct filter_command *row, const char *text) {
    l->state = select_memory(l, l->believed);
    if (l->state != ERR_OK) {
        filter_refusal(text, &l->out);
        return;
    }
    pass(l, row, text, text);
    if (accepted(l) && l->sweeping)
        tell_list(l);
}

/* For a slot of ours, pass_slot() chooses. Some modems take one value only, whatever libGammu would like. */
static void pass_selection(struct gammu_line *l, const struct filter_command *row, const char *text) {
    char own[AT_LINE_MAX + 1];
    size_t before = l->out.len;
    if (l->aimed) {
        l->believed = filter_memory(text);
        filter_selected(text, &l->out);
        return;
    }
    pass(l, row, text, text);
    if (!accepted(l) && l->state == ERR_OK && strchr(text, ',')) {
        snprintf(own, sizeof own, "%.*s", (int)strcspn(text, ","), text);
        str_truncate(&l->out, before);
        pass(l, row, own, text);
    }
    if (accepted(l))
        l->selected = l->believed = filter_memory(text);
}

static void command(struct gammu_line *l, const char *text) {
    const struct filter_command *row = filter_find(text);
    log_event(LOG_LEVEL_DEBUG, "gammu.asks", log_text("command", text));
    if (l->state != ERR_OK && row->way != FILTER_ANSWER) {
        filter_refusal(text, &l->out);
        return;
    }
    switch (row->way) {
    case FILTER_ANSWER:
    case FILTER_REFUSE:
        filter_own_answer(row, text, &l->out);
        break;
    case FILTER_PASS:
        pass(l, row, text, text);
        break;
    case FILTER_INDICATE:
        pass(l, row, text, text);
        l->announces = accepted(l);
        break;
    case FILTER_MEMORIES:
        filter_memories(l->readable, text, &l->out);
        break;
    case FILTER_SELECT:
        pass_selection(l, row, text);
        break;
    case FILTER_LIST:
        pass_list(l, row, text);
        break;
    case FILTER_READ:
    case FILTER_DELETE:
        pass_slot(l, row, text);
        break;
    case FILTER_SUBMIT:
        if (l->submit && !l->judged)
            filter_prompt(&l->filter, text, &l->out);
        else
            filter_refusal(text, &l->out);
        break;
    }
}

static void submission(struct gammu_line *l, const char *pdu) {
    struct driver_verdict v = {.outcome = DRIVER_FAILED, .code = -1, .class = SMS_FAILURE_PERMANENT};
    if (!l->submit || l->judged)
        return;
    if (!filter_same_submission(pdu, l->submit->pdu)) {
        log_event(LOG_LEVEL_ERROR, "gammu.other_pdu", log_int("octets", (int64_t)strlen(pdu) / 2));
        snprintf(v.reason, sizeof v.reason, "libGammu encoded something else than was asked for; it was not sent");
    } else if (l->state == ERR_OK) {
        l->state = at_submit_pdu(l->at, &l->reply, l->submit, &v);
    } else {
        v.class = SMS_FAILURE_TEMPORARY;
        snprintf(v.reason, sizeof v.reason, "before the PDU: the modem doesn't answer");
    }
    l->verdict = v;
    l->judged = true;
    filter_verdict(&v, &l->out);
}

static void hear(struct gammu_line *l, const char *data, size_t len) {
    size_t used;
    for (; len > 0; data += used, len -= used) {
        switch (filter_take(&l->filter, data, len, &used)) {
        case FILTER_COMMAND:
            command(l, l->filter.text);
            break;
        case FILTER_PDU:
            submission(l, l->filter.text);
            break;
        case FILTER_ESCAPE:
        case FILTER_NOTHING:
            break;
        }
        flush(l);
    }
}

/* ---- while libGammu works ---- */

static bool readable(int fd, int timeout) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, timeout) > 0;
}

static void await(struct gammu_line *l, int done) {
    struct at_port *line = l->host->port;
    if (l->state != ERR_CLOSED && line->wait(line, false, now_of(l) + TURN) != ERR_OK)
        l->state = ERR_CLOSED;
    if (l->state == ERR_CLOSED) { /* nobody else is listened to any more */
        struct pollfd fds[2] = {{.fd = l->master, .events = POLLIN}, {.fd = done, .events = POLLIN}};
        (void)poll(fds, 2, READER_PATIENCE);
    }
}

enum err gammu_line_serve(struct gammu_line *l, int done) {
    char data[1024];
    l->state = ERR_OK;
    l->serving = true;
    l->pulse_at = now_of(l) + PULSE * l->port.clock->pace;
    l->host->port->also[0] = l->master;
    l->host->port->also[1] = done;
    while (!readable(done, 0)) {
        ssize_t n = read(l->master, data, sizeof data);
        if (n > 0)
            hear(l, data, (size_t)n);
        else if (l->state == ERR_OK && at_poll(l->at) != ERR_OK)
            l->state = ERR_CLOSED;
        else
            await(l, done);
    }
    l->host->port->also[0] = l->host->port->also[1] = 0;
    l->serving = false;
    return l->state;
}

/* ---- setting up ---- */

enum err gammu_line_begin(struct gammu_line *l) {
    static const char *const commands[] = {"ATV1", "ATE0", "AT+CREG=0", "AT+CMEE=1"};
    l->settings_lost = l->announced_here = l->aimed = l->sweeping = false;
    l->pending_count = 0; /* a sweep follows */
    l->selected = l->believed = l->arrivals = AT_MEMORY_NONE;
    l->opened_at = now_of(l);
    enum err e = at_synchronize(l->at, OPEN_TRIES);
    for (size_t i = 0; e == ERR_OK && i < sizeof commands / sizeof *commands; i++)
        e = ask(l, commands[i], NULL);
    return e;
}

/* Some modems take three values, some two or one. */
static enum err choose(struct gammu_line *l, enum at_memory memory, int values) {
    struct str text;
    str_init(&text, 64);
    str_addf(&text, "AT+CPMS=\"%s\"", at_memory_name(memory));
    for (int i = 1; i < values; i++)
        str_addf(&text, ",\"%s\"", at_memory_name(memory));
    enum err e = ask(l, text.data, NULL);
    if (e == ERR_OK && accepted(l))
        l->arrivals = l->selected = memory;
    str_release(&text);
    return e;
}

/* libGammu never chooses where arrivals go. */
static enum err choose_memories(struct gammu_line *l) {
    struct at_memories offered = {0};
    const char *line;
    enum err e = ask(l, "AT+CPMS=?", &line);
    at_parse_memories(line, &offered);
    l->readable = offered.read;
    for (size_t i = 0; i < sizeof l->quirks->memories / sizeof *l->quirks->memories; i++) {
        enum at_memory memory = l->quirks->memories[i];
        if (offered.arrive && !(offered.arrive & 1U << memory))
            continue;
        for (int values = 3; e == ERR_OK && values >= 1 && l->arrivals == AT_MEMORY_NONE; values--)
            e = choose(l, memory, values);
    }
    l->readable |= 1U << l->arrivals;
    return e;
}

enum err gammu_line_family(struct gammu_line *l, const struct quirks *family) {
    l->quirks = family;
    enum err e = ERR_OK;
    for (const char *const *init = family->init; e == ERR_OK && init && *init; init++)
        e = ask(l, *init, NULL);
    if (e == ERR_OK && (e = ask(l, "AT+CMGF=0", NULL)) == ERR_OK && !accepted(l))
        e = ERR_UNSUPPORTED;
    return e == ERR_OK ? choose_memories(l) : e;
}

static enum err try_indications(struct gammu_line *l, const char *const *settings) {
    char text[32];
    enum err e = ERR_OK;
    for (; e == ERR_OK && !l->announces && settings && *settings; settings++) {
        snprintf(text, sizeof text, "AT+CNMI=%s", *settings);
        e = ask(l, text, NULL);
        l->announces = e == ERR_OK && accepted(l);
    }
    return e;
}

enum err gammu_line_indicate(struct gammu_line *l) {
    const char *line = "";
    enum err e = try_indications(l, l->quirks->indications);
    if (e == ERR_OK)
        e = try_indications(l, quirks_indications());
    l->indications[0] = '\0';
    if (e == ERR_OK && l->announces)
        e = ask(l, "AT+CNMI?", &line);
    else if (e == ERR_OK)
        log_plain(LOG_LEVEL_WARNING, "gammu.no_indications");
    if (strlen(line) < sizeof l->indications)
        memcpy(l->indications, line, strlen(line) + 1);
    return e;
}

enum err gammu_line_iccid(struct gammu_line *l, char *digits, size_t size) {
    static const char *const commands[] = {"AT+CCID", "AT+ICCID", "AT+QCCID", "AT^ICCID?"};
    struct filter_question q;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && digits[0] == '\0' && i < sizeof commands / sizeof *commands; i++) {
        filter_question(filter_find(commands[i]), commands[i], &q);
        q.command.bare = true;
        e = run(l, &q.command);
        for (size_t n = 0; e == ERR_OK && accepted(l) && digits[0] == '\0' && n < l->reply.count; n++)
            (void)at_parse_iccid(at_reply_line(&l->reply, n), digits, size);
    }
    return e;
}

/* ---- arrivals ---- */

enum err gammu_line_poll(struct gammu_line *l) {
    enum err e = at_poll(l->at);
    return e == ERR_OK && l->settings_lost && now_of(l) - l->opened_at >= AT_RESTART_PAUSE ? ERR_BUSY : e;
}

bool gammu_line_waits(const struct gammu_line *l) {
    return l->pending_count > 0;
}

struct driver_place gammu_line_next(struct gammu_line *l) {
    struct driver_place place = l->pending[0];
    memmove(l->pending, l->pending + 1, --l->pending_count * sizeof *l->pending);
    return place;
}

void gammu_line_aim(struct gammu_line *l, struct driver_place place, const char *expected) {
    l->aimed = true;
    l->place = place;
    l->expected = expected;
    l->found = GAMMU_UNREAD;
    l->pdu[0] = '\0';
}

enum gammu_found gammu_line_found(const struct gammu_line *l) {
    return l->found;
}

void gammu_line_tell(struct gammu_line *l) {
    l->host->arrived(l->host, l->place, l->pdu);
}

void gammu_line_sweep_begins(struct gammu_line *l) {
    l->aimed = false;
    l->sweeping = true;
    l->listed = 0;
    l->pdu[0] = '\0';
    l->expected = NULL;
}

enum err gammu_line_sweep_ends(struct gammu_line *l) {
    struct filter_question q;
    enum err e = ERR_OK;
    for (enum at_memory memory = AT_MEMORY_SM; e == ERR_OK && memory < AT_MEMORY_COUNT; memory++) {
        bool twice = memory == AT_MEMORY_MT && l->readable & (1U << AT_MEMORY_SM | 1U << AT_MEMORY_ME);
        if (!(l->readable & 1U << memory) || l->listed & 1U << memory || twice)
            continue;
        e = select_memory(l, memory);
        if (e != ERR_OK || l->selected != memory)
            continue;
        filter_question(filter_find("AT+CMGL"), "AT+CMGL=4", &q);
        e = run(l, &q.command);
        if (e == ERR_OK && accepted(l))
            tell_list(l);
    }
    l->sweeping = false;
    if (e == ERR_OK && (!l->announces || (l->quirks->urc_ports && !l->announced_here)))
        l->host->want_sweep(l->host, POLL_PERIOD);
    return e;
}

/* ---- submission ---- */

void gammu_line_submits(struct gammu_line *l, const struct driver_submit *submit) {
    l->submit = submit;
    l->judged = false;
}

bool gammu_line_verdict(struct gammu_line *l, struct driver_verdict *ret_verdict) {
    l->submit = NULL;
    if (l->judged)
        *ret_verdict = l->verdict;
    return l->judged;
}

/* ---- health ---- */

static enum err registered_for_lte(struct gammu_line *l, int *registration) {
    const char *line;
    int stat;
    enum err e = ask(l, "AT+CEREG?", &line);
    if (e == ERR_OK && at_parse_registration(line, "+CEREG:", &stat) && (stat == 1 || stat == 5))
        *registration = stat;
    return e;
}

enum err gammu_line_health(struct gammu_line *l, struct driver_health *health) {
    struct at_usage usage;
    const char *line;
    enum err e = select_memory(l, l->arrivals);
    if (e == ERR_OK && health->registration != 1 && health->registration != 5)
        e = registered_for_lte(l, &health->registration);
    if (e == ERR_OK && (e = ask(l, "AT+CPMS?", &line)) == ERR_OK && at_parse_usage(line, &usage)) {
        health->slots_used = usage.used;
        health->slots_total = usage.total;
    }
    if (e == ERR_OK && !l->announces)
        return gammu_line_indicate(l);
    if (e == ERR_OK && (e = ask(l, "AT+CNMI?", &line)) == ERR_OK && line[0] && l->indications[0] && strcmp(line, l->indications) != 0)
        return ERR_BUSY;
    return e;
}

/* ---- ---- */

struct gammu_line *gammu_line_new(struct driver_host *host) {
    struct gammu_line *l = mem_alloc(sizeof *l);
    l->host = host;
    l->port = (struct at_port){.clock = host->port->clock, .read = port_read, .write = port_write, .wait = port_wait};
    l->at = at_new(&l->port, on_unsolicited, l);
    at_reply_init(&l->reply);
    l->quirks = quirks_find("", "");
    l->master = l->slave = -1;
    str_init(&l->out, 2 * AT_REPLY_OCTETS);
    filter_init(&l->filter);
    if (!open_terminal(l))
        l->path[0] = '\0';
    return l;
}

void gammu_line_free(struct gammu_line *l) {
    if (!l)
        return;
    at_free(l->at);
    at_reply_release(&l->reply);
    str_release(&l->out);
    if (l->master >= 0)
        close(l->master);
    if (l->slave >= 0)
        close(l->slave);
    free(l);
}

const char *gammu_line_path(const struct gammu_line *l) {
    return l->path[0] ? l->path : NULL;
}
