/* Lines over libuv streams: see channel.h. The read buffer is one line long and belongs to the channel; whoever sends without newlines is cut off
 * there. Handles are closed through the loop, so a channel is freed when its last handle has been. */
#include "firmware-host/channel.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>
#include <string.h>

struct channel {
    struct channel_options options;
    uv_stream_t *in, *out;
    int open_handles;
    bool closing, paused, handing_out, ended;
    bool skipping; /* inside a line that was too long */
    char *buffer;
    size_t size, len; /* of the buffer */
};

struct write {
    uv_write_t request;
    char *data;
    size_t len;
};

static void handle_closed(uv_handle_t *handle) {
    struct channel *c = handle->data;
    free(handle);
    if (--c->open_handles == 0) {
        free(c->buffer);
        free(c);
    }
}

static void close_handle(uv_stream_t *stream) {
    if (stream && !uv_is_closing((uv_handle_t *)stream))
        uv_close((uv_handle_t *)stream, handle_closed);
}

void channel_close(struct channel *c) {
    if (!c || c->closing)
        return;
    c->closing = true;
    uv_stream_t *in = c->in, *out = c->out;
    close_handle(in);
    if (out != in)
        close_handle(out);
}

/* Hands out the lines in the buffer, as far as the owner wants them. */
static void hand_out(struct channel *c) {
    if (c->handing_out)
        return; /* the owner resumed from inside a line */
    c->handing_out = true;
    size_t at = 0;
    while (!c->closing && !c->paused) {
        char *newline = memchr(c->buffer + at, '\n', c->len - at);
        if (!newline)
            break;
        size_t len = (size_t)(newline - c->buffer) - at;
        const char *line = c->buffer + at;
        at += len + 1;
        if (c->skipping)
            c->skipping = false;
        else
            c->options.line(c->options.context, line, len);
    }
    memmove(c->buffer, c->buffer + at, c->len - at);
    c->len -= at;
    c->handing_out = false;
    if (c->closing || c->paused)
        return;
    if (c->len == c->size) { /* full, and no newline in it */
        c->len = 0;
        if (!c->skipping) {
            c->skipping = true;
            c->options.line(c->options.context, NULL, 0);
        }
    }
    if (c->ended && !c->closing)
        c->options.ended(c->options.context);
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    struct channel *c = handle->data;
    *buf = uv_buf_init(c->buffer + c->len, (unsigned)(c->size - c->len));
}

static void have_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf) {
    (void)buf;
    struct channel *c = stream->data;
    if (count > 0) {
        c->len += (size_t)count;
    } else if (count < 0) {
        uv_read_stop(stream);
        c->ended = true;
    }
    if (count != 0)
        hand_out(c);
}

static int start_reading(struct channel *c) {
    return uv_read_start(c->in, give_buffer, have_read);
}

struct channel *channel_new(const struct channel_options *options, uv_stream_t *read_from, uv_stream_t *write_to) {
    struct channel *c = mem_alloc(sizeof *c);
    c->options = *options;
    c->in = read_from;
    c->out = write_to;
    c->size = options->line_max + 1;
    c->buffer = mem_alloc(c->size);
    c->open_handles = (read_from != NULL) + (write_to != NULL && write_to != read_from);
    if (read_from) {
        read_from->data = c;
        if (start_reading(c) != 0)
            c->ended = true;
    }
    if (write_to)
        write_to->data = c;
    return c;
}

size_t channel_backlog(const struct channel *c) {
    return c->out ? uv_stream_get_write_queue_size(c->out) : 0;
}

static void written(uv_write_t *request, int status) {
    (void)status; /* a failed write is followed by the end of the stream or the process */
    struct write *w = (struct write *)request;
    mem_wipe_free(w->data, w->len);
    free(w);
}

enum err channel_write(struct channel *c, const char *data, size_t len) {
    if (!c || c->closing || !c->out || uv_is_closing((uv_handle_t *)c->out))
        return ERR_CLOSED;
    if (channel_backlog(c) + len > c->options.backlog_max)
        return ERR_FULL;
    if (channel_backlog(c) == 0) {
        uv_buf_t all = uv_buf_init((char *)(uintptr_t)data, (unsigned)len);
        int taken = uv_try_write(c->out, &all, 1);
        if (taken == (int)len)
            return ERR_OK;
        if (taken > 0) {
            data += taken;
            len -= (size_t)taken;
        } else if (taken != UV_EAGAIN) {
            return ERR_CLOSED;
        }
    }
    struct write *w = mem_alloc(sizeof *w);
    w->data = mem_copy(data, len);
    w->len = len;
    uv_buf_t rest = uv_buf_init(w->data, (unsigned)len);
    if (uv_write(&w->request, c->out, &rest, 1, written) != 0) {
        mem_wipe_free(w->data, len);
        free(w);
        return ERR_CLOSED;
    }
    return ERR_OK;
}

void channel_pause(struct channel *c) {
    if (c->paused || c->closing)
        return;
    c->paused = true;
    if (c->in)
        uv_read_stop(c->in);
}

void channel_resume(struct channel *c) {
    if (!c->paused || c->closing)
        return;
    c->paused = false;
    hand_out(c);
    if (!c->paused && !c->closing && c->in && !c->ended && start_reading(c) != 0)
        c->ended = true;
}
