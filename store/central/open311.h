/* What the two halves of the Open311 profile share: profile_open311.c speaks, open311_decisions.c listens. */
#ifndef CENTRAL_OPEN311_H
#define CENTRAL_OPEN311_H

#include "store/central/profile.h"

#define OPEN311_PERIOD_MOST (90 * INT64_C(86400000)) /* that a store must answer for, by the standard */

const struct profile_service *open311_service(const struct profile_open311 *o, const char *field); /* NULL: there's none for it */
void open311_source(const struct profile_identity *who, char out[PULL_ATTRIBUTE_MAX + 1]); /* of the feed's items */
bool open311_item_id(const char *reference, const char *id, char out[FEED_ID_MAX + 1]); /* false: no item can have that */
bool open311_is_ours(const struct profile_identity *who, const char *id); /* the id of an update that this appliance sent */

struct open311_period {
    int64_t from, until; /* wall ms */
};
/* What is asked for behind that cursor. Where an answer was too large the limit is smaller, and so the period. */
struct open311_period open311_period(const struct pull_request *what, int64_t now);
enum err open311_read_changes(const struct profile_identity *who, const struct pull_request *what, const struct profile_feed *feed, struct bytes body,
                              struct str *problem, struct pull_page *ret_page);

#endif
