/* A number that is no rating is told so where it is surely meant as one; words that are no rating make a complaint. */
#include "smsc/ratings.h"

#include "smsc/code.h"

#include <string.h>

enum { RATING_WORDS = 5, RATING_BEST = 5 };

bool rating_words_only(const struct reading *r, size_t at) {
    size_t count = 0;
    struct word w = word_at(r->text, at, r->limit);
    while (!word_none(&w) && (keyword_classes(w.folded) & WORD_RATING) && ++count <= RATING_WORDS)
        w = word_at(r->text, w.end, r->limit);
    return reading_polite(r, w.start);
}

size_t rating_skip_score_words(const struct reading *r, size_t at) {
    for (;;) {
        struct word w = word_at(r->text, at, r->limit);
        if (word_none(&w) || !(keyword_classes(w.folded) & WORD_SCORE))
            return w.start;
        at = w.end;
    }
}

bool rating_read(const struct reading *r, size_t at, int *ret_rating, size_t *ret_end) {
    char digits[CODE_SCAN_DIGITS + 1], next[CODE_SCAN_DIGITS + 1];
    size_t end = 0;
    size_t count = code_scan_group(r->text, at, r->limit, digits, &end);
    if (count == 0)
        return false;
    if (strncmp(r->text + end, "/5", 2) == 0 && end + 2 <= r->limit)
        end += 2;
    bool fraction = strchr(".,/", r->text[end]) && end + 1 < r->limit && code_scan_group(r->text, end + 1, r->limit, next, ret_end) > 0;
    int rating = count == 1 && !fraction ? digits[0] - '0' : 0;
    *ret_rating = rating >= 1 && rating <= RATING_BEST ? rating : 0;
    *ret_end = fraction ? *ret_end : end;
    return true;
}

bool rating_decide(const struct reading *r, int rating, size_t end) {
    r->ret->rating = rating;
    reading_set_command_words(r, reading_content(r, end));
    return reading_decide(r, rating ? VERB_RATE : VERB_BADRATE, rating ? "a rating" : "a rating is 1 to 5");
}

/* Without a code a rating may have words only while one is asked for, and behind the abbreviation: "danh gia 3 can bo thu tien sai" is a complaint.
 */
static bool parse_bare_rating(const struct reading *r, size_t at) {
    int rating = 0;
    size_t end = 0;
    if (!rating_read(r, rating_skip_score_words(r, at), &rating, &end))
        return false;
    if (!rating_words_only(r, end)) {
        if (!rating || r->match.keyword->accented)
            return false;
        r->ret->depends |= GRAMMAR_RATING_OPEN;
        if (!(r->open & GRAMMAR_RATING_OPEN))
            return false;
    }
    return rating_decide(r, rating, end);
}

/* "DG 4821093044": the rating stands right behind the code. */
static bool parse_glued_rating(const struct reading *r, const struct code_scan *scan) {
    struct code_scan nine = *scan;
    int32_t code = 0;
    int rating = scan->digits[CODE_DIGITS] - '0';
    nine.count = CODE_DIGITS;
    nine.digits[CODE_DIGITS] = '\0';
    if (scan->count != CODE_DIGITS + 1 || scan->first_count != scan->count || rating < 1 || rating > RATING_BEST || !code_scan_value(&nine, &code))
        return false;
    if (!rating_words_only(r, scan->end))
        return false;
    reading_set_code(r, scan, code);
    return rating_decide(r, rating, scan->end);
}

bool rating_parse(const struct reading *r) {
    struct code_scan scan;
    int32_t code = 0;
    int rating = 0;
    size_t end = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (parse_glued_rating(r, &scan))
        return true;
    if (!reading_code(r, &scan, &code)) {
        if (scan.count == CODE_DIGITS && scan.one_way)
            return reading_bad_code(r, &scan);
        return scan.first_count <= 2 && !scan.fillers && parse_bare_rating(r, r->match.end);
    }
    if (!rating_read(r, rating_skip_score_words(r, scan.end), &rating, &end))
        return false;
    reading_set_code(r, &scan, code);
    return rating_decide(r, rating, end);
}
