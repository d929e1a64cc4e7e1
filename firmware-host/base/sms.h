/* Short message user data as both sides of the house see it: encodings, concatenation (3GPP TS 23.040 §9.2.3.24.1, .8) and the cutting of a
 * long text into segments. The core speaks in these values; modem/tpdu makes PDUs of them, smsc/smpp_pdu makes SMPP octets. */
#ifndef BASE_SMS_H
#define BASE_SMS_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sms_encoding { SMS_GSM7, SMS_8BIT, SMS_UCS2 };
const char *sms_encoding_name(enum sms_encoding e); /* "gsm7", "8bit", "ucs2" */
MUST_CHECK enum err sms_encoding_parse(const char *name, enum sms_encoding *ret_encoding);

struct sms_concat {
    uint16_t reference;
    uint8_t total, sequence; /* sequence 1…total; total 0: not concatenated */
    bool wide; /* the reference is of 16 bits (IE 0x08) */
};
/* A header that says part 0, total 0 or part > total is no concatenation at all: 23.040 §9.2.3.24.1 has it ignored. */
bool sms_concat_valid(const struct sms_concat *c);

/* Why a submission was refused, as far as a retry is concerned (3GPP TS 24.011 annex E-2, TS 23.040 §9.2.3.22, TS 27.005 §3.2.5). */
enum sms_failure {
    SMS_FAILURE_PERMANENT, /* this message never: unassigned number, barred … */
    SMS_FAILURE_TEMPORARY, /* later, or through another SIM */
    SMS_FAILURE_OTHER_SIM, /* once, through another SIM (causes 21, 127) */
    SMS_FAILURE_SIM, /* the SIM or modem is at fault, not the message */
};

#define SMS_UD_OCTETS 140
#define SMS_SEGMENTS_MAX 255
enum { SMS_GSM7_SINGLE = 160, SMS_GSM7_PART = 153, SMS_GSM7_PART_WIDE = 152, SMS_UCS2_SINGLE = 70, SMS_UCS2_PART = 67, SMS_UCS2_PART_WIDE = 66 };

struct sms_segment { /* a range of the text given to sms_split */
    size_t offset, len; /* bytes of UTF-8 */
};

enum sms_encoding sms_encoding_for(const char *text); /* GSM7 if every character is in the alphabet, else UCS2 */

/* Cuts text into as few segments as there can be: an escape pair or a surrogate pair is never cut, and neither is a case code (9 digits) nor
 * a date (dd/mm/yyyy, dd/mm) if `whole_tokens`. `segments` has room for max. ERR_TOO_LONG: more than max segments. ERR_UNSUPPORTED: gsm7 asked
 * for a text that isn't. An empty text is one empty segment. */
MUST_CHECK enum err sms_split(const char *text, enum sms_encoding encoding, bool wide_reference, bool whole_tokens, struct sms_segment *segments,
                              size_t max, size_t *ret_count);

/* Bytes of the longest beginning of text that takes at most `room` septets or UTF-16 units and can be shown by itself: all of it; else up to a blank
 * or line end that is at most `search` units back; else between characters as a reader sees them, never in a case code or date. 0 only if not even
 * one code point fits. */
size_t sms_fit(const char *text, enum sms_encoding encoding, size_t room, size_t search);
/* Septets or UTF-16 units; a character outside the alphabet counts nothing. */
size_t sms_units(const char *text, size_t len, enum sms_encoding encoding);

#endif
