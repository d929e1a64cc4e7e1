/* Keys are compared with the word they should write, letter by letter; a key that isn't the next letter must be an accent's, and must stand where its
 * method allows it: behind a vowel, or behind a d for the stroke. */
#include "smsc/typing.h"

#include <stdio.h>
#include <string.h>

enum { SYLLABLE_ACCENTS = 3 }; /* ươ and a tone */

static const struct method {
    const char *marks; /* keys for accents, behind a vowel */
    const char *strokes; /* keys that make a d a đ */
    bool doubles; /* aa, ee, oo, dd, and w for ư (Telex) */
} methods[TYPING_COUNT] = {
    [TYPING_TELEX] = {"SFRXJZW", "D", true},
    [TYPING_VNI] = {"12345678", "9", false},
    [TYPING_VIQR] = {"^(+'`?~.*", "D-", false},
};

static char upper(char c) {
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static bool one_of(char c, const char *set) {
    return c && strchr(set, c);
}

/* Whether `key` may be an accent's behind the first `done` letters of the word. */
static bool is_accent(const struct method *m, char key, const char *word, size_t done) {
    bool vowel = strcspn(word, "AEIOUY") < done;
    if (vowel && one_of(key, m->marks))
        return true;
    if (one_of(key, m->strokes) && strcspn(word, "D") < done && (key != '-' || word[done - 1] == 'D'))
        return true;
    return m->doubles && one_of(key, "AEO") && memchr(word, key, done);
}

/* Whether the letter stands further on in the same word: a w in front of it is an accent, else it is the letter itself ("cuwsu", "cws"). */
static bool letter_follows(const char *text, size_t at, size_t limit, char letter) {
    for (; at < limit && upper(text[at]) >= 'A' && upper(text[at]) <= 'Z'; at++)
        if (upper(text[at]) == letter)
            return true;
    return false;
}

bool typing_spells(enum typing method, const char *text, size_t at, size_t limit, const char *word, size_t *ret_end) {
    const struct method *m = &methods[method];
    size_t done = 0, accents = 0, letters_end = at, len = strlen(word);
    for (; at < limit; at++) {
        char key = upper(text[at]);
        if (done < len && key == word[done]) {
            done++;
            letters_end = at + 1;
        } else if (done < len && m->doubles && key == 'W' && word[done] == 'U' && !letter_follows(text, at + 1, limit, 'U')) {
            done++;
            accents++;
            letters_end = at + 1;
        } else if (is_accent(m, key, word, done)) {
            accents++;
        } else {
            break;
        }
    }
    if (method == TYPING_VNI && at - letters_end > SYLLABLE_ACCENTS) { /* a code glued to it */
        accents -= at - letters_end;
        at = letters_end;
    }
    *ret_end = at;
    return done == len && accents > 0;
}

int typing_vni_digit(uint32_t mark) {
    static const struct {
        uint32_t mark;
        int digit;
    } digits[] = {{0x301, 1}, {0x300, 2}, {0x309, 3}, {0x303, 4}, {0x323, 5}, {0x302, 6}, {0x31B, 7}, {0x306, 8}, {0x335, 9}};
    for (size_t i = 0; i < sizeof digits / sizeof *digits; i++)
        if (digits[i].mark == mark)
            return digits[i].digit;
    return 0;
}

bool typing_teencode(const char *folded, size_t n, char *to, size_t size) {
    static const struct {
        char from;
        const char *to;
    } rules[TYPING_TEENCODE_RULES] = {{'F', "PH"}, {'Z', "D"}, {'J', "GI"}, {'K', "C"}, {'W', "QU"}};
    if (*folded != rules[n].from)
        return false;
    return (size_t)snprintf(to, size, "%s%s", rules[n].to, folded + 1) < size;
}
