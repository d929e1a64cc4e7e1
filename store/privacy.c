/* The second chain of audit.c. */
#include "store/privacy.h"

#include "store/db.h"

#include <stdlib.h>

void privacy_event_release(struct privacy_event *e) {
    free(e->type);
    free(e->actor);
    free(e->data);
    *e = (struct privacy_event){0};
}

enum err privacy_record(struct store *s, const struct privacy_event *event, int64_t *ret_id) {
    struct case_event chained = {.case_id = event->case_id, .at = event->at, .type = event->type, .actor = event->actor, .data = event->data};
    return audit_append(s, AUDIT_PRIVACY, &chained, ret_id);
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
