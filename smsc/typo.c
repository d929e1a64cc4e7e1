/* Every word of Vietnamese is written in syllables, and every syllable is one of about thirty onsets with one of about 150 rimes: what doesn't fit
 * that is no word of the language, so changing it can't change what somebody says. It is the longest list of common words there is. */
#include "smsc/typo.h"

#include <stddef.h>
#include <string.h>

bool typo_within_one(const char *typed, const char *word) {
    while (*typed && *typed == *word) {
        typed++;
        word++;
    }
    if (*typed == '\0' || *word == '\0')
        return strlen(typed) + strlen(word) <= 1;
    if (typed[1] && typed[0] == word[1] && typed[1] == word[0] && strcmp(typed + 2, word + 2) == 0)
        return true;
    return strcmp(typed + 1, word + 1) == 0 || strcmp(typed + 1, word) == 0 || strcmp(typed, word + 1) == 0;
}

/* The same sound is written otherwise in front of e, i and y; q stands in front of u only. p by itself begins foreign words. */
enum { BEFORE_ANY, BEFORE_FRONT, BEFORE_BACK, BEFORE_U };
static const struct {
    const char *onset;
    int before;
} onsets[] = {
    {"NGH", BEFORE_FRONT}, {"CH", BEFORE_ANY},  {"GH", BEFORE_FRONT}, {"GI", BEFORE_ANY}, {"KH", BEFORE_ANY}, {"NG", BEFORE_BACK}, {"NH", BEFORE_ANY},
    {"PH", BEFORE_ANY},    {"TH", BEFORE_ANY},  {"TR", BEFORE_ANY},   {"B", BEFORE_ANY},  {"C", BEFORE_BACK}, {"D", BEFORE_ANY},   {"G", BEFORE_BACK},
    {"H", BEFORE_ANY},     {"K", BEFORE_FRONT}, {"L", BEFORE_ANY},    {"M", BEFORE_ANY},  {"N", BEFORE_ANY},  {"Q", BEFORE_U},     {"R", BEFORE_ANY},
    {"S", BEFORE_ANY},     {"T", BEFORE_ANY},   {"V", BEFORE_ANY},    {"X", BEFORE_ANY},  {"", BEFORE_ANY},
};

static const char *const rimes[] = {
    "A",    "AC",   "ACH",  "AI",  "AM",  "AN",  "ANG", "ANH",  "AO",   "AP",   "AT",   "AU",   "AY",   "E",   "EC",  "ECH",  "EM",  "EN",
    "ENG",  "ENH",  "EO",   "EP",  "ET",  "EU",  "I",   "IA",   "ICH",  "IEC",  "IEM",  "IEN",  "IENG", "IEP", "IET", "IEU",  "IM",  "IN",
    "INH",  "IP",   "IT",   "IU",  "O",   "OA",  "OAC", "OACH", "OAI",  "OAM",  "OAN",  "OANG", "OANH", "OAO", "OAP", "OAT",  "OAY", "OC",
    "OE",   "OEN",  "OEO",  "OET", "OI",  "OM",  "ON",  "ONG",  "OOC",  "OONG", "OP",   "OT",   "U",    "UA",  "UAC", "UACH", "UAI", "UAM",
    "UAN",  "UANG", "UANH", "UAO", "UAP", "UAT", "UAU", "UAY",  "UC",   "UE",   "UECH", "UEN",  "UENH", "UEO", "UET", "UI",   "UIN", "UIT",
    "UM",   "UN",   "UNG",  "UO",  "UOC", "UOI", "UOM", "UON",  "UONG", "UOP",  "UOT",  "UOU",  "UP",   "UT",  "UU",  "UY",   "UYA", "UYCH",
    "UYEN", "UYET", "UYNH", "UYT", "UYU", "Y",   "YEM", "YEN",  "YENG", "YET",  "YEU",  "YM",   "YN",   "YNH",
};

static bool may_stand_before(int before, char vowel) {
    bool front = vowel && strchr("EIY", vowel);
    return before == BEFORE_ANY || (before == BEFORE_FRONT && front) || (before == BEFORE_BACK && !front) || (before == BEFORE_U && vowel == 'U');
}

bool typo_is_syllable(const char *folded) {
    if (strcmp(folded, "GI") == 0)
        return true;
    for (size_t i = 0; i < sizeof onsets / sizeof *onsets; i++) {
        size_t len = strlen(onsets[i].onset);
        if (strncmp(folded, onsets[i].onset, len) != 0 || !may_stand_before(onsets[i].before, folded[len]))
            continue;
        for (size_t j = 0; j < sizeof rimes / sizeof *rimes; j++)
            if (strcmp(folded + len, rimes[j]) == 0)
                return true;
    }
    return false;
}
