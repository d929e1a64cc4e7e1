/* Messages whose handling fails, or kills the program: they are held with a reason, and everything before and after them is served, in the same turn
 * and after a restart. Once the cause is gone they can be run again. On the whole core; nothing in it knows of these tests: what fails is a row that
 * is damaged on the disk, a counter that was set back, or a trigger on the database of this process. */
#include "firmware-host/base/log.h"
#include "firmware-host/base/metric.h"
#include "store/db.h"
#include "tests/fault/core.h"
#include "tests/fault/vfs.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { AN, BINH, CHI, DUNG }; /* citizens */

struct stage {
    struct world world;
    struct core core;
};

static int setup(void **state) {
    struct stage *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    world_init(&s->world, 1);
    s->world.calm = true;
    vfs_reset();
    vfs_power_watch(1);
    core_init(&s->core, &s->world);
    *state = s;
    return core_start(&s->core) ? 0 : -1;
}

static int teardown(void **state) {
    struct stage *s = *state;
    if (core_runs(&s->core))
        core_stop(&s->core);
    core_release(&s->core);
    world_release(&s->world);
    vfs_reset();
    free(s);
    return 0;
}

/* ---- small words ---- */

static void go(struct stage *s) {
    for (int i = 0; i < 4; i++) {
        (void)world_deliver(&s->world);
        for (int m = 0; m < WORLD_MODEMS; m++)
            (void)world_submit(&s->world, m);
        core_turns(&s->core);
    }
    if (s->world.wrong.len > 0)
        fail_msg("%s", s->world.wrong.data);
}

static void wait_ms(struct stage *s, int64_t ms) {
    clock_virtual_advance(&s->world.clock, ms);
    go(s);
}

static int64_t count(struct stage *s, const char *sql) {
    return fixture_sql(s->core.files->store, sql);
}

static void sql(struct stage *s, const char *text) {
    if (sqlite3_exec(s->core.files->store->db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(s->core.files->store->db));
}

static int64_t held(struct stage *s) {
    return count(s, "SELECT count(*) FROM inbound WHERE state = 4 AND length(reason) > 0");
}

static int64_t cases(struct stage *s) {
    return count(s, "SELECT count(*) FROM cases WHERE code IS NOT NULL");
}

static void retry(struct stage *s) {
    core_retry_held(&s->core);
    go(s);
}

static void everybody_is_served(struct stage *s) {
    core_settle(&s->core);
    core_check_settled(&s->core);
    if (s->world.wrong.len > 0)
        fail_msg("%s", s->world.wrong.data);
}

static void restart(struct stage *s) {
    core_stop(&s->core);
    assert_true(core_start(&s->core));
    go(s);
}

static void power_cut(struct stage *s) {
    core_vanish(&s->core);
    assert_true(core_start(&s->core));
    assert_true(s->core.careful);
    go(s);
}

/* ---- handlers that fail ---- */

static void damage_name_of_binh(struct stage *s) {
    world_write(&s->world, BINH, 0, "TEN Nguyen Thi Binh", 1);
    go(s);
    sql(s, "CREATE TABLE kept AS SELECT id, name_sealed FROM subscriber; "
           "UPDATE subscriber SET name_sealed = x'00112233445566778899' WHERE name_sealed IS NOT NULL");
    assert_int_equal(sqlite3_changes(s->core.files->store->db), 1);
}

static void mend_name_of_binh(struct stage *s) {
    sql(s, "UPDATE subscriber SET name_sealed = (SELECT name_sealed FROM kept WHERE kept.id = subscriber.id); DROP TABLE kept");
}

/* Three messages of one turn, the one in the middle of a person whose row is damaged. */
static void the_others_of_its_turn_are_served(void **state) {
    struct stage *s = *state;
    damage_name_of_binh(s);
    int64_t commits = metric_get(METRIC_COMMITS), messages = count(s, "SELECT count(*) FROM message"), was_held = metric_get(METRIC_SMS_HELD);
    world_write(&s->world, AN, 0, "PA Duong vao thon 1 bi sut lun", 1);
    world_write(&s->world, BINH, 0, "PA Duong vao thon 2 bi sut lun", 1);
    world_write(&s->world, CHI, 0, "PA Duong vao thon 3 bi sut lun", 1);
    assert_true(world_deliver(&s->world));
    core_turns(&s->core);
    assert_int_equal(metric_get(METRIC_COMMITS), commits + 1);
    assert_int_equal(world_waiting(&s->world), 0); /* held is stored: it's in the database */
    assert_int_equal(held(s), 1);
    assert_int_equal(count(s, "SELECT count(*) FROM inbound WHERE reason = 'can''t be unsealed with the keys here'"), 1);
    assert_int_equal(metric_get(METRIC_SMS_HELD), was_held + 1);
    assert_int_equal(cases(s), 2);
    assert_int_equal(count(s, "SELECT count(*) FROM message"), messages + 2);
    go(s);
    core_check(&s->core);
    mend_name_of_binh(s);
    retry(s);
    everybody_is_served(s);
    assert_int_equal(cases(s), 3);
}

static void a_restart_alone_changes_nothing_about_it(void **state) {
    struct stage *s = *state;
    damage_name_of_binh(s);
    world_write(&s->world, BINH, 0, "PA Duong vao thon 2 bi sut lun", 1);
    go(s);
    assert_int_equal(held(s), 1);
    restart(s);
    power_cut(s);
    assert_int_equal(held(s), 1);
    world_write(&s->world, BINH, 1, "PA Duong vao thon 4 bi sut lun", 1); /* after an unclean stop: raw first */
    world_write(&s->world, CHI, 1, "PA Duong vao thon 3 bi sut lun", 1);
    go(s);
    assert_int_equal(held(s), 2);
    assert_int_equal(cases(s), 1);
    retry(s); /* the cause is still there */
    assert_int_equal(held(s), 2);
    mend_name_of_binh(s);
    retry(s);
    everybody_is_served(s);
    assert_int_equal(cases(s), 3);
}

/* Another database with the same code space, or a copy that was put back by hand: the next code is taken. */
static void a_code_that_is_taken(void **state) {
    struct stage *s = *state;
    world_write(&s->world, AN, 0, "PA Duong vao thon 1 bi sut lun", 1);
    go(s);
    sql(s, "UPDATE meta SET value = value - 1 WHERE key = 'case_counter'");
    world_write(&s->world, BINH, 0, "PA Duong vao thon 2 bi sut lun", 1);
    world_write(&s->world, CHI, 0, "HD", 1);
    go(s);
    assert_int_equal(held(s), 1);
    assert_int_equal(count(s, "SELECT count(*) FROM outbound WHERE template_name = 'HELP'"), 1);
    core_check(&s->core);
    sql(s, "UPDATE meta SET value = value + 1 WHERE key = 'case_counter'");
    retry(s);
    everybody_is_served(s);
    assert_int_equal(cases(s), 2);
}

/* A part of a message is damaged on the disk while it waits for the other: both are held, and nobody else is. */
static void a_part_that_was_damaged(void **state) {
    struct stage *s = *state;
    world_write(&s->world, AN, 0, "PA Rac do day bo muong thon 1 da ba tuan nay khong ai don", 2);
    struct sms second = s->world.sms[--s->world.sms_count]; /* not yet on its way */
    go(s);
    sql(s, "CREATE TABLE kept AS SELECT id, body_sealed FROM inbound; UPDATE inbound SET body_sealed = x'0011'");
    s->world.sms[s->world.sms_count++] = second;
    world_write(&s->world, BINH, 0, "PA Duong vao thon 2 bi sut lun", 1);
    go(s);
    wait_ms(s, s->core.config.smsc.reassembly_wait);
    assert_int_equal(held(s), 2);
    assert_int_equal(cases(s), 1);
    sql(s, "UPDATE inbound SET body_sealed = (SELECT body_sealed FROM kept WHERE kept.id = inbound.id) WHERE id IN (SELECT id FROM kept); "
           "DROP TABLE kept");
    retry(s);
    everybody_is_served(s);
    assert_int_equal(cases(s), 2);
}

/* That the disk failed while a raw message was interpreted says nothing against the message. */
static void a_failing_disk_is_not_its_fault(void **state) {
    struct stage *s = *state;
    power_cut(s);
    world_write(&s->world, AN, 0, "PA Duong vao thon 1 bi sut lun", 1);
    assert_true(world_deliver(&s->world));
    turn_run(s->core.turn);
    enum err e = ERR_IO;
    for (int i = 0; e == ERR_IO && i < 4; i++) {
        vfs_fail(VFS_SYNC, 2, false, EIO); /* the count of tries is committed, the interpretation isn't */
        e = smsc_interpret_raw(s->core.smsc, s->world.clock.wall);
    }
    assert_int_equal(e, ERR_OK);
    vfs_heal();
    go(s);
    assert_int_equal(held(s), 0);
    everybody_is_served(s);
}

/* ---- handlers that kill ---- */

static void die(sqlite3_context *context, int argc, sqlite3_value **argv) {
    (void)context;
    (void)argc;
    (void)argv;
    raise(SIGKILL);
}

/* From now on this process dies when it takes a message that was sent at that time. */
static void lay_mine(struct stage *s, int64_t sent_at) {
    char text[200];
    assert_int_equal(sqlite3_create_function(s->core.files->store->db, "die", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, die, NULL, NULL), SQLITE_OK);
    snprintf(text, sizeof text, "CREATE TEMP TRIGGER mine BEFORE INSERT ON main.message WHEN NEW.sent_at = %lld BEGIN SELECT die(); END",
             (long long)sent_at);
    sql(s, text);
}

/* A life of the core in a process of its own. True: it was killed. What it told the modems is lost with it, so that they hand over everything again.
 */
static bool dies(struct stage *s, int64_t mine, int64_t wait) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!core_start(&s->core))
            _exit(1);
        lay_mine(s, mine);
        go(s);
        wait_ms(s, wait);
        core_stop(&s->core);
        _exit(s->world.wrong.len > 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status);
}

static int setup_processes(void **state) { /* real files: a process that is killed leaves them as they are */
    int failed = setup(state);
    struct stage *s = *state;
    if (failed)
        return failed;
    core_stop(&s->core);
    vfs_reset();
    s->core.files->vfs = NULL;
    return 0;
}

static void one_that_kills_is_held_after_two_tries(void **state) {
    struct stage *s = *state;
    world_write(&s->world, AN, 0, "PA Duong vao thon 1 bi sut lun", 1);
    clock_virtual_advance(&s->world.clock, CLOCK_SECOND);
    int64_t mine = s->world.clock.wall;
    world_write(&s->world, BINH, 0, "PA Duong vao thon 2 bi sut lun", 1);
    clock_virtual_advance(&s->world.clock, CLOCK_SECOND);
    world_write(&s->world, CHI, 0, "PA Duong vao thon 3 bi sut lun", 1);
    assert_true(dies(s, mine, 0)); /* in the transaction of all three */
    assert_true(dies(s, mine, 0)); /* by itself, twice */
    assert_true(dies(s, mine, 0));
    assert_false(dies(s, mine, 0));
    assert_true(core_start(&s->core));
    assert_int_equal(held(s), 1);
    assert_int_equal(count(s, "SELECT count(*) FROM inbound WHERE reason = 'its handling stopped the program twice'"), 1);
    assert_int_equal(cases(s), 2);
    assert_int_equal(count(s, "SELECT count(*) FROM part WHERE state < 2"), 0); /* the others were answered */
    retry(s);
    assert_int_equal(cases(s), 3);
}

/* The first part of a message whose second never comes. */
static void write_half(struct stage *s, int citizen, const char *text) {
    struct world *w = &s->world;
    world_write(w, citizen, 0, text, 2);
    struct sms *last = &w->sms[w->sms_count - 1], *lost = last->concat.sequence == 2 ? last : last - 1;
    free(lost->text);
    *lost = *last;
    w->sms_count--;
}

/* The same when a message is made of the parts that came, because the others didn't. */
static void one_that_kills_when_its_time_is_over(void **state) {
    struct stage *s = *state;
    int64_t mine = s->world.clock.wall, wait = s->core.config.smsc.reassembly_wait;
    write_half(s, BINH, "PA Rac do day bo muong thon 2 da ba tuan nay khong ai don");
    clock_virtual_advance(&s->world.clock, CLOCK_SECOND);
    write_half(s, AN, "PA Rac do day bo muong thon 1 da ba tuan nay khong ai don");
    int deaths = 0;
    while (deaths < 6 && dies(s, mine, wait))
        deaths++;
    assert_int_equal(deaths, 3);
    assert_true(core_start(&s->core));
    wait_ms(s, wait);
    assert_int_equal(held(s), 1);
    assert_int_equal(cases(s), 1);
    retry(s);
    wait_ms(s, wait);
    assert_int_equal(held(s), 0);
    assert_int_equal(cases(s), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_others_of_its_turn_are_served, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_alone_changes_nothing_about_it, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_that_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_part_that_was_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failing_disk_is_not_its_fault, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_kills_is_held_after_two_tries, setup_processes, teardown),
        cmocka_unit_test_setup_teardown(one_that_kills_when_its_time_is_over, setup_processes, teardown),
    };
    vfs_register();
    log_set_level((enum log_level)0); /* failures, all of them wanted */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
