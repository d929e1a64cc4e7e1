/* Found in one pass over the words; a row is compared only where its first letter fits. */
#include "smsc/phrases.h"

#include "smsc/words.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { WORDS_BEFORE = 3 };

struct passage { /* around a word */
    const char *text;
    size_t limit;
    struct word before[WORDS_BEFORE]; /* the nearest first */
    bool first; /* the text's first word */
    int plain; /* whether the text has no accents: -1 not yet looked at */
};

static bool plain_text(struct passage *p) {
    uint32_t marks[WORD_MARKS_MAX];
    if (p->plain < 0)
        p->plain = word_marks(p->text, 0, p->limit, marks) == 0;
    return p->plain;
}

static bool same_marks(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) {
    size_t found = 0;
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            found += a[i] == b[j];
    return a_count == b_count && found >= a_count;
}

enum spelling { SPELT_OTHERWISE, SPELT_PLAIN, SPELT_ACCENTED };

/* How the phrase stands at `first`; *ret_end behind it. */
static enum spelling spelling_at(const struct passage *p, const struct phrase *h, const struct word *first, size_t *ret_end) {
    const char *rest = h->folded;
    struct word w = *first, right = {.end = 0};
    enum spelling spelling = SPELT_ACCENTED;
    for (;;) {
        size_t len = strcspn(rest, " ");
        uint32_t typed_marks[WORD_MARKS_MAX], right_marks[WORD_MARKS_MAX];
        if (strlen(w.folded) != len || strncmp(w.folded, rest, len) != 0)
            return SPELT_OTHERWISE;
        right = word_at(h->accented, right.end, strlen(h->accented));
        size_t typed = word_marks(p->text, w.start, w.end, typed_marks), marks = word_marks(h->accented, right.start, right.end, right_marks);
        if (typed > 0 && !same_marks(typed_marks, typed, right_marks, marks))
            return SPELT_OTHERWISE;
        if (typed < marks)
            spelling = SPELT_PLAIN;
        *ret_end = w.end;
        if (rest[len] == '\0')
            return spelling;
        rest += len + 1;
        struct word next = word_at(p->text, w.end, p->limit);
        if (!words_only(p->text, w.end, next.start, " \t\r\n-"))
            return SPELT_OTHERWISE;
        w = next;
    }
}

static bool made_something_else(const struct passage *p, const struct phrase *h, size_t end) {
    struct word behind = word_at(p->text, end, p->limit);
    bool other = h->unless_behind && words_in_list(h->unless_behind, behind.folded);
    for (int i = 0; i < WORDS_BEFORE && h->unless_before; i++)
        other = other || words_in_list(h->unless_before, p->before[i].folded);
    return other;
}

static bool counts(struct passage *p, const struct phrase *h, const struct word *w) {
    size_t end = 0;
    enum spelling spelling = spelling_at(p, h, w, &end);
    if (spelling == SPELT_OTHERWISE)
        return false;
    if (spelling == SPELT_ACCENTED && h->plain != PLAIN_NEVER)
        return true;
    if (spelling == SPELT_PLAIN && (h->plain == PLAIN_NEVER || (h->plain == PLAIN_IN_PLAIN_TEXT && !p->first && !plain_text(p))))
        return false;
    return !made_something_else(p, h, end);
}

int phrases_in(const struct phrase *rows, size_t count, const char *text) {
    struct passage p = {.text = text, .limit = strlen(text), .first = true, .plain = -1};
    int suggested = 0;
    for (struct word w = word_at(text, 0, p.limit); !word_none(&w); w = word_at(text, w.end, p.limit)) {
        for (size_t i = 0; i < count; i++)
            if (!(suggested & rows[i].suggests) && rows[i].folded[0] == w.folded[0] && counts(&p, &rows[i], &w))
                suggested |= rows[i].suggests;
        memmove(&p.before[1], &p.before[0], sizeof p.before - sizeof p.before[0]);
        p.before[0] = w;
        p.first = false;
    }
    return suggested;
}
