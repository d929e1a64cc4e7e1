/* The gammu driver's two lines: the worker's own to the modem, and a private pseudo-terminal at whose other end libGammu sits. filter.h says what
 * passes; here it is done, in the worker's thread, while libGammu waits in its own. What libGammu can't do (choose where arrivals go, list delivery
 * reports, set other indications than one) is done on the line between its calls. */
#ifndef MODEM_GAMMU_LINE_H
#define MODEM_GAMMU_LINE_H

#include "modem/driver.h"
#include "modem/quirks.h"

struct gammu_line;
struct gammu_line *gammu_line_new(struct driver_host *host); /* opens the pseudo-terminal; one that can't be had is told by _path */
void gammu_line_free(struct gammu_line *l);
const char *gammu_line_path(const struct gammu_line *l); /* the device for libGammu; NULL: there is none */
void gammu_line_unlock(struct gammu_line *l); /* libGammu may open it again: its exclusive mark outlives it */

/* Serves libGammu until `done` can be read; then the state of the modem (driver.h). After a command without an answer, or on a lost line, libGammu
 * gets only refusals, so that its call ends soon. */
MUST_CHECK enum err gammu_line_serve(struct gammu_line *l, int done);

/* ---- setting up, in this order ---- */
MUST_CHECK enum err gammu_line_begin(struct gammu_line *l); /* both sides in step */
MUST_CHECK enum err gammu_line_family(struct gammu_line *l, const struct quirks *family); /* its commands; memories. ERR_UNSUPPORTED: no PDU mode */
/* After libGammu set its indications: others where the modem refused those. */
MUST_CHECK enum err gammu_line_indicate(struct gammu_line *l);
MUST_CHECK enum err gammu_line_iccid(struct gammu_line *l, char *digits, size_t size); /* no call of libGammu tells it */

/* ---- arrivals ---- */
MUST_CHECK enum err gammu_line_poll(struct gammu_line *l); /* takes in what the modem said; ERR_BUSY: it restarted */
bool gammu_line_waits(const struct gammu_line *l);
/* The oldest announced slot, which is forgotten by that. libGammu is to read it: whatever slot it names, this one is read. */
struct driver_place gammu_line_next(struct gammu_line *l);
void gammu_line_aim(struct gammu_line *l, struct driver_place place, const char *expected); /* expected NULL: any PDU; else AT+CMGD is let through
                                                                                               only where the slot holds it */
enum gammu_found { GAMMU_UNREAD, GAMMU_EMPTY, GAMMU_DAMAGED, GAMMU_MESSAGE, GAMMU_OTHER, GAMMU_DELETED };
enum gammu_found gammu_line_found(const struct gammu_line *l); /* what became of the slot since */
void gammu_line_tell(struct gammu_line *l); /* hands over what was read there */
/* Around a sweep by libGammu, which lists SM and ME: then the rest is listed. */
void gammu_line_sweep_begins(struct gammu_line *l);
MUST_CHECK enum err gammu_line_sweep_ends(struct gammu_line *l);

/* ---- submission ---- */
void gammu_line_submits(struct gammu_line *l, const struct driver_submit *submit); /* the next PDU of libGammu must be this one */
bool gammu_line_verdict(struct gammu_line *l, struct driver_verdict *ret_verdict); /* false: libGammu never came to it */

/* ---- health ---- */
MUST_CHECK enum err gammu_line_health(struct gammu_line *l, struct driver_health *health); /* fills in what libGammu doesn't know */

#endif
