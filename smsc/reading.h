/* A text that is being understood: what the parts of the grammar share. Functions here look at places of the text, or write what was decided. */
#ifndef SMSC_READING_H
#define SMSC_READING_H

#include "smsc/grammar.h"
#include "smsc/keyword_match.h"

struct reading {
    const char *text;
    size_t limit; /* commands end here: before "gui 1022" */
    const char *prefixes; /* of the operator, besides those of keywords.c */
    unsigned open; /* enum grammar_open */
    struct keyword_match match;
    struct parsed *ret; /* written only by what says true, but for `depends` */
};

/* What stands from `at` to the limit. */
bool reading_ends(const struct reading *r, size_t at); /* no word */
bool reading_polite(const struct reading *r, size_t at); /* politeness at most */
bool reading_enquiry(const struct reading *r, size_t at); /* that, or a question how things stand */
/* Behind a keyword without a code. Persons may come first where they're spoken to, or for: "ok anh", "goi toi". */
bool reading_polite_behind_keyword(const struct reading *r);

/* Blanks, and : - . , # behind a keyword or a code aren't content; nor is the bracket or quote that closes around it. Where the content begins. */
size_t reading_content(const struct reading *r, size_t at);
size_t reading_content_behind_keyword(const struct reading *r); /* a quote there may open the content instead */

/* The code that was scanned behind the keyword, or the one that it was before a keyboard changed the keyword with its digits. */
bool reading_code(const struct reading *r, struct code_scan *scan, int32_t *ret_code);

bool reading_decide(const struct reading *r, enum verb verb, const char *why); /* true */
bool reading_bad_code(const struct reading *r, const struct code_scan *scan); /* BADCODE; true */
void reading_set_code(const struct reading *r, const struct code_scan *scan, int32_t code);
void reading_set_words(const struct reading *r, size_t at); /* the argument: from there to the end of the text */
void reading_set_command_words(const struct reading *r, size_t at); /* to the limit, without the blanks in front of it */

#endif
