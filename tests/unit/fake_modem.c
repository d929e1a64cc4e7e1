/* The modem of tests: see its header. Whatever it is told wrongly ends the test, not the modem. */
#include "tests/unit/fake_modem.h"

#include "firmware-host/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const memory_names[FAKE_MEMORIES] = {"SM", "ME", "SR"};

static struct fake_modem *of_port(struct at_port *port) {
    return (struct fake_modem *)((char *)port - offsetof(struct fake_modem, port));
}

void fake_say_octets(struct fake_modem *f, int64_t in_ms, const char *data, size_t len) {
    int64_t at = f->clock.mono + in_ms;
    if (f->chunk_count == FAKE_CHUNKS || len == 0)
        return;
    size_t i = f->chunk_count++;
    for (; i > 0 && f->chunks[i - 1].at > at; i--)
        f->chunks[i] = f->chunks[i - 1];
    f->chunks[i].at = at;
    f->chunks[i].data = mem_copy(data, len);
    f->chunks[i].len = len;
    f->chunks[i].done = 0;
}

void fake_say(struct fake_modem *f, int64_t in_ms, const char *text) {
    fake_say_octets(f, in_ms, text, strlen(text));
}

/* ---- the port ---- */

static void drop_chunk(struct fake_modem *f) {
    free(f->chunks[0].data);
    memmove(f->chunks, f->chunks + 1, --f->chunk_count * sizeof *f->chunks);
}

static enum err port_read(struct at_port *port, void *data, size_t max, size_t *ret_len) {
    struct fake_modem *f = of_port(port);
    *ret_len = 0;
    if (f->octets_read >= f->cut_after_read)
        f->cut = true;
    if (f->chunk_count == 0 || f->chunks[0].at > f->clock.mono)
        return f->cut ? ERR_CLOSED : ERR_OK;
    size_t n = f->chunks[0].len - f->chunks[0].done;
    if (n > max)
        n = max;
    if (f->portion && n > f->portion)
        n = f->portion;
    if (n > f->cut_after_read - f->octets_read)
        n = f->cut_after_read - f->octets_read;
    if (n == 0)
        return ERR_CLOSED;
    memcpy(data, f->chunks[0].data + f->chunks[0].done, n);
    f->chunks[0].done += n;
    f->octets_read += n;
    if (f->chunks[0].done == f->chunks[0].len)
        drop_chunk(f);
    *ret_len = n;
    return ERR_OK;
}

static void take_octet(struct fake_modem *f, char c);

static enum err port_write(struct at_port *port, const void *data, size_t len, size_t *ret_len) {
    struct fake_modem *f = of_port(port);
    *ret_len = 0;
    if (f->cut || f->octets_written >= f->cut_after_written) {
        f->cut = true;
        return ERR_CLOSED;
    }
    if (f->stuck)
        return ERR_OK;
    if (f->write_portion && len > f->write_portion)
        len = f->write_portion;
    if (len > f->cut_after_written - f->octets_written)
        len = f->cut_after_written - f->octets_written;
    for (size_t i = 0; i < len; i++)
        take_octet(f, ((const char *)data)[i]);
    f->octets_written += len;
    *ret_len = len;
    return ERR_OK;
}

static enum err port_wait(struct at_port *port, bool writing, int64_t deadline) {
    struct fake_modem *f = of_port(port);
    if (f->cut)
        return ERR_CLOSED;
    if (writing && !f->stuck)
        return ERR_OK;
    if (f->chunk_count > 0 && f->chunks[0].at <= deadline) {
        if (f->chunks[0].at > f->clock.mono)
            clock_virtual_advance(&f->clock, f->chunks[0].at - f->clock.mono);
    } else if (deadline > f->clock.mono) {
        clock_virtual_advance(&f->clock, deadline - f->clock.mono);
    }
    return ERR_OK;
}

/* ---- slots ---- */

void fake_store(struct fake_modem *f, int memory, int slot, const char *pdu) {
    free(f->slots[memory][slot]);
    f->slots[memory][slot] = mem_string(pdu);
}

static int tpdu_length(const char *pdu) {
    unsigned sca = 0;
    return sscanf(pdu, "%2x", &sca) == 1 ? (int)(strlen(pdu) / 2) - 1 - (int)sca : 0;
}

static void list_slots(struct fake_modem *f, struct str *out) {
    for (int i = 0; i < FAKE_SLOTS; i++) {
        const char *pdu = f->slots[f->memory][i];
        if (pdu)
            str_addf(out, "\r\n+CMGL: %d,1,,%d\r\n%s", i, tpdu_length(pdu), pdu);
    }
    str_add(out, "\r\n\r\nOK\r\n");
}

static void read_slot(struct fake_modem *f, int slot, struct str *out) {
    const char *pdu = slot >= 0 && slot < FAKE_SLOTS ? f->slots[f->memory][slot] : NULL;
    if (pdu)
        str_addf(out, "\r\n+CMGR: 0,,%d\r\n%s\r\n", tpdu_length(pdu), pdu);
    str_add(out, "\r\nOK\r\n");
}

static void usage(const struct fake_modem *f, struct str *out) {
    int used = 0;
    for (int i = 0; i < FAKE_SLOTS; i++)
        used += f->slots[f->memory][i] != NULL;
    const char *name = memory_names[f->memory];
    str_addf(out, "\r\n+CPMS: \"%s\",%d,%d,\"%s\",%d,%d,\"SM\",%d,%d\r\n\r\nOK\r\n", name, used, FAKE_SLOTS, name, used, FAKE_SLOTS, used,
             FAKE_SLOTS);
}

static void select_memory(struct fake_modem *f, const char *name, struct str *out) {
    for (int i = 0; i < FAKE_MEMORIES; i++)
        if (strncmp(name, memory_names[i], 2) == 0) {
            f->memory = i;
            str_add(out, "\r\n+CPMS: 0,12,0,12,0,12\r\n\r\nOK\r\n");
            return;
        }
    str_add(out, "\r\n+CMS ERROR: 302\r\n");
}

/* What is no fixed answer. False: not one of these. */
static bool built_in(struct fake_modem *f, const char *command, struct str *out) {
    int slot;
    if (strncmp(command, "AT+CPMS=\"", 9) == 0) {
        select_memory(f, command + 9, out);
    } else if (strcmp(command, "AT+CPMS?") == 0) {
        usage(f, out);
    } else if (strcmp(command, "AT+CMGL=4") == 0) {
        list_slots(f, out);
    } else if (sscanf(command, "AT+CMGR=%d", &slot) == 1) {
        read_slot(f, slot, out);
    } else if (sscanf(command, "AT+CMGD=%d", &slot) == 1 && slot >= 0 && slot < FAKE_SLOTS) {
        fake_store(f, f->memory, slot, NULL);
        f->deletions++;
        str_add(out, "\r\nOK\r\n");
    } else if (strncmp(command, "AT+CMGS=", 8) == 0) {
        f->prompting = true;
        str_add(out, "\r\n> ");
    } else {
        return false;
    }
    return true;
}

static const struct {
    const char *start, *answer;
} generic[] = {
    {"AT+CMEE=", "\r\nOK\r\n"},
    {"AT+CREG=0", "\r\nOK\r\n"},
    {"ATE0", "\r\nOK\r\n"},
    {"ATV1", "\r\nOK\r\n"},
    {"AT+CFUN?", "\r\n+CFUN: 1\r\n\r\nOK\r\n"},
    {"AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"},
    {"AT+CMGF=0", "\r\nOK\r\n"},
    {"AT+CSMS?", "\r\n+CSMS: 0,1,1,1\r\n\r\nOK\r\n"},
    {"AT+CPMS=?", "\r\n+CPMS: (\"SM\",\"ME\",\"SR\"),(\"SM\",\"ME\"),(\"SM\",\"ME\")\r\n\r\nOK\r\n"},
    {"AT+CNMI=", "\r\nOK\r\n"},
    {"AT+CNMI?", "\r\n+CNMI: 2,1,0,2,0\r\n\r\nOK\r\n"},
    {"AT+CNMA", "\r\nOK\r\n"},
    {"AT+CSCA?", "\r\n+CSCA: \"+84900000023\",145\r\n\r\nOK\r\n"},
    {"AT+CGSN", "\r\n862177040000017\r\n\r\nOK\r\n"},
    {"AT+CIMI", "\r\n452040000000017\r\n\r\nOK\r\n"},
    {"AT+CCID", "\r\n+CCID: 8984040000000000017F\r\n\r\nOK\r\n"},
    {"AT+CGMR", "\r\nRevision: 1.0\r\n\r\nOK\r\n"},
    {"AT+CGMM", "\r\nModel 1\r\n\r\nOK\r\n"},
    {"AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n"},
    {"AT+CSQ", "\r\n+CSQ: 21,99\r\n\r\nOK\r\n"},
    {"AT+COPS?", "\r\n+COPS: 0,0,\"Viettel\",7\r\n\r\nOK\r\n"},
};

static bool fits(const char *command, const char *start) {
    size_t len = strlen(start);
    if (len > 0 && start[len - 1] == '$')
        return strlen(command) == len - 1 && strncmp(command, start, len - 1) == 0;
    return strncmp(command, start, len) == 0;
}

static const char *rule_answer(struct fake_modem *f, const char *command) {
    for (size_t i = f->rule_count; i-- > 0;) {
        struct fake_rule *r = &f->rules[i];
        if (r->answer && r->uses != 0 && fits(command, r->start)) {
            r->uses -= r->uses > 0;
            return r->answer;
        }
    }
    return NULL;
}

static void answer(struct fake_modem *f, const char *command) {
    struct str out;
    const char *fixed = rule_answer(f, command);
    str_init(&out, 1 << 20);
    if (f->echo)
        str_addf(&out, "%s\r", command);
    if (fixed) {
        str_add(&out, fixed);
        size_t tail = strlen(fixed);
        f->prompting = tail >= 2 && strcmp(fixed + tail - 2, "> ") == 0;
    } else if (strcmp(command, "AT") == 0) {
        str_add(&out, "\r\nOK\r\n");
    } else if (!built_in(f, command, &out)) {
        const char *found = "\r\nERROR\r\n";
        for (size_t i = 0; i < sizeof generic / sizeof *generic; i++)
            if (strncmp(command, generic[i].start, strlen(generic[i].start)) == 0)
                found = generic[i].answer;
        str_add(&out, found);
    }
    fake_say_octets(f, 0, out.data, out.len);
    str_release(&out);
}

static void complete(struct fake_modem *f) {
    char *command = str_detach(&f->command);
    str_init(&f->command, 4096);
    str_addf(&f->log, "%s\n", command);
    if (command[0])
        answer(f, command);
    free(command);
}

static void take_pdu(struct fake_modem *f) {
    str_addf(&f->log, "%s\n", f->command.data);
    str_clear(&f->command);
    f->prompting = false;
    f->submissions++;
    fake_say(f, f->submit_delay, f->submit_answer);
}

static void take_octet(struct fake_modem *f, char c) {
    if (c == '\x1b') {
        str_add(&f->log, "ESC\n");
        str_clear(&f->command);
        if (f->prompting)
            fake_say(f, 0, "\r\nOK\r\n");
        f->prompting = false;
    } else if (f->prompting && c == '\x1a') {
        take_pdu(f);
    } else if (!f->prompting && c == '\r') {
        complete(f);
    } else {
        str_add_char(&f->command, c);
    }
}

/* ---- life ---- */

void fake_modem_init(struct fake_modem *f) {
    memset(f, 0, sizeof *f);
    f->port = (struct at_port){.clock = &f->clock.clock, .read = port_read, .write = port_write, .wait = port_wait};
    clock_virtual_init(&f->clock, INT64_C(1795226400000));
    f->cut_after_read = f->cut_after_written = FAKE_NEVER;
    f->submit_answer = "\r\n+CMGS: 7\r\n\r\nOK\r\n";
    str_init(&f->command, 4096);
    str_init(&f->log, 1 << 20);
}

void fake_modem_release(struct fake_modem *f) {
    while (f->chunk_count > 0)
        drop_chunk(f);
    for (int m = 0; m < FAKE_MEMORIES; m++)
        for (int i = 0; i < FAKE_SLOTS; i++)
            free(f->slots[m][i]);
    str_release(&f->command);
    str_release(&f->log);
}

void fake_rule_times(struct fake_modem *f, const char *start, const char *answer, int uses) {
    if (f->rule_count < FAKE_RULES)
        f->rules[f->rule_count++] = (struct fake_rule){.start = start, .answer = answer, .uses = uses};
}

void fake_rule(struct fake_modem *f, const char *start, const char *answer) {
    fake_rule_times(f, start, answer, -1);
}

bool fake_heard(const struct fake_modem *f, const char *line) {
    size_t len = strlen(line);
    for (const char *at = f->log.data; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
        if (strncmp(at, line, len) == 0 && at[len] == '\n')
            return true;
    return false;
}

void fake_forget(struct fake_modem *f) {
    str_clear(&f->log);
}
