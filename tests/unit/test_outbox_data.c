/* What the central store is told, word by word: several lives, and every event of them as it lies in the outbox. The golden file is what
 * tests/peers/events.mjs holds against the schemas of store/central/openapi.yaml, so whoever changes an event sees both fail. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/json.h"
#include "smsc/abuse.h"
#include "smsc/data_subject.h"
#include "store/db.h"
#include "store/export.h"
#include "store/incident.h"
#include "tests/unit/golden.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CHI "+84912000003"
#define DUNG "+84912000004"
#define HOA "+84912000005"
enum { PRINT_MAX = 1 << 20, DATA_MAX = 1 << 16 };

/* "BS" and "gan cho" with the code between them. */
static void say(struct centre_fixture *f, const char *from, const char *verb, int64_t case_id, const char *rest) {
    char text[400];
    snprintf(text, sizeof text, "%s %s %s", verb, life_code(f, case_id), rest);
    centre_say(f, from, text);
}

/* Late, coordinated, sent back, published, received, rated, disputed, reconsidered. */
static void long_life(struct centre_fixture *f) {
    centre_say(f, AN, "PA Đường vào thôn 3 bị sụt lún, xe không qua được");
    centre_say(f, AN, "TEN Lê Thị Hoa");
    life_to(f, 2026, 11, 23, 9);
    life_act(f, 1, "ct.an", STEP_TRANSFER, "Thuộc thẩm quyền Sở Xây dựng.", "so-xd");
    life_act(f, 1, "xd.intake", STEP_ACCEPT, NULL, "to-duong");
    say(f, "+84913000004", "OK", 1, ""); /* the unit's officer has read */
    life_act(f, 1, "xd.unit", STEP_ASK, "Đoạn nào của đường?", NULL);
    say(f, AN, "BS", 1, "gần nhà văn hóa");
    life_act(f, 1, "xd.unit", STEP_COORDINATE, "Đề nghị cho biết kinh phí.", "so-tc");
    struct case_step coordinated = {.kind = STEP_COORDINATION_ANSWER, .text = "Đã bố trí kinh phí."};
    life_do(f, 1, "tc.coord", &coordinated);
    life_to(f, 2026, 12, 8, 9); /* T2 was on the 7th */
    life_to(f, 2026, 12, 10, 9); /* a reason was due on the 9th */
    struct case_step reason = {.kind = STEP_LATE_REASON, .text = "Mưa lũ.", .day = civil_day_number(2026, 12, 15)};
    life_do(f, 1, "xd.unit", &reason);
    life_to(f, 2026, 12, 17, 9); /* the new date passes too */
    life_act(f, 1, "xd.unit", STEP_RESULT, "Đã sửa.", NULL);
    life_act(f, 1, "xd.intake", STEP_SEND_BACK, "Nêu rõ ngày hoàn thành.", NULL);
    life_act(f, 1, "xd.unit", STEP_RESULT, "Đã sửa xong ngày 16/12/2026.", NULL);
    life_act(f, 1, "xd.intake", STEP_PUBLISH, "Đoạn đường đã được sửa xong ngày 16/12/2026.", NULL);
    say(f, AN, "TC", 1, ""); /* shows it: received */
    say(f, AN, "DG", 1, "2");
    say(f, AN, "KIN", 1, ""); /* public until now */
    say(f, AN, "PD", 1, "chưa sửa xong cống");
    life_act(f, 1, "xd.intake", STEP_RECONSIDER, "Cống sẽ sửa trước ngày 30/12/2026.", NULL);
}

/* Confidential; asked and reminded in vain; on somebody's behalf; called; withdrawn. */
static void other_lives(struct centre_fixture *f) {
    centre_say(f, BINH, "KIN Cán bộ A gây khó khăn khi làm thủ tục");
    int64_t secret = centre_count(f, "SELECT max(id) FROM cases");
    life_act(f, secret, "ct.an", STEP_NEED_INFO, "Việc xảy ra ngày nào?", NULL);
    say(f, BINH, "MST", secret, "2600109388");
    say(f, BINH, "GOI", secret, "");
    struct case_step called = {.kind = STEP_CALLED, .text = "Đã gọi, không ai nghe."};
    life_do(f, secret, "ct.an", &called);
    life_to(f, 2027, 1, 6, 9);
    life_act(f, secret, "ct.an", STEP_ANSWER, "Đã nhắc nhở cán bộ A.", NULL);
    life_act(f, secret, "ct.an", STEP_PUBLISH, "Đã nhắc nhở cán bộ A.", NULL);
    life_act(f, secret, "vp.office", STEP_ANNUL, "Trả lời chưa đủ.", NULL);

    centre_say(f, CHI, "PA Đèn đường trước chợ không sáng");
    int64_t lamp = centre_count(f, "SELECT max(id) FROM cases");
    say(f, CHI, "RUT", lamp, "");
    centre_say(f, CHI, "DY");
    centre_say(f, CHI, "HO Le Thi B, thon 3 xa X, 0912000004, me toi gia yeu");
    centre_say(f, CHI, "Mẹ tôi chưa được nhận tiền hỗ trợ sau bão");
    centre_say(f, DUNG, "DY");

    centre_say(f, DUNG, "PA Rác thải đổ ở bờ sông xã Hoằng Quang");
    int64_t waste = centre_count(f, "SELECT max(id) FROM cases");
    struct case_step refusal = {.kind = STEP_REFUSE, .text = "Nội dung đã được giải quyết.", .reason_code = "ngoai_pham_vi"};
    life_do(f, waste, "ct.an", &refusal);
    centre_say(f, DUNG, "PA Mương thoát nước thôn 5 bị tắc");
    centre_say(f, DUNG, "PA Cầu qua sông ở thôn 7 bị nứt");
    int64_t bridge = centre_count(f, "SELECT max(id) FROM cases");
    struct case_step duplicate = {.kind = STEP_MARK_DUPLICATE, .original_id = bridge - 1};
    life_do(f, bridge, "ct.an", &duplicate);
    life_act(f, bridge - 1, "ct.an", STEP_CLOSE_NOTED, "Cảm ơn ông/bà.", NULL);
}

/* A published result that nobody disputes, and a calendar that closes days. */
static void quiet_life(struct centre_fixture *f) {
    centre_say(f, AN, "PA Cột điện đầu thôn Trung ngả ra đường");
    int64_t pole = centre_count(f, "SELECT max(id) FROM cases");
    struct case_step answer = {.kind = STEP_ANSWER, .text = "Đã dựng lại.", .document = {.number = "12/ĐL-KT"}};
    memset(answer.document.sha256, 'a', DOCUMENT_HASH_SIZE - 1);
    life_do(f, pole, "ct.an", &answer);
    life_act(f, pole, "ct.an", STEP_PUBLISH, "Cột điện đã được dựng lại.", NULL);
    struct arrival first = centre_part(f, AN, "PA O ga lon giua cau Sau, ", 7, 1, 2);
    centre_give(f, &first);
    centre_wait(f, CLOCK_HOUR);
    struct arrival late = centre_part(f, AN, "da co hai nguoi nga xe", 7, 2, 2);
    centre_give(f, &late);
    life_to(f, 2027, 2, 10, 9);
}

/* Words that a person has to look at before they're published, and advertising. */
static void flagged_life(struct centre_fixture *f) {
    centre_say(f, BINH, "PA Nuoc may ban wa ma ko ai sua, goi ong Ba 0987654321 thi bi chui");
    int64_t water = centre_count(f, "SELECT max(id) FROM cases");
    life_act(f, water, "ct.an", STEP_ANSWER, "Đã thay ống.", NULL);
    life_act(f, water, "ct.an", STEP_REVIEW, "Số điện thoại đã che.", NULL);
    life_act(f, water, "ct.an", STEP_PUBLISH, "Đường ống đã được thay.", NULL);
    say(f, BINH, "PD", water, "Đồ chó, nước vẫn bẩn");
    centre_say(f, BINH, "PA Khuyen mai lon, giam gia 50%, dat hang ngay tai https://shop.example.vn");
}

/* The same matter from two phones. */
static void supported(struct centre_fixture *f) {
    centre_say(f, BINH, "PA Dap nuoc dau thon 6 xa Hoang Quang bi ro ri tu sau tran bao so 10");
    centre_say(f, CHI, "PA Dap nuoc dau thon 6 xa Hoang Quang bi ro ri tu sau tran bao so 10");
}

/* Opened by its unit, bound to another number, whose owner changes; and an incident. */
static void numbers(struct centre_fixture *f) {
    struct phone phone;
    struct str problem;
    int64_t id = 0;
    int cases = 0;
    str_init(&problem, 1024);
    f->settings.cases.t2_start = T2_OPENED;
    centre_reopen_smsc(f);
    centre_say(f, AN, "PA Trạm biến áp thôn 2 kêu to cả đêm");
    int64_t noise = centre_count(f, "SELECT max(id) FROM cases");
    life_act(f, noise, "ct.an", STEP_ACCEPT, NULL, "phong-ht");
    life_act(f, noise, "ht.unit", STEP_OPENED, NULL, NULL);
    struct case_step rebind = {.kind = STEP_REBIND, .text = "mất SIM, đã xem CCCD", .number = HOA};
    life_do(f, noise, "ct.an", &rebind);
    assert_int_equal(phone_parse(HOA, &phone), ERR_OK);
    struct incident incident = {.at = f->now, .by = (char *)(uintptr_t) "ct.an", .reason = (char *)(uintptr_t) "mất một bản sao lưu"};
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_reassigned(f->smsc, &phone, "ct.an", f->now, &problem, &cases), ERR_OK);
    assert_int_equal(incident_report(f->store, &incident, &id), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(cases, 1);
    str_release(&problem);
}

static void senders(struct centre_fixture *f) {
    struct str problem;
    struct phone phone;
    str_init(&problem, 1024);
    assert_int_equal(phone_parse(DUNG, &phone), ERR_OK);
    centre_say(f, AN, "TUCHOI");
    centre_say(f, AN, "NHAN");
    centre_say(f, AN, "DULIEU");
    centre_say(f, AN, "XOADULIEU");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_block(f->smsc, &phone, "quấy rối", f->now + 30 * CLOCK_DAY, "ct.an", f->now, &problem), ERR_OK);
    assert_int_equal(smsc_unblock(f->smsc, &phone, "ct.an", f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    f->settings.abuse.flood_per_hour = 3;
    centre_reopen_smsc(f);
    for (int i = 0; i < 5; i++)
        centre_say(f, CHI, "abc");
    str_release(&problem);
}

static struct officer officer(struct centre_fixture *f, const char *key) {
    struct officer o;
    assert_int_equal(officer_find(f->store, key, clock_vietnam_day(f->now), &o), ERR_OK);
    return o;
}

/* Asked by one officer, decided about by another, and fetched where it was approved. */
static void export(struct centre_fixture *f, const struct export_request *asked, bool approve) {
    struct officer asker = officer(f, "ct.an"), head = officer(f, "xd.head");
    struct export_request r = *asked;
    struct str problem;
    int64_t id = 0;
    str_init(&problem, 1024);
    r.at = f->now;
    r.asker_id = asker.id;
    assert_int_equal(export_ask(f->store, &r, "ct.an/uid:1000", &id), ERR_OK);
    assert_int_equal(export_decide(f->store, id, &head, approve, f->now + CLOCK_HOUR, "xd.head/uid:1001", f->now, &problem), ERR_OK);
    if (approve) {
        assert_int_equal(export_get(f->store, id, &r), ERR_OK);
        assert_int_equal(export_fetched(f->store, &r, "ct.an/uid:1000", 12, f->now), ERR_OK);
        export_release(&r);
    }
    officer_release(&asker);
    officer_release(&head);
    str_release(&problem);
}

/* What people ask about their data, and what leaves the box. */
static void personal_data(struct centre_fixture *f) {
    struct str problem;
    int32_t day = 0;
    int cases = 0;
    str_init(&problem, 1024);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_data_request_answer(f->smsc, 1, "ct.an/uid:1000", f->now), ERR_OK);
    assert_int_equal(smsc_data_request_extend(f->smsc, 1, "phải tìm trong bản lưu cũ", 0, "ct.an/uid:1000", f->now, &problem, &day), ERR_OK);
    assert_int_equal(smsc_data_request_done(f->smsc, 1, "ct.an/uid:1000", f->now), ERR_OK);
    assert_int_equal(smsc_data_request_restrict(f->smsc, 2, "hồ sơ phải lưu", "ct.an/uid:1000", f->now, &problem, &cases), ERR_OK);
    export(f, &(struct export_request){.scope = EXPORT_CASE, .case_id = 1, .reason = (char *)(uintptr_t) "theo yêu cầu của công an"}, false);
    export(f, &(struct export_request){.scope = EXPORT_SENDER, .subscriber_id = 1, .reason = (char *)(uintptr_t) "người gửi xin bản sao"}, true);
    export(f,
           &(struct export_request){.scope = EXPORT_PERIOD,
                                    .from_day = civil_day_number(2026, 11, 1),
                                    .to_day = civil_day_number(2026, 11, 30),
                                    .reason = (char *)(uintptr_t) "thanh tra"},
           true);
    assert_int_equal(store_commit(f->store), ERR_OK);
    str_release(&problem);
}

static void print(struct centre_fixture *f, struct str *to) {
    sqlite3_stmt *q;
    assert_int_equal(sqlite3_prepare_v2(f->store->db, "SELECT type, subject, at, body_sealed FROM outbox ORDER BY sequence", -1, &q, NULL),
                     SQLITE_OK);
    while (sqlite3_step(q) == SQLITE_ROW) {
        struct str data;
        struct json_writer w;
        char at[CLOCK_TEXT_SIZE];
        str_init(&data, DATA_MAX);
        assert_int_equal(unseal(f->base->keys, "outbox", bytes_of(sqlite3_column_blob(q, 3), (size_t)sqlite3_column_bytes(q, 3)), &data), ERR_OK);
        clock_iso(sqlite3_column_int64(q, 2), at);
        json_begin(&w, to);
        json_open_object(&w, NULL);
        json_put_text(&w, "type", (const char *)sqlite3_column_text(q, 0));
        json_put_text(&w, "subject", (const char *)sqlite3_column_text(q, 1));
        json_put_text(&w, "time", at);
        json_put_raw(&w, "data", data.data);
        json_close_object(&w);
        str_add(to, "\n");
        str_release(&data);
    }
    sqlite3_finalize(q);
    assert_true(str_ok(to));
}

static void test_every_event(void **state) {
    struct centre_fixture *f = *state;
    struct str text;
    str_init(&text, PRINT_MAX);
    f->settings.confirm_freetext = SMSC_CONFIRM_NEVER;
    f->settings.abuse.messages_per_hour = f->settings.abuse.flood_per_hour = f->settings.abuse.same_text = 0;
    centre_reopen_smsc(f);
    long_life(f);
    other_lives(f);
    quiet_life(f);
    flagged_life(f);
    supported(f);
    numbers(f);
    senders(f);
    personal_data(f);
    print(f, &text);
    golden_check("tests/golden/outbox_data.jsonl", text.data);
    str_release(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_event, life_setup, centre_teardown),
    };
    return cmocka_run_group_tests_name("outbox data", tests, NULL, NULL);
}
