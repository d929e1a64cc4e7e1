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
#include "modem/protocol.h"

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

enum { INVALID_INDEX = 321 };
#define PULSE (2 * CLOCK_SECOND) /* of libGammu's time, which is real */
#define TURN (5 * CLOCK_SECOND)
#define READER_PATIENCE 5000 /* ms that libGammu may leave the pseudo-terminal full */

struct gammu_line {
    struct driver_host *host;
    struct at_port port; /* the worker's, with a pulse */
    bool serving; /* libGammu waits */
    int64_t pulse_at;
    struct modem modem; /* all that is known of it and done with it on this line (at_modem.h) */
    int master, slave; /* the slave is kept open, so that libGammu's closing isn't a hang-up */
    char path[64];
    struct filter filter;
    struct str out;
    enum err state; /* ERR_TIMEOUT, ERR_CLOSED: nothing goes to the modem during this call any more */

    enum at_memory believed; /* by libGammu to be selected */
    bool sweeping;
    unsigned listed; /* by this sweep: set of memories */

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

void gammu_line_free_terminal(struct gammu_line *l) {
    char left[256];
    (void)ioctl(l->slave, TIOCNXCL);
    (void)tcflush(l->slave, TCIOFLUSH);
    while (read(l->master, left, sizeof left) > 0) /* what it wrote and nobody read: flushing doesn't reach it here */
        ;
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

/* ---- commands of libGammu ---- */

static bool accepted(const struct gammu_line *l) {
    return l->modem.reply.result == AT_RESULT_OK;
}

static void tell_list(struct gammu_line *l) {
    if (at_tell_list(&l->modem, l->modem.selected))
        l->listed |= 1U << l->modem.selected;
}

/* What stands in the slot that was read. */
static enum gammu_found look(struct gammu_line *l) {
    static const enum gammu_found meanings[] = {
        [AT_SLOT_UNREAD] = GAMMU_UNREAD, [AT_SLOT_EMPTY] = GAMMU_EMPTY, [AT_SLOT_DAMAGED] = GAMMU_DAMAGED, [AT_SLOT_MESSAGE] = GAMMU_MESSAGE};
    enum gammu_found found = meanings[at_look(&l->modem, l->pdu)];
    return found == GAMMU_MESSAGE && l->expected && strcasecmp(l->expected, l->pdu) != 0 ? GAMMU_OTHER : found;
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
    l->state = at_try(&l->modem, &q.command);
    filter_answer(row, shown, &l->modem.reply, &l->out);
}

/* Else libGammu is told that its command is refused. */
static bool selects(struct gammu_line *l, enum at_memory memory, const char *text) {
    enum err e = at_select(&l->modem, memory);
    l->state = e == ERR_CONFLICT ? ERR_OK : e;
    if (e != ERR_OK)
        filter_refusal(text, &l->out);
    return e == ERR_OK;
}

static void pass_slot(struct gammu_line *l, const struct filter_command *row, const char *text) {
    char own[32];
    struct driver_place place = slot_of(l, text);
    bool reading = row->way == FILTER_READ;
    if (!reading && (!l->aimed || l->found != GAMMU_MESSAGE)) {
        filter_refusal(text, &l->out);
        return;
    }
    if (!selects(l, (enum at_memory)place.memory, text))
        return;
    snprintf(own, sizeof own, "AT+CMG%c=%d", reading ? 'R' : 'D', place.index);
    pass(l, row, own, text);
    if (!reading) {
        bool gone = l->modem.reply.result == AT_RESULT_CMS && l->modem.reply.code == INVALID_INDEX;
        l->found = accepted(l) ? GAMMU_DELETED : gone ? GAMMU_EMPTY : GAMMU_MESSAGE;
        return;
    }
    l->found = look(l);
    if (!l->aimed && l->found == GAMMU_MESSAGE)
        l->host->arrived(l->host, place, l->pdu);
}

static void pass_list(struct gammu_line *l, const struct filter_command *row, const char *text) {
    if (!selects(l, l->believed, text))
        return;
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
        l->modem.selected = l->believed = filter_memory(text);
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
        l->modem.announces = accepted(l);
        break;
    case FILTER_MEMORIES:
        filter_memories(l->modem.readable, text, &l->out);
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
        l->state = at_submit_pdu(l->modem.at, &l->modem.reply, l->submit, &v);
        at_judged(&l->modem, &v);
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
        else if (l->state == ERR_OK && at_poll(l->modem.at) != ERR_OK)
            l->state = ERR_CLOSED;
        else
            await(l, done);
    }
    l->host->port->also[0] = l->host->port->also[1] = 0;
    l->serving = false;
    return l->state;
}

/* ---- setting up ---- */

enum err gammu_line_begin(struct gammu_line *l, struct driver_identity *identity, struct str *reason) {
    l->aimed = l->sweeping = false;
    l->believed = AT_MEMORY_NONE;
    return at_setup(&l->modem, AT_SETUP_SIM, identity, reason);
}

enum err gammu_line_prepare(struct gammu_line *l, struct driver_identity *identity, struct str *reason) {
    return at_setup(&l->modem, AT_SETUP_PDUS, identity, reason);
}

enum err gammu_line_finish(struct gammu_line *l, struct driver_identity *identity, struct str *reason) {
    return at_setup(&l->modem, AT_SETUP_REST, identity, reason);
}

void gammu_line_explain(enum err e, struct str *reason) {
    at_setup_explain(e, reason);
}

/* ---- arrivals ---- */

enum err gammu_line_listen(struct gammu_line *l) {
    return at_listen(&l->modem);
}

bool gammu_line_waits(const struct gammu_line *l) {
    return l->modem.pending_count > 0;
}

struct driver_place gammu_line_next(struct gammu_line *l) {
    return at_pending_take(&l->modem);
}

enum err gammu_line_acknowledge(struct gammu_line *l, struct driver_place place, const char *pdu) {
    return at_remove(&l->modem, place, pdu, true);
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
    l->modem.told = 0;
    l->pdu[0] = '\0';
    l->expected = NULL;
}

enum err gammu_line_sweep_ends(struct gammu_line *l) {
    l->sweeping = false;
    return at_sweep_rest(&l->modem, l->listed);
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

/* ---- what is nothing of libGammu's ---- */

enum err gammu_line_health(struct gammu_line *l, struct driver_health *health) {
    enum err e = at_select(&l->modem, l->modem.arrivals);
    if ((e == ERR_OK || e == ERR_CONFLICT) && !protocol_registered(health->registration))
        e = at_registration(&l->modem, &health->registration);
    return e == ERR_OK || e == ERR_CONFLICT ? at_condition(&l->modem, health) : e;
}

enum err gammu_line_dialogues(struct gammu_line *l) {
    return at_serve_dialogues(&l->modem);
}

int64_t gammu_line_due(const struct gammu_line *l) {
    return at_due_next(&l->modem);
}

enum err gammu_line_ussd(struct gammu_line *l, enum driver_ussd_action action, const char *text) {
    return at_ussd(&l->modem, action, text);
}

enum err gammu_line_restart(struct gammu_line *l, enum driver_restart how) {
    return at_restart(&l->modem, how);
}

const struct driver_sim *gammu_line_sim(const struct gammu_line *l) {
    return &l->modem.sim;
}

enum err gammu_line_unlock(struct gammu_line *l, const char *iccid, const char *pin, bool *ret_entered, struct str *reason) {
    return at_unlock(&l->modem, iccid, pin, ret_entered, reason);
}

/* ---- ---- */

struct gammu_line *gammu_line_new(struct driver_host *host) {
    struct gammu_line *l = mem_alloc(sizeof *l);
    l->host = host;
    l->port = (struct at_port){.clock = host->port->clock, .read = port_read, .write = port_write, .wait = port_wait};
    at_modem_init(&l->modem, host, &l->port);
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
    at_modem_release(&l->modem);
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
