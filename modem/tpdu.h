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

/* Type of number, bits 6–4 of the type octet (§9.1.2.5), and the type octets written here: the numbering plan is ISDN (E.164), or none. */
enum tpdu_ton { TPDU_TON_UNKNOWN = 0, TPDU_TON_INTERNATIONAL = 1, TPDU_TON_NATIONAL = 2, TPDU_TON_ALPHANUMERIC = 5 };
enum { TPDU_TYPE_INTERNATIONAL = 0x91, TPDU_TYPE_UNKNOWN = 0x81, TPDU_TYPE_ALPHANUMERIC = 0xD0 };
enum { TPDU_ADDRESS_DIGITS = 20, TPDU_TIME_OCTETS = 7 };

/* Information elements of the user data header (§9.2.3.24). */
enum tpdu_element {
    TPDU_IE_CONCAT_8 = 0x00,
    TPDU_IE_MESSAGE_WAITING = 0x01,
    TPDU_IE_PORTS_8 = 0x04,
    TPDU_IE_PORTS_16 = 0x05,
    TPDU_IE_CONCAT_16 = 0x08,
    TPDU_IE_SINGLE_SHIFT = 0x24,
    TPDU_IE_LOCKING_SHIFT = 0x25,
};

/* Which way a PDU travels decides its meaning: TP-MTI 00 is DELIVER from the service centre, DELIVER-REPORT to it (§9.2.3.1). */
enum tpdu_direction { TPDU_FROM_SC, TPDU_TO_SC };

enum tpdu_type { TPDU_DELIVER, TPDU_SUBMIT, TPDU_STATUS_REPORT };

/* TP-DCS as TS 23.038 §4 groups it. */
enum tpdu_mwi { TPDU_MWI_NONE, TPDU_MWI_DISCARD, TPDU_MWI_STORE };
struct tpdu_dcs {
    uint8_t octet;
    enum sms_encoding encoding;
    int class; /* 0 (flash) … 3; -1: no class */
    bool compressed; /* the text stays undecoded */
    enum tpdu_mwi mwi;
};

enum tpdu_validity { TPDU_VP_NONE, TPDU_VP_RELATIVE, TPDU_VP_ABSOLUTE, TPDU_VP_ENHANCED };

struct tpdu_udh {
    struct sms_concat concat; /* total 0: none */
    bool has_ports; /* IE 0x04 or 0x05 */
    uint16_t destination_port, source_port;
    uint8_t locking_shift, single_shift; /* IE 0x25, 0x24: national language of the tables (gsm7.h); 0: none. Of this part alone */
    bool unknown_language; /* one of them names a language without such a table: the default one is taken */
    bool message_waiting; /* IE 0x01: voicemail and its like, whatever TP-DCS says */
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

/* Where and why a PDU wasn't understood: "TP-SCTS" "ends too early", at the octet that is missing or wrong, counted from 0. Static strings. */
struct tpdu_fault {
    size_t octet;
    const char *field, *reason;
};

/* Decodes one TPDU (without the service-centre address). ERR_TRUNCATED, ERR_INVALID, ERR_UNSUPPORTED (a type that isn't one of the three).
 * Octets behind the last field are ignored: modems hand over what their storage pads records with.
 * An address becomes a phone: international → E.164; national → E.164 of Vietnam; 3–8 digits → short code; everything else that isn't a
 * telephone number (*, #, a, b, c among the digits, more than 15 of them) → PHONE_ALPHANUMERIC with its characters.
 * A header with elements of wrong lengths, or a concatenation that can't be (part 0, part > total), is skipped and the text kept. */
MUST_CHECK enum err tpdu_decode(const uint8_t *octets, size_t len, enum tpdu_direction direction, struct tpdu *ret_tpdu);
/* The same, and says where it failed; on success ret_fault->octet is the number of octets used. */
MUST_CHECK enum err tpdu_decode_explained(const uint8_t *octets, size_t len, enum tpdu_direction direction, struct tpdu *ret_tpdu,
                                          struct tpdu_fault *ret_fault);

/* The user data as UTF-8, appended: GSM 7-bit, UCS-2 with surrogates; 8-bit is taken as UTF-8 where it is that, else as ISO 8859-1; compressed
 * text gives nothing. Never fails. Half a surrogate pair at the edge of a part is parked: who joins parts calls surrogate_mend()
 * (firmware-host/base/surrogate.h). */
void tpdu_text(const struct tpdu *t, struct str *to);

/* Splits a PDU as AT+CMGR gives it, `<SCA><TPDU>`. ERR_TRUNCATED, ERR_INVALID. The centre is PHONE_NONE where the SCA is the single octet 00. */
MUST_CHECK enum err tpdu_split_sca(const uint8_t *octets, size_t len, struct phone *ret_centre, size_t *ret_tpdu_offset);

#define TPDU_MAX_OCTETS 176 /* SMS-STATUS-REPORT and SUBMIT at their longest, with room */

/* Encoding: what a sender has to say. Fields that the type doesn't have are ignored. */
struct tpdu_message {
    enum tpdu_type type;
    struct phone phone;
    enum sms_encoding encoding;
    int class; /* -1: none */
    const char *text; /* UTF-8, fits one segment with its header, else ERR_TOO_LONG; ERR_UNSUPPORTED if not in the alphabet */
    struct bytes data; /* octets instead of text, for SMS_8BIT and SMS_UCS2; data.data NULL: text counts */
    struct sms_concat concat;
    bool has_ports;
    uint16_t destination_port, source_port;
    uint8_t pid, reference, status;
    bool report, reject_duplicates, more_messages;
    uint32_t validity_seconds; /* SUBMIT; 0: no TP-VP; rounded up to what the relative form can say */
    int64_t time, discharge_time; /* DELIVER, STATUS-REPORT: UTC epoch ms, years 1990–2089; -1: none, written as zeros */
    int zone_minutes; /* multiple of 15 */
};
/* ERR_TOO_LONG, ERR_UNSUPPORTED: the text or an alphanumeric address; ERR_INVALID: no recipient, or a value that has no form on the air. */
MUST_CHECK enum err tpdu_encode(const struct tpdu_message *m, uint8_t octets[TPDU_MAX_OCTETS], size_t *ret_len);
/* A service-centre address in front: the phone's, or the single octet 00 ("as set in the SIM") for PHONE_NONE. Returns its octets. */
size_t tpdu_encode_sca(const struct phone *centre, uint8_t octets[12]);

/* `phanhoi-modem --decode HEX` and the worker's log: one JSON object {type, from|to, time, dcs, text, udh{ref,total,seq,ports}, status, reference}.
 */
void tpdu_print_json(const struct tpdu *t, const struct phone *centre, struct str *to);

#endif
