/* What systemd is told, heard on a socket of the test's own. */
#include "firmware-host/notify.h"

#include "tests/unit/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct ear {
    struct folder folder;
    char *path;
    int fd;
    char heard[256];
};

static int setup(void **state) {
    static struct ear ear;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    folder_make(&ear.folder);
    ear.path = folder_file(&ear.folder, "notify");
    snprintf(address.sun_path, sizeof address.sun_path, "%s", ear.path);
    ear.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(ear.fd, (struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    setenv("NOTIFY_SOCKET", ear.path, 1);
    *state = &ear;
    return 0;
}

static int teardown(void **state) {
    struct ear *ear = *state;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(ear->fd);
    free(ear->path);
    folder_remove(&ear->folder);
    return 0;
}

static const char *hear(struct ear *ear) {
    ssize_t n = recv(ear->fd, ear->heard, sizeof ear->heard - 1, 0);
    assert_true(n > 0);
    ear->heard[n] = 0;
    return ear->heard;
}

static void it_is_told_what_happens(void **state) {
    struct ear *ear = *state;
    notify_ready();
    assert_string_equal(hear(ear), "READY=1");
    notify_status("serving; 2 of 2 modems up");
    assert_string_equal(hear(ear), "STATUS=serving; 2 of 2 modems up");
    notify_stopping();
    assert_string_equal(hear(ear), "STOPPING=1");
}

static void never(uv_timer_t *timer) {
    (void)timer;
}

static void a_turning_loop_feeds_the_watchdog(void **state) {
    struct ear *ear = *state;
    uv_loop_t loop;
    uv_timer_t other; /* the watchdog alone doesn't keep a loop alive */
    assert_int_equal(uv_loop_init(&loop), 0);
    uv_timer_init(&loop, &other);
    uv_timer_start(&other, never, 3600000, 0);
    setenv("WATCHDOG_USEC", "4000", 1);
    struct notify *n = notify_start(&loop);
    for (int i = 0; i < 3; i++) {
        while (recv(ear->fd, ear->heard, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
            uv_run(&loop, UV_RUN_ONCE); /* waits for its timer */
        assert_string_equal(hear(ear), "WATCHDOG=1");
    }
    notify_free(n);
    uv_close((uv_handle_t *)&other, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_told_what_happens, setup, teardown),
        cmocka_unit_test_setup_teardown(a_turning_loop_feeds_the_watchdog, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
