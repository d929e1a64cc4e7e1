/* Phrases of whole words, found in one pass. A word with accents must have the phrase's: chảy (to flow) is no cháy (fire), thuê (to rent) no thuế
 * (tax). Without accents many words are several, so each row says when its plain form counts. */
#include "smsc/hints.h"

#include "smsc/words.h"
#include "store/case.h"

#include <stdlib.h>
#include <string.h>

enum plain_form {
    PLAIN_COUNTS, /* means nothing else */
    PLAIN_IN_PLAIN_TEXT, /* in a text that has no accents at all, or at its beginning; not with the words of `unless_…` */
    PLAIN_NEVER, /* means something else more often */
};

struct hint {
    const char *phrase; /* folded */
    const char *accented;
    enum case_flag flag;
    enum plain_form plain;
    const char
        *unless_before; /* words that make something else of it when they are one of the three in front: nước chảy nhà, cây to cao; NULL: none */
    const char *unless_behind; /* … when they come next: tiền thuê nhà */
};

/* clang-format off */
#define HIGH "CAY NHA TOA COT RAT TUONG NGUOI CON XE QUA BIEN NUI DONG"
#define FLOWS "NUOC MUA CONG BUN THAI XE"
static const struct hint hints[] = {
    {"CHAY NHA",      "CHÁY NHÀ",      CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"NHA CHAY",      "NHÀ CHÁY",      CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"NHA BI CHAY",   "NHÀ BỊ CHÁY",   CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"NHA DANG CHAY", "NHÀ ĐANG CHÁY", CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"CHAY RUNG",     "CHÁY RỪNG",     CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"RUNG CHAY",     "RỪNG CHÁY",     CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"RUNG BI CHAY",  "RỪNG BỊ CHÁY",  CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"CHAY LON",      "CHÁY LỚN",      CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, FLOWS, "NUOC"},
    {"DAM CHAY",      "ĐÁM CHÁY",      CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CHAY CHO",      "CHÁY CHỢ",      CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"CHAY XE",       "CHÁY XE",       CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"XE CHAY",       "XE CHÁY",       CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"DANG CHAY",     "ĐANG CHÁY",     CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"HOA HOAN",      "HỎA HOẠN",      CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"NO GAS",        "NỔ GAS",        CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, NULL, NULL},
    {"RO RI GAS",     "RÒ RỈ GAS",     CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CAP CUU",       "CẤP CỨU",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CUU VOI",       "CỨU VỚI",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CUU TOI VOI",   "CỨU TÔI VỚI",   CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CUU NGUOI",     "CỨU NGƯỜI",     CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CUU NAN",       "CỨU NẠN",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CUOP",          "CƯỚP",          CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"SAT LO",        "SẠT LỞ",        CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"LO DAT",        "LỞ ĐẤT",        CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL}, /* lô đất: a plot */
    {"LU",            "LŨ",            CASE_EMERGENCY, PLAIN_NEVER, NULL, "TRE NGUOI CHO TROM CON LUOT"}, /* lũ trẻ: the kids */
    {"LU QUET",       "LŨ QUÉT",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"LU LUT",        "LŨ LỤT",        CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"LU CUON",       "LŨ CUỐN",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"LU VE",         "LŨ VỀ",         CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, NULL, NULL},
    {"NUOC LU",       "NƯỚC LŨ",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"MUA LU",        "MƯA LŨ",        CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"VO DE",         "VỠ ĐÊ",         CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"VO DAP",        "VỠ ĐẬP",        CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"SAP NHA",       "SẬP NHÀ",       CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL},
    {"DUOI NUOC",     "ĐUỐI NƯỚC",     CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, "NGAM NGAP NAM CHIM O", NULL}, /* dưới nước: under water */
    {"CHET DUOI",     "CHẾT ĐUỐI",     CASE_EMERGENCY, PLAIN_IN_PLAIN_TEXT, NULL, NULL},
    {"MAC KET",       "MẮC KẸT",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"DIEN GIAT",     "ĐIỆN GIẬT",     CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"NGUY KICH",     "NGUY KỊCH",     CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"GIET NGUOI",    "GIẾT NGƯỜI",    CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"DOA GIET",      "DỌA GIẾT",      CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"DAM CHEM",      "ĐÂM CHÉM",      CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"CHEM NGUOI",    "CHÉM NGƯỜI",    CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"BAT COC",       "BẮT CÓC",       CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"HIEP DAM",      "HIẾP DÂM",      CASE_EMERGENCY, PLAIN_COUNTS, NULL, NULL},
    {"TU TU",         "TỰ TỬ",         CASE_EMERGENCY, PLAIN_NEVER, NULL, NULL}, /* từ từ: slowly */

    {"TO CAO",        "TỐ CÁO",        CASE_SCOPE_SUSPECT, PLAIN_IN_PLAIN_TEXT, HIGH, NULL},
    {"TO GIAC",       "TỐ GIÁC",       CASE_SCOPE_SUSPECT, PLAIN_COUNTS, NULL, NULL},
    {"KHIEU NAI",     "KHIẾU NẠI",     CASE_SCOPE_SUSPECT, PLAIN_COUNTS, NULL, NULL},
    {"KHIEU TO",      "KHIẾU TỐ",      CASE_SCOPE_SUSPECT, PLAIN_COUNTS, NULL, NULL},
    {"KHIEU KIEN",    "KHIẾU KIỆN",    CASE_SCOPE_SUSPECT, PLAIN_COUNTS, NULL, NULL},

    {"THUE",          "THUẾ",          CASE_TAX, PLAIN_NEVER, NULL, NULL},
    {"MST",           "MST",           CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"MA SO THUE",    "MÃ SỐ THUẾ",    CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"CUC THUE",      "CỤC THUẾ",      CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"CO QUAN THUE",  "CƠ QUAN THUẾ",  CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"CAN BO THUE",   "CÁN BỘ THUẾ",   CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"NGANH THUE",    "NGÀNH THUẾ",    CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"DOI THUE",      "ĐỘI THUẾ",      CASE_TAX, PLAIN_IN_PLAIN_TEXT, NULL, NULL},
    {"NOP THUE",      "NỘP THUẾ",      CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"DONG THUE",     "ĐÓNG THUẾ",     CASE_TAX, PLAIN_IN_PLAIN_TEXT, "HOP", NULL}, /* hợp đồng thuê: a lease */
    {"THU THUE",      "THU THUẾ",      CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"HOAN THUE",     "HOÀN THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"KHAI THUE",     "KHAI THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"TRON THUE",     "TRỐN THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"NO THUE",       "NỢ THUẾ",       CASE_TAX, PLAIN_IN_PLAIN_TEXT, NULL, NULL},
    {"MIEN THUE",     "MIỄN THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"GIAM THUE",     "GIẢM THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"TINH THUE",     "TÍNH THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"TOAN THUE",     "TOÁN THUẾ",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"TIEN THUE",     "TIỀN THUẾ",     CASE_TAX, PLAIN_IN_PLAIN_TEXT, NULL, "NHA DAT XE TRO PHONG MAT KIOT RUONG"}, /* tiền thuê nhà: the rent */
    {"THUE GTGT",     "THUẾ GTGT",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE VAT",      "THUẾ VAT",      CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE TNCN",     "THUẾ TNCN",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE TNDN",     "THUẾ TNDN",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE THU NHAP", "THUẾ THU NHẬP", CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE GIA TRI",  "THUẾ GIÁ TRỊ",  CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE MON BAI",  "THUẾ MÔN BÀI",  CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE KHOAN",    "THUẾ KHOÁN",    CASE_TAX, PLAIN_COUNTS, NULL, NULL},
    {"THUE SUAT",     "THUẾ SUẤT",     CASE_TAX, PLAIN_COUNTS, NULL, NULL},
};
/* clang-format on */

enum { WORDS_BEFORE = 3 };

struct passage { /* around a word */
    const char *text;
    size_t limit;
    struct word before[WORDS_BEFORE]; /* the nearest first */
    bool first; /* the text's first word */
    int plain; /* whether the text has no accents: -1 not yet looked at */
};

static bool plain_text(struct passage *p) {
    uint32_t marks[WORD_MARKS_MAX];
    if (p->plain < 0)
        p->plain = word_marks(p->text, 0, p->limit, marks) == 0;
    return p->plain;
}

static bool same_marks(const uint32_t *a, size_t a_count, const uint32_t *b, size_t b_count) {
    size_t found = 0;
    for (size_t i = 0; i < a_count; i++)
        for (size_t j = 0; j < b_count; j++)
            found += a[i] == b[j];
    return a_count == b_count && found >= a_count;
}

enum spelling { SPELT_OTHERWISE, SPELT_PLAIN, SPELT_ACCENTED };

/* How the phrase stands at `first`; *ret_end behind it. */
static enum spelling spelling_at(const struct passage *p, const struct hint *h, const struct word *first, size_t *ret_end) {
    const char *rest = h->phrase;
    struct word w = *first, right = {.end = 0};
    enum spelling spelling = SPELT_ACCENTED;
    for (;;) {
        size_t len = strcspn(rest, " ");
        uint32_t typed_marks[WORD_MARKS_MAX], right_marks[WORD_MARKS_MAX];
        if (strlen(w.folded) != len || strncmp(w.folded, rest, len) != 0)
            return SPELT_OTHERWISE;
        right = word_at(h->accented, right.end, strlen(h->accented));
        size_t typed = word_marks(p->text, w.start, w.end, typed_marks), marks = word_marks(h->accented, right.start, right.end, right_marks);
        if (typed > 0 && !same_marks(typed_marks, typed, right_marks, marks))
            return SPELT_OTHERWISE;
        if (typed < marks)
            spelling = SPELT_PLAIN;
        *ret_end = w.end;
        if (rest[len] == '\0')
            return spelling;
        rest += len + 1;
        struct word next = word_at(p->text, w.end, p->limit);
        if (!words_only(p->text, w.end, next.start, " \t\r\n-"))
            return SPELT_OTHERWISE;
        w = next;
    }
}

static bool made_something_else(const struct passage *p, const struct hint *h, size_t end) {
    struct word behind = word_at(p->text, end, p->limit);
    bool other = h->unless_behind && words_in_list(h->unless_behind, behind.folded);
    for (int i = 0; i < WORDS_BEFORE && h->unless_before; i++)
        other = other || words_in_list(h->unless_before, p->before[i].folded);
    return other;
}

static bool counts(struct passage *p, const struct hint *h, const struct word *w) {
    size_t end = 0;
    enum spelling spelling = spelling_at(p, h, w, &end);
    if (spelling == SPELT_OTHERWISE)
        return false;
    if (spelling == SPELT_ACCENTED && h->plain != PLAIN_NEVER)
        return true;
    if (spelling == SPELT_PLAIN && (h->plain == PLAIN_NEVER || (h->plain == PLAIN_IN_PLAIN_TEXT && !p->first && !plain_text(p))))
        return false;
    return !made_something_else(p, h, end);
}

int hints_of(const char *text) {
    struct passage p = {.text = text, .limit = strlen(text), .first = true, .plain = -1};
    int flags = 0;
    for (struct word w = word_at(text, 0, p.limit); !word_none(&w); w = word_at(text, w.end, p.limit)) {
        for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
            if (!(flags & (int)hints[i].flag) && hints[i].phrase[0] == w.folded[0] && counts(&p, &hints[i], &w))
                flags |= (int)hints[i].flag;
        memmove(&p.before[1], &p.before[0], sizeof p.before - sizeof p.before[0]);
        p.before[0] = w;
        p.first = false;
    }
    return flags;
}
