/* The way in: duplicates, what isn't text, poison, raw rows after an unclean stop. */
#include "smsc/arrival.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/base/metric.h"
#include "firmware-host/base/text.h"
#include "store/db.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define AN "+84912000001"
#define BINH "+84912000002"

/* ---- the same, and the same again ---- */

static void the_same_sms_read_twice_is_one(void **state) {
    struct centre_fixture *f = *state;
    struct arrival a = centre_text(f, AN, "PA Duong vao thon 3 bi sut lun");
    for (int i = 0; i < 3; i++)
        centre_give(f, &a);
    a.link = "m2"; /* the same SIM in another modem */
    centre_give(f, &a);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound"), 1);
    assert_int_equal(centre_replies(f, AN), 2);
    centre_restart(f);
    centre_give(f, &a);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 1);
    centre_check_promises(f);
}

/* A centre that offers a message again may have others waiting behind it by then: TP-MMS differs, the message is the same. */
static void offered_again_with_others_waiting_is_one(void **state) {
    struct centre_fixture *f = *state;
    struct arrival a = centre_text(f, AN, "PA Duong vao thon 3 bi sut lun");
    uint8_t pdu[] = {0x01, 0x91, 0x04, 0x0B, 0x91, 0x48};
    a.pdu = bytes_of(pdu, sizeof pdu);
    centre_give(f, &a);
    pdu[2] = 0x00;
    centre_give(f, &a);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound"), 1);
    pdu[2] = 0x20; /* a status report was asked for: another message */
    centre_give(f, &a);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound"), 2);
}

static void equal_texts_are_two(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_wait(f, CLOCK_MINUTE);
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message WHERE case_id = 1"), 2); /* about one case */
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
}

/* ---- what isn't for us ---- */

static int64_t ignored(struct centre_fixture *f) {
    return centre_count(f, "SELECT count(*) FROM inbound WHERE state = 3 AND reason IS NOT NULL");
}

static void what_isnt_text_is_kept_and_ignored(void **state) {
    struct centre_fixture *f = *state;
    static const enum arrival_kind kinds[] = {ARRIVAL_BINARY, ARRIVAL_MWI, ARRIVAL_BROKEN};
    for (size_t i = 0; i < 3; i++) {
        struct arrival a = centre_text(f, AN, "");
        a.kind = kinds[i];
        a.text = NULL;
        if (kinds[i] == ARRIVAL_BROKEN)
            a.phone = (struct phone){0};
        centre_give(f, &a);
        assert_int_equal(ignored(f), i + 1);
    }
    struct arrival a = centre_text(f, AN, "PA khong co so nguoi gui");
    a.phone = (struct phone){0};
    centre_give(f, &a);
    a = centre_text(f, AN, "");
    a.text = NULL;
    centre_give(f, &a);
    assert_int_equal(ignored(f), 5);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound"), 0);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 0);
}

/* ---- poison ---- */

static void sql(struct centre_fixture *f, const char *text) {
    if (sqlite3_exec(f->store->db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(f->store->db));
}

/* Makes every case that comes over the link "poison" fail in the middle of its handling. */
static void inject(struct centre_fixture *f) {
    sql(f, "CREATE TRIGGER poison BEFORE INSERT ON deadline WHEN (SELECT link FROM cases WHERE id = NEW.case_id) = 'poison' "
           "BEGIN SELECT RAISE(ABORT, 'injected'); END");
    log_set_level((enum log_level)0);
}

static void give_poison(struct centre_fixture *f) {
    struct arrival a = centre_text(f, AN, "PA Tin nay lam hong viec xu ly");
    a.link = "poison";
    centre_give(f, &a);
}

/* It's held with its reason; what came before and after it, also in the same transaction, is served; nothing of it is half done. */
static void poison_is_held_alone(void **state) {
    struct centre_fixture *f = *state;
    inject(f);
    int64_t held = metric_get(METRIC_SMS_HELD);
    static const char *const senders[] = {"+84912000001", "+84912000002", "+84912000003"};
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (size_t i = 0; i < 3; i++) {
        struct arrival a = centre_text(f, senders[i], "PA Duong vao thon 3 bi sut lun");
        a.link = i == 1 ? "poison" : "m1";
        assert_int_equal(smsc_arrival(f->smsc, &a, false, f->now), ERR_OK);
    }
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(metric_get(METRIC_SMS_HELD), held + 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 4 AND reason IS NOT NULL"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbound"), 4);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM subscriber"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM outbox"), 2);
    centre_restart(f);
    centre_say(f, BINH, "TC");
    centre_expect(f, BINH, -1, "PA <noi dung>*"); /* theirs is held, so there's nothing to list */
    centre_say(f, AN, "TC");
    centre_expect(f, AN, -1, "Phan anh cua ban: *");
}

/* What was held can be run again, once the cause is gone. */
static void held_messages_run_again(void **state) {
    struct centre_fixture *f = *state;
    inject(f);
    give_poison(f);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_held_retry(f->smsc, 1, f->now), ERR_OK); /* fails again: stays held */
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT state FROM inbound"), INBOUND_HELD);
    sql(f, "DROP TRIGGER poison");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_held_retry(f->smsc, 1, f->now), ERR_OK);
    assert_int_equal(smsc_held_retry(f->smsc, 1, f->now), ERR_CONFLICT);
    assert_int_equal(smsc_held_retry(f->smsc, 99, f->now), ERR_NOT_FOUND);
    assert_int_equal(store_commit(f->store), ERR_OK);
    centre_expect(f, AN, 0, "PAKN Thanh Hoa da nhan *");
    struct pakn_case c = centre_case(f, 1);
    assert_string_equal(c.text, "Tin nay lam hong viec xu ly");
    case_release(&c);
    centre_check_promises(f);
}

/* A held part keeps its assembly from nothing: the rest is joined without it. */
static void a_poisoned_timer_is_put_aside(void **state) {
    struct centre_fixture *f = *state;
    inject(f);
    struct arrival a = centre_part(f, AN, "PA phan mot cua tin hong viec ", 3, 1, 2);
    a.link = "poison";
    centre_give(f, &a);
    struct arrival b = centre_part(f, BINH, "PA phan mot cua tin binh thuong ", 3, 1, 2);
    centre_give(f, &b);
    centre_wait(f, f->settings.reassembly_wait);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 4"), 1);
    sql(f, "DROP TRIGGER poison");
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_held_retry(f->smsc, 1, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    centre_wait(f, CLOCK_HOUR);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 2);
    centre_check_promises(f);
}

/* ---- after an unclean stop ---- */

static void give_raw(struct centre_fixture *f, const char *from, const char *text) {
    struct arrival a = centre_text(f, from, text);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_arrival(f->smsc, &a, true, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

static void raw_rows_are_interpreted_one_by_one(void **state) {
    struct centre_fixture *f = *state;
    give_raw(f, AN, "PA Duong vao thon 3 bi sut lun");
    give_raw(f, BINH, "PA Den duong truoc cho khong sang");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM message"), 0);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_OK);
    assert_int_equal(centre_replies(f, AN), 2);
    assert_int_equal(centre_replies(f, BINH), 0);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_OK);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_NOT_FOUND);
    assert_int_equal(centre_count(f, "SELECT sum(tries) FROM inbound"), 2);
    centre_check_promises(f);
}

/* One that stopped the program twice isn't tried a third time. */
static void a_killer_is_held_after_two_tries(void **state) {
    struct centre_fixture *f = *state;
    give_raw(f, AN, "PA Tin nay lam chuong trinh dung");
    give_raw(f, BINH, "PA Den duong truoc cho khong sang");
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int i = 0; i < 2; i++)
        assert_int_equal(inbound_try(f->store, 1), ERR_OK); /* as two starts before left it */
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT state FROM inbound WHERE id = 1"), INBOUND_HELD);
    assert_int_equal(centre_replies(f, AN), 0);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_OK);
    assert_int_equal(centre_replies(f, BINH), 2);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_NOT_FOUND);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_held_retry(f->smsc, 1, f->now), ERR_OK); /* a person may still run it */
    assert_int_equal(store_commit(f->store), ERR_OK);
    centre_check_promises(f);
}

static void poison_among_raw_rows_is_held(void **state) {
    struct centre_fixture *f = *state;
    inject(f);
    struct arrival a = centre_text(f, AN, "PA Tin nay lam hong viec xu ly");
    a.link = "poison";
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_arrival(f->smsc, &a, true, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    give_raw(f, BINH, "PA Den duong truoc cho khong sang");
    for (int i = 0; i < 2; i++)
        assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT state FROM inbound WHERE id = 1"), INBOUND_HELD);
    assert_int_equal(centre_replies(f, BINH), 2);
}

/* Looking for raw rows where there are none leaves what memory knows of queue and timers as it is. */
static void nothing_raw_changes_nothing(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_wait(f, 0);
    int64_t next = smsc_next_time(f->smsc);
    assert_true(next > f->now);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_NOT_FOUND);
    assert_true(smsc_next_time(f->smsc) == next);
    assert_false(store_in_transaction(f->store));
}

/* ---- rows that were damaged on the disk ---- */

static void a_damaged_raw_row_is_held_alone(void **state) {
    struct centre_fixture *f = *state;
    give_raw(f, AN, "PA Tin nay bi hong tren dia cung");
    give_raw(f, BINH, "PA Den duong truoc cho khong sang");
    sql(f, "UPDATE inbound SET body_sealed = x'00112233' WHERE id = 1");
    log_set_level((enum log_level)0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_OK);
    assert_int_equal(smsc_interpret_raw(f->smsc, f->now), ERR_NOT_FOUND);
    assert_int_equal(centre_count(f, "SELECT state FROM inbound WHERE id = 1"), INBOUND_HELD);
    assert_int_equal(centre_replies(f, BINH), 2);
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_held_retry(f->smsc, 1, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    assert_int_equal(centre_count(f, "SELECT state FROM inbound WHERE id = 1"), INBOUND_HELD);
}

/* The part and those that wait with it are held; other timers go on. */
static void a_damaged_part_is_put_aside(void **state) {
    struct centre_fixture *f = *state;
    struct arrival a = centre_part(f, AN, "PA phan mot cua tin hong viec ", 3, 1, 3);
    centre_give(f, &a);
    a = centre_part(f, AN, "phan hai cua tin hong viec ", 3, 2, 3);
    centre_give(f, &a);
    a = centre_part(f, BINH, "PA phan mot cua tin binh thuong ", 3, 1, 2);
    centre_give(f, &a);
    sql(f, "UPDATE inbound SET body_sealed = x'00112233' WHERE id = 1");
    log_set_level((enum log_level)0);
    centre_wait(f, f->settings.reassembly_wait);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state = 4"), 2);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM cases"), 1);
    assert_int_equal(centre_replies(f, BINH), 3); /* ACK, INCOMPLETE, ASKNAME */
    ;
}

static void a_damaged_question_ends_in_time(void **state) {
    struct centre_fixture *f = *state;
    centre_say(f, AN, "PA Duong vao thon 3 bi sut lun");
    centre_say(f, AN, "TC");
    assert_int_equal(centre_count(f, "SELECT count(*) FROM dialogue WHERE open = 1 AND data_sealed IS NOT NULL"), 1);
    sql(f, "UPDATE dialogue SET data_sealed = x'00112233' WHERE data_sealed IS NOT NULL");
    log_set_level((enum log_level)0);
    centre_wait(f, 4 * CLOCK_DAY);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM dialogue WHERE data_sealed IS NOT NULL"), 0);
}

/* ---- a rolled back transaction ---- */

static void what_was_rolled_back_never_was(void **state) {
    struct centre_fixture *f = *state;
    struct arrival a = centre_text(f, AN, "PA Duong vao thon 3 bi sut lun");
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_arrival(f->smsc, &a, false, f->now), ERR_OK);
    store_rollback(f->store);
    smsc_rolled_back(f->smsc);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound"), 0);
    centre_give(f, &a); /* the worker hands it over again */
    assert_int_equal(centre_replies(f, AN), 2);
    centre_check_promises(f);
}

/* ---- raw rows ---- */

static void round_trip(const struct arrival *a) {
    struct str body;
    struct arrival_copy copy;
    str_init(&body, 65536);
    arrival_write(a, &body);
    assert_null(strchr(body.data, '\n'));
    assert_int_equal(arrival_read(body.data, body.len, &copy), ERR_OK);
    const struct arrival *b = &copy.arrival;
    assert_int_equal(a->kind, b->kind);
    assert_string_equal(a->link, b->link);
    assert_string_equal(a->origin, b->origin);
    assert_true(phone_equal(&a->phone, &b->phone));
    assert_true(a->sent_at == b->sent_at);
    assert_int_equal(a->concat.total, b->concat.total);
    if (a->concat.total) {
        assert_int_equal(a->concat.reference, b->concat.reference);
        assert_int_equal(a->concat.sequence, b->concat.sequence);
        assert_int_equal(a->concat.wide, b->concat.wide);
    }
    if (a->kind == ARRIVAL_REPORT) {
        assert_int_equal(a->reference, b->reference);
        assert_int_equal(a->status, b->status);
        assert_true(a->done_at == b->done_at);
    } else {
        assert_int_equal(a->encoding, b->encoding);
        assert_true(a->text ? b->text && strcmp(a->text, b->text) == 0 : !b->text);
    }
    for (size_t len = 0; len < body.len; len++) { /* half a row is damage, never a message */
        struct arrival_copy half;
        assert_int_equal(arrival_read(body.data, len, &half), ERR_INVALID);
    }
    arrival_release(&copy);
    str_release(&body);
}

static void arrivals_read_back(void **state) {
    struct centre_fixture *f = *state;
    static const char *const senders[] = {"+84912000001", "1022", "Viettel", "Q.Cao\"\\"};
    for (size_t i = 0; i < 4; i++) {
        struct arrival a = centre_text(f, "+84912000001", "PA \"ngoac\" \\ \n\t đường \xF0\x9F\x98\xA1");
        if (i == 3)
            a.phone = (struct phone){.kind = PHONE_ALPHANUMERIC, .text = "Q.Cao\"\\"};
        else
            assert_int_equal(phone_parse(senders[i], &a.phone), ERR_OK);
        round_trip(&a);
        a.concat = (struct sms_concat){.reference = 65535, .total = 255, .sequence = 255, .wide = true};
        a.sent_at = -1;
        round_trip(&a);
        a.kind = ARRIVAL_REPORT;
        a.text = NULL;
        a.reference = 255;
        a.status = 0x42;
        a.done_at = 123456789;
        round_trip(&a);
    }
    struct arrival broken = {.link = "m1", .origin = "m1", .kind = ARRIVAL_BROKEN, .sent_at = -1, .done_at = -1, .pdu = bytes_text("\xFF")};
    round_trip(&broken);
}

static void damaged_rows_are_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        "[]",
        "{}",
        "{\"kind\":\"text\"}",
        "{\"kind\":\"parcel\",\"link\":\"m1\",\"origin\":\"m1\",\"time\":1,\"encoding\":\"gsm7\",\"text\":\"a\"}",
        "{\"kind\":\"text\",\"link\":\"m1\",\"origin\":\"m1\",\"time\":\"1\",\"encoding\":\"gsm7\",\"text\":\"a\"}",
        "{\"kind\":\"text\",\"link\":\"m1\",\"origin\":\"m1\",\"time\":1,\"encoding\":\"ebcdic\",\"text\":\"a\"}",
        "{\"kind\":\"text\",\"link\":\"m1\",\"origin\":\"m1\",\"from\":\"++\",\"time\":1,\"encoding\":\"gsm7\",\"text\":\"a\"}",
        "{\"kind\":\"text\",\"link\":\"m1\",\"origin\":\"m1\",\"time\":1,\"encoding\":\"gsm7\",\"text\":\"a\",\"concat\":{\"total\":999}}",
        "{\"kind\":\"report\",\"link\":\"m1\",\"origin\":\"m1\",\"time\":1}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arrival_copy copy;
        assert_int_equal(arrival_read(rows[i], strlen(rows[i]), &copy), ERR_INVALID);
    }
}

/* No number, name or word of a citizen may be found in the files by who has no key. */
static void nothing_personal_is_readable(void **state) {
    struct centre_fixture *f = *state;
    static const char *const secrets[] = {"912000001", "Hoangthibimat", "noidungrieng"};
    centre_say(f, AN, "PA noidungrieng cua toi o thon 3");
    centre_say(f, AN, "TEN Nguyen Hoangthibimat");
    fixture_close(f->base);
    smsc_free(f->smsc);
    f->smsc = NULL;
    FILE *file = fopen(f->base->path, "rb");
    assert_non_null(file);
    struct str all;
    char block[4096];
    str_init(&all, 64 << 20);
    for (size_t len; (len = fread(block, 1, sizeof block, file)) > 0;)
        str_add_n(&all, block, len);
    fclose(file);
    for (size_t i = 0; i < 3; i++)
        assert_null(memmem(all.data, all.len, secrets[i], strlen(secrets[i])));
    assert_non_null(memmem(all.data, all.len, "SUBMIT", 6)); /* the search does find what isn't sealed */
    str_release(&all);
}

static int restore_log(void **state) {
    log_set_level(LOG_LEVEL_ERROR);
    return centre_teardown(state);
}

#define CENTRE(test) cmocka_unit_test_setup_teardown(test, centre_setup, restore_log)

int main(void) {
    const struct CMUnitTest tests[] = {
        CENTRE(the_same_sms_read_twice_is_one),
        CENTRE(offered_again_with_others_waiting_is_one),
        CENTRE(equal_texts_are_two),
        CENTRE(what_isnt_text_is_kept_and_ignored),
        CENTRE(poison_is_held_alone),
        CENTRE(held_messages_run_again),
        CENTRE(a_poisoned_timer_is_put_aside),
        CENTRE(raw_rows_are_interpreted_one_by_one),
        CENTRE(a_killer_is_held_after_two_tries),
        CENTRE(poison_among_raw_rows_is_held),
        CENTRE(nothing_raw_changes_nothing),
        CENTRE(a_damaged_raw_row_is_held_alone),
        CENTRE(a_damaged_part_is_put_aside),
        CENTRE(a_damaged_question_ends_in_time),
        CENTRE(what_was_rolled_back_never_was),
        CENTRE(arrivals_read_back),
        cmocka_unit_test(damaged_rows_are_refused),
        CENTRE(nothing_personal_is_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
