/* Incidents. Open ones are few: they're found through the partial index over them. */
#include "store/incident.h"

#include "firmware-host/base/json.h"
#include "firmware-host/base/mem.h"
#include "store/calendar.h"
#include "store/privacy.h"
#include "store/statements.h"

#include <stdlib.h>

enum { DATA_MAX = 64 * 1024 };

void incident_release(struct incident *i) {
    free(i->by);
    free(i->told_by);
    free(i->reason);
    *i = (struct incident){0};
}

static void write_data(const struct incident *i, struct str *to) {
    struct json_writer w;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_int(&w, "number", i->id);
    json_put_text(&w, "by", i->by);
    json_put_text(&w, "reason", i->reason);
    json_put_day(&w, "from", i->from_day);
    json_put_day(&w, "to", i->to_day);
    json_put_time(&w, "found_at", i->at);
    json_put_time(&w, "authority_by", i->at + INCIDENT_TELL_MS);
    json_close_object(&w);
}

static enum err insert(struct store *s, const struct incident *i, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_INCIDENT_INSERT);
    bind_int(q, 1, i->at);
    bind_text(q, 2, i->by);
    bind_int(q, 3, i->from_day);
    bind_int(q, 4, i->to_day);
    enum err e = bind_sealed(s, q, 5, "incident", bytes_text(i->reason));
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

enum err incident_report(struct store *s, const struct incident *i, int64_t *ret_id) {
    struct privacy_note note = {.at = i->at, .type = "incident.reported", .up = "vn.pakn.security.incident", .actor = i->by};
    struct incident kept = *i;
    struct str data;
    enum err e = insert(s, i, &kept.id);
    if (e != ERR_OK)
        return e;
    str_init(&data, DATA_MAX);
    write_data(&kept, &data);
    e = privacy_note(s, &note, &data);
    str_release(&data);
    if (e == ERR_OK)
        *ret_id = kept.id;
    return e;
}

static enum err incident_row(struct store *s, sqlite3_stmt *q, struct incident *ret_incident) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct incident found = {.id = column_int(q, 0),
                             .at = column_int(q, 1),
                             .from_day = (int32_t)column_int(q, 3),
                             .to_day = (int32_t)column_int(q, 4),
                             .told_at = column_int(q, 5)};
    e = column_unsealed(s, q, 7, "incident", &found.reason, NULL);
    if (e == ERR_OK) {
        found.by = column_text(q, 2);
        found.told_by = column_text(q, 6);
        *ret_incident = found;
    }
    statement_done(q);
    return e;
}

enum err incident_get(struct store *s, int64_t id, struct incident *ret_incident) {
    sqlite3_stmt *q = statement(s, S_INCIDENT_GET);
    bind_int(q, 1, id);
    return incident_row(s, q, ret_incident);
}

enum err incident_told(struct store *s, int64_t id, int64_t at, const char *by) {
    struct str data;
    sqlite3_stmt *q = statement(s, S_INCIDENT_TOLD);
    bind_int(q, 1, id);
    bind_int(q, 2, at);
    bind_text(q, 3, by);
    enum err e = statement_run_one(s, q);
    if (e != ERR_OK)
        return e;
    str_init(&data, DATA_MAX);
    str_addf(&data, "{\"number\":%lld}", (long long)id);
    e = privacy_note(s, &(struct privacy_note){.at = at, .type = "incident.told", .actor = by}, &data);
    str_release(&data);
    return e;
}

enum err incident_oldest_open(struct store *s, struct incident *ret_incident) {
    return incident_row(s, statement(s, S_INCIDENT_OLDEST_OPEN), ret_incident);
}

enum err incident_is_open(struct store *s, bool *ret_open) {
    struct incident i;
    enum err e = incident_oldest_open(s, &i);
    *ret_open = e == ERR_OK;
    if (e == ERR_OK)
        incident_release(&i);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err incident_list(struct store *s, int64_t before_id, int limit, incident_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct incident found;
        sqlite3_stmt *q = statement(s, S_INCIDENT_BEFORE);
        bind_int(q, 1, before);
        enum err e = incident_row(s, q, &found);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = found.id;
        each(context, &found);
        incident_release(&found);
    }
    return ERR_OK;
}

/* ---- who is affected ---- */

struct people { /* sorted, each once */
    int64_t *ids;
    size_t count, room, most;
};

static enum err add_person(struct people *p, int64_t id) {
    size_t low = 0, high = p->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (p->ids[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < p->count && p->ids[low] == id)
        return ERR_OK;
    if (p->count == p->most)
        return ERR_TOO_LONG;
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->ids = mem_resize(p->ids, p->room, sizeof *p->ids);
    }
    for (size_t i = p->count++; i > low; i--)
        p->ids[i] = p->ids[i - 1];
    p->ids[low] = id;
    return ERR_OK;
}

static enum err add_people(struct store *s, enum statement next, int64_t from, int64_t until, struct people *p) {
    int64_t id = 0;
    for (;;) {
        sqlite3_stmt *q = statement(s, next);
        bind_int(q, 1, id);
        bind_int(q, 2, from);
        bind_int(q, 3, until);
        enum err e = statement_row(s, q);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        id = column_int(q, 0);
        int64_t person = column_int(q, 1);
        statement_done(q);
        e = add_person(p, person);
        if (e != ERR_OK)
            return e;
    }
}

enum err incident_affected(struct store *s, const struct incident *i, size_t most, int64_t **ret_ids, size_t *ret_count) {
    struct people p = {.most = most};
    int64_t from = i->from_day ? calendar_end_of_day(i->from_day - 1) : INT64_MIN, until = i->to_day ? calendar_end_of_day(i->to_day) : i->at + 1;
    enum err e = add_people(s, S_AFFECTED_IN, from, until, &p);
    if (e == ERR_OK)
        e = add_people(s, S_AFFECTED_OUT, from, until, &p);
    if (e != ERR_OK) {
        free(p.ids);
        return e;
    }
    *ret_ids = p.ids;
    *ret_count = p.count;
    return ERR_OK;
}
