/* Metric cells and their print; crash points. */
#include "firmware-host/base/crash.h"
#include "firmware-host/base/metric.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void cells(void **state) {
    (void)state;
    assert_true(metric_get(METRIC_CASES_OPENED) == 0);
    metric_add(METRIC_CASES_OPENED, 2);
    metric_add(METRIC_CASES_OPENED, 1);
    assert_true(metric_get(METRIC_CASES_OPENED) == 3);
    metric_set(METRIC_QUEUE_DEPTH, 7);
    metric_add(METRIC_QUEUE_DEPTH, -2);
    assert_true(metric_get(METRIC_QUEUE_DEPTH) == 5);
    assert_true(metric_get(METRIC_COMMITS) == 0);
}

static void print(void **state) {
    (void)state;
    struct str s;
    size_t lines = 0;
    str_init(&s, 65536);
    metric_set(METRIC_STORE_REFUSING, 1);
    metric_print(&s);
    assert_true(str_ok(&s));
    assert_non_null(strstr(s.data, "# HELP phanhoi_store_refusing 1 while nothing can be stored (disk full or failing)\n"
                                   "# TYPE phanhoi_store_refusing gauge\n"
                                   "phanhoi_store_refusing 1\n"));
    assert_non_null(strstr(s.data, "# TYPE phanhoi_commits_total counter\nphanhoi_commits_total 0\n"));
    for (const char *at = s.data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 3 * METRIC_COUNT);
    str_release(&s);
}

#ifdef PHANHOI_CRASH_POINTS
/* Runs a child that passes the points a, b, a, b, a, b; gives its exit status with the number of points passed, or minus its signal. */
static int child_with(const char *setting) {
    pid_t child = fork();
    if (child == 0) {
        int passed = 0;
        signal(SIGABRT, SIG_DFL);
        setenv("PHANHOI_CRASH", setting, 1);
        for (int i = 0; i < 3; i++) {
            crash_point("a");
            crash_point("b");
            passed += 2;
        }
        _exit(passed);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void crash_points_kill_where_named(void **state) {
    (void)state;
    assert_int_equal(child_with(""), 6);
    assert_int_equal(child_with("c"), 6);
    assert_int_equal(child_with("a:4"), 6);
    assert_int_equal(child_with("a"), -SIGKILL);
    assert_int_equal(child_with("b"), -SIGKILL);
    assert_int_equal(child_with("b:3"), -SIGKILL);
}

static void a_malformed_setting_is_loud(void **state) {
    (void)state;
    assert_int_equal(child_with("a:0"), -SIGABRT);
    assert_int_equal(child_with("a:x"), -SIGABRT);
    assert_int_equal(child_with("a:"), -SIGABRT);
    assert_int_equal(child_with(":1"), -SIGABRT);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells),
        cmocka_unit_test(print),
#ifdef PHANHOI_CRASH_POINTS
        cmocka_unit_test(crash_points_kill_where_named),
        cmocka_unit_test(a_malformed_setting_is_loud),
#endif
    };
    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
