/* HO: feedback for another person in one message (Decision 115/2025 art. 7(7)): name, address, phone number, reason, with commas between. */
#ifndef SMSC_BEHALF_H
#define SMSC_BEHALF_H

#include "smsc/grammar.h"

#include <stdbool.h>
#include <stddef.h>

/* The four parts behind HO. Strict, since "ho ga mat nap, …" is a complaint: at least three commas, a name that looks like one, and a part that is a
 * phone number and nothing else. The address may hold commas. A reason that isn't there is empty: it is asked for. */
bool behalf_parse(const char *text, size_t at, size_t limit, struct place ret[BEHALF_PARTS]);

#endif
