/* Discovery on a sysfs made of paper (umockdev): ports, places, roles, hot-plug. The kernel's own part is tested by scripts/check-hardware. */
#include "modem/discover.h"

#include "modem/usb_ids.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <umockdev.h>
#include <unistd.h>

#include <cmocka.h>

#define CONTROLLER "/devices/pci0000:00/0000:00:14.0"
enum { EVENT_PATIENCE = 10000 };

struct bench {
    UMockdevTestbed *bed;
    struct discover *discover;
    struct str seen; /* "port ttyUSB0 PLACE IF ROLE" or "gone ttyUSB0", a line each */
};

static int start(void **state) {
    struct bench *b = calloc(1, sizeof *b);
    b->bed = umockdev_testbed_new();
    umockdev_testbed_add_from_string(b->bed, "P: " CONTROLLER "\nE: SUBSYSTEM=pci\n\n", NULL);
    b->discover = discover_open("udev");
    str_init(&b->seen, 65536);
    *state = b;
    return b->discover ? 0 : -1;
}

static int end(void **state) {
    struct bench *b = *state;
    discover_close(b->discover);
    str_release(&b->seen);
    g_object_unref(b->bed);
    free(b);
    return 0;
}

static void note(void *context, const struct protocol_message *m) {
    struct str *to = context;
    if (m->name == PROTOCOL_PORT_GONE)
        str_addf(to, "gone %s\n", m->node + 5);
    else
        str_addf(to, "port %s %s %d %s%s\n", m->node + 5, m->place ? m->place : "-", (int)m->interface, protocol_role_name(m->role),
                 m->busy ? " busy" : "");
}

static const char *look(struct bench *b) {
    str_clear(&b->seen);
    discover_look(b->discover, note, &b->seen);
    return b->seen.data ? b->seen.data : "";
}

/* A USB device of `ports` serial ports at the hub ports `path` ("1.2") of the first bus: nodes ttyUSB<first> and on. */
static void plug(struct bench *b, const char *path, int address, const char *vid, const char *pid, const char *serial, int first, int ports) {
    char text[4096], device[256];
    snprintf(device, sizeof device, CONTROLLER "/usb1/1-%s", path);
    snprintf(text, sizeof text,
             "P: %s\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nA: idVendor=%s\nA: idProduct=%s\nA: busnum=1\nA: devnum=%d\nA: product=Paper\n"
             "A: serial=%s\nA: manufacturer=Paper\n\n",
             device, vid, pid, address, serial);
    assert_true(umockdev_testbed_add_from_string(b->bed, text, NULL));
    for (int i = 0; i < ports; i++) {
        snprintf(text, sizeof text,
                 "P: %s/1-%s:1.%d\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_interface\nA: bInterfaceNumber=%02d\nA: bInterfaceClass=ff\n"
                 "A: bInterfaceSubClass=01\nA: bInterfaceProtocol=%02d\n\n",
                 device, path, i, i, i + 1);
        assert_true(umockdev_testbed_add_from_string(b->bed, text, NULL));
        snprintf(text, sizeof text, "P: %s/1-%s:1.%d/ttyUSB%d/tty/ttyUSB%d\nE: SUBSYSTEM=tty\nE: DEVNAME=/dev/ttyUSB%d\n\n", device, path, i,
                 first + i, first + i, first + i);
        assert_true(umockdev_testbed_add_from_string(b->bed, text, NULL));
        discover_drain(b->discover); /* each device that is added sends an event, and the socket is small */
    }
}

static void pull(struct bench *b, const char *path, int first, int ports) {
    char text[512];
    for (int i = 0; i < ports; i++) {
        snprintf(text, sizeof text, "/sys" CONTROLLER "/usb1/1-%s/1-%s:1.%d/ttyUSB%d/tty/ttyUSB%d", path, path, i, first + i, first + i);
        umockdev_testbed_uevent(b->bed, text, "remove");
        umockdev_testbed_remove_device(b->bed, text);
        snprintf(text, sizeof text, "/sys" CONTROLLER "/usb1/1-%s/1-%s:1.%d", path, path, i);
        umockdev_testbed_remove_device(b->bed, text);
    }
    snprintf(text, sizeof text, "/sys" CONTROLLER "/usb1/1-%s", path);
    umockdev_testbed_remove_device(b->bed, text);
}

/* peers.md 42, modems.md §2: an EC25 is four ports, of which one is for AT and one must never be written to. */
static void four_port_modem(void **state) {
    struct bench *b = *state;
    plug(b, "1.2", 5, "2c7c", "0125", "", 0, 4);
    assert_string_equal(look(b), "port ttyUSB0 pci-0000:00:14.0-usb-0:1.2 0 diag\n"
                                 "port ttyUSB1 pci-0000:00:14.0-usb-0:1.2 1 gps\n"
                                 "port ttyUSB2 pci-0000:00:14.0-usb-0:1.2 2 at\n"
                                 "port ttyUSB3 pci-0000:00:14.0-usb-0:1.2 3 ppp\n");
    assert_string_equal(look(b), ""); /* nothing new */
    assert_int_equal(discover_count(b->discover), 4);
}

/* Sixteen adapters with the same ids and serial number: only their places differ. */
static void equal_serials(void **state) {
    struct bench *b = *state;
    char path[16], wanted[128];
    for (int i = 1; i <= 16; i++) {
        snprintf(path, sizeof path, "%d.%d", 1 + i / 5, 1 + i % 5);
        plug(b, path, 10 + i, "1a86", "7523", "0000", i - 1, 1);
    }
    (void)look(b);
    assert_int_equal(discover_count(b->discover), 16);
    for (int i = 1; i <= 16; i++) {
        snprintf(wanted, sizeof wanted, "port ttyUSB%d pci-0000:00:14.0-usb-0:%d.%d 0 adapter\n", i - 1, 1 + i / 5, 1 + i % 5);
        assert_non_null(strstr(b->seen.data, wanted));
    }
}

static void renumbered(void **state) {
    struct bench *b = *state;
    plug(b, "1", 2, "0403", "6001", "A", 0, 1);
    plug(b, "2", 3, "0403", "6001", "B", 1, 1);
    (void)look(b);
    pull(b, "1", 0, 1);
    pull(b, "2", 1, 1);
    plug(b, "2", 4, "0403", "6001", "B", 0, 1);
    assert_string_equal(look(b), "gone ttyUSB0\ngone ttyUSB1\nport ttyUSB0 pci-0000:00:14.0-usb-0:2 0 adapter\n");
}

/* Pulled and put back before anybody looked, under the same name: it's another plugging, and its descriptors are dead. */
static void replugged_between_two_looks(void **state) {
    struct bench *b = *state;
    plug(b, "1", 2, "0403", "6001", "A", 0, 1);
    (void)look(b);
    pull(b, "1", 0, 1);
    plug(b, "1", 3, "0403", "6001", "A", 0, 1);
    assert_string_equal(look(b), "gone ttyUSB0\nport ttyUSB0 pci-0000:00:14.0-usb-0:1 0 adapter\n");
}

static void events_are_heard(void **state) {
    struct bench *b = *state;
    plug(b, "1", 2, "0403", "6001", "A", 0, 1);
    umockdev_testbed_uevent(b->bed, "/sys" CONTROLLER "/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0", "add");
    struct pollfd wait = {.fd = discover_fd(b->discover), .events = POLLIN};
    assert_int_equal(poll(&wait, 1, EVENT_PATIENCE), 1);
    discover_drain(b->discover);
    assert_string_equal(look(b), "port ttyUSB0 pci-0000:00:14.0-usb-0:1 0 adapter\n");
}

static enum protocol_role role(unsigned vid, unsigned pid, int number, int class, int subclass, int protocol, unsigned siblings) {
    struct usb_interface i = {(uint16_t)vid, (uint16_t)pid, number, class, subclass, protocol, siblings};
    return usb_role(&i);
}

static void roles(void **state) {
    (void)state;
    assert_int_equal(role(0x1e0e, 0x9001, 4, 0xff, 0, 0, 5), PROTOCOL_ROLE_AUDIO);
    assert_int_equal(role(0x1e0e, 0x9011, 4, 0xff, 0, 0, 6), PROTOCOL_ROLE_AT);
    assert_int_equal(role(0x12d1, 0x1001, 7, 0xff, 0x02, 0x02, 4), PROTOCOL_ROLE_AT); /* Huawei says it by the protocol of the interface */
    assert_int_equal(role(0x12d1, 0x1001, 0, 0xff, 0x01, 0x01, 4), PROTOCOL_ROLE_PPP);
    assert_int_equal(role(0x12d1, 0x1001, 1, 0x08, 0x01, 0x02, 4), PROTOCOL_ROLE_IGNORE); /* of another class the same numbers mean nothing */
    assert_int_equal(role(0xdead, 0xbeef, 0, 0x02, 0x02, 0x01, 1), PROTOCOL_ROLE_UNKNOWN);
    assert_int_equal(role(0xdead, 0xbeef, 0, 0xff, 0, 0, 4), PROTOCOL_ROLE_IGNORE); /* the first two of several: diagnostics, GPS */
    assert_int_equal(role(0xdead, 0xbeef, 1, 0xff, 0, 0, 4), PROTOCOL_ROLE_IGNORE);
    assert_int_equal(role(0xdead, 0xbeef, 2, 0xff, 0, 0, 4), PROTOCOL_ROLE_UNKNOWN);
    assert_string_equal(usb_product(0x2c7c, 0x0125), "Quectel EC25");
    assert_null(usb_product(0xdead, 0xbeef));
}

int main(int argc, char **argv) {
    const char *preloaded = getenv("LD_PRELOAD");
    if (!preloaded || !strstr(preloaded, "umockdev")) { /* its library must be there before all others */
        char *again[] = {(char *)(uintptr_t) "umockdev-wrapper", argv[0], NULL};
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0);
        if (argc > 0)
            execvp(again[0], again);
        perror("umockdev-wrapper");
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(four_port_modem, start, end),  cmocka_unit_test_setup_teardown(equal_serials, start, end),
        cmocka_unit_test_setup_teardown(renumbered, start, end),       cmocka_unit_test_setup_teardown(replugged_between_two_looks, start, end),
        cmocka_unit_test_setup_teardown(events_are_heard, start, end), cmocka_unit_test(roles),
    };
    return cmocka_run_group_tests_name("discover", tests, NULL, NULL);
}
