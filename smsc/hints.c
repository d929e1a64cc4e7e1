/* The phrases; how they are found is in phrases.h. */
#include "smsc/hints.h"

#include "smsc/phrases.h"
#include "store/case.h"

/* clang-format off */
#define HIGH "CAY NHA TOA COT RAT TUONG NGUOI CON XE QUA BIEN NUI DONG"
#define FLOWS "NUOC MUA CONG BUN THAI XE"
static const struct phrase hints[] = {
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

int hints_of(const char *text) {
    return phrases_in(hints, sizeof hints / sizeof *hints, text);
}
