/* The transfer protocol data unit of short messages (3GPP TS 23.040 §9.2), octets ↔ values. Pure: no memory is kept, nothing is guessed.
 * Lengths are checked before use; every prefix of a PDU gives a value or an error. */
#ifndef MODEM_TPDU_H
#define MODEM_TPDU_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/phone.h"
#include "firmware-host/base/sms.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Which way a PDU travels decides its meaning: TP-MTI 00 is DELIVER from the service centre, DELIVER-REPORT to it (§9.2.3.1). */
enum tpdu_direction { TPDU_FROM_SC, TPDU_TO_SC };

enum tpdu_type { TPDU_DELIVER, TPDU_SUBMIT, TPDU_STATUS_REPORT };

/* TP-DCS as TS 23.038 §4 groups it. */
enum tpdu_mwi { TPDU_MWI_NONE, TPDU_MWI_DISCARD, TPDU_MWI_STORE };
struct tpdu_dcs {
    uint8_t octet;
    enum sms_encoding encoding;
    int class; /* 0 (flash) … 3; -1: no class */
    bool compressed; /* text stays undecoded */
    enum tpdu_mwi mwi;
};

enum tpdu_validity { TPDU_VP_NONE, TPDU_VP_RELATIVE, TPDU_VP_ABSOLUTE, TPDU_VP_ENHANCED };

struct tpdu_udh {
    struct sms_concat concat; /* total 0: none */
    bool has_ports; /* IE 0x04 or 0x05 */
    uint16_t destination_port, source_port;
    uint8_t locking_shift, single_shift; /* IE 0x25, 0x24: national language; 0: none */
    bool other; /* carries an element that isn't understood here */
};

struct tpdu_address {
    uint8_t type_octet; /* type of number and numbering plan, §9.1.2.5 */
    struct phone phone; /* PHONE_NONE: an empty address */
};

struct tpdu {
    enum tpdu_type type;
    struct tpdu_address address; /* TP-OA, TP-DA or TP-RA */
    uint8_t pid;
    struct tpdu_dcs dcs;
    int64_t time; /* TP-SCTS, UTC epoch ms; -1: not a date. DELIVER, STATUS-REPORT */
    int zone_minutes; /* its zone, minutes east of UTC */
    int64_t discharge_time; /* TP-DT, STATUS-REPORT */
    uint8_t reference; /* TP-MR: SUBMIT, STATUS-REPORT */
    uint8_t status; /* TP-ST: STATUS-REPORT, §9.2.3.15 */
    bool report; /* TP-SRR (SUBMIT) or TP-SRI (DELIVER) */
    bool reject_duplicates; /* TP-RD: SUBMIT */
    bool more_messages; /* more wait at the service centre (TP-MMS, inverted on the air): DELIVER, STATUS-REPORT */
    bool reply_path; /* TP-RP */
    enum tpdu_validity validity_format;
    uint32_t validity_seconds; /* relative and enhanced */
    int64_t validity_time; /* absolute, UTC epoch ms */
    bool has_udh;
    struct tpdu_udh udh;
    uint8_t ud_octets[SMS_UD_OCTETS]; /* user data behind the header: septets one per byte have their own field; these are the octets as sent */
    uint8_t ud_len;
    uint8_t septets[SMS_GSM7_SINGLE]; /* for SMS_GSM7: unpacked */
    uint8_t septet_count;
};

/* Decodes one TPDU (without the service-centre address). ERR_TRUNCATED, ERR_INVALID, ERR_UNSUPPORTED (a type that isn't one of the three). */
MUST_CHECK enum err tpdu_decode(const uint8_t *octets, size_t len, enum tpdu_direction direction, struct tpdu *ret_tpdu);

/* The user data as UTF-8, appended: GSM 7-bit, UCS-2 with surrogates; 8-bit is taken as UTF-8 where it is that, else as ISO 8859-1. Never fails. */
void tpdu_text(const struct tpdu *t, struct str *to);

/* Splits a PDU as AT+CMGR gives it, `<SCA><TPDU>`. ERR_TRUNCATED, ERR_INVALID. */
MUST_CHECK enum err tpdu_split_sca(const uint8_t *octets, size_t len, struct phone *ret_centre, size_t *ret_tpdu_offset);

#define TPDU_MAX_OCTETS 176 /* SMS-STATUS-REPORT and SUBMIT at their longest, with room */

/* Encoding: what a sender has to say. Fields that the type doesn't have are ignored. */
struct tpdu_message {
    enum tpdu_type type;
    struct phone phone;
    enum sms_encoding encoding;
    int class; /* -1: none */
    const char *text; /* UTF-8, fits one segment with its header, else ERR_TOO_LONG; ERR_UNSUPPORTED if not in the alphabet */
    struct bytes data; /* instead of text, for SMS_8BIT */
    struct sms_concat concat;
    bool has_ports;
    uint16_t destination_port, source_port;
    uint8_t pid, reference, status;
    bool report, reject_duplicates, more_messages;
    uint32_t validity_seconds; /* SUBMIT; 0: no TP-VP; rounded up to what the relative form can say */
    int64_t time, discharge_time; /* DELIVER, STATUS-REPORT: UTC epoch ms */
    int zone_minutes; /* multiple of 15 */
};
MUST_CHECK enum err tpdu_encode(const struct tpdu_message *m, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len);
/* A service-centre address in front: the phone's, or the single octet 00 ("as set in the SIM") for PHONE_NONE. Returns its octets. */
size_t tpdu_encode_sca(const struct phone *centre, uint8_t octets[12]);

/* `phanhoi-modem --decode HEX` and the worker's log: one JSON object {type, from|to, time, dcs, text, udh{ref,total,seq,ports}, status, reference}.
 */
void tpdu_print_json(const struct tpdu *t, const struct phone *centre, struct str *to);

#endif
