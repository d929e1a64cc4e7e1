/* What passes between libGammu and a modem: commands cut out of octets, the table's ways, the spellings, the PDU that has to be the one asked for. */
#include "modem/filter.h"
#include "modem/pdu_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- from libGammu ---- */

static const char *const event_names[] = {
    [FILTER_NOTHING] = "nothing", [FILTER_COMMAND] = "command", [FILTER_PDU] = "pdu", [FILTER_ESCAPE] = "escape"};

/* Everything that comes out of octets, one event a line; a command AT+CMGS is given its prompt. `portion` octets come at a time. */
static void take_all(const char *octets, size_t len, size_t portion, struct str *to) {
    struct filter f;
    struct str answer;
    str_init(&answer, 4096);
    filter_init(&f);
    for (size_t done = 0; done < len;) {
        size_t used = 0, n = len - done < portion ? len - done : portion;
        enum filter_event event = filter_take(&f, octets + done, n, &used);
        assert_true(used > 0 && used <= n);
        done += used;
        if (event != FILTER_NOTHING)
            str_addf(to, "%s %.40s\n", event_names[event], event == FILTER_ESCAPE ? "" : f.text);
        if (event == FILTER_COMMAND && filter_find(f.text)->way == FILTER_SUBMIT)
            filter_prompt(&f, f.text, &answer);
    }
    str_release(&answer);
}

static void test_events(void **state) {
    static const struct {
        const char *octets, *events;
    } rows[] = {
        {"AT\r", "command AT\n"},
        {"\x1b\rAT\rATE1\r", "escape \ncommand AT\ncommand ATE1\n"},
        {"AT+CSQ", ""},
        {"\r\n\r\nAT+CSQ\r", "command AT+CSQ\n"},
        {"A\x01T\x7f+CSQ\r", "command AT+CSQ\n"},
        {"AT+CMGS=3\r0011\x1a"
         "AT\r",
         "command AT+CMGS=3\npdu 0011\ncommand AT\n"},
        {"AT+CMGS=3\r00\r11\x1a", "command AT+CMGS=3\npdu 0011\n"},
        {"AT+CMGS=3\r00\x1b\rAT\r", "command AT+CMGS=3\nescape \ncommand AT\n"},
        {"AT\x1a\r", "command AT\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t portion = 1; portion < 20; portion += 6) {
            struct str events;
            str_init(&events, 4096);
            take_all(rows[i].octets, strlen(rows[i].octets), portion, &events);
            assert_string_equal(events.data, rows[i].events);
            str_release(&events);
        }
}

static void test_too_long(void **state) {
    struct filter f;
    char octets[3 * AT_LINE_MAX];
    size_t used;
    (void)state;
    memset(octets, 'A', sizeof octets);
    octets[sizeof octets - 1] = '\r';
    filter_init(&f);
    assert_int_equal(filter_take(&f, octets, sizeof octets, &used), FILTER_COMMAND);
    assert_string_equal(f.text, ""); /* and that is refused */
    assert_int_equal(filter_find(f.text)->way, FILTER_REFUSE);
}

/* ---- the table ---- */

static void test_ways(void **state) {
    static const struct {
        const char *command;
        enum filter_way way;
    } rows[] = {
        {"AT", FILTER_ANSWER},
        {"ATE1", FILTER_ANSWER},
        {"AT+MODE=2", FILTER_REFUSE},
        {"AT+CPROT=?", FILTER_REFUSE},
        {"AT+SYNCML=?", FILTER_REFUSE},
        {"AT$TSSPCSW=?", FILTER_REFUSE},
        {"AT+CHUP=?", FILTER_REFUSE},
        {"AT+CSCS=?", FILTER_ANSWER},
        {"AT+CFUN=1", FILTER_PASS},
        {"AT+CFUN=1,1", FILTER_PASS},
        {"AT+CMGF=0", FILTER_PASS},
        {"AT+CMGF=1", FILTER_REFUSE},
        {"AT+CNMI=?", FILTER_ANSWER},
        {"AT+CNMI=2,1,0,2,0", FILTER_INDICATE},
        {"AT+CPMS=?", FILTER_MEMORIES},
        {"AT+CPMS=\"SM\"", FILTER_SELECT},
        {"AT+CMGL=4", FILTER_LIST},
        {"AT+CMGR=1", FILTER_READ},
        {"AT+CMGD=1", FILTER_DELETE},
        {"AT+CMGS=20", FILTER_SUBMIT},
        {"AT+CMSS=1", FILTER_REFUSE},
        {"AT+CMGW=20", FILTER_REFUSE},
        {"ATD0912000001;", FILTER_REFUSE},
        {"AT+CPIN?", FILTER_PASS},
        {"AT+CPIN=\"0000\"", FILTER_REFUSE},
        {"AT+ZCDRUN=8", FILTER_ANSWER},
        {"AT+ZOPRT=5", FILTER_PASS},
        {"GARBAGE", FILTER_REFUSE},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (filter_find(rows[i].command)->way != rows[i].way)
            fail_msg("%s goes another way", rows[i].command);
}

/* ---- to libGammu ---- */

static void add_lines(struct at_reply *reply, const char *const *lines) {
    at_reply_init(reply);
    for (; *lines; lines++) {
        reply->offset[reply->count++] = reply->text.len;
        str_add_n(&reply->text, *lines, strlen(*lines) + 1);
    }
}

#define LINES(...) \
    (const char *const[]) { \
        __VA_ARGS__, NULL \
    }
#define STAND_IN "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"

static void test_answers(void **state) {
    static const char *const none[] = {NULL};
    const struct {
        const char *command;
        const char *const *lines;
        enum at_result result;
        int code;
        const char *answer;
    } rows[] = {
        {"AT+CSQ", LINES("+CSQ:20,0"), AT_RESULT_OK, -1, "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n"},
        {"AT+CREG?", LINES("+CREG: 2,1,\"0B,\"0100701\""), AT_RESULT_OK, -1, "AT+CREG?\r\r\n+CREG: 0,1\r\n\r\nOK\r\n"},
        {"AT+CREG?", LINES("+CREG: ,,"), AT_RESULT_OK, -1, "AT+CREG?\r\r\nOK\r\n"},
        {"AT+CGSN", LINES("+CGSN: \"862177040000017\""), AT_RESULT_OK, -1, "AT+CGSN\r\r\n862177040000017\r\n\r\nOK\r\n"},
        {"AT+CGMM", LINES("E1550\x01\xff"), AT_RESULT_OK, -1, "AT+CGMM\r\r\nE1550\x3f\x3f\r\n\r\nOK\r\n"},
        {"AT+CFUN=1", none, AT_RESULT_ERROR, -1, "AT+CFUN=1\r\r\nOK\r\n"},
        {"AT+CFUN=1", none, AT_RESULT_CME, 3, "AT+CFUN=1\r\r\nOK\r\n"},
        {"AT+CFUN=1", none, AT_RESULT_TIMEOUT, -1, "AT+CFUN=1\r\r\nERROR\r\n"},
        {"AT+CFUN=1,1", none, AT_RESULT_ERROR, -1, "AT+CFUN=1,1\r\r\nERROR\r\n"},
        {"AT+CPIN?", none, AT_RESULT_CME, 10, "AT+CPIN?\r\r\n+CME ERROR: 10\r\n"},
        {"AT+CPIN?", none, AT_RESULT_CMS, -1, "AT+CPIN?\r\r\nERROR\r\n"},
        {"AT+CMGR=3", LINES("+CMGR: 0,,25", "0791DEADBEEF"), AT_RESULT_OK, -1, "AT+CMGR=3\r\r\n+CMGR: 0,,30\r\n" STAND_IN "\r\n\r\nOK\r\n"},
        {"AT+CMGR=3", LINES("+CMGR: \"REC READ\",\"+84\"", "a text"), AT_RESULT_OK, -1, "AT+CMGR=3\r\r\nOK\r\n"},
        {"AT+CMGL=4", LINES("+CMGL: 1,1,,25", "07", "+CMGL: 2,3,,25", "08", "+CMGL: 9,0,,25", ""), AT_RESULT_OK, -1,
         "AT+CMGL=4\r\r\n+CMGL: 1,1,,30\r\n" STAND_IN "\r\n\r\n+CMGL: 9,0,,30\r\n" STAND_IN "\r\n\r\nOK\r\n"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct at_reply reply;
        struct str to;
        add_lines(&reply, rows[i].lines);
        reply.result = rows[i].result;
        reply.code = rows[i].code;
        str_init(&to, 4096);
        filter_answer(filter_find(rows[i].command), rows[i].command, &reply, &to);
        assert_string_equal(to.data, rows[i].answer);
        str_release(&to);
        at_reply_release(&reply);
    }
}

static void test_own_answers(void **state) {
    struct filter f;
    struct str to;
    struct driver_verdict v = {.outcome = DRIVER_SENT, .reference = 7, .code = -1};
    (void)state;
    str_init(&to, 4096);
    filter_own_answer(filter_find("ATE1"), "ATE1", &to);
    filter_own_answer(filter_find("AT+MODE=2"), "AT+MODE=2", &to);
    filter_memories(1U << AT_MEMORY_ME | 1U << AT_MEMORY_MT, "AT+CPMS=?", &to);
    filter_init(&f);
    filter_prompt(&f, "AT+CMGS=3", &to);
    filter_verdict(&v, &to);
    v.outcome = DRIVER_FAILED;
    v.code = 38;
    filter_verdict(&v, &to);
    v.code = -1;
    filter_verdict(&v, &to);
    assert_string_equal(to.data, "ATE1\r\r\nOK\r\nAT+MODE=2\r\r\nERROR\r\nAT+CPMS=?\r\r\n+CPMS: (\"ME\",\"SR\"),(\"ME\"),(\"ME\")\r\n\r\nOK\r\n"
                                 "AT+CMGS=3\r\r\n> \r\n+CMGS: 7\r\n\r\nOK\r\n\r\n+CMS ERROR: 38\r\n\r\nERROR\r\n");
    str_release(&to);
}

static void test_numbers(void **state) {
    int n = 0;
    (void)state;
    assert_true(filter_number("AT+CMGR=12", &n) && n == 12);
    assert_true(filter_number("AT+CMGR=-1", &n) && n == -1); /* of models that count from 0 */
    assert_false(filter_number("AT+CMGR", &n) || filter_number("AT+CMGR=", &n) || filter_number("AT+CMGR=1,2", &n));
    assert_false(filter_number("AT+CMGR=99999999999999999999", &n));
    assert_int_equal(filter_memory("AT+CPMS=\"SM\""), AT_MEMORY_SM);
    assert_int_equal(filter_memory("AT+CPMS=\"SR\",\"SR\""), AT_MEMORY_SR);
    assert_int_equal(filter_memory("AT+CPMS=\"S"), AT_MEMORY_NONE);
    assert_int_equal(filter_memory("AT+CPMS="), AT_MEMORY_NONE);
}

/* ---- the PDU ---- */

static void test_same_submission(void **state) {
    /* +84987000001, reference 7: with a validity of a day; without one; and as libGammu writes those, with a service centre in front. */
    static const char day[] = "0011070B914889070000F10000A703C8F71D", none[] = "0001070B914889070000F1000003C8F71D";
    static const char longest[] = "0291F011070B914889070000F10000FF03C8F71D", header[] = "0051070B914889070000F10000A70A050003070201CCF71D";
    (void)state;
    assert_true(filter_same_submission(day, day));
    assert_true(filter_same_submission(longest, none)); /* it can't leave the period out */
    assert_false(filter_same_submission(longest, day));
    assert_false(filter_same_submission(none, longest));
    assert_true(filter_same_submission(header, header));
    for (size_t i = 2; i < sizeof header - 1; i++) { /* each digit of the TPDU counts */
        char other[sizeof header];
        memcpy(other, header, sizeof header);
        other[i] = other[i] == '0' ? '1' : '0';
        assert_false(filter_same_submission(other, header));
    }
    for (size_t i = 0; i < sizeof header; i++) { /* and none may be missing */
        char part[sizeof header] = "";
        memcpy(part, header, i);
        assert_true(filter_same_submission(part, header) == (i == sizeof header - 1));
    }
    assert_false(filter_same_submission("", day) || filter_same_submission(day, "") || filter_same_submission("00GG", day));
}

static void test_taken_apart(void **state) {
    struct filter_submission s;
    (void)state;
    assert_true(filter_take_apart("0051070B914889070000F10000A70A050003070201CCF71D", &s));
    assert_int_equal(s.octets[s.validity], 0xA7);
    assert_int_equal(s.octets[s.header], 5);
    assert_true(filter_take_apart("0001070B914889070000F1000003C8F71D", &s));
    assert_int_equal(s.header, 0);
    assert_false(filter_take_apart("0041070B914889070000F1000003C8F71D", &s)); /* a header longer than what is there */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),          cmocka_unit_test(test_too_long),    cmocka_unit_test(test_ways),
        cmocka_unit_test(test_answers),         cmocka_unit_test(test_own_answers), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_same_submission), cmocka_unit_test(test_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
