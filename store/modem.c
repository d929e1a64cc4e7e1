/* Modems and what happened to them: see modem.h for which change is which event. */
#include "store/modem.h"

#include "firmware-host/base/json.h"
#include "store/outbox.h"
#include "store/statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_JSON_MAX 2048
enum { SIM_SHOWN = 4, SIM_TEXT_SIZE = 16 };

/* As the central store knows them; behind FAMILY stands the name that people see. */
#define FAMILY "vn.pakn.modem."
static const char *const types[MODEM_EVENT_KIND_COUNT] = {
    [MODEM_MOVED] = "vn.pakn.modem.moved",
    [MODEM_REPLACED] = "vn.pakn.modem.replaced",
    [MODEM_SIM_MOVED] = "vn.pakn.modem.sim-moved",
    [MODEM_SIM_CHANGED] = "vn.pakn.modem.sim-changed",
};

const char *modem_event_kind_name(enum modem_event_kind kind) {
    return (unsigned)kind < MODEM_EVENT_KIND_COUNT ? types[kind] + strlen(FAMILY) : "?";
}

struct sight { /* a row */
    char link[MODEM_TEXT_MAX], imei[MODEM_IMEI_MAX], place[MODEM_TEXT_MAX];
    char *sim; /* NULL */
};

struct noting {
    struct store *s;
    const struct modem_seen *seen;
    int64_t now;
    const char *imei, *sim; /* "": not said; the SIM is its ICCID, else its IMSI, else NULL */
    uint8_t sim_hash[HASH_SIZE];
    struct modem_event *events;
    size_t count;
};

static void mask(const char *sim, char to[SIM_TEXT_SIZE]) {
    size_t len = sim ? strlen(sim) : 0;
    snprintf(to, SIM_TEXT_SIZE, "***%s", len > SIM_SHOWN ? sim + len - SIM_SHOWN : "");
}

/* The newest row that fits what is bound; its `sim` is to be freed. ERR_NOT_FOUND. */
static enum err sight_row(struct store *s, sqlite3_stmt *q, struct sight *ret_sight) {
    struct sight found = {0};
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    e = column_copy(q, 0, found.link, sizeof found.link);
    if (e == ERR_OK)
        e = column_copy(q, 1, found.imei, sizeof found.imei);
    if (e == ERR_OK)
        e = column_copy(q, 2, found.place, sizeof found.place);
    if (e == ERR_OK)
        e = column_unsealed(s, q, 3, "modem_sim", &found.sim, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_sight = found;
    return e;
}

static enum err sight_of(struct store *s, enum statement which, const char *text, struct sight *ret_sight) {
    sqlite3_stmt *q = statement(s, which);
    bind_text(q, 1, text);
    return sight_row(s, q, ret_sight);
}

static enum err tell_central(struct noting *n, const struct modem_event *event) {
    struct str data;
    struct json_writer w;
    str_init(&data, EVENT_JSON_MAX);
    json_begin(&w, &data);
    json_open_object(&w, NULL);
    json_put_text(&w, "modem", event->link);
    json_put_text(&w, "imei", event->imei[0] ? event->imei : NULL);
    json_put_text(&w, "from", event->previous);
    json_put_text(&w, "to", event->current);
    json_close_object(&w);
    enum err e = outbox_add(n->s, 0, types[event->kind], NULL, n->now, &data);
    str_release(&data);
    return e;
}

static enum err happened(struct noting *n, enum modem_event_kind kind, const char *previous, const char *current) {
    struct modem_event event = {.at = n->now, .kind = kind};
    enum err e = str_copy(event.link, sizeof event.link, n->seen->link);
    snprintf(event.imei, sizeof event.imei, "%s", n->imei);
    snprintf(event.previous, sizeof event.previous, "%s", previous);
    snprintf(event.current, sizeof event.current, "%s", current);
    if (e != ERR_OK)
        return e;
    sqlite3_stmt *q = statement(n->s, S_MODEM_EVENT_INSERT);
    bind_int(q, 1, event.at);
    bind_text(q, 2, event.link);
    bind_int(q, 3, event.kind);
    bind_text(q, 4, event.imei);
    bind_text(q, 5, event.previous);
    bind_text(q, 6, event.current);
    e = statement_insert(n->s, q, &event.id);
    if (e == ERR_OK)
        e = tell_central(n, &event);
    n->events[n->count++] = event;
    return e;
}

static enum err note_modem(struct noting *n) {
    struct sight before = {0}, last = {0};
    if (!*n->imei)
        return ERR_OK;
    enum err known = sight_of(n->s, S_MODEM_BY_LINK, n->seen->link, &before);
    free(before.sim);
    if (known == ERR_OK && strcmp(before.imei, n->imei) == 0)
        return strcmp(before.place, n->seen->place) == 0 ? ERR_OK : happened(n, MODEM_MOVED, before.place, n->seen->place);
    enum err e = sight_of(n->s, S_MODEM_BY_IMEI, n->imei, &last);
    free(last.sim);
    if (e == ERR_OK && strcmp(last.place, n->seen->place) != 0 && !n->seen->elsewhere(n->seen->context, last.link, n->imei))
        return happened(n, MODEM_MOVED, last.place, n->seen->place);
    e = e == ERR_NOT_FOUND ? ERR_OK : e;
    if (known != ERR_OK || e != ERR_OK)
        return known == ERR_NOT_FOUND || known == ERR_OK ? e : known;
    return before.imei[0] ? happened(n, MODEM_REPLACED, before.imei, n->imei) : ERR_OK;
}

/* A SIM that came along with its modem wasn't moved. */
static enum err sim_came_from(struct noting *n, const struct sight *last) {
    char is[SIM_TEXT_SIZE], from[MODEM_TEXT_MAX + SIM_TEXT_SIZE];
    bool same_name = strcmp(last->link, n->seen->link) == 0;
    bool same_imei = *n->imei && strcmp(last->imei, n->imei) == 0;
    bool another = same_imei && !same_name && strcmp(last->place, n->seen->place) != 0 && n->seen->elsewhere(n->seen->context, last->link, n->imei);
    if (*n->imei ? same_imei && !another : same_name)
        return ERR_OK;
    mask(n->sim, is);
    snprintf(from, sizeof from, "%s in modem %.200s", is, last->link);
    return happened(n, MODEM_SIM_MOVED, from, is);
}

static enum err sim_is_new(struct noting *n) {
    struct sight last = {0};
    char was[SIM_TEXT_SIZE], is[SIM_TEXT_SIZE];
    if (!*n->imei)
        return ERR_OK;
    sqlite3_stmt *q = statement(n->s, S_MODEM_SIM_OF);
    bind_text(q, 1, n->imei);
    bind_text(q, 2, n->seen->link);
    enum err e = sight_row(n->s, q, &last);
    mask(last.sim, was);
    mask(n->sim, is);
    free(last.sim);
    return e == ERR_OK ? happened(n, MODEM_SIM_CHANGED, was, is) : e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err note_sim(struct noting *n) {
    struct sight last = {0};
    if (!n->sim)
        return ERR_OK;
    sqlite3_stmt *q = statement(n->s, S_MODEM_BY_SIM);
    bind_bytes(q, 1, bytes_of(n->sim_hash, sizeof n->sim_hash));
    enum err e = sight_row(n->s, q, &last);
    free(last.sim);
    return e == ERR_OK ? sim_came_from(n, &last) : e == ERR_NOT_FOUND ? sim_is_new(n) : e;
}

static enum err keep(struct noting *n) {
    sqlite3_stmt *q = statement(n->s, S_MODEM_PUT);
    bind_text(q, 1, n->seen->link);
    bind_text(q, 2, n->imei);
    bind_text(q, 3, n->seen->place);
    bind_int(q, 4, n->now);
    bind_bytes(q, 5, bytes_of(n->sim_hash, n->sim ? sizeof n->sim_hash : 0));
    enum err e = bind_sealed(n->s, q, 6, "modem_sim", bytes_or_null(n->sim));
    return e == ERR_OK ? statement_run(n->s, q) : e;
}

enum err modem_note(struct store *s, const struct modem_seen *seen, int64_t now, struct modem_event ret_events[MODEM_EVENTS_MAX], size_t *ret_count) {
    struct noting n = {
        .s = s, .seen = seen, .now = now, .imei = seen->imei ? seen->imei : "", .sim = seen->iccid ? seen->iccid : seen->imsi, .events = ret_events};
    if (n.sim)
        keyed_hash(store_keys(s), "modem_sim", bytes_text(n.sim), n.sim_hash);
    enum err e = note_modem(&n);
    if (e == ERR_OK)
        e = note_sim(&n);
    if (e == ERR_OK)
        e = keep(&n);
    if (e == ERR_OK)
        *ret_count = n.count;
    return e;
}

enum err modem_last_place(struct store *s, const char *link, char ret_place[MODEM_TEXT_MAX]) {
    struct sight last;
    enum err e = sight_of(s, S_MODEM_BY_LINK, link, &last);
    if (e != ERR_OK)
        return e;
    free(last.sim);
    return str_copy(ret_place, MODEM_TEXT_MAX, last.place);
}

static enum err event_row(struct store *s, int64_t before, struct modem_event *ret_event) {
    sqlite3_stmt *q = statement(s, S_MODEM_EVENT_BEFORE);
    bind_int(q, 1, before);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct modem_event event = {.id = column_int(q, 0), .at = column_int(q, 1), .kind = (enum modem_event_kind)column_int(q, 3)};
    e = column_copy(q, 2, event.link, sizeof event.link);
    if (e == ERR_OK)
        e = column_copy(q, 4, event.imei, sizeof event.imei);
    if (e == ERR_OK)
        e = column_copy(q, 5, event.previous, sizeof event.previous);
    if (e == ERR_OK)
        e = column_copy(q, 6, event.current, sizeof event.current);
    statement_done(q);
    if (e == ERR_OK)
        *ret_event = event;
    return e;
}

enum err modem_event_list(struct store *s, int64_t before_id, int limit, modem_event_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct modem_event event;
        enum err e = event_row(s, before, &event);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = event.id;
        each(context, &event);
    }
    return ERR_OK;
}
