/* The fence: what a worker needs goes on, everything else kills it. Each try is a process of its own. */
#include "modem/sandbox.h"

#include "tests/unit/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WENT_ON = 42, NOT_FENCED = 43, REFUSED = 44 };

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

static int outcome_with(const struct sandbox_needs *needs, void (*deed)(void)) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        struct str problem;
        str_init(&problem, 256);
        if (sandbox_enter(needs, &problem) != ERR_OK)
            _exit(NOT_FENCED);
        deed();
        _exit(WENT_ON);
    }
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int outcome(void (*deed)(void)) {
    return outcome_with(NULL, deed);
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

/* ---- the second fence, without the first ---- */

/* What was tried and not refused; 0: nothing. Bits, so that all of it is seen at once. */
enum { READ_FILE = 1, MADE_FILE = 2, LISTED = 4, REMOVED = 8, RAN = 16, CONNECTED = 32, BOUND = 64, SIGNALLED = 128 };

static bool refused(int result) {
    return result < 0 && (errno == EACCES || errno == EPERM);
}

static int try_files(const char *folder) {
    char file[128], made[128];
    int got = 0;
    snprintf(file, sizeof file, "%s/there", folder);
    snprintf(made, sizeof made, "%s/new", folder);
    got |= refused(open(file, O_RDONLY | O_CLOEXEC)) ? 0 : READ_FILE;
    got |= refused(open(made, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) ? 0 : MADE_FILE;
    got |= refused(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ? 0 : LISTED;
    got |= refused(unlink(file)) ? 0 : REMOVED;
    char *const argv[] = {(char *)(uintptr_t) "/bin/true", NULL};
    got |= refused(execve("/bin/true", argv, argv + 1)) ? 0 : RAN;
    return got;
}

static int try_tcp(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), b = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int got = refused(bind(a, (struct sockaddr *)&here, sizeof here)) ? 0 : BOUND;
    here.sin_port = htons(9);
    got |= refused(connect(b, (struct sockaddr *)&here, sizeof here)) ? 0 : CONNECTED;
    return got;
}

/* In a process of its own: what goes in spite of Landlock. *ret_version 0: the kernel has none. The open line goes on in any case. */
static int behind_landlock(const char *folder, int *ret_version) {
    int told[2], status = 0, said[2] = {-1, -1};
    assert_int_equal(pipe(told), 0);
    pid_t child = fork();
    if (child == 0) {
        struct str problem;
        int version = 0;
        str_init(&problem, 256);
        if (sandbox_landlock(NULL, &problem, &version) != ERR_OK)
            _exit(NOT_FENCED);
        int got = try_files(folder);
        got |= version >= 4 ? try_tcp() : 0;
        got |= version >= 6 && !refused(kill(getppid(), 0)) ? SIGNALLED : 0;
        int words[2] = {version, got};
        _exit(write(told[1], words, sizeof words) == (ssize_t)sizeof words ? WENT_ON : 0);
    }
    close(told[1]);
    assert_int_equal(read(told[0], said, sizeof said), (ssize_t)sizeof said);
    close(told[0]);
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == WENT_ON);
    *ret_version = said[0];
    return said[1];
}

static void test_landlock_alone(void **state) {
    (void)state;
    struct folder folder;
    int version = 0;
    folder_make(&folder);
    char *file = folder_file(&folder, "there");
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
    int got = behind_landlock(folder.path, &version);
    bool still = access(file, F_OK) == 0;
    free(file);
    folder_remove(&folder);
    if (version == 0)
        skip();
    assert_int_equal(got, 0);
    assert_true(still);
}

/* ---- the gate for a driver that opens its device by itself ---- */

static char device[] = "/tmp/phanhoi-sandbox-XXXXXX";

static void do_open_device(void) {
    if (open(device, O_RDWR | O_NOCTTY | O_NONBLOCK) < 0 || open(device, O_RDWR) < 0)
        _exit(REFUSED);
}
static void do_open_other(void) {
    if (open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES && open("/dev/null", O_RDWR) < 0 && errno == EACCES)
        _exit(REFUSED);
}
static void *nothing(void *context) {
    return context;
}
static void do_thread(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, nothing, NULL) != 0 || pthread_join(thread, NULL) != 0)
        _exit(REFUSED);
}

static void test_gate(void **state) {
    static void (*const forbidden[])(void) = {do_socket, do_fork, do_exec, do_signal, do_code, do_ptrace};
    const struct sandbox_needs needs = {.threads = true, .opens = device};
    (void)state;
    if (!sandbox_supported())
        skip();
    int fd = mkstemp(device);
    assert_true(fd >= 0);
    assert_int_equal(outcome_with(&needs, do_open_device), WENT_ON);
    assert_int_equal(outcome_with(&needs, do_thread), WENT_ON);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        assert_int_equal(outcome_with(&needs, forbidden[i]), -SIGSYS);
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1)
        assert_int_equal(outcome_with(&needs, do_open_other), REFUSED);
    close(fd);
    unlink(device);
}

/* ---- the gate for a program that listens ---- */

static int listening;

static void do_accept(void) {
    char data[4];
    int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0 || recv(fd, data, sizeof data, 0) != 2 || send(fd, data, 2, MSG_NOSIGNAL) != 2 || shutdown(fd, SHUT_RDWR) != 0)
        _exit(REFUSED);
}
static void do_connect(void) {
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    (void)!connect(listening, (struct sockaddr *)&here, sizeof here);
}

static void test_server(void **state) {
    static void (*const forbidden[])(void) = {do_open, do_socket, do_connect, do_fork, do_exec, do_signal, do_code, do_unlink, do_ptrace};
    const struct sandbox_needs needs = {.serves = true};
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    (void)state;
    if (!sandbox_supported())
        skip();
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int caller = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listening, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(listening, 1), 0);
    assert_int_equal(getsockname(listening, (struct sockaddr *)&here, &len), 0);
    assert_int_equal(connect(caller, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(write(caller, "hi", 2), 2);
    assert_int_equal(outcome_with(&needs, do_accept), WENT_ON);
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        assert_int_equal(outcome_with(&needs, forbidden[i]), -SIGSYS);
    assert_int_equal(outcome(do_accept), -SIGSYS); /* nobody else gets it */
    close(caller);
    close(listening);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),         cmocka_unit_test(test_fence), cmocka_unit_test(test_gate), cmocka_unit_test(test_abort_is_an_abort),
        cmocka_unit_test(test_landlock_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
