/* What a citizen adds to cases beside words: the sender's name (TEN), confidentiality (KIN), a tax code (MST), the wish to be called (GOI). */
#ifndef SMSC_PARTICULARS_H
#define SMSC_PARTICULARS_H

#include "smsc/turn.h"

MUST_CHECK enum err particulars_name(struct turn *t);
/* The same without an answer: the name as it was typed where nothing but a name was asked for. */
MUST_CHECK enum err particulars_take_name(struct turn *t, const char *typed);
enum { PARTICULARS_NAME_MAX = 60 }; /* characters; what is behind them is cut off */
MUST_CHECK enum err particulars_confidential(struct turn *t);
MUST_CHECK enum err particulars_callback(struct turn *t);
/* The wish to be called, about that case: told when, or told again. */
MUST_CHECK enum err particulars_call_about(struct turn *t, struct pakn_case *c);
/* The sender's newest open case about which a call is due or overdue; 0: none. */
MUST_CHECK enum err particulars_call_due(struct turn *t, int64_t *ret_case);
MUST_CHECK enum err particulars_tax_code(struct turn *t);
/* A wrong tax code wasn't typed again: what was typed is kept, unverified. */
MUST_CHECK enum err tax_code_unanswered(struct smsc *s, const struct dialogue *question, int64_t now);

#endif
