/* The parsers. None of them allocates, none looks past the NUL, and every number is range-checked before it is believed.
 * Wrong input costs nothing but a `false`: the caller decides what a missing answer means. */
#include "modem/at_reply.h"

#include "firmware-host/base/str.h"
#include "modem/cms_error.h"
#include "modem/quirks.h"

#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char *skip_blanks(const char *s) {
    return s + strspn(s, " \t");
}

/* The rest behind a prefix, blanks skipped; NULL where the line starts otherwise. "+CMGS:7" and "+CMGS : 7" are the same. */
static const char *behind(const char *line, const char *prefix) {
    size_t name = strcspn(prefix, ":");
    if (strncasecmp(line, prefix, name) != 0)
        return NULL;
    const char *rest = skip_blanks(line + name);
    if (prefix[name] == ':') {
        if (*rest != ':')
            return NULL;
        rest = skip_blanks(rest + 1);
    }
    return rest;
}

/* A decimal number and what stands behind it, blanks skipped; -1: none, or more than most. */
static int read_number(const char *s, int most, const char **ret_end) {
    int64_t n = 0;
    if (!isdigit((unsigned char)*s))
        return -1;
    for (; isdigit((unsigned char)*s); s++) {
        n = n * 10 + (*s - '0');
        if (n > most)
            return -1;
    }
    *ret_end = skip_blanks(s);
    return (int)n;
}

/* ---- results ---- */

static bool parse_error(const char *line, const char *prefix, int (*code_of)(const char *), int *ret_code) {
    const char *rest = behind(line, prefix), *end;
    if (!rest)
        return false;
    int code = read_number(rest, 65535, &end);
    if (code >= 0 && *end == '\0')
        *ret_code = code;
    else
        *ret_code = code_of(rest);
    return true;
}

bool at_parse_final(const char *line, enum at_result *ret_result, int *ret_code) {
    static const char *const refusals[] = {"ERROR", "COMMAND NOT SUPPORT", "COMMAND NOT SUPPORTED", "TOO MANY PARAMETERS"};
    if (strcmp(line, "OK") == 0) {
        *ret_result = AT_RESULT_OK;
        *ret_code = -1;
        return true;
    }
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(line, refusals[i]) == 0) {
            *ret_result = AT_RESULT_ERROR;
            *ret_code = -1;
            return true;
        }
    if (parse_error(line, "+CMS ERROR:", cms_error_code, ret_code)) {
        *ret_result = AT_RESULT_CMS;
        return true;
    }
    if (parse_error(line, "+CME ERROR:", cme_error_code, ret_code)) {
        *ret_result = AT_RESULT_CME;
        return true;
    }
    return false;
}

/* ---- fields ---- */

bool at_parse_fields(const char *line, const char *prefix, struct at_fields *ret_fields) {
    const char *rest = behind(line, prefix);
    if (!rest)
        return false;
    struct at_fields *f = ret_fields;
    size_t len = strnlen(rest, AT_LINE_MAX);
    memcpy(f->text, rest, len);
    f->text[len] = '\0';
    f->count = 0;
    char *at = f->text;
    while (f->count < AT_FIELDS_MAX) {
        char *start = at;
        bool quoted = false;
        for (; *at && (quoted || *at != ','); at++)
            quoted ^= *at == '"';
        bool last = *at == '\0';
        char *end = at;
        *at++ = '\0';
        while (*start == ' ' || *start == '\t' || *start == '"')
            start++;
        while (end > start && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '"'))
            *--end = '\0';
        f->field[f->count++] = start;
        if (last)
            break;
    }
    return true;
}

bool at_field_number(const struct at_fields *f, size_t i, int most, int *ret_number) {
    const char *end;
    if (i >= f->count)
        return false;
    int n = read_number(f->field[i], most, &end);
    if (n < 0 || *end)
        return false;
    *ret_number = n;
    return true;
}

/* ---- memories ---- */

static const char *const memory_names[AT_MEMORY_COUNT] = {"", "SM", "ME", "MT", "SR"};

const char *at_memory_name(enum at_memory m) {
    return (unsigned)m < AT_MEMORY_COUNT ? memory_names[m] : "";
}

static enum at_memory memory_of(const char *name, size_t len) {
    for (enum at_memory m = AT_MEMORY_SM; m < AT_MEMORY_COUNT; m++)
        if (strlen(memory_names[m]) == len && strncasecmp(memory_names[m], name, len) == 0)
            return m;
    return AT_MEMORY_NONE;
}

/* ---- lines that nobody asked for ---- */

/* The first row whose start fits decides. `whole`: the line says this and nothing more. */
static const struct {
    const char *start;
    bool whole;
    enum at_urc urc;
} urcs[] = {
    {"+CMTI:", false, AT_URC_STORED},
    {"+CDSI:", false, AT_URC_REPORT_STORED},
    {"+CMT:", false, AT_URC_MESSAGE},
    {"+CDS:", false, AT_URC_REPORT},
    {"+CBM:", false, AT_URC_BROADCAST},
    {"RDY", true, AT_URC_RESTARTED},
    {"SMS Ready", true, AT_URC_RESTARTED},
    {"Call Ready", true, AT_URC_RESTARTED},
    {"SMS DONE", true, AT_URC_RESTARTED},
    {"PB DONE", true, AT_URC_RESTARTED},
    {"+QIND: SMS DONE", true, AT_URC_RESTARTED},
    {"+CPIN: READY", true, AT_URC_RESTARTED},
    {"^SYSSTART", false, AT_URC_RESTARTED},
    {"+PBREADY", true, AT_URC_RESTARTED},
    {"+WIND: 4", true, AT_URC_RESTARTED},
    {"+CPIN: NOT READY", true, AT_URC_SIM_GONE},
    {"+CPIN: SIM PIN", true, AT_URC_SIM_GONE},
    {"+CPIN: SIM PUK", true, AT_URC_SIM_GONE},
    {"+CPIN: NOT INSERTED", true, AT_URC_SIM_GONE},
    {"+SIMCARD: NOT AVAILABLE", true, AT_URC_SIM_GONE},
    {"^SMMEMFULL", false, AT_URC_FULL},
    {"+CUSD:", false, AT_URC_USSD},
    {"RING", true, AT_URC_RING},
    {"+CRING:", false, AT_URC_RING},
    {"+CLIP:", false, AT_URC_CALLER},
    {"RING", false, AT_URC_OTHER},
    {"NO CARRIER", true, AT_URC_OTHER},
    {"NO ANSWER", true, AT_URC_OTHER},
    {"NO DIALTONE", true, AT_URC_OTHER},
    {"BUSY", true, AT_URC_OTHER},
    {"CONNECT", false, AT_URC_OTHER},
    {"START", true, AT_URC_OTHER},
    {"STIN:", false, AT_URC_OTHER},
};

static enum at_urc urc_of(const char *line) {
    for (size_t i = 0; i < sizeof urcs / sizeof *urcs; i++) {
        size_t len = strlen(urcs[i].start);
        if (strncmp(line, urcs[i].start, len) == 0 && (!urcs[i].whole || line[len] == '\0'))
            return urcs[i].urc;
    }
    return (line[0] && strchr("+^*%#$&!_", line[0])) || quirks_is_noise(line) ? AT_URC_OTHER : AT_URC_NONE;
}

struct at_unsolicited at_parse_unsolicited(const char *line) {
    struct at_unsolicited u = {.urc = urc_of(line), .memory = AT_MEMORY_NONE, .index = -1, .length = -1};
    struct at_fields f;
    switch (u.urc) {
    case AT_URC_STORED:
    case AT_URC_REPORT_STORED:
        if (at_parse_fields(line, u.urc == AT_URC_STORED ? "+CMTI:" : "+CDSI:", &f) && f.count >= 2) {
            u.memory = memory_of(f.field[0], strlen(f.field[0]));
            at_field_number(&f, 1, INT16_MAX, &u.index);
        }
        break;
    case AT_URC_MESSAGE:
    case AT_URC_REPORT:
    case AT_URC_BROADCAST:
        /* `+CMT: [alpha],length`, `+CDS: length`, `+CDS: ,length` (ZTE): the length is always the last. */
        if (at_parse_fields(line, u.urc == AT_URC_MESSAGE ? "+CMT:" : u.urc == AT_URC_REPORT ? "+CDS:" : "+CBM:", &f))
            at_field_number(&f, f.count - 1, INT16_MAX, &u.length);
        break;
    case AT_URC_NONE:
    case AT_URC_OTHER:
    case AT_URC_RESTARTED:
    case AT_URC_SIM_GONE:
    case AT_URC_FULL:
    case AT_URC_USSD:
    case AT_URC_RING:
    case AT_URC_CALLER:
        break;
    }
    return u;
}

bool at_is_hex(const char *line) {
    return *line && line[strspn(line, "0123456789ABCDEFabcdef")] == '\0';
}

/* ---- answers ---- */

/* The memories named before `end`: runs of letters, digits and underscores, whatever quotes and commas stand around them. */
static unsigned named_memories(const char *from, const char *end) {
    unsigned set = 0;
    while (from < end) {
        size_t len = 0;
        while (from + len < end && (isalnum((unsigned char)from[len]) || from[len] == '_'))
            len++;
        if (len)
            set |= 1U << memory_of(from, len);
        from += len ? len : 1;
    }
    return set & ~(1U << AT_MEMORY_NONE);
}

bool at_parse_memories(const char *line, struct at_memories *ret_memories) {
    unsigned groups[3] = {0};
    const char *rest = behind(line, "+CPMS:");
    if (!rest)
        return false;
    size_t n = 0;
    for (const char *open; n < 3 && (open = strchr(rest, '(')) != NULL; n++) {
        const char *close = open + strcspn(open, ")");
        groups[n] = named_memories(open + 1, close);
        rest = close;
    }
    if (n == 0) /* a bare list: the memories that there are */
        groups[n++] = named_memories(rest, rest + strlen(rest));
    for (; n < 3; n++)
        groups[n] = groups[n - 1];
    if (!groups[0])
        return false;
    *ret_memories = (struct at_memories){.read = groups[0], .write = groups[1], .arrive = groups[2]};
    return true;
}

bool at_parse_usage(const char *line, struct at_usage *ret_usage) {
    struct at_fields f;
    struct at_usage u;
    if (!at_parse_fields(line, "+CPMS:", &f))
        return false;
    size_t at = f.count >= 9 ? 6 : f.count >= 6 ? 3 : 0;
    if (!at_field_number(&f, at + 1, 100000, &u.used) || !at_field_number(&f, at + 2, 100000, &u.total))
        return false;
    u.memory = memory_of(f.field[at], strlen(f.field[at]));
    *ret_usage = u;
    return true;
}

bool at_parse_list_entry(const char *line, int *ret_index, int *ret_stat, int *ret_length) {
    struct at_fields f;
    int index, stat, length = -1;
    if (!at_parse_fields(line, "+CMGL:", &f) || !at_field_number(&f, 0, INT16_MAX, &index) || !at_field_number(&f, 1, 9, &stat))
        return false;
    at_field_number(&f, f.count - 1, INT16_MAX, &length);
    *ret_index = index;
    *ret_stat = stat;
    *ret_length = f.count > 2 ? length : -1;
    return true;
}

bool at_parse_read_entry(const char *line, int *ret_stat, int *ret_length) {
    struct at_fields f;
    int stat, length = -1;
    if (!at_parse_fields(line, "+CMGR:", &f) || !at_field_number(&f, 0, 9, &stat))
        return false;
    at_field_number(&f, f.count - 1, INT16_MAX, &length);
    *ret_stat = stat;
    *ret_length = f.count > 1 ? length : -1;
    return true;
}

bool at_parse_reference(const char *line, int *ret_reference) {
    struct at_fields f;
    return at_parse_fields(line, "+CMGS:", &f) && at_field_number(&f, 0, UINT8_MAX, ret_reference);
}

bool at_parse_registration(const char *line, const char *prefix, int *ret_stat) {
    struct at_fields f;
    if (!at_parse_fields(line, prefix, &f))
        return false;
    /* Asked for it is `n,stat[,…]`, unsolicited `stat[,area,cell]`: an area is longer than a stat, or isn't decimal. */
    bool asked = f.count >= 2 && strlen(f.field[1]) <= 3 && at_field_number(&f, 1, 10, ret_stat);
    return asked || at_field_number(&f, 0, 10, ret_stat);
}

bool at_parse_signal(const char *line, int *ret_rssi) {
    struct at_fields f;
    return at_parse_fields(line, "+CSQ:", &f) && at_field_number(&f, 0, 199, ret_rssi);
}

bool at_parse_operator(const char *line, char *name, size_t size) {
    struct at_fields f;
    return at_parse_fields(line, "+COPS:", &f) && f.count >= 3 && f.field[2][0] && str_copy(name, size, f.field[2]) == ERR_OK;
}

bool at_parse_number(const char *line, const char *prefix, int *ret_number) {
    struct at_fields f;
    return at_parse_fields(line, prefix, &f) && at_field_number(&f, 0, INT_MAX - 10, ret_number);
}

bool at_parse_word(const char *line, const char *prefix, char *word, size_t size) {
    struct at_fields f;
    return at_parse_fields(line, prefix, &f) && f.field[0][0] && str_copy(word, size, f.field[0]) == ERR_OK;
}

/* Where AT+CSCS is UCS2, numbers are written so too: "002B0038…". */
static void unwrap_ucs2(char *number) {
    char plain[64];
    size_t len = strlen(number), count = 0;
    if (len < 8 || len % 4 != 0 || len / 4 >= sizeof plain)
        return;
    for (const char *at = number; *at; at += 4) {
        uint8_t unit[2];
        size_t octets;
        if (hex_decode(at, 4, unit, sizeof unit, &octets) != ERR_OK || unit[0] != 0 || (unit[1] != '+' && !isdigit(unit[1])))
            return;
        plain[count++] = (char)unit[1];
    }
    memcpy(number, plain, count);
    number[count] = '\0';
}

bool at_parse_caller(const char *line, char *number, size_t size) {
    enum { INTERNATIONAL = 0x10, KIND = 0x70, TYPE_MAX = 255 };
    char digits[AT_LINE_MAX + 1];
    struct at_fields f;
    int type = 0;
    if (!at_parse_fields(line, "+CLIP:", &f))
        return false;
    memcpy(digits, f.field[0], strlen(f.field[0]) + 1);
    unwrap_ucs2(digits);
    size_t plus = digits[0] == '+', len = strspn(digits + plus, "0123456789");
    at_field_number(&f, 1, TYPE_MAX, &type);
    bool add = !plus && len > 0 && (type & KIND) == INTERNATIONAL;
    if (digits[plus + len] != '\0' || len + plus + add >= size)
        return false;
    number[0] = '+';
    memcpy(number + add, digits, plus + len + 1);
    return true;
}

/* What stands behind the line's own prefix, if it has one: `+CGSN: "8612"` → `"8612"`. */
static const char *value_of(const char *line) {
    const char *colon = strchr(line, ':');
    return skip_blanks(strchr("+^*%#$", line[0]) && line[0] && colon ? colon + 1 : line);
}

bool at_parse_digits(const char *line, size_t least, char *digits, size_t size) {
    const char *value = value_of(line);
    value += *value == '"';
    size_t len = strspn(value, "0123456789");
    const char *end = value + len;
    end += *end == '"';
    if (len < least || len >= size || *skip_blanks(end) != '\0')
        return false;
    memcpy(digits, value, len);
    digits[len] = '\0';
    return true;
}

bool at_parse_iccid(const char *line, char *digits, size_t size) {
    const char *value = value_of(line);
    value += strcspn(value, "0123456789");
    size_t len = strspn(value, "0123456789");
    size_t filling = strspn(value + len, "Ff");
    if (len < 18 || len > 20 || len + filling > 20 || len >= size || isalnum((unsigned char)value[len + filling]))
        return false;
    memcpy(digits, value, len);
    digits[len] = '\0';
    return true;
}
