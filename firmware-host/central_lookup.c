/* Questions out, answers in: see central_lookup.h. */
#include "firmware-host/central_lookup.h"

#include "firmware-host/base/crash.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "smsc/lookup.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

enum { ASKED_MOST = 4 /* at a time; the others wait, and are answered without the store when their time is over */ };

struct question {
    struct central_lookup *lookup;
    struct job job;
    int64_t id;
    int32_t code;
    bool asked; /* a request is on its way */
    struct profile_lookup found;
    enum lookup_end end;
    struct question *next;
};

struct central_lookup {
    struct central_lookup_parts parts;
    struct question *questions;
    int asked;
    int64_t next_at; /* mono ms */
    bool stopped;
};

static struct question *question_of(struct central_lookup *l, int64_t id) {
    struct question *q = l->questions;
    while (q && q->id != id)
        q = q->next;
    return q;
}

static struct question *question_new(struct central_lookup *l, const struct lookup *row) {
    struct question *q = mem_alloc(sizeof *q);
    *q = (struct question){.lookup = l, .id = row->id, .code = row->code, .end = LOOKUP_UNREACHED, .next = l->questions};
    l->questions = q;
    return q;
}

static void forget(struct question **place) {
    struct question *q = *place;
    *place = q->next;
    free(q);
}

static void question_end(struct question *q) {
    struct question **place = &q->lookup->questions;
    while (*place != q)
        place = &(*place)->next;
    forget(place);
}

/* ---- the answer ---- */

static struct question *of_job(struct job *job) {
    return (struct question *)((char *)job - offsetof(struct question, job));
}

static enum err write_answer(struct job *job, int64_t now) {
    struct question *q = of_job(job);
    struct lookup_answer said = {
        .end = q->end, .state = q->found.state, .agency = *q->found.agency ? q->found.agency : NULL, .due_day = q->found.due_day};
    enum err e = smsc_lookup_answered(q->lookup->parts.smsc, q->id, &said, now);
    crash_point("lookup.answered");
    return e;
}

static void answer_written(struct job *job, enum err result) {
    struct question *q = of_job(job);
    struct central_lookup *l = q->lookup;
    if (result == ERR_OK || result == ERR_CLOSED) {
        question_end(q);
    } else {
        log_event(LOG_LEVEL_ERROR, "central.lookup_not_answered", log_int("lookup", q->id),
                  log_err(result)); /* stays in memory, and so isn't tried again before a restart */
    }
    if (!l->stopped)
        l->parts.wake(l->parts.context);
}

static void answer(struct question *q, enum lookup_end end) {
    q->end = end;
    q->job = (struct job){.run = write_answer, .done = answer_written, .keep = true};
    turn_add(q->lookup->parts.turn, &q->job);
}

static void came(void *context, const struct http_answer *got) {
    struct question *q = context;
    struct central_lookup *l = q->lookup;
    if (l->stopped)
        return; /* it's answered after the next start */
    q->asked = false;
    l->asked--;
    if (got->status == 200 && l->parts.profile->read_lookup(got->body, q->code, &q->found) == ERR_OK) {
        answer(q, LOOKUP_FOUND);
        return;
    }
    if (got->status != 404)
        log_event(LOG_LEVEL_WARNING, "central.lookup_failed", log_int("status", got->status), log_text("problem", got->problem));
    answer(q, got->status == 404 ? LOOKUP_NOT_FOUND : LOOKUP_UNREACHED);
}

/* ---- asking ---- */

/* False: not now. */
static bool ask(struct central_lookup *l, const struct lookup *row, int64_t left) {
    struct subscriber who;
    struct profile_request r;
    if (l->asked == ASKED_MOST || !l->parts.profile->ask_lookup || subscriber_by_id(l->parts.store, row->subscriber_id, &who) != ERR_OK)
        return false;
    struct question *q = question_new(l, row);
    l->parts.profile->ask_lookup(row->code, &who.phone, &r);
    q->asked = l->parts.send(l->parts.context, &r, left, came, q);
    l->asked += q->asked;
    profile_request_release(&r);
    subscriber_release(&who);
    if (q->asked)
        return true;
    question_end(q);
    return false;
}

static void look_at(struct central_lookup *l, const struct lookup *row, int64_t wall, int64_t mono) {
    int64_t left = row->asked_at + LOOKUP_MS - wall;
    if (left > LOOKUP_MS)
        left = LOOKUP_MS; /* the clock was set back meanwhile */
    if (left <= 0 || !l->parts.profile->ask_lookup)
        answer(question_new(l, row), LOOKUP_UNREACHED);
    else if (!ask(l, row, left) && mono + left < l->next_at)
        l->next_at = mono + left;
}

void central_lookup_run(struct central_lookup *l) {
    int64_t wall = l->parts.clock->wall_ms(l->parts.clock), mono = l->parts.clock->mono_ms(l->parts.clock);
    struct lookup row = {.id = 0};
    l->next_at = INT64_MAX;
    if (l->stopped)
        return;
    while (lookup_next_waiting(l->parts.store, row.id, &row) == ERR_OK)
        if (!question_of(l, row.id))
            look_at(l, &row, wall, mono);
}

int64_t central_lookup_next_at(const struct central_lookup *l) {
    return l->next_at;
}

/* ---- life ---- */

struct central_lookup *central_lookup_new(const struct central_lookup_parts *parts) {
    struct central_lookup *l = mem_alloc(sizeof *l);
    *l = (struct central_lookup){.parts = *parts, .next_at = INT64_MAX};
    return l;
}

void central_lookup_stop(struct central_lookup *l) {
    if (l)
        l->stopped = true;
}

void central_lookup_free(struct central_lookup *l) {
    while (l && l->questions)
        forget(&l->questions);
    free(l);
}
