/* How Vietnamese is keyed in, as it stands in a text when the keyboard didn't turn the keys into accents: Telex ("phanr anhs"), VNI ("phan3 anh1"),
 * VIQR ("pha?n a'nh"); and teencode, how the young spell ("fan anh"). For keywords only. */
#ifndef SMSC_TYPING_H
#define SMSC_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum typing { TYPING_TELEX, TYPING_VNI, TYPING_VIQR, TYPING_COUNT };

/* Whether the keys at `at` write `word` (folded, letters only) with at least one accent's key among them. *ret_end: behind the last key. */
bool typing_spells(enum typing method, const char *text, size_t at, size_t limit, const char *word, size_t *ret_end);

/* The digit that puts this combining mark on a letter in VNI; 0: none. U+0335 is the stroke of đ. */
int typing_vni_digit(uint32_t mark);

/* The n-th teencode spelling rule applied to the start of `folded`. False: it doesn't apply. */
enum { TYPING_TEENCODE_RULES = 5 };
bool typing_teencode(const char *folded, size_t n, char *to, size_t size);

#endif
