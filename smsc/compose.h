/* From a template and its values to a queued message: the recipient's form, the encoding, the parts. Runs in the caller's transaction. */
#ifndef SMSC_COMPOSE_H
#define SMSC_COMPOSE_H

#include "smsc/smsc.h"
#include "smsc/templates.h"
#include "store/outbound.h"
#include "store/subscriber.h"

struct reply { /* an answer, or any other text of the table */
    enum template_id template;
    struct template_values values; /* province and shortcode are filled in */
    int page; /* of RESULT and RECONSIDERED, whose answer may take several: 0 or 1 the first */
    enum outbound_class class; /* OUTBOUND_REPLY unless said otherwise */
    int64_t not_before; /* 0: at once */
    const char *link; /* preferred: where the message came in; NULL, or a name of no SIM (COMPOSE_NO_SIM in it): any */
    int64_t case_id, message_id, event_id; /* 0: none */
};

#define COMPOSE_NO_SIM ':' /* in the name of where a message came in that wasn't texted: "ussd:viettel"; no link's name has it */

/* A text with a person's words in it (reason, question) takes at most TEMPLATE_SEGMENTS_MAX parts: where the accented form would take more, the
 * recipient gets the other; where that does too, ERR_TOO_LONG (smsc_text_fits() says so where it's typed). ERR_NOT_FOUND: the answer has no such
 * page. */
MUST_CHECK enum err compose_reply(struct smsc *s, const struct subscriber *to, const struct reply *reply, int64_t now);
/* The text alone, appended, as a recipient with or without accents gets it. */
MUST_CHECK enum err compose_render(const struct smsc *s, const struct reply *reply, bool accents, struct str *to);
/* How many pages the answer of RESULT or RECONSIDERED takes; 0: nothing of it can be sent. */
MUST_CHECK enum err compose_pages(const struct smsc *s, const struct reply *reply, bool accents, int *ret_pages);

/* Characters left in one segment of the unaccented form for the variable that takes the rest ({items}, {quote}). */
size_t compose_room(const struct smsc *s, enum template_id id);

/* A text of any kind, cut into parts. ERR_TOO_LONG: more than COMPOSE_PARTS_MAX. */
enum { COMPOSE_PARTS_MAX = 10 };
MUST_CHECK enum err compose_text(struct smsc *s, const struct outbound *o, int64_t *ret_outbound);

/* The beginning of a citizen's text, fit to stand between quotation marks (clean.h): at most `room` characters, cut between words where there is a
 * blank near the end. */
void compose_quote(const char *text, bool accented, size_t room, struct str *to);

#define COMPOSE_DATE_SIZE 24
void compose_time(int64_t wall_ms, char out[COMPOSE_DATE_SIZE]); /* 09:05 21/11/2026 */
void compose_date(int32_t day, char out[COMPOSE_DATE_SIZE]); /* 24/11/2026 */
void compose_short_date(int32_t day, char out[COMPOSE_DATE_SIZE]); /* 24/11 */

#endif
