/* The table of ports: see port_table.h for its rules. A few dozen rows: looked through from one end to the other. */
#include "firmware-host/port_table.h"

#include "firmware-host/base/clock.h"
#include "firmware-host/base/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_AGAIN (5 * CLOCK_SECOND) /* times the number of tries, at most ASK_SELDOM: a modem may take 30 s from the plug to its first OK */
#define ASK_SELDOM (300 * CLOCK_SECOND)
enum { PORTS_MAX = 1024, FOUND_MAX = 8 };

struct port {
    struct protocol_message m; /* PROTOCOL_PORT */
    char *imei, *imsi, *iccid; /* as the modem said; NULL: not, or not yet */
    char *model;
    char *taken_by; /* the modem's name */
    int tries; /* probes without an answer */
    int64_t ask_at;
    bool asked; /* a probe is out */
};

struct port_table {
    struct port ports[PORTS_MAX];
    size_t count;
    bool complete, lost;
    void (*ask)(void *context, const char *node, const char *baud);
    void *context;
};

static bool same(const char *a, const char *b) {
    return a && b && strcmp(a, b) == 0;
}

static void set(char **to, const char *text) {
    free(*to);
    *to = text ? mem_string(text) : NULL;
}

struct port_table *port_table_new(void (*ask)(void *context, const char *node, const char *baud), void *context) {
    struct port_table *t = mem_alloc(sizeof *t);
    t->ask = ask;
    t->context = context;
    return t;
}

static void forget_identity(struct port *p) {
    set(&p->imei, NULL);
    set(&p->imsi, NULL);
    set(&p->iccid, NULL);
    set(&p->model, NULL);
}

static void release(struct port *p) {
    protocol_release(&p->m);
    forget_identity(p);
    free(p->taken_by);
}

void port_table_forget(struct port_table *t) {
    for (size_t i = 0; i < t->count; i++)
        release(&t->ports[i]);
    t->count = 0;
    t->complete = false;
    t->lost = true;
}

void port_table_free(struct port_table *t) {
    if (!t)
        return;
    port_table_forget(t);
    free(t);
}

static struct port *find_node(struct port_table *t, const char *node) {
    for (size_t i = 0; i < t->count; i++)
        if (same(t->ports[i].m.node, node))
            return &t->ports[i];
    return NULL;
}

/* ---- what discovery says ---- */

static void remove_port(struct port_table *t, struct port *p) {
    release(p);
    *p = t->ports[--t->count];
    t->ports[t->count] = (struct port){0};
}

static void copy_port(const struct protocol_message *from, struct protocol_message *to) {
    protocol_init(to, PROTOCOL_PORT);
    set(&to->node, from->node);
    set(&to->place, from->place);
    set(&to->usb, from->usb);
    set(&to->product, from->product);
    set(&to->serial, from->serial);
    to->interface = from->interface;
    to->role = from->role;
    to->busy = from->busy;
}

static void add_port(struct port_table *t, const struct protocol_message *m) {
    struct port *p = find_node(t, m->node);
    if (!p && t->count == PORTS_MAX)
        return;
    if (!p)
        p = &t->ports[t->count++];
    else
        protocol_release(&p->m);
    copy_port(m, &p->m);
}

static void answered(struct port *p, const struct protocol_message *m, int64_t now) {
    p->asked = false;
    p->tries++;
    int64_t wait = p->tries * ASK_AGAIN;
    p->ask_at = now + (wait < ASK_SELDOM ? wait : ASK_SELDOM);
    if (!m->answers)
        return;
    set(&p->imei, m->imei);
    set(&p->imsi, m->imsi);
    set(&p->iccid, m->iccid);
    set(&p->model, m->model);
}

bool port_table_take(struct port_table *t, const struct protocol_message *m, int64_t now) {
    struct port *p = m->node ? find_node(t, m->node) : NULL;
    bool news = m->name == PROTOCOL_PORT || (m->name == PROTOCOL_PORTS && !t->complete);
    if (m->name == PROTOCOL_PORT) {
        add_port(t, m);
    } else if (m->name == PROTOCOL_PORT_GONE && p) {
        remove_port(t, p);
    } else if (m->name == PROTOCOL_PROBED && p) {
        answered(p, m, now);
        news = true;
    } else if (m->name == PROTOCOL_PORTS) {
        t->complete = true;
        t->lost = false;
    }
    return news;
}

bool port_table_lost(const struct port_table *t) {
    return t->lost;
}

bool port_table_complete(const struct port_table *t) {
    return t->complete;
}

/* ---- looking for what the configuration names ---- */

static const char *const never_written[] = {[PROTOCOL_ROLE_DIAG] = "the diagnostic port",
                                            [PROTOCOL_ROLE_GPS] = "the GPS port",
                                            [PROTOCOL_ROLE_AUDIO] = "the audio port",
                                            [PROTOCOL_ROLE_IGNORE] = NULL};

/* Ports that can be a modem's without anybody having said so. */
static bool can_be(const struct port *p) {
    return p->m.usb && (p->m.role == PROTOCOL_ROLE_AT || p->m.role == PROTOCOL_ROLE_ADAPTER || p->m.role == PROTOCOL_ROLE_UNKNOWN);
}

static void list_found(const struct port_table *t, struct str *to) {
    size_t listed = 0;
    str_add(to, " (found: ");
    for (size_t i = 0; i < t->count && listed < FOUND_MAX; i++)
        if (can_be(&t->ports[i]))
            str_addf(to, "%s%s %.64s", listed++ ? ", " : "", t->ports[i].m.node, t->ports[i].m.product ? t->ports[i].m.product : t->ports[i].m.usb);
    str_add(to, listed ? ")" : "no modem)");
}

static enum err give(struct port *p, const struct port_wanted *wanted, char ret_line[PORT_TEXT_MAX], char ret_place[PORT_TEXT_MAX],
                     struct str *problem) {
    const char *what = never_written[p->m.role];
    struct str line;
    if (what) {
        str_addf(problem, "%s is %s of a %s, which must never be written to", p->m.node, what, p->m.product ? p->m.product : "modem");
        return ERR_UNSUPPORTED;
    }
    if (p->taken_by && !same(p->taken_by, wanted->name)) {
        str_addf(problem, "%s is modem %s already", p->m.node, p->taken_by);
        return ERR_BUSY;
    }
    if (p->asked) {
        str_addf(problem, "%s is being asked who is there", p->m.node);
        return ERR_BUSY;
    }
    str_init(&line, PORT_TEXT_MAX - 1);
    str_addf(&line, "serial:%s%s", p->m.node, wanted->line.baud);
    enum err e = str_ok(&line) ? str_copy(ret_line, PORT_TEXT_MAX, line.data) : ERR_TOO_LONG;
    if (e == ERR_OK)
        e = str_copy(ret_place, PORT_TEXT_MAX, p->m.place ? p->m.place : p->m.node);
    if (e == ERR_OK)
        set(&p->taken_by, wanted->name);
    str_release(&line);
    return e;
}

/* A path that isn't in the table may still be opened: kernels have ports that discovery doesn't list. */
static enum err find_device(struct port_table *t, const struct port_wanted *wanted, char ret_line[PORT_TEXT_MAX], char ret_place[PORT_TEXT_MAX],
                            struct str *problem) {
    char *node = realpath(wanted->line.what, NULL);
    struct port *p = node ? find_node(t, node) : NULL;
    enum err e;
    if (p) {
        e = give(p, wanted, ret_line, ret_place, problem);
    } else if (node) {
        struct port plain = {.m = {.node = node, .role = PROTOCOL_ROLE_UNKNOWN}};
        e = give(&plain, wanted, ret_line, ret_place, problem);
        free(plain.taken_by);
    } else {
        str_addf(problem, "%s does not exist", wanted->line.what);
        list_found(t, problem);
        e = ERR_NOT_FOUND;
    }
    free(node);
    return e;
}

/* "PLACE:1.2": the interface of a port as sysfs and ID_PATH write it; only configuration 1 is ever used by modems of several ports. */
static bool is_interface(const struct port *p, const char *what) {
    size_t len = p->m.place ? strlen(p->m.place) : 0;
    int64_t number;
    const char *dot = len && strncmp(what, p->m.place, len) == 0 && what[len] == ':' ? strchr(what + len, '.') : NULL;
    return dot && parse_int(dot + 1, 0, 255, &number) == ERR_OK && number == p->m.interface;
}

static int rank(const struct port *p) { /* which of a device's ports is meant, when only the device is named */
    return p->m.role == PROTOCOL_ROLE_AT ? 3 : p->m.role == PROTOCOL_ROLE_ADAPTER ? 2 : 1;
}

static enum err find_place(struct port_table *t, const struct port_wanted *wanted, char ret_line[PORT_TEXT_MAX], char ret_place[PORT_TEXT_MAX],
                           struct str *problem) {
    struct port *best = NULL;
    bool device = false;
    for (size_t i = 0; i < t->count; i++) {
        struct port *p = &t->ports[i];
        if (is_interface(p, wanted->line.what))
            return give(p, wanted, ret_line, ret_place, problem);
        bool here = same(p->m.place, wanted->line.what);
        device |= here;
        if (here && can_be(p) && (!best || rank(p) > rank(best) || (rank(p) == rank(best) && p->m.interface < best->m.interface)))
            best = p;
    }
    if (best)
        return give(best, wanted, ret_line, ret_place, problem);
    if (device)
        str_addf(problem, "which port of the device at %s speaks AT isn't known; name it like usb:%s:1.2", wanted->line.what, wanted->line.what);
    else
        str_addf(problem, "nothing is plugged in at %s", wanted->line.what);
    list_found(t, problem);
    return ERR_NOT_FOUND;
}

static const char *said(const struct port *p, enum modem_line_kind kind) {
    return kind == MODEM_LINE_IMEI ? p->imei : kind == MODEM_LINE_ICCID ? p->iccid : kind == MODEM_LINE_IMSI ? p->imsi : NULL;
}

/* Whoever hasn't said what is looked for and may be asked is asked now: a modem without a SIM may have one later. Gives how many answers are
 * awaited. */
static size_t ask_all(struct port_table *t, const struct modem_line *line, int64_t now) {
    size_t awaited = 0;
    for (size_t i = 0; i < t->count; i++) {
        struct port *p = &t->ports[i];
        if (!can_be(p) || p->taken_by || said(p, line->kind))
            continue;
        if (!p->asked && now >= p->ask_at) {
            p->asked = true;
            t->ask(t->context, p->m.node, line->baud);
        }
        awaited += p->asked;
    }
    return awaited;
}

/* Whether what was last seen at its last place may be there, and just hasn't answered yet. */
static bool last_place_is_asked(const struct port_table *t, const struct port_wanted *wanted) {
    bool asked = false;
    for (size_t i = 0; wanted->last_place && i < t->count; i++)
        asked |= t->ports[i].asked && same(t->ports[i].m.place, wanted->last_place);
    return asked;
}

static enum err find_identity(struct port_table *t, const struct port_wanted *wanted, int64_t now, char ret_line[PORT_TEXT_MAX],
                              char ret_place[PORT_TEXT_MAX], struct str *problem) {
    struct port *found = NULL;
    size_t count = 0;
    const char *word = modem_line_word(wanted->line.kind);
    for (size_t i = 0; i < t->count; i++) {
        struct port *p = &t->ports[i];
        if (!same(said(p, wanted->line.kind), wanted->line.what) || (p->taken_by && !same(p->taken_by, wanted->name)))
            continue;
        bool sibling = found && same(p->m.place, found->m.place); /* another port of that modem */
        count += !sibling;
        if (!found || (sibling ? p->m.interface < found->m.interface : same(p->m.place, wanted->last_place)))
            found = p;
    }
    if (found && !same(found->m.place, wanted->last_place) && last_place_is_asked(t, wanted)) {
        str_add(problem, "who is where it was last is being asked");
        return ERR_NOT_FOUND;
    }
    if (found && (count == 1 || same(found->m.place, wanted->last_place)))
        return give(found, wanted, ret_line, ret_place, problem);
    if (found) {
        str_addf(problem, "%zu modems say that they are %s %s; name the one that is meant by its place, like usb:%s", count, word, wanted->line.what,
                 found->m.place);
        return ERR_CONFLICT;
    }
    size_t awaited = ask_all(t, &wanted->line, now);
    str_addf(problem, awaited ? "modems are being asked for the %s" : "no modem here has the %s", word);
    if (!awaited)
        list_found(t, problem);
    return ERR_NOT_FOUND;
}

enum err port_table_find(struct port_table *t, const struct port_wanted *wanted, int64_t now, char ret_line[PORT_TEXT_MAX],
                         char ret_place[PORT_TEXT_MAX], struct str *problem) {
    port_table_release(t, wanted->name);
    switch (wanted->line.kind) {
    case MODEM_LINE_SERIAL:
        return find_device(t, wanted, ret_line, ret_place, problem);
    case MODEM_LINE_USB:
        return find_place(t, wanted, ret_line, ret_place, problem);
    case MODEM_LINE_IMEI:
    case MODEM_LINE_ICCID:
    case MODEM_LINE_IMSI:
        return find_identity(t, wanted, now, ret_line, ret_place, problem);
    case MODEM_LINE_TCP:
    case MODEM_LINE_PTY:
    case MODEM_LINE_GAMMU:
        break;
    }
    abort(); /* those need no looking for */
}

void port_table_release(struct port_table *t, const char *name) {
    for (size_t i = 0; i < t->count; i++)
        if (same(t->ports[i].taken_by, name))
            set(&t->ports[i].taken_by, NULL);
}

void port_table_identify(struct port_table *t, const char *name, const struct protocol_message *up) {
    for (size_t i = 0; i < t->count; i++) {
        struct port *p = &t->ports[i];
        if (!same(p->taken_by, name))
            continue;
        set(&p->imei, up->imei);
        set(&p->imsi, up->imsi);
        set(&p->iccid, up->iccid);
        set(&p->model, up->model);
    }
}

bool modem_line_fits(const struct modem_line *line, const struct protocol_message *up) {
    const char *is = line->kind == MODEM_LINE_IMEI ? up->imei : line->kind == MODEM_LINE_ICCID ? up->iccid : up->imsi;
    bool named = line->kind == MODEM_LINE_IMEI || line->kind == MODEM_LINE_ICCID || line->kind == MODEM_LINE_IMSI;
    return !named || same(is, line->what);
}
