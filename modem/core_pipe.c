/* Lines to and from the core. The input buffer holds a few lines, one of which may be a SIM's PIN, so that nothing of it is left behind; when it is
 * full the pipe isn't read, and the core's writes wait in the kernel. */
#include "modem/core_pipe.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { READ_SIZE = 4096, INPUT_MAX = 8 * PROTOCOL_LINE_MAX };

void core_pipe_init(struct core_pipe *p, int in, int out, struct clock *clock) {
    *p = (struct core_pipe){.in = in, .out = out, .clock = clock, .said_at = clock->mono_ms(clock)};
    str_init_secret(&p->input, INPUT_MAX);
    json_start();
}

void core_pipe_release(struct core_pipe *p) {
    str_release(&p->input);
}

static void write_all(struct core_pipe *p, const char *data, size_t len) {
    while (len > 0 && !p->gone) {
        ssize_t n = write(p->out, data, len);
        if (n >= 0) {
            data += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd room = {.fd = p->out, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (errno != EINTR) {
            p->gone = true;
        }
    }
}

void core_pipe_say(struct core_pipe *p, const struct protocol_message *m) {
    struct str line;
    str_init(&line, PROTOCOL_LINE_MAX);
    protocol_write(m, &line);
    write_all(p, line.data, line.len);
    str_release(&line);
    p->said_at = p->clock->mono_ms(p->clock);
}

int core_pipe_poll_fd(const struct core_pipe *p) {
    return p->gone || p->input.len + READ_SIZE > p->input.max ? -1 : p->in;
}

/* Drops what belongs to a line that is too long; at once, so that it never fills the buffer. */
static void discard(struct core_pipe *p) {
    const char *end = memchr(p->input.data, '\n', p->input.len);
    if (!p->discarding && !end && p->input.len >= PROTOCOL_LINE_MAX) {
        log_event(LOG_LEVEL_ERROR, "core.line_refused", log_text("problem", "longer than a line may be"));
        p->discarding = true;
    }
    if (!p->discarding)
        return;
    p->discarding = !end;
    str_remove_front(&p->input, end ? (size_t)(end - p->input.data) + 1 : p->input.len);
}

void core_pipe_read(struct core_pipe *p) {
    char data[READ_SIZE];
    ssize_t n = read(p->in, data, sizeof data);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
        p->gone = true;
    else if (n > 0)
        str_add_n(&p->input, data, (size_t)n);
    explicit_bzero(data, sizeof data);
    discard(p);
}

char *core_pipe_next(struct core_pipe *p, size_t *ret_len) {
    const char *end = memchr(p->input.data, '\n', p->input.len);
    if (!end)
        return NULL;
    size_t len = (size_t)(end - p->input.data);
    char *line = mem_copy(p->input.data, len + 1); /* with the newline, so that it is never empty */
    line[len] = '\0';
    str_remove_front(&p->input, len + 1);
    discard(p);
    *ret_len = len;
    return line;
}

bool core_pipe_waits(const struct core_pipe *p) {
    return memchr(p->input.data, '\n', p->input.len) != NULL;
}
