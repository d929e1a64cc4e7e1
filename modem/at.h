/* The AT engine: one command at a time to a modem, its answer back, and every line that isn't part of the answer to whoever wants it.
 *
 * A command says what its answer looks like; only lines of that shape are taken for it. Everything else (echo, unsolicited lines known or unknown,
 * garbage, half lines) can stand anywhere, also between a header and its PDU, and disturbs nothing. A deadline is a moment: bytes that come in
 * don't move it. Lines and answers are bounded; what is longer is cut, and says so.
 *
 * After a command without an answer the two sides are out of step: the late answer could be taken for the next command's. The engine brings them
 * in step again by itself before the next command (escape, AT, OK, silence), and answers AT_RESULT_TIMEOUT at once if it can't. */
#ifndef MODEM_AT_H
#define MODEM_AT_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"
#include "modem/at_reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the engine stands on. The worker gives it the real line, a test one that plays a script on a virtual clock. */
struct at_port {
    struct clock *clock;
    int also[2]; /* descriptors of the driver's own whose input ends a wait too; 0: none */
    /* Never block. *ret_len 0: nothing now. ERR_CLOSED, ERR_IO: the line is gone. */
    enum err (*read)(struct at_port *port, void *data, size_t max, size_t *ret_len);
    enum err (*write)(struct at_port *port, const void *data, size_t len, size_t *ret_len);
    /* Returns when the line can be read (or, if `writing`, written), or when the monotonic clock reaches `deadline`; sooner is allowed.
     * Meanwhile it may do work that doesn't touch the line. ERR_CLOSED: the line is gone, or the worker has to end. */
    enum err (*wait)(struct at_port *port, bool writing, int64_t deadline);
};

/* A line that no command asked for. `pdu`: of +CMT, +CDS, +CBM the line that followed, else NULL. A +CUSD comes with all the lines of its text,
 * divided by \n, without the empty ones. No command may be given from inside. */
typedef void at_on_unsolicited(void *context, const struct at_unsolicited *unsolicited, const char *line, const char *pdu);

struct at_command {
    const char *text; /* "AT+CSQ", without the CR */
    const char *prefix; /* lines of the answer start so; NULL: the answer is a result and nothing more */
    bool pdu_follows; /* each such line is followed by a PDU */
    bool bare; /* lines that don't look unsolicited are taken too: AT+CGMM, AT+CGSN */
    int64_t timeout; /* ms for all of it */
    int64_t settle; /* ms; >0: once a line of the answer is there, wait only so long for the result */
};

#define AT_REPLY_LINES 1600 /* an answer keeps at most so many lines (a header and its PDU count two) … */
#define AT_REPLY_OCTETS 262144 /* … and octets */
struct at_reply {
    enum at_result result;
    int code; /* of CMS and CME; -1: not readable */
    bool written; /* every octet of the command or PDU was given to the line, its end (CR, Ctrl-Z) too */
    bool overflow; /* lines were left out */
    size_t count; /* lines of the answer; with pdu_follows always pairs: the header, then the PDU ("" where none came) */
    size_t offset[AT_REPLY_LINES];
    struct str text; /* their text, each with its NUL */
};
void at_reply_init(struct at_reply *r); /* once */
void at_reply_release(struct at_reply *r);
void at_reply_clear(struct at_reply *r, enum at_result result); /* as if that had come, without a line */
const char *at_reply_line(const struct at_reply *r, size_t i); /* "" past the end */
/* "+CMS ERROR: 331 (no network service)", "no answer": what the result was, for people. */
void at_reply_describe(const struct at_reply *r, struct str *to);

struct at;
struct at *at_new(struct at_port *port, at_on_unsolicited *on_unsolicited, void *context);
void at_free(struct at *at);

/* Gives the command and waits for its result; ret_reply is overwritten. */
void at_run(struct at *at, const struct at_command *command, struct at_reply *ret_reply);
/* As at_run, but waits for the "> " after which a PDU goes: result AT_RESULT_PROMPT if it came. When it didn't, the modem is told (escape) that
 * nothing will be sent before anything else is. */
void at_ask_prompt(struct at *at, const struct at_command *command, struct at_reply *ret_reply);
/* After a prompt: writes text and Ctrl-Z and waits for the result. Where `written` is false, the Ctrl-Z never left. `command.text` is the PDU. */
void at_answer_prompt(struct at *at, const struct at_command *command, struct at_reply *ret_reply);

/* When at_poll() has something to do although nothing came (monotonic ms): a text of several lines waits no longer. INT64_MAX: nothing. */
int64_t at_due(const struct at *at);
/* Reads what is there without waiting; lines go to on_unsolicited. ERR_CLOSED, ERR_IO. */
MUST_CHECK enum err at_poll(struct at *at);
/* Escape, AT, OK, silence: brings the two sides in step. ERR_TIMEOUT: the modem doesn't answer. ERR_CLOSED. */
MUST_CHECK enum err at_synchronize(struct at *at, int tries);

#endif
