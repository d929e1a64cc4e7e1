/* What systemd is told (sd_notify): ready, status, watchdog, stopping. Without systemd nothing happens. */
#ifndef HOST_NOTIFY_H
#define HOST_NOTIFY_H

#include <stdint.h>
#include <uv.h>

struct notify;

/* Keeps the watchdog fed from the loop for as long as the loop turns. */
struct notify *notify_start(uv_loop_t *loop);
void notify_free(struct notify *n); /* its timer closes through the loop */

void notify_ready(void);
void notify_stopping(void);
void notify_status(const char *status); /* one line for `systemctl status` */

#endif
