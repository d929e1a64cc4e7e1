/* How an arrival is written into its raw row and read back: one JSON object in the manner of the workers' lines (modem/protocol.h).
 *   {"kind":"text","link":"m1","origin":"452…","from":"+84912000001","time":1795226400000,"encoding":"gsm7","text":"PA …","pdu":"0791…"}
 * It is also the evidence of what came: the PDU as it was (Decision 115/2025 art. 8 gives it the value of paper). */
#ifndef SMSC_ARRIVAL_H
#define SMSC_ARRIVAL_H

#include "firmware-host/base/json.h"
#include "smsc/smsc.h"

void arrival_write(const struct arrival *a, struct str *to);

struct arrival_copy { /* `arrival` borrows from `document`; its pdu is left out */
    struct arrival arrival;
    struct json *document;
};
MUST_CHECK enum err arrival_read(const char *body, size_t len, struct arrival_copy *ret);
void arrival_release(struct arrival_copy *a);

#endif
