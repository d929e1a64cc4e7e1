/* The serial ports that are there, who is at them, and where what the configuration names is now. Fed with the lines of discovery (modem/protocol.h);
 * a plain value: no loop, no clock but `now`, no file but the links that a configured path may go through.
 *
 * Rules:
 *  1. A port whose USB ids say that it's for diagnostics, GPS or audio is never given out, also when the configuration names it.
 *  2. What is named by IMEI, ICCID or IMSI is given out only where a modem has said that it is that; ports are asked only when such a name is looked
 *     for, one `probe` at a time each, and a mute one ever more seldom.
 *  3. A port is given to one modem at a time, and to none while it's being asked: two on one line would take each other's answers.
 *  4. Equal IMEIs are told apart by where the modem was last, who is there being heard first; where that doesn't decide, none is given out. */
#ifndef HOST_PORT_TABLE_H
#define HOST_PORT_TABLE_H

#include "firmware-host/modem_line.h"
#include "modem/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_TEXT_MAX 300

struct port_table;
/* `ask` sends a `probe` for a port; one `probed` for it comes back, or the port goes, or discovery does. */
struct port_table *port_table_new(void (*ask)(void *context, const char *node, const char *baud), void *context);
void port_table_free(struct port_table *t);

/* A line of discovery. True: something came, went or answered that a waiting modem may want. */
bool port_table_take(struct port_table *t, const struct protocol_message *m, int64_t now);
bool port_table_complete(const struct port_table *t); /* discovery has said all once */
bool port_table_lost(const struct port_table *t); /* it can't: its process ended, and hasn't come back yet */
void port_table_forget(struct port_table *t); /* discovery ended: nothing is known */

struct port_wanted { /* borrowed */
    const char *name; /* of the modem, unique */
    struct modem_line line;
    const char *last_place; /* where it was last; NULL: not known */
};
/* The line for the worker ("serial:/dev/ttyUSB2@115200") and where that is. ERR_NOT_FOUND: nothing is there (yet), ERR_BUSY: somebody else has it, or
 * it's being asked, ERR_CONFLICT: it can't be told which, ERR_UNSUPPORTED: it must not be written to; `problem` says what and what there is instead.
 */
MUST_CHECK enum err port_table_find(struct port_table *t, const struct port_wanted *wanted, int64_t now, char ret_line[PORT_TEXT_MAX],
                                    char ret_place[PORT_TEXT_MAX], struct str *problem);
void port_table_release(struct port_table *t, const char *name); /* the modem's worker is gone: its port is free again */
/* The modem's worker says who it is (`up`). */
void port_table_identify(struct port_table *t, const char *name, const struct protocol_message *up);

/* Whether what a worker found is what the line names. Lines that name a place fit everything. */
bool modem_line_fits(const struct modem_line *line, const struct protocol_message *up);

#endif
