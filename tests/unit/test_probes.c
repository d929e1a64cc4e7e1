/* The probes that are out: each answered once, when its process is gone, whatever that did. */
#include "modem/probes.h"

#include "firmware-host/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE = 20000 };

struct bench {
    struct clock_virtual clock;
    struct probes *probes;
    char said[1024]; /* "NODE IMEI|REASON\n" … */
};

static int core; /* stands for the pipe to the core */

/* What a probe's process does goes by the name of its port. */
static void run(const char *node, int64_t baud, struct clock *clock, struct protocol_message *m) {
    (void)clock;
    protocol_init(m, PROTOCOL_PROBED);
    m->node = mem_string(strcmp(node, "/dev/liar") == 0 ? "/dev/another" : node);
    m->answers = true;
    m->imei = mem_string(baud == 9600 ? "350000000009600" : "350000000000001");
    while (strncmp(node, "/dev/stuck", 10) == 0)
        pause();
    if (strcmp(node, "/dev/thief") == 0)
        (void)!write(core, "{}\n", 3);
    if (strcmp(node, "/dev/killed") == 0)
        raise(SIGKILL);
    if (strcmp(node, "/dev/silent") == 0)
        _exit(0);
}

static void answered(void *context, const struct protocol_message *m) {
    struct bench *b = context;
    size_t len = strlen(b->said);
    snprintf(b->said + len, sizeof b->said - len, "%s %s\n", m->node, m->answers ? m->imei : m->reason);
}

static int start(void **state) {
    struct bench *b = calloc(1, sizeof *b);
    clock_virtual_init(&b->clock, 0);
    b->probes = probes_new(&(struct probes_parts){.clock = &b->clock.clock, .run = run, .answered = answered, .context = b});
    *state = b;
    return 0;
}

static int end(void **state) {
    struct bench *b = *state;
    probes_free(b->probes);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
    assert_int_equal(errno, ECHILD);
    free(b);
    return 0;
}

/* Until no more than that many are out. */
static const char *settle(struct bench *b, size_t left) {
    struct pollfd fds[PROBES_MAX];
    probes_tend(b->probes);
    for (size_t n; (n = probes_fds(b->probes, fds)) > left; probes_tend(b->probes))
        assert_true(poll(fds, n, PATIENCE) > 0);
    return b->said;
}

static void an_answer_is_handed_over(void **state) {
    struct bench *b = *state;
    probes_ask(b->probes, "/dev/ttyUSB0", 9600);
    assert_int_equal(probes_count(b->probes), 1);
    assert_int_equal(probes_due(b->probes), b->clock.mono + PROBES_DEADLINE);
    assert_string_equal(settle(b, 0), "/dev/ttyUSB0 350000000009600\n");
    assert_int_equal(probes_due(b->probes), INT64_MAX);
}

static void one_that_is_stuck_is_killed_at_its_deadline(void **state) {
    struct bench *b = *state;
    probes_ask(b->probes, "/dev/stuck", 0);
    probes_ask(b->probes, "/dev/ttyUSB0", 0);
    assert_string_equal(settle(b, 1), "/dev/ttyUSB0 350000000000001\n"); /* the other isn't held up */
    clock_virtual_advance(&b->clock, PROBES_DEADLINE - 1);
    probes_tend(b->probes);
    assert_int_equal(probes_count(b->probes), 1);
    assert_true(probes_due(b->probes) != INT64_MAX);
    clock_virtual_advance(&b->clock, 1);
    assert_string_equal(settle(b, 0), "/dev/ttyUSB0 350000000000001\n/dev/stuck no answer in 15 s\n");
}

static void one_that_dies_is_answered_too(void **state) {
    struct bench *b = *state;
    probes_ask(b->probes, "/dev/killed", 0);
    assert_string_equal(settle(b, 0), "/dev/killed its probe was killed by signal 9\n");
    probes_ask(b->probes, "/dev/silent", 0);
    probes_ask(b->probes, "/dev/liar", 0); /* of a port that it wasn't to ask */
    (void)settle(b, 0);
    assert_non_null(strstr(b->said, "/dev/silent its probe said nothing\n"));
    assert_non_null(strstr(b->said, "/dev/liar its probe said nothing\n"));
}

static void a_port_is_asked_once_at_a_time(void **state) {
    struct bench *b = *state;
    probes_ask(b->probes, "/dev/stuck", 0);
    probes_ask(b->probes, "/dev/stuck", 0);
    assert_int_equal(probes_count(b->probes), 1);
    assert_string_equal(b->said, "/dev/stuck is being asked already\n");
}

/* Pulled while it's asked: what the old one said mustn't be believed of what is plugged in next, which may be asked at once. */
static void a_dropped_one_says_nothing(void **state) {
    struct bench *b = *state;
    probes_ask(b->probes, "/dev/stuck", 0);
    probes_ask(b->probes, "/dev/ttyUSB0", 0);
    probes_drop(b->probes, "/dev/stuck");
    probes_drop(b->probes, "/dev/ttyUSB0");
    probes_ask(b->probes, "/dev/ttyUSB0", 9600);
    assert_string_equal(settle(b, 0), "/dev/ttyUSB0 350000000009600\n");
}

/* It reads what a stranger's device says: whatever that makes of it, the core hears nothing but its answer. */
static void it_has_nothing_to_speak_to_the_core_with(void **state) {
    struct bench *b = *state;
    char octet;
    int ends[2];
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    core = ends[1];
    probes_ask(b->probes, "/dev/thief", 0);
    assert_string_equal(settle(b, 0), "/dev/thief 350000000000001\n");
    assert_int_equal(read(ends[0], &octet, 1), -1);
    close(ends[0]);
    close(ends[1]);
}

static void no_more_than_so_many(void **state) {
    struct bench *b = *state;
    char node[32];
    for (int i = 0; i < PROBES_MAX; i++) {
        snprintf(node, sizeof node, "/dev/stuck%d", i);
        probes_ask(b->probes, node, 0);
    }
    assert_string_equal(b->said, "");
    probes_ask(b->probes, "/dev/ttyUSB0", 0);
    assert_int_equal(probes_count(b->probes), PROBES_MAX);
    assert_string_equal(b->said, "/dev/ttyUSB0 too many are being asked already\n");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_is_handed_over),      TEST(one_that_is_stuck_is_killed_at_its_deadline),
        TEST(one_that_dies_is_answered_too), TEST(a_port_is_asked_once_at_a_time),
        TEST(a_dropped_one_says_nothing),    TEST(it_has_nothing_to_speak_to_the_core_with),
        TEST(no_more_than_so_many),
    };
    return cmocka_run_group_tests_name("probes", tests, NULL, NULL);
}
