/* Octets of TPDUs that pass through unread: a message centre makes a DELIVER of a SUBMIT without knowing what the user data means, and a modem
 * in text mode makes a SUBMIT of whatever header and coding it was told. (3GPP TS 23.040 §9.2.2.1, §9.2.2.2) */
#ifndef MODEM_VIRTUAL_RAW_TPDU_H
#define MODEM_VIRTUAL_RAW_TPDU_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "modem/tpdu.h"

#include <stddef.h>
#include <stdint.h>

/* Bits of the first octet. */
enum {
    RAW_TPDU_MMS = 0x04, /* no more messages wait */
    RAW_TPDU_RD = 0x04, /* SUBMIT: reject duplicates */
    RAW_TPDU_VPF = 0x18, /* SUBMIT: validity period format … */
    RAW_TPDU_VPF_RELATIVE = 0x10,
    RAW_TPDU_SRR = 0x20, /* SUBMIT: status report requested; DELIVER: one will be made */
    RAW_TPDU_UDHI = 0x40,
    RAW_TPDU_RP = 0x80,
};

enum raw_tpdu_kind { RAW_TPDU_DELIVER, RAW_TPDU_SUBMIT };

/* Where TP-PID is; TP-DCS is behind it. 0: the TPDU ends before. */
size_t raw_tpdu_pid_offset(const uint8_t *octets, size_t len, enum raw_tpdu_kind kind);

/* The parts of a message as they are, `ud` packed as it goes on the air. */
struct raw_tpdu {
    uint8_t first; /* flags without the message type */
    uint8_t reference; /* SUBMIT */
    struct phone phone;
    uint8_t pid, dcs;
    uint8_t validity[7]; /* SUBMIT: as TP-VPF in first says: 0, 1 or 7 octets */
    int64_t time; /* DELIVER */
    int zone_minutes;
    uint8_t udl; /* septets or octets */
    const uint8_t *ud;
    size_t ud_len; /* octets */
};
/* ERR_TOO_LONG: more user data than a TPDU holds; ERR_INVALID: an address that can't be. */
MUST_CHECK enum err raw_tpdu_build(enum raw_tpdu_kind kind, const struct raw_tpdu *r, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len);

/* A TPDU of that kind taken apart; ud points into it. ERR_TRUNCATED; ERR_INVALID: not that kind. */
MUST_CHECK enum err raw_tpdu_read(enum raw_tpdu_kind kind, const uint8_t *octets, size_t len, struct raw_tpdu *ret_raw);

#endif
