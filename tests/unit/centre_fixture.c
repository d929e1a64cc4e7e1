/* The message centre's fixture. */
#include "tests/unit/centre_fixture.h"

#include "smsc/code.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void open_smsc(struct centre_fixture *f) {
    struct smsc_parts parts = {.store = f->store, .calendar = f->calendar, .keys = f->base->keys};
    struct str problem;
    str_init(&problem, 1024);
    if (smsc_new(&parts, &f->settings, &problem, &f->smsc) != ERR_OK)
        fail_msg("%s", problem.data);
    str_release(&problem);
    assert_int_equal(smsc_recover(f->smsc, f->now), ERR_OK);
}

int centre_setup(void **state) {
    struct centre_fixture *f = mem_alloc(sizeof *f);
    void *base = NULL;
    log_set_level(LOG_LEVEL_ERROR);
    if (fixture_setup(&base) != 0)
        return -1;
    f->base = base;
    f->store = f->base->store;
    f->calendar = calendar_default();
    f->now = CENTRE_START;
    smsc_settings_default(&f->settings);
    f->settings.appliance_id = "th-01";
    f->settings.province = "38";
    f->settings.province_name = "Thanh Hoa";
    f->settings.province_name_accented = "Thanh Hóa";
    f->settings.shortcode = "1022";
    open_smsc(f);
    *state = f;
    return 0;
}

int centre_teardown(void **state) {
    struct centre_fixture *f = *state;
    void *base = f->base;
    smsc_free(f->smsc);
    calendar_free(f->calendar);
    free(f);
    return fixture_teardown(&base);
}

void centre_reopen_smsc(struct centre_fixture *f) {
    smsc_free(f->smsc);
    open_smsc(f);
}

void centre_in_slot(struct centre_fixture *f, int index, int of) {
    f->settings.index = index;
    f->settings.of = of;
    centre_reopen_smsc(f);
}

const char *centre_code(struct centre_fixture *f, bool ours, int n) {
    static char text[CASE_CODE_SIZE];
    for (int32_t body = 1;; body++) {
        int32_t code = code_of_body(body);
        if (code_in_slot(f->base->keys, code, f->settings.index, f->settings.of) == ours && n-- == 0) {
            case_code_text(code, text);
            return text;
        }
    }
}

void centre_restart(struct centre_fixture *f) {
    smsc_free(f->smsc);
    fixture_close(f->base);
    fixture_open(f->base);
    f->store = f->base->store;
    open_smsc(f);
}

static char pdu_text[64];

struct arrival centre_text(struct centre_fixture *f, const char *from, const char *text) {
    struct arrival a = {.link = "m1", .origin = "452040000000001", .kind = ARRIVAL_TEXT, .sent_at = f->now, .text = text, .done_at = -1};
    if (phone_parse(from, &a.phone) != ERR_OK)
        fail_msg("%s is no phone", from);
    a.encoding = sms_encoding_for(text);
    snprintf(pdu_text, sizeof pdu_text, "pdu %d", ++f->sent);
    a.pdu = bytes_text(pdu_text);
    return a;
}

struct arrival centre_part(struct centre_fixture *f, const char *from, const char *text, int reference, int sequence, int total) {
    struct arrival a = centre_text(f, from, text);
    a.concat = (struct sms_concat){.reference = (uint16_t)reference, .sequence = (uint8_t)sequence, .total = (uint8_t)total};
    return a;
}

void centre_give(struct centre_fixture *f, const struct arrival *a) {
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(smsc_arrival(f->smsc, a, false, f->now), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
}

void centre_say(struct centre_fixture *f, const char *from, const char *text) {
    struct arrival a = centre_text(f, from, text);
    centre_give(f, &a);
}

void centre_wait(struct centre_fixture *f, int64_t ms) {
    f->now += ms;
    for (int turns = 0; smsc_next_time(f->smsc) <= f->now; turns++) {
        assert_true(turns < 1000); /* a timer that never ends */
        assert_int_equal(store_begin(f->store), ERR_OK);
        assert_int_equal(smsc_tick(f->smsc, f->now), ERR_OK);
        assert_int_equal(store_commit(f->store), ERR_OK);
    }
}

struct replies {
    int64_t subscriber_id;
    char **texts; /* newest first */
    int count;
};

static void add_reply(void *context, const struct outbound *o, const struct part *parts, size_t count) {
    struct replies *r = context;
    (void)parts;
    assert_int_equal(count, (size_t)o->total);
    if (o->subscriber_id != r->subscriber_id)
        return;
    r->texts = mem_resize(r->texts, (size_t)r->count + 1, sizeof *r->texts);
    r->texts[r->count++] = mem_string(o->text);
}

static struct replies replies_to(struct centre_fixture *f, const char *to) {
    struct replies r = {0};
    struct phone phone;
    struct subscriber who = {0};
    assert_int_equal(phone_parse(to, &phone), ERR_OK);
    if (subscriber_find(f->store, &phone, &who) != ERR_OK)
        return r;
    r.subscriber_id = who.id;
    subscriber_release(&who);
    assert_int_equal(outbound_list(f->store, 0, 10000, add_reply, &r), ERR_OK);
    return r;
}

char *centre_reply(struct centre_fixture *f, const char *to, int n) {
    struct replies r = replies_to(f, to);
    int at = n < 0 ? -1 - n : r.count - 1 - n;
    char *text = at >= 0 && at < r.count ? mem_string(r.texts[at]) : NULL;
    for (int i = 0; i < r.count; i++)
        free(r.texts[i]);
    free(r.texts);
    return text;
}

int centre_replies(struct centre_fixture *f, const char *to) {
    struct replies r = replies_to(f, to);
    for (int i = 0; i < r.count; i++)
        free(r.texts[i]);
    free(r.texts);
    return r.count;
}

static bool matches(const char *pattern, const char *text) {
    if (*pattern == '*')
        return matches(pattern + 1, text) || (*text && matches(pattern, text + 1));
    return *pattern == *text && (!*pattern || matches(pattern + 1, text + 1));
}

void centre_expect(struct centre_fixture *f, const char *to, int n, const char *expected) {
    char *text = centre_reply(f, to, n);
    if (!text || !matches(expected, text))
        fail_msg("reply %d to %s is \"%s\", expected \"%s\"", n, to, text ? text : "(none)", expected);
    free(text);
}

struct pakn_case centre_case(struct centre_fixture *f, int64_t id) {
    struct pakn_case c;
    if (case_get(f->store, id, &c) != ERR_OK)
        fail_msg("no case %lld", (long long)id);
    return c;
}

/* Each counts what must not be. */
static const char *const broken_promises[] = {
    "SELECT count(*) FROM cases WHERE code IS NOT NULL AND (SELECT count(*) FROM outbound WHERE case_id = cases.id AND template_name = 'ACK') <> 1",
    "SELECT count(*) FROM cases WHERE code IS NOT NULL AND "
    "(SELECT count(*) FROM outbox WHERE case_id = cases.id AND type = 'vn.pakn.case.submitted') <> 1",
    "SELECT count(*) FROM cases WHERE code IS NOT NULL AND "
    "(SELECT count(*) FROM case_event WHERE case_id = cases.id AND type = 'case.submitted') <> 1",
    "SELECT count(*) FROM cases WHERE code IS NOT NULL AND (SELECT count(*) FROM deadline WHERE case_id = cases.id AND kind = 0) < 1",
    "SELECT count(*) FROM cases WHERE code IS NULL AND state <> 0",
    "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.case.submitted' AND (SELECT count(*) FROM cases WHERE id = outbox.case_id) <> 1",
    "SELECT count(*) FROM outbound WHERE (SELECT count(*) FROM part WHERE outbound_id = outbound.id) <> total",
    "SELECT count(*) FROM pragma_foreign_key_check",
};

const char *centre_broken_promise(struct store *store) {
    for (size_t i = 0; i < sizeof broken_promises / sizeof *broken_promises; i++)
        if (fixture_sql(store, broken_promises[i]) != 0)
            return broken_promises[i];
    return NULL;
}

void centre_check_promises(struct centre_fixture *f) {
    const char *broken = centre_broken_promise(f->store);
    if (broken)
        fail_msg("broken: %s", broken);
    assert_int_equal(centre_count(f, "SELECT count(*) FROM inbound WHERE state IN (0, 4)"), 0);
}
