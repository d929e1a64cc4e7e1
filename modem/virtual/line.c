/* Pseudo-terminals: we keep the slave side open ourselves, else reading the master fails for ever once the first client has gone. So nobody tells
 * us that a client has gone; that one has come is learnt from inotify, and what the one before left unread or half typed is dropped then.
 * (Opens and closes can't be counted: inotify merges equal events.) Where inotify can't be had, nothing is dropped.
 * A client's TIOCEXCL would outlive it on a slave that stays open, and keep out everybody but root: it's taken away again, when the client first
 * says something, since the next one may come before we have heard that this one has gone.
 * A hang-up closes both sides and makes a new terminal, to which the link is turned. */
#include "modem/virtual/line.h"

#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "modem/virtual/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define BACKLOG (4 << 20) /* a TCP client that leaves more than that unread is cut off … */
#define UNREAD_MAX (1 << 20) /* … and a terminal forgets it: there may be nobody */

struct line {
    uv_loop_t *loop;
    struct at_modem *modem;
    unsigned baud;
    bool is_pty, plugged;
    char *path; /* pty: the link */
    char *address;
    struct wire *wire; /* the master, or the connection; NULL: nobody */
    int slave; /* pty */
    char slave_name[64];
    struct watched *opens; /* inotify on the slave; NULL: not to be had */
    struct sockaddr_storage where; /* tcp */
    socklen_t where_len;
    struct watched *listener;
};

struct watched { /* a descriptor that is only ever read */
    uv_poll_t poll;
    int fd;
};

static struct watched *watched_open(struct line *l, int fd, uv_poll_cb ready) {
    struct watched *w = mem_alloc(sizeof *w);
    w->fd = fd;
    uv_poll_init(l->loop, &w->poll, fd);
    w->poll.data = l;
    uv_poll_start(&w->poll, UV_READABLE, ready);
    return w;
}

static void watched_freed(uv_handle_t *handle) {
    free((struct watched *)handle);
}

static void watched_close(struct watched *w) {
    if (!w)
        return;
    uv_close((uv_handle_t *)&w->poll, watched_freed);
    close(w->fd);
}

static void output(void *context, const char *data, size_t len) {
    struct line *l = context;
    if (!l->wire)
        return;
    if (l->is_pty && wire_unwritten(l->wire) + len > UNREAD_MAX)
        wire_drop(l->wire);
    wire_write(l->wire, data, len);
}

static void client_gone(struct line *l) {
    at_modem_terminal_gone(l->modem);
}

/* -- pseudo-terminal --------------------------------------------------------------------------------------------------------------------- */

static void take_opens(struct line *l) {
    char data[4096];
    if (!l->opens || read(l->opens->fd, data, sizeof data) <= 0)
        return;
    wire_drop(l->wire);
    tcflush(l->slave, TCIFLUSH);
    client_gone(l);
}

static void opens_ready(uv_poll_t *poll, int status, int events) {
    (void)status, (void)events;
    take_opens(poll->data);
}

static void pty_data(void *context, const char *data, size_t len) {
    struct line *l = context;
    take_opens(l); /* whoever wrote this opened it before */
    (void)ioctl(l->slave, TIOCNXCL);
    at_modem_input(l->modem, data, len);
}

static void pty_hangup(void *context);

static void watch_opens(struct line *l) {
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return;
    if (inotify_add_watch(fd, l->slave_name, IN_OPEN) < 0) {
        close(fd);
        return;
    }
    l->opens = watched_open(l, fd, opens_ready);
}

/* The link appears whole or not at all. Only a link is ever replaced. */
static enum err make_link(const struct line *l, struct str *problem) {
    char fresh[PATH_MAX];
    struct stat old;
    if (lstat(l->path, &old) == 0 && !S_ISLNK(old.st_mode)) {
        str_addf(problem, "pty:%s: exists and is not a symbolic link; remove it or choose another path", l->path);
        return ERR_CONFLICT;
    }
    if (snprintf(fresh, sizeof fresh, "%s.%ld~", l->path, (long)getpid()) >= (int)sizeof fresh) {
        str_addf(problem, "pty:%s: the path is too long", l->path);
        return ERR_TOO_LONG;
    }
    unlink(fresh);
    if (symlink(l->slave_name, fresh) == 0 && rename(fresh, l->path) == 0)
        return ERR_OK;
    str_addf(problem, "pty:%s: can't make the link: %s%s", l->path, strerror(errno), errno == ENOENT ? " (its directory must exist)" : "");
    unlink(fresh);
    return ERR_IO;
}

static enum err pty_open(struct line *l, struct str *problem) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || ptsname_r(master, l->slave_name, sizeof l->slave_name) != 0 ||
        (l->slave = open(l->slave_name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
        str_addf(problem, "pty:%s: no pseudo-terminal to be had: %s", l->path, strerror(errno));
        if (master >= 0)
            close(master);
        return ERR_IO;
    }
    if (tcgetattr(l->slave, &raw) == 0) {
        cfmakeraw(&raw);
        cfsetspeed(&raw, B115200);
        tcsetattr(l->slave, TCSANOW, &raw);
    }
    enum err e = make_link(l, problem);
    if (e) {
        close(master);
        close(l->slave);
        return e;
    }
    watch_opens(l);
    l->wire = wire_open(l->loop, master, BACKLOG, l->baud, &(struct wire_events){pty_data, pty_hangup, l});
    return ERR_OK;
}

static void pty_close(struct line *l) {
    char target[sizeof l->slave_name] = "";
    if (readlink(l->path, target, sizeof target - 1) > 0 && strcmp(target, l->slave_name) == 0)
        unlink(l->path);
    watched_close(l->opens);
    wire_close(l->wire);
    close(l->slave);
    l->opens = NULL;
    l->wire = NULL;
    client_gone(l);
}

/* -- TCP --------------------------------------------------------------------------------------------------------------------------------- */

static void tcp_gone(void *context) {
    struct line *l = context;
    wire_close(l->wire);
    l->wire = NULL;
    client_gone(l);
}

static void tcp_data(void *context, const char *data, size_t len) {
    struct line *l = context;
    at_modem_input(l->modem, data, len);
}

static void tcp_accept(uv_poll_t *poll, int status, int events) {
    (void)status, (void)events;
    struct line *l = poll->data;
    int fd = accept4(l->listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), yes = 1;
    if (fd < 0)
        return;
    if (l->wire)
        tcp_gone(l);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    l->wire = wire_open(l->loop, fd, BACKLOG, l->baud, &(struct wire_events){tcp_data, tcp_gone, l});
}

static enum err tcp_open(struct line *l, struct str *problem) {
    int yes = 1, fd = socket(l->where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&l->where, l->where_len) != 0 || listen(fd, 4) != 0 ||
        getsockname(fd, (struct sockaddr *)&l->where, &l->where_len) != 0) {
        str_addf(problem, "%s: can't listen: %s", l->address, strerror(errno));
        if (fd >= 0)
            close(fd);
        return ERR_IO;
    }
    char host[NI_MAXHOST], port[NI_MAXSERV];
    if (getnameinfo((struct sockaddr *)&l->where, l->where_len, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
        struct str address;
        str_init(&address, sizeof host + sizeof port + 8);
        str_addf(&address, strchr(host, ':') ? "tcp:[%s]:%s" : "tcp:%s:%s", host, port);
        free(l->address);
        l->address = str_detach(&address);
    }
    l->listener = watched_open(l, fd, tcp_accept);
    return ERR_OK;
}

static void tcp_close(struct line *l) {
    watched_close(l->listener);
    l->listener = NULL;
    if (l->wire)
        tcp_gone(l);
}

static enum err tcp_resolve(struct line *l, const char *where, struct str *problem) {
    const char *colon = strrchr(where, ':');
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    if (colon && colon[1]) {
        bool bracketed = where[0] == '[' && colon > where + 2 && colon[-1] == ']';
        char *host = mem_string_n(where + bracketed, (size_t)(colon - where) - 2 * bracketed);
        if (getaddrinfo(*host ? host : NULL, colon + 1, &hints, &found) != 0)
            found = NULL;
        free(host);
    }
    if (!found) {
        str_addf(problem, "tcp:%s: not an address and port; expected tcp:127.0.0.1:4001 or tcp:[::1]:0", where);
        return ERR_INVALID;
    }
    memcpy(&l->where, found->ai_addr, found->ai_addrlen);
    l->where_len = found->ai_addrlen;
    freeaddrinfo(found);
    return ERR_OK;
}

/* -- both -------------------------------------------------------------------------------------------------------------------------------- */

static void hangup(void *context) {
    struct line *l = context;
    if (l->is_pty)
        pty_hangup(l);
    else if (l->wire)
        tcp_gone(l);
}

static void pty_hangup(void *context) {
    struct line *l = context;
    struct str problem;
    if (!l->plugged)
        return;
    str_init(&problem, 512);
    pty_close(l);
    if (pty_open(l, &problem) != ERR_OK) {
        l->plugged = false;
        log_event(LOG_LEVEL_ERROR, "line.lost", log_text("problem", problem.data));
    }
    str_release(&problem);
}

static void unplug(void *context) {
    struct line *l = context;
    if (line_plug(l, false) != ERR_OK)
        log_plain(LOG_LEVEL_ERROR, "line.stuck");
}

enum err line_open(uv_loop_t *loop, const char *spec, unsigned baud, struct at_modem *modem, struct line **ret_line, struct str *problem) {
    struct line *l = mem_alloc(sizeof *l);
    l->loop = loop;
    l->baud = baud;
    l->modem = modem;
    l->address = mem_string(spec);
    enum err e = ERR_INVALID;
    if (strncmp(spec, "pty:", 4) == 0 && spec[4]) {
        l->is_pty = true;
        l->path = mem_string(spec + 4);
        e = pty_open(l, problem);
    } else if (strncmp(spec, "tcp:", 4) == 0) {
        e = tcp_resolve(l, spec + 4, problem);
        e = e ? e : tcp_open(l, problem);
    } else {
        str_addf(problem, "line=%s: expected pty:PATH or tcp:ADDR:PORT", spec);
    }
    if (e) {
        free(l->address);
        free(l->path);
        free(l);
        return e;
    }
    l->plugged = true;
    at_modem_connect(modem, &(struct at_terminal){output, hangup, l, unplug});
    *ret_line = l;
    return ERR_OK;
}

void line_close(struct line *l) {
    if (!l)
        return;
    if (l->plugged && line_plug(l, false) != ERR_OK)
        log_plain(LOG_LEVEL_ERROR, "line.stuck");
    at_modem_connect(l->modem, &(struct at_terminal){.line = NULL});
    free(l->address);
    free(l->path);
    free(l);
}

const char *line_address(const struct line *l) {
    return l->address;
}

bool line_plugged(const struct line *l) {
    return l->plugged;
}

enum err line_plug(struct line *l, bool plugged) {
    struct str problem;
    enum err e = ERR_OK;
    if (plugged == l->plugged)
        return ERR_OK;
    str_init(&problem, 512);
    if (plugged)
        e = l->is_pty ? pty_open(l, &problem) : tcp_open(l, &problem);
    else if (l->is_pty)
        pty_close(l);
    else
        tcp_close(l);
    if (e)
        log_event(LOG_LEVEL_ERROR, "line.not_plugged", log_text("problem", problem.data));
    else
        l->plugged = plugged;
    str_release(&problem);
    return e;
}
