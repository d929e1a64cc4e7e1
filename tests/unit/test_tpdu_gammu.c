/* A second opinion on PDUs: what modem/tpdu decodes, libGammu's GSM_DecodePDUFrame decodes to the same. The PDUs are drawn over the parameter
 * space with a fixed seed, a third of each type; the octets come from our encoder, with first octets, coding schemes, header elements and
 * address types put in afterwards that it never writes.
 *
 * libGammu 1.42 is known to be wrong or silent on the following; there only the rest is compared:
 *  - years 90–99 become 2080–2089 (it adds 1990): no such years are drawn;
 *  - "~" in UCS-2 comes out doubled and U+0001 as "~" (a Nokia habit): neither is drawn;
 *  - reserved coding schemes are 8-bit to it, GSM 7-bit to TS 23.038 §4: not drawn; classes of the automatic-deletion group (01x1) are ignored
 *    by it: not compared;
 *  - alphanumeric addresses are left in septets: only letters and digits are drawn, which are the same in ASCII;
 *  - national shift tables are unknown to it: behind such a header only characters are drawn that the tables leave alone;
 *  - of headers it knows the concatenation alone, or ports 2948/9200 with it behind; other headers are compared by the text behind them;
 *  - enhanced validity is an error to it, absolute validity is skipped: the first isn't drawn, of the second the rest is compared;
 *  - TP-MMS, TP-RP, TP-SRI, TP-SRR, TP-RD aren't reported. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/text.h"
#include "modem/tpdu.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Three of libGammu's errors have names of ours. */
#define ERR_TIMEOUT GAMMU_ERR_TIMEOUT
#define ERR_FULL GAMMU_ERR_FULL
#define ERR_BUSY GAMMU_ERR_BUSY
#include <gammu.h>
#undef ERR_TIMEOUT
#undef ERR_FULL
#undef ERR_BUSY

#define COUNT(array) (sizeof(array) / sizeof *(array))
enum { PDU_COUNT = 3000, PDU_MAX = 12 + TPDU_MAX_OCTETS };

/* A small generator of our own (Numerical Recipes' constants), so that a failure comes back on every machine. */
static uint32_t seed;
static uint32_t below(uint32_t limit) {
    seed = seed * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)seed * limit >> 32);
}

static const struct phone phones[] = {
    {PHONE_E164, "+84912000001"},
    {PHONE_E164, "+842437123456"},
    {PHONE_E164, "+4917012345678"},
    {PHONE_E164, "+123456789012345"},
    {PHONE_SHORT, "195"},
    {PHONE_SHORT, "1022"},
    {PHONE_SHORT, "18001090"},
    {PHONE_ALPHANUMERIC, "Viettel"},
    {PHONE_ALPHANUMERIC, "VNPT1234"},
    {PHONE_ALPHANUMERIC, "A"},
    {PHONE_ALPHANUMERIC, "UBNDTINHTHA"},
    {PHONE_ALPHANUMERIC, "MobiFone1"},
    {PHONE_ALPHANUMERIC, "Viettel1CS"},
};
static const struct phone centres[] = {{PHONE_E164, "+84980200030"}, {PHONE_E164, "+8491020005"}, {PHONE_SHORT, "1414"}};

struct drawn {
    struct tpdu_message message;
    char text[4 * SMS_GSM7_SINGLE + 1];
    uint8_t pdu[PDU_MAX];
    size_t len;
    struct phone centre;
};

/* Characters of the alphabet with both tables, of Vietnamese, and of the planes above. */
static uint32_t any_character(enum sms_encoding encoding) {
    static const uint32_t alphabet[] = {'@',  0xA3, '$',   0xA5, 0xE8,  0xE9,  0xF9,  0xEC,  0xF2,  0xC7,  '\n',  0xD8,  0xF8,  '\r',
                                        0xC5, 0xE5, 0x394, '_',  0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, 0xC6,
                                        0xE6, 0xDF, 0xC9,  0xA4, 0xA1,  0xC4,  0xD6,  0xD1,  0xDC,  0xA7,  0xBF,  0xE4,  0xF6,  0xF1,
                                        0xFC, 0xE0, '^',   '{',  '}',   '\\',  '[',   '~',   ']',   '|',   0x20AC};
    static const uint32_t wide[] = {0x110, 0x111, 0x1B0, 0x1EDD, 0x1ECB, 0x1EE5, 0x300, 0x31B, 0x20AB, 0xFFFD, 0x1F44D, 0x10000, 0x10FFFD};
    uint32_t kind = below(4);
    if (encoding == SMS_UCS2)
        return kind < 2 ? wide[below(COUNT(wide))] : 0x20 + below(0x5E); /* up to } */
    if (encoding == SMS_8BIT || kind < 3)
        return "PA Duong vao thon 3 bi sut lun, 09 nha ngap! TC482109304?"[below(57)];
    return alphabet[below(COUNT(alphabet))];
}

static bool fits(const struct drawn *d) {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    return tpdu_encode(&d->message, octets, &len) == ERR_OK;
}

/* Any length up to what fits, which is drawn often. */
static void draw_text(struct drawn *d) {
    size_t most = below(3) == 0 ? SIZE_MAX : below(SMS_GSM7_SINGLE + 1), count = 0;
    struct str text;
    str_init(&text, sizeof d->text - 1);
    d->message.text = d->text;
    d->text[0] = '\0';
    while (count++ < most) {
        size_t before = text.len;
        text_add_codepoint(&text, any_character(d->message.encoding));
        memcpy(d->text, text.data, text.len + 1);
        if (fits(d))
            continue;
        d->text[before] = '\0';
        break;
    }
    str_release(&text);
}

static void draw_message(struct drawn *d, enum tpdu_type type) {
    struct tpdu_message *m = &d->message;
    m->type = type;
    m->phone = phones[below(COUNT(phones))];
    m->encoding = (enum sms_encoding)below(3);
    m->class = (int)below(5) - 1;
    m->pid = below(4) ? 0 : (uint8_t)(0x41 + below(7));
    m->reference = (uint8_t)below(256);
    m->status = (uint8_t)below(256);
    m->validity_seconds = below(3) ? below(63 * 7 * 86400) : 0;
    m->report = below(2);
    m->reject_duplicates = below(2);
    m->more_messages = below(2);
    m->zone_minutes = ((int)below(2 * 56 + 1) - 56) * 15; /* ±14 hours */
    /* 2000-01-02 … 2089-12-30 */
    m->time = (10958 + (int64_t)below(32870)) * CLOCK_DAY + (int64_t)below(86400) * CLOCK_SECOND;
    m->discharge_time = m->time + below(3 * 86400) * CLOCK_SECOND;
    if (below(2)) {
        m->concat.wide = below(2);
        m->concat.total = (uint8_t)(1 + below(255));
        m->concat.sequence = (uint8_t)(1 + below(m->concat.total));
        m->concat.reference = (uint16_t)below(m->concat.wide ? 65536 : 256);
    }
    m->has_ports = below(6) == 0;
    m->destination_port = (uint16_t)below(65536);
    m->source_port = (uint16_t)below(65536);
    if (type != TPDU_STATUS_REPORT)
        draw_text(d);
}

static void draw(struct drawn *d, enum tpdu_type type) {
    *d = (struct drawn){.centre = centres[below(COUNT(centres))]};
    draw_message(d, type);
    size_t sca = tpdu_encode_sca(&d->centre, d->pdu), len;
    assert_int_equal(tpdu_encode(&d->message, d->pdu + sca, &len), ERR_OK);
    d->len = sca + len;
}

/* Comparing ------------------------------------------------------------------------------------------------------------------------------ */

static char *utf8(const unsigned char *utf16be) {
    struct str text;
    size_t len = 0;
    while (utf16be[len] || utf16be[len + 1])
        len += 2;
    str_init(&text, 4096);
    text_add_utf16be(&text, utf16be, len);
    return str_detach(&text);
}

static void same_phone(const unsigned char *theirs, const struct phone *ours) {
    char *number = utf8(theirs);
    assert_string_equal(number, ours->text);
    free(number);
}

static void same_time(const GSM_DateTime *theirs, int64_t time, int zone_minutes) {
    int year, month, day;
    assert_true(time >= 0);
    int64_t local = time + zone_minutes * CLOCK_MINUTE;
    civil_from_day_number((int32_t)(local / CLOCK_DAY), &year, &month, &day);
    int second = (int)(local % CLOCK_DAY / CLOCK_SECOND);
    assert_int_equal(theirs->Year, year);
    assert_int_equal(theirs->Month, month);
    assert_int_equal(theirs->Day, day);
    assert_int_equal(theirs->Hour * 3600 + theirs->Minute * 60 + theirs->Second, second);
    assert_int_equal(theirs->Timezone, zone_minutes * 60);
}

static void same_text(const GSM_SMSMessage *theirs, const struct tpdu *ours) {
    if (ours->dcs.encoding == SMS_8BIT) {
        assert_int_equal(theirs->Length, ours->ud_len);
        assert_memory_equal(theirs->Text, ours->ud_octets, ours->ud_len);
        return;
    }
    struct str text;
    str_init(&text, 4096);
    tpdu_text(ours, &text);
    char *their_text = utf8(theirs->Text);
    assert_string_equal(their_text, text.data);
    free(their_text);
    str_release(&text);
}

static void same_header(const GSM_UDHHeader *theirs, const struct tpdu *ours) {
    const struct sms_concat *c = &ours->udh.concat;
    bool known = theirs->Type == UDH_ConcatenatedMessages || theirs->Type == UDH_ConcatenatedMessages16bit || theirs->Type == UDH_MMSIndicatorLong;
    assert_int_equal(theirs->Length > 0, ours->has_udh);
    if (c->total && theirs->Length == (c->wide ? 7 : 6)) /* nothing else in it */
        assert_true(known);
    if (!known)
        return;
    assert_int_equal(c->wide ? theirs->ID16bit : theirs->ID8bit, c->reference);
    assert_int_equal(theirs->AllParts, c->total);
    assert_int_equal(theirs->PartNumber, c->sequence);
}

static void same_coding(const GSM_SMSMessage *theirs, const struct tpdu *ours) {
    static const GSM_Coding_Type codings[] = {
        [SMS_GSM7] = SMS_Coding_Default_No_Compression, [SMS_8BIT] = SMS_Coding_8bit, [SMS_UCS2] = SMS_Coding_Unicode_No_Compression};
    assert_int_equal(theirs->Coding, codings[ours->dcs.encoding]);
    if (ours->dcs.octet < 0x40 || ours->dcs.octet >= 0x80)
        assert_int_equal(theirs->Class, ours->dcs.class);
    assert_int_equal(theirs->ReplaceMessage, ours->pid > 0x40 && ours->pid < 0x48 ? ours->pid - 0x40 : 0);
}

static void compare(const uint8_t *pdu, size_t len) {
    static const int types[] = {[TPDU_DELIVER] = SMS_Deliver, [TPDU_SUBMIT] = SMS_Submit, [TPDU_STATUS_REPORT] = SMS_Status_Report};
    static GSM_SMSMessage theirs;
    struct tpdu ours;
    struct tpdu_fault fault;
    struct phone centre;
    size_t offset, used = 0;
    memset(&theirs, 0, sizeof theirs);
    assert_int_equal(GSM_DecodePDUFrame(GSM_GetGlobalDebug(), &theirs, pdu, len, &used, TRUE), ERR_NONE);
    assert_int_equal(tpdu_split_sca(pdu, len, &centre, &offset), ERR_OK);
    enum tpdu_direction direction = (pdu[offset] & 3) == 1 ? TPDU_TO_SC : TPDU_FROM_SC;
    assert_int_equal(tpdu_decode_explained(pdu + offset, len - offset, direction, &ours, &fault), ERR_OK);
    assert_int_equal(used, offset + fault.octet);
    assert_int_equal(theirs.PDU, types[ours.type]);
    same_phone(theirs.SMSC.Number, &centre);
    same_phone(theirs.Number, &ours.address.phone);
    if (ours.type != TPDU_DELIVER)
        assert_int_equal(theirs.MessageReference, ours.reference);
    if (ours.type != TPDU_SUBMIT)
        same_time(&theirs.DateTime, ours.time, ours.zone_minutes);
    if (ours.type == TPDU_STATUS_REPORT) {
        same_time(&theirs.SMSCTime, ours.discharge_time, ours.zone_minutes);
        assert_int_equal(theirs.DeliveryStatus, ours.status);
        return;
    }
    if (ours.validity_format == TPDU_VP_RELATIVE)
        assert_int_equal(theirs.SMSC.Validity.Format, SMS_Validity_RelativeFormat);
    same_coding(&theirs, &ours);
    same_header(&theirs.UDH, &ours);
    same_text(&theirs, &ours);
}

/* What the encoder writes. */
static void test_drawn(void **state) {
    (void)state;
    seed = 20261121;
    for (int i = 0; i < PDU_COUNT; i++) {
        struct drawn d;
        draw(&d, (enum tpdu_type)(i % 3));
        compare(d.pdu, d.len);
    }
}

/* The octet behind the address of a DELIVER is TP-PID, then TP-DCS. */
static uint8_t *dcs_of(struct drawn *d) {
    uint8_t *address = d->pdu + 1 + d->pdu[0] + 1;
    return address + 2 + (address[0] + 1) / 2 + 1;
}

/* Every coding scheme that isn't reserved or compressed, over a text of its alphabet. */
static void test_coding_schemes(void **state) {
    (void)state;
    unsigned tried = 0;
    seed = 38;
    for (unsigned octet = 0; octet < 256; octet++) {
        bool reserved = octet < 0x80 ? (octet & 0x0C) == 0x0C : octet < 0xC0 || (octet >= 0xF0 ? octet & 0x08 : octet & 0x04);
        bool compressed = octet < 0x80 && octet & 0x20;
        if (reserved || compressed)
            continue;
        struct drawn d;
        unsigned alphabet = octet < 0x80 ? octet >> 2 & 3 : octet >= 0xF0 ? octet >> 2 & 1 : octet >= 0xE0 ? 2 : 0;
        do
            draw(&d, TPDU_DELIVER);
        while (d.message.encoding != (enum sms_encoding)alphabet);
        *dcs_of(&d) = (uint8_t)octet;
        compare(d.pdu, d.len);
        tried++;
    }
    assert_true(tried > 64);
}

/* Numbers under every type of number and numbering plan, as digits: libGammu shows the digits, we make a phone of them. */
static void test_number_types(void **state) {
    (void)state;
    static const struct {
        uint8_t type;
        const char *digits, *theirs, *ours;
    } numbers[] = {
        {0x81, "1022", "1022", "1022"},
        {0x80, "195", "195", "195"},
        {0xA1, "912000001", "912000001", "+84912000001"},
        {0xA1, "0912000001", "0912000001", "+84912000001"},
        {0x81, "0912000001", "0912000001", "+84912000001"},
        {0x81, "84912000001", "84912000001", "+84912000001"},
        {0xB1, "9029", "9029", "9029"},
        {0xC8, "1414", "1414", "1414"},
        {0xE1, "18001090", "18001090", "18001090"},
        {0x91, "84912000001", "+84912000001", "+84912000001"},
        {0x90, "6591234567", "+6591234567", "+6591234567"},
    };
    for (size_t i = 0; i < COUNT(numbers); i++) {
        uint8_t pdu[64] = {0x00, 0x04};
        GSM_SMSMessage *theirs = calloc(1, sizeof *theirs);
        struct tpdu ours;
        size_t digits = strlen(numbers[i].digits), len = 2;
        pdu[len++] = (uint8_t)digits;
        pdu[len++] = numbers[i].type;
        for (size_t at = 0; at < digits; at += 2)
            pdu[len++] = (uint8_t)((numbers[i].digits[at] - '0') | (at + 1 < digits ? numbers[i].digits[at + 1] - '0' : 0x0F) << 4);
        memcpy(pdu + len, "\x00\x00\x62\x11\x12\x90\x50\x00\x82\x01\x78", 11);
        len += 11;
        assert_int_equal(GSM_DecodePDUFrame(GSM_GetGlobalDebug(), theirs, pdu, len, NULL, TRUE), ERR_NONE);
        char *number = utf8(theirs->Number);
        assert_string_equal(number, numbers[i].theirs);
        assert_int_equal(tpdu_decode(pdu + 1, len - 1, TPDU_FROM_SC, &ours), ERR_OK);
        assert_string_equal(ours.address.phone.text, numbers[i].ours);
        free(number);
        free(theirs);
    }
}

/* Headers that the encoder doesn't write, in front of texts of every length: 7-bit text must begin at the right septet. */
static void test_headers(void **state) {
    (void)state;
    static const char *const headers[] = {
        "050003420201", /* concatenation */
        "0608041234FF01",
        "0401028003", /* voicemail */
        "06050415810000", /* a ringtone's port */
        "0B05040B8423F00003990302", /* WAP push, part 2 of 3 */
        "03240101", /* shift tables */
        "06240101250101",
        "020A00", /* an element without data */
        "0C700A01020304050607080910",
        "080003420201250101", /* concatenation and another */
    };
    uint8_t header[SMS_UD_OCTETS];
    size_t header_len, tried = 0;
    for (size_t i = 0; i < COUNT(headers); i++) {
        assert_int_equal(hex_decode(headers[i], strlen(headers[i]), header, sizeof header, &header_len), ERR_OK);
        header_len = header[0] + 1U;
        size_t header_septets = (header_len * 8 + 6) / 7;
        for (size_t septets = header_septets; septets <= SMS_GSM7_SINGLE; septets += 3) {
            uint8_t text[SMS_GSM7_SINGLE];
            uint8_t pdu[PDU_MAX] = {0x00, 0x44, 0x04, 0x81, 0x01, 0x22, 0x00, 0x00, 0x62, 0x11, 0x12, 0x90, 0x50, 0x00, 0x82, (uint8_t)septets};
            size_t len = 16, count = septets - header_septets;
            for (size_t at = 0; at < count; at++)
                text[at] = (uint8_t)('A' + at * 37 % ('Z' - 'A')); /* the same in the Turkish tables */
            memcpy(pdu + len, header, header_len);
            len += header_len;
            len += gsm7_pack(text, count, (unsigned)(header_septets * 7 - header_len * 8), pdu + len);
            compare(pdu, len);
            tried++;
        }
    }
    assert_true(tried > 200);
}

static void test_absolute_validity(void **state) {
    (void)state;
    static const uint8_t pdu[] = {0x00, 0x19, 0x05, 0x04, 0x81, 0x01, 0x22, 0x00, 0x00, 0x62, 0x11, 0x22, 0x90, 0x00, 0x00, 0x82, 0x02, 0xC8, 0x34};
    compare(pdu, sizeof pdu);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drawn),   cmocka_unit_test(test_coding_schemes),    cmocka_unit_test(test_number_types),
        cmocka_unit_test(test_headers), cmocka_unit_test(test_absolute_validity),
    };
    GSM_SetDebugLevel("nothing", GSM_GetGlobalDebug());
    return cmocka_run_group_tests(tests, NULL, NULL);
}
