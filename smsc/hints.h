/* Words that suggest an emergency, a petition of another kind (khiếu nại, tố cáo: Decision 115/2025 art. 1(2) leaves them to others), or taxes, where
 * a tax code is needed (art. 7(2)). They set a flag and add a text to the answer; they never stop a submission: only an officer decides what a text
 * is. */
#ifndef SMSC_HINTS_H
#define SMSC_HINTS_H

/* CASE_EMERGENCY, CASE_SCOPE_SUSPECT, CASE_TAX, or 0. */
int hints_of(const char *text);

#endif
