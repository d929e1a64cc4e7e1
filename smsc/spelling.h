/* Whether a citizen's words need normalising before they're published: "Vietnamese, clear, no abbreviations" (Decision 115/2025 art. 7.1). A flag for
 * the officer who publishes; nobody is refused for it, and a text without accents is as good as any (SMS without accents is no abbreviation).
 *
 * Words that officials abbreviate themselves (UBND, CCCD, QL1A) aren't meant, nor words of Zalo, wifi and the like. */
#ifndef SMSC_SPELLING_H
#define SMSC_SPELLING_H

int spelling_of(const char *text); /* CASE_UNACCENTED, CASE_TEENCODE, CASE_ABBREVIATED, or 0 */

#endif
