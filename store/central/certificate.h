/* The certificate by which this appliance is known to the central store. */
#ifndef CENTRAL_CERTIFICATE_H
#define CENTRAL_CERTIFICATE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdint.h>

/* When the first certificate of a PEM file ends: UTC epoch ms. ERR_IO: it can't be read; ERR_INVALID: it holds none. `problem` says what and where.
 */
MUST_CHECK enum err certificate_end(const char *path, int64_t *ret_end, struct str *problem);

#endif
