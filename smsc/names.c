/* A name is known by its words and by how it is written; what isn't certain is no name, since complaints begin with TEN too. */
#include "smsc/names.h"

#include "firmware-host/base/text.h"
#include "smsc/keywords.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_WORDS_MAX = 6 };
#define NAME_SEPARATORS " \t\r\n-.:<>()'"

enum letter_case { CASE_UNSEEN, CASE_TITLE, CASE_LOWER, CASE_UPPER, CASE_MIXED };

struct name_scan {
    size_t words, start, end;
    enum letter_case style;
    enum name_word family; /* of the first word */
    bool middle, woman; /* VAN or THI, THI in second place */
    bool impossible;
};

static bool starts_upper(const char *text, const struct word *w) {
    char initial[8];
    size_t len = text_prefix(text + w->start, 1);
    memcpy(initial, text + w->start, len);
    initial[len] = '\0';
    char *plain = text_unaccent(initial);
    bool upper = *plain >= 'A' && *plain <= 'Z';
    free(plain);
    return upper;
}

static enum letter_case style_of(const char *text, const struct word *w, bool *ret_single) {
    struct word second = {.start = w->start + text_prefix(text + w->start, 1), .end = w->end};
    while (second.start < w->end && (unsigned char)text[second.start] >= 0xCC && (unsigned char)text[second.start] <= 0xCD)
        second.start += 2; /* combining marks of a decomposed letter */
    bool upper = starts_upper(text, w);
    *ret_single = second.start >= w->end;
    if (*ret_single)
        return upper ? CASE_TITLE : CASE_LOWER;
    bool second_upper = starts_upper(text, &second);
    return upper ? (second_upper ? CASE_UPPER : CASE_TITLE) : second_upper ? CASE_MIXED : CASE_LOWER;
}

static bool only_letters(const struct word *w) {
    for (const char *c = w->folded; *c; c++)
        if (*c < 'A' || *c > 'Z')
            return false;
    return w->folded[0] != '\0';
}

static void add_first(const struct word *w, struct name_scan *ret) {
    ret->start = w->start;
    ret->family = keyword_name_word(w->folded);
}

static void add_second(const struct word *w, struct name_scan *ret) {
    ret->middle = keyword_is_middle_name(w->folded);
    ret->woman = strcmp(w->folded, "THI") == 0;
}

static bool fits_name(const char *text, const struct word *w, const struct name_scan *n) {
    return keyword_name_word(w->folded) != NAME_WORD_NEVER && only_letters(w) && n->words <= NAME_WORDS_MAX &&
           (n->words == 1 || words_only(text, n->end, w->start, NAME_SEPARATORS));
}

static void scan_name(const char *text, size_t at, size_t limit, struct name_scan *ret) {
    *ret = (struct name_scan){.style = CASE_UNSEEN};
    for (struct word w = word_at(text, at, limit); !word_none(&w) && !ret->impossible; w = word_at(text, w.end, limit)) {
        bool single = false;
        enum letter_case style = style_of(text, &w, &single);
        if (++ret->words == 1)
            add_first(&w, ret);
        else if (ret->words == 2)
            add_second(&w, ret);
        ret->impossible = !fits_name(text, &w, ret);
        if (single && style == CASE_TITLE && ret->style == CASE_UPPER)
            style = CASE_UPPER; /* the A of NGUYEN VAN A */
        ret->style = ret->style == CASE_UNSEEN || ret->style == style ? style : CASE_MIXED;
        ret->end = w.end;
    }
}

/* Small or capital letters throughout tell nothing, so the words must. */
static bool is_expected_name(const struct name_scan *n) {
    return (n->family == NAME_WORD_FAMILY && n->words <= 5) || (n->family == NAME_WORD_FAMILY_OR_THING && n->middle && n->words <= 4);
}

/* "TEN duong bi ghi sai" is a complaint, also while the name is asked for. So the words must look like a name: the more so, the less they are
 * expected and the less their writing shows it. */
static bool is_name(const struct name_scan *n, bool asked) {
    bool family = n->family == NAME_WORD_FAMILY;
    if (n->impossible || n->words < 2 || n->words > (asked ? NAME_WORDS_MAX : 5))
        return false;
    switch (n->style) {
    case CASE_TITLE:
        return family || n->middle || (asked && n->words <= 4);
    case CASE_UPPER:
        return asked ? is_expected_name(n) : family && n->middle && n->words <= 4;
    case CASE_LOWER:
        return asked && is_expected_name(n);
    case CASE_UNSEEN:
    case CASE_MIXED:
        break;
    }
    return false;
}

/* "toi la" in "ten toi la Nguyen Van A"; not when the name itself begins so (La Van B, Chau Thi C). */
static size_t skip_name_fillers(const char *text, size_t at, size_t limit) {
    for (;;) {
        struct word w = word_at(text, at, limit), next = word_at(text, w.end, limit);
        if (word_none(&w) || !keyword_is_name_filler(w.folded) || keyword_is_middle_name(next.folded))
            return at;
        at = w.end;
    }
}

static struct place place_of(const struct name_scan *n) {
    return (struct place){.at = n->start, .len = n->end - n->start};
}

enum name_finding names_behind_keyword(const char *text, size_t at, size_t limit, bool asked, struct place *ret) {
    struct name_scan n;
    scan_name(text, skip_name_fillers(text, at, limit), limit, &n);
    if (!is_name(&n, asked))
        return is_name(&n, true) ? NAME_IF_ASKED : NAME_NONE;
    *ret = place_of(&n);
    return NAME_FOUND;
}

/* Streets bear names too, and complaints name them: "nguyen van cu hong". So the less the writing shows a name, the fewer words may follow. */
bool names_alone(const char *text, size_t limit, struct place *ret) {
    struct name_scan n;
    scan_name(text, skip_name_fillers(text, 0, limit), limit, &n);
    if (n.impossible || n.words < 3 || n.words > 4 || n.family != NAME_WORD_FAMILY)
        return false;
    bool shown = n.style == CASE_TITLE, plain = n.style == CASE_LOWER || n.style == CASE_UPPER;
    if (!shown && !(plain && n.middle && (n.words == 3 || n.woman)))
        return false;
    *ret = place_of(&n);
    return true;
}

/* A title and a word, or a family name and a word, or words written as names are. */
bool names_represented(const char *text, size_t from, size_t to, struct place *ret) {
    struct word w = word_at(text, from, to);
    size_t titles = 0, start = w.start;
    while (!word_none(&w) && (keyword_classes(w.folded) & WORD_TITLE) && keyword_name_word(w.folded) != NAME_WORD_FAMILY) {
        titles++;
        w = word_at(text, w.end, to);
    }
    struct name_scan n;
    scan_name(text, w.start, to, &n);
    bool family = n.family == NAME_WORD_FAMILY || (n.family == NAME_WORD_FAMILY_OR_THING && n.middle);
    bool named = n.words >= 2 && (family || n.style == CASE_TITLE);
    if (n.impossible || n.words == 0 || !(named || (titles > 0 && n.style == CASE_TITLE)))
        return false;
    *ret = (struct place){.at = start, .len = n.end - start};
    return true;
}
