/* What a message asks for. Works on a folded copy of its first words; the content itself is never altered: the argument is a place in the
 * original text, behind the verb and the separators that follow it.
 *
 *   message = [prefix SP] (command / free text)      command: a row of keywords.c in its exact shape      a bare valid code tracks
 *   code    = 9 digits; blanks and - . / : < > ( ) allowed inside; O is 0, I and L are 1 inside a digit group
 *
 * The rule above all others: a complaint is never swallowed by a command. A keyword without the shape of its row makes free text. */
#ifndef SMSC_GRAMMAR_H
#define SMSC_GRAMMAR_H

#include "smsc/keywords.h"

#include <stddef.h>
#include <stdint.h>

enum grammar_open { /* questions that are open with the sender; bits */
                    GRAMMAR_NAME_ASKED = 1,
                    GRAMMAR_DRAFT_ASKED = 2,
};

enum code_form { CODE_FORM_NONE, CODE_FORM_FULL, CODE_FORM_INDEX, CODE_FORM_LAST4 };

enum { PARSED_DIGITS_MAX = 12 };
struct parsed {
    enum verb verb;
    enum code_form code_form;
    int32_t code; /* the code, the index into the last list, or the last four digits */
    char digits[PARSED_DIGITS_MAX + 1]; /* BADCODE: what was typed, as digits */
    size_t argument; /* where the content begins in the text; free text: 0 */
    size_t argument_len; /* SETNAME: the name; else up to the end of the text */
    enum case_kind kind; /* submissions */
    unsigned depends; /* enum grammar_open: whether these questions are open would change the answer */
    const char *why; /* for logs and tests: the rule that decided */
};

/* `text` is valid UTF-8; `open` says which questions are open. */
void grammar_parse(const char *text, unsigned open, struct parsed *ret);

#endif
