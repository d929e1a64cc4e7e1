/* The guard before a SIM's PIN: a row says "this PIN is being tried on this SIM" before it is, and only success takes it away, or that it certainly
 * wasn't tried. So whatever ends the program or the machine in between, a PIN is tried on a SIM once and not again, until the PIN is another or a
 * person says so. */
#ifndef STORE_PIN_GUARD_H
#define STORE_PIN_GUARD_H

#include "store/store.h"

struct pin_digest { /* keyed, of a SIM and a PIN */
    uint8_t octets[HASH_SIZE];
};
struct pin_digest pin_digest_of(const struct store *s, const char *sim, const char *pin);

/* All in a transaction. ERR_DUPLICATE: it was tried, and nothing is known of a success. */
MUST_CHECK enum err pin_guard_begin(struct store *s, const struct pin_digest *digest, const char *link, int64_t now);
MUST_CHECK enum err pin_guard_passed(struct store *s, const struct pin_digest *digest); /* accepted, or never entered: nothing is to be guarded */
MUST_CHECK enum err pin_guard_forgive(struct store *s, const char *link); /* a person's word; ERR_NOT_FOUND: no try of it stands */

#endif
