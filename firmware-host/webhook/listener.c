/* Requests to answers: see listener.h. */
#include "firmware-host/webhook/listener.h"

#include "firmware-host/base/crypto.h"
#include "firmware-host/base/log.h"
#include "firmware-host/base/mem.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SEEN = 256, WORD_MAX = 100 };
#define PATH "/webhook"

struct caller { /* a connection */
    struct MHD_Connection *connection;
    int64_t since;
    bool ended;
};

struct call { /* a request */
    struct str body;
};

struct listener {
    struct listener_settings settings;
    struct MHD_Daemon *daemon;
    struct caller callers[LISTENER_CONNECTIONS];
    uint8_t seen[SEEN][HASH256_SIZE]; /* ids that were good, in a ring: more than come in the window of their timestamps is a store gone wild */
    size_t seen_count;
};

static int64_t mono(const struct listener *l) {
    return l->settings.clock->mono_ms(l->settings.clock);
}

/* ---- answers ---- */

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *words) {
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_PERSISTENT);
    if (!r)
        return MHD_NO;
    enum MHD_Result queued = MHD_add_response_header(r, "Connection", "close");
    if (queued == MHD_YES && status == MHD_HTTP_METHOD_NOT_ALLOWED)
        queued = MHD_add_response_header(r, "Allow", "POST");
    if (queued == MHD_YES)
        queued = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return queued;
}

static const char *header(struct MHD_Connection *c, const char *name) {
    return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* Whether it's the first with that id; from now on it isn't. */
static bool first_of(struct listener *l, const char *id) {
    uint8_t hash[HASH256_SIZE];
    hash256(bytes_text(id), hash);
    for (size_t i = 0; i < SEEN; i++)
        if (memcmp(l->seen[i], hash, sizeof hash) == 0)
            return false;
    memcpy(l->seen[l->seen_count++ % SEEN], hash, sizeof hash);
    return true;
}

static enum MHD_Result judge(struct listener *l, struct MHD_Connection *c, const struct call *call) {
    struct webhook_headers headers = {
        .id = header(c, "webhook-id"), .timestamp = header(c, "webhook-timestamp"), .signature = header(c, "webhook-signature")};
    int64_t seconds = l->settings.clock->wall_ms(l->settings.clock) / CLOCK_SECOND;
    const char *wrong = webhook_wrong(l->settings.secrets, &headers, bytes_of(call->body.data, call->body.len), seconds);
    if (wrong) {
        log_event(LOG_LEVEL_WARNING, "webhook.refused", log_text("reason", wrong));
        return answer(c, MHD_HTTP_UNAUTHORIZED, "");
    }
    if (first_of(l, headers.id))
        l->settings.knock(l->settings.context);
    return answer(c, MHD_HTTP_NO_CONTENT, "");
}

/* What can be refused before its body is read. */
static unsigned refused(struct MHD_Connection *c, const char *url, const char *method) {
    const char *length = header(c, "Content-Length");
    int64_t octets = 0;
    if (strcmp(url, PATH) != 0)
        return MHD_HTTP_NOT_FOUND;
    if (strcmp(method, "POST") != 0)
        return MHD_HTTP_METHOD_NOT_ALLOWED;
    if (length && (parse_int(length, 0, INT64_MAX, &octets) != ERR_OK || octets > LISTENER_BODY_MAX))
        return MHD_HTTP_CONTENT_TOO_LARGE;
    return 0;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data,
                              size_t *len, void **request) {
    struct listener *l = context;
    struct call *call = *request;
    (void)version;
    if (!call) {
        unsigned status = refused(c, url, method);
        if (status)
            return answer(c, status, "");
        *request = call = mem_alloc(sizeof *call);
        str_init(&call->body, LISTENER_BODY_MAX);
        return MHD_YES;
    }
    if (*len > 0) {
        str_add_n(&call->body, data, *len);
        *len = 0;
        return str_ok(&call->body) ? MHD_YES : MHD_NO; /* without a length there's nobody to explain it to: cut off */
    }
    return judge(l, c, call);
}

static void completed(void *context, struct MHD_Connection *c, void **request, enum MHD_RequestTerminationCode code) {
    struct call *call = *request;
    (void)context;
    (void)c;
    (void)code;
    if (!call)
        return;
    str_release(&call->body);
    free(call);
    *request = NULL;
}

/* ---- connections ---- */

static void connected(void *context, struct MHD_Connection *c, void **socket_context, enum MHD_ConnectionNotificationCode code) {
    struct listener *l = context;
    const struct MHD_Connection *wanted = code == MHD_CONNECTION_NOTIFY_STARTED ? NULL : c;
    (void)socket_context;
    for (size_t i = 0; i < LISTENER_CONNECTIONS; i++) {
        struct caller *k = &l->callers[i];
        if (k->connection != wanted)
            continue;
        *k = (struct caller){.connection = wanted ? NULL : c, .since = mono(l)};
        return;
    }
}

/* From the first octet to the last: a caller that sends one now and then isn't kept. */
static void end_late(struct listener *l) {
    for (size_t i = 0; i < LISTENER_CONNECTIONS; i++) {
        struct caller *k = &l->callers[i];
        if (!k->connection || k->ended || mono(l) < k->since + LISTENER_DEADLINE)
            continue;
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(k->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        k->ended = true;
        if (info)
            shutdown(info->connect_fd, SHUT_RDWR);
    }
}

int64_t listener_due(const struct listener *l) {
    MHD_UNSIGNED_LONG_LONG wait = 0;
    int64_t due = MHD_get_timeout(l->daemon, &wait) == MHD_YES ? mono(l) + (int64_t)wait : INT64_MAX;
    for (size_t i = 0; i < LISTENER_CONNECTIONS; i++) {
        const struct caller *k = &l->callers[i];
        if (k->connection && !k->ended && k->since + LISTENER_DEADLINE < due)
            due = k->since + LISTENER_DEADLINE;
    }
    return due;
}

void listener_run(struct listener *l) {
    end_late(l);
    MHD_run(l->daemon);
}

int listener_fd(const struct listener *l) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

/* ---- life ---- */

static void say(void *context, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static void say(void *context, const char *format, va_list args) {
    struct str words;
    (void)context;
    str_init(&words, 2048);
    str_vaddf(&words, format, args);
    while (words.len && words.data[words.len - 1] == '\n')
        str_truncate(&words, words.len - 1);
    log_event(LOG_LEVEL_INFO, "webhook.http", log_text("says", words.data ? words.data : ""));
    str_release(&words);
}

struct listener *listener_new(const struct listener_settings *settings) {
    struct listener *l = mem_alloc(sizeof *l);
    l->settings = *settings;
    unsigned flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG | MHD_USE_SUPPRESS_DATE_NO_CLOCK | (settings->certificate ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)settings->certificate},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)settings->key},
                                   {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t) "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1"},
                                   {MHD_OPTION_END, 0, NULL}};
    struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
    l->daemon = MHD_start_daemon(flags, 0, NULL, NULL, handle, l, MHD_OPTION_EXTERNAL_LOGGER, say, l, MHD_OPTION_LISTEN_SOCKET, settings->socket,
                                 MHD_OPTION_CONNECTION_LIMIT, (unsigned)LISTENER_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                 (unsigned)LISTENER_PER_ADDRESS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LISTENER_HEAD_MAX,
                                 MHD_OPTION_NOTIFY_COMPLETED, completed, l, MHD_OPTION_NOTIFY_CONNECTION, connected, l, MHD_OPTION_ARRAY,
                                 settings->certificate ? tls : none, MHD_OPTION_END);
    if (l->daemon)
        return l;
    free(l);
    return NULL;
}

void listener_free(struct listener *l) {
    MHD_stop_daemon(l->daemon);
    free(l);
}
