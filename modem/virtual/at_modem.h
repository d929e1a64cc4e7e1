/* A GSM modem as its terminal sees it: AT commands (V.250, 3GPP TS 27.005, 27.007) on one side, the radio network on the other.
 * Takes bytes in any portions and gives bytes; knows no descriptors. Time comes from the schedule. */
#ifndef MODEM_VIRTUAL_AT_MODEM_H
#define MODEM_VIRTUAL_AT_MODEM_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "modem/virtual/network.h"
#include "modem/virtual/profiles.h"
#include "modem/virtual/schedule.h"
#include "modem/virtual/slots.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct at_modem;

/* What may be changed while it runs; at_modem_changed() makes it so. */
struct at_knobs {
    int64_t submit_delay; /* ms that the radio takes for a submission */
    int64_t ussd_delay; /* ms until a USSD answer */
    int64_t ack_timeout; /* ms that +CNMA may take (TS 27.005 §3.4.4) */
    int64_t noise; /* ms between unasked lines of the profile; 0: none */
    int64_t csq; /* 0–31, 99 unknown */
    int64_t registered; /* AT+CREG <stat>: 1 home, 5 roaming, else no service */
    int64_t speed; /* the profile's own times run so many times faster; 1 */
    bool mute; /* doesn't hear, doesn't speak */
    bool chatter; /* … but for the profile's noise */
    bool full; /* no memory has room, whatever is deleted */
    bool dup_cmti; /* says each +CMTI twice */
    bool early_report; /* a delivery report comes before the answer to its AT+CMGS */
};

/* What goes wrong with the next submissions. */
enum at_fault_kind {
    AT_FAULT_NONE,
    AT_FAULT_PROMPT, /* AT+CMGS is refused with `code` */
    AT_FAULT_PDU, /* refused with `code` after the PDU */
    AT_FAULT_LOST_OK, /* on the air, but the terminal isn't told */
    AT_FAULT_MUTE, /* the modem falls mute when it has the PDU */
    AT_FAULT_HANGUP, /* the line hangs up when it has the PDU */
    AT_FAULT_UNPLUG, /* … and stays away */
    AT_FAULT_RESTART, /* a brown-out: the modem restarts when it has the PDU */
    AT_FAULT_GARBAGE, /* the answer is garbage */
    AT_FAULT_NO_OK, /* the reference is told, the OK behind it isn't */
};
struct at_fault {
    enum at_fault_kind kind;
    int code; /* +CMS ERROR */
    bool on_air; /* the part goes on the air all the same */
    int count; /* how many submissions */
};

struct at_modem_settings {
    const char *name;
    struct phone number;
    const struct profile *profile;
    int slots, me_slots, slot_base; /* -1: as the profile has it */
    const char *pin; /* NULL: none is asked */
    const char *imei, *imsi, *iccid; /* NULL: made from the number */
    struct at_knobs knobs;
};
void at_modem_defaults(struct at_modem_settings *settings); /* everything but name and number */

/* ERR_DUPLICATE: the network has that name or number already. */
MUST_CHECK enum err at_modem_new(struct network *network, struct schedule *schedule, struct clock *clock, const struct at_modem_settings *settings,
                                 struct at_modem **ret_modem);
void at_modem_free(struct at_modem *m);

/* The terminal's side: `output` takes what the modem says, `hangup` ends the connection, `unplug` takes the line away. */
struct at_terminal {
    void (*output)(void *line, const char *data, size_t len);
    void (*hangup)(void *line);
    void *line;
    void (*unplug)(void *line);
};
void at_modem_connect(struct at_modem *m, const struct at_terminal *terminal);
void at_modem_input(struct at_modem *m, const char *data, size_t len);
void at_modem_terminal_gone(struct at_modem *m); /* half a command, half a PDU are forgotten */

struct at_knobs *at_modem_knobs(struct at_modem *m);
void at_modem_changed(struct at_modem *m);
void at_modem_fail_next(struct at_modem *m, const struct at_fault *fault);
void at_modem_say(struct at_modem *m, const char *text); /* an unsolicited line, whatever it is */
void at_modem_say_octets(struct at_modem *m, const void *octets, size_t len); /* now and as they are, in the middle of whatever is said */
void at_modem_set_profile(struct at_modem *m, const struct profile *profile); /* as if switched off and on; the slots stay */
/* Somebody calls: it rings until the terminal hangs up, or 30 s. `from` PHONE_NONE: withheld. False: it isn't in service, or rings already. */
bool at_modem_call(struct at_modem *m, const struct phone *from);
int64_t at_modem_calls(const struct at_modem *m, int64_t *ret_rejected);
void at_modem_hangup(struct at_modem *m);
void at_modem_brown_out(struct at_modem *m); /* restarts at once; what it was doing is forgotten */
void at_modem_set_sim(struct at_modem *m, enum profile_sim sim); /* as if another card were put in, or none */

const struct at_modem_settings *at_modem_settings(const struct at_modem *m);
const struct profile *at_modem_profile(const struct at_modem *m);
struct subscriber *at_modem_subscriber(const struct at_modem *m);
const struct slots *at_modem_slots(const struct at_modem *m);
bool at_modem_submitting(const struct at_modem *m);
int64_t at_modem_pin_entered(const struct at_modem *m); /* AT+CPIN= that came */
int64_t at_modem_submitted(const struct at_modem *m); /* submissions that the network took */

#endif
