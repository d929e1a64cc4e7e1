/* Joins the parts of a message (3GPP TS 23.040 §9.2.3.24.1, .8). The key is link, sender, reference, total and the reference's width, within a
 * window of arrival; references wrap and phones reuse them, so contents are compared too: a part that stands already with other words belongs to
 * another message.
 *
 *   OPEN ─last part─► WHOLE            the message is taken
 *   OPEN ─reassembly_wait─► PARTIAL    the text so far is taken, "[thieu phan 2/3]" where a part is missing
 *   PARTIAL ─late part─► PARTIAL/WHOLE the message and its case get the fuller text; no second case, no second answer */
#ifndef SMSC_REASSEMBLY_H
#define SMSC_REASSEMBLY_H

#include "smsc/smsc.h"
#include "store/message.h"
#include "store/subscriber.h"

#define REASSEMBLY_MARK "[thieu phan " /* how the mark of a missing part begins */

/* Letters (any script) of a text without the marks: the sender's own. */
size_t reassembly_letters(const char *text, bool incomplete);

/* Takes a part of more than one. Marks its row. */
MUST_CHECK enum err reassembly_part(struct smsc *s, int64_t inbound_id, struct subscriber *who, const struct arrival *a, int64_t now);
/* The wait of an open assembly is over. */
MUST_CHECK enum err reassembly_expire(struct smsc *s, struct assembly *a, int64_t now);

#endif
