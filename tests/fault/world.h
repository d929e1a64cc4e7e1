/* The world outside the core, in memory: citizens who write, two SIMs with few slots, their workers, and the air. It stays when the core loses its
 * power, and it remembers everything, so that promises can be held against it.
 *
 * The workers are those of firmware-host/supervise.h, whose functions are defined here in place of the real ones: a test that links this has
 * workers without processes. They keep the rules of modem/protocol.h: a slot is emptied when `stored` was said of it and in no other case, what
 * was answered `again` is handed over again at the next sweep, a submission has exactly one outcome. What the core does against its own rules is
 * put into `wrong`; the first such thing stays.
 *
 * While the power is off (tests/fault/vfs.h) nobody hears anything. */
#ifndef TESTS_FAULT_WORLD_H
#define TESTS_FAULT_WORLD_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum { WORLD_MODEMS = 2, WORLD_SLOTS = 6 };

struct sms { /* a text message, a part of one, or a delivery report, on its way to a modem */
    int modem;
    struct phone from; /* report: of whom it was sent to */
    char *text; /* NULL: a report */
    int64_t sent_at;
    struct sms_concat concat;
    int reference; /* report: TP-MR */
    bool in_slot, stored; /* stored: said so, and the slot emptied */
    int64_t handle; /* under which the worker that runs handed it over; 0: it didn't, or was told `again` */
};

struct transmission { /* a part that was on the air */
    int modem;
    int64_t attempt_id;
    struct phone to;
    char *text;
    int reference;
    bool reject_duplicates;
};

struct worker;
struct world {
    uint32_t random;
    struct clock_virtual clock;
    uv_loop_t loop; /* never run: it leads from a worker to its world */
    bool calm; /* from now on every submission succeeds */
    long cut_after; /* the power fails at the so-manieth word to a worker; 0: it doesn't */
    bool fault_lasts; /* once the armed fault has struck nothing can be stored, so that `stored` or `send` would be wrong */
    struct sms *sms; /* the index is the PDU, in hex */
    struct transmission *air;
    char **texts; /* of whole messages */
    size_t sms_count, air_count, written; /* written: texts */
    int64_t last_handle;
    struct worker *workers[WORLD_MODEMS]; /* NULL: the core has none */
    struct str wrong; /* empty: nothing was */
};

void world_init(struct world *world, uint32_t seed);
void world_release(struct world *world);
uint32_t world_pick(struct world *world, uint32_t below);
const char *world_modem_name(int modem); /* "m1" */
void world_wrong(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A citizen (0, 1, …) writes to a modem. `parts` of the text, each of the same length, are sent as a concatenated message, out of order. */
void world_write(struct world *world, int citizen, int modem, const char *text, int parts);
/* A random citizen writes something that a citizen may write. */
void world_write_anything(struct world *world);

void world_plug(struct world *world, int modem); /* its worker starts, says hello and up */
void world_unplug(struct world *world, int modem); /* its worker is killed */
/* The network fills free slots, and what wasn't handed over is. True: something was. */
bool world_deliver(struct world *world);
/* What becomes of the submission that the modem has, if it has one. True: something did. */
bool world_submit(struct world *world, int modem);
void world_lights_out(struct world *world); /* after the power failed: workers end with what they had */
size_t world_waiting(const struct world *world); /* sms that aren't stored */

#endif
