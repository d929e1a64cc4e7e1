/* The turn: see turn.h for its promises.
 *
 * Batches are bounded (BATCH_MAX), so that a flood of arrivals delays an answer by a bounded time. A batch in which a job fails by itself is run
 * again one by one: that is slow and rare (a bug or a poisoned message that even its savepoint couldn't contain), and it finds the one.
 * When the store fails, memory that the message centre holds about the rolled-back work is forgotten (smsc_rolled_back). */
#include "firmware-host/turn.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"

#include <stdlib.h>

enum { BATCH_MAX = 512 };

struct queue {
    struct job *first, **end;
    size_t count;
};

struct turn {
    struct turn_parts parts;
    void (*dispatch)(void *context);
    void *dispatch_context;
    struct queue waiting; /* for the next transaction */
    struct queue batch; /* of the transaction that runs */
    bool in_batch; /* turn_add adds to the batch: a dispatch */
    enum err refusal;
};

static void queue_init(struct queue *q) {
    *q = (struct queue){.first = NULL, .count = 0};
    q->end = &q->first;
}

static void queue_put(struct queue *q, struct job *job) {
    job->next = NULL;
    *q->end = job;
    q->end = &job->next;
    q->count++;
}

static struct job *queue_take(struct queue *q) {
    struct job *job = q->first;
    if (!job)
        return NULL;
    q->first = job->next;
    q->count--;
    if (!q->first)
        q->end = &q->first;
    job->next = NULL;
    return job;
}

/* Everything of `from` to the end of `to`. */
static void queue_move(struct queue *from, struct queue *to) {
    for (struct job *job; (job = queue_take(from));)
        queue_put(to, job);
}

struct turn *turn_new(const struct turn_parts *parts) {
    struct turn *t = mem_alloc(sizeof *t);
    t->parts = *parts;
    queue_init(&t->waiting);
    queue_init(&t->batch);
    return t;
}

void turn_free(struct turn *t) {
    if (!t)
        return;
    for (struct job *job; (job = queue_take(&t->waiting));)
        job->done(job, ERR_CLOSED);
    free(t);
}

void turn_set_dispatch(struct turn *t, void (*dispatch)(void *context), void *context) {
    t->dispatch = dispatch;
    t->dispatch_context = context;
}

void turn_add(struct turn *t, struct job *job) {
    job->result = ERR_OK;
    queue_put(t->in_batch ? &t->batch : &t->waiting, job);
}

bool turn_has_work(const struct turn *t) {
    if (t->refusal == ERR_OK)
        return t->waiting.count > 0;
    for (const struct job *job = t->waiting.first; job; job = job->next) {
        if (!job->keep)
            return true;
    }
    return false;
}

bool turn_refusing(const struct turn *t) {
    return t->refusal != ERR_OK;
}

enum err turn_refusal(const struct turn *t) {
    return t->refusal;
}

static void refuse(struct turn *t, enum err e) {
    metric_add(METRIC_COMMIT_FAILURES, 1);
    if (t->refusal == ERR_OK)
        log_event(LOG_LEVEL_ERROR, "store.refusing", log_err(e), log_text("meaning", "nothing is taken from modems until a write works"));
    t->refusal = e;
    metric_set(METRIC_STORE_REFUSING, 1);
}

void turn_report(struct turn *t, enum err e) {
    if (err_retry(e) == RETRY_LATER)
        refuse(t, e);
}

/* ---- transactions ---- */

static enum err begin(struct turn *t) {
    crash_point("turn.before_begin");
    enum err e = store_begin(t->parts.store);
    if (e != ERR_OK)
        return e;
    metric_begin();
    crash_point("turn.after_begin");
    return ERR_OK;
}

static enum err commit(struct turn *t) {
    crash_point("turn.before_commit");
    enum err e = store_commit(t->parts.store);
    metric_end(e == ERR_OK);
    if (e != ERR_OK) {
        smsc_rolled_back(t->parts.smsc);
        return e;
    }
    crash_point("turn.after_commit");
    metric_add(METRIC_COMMITS, 1);
    return ERR_OK;
}

static void rollback(struct turn *t) {
    store_rollback(t->parts.store);
    metric_end(false);
    smsc_rolled_back(t->parts.smsc);
}

/* The whole batch in one transaction. ERR_OK: committed. RETRY_LATER errors are the store's. Others: a job failed by itself. */
static enum err run_together(struct turn *t) {
    enum err e = begin(t);
    if (e != ERR_OK)
        return e;
    int64_t now = t->parts.clock->wall_ms(t->parts.clock);
    bool dispatched = false;
    struct job **at = &t->batch.first;
    while (e == ERR_OK) {
        if (!*at && !dispatched && t->dispatch) {
            dispatched = true;
            t->in_batch = true;
            t->dispatch(t->dispatch_context);
            t->in_batch = false;
        }
        if (!*at)
            break;
        e = (*at)->result = (*at)->run(*at, now);
        at = &(*at)->next;
    }
    if (e == ERR_OK)
        return commit(t);
    rollback(t);
    return e;
}

/* One job in a transaction of its own. */
static enum err run_alone(struct turn *t, struct job *job) {
    enum err e = begin(t);
    if (e != ERR_OK)
        return e;
    e = job->run(job, t->parts.clock->wall_ms(t->parts.clock));
    if (e == ERR_OK)
        return commit(t);
    rollback(t);
    return e;
}

static void answer(struct turn *t) {
    for (struct job *job; (job = queue_take(&t->batch));) {
        crash_point("turn.before_answer");
        job->done(job, job->result);
        crash_point("turn.after_answer");
    }
}

/* What can be asked for again is answered with the refusal; the rest goes back to the front of the queue. */
static void answer_refused(struct turn *t) {
    struct queue kept;
    queue_init(&kept);
    for (struct job *job; (job = queue_take(&t->batch));) {
        if (job->keep)
            queue_put(&kept, job);
        else
            job->done(job, t->refusal);
    }
    queue_move(&t->waiting, &kept);
    queue_move(&kept, &t->waiting);
}

static void run_one_by_one(struct turn *t) {
    struct queue left, finished;
    queue_init(&left);
    queue_init(&finished);
    queue_move(&t->batch, &left);
    while (left.first && t->refusal == ERR_OK) {
        enum err e = run_alone(t, left.first);
        if (err_retry(e) == RETRY_LATER) {
            refuse(t, e);
        } else {
            left.first->result = e;
            queue_put(&finished, queue_take(&left));
        }
    }
    queue_move(&finished, &t->batch);
    answer(t);
    queue_move(&left, &t->batch);
    if (t->refusal != ERR_OK)
        answer_refused(t);
}

static void run_batch(struct turn *t) {
    enum err e = run_together(t);
    if (e == ERR_OK) {
        answer(t);
    } else if (err_retry(e) == RETRY_LATER) {
        refuse(t, e);
        answer_refused(t);
    } else {
        run_one_by_one(t);
    }
}

void turn_run(struct turn *t) {
    /* Answers may add jobs: those are for the next turn. */
    for (size_t left = t->waiting.count ? t->waiting.count : 1; left > 0 && t->refusal == ERR_OK;) {
        size_t size = left < BATCH_MAX ? left : BATCH_MAX;
        left -= size;
        while (size-- > 0 && t->waiting.first)
            queue_put(&t->batch, queue_take(&t->waiting));
        run_batch(t);
    }
    if (t->refusal != ERR_OK) {
        queue_move(&t->waiting, &t->batch);
        answer_refused(t);
    }
}

/* The results that wait, each alone: until its result is stored a modem takes nothing, nor what is urgent. */
static void store_kept(struct turn *t) {
    struct queue left;
    queue_init(&left);
    queue_move(&t->waiting, &left);
    for (struct job *job; (job = queue_take(&left));) {
        if (job->keep && run_alone(t, job) == ERR_OK) {
            job->result = ERR_OK;
            job->done(job, ERR_OK);
        } else {
            queue_put(&t->waiting, job);
        }
    }
}

bool turn_run_urgent(struct turn *t, struct job *job, void (*dispatch)(void *context), void *context) {
    void (*const usual)(void *) = t->dispatch;
    void *usual_context = t->dispatch_context;
    store_kept(t);
    queue_put(&t->batch, job);
    turn_set_dispatch(t, dispatch, context);
    enum err e = run_together(t);
    turn_set_dispatch(t, usual, usual_context);
    if (e == ERR_OK) {
        answer(t);
        return true;
    }
    for (struct job *told; (told = queue_take(&t->batch));)
        told->done(told, e);
    return false;
}

void turn_probe(struct turn *t) {
    if (t->refusal == ERR_OK)
        return;
    enum err e = store_begin(t->parts.store);
    int64_t number;
    if (e == ERR_OK) {
        /* Any committed write proves the disk; this number may skip one without harm. */
        e = store_number_next(t->parts.store, STORE_CONCAT_REFERENCE, &number);
        if (e == ERR_OK)
            e = store_commit(t->parts.store);
        else
            store_rollback(t->parts.store);
    }
    if (e != ERR_OK) {
        t->refusal = e;
        return;
    }
    t->refusal = ERR_OK;
    metric_set(METRIC_STORE_REFUSING, 0);
    log_plain(LOG_LEVEL_NOTICE, "store.works_again");
}
