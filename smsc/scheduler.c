/* The schedule: jobs, lines, rings. Invariants:
 *  1. A job that isn't busy has at least one part. One that is READY stands in its line, in the order of message ids; any other doesn't.
 *  2. A job that is WAITING or READY is in the heap of times, at the moment when its state or its choice of links may change.
 *  3. A line with a READY job and none on its way is in exactly one ring: of its class, of whether its first job has begun, and of the link that
 *     routes_choose gives for that job. Any other line is in no ring. A line without jobs doesn't exist.
 *  4. A ring is ordered by turns. A line draws its turn when it comes into a ring, and keeps it when it's moved to another one. */
#include "smsc/scheduler.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "smsc/idmap.h"
#include "smsc/timeheap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CLASS_COUNT = OUTBOUND_ALARM + 1 };
static const enum outbound_class urgency[CLASS_COUNT] = {OUTBOUND_ALARM, OUTBOUND_REPLY, OUTBOUND_NOTICE, OUTBOUND_REMINDER, OUTBOUND_OPERATOR};

static const bool class_is_quiet[CLASS_COUNT] = {[OUTBOUND_NOTICE] = true, [OUTBOUND_REMINDER] = true}; /* in quiet hours */

enum job_state { JOB_WAITING, JOB_READY, JOB_BUSY, JOB_EXPIRED };

struct job {
    struct idmap_node by_id; /* key: the outbound's id */
    struct timed due;
    struct line *line;
    struct job *before, *after; /* READY: in its line; EXPIRED: among the expired */
    int64_t expires_at;
    struct route_wish wish;
    enum job_state state;
    bool begun;
    uint8_t capacity, count;
    struct schedule_part parts[]; /* those that wait, by id */
};

struct jobs { /* a list */
    struct job *first, *last;
};

struct line {
    struct idmap_node by_key;
    struct timed turn; /* in its ring */
    struct jobs ready;
    enum outbound_class class;
    int jobs; /* in any state */
    int busy;
    int16_t ring_link; /* which ring, while it's in one */
    bool ring_begun;
};

struct rings {
    struct timeheap of[CLASS_COUNT][2]; /* lines by turn; [1]: the first job has begun */
};

struct scheduler {
    const struct smsc_settings *settings;
    struct routes *routes;
    struct idmap jobs, lines;
    struct timeheap due; /* jobs */
    struct jobs expired;
    struct rings any[CARRIER_COUNT], *of_link; /* any: for any link, by the recipient's operator */
    int link_count;
    int64_t turns; /* given so far */
    int64_t now; /* the last that was heard */
    size_t size;
    size_t in_rings[CLASS_COUNT][2];
};

#define OWNER(type, member, pointer) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

struct scheduler *scheduler_new(const struct smsc_settings *settings, struct routes *routes) {
    struct scheduler *s = mem_alloc(sizeof *s);
    s->settings = settings;
    s->routes = routes;
    return s;
}

static void rings_release(struct rings *rings) {
    for (int c = 0; c < CLASS_COUNT; c++)
        for (int begun = 0; begun < 2; begun++)
            timeheap_release(&rings->of[c][begun]);
}

static void map_release(struct idmap *m) { /* nodes stand first in what they're in */
    for (size_t i = 0; i < m->slot_count; i++)
        for (struct idmap_node *node = m->slots[i], *next; node; node = next) {
            next = node->chain;
            free(node);
        }
    idmap_release(m);
}

void scheduler_clear(struct scheduler *s) {
    struct scheduler fresh = {.settings = s->settings, .routes = s->routes, .now = s->now};
    map_release(&s->jobs);
    map_release(&s->lines);
    timeheap_release(&s->due);
    for (int i = 0; i < CARRIER_COUNT; i++)
        rings_release(&s->any[i]);
    for (int i = 0; i < s->link_count; i++)
        rings_release(&s->of_link[i]);
    free(s->of_link);
    *s = fresh;
}

void scheduler_free(struct scheduler *s) {
    if (!s)
        return;
    scheduler_clear(s);
    free(s);
}

/* ---- lists ---- */

static void list_insert(struct jobs *list, struct job *job, struct job *after) { /* after NULL: in front */
    job->before = after;
    job->after = after ? after->after : list->first;
    *(job->before ? &job->before->after : &list->first) = job;
    *(job->after ? &job->after->before : &list->last) = job;
}

static void list_remove(struct jobs *list, struct job *job) {
    *(job->before ? &job->before->after : &list->first) = job->after;
    *(job->after ? &job->after->before : &list->last) = job->before;
    job->before = job->after = NULL;
}

/* ---- lines and rings ---- */

/* A place is a link's number; for any link ROUTE_ANY, less the recipient's operator. */
static int place_of(struct scheduler *s, const struct job *job) {
    int link = routes_choose(s->routes, &job->wish, s->now);
    return link == ROUTE_ANY ? ROUTE_ANY - (int)job->wish.carrier : link;
}

static struct rings *rings_of(struct scheduler *s, int link) {
    if (link <= ROUTE_ANY)
        return &s->any[ROUTE_ANY - link];
    if (link >= s->link_count) {
        int count = link + 1;
        s->of_link = mem_resize(s->of_link, (size_t)count, sizeof *s->of_link);
        memset(&s->of_link[s->link_count], 0, (size_t)(count - s->link_count) * sizeof *s->of_link);
        s->link_count = count;
    }
    return &s->of_link[link];
}

static struct line *line_of(struct scheduler *s, int64_t subscriber_id, enum outbound_class class) {
    uint64_t key = (uint64_t)subscriber_id * CLASS_COUNT + class;
    struct idmap_node *node = idmap_get(&s->lines, key);
    if (node)
        return OWNER(struct line, by_key, node);
    struct line *line = mem_alloc(sizeof *line);
    line->class = class;
    idmap_put(&s->lines, &line->by_key, key);
    return line;
}

static void line_leave_ring(struct scheduler *s, struct line *line) {
    if (line->turn.place == 0)
        return;
    timeheap_remove(&rings_of(s, line->ring_link)->of[line->class][line->ring_begun], &line->turn);
    s->in_rings[line->class][line->ring_begun]--;
}

/* Puts the line where it belongs (invariant 3); frees it where it's empty. */
static void line_place(struct scheduler *s, struct line *line) {
    line_leave_ring(s, line);
    const struct job *job = line->ready.first;
    if (job && line->busy == 0) {
        if (line->turn.at == 0)
            line->turn.at = ++s->turns;
        line->ring_link = (int16_t)place_of(s, job);
        line->ring_begun = job->begun;
        timeheap_set(&rings_of(s, line->ring_link)->of[line->class][line->ring_begun], &line->turn, line->turn.at);
        s->in_rings[line->class][line->ring_begun]++;
    } else {
        line->turn.at = 0;
    }
    if (line->jobs == 0) {
        idmap_remove(&s->lines, &line->by_key);
        free(line);
    }
}

/* ---- jobs ---- */

static struct job *job_get(const struct scheduler *s, int64_t outbound_id) {
    struct idmap_node *node = idmap_get(&s->jobs, (uint64_t)outbound_id);
    return node ? OWNER(struct job, by_id, node) : NULL;
}

static struct job *job_make(struct scheduler *s, const struct schedule_message *m) {
    assert(m->total >= 1 && m->total <= SMS_SEGMENTS_MAX);
    struct job *job = mem_alloc(sizeof *job + (size_t)m->total * sizeof *job->parts);
    job->line = line_of(s, m->subscriber_id, m->class);
    job->line->jobs++;
    job->expires_at = m->expires_at;
    job->capacity = (uint8_t)m->total;
    job->due.tie = m->outbound_id;
    job->state = JOB_BUSY; /* nowhere yet */
    idmap_put(&s->jobs, &job->by_id, (uint64_t)m->outbound_id);
    return job;
}

/* Out of its line, the heap or the expired. */
static void job_leave(struct scheduler *s, struct job *job) {
    timeheap_remove(&s->due, &job->due);
    if (job->state == JOB_READY)
        list_remove(&job->line->ready, job);
    else if (job->state == JOB_EXPIRED)
        list_remove(&s->expired, job);
}

static void job_free(struct scheduler *s, struct job *job) {
    struct line *line = job->line;
    job_leave(s, job);
    idmap_remove(&s->jobs, &job->by_id);
    s->size -= job->count;
    free(job);
    line->jobs--;
    line_place(s, line);
}

static void job_stand_in_line(struct job *job) {
    struct jobs *ready = &job->line->ready;
    struct job *after = ready->last;
    if (ready->first && ready->first->by_id.key > job->by_id.key)
        after = NULL; /* one that goes again is older than the rest */
    while (after && after->by_id.key > job->by_id.key)
        after = after->before;
    list_insert(ready, job, after);
}

/* Where a job that isn't busy belongs now. */
static void job_place(struct scheduler *s, struct job *job) {
    int64_t look_at = job->expires_at;
    job_leave(s, job);
    if (job->expires_at <= s->now) {
        job->state = JOB_EXPIRED;
        list_insert(&s->expired, job, s->expired.last);
    } else if (job->parts[0].ripe_at > s->now) {
        job->state = JOB_WAITING;
        look_at = job->parts[0].ripe_at < look_at ? job->parts[0].ripe_at : look_at;
        timeheap_set(&s->due, &job->due, look_at);
    } else {
        job->state = JOB_READY;
        job_stand_in_line(job);
        if (job->wish.link != ROUTE_ANY && !job->wish.strict && job->wish.others_at > s->now && job->wish.others_at < look_at)
            look_at = job->wish.others_at;
        timeheap_set(&s->due, &job->due, look_at);
    }
    line_place(s, job->line);
}

static void reroute(struct scheduler *s, struct rings *rings) {
    for (int c = 0; c < CLASS_COUNT; c++) {
        for (int begun = 0; begun < 2; begun++) {
            const struct timeheap *ring = &rings->of[c][begun];
            size_t count = ring->count;
            if (count == 0)
                continue;
            struct timed **nodes = mem_copy(ring->nodes, count * sizeof *nodes);
            for (size_t i = 0; i < count; i++)
                line_place(s, OWNER(struct line, turn, nodes[i]));
            free(nodes);
        }
    }
}

/* Time passes: what is due ripens or expires, and links that came or went are noticed. */
static void advance(struct scheduler *s, int64_t now) {
    s->now = now;
    if (routes_count(s->routes) > 0)
        (void)rings_of(s, routes_count(s->routes) - 1); /* those of all links: nothing moves while lines do */
    for (int link; (link = routes_changed(s->routes, now)) >= 0;) {
        reroute(s, rings_of(s, link));
        for (int i = 0; i < CARRIER_COUNT; i++)
            reroute(s, &s->any[i]);
    }
    for (struct timed *first; (first = timeheap_first(&s->due)) && first->at <= now;)
        job_place(s, OWNER(struct job, due, first));
}

static void job_add_part(struct scheduler *s, struct job *job, const struct schedule_part *part) {
    size_t at = job->count;
    while (at > 0 && job->parts[at - 1].id >= part->id)
        at--;
    if (at < job->count && job->parts[at].id == part->id) {
        job->parts[at] = *part;
        return;
    }
    assert(job->count < job->capacity);
    memmove(&job->parts[at + 1], &job->parts[at], (job->count - at) * sizeof *job->parts);
    job->parts[at] = *part;
    job->count++;
    s->size++;
}

static void job_remove_part(struct scheduler *s, struct job *job, size_t at) {
    job->count--;
    s->size--;
    memmove(&job->parts[at], &job->parts[at + 1], (job->count - at) * sizeof *job->parts);
}

void scheduler_add(struct scheduler *s, const struct schedule_message *m, const struct schedule_part *parts, size_t count, int64_t now) {
    advance(s, now);
    struct job *job = job_get(s, m->outbound_id);
    bool new = job == NULL;
    if (count == 0)
        return;
    if (new)
        job = job_make(s, m);
    job->begun = m->begun;
    job->wish = m->wish;
    for (size_t i = 0; i < count; i++)
        job_add_part(s, job, &parts[i]);
    if (new || job->state != JOB_BUSY)
        job_place(s, job);
}

void scheduler_add_busy(struct scheduler *s, const struct schedule_message *m, int64_t now) {
    advance(s, now);
    struct job *job = job_get(s, m->outbound_id);
    if (!job)
        job = job_make(s, m);
    else if (job->state == JOB_BUSY)
        return;
    job->wish = m->wish;
    job_leave(s, job);
    job->state = JOB_BUSY;
    job->line->busy++;
    line_place(s, job->line);
}

/* ---- quiet hours ---- */

static int minute_of_day(int64_t now) {
    return (int)((now + CLOCK_VIETNAM_OFFSET) % CLOCK_DAY / CLOCK_MINUTE);
}

static bool is_quiet(const struct scheduler *s) {
    int from = s->settings->quiet_from, to = s->settings->quiet_to, minute = minute_of_day(s->now);
    return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

static int64_t quiet_end(const struct scheduler *s) {
    int64_t midnight = s->now - (s->now + CLOCK_VIETNAM_OFFSET) % CLOCK_DAY;
    int64_t end = midnight + s->settings->quiet_to * CLOCK_MINUTE;
    return end > s->now ? end : end + CLOCK_DAY;
}

/* ---- picking ---- */

struct sight { /* what a link may look at */
    const struct rings *own;
    bool ready; /* for what hasn't begun, too */
    int ahead[CARRIER_COUNT]; /* of those for any link: as many belong to others; -1: all of them */
};

/* The line of that kind whose turn it is. Lines of one ring that idle links with a better right will take are left to them. */
static struct line *first_of(const struct scheduler *s, const struct sight *sight, int c, int begun) {
    struct timed *first = timeheap_first(&sight->own->of[c][begun]);
    for (int i = 0; i < CARRIER_COUNT; i++) {
        const struct timeheap *ring = &s->any[i].of[c][begun];
        if (sight->ahead[i] < 0 || ring->count <= (size_t)sight->ahead[i])
            continue;
        struct timed *other = timeheap_first(ring);
        first = !first || other->at < first->at ? other : first;
    }
    return first ? OWNER(struct line, turn, first) : NULL;
}

static bool ring_has(const struct rings *rings) {
    for (int c = 0; c < CLASS_COUNT; c++)
        if (rings->of[c][0].count > 0 || rings->of[c][1].count > 0)
            return true;
    return false;
}

static struct line *find(struct scheduler *s, int link, int64_t now) {
    advance(s, now);
    if (!routes_may_finish(s->routes, link, now))
        return NULL;
    struct sight sight = {.own = rings_of(s, link), .ready = routes_ready(s->routes, link, now)};
    for (int i = 0; i < CARRIER_COUNT; i++)
        sight.ahead[i] = ring_has(&s->any[i]) ? routes_ahead(s->routes, link, (enum carrier)i, now) : -1;
    bool quiet = is_quiet(s);
    for (int i = 0; i < CLASS_COUNT; i++) {
        enum outbound_class c = urgency[i];
        for (int begun = 1; begun >= 0; begun--) {
            if (s->in_rings[c][begun] == 0 || (!begun && (!sight.ready || (quiet && class_is_quiet[c]))))
                continue;
            struct line *line = first_of(s, &sight, c, begun);
            if (line)
                return line;
        }
    }
    return NULL;
}

bool scheduler_has(struct scheduler *s, int link, int64_t now) {
    return find(s, link, now) != NULL;
}

bool scheduler_has_alarm(struct scheduler *s, int link, int64_t now) {
    const struct line *line = find(s, link, now);
    return line && line->class == OUTBOUND_ALARM;
}

bool scheduler_pick(struct scheduler *s, int link, int64_t now, struct schedule_pick *ret_pick) {
    struct line *line = find(s, link, now);
    if (!line)
        return false;
    struct job *job = line->ready.first;
    *ret_pick = (struct schedule_pick){.outbound_id = (int64_t)job->by_id.key, .part_id = job->parts[0].id};
    job_remove_part(s, job, 0);
    job_leave(s, job);
    job->state = JOB_BUSY;
    line->busy++;
    line_place(s, line);
    return true;
}

static void job_rest_goes_on(struct scheduler *s, struct job *job) {
    job->line->busy--;
    job->state = JOB_WAITING; /* in no list, as job_place expects of what comes from being busy */
    if (job->count == 0)
        job_free(s, job);
    else
        job_place(s, job);
}

void scheduler_done(struct scheduler *s, int64_t outbound_id, int link, int64_t now) {
    advance(s, now);
    struct job *job = job_get(s, outbound_id);
    if (!job || job->state != JOB_BUSY)
        return;
    if (link != ROUTE_ANY) {
        job->begun = true;
        job->wish = (struct route_wish){.link = link, .avoid = ROUTE_ANY, .carrier = job->wish.carrier, .strict = true};
    }
    job_rest_goes_on(s, job);
}

void scheduler_drop(struct scheduler *s, int64_t outbound_id) {
    struct job *job = job_get(s, outbound_id);
    if (!job)
        return;
    s->size -= job->count;
    job->count = 0;
    if (job->state != JOB_BUSY)
        job_free(s, job);
}

void scheduler_drop_part(struct scheduler *s, int64_t outbound_id, int64_t part_id, int64_t now) {
    struct job *job = job_get(s, outbound_id);
    for (size_t i = 0; job && i < job->count; i++) {
        if (job->parts[i].id != part_id)
            continue;
        job_remove_part(s, job, i);
        if (job->state == JOB_BUSY)
            return;
        s->now = now;
        if (job->count == 0)
            job_free(s, job);
        else
            job_place(s, job);
        return;
    }
}

size_t scheduler_parts_of(const struct scheduler *s, int64_t outbound_id, int64_t part_ids[SMS_SEGMENTS_MAX]) {
    const struct job *job = job_get(s, outbound_id);
    for (size_t i = 0; job && i < job->count; i++)
        part_ids[i] = job->parts[i].id;
    return job ? job->count : 0;
}

bool scheduler_first_expired(struct scheduler *s, int64_t now, int64_t *ret_outbound_id) {
    advance(s, now);
    if (!s->expired.first)
        return false;
    *ret_outbound_id = (int64_t)s->expired.first->by_id.key;
    return true;
}

/* ---- time ---- */

static bool ring_waits(const struct rings *rings, bool quiet) {
    for (int c = 0; c < CLASS_COUNT; c++)
        if (rings->of[c][1].count > 0 || (rings->of[c][0].count > 0 && !(quiet && class_is_quiet[c])))
            return true;
    return false;
}

static int64_t earliest(int64_t a, int64_t b) {
    return a < b ? a : b;
}

int64_t scheduler_next_time(const struct scheduler *s) {
    const struct timed *first = timeheap_first(&s->due);
    bool quiet = is_quiet(s), any_waits = false;
    for (int i = 0; i < CARRIER_COUNT; i++)
        any_waits = any_waits || ring_waits(&s->any[i], quiet);
    int64_t next = first ? first->at : INT64_MAX;
    if (s->expired.first)
        return s->now;
    for (int c = 0; quiet && c < CLASS_COUNT; c++)
        if (class_is_quiet[c] && s->in_rings[c][0] > 0)
            next = earliest(next, quiet_end(s));
    for (int link = 0; link < routes_count(s->routes); link++) {
        bool own_waits = link < s->link_count && ring_waits(&s->of_link[link], quiet);
        int64_t ready_at = routes_ready_at(s->routes, link, s->now);
        if (own_waits)
            next = earliest(next, routes_gone_at(s->routes, link));
        if ((own_waits || any_waits) && ready_at > s->now)
            next = earliest(next, ready_at);
    }
    return next;
}

size_t scheduler_size(const struct scheduler *s) {
    return s->size;
}
