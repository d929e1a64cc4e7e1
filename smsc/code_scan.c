/* Letters count as digits only where they leave nine of them: "5l xang" stays five litres. */
#include "smsc/code_scan.h"

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"
#include "firmware-host/base/text.h"
#include "smsc/code.h"
#include "smsc/keywords.h"
#include "smsc/words.h"

#include <stdio.h>
#include <string.h>

enum { PROVINCE_DIGITS = 2 };

struct group {
    char digits[CODE_SCAN_DIGITS + 1];
    size_t count, end;
    bool letters; /* among its digits */
    bool clean; /* no letter behind it */
};

static int digit_of(uint32_t c) {
    if (c >= '0' && c <= '9')
        return (int)c - '0';
    return c >= 0xFF10 && c <= 0xFF19 ? (int)c - 0xFF10 : -1; /* full width */
}

static int letter_for_digit(uint32_t c) {
    switch (c) {
    case 'O':
    case 'o':
        return 0;
    case 'I':
    case 'i':
    case 'L':
    case 'l':
        return 1;
    default:
        return -1;
    }
}

/* Digits, and letters written for them; letters at the end that belong to a word are left to it ("482109304lan"). */
static void read_group(const char *text, size_t at, size_t limit, struct group *ret) {
    const char *p = text + at;
    struct group sure = {.end = at};
    *ret = sure;
    while ((size_t)(p - text) < limit) {
        const char *next = p;
        uint32_t c = text_next(&next);
        int digit = digit_of(c), letter = letter_for_digit(c);
        if (digit < 0 && letter < 0)
            break;
        if (ret->count < CODE_SCAN_DIGITS)
            ret->digits[ret->count] = (char)('0' + (digit >= 0 ? digit : letter));
        ret->count++;
        ret->letters = ret->letters || digit < 0;
        ret->end = (size_t)(next - text);
        p = next;
        if (digit >= 0)
            sure = *ret;
    }
    const char *behind = text + ret->end;
    ret->clean = ret->end >= limit || words_separator(text_next(&behind));
    if (!ret->clean || sure.count == 0) {
        bool cut = sure.count != ret->count;
        *ret = sure;
        behind = text + ret->end;
        ret->clean = !cut && (ret->end >= limit || words_separator(text_next(&behind)));
    }
    ret->digits[ret->count < CODE_SCAN_DIGITS ? ret->count : CODE_SCAN_DIGITS] = '\0';
}

/* An O, I or L by itself among digits that were spelt one by one: "4 8 2 1 O 9 3 O 4". */
static bool read_spelt_letter(const char *text, size_t at, size_t limit, struct group *ret) {
    struct word w = word_at(text, at, limit);
    int digit = w.start == at && w.end == at + 1 ? letter_for_digit((unsigned char)text[at]) : -1;
    if (digit < 0)
        return false;
    *ret = (struct group){.count = 1, .end = w.end, .letters = true, .clean = true};
    ret->digits[0] = (char)('0' + digit);
    return true;
}

static size_t skip_separators(const char *text, size_t at, size_t limit) {
    struct word w = word_at(text, at, limit);
    return w.start;
}

static size_t skip_fillers(const char *text, size_t at, size_t limit, bool *ret_any) {
    for (;;) {
        struct word w = word_at(text, at, limit);
        if (word_none(&w) || !(keyword_classes(w.folded) & WORD_FILLER))
            return at;
        *ret_any = true;
        at = w.end;
    }
}

/* What the groups read so far have in common. */
struct progress {
    struct code_scan scan, first; /* with all groups, with the first alone */
    size_t groups, date_groups;
    bool letters; /* some are read as digits */
    bool spelt; /* every group is one digit */
};

/* Whether the n-th group has the length of a day, a month or a year. */
static bool in_date(size_t n, const struct group *g) {
    return n < 2 ? g->count <= 2 : n == 2 && (g->count == 2 || g->count == 4);
}

static void add_group(struct progress *p, size_t from, const struct group *g) {
    struct code_scan *scan = &p->scan;
    if (scan->count < CODE_SCAN_DIGITS)
        snprintf(scan->digits + scan->count, sizeof scan->digits - scan->count, "%s", g->digits);
    scan->one_way = p->groups == 0 || (scan->one_way && scan->first_count == 3 && g->count == 3);
    scan->count += g->count;
    scan->end = g->end;
    p->date_groups += p->date_groups == p->groups && in_date(p->groups, g);
    scan->date = p->date_groups == 3 && p->groups == 2;
    p->letters = p->letters || g->letters;
    p->spelt = p->spelt && g->count == 1;
    if (p->groups++ > 0)
        return;
    scan->begin = from;
    scan->first_count = g->count;
    scan->first_end = g->end;
    if (!g->letters)
        p->first = *scan;
}

static bool next_group(const char *text, const struct progress *p, size_t limit, size_t *ret_from, struct group *ret) {
    size_t from = *ret_from = skip_separators(text, p->scan.end, limit);
    if (p->groups > 0 && !words_only(text, p->scan.end, from, CODE_SEPARATORS))
        return false;
    read_group(text, from, limit, ret);
    if (ret->count == 0 && !(p->groups > 0 && p->spelt && read_spelt_letter(text, from, limit, ret)))
        return false;
    return ret->clean || p->scan.count + ret->count == CODE_DIGITS;
}

/* From `at` on, where the digits begin. */
static void scan_groups(const char *text, size_t at, size_t limit, struct progress *p) {
    struct group g;
    size_t from = 0;
    p->scan.begin = p->scan.end = at;
    p->first = p->scan;
    while (p->scan.count < CODE_DIGITS && next_group(text, p, limit, &from, &g))
        add_group(p, from, &g);
}

/* Two digits, and behind them a code with its check digits. Digits that are a code as they stand were taken for it before. */
static bool behind_province(const char *text, size_t limit, const struct code_scan *whole, struct code_scan *ret) {
    struct progress p = {.scan = {.one_way = true, .fillers = whole->fillers}, .spelt = true};
    int32_t code = 0;
    if (whole->first_count != PROVINCE_DIGITS)
        return false;
    scan_groups(text, whole->first_end, limit, &p);
    p.scan.province = (whole->digits[0] - '0') * 10 + (whole->digits[1] - '0');
    if (p.scan.province == 0 || !code_scan_value(&p.scan, &code) || !words_only(text, whole->first_end, p.scan.begin, CODE_SEPARATORS ","))
        return false;
    p.scan.begin = whole->begin;
    *ret = p.scan;
    return true;
}

void code_scan(const char *text, size_t at, size_t limit, struct code_scan *ret) {
    struct progress p = {.scan = {.one_way = true}, .spelt = true};
    int32_t code = 0;
    scan_groups(text, skip_fillers(text, at, limit, &p.scan.fillers), limit, &p);
    if (code_scan_value(&p.scan, &code) || !behind_province(text, limit, &p.scan, ret))
        *ret = p.letters && p.scan.count != CODE_DIGITS ? p.first : p.scan;
}

size_t code_scan_group(const char *text, size_t at, size_t limit, char digits[CODE_SCAN_DIGITS + 1], size_t *ret_end) {
    size_t count = 0;
    const char *p = text + at;
    while ((size_t)(p - text) < limit) {
        const char *next = p;
        int digit = digit_of(text_next(&next));
        if (digit < 0)
            break;
        if (count < CODE_SCAN_DIGITS)
            digits[count] = (char)('0' + digit);
        count++;
        p = next;
    }
    digits[count < CODE_SCAN_DIGITS ? count : CODE_SCAN_DIGITS] = '\0';
    *ret_end = (size_t)(p - text);
    return count;
}

static bool value_of(const char *digits, int32_t *ret_code) {
    int64_t code = 0;
    if (strlen(digits) != CODE_DIGITS || parse_int(digits, 0, 999999999, &code) != ERR_OK || !code_valid(code))
        return false;
    *ret_code = (int32_t)code;
    return true;
}

bool code_scan_value(const struct code_scan *scan, int32_t *ret_code) {
    return scan->count == CODE_DIGITS && value_of(scan->digits, ret_code);
}

/* Nine digits: those in front, then the scanned ones. */
static bool value_with(const int *front, size_t count, const struct code_scan *scan, int32_t *ret_code) {
    char digits[CODE_DIGITS + 1];
    if (count + scan->count != CODE_DIGITS)
        return false;
    for (size_t i = 0; i < count; i++)
        digits[i] = (char)('0' + front[i]);
    memcpy(digits + count, scan->digits, scan->count + 1);
    return value_of(digits, ret_code);
}

bool code_scan_repair(const struct code_scan *scan, const int *tones, size_t count, bool glued, int32_t *ret_code) {
    if (count == 1)
        return value_with(tones, 1, scan, ret_code);
    if (count == 2)
        return value_with(tones, 2, scan, ret_code) || value_with((const int[]){tones[1], tones[0]}, 2, scan, ret_code);
    size_t extra = scan->count - CODE_DIGITS;
    bool standing =
        glued && scan->count > CODE_DIGITS && extra <= CODE_SCAN_TONES && (scan->first_count == scan->count || scan->first_count == extra);
    return standing && value_of(scan->digits + extra, ret_code);
}
