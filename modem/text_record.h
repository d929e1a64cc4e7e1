/* A message that was read in text mode (3GPP TS 27.005 §3) as one string, in the place of a PDU:
 *
 *   TEXT: <tooa>,<fo>,<pid>,<dcs>,"<scts>","<oa>" LF <data>
 *
 * Index and status are left out, because they change: each reading of one message gives the same record, and the core knows it by that. Data is
 * UTF-8 where the modem showed text (GSM 7-bit without a header), else the hexadecimal of the user data's octets, as the modem shows those. */
#ifndef MODEM_TEXT_RECORD_H
#define MODEM_TEXT_RECORD_H

#include "modem/tpdu.h"

#include <stdbool.h>
#include <stddef.h>

enum text_record {
    TEXT_RECORD_MADE,
    TEXT_RECORD_OWN, /* a message to be sent, or sent: no arrival */
    TEXT_RECORD_ODD, /* no header of AT+CSDH=1, or data that isn't hexadecimal as it must be: a report, damage, the settings are gone */
};
/* From the line `+CMGR:` or `+CMT:` (prefix) and the one behind it, read with AT+CSCS="UCS2" and AT+CSDH=1. `size`: room in record, its NUL included.
 */
enum text_record text_record_make(const char *line, const char *prefix, const char *data, char *record, size_t size);

bool text_record_is(const char *record);
/* What the record says, as its PDU would have. *ret_text: the data where they are text, else NULL and the user data are in ret_tpdu. False: it isn't
 * what text_record_make writes. */
bool text_record_read(const char *record, struct tpdu *ret_tpdu, const char **ret_text);

/* A value as AT+CSCS="UCS2" writes it (hexadecimal of UTF-16), or as modems write it that leave numbers alone; cut at size. */
void text_record_plain(const char *value, char *to, size_t size);

#endif
