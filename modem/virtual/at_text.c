/* Text mode (AT+CMGF=1, TS 27.005 §3): the fields of a TPDU as quoted strings and numbers. User data is text in the terminal's character set
 * when it is GSM 7-bit without a header, else hex of its octets (§3.1, <data>). What can't be decoded is shown as hex of the whole TPDU. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "modem/virtual/at_state.h"
#include "modem/virtual/raw_tpdu.h"

#include <string.h>

enum { TYPE_INTERNATIONAL = 145, TYPE_UNKNOWN = 129, TYPE_ALPHANUMERIC = 208 };

const char *at_text_status(enum slot_status status) {
    static const char *const names[] = {
        [SLOT_UNREAD] = "REC UNREAD", [SLOT_READ] = "REC READ", [SLOT_UNSENT] = "STO UNSENT", [SLOT_SENT] = "STO SENT"};
    return names[status];
}

static int type_of(const struct phone *phone) {
    return phone->kind == PHONE_ALPHANUMERIC ? TYPE_ALPHANUMERIC : phone->kind == PHONE_E164 ? TYPE_INTERNATIONAL : TYPE_UNKNOWN;
}

static void add_phone(const struct at_modem *m, const struct phone *phone, struct str *to) {
    str_add_char(to, '"');
    if (phone->kind != PHONE_NONE)
        at_charset_write(m->registers.charset, phone->text, to);
    str_add_char(to, '"');
}

/* "yy/MM/dd,hh:mm:ss±zz", zz in quarters of an hour. */
static void add_time(int64_t wall_ms, int zone_minutes, struct str *to) {
    struct civil t = civil_of(wall_ms + zone_minutes * CLOCK_MINUTE - CLOCK_VIETNAM_OFFSET);
    int quarters = zone_minutes / 15;
    str_addf(to, "\"%02d/%02d/%02d,%02d:%02d:%02d%c%02d\"", t.year % 100, t.month, t.day, t.hour, t.minute, t.second, quarters < 0 ? '-' : '+',
             quarters < 0 ? -quarters : quarters);
}

static void add_data(const struct at_modem *m, const struct slot *slot, const struct tpdu *t, struct str *to) {
    struct str text;
    if (t->has_udh || t->dcs.encoding != SMS_GSM7 || t->dcs.compressed) {
        struct raw_tpdu raw;
        enum raw_tpdu_kind kind = t->type == TPDU_SUBMIT ? RAW_TPDU_SUBMIT : RAW_TPDU_DELIVER;
        if (raw_tpdu_read(kind, slot->pdu + slot->tpdu_at, slot->len - slot->tpdu_at, &raw) == ERR_OK)
            str_add_hex(to, raw.ud, raw.ud_len);
        return;
    }
    str_init(&text, 4 * AT_LINE_MAX);
    tpdu_text(t, &text);
    at_charset_write(m->registers.charset, text.data, to);
    str_release(&text);
}

/* ",<tooa>,<fo>,<pid>,<dcs>[,<vp>],<sca>,<tosca>,<length>" of AT+CSDH=1 */
static void add_details(const struct at_modem *m, const struct slot *slot, const struct tpdu *t, struct str *to) {
    struct phone centre;
    size_t at;
    const uint8_t *tpdu = slot->pdu + slot->tpdu_at;
    str_addf(to, ",%d,%d,%d,%d,", type_of(&t->address.phone), tpdu[0], t->pid, t->dcs.octet);
    if (t->type == TPDU_SUBMIT) {
        struct raw_tpdu raw;
        if (t->validity_format == TPDU_VP_RELATIVE && raw_tpdu_read(RAW_TPDU_SUBMIT, tpdu, slot->len - slot->tpdu_at, &raw) == ERR_OK)
            str_addf(to, "%d", raw.validity[0]);
        str_add_char(to, ',');
    }
    if (tpdu_split_sca(slot->pdu, slot->len, &centre, &at) != ERR_OK)
        centre.kind = PHONE_NONE;
    add_phone(m, &centre, to);
    str_addf(to, ",%d,%d", type_of(&centre), t->dcs.encoding == SMS_GSM7 ? t->septet_count : t->ud_len);
}

/* "<fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>" of a delivery report */
static void add_report(const struct at_modem *m, const struct slot *slot, const struct tpdu *t, struct str *to) {
    str_addf(to, "%d,%d,", slot->pdu[slot->tpdu_at], t->reference);
    add_phone(m, &t->address.phone, to);
    str_addf(to, ",%d,", type_of(&t->address.phone));
    add_time(t->time, t->zone_minutes, to);
    str_add_char(to, ',');
    add_time(t->discharge_time, t->zone_minutes, to);
    str_addf(to, ",%d", t->status);
}

static bool decode(const struct slot *slot, struct tpdu *t) {
    bool from_centre = slot->status == SLOT_UNREAD || slot->status == SLOT_READ;
    return tpdu_decode(slot->pdu + slot->tpdu_at, slot->len - slot->tpdu_at, from_centre ? TPDU_FROM_SC : TPDU_TO_SC, t) == ERR_OK;
}

/* "<oa>,,<scts>" or "<da>,," and, with details, the rest; then the data on its own line. */
static void add_message(const struct at_modem *m, const struct slot *slot, const struct tpdu *t, bool details, struct str *to) {
    add_phone(m, &t->address.phone, to);
    str_add_char(to, ',');
    if (t->type == TPDU_DELIVER) {
        str_add_char(to, ',');
        add_time(t->time, t->zone_minutes, to);
    }
    if (details)
        add_details(m, slot, t, to);
    str_add(to, "\r\n");
    add_data(m, slot, t, to);
}

void at_text_list(const struct at_modem *m, const struct slot *slot, int number, struct str *to) {
    struct tpdu t;
    str_addf(to, "+CMGL: %d,\"%s\",", number, at_text_status(slot->status));
    if (!decode(slot, &t)) {
        str_add(to, "\"\",,\r\n");
        str_add_hex(to, slot->pdu + slot->tpdu_at, slot->len - slot->tpdu_at);
    } else if (t.type == TPDU_STATUS_REPORT) {
        add_report(m, slot, &t, to);
    } else {
        add_phone(m, &t.address.phone, to);
        str_add(to, ",,");
        if (t.type == TPDU_DELIVER)
            add_time(t.time, t.zone_minutes, to);
        if (m->registers.csdh)
            str_addf(to, ",%d,%d", type_of(&t.address.phone), t.dcs.encoding == SMS_GSM7 ? t.septet_count : t.ud_len);
        str_add(to, "\r\n");
        add_data(m, slot, &t, to);
    }
}

void at_text_read(const struct at_modem *m, const struct slot *slot, struct str *to) {
    struct tpdu t;
    str_addf(to, "+CMGR: \"%s\",", at_text_status(slot->status));
    if (!decode(slot, &t)) {
        str_add(to, "\"\",,\r\n");
        str_add_hex(to, slot->pdu + slot->tpdu_at, slot->len - slot->tpdu_at);
    } else if (t.type == TPDU_STATUS_REPORT) {
        add_report(m, slot, &t, to);
    } else {
        add_message(m, slot, &t, m->registers.csdh, to);
    }
}

void at_text_arrival(const struct at_modem *m, const struct slot *slot, struct str *to) {
    struct tpdu t;
    if (!decode(slot, &t)) {
        str_add(to, "+CMT: \"\",,\r\n");
        str_add_hex(to, slot->pdu + slot->tpdu_at, slot->len - slot->tpdu_at);
    } else if (t.type == TPDU_STATUS_REPORT) {
        str_add(to, "+CDS: ");
        add_report(m, slot, &t, to);
    } else {
        str_add(to, "+CMT: ");
        add_message(m, slot, &t, m->registers.csdh, to);
    }
}

/* -- from text to a SUBMIT --------------------------------------------------------------------------------------------------------------- */

/* User data of what was typed, as AT+CSMP says: text packed to septets, or hex taken as octets. false: doesn't fit, or isn't what dcs says. */
static bool user_data(const struct at_modem *m, struct bytes typed, bool hex, uint8_t ud[SMS_UD_OCTETS], struct raw_tpdu *raw) {
    if (hex) {
        size_t len;
        if (hex_decode((const char *)typed.data, typed.len, ud, SMS_UD_OCTETS, &len) != ERR_OK)
            return false;
        raw->udl = (uint8_t)len;
        raw->ud_len = len;
        return true;
    }
    struct str text;
    uint8_t septets[SMS_GSM7_SINGLE];
    size_t count = 0;
    str_init(&text, 4 * AT_LINE_MAX);
    bool good = at_charset_read(m->registers.charset, typed, &text) && gsm7_encode(text.data, septets, sizeof septets, &count) == ERR_OK;
    str_release(&text);
    if (!good)
        return false;
    raw->udl = (uint8_t)count;
    raw->ud_len = gsm7_pack(septets, count, 0, ud);
    return true;
}

int at_text_submit(struct at_modem *m, const struct phone *to, struct bytes text, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len) {
    uint8_t ud[SMS_UD_OCTETS];
    const int *csmp = m->registers.csmp;
    struct raw_tpdu raw = {
        .first = (uint8_t)csmp[0], .phone = *to, .pid = (uint8_t)csmp[2], .dcs = (uint8_t)csmp[3], .validity = {(uint8_t)csmp[1]}, .ud = ud};
    if ((raw.first & RAW_TPDU_VPF) != RAW_TPDU_VPF_RELATIVE)
        raw.first &= (uint8_t)~RAW_TPDU_VPF;
    /* Coding groups 00xx and 1111 of TS 23.038 §4: bits 3–2 or bit 2 say 8-bit or UCS-2. */
    bool wide = (raw.dcs & 0xC0) == 0 ? raw.dcs & 0x0C : (raw.dcs & 0xF4) == 0xF4;
    if (!user_data(m, text, wide || raw.first & RAW_TPDU_UDHI, ud, &raw) || raw_tpdu_build(RAW_TPDU_SUBMIT, &raw, octets, ret_len) != ERR_OK)
        return AT_CMS | CMS_INVALID_TEXT;
    return AT_OK;
}
