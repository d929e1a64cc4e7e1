/* The same matter from another phone (Decision 115/2025 art. 7.6) is no duplicate but a supporter: whoever sends it gets a case, a code and a
 * deadline of their own, and the case that was first counts them. Nobody but officers and the central store is told, and nothing is decided by the
 * count.
 *
 * What is the same is what would be a duplicate of one sender (duplicate_near). Cases that may be it are found by MinHash: of all runs of three words
 * the smallest of four hashes each; two texts that differ in one word of twenty have one of the four in common nearly always, in three words of
 * twenty two times of three. The hashes are in memory, made of the newest cases after a start: a message costs the same however many cases there are,
 * and nothing more is on disk.
 *
 * Not found: texts of fewer than eight words (they name no place), confidential cases on either side, first cases that have a result or have ended,
 * older ones than duplicate_days, and than the newest 20,000. A phone counts once for a case. */
#ifndef SMSC_SUPPORTERS_H
#define SMSC_SUPPORTERS_H

#include "smsc/smsc.h"
#include "store/case.h"

struct supporters;
struct supporters *supporters_new(void);
void supporters_free(struct supporters *s);

/* From the rows, after a start. */
MUST_CHECK enum err supporters_recover(struct smsc *s, int64_t now);

/* The case that was first with what `c`, which isn't filed yet, says. ERR_NOT_FOUND. */
MUST_CHECK enum err supporters_first(struct smsc *s, const struct pakn_case *c, int64_t now, struct pakn_case *ret_first);
/* `c` is filed: the first one counts it, or with `first` NULL it is one by itself, for those that come. */
MUST_CHECK enum err supporters_filed(struct smsc *s, const struct pakn_case *c, struct pakn_case *first, int64_t now);

#endif
