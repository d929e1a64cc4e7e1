/* How a modem that fails is brought back: a table of rungs, each tried once, the pauses between them growing, a person at the end.
 *
 * Trouble is what a modem's own restart may heal: submissions that fail three times in a row for lack of radio or an unknown error (+CMS ERROR 38,
 * 41, 500), a modem that doesn't answer, one that is in no network for minutes. Only a real success, a text that was sent, puts the ladder back to
 * its foot (gammu#838), so nothing restarts a modem again and again (gammu#552, #687); a quiet day does so, too. Pure: no clock, no line. */
#ifndef HOST_LADDER_H
#define HOST_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ladder_rung {
    LADDER_REOPEN, /* another worker opens the line anew */
    LADDER_RADIO, /* AT+CFUN=4, AT+CFUN=1 */
    LADDER_RESTART, /* the family's restart command */
    LADDER_USB, /* its USB device is authorised anew, by phanhoi-usb-reset */
    LADDER_PERSON, /* nothing more is tried: an alarm */
    LADDER_RUNGS
};
struct ladder_row {
    const char *name;
    bool needs_answer; /* useless with a modem that is mute */
    int64_t pause; /* ms before the next rung */
};
extern const struct ladder_row ladder_rows[LADDER_RUNGS];

struct ladder { /* zeroed: at its foot. Times are monotonic ms */
    int next; /* the next rung; LADDER_RUNGS: a person was called */
    int64_t climbed_at; /* the last rung; 0: none yet */
    int failures; /* in a row, of the kind that counts */
    int64_t mute_since, unregistered_since; /* 0: it isn't */
};

void ladder_submitted(struct ladder *l, bool sent, int code); /* the outcome of a submission; code: +CMS ERROR, -1 none */
void ladder_mute(struct ladder *l, bool mute, int64_t now);
enum { LADDER_AWAY = -2 };
void ladder_registered(struct ladder *l, int registration, int64_t now); /* AT+CREG stat; -1: not known; LADDER_AWAY: the modem is down */
/* Whether a rung is to be climbed now, and which: it counts as climbed. `usb`: that rung can be. */
bool ladder_climb(struct ladder *l, bool usb, int64_t now, enum ladder_rung *ret_rung);

#endif
