/* sd_notify: see notify.h. The watchdog is fed at half its interval by a timer of the loop, so that a loop that hangs is noticed. */
#include "firmware-host/notify.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"

#include <stdlib.h>
#include <systemd/sd-daemon.h>

struct notify {
    uv_timer_t timer;
};

static void feed(uv_timer_t *timer) {
    (void)timer;
    sd_notify(0, "WATCHDOG=1");
}

struct notify *notify_start(uv_loop_t *loop) {
    struct notify *n = mem_alloc(sizeof *n);
    if (uv_timer_init(loop, &n->timer) != 0)
        abort();
    uv_unref((uv_handle_t *)&n->timer);
    uint64_t interval_us;
    if (sd_watchdog_enabled(0, &interval_us) > 0)
        uv_timer_start(&n->timer, feed, 0, interval_us / 2000);
    return n;
}

static void closed(uv_handle_t *handle) {
    free(handle); /* the timer is the first member */
}

void notify_free(struct notify *n) {
    if (n)
        uv_close((uv_handle_t *)&n->timer, closed);
}

void notify_ready(void) {
    sd_notify(0, "READY=1");
}

void notify_stopping(void) {
    sd_notify(0, "STOPPING=1");
}

void notify_status(const char *status) {
    struct str line;
    str_init(&line, 512);
    str_addf(&line, "STATUS=%s", status);
    if (str_ok(&line))
        sd_notify(0, line.data);
    str_release(&line);
}
