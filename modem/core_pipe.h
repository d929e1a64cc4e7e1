/* The worker's end of the pipes to its core: lines out, whole lines in, both bounded. */
#ifndef MODEM_CORE_PIPE_H
#define MODEM_CORE_PIPE_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/str.h"
#include "modem/protocol.h"

#include <stdbool.h>
#include <stdint.h>

struct core_pipe {
    int in, out; /* descriptors */
    struct clock *clock;
    struct str input; /* read, not taken yet */
    bool discarding; /* inside a line that is too long */
    bool gone; /* end of input, or nobody reads what we say: nothing is said any more */
    int64_t said_at; /* monotonic ms of the last line */
};

void core_pipe_init(struct core_pipe *p, int in, int out, struct clock *clock);
void core_pipe_release(struct core_pipe *p);

/* Writes the line; waits where the pipe is full. */
void core_pipe_say(struct core_pipe *p, const struct protocol_message *m);

/* The descriptor to poll for input; -1: not now (gone, or as many lines wait as may). */
int core_pipe_poll_fd(const struct core_pipe *p);
void core_pipe_read(struct core_pipe *p); /* once, when poll said so */
/* The next whole line, without its newline, for mem_wipe_free(); NULL: none. It may hold any octet. Too long ones are logged and left out. */
char *core_pipe_next(struct core_pipe *p, size_t *ret_len);
bool core_pipe_waits(const struct core_pipe *p); /* core_pipe_next would give one */

#endif
