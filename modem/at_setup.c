/* From an unknown state to one in which messages come in. Each step says what it needs and how it falls back; what a modem refuses and we can do
 * without is skipped. A SIM that asks for its PIN is only told of (at_pin.c): a wrong guess costs the owner a try. */
#include "firmware-host/base/log.h"
#include "modem/at_modem.h"

#include <stdio.h>
#include <string.h>

enum { CMS_NOT_SUPPORTED = 303, CME_NOT_SUPPORTED = 4 };
enum { STEP_TRIES = 2 }; /* one that is starting is tried again by the worker */
#define STEP_TIMEOUT (10 * CLOCK_SECOND)
#define RADIO_TIMEOUT (20 * CLOCK_SECOND) /* AT+CFUN=1 finds the SIM and the network */

struct setup { /* what the steps hand out */
    struct driver_identity *identity;
    struct str *reason;
};
typedef enum err setup_step(struct modem *m, struct setup *setup);

static enum err give(struct modem *m, const char *text) {
    return at_try(m, &(struct at_command){.text = text, .timeout = STEP_TIMEOUT});
}

/* Result codes in words, no echo, errors with numbers, no registration lines that look like answers; callers by number, and what the network says of
 * USSD. All of them are optional. */
static enum err line_settings(struct modem *m, struct setup *setup) {
    (void)setup;
    static const char *const commands[] = {"ATV1", "ATE0", "AT+CREG=0", "AT+CLIP=1", "AT+CUSD=1"};
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < sizeof commands / sizeof *commands; i++)
        e = give(m, commands[i]);
    if (e == ERR_OK)
        e = give(m, "AT+CMEE=1");
    m->coded_errors = e == ERR_OK && m->reply.result == AT_RESULT_OK;
    return e;
}

typedef bool identity_parser(const char *line, char *to, size_t size);

static bool parse_imei(const char *line, char *to, size_t size) {
    return at_parse_digits(line, 14, to, size);
}

static bool parse_imsi(const char *line, char *to, size_t size) {
    return at_parse_digits(line, 6, to, size);
}

static bool parse_name(const char *line, char *to, size_t size) {
    const char *colon = strchr(line, ':');
    const char *value = line[0] == '+' && colon ? colon + 1 : line;
    value += strspn(value, " \"");
    size_t len = strcspn(value, "\"");
    if (len == 0 || len >= size)
        return false;
    memcpy(to, value, len);
    to[len] = '\0';
    return true;
}

/* The first line of the answer that can be read; `to` stays as it is where there is none. */
static enum err ask_identity(struct modem *m, const char *command, const char *prefix, identity_parser *parse, char *to, size_t size) {
    enum err e = at_try(m, &(struct at_command){.text = command, .prefix = prefix, .bare = true, .timeout = STEP_TIMEOUT});
    if (e != ERR_OK || m->reply.result != AT_RESULT_OK)
        return e;
    for (size_t n = 0; to[0] == '\0' && n < m->reply.count; n++)
        parse(at_reply_line(&m->reply, n), to, size);
    return ERR_OK;
}

static enum err family(struct modem *m, struct setup *setup) {
    char maker[sizeof setup->identity->model] = "";
    enum err e = ask_identity(m, "AT+CGMI", "+CGMI:", parse_name, maker, sizeof maker);
    if (e == ERR_OK)
        e = ask_identity(m, "AT+CGMM", "+CGMM:", parse_name, setup->identity->model, sizeof setup->identity->model);
    m->quirks = quirks_find(maker, setup->identity->model);
    snprintf(setup->identity->family, sizeof setup->identity->family, "%s", m->quirks->family);
    log_event(LOG_LEVEL_INFO, "at.family", log_text("family", m->quirks->family), log_text("maker", maker),
              log_text("model", setup->identity->model));
    for (const char *const *init = m->quirks->init; e == ERR_OK && init && *init; init++)
        e = give(m, *init);
    return e;
}

static enum err radio_on(struct modem *m, struct setup *setup) {
    (void)setup;
    const char *line;
    int state;
    enum err e = at_query(m, "AT+CFUN?", "+CFUN:", &line);
    if (e != ERR_OK || !at_parse_number(line, "+CFUN:", &state) || (state != 0 && state != 4))
        return e;
    log_event(LOG_LEVEL_NOTICE, "at.radio_on", log_int("cfun", state));
    return at_try(m, &(struct at_command){.text = "AT+CFUN=1", .timeout = RADIO_TIMEOUT});
}

static const struct {
    const char *state, *reason;
    enum driver_obstacle obstacle;
} sim_states[] = {
    {"SIM PIN", "the SIM asks for its PIN: name a file with it in modems.pin_file, or switch the PIN off in a telephone", DRIVER_OBSTACLE_PIN},
    {"SIM PUK", "the SIM is blocked and asks for its PUK: unblock it in a telephone", DRIVER_OBSTACLE_PUK},
    {"SIM PIN2", "the SIM asks for its PIN2", DRIVER_OBSTACLE_OTHER},
    {"SIM PUK2", "the SIM asks for its PUK2", DRIVER_OBSTACLE_OTHER},
    {"PH-SIM PIN", "the modem is locked to another SIM", DRIVER_OBSTACLE_OTHER},
    {"NOT INSERTED", "there is no SIM in the modem", DRIVER_OBSTACLE_NO_SIM},
    {"NOT READY", "the SIM isn't ready yet", DRIVER_OBSTACLE_OTHER},
};
enum { CME_NO_SIM = 10, CME_SIM_PIN = 11, CME_SIM_PUK = 12 }; /* 3GPP TS 27.007 §9.2.1 */

/* Says why the SIM in that state can't be used, and keeps what is to be known of one that asks for its PIN. */
static enum err sim_refused(struct modem *m, const char *state, struct setup *setup) {
    size_t i = 0;
    while (i < sizeof sim_states / sizeof *sim_states && strcmp(state, sim_states[i].state) != 0)
        i++;
    if (i == sizeof sim_states / sizeof *sim_states) {
        str_addf(setup->reason, "the SIM isn't ready: +CPIN: %.31s", state[0] ? state : "(nothing)");
        return ERR_CONFLICT;
    }
    str_add(setup->reason, sim_states[i].reason);
    m->sim.obstacle = sim_states[i].obstacle;
    if (m->sim.obstacle != DRIVER_OBSTACLE_PIN)
        return ERR_CONFLICT;
    enum err e = at_iccid(m, m->sim.iccid, sizeof m->sim.iccid);
    if (e == ERR_OK)
        e = at_pin_tries(m, &m->sim.tries_left);
    return e == ERR_OK ? ERR_CONFLICT : e;
}

static enum err sim_ready(struct modem *m, struct setup *setup) {
    char state[32] = "";
    const char *line;
    enum err e = at_query(m, "AT+CPIN?", "+CPIN:", &line);
    if (e != ERR_OK)
        return e;
    if (m->reply.result == AT_RESULT_ERROR && m->coded_errors)
        return ERR_OK; /* it doesn't know the command: about the SIM it would have said a number */
    if (m->reply.result == AT_RESULT_ERROR) { /* perhaps it doesn't know the command: a SIM has an IMSI */
        e = at_try(m, &(struct at_command){.text = "AT+CIMI", .prefix = "+CIMI:", .bare = true, .timeout = STEP_TIMEOUT});
        if (e != ERR_OK || m->reply.result == AT_RESULT_OK)
            return e;
    }
    if (m->reply.result == AT_RESULT_CME && m->reply.code == CME_SIM_PIN)
        return sim_refused(m, "SIM PIN", setup);
    if (m->reply.result == AT_RESULT_CME && m->reply.code == CME_SIM_PUK)
        return sim_refused(m, "SIM PUK", setup);
    if (m->reply.result != AT_RESULT_OK) {
        bool busy = m->quirks->busy_code && m->reply.code == m->quirks->busy_code;
        m->sim.obstacle = m->reply.code == CME_NO_SIM ? DRIVER_OBSTACLE_NO_SIM : DRIVER_OBSTACLE_OTHER;
        str_add(setup->reason, m->reply.code == CME_NO_SIM ? "there is no SIM in the modem: "
                               : busy                      ? "the modem is still starting: "
                                                           : "the SIM can't be used: ");
        at_reply_describe(&m->reply, setup->reason);
        return ERR_CONFLICT;
    }
    if (at_parse_word(line, "+CPIN:", state, sizeof state) && strcmp(state, "READY") == 0)
        return ERR_OK;
    return sim_refused(m, state, setup);
}

/* A refusal that says: never. Others (302, 515 …) come from modems that are starting, and are over when the worker tries again. */
static bool is_unknown(const struct at_reply *r) {
    return r->result == AT_RESULT_ERROR || (r->result == AT_RESULT_CMS && r->code == CMS_NOT_SUPPORTED) ||
           (r->result == AT_RESULT_CME && r->code == CME_NOT_SUPPORTED);
}

static enum err pdu_mode(struct modem *m, struct setup *setup) {
    enum err e = at_ask(m, &(struct at_command){.text = "AT+CMGF=0", .timeout = STEP_TIMEOUT});
    m->text_mode = false;
    if (e != ERR_CONFLICT)
        return e;
    str_add(setup->reason, "the modem refuses the PDU mode (AT+CMGF=0): ");
    at_reply_describe(&m->reply, setup->reason);
    return is_unknown(&m->reply) ? ERR_UNSUPPORTED : e;
}

static enum err pdu_or_text_mode(struct modem *m, struct setup *setup) {
    enum err e = pdu_mode(m, setup);
    if (e != ERR_UNSUPPORTED)
        return e;
    str_clear(setup->reason);
    e = at_text_mode(m, setup->reason);
    if (e == ERR_OK)
        snprintf(setup->identity->family, sizeof setup->identity->family, "%s, text", m->quirks->family);
    return e == ERR_CONFLICT ? ERR_UNSUPPORTED : e;
}

static enum err message_service(struct modem *m, struct setup *setup) {
    (void)setup;
    const char *line;
    int service = 0;
    enum err e = at_query(m, "AT+CSMS?", "+CSMS:", &line);
    at_parse_number(line, "+CSMS:", &service);
    m->acknowledges = service >= 1 && !m->quirks->no_acknowledgement;
    return e;
}

static bool wants_reports(const char *setting) {
    size_t ds = strlen("2,1,0,");
    return strlen(setting) > ds && setting[ds] != '0';
}

static enum err try_indications(struct modem *m, const char *const *settings) {
    char text[32];
    enum err e = ERR_OK;
    for (; e == ERR_OK && !m->announces && settings && *settings; settings++) {
        if (m->text_mode && wants_reports(*settings))
            continue; /* none are asked for, and in text mode they have another form */
        snprintf(text, sizeof text, "AT+CNMI=%s", *settings);
        e = give(m, text);
        m->announces = e == ERR_OK && m->reply.result == AT_RESULT_OK;
    }
    return e;
}

enum err at_indicate(struct modem *m) {
    const char *line;
    m->indications[0] = '\0';
    enum err e = try_indications(m, m->quirks->indications);
    if (e == ERR_OK)
        e = try_indications(m, quirks_indications());
    if (e == ERR_OK && !m->announces)
        log_plain(LOG_LEVEL_WARNING, "at.no_indications");
    if (e == ERR_OK && m->announces && (e = at_query(m, "AT+CNMI?", "+CNMI:", &line)) == ERR_OK && strlen(line) < sizeof m->indications)
        memcpy(m->indications, line, strlen(line) + 1);
    return e;
}

/* ---- who the modem is ---- */

static const struct {
    const char *command, *prefix;
    size_t offset, size;
    identity_parser *parse;
} identities[] = {
#define FIELD(name) offsetof(struct driver_identity, name), sizeof((struct driver_identity *)0)->name
    {"AT+CGMR", "+CGMR:", FIELD(revision), parse_name},     {"AT+CGSN", "+CGSN:", FIELD(imei), parse_imei},
    {"AT+CIMI", "+CIMI:", FIELD(imsi), parse_imsi},         {"AT+CCID", "+CCID:", FIELD(iccid), at_parse_iccid},
    {"AT+ICCID", "+ICCID:", FIELD(iccid), at_parse_iccid},  {"AT+QCCID", "+QCCID:", FIELD(iccid), at_parse_iccid},
    {"AT^ICCID?", "^ICCID:", FIELD(iccid), at_parse_iccid},
#undef FIELD
};

/* Several commands may ask for the same thing: the first answer stands. */
static enum err identity(struct modem *m, struct setup *setup) {
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < sizeof identities / sizeof *identities; i++) {
        char *to = (char *)setup->identity + identities[i].offset;
        if (!to[0])
            e = ask_identity(m, identities[i].command, identities[i].prefix, identities[i].parse, to, identities[i].size);
    }
    setup->identity->trouble = quirks_trouble(setup->identity->revision);
    if (setup->identity->trouble)
        log_event(LOG_LEVEL_WARNING, "at.firmware_trouble", log_text("revision", setup->identity->revision),
                  log_text("trouble", setup->identity->trouble));
    return e;
}

enum err at_iccid(struct modem *m, char *to, size_t size) {
    enum err e = ERR_OK;
    to[0] = '\0';
    for (size_t i = 0; e == ERR_OK && !to[0] && i < sizeof identities / sizeof *identities; i++)
        if (identities[i].parse == at_parse_iccid)
            e = ask_identity(m, identities[i].command, identities[i].prefix, at_parse_iccid, to, size);
    return e;
}

/* ---- all of it ---- */

/* From here on nothing is known of the modem any more. */
static enum err in_step(struct modem *m, struct setup *setup) {
    (void)setup;
    m->settings_lost = m->announces = m->announced_here = m->swept = m->call.rings = false;
    m->ussd.out = m->ussd.open = m->ussd.retry = false; /* the host knows that they are lost */
    m->ussd.charset[0] = m->ussd.charset_before[0] = '\0';
    m->sim = (struct driver_sim){.tries_left = DRIVER_TRIES_UNKNOWN};
    m->opened_at = m->host->port->clock->mono_ms(m->host->port->clock);
    return at_synchronize(m->at, STEP_TRIES);
}

static enum err memories(struct modem *m, struct setup *setup) {
    (void)setup;
    return at_choose_memories(m);
}

static enum err indications(struct modem *m, struct setup *setup) {
    (void)setup;
    return at_indicate(m);
}

static setup_step *const all[] = {in_step,         line_settings, family,      radio_on, sim_ready, pdu_or_text_mode,
                                  message_service, memories,      indications, identity, NULL};
static setup_step *const to_the_sim[] = {in_step, line_settings, family, radio_on, sim_ready, NULL};
static setup_step *const for_pdus[] = {line_settings, pdu_mode, message_service, memories, NULL}; /* libGammu may have changed the former */
static setup_step *const the_rest[] = {indications, identity, NULL};
static setup_step *const *const parts[] = {[AT_SETUP_ALL] = all, [AT_SETUP_SIM] = to_the_sim, [AT_SETUP_PDUS] = for_pdus, [AT_SETUP_REST] = the_rest};

enum err at_setup(struct modem *m, enum at_setup_part part, struct driver_identity *identity, struct str *reason) {
    struct setup setup = {.identity = identity, .reason = reason};
    enum err e = ERR_OK;
    for (setup_step *const *step = parts[part]; e == ERR_OK && *step; step++)
        e = (*step)(m, &setup);
    return e;
}

void at_setup_explain(enum err e, struct str *reason) {
    if (e == ERR_TIMEOUT)
        str_add(reason, "the modem doesn't answer");
    else if ((e == ERR_CLOSED || e == ERR_IO) && reason->len == 0)
        str_add(reason, "the line was lost");
}
