/* Personal data leaves the box only when two officers stand for it: one asks, with a reason; another, with another phone, of the service centre or a
 * head, approves; the one who asked fetches it, once, within some hours. So a data subject's request for access is answered, and an authority's.
 * Every step is an event of store/privacy.h. */
#ifndef STORE_EXPORT_H
#define STORE_EXPORT_H

#include "store/directory.h"

enum export_scope { EXPORT_CASE, EXPORT_SENDER, EXPORT_PERIOD };
const char *export_scope_name(enum export_scope scope); /* "case", "sender", "period" */
enum export_state { EXPORT_WAITING, EXPORT_APPROVED, EXPORT_DENIED };

struct export_request {
    int64_t id, at; /* wall ms */
    int64_t asker_id; /* an officer */
    enum export_scope scope;
    int64_t case_id, subscriber_id; /* as the scope wants; 0 */
    int32_t from_day, to_day; /* EXPORT_PERIOD: cases submitted on these days and between */
    enum export_state state;
    int64_t decider_id, decided_at; /* 0: nobody yet */
    int64_t expires_at; /* of an approval */
    int64_t fetched_at; /* 0: not yet */
    char *reason; /* sealed */
};
void export_release(struct export_request *r);
/* "waiting", "approved", "denied", "fetched", "expired" */
const char *export_state_name(const struct export_request *r, int64_t now);

/* Each in a transaction, with its event; `actor` names who did it. */
MUST_CHECK enum err export_ask(struct store *s, const struct export_request *r, const char *actor, int64_t *ret_id);
/* ERR_NOT_FOUND; ERR_CONFLICT with `problem`: it's decided already, the same person asked, or that role may not. `expires_at`: of an approval. */
MUST_CHECK enum err export_decide(struct store *s, int64_t id, const struct officer *by, bool approve, int64_t expires_at, const char *actor,
                                  int64_t now, struct str *problem);
/* Whether that officer may fetch it now: ERR_CONFLICT with `problem`. */
MUST_CHECK enum err export_may_fetch(const struct export_request *r, const struct officer *by, int64_t now, struct str *problem);
MUST_CHECK enum err export_fetched(struct store *s, const struct export_request *r, const char *actor, int64_t rows, int64_t now);

MUST_CHECK enum err export_get(struct store *s, int64_t id, struct export_request *ret_request); /* ERR_NOT_FOUND */
typedef void export_each(void *context, const struct export_request *r);
MUST_CHECK enum err export_list(struct store *s, int64_t before_id, int limit, export_each *each, void *context); /* newest first */

/* What is exported: a JSON object a line, of kind person, case, event, message or text. Goes through many rows: for a reader on the pool.
 * ERR_TOO_LONG: more than `most` rows, or `to` is full. */
struct export_counts {
    int64_t rows, numbers, texts;
};
MUST_CHECK enum err export_write(struct store *s, const struct export_request *r, int64_t most, struct str *to, struct export_counts *ret_counts);

#endif
