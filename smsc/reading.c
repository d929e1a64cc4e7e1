/* Places are found by the words' rules (words.h); nothing here decides by itself. */
#include "smsc/reading.h"

#include "firmware-host/base/text.h"
#include "smsc/politeness.h"
#include "smsc/typing.h"

#include <string.h>

bool reading_ends(const struct reading *r, size_t at) {
    struct word w = word_at(r->text, at, r->limit);
    return word_none(&w);
}

bool reading_polite(const struct reading *r, size_t at) {
    return politeness_only(r->text, at, r->limit, 0);
}

bool reading_enquiry(const struct reading *r, size_t at) {
    return politeness_or_enquiry(r->text, at, r->limit);
}

bool reading_polite_behind_keyword(const struct reading *r) {
    enum verb verb = r->match.keyword->verb;
    unsigned first = verb == VERB_CONFIRM || verb == VERB_DENY ? WORD_ME | WORD_YOU : verb == VERB_CALLBACK || verb == VERB_HELP ? WORD_ME : 0;
    return politeness_only(r->text, r->match.end, r->limit, first);
}

static bool closes(uint32_t c) {
    return (c && c < 0x80 && strchr("\"'>)]}*", (int)c)) || c == 0xBB || c == 0x2019 || c == 0x201D;
}

size_t reading_content(const struct reading *r, size_t at) {
    const char *p = r->text + at;
    for (const char *next = p; closes(text_next(&next)); p = next)
        ;
    return words_skip(r->text, (size_t)(p - r->text), " \t\r\n:-.,#");
}

/* A quote behind the keyword may open the content: it goes only where something stood right in front of the keyword too. */
size_t reading_content_behind_keyword(const struct reading *r) {
    size_t at = r->match.end;
    bool opened = r->match.start > 0 && !strchr(" \t\r\n", r->text[r->match.start - 1]);
    return opened ? reading_content(r, at) : words_skip(r->text, at, " \t\r\n:-.,#");
}

void reading_set_words(const struct reading *r, size_t at) {
    r->ret->argument = at;
    r->ret->argument_len = strlen(r->text) - at;
}

/* What stands before "gui 1022", without the blanks between. */
void reading_set_command_words(const struct reading *r, size_t at) {
    size_t end = r->limit;
    while (end > at && strchr(" \t\r\n", r->text[end - 1]))
        end--;
    r->ret->argument = at < end ? at : strlen(r->text);
    r->ret->argument_len = at < end ? end - at : 0;
}

bool reading_decide(const struct reading *r, enum verb verb, const char *why) {
    r->ret->verb = verb;
    r->ret->why = why;
    return true;
}

void reading_set_code(const struct reading *r, const struct code_scan *scan, int32_t code) {
    r->ret->code_form = CODE_FORM_FULL;
    r->ret->code = code;
    r->ret->province = scan->province;
}

bool reading_bad_code(const struct reading *r, const struct code_scan *scan) {
    memcpy(r->ret->digits, scan->digits, sizeof r->ret->digits);
    return reading_decide(r, VERB_BADCODE, "the digits are no code");
}

/* Digits glued to the keyword may be what a VNI keyboard left of its accents; consonants take none: "TC38 482109304". */
static bool accents_digits(const struct reading *r) {
    return r->match.glued && strpbrk(r->match.keyword->word, "AEIOUY");
}

bool reading_code(const struct reading *r, struct code_scan *scan, int32_t *ret_code) {
    uint32_t marks[WORD_MARKS_MAX];
    int tones[CODE_SCAN_TONES] = {0};
    if (scan->province && accents_digits(r))
        scan->province = 0;
    if (code_scan_value(scan, ret_code))
        return true;
    size_t count = word_marks(r->text, r->match.start, r->match.end, marks);
    for (size_t i = 0; i < count && i < CODE_SCAN_TONES; i++)
        tones[i] = typing_vni_digit(marks[i]);
    return code_scan_repair(scan, tones, count, r->match.glued, ret_code);
}
