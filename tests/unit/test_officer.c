/* Whom the appliance tells what and when: on the real store, with a clock that stands until it's moved. The week's texts are a golden file:
 * what an agency reads is looked at as a whole. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/text.h"
#include "firmware-host/directory_file.h"
#include "smsc/officer.h"
#include "smsc/uplink.h"
#include "store/outbound.h"
#include "store/reminder.h"
#include "tests/unit/life_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE CLOCK_MINUTE
#define HOUR CLOCK_HOUR

static void import_file(struct centre_fixture *f, const char *path, const char *text) {
    struct str problems;
    struct directory *d = NULL;
    str_init(&problems, DIRECTORY_PROBLEMS_MAX);
    enum err e = path ? directory_file_read(path, &problems, &d) : directory_file_parse(text, "directory.conf", &problems, &d);
    if (e != ERR_OK)
        fail_msg("%s", problems.data);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(directory_import(f->store, d, f->now, &problems), ERR_OK);
    smsc_directory_changed(f->smsc);
    assert_int_equal(store_commit(f->store), ERR_OK);
    directory_free(d);
    str_release(&problems);
}

/* The sample of a province; Monday 2026-11-23 08:00, the first round done. */
static int province_setup(void **state) {
    if (centre_setup(state) != 0)
        return -1;
    struct centre_fixture *f = *state;
    f->settings.confirm_freetext = SMSC_CONFIRM_NEVER;
    f->settings.abuse.messages_per_hour = f->settings.abuse.flood_per_hour = f->settings.abuse.same_text = 0;
    centre_reopen_smsc(f);
    import_file(f, "tests/fixtures/directory.conf", NULL);
    life_to(f, 2026, 11, 23, 8);
    return 0;
}

/* ---- cases ---- */

/* A citizen's text; its case. */
static int64_t submit(struct centre_fixture *f, const char *text) {
    char from[32];
    snprintf(from, sizeof from, "+8498%07d", f->sent + 1);
    centre_say(f, from, text);
    centre_wait(f, 0);
    return centre_count(f, "SELECT max(id) FROM cases");
}

/* One that the agency's intake has, by way of the service centre. */
static int64_t submit_to(struct centre_fixture *f, const char *agency, const char *text) {
    int64_t id = submit(f, text);
    life_act(f, id, "tt.hoa", STEP_TRANSFER, "khong thuoc tham quyen", agency);
    centre_wait(f, 0);
    return id;
}

static void act(struct centre_fixture *f, int64_t id, const char *officer, enum case_step_kind kind, const char *text, const char *to) {
    life_act(f, id, officer, kind, text, to);
    centre_wait(f, 0);
}

/* ---- what officers got ---- */

struct texts { /* newest first */
    struct outbound *of;
    size_t count;
};

static void keep(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct texts *t = context;
    (void)parts;
    if (strncmp(o->template_name, "O-", 2) == 0)
        assert_int_equal(count, 1); /* each of them is one SMS */
    t->of = mem_resize(t->of, t->count + 1, sizeof *t->of);
    t->of[t->count] = *o;
    t->of[t->count].template_name = mem_string(o->template_name);
    t->of[t->count++].text = mem_string(o->text);
}

static struct texts all_texts(struct centre_fixture *f) {
    struct texts t = {0};
    assert_int_equal(outbound_list(f->store, 0, 100000, keep, &t), ERR_OK);
    return t;
}

static void release_texts(struct texts *t) {
    for (size_t i = 0; i < t->count; i++) {
        free(t->of[i].template_name);
        free(t->of[i].text);
    }
    free(t->of);
}

static bool is_officers(const struct outbound *o) {
    return strncmp(o->template_name, "O-", 2) == 0;
}

/* Codes as c1, c2 … by the order of the cases. */
static void add_text(struct centre_fixture *f, const char *text, struct str *to) {
    for (const char *at = text; *at;) {
        size_t digits = strspn(at, "0123456789");
        if (digits == CASE_CODE_SIZE - 1) {
            char sql[128];
            snprintf(sql, sizeof sql, "SELECT coalesce((SELECT id FROM cases WHERE code = %.9s), 0)", at);
            str_addf(to, "c%lld", (long long)centre_count(f, sql));
            at += digits;
        } else {
            str_add_n(to, at, digits ? digits : 1);
            at += digits ? digits : 1;
        }
    }
}

static void add_line(struct centre_fixture *f, const struct outbound *o, struct str *to) {
    struct officer officer = {0};
    struct civil c = civil_of(o->created_at);
    static const char *const weekdays[] = {"", "T2", "T3", "T4", "T5", "T6", "T7", "CN"};
    enum err e = officer_by_subscriber(f->store, o->subscriber_id, clock_vietnam_day(o->created_at), &officer);
    str_addf(to, "%s %02d/%02d %02d:%02d  %-11s ", weekdays[clock_weekday(clock_vietnam_day(o->created_at))], c.day, c.month, c.hour, c.minute,
             e == ERR_OK ? officer.key : "?");
    add_text(f, o->text, to);
    str_add(to, "\n");
    if (e == ERR_OK)
        officer_release(&officer);
}

/* Every text to officers, oldest first, from that moment on; of one officer, or of all. */
static char *log_since(struct centre_fixture *f, int64_t since, const char *key) {
    struct str log;
    struct texts t = all_texts(f);
    str_init(&log, 1 << 20);
    str_add(&log, "");
    for (size_t i = t.count; i > 0; i--) {
        struct str line;
        str_init(&line, 4096);
        if (is_officers(&t.of[i - 1]) && t.of[i - 1].created_at >= since) {
            add_line(f, &t.of[i - 1], &line);
            char *wanted = key ? strstr(line.data, key) : line.data;
            if (wanted)
                str_add(&log, line.data);
        }
        str_release(&line);
    }
    release_texts(&t);
    return str_detach(&log);
}

static void expect_log(struct centre_fixture *f, int64_t since, const char *key, const char *expected) {
    char *log = log_since(f, since, key);
    assert_string_equal(log, expected);
    free(log);
}

static char *read_golden(const char *path) {
    FILE *file = fopen(path, "r");
    struct str text;
    char block[4096];
    str_init(&text, 1 << 20);
    str_add(&text, "");
    for (size_t n; file && (n = fread(block, 1, sizeof block, file)) > 0;)
        str_add_n(&text, block, n);
    if (file)
        fclose(file);
    return str_detach(&text);
}

/* GOLDEN=write makes the file anew. */
static void expect_golden(const char *path, const char *log) {
    if (getenv("GOLDEN")) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(log, file);
        fclose(file);
    }
    char *golden = read_golden(path);
    assert_string_equal(log, golden);
    free(golden);
}

static void hours(struct centre_fixture *f, int count) {
    for (int i = 0; i < 2 * count; i++)
        centre_wait(f, 30 * MINUTE);
}

/* As life_to, by half hours: every round comes at its time. */
static void walk_to(struct centre_fixture *f, int year, int month, int day, int hour) {
    int64_t at = civil_to_ms((struct civil){.year = year, .month = month, .day = day, .hour = hour});
    while (f->now < at)
        centre_wait(f, at - f->now < 30 * MINUTE ? at - f->now : 30 * MINUTE - f->now % (30 * MINUTE));
}

/* ---- a week ---- */

static void three_weeks_of_an_agency(void **state) {
    struct centre_fixture *f = *state;
    int64_t begin = f->now;
    int64_t c1 = submit(f, "Bai rac o xa Hoang Quang boc mui hoi thoi");
    hours(f, 1);
    act(f, c1, "tt.hoa", STEP_TRANSFER, "moi truong", "so-nnmt");
    hours(f, 1);
    act(f, c1, "nnmt.an", STEP_ACCEPT, NULL, "so-nnmt-mt"); /* T2: 07/12 */
    int64_t c2 = submit_to(f, "so-nnmt", "Trai lon xa nuoc thai ra muong o phuong Sam Son"); /* T1: 25/11; nobody looks at it */
    hours(f, 8); /* 18:00 */
    int64_t c3 = submit_to(f, "so-nnmt", "Nha may xi mang xa khoi bui ca dem"); /* told tomorrow */
    walk_to(f, 2026, 11, 24, 9);
    act(f, c3, "nnmt.an", STEP_NEED_INFO, "nha may nao?", NULL);
    hours(f, 24 + 24 + 24); /* Friday 09:00: c2 is late since Thursday */
    act(f, c2, "nnmt.an", STEP_ACCEPT, NULL, "so-nnmt-mt");
    walk_to(f, 2026, 12, 4, 9);
    act(f, c1, "mt.binh", STEP_COORDINATE, "de nghi cho y kien", "so-tc");
    hours(f, 24 * 5); /* Wednesday 09/12: c1 late since 08/12 */
    struct case_step reason = {.kind = STEP_LATE_REASON, .text = "cho ket qua do dac", .day = civil_day_number(2026, 12, 14)};
    life_do(f, c1, "mt.binh", &reason);
    hours(f, 24);
    act(f, c1, "mt.binh", STEP_RESULT, "Da don bai rac", NULL);
    hours(f, 2);
    act(f, c1, "nnmt.an", STEP_PUBLISH, "Don vi da don bai rac", NULL);
    life_cite(f, c1, &(struct case_step){.kind = STEP_RATE, .role = ROLE_CITIZEN, .actor = "citizen", .rating = 1});
    hours(f, 24 * 5);
    life_cite(f, c1, &(struct case_step){.kind = STEP_REJOIN, .role = ROLE_CITIZEN, .actor = "citizen", .text = "chua don het"});
    hours(f, 24);
    char *log = log_since(f, begin, NULL);
    expect_golden("tests/golden/officers.txt", log);
    free(log);
}

/* ---- cap and merging ---- */

static void the_cap_merges_what_is_new(void **state) {
    struct centre_fixture *f = *state;
    int64_t begin = f->now;
    for (int i = 0; i < 7; i++) {
        submit(f, "Ho ga mat nap o phuong Sam Son, rat nguy hiem");
        centre_wait(f, 10 * MINUTE);
    }
    hours(f, 10);
    /* Three by themselves; the last text of the day waits an hour for company; what comes behind it waits for the morning. */
    expect_log(f, begin, "tt.hoa",
               "T2 23/11 08:00  tt.hoa      PAKN-CB: viec moi c1 (duong, dien, nuoc, phuong Sam Son). Han xem xet tiep nhan: het 25/11/2026. "
               "Da doc: soan OK c1\n"
               "T2 23/11 08:10  tt.hoa      PAKN-CB: viec moi c2 (duong, dien, nuoc, phuong Sam Son). Han xem xet tiep nhan: het 25/11/2026. "
               "Da doc: soan OK c2\n"
               "T2 23/11 08:20  tt.hoa      PAKN-CB: viec moi c3 (duong, dien, nuoc, phuong Sam Son). Han xem xet tiep nhan: het 25/11/2026. "
               "Da doc: soan OK c3\n"
               "T2 23/11 09:40  tt.hoa      PAKN-CB: 4 viec moi: c4, c5, c6 va 1 viec khac. Han gan nhat het 25/11/2026. Xem: soan VIEC gui 1022\n");
    int64_t morning = f->now;
    walk_to(f, 2026, 11, 24, 8);
    int64_t third = f->now;
    (void)morning;
    for (int i = 0; i < 5; i++)
        submit(f, "Ho ga mat nap o phuong Sam Son, rat nguy hiem");
    hours(f, 24);
    char *log = log_since(f, third, "tt.hoa");
    int day = 0;
    for (const char *at = log; (at = strstr(at, "T3 24/11")) != NULL; at++)
        day++;
    assert_in_range(day, 3, 4);
    assert_non_null(strstr(log, "viec moi: c"));
    free(log);
}

static void what_came_overnight_is_one_text_where_it_is_much(void **state) {
    struct centre_fixture *f = *state;
    walk_to(f, 2026, 11, 23, 20);
    int64_t begin = f->now;
    for (int i = 0; i < 4; i++)
        submit(f, "Ho ga mat nap o phuong Sam Son, rat nguy hiem");
    hours(f, 13);
    expect_log(f, begin, "tt.hoa",
               "T3 24/11 07:30  tt.hoa      PAKN-CB 24/11: Con 1 ngay 4: c1, c2, c3, c4. Xem: soan VIEC gui 1022\n"
               "T3 24/11 07:30  tt.hoa      PAKN-CB: 4 viec moi: c1, c2, c3 va 1 viec khac. Han gan nhat het 25/11/2026. Xem: soan VIEC gui 1022\n");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM reminder WHERE kind = 0 AND outbound_id IS NOT NULL"), 8); /* two officers */
}

static void due_and_overdue_are_told_above_the_cap(void **state) {
    struct centre_fixture *f = *state;
    int64_t ids[6];
    for (int i = 0; i < 6; i++)
        ids[i] = submit_to(f, "so-xd", "Duong vao thon 3 bi sut lun, xe khong di duoc");
    (void)ids;
    walk_to(f, 2026, 11, 25, 8); /* the digest was told; three more things use up the day */
    int64_t begin = f->now;
    for (int i = 0; i < 4; i++)
        submit_to(f, "so-xd", "Den duong hong da hai thang nay");
    hours(f, 5);
    char *log = log_since(f, begin, "xd.dung");
    int texts = 0;
    for (const char *at = log; *at; at++)
        texts += *at == '\n';
    assert_int_equal(texts, 3); /* with the digest: four */
    free(log);
    begin = f->now;
    walk_to(f, 2026, 11, 25, 15);
    expect_log(f, begin, "xd.dung",
               "T4 25/11 14:00  xd.dung     PAKN-CB 25/11: hom nay het han, chua xong 6: c1, c2, c3, c4, c5, c6. Xem: soan VIEC gui 1022\n");
    begin = f->now;
    walk_to(f, 2026, 11, 26, 8);
    expect_log(f, begin, "xd.dung",
               "T5 26/11 07:30  xd.dung     PAKN-CB 26/11: Con 1 ngay 4: c7, c8, c9, c10. Qua han 6. Xem: soan VIEC gui 1022\n"
               "T5 26/11 07:30  xd.dung     PAKN-CB 26/11: QUA HAN 6: c1, c2, c3, c4, c5, c6. Xem: soan VIEC gui 1022\n");
}

/* ---- when ---- */

static void nothing_outside_of_office_hours(void **state) {
    struct centre_fixture *f = *state;
    walk_to(f, 2026, 11, 27, 16);
    centre_wait(f, 59 * MINUTE);
    int64_t begin = f->now;
    submit(f, "Cot dien nghieng sap do o xa Hoang Hoa"); /* 16:59 on a Friday: now */
    centre_wait(f, MINUTE);
    submit(f, "Cot dien nghieng sap do o xa Hoang Hoa nua"); /* 17:00: on Monday */
    hours(f, 72);
    expect_log(f, begin, "tt.long",
               "T6 27/11 16:59  tt.long     PAKN-CB: viec moi c1 (duong, dien, nuoc, xa Hoang Hoa). Han xem xet tiep nhan: het 01/12/2026. Da doc: "
               "soan OK c1\n"
               "T2 30/11 07:30  tt.long     PAKN-CB 30/11: Con 1 ngay 2: c1, c2. Xem: soan VIEC gui 1022\n"
               "T2 30/11 07:30  tt.long     PAKN-CB: viec moi c2 (duong, dien, nuoc, xa Hoang Hoa). Han xem xet tiep nhan: het 01/12/2026. Da doc: "
               "soan OK c2\n");
}

static void holidays_are_no_office_days(void **state) {
    struct centre_fixture *f = *state;
    walk_to(f, 2027, 2, 4, 18); /* the evening before Tết */
    int64_t begin = f->now;
    submit(f, "Rac khong ai don o phuong Hac Thanh");
    walk_to(f, 2027, 2, 15, 6);
    char *log = log_since(f, begin, "tt.hoa");
    assert_true(strncmp(log, "T6 12/02 07:30", 14) == 0);
    free(log);
}

static void days_off_make_one_round(void **state) {
    struct centre_fixture *f = *state;
    int64_t c1 = submit_to(f, "so-xd", "Duong vao thon 3 bi sut lun, xe khong di duoc");
    (void)c1;
    walk_to(f, 2026, 11, 24, 9);
    int64_t begin = f->now;
    f->now += 72 * HOUR + 30 * MINUTE; /* off until Friday 09:30: due on Wednesday */
    centre_restart(f);
    centre_wait(f, 0);
    expect_log(f, begin, NULL,
               "T6 27/11 09:30  xd.dung     PAKN-CB 27/11: Qua han 1: c1. Xem: soan VIEC gui 1022\n"
               "T6 27/11 09:30  xd.gd       PAKN-CB: don vi co 1 viec qua han (c1). De nghi Thu truong chi dao xu ly.\n"
               "T6 27/11 09:30  xd.dung     PAKN-CB: c1 QUA HAN tu 25/11/2026 (So Xay dung). De nghi xu ly ngay. Nhac lai moi ngay lam "
               "viec.\n");
    centre_wait(f, HOUR);
    centre_restart(f);
    centre_wait(f, HOUR);
    char *again = log_since(f, begin + 73 * HOUR, NULL);
    assert_string_equal(again, "");
    free(again);
}

static void a_round_that_is_cut_short_tells_nobody_twice(void **state) {
    struct centre_fixture *f = *state;
    for (int i = 0; i < 3; i++)
        submit_to(f, i == 0 ? "so-xd" : i == 1 ? "so-yt" : "so-tc", "Duong vao thon 3 bi sut lun, xe khong di duoc");
    walk_to(f, 2026, 11, 24, 7);
    int64_t begin = f->now;
    f->now += 30 * MINUTE;
    for (int tick = 0; tick < 40; tick++) { /* a restart, or a rollback, behind every tick */
        assert_int_equal(store_begin(f->store), ERR_OK);
        assert_int_equal(smsc_tick(f->smsc, f->now), ERR_OK);
        if (tick % 3 == 1) {
            store_rollback(f->store);
            smsc_rolled_back(f->smsc);
        } else {
            assert_int_equal(store_commit(f->store), ERR_OK);
        }
        if (tick % 7 == 6)
            centre_restart(f);
    }
    centre_wait(f, 0);
    expect_log(f, begin, NULL,
               "T3 24/11 07:30  xd.dung     PAKN-CB 24/11: Con 1 ngay: c1. Xem: soan VIEC gui 1022\n"
               "T3 24/11 07:30  tc.lan      PAKN-CB 24/11: Con 1 ngay: c3. Xem: soan VIEC gui 1022\n"
               "T3 24/11 07:30  yt.nga      PAKN-CB 24/11: Con 1 ngay: c2. Xem: soan VIEC gui 1022\n");
}

/* ---- who ---- */

static void what_went_elsewhere_overnight_is_not_told(void **state) {
    struct centre_fixture *f = *state;
    walk_to(f, 2026, 11, 23, 20);
    int64_t begin = f->now;
    submit_to(f, "so-yt", "Tram y te het thuoc tu tuan truoc");
    hours(f, 13);
    expect_log(
        f, begin, NULL,
        "T3 24/11 07:30  yt.nga      PAKN-CB 24/11: Con 1 ngay: c1. Xem: soan VIEC gui 1022\n"
        "T3 24/11 07:30  yt.nga      PAKN-CB: viec moi c1 (y te, chua ro dia ban). Han xem xet tiep nhan: het 25/11/2026. Da doc: soan OK c1\n");
}

static void without_anybody_there_the_centre_is_told(void **state) {
    struct centre_fixture *f = *state;
    int64_t begin = f->now;
    submit_to(f, "xa-tho-xuan", "Cho hop giua duong lam tac nghen giao thong"); /* its officer has no phone */
    char *log = log_since(f, begin, "tt.hoa");
    assert_non_null(strstr(log, "viec moi c1"));
    free(log);
    begin = f->now;
    submit_to(f, "xa-muong-lat", "Cau treo hong van go, hoc sinh khong qua duoc"); /* nobody at all; no head either */
    walk_to(f, 2026, 11, 27, 8);
    log = log_since(f, begin, "tt.giam-doc");
    assert_non_null(strstr(log, "don vi co 2 viec qua han (c1, c2)")); /* the centre's head stands in for theirs */
    free(log);
}

static void the_successor_gets_what_waited(void **state) {
    struct centre_fixture *f = *state;
    walk_to(f, 2026, 11, 30, 18);
    int64_t begin = f->now;
    submit_to(f, "phuong-nghi-son", "Khoi tu lo gach o phuong Nghi Son"); /* told on 01/12: ns.cu's last day was 30/11 */
    hours(f, 14);
    expect_log(
        f, begin, NULL,
        "T3 01/12 07:30  ns.moi      PAKN-CB 01/12: Con 1 ngay: c1. Xem: soan VIEC gui 1022\n"
        "T3 01/12 07:30  ns.moi      PAKN-CB: viec moi c1 (moi truong, phuong Nghi Son). Han xem xet tiep nhan: het 02/12/2026. Da doc: soan OK "
        "c1\n");
}

static void a_head_hears_weekly(void **state) {
    struct centre_fixture *f = *state;
    submit_to(f, "so-xd", "Duong vao thon 3 bi sut lun, xe khong di duoc"); /* late since 26/11 */
    int64_t begin = f->now;
    walk_to(f, 2026, 12, 12, 8);
    expect_log(f, begin, "xd.gd",
               "T6 27/11 07:30  xd.gd       PAKN-CB: don vi co 1 viec qua han (c1). De nghi Thu truong chi dao xu ly.\n"
               "T6 04/12 07:30  xd.gd       PAKN-CB: don vi co 1 viec qua han (c1). De nghi Thu truong chi dao xu ly.\n"
               "T6 11/12 07:30  xd.gd       PAKN-CB: don vi co 1 viec qua han (c1). De nghi Thu truong chi dao xu ly.\n");
}

static void passed_on_too_often_and_bounced_numbers_are_watched(void **state) {
    struct centre_fixture *f = *state;
    int64_t c1 = submit_to(f, "so-xd", "Duong vao thon 3 bi sut lun, xe khong di duoc");
    act(f, c1, "xd.dung", STEP_TRANSFER, "khong thuoc tham quyen", "so-tc");
    act(f, c1, "tc.lan", STEP_TRANSFER, "khong thuoc tham quyen", "so-yt");
    assert_int_equal(store_begin(f->store), ERR_OK); /* the network says that xd.dung's number is none */
    (void)fixture_sql(f->store, "UPDATE part SET state = 4 WHERE outbound_id IN (SELECT outbound_id FROM reminder JOIN officer ON "
                                "officer.id = officer_id WHERE key = 'xd.dung') RETURNING id");
    assert_int_equal(store_commit(f->store), ERR_OK);
    int64_t begin = f->now + MINUTE;
    walk_to(f, 2026, 11, 24, 8);
    expect_log(f, begin, "tt.hoa",
               "T3 24/11 07:30  tt.hoa      PAKN-CB 24/11 giam sat: chuyen 3 lan: c1. so can bo khong nhan duoc tin 1: xd.dung.\n");
    begin = f->now;
    walk_to(f, 2026, 11, 25, 8);
    expect_log(f, begin, "tt.hoa", ""); /* once */
}

static void away(struct centre_fixture *f, int64_t since) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_central_away(f->smsc, since, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

/* Hours in which offices are closed don't count; a start in the middle changes nothing; nothing is told before it's enough. */
static void the_central_store_is_missed_in_office_hours(void **state) {
    struct centre_fixture *f = *state;
    f->settings.central = true;
    centre_reopen_smsc(f);
    walk_to(f, 2026, 11, 27, 14); /* a Friday */
    hours(f, 1);
    away(f, f->now - 20 * MINUTE); /* 14:40: 2 h 20 min until the office closes */
    int64_t begin = f->now;
    walk_to(f, 2026, 11, 30, 8); /* Monday: 64 hours, but offices weren't open */
    away(f, f->now - 5 * MINUTE); /* after a start; that it's away since Friday is known */
    expect_log(f, begin, "tt.hoa", "");
    walk_to(f, 2026, 12, 1, 8);
    expect_log(f, begin, "tt.hoa", "T3 01/12 07:30  tt.hoa      PAKN-CB 01/12 giam sat: mat ket noi kho trung tam tu 14:40 27/11/2026.\n");
    away(f, 0);
    begin = f->now;
    walk_to(f, 2026, 12, 2, 8);
    expect_log(f, begin, "tt.hoa",
               "T4 02/12 07:30  tt.hoa      PAKN-CB 02/12 giam sat: mat ket noi kho trung tam tu 14:40 27/11/2026 den 08:00 01/12/2026.\n");
    begin = f->now;
    walk_to(f, 2026, 12, 3, 8);
    expect_log(f, begin, "tt.hoa", ""); /* once it's over, once */
    away(f, f->now);
    hours(f, 2);
    away(f, 0);
    begin = f->now;
    walk_to(f, 2026, 12, 4, 8);
    expect_log(f, begin, "tt.hoa", "");
}

/* Without a clock nobody knows since when; without a central store nobody misses it. */
static void nobody_misses_a_central_store_that_cannot_be_missed(void **state) {
    struct centre_fixture *f = *state;
    f->settings.central = true;
    centre_reopen_smsc(f);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_central_away(f->smsc, 100 * HOUR, 101 * HOUR), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    int64_t begin = f->now, from, until;
    assert_int_equal(uplink_away(f->smsc, &from, &until), ERR_NOT_FOUND);
    away(f, f->now);
    assert_int_equal(uplink_away(f->smsc, &from, &until), ERR_OK);
    assert_true(from == f->now && until == 0);
    f->settings.central = false;
    centre_reopen_smsc(f);
    walk_to(f, 2026, 11, 25, 8);
    expect_log(f, begin, "tt.hoa", "");
}

/* ---- what isn't in them ---- */

static void no_text_says_who_or_what_a_citizen_wrote(void **state) {
    struct centre_fixture *f = *state;
    static const char *const marks[] = {"Xyzzy", "Plugh", "0987654321", "987654321", "84987654321", "Frobozz"};
    centre_say(f, "+84987654321", "TEN Xyzzy Plugh");
    centre_say(f, "+84987654321", "KIN Bai rac Frobozz o xa Hoang Quang boc mui, toi la Xyzzy Plugh, 0987654321");
    centre_wait(f, 0);
    int64_t c1 = centre_count(f, "SELECT max(id) FROM cases");
    act(f, c1, "tt.hoa", STEP_TRANSFER, "Frobozz", "so-nnmt");
    act(f, c1, "nnmt.an", STEP_NEED_INFO, "Frobozz o dau, Xyzzy?", NULL);
    life_cite(f, c1, &(struct case_step){.kind = STEP_SUPPLEMENT, .role = ROLE_CITIZEN, .actor = "citizen", .text = "Frobozz"});
    act(f, c1, "nnmt.an", STEP_ACCEPT, NULL, "so-nnmt-mt");
    act(f, c1, "mt.binh", STEP_COORDINATE, "Frobozz", "so-tc");
    walk_to(f, 2026, 12, 16, 8); /* digest, due, overdue, escalation, monitor */
    act(f, c1, "mt.binh", STEP_RESULT, "Frobozz", NULL);
    act(f, c1, "nnmt.an", STEP_PUBLISH, "Da don Frobozz", NULL);
    life_cite(f, c1, &(struct case_step){.kind = STEP_RATE, .role = ROLE_CITIZEN, .actor = "citizen", .rating = 1, .text = "Frobozz"});
    life_cite(f, c1, &(struct case_step){.kind = STEP_REJOIN, .role = ROLE_CITIZEN, .actor = "citizen", .text = "Frobozz"});
    walk_to(f, 2026, 12, 17, 8);
    struct texts t = all_texts(f);
    size_t officers = 0;
    bool seen[TEMPLATE_COUNT] = {false};
    for (size_t i = 0; i < t.count; i++) {
        if (!is_officers(&t.of[i]))
            continue;
        officers++;
        for (size_t m = 0; m < sizeof marks / sizeof *marks; m++)
            if (strstr(t.of[i].text, marks[m]))
                fail_msg("\"%s\" is in: %s", marks[m], t.of[i].text);
        for (int id = 0; id < TEMPLATE_COUNT; id++)
            seen[id] = seen[id] || strcmp(template_name((enum template_id)id), t.of[i].template_name) == 0;
    }
    static const enum template_id all[] = {TEMPLATE_O_NEW,     TEMPLATE_O_ASSIGN, TEMPLATE_O_DIGEST, TEMPLATE_O_DUE,
                                           TEMPLATE_O_OVER,    TEMPLATE_O_ESC,    TEMPLATE_O_COORD,  TEMPLATE_O_REJOIN,
                                           TEMPLATE_O_PUBLISH, TEMPLATE_O_SUPP,   TEMPLATE_O_LOW,    TEMPLATE_O_MONITOR};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!seen[all[i]])
            fail_msg("no %s was sent", template_name(all[i]));
    assert_true(officers > 20);
    release_texts(&t);
}

/* ---- what they text ---- */

static bool say(struct centre_fixture *f, const char *key, const char *text) {
    struct officer o = {0};
    struct subscriber who = {0};
    struct message m = {.link = (char *)(uintptr_t) "m1", .text = (char *)(uintptr_t)text, .arrived_at = f->now, .sent_at = f->now};
    bool taken = false;
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(officer_find(f->store, key, clock_vietnam_day(f->now), &o), ERR_OK);
    assert_int_equal(subscriber_by_id(f->store, o.subscriber_id, &who), ERR_OK);
    m.subscriber_id = who.id;
    assert_int_equal(message_insert(f->store, &m, &m.id), ERR_OK);
    assert_int_equal(officer_message(f->smsc, &o, &who, &m, f->now, &taken), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    officer_release(&o);
    subscriber_release(&who);
    return taken;
}

static void answers_to_officers(void **state) {
    struct centre_fixture *f = *state;
    char text[64];
    int64_t c1 = submit_to(f, "so-xd", "Duong vao thon 3 bi sut lun, xe khong di duoc");
    walk_to(f, 2026, 11, 26, 9);
    for (int i = 0; i < 9; i++)
        submit_to(f, "so-xd", "Den duong hong da hai thang nay");
    centre_wait(f, 3 * HOUR);
    centre_wait(f, MINUTE);
    int64_t begin = f->now;
    assert_true(say(f, "xd.dung", "viec"));
    snprintf(text, sizeof text, "OK %s", life_code(f, c1));
    assert_true(say(f, "xd.dung", text));
    assert_true(say(f, "xd.dung", text)); /* again: silence */
    assert_true(say(f, "xd.dung", "HD"));
    assert_true(say(f, "xd.dung", "Việc"));
    assert_true(say(f, "yt.nga", text)); /* another's */
    assert_true(say(f, "yt.nga", "OK 123456789"));
    assert_true(say(f, "yt.nga", "VIEC"));
    assert_false(say(f, "xd.dung", "PA duong truoc so bi ngap nuoc moi khi mua to"));
    assert_false(say(f, "xd.dung", "OK"));
    assert_false(say(f, "xd.dung", "TC"));
    expect_log(f, begin, NULL,
               "T5 26/11 12:01  xd.dung     PAKN-CB: QUA HAN c1; c2 han 30/11; c3 han 30/11; c4 han 30/11; c5 han 30/11. Con 5 viec nua, xem tren he "
               "thong.\n"
               "T5 26/11 12:01  xd.dung     PAKN-CB: da ghi ban da doc c1. Viec dang mo: soan VIEC gui 1022\n"
               "T5 26/11 12:01  xd.dung     PAKN-CB: soan OK <ma so> khi da doc, VIEC de xem viec dang mo. Ket qua nhap tren he thong. Gui 1022\n"
               "T5 26/11 12:01  xd.dung     PAKN-CB: QUA HAN c1; c2 han 30/11; c3 han 30/11; c4 han 30/11; c5 han 30/11. Con 5 viec nua, xem tren he "
               "thong.\n"
               "T5 26/11 12:01  yt.nga      PAKN-CB: c1 khong phai viec dang mo cua ban. Viec dang mo: soan VIEC gui 1022\n"
               "T5 26/11 12:01  yt.nga      PAKN-CB: c0 khong phai viec dang mo cua ban. Viec dang mo: soan VIEC gui 1022\n"
               "T5 26/11 12:01  yt.nga      PAKN-CB: ban khong co viec nao dang mo.\n");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.reminder.read'"), 1);
    assert_int_equal(centre_count(f, "SELECT count(DISTINCT case_id) FROM reminder WHERE read_at <> 0"), 1);
}

/* In law the day ends at 24:00; what an office has left by its closing is late all the same. */
static void the_last_day_ends_with_the_office(void **state) {
    struct centre_fixture *f = *state;
    submit_to(f, "so-xd", "Duong vao thon 3 bi sut lun, xe khong di duoc");
    walk_to(f, 2026, 11, 25, 16);
    int64_t begin = f->now;
    assert_true(say(f, "xd.dung", "VIEC"));
    walk_to(f, 2026, 11, 25, 17);
    assert_true(say(f, "xd.dung", "VIEC"));
    expect_log(f, begin, NULL,
               "T4 25/11 16:00  xd.dung     PAKN-CB: c1 han 25/11.\n"
               "T4 25/11 17:00  xd.dung     PAKN-CB: QUA HAN c1.\n");
}

static void the_number_decides_who_is_heard(void **state) {
    struct centre_fixture *f = *state;
    walk_to(f, 2026, 12, 1, 9);
    int64_t begin = f->now;
    centre_say(f, "+84912001051", "VIEC"); /* ns.moi, since today */
    centre_say(f, "+84912001050", "VIEC"); /* ns.cu, until yesterday: a citizen like any other */
    centre_say(f, "+84912345678", "HD");
    centre_say(f, "+84912001051", "PA Khoi tu lo gach bay vao nha dan ca ngay"); /* officers live here too */
    expect_log(f, begin, NULL, "T3 01/12 09:00  ns.moi      PAKN-CB: ban khong co viec nao dang mo.\n");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE verb = 'OFFICER'"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases WHERE code IS NOT NULL"), 1);
    centre_expect(f, "+84912345678", 0, "PA <noi dung>: gui phan anh.*");
}

int main(void) {
#define OF_A_PROVINCE(test) cmocka_unit_test_setup_teardown(test, province_setup, centre_teardown)
    const struct CMUnitTest tests[] = {
        OF_A_PROVINCE(three_weeks_of_an_agency),
        OF_A_PROVINCE(the_cap_merges_what_is_new),
        OF_A_PROVINCE(what_came_overnight_is_one_text_where_it_is_much),
        OF_A_PROVINCE(due_and_overdue_are_told_above_the_cap),
        OF_A_PROVINCE(nothing_outside_of_office_hours),
        OF_A_PROVINCE(holidays_are_no_office_days),
        OF_A_PROVINCE(days_off_make_one_round),
        OF_A_PROVINCE(a_round_that_is_cut_short_tells_nobody_twice),
        OF_A_PROVINCE(what_went_elsewhere_overnight_is_not_told),
        OF_A_PROVINCE(without_anybody_there_the_centre_is_told),
        OF_A_PROVINCE(the_successor_gets_what_waited),
        OF_A_PROVINCE(a_head_hears_weekly),
        OF_A_PROVINCE(passed_on_too_often_and_bounced_numbers_are_watched),
        OF_A_PROVINCE(the_central_store_is_missed_in_office_hours),
        OF_A_PROVINCE(nobody_misses_a_central_store_that_cannot_be_missed),
        OF_A_PROVINCE(no_text_says_who_or_what_a_citizen_wrote),
        OF_A_PROVINCE(answers_to_officers),
        OF_A_PROVINCE(the_last_day_ends_with_the_office),
        OF_A_PROVINCE(the_number_decides_who_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
