/* The message centre, handsets, the schedule and raw TPDUs of the virtual network, without a modem's commands: a test's own modem takes,
 * refuses or postpones what it is offered. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "modem/virtual/at_modem.h"
#include "modem/virtual/network.h"
#include "modem/virtual/raw_tpdu.h"
#include "modem/virtual/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL INT64_C(1793580605000) /* 2026-11-02T00:50:05Z */

struct fake { /* a modem that notes what it is offered */
    struct subscriber *subscriber;
    enum subscriber_answer answer;
    struct arrival *last;
    int64_t seqs[64];
    bool more[64]; /* the bit of each: more wait */
    size_t count;
};

struct world {
    struct clock_virtual clock;
    struct schedule *schedule;
    struct network *network;
    struct fake modem, other;
};

static enum subscriber_answer offered(void *modem, struct arrival *arrival) {
    struct fake *f = modem;
    f->last = arrival;
    f->more[f->count] = !(arrival->tpdu[0] & RAW_TPDU_MMS);
    f->seqs[f->count++] = arrival->seq;
    return f->answer;
}

static struct phone phone(const char *text) {
    struct phone p;
    assert_int_equal(phone_parse(text, &p), ERR_OK);
    return p;
}

static void attach(struct world *w, const char *name, const char *number, struct fake *f) {
    struct phone p = phone(number);
    assert_int_equal(network_attach(w->network, name, &p, offered, f, &f->subscriber), ERR_OK);
}

static int setup(void **state) {
    struct world *w = mem_alloc(sizeof *w);
    clock_virtual_init(&w->clock, WALL);
    w->schedule = schedule_new(&w->clock.clock);
    w->network = network_new(w->schedule, &w->clock.clock);
    attach(w, "m1", "+84912000001", &w->modem);
    attach(w, "m2", "+84912000002", &w->other);
    *state = w;
    return 0;
}

static int teardown(void **state) {
    struct world *w = *state;
    network_free(w->network);
    schedule_free(w->schedule);
    free(w);
    return 0;
}

static void pass(struct world *w, int64_t ms) {
    clock_virtual_advance(&w->clock, ms);
    schedule_run(w->schedule);
}

static void send_to(struct world *w, const char *to, const char *text) {
    struct phone from = phone("+84987654321"), number = phone(to);
    struct tpdu_message m = {.type = TPDU_DELIVER, .phone = from, .encoding = SMS_GSM7, .class = -1, .text = text, .time = WALL};
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    int64_t arrival;
    assert_int_equal(tpdu_encode(&m, octets, &len), ERR_OK);
    assert_int_equal(network_send(w->network, &from, &number, octets, len, &arrival), ERR_OK);
}

static int submit(struct fake *from, const struct tpdu_message *fields) {
    struct tpdu_message m = *fields;
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
    m.type = TPDU_SUBMIT;
    m.class = -1;
    assert_int_equal(tpdu_encode(&m, octets, &len), ERR_OK);
    return subscriber_submit(from->subscriber, octets, len);
}

static const struct handset *handset(struct world *w, const char *number) {
    struct phone p = phone(number);
    return network_handset(w->network, &p);
}

static void test_names_and_numbers_are_unique(void **state) {
    struct world *w = *state;
    struct phone same = phone("0912000001"), fresh = phone("+84912000003");
    struct subscriber *s;
    assert_int_equal(network_attach(w->network, "m3", &same, offered, NULL, &s), ERR_DUPLICATE);
    assert_int_equal(network_attach(w->network, "m1", &fresh, offered, NULL, &s), ERR_DUPLICATE);
}

static void test_arrivals_come_in_order_and_say_whether_more_wait(void **state) {
    struct world *w = *state;
    for (int i = 0; i < 3; i++)
        send_to(w, "+84912000001", "x");
    assert_int_equal(w->modem.count, 0);
    schedule_run(w->schedule);
    assert_int_equal(w->modem.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(w->modem.seqs[i], i + 1);
        assert_int_equal(w->modem.more[i], i < 2);
    }
    assert_int_equal(network_arrival(w->network, 0)->state, ARRIVAL_STORED);
    arrival_deleted(w->modem.last);
    assert_int_equal(w->modem.last->state, ARRIVAL_DELETED);
    assert_int_equal(w->modem.last->done_time, WALL);
}

static void test_a_full_modem_keeps_its_place_and_gets_reports(void **state) {
    struct world *w = *state;
    struct tpdu_message m = {.phone = phone("+84987654321"), .text = "report, please", .report = true};
    size_t messages, reports;
    w->modem.answer = SUBSCRIBER_FULL;
    send_to(w, "+84912000001", "first");
    send_to(w, "+84912000001", "second");
    schedule_run(w->schedule);
    assert_int_equal(w->modem.count, 1);
    assert_int_equal(subscriber_refused(w->modem.subscriber), 2);
    w->modem.answer = SUBSCRIBER_SHOWN;
    assert_int_equal(submit(&w->modem, &m), 0);
    schedule_run(w->schedule);
    assert_true(w->modem.last->is_report);
    subscriber_counts(w->modem.subscriber, &messages, &reports);
    assert_int_equal(messages, 2);
    assert_int_equal(reports, 0);
    subscriber_ready(w->modem.subscriber);
    schedule_run(w->schedule);
    assert_int_equal(w->modem.count, 4);
    assert_int_equal(w->modem.seqs[2], 1);
    assert_int_equal(w->modem.seqs[3], 2);
}

static void test_what_is_not_acknowledged_is_offered_again(void **state) {
    struct world *w = *state;
    w->modem.answer = SUBSCRIBER_LATER;
    send_to(w, "+84912000001", "first");
    send_to(w, "+84912000001", "second");
    schedule_run(w->schedule);
    assert_int_equal(w->modem.count, 1);
    struct arrival *first = w->modem.last;
    assert_int_equal(first->state, ARRIVAL_OFFERED);
    subscriber_acknowledge(w->modem.subscriber, first, false);
    subscriber_acknowledge(w->modem.subscriber, first, true); /* too late: nothing is awaited */
    assert_int_equal(first->state, ARRIVAL_WAITING);
    pass(w, network_settings(w->network)->retry_ms - 1);
    assert_int_equal(w->modem.count, 1);
    pass(w, 1);
    assert_ptr_equal(w->modem.last, first);
    assert_int_equal(first->offers, 2);
    subscriber_acknowledge(w->modem.subscriber, first, true);
    schedule_run(w->schedule);
    assert_int_equal(first->state, ARRIVAL_ACKNOWLEDGED);
    assert_int_equal(w->modem.seqs[2], 2);
}

static void test_a_repeat_is_dropped_within_an_hour(void **state) {
    struct world *w = *state;
    struct tpdu_message m = {.phone = phone("+84987654321"), .text = "once", .reference = 7};
    assert_int_equal(submit(&w->modem, &m), 0);
    m.reject_duplicates = true;
    assert_int_equal(submit(&w->modem, &m), 0);
    assert_int_equal(handset(w, "+84987654321")->inbox_count, 1);
    assert_true(network_air(w->network, 1)->repeat);
    m.reference = 8; /* another TP-MR, another sender, another recipient: none of them is a repeat */
    assert_int_equal(submit(&w->modem, &m), 0);
    m.reference = 7;
    assert_int_equal(submit(&w->other, &m), 0);
    m.phone = phone("+84987654322");
    assert_int_equal(submit(&w->modem, &m), 0);
    assert_int_equal(handset(w, "+84987654321")->inbox_count, 3);
    m.phone = phone("+84987654321");
    pass(w, CLOCK_HOUR);
    assert_int_equal(submit(&w->modem, &m), 0);
    assert_int_equal(handset(w, "+84987654321")->inbox_count, 4);
    assert_int_equal(network_air_count(w->network), 6);
}

/* The TP-ST of the report last offered. */
static int last_status(const struct fake *f) {
    struct tpdu t;
    assert_true(f->last && f->last->is_report);
    assert_int_equal(tpdu_decode(f->last->tpdu, f->last->len, TPDU_FROM_SC, &t), ERR_OK);
    return t.status;
}

static void test_validity_runs_while_a_handset_is_off(void **state) {
    struct world *w = *state;
    struct tpdu_message m = {.phone = phone("+84987654321"), .text = "short-lived", .report = true, .validity_seconds = 600};
    struct handset *h = network_handset(w->network, &m.phone);
    w->modem.answer = SUBSCRIBER_SHOWN;
    network_handset_on(w->network, h, false);
    assert_int_equal(submit(&w->modem, &m), 0);
    m.validity_seconds = 3600;
    m.text = "long-lived";
    assert_int_equal(submit(&w->modem, &m), 0);
    assert_int_equal(network_waiting(w->network), 2);
    pass(w, 599 * CLOCK_SECOND);
    assert_int_equal(w->modem.count, 0);
    pass(w, CLOCK_SECOND);
    assert_int_equal(last_status(&w->modem), 0x46);
    network_handset_on(w->network, h, true);
    schedule_run(w->schedule);
    assert_int_equal(last_status(&w->modem), 0x00);
    assert_int_equal(h->inbox_count, 1);
    assert_string_equal(h->inbox[0].text, "long-lived");
    pass(w, CLOCK_DAY); /* its validity ends after its delivery: nothing more happens */
    assert_int_equal(w->modem.count, 2);
}

static void test_one_modem_writes_to_another(void **state) {
    struct world *w = *state;
    struct tpdu_message m = {.phone = phone("+84912000002"),
                             .encoding = SMS_UCS2,
                             .text = "Chuyển tiếp 🙏",
                             .report = true,
                             .concat = {.reference = 77, .total = 3, .sequence = 2}};
    w->other.answer = SUBSCRIBER_FULL;
    assert_int_equal(submit(&w->modem, &m), 0);
    schedule_run(w->schedule);
    assert_int_equal(w->modem.count, 0); /* not delivered, so no report yet */
    w->other.answer = SUBSCRIBER_STORED;
    subscriber_ready(w->other.subscriber);
    schedule_run(w->schedule);
    assert_int_equal(last_status(&w->modem), 0x00);
    struct tpdu t;
    struct str text;
    str_init(&text, 1000);
    assert_int_equal(tpdu_decode(w->other.last->tpdu, w->other.last->len, TPDU_FROM_SC, &t), ERR_OK);
    tpdu_text(&t, &text);
    assert_string_equal(text.data, "Chuyển tiếp 🙏");
    assert_string_equal(t.address.phone.text, "+84912000001");
    assert_int_equal(t.time, WALL);
    assert_int_equal(t.udh.concat.reference, 77);
    assert_int_equal(t.udh.concat.sequence, 2);
    str_release(&text);
}

static void test_submissions_that_cannot_be(void **state) {
    struct world *w = *state;
    struct tpdu_message m = {.phone = {.kind = PHONE_ALPHANUMERIC, .text = "Viettel"}, .text = "x"};
    assert_int_not_equal(submit(&w->modem, &m), 0);
    uint8_t octets[TPDU_MAX_OCTETS + 1] = {0x01, 0x00, 0x0B, 0x91};
    for (size_t len = 0; len < sizeof octets; len++)
        if (len < 13)
            assert_int_equal(subscriber_submit(w->modem.subscriber, octets, len), 304);
    assert_int_equal(subscriber_submit(w->modem.subscriber, octets, sizeof octets), 304);
}

/* -- handsets ---------------------------------------------------------------------------------------------------------------------------- */

static struct handset_draft draft(const char *text) {
    return (struct handset_draft){.text = text, .class = -1, .dcs = -1, .pid = -1, .reference = -1, .time = WALL, .zone_minutes = 420};
}

/* Hands the parts of `from`'s messages over as the indices say. */
static void take(struct handset *to, const struct phone *from, const struct handset_part *part) {
    struct tpdu t;
    assert_int_equal(tpdu_decode(part->octets, part->len, TPDU_FROM_SC, &t), ERR_OK);
    handset_take(to, from, &t, WALL);
}

static void test_parts_of_two_senders_interleave(void **state) {
    (void)state;
    struct phone numbers[3] = {phone("+84987654321"), phone("+84987654322"), phone("+84987654323")};
    struct handset a, b, reader;
    struct handset_part parts[2][SMS_SEGMENTS_MAX];
    char texts[2][400];
    size_t count[2];
    handset_init(&a, &numbers[0]);
    handset_init(&b, &numbers[1]);
    handset_init(&reader, &numbers[2]);
    for (int i = 0; i < 2; i++) {
        memset(texts[i], 'a' + i, 399);
        texts[i][399] = '\0';
        struct handset_draft d = draft(texts[i]);
        assert_int_equal(handset_compose(i ? &b : &a, &d, parts[i], &count[i]), ERR_OK);
        assert_int_equal(count[i], 3);
    }
    static const struct { int sender, part; } order[] = {{0, 2}, {1, 0}, {1, 0}, {0, 0}, {1, 2}, {0, 1}, {1, 1}, {1, 1}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        take(&reader, &numbers[order[i].sender], &parts[order[i].sender][order[i].part]);
    assert_int_equal(reader.inbox_count, 2);
    assert_string_equal(reader.inbox[0].text, texts[0]);
    assert_string_equal(reader.inbox[1].text, texts[1]);
    assert_int_equal(reader.inbox[1].parts, 3);
    assert_non_null(reader.partials); /* the repeat that came too late */
    handset_release(&a);
    handset_release(&b);
    handset_release(&reader);
}

static void test_equal_messages_differ_in_their_time(void **state) {
    (void)state;
    struct phone number = phone("+84987654321");
    struct handset h;
    handset_init(&h, &number);
    for (int i = 0; i < 200; i++) {
        char other[16];
        snprintf(other, sizeof other, "1022 %d", i % 60);
        assert_int_equal(handset_time(&h, "1022 OK", WALL + 7), i ? WALL + i * CLOCK_SECOND : WALL + 7);
        assert_int_equal(handset_time(&h, other, WALL + 7), i >= 60 ? WALL + i / 60 * CLOCK_SECOND : WALL + 7);
    }
    assert_int_equal(handset_time(&h, "1022 OK", WALL + CLOCK_HOUR), WALL + CLOCK_HOUR);
    handset_release(&h);
}

static void test_drafts_with_ports_and_data(void **state) {
    (void)state;
    struct phone number = phone("+84987654321");
    struct handset h;
    static struct handset_part parts[SMS_SEGMENTS_MAX];
    uint8_t data[SMS_SEGMENTS_MAX * SMS_UD_OCTETS] = {0};
    size_t count;
    struct tpdu t;
    handset_init(&h, &number);
    struct handset_draft d = draft(NULL);
    d.data = bytes_of(data, 300);
    d.has_ports = true;
    d.destination_port = 2948;
    assert_int_equal(handset_compose(&h, &d, parts, &count), ERR_OK);
    assert_int_equal(count, 3);
    size_t octets = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(tpdu_decode(parts[i].octets, parts[i].len, TPDU_FROM_SC, &t), ERR_OK);
        assert_int_equal(t.udh.destination_port, 2948);
        assert_int_equal(t.udh.concat.reference, 1);
        octets += t.ud_len;
    }
    assert_int_equal(octets, 300);
    d.data = bytes_of(data, sizeof data);
    assert_int_equal(handset_compose(&h, &d, parts, &count), ERR_TOO_LONG);
    d = draft("");
    assert_int_equal(handset_compose(&h, &d, parts, &count), ERR_OK);
    assert_int_equal(count, 1);
    d.has_encoding = true;
    d.encoding = SMS_GSM7;
    d.text = "ồ";
    assert_int_equal(handset_compose(&h, &d, parts, &count), ERR_UNSUPPORTED);
    handset_release(&h);
}

/* -- raw TPDUs --------------------------------------------------------------------------------------------------------------------------- */

static void test_raw_tpdus_come_back_as_they_were(void **state) {
    (void)state;
    static const char *const submits[] = {
        "01000B914819325476F8000003F4F21C", /* no TP-VP */
        "3163048122017F04A703010203", /* relative; short code; 8-bit */
        "59000B914819325476F80008622111710050820A0500030102011ED30041", /* absolute; header */
        "C9000B914819325476F8000801050000000000080500030102011ED3", /* enhanced; reply path */
    };
    for (size_t i = 0; i < sizeof submits / sizeof *submits; i++) {
        uint8_t octets[TPDU_MAX_OCTETS], built[TPDU_MAX_OCTETS];
        size_t len, built_len;
        struct raw_tpdu r;
        assert_int_equal(hex_decode(submits[i], strlen(submits[i]), octets, sizeof octets, &len), ERR_OK);
        assert_int_equal(raw_tpdu_read(RAW_TPDU_SUBMIT, octets, len, &r), ERR_OK);
        assert_int_equal(raw_tpdu_build(RAW_TPDU_SUBMIT, &r, built, &built_len), ERR_OK);
        assert_int_equal(built_len, len);
        assert_memory_equal(built, octets, len);
        for (size_t cut = 0; cut < len; cut++)
            assert_int_not_equal(raw_tpdu_read(RAW_TPDU_SUBMIT, octets, cut, &r), ERR_OK);
        assert_int_equal(raw_tpdu_read(RAW_TPDU_DELIVER, octets, 0, &r), ERR_TRUNCATED);
    }
}

/* -- the schedule ------------------------------------------------------------------------------------------------------------------------ */

static void note(void *context, int64_t argument) {
    str_addf(context, "%d ", (int)argument);
}

static void test_calls_run_in_order_of_time_then_of_entry(void **state) {
    struct world *w = *state;
    struct str seen, other;
    str_init(&seen, 1000);
    str_init(&other, 1000);
    assert_int_equal(schedule_wait(w->schedule), -1);
    for (int i = 0; i < 40; i++)
        schedule_in(w->schedule, (i * 7) % 5 * 10, note, &seen, i);
    uint64_t cancelled = schedule_in(w->schedule, 0, note, &seen, 99);
    schedule_in(w->schedule, 0, note, &other, 1);
    schedule_cancel(w->schedule, cancelled);
    schedule_cancel(w->schedule, cancelled);
    schedule_cancel_all(w->schedule, &other);
    assert_int_equal(schedule_wait(w->schedule), 0);
    pass(w, 10);
    assert_string_equal(seen.data, "0 5 10 15 20 25 30 35 3 8 13 18 23 28 33 38 ");
    assert_int_equal(schedule_wait(w->schedule), 10);
    pass(w, 30);
    assert_int_equal(schedule_wait(w->schedule), -1);
    assert_string_equal(other.data, "");
    str_release(&seen);
    str_release(&other);
}

/* -- hostile terminals ------------------------------------------------------------------------------------------------------------------- */

static void swallow(void *line, const char *data, size_t len) {
    (void)data;
    *(size_t *)line += len;
}

/* Pieces of commands, PDUs and rubbish in any order: nothing but the sanitizers judge, and the modem must still answer at the end. */
static void test_rubbish_from_the_terminal(void **state) {
    struct world *w = *state;
    static const char *const pieces[] = {
        "AT",
        "AT+CMGS=",
        "\"+84912345678\"",
        "16",
        "99999999999999999999",
        "\r",
        "\r\n",
        "\x1a",
        "\x1b",
        ";",
        "=?",
        "?",
        "=",
        ",",
        "\"",
        "+CMGL=",
        "4",
        "+CMGR=1",
        "+CMGD=1,4",
        "+CMGW",
        "+CMSS=1",
        "+CMGF=1",
        "+CMGF=0",
        "+CNMI=2,2,0,1,0",
        "+CSMS=1",
        "+CNMA=1,20",
        "+CSCS=\"UCS2\"",
        "+CSCS=\"HEX\"",
        "+CSMP=255,255,255,255",
        "+CUSD=1,\"*101#\"",
        "0001000B914819325476F8000003F4F21C",
        "00FF",
        "A/",
        "&F",
        "S",
        "\\Q",
        "\x08",
        "+CPMS=\"MT\",\"MT\",\"MT\"",
        "+CPMS=\"SR\"",
        "+CFUN=1,1",
        "ATE0",
        "ATV0",
        "ATQ1",
        "+COPS=3,2",
        "\xff\xfe",
        "*****",
        "D112;",
        "+CMEE=2",
    };
    struct at_modem_settings settings;
    struct at_modem *m;
    size_t heard = 0;
    uint32_t random = 12345;
    at_modem_defaults(&settings);
    settings.name = "hostile";
    settings.number = phone("+84912000009");
    assert_int_equal(at_modem_new(w->network, w->schedule, &w->clock.clock, &settings, &m), ERR_OK);
    at_modem_connect(m, &(struct at_terminal){.output = swallow, .line = &heard});
    for (int i = 0; i < 60000; i++) {
        random = random * 1664525u + 1013904223u;
        const char *piece = pieces[(random >> 8) % (sizeof pieces / sizeof *pieces)];
        at_modem_input(m, piece, strlen(piece));
        if (random % 97 == 0)
            at_modem_input(m, "\0\x7f", 2);
        if (random % 61 == 0)
            send_to(w, "+84912000009", "come in");
        if (random % 11 == 0)
            pass(w, random % 5000);
    }
    char *flood = mem_alloc(100000);
    memset(flood, 'A', 100000);
    at_modem_input(m, flood, 100000);
    free(flood);
    pass(w, CLOCK_MINUTE);
    static const char rescue[] = "\x1b\rATV1Q0E0+CMGF=0\r";
    at_modem_input(m, rescue, sizeof rescue - 1);
    heard = 0;
    at_modem_input(m, "AT\r", 3);
    assert_int_equal(heard, strlen("\r\nOK\r\n"));
    at_modem_free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_and_numbers_are_unique, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arrivals_come_in_order_and_say_whether_more_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_modem_keeps_its_place_and_gets_reports, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_acknowledged_is_offered_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_repeat_is_dropped_within_an_hour, setup, teardown),
        cmocka_unit_test_setup_teardown(test_validity_runs_while_a_handset_is_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_modem_writes_to_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_submissions_that_cannot_be, setup, teardown),
        cmocka_unit_test(test_parts_of_two_senders_interleave),
        cmocka_unit_test(test_equal_messages_differ_in_their_time),
        cmocka_unit_test(test_drafts_with_ports_and_data),
        cmocka_unit_test(test_raw_tpdus_come_back_as_they_were),
        cmocka_unit_test_setup_teardown(test_calls_run_in_order_of_time_then_of_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rubbish_from_the_terminal, setup, teardown),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
