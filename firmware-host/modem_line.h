/* What a modem's `line` in the configuration says: one of the forms of the table in modem_line.c. The first four name a line as the worker takes it;
 * the others name a modem or a SIM, and the table of ports (port_table.h) knows where that is now. */
#ifndef HOST_MODEM_LINE_H
#define HOST_MODEM_LINE_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>

enum modem_line_kind {
    MODEM_LINE_SERIAL, /* serial:/dev/…[@BAUD] */
    MODEM_LINE_TCP, /* tcp://host:port */
    MODEM_LINE_PTY, /* pty:/path */
    MODEM_LINE_GAMMU, /* gammu:connection:/path[:model], which only libGammu can open */
    MODEM_LINE_USB, /* usb:PLACE[@BAUD], the AT port of what is plugged in there; usb:PLACE:1.2[@BAUD], its interface 2 */
    MODEM_LINE_IMEI, /* imei:DIGITS[@BAUD], that modem wherever it is plugged in */
    MODEM_LINE_ICCID, /* iccid:DIGITS[@BAUD], the modem in which that SIM is */
    MODEM_LINE_IMSI, /* imsi:DIGITS[@BAUD], likewise */
};

struct modem_line {
    enum modem_line_kind kind;
    char what[256]; /* behind the word: device, place, digits, host:port, path */
    char baud[9]; /* "@9600", or "" */
};
/* ERR_INVALID: none of the forms; `why` says which there are. */
MUST_CHECK enum err modem_line_parse(const char *text, struct modem_line *ret_line, struct str *why);
/* Whether somebody has to look where it is: not for lines that the worker takes as they are written and that aren't ports of this machine. */
bool modem_line_is_located(const struct modem_line *line);
const char *modem_line_word(enum modem_line_kind kind); /* "IMEI", for people */

#endif
