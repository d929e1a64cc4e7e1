/* What officers decided in the central store, as its feed says it (store/central/openapi.yaml): each item becomes a step of a case, by the same
 * table, with the same texts as one of the desk. The store is trusted for who decided, and that they might; the table says whether the case allows
 * it.
 *
 * A database that was restored from a copy reads again what was decided since, and its cases follow. The texts about it the other has sent: they
 * become unknown, for a person to settle (restore.h).
 *
 * What takes no effect isn't lost: it is kept for a person (store/feed.h), and the store is told, in the same transaction. */
#ifndef SMSC_DECISION_H
#define SMSC_DECISION_H

#include "store/central/pull.h"

struct smsc;

/* symbol, word in logs */
/* clang-format off */
#define DECISION_END_TABLE(X) \
    X(DECISION_DONE,      "done") \
    X(DECISION_AGAIN,     "again")      /* it was dealt with already */ \
    X(DECISION_ELSEWHERE, "elsewhere")  /* of a case that another appliance of the province has */ \
    X(DECISION_LEARNT,    "learnt")     /* an appliance's event: what it says of its case is known here now (province.h) */ \
    X(DECISION_DOCUMENT,  "document")   /* a document changed: the host fetches it */ \
    X(DECISION_REFUSED,   "refused")    /* kept, vn.pakn.decision.refused tells why */ \
    X(DECISION_UNKNOWN,   "unknown")    /* no event, or of a type that isn't known here: kept, vn.pakn.event.unknown tells */
/* clang-format on */
#define X(symbol, word) symbol,
enum decision_end { DECISION_END_TABLE(X) DECISION_END_COUNT };
#undef X
const char *decision_end_name(enum decision_end end);

/* Deals with an item, once, in the transaction that moves the cursor. Any error is the store's: roll back. */
MUST_CHECK enum err smsc_decide(struct smsc *s, const struct pull_item *item, int64_t now, enum decision_end *ret_end);

#endif
