/* The engine: bytes from the terminal → command lines → results; unsolicited lines in between, never inside a line that is being typed or a PDU
 * that is being entered. Nothing the terminal sends can be too long: what passes AT_LINE_MAX makes its line or entry an error.
 *
 *              AT…<CR>                     AT+CMGS=…<CR>                    <Ctrl-Z>
 *   COMMAND ────────────► results   COMMAND ────────────► ENTRY (prompt) ────────────► busy ──► result, COMMAND
 *                                                           │ <ESC>
 *                                                           └──────► OK, COMMAND
 * While busy, what the terminal types is kept and worked off afterwards.
 */
#include "modem/virtual/at_modem.h"

#include "firmware-host/base/mem.h"
#include "modem/protocol.h"
#include "modem/virtual/at_state.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CHAR_BACKSPACE = 0x08, CHAR_CTRL_Z = 0x1A, CHAR_ESCAPE = 0x1B };

#define OUT_MAX (1 << 20)
#define HELD_MAX (1 << 16)
#define TYPING_PAUSE 500 /* ms without a byte after which a half-typed line holds no unsolicited line back any more */
#define REPORT_SLOTS 20

/* -- answers ----------------------------------------------------------------------------------------------------------------------------- */

void at_flush(struct at_modem *m) {
    if (m->out.len && !m->knobs.mute && m->terminal.output)
        m->terminal.output(m->terminal.line, m->out.data, m->out.len);
    str_clear(&m->out);
}

void at_info_begin(struct at_modem *m) {
    if (m->registers.verbose)
        str_add(&m->out, "\r\n");
}

void at_info_end(struct at_modem *m) {
    str_add(&m->out, "\r\n");
}

void at_info(struct at_modem *m, const char *format, ...) {
    va_list args;
    at_info_begin(m);
    va_start(args, format);
    str_vaddf(&m->out, format, args);
    va_end(args);
    at_info_end(m);
}

static void result_line(struct at_modem *m, const char *verbose, const char *numeric) {
    if (m->registers.quiet)
        return;
    if (m->registers.verbose)
        str_addf(&m->out, "\r\n%s\r\n", verbose);
    else
        str_addf(&m->out, "%s\r", numeric);
}

/* AT+CMEE=2 says errors in words (27.007 §9.2, 27.005 §3.2.5). */
static const struct {
    int code;
    const char *text;
} error_texts[] = {
    {AT_CME | 3, "operation not allowed"},
    {AT_CME | 10, "SIM not inserted"},
    {AT_CME | 11, "SIM PIN required"},
    {AT_CME | 12, "SIM PUK required"},
    {AT_CME | 16, "incorrect password"},
    {AT_CME | 30, "no network service"},
    {AT_CME | 50, "incorrect parameters"},
    {AT_CME | 100, "unknown"},
    {AT_CMS | 302, "operation not allowed"},
    {AT_CMS | 303, "operation not supported"},
    {AT_CMS | 304, "invalid PDU mode parameter"},
    {AT_CMS | 305, "invalid text mode parameter"},
    {AT_CMS | 310, "SIM not inserted"},
    {AT_CMS | 311, "SIM PIN required"},
    {AT_CMS | 316, "SIM PUK required"},
    {AT_CMS | 321, "invalid memory index"},
    {AT_CMS | 322, "memory full"},
    {AT_CMS | 330, "SMSC address unknown"},
    {AT_CMS | 331, "no network service"},
    {AT_CMS | 332, "network timeout"},
    {AT_CMS | 340, "no +CNMA acknowledgement expected"},
    {AT_CMS | 500, "unknown error"},
};

static void error_line(struct at_modem *m, int result) {
    char line[64];
    const char *kind = result & AT_CMS ? "+CMS ERROR: " : "+CME ERROR: ";
    snprintf(line, sizeof line, "%s%d", kind, result & AT_CODE);
    for (size_t i = 0; m->registers.cmee == 2 && i < sizeof error_texts / sizeof *error_texts; i++)
        if (error_texts[i].code == result)
            snprintf(line, sizeof line, "%s%s", kind, error_texts[i].text);
    result_line(m, line, line);
}

static void result(struct at_modem *m, int r) {
    if (r == AT_OK)
        result_line(m, "OK", "0");
    else if (r == AT_ERROR || (r & AT_CME && m->registers.cmee == 0))
        result_line(m, "ERROR", "4");
    else if (r & (AT_CME | AT_CMS))
        error_line(m, r);
}

/* -- unsolicited lines ------------------------------------------------------------------------------------------------------------------- */

static int64_t mono_ms(const struct at_modem *m) {
    return m->clock->mono_ms(m->clock);
}

static bool typing(const struct at_modem *m) {
    return m->line.len && mono_ms(m) - m->last_byte < TYPING_PAUSE;
}

static void release(struct at_modem *m) {
    if (!m->held.len || m->entry.kind != AT_ENTRY_NONE || typing(m))
        return;
    str_add_n(&m->out, m->held.data, m->held.len);
    str_clear(&m->held);
}

static void release_later(void *context, int64_t unused) {
    (void)unused;
    struct at_modem *m = context;
    m->release_call = 0;
    release(m);
    if (m->held.len && m->entry.kind == AT_ENTRY_NONE)
        m->release_call = schedule_in(m->schedule, TYPING_PAUSE, release_later, m, 0);
    at_flush(m);
}

static bool heard_here(const struct at_modem *m) {
    return !m->urc_port || strcmp(m->urc_port, m->profile->port) == 0;
}

void at_urc(struct at_modem *m, const char *text) {
    if (!heard_here(m))
        return;
    if (m->entry.kind == AT_ENTRY_NONE && !typing(m)) {
        str_addf(&m->out, "\r\n%s\r\n", text);
        at_flush(m);
        return;
    }
    str_addf(&m->held, "\r\n%s\r\n", text);
    if (!m->release_call)
        m->release_call = schedule_in(m->schedule, TYPING_PAUSE, release_later, m, 0);
}

int64_t at_paced(const struct at_modem *m, int64_t ms) {
    return ms > 0 && m->knobs.speed > 1 ? (ms + m->knobs.speed - 1) / m->knobs.speed : ms;
}

void at_modem_say_octets(struct at_modem *m, const void *octets, size_t len) {
    str_add_n(&m->out, octets, len);
    at_flush(m);
}

static void say_noise_line(struct at_modem *m, const struct profile_line *line) {
    if (m->knobs.mute && m->knobs.chatter && m->terminal.output) {
        m->terminal.output(m->terminal.line, "\r\n", 2);
        m->terminal.output(m->terminal.line, line->text, strlen(line->text));
        m->terminal.output(m->terminal.line, "\r\n", 2);
    } else if (line->octets && heard_here(m)) {
        at_modem_say_octets(m, line->text, line->octets);
    } else {
        at_urc(m, line->text);
    }
}

static void noise_later(struct at_modem *m);

static void say_noise(void *context, int64_t unused) {
    (void)unused;
    struct at_modem *m = context;
    if (!m->quiet)
        say_noise_line(m, &m->profile->noise[m->noise_at++]);
    noise_later(m);
}

/* Profiles whose lines have times chatter by themselves; the others when the knob says how often. */
static void noise_later(struct at_modem *m) {
    const struct profile_line *noise = m->profile->noise;
    m->noise_call = 0;
    if (!noise || m->quiet || (!m->knobs.noise && noise[0].after_ms == 0))
        return;
    if (!noise[m->noise_at].text)
        m->noise_at = 0;
    int64_t pause = m->knobs.noise ? m->knobs.noise : at_paced(m, noise[m->noise_at].after_ms);
    m->noise_call = schedule_in(m->schedule, pause, say_noise, m, 0);
}

/* -- command lines ----------------------------------------------------------------------------------------------------------------------- */

/* The length of an extended command's name at `at`: its prefix and what follows of letters and digits. */
static size_t name_length(const char *at) {
    size_t len = 1;
    while (isalnum((unsigned char)at[len]))
        len++;
    return len;
}

/* The end of a command: the next ';' outside quotes. */
static const char *command_end(const char *at) {
    bool quoted = false;
    for (; *at && (quoted || *at != ';'); at++)
        quoted ^= *at == '"';
    return at;
}

static int sim_error(const struct at_modem *m, unsigned flags) {
    static const int errors[][2] = {
        [PROFILE_SIM_READY] = {0, 0},
        [PROFILE_SIM_PIN] = {AT_CME | CME_SIM_PIN, AT_CMS | CMS_SIM_PIN},
        [PROFILE_SIM_PUK] = {AT_CME | CME_SIM_PUK, AT_CMS | CMS_SIM_PUK},
        [PROFILE_SIM_NONE] = {AT_CME | CME_NO_SIM, AT_CMS | CMS_NO_SIM},
    };
    return errors[m->sim][(flags & AT_CMS_ERRORS) != 0];
}

static bool starting(const struct at_modem *m, const struct at_command *c) {
    return m->profile->start_error && mono_ms(m) < m->start_until && (c->flags & AT_CMS_ERRORS || strcmp(c->name, "+CPIN") == 0);
}

int at_unknown(struct at_modem *m) {
    if (m->profile->unknown) {
        at_info(m, "%s", m->profile->unknown);
        return AT_PENDING; /* that line is the result */
    }
    return m->registers.cmee ? AT_CME | 100 : AT_ERROR;
}

static int run_test(struct at_modem *m, const struct at_command *c) {
    struct at_args none = {.count = 0};
    if (c->test)
        return c->test(m, c, &none);
    if (!c->range)
        return AT_ERROR;
    if (*c->range)
        at_info(m, "%s: %s", c->name, c->range);
    return AT_OK;
}

static int run_form(struct at_modem *m, const struct at_command *c, const char *form, size_t len) {
    struct at_args args = {.count = 0};
    if (len == 2 && memcmp(form, "=?", 2) == 0)
        return run_test(m, c);
    if (starting(m, c))
        return (c->flags & AT_CMS_ERRORS ? AT_CMS : AT_CME) | m->profile->start_error;
    if (m->sim != PROFILE_SIM_READY && c->flags & AT_NEEDS_SIM)
        return sim_error(m, c->flags);
    if (len == 0)
        return c->execute ? c->execute(m, c, &args) : AT_ERROR;
    if (len == 1 && *form == '?')
        return c->read ? c->read(m, c, &args) : AT_ERROR;
    if (*form != '=' || !c->set)
        return AT_ERROR;
    if (!at_args_parse(&args, form + 1, len - 1))
        return c->flags & AT_CMS_ERRORS ? AT_CMS | CMS_INVALID_TEXT : AT_CME | CME_BAD_PARAMETERS;
    return c->set(m, c, &args);
}

static int answer_of_profile(struct at_modem *m, const char *answer) {
    static const char *const results[] = {"ERROR", "+CMS ERROR", "+CME ERROR", "COMMAND NOT SUPPORT"};
    if (*answer)
        at_info(m, "%s", answer);
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (strncmp(answer, results[i], strlen(results[i])) == 0)
            return AT_PENDING; /* that line is the result */
    return AT_OK;
}

static int run_extended(struct at_modem *m, const char **at) {
    const char *start = *at, *end = command_end(start);
    size_t name = name_length(start);
    const struct at_command *c = at_command_find(start, name);
    *at = end;
    while (end > start + name && end[-1] == ' ')
        end--;
    size_t len = (size_t)(end - start);
    const char *answer = profile_answer(m->profile, start, len), *quiet = m->profile->quiet_after;
    m->quiet |= quiet && strlen(quiet) == len && strncasecmp(quiet, start, len) == 0;
    if (answer)
        return answer_of_profile(m, answer);
    return c ? run_form(m, c, start + name, len - name) : at_unknown(m);
}

static void run_line(struct at_modem *m, const char *at) {
    int r = AT_OK;
    while (*at && r == AT_OK) {
        if (*at == ' ' || *at == ';')
            at++;
        else if (strchr("+^$%*#", *at))
            r = run_extended(m, &at);
        else
            r = at_basic(m, &at);
    }
    result(m, r);
}

/* V.250 §5.2.1: a command line begins with "AT" (or "at"); what comes before it is ignored. */
static void take_line(struct at_modem *m) {
    const char *text = m->line.data;
    bool overflow = !str_ok(&m->line);
    while (*text && strncasecmp(text, "AT", 2) != 0)
        text++;
    if (*text) {
        str_clear(&m->last_line);
        str_add(&m->last_line, text + 2);
    }
    bool command = *text;
    str_clear(&m->line);
    if (command && m->profile->interjection && ++m->commands % 3 == 0)
        str_addf(&m->out, "\r\n%s\r\n", m->profile->interjection);
    if (command && overflow)
        result(m, AT_ERROR);
    else if (command)
        run_line(m, m->last_line.data);
}

static void repeat_line(struct at_modem *m) {
    char *copy = mem_string(m->last_line.data);
    str_clear(&m->line);
    run_line(m, copy);
    free(copy);
}

static void echo(struct at_modem *m, char c) {
    bool twice = m->profile->echo == PROFILE_ECHO_TWICE;
    if (c == '\n' || m->profile->echo == PROFILE_ECHO_NEVER || (!m->registers.echo && !twice))
        return;
    str_add_char(&m->out, c);
    if (c == '\r' && twice)
        str_addf(&m->out, "%s\r", m->line.data);
}

static void take_command_byte(struct at_modem *m, char c) {
    echo(m, c);
    if (c == '\r') {
        take_line(m);
    } else if (c == CHAR_BACKSPACE && m->line.len) {
        str_truncate(&m->line, m->line.len - 1);
    } else if ((unsigned char)c >= ' ') {
        str_add_char(&m->line, c);
        if (c == '/' && m->line.len == 2 && (m->line.data[0] == 'A' || m->line.data[0] == 'a'))
            repeat_line(m);
    }
}

/* -- text and PDUs ----------------------------------------------------------------------------------------------------------------------- */

void at_prompt(struct at_modem *m, const struct at_entry *entry) {
    m->entry = *entry;
    str_clear(&m->data);
    str_add(&m->out, "\r\n> ");
}

static void entry_done(struct at_modem *m) {
    if (m->registers.echo && m->registers.cmgf)
        str_add(&m->out, "\r\n");
    int r = at_entry_complete(m);
    m->entry.kind = AT_ENTRY_NONE;
    result(m, r);
}

static void take_entry_byte(struct at_modem *m, char c) {
    bool after_cr = m->entry.after_cr;
    m->entry.after_cr = false;
    switch (c) {
    case CHAR_CTRL_Z:
        entry_done(m);
        return;
    case CHAR_ESCAPE:
        m->entry.kind = AT_ENTRY_NONE;
        result(m, AT_OK);
        return;
    case '\r':
        m->entry.after_cr = true;
        str_add_char(&m->data, '\n');
        if (m->registers.echo)
            str_add(&m->out, "\r\n> ");
        return;
    case '\n':
        if (!after_cr)
            str_add_char(&m->data, '\n');
        return;
    case CHAR_BACKSPACE:
        if (m->data.len)
            str_truncate(&m->data, m->data.len - 1);
        break;
    default:
        str_add_char(&m->data, c);
    }
    if (m->registers.echo)
        str_add_char(&m->out, c);
}

/* -- input ------------------------------------------------------------------------------------------------------------------------------- */

static void take_byte(struct at_modem *m, char c) {
    if (m->busy)
        str_add_char(&m->ahead, c);
    else if (m->entry.kind != AT_ENTRY_NONE)
        take_entry_byte(m, c);
    else
        take_command_byte(m, c);
}

void at_modem_input(struct at_modem *m, const char *data, size_t len) {
    if (m->knobs.mute || m->deaf)
        return;
    m->last_byte = mono_ms(m);
    for (size_t i = 0; i < len; i++)
        take_byte(m, data[i]);
    release(m);
    at_flush(m);
}

void at_finish(struct at_modem *m, int r) {
    m->busy = false;
    result(m, r);
    release(m);
    at_flush(m);
    if (!m->ahead.len)
        return;
    size_t len = m->ahead.len;
    char *ahead = str_detach(&m->ahead);
    at_modem_input(m, ahead, len);
    free(ahead);
}

void at_modem_terminal_gone(struct at_modem *m) {
    str_clear(&m->line);
    str_clear(&m->ahead);
    str_clear(&m->out);
    str_clear(&m->held);
    m->entry.kind = AT_ENTRY_NONE;
}

/* -- life -------------------------------------------------------------------------------------------------------------------------------- */

void at_modem_defaults(struct at_modem_settings *settings) {
    *settings = (struct at_modem_settings){.profile = profile_at(0),
                                           .slots = -1,
                                           .me_slots = -1,
                                           .slot_base = -1,
                                           .knobs = {.ack_timeout = 15 * CLOCK_SECOND, .csq = 20, .registered = 1, .speed = 1}};
}

void at_reset(struct at_modem *m) {
    m->registers = (struct at_registers){.echo = 1,
                                         .verbose = 1,
                                         .cfun = 1,
                                         .cgatt = 1,
                                         .csmp = {0x11, 167, 0, 0},
                                         .cpms = {MEMORY_SM, MEMORY_SM, MEMORY_SM},
                                         .charset = AT_CHARSET_IRA};
    if (!slots_size(&m->slots, MEMORY_SM))
        for (int i = 0; i < 3; i++)
            m->registers.cpms[i] = MEMORY_ME;
    str_clear(&m->indications);
    m->indication_count = 0;
}

static void say_boot_line(void *context, int64_t i) {
    struct at_modem *m = context;
    const struct profile_line *line = &m->profile->boot[i];
    m->deaf = false;
    m->boot_call = 0;
    at_urc(m, line->text);
    if (line[1].text)
        m->boot_call = schedule_in(m->schedule, at_paced(m, line[1].after_ms), say_boot_line, m, i + 1);
}

void at_reboot(struct at_modem *m) {
    const struct profile *p = m->profile;
    at_reset(m);
    m->sim = m->card;
    m->quiet = false;
    m->start_until = mono_ms(m) + at_paced(m, p->start_ms);
    schedule_cancel(m->schedule, m->boot_call);
    m->boot_call = 0;
    m->deaf = p->boot != NULL;
    if (p->boot)
        m->boot_call = schedule_in(m->schedule, at_paced(m, p->boot[0].after_ms), say_boot_line, m, 0);
}

void at_modem_brown_out(struct at_modem *m) {
    at_modem_terminal_gone(m);
    schedule_cancel(m->schedule, m->submission.call);
    m->submission.under_way = m->busy = false;
    at_reboot(m);
    at_modem_changed(m);
}

const char *at_pin(const struct at_modem *m) {
    return m->settings.pin ? m->settings.pin : m->profile->pin ? m->profile->pin : "1234";
}

void at_modem_set_sim(struct at_modem *m, enum profile_sim sim) {
    static const char *const lines[] = {[PROFILE_SIM_READY] = "+CPIN: READY",
                                        [PROFILE_SIM_PIN] = "+CPIN: SIM PIN",
                                        [PROFILE_SIM_PUK] = "+CPIN: SIM PUK",
                                        [PROFILE_SIM_NONE] = "+CPIN: NOT READY"};
    m->card = m->sim = sim;
    m->pin_tries = 3;
    at_urc(m, lines[sim]);
    at_registration_changed(m);
}

/* What a profile is like when it is switched on. */
static void take_profile(struct at_modem *m, const struct profile *p) {
    m->profile = p;
    m->noise_at = 0;
    m->submission_at = 0;
    m->card = m->settings.pin ? PROFILE_SIM_PIN : p->sim;
    m->urc_port = p->urc_port;
    m->knobs.mute |= p->mute;
    m->knobs.chatter |= p->chatter;
    if (p->unregistered)
        m->knobs.registered = 0;
}

/* The check digit of an IMEI or ICCID (ISO/IEC 7812-1 annex B). */
static char luhn(const char *digits) {
    int sum = 0;
    size_t len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        int d = digits[len - 1 - i] - '0';
        d = i % 2 == 0 ? 2 * d : d;
        sum += d > 9 ? d - 9 : d;
    }
    return (char)('0' + (10 - sum % 10) % 10);
}

/* Identities that stay the same from start to start: the last digits of the number behind a fixed beginning. */
static void make_identity(struct at_modem *m) {
    char digits[PHONE_TEXT_SIZE] = "000000000", part[24];
    size_t n = 0;
    for (const char *c = m->settings.number.text; *c; c++)
        if (isdigit((unsigned char)*c))
            digits[n++] = *c;
    digits[n] = '\0';
    long tail = strtol(n > 9 ? digits + n - 9 : digits, NULL, 10);
    snprintf(part, sizeof part, "35824%09ld", tail);
    snprintf(m->imei, sizeof m->imei, "%.14s%c", part, luhn(part));
    snprintf(m->imsi, sizeof m->imsi, "452040%09ld", tail);
    snprintf(part, sizeof part, "898404000%09ld", tail);
    snprintf(m->iccid, sizeof m->iccid, "%.18s%c", part, luhn(part));
}

static void override_identity(char *to, size_t size, const char *wanted) {
    if (wanted)
        snprintf(to, size, "%s", wanted);
}

static int chosen(int wanted, int otherwise) {
    return wanted >= 0 ? wanted : otherwise;
}

static void copy_settings(struct at_modem *m, const struct at_modem_settings *s) {
    m->settings = *s;
    m->settings.name = mem_string(s->name);
    m->settings.pin = mem_string(s->pin);
    m->settings.imei = m->settings.imsi = m->settings.iccid = NULL;
    m->knobs = s->knobs;
    take_profile(m, s->profile);
    make_identity(m);
    override_identity(m->imei, sizeof m->imei, s->imei);
    override_identity(m->imsi, sizeof m->imsi, s->imsi);
    override_identity(m->iccid, sizeof m->iccid, s->iccid);
}

enum err at_modem_new(struct network *network, struct schedule *schedule, struct clock *clock, const struct at_modem_settings *settings,
                      struct at_modem **ret_modem) {
    struct at_modem *m = mem_alloc(sizeof *m);
    enum err e = network_attach(network, settings->name, &settings->number, at_offer, m, &m->subscriber);
    if (e) {
        free(m);
        return e;
    }
    m->network = network;
    m->schedule = schedule;
    m->clock = clock;
    copy_settings(m, settings);
    struct str *strings[] = {&m->line, &m->last_line, &m->data};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        str_init(strings[i], AT_LINE_MAX);
    str_init(&m->ahead, HELD_MAX);
    str_init(&m->out, OUT_MAX);
    str_init(&m->held, HELD_MAX);
    str_init(&m->indications, HELD_MAX);
    const struct profile *p = m->profile;
    /* A modem that doesn't store delivery reports has no memory for them. */
    slots_init(&m->slots, chosen(settings->slot_base, p->slot_base), chosen(settings->slots, p->sim_slots), chosen(settings->me_slots, p->me_slots),
               at_range_allows(p->cnmi_range, 3, 2) ? REPORT_SLOTS : 0);
    if (phone_parse(NETWORK_CENTRE, &m->centre) != ERR_OK)
        m->centre.kind = PHONE_NONE;
    m->pin_tries = 3;
    at_reset(m);
    m->sim = m->card;
    m->said_registered = (int)m->knobs.registered;
    at_modem_changed(m);
    *ret_modem = m;
    return ERR_OK;
}

void at_modem_free(struct at_modem *m) {
    if (!m)
        return;
    schedule_cancel_all(m->schedule, m);
    slots_release(&m->slots);
    struct str *strings[] = {&m->line, &m->last_line, &m->data, &m->ahead, &m->out, &m->held, &m->indications};
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        str_release(strings[i]);
    free((char *)m->settings.name);
    free((char *)m->settings.pin);
    free(m->ussd_path);
    free(m);
}

void at_modem_connect(struct at_modem *m, const struct at_terminal *terminal) {
    m->terminal = *terminal;
}

bool at_in_service(const struct at_modem *m) {
    return m->sim == PROFILE_SIM_READY && m->registers.cfun == 1 && protocol_registered(m->knobs.registered);
}

void at_registration_changed(struct at_modem *m) {
    int stat = m->registers.cfun == 1 && m->sim == PROFILE_SIM_READY ? (int)m->knobs.registered : 0;
    if (stat != m->said_registered && m->registers.creg) {
        char line[64];
        bool place = m->registers.creg == 2 && protocol_registered(stat);
        snprintf(line, sizeof line, "+CREG: %d%s", stat, place ? ",\"2E01\",\"0001A2B3\"" : "");
        at_urc(m, line);
    }
    m->said_registered = stat;
    if (at_in_service(m))
        subscriber_ready(m->subscriber);
}

struct at_knobs *at_modem_knobs(struct at_modem *m) {
    return &m->knobs;
}

void at_modem_changed(struct at_modem *m) {
    at_registration_changed(m);
    schedule_cancel(m->schedule, m->noise_call);
    noise_later(m);
}

void at_modem_fail_next(struct at_modem *m, const struct at_fault *fault) {
    m->fault = *fault;
}

void at_modem_say(struct at_modem *m, const char *text) {
    at_urc(m, text);
}

void at_modem_set_profile(struct at_modem *m, const struct profile *profile) {
    m->knobs.mute = m->knobs.chatter = false;
    m->knobs.registered = 1;
    take_profile(m, profile);
    at_reboot(m);
}

void at_modem_hangup(struct at_modem *m) {
    if (m->terminal.hangup)
        m->terminal.hangup(m->terminal.line);
}

const struct profile *at_modem_profile(const struct at_modem *m) {
    return m->profile;
}

const struct at_modem_settings *at_modem_settings(const struct at_modem *m) {
    return &m->settings;
}

struct subscriber *at_modem_subscriber(const struct at_modem *m) {
    return m->subscriber;
}

const struct slots *at_modem_slots(const struct at_modem *m) {
    return &m->slots;
}

bool at_modem_submitting(const struct at_modem *m) {
    return m->submission.under_way;
}

int64_t at_modem_pin_entered(const struct at_modem *m) {
    return m->pin_entered;
}

int64_t at_modem_submitted(const struct at_modem *m) {
    return m->submitted;
}
