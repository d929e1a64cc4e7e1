/* The phrases. tests/fixtures/moderation.json holds messages for and against each of them. */
#include "smsc/moderation.h"

#include "smsc/numbers.h"
#include "smsc/phrases.h"
#include "smsc/words.h"
#include "store/case.h"

#include <stdbool.h>
#include <string.h>

enum { /* signs that make advertising together */
       SIGN_OFFER = 1 << 28,
       SIGN_CONTACT = 1 << 29,
       SIGN_COMPLAINT = 1 << 30, /* of who has enough of offers */
};

/* clang-format off */
static const struct phrase phrases[] = {
    {"DO CHO",          "ĐỒ CHÓ",          CASE_INSULT, PLAIN_NEVER, NULL, "CHOI"}, /* do cho, đồ cho: many things; đồ chó chơi */
    {"DO CHO MA",       "ĐỒ CHÓ MÁ",       CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"THANG CHO",       "THẰNG CHÓ",       CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* tháng cho */
    {"LU CHO",          "LŨ CHÓ",          CASE_INSULT, PLAIN_NEVER, NULL, "HOANG DAI THA CAN NHA MEO CON"}, /* lũ chó hoang: stray dogs */
    {"BON CHO",         "BỌN CHÓ",         CASE_INSULT, PLAIN_NEVER, NULL, "HOANG DAI THA CAN NHA MEO CON"},
    {"CHO MA",          "CHÓ MÁ",          CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"OC CHO",          "ÓC CHÓ",          CASE_INSULT, PLAIN_NEVER, "QUA HAT CAY DAU SUA GO VUON BO", NULL}, /* quả óc chó: a walnut */
    {"NGU NHU CHO",     "NGU NHƯ CHÓ",     CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"NGU NHU BO",      "NGU NHƯ BÒ",      CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"NGU NHU LON",     "NGU NHƯ LỢN",     CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"DO NGU",          "ĐỒ NGU",          CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* đồ ngủ, do ngủ */
    {"LU NGU",          "LŨ NGU",          CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"BON NGU",         "BỌN NGU",         CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"THANG NGU",       "THẰNG NGU",       CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* tháng ngủ */
    {"NGU DOT",         "NGU DỐT",         CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"NGU XUAN",        "NGU XUẨN",        CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"SUC SINH",        "SÚC SINH",        CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"DO SUC VAT",      "ĐỒ SÚC VẬT",      CASE_INSULT, PLAIN_COUNTS, NULL, NULL}, /* súc vật alone: cattle */
    {"LU SUC VAT",      "LŨ SÚC VẬT",      CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"BON SUC VAT",     "BỌN SÚC VẬT",     CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"KHON NAN",        "KHỐN NẠN",        CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"DO KHON",         "ĐỒ KHỐN",         CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"THANG KHON",      "THẰNG KHỐN",      CASE_INSULT, PLAIN_NEVER, NULL, "KHO"}, /* tháng khốn khó */
    {"MAT DAY",         "MẤT DẠY",         CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* mất dây, mặt đáy */
    {"DO VO HOC",       "ĐỒ VÔ HỌC",       CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"VO LIEM SI",      "VÔ LIÊM SỈ",      CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"LAO TOET",        "LÁO TOÉT",        CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"BO LAO",          "BỐ LÁO",          CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"DE TIEN",         "ĐÊ TIỆN",         CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* để tiền */
    {"ME MAY",          "MẸ MÀY",          CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* mẹ may */
    {"BO MAY",          "BỐ MÀY",          CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* bộ máy */
    {"CHUNG MAY",       "CHÚNG MÀY",       CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"ME KIEP",         "MẸ KIẾP",         CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"TIEN SU NHA",     "TIÊN SƯ NHÀ",     CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* tiền sử */
    {"DIT ME",          "ĐỊT MẸ",          CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"DU MA",           "ĐỤ MÁ",           CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* dư mà */
    {"DU ME",           "ĐỤ MẸ",           CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"DM",              "ĐM",              CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* dm: decimetres */
    {"DMM",             "ĐMM",             CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"DCM",             "ĐCM",             CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"DKM",             "ĐKM",             CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"VCL",             "VCL",             CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"CLGT",            "CLGT",            CASE_INSULT, PLAIN_COUNTS, NULL, NULL},
    {"DEO",             "ĐÉO",             CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* đeo, đèo */
    {"CON DI",          "CON ĐĨ",          CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* con đi */
    {"DI DIEM",         "ĐĨ ĐIẾM",         CASE_INSULT, PLAIN_NEVER, NULL, NULL},
    {"CON DIEM",        "CON ĐIẾM",        CASE_INSULT, PLAIN_NEVER, NULL, NULL}, /* còn điểm */

    {"LAT DO CHINH QUYEN",  "LẬT ĐỔ CHÍNH QUYỀN",  CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL}, /* lật đổ alone: a lorry overturned */
    {"LAT DO CHE DO",       "LẬT ĐỔ CHẾ ĐỘ",       CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"LAT DO NHA NUOC",     "LẬT ĐỔ NHÀ NƯỚC",     CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"CHONG PHA NHA NUOC",  "CHỐNG PHÁ NHÀ NƯỚC",  CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"KEU GOI BIEU TINH",   "KÊU GỌI BIỂU TÌNH",   CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL}, /* biểu tình alone: what somebody saw */
    {"HAY BIEU TINH",       "HÃY BIỂU TÌNH",       CASE_INCITEMENT, PLAIN_NEVER, NULL, NULL}, /* hay biểu tình: often */
    {"CUNG BIEU TINH",      "CÙNG BIỂU TÌNH",      CASE_INCITEMENT, PLAIN_NEVER, NULL, NULL},
    {"SE BIEU TINH",        "SẼ BIỂU TÌNH",        CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"DI BIEU TINH",        "ĐI BIỂU TÌNH",        CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"BA CON XUONG DUONG",  "BÀ CON XUỐNG ĐƯỜNG",  CASE_INCITEMENT, PLAIN_NEVER, NULL, "DON QUET LAM"}, /* xuống đường dọn: to clean it */
    {"HAY XUONG DUONG",     "HÃY XUỐNG ĐƯỜNG",     CASE_INCITEMENT, PLAIN_NEVER, NULL, "DON QUET LAM"},
    {"CUNG XUONG DUONG",    "CÙNG XUỐNG ĐƯỜNG",    CASE_INCITEMENT, PLAIN_NEVER, NULL, "DON QUET LAM"},
    {"NHAU XUONG DUONG",    "NHAU XUỐNG ĐƯỜNG",    CASE_INCITEMENT, PLAIN_NEVER, NULL, "DON QUET LAM"},
    {"BAO LOAN",            "BẠO LOẠN",            CASE_INCITEMENT, PLAIN_NEVER, NULL, NULL}, /* báo loạn */
    {"DOT UY BAN",          "ĐỐT ỦY BAN",          CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"DOT UBND",            "ĐỐT UBND",            CASE_INCITEMENT, PLAIN_NEVER, NULL, NULL}, /* đợt: a time */
    {"DOT TRU SO",          "ĐỐT TRỤ SỞ",          CASE_INCITEMENT, PLAIN_NEVER, NULL, NULL},
    {"PHA TRU SO",          "PHÁ TRỤ SỞ",          CASE_INCITEMENT, PLAIN_NEVER, NULL, NULL},
    {"DANH BOM",            "ĐÁNH BOM",            CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"GIET HET BON",        "GIẾT HẾT BỌN",        CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"GIET HET LU",         "GIẾT HẾT LŨ",         CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},
    {"GIET HET CHUNG",      "GIẾT HẾT CHÚNG",      CASE_INCITEMENT, PLAIN_COUNTS, NULL, NULL},

    {"QUY KHACH",       "QUÝ KHÁCH",       SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"KHUYEN MAI",      "KHUYẾN MẠI",      SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"KHUYEN MAI",      "KHUYẾN MÃI",      SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"GIAM GIA",        "GIẢM GIÁ",        SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"UU DAI",          "ƯU ĐÃI",          SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"VAY TIEN NHANH",  "VAY TIỀN NHANH",  SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"VAY VON NHANH",   "VAY VỐN NHANH",   SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"VAY TIN CHAP",    "VAY TÍN CHẤP",    SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"GIAI NGAN TRONG", "GIẢI NGÂN TRONG", SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"GIAI NGAN NGAY",  "GIẢI NGÂN NGAY",  SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"KHONG CAN THE CHAP", "KHÔNG CẦN THẾ CHẤP", SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"VIEC NHE LUONG CAO", "VIỆC NHẸ LƯƠNG CAO", SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"LUONG CAO",       "LƯƠNG CAO",       SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"TUYEN GAP",       "TUYỂN GẤP",       SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"TRUNG THUONG",    "TRÚNG THƯỞNG",    SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"BAN DAT NEN",     "BÁN ĐẤT NỀN",     SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"CAN BAN",         "CẦN BÁN",         SIGN_OFFER, PLAIN_IN_PLAIN_TEXT, NULL, "GIAO HANH NHAN PHAP GHE GIAY"}, /* căn bản, cần ban hành */
    {"BAN GIA RE",      "BÁN GIÁ RẺ",      SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"GIA GOC",         "GIÁ GỐC",         SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"CHUYEN CUNG CAP", "CHUYÊN CUNG CẤP", SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"NHAN LAM BANG",   "NHẬN LÀM BẰNG",   SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"SIM SO DEP",      "SIM SỐ ĐẸP",      SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"CA CUOC",         "CÁ CƯỢC",         SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},
    {"NAP LAN DAU",     "NẠP LẦN ĐẦU",     SIGN_OFFER, PLAIN_COUNTS, NULL, NULL},

    {"LIEN HE NGAY",    "LIÊN HỆ NGAY",    SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"GOI NGAY",        "GỌI NGAY",        SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"DANG KY NGAY",    "ĐĂNG KÝ NGAY",    SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"TRUY CAP",        "TRUY CẬP",        SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"INBOX",           "INBOX",           SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"KET BAN ZALO",    "KẾT BẠN ZALO",    SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"HTTP",            "HTTP",            SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"HTTPS",           "HTTPS",           SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},
    {"WWW",             "WWW",             SIGN_CONTACT, PLAIN_COUNTS, NULL, NULL},

    {"PHAN ANH",        "PHẢN ÁNH",        SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"KIEN NGHI",       "KIẾN NGHỊ",       SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"DE NGHI",         "ĐỀ NGHỊ",         SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"KIEM TRA",        "KIỂM TRA",        SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"XU LY",           "XỬ LÝ",           SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"XU PHAT",         "XỬ PHẠT",         SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"LUA DAO",         "LỪA ĐẢO",         SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"BI LUA",          "BỊ LỪA",          SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"QUANG CAO",       "QUẢNG CÁO",       SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"TO ROI",          "TỜ RƠI",          SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"TIN NHAN",        "TIN NHẮN",        SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"NHAN TIN",        "NHẮN TIN",        SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"LAM PHIEN",       "LÀM PHIỀN",       SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"QUAY ROI",        "QUẤY RỐI",        SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"KHONG TRA",       "KHÔNG TRẢ",       SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
    {"CHUA TRA",        "CHƯA TRẢ",        SIGN_COMPLAINT, PLAIN_COUNTS, NULL, NULL},
};
/* clang-format on */

/* "[QC]" alone: Decree 91/2020 wants it in front of advertising, so who complains doesn't begin with it. */
static bool labelled(const char *text) {
    struct word first = word_at(text, 0, strlen(text));
    return strcmp(first.folded, "QC") == 0 && first.start == 1 && (text[0] == '[' || text[0] == '(');
}

int moderation_of(const char *text, const struct phone *sender) {
    int numbers = numbers_in(text, sender), found = phrases_in(phrases, sizeof phrases / sizeof *phrases, text);
    int flags = found & (CASE_INSULT | CASE_INCITEMENT);
    if (numbers & NUMBERS_OF_OTHERS)
        flags |= CASE_PERSONAL_DATA;
    if (numbers & NUMBERS_TO_CALL)
        found |= SIGN_CONTACT;
    if (labelled(text) || (found & SIGN_OFFER && found & SIGN_CONTACT && !(found & SIGN_COMPLAINT)))
        flags |= CASE_ADVERTISING;
    return flags;
}
