/* The texts that people get. One table: name, form without accents (GSM 7-bit), form with accents (UCS-2), {variables} in both.
 *
 * The form without accents fits one segment with the longest values there can be; smsc_new() checks it with the appliance's own name and short
 * code. It holds none of & [ ] { } ^ ~ \ | (gateways mangle them, GSM 7-bit counts them twice). `<…>` is meant literally: "put yours here". */
#ifndef SMSC_TEMPLATES_H
#define SMSC_TEMPLATES_H

#include "firmware-host/base/err.h"
#include "firmware-host/base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
#define TEMPLATE_TABLE(X) \
    X(TEMPLATE_ACK, "ACK", \
      "PAKN {province} da nhan phan anh, ma so {code} ({time}). Tra loi tiep nhan cham nhat {date}. Tra cuu: soan TC {code} gui {shortcode}", \
      "PAKN {province} đã nhận phản ánh, mã số {code} ({time}). Trả lời tiếp nhận chậm nhất {date}. Tra cứu: soạn TC {code} gửi {shortcode}") \
    X(TEMPLATE_ASKNAME, "ASKNAME", \
      "De tiep nhan PAKN {code} can ho ten nguoi gui (duoc giu bi mat). Soan: TEN Nguyen Van A gui {shortcode}. Khong muon cong khai noi dung: KIN {code}", \
      "Để tiếp nhận PAKN {code} cần họ tên người gửi (được giữ bí mật). Soạn: TEN Nguyễn Văn A gửi {shortcode}. Không muốn công khai nội dung: KIN {code}") \
    X(TEMPLATE_NAMED, "NAMED", \
      "Da luu ho ten cua ban (duoc giu bi mat). Xem phan anh cua ban: soan TC gui {shortcode}", \
      "Đã lưu họ tên của bạn (được giữ bí mật). Xem phản ánh của bạn: soạn TC gửi {shortcode}") \
    X(TEMPLATE_TRACK, "TRACK", \
      "PAKN {code}: {state} tai {agency}, han {date}. Gui luc {time}. Bo sung: BS {code} <noi dung> gui {shortcode}", \
      "PAKN {code}: {state} tại {agency}, hạn {date}. Gửi lúc {time}. Bổ sung: BS {code} <nội dung> gửi {shortcode}") \
    X(TEMPLATE_LIST, "LIST", \
      "Phan anh cua ban: {items} Chi tiet: TC 1. Ngung nhan tin: TUCHOI", \
      "Phản ánh của bạn: {items} Chi tiết: TC 1. Ngừng nhận tin: TUCHOI") \
    X(TEMPLATE_NOTFOUND, "NOTFOUND", \
      "Khong tim thay ma so {typed} gan voi so dien thoai nay. Xem lai 9 chu so, hoac soan TC gui {shortcode} de xem phan anh cua ban.", \
      "Không tìm thấy mã số {typed} gắn với số điện thoại này. Xem lại 9 chữ số, hoặc soạn TC gửi {shortcode} để xem phản ánh của bạn.") \
    X(TEMPLATE_BADCODE, "BADCODE", \
      "Ma so {typed} bi go sai so. Xem lai tin xac nhan, hoac soan TC gui {shortcode} de xem danh sach phan anh cua ban.", \
      "Mã số {typed} bị gõ sai số. Xem lại tin xác nhận, hoặc soạn TC gửi {shortcode} để xem danh sách phản ánh của bạn.") \
    X(TEMPLATE_HELP, "HELP", \
      "PA <noi dung>: gui phan anh. KIN <noi dung>: gui kin. TC: tra cuu. BS, PD, DG, RUT + <ma so>: bo sung, phuc dap, danh gia, rut. GOI: xin goi lai. Gui {shortcode}", \
      "PA <nội dung>: gửi phản ánh. KIN <nội dung>: gửi kín. TC: tra cứu. BS, PD, DG, RUT + <mã số>: bổ sung, phúc đáp, đánh giá, rút. GOI: xin gọi lại. Gửi {shortcode}") \
    X(TEMPLATE_FREETEXT, "FREETEXT", \
      "Ban muon gui phan anh: \"{quote}\"...? Soan OK gui {shortcode} de gui. Xem huong dan: soan HD gui {shortcode}", \
      "Bạn muốn gửi phản ánh: \"{quote}\"...? Soạn OK gửi {shortcode} để gửi. Xem hướng dẫn: soạn HD gửi {shortcode}") \
    X(TEMPLATE_ENDED, "ENDED", \
      "PAKN {code} da ket thuc. Co van de moi, soan: PA <noi dung> gui {shortcode}", \
      "PAKN {code} đã kết thúc. Có vấn đề mới, soạn: PA <nội dung> gửi {shortcode}") \
    X(TEMPLATE_CONF, "CONF", \
      "PAKN {code}: noi dung duoc giu kin, khong dang cong khai. Ho ten va so dien thoai cua ban luon duoc bao mat.", \
      "PAKN {code}: nội dung được giữ kín, không đăng công khai. Họ tên và số điện thoại của bạn luôn được bảo mật.") \
    X(TEMPLATE_SCOPEHINT, "SCOPEHINT", \
      "Neu la don khieu nai, to cao: gui Ban Tiep cong dan tinh. Noi dung cua ban van duoc ghi nhan, can bo se xem xet.", \
      "Nếu là đơn khiếu nại, tố cáo: gửi Ban Tiếp công dân tỉnh. Nội dung của bạn vẫn được ghi nhận, cán bộ sẽ xem xét.") \
    X(TEMPLATE_EMERGENCY, "EMERGENCY", \
      "Neu khan cap hay goi ngay: 114 (chay, cuu nan), 115 (cap cuu), 113 (cong an). Phan anh cua ban van duoc ghi nhan.", \
      "Nếu khẩn cấp hãy gọi ngay: 114 (cháy, cứu nạn), 115 (cấp cứu), 113 (công an). Phản ánh của bạn vẫn được ghi nhận.")

/* symbol, name, longest value in septets. 0: what is left of the segment. PROVINCE and SHORTCODE come from the settings. */
#define VARIABLE_TABLE(X) \
    X(VARIABLE_PROVINCE,  "province",  0) \
    X(VARIABLE_SHORTCODE, "shortcode", 0) \
    X(VARIABLE_CODE,      "code",      9)  /* 482109304 */ \
    X(VARIABLE_TYPED,     "typed",     12) /* what was typed as a code */ \
    X(VARIABLE_TIME,      "time",      16) /* 09:05 21/11/2026 */ \
    X(VARIABLE_DATE,      "date",      10) /* 24/11/2026 */ \
    X(VARIABLE_STATE,     "state",     16) /* dang xem xet lai */ \
    X(VARIABLE_AGENCY,    "agency",    27) \
    X(VARIABLE_ITEMS,     "items",     0)  /* 1) 482109304 dang xu ly, han 08/12. … */ \
    X(VARIABLE_QUOTE,     "quote",     0)  /* the beginning of the citizen's text */
/* clang-format on */

#define X(symbol, name, plain, accented) symbol,
enum template_id { TEMPLATE_TABLE(X) TEMPLATE_COUNT };
#undef X
#define X(symbol, name, longest) symbol,
enum variable { VARIABLE_TABLE(X) VARIABLE_COUNT };
#undef X

struct template_values {
    const char *of[VARIABLE_COUNT]; /* borrowed; NULL: not given */
};

const char *template_name(enum template_id id); /* "ACK" */
const char *template_form(enum template_id id, bool accented);

/* Appends the text. A variable without a value is a bug (aborts). */
void template_render(enum template_id id, bool accented, const struct template_values *values, struct str *to);

/* Septets left in one segment of the unaccented form for the variable that has no maximum of its own. */
size_t template_room(enum template_id id, const struct template_values *settings);

/* Checks every template with the longest values, given the settings' province and shortcode. False: `problem` says which is too long. */
bool templates_check(const struct template_values *settings, struct str *problem);

#endif
