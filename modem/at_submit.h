/* Submitting one PDU through an AT engine: what at_submit.c says about the border between "not sent" and "unknown" holds for every driver that
 * stands on the engine. */
#ifndef MODEM_AT_SUBMIT_H
#define MODEM_AT_SUBMIT_H

#include "modem/at.h"
#include "modem/driver.h"

/* There is always a verdict. Returned is the state of the modem afterwards: ERR_OK, ERR_TIMEOUT, ERR_CLOSED. `reply` is scratch. */
MUST_CHECK enum err at_submit_pdu(struct at *at, struct at_reply *reply, const struct driver_submit *submit, struct driver_verdict *ret_verdict);
/* The same with AT+CMGS as `command` and `content` said at its prompt. */
MUST_CHECK enum err at_submit_prompted(struct at *at, struct at_reply *reply, const char *command, const char *content,
                                       struct driver_verdict *ret_verdict);

#endif
