/* What data subjects ask for (Law 91/2025/QH15, Decree 356/2025/NĐ-CP): to see what is kept about them, or to have it erased. A person answers within
 * two working days, and does what was asked within 10 days (access) or 20 (erasing) of the request; that may be moved once, by 15 days at most, with
 * a reason. */
#ifndef STORE_DATA_REQUEST_H
#define STORE_DATA_REQUEST_H

#include "store/store.h"

enum data_request_kind { DATA_REQUEST_ACCESS, DATA_REQUEST_ERASE };
enum data_request_outcome {
    DATA_REQUEST_DONE,
    DATA_REQUEST_RESTRICTED /* what has the value of a paper document (Decision 115/2025 art. 8) isn't erased: who sees it is restricted instead */
};
enum {
    DATA_REQUEST_ANSWER_DAYS = 2 /* working days */,
    DATA_REQUEST_ACCESS_DAYS = 10,
    DATA_REQUEST_ERASE_DAYS = 20,
    DATA_REQUEST_EXTENSION_DAYS = 15
};

struct data_request {
    int64_t id, subscriber_id;
    enum data_request_kind kind;
    int64_t at; /* wall ms */
    int32_t due_day; /* by which it's to be answered */
    int64_t done_at; /* 0: not yet */
    int32_t act_day; /* by which it's to be done */
    int64_t answered_at, extended_at; /* 0: not yet */
    enum data_request_outcome outcome;
};
MUST_CHECK enum err data_request_insert(struct store *s, const struct data_request *r, int64_t *ret_id);
MUST_CHECK enum err data_request_get(struct store *s, int64_t id, struct data_request *ret_request); /* ERR_NOT_FOUND */
/* The open one of that kind. ERR_NOT_FOUND. */
MUST_CHECK enum err data_request_open(struct store *s, int64_t subscriber_id, enum data_request_kind kind, struct data_request *ret_request);
/* answered_at, act_day, extended_at, done_at, outcome, and the reason if it isn't NULL. ERR_NOT_FOUND: it isn't open. */
MUST_CHECK enum err data_request_update(struct store *s, const struct data_request *r, const char *reason);
bool data_request_late(const struct data_request *r, int32_t today); /* answer or deed */
MUST_CHECK enum err data_request_count_late(struct store *s, int32_t today, int64_t *ret_count);
typedef void data_request_each(void *context, const struct data_request *r);
MUST_CHECK enum err data_request_list(struct store *s, data_request_each *each, void *context); /* open ones, the first due first */

#endif
