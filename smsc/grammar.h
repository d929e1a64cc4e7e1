/* What a message asks for. Works on a folded copy of its first words; the content itself is never altered: the argument is a place in the original
 * text, behind the verb, its code and the separators that follow.
 *
 *   message = [prefix SP] (command / free text)
 *   command = a keyword in the shape of its row in keywords.c, however it was typed (keyword_match.h)
 *           / a valid code, and politeness at most: tracks
 *           / a bare answer to an open question: yes or no, 1 to 5, a place in the list, a name
 *   code    = nine digits with their check digits, in any grouping, the province's two in front or not (code_scan.h)
 *
 * The rule above all others: a complaint is never swallowed by a command. A keyword without the shape of its row makes free text, and so does a
 * command with words behind it that its row has no place for, unless they are politeness from a closed list. */
#ifndef SMSC_GRAMMAR_H
#define SMSC_GRAMMAR_H

#include "smsc/code_scan.h"
#include "smsc/keywords.h"
#include "smsc/words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is open with the sender; bits. An explicit keyword or code is read the same whatever is open: these change bare answers alone. "A bare answer
 * goes to the newest question that it fits": of GRAMMAR_RATING_OPEN and GRAMMAR_LIST_SENT the caller gives the newer one. */
enum grammar_open {
    GRAMMAR_NAME_ASKED = 1,
    GRAMMAR_DRAFT_ASKED = 2, /* free text waits for a yes */
    GRAMMAR_RATING_OPEN = 4, /* exactly one result waits to be rated: a bare 1 to 5 rates it */
    GRAMMAR_QUESTION_OPEN = 8, /* another question for yes or no: withdrawal, supplement, consent */
    GRAMMAR_LIST_SENT = 16, /* a bare digit is a place in that list */
    GRAMMAR_BEHALF_ASKED = 32, /* one of the four questions about a represented person: a name, digits or a yes are the answer's words */
};

enum code_form { CODE_FORM_NONE, CODE_FORM_FULL, CODE_FORM_INDEX, CODE_FORM_LAST4 };

/* Decision 115/2025 art. 7(7): who is represented, and why. */
enum behalf_part { BEHALF_NAME, BEHALF_ADDRESS, BEHALF_PHONE, BEHALF_REASON, BEHALF_PARTS };

enum { PARSED_DIGITS_MAX = CODE_SCAN_DIGITS };
struct parsed {
    enum verb verb;
    enum code_form code_form;
    int32_t code; /* the code, the index into the last list, or the last four digits */
    int province; /* that stood in front of the code: 38-482109304; 0: none */
    char digits[PARSED_DIGITS_MAX + 1]; /* BADCODE: what was typed, as digits; TAXCODE: the tax code's 10, 12 or 13 digits */
    int page; /* TRACK: of a long answer; 0: not said */
    int rating; /* RATE: 1 to 5; else 0 */
    size_t argument; /* where the content begins in the text; free text: 0 */
    size_t argument_len; /* 0: no argument. Up to the end of the text where it is somebody's words */
    struct place behalf[BEHALF_PARTS]; /* BEHALF; all empty: HO alone */
    enum case_kind kind; /* submissions */
    int flags; /* enum case_flag: what somebody's words make suspect (hints.h); 0 where there are none */
    unsigned depends; /* enum grammar_open: whether these questions are open would change the answer */
    const char *why; /* for logs and tests: the rule that decided */
};

/* `text` is valid UTF-8; `open` says which questions are open. */
void grammar_parse(const char *text, unsigned open, struct parsed *ret);
/* The same where operators put words of their own in front of what citizens text: upper-case ASCII with single blanks between, "" for none. */
void grammar_parse_prefixed(const char *text, const char *prefixes, unsigned open, struct parsed *ret);

/* What a registered officer's message asks for. Nobody decides a case by text message: officers read and confirm that they've read. */
enum officer_verb {
    OFFICER_NONE, /* nothing of these: read it as a citizen's message */
    OFFICER_READ, /* OK <code>: has seen it; without a code: the last that was sent */
    OFFICER_LIST, /* VIEC: what is on the officer's desk */
    OFFICER_HELP, /* HD, ? */
    OFFICER_BADCODE, /* OK and digits that are no code */
};
struct officer_parsed {
    enum officer_verb verb;
    bool has_code;
    int32_t code;
    int province; /* as in struct parsed */
    char digits[PARSED_DIGITS_MAX + 1]; /* OFFICER_BADCODE */
};
void grammar_parse_officer(const char *text, struct officer_parsed *ret);

#endif
