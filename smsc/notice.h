/* From a step to texts: which template, with which values, to whom, when. One row of a table for every notice (store/case_rules.h).
 *
 * A step that answers a citizen's message is answered to who wrote it, at any hour, over the link of the message. Any other notice is proactive: to
 * the phone that the case is bound to, and to the represented person who consented; outside quiet hours, and not to those who opted out. */
#ifndef SMSC_NOTICE_H
#define SMSC_NOTICE_H

#include "smsc/life.h"
#include "store/directory.h"

struct notice { /* what the texts are made of; all borrowed */
    struct smsc *s;
    const struct pakn_case *c;
    const struct case_life *life; /* after the step */
    const struct case_step *step;
    const struct case_outcome *outcome;
    const struct life_answer *answer; /* NULL: a proactive text: class NOTICE, quiet hours, not to those who opted out */
    int64_t now;
};
MUST_CHECK enum err notice_citizen(const struct notice *n, enum case_notice notice);
/* To the officers whom it concerns (smsc/officer.c decides who, when, and what is merged). */
MUST_CHECK enum err officer_notice(const struct notice *n, enum case_notice notice);

/* ---- values of the texts ---- */

/* The agency's name. 0: the service centre, to which all belongs that no agency was given (Decision 115/2025 art. 9). */
MUST_CHECK enum err notice_agency(struct smsc *s, int64_t agency_id, bool accented, struct str *to);
/* 24/11/2026. 0, because the deadline waits for a plausible clock: "se bao sau". */
void notice_date(int32_t day, bool accented, struct str *to);
/* 09:05 21/11/2026. Of a clock that was never set: "chua ro gio". */
void notice_moment(int64_t wall_ms, bool accented, struct str *to);

#endif
