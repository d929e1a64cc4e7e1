/* The worker: one modem, one line, between the driver and the core. */
#ifndef MODEM_WORKER_H
#define MODEM_WORKER_H

#include "firmware-host/base/clock.h"
#include "modem/driver.h"

#include <stdbool.h>

/* How phanhoi-modem ends: one table, printed by --help. */
/* clang-format off */
#define WORKER_EXIT_TABLE(X) \
    X(WORKER_EXIT_DONE,     0, "told to stop, or the core is gone") \
    X(WORKER_EXIT_USAGE,    2, "the options are wrong") \
    X(WORKER_EXIT_OPEN,     3, "the line can't be opened") \
    X(WORKER_EXIT_LINE,     4, "the line was lost, or the modem has been mute for long") \
    X(WORKER_EXIT_SANDBOX,  5, "the sandbox can't be set up") \
    X(WORKER_EXIT_PROTOCOL, 6, "the core speaks another version of the protocol")
/* clang-format on */
#define X(symbol, number, text) symbol = (number),
enum worker_exit { WORKER_EXIT_TABLE(X) };
#undef X

#define WORKER_DRIVERS_MAX 2
struct worker_settings { /* borrowed */
    const char *line; /* as given: serial:…, tcp://…, pty:…, gammu:… */
    const struct driver *const *drivers; /* ended by NULL. Several: the next one's turn comes when the device doesn't speak what one needs */
    bool sandbox;
    int in, out; /* descriptors from and to the core */
    struct clock *clock;
};

enum worker_exit worker_run(const struct worker_settings *settings);

#endif
