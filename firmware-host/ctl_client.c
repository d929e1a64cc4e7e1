/* A connection to a UNIX socket that speaks lines of JSON: blocking, with time-outs, one line out, one line in. */
#include "firmware-host/ctl.h"

#include "firmware-host/base/clock.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum ctl_exit ctl_connect(const struct ctl *ctl, const char *path, struct ctl_client *ret_client) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct str why;
    str_init(&why, 512);
    int fd = -1;
    if (str_copy(address.sun_path, sizeof address.sun_path, path) != ERR_OK) {
        str_addf(&why, "%.100s…: is too long for a socket's path", path);
    } else {
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
            str_addf(&why, "%s: %s; is the program that answers there running?", path, strerror(errno));
    }
    if (why.len) {
        if (fd >= 0)
            close(fd);
        enum ctl_exit status = ctl_fail(ctl, err_symbol(ERR_CLOSED), why.data);
        str_release(&why);
        return status;
    }
    str_release(&why);
    ret_client->fd = fd;
    str_init(&ret_client->buffer, CTL_LINE_MAX);
    return CTL_FINE;
}

void ctl_disconnect(struct ctl_client *client) {
    close(client->fd);
    str_release(&client->buffer);
}

enum err ctl_tell(struct ctl_client *client, struct str *request) {
    str_add(request, "\n");
    if (!str_ok(request))
        return ERR_TOO_LONG;
    for (size_t at = 0; at < request->len;) {
        ssize_t n = send(client->fd, request->data + at, request->len - at, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_CLOSED;
        at += (size_t)n;
    }
    return ERR_OK;
}

static enum err take_line(struct ctl_client *client, size_t len, struct json **ret_document) {
    enum err e = json_parse(client->buffer.data, len, ret_document);
    str_remove_front(&client->buffer, len + 1);
    return e;
}

enum err ctl_hear(struct ctl_client *client, int timeout_ms, struct json **ret_document) {
    struct clock *clock = clock_system();
    int64_t end = clock->mono_ms(clock) + timeout_ms;
    for (;;) {
        char *newline = client->buffer.len ? memchr(client->buffer.data, '\n', client->buffer.len) : NULL;
        if (newline)
            return take_line(client, (size_t)(newline - client->buffer.data), ret_document);
        int64_t left = timeout_ms < 0 ? -1 : end - clock->mono_ms(clock);
        struct pollfd poll_for = {.fd = client->fd, .events = POLLIN};
        if (timeout_ms >= 0 && left < 0)
            return ERR_TIMEOUT;
        int ready = poll(&poll_for, 1, (int)left);
        if (ready == 0)
            return ERR_TIMEOUT;
        char block[16384];
        ssize_t n = ready > 0 ? read(client->fd, block, sizeof block) : -1;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return ERR_CLOSED;
        str_add_n(&client->buffer, block, (size_t)n);
        if (!str_ok(&client->buffer))
            return ERR_TOO_LONG;
    }
}
