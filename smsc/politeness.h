/* What people put behind a command and say nothing with: "nhe", "giup toi voi", "cam on anh chi". Patterns of a closed list, not single words: "nha"
 * is a particle and "nha toi" a house. */
#ifndef SMSC_POLITENESS_H
#define SMSC_POLITENESS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether [at, limit) holds politeness and nothing else; empty is polite. `first`: classes of persons that may come first by themselves (WORD_ME for
 * "goi toi", WORD_YOU for "ok anh"), 0: none. */
bool politeness_only(const char *text, size_t at, size_t limit, unsigned first);

/* The same with a question about the state of things in front: "den dau roi", "the nao roi a". */
bool politeness_or_enquiry(const char *text, size_t at, size_t limit);

#endif
