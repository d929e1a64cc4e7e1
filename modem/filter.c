/* The table of what libGammu 1.42 says to a device, and what becomes of it. The exhibits are its source (libgammu/phone/at) and what was measured. */
#include "modem/filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CTRL_Z '\x1a'
#define ESCAPE '\x1b'
enum { SHOWN_MAX = 200 }; /* octets of a line that libGammu sees: its buffers are longer */
/* A message that libGammu's decoder knows well, "How are you?", in the place of every real one. */
#define STAND_IN "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"
#define STAND_IN_OCTETS 30

/* ---- from libGammu ---- */

void filter_init(struct filter *f) {
    *f = (struct filter){.len = 0};
}

static void begin(struct filter *f) {
    f->len = 0;
    f->cut = f->complete = false;
    f->text[0] = '\0';
}

static enum filter_event end(struct filter *f, enum filter_event event) {
    if (f->cut)
        f->len = 0;
    f->text[f->len] = '\0';
    f->complete = true;
    return event;
}

enum filter_event filter_take(struct filter *f, const char *data, size_t len, size_t *ret_used) {
    if (f->complete)
        begin(f);
    for (size_t i = 0; i < len; i++) {
        char c = data[i];
        *ret_used = i + 1;
        if (c == ESCAPE) {
            f->prompted = false;
            f->len = 0;
            return end(f, FILTER_ESCAPE);
        }
        if (f->prompted && c == CTRL_Z) {
            f->prompted = false;
            return end(f, FILTER_PDU);
        }
        if (c == '\r' && !f->prompted && (f->len > 0 || f->cut))
            return end(f, FILTER_COMMAND);
        if (c < 0x20 || c == 0x7F)
            continue;
        if (f->len < AT_LINE_MAX)
            f->text[f->len++] = c;
        else
            f->cut = true;
    }
    *ret_used = len;
    return FILTER_NOTHING;
}

/* ---- spellings ---- */

/* `+CREG: 2,1,"0B,"0100701"` is ERR_MOREMEMORY in 1.42. */
static bool spell_registration(const char *line, struct str *to) {
    int stat;
    if (!at_parse_registration(line, "+CREG:", &stat))
        return false;
    str_addf(to, "+CREG: 0,%d", stat);
    return true;
}

static bool spell_signal(const char *line, struct str *to) {
    int rssi;
    if (!at_parse_signal(line, &rssi))
        return false;
    str_addf(to, "+CSQ: %d,99", rssi);
    return true;
}

static bool spell_operator(const char *line, struct str *to) {
    char name[64];
    if (!at_parse_operator(line, name, sizeof name))
        return false;
    str_addf(to, "+COPS: 0,0,\"%s\"", name);
    return true;
}

static bool spell_digits(const char *line, struct str *to) {
    char digits[24];
    if (!at_parse_digits(line, 6, digits, sizeof digits))
        return false;
    str_add(to, digits);
    return true;
}

/* Messages of our own (stat 2, 3) aren't shown: they are none of ours to deliver. */
static bool spell_read_entry(const char *line, struct str *to) {
    int stat, length;
    if (!at_parse_read_entry(line, &stat, &length) || stat > 1)
        return false;
    str_addf(to, "+CMGR: %d,,%d\r\n%s", stat, STAND_IN_OCTETS, STAND_IN);
    return true;
}

static bool spell_list_entry(const char *line, struct str *to) {
    int index, stat, length;
    if (!at_parse_list_entry(line, &index, &stat, &length) || stat > 1)
        return false;
    str_addf(to, "+CMGL: %d,%d,,%d\r\n%s", index, stat, STAND_IN_OCTETS, STAND_IN);
    return true;
}

/* ---- the table ---- */

static const struct filter_command commands[] = {
    /* The driver has just brought both sides in step, and echo is ours. */
    {.start = "AT", .whole = true, .way = FILTER_ANSWER},
    {.start = "ATE1", .whole = true, .way = FILTER_ANSWER},
    /* Probes for OBEX, SyncML and Motorola's modes: nothing here wants those, and a modem that takes one speaks no AT afterwards. */
    {.start = "AT+MODE=", .way = FILTER_REFUSE},
    {.start = "AT+CPROT", .way = FILTER_REFUSE},
    {.start = "AT+SYNCML", .way = FILTER_REFUSE},
    {.start = "AT$TSSPCSW", .way = FILTER_REFUSE},
    {.start = "AT^SQWE", .way = FILTER_REFUSE},
    {.start = "AT+CHUP", .way = FILTER_REFUSE}, /* nobody dials */
    /* What changes a device beyond its next start is for a person (quirks.c). */
    {.start = "AT+ZCDRUN", .way = FILTER_ANSWER},
    {.start = "AT^U2DIAG", .way = FILTER_ANSWER},
    /* It would take HEX where that is offered, and a modem that refuses AT+CSCS can't be initialised. PDUs have no character set. */
    {.start = "AT+CSCS?", .whole = true, .way = FILTER_ANSWER, .answer = "+CSCS: \"GSM\""},
    {.start = "AT+CSCS=?", .whole = true, .way = FILTER_ANSWER, .answer = "+CSCS: (\"GSM\")"},
    {.start = "AT+CSCS=", .way = FILTER_ANSWER},
    /* Refused, it gives up altogether (fixed in 1.43). With a second value it is a restart, and passes. */
    {.start = "AT+CFUN=1", .whole = true, .way = FILTER_PASS, .refusal_is_fine = true, .timeout = 20 * CLOCK_SECOND},
    /* Text mode shows no PDUs: neither could a submission be checked nor an arrival be kept as it came. */
    {.start = "AT+CMGF=1", .whole = true, .way = FILTER_REFUSE},
    /* Registration lines look like answers, so they stay off (AT+CREG=0). Packet data isn't used, and unasked it can't fail. */
    {.start = "AT+CREG=", .way = FILTER_ANSWER},
    {.start = "AT+CGREG=", .way = FILTER_ANSWER},
    {.start = "AT+CGATT?", .whole = true, .way = FILTER_ANSWER, .answer = "+CGATT: 0"},
    {.start = "AT+CGREG?", .whole = true, .way = FILTER_ANSWER, .answer = "+CGREG: 0,4"},
    {.start = "AT+CREG?", .whole = true, .way = FILTER_PASS, .spell = spell_registration},
    {.start = "AT+COPS?", .whole = true, .way = FILTER_PASS, .spell = spell_operator},
    {.start = "AT+CSQ", .whole = true, .way = FILTER_PASS, .spell = spell_signal},
    {.start = "AT+CGSN", .whole = true, .way = FILTER_PASS, .bare = true, .spell = spell_digits},
    {.start = "AT+CIMI", .whole = true, .way = FILTER_PASS, .bare = true, .spell = spell_digits},
    /* Real modems offer only 0 for cell broadcasts, or lie; then libGammu sets nothing. What it sets is tried, and more after it. */
    {.start = "AT+CNMI=?", .whole = true, .way = FILTER_ANSWER, .answer = "+CNMI: (0-2),(0,1),(0,2),(0,1,2),(0,1)"},
    {.start = "AT+CNMI=", .way = FILTER_INDICATE},
    /* Its parser knows few of the spellings that modems have; what it believes not to be there, it doesn't read. */
    {.start = "AT+CPMS=?", .whole = true, .way = FILTER_MEMORIES},
    {.start = "AT+CPMS=", .way = FILTER_SELECT},
    {.start = "AT+CMGL", .way = FILTER_LIST, .spell = spell_list_entry, .timeout = 180 * CLOCK_SECOND},
    {.start = "AT+CMGR=", .way = FILTER_READ, .spell = spell_read_entry, .timeout = 20 * CLOCK_SECOND},
    {.start = "AT+CMGD=", .way = FILTER_DELETE, .timeout = 25 * CLOCK_SECOND},
    {.start = "AT+CMGS=", .way = FILTER_SUBMIT},
    /* Ways to put something on the air or into memory that isn't looked at here. */
    {.start = "AT+CMSS", .way = FILTER_REFUSE},
    {.start = "AT+CMGW", .way = FILTER_REFUSE},
    {.start = "AT+CMGC", .way = FILTER_REFUSE},
    {.start = "ATD", .way = FILTER_REFUSE},
    /* A wrong guess costs the owner of the SIM a try. */
    {.start = "AT+CPIN=", .way = FILTER_REFUSE},
    {.start = "AT+CG", .way = FILTER_PASS, .bare = true}, /* maker, model, revision */
    {.start = "AT", .way = FILTER_PASS},
    {.start = "", .way = FILTER_REFUSE},
};

const struct filter_command *filter_find(const char *command) {
    const struct filter_command *row = commands;
    while (row->whole ? strcasecmp(command, row->start) != 0 : strncasecmp(command, row->start, strlen(row->start)) != 0)
        row++;
    return row;
}

void filter_question(const struct filter_command *row, const char *text, struct filter_question *ret_question) {
    struct filter_question *q = ret_question;
    size_t len = strlen(text) > 2 ? 1 + strspn(text + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") : 0;
    if (len + 2 > sizeof q->prefix)
        len = 0;
    if (len > 0)
        memcpy(q->prefix, text + 2, len);
    memcpy(q->prefix + len, ":", 2);
    q->command = (struct at_command){
        .text = text,
        .prefix = row->prefix ? row->prefix
                  : len > 0   ? q->prefix
                              : NULL,
        .pdu_follows = row->way == FILTER_LIST || row->way == FILTER_READ,
        .bare = row->bare,
        .timeout = row->timeout ? row->timeout : FILTER_TIMEOUT,
    };
}

bool filter_number(const char *text, int *ret_number) {
    const char *equals = strchr(text, '=');
    char *rest;
    if (!equals || (!isdigit((unsigned char)equals[1]) && equals[1] != '-'))
        return false;
    long number = strtol(equals + 1, &rest, 10);
    if (*rest || rest == equals + 1 || number < -1 || number > 100000)
        return false;
    *ret_number = (int)number;
    return true;
}

enum at_memory filter_memory(const char *text) {
    const char *quote = strchr(text, '"');
    for (enum at_memory m = AT_MEMORY_SM; quote && m < AT_MEMORY_COUNT; m++) {
        const char *name = at_memory_name(m);
        size_t len = strlen(name);
        if (strncasecmp(quote + 1, name, len) == 0 && quote[1 + len] == '"')
            return m;
    }
    return AT_MEMORY_NONE;
}

/* ---- to libGammu ---- */

static void echo(const char *text, struct str *to) {
    str_add(to, text);
    str_add(to, "\r");
}

static void result(const char *text, struct str *to) {
    str_addf(to, "\r\n%s\r\n", text);
}

static bool as_it_is(const char *line, struct str *to) {
    str_addf(to, "%.*s", SHOWN_MAX, line);
    return line[0] != '\0';
}

/* Printable, whoever spelt it. */
static void add_line(const struct filter_command *row, const char *line, struct str *to) {
    size_t before = to->len;
    str_add(to, "\r\n");
    bool says = row->spell ? row->spell(line, to) : as_it_is(line, to);
    if (!says) {
        str_truncate(to, before);
        return;
    }
    for (size_t i = before; i < to->len; i++)
        if (to->data[i] != '\r' && to->data[i] != '\n' && (to->data[i] < 0x20 || to->data[i] >= 0x7F))
            to->data[i] = '?';
    str_add(to, "\r\n");
}

static void add_result(const struct filter_command *row, const struct at_reply *reply, struct str *to) {
    bool fine = row->refusal_is_fine && reply->result != AT_RESULT_TIMEOUT && reply->result != AT_RESULT_CLOSED;
    if (reply->result == AT_RESULT_OK || fine)
        result("OK", to);
    else if ((reply->result == AT_RESULT_CMS || reply->result == AT_RESULT_CME) && reply->code >= 0)
        str_addf(to, "\r\n+%s ERROR: %d\r\n", reply->result == AT_RESULT_CMS ? "CMS" : "CME", reply->code);
    else
        result("ERROR", to);
}

void filter_answer(const struct filter_command *row, const char *text, const struct at_reply *reply, struct str *to) {
    bool pairs = row->way == FILTER_LIST || row->way == FILTER_READ;
    echo(text, to);
    if (reply->result == AT_RESULT_OK)
        for (size_t i = 0; i < reply->count; i += pairs ? 2 : 1)
            add_line(row, at_reply_line(reply, i), to);
    add_result(row, reply, to);
}

void filter_own_answer(const struct filter_command *row, const char *text, struct str *to) {
    if (row->way != FILTER_ANSWER) {
        filter_refusal(text, to);
        return;
    }
    echo(text, to);
    if (row->answer)
        str_addf(to, "\r\n%s\r\n", row->answer);
    result("OK", to);
}

static void add_set(struct str *to, unsigned set) {
    const char *between = "";
    str_add(to, "(");
    for (enum at_memory m = AT_MEMORY_SM; m < AT_MEMORY_COUNT; m++)
        if (set & 1U << m) {
            str_addf(to, "%s\"%s\"", between, at_memory_name(m));
            between = ",";
        }
    str_add(to, ")");
}

void filter_memories(unsigned memories, const char *text, struct str *to) {
    unsigned own = memories & (1U << AT_MEMORY_SM | 1U << AT_MEMORY_ME);
    echo(text, to);
    str_add(to, "\r\n+CPMS: ");
    add_set(to, own | 1U << AT_MEMORY_SR);
    str_add(to, ",");
    add_set(to, own);
    str_add(to, ",");
    add_set(to, own);
    str_add(to, "\r\n");
    result("OK", to);
}

void filter_selected(const char *text, struct str *to) {
    echo(text, to);
    str_add(to, "\r\n+CPMS: 0,0,0,0,0,0\r\n");
    result("OK", to);
}

void filter_refusal(const char *text, struct str *to) {
    echo(text, to);
    result("ERROR", to);
}

void filter_prompt(struct filter *f, const char *text, struct str *to) {
    f->prompted = true;
    echo(text, to);
    str_add(to, "\r\n> ");
}

void filter_verdict(const struct driver_verdict *verdict, struct str *to) {
    if (verdict->outcome == DRIVER_SENT)
        str_addf(to, "\r\n+CMGS: %d\r\n\r\nOK\r\n", verdict->reference);
    else if (verdict->code >= 0)
        str_addf(to, "\r\n+CMS ERROR: %d\r\n", verdict->code);
    else
        result("ERROR", to);
}

/* ---- the PDU that libGammu wrote ---- */

enum { FIRST_VALIDITY = 0x18, FIRST_RELATIVE = 0x10, FIRST_HEADER = 0x40, LONGEST = 0xFF };

static bool has_validity(const struct filter_submission *s) {
    return (s->octets[0] & FIRST_VALIDITY) != 0;
}

bool filter_take_apart(const char *pdu, struct filter_submission *ret_submission) {
    struct filter_submission s = {.len = 0};
    uint8_t all[AT_LINE_MAX / 2];
    struct phone centre;
    size_t len, offset;
    if (hex_decode(pdu, strlen(pdu), all, sizeof all, &len) != ERR_OK || tpdu_split_sca(all, len, &centre, &offset) != ERR_OK ||
        len - offset > TPDU_MAX_OCTETS - 1 || len - offset < 4)
        return false;
    s.len = len - offset;
    memcpy(s.octets, all + offset, s.len);
    s.validity = 2 + 2 + (s.octets[2] + 1U) / 2 + 2; /* first octet, TP-MR; length, type and digits; TP-PID, TP-DCS */
    s.header = s.octets[0] & FIRST_HEADER ? s.validity + has_validity(&s) + 1 : 0;
    if (s.validity >= s.len || s.header >= s.len || (s.header && s.header + s.octets[s.header] >= s.len))
        return false;
    *ret_submission = s;
    return true;
}

bool filter_same_submission(const char *wrote, const char *asked) {
    struct filter_submission a, b;
    if (!filter_take_apart(wrote, &a) || !filter_take_apart(asked, &b))
        return false;
    if (!has_validity(&b)) {
        memmove(b.octets + b.validity + 1, b.octets + b.validity, b.len - b.validity);
        b.octets[b.validity] = LONGEST;
        b.octets[0] |= FIRST_RELATIVE;
        b.len++;
    }
    return a.len == b.len && memcmp(a.octets, b.octets, a.len) == 0;
}
