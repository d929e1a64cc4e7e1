/* The tables behind keywords.h. Words are folded: without accents, upper case. Order doesn't matter; words don't repeat (tests/unit/test_grammar.c).
 *
 * Not keywords, though they'd be short: MAT (mất, mật), HO (hộ, hồ, hố), BAO, HOI, DUNG, GOI alone begin ordinary complaints ("MAT DIEN 3 NGAY"). */
#include "smsc/keywords.h"

#include <string.h>

#define X(symbol, name) [symbol] = name,
static const char *const verb_names[] = {VERB_TABLE(X)};
#undef X

const char *verb_name(enum verb verb) {
    return verb_names[verb];
}

static const struct keyword keywords[] = {
    {"PA", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_PHAN_ANH},
    {"PAKN", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_PHAN_ANH},
    {"PHANANH", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_PHAN_ANH},
    {"PHAN ANH", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_PHAN_ANH},
    {"KN", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_KIEN_NGHI},
    {"KIENNGHI", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_KIEN_NGHI},
    {"KIEN NGHI", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_KIEN_NGHI},
    {"GOPY", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_KIEN_NGHI},
    {"GOP Y", VERB_SUBMIT, SHAPE_TEXT, VERB_SUBMIT, CASE_KIEN_NGHI},
    {"KIN", VERB_SUBMIT_CONF, SHAPE_TEXT_OR_CODE, VERB_SETCONF, CASE_PHAN_ANH},
    {"GK", VERB_SETCONF, SHAPE_CODE_ONLY, VERB_SETCONF, CASE_PHAN_ANH},
    {"TC", VERB_TRACK, SHAPE_TRACK, VERB_TRACK, CASE_PHAN_ANH},
    {"TRACUU", VERB_TRACK, SHAPE_TRACK, VERB_TRACK, CASE_PHAN_ANH},
    {"TRA CUU", VERB_TRACK, SHAPE_TRACK, VERB_TRACK, CASE_PHAN_ANH},
    {"KQ", VERB_TRACK, SHAPE_TRACK, VERB_TRACK, CASE_PHAN_ANH},
    {"KETQUA", VERB_TRACK, SHAPE_TRACK, VERB_TRACK, CASE_PHAN_ANH},
    {"OK", VERB_CONFIRM, SHAPE_CODE, VERB_CONFIRM, CASE_PHAN_ANH},
    {"XN", VERB_CONFIRM, SHAPE_CODE, VERB_CONFIRM, CASE_PHAN_ANH},
    {"DY", VERB_CONFIRM, SHAPE_CODE, VERB_CONFIRM, CASE_PHAN_ANH},
    {"DONG Y", VERB_CONFIRM, SHAPE_CODE, VERB_CONFIRM, CASE_PHAN_ANH},
    {"TEN", VERB_SETNAME, SHAPE_NAME, VERB_SETNAME, CASE_PHAN_ANH},
    {"HO TEN", VERB_SETNAME, SHAPE_NAME, VERB_SETNAME, CASE_PHAN_ANH},
    {"HO VA TEN", VERB_SETNAME, SHAPE_NAME, VERB_SETNAME, CASE_PHAN_ANH},
    {"TOI TEN", VERB_SETNAME, SHAPE_NAME, VERB_SETNAME, CASE_PHAN_ANH},
    {"CD", VERB_ACCENTS_ON, SHAPE_ALONE, VERB_ACCENTS_ON, CASE_PHAN_ANH},
    {"KD", VERB_ACCENTS_OFF, SHAPE_ALONE, VERB_ACCENTS_OFF, CASE_PHAN_ANH},
    {"HD", VERB_HELP, SHAPE_ALONE, VERB_HELP, CASE_PHAN_ANH},
    {"HELP", VERB_HELP, SHAPE_ALONE, VERB_HELP, CASE_PHAN_ANH},
    {"TROGIUP", VERB_HELP, SHAPE_ALONE, VERB_HELP, CASE_PHAN_ANH},
    {"TRO GIUP", VERB_HELP, SHAPE_ALONE, VERB_HELP, CASE_PHAN_ANH},
    {"HUONG DAN", VERB_HELP, SHAPE_ALONE, VERB_HELP, CASE_PHAN_ANH},
};

static const char *const prefixes[] = {"PAKN"};
static const char *const fillers[] = {"MA", "SO", "MASO", "HS", "PAKN"};
static const char *const yes_words[] = {"CO", "DA", "VANG", "UH", "U", "DUOC", "DC", "OK", "OKE", "OKAY", "YES", "DONG"};
static const char *const no_words[] = {"KHONG", "KO", "K", "HOK", "0", "NO"};

/* Family names of the Kinh and of the Mường, Thái, Mông, Thổ, Dao and Khơ Mú of the region, folded. */
static const char *const family_names[] = {
    "NGUYEN", "TRAN", "LE",   "PHAM",  "HOANG", "HUYNH", "PHAN", "VU",    "VO",   "DANG",  "BUI",    "DO",    "NGO",
    "LY",     "DAO",  "DOAN", "VUONG", "TRINH", "DINH",  "LAM",  "PHUNG", "MAI",  "HA",    "TA",     "LUONG", "LUU",
    "CAO",    "CHU",  "THAI", "TONG",  "QUACH", "KIEU",  "TANG", "DAM",   "LUC",  "LU",    "LO",     "VI",    "CAM",
    "NGAN",   "LOC",  "HAN",  "THACH", "GIANG", "SUNG",  "THAO", "LAU",   "VANG", "TRIEU", "HUA",    "NINH",  "KHUAT",
    "TIEU",   "VAN",  "BACH", "TU",    "NONG",  "TON",   "DIEP", "AU",    "CHAU", "NHAM",  "NGHIEM", "LAI",   "PHI",
};
/* Family names that are also things people complain of: Dương and đường, Hồ and hố, Trương and trường, Công and cống … */
static const char *const family_nouns[] = {"DUONG", "HO", "TRUONG", "CONG", "LANG", "HOA", "TO", "CU", "LA", "MA", "DONG", "KHONG", "QUAN", "MUA"};
static const char *const name_fillers[] = {"TOI", "MINH", "EM", "CHAU", "LA"}; /* "ten toi la …" */
static const char *const middle_names[] = {"VAN", "THI"};

/* Words of sentences that no name holds. */
static const char *const sentence_words[] = {
    "BI",   "GHI",   "SAI", "KO",  "CHUA",  "CUA",  "TOI", "NAY",  "TREN", "NUOC", "RAC", "LUN", "SUT", "MAT", "CHAM",
    "GIAY", "NGUOI", "NOP", "RAT", "NHIEU", "THON", "GUI", "NHAM", "BENH", "DIEM", "HOC", "CHO", "NHA", "SUA", "DOI",
};

#define HAS(list, word) has((list), sizeof(list) / sizeof *(list), (word))

static bool has(const char *const *list, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

static bool is_code_letter(char c) {
    return (c >= '0' && c <= '9') || c == 'O' || c == 'I' || c == 'L';
}

static bool all_code_letters(const char *word) {
    if (*word < '0' || *word > '9')
        return false;
    while (is_code_letter(*word))
        word++;
    return *word == '\0';
}

static const struct keyword *find(const char *folded, bool glued, size_t *ret_len) {
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const struct keyword *k = &keywords[i];
        size_t len = strlen(k->word);
        if (strncmp(folded, k->word, len) != 0)
            continue;
        bool takes_code = k->shape == SHAPE_TRACK || k->shape == SHAPE_CODE || k->shape == SHAPE_CODE_ONLY || k->shape == SHAPE_TEXT_OR_CODE;
        if (folded[len] == '\0' || (glued && takes_code && all_code_letters(folded + len))) {
            *ret_len = len;
            return k;
        }
    }
    return NULL;
}

/* How the young write it: f for ph, z for d, j for gi, k for c, w for qu; at the start of a word. */
static const struct {
    char from;
    const char *to;
} teencode[] = {{'F', "PH"}, {'Z', "D"}, {'J', "GI"}, {'K', "C"}, {'W', "QU"}};

const struct keyword *keyword_find(const char *folded, bool glued, size_t *ret_len) {
    const struct keyword *found = find(folded, glued, ret_len);
    char spelt[64];
    size_t len = strlen(folded);
    if (found || len + 2 > sizeof spelt)
        return found;
    for (size_t i = 0; i < sizeof teencode / sizeof *teencode; i++) {
        if (*folded != teencode[i].from)
            continue;
        size_t put = strlen(teencode[i].to);
        memcpy(spelt, teencode[i].to, put);
        memcpy(spelt + put, folded + 1, len);
        found = find(spelt, false, ret_len);
        *ret_len = len;
    }
    return found;
}

bool keyword_is_prefix(const char *folded) {
    return HAS(prefixes, folded);
}

bool keyword_is_filler(const char *folded) {
    return HAS(fillers, folded);
}

bool keyword_says_yes(const char *folded) {
    return HAS(yes_words, folded);
}

bool keyword_says_no(const char *folded) {
    return HAS(no_words, folded);
}

enum name_word keyword_name_word(const char *folded) {
    if (HAS(sentence_words, folded))
        return NAME_WORD_NEVER;
    if (HAS(family_names, folded))
        return NAME_WORD_FAMILY;
    return HAS(family_nouns, folded) ? NAME_WORD_FAMILY_OR_THING : NAME_WORD_ANY;
}

bool keyword_is_name_filler(const char *folded) {
    return HAS(name_fillers, folded);
}

bool keyword_is_middle_name(const char *folded) {
    return HAS(middle_names, folded);
}
