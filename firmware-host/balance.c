/* The watch: see balance.h. One timer looks at every modem; what a look finds due is asked, and its answer becomes a job of the turn. */
#include "firmware-host/balance.h"

#include "firmware-host/balance_codes.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_PERIOD (5 * CLOCK_SECOND)
#define LOOK_LEAST INT64_C(250) /* ms, in a training */
#define OFFSET (3 * CLOCK_MINUTE) /* between two modems */
#define WINDOW (4 * CLOCK_HOUR) /* behind its time; later it waits for the next night */
#define PAUSE CLOCK_HOUR /* between two questions */
enum { FAILURES_MAX = 3, SIM_SIZE = 65 };

struct watched {
    struct balance_watch *watch;
    size_t index;
    bool asking, known; /* known: the row is that of `sim` */
    char sim[SIM_SIZE]; /* whose the row is */
    struct balance_row row;
    int64_t sent_before; /* the link's count when it was asked */
    int failures;
    char *amount, *expiry; /* folded, owned */
};

struct balance_watch {
    struct balance_parts parts;
    uv_timer_t *timer;
    struct watched modems[CONFIG_MODEMS_MAX];
};

static int64_t wall(const struct balance_watch *w) {
    return w->parts.clock->wall_ms(w->parts.clock);
}

static const struct config_modem *modem_of(const struct watched *m) {
    return &m->watch->parts.config->modems[m->index];
}

/* ---- the answer is kept ---- */

struct keep_job {
    struct job job;
    struct watched *modem;
    char sim[SIM_SIZE];
    struct balance_row row;
    bool read;
};

/* Another SIM that is up: the one that is empty may not be able to say so. */
static const char *other_link(const struct watched *m) {
    const struct balance_parts *p = &m->watch->parts;
    for (size_t i = 0; i < p->link_count; i++) {
        struct link_view view;
        link_view(p->links[i], &view);
        if (i != m->index && view.up)
            return view.modem->name;
    }
    return NULL;
}

static enum err tell_operator(const struct watched *m, int64_t amount, int64_t now) {
    enum { NUMBER_SIZE = 24, INCIDENT_SIZE = 64 };
    const struct balance_parts *p = &m->watch->parts;
    int threshold = p->config->balance_threshold;
    char incident[INCIDENT_SIZE], has[NUMBER_SIZE], needs[NUMBER_SIZE];
    snprintf(incident, sizeof incident, "balance:%.40s", modem_of(m)->name);
    if (amount >= threshold)
        return smsc_alarm_over(p->smsc, incident, now);
    snprintf(has, sizeof has, "%" PRId64, amount);
    snprintf(needs, sizeof needs, "%d", threshold);
    struct template_values values = {.of = {[VARIABLE_SIM] = modem_of(m)->name, [VARIABLE_AMOUNT] = has, [VARIABLE_THRESHOLD] = needs}};
    return smsc_alarm_through(p->smsc, incident, other_link(m), TEMPLATE_OP_ALARM, &values, now);
}

static enum err run_keep(struct job *job, int64_t now) {
    struct keep_job *j = (struct keep_job *)job;
    const struct balance_parts *p = &j->modem->watch->parts;
    enum err e = balance_put(p->store, modem_of(j->modem)->name, j->sim, &j->row);
    return e == ERR_OK && j->read ? tell_operator(j->modem, j->row.amount, now) : e;
}

static void keep_done(struct job *job, enum err result) {
    struct keep_job *j = (struct keep_job *)job;
    if (result != ERR_OK)
        log_event(LOG_LEVEL_WARNING, "balance.not_stored", log_text("link", modem_of(j->modem)->name), log_err(result));
    free(j);
}

static void keep(struct watched *m, bool read) {
    struct keep_job *j = mem_alloc(sizeof *j);
    j->job = (struct job){.run = run_keep, .done = keep_done};
    j->modem = m;
    memcpy(j->sim, m->sim, sizeof j->sim);
    j->row = m->row;
    j->read = read;
    turn_add(m->watch->parts.turn, &j->job);
}

/* ---- asking ---- */

static void nothing(void *context, enum protocol_outcome outcome, const char *text) {
    (void)context;
    (void)outcome;
    (void)text;
}

/* Nobody answers the menu that came. */
static void leave_dialogue(const struct watched *m) {
    struct str problem;
    str_init(&problem, 256);
    if (link_ussd(m->watch->parts.links[m->index], PROTOCOL_ACTION_CANCEL, NULL, nothing, NULL, &problem) != ERR_OK)
        log_event(LOG_LEVEL_DEBUG, "balance.not_cancelled", log_text("problem", problem.data));
    str_release(&problem);
}

static struct balance_code code_of(const struct watched *m, const char *imsi) {
    struct balance_code code = *balance_code_of(carrier_of_imsi(imsi));
    if (modem_of(m)->balance_code[0])
        code.code = modem_of(m)->balance_code;
    if (m->amount)
        code.amount = m->amount;
    if (m->expiry)
        code.expiry = m->expiry;
    return code;
}

static void answered(void *context, enum protocol_outcome outcome, const char *text) {
    struct watched *m = context;
    struct balance_watch *w = m->watch;
    struct balance b = {.known = false};
    struct link_view view;
    bool said = outcome == PROTOCOL_OUTCOME_DONE || outcome == PROTOCOL_OUTCOME_ASKS;
    link_view(w->parts.links[m->index], &view);
    struct balance_code code = code_of(m, view.imsi);
    m->asking = false;
    m->row.asked_at = wall(w);
    m->sent_before = view.sent;
    bool read = said && balance_read(text, &code, &b);
    m->failures = read ? 0 : m->failures + 1;
    if (read) {
        m->row.read_at = m->row.asked_at;
        m->row.amount = b.amount;
        m->row.expires = b.expires;
        log_event(LOG_LEVEL_INFO, "balance.read", log_text("link", modem_of(m)->name), log_int("dong", b.amount));
    } else {
        log_event(LOG_LEVEL_WARNING, "balance.not_read", log_text("link", modem_of(m)->name), log_text("code", code.code),
                  log_text("reason", said ? "no amount in the answer; set balance_words of the modem" : text));
    }
    keep(m, read);
    if (outcome == PROTOCOL_OUTCOME_ASKS)
        leave_dialogue(m);
}

static void ask(struct watched *m, const char *imsi) {
    struct str problem;
    struct balance_code code = code_of(m, imsi);
    str_init(&problem, 256);
    m->asking = true;
    enum err e = link_ussd(m->watch->parts.links[m->index], PROTOCOL_ACTION_START, code.code, answered, m, &problem);
    if (e != ERR_OK) { /* somebody else's dialogue: at the next look */
        m->asking = false;
        log_event(LOG_LEVEL_DEBUG, "balance.not_asked", log_text("link", modem_of(m)->name), log_text("problem", problem.data));
    }
    str_release(&problem);
}

/* ---- looking ---- */

bool balance_is_due(const struct balance_due *d) {
    bool tonight = d->now >= d->slot && d->now < d->slot + WINDOW && d->asked_at < d->slot;
    bool rested = d->asked_at == 0 || d->now - d->asked_at >= PAUSE || d->asked_at > d->now; /* the clock was set back */
    bool again = d->failures > 0 && d->failures < FAILURES_MAX && rested;
    return tonight || again || (d->after_sent > 0 && d->sent >= d->after_sent && rested);
}

static int64_t slot_of(const struct watched *m, int64_t now) {
    int64_t midnight = clock_vietnam_day(now) * CLOCK_DAY - CLOCK_VIETNAM_OFFSET;
    return midnight + m->watch->parts.config->balance_time * CLOCK_MINUTE + (int64_t)m->index * OFFSET;
}

/* The row of the SIM that is in there. */
static bool know_sim(struct watched *m, const struct link_view *view) {
    const char *sim = view->imsi ? view->imsi : view->iccid ? view->iccid : "";
    struct balance_row row;
    if (m->known && strcmp(m->sim, sim) == 0)
        return true;
    if (str_copy(m->sim, sizeof m->sim, sim) != ERR_OK || balance_get(m->watch->parts.store, modem_of(m)->name, sim, &row) != ERR_OK)
        return false;
    if (m->known) /* another SIM: what the one before it sent doesn't count */
        m->sent_before = view->sent;
    m->known = true;
    m->row = row;
    m->failures = 0;
    return true;
}

static void look_at(struct watched *m, int64_t now) {
    struct link_view view;
    const struct config *config = m->watch->parts.config;
    link_view(m->watch->parts.links[m->index], &view);
    if (m->asking || !view.up || !know_sim(m, &view) || !view.ussd || !config->balance_check || strcmp(modem_of(m)->balance_code, "-") == 0)
        return;
    struct balance_due due = {.now = now,
                              .asked_at = m->row.asked_at,
                              .slot = slot_of(m, now),
                              .sent = view.sent - m->sent_before,
                              .after_sent = config->balance_after_sent,
                              .failures = m->failures};
    if (balance_is_due(&due))
        ask(m, view.imsi);
}

static void look(uv_timer_t *timer) {
    struct balance_watch *w = timer->data;
    int64_t now = wall(w);
    for (size_t i = 0; i < w->parts.link_count; i++)
        look_at(&w->modems[i], now);
}

/* ---- life ---- */

struct balance_watch *balance_start(const struct balance_parts *parts) {
    struct balance_watch *w = mem_alloc(sizeof *w);
    int64_t period = LOOK_PERIOD / parts->clock->rate;
    w->parts = *parts;
    for (size_t i = 0; i < parts->link_count; i++) {
        const struct config_modem *modem = &parts->config->modems[i];
        w->modems[i].watch = w;
        w->modems[i].index = i;
        w->modems[i].amount = modem->balance_words[0] ? text_fold(modem->balance_words) : NULL;
        w->modems[i].expiry = modem->expiry_words[0] ? text_fold(modem->expiry_words) : NULL;
    }
    w->timer = mem_alloc(sizeof *w->timer);
    if (uv_timer_init(parts->uv, w->timer) != 0)
        abort();
    w->timer->data = w;
    period = period < LOOK_LEAST ? LOOK_LEAST : period;
    uv_timer_start(w->timer, look, (uint64_t)LOOK_LEAST, (uint64_t)period);
    return w;
}

static void free_handle(uv_handle_t *handle) {
    free(handle);
}

void balance_stop(struct balance_watch *w) {
    if (w && w->timer)
        uv_close((uv_handle_t *)w->timer, free_handle);
    if (w)
        w->timer = NULL;
}

void balance_free(struct balance_watch *w) {
    for (size_t i = 0; w && i < w->parts.link_count; i++) {
        free(w->modems[i].amount);
        free(w->modems[i].expiry);
    }
    free(w);
}

/* ---- showing ---- */

struct balance_row balance_of(const struct balance_watch *w, size_t link) {
    return w->modems[link].row;
}

void balance_metrics(const struct balance_watch *w, struct str *to) {
    static const char amount[] = "phanhoi_modem_balance_dong", expiry[] = "phanhoi_modem_balance_expires_seconds";
    str_addf(to, "# HELP %s credit of the SIM as its operator said it last\n# TYPE %s gauge\n", amount, amount);
    for (size_t i = 0; i < w->parts.link_count; i++)
        if (w->modems[i].row.read_at)
            str_addf(to, "%s{modem=\"%s\"} %" PRId64 "\n", amount, modem_of(&w->modems[i])->name, w->modems[i].row.amount);
    str_addf(to, "# HELP %s end of the day until which it is valid, UTC\n# TYPE %s gauge\n", expiry, expiry);
    for (size_t i = 0; i < w->parts.link_count; i++)
        if (w->modems[i].row.read_at && w->modems[i].row.expires)
            str_addf(to, "%s{modem=\"%s\"} %" PRId64 "\n", expiry, modem_of(&w->modems[i])->name,
                     ((w->modems[i].row.expires + 1) * CLOCK_DAY - CLOCK_VIETNAM_OFFSET) / CLOCK_SECOND);
}
