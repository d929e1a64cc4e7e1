/* What data subjects ask for (Law 91/2025/QH15, Decree 356/2025/NĐ-CP): to see what is kept about them, or to have it erased. A person answers,
 * within two working days; the appliance keeps count of them. */
#ifndef STORE_DATA_REQUEST_H
#define STORE_DATA_REQUEST_H

#include "store/store.h"

enum data_request_kind { DATA_REQUEST_ACCESS, DATA_REQUEST_ERASE };

struct data_request {
    int64_t id, subscriber_id;
    enum data_request_kind kind;
    int64_t at; /* wall ms */
    int32_t due_day; /* by which it's to be answered */
    int64_t done_at; /* 0: not yet */
};
MUST_CHECK enum err data_request_insert(struct store *s, const struct data_request *r, int64_t *ret_id);
/* The open one of that kind. ERR_NOT_FOUND. */
MUST_CHECK enum err data_request_open(struct store *s, int64_t subscriber_id, enum data_request_kind kind, struct data_request *ret_request);
MUST_CHECK enum err data_request_done(struct store *s, int64_t id, int64_t at);
typedef void data_request_each(void *context, const struct data_request *r);
MUST_CHECK enum err data_request_list(struct store *s, data_request_each *each, void *context); /* open ones, the first due first */

#endif
