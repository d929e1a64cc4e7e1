/* `phanhoi-modem --decode HEX`. */
#ifndef MODEM_DECODE_H
#define MODEM_DECODE_H

#include "firmware-host/base/str.h"

#include <stdbool.h>

/* `hex` is a PDU as AT+CMGR gives it: the service-centre address, then the TPDU; upper or lower case, blanks around it ignored. Appends its JSON
 * object and returns true, or appends a sentence that says which octet (from 1) is wrong and returns false. */
bool decode_pdu(const char *hex, struct str *to);

/* The same to stdout (and 0), or to stderr (and 1). */
int decode_main(const char *hex);

#endif
