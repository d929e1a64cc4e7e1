/* Cases and officers on the message centre's fixture. */
#include "tests/unit/life_fixture.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPED(value) \
    { .text = (char *)(uintptr_t)(value), .line = __LINE__ }
#define AGENCY(key_, kind_, parent_, name_, accented_) \
    { .key = TYPED(key_), .kind = TYPED(kind_), .parent = TYPED(parent_), .name = TYPED(name_), .name_accented = TYPED(accented_), .line = __LINE__ }
#define OFFICER(key_, phone_, role_, agency_) \
    { .key = TYPED(key_), .name = TYPED(key_), .phone = TYPED(phone_), .role = TYPED(role_), .agency = TYPED(agency_), .line = __LINE__ }

static void import(struct centre_fixture *f) {
    struct directory_agency agencies[] = {
        AGENCY("ttpvhcc", "centre", NULL, "TT PVHCC tinh", "TT PVHCC tỉnh"),
        AGENCY("vp-ubnd", "office", NULL, "VP UBND tinh", "VP UBND tỉnh"),
        AGENCY("so-xd", "agency", NULL, "So Xay dung", "Sở Xây dựng"),
        AGENCY("so-tc", "agency", NULL, "So Tai chinh", "Sở Tài chính"),
        AGENCY("xa-hq", "commune", NULL, "UBND xa Hoang Quang", "UBND xã Hoằng Quang"),
        AGENCY("phong-ht", "unit", "ttpvhcc", "Phong Ha tang", "Phòng Hạ tầng"),
        AGENCY("to-duong", "unit", "so-xd", "To duong bo", "Tổ đường bộ"),
    };
    struct directory_officer officers[] = {
        OFFICER("ct.an", "0913000001", "centre", "ttpvhcc"),        OFFICER("ht.unit", "0913000002", "unit", "phong-ht"),
        OFFICER("xd.intake", "0913000003", "intake", "so-xd"),      OFFICER("xd.unit", "0913000004", "unit", "to-duong"),
        OFFICER("tc.coord", "0913000005", "coordinating", "so-tc"), OFFICER("vp.office", "0913000006", "office", "vp-ubnd"),
        OFFICER("xd.head", "0913000007", "head", "so-xd"),
    };
    struct directory d = {.file = (char *)(uintptr_t) "directory.conf",
                          .agencies = agencies,
                          .officers = officers,
                          .agency_count = sizeof agencies / sizeof *agencies,
                          .officer_count = sizeof officers / sizeof *officers};
    struct str problems;
    str_init(&problems, 4096);
    if (directory_check(&d, &problems) != ERR_OK)
        fail_msg("%s", problems.data);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(directory_import(f->store, &d, f->now, &problems), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    str_release(&problems);
}

int life_setup(void **state) {
    if (centre_setup(state) != 0)
        return -1;
    struct centre_fixture *f = *state;
    f->settings.site = "phanhoi.thanhhoa.gov.vn";
    centre_reopen_smsc(f);
    import(f);
    return 0;
}

int64_t life_agency(struct centre_fixture *f, const char *key) {
    struct agency a = {0};
    if (agency_find(f->store, key, &a) != ERR_OK)
        fail_msg("no agency %s", key);
    int64_t id = a.id;
    agency_release(&a);
    return id;
}

const char *life_code(struct centre_fixture *f, int64_t case_id) {
    static char code[CASE_CODE_SIZE];
    struct pakn_case c = centre_case(f, case_id);
    case_code_text(c.code, code);
    case_release(&c);
    return code;
}

struct case_life life_of(struct centre_fixture *f, int64_t case_id) {
    struct case_life life = {0};
    assert_int_equal(life_get(f->store, case_id, &life), ERR_OK);
    return life;
}

enum case_state life_state(struct centre_fixture *f, int64_t case_id) {
    struct pakn_case c = centre_case(f, case_id);
    enum case_state state = c.state;
    case_release(&c);
    return state;
}

static enum err attempt(struct centre_fixture *f, int64_t case_id, const char *officer, const struct case_step *step, struct str *problem,
                        struct case_outcome *outcome) {
    int32_t code = (int32_t)strtol(life_code(f, case_id), NULL, 10);
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = smsc_case_step(f->smsc, code, officer, step, f->now, problem, outcome);
    if (e == ERR_OK) {
        assert_int_equal(store_commit(f->store), ERR_OK);
    } else {
        store_rollback(f->store);
        smsc_rolled_back(f->smsc);
    }
    return e;
}

struct case_outcome life_do(struct centre_fixture *f, int64_t case_id, const char *officer, const struct case_step *step) {
    struct case_outcome outcome = {0};
    struct str problem;
    str_init(&problem, 1024);
    enum err e = attempt(f, case_id, officer, step, &problem, &outcome);
    if (e != ERR_OK)
        fail_msg("%s by %s: %s: %s", case_step_name(step->kind), officer, err_text(e), problem.len ? problem.data : "");
    str_release(&problem);
    return outcome;
}

struct case_outcome life_act(struct centre_fixture *f, int64_t case_id, const char *officer, enum case_step_kind kind, const char *text,
                             const char *to) {
    int64_t agency = to ? life_agency(f, to) : 0;
    struct case_step step = {.kind = kind, .text = text, .agency_ids = &agency, .agency_count = to ? 1 : 0};
    return life_do(f, case_id, officer, &step);
}

void life_refused(struct centre_fixture *f, int64_t case_id, const char *officer, const struct case_step *step, enum err expected, const char *why) {
    struct case_outcome outcome = {0};
    struct str problem;
    str_init(&problem, 1024);
    int64_t events = centre_count(f, "SELECT count(*) FROM case_event");
    enum err e = attempt(f, case_id, officer, step, &problem, &outcome);
    if (e != expected || !problem.data || !strstr(problem.data, why))
        fail_msg("%s by %s: %s: %s; expected: %s", case_step_name(step->kind), officer, err_text(e), problem.len ? problem.data : "", why);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM case_event"), events);
    str_release(&problem);
}

struct case_outcome life_cite(struct centre_fixture *f, int64_t case_id, const struct case_step *step) {
    struct pakn_case c = centre_case(f, case_id);
    struct life_answer answer = {.link = "m1", .message_id = c.message_id};
    struct case_outcome outcome = {0};
    struct str problem;
    str_init(&problem, 1024);
    assert_int_equal(store_begin(f->store), ERR_OK);
    enum err e = life_step(f->smsc, &c, step, &answer, f->now, &problem, &outcome);
    if (e != ERR_OK)
        fail_msg("%s: %s: %s", case_step_name(step->kind), err_text(e), problem.len ? problem.data : "");
    assert_int_equal(store_commit(f->store), ERR_OK);
    str_release(&problem);
    case_release(&c);
    return outcome;
}

void life_expect(struct centre_fixture *f, const char *to, int n, int64_t case_id, const char *format) {
    struct str text;
    const char *at = format;
    str_init(&text, 4096);
    for (const char *hole; (hole = strstr(at, "{code}")) != NULL; at = hole + 6) {
        str_add_n(&text, at, (size_t)(hole - at));
        str_add(&text, life_code(f, case_id));
    }
    str_add(&text, at);
    centre_expect(f, to, n, text.data);
    str_release(&text);
}

int life_class(struct centre_fixture *f, const char *template_name) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT coalesce((SELECT class FROM outbound WHERE template_name = '%s' ORDER BY id DESC LIMIT 1), -1)", template_name);
    return (int)centre_count(f, sql);
}

void life_to(struct centre_fixture *f, int year, int month, int day, int hour) {
    int64_t at = civil_to_ms((struct civil){.year = year, .month = month, .day = day, .hour = hour});
    assert_true(at >= f->now);
    centre_wait(f, at - f->now);
}
