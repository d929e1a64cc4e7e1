/* The table of ports: where what the configuration names is now. Fed with lines as discovery writes them. */
#include "firmware-host/port_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define P1 "pci-0000:00:14.0-usb-0:1"
#define P2 "pci-0000:00:14.0-usb-0:2"
#define IMEI_A "350000000000001"
#define IMEI_B "350000000000002"

struct bench {
    struct port_table *ports;
    char asked[1024]; /* "/dev/ttyUSB0 " … */
    char line[PORT_TEXT_MAX], place[PORT_TEXT_MAX], problem[1024];
    int64_t now;
};

static void ask(void *context, const char *node, const char *baud) {
    struct bench *b = context;
    size_t len = strlen(b->asked);
    snprintf(b->asked + len, sizeof b->asked - len, "%s%s ", node, baud);
}

static int start(void **state) {
    struct bench *b = calloc(1, sizeof *b);
    b->ports = port_table_new(ask, b);
    *state = b;
    return 0;
}

static int end(void **state) {
    struct bench *b = *state;
    port_table_free(b->ports);
    free(b);
    return 0;
}

static bool hear(struct bench *b, const char *line) {
    struct protocol_message m;
    assert_int_equal(protocol_read(line, strlen(line), true, &m, NULL), ERR_OK);
    bool news = port_table_take(b->ports, &m, b->now);
    protocol_release(&m);
    return news;
}

static void port(struct bench *b, const char *node, const char *place, int interface, const char *role) {
    char line[512];
    snprintf(line, sizeof line,
             "{\"name\":\"port\",\"node\":\"/dev/%s\",\"place\":\"%s\",\"usb\":\"2c7c:0125\",\"product\":\"Quectel "
             "EC25\",\"interface\":%d,\"role\":\"%s\"}",
             node, place, interface, role);
    assert_true(hear(b, line));
}

static void ec25(struct bench *b, const char *place, int first) {
    static const char *const roles[] = {"diag", "gps", "at", "ppp"};
    for (int i = 0; i < 4; i++) {
        char node[32];
        snprintf(node, sizeof node, "ttyUSB%d", first + i);
        port(b, node, place, i, roles[i]);
    }
}

static void answer(struct bench *b, const char *node, const char *imei, const char *iccid) {
    char line[512];
    snprintf(line, sizeof line, "{\"name\":\"probed\",\"node\":\"/dev/%s\",\"answers\":true,\"imei\":\"%s\",\"iccid\":\"%s\"}", node, imei, iccid);
    assert_true(hear(b, line));
}

static enum err find(struct bench *b, const char *name, const char *line, const char *last_place) {
    struct port_wanted wanted = {.name = name, .last_place = last_place};
    struct str problem;
    str_init(&problem, 1000);
    b->asked[0] = 0;
    assert_int_equal(modem_line_parse(line, &wanted.line, &problem), ERR_OK);
    enum err e = port_table_find(b->ports, &wanted, b->now, b->line, b->place, &problem);
    snprintf(b->problem, sizeof b->problem, "%s", problem.data ? problem.data : "");
    str_release(&problem);
    return e;
}

static void by_place(void **state) {
    struct bench *b = *state;
    ec25(b, P1, 0);
    ec25(b, P2, 4);
    assert_int_equal(find(b, "m2", "usb:" P2, NULL), ERR_OK);
    assert_string_equal(b->line, "serial:/dev/ttyUSB6");
    assert_string_equal(b->place, P2);
    assert_int_equal(find(b, "m2", "usb:" P2 ":1.3@9600", NULL), ERR_OK); /* an interface of one's choice */
    assert_string_equal(b->line, "serial:/dev/ttyUSB7@9600");
    assert_int_equal(find(b, "m3", "usb:pci-0000:00:14.0-usb-0:3", NULL), ERR_NOT_FOUND);
    assert_non_null(strstr(b->problem, "nothing is plugged in at pci-0000:00:14.0-usb-0:3 (found: /dev/ttyUSB2 Quectel EC25, /dev/ttyUSB6"));
    assert_string_equal(b->asked, ""); /* nobody is asked for a place */
}

/* peers.md 42: pulled and plugged in again it has another number, at the same place. */
static void renumbered(void **state) {
    struct bench *b = *state;
    ec25(b, P1, 0);
    assert_int_equal(find(b, "m1", "usb:" P1, NULL), ERR_OK);
    for (int i = 0; i < 4; i++) {
        char line[64];
        snprintf(line, sizeof line, "{\"name\":\"port_gone\",\"node\":\"/dev/ttyUSB%d\"}", i);
        (void)hear(b, line);
    }
    assert_int_equal(find(b, "m1", "usb:" P1, NULL), ERR_NOT_FOUND);
    ec25(b, P1, 4);
    assert_int_equal(find(b, "m1", "usb:" P1, NULL), ERR_OK);
    assert_string_equal(b->line, "serial:/dev/ttyUSB6");
}

static void never_written_to(void **state) {
    struct bench *b = *state;
    ec25(b, P1, 0);
    static const char *const lines[] = {"usb:" P1 ":1.0", "usb:" P1 ":1.1"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(find(b, "m1", lines[i], NULL), ERR_UNSUPPORTED);
        assert_non_null(strstr(b->problem, "must never be written to"));
    }
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, "/dev/ttyUSB2 "); /* its AT port, and no other */
}

static void by_imei(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB0", P1, 0, "adapter");
    port(b, "ttyUSB1", P2, 0, "adapter");
    assert_int_equal(find(b, "m1", "imei:" IMEI_B "@9600", NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, "/dev/ttyUSB0@9600 /dev/ttyUSB1@9600 ");
    assert_int_equal(find(b, "m1", "imei:" IMEI_B, NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, ""); /* not again while an answer is awaited */
    answer(b, "ttyUSB0", IMEI_A, "8984048000000000001");
    answer(b, "ttyUSB1", IMEI_B, "8984048000000000002");
    assert_int_equal(find(b, "m1", "imei:" IMEI_B, NULL), ERR_OK);
    assert_string_equal(b->line, "serial:/dev/ttyUSB1");
    assert_int_equal(find(b, "m2", "iccid:8984048000000000001", NULL), ERR_OK);
    assert_string_equal(b->line, "serial:/dev/ttyUSB0");
    assert_int_equal(find(b, "m3", "usb:" P2, NULL), ERR_BUSY);
    assert_string_equal(b->problem, "/dev/ttyUSB1 is modem m1 already");
    port_table_release(b->ports, "m1");
    assert_int_equal(find(b, "m3", "usb:" P2, NULL), ERR_OK);
}

/* A modem may take half a minute from the plug to its first OK; what never answers is left alone more and more. */
static void mute_ports_are_asked_ever_less(void **state) {
    struct bench *b = *state;
    int asked = 0;
    port(b, "ttyUSB0", P1, 0, "unknown");
    for (b->now = 0; b->now < 3600 * 1000; b->now += 1000) {
        (void)find(b, "m1", "imei:" IMEI_A, NULL);
        if (!b->asked[0])
            continue;
        asked++;
        assert_true(hear(b, "{\"name\":\"probed\",\"node\":\"/dev/ttyUSB0\",\"reason\":\"no answer to AT\"}"));
    }
    assert_in_range(asked, 20, 60);
}

/* Asking and serving take turns: two on one line would take each other's answers. */
/* The SIM that is looked for is put into a modem that had none when it was asked. */
static void a_sim_that_comes_later(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB0", P1, 0, "at");
    hear(b, "{\"name\":\"ports\",\"count\":1}");
    assert_int_equal(find(b, "m1", "iccid:8984048000000000001", NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, "/dev/ttyUSB0 ");
    hear(b, "{\"name\":\"probed\",\"node\":\"/dev/ttyUSB0\",\"answers\":true,\"imei\":\"" IMEI_A "\"}");
    assert_int_equal(find(b, "m1", "iccid:8984048000000000001", NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, ""); /* not at once again */
    assert_int_equal(find(b, "m2", "imei:" IMEI_B, NULL), ERR_NOT_FOUND);
    b->now += 300000;
    assert_int_equal(find(b, "m2", "imei:" IMEI_B, NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, ""); /* its IMEI stays what it is */
    assert_int_equal(find(b, "m1", "iccid:8984048000000000001", NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, "/dev/ttyUSB0 ");
    answer(b, "ttyUSB0", IMEI_A, "8984048000000000001");
    assert_int_equal(find(b, "m1", "iccid:8984048000000000001", NULL), ERR_OK);
}

static void asked_ports_are_not_given_out(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB0", P1, 0, "adapter");
    assert_int_equal(find(b, "m2", "imei:" IMEI_B, NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, "/dev/ttyUSB0 ");
    static const char *const lines[] = {"usb:" P1, "usb:" P1 ":1.0"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(find(b, "m1", lines[i], NULL), ERR_BUSY);
        assert_string_equal(b->problem, "/dev/ttyUSB0 is being asked who is there");
    }
    assert_true(hear(b, "{\"name\":\"probed\",\"node\":\"/dev/ttyUSB0\",\"reason\":\"no answer to AT\"}")); /* who waits may look again */
    assert_int_equal(find(b, "m1", "usb:" P1, NULL), ERR_OK);
    b->now += 3600 * 1000;
    assert_int_equal(find(b, "m2", "imei:" IMEI_B, NULL), ERR_NOT_FOUND);
    assert_string_equal(b->asked, ""); /* it's m1's now */
}

/* Whether another program holds a port may be long seen: discovery looks again when it's to ask. */
static void ports_that_were_busy_are_asked(void **state) {
    struct bench *b = *state;
    (void)hear(b, "{\"name\":\"port\",\"node\":\"/dev/ttyUSB0\",\"place\":\"" P1
                  "\",\"usb\":\"0403:6001\",\"interface\":0,\"role\":\"adapter\",\"busy\":true}");
    (void)find(b, "m1", "imei:" IMEI_A, NULL);
    assert_string_equal(b->asked, "/dev/ttyUSB0 ");
}

static void ports_of_no_usb_device_are_not_asked(void **state) {
    struct bench *b = *state;
    (void)hear(b, "{\"name\":\"port\",\"node\":\"/dev/ttyS0\",\"role\":\"unknown\"}");
    (void)find(b, "m1", "imei:" IMEI_A, NULL);
    assert_string_equal(b->asked, "");
}

/* peers.md 49: boards with one IMEI in all their modems. */
static void equal_imeis(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB0", P1, 0, "adapter");
    port(b, "ttyUSB1", P2, 0, "adapter");
    answer(b, "ttyUSB0", IMEI_A, "8984048000000000001");
    answer(b, "ttyUSB1", IMEI_A, "8984048000000000002");
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, NULL), ERR_CONFLICT);
    assert_non_null(strstr(b->problem, "2 modems say that they are IMEI " IMEI_A "; name the one that is meant by its place"));
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, P2), ERR_OK);
    assert_string_equal(b->line, "serial:/dev/ttyUSB1");
    assert_int_equal(find(b, "m2", "iccid:8984048000000000001", NULL), ERR_OK);
    assert_string_equal(b->place, P1);
}

/* The first to answer may be a clone: the one where it was last is waited for. */
static void the_last_place_answers_first(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB0", P1, 0, "adapter");
    port(b, "ttyUSB1", P2, 0, "adapter");
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, P2), ERR_NOT_FOUND);
    answer(b, "ttyUSB0", IMEI_A, "8984048000000000001");
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, P2), ERR_NOT_FOUND);
    assert_string_equal(b->problem, "who is where it was last is being asked");
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, NULL), ERR_OK); /* it was nowhere yet */
    port_table_release(b->ports, "m1");
    answer(b, "ttyUSB1", IMEI_B, "8984048000000000002"); /* another is there now: it was moved */
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, P2), ERR_OK);
    assert_string_equal(b->place, P1);
}

/* Two ports of one modem that both speak AT are one modem. */
static void siblings_are_one_modem(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB3", P1, 3, "unknown");
    port(b, "ttyUSB2", P1, 2, "unknown");
    answer(b, "ttyUSB3", IMEI_A, "8984048000000000001");
    answer(b, "ttyUSB2", IMEI_A, "8984048000000000001");
    assert_int_equal(find(b, "m1", "imei:" IMEI_A, NULL), ERR_OK);
    assert_string_equal(b->line, "serial:/dev/ttyUSB2");
}

static void paths(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB2", P1, 2, "at");
    assert_int_equal(find(b, "m1", "serial:/dev/ttyUSB7", NULL), ERR_NOT_FOUND);
    assert_string_equal(b->problem, "/dev/ttyUSB7 does not exist (found: /dev/ttyUSB2 Quectel EC25)");
    assert_int_equal(find(b, "m1", "serial:/dev/null@9600", NULL), ERR_OK); /* there, whatever it is: the worker will say */
    assert_string_equal(b->line, "serial:/dev/null@9600");
}

static void nothing_is_known_after_discovery_ended(void **state) {
    struct bench *b = *state;
    port(b, "ttyUSB2", P1, 2, "at");
    assert_false(port_table_complete(b->ports));
    assert_true(hear(b, "{\"name\":\"ports\",\"count\":1}"));
    assert_true(port_table_complete(b->ports) && !port_table_lost(b->ports));
    assert_false(hear(b, "{\"name\":\"ports\",\"count\":1}")); /* the sign of life is no news */
    port_table_forget(b->ports);
    assert_true(!port_table_complete(b->ports) && port_table_lost(b->ports));
    assert_int_equal(find(b, "m1", "usb:" P1, NULL), ERR_NOT_FOUND);
}

static void another_modem_than_named(void **state) {
    (void)state;
    struct str why;
    struct modem_line line;
    char imei[] = IMEI_A, iccid[] = "8984048000000000001";
    struct protocol_message up = {.name = PROTOCOL_UP, .imei = imei, .iccid = iccid};
    static const struct {
        const char *line;
        bool fits;
    } rows[] = {
        {"imei:" IMEI_A, true},
        {"imei:" IMEI_B, false},
        {"iccid:8984048000000000001", true},
        {"iccid:8984048000000000002", false},
        {"imsi:452040000000001", false} /* it doesn't say */,
        {"usb:" P1, true},
        {"tcp://192.0.2.1:2001", true},
        {"pty:/run/m1", true},
    };
    str_init(&why, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(modem_line_parse(rows[i].line, &line, &why), ERR_OK);
        assert_int_equal(modem_line_fits(&line, &up), rows[i].fits);
    }
    str_release(&why);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(by_place),
        TEST(renumbered),
        TEST(never_written_to),
        TEST(by_imei),
        TEST(mute_ports_are_asked_ever_less),
        TEST(a_sim_that_comes_later),
        TEST(asked_ports_are_not_given_out),
        TEST(ports_that_were_busy_are_asked),
        TEST(ports_of_no_usb_device_are_not_asked),
        TEST(equal_imeis),
        TEST(the_last_place_answers_first),
        TEST(siblings_are_one_modem),
        TEST(paths),
        TEST(nothing_is_known_after_discovery_ended),
        TEST(another_modem_than_named),
    };
    return cmocka_run_group_tests_name("port_table", tests, NULL, NULL);
}
