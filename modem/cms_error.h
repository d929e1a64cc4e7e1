/* What the numbers after +CMS ERROR: and +CME ERROR: mean for a submission: one table each.
 * Sources: 3GPP TS 24.011 annex E-2 (1–127, the network's RP cause), TS 23.040 §9.2.3.22 (128–255, the service centre's TP-FCS),
 * TS 27.005 §3.2.5 (300–511, the modem), vendors (512 and up); TS 27.007 §9.2 for +CME ERROR. */
#ifndef MODEM_CMS_ERROR_H
#define MODEM_CMS_ERROR_H

#include "firmware-host/base/sms.h"

#include <stdbool.h>

struct cms_error {
    int first, last; /* the codes of this row, both included */
    enum sms_failure class;
    /* As the answer to a PDU that was written: true says that the message is certainly not on its way, false that nobody can know. */
    bool certain;
    const char *text; /* TS 27.005's words where it has some; for people */
};

/* Never NULL: a code without a row of its own gets the row for unknown codes (temporary, not certain). */
const struct cms_error *cms_error_find(int code);
const struct cms_error *cme_error_find(int code);

/* The code of a verbose error ("memory full", AT+CMEE=2), any case; -1: not in the table. */
int cms_error_code(const char *text);
int cme_error_code(const char *text);

#endif
