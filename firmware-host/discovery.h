/* The process that watches the serial ports (`phanhoi-modem --discover --watch`), kept alive like any worker; what it says fills the table of ports.
 * It runs only where the configuration has a modem that is plugged into this machine. */
#ifndef HOST_DISCOVERY_H
#define HOST_DISCOVERY_H

#include "firmware-host/config.h"
#include "firmware-host/port_table.h"

#include <uv.h>

struct discovery;

struct discovery_parts { /* borrowed */
    uv_loop_t *loop;
    struct clock *clock;
    const struct config *config;
    const char *program; /* phanhoi-modem */
    /* A port came, or somebody answered: modems that wait may look again. m is NULL when discovery itself is lost. */
    void (*news)(void *context, const struct protocol_message *m);
    void (*stopped)(void *context);
    void *context;
};

bool discovery_wanted(const struct config *config);
struct discovery *discovery_new(const struct discovery_parts *parts);
void discovery_start(struct discovery *d);
void discovery_stop(struct discovery *d);
void discovery_free(struct discovery *d); /* NULL is fine */
struct port_table *discovery_ports(struct discovery *d);

#endif
