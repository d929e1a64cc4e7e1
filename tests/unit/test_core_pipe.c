/* The worker's end of the pipes: whole lines whatever the portions, bounds, the other side gone. */
#include "modem/core_pipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>
#include <signal.h>

#include <cmocka.h>

struct fixture {
    int in[2], out[2];
    struct clock_virtual clock;
    struct core_pipe pipe;
};

static void start(struct fixture *x) {
    assert_int_equal(pipe(x->in), 0);
    assert_int_equal(pipe(x->out), 0);
    assert_int_equal(fcntl(x->in[1], F_SETFL, O_NONBLOCK), 0);
    clock_virtual_init(&x->clock, 0);
    core_pipe_init(&x->pipe, x->in[0], x->out[1], &x->clock.clock);
}

static void end(struct fixture *x) {
    core_pipe_release(&x->pipe);
    close(x->in[0]);
    close(x->in[1]);
    close(x->out[0]);
    close(x->out[1]);
}

static void put(struct fixture *x, const char *text) {
    assert_int_equal(write(x->in[1], text, strlen(text)), strlen(text));
    core_pipe_read(&x->pipe);
}

static void expect(struct fixture *x, const char *line) {
    size_t len;
    char *got = core_pipe_next(&x->pipe, &len);
    assert_non_null(got);
    assert_string_equal(got, line);
    assert_int_equal(len, strlen(line));
    free(got);
}

static void test_lines(void **state) {
    struct fixture x;
    (void)state;
    start(&x);
    size_t len;
    assert_null(core_pipe_next(&x.pipe, &len));
    put(&x, "{\"na");
    assert_false(core_pipe_waits(&x.pipe));
    put(&x, "me\"}\nsecond\n\nthi");
    assert_true(core_pipe_waits(&x.pipe));
    expect(&x, "{\"name\"}");
    expect(&x, "second");
    expect(&x, "");
    assert_null(core_pipe_next(&x.pipe, &len));
    put(&x, "rd\n");
    expect(&x, "third");
    assert_int_equal(write(x.in[1], "a\0b\n", 4), 4); /* a NUL ends nothing */
    core_pipe_read(&x.pipe);
    char *line = core_pipe_next(&x.pipe, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(line, "a\0b", 4);
    free(line);
    end(&x);
}

/* A line without an end never stops the reading, and what comes after it is heard; also behind sound lines that nobody took yet. */
static void test_too_long(void **state) {
    struct fixture x;
    char block[1000];
    size_t len;
    (void)state;
    for (int sound_first = 0; sound_first < 2; sound_first++) {
        start(&x);
        memset(block, 'x', sizeof block - 1);
        block[sizeof block - 1] = '\0';
        for (int i = 0; sound_first && i < 55; i++)
            put(&x, "0123456789012345678901234567890123456789012345678901234567890123456789\n");
        for (int i = 0; i < 200; i++) {
            if (core_pipe_poll_fd(&x.pipe) < 0) { /* as much waits as may: only then the reader has to take some */
                assert_true(core_pipe_waits(&x.pipe));
                free(core_pipe_next(&x.pipe, &len));
                continue;
            }
            put(&x, block);
        }
        put(&x, "\nheard\n");
        while (core_pipe_waits(&x.pipe)) {
            char *line = core_pipe_next(&x.pipe, &len);
            if (!core_pipe_waits(&x.pipe))
                assert_string_equal(line, "heard");
            free(line);
        }
        assert_true(core_pipe_poll_fd(&x.pipe) >= 0);
        end(&x);
    }
}

/* Lines that nobody takes are bounded: the pipe isn't read any more. */
static void test_full(void **state) {
    struct fixture x;
    size_t lines = 0;
    (void)state;
    start(&x);
    while (core_pipe_poll_fd(&x.pipe) >= 0 && lines < 100000) {
        put(&x, "{\"name\":\"stored\",\"handle\":1}\n");
        lines++;
    }
    assert_in_range(lines, 10, 10000);
    while (core_pipe_waits(&x.pipe)) {
        expect(&x, "{\"name\":\"stored\",\"handle\":1}");
        lines--;
    }
    assert_int_equal(lines, 0);
    assert_true(core_pipe_poll_fd(&x.pipe) >= 0);
    end(&x);
}

static void test_say(void **state) {
    struct fixture x;
    struct protocol_message m;
    char data[64] = "";
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    start(&x);
    clock_virtual_advance(&x.clock, 5000);
    protocol_init(&m, PROTOCOL_HEALTH);
    core_pipe_say(&x.pipe, &m);
    assert_true(read(x.out[0], data, sizeof data - 1) > 0);
    assert_string_equal(data, "{\"name\":\"health\"}\n");
    assert_int_equal(x.pipe.said_at, x.clock.mono);
    close(x.out[0]);
    x.out[0] = -1;
    core_pipe_say(&x.pipe, &m);
    assert_true(x.pipe.gone);
    end(&x);
}

static void test_end_of_input(void **state) {
    struct fixture x;
    (void)state;
    start(&x);
    put(&x, "last\n");
    close(x.in[1]);
    x.in[1] = -1;
    core_pipe_read(&x.pipe);
    assert_true(x.pipe.gone);
    assert_int_equal(core_pipe_poll_fd(&x.pipe), -1);
    end(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines), cmocka_unit_test(test_too_long),     cmocka_unit_test(test_full),
        cmocka_unit_test(test_say),   cmocka_unit_test(test_end_of_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
