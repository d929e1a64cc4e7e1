/* What stands between libGammu and a modem: what libGammu writes becomes commands, and an answer of the modem becomes what libGammu can read. Pure:
 * octets and values, no descriptor, no clock. The commands themselves are run by the AT engine (at.h), so whatever a modem does to its line
 * (unsolicited lines, echo or none, noise, silence) ends there, and libGammu always sees the same well-behaved device: the command as its echo,
 * the lines that answer it, one result.
 *
 * Why each thing is kept from libGammu 1.42 stands in its row in filter.c. In general:
 * 1. No unsolicited line gets through: an unknown one poisons the parser for 18 s, a known one may overwrite a result. The driver gets them.
 * 2. No octet that a stranger chose gets through: each message is replaced by a constant one (its PDU decoder and number parser had overflows, gammu
 *    issues #960, #962, #969). The driver takes the real PDU from the engine.
 * 3. Where our tolerant parsers understand an answer, libGammu reads its plainest spelling.
 * 4. Every command gets a result in bounded time, so no call of libGammu hangs and none has to be aborted. */
#ifndef MODEM_FILTER_H
#define MODEM_FILTER_H

#include "firmware-host/base/str.h"
#include "modem/at.h"
#include "modem/driver.h"
#include "modem/tpdu.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- from libGammu ---- */

enum filter_event {
    FILTER_NOTHING, /* more is to come */
    FILTER_COMMAND, /* a command, without its CR */
    FILTER_PDU, /* what was written at the prompt, without its Ctrl-Z */
    FILTER_ESCAPE, /* it doesn't want to send anything */
};

struct filter {
    char text[AT_LINE_MAX + 1]; /* of the event; valid until the next filter_take */
    size_t len;
    bool prompted; /* it was given a prompt: what comes is a PDU */
    bool cut; /* longer than any sound one: the event's text is "" */
    bool complete; /* text is an event that was taken */
};
void filter_init(struct filter *f);
/* Takes octets up to the end of the next event; ret_used says how many, so that the rest can be given again. */
enum filter_event filter_take(struct filter *f, const char *data, size_t len, size_t *ret_used);

/* ---- what becomes of a command ---- */

enum filter_way {
    FILTER_PASS, /* to the modem */
    FILTER_ANSWER, /* answered here with `answer` and OK */
    FILTER_REFUSE, /* answered here with ERROR */
    FILTER_MEMORIES, /* answered here with the memories that the modem was found to have */
    FILTER_SELECT, /* to the modem, and a memory is chosen with it */
    FILTER_LIST, /* to the modem: its answer is messages */
    FILTER_READ, /* likewise, a single one */
    FILTER_DELETE,
    FILTER_SUBMIT, /* the prompt is given here, the modem gets it all when the PDU is known */
    FILTER_INDICATE, /* to the modem; the driver has more to try when it is refused */
};
struct filter_command { /* a row of the table */
    const char *start; /* of the command … */
    bool whole; /* … or all of it */
    enum filter_way way;
    const char *answer; /* FILTER_ANSWER: a line; NULL: none */
    const char *prefix; /* of the modem's answer; NULL: the command's name and a colon */
    bool bare; /* lines without a prefix answer it too */
    bool refusal_is_fine; /* ERROR becomes OK */
    bool (*spell)(const char *line, struct str *to); /* the plainest spelling of a line; false: it says nothing. NULL: as it is */
    int64_t timeout; /* ms; 0: FILTER_TIMEOUT */
};
#define FILTER_TIMEOUT (10 * CLOCK_SECOND)
const struct filter_command *filter_find(const char *command); /* never NULL */

/* The command as the engine runs it. `text` must live as long as ret_question is used. */
struct filter_question {
    struct at_command command;
    char prefix[32];
};
void filter_question(const struct filter_command *row, const char *text, struct filter_question *ret_question);
/* The number behind `=` of AT+CMGR, AT+CMGD, AT+CMGS; false: none. It may be negative (see filter.c). */
bool filter_number(const char *text, int *ret_number);
/* The memory that AT+CPMS="…" chooses for reading; AT_MEMORY_NONE where it has no name here. */
enum at_memory filter_memory(const char *text);

/* ---- to libGammu: each appends octets ---- */

void filter_answer(const struct filter_command *row, const char *text, const struct at_reply *reply, struct str *to);
void filter_own_answer(const struct filter_command *row, const char *text, struct str *to); /* of FILTER_ANSWER and FILTER_REFUSE */
void filter_memories(unsigned memories, const char *text, struct str *to); /* a set of 1 << enum at_memory */
void filter_selected(const char *text, struct str *to); /* a memory is chosen, without counts */
void filter_refusal(const char *text, struct str *to);
void filter_prompt(struct filter *f, const char *text, struct str *to);
void filter_verdict(const struct driver_verdict *verdict, struct str *to);
#define FILTER_PULSE "\r" /* keeps libGammu waiting and says nothing: any octet starts its time-out anew, an empty line is skipped */

/* ---- the PDU that libGammu wrote ---- */

/* An SMS-SUBMIT, taken out of hexadecimal with a service-centre address in front. */
struct filter_submission {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    size_t validity; /* where TP-VP stands, or would */
    size_t header; /* where the length of the user data header stands; 0: there is none */
};
bool filter_take_apart(const char *pdu, struct filter_submission *ret_submission);
/* Whether libGammu's PDU says, octet for octet, what was asked for. The address of the service centre doesn't count, since libGammu refuses to send
 * without one. Where no validity period was asked for its longest one is as good: libGammu always writes one. */
bool filter_same_submission(const char *wrote, const char *asked);

#endif
