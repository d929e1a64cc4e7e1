/* phanhoi-webhook: hears the central store knock, and tells its core. A process of its own, since what it parses comes from anybody: it opens its
 * files and its socket, goes behind the fence of modem/sandbox.h, and can do nothing from then on but take connections and write a word to its core.
 * It speaks the workers' protocol, and is kept alive like them. Files are read at the start only; the core starts it anew when they change. */
#include "firmware-host/base/clock.h"
#include "firmware-host/base/crypto.h"
#include "firmware-host/base/json.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"
#include "firmware-host/webhook/listener.h"
#include "modem/core_pipe.h"
#include "modem/sandbox.h"

#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFE (50 * CLOCK_SECOND) /* between two signs of it */
enum { BACKLOG = 16, PROBLEM_MAX = 1024 };
enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_OPEN = 3, EXIT_SANDBOX = 5 };

struct given {
    const char *listen, *secrets, *certificate, *key;
};

struct ear {
    struct core_pipe core;
    struct listener *listener;
    struct clock *clock;
    bool stop;
};

static int usage(FILE *to, int status) {
    fputs("usage: phanhoi-webhook --listen ADDRESS:PORT --secrets FILE [--certificate FILE --key FILE]\n"
          "Hears the central store's webhooks and tells its core, phanhoid, which starts it (central.webhook_listen).\n",
          to);
    return status;
}

static bool parse_options(int argc, char **argv, struct given *given) {
    static const struct option table[] = {{"listen", required_argument, NULL, 'l'},
                                          {"secrets", required_argument, NULL, 's'},
                                          {"certificate", required_argument, NULL, 'c'},
                                          {"key", required_argument, NULL, 'k'},
                                          {0}};
    for (int id; (id = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        const char **to = id == 'l' ? &given->listen : id == 's' ? &given->secrets : id == 'c' ? &given->certificate : &given->key;
        if (id == '?')
            return false;
        *to = optarg;
    }
    return optind == argc && given->listen && given->secrets && !given->certificate == !given->key;
}

/* ---- the socket ---- */

/* "127.0.0.1:8080", "[::]:8443" */
static struct addrinfo *address_of(const char *text, struct str *problem) {
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *found = NULL;
    char host[64] = "";
    const char *colon = strrchr(text, ':'), *from = *text == '[' ? text + 1 : text;
    size_t len = colon ? (size_t)(colon - from) : 0;
    if (len && from > text && from[len - 1] == ']')
        len--;
    if (len && len < sizeof host)
        memcpy(host, from, len);
    if (!*host || getaddrinfo(host, colon + 1, &hints, &found) != 0)
        str_addf(problem, "%.100s: an address and a port are needed, like 127.0.0.1:8080", text);
    return found;
}

static int open_socket(const char *text, struct str *problem) {
    struct addrinfo *address = address_of(text, problem);
    struct sockaddr_storage bound;
    socklen_t len = sizeof bound;
    char port[8];
    const int on = 1;
    if (!address)
        return -1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool listens = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 && bind(fd, address->ai_addr, address->ai_addrlen) == 0 &&
                   listen(fd, BACKLOG) == 0 && getsockname(fd, (struct sockaddr *)&bound, &len) == 0 &&
                   getnameinfo((struct sockaddr *)&bound, len, NULL, 0, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0;
    if (listens)
        log_event(LOG_LEVEL_NOTICE, "webhook.listening", log_text("at", text), log_text("port", port));
    else
        str_addf(problem, "%.100s: can't listen there: %s", text, strerror(errno));
    freeaddrinfo(address);
    return listens ? fd : -1;
}

/* ---- the core ---- */

static void tell(struct ear *e, enum protocol_name name) {
    struct protocol_message m;
    protocol_init(&m, name);
    m.version = PROTOCOL_VERSION;
    core_pipe_say(&e->core, &m);
    protocol_release(&m);
}

static void knock(void *context) {
    log_plain(LOG_LEVEL_INFO, "webhook.knock");
    tell(context, PROTOCOL_KNOCK);
}

static void take_lines(struct ear *e) {
    size_t len;
    for (char *line; (line = core_pipe_next(&e->core, &len)); free(line)) {
        struct protocol_message m;
        struct str problem;
        str_init(&problem, PROBLEM_MAX);
        if (protocol_read(line, len, false, &m, &problem) == ERR_OK) {
            e->stop |= m.name == PROTOCOL_STOP;
            protocol_release(&m);
        } else {
            log_event(LOG_LEVEL_ERROR, "core.line_refused", log_text("problem", problem.data));
        }
        str_release(&problem);
    }
}

static int left_until(const struct ear *e, int64_t at) {
    int64_t left = at - e->clock->mono_ms(e->clock);
    return left < 0 ? 0 : left < LIFE ? (int)left : (int)LIFE;
}

static void serve(struct ear *e) {
    while (!e->stop && !e->core.gone) {
        struct pollfd fds[] = {{.fd = listener_fd(e->listener), .events = POLLIN}, {.fd = core_pipe_poll_fd(&e->core), .events = POLLIN}};
        int64_t due = listener_due(e->listener), life = e->core.said_at + LIFE;
        if (poll(fds, 2, left_until(e, due < life ? due : life)) < 0 && errno != EINTR)
            return;
        listener_run(e->listener);
        if (fds[1].revents)
            core_pipe_read(&e->core);
        take_lines(e);
        if (left_until(e, e->core.said_at + LIFE) == 0)
            tell(e, PROTOCOL_LISTENING);
    }
}

/* ---- the process ---- */

static int fenced(struct ear *e, struct str *problem) {
    const struct sandbox_needs needs = {.serves = true};
    if (sandbox_supported() && sandbox_enter(&needs, problem) != ERR_OK)
        return EXIT_SANDBOX;
    tell(e, PROTOCOL_HELLO);
    tell(e, PROTOCOL_LISTENING);
    serve(e);
    return EXIT_DONE;
}

static int run(const struct given *given, struct str *problem) {
    struct ear e = {.clock = clock_system()};
    struct webhook_secrets secrets;
    struct str certificate = {0}, key = {0};
    if (webhook_secrets_read(given->secrets, problem, &secrets) != ERR_OK)
        return EXIT_OPEN;
    if (given->certificate && (public_read(given->certificate, problem, &certificate) != ERR_OK || secret_read(given->key, problem, &key) != ERR_OK))
        return EXIT_OPEN;
    struct listener_settings settings = {.socket = open_socket(given->listen, problem),
                                         .certificate = certificate.data,
                                         .key = key.data,
                                         .secrets = &secrets,
                                         .clock = e.clock,
                                         .knock = knock,
                                         .context = &e};
    if (settings.socket < 0)
        return EXIT_OPEN;
    e.listener = listener_new(&settings);
    if (!e.listener) {
        str_addf(problem, "%s: no server can be made of it; the log says why", given->certificate ? given->certificate : given->listen);
        return EXIT_OPEN;
    }
    core_pipe_init(&e.core, STDIN_FILENO, STDOUT_FILENO, e.clock);
    int status = fenced(&e, problem);
    listener_free(e.listener);
    core_pipe_release(&e.core);
    secret_wipe(&certificate);
    secret_wipe(&key);
    explicit_bzero(&secrets, sizeof secrets);
    return status;
}

int main(int argc, char **argv) {
    struct given given = {NULL};
    struct str problem;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(stdout, EXIT_SUCCESS);
    if (!parse_options(argc, argv, &given))
        return usage(stderr, EXIT_USAGE);
    log_set_program("phanhoi-webhook");
    signal(SIGPIPE, SIG_IGN);
    str_init(&problem, PROBLEM_MAX);
    crypto_start();
    json_start();
    int status = run(&given, &problem);
    if (status != EXIT_DONE)
        log_event(LOG_LEVEL_ERROR, "webhook.failed", log_text("problem", problem.data ? problem.data : ""));
    str_release(&problem);
    return status;
}
