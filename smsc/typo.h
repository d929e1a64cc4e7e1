/* Slips of the finger in long keywords, and what isn't one: a Vietnamese syllable is taken for what it says. */
#ifndef SMSC_TYPO_H
#define SMSC_TYPO_H

#include <stdbool.h>

/* At most one letter wrong, missing, too much, or swapped with its neighbour (Damerau-Levenshtein distance ≤ 1, restricted). */
bool typo_within_one(const char *typed, const char *word);

/* Whether the folded word can be a syllable of Vietnamese without its accents: an onset and a rime of the language. */
bool typo_is_syllable(const char *folded);

#endif
