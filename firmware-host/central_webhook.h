/* The process that hears the central store knock (phanhoi-webhook, firmware-host/webhook/), kept alive like a worker. It runs only where
 * central.webhook_listen says so. A knock makes the feed be asked now; what came is what the feed says, in its order and once, as ever. */
#ifndef HOST_CENTRAL_WEBHOOK_H
#define HOST_CENTRAL_WEBHOOK_H

#include "firmware-host/base/clock.h"
#include "firmware-host/config.h"

#include <uv.h>

struct central_webhook;

struct central_webhook_parts { /* borrowed */
    uv_loop_t *loop;
    struct clock *clock;
    const struct config *config;
    const char *worker; /* phanhoi-modem: phanhoi-webhook is beside it */
    void (*knock)(void *context);
    void (*stopped)(void *context);
    void *context;
};

bool central_webhook_wanted(const struct config *config);
struct central_webhook *central_webhook_new(const struct central_webhook_parts *parts);
void central_webhook_start(struct central_webhook *w);
void central_webhook_stop(struct central_webhook *w);
void central_webhook_free(struct central_webhook *w); /* NULL is fine */

#endif
