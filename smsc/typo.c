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

static const char *const onsets[] = {"NGH", "CH", "GH", "GI", "KH", "NG", "NH", "PH", "TH", "TR", "B", "C", "D", "G",
                                     "H",   "K",  "L",  "M",  "N",  "P",  "Q",  "R",  "S",  "T",  "V", "X", ""};

static const char *const rimes[] = {
    "A",    "AC",   "ACH",  "AI",  "AM",  "AN",  "ANG", "ANH",  "AO",   "AP",   "AT",   "AU",   "AY",   "E",   "EC",  "ECH",  "EM",  "EN",
    "ENG",  "ENH",  "EO",   "EP",  "ET",  "EU",  "I",   "IA",   "ICH",  "IEC",  "IEM",  "IEN",  "IENG", "IEP", "IET", "IEU",  "IM",  "IN",
    "INH",  "IP",   "IT",   "IU",  "O",   "OA",  "OAC", "OACH", "OAI",  "OAM",  "OAN",  "OANG", "OANH", "OAO", "OAP", "OAT",  "OAY", "OC",
    "OE",   "OEN",  "OEO",  "OET", "OI",  "OM",  "ON",  "ONG",  "OOC",  "OONG", "OP",   "OT",   "U",    "UA",  "UAC", "UACH", "UAI", "UAM",
    "UAN",  "UANG", "UANH", "UAO", "UAP", "UAT", "UAU", "UAY",  "UC",   "UE",   "UECH", "UEN",  "UENH", "UEO", "UET", "UI",   "UIN", "UIT",
    "UM",   "UN",   "UNG",  "UO",  "UOC", "UOI", "UOM", "UON",  "UONG", "UOP",  "UOT",  "UOU",  "UP",   "UT",  "UU",  "UY",   "UYA", "UYCH",
    "UYEN", "UYET", "UYNH", "UYT", "UYU", "Y",   "YEM", "YEN",  "YENG", "YET",  "YEU",  "YM",   "YN",   "YNH",
};

bool typo_is_syllable(const char *folded) {
    for (size_t i = 0; i < sizeof onsets / sizeof *onsets; i++) {
        size_t len = strlen(onsets[i]);
        if (strncmp(folded, onsets[i], len) != 0)
            continue;
        for (size_t j = 0; j < sizeof rimes / sizeof *rimes; j++)
            if (strcmp(folded + len, rimes[j]) == 0)
                return true;
    }
    return false;
}
