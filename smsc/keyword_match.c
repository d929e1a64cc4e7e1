/* Every reading compares the first one, two or three words of the text with the table. */
#include "smsc/keyword_match.h"

#include "smsc/code_scan.h"
#include "smsc/typing.h"
#include "smsc/typo.h"

#include <stdio.h>
#include <string.h>

enum { SLIP_LETTERS = 5, JOINED_SIZE = KEYWORD_WORDS_MAX * WORD_SIZE, GAP_MAX = 2 };
#define GAPS " \t\r\n-_." /* between the words of a keyword */

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

/* Marks that are one when somebody types them: the hook and the tilde, one tone to half of the country; the breve and the horn, one key in Telex. No
 * mark: none. */
static uint32_t as_typed(uint32_t mark) {
    return mark == 0x303 ? 0x309 : mark == 0x306 ? 0x31B : mark;
}

/* Accents left out don't contradict, accents that the word doesn't have do. */
static bool marks_contradict(const uint32_t *typed, size_t typed_count, const uint32_t *right, size_t right_count) {
    for (size_t i = 0; i < typed_count; i++) {
        bool found = typed[i] == 0;
        for (size_t j = 0; j < right_count; j++)
            found = found || as_typed(typed[i]) == as_typed(right[j]);
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

/* One word of a keyword, and its place in the accented form. */
struct part {
    char word[WORD_SIZE];
    size_t accented_start, accented_end;
};

/* The next part; false: the last was before. */
static bool next_part(const char **word, const char *accented, struct part *part) {
    size_t len = strcspn(*word, " ");
    struct word right = word_at(accented, part->accented_end, strlen(accented));
    snprintf(part->word, sizeof part->word, "%.*s", (int)len, *word);
    part->accented_start = right.start;
    part->accented_end = right.end;
    *word += len + ((*word)[len] == ' ');
    return len > 0;
}

static bool keys_contradict(const struct typing *t, const char *accented, const struct part *part) {
    uint32_t marks[WORD_MARKS_MAX];
    size_t count = word_marks(accented, part->accented_start, part->accented_end, marks);
    return marks_contradict(t->marks, t->count, marks, count);
}

/* The keys at `at` against one part; a word without any accent's key may stand in a keyword too. */
static bool part_spelt(const struct phrase *p, const struct part *part, enum typing_method method, size_t at, struct keyword_match *ret,
                       bool *ret_keyed) {
    struct typing t;
    if (typing_spells(method, p->text, at, p->limit, part->word, &t)) {
        *ret_keyed = true;
        ret->end = t.end;
        ret->other_word = ret->other_word || keys_contradict(&t, ret->keyword->accented, part);
        return true;
    }
    struct word w = word_at(p->text, at, p->limit);
    ret->end = w.end;
    return w.start == at && strcmp(w.folded, part->word) == 0;
}

static bool spelt(const struct phrase *p, const struct keyword *k, enum typing_method method, struct keyword_match *ret) {
    const char *word = k->word;
    size_t at = p->words[0].start;
    struct part part = {.accented_end = 0};
    bool keyed = false;
    *ret = (struct keyword_match){.keyword = k, .reading = READ_KEYS, .start = at, .end = at};
    while (next_part(&word, k->accented, &part)) {
        if (!part_spelt(p, &part, method, at, ret, &keyed))
            return false;
        if (*word == '\0')
            break;
        struct word next = word_at(p->text, ret->end, p->limit);
        if (next.start == ret->end || next.start > ret->end + GAP_MAX || !words_only(p->text, ret->end, next.start, GAPS))
            return false;
        at = next.start;
    }
    struct word behind = word_at(p->text, ret->end, p->limit);
    ret->glued = behind.start == ret->end && !word_none(&behind);
    return keyed && (!ret->glued || (keyword_takes_code(k) && digits_at(behind.folded)));
}

static bool find_keyed(const struct phrase *p, struct keyword_match *ret) {
    struct keyword_match m;
    size_t longest = 0;
    const struct keyword *k;
    for (int method = 0; method < TYPING_COUNT; method++)
        for (size_t i = 0; (k = keyword_at(i)) != NULL; i++)
            if (k->accented && k->word[0] == p->words[0].folded[0] && strlen(k->word) > longest && spelt(p, k, (enum typing_method)method, &m)) {
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

struct slip { /* of the first words of a phrase, read together */
    char joined[JOINED_SIZE];
    bool syllables; /* each of them is one */
    bool same; /* but for the blanks it is the keyword */
    bool found;
};

/* Whether the words up to the n-th are a keyword with a slip. False in *ret_more: nothing behind them belongs to it. */
static bool slip_up_to(const struct phrase *p, size_t n, struct slip *slip, struct keyword_match *ret, bool *ret_more) {
    const struct word *w = &p->words[n];
    size_t len = strcspn(w->folded, "0123456789"), used = strlen(slip->joined);
    char *letters = slip->joined + used;
    bool glued = w->folded[len] != '\0';
    *ret_more = len > 0 && !glued;
    if (len == 0)
        return false;
    snprintf(letters, sizeof slip->joined - used, "%.*s", (int)len, w->folded);
    slip->syllables = slip->syllables && typo_is_syllable(letters);
    const struct keyword *k = nearest(slip->joined, &slip->same);
    size_t end = glued ? word_place_behind(p->text, w, len) : w->end;
    *ret = (struct keyword_match){.keyword = k, .reading = READ_SLIP, .start = p->words[0].start, .end = end, .glued = glued};
    return k && (!(glued || slip->syllables) || (keyword_takes_code(k) && code_follows(p, end)));
}

/* The nearest of what one, two and three words together may be; of equals the longest. */
static bool find_slip(const struct phrase *p, struct keyword_match *ret) {
    struct slip slip = {.syllables = true};
    bool more = true, same = false;
    for (size_t n = 0; n < p->count && more; n++) {
        struct keyword_match m;
        if (!slip_up_to(p, n, &slip, &m, &more) || (same && !slip.same))
            continue;
        *ret = m;
        same = slip.same;
        slip.found = true;
    }
    return slip.found;
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
