/* The core in the world of tests/fault/world.h: the real store (on the VFS that fails), message centre, links and durability barrier, on a clock
 * that the test moves. Only the loop around them is the test's: core_turns() does what firmware-host/loop.c does between two polls.
 *
 * What the core breaks of its promises (architecture: the head comments of firmware-host/turn.h, firmware-host/link.h and smsc/queue.c) goes into
 * the world's `wrong`; nothing in here fails a test by itself, because tests also show that a weakened database does break them. */
#ifndef TESTS_FAULT_CORE_H
#define TESTS_FAULT_CORE_H

#include "firmware-host/config.h"
#include "firmware-host/link.h"
#include "firmware-host/turn.h"
#include "tests/fault/world.h"
#include "tests/unit/store_fixture.h"

struct core {
    struct world *world;
    struct store_fixture *files; /* its store is the core's */
    const char *weakened; /* a PRAGMA given after every opening; NULL */
    struct config config;
    struct calendar *calendar;
    struct smsc *smsc; /* NULL: the core doesn't run */
    struct turn *turn;
    struct link *links[WORLD_MODEMS];
    bool careful, raw_left, ticking;
    struct job tick;
};

void core_init(struct core *c, struct world *w);
void core_release(struct core *c); /* it doesn't run */

/* As a service manager starts it, with its workers. False: it couldn't (the power is off, the disk fails), and nothing is left of it. */
bool core_start(struct core *c);
bool core_runs(const struct core *c);
/* Turns until nothing is left to be done at this time. While refusing, the store is probed once, as every second. */
void core_turns(struct core *c);
void core_stop(struct core *c); /* as SIGTERM */
void core_vanish(struct core *c); /* as a power failure: all memory is gone, and what the disk hasn't; then the power is back */

/* As `phanhoictl held retry` for everything that is held. */
void core_retry_held(struct core *c);

/* What must hold at any time, also right after a power failure: what was called stored is there, once; a case has its acknowledgement, event and
 * deadline, and they have theirs; what is on the air has its attempt; nothing is on the air twice but as a repeat of an unknown attempt. */
void core_check(struct core *c);
void core_settle(struct core *c); /* runs until everybody is served: from now on every submission succeeds */
void core_check_settled(struct core *c); /* also that everybody was: nothing waits anywhere, every text became one message */

#endif
