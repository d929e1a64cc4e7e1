/* Raising and clearing what the table says: see alarm.h. A change is a job of the turn; the cell follows when it was committed. */
#include "firmware-host/alarm.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "store/modem_alarm.h"
#include "store/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 2000
enum { DETAIL_MAX = 512, EVENT_MAX = 4096 };

struct cell {
    bool raised, changing; /* changing: its job waits */
    int64_t since; /* monotonic ms since when the condition holds; -1: it doesn't */
};

struct alarms {
    struct alarms_parts parts;
    uv_timer_t *timer;
    struct cell cells[CONFIG_MODEMS_MAX][ALARM_ROWS];
};

static const char *name_of(const struct alarms *a, size_t link) {
    struct link_view view;
    link_view(a->parts.links[link], &view);
    return view.modem->name;
}

/* ---- a change ---- */

struct change {
    struct job job;
    struct alarms *alarms;
    struct cell *cell; /* NULL: of a modem that isn't configured any more */
    const struct alarm_row *row;
    char *link, *detail;
    bool raise;
};

static enum err push_event(struct store *s, const struct change *c, int64_t now) {
    struct json_writer w;
    struct str data;
    str_init(&data, EVENT_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "modem", c->link);
    json_put_text(&w, "alarm", c->row->name);
    json_put_text(&w, "state", c->raise ? "raised" : "cleared");
    if (c->detail)
        json_put_text(&w, "detail", c->detail);
    json_close_object(&w);
    enum err e = outbox_add(s, 0, "vn.pakn.modem.alarm", NULL, now, &data);
    str_release(&data);
    return e;
}

/* Whom it concerns at once. The incident is over when the alarm is cleared: then the next one is told again. */
static enum err tell_operator(struct smsc *smsc, const struct change *c, int64_t now) {
    char incident[64];
    struct template_values values = {.of = {[VARIABLE_SIM] = c->link, [VARIABLE_TROUBLE] = c->row->sms}};
    snprintf(incident, sizeof incident, "modem:%.32s:%.16s", c->link, c->row->name);
    if (!c->raise)
        return smsc_alarm_text_over(smsc, incident);
    return c->row->sms ? smsc_alarm_text(smsc, incident, TEMPLATE_OP_MODEM, &values, now) : ERR_OK;
}

static enum err run_change(struct job *job, int64_t now) {
    struct change *c = (struct change *)job;
    struct store *s = c->alarms->parts.store;
    struct modem_alarm row = {.link = c->link, .name = c->row->name, .raised_at = now, .detail = c->detail ? c->detail : ""};
    enum err e = c->raise ? modem_alarm_raise(s, &row) : modem_alarm_clear(s, c->link, c->row->name);
    if (e == ERR_DUPLICATE || e == ERR_NOT_FOUND)
        return ERR_OK; /* it's as it should be, and was told */
    if (e == ERR_OK)
        e = push_event(s, c, now);
    return e == ERR_OK ? tell_operator(c->alarms->parts.smsc, c, now) : e;
}

static void change_done(struct job *job, enum err result) {
    struct change *c = (struct change *)job;
    if (c->cell)
        c->cell->changing = false;
    if (result == ERR_OK) {
        if (c->cell)
            c->cell->raised = c->raise;
        metric_add(METRIC_MODEM_ALARMS, c->raise ? 1 : -1);
        log_event(c->raise ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE, c->raise ? "alarm.raised" : "alarm.cleared", log_text("link", c->link),
                  log_text("alarm", c->row->name), log_text("detail", c->detail));
    } /* else it's looked at again */
    free(c->link);
    free(c->detail);
    free(c);
}

static struct change *new_change(struct alarms *a, const char *link, const struct alarm_row *row) {
    struct change *c = mem_alloc(sizeof *c);
    c->job = (struct job){.run = run_change, .done = change_done};
    c->alarms = a;
    c->link = mem_string(link);
    c->row = row;
    return c;
}

static void change(struct alarms *a, size_t link, size_t row, const struct link_view *v) {
    struct cell *cell = &a->cells[link][row];
    struct change *c = new_change(a, v->modem->name, &alarm_rows[row]);
    c->cell = cell;
    c->raise = !cell->raised;
    if (c->raise) {
        struct str detail;
        str_init(&detail, DETAIL_MAX);
        alarm_rows[row].describe(v, &detail);
        c->detail = str_detach(&detail);
    }
    cell->changing = true;
    turn_add(a->parts.turn, &c->job);
}

/* ---- looking ---- */

static void look_at(struct alarms *a, size_t link, size_t row, const struct link_view *v, int64_t now) {
    struct cell *cell = &a->cells[link][row];
    enum alarm_state state = alarm_rows[row].holds(v, cell->raised);
    if (state == ALARM_YES && cell->since < 0)
        cell->since = now;
    else if (state != ALARM_YES)
        cell->since = -1;
    if (cell->changing)
        return;
    if (cell->raised ? state == ALARM_NO : state == ALARM_YES && now - cell->since >= alarm_rows[row].after)
        change(a, link, row, v);
}

static void look(uv_timer_t *timer) {
    struct alarms *a = timer->data;
    int64_t now = a->parts.clock->mono_ms(a->parts.clock);
    for (size_t link = 0; link < a->parts.link_count; link++)
        link_look_after(a->parts.links[link]); /* first: what comes of it may be an alarm */
    if (turn_refusing(a->parts.turn))
        return;
    for (size_t link = 0; link < a->parts.link_count; link++) {
        struct link_view view;
        link_view(a->parts.links[link], &view);
        for (size_t row = 0; row < ALARM_ROWS; row++)
            look_at(a, link, row, &view, now);
    }
}

/* ---- start and end ---- */

static void found_raised(void *context, const struct modem_alarm *found) {
    struct alarms *a = context;
    metric_add(METRIC_MODEM_ALARMS, 1);
    for (size_t row = 0; row < ALARM_ROWS; row++) {
        if (strcmp(alarm_rows[row].name, found->name) != 0)
            continue;
        for (size_t link = 0; link < a->parts.link_count; link++)
            if (strcmp(name_of(a, link), found->link) == 0) {
                a->cells[link][row].raised = true;
                return;
            }
        turn_add(a->parts.turn, &new_change(a, found->link, &alarm_rows[row])->job); /* the modem is gone, and its alarm with it */
        return;
    }
}

enum err alarms_start(const struct alarms_parts *parts, struct alarms **ret_alarms) {
    struct alarms *a = mem_alloc(sizeof *a);
    a->parts = *parts;
    for (size_t link = 0; link < CONFIG_MODEMS_MAX; link++)
        for (size_t row = 0; row < ALARM_ROWS; row++)
            a->cells[link][row].since = -1;
    enum err e = modem_alarm_list(parts->store, found_raised, a);
    if (e != ERR_OK) {
        free(a);
        return e;
    }
    a->timer = mem_alloc(sizeof *a->timer);
    if (uv_timer_init(parts->uv, a->timer) != 0)
        abort();
    a->timer->data = a;
    uv_timer_start(a->timer, look, LOOK_MS, LOOK_MS);
    *ret_alarms = a;
    return ERR_OK;
}

static void free_handle(uv_handle_t *handle) {
    free(handle);
}

void alarms_stop(struct alarms *a) {
    if (a && a->timer)
        uv_close((uv_handle_t *)a->timer, free_handle);
    if (a)
        a->timer = NULL;
}

void alarms_free(struct alarms *a) {
    free(a);
}

void alarms_names(const struct alarms *a, size_t link, struct str *to) {
    for (size_t row = 0; row < ALARM_ROWS; row++)
        if (a->cells[link][row].raised)
            str_addf(to, "%s%s", to->len ? ", " : "", alarm_rows[row].name);
}
