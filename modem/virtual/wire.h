/* One open descriptor on the loop: what arrives is handed on, what is written and can't go out at once is kept. */
#ifndef MODEM_VIRTUAL_WIRE_H
#define MODEM_VIRTUAL_WIRE_H

#include <stddef.h>
#include <uv.h>

struct wire;

struct wire_events {
    void (*data)(void *context, const char *data, size_t len);
    void (*end)(void *context); /* the other side has gone, or reads so little that `backlog` was passed; close it */
    void *context;
};

/* Takes the descriptor over and makes it non-blocking. `baud`: what is written goes out no faster than on a serial line (ten bits an octet), so
 * that readers get it in pieces; 0: as fast as it goes. */
struct wire *wire_open(uv_loop_t *loop, int fd, size_t backlog, unsigned baud, const struct wire_events *events);
void wire_write(struct wire *w, const void *data, size_t len);
size_t wire_unwritten(const struct wire *w);
void wire_drop(struct wire *w); /* forgets what waits to be written */
void wire_close(struct wire *w); /* NULL: nothing */

#endif
