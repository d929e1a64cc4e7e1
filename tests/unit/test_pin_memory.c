/* A SIM's PIN on its way to the modem: no memory that is given back still holds it. Every block that anybody frees in this program is looked at, also
 * those of libraries; a sanitizer's allocator doesn't let us, so there the tests only run. tests/e2e/pin.mjs looks into the processes themselves. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/channel.h"
#include "modem/core_pipe.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PIN "73914682"

static int left; /* blocks that were freed with it */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void __libc_free(void *memory); // NOLINT(bugprone-reserved-identifier): glibc's own
extern void *__libc_malloc(size_t size); // NOLINT(bugprone-reserved-identifier)

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): they are glibc's
void free(void *memory) {
    if (memory && memmem(memory, malloc_usable_size(memory), PIN, strlen(PIN)))
        left++;
    __libc_free(memory);
}

void *realloc(void *memory, size_t size) { /* always moves */
    void *moved = __libc_malloc(size);
    size_t had = memory ? malloc_usable_size(memory) : 0;
    if (moved && memory) {
        memcpy(moved, memory, had < size ? had : size);
        free(memory);
    }
    return moved;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
#endif

static void write_line(struct str *line) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_PIN);
    m.iccid = mem_string("8984040009120000013");
    m.pin = mem_string(PIN);
    protocol_write(&m, line);
    protocol_release(&m);
}

static void what_writes_it(void **state) {
    (void)state;
    left = 0;
    for (size_t before = 0; before < 200; before++) { /* it grows at every place of the line */
        struct str line;
        str_init_secret(&line, PROTOCOL_LINE_MAX);
        for (size_t i = 0; i < before; i++)
            str_add_char(&line, ' ');
        write_line(&line);
        assert_non_null(strstr(line.data, PIN));
        str_remove_front(&line, 3);
        str_truncate(&line, line.len - 3);
        str_release(&line);
    }
    assert_int_equal(left, 0);
}

/* The last of a line stays in the buffer's unused end, the line that is taken out is a copy, and so is each value of it. */
static void who_reads_it(void **state) {
    struct clock_virtual clock;
    struct core_pipe in;
    struct str line;
    size_t len;
    int ends[2];
    (void)state;
    left = 0;
    assert_int_equal(pipe(ends), 0);
    clock_virtual_init(&clock, 0);
    core_pipe_init(&in, ends[0], STDERR_FILENO, &clock.clock);
    str_init_secret(&line, PROTOCOL_LINE_MAX);
    write_line(&line);
    for (int i = 0; i < 3; i++)
        assert_int_equal(write(ends[1], line.data, line.len), line.len);
    core_pipe_read(&in);
    for (char *taken; (taken = core_pipe_next(&in, &len)); mem_wipe_free(taken, len)) {
        struct protocol_message m;
        assert_int_equal(protocol_read(taken, len, false, &m, NULL), ERR_OK);
        assert_string_equal(m.pin, PIN);
        protocol_release(&m);
    }
    assert_null(memmem(in.input.data, in.input.capacity, PIN, strlen(PIN)));
    core_pipe_release(&in);
    str_release(&line);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(left, 0);
}

static void no_line(void *context, const char *line, size_t len) {
    (void)context;
    (void)line;
    (void)len;
}

static void no_end(void *context) {
    (void)context;
}

static uv_stream_t *open_end(uv_loop_t *loop, int fd) {
    uv_pipe_t *end = mem_alloc(sizeof *end);
    assert_int_equal(uv_pipe_init(loop, end, 0), 0);
    assert_int_equal(uv_pipe_open(end, fd), 0);
    return (uv_stream_t *)end;
}

/* What the other side doesn't take yet is kept as a copy. */
static void what_waits_with_it(void **state) {
    struct channel_options options = {.line_max = PROTOCOL_LINE_MAX, .backlog_max = 1 << 20, .line = no_line, .ended = no_end};
    char full[1 << 16];
    uv_loop_t loop;
    struct str line;
    int ends[2];
    (void)state;
    left = 0;
    memset(full, '.', sizeof full);
    str_init_secret(&line, PROTOCOL_LINE_MAX);
    write_line(&line);
    for (int read_on = 0; read_on < 2; read_on++) { /* it's written later; it never is */
        assert_int_equal(uv_loop_init(&loop), 0);
        assert_int_equal(pipe(ends), 0);
        struct channel *c = channel_new(&options, NULL, open_end(&loop, ends[1]));
        while (channel_backlog(c) == 0)
            assert_int_equal(channel_write(c, full, sizeof full), ERR_OK);
        assert_int_equal(channel_write(c, line.data, line.len), ERR_OK);
        while (read_on && channel_backlog(c) > 0) {
            assert_true(read(ends[0], full, sizeof full) > 0);
            uv_run(&loop, UV_RUN_NOWAIT);
        }
        explicit_bzero(full, sizeof full);
        channel_close(c);
        uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(uv_loop_close(&loop), 0);
        close(ends[0]);
    }
    str_release(&line);
    assert_int_equal(left, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_writes_it),
        cmocka_unit_test(who_reads_it),
        cmocka_unit_test(what_waits_with_it),
    };
    return cmocka_run_group_tests_name("a PIN in memory", tests, NULL, NULL);
}
