/* Phrases, folded, found at word boundaries. "CHAY" alone is none: without accents it is also chảy (to flow) and chạy (to run). */
#include "smsc/hints.h"

#include "firmware-host/base/text.h"
#include "store/case.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *phrase;
    enum case_flag flag;
    const char *not_behind; /* it doesn't count behind this word; NULL: always */
} hints[] = {
    {"CHAY NHA", CASE_EMERGENCY, "NUOC"}, /* nước chảy nhà … */
    {"NHA CHAY", CASE_EMERGENCY, NULL},      {"CHAY RUNG", CASE_EMERGENCY, "NUOC"}, {"DAM CHAY", CASE_EMERGENCY, NULL},
    {"CHAY LON", CASE_EMERGENCY, "NUOC"},    {"HOA HOAN", CASE_EMERGENCY, NULL},    {"CAP CUU", CASE_EMERGENCY, NULL},
    {"CUU VOI", CASE_EMERGENCY, NULL},       {"CUOP", CASE_EMERGENCY, NULL},        {"SAT LO", CASE_EMERGENCY, NULL},
    {"LU QUET", CASE_EMERGENCY, NULL},       {"LU LUT", CASE_EMERGENCY, NULL},      {"NUOC LU", CASE_EMERGENCY, NULL},
    {"DUOI NUOC", CASE_EMERGENCY, NULL},     {"GIET NGUOI", CASE_EMERGENCY, NULL},  {"TO CAO", CASE_SCOPE_SUSPECT, NULL},
    {"KHIEU NAI", CASE_SCOPE_SUSPECT, NULL},
};

static bool is_word(char c) {
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

static bool behind(const char *text, const char *at, const char *word) {
    size_t len = strlen(word);
    return (size_t)(at - text) > len && at[-1] == ' ' && strncmp(at - 1 - len, word, len) == 0;
}

static bool holds(const char *folded, const char *phrase, const char *not_behind) {
    size_t len = strlen(phrase);
    for (const char *at = folded; (at = strstr(at, phrase)) != NULL; at++) {
        bool whole = (at == folded || !is_word(at[-1])) && !is_word(at[len]);
        if (whole && !(not_behind && behind(folded, at, not_behind)))
            return true;
    }
    return false;
}

int hints_of(const char *text) {
    char *folded = text_fold(text);
    int flags = 0;
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (!(flags & (int)hints[i].flag) && holds(folded, hints[i].phrase, hints[i].not_behind))
            flags |= (int)hints[i].flag;
    free(folded);
    return flags;
}
