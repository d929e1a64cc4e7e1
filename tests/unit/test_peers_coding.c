/* What users of other gateways complain of about coding (53, 54, 55, 57 of the list that the tests of USSD continue): emoji cut in two and invalid
 * text, texts that are cut, a header that shifts the septets behind it, parts that come directly. */
#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/surrogate.h"
#include "firmware-host/base/text.h"
#include "modem/driver.h"
#include "modem/tpdu.h"
#include "tests/unit/fake_modem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct phone citizen = {PHONE_E164, "+84912000001"};

static void encode(const struct tpdu_message *m, struct tpdu *ret_tpdu) {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    assert_int_equal(tpdu_encode(m, octets, &len), ERR_OK);
    assert_int_equal(tpdu_decode(octets, len, TPDU_FROM_SC, ret_tpdu), ERR_OK);
}

static struct tpdu_message deliver(enum sms_encoding encoding) {
    return (struct tpdu_message){.type = TPDU_DELIVER, .phone = citizen, .encoding = encoding, .class = -1, .time = INT64_C(1795226400000)};
}

/* An emoji at every place around the border of two parts: its two units travel apart, and one emoji comes out (gammu#8, #281). */
static void peers_53_emoji_across_parts(void **state) {
    struct str octets, joined;
    struct tpdu part;
    (void)state;
    for (size_t at = 64; at <= 68; at++) {
        str_init(&octets, 512);
        str_init(&joined, 1024);
        for (size_t i = 0; i < at; i++)
            text_to_utf16be(&octets, "ạ");
        text_to_utf16be(&octets, "😀 hết");
        for (size_t sequence = 1, from = 0; from < octets.len; sequence++, from += SMS_UCS2_PART * 2) {
            struct tpdu_message m = deliver(SMS_UCS2);
            size_t len = octets.len - from < SMS_UCS2_PART * 2 ? octets.len - from : SMS_UCS2_PART * 2;
            m.data = bytes_of(octets.data + from, len);
            m.concat = (struct sms_concat){.reference = 7, .total = 2, .sequence = (uint8_t)sequence};
            encode(&m, &part);
            tpdu_text(&part, &joined);
        }
        surrogate_mend(joined.data);
        assert_true(text_valid(joined.data, strlen(joined.data)));
        assert_non_null(strstr(joined.data, "ạ😀 hết"));
        str_release(&octets);
        str_release(&joined);
    }
}

/* Octets that are no text end, as text (gammu#389: a loop without end). */
static void peers_53_invalid_text_ends(void **state) {
    static const char *const texts[] = {"\xf0\x9f\x98", "\xff\xfe\xfd", "\xc3", "a\x80\x80\x80z", "\xed\xa0\xbd\xed\xb8\x80"};
    struct tpdu decoded;
    struct str text;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct tpdu_message m = deliver(SMS_8BIT);
        m.data = bytes_text(texts[i]);
        encode(&m, &decoded);
        str_init(&text, 1024);
        tpdu_text(&decoded, &text);
        assert_true(text.len > 0 && text_valid(text.data, text.len));
        str_release(&text);
    }
}

/* The longest part of each alphabet comes whole, its last character one of two units (gammu#202, #501). */
static void peers_54_longest_texts(void **state) {
    static const struct {
        enum sms_encoding encoding;
        const char *fill, *last;
        size_t count;
    } rows[] = {{SMS_GSM7, "a", "€", 158}, {SMS_GSM7, "a", "@", 159}, {SMS_UCS2, "ế", "😀", 68}, {SMS_UCS2, "ế", "ợ", 69}};
    struct tpdu decoded;
    struct str text, back;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tpdu_message m = deliver(rows[i].encoding);
        str_init(&text, 1024);
        str_init(&back, 1024);
        for (size_t n = 0; n < rows[i].count; n++)
            str_add(&text, rows[i].fill);
        str_add(&text, rows[i].last);
        m.text = text.data;
        encode(&m, &decoded);
        tpdu_text(&decoded, &back);
        assert_string_equal(back.data, text.data);
        str_release(&text);
        str_release(&back);
    }
}

/* Septets begin on a septet's border behind a header of any length: off by one they are garbage (wdoekes PR#183). Shift tables are kept as said. */
static void peers_55_septets_behind_a_header(void **state) {
    static const char text[] = "Duong vao thon 3 bi sut lun";
    uint8_t septets[64], octets[160];
    size_t count;
    struct tpdu t;
    struct str back;
    (void)state;
    assert_int_equal(gsm7_encode(text, septets, sizeof septets, &count), ERR_OK);
    for (size_t element = 1; element <= 30; element++) { /* one Turkish single shift, then an element of so many octets */
        size_t header = 3 + 2 + element, bits = (1 + header) * 8, fill = (7 - bits % 7) % 7, skipped = (bits + fill) / 7, at = 0;
        static const uint8_t front[] = {0x40, 0x0B, 0x91, 0x48, 0x19, 0x02, 0x00, 0x00, 0xF1, 0x00, 0x00, 0x62, 0x11, 0x12, 0x90, 0x50, 0x00, 0x82};
        memset(octets, 0, sizeof octets);
        memcpy(octets, front, sizeof front);
        at = sizeof front;
        octets[at++] = (uint8_t)(skipped + count);
        octets[at++] = (uint8_t)header;
        octets[at++] = TPDU_IE_SINGLE_SHIFT;
        octets[at++] = 1;
        octets[at++] = 1;
        octets[at++] = 0x70; /* of the SIM's own use */
        octets[at++] = (uint8_t)element;
        at += element;
        at += gsm7_pack(septets, count, (unsigned)fill, octets + at);
        assert_int_equal(tpdu_decode(octets, at, TPDU_FROM_SC, &t), ERR_OK);
        assert_int_equal(t.udh.single_shift, 1);
        str_init(&back, 512);
        tpdu_text(&t, &back);
        assert_string_equal(back.data, text);
        str_release(&back);
    }
}

/* ---- parts that come directly ---- */

struct direct {
    struct driver_host host;
    struct fake_modem fake;
    int parts[4];
};

static void arrived(struct driver_host *host, struct driver_place place, const char *pdu) {
    struct direct *x = (struct direct *)((char *)host - offsetof(struct direct, host));
    uint8_t octets[256];
    size_t len, offset;
    struct phone centre;
    struct tpdu t;
    assert_int_equal(place.memory, DRIVER_DIRECT);
    assert_int_equal(hex_decode(pdu, strlen(pdu), octets, sizeof octets, &len), ERR_OK);
    assert_int_equal(tpdu_split_sca(octets, len, &centre, &offset), ERR_OK);
    assert_int_equal(tpdu_decode(octets + offset, len - offset, TPDU_FROM_SC, &t), ERR_OK);
    assert_in_range(t.udh.concat.sequence, 1, 3);
    assert_int_equal(t.udh.concat.reference, 7);
    x->parts[t.udh.concat.sequence]++;
}

static void listed(struct driver_host *host, int memory) {
    (void)host;
    (void)memory;
}

static void want_sweep(struct driver_host *host, int64_t in_ms) {
    (void)host;
    (void)in_ms;
}

static void no_ussd(struct driver_host *host, enum driver_ussd_outcome outcome, const char *text) {
    (void)host;
    (void)outcome;
    fail_msg("%s", text);
}

static void no_call(struct driver_host *host, const char *number) {
    (void)host;
    fail_msg("%s", number);
}

static void say_part(struct direct *x, int64_t in_ms, int sequence) {
    struct tpdu_message m = deliver(SMS_GSM7);
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    struct str line;
    m.text = "phan";
    m.concat = (struct sms_concat){.reference = 7, .total = 3, .sequence = (uint8_t)sequence};
    assert_int_equal(tpdu_encode(&m, octets, &len), ERR_OK);
    str_init(&line, 1024);
    str_addf(&line, "\r\n+CMT: ,%zu\r\n00", len);
    str_add_hex(&line, octets, len);
    str_add(&line, "\r\n");
    fake_say(&x->fake, in_ms, line.data);
    str_release(&line);
}

/* wdoekes#40: each part is told with its place, in any order, close together, with other lines around. */
static void peers_57_parts_of_direct_messages(void **state) {
    struct direct *x = calloc(1, sizeof *x);
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 256);
    fake_modem_init(&x->fake);
    x->host = (struct driver_host){
        .port = &x->fake.port, .arrived = arrived, .listed = listed, .ussd = no_ussd, .called = no_call, .want_sweep = want_sweep};
    struct modem *m = at_driver.create(&x->host);
    assert_int_equal(at_driver.open(m, &who, &reason), ERR_OK);
    say_part(x, 10, 3);
    say_part(x, 10, 1);
    fake_say(&x->fake, 10, "\r\n^RSSI:18\r\n");
    say_part(x, 10, 2);
    clock_virtual_advance(&x->fake.clock, 20);
    for (int i = 0; i < 10; i++)
        assert_int_equal(at_driver.serve(m), ERR_OK);
    for (int sequence = 1; sequence <= 3; sequence++)
        assert_int_equal(x->parts[sequence], 1);
    at_driver.destroy(m);
    fake_modem_release(&x->fake);
    str_release(&reason);
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers_53_emoji_across_parts),
        cmocka_unit_test(peers_53_invalid_text_ends),
        cmocka_unit_test(peers_54_longest_texts),
        cmocka_unit_test(peers_55_septets_behind_a_header),
        cmocka_unit_test(peers_57_parts_of_direct_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
