/* The appliance: the one place where the modules meet. Each is given exactly the handles that it needs. */
#ifndef HOST_APP_H
#define HOST_APP_H

#include "firmware-host/config.h"

#define PHANHOI_VERSION "0.1.0"

/* Starts everything, serves until SIGTERM or SIGINT, stops cleanly. Returns the exit status: 0 after a clean stop, 1 when it couldn't start (why is
 * on standard error). */
int app_run(const struct config *config);

#endif
