/* Nothing here can fail: what is no word is a separator, and what doesn't fit its buffer is no keyword. */
#include "smsc/words.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"

#include <stdlib.h>
#include <string.h>

#define STROKE 0x335 /* of đ, which has no decomposition */

static bool ascii_letter(uint32_t c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_mark(uint32_t c) {
    return c >= 0x300 && c <= 0x36F;
}

/* Beyond ASCII: spaces, typographic punctuation, arrows and signs, ideographic punctuation, emoji. */
static const struct {
    uint32_t first, last;
} separators[] = {
    {0xA0, 0xA0},     {0xAB, 0xAB},     {0xBB, 0xBB},     {0x2000, 0x200A},   {0x2010, 0x205F},
    {0x2190, 0x2BFF}, {0x3000, 0x3020}, {0xFE0F, 0xFE0F}, {0x1F000, 0x1FAFF},
};

bool words_separator(uint32_t c) {
    if (c < 0x80)
        return !((c >= '0' && c <= '9') || ascii_letter(c));
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++)
        if (c >= separators[i].first && c <= separators[i].last)
            return true;
    return false;
}

static void fold_word(const char *text, struct word *w) {
    char copy[3 * WORD_SIZE];
    size_t len = w->end - w->start;
    bool ascii = true;
    w->folded[0] = '\0';
    if (len >= sizeof copy)
        return;
    for (size_t i = 0; i < len; i++) {
        char c = text[w->start + i];
        ascii = ascii && (unsigned char)c < 0x80;
        copy[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    copy[len] = '\0';
    char *folded = ascii ? NULL : text_fold(copy);
    if (str_copy(w->folded, sizeof w->folded, folded ? folded : copy) != ERR_OK)
        w->folded[0] = '\0';
    free(folded);
}

struct word word_at(const char *text, size_t at, size_t limit) {
    struct word w = {.end = at};
    do {
        const char *p = text + w.end;
        for (const char *q = p; (size_t)(q - text) < limit && words_separator(text_next(&q));)
            p = q;
        w.start = w.end = (size_t)(p - text);
        for (const char *q = p; (size_t)(q - text) < limit && !words_separator(text_next(&q));)
            w.end = (size_t)(q - text);
        if (w.start == w.end)
            return w;
        fold_word(text, &w);
    } while (w.folded[0] == '\0' && w.end - w.start <= 3);
    return w;
}

bool word_none(const struct word *w) {
    return w->start == w->end;
}

static bool invisible(uint32_t c) {
    return (c >= 0x200B && c <= 0x200F) || c == 0xFEFF;
}

size_t word_place_behind(const char *text, const struct word *w, size_t n) {
    const char *p = text + w->start;
    while ((size_t)(p - text) < w->end) {
        const char *next = p;
        uint32_t c = text_next(&next);
        bool counts = !is_mark(c) && !invisible(c);
        if (counts && n == 0)
            break;
        n -= counts;
        p = next;
    }
    return (size_t)(p - text);
}

size_t word_marks(const char *text, size_t start, size_t end, uint32_t marks[WORD_MARKS_MAX]) {
    size_t count = 0;
    char *word = mem_string_n(text + start, end - start);
    char *apart = text_nfd(word);
    const char *p = apart;
    for (uint32_t c; (c = text_next(&p)) != 0 && count < WORD_MARKS_MAX;) {
        if (is_mark(c))
            marks[count++] = c;
        else if (c == 0x110 || c == 0x111)
            marks[count++] = STROKE;
    }
    free(apart);
    free(word);
    return count;
}

size_t words_skip(const char *text, size_t at, const char *skip) {
    for (;;) {
        const char *p = text + at;
        uint32_t c = text_next(&p);
        if (c != 0xA0 && !(c && c < 0x80 && strchr(skip, (int)c)))
            return at;
        at = (size_t)(p - text);
    }
}

bool words_only(const char *text, size_t from, size_t to, const char *allowed) {
    for (size_t i = from; i < to; i++)
        if ((unsigned char)text[i] < 0x80 && !strchr(allowed, text[i]))
            return false;
    return true;
}

bool words_in_list(const char *list, const char *word) {
    size_t len = strlen(word);
    for (const char *at = list; len && (at = strstr(at, word)) != NULL; at++)
        if ((at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

size_t words_letters(const char *text, size_t from, size_t to) {
    size_t letters = 0;
    const char *p = text + from;
    while ((size_t)(p - text) < to) {
        uint32_t c = text_next(&p);
        letters += c >= 0x80 ? !words_separator(c) && !is_mark(c) : ascii_letter(c);
    }
    return letters;
}
