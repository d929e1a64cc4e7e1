/* What is plugged in here. It needs no core (there is none yet where somebody writes its configuration): phanhoi-modem looks, asks politely who is
 * there, and this prints what to write. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/mem.h"
#include "firmware-host/config.h"
#include "modem/protocol.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
enum { PORTS_MAX = 512, LINE_MAX_OCTETS = PROTOCOL_LINE_MAX, SIM_SHOWN = 4 };
#define TABLE_MAX (1024 * 1024)

struct scan {
    struct protocol_message ports[PORTS_MAX], answers[PORTS_MAX]; /* of a kind: PROTOCOL_PORT, PROTOCOL_PROBED */
    size_t port_count, answer_count;
    bool complete;
};

static void take_line(struct scan *s, const char *line, size_t len) {
    struct protocol_message m;
    if (protocol_read(line, len, true, &m, NULL) != ERR_OK)
        return;
    s->complete |= m.name == PROTOCOL_PORTS;
    if (m.name == PROTOCOL_PORT && s->port_count < PORTS_MAX)
        s->ports[s->port_count++] = m;
    else if (m.name == PROTOCOL_PROBED && s->answer_count < PORTS_MAX)
        s->answers[s->answer_count++] = m;
    else
        protocol_release(&m);
}

static const struct protocol_message *answer_of(const struct scan *s, const struct protocol_message *port) {
    for (size_t i = 0; i < s->answer_count; i++)
        if (strcmp(s->answers[i].node, port->node) == 0)
            return &s->answers[i];
    return NULL;
}

/* The best port of its device: the place alone names it. */
static bool is_first(const struct scan *s, const struct protocol_message *port) {
    for (size_t i = 0; i < s->port_count; i++) {
        const struct protocol_message *other = &s->ports[i];
        if (other->place && strcmp(other->place, port->place) == 0 && other->role == port->role && other->interface < port->interface)
            return false;
    }
    return true;
}

/* What to write as `line`: the place, which stays as it is whatever is plugged in there; "" for ports that aren't a modem's. */
static void line_for(const struct scan *s, const struct protocol_message *port, struct str *to) {
    bool can_be = port->role == PROTOCOL_ROLE_AT || port->role == PROTOCOL_ROLE_ADAPTER || port->role == PROTOCOL_ROLE_UNKNOWN;
    if (!can_be)
        return;
    if (!port->place)
        str_addf(to, "serial:%s", port->node);
    else if (is_first(s, port))
        str_addf(to, "usb:%s", port->place);
    else
        str_addf(to, "usb:%s:1.%lld", port->place, (long long)port->interface);
}

static const char *state_of(const struct protocol_message *port, const struct protocol_message *answer) {
    if (port->busy)
        return "in use";
    if (!answer)
        return port->usb ? "not asked" : "not asked: no USB device";
    return answer->answers ? "answers" : answer->reason;
}

static void put_sim(const struct ctl *ctl, struct json_writer *w, const char *key, const char *id) {
    char hidden[16];
    size_t len = id ? strlen(id) : 0;
    if (!ctl->reveal && len > SIM_SHOWN) {
        snprintf(hidden, sizeof hidden, "***%s", id + len - SIM_SHOWN);
        id = hidden;
    }
    json_put_text(w, key, id);
}

static void put_port(const struct ctl *ctl, const struct scan *s, const struct protocol_message *port, struct json_writer *w) {
    const struct protocol_message *answer = answer_of(s, port);
    struct str line;
    str_init(&line, 512);
    line_for(s, port, &line);
    json_open_object(w, NULL);
    json_put_text(w, "node", port->node);
    json_put_text(w, "place", port->place);
    json_put_text(w, "usb", port->usb);
    if (port->interface >= 0)
        json_put_int(w, "interface", port->interface);
    json_put_text(w, "product", port->product);
    json_put_text(w, "serial", port->serial);
    json_put_text(w, "role", protocol_role_name(port->role));
    json_put_text(w, "state", state_of(port, answer));
    json_put_text(w, "model", answer ? answer->model : NULL);
    json_put_text(w, "imei", answer ? answer->imei : NULL);
    put_sim(ctl, w, "iccid", answer ? answer->iccid : NULL);
    put_sim(ctl, w, "imsi", answer ? answer->imsi : NULL);
    json_put_text(w, "line", line.len ? line.data : NULL);
    json_close_object(w);
    str_release(&line);
}

static void print_scan(const struct json *rows) {
    static const struct ctl_column columns[] = {
        {"PORT", "node", COLUMN_TEXT},      {"USB", "usb", COLUMN_TEXT},
        {"IF", "interface", COLUMN_NUMBER}, {"PRODUCT", "product", COLUMN_TEXT},
        {"ROLE", "role", COLUMN_TEXT},      {"STATE", "state", COLUMN_TEXT},
        {"MODEL", "model", COLUMN_TEXT},    {"IMEI", "imei", COLUMN_TEXT},
        {"SIM", "iccid", COLUMN_TEXT},      {"LINE TO CONFIGURE", "line", COLUMN_TEXT},
    };
    ctl_print_rows(rows, columns, COUNT(columns), "no serial port is here");
    if (json_count(rows) > 0)
        puts("\nA modem in the configuration: { name = \"m1\"; line = \"…\"; number = \"+84…\"; }. With line = \"imei:…\" it is found wherever it's "
             "plugged "
             "in,\nwith \"iccid:…\" the modem in which that SIM is (--reveal shows its number).");
}

static enum ctl_exit show(const struct ctl *ctl, const struct scan *s) {
    struct str text;
    struct json_writer w;
    struct json *document = NULL;
    str_init(&text, TABLE_MAX);
    json_begin(&w, &text);
    json_open_array(&w, NULL);
    for (size_t i = 0; i < s->port_count; i++)
        put_port(ctl, s, &s->ports[i], &w);
    json_close_array(&w);
    enum err e = json_parse(text.data, text.len, &document);
    if (e == ERR_OK && ctl->json)
        ctl_print_json(document);
    else if (e == ERR_OK)
        print_scan(document);
    json_free(document);
    str_release(&text);
    return e == ERR_OK ? CTL_FINE : CTL_FAILED;
}

/* phanhoi-modem: as the configuration says, else beside this program. */
static bool find_program(const struct ctl *ctl, char path[PATH_MAX]) {
    ssize_t len = 0;
    const char *name = ctl->config ? ctl->config->worker_program : "";
    if (!*name) {
        name = "phanhoi-modem";
        len = readlink("/proc/self/exe", path, PATH_MAX - 1);
        path[len > 0 ? len : 0] = 0;
        char *slash = strrchr(path, '/');
        len = slash ? slash + 1 - path : 0;
    }
    return str_copy(path + len, PATH_MAX - (size_t)len, name) == ERR_OK;
}

static bool run_program(const char *path, FILE **ret_output, pid_t *ret_child) {
    int ends[2];
    if (pipe(ends) != 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        char *const argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t) "--discover", (char *)(uintptr_t) "--probe", NULL};
        if (dup2(ends[1], STDOUT_FILENO) >= 0) {
            close(ends[0]);
            close(ends[1]);
            execv(path, argv);
        }
        fprintf(stderr, "phanhoictl: %s: %s\n", path, strerror(errno));
        _exit(CTL_FAILED);
    }
    close(ends[1]);
    *ret_output = child > 0 ? fdopen(ends[0], "r") : NULL;
    *ret_child = child;
    if (!*ret_output)
        close(ends[0]);
    return *ret_output != NULL;
}

static void release_scan(struct scan *s) {
    for (size_t i = 0; i < s->port_count; i++)
        protocol_release(&s->ports[i]);
    for (size_t i = 0; i < s->answer_count; i++)
        protocol_release(&s->answers[i]);
    free(s);
}

enum ctl_exit ctl_modem_scan(struct ctl *ctl) {
    char path[PATH_MAX], line[LINE_MAX_OCTETS];
    FILE *output;
    pid_t child;
    if (!find_program(ctl, path) || !run_program(path, &output, &child))
        return ctl_fail(ctl, err_symbol(ERR_IO), "phanhoi-modem can't be run");
    struct scan *s = mem_alloc(sizeof *s);
    while (fgets(line, sizeof line, output))
        take_line(s, line, strcspn(line, "\n"));
    fclose(output);
    waitpid(child, NULL, 0);
    enum ctl_exit status = s->complete ? show(ctl, s) : ctl_fail(ctl, err_symbol(ERR_IO), "the ports could not be listed");
    release_scan(s);
    return status;
}
