/* The queue's fixture. */
#include "tests/unit/queue_fixture.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK(call) assert_int_equal(call, ERR_OK)

static void quiet_sink(void *context, const char *line) {
    (void)context;
    assert_null(strstr(line, "8491000")); /* no number in a log, only masks */
}

static struct smsc_settings settings_for_tests(void) {
    return (struct smsc_settings){
        .quiet_from = 21 * 60,
        .quiet_to = 7 * 60,
        .reply_validity = 24 * CLOCK_HOUR,
        .notice_validity = 72 * CLOCK_HOUR,
        .unknown_wait = 10 * CLOCK_MINUTE,
        .attempts_max = 6,
        .retry_base = 30 * CLOCK_SECOND,
        .reply_link_wait = CLOCK_MINUTE,
        .want_reports = true,
    };
}

int queue_fixture_setup(void **state) {
    struct queue_fixture *f = mem_alloc(sizeof *f);
    void *files = NULL;
    log_set_sink(quiet_sink, NULL, 0);
    int failed = fixture_setup(&files);
    f->files = files;
    f->store = f->files->store;
    f->settings = settings_for_tests();
    f->now = FIXTURE_NOW;
    f->queue = queue_new(f->store, &f->settings);
    OK(queue_recover(f->queue, f->now));
    *state = f;
    return failed;
}

int queue_fixture_teardown(void **state) {
    struct queue_fixture *f = *state;
    void *files = f->files;
    queue_free(f->queue);
    dispatch_release(&f->dispatch);
    free(f);
    int failed = fixture_teardown(&files);
    log_set_sink(NULL, NULL, 0);
    return failed;
}

void queue_restart(struct queue_fixture *f) {
    queue_free(f->queue);
    fixture_close(f->files);
    fixture_open(f->files);
    f->store = f->files->store;
    f->queue = queue_new(f->store, &f->settings);
    OK(queue_recover(f->queue, f->now));
}

static int64_t subscriber_of(struct queue_fixture *f, int n) {
    struct phone phone = {.kind = PHONE_E164};
    struct subscriber who;
    snprintf(phone.text, sizeof phone.text, "+8491%07d", n);
    OK(subscriber_get(f->store, &phone, &who));
    int64_t id = who.id;
    subscriber_release(&who);
    return id;
}

int64_t queue_put_message(struct queue_fixture *f, const struct outbound *wanted, int n) {
    struct outbound o = *wanted;
    struct part parts[SMS_SEGMENTS_MAX];
    char text[4 * SMS_SEGMENTS_MAX] = "";
    int64_t id;
    o.total = o.total > 0 ? o.total : 1;
    for (int i = 0; i < o.total; i++) {
        parts[i] = (struct part){.sequence = i + 1, .offset = strlen(text)};
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d", i + 1);
        parts[i].len = strlen(text) - parts[i].offset;
    }
    o.text = text;
    o.template_name = o.template_name ? o.template_name : (char *)"ACK";
    o.created_at = o.created_at ? o.created_at : f->now;
    o.expires_at = o.expires_at ? o.expires_at : f->now + CLOCK_DAY;
    OK(store_begin(f->store));
    o.subscriber_id = subscriber_of(f, n);
    OK(queue_add(f->queue, &o, parts, (size_t)o.total, &id));
    OK(store_commit(f->store));
    return id;
}

int64_t queue_put(struct queue_fixture *f, int n, enum outbound_class class, const char *link, int parts) {
    return queue_put_message(f, &(struct outbound){.class = class, .link = (char *)link, .total = parts, .reference = n & 0xFF}, n);
}

const char *queue_give(struct queue_fixture *f, const char *link) {
    static char given[32];
    bool has = queue_has_work(f->queue, link, f->now);
    dispatch_release(&f->dispatch);
    OK(store_begin(f->store));
    enum err e = queue_next(f->queue, link, f->now, &f->dispatch);
    OK(store_commit(f->store));
    assert_true(e == ERR_OK ? has : e == ERR_NOT_FOUND);
    assert_true(e == ERR_OK || !queue_has_work(f->queue, link, f->now));
    if (e != ERR_OK)
        return "-";
    struct attempt a = queue_attempt(f, f->dispatch.attempt_id);
    assert_string_equal(a.link, link);
    assert_int_equal(a.state, ATTEMPT_OPEN);
    assert_int_equal(a.reference, f->dispatch.reference);
    assert_true(a.repeated || !f->dispatch.reject_duplicates); /* a repeat may have a TP-MR of its own */
    snprintf(given, sizeof given, "%d/%s", atoi(f->dispatch.to.text + 5), f->dispatch.text);
    return given;
}

const char *queue_drain(struct queue_fixture *f, const char *link, int most) {
    static char all[4096];
    all[0] = '\0';
    for (int i = 0; i < most; i++) {
        const char *given = queue_give(f, link);
        if (strcmp(given, "-") == 0)
            break;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i > 0 ? " " : "", given);
        queue_was_sent(f, f->dispatch.attempt_id, f->dispatch.reference);
    }
    return all;
}

int64_t queue_sends(struct queue_fixture *f, const char *link) {
    assert_string_not_equal(queue_give(f, link), "-");
    return f->dispatch.attempt_id;
}

void queue_was_sent(struct queue_fixture *f, int64_t attempt_id, int reference) {
    OK(store_begin(f->store));
    OK(queue_sent(f->queue, attempt_id, reference, f->now));
    OK(store_commit(f->store));
}

void queue_has_failed(struct queue_fixture *f, int64_t attempt_id, enum sms_failure class, int code) {
    OK(store_begin(f->store));
    OK(queue_failed(f->queue, attempt_id, class, code, "CMS ERROR", f->now));
    OK(store_commit(f->store));
}

void queue_is_unknown(struct queue_fixture *f, int64_t attempt_id) {
    OK(store_begin(f->store));
    OK(queue_unknown(f->queue, attempt_id, "no answer", f->now));
    OK(store_commit(f->store));
}

void queue_report(struct queue_fixture *f, const char *link, int n, int reference, int status) {
    OK(store_begin(f->store));
    OK(queue_receipt(f->queue, link, subscriber_of(f, n), reference, status, f->now, f->now, f->now));
    OK(store_commit(f->store));
}

void queue_ticks(struct queue_fixture *f) {
    for (int i = 0; i < 10000 && queue_next_time(f->queue) <= f->now; i++) {
        OK(store_begin(f->store));
        OK(queue_tick(f->queue, f->now));
        OK(store_commit(f->store));
    }
    assert_true(queue_next_time(f->queue) > f->now);
}

void queue_wait(struct queue_fixture *f, int64_t ms) {
    int64_t until = f->now + ms;
    for (int64_t next; (next = queue_next_time(f->queue)) <= until;) {
        f->now = next > f->now ? next : f->now;
        queue_ticks(f);
    }
    f->now = until;
    queue_ticks(f);
}

int64_t queue_part_id(int64_t outbound_id, int sequence) {
    return outbound_id * 256 + sequence;
}

const char *queue_part_state(struct queue_fixture *f, int64_t outbound_id, int sequence) {
    struct part p;
    OK(part_get(f->store, queue_part_id(outbound_id, sequence), &p));
    return part_state_name(p.state);
}

static void add_state(void *context, const struct attempt *a) {
    char *all = context;
    snprintf(all + strlen(all), 256 - strlen(all), "%s%s", *all ? " " : "", attempt_state_name(a->state));
}

const char *queue_attempts(struct queue_fixture *f, int64_t outbound_id, int sequence) {
    static char all[256];
    all[0] = '\0';
    OK(attempt_list_of(f->store, queue_part_id(outbound_id, sequence), add_state, all));
    return all;
}

struct attempt queue_attempt(struct queue_fixture *f, int64_t attempt_id) {
    struct attempt a;
    OK(attempt_get(f->store, attempt_id, &a));
    return a;
}
