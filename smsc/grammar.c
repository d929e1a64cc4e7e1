/* One pass over the first words of a message. Words are runs of letters and digits; each is folded by itself when it's looked at, so that places in
 * the original text stay known and a long text costs no more than its first words.
 *
 * Every path that isn't certain ends in free text; nothing here refuses. */
#include "smsc/grammar.h"

#include "firmware-host/base/text.h"
#include "smsc/code.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_SIZE = 32, KEYWORD_WORDS_MAX = 3, NAME_WORDS_MAX = 6, YES_NO_CHARACTERS = 12, POLITE_LETTERS = 10 };

/* ---- words ---- */

struct word {
    size_t start, end; /* bytes of the text; start == end: none */
    char folded[WORD_SIZE]; /* "" when it is too long to be a keyword */
};

static bool is_separator(uint32_t c) {
    if (c < 0x80)
        return !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
    return c == 0xA0 || c == 0xAB || c == 0xBB || (c >= 0x2000 && c <= 0x200A) || (c >= 0x2010 && c <= 0x205F) || c == 0x3000;
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

/* The first word at or behind `at`, before `limit`. Words of which nothing is left when folded (a lone byte order mark) are passed over. */
static struct word word_at(const char *text, size_t at, size_t limit) {
    struct word w = {.end = at};
    do {
        const char *p = text + w.end;
        for (const char *q = p; (size_t)(q - text) < limit && is_separator(text_next(&q));)
            p = q;
        w.start = w.end = (size_t)(p - text);
        for (const char *q = p; (size_t)(q - text) < limit && !is_separator(text_next(&q));)
            w.end = (size_t)(q - text);
        if (w.start == w.end)
            return w;
        fold_word(text, &w);
    } while (w.folded[0] == '\0' && w.end - w.start <= 3);
    return w;
}

static bool word_none(const struct word *w) {
    return w->start == w->end;
}

static size_t letters_between(const char *text, size_t from, size_t to) {
    size_t letters = 0;
    const char *p = text + from;
    while ((size_t)(p - text) < to) {
        uint32_t c = text_next(&p);
        letters += c >= 0x80 ? !is_separator(c) && !(c >= 0x300 && c <= 0x36F) : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    }
    return letters;
}

static bool only_blanks(const char *text, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if ((unsigned char)text[i] < 0x80 && !strchr(" \t\r\n", text[i]))
            return false;
    return true;
}

/* The longest keyword that begins with the word `first`; *ret_at is the place behind it. */
static const struct keyword *keyword_at(const char *text, const struct word *first, size_t limit, size_t *ret_at) {
    char phrase[KEYWORD_WORDS_MAX * WORD_SIZE] = "";
    const struct keyword *found = NULL;
    struct word w = *first;
    size_t len = 0;
    for (int n = 0; n < KEYWORD_WORDS_MAX && !word_none(&w) && w.folded[0]; n++) {
        size_t used = strlen(phrase);
        snprintf(phrase + used, sizeof phrase - used, "%s%s", n ? " " : "", w.folded);
        const struct keyword *k = keyword_find(phrase, n == 0, &len);
        bool glued = k && phrase[len] != '\0';
        if (k && glued && w.end - w.start != strlen(w.folded))
            k = NULL; /* accents or invisible characters: places differ */
        if (k) {
            found = k;
            *ret_at = glued ? w.start + len : w.end;
        }
        struct word next = word_at(text, w.end, limit);
        if (!only_blanks(text, w.end, next.start))
            break;
        w = next;
    }
    return found;
}

/* ---- codes ---- */

struct code_scan {
    char digits[PARSED_DIGITS_MAX + 1];
    size_t count; /* digits seen; more than fit are counted all the same */
    size_t end; /* behind the last digit group */
    size_t rest_letters; /* behind it, up to the limit */
    bool rest; /* there is a word behind it */
    bool fillers; /* MA SO and the like stood in front */
};

static bool is_digit_group(const struct word *w) {
    bool digit = false;
    for (const char *c = w->folded; *c; c++) {
        bool is_digit = *c >= '0' && *c <= '9';
        if (!is_digit && *c != 'O' && *c != 'I' && *c != 'L')
            return false;
        digit = digit || is_digit;
    }
    return digit;
}

static void add_group(struct code_scan *scan, const struct word *w) {
    for (const char *c = w->folded; *c; c++) {
        char digit = (char)(*c == 'O' ? '0' : *c == 'I' || *c == 'L' ? '1' : *c);
        if (scan->count < PARSED_DIGITS_MAX)
            scan->digits[scan->count] = digit;
        scan->count++;
    }
    scan->end = w->end;
}

/* Whether what stands between two groups is only what a code may hold inside. */
static bool code_separators(const char *text, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if ((unsigned char)text[i] < 0x80 && !strchr(" \t\r\n-./:<>()", text[i]))
            return false;
    return true;
}

static void scan_code(const char *text, size_t at, size_t limit, struct code_scan *ret) {
    *ret = (struct code_scan){.end = at};
    struct word w = word_at(text, at, limit);
    while (!word_none(&w) && keyword_is_filler(w.folded)) {
        ret->fillers = true;
        ret->end = w.end;
        w = word_at(text, w.end, limit);
    }
    while (!word_none(&w) && ret->count < CODE_DIGITS && is_digit_group(&w) && (ret->count == 0 || code_separators(text, ret->end, w.start))) {
        add_group(ret, &w);
        w = word_at(text, w.end, limit);
    }
    ret->digits[ret->count < PARSED_DIGITS_MAX ? ret->count : PARSED_DIGITS_MAX] = '\0';
    ret->rest = !word_none(&w);
    ret->rest_letters = letters_between(text, ret->end, limit);
}

static bool set_code(const struct code_scan *scan, struct parsed *ret) {
    int64_t code = 0;
    if (scan->count != CODE_DIGITS || parse_int(scan->digits, 0, 999999999, &code) != ERR_OK || !code_valid(code))
        return false;
    ret->code_form = CODE_FORM_FULL;
    ret->code = (int32_t)code;
    return true;
}

/* ---- commands ---- */

static void decide(struct parsed *ret, enum verb verb, const char *why) {
    ret->verb = verb;
    ret->why = why;
}

static void bad_code(struct parsed *ret, const struct code_scan *scan) {
    memcpy(ret->digits, scan->digits, sizeof ret->digits);
    decide(ret, VERB_BADCODE, "the digits are no code");
}

/* Few letters behind a code are politeness ("nhe", "gui 1022"); more are words that somebody must read. */
static bool only_polite(const struct code_scan *scan) {
    return !scan->rest || scan->rest_letters < POLITE_LETTERS;
}

static bool parse_short_code(const struct code_scan *scan, struct parsed *ret) {
    bool index = scan->count == 1 && scan->digits[0] != '0';
    if (!index && scan->count != 4)
        return false;
    int64_t number = 0;
    if (parse_int(scan->digits, 0, 9999, &number) != ERR_OK)
        return false;
    ret->code_form = index ? CODE_FORM_INDEX : CODE_FORM_LAST4;
    ret->code = (int32_t)number;
    return true;
}

/* The shapes that take a code. True when it is a command. */
static bool parse_code_shape(const struct keyword *k, const char *text, size_t at, size_t limit, struct parsed *ret) {
    struct code_scan scan;
    scan_code(text, at, limit, &scan);
    bool may_stand_alone = k->shape == SHAPE_CODE || k->shape == SHAPE_TRACK;
    if (scan.count == 0) {
        if (scan.rest || !may_stand_alone || (scan.fillers && k->shape != SHAPE_TRACK))
            return false;
        decide(ret, k->code_verb, "the keyword alone");
        return true;
    }
    if (scan.count == CODE_DIGITS && only_polite(&scan)) {
        if (set_code(&scan, ret))
            decide(ret, k->code_verb, "the keyword and a code");
        else
            bad_code(ret, &scan);
        return true;
    }
    if (scan.rest)
        return false;
    if (k->shape == SHAPE_TRACK && parse_short_code(&scan, ret))
        decide(ret, k->code_verb, "the keyword and a short form of a code");
    else if (k->shape == SHAPE_TRACK || scan.count > 4)
        bad_code(ret, &scan);
    else
        return false;
    return true;
}

static bool parse_bare_code(const char *text, size_t at, size_t limit, struct parsed *ret) {
    struct code_scan scan;
    scan_code(text, at, limit, &scan);
    if (scan.count != CODE_DIGITS || !only_polite(&scan))
        return false;
    if (set_code(&scan, ret)) {
        decide(ret, VERB_TRACK, "a code and nothing else");
        return true;
    }
    if (scan.rest)
        return false;
    bad_code(ret, &scan);
    return true;
}

static bool parse_alone_shape(const struct keyword *k, const char *text, size_t at, size_t limit, struct parsed *ret) {
    struct word rest = word_at(text, at, limit);
    if (!word_none(&rest))
        return false;
    decide(ret, k->verb, "the keyword alone");
    return true;
}

/* Behind the verb: blanks and : - . , # aren't content. */
static size_t skip_argument_separators(const char *text, size_t at) {
    for (;;) {
        const char *p = text + at;
        uint32_t c = text_next(&p);
        bool skip = c == 0xA0 || (c && c < 0x80 && strchr(" \t\r\n:-.,#", (int)c));
        if (!skip)
            return at;
        at = (size_t)(p - text);
    }
}

/* "PA TC 482109304", "PA HD": too little for a complaint, and a command as it stands. */
static bool parse_inner_command(const char *text, size_t at, size_t limit, struct parsed *ret) {
    struct word first = word_at(text, at, limit);
    size_t behind = 0;
    const struct keyword *k = keyword_at(text, &first, limit, &behind);
    if (k && k->shape == SHAPE_TRACK)
        return parse_code_shape(k, text, behind, limit, ret);
    if (k && k->shape == SHAPE_ALONE)
        return parse_alone_shape(k, text, behind, limit, ret);
    return !k && parse_bare_code(text, at, limit, ret);
}

static bool parse_text_shape(const struct keyword *k, const char *text, size_t at, size_t limit, struct parsed *ret) {
    struct word first = word_at(text, at, strlen(text));
    if (word_none(&first))
        return false;
    if (k->shape == SHAPE_TEXT_OR_CODE) {
        struct code_scan scan;
        scan_code(text, at, limit, &scan);
        if (scan.count == CODE_DIGITS && !scan.rest) {
            if (set_code(&scan, ret))
                decide(ret, k->code_verb, "the keyword and a code");
            else
                bad_code(ret, &scan);
            return true;
        }
    }
    if (letters_between(text, at, strlen(text)) < POLITE_LETTERS && parse_inner_command(text, at, limit, ret))
        return true;
    ret->argument = skip_argument_separators(text, at);
    ret->argument_len = strlen(text) - ret->argument;
    ret->kind = k->kind;
    decide(ret, k->verb, "the keyword and words");
    return true;
}

/* ---- names ---- */

enum letter_case { CASE_UNSEEN, CASE_TITLE, CASE_LOWER, CASE_UPPER, CASE_MIXED };

struct name_scan {
    size_t words, start, end;
    enum letter_case style;
    enum name_word family; /* of the first word */
    bool middle, impossible;
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

static void scan_name(const char *text, size_t at, size_t limit, struct name_scan *ret) {
    *ret = (struct name_scan){.style = CASE_UNSEEN};
    for (struct word w = word_at(text, at, limit); !word_none(&w); w = word_at(text, w.end, limit)) {
        bool single = false;
        enum letter_case style = style_of(text, &w, &single);
        enum name_word kind = keyword_name_word(w.folded);
        if (++ret->words == 1) {
            ret->start = w.start;
            ret->family = kind;
        } else {
            ret->impossible = ret->impossible || !code_separators(text, ret->end, w.start) || memchr(text + ret->end, '/', w.start - ret->end);
        }
        ret->middle = ret->middle || (ret->words == 2 && keyword_is_middle_name(w.folded));
        ret->impossible = ret->impossible || kind == NAME_WORD_NEVER || !only_letters(&w) || ret->words > NAME_WORDS_MAX;
        if (single && style == CASE_TITLE && ret->style == CASE_UPPER)
            style = CASE_UPPER; /* the A of NGUYEN VAN A */
        ret->style = ret->style == CASE_UNSEEN || ret->style == style ? style : CASE_MIXED;
        ret->end = w.end;
        if (ret->impossible)
            return;
    }
}

/* Small or capital letters throughout tell nothing, so the words must. */
static bool is_expected_name(const struct name_scan *n) {
    return (n->family == NAME_WORD_FAMILY && n->words <= 5) || (n->family == NAME_WORD_FAMILY_OR_THING && n->middle && n->words <= 4);
}

/* "TEN duong bi ghi sai" is a complaint, also while the name is asked for. So the words must look like a name: the more so, the less they are
 * expected and the less their writing shows it. */
static bool is_name(const struct name_scan *n, bool asked) {
    bool thing = n->family == NAME_WORD_FAMILY_OR_THING, family = n->family == NAME_WORD_FAMILY;
    if (n->impossible || n->words < 2 || n->words > (asked ? NAME_WORDS_MAX : 5))
        return false;
    switch (n->style) {
    case CASE_TITLE:
        return family || n->middle || (asked && (!thing || n->words <= 4));
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

static bool parse_name(const char *text, size_t at, size_t limit, unsigned open, struct parsed *ret) {
    struct name_scan n;
    scan_name(text, skip_name_fillers(text, at, limit), limit, &n);
    if (!is_name(&n, open & GRAMMAR_NAME_ASKED)) {
        ret->depends |= is_name(&n, true) ? GRAMMAR_NAME_ASKED : 0;
        return false;
    }
    ret->argument = n.start;
    ret->argument_len = n.end - n.start;
    decide(ret, VERB_SETNAME, "TEN and a name");
    return true;
}

/* A name without TEN, while it is asked for: only the surest of patterns. */
static bool parse_bare_name(const char *text, size_t limit, unsigned open, struct parsed *ret) {
    struct name_scan n;
    scan_name(text, 0, limit, &n);
    if (n.impossible || n.words < 3 || n.words > 4 || n.style != CASE_TITLE || n.family != NAME_WORD_FAMILY || !n.middle)
        return false;
    if (!(open & GRAMMAR_NAME_ASKED)) {
        ret->depends |= GRAMMAR_NAME_ASKED;
        return false;
    }
    ret->argument = n.start;
    ret->argument_len = n.end - n.start;
    decide(ret, VERB_SETNAME, "a name and nothing else");
    return true;
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

static bool parse_command(const char *text, size_t from, size_t limit, unsigned open, struct parsed *ret) {
    struct word first = word_at(text, from, limit);
    size_t at = 0;
    const struct keyword *k = keyword_at(text, &first, limit, &at);
    if (!k)
        return false;
    switch (k->shape) {
    case SHAPE_TEXT:
    case SHAPE_TEXT_OR_CODE:
        return parse_text_shape(k, text, at, limit, ret);
    case SHAPE_CODE_ONLY:
    case SHAPE_CODE:
    case SHAPE_TRACK:
        return parse_code_shape(k, text, at, limit, ret);
    case SHAPE_NAME:
        return parse_name(text, at, limit, open, ret);
    case SHAPE_ALONE:
        return parse_alone_shape(k, text, at, limit, ret);
    }
    return false;
}

/* Yes and no count only while a question is open, and only in a few letters. */
static bool parse_yes_no(const char *text, size_t limit, unsigned open, struct parsed *ret) {
    struct word w = word_at(text, 0, limit);
    bool yes = keyword_says_yes(w.folded), no = keyword_says_no(w.folded);
    if (!yes && !no)
        return false;
    const char *p = text;
    for (size_t n = 0; (size_t)(p - text) < limit; n++)
        if (text_next(&p) && n >= YES_NO_CHARACTERS)
            return false;
    if (!(open & GRAMMAR_DRAFT_ASKED)) {
        ret->depends |= GRAMMAR_DRAFT_ASKED;
        return false;
    }
    decide(ret, yes ? VERB_CONFIRM : VERB_DENY, "a short answer to an open question");
    return true;
}

static bool parse_without_words(const char *text, struct parsed *ret) {
    const char *p = text;
    bool question = false;
    for (uint32_t c; (c = text_next(&p)) != 0;) {
        if (c == '?')
            question = true;
        bool wordless = is_separator(c) || (c >= 0x200B && c <= 0x206F) || c == 0xFEFF || c == 0xFE0F || (c >= 0x2190 && c <= 0x2BFF) ||
                        (c >= 0x1F000 && c <= 0x1FAFF);
        if (!wordless)
            return false;
    }
    decide(ret, question ? VERB_HELP : VERB_IGNORE, "no letter and no digit");
    return true;
}

void grammar_parse(const char *text, unsigned open, struct parsed *ret) {
    *ret = (struct parsed){.argument_len = strlen(text)};
    size_t limit = command_limit(text);
    if (parse_without_words(text, ret))
        return;
    struct word first = word_at(text, 0, limit);
    if (keyword_is_prefix(first.folded) && parse_command(text, first.end, limit, open, ret))
        return;
    if (parse_command(text, 0, limit, open, ret) || parse_bare_code(text, 0, limit, ret) || parse_yes_no(text, limit, open, ret) ||
        parse_bare_name(text, limit, open, ret))
        return;
    unsigned depends = ret->depends;
    *ret = (struct parsed){.verb = VERB_FREETEXT, .argument_len = strlen(text), .depends = depends, .why = "no keyword in its shape"};
}

/* ---- officers ---- */

static bool officer_says_read(const struct parsed *p) {
    return p->verb == VERB_CONFIRM && p->code_form != CODE_FORM_INDEX && p->code_form != CODE_FORM_LAST4;
}

void grammar_parse_officer(const char *text, struct officer_parsed *ret) {
    struct parsed p;
    *ret = (struct officer_parsed){.verb = OFFICER_NONE};
    grammar_parse(text, 0, &p);
    struct word first = word_at(text, 0, strlen(text));
    if (p.verb == VERB_HELP) {
        ret->verb = OFFICER_HELP;
    } else if (officer_says_read(&p)) {
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
