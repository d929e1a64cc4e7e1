/* The fence: what a worker needs goes on, everything else kills it. Each try is a process of its own. */
#include "modem/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WENT_ON = 42, NOT_FENCED = 43 };

static int pair[2];

static void do_open(void) {
    (void)!open("/etc/hostname", O_RDONLY);
}
static void do_socket(void) {
    (void)!socket(AF_INET, SOCK_STREAM, 0);
}
static void do_fork(void) {
    (void)!fork();
}
static void do_exec(void) {
    char *const argv[] = {(char *)(uintptr_t) "/bin/true", NULL};
    execve("/bin/true", argv, argv + 1);
}
static void do_signal(void) {
    kill(getppid(), SIGUSR1);
}
static void do_code(void) {
    (void)!mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void do_unlink(void) {
    unlink("/tmp/phanhoi-not-there");
}
static void do_ptrace(void) {
    syscall(SYS_ptrace, 0, 0, 0, 0);
}

static void do_work(void) { /* what a worker does all day */
    struct pollfd p = {.fd = pair[0], .events = POLLIN};
    struct timespec now, no_time = {0};
    char data[4];
    void *memory = malloc(1 << 20);
    if (memory)
        memset(memory, 1, 1 << 20);
    free(memory);
    clock_gettime(CLOCK_MONOTONIC, &now);
    (void)!write(pair[0], "AT\r", 3);
    (void)!ppoll(&p, 1, &no_time, NULL);
    (void)!read(pair[0], data, sizeof data);
}

static int outcome(void (*deed)(void)) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct str problem;
        str_init(&problem, 256);
        if (sandbox_enter(&problem) != ERR_OK)
            _exit(NOT_FENCED);
        deed();
        _exit(WENT_ON);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void test_fence(void **state) {
    static void (*const forbidden[])(void) = {do_open, do_socket, do_fork, do_exec, do_signal, do_code, do_unlink, do_ptrace};
    (void)state;
    if (!sandbox_supported())
        skip();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(write(pair[1], "OK", 2), 2);
    assert_int_equal(outcome(do_work), WENT_ON);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        assert_int_equal(outcome(forbidden[i]), -SIGSYS);
    close(pair[0]);
    close(pair[1]);
}

static void do_abort(void) {
    abort();
}

static void test_abort_is_an_abort(void **state) {
    (void)state;
    if (!sandbox_supported())
        skip();
    assert_int_equal(outcome(do_abort), -SIGABRT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fence),
        cmocka_unit_test(test_abort_is_an_abort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
