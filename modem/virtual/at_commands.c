/* The command table and the commands that aren't about messages. A setting that is only kept and read back needs no code: its row names the
 * register and the range. Ranges are checked against the very text that NAME=? shows. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/mem.h"
#include "modem/virtual/at_state.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* -- arguments --------------------------------------------------------------------------------------------------------------------------- */

bool at_args_parse(struct at_args *args, const char *text, size_t len) {
    char *to = args->buffer, *start = to;
    bool quoted = false, given = false;
    args->count = 0;
    if (len >= sizeof args->buffer)
        return false;
    for (size_t i = 0; i <= len; i++) {
        char c = i < len ? text[i] : ',';
        if (c == ',' && (!quoted || i == len)) {
            if (args->count == AT_ARGS_MAX || quoted)
                return false;
            *to++ = '\0';
            args->v[args->count++] = given ? start : NULL;
            start = to;
            given = false;
            continue;
        }
        if (c == '"')
            quoted = !quoted;
        else if (quoted || c != ' ')
            *to++ = c;
        given = given || c != ' ';
    }
    return true;
}

const char *at_arg_text(const struct at_args *args, unsigned i) {
    return i < args->count ? args->v[i] : NULL;
}

bool at_arg_int(const struct at_args *args, unsigned i, int min, int max, int fallback, int *ret_value) {
    const char *text = at_arg_text(args, i);
    int64_t value = fallback;
    if (text && parse_int(text, min, max, &value) != ERR_OK)
        return false;
    *ret_value = (int)value;
    return true;
}

bool at_range_allows(const char *range, unsigned group, int value) {
    for (; group > 0 && range; group--)
        range = strchr(range + 1, '(');
    if (!range)
        return false;
    const char *at = range + 1;
    while (*at && *at != ')') {
        char *end;
        long low = strtol(at, &end, 10), high = low;
        if (end == at)
            return false;
        if (*end == '-')
            high = strtol(end + 1, &end, 10);
        if (value >= low && value <= high)
            return true;
        at = *end == ',' ? end + 1 : end;
    }
    return false;
}

/* -- rows without code of their own ------------------------------------------------------------------------------------------------------ */

static int *number_of(struct at_modem *m, const struct at_command *c) {
    return (int *)((char *)&m->registers + c->field);
}

static int number_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: %d", c->name, *number_of(m, c));
    return AT_OK;
}

static int number_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    int value;
    if (!at_arg_int(args, 0, 0, 255, 0, &value) || !at_range_allows(c->range, 0, value))
        return c->flags & AT_CMS_ERRORS ? AT_CMS | CMS_NOT_SUPPORTED : AT_CME | CME_BAD_PARAMETERS;
    *number_of(m, c) = value;
    return AT_OK;
}

static int accept(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)m, (void)c, (void)args;
    return AT_OK;
}

/* -- identity ---------------------------------------------------------------------------------------------------------------------------- */

static int manufacturer(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c, (void)args;
    at_info(m, "%s", m->profile->manufacturer);
    return AT_OK;
}

static int model(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c, (void)args;
    at_info(m, "%s", m->profile->model);
    return AT_OK;
}

static int revision(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c, (void)args;
    at_info(m, "%s", m->profile->revision);
    return AT_OK;
}

static int imei(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c, (void)args;
    at_info(m, "%s", m->imei);
    return AT_OK;
}

static int imsi(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c, (void)args;
    at_info(m, "%s", m->imsi);
    return AT_OK;
}

static int iccid(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    if (m->sim == PROFILE_SIM_NONE) /* a locked SIM tells it */
        return AT_CME | CME_NO_SIM;
    at_info(m, "%s: %s", c->name, m->iccid);
    return AT_OK;
}

static int own_number(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: \"\",\"%s\",%d", c->name, m->settings.number.text, m->settings.number.text[0] == '+' ? 145 : 129);
    return AT_OK;
}

/* -- SIM, network ------------------------------------------------------------------------------------------------------------------------ */

static int cpin_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    static const char *const states[] = {[PROFILE_SIM_READY] = "READY", [PROFILE_SIM_PIN] = "SIM PIN", [PROFILE_SIM_PUK] = "SIM PUK"};
    if (m->sim == PROFILE_SIM_NONE)
        return AT_CME | CME_NO_SIM;
    at_info(m, "%s: %s", c->name, states[m->sim]);
    return AT_OK;
}

static int cpin_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    const char *pin = at_arg_text(args, 0);
    m->pin_entered++;
    if (m->sim == PROFILE_SIM_NONE)
        return AT_CME | CME_NO_SIM;
    if (m->sim == PROFILE_SIM_READY)
        return AT_CME | CME_NOT_ALLOWED;
    if (m->sim == PROFILE_SIM_PUK)
        return AT_CME | CME_SIM_PUK;
    if (pin && strcmp(pin, at_pin(m)) == 0) {
        m->sim = PROFILE_SIM_READY;
        m->pin_tries = 3;
        at_registration_changed(m);
        return AT_OK;
    }
    if (--m->pin_tries == 0)
        m->card = m->sim = PROFILE_SIM_PUK;
    return AT_CME | (m->sim == PROFILE_SIM_PUK ? CME_SIM_PUK : CME_WRONG_PASSWORD);
}

/* 3GPP TS 27.007 §8.65. */
static int cpinr(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    if (m->sim == PROFILE_SIM_NONE)
        return AT_CME | CME_NO_SIM;
    at_info(m, "%s: SIM PIN,%d,3", c->name, m->sim == PROFILE_SIM_PUK ? 0 : m->pin_tries);
    at_info(m, "%s: SIM PUK,10,10", c->name);
    return AT_OK;
}

static int registration_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    int n = *number_of(m, c), stat = m->registers.cfun == 1 && m->sim == PROFILE_SIM_READY ? (int)m->knobs.registered : 0;
    at_info(m, "%s: %d,%d%s", c->name, n, stat, n == 2 && at_in_service(m) ? ",\"2E01\",\"0001A2B3\"" : "");
    return AT_OK;
}

static int csq(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: %d,99", c->name, at_in_service(m) ? (int)m->knobs.csq : 99);
    return AT_OK;
}

static const char *const operator_names[] = {"VIRTUAL MOBILE", "VIRTUAL", "45204"}; /* AT+COPS=3,<format> */

static int cops_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    if (at_in_service(m))
        at_info(m, "%s: 0,%d,\"%s\",7", c->name, m->registers.cops_format, operator_names[m->registers.cops_format]);
    else
        at_info(m, "%s: 0", c->name);
    return AT_OK;
}

static int cops_test(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: (2,\"%s\",\"%s\",\"%s\",7),,(0-4),(0-2)", c->name, operator_names[0], operator_names[1], operator_names[2]);
    return AT_OK;
}

static int cops_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int mode, format;
    if (!at_arg_int(args, 0, 0, 4, 0, &mode) || !at_arg_int(args, 1, 0, 2, m->registers.cops_format, &format))
        return AT_CME | CME_BAD_PARAMETERS;
    m->registers.cops_format = format;
    return AT_OK;
}

static int cfun_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int function, restart;
    if (!at_arg_int(args, 0, 0, 4, 1, &function) || !at_range_allows("(0,1,4)", 0, function) || !at_arg_int(args, 1, 0, 1, 0, &restart))
        return AT_CME | CME_BAD_PARAMETERS;
    if (restart)
        at_reboot(m);
    else
        m->registers.cfun = function;
    at_registration_changed(m);
    return AT_OK;
}

static int activity(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: 0", c->name);
    return AT_OK;
}

static int clck_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    int mode;
    const char *facility = at_arg_text(args, 0);
    if (!facility || !at_arg_int(args, 1, 0, 2, 2, &mode))
        return AT_CME | CME_BAD_PARAMETERS;
    if (mode != 2)
        return AT_CME | CME_NOT_ALLOWED;
    at_info(m, "%s: %d", c->name, strcasecmp(facility, "SC") == 0 && m->card == PROFILE_SIM_PIN ? 1 : 0);
    return AT_OK;
}

static int cclk_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    struct civil t = civil_of(m->clock->wall_ms(m->clock));
    at_info(m, "%s: \"%02d/%02d/%02d,%02d:%02d:%02d+28\"", c->name, t.year % 100, t.month, t.day, t.hour, t.minute, t.second);
    return AT_OK;
}

/* -- settings of messages ---------------------------------------------------------------------------------------------------------------- */

static int csms_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    int r = number_set(m, c, args);
    if (r == AT_OK)
        at_info(m, "%s: 1,1,1", c->name);
    return r;
}

static int csms_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: %d,1,1,1", c->name, m->registers.csms);
    return AT_OK;
}

static int csca_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info_begin(m);
    str_addf(&m->out, "%s: \"", c->name);
    at_charset_write(m->registers.charset, m->centre.kind == PHONE_NONE ? "" : m->centre.text, &m->out);
    str_addf(&m->out, "\",%d", m->centre.text[0] == '+' ? 145 : 129);
    at_info_end(m);
    return AT_OK;
}

bool at_arg_phone(const struct at_modem *m, const struct at_args *args, unsigned i, struct phone *ret_phone) {
    const char *text = at_arg_text(args, i);
    struct str number;
    str_init(&number, 128);
    bool good = text && at_charset_read(m->registers.charset, bytes_text(text), &number);
    /* Numbers in digits are taken whatever the character set says; most modems do. */
    if (text && (!good || phone_parse(number.data, ret_phone) != ERR_OK || ret_phone->kind == PHONE_ALPHANUMERIC))
        good = phone_parse(text, ret_phone) == ERR_OK && ret_phone->kind != PHONE_ALPHANUMERIC;
    str_release(&number);
    return good;
}

static int csca_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    const char *text = at_arg_text(args, 0);
    struct phone centre = {.kind = PHONE_NONE};
    if (!text || (*text && !at_arg_phone(m, args, 0, &centre)))
        return AT_CMS | CMS_INVALID_TEXT;
    m->centre = centre;
    return AT_OK;
}

static int csmp_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    const int *v = m->registers.csmp;
    at_info(m, "%s: %d,%d,%d,%d", c->name, v[0], v[1], v[2], v[3]);
    return AT_OK;
}

static int csmp_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    int v[4];
    for (unsigned i = 0; i < 4; i++)
        if (!at_arg_int(args, i, 0, 255, m->registers.csmp[i], &v[i]))
            return AT_CMS | CMS_INVALID_TEXT;
    memcpy(m->registers.csmp, v, sizeof v);
    return AT_OK;
}

static int cscs_read(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: \"%s\"", c->name, at_charset_name(m->registers.charset));
    return AT_OK;
}

static int cscs_test(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)args;
    at_info(m, "%s: (%s)", c->name, m->profile->charsets);
    return AT_OK;
}

static int cscs_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    (void)c;
    const char *name = at_arg_text(args, 0);
    enum at_charset charset;
    if (!name || !at_charset_parse(name, &charset) || !strstr(m->profile->charsets, at_charset_name(charset)))
        return AT_CME | CME_NOT_ALLOWED;
    m->registers.charset = charset;
    return AT_OK;
}

/* -- ports of one modem -------------------------------------------------------------------------------------------------------------------- */

/* The profile's own spelling of a port, NULL: it has none of that name. */
static const char *port_named(const struct profile *p, const char *name) {
    static const char *const ports[] = {"usbat", "usbmodem", "uart1"};
    for (size_t i = 0; i < sizeof ports / sizeof *ports; i++)
        if (strcasecmp(ports[i], name) == 0 && strstr(p->urc_ports, ports[i]))
            return ports[i];
    return NULL;
}

/* AT+QURCCFG="urcport"[,"usbat"]: which port unsolicited lines go to. It outlives a restart. */
static int qurccfg_set(struct at_modem *m, const struct at_command *c, const struct at_args *args) {
    const char *what = at_arg_text(args, 0), *port = at_arg_text(args, 1);
    if (!m->profile->urc_ports)
        return at_unknown(m);
    if (!what || strcasecmp(what, "urcport") != 0)
        return AT_CME | CME_BAD_PARAMETERS;
    if (!port) {
        at_info(m, "%s: \"urcport\",\"%s\"", c->name, m->urc_port);
        return AT_OK;
    }
    const char *named = port_named(m->profile, port);
    if (!named)
        return AT_CME | CME_BAD_PARAMETERS;
    m->urc_port = named;
    return AT_OK;
}

/* -- basic commands (V.250 §6) ----------------------------------------------------------------------------------------------------------- */

static int identify(struct at_modem *m) {
    at_info(m, "%s %s %s", m->profile->manufacturer, m->profile->model, m->profile->revision);
    return AT_OK;
}

static int set_flag(int *flag, int value) {
    if (value > 1)
        return AT_ERROR;
    *flag = value;
    return AT_OK;
}

static int basic(struct at_modem *m, char letter, int value) {
    switch (letter) {
    case 'E':
        return set_flag(&m->registers.echo, value);
    case 'Q':
        return set_flag(&m->registers.quiet, value);
    case 'V':
        return set_flag(&m->registers.verbose, value);
    case 'I':
        return identify(m);
    case 'Z':
        at_reset(m);
        return AT_OK;
    case 'H':
        return at_hang_up(m, NULL, NULL);
    case 'L':
    case 'M':
    case 'X':
        return AT_OK;
    default:
        return AT_ERROR;
    }
}

static int basic_ampersand(struct at_modem *m, char letter) {
    if (letter == 'F')
        at_reset(m);
    return strchr("CDFKSVW", letter) ? AT_OK : AT_ERROR;
}

/* ATS<n>? and ATS<n>=<v>: kept by nobody, S3–S5 are CR, LF, BS. */
static int s_register(struct at_modem *m, int number, const char **at) {
    static const int values[] = {0, 0, 43, 13, 10, 8};
    if (**at == '?') {
        ++*at;
        at_info(m, "%03d", number >= 0 && number <= 5 ? values[number] : 0);
    } else if (**at == '=') {
        strtol(*at + 1, (char **)at, 10);
    }
    return AT_OK;
}

int at_basic(struct at_modem *m, const char **at) {
    char letter = (char)toupper((unsigned char)*(*at)++);
    bool ampersand = letter == '&', backslash = letter == '\\';
    if ((ampersand || backslash) && **at)
        letter = (char)toupper((unsigned char)*(*at)++);
    int value = 0;
    while (isdigit((unsigned char)**at) && value < 1000)
        value = 10 * value + (*(*at)++ - '0');
    if (ampersand)
        return basic_ampersand(m, letter);
    if (backslash)
        return AT_OK;
    if (letter == 'S')
        return s_register(m, value, at);
    return basic(m, letter, value);
}

/* -- the table --------------------------------------------------------------------------------------------------------------------------- */

#define REGISTER(name) offsetof(struct at_registers, name)
#define KEPT(register) .read = number_read, .set = number_set, .field = REGISTER(register)

static const struct at_command commands[] = {
    {"+CBST", 0, "(0,7,71),(0),(1)", .set = accept},
    {"+CCID", 0, "", .execute = iccid, .read = iccid},
    {"+ICCID", 0, "", .execute = iccid, .read = iccid},
    {"+CCLK", 0, "", .read = cclk_read, .set = accept},
    {"+CFUN", 0, "(0,1,4),(0-1)", .read = number_read, .set = cfun_set, .field = REGISTER(cfun)},
    {"+CGATT", AT_NEEDS_SIM, "(0,1)", KEPT(cgatt)},
    {"+CGMI", 0, "", .execute = manufacturer},
    {"+CGMM", 0, "", .execute = model},
    {"+CGMR", 0, "", .execute = revision},
    {"+CGREG", 0, "(0-2)", .read = registration_read, .set = number_set, .field = REGISTER(cgreg)},
    {"+CGSN", 0, "", .execute = imei},
    {"+CIMI", AT_NEEDS_SIM, "", .execute = imsi},
    {"+CHUP", 0, "", .execute = at_hang_up},
    {"+CLCK", AT_NEEDS_SIM, "(\"SC\")", .set = clck_set},
    {"+CLIP", 0, "(0-1)", KEPT(clip)},
    {"+CMEE", 0, "(0-2)", KEPT(cmee)},
    {"+CMGD", AT_NEEDS_SIM | AT_CMS_ERRORS, .set = at_cmgd, .test = at_cmgd_test},
    {"+CMGF", AT_CMS_ERRORS, "(0,1)", KEPT(cmgf)},
    {"+CMGL", AT_NEEDS_SIM | AT_CMS_ERRORS, .execute = at_cmgl, .set = at_cmgl, .test = at_cmgl_test},
    {"+CMGR", AT_NEEDS_SIM | AT_CMS_ERRORS, "", .set = at_cmgr},
    {"+CMGS", AT_NEEDS_SIM | AT_CMS_ERRORS, "", .set = at_cmgs},
    {"+CMGW", AT_NEEDS_SIM | AT_CMS_ERRORS, "", .execute = at_cmgw_execute, .set = at_cmgw},
    {"+CMMS", AT_CMS_ERRORS, "(0-2)", KEPT(cmms)},
    {"+CMSS", AT_NEEDS_SIM | AT_CMS_ERRORS, "", .set = at_cmss},
    {"+CNMA", AT_NEEDS_SIM | AT_CMS_ERRORS, "(0-2)", .execute = at_cnma, .set = at_cnma},
    {"+CNMI", AT_CMS_ERRORS, .read = at_cnmi_read, .set = at_cnmi_set, .test = at_cnmi_test},
    {"+CNUM", AT_NEEDS_SIM, "", .execute = own_number},
    {"+COPS", AT_NEEDS_SIM, .read = cops_read, .set = cops_set, .test = cops_test},
    {"+CPAS", 0, "(0,3,4)", .execute = activity},
    {"+CPIN", 0, "", .read = cpin_read, .set = cpin_set},
    {"+CPINR", 0, "", .execute = cpinr},
    {"+CPMS", AT_NEEDS_SIM | AT_CMS_ERRORS, .read = at_cpms_read, .set = at_cpms_set, .test = at_cpms_test},
    {"+CREG", 0, "(0-2)", .read = registration_read, .set = number_set, .field = REGISTER(creg)},
    {"+CRES", AT_CMS_ERRORS, "(0)", .execute = accept, .set = accept},
    {"+CSAS", AT_CMS_ERRORS, "(0)", .execute = accept, .set = accept},
    {"+CSCA", AT_NEEDS_SIM | AT_CMS_ERRORS, "", .read = csca_read, .set = csca_set},
    {"+CSCS", 0, .read = cscs_read, .set = cscs_set, .test = cscs_test},
    {"+CSDH", AT_CMS_ERRORS, "(0,1)", KEPT(csdh)},
    {"+CSMP", AT_CMS_ERRORS, "", .read = csmp_read, .set = csmp_set},
    {"+CSMS", AT_CMS_ERRORS, "(0,1)", .read = csms_read, .set = csms_set, .field = REGISTER(csms)},
    {"+CSQ", 0, "(0-31,99),(0-7,99)", .execute = csq},
    {"+CUSD", AT_NEEDS_SIM, "(0-2)", .read = number_read, .set = at_cusd_set, .field = REGISTER(cusd)},
    {"+GMI", 0, "", .execute = manufacturer},
    {"+GMM", 0, "", .execute = model},
    {"+GMR", 0, "", .execute = revision},
    {"+GSN", 0, "", .execute = imei},
    {"+IFC", 0, "(0-2),(0-2)", .set = accept},
    {"+IPR", 0, "(),(9600,115200)", .set = accept},
    {"+QURCCFG", 0, NULL, .set = qurccfg_set},
};

const struct at_command *at_command_find(const char *name, size_t len) {
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strlen(commands[i].name) == len && strncasecmp(commands[i].name, name, len) == 0)
            return &commands[i];
    return NULL;
}
