/* USSD as it stands in AT+CUSD (3GPP TS 27.007 §7.15, TS 23.038 §5): how a request is written, and what a reply says. Pure: no line, no clock.
 *
 * Modems agree on little. The text of a request is taken plain, as UCS-2 in hex or as packed septets in hex, and only one of these by one family;
 * a reply comes in any of them, and its data coding scheme is often wrong. So a reply is read by its shape: every reading that is possible is made,
 * and the one that looks most like what networks write is taken; the scheme and the form that the request had decide only between equals. */
#ifndef MODEM_USSD_H
#define MODEM_USSD_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"
#include "modem/driver.h"

#include <stdbool.h>
#include <stddef.h>

enum ussd_form {
    USSD_PLAIN, /* "*101#", whatever AT+CSCS says */
    USSD_UCS2, /* UCS-2 in hex, with AT+CSCS="UCS2" */
    USSD_PACKED, /* septets packed in hex (TS 23.038 §6.1.2.3) */
    USSD_FORM_COUNT,
};
const char *ussd_form_name(enum ussd_form form); /* "plain" */

#define USSD_REPLY_TIMEOUT (90 * CLOCK_SECOND) /* networks have been seen to take 60 */
#define USSD_SEPTETS_MAX 182 /* of a text, TS 23.038 §6.1.2.3 */
#define USSD_UCS2_MAX 80
#define USSD_TEXT_SIZE 1024 /* holds any text that a reply can have, UTF-8 with its NUL */

/* Appends what stands between the quotes of AT+CUSD=1,"…". ERR_UNSUPPORTED: a character that the form can't say (plain: anything that two character
 * sets write differently, or that ends the quotes); ERR_TOO_LONG; ERR_INVALID: nothing to say, or a control character. */
MUST_CHECK enum err ussd_request(enum ussd_form form, const char *text, struct str *to);

enum ussd_status { /* <m> of +CUSD, by its number */
                   USSD_DONE, /* the network has said all */
                   USSD_ASKS, /* it waits for an answer */
                   USSD_ENDED, /* it ended the dialogue; with a text that is its reply */
                   USSD_ELSEWHERE, /* another program of the modem answered */
                   USSD_NOT_SUPPORTED, /* so modems and networks also refuse a request that they can't read */
                   USSD_NO_ANSWER, /* the network's own time-out */
                   USSD_STATUS_COUNT,
};

/* How much of a reply a line is, `text` from its +CUSD: on. Its text may hold line ends and quotes, so it ends where a quote and its scheme do. */
enum ussd_extent {
    USSD_WHOLE,
    USSD_PERHAPS, /* a quote is the last thing: that may be all, or a quoted word at the end of a line */
    USSD_OPEN, /* more lines belong to it */
};
enum ussd_extent ussd_extent(const char *text);

struct ussd_reply {
    enum ussd_status status;
    int scheme; /* as it is given; -1: none */
    bool text_given; /* there are quotes, perhaps with nothing in them */
    char text[USSD_TEXT_SIZE]; /* UTF-8, lines end in \n, no other controls, trimmed; "" none */
};
/* Reads `+CUSD: 1,"Menu\n1. So du",15`; lines are divided by \n. `hint`: the form in which the modem took the request. False: no +CUSD line, or a
 * status that there isn't. */
bool ussd_parse(const char *line, enum ussd_form hint, struct ussd_reply *ret_reply);
/* The same of one that somebody else has read: `text` is UTF-8. */
void ussd_reply_of(enum ussd_status status, const char *text, struct ussd_reply *ret_reply);
/* Whether the network answered. `*ret_outcome` is what it means for who asked, `*ret_said` its text or the reason why there's none. */
bool ussd_meaning(const struct ussd_reply *r, enum driver_ussd_outcome *ret_outcome, const char **ret_said);

#endif
