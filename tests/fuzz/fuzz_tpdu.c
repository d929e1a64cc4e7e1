/* Any octets as a PDU with its service-centre address, as a bare TPDU in both directions, and as the hex text of one: a value or an error.
 * A value keeps its promises, is printed as one JSON object, and says the same after being encoded and decoded again. */
#include "firmware-host/base/json.h"
#include "firmware-host/base/surrogate.h"
#include "firmware-host/base/text.h"
#include "modem/at_reply.h"
#include "modem/decode.h"
#include "modem/text_record.h"
#include "modem/tpdu.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool promise) {
    if (!promise)
        abort();
}

static char *whole_text(const struct tpdu *t) {
    struct str text;
    str_init(&text, 4 * SMS_GSM7_SINGLE);
    tpdu_text(t, &text);
    demand(str_ok(&text) && text_valid(text.data, text.len));
    surrogate_mend(text.data);
    demand(text_valid(text.data, strlen(text.data)));
    return str_detach(&text);
}

static void printing(const struct tpdu *t, const struct phone *centre) {
    struct str printed;
    struct json *json;
    str_init(&printed, 16384);
    tpdu_print_json(t, centre, &printed);
    demand(str_ok(&printed) && !memchr(printed.data, '\n', printed.len));
    demand(json_parse(printed.data, printed.len, &json) == ERR_OK);
    json_free(json);
    str_release(&printed);
}

/* Only what grows on the way may be refused: 8-bit ports written as 16-bit ones, an odd octet that became a character, a name or number that our
 * encoder doesn't write, characters of national tables. */
static void encoding_again(const struct tpdu *t, enum tpdu_direction direction) {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    struct tpdu again;
    char *text = whole_text(t);
    struct tpdu_message m = {
        .type = t->type,
        .phone = t->address.phone,
        .encoding = t->dcs.encoding,
        .class = t->dcs.class,
        .text = text,
        .concat = t->udh.concat,
        .has_ports = t->udh.has_ports,
        .destination_port = t->udh.destination_port,
        .source_port = t->udh.source_port,
        .pid = t->pid,
        .reference = t->reference,
        .status = t->status,
        .report = t->report,
        .reject_duplicates = t->reject_duplicates,
        .more_messages = t->more_messages,
        .validity_seconds = t->validity_seconds,
        .time = t->time,
        .discharge_time = t->discharge_time,
        .zone_minutes = t->zone_minutes,
    };
    if (t->dcs.encoding == SMS_8BIT)
        m.data = bytes_of(t->ud_octets, t->ud_len);
    enum err e = tpdu_encode(&m, octets, &len);
    bool may_fail = t->address.phone.kind == PHONE_ALPHANUMERIC || t->address.phone.kind == PHONE_NONE || t->udh.has_ports || t->udh.locking_shift ||
                    t->udh.single_shift || (t->dcs.encoding == SMS_UCS2 && t->ud_len % 2 != 0) || t->discharge_time != -1;
    demand(e == ERR_OK || may_fail);
    if (e == ERR_OK) {
        demand(len <= TPDU_MAX_OCTETS && tpdu_decode(octets, len, direction, &again) == ERR_OK);
        demand(again.type == t->type && phone_equal(&again.address.phone, &t->address.phone) && again.time == t->time);
        demand(again.reference == t->reference && again.status == t->status);
        char *text_again = whole_text(&again);
        demand(t->type == TPDU_STATUS_REPORT || strcmp(text, text_again) == 0);
        free(text_again);
    }
    free(text);
}

static void decoding(const uint8_t *octets, size_t len, enum tpdu_direction direction, const struct phone *centre) {
    struct tpdu t;
    struct tpdu_fault fault;
    enum err e = tpdu_decode_explained(octets, len, direction, &t, &fault);
    demand(fault.octet <= len);
    demand(e == ERR_OK || (fault.field && fault.reason));
    if (e != ERR_OK)
        return;
    demand(t.septet_count <= SMS_GSM7_SINGLE && t.ud_len <= SMS_UD_OCTETS && t.dcs.class >= -1 && t.dcs.class <= 3);
    demand(t.udh.concat.total == 0 || sms_concat_valid(&t.udh.concat));
    demand((t.address.phone.kind == PHONE_NONE) == (t.address.phone.text[0] == '\0'));
    printing(&t, centre);
    if (!t.dcs.compressed)
        encoding_again(&t, direction);
}

static void decoding_hex(const uint8_t *data, size_t size) {
    struct str hex, answer;
    str_init(&hex, SIZE_MAX);
    str_init(&answer, 16384);
    str_add_n(&hex, data, size);
    decode_pdu(hex.data, &answer);
    demand(str_ok(&answer) && answer.len > 0);
    str_release(&hex);
    str_release(&answer);
}

/* Text mode: as a record that came up, and as two lines of a modem, whose record must be readable unless its octets lie. */
static void decoding_text(const uint8_t *data, size_t size) {
    struct str lines;
    struct tpdu t;
    const char *text = NULL;
    char record[AT_LINE_MAX + 1];
    str_init(&lines, SIZE_MAX);
    str_add_n(&lines, data, size);
    if (text_record_read(lines.data, &t, &text))
        demand(!text || t.ud_len == 0);
    char *second = strchr(lines.data, '\n');
    if (second)
        *second++ = '\0';
    if (text_record_make(lines.data, "+CMGR:", second ? second : "", record, sizeof record) == TEXT_RECORD_MADE)
        demand(text_record_is(record));
    str_release(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct phone centre = {.kind = PHONE_NONE};
    size_t offset = 0;
    for (int sca = 0; sca < 2; sca++) {
        if (sca && tpdu_split_sca(data, size, &centre, &offset) != ERR_OK)
            break;
        demand(offset <= size);
        decoding(data + offset, size - offset, TPDU_FROM_SC, &centre);
        decoding(data + offset, size - offset, TPDU_TO_SC, &centre);
    }
    decoding_hex(data, size);
    decoding_text(data, size);
    return 0;
}
