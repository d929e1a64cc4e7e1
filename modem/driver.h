/* What a worker asks of a modem, whichever way it is spoken to. A driver is one row of functions; `struct modem` is its own.
 *
 * All calls block until they are done or their deadline has passed; while they wait the worker's standard input is read and its signs of life go
 * out (the port's `wait` does that). What they return tells the state of the modem afterwards:
 *   ERR_OK        done
 *   ERR_CONFLICT  the modem refused; it is there and well
 *   ERR_BUSY      its settings are gone (restart, SIM change): open() before anything else
 *   ERR_TIMEOUT   it doesn't answer: open() before anything else
 *   ERR_UNSUPPORTED  (open) it answers, and doesn't speak what this driver needs: another driver may
 *   ERR_CLOSED, ERR_IO  the line is gone */
#ifndef MODEM_DRIVER_H
#define MODEM_DRIVER_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/str.h"
#include "modem/at.h"
#include "modem/line.h"
#include "modem/sandbox.h"

#include <stdbool.h>
#include <stdint.h>

struct modem;

enum driver_ussd_action { DRIVER_USSD_START, DRIVER_USSD_ANSWER, DRIVER_USSD_CANCEL };
enum driver_ussd_outcome { /* of a request; with a text of the network, or a reason for people */
                           DRIVER_USSD_DONE, /* text: the network's last word */
                           DRIVER_USSD_ASKS, /* text: a menu; an answer may follow */
                           DRIVER_USSD_ENDED, /* reason: there is no dialogue any more */
                           DRIVER_USSD_REFUSED, /* reason: by the modem or the network */
                           DRIVER_USSD_TIMEOUT, /* reason: no answer in time */
};

/* Where a message lies until it is on disk. */
#define DRIVER_DIRECT (-1)
struct driver_place {
    int memory; /* the driver's own number of a memory; DRIVER_DIRECT: the message lies nowhere, the network waits for its acknowledgement */
    int index; /* slot; of direct ones a running number */
};

struct driver_host { /* what the worker gives; called from inside the driver's calls, must not call the driver */
    struct at_port *port;
    const struct line_address *address; /* of the line; a driver that opens it by itself (LINE_GAMMU) needs it */
    /* A message or report was read. `pdu`: what the modem sent, mostly hexadecimal, at most AT_LINE_MAX. It may be told again and again. */
    void (*arrived)(struct driver_host *host, struct driver_place place, const char *pdu);
    /* All of a memory was told through `arrived` since sweep() was called: what wasn't isn't there any more. */
    void (*listed)(struct driver_host *host, int memory);
    /* What became of the USSD request that is out; `text` as its outcome says. */
    void (*ussd)(struct driver_host *host, enum driver_ussd_outcome outcome, const char *text);
    /* Somebody called and was rejected. `number`: as the network says it, "" withheld. */
    void (*called)(struct driver_host *host, const char *number);
    /* Something may lie in the modem that couldn't be read now. */
    void (*want_sweep)(struct driver_host *host, int64_t in_ms);
};

struct driver_identity { /* "" where the modem doesn't say */
    char imei[24], imsi[24], iccid[24], model[64];
    char family[16]; /* of quirks.h */
    char revision[64]; /* of its firmware: AT+CGMR */
    const char *trouble; /* what that revision is known for; NULL: nothing */
    bool no_ussd; /* this one can't, though its driver can */
};

struct driver_health {
    int signal; /* AT+CSQ: 0–31, 99 unknown */
    int registration; /* AT+CREG stat, -1 unknown */
    int slots_used, slots_total; /* of the memory for arrivals, -1 unknown */
    char operator_name[64]; /* "" unknown */
    bool centre_known; /* whether it says which service centre it sends through */
    char centre[24]; /* its number; "": none, and nothing can be sent */
};

struct driver_submit { /* borrowed */
    const char *pdu; /* hexadecimal, with the service-centre address in front */
    size_t tpdu_octets; /* without it */
};

/* What kept open() from its end, as far as it was the SIM. */
enum driver_obstacle { DRIVER_OBSTACLE_OTHER, DRIVER_OBSTACLE_PIN, DRIVER_OBSTACLE_PUK, DRIVER_OBSTACLE_NO_SIM };
#define DRIVER_TRIES_UNKNOWN (-1)
struct driver_sim {
    enum driver_obstacle obstacle;
    char iccid[24]; /* PIN: of the SIM that asks; "" where the modem doesn't say it before */
    int tries_left; /* PIN: before the PUK is asked for; DRIVER_TRIES_UNKNOWN */
};

enum driver_restart { DRIVER_RESTART_RADIO, DRIVER_RESTART_MODEM };

enum driver_outcome { DRIVER_SENT, DRIVER_FAILED, DRIVER_UNKNOWN };
struct driver_verdict {
    enum driver_outcome outcome;
    int reference; /* sent: TP-MR */
    int code; /* failed, unknown: +CMS ERROR, -1: none */
    enum sms_failure class; /* failed */
    char reason[160]; /* failed, unknown: for people */
};

struct driver {
    const char *name; /* "at" */
    struct modem *(*create)(struct driver_host *host);
    void (*destroy)(struct modem *m);
    /* What the driver needs behind the fence besides its line; NULL: nothing. Asked before anything else. */
    const struct sandbox_needs *(*needs)(const struct modem *m);
    /* From any state to one in which messages come in. `reason`: why not, for people. */
    MUST_CHECK enum err (*open)(struct modem *m, struct driver_identity *ret_identity, struct str *reason);
    /* Takes in what the modem said by itself; reads at most one message. */
    MUST_CHECK enum err (*serve)(struct modem *m);
    /* Something that it said, perhaps during another command, still waits to be served. */
    bool (*waits)(const struct modem *m);
    /* Tells everything that is stored in the modem. */
    MUST_CHECK enum err (*sweep)(struct modem *m);
    /* Submits. There is always a verdict, whatever is returned about the modem. */
    MUST_CHECK enum err (*submit)(struct modem *m, const struct driver_submit *submit, struct driver_verdict *ret_verdict);
    /* The message is on disk: deletes it, or acknowledges it to the network. `pdu` as it was told; unless `sure`, the slot is read first and left
     * alone where it holds something else (ERR_NOT_FOUND). ERR_CONFLICT: still there. */
    MUST_CHECK enum err (*remove)(struct modem *m, struct driver_place place, const char *pdu, bool sure);
    /* Also finds out whether the settings are still there. */
    MUST_CHECK enum err (*health)(struct modem *m, struct driver_health *ret_health);
    /* When serve() has something to do although the modem says nothing: monotonic ms, INT64_MAX never. NULL: never. */
    int64_t (*due)(const struct modem *m);
    /* Gives a USSD request, an answer within its dialogue, or ends that; never waits for the network. host->ussd tells exactly once what became of a
     * request or an answer, perhaps before this returns; unless the modem is lost, or the dialogue is cancelled. One at a time. NULL: it can't. */
    MUST_CHECK enum err (*ussd)(struct modem *m, enum driver_ussd_action action, const char *text);
    /* Switches its radio off and on, or has it start anew: open() next, once it's there again. NULL: it can't be told to.
     * ERR_CONFLICT: it refused. */
    MUST_CHECK enum err (*restart)(struct modem *m, enum driver_restart how);
    /* How the SIM was at the last open() that failed. NULL, and no unlock: a driver that knows nothing of SIMs. */
    const struct driver_sim *(*sim)(const struct modem *m);
    /* Enters that PIN, once, if the SIM of that ICCID still asks and two tries are left at least. ERR_OK: accepted; open() next. Anything else:
     * `reason` for people, and *ret_entered tells whether it may have cost a try. */
    MUST_CHECK enum err (*unlock)(struct modem *m, const char *iccid, const char *pin, bool *ret_entered, struct str *reason);
};

extern const struct driver at_driver, gammu_driver, gammu_device_driver; /* the last: of a device that libGammu opens by itself (LINE_GAMMU) */

#endif
