/* The second chain of audit.c. */
#include "store/privacy.h"

#include "store/db.h"
#include "store/outbox.h"

#include <stdlib.h>

void privacy_event_release(struct privacy_event *e) {
    free(e->type);
    free(e->actor);
    free(e->data);
    *e = (struct privacy_event){0};
}

enum err privacy_note(struct store *s, const struct privacy_note *note, const struct str *data) {
    struct case_event chained = {.case_id = note->case_id, .at = note->at, .data = data->data};
    int64_t id = 0;
    chained.type = (char *)(uintptr_t)note->type;
    chained.actor = (char *)(uintptr_t)note->actor;
    enum err e = str_ok(data) ? audit_append(s, AUDIT_PRIVACY, &chained, &id) : ERR_TOO_LONG;
    return e == ERR_OK && note->up ? outbox_add(s, 0, note->up, NULL, note->at, data) : e;
}

static enum err next(struct store *s, const char *type, int64_t from, int64_t until, int64_t before, struct privacy_event *ret_event) {
    sqlite3_stmt *q = statement(s, S_PRIVACY_EVENT_BEFORE);
    bind_int(q, 1, before);
    bind_int(q, 2, from);
    bind_int(q, 3, until);
    bind_text(q, 4, type);
    enum err e = statement_row(s, q);
    if (e != ERR_OK)
        return e;
    struct privacy_event found = {.id = column_int(q, 0), .case_id = column_int(q, 1), .at = column_int(q, 2)};
    e = column_unsealed(s, q, 5, "privacy_event", &found.data, NULL);
    if (e == ERR_OK) {
        found.type = column_text(q, 3);
        found.actor = column_text(q, 4);
        *ret_event = found;
    }
    statement_done(q);
    return e;
}

enum err privacy_list(struct store *s, const char *type, int64_t from, int64_t until, int64_t before_id, int limit, privacy_each *each,
                      void *context) {
    int64_t before = before_id > 0 ? before_id : INT64_MAX;
    for (int n = 0; n < limit; n++) {
        struct privacy_event found;
        enum err e = next(s, type, from, until, before, &found);
        if (e != ERR_OK)
            return e == ERR_NOT_FOUND ? ERR_OK : e;
        before = found.id;
        each(context, &found);
        privacy_event_release(&found);
    }
    return ERR_OK;
}
