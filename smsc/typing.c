/* Keys are compared with the word they should write, letter by letter; a key that isn't the next letter must be an accent's, and must stand where its
 * method allows it: behind a vowel, or behind a d for the stroke. */
#include "smsc/typing.h"

#include <stdio.h>
#include <string.h>

enum { SYLLABLE_ACCENTS = 3 }; /* ươ and a tone */

enum { GRAVE = 0x300, ACUTE, CIRCUMFLEX, TILDE, BREVE = 0x306, HOOK = 0x309, HORN = 0x31B, DOT = 0x323, STROKE = 0x335 };

static const struct method {
    const char *keys; /* for accents, behind a vowel */
    uint32_t marks[10]; /* what each puts on it; 0: takes the tone away */
    const char *strokes; /* keys that make a d a đ */
    bool doubles; /* aa, ee, oo, and w for ư (Telex) */
} methods[TYPING_COUNT] = {
    [TYPING_TELEX] = {"SFRXJWZ", {ACUTE, GRAVE, HOOK, TILDE, DOT, HORN, 0}, "D", true},
    [TYPING_VNI] = {"12345678", {ACUTE, GRAVE, HOOK, TILDE, DOT, CIRCUMFLEX, HORN, BREVE}, "9", false},
    [TYPING_VIQR] = {"'`?~.^+(*", {ACUTE, GRAVE, HOOK, TILDE, DOT, CIRCUMFLEX, HORN, BREVE, HORN}, "D-", false},
};

static char upper(char c) {
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static void add_mark(struct typing *t, uint32_t mark) {
    if (t->count < WORD_MARKS_MAX)
        t->marks[t->count++] = mark;
}

/* Takes `key` for an accent's behind the first `done` letters of the word, where it may be one. */
static bool take_accent(const struct method *m, char key, const char *word, size_t done, struct typing *ret) {
    const char *at = key ? strchr(m->keys, key) : NULL;
    if (at && strcspn(word, "AEIOUY") < done) {
        add_mark(ret, m->marks[at - m->keys]);
        return true;
    }
    if (key && strchr(m->strokes, key) && strcspn(word, "D") < done && (key != '-' || word[done - 1] == 'D')) {
        add_mark(ret, STROKE);
        return true;
    }
    bool doubled = m->doubles && key && strchr("AEO", key) && memchr(word, key, done);
    if (doubled)
        add_mark(ret, CIRCUMFLEX);
    return doubled;
}

/* Whether the letter stands further on in the same word: a w in front of it is an accent, else it is the letter itself ("cuwsu", "cws"). */
static bool letter_follows(const char *text, size_t at, size_t limit, char letter) {
    for (; at < limit && upper(text[at]) >= 'A' && upper(text[at]) <= 'Z'; at++)
        if (upper(text[at]) == letter)
            return true;
    return false;
}

bool typing_spells(enum typing_method method, const char *text, size_t at, size_t limit, const char *word, struct typing *ret) {
    const struct method *m = &methods[method];
    size_t done = 0, letters_end = at, len = strlen(word);
    *ret = (struct typing){.count = 0};
    for (; at < limit; at++) {
        char key = upper(text[at]);
        bool letter = done < len && key == word[done];
        if (!letter && done < len && m->doubles && key == 'W' && word[done] == 'U' && !letter_follows(text, at + 1, limit, 'U')) {
            letter = true;
            add_mark(ret, HORN);
        }
        if (letter) {
            done++;
            letters_end = at + 1;
        } else if (!take_accent(m, key, word, done, ret)) {
            break;
        }
    }
    if (method == TYPING_VNI && at - letters_end > SYLLABLE_ACCENTS) { /* a code glued to it */
        ret->count -= at - letters_end < ret->count ? at - letters_end : ret->count;
        at = letters_end;
    }
    ret->end = at;
    return done == len && ret->count > 0;
}

int typing_vni_digit(uint32_t mark) {
    static const struct {
        uint32_t mark;
        int digit;
    } digits[] = {{ACUTE, 1}, {GRAVE, 2}, {HOOK, 3}, {TILDE, 4}, {DOT, 5}, {CIRCUMFLEX, 6}, {HORN, 7}, {BREVE, 8}, {STROKE, 9}};
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
