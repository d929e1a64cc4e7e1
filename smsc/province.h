/* Events of the province's appliances in the feed of a store that gives everybody's: what those of the others say of their cases is kept
 * (store/province.h), ours come back as they went. None of them is a decision, whatever its type. */
#ifndef SMSC_PROVINCE_H
#define SMSC_PROVINCE_H

#include "store/central/pull.h"

struct smsc;

bool province_is_event(const struct smsc *s, const struct pull_item *item); /* by its source; ours too */
/* *ret_taken: it is one, and what it says is known here; false: it isn't, or not one that can be understood. It may come again. */
MUST_CHECK enum err province_take(struct smsc *s, const struct pull_item *item, bool *ret_taken);

#endif
