/* The store's fixture. */
#include "tests/unit/store_fixture.h"

#include "firmware-host/base/mem.h"
#include "store/db.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int fixture_setup_closed(void **state) {
    static const uint8_t secret[32] = {1, 2, 3};
    struct store_fixture *f = mem_alloc(sizeof *f);
    crypto_start();
    folder_make(&f->folder);
    f->path = folder_file(&f->folder, "phanhoi.db");
    f->keys = keyring_from_secret(secret);
    *state = f;
    return 0;
}

int fixture_setup(void **state) {
    int failed = fixture_setup_closed(state);
    fixture_open(*state);
    return failed;
}

int fixture_teardown(void **state) {
    struct store_fixture *f = *state;
    if (f->store)
        fixture_check_counts(f->store);
    store_close(f->store);
    folder_remove(&f->folder);
    keyring_free(f->keys);
    free(f->path);
    free(f);
    return 0;
}

struct store_options fixture_options(const struct store_fixture *f) {
    return (struct store_options){.path = f->path, .keys = f->keys, .now = FIXTURE_NOW, .vfs = f->vfs};
}

void fixture_open(struct store_fixture *f) {
    struct store_options options = fixture_options(f);
    struct str problem;
    str_init(&problem, 1024);
    if (store_open(&options, &problem, &f->store) != ERR_OK)
        fail_msg("%s", problem.data);
    str_release(&problem);
}

void fixture_close(struct store_fixture *f) {
    store_close(f->store);
    f->store = NULL;
}

static void phone_of(int n, struct phone *ret_phone) {
    *ret_phone = (struct phone){.kind = PHONE_E164};
    snprintf(ret_phone->text, sizeof ret_phone->text, "+8491%07d", n % 10000000);
}

static int32_t code_of(int n) {
    return 100000000 + n;
}

static enum err take_raw(struct store *s, int n, int64_t *ret_id) {
    char pdu[64], body[160];
    snprintf(pdu, sizeof pdu, "pdu-%d", n);
    snprintf(body, sizeof body, "{\"from\":\"+8491%07d\",\"text\":\"phan anh so %d\"}", n % 10000000, n);
    return inbound_insert(s, "m1", "452040000000001", bytes_text(pdu), FIXTURE_NOW + n, bytes_text(body), FIXTURE_NOW + n, ret_id);
}

enum err fixture_event(struct store *s, int64_t case_id, const char *type, const char *subject, int64_t at, const char *json) {
    struct str data;
    str_init(&data, STORE_FIELD_MAX);
    str_add(&data, json);
    enum err e = outbox_add(s, case_id, type, subject, at, &data);
    str_release(&data);
    return e;
}

static enum err take_case(struct store *s, int n, const struct subscriber *who, int64_t message_id, int64_t *ret_id) {
    char text[64], data[64];
    snprintf(text, sizeof text, "phan anh so %d", n);
    snprintf(data, sizeof data, "{\"text\":\"phan anh so %d\"}", n);
    struct pakn_case c = {.code = code_of(n),
                          .subscriber_id = who->id,
                          .state = CASE_RECEIVED,
                          .text = text,
                          .link = (char *)"m1",
                          .submitted_at = FIXTURE_NOW,
                          .message_id = message_id,
                          .due_day = 20511};
    struct deadline d = {.kind = DEADLINE_INTAKE, .working_days = 2, .start_at = FIXTURE_NOW, .due_day = 20511, .due_at = FIXTURE_NOW + 1};
    int64_t deadline_id;
    enum err e = case_insert(s, &c, ret_id);
    d.case_id = *ret_id;
    if (e == ERR_OK)
        e = case_event_insert(s, *ret_id, FIXTURE_NOW, "case.submitted", "citizen", data);
    if (e == ERR_OK)
        e = deadline_insert(s, &d, &deadline_id);
    if (e == ERR_OK)
        e = fixture_event(s, *ret_id, "vn.pakn.case.submitted", "100000001", FIXTURE_NOW, data);
    return e;
}

static enum err take_reply(struct store *s, int n, const struct subscriber *who, int64_t case_id, int64_t message_id) {
    char text[64];
    int len = snprintf(text, sizeof text, "Da nhan phan anh %d", n);
    struct outbound o = {.subscriber_id = who->id,
                         .template_name = (char *)"ACK",
                         .text = text,
                         .class = OUTBOUND_REPLY,
                         .created_at = FIXTURE_NOW,
                         .expires_at = FIXTURE_NOW + 1,
                         .link = (char *)"m1",
                         .case_id = case_id,
                         .message_id = message_id,
                         .total = 1};
    struct part p = {.sequence = 1, .len = (size_t)len};
    int64_t id;
    return outbound_insert(s, &o, &p, 1, &id);
}

enum err fixture_take_message(struct store *s, int n) {
    struct phone phone;
    struct subscriber who = {0};
    int64_t inbound_id = 0, message_id = 0, case_id = 0;
    char text[64];
    phone_of(n, &phone);
    snprintf(text, sizeof text, "PA phan anh so %d", n);
    enum err e = take_raw(s, n, &inbound_id);
    if (e == ERR_OK)
        e = subscriber_get(s, &phone, &who);
    who.last_at = FIXTURE_NOW + n;
    if (e == ERR_OK)
        e = subscriber_save(s, &who);
    struct message m = {.subscriber_id = who.id, .link = (char *)"m1", .arrived_at = FIXTURE_NOW, .sent_at = FIXTURE_NOW, .text = text};
    if (e == ERR_OK)
        e = message_insert(s, &m, &message_id);
    if (e == ERR_OK)
        e = take_case(s, n, &who, message_id, &case_id);
    if (e == ERR_OK)
        e = take_reply(s, n, &who, case_id, message_id);
    if (e == ERR_OK)
        e = message_understood(s, message_id, "SUBMIT", case_id);
    if (e == ERR_OK)
        e = inbound_mark(s, inbound_id, INBOUND_DONE, NULL, message_id);
    subscriber_release(&who);
    return e;
}

bool fixture_has_message(struct store *s, int n) {
    struct pakn_case c;
    char expected[64];
    enum err e = case_by_code(s, code_of(n), &c);
    if (e == ERR_NOT_FOUND)
        return false;
    assert_int_equal(e, ERR_OK);
    snprintf(expected, sizeof expected, "phan anh so %d", n);
    assert_string_equal(c.text, expected);
    case_release(&c);
    return true;
}

/* Each counts what must not be. */
static const char *const inconsistencies[] = {
    "SELECT count(*) FROM inbound WHERE state <> 2 OR message_id IS NULL",
    "SELECT abs((SELECT count(*) FROM inbound) - (SELECT count(*) FROM message))",
    "SELECT abs((SELECT count(*) FROM inbound) - (SELECT count(*) FROM cases))",
    "SELECT count(*) FROM message WHERE verb IS NOT 'SUBMIT' OR case_id IS NULL",
    "SELECT count(*) FROM cases WHERE (SELECT count(*) FROM case_event WHERE case_id = cases.id) <> 1",
    "SELECT count(*) FROM cases WHERE (SELECT count(*) FROM deadline WHERE case_id = cases.id) <> 1",
    "SELECT count(*) FROM cases WHERE (SELECT count(*) FROM outbox WHERE case_id = cases.id) <> 1",
    "SELECT count(*) FROM cases WHERE (SELECT count(*) FROM outbound WHERE case_id = cases.id) <> 1",
    "SELECT count(*) FROM outbound WHERE (SELECT count(*) FROM part WHERE outbound_id = outbound.id) <> total",
    "SELECT count(*) FROM pragma_foreign_key_check",
    "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
};

int64_t fixture_sql(struct store *s, const char *sql) {
    sqlite3_stmt *q;
    int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);
    if (code != SQLITE_OK || sqlite3_step(q) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(s->db));
    int64_t value = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return value;
}

void fixture_check_counts(struct store *s) {
    struct store_counts c;
    sqlite3_stmt *q;
    assert_int_equal(store_counts(s, &c), ERR_OK);
    const int64_t kept[] = {c.inbound_raw,  c.inbound_held,  c.messages,         c.cases_open,     c.cases - c.cases_open,
                            c.parts_queued, c.attempts_open, c.attempts_unknown, c.outbox_waiting, c.outbox_parked};
    assert_int_equal(sqlite3_prepare_v2(s->db, statement_sql(S_COUNTS), -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_int_equal(sqlite3_column_count(q), sizeof kept / sizeof *kept);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        assert_int_equal(kept[i], sqlite3_column_int64(q, (int)i));
    sqlite3_finalize(q);
}

void fixture_check_consistent(struct store *s) {
    fixture_check_counts(s);
    for (size_t i = 0; i < sizeof inconsistencies / sizeof *inconsistencies; i++)
        if (fixture_sql(s, inconsistencies[i]) != 0)
            fail_msg("inconsistent: %s", inconsistencies[i]);
}
