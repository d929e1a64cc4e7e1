/* What sets one model of modem apart, as data: a profile is one row of the table in profiles.c. A column that a row leaves out means what the
 * standards say. */
#ifndef MODEM_VIRTUAL_PROFILES_H
#define MODEM_VIRTUAL_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

struct profile_line { /* something the modem says unasked */
    int after_ms; /* after the line before it; the knob `speed` shortens it */
    const char *text;
    size_t octets; /* >0: so many octets are said as they are, without line ends around them */
};

struct profile_answer { /* what a command is answered, in place of what it would do */
    const char *command; /* behind AT, as it is typed: "+CREG?" */
    const char *answer; /* one line; OK follows unless it is an ERROR; "": OK alone; NULL: ends the list */
};

enum profile_echo { PROFILE_ECHO, PROFILE_ECHO_NEVER, PROFILE_ECHO_TWICE }; /* NEVER: whatever ATE says; TWICE: each command line is said again */
enum profile_sim { PROFILE_SIM_READY, PROFILE_SIM_PIN, PROFILE_SIM_PUK, PROFILE_SIM_NONE };
enum profile_ussd { /* how the text of +CUSD looks */
                    PROFILE_USSD_CHARSET, /* as AT+CSCS says, dcs 15; UCS-2 in hex with dcs 72 where the default alphabet can't say it */
                    PROFILE_USSD_UCS2, /* UCS-2 in hex, and the dcs says 15 all the same */
                    PROFILE_USSD_PLAIN, /* as it is, requests too, whatever AT+CSCS says */
                    PROFILE_USSD_PACKED, /* septets, packed, in hex: requests too; else UCS-2 in hex with dcs 72 */
};

struct profile {
    const char *name, *help;
    const char *manufacturer, *model, *revision;

    /* the line */
    enum profile_echo echo;
    const char *unknown; /* the answer to a command it doesn't know; NULL: ERROR as AT+CMEE says */
    const struct profile_answer *answers; /* NULL: none */
    const char *interjection; /* said between every third command and its answer; NULL: nothing */
    const struct profile_line *boot; /* after a restart; until the first of them it is deaf; NULL: it is there at once */
    int start_ms; /* after a restart, AT+CPIN and the commands about messages … */
    int start_error; /* … are answered with this code; 0: never */
    const struct profile_line *noise; /* said in turn, each after its time; when the knob `noise` is on, after that. NULL: nothing */
    const char *quiet_after; /* the command that ends the noise; NULL: none does */
    const char *urc_ports; /* names of its ports, AT+QURCCFG="urcport"; NULL: a modem of one port */
    const char *urc_port, *port; /* the port that unsolicited lines go to at first; the one that this line is */

    /* SIM and network */
    enum profile_sim sim;
    const char *pin; /* NULL: none */
    bool unregistered; /* at first; as "registered" says later */
    bool mute; /* at first: doesn't hear, doesn't speak */
    bool chatter; /* noise is said even while it is mute */

    /* messages */
    int slot_base; /* the first slot's number: 0 or 1 */
    int sim_slots, me_slots; /* 0: no such memory */
    const char *cnmi_range; /* AT+CNMI=?: groups of numbers and ranges */
    const char *cnmi_takes; /* what AT+CNMI= takes; NULL: what it says */
    int cpms_values; /* how many memories AT+CPMS takes; 0: three */
    int empty_slot; /* +CMS ERROR of AT+CMGR on an empty slot; 0: a bare OK */
    const char *full_line; /* said when a message finds no room; NULL: nothing */
    const int *submit_ms; /* what the radio takes, in turn, ended by 0; a negative one is on the air and never answered; NULL: no time */
    bool reference_tight; /* "+CMGS:7" */
    const char *reference_tail; /* what stands behind the reference; NULL: nothing */
    bool report_comma; /* "+CDS: ,25" */
    bool early_report; /* a report comes before the answer to its AT+CMGS */

    /* USSD */
    const char *charsets; /* AT+CSCS=? */
    enum profile_ussd ussd;
    bool ussd_blanks; /* +CUSD: 0, "text", 15 */
    bool ussd_no_hex; /* with AT+CSCS="HEX" the text is empty */
    int ussd_ms; /* what the network takes */
};

const struct profile *profile_find(const char *name); /* NULL: none of that name */
const struct profile *profile_at(size_t i); /* NULL: past the last */
const char *profile_answer(const struct profile *p, const char *command, size_t len); /* NULL: as it does */

#endif
