/* A stream of lines, read and written with bounds: the pipes to a worker, the connections of the control socket.
 *
 * Reading: lines end in \n; one longer than line_max is dropped whole and reported once with line NULL. Writing never blocks: what the other side
 * doesn't take waits in memory, at most backlog_max octets, zeroed when it's gone (it may be a PIN); more is refused with ERR_FULL and the owner
 * decides (a worker that doesn't read is ended, a client is dropped). */
#ifndef HOST_CHANNEL_H
#define HOST_CHANNEL_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct channel;

struct channel_options {
    size_t line_max; /* octets without the newline */
    size_t backlog_max;
    void *context;
    /* One line without its newline, borrowed; NULL: one was too long. May close the channel. */
    void (*line)(void *context, const char *line, size_t len);
    /* The other side closed its end, or the stream failed. Nothing is read any more; the owner closes. */
    void (*ended)(void *context);
};

/* `read_from` and `write_to` may be the same stream or NULL; the channel owns them and frees them after they are closed: they must come from
 * mem_alloc. */
struct channel *channel_new(const struct channel_options *options, uv_stream_t *read_from, uv_stream_t *write_to);
void channel_close(struct channel *c); /* later lines are dropped, what waits to be written may be lost; NULL is fine */

/* ERR_FULL: more than backlog_max would wait; nothing of it was taken. ERR_CLOSED. */
MUST_CHECK enum err channel_write(struct channel *c, const char *data, size_t len);
size_t channel_backlog(const struct channel *c); /* octets that wait */

/* Stops and continues reading; lines already read are kept. */
void channel_pause(struct channel *c);
void channel_resume(struct channel *c);

#endif
