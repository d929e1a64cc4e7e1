/* The history of the modems: see history.h. */
#include "firmware-host/history.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/protocol.h"
#include "store/modem_history.h"

#include <stdlib.h>

#define LOOK_MS 2000

struct watched {
    struct modem_history sum; /* of the minute that runs */
    struct link_view last; /* only its counters are looked at: what they were at the last look */
};

struct history {
    struct history_parts parts;
    uv_timer_t *timer;
    int64_t minute; /* the one that runs; 0: none yet */
    struct watched watched[CONFIG_MODEMS_MAX];
};

struct minute {
    struct job job;
    struct history *history;
    size_t count;
    const char *links[CONFIG_MODEMS_MAX]; /* the configuration's */
    struct modem_history sums[CONFIG_MODEMS_MAX];
};

static enum err run_minute(struct job *job, int64_t now) {
    struct minute *m = (struct minute *)job;
    struct store *s = m->history->parts.store;
    enum err e = ERR_OK;
    for (size_t i = 0; e == ERR_OK && i < m->count; i++)
        e = modem_history_add(s, m->links[i], &m->sums[i]);
    return e == ERR_OK ? modem_history_prune(s, now) : e;
}

static void minute_done(struct job *job, enum err result) {
    if (result != ERR_OK) /* a minute less; nothing hangs on it */
        log_event(LOG_LEVEL_DEBUG, "history.not_stored", log_err(result));
    free(job);
}

static void write_minute(struct history *h) {
    struct minute *m = mem_alloc(sizeof *m);
    m->job = (struct job){.run = run_minute, .done = minute_done};
    m->history = h;
    m->count = h->parts.link_count;
    for (size_t i = 0; i < m->count; i++) {
        struct watched *w = &h->watched[i];
        w->sum.at = h->minute;
        m->links[i] = w->last.modem->name;
        m->sums[i] = w->sum;
        w->sum = (struct modem_history){0};
    }
    turn_add(h->parts.turn, &m->job);
}

static void add_look(struct watched *w, const struct link_view *v) {
    struct modem_history *s = &w->sum;
    s->samples++;
    s->up += v->up;
    s->registered += v->up && protocol_registered(v->registration);
    if (v->up && v->signal >= 0 && v->signal <= 31) {
        s->signals++;
        s->signal_sum += v->signal;
    }
    int64_t used = v->slots_total > 0 && v->slots_used >= 0 ? v->slots_used * 100 / v->slots_total : 0;
    if (used > s->slots_used)
        s->slots_used = used;
    s->sent += v->sent - w->last.sent;
    s->failed += v->failed - w->last.failed;
    s->unknown += v->unknown - w->last.unknown;
    for (int i = 0; i < HISTORY_TIMES; i++)
        s->times[i] += v->times[i] - w->last.times[i];
    w->last = *v;
}

static void look(uv_timer_t *timer) {
    struct history *h = timer->data;
    int64_t now = h->parts.clock->wall_ms(h->parts.clock), minute = now - now % history_steps[0].length;
    if (h->minute != 0 && minute != h->minute && !turn_refusing(h->parts.turn))
        write_minute(h);
    h->minute = minute;
    for (size_t i = 0; i < h->parts.link_count; i++) {
        struct link_view view;
        link_view(h->parts.links[i], &view);
        add_look(&h->watched[i], &view);
    }
}

struct history *history_start(const struct history_parts *parts) {
    struct history *h = mem_alloc(sizeof *h);
    h->parts = *parts;
    for (size_t i = 0; i < parts->link_count; i++)
        link_view(parts->links[i], &h->watched[i].last);
    h->timer = mem_alloc(sizeof *h->timer);
    if (uv_timer_init(parts->uv, h->timer) != 0)
        abort();
    h->timer->data = h;
    uv_timer_start(h->timer, look, LOOK_MS, LOOK_MS);
    return h;
}

static void free_handle(uv_handle_t *handle) {
    free(handle);
}

void history_stop(struct history *h) {
    if (h && h->timer)
        uv_close((uv_handle_t *)h->timer, free_handle);
    if (h)
        h->timer = NULL;
}

void history_free(struct history *h) {
    free(h);
}
