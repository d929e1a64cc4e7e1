/* Every reading compares the first one, two or three words of the text with the table. */
#include "smsc/keyword_match.h"

#include "smsc/code_scan.h"
#include "smsc/typing.h"
#include "smsc/typo.h"

#include <stdio.h>
#include <string.h>

enum { SLIP_LETTERS = 5, JOINED_SIZE = KEYWORD_WORDS_MAX * WORD_SIZE, GAP_MAX = 2 };
#define GAPS " \t\r\n-_" /* between the words of a keyword */

struct phrase { /* the words that may be a keyword */
    const char *text;
    size_t limit;
    struct word words[KEYWORD_WORDS_MAX];
    size_t count;
};

static void read_phrase(const char *text, size_t from, size_t limit, struct phrase *ret) {
    *ret = (struct phrase){.text = text, .limit = limit};
    struct word w = word_at(text, from, limit);
    while (!word_none(&w) && w.folded[0]) {
        ret->words[ret->count++] = w;
        if (ret->count == KEYWORD_WORDS_MAX)
            break;
        struct word next = word_at(text, w.end, limit);
        if (!words_only(text, w.end, next.start, GAPS))
            break;
        w = next;
    }
}

/* ---- as it stands ---- */

/* Whether a code may begin here: a digit, or a letter written for one with a digit behind it. */
static bool digits_at(const char *folded) {
    return strspn(folded, "0123456789") > 0 || (strspn(folded, "OIL") > 0 && strspn(folded + 1, "0123456789") > 0);
}

static bool fits(const struct phrase *p, const struct keyword *k, struct keyword_match *ret) {
    const char *word = k->word;
    for (size_t i = 0; i < p->count; i++) {
        const struct word *w = &p->words[i];
        size_t len = strcspn(word, " ");
        bool last = word[len] == '\0';
        if (strncmp(w->folded, word, len) != 0)
            return false;
        bool glued = w->folded[len] != '\0';
        if (glued && !(last && keyword_takes_code(k) && digits_at(w->folded + len)))
            return false;
        if (last) {
            *ret = (struct keyword_match){.keyword = k, .start = p->words[0].start, .glued = glued};
            ret->end = glued ? word_place_behind(p->text, w, len) : w->end;
            return true;
        }
        word += len + 1;
    }
    return false;
}

static bool find(const struct phrase *p, struct keyword_match *ret) {
    struct keyword_match m;
    size_t longest = 0;
    const struct keyword *k;
    for (size_t i = 0; (k = keyword_at(i)) != NULL; i++) {
        if (strlen(k->word) > longest && fits(p, k, &m)) {
            longest = strlen(k->word);
            *ret = m;
        }
    }
    return longest > 0;
}

/* "T C 482109304": two letters with a blank between them. */
static bool find_spaced(const struct phrase *p, struct keyword_match *ret) {
    struct phrase joined = *p;
    if (p->count < 2 || strlen(p->words[0].folded) != 1 || strlen(p->words[1].folded) != 1)
        return false;
    snprintf(joined.words[0].folded, WORD_SIZE, "%c%c", p->words[0].folded[0], p->words[1].folded[0]);
    joined.words[0].end = p->words[1].end;
    joined.count = 1;
    return find(&joined, ret);
}

/* ---- accents that say another word ---- */

/* The hook and the tilde are one tone to half of the country, in speech and so in writing. */
static uint32_t tone_of(uint32_t mark) {
    return mark == 0x303 ? 0x309 : mark;
}

static bool is_tone(uint32_t mark) {
    return mark == 0x300 || mark == 0x301 || mark == 0x303 || mark == 0x309 || mark == 0x323;
}

/* Accents left out don't contradict, accents that the word doesn't have do. */
static bool marks_contradict(const uint32_t *typed, size_t typed_count, const uint32_t *right, size_t right_count) {
    for (size_t i = 0; i < typed_count; i++) {
        bool found = false;
        for (size_t j = 0; j < right_count; j++)
            found = found || typed[i] == right[j] || (is_tone(typed[i]) && tone_of(typed[i]) == tone_of(right[j]));
        if (!found)
            return true;
    }
    return false;
}

static bool accents_contradict(const struct phrase *p, const struct keyword_match *m) {
    const char *accented = m->keyword->accented;
    size_t right_at = 0, limit = accented ? strlen(accented) : 0;
    if (!accented)
        return false;
    for (size_t i = 0; i < p->count && p->words[i].start < m->end; i++) {
        uint32_t typed[WORD_MARKS_MAX], right[WORD_MARKS_MAX];
        struct word w = word_at(accented, right_at, limit);
        size_t end = p->words[i].end < m->end ? p->words[i].end : m->end;
        size_t typed_count = word_marks(p->text, p->words[i].start, end, typed);
        if (typed_count > 0 && marks_contradict(typed, typed_count, right, word_marks(accented, w.start, w.end, right)))
            return true;
        right_at = w.end;
    }
    return false;
}

/* ---- as it was keyed ---- */

static bool spelt(const struct phrase *p, const struct keyword *k, enum typing method, struct keyword_match *ret) {
    char word[WORD_SIZE];
    const char *rest = k->word;
    bool any = false;
    size_t at = p->words[0].start, end = at;
    for (;;) {
        size_t len = strcspn(rest, " ");
        snprintf(word, sizeof word, "%.*s", (int)len, rest);
        bool keyed = typing_spells(method, p->text, at, p->limit, word, &end);
        if (!keyed) { /* a word of the keyword that has no accent, or lost its key */
            struct word w = word_at(p->text, at, p->limit);
            if (w.start != at || strcmp(w.folded, word) != 0)
                return false;
            end = w.end;
        }
        any = any || keyed;
        rest += len;
        if (*rest == '\0')
            break;
        rest++;
        struct word next = word_at(p->text, end, p->limit);
        if (next.start == end || next.start > end + GAP_MAX || !words_only(p->text, end, next.start, GAPS))
            return false;
        at = next.start;
    }
    struct word behind = word_at(p->text, end, p->limit);
    bool glued = behind.start == end && !word_none(&behind);
    *ret = (struct keyword_match){.keyword = k, .reading = READ_KEYS, .start = p->words[0].start, .end = end, .glued = glued};
    return any && (!glued || (keyword_takes_code(k) && digits_at(behind.folded)));
}

static bool find_keyed(const struct phrase *p, struct keyword_match *ret) {
    struct keyword_match m;
    size_t longest = 0;
    const struct keyword *k;
    for (int method = 0; method < TYPING_COUNT; method++)
        for (size_t i = 0; (k = keyword_at(i)) != NULL; i++)
            if (k->accented && strlen(k->word) > longest && spelt(p, k, (enum typing)method, &m)) {
                longest = strlen(k->word);
                *ret = m;
            }
    return longest > 0;
}

/* ---- teencode ---- */

static size_t words_in(const char *keyword) {
    size_t count = 1;
    for (; *keyword; keyword++)
        count += *keyword == ' ';
    return count;
}

/* The place behind the letters of a word that digits follow. */
static size_t behind_letters(const struct phrase *p, size_t word) {
    const struct word *w = &p->words[word];
    return word_place_behind(p->text, w, strcspn(w->folded, "0123456789"));
}

static bool find_teencode(const struct phrase *p, struct keyword_match *ret) {
    char respelt[KEYWORD_WORDS_MAX][WORD_SIZE];
    bool can[KEYWORD_WORDS_MAX] = {false};
    for (size_t i = 0; i < p->count; i++)
        for (size_t rule = 0; rule < TYPING_TEENCODE_RULES && !can[i]; rule++)
            can[i] = typing_teencode(p->words[i].folded, rule, respelt[i], WORD_SIZE);
    for (unsigned which = 1; which < 1U << p->count; which++) {
        struct phrase other = *p;
        bool possible = true;
        for (size_t i = 0; i < p->count; i++) {
            if (!(which & 1U << i))
                continue;
            possible = possible && can[i];
            if (can[i])
                memcpy(other.words[i].folded, respelt[i], WORD_SIZE);
        }
        if (!possible || !find(&other, ret))
            continue;
        if (ret->glued) /* in what was typed, not in what it was respelt to */
            ret->end = behind_letters(p, words_in(ret->keyword->word) - 1);
        ret->reading = READ_TEENCODE;
        return true;
    }
    return false;
}

/* ---- a slip ---- */

static size_t without_blanks(const char *word, char *to, size_t size) {
    size_t len = 0;
    for (; *word && len + 1 < size; word++)
        if (*word != ' ')
            to[len++] = *word;
    to[len] = '\0';
    return len;
}

/* Verbs that a slip may lead to: not the ones whose bare word does something by itself, and no names (HOTEL is no HOTEN). */
static bool slips_allowed(const struct keyword *k) {
    return k->shape != SHAPE_EXACT && k->shape != SHAPE_NAME && k->shape != SHAPE_BEHALF;
}

/* The keyword nearest to `typed`; NULL: none, or keywords of several verbs are as near. */
static const struct keyword *nearest(const char *typed, bool *ret_same) {
    const struct keyword *found = NULL, *k;
    char word[JOINED_SIZE];
    *ret_same = false;
    for (size_t i = 0; (k = keyword_at(i)) != NULL; i++) {
        if (without_blanks(k->word, word, sizeof word) < SLIP_LETTERS || !slips_allowed(k) || !typo_within_one(typed, word))
            continue;
        if (strcmp(typed, word) == 0) { /* only the blanks differ */
            *ret_same = true;
            return k;
        }
        if (found && (found->verb != k->verb || found->kind != k->kind))
            return NULL;
        found = found ? found : k;
    }
    return found;
}

static bool code_follows(const struct phrase *p, size_t at) {
    struct code_scan scan;
    int32_t code;
    code_scan(p->text, at, p->limit, &scan);
    return code_scan_value(&scan, &code);
}

/* The nearest of what one, two and three words together may be; of equals the longest. */
static bool find_slip(const struct phrase *p, struct keyword_match *ret) {
    char joined[JOINED_SIZE] = "";
    bool syllables = true, found = false, same = false, found_same = false, glued = false;
    for (size_t n = 0; n < p->count && !glued; n++) {
        const struct word *w = &p->words[n];
        size_t len = strcspn(w->folded, "0123456789"), used = strlen(joined);
        char *letters = joined + used;
        if (len == 0)
            break;
        glued = w->folded[len] != '\0';
        snprintf(letters, sizeof joined - used, "%.*s", (int)len, w->folded);
        syllables = syllables && typo_is_syllable(letters);
        const struct keyword *k = nearest(joined, &same);
        size_t end = glued ? word_place_behind(p->text, w, len) : w->end;
        bool code = k && keyword_takes_code(k) && (glued || syllables) && code_follows(p, end);
        if (!k || (glued && !code) || (syllables && !code) || (found_same && !same))
            continue;
        *ret = (struct keyword_match){.keyword = k, .reading = READ_SLIP, .start = p->words[0].start, .end = end, .glued = glued};
        found = true;
        found_same = same;
    }
    return found;
}

bool keyword_match(const char *text, size_t from, size_t limit, enum keyword_reading reading, struct keyword_match *ret) {
    struct phrase p;
    read_phrase(text, from, limit, &p);
    if (p.count == 0)
        return false;
    switch (reading) {
    case READ_AS_TYPED:
        if (!find(&p, ret) && !find_spaced(&p, ret))
            return false;
        ret->other_word = accents_contradict(&p, ret);
        return true;
    case READ_KEYS:
        return find_keyed(&p, ret);
    case READ_TEENCODE:
        return find_teencode(&p, ret);
    case READ_SLIP:
        return find_slip(&p, ret);
    case READING_COUNT:
        break;
    }
    return false;
}
