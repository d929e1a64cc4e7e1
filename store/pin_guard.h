/* The guard before a SIM's PIN: a row says "this PIN is being tried on this SIM" before it is, and only success takes it away, or that it certainly
 * wasn't tried. So whatever ends the program or the machine in between, a PIN is tried on a SIM once and not again, until the PIN is another or a
 * person says so. Whether a modem tells its SIM apart may change from one start to the next (some read the ICCID of a locked SIM only later), so a
 * try stands for the SIM and for the modem: another SIM in a modem where that PIN failed waits for a person's word. */
#ifndef STORE_PIN_GUARD_H
#define STORE_PIN_GUARD_H

#include "store/store.h"

struct pin_try { /* keyed digests of modem and PIN, and of SIM and PIN if the SIM is known */
    uint8_t of[2][HASH_SIZE];
    int count;
};
struct pin_try pin_try_of(const struct store *s, const char *link, const char *sim, const char *pin); /* sim "": the modem doesn't say */

/* All in a transaction. ERR_DUPLICATE: it was tried, and nothing is known of a success; the word of whoever has it tried again is then about `link`,
 * wherever the SIM was before. */
MUST_CHECK enum err pin_guard_begin(struct store *s, const struct pin_try *try, const char *link, int64_t now);
MUST_CHECK enum err pin_guard_passed(struct store *s, const struct pin_try *try); /* accepted, or never entered: nothing is to be guarded */
MUST_CHECK enum err pin_guard_forgive(struct store *s, const char *link); /* a person's word; ERR_NOT_FOUND: no try of it stands */

#endif
