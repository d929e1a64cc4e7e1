/* The table of screens, and how a screen's text is made of it. The words are those of the service's design, with their lengths
 * (tests/fixtures/ussd.json has both); what smaller screens were needed besides is written in the same manner. */
#include "smsc/ussd_screens.h"

#include "firmware-host/base/gsm7.h"
#include "firmware-host/base/sms.h"
#include "smsc/template_text.h"
#include "smsc/tracking.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_SEARCH = 10 };

/* ---- what may be typed ---- */

#define FIELD(key, name) \
    { key, USSD_TAKES_FIELD, USSD_PLACE, name }
#define RATE(key, rating) \
    { key, USSD_RATES, rating, NULL }
#define DO(key, act) \
    { key, act, 0, NULL }
#define TO(key, screen) \
    { key, USSD_GOES, screen, NULL }
#define FOR(key, errand) \
    { key, USSD_CHOOSES_CASE, errand, NULL }
#define END \
    { 0, USSD_GOES, 0, NULL }

static const struct ussd_choice none[] = {END};
static const struct ussd_choice root[] = {TO('1', USSD_FIELD),      FOR('2', USSD_TO_TRACK), FOR('3', USSD_TO_SUPPLEMENT), FOR('4', USSD_TO_RATE),
                                          FOR('5', USSD_TO_CHANGE), TO('6', USSD_CALL_SURE), TO('0', USSD_HELP),           END};
static const struct ussd_choice root_accented[] = {
    TO('1', USSD_FIELD), FOR('2', USSD_TO_TRACK), FOR('3', USSD_TO_SUPPLEMENT), FOR('4', USSD_TO_RATE), TO('5', USSD_OTHER), TO('0', USSD_HELP), END};
static const struct ussd_choice fields[] = {FIELD('1', "thu-tuc"), FIELD('2', "moi-truong"), FIELD('3', "ha-tang"), FIELD('4', "thuc-pham"),
                                            FIELD('5', "dat-dai"), FIELD('6', "thue"),       FIELD('7', NULL),      END};
static const struct ussd_choice fields_accented[] = {
    FIELD('1', "thu-tuc"), FIELD('2', "moi-truong"), FIELD('3', "ha-tang"), FIELD('4', "dat-dai"), FIELD('5', "thue"), FIELD('6', NULL), END};
static const struct ussd_choice publication[] = {DO('1', USSD_FILES), DO('2', USSD_FILES_SECRET), END};
static const struct ussd_choice list[] = {DO('1', USSD_PICKS), DO('2', USSD_PICKS), DO('3', USSD_PICKS), DO('4', USSD_PICKS), END};
static const struct ussd_choice one_case[] = {DO('1', USSD_TEXTS_CASE), DO('2', USSD_ADDS), END};
static const struct ussd_choice rejoinder[] = {DO('1', USSD_REJOINS), END};
static const struct ussd_choice ratings[] = {RATE('1', 1), RATE('2', 2), RATE('3', 3), RATE('4', 4), RATE('5', 5), END};
static const struct ussd_choice change[] = {TO('1', USSD_WITHDRAW_SURE), TO('2', USSD_SECRET_SURE), END};
/* Not the key that led there: an operator may repeat it. */
static const struct ussd_choice withdrawal[] = {DO('2', USSD_WITHDRAWS), END};
static const struct ussd_choice secrecy[] = {DO('1', USSD_KEEPS_SECRET), END};
static const struct ussd_choice call[] = {DO('1', USSD_WANTS_CALL), END};
static const struct ussd_choice other[] = {FOR('1', USSD_TO_CHANGE), TO('2', USSD_CALL_SURE), TO('3', USSD_HELP), END};
static const struct ussd_choice wrong[] = {DO('1', USSD_SUBMITS_AGAIN), DO('2', USSD_TRACKS_AGAIN), TO('0', USSD_BYE), END};

#define CHOICES(back, plain, accented) \
    USSD_ASKS_CHOICE, back, { \
        plain, accented \
    }
#define WORDS(back, plain, accented, act) USSD_ASKS_WORDS, back, {plain, accented}, {none, none}, act
#define ENDS(plain, accented) USSD_ENDS, USSD_ROOT, {plain, accented}, {none, none}, USSD_GOES

/* clang-format off */
const struct ussd_row ussd_rows[USSD_SCREEN_COUNT] = {
    [USSD_ROOT] = {"root", CHOICES(USSD_ROOT,
        "PAKN {province}\n1 Gui phan anh\n2 Tra cuu\n3 Bo sung/Phuc dap\n4 Danh gia ket qua\n5 Rut/Giu kin\n6 Xin goi lai\n0 Huong dan",
        "PAKN\n1 Gửi phản ánh\n2 Tra cứu\n3 Bổ sung/Phúc đáp\n4 Đánh giá\n5 Khác"), {root, root_accented}, USSD_GOES},

    [USSD_FIELD] = {"field", CHOICES(USSD_ROOT,
        "Linh vuc:\n1 Thu tuc hanh chinh\n2 Moi truong\n3 Duong, dien, nuoc\n4 An toan thuc pham\n5 Dat dai, xay dung\n6 Thue\n7 Khac\n0 Quay lai",
        "Lĩnh vực:\n1 Thủ tục HC\n2 Môi trường\n3 Đường, điện\n4 Đất đai\n5 Thuế\n6 Khác"), {fields, fields_accented}, USSD_GOES},
    [USSD_PLACE] = {"place", WORDS(USSD_FIELD,
        "Nhap xa/phuong va thon/pho noi co su viec (vd: Hoang Quang, thon 3)\n0 Quay lai",
        "Nhập xã/phường, thôn/phố (vd: Hoằng Quang, thôn 3)", USSD_TAKES_PLACE)},
    [USSD_TEXT] = {"text", WORDS(USSD_PLACE,
        "Nhap noi dung phan anh (toi da 160 ky tu). Can dai hon: nhan tin PA <noi dung> gui {shortcode}",
        "Nhập nội dung (tối đa 80 chữ). Dài hơn: nhắn PA gửi {shortcode}", USSD_TAKES_TEXT)},
    [USSD_TEXT_SHORT] = {"text-short", WORDS(USSD_PLACE,
        "Noi dung qua ngan, can it nhat 10 chu cai. Nhap lai noi dung phan anh\n0 Quay lai",
        "Nội dung quá ngắn, cần ít nhất 10 chữ cái. Nhập lại\n0 Quay lại", USSD_TAKES_TEXT)},
    [USSD_NAME] = {"name", WORDS(USSD_TEXT,
        "Nhap ho ten (duoc giu bi mat)",
        "Nhập họ tên (được giữ bí mật)", USSD_TAKES_NAME)},
    [USSD_PUBLIC] = {"public", CHOICES(USSD_TEXT,
        "Cong khai noi dung?\n1 Cong khai\n2 Giu kin noi dung",
        "Công khai nội dung?\n1 Công khai\n2 Giữ kín"), {publication, publication}, USSD_GOES},
    [USSD_FILED] = {"filed", ENDS(
        "Da nhan. Ma so {code}. Tra loi tiep nhan cham nhat {date}. Tin nhan xac nhan se gui toi may ban.",
        "Đã nhận. Mã số {code}. Trả lời chậm nhất {date}.")},
    [USSD_FILED_BEFORE] = {"filed-before", ENDS(
        "Noi dung trung voi phan anh {code}, da ghi them vao ho so do. Tin nhan xac nhan se gui toi may ban.",
        "Trùng với phản ánh {code}, đã ghi thêm vào hồ sơ đó.")},

    [USSD_LIST] = {"list", CHOICES(USSD_ROOT,
        "Phan anh cua ban:\n{items}{other} Nhap ma khac\n0 Quay lai",
        "Phản ánh:\n{items}{other} Nhập mã\n0 Lui"), {list, list}, USSD_GOES},
    [USSD_CODE] = {"code", WORDS(USSD_ROOT,
        "Nhap ma so phan anh (9 chu so)\n0 Quay lai",
        "Nhập mã số phản ánh (9 chữ số)\n0 Quay lại", USSD_TAKES_CODE)},
    [USSD_NO_CODE] = {"no-code", WORDS(USSD_ROOT,
        "Khong thay ma so do gan voi so may nay. Xem lai tin xac nhan, nhap lai 9 chu so\n0 Quay lai",
        "Không thấy mã số đó gắn với số máy này. Nhập lại 9 chữ số\n0 Quay lại", USSD_TAKES_CODE)},
    [USSD_CASE] = {"case", CHOICES(USSD_LIST,
        "{code} ({day})\n{state}: {agency}\n{limit}1 Gui ket qua qua SMS\n2 Bo sung\n0 Quay lai",
        "{code}\n{state}: {agency}\n{limit}0 Quay lại"), {one_case, one_case}, USSD_GOES},
    [USSD_SUPPLEMENT] = {"supplement", WORDS(USSD_LIST,
        "Nhap noi dung bo sung cho phan anh {code}\n0 Quay lai",
        "Nhập nội dung bổ sung cho {code}\n0 Quay lại", USSD_TAKES_SUPPLEMENT)},
    [USSD_REJOINDER] = {"rejoinder", WORDS(USSD_LIST,
        "{code} da co ket qua. Khong dong y: nhap ly do phuc dap (chi 1 lan)\n0 Quay lai",
        "{code}: không đồng ý kết quả? Nhập lý do (chỉ 1 lần)\n0 Quay lại", USSD_TAKES_REJOINDER)},
    [USSD_REJOINDER_SURE] = {"rejoinder-sure", CHOICES(USSD_REJOINDER,
        "Gui phuc dap {code}? Moi phan anh chi duoc phuc dap 1 lan.\n1 Gui\n0 Quay lai",
        "Gửi phúc đáp {code}? Chỉ được 1 lần.\n1 Gửi\n0 Quay lại"), {rejoinder, rejoinder}, USSD_GOES},
    [USSD_RATING] = {"rating", CHOICES(USSD_LIST,
        "{code}: ban danh gia?\n1 Rat khong hai long\n2 Khong hai long\n3 Binh thuong\n4 Hai long\n5 Rat hai long",
        "{code}: đánh giá 1 (kém) - 5 (tốt)?"), {ratings, ratings}, USSD_GOES},
    [USSD_CHANGE] = {"change", CHOICES(USSD_LIST,
        "Phan anh {code}:\n1 Rut phan anh\n2 Giu kin noi dung\n0 Quay lai",
        "{code}:\n1 Rút phản ánh\n2 Giữ kín nội dung\n0 Quay lại"), {change, change}, USSD_GOES},
    [USSD_WITHDRAW_SURE] = {"withdraw-sure", CHOICES(USSD_CHANGE,
        "Rut phan anh {code}? Rut roi thi ket thuc xu ly.\n2 Dong y rut\n0 Khong rut",
        "Rút {code}? Rút rồi thì kết thúc xử lý.\n2 Đồng ý rút\n0 Không rút"), {withdrawal, withdrawal}, USSD_GOES},
    [USSD_SECRET_SURE] = {"secret-sure", CHOICES(USSD_CHANGE,
        "Giu kin noi dung phan anh {code}, khong dang cong khai?\n1 Dong y\n0 Quay lai",
        "Giữ kín nội dung {code}?\n1 Đồng ý\n0 Quay lại"), {secrecy, secrecy}, USSD_GOES},
    [USSD_CALL_SURE] = {"call-sure", CHOICES(USSD_ROOT,
        "Can bo se goi lai so may nay trong gio hanh chinh de nghe phan anh cua ban.\n1 Dong y\n0 Quay lai",
        "Cán bộ sẽ gọi lại số này trong giờ hành chính.\n1 Đồng ý\n0 Quay lại"), {call, call}, USSD_GOES},
    [USSD_OTHER] = {"other", CHOICES(USSD_ROOT,
        "1 Rut/Giu kin\n2 Xin goi lai\n3 Huong dan\n0 Quay lai",
        "1 Rút/Giữ kín\n2 Xin gọi lại\n3 Hướng dẫn\n0 Quay lại"), {other, other}, USSD_GOES},
    [USSD_HELP] = {"help", CHOICES(USSD_ROOT,
        "Chon bang so. 0: quay lai, 00: ve dau. Nhan tin gui {shortcode}: PA <noi dung> de phan anh, TC de tra cuu, HD xem huong dan.\n0 Quay lai",
        "0: quay lại, 00: về đầu. Nhắn tin HD gửi {shortcode} để xem hướng dẫn"), {none, none}, USSD_GOES},

    [USSD_TOO_LONG] = {"too-long", WORDS(USSD_ROOT,
        "Dai qua, chua nhan duoc. Nhap lai ngan hon, hoac nhan tin PA <noi dung> gui {shortcode}\n0 Quay lai",
        "Dài quá. Nhập lại ngắn hơn, hoặc nhắn PA gửi {shortcode}\n0 Quay lại", USSD_GOES)},
    [USSD_WRONG] = {"wrong", CHOICES(USSD_ROOT,
        "Lua chon khong dung. Nhap lai:\n1 Gui phan anh\n2 Tra cuu\n0 Thoat",
        "Chọn sai. Nhập lại:\n1 Gửi\n2 Tra cứu\n0 Thoát"), {wrong, wrong}, USSD_GOES},

    [USSD_DONE] = {"done", ENDS(
        "Da nhan yeu cau cua ban. Tra loi se gui toi may ban bang tin nhan.",
        "Đã nhận yêu cầu. Trả lời sẽ gửi bằng tin nhắn.")},
    [USSD_REFUSED] = {"refused", ENDS(
        "Luc nay khong nhan duoc yeu cau tu so may nay. Xin thu lai sau. Khan cap: goi 113, 114, 115.",
        "Lúc này chưa nhận được yêu cầu từ số này. Khẩn cấp: gọi 113, 114, 115.")},
    [USSD_LATER] = {"later", ENDS(
        "Chua nhan duoc yeu cau cua ban. Xin thu lai sau, hoac nhan tin gui {shortcode}",
        "Chưa nhận được yêu cầu. Xin thử lại sau, hoặc nhắn tin {shortcode}")},
    [USSD_BYE] = {"bye", ENDS(
        "Cam on ban. Phan anh bang tin nhan: PA <noi dung> gui {shortcode}",
        "Cảm ơn bạn. Phản ánh bằng tin nhắn: PA gửi {shortcode}")},
};

static const struct { const char *name; size_t longest[2]; } variables[USSD_VARIABLE_COUNT] = {
    [USSD_VARIABLE_PROVINCE]  = {"province",  {0, 0}}, /* these two as long as the appliance's are */
    [USSD_VARIABLE_SHORTCODE] = {"shortcode", {0, 0}},
    [USSD_VARIABLE_CODE]      = {"code",      {9, 9}},
    [USSD_VARIABLE_DAY]       = {"day",       {5, 5}},
    [USSD_VARIABLE_DATE]      = {"date",      {10, 10}},
    [USSD_VARIABLE_STATE]     = {"state",     {16, 16}},
    [USSD_VARIABLE_AGENCY]    = {"agency",    {USSD_AGENCY_PLAIN, USSD_AGENCY_ACCENTED}},
    [USSD_VARIABLE_LIMIT]     = {"limit",     {16, 15}},
    [USSD_VARIABLE_ITEMS]     = {"items",     {USSD_LISTED * 29, USSD_LISTED_ACCENTED * 22}},
    [USSD_VARIABLE_OTHER]     = {"other",     {1, 1}},
};
/* clang-format on */

enum ussd_screen ussd_screen_named(const char *name) {
    for (int i = 0; name && i < USSD_SCREEN_COUNT; i++)
        if (strcmp(ussd_rows[i].name, name) == 0)
            return (enum ussd_screen)i;
    return USSD_SCREEN_COUNT;
}

const struct ussd_choice *ussd_choice(enum ussd_screen screen, bool accented, char key) {
    for (const struct ussd_choice *c = ussd_rows[screen].choices[accented]; c->key; c++)
        if (c->key == key)
            return c;
    return NULL;
}

/* ---- making a text ---- */

size_t ussd_units(const char *text, bool accented) {
    return sms_units(text, strlen(text), accented ? SMS_UCS2 : SMS_GSM7);
}

static enum ussd_variable variable_named(const struct template_piece *p) {
    for (int v = 0; v < USSD_VARIABLE_COUNT; v++)
        if (strlen(variables[v].name) == p->name_len && memcmp(variables[v].name, p->name, p->name_len) == 0)
            return (enum ussd_variable)v;
    return USSD_VARIABLE_COUNT;
}

void ussd_render(enum ussd_screen screen, bool accented, const struct ussd_values *values, struct str *to) {
    for (const char *at = ussd_rows[screen].text[accented]; at;) {
        struct template_piece p = template_piece(&at);
        str_add_n(to, p.literal, p.len);
        if (!p.name)
            return;
        enum ussd_variable v = variable_named(&p);
        if (v == USSD_VARIABLE_COUNT || !values->of[v])
            abort();
        size_t longest = variables[v].longest[accented];
        size_t room = longest ? sms_fit(values->of[v], accented ? SMS_UCS2 : SMS_GSM7, longest, WORD_SEARCH) : strlen(values->of[v]);
        str_add_n(to, values->of[v], room);
    }
}

/* ---- the check ---- */

size_t ussd_longest(enum ussd_screen screen, bool accented, const char *province, const char *shortcode) {
    struct str literal;
    size_t units = 0;
    str_init(&literal, 4096);
    for (const char *at = ussd_rows[screen].text[accented]; at;) {
        struct template_piece p = template_piece(&at);
        str_add_n(&literal, p.literal, p.len);
        if (!p.name)
            break;
        enum ussd_variable v = variable_named(&p);
        if (v == USSD_VARIABLE_PROVINCE || v == USSD_VARIABLE_SHORTCODE)
            str_add(&literal, v == USSD_VARIABLE_PROVINCE ? province : shortcode);
        else if (v < USSD_VARIABLE_COUNT)
            units += variables[v].longest[accented];
    }
    units += ussd_units(literal.data, accented);
    str_release(&literal);
    return units;
}

bool ussd_screens_check(const char *province, const char *shortcode, struct str *problem) {
    bool good = true;
    for (int i = 0; i < USSD_SCREEN_COUNT; i++) {
        for (int accented = 0; accented < 2; accented++) {
            size_t needed = ussd_longest((enum ussd_screen)i, accented, province, shortcode), most = accented ? USSD_UCS2_MAX : USSD_SEPTETS_MAX;
            if (needed <= most)
                continue;
            str_addf(problem, "%sUSSD screen %s %s accents (shorten appliance.name \"%s\" or appliance.shortcode \"%s\"): %zu characters, %zu fit",
                     problem->len > 0 ? "\n" : "", ussd_rows[i].name, accented ? "with" : "without", province, shortcode, needed, most);
            good = false;
        }
    }
    return good;
}

/* ---- for people ---- */

#define X(symbol, words) [symbol] = words,
static const char *const act_words[USSD_ACT_COUNT] = {USSD_ACT_TABLE(X)};
#undef X
static const char *const errand_words[] = {
    [USSD_TO_TRACK] = "to track", [USSD_TO_SUPPLEMENT] = "to supplement", [USSD_TO_RATE] = "to rate", [USSD_TO_CHANGE] = "to withdraw or hide"};

static void print_choice(const struct ussd_choice *c, struct str *to) {
    str_addf(to, "    %c  ", c->key);
    if (c->act == USSD_GOES)
        str_addf(to, "screen %s\n", ussd_rows[c->argument].name);
    else if (c->act == USSD_CHOOSES_CASE)
        str_addf(to, "%s %s\n", act_words[c->act], errand_words[c->argument]);
    else if (c->act == USSD_TAKES_FIELD)
        str_addf(to, "%s %s\n", act_words[c->act], c->field ? c->field : "that the words speak of");
    else if (c->act == USSD_RATES)
        str_addf(to, "%s %d\n", act_words[c->act], c->argument);
    else
        str_addf(to, "%s\n", act_words[c->act]);
}

static void print_text(const char *text, struct str *to) {
    str_add(to, "  ");
    for (; *text; text++)
        str_add_n(to, *text == '\n' ? "\n  " : text, *text == '\n' ? 3 : 1);
    str_add_char(to, '\n');
}

void ussd_screens_print(const char *province, const char *shortcode, struct str *to) {
    for (int i = 0; i < USSD_SCREEN_COUNT; i++) {
        const struct ussd_row *row = &ussd_rows[i];
        str_addf(to, "%s%s%s\n", row->name, row->kind == USSD_ENDS ? ", the last" : ", 0 leads to ",
                 row->kind == USSD_ENDS                         ? ""
                 : ussd_choice((enum ussd_screen)i, false, '0') ? "what it says"
                                                                : ussd_rows[row->back].name);
        for (int accented = 0; accented < 2; accented++) {
            print_text(row->text[accented], to);
            str_addf(to, "    %zu of %d %s\n", ussd_longest((enum ussd_screen)i, accented, province, shortcode),
                     accented ? USSD_UCS2_MAX : USSD_SEPTETS_MAX, accented ? "characters" : "septets");
            for (const struct ussd_choice *c = row->choices[accented]; c->key; c++)
                print_choice(c, to);
        }
        if (row->kind == USSD_ASKS_WORDS && row->words != USSD_GOES)
            str_addf(to, "    words  %s\n", act_words[row->words]);
    }
}

/* ---- states ---- */

static const char *const listed_states[CASE_STATE_COUNT] = {
    [CASE_DRAFT] = "Chờ gửi",          [CASE_RECEIVED] = "Đã nhận", [CASE_NEED_INFO] = "Chờ BS",  [CASE_IN_PROCESS] = "Xử lý",
    [CASE_RESULT_READY] = "Sắp có KQ", [CASE_PUBLISHED] = "Có KQ",  [CASE_REJOINDER] = "Xét lại", [CASE_REFUSED] = "Kết thúc",
    [CASE_NOTED_CLOSED] = "Kết thúc",  [CASE_CLOSED] = "Kết thúc",
};

void ussd_state_text(enum case_state state, bool accented, bool listed, struct str *to) {
    const char *text = accented && listed ? listed_states[state] : tracking_state_text(state, accented);
    bool small = *text >= 'a' && *text <= 'z', stroke = strncmp(text, "đ", strlen("đ")) == 0;
    if (small)
        str_add_char(to, (char)(*text - 'a' + 'A'));
    else if (stroke)
        str_add(to, "Đ");
    str_add(to, text + (small ? 1 : stroke ? strlen("đ") : 0));
}
