/* The screens that citizens see over USSD. One table: name, text without accents (GSM 7-bit), text with accents (UCS-2), what may be typed there and
 * what that does.
 *
 * A screen's 160 octets hold 182 septets or 80 UCS-2 characters (3GPP TS 23.038 §6.1.2.3, TS 24.080); with the longest values there can be all of
 * them fit, which smsc_new() checks with the appliance's own name and short code. Without accents they stay within 160 septets unless those names are
 * long: gateways keep room for themselves. The two texts of a screen may offer different choices, since one has half the room.
 *
 * On every screen 0 goes back and 00 to the root, printed or not. Where words are asked for, a `*` in front makes words of anything: `*0`. No screen
 * asks for a `*` or `#`, which some phones take for a new code. */
#ifndef SMSC_USSD_SCREENS_H
#define SMSC_USSD_SCREENS_H

#include "firmware-host/base/str.h"
#include "smsc/smsc.h"

#include <stdbool.h>
#include <stddef.h>

enum { USSD_SEPTETS_MAX = 182, USSD_SEPTETS_AIM = 160, USSD_UCS2_MAX = 80 };

enum ussd_screen {
    USSD_ROOT,
    USSD_FIELD, /* a submission: what it's about … */
    USSD_PLACE, /* … where … */
    USSD_TEXT, /* … the words … */
    USSD_TEXT_SHORT, /* … too few of them … */
    USSD_NAME, /* … who, if that isn't known … */
    USSD_PUBLIC, /* … whether it may be published, and with that it's sent */
    USSD_FILED,
    USSD_FILED_BEFORE, /* the same complaint stands already */
    USSD_LIST, /* the phone's cases, to choose one for an errand */
    USSD_CODE, /* or one by its code */
    USSD_NO_CODE,
    USSD_CASE,
    USSD_SUPPLEMENT,
    USSD_REJOINDER,
    USSD_REJOINDER_SURE,
    USSD_RATING,
    USSD_CHANGE, /* withdraw, keep secret */
    USSD_WITHDRAW_SURE,
    USSD_SECRET_SURE,
    USSD_CALL_SURE,
    USSD_OTHER, /* what the accented root has no room for */
    USSD_HELP,
    USSD_TOO_LONG, /* words that were, and are asked for again */
    USSD_WRONG, /* what was typed is none of the choices */
    USSD_DONE,
    USSD_REFUSED, /* the sender isn't answered now (smsc/abuse.h) */
    USSD_LATER, /* something failed; nothing was kept */
    USSD_BYE,
    USSD_SCREEN_COUNT
};

enum ussd_variable {
    USSD_VARIABLE_PROVINCE,
    USSD_VARIABLE_SHORTCODE,
    USSD_VARIABLE_CODE,
    USSD_VARIABLE_DAY, /* 21/11 */
    USSD_VARIABLE_DATE,
    USSD_VARIABLE_STATE,
    USSD_VARIABLE_AGENCY,
    USSD_VARIABLE_LIMIT, /* a line of its own, or nothing */
    USSD_VARIABLE_ITEMS, /* lines of the list */
    USSD_VARIABLE_OTHER, /* the number behind them */
    USSD_VARIABLE_COUNT
};

enum ussd_errand { USSD_TO_TRACK, USSD_TO_SUPPLEMENT, USSD_TO_RATE, USSD_TO_CHANGE }; /* what a case is chosen for */

/* What an input does: one function for each in ussd_menu.c. */
/* clang-format off */
#define USSD_ACT_TABLE(X) \
    X(USSD_GOES,             "goes on") \
    X(USSD_CHOOSES_CASE,     "a case") /* for an errand, from the list */ \
    X(USSD_TAKES_FIELD,      "field") \
    X(USSD_TAKES_PLACE,      "place") \
    X(USSD_TAKES_TEXT,       "text") \
    X(USSD_TAKES_NAME,       "name") \
    X(USSD_FILES,            "PA") \
    X(USSD_FILES_SECRET,     "KIN") \
    X(USSD_PICKS,            "that line") /* of the list */ \
    X(USSD_TAKES_CODE,       "code") \
    X(USSD_TEXTS_CASE,       "TC") /* how it stands, by SMS */ \
    X(USSD_ADDS,             "supplement or rejoinder") \
    X(USSD_TAKES_SUPPLEMENT, "BS") \
    X(USSD_TAKES_REJOINDER,  "reason") \
    X(USSD_REJOINS,          "PD") \
    X(USSD_RATES,            "DG") \
    X(USSD_WITHDRAWS,        "RUT") \
    X(USSD_KEEPS_SECRET,     "KIN") \
    X(USSD_WANTS_CALL,       "GOI") \
    X(USSD_SUBMITS_AGAIN,    "back to the submission") /* from USSD_WRONG; where there was none, a new one */ \
    X(USSD_TRACKS_AGAIN,     "back to the list")
/* clang-format on */
#define X(symbol, words) symbol,
enum ussd_act { USSD_ACT_TABLE(X) USSD_ACT_COUNT };
#undef X

struct ussd_choice {
    char key; /* '0' … '9'; 0: behind the last */
    enum ussd_act act;
    int argument; /* enum ussd_screen, enum ussd_errand, a rating */
    const char *field; /* USSD_TAKES_FIELD: a key of the province's list; NULL: the words may tell */
};

enum ussd_kind { USSD_ASKS_CHOICE, USSD_ASKS_WORDS, USSD_ENDS };
struct ussd_row {
    const char *name; /* as the session's row has it: never changed */
    enum ussd_kind kind;
    enum ussd_screen back; /* where 0 leads */
    const char *text[2]; /* without, with accents */
    const struct ussd_choice *choices[2];
    enum ussd_act words; /* what words do */
};
extern const struct ussd_row ussd_rows[USSD_SCREEN_COUNT];
enum ussd_screen ussd_screen_named(const char *name); /* USSD_SCREEN_COUNT: there is none */

/* What the key does; NULL: it isn't offered. */
const struct ussd_choice *ussd_choice(enum ussd_screen screen, bool accented, char key);

struct ussd_values {
    const char *of[USSD_VARIABLE_COUNT];
};
/* The screen's text, appended. Values longer than they may be are shortened. A value that it has and wasn't given: abort. */
void ussd_render(enum ussd_screen screen, bool accented, const struct ussd_values *values, struct str *to);
size_t ussd_units(const char *text, bool accented); /* septets, or UTF-16 units */

/* Whether all screens fit with the longest values, and the shortest: province and short code are the appliance's. `problem`: a line for each that
 * doesn't. */
bool ussd_screens_check(const char *province, const char *shortcode, struct str *problem);

/* The longest that a screen's text can be with that province and short code: septets, or UTF-16 units. */
size_t ussd_longest(enum ussd_screen screen, bool accented, const char *province, const char *shortcode);
/* All of it for people: both texts of each screen, how long they can be, what may be typed there and what that does. */
void ussd_screens_print(const char *province, const char *shortcode, struct str *to);

/* A state, in a list and by itself: "Dang xu ly"; in an accented list as short as can be. */
void ussd_state_text(enum case_state state, bool accented, bool listed, struct str *to);

enum { USSD_LISTED = 3, USSD_LISTED_ACCENTED = 2, USSD_AGENCY_PLAIN = 27, USSD_AGENCY_ACCENTED = 26 };

#endif
