/* Which serial ports are there, and what is known of them without touching them: libserialport says which are ports, libudev what
 * their USB device calls itself, where it is plugged in and which interface a port is, the table of usb_ids.c what that interface is for.
 *
 * A place is where a device is plugged in: "pci-0000:00:14.0-usb-0:1.2", the chain of controllers and hub ports that udev calls ID_PATH, without the
 * interface behind it. It's read from the kernel, so it's the same whether udevd runs or not. Numbers of ttys and serial numbers identify nothing:
 * the first depend on the order of plugging, the second are often empty or all the same. */
#ifndef MODEM_DISCOVER_H
#define MODEM_DISCOVER_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/err.h"
#include "modem/protocol.h"

#include <stdbool.h>

typedef void discover_each(void *context, const struct protocol_message *m);

struct discover;
/* `group`: whose hot-plug events are heard, "udev" (they come when udevd has done its work) or "kernel" (at once; the node may not be allowed yet);
 * NULL: the first where udevd runs. NULL: out of descriptors or netlink isn't there. */
struct discover *discover_open(const char *group);
void discover_close(struct discover *d); /* NULL is fine */
int discover_fd(const struct discover *d); /* for poll(2): something was plugged or pulled */
void discover_drain(struct discover *d); /* takes the events; what they are about is seen by looking */
/* Looks at everything, and tells what is another than at the last look: PROTOCOL_PORT_GONE, then PROTOCOL_PORT. A device that was pulled and put back
 * in between is gone and there again, also under the same name. */
void discover_look(struct discover *d, discover_each *each, void *context);
size_t discover_count(const struct discover *d); /* ports at the last look */

struct discover_settings {
    bool watch; /* goes on after the list: hot-plug, and `probe` from the core; else it ends */
    bool probe; /* asks who is at each port of the list that may be asked and isn't held by another program */
    int in, out; /* descriptors from and to the core */
    struct clock *clock;
};
/* `phanhoi-modem --discover`: lines of modem/protocol.h. Gives the exit status. */
int discover_run(const struct discover_settings *settings);

#endif
