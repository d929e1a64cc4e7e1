/* How Vietnamese is keyed in, as it stands in a text when the keyboard didn't turn the keys into accents: Telex ("phanr anhs"), VNI ("phan3 anh1"),
 * VIQR ("pha?n a'nh"); and teencode, how the young spell ("fan anh"). For keywords only. */
#ifndef SMSC_TYPING_H
#define SMSC_TYPING_H

#include "smsc/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum typing_method { TYPING_TELEX, TYPING_VNI, TYPING_VIQR, TYPING_COUNT };

struct typing {
    size_t end; /* behind the last key */
    uint32_t marks[WORD_MARKS_MAX]; /* combining marks that the keys put on the word, U+0335 for the stroke of đ */
    size_t count;
};

/* Whether the keys at `at` write `word` (folded, letters only) with at least one accent's key among them. */
bool typing_spells(enum typing_method method, const char *text, size_t at, size_t limit, const char *word, struct typing *ret);

/* The digit that puts this combining mark on a letter in VNI; 0: none. U+0335 is the stroke of đ. */
int typing_vni_digit(uint32_t mark);

/* The n-th teencode spelling rule applied to the start of `folded`. False: it doesn't apply. */
enum { TYPING_TEENCODE_RULES = 5 };
bool typing_teencode(const char *folded, size_t n, char *to, size_t size);

#endif
