/* The texts that people get. One table: name, form without accents (GSM 7-bit), form with accents (UCS-2; NULL: officers, who get none),
 * {variables} in both.
 *
 * The form without accents fits one segment with the longest values there can be; smsc_new() checks it with the appliance's own name and short
 * code. Texts with what a person wrote in them (reason, question, answer) may take TEMPLATE_SEGMENTS_MAX. It holds none of & [ ] { } ^ ~ \ |
 * (gateways mangle them, GSM 7-bit counts them twice). `<…>` is meant literally: "put yours here". */
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
    X(TEMPLATE_LOOKUP, "LOOKUP", \
      "PAKN {code}: {state} tai {agency}, han {date}. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: {state} tại {agency}, hạn {date}. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_LOOKUP_STATE, "LOOKUP_STATE", \
      "PAKN {code}: {state} tai {agency}. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: {state} tại {agency}. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_LOOKUP_LATER, "LOOKUP_LATER", \
      "PAKN {code}: luc nay chua xem duoc tinh trang. Xem lai sau, soan: TC {code} gui {shortcode}", \
      "PAKN {code}: lúc này chưa xem được tình trạng. Xem lại sau, soạn: TC {code} gửi {shortcode}") \
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
    X(TEMPLATE_ACCEPT, "ACCEPT", \
      "PAKN {code}: da tiep nhan, giao {agency} xu ly. Han co ket qua: {date}. Tra cuu: TC {code}", \
      "PAKN {code}: đã tiếp nhận, giao {agency} xử lý. Hạn có kết quả: {date}. Tra cứu: TC {code}") \
    X(TEMPLATE_NEEDINFO, "NEEDINFO", \
      "PAKN {code} chua ro: {question}. Bo sung cham nhat {date}, soan: BS {code} <noi dung> gui {shortcode}. Can goi lai: GOI {code}", \
      "PAKN {code} chưa rõ: {question}. Bổ sung chậm nhất {date}, soạn: BS {code} <nội dung> gửi {shortcode}. Cần gọi lại: GOI {code}") \
    X(TEMPLATE_TRANSFER, "TRANSFER", \
      "PAKN {code}: khong thuoc tham quyen {agency}, da chuyen {to_agency} xem xet cham nhat {date}. Ma so khong doi.", \
      "PAKN {code}: không thuộc thẩm quyền {agency}, đã chuyển {to_agency} xem xét chậm nhất {date}. Mã số không đổi.") \
    X(TEMPLATE_REJECT, "REJECT", \
      "PAKN {code}: khong tiep nhan. Ly do: {reason}. Co y kien khac, soan: PA <noi dung> gui {shortcode}", \
      "PAKN {code}: không tiếp nhận. Lý do: {reason}. Có ý kiến khác, soạn: PA <nội dung> gửi {shortcode}") \
    X(TEMPLATE_LATE, "LATE", \
      "PAKN {code}: xin loi, chua co ket qua dung han {date}. Ly do: {reason}. Du kien tra loi {until}. Tra cuu: TC {code}", \
      "PAKN {code}: xin lỗi, chưa có kết quả đúng hạn {date}. Lý do: {reason}. Dự kiến trả lời {until}. Tra cứu: TC {code}") \
    X(TEMPLATE_LATE_NOREASON, "LATE_NOREASON", \
      "PAKN {code}: xin loi, da qua han {date} ma chua co ket qua. Co quan xu ly da duoc don doc. Tra cuu: TC {code}", \
      "PAKN {code}: xin lỗi, đã quá hạn {date} mà chưa có kết quả. Cơ quan xử lý đã được đôn đốc. Tra cứu: TC {code}") \
    X(TEMPLATE_RESULT, "RESULT", \
      "PAKN {code} ket qua: {answer}", \
      "PAKN {code} kết quả: {answer}") \
    X(TEMPLATE_RESULT_PAGE, "RESULT_PAGE", \
      "PAKN {code} ket qua ({page}/{pages}): {answer} Xem tiep: TC {code} {next} gui {shortcode}", \
      "PAKN {code} kết quả ({page}/{pages}): {answer} Xem tiếp: TC {code} {next} gửi {shortcode}") \
    X(TEMPLATE_RESULT_LAST, "RESULT_LAST", \
      "PAKN {code} ket qua ({page}/{pages}): {answer}", \
      "PAKN {code} kết quả ({page}/{pages}): {answer}") \
    X(TEMPLATE_RESULTTAIL, "RESULTTAIL", \
      "Khong dong y, soan: PD {code} <ly do> cham nhat {date} (chi 1 lan). Danh gia 1 (kem) den 5 (tot): DG {code} <diem> gui {shortcode}", \
      "Không đồng ý, soạn: PD {code} <lý do> chậm nhất {date} (chỉ 1 lần). Đánh giá 1 (kém) đến 5 (tốt): DG {code} <điểm> gửi {shortcode}") \
    X(TEMPLATE_RECONSIDERED, "RECONSIDERED", \
      "PAKN {code} ket qua phuc dap: {answer}", \
      "PAKN {code} kết quả phúc đáp: {answer}") \
    X(TEMPLATE_RECONSIDERED_PAGE, "RECONSIDERED_PAGE", \
      "PAKN {code} ket qua phuc dap ({page}/{pages}): {answer} Xem tiep: TC {code} {next} gui {shortcode}", \
      "PAKN {code} kết quả phúc đáp ({page}/{pages}): {answer} Xem tiếp: TC {code} {next} gửi {shortcode}") \
    X(TEMPLATE_RECONSIDERED_LAST, "RECONSIDERED_LAST", \
      "PAKN {code} ket qua phuc dap ({page}/{pages}): {answer}", \
      "PAKN {code} kết quả phúc đáp ({page}/{pages}): {answer}") \
    X(TEMPLATE_DOCUMENT, "DOCUMENT", \
      "PAKN {code}: van ban ky so {document}, ma SHA-256 bat dau bang {hash}. Tep ban nhan duoc phai co ma do.", \
      "PAKN {code}: văn bản ký số {document}, mã SHA-256 bắt đầu bằng {hash}. Tệp bạn nhận được phải có mã đó.") \
    X(TEMPLATE_NOPAGE, "NOPAGE", \
      "PAKN {code}: ket qua chi co {pages} trang. Xem tu dau: TC {code} gui {shortcode}", \
      "PAKN {code}: kết quả chỉ có {pages} trang. Xem từ đầu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_ANNUL, "ANNUL", \
      "PAKN {code}: ket qua truoc da bi huy, {agency} xu ly lai, cham nhat {date}. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: kết quả trước đã bị hủy, {agency} xử lý lại, chậm nhất {date}. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_NOTED, "NOTED", \
      "PAKN {code}: da ghi nhan va ket thuc xu ly. Ly do: {reason}. Cam on ban.", \
      "PAKN {code}: đã ghi nhận và kết thúc xử lý. Lý do: {reason}. Cảm ơn bạn.") \
    X(TEMPLATE_DUPMARKED, "DUPMARKED", \
      "PAKN {code} trung noi dung voi PAKN {other_code}, duoc xu ly chung theo ma {other_code}. Tra cuu: TC {other_code}", \
      "PAKN {code} trùng nội dung với PAKN {other_code}, được xử lý chung theo mã {other_code}. Tra cứu: TC {other_code}") \
    X(TEMPLATE_ELSEWHERE, "ELSEWHERE", \
      "PAKN {code} da co ket qua cong khai, xem tai {site}", \
      "PAKN {code} đã có kết quả công khai, xem tại {site}") \
    X(TEMPLATE_ASK, "ASK", \
      "PAKN {code}, {agency} hoi: {question}. Tra loi, soan: BS {code} <noi dung> gui {shortcode}", \
      "PAKN {code}, {agency} hỏi: {question}. Trả lời, soạn: BS {code} <nội dung> gửi {shortcode}") \
    X(TEMPLATE_REMIND, "REMIND", \
      "Nhac: PAKN {code} can bo sung cham nhat {date}. Soan: BS {code} <noi dung> gui {shortcode}", \
      "Nhắc: PAKN {code} cần bổ sung chậm nhất {date}. Soạn: BS {code} <nội dung> gửi {shortcode}") \
    X(TEMPLATE_REMIND_RESULT, "REMIND_RESULT", \
      "Nhac: PAKN {code} da co ket qua. Khong dong y, soan: PD {code} <ly do> cham nhat {date}. Danh gia 1 den 5: DG {code} <diem> gui {shortcode}", \
      "Nhắc: PAKN {code} đã có kết quả. Không đồng ý, soạn: PD {code} <lý do> chậm nhất {date}. Đánh giá 1 đến 5: DG {code} <điểm> gửi {shortcode}") \
    X(TEMPLATE_REMIND_PD, "REMIND_PD", \
      "PAKN {code}: neu khong dong y ket qua, soan: PD {code} <ly do> gui {shortcode}, cham nhat {date} (chi 1 lan).", \
      "PAKN {code}: nếu không đồng ý kết quả, soạn: PD {code} <lý do> gửi {shortcode}, chậm nhất {date} (chỉ 1 lần).") \
    X(TEMPLATE_SUPPACK, "SUPPACK", \
      "PAKN {code}: da nhan bo sung luc {time}. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: đã nhận bổ sung lúc {time}. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_SUPPLEMENT_ASK, "SUPPLEMENT_ASK", \
      "Bo sung cho PAKN {code}: \"{quote}\"...? Soan OK gui {shortcode}. La phan anh moi, soan: PA <noi dung>", \
      "Bổ sung cho PAKN {code}: \"{quote}\"...? Soạn OK gửi {shortcode}. Là phản ánh mới, soạn: PA <nội dung>") \
    X(TEMPLATE_INCOMPLETE, "INCOMPLETE", \
      "Tin cua ban den thieu mot phan. Gui lai phan thieu cho PAKN {code}, soan: BS {code} <noi dung> gui {shortcode}", \
      "Tin của bạn đến thiếu một phần. Gửi lại phần thiếu cho PAKN {code}, soạn: BS {code} <nội dung> gửi {shortcode}") \
    X(TEMPLATE_REJOINACK, "REJOINACK", \
      "PAKN {code}: da nhan phuc dap. Co quan se xem xet lai va tra loi cham nhat {date}. Moi phan anh duoc phuc dap 1 lan.", \
      "PAKN {code}: đã nhận phúc đáp. Cơ quan sẽ xem xét lại và trả lời chậm nhất {date}. Mỗi phản ánh được phúc đáp 1 lần.") \
    X(TEMPLATE_REJOINUSED, "REJOINUSED", \
      "PAKN {code} da phuc dap 1 lan ngay {date}, khong nhan them theo Quy che. Co van de moi, soan: PA <noi dung> gui {shortcode}", \
      "PAKN {code} đã phúc đáp 1 lần ngày {date}, không nhận thêm theo Quy chế. Có vấn đề mới, soạn: PA <nội dung> gửi {shortcode}") \
    X(TEMPLATE_REJOINLATE, "REJOINLATE", \
      "PAKN {code}: da het han phuc dap ({date}). Neu con vuong mac, soan phan anh moi: PA <noi dung> gui {shortcode}", \
      "PAKN {code}: đã hết hạn phúc đáp ({date}). Nếu còn vướng mắc, soạn phản ánh mới: PA <nội dung> gửi {shortcode}") \
    X(TEMPLATE_WDASK, "WDASK", \
      "Ban muon rut phan anh {code}? Soan DY {code} gui {shortcode} trong 24 gio de xac nhan. Khong rut thi bo qua tin nay.", \
      "Bạn muốn rút phản ánh {code}? Soạn DY {code} gửi {shortcode} trong 24 giờ để xác nhận. Không rút thì bỏ qua tin này.") \
    X(TEMPLATE_WDDONE, "WDDONE", \
      "PAKN {code}: da rut theo yeu cau luc {time}, ket thuc xu ly. Muon gui phan anh moi, soan: PA <noi dung> gui {shortcode}", \
      "PAKN {code}: đã rút theo yêu cầu lúc {time}, kết thúc xử lý. Muốn gửi phản ánh mới, soạn: PA <nội dung> gửi {shortcode}") \
    X(TEMPLATE_WDKEPT, "WDKEPT", \
      "PAKN {code}: khong rut, van dang xu ly. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: không rút, vẫn đang xử lý. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_NOTSENT, "NOTSENT", \
      "Da bo, khong gui phan anh do. Muon gui phan anh khac, soan: PA <noi dung> gui {shortcode}", \
      "Đã bỏ, không gửi phản ánh đó. Muốn gửi phản ánh khác, soạn: PA <nội dung> gửi {shortcode}") \
    X(TEMPLATE_CONF_PUBLIC, "CONF_PUBLIC", \
      "PAKN {code}: tu nay noi dung duoc giu kin. Noi dung nay da dang cong khai den {date}. Ho ten va so dien thoai cua ban luon duoc bao mat.", \
      "PAKN {code}: từ nay nội dung được giữ kín. Nội dung này đã đăng công khai đến {date}. Họ tên và số điện thoại của bạn luôn được bảo mật.") \
    X(TEMPLATE_DUP, "DUP", \
      "Noi dung trung voi phan anh {code} ({date}) dang xu ly, da ghi them vao ho so do. Bo sung: BS {code} <noi dung> gui {shortcode}", \
      "Nội dung trùng với phản ánh {code} ({date}) đang xử lý, đã ghi thêm vào hồ sơ đó. Bổ sung: BS {code} <nội dung> gửi {shortcode}") \
    X(TEMPLATE_RATED, "RATED", \
      "Cam on ban da danh gia {rating}/5 cho PAKN {code}. Gop y them: DG {code} {rating} <y kien> gui {shortcode}", \
      "Cảm ơn bạn đã đánh giá {rating}/5 cho PAKN {code}. Góp ý thêm: DG {code} {rating} <ý kiến> gửi {shortcode}") \
    X(TEMPLATE_BADRATE, "BADRATE", \
      "Diem danh gia tu 1 (kem) den 5 (tot). Soan lai: DG {code} <diem> gui {shortcode}", \
      "Điểm đánh giá từ 1 (kém) đến 5 (tốt). Soạn lại: DG {code} <điểm> gửi {shortcode}") \
    X(TEMPLATE_WHY, "WHY", \
      "Da ghi danh gia {rating}/5 cho PAKN {code}. Vi sao ban chua hai long? Tra loi bang mot tin nhan gui {shortcode}", \
      "Đã ghi đánh giá {rating}/5 cho PAKN {code}. Vì sao bạn chưa hài lòng? Trả lời bằng một tin nhắn gửi {shortcode}") \
    X(TEMPLATE_WHY_SAVED, "WHY_SAVED", \
      "Cam on ban, da ghi y kien vao PAKN {code}. Tra cuu: TC {code} gui {shortcode}", \
      "Cảm ơn bạn, đã ghi ý kiến vào PAKN {code}. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_NORESULT, "NORESULT", \
      "PAKN {code} chua co ket qua nen chua danh gia hay phuc dap duoc. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code} chưa có kết quả nên chưa đánh giá hay phúc đáp được. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_ALREADY, "ALREADY", \
      "PAKN {code} {state}, luc nay khong lam duoc viec ban yeu cau. Loi cua ban da duoc luu cho can bo xem. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code} {state}, lúc này không làm được việc bạn yêu cầu. Lời của bạn đã được lưu cho cán bộ xem. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_CLARIFY_HUY, "CLARIFY_HUY", \
      "Muon rut phan anh: soan RUT <ma so>. Muon ngung nhan tin chu dong: soan TUCHOI. Gui {shortcode}", \
      "Muốn rút phản ánh: soạn RUT <mã số>. Muốn ngừng nhận tin chủ động: soạn TUCHOI. Gửi {shortcode}") \
    X(TEMPLATE_BEHALF, "BEHALF", \
      "Gui ho: soan HO ten, dia chi, dien thoai nguoi can phan anh, ly do gui ho. VD: HO Le Thi B, thon 3 xa X, 0912345678, me toi gia yeu", \
      "Gửi hộ: soạn HO tên, địa chỉ, điện thoại người cần phản ánh, lý do gửi hộ. VD: HO Lê Thị B, thôn 3 xã X, 0912345678, mẹ tôi già yếu") \
    X(TEMPLATE_BEHALF_NAME, "BEHALF_NAME", \
      "Gui ho, cau 1/5: ho ten nguoi can phan anh la gi? (duoc giu bi mat). Tra loi gui {shortcode}", \
      "Gửi hộ, câu 1/5: họ tên người cần phản ánh là gì? (được giữ bí mật). Trả lời gửi {shortcode}") \
    X(TEMPLATE_BEHALF_ADDRESS, "BEHALF_ADDRESS", \
      "Gui ho, cau 2/5: nguoi do o dau (thon, xa)? Tra loi gui {shortcode}", \
      "Gửi hộ, câu 2/5: người đó ở đâu (thôn, xã)? Trả lời gửi {shortcode}") \
    X(TEMPLATE_BEHALF_PHONE, "BEHALF_PHONE", \
      "Gui ho, cau 3/5: so dien thoai cua nguoi do? Tra loi gui {shortcode}", \
      "Gửi hộ, câu 3/5: số điện thoại của người đó? Trả lời gửi {shortcode}") \
    X(TEMPLATE_BEHALF_BADPHONE, "BEHALF_BADPHONE", \
      "So dien thoai chua dung. Gui lai so cua nguoi duoc gui ho, vi du 0912345678, gui {shortcode}", \
      "Số điện thoại chưa đúng. Gửi lại số của người được gửi hộ, ví dụ 0912345678, gửi {shortcode}") \
    X(TEMPLATE_BEHALF_REASON, "BEHALF_REASON", \
      "Gui ho, cau 4/5: vi sao ban gui ho? Vi du: me toi gia yeu. Tra loi gui {shortcode}", \
      "Gửi hộ, câu 4/5: vì sao bạn gửi hộ? Ví dụ: mẹ tôi già yếu. Trả lời gửi {shortcode}") \
    X(TEMPLATE_BEHALF_TEXT, "BEHALF_TEXT", \
      "Gui ho, cau 5/5: noi dung can phan anh la gi, o dau? Tra loi gui {shortcode}", \
      "Gửi hộ, câu 5/5: nội dung cần phản ánh là gì, ở đâu? Trả lời gửi {shortcode}") \
    X(TEMPLATE_BEHALF_SAVED, "BEHALF_SAVED", \
      "PAKN {code}: da ghi thong tin nguoi duoc gui ho. Nguoi do se nhan tin hoi co dong y khong. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: đã ghi thông tin người được gửi hộ. Người đó sẽ nhận tin hỏi có đồng ý không. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_BEHALF_NOPHONE, "BEHALF_NOPHONE", \
      "PAKN {code}: da ghi thong tin nguoi duoc gui ho. Chua co so dien thoai de hoi nguoi do, can bo se xem xet. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: đã ghi thông tin người được gửi hộ. Chưa có số điện thoại để hỏi người đó, cán bộ sẽ xem xét. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_CONSENT, "CONSENT", \
      "So *{masked} gui phan anh ho ban, ma so {code}. Dong y: soan DY {code}. Khong dong y: KDY {code} gui {shortcode}", \
      "Số *{masked} gửi phản ánh hộ bạn, mã số {code}. Đồng ý: soạn DY {code}. Không đồng ý: KDY {code} gửi {shortcode}") \
    X(TEMPLATE_CONSENTED, "CONSENTED", \
      "PAKN {code}: da ghi nhan ban dong y. Xem ket qua: soan TC {code} gui {shortcode}", \
      "PAKN {code}: đã ghi nhận bạn đồng ý. Xem kết quả: soạn TC {code} gửi {shortcode}") \
    X(TEMPLATE_DECLINED, "DECLINED", \
      "PAKN {code}: da ghi nhan ban khong dong y nguoi khac gui ho. Can bo se xem xet. Doi y, soan: DY {code} gui {shortcode}", \
      "PAKN {code}: đã ghi nhận bạn không đồng ý người khác gửi hộ. Cán bộ sẽ xem xét. Đổi ý, soạn: DY {code} gửi {shortcode}") \
    X(TEMPLATE_TAX, "TAX", \
      "PAKN {code} ve thue can ma so thue (10, 12 hoac 13 so, giu bi mat). Soan: MST {code} <ma so thue> gui {shortcode}", \
      "PAKN {code} về thuế cần mã số thuế (10, 12 hoặc 13 số, giữ bí mật). Soạn: MST {code} <mã số thuế> gửi {shortcode}") \
    X(TEMPLATE_TAXOK, "TAXOK", \
      "PAKN {code}: da nhan ma so thue (duoc giu bi mat). Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: đã nhận mã số thuế (được giữ bí mật). Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_TAXBAD, "TAXBAD", \
      "Ma so thue chua dung (10, 12 hoac 13 so). Xem lai giay to thue va soan lai: MST {code} <ma so thue> gui {shortcode}", \
      "Mã số thuế chưa đúng (10, 12 hoặc 13 số). Xem lại giấy tờ thuế và soạn lại: MST {code} <mã số thuế> gửi {shortcode}") \
    X(TEMPLATE_TAXKEPT, "TAXKEPT", \
      "PAKN {code}: da ghi ma so thue ban gui, can bo se kiem tra lai. Tra cuu: TC {code} gui {shortcode}", \
      "PAKN {code}: đã ghi mã số thuế bạn gửi, cán bộ sẽ kiểm tra lại. Tra cứu: TC {code} gửi {shortcode}") \
    X(TEMPLATE_CALLBACK, "CALLBACK", \
      "Da ghi nhan yeu cau goi lai. Can bo se goi so nay trong gio hanh chinh, cham nhat {date}.", \
      "Đã ghi nhận yêu cầu gọi lại. Cán bộ sẽ gọi số này trong giờ hành chính, chậm nhất {date}.") \
    X(TEMPLATE_OPTOUT, "OPTOUT", \
      "Da ngung gui tin chu dong den so nay. Ket qua xem bang: TC <ma so>. Nhan tin lai, soan: NHAN gui {shortcode}", \
      "Đã ngừng gửi tin chủ động đến số này. Kết quả xem bằng: TC <mã số>. Nhận tin lại, soạn: NHAN gửi {shortcode}") \
    X(TEMPLATE_OPTIN, "OPTIN", \
      "Da bat lai tin chu dong cho so nay. Ngung nhan tin: soan TUCHOI gui {shortcode}", \
      "Đã bật lại tin chủ động cho số này. Ngừng nhận tin: soạn TUCHOI gửi {shortcode}") \
    X(TEMPLATE_ACCENTS_ON, "ACCENTS_ON", \
      "Tu nay ban nhan tin co dau. Muon nhan tin khong dau: soan KD gui {shortcode}", \
      "Từ nay bạn nhận tin có dấu. Muốn nhận tin không dấu: soạn KD gửi {shortcode}") \
    X(TEMPLATE_ACCENTS_OFF, "ACCENTS_OFF", \
      "Tu nay ban nhan tin khong dau. Muon nhan tin co dau: soan CD gui {shortcode}", \
      "Từ nay bạn nhận tin không dấu. Muốn nhận tin có dấu: soạn CD gửi {shortcode}") \
    X(TEMPLATE_DATA_ACK, "DATA_ACK", \
      "Da nhan yeu cau xem du lieu ca nhan cua ban luc {time}. Co quan tra loi cham nhat {date}.", \
      "Đã nhận yêu cầu xem dữ liệu cá nhân của bạn lúc {time}. Cơ quan trả lời chậm nhất {date}.") \
    X(TEMPLATE_DATA_ERASE_ACK, "DATA_ERASE_ACK", \
      "Da nhan yeu cau xoa du lieu ca nhan cua ban luc {time}. Co quan tra loi cham nhat {date}. Ho so luat buoc luu thi chi han che nguoi xem.", \
      "Đã nhận yêu cầu xóa dữ liệu cá nhân của bạn lúc {time}. Cơ quan trả lời chậm nhất {date}. Hồ sơ luật buộc lưu thì chỉ hạn chế người xem.") \
    X(TEMPLATE_DATA_RESTRICTED, "DATA_RESTRICTED", \
      "Ve yeu cau xoa du lieu: ho so phan anh co gia tri nhu van ban nen khong xoa, chi han che nguoi xem. Ly do: {reason}", \
      "Về yêu cầu xóa dữ liệu: hồ sơ phản ánh có giá trị như văn bản nên không xóa, chỉ hạn chế người xem. Lý do: {reason}") \
    X(TEMPLATE_RATE, "RATE", \
      "Ban da gui qua nhieu tin trong 1 gio. Vui long gui lai sau {time}. Khan cap: goi 113, 114, 115.", \
      "Bạn đã gửi quá nhiều tin trong 1 giờ. Vui lòng gửi lại sau {time}. Khẩn cấp: gọi 113, 114, 115.") \
    X(TEMPLATE_LIMITED, "LIMITED", \
      "So nay gui qua nhieu tin nen tam thoi khong duoc tra loi den {time}. Khan cap: goi 113 (cong an), 114 (chay, cuu nan), 115 (cap cuu).", \
      "Số này gửi quá nhiều tin nên tạm thời không được trả lời đến {time}. Khẩn cấp: gọi 113 (công an), 114 (cháy, cứu nạn), 115 (cấp cứu).") \
    X(TEMPLATE_BLOCKED, "BLOCKED", \
      "So nay dang bi khoa gui phan anh den het {date}. Khong dong y: den UBND xa, phuong. Khan cap: goi 113 (cong an), 114 (chay, cuu nan), 115 (cap cuu).", \
      "Số này đang bị khóa gửi phản ánh đến hết {date}. Không đồng ý: đến UBND xã, phường. Khẩn cấp: gọi 113 (công an), 114 (cháy, cứu nạn), 115 (cấp cứu).") \
    X(TEMPLATE_STORE_LATER, "STORE_LATER", \
      "Luc nay chua xem duoc ho so cua ban. Vui long xem lai sau it phut: soan TC gui {shortcode}", \
      "Lúc này chưa xem được hồ sơ của bạn. Vui lòng xem lại sau ít phút: soạn TC gửi {shortcode}") \
    X(TEMPLATE_SCOPEHINT, "SCOPEHINT", \
      "Neu la don khieu nai, to cao: gui Ban Tiep cong dan tinh. Noi dung cua ban van duoc ghi nhan, can bo se xem xet.", \
      "Nếu là đơn khiếu nại, tố cáo: gửi Ban Tiếp công dân tỉnh. Nội dung của bạn vẫn được ghi nhận, cán bộ sẽ xem xét.") \
    X(TEMPLATE_EMERGENCY, "EMERGENCY", \
      "Neu khan cap hay goi ngay: 114 (chay, cuu nan), 115 (cap cuu), 113 (cong an). Phan anh cua ban van duoc ghi nhan.", \
      "Nếu khẩn cấp hãy gọi ngay: 114 (cháy, cứu nạn), 115 (cấp cứu), 113 (công an). Phản ánh của bạn vẫn được ghi nhận.") \
    X(TEMPLATE_O_NEW, "O-NEW", \
      "PAKN-CB: viec moi {code} ({field}, {place}). Han xem xet tiep nhan: het {date}. Da doc: soan OK {code}", NULL) \
    X(TEMPLATE_O_ASSIGN, "O-ASSIGN", \
      "PAKN-CB: viec moi {code} ({field}, {place}). Han co ket qua: het {date}. Da doc: soan OK {code}", NULL) \
    X(TEMPLATE_O_NEWMANY, "O-NEWMANY", \
      "PAKN-CB: {count} viec moi: {codes}. Han gan nhat het {date}. Xem: soan VIEC gui {shortcode}", NULL) \
    X(TEMPLATE_O_DIGEST, "O-DIGEST", \
      "PAKN-CB {day}: {items} Xem: soan VIEC gui {shortcode}", NULL) \
    X(TEMPLATE_O_DUE, "O-DUE", \
      "PAKN-CB: hom nay het han {code} ({field}, {place}), chua xong. De nghi xu ly trong hom nay.", NULL) \
    X(TEMPLATE_O_OVER, "O-OVER", \
      "PAKN-CB: {code} QUA HAN tu {date} ({agency}). {ask}. Nhac lai moi ngay lam viec.", NULL) \
    X(TEMPLATE_O_ESC, "O-ESC", \
      "PAKN-CB: don vi co {count} viec qua han ({codes}). De nghi Thu truong chi dao xu ly.", NULL) \
    X(TEMPLATE_O_COORD, "O-COORD", \
      "PAKN-CB: {agency} de nghi phoi hop {code}. Han {days} ngay lam viec: {date}. Da nhan: soan OK {code}", NULL) \
    X(TEMPLATE_O_REJOIN, "O-REJOIN", \
      "PAKN-CB: {code} co phuc dap {date}. Xem xet lai va tra loi cham nhat {until} ({days} ngay lam viec).", NULL) \
    X(TEMPLATE_O_PUBLISH, "O-PUBLISH", \
      "PAKN-CB: {code} da co ket qua. Cong khai va tra loi nguoi dan cham nhat {date} ({days} ngay lam viec).", NULL) \
    X(TEMPLATE_O_SUPP, "O-SUPP", \
      "PAKN-CB: {code} co thong tin moi cua nguoi dan hoac don vi phoi hop. Xem tren he thong.", NULL) \
    X(TEMPLATE_O_LOW, "O-LOW", \
      "PAKN-CB: {code} bi danh gia {rating}/5. De nghi Thu truong xem lai ket qua tra loi.", NULL) \
    X(TEMPLATE_O_LIST, "O-LIST", \
      "PAKN-CB: {items}", NULL) \
    X(TEMPLATE_O_NONE, "O-NONE", \
      "PAKN-CB: ban khong co viec nao dang mo.", NULL) \
    X(TEMPLATE_O_READ, "O-READ", \
      "PAKN-CB: da ghi ban da doc {code}. Viec dang mo: soan VIEC gui {shortcode}", NULL) \
    X(TEMPLATE_O_NOTYOURS, "O-NOTYOURS", \
      "PAKN-CB: {typed} khong phai viec dang mo cua ban. Viec dang mo: soan VIEC gui {shortcode}", NULL) \
    X(TEMPLATE_O_HELP, "O-HELP", \
      "PAKN-CB: soan OK <ma so> khi da doc, VIEC de xem viec dang mo. Ket qua nhap tren he thong. Gui {shortcode}", NULL) \
    X(TEMPLATE_O_MONITOR, "O-MONITOR", \
      "PAKN-CB {day} giam sat: {items}", NULL) \
    X(TEMPLATE_OP_ALARM, "OP-ALARM", \
      "PHANHOI {appliance}: SIM {sim} con {amount}d, nguong {threshold}d. Nap tien hoac doi SIM.", NULL) \
    X(TEMPLATE_OP_DISK, "OP-DISK", \
      "PHANHOI {appliance}: dia day, khong nhan duoc tin moi va khong tra loi dan. Giai phong dung luong ngay.", NULL) \
    X(TEMPLATE_OP_MODEM, "OP-MODEM", \
      "PHANHOI {appliance}: modem {sim}: {trouble}. Xem: phanhoictl alarms", NULL) \
    X(TEMPLATE_OP_CENTRAL, "OP-CENTRAL", \
      "PHANHOI {appliance}: kho ho so trung tam khong nhan du lieu. Ho so dang cho tai day. Xem: phanhoictl central status", NULL) \
    X(TEMPLATE_OP_PARKED, "OP-PARKED", \
      "PHANHOI {appliance}: kho ho so trung tam tu choi mot so du lieu. Xem: phanhoictl central parked", NULL) \
    X(TEMPLATE_OP_CERTIFICATE, "OP-CERT", \
      "PHANHOI {appliance}: chung thu so ket noi kho trung tam het han ngay {date}. Thay chung thu truoc ngay do.", NULL)

/* symbol, name, kind, longest value in septets, whether a text of the operator's own that replaces one of these may do without it.
 * SETTING: the appliance's own, in every text allowed. FIXED: where a longer value would make a second segment of the text, it's shortened. REST: what is left
 * of the segment. FREE: what a person wrote, never shortened; the text may take TEMPLATE_SEGMENTS_MAX segments. */
#define VARIABLE_TABLE(X) \
    X(VARIABLE_PROVINCE,   "province",   SETTING,  0, SPARE) \
    X(VARIABLE_SHORTCODE,  "shortcode",  SETTING,  0, SPARE) \
    X(VARIABLE_CODE,       "code",       FIXED,    9, NEEDED)            /* 482109304 */ \
    X(VARIABLE_OTHER_CODE, "other_code", FIXED,    9, NEEDED)            /* the case that this one repeats */ \
    X(VARIABLE_TYPED,      "typed",      FIXED,   12, SPARE)             /* what was typed as a code */ \
    X(VARIABLE_TIME,       "time",       FIXED,   16, SPARE)             /* 09:05 21/11/2026, or 10:30 */ \
    X(VARIABLE_DATE,       "date",       FIXED,   10, NEEDED)            /* 24/11/2026 */ \
    X(VARIABLE_UNTIL,      "until",      FIXED,   10, NEEDED)            /* the second date of a text */ \
    X(VARIABLE_DAY,        "day",        FIXED,    5, SPARE)             /* 24/11 */ \
    X(VARIABLE_DAYS,       "days",       FIXED,    2, SPARE)             /* how many working days */ \
    X(VARIABLE_STATE,      "state",      FIXED,   16, NEEDED)            /* dang xem xet lai */ \
    X(VARIABLE_AGENCY,     "agency",     FIXED,   27, SPARE) \
    X(VARIABLE_TO_AGENCY,  "to_agency",  FIXED,   27, NEEDED) \
    X(VARIABLE_FIELD,      "field",      FIXED,   20, SPARE)             /* moi truong */ \
    X(VARIABLE_PLACE,      "place",      FIXED,   20, SPARE)             /* xa Hoang Quang */ \
    X(VARIABLE_RATING,     "rating",     FIXED,    1, NEEDED)            /* 1 to 5 */ \
    X(VARIABLE_PAGE,       "page",       FIXED,    2, NEEDED)            /* of an answer in pages */ \
    X(VARIABLE_PAGES,      "pages",      FIXED,    2, SPARE) \
    X(VARIABLE_NEXT,       "next",       FIXED,    2, NEEDED)            /* the page after it */ \
    X(VARIABLE_MASKED,     "masked",     FIXED,    3, NEEDED)            /* the last three digits of a number */ \
    X(VARIABLE_ASK,        "ask",        FIXED,   38, SPARE)             /* what is to be done about it: a reason is asked for at T2 only */ \
    X(VARIABLE_HOW_MANY,   "count",      FIXED,    5, SPARE) \
    X(VARIABLE_CODES,      "codes",      FIXED,   48, NEEDED)            /* 482109304, 381002130, 290177441 va 999 viec khac */ \
    X(VARIABLE_SITE,       "site",       FIXED,   48, NEEDED)            /* phanhoi.thanhhoa.gov.vn */ \
    X(VARIABLE_DOCUMENT,   "document",   FIXED,   40, NEEDED)            /* 123/UBND-NN ngay 28/11/2026 */ \
    X(VARIABLE_HASH,       "hash",       FIXED,   16, NEEDED)            /* 0123456789abcdef */ \
    X(VARIABLE_APPLIANCE,  "appliance",  FIXED,   32, SPARE)             /* th-01 */ \
    X(VARIABLE_SIM,        "sim",        FIXED,   32, SPARE)             /* m2 */ \
    X(VARIABLE_TROUBLE,    "trouble",    FIXED,   48, NEEDED)            /* SIM bi khoa, can ma PUK */ \
    X(VARIABLE_AMOUNT,     "amount",     FIXED,   10, NEEDED)            /* 4500 */ \
    X(VARIABLE_THRESHOLD,  "threshold",  FIXED,   10, SPARE)             /* 10000 */ \
    X(VARIABLE_ITEMS,      "items",      REST,     0, NEEDED)            /* 1) 482109304 dang xu ly, han 08/12. … */ \
    X(VARIABLE_QUOTE,      "quote",      REST,     0, NEEDED)            /* the beginning of the citizen's text */ \
    X(VARIABLE_REASON,     "reason",     FREE,     0, NEEDED) \
    X(VARIABLE_QUESTION,   "question",   FREE,     0, NEEDED) \
    X(VARIABLE_ANSWER,     "answer",     FREE,     0, NEEDED)            /* the public answer, as the officer wrote it */
/* clang-format on */

enum { TEMPLATE_SEGMENTS_MAX = 3, TEMPLATE_PAGES_MAX = 99 };

#define X(symbol, name, plain, accented) symbol,
enum template_id { TEMPLATE_TABLE(X) TEMPLATE_COUNT };
#undef X
#define X(symbol, name, kind, longest, needed) symbol,
enum variable { VARIABLE_TABLE(X) VARIABLE_COUNT };
#undef X

struct template_values {
    const char *of[VARIABLE_COUNT]; /* borrowed; NULL: not given */
};

struct templates; /* the texts in force: those of the table, some replaced by the operator's own */

const struct templates *templates_default(void);
/* Texts of the operator's own, as JSON: {"ACK": {"plain": "…", "accented": "…"}, "O-NEW": {"plain": "…"}}; what isn't named stays as it is. `name`
 * names the data in messages (a path). All or nothing: ERR_INVALID with every problem in `problems`, a line each: unknown texts and variables, needed
 * ones missing, what doesn't fit with the longest values and the settings' province and shortcode, characters that aren't allowed, a limit that reads
 * "truoc" or counts days. templates_free() the result. */
MUST_CHECK enum err templates_parse(const char *json, const char *name, const struct template_values *settings, struct str *problems,
                                    struct templates **ret_templates);
void templates_free(struct templates *t);
/* The same checks for all texts, which must hold for these settings. False: `problem` says of all what is wrong, a line each. */
bool templates_check(const struct templates *t, const struct template_values *settings, struct str *problems);

const char *template_name(enum template_id id); /* "ACK" */
const char *template_form(const struct templates *t, enum template_id id, bool accented);

/* Appends the text. Values are made clean (base/clean.h) and, in the unaccented form, lose their accents. A variable without a value is a bug
 * (aborts). A full stop behind a variable isn't put twice, nor behind a question mark. */
void template_render(const struct templates *t, enum template_id id, bool accented, const struct template_values *values, struct str *to);

/* Characters left, with the longest values, for the variable that has no maximum of its own: REST has one segment of the unaccented form,
 * everything else TEMPLATE_SEGMENTS_MAX segments of either form, wherever codes and dates make the cuts fall. */
size_t template_room(const struct templates *t, enum template_id id, bool accented, const struct template_values *settings);

struct template_length {
    size_t longest; /* characters with the longest values, but without those of REST and FREE */
    size_t room; /* for REST or FREE; 0: it has none */
    size_t segments; /* at most */
};
/* False: officers get no accents. */
bool template_length(const struct templates *t, enum template_id id, bool accented, const struct template_values *settings,
                     struct template_length *ret_length);
bool template_is_own(const struct templates *t, enum template_id id); /* the operator's own */
/* The variables that the text may have, settings apart: "{code}, {date}". Appended. */
void template_variables(enum template_id id, struct str *to);
/* All texts with their lengths and variables, for people. */
void templates_print(const struct templates *t, const struct template_values *settings, struct str *to);

#endif
