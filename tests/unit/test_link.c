/* How a link looks after its modem, in time that is moved: the worker is the test's own, message centre and store are real. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/link.h"
#include "tests/unit/centre_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MODEM_MUTE (2 * CLOCK_MINUTE)

/* ---- the worker ---- */

static struct {
    struct worker_owner owner;
    enum protocol_name said; /* last */
    enum protocol_recovery recovery;
    int recoveries;
    int64_t ussd_id;
} worker;

struct worker *worker_new(uv_loop_t *loop, struct clock *clock, const struct worker_settings *settings, const struct worker_owner *owner) {
    (void)loop;
    (void)clock;
    (void)settings;
    worker.owner = *owner;
    return NULL;
}

void worker_start(struct worker *w) {
    (void)w;
}

void worker_stop(struct worker *w) {
    (void)w;
}

void worker_hurry(struct worker *w) {
    (void)w;
}

void worker_leave(struct worker *w, const char *why) {
    (void)w;
    fail_msg("%s", why);
}

void worker_free(struct worker *w) {
    (void)w;
}

enum err worker_say(struct worker *w, const struct protocol_message *m) {
    (void)w;
    worker.said = m->name;
    if (m->name == PROTOCOL_USSD)
        worker.ussd_id = m->id;
    if (m->name == PROTOCOL_RECOVER) {
        worker.recovery = m->recovery;
        worker.recoveries++;
    }
    return ERR_OK;
}

void worker_expect(struct worker *w, int64_t within_ms) {
    (void)w;
    (void)within_ms;
}

void worker_fault(struct worker *w, const char *what) {
    (void)w;
    fail_msg("%s", what);
}

void worker_view(const struct worker *w, struct worker_view *ret_view) {
    (void)w;
    *ret_view = (struct worker_view){.state = "serving", .next_start_in = -1, .last_end = ""};
}

/* ---- the bench ---- */

struct bench {
    struct centre_fixture *f;
    struct clock_virtual clock;
    struct turn *turn;
    struct config config;
    struct config_modem modem;
    bool careful;
    struct link *link;
};

static int setup(void **state) {
    struct bench *b = mem_alloc(sizeof *b);
    void *f;
    if (centre_setup(&f) != 0)
        return -1;
    b->f = f;
    clock_virtual_init(&b->clock, b->f->now);
    clock_virtual_advance(&b->clock, CLOCK_HOUR);
    struct turn_parts turn = {.store = b->f->store, .smsc = b->f->smsc, .clock = &b->clock.clock};
    b->turn = turn_new(&turn);
    b->config.usb_reset_folder = mem_string("");
    b->modem.name = mem_string("m1");
    b->modem.line = mem_string("pty:/nowhere");
    b->modem.pin_file = mem_string("");
    memset(&worker, 0, sizeof worker);
    struct link_parts parts = {.clock = &b->clock.clock,
                               .turn = b->turn,
                               .store = b->f->store,
                               .smsc = b->f->smsc,
                               .config = &b->config,
                               .modem = &b->modem,
                               .program = "phanhoi-modem",
                               .careful = &b->careful};
    b->link = link_new(&parts);
    link_start(b->link);
    worker.owner.greeted(worker.owner.context);
    *state = b;
    return 0;
}

static int teardown(void **state) {
    struct bench *b = *state;
    turn_free(b->turn);
    link_free(b->link);
    void *f = b->f;
    free(b->config.usb_reset_folder);
    free(b->modem.name);
    free(b->modem.line);
    free(b->modem.pin_file);
    free(b);
    return centre_teardown(&f);
}

static void hear(struct protocol_message *m) {
    worker.owner.message(worker.owner.context, m);
    protocol_release(m);
}

static void hear_up(void) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_UP);
    hear(&m);
}

static void hear_mute(void) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_DOWN);
    m.reason = mem_string("the modem doesn't answer");
    m.cause = PROTOCOL_CAUSE_MUTE;
    hear(&m);
}

static void wait_for(struct bench *b, int64_t ms) {
    clock_virtual_advance(&b->clock, ms);
    link_look_after(b->link);
}

static void open_submission(struct bench *b) {
    assert_true(link_wants_work(b->link, b->clock.wall));
    link_dispatch(b->link);
    turn_run(b->turn);
    assert_int_equal(worker.said, PROTOCOL_SEND);
}

static void say_verdict(struct bench *b, int64_t attempt) {
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_SENT);
    m.id = attempt;
    m.reference = 7;
    hear(&m);
    turn_run(b->turn);
}

/* ---- */

/* A mute modem says it once and then nothing: no health, no verdict. */
static void a_mute_modem_is_brought_back_although_it_says_nothing(void **state) {
    struct bench *b = *state;
    struct link_view view;
    hear_up();
    hear_mute();
    wait_for(b, MODEM_MUTE - 1);
    assert_int_equal(worker.recoveries, 0);
    wait_for(b, 1);
    assert_int_equal(worker.recoveries, 1);
    assert_int_equal(worker.recovery, PROTOCOL_RECOVERY_REOPEN);
    hear_mute(); /* the next worker's word */
    wait_for(b, CLOCK_HOUR);
    link_view(b->link, &view);
    assert_true(view.helpless); /* its radio and restart need an answer, USB isn't reset here */
    assert_int_equal(worker.recoveries, 1);
}

/* Whatever trouble there is: the verdict of the submission that is out comes first. */
static void nothing_is_done_while_a_submission_is_out(void **state) {
    struct bench *b = *state;
    centre_say(b->f, "+84912000101", "PA Duong vao thon 3 bi sut lun");
    hear_up();
    open_submission(b);
    assert_true(link_busy(b->link));
    hear_mute();
    wait_for(b, 2 * MODEM_MUTE);
    assert_int_equal(worker.recoveries, 0);
    struct protocol_message m;
    protocol_init(&m, PROTOCOL_UNKNOWN);
    m.id = 1;
    m.reason = mem_string("no answer");
    hear(&m);
    turn_run(b->turn);
    assert_false(link_busy(b->link));
    assert_int_equal(worker.recoveries, 1);
}

static int replies;

static void replied(void *context, enum protocol_outcome outcome, const char *text) {
    (void)context;
    (void)text;
    assert_int_equal(outcome, PROTOCOL_OUTCOME_DONE);
    replies++;
}

/* Modems mix the two up: a request waits for the verdict, the next submission for the network's reply. */
static void ussd_and_submissions_take_turns(void **state) {
    struct bench *b = *state;
    struct str problem;
    struct protocol_message m;
    str_init(&problem, 256);
    replies = 0;
    centre_say(b->f, "+84912000101", "PA Duong vao thon 3 bi sut lun");
    protocol_init(&m, PROTOCOL_UP);
    m.ussd = true;
    hear(&m);
    open_submission(b);
    assert_int_equal(link_ussd(b->link, PROTOCOL_ACTION_START, "*101#", replied, NULL, &problem), ERR_OK);
    assert_int_equal(worker.said, PROTOCOL_SEND);
    say_verdict(b, 1);
    assert_int_equal(worker.said, PROTOCOL_USSD);
    assert_false(link_wants_work(b->link, b->clock.wall));
    protocol_init(&m, PROTOCOL_USSD_REPLY);
    m.id = worker.ussd_id;
    m.outcome = PROTOCOL_OUTCOME_DONE;
    m.text = mem_string("TK chinh 5000d");
    hear(&m);
    assert_int_equal(replies, 1);
    open_submission(b);
    say_verdict(b, 2);
    str_release(&problem);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mute_modem_is_brought_back_although_it_says_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_done_while_a_submission_is_out, setup, teardown),
        cmocka_unit_test_setup_teardown(ussd_and_submissions_take_turns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
