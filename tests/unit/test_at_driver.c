/* The AT driver against a scripted modem: setting up with every fallback, reading, deleting only what was stored, and the verdict on a submission
 * wherever it breaks off. */
#include "modem/driver.h"
#include "modem/quirks.h"
#include "tests/unit/fake_modem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PDU "07914809000000F1040B914889070000F10000621122606372820BD02088587FBBCF20741D"
#define PDU_2 "07914809000000F1040B914889070000F20000621122606372820BD02088587FBBCF20741D"
#define REPORT "07914809000000F106000B914889070000F1621122606362826211226063628200"
#define SUBMIT "0011000B914889070000F10000AA0BD02088587FBBCF20741D"
enum { SM, ME, SR }; /* the fake modem's memories */

struct told {
    struct driver_place place;
    char pdu[256];
};

struct fixture {
    struct driver_host host;
    struct fake_modem fake;
    struct modem *m;
    struct told told[600];
    size_t told_count;
    int listed[16];
    size_t listed_count;
    int64_t sweep_in; /* -1: not wanted */
};

static struct fixture *of_host(struct driver_host *host) {
    return (struct fixture *)((char *)host - offsetof(struct fixture, host));
}

static void arrived(struct driver_host *host, struct driver_place place, const char *pdu) {
    struct fixture *x = of_host(host);
    if (x->told_count < COUNT(x->told)) {
        x->told[x->told_count].place = place;
        snprintf(x->told[x->told_count++].pdu, sizeof x->told->pdu, "%s", pdu);
    }
}

static void listed(struct driver_host *host, int memory) {
    struct fixture *x = of_host(host);
    if (x->listed_count < COUNT(x->listed))
        x->listed[x->listed_count++] = memory;
}

static void want_sweep(struct driver_host *host, int64_t in_ms) {
    struct fixture *x = of_host(host);
    if (x->sweep_in < 0 || in_ms < x->sweep_in)
        x->sweep_in = in_ms;
}

static struct fixture *start(void) {
    struct fixture *x = calloc(1, sizeof *x);
    fake_modem_init(&x->fake);
    x->host = (struct driver_host){.port = &x->fake.port, .arrived = arrived, .listed = listed, .want_sweep = want_sweep};
    x->sweep_in = -1;
    x->m = at_driver.create(&x->host);
    return x;
}

static void end(struct fixture *x) {
    at_driver.destroy(x->m);
    fake_modem_release(&x->fake);
    free(x);
}

static enum err open_quietly(struct fixture *x) {
    struct driver_identity who;
    struct str reason;
    str_init(&reason, 512);
    enum err e = at_driver.open(x->m, &who, &reason);
    str_release(&reason);
    return e;
}

static struct fixture *opened(void) {
    struct fixture *x = start();
    assert_int_equal(open_quietly(x), ERR_OK);
    fake_forget(&x->fake);
    return x;
}

static enum err serve_all(struct fixture *x) {
    enum err e = at_driver.serve(x->m);
    for (int i = 0; e == ERR_OK && at_driver.waits(x->m) && i < 1000; i++)
        e = at_driver.serve(x->m);
    return e;
}

/* ---- setting up ---- */

static void test_open(void **state) {
    struct fixture *x = start();
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 512);
    x->fake.echo = true;
    assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_OK);
    assert_string_equal(who.imei, "862177040000017");
    assert_string_equal(who.imsi, "452040000000017");
    assert_string_equal(who.iccid, "8984040000000000017");
    assert_string_equal(who.model, "Model 1");
    assert_string_equal(who.revision, "Revision: 1.0");
    assert_null(who.trouble);
    assert_true(fake_heard(&x->fake, "AT+CMGF=0"));
    assert_true(fake_heard(&x->fake, "AT+CPMS=\"SM\",\"SM\",\"SM\""));
    assert_true(fake_heard(&x->fake, "AT+CNMI=2,1,0,2,0"));
    assert_false(fake_heard(&x->fake, "AT+CNMI=2,1,0,1,0"));
    str_release(&reason);
    end(x);
}

static void test_firmware_trouble(void **state) {
    struct fixture *x = start();
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 512);
    fake_rule(&x->fake, "AT+CGMR", "\r\nA011B12A7670M7_B12V02_220613\r\n\r\nOK\r\n");
    assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_OK);
    assert_string_equal(who.revision, "A011B12A7670M7_B12V02_220613");
    assert_non_null(strstr(who.trouble, "stores each message twice"));
    assert_null(quirks_trouble(""));
    assert_null(quirks_trouble("EC200AEUHAR01A12M16"));
    assert_non_null(quirks_trouble("EC200AEUHAR01A24M16"));
    str_release(&reason);
    end(x);
}

static void test_open_refused(void **state) {
    static const struct {
        const char *command, *answer;
        enum err expected;
        const char *reason;
    } rows[] = {
        {"AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", ERR_CONFLICT, "PIN"},
        {"AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", ERR_CONFLICT, "PUK"},
        {"AT+CPIN?", "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n", ERR_CONFLICT, "ready"},
        {"AT+CPIN?", "\r\n+CPIN: WHATEVER\r\n\r\nOK\r\n", ERR_CONFLICT, "WHATEVER"},
        {"AT+CPIN?", "\r\n+CME ERROR: 10\r\n", ERR_CONFLICT, "no SIM"},
        {"AT+CPIN?", "\r\n+CME ERROR: SIM failure\r\n", ERR_CONFLICT, "SIM failure"},
        {"AT+CMGF=", "\r\nERROR\r\n", ERR_UNSUPPORTED, "neither the PDU mode nor AT+CMGF=1"},
        {"AT+CMGF=0", "\r\n+CMS ERROR: 302\r\n", ERR_CONFLICT, "refuses the PDU mode"}, /* it's starting */
        {"AT+C", "\r\nERROR\r\n", ERR_CONFLICT, "SIM"}, /* nothing but refusals, and no numbers: no SIM is likelier than no AT+CIMI */
        {"AT", "", ERR_TIMEOUT, "doesn't answer"},
    };
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 512);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *x = start();
        fake_rule(&x->fake, rows[i].command, rows[i].answer);
        str_clear(&reason);
        assert_int_equal(at_driver.open(x->m, &who, &reason), rows[i].expected);
        assert_non_null(strstr(reason.data, rows[i].reason));
        assert_null(strstr(x->fake.log.data, "AT+CPIN=")); /* a PIN is never tried */
        end(x);
    }
    str_release(&reason);
}

/* Text mode needs what keeps texts and names apart from the modem's own words and numbers. */
static void test_text_mode_needs(void **state) {
    static const char *const needed[] = {"AT+CMGF=1", "AT+CSCS=\"UCS2\"", "AT+CSDH=1"};
    (void)state;
    for (size_t missing = 0; missing <= COUNT(needed); missing++) {
        struct fixture *x = start();
        struct driver_identity who;
        struct str reason;
        str_init(&reason, 512);
        fake_rule(&x->fake, "AT+CMGF=0", "\r\n+CMS ERROR: 303\r\n");
        for (size_t i = 0; i < COUNT(needed); i++)
            fake_rule(&x->fake, needed[i], i == missing ? "\r\n+CME ERROR: 4\r\n" : "\r\nOK\r\n");
        bool whole = missing == COUNT(needed);
        assert_int_equal(at_driver.open(x->m, &who, &reason), whole ? ERR_OK : ERR_UNSUPPORTED);
        if (whole) {
            assert_string_equal(who.family, "generic, text");
            assert_true(fake_heard(&x->fake, "AT+CNMI=2,1,0,0,0")); /* no reports: they have another form */
            assert_false(fake_heard(&x->fake, "AT+CNMI=2,1,0,2,0"));
        } else {
            assert_non_null(strstr(reason.data, needed[missing]));
        }
        str_release(&reason);
        end(x);
    }
}

/* A modem that knows nothing beyond what is needed is opened all the same. */
/* What is told of a SIM that asks for its PIN: which one, and how many tries are left, wherever the modem says that. */
static void test_pin_asked(void **state) {
    static const struct {
        const char *command, *answer;
        int tries;
    } rows[] = {
        {"AT+CPINR", "\r\n+CPINR: SIM PIN,2,3\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n", 2},
        {"AT+CPINR", "\r\n+CPINR: \"SIM PIN\",1,3\r\n\r\nOK\r\n", 1},
        {"AT^CPIN?", "\r\n^CPIN: SIM PIN,3,10,3,10,3\r\n\r\nOK\r\n", 3},
        {"AT+SPIC", "\r\n+SPIC: 2,10,0,10\r\n\r\nOK\r\n", 2},
        {"AT+QPINC", "\r\n+QPINC: \"SC\",1,10\r\n\r\nOK\r\n", 1},
        {"AT#PCT", "\r\n#PCT: 3\r\n\r\nOK\r\n", 3},
        {"AT+CPINR", "\r\n+CPINR: SIM PUK,10,10\r\n\r\nOK\r\n", DRIVER_TRIES_UNKNOWN},
        {"AT+CPINR", "\r\n+CPINR: SIM PIN,99999999999,3\r\n\r\nOK\r\n", DRIVER_TRIES_UNKNOWN},
        {"AT+CPINR", "\r\nERROR\r\n", DRIVER_TRIES_UNKNOWN},
    };
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 512);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *x = start();
        static const char *const counters[] = {"AT+CPINR", "AT^CPIN?", "AT+SPIC", "AT+QPINC", "AT#PCT"};
        fake_rule(&x->fake, "AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
        for (size_t c = 0; c < COUNT(counters); c++)
            fake_rule(&x->fake, counters[c], "\r\nERROR\r\n");
        fake_rule(&x->fake, rows[i].command, rows[i].answer);
        assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_CONFLICT);
        assert_int_equal(at_driver.sim(x->m)->obstacle, DRIVER_OBSTACLE_PIN);
        assert_int_equal(at_driver.sim(x->m)->tries_left, rows[i].tries);
        assert_string_equal(at_driver.sim(x->m)->iccid, "8984040000000000017");
        end(x);
    }
    str_release(&reason);
}

/* The PIN is entered once, and not at all where anything isn't as it was when the core was told. */
static void test_unlock(void **state) {
    static const struct {
        const char *command, *answer, *iccid, *pin;
        enum err expected;
        int entered;
        const char *reason;
    } rows[] = {
        {"AT+CPIN=", "\r\nOK\r\n", "8984040000000000017", "1234", ERR_OK, 1, ""},
        {"AT+CPIN=", "\r\n+CME ERROR: 16\r\n", "8984040000000000017", "1234", ERR_CONFLICT, 1, "incorrect password"},
        {"AT+CPIN=", "\r\n+CME ERROR: 12\r\n", "8984040000000000017", "1234", ERR_CONFLICT, 1, "PUK"},
        {"AT+CPIN=", "\r\nERROR\r\n", "8984040000000000017", "12345678", ERR_CONFLICT, 1, "ERROR"},
        {"AT+CPIN=", "", "8984040000000000017", "1234", ERR_TIMEOUT, 1, "no answer"},
        {"AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n", "8984040000000000017", "1234", ERR_CONFLICT, 0, "any more"},
        {"AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", "8984040000000000017", "1234", ERR_CONFLICT, 0, "any more"},
        {"AT+CPINR", "\r\n+CPINR: SIM PIN,1,3\r\n\r\nOK\r\n", "8984040000000000017", "1234", ERR_CONFLICT, 0, "only 1 tries"},
        {"AT+CPIN=", "\r\nOK\r\n", "8984040000000000025", "1234", ERR_CONFLICT, 0, "another SIM"},
        {"AT+CPIN=", "\r\nOK\r\n", "", "1234", ERR_CONFLICT, 0, "another SIM"},
        {"AT+CPIN=", "\r\nOK\r\n", "8984040000000000017", "123", ERR_CONFLICT, 0, "4 to 8 digits"},
        {"AT+CPIN=", "\r\nOK\r\n", "8984040000000000017", "123456789", ERR_CONFLICT, 0, "4 to 8 digits"},
        {"AT+CPIN=", "\r\nOK\r\n", "8984040000000000017", "1\"\rAT", ERR_CONFLICT, 0, "4 to 8 digits"},
    };
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 512);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *x = start();
        int times = 0;
        bool entered;
        fake_rule(&x->fake, "AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
        assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_CONFLICT);
        fake_rule(&x->fake, rows[i].command, rows[i].answer);
        str_clear(&reason);
        assert_int_equal(at_driver.unlock(x->m, rows[i].iccid, rows[i].pin, &entered, &reason), rows[i].expected);
        assert_non_null(strstr(reason.data, rows[i].reason));
        for (const char *at = x->fake.log.data; (at = strstr(at, "AT+CPIN=")); at++)
            times++;
        assert_int_equal(times, rows[i].entered);
        assert_int_equal(entered, times > 0);
        end(x);
    }
    str_release(&reason);
}

static void test_open_bare(void **state) {
    static const char *const unknown[] = {"ATE0",     "ATV1",    "AT+CMEE",  "AT+CREG=0", "AT+CFUN?", "AT+CPIN?", "AT+CSMS?",
                                          "AT+CPMS=", "AT+CNMI", "AT+CSCA?", "AT+CGSN",   "AT+CCID",  "AT+CGMM"};
    struct fixture *x = start();
    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++)
        fake_rule(&x->fake, unknown[i], "\r\nERROR\r\n");
    fake_store(&x->fake, SM, 4, PDU);
    assert_int_equal(open_quietly(x), ERR_OK);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_int_equal(x->told_count, 1);
    assert_in_range(x->sweep_in, 1, 30000); /* nothing is announced: look often */
    assert_int_equal(at_driver.remove(x->m, x->told[0].place, PDU, false), ERR_OK);
    assert_null(x->fake.slots[SM][4]);
    end(x);
}

static void test_radio_off(void **state) {
    struct fixture *x = start();
    (void)state;
    fake_rule(&x->fake, "AT+CFUN=1", "\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CFUN?", "\r\n+CFUN: 4\r\n\r\nOK\r\n");
    assert_int_equal(open_quietly(x), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CFUN=1"));
    end(x);
}

static void test_memories_whatever_cpms_answers(void **state) {
    static const struct {
        const char *offered; /* to AT+CPMS=? */
        const char *refused[3]; /* commands */
        const char *chosen; /* the command that is accepted in the end */
    } rows[] = {
        {NULL, {NULL}, "AT+CPMS=\"SM\",\"SM\",\"SM\""},
        {NULL, {"AT+CPMS=\"SM\",\"SM\",\"SM\""}, "AT+CPMS=\"SM\",\"SM\""},
        {NULL, {"AT+CPMS=\"SM\",\"SM\""}, "AT+CPMS=\"SM\""}, /* the start of the longer form too */
        {NULL, {"AT+CPMS=\"SM\""}, "AT+CPMS=\"ME\",\"ME\",\"ME\""},
        {"\r\n+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"ME\")\r\n\r\nOK\r\n", {NULL}, "AT+CPMS=\"ME\",\"ME\",\"ME\""},
        {"\r\n+CPMS: \"SM\",\"SM\",\"SM\"\r\n\r\nOK\r\n", {NULL}, "AT+CPMS=\"SM\",\"SM\",\"SM\""},
        {"\r\n+CPMS: (ME\", \"SR\"), (\"ME\", \"SR\"), (\"ME\")\r\n\r\nOK\r\n", {NULL}, "AT+CPMS=\"ME\",\"ME\",\"ME\""},
        {"\r\n+CPMS: \r\n\r\nOK\r\n", {NULL}, "AT+CPMS=\"SM\",\"SM\",\"SM\""},
        {"\r\nOK\r\n", {NULL}, "AT+CPMS=\"SM\",\"SM\",\"SM\""},
        {"\r\n+CMS ERROR: 302\r\n", {NULL}, "AT+CPMS=\"SM\",\"SM\",\"SM\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *x = start();
        for (size_t r = 0; r < COUNT(rows[i].refused) && rows[i].refused[r]; r++)
            fake_rule(&x->fake, rows[i].refused[r], "\r\n+CMS ERROR: 302\r\n");
        if (rows[i].offered)
            fake_rule(&x->fake, "AT+CPMS=?", rows[i].offered);
        assert_int_equal(open_quietly(x), ERR_OK);
        assert_true(fake_heard(&x->fake, rows[i].chosen));
        end(x);
    }
}

static void test_indications(void **state) {
    static const char *const order[] = {"2,1,0,2,0", "2,1,0,1,0", "2,1,0,0,0", "1,1,0,2,0", "1,1,0,1,0", "1,1,0,0,0",
                                        "2,1,0,2,1", "2,1,0,1,1", "2,1,0,0,1", "2,1",       "1,1"};
    struct driver_health h;
    char accepted[32], given[32];
    (void)state;
    for (size_t i = 0; i < COUNT(order); i++) {
        struct fixture *x = start();
        snprintf(accepted, sizeof accepted, "AT+CNMI=%s$", order[i]);
        fake_rule(&x->fake, "AT+CNMI=", "\r\n+CMS ERROR: 303\r\n");
        fake_rule(&x->fake, accepted, "\r\nOK\r\n");
        assert_int_equal(open_quietly(x), ERR_OK);
        for (size_t n = 0; n < COUNT(order); n++) {
            snprintf(given, sizeof given, "AT+CNMI=%s", order[n]);
            assert_int_equal(fake_heard(&x->fake, given), n <= i);
        }
        end(x);
    }
    /* A modem that refuses all of them while it starts is asked again. */
    struct fixture *x = start();
    fake_rule_times(&x->fake, "AT+CNMI=", "\r\n+CMS ERROR: 515\r\n", (int)COUNT(order));
    assert_int_equal(open_quietly(x), ERR_OK);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_in_range(x->sweep_in, 1, 30000);
    assert_int_equal(at_driver.health(x->m, &h), ERR_OK);
    x->sweep_in = -1;
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_int_equal(x->sweep_in, -1);
    end(x);
}

/* ---- families ---- */

static struct fixture *of_family(const char *maker, const char *model) {
    struct fixture *x = start();
    fake_rule(&x->fake, "AT+CGMI", maker);
    fake_rule(&x->fake, "AT+CGMM", model);
    return x;
}

/* What a family wants comes first, and what a modem refuses of it changes nothing. */
static void test_families(void **state) {
    static const struct {
        const char *maker, *model, *family;
        const char *heard[3];
    } rows[] = {
        {"\r\nhuawei\r\n\r\nOK\r\n", "\r\nE1550\r\n\r\nOK\r\n", "Huawei", {"AT^CURC=0", "AT+CNMI=1,1,0,2,0", "AT^PORTSEL=1"}},
        {"\r\nSIMCOM_Ltd\r\n\r\nOK\r\n", "\r\nSIMCOM_SIM800C\r\n\r\nOK\r\n", "SIM800", {"AT+CIURC=0", "AT+CNMI=2,1,0,1,0"}},
        {"\r\nQuectel\r\n\r\nOK\r\n", "\r\nEC25\r\n\r\nOK\r\n", "EC25", {"AT+QINDCFG=\"csq\",0", "AT+CPMS=\"ME\",\"ME\",\"ME\""}},
        {"\r\nZTE CORPORATION\r\n\r\nOK\r\n", "\r\nMF180\r\n\r\nOK\r\n", "ZTE", {"AT+CPMS?", "AT+CNMI=2,1,0,2,0"}},
        {"\r\n WAVECOM MODEM\r\n\r\nOK\r\n", "\r\n MULTIBAND  900E  1800 \r\n\r\nOK\r\n", "Wavecom", {"AT+WIND=0"}},
        {"\r\nOVER-VOLTAGE WARNNING\r\n\r\nSIMCOM_Ltd\r\n\r\nOK\r\n", "\r\nDST: 0\r\n\r\nSIMCOM_SIM800C\r\n\r\nOK\r\n", "SIM800", {"AT+CLTS=0"}},
        {"\r\nERROR\r\n", "\r\nERROR\r\n", "generic", {"AT+CNMI=2,1,0,2,0"}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *x = of_family(rows[i].maker, rows[i].model);
        struct driver_identity who;
        struct str reason;
        str_init(&reason, 512);
        assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_OK);
        assert_string_equal(who.family, rows[i].family);
        for (size_t n = 0; n < COUNT(rows[i].heard) && rows[i].heard[n]; n++)
            assert_true(fake_heard(&x->fake, rows[i].heard[n]));
        str_release(&reason);
        end(x);
    }
}

/* 515 is no fault of the SIM: the modem is starting. */
static void test_still_starting(void **state) {
    struct fixture *x = of_family("\r\nWAVECOM MODEM\r\n\r\nOK\r\n", "\r\nMULTIBAND  900E  1800\r\n\r\nOK\r\n");
    struct driver_identity who;
    struct str reason;
    (void)state;
    str_init(&reason, 512);
    fake_rule_times(&x->fake, "AT+CPIN?", "\r\n+CME ERROR: 515\r\n", 1);
    assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_CONFLICT);
    assert_non_null(strstr(reason.data, "starting"));
    assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_OK);
    str_release(&reason);
    end(x);
}

/* A SIM800 that says AT+CSMS service 1 wants no acknowledgement all the same. */
static void test_no_acknowledgement(void **state) {
    struct fixture *x = of_family("\r\nSIMCOM_Ltd\r\n\r\nOK\r\n", "\r\nSIMCOM_SIM800C\r\n\r\nOK\r\n");
    (void)state;
    fake_rule(&x->fake, "AT+CSMS?", "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n");
    assert_int_equal(open_quietly(x), ERR_OK);
    fake_say(&x->fake, 0, "\r\n+CMT: ,28\r\n" PDU "\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 1);
    assert_int_equal(at_driver.remove(x->m, x->told[0].place, PDU, true), ERR_OK);
    assert_false(fake_heard(&x->fake, "AT+CNMA"));
    end(x);
}

/* Announcements that go to another port of the modem: what a sweep finds unannounced turns them, once something is announced here they stay. */
static void test_wrong_port(void **state) {
    struct fixture *x = of_family("\r\nQuectel\r\n\r\nOK\r\n", "\r\nEC25\r\n\r\nOK\r\n");
    (void)state;
    fake_rule(&x->fake, "AT+QURCCFG=\"urcport\",", "\r\nOK\r\n");
    fake_rule(&x->fake, "AT+QURCCFG=\"urcport\"$", "\r\n+QURCCFG: \"urcport\",\"usbat\"\r\n\r\nOK\r\n");
    fake_store(&x->fake, ME, 1, PDU);
    assert_int_equal(open_quietly(x), ERR_OK);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK); /* what lay there before nobody could announce */
    assert_in_range(x->sweep_in, 1, 30000);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_false(fake_heard(&x->fake, "AT+QURCCFG=\"urcport\""));
    fake_store(&x->fake, ME, 2, PDU_2);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+QURCCFG=\"urcport\",\"usbmodem\""));
    fake_forget(&x->fake);
    x->sweep_in = -1;
    fake_say(&x->fake, 0, "\r\n+CMTI: \"ME\",3\r\n");
    fake_store(&x->fake, ME, 3, PDU);
    assert_int_equal(serve_all(x), ERR_OK);
    fake_store(&x->fake, ME, 4, PDU_2);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_false(fake_heard(&x->fake, "AT+QURCCFG=\"urcport\""));
    assert_int_equal(x->sweep_in, -1);
    end(x);
}

/* A modem that says with every look that it's full isn't looked at without end. */
static void test_full_again_and_again(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_say(&x->fake, 0, "\r\n^SMMEMFULL: \"SM\"\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->sweep_in, 0);
    x->sweep_in = -1;
    fake_say(&x->fake, 0, "\r\n^SMMEMFULL: \"SM\"\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_in_range(x->sweep_in, 1, 10000);
    clock_virtual_advance(&x->fake.clock, 10000);
    x->sweep_in = -1;
    fake_say(&x->fake, 0, "\r\n^SMMEMFULL: \"SM\"\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->sweep_in, 0);
    end(x);
}

/* ---- reading ---- */

static void test_sweep(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_store(&x->fake, SM, 0, PDU);
    fake_store(&x->fake, SM, 7, PDU_2);
    fake_store(&x->fake, ME, 3, PDU);
    fake_store(&x->fake, SR, 1, REPORT);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_int_equal(x->told_count, 4);
    assert_int_equal(x->listed_count, 3);
    assert_int_equal(x->told[0].place.index, 0);
    assert_int_equal(x->told[1].place.index, 7);
    assert_int_equal(x->told[0].place.memory, x->told[1].place.memory);
    assert_int_not_equal(x->told[0].place.memory, x->told[2].place.memory);
    assert_string_equal(x->told[3].pdu, REPORT);
    assert_int_equal(x->fake.memory, SM); /* back where arrivals come */
    /* each is taken from its own memory */
    for (size_t i = 0; i < x->told_count; i++)
        assert_int_equal(at_driver.remove(x->m, x->told[i].place, x->told[i].pdu, true), ERR_OK);
    assert_null(x->fake.slots[SM][0]);
    assert_null(x->fake.slots[SM][7]);
    assert_null(x->fake.slots[ME][3]);
    assert_null(x->fake.slots[SR][1]);
    end(x);
}

static void test_sweep_odd(void **state) {
    struct fixture *x = opened();
    (void)state;
    /* our own messages on the SIM are none of our business; an alpha field may hold a comma */
    fake_rule_times(&x->fake, "AT+CMGL=4",
                    "\r\n+CMGL: 1,2,,25\r\n" SUBMIT "\r\n+CMGL: 2,3,,25\r\n" SUBMIT "\r\n+CMGL: 5,0,\"A, B\",28\r\n" PDU "\r\n\r\nOK\r\n", 1);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_int_equal(x->told_count, 1);
    assert_int_equal(x->told[0].place.index, 5);
    /* no AT+CMGL: slot by slot */
    x->told_count = x->listed_count = 0;
    fake_rule(&x->fake, "AT+CMGL=4", "\r\n+CMS ERROR: 303\r\n");
    fake_store(&x->fake, SM, 0, PDU);
    fake_store(&x->fake, SM, 11, PDU_2);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_int_equal(x->told_count, 2);
    assert_int_equal(x->listed_count, 3);
    end(x);
}

/* A modem that fell back to the text mode: nothing is told, nothing is taken for gone, and it's set up again. */
static void test_text_mode(void **state) {
    struct fixture *x = opened();
    (void)state;
    clock_virtual_advance(&x->fake.clock, 60000);
    fake_rule_times(&x->fake, "AT+CMGL=4", "\r\n+CMGL: 3,\"REC READ\",\"+84912345678\",,\"26/11/21,10:00:00+28\"\r\nPA\r\n\r\nOK\r\n", 1);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    assert_int_equal(x->told_count, 0);
    assert_int_equal(x->listed_count, 2); /* the other memories */
    assert_int_equal(serve_all(x), ERR_BUSY);
    assert_int_equal(open_quietly(x), ERR_OK);
    clock_virtual_advance(&x->fake.clock, 60000);
    fake_rule_times(&x->fake, "AT+CMGR=3", "\r\n+CMGR: \"REC READ\",\"+84912345678\",,\"26/11/21,10:00:00+28\"\r\nPA\r\n\r\nOK\r\n", 4);
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",3\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(serve_all(x), ERR_BUSY);
    assert_int_equal(x->told_count, 0);
    end(x);
}

/* What couldn't be listed whole is never taken for gone. */
static void test_sweep_breaks_off(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_rule(&x->fake, "AT+CMGL=4", "\r\n+CMGL: 1,1,,28\r\n" PDU "\r\n");
    assert_int_equal(at_driver.sweep(x->m), ERR_TIMEOUT);
    assert_int_equal(x->listed_count, 0);
    end(x);
}

static void test_announced(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_store(&x->fake, SM, 0, PDU);
    fake_store(&x->fake, ME, 5, PDU_2);
    fake_store(&x->fake, SR, 1, REPORT);
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",0\r\n\r\n+CMTI: \"SM\",0\r\n\r\n+CMTI: \"ME\",5\r\n\r\n+CDSI: \"SR\",1\r\n\r\n+CMTI: \"SM\",9\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 3); /* one is announced twice, one slot is empty */
    assert_string_equal(x->told[0].pdu, PDU);
    assert_string_equal(x->told[1].pdu, PDU_2);
    assert_string_equal(x->told[2].pdu, REPORT);
    assert_int_equal(x->sweep_in, -1);
    /* what can't be read by its announcement is swept up */
    fake_say(&x->fake, 0, "\r\n+CMTI: \"XX\",1\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->sweep_in, 0);
    x->sweep_in = -1;
    fake_rule_times(&x->fake, "AT+CMGR=0", "\r\n+CMS ERROR: 314\r\n", 1);
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",0\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_in_range(x->sweep_in, 1, 30000);
    end(x);
}

static void test_flood_of_announcements(void **state) {
    struct fixture *x = opened();
    char line[32];
    (void)state;
    for (int i = 0; i < 400; i++) {
        snprintf(line, sizeof line, "\r\n+CMTI: \"SM\",%d\r\n", i);
        fake_say(&x->fake, 0, line);
    }
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->sweep_in, 0);
    end(x);
}

static void test_direct_ones_are_acknowledged_when_stored(void **state) {
    struct fixture *x = start();
    (void)state;
    fake_rule(&x->fake, "AT+CSMS?", "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n");
    assert_int_equal(open_quietly(x), ERR_OK);
    fake_say(&x->fake, 0, "\r\n+CMT: ,28\r\n" PDU "\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 1);
    assert_int_equal(x->told[0].place.memory, DRIVER_DIRECT);
    assert_false(fake_heard(&x->fake, "AT+CNMA")); /* not before it is stored */
    assert_int_equal(at_driver.remove(x->m, x->told[0].place, PDU, true), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CNMA"));
    fake_forget(&x->fake);
    assert_int_equal(at_driver.remove(x->m, x->told[0].place, PDU, true), ERR_OK); /* twice would be for the next one */
    assert_false(fake_heard(&x->fake, "AT+CNMA"));

    /* The acknowledgement names no message: a late one must not stand for the one that came after it. */
    fake_say(&x->fake, 0, "\r\n+CMT: ,28\r\n" PDU "\r\n\r\n+CDS: ,25\r\n" REPORT "\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 3);
    assert_int_equal(at_driver.remove(x->m, x->told[1].place, PDU, true), ERR_OK);
    assert_false(fake_heard(&x->fake, "AT+CNMA"));
    assert_int_equal(at_driver.remove(x->m, x->told[2].place, REPORT, true), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CNMA"));

    /* Damaged on the way: the network has the good copy, so it isn't taken. */
    fake_say(&x->fake, 0, "\r\n+CMT: ,28\r\n0791480900\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 3);
    end(x);

    x = opened(); /* without acknowledgement there is no second copy: it is told as it came */
    fake_say(&x->fake, 0, "\r\n+CMT: ,28\r\n0791480900\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 1);
    assert_int_equal(at_driver.remove(x->m, x->told[0].place, "0791480900", true), ERR_OK);
    assert_false(fake_heard(&x->fake, "AT+CNMA"));
    end(x);
}

static void test_damaged(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_store(&x->fake, SM, 2, PDU);
    fake_rule_times(&x->fake, "AT+CMGR=2", "\r\n+CMGR: 0,,28\r\n0791480\r\n\r\nOK\r\n", 1);
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",2\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 1);
    assert_string_equal(x->told[0].pdu, PDU); /* the second reading was sound */

    fake_rule(&x->fake, "AT+CMGR=3", "\r\n+CMGR: 0,,28\r\n07914809zz\r\n\r\nOK\r\n");
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",3\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 2);
    assert_string_equal(x->told[1].pdu, "07914809zz"); /* two readings agree: that's what is there */
    assert_int_equal(at_driver.remove(x->m, x->told[1].place, "07914809zz", false), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CMGD=3"));

    fake_rule(&x->fake, "AT+CMGR=4", "\r\n+CMGR: 0,,28\r\n\r\n\r\nOK\r\n"); /* no PDU at all, but a length */
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",4\r\n");
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 3);
    end(x);
}

/* ---- deleting ---- */

static void test_only_what_was_read_is_removed(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_store(&x->fake, SM, 2, PDU);
    assert_int_equal(at_driver.sweep(x->m), ERR_OK);
    struct driver_place place = x->told[0].place;
    fake_forget(&x->fake);
    assert_int_equal(at_driver.remove(x->m, place, PDU, true), ERR_OK);
    assert_false(fake_heard(&x->fake, "AT+CMGR=2")); /* sure: no second look */
    fake_store(&x->fake, SM, 2, PDU);
    assert_int_equal(at_driver.remove(x->m, place, PDU, false), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CMGR=2"));
    assert_int_equal(x->fake.deletions, 2);

    fake_store(&x->fake, SM, 2, PDU_2); /* the slot was reused meanwhile */
    assert_int_equal(at_driver.remove(x->m, place, PDU, false), ERR_NOT_FOUND);
    assert_string_equal(x->fake.slots[SM][2], PDU_2);
    assert_int_equal(x->sweep_in, 0); /* what lies there now is fetched */
    fake_store(&x->fake, SM, 2, NULL);
    assert_int_equal(at_driver.remove(x->m, place, PDU, false), ERR_NOT_FOUND);
    assert_int_equal(x->fake.deletions, 2);

    fake_rule_times(&x->fake, "AT+CMGD=2", "\r\nERROR\r\n", 1);
    assert_int_equal(at_driver.remove(x->m, place, PDU, true), ERR_CONFLICT);
    fake_rule_times(&x->fake, "AT+CMGD=2", "\r\n+CMS ERROR: 321\r\n", 1);
    assert_int_equal(at_driver.remove(x->m, place, PDU, true), ERR_NOT_FOUND);
    fake_rule_times(&x->fake, "AT+CMGD=2", "", 1);
    assert_int_equal(at_driver.remove(x->m, place, PDU, true), ERR_TIMEOUT);
    end(x);
}

/* ---- submitting ---- */

static struct driver_verdict submitted(struct fixture *x, enum err *ret_err) {
    struct driver_verdict v = {.outcome = DRIVER_UNKNOWN};
    const struct driver_submit submit = {.pdu = SUBMIT, .tpdu_octets = strlen(SUBMIT) / 2 - 1};
    *ret_err = at_driver.submit(x->m, &submit, &v);
    return v;
}

static void test_submit(void **state) {
    static const struct {
        const char *prompt; /* NULL: as it should be */
        const char *answer;
        enum driver_outcome outcome;
        int number; /* sent: the reference; failed: the code */
        enum sms_failure class;
    } rows[] = {
        {NULL, "\r\n+CMGS: 7\r\n\r\nOK\r\n", DRIVER_SENT, 7, 0},
        {NULL, "\r\n+CMGS:255\r\nOK\r\n", DRIVER_SENT, 255, 0},
        {NULL, "\r\n+CMGS:7,\"24/01/01,10:00:00+28\"\r\n\r\nOK\r\n", DRIVER_SENT, 7, 0},
        {NULL, SUBMIT "\r\n^RSSI:3\r\n+CMTI: \"SM\",3\r\n+CMGS: 0\r\n\r\nOK\r\n", DRIVER_SENT, 0, 0},
        {NULL, "\r\n+CDS: 25\r\n" REPORT "\r\n\r\n+CMGS: 9\r\n\r\nOK\r\n", DRIVER_SENT, 9, 0}, /* the report overtakes */
        {NULL, "\r\n+CMGS: 12\r\n", DRIVER_SENT, 12, 0}, /* and no OK */
        {NULL, "\r\n+CMGS: 12\r\n\r\nERROR\r\n", DRIVER_SENT, 12, 0},
        {NULL, "\r\n+CMS ERROR: 331\r\n", DRIVER_FAILED, 331, SMS_FAILURE_TEMPORARY},
        {NULL, "\r\n+CMS ERROR: no network service\r\n", DRIVER_FAILED, 331, SMS_FAILURE_TEMPORARY},
        {NULL, "\r\n+CMS ERROR: 1\r\n", DRIVER_FAILED, 1, SMS_FAILURE_PERMANENT},
        {NULL, "\r\n+CMS ERROR: 21\r\n", DRIVER_FAILED, 21, SMS_FAILURE_OTHER_SIM},
        {NULL, "\r\n+CMS ERROR: 310\r\n", DRIVER_FAILED, 310, SMS_FAILURE_SIM},
        {NULL, "\r\n+CMS ERROR: 330\r\n", DRIVER_FAILED, 330, SMS_FAILURE_SIM},
        {NULL, "\r\n+CME ERROR: 30\r\n", DRIVER_FAILED, -1, SMS_FAILURE_TEMPORARY},
        {NULL, "\r\n+CMS ERROR: 500\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMS ERROR: 512\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMS ERROR: 513\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMS ERROR: 514\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMS ERROR: 515\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMS ERROR: 47x\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CME ERROR: 100\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\nERROR\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\nOK\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMGS: 300\r\n\r\nOK\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n+CMGS: \r\n\r\nOK\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "\r\n\x80\xff+C..S\r\n", DRIVER_UNKNOWN, 0, 0},
        {NULL, "", DRIVER_UNKNOWN, 0, 0},
        {"\r\n+CMS ERROR: 500\r\n", "", DRIVER_FAILED, 500, SMS_FAILURE_TEMPORARY},
        {"\r\n+CMS ERROR: 513\r\n", "", DRIVER_FAILED, 513, SMS_FAILURE_TEMPORARY},
        {"\r\n+CMS ERROR: 304\r\n", "", DRIVER_FAILED, 304, SMS_FAILURE_PERMANENT},
        {"\r\n+CMS ERROR: 330\r\n", "", DRIVER_FAILED, 330, SMS_FAILURE_SIM},
        {"\r\nERROR\r\n", "", DRIVER_FAILED, -1, SMS_FAILURE_TEMPORARY},
        {"\r\nOK\r\n", "", DRIVER_FAILED, -1, SMS_FAILURE_TEMPORARY},
        {"", "", DRIVER_FAILED, -1, SMS_FAILURE_TEMPORARY},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixture *x = opened();
        enum err e;
        if (rows[i].prompt)
            fake_rule(&x->fake, "AT+CMGS=", rows[i].prompt);
        x->fake.submit_answer = rows[i].answer;
        struct driver_verdict v = submitted(x, &e);
        assert_int_equal(e, ERR_OK); /* the modem lives: it answers AT */
        assert_int_equal(v.outcome, rows[i].outcome);
        assert_int_equal(x->fake.submissions, rows[i].prompt ? 0 : 1);
        if (v.outcome == DRIVER_SENT)
            assert_int_equal(v.reference, rows[i].number);
        if (v.outcome == DRIVER_FAILED) {
            assert_int_equal(v.code, rows[i].number);
            assert_int_equal(v.class, rows[i].class);
        }
        if (v.outcome != DRIVER_SENT)
            assert_string_not_equal(v.reason, "");
        /* and the next one isn't mixed up with what was left of this one */
        x->fake.submit_answer = "\r\n+CMGS: 77\r\n\r\nOK\r\n";
        fake_rule(&x->fake, "AT+CMGS=", "\r\n> ");
        v = submitted(x, &e);
        assert_int_equal(v.outcome, DRIVER_SENT);
        assert_int_equal(v.reference, 77);
        end(x);
    }
}

static void test_submit_times(void **state) {
    struct fixture *x = opened();
    enum err e;
    (void)state;
    x->fake.submit_delay = 119000; /* slow, but within its time */
    struct driver_verdict v = submitted(x, &e);
    assert_int_equal(v.outcome, DRIVER_SENT);
    x->fake.submit_delay = 120050; /* its answer comes while the two sides are brought in step again */
    v = submitted(x, &e);
    assert_int_equal(v.outcome, DRIVER_UNKNOWN);
    x->fake.submit_delay = 0;
    x->fake.submit_answer = "\r\n+CMGS: 8\r\n\r\nOK\r\n";
    v = submitted(x, &e);
    assert_int_equal(v.outcome, DRIVER_SENT);
    int64_t before = x->fake.clock.mono;
    fake_rule(&x->fake, "AT", "");
    v = submitted(x, &e);
    assert_int_equal(v.outcome, DRIVER_FAILED);
    assert_int_equal(e, ERR_TIMEOUT); /* mute altogether */
    assert_in_range(x->fake.clock.mono - before, 30000, 45000);
    end(x);
}

/* The line is cut after every octet that the modem sends: what is said must fit what the modem did. */
static void test_submit_cut_while_answering(void **state) {
    bool sent = false;
    (void)state;
    for (size_t n = 0; !sent; n++) {
        struct fixture *x = opened();
        enum err e;
        x->fake.cut_after_read = x->fake.octets_read + n;
        struct driver_verdict v = submitted(x, &e);
        sent = v.outcome == DRIVER_SENT;
        if (x->fake.submissions == 0)
            assert_int_equal(v.outcome, DRIVER_FAILED);
        else if (!sent)
            assert_int_equal(v.outcome, DRIVER_UNKNOWN);
        else
            assert_int_equal(v.reference, 7);
        assert_true(e == ERR_CLOSED || sent);
        end(x);
        assert_true(n < 200);
    }
}

/* And after every octet that it receives. */
static void test_submit_cut_while_writing(void **state) {
    const size_t dialogue = strlen("AT+CMGS=24\r" SUBMIT) + 1;
    (void)state;
    for (size_t portion = 0; portion <= 1; portion++)
        for (size_t n = 0; n <= dialogue; n++) {
            struct fixture *x = opened();
            enum err e;
            x->fake.cut_after_written = x->fake.octets_written + n;
            x->fake.write_portion = portion;
            struct driver_verdict v = submitted(x, &e);
            if (n < dialogue) { /* the Ctrl-Z never left */
                assert_int_equal(x->fake.submissions, 0);
                assert_int_equal(v.outcome, DRIVER_FAILED);
                assert_int_equal(v.class, SMS_FAILURE_TEMPORARY);
                assert_int_equal(e, ERR_CLOSED);
            } else {
                assert_int_equal(x->fake.submissions, 1);
                assert_int_equal(v.outcome, DRIVER_SENT);
            }
            end(x);
        }
}

/* Announcements that come while a submission waits are read afterwards. */
static void test_arrivals_during_submit(void **state) {
    struct fixture *x = opened();
    enum err e;
    (void)state;
    fake_store(&x->fake, SM, 3, PDU);
    fake_rule(&x->fake, "AT+CMGS=", "\r\n+CMTI: \"SM\",3\r\n\r\n+CMT: ,28\r\n" PDU_2 "\r\n\r\n> ");
    x->fake.submit_answer = "\r\n+CDS: 25\r\n" REPORT "\r\n\r\n+CMGS: 7\r\n\r\n+CMTI: \"SM\",4\r\n\r\nOK\r\n";
    fake_store(&x->fake, SM, 4, PDU_2);
    struct driver_verdict v = submitted(x, &e);
    assert_int_equal(v.outcome, DRIVER_SENT);
    assert_int_equal(x->told_count, 2); /* the direct ones at once */
    assert_true(at_driver.waits(x->m)); /* nothing more will come on the line to wake anybody */
    assert_int_equal(serve_all(x), ERR_OK);
    assert_int_equal(x->told_count, 4);
    end(x);
}

/* ---- health ---- */

static void test_health(void **state) {
    struct fixture *x = opened();
    struct driver_health h;
    (void)state;
    fake_store(&x->fake, SM, 1, PDU);
    assert_int_equal(at_driver.health(x->m, &h), ERR_OK);
    assert_int_equal(h.signal, 21);
    assert_int_equal(h.registration, 1);
    assert_int_equal(h.slots_used, 1);
    assert_int_equal(h.slots_total, FAKE_SLOTS);
    assert_string_equal(h.operator_name, "Viettel");
    assert_true(h.centre_known);
    assert_string_equal(h.centre, "+84900000023");
    fake_rule(&x->fake, "AT+CSCA?", "\r\n+CSCA: \"\",129\r\n\r\nOK\r\n"); /* gammu#195 */
    fake_rule(&x->fake, "AT+CREG?", "\r\n+CREG: 0,0\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CEREG?", "\r\n+CEREG: 0,5\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CSQ", "\r\nERROR\r\n");
    fake_rule(&x->fake, "AT+COPS?", "\r\n+COPS: 0\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CPMS?", "\r\n+CPMS: \"SM\"\r\n\r\nOK\r\n");
    assert_int_equal(at_driver.health(x->m, &h), ERR_OK);
    assert_int_equal(h.signal, 99);
    assert_int_equal(h.registration, 5); /* for LTE */
    assert_int_equal(h.slots_used, -1);
    assert_string_equal(h.operator_name, "");
    assert_true(h.centre_known);
    assert_string_equal(h.centre, "");
    fake_rule(&x->fake, "AT+CSCA?", "\r\nERROR\r\n");
    assert_int_equal(at_driver.health(x->m, &h), ERR_OK);
    assert_false(h.centre_known);
    fake_rule(&x->fake, "AT+CNMI?", "\r\n+CNMI: 2,0,0,0,0\r\n\r\nOK\r\n"); /* it fell back by itself */
    assert_int_equal(at_driver.health(x->m, &h), ERR_BUSY);
    fake_rule(&x->fake, "AT", "");
    assert_int_equal(at_driver.health(x->m, &h), ERR_TIMEOUT);
    x->fake.cut = true;
    assert_int_equal(at_driver.health(x->m, &h), ERR_CLOSED);
    end(x);
}

/* A modem that came up anew has to be opened; its boot lines come in a bunch. */
static void test_full_while_sending(void **state) {
    struct fixture *x = opened();
    struct driver_verdict v;
    (void)state;
    x->sweep_in = -1;
    x->fake.submit_answer = "\r\n+CMS ERROR: 322\r\n";
    assert_int_equal(at_driver.submit(x->m, &(struct driver_submit){.pdu = "00" SUBMIT, .tpdu_octets = sizeof SUBMIT / 2}, &v), ERR_OK);
    assert_int_equal(v.outcome, DRIVER_UNKNOWN);
    assert_int_equal(x->sweep_in, 0);
    end(x);
}

static void test_restart(void **state) {
    struct fixture *x = opened();
    (void)state;
    clock_virtual_advance(&x->fake.clock, 60000);
    fake_say(&x->fake, 0, "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n");
    assert_int_equal(serve_all(x), ERR_BUSY);
    assert_int_equal(open_quietly(x), ERR_OK);
    fake_say(&x->fake, 0, "\r\nCall Ready\r\n\r\nSMS Ready\r\n");
    assert_int_equal(serve_all(x), ERR_OK); /* too soon after the last: once they have settled */
    assert_in_range(x->sweep_in, 1, 10000);
    clock_virtual_advance(&x->fake.clock, 5000);
    assert_int_equal(serve_all(x), ERR_BUSY);
    end(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_firmware_trouble),
        cmocka_unit_test(test_open_refused),
        cmocka_unit_test(test_pin_asked),
        cmocka_unit_test(test_unlock),
        cmocka_unit_test(test_open_bare),
        cmocka_unit_test(test_text_mode_needs),
        cmocka_unit_test(test_radio_off),
        cmocka_unit_test(test_memories_whatever_cpms_answers),
        cmocka_unit_test(test_indications),
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_still_starting),
        cmocka_unit_test(test_no_acknowledgement),
        cmocka_unit_test(test_wrong_port),
        cmocka_unit_test(test_full_again_and_again),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_sweep_odd),
        cmocka_unit_test(test_text_mode),
        cmocka_unit_test(test_sweep_breaks_off),
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_flood_of_announcements),
        cmocka_unit_test(test_direct_ones_are_acknowledged_when_stored),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_only_what_was_read_is_removed),
        cmocka_unit_test(test_submit),
        cmocka_unit_test(test_submit_times),
        cmocka_unit_test(test_submit_cut_while_answering),
        cmocka_unit_test(test_submit_cut_while_writing),
        cmocka_unit_test(test_arrivals_during_submit),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_full_while_sending),
        cmocka_unit_test(test_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
