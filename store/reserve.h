/* A reserve of room on the database's disk: a file beside it (`<path>.reserve`) that holds blocks and nothing else. When the disk is full it's given
 * back, so that a few small transactions can still be committed: that people are told. It's made anew only where there is twice as much room, so
 * that what ends for lack of a little room doesn't begin again for lack of a little more. */
#ifndef STORE_RESERVE_H
#define STORE_RESERVE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct reserve;
struct reserve *reserve_new(const char *path, int64_t octets); /* of that database; touches nothing yet */
void reserve_free(struct reserve *r); /* the file stays; NULL is fine */

/* Blocks for all of it. ERR_FULL: there isn't twice that room; what's there of it stays as it is. ERR_IO. Nothing to do where it's whole. */
MUST_CHECK enum err reserve_fill(struct reserve *r, struct str *problem);
void reserve_give_back(struct reserve *r); /* nothing to do where it's given back already */

#endif
