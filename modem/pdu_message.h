/* Between PDUs and the lines of protocol.h: what came in as a `sms` or `report`, what is to be sent as octets. */
#ifndef MODEM_PDU_MESSAGE_H
#define MODEM_PDU_MESSAGE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"
#include "modem/protocol.h"

#include <stddef.h>
#include <stdint.h>

/* Fills ret_message (name, pdu and all that the PDU says; handle is left) from what a modem sent: normally hexadecimal, with the service-centre
 * address in front. What can't be decoded becomes a `sms` of kind broken whose pdu is what came (if that wasn't hexadecimal, the hexadecimal of
 * its characters). A record of text mode (modem/text_record.h) is read likewise and stays what it is in pdu. Release with protocol_release. */
void pdu_to_message(const char *pdu, int64_t handle, struct protocol_message *ret_message);

/* The PDU of a `send`: hexadecimal, with 00 for "the SIM's own service centre" in front, appended. ERR_TOO_LONG, ERR_UNSUPPORTED, ERR_INVALID:
 * it can't be said in one SMS-SUBMIT. */
MUST_CHECK enum err pdu_of_send(const struct protocol_message *send, struct str *hex, size_t *ret_tpdu_octets);

#endif
