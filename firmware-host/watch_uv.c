/* A poll handle for each descriptor, and one timer. A handle lives until its closing was seen by the loop; a descriptor that is watched again
 * meanwhile (the kernel gives numbers out again) gets another. */
#include "firmware-host/watch_uv.h"

#include "firmware-host/base/mem.h"

#include <stdlib.h>

struct poller {
    uv_poll_t handle;
    struct watch_uv *owner;
    int fd;
    struct poller *next;
};

struct watch_uv {
    struct watch watch;
    uv_loop_t *loop;
    uv_timer_t timer;
    struct poller *pollers;
};

static void poller_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void became_ready(uv_poll_t *handle, int status, int events) {
    struct poller *p = handle->data;
    struct watch *w = &p->owner->watch;
    int what = ((events & UV_READABLE) ? WATCH_IN : 0) | ((events & UV_WRITABLE) ? WATCH_OUT : 0);
    w->ready(w->user, p->fd, status < 0 ? WATCH_IN | WATCH_OUT : what); /* a failed descriptor says why when it is used */
}

static void drop(struct poller **place) {
    struct poller *p = *place;
    *place = p->next;
    uv_poll_stop(&p->handle);
    uv_close((uv_handle_t *)&p->handle, poller_closed);
}

static void watch_descriptor(struct watch *watch, int fd, int events) {
    struct watch_uv *u = (struct watch_uv *)watch;
    struct poller **place = &u->pollers;
    while (*place && (*place)->fd != fd)
        place = &(*place)->next;
    if (!events) {
        if (*place)
            drop(place);
        return;
    }
    if (!*place) {
        struct poller *p = mem_alloc(sizeof *p);
        p->owner = u;
        p->fd = fd;
        if (uv_poll_init(u->loop, &p->handle, fd))
            abort(); /* the descriptor is one that was just opened */
        p->handle.data = p;
        *place = p;
    }
    int what = ((events & WATCH_IN) ? UV_READABLE : 0) | ((events & WATCH_OUT) ? UV_WRITABLE : 0);
    uv_poll_start(&(*place)->handle, what, became_ready);
}

static void time_came(uv_timer_t *timer) {
    struct watch_uv *u = timer->data;
    u->watch.timeout(u->watch.user);
}

static void watch_timer(struct watch *watch, int64_t ms) {
    struct watch_uv *u = (struct watch_uv *)watch;
    if (ms < 0) {
        uv_timer_stop(&u->timer);
        return;
    }
    uv_update_time(u->loop);
    uv_timer_start(&u->timer, time_came, (uint64_t)ms, 0);
}

struct watch *watch_uv_new(uv_loop_t *loop) {
    struct watch_uv *u = mem_alloc(sizeof *u);
    u->watch = (struct watch){.descriptor = watch_descriptor, .timer = watch_timer};
    u->loop = loop;
    uv_timer_init(loop, &u->timer);
    u->timer.data = u;
    return &u->watch;
}

static void timer_closed(uv_handle_t *handle) {
    free(handle->data);
}

void watch_uv_free(struct watch *watch) {
    struct watch_uv *u = (struct watch_uv *)watch;
    if (!u)
        return;
    while (u->pollers)
        drop(&u->pollers);
    uv_close((uv_handle_t *)&u->timer, timer_closed);
}
