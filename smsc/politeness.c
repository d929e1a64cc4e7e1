/* rest = *( particle / help [me] / ["xin"] thanks ["nhieu"] ["can bo"] *you ), the persons bound to the words they belong to. */
#include "smsc/politeness.h"

#include "smsc/keywords.h"
#include "smsc/words.h"

#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 7 };

struct walk {
    const char *text;
    size_t limit;
    struct word word; /* the next one */
    int count; /* of words behind */
};

static void step(struct walk *w) {
    w->word = word_at(w->text, w->word.end, w->limit);
    w->count++;
}

static bool is(const struct walk *w, const char *word) {
    return strcmp(w->word.folded, word) == 0;
}

static unsigned classes(const struct walk *w) {
    return word_none(&w->word) ? 0 : keyword_classes(w->word.folded);
}

static bool take_thanks(struct walk *w) {
    if (is(w, "XIN"))
        step(w);
    bool two = is(w, "CAM");
    if (two)
        step(w);
    if (two ? !is(w, "ON") : !(classes(w) & WORD_THANKS))
        return false;
    step(w);
    if (is(w, "NHIEU"))
        step(w);
    if (is(w, "CAN")) { /* cán bộ */
        step(w);
        if (!is(w, "BO"))
            return false;
        step(w);
    }
    while (classes(w) & WORD_YOU)
        step(w);
    return true;
}

static bool take_help(struct walk *w) {
    bool alone = is(w, "GIUP");
    step(w);
    if (!(classes(w) & WORD_ME))
        return alone;
    step(w);
    return true;
}

bool politeness_only(const char *text, size_t at, size_t limit, unsigned first) {
    struct walk w = {.text = text, .limit = limit, .word = {.end = at}};
    w.word = word_at(text, at, limit);
    if (classes(&w) & first)
        step(&w);
    while (!word_none(&w.word)) {
        bool taken = true;
        if (classes(&w) & WORD_PARTICLE)
            step(&w);
        else if (classes(&w) & WORD_HELP)
            taken = take_help(&w);
        else
            taken = take_thanks(&w);
        if (!taken || w.count > WORDS_MAX)
            return false;
    }
    return true;
}

bool politeness_or_enquiry(const char *text, size_t at, size_t limit) {
    static const char *const enquiries[] = {
        "DEN DAU",  "DEN DAU ROI", "THE NAO",      "THE NAO ROI",     "NHU THE NAO",     "RA SAO", "RA SAO ROI",
        "SAO ROI",  "TOI DAU ROI", "KET QUA",      "XEM KET QUA",     "TINH TRANG",      "TC",     "TRA CUU",
        "KIEM TRA", "XONG CHUA",   "DA XONG CHUA", "CO KET QUA CHUA", "KET QUA THE NAO",
    };
    char phrase[4 * WORD_SIZE] = "";
    if (politeness_only(text, at, limit, 0))
        return true;
    for (struct word w = word_at(text, at, limit); !word_none(&w); w = word_at(text, w.end, limit)) {
        size_t used = strlen(phrase);
        if (used + strlen(w.folded) + 2 > sizeof phrase)
            return false;
        snprintf(phrase + used, sizeof phrase - used, "%s%s", used ? " " : "", w.folded);
        for (size_t i = 0; i < sizeof enquiries / sizeof *enquiries; i++)
            if (strcmp(phrase, enquiries[i]) == 0 && politeness_only(text, w.end, limit, 0))
                return true;
    }
    return false;
}
