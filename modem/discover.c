/* Discovery. One look reads everything anew and is compared with the last one, so a lost event costs a period and nothing more; bursts (a hub with
 * sixteen modems) are looked at when they have been quiet for QUIET, or after BURST_MAX.
 * A port is asked who it is by a process of its own (probes.h), fenced in; with the device the question is gone too. */
#include "modem/discover.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/core_pipe.h"
#include "modem/probe.h"
#include "modem/probes.h"
#include "modem/usb_ids.h"
#include "modem/worker.h"

#include <errno.h>
#include <libserialport.h>
#include <libudev.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define QUIET 100
#define BURST_MAX 1000
#define LOOK_PERIOD (50 * CLOCK_SECOND)
enum { PORTS_MAX = 512, PLACE_MAX = 255, LOCK_LINE_MAX = 256 };

struct known {
    struct protocol_message m; /* PROTOCOL_PORT */
    int address; /* the device's number on its USB bus: another one is another plugging; -1 */
};

struct discover {
    struct udev *udev;
    struct udev_monitor *monitor;
    struct known *ports;
    size_t count;
};

/* ---- what is known of a port ---- */

static const char *attribute(struct udev_device *device, const char *name) {
    const char *value = device ? udev_device_get_sysattr_value(device, name) : NULL;
    return value ? value : "";
}

static int hex_attribute(struct udev_device *device, const char *name) {
    const char *value = attribute(device, name);
    char *end;
    long number = strtol(value, &end, 16);
    return end != value && *end == '\0' && number >= 0 && number <= UINT16_MAX ? (int)number : -1;
}

/* "usb-0:1.2" of the device 3-1.2: the bus's number depends on the order in which controllers were found. */
static void usb_place(const char *sysname, char *to, size_t size) {
    const char *dash = strchr(sysname, '-');
    snprintf(to, size, "usb-0:%s", dash ? dash + 1 : sysname);
}

/* As udev's path_id says it: the USB port, then what its controller is, outwards; of several PCI devices (bridges) in a row the innermost. */
static void find_place(struct udev_device *usb_device, char place[PLACE_MAX + 1]) {
    char usb[PLACE_MAX + 1], outer[PLACE_MAX + 1] = "";
    usb_place(udev_device_get_sysname(usb_device), usb, sizeof usb);
    const char *last = "";
    for (struct udev_device *i = udev_device_get_parent(usb_device); i; i = udev_device_get_parent(i)) {
        const char *bus = udev_device_get_subsystem(i), *name = udev_device_get_sysname(i);
        bool tells = bus && (strcmp(bus, "pci") == 0 || strcmp(bus, "platform") == 0) && strcmp(bus, last) != 0;
        last = bus ? bus : last;
        if (!tells)
            continue;
        char longer[PLACE_MAX + 1];
        if ((size_t)snprintf(longer, sizeof longer, "%s-%s-%s", bus, name, outer) < sizeof longer)
            memcpy(outer, longer, sizeof outer);
    }
    if ((size_t)snprintf(place, PLACE_MAX + 1, "%s%s", outer, usb) > PLACE_MAX)
        place[0] = '\0';
}

static struct udev_device *usb_parent(struct udev_device *tty, const char *type) {
    return udev_device_get_parent_with_subsystem_devtype(tty, "usb", type); /* belongs to the tty */
}

static void describe_usb(struct udev_device *tty, struct known *k) {
    struct protocol_message *m = &k->m;
    struct udev_device *interface = usb_parent(tty, "usb_interface"), *device = usb_parent(tty, "usb_device");
    int vid = hex_attribute(device, "idVendor"), pid = hex_attribute(device, "idProduct");
    if (!device || vid < 0 || pid < 0)
        return;
    char text[PLACE_MAX + 1];
    find_place(device, text);
    m->place = text[0] ? mem_string(text) : NULL;
    snprintf(text, sizeof text, "%04x:%04x", (unsigned)vid, (unsigned)pid);
    m->usb = mem_string(text);
    k->address = hex_attribute(device, "devnum"); /* it's decimal; as another number it tells pluggings apart just as well */
    m->interface = hex_attribute(interface, "bInterfaceNumber");
    const char *known = usb_product((uint16_t)vid, (uint16_t)pid), *product = attribute(device, "product");
    m->product = known ? mem_string(known) : *product ? mem_string(product) : NULL;
    if (*attribute(device, "serial"))
        m->serial = mem_string(attribute(device, "serial"));
}

/* Whether another program has locked it (flock): seen in the kernel's list, so that nothing is opened for the question. */
static bool is_locked(const char *node) {
    struct stat st;
    char line[LOCK_LINE_MAX], wanted[64];
    FILE *locks = stat(node, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
    bool found = false;
    if (!locks)
        return false;
    snprintf(wanted, sizeof wanted, " %02x:%02x:%lu ", major(st.st_dev), minor(st.st_dev), (unsigned long)st.st_ino);
    while (!found && fgets(line, sizeof line, locks))
        found = strstr(line, " FLOCK ") && strstr(line, wanted);
    fclose(locks);
    return found;
}

static void describe(struct discover *d, struct sp_port *port, struct known *ret_known) {
    struct known k = {.address = -1};
    const char *node = sp_get_port_name(port), *name = strrchr(node, '/');
    protocol_init(&k.m, PROTOCOL_PORT);
    k.m.node = mem_string(node);
    struct udev_device *tty = udev_device_new_from_subsystem_sysname(d->udev, "tty", name ? name + 1 : node);
    if (tty)
        describe_usb(tty, &k);
    k.m.busy = is_locked(node);
    if (tty)
        udev_device_unref(tty);
    *ret_known = k;
}

static void find_role(struct discover *d, struct known *k, const struct known *all, size_t count) {
    struct usb_interface i = {.number = (int)k->m.interface, .class = -1, .subclass = -1, .protocol = -1};
    const char *name = strrchr(k->m.node, '/');
    if (!k->m.usb)
        return;
    i.vid = (uint16_t)strtoul(k->m.usb, NULL, 16);
    i.pid = (uint16_t)strtoul(k->m.usb + 5, NULL, 16);
    for (size_t n = 0; n < count; n++)
        i.siblings += all[n].m.place && k->m.place && strcmp(all[n].m.place, k->m.place) == 0;
    struct udev_device *tty = udev_device_new_from_subsystem_sysname(d->udev, "tty", name ? name + 1 : k->m.node);
    struct udev_device *interface = tty ? usb_parent(tty, "usb_interface") : NULL;
    i.class = hex_attribute(interface, "bInterfaceClass");
    i.subclass = hex_attribute(interface, "bInterfaceSubClass");
    i.protocol = hex_attribute(interface, "bInterfaceProtocol");
    if (tty)
        udev_device_unref(tty);
    k->m.role = usb_role(&i);
}

/* ---- looking ---- */

static int by_name(const void *left, const void *right) {
    return strverscmp(((const struct known *)left)->m.node, ((const struct known *)right)->m.node);
}

static size_t enumerate(struct discover *d, struct known **ret_ports) {
    struct sp_port **list;
    size_t count = 0;
    struct known *ports = mem_array(PORTS_MAX, sizeof *ports);
    *ret_ports = ports;
    if (sp_list_ports(&list) != SP_OK)
        return 0;
    for (struct sp_port **i = list; *i && count < PORTS_MAX; i++)
        describe(d, *i, &ports[count++]);
    sp_free_port_list(list);
    for (size_t i = 0; i < count; i++)
        find_role(d, &ports[i], ports, count);
    qsort(ports, count, sizeof *ports, by_name);
    return count;
}

static bool same_text(const char *a, const char *b) {
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_plugging(const struct known *a, const struct known *b) {
    return strcmp(a->m.node, b->m.node) == 0 && a->address == b->address && same_text(a->m.place, b->m.place) && same_text(a->m.usb, b->m.usb) &&
           a->m.interface == b->m.interface;
}

static const struct known *find_same(const struct known *in, size_t count, const struct known *wanted) {
    for (size_t i = 0; i < count; i++)
        if (same_plugging(&in[i], wanted))
            return &in[i];
    return NULL;
}

static void free_ports(struct known *ports, size_t count) {
    for (size_t i = 0; i < count; i++)
        protocol_release(&ports[i].m);
    free(ports);
}

void discover_look(struct discover *d, discover_each *each, void *context) {
    struct known *now;
    size_t count = enumerate(d, &now);
    for (size_t i = 0; i < d->count; i++)
        if (!find_same(now, count, &d->ports[i])) {
            struct protocol_message gone;
            protocol_init(&gone, PROTOCOL_PORT_GONE);
            gone.node = d->ports[i].m.node;
            each(context, &gone);
        }
    for (size_t i = 0; i < count; i++) {
        const struct known *before = find_same(d->ports, d->count, &now[i]);
        if (!before || before->m.busy != now[i].m.busy || before->m.role != now[i].m.role)
            each(context, &now[i].m);
    }
    free_ports(d->ports, d->count);
    d->ports = now;
    d->count = count;
}

size_t discover_count(const struct discover *d) {
    return d->count;
}

struct discover *discover_open(const char *group) {
    struct discover *d = mem_alloc(sizeof *d);
    d->udev = udev_new();
    if (d->udev && !group) {
        struct udev_queue *queue = udev_queue_new(d->udev);
        group = queue && udev_queue_get_udev_is_active(queue) ? "udev" : "kernel";
        if (queue)
            udev_queue_unref(queue);
    }
    if (d->udev)
        d->monitor = udev_monitor_new_from_netlink(d->udev, group);
    if (d->monitor && udev_monitor_filter_add_match_subsystem_devtype(d->monitor, "tty", NULL) >= 0 && udev_monitor_enable_receiving(d->monitor) >= 0)
        return d;
    discover_close(d);
    return NULL;
}

void discover_close(struct discover *d) {
    if (!d)
        return;
    free_ports(d->ports, d->count);
    if (d->monitor)
        udev_monitor_unref(d->monitor);
    if (d->udev)
        udev_unref(d->udev);
    free(d);
}

int discover_fd(const struct discover *d) {
    return udev_monitor_get_fd(d->monitor);
}

void discover_drain(struct discover *d) {
    struct udev_device *event;
    while ((event = udev_monitor_receive_device(d->monitor)))
        udev_device_unref(event);
}

/* ---- the process ---- */

struct discovery {
    const struct discover_settings *settings;
    struct discover *discover;
    struct core_pipe core;
    struct probes *probes;
    int64_t look_at, burst_since; /* monotonic ms; burst_since 0: there is none */
    bool stop;
};

/* Only what doesn't belong to somebody else, and can be a modem. A port that is no USB device may be anything (a console, a power supply). Whether
 * somebody holds it is seen anew: the last look may be long ago. */
static bool may_ask(const struct protocol_message *port) {
    bool speaks = port->role == PROTOCOL_ROLE_AT || port->role == PROTOCOL_ROLE_ADAPTER || port->role == PROTOCOL_ROLE_UNKNOWN;
    return port->usb && speaks && !is_locked(port->node);
}

static void tell(void *context, const struct protocol_message *m) {
    struct discovery *d = context;
    if (m->name == PROTOCOL_PORT_GONE)
        probes_drop(d->probes, m->node);
    core_pipe_say(&d->core, m);
    if (d->settings->probe && m->name == PROTOCOL_PORT && may_ask(m))
        probes_ask(d->probes, m->node, 0);
}

static void answered(void *context, const struct protocol_message *m) {
    core_pipe_say(&((struct discovery *)context)->core, m);
}

static int wait_until(const struct discovery *d, int64_t at) { /* for poll */
    int64_t left = at - d->settings->clock->mono_ms(d->settings->clock);
    return left > 0 ? (int)left : 0;
}

static void await_answers(struct discovery *d) {
    struct pollfd fds[PROBES_MAX];
    for (size_t n; (n = probes_fds(d->probes, fds)) > 0; probes_tend(d->probes)) {
        int64_t due = probes_due(d->probes);
        (void)poll(fds, n, due == INT64_MAX ? -1 : wait_until(d, due));
    }
}

static void look(struct discovery *d) {
    struct protocol_message done;
    discover_look(d->discover, tell, d);
    protocol_init(&done, PROTOCOL_PORTS);
    done.count = (int64_t)discover_count(d->discover);
    if (d->settings->probe) /* what was asked belongs to the list */
        await_answers(d);
    core_pipe_say(&d->core, &done);
    d->burst_since = 0;
    d->look_at = d->settings->clock->mono_ms(d->settings->clock) + LOOK_PERIOD;
}

/* A port that must not be written to isn't asked, whoever wants it. */
static void asked(struct discovery *d, const struct protocol_message *m) {
    for (size_t i = 0; i < d->discover->count; i++) {
        const struct protocol_message *port = &d->discover->ports[i].m;
        if (strcmp(port->node, m->node) == 0 && may_ask(port)) {
            probes_ask(d->probes, m->node, m->baud);
            return;
        }
    }
    struct protocol_message answer;
    protocol_init(&answer, PROTOCOL_PROBED);
    answer.node = mem_string(m->node);
    answer.reason = mem_string("isn't there, isn't to be asked, or is held by another program");
    core_pipe_say(&d->core, &answer);
    protocol_release(&answer);
}

static void take_lines(struct discovery *d) {
    size_t len;
    for (char *line; (line = core_pipe_next(&d->core, &len)); mem_wipe_free(line, len)) {
        struct protocol_message m;
        struct str problem;
        str_init(&problem, 256);
        if (protocol_read(line, len, false, &m, &problem) != ERR_OK) {
            log_event(LOG_LEVEL_ERROR, "core.line_refused", log_text("problem", problem.data));
        } else {
            d->stop |= m.name == PROTOCOL_STOP;
            if (m.name == PROTOCOL_PROBE)
                asked(d, &m);
            protocol_release(&m);
        }
        str_release(&problem);
    }
}

static void heard(struct discovery *d) {
    int64_t now = d->settings->clock->mono_ms(d->settings->clock);
    discover_drain(d->discover);
    if (!d->burst_since)
        d->burst_since = now;
    int64_t latest = d->burst_since + BURST_MAX;
    d->look_at = now + QUIET < latest ? now + QUIET : latest;
}

static void watch(struct discovery *d) {
    while (!d->stop && !d->core.gone) {
        struct pollfd fds[2 + PROBES_MAX] = {{.fd = discover_fd(d->discover), .events = POLLIN},
                                             {.fd = core_pipe_poll_fd(&d->core), .events = POLLIN}};
        int64_t due = probes_due(d->probes);
        size_t out = probes_fds(d->probes, fds + 2);
        if (poll(fds, 2 + out, wait_until(d, due < d->look_at ? due : d->look_at)) < 0 && errno != EINTR)
            return;
        probes_tend(d->probes);
        if (fds[0].revents)
            heard(d);
        if (fds[1].revents)
            core_pipe_read(&d->core);
        take_lines(d);
        if (d->settings->clock->mono_ms(d->settings->clock) >= d->look_at)
            look(d);
    }
}

static void ask(const char *node, int64_t baud, struct clock *clock, struct protocol_message *message) {
    probe_port(node, baud, true, clock, message);
}

int discover_run(const struct discover_settings *settings) {
    struct discovery d = {.settings = settings, .discover = discover_open(NULL)};
    if (!d.discover) {
        log_event(LOG_LEVEL_ERROR, "discover.failed", log_text("problem", strerror(errno)));
        return WORKER_EXIT_OPEN;
    }
    signal(SIGPIPE, SIG_IGN);
    core_pipe_init(&d.core, settings->in, settings->out, settings->clock);
    d.probes = probes_new(&(struct probes_parts){.clock = settings->clock, .run = ask, .answered = answered, .context = &d});
    struct protocol_message hello;
    protocol_init(&hello, PROTOCOL_HELLO);
    hello.version = PROTOCOL_VERSION;
    core_pipe_say(&d.core, &hello);
    look(&d);
    if (settings->watch)
        watch(&d);
    probes_free(d.probes);
    core_pipe_release(&d.core);
    discover_close(d.discover);
    return WORKER_EXIT_DONE;
}
