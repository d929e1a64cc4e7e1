/* From a step to texts: which template, with which values, to whom, when. One row of a table for every notice (store/case_rules.h). */
#ifndef SMSC_NOTICE_H
#define SMSC_NOTICE_H

#include "smsc/life.h"
#include "store/directory.h"

struct notice { /* what the texts are made of; all borrowed */
    struct smsc *s;
    const struct pakn_case *c;
    const struct case_life *life;
    const struct case_step *step;
    const struct case_outcome *outcome;
    const struct life_answer *answer; /* NULL: a proactive text: class NOTICE, quiet hours, not to those who opted out */
    int64_t now;
};
MUST_CHECK enum err notice_citizen(const struct notice *n, enum case_notice notice);
/* To the officers whom it concerns (smsc/officer.c decides who, when, and what is merged). */
MUST_CHECK enum err officer_notice(const struct notice *n, enum case_notice notice);

#endif
