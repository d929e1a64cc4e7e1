/* The durability barrier: everything that arrived in one turn of the loop goes into one transaction, and only what was committed is answered.
 *
 *   jobs queued ─► BEGIN IMMEDIATE ─► run each ─► COMMIT (one fsync) ─► done each, in order: `stored`, `send`, control replies
 *                                        │ a job fails by itself: ROLLBACK, then each alone in a transaction of its own
 *                                        └ the store fails (full, failing, held): ROLLBACK, every answer is that error, refuse
 *
 * Invariants:
 *  1. done(job, ERR_OK) is called only after the transaction that holds the job's work was committed.
 *  2. Every job gets exactly one done(), in the order in which they were added; a `keep` job gets it when it could be stored.
 *  3. A job that fails by itself never takes another with it.
 *  4. While refusing, nothing is begun but a probe and what is urgent (turn_run_urgent): arrivals are answered ERR_FULL (or what failed) at once, and
 * stay where they are.
 *
 * No loop in here: loop.c calls turn_run() once a turn, tests call it directly. */
#ifndef HOST_TURN_H
#define HOST_TURN_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/err.h"
#include "smsc/smsc.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct job {
    /* Inside the transaction. May be called again after a rollback, so it changes nothing but the database (and what smsc_rolled_back undoes)
     * and its own members. Anything but ERR_OK undoes its work. */
    enum err (*run)(struct job *job, int64_t now);
    /* After the transaction: the answer goes out. Owns the job from then on. May add jobs for the next turn. */
    void (*done)(struct job *job, enum err result);
    bool keep; /* can't be asked for again (the result of a submission): it waits while the store refuses */
    enum err result;
    struct job *next;
};

struct turn_parts { /* all borrowed */
    struct store *store;
    struct smsc *smsc; /* told of rollbacks */
    struct clock *clock;
};

struct turn *turn_new(const struct turn_parts *parts);
void turn_free(struct turn *t); /* jobs that wait get done(ERR_CLOSED) */

/* Called in the transaction after its jobs, to add those that send what they queued. */
void turn_set_dispatch(struct turn *t, void (*dispatch)(void *context), void *context);

void turn_add(struct turn *t, struct job *job);
bool turn_has_work(const struct turn *t); /* whether turn_run would do anything */
void turn_run(struct turn *t);

bool turn_refusing(const struct turn *t); /* the store failed and no probe has worked since */
enum err turn_refusal(const struct turn *t); /* what failed; ERR_OK */
/* While refusing: the results that wait, as far as they can be stored; then `job` and what `dispatch` adds behind it, alone, in a transaction of
 * their own. What it's for: a text about the refusal, which needs its row and its attempt on disk like any other, and a modem that isn't waiting for
 * its result to be stored. False: it failed too; every job but a result was told. */
bool turn_run_urgent(struct turn *t, struct job *job, void (*dispatch)(void *context), void *context);
/* Tries a small write; when it's committed the refusal ends. To be called now and then while refusing. */
void turn_probe(struct turn *t);
/* A transaction of someone else's (smsc_recover, smsc_interpret_raw) failed with e: refuse if it's the store's fault. */
void turn_report(struct turn *t, enum err e);

#endif
