/* Cases and their events. */
#include "store/case.h"

#include "store/statements.h"
#include "store/subscriber.h"

#include <stdio.h>
#include <stdlib.h>

#define X(symbol, name) [symbol] = (name),
static const char *const case_state_names[CASE_STATE_COUNT] = {CASE_STATE_TABLE(X)};
#undef X
_Static_assert(CASE_DRAFT == 0 && CASE_RECEIVED == 1 && CASE_REJOINDER == 6 && CASE_REFUSED == 7 && CASE_CLOSED == 9,
               "the database holds the numbers; S_COUNTS names them");

const char *case_state_name(enum case_state state) {
    return (unsigned)state < CASE_STATE_COUNT ? case_state_names[state] : "?";
}

size_t case_flag_names(int flags, const char *ret_names[CASE_FLAGS_MAX]) {
    size_t count = 0;
#define X(symbol, value, name) \
    if (flags & (symbol)) \
        ret_names[count++] = (name);
    CASE_FLAG_TABLE(X)
#undef X
    return count;
}

bool case_state_ended(enum case_state state) {
    return state >= CASE_REFUSED && state <= CASE_CLOSED;
}

void case_release(struct pakn_case *c) {
    free(c->text);
    free(c->link);
    *c = (struct pakn_case){0};
}

void case_code_text(int32_t code, char out[CASE_CODE_SIZE]) {
    snprintf(out, CASE_CODE_SIZE, "%09u", (unsigned)code % 1000000000u);
}

enum err case_insert(struct store *s, const struct pakn_case *c, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_CASE_INSERT);
    bind_id(q, 1, c->code);
    bind_int(q, 2, c->subscriber_id);
    bind_int(q, 3, c->state);
    bind_int(q, 4, c->kind);
    bind_int(q, 5, c->flags);
    bind_text(q, 6, c->link);
    bind_int(q, 7, c->submitted_at);
    bind_id(q, 8, c->message_id);
    bind_int(q, 9, c->due_day);
    int64_t id = 0;
    enum err e = bind_sealed(s, q, 10, "case", bytes_text(c->text));
    if (e == ERR_OK)
        e = statement_insert(s, q, &id);
    if (e != ERR_OK)
        return e;
    q = statement(s, S_CASE_SET_NEWEST);
    bind_int(q, 1, c->subscriber_id);
    bind_int(q, 2, id);
    e = statement_run_one(s, q);
    if (e == ERR_OK)
        *ret_id = id;
    return e;
}

enum err case_update(struct store *s, const struct pakn_case *c) {
    sqlite3_stmt *q = statement(s, S_CASE_UPDATE);
    bind_int(q, 1, c->id);
    bind_id(q, 2, c->code);
    bind_int(q, 3, c->state);
    bind_int(q, 4, c->kind);
    bind_int(q, 5, c->flags);
    bind_int(q, 6, c->submitted_at);
    bind_int(q, 7, c->due_day);
    enum err e = bind_sealed(s, q, 8, "case", bytes_or_null(c->text));
    return e == ERR_OK ? statement_run_one(s, q) : e;
}

/* The current row, which ends. `with_text` false leaves text and link NULL. */
static enum err case_from_row(struct store *s, sqlite3_stmt *q, bool with_text, struct pakn_case *ret_case) {
    struct pakn_case found = {
        .id = column_int(q, 0),
        .code = (int32_t)column_int(q, 1),
        .subscriber_id = column_int(q, 2),
        .state = (enum case_state)column_int(q, 3),
        .kind = (enum case_kind)column_int(q, 4),
        .flags = (int)column_int(q, 5),
        .submitted_at = column_int(q, 7),
        .message_id = column_int(q, 8),
        .due_day = (int32_t)column_int(q, 9),
    };
    enum err e = with_text ? column_unsealed(s, q, 10, "case", &found.text, NULL) : ERR_OK;
    if (e == ERR_OK) {
        found.link = with_text ? column_text(q, 6) : NULL;
        *ret_case = found;
    }
    statement_done(q);
    return e;
}

static enum err case_row(struct store *s, sqlite3_stmt *q, struct pakn_case *ret_case) {
    enum err e = statement_row(s, q);
    return e == ERR_OK ? case_from_row(s, q, true, ret_case) : e;
}

enum err case_get(struct store *s, int64_t id, struct pakn_case *ret_case) {
    sqlite3_stmt *q = statement(s, S_CASE_GET);
    bind_int(q, 1, id);
    return case_row(s, q, ret_case);
}

enum err case_by_code(struct store *s, int32_t code, struct pakn_case *ret_case) {
    sqlite3_stmt *q = statement(s, S_CASE_BY_CODE);
    bind_int(q, 1, code);
    return case_row(s, q, ret_case);
}

enum err case_code_of(struct store *s, int64_t id, int32_t *ret_code) {
    sqlite3_stmt *q = statement(s, S_CASE_CODE_OF);
    bind_int(q, 1, id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    *ret_code = (int32_t)column_int(q, 0);
    statement_done(q);
    return ERR_OK;
}

enum err case_newest_at(struct store *s, int64_t *ret_at) {
    sqlite3_stmt *q = statement(s, S_CASE_NEWEST_AT);
    return statement_value(s, q, ret_at);
}

enum err case_pace(struct store *s, int64_t since, int64_t until, int64_t *ret_count, int64_t *ret_first) {
    sqlite3_stmt *q = statement(s, S_CASE_PACE);
    bind_int(q, 1, since);
    bind_int(q, 2, until);
    enum err e = statement_row(s, q);
    if (e == ERR_OK) {
        *ret_count = column_int(q, 0);
        *ret_first = column_int(q, 1);
        statement_done(q);
    }
    return e;
}

enum err case_newest_of(struct store *s, int64_t subscriber_id, int64_t *ret_id) {
    sqlite3_stmt *q = statement(s, S_CASE_NEWEST_OF);
    bind_int(q, 1, subscriber_id);
    return statement_value(s, q, ret_id);
}

static enum err case_previous(struct store *s, int64_t id, int64_t *ret_previous) {
    sqlite3_stmt *q = statement(s, S_CASE_PREVIOUS);
    bind_int(q, 1, id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_IO : e; /* the foreign key says that it can't be */
    *ret_previous = column_int(q, 0);
    statement_done(q);
    return *ret_previous < id ? ERR_OK : ERR_IO;
}

/* Between which links of a subscriber's chain the case stands, or would: ids fall along it. *ret_newer 0: it's the first. */
static enum err neighbours(struct store *s, int64_t subscriber_id, int64_t case_id, int64_t *ret_newer, int64_t *ret_older) {
    int64_t at = 0;
    enum err e = case_newest_of(s, subscriber_id, &at);
    for (*ret_newer = 0; e == ERR_OK && at > case_id;) {
        *ret_newer = at;
        e = case_previous(s, at, &at);
    }
    if (e == ERR_OK && at == case_id)
        e = case_previous(s, at, &at);
    *ret_older = at;
    return e;
}

static enum err set_link(struct store *s, int64_t subscriber_id, int64_t newer, int64_t to) {
    sqlite3_stmt *q = statement(s, newer ? S_CASE_SET_PREVIOUS : S_CASE_SET_NEWEST);
    bind_int(q, 1, newer ? newer : subscriber_id);
    bind_id(q, 2, to);
    return statement_run_one(s, q);
}

enum err case_bind(struct store *s, struct pakn_case *c, int64_t subscriber_id) {
    int64_t newer = 0, older = 0;
    enum err e = ERR_OK;
    if (c->subscriber_id != SUBSCRIBER_NOBODY)
        e = neighbours(s, c->subscriber_id, c->id, &newer, &older);
    if (e == ERR_OK && c->subscriber_id != SUBSCRIBER_NOBODY)
        e = set_link(s, c->subscriber_id, newer, older);
    older = 0;
    if (e == ERR_OK)
        e = subscriber_id == SUBSCRIBER_NOBODY ? subscriber_nobody(s) : neighbours(s, subscriber_id, c->id, &newer, &older);
    if (e == ERR_OK && subscriber_id != SUBSCRIBER_NOBODY)
        e = set_link(s, subscriber_id, newer, c->id);
    if (e != ERR_OK)
        return e;
    sqlite3_stmt *q = statement(s, S_CASE_BIND);
    bind_int(q, 1, c->id);
    bind_int(q, 2, subscriber_id);
    bind_id(q, 3, older);
    e = statement_run_one(s, q);
    if (e == ERR_OK)
        c->subscriber_id = subscriber_id;
    return e;
}

enum err case_unbind(struct store *s, int64_t id) {
    sqlite3_stmt *q = statement(s, S_CASE_GET);
    bind_int(q, 1, id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct pakn_case c = {.id = id, .subscriber_id = column_int(q, 2)};
    statement_done(q);
    return case_bind(s, &c, SUBSCRIBER_NOBODY);
}

/* One link of a subscriber's chain. A case that isn't wanted is passed over without unsealing it. */
static enum err case_in_chain(struct store *s, int64_t id, bool open_only, struct pakn_case *ret_case, bool *ret_wanted, int64_t *ret_previous) {
    sqlite3_stmt *q = statement(s, S_CASE_GET);
    bind_int(q, 1, id);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e == ERR_NOT_FOUND ? ERR_IO : e; /* the foreign key says that it can't be */
    enum case_state state = (enum case_state)column_int(q, 3);
    int64_t previous = column_int(q, 11);
    if (previous >= id) { /* can't be; in a damaged file it would go round for ever */
        statement_done(q);
        return ERR_IO;
    }
    bool wanted = state != CASE_DRAFT && !(open_only && case_state_ended(state));
    e = case_from_row(s, q, wanted, ret_case);
    *ret_wanted = wanted;
    *ret_previous = previous;
    return e;
}

enum err case_list_of(struct store *s, int64_t subscriber_id, bool open_only, int limit, case_each *each, void *context) {
    int64_t id = 0;
    enum err e = case_newest_of(s, subscriber_id, &id);
    for (int n = 0; e == ERR_OK && id != 0 && n < limit;) {
        struct pakn_case c;
        bool wanted = false;
        e = case_in_chain(s, id, open_only, &c, &wanted, &id);
        if (e == ERR_OK && wanted) {
            each(context, &c);
            case_release(&c);
            n++;
        }
    }
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err case_list(struct store *s, int64_t before_id, int limit, case_each *each, void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct pakn_case c;
        sqlite3_stmt *q = statement(s, S_CASE_BEFORE);
        bind_int(q, 1, before);
        enum err e = case_row(s, q, &c);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = c.id;
        each(context, &c);
        case_release(&c);
    }
    return ERR_OK;
}

static enum err case_event_next(struct store *s, int64_t case_id, int64_t after, struct case_event *ret_event) {
    sqlite3_stmt *q = statement(s, S_CASE_EVENT_NEXT);
    bind_int(q, 1, case_id);
    bind_int(q, 2, after);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct case_event found = {.id = column_int(q, 0), .case_id = column_int(q, 1), .at = column_int(q, 2)};
    e = column_unsealed(s, q, 5, "case_event", &found.data, NULL);
    if (e == ERR_OK) {
        found.type = column_text(q, 3);
        found.actor = column_text(q, 4);
        *ret_event = found;
    }
    statement_done(q);
    return e;
}

enum err case_event_list(struct store *s, int64_t case_id, case_event_each *each, void *context) {
    int64_t after = 0;
    for (;;) {
        struct case_event found;
        enum err e = case_event_next(s, case_id, after, &found);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        after = found.id;
        each(context, &found);
        free(found.type);
        free(found.actor);
        free(found.data);
    }
}
