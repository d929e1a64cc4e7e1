/* Lines on real descriptors: addresses, a pseudo-terminal, a TCP socket, what is locked, what hangs up. */
#include "modem/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <fcntl.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_addresses(void **state) {
    struct line_address a;
    struct str problem;
    (void)state;
    str_init(&problem, 512);
    assert_int_equal(line_parse("serial:/dev/ttyUSB2", &a, &problem), ERR_OK);
    assert_true(a.kind == LINE_SERIAL && a.baud == 115200);
    assert_string_equal(a.path, "/dev/ttyUSB2");
    assert_int_equal(line_parse("serial:/dev/serial/by-id/x@9600", &a, &problem), ERR_OK);
    assert_int_equal(a.baud, 9600);
    assert_string_equal(a.path, "/dev/serial/by-id/x");
    assert_int_equal(line_parse("tcp://192.0.2.10:2001", &a, &problem), ERR_OK);
    assert_true(a.kind == LINE_TCP);
    assert_string_equal(a.path, "192.0.2.10");
    assert_string_equal(a.port, "2001");
    assert_int_equal(line_parse("tcp://[::1]:2001", &a, &problem), ERR_OK);
    assert_string_equal(a.path, "::1");
    assert_int_equal(line_parse("pty:/run/vnet/m1", &a, &problem), ERR_OK);
    assert_true(a.kind == LINE_PTY);
    assert_int_equal(line_parse("gammu:none:/var/lib/phone:dummy", &a, &problem), ERR_OK);
    assert_true(a.kind == LINE_GAMMU);
    assert_string_equal(a.connection, "none");
    assert_string_equal(a.path, "/var/lib/phone");
    assert_string_equal(a.model, "dummy");
    assert_int_equal(line_parse("gammu:fbus:/dev/ttyS0", &a, &problem), ERR_OK);
    assert_string_equal(a.model, "");
    static const char *const wrong[] = {
        "gammu:",
        "gammu:none",
        "gammu:none:",
        "gammu:none:dummy",
        "gammu::/dev/ttyS0",
        "gammu:fbus dlr3:/dev/ttyS0",
        "gammu:fbus:/dev/ttyS0:a b",
        "gammu:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:/dev/ttyS0",
        "",
        "pty:",
        "serial:",
        "serial:@9600",
        "serial:/dev/ttyS0@fast",
        "serial:/dev/ttyS0@1",
        "tcp://",
        "tcp://host",
        "tcp://:80",
        "tcp://host:0",
        "tcp://host:70000",
        "tcp://::1:2001",
        "tcp:host:1",
        "/dev/ttyUSB0",
        "usb:1",
    };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        str_clear(&problem);
        assert_int_equal(line_parse(wrong[i], &a, &problem), ERR_INVALID);
        assert_true(problem.len > 0);
    }
    str_release(&problem);
}

static enum err connect_to(const char *text, struct line **ret_line, struct str *problem) {
    struct line_address a;
    str_clear(problem);
    assert_int_equal(line_parse(text, &a, problem), ERR_OK);
    return line_connect(&a, ret_line, problem);
}

static bool readable(const struct line *line) {
    struct pollfd p = {.fd = line_fd(line), .events = POLLIN};
    return poll(&p, 1, 5000) == 1;
}

static void test_pty(void **state) {
    struct line *line, *second;
    struct str problem;
    char address[300], data[16];
    size_t n;
    (void)state;
    str_init(&problem, 512);
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    snprintf(address, sizeof address, "pty:%s", ptsname(master));
    assert_int_equal(connect_to(address, &line, &problem), ERR_OK);
    assert_int_equal(connect_to(address, &second, &problem), ERR_BUSY); /* one program a modem */
    assert_non_null(strstr(problem.data, "held"));

    assert_int_equal(line_read(line, data, sizeof data, &n), ERR_OK);
    assert_int_equal(n, 0); /* nothing yet is no hang-up */
    assert_int_equal(line_write(line, "AT\r\n\x1a\x03", 6, &n), ERR_OK);
    assert_int_equal(n, 6);
    assert_int_equal(read(master, data, sizeof data), 6);
    assert_memory_equal(data, "AT\r\n\x1a\x03", 6); /* raw: nothing is translated, and nothing is a signal */
    assert_int_equal(write(master, "\r\nOK\r\n\x04", 7), 7);
    assert_true(readable(line));
    assert_int_equal(line_read(line, data, sizeof data, &n), ERR_OK);
    assert_int_equal(n, 7);
    assert_memory_equal(data, "\r\nOK\r\n\x04", 7);

    line_disconnect(line);
    assert_int_equal(connect_to(address, &line, &problem), ERR_OK); /* a successor can have it */
    close(master);
    assert_int_equal(line_read(line, data, sizeof data, &n), ERR_CLOSED);
    assert_int_equal(line_write(line, "AT\r", 3, &n), ERR_CLOSED);
    line_disconnect(line);
    str_release(&problem);
}

/* What isn't read is kept waiting: writes are cut short, then take nothing, and never block. */
static void test_full(void **state) {
    struct line *line;
    struct str problem;
    char address[300], block[4096];
    size_t n = 1, all = 0;
    (void)state;
    str_init(&problem, 512);
    memset(block, 'A', sizeof block);
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    snprintf(address, sizeof address, "pty:%s", ptsname(master));
    assert_int_equal(connect_to(address, &line, &problem), ERR_OK);
    while (n > 0 && all < 10000000) {
        assert_int_equal(line_write(line, block, sizeof block, &n), ERR_OK);
        all += n;
    }
    assert_int_equal(n, 0);
    line_disconnect(line);
    close(master);
    str_release(&problem);
}

static int listen_somewhere(char *address, size_t size) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, len) == 0 && listen(fd, 1) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    snprintf(address, size, "tcp://127.0.0.1:%d", ntohs(a.sin_port));
    return fd;
}

static void test_tcp(void **state) {
    struct line *line;
    struct str problem;
    char address[64], data[8];
    size_t n;
    (void)state;
    str_init(&problem, 512);
    int listener = listen_somewhere(address, sizeof address);
    assert_int_equal(connect_to(address, &line, &problem), ERR_OK);
    int peer = accept(listener, NULL, NULL);
    assert_int_equal(line_read(line, data, sizeof data, &n), ERR_OK);
    assert_int_equal(n, 0);
    assert_int_equal(line_write(line, "AT\r", 3, &n), ERR_OK);
    assert_int_equal(read(peer, data, sizeof data), 3);
    assert_int_equal(write(peer, "OK", 2), 2);
    assert_true(readable(line));
    assert_int_equal(line_read(line, data, sizeof data, &n), ERR_OK);
    assert_int_equal(n, 2);
    close(peer);
    assert_true(readable(line));
    assert_int_equal(line_read(line, data, sizeof data, &n), ERR_CLOSED);
    line_disconnect(line);
    close(listener);
    assert_int_not_equal(connect_to(address, &line, &problem), ERR_OK); /* nobody listens any more */
    assert_non_null(strstr(problem.data, "refused"));
    str_release(&problem);
}

static void test_not_a_line(void **state) {
    struct line *line;
    struct str problem;
    (void)state;
    str_init(&problem, 512);
    assert_int_equal(connect_to("pty:/nonexistent/m1", &line, &problem), ERR_NOT_FOUND);
    assert_non_null(strstr(problem.data, "/nonexistent/m1"));
    assert_int_equal(connect_to("pty:/dev/null", &line, &problem), ERR_UNSUPPORTED);
    assert_int_equal(connect_to("serial:/dev/null", &line, &problem), ERR_UNSUPPORTED);
    assert_int_equal(connect_to("serial:/dev/ttyNOPE9", &line, &problem), ERR_NOT_FOUND);
    str_release(&problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_pty),        cmocka_unit_test(test_full),
        cmocka_unit_test(test_tcp),       cmocka_unit_test(test_not_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
