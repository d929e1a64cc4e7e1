/* The hooks of base/watch.h on a uv loop. */
#ifndef HOST_WATCH_UV_H
#define HOST_WATCH_UV_H

#include "firmware-host/base/watch.h"

#include <uv.h>

struct watch *watch_uv_new(uv_loop_t *loop);
void watch_uv_free(struct watch *watch); /* whoever is watched for must be gone; handles close through the loop */

#endif
