/* How the cases of the province's other appliances stand, and whose they are: what their events say, in the feed of a store that gives everybody's
 * (store/central/profile.h). So each appliance can answer for any case, also while the store is away.
 *
 * Events may come again, and in another order than they were written: of each thing that an event says (state, deadline, agency, the two numbers) the
 * newest counts, by the sequence of its appliance; after a restore there, by the time at which the new epoch began. Of numbers only keyed hashes are
 * kept, of words nothing. */
#ifndef STORE_PROVINCE_H
#define STORE_PROVINCE_H

#include "store/case.h"
#include "store/lookup.h"

enum province_binding {
    PROVINCE_BINDING_STAYS,
    PROVINCE_BOUND, /* to `phone`, the sender; no other number is */
    PROVINCE_LAPSED, /* the sender isn't bound any more */
    PROVINCE_ASKED, /* `phone`, on whose behalf it is, has been asked */
    PROVINCE_CONSENT,
    PROVINCE_DISSENT,
};

struct province_event { /* what one event of another appliance says of its case */
    int32_t code;
    int64_t epoch, sequence, at;
    bool says_state, says_due;
    enum case_state state;
    int32_t due_day; /* 0: none runs */
    const char *agency; /* NULL: nothing is said of it */
    enum province_binding binding;
    struct phone phone;
};
MUST_CHECK enum err province_learn(struct store *s, const struct province_event *event);
MUST_CHECK enum err province_reassigned(struct store *s, const struct phone *phone, int64_t at); /* that number has another owner since */

struct province_case {
    enum case_state state;
    char agency[LOOKUP_AGENCY_MAX + 1]; /* "": the service centre */
    int32_t due_day; /* 0: none runs */
};
/* ERR_NOT_FOUND: no such case is known, or it's bound to others: the same work is done for both. */
MUST_CHECK enum err province_find(struct store *s, int32_t code, const struct phone *phone, struct province_case *ret_case);

#endif
