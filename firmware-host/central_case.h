/* What a profile whose store gives cases names of its own is told of a case, and what it learns of it (store/central/profile.h). */
#ifndef HOST_CENTRAL_CASE_H
#define HOST_CENTRAL_CASE_H

#include "store/central/profile.h"
#include "store/store.h"

/* Of an event of no case (0) everything is empty. */
MUST_CHECK enum err central_case_of(struct store *s, int64_t case_id, struct profile_case *ret_case);
MUST_CHECK enum err central_case_find(struct store *s, const char *reference, struct profile_case *ret_case); /* ERR_NOT_FOUND: none has that name */

/* In a transaction, as a case's answer came. ERR_CONFLICT: what the store calls it is the name of another case. */
MUST_CHECK enum err central_case_learn(struct store *s, int64_t case_id, const char *source, const struct profile_learned *learned, int64_t now);

#endif
