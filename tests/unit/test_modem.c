/* Modems and SIMs that were moved: which sight is which event. */
#include "store/modem.h"

#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define P1 "pci-0000:00:14.0-usb-0:1"
#define P2 "pci-0000:00:14.0-usb-0:2"
#define P3 "pci-0000:00:14.0-usb-0:3"
#define IMEI_A "350000000000001"
#define IMEI_B "350000000000002"
#define SIM_1 "8984048000000000001"
#define SIM_2 "8984048000000000002"
#define SIM_3 "8984048000000000003"

static const char *up_now; /* "m1 350000000000001 m2 …": who is up with which IMEI */

static bool elsewhere(void *context, const char *link, const char *imei) {
    char wanted[128];
    (void)context;
    snprintf(wanted, sizeof wanted, "%s %s", link, imei);
    return up_now && strstr(up_now, wanted);
}

/* "moved FROM -> TO; sim-moved …", what the sight was. */
static const char *see(struct store_fixture *f, const char *link, const char *imei, const char *place, const char *iccid) {
    static char said[1024];
    struct modem_seen seen = {.link = link, .imei = imei, .place = place, .iccid = iccid, .elsewhere = elsewhere};
    struct modem_event events[MODEM_EVENTS_MAX];
    size_t count = 0;
    said[0] = 0;
    assert_int_equal(store_begin(f->store), ERR_OK);
    assert_int_equal(modem_note(f->store, &seen, FIXTURE_NOW, events, &count), ERR_OK);
    assert_int_equal(store_commit(f->store), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(said);
        snprintf(said + len, sizeof said - len, "%s%s %s -> %s", i ? "; " : "", modem_event_kind_name(events[i].kind), events[i].previous,
                 events[i].current);
    }
    return said;
}

static int start(void **state) {
    up_now = NULL;
    return fixture_setup(state);
}

static void nothing_new(void **state) {
    struct store_fixture *f = *state;
    char place[MODEM_TEXT_MAX];
    assert_int_equal(modem_last_place(f->store, "m1", place), ERR_NOT_FOUND);
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_1), "");
    assert_string_equal(see(f, "m2", IMEI_B, P2, SIM_2), "");
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_1), "");
    assert_int_equal(modem_last_place(f->store, "m1", place), ERR_OK);
    assert_string_equal(place, P1);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem"), 2);
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM modem_event"), 0);
}

static void a_modem_is_moved(void **state) {
    struct store_fixture *f = *state;
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    assert_string_equal(see(f, "m1", IMEI_A, P3, SIM_1), "moved " P1 " -> " P3);
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_1), "moved " P3 " -> " P1); /* and back: the row of the first time is the newest again */
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_1), "");
    assert_int_equal(fixture_sql(f->store, "SELECT count(*) FROM outbox WHERE type = 'vn.pakn.modem.moved'"), 2);
}

static void two_modems_are_exchanged(void **state) {
    struct store_fixture *f = *state;
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    (void)see(f, "m2", IMEI_B, P2, SIM_2);
    assert_string_equal(see(f, "m1", IMEI_B, P1, SIM_2), "moved " P2 " -> " P1);
    up_now = "m1 " IMEI_B;
    assert_string_equal(see(f, "m2", IMEI_A, P2, SIM_1), "moved " P1 " -> " P2);
}

/* peers.md 51: a SIM that goes into another modem takes its number along. */
static void sims_are_exchanged(void **state) {
    struct store_fixture *f = *state;
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    (void)see(f, "m2", IMEI_B, P2, SIM_2);
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_2), "sim-moved ***0002 in modem m2 -> ***0002");
    assert_string_equal(see(f, "m2", IMEI_B, P2, SIM_1), "sim-moved ***0001 in modem m1 -> ***0001");
    assert_string_equal(see(f, "m2", IMEI_B, P2, SIM_3), "sim-changed ***0001 -> ***0003");
}

static void a_modem_is_replaced(void **state) {
    struct store_fixture *f = *state;
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    assert_string_equal(see(f, "m1", IMEI_B, P1, SIM_1), "replaced " IMEI_A " -> " IMEI_B "; sim-moved ***0001 in modem m1 -> ***0001");
}

/* peers.md 49: sixteen modems of one IMEI are told apart by their places. */
static void equal_imeis(void **state) {
    struct store_fixture *f = *state;
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    up_now = "m1 " IMEI_A;
    assert_string_equal(see(f, "m2", IMEI_A, P2, SIM_2), "");
    up_now = NULL; /* a start: nobody is up */
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_1), "");
    assert_string_equal(see(f, "m2", IMEI_A, P2, SIM_2), "");
    up_now = "m2 " IMEI_A;
    assert_string_equal(see(f, "m1", IMEI_A, P3, SIM_1), "moved " P1 " -> " P3);
    assert_string_equal(see(f, "m1", IMEI_A, P3, SIM_2), "sim-moved ***0002 in modem m2 -> ***0002");
}

/* A SIM that waits for its PIN says nothing; the modem is known all the same. */
static void what_is_not_said_is_no_change(void **state) {
    struct store_fixture *f = *state;
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    assert_string_equal(see(f, "m1", IMEI_A, P1, NULL), "");
    assert_string_equal(see(f, "m1", NULL, P1, NULL), "");
    assert_string_equal(see(f, "m1", IMEI_A, P1, SIM_1), "");
}

struct listing {
    char text[512];
};

static void list_one(void *context, const struct modem_event *event) {
    struct listing *l = context;
    size_t len = strlen(l->text);
    snprintf(l->text + len, sizeof l->text - len, "%s %s %s\n", event->link, modem_event_kind_name(event->kind), event->imei);
}

static void events_are_listed(void **state) {
    struct store_fixture *f = *state;
    struct listing l = {""};
    (void)see(f, "m1", IMEI_A, P1, SIM_1);
    (void)see(f, "m1", IMEI_A, P1, SIM_2);
    (void)see(f, "m1", IMEI_A, P2, SIM_2);
    assert_int_equal(modem_event_list(f->store, 0, 10, list_one, &l), ERR_OK);
    assert_string_equal(l.text, "m1 moved " IMEI_A "\nm1 sim-changed " IMEI_A "\n");
    l.text[0] = 0;
    assert_int_equal(modem_event_list(f->store, 2, 10, list_one, &l), ERR_OK);
    assert_string_equal(l.text, "m1 sim-changed " IMEI_A "\n");
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(nothing_new),         TEST(a_modem_is_moved), TEST(two_modems_are_exchanged),      TEST(sims_are_exchanged),
        TEST(a_modem_is_replaced), TEST(equal_imeis),      TEST(what_is_not_said_is_no_change), TEST(events_are_listed),
    };
    return cmocka_run_group_tests_name("modem", tests, NULL, NULL);
}
