/* The gammu driver's two lines: the worker's own to the modem, and a private pseudo-terminal at whose other end libGammu sits. filter.h says what
 * passes; here it is done, in the worker's thread, while libGammu waits in its own. What libGammu can't do, or does badly (the SIM and its PIN, where
 * arrivals go, delivery reports, other indications than one, USSD, calls, restarts), is done with the pieces of the `at` driver (at_modem.h) on the
 * same line, between the calls of libGammu and never during one. */
#ifndef MODEM_GAMMU_LINE_H
#define MODEM_GAMMU_LINE_H

#include "modem/driver.h"

struct gammu_line;
struct gammu_line *gammu_line_new(struct driver_host *host); /* opens the pseudo-terminal; one that can't be had is told by _path */
void gammu_line_free(struct gammu_line *l);
const char *gammu_line_path(const struct gammu_line *l); /* the device for libGammu; NULL: there is none */
void gammu_line_free_terminal(struct gammu_line *l); /* libGammu may open it again: its exclusive mark outlives it, and so does what it said last */

/* Serves libGammu until `done` can be read; then the state of the modem (driver.h). After a command without an answer, or on a lost line, libGammu
 * gets only refusals, so that its call ends soon. */
MUST_CHECK enum err gammu_line_serve(struct gammu_line *l, int done);

/* ---- setting up, in this order; of the identity each fills in what it finds out ---- */
MUST_CHECK enum err gammu_line_begin(struct gammu_line *l, struct driver_identity *identity, struct str *reason); /* until the SIM can be used */
MUST_CHECK enum err gammu_line_prepare(struct gammu_line *l, struct driver_identity *identity, struct str *reason); /* ERR_UNSUPPORTED: no PDU mode */
/* After libGammu set its indications: others where the modem refused those. */
MUST_CHECK enum err gammu_line_finish(struct gammu_line *l, struct driver_identity *identity, struct str *reason);
void gammu_line_explain(enum err e, struct str *reason);

/* ---- arrivals ---- */
MUST_CHECK enum err gammu_line_listen(struct gammu_line *l); /* takes in what the modem said; ERR_BUSY: it restarted */
bool gammu_line_waits(const struct gammu_line *l);
/* The oldest announced slot, which is forgotten by that. libGammu is to read it: whatever slot it names, this one is read. */
struct driver_place gammu_line_next(struct gammu_line *l);
void gammu_line_aim(struct gammu_line *l, struct driver_place place, const char *expected); /* expected NULL: any PDU; else AT+CMGD is let through
                                                                                               only where the slot holds it */
enum gammu_found { GAMMU_UNREAD, GAMMU_EMPTY, GAMMU_DAMAGED, GAMMU_MESSAGE, GAMMU_OTHER, GAMMU_DELETED };
enum gammu_found gammu_line_found(const struct gammu_line *l); /* what became of the slot since */
void gammu_line_tell(struct gammu_line *l); /* hands over what was read there */
MUST_CHECK enum err gammu_line_acknowledge(struct gammu_line *l, struct driver_place place, const char *pdu); /* one that lies nowhere */
/* Around a sweep by libGammu, which lists SM and ME: then the rest is listed. */
void gammu_line_sweep_begins(struct gammu_line *l);
MUST_CHECK enum err gammu_line_sweep_ends(struct gammu_line *l);

/* ---- submission ---- */
void gammu_line_submits(struct gammu_line *l, const struct driver_submit *submit); /* the next PDU of libGammu must be this one */
bool gammu_line_verdict(struct gammu_line *l, struct driver_verdict *ret_verdict); /* false: libGammu never came to it */

/* ---- what is nothing of libGammu's: as in driver.h ---- */
MUST_CHECK enum err gammu_line_health(struct gammu_line *l, struct driver_health *health); /* fills in what libGammu doesn't know */
MUST_CHECK enum err gammu_line_dialogues(struct gammu_line *l); /* what is due of calls and USSD */
int64_t gammu_line_due(const struct gammu_line *l);
MUST_CHECK enum err gammu_line_ussd(struct gammu_line *l, enum driver_ussd_action action, const char *text);
MUST_CHECK enum err gammu_line_restart(struct gammu_line *l, enum driver_restart how);
const struct driver_sim *gammu_line_sim(const struct gammu_line *l);
MUST_CHECK enum err gammu_line_unlock(struct gammu_line *l, const char *iccid, const char *pin, bool *ret_entered, struct str *reason);

#endif
