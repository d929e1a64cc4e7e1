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

/* clang-format off */
static const struct keyword keywords[] = {
    {.word = "PA",           .verb = VERB_SUBMIT, .shape = SHAPE_TEXT},
    {.word = "PAKN",         .verb = VERB_SUBMIT, .shape = SHAPE_TEXT},
    {.word = "PHANANH",      .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .accented = "PHẢNÁNH"},
    {.word = "PHAN ANH",     .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .accented = "PHẢN ÁNH"},
    {.word = "KN",           .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .kind = CASE_KIEN_NGHI},
    {.word = "KIENNGHI",     .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .kind = CASE_KIEN_NGHI, .accented = "KIẾNNGHỊ"},
    {.word = "KIEN NGHI",    .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .kind = CASE_KIEN_NGHI, .accented = "KIẾN NGHỊ"},
    {.word = "GOPY",         .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .kind = CASE_KIEN_NGHI, .accented = "GÓPÝ"},
    {.word = "GOP Y",        .verb = VERB_SUBMIT, .shape = SHAPE_TEXT, .kind = CASE_KIEN_NGHI, .accented = "GÓP Ý"},
    {.word = "KIN",          .verb = VERB_SUBMIT_CONF, .shape = SHAPE_TEXT_OR_CODE, .code_verb = VERB_SETCONF, .accented = "KÍN"},
    {.word = "GK",           .verb = VERB_SETCONF, .shape = SHAPE_CODE_ONLY},
    {.word = "GIUKIN",       .verb = VERB_SETCONF, .shape = SHAPE_CODE_ONLY, .accented = "GIỮKÍN"},
    {.word = "GIU KIN",      .verb = VERB_SETCONF, .shape = SHAPE_CODE_ONLY, .accented = "GIỮ KÍN"},
    {.word = "TC",           .verb = VERB_TRACK, .shape = SHAPE_TRACK},
    {.word = "TRACUU",       .verb = VERB_TRACK, .shape = SHAPE_TRACK, .accented = "TRACỨU"},
    {.word = "TRA CUU",      .verb = VERB_TRACK, .shape = SHAPE_TRACK, .accented = "TRA CỨU"},
    {.word = "KQ",           .verb = VERB_TRACK, .shape = SHAPE_TRACK},
    {.word = "KETQUA",       .verb = VERB_TRACK, .shape = SHAPE_TRACK, .accented = "KẾTQUẢ"},
    {.word = "KET QUA",      .verb = VERB_TRACK, .shape = SHAPE_CODE_ONLY, .accented = "KẾT QUẢ"},
    {.word = "BS",           .verb = VERB_SUPPLEMENT, .shape = SHAPE_CODE_TEXT},
    {.word = "BOSUNG",       .verb = VERB_SUPPLEMENT, .shape = SHAPE_CODE_TEXT, .accented = "BỔSUNG"},
    {.word = "BO SUNG",      .verb = VERB_SUPPLEMENT, .shape = SHAPE_CODE_TEXT, .accented = "BỔ SUNG"},
    {.word = "BOXUNG",       .verb = VERB_SUPPLEMENT, .shape = SHAPE_CODE_TEXT, .accented = "BỔXUNG"}, /* s and x sound the same in the North */
    {.word = "BO XUNG",      .verb = VERB_SUPPLEMENT, .shape = SHAPE_CODE_TEXT, .accented = "BỔ XUNG"},
    {.word = "PD",           .verb = VERB_REJOIN, .shape = SHAPE_CODE_TEXT},
    {.word = "PHUCDAP",      .verb = VERB_REJOIN, .shape = SHAPE_CODE_TEXT, .accented = "PHÚCĐÁP"},
    {.word = "PHUC DAP",     .verb = VERB_REJOIN, .shape = SHAPE_CODE_TEXT, .accented = "PHÚC ĐÁP"},
    {.word = "KDY",          .verb = VERB_DENY, .shape = SHAPE_DENIAL},
    {.word = "KHONGDONGY",   .verb = VERB_DENY, .shape = SHAPE_DENIAL, .accented = "KHÔNGĐỒNGÝ"},
    {.word = "KHONG DONG Y", .verb = VERB_DENY, .shape = SHAPE_DENIAL, .accented = "KHÔNG ĐỒNG Ý"},
    {.word = "KO DONG Y",    .verb = VERB_DENY, .shape = SHAPE_DENIAL, .accented = "KO ĐỒNG Ý"},
    {.word = "K DONG Y",     .verb = VERB_DENY, .shape = SHAPE_DENIAL, .accented = "K ĐỒNG Ý"},
    {.word = "KHONG DY",     .verb = VERB_DENY, .shape = SHAPE_DENIAL, .accented = "KHÔNG ĐY"},
    {.word = "KO DY",        .verb = VERB_DENY, .shape = SHAPE_DENIAL},
    {.word = "DG",           .verb = VERB_RATE, .shape = SHAPE_RATING},
    {.word = "DANHGIA",      .verb = VERB_RATE, .shape = SHAPE_RATING, .accented = "ĐÁNHGIÁ"},
    {.word = "DANH GIA",     .verb = VERB_RATE, .shape = SHAPE_RATING, .accented = "ĐÁNH GIÁ"},
    {.word = "RUT",          .verb = VERB_WITHDRAW_ASK, .shape = SHAPE_CODE_ONLY, .accented = "RÚT"},
    {.word = "RT",           .verb = VERB_WITHDRAW_ASK, .shape = SHAPE_CODE_ONLY},
    {.word = "HUY",          .verb = VERB_CLARIFY_HUY, .shape = SHAPE_CODE, .code_verb = VERB_WITHDRAW_ASK, .accented = "HỦY"},
    {.word = "DY",           .verb = VERB_CONFIRM, .shape = SHAPE_CODE},
    {.word = "XN",           .verb = VERB_CONFIRM, .shape = SHAPE_CODE},
    {.word = "XAC NHAN",     .verb = VERB_CONFIRM, .shape = SHAPE_CODE, .accented = "XÁC NHẬN"},
    {.word = "OK",           .verb = VERB_CONFIRM, .shape = SHAPE_CODE},
    {.word = "DONGY",        .verb = VERB_CONFIRM, .shape = SHAPE_CODE, .accented = "ĐỒNGÝ"},
    {.word = "DONG Y",       .verb = VERB_CONFIRM, .shape = SHAPE_CODE, .accented = "ĐỒNG Ý"},
    {.word = "HO",           .verb = VERB_BEHALF, .shape = SHAPE_BEHALF, .accented = "HỘ"},
    {.word = "TEN",          .verb = VERB_SETNAME, .shape = SHAPE_NAME, .accented = "TÊN"},
    {.word = "HOTEN",        .verb = VERB_SETNAME, .shape = SHAPE_NAME, .accented = "HỌTÊN"},
    {.word = "HO TEN",       .verb = VERB_SETNAME, .shape = SHAPE_NAME, .accented = "HỌ TÊN"},
    {.word = "HO VA TEN",    .verb = VERB_SETNAME, .shape = SHAPE_NAME, .accented = "HỌ VÀ TÊN"},
    {.word = "TOI TEN",      .verb = VERB_SETNAME, .shape = SHAPE_NAME, .accented = "TÔI TÊN"},
    {.word = "MST",          .verb = VERB_TAXCODE, .shape = SHAPE_TAX},
    {.word = "GOI",          .verb = VERB_CALLBACK, .shape = SHAPE_CODE, .accented = "GỌI"},
    {.word = "GL",           .verb = VERB_CALLBACK, .shape = SHAPE_CODE},
    {.word = "GOILAI",       .verb = VERB_CALLBACK, .shape = SHAPE_CODE, .accented = "GỌILẠI"},
    {.word = "GOI LAI",      .verb = VERB_CALLBACK, .shape = SHAPE_CODE, .accented = "GỌI LẠI"},
    {.word = "TUCHOI",       .verb = VERB_OPTOUT, .shape = SHAPE_EXACT, .accented = "TỪCHỐI"},
    {.word = "TU CHOI",      .verb = VERB_OPTOUT, .shape = SHAPE_EXACT, .accented = "TỪ CHỐI"},
    {.word = "STOP",         .verb = VERB_OPTOUT, .shape = SHAPE_EXACT},
    {.word = "DK DNC",       .verb = VERB_OPTOUT, .shape = SHAPE_EXACT}, /* the national do-not-call list's words, 5656 */
    {.word = "HUY DNC",      .verb = VERB_OPTIN, .shape = SHAPE_EXACT},
    {.word = "NHAN",         .verb = VERB_OPTIN, .shape = SHAPE_EXACT, .accented = "NHẬN"},
    {.word = "CD",           .verb = VERB_ACCENTS_ON, .shape = SHAPE_EXACT},
    {.word = "KD",           .verb = VERB_ACCENTS_OFF, .shape = SHAPE_EXACT},
    {.word = "HD",           .verb = VERB_HELP, .shape = SHAPE_ALONE},
    {.word = "HELP",         .verb = VERB_HELP, .shape = SHAPE_ALONE},
    {.word = "TROGIUP",      .verb = VERB_HELP, .shape = SHAPE_ALONE, .accented = "TRỢGIÚP"},
    {.word = "TRO GIUP",     .verb = VERB_HELP, .shape = SHAPE_ALONE, .accented = "TRỢ GIÚP"},
    {.word = "HUONGDAN",     .verb = VERB_HELP, .shape = SHAPE_ALONE, .accented = "HƯỚNGDẪN"},
    {.word = "HUONG DAN",    .verb = VERB_HELP, .shape = SHAPE_ALONE, .accented = "HƯỚNG DẪN"},
    {.word = "DULIEU",       .verb = VERB_DATA_REQUEST, .shape = SHAPE_ALONE, .accented = "DỮLIỆU"},
    {.word = "DU LIEU",      .verb = VERB_DATA_REQUEST, .shape = SHAPE_ALONE, .accented = "DỮ LIỆU"},
    {.word = "XOADULIEU",    .verb = VERB_DATA_ERASE, .shape = SHAPE_ALONE, .accented = "XÓADỮLIỆU"},
    {.word = "XOA DULIEU",   .verb = VERB_DATA_ERASE, .shape = SHAPE_ALONE, .accented = "XÓA DỮLIỆU"},
    {.word = "XOA DU LIEU",  .verb = VERB_DATA_ERASE, .shape = SHAPE_ALONE, .accented = "XÓA DỮ LIỆU"},
};

static const struct {
    const char *word;
    unsigned classes;
} words[] = {
    {"PAKN", WORD_PREFIX | WORD_FILLER}, {"SOAN", WORD_PREFIX},
    {"MA", WORD_FILLER | WORD_TAX | WORD_TITLE}, {"SO", WORD_FILLER | WORD_TAX | WORD_PHONE}, {"MASO", WORD_FILLER}, {"HS", WORD_FILLER},
    {"HO", WORD_FILLER | WORD_HELP}, /* hồ sơ; (làm) hộ */
    {"HOSO", WORD_FILLER}, {"PA", WORD_FILLER}, {"PHAN", WORD_FILLER}, {"PHANANH", WORD_FILLER}, {"KIEN", WORD_FILLER}, {"NGHI", WORD_FILLER},
    {"DON", WORD_FILLER}, {"CODE", WORD_FILLER}, {"VU", WORD_FILLER}, {"ANH", WORD_FILLER | WORD_YOU | WORD_TITLE},
    {"A", WORD_PARTICLE}, {"AH", WORD_PARTICLE}, {"AK", WORD_PARTICLE}, {"NHE", WORD_PARTICLE}, {"NHA", WORD_PARTICLE}, {"VOI", WORD_PARTICLE},
    {"DI", WORD_PARTICLE | WORD_TITLE}, {"GIUP", WORD_HELP}, {"DUM", WORD_HELP}, {"CHO", WORD_HELP}, {"CUA", WORD_HELP},
    {"CAMON", WORD_THANKS}, {"THANK", WORD_THANKS}, {"THANKS", WORD_THANKS}, {"TKS", WORD_THANKS},
    {"TOI", WORD_ME | WORD_TITLE}, {"EM", WORD_ME | WORD_YOU | WORD_TITLE}, {"CHAU", WORD_ME | WORD_YOU | WORD_TITLE}, {"MINH", WORD_ME},
    {"TUI", WORD_ME | WORD_TITLE}, {"BAC", WORD_YOU | WORD_TITLE}, {"ONG", WORD_YOU | WORD_TITLE}, {"CHI", WORD_YOU | WORD_TITLE},
    {"CHU", WORD_YOU | WORD_TITLE}, {"BAN", WORD_YOU}, {"BA", WORD_YOU | WORD_TITLE}, {"CO", WORD_YOU | WORD_TITLE | WORD_YES},
    {"CU", WORD_TITLE}, {"ME", WORD_TITLE}, {"BO", WORD_TITLE}, {"VO", WORD_TITLE}, {"CHONG", WORD_TITLE}, {"CON", WORD_TITLE}, {"CHA", WORD_TITLE},
    {"NOI", WORD_TITLE}, {"NGOAI", WORD_TITLE},
    {"TOT", WORD_RATING}, {"RAT", WORD_RATING}, {"HAI", WORD_RATING}, {"LONG", WORD_RATING}, {"KEM", WORD_RATING}, {"BINH", WORD_RATING},
    {"THUONG", WORD_RATING}, {"CHAM", WORD_RATING}, {"NHANH", WORD_RATING}, {"XUAT", WORD_RATING}, {"SAC", WORD_RATING}, {"TE", WORD_RATING},
    {"TAM", WORD_RATING}, {"HOI", WORD_RATING}, {"CHUA", WORD_RATING}, {"LAM", WORD_RATING}, {"D", WORD_RATING}, {"SAO", WORD_RATING},
    {"QUA", WORD_RATING}, {"DIEM", WORD_RATING | WORD_SCORE}, {"MUC", WORD_SCORE}, {"LA", WORD_SCORE | WORD_TAX},
    {"DA", WORD_YES}, {"VANG", WORD_YES}, {"UH", WORD_YES}, {"U", WORD_YES}, {"UK", WORD_YES}, {"UKM", WORD_YES}, {"UM", WORD_YES}, {"UHM", WORD_YES},
    {"DUOC", WORD_YES | WORD_RATING}, {"DC", WORD_YES | WORD_RATING}, {"OK", WORD_YES}, {"OKE", WORD_YES}, {"OKI", WORD_YES}, {"OKIE", WORD_YES},
    {"OKAY", WORD_YES}, {"OKEY", WORD_YES}, {"YES", WORD_YES}, {"YEP", WORD_YES}, {"PHAI", WORD_YES}, {"ROI", WORD_YES},
    {"KHONG", WORD_NO | WORD_RATING}, {"KO", WORD_NO | WORD_RATING}, {"K", WORD_NO}, {"KG", WORD_NO}, {"KH", WORD_NO}, {"HOK", WORD_NO},
    {"HEM", WORD_NO}, {"NO", WORD_NO}, {"0", WORD_NO}, {"KHOI", WORD_NO}, {"THOI", WORD_NO},
    {"MST", WORD_TAX}, {"THUE", WORD_TAX},
    {"DT", WORD_PHONE}, {"SDT", WORD_PHONE}, {"DIEN", WORD_PHONE}, {"THOAI", WORD_PHONE}, {"TEL", WORD_PHONE}, {"ZALO", WORD_PHONE},
};
/* clang-format on */

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
static const char *const name_fillers[] = {"TEN", "TOI", "MINH", "EM", "CHAU", "LA"}; /* "ten toi la …" */
static const char *const middle_names[] = {"VAN", "THI"};

/* Words of sentences that no name holds. */
static const char *const sentence_words[] = {
    "BI",  "GHI",  "SAI",  "KO",    "CHUA", "CUA",   "TOI",   "NAY",  "TREN", "NUOC", "RAC",  "LUN",  "SUT",
    "MAT", "CHAM", "GIAY", "NGUOI", "NOP",  "RAT",   "NHIEU", "THON", "GUI",  "NHAM", "BENH", "DIEM", "HOC",
    "CHO", "NHA",  "SUA",  "DOI",   "TUOI", "NGHEO", "DUOC",  "NGAP", "TAC",  "LUT",  "TROM",
};

#define HAS(list, word) has((list), sizeof(list) / sizeof *(list), (word))

static bool has(const char *const *list, size_t count, const char *word) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

const struct keyword *keyword_at(size_t index) {
    return index < sizeof keywords / sizeof *keywords ? &keywords[index] : NULL;
}

bool keyword_takes_code(const struct keyword *k) {
    switch (k->shape) {
    case SHAPE_TEXT_OR_CODE:
    case SHAPE_CODE_ONLY:
    case SHAPE_CODE:
    case SHAPE_CODE_TEXT:
    case SHAPE_DENIAL:
    case SHAPE_TRACK:
    case SHAPE_RATING:
    case SHAPE_TAX:
        return true;
    case SHAPE_TEXT:
    case SHAPE_BEHALF:
    case SHAPE_NAME:
    case SHAPE_ALONE:
    case SHAPE_EXACT:
        break;
    }
    return false;
}

unsigned keyword_classes(const char *folded) {
    unsigned classes = 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].word, folded) == 0)
            classes |= words[i].classes;
    return classes;
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
