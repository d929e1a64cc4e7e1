/* `phanhoi-modem --decode HEX`. */
#ifndef MODEM_DECODE_H
#define MODEM_DECODE_H

/* `hex` is a PDU as AT+CMGR gives it: the service-centre address, then the TPDU; upper or lower case. Prints one JSON line to stdout and
 * returns 0, or one line to stderr that says which octet (from 1) is wrong, and returns 1. */
int decode_main(const char *hex);

#endif
