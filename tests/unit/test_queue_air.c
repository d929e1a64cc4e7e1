/* The queue against message centres that honour TP-RD, by chance: modems that count TP-MRs by themselves and lose count of what they were asked for,
 * submissions of which nobody hears, reports that come late or in another order, and a core that starts anew. One promise: a repeat that the centre
 * drops as known was on the air before, for else a citizen would never get the message. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"
#include "tests/unit/queue_fixture.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MODEMS = 2, PHONES = 400, RECENT = 3, STEPS = 1500, RUNS = 7, FIRST_PHONE = 1, REPORTS_MOST = 64 };
static const int64_t remembered = CLOCK_HOUR; /* by the centre: (modem, phone, TP-MR) */

struct report {
    int modem, phone, reference;
};

struct air {
    struct queue_fixture *f;
    uint32_t seed, chance;
    int counter[MODEMS];
    bool obedient; /* modems that take the TP-MR of the PDU */
    int64_t used_at[MODEMS][PHONES][256]; /* 0 never */
    bool *on_air; /* by part */
    size_t parts, put;
    struct report reports[REPORTS_MOST];
    size_t report_count;
    int dropped; /* repeats */
};

static const char *const links[MODEMS] = {"m1", "m2"};

static int pick(struct air *a, int below) {
    a->chance = a->chance * 1664525U + 1013904223U;
    return (int)((a->chance >> 8) % (uint32_t)below);
}

static bool *part_of(struct air *a, int64_t attempt_id) {
    size_t part = (size_t)queue_attempt(a->f, attempt_id).part_id / 256;
    if (part >= a->parts) {
        a->on_air = mem_resize(a->on_air, part + 1, sizeof *a->on_air);
        memset(a->on_air + a->parts, 0, (part + 1 - a->parts) * sizeof *a->on_air);
        a->parts = part + 1;
    }
    return &a->on_air[part];
}

static int give_reference(struct air *a, int modem) {
    const struct dispatch *d = &a->f->dispatch;
    if (d->reject_duplicates)
        return d->reference;
    if (!a->obedient || d->reference < 0)
        return a->counter[modem]++ & 0xFF;
    return d->reference;
}

/* The modem hands the part to the centre. */
static void submit(struct air *a, int modem, int reference) {
    const struct dispatch *d = &a->f->dispatch;
    int phone = atoi(d->to.text + 5) - FIRST_PHONE;
    int64_t *used = &a->used_at[modem][phone][reference];
    bool known = *used && a->f->now - *used < remembered;
    bool *was = part_of(a, d->attempt_id);
    *used = a->f->now;
    if (known && d->reject_duplicates) {
        a->dropped++;
        if (!*was)
            fail_msg("seed %u: dropped as a repeat, but never on the air: modem %s, phone %d, TP-MR %d", a->seed, links[modem], phone, reference);
        return;
    }
    *was = true;
    if (a->report_count < REPORTS_MOST)
        a->reports[a->report_count++] = (struct report){modem, phone, reference};
}

static void restart(struct air *a) {
    queue_restart(a->f);
    for (int i = 0; i < MODEMS; i++)
        queue_link_up(a->f->queue, links[i], a->f->now);
}

static void report(struct air *a) {
    if (a->report_count == 0)
        return;
    size_t which = pick(a, 2) ? 0 : a->report_count - 1;
    struct report r = a->reports[which];
    memmove(a->reports + which, a->reports + which + 1, (--a->report_count - which) * sizeof *a->reports);
    queue_report(a->f, links[r.modem], r.phone + FIRST_PHONE, r.reference, pick(a, 8) ? 0 : pick(a, 2) ? 0x30 : 0x46);
}

static void give(struct air *a, int modem) {
    struct queue_fixture *f = a->f;
    if (strcmp(queue_give(f, links[modem]), "-") == 0)
        return;
    int64_t attempt = f->dispatch.attempt_id;
    int fate = pick(a, 16), reference = -1;
    if (fate < 14 || pick(a, 2)) /* else it never came to the modem */
        reference = give_reference(a, modem);
    if (fate < 12 && reference >= 0)
        submit(a, modem, reference);
    if (pick(a, 4) == 0)
        report(a); /* before the result, perhaps of this one */
    if (fate < 8)
        queue_was_sent(f, attempt, reference);
    else if (fate == 12)
        queue_has_failed(f, attempt, SMS_FAILURE_TEMPORARY, 38);
    else if (pick(a, 2))
        queue_is_unknown(f, attempt);
    else
        restart(a);
}

static void life(struct air *a) {
    for (int i = 0; i < MODEMS; i++)
        queue_link_up(a->f->queue, links[i], a->f->now);
    for (int step = 0; step < STEPS; step++) {
        int modem = pick(a, MODEMS);
        switch (pick(a, 8)) {
        case 0:
        case 1:
            (void)queue_put(a->f, FIRST_PHONE + (int)(a->put++ / 5 + (size_t)pick(a, RECENT)) % PHONES, OUTBOUND_REPLY, links[modem], 1);
            break;
        case 2:
            queue_wait(a->f, 1000 * pick(a, 30));
            break;
        case 3:
        case 4:
            report(a);
            break;
        case 5:
            if (pick(a, 10) == 0)
                restart(a);
            break;
        default:
            give(a, modem);
        }
    }
}

static void a_repeat_that_is_dropped_was_on_the_air(void **state) {
    int dropped = 0;
    (void)state;
    for (uint32_t seed = 1; seed <= RUNS; seed++) {
        void *fixture;
        assert_int_equal(queue_fixture_setup(&fixture), 0);
        struct air *a = mem_alloc(sizeof *a);
        *a = (struct air){.f = fixture, .seed = seed, .chance = seed * 2654435761U};
        a->f->settings.unknown_wait = 5 * CLOCK_SECOND;
        a->obedient = seed % 3 == 0;
        for (int i = 0; i < MODEMS; i++)
            a->counter[i] = pick(a, 256);
        life(a);
        dropped += a->dropped;
        free(a->on_air);
        free(a);
        assert_int_equal(queue_fixture_teardown(&fixture), 0);
    }
    assert_true(dropped > 0); /* or nothing was tried */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_repeat_that_is_dropped_was_on_the_air)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
