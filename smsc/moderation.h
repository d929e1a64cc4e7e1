/* What a person should look at before a citizen's words are published: insults, incitement, personal data of others (Decision 115/2025 art. 7.4), and
 * advertising (art. 7.5). Flags only: no answer, no deadline and no state changes by them. What CASE_MODERATION has holds publication until an
 * officer has looked (STEP_REVIEW, store/case_rules.h).
 *
 * Rather too little than too much: a harsh complaint is no insult, a report of a demonstration no call for one. Advertising is an offer together
 * with how to take it up, in a text that has no word of somebody who complains of offers. What the words don't show (impersonation, state secrets)
 * isn't looked for. */
#ifndef SMSC_MODERATION_H
#define SMSC_MODERATION_H

#include "firmware-host/base/phone.h"

/* CASE_INSULT, CASE_INCITEMENT, CASE_PERSONAL_DATA, CASE_ADVERTISING, or 0. `sender`: whose own number isn't another's. */
int moderation_of(const char *text, const struct phone *sender);

#endif
