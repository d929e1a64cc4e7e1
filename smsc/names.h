/* Persons' names in texts: Vietnamese names, and those of the Mường, Thái, Mông and Dao of the region. */
#ifndef SMSC_NAMES_H
#define SMSC_NAMES_H

#include "smsc/words.h"

#include <stdbool.h>
#include <stddef.h>

enum name_finding { NAME_NONE, NAME_IF_ASKED /* would be one if the name were asked for */, NAME_FOUND };

/* Behind TEN. "TEN duong bi ghi sai" is a complaint, also while the name is asked for: the words must look like a name, the more so, the less they
 * are expected. */
enum name_finding names_behind_keyword(const char *text, size_t at, size_t limit, bool asked, struct place *ret);

/* The whole text, while the name is asked for: only the surest of patterns. */
bool names_alone(const char *text, size_t limit, struct place *ret);

/* The name of a represented person in [from, to), a title in front of it included ("me toi la ba Le Thi B"). */
bool names_represented(const char *text, size_t from, size_t to, struct place *ret);

#endif
