/* The two lines of the gammu driver without libGammu: a thread of this test sits at the other end of the pseudo-terminal and says what libGammu
 * would, also what it never should. The modem is the fake one, with a clock of its own. */
#include "firmware-host/base/mem.h"
#include "modem/gammu_line.h"
#include "tests/unit/fake_modem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SOUND "07914809000000F1040B914889070000F10000621182708461820BD020089F7683C6E8F01B"
#define ASKED "0001070B914889070000F1000003C8F71D"
#define WROTE "0291F011070B914889070000F10000FF03C8F71D"
enum { PATIENCE = 20000, HEARD_MAX = 65536 };

struct fixture {
    struct fake_modem fake;
    struct driver_host host;
    struct gammu_line *line;
    struct str told;
    int64_t sweep_in;
    /* the player */
    int fd, done[2];
    const char *const *says; /* pairs: what is said, and how the answer ends */
    char heard[HEARD_MAX];
    bool as_expected;
};

static struct fixture *of(struct driver_host *host) {
    return (struct fixture *)((char *)host - offsetof(struct fixture, host));
}

static void arrived(struct driver_host *host, struct driver_place place, const char *pdu) {
    str_addf(&of(host)->told, "%d/%d %.20s\n", place.memory, place.index, pdu);
}

static void listed(struct driver_host *host, int memory) {
    str_addf(&of(host)->told, "listed %d\n", memory);
}

static void want_sweep(struct driver_host *host, int64_t in_ms) {
    of(host)->sweep_in = in_ms;
}

static struct fixture *start(void) {
    struct fixture *x = mem_alloc(sizeof *x);
    fake_modem_init(&x->fake);
    x->host = (struct driver_host){.port = &x->fake.port, .arrived = arrived, .listed = listed, .want_sweep = want_sweep};
    x->line = gammu_line_new(&x->host);
    str_init(&x->told, 65536);
    x->sweep_in = -1;
    assert_non_null(gammu_line_path(x->line));
    x->fd = open(gammu_line_path(x->line), O_RDWR | O_NOCTTY);
    assert_true(x->fd >= 0 && pipe(x->done) == 0);
    return x;
}

static void stop(struct fixture *x) {
    close(x->fd);
    close(x->done[0]);
    close(x->done[1]);
    gammu_line_free(x->line);
    str_release(&x->told);
    fake_modem_release(&x->fake);
    free(x);
}

/* Reads until it ends with that; pulses are left out. */
static bool hear(struct fixture *x, const char *end) {
    size_t len = 0;
    struct pollfd p = {.fd = x->fd, .events = POLLIN};
    while (len < strlen(end) || strcmp(x->heard + len - strlen(end), end) != 0) {
        char c;
        if (len + 1 == HEARD_MAX || poll(&p, 1, PATIENCE) != 1 || read(x->fd, &c, 1) != 1)
            return false;
        if (len == 0 && c == '\r')
            continue;
        x->heard[len++] = c;
        x->heard[len] = '\0';
    }
    return true;
}

static void *play(void *context) {
    struct fixture *x = context;
    x->as_expected = true;
    for (const char *const *pair = x->says; *pair && x->as_expected; pair += 2) {
        size_t len = strlen(pair[0]);
        x->as_expected = write(x->fd, pair[0], len) == (ssize_t)len && hear(x, pair[1]);
    }
    (void)!write(x->done[1], "", 1);
    return NULL;
}

/* Plays it against the line; the answer to the last thing said is in heard. */
static enum err plays(struct fixture *x, const char *const *says) {
    pthread_t player;
    char octet;
    x->says = says;
    assert_int_equal(pthread_create(&player, NULL, play, x), 0);
    enum err e = gammu_line_serve(x->line, x->done[0]);
    assert_int_equal(read(x->done[0], &octet, 1), 1);
    pthread_join(player, NULL);
    if (!x->as_expected)
        fail_msg("heard \"%s\"", x->heard);
    return e;
}
#define SAYS(...) \
    (const char *const[]) { \
        __VA_ARGS__, NULL \
    }

static void test_commands(void **state) {
    struct fixture *x = start();
    (void)state;
    fake_rule(&x->fake, "AT+CSQ$", "\r\nRDY\r\n\r\n*PSUTTZ: 1\r\n\r\n+CSQ:  20,0\r\n^BOOT:1,2\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CGMM$", "AT+CGMM\r\r\nE1550\r\n\r\nOK\r\n");
    assert_int_equal(plays(x, SAYS("\x1b\r"
                                   "AT\r",
                                   "OK\r\n", "AT+MODE=2\r", "ERROR\r\n", "AT+CSQ\r", "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n", "AT+CGMM\r",
                                   "AT+CGMM\r\r\nE1550\r\n\r\nOK\r\n")),
                     ERR_OK);
    assert_null(strstr(x->fake.log.data, "MODE"));
    stop(x);
}

/* A modem that falls mute: the command ends at our deadline, and everything after it at once. */
static void test_mute(void **state) {
    struct fixture *x = start();
    (void)state;
    fake_rule(&x->fake, "AT", "");
    assert_int_equal(plays(x, SAYS("AT+CSQ\r", "ERROR\r\n", "AT+CMGL=4\r", "ERROR\r\n", "AT+CGMM\r", "ERROR\r\n")), ERR_TIMEOUT);
    assert_null(strstr(x->fake.log.data, "CMGL"));
    stop(x);
}

static void test_line_lost(void **state) {
    struct fixture *x = start();
    (void)state;
    x->fake.cut_after_written = 3;
    assert_int_equal(plays(x, SAYS("AT+CSQ\r", "ERROR\r\n", "AT+CGMM\r", "ERROR\r\n")), ERR_CLOSED);
    stop(x);
}

/* The slot is the driver's, whatever libGammu calls it, and only what was just seen there is deleted. */
static void test_slots(void **state) {
    struct fixture *x = start();
    const struct driver_place place = {.memory = AT_MEMORY_SM, .index = 0};
    (void)state;
    fake_rule(&x->fake, "AT+CPMS=", "\r\n+CPMS: 1,20,1,20,1,20\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CMGR=0$", "\r\n+CMGR: 0,,29\r\n" SOUND "\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CMGD=0$", "\r\nOK\r\n");
    assert_int_equal(plays(x, SAYS("AT+CMGD=1\r", "ERROR\r\n")), ERR_OK); /* nothing was aimed at */
    gammu_line_aim(x->line, place, NULL);
    assert_int_equal(plays(x, SAYS("AT+CMGD=0\r", "ERROR\r\n", "AT+CPMS=\"SM\"\r", "OK\r\n", "AT+CMGR=-1\r", "OK\r\n")), ERR_OK);
    assert_null(strstr(x->heard, SOUND)); /* a stranger's octets stay here */
    assert_int_equal(gammu_line_found(x->line), GAMMU_MESSAGE);
    gammu_line_tell(x->line);
    assert_string_equal(x->told.data, "1/0 07914809000000F1040B\n");
    gammu_line_aim(x->line, place, "07914809000000F1040B914889070000F10000621182708461820BD0");
    assert_int_equal(plays(x, SAYS("AT+CMGR=-1\r", "OK\r\n", "AT+CMGD=-1\r", "ERROR\r\n")), ERR_OK);
    assert_int_equal(gammu_line_found(x->line), GAMMU_OTHER);
    assert_null(strstr(x->fake.log.data, "CMGD"));
    gammu_line_aim(x->line, place, SOUND);
    assert_int_equal(plays(x, SAYS("AT+CMGR=-1\r", "OK\r\n", "AT+CMGD=-1\r", "OK\r\n")), ERR_OK);
    assert_int_equal(gammu_line_found(x->line), GAMMU_DELETED);
    stop(x);
}

static struct driver_verdict submits(struct fixture *x, const char *const *says, enum err expected) {
    const struct driver_submit submit = {.pdu = ASKED, .tpdu_octets = strlen(ASKED) / 2 - 1};
    struct driver_verdict v = {.outcome = DRIVER_SENT, .reference = -1};
    gammu_line_submits(x->line, &submit);
    assert_int_equal(plays(x, says), expected);
    if (!gammu_line_verdict(x->line, &v))
        v.reference = -2;
    return v;
}

static void test_submission(void **state) {
    struct fixture *x = start();
    (void)state;
    x->fake.submit_answer = "\r\n+CMGS: 7\r\n\r\nOK\r\n";
    struct driver_verdict v = submits(x, SAYS("AT+CMGS=17\r", "\r\n> ", WROTE "\x1a", "+CMGS: 7\r\n\r\nOK\r\n"), ERR_OK);
    assert_true(v.outcome == DRIVER_SENT && v.reference == 7);
    assert_int_equal(plays(x, SAYS("AT+CMGS=17\r", "ERROR\r\n")), ERR_OK); /* once */
    stop(x);
}

/* Another recipient, another text, another flag, half of it: the modem isn't even asked for its prompt. */
static void test_another_pdu(void **state) {
    static const char *const others[] = {
        "0291F011070B914889070000F20000FF03C8F71D",
        "0291F011070B914889070000F10000FF03C8F71E",
        "0291F031070B914889070000F10000FF03C8F71D",
        "0291F011080B914889070000F10000FF03C8F71D",
        "0291F011070B914889070000F1",
        "xyz",
        "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct fixture *x = start();
        struct str pdu;
        str_init(&pdu, 256);
        str_addf(&pdu, "%s\x1a", others[i]);
        struct driver_verdict v = submits(x, SAYS("AT+CMGS=17\r", "\r\n> ", pdu.data, "ERROR\r\n"), ERR_OK);
        assert_true(v.outcome == DRIVER_FAILED && v.class == SMS_FAILURE_PERMANENT);
        assert_null(strstr(x->fake.log.data, "CMGS"));
        str_release(&pdu);
        stop(x);
    }
}

static void test_never_comes_to_it(void **state) {
    struct fixture *x = start();
    (void)state;
    assert_int_equal(submits(x,
                             SAYS("AT+CMGS=17\r", "\r\n> ",
                                  "00\x1b\r"
                                  "AT\r",
                                  "OK\r\n"),
                             ERR_OK)
                         .reference,
                     -2);
    assert_null(strstr(x->fake.log.data, "CMGS"));
    stop(x);
}

/* The Ctrl-Z is the border: a modem that falls mute before it has sent nothing, behind it nobody knows. */
static void test_mute_while_submitting(void **state) {
    (void)state;
    struct fixture *x = start();
    fake_rule(&x->fake, "AT", "");
    struct driver_verdict v = submits(x, SAYS("AT+CMGS=17\r", "\r\n> ", WROTE "\x1a", "ERROR\r\n"), ERR_TIMEOUT);
    assert_true(v.outcome == DRIVER_FAILED && v.class == SMS_FAILURE_TEMPORARY);
    stop(x);
    x = start();
    fake_rule(&x->fake, "AT$", "");
    x->fake.submit_answer = "";
    v = submits(x, SAYS("AT+CMGS=17\r", "\r\n> ", WROTE "\x1a", "ERROR\r\n"), ERR_TIMEOUT);
    assert_int_equal(v.outcome, DRIVER_UNKNOWN);
    stop(x);
}

/* ---- what it does with the pieces of the `at` driver, between the calls of libGammu ---- */

static void set_up(struct fixture *x) {
    struct driver_identity who = {.imei = ""};
    struct str reason;
    str_init(&reason, 512);
    assert_int_equal(gammu_line_begin(x->line, &who, &reason), ERR_OK);
    assert_int_equal(gammu_line_prepare(x->line, &who, &reason), ERR_OK);
    assert_int_equal(gammu_line_finish(x->line, &who, &reason), ERR_OK);
    str_release(&reason);
    fake_forget(&x->fake);
}

static void test_a_sim_that_asks(void **state) {
    struct fixture *x = start();
    struct driver_identity who = {.imei = ""};
    struct str reason;
    bool entered = true;
    (void)state;
    str_init(&reason, 512);
    fake_rule(&x->fake, "AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CPINR", "\r\n+CPINR: SIM PIN,2,3\r\n\r\nOK\r\n");
    assert_int_equal(gammu_line_begin(x->line, &who, &reason), ERR_CONFLICT);
    assert_non_null(strstr(reason.data, "PIN"));
    const struct driver_sim *sim = gammu_line_sim(x->line);
    assert_int_equal(sim->obstacle, DRIVER_OBSTACLE_PIN);
    assert_int_equal(sim->tries_left, 2);
    assert_int_equal(gammu_line_unlock(x->line, "8984040000000000099", "1234", &entered, &reason), ERR_CONFLICT); /* another SIM's */
    assert_false(entered);
    assert_null(strstr(x->fake.log.data, "AT+CPIN="));
    str_release(&reason);
    stop(x);
}

static void test_announced(void **state) {
    struct fixture *x = start();
    (void)state;
    set_up(x);
    fake_say(&x->fake, 0, "\r\n+CMTI: \"SM\",3\r\n\r\n+CMTI: \"ME\",0\r\n\r\n+CMTI: \"SM\",3\r\n");
    assert_false(gammu_line_waits(x->line));
    assert_int_equal(gammu_line_listen(x->line), ERR_OK);
    assert_true(gammu_line_waits(x->line));
    struct driver_place first = gammu_line_next(x->line), second = gammu_line_next(x->line);
    assert_true(first.memory == AT_MEMORY_SM && first.index == 3 && second.memory == AT_MEMORY_ME && second.index == 0);
    assert_false(gammu_line_waits(x->line)); /* one slot is announced once */
    stop(x);
}

/* What lies nowhere is told at once, and acknowledged once it's stored. */
static void test_direct(void **state) {
    struct fixture *x = start();
    (void)state;
    fake_rule(&x->fake, "AT+CSMS?", "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n");
    set_up(x);
    fake_say(&x->fake, 0, "\r\n+CMT: ,29\r\n" SOUND "\r\n");
    assert_int_equal(gammu_line_listen(x->line), ERR_OK);
    assert_string_equal(x->told.data, "-1/1 07914809000000F1040B\n");
    assert_false(fake_heard(&x->fake, "AT+CNMA"));
    assert_int_equal(gammu_line_acknowledge(x->line, (struct driver_place){.memory = DRIVER_DIRECT, .index = 1}, SOUND), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CNMA"));
    stop(x);
}

/* libGammu lists SM and ME, of which each message is told with its own octets; what it never lists (SR) follows. */
static void test_sweep(void **state) {
    struct fixture *x = start();
    (void)state;
    set_up(x);
    fake_store(&x->fake, 0, 2, SOUND);
    fake_store(&x->fake, 1, 0, SOUND);
    fake_store(&x->fake, 2, 1, "07914809000000F106000B914889070000F1621122606362826211226063628200");
    gammu_line_sweep_begins(x->line);
    assert_int_equal(
        plays(x, SAYS("AT+CPMS=\"SM\",\"SM\"\r", "OK\r\n", "AT+CMGL=4\r", "OK\r\n", "AT+CPMS=\"ME\",\"ME\"\r", "OK\r\n", "AT+CMGL=4\r", "OK\r\n")),
        ERR_OK);
    assert_null(strstr(x->heard, SOUND));
    assert_string_equal(x->told.data, "1/2 07914809000000F1040B\nlisted 1\n2/0 07914809000000F1040B\nlisted 2\n");
    str_clear(&x->told);
    assert_int_equal(gammu_line_sweep_ends(x->line), ERR_OK);
    assert_non_null(strstr(x->told.data, "/1 07914809000000F10600"));
    assert_null(strstr(x->told.data, "listed 1"));
    assert_null(strstr(x->told.data, "listed 2"));
    stop(x);
}

/* Some take one value; a refusal of that, too, is told as one. */
static void test_selection(void **state) {
    struct fixture *x = start();
    (void)state;
    set_up(x);
    fake_rule(&x->fake, "AT+CPMS=\"ME\",", "\r\n+CMS ERROR: 302\r\n");
    assert_int_equal(plays(x, SAYS("AT+CPMS=\"ME\",\"ME\"\r", "OK\r\n")), ERR_OK);
    assert_true(fake_heard(&x->fake, "AT+CPMS=\"ME\""));
    fake_rule(&x->fake, "AT+CPMS=\"ME\"", "\r\n+CMS ERROR: 302\r\n");
    assert_int_equal(plays(x, SAYS("AT+CPMS=\"ME\",\"ME\"\r", "+CMS ERROR: 302\r\n")), ERR_OK);
    stop(x);
}

/* libGammu tries one setting. Refused, ours are tried, accepted, none is. */
static void test_indications(void **state) {
    (void)state;
    for (int accepted = 0; accepted < 2; accepted++) {
        struct fixture *x = start();
        struct driver_identity who = {.imei = ""};
        struct str reason;
        str_init(&reason, 512);
        fake_rule(&x->fake, "AT+CNMI=2,1,0,2,0$", accepted ? "\r\nOK\r\n" : "\r\n+CMS ERROR: 303\r\n");
        assert_int_equal(gammu_line_begin(x->line, &who, &reason), ERR_OK);
        assert_int_equal(gammu_line_prepare(x->line, &who, &reason), ERR_OK);
        assert_int_equal(plays(x, SAYS("AT+CNMI=2,1,0,2,0\r", accepted ? "OK\r\n" : "+CMS ERROR: 303\r\n")), ERR_OK);
        fake_forget(&x->fake);
        assert_int_equal(gammu_line_finish(x->line, &who, &reason), ERR_OK);
        assert_int_equal(strstr(x->fake.log.data, "AT+CNMI=") == NULL, accepted);
        str_release(&reason);
        stop(x);
    }
}

/* What libGammu doesn't know of the network is asked for; what it knows isn't. */
static void test_health(void **state) {
    struct fixture *x = start();
    struct driver_health h = {.registration = -1, .slots_used = -1, .slots_total = -1};
    (void)state;
    set_up(x);
    fake_rule(&x->fake, "AT+CREG?", "\r\n+CREG: 0,2\r\n\r\nOK\r\n");
    fake_rule(&x->fake, "AT+CEREG?", "\r\n+CEREG: 0,5\r\n\r\nOK\r\n");
    assert_int_equal(gammu_line_health(x->line, &h), ERR_OK);
    assert_int_equal(h.registration, 5);
    assert_true(h.slots_total > 0);
    fake_forget(&x->fake);
    h.registration = 1;
    assert_int_equal(gammu_line_health(x->line, &h), ERR_OK);
    assert_int_equal(h.registration, 1);
    assert_null(strstr(x->fake.log.data, "REG?"));
    stop(x);
}

/* It's opened again while half a command stands in it, and an answer that nobody took. */
static void test_opened_again(void **state) {
    struct fixture *x = start();
    (void)state;
    fake_rule(&x->fake, "AT+CSQ$", "\r\n+CSQ: 20,0\r\n\r\nOK\r\n");
    assert_int_equal(plays(x, SAYS("AT+CMGS=17", "")), ERR_OK);
    gammu_line_free_terminal(x->line);
    assert_int_equal(plays(x, SAYS("AT+CSQ\r", "AT+CSQ\r\r\n+CSQ: 20,99\r\n\r\nOK\r\n")), ERR_OK);
    stop(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sim_that_asks),
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_direct),
        cmocka_unit_test(test_sweep),
        cmocka_unit_test(test_selection),
        cmocka_unit_test(test_indications),
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_opened_again),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_mute),
        cmocka_unit_test(test_line_lost),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_submission),
        cmocka_unit_test(test_another_pdu),
        cmocka_unit_test(test_never_comes_to_it),
        cmocka_unit_test(test_mute_while_submitting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
