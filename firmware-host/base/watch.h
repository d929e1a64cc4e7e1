/* How a module that knows no event loop has descriptors and a moment watched: two hooks that it calls, and two of its own that are called back.
 * firmware-host/ implements them on its loop (watch_uv.h); store/central/ and whoever else speaks HTTP uses them. */
#ifndef BASE_WATCH_H
#define BASE_WATCH_H

#include <stdint.h>

enum { WATCH_IN = 1, WATCH_OUT = 2 };

struct watch {
    /* From now on the descriptor is watched for these events; 0: not any more, to be said before it is closed. */
    void (*descriptor)(struct watch *watch, int fd, int events);
    /* timeout() is called once, in that many ms; another call replaces this one, -1 takes it back. */
    void (*timer)(struct watch *watch, int64_t ms);

    /* Set by who is watched for. Neither is called from inside the two above. */
    void (*ready)(void *user, int fd, int events);
    void (*timeout)(void *user);
    void *user;
};

#endif
