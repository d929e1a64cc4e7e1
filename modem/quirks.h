/* What is known of families of modems beyond the standards, as data: one row a family (quirks.c). The AT driver asks the row and has no constants
 * of its own; a device that no row knows is "generic", which is what TS 27.005 and TS 27.007 say. A row never keeps the driver from falling back:
 * what it names is tried first, the general forms after it. */
#ifndef MODEM_QUIRKS_H
#define MODEM_QUIRKS_H

#include "modem/at_reply.h"
#include "modem/ussd.h"

#include <stdbool.h>
#include <stddef.h>

struct quirks {
    const char *family; /* as the worker's `up` line names it */
    const char *makers, *models; /* recognised by a piece of AT+CGMI, of AT+CGMM: pieces divided by '|'; NULL: any */
    const char *const *init; /* commands to be given once the line is set up; refusals don't matter. Ended by NULL */
    const char *const *indications; /* values of AT+CNMI= to be tried before the general ones. Ended by NULL */
    enum at_memory memories[3]; /* for arrivals, the best first */
    int first_slot; /* 0 or 1; 0 where it isn't known: then both are looked at */
    bool no_acknowledgement; /* AT+CNMA isn't wanted after +CMT, whatever AT+CSMS says */
    int busy_code; /* +CME ERROR that means: still starting, wait; 0: none */
    const char *const *urc_ports; /* values of AT+QURCCFG="urcport": unsolicited lines go to one port of several. NULL: no such command */
    const char *const *noise; /* how unsolicited lines start that don't start with a sign. NULL: none */
    enum ussd_form ussd; /* how the text of AT+CUSD goes out; what comes back is told by its shape, its scheme lies */
    const char *hang_up; /* the command that rejects a call; NULL: AT+CHUP */
    const char *restart; /* the command that restarts the modem */
};

const struct quirks *quirks_find(const char *maker, const char *model); /* the answers of AT+CGMI, AT+CGMM, "" unknown; never NULL */
const struct quirks *quirks_at(size_t i); /* NULL: past the last; the last is "generic" */
const char *const *quirks_indications(void); /* values of AT+CNMI= for any modem, the best first. Ended by NULL */
/* What a revision of the firmware (AT+CGMR) is known for, in a sentence for people with its source; NULL: nothing. */
const char *quirks_trouble(const char *revision);
/* Whether any family says such a line unasked. Of all of them: a line comes before the family is known, and no two mean different things by one. */
bool quirks_is_noise(const char *line);

#endif
