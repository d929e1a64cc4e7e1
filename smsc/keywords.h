/* The words that citizens text. One table: the word as it looks folded (no accents, upper case, one space), what it means, and the shape that
 * must follow it for it to be a command at all. Whatever doesn't have that shape is free text: a complaint is never swallowed by a command. */
#ifndef SMSC_KEYWORDS_H
#define SMSC_KEYWORDS_H

#include "store/case.h"

#include <stdbool.h>
#include <stddef.h>

/* What a message asks for. Names are what `phanhoictl message list` shows and what is stored with the message. */
/* clang-format off */
#define VERB_TABLE(X) \
    X(VERB_FREETEXT,     "FREETEXT")     /* no command: somebody's words */ \
    X(VERB_IGNORE,       "IGNORE")       /* not a letter, not a digit */ \
    X(VERB_SUBMIT,       "SUBMIT")       /* a case; argument: its text */ \
    X(VERB_SUBMIT_CONF,  "SUBMIT_CONF")  /* the same, its content kept from publication */ \
    X(VERB_SETCONF,      "SETCONF")      /* keep the content of a case from publication */ \
    X(VERB_TRACK,        "TRACK")        /* how a case stands; without a code: the list */ \
    X(VERB_BADCODE,      "BADCODE")      /* digits that are meant as a code and are none */ \
    X(VERB_SUPPLEMENT,   "SUPPLEMENT")   /* more about a case; argument: the words */ \
    X(VERB_REJOIN,       "REJOIN")       /* disagrees with a result; argument: why */ \
    X(VERB_RATE,         "RATE")         /* rating 1 to 5 of a result; argument: a comment, or empty */ \
    X(VERB_BADRATE,      "BADRATE")      /* a rating that isn't 1 to 5 */ \
    X(VERB_WITHDRAW_ASK, "WITHDRAW_ASK") /* withdraw a case: asked about first */ \
    X(VERB_CLARIFY_HUY,  "CLARIFY_HUY")  /* HUY alone: withdraw a case, or no more texts? */ \
    X(VERB_CONFIRM,      "CONFIRM")      /* yes to an open question */ \
    X(VERB_DENY,         "DENY")         /* no to an open question */ \
    X(VERB_BEHALF,       "BEHALF")       /* for another person: the four parts; none of them: asks for them */ \
    X(VERB_SETNAME,      "SETNAME")      /* argument: the sender's name */ \
    X(VERB_TAXCODE,      "TAXCODE")      /* the tax code that belongs to a case; argument: as typed */ \
    X(VERB_CALLBACK,     "CALLBACK")     /* wants to be called, about a case or at all */ \
    X(VERB_OPTOUT,       "OPTOUT")       /* no texts but answers */ \
    X(VERB_OPTIN,        "OPTIN") \
    X(VERB_ACCENTS_ON,   "ACCENTS_ON")   /* texts with accents from now on */ \
    X(VERB_ACCENTS_OFF,  "ACCENTS_OFF") \
    X(VERB_HELP,         "HELP") \
    X(VERB_DATA_REQUEST, "DATA_REQUEST") /* what is kept about the sender (Law 91/2025/QH15) */ \
    X(VERB_DATA_ERASE,   "DATA_ERASE")   /* wants that erased */ \
    X(VERB_KEPT,         "KEPT")         /* from a sender that isn't answered */ \
    X(VERB_OFFICER,      "OFFICER")      /* a registered officer's word: grammar_parse_officer() */
/* clang-format on */
#define X(symbol, name) symbol,
enum verb { VERB_TABLE(X) VERB_COUNT };
#undef X
const char *verb_name(enum verb verb);

enum keyword_shape {
    SHAPE_TEXT, /* a separator and words: `PA Duong hong` */
    SHAPE_TEXT_OR_CODE, /* words, or a code and nothing else, which is another verb: `KIN Can bo …`, `KIN 482109304` */
    SHAPE_CODE_ONLY, /* a code: `GK 482109304` */
    SHAPE_CODE, /* alone, or a code: `OK`, `OK 482109304` */
    SHAPE_CODE_TEXT, /* a code and words: `BS 482109304 nha so 5` */
    SHAPE_DENIAL, /* alone, or a code; a code and words object to a result: `KDY 482109304 chua sua` */
    SHAPE_TRACK, /* alone, or a code, an index or the last four digits, and a page: `TC`, `TC 1`, `TC 9304`, `TC 482109304 2` */
    SHAPE_RATING, /* a code or none, and a digit: `DG 482109304 4 tot` */
    SHAPE_TAX, /* a code and a tax code: `MST 482109304 0100109106` */
    SHAPE_BEHALF, /* alone, or a name, an address, a phone number, a reason */
    SHAPE_NAME, /* a person's name: `TEN Nguyen Van A` */
    SHAPE_ALONE, /* alone, a polite word behind it at most: `HD` */
    SHAPE_EXACT, /* alone, and typed without a slip: `STOP` */
};

struct keyword {
    const char *word; /* folded; up to KEYWORD_WORDS_MAX words */
    enum verb verb;
    enum keyword_shape shape;
    const char *accented; /* as it is written with its accents; NULL: it has none. Other accents are another word: HO is hộ, not hồ */
    enum verb code_verb; /* with a code, where that is another verb */
    enum case_kind kind; /* submissions */
};
enum { KEYWORD_WORDS_MAX = 3 };
const struct keyword *keyword_at(size_t index); /* NULL behind the last */
bool keyword_takes_code(const struct keyword *k); /* a code may follow without a blank */

/* What else a folded word can be; bits. */
enum word_class {
    WORD_PREFIX = 1, /* put in front by operators, kept or stripped (PAKN), and what people copy from instructions (SOAN) */
    WORD_FILLER = 2, /* MA, SO, … in front of a code, and only there */
    WORD_PARTICLE = 4, /* politeness.h: NHE, A, VOI */
    WORD_HELP = 8, /* GIUP (TOI), CHO (EM), CUA (TOI) */
    WORD_THANKS = 16,
    WORD_ME = 32,
    WORD_YOU = 64,
    WORD_RATING = 128, /* what people add to a rating: TOT, RAT CHAM */
    WORD_SCORE = 256, /* in front of a rating: DIEM 4 */
    WORD_YES = 512, /* counts only while a question is open */
    WORD_NO = 1024,
    WORD_TAX = 2048, /* between a case's code and a tax code */
    WORD_PHONE = 4096, /* in front of a phone number: SDT */
    WORD_TITLE = 8192, /* in front of a person's name: ONG, BA, ME TOI */
};
unsigned keyword_classes(const char *folded);

/* What a folded word says about whether the words are a person's name. */
enum name_word {
    NAME_WORD_ANY,
    NAME_WORD_FAMILY, /* a family name */
    NAME_WORD_FAMILY_OR_THING, /* a family name that is a thing too when its accents are missing: DUONG (Dương, đường) */
    NAME_WORD_NEVER, /* names never hold it: BI, SAI, CHUA … */
};
enum name_word keyword_name_word(const char *folded);
bool keyword_is_name_filler(const char *folded); /* TOI, LA, … between TEN and a name */
bool keyword_is_middle_name(const char *folded); /* VAN, THI: the surest sign of a name in second place */

#endif
