/* The rows of the directory. Names and numbers of officers are unsealed only where they are asked for. */
#include "store/directory.h"

#include "store/db.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

#define X(symbol, word) [symbol] = (word),
static const char *const agency_kind_names[AGENCY_KIND_COUNT] = {AGENCY_KIND_TABLE(X)};
#undef X

const char *agency_kind_name(enum agency_kind kind) {
    return (unsigned)kind < AGENCY_KIND_COUNT ? agency_kind_names[kind] : "?";
}

/* ---- agencies ---- */

void agency_release(struct agency *a) {
    free(a->key);
    free(a->name);
    free(a->name_accented);
    free(a->match);
    *a = (struct agency){0};
}

static enum err agency_row(struct store *s, sqlite3_stmt *q, struct agency *ret_agency) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_agency = (struct agency){
        .id = column_int(q, 0),
        .parent_id = column_int(q, 1),
        .key = column_text(q, 2),
        .kind = (enum agency_kind)column_int(q, 3),
        .name = column_text(q, 4),
        .name_accented = column_text(q, 5),
        .match = column_text(q, 6),
        .active = column_int(q, 7) != 0,
    };
    statement_done(q);
    return ERR_OK;
}

enum err agency_get(struct store *s, int64_t id, struct agency *ret_agency) {
    sqlite3_stmt *q = statement(s, S_AGENCY_GET);
    bind_int(q, 1, id);
    return agency_row(s, q, ret_agency);
}

enum err agency_find(struct store *s, const char *key, struct agency *ret_agency) {
    struct agency found;
    sqlite3_stmt *q = statement(s, S_AGENCY_BY_KEY);
    bind_text(q, 1, key);
    enum err e = agency_row(s, q, &found);
    if (e == ERR_OK && !found.active) {
        agency_release(&found);
        e = ERR_NOT_FOUND;
    }
    if (e == ERR_OK)
        *ret_agency = found;
    return e;
}

enum err agency_of_kind(struct store *s, enum agency_kind kind, struct agency *ret_agency) {
    sqlite3_stmt *q = statement(s, S_AGENCY_OF_KIND);
    bind_int(q, 1, kind);
    return agency_row(s, q, ret_agency);
}

enum err agency_list(struct store *s, agency_each *each, void *context) {
    for (int64_t after = 0;;) {
        struct agency a;
        sqlite3_stmt *q = statement(s, S_AGENCY_NEXT);
        bind_int(q, 1, after);
        enum err e = agency_row(s, q, &a);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = a.id;
        each(context, &a);
        agency_release(&a);
    }
}

/* ---- officers ---- */

void officer_release(struct officer *o) {
    free(o->key);
    free(o->name);
    *o = (struct officer){0};
}

static enum err officer_phone(struct store *s, struct officer *o) {
    struct subscriber who;
    if (o->subscriber_id == 0)
        return ERR_OK;
    enum err e = subscriber_by_id(s, o->subscriber_id, &who);
    if (e == ERR_OK) {
        o->phone = who.phone;
        subscriber_release(&who);
    }
    return e == ERR_NOT_FOUND ? ERR_IO : e; /* the foreign key says that it can't be */
}

static enum err officer_from_row(struct store *s, sqlite3_stmt *q, struct officer *ret_officer) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct officer found = {
        .id = column_int(q, 0),
        .agency_id = column_int(q, 1),
        .key = column_text(q, 2),
        .role = (enum case_role)column_int(q, 3),
        .subscriber_id = column_int(q, 4),
        .from_day = (int32_t)column_int(q, 5),
        .until_day = (int32_t)column_int(q, 6),
    };
    e = column_unsealed(s, q, 7, "officer", &found.name, NULL);
    statement_done(q);
    if (e == ERR_OK)
        e = officer_phone(s, &found);
    if (e == ERR_OK)
        *ret_officer = found;
    else
        officer_release(&found);
    return e;
}

enum err officer_get(struct store *s, int64_t id, struct officer *ret_officer) {
    sqlite3_stmt *q = statement(s, S_OFFICER_GET);
    bind_int(q, 1, id);
    return officer_from_row(s, q, ret_officer);
}

enum err officer_find(struct store *s, const char *key, int32_t today, struct officer *ret_officer) {
    sqlite3_stmt *q = statement(s, S_OFFICER_BY_KEY);
    bind_text(q, 1, key);
    bind_int(q, 2, today);
    return officer_from_row(s, q, ret_officer);
}

enum err officer_by_subscriber(struct store *s, int64_t subscriber_id, int32_t today, struct officer *ret_officer) {
    sqlite3_stmt *q = statement(s, S_OFFICER_BY_SUBSCRIBER);
    bind_int(q, 1, subscriber_id);
    bind_int(q, 2, today);
    return officer_from_row(s, q, ret_officer);
}

enum err officer_next_kept(struct store *s, int64_t after, struct officer *ret_officer) {
    sqlite3_stmt *q = statement(s, S_OFFICER_NEXT_KEPT);
    bind_int(q, 1, after);
    return officer_from_row(s, q, ret_officer);
}

enum err officer_list_all(struct store *s, officer_each *each, void *context) {
    for (int64_t after = 0;;) {
        struct officer o;
        enum err e = officer_next_kept(s, after, &o);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = o.id;
        each(context, &o);
        officer_release(&o);
    }
}

enum err officer_reachable(struct store *s, int64_t agency_id, enum case_role role, int32_t today, int64_t ret_ids[OFFICERS_OF_ROLE_MAX],
                           size_t *ret_count) {
    int64_t after = 0;
    size_t count = 0;
    while (count < OFFICERS_OF_ROLE_MAX) {
        sqlite3_stmt *q = statement(s, S_OFFICER_REACHABLE);
        bind_int(q, 1, after);
        bind_int(q, 2, role);
        bind_int(q, 3, today);
        bind_int(q, 4, agency_id);
        enum err e = statement_row(s, q);
        if (e == ERR_NOT_FOUND)
            break;
        if (e != ERR_OK)
            return e;
        after = ret_ids[count++] = column_int(q, 0);
        statement_done(q);
    }
    *ret_count = count;
    return ERR_OK;
}
