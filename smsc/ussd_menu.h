/* The menus that serve citizens over USSD, above whatever carries them. A transport hands in who, in which session, and what they typed; what it gets
 * back is a screen, and whether the session ends with it. It may answer only after the transaction is committed: what a screen says was done is on
 * disk then.
 *
 * - A session is known by phone, operator and the operator's name for it. One that isn't known begins, whatever its first input is (the code that was
 *   dialled); so does one whose input looks like a dialled code (`*1022#`), and one that was silent for longer than `idle`, since the operator ended
 *   it long ago and may use its name again.
 * - Who begins within `resume` of their last screen goes on there, in a new session of the same phone. Another phone sees nothing of it.
 * - The last answer of a session is given again to whatever comes in it (an operator repeats what wasn't answered in time), so nothing is done twice.
 *   Words that come twice in a row are taken once, too; of a digit that can't be told, unless the transport counts the inputs. No digit that comes
 *   twice in a row can do more than text the citizen or rate, which they may do anew.
 * - What is done is done by the functions behind the words that are texted (smsc/citizen.h): the same rules, limits and answers, which go by SMS,
 *   because a screen leaves no record. No case is opened, and none withdrawn, but by a screen that asks whether to. */
#ifndef SMSC_USSD_MENU_H
#define SMSC_USSD_MENU_H

#include "smsc/smsc.h"

#define USSD_LINK_PREFIX "ussd:" /* and the operator's name: where such a case came in */

struct ussd_request { /* all borrowed */
    struct phone phone; /* of a person: PHONE_E164 */
    const char *operator_name; /* "viettel": 1 to 48 of [a-z0-9.-] */
    const char *session; /* the operator's name of the session: 1 to 64 octets of UTF-8 */
    struct bytes input; /* as it came: anything */
    bool begins; /* the transport knows that a session begins */
    int sequence; /* of the input in its session, as the transport counts, 1 to 65535; 0: it doesn't */
};
struct ussd_answer {
    char *text; /* at most 182 septets, or 80 UTF-16 units */
    enum sms_encoding encoding; /* SMS_GSM7 or SMS_UCS2 */
    bool ends;
};
void ussd_answer_release(struct ussd_answer *a);

/* In a transaction. ERR_INVALID: no person's phone, one of our own, or a name that is none. A full or failing disk: the error, roll back and say
 * "later". Whatever else fails is undone here, and the screen says so. */
MUST_CHECK enum err smsc_ussd(struct smsc *s, const struct ussd_request *request, int64_t now, struct ussd_answer *ret_answer);

#endif
