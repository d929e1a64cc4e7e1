/* The radio network: a store-and-forward message centre between modems (subscribers) and handsets. Knows nothing of AT commands or of
 * descriptors; time is injected. Everything that was ever on the air stays in memory, so that tests can prove that nothing was sent twice.
 *
 * Mobile originated: a modem submits a TPDU → air log → handset (on: its inbox at once; off: kept until it is on or the validity ends)
 *   → a SMS-STATUS-REPORT back to the modem if it was asked for.
 * Mobile terminated: a handset's message becomes an arrival of one modem; arrivals are offered one at a time, in order. The modem takes it,
 *   asks for time (its terminal must acknowledge), or has no room; then the rest waits until the modem says that there is room.
 */
#ifndef MODEM_VIRTUAL_NETWORK_H
#define MODEM_VIRTUAL_NETWORK_H

#include "firmware-host/base/clock.h"
#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "modem/tpdu.h"
#include "modem/virtual/handset.h"
#include "modem/virtual/schedule.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETWORK_CENTRE "+84900000001" /* the service-centre address */
#define NETWORK_ZONE_MINUTES (7 * 60)

struct network;
struct subscriber;

/* What became of an arrival. The first three are not final. */
enum arrival_state {
    ARRIVAL_WAITING, /* at the message centre */
    ARRIVAL_OFFERED, /* shown to the terminal (+CMT, +CDS), its acknowledgement awaited */
    ARRIVAL_STORED, /* in a slot of the modem: TS 24.011 has it acknowledged, the centre forgot it, we haven't */
    ARRIVAL_DELETED, /* stored, then its slot was deleted: handed over */
    ARRIVAL_ACKNOWLEDGED, /* +CNMA came: handed over */
    ARRIVAL_SHOWN, /* +CMT, +CDS without a wish for acknowledgement: handed over as far as a modem can know */
    ARRIVAL_DISCARDED, /* the modem took it and showed it to nobody */
};
const char *arrival_state_name(enum arrival_state state); /* "waiting" */

struct receipt { /* whom to tell what became of a message */
    struct subscriber *origin; /* NULL: nobody */
    struct phone recipient;
    uint8_t reference; /* TP-MR */
    int64_t submitted;
};

struct arrival {
    int64_t seq; /* 1, 2, … over all modems, in the order that the centre took them */
    struct arrival *next; /* in its subscriber's queue */
    struct subscriber *subscriber;
    struct phone from;
    enum arrival_state state;
    bool is_report;
    unsigned offers; /* how often it was put to the modem */
    int64_t time, done_time; /* taken by the centre; reached a final state, 0 before */
    struct receipt receipt;
    size_t len;
    uint8_t tpdu[TPDU_MAX_OCTETS];
};

struct air { /* one part on the air, from a modem */
    int64_t seq, time;
    struct subscriber *subscriber;
    struct phone to;
    uint8_t reference;
    bool repeat; /* the centre dropped it: TP-RD was set and it knew (from, to, TP-MR) */
    size_t len;
    uint8_t tpdu[TPDU_MAX_OCTETS];
};

enum subscriber_answer {
    SUBSCRIBER_STORED,
    SUBSCRIBER_SHOWN,
    SUBSCRIBER_DISCARDED,
    SUBSCRIBER_LATER, /* subscriber_acknowledge() follows */
    SUBSCRIBER_FULL, /* RP-ERROR "memory capacity exceeded" (TS 24.011 cause 22) */
    SUBSCRIBER_AWAY, /* not registered, or off */
};
typedef enum subscriber_answer subscriber_offer(void *modem, struct arrival *arrival);

struct network *network_new(struct schedule *schedule, struct clock *clock);
void network_free(struct network *n);

/* A modem's SIM joins. name is copied. ERR_DUPLICATE: the name or number is taken. */
MUST_CHECK enum err network_attach(struct network *n, const char *name, const struct phone *number, subscriber_offer *offer, void *modem,
                                   struct subscriber **ret_subscriber);
const char *subscriber_name(const struct subscriber *s);
const struct phone *subscriber_number(const struct subscriber *s);

/* A modem's SUBMIT as it goes on the air: its TP-MR is final. Returns 0 or the cause for +CMS ERROR. */
int subscriber_submit(struct subscriber *s, const uint8_t *tpdu, size_t len);
void subscriber_ready(struct subscriber *s); /* room again, or registered again: what waits is offered */
/* The answer to SUBSCRIBER_LATER. false: refused or not acknowledged in time; it will be offered again. */
void subscriber_acknowledge(struct subscriber *s, struct arrival *arrival, bool good);
void arrival_deleted(struct arrival *arrival); /* its slot was emptied */
void subscriber_counts(const struct subscriber *s, size_t *ret_messages, size_t *ret_reports); /* waiting at the centre */
size_t subscriber_refused(const struct subscriber *s); /* of these, known not to get in until subscriber_ready() */

/* A DELIVER TPDU for a number: a modem's arrival, else a handset's. ERR_INVALID: for a handset, and can't be decoded. */
MUST_CHECK enum err network_send(struct network *n, const struct phone *from, const struct phone *to, const uint8_t *tpdu, size_t len,
                                 int64_t *ret_arrival); /* its number; 0: went to a handset */
struct handset *network_handset(struct network *n, const struct phone *phone); /* made if it isn't known; NULL for PHONE_NONE, alphanumeric */
void network_handset_on(struct network *n, struct handset *h, bool on);

/* USSD: what the network answers to a code, or to a code and answers, "*101#>1>2". A code that others continue is a menu. How the modem says it can
 * be ordered too, for what modems are known to do wrong. */
enum network_ussd_form { NETWORK_USSD_AS_MODEM, NETWORK_USSD_PLAIN, NETWORK_USSD_UCS2, NETWORK_USSD_PACKED, NETWORK_USSD_OCTETS };
struct network_ussd {
    char *text;
    int status; /* <m> of +CUSD; -1: 0, or 1 of a menu */
    int scheme; /* -1: the right one; -2: none is said */
    enum network_ussd_form form; /* of the text */
    bool silent; /* the network never answers */
};
void network_ussd_set(struct network *n, const char *code, const struct network_ussd *answer); /* copied */
const struct network_ussd *network_ussd(const struct network *n, const char *code); /* NULL: not known */
bool network_ussd_continues(const struct network *n, const char *code);

struct network_settings {
    int64_t retry_ms; /* pause before an arrival that wasn't acknowledged is offered again */
    bool temporary_reports; /* a report with TP-ST 0x30 when the handset is off at first */
};
struct network_settings *network_settings(struct network *n);

/* The log, for the control socket. seq counts from 1, so entry i is seq i + 1. */
size_t network_air_count(const struct network *n);
const struct air *network_air(const struct network *n, size_t i);
size_t network_arrival_count(const struct network *n);
const struct arrival *network_arrival(const struct network *n, size_t i);
size_t network_handset_count(const struct network *n);
size_t network_waiting(const struct network *n); /* messages that wait for a handset that is off */

#endif
