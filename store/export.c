/* Requests to export, and who may decide about them. */
#include "store/export.h"

#include "firmware-host/base/json.h"
#include "store/case.h"
#include "store/privacy.h"
#include "store/statements.h"

#include <stdlib.h>
#include <string.h>

enum { DATA_MAX = 64 * 1024 };

static const char *const scope_names[] = {[EXPORT_CASE] = "case", [EXPORT_SENDER] = "sender", [EXPORT_PERIOD] = "period"};

const char *export_scope_name(enum export_scope scope) {
    return scope_names[scope];
}

const char *export_state_name(const struct export_request *r, int64_t now) {
    if (r->state == EXPORT_WAITING)
        return "waiting";
    if (r->state == EXPORT_DENIED)
        return "denied";
    return r->fetched_at ? "fetched" : now >= r->expires_at ? "expired" : "approved";
}

void export_release(struct export_request *r) {
    free(r->reason);
    *r = (struct export_request){0};
}

/* ---- rows ---- */

static enum err insert(struct store *s, const struct export_request *r, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_EXPORT_INSERT);
    bind_int(q, 1, r->at);
    bind_int(q, 2, r->asker_id);
    bind_int(q, 3, r->scope);
    bind_id(q, 4, r->case_id);
    bind_id(q, 5, r->subscriber_id);
    bind_int(q, 6, r->from_day);
    bind_int(q, 7, r->to_day);
    enum err e = bind_sealed(s, q, 8, "export_request", bytes_text(r->reason));
    return e == ERR_OK ? statement_insert(s, q, ret_id) : e;
}

static enum err update(struct store *s, const struct export_request *r) {
    sqlite3_stmt *q = statement(s, S_EXPORT_UPDATE);
    bind_int(q, 1, r->id);
    bind_int(q, 2, r->state);
    bind_id(q, 3, r->decider_id);
    bind_int(q, 4, r->decided_at);
    bind_int(q, 5, r->expires_at);
    bind_int(q, 6, r->fetched_at);
    return statement_run_one(s, q);
}

static enum err export_row(struct store *s, sqlite3_stmt *q, struct export_request *ret_request) {
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct export_request found = {
        .id = column_int(q, 0),
        .at = column_int(q, 1),
        .asker_id = column_int(q, 2),
        .scope = (enum export_scope)column_int(q, 3),
        .case_id = column_int(q, 4),
        .subscriber_id = column_int(q, 5),
        .from_day = (int32_t)column_int(q, 6),
        .to_day = (int32_t)column_int(q, 7),
        .state = (enum export_state)column_int(q, 8),
        .decider_id = column_int(q, 9),
        .decided_at = column_int(q, 10),
        .expires_at = column_int(q, 11),
        .fetched_at = column_int(q, 12),
    };
    e = column_unsealed(s, q, 13, "export_request", &found.reason, NULL);
    statement_done(q);
    if (e == ERR_OK)
        *ret_request = found;
    return e;
}

enum err export_get(struct store *s, int64_t id, struct export_request *ret_request) {
    sqlite3_stmt *q = statement(s, S_EXPORT_GET);
    bind_int(q, 1, id);
    return export_row(s, q, ret_request);
}

enum err export_list(struct store *s, int64_t before_id, int limit, export_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct export_request found;
        sqlite3_stmt *q = statement(s, S_EXPORT_BEFORE);
        bind_int(q, 1, before);
        enum err e = export_row(s, q, &found);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = found.id;
        each(context, &found);
        export_release(&found);
    }
    return ERR_OK;
}

/* ---- events ---- */

enum done { REQUESTED, APPROVED, DENIED, FETCHED };
static const struct {
    const char *type, *up;
} events[] = {
    [REQUESTED] = {"export.requested", "vn.pakn.export.requested"},
    [APPROVED] = {"export.approved", "vn.pakn.export.approved"},
    [DENIED] = {"export.denied", "vn.pakn.export.denied"},
    [FETCHED] = {"export.fetched", "vn.pakn.export.fetched"},
};

static enum err write_data(struct store *s, const struct export_request *r, const char *actor, int64_t rows, struct str *to) {
    struct json_writer w;
    char code[CASE_CODE_SIZE];
    int32_t number = 0;
    enum err e = r->case_id ? case_code_of(s, r->case_id, &number) : ERR_OK;
    json_begin(&w, to);
    json_open_object(&w, NULL);
    json_put_int(&w, "number", r->id);
    json_put_text(&w, "by", actor);
    json_put_text(&w, "scope", scope_names[r->scope]);
    case_code_text(number, code);
    if (r->scope == EXPORT_CASE)
        json_put_text(&w, "code", code);
    if (r->scope == EXPORT_PERIOD) {
        json_put_day(&w, "from", r->from_day);
        json_put_day(&w, "to", r->to_day);
    }
    json_put_text(&w, "reason", r->reason);
    if (rows >= 0)
        json_put_int(&w, "rows", rows);
    json_close_object(&w);
    return e;
}

/* Whose data it is stands in the row, and in no event: who may not see the number can read the chain, and the central store needn't know it. */
static enum err note(struct store *s, const struct export_request *r, enum done done, const char *actor, int64_t rows, int64_t now) {
    struct privacy_note note = {.case_id = r->case_id, .at = now, .type = events[done].type, .up = events[done].up, .actor = actor};
    struct str data;
    str_init(&data, DATA_MAX);
    enum err e = write_data(s, r, actor, rows, &data);
    if (e == ERR_OK)
        e = privacy_note(s, &note, &data);
    str_release(&data);
    return e;
}

enum err export_ask(struct store *s, const struct export_request *r, const char *actor, int64_t *ret_id) {
    struct export_request kept = *r;
    enum err e = insert(s, r, &kept.id);
    if (e == ERR_OK)
        e = note(s, &kept, REQUESTED, actor, -1, r->at);
    if (e == ERR_OK)
        *ret_id = kept.id;
    return e;
}

/* ---- who may ---- */

/* Two keys of the directory may be one person: another phone is asked for, too. */
static bool is_other(const struct officer *asker, const struct officer *by) {
    bool has_phone = by->phone.kind != PHONE_NONE && asker->phone.kind != PHONE_NONE;
    return strcmp(asker->key, by->key) != 0 && has_phone && strcmp(asker->phone.text, by->phone.text) != 0;
}

static enum err may_decide(struct store *s, const struct export_request *r, const struct officer *by, struct str *problem) {
    struct officer asker = {0};
    enum err e = officer_get(s, r->asker_id, &asker);
    if (e != ERR_OK)
        return e;
    if (r->state != EXPORT_WAITING)
        str_add(problem, "that request was decided already");
    else if (!is_other(&asker, by))
        str_addf(problem, "%.64s asked: somebody else decides, with another phone in the directory", asker.key);
    else if (by->role != ROLE_CENTRE && by->role != ROLE_HEAD)
        str_addf(problem, "%.64s may not: officers of the service centre and heads decide about exports", by->key);
    officer_release(&asker);
    return problem->len ? ERR_CONFLICT : ERR_OK;
}

enum err export_decide(struct store *s, int64_t id, const struct officer *by, bool approve, int64_t expires_at, const char *actor, int64_t now,
                       struct str *problem) {
    struct export_request r = {0};
    enum err e = export_get(s, id, &r);
    if (e == ERR_OK)
        e = may_decide(s, &r, by, problem);
    r.state = approve ? EXPORT_APPROVED : EXPORT_DENIED;
    r.decider_id = by->id;
    r.decided_at = now;
    r.expires_at = approve ? expires_at : 0;
    if (e == ERR_OK)
        e = update(s, &r);
    if (e == ERR_OK)
        e = note(s, &r, approve ? APPROVED : DENIED, actor, -1, now);
    export_release(&r);
    return e;
}

enum err export_may_fetch(const struct export_request *r, const struct officer *by, int64_t now, struct str *problem) {
    const char *state = export_state_name(r, now);
    if (strcmp(state, "approved") != 0)
        str_addf(problem, "that export is %s: only one that is approved can be fetched, once, before it expires", state);
    else if (r->asker_id != by->id)
        str_add(problem, "only the officer who asked for it can fetch it");
    return problem->len ? ERR_CONFLICT : ERR_OK;
}

enum err export_fetched(struct store *s, const struct export_request *r, const char *actor, int64_t rows, int64_t now) {
    struct export_request fetched = *r;
    fetched.fetched_at = now;
    enum err e = update(s, &fetched);
    return e == ERR_OK ? note(s, &fetched, FETCHED, actor, rows, now) : e;
}
