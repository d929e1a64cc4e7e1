/* The lines between the core and a modem worker: JSON, one object a line, over the worker's standard input and output.
 *   {"name":"sms","handle":7,"kind":"text","pdu":"0791…","from":"+84912000001","time":1795226400000,"encoding":"gsm7","text":"PA …"}
 * A phone is "+digits", a short code's digits, or "alpha:" and an alphanumeric sender. A concatenation is {"reference","total","sequence"} and
 * "wide":true for 16 bits. Times are UTC epoch ms.
 * Version 1. Each side says hello first; a line that isn't understood (unknown name, missing or ill-typed member, other version) is refused
 * with ERR_INVALID and counted, never guessed at. Unknown members of a known line are refused too.
 *
 *   core → worker    hello   what the core speaks
 *                    send    submit one part; answered by exactly one `sent`, `failed` or `unknown` with the same id
 *                    stored  an arrival is on disk: delete it from the SIM (or acknowledge it to the network)
 *                    again   an arrival could not be stored: keep it, hand it over again later
 *                    sweep   list the stored messages now
 *                    ussd    start a USSD dialogue, answer within it, or cancel it; answered by exactly one `ussd_reply` with the same id, minutes
 *                            later perhaps; a request that is out when another comes is answered first, `ended`
 *                    pin     enter this PIN, once, into the SIM that `locked` told of; answered by one `pin_tried`
 *                    recover bring a modem back that fails: open its line anew (the worker ends), switch its radio, restart it
 *                    stop    finish what runs and exit 0
 *                    probe   ask the modem at a port who it is (discovery only); answered by one `probed` for it
 *   worker → core    hello   what the worker speaks; driver and line
 *                    up      the modem answers and is registered as far as known: identity and capabilities
 *                    down    it doesn't any more, and why; the worker tries by itself to get it back
 *                    locked  the SIM asks for its PIN; said with each try to open the modem. Without a `pin` the worker never enters one
 *                    pin_tried  whether it was entered, which may have cost a try, and accepted
 *                    sms     an arrival; `handle` names it until `stored` or `again`
 *                    report  a delivery report (SMS-STATUS-REPORT); `handle` likewise
 *                    sent    the network took the part; TP-MR
 *                    failed  certainly not sent: stage, code and class
 *                    unknown the PDU was written and no answer says what became of it
 *                    ussd_reply  what became of a `ussd`: the network's text, or why there is none
 *                    call    somebody called and was rejected; without `from` the number was withheld
 *                    health  signal, registration, storage; at least every 60 s: it is the sign of life
 *
 * The same lines carry what `phanhoi-modem --discover` finds, which is a worker without a modem:
 *
 *   discovery → core port       a serial port is there, or it is another than before; what is known of it without touching it
 *                    port_gone  it isn't any more
 *                    ports      all that is there has been said; also every 50 s: it is the sign of life
 *                    probed     who the modem at a port is, or why nobody knows
 *
 * and what `phanhoi-webhook` hears:
 *
 *   webhook → core   listening  it listens; also every 50 s: it is the sign of life
 *                    knock      the central store has signed that there is something new
 */
#ifndef MODEM_PROTOCOL_H
#define MODEM_PROTOCOL_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define PROTOCOL_VERSION 1
#define PROTOCOL_LINE_MAX 8192 /* octets, the newline included */

enum protocol_name {
    PROTOCOL_HELLO,
    PROTOCOL_SEND,
    PROTOCOL_STORED,
    PROTOCOL_AGAIN,
    PROTOCOL_SWEEP,
    PROTOCOL_USSD,
    PROTOCOL_PIN,
    PROTOCOL_RECOVER,
    PROTOCOL_STOP,
    PROTOCOL_PROBE,
    PROTOCOL_UP,
    PROTOCOL_DOWN,
    PROTOCOL_LOCKED,
    PROTOCOL_PIN_TRIED,
    PROTOCOL_SMS,
    PROTOCOL_REPORT,
    PROTOCOL_SENT,
    PROTOCOL_FAILED,
    PROTOCOL_UNKNOWN,
    PROTOCOL_USSD_REPLY,
    PROTOCOL_CALL,
    PROTOCOL_HEALTH,
    PROTOCOL_PORT,
    PROTOCOL_PORT_GONE,
    PROTOCOL_PORTS,
    PROTOCOL_PROBED,
    PROTOCOL_LISTENING,
    PROTOCOL_KNOCK,
    PROTOCOL_NAME_COUNT,
};
const char *protocol_name(enum protocol_name name); /* "send" */

/* What an arrival is, as far as its TPDU says. */
enum protocol_kind {
    PROTOCOL_KIND_TEXT, /* a text message or a part of one */
    PROTOCOL_KIND_BINARY, /* 8-bit data or an application port: WAP push, OTA … */
    PROTOCOL_KIND_MWI, /* message waiting indication: voicemail */
    PROTOCOL_KIND_BROKEN, /* the PDU can't be decoded; pdu holds what came */
};

enum protocol_action { PROTOCOL_ACTION_START, PROTOCOL_ACTION_ANSWER, PROTOCOL_ACTION_CANCEL };

/* What became of a `ussd`, in the order of enum driver_ussd_outcome. */
enum protocol_outcome {
    PROTOCOL_OUTCOME_DONE, /* text: the network's last word */
    PROTOCOL_OUTCOME_ASKS, /* text: a menu; `answer` may follow */
    PROTOCOL_OUTCOME_ENDED, /* there is no dialogue any more; also what a cancel is answered */
    PROTOCOL_OUTCOME_REFUSED, /* by the modem or the network; or the modem is down */
    PROTOCOL_OUTCOME_TIMEOUT, /* no answer in time */
    PROTOCOL_OUTCOME_UNSUPPORTED, /* this driver can't */
};

/* Why a modem is down, for those who can't read the reason. */
enum protocol_cause {
    PROTOCOL_CAUSE_OTHER,
    PROTOCOL_CAUSE_PIN, /* the SIM asks for its PIN */
    PROTOCOL_CAUSE_PUK, /* … for its PUK: a person */
    PROTOCOL_CAUSE_NO_SIM,
    PROTOCOL_CAUSE_MUTE, /* the modem doesn't answer */
    PROTOCOL_CAUSE_LINE, /* the line can't be opened, or was lost */
};

enum protocol_recovery { PROTOCOL_RECOVERY_REOPEN, PROTOCOL_RECOVERY_RADIO, PROTOCOL_RECOVERY_RESTART };

/* What a serial port is for, as far as its USB ids say (modem/usb_ids.c). */
enum protocol_role {
    PROTOCOL_ROLE_UNKNOWN, /* nobody knows; may be asked with AT */
    PROTOCOL_ROLE_AT,
    PROTOCOL_ROLE_ADAPTER, /* a serial adapter: a modem may be wired to it */
    PROTOCOL_ROLE_PPP, /* for dialling */
    PROTOCOL_ROLE_DIAG, /* diagnostics: must never be written to */
    PROTOCOL_ROLE_GPS,
    PROTOCOL_ROLE_AUDIO,
    PROTOCOL_ROLE_IGNORE,
};
const char *protocol_role_name(enum protocol_role role); /* "at" */

/* One struct for every line; which members count is in the table of protocol.c. Strings belong to the message. */
struct protocol_message {
    enum protocol_name name;
    int64_t version; /* hello */
    int64_t id; /* send, sent, failed, unknown: the attempt's row; ussd, ussd_reply: the core's number of it */
    int64_t handle; /* sms, report, stored, again: the worker's own number for an arrival, never reused while it runs */
    char *driver, *line; /* hello; up: the driver that speaks with it, of several */
    char *imei, *imsi, *iccid, *model; /* up, probed (iccid: locked and pin too); NULL where the modem doesn't say */
    char *revision, *trouble; /* up: of the firmware; what that is known for, for people. NULL: not known, nothing */
    char *family; /* up: the row of modem/quirks.h that it is treated as */
    bool ussd; /* up: the driver can */
    char *reason; /* down, failed, unknown, ussd_reply, pin_tried, probed: for people */
    enum protocol_cause cause; /* down */
    int64_t tries_left; /* locked: before the PUK is asked for; -1 unknown */
    char *pin; /* pin: 4–8 digits; wiped when the message is released */
    bool entered, accepted; /* pin_tried */
    char *pdu; /* sms, report: hex, with the service-centre address in front; of a broken one whatever came */
    struct phone phone; /* sms, call: from; send: to; report: recipient */
    int64_t time; /* sms: TP-SCTS; report: TP-SCTS of the submission; UTC epoch ms, -1: none */
    int64_t done_time; /* report: TP-DT */
    enum protocol_kind kind; /* sms */
    enum sms_encoding encoding; /* sms, send */
    char *text; /* sms, send, ussd, ussd_reply: UTF-8 */
    enum protocol_action action; /* ussd */
    enum protocol_outcome outcome; /* ussd_reply */
    struct sms_concat concat; /* sms, send; total 0: none */
    int64_t reference; /* send: TP-MR wanted; sent, report: TP-MR */
    int64_t status; /* report: TP-ST */
    int64_t validity_seconds; /* send; 0: the centre's own */
    bool want_report; /* send: TP-SRR */
    bool reject_duplicates; /* send: TP-RD */
    enum protocol_recovery recovery; /* recover */
    int64_t code; /* failed, unknown: +CMS ERROR, -1: none */
    enum sms_failure class; /* failed */
    int64_t signal; /* health: 0–31, 99 unknown (AT+CSQ) */
    int64_t registration; /* health: AT+CREG stat, -1 unknown; protocol_registered() */
    int64_t slots_used, slots_total; /* health: storage of arriving messages, -1 unknown */
    char *operator_name; /* health */
    char *centre; /* health: the service centre's number; "": none, so that nothing can be sent; NULL: the modem doesn't say */
    char *node; /* port, port_gone, probe, probed: /dev/ttyUSB2 */
    char *place; /* port: where it is plugged in, the same after every replugging (udev's ID_PATH without the interface); NULL: no USB device */
    char *usb; /* port: "2c7c:0125" */
    char *product, *serial; /* port: as the device calls itself */
    int64_t interface; /* port: bInterfaceNumber, -1: none */
    enum protocol_role role; /* port */
    bool busy; /* port: another program holds it, as far as that shows without opening it */
    bool answers; /* probed: a modem */
    int64_t baud; /* probe; 0: 115200 */
    int64_t count; /* ports: how many */
};

void protocol_init(struct protocol_message *m, enum protocol_name name); /* everything absent: -1, NULL, none */
void protocol_release(struct protocol_message *m);
/* Appends the line and its newline. Only members of that name are written; what is absent isn't. Strings that are too long for the line limit
 * are cut (pdu and reason at 512 octets, text at 640, names at 64 …), so that every written line is within PROTOCOL_LINE_MAX. */
void protocol_write(const struct protocol_message *m, struct str *to);
/* One line, without its newline. `from_worker`: which side spoke, since each may only say its own names.
 * ERR_INVALID: not understood (`problem`, which may be NULL, says what). The message must be released after ERR_OK only. */
MUST_CHECK enum err protocol_read(const char *line, size_t len, bool from_worker, struct protocol_message *ret_message, struct str *problem);

/* Whether a modem with that stat of AT+CREG (3GPP TS 27.007 §7.2) or AT+CEREG (§10.1.22) is in a network that carries its texts: registered at home
 * (1) or roaming (5), there for "SMS only" (6, 7), or with "CSFB not preferred", which is about calls (9, 10). Unknown (-1, 4) isn't. */
bool protocol_registered(int64_t stat);

#endif
