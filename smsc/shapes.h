/* What must follow a keyword for it to be a command, one function for every shape of keywords.h. */
#ifndef SMSC_SHAPES_H
#define SMSC_SHAPES_H

#include "smsc/reading.h"

bool shape_parse(const struct reading *r); /* behind r->match; true: it is a command, and *r->ret says which */

/* "2", "trang 2" behind what is tracked; *ret_page 0: nothing. False: there are words that say something. */
bool shape_page(const struct reading *r, size_t at, int *ret_page);

#endif
