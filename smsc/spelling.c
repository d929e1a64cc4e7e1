/* Three signs: no accent in the whole text; words with f, j, w or z, letters that no Vietnamese syllable has, where one stands that teencode makes of
 * it ("fai": phải, "zậy": dậy), and a list; abbreviations that people text, a list. */
#include "smsc/spelling.h"

#include "smsc/typing.h"
#include "smsc/typo.h"
#include "smsc/words.h"
#include "store/case.h"

#include <ctype.h>
#include <string.h>

#define TEENCODE "HOK HOKO H0K KHUM K0 BIK MIK IU NHIU DZAY DZO DZUI DZE THIK THIX HOY OY BJO J"
#define ABBREVIATIONS "K KO KHG HKO DC VS NTN TRC LM CX CHX MN MNG NGTA BN BH KBH BGIO"
#define NO_TEENCODE "FAN FAO FA ZEN WIN WAN JAN FIN" /* words of other languages, and names */

static bool teencode(const char *folded) {
    char syllable[2 * WORD_SIZE];
    if (words_in_list(TEENCODE, folded))
        return true;
    if (!strchr("FJWZ", folded[0]) || words_in_list(NO_TEENCODE, folded))
        return false;
    for (size_t n = 0; n < TYPING_TEENCODE_RULES; n++)
        if (typing_teencode(folded, n, syllable, sizeof syllable) && typo_is_syllable(syllable))
            return true;
    return false;
}

/* "3 K", "K 8": no word of its own. */
static bool between_numbers(const struct word *before, const char *text, const struct word *w, size_t limit) {
    struct word next = word_at(text, w->end, limit);
    return isdigit((unsigned char)before->folded[0]) || isdigit((unsigned char)next.folded[0]);
}

int spelling_of(const char *text) {
    uint32_t marks[WORD_MARKS_MAX];
    size_t limit = strlen(text);
    struct word before = {.end = 0};
    int flags = word_marks(text, 0, limit, marks) ? 0 : CASE_UNACCENTED;
    for (struct word w = word_at(text, 0, limit); !word_none(&w); w = word_at(text, w.end, limit)) {
        bool alone = w.folded[0] && (w.folded[1] || !between_numbers(&before, text, &w, limit));
        if (alone && teencode(w.folded))
            flags |= CASE_TEENCODE;
        if (alone && words_in_list(ABBREVIATIONS, w.folded))
            flags |= CASE_ABBREVIATED;
        before = w;
    }
    return flags;
}
