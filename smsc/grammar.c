/* A keyword's shape is tried where the keyword ends; what doesn't fit gives free text. Every path that isn't certain ends there; nothing refuses.
 *
 * A parse function sets *ret only where it says true, but for `depends`. */
#include "smsc/grammar.h"

#include "firmware-host/base/phone.h"
#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"
#include "smsc/behalf.h"
#include "smsc/code.h"
#include "smsc/hints.h"
#include "smsc/keyword_match.h"
#include "smsc/names.h"
#include "smsc/politeness.h"
#include "smsc/typing.h"

#include <stdio.h>
#include <string.h>

enum { YES_NO_CHARACTERS = 12, RATING_WORDS = 5, INNER_LETTERS = 10, PREFIXES_MAX = 3, RATING_BEST = 5, NUMBER_SIZE = 24 };
enum { TAX_DIGITS_LEAST = 8, TAX_DIGITS_MOST = 13 }; /* a tax code has 10, 12 or 13; near misses are told so */

struct reading { /* what the parse functions share */
    const char *text;
    size_t limit; /* commands end here: before "gui 1022" */
    unsigned open;
    struct keyword_match match;
    struct parsed *ret;
};

/* ---- what stands behind a command ---- */

static bool nothing_from(const struct reading *r, size_t at) {
    struct word w = word_at(r->text, at, r->limit);
    return word_none(&w);
}

static bool polite_from(const struct reading *r, size_t at) {
    return politeness_only(r->text, at, r->limit, 0);
}

static bool enquiry_from(const struct reading *r, size_t at) {
    return politeness_or_enquiry(r->text, at, r->limit);
}

/* Behind a keyword without a code. Persons may come first where they're spoken to, or for: "ok anh", "goi toi". */
static bool polite_behind_keyword(const struct reading *r) {
    enum verb verb = r->match.keyword->verb;
    unsigned first = verb == VERB_CONFIRM || verb == VERB_DENY ? WORD_ME | WORD_YOU : verb == VERB_CALLBACK || verb == VERB_HELP ? WORD_ME : 0;
    return politeness_only(r->text, r->match.end, r->limit, first);
}

/* Words that belong to a rating, then politeness. */
static bool rating_words_from(const struct reading *r, size_t at) {
    size_t count = 0;
    struct word w = word_at(r->text, at, r->limit);
    while (!word_none(&w) && (keyword_classes(w.folded) & WORD_RATING) && ++count <= RATING_WORDS)
        w = word_at(r->text, w.end, r->limit);
    return polite_from(r, w.start);
}

static bool closes(uint32_t c) {
    return (c && c < 0x80 && strchr("\"'>)]}*", (int)c)) || c == 0xBB || c == 0x2019 || c == 0x201D;
}

/* Blanks, and : - . , # behind a keyword aren't content; nor is the bracket or quote that closes around a copied keyword or code. */
static size_t content_from(const struct reading *r, size_t at) {
    const char *p = r->text + at;
    for (const char *next = p; closes(text_next(&next)); p = next)
        ;
    return words_skip(r->text, (size_t)(p - r->text), " \t\r\n:-.,#");
}

/* A quote behind the keyword may open the content: it goes only where something stood right in front of the keyword too. */
static size_t content_behind_keyword(const struct reading *r, size_t at) {
    bool opened = r->match.start > 0 && !strchr(" \t\r\n", r->text[r->match.start - 1]);
    return opened ? content_from(r, at) : words_skip(r->text, at, " \t\r\n:-.,#");
}

static void set_words(const struct reading *r, size_t at) {
    r->ret->argument = at;
    r->ret->argument_len = strlen(r->text) - at;
}

/* What stands before "gui 1022", without the blanks between. */
static void set_command_words(const struct reading *r, size_t at) {
    size_t end = r->limit;
    while (end > at && strchr(" \t\r\n", r->text[end - 1]))
        end--;
    r->ret->argument = at < end ? at : strlen(r->text);
    r->ret->argument_len = at < end ? end - at : 0;
}

static bool decide(const struct reading *r, enum verb verb, const char *why) {
    r->ret->verb = verb;
    r->ret->why = why;
    return true;
}

static void set_code(const struct reading *r, int32_t code) {
    r->ret->code_form = CODE_FORM_FULL;
    r->ret->code = code;
}

static bool bad_code(const struct reading *r, const struct code_scan *scan) {
    memcpy(r->ret->digits, scan->digits, sizeof r->ret->digits);
    return decide(r, VERB_BADCODE, "the digits are no code");
}

/* ---- codes behind a keyword ---- */

/* The code that was scanned, or the one that it was before a keyboard repaired the keyword with its digits. */
static bool code_behind_keyword(const struct reading *r, const struct code_scan *scan, int32_t *ret_code) {
    uint32_t marks[WORD_MARKS_MAX];
    int tones[CODE_SCAN_TONES] = {0};
    if (code_scan_value(scan, ret_code))
        return true;
    size_t count = word_marks(r->text, r->match.start, r->match.end, marks);
    for (size_t i = 0; i < count && i < CODE_SCAN_TONES; i++)
        tones[i] = typing_vni_digit(marks[i]);
    return code_scan_repair(scan, tones, count, r->match.glued, ret_code);
}

static bool parse_alone(const struct reading *r, enum verb verb) {
    return !r->match.other_word && decide(r, verb, "the keyword alone");
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
    return decide(r, VERB_CALLBACK, "the keyword and a phone number");
}

static bool parse_code(const struct reading *r) {
    const struct keyword *k = r->match.keyword;
    struct code_scan scan;
    int32_t code = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0)
        return k->shape != SHAPE_CODE_ONLY && !scan.fillers && polite_behind_keyword(r) && parse_alone(r, k->verb);
    if (!polite_from(r, scan.end))
        return false;
    if (code_behind_keyword(r, &scan, &code)) {
        set_code(r, code);
        return decide(r, code_verb(k), "the keyword and a code");
    }
    return parse_call_number(r, &scan) || (scan.count >= CODE_DIGITS - 4 && !scan.date && bad_code(r, &scan));
}

/* A code and words. Nine digits that are meant as a code and are none are told so; other digits may be a doctor's phone number, a date, a price. */
static bool parse_code_text(const struct reading *r, enum verb verb) {
    struct code_scan scan;
    int32_t code = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0 || nothing_from(r, scan.end))
        return false;
    if (!code_behind_keyword(r, &scan, &code))
        return scan.count == CODE_DIGITS && scan.one_way && bad_code(r, &scan);
    set_code(r, code);
    set_words(r, content_from(r, scan.end));
    return decide(r, verb, "the keyword, a code and words");
}

static bool parse_denial(const struct reading *r) {
    return parse_code(r) || parse_code_text(r, VERB_REJOIN);
}

/* ---- TC ---- */

static int number_of(const char *digits) {
    int64_t number = 0;
    return parse_int(digits, 0, 99999, &number) == ERR_OK ? (int)number : -1;
}

/* "2", "trang 2" behind what is tracked; *ret_page 0: nothing. False: there are words that say something. */
static bool parse_page(const struct reading *r, size_t at, int *ret_page) {
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
    return enquiry_from(r, at);
}

static bool parse_short_code(const struct reading *r, const struct code_scan *scan) {
    int page = 0, number = -1;
    char digits[CODE_SCAN_DIGITS + 1];
    bool index = scan->first_count == 1 && scan->digits[0] != '0', last4 = scan->first_count == 4;
    snprintf(digits, sizeof digits, "%.*s", (int)scan->first_count, scan->digits);
    number = number_of(digits);
    if (!(index || last4) || number < 0 || !parse_page(r, scan->first_end, &page))
        return false;
    r->ret->code_form = index ? CODE_FORM_INDEX : CODE_FORM_LAST4;
    r->ret->code = number;
    r->ret->page = page;
    return decide(r, VERB_TRACK, "the keyword and a short form of a code");
}

static bool parse_track(const struct reading *r) {
    struct code_scan scan;
    int32_t code = 0;
    int page = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (scan.count == 0) {
        bool list = scan.fillers ? nothing_from(r, scan.end) : enquiry_from(r, r->match.end);
        return list && parse_alone(r, VERB_TRACK);
    }
    if (code_behind_keyword(r, &scan, &code)) {
        if (!parse_page(r, scan.end, &page))
            return false;
        set_code(r, code);
        r->ret->page = page;
        return decide(r, VERB_TRACK, "the keyword and a code");
    }
    return parse_short_code(r, &scan) || (enquiry_from(r, scan.end) && bad_code(r, &scan));
}

/* ---- ratings ---- */

static size_t skip_score_words(const struct reading *r, size_t at) {
    for (;;) {
        struct word w = word_at(r->text, at, r->limit);
        if (word_none(&w) || !(keyword_classes(w.folded) & WORD_SCORE))
            return w.start;
        at = w.end;
    }
}

/* Digits at `at`: 1 to 5 by themselves are a rating ("4", "4/5", "4d"), other numbers none (0 in *ret_rating). False: no digits. */
static bool read_rating(const struct reading *r, size_t at, int *ret_rating, size_t *ret_end) {
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

static bool rated(const struct reading *r, int rating, size_t end) {
    r->ret->rating = rating;
    set_command_words(r, content_from(r, end));
    return decide(r, rating ? VERB_RATE : VERB_BADRATE, rating ? "a rating" : "a rating is 1 to 5");
}

/* Without a code a rating may have words only while one is asked for, and behind the abbreviation: "danh gia 3 can bo thu tien sai" is a complaint.
 */
static bool parse_bare_rating(const struct reading *r, size_t at) {
    int rating = 0;
    size_t end = 0;
    if (!read_rating(r, skip_score_words(r, at), &rating, &end))
        return false;
    if (!rating_words_from(r, end)) {
        if (!rating || r->match.keyword->accented)
            return false;
        r->ret->depends |= GRAMMAR_RATING_OPEN;
        if (!(r->open & GRAMMAR_RATING_OPEN))
            return false;
    }
    return rated(r, rating, end);
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
    if (!rating_words_from(r, scan->end))
        return false;
    set_code(r, code);
    return rated(r, rating, scan->end);
}

static bool parse_rating(const struct reading *r) {
    struct code_scan scan;
    int32_t code = 0;
    int rating = 0;
    size_t end = 0;
    code_scan(r->text, r->match.end, r->limit, &scan);
    if (parse_glued_rating(r, &scan))
        return true;
    if (!code_behind_keyword(r, &scan, &code)) {
        if (scan.count == CODE_DIGITS && scan.one_way)
            return bad_code(r, &scan);
        return scan.first_count <= 2 && !scan.fillers && parse_bare_rating(r, r->match.end);
    }
    if (!read_rating(r, skip_score_words(r, scan.end), &rating, &end))
        return false;
    set_code(r, code);
    return rated(r, rating, end);
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
    if (!code_behind_keyword(r, &scan, &code))
        return scan.count == CODE_DIGITS && scan.one_way && bad_code(r, &scan);
    set_code(r, code);
    memcpy(r->ret->digits, digits, sizeof digits);
    r->ret->argument = tax.at;
    r->ret->argument_len = tax.len;
    return decide(r, VERB_TAXCODE, "the keyword, a code and a tax code");
}

/* ---- names, others' names ---- */

static bool parse_behalf(const struct reading *r) {
    bool exact = r->match.reading == READ_AS_TYPED && !r->match.other_word;
    if (nothing_from(r, r->match.end)) {
        if (!exact)
            return false;
        set_command_words(r, r->limit);
        return decide(r, VERB_BEHALF, "the keyword alone");
    }
    size_t at = content_behind_keyword(r, r->match.end);
    if (r->match.other_word || !behalf_parse(r->text, at, r->limit, r->ret->behalf))
        return false;
    set_command_words(r, at);
    return decide(r, VERB_BEHALF, "the keyword, a name, an address, a phone number, a reason");
}

static bool named(const struct reading *r, const struct place *name, const char *why) {
    r->ret->argument = name->at;
    r->ret->argument_len = name->len;
    return decide(r, VERB_SETNAME, why);
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

static bool parse_shape(const struct reading *r);
static bool parse_bare_code(const struct reading *r, size_t at);

/* "PA TC 482109304", "PA HD": too little for a complaint, and a command as it stands. */
static bool parse_inner_command(const struct reading *outer, size_t at) {
    struct parsed inner = {.verb = VERB_FREETEXT};
    struct reading r = *outer;
    r.ret = &inner;
    if (words_letters(r.text, at, strlen(r.text)) >= INNER_LETTERS)
        return false;
    bool keyword = keyword_match(r.text, at, r.limit, READ_AS_TYPED, &r.match);
    bool found = keyword ? r.match.keyword->shape != SHAPE_CODE_TEXT && parse_shape(&r) : parse_bare_code(&r, at);
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
    set_words(r, content_behind_keyword(r, r->match.end));
    r->ret->kind = k->kind;
    return decide(r, k->verb, "the keyword and words");
}

static bool parse_text_or_code(const struct reading *r) {
    struct code_scan scan;
    code_scan(r->text, r->match.end, r->limit, &scan);
    bool code = scan.count > 0 && polite_from(r, scan.end);
    return (code && parse_code(r)) || parse_text(r);
}

/* ---- commands ---- */

static bool parse_shape(const struct reading *r) {
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
        return parse_rating(r);
    case SHAPE_TAX:
        return parse_tax(r);
    case SHAPE_BEHALF:
        return parse_behalf(r);
    case SHAPE_NAME:
        return parse_name(r);
    case SHAPE_ALONE:
        return polite_behind_keyword(r) && parse_alone(r, k->verb);
    case SHAPE_EXACT:
        return r->match.reading == READ_AS_TYPED && nothing_from(r, r->match.end) && parse_alone(r, k->verb);
    }
    return false;
}

/* The first reading that finds a keyword decides, unless a later one reads more of the text as a keyword ("goi laij"), or the first took what may be
 * accents' digits for a code ("goi5 lai5"). */
static bool parse_command(struct reading *r, size_t from) {
    size_t read = 0;
    bool glued = false;
    for (int reading = 0; reading < READING_COUNT; reading++) {
        if (!keyword_match(r->text, from, r->limit, (enum keyword_reading)reading, &r->match))
            continue;
        if (read > 0 && !glued && r->match.end <= read)
            continue;
        if (parse_shape(r))
            return true;
        read = r->match.end;
        glued = r->match.glued;
    }
    return false;
}

/* Behind what operators put in front, and people copy with it. */
static bool parse_behind_prefix(struct reading *r) {
    struct word w = word_at(r->text, 0, r->limit);
    for (int i = 0; i < PREFIXES_MAX && !word_none(&w) && (keyword_classes(w.folded) & WORD_PREFIX); i++) {
        struct word next = word_at(r->text, w.end, r->limit);
        if (strcmp(next.folded, "TIN") == 0) /* "soan tin: TC …" */
            w = next;
        if (parse_command(r, w.end))
            return true;
        w = word_at(r->text, w.end, r->limit);
    }
    return false;
}

/* ---- bare answers ---- */

/* A question about a represented person takes any words; true: one is open, so nothing here is what it looks like. */
static bool words_are_asked(const struct reading *r) {
    r->ret->depends |= GRAMMAR_BEHALF_ASKED;
    return r->open & GRAMMAR_BEHALF_ASKED;
}

static bool parse_bare_code(const struct reading *r, size_t at) {
    struct code_scan scan;
    int32_t code = 0;
    int page = 0;
    code_scan(r->text, at, r->limit, &scan);
    if (scan.count != CODE_DIGITS || !parse_page(r, scan.end, &page))
        return false;
    if (!code_scan_value(&scan, &code)) {
        if (!nothing_from(r, scan.end) || !scan.one_way || words_are_asked(r))
            return false;
        return bad_code(r, &scan);
    }
    if (words_are_asked(r))
        return false;
    set_code(r, code);
    if (page >= 1 && page <= RATING_BEST) {
        r->ret->depends |= GRAMMAR_RATING_OPEN;
        if (r->open & GRAMMAR_RATING_OPEN)
            return rated(r, page, r->limit);
    }
    r->ret->page = page;
    return decide(r, VERB_TRACK, "a code and nothing else");
}

/* A number of one or two digits: a rating, or a place in the list. */
static bool parse_bare_digit(const struct reading *r) {
    struct code_scan scan;
    int rating = 0;
    size_t end = 0;
    size_t at = skip_score_words(r, 0);
    code_scan(r->text, at, r->limit, &scan);
    bool score = read_rating(r, at, &rating, &end) && scan.first_count <= 2 && rating_words_from(r, end);
    bool index = scan.count == 1 && scan.digits[0] != '0' && !scan.fillers && nothing_from(r, scan.end) && at == scan.begin;
    if (!score || words_are_asked(r))
        return false;
    r->ret->depends |= GRAMMAR_RATING_OPEN | (index ? GRAMMAR_LIST_SENT : 0);
    if (r->open & GRAMMAR_RATING_OPEN)
        return rated(r, rating, end);
    if (!index || !(r->open & GRAMMAR_LIST_SENT))
        return false;
    r->ret->code_form = CODE_FORM_INDEX;
    r->ret->code = scan.digits[0] - '0';
    return decide(r, VERB_TRACK, "a place in the list that was sent");
}

/* Whether the keys at `at` write a yes or a no: "khoong", "co1", "va^ng". */
static unsigned answer_keyed(const struct reading *r, size_t at, size_t *ret_end) {
    static const char *const keyed[] = {"CO", "DA", "VANG", "DUOC", "KHONG"};
    for (size_t i = 0; i < sizeof keyed / sizeof *keyed; i++)
        for (int method = 0; method < TYPING_COUNT; method++) {
            if (!typing_spells((enum typing)method, r->text, at, r->limit, keyed[i], ret_end))
                continue;
            struct word behind = word_at(r->text, *ret_end, r->limit);
            if (behind.start != *ret_end || word_none(&behind))
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

/* Yes and no count only while a question is open, in a few letters, and with nothing else: "ko co nuoc" is a complaint. */
static bool parse_yes_no(const struct reading *r) {
    struct word w = word_at(r->text, 0, r->limit);
    size_t end = w.end;
    unsigned said = keyword_classes(w.folded) & (WORD_YES | WORD_NO);
    if (!said)
        said = answer_keyed(r, w.start, &end);
    for (w = word_at(r->text, end, r->limit); keyword_classes(w.folded) & (WORD_YES | WORD_NO); w = word_at(r->text, end, r->limit))
        end = w.end;
    if (!said || characters(r) > YES_NO_CHARACTERS || !politeness_only(r->text, end, r->limit, WORD_ME | WORD_YOU) || words_are_asked(r))
        return false;
    r->ret->depends |= GRAMMAR_DRAFT_ASKED | GRAMMAR_QUESTION_OPEN;
    if (!(r->open & (GRAMMAR_DRAFT_ASKED | GRAMMAR_QUESTION_OPEN)))
        return false;
    return decide(r, said & WORD_YES ? VERB_CONFIRM : VERB_DENY, "a short answer to an open question");
}

static bool parse_bare_name(const struct reading *r) {
    struct place name;
    if (!names_alone(r->text, r->limit, &name) || words_are_asked(r))
        return false;
    r->ret->depends |= GRAMMAR_NAME_ASKED;
    return (r->open & GRAMMAR_NAME_ASKED) && named(r, &name, "a name and nothing else");
}

/* ---- the whole ---- */

/* The texts end in "gui 1022", and people copy that too: a command ends before it. */
static size_t command_limit(const char *text) {
    size_t len = strlen(text), end = len;
    while (end > 0 && strchr(" \t\r\n.\"'>)", text[end - 1]))
        end--;
    size_t digits = end;
    while (digits > 0 && text[digits - 1] >= '0' && text[digits - 1] <= '9')
        digits--;
    size_t blank = digits;
    while (blank > 0 && text[blank - 1] == ' ')
        blank--;
    if (end - digits < 3 || end - digits > 5 || blank == digits)
        return len;
    size_t start = blank;
    while (start > 0 && text[start - 1] != ' ')
        start--;
    struct word w = word_at(text, start, blank);
    return start > 0 && strcmp(w.folded, "GUI") == 0 ? start : len;
}

static bool parse_without_words(const struct reading *r) {
    const char *p = r->text;
    bool question = false;
    for (uint32_t c; (c = text_next(&p)) != 0;) {
        if (c == '?')
            question = true;
        if (!words_separator(c) && !(c >= 0x200B && c <= 0x206F) && c != 0xFEFF)
            return false;
    }
    return decide(r, question ? VERB_HELP : VERB_IGNORE, "no letter and no digit");
}

static void parse(struct reading *r) {
    if (parse_without_words(r) || parse_behind_prefix(r) || parse_command(r, 0) || parse_bare_code(r, 0) || parse_yes_no(r) || parse_bare_digit(r) ||
        parse_bare_name(r))
        return;
    unsigned depends = r->ret->depends;
    *r->ret = (struct parsed){.verb = VERB_FREETEXT, .argument_len = strlen(r->text), .depends = depends};
    decide(r, VERB_FREETEXT, "no keyword in its shape");
}

/* Verbs whose argument is somebody's words, up to the end of the text. */
static bool has_content(enum verb verb) {
    return verb == VERB_FREETEXT || verb == VERB_SUBMIT || verb == VERB_SUBMIT_CONF || verb == VERB_SUPPLEMENT || verb == VERB_REJOIN;
}

void grammar_parse(const char *text, unsigned open, struct parsed *ret) {
    struct reading r = {.text = text, .limit = command_limit(text), .open = open, .ret = ret};
    *ret = (struct parsed){.verb = VERB_FREETEXT};
    parse(&r);
    if (has_content(ret->verb))
        ret->flags = hints_of(text + ret->argument);
}

/* ---- officers ---- */

void grammar_parse_officer(const char *text, struct officer_parsed *ret) {
    struct parsed p;
    *ret = (struct officer_parsed){.verb = OFFICER_NONE};
    grammar_parse(text, 0, &p);
    struct word first = word_at(text, 0, strlen(text));
    if (p.verb == VERB_HELP) {
        ret->verb = OFFICER_HELP;
    } else if (p.verb == VERB_CONFIRM) {
        ret->verb = OFFICER_READ;
        ret->has_code = p.code_form == CODE_FORM_FULL;
        ret->code = p.code;
    } else if (p.verb == VERB_BADCODE) {
        ret->verb = OFFICER_BADCODE;
        memcpy(ret->digits, p.digits, sizeof ret->digits);
    } else if (strcmp(first.folded, "VIEC") == 0) {
        struct word rest = word_at(text, first.end, command_limit(text));
        ret->verb = word_none(&rest) ? OFFICER_LIST : OFFICER_NONE;
    }
}
