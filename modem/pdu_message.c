/* PDU ↔ protocol line. Nothing is refused on the way in: what isn't understood is handed on as broken, so that it can be stored and taken off the
 * SIM, and a person can look at it. */
#include "modem/pdu_message.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "modem/at_reply.h"
#include "modem/text_record.h"
#include "modem/tpdu.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PDU_OCTETS = AT_LINE_MAX / 2, TEXT_MAX = 1024 };

static enum protocol_kind kind_of(const struct tpdu *t) {
    if (t->dcs.mwi != TPDU_MWI_NONE || t->udh.message_waiting)
        return PROTOCOL_KIND_MWI;
    if (t->udh.has_ports || t->dcs.compressed || t->dcs.encoding == SMS_8BIT)
        return PROTOCOL_KIND_BINARY;
    return PROTOCOL_KIND_TEXT;
}

/* The text with every NUL made visible: the line is a string. */
static char *text_of(const struct tpdu *t) {
    struct str raw, text;
    str_init(&raw, TEXT_MAX);
    str_init(&text, 3 * TEXT_MAX);
    tpdu_text(t, &raw);
    text_add_lossy(&text, raw.data, raw.len);
    str_release(&raw);
    return str_detach(&text);
}

static void describe(const struct tpdu *t, struct protocol_message *m) {
    m->phone = t->address.phone;
    m->time = t->time;
    if (t->type == TPDU_STATUS_REPORT) {
        m->done_time = t->discharge_time;
        m->reference = t->reference;
        m->status = t->status;
        return;
    }
    if (t->udh.unknown_language) /* the text may be a riddle to whoever reads it; the PDU is kept */
        log_event(LOG_LEVEL_WARNING, "modem.unknown_language", log_int("locking", t->udh.locking_shift), log_int("single", t->udh.single_shift));
    m->kind = kind_of(t);
    m->encoding = t->dcs.encoding;
    m->text = text_of(t);
    if (t->has_udh && sms_concat_valid(&t->udh.concat))
        m->concat = t->udh.concat;
}

static bool decode(const char *pdu, struct tpdu *ret_tpdu) {
    uint8_t octets[PDU_OCTETS];
    struct phone centre;
    size_t len, offset;
    return hex_decode(pdu, strlen(pdu), octets, sizeof octets, &len) == ERR_OK && tpdu_split_sca(octets, len, &centre, &offset) == ERR_OK &&
           tpdu_decode(octets + offset, len - offset, TPDU_FROM_SC, ret_tpdu) == ERR_OK;
}

static char *upper(const char *hex) {
    char *copy = mem_string(hex);
    for (char *c = copy; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return copy;
}

static char *hex_of(const char *text) {
    struct str hex;
    str_init(&hex, 2 * AT_LINE_MAX);
    str_add_hex(&hex, text, strlen(text));
    return str_detach(&hex);
}

static void record_to_message(const char *record, int64_t handle, struct protocol_message *ret_message) {
    struct tpdu t;
    const char *text;
    protocol_init(ret_message, PROTOCOL_SMS);
    ret_message->handle = handle;
    ret_message->kind = PROTOCOL_KIND_BROKEN;
    ret_message->pdu = mem_string(record);
    if (!text_record_read(record, &t, &text))
        return;
    describe(&t, ret_message);
    if (!text)
        return;
    free(ret_message->text);
    ret_message->text = mem_string(text);
}

void pdu_to_message(const char *pdu, int64_t handle, struct protocol_message *ret_message) {
    struct tpdu t;
    if (text_record_is(pdu)) {
        record_to_message(pdu, handle, ret_message);
        return;
    }
    bool sound = decode(pdu, &t);
    protocol_init(ret_message, sound && t.type == TPDU_STATUS_REPORT ? PROTOCOL_REPORT : PROTOCOL_SMS);
    ret_message->handle = handle;
    ret_message->kind = PROTOCOL_KIND_BROKEN;
    ret_message->pdu = at_is_hex(pdu) ? upper(pdu) : hex_of(pdu);
    if (sound)
        describe(&t, ret_message);
}

enum err pdu_of_send(const struct protocol_message *send, struct str *hex, size_t *ret_tpdu_octets) {
    const struct phone own_centre = {.kind = PHONE_NONE};
    const struct tpdu_message message = {
        .type = TPDU_SUBMIT,
        .phone = send->phone,
        .encoding = send->encoding,
        .class = -1,
        .text = send->encoding == SMS_8BIT ? NULL : send->text,
        .data = send->encoding == SMS_8BIT ? bytes_text(send->text) : bytes_of(NULL, 0),
        .concat = send->concat,
        .reference = send->reference >= 0 ? (uint8_t)send->reference : 0,
        .report = send->want_report,
        .reject_duplicates = send->reject_duplicates,
        .validity_seconds = (uint32_t)send->validity_seconds,
    };
    uint8_t octets[TPDU_MAX_OCTETS], centre[12];
    size_t len;
    enum err e = tpdu_encode(&message, octets, &len);
    if (e != ERR_OK)
        return e;
    str_add_hex(hex, centre, tpdu_encode_sca(&own_centre, centre));
    str_add_hex(hex, octets, len);
    *ret_tpdu_octets = len;
    return str_ok(hex) ? ERR_OK : ERR_TOO_LONG;
}
