/* Clients of the control socket. A client whose request waits isn't read on until it is answered; a client that sends a line without end or
 * doesn't read its answers is cut off. */
#include "modem/virtual/control.h"

#include "firmware-host/base/mem.h"
#include "modem/virtual/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LINE_MAX_OCTETS (1 << 20)
#define BACKLOG (512 << 20)

struct client {
    struct client *next;
    struct control *control;
    struct wire *wire;
    struct str typed; /* not yet answered */
    struct request *waiting;
    uint64_t deadline_call;
    bool gone; /* freed at the end of the turn */
};

struct control {
    uv_loop_t *loop;
    const struct world *world;
    char *path;
    int fd;
    uv_poll_t accept;
    struct client *clients;
};

static void client_end(void *context) {
    struct client *c = context;
    if (c->gone)
        return;
    c->gone = true;
    schedule_cancel_all(c->control->world->schedule, c);
    wire_close(c->wire);
    request_free(c->waiting);
    c->waiting = NULL;
}

static void client_free(struct client *c) {
    client_end(c);
    str_release(&c->typed);
    free(c);
}

static void say(struct client *c, const struct str *answer) {
    if (!c->gone)
        wire_write(c->wire, answer->data, answer->len);
}

/* Tries the request that waits. true: it was answered. */
static bool try_waiting(struct client *c, bool last) {
    struct str answer;
    str_init(&answer, BACKLOG);
    bool answered = request_answer(c->waiting, c->control->world, last, &answer);
    if (answered) {
        request_free(c->waiting);
        c->waiting = NULL;
        schedule_cancel_all(c->control->world->schedule, c);
        say(c, &answer);
    }
    str_release(&answer);
    return answered;
}

static void take_lines(struct client *c);

static void deadline(void *context, int64_t unused) {
    (void)unused;
    struct client *c = context;
    if (c->waiting && try_waiting(c, true))
        take_lines(c);
}

static void take_line(struct client *c, const char *line, size_t len) {
    struct str answer;
    str_init(&answer, LINE_MAX_OCTETS);
    c->waiting = request_parse(line, len, &answer);
    say(c, &answer);
    str_release(&answer);
    if (!c->waiting || try_waiting(c, request_wait(c->waiting) == 0))
        return;
    schedule_in(c->control->world->schedule, request_wait(c->waiting), deadline, c, 0);
}

static void take_lines(struct client *c) {
    const char *end;
    size_t done = 0;
    while (!c->gone && !c->waiting && (end = memchr(c->typed.data + done, '\n', c->typed.len - done))) {
        size_t len = (size_t)(end - c->typed.data) - done;
        if (len)
            take_line(c, c->typed.data + done, len);
        done += len + 1;
    }
    str_remove_front(&c->typed, done);
    if (!str_ok(&c->typed))
        client_end(c);
}

static void client_data(void *context, const char *data, size_t len) {
    struct client *c = context;
    str_add_n(&c->typed, data, len);
    take_lines(c);
}

void control_turn(struct control *c) {
    for (struct client **at = &c->clients; *at;) {
        struct client *client = *at;
        if (client->waiting && try_waiting(client, false))
            take_lines(client);
        if (client->gone) {
            *at = client->next;
            client_free(client);
        } else {
            at = &client->next;
        }
    }
}

static void client_accept(uv_poll_t *poll, int status, int events) {
    (void)status, (void)events;
    struct control *control = poll->data;
    int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct client *c = mem_alloc(sizeof *c);
    c->control = control;
    c->next = control->clients;
    control->clients = c;
    str_init(&c->typed, LINE_MAX_OCTETS);
    c->wire = wire_open(control->loop, fd, BACKLOG, 0, &(struct wire_events){client_data, client_end, c});
}

/* Binds; a socket file that nobody listens on any more is replaced. */
static int bind_socket(const char *path, struct str *problem) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat old;
    if (str_copy(address.sun_path, sizeof address.sun_path, path) != ERR_OK) {
        str_addf(problem, "--control %s: the path is too long for a socket (%zu characters at most)", path, sizeof address.sun_path - 1);
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
        str_addf(problem, "--control %s: another program listens there", path);
        close(fd);
        return -1;
    }
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
        unlink(path);
    mode_t mask = umask(0077);
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 64) == 0;
    int why = errno;
    umask(mask);
    if (good)
        return fd;
    str_addf(problem, "--control %s: %s%s", path, strerror(why), why == ENOENT ? " (its directory must exist)" : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

enum err control_open(uv_loop_t *loop, const char *path, const struct world *world, struct control **ret_control, struct str *problem) {
    int fd = bind_socket(path, problem);
    if (fd < 0)
        return ERR_IO;
    struct control *c = mem_alloc(sizeof *c);
    c->loop = loop;
    c->world = world;
    c->path = mem_string(path);
    c->fd = fd;
    uv_poll_init(loop, &c->accept, fd);
    c->accept.data = c;
    uv_poll_start(&c->accept, UV_READABLE, client_accept);
    *ret_control = c;
    return ERR_OK;
}

static void freed(uv_handle_t *handle) {
    struct control *c = handle->data;
    free(c->path);
    free(c);
}

void control_close(struct control *c) {
    if (!c)
        return;
    for (struct client *client = c->clients, *next; client; client = next) {
        next = client->next;
        client_free(client);
    }
    unlink(c->path);
    uv_close((uv_handle_t *)&c->accept, freed);
    close(c->fd);
}
