/* Non-blocking reads and writes under uv_poll: pseudo-terminals and sockets alike. */
#include "modem/virtual/wire.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_SIZE 65536

struct wire {
    uv_poll_t poll;
    int fd;
    size_t portion;
    struct str backlog;
    bool failed, closed;
    struct wire_events events;
};

static void watch(struct wire *w);

/* Writes what goes. false: the other side has gone. */
static bool drain(struct wire *w) {
    while (w->backlog.len) {
        size_t len = w->portion && w->portion < w->backlog.len ? w->portion : w->backlog.len;
        ssize_t n = write(w->fd, w->backlog.data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        str_remove_front(&w->backlog, (size_t)n);
        if (w->portion)
            return true;
    }
    return true;
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
    uv_poll_start(&w->poll, UV_READABLE | (w->backlog.len || w->failed ? UV_WRITABLE : 0), ready);
}

struct wire *wire_open(uv_loop_t *loop, int fd, size_t backlog, size_t portion, const struct wire_events *events) {
    struct wire *w = mem_alloc(sizeof *w);
    w->fd = fd;
    w->portion = portion;
    w->events = *events;
    str_init(&w->backlog, backlog);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    uv_poll_init(loop, &w->poll, fd);
    w->poll.data = w;
    watch(w);
    return w;
}

void wire_write(struct wire *w, const void *data, size_t len) {
    str_add_n(&w->backlog, data, len);
    /* A failure is told from the loop, never from within a call of the owner's. */
    w->failed = w->failed || !str_ok(&w->backlog) || (!w->portion && !drain(w));
    watch(w);
}

void wire_drop(struct wire *w) {
    str_clear(&w->backlog);
}

static void freed(uv_handle_t *handle) {
    struct wire *w = handle->data;
    str_release(&w->backlog);
    free(w);
}

void wire_close(struct wire *w) {
    if (!w || w->closed)
        return;
    w->closed = true;
    uv_close((uv_handle_t *)&w->poll, freed);
    close(w->fd);
}
