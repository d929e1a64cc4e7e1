/* Opening, reading and writing lines. What is opened is locked where it can be: two programs on one modem would read each other's answers.
 * TIOCEXCL isn't set on a pseudo-terminal: there the mark outlives its owner and would lock out the worker's own successor. */
#include "modem/line.h"

#include "firmware-host/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define BAUD_MAX 4000000
enum { KEEPALIVE_IDLE = 30, KEEPALIVE_INTERVAL = 10, KEEPALIVE_PROBES = 3, USER_TIMEOUT_MS = 60000 };

struct line {
    enum line_kind kind;
    int fd;
    struct sp_port *port; /* serial */
};

/* ---- addresses ---- */

static bool parse_serial(const char *rest, struct line_address *a, struct str *problem) {
    int64_t baud = LINE_BAUD_DEFAULT;
    const char *at = strrchr(rest, '@');
    size_t len = at ? (size_t)(at - rest) : strlen(rest);
    if (at && parse_int(at + 1, 300, BAUD_MAX, &baud) != ERR_OK) {
        str_addf(problem, "\"%.32s\" is no baud rate from 300 to %d", at + 1, BAUD_MAX);
        return false;
    }
    if (len == 0 || len >= sizeof a->path) {
        str_add(problem, "serial: needs a device, like serial:/dev/ttyUSB2");
        return false;
    }
    memcpy(a->path, rest, len);
    a->baud = (int)baud;
    return true;
}

static bool parse_tcp(const char *rest, struct line_address *a, struct str *problem) {
    const char *colon = strrchr(rest, ':');
    int64_t port = 0;
    const char *host = rest;
    size_t len = colon ? (size_t)(colon - rest) : 0;
    if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    } else if (memchr(host, ':', len) != NULL) {
        str_add(problem, "an IPv6 address goes into brackets, like tcp://[::1]:2001");
        return false;
    }
    if (!colon || len == 0 || len >= sizeof a->path || parse_int(colon + 1, 1, 65535, &port) != ERR_OK) {
        str_add(problem, "tcp:// needs a host and a port from 1 to 65535, like tcp://192.0.2.10:2001");
        return false;
    }
    memcpy(a->path, host, len);
    return str_copy(a->port, sizeof a->port, colon + 1) == ERR_OK;
}

static bool parse_pty(const char *rest, struct line_address *a, struct str *problem) {
    if (rest[0] && str_copy(a->path, sizeof a->path, rest) == ERR_OK)
        return true;
    str_add(problem, "pty: needs a path, like pty:/run/vnet/m1");
    return false;
}

/* A word of libGammu's: letters, digits, dots, dashes. It may be empty where `least` is 0. */
static bool take_word(const char *from, size_t len, size_t least, char *to, size_t size) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (len < least || len >= size || strspn(from, allowed) < len)
        return false;
    memcpy(to, from, len);
    to[len] = '\0';
    return true;
}

static bool parse_gammu(const char *rest, struct line_address *a, struct str *problem) {
    const char *path = strchr(rest, ':');
    const char *model = path ? strchr(path + 1, ':') : NULL;
    const char *end = path ? strchr(path, '\0') : NULL;
    size_t len = path ? (size_t)((model ? model : end) - path - 1) : 0;
    if (!path || path[1] != '/' || len >= sizeof a->path || !take_word(rest, (size_t)(path - rest), 1, a->connection, sizeof a->connection) ||
        (model && !take_word(model + 1, (size_t)(end - model - 1), 0, a->model, sizeof a->model))) {
        str_add(problem, "gammu: needs a connection, the whole path of a device, and perhaps a model, like gammu:fbus:/dev/ttyS0 or "
                         "gammu:none:/var/lib/phone:dummy");
        return false;
    }
    memcpy(a->path, path + 1, len);
    return true;
}

static const struct {
    const char *prefix;
    enum line_kind kind;
    bool (*parse)(const char *rest, struct line_address *a, struct str *problem);
} kinds[] = {
    {"serial:", LINE_SERIAL, parse_serial},
    {"tcp://", LINE_TCP, parse_tcp},
    {"pty:", LINE_PTY, parse_pty},
    {"gammu:", LINE_GAMMU, parse_gammu},
};

enum err line_parse(const char *text, struct line_address *ret_address, struct str *problem) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].prefix);
        struct line_address a = {.kind = kinds[i].kind};
        if (strncmp(text, kinds[i].prefix, len) != 0)
            continue;
        if (!kinds[i].parse(text + len, &a, problem))
            return ERR_INVALID;
        *ret_address = a;
        return ERR_OK;
    }
    str_addf(problem, "\"%.64s\" is no line: it is serial:DEVICE[@BAUD], tcp://HOST:PORT, pty:PATH or gammu:CONNECTION:PATH[:MODEL]", text);
    return ERR_INVALID;
}

/* ---- opening ---- */

static enum err from_errno(int number) {
    switch (number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EBUSY:
    case EWOULDBLOCK:
        return ERR_BUSY;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    default:
        return ERR_IO;
    }
}

static enum err os_problem(struct str *problem, const char *path, const char *what) {
    int number = errno;
    str_addf(problem, "%s: %s: %s", path, what, strerror(number));
    if (number == EACCES)
        str_add(problem, " (is the user in the group dialout?)");
    return from_errno(number);
}

static enum err lock(int fd, const char *path, struct str *problem) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return ERR_OK;
    if (errno == EWOULDBLOCK) {
        str_addf(problem, "%s is held by another program (ModemManager? another worker?)", path);
        return ERR_BUSY;
    }
    return os_problem(problem, path, "can't be locked");
}

static bool set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

/* VMIN 1: no octets is EAGAIN, and 0 can only be a hang-up. */
static bool set_raw(int fd) {
    struct termios t;
    if (tcgetattr(fd, &t) != 0)
        return false;
    cfmakeraw(&t);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    return tcsetattr(fd, TCSANOW, &t) == 0;
}

static enum err open_pty(const struct line_address *a, struct line *line, struct str *problem) {
    line->fd = open(a->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (line->fd < 0)
        return os_problem(problem, a->path, "can't be opened");
    if (!isatty(line->fd)) {
        str_addf(problem, "%s is not a terminal", a->path);
        return ERR_UNSUPPORTED;
    }
    enum err e = lock(line->fd, a->path, problem);
    if (e == ERR_OK && !set_raw(line->fd))
        e = os_problem(problem, a->path, "can't be made raw");
    return e;
}

static enum err port_problem(struct str *problem, const char *path, const char *what, enum sp_return code) {
    if (code == SP_ERR_FAIL)
        return os_problem(problem, path, what);
    str_addf(problem, "%s: %s (libserialport: %d)", path, what, (int)code);
    return code == SP_ERR_SUPP ? ERR_UNSUPPORTED : ERR_IO;
}

static enum sp_return configure(struct sp_port *port, int baud) {
    struct sp_port_config *config;
    enum sp_return code = sp_new_config(&config);
    if (code != SP_OK)
        return code;
    sp_set_config_baudrate(config, baud);
    sp_set_config_bits(config, 8);
    sp_set_config_parity(config, SP_PARITY_NONE);
    sp_set_config_stopbits(config, 1);
    sp_set_config_flowcontrol(config, SP_FLOWCONTROL_NONE);
    code = sp_set_config(port, config);
    sp_free_config(config);
    return code;
}

/* libserialport knows ports by their own names: a link such as /dev/serial/by-id/… is followed for it. */
static enum err find_port(const char *path, struct sp_port **ret_port, struct str *problem) {
    if (access(path, F_OK) != 0)
        return os_problem(problem, path, "can't be found");
    enum sp_return code = sp_get_port_by_name(path, ret_port);
    char *target = code == SP_OK ? NULL : realpath(path, NULL);
    if (target)
        code = sp_get_port_by_name(target, ret_port);
    free(target);
    if (code == SP_OK)
        return ERR_OK;
    str_addf(problem, "%s is not a serial port (a pseudo-terminal is written pty:PATH)", path);
    return ERR_UNSUPPORTED;
}

/* A driver whose port has no modem control lines (option, on interfaces that Linux marks so: some Telit modems) fails the question for them, and
 * libserialport then opens nothing. Without those lines there is no speed to set either: the port is USB and nothing else. */
static enum sp_return open_without_lines(const struct line_address *a, struct line *line) {
    line->fd = open(a->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    return line->fd >= 0 && isatty(line->fd) ? SP_OK : SP_ERR_FAIL;
}

static bool lacks_lines(enum sp_return code) {
    return code == SP_ERR_FAIL && (errno == EINVAL || errno == EPIPE);
}

static enum err open_serial(const struct line_address *a, struct line *line, struct str *problem) {
    enum err e = find_port(a->path, &line->port, problem);
    if (e != ERR_OK)
        return e;
    enum sp_return code = sp_open(line->port, SP_MODE_READ_WRITE);
    bool bare = lacks_lines(code);
    if (bare)
        code = open_without_lines(a, line);
    else if (code == SP_OK)
        sp_get_port_handle(line->port, &line->fd);
    if (code != SP_OK)
        return port_problem(problem, a->path, "can't be opened", code);
    e = lock(line->fd, a->path, problem);
    if (e != ERR_OK)
        return e;
    (void)ioctl(line->fd, TIOCEXCL); /* against programs that don't lock; a port without it is held by the lock alone */
    if (!bare)
        code = configure(line->port, a->baud);
    if (code != SP_OK)
        return port_problem(problem, a->path, "can't be set to this speed", code);
    return set_raw(line->fd) && set_nonblocking(line->fd) ? ERR_OK : os_problem(problem, a->path, "can't be made raw");
}

/* libGammu opens it, and locks what can be locked. */
static enum err open_gammu(const struct line_address *a, struct line *line, struct str *problem) {
    (void)line;
    return access(a->path, R_OK | W_OK) == 0 ? ERR_OK : os_problem(problem, a->path, "can't be opened");
}

static void set_option(int fd, int level, int option, int value) {
    (void)setsockopt(fd, level, option, &value, sizeof value); /* a kernel without it is no reason to stop */
}

/* Connects one address. errno says why not. */
static int connect_one(const struct addrinfo *address) {
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    socklen_t len = sizeof error;
    if (fd < 0)
        return -1;
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        error = errno;
        if (error == EINPROGRESS) {
            int n = poll(&wait, 1, LINE_CONNECT_TIMEOUT);
            error = n < 0 ? errno : ETIMEDOUT;
            if (n > 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
                error = errno;
        }
    }
    if (error == 0)
        return fd;
    close(fd);
    errno = error;
    return -1;
}

static enum err open_tcp(const struct line_address *a, struct line *line, struct str *problem) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    int code = getaddrinfo(a->path, a->port, &hints, &found);
    if (code != 0) {
        str_addf(problem, "%s: %s", a->path, gai_strerror(code));
        return ERR_NOT_FOUND;
    }
    for (const struct addrinfo *i = found; i && line->fd < 0; i = i->ai_next)
        line->fd = connect_one(i);
    int number = errno;
    freeaddrinfo(found);
    if (line->fd < 0) {
        str_addf(problem, "%s port %s: %s", a->path, a->port, strerror(number));
        return from_errno(number);
    }
    set_option(line->fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(line->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(line->fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE);
    set_option(line->fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL);
    set_option(line->fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES);
    set_option(line->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
    return ERR_OK;
}

enum err line_connect(const struct line_address *address, struct line **ret_line, struct str *problem) {
    static enum err (*const openers[])(const struct line_address *, struct line *, struct str *) = {
        [LINE_SERIAL] = open_serial,
        [LINE_TCP] = open_tcp,
        [LINE_PTY] = open_pty,
        [LINE_GAMMU] = open_gammu,
    };
    struct line *line = mem_alloc(sizeof *line);
    line->kind = address->kind;
    line->fd = -1;
    enum err e = openers[address->kind](address, line, problem);
    if (e == ERR_OK)
        *ret_line = line;
    else
        line_disconnect(line);
    return e;
}

void line_disconnect(struct line *line) {
    if (!line)
        return;
    if (line->port)
        sp_free_port(line->port); /* doesn't close */
    if (line->fd >= 0)
        close(line->fd);
    free(line);
}

int line_fd(const struct line *line) {
    return line->fd;
}

/* ---- octets ---- */

static enum err gone(int number) {
    return number == EIO || number == EPIPE || number == ECONNRESET || number == ETIMEDOUT || number == ENXIO || number == ENODEV ? ERR_CLOSED
                                                                                                                                  : ERR_IO;
}

enum err line_read(struct line *line, void *data, size_t max, size_t *ret_len) {
    ssize_t n;
    if (line->fd < 0) {
        *ret_len = 0;
        return ERR_OK;
    }
    do
        n = read(line->fd, data, max);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return ERR_CLOSED;
    if (n < 0 && errno != EAGAIN)
        return gone(errno);
    *ret_len = n < 0 ? 0 : (size_t)n;
    return ERR_OK;
}

enum err line_write(struct line *line, const void *data, size_t len, size_t *ret_len) {
    ssize_t n;
    if (line->fd < 0) {
        *ret_len = len;
        return ERR_OK;
    }
    do
        n = write(line->fd, data, len);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN)
        return gone(errno);
    *ret_len = n < 0 ? 0 : (size_t)n;
    return ERR_OK;
}
