/* What the pieces of the AT driver share: its state, and how a command is asked. The gammu driver has the same on a line of ours, for all that
 * libGammu doesn't do there (gammu_line.c). Private to these. */
#ifndef MODEM_AT_MODEM_H
#define MODEM_AT_MODEM_H

#include "modem/at.h"
#include "modem/driver.h"
#include "modem/quirks.h"
#include "modem/ussd.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_PENDING_MAX 256
#define AT_RESTART_PAUSE (3 * CLOCK_SECOND) /* boot lines come in bunches: settle before the settings are made again */

struct modem {
    struct driver_host *host;
    struct at *at;
    struct at_reply reply; /* of the last command */
    const struct quirks *quirks; /* of its family; "generic" until that is known */

    /* storage (at_storage.c); AT_MEMORY_NONE: the modem doesn't let us choose, whatever it uses is used */
    unsigned readable; /* set of the memories that a sweep lists */
    enum at_memory arrivals, selected; /* where arrivals go (mem3), and what is read now (mem1) */
    struct driver_place pending[AT_PENDING_MAX]; /* announced and not read yet */
    size_t pending_count;

    bool text_mode; /* it knows no PDU mode (at_text.c) */
    bool coded_errors; /* AT+CMEE=1 was accepted: a plain ERROR says that the command isn't known */

    /* arrivals that lie nowhere */
    bool acknowledges; /* AT+CSMS service ≥ 1: the network waits for AT+CNMA */
    int direct_last; /* running number of the last one */
    bool direct_waits; /* it isn't acknowledged yet */

    bool announces; /* AT+CNMI was accepted: arrivals are announced */
    char indications[64]; /* what AT+CNMI? said afterwards; "" it doesn't say */
    bool settings_lost;

    struct { /* at_ussd.c */
        bool out; /* a request is with the network */
        bool open; /* the network waits for an answer of ours */
        bool retry; /* another form is to be tried */
        bool answered; /* something came for the form that is being given */
        bool learned; /* a form is known to work */
        enum ussd_form form, form_learned; /* of the request; */
        unsigned tried; /* set of forms */
        int64_t until; /* monotonic ms */
        char text[USSD_TEXT_SIZE];
        char charset[20], charset_before[20]; /* AT+CSCS now, and before us; "" not known */
    } ussd;
    struct { /* at_call.c */
        bool rings; /* and has to be hung up */
        bool known, told; /* its number was said; the host heard of it */
        char number[24];
        int64_t rang_at, hang_up_at; /* monotonic ms */
    } call;

    /* Modems of several ports: whether ours is the one that announcements come to. */
    bool announced_here; /* one came */
    bool swept; /* since it was opened */
    size_t told, told_before; /* messages that this sweep found, and the one before it */
    int64_t full_until; /* a storage that is full is swept for at once, but not all the time */
    int64_t opened_at; /* monotonic ms */
    struct driver_sim sim; /* as the last at_setup() found it */
};

/* at_driver.c. The engine's port may be another than the host's: something can stand between. */
void at_modem_init(struct modem *m, struct driver_host *host, struct at_port *port);
void at_modem_release(struct modem *m);
MUST_CHECK enum err at_listen(struct modem *m); /* takes in what the modem said; ERR_BUSY: it restarted */
MUST_CHECK enum err at_serve_dialogues(struct modem *m); /* what is due of calls and USSD */
int64_t at_due_next(const struct modem *m); /* as driver.h's `due` */
MUST_CHECK enum err at_registration(struct modem *m, int *ret_stat); /* of any network; -1 unknown */
MUST_CHECK enum err at_condition(struct modem *m, struct driver_health *health); /* health as far as the radio has no part in it */
MUST_CHECK enum err at_restart(struct modem *m, enum driver_restart how);

/* Runs a command. ERR_OK: the result was OK. ERR_CONFLICT: refused, m->reply says how. ERR_TIMEOUT, ERR_CLOSED. */
MUST_CHECK enum err at_ask(struct modem *m, const struct at_command *command);
/* The same where the answer isn't needed: refusals are ERR_OK too (m->reply.result tells), and after a time-out the modem is asked whether it
 * is there at all. ERR_TIMEOUT, ERR_CLOSED. */
MUST_CHECK enum err at_try(struct modem *m, const struct at_command *command);
/* For an answer of one line: it, or "" where the command was refused. */
MUST_CHECK enum err at_query(struct modem *m, const char *text, const char *prefix, const char **ret_line);

/* at_setup.c: from any state to one in which messages come in, all of it or in parts, in this order. ERR_UNSUPPORTED (PDUS): no PDU mode. `identity`
 * must be empty at first, and is filled where a step finds something out. */
enum at_setup_part {
    AT_SETUP_ALL, /* also in text mode */
    AT_SETUP_SIM, /* until the SIM can be used */
    AT_SETUP_PDUS, /* the PDU mode, memories */
    AT_SETUP_REST, /* indications, unless there are some; who the modem is */
};
MUST_CHECK enum err at_setup(struct modem *m, enum at_setup_part part, struct driver_identity *identity, struct str *reason);
void at_setup_explain(enum err e, struct str *reason); /* of errors that no step explains */
MUST_CHECK enum err at_iccid(struct modem *m, char *to, size_t size); /* "" where the modem doesn't say it */
MUST_CHECK enum err at_indicate(struct modem *m); /* has arrivals announced, unless they are, if the modem can */

/* at_storage.c */
MUST_CHECK enum err at_choose_memories(struct modem *m);
MUST_CHECK enum err at_select(struct modem *m, enum at_memory memory); /* for reading. ERR_CONFLICT: the modem refuses it */
void at_pending_add(struct modem *m, enum at_memory memory, int index);
struct driver_place at_pending_take(struct modem *m); /* the oldest announced slot, where there is one */
MUST_CHECK enum err at_read_pending(struct modem *m); /* that one */
/* What m->reply to AT+CMGR shows. `pdu` is the reading before, "" none, and becomes this one: the second of two equal readings counts, however
 * damaged. */
enum at_slot { AT_SLOT_UNREAD, AT_SLOT_EMPTY /* or a message of our own */, AT_SLOT_DAMAGED, AT_SLOT_MESSAGE };
enum at_slot at_look(struct modem *m, char pdu[AT_LINE_MAX + 1]);
bool at_tell_list(struct modem *m, enum at_memory memory); /* tells m->reply to AT+CMGL; false: not all of it could be */
MUST_CHECK enum err at_sweep(struct modem *m);
MUST_CHECK enum err at_sweep_rest(struct modem *m, unsigned listed); /* what isn't in that set of memories */
MUST_CHECK enum err at_remove(struct modem *m, struct driver_place place, const char *pdu, bool sure);
void at_storage_full(struct modem *m, const char *line); /* at_driver.c: has it swept; `line` says so */
void at_judged(struct modem *m, const struct driver_verdict *verdict); /* at_submit.c: what a verdict says of the modem */
bool at_pdu_sound(const char *pdu, int length); /* hexadecimal of that TPDU length, or decodable all the same */

/* at_pin.c */
MUST_CHECK enum err at_pin_tries(struct modem *m, int *ret_tries); /* DRIVER_TRIES_UNKNOWN: the modem doesn't say */
MUST_CHECK enum err at_unlock(struct modem *m, const char *iccid, const char *pin, bool *ret_entered, struct str *reason);

/* at_submit.c */
MUST_CHECK enum err at_submit(struct modem *m, const struct driver_submit *submit, struct driver_verdict *ret_verdict);

/* at_text.c: the same in text mode */
MUST_CHECK enum err at_text_mode(struct modem *m, struct str *reason); /* ERR_CONFLICT with its reason: not this one either */
/* The record of a slot (text_record.h), or what was there instead. As at_storage.c reads a PDU: ERR_NOT_FOUND empty or our own, ERR_CONFLICT. */
MUST_CHECK enum err at_text_read(struct modem *m, int index, char record[AT_LINE_MAX + 1]);
size_t at_text_list(struct modem *m, int *indexes, size_t max); /* of an answer to AT+CMGL: the slots that it names */
MUST_CHECK enum err at_text_submit(struct modem *m, const struct driver_submit *submit, struct driver_verdict *ret_verdict);

/* at_ussd.c */
MUST_CHECK enum err at_ussd(struct modem *m, enum driver_ussd_action action, const char *text);
void at_ussd_came(struct modem *m, const char *line); /* +CUSD */
int64_t at_ussd_due(const struct modem *m); /* when at_ussd_serve() has something to do, monotonic ms; INT64_MAX: nothing */
MUST_CHECK enum err at_ussd_serve(struct modem *m);

/* at_call.c */
void at_call_rings(struct modem *m);
void at_call_number(struct modem *m, const char *line); /* +CLIP */
int64_t at_call_due(const struct modem *m);
MUST_CHECK enum err at_call_serve(struct modem *m);

#endif
