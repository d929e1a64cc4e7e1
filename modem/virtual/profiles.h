/* What sets one model of modem apart, as data: a profile is one row of the table in profiles.c. */
#ifndef MODEM_VIRTUAL_PROFILES_H
#define MODEM_VIRTUAL_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

struct profile_line { /* something the modem says unasked */
    int after_ms; /* after the line before it */
    const char *text;
};

struct profile {
    const char *name, *help;
    const char *manufacturer, *model, *revision;
    bool echo; /* ATE after power-on */
    int slot_base; /* the first slot's number: 0 or 1 */
    int sim_slots, me_slots; /* 0: no such memory */
    const char *cnmi_range; /* AT+CNMI=?, which also says what AT+CNMI= takes: groups of numbers and ranges */
    const char *charsets; /* AT+CSCS=? */
    bool cpms_single; /* AT+CPMS takes one memory only */
    int empty_slot; /* +CMS ERROR of AT+CMGR on an empty slot; 0: a bare OK */
    const char *unknown; /* the answer to a command it doesn't know; NULL: ERROR as AT+CMEE says */
    const struct profile_line *boot; /* after AT+CFUN=1,1, ended by a NULL text */
    const struct profile_line *noise; /* said in turn when noise is on, ended by a NULL text; after_ms isn't used */
};

const struct profile *profile_find(const char *name); /* NULL: none of that name */
const struct profile *profile_at(size_t i); /* NULL: past the last */

#endif
