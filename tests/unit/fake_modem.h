/* A modem for tests of the AT engine and driver: no process, no descriptor, no time of its own. It answers a command the moment it is complete, out
 * of a table of rules and a few slots, and the clock moves only when the engine waits for something that isn't there yet.
 * What a whole modem does is the virtual modem's matter (modem/virtual); this one is for saying the odd thing at the worst moment. */
#ifndef TESTS_FAKE_MODEM_H
#define TESTS_FAKE_MODEM_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/str.h"
#include "modem/at.h"

#include <stdbool.h>
#include <stddef.h>

#define FAKE_NEVER SIZE_MAX
enum { FAKE_RULES = 64, FAKE_SLOTS = 12, FAKE_MEMORIES = 3, FAKE_CHUNKS = 512 };

struct fake_rule {
    const char *start; /* of the command; all of it where this ends in $ */
    const char *answer; /* as it goes out: "\r\nOK\r\n"; "" nothing at all; NULL: as if the rule weren't there */
    int uses; /* times left; negative: for ever */
};

struct fake_modem {
    struct at_port port;
    struct clock_virtual clock;

    /* towards the engine: chunks that can be read from their moment on */
    struct {
        int64_t at;
        char *data;
        size_t len, done;
    } chunks[FAKE_CHUNKS];
    size_t chunk_count;
    size_t portion; /* octets a read gives at most; 0: all */
    size_t write_portion; /* octets a write takes at most; 0: all */
    bool stuck; /* takes no octets at all */

    /* the line is cut after so many octets in either direction */
    size_t cut_after_read, cut_after_written;
    size_t octets_read, octets_written;
    bool cut;

    /* what came */
    struct str command; /* being typed */
    struct str log; /* commands, each with a newline; PDUs too, "ESC" for an escape */
    bool echo, prompting;
    size_t submissions; /* PDUs that came with their Ctrl-Z */

    struct fake_rule rules[FAKE_RULES]; /* the last that fits answers */
    size_t rule_count;
    const char *submit_answer; /* to a PDU: "\r\n+CMGS: 7\r\n\r\nOK\r\n"; "" nothing */
    int64_t submit_delay;
    char *slots[FAKE_MEMORIES][FAKE_SLOTS]; /* SM, ME, SR: hexadecimal, or whatever; owned; NULL: empty */
    int memory; /* that CMGR, CMGL and CMGD work on */
    int deletions; /* slots emptied by AT+CMGD */
};

void fake_modem_init(struct fake_modem *f); /* generic: knows everything, nothing stored, SIM ready */
void fake_modem_release(struct fake_modem *f);

void fake_rule(struct fake_modem *f, const char *start, const char *answer); /* for ever */
void fake_rule_times(struct fake_modem *f, const char *start, const char *answer, int uses);
void fake_say(struct fake_modem *f, int64_t in_ms, const char *text);
void fake_say_octets(struct fake_modem *f, int64_t in_ms, const char *data, size_t len);
void fake_store(struct fake_modem *f, int memory, int slot, const char *pdu); /* NULL empties */
bool fake_heard(const struct fake_modem *f, const char *line); /* a whole line of the log */
void fake_forget(struct fake_modem *f); /* empties the log */

#endif
