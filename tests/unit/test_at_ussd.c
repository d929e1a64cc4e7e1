/* USSD and incoming calls in the AT driver, against a scripted modem: forms that are tried and remembered, replies of many lines, time-outs, messages
 * and submissions meanwhile, calls hung up and told once. */
#include "modem/driver.h"
#include "tests/unit/fake_modem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PDU "07914809000000F1040B914889070000F10000621122606372820BD02088587FBBCF20741D"
#define SUBMIT "0011000B914889070000F10000AA0BD02088587FBBCF20741D"
#define PLAIN_REQUEST "AT+CUSD=1,\"*101#\",15"
#define UCS2_REQUEST "AT+CUSD=1,\"002A0031003000310023\",15"
#define PACKED_REQUEST "AT+CUSD=1,\"AA182C3602\",15"
#define OK "\r\nOK\r\n"

struct fixture {
    struct driver_host host;
    struct fake_modem fake;
    struct modem *m;
    int arrivals, replies, calls;
    enum driver_ussd_outcome outcome;
    char text[1024], number[32];
};

static struct fixture *of_host(struct driver_host *host) {
    return (struct fixture *)((char *)host - offsetof(struct fixture, host));
}

static void arrived(struct driver_host *host, struct driver_place place, const char *pdu) {
    (void)place;
    assert_string_equal(pdu, PDU);
    of_host(host)->arrivals++;
}

static void listed(struct driver_host *host, int memory) {
    (void)host;
    (void)memory;
}

static void want_sweep(struct driver_host *host, int64_t in_ms) {
    (void)host;
    (void)in_ms;
}

static void ussd(struct driver_host *host, enum driver_ussd_outcome outcome, const char *text) {
    struct fixture *x = of_host(host);
    x->replies++;
    x->outcome = outcome;
    snprintf(x->text, sizeof x->text, "%s", text);
}

static void called(struct driver_host *host, const char *number) {
    struct fixture *x = of_host(host);
    x->calls++;
    snprintf(x->number, sizeof x->number, "%s", number);
}

static struct fixture *opened_as(const char *maker, const char *model) {
    struct fixture *x = calloc(1, sizeof *x);
    struct driver_identity who;
    struct str reason;
    str_init(&reason, 512);
    fake_modem_init(&x->fake);
    if (maker) {
        fake_rule(&x->fake, "AT+CGMI$", maker);
        fake_rule(&x->fake, "AT+CGMM$", model);
    }
    fake_rule(&x->fake, "AT+CSCS?", "\r\n+CSCS: \"IRA\"\r\n" OK);
    fake_rule(&x->fake, "AT+CSCS=", OK);
    fake_rule(&x->fake, "AT+CUSD=", OK);
    x->host =
        (struct driver_host){.port = &x->fake.port, .arrived = arrived, .listed = listed, .ussd = ussd, .called = called, .want_sweep = want_sweep};
    x->m = at_driver.create(&x->host);
    assert_int_equal(at_driver.open(x->m, &who, &reason), ERR_OK);
    str_release(&reason);
    fake_forget(&x->fake);
    return x;
}

static struct fixture *opened(void) {
    return opened_as(NULL, NULL);
}

static void end(struct fixture *x) {
    at_driver.destroy(x->m);
    fake_modem_release(&x->fake);
    free(x);
}

/* As the worker's loop: serves when something came or is due, until `ms` are over. */
static void pass(struct fixture *x, int64_t ms) {
    int64_t end_at = x->fake.clock.mono + ms;
    while (x->fake.clock.mono < end_at) {
        assert_int_equal(at_driver.serve(x->m), ERR_OK);
        int64_t due = at_driver.due(x->m), step = due < x->fake.clock.mono + 50 ? due : x->fake.clock.mono + 50;
        if (step > x->fake.clock.mono)
            clock_virtual_advance(&x->fake.clock, step - x->fake.clock.mono);
    }
    assert_int_equal(at_driver.serve(x->m), ERR_OK);
}

static void ask(struct fixture *x, const char *code) {
    assert_int_equal(at_driver.ussd(x->m, DRIVER_USSD_START, code), ERR_OK);
}

/* ---- USSD ---- */

static void test_request(void **state) {
    struct fixture *x = opened();
    (void)state;
    ask(x, "*101#");
    assert_int_equal(x->replies, 0);
    fake_say(&x->fake, 4000, "\r\n+CUSD: 0,\"TKG: 4500d\",15\r\n");
    pass(x, 3900);
    assert_int_equal(x->replies, 0);
    pass(x, 200);
    assert_int_equal(x->replies, 1);
    assert_int_equal(x->outcome, DRIVER_USSD_DONE);
    assert_string_equal(x->text, "TKG: 4500d");
    assert_true(fake_heard(&x->fake, PLAIN_REQUEST));
    assert_true(fake_heard(&x->fake, "AT+CSCS=\"IRA\"")); /* as it was */
    end(x);
}

/* A menu of many lines, with quotes, an "OK", and cut at every octet; what comes behind it is heard. */
static void test_peers_52_many_lines(void **state) {
    static const char reply[] = "\r\n+CUSD: 1,\"Goi \"HOT\"\n1. So du\r\n\r\nOK\r\n2. \"Nap\"\n3. Khac\",15\r\n";
    (void)state;
    for (size_t cut = 0; cut < sizeof reply; cut++) {
        struct fixture *x = opened();
        ask(x, "*101#");
        fake_say_octets(&x->fake, 1000, reply, cut);
        fake_say_octets(&x->fake, 1200, reply + cut, sizeof reply - 1 - cut);
        fake_store(&x->fake, 0, 3, PDU);
        fake_say(&x->fake, 1300, "\r\n+CMTI: \"SM\",3\r\n");
        pass(x, 3000);
        assert_int_equal(x->replies, 1);
        assert_int_equal(x->outcome, DRIVER_USSD_ASKS);
        assert_string_equal(x->text, "Goi \"HOT\"\n1. So du\nOK\n2. \"Nap\"\n3. Khac");
        assert_int_equal(x->arrivals, 1);
        end(x);
    }
}

/* No scheme behind the quote: it is over when nothing more comes. No closing quote at all: what came counts, and nothing else is swallowed. */
static void test_no_end(void **state) {
    struct fixture *x = opened();
    (void)state;
    ask(x, "*101#");
    fake_say(&x->fake, 100, "\r\n+CUSD: 0,\"Goi \"HOT\"\n5.000d\"\r\n");
    pass(x, 1000);
    assert_string_equal(x->text, "Goi \"HOT\"\n5.000d");
    ask(x, "*101#");
    fake_store(&x->fake, 0, 3, PDU);
    fake_say(&x->fake, 100, "\r\n+CUSD: 0,\"TKG: 4500d\r\nHSD 31/12\r\n\r\n^RSSI:18\r\n\r\nRING\r\n");
    pass(x, 4000);
    assert_int_equal(x->replies, 2);
    assert_string_equal(x->text, "TKG: 4500d\nHSD 31/12");
    assert_int_equal(x->calls, 1); /* late, not lost */
    end(x);
}

/* The family's form first, then the others; what worked is asked first from then on. */
static void test_forms(void **state) {
    static const struct {
        const char *maker, *model, *good, *answer, *text;
    } rows[] = {
        {NULL, NULL, PLAIN_REQUEST, "5000", "5000"},
        {NULL, NULL, UCS2_REQUEST, "0035003000300030", "5000"},
        {NULL, NULL, PACKED_REQUEST, "C2303BEC1E974135180C06", "Balance 5000"},
        {"\r\nQuectel\r\n" OK, "\r\nQuectel_M35\r\n" OK, UCS2_REQUEST, "0035003000300030", "5000"},
        {"\r\nhuawei\r\n" OK, "\r\nE1550\r\n" OK, PACKED_REQUEST, "C2303BEC1E974135180C06", "Balance 5000"},
        {"\r\nhuawei\r\n" OK, "\r\nE1550\r\n" OK, PLAIN_REQUEST, "5000", "5000"},
    };
    static const char *const refusals[] = {"\r\nERROR\r\n",       "\r\n+CME ERROR: 100\r\n",     "\r\n+CME ERROR: 50\r\n",   OK "\r\n+CUSD: 4\r\n",
                                           "\r\n+CUSD: 4\r\n" OK, OK "\r\n+CUSD: 0,\"\",15\r\n", OK "\r\n+CUSD: 7,\"?\"\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t r = 0; r < sizeof refusals / sizeof *refusals; r++) {
            struct fixture *x = opened_as(rows[i].maker, rows[i].model);
            char answer[256];
            snprintf(answer, sizeof answer, OK "\r\n+CUSD: 0,\"%s\",15\r\n", rows[i].answer);
            fake_rule(&x->fake, "AT+CUSD=1,", refusals[r]);
            fake_rule(&x->fake, rows[i].good, answer);
            ask(x, "*101#");
            pass(x, 2000);
            assert_int_equal(x->replies, 1);
            assert_int_equal(x->outcome, DRIVER_USSD_DONE);
            assert_string_equal(x->text, rows[i].text);
            fake_forget(&x->fake);
            ask(x, "*101#");
            pass(x, 2000);
            assert_int_equal(x->replies, 2);
            for (size_t other = 0; other < 3; other++) {
                static const char *const requests[] = {PLAIN_REQUEST, UCS2_REQUEST, PACKED_REQUEST};
                assert_int_equal(fake_heard(&x->fake, requests[other]), strcmp(requests[other], rows[i].good) == 0);
            }
            end(x);
        }
}

static void test_refused(void **state) {
    static const struct {
        const char *answer;
        enum driver_ussd_outcome outcome;
        const char *reason;
    } rows[] = {
        {"\r\n+CME ERROR: 100\r\n", DRIVER_USSD_REFUSED, "100"},
        {"\r\n+CME ERROR: 30\r\n", DRIVER_USSD_REFUSED, "no network"},
        {OK "\r\n+CUSD: 4\r\n", DRIVER_USSD_REFUSED, "code"},
        {OK "\r\n+CUSD: 5\r\n", DRIVER_USSD_TIMEOUT, "gave up"},
        {OK "\r\n+CUSD: 3\r\n", DRIVER_USSD_REFUSED, "another program"},
        {OK "\r\n+CUSD: 2\r\n", DRIVER_USSD_ENDED, "ended"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fixture *x = opened();
        fake_rule(&x->fake, "AT+CUSD=1,", rows[i].answer);
        ask(x, "*101#");
        pass(x, 2000);
        assert_int_equal(x->replies, 1);
        assert_int_equal(x->outcome, rows[i].outcome);
        assert_non_null(strstr(x->text, rows[i].reason));
        pass(x, 120000); /* and that was all */
        assert_int_equal(x->replies, 1);
        end(x);
    }
}

static void test_timeout(void **state) {
    struct fixture *x = opened();
    (void)state;
    ask(x, "*101#");
    pass(x, 59000);
    assert_int_equal(x->replies, 0);
    pass(x, 121000);
    assert_int_equal(x->replies, 1);
    assert_int_equal(x->outcome, DRIVER_USSD_TIMEOUT);
    assert_true(fake_heard(&x->fake, "AT+CUSD=2"));
    fake_say(&x->fake, 100, "\r\n+CUSD: 0,\"late\",15\r\n");
    pass(x, 1000);
    assert_int_equal(x->replies, 1);
    end(x);
}

static void test_dialogue(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_rule(&x->fake, PLAIN_REQUEST, OK "\r\n+CUSD: 1,\"1. So du\n2. Nap\",15\r\n");
    fake_rule(&x->fake, "AT+CUSD=1,\"1\",15", OK "\r\n+CUSD: 2,\"TKG: 4500d\",15\r\n");
    ask(x, "*101#");
    pass(x, 500);
    assert_int_equal(x->outcome, DRIVER_USSD_ASKS);
    assert_int_equal(at_driver.ussd(x->m, DRIVER_USSD_ANSWER, "1"), ERR_OK);
    pass(x, 500);
    assert_int_equal(x->outcome, DRIVER_USSD_DONE);
    assert_string_equal(x->text, "TKG: 4500d");
    assert_int_equal(at_driver.ussd(x->m, DRIVER_USSD_ANSWER, "1"), ERR_OK); /* there is none any more */
    assert_int_equal(x->replies, 3);
    assert_int_equal(x->outcome, DRIVER_USSD_ENDED);
    ask(x, "*101#");
    pass(x, 500);
    assert_int_equal(at_driver.ussd(x->m, DRIVER_USSD_CANCEL, ""), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CUSD=2"));
    fake_say(&x->fake, 10, "\r\n+CUSD: 2\r\n");
    pass(x, 500);
    assert_int_equal(x->replies, 4);
    end(x);
}

/* A reply between prompt and result disturbs neither; nor does one without its end. */
static void test_submission_meanwhile(void **state) {
    static const char *const replies[] = {"\r\n+CUSD: 0,\"TKG\n4500d\",15\r\n", "\r\n+CUSD: 0,\"TKG\r\n4500d\r\n"};
    const struct driver_submit part = {.pdu = SUBMIT, .tpdu_octets = 24};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct fixture *x = opened();
        struct driver_verdict v;
        ask(x, "*101#");
        x->fake.submit_delay = 3000;
        fake_say(&x->fake, 2990, replies[i]);
        assert_int_equal(at_driver.submit(x->m, &part, &v), ERR_OK);
        assert_int_equal(v.outcome, DRIVER_SENT);
        pass(x, 3000);
        assert_int_equal(x->replies, 1);
        assert_string_equal(x->text, "TKG\n4500d");
        end(x);
    }
}

/* ---- calls ---- */

static void test_call(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_rule(&x->fake, "AT+CHUP", OK);
    fake_say(&x->fake, 100, "\r\nRING\r\n\r\n+CLIP: \"+84987654321\",145,\"\",0,\"\",0\r\n");
    pass(x, 1000);
    assert_int_equal(x->calls, 1);
    assert_string_equal(x->number, "+84987654321");
    assert_true(fake_heard(&x->fake, "AT+CHUP"));
    end(x);
}

/* One that rings on is one call; after it somebody else, without a number; a modem that only knows ATH. */
static void test_call_rings_on(void **state) {
    struct fixture *x = opened();
    (void)state;
    fake_rule(&x->fake, "AT+CHUP", "\r\nERROR\r\n");
    for (int i = 0; i < 5; i++)
        fake_say(&x->fake, 100 + 4000 * i, "\r\nRING\r\n\r\n+CLIP: \"0987654321\",129\r\n");
    pass(x, 20000);
    assert_int_equal(x->calls, 1);
    assert_string_equal(x->number, "0987654321");
    assert_true(fake_heard(&x->fake, "ATH"));
    fake_say(&x->fake, 15000, "\r\nRING\r\n");
    pass(x, 18000);
    assert_int_equal(x->calls, 2);
    assert_string_equal(x->number, "");
    end(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),  cmocka_unit_test(test_peers_52_many_lines),
        cmocka_unit_test(test_no_end),   cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_dialogue), cmocka_unit_test(test_submission_meanwhile),
        cmocka_unit_test(test_call),     cmocka_unit_test(test_call_rings_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
