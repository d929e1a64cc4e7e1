/* The words of a text: runs of letters and digits between everything else. Each is folded by itself when it's looked at, so that places in the
 * original stay known, and a long text costs no more than its first words. Texts are valid UTF-8 with a NUL; places are bytes, on character borders.
 */
#ifndef SMSC_WORDS_H
#define SMSC_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WORD_SIZE = 32, WORD_MARKS_MAX = 8 };

struct place { /* bytes; len 0: none */
    size_t at, len;
};

struct word {
    size_t start, end; /* start == end: none */
    char folded[WORD_SIZE]; /* without accents, upper case; "" when it is too long for that */
};

bool words_separator(uint32_t c);

/* The first word at or behind `at`, before `limit`. Words of which nothing is left when folded (a lone byte order mark) are passed over. */
struct word word_at(const char *text, size_t at, size_t limit);
bool word_none(const struct word *w);

/* The place behind the first n letters of a word, marks of the last one included. */
size_t word_place_behind(const char *text, const struct word *w, size_t n);

/* The combining marks of a word in order, U+0335 for the stroke of đ; at most WORD_MARKS_MAX. Returns how many. */
size_t word_marks(const char *text, size_t start, size_t end, uint32_t marks[WORD_MARKS_MAX]);

/* The first place at or behind `at` whose character isn't one of `skip` (ASCII) or a no-break space. */
size_t words_skip(const char *text, size_t at, const char *skip);

/* Whether [from, to) holds no other ASCII characters than `allowed`. Characters beyond ASCII count as separators here. */
bool words_only(const char *text, size_t from, size_t to, const char *allowed);

bool words_in_list(const char *list, const char *word); /* folded words with single blanks between; "" is in none */

size_t words_letters(const char *text, size_t from, size_t to);

#endif
