/* case.slip: the printable transfer slip of a case (Decision 115/2025 art. 11.1): what goes with it from agency to agency on paper. The sender's
 * name, number and words stand there only when the call reveals, which is logged; a confidential case says so on top. */
#include "firmware-host/control_call.h"
#include "firmware-host/document.h"
#include "store/directory.h"
#include "store/particulars.h"
#include "store/subscriber.h"

#include <stdlib.h>
#include <string.h>

struct slip {
    struct command_call *call;
    struct document d;
    struct pakn_case c;
    struct case_life life;
    struct table events, deadlines;
};

static const char *const state_labels[CASE_STATE_COUNT] = {
    [CASE_DRAFT] = "chờ xác nhận",
    [CASE_RECEIVED] = "chờ quyết định tiếp nhận",
    [CASE_NEED_INFO] = "chờ bổ sung",
    [CASE_IN_PROCESS] = "đang xử lý",
    [CASE_RESULT_READY] = "có kết quả, chờ công khai",
    [CASE_PUBLISHED] = "đã công khai kết quả",
    [CASE_REJOINDER] = "đang xem xét lại",
    [CASE_REFUSED] = "không tiếp nhận",
    [CASE_NOTED_CLOSED] = "ghi nhận, kết thúc",
    [CASE_CLOSED] = "đã kết thúc",
};

static const char *const deadline_labels[DEADLINE_KIND_COUNT] = {
    [DEADLINE_INTAKE] = "quyết định tiếp nhận",
    [DEADLINE_UNIT] = "có kết quả",
    [DEADLINE_COORDINATION] = "phối hợp",
    [DEADLINE_PUBLICATION] = "công khai kết quả",
    [DEADLINE_REJOINDER] = "người dân phúc đáp",
    [DEADLINE_RECONSIDERATION] = "xem xét lại",
    [DEADLINE_SUPPLEMENT] = "người dân bổ sung",
    [DEADLINE_REASON] = "nêu lý do quá hạn",
    [DEADLINE_PROMISE] = "ngày hẹn mới",
    [DEADLINE_CALLBACK] = "gọi lại người dân",
    [DEADLINE_REMIND] = "nhắc bổ sung",
    [DEADLINE_OVERALL] = "tổng thời gian",
    [DEADLINE_REMIND_REJOINDER] = "nhắc phúc đáp",
};

static const struct event_label {
    const char *type, *label;
} event_labels[] = {
    {"case.submitted", "tiếp nhận tin phản ánh"},
    {"case.named", "người gửi cho biết họ tên"},
    {"case.tax-code", "người gửi cho mã số thuế"},
    {"case.behalf", "ghi thông tin người được gửi hộ"},
    {"case.consent", "người được gửi hộ trả lời"},
    {"case.supplemented", "bổ sung"},
    {"case.words", "người dân nhắn thêm"},
    {"case.completed", "nhận đủ tin nhắn"},
    {"case.confidentiality-requested", "yêu cầu giữ kín"},
    {"case.callback", "xin gọi lại"},
    {"case.called", "đã gọi lại"},
    {"case.accepted", "tiếp nhận, giao xử lý"},
    {"case.opened", "đơn vị đã xem"},
    {"case.answered", "tiếp nhận, trả lời ngay"},
    {"case.need-info", "yêu cầu bổ sung"},
    {"case.asked", "hỏi người dân"},
    {"case.supplement-due", "nhắc bổ sung"},
    {"case.no-answer", "hết hạn bổ sung, không có trả lời"},
    {"case.refused", "không tiếp nhận"},
    {"case.duplicate", "trùng nội dung"},
    {"case.transferred", "chuyển cơ quan"},
    {"case.coordination", "đề nghị phối hợp"},
    {"case.coordination-answered", "trả lời phối hợp"},
    {"case.late", "quá hạn"},
    {"case.late-reason", "nêu lý do quá hạn, hẹn ngày mới"},
    {"case.no-reason", "quá hạn, chưa nêu lý do"},
    {"case.promise-missed", "quá ngày hẹn mới"},
    {"case.deadline-moved", "tính lại hạn"},
    {"case.result-ready", "có kết quả"},
    {"case.sent-back", "trả lại kết quả"},
    {"case.published", "công khai kết quả"},
    {"case.result-delivered", "người dân nhận được kết quả"},
    {"case.annulled", "hủy kết quả"},
    {"case.rejoinder-due", "nhắc phúc đáp, đánh giá"},
    {"case.rejoinder", "phúc đáp"},
    {"case.reconsidered", "trả lời phúc đáp"},
    {"case.rated", "đánh giá"},
    {"case.withdraw-asked", "xin rút"},
    {"case.withdrawn", "rút phản ánh"},
    {"case.noted", "ghi nhận, kết thúc"},
    {"case.closed", "kết thúc"},
    {"case.rebound", "đổi số điện thoại của người gửi"},
    {"case.binding-lapsed", "thôi gắn với số điện thoại của người gửi"},
    {"case.supported", "có người khác phản ánh cùng việc"},
    {"case.reviewed", "đã xem nội dung cần kiểm duyệt"},
    {"case.read", "cán bộ xem nội dung"},
};

static const struct {
    int flag;
    const char *label;
} flag_labels[] = {
    {CASE_SCOPE_SUSPECT, "có thể là đơn khiếu nại, tố cáo"},
    {CASE_UNACCENTED, "viết không dấu"},
    {CASE_TEENCODE, "viết kiểu teencode"},
    {CASE_ABBREVIATED, "viết tắt"},
    {CASE_INSULT, "có lời lẽ xúc phạm"},
    {CASE_INCITEMENT, "có lời lẽ kích động"},
    {CASE_PERSONAL_DATA, "có dữ liệu cá nhân của người khác"},
    {CASE_ADVERTISING, "có thể là quảng cáo"},
};

static const struct event_label actor_labels[] = {{"citizen", "người gửi"}, {"represented", "người được gửi hộ"}, {"timer", "hệ thống"}};

/* What the paper calls it; what has no name there (an officer, a later version's event) stays as it is. */
static const char *label_of(const struct event_label *labels, size_t count, const char *type) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(labels[i].type, type) == 0)
            return labels[i].label;
    return type;
}

static void add_moment(struct table *t, int64_t at) {
    struct civil c = civil_of(at);
    table_add(t, "%02d:%02d %02d/%02d/%04d", c.hour, c.minute, c.day, c.month, c.year);
}

static void add_day(struct table *t, int32_t day) {
    int year, month, of_month;
    civil_from_day_number(day, &year, &month, &of_month);
    table_add(t, "%02d/%02d/%04d", of_month, month, year);
}

static void add_agency(struct slip *s, struct table *t, const char *label, int64_t id) {
    struct agency a;
    if (id == 0 || agency_get(s->call->parts->store, id, &a) != ERR_OK)
        return;
    table_add(t, "%s", label);
    table_add(t, "%s (%s)", a.name_accented, a.key);
    agency_release(&a);
}

static void add_field(struct slip *s, struct table *t) {
    char *name = NULL;
    bool named = s->life.field && field_name(s->call->parts->store, s->life.field, &name) == ERR_OK;
    table_add(t, "Lĩnh vực");
    if (named)
        table_add(t, "%s (%s)", name, s->life.field);
    else
        table_add(t, "%s", s->life.field ? s->life.field : "chưa rõ");
    free(name);
}

static void add_sender(struct slip *s, struct table *t) {
    struct subscriber who;
    char masked[PHONE_MASK_SIZE];
    if (s->c.subscriber_id == SUBSCRIBER_NOBODY) {
        table_add(t, "Người gửi");
        table_add(t, "không còn gắn với số điện thoại nào");
        return;
    }
    if (subscriber_by_id(s->call->parts->store, s->c.subscriber_id, &who) != ERR_OK)
        return;
    phone_mask(&who.phone, masked);
    table_add(t, "Người gửi");
    table_add(t, "%s", !who.name ? "chưa cho biết họ tên" : s->call->reveal ? who.name : "(được bảo mật)");
    table_add(t, "Số điện thoại");
    table_add(t, "%s", s->call->reveal ? who.phone.text : masked);
    subscriber_release(&who);
}

/* What a program found, for the eyes of an officer: it decides nothing. */
static void add_flags(struct slip *s, struct table *t) {
    struct str found;
    str_init(&found, 1024);
    for (size_t i = 0; i < sizeof flag_labels / sizeof *flag_labels; i++)
        if (s->c.flags & flag_labels[i].flag)
            str_addf(&found, "%s%s", found.len ? "; " : "", flag_labels[i].label);
    if (s->c.flags & CASE_MODERATION)
        str_add(&found, s->c.flags & CASE_REVIEWED ? " (cán bộ đã xem)" : " (phải xem trước khi công khai)");
    if (found.len) {
        table_add(t, "Máy đánh dấu");
        table_add(t, "%s", found.data);
    }
    str_release(&found);
}

static enum err add_document(struct slip *s, struct table *t) {
    struct answer answer = {0};
    enum err e = answer_newest(s->call->parts->store, s->c.id, true, &answer);
    if (e == ERR_OK && *answer.document.number) {
        table_add(t, "Văn bản ký số");
        table_add(t, "%s (SHA-256: %s)", answer.document.number, answer.document.sha256);
    }
    answer_release(&answer);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err print_particulars(struct slip *s) {
    struct table t;
    char code[CASE_CODE_SIZE];
    case_code_text(s->c.code, code);
    table_init(&t, 2, false);
    table_add(&t, "Mã số");
    table_add(&t, "%s-%s", s->call->parts->config->smsc.province, code);
    table_add(&t, "Nhận lúc");
    add_moment(&t, s->c.submitted_at);
    table_add(&t, "Loại");
    table_add(&t, s->c.kind == CASE_KIEN_NGHI ? "Kiến nghị" : "Phản ánh");
    add_field(s, &t);
    table_add(&t, "Trạng thái");
    table_add(&t, "%s", state_labels[s->c.state]);
    add_agency(s, &t, "Cơ quan tiếp nhận", s->life.agency_id);
    add_agency(s, &t, "Đơn vị xử lý", s->life.unit_id);
    add_agency(s, &t, "Người gửi nêu", s->life.requested_id);
    table_add(&t, "Số lần chuyển");
    table_add(&t, "%d", s->life.hops);
    table_add(&t, "Số điện thoại khác phản ánh cùng việc");
    table_add(&t, "%d", s->life.supporters);
    add_sender(s, &t);
    add_flags(s, &t);
    enum err e = add_document(s, &t);
    document_table(&s->d, &t);
    return e;
}

static void note_deadline(void *context, const struct deadline *d) {
    struct slip *s = context;
    table_add(&s->deadlines, "%s (%s)", deadline_labels[d->kind], deadline_kind_name(d->kind));
    table_add(&s->deadlines, "%d", d->working_days);
    add_day(&s->deadlines, d->due_day);
    table_add(&s->deadlines, d->state == DEADLINE_MISSED ? "quá hạn" : d->state == DEADLINE_PAUSED ? "tạm dừng" : "còn hạn");
}

static void note_event(void *context, const struct case_event *e) {
    struct slip *s = context;
    add_moment(&s->events, e->at);
    table_add(&s->events, "%s", label_of(event_labels, sizeof event_labels / sizeof *event_labels, e->type));
    table_add(&s->events, "%s", label_of(actor_labels, sizeof actor_labels / sizeof *actor_labels, e->actor));
}

static enum err print_slip(struct slip *s, struct str *to) {
    static const char *const deadline_headings[] = {"Hạn", "Ngày làm việc", "Hết ngày", ""}, *const event_headings[] = {"Lúc", "Việc", "Do"};
    document_begin(
        &s->d, json_text(s->call->request, "format") && strcmp(json_text(s->call->request, "format"), "html") == 0 ? DOCUMENT_HTML : DOCUMENT_TEXT,
        to, "PHIẾU CHUYỂN PHẢN ÁNH, KIẾN NGHỊ");
    if (s->c.flags & (CASE_CONFIDENTIAL | CASE_PROTECTED))
        document_paragraph(&s->d, "GIỮ KÍN: nội dung không được công khai, chỉ cán bộ được giao xử lý được đọc.");
    enum err e = print_particulars(s);
    document_heading(&s->d, "Nội dung");
    s->call->numbers += s->call->reveal;
    s->call->texts += s->call->reveal;
    if (s->call->reveal)
        document_paragraph(&s->d, "%s", s->c.text ? s->c.text : "(đã xoá khi hết hạn lưu giữ)");
    else
        document_paragraph(&s->d, "(không in; dùng --reveal)");
    table_init(&s->deadlines, 4, false);
    for (size_t i = 0; i < 4; i++)
        table_add(&s->deadlines, "%s", deadline_headings[i]);
    if (e == ERR_OK)
        e = deadline_list_of(s->call->parts->store, s->c.id, note_deadline, s);
    document_heading(&s->d, "Hạn xử lý");
    document_table(&s->d, &s->deadlines);
    table_init(&s->events, 3, false);
    for (size_t i = 0; i < 3; i++)
        table_add(&s->events, "%s", event_headings[i]);
    if (e == ERR_OK)
        e = case_event_list(s->call->parts->store, s->c.id, note_event, s);
    document_heading(&s->d, "Quá trình");
    document_table(&s->d, &s->events);
    document_paragraph(
        &s->d, "Bên giao: ................................        Bên nhận: ................................        Ngày ....../....../..........");
    document_end(&s->d);
    return e;
}

enum err answer_case_slip(struct command_call *call) {
    struct slip s = {.call = call};
    struct str text;
    enum err e = call_case(call, &s.c);
    if (e == ERR_OK)
        e = call_record_reading(call, s.c.id);
    if (e == ERR_OK)
        e = life_get(call->parts->store, s.c.id, &s.life);
    str_init(&text, CALL_DOCUMENT_MAX);
    if (e == ERR_OK)
        e = print_slip(&s, &text);
    if (e == ERR_OK)
        json_put_text(call->result, NULL, str_ok(&text) ? text.data : NULL);
    str_release(&text);
    life_release(&s.life);
    case_release(&s.c);
    return e;
}
