/* The AT engine against a scripted modem: answers whatever stands between their lines, deadlines that no noise moves, prompts, late answers, and a
 * line that is cut at every octet. */
#include "modem/at.h"
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

struct seen { /* by the handler of unsolicited lines */
    enum at_urc urc;
    char line[64], pdu[128];
};

struct fixture {
    struct fake_modem modem;
    struct at *at;
    struct at_reply reply;
    struct seen seen[64];
    size_t seen_count;
};

static void on_unsolicited(void *context, const struct at_unsolicited *u, const char *line, const char *pdu) {
    struct fixture *x = context;
    if (x->seen_count == COUNT(x->seen))
        return;
    struct seen *s = &x->seen[x->seen_count++];
    s->urc = u->urc;
    snprintf(s->line, sizeof s->line, "%s", line);
    snprintf(s->pdu, sizeof s->pdu, "%s", pdu ? pdu : "(none)");
}

static void start(struct fixture *x) {
    memset(x, 0, sizeof *x);
    fake_modem_init(&x->modem);
    x->at = at_new(&x->modem.port, on_unsolicited, x);
    at_reply_init(&x->reply);
}

static void end(struct fixture *x) {
    at_free(x->at);
    at_reply_release(&x->reply);
    fake_modem_release(&x->modem);
}

static const struct at_command read_3 = {.text = "AT+CMGR=3", .prefix = "+CMGR:", .pdu_follows = true, .timeout = 20000};
static const struct at_command signal_strength = {.text = "AT+CSQ", .prefix = "+CSQ:", .timeout = 10000};

static size_t seen_of(const struct fixture *x, enum at_urc urc) {
    size_t n = 0;
    for (size_t i = 0; i < x->seen_count; i++)
        n += x->seen[i].urc == urc;
    return n;
}

/* The pieces of an answer, and what may come between any two of them. */
static const char *const answer_pieces[] = {"AT+CMGR=3\r", "\r\n+CMGR: 0,,25\r\n", PDU "\r\n", "\r\nOK\r\n"};
static const struct {
    const char *text;
    enum at_urc urc; /* that has to be told; AT_URC_NONE: none */
} intruders[] = {
    {"\r\n+CMTI: \"SM\",9\r\n", AT_URC_STORED},
    {"\r\n+CDSI: \"SR\",9\r\n", AT_URC_REPORT_STORED},
    {"\r\n+CMT: ,25\r\n" PDU_2 "\r\n", AT_URC_MESSAGE},
    {"\r\n+CDS: 25\r\n" PDU_2 "\r\n", AT_URC_REPORT},
    {"\r\n^RSSI:18\r\n", AT_URC_OTHER},
    {"\r\n^NWTIME:26/11/21,10:00:00+28,00\r\n", AT_URC_OTHER},
    {"\r\nRDY\r\n", AT_URC_RESTARTED},
    {"\r\nOVER-VOLTAGE WARNNING\r\n", AT_URC_OTHER},
    {"\r\nNO CARRIER\r\n", AT_URC_OTHER},
    {"\r\nRING\r\n\r\n+CLIP: \"+84912000009\",145\r\n", AT_URC_RING},
    {"\r\n+CUSD: 0,\"TKG: 4500d\",15\r\n", AT_URC_USSD},
    {"\r\n+CUSD: 1,\"Menu \"A\"\n1. So du\n\nOK\n2. Nap\",15\r\n", AT_URC_USSD},
    {"\r\nsome words\r\n", AT_URC_NONE},
    {"\r\n> \r\n", AT_URC_NONE},
    {"\x80\xff", AT_URC_NONE},
    {"AT+CMGR=3\r", AT_URC_NONE},
};

static void test_unsolicited_lines_anywhere(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    for (size_t place = 0; place <= COUNT(answer_pieces); place++)
        for (size_t i = 0; i < COUNT(intruders); i++)
            for (size_t portion = 0; portion <= 3; portion++) {
                char answer[512] = "";
                size_t len = 0;
                for (size_t p = 0; p <= COUNT(answer_pieces); p++)
                    len += (size_t)snprintf(answer + len, sizeof answer - len, "%s%s", p == place ? intruders[i].text : "",
                                            p < COUNT(answer_pieces) ? answer_pieces[p] : "");
                start(x);
                x->modem.portion = portion;
                fake_rule(&x->modem, "AT+CMGR=3", answer);
                at_run(x->at, &read_3, &x->reply);
                assert_int_equal(x->reply.result, AT_RESULT_OK);
                assert_int_equal(x->reply.count, 2);
                assert_string_equal(at_reply_line(&x->reply, 0), "+CMGR: 0,,25");
                assert_string_equal(at_reply_line(&x->reply, 1), PDU);
                for (int polls = 0; polls < 10; polls++) /* what comes after the result; a poll takes only so many portions */
                    assert_int_equal(at_poll(x->at), ERR_OK);
                if (intruders[i].urc != AT_URC_NONE)
                    assert_int_not_equal(seen_of(x, intruders[i].urc), 0);
                for (size_t s = 0; s < x->seen_count; s++)
                    if (x->seen[s].urc == AT_URC_MESSAGE || x->seen[s].urc == AT_URC_REPORT)
                        assert_string_equal(x->seen[s].pdu, PDU_2);
                end(x);
            }
    free(x);
}

/* NULs between all octets, and a line that gives one at a time. */
static void test_nuls(void **state) {
    struct fixture *x = malloc(sizeof *x);
    static const char text[] = "\r\n+CSQ: 21,99\r\n\r\nOK\r\n";
    char noisy[2 * sizeof text];
    (void)state;
    start(x);
    for (size_t i = 0; i < sizeof text - 1; i++) {
        noisy[2 * i] = '\0';
        noisy[2 * i + 1] = text[i];
    }
    x->modem.portion = 1;
    fake_rule(&x->modem, "AT+CSQ", "");
    fake_say_octets(&x->modem, 50, noisy, 2 * (sizeof text - 1));
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_string_equal(at_reply_line(&x->reply, 0), "+CSQ: 21,99");
    end(x);
    free(x);
}

/* The deadline is a moment: a modem that prints every 8 s, or without end, doesn't move it. */
static void test_deadline(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    for (int64_t every = 1; every <= 8000; every *= 20) {
        start(x);
        fake_rule(&x->modem, "AT", "");
        for (int64_t at = every; at < 400 * every && at < 60000; at += every)
            fake_say(&x->modem, at, "\r\n^BOOT:27710117,0,0,0,75\r\n");
        int64_t before = x->modem.clock.mono;
        at_run(x->at, &signal_strength, &x->reply);
        assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
        assert_true(x->reply.written);
        assert_in_range(x->modem.clock.mono - before, 10000, 10000 + every);
        end(x);
    }
    free(x);
}

/* An answer that comes after its deadline is never the next command's. */
static void test_late_answer(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    fake_rule_times(&x->modem, "AT+CSQ", "", 1);
    fake_say(&x->modem, 10500, "\r\n+CSQ: 3,99\r\n\r\nOK\r\n");
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
    clock_virtual_advance(&x->modem.clock, 400); /* the late answer is on its way when the next command goes out */
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_string_equal(at_reply_line(&x->reply, 0), "+CSQ: 21,99");
    assert_true(fake_heard(&x->modem, "ESC"));
    end(x);
    free(x);
}

static void test_mute(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    fake_rule(&x->modem, "AT", "");
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
    fake_forget(&x->modem);
    at_run(x->at, &signal_strength, &x->reply); /* it isn't even given */
    assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
    assert_false(x->reply.written);
    assert_false(fake_heard(&x->modem, "AT+CSQ"));
    end(x);
    free(x);
}

static void test_stuck_line(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    x->modem.stuck = true;
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
    assert_false(x->reply.written);
    end(x);
    free(x);
}

static void test_results(void **state) {
    static const struct {
        const char *answer;
        enum at_result result;
        int code;
    } rows[] = {
        {"\r\nERROR\r\n", AT_RESULT_ERROR, -1},
        {"\r\nCOMMAND NOT SUPPORT\r\n", AT_RESULT_ERROR, -1},
        {"\r\n+CMS ERROR: 331\r\n", AT_RESULT_CMS, 331},
        {"\n+CME ERROR: SIM busy\n", AT_RESULT_CME, 14},
        {"OK\r", AT_RESULT_OK, -1},
        {"AT+CSQ\rAT+CSQ\r\r\nOK\r\n", AT_RESULT_OK, -1},
    };
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(x);
        fake_rule(&x->modem, "AT+CSQ", rows[i].answer);
        at_run(x->at, &signal_strength, &x->reply);
        assert_int_equal(x->reply.result, rows[i].result);
        assert_int_equal(x->reply.code, rows[i].code);
        assert_int_equal(x->reply.count, 0);
        end(x);
    }
    free(x);
}

static const struct at_command submit = {.text = "AT+CMGS=30", .timeout = 30000};
static const struct at_command the_pdu = {.text = PDU, .prefix = "+CMGS:", .timeout = 120000, .settle = 5000};

static void test_prompts(void **state) {
    static const char *const prompts[] = {"\r\n> ", "\r\n>", ">", "\r\n> \r\n", "AT+CMGS=30\r\r\n> ", "\r\n+CMTI: \"SM\",1\r\n\r\n> ", "\xff\r\n> "};
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    for (size_t i = 0; i < COUNT(prompts); i++)
        for (size_t portion = 0; portion < 2; portion++) {
            start(x);
            x->modem.portion = portion;
            x->modem.echo = i == 0;
            fake_rule(&x->modem, "AT+CMGS=", prompts[i]);
            at_ask_prompt(x->at, &submit, &x->reply);
            assert_int_equal(x->reply.result, AT_RESULT_PROMPT);
            x->modem.prompting = true;
            at_answer_prompt(x->at, &the_pdu, &x->reply);
            assert_int_equal(x->reply.result, AT_RESULT_OK);
            assert_string_equal(at_reply_line(&x->reply, 0), "+CMGS: 7");
            assert_true(fake_heard(&x->modem, PDU));
            end(x);
        }
    free(x);
}

/* A ">" is a prompt only where one is waited for. */
static void test_no_prompt(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    fake_rule(&x->modem, "AT+CSQ", "\r\n> \r\n+CSQ: 4,99\r\n\r\nOK\r\n");
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_string_equal(at_reply_line(&x->reply, 0), "+CSQ: 4,99");
    /* None comes: the modem is told with an escape before it hears anything else. */
    fake_rule_times(&x->modem, "AT+CMGS=", "", 1);
    at_ask_prompt(x->at, &submit, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
    fake_forget(&x->modem);
    at_run(x->at, &(struct at_command){.text = "AT+CIMI", .bare = true, .timeout = 1000}, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_memory_equal(x->modem.log.data, "ESC\n", 4);
    end(x);
    free(x);
}

static void test_settle(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    x->modem.submit_answer = "\r\n+CMGS: 12\r\n";
    x->modem.submit_delay = 3000;
    at_ask_prompt(x->at, &submit, &x->reply);
    int64_t before = x->modem.clock.mono;
    at_answer_prompt(x->at, &the_pdu, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_TIMEOUT);
    assert_string_equal(at_reply_line(&x->reply, 0), "+CMGS: 12");
    assert_int_equal(x->modem.clock.mono - before, 3000 + 5000);
    end(x);
    free(x);
}

/* Lines and answers are bounded; pairs stay pairs. */
static void test_bounds(void **state) {
    struct fixture *x = malloc(sizeof *x);
    const size_t entries = AT_REPLY_LINES, size = entries * 128 + 64;
    char *answer = malloc(size), *line = malloc(70000);
    size_t len = 0;
    (void)state;
    for (size_t i = 0; i < entries; i++)
        len += (size_t)snprintf(answer + len, size - len, "\r\n+CMGL: %zu,1,,25\r\n" PDU, i);
    snprintf(answer + len, size - len, "\r\n\r\nOK\r\n");
    start(x);
    fake_rule(&x->modem, "AT+CMGL=4", answer);
    at_run(x->at, &(struct at_command){.text = "AT+CMGL=4", .prefix = "+CMGL:", .pdu_follows = true, .timeout = 10000}, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_true(x->reply.overflow);
    assert_true(x->reply.count > 0 && x->reply.count <= AT_REPLY_LINES && x->reply.count % 2 == 0);
    for (size_t i = 0; i < x->reply.count; i += 2)
        assert_string_equal(at_reply_line(&x->reply, i + 1), PDU);
    assert_string_equal(at_reply_line(&x->reply, x->reply.count), "");

    memset(line, 'A', 60000);
    snprintf(line + 60000, 10000, "\r\n+CSQ: 9,99\r\nOK\r\n");
    fake_rule(&x->modem, "AT+CSQ", line);
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_string_equal(at_reply_line(&x->reply, 0), "+CSQ: 9,99");
    end(x);
    free(line);
    free(answer);
    free(x);
}

/* A damaged PDU is given as it came; a missing one as "". */
static void test_damaged_pdu(void **state) {
    static const struct {
        const char *answer, *pdu;
    } rows[] = {
        {"\r\n+CMGR: 0,,25\r\n0791zz\r\n\r\nOK\r\n", "0791zz"},
        {"\r\n+CMGR: 0,,25\r\n\r\nOK\r\n", ""},
        {"\r\n+CMGR: 0,,0\r\n\r\n\r\nOK\r\n", ""},
        {"\r\n+CMGR: 0,,25\r\n^RSSI:3\r\n\r\nOK\r\n", ""},
        {"\r\n+CMGR: 0,,25\r\nwhat?\r\n" PDU "\r\nOK\r\n", PDU},
    };
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(x);
        fake_rule(&x->modem, "AT+CMGR=3", rows[i].answer);
        at_run(x->at, &read_3, &x->reply);
        assert_int_equal(x->reply.result, AT_RESULT_OK);
        assert_int_equal(x->reply.count, 2);
        assert_string_equal(at_reply_line(&x->reply, 1), rows[i].pdu);
        end(x);
    }
    free(x);
}

/* Hexadecimal that comes long after a header without its PDU isn't that PDU. */
static void test_orphaned_header(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    fake_say(&x->modem, 0, "\r\n+CMT: ,25\r\n");
    assert_int_equal(at_poll(x->at), ERR_OK);
    clock_virtual_advance(&x->modem.clock, 6000);
    at_run(x->at, &(struct at_command){.text = "AT+CGSN", .prefix = "+CGSN:", .bare = true, .timeout = 5000}, &x->reply);
    assert_string_equal(at_reply_line(&x->reply, 0), "862177040000017");
    assert_int_equal(seen_of(x, AT_URC_MESSAGE), 0);
    end(x);
    free(x);
}

/* Cut after every octet of the answer, and of the question. */
static void test_cut_anywhere(void **state) {
    struct fixture *x = malloc(sizeof *x);
    bool whole = false;
    (void)state;
    for (size_t n = 0; !whole; n++) {
        start(x);
        fake_store(&x->modem, 0, 3, PDU);
        x->modem.cut_after_read = n;
        at_run(x->at, &read_3, &x->reply);
        whole = x->reply.result == AT_RESULT_OK;
        if (!whole)
            assert_int_equal(x->reply.result, AT_RESULT_CLOSED);
        else
            assert_string_equal(at_reply_line(&x->reply, 1), PDU);
        at_run(x->at, &read_3, &x->reply);
        assert_int_equal(x->reply.result, AT_RESULT_CLOSED);
        end(x);
        assert_true(n < 1000);
    }
    for (size_t n = 0; n <= strlen(read_3.text); n++) {
        start(x);
        x->modem.cut_after_written = n;
        at_run(x->at, &read_3, &x->reply);
        assert_int_equal(x->reply.result, AT_RESULT_CLOSED);
        assert_false(x->reply.written);
        end(x);
    }
    free(x);
}

static void test_partial_writes(void **state) {
    struct fixture *x = malloc(sizeof *x);
    (void)state;
    start(x);
    x->modem.write_portion = 1;
    at_run(x->at, &signal_strength, &x->reply);
    assert_int_equal(x->reply.result, AT_RESULT_OK);
    assert_true(fake_heard(&x->modem, "AT+CSQ"));
    end(x);
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unsolicited_lines_anywhere),
        cmocka_unit_test(test_nuls),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_mute),
        cmocka_unit_test(test_stuck_line),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_prompts),
        cmocka_unit_test(test_no_prompt),
        cmocka_unit_test(test_settle),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_damaged_pdu),
        cmocka_unit_test(test_orphaned_header),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_partial_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
