/* The credit of a modem's SIM, as the operator's network said it last. A row a modem, of the SIM that is in it: a row of another SIM's is no answer.
 */
#ifndef STORE_BALANCE_H
#define STORE_BALANCE_H

#include "store/store.h"

struct balance_row {
    int64_t asked_at; /* wall ms of the last try; 0: never */
    int64_t read_at; /* of the last answer that could be read; 0: none */
    int64_t amount; /* dong */
    int32_t expires; /* day number; 0: none was said */
};
/* `sim`: what names the SIM, IMSI or ICCID, "" unknown; kept as a keyed hash. Nothing known, or of another SIM: zeros. */
MUST_CHECK enum err balance_get(struct store *s, const char *link, const char *sim, struct balance_row *ret_row);
MUST_CHECK enum err balance_put(struct store *s, const char *link, const char *sim, const struct balance_row *row);

#endif
