/* Text mode (3GPP TS 27.005 §3), for modems that know no PDU mode and for no others: it says less. What a modem in text mode can't do:
 *   parts of a long message            refused in favour of another SIM; those that come in are joined all the same
 *   delivery reports, TP-RD, a TP-MR   not asked for
 *   what isn't ASCII                   goes out in UCS-2, 70 characters at most
 *
 * All texts come in as hexadecimal of UCS-2 (AT+CSCS="UCS2"): a text as it stands could say "OK" or "+CMGR:" and be taken for the modem's own
 * words. A modem that has neither PDU mode nor that is refused. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/text.h"
#include "modem/at_modem.h"
#include "modem/at_submit.h"
#include "modem/text_record.h"
#include "modem/tpdu.h"

#include <stdio.h>
#include <string.h>

#define SETTING_TIMEOUT (10 * CLOCK_SECOND)
#define READ_TIMEOUT (20 * CLOCK_SECOND)
enum { READINGS_MAX = 4, INVALID_INDEX = 321, UCS2_CHARACTERS = 70 };
enum { FIRST_SUBMIT = 0x01, FIRST_VP_RELATIVE = 0x10, FIRST_VPF = 0x18, DCS_ALPHABET = 0x0C, DCS_UCS2 = 0x08 };
enum { TYPE_INTERNATIONAL = 145, TYPE_UNKNOWN = 129 };

/* ---- setting up ---- */

static enum err want(struct modem *m, const char *text, struct str *reason) {
    enum err e = at_ask(m, &(struct at_command){.text = text, .timeout = SETTING_TIMEOUT});
    if (e == ERR_CONFLICT) {
        str_addf(reason, "the modem knows neither the PDU mode nor %s: ", text);
        at_reply_describe(&m->reply, reason);
    }
    return e;
}

enum err at_text_mode(struct modem *m, struct str *reason) {
    static const char *const commands[] = {"AT+CMGF=1", "AT+CSCS=\"UCS2\"", "AT+CSDH=1"};
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < sizeof commands / sizeof *commands; i++)
        e = want(m, commands[i], reason);
    m->text_mode = e == ERR_OK;
    if (m->text_mode)
        log_plain(LOG_LEVEL_NOTICE, "at.text_mode");
    return e;
}

/* ---- reading ---- */

enum err at_text_read(struct modem *m, int index, char record[AT_LINE_MAX + 1]) {
    char text[32], before[AT_LINE_MAX + 1] = "";
    snprintf(text, sizeof text, "AT+CMGR=%d", index);
    for (int i = 0; i < READINGS_MAX; i++) {
        enum err e = at_ask(m, &(struct at_command){.text = text, .prefix = "+CMGR:", .pdu_follows = true, .timeout = READ_TIMEOUT});
        if (e == ERR_CONFLICT && m->reply.result == AT_RESULT_CMS && m->reply.code == INVALID_INDEX)
            return ERR_NOT_FOUND;
        if (e != ERR_OK)
            return e;
        const char *header = at_reply_line(&m->reply, 0), *data = at_reply_line(&m->reply, 1);
        if (m->reply.count == 0)
            return ERR_NOT_FOUND;
        switch (text_record_make(header, "+CMGR:", data, record, AT_LINE_MAX + 1)) {
        case TEXT_RECORD_MADE:
            return ERR_OK;
        case TEXT_RECORD_OWN:
            return ERR_NOT_FOUND;
        case TEXT_RECORD_ODD: /* read until two readings agree, as a PDU that isn't sound */
            break;
        }
        const char *what = data[0] ? data : header;
        memcpy(record, what, strlen(what) + 1);
        if (strcmp(record, before) == 0)
            return ERR_OK;
        memcpy(before, record, strlen(record) + 1);
    }
    return ERR_CONFLICT;
}

size_t at_text_list(struct modem *m, int *indexes, size_t max) {
    size_t count = 0;
    for (size_t i = 0; i + 1 < m->reply.count && count < max; i += 2) {
        struct at_fields f;
        if (at_parse_fields(at_reply_line(&m->reply, i), "+CMGL:", &f) && at_field_number(&f, 0, INT16_MAX, &indexes[count]))
            count++;
    }
    return count;
}

/* ---- submitting ---- */

struct text_submit { /* what AT+CSMP and AT+CMGS say */
    struct tpdu tpdu;
    int first, validity, pid, dcs;
    bool wide; /* UCS-2 in hexadecimal, else ASCII as it stands */
    struct str text;
};

static bool is_ascii(const char *text) {
    for (; *text; text++)
        if (*text != '\r' && (*text < ' ' || *text > '~'))
            return false;
    return true;
}

/* NULL: it can be said; else why not. */
static const char *text_of(const struct driver_submit *submit, struct text_submit *s) {
    uint8_t octets[AT_LINE_MAX / 2];
    struct phone centre;
    size_t len, at;
    if (hex_decode(submit->pdu, strlen(submit->pdu), octets, sizeof octets, &len) != ERR_OK || tpdu_split_sca(octets, len, &centre, &at) != ERR_OK ||
        tpdu_decode(octets + at, len - at, TPDU_TO_SC, &s->tpdu) != ERR_OK)
        return "it isn't an SMS-SUBMIT";
    if (s->tpdu.udh.concat.total > 1 || s->tpdu.has_udh)
        return "a modem in text mode can't send parts of a long message";
    if (s->tpdu.dcs.encoding == SMS_8BIT || s->tpdu.address.phone.kind == PHONE_ALPHANUMERIC)
        return "a modem in text mode sends texts to numbers only";
    const uint8_t *behind_address = octets + at + 4 + (octets[at + 2] + 1U) / 2;
    bool validity = s->tpdu.validity_format == TPDU_VP_RELATIVE;
    s->first = FIRST_SUBMIT | (validity ? FIRST_VP_RELATIVE : 0);
    s->validity = validity ? behind_address[2] : 0;
    s->pid = behind_address[0];
    tpdu_text(&s->tpdu, &s->text);
    for (char *c = s->text.data; *c; c++)
        if (*c == '\n')
            *c = '\r'; /* at the prompt a line ends so */
    s->wide = s->tpdu.dcs.encoding == SMS_UCS2 || !is_ascii(s->text.data);
    s->dcs = (behind_address[1] & ~DCS_ALPHABET) | (s->wide ? DCS_UCS2 : 0);
    return NULL;
}

/* The number and ASCII go as they stand; what is UCS-2 is hexadecimal in any character set (§3.1, <data>). */
static enum err prepare(struct modem *m, const struct text_submit *s) {
    char text[64];
    enum err e = at_ask(m, &(struct at_command){.text = "AT+CSCS=\"IRA\"", .timeout = SETTING_TIMEOUT});
    if (e == ERR_CONFLICT)
        e = at_ask(m, &(struct at_command){.text = "AT+CSCS=\"GSM\"", .timeout = SETTING_TIMEOUT});
    snprintf(text, sizeof text, "AT+CSMP=%d,%d,%d,%d", s->first, s->validity, s->pid, s->dcs);
    return e == ERR_OK ? at_ask(m, &(struct at_command){.text = text, .timeout = SETTING_TIMEOUT}) : e;
}

static void refuse(struct driver_verdict *v, enum sms_failure class, const char *why) {
    *v = (struct driver_verdict){.outcome = DRIVER_FAILED, .class = class, .code = -1};
    snprintf(v->reason, sizeof v->reason, "%s", why);
}

static enum err send(struct modem *m, const struct text_submit *s, struct driver_verdict *ret_verdict) {
    char command[PHONE_TEXT_SIZE + 24];
    struct str hex, octets;
    enum err e = prepare(m, s);
    if (e != ERR_OK) {
        refuse(ret_verdict, SMS_FAILURE_TEMPORARY, "the modem takes no settings for a text (AT+CSCS, AT+CSMP)");
        return e == ERR_CONFLICT ? ERR_OK : e;
    }
    str_init(&hex, AT_LINE_MAX);
    str_init(&octets, 2 * UCS2_CHARACTERS);
    if (s->wide)
        text_to_utf16be(&octets, s->text.data);
    str_add_hex(&hex, octets.data, octets.len);
    const char *phone = s->tpdu.address.phone.text;
    snprintf(command, sizeof command, "AT+CMGS=\"%s\",%d", phone, phone[0] == '+' ? TYPE_INTERNATIONAL : TYPE_UNKNOWN);
    if (str_ok(&octets))
        e = at_submit_prompted(m->at, &m->reply, command, s->wide ? hex.data : s->text.data, ret_verdict);
    else
        refuse(ret_verdict, SMS_FAILURE_OTHER_SIM, "more than 70 characters that aren't all ASCII");
    str_release(&octets);
    str_release(&hex);
    return e;
}

enum err at_text_submit(struct modem *m, const struct driver_submit *submit, struct driver_verdict *ret_verdict) {
    struct text_submit s = {.first = 0};
    str_init(&s.text, 4 * SMS_GSM7_SINGLE);
    const char *why = text_of(submit, &s);
    enum err e = ERR_OK;
    if (why) {
        refuse(ret_verdict, SMS_FAILURE_OTHER_SIM, why);
    } else {
        e = send(m, &s, ret_verdict);
        if (e == ERR_OK && (e = at_ask(m, &(struct at_command){.text = "AT+CSCS=\"UCS2\"", .timeout = SETTING_TIMEOUT})) != ERR_OK) {
            m->settings_lost = true; /* texts must not come in as they stand */
            e = e == ERR_CONFLICT ? ERR_BUSY : e;
        }
    }
    str_release(&s.text);
    return e;
}
