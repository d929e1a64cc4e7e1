/* Non-blocking reads and writes under uv_poll: pseudo-terminals and sockets alike. */
#include "modem/virtual/wire.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE 65536

struct wire {
    uv_poll_t poll;
    uv_timer_t pace; /* with baud: the next octets */
    int fd;
    unsigned baud;
    int64_t paced_until; /* monotonic ms that have been used up */
    struct str backlog;
    bool failed, closed;
    unsigned handles; /* not yet closed */
    struct wire_events events;
};

static void watch(struct wire *w);

/* Writes up to len octets of the backlog. false: the other side has gone. */
static bool write_some(struct wire *w, size_t len) {
    while (len > 0) {
        ssize_t n = write(w->fd, w->backlog.data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        str_remove_front(&w->backlog, (size_t)n);
        len -= (size_t)n;
    }
    return true;
}

static bool drain(struct wire *w) {
    return w->baud || write_some(w, w->backlog.len);
}

#define BITS_AN_OCTET 10 /* start, eight of data, stop */

static int64_t mono_ms(void) {
    return clock_system()->mono_ms(clock_system());
}

static void paced(uv_timer_t *timer) {
    struct wire *w = timer->data;
    int64_t due = (mono_ms() - w->paced_until) * w->baud / (BITS_AN_OCTET * CLOCK_SECOND);
    if (due <= 0)
        return;
    w->paced_until += due * BITS_AN_OCTET * CLOCK_SECOND / w->baud;
    if (!write_some(w, (size_t)due < w->backlog.len ? (size_t)due : w->backlog.len))
        w->failed = true;
    if (w->backlog.len == 0 || w->failed)
        uv_timer_stop(timer);
    watch(w);
}

static void start_pacing(struct wire *w) {
    if (!w->baud || uv_is_active((uv_handle_t *)&w->pace))
        return;
    w->paced_until = mono_ms();
    uv_timer_start(&w->pace, paced, 1, 1);
}

static void take(struct wire *w) {
    char data[READ_SIZE];
    ssize_t n = read(w->fd, data, sizeof data);
    if (n > 0)
        w->events.data(w->events.context, data, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        w->events.end(w->events.context);
}

static void ready(uv_poll_t *poll, int status, int events) {
    struct wire *w = poll->data;
    if (status < 0 || w->failed || (events & UV_WRITABLE && !drain(w))) {
        w->events.end(w->events.context);
        return;
    }
    watch(w);
    if (events & UV_READABLE)
        take(w); /* may close the wire */
}

static void watch(struct wire *w) {
    uv_poll_start(&w->poll, UV_READABLE | ((w->backlog.len && !w->baud) || w->failed ? UV_WRITABLE : 0), ready);
}

struct wire *wire_open(uv_loop_t *loop, int fd, size_t backlog, unsigned baud, const struct wire_events *events) {
    struct wire *w = mem_alloc(sizeof *w);
    w->fd = fd;
    w->baud = baud;
    w->events = *events;
    str_init(&w->backlog, backlog);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    uv_poll_init(loop, &w->poll, fd);
    uv_timer_init(loop, &w->pace);
    w->poll.data = w->pace.data = w;
    w->handles = 2;
    watch(w);
    return w;
}

void wire_write(struct wire *w, const void *data, size_t len) {
    str_add_n(&w->backlog, data, len);
    /* A failure is told from the loop, never from within a call of the owner's. */
    w->failed = w->failed || !str_ok(&w->backlog) || !drain(w);
    start_pacing(w);
    watch(w);
}

size_t wire_unwritten(const struct wire *w) {
    return w->backlog.len;
}

void wire_drop(struct wire *w) {
    str_clear(&w->backlog);
}

static void freed(uv_handle_t *handle) {
    struct wire *w = handle->data;
    if (--w->handles > 0)
        return;
    str_release(&w->backlog);
    free(w);
}

void wire_close(struct wire *w) {
    if (!w || w->closed)
        return;
    w->closed = true;
    uv_close((uv_handle_t *)&w->poll, freed);
    uv_close((uv_handle_t *)&w->pace, freed);
    close(w->fd);
}
