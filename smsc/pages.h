/* A public answer that is longer than three segments is read page by page: TC <code> 2 asks for the second. */
#ifndef SMSC_PAGES_H
#define SMSC_PAGES_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/sms.h"

enum { PAGES_WORD_SEARCH = 40 }; /* how far back from a full page a blank is looked for: an address on the web is longer than any word */

struct page {
    size_t offset, len; /* bytes of the answer; neither begins nor ends with a blank, never empty */
};

/* Cuts an answer into pages of at most `room` septets or UTF-16 units: between words, and a word longer than that between characters as a reader sees
 * them, never inside a code or date. Only blanks and line ends at the cuts are left out. An answer of nothing but blanks has no page. The same answer
 * and room give the same pages. ERR_TOO_LONG: more than `max`. */
MUST_CHECK enum err pages_cut(const char *answer, enum sms_encoding encoding, size_t room, struct page *pages, size_t max, size_t *ret_count);

#endif
