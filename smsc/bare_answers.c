/* Only what stands by itself is an answer: with any other word beside it, it is somebody's words. */
#include "smsc/bare_answers.h"

#include "firmware-host/base/text.h"
#include "smsc/code.h"
#include "smsc/names.h"
#include "smsc/politeness.h"
#include "smsc/ratings.h"
#include "smsc/shapes.h"
#include "smsc/typing.h"

#include <string.h>

enum { YES_NO_CHARACTERS = 12, RATING_BEST = 5 };

/* A question about a represented person takes any words; true: one is open, so nothing here is what it looks like. */
static bool words_are_asked(const struct reading *r) {
    r->ret->depends |= GRAMMAR_BEHALF_ASKED;
    return r->open & GRAMMAR_BEHALF_ASKED;
}

bool bare_code(const struct reading *r, size_t at) {
    struct code_scan scan;
    int32_t code = 0;
    int page = 0;
    code_scan(r->text, at, r->limit, &scan);
    if (scan.count != CODE_DIGITS || !shape_page(r, scan.end, &page))
        return false;
    if (!code_scan_value(&scan, &code)) {
        if (!reading_ends(r, scan.end) || !scan.one_way || words_are_asked(r))
            return false;
        return reading_bad_code(r, &scan);
    }
    if (words_are_asked(r))
        return false;
    reading_set_code(r, &scan, code);
    if (page >= 1 && page <= RATING_BEST) {
        r->ret->depends |= GRAMMAR_RATING_OPEN;
        if (r->open & GRAMMAR_RATING_OPEN)
            return rating_decide(r, page, r->limit);
    }
    r->ret->page = page;
    return reading_decide(r, VERB_TRACK, "a code and nothing else");
}

/* A number of one or two digits: a rating, or a place in the list. */
bool bare_digit(const struct reading *r) {
    struct code_scan scan;
    int rating = 0;
    size_t end = 0;
    size_t at = rating_skip_score_words(r, 0);
    code_scan(r->text, at, r->limit, &scan);
    bool score = rating_read(r, at, &rating, &end) && scan.first_count <= 2 && rating_words_only(r, end);
    bool index = scan.count == 1 && scan.digits[0] != '0' && !scan.fillers && reading_ends(r, scan.end) && at == scan.begin;
    if (!score || words_are_asked(r))
        return false;
    r->ret->depends |= GRAMMAR_RATING_OPEN | (index ? GRAMMAR_LIST_SENT : 0);
    if (r->open & GRAMMAR_RATING_OPEN)
        return rating_decide(r, rating, end);
    if (!index || !(r->open & GRAMMAR_LIST_SENT))
        return false;
    r->ret->code_form = CODE_FORM_INDEX;
    r->ret->code = scan.digits[0] - '0';
    return reading_decide(r, VERB_TRACK, "a place in the list that was sent");
}

/* Whether the keys at `at` write a yes or a no: "khoong", "co1", "va^ng". */
static unsigned answer_keyed(const struct reading *r, size_t at, size_t *ret_end) {
    static const char *const keyed[] = {"CO", "DA", "VANG", "DUOC", "KHONG"};
    for (size_t i = 0; i < sizeof keyed / sizeof *keyed; i++)
        for (int method = 0; method < TYPING_COUNT; method++) {
            struct typing t;
            if (!typing_spells((enum typing_method)method, r->text, at, r->limit, keyed[i], &t))
                continue;
            *ret_end = t.end;
            struct word behind = word_at(r->text, t.end, r->limit);
            if (behind.start != t.end || word_none(&behind))
                return keyword_classes(keyed[i]) & (WORD_YES | WORD_NO);
        }
    return 0;
}

static size_t characters(const struct reading *r) {
    size_t count = 0;
    for (const char *p = r->text; (size_t)(p - r->text) < r->limit && text_next(&p);)
        count++;
    return count;
}

/* WORD_YES or WORD_NO at the beginning, 0: neither; *ret_end behind all such words. "Da khong" is a polite no, "khong co" a no, "duoc khong" a
 * question. */
static unsigned answer_said(const struct reading *r, size_t *ret_end) {
    struct word w = word_at(r->text, 0, r->limit), first = w;
    unsigned said = keyword_classes(w.folded) & (WORD_YES | WORD_NO), more = 0;
    *ret_end = w.end;
    if (!said)
        said = answer_keyed(r, w.start, ret_end);
    while (w = word_at(r->text, *ret_end, r->limit), keyword_classes(w.folded) & (WORD_YES | WORD_NO)) {
        more |= keyword_classes(w.folded) & (WORD_YES | WORD_NO);
        *ret_end = w.end;
    }
    if (said == WORD_YES && (more & WORD_NO))
        return strcmp(first.folded, "DA") == 0 || strcmp(first.folded, "VANG") == 0 ? WORD_NO : 0;
    return said;
}

/* Yes and no count only while a question is open, in a few letters, and with nothing else: "ko co nuoc" is a complaint. */
bool bare_yes_no(const struct reading *r) {
    size_t end = 0;
    unsigned said = answer_said(r, &end);
    if (!said || characters(r) > YES_NO_CHARACTERS || !politeness_only(r->text, end, r->limit, WORD_ME | WORD_YOU) || words_are_asked(r))
        return false;
    r->ret->depends |= GRAMMAR_DRAFT_ASKED | GRAMMAR_QUESTION_OPEN;
    if (!(r->open & (GRAMMAR_DRAFT_ASKED | GRAMMAR_QUESTION_OPEN)))
        return false;
    return reading_decide(r, said & WORD_YES ? VERB_CONFIRM : VERB_DENY, "a short answer to an open question");
}

static bool named(const struct reading *r, const struct place *name) {
    r->ret->argument = name->at;
    r->ret->argument_len = name->len;
    return reading_decide(r, VERB_SETNAME, "a name and nothing else");
}

bool bare_name(const struct reading *r) {
    struct place name;
    if (!names_alone(r->text, r->limit, &name) || words_are_asked(r))
        return false;
    r->ret->depends |= GRAMMAR_NAME_ASKED;
    return (r->open & GRAMMAR_NAME_ASKED) && named(r, &name);
}
