/* The wipe on a disk that fails: each write, sync and truncation in turn. A piece is done whole or not at all, and once the disk works what is left
 * is erased, counted once, and proved by one row. */
#include "store/audit.h"
#include "store/db.h"
#include "store/retention.h"
#include "tests/fault/iterations.h"
#include "tests/fault/vfs.h"
#include "tests/unit/store_fixture.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { MESSAGES = 3, PIECE = 4, MOST = 200 };
#define LATER (FIXTURE_NOW + 800 * CLOCK_DAY)

static enum err piece(struct store *s, const struct retention_limits *limits, bool *ret_finished) {
    enum err e = store_begin(s);
    if (e != ERR_OK)
        return e;
    e = retention_step(s, limits, LATER, PIECE, ret_finished);
    if (e == ERR_OK && *ret_finished)
        e = retention_finish(s, limits, LATER);
    if (e == ERR_OK)
        return store_commit(s);
    store_rollback(s);
    return e;
}

static void run(struct store *s, int error) {
    const struct retention_settings settings = {.case_months = 24, .message_months = 24, .traffic_months = 24};
    struct retention_limits limits = retention_limits_at(&settings, LATER);
    bool finished = false;
    for (int i = 0; !finished; i++) {
        enum err e = piece(s, &limits, &finished);
        if (e != ERR_OK) {
            assert_true(vfs_failed() && (e == ERR_IO || (error == ENOSPC && e == ERR_FULL)));
            finished = false;
        }
        assert_false(store_in_transaction(s));
        assert_true(i < MOST);
    }
}

static void look(struct store *s) {
    struct audit_report report;
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM message WHERE length(text_sealed) = 0 AND subscriber_id = 0"), MESSAGES);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM inbound WHERE length(body_sealed) = 0 AND length(digest) = 16"), MESSAGES);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM outbound WHERE length(text_sealed) = 0 AND subscriber_id = 0"), MESSAGES);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM privacy_event WHERE type = 'retention.run'"), 1);
    assert_int_equal(fixture_sql(s, "SELECT sum(erased) FROM retention"), 0);
    assert_int_equal(fixture_sql(s, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"), 0);
    assert_int_equal(audit_verify(s, AUDIT_PRIVACY, &report), ERR_OK);
    assert_int_equal(report.broken_id, 0);
    fixture_check_counts(s);
}

static bool one_life(long nth, bool for_ever, int error) {
    void *state;
    assert_int_equal(fixture_setup_closed(&state), 0);
    struct store_fixture *f = state;
    f->vfs = FAULT_VFS;
    fixture_open(f);
    assert_int_equal(store_begin(f->store), ERR_OK);
    for (int n = 0; n < MESSAGES; n++)
        assert_int_equal(fixture_take_message(f->store, n), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    vfs_fail(VFS_WRITE | VFS_SYNC | VFS_TRUNCATE, nth, for_ever, error);
    if (for_ever) { /* it gets nowhere while the disk fails, and does no harm */
        const struct retention_settings settings = {.message_months = 24, .case_months = 24, .traffic_months = 24};
        struct retention_limits limits = retention_limits_at(&settings, LATER);
        bool finished = false;
        for (int i = 0; i < 20 && !finished && piece(f->store, &limits, &finished) == ERR_OK; i++)
            ;
    }
    bool failed = vfs_failed();
    if (for_ever)
        vfs_heal();
    if (!for_ever || fixture_sql(f->store, "SELECT count(*) FROM privacy_event") == 0)
        run(f->store, error);
    failed = failed || vfs_failed();
    vfs_heal();
    look(f->store);
    fixture_close(f);
    fixture_open(f);
    look(f->store);
    vfs_reset();
    assert_int_equal(fixture_teardown(&state), 0);
    return failed;
}

static void every_operation(void **state) {
    (void)state;
    static const struct {
        bool for_ever;
        int error;
    } kinds[] = {{false, EIO}, {false, ENOSPC}, {true, EIO}, {true, ENOSPC}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        long nth = 1;
        while (one_life(nth, kinds[i].for_ever, kinds[i].error))
            nth += fault_stride(1);
        assert_true(nth > 20);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_operation)};
    vfs_register();
    log_set_level(LOG_LEVEL_ERROR - 1); /* hundreds of failures, all of them wanted */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
