/* Log lines: the form, what strangers' values can't do to it, one write a line. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/str.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static char line[16384];
static int lines;

static void keep(void *context, const char *text) {
    (void)context;
    lines++;
    assert_int_equal(str_copy(line, sizeof line, text), ERR_OK);
}

static int set_up(void **state) {
    (void)state;
    lines = 0;
    line[0] = '\0';
    log_set_sink(keep, NULL, 0);
    log_set_level(LOG_LEVEL_INFO);
    log_set_program(NULL);
    return 0;
}

static int put_back(void **state) {
    (void)state;
    log_set_sink(NULL, NULL, 1);
    return 0;
}

static void form(void **state) {
    (void)state;
    struct phone phone;
    assert_int_equal(phone_parse("0912345678", &phone), ERR_OK);
    log_event(LOG_LEVEL_NOTICE, "case.opened", log_text("code", "482109304"), log_phone("sender", &phone), log_int("n", -5), log_text("link", NULL),
              log_err(ERR_FULL));
    assert_string_equal(line, "<5>case.opened code=482109304 sender=84912***678 n=-5 link=- err=ERR_FULL");
    assert_null(strstr(line, "345"));
    log_set_program("phanhoid");
    log_plain(LOG_LEVEL_ERROR, "store.full");
    assert_string_equal(line, "<3>phanhoid: store.full");
}

static void level(void **state) {
    (void)state;
    log_plain(LOG_LEVEL_DEBUG, "x");
    assert_int_equal(lines, 0);
    log_plain(LOG_LEVEL_INFO, "x");
    assert_int_equal(lines, 1);
    log_set_level(LOG_LEVEL_ERROR);
    log_plain(LOG_LEVEL_WARNING, "x");
    assert_int_equal(lines, 1);
    log_set_level(LOG_LEVEL_DEBUG);
    log_plain(LOG_LEVEL_DEBUG, "x");
    assert_int_equal(lines, 2);
}

static void values_are_escaped(void **state) {
    (void)state;
    static const char *const rows[][2] = {
        {"plain", "plain"},
        {"/dev/ttyUSB0", "/dev/ttyUSB0"},
        {"đường", "đường"},
        {"", "\"\""},
        {"two words", "\"two words\""},
        {"a=b", "\"a=b\""},
        {"say \"x\"", "\"say \\\"x\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"a\n<3>forged", "\"a\\n<3>forged\""},
        {"a\r\t", "\"a\\r\\t\""},
        {"\x1B[2J", "\"\\u001B[2J\""},
        {"\xC2\x9B"
         "2J",
         "\"\\u009B2J\""},
        {"\xE2\x80\xAE", "\"\\u202E\""},
        {"\xE2\x80\xA8", "\"\\u2028\""},
        {"\x7F", "\"\\u007F\""},
        {"\xFF", "\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        log_event(LOG_LEVEL_INFO, "e", log_text("v", rows[i][0]));
        assert_memory_equal(line, "<6>e v=", 7);
        assert_string_equal(line + 7, rows[i][1]);
    }
    struct phone odd = {.kind = PHONE_ALPHANUMERIC, .text = "a b\"\n"};
    log_event(LOG_LEVEL_INFO, "e", log_phone("v", &odd));
    assert_string_equal(line, "<6>e v=\"a b\\\"\\n\"");
}

static void long_values_are_cut(void **state) {
    (void)state;
    char value[3000];
    memset(value, 'a', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    log_event(LOG_LEVEL_INFO, "e", log_text("v", value), log_int("after", 1));
    assert_true(strlen(line) < 600);
    assert_non_null(strstr(line, "aaa… after=1"));
    for (size_t start = 505; start < 513; start++) { /* a character across the cut */
        memset(value, 'a', sizeof value - 1);
        memcpy(value + start, "đ", 2);
        log_event(LOG_LEVEL_INFO, "e", log_text("v", value), log_int("after", 1));
        assert_non_null(strstr(line, " after=1"));
    }
}

static void a_line_too_long_is_still_one_line(void **state) {
    (void)state;
    char value[513];
    struct log_field fields[41];
    memset(value, '\x01', 512);
    value[512] = '\0';
    for (size_t i = 0; i < 40; i++)
        fields[i] = log_text("k", value);
    fields[40] = (struct log_field){.type = LOG_TYPE_END};
    log_write(LOG_LEVEL_INFO, "e", fields);
    assert_int_equal(lines, 1);
    assert_true(strlen(line) > 2000 && strlen(line) <= 8192);
}

static void stderr_gets_the_line(void **state) {
    (void)state;
    char got[256];
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
    errno = EBADF;
    log_set_sink(NULL, NULL, 0);
    log_plain(LOG_LEVEL_INFO, "one");
    int errno_after = errno;
    ssize_t first = read(ends[0], got, sizeof got);
    log_set_sink(keep, NULL, 0);
    log_plain(LOG_LEVEL_INFO, "kept");
    ssize_t none = read(ends[0], got + 100, 100);
    log_set_sink(keep, NULL, 1);
    log_plain(LOG_LEVEL_INFO, "both");
    ssize_t both = read(ends[0], got + 100, 100);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(errno_after, EBADF);
    assert_int_equal(first, 7);
    assert_memory_equal(got, "<6>one\n", 7);
    assert_int_equal(none, -1);
    assert_int_equal(both, 8);
    assert_memory_equal(got + 100, "<6>both\n", 8);
    assert_string_equal(line, "<6>both");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(form, set_up),
        cmocka_unit_test_setup(level, set_up),
        cmocka_unit_test_setup(values_are_escaped, set_up),
        cmocka_unit_test_setup(long_values_are_cut, set_up),
        cmocka_unit_test_setup(a_line_too_long_is_still_one_line, set_up),
        cmocka_unit_test_setup(stderr_gets_the_line, set_up),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, put_back);
}
