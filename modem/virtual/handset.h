/* A citizen's phone: joins the parts that arrive into messages, keeps them in an inbox, and cuts what its owner writes into parts. */
#ifndef MODEM_VIRTUAL_HANDSET_H
#define MODEM_VIRTUAL_HANDSET_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/str.h"
#include "modem/tpdu.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct handset_message {
    int64_t seq; /* 1, 2, … per handset, given when the last part is there */
    struct phone from;
    char *text; /* UTF-8 */
    enum sms_encoding encoding; /* of the first part */
    unsigned parts;
    int class; /* 0: flash; -1: none */
    int64_t time; /* when it was complete, UTC epoch ms */
};

struct handset_partial { /* parts of a message that isn't complete */
    struct handset_partial *next;
    struct phone from;
    struct sms_concat concat; /* its sequence means nothing here */
    unsigned count;
    struct tpdu **parts; /* total of them, NULL where missing */
};

struct handset {
    struct handset *next; /* in its bucket of the network's table */
    struct phone phone;
    bool on;
    int fail_status; /* TP-ST that the message centre reports instead of delivering; 0: delivers */
    uint8_t reference; /* of the last long message it sent */
    struct handset_message *inbox;
    size_t inbox_count, inbox_capacity;
    struct handset_partial *partials;
    struct handset_sent { /* what it wrote lately to whom: see handset_time */
        uint64_t hash;
        int64_t second;
    } sent[64];
};

void handset_init(struct handset *h, const struct phone *phone); /* on, empty */
void handset_release(struct handset *h);

/* A part (or a whole message) arrives; t is a DELIVER or a SUBMIT, copied. A part that is there already is dropped. */
void handset_take(struct handset *h, const struct phone *from, const struct tpdu *t, int64_t now);

/* The time stamp of a message written now. A phone can't send one text to one number twice in a second and a time stamp has no finer unit, so a
 * repeat gets the next second that is free: two messages are never one PDU. `what` is recipient and text. */
int64_t handset_time(struct handset *h, const char *what, int64_t now);

/* What a phone is asked to write. */
struct handset_draft {
    const char *text; /* UTF-8; NULL: data */
    struct bytes data; /* 8-bit */
    bool has_encoding;
    enum sms_encoding encoding; /* else the smallest that can say the text */
    int class; /* -1: none */
    bool has_ports;
    uint16_t destination_port, source_port;
    int dcs, pid; /* -1: as follows from the rest */
    int reference; /* concatenation reference; -1: the phone's own counter */
    bool wide; /* a 16-bit reference */
    int64_t time; /* TP-SCTS */
    int zone_minutes;
};

struct handset_part {
    uint8_t octets[TPDU_MAX_OCTETS];
    size_t len;
};

/* The DELIVER TPDUs of a draft as the message centre would pass them on, `from` as their TP-OA. `parts` has room for SMS_SEGMENTS_MAX.
 * ERR_TOO_LONG: more than 255 parts; ERR_UNSUPPORTED: a character that the encoding asked for doesn't have. */
MUST_CHECK enum err handset_compose(struct handset *h, const struct handset_draft *draft, struct handset_part *parts, size_t *ret_count);

#endif
