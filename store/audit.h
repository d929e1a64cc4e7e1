/* The events of cases as evidence (art. 8: every step has the value of a paper document): immutable rows in one chain over all cases. What people did
 * with personal data (store/privacy.h) is a second chain, built the same way.
 *
 *   commitment = H(salt, data)          chain = H(chain of the event before, id, case, time, type, actor, commitment)
 *
 * What a row says can't be changed, and no row removed or put in between, without the chain breaking there. Data and salt can be erased
 * (data protection) and the chain still holds. H: BLAKE2b-256 (firmware-host/base/crypto.h). */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

struct audit_report {
    int64_t events, erased; /* looked at; of them without data */
    int64_t broken_id; /* the first event where the chain or a commitment doesn't hold; 0: all hold */
    const char *broken_why; /* "the chain", "the commitment", "a row is missing", "the data can't be unsealed"; static */
    char head[65]; /* hex of the newest chain value: to be kept elsewhere, so that cutting off the end shows too */
};
enum audit_chain { AUDIT_CASES, AUDIT_PRIVACY, AUDIT_CHAINS };
/* Reads all events of a chain. ERR_OK also when something is broken. */
MUST_CHECK enum err audit_verify(struct store *s, enum audit_chain which, struct audit_report *ret_report);

/* Erases the data and the salts of a case's events; the chain stays. In a transaction. */
MUST_CHECK enum err audit_erase(struct store *s, int64_t case_id);

#endif
