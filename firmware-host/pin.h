/* A modem's PIN, from its file to its worker, tried once.
 *
 *   locked ─► the file is read ─► (transaction) the guard's row ─► committed: pin ─► pin_tried: accepted, or not entered ─► the row is taken away
 *                                                                                               anything else, or nothing ─► the row stays
 *
 * Invariants:
 *  1. A PIN leaves for a worker only after the row that says so was committed, and only if there was none (store/pin_guard.h).
 *  2. It's never tried where the modem says that fewer than two tries are left, so that the last one is a person's.
 *  3. It's in memory from the reading of its file until the worker was told, and zeroed then, there as in the worker; in no log, argument,
 * environment. The file is read anew each time the SIM asks: another PIN in it is another try. */
#ifndef HOST_PIN_H
#define HOST_PIN_H

#include "firmware-host/turn.h"
#include "store/store.h"

struct pin;

struct pin_parts { /* borrowed */
    struct turn *turn;
    struct store *store;
    const char *link; /* the modem's name */
    const char *file; /* "": it has none, the worker's word on the SIM stands */
    void *context;
    bool (*give)(void *context, const char *sim, const char *pin); /* say `pin` to the worker; false: it certainly didn't hear it */
    void (*refused)(void *context, const char *reason); /* why the SIM stays locked, for people */
};

struct pin *pin_new(const struct pin_parts *parts);
void pin_free(struct pin *p); /* no job of it may be waiting */

void pin_asked(struct pin *p, const char *sim, int64_t tries_left); /* `locked`: sim "": the modem doesn't say which; tries -1: how many */
void pin_answered(struct pin *p, bool entered, bool accepted, const char *reason); /* `pin_tried` */
void pin_unheard(struct pin *p); /* the worker is another: nothing is to be heard of what the last one tried */
bool pin_out(const struct pin *p); /* a worker has one, and didn't answer yet */

/* The PIN in a file: 4–8 digits, a newline at most behind them; a regular file of which group and others see nothing. ERR_IO, ERR_INVALID with
 * `problem`. To be wiped by the caller. */
#define PIN_SIZE 9
MUST_CHECK enum err pin_read(const char *path, char ret_pin[PIN_SIZE], struct str *problem);

#endif
