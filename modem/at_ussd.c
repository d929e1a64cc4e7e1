/* USSD: one dialogue at a time, and nobody waits for it. A request is given with AT+CUSD and is out when the modem has said OK; the network's reply
 * comes as +CUSD minutes later, while messages are read and submitted as ever. The host hears exactly once of each request.
 *
 * The form of a request is learned: the one that worked in this run, else the family's, else each of the others. A modem that can't read a form
 * refuses it at once, answers +CUSD: 4 or an empty text (a SIM800 with AT+CSCS="HEX"); then the next form is tried, until one works. Within a
 * dialogue nothing is tried: its form is known, and asking anew would begin another.
 *
 * AT+CSCS is changed for a request only and set back once nothing is out: names of operators and numbers of callers are written in it too. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/log.h"
#include "modem/at_modem.h"

#include <stdio.h>
#include <string.h>

enum { STEP_TRIES = 3 };
#define STEP_TIMEOUT (10 * CLOCK_SECOND)
#define GIVE_TIMEOUT (20 * CLOCK_SECOND) /* some say OK only when the network has answered */

/* What the terminal's character set must be for a form; the first that is accepted. NULL: any will do. */
static const char *const charsets[USSD_FORM_COUNT][2] = {[USSD_PLAIN] = {"GSM", "IRA"}, [USSD_UCS2] = {"UCS2", NULL}, [USSD_PACKED] = {NULL, NULL}};

static int64_t now_of(const struct modem *m) {
    return m->host->port->clock->mono_ms(m->host->port->clock);
}

static void tell(struct modem *m, enum driver_ussd_outcome outcome, const char *text) {
    m->ussd.out = m->ussd.retry = false;
    m->ussd.open = outcome == DRIVER_USSD_ASKS;
    m->host->ussd(m->host, outcome, text);
}

static void tell_refused(struct modem *m) {
    struct str reason;
    str_init(&reason, 160);
    str_add(&reason, "the modem doesn't take the request: ");
    at_reply_describe(&m->reply, &reason);
    tell(m, DRIVER_USSD_REFUSED, reason.data);
    str_release(&reason);
}

/* ---- the character set ---- */

static enum err set_charset(struct modem *m, const char *name, bool *ret_accepted) {
    char text[40];
    if (strcmp(m->ussd.charset, name) == 0) {
        *ret_accepted = true;
        return ERR_OK;
    }
    snprintf(text, sizeof text, "AT+CSCS=\"%.16s\"", name);
    enum err e = at_try(m, &(struct at_command){.text = text, .timeout = STEP_TIMEOUT});
    *ret_accepted = e == ERR_OK && m->reply.result == AT_RESULT_OK;
    if (*ret_accepted)
        snprintf(m->ussd.charset, sizeof m->ussd.charset, "%s", name);
    return e;
}

static enum err prepare_charset(struct modem *m, enum ussd_form form, bool *ret_accepted) {
    const char *line;
    enum err e = ERR_OK;
    *ret_accepted = charsets[form][0] == NULL;
    if (*ret_accepted)
        return ERR_OK;
    if (!m->ussd.charset[0] && (e = at_query(m, "AT+CSCS?", "+CSCS:", &line)) == ERR_OK &&
        at_parse_word(line, "+CSCS:", m->ussd.charset, sizeof m->ussd.charset))
        snprintf(m->ussd.charset_before, sizeof m->ussd.charset_before, "%s", m->ussd.charset);
    for (size_t i = 0; e == ERR_OK && !*ret_accepted && i < 2 && charsets[form][i]; i++)
        e = set_charset(m, charsets[form][i], ret_accepted);
    *ret_accepted |= form == USSD_PLAIN; /* it will have some set */
    return e;
}

static enum err restore_charset(struct modem *m) {
    bool accepted;
    if (!m->ussd.charset_before[0] || strcmp(m->ussd.charset, m->ussd.charset_before) == 0)
        return ERR_OK;
    enum err e = set_charset(m, m->ussd.charset_before, &accepted);
    if (e == ERR_OK && !accepted)
        m->ussd.charset_before[0] = '\0'; /* not asked for again */
    return e;
}

/* ---- a request ---- */

/* AT+CUSD=1,"…",15. ERR_UNSUPPORTED: this form can't say the text. */
static enum err command_of(enum ussd_form form, const char *text, struct str *to) {
    str_add(to, "AT+CUSD=1,\"");
    enum err e = ussd_request(form, text, to);
    bool alphabet = gsm7_length(text) >= 0;
    str_addf(to, "\",%d", alphabet ? 15 : 72);
    return e == ERR_OK && !str_ok(to) ? ERR_TOO_LONG : e;
}

/* Gives the request in one form. *ret_taken: it is out. */
static enum err give(struct modem *m, enum ussd_form form, bool *ret_taken) {
    struct str command;
    bool usable = false;
    str_init(&command, AT_LINE_MAX);
    m->ussd.form = form;
    *ret_taken = false;
    at_reply_clear(&m->reply, AT_RESULT_ERROR);
    enum err e = command_of(form, m->ussd.text, &command) == ERR_OK ? prepare_charset(m, form, &usable) : ERR_OK;
    if (e == ERR_OK && usable) {
        m->ussd.out = true; /* the reply may come before the OK */
        m->ussd.until = now_of(m) + USSD_REPLY_TIMEOUT;
        e = at_ask(m, &(struct at_command){.text = command.data, .timeout = GIVE_TIMEOUT});
        if (e == ERR_TIMEOUT) /* perhaps it waits for the network */
            e = at_synchronize(m->at, STEP_TRIES);
        *ret_taken = e == ERR_OK;
        m->ussd.out &= *ret_taken;
    }
    str_release(&command);
    return e == ERR_CONFLICT ? ERR_OK : e;
}

/* The best form that wasn't tried; USSD_FORM_COUNT: none is left. */
static enum ussd_form next_form(const struct modem *m) {
    enum ussd_form first = m->ussd.learned ? m->ussd.form_learned : m->quirks->ussd;
    if (!(m->ussd.tried & 1U << first))
        return first;
    for (enum ussd_form form = USSD_PLAIN; form < USSD_FORM_COUNT; form++)
        if (!m->ussd.learned && !(m->ussd.tried & 1U << form))
            return form;
    return USSD_FORM_COUNT;
}

static bool no_network(const struct at_reply *r) {
    enum { NO_SERVICE = 30, EMERGENCY_ONLY = 32 };
    return r->result == AT_RESULT_CME && r->code >= NO_SERVICE && r->code <= EMERGENCY_ONLY;
}

static enum err try_forms(struct modem *m) {
    enum err e = ERR_OK;
    bool taken = false, refused = false;
    enum ussd_form form;
    m->ussd.retry = false;
    while (e == ERR_OK && !taken && !refused && (form = next_form(m)) != USSD_FORM_COUNT) {
        m->ussd.tried |= 1U << form;
        m->ussd.answered = false;
        e = give(m, form, &taken);
        refused = !taken && no_network(&m->reply);
        taken |= m->ussd.answered; /* an error behind its own reply doesn't matter */
    }
    if (e == ERR_OK && !taken)
        tell_refused(m);
    return e;
}

enum err at_ussd(struct modem *m, enum driver_ussd_action action, const char *text) {
    if (action == DRIVER_USSD_CANCEL) {
        m->ussd.out = m->ussd.retry = m->ussd.open = false;
        return at_try(m, &(struct at_command){.text = "AT+CUSD=2", .timeout = STEP_TIMEOUT});
    }
    if (action == DRIVER_USSD_ANSWER && !m->ussd.open) {
        tell(m, DRIVER_USSD_ENDED, "the network has ended the dialogue");
        return ERR_OK;
    }
    if (strlen(text) >= sizeof m->ussd.text) {
        tell(m, DRIVER_USSD_REFUSED, "the text is too long");
        return ERR_OK;
    }
    memcpy(m->ussd.text, text, strlen(text) + 1);
    m->ussd.tried = 0;
    return try_forms(m);
}

/* ---- what comes ---- */

/* A form that the modem can't read isn't an answer of the network, as long as another is left. */
static bool misread(const struct modem *m, const struct ussd_reply *r) {
    bool empty = r->status == USSD_DONE && r->text_given && r->text[0] == '\0';
    return (r->status == USSD_NOT_SUPPORTED || empty) && next_form(m) != USSD_FORM_COUNT;
}

static void replied(struct modem *m, const struct ussd_reply *r) {
    enum driver_ussd_outcome outcome;
    const char *said;
    bool worked = ussd_meaning(r, &outcome, &said);
    if (worked && !m->ussd.learned) {
        m->ussd.learned = true;
        m->ussd.form_learned = m->ussd.form;
        log_event(LOG_LEVEL_INFO, "at.ussd_form", log_text("form", ussd_form_name(m->ussd.form)), log_text("family", m->quirks->family));
    }
    tell(m, outcome, said);
}

void at_ussd_came(struct modem *m, const char *line) {
    struct ussd_reply reply;
    bool sound = ussd_parse(line, m->ussd.form, &reply);
    log_event(LOG_LEVEL_INFO, "at.ussd", log_int("status", sound ? (int)reply.status : -1), log_int("scheme", sound ? reply.scheme : -1),
              log_int("octets", (int64_t)strlen(line)), log_text("asked", m->ussd.out ? "yes" : "no"));
    if (!m->ussd.out) { /* the network's own, or late */
        m->ussd.open &= sound && reply.status == USSD_ASKS;
        return;
    }
    m->ussd.answered = true;
    if (!sound || misread(m, &reply)) {
        m->ussd.out = false;
        m->ussd.retry = true;
        return;
    }
    replied(m, &reply);
}

int64_t at_ussd_due(const struct modem *m) {
    return m->ussd.retry ? 0 : m->ussd.out ? m->ussd.until : INT64_MAX;
}

enum err at_ussd_serve(struct modem *m) {
    if (m->ussd.retry)
        return try_forms(m);
    if (m->ussd.out && now_of(m) >= m->ussd.until) {
        enum err e = at_ussd(m, DRIVER_USSD_CANCEL, NULL);
        tell(m, DRIVER_USSD_TIMEOUT, "the network doesn't answer");
        return e;
    }
    return m->ussd.out || m->ussd.open ? ERR_OK : restore_charset(m);
}
