/* What doesn't fit its shape gives false, and so free text in the end; nothing refuses. Digits that are meant as a code and are none are told so. */
#include "smsc/shapes.h"

#include "firmware-host/base/phone.h"
#include "firmware-host/base/str.h"
#include "smsc/bare_answers.h"
#include "smsc/behalf.h"
#include "smsc/code.h"
#include "smsc/names.h"
#include "smsc/ratings.h"

#include <stdio.h>
#include <string.h>

enum { INNER_LETTERS = 10, NUMBER_SIZE = 24 };
enum { TAX_DIGITS_LEAST = 8, TAX_DIGITS_MOST = 13 }; /* a tax code has 10, 12 or 13; near misses are told so */

/* ---- codes behind a keyword ---- */

static bool parse_alone(const struct reading *r, enum verb verb) {
    return !r->match.other_word && reading_decide(r, verb, "the keyword alone");
}

static enum verb code_verb(const struct keyword *k) {
    return k->code_verb ? k->code_verb : k->verb;
}

/* A number to call isn't a code: "GOI 0912345678". */
static bool parse_call_number(const struct reading *r, const struct code_scan *scan) {
    char number[NUMBER_SIZE];
    struct phone phone;
    if (r->match.keyword->verb != VERB_CALLBACK || scan->count < 10 || scan->digits[0] != '0' || scan->end - scan->begin >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(scan->end - scan->begin), r->text + scan->begin);
    if (phone_parse(number, &phone) != ERR_OK || phone.kind != PHONE_E164)
        return false;
    r->ret->argument = scan->begin;
    r->ret->argument_len = scan->end - scan->begin;
    return reading_decide(r, VERB_CALLBACK, "the keyword and a phone number");
}

static bool parse_code(const struct reading *r) {
    const struct keyword *k = r->match.keyword;
    struct code_scan scan;
    int32_t code = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0)
        return k->shape != SHAPE_CODE_ONLY && !scan.fillers && reading_polite_behind_keyword(r) && parse_alone(r, k->verb);
    if (!reading_polite(r, scan.end))
        return false;
    if (reading_code(r, &scan, &code)) {
        reading_set_code(r, &scan, code);
        return reading_decide(r, code_verb(k), "the keyword and a code");
    }
    return parse_call_number(r, &scan) || (scan.count >= CODE_DIGITS - 4 && !scan.date && reading_bad_code(r, &scan));
}

/* A code and words. Nine digits that are meant as a code and are none are told so; other digits may be a doctor's phone number, a date, a price. */
static bool parse_code_text(const struct reading *r, enum verb verb) {
    struct code_scan scan;
    int32_t code = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0 || reading_ends(r, scan.end))
        return false;
    if (!reading_code(r, &scan, &code))
        return scan.count == CODE_DIGITS && scan.one_way && reading_bad_code(r, &scan);
    reading_set_code(r, &scan, code);
    reading_set_words(r, reading_content(r, scan.end));
    return reading_decide(r, verb, "the keyword, a code and words");
}

static bool parse_denial(const struct reading *r) {
    return parse_code(r) || parse_code_text(r, VERB_REJOIN);
}

/* ---- TC ---- */

static int number_of(const char *digits) {
    int64_t number = 0;
    return parse_int(digits, 0, 99999, &number) == ERR_OK ? (int)number : -1;
}

bool shape_page(const struct reading *r, size_t at, int *ret_page) {
    char digits[CODE_SCAN_DIGITS + 1];
    size_t end;
    struct word w = word_at(r->text, at, r->limit);
    if (strcmp(w.folded, "TRANG") == 0)
        w = word_at(r->text, w.end, r->limit);
    *ret_page = 0;
    if (code_scan_group(r->text, w.start, r->limit, digits, &end) == 1 && end == w.end && digits[0] != '0') {
        *ret_page = digits[0] - '0';
        at = w.end;
    }
    return reading_enquiry(r, at);
}

static bool parse_short_code(const struct reading *r, const struct code_scan *scan) {
    int page = 0, number = -1;
    char digits[CODE_SCAN_DIGITS + 1];
    bool index = scan->first_count == 1 && scan->digits[0] != '0', last4 = scan->first_count == 4;
    snprintf(digits, sizeof digits, "%.*s", (int)scan->first_count, scan->digits);
    number = number_of(digits);
    if (!(index || last4) || number < 0 || !shape_page(r, scan->first_end, &page))
        return false;
    r->ret->code_form = index ? CODE_FORM_INDEX : CODE_FORM_LAST4;
    r->ret->code = number;
    r->ret->page = page;
    return reading_decide(r, VERB_TRACK, "the keyword and a short form of a code");
}

static bool parse_track(const struct reading *r) {
    struct code_scan scan;
    int32_t code = 0;
    int page = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0) {
        bool list = scan.fillers ? reading_ends(r, scan.end) : reading_enquiry(r, r->match.end);
        return list && parse_alone(r, VERB_TRACK);
    }
    if (reading_code(r, &scan, &code)) {
        if (!shape_page(r, scan.end, &page))
            return false;
        reading_set_code(r, &scan, code);
        r->ret->page = page;
        return reading_decide(r, VERB_TRACK, "the keyword and a code");
    }
    return parse_short_code(r, &scan) || (reading_enquiry(r, scan.end) && reading_bad_code(r, &scan));
}

/* ---- tax codes ---- */

/* The digits of a tax code from `at` on ("0100109106-001", "ma so thue 0100109106"), nothing behind them. */
static bool read_tax_code(const struct reading *r, size_t at, struct place *ret_place, char digits[PARSED_DIGITS_MAX + 1]) {
    size_t count = 0, end = at, start = 0;
    char group[CODE_SCAN_DIGITS + 1];
    for (struct word w = word_at(r->text, at, r->limit); !word_none(&w); w = word_at(r->text, end, r->limit)) {
        size_t n = code_scan_group(r->text, w.start, r->limit, group, &end);
        if (n == 0 && count == 0 && (keyword_classes(w.folded) & WORD_TAX)) {
            end = w.end;
            continue;
        }
        if (n == 0 || end != w.end || count + n > TAX_DIGITS_MOST)
            return false;
        start = count == 0 ? w.start : start;
        memcpy(digits + count, group, n);
        count += n;
    }
    digits[count] = '\0';
    *ret_place = (struct place){.at = start, .len = end - start};
    return count >= TAX_DIGITS_LEAST;
}

static bool parse_tax(const struct reading *r) {
    struct code_scan scan;
    struct place tax;
    int32_t code = 0;
    char digits[PARSED_DIGITS_MAX + 1];
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0 || !read_tax_code(r, scan.end, &tax, digits))
        return false;
    if (!reading_code(r, &scan, &code))
        return scan.count == CODE_DIGITS && scan.one_way && reading_bad_code(r, &scan);
    reading_set_code(r, &scan, code);
    memcpy(r->ret->digits, digits, sizeof digits);
    r->ret->argument = tax.at;
    r->ret->argument_len = tax.len;
    return reading_decide(r, VERB_TAXCODE, "the keyword, a code and a tax code");
}

/* ---- names, others' names ---- */

static bool parse_behalf(const struct reading *r) {
    bool exact = r->match.reading == READ_AS_TYPED && !r->match.other_word;
    if (reading_ends(r, r->match.end)) {
        if (!exact)
            return false;
        reading_set_command_words(r, r->limit);
        return reading_decide(r, VERB_BEHALF, "the keyword alone");
    }
    size_t at = reading_content_behind_keyword(r);
    if (r->match.other_word || !behalf_parse(r->text, at, r->limit, r->ret->behalf))
        return false;
    reading_set_command_words(r, at);
    return reading_decide(r, VERB_BEHALF, "the keyword, a name, an address, a phone number, a reason");
}

static bool named(const struct reading *r, const struct place *name, const char *why) {
    r->ret->argument = name->at;
    r->ret->argument_len = name->len;
    return reading_decide(r, VERB_SETNAME, why);
}

static bool parse_name(const struct reading *r) {
    struct place name;
    bool asked = r->open & GRAMMAR_NAME_ASKED;
    if (r->match.other_word)
        return false;
    enum name_finding found = names_behind_keyword(r->text, r->match.end, r->limit, asked, &name);
    r->ret->depends |= found == NAME_IF_ASKED ? GRAMMAR_NAME_ASKED : 0;
    return found == NAME_FOUND && named(r, &name, "TEN and a name");
}

/* ---- submissions ---- */

/* "PA TC 482109304", "PA HD": too little for a complaint, and a command as it stands. */
static bool parse_inner_command(const struct reading *outer, size_t at) {
    struct parsed inner = {.verb = VERB_FREETEXT};
    struct reading r = *outer;
    r.ret = &inner;
    if (words_letters(r.text, at, strlen(r.text)) >= INNER_LETTERS)
        return false;
    bool keyword = keyword_match(r.text, at, r.limit, READ_AS_TYPED, &r.match);
    bool found = keyword ? r.match.keyword->shape != SHAPE_CODE_TEXT && shape_parse(&r) : bare_code(&r, at);
    bool sure = inner.code_form == CODE_FORM_FULL || inner.verb == VERB_TRACK || inner.verb == VERB_HELP || inner.verb == VERB_BADCODE;
    if (!found || !sure)
        return false;
    inner.depends |= outer->ret->depends;
    *outer->ret = inner;
    return true;
}

static bool parse_text(const struct reading *r) {
    const struct keyword *k = r->match.keyword;
    struct word first = word_at(r->text, r->match.end, strlen(r->text));
    if (word_none(&first) || r->match.other_word || r->match.glued)
        return false;
    if (parse_inner_command(r, r->match.end))
        return true;
    reading_set_words(r, reading_content_behind_keyword(r));
    r->ret->kind = k->kind;
    return reading_decide(r, k->verb, "the keyword and words");
}

static bool parse_text_or_code(const struct reading *r) {
    struct code_scan scan;
    code_scan(r->text, r->match.end, r->limit, &scan);
    bool code = scan.count > 0 && reading_polite(r, scan.end);
    return (code && parse_code(r)) || parse_text(r);
}

/* ---- commands ---- */

bool shape_parse(const struct reading *r) {
    const struct keyword *k = r->match.keyword;
    switch (k->shape) {
    case SHAPE_TEXT:
        return parse_text(r);
    case SHAPE_TEXT_OR_CODE:
        return parse_text_or_code(r);
    case SHAPE_CODE_ONLY:
    case SHAPE_CODE:
        return parse_code(r);
    case SHAPE_CODE_TEXT:
        return parse_code_text(r, k->verb);
    case SHAPE_DENIAL:
        return parse_denial(r);
    case SHAPE_TRACK:
        return parse_track(r);
    case SHAPE_RATING:
        return rating_parse(r);
    case SHAPE_TAX:
        return parse_tax(r);
    case SHAPE_BEHALF:
        return parse_behalf(r);
    case SHAPE_NAME:
        return parse_name(r);
    case SHAPE_ALONE:
        return reading_polite_behind_keyword(r) && parse_alone(r, k->verb);
    case SHAPE_EXACT:
        return r->match.reading == READ_AS_TYPED && reading_ends(r, r->match.end) && parse_alone(r, k->verb);
    }
    return false;
}
